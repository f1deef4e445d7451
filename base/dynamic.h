/* Libraries that are loaded when they are first needed: linking them would
 * cost every start of the program several milliseconds. */
#ifndef NF_BASE_DYNAMIC_H
#define NF_BASE_DYNAMIC_H

#include <stdbool.h>
#include <stddef.h>

/* A function of the library and the pointer that takes it. */
typedef struct nf_symbol {
    const char *name;
    void *slot;
} nf_symbol;

/* Loads `file` ("libzip.so.4") and finds all symbols. The handle for dlclose;
 * NULL if the library or one of them is not there. Any thread. */
void *nf_dynamic_load(const char *file, const nf_symbol *symbols, size_t count);
/* The same for a library without which nothing goes on, and which stays: if it
 * can't be loaded, the process ends with status 127 after a line on standard
 * error, as when the system misses a library at its start. */
void nf_dynamic_need(const char *file, const nf_symbol *symbols, size_t count);
/* Whether so many bytes are to be had now, of which none is kept: before such a
 * library is loaded where an error can be answered, so that want of memory is
 * one (NF_NOMEM) and does not end the process. */
bool nf_dynamic_room(size_t size);

#endif
