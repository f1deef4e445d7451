/* Cells, instants and answers of a batch (expressions §14, design §5). */
#include "interpreter/bindings.h"

#include "interpreter/numbers.h"

#include <stdio.h>
#include <string.h>

static long read_hex(const char *text)
{
    long value = 0;
    int i;

    for (i = 0; i < 4; i++) {
        int d = nf_hex_digit(text[i]);

        if (d < 0)
            return -1;
        value = value * 16 + d;
    }
    return value;
}

/* \uXXXX at `at` (behind the u); a surrogate takes its partner too. */
static bool decode_unicode(nf_buffer *out, const char *text, size_t length,
                           size_t *at)
{
    long code = *at + 4 <= length ? read_hex(text + *at) : -1, low;
    char bytes[4];

    if (code < 0)
        return false;
    *at += 4;
    if (code >= 0xD800 && code <= 0xDBFF && *at + 6 <= length &&
        text[*at] == '\\' && text[*at + 1] == 'u') {
        low = read_hex(text + *at + 2);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            *at += 6;
        }
    }
    if (code >= 0xD800 && code <= 0xDFFF)
        return false;
    nf_buffer_add(out, bytes, nf_utf8_put(bytes, (uint32_t)code));
    return true;
}

bool nf_cell_decode(nf_buffer *out, const char *text, size_t length)
{
    size_t at = 0;

    nf_buffer_add(out, "", 0);
    while (at < length) {
        char c = text[at++];

        if (c != '\\') {
            nf_buffer_char(out, c);
            continue;
        }
        if (at == length)
            return false;
        c = text[at++];
        if (c == 'u') {
            if (!decode_unicode(out, text, length, &at))
                return false;
        } else if (c == 'n' || c == 't' || c == 'r' || c == '\\') {
            nf_buffer_char(out, c == 'n'   ? '\n'
                                : c == 't' ? '\t'
                                : c == 'r' ? '\r'
                                           : '\\');
        } else {
            return false;
        }
    }
    return !out->failed;
}

/* Characters that a reader of the cell could not see. */
static bool is_hidden(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0xA0) || code == 0x307 ||
           (code >= 0x2000 && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202F) || code == 0x205F ||
           code == 0x3000 || code == 0xFEFF;
}

void nf_cell_encode(nf_buffer *out, const char *text, size_t length)
{
    size_t at = 0;

    while (at < length) {
        size_t start = at;
        uint32_t code = nf_utf8_next(text, length, &at);

        if (code == '\\')
            nf_buffer_text(out, "\\\\");
        else if (code == '\n')
            nf_buffer_text(out, "\\n");
        else if (code == '\t')
            nf_buffer_text(out, "\\t");
        else if (code == '\r')
            nf_buffer_text(out, "\\r");
        else if (is_hidden(code))
            nf_buffer_format(out, "\\u%04X", (unsigned)code);
        else
            nf_buffer_add(out, text + start, at - start);
    }
}

void nf_instant_format(int64_t instant, char text[32])
{
    nf_date d;
    int64_t year;

    nf_date_from_ms(&d, instant);
    year = d.year < 0 ? -d.year : d.year;
    if (year > 999999)
        year = 999999;
    snprintf(text, 32, "%s%04ld-%02u-%02uT%02u:%02u:%02u.%03uZ",
             d.year < 0 ? "-" : "", (long)year, (unsigned)d.month % 100,
             (unsigned)d.day % 100, (unsigned)d.hour % 100,
             (unsigned)d.minute % 100, (unsigned)d.second % 100,
             (unsigned)d.millisecond % 1000);
}

/* Exactly `digits` digits at *at. */
static bool take_digits(const char *text, size_t length, size_t *at, int digits,
                        int *out)
{
    *out = 0;
    for (; digits > 0; digits--, (*at)++) {
        if (*at >= length || text[*at] < '0' || text[*at] > '9')
            return false;
        *out = *out * 10 + (text[*at] - '0');
    }
    return true;
}

static bool take(const char *text, size_t length, size_t *at, char c)
{
    if (*at >= length || text[*at] != c)
        return false;
    (*at)++;
    return true;
}

static bool read_clock(const char *text, size_t length, size_t *at, nf_date *d)
{
    int digit, scale = 100;

    if (!take_digits(text, length, at, 2, &d->hour) ||
        !take(text, length, at, ':') ||
        !take_digits(text, length, at, 2, &d->minute))
        return false;
    if (!take(text, length, at, ':'))
        return true;
    if (!take_digits(text, length, at, 2, &d->second))
        return false;
    if (!take(text, length, at, '.'))
        return true;
    if (!take_digits(text, length, at, 1, &digit))
        return false;
    do {
        d->millisecond += digit * scale;
        scale /= 10;
    } while (take_digits(text, length, at, 1, &digit));
    return true;
}

bool nf_instant_parse(int64_t *out, const char *text, size_t length,
                      const nf_timezone *zone)
{
    int year, hours, minutes, sign;
    nf_date d = {0};
    size_t at = 0, before;

    *out = 0;
    if (!take_digits(text, length, &at, 4, &year) ||
        !take(text, length, &at, '-') ||
        !take_digits(text, length, &at, 2, &d.month) ||
        !take(text, length, &at, '-') ||
        !take_digits(text, length, &at, 2, &d.day))
        return false;
    d.year = year;
    if (at < length && (text[at] == 'T' || text[at] == ' ')) {
        at++;
        if (!read_clock(text, length, &at, &d))
            return false;
    }
    if (d.month < 1 || d.month > 12 || d.day < 1 ||
        d.day > nf_date_days_in_month(d.year, d.month) || d.hour > 23 ||
        d.minute > 59 || d.second > 59)
        return false;
    *out = nf_date_to_ms(&d);
    before = at;
    if (at == length) {
        if (zone)
            *out = nf_timezone_to_utc(zone, *out);
        return true;
    }
    if (take(text, length, &at, 'Z'))
        return at == length;
    sign = text[before] == '-' ? -1 : 1;
    if (text[before] != '-' && text[before] != '+')
        return false;
    at++;
    if (!take_digits(text, length, &at, 2, &hours))
        return false;
    take(text, length, &at, ':');
    if (!take_digits(text, length, &at, 2, &minutes) || at != length)
        return false;
    *out -= sign * (hours * INT64_C(60) + minutes) * 60000;
    return true;
}

nf_status nf_value_answer(nf_evaluator *e, nf_buffer *out,
                          const nf_value *value, nf_error *err)
{
    nf_decimal decimal;
    char instant[32];

    nf_buffer_format(out, "%s\t", nf_kind_name((nf_kind)value->kind));
    switch (value->kind) {
    case NF_KIND_EMPTY:
        break;
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
        nf_cell_encode(out, value->as.string->text, value->as.string->length);
        break;
    case NF_KIND_INTEGER:
        nf_buffer_format(out, "%lld", (long long)value->as.integer);
        break;
    case NF_KIND_DECIMAL:
        decimal = nf_value_decimal(value);
        nf_decimal_text(out, e->environment->engine, &decimal);
        break;
    case NF_KIND_BOOLEAN:
        nf_buffer_text(out, value->as.boolean ? "true" : "false");
        break;
    case NF_KIND_DATETIME:
        nf_instant_format(value->as.integer, instant);
        nf_buffer_text(out, instant);
        break;
    case NF_KIND_OBJECT:
        nf_buffer_format(out, "%lld", (long long)value->as.object->id);
        break;
    case NF_KIND_LIST:
        nf_buffer_format(out, "%zu", nf_list_count(value->as.list));
        break;
    default:
        break;
    }
    return out->failed ? nf_error_nomem(err) : NF_OK;
}

void nf_error_answer(nf_buffer *out, const nf_error *err)
{
    const char *code = err->detail[0] ? err->detail : err->code;

    nf_buffer_text(out, "Error\t");
    nf_cell_encode(out, code, strlen(code));
    nf_buffer_char(out, '\t');
    nf_cell_encode(out, err->message, strlen(err->message));
    /* xpath Q160: with the offset. */
    if (strcmp(err->code, "xpath_error") == 0 && err->position >= 0)
        nf_buffer_format(out, " (at %ld)", err->position);
}
