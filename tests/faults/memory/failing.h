/* Allocations that fail, for test programs that have one thread of their own
 * and may have state: the n-th of those that nanoflow makes itself, or the n-th
 * of those that the libraries make which it uses. Requests of other threads
 * never fail. Linked with --wrap for malloc, calloc and realloc. */
#ifndef NF_FAULTS_MEMORY_FAILING_H
#define NF_FAULTS_MEMORY_FAILING_H

#include <stdbool.h>

typedef enum failing_whose {
    FAILING_NONE,
    FAILING_OURS,
    /* With sanitizers those of SQLite alone; else also those of json-c,
     * libxml2, PCRE2, libzip, zlib, libcurl, libmicrohttpd, libcrypto and of
     * the C library. libbson and GMP would end the process: what is used of
     * them asks for nothing. ICU can't report it (base/icu.h): what is asked
     * for before, to see whether there is memory for it, is one of ours. */
    FAILING_LIBRARIES
} failing_whose;

/* Before everything else in main: what the libraries ask for is counted. */
void failing_prepare(void);
/* From here on the n-th (from 1) fails, once. With FAILING_TELL=1 in the
 * environment it says on standard error from where it was asked for. */
void failing_start(failing_whose whose, long n);
/* None fails any more; whether one did. */
bool failing_stop(void);
bool failing_happened(void);

/* For the functions that stand for malloc: whether one of those is to fail, and
 * whether it is this one. */
bool failing_soon(failing_whose whose);
bool failing_now(failing_whose whose);

#endif
