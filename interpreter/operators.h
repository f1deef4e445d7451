/* What operators, paths, constants and tokens mean at run time (expressions
 * §6 … §8). The machine has its own fast paths for typed cases and comes here
 * for the rest; the meaning is defined here alone.
 *
 * All functions: *out is EMPTY on failure and otherwise owned by the caller;
 * inputs are borrowed; `out` may not be one of the inputs. Errors are
 * NF_FAILED, code "expression_error", detail an E-… code of S79; the position
 * is added by the caller, who knows the instruction. One thread at a time per
 * evaluation. */
#ifndef NF_INTERPRETER_OPERATORS_H
#define NF_INTERPRETER_OPERATORS_H

#include "base/clock.h"
#include "objects/environment.h"
#include "objects/object.h"
#include "objects/value.h"

typedef struct nf_function_cache nf_function_cache; /* functions.h */

/* The state of evaluating expressions. It may be kept for many evaluations:
 * reset it with nf_evaluator_begin before each, so that the clock is read
 * once per evaluation and only if somebody asks (S50). */
typedef struct nf_evaluator {
    const nf_environment *environment;
    nf_objects *objects;       /* for tokens that are objects; may be NULL */
    nf_object *current_object; /* [%CurrentObject%], borrowed; may be NULL */
    nf_random *random;         /* for random(); NULL: the system's */
    nf_function_cache *cache;  /* of the session; may be NULL (slower) */
    /* Takes out of a member's value what may not be read (activities M2);
     * NULL: everything may. */
    nf_status (*restrict_member)(void *user, nf_value *value,
                                 const nf_object *object,
                                 const nf_member *member, nf_error *err);
    void *user; /* of restrict_member */
    bool has_now;
    int64_t now;
} nf_evaluator;

static inline void nf_evaluator_begin(nf_evaluator *e)
{
    e->has_now = false;
}
int64_t nf_evaluator_now(nf_evaluator *e);

/* The static case of an arithmetic node. */
typedef enum nf_arithmetic_mode {
    NF_ARITHMETIC_GENERIC, /* types not known */
    NF_ARITHMETIC_INTEGER, /* INTEGER with INTEGER */
    NF_ARITHMETIC_NUMBER,  /* numbers, at least one statically DECIMAL */
    NF_ARITHMETIC_TEXT     /* `+` with at least one text (S38) */
} nf_arithmetic_mode;

/* The static case of a comparison node. */
typedef enum nf_compare_mode {
    NF_COMPARE_GENERIC,
    NF_COMPARE_INTEGER, /* both INTEGER */
    NF_COMPARE_NUMBER,  /* at least one DECIMAL */
    NF_COMPARE_TEXT,
    NF_COMPARE_DATE,
    NF_COMPARE_BOOLEAN, /* = != only, here and below */
    NF_COMPARE_KEY,     /* enumeration with enumeration or text (S49) */
    NF_COMPARE_OBJECT,
    NF_COMPARE_EMPTY,    /* one side is the literal `empty` (S30) */
    NF_COMPARE_BLANK,    /* String attribute of the old string behaviour: ''
                            and empty are the same when compared with empty
                            (activities V10) */
    NF_COMPARE_DIFFERENT /* two enumerations: equal only if both are empty */
} nf_compare_mode;

/* The names of the six comparisons, in the order of nf_expr_op. */
typedef enum nf_comparison {
    NF_EQUAL,
    NF_NOT_EQUAL,
    NF_LESS,
    NF_LESS_EQUAL,
    NF_GREATER,
    NF_GREATER_EQUAL
} nf_comparison;

/* Arithmetic of every mode, by the kinds of the values (S34 … S41). */
nf_status nf_operator_add(nf_evaluator *e, nf_value *out, const nf_value *a,
                          const nf_value *b, nf_error *err);
nf_status nf_operator_subtract(nf_evaluator *e, nf_value *out,
                               const nf_value *a, const nf_value *b,
                               nf_error *err);
nf_status nf_operator_multiply(nf_evaluator *e, nf_value *out,
                               const nf_value *a, const nf_value *b,
                               nf_error *err);
nf_status nf_operator_divide(nf_evaluator *e, nf_value *out, const nf_value *a,
                             const nf_value *b, nf_error *err);
nf_status nf_operator_modulo(nf_evaluator *e, nf_value *out, const nf_value *a,
                             const nf_value *b, nf_error *err);
nf_status nf_operator_negate(nf_evaluator *e, nf_value *out, const nf_value *a,
                             nf_error *err);
/* `+` of mode TEXT: at least one side is text or empty (S38). */
nf_status nf_operator_concat(nf_evaluator *e, nf_value *out, const nf_value *a,
                             const nf_value *b, nf_error *err);
/* A chain of them at once: at most NF_JOIN_MAX values. */
enum { NF_JOIN_MAX = 16 };
nf_status nf_operator_join(nf_evaluator *e, nf_value *out,
                           const nf_value *const *values, size_t count,
                           nf_error *err);

/* Comparison (S29 … S33); mode matters only for BLANK and DIFFERENT, all
 * others follow from the kinds. */
nf_status nf_operator_compare(nf_evaluator *e, nf_value *out,
                              nf_comparison comparison, nf_compare_mode mode,
                              const nf_value *a, const nf_value *b,
                              nf_error *err);
/* Order of two texts by code unit (S31), of numbers, or of dates: <0, 0, >0.
 * Precondition: same category, not EMPTY. For sorting. */
int nf_operator_order(const nf_value *a, const nf_value *b);
/* Boolean of a condition or an operand of and, or, not (S28): E-EMPTY,
 * E-TYPE otherwise. */
nf_status nf_operator_condition(bool *out, const nf_value *value,
                                nf_error *err);

/* Whether there is no object: an empty value, or one that has left the device.
 */
static inline bool nf_operator_is_missing(const nf_value *object)
{
    return object->kind == NF_KIND_EMPTY ||
           (object->kind == NF_KIND_OBJECT && object->as.object->removed);
}
/* A member of an object as expressions see it: empty object (S46, S47), String
 * attribute in the old behaviour (activities V10), DateTime attribute without
 * localization (S26). `member` NULL: found by `name` in the object's entity. */
nf_status nf_operator_member(nf_evaluator *e, nf_value *out,
                             const nf_value *object, const nf_member *member,
                             const char *name, nf_error *err);
/* The conversion back of S26: what to store for a DateTime attribute. */
int64_t nf_operator_store_date(const nf_environment *environment,
                               const nf_attribute *attribute, int64_t value);

/* The value of a constant: the environment's, else the model's default. */
nf_status nf_operator_constant(nf_evaluator *e, nf_value *out,
                               const nf_constant *constant, nf_error *err);
/* A value written as text by its type, as constants' defaults are stored;
 * false if it is none of the type or memory is out. */
bool nf_value_from_text(nf_value *out, nf_type type, const char *text,
                        size_t length);

typedef enum nf_token {
    NF_TOKEN_CURRENT_DATE_TIME,
    NF_TOKEN_BEGIN_MINUTE,
    NF_TOKEN_END_MINUTE,
    NF_TOKEN_BEGIN_HOUR,
    NF_TOKEN_END_HOUR,
    NF_TOKEN_BEGIN_DAY,
    NF_TOKEN_END_DAY,
    NF_TOKEN_BEGIN_YESTERDAY,
    NF_TOKEN_END_YESTERDAY,
    NF_TOKEN_BEGIN_TOMORROW,
    NF_TOKEN_END_TOMORROW,
    NF_TOKEN_BEGIN_WEEK,
    NF_TOKEN_END_WEEK,
    NF_TOKEN_BEGIN_MONTH,
    NF_TOKEN_END_MONTH,
    NF_TOKEN_BEGIN_YEAR,
    NF_TOKEN_END_YEAR,
    NF_TOKEN_CURRENT_USER,
    NF_TOKEN_CURRENT_OBJECT,
    NF_TOKEN_USER_ROLE,
    NF_TOKEN_UTC = 64 /* added to a date token: its UTC form */
} nf_token;

/* By the text between `[%` and `%]`. For UserRole_X, *role points to X. False
 * if there is no such token. */
bool nf_token_find(nf_token *out, const char **role, const char *name);
/* The index-th name without UTC; NULL behind the last. */
const char *nf_token_name(size_t index);
/* `role` is for USER_ROLE only. */
nf_status nf_operator_token(nf_evaluator *e, nf_value *out, nf_token token,
                            const char *role, nf_error *err);

/* toString (S78): new text for any primitive, enumeration or empty value. */
nf_status nf_operator_to_text(nf_evaluator *e, nf_string **out,
                              const nf_value *value, nf_error *err);

/* Sets an expression error with its detail code; returns NF_FAILED. */
nf_status nf_expression_error(nf_error *err, const char *detail,
                              const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
