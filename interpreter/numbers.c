/* Decimals as text: toString of both engines (expressions S78), and the pattern
 * of a language. */
#include "interpreter/numbers.h"

#include "base/memory.h"
#include "base/icu.h"

#include <string.h>

enum { PLAIN_BELOW = 21, PLAIN_ABOVE = -7 };

/* ---- toString ----------------------------------------------------------- */

/* The digits of a decimal without sign and point. Owner: caller. */
static char *digits_of(const nf_decimal *value, bool *negative)
{
    nf_decimal coefficient = *value; /* borrowed */
    size_t length;
    char *text;

    coefficient.scale = 0;
    length = nf_decimal_format(&coefficient, NULL, 0);
    text = nf_alloc(length + 1);
    if (!text)
        return NULL;
    nf_decimal_format(&coefficient, text, length + 1);
    *negative = text[0] == '-';
    if (*negative)
        memmove(text, text + 1, length);
    return text;
}

static void put_exponent_form(nf_buffer *out, const nf_decimal *value,
                              int exponent)
{
    bool negative;
    char *digits = digits_of(value, &negative);
    size_t count;

    if (!digits) {
        out->failed = true;
        return;
    }
    count = strlen(digits);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    if (negative)
        nf_buffer_char(out, '-');
    nf_buffer_char(out, digits[0]);
    if (count > 1) {
        nf_buffer_char(out, '.');
        nf_buffer_add(out, digits + 1, count - 1);
    }
    nf_buffer_format(out, "e%+d", exponent);
    nf_free(digits);
}

void nf_decimal_text(nf_buffer *out, nf_engine engine, const nf_decimal *value)
{
    int exponent = nf_decimal_exponent(value);
    char small[64], *text = small;
    size_t length;

    if (engine == NF_ENGINE_CLIENT && nf_decimal_sign(value) != 0 &&
        (exponent >= PLAIN_BELOW || exponent <= PLAIN_ABOVE)) {
        put_exponent_form(out, value, exponent);
        return;
    }
    length = nf_decimal_format(value, small, sizeof small);
    if (length >= sizeof small) {
        text = nf_alloc(length + 1);
        if (!text) {
            out->failed = true;
            return;
        }
        nf_decimal_format(value, text, length + 1);
    }
    nf_buffer_add(out, text, length);
    if (text != small)
        nf_free(text);
}

/* ---- languages ---------------------------------------------------------- */

bool nf_decimal_language_pattern(char *pattern, size_t size,
                                 const char *language)
{
    UErrorCode status = U_ZERO_ERROR;
    UNumberFormat *format = nf_icu()->unum_open(
        UNUM_DECIMAL, NULL, 0, language ? language : "en_US", NULL, &status);
    UChar wide[64];
    int32_t length = 0, written = 0;

    if (U_SUCCESS(status))
        length = nf_icu()->unum_toPattern(format, false, wide, 64, &status);
    if (format)
        nf_icu()->unum_close(format);
    if (U_FAILURE(status) || length >= 64)
        return false;
    nf_icu()->u_strToUTF8(pattern, (int32_t)size, &written, wide, length,
                          &status);
    return U_SUCCESS(status) && (size_t)written < size;
}
