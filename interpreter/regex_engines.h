/* The two engines behind regex.h: JavaScript's expressions run on PCRE2, Java's
 * on ICU, both after translation. */
#ifndef NF_INTERPRETER_REGEX_ENGINES_H
#define NF_INTERPRETER_REGEX_ENGINES_H

#include "base/text.h"
#include "interpreter/operators.h"
#include "base/icu.h"

enum {
    NF_REGEX_PATTERN_MAX = 1024 * 1024, /* bytes of a pattern */
    NF_REGEX_PROBLEM_SIZE = 120,
};

/* How long one call may take: the clock is looked at between matches; a single
 * one is bounded by the library's own limits. */
typedef struct nf_regex_clock {
    int64_t limit;    /* milliseconds */
    int64_t deadline; /* 0 before the first look, which costs as much as a
                         short match */
    unsigned matches; /* since then */
} nf_regex_clock;

bool nf_regex_out_of_time(nf_regex_clock *clock);
nf_status nf_regex_too_long(nf_error *err);

/* What is done with a text: replaced in `out` (the first match or `all`), or,
 * without `out`, searched; `matched` tells whether there was a match. */
typedef struct nf_regex_task {
    const nf_string *text, *replacement;
    nf_buffer *out;
    bool all, matched;
    nf_regex_clock clock;
} nf_regex_task;

/* Compiled by `…_new`, which gives NF_FAILED with the reason in `problem` for
 * an invalid pattern, and NF_NOMEM. `whole`: the whole text must match. */
typedef struct nf_client_regex nf_client_regex;
nf_status nf_client_regex_new(nf_client_regex **out, const nf_string *pattern,
                              bool whole, char problem[NF_REGEX_PROBLEM_SIZE],
                              nf_error *err);
nf_status nf_client_regex_run(nf_client_regex *regex, nf_regex_task *task,
                              nf_error *err);
void nf_client_regex_free(nf_client_regex *regex);

typedef struct nf_server_regex nf_server_regex;
nf_status nf_server_regex_new(nf_server_regex **out, const nf_string *pattern,
                              bool whole, char problem[NF_REGEX_PROBLEM_SIZE],
                              nf_error *err);
nf_status nf_server_regex_run(nf_server_regex *regex, nf_regex_task *task,
                              nf_error *err);
/* The same from a pattern that is ICU's already. */
nf_status nf_server_regex_open(nf_server_regex **out, const nf_buffer *text,
                               bool whole, char problem[NF_REGEX_PROBLEM_SIZE],
                               nf_error *err);
void nf_server_regex_free(nf_server_regex *regex);

/* What a JavaScript expression is translated for: PCRE2 on characters or on
 * UTF-16 units, or ICU, which takes lookbehinds that have a largest length. */
typedef enum nf_regex_target {
    NF_REGEX_CHARACTERS,
    NF_REGEX_UNITS,
    NF_REGEX_ICU
} nf_regex_target;

/* JavaScript's syntax (no flags) as that of the target. NULL in *problem, or
 * why it is invalid. `astral`: the pattern names characters above U+FFFF or
 * halves of them. */
void nf_regex_from_javascript(nf_buffer *out, const char *pattern,
                              size_t length, nf_regex_target target,
                              bool *astral, const char **problem);
/* Java's syntax (java.util.regex) as ICU's. */
void nf_regex_from_java(nf_buffer *out, const char *pattern, size_t length,
                        const char **problem);

/* UTF-8 as new UTF-16 (malformed bytes as U+FFFD); NULL when out of memory. */
UChar *nf_regex_wide(const char *text, size_t length, int32_t *out);
/* Appends UTF-16 as UTF-8, halves of pairs as U+FFFD; false: out of memory. */
bool nf_regex_add_wide(nf_buffer *out, const UChar *text, int32_t length);

#endif
