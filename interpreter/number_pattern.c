/* Numbers in patterns of Java's DecimalFormat (expressions S60, S61). Ties go
 * away from zero, at least one integer digit is shown. Symbols come from ICU.
 */
#include "interpreter/numbers.h"

#include "base/memory.h"
#include "base/icu.h"

#include <string.h>

enum { MAX_PATTERN_DIGITS = 400 };

/* ---- symbols ------------------------------------------------------------ */

typedef char symbol_text[16];
typedef struct symbols {
    symbol_text decimal, grouping, minus, percent, permill, exponent, currency;
} symbols;

static bool read_symbol(symbol_text out, const UNumberFormat *format,
                        UNumberFormatSymbol symbol)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar wide[16];
    int32_t length =
        nf_icu()->unum_getSymbol(format, symbol, wide, 16, &status);
    int32_t written;

    if (U_FAILURE(status) || length >= 16)
        return false;
    nf_icu()->u_strToUTF8(out, sizeof(symbol_text), &written, wide, length,
                          &status);
    return U_SUCCESS(status) && (size_t)written < sizeof(symbol_text);
}

static bool read_symbols(symbols *s, const char *language)
{
    UErrorCode status = U_ZERO_ERROR;
    UNumberFormat *format = nf_icu()->unum_open(
        UNUM_DECIMAL, NULL, 0, language ? language : "en_US", NULL, &status);
    bool ok =
        U_SUCCESS(status) &&
        read_symbol(s->decimal, format, UNUM_DECIMAL_SEPARATOR_SYMBOL) &&
        read_symbol(s->grouping, format, UNUM_GROUPING_SEPARATOR_SYMBOL) &&
        read_symbol(s->minus, format, UNUM_MINUS_SIGN_SYMBOL) &&
        read_symbol(s->percent, format, UNUM_PERCENT_SYMBOL) &&
        read_symbol(s->permill, format, UNUM_PERMILL_SYMBOL) &&
        read_symbol(s->exponent, format, UNUM_EXPONENTIAL_SYMBOL) &&
        read_symbol(s->currency, format, UNUM_CURRENCY_SYMBOL);

    if (format)
        nf_icu()->unum_close(format);
    return ok;
}

/* ---- patterns ----------------------------------------------------------- */

typedef struct affix {
    const char *text;
    size_t length;
} affix;

typedef struct number_pattern {
    affix prefix, suffix, negative_prefix, negative_suffix;
    bool has_negative;
    int least_integer, most_integer, least_fraction, most_fraction;
    int grouping, secondary; /* 0: none */
    bool point;              /* shown although no digit follows it */
    int exponent;            /* least digits; 0: none */
    int shift;               /* 2 percent, 3 per mill */
} number_pattern;

static bool is_number_character(char c)
{
    return c && strchr("#0,.", c);
}

/* Text before or after the number, with its quotes still in it. *shift is -1
 * after a second percent or per mille sign. */
static affix read_affix(const char *pattern, size_t length, size_t *at,
                        int *shift)
{
    affix a = {.text = pattern + *at};
    bool quoted = false;
    size_t start = *at;

    while (*at < length) {
        char c = pattern[*at];

        if (c == '\'')
            quoted = !quoted;
        else if (!quoted && (is_number_character(c) || c == ';'))
            break;
        else if (!quoted && c == '%')
            *shift = *shift ? -1 : 2;
        else if (!quoted && length - *at >= 3 &&
                 !memcmp(pattern + *at, "\xE2\x80\xB0", 3))
            *shift = *shift ? -1 : 3;
        (*at)++;
    }
    a.length = *at - start;
    return a;
}

static bool read_digits(number_pattern *p, const char *pattern, size_t length,
                        size_t *at)
{
    int hashes = 0, zeros = 0, since_comma = -1, before_comma = -1;
    bool point = false, fraction_hash = false;

    for (; *at < length && is_number_character(pattern[*at]); (*at)++) {
        char c = pattern[*at];

        if (c == ',') {
            if (point)
                return false;
            before_comma = since_comma;
            since_comma = 0;
        } else if (c == '.') {
            if (point)
                return false;
            point = true;
        } else if (point) {
            if (c == '0' && fraction_hash)
                return false;
            fraction_hash = fraction_hash || c == '#';
            p->most_fraction++;
            p->least_fraction += c == '0';
        } else {
            if (c == '#' && zeros)
                return false;
            zeros += c == '0';
            hashes += c == '#';
            if (since_comma >= 0)
                since_comma++;
        }
        if (p->most_fraction + zeros + hashes > MAX_PATTERN_DIGITS)
            return false;
    }
    if (hashes + zeros + p->most_fraction == 0 && (point || since_comma >= 0))
        return false;
    if (since_comma == 0)
        return false;
    p->least_integer = zeros;
    p->most_integer = hashes + zeros;
    p->point = point && (p->most_integer == 0 || p->most_fraction == 0);
    p->grouping = since_comma > 0 ? since_comma : 0;
    p->secondary = before_comma > 0 ? before_comma : p->grouping; /* ICU's */
    if (*at < length && pattern[*at] == 'E') {
        for ((*at)++; *at < length && pattern[*at] == '0'; (*at)++)
            p->exponent++;
        p->grouping = p->secondary = 0;
        return p->exponent > 0 && p->exponent < 10;
    }
    return true;
}

static bool same_affix(const affix *a, const affix *b)
{
    return a->length == b->length && !memcmp(a->text, b->text, a->length);
}

/* Of a negative part only the affixes count; one that is like the positive
 * part is none. */
static bool read_negative(number_pattern *p, const char *pattern, size_t length,
                          size_t *at)
{
    number_pattern digits = {0};
    int shift = 0;

    p->negative_prefix = read_affix(pattern, length, at, &shift);
    if (!read_digits(&digits, pattern, length, at))
        return false;
    p->negative_suffix = read_affix(pattern, length, at, &shift);
    p->has_negative = !same_affix(&p->negative_prefix, &p->prefix) ||
                      !same_affix(&p->negative_suffix, &p->suffix);
    return shift >= 0;
}

static bool read_pattern(number_pattern *p, const char *pattern, size_t length)
{
    size_t at = 0;

    *p = (number_pattern){0};
    if (length == 0) { /* everything */
        p->most_fraction = NF_DECIMAL_MAX_SCALE;
        p->grouping = p->secondary = 3;
        return true;
    }
    p->prefix = read_affix(pattern, length, &at, &p->shift);
    if (!read_digits(p, pattern, length, &at))
        return false;
    p->suffix = read_affix(pattern, length, &at, &p->shift);
    if (p->shift < 0)
        return false;
    if (at < length && pattern[at] == ';') {
        at++;
        if (!read_negative(p, pattern, length, &at))
            return false;
    }
    return at == length;
}

static void put_affix(nf_buffer *out, const affix *a, const symbols *s)
{
    bool quoted = false;
    size_t i;

    for (i = 0; i < a->length; i++) {
        char c = a->text[i];

        if (c == '\'') {
            if (i + 1 < a->length && a->text[i + 1] == '\'') {
                nf_buffer_char(out, '\'');
                i++;
            } else {
                quoted = !quoted;
            }
        } else if (!quoted && c == '%') {
            nf_buffer_text(out, s->percent);
        } else if (!quoted && c == '-') {
            nf_buffer_text(out, s->minus);
        } else if (!quoted && a->length - i >= 2 &&
                   !memcmp(a->text + i, "\xC2\xA4", 2)) {
            nf_buffer_text(out, s->currency);
            i++;
        } else {
            nf_buffer_char(out, c);
        }
    }
}

/* "123.45" as the pattern's digits, grouped. `text` is plain and not signed. */
static void put_digits(nf_buffer *out, const number_pattern *p,
                       const symbols *s, const char *text, int least_integer,
                       int least_fraction)
{
    const char *point = strchr(text, '.');
    int whole = (int)(point ? point - text : (long)strlen(text)), i;
    int fraction = point ? (int)strlen(point + 1) : 0;
    int padded = whole < least_integer ? least_integer : whole;

    for (i = 0; i < padded; i++) {
        int left = padded - i;

        if (i > 0 && p->grouping &&
            (left == p->grouping ||
             (left > p->grouping && (left - p->grouping) % p->secondary == 0)))
            nf_buffer_text(out, s->grouping);
        nf_buffer_char(out, left > whole ? '0' : text[whole - left]);
    }
    if (fraction > 0 || least_fraction > 0 || p->point)
        nf_buffer_text(out, s->decimal);
    if (point)
        nf_buffer_text(out, point + 1);
    for (i = fraction; i < least_fraction; i++)
        nf_buffer_char(out, '0');
}

static char *plain_text(const nf_decimal *value)
{
    size_t length = nf_decimal_format(value, NULL, 0);
    char *text = nf_alloc(length + 1);

    if (text)
        nf_decimal_format(value, text, length + 1);
    return text;
}

/* value * 10^power, rounded to `scale`. */
static bool shifted(nf_decimal *out, const nf_decimal *value, int power,
                    int scale)
{
    nf_decimal ten = nf_decimal_from_int(10), factor, moved;
    bool ok;

    if (!nf_decimal_power(&factor, &ten, power < 0 ? -power : power, 0,
                          NF_ROUND_DOWN))
        return false;
    ok = power < 0 ? nf_decimal_divide(&moved, value, &factor,
                                       value->scale - power, NF_ROUND_DOWN)
                   : nf_decimal_multiply(&moved, value, &factor);
    nf_decimal_release(&factor);
    if (!ok)
        return false;
    ok = nf_decimal_round(out, &moved, scale, NF_ROUND_HALF_UP);
    nf_decimal_release(&moved);
    return ok;
}

/* The significant digits of a value that is not negative, rounded to `count`;
 * *point digits of them stand before the point. Owner: caller. */
static char *significant(const nf_decimal *value, int count, int *point)
{
    int exponent = nf_decimal_exponent(value);
    nf_decimal rounded;
    char *text, *to;

    *point = 0;
    if (!nf_decimal_round(&rounded, value, count - 1 - exponent,
                          NF_ROUND_HALF_UP))
        return NULL;
    *point = nf_decimal_sign(&rounded) ? nf_decimal_exponent(&rounded) + 1 : 0;
    text = plain_text(&rounded);
    nf_decimal_release(&rounded);
    if (!text)
        return NULL;
    to = text + strspn(text, "0.");
    memmove(text, to, strlen(to) + 1);
    for (to = text; *to; to++)
        if (*to == '.')
            memmove(to, to + 1, strlen(to));
    while (to > text && to[-1] == '0')
        *--to = '\0';
    return text;
}

/* As DecimalFormat: a pattern with more integer digits than are demanded makes
 * the exponent a multiple of them. At least one integer digit (S61). */
static bool put_scientific(nf_buffer *out, const number_pattern *p,
                           const symbols *s, const nf_decimal *value)
{
    int repeat = p->most_integer,
        least = p->least_integer ? p->least_integer : 1;
    int point, exponent, integer, digits, i;
    char *text = significant(
        value, repeat + p->most_fraction > 0 ? repeat + p->most_fraction : 1,
        &point);
    size_t known;

    if (!text)
        return false;
    known = strlen(text);
    exponent = point;
    if (repeat > 1 && repeat > p->least_integer) {
        exponent = (exponent >= 1 ? exponent - 1 : exponent - repeat) / repeat *
                   repeat;
        least = 1;
    } else {
        exponent -= least;
    }
    if (known == 0)
        exponent = 0;
    integer = known ? point - exponent : least;
    digits = p->least_integer + p->least_fraction;
    digits = digits < integer ? integer : digits;
    digits = digits < (int)known ? (int)known : digits;
    for (i = 0; i < digits; i++) {
        if (i == integer)
            nf_buffer_text(out, s->decimal);
        nf_buffer_char(out, i < (int)known ? text[i] : '0');
    }
    if (p->point && digits == integer)
        nf_buffer_text(out, s->decimal);
    nf_free(text);
    nf_buffer_text(out, s->exponent);
    if (exponent < 0)
        nf_buffer_text(out, s->minus);
    nf_buffer_format(out, "%0*d", p->exponent,
                     exponent < 0 ? -exponent : exponent);
    return true;
}

static bool put_fixed(nf_buffer *out, const number_pattern *p, const symbols *s,
                      const nf_decimal *value)
{
    char *text = plain_text(value);

    if (!text)
        return false;
    put_digits(out, p, s, text, p->least_integer > 1 ? p->least_integer : 1,
               p->least_fraction);
    nf_free(text);
    return true;
}

bool nf_decimal_format_pattern(nf_buffer *out, nf_engine engine,
                               const nf_decimal *value, const char *pattern,
                               size_t length, const char *language)
{
    nf_decimal scaled, absolute;
    bool negative, ok;
    number_pattern p;
    symbols s;

    if (!read_pattern(&p, pattern, length) || !read_symbols(&s, language) ||
        !shifted(&scaled, value, p.shift,
                 p.exponent ? NF_DECIMAL_MAX_SCALE : p.most_fraction))
        return false;
    if (engine == NF_ENGINE_SERVER)
        p.secondary = p.grouping;
    negative = nf_decimal_sign(value) < 0; /* also where 0 is left of it */
    ok = true;
    if (negative)
        ok = nf_decimal_negate(&absolute, &scaled);
    else
        absolute = nf_decimal_copy(&scaled);
    nf_decimal_release(&scaled);
    if (!ok)
        return false;
    if (negative && !p.has_negative)
        nf_buffer_text(out, s.minus);
    put_affix(out, negative && p.has_negative ? &p.negative_prefix : &p.prefix,
              &s);
    ok = p.exponent ? put_scientific(out, &p, &s, &absolute)
                    : put_fixed(out, &p, &s, &absolute);
    put_affix(out, negative && p.has_negative ? &p.negative_suffix : &p.suffix,
              &s);
    nf_decimal_release(&absolute);
    return ok;
}

/* ---- parsing ------------------------------------------------------------ */

static bool skip(const char **text, size_t *length, const char *what)
{
    size_t n = strlen(what);

    if (n == 0 || *length < n || memcmp(*text, what, n) != 0)
        return false;
    *text += n;
    *length -= n;
    return true;
}

/* Takes the affixes off both ends of the text. */
static bool strip(const char **text, size_t *length, const affix *prefix,
                  const affix *suffix, const symbols *s)
{
    nf_buffer head, tail;
    bool ok;

    nf_buffer_init(&head, 1024);
    nf_buffer_init(&tail, 1024);
    put_affix(&head, prefix, s);
    put_affix(&tail, suffix, s);
    ok = !head.failed && !tail.failed && *length >= head.length + tail.length &&
         !memcmp(*text, nf_buffer_string(&head), head.length) &&
         !memcmp(*text + *length - tail.length, nf_buffer_string(&tail),
                 tail.length);
    if (ok) {
        *text += head.length;
        *length -= head.length + tail.length;
    }
    nf_buffer_dispose(&head);
    nf_buffer_dispose(&tail);
    return ok;
}

/* Positive or negative: where both fit, the longer prefix, as in Java. */
static bool strip_affixes(const number_pattern *p, const symbols *s,
                          const char **text, size_t *length, bool *negative)
{
    const char *positive_text = *text, *negative_text = *text;
    size_t positive_length = *length, negative_length = *length;
    bool positive =
        strip(&positive_text, &positive_length, &p->prefix, &p->suffix, s);

    if (p->has_negative)
        *negative = strip(&negative_text, &negative_length, &p->negative_prefix,
                          &p->negative_suffix, s);
    else
        *negative =
            skip(&negative_text, &negative_length, s->minus) &&
            strip(&negative_text, &negative_length, &p->prefix, &p->suffix, s);
    if (*negative && positive && negative_length >= positive_length)
        *negative = negative_length == positive_length && p->has_negative &&
                    p->negative_suffix.length > p->suffix.length;
    *text = *negative ? negative_text : positive_text;
    *length = *negative ? negative_length : positive_length;
    return *negative || positive;
}

/* The digits between the affixes in the form of nf_decimal_parse. */
static bool plain_number(nf_buffer *out, const char *text, size_t length,
                         const number_pattern *p, const symbols *s)
{
    bool point = false;

    while (length > 0) {
        if (*text >= '0' && *text <= '9') {
            nf_buffer_char(out, *text++);
            length--;
        } else if (!point && skip(&text, &length, s->decimal)) {
            point = true;
            /* One without digits behind it is allowed. */
            if (length > 0 && *text >= '0' && *text <= '9')
                nf_buffer_char(out, '.');
        } else if (!point && p->grouping && out->length > 0 &&
                   skip(&text, &length, s->grouping)) {
            continue;
        } else if (out->length > 0 && skip(&text, &length, s->exponent)) {
            nf_buffer_char(out, 'e');
            if (skip(&text, &length, s->minus))
                nf_buffer_char(out, '-');
            point = true;
        } else {
            return false;
        }
    }
    return out->length > 0;
}

bool nf_decimal_parse_pattern(nf_decimal *out, const char *text, size_t length,
                              const char *pattern, size_t pattern_length,
                              const char *language, bool *valid)
{
    bool negative = false, ok;
    nf_decimal number, moved;
    number_pattern p;
    nf_buffer plain;
    symbols s;

    *out = (nf_decimal){0};
    *valid =
        read_pattern(&p, pattern, pattern_length) && read_symbols(&s, language);
    if (!*valid)
        return false;
    if (!strip_affixes(&p, &s, &text, &length, &negative))
        return false;
    nf_buffer_init(&plain, 100000);
    ok =
        plain_number(&plain, text, length, &p, &s) &&
        nf_decimal_parse(&number, nf_buffer_string(&plain), plain.length, true);
    nf_buffer_dispose(&plain);
    if (!ok)
        return false;
    ok = shifted(&moved, &number, -p.shift, NF_DECIMAL_MAX_SCALE);
    nf_decimal_release(&number);
    if (!ok || !negative) {
        *out = moved;
        return ok;
    }
    ok = nf_decimal_negate(out, &moved);
    nf_decimal_release(&moved);
    return ok;
}
