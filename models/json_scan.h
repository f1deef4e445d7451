/* Walks over a JSON file without reading it into memory: what is passed over
 * is only balanced, not parsed (that is json-c's work, unit by unit). For the
 * index of a dump, which may be larger than memory. */
#ifndef NF_MODELS_JSON_SCAN_H
#define NF_MODELS_JSON_SCAN_H

#include "base/error.h"
#include "base/text.h"

enum { NF_JSON_WINDOW = 64 * 1024, NF_JSON_TEXT = 4096 };

typedef struct nf_json_scan {
    int file; /* -1: `window` holds everything */
    const char *path;
    unsigned char *window; /* NF_JSON_WINDOW bytes of the caller */
    size_t at, filled;
    long long base; /* offset of the window in the file */
    nf_error *err;
} nf_json_scan;

/* What a value that was passed over consists of. */
typedef struct nf_json_extent {
    long long start, length;
    long long objects, lists, values; /* values: all others, keys included */
    nf_buffer *name; /* takes the first `$QualifiedName` in it; or NULL */
} nf_json_extent;

/* The next byte that is not blank, not taken; 0 at the end of the file or
 * after a failure (then scan->err is set). */
int nf_json_peek(nf_json_scan *scan);
/* Takes the next byte that is not blank if it is `c`. */
bool nf_json_take(nf_json_scan *scan, char c);
/* NF_INPUT "bad_model" at the current offset; the status. */
nf_status nf_json_fail(const nf_json_scan *scan, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Takes a string with its quotes, escapes as they are, into `text` (cleared
 * first; NULL: not wanted). One longer than NF_JSON_TEXT is cut: no name has
 * that length. */
nf_status nf_json_string(nf_json_scan *scan, nf_buffer *text);
/* Passes over one value. */
nf_status nf_json_skip(nf_json_scan *scan, nf_json_extent *extent);
long long nf_json_offset(const nf_json_scan *scan);

#endif
