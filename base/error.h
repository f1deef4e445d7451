/* The error record (design §7): a stable code, a message for people, and the
 * place. The caller owns it; every layer adds only what it alone knows, and
 * nobody overwrites a message that is already there. */
#ifndef NF_BASE_ERROR_H
#define NF_BASE_ERROR_H

#include "nanoflow.h"
#include <stdarg.h>

enum {
    NF_ERROR_CODE_SIZE = 48,
    NF_ERROR_MESSAGE_SIZE = 1024,
    NF_ERROR_NAME_SIZE = 256,
};

/* Fixed size, no allocation: it can report out-of-memory. `{0}` is "none". */
struct nf_error {
    nf_status status;
    char code[NF_ERROR_CODE_SIZE];   /* kind: activities §5.3, "" if none */
    char detail[NF_ERROR_CODE_SIZE]; /* finer code, e.g. E-DIV0 */
    char message[NF_ERROR_MESSAGE_SIZE];
    char document[NF_ERROR_NAME_SIZE]; /* qualified name of flow or document */
    char activity[NF_ERROR_NAME_SIZE]; /* caption */
    char activity_id[40];              /* guid text */
    char file[NF_ERROR_NAME_SIZE];     /* input file, "" if none */
    long line;                         /* 1-based; 0 unknown */
    long long offset;                  /* byte offset in file; -1 unknown */
    long position; /* 0-based byte position in an expression; -1 unknown */
    char expression[NF_ERROR_NAME_SIZE]; /* its text, around that; "" if none */
    char trace[1024]; /* call stack, one "flow, activity" line per caller */
};

/* Clears `err` (NULL is fine). */
void nf_error_clear(nf_error *err);

/* Sets status, code and message unless an error is set already; returns
 * `status`, so that `return nf_error_set(...)` works. `err` may be NULL.
 * A message longer than its field is cut at a character border. */
nf_status nf_error_set(nf_error *err, nf_status status, const char *code,
                       const char *format, ...)
    __attribute__((format(printf, 4, 5)));
nf_status nf_error_setv(nf_error *err, nf_status status, const char *code,
                        const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

/* Out of memory: status NF_NOMEM, code "out_of_memory". */
nf_status nf_error_nomem(nf_error *err);

/* Hands an error on, unless one is set already; returns its status. */
nf_status nf_error_pass(const nf_error *problem, nf_error *err);

/* Adds what one layer knows; each keeps a value that is already there. */
void nf_error_at_position(nf_error *err, long position);
void nf_error_at_line(nf_error *err, const char *file, long line);
void nf_error_at_offset(nf_error *err, const char *file, long long offset);
void nf_error_in(nf_error *err, const char *document, const char *activity,
                 const char *activity_id);
void nf_error_detail(nf_error *err, const char *detail);
/* The expression in which the position lies; of a long one what stands around
 * it is kept. */
void nf_error_of_expression(nf_error *err, const char *text, size_t length);

static inline bool nf_error_is_set(const nf_error *err)
{
    return err && err->status != NF_OK;
}

#endif
