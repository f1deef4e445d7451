/* The closed set of functions (expressions S54 … S77): 100 names in one table.
 * Looked up when an expression is compiled; the machine calls through the
 * row's pointer. */
#ifndef NF_INTERPRETER_FUNCTIONS_H
#define NF_INTERPRETER_FUNCTIONS_H

#include "interpreter/operators.h"
#include "models/type.h"

typedef struct nf_function nf_function;

/* A call in an expression: what its implementation may need besides the
 * values of its arguments. Lives with the tree. */
typedef struct nf_call_site {
    const nf_function *function;
    const nf_enumeration *enumeration; /* static type of getCaption's argument;
                                          NULL elsewhere or if unknown */
} nf_call_site;

/* The kinds of value a parameter takes, as bits. EMPTY arguments are passed
 * on: what they mean is the implementation's business (§6.4). */
enum {
    NF_TAKES_BOOLEAN = 1 << NF_KIND_BOOLEAN,
    NF_TAKES_INTEGER = 1 << NF_KIND_INTEGER,
    NF_TAKES_DECIMAL = 1 << NF_KIND_DECIMAL, /* alone: an Integer widens */
    NF_TAKES_TEXT = 1 << NF_KIND_STRING,
    NF_TAKES_DATE = 1 << NF_KIND_DATETIME,
    NF_TAKES_ENUMERATION = 1 << NF_KIND_ENUMERATION,
    NF_TAKES_OBJECT = 1 << NF_KIND_OBJECT,
    NF_TAKES_LIST = 1 << NF_KIND_LIST,
    NF_TAKES_NUMBER = NF_TAKES_INTEGER | NF_TAKES_DECIMAL,
};

/* How the static type of the result follows from the arguments. */
typedef enum nf_result_rule {
    NF_RESULT_FIXED,  /* `result` */
    NF_RESULT_FIRST,  /* abs: that of the argument */
    NF_RESULT_WIDEST, /* max, min: DECIMAL if any is; or dates */
    NF_RESULT_ROUND,  /* round: INTEGER for precision 0 */
} nf_result_rule;

enum {
    NF_ON_CLIENT = 1,
    NF_ON_SERVER = 2,
    NF_ON_BOTH = 3,
    NF_FUNCTION_MAX_ARGUMENTS = 64, /* max and min take any number up to it */
    NF_FUNCTION_PARAMETERS = 6,
};

struct nf_function {
    const char *name;
    uint8_t min, max;
    uint8_t engines; /* NF_ON_… */
    uint8_t rule;    /* nf_result_rule */
    uint8_t result;  /* nf_kind of NF_RESULT_FIXED */
    uint8_t variant; /* for implementations that several rows share */
    bool present;    /* the result is never empty */
    /* Kinds per parameter; further arguments take those of the last one. */
    uint16_t takes[NF_FUNCTION_PARAMETERS];
    /* `arguments`: borrowed, `count` of them, checked against `takes` by the
     * checker or by nf_function_call. *out: as in operators.h. */
    nf_status (*call)(nf_evaluator *e, nf_value *out, const nf_value *arguments,
                      int count, const nf_call_site *site, nf_error *err);
};

/* By its exact name; NULL. */
const nf_function *nf_function_find(const char *name, size_t length);
/* What the index-th argument (from 0) takes: NF_TAKES_… bits. */
unsigned nf_function_takes(const nf_function *function, int index);
/* Whether its value depends on its arguments and the engine alone: not on
 * zone, language, clock, rounding or data. Of toString and of the parsing
 * functions that holds for what they take here: no dates, no patterns. */
bool nf_function_is_pure(const nf_function *function, const nf_value *arguments,
                         int count);
size_t nf_function_count(void);
const nf_function *nf_function_at(size_t index); /* ordered by name */

/* Checks kinds and number of the arguments and calls: what code that holds
 * only values uses. *out: as in operators.h. Errors E-ARITY, E-TYPE and the
 * function's own. */
nf_status nf_function_call(nf_evaluator *e, nf_value *out,
                           const nf_call_site *site, const nf_value *arguments,
                           int count, nf_error *err);

/* Compiled regular expressions, names of months and days, number symbols: of
 * one session and so of one thread, bounded. NULL: out of memory. */
nf_function_cache *nf_function_cache_new(void);
void nf_function_cache_free(nf_function_cache *cache);

#endif
