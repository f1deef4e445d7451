/* What a session's expressions keep between evaluations. Bounded: one locale,
 * a fixed number of date patterns and regular expressions (the oldest leaves
 * first). */
#ifndef NF_INTERPRETER_CACHE_H
#define NF_INTERPRETER_CACHE_H

#include "base/memory.h"
#include "interpreter/dates.h"
#include "interpreter/functions.h"

typedef struct nf_regex nf_regex; /* regex.h */

enum { NF_CACHED_REGEXES = 64, NF_CACHED_PATTERNS = 16 };

struct nf_function_cache {
    nf_locale *locale; /* NULL until needed */
    nf_regex *regexes[NF_CACHED_REGEXES];
    size_t next; /* where the next one goes */
    nf_date_pattern *patterns[NF_CACHED_PATTERNS];
    size_t next_pattern;
};

#endif
