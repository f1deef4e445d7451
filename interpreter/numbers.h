/* Numbers as expressions compute and write them: quotients, toString, and
 * patterns of Java's DecimalFormat (expressions S35, S60, S61, S78). */
#ifndef NF_INTERPRETER_NUMBERS_H
#define NF_INTERPRETER_NUMBERS_H

#include "base/text.h"
#include "objects/environment.h"

enum {
    NF_CLIENT_SCALE = 20,  /* digits after the point of a quotient */
    NF_SERVER_DIGITS = 38, /* significant digits of a quotient */
};

/* a / b as the engine rounds it; b is not zero. False: too many digits. */
bool nf_quotient(const nf_environment *environment, nf_decimal *out,
                 const nf_decimal *a, const nf_decimal *b);

/* Appends a decimal as toString writes it (S78). */
void nf_decimal_text(nf_buffer *out, nf_engine engine, const nf_decimal *value);

/* Appends `value` in a DecimalFormat pattern with the symbols of `language`.
 * Groups of two sizes, as India has them, are the client's alone: Java knows
 * one. False: the pattern is invalid. */
bool nf_decimal_format_pattern(nf_buffer *out, nf_engine engine,
                               const nf_decimal *value, const char *pattern,
                               size_t length, const char *language);
/* The whole of `text` read by such a pattern; false if it does not match or
 * the pattern is invalid (then *valid is false). */
bool nf_decimal_parse_pattern(nf_decimal *out, const char *text, size_t length,
                              const char *pattern, size_t pattern_length,
                              const char *language, bool *valid);
/* The decimal pattern of a language ("#,##0.###"); false when it is unknown. */
bool nf_decimal_language_pattern(char *pattern, size_t size,
                                 const char *language);

#endif
