/* The implementations behind the table of functions.c, by their files. */
#ifndef NF_INTERPRETER_FUNCTIONS_ALL_H
#define NF_INTERPRETER_FUNCTIONS_ALL_H

#include "interpreter/dates.h"
#include "interpreter/functions.h"

/* Variants of rows that share an implementation. */
enum { NF_CONTAINS, NF_STARTS_WITH, NF_ENDS_WITH };
enum { NF_IS_NEW, NF_IS_SYNCED, NF_IS_SYNCING };
enum { NF_FLOOR, NF_CEIL, NF_ABS, NF_SQRT };
enum { NF_MIN, NF_MAX };
/* Date rows: a unit, and these bits. */
enum {
    NF_UNIT_MILLISECOND,
    NF_UNIT_SECOND,
    NF_UNIT_MINUTE,
    NF_UNIT_HOUR,
    NF_UNIT_DAY,
    NF_UNIT_WEEK,
    NF_UNIT_MONTH,
    NF_UNIT_QUARTER,
    NF_UNIT_YEAR,
    NF_UNIT_MASK = 15,
    NF_VARIANT_UTC = 16,
    NF_VARIANT_SUBTRACT = 32,
    NF_VARIANT_END = 32,
};

/* $Type of the caption element that bindings make, with a property Text. */
#define NF_BOUND_CAPTION "Bindings$Caption"

/* What the client says when no overload takes the arguments: "Operator sqrt not
 * supported in expression sqrt(-1)", empty ones print as nothing (§11). `code`:
 * E-EMPTY, E-RANGE. */
nf_status nf_function_refuse(nf_evaluator *e, const char *code,
                             const nf_value *arguments, int count,
                             const nf_call_site *site, nf_error *err);

/* A copy of a text as the result. */
nf_status nf_result_text(nf_value *out, const char *text, size_t length,
                         nf_error *err);
enum { NF_SHORT_TEXT = 256 }; /* longer results cost one more allocation */
/* A buffer for the text of a result, within the session's limit; `memory` is
 * NF_SHORT_TEXT bytes of the caller's. */
void nf_result_init(nf_buffer *buffer, const nf_evaluator *e, void *memory);
/* Its text as *out if `status` is NF_OK; the buffer is disposed of. */
nf_status nf_result_give(nf_value *out, nf_buffer *buffer, nf_status status,
                         nf_error *err);

#define NF_IMPLEMENTATION(name)                                                \
    nf_status name(nf_evaluator *e, nf_value *out, const nf_value *a,          \
                   int count, const nf_call_site *site, nf_error *err)

NF_IMPLEMENTATION(nf_call_length);
NF_IMPLEMENTATION(nf_call_case);
NF_IMPLEMENTATION(nf_call_trim);
NF_IMPLEMENTATION(nf_call_substring);
NF_IMPLEMENTATION(nf_call_find);
NF_IMPLEMENTATION(nf_call_find_last);
NF_IMPLEMENTATION(nf_call_contains);
NF_IMPLEMENTATION(nf_call_is_match);
NF_IMPLEMENTATION(nf_call_replace);
NF_IMPLEMENTATION(nf_call_url_encode);
NF_IMPLEMENTATION(nf_call_url_decode);
NF_IMPLEMENTATION(nf_call_get_key);
NF_IMPLEMENTATION(nf_call_get_caption);
NF_IMPLEMENTATION(nf_call_to_string);
NF_IMPLEMENTATION(nf_call_not);
NF_IMPLEMENTATION(nf_call_state);
NF_IMPLEMENTATION(nf_call_parse_integer);
NF_IMPLEMENTATION(nf_call_parse_decimal);
NF_IMPLEMENTATION(nf_call_format_decimal);
NF_IMPLEMENTATION(nf_call_extreme);
NF_IMPLEMENTATION(nf_call_round);
NF_IMPLEMENTATION(nf_call_number);
NF_IMPLEMENTATION(nf_call_pow);
NF_IMPLEMENTATION(nf_call_random);
NF_IMPLEMENTATION(nf_call_date_time);
NF_IMPLEMENTATION(nf_call_add);
NF_IMPLEMENTATION(nf_call_between);
NF_IMPLEMENTATION(nf_call_calendar_between);
NF_IMPLEMENTATION(nf_call_period);
NF_IMPLEMENTATION(nf_call_to_epoch);
NF_IMPLEMENTATION(nf_call_from_epoch);
NF_IMPLEMENTATION(nf_call_format_date_time);
NF_IMPLEMENTATION(nf_call_format_part);
NF_IMPLEMENTATION(nf_call_parse_date_time);

#endif
