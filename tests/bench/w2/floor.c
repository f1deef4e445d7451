/* The least that W2 can cost in C with the same library for regular
 * expressions: decimals are scaled integers, dates are computed, every text
 * that the product makes is allocated and freed. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "workload.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

typedef struct matcher {
    pcre2_code *code;
    pcre2_match_data *data;
} matcher;

static void *need(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static char *label(const w2_input *in, int number, size_t *length)
{
    char digits[16], *text;
    size_t name = strlen(in->name), at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    *length = name + 1 + sizeof digits - at;
    text = need(malloc(*length + 1));
    memcpy(text, in->name, name);
    text[name] = '-';
    memcpy(text + name + 1, digits + at, sizeof digits - at);
    text[*length] = '\0';
    return text;
}

static char *upper(const char *from, size_t length)
{
    char *text = need(malloc(length + 1));

    for (size_t i = 0; i < length; i++)
        text[i] =
            (char)(from[i] >= 'a' && from[i] <= 'z' ? from[i] - 32 : from[i]);
    text[length] = '\0';
    return text;
}

static char *two(char *to, int value, char before)
{
    *to++ = before;
    *to++ = (char)('0' + value / 10);
    *to++ = (char)('0' + value % 10);
    return to;
}

/* Days since 1970-01-01 to a date, by 400-year eras that begin in March. */
static char *date_text(int64_t seconds)
{
    int64_t days = seconds / 86400 + 719468;
    int rest = (int)(seconds % 86400);
    int era = (int)(days / 146097), day = (int)(days % 146097);
    int year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int of_year = day - (365 * year + year / 4 - year / 100);
    int month = (5 * of_year + 2) / 153;
    char *text = need(malloc(20)), *to = text + 4;

    day = of_year - (153 * month + 2) / 5 + 1;
    year += era * 400 + (month >= 10);
    month += month < 10 ? 3 : -9;
    for (int i = 3, y = year; i >= 0; i--, y /= 10)
        text[i] = (char)('0' + y % 10);
    to = two(to, month, '-');
    to = two(to, day, '-');
    to = two(to, rest / 3600, ' ');
    to = two(to, rest / 60 % 60, ':');
    to = two(to, rest % 60, ':');
    *to = '\0';
    return text;
}

static char *mask(const matcher *m, const char *name, size_t *length)
{
    char *text = need(malloc(64));

    if (!strstr(name, "an")) {
        *length = strlen(name);
        return memcpy(text, name, *length + 1);
    }
    *length = 64;
    if (pcre2_substitute(m->code, (PCRE2_SPTR)name, PCRE2_ZERO_TERMINATED, 0,
                         PCRE2_SUBSTITUTE_GLOBAL, m->data, NULL,
                         (PCRE2_SPTR) "*", 1, (PCRE2_UCHAR *)text, length) < 0)
        abort();
    return text;
}

static int64_t round_of(const matcher *m, int number)
{
    static const char *const words[] = {"zero", "one", "two", "three", "many"};
    w2_input in = w2_input_at(number);
    w2_output out = {.word_length = strlen(words[in.code])};
    size_t length;
    char *whole = label(&in, number, &length), *code, *date, *masked;
    int64_t product, sum;

    out.code = code = upper(whole, out.code_length = length < 8 ? length : 8);
    if (__builtin_mul_overflow(in.price, in.quantity, &product))
        abort();
    out.cents = (product + 5) / 10;
    out.date = date = date_text(in.seconds);
    out.date_length = strlen(date);
    out.masked = masked = mask(m, in.name, &out.masked_length);
    out.open = strcmp(in.status, "Open") == 0;
    sum = w2_sum(&out);
    free(whole);
    free(code);
    free(date);
    free(masked);
    return sum;
}

int main(void)
{
    int error;
    PCRE2_SIZE offset;
    matcher m = {.code = need(pcre2_compile((PCRE2_SPTR) "[aeiou]",
                                            PCRE2_ZERO_TERMINATED, PCRE2_UTF,
                                            &error, &offset, NULL))};
    int64_t sum = 0;
    double started;

    pcre2_jit_compile(m.code, PCRE2_JIT_COMPLETE);
    m.data = need(pcre2_match_data_create_from_pattern(m.code, NULL));
    started = w2_seconds();
    for (int i = 0; i < W2_ROUNDS; i++)
        sum += round_of(&m, i);
    error = w2_report("floor", sum, w2_seconds() - started);
    pcre2_match_data_free(m.data);
    pcre2_code_free(m.code);
    return error;
}
