/* Text functions (expressions §9.1). Positions count UTF-16 code units; in
 * ASCII text, by far the most, they are bytes. An empty text counts as ''
 * (§6.4). */
#include "interpreter/functions_all.h"

#include "base/memory.h"
#include "base/text.h"
#include "interpreter/regex.h"
#include "base/icu.h"

#include <string.h>

/* The argument as text: '' for an empty value. Borrowed. */
static nf_string *text_at(const nf_value *arguments, int index)
{
    static nf_string nothing = {.references = NF_IMMORTAL,
                                .flags = NF_STRING_MEASURED | NF_STRING_ASCII};

    return arguments[index].kind == NF_KIND_STRING ? arguments[index].as.string
                                                   : &nothing;
}

nf_status nf_result_text(nf_value *out, const char *text, size_t length,
                         nf_error *err)
{
    return nf_value_text(out, text, length) ? NF_OK : nf_error_nomem(err);
}

void nf_result_init(nf_buffer *buffer, const nf_evaluator *e, void *memory)
{
    nf_buffer_init_on(buffer, memory, NF_SHORT_TEXT,
                      nf_text_limit(e->environment));
}

nf_status nf_result_give(nf_value *out, nf_buffer *buffer, nf_status status,
                         nf_error *err)
{
    if (status == NF_OK && buffer->full)
        status = nf_text_too_long(buffer->maximum, err);
    else if (status == NF_OK &&
             (buffer->failed ||
              !nf_value_text(out, nf_buffer_string(buffer), buffer->length)))
        status = nf_error_nomem(err);
    nf_buffer_dispose(buffer);
    return status;
}

/* ---- positions ---------------------------------------------------------- */

static bool is_ascii(nf_string *s)
{
    size_t units = nf_string_utf16_length(s);

    return units == s->length; /* every other character has more bytes */
}

/* Bytes before unit `position`; *half is set if that splits a pair. */
static size_t unit_to_byte(nf_string *s, size_t position, bool *half)
{
    size_t at = 0, units = 0;

    *half = false;
    if (is_ascii(s))
        return position < s->length ? position : s->length;
    while (at < s->length && units < position) {
        size_t next = at;
        uint32_t code = nf_utf8_next(s->text, s->length, &next);

        units += code > 0xFFFF ? 2 : 1;
        if (units > position) {
            *half = true;
            return at;
        }
        at = next;
    }
    return at;
}

static int64_t byte_to_unit(nf_string *s, size_t byte)
{
    size_t at = 0;
    int64_t units = 0;

    if (is_ascii(s))
        return (int64_t)byte;
    while (at < byte)
        units += nf_utf8_next(s->text, s->length, &at) > 0xFFFF ? 2 : 1;
    return units;
}

/* ---- case, blanks ------------------------------------------------------- */

nf_status nf_call_length(nf_evaluator *e, nf_value *out, const nf_value *a,
                         int count, const nf_call_site *site, nf_error *err)
{
    (void)e, (void)count, (void)site, (void)err;
    if (a[0].kind == NF_KIND_LIST)
        *out = nf_integer((int64_t)nf_list_count(a[0].as.list));
    else
        *out = nf_integer((int64_t)nf_string_utf16_length(text_at(a, 0)));
    return NF_OK;
}

/* In place when nobody else has the text: arguments end with the call. */
static nf_status map_ascii(nf_value *out, nf_string *s, bool upper,
                           nf_error *err)
{
    nf_string *mapped = s->references == 1 ? nf_string_retain(s)
                                           : nf_string_alloc_ascii(s->length);
    size_t i;

    if (!mapped)
        return nf_error_nomem(err);
    for (i = 0; i < s->length; i++) {
        char c = s->text[i];

        if (upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z')
            c ^= 0x20;
        mapped->text[i] = c;
    }
    *out = nf_string_take(mapped);
    return NF_OK;
}

nf_status nf_call_case(nf_evaluator *e, nf_value *out, const nf_value *a,
                       int count, const nf_call_site *site, nf_error *err)
{
    nf_string *s = text_at(a, 0);
    bool upper = site->function->variant;
    UErrorCode status = U_ZERO_ERROR;
    UCaseMap *map;
    int32_t size, length = 0;
    char *text;

    (void)e, (void)count;
    if (is_ascii(s))
        return map_ascii(out, s, upper, err);
    if (s->length > INT32_MAX / 4)
        return nf_expression_error(err, "E-RANGE", "Text too long");
    map = nf_icu()->ucasemap_open("", 0, &status);
    size = (int32_t)s->length * 3 + 1;
    text = nf_alloc((size_t)size);
    if (U_SUCCESS(status) && text)
        length =
            upper ? nf_icu()->ucasemap_utf8ToUpper(map, text, size, s->text,
                                                   (int32_t)s->length, &status)
                  : nf_icu()->ucasemap_utf8ToLower(map, text, size, s->text,
                                                   (int32_t)s->length, &status);
    if (map)
        nf_icu()->ucasemap_close(map);
    status =
        !text || U_FAILURE(status) || !nf_value_text(out, text, (size_t)length)
            ? U_MEMORY_ALLOCATION_ERROR
            : U_ZERO_ERROR;
    nf_free(text);
    return U_FAILURE(status) ? nf_error_nomem(err) : NF_OK;
}

static bool is_blank(nf_engine engine, uint32_t code)
{
    if (engine == NF_ENGINE_SERVER)
        return code <= 0x20;
    return (code >= 9 && code <= 13) || code == 0x20 || code == 0xA0 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
           code == 0x2028 || code == 0x2029 || code == 0x202F ||
           code == 0x205F || code == 0x3000 || code == 0xFEFF;
}

nf_status nf_call_trim(nf_evaluator *e, nf_value *out, const nf_value *a,
                       int count, const nf_call_site *site, nf_error *err)
{
    nf_engine engine = e->environment->engine;
    nf_string *s = text_at(a, 0);
    size_t start = 0, end = s->length, next;

    (void)count, (void)site;
    while (start < end) {
        next = start;
        if (!is_blank(engine, nf_utf8_next(s->text, s->length, &next)))
            break;
        start = next;
    }
    while (end > start) {
        size_t before = end - 1;

        while (((unsigned char)s->text[before] & 0xC0) == 0x80)
            before--;
        next = before;
        if (!is_blank(engine, nf_utf8_next(s->text, s->length, &next)))
            break;
        end = before;
    }
    if (start == 0 && end == s->length && a[0].kind == NF_KIND_STRING) {
        *out = nf_value_copy(&a[0]);
        return NF_OK;
    }
    return nf_result_text(out, s->text + start, end - start, err);
}

/* ---- parts -------------------------------------------------------------- */

static nf_status cut_ascii(nf_value *out, const nf_string *s, size_t start,
                           size_t end, nf_error *err)
{
    nf_string *part = nf_string_alloc_ascii(end - start);

    if (!part)
        return nf_error_nomem(err);
    memcpy(part->text, s->text + start, end - start);
    *out = nf_string_take(part);
    return NF_OK;
}

/* The units start … end; half a pair becomes U+FFFD. */
static nf_status cut(nf_value *out, nf_string *s, int64_t start, int64_t end,
                     nf_error *err)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    bool first_half, last_half;
    size_t from, to;
    nf_buffer buffer;

    if (is_ascii(s))
        return cut_ascii(out, s, (size_t)start, (size_t)end, err);
    from = unit_to_byte(s, (size_t)start, &first_half);
    to = unit_to_byte(s, (size_t)end, &last_half);
    if (!first_half && !last_half)
        return nf_result_text(out, s->text + from, to - from, err);
    nf_buffer_init(&buffer, NF_STRING_MAX);
    if (first_half) {
        nf_buffer_text(&buffer, replacement);
        from = from + 4 < to || last_half ? from + 4 : to;
    }
    if (to > from)
        nf_buffer_add(&buffer, s->text + from, to - from);
    if (last_half)
        nf_buffer_text(&buffer, replacement);
    return nf_result_give(out, &buffer, NF_OK, err);
}

nf_status nf_call_substring(nf_evaluator *e, nf_value *out, const nf_value *a,
                            int count, const nf_call_site *site, nf_error *err)
{
    nf_string *s = text_at(a, 0);
    int64_t length = (int64_t)nf_string_utf16_length(s);
    int64_t start, end = length;

    if (a[1].kind == NF_KIND_EMPTY || (count > 2 && a[2].kind == NF_KIND_EMPTY))
        return nf_function_refuse(e, "E-EMPTY", a, count, site, err);
    start = a[1].as.integer;
    if (e->environment->engine == NF_ENGINE_SERVER) {
        if (count > 2 && __builtin_add_overflow(start, a[2].as.integer, &end))
            end = INT64_MAX;
        if (start < 0 || start > length || end < start || end > length)
            return nf_expression_error(
                err, "E-RANGE",
                "Range [%lld, %lld) out of bounds for length "
                "%lld",
                (long long)start, (long long)end, (long long)length);
        return cut(out, s, start, end, err);
    }
    if (start < 0) /* from the end, as JavaScript's substr */
        start = start < -length ? 0 : start + length;
    if (start > length)
        start = length;
    if (count > 2 && a[2].as.integer < length - start)
        end = start + (a[2].as.integer < 0 ? 0 : a[2].as.integer);
    return cut(out, s, start, end, err);
}

nf_status nf_call_find(nf_evaluator *e, nf_value *out, const nf_value *a,
                       int count, const nf_call_site *site, nf_error *err)
{
    nf_string *s = text_at(a, 0), *part = text_at(a, 1);
    int64_t length = (int64_t)nf_string_utf16_length(s), start = 0;
    const char *found;
    size_t from;
    bool half;

    if (count > 2) {
        if (a[2].kind == NF_KIND_EMPTY)
            return nf_function_refuse(e, "E-EMPTY", a, count, site, err);
        start = a[2].as.integer;
    }
    start = start < 0 ? 0 : start > length ? length : start;
    if (part->length == 0) {
        *out = nf_integer(start);
        return NF_OK;
    }
    from = unit_to_byte(s, (size_t)start, &half);
    if (half)
        from += 4;
    found = memmem(s->text + from, s->length - from, part->text, part->length);
    *out = nf_integer(found ? byte_to_unit(s, (size_t)(found - s->text)) : -1);
    return NF_OK;
}

nf_status nf_call_find_last(nf_evaluator *e, nf_value *out, const nf_value *a,
                            int count, const nf_call_site *site, nf_error *err)
{
    nf_string *s = text_at(a, 0), *part = text_at(a, 1);
    int64_t length = (int64_t)nf_string_utf16_length(s), last = length;
    size_t at;
    bool half;

    if (count > 2) {
        if (a[2].kind == NF_KIND_EMPTY)
            return nf_function_refuse(e, "E-EMPTY", a, count, site, err);
        last = a[2].as.integer < length ? a[2].as.integer : length;
    }
    if (last < 0) /* JavaScript takes 0, Java finds nothing */
        last = e->environment->engine == NF_ENGINE_CLIENT ? 0 : -1;
    *out = nf_integer(-1);
    if (last < 0 || part->length > s->length)
        return NF_OK;
    at = unit_to_byte(s, (size_t)last, &half);
    if (part->length == 0) {
        *out = nf_integer(last);
        return NF_OK;
    }
    if (at > s->length - part->length)
        at = s->length - part->length;
    for (;; at--) {
        if (!memcmp(s->text + at, part->text, part->length)) {
            *out = nf_integer(byte_to_unit(s, at));
            return NF_OK;
        }
        if (at == 0)
            return NF_OK;
    }
}

nf_status nf_call_contains(nf_evaluator *e, nf_value *out, const nf_value *a,
                           int count, const nf_call_site *site, nf_error *err)
{
    nf_string *s = text_at(a, 0), *part = text_at(a, 1);
    bool fits = part->length <= s->length;

    (void)e, (void)count, (void)err;
    switch (site->function->variant) {
    case NF_STARTS_WITH:
        fits = fits && !memcmp(s->text, part->text, part->length);
        break;
    case NF_ENDS_WITH:
        fits = fits && !memcmp(s->text + s->length - part->length, part->text,
                               part->length);
        break;
    default:
        fits = part->length == 0 ||
               memmem(s->text, s->length, part->text, part->length);
        break;
    }
    *out = nf_boolean(fits);
    return NF_OK;
}

/* ---- regular expressions ------------------------------------------------ */

nf_status nf_call_is_match(nf_evaluator *e, nf_value *out, const nf_value *a,
                           int count, const nf_call_site *site, nf_error *err)
{
    nf_regex *regex;
    nf_status status = nf_regex_get(&regex, e, text_at(a, 1), true, err);
    bool matches;

    (void)count, (void)site;
    if (status != NF_OK)
        return status;
    status = nf_regex_matches(&matches, e, regex, text_at(a, 0), err);
    nf_regex_done(e, regex);
    if (status == NF_OK)
        *out = nf_boolean(matches);
    return status;
}

nf_status nf_call_replace(nf_evaluator *e, nf_value *out, const nf_value *a,
                          int count, const nf_call_site *site, nf_error *err)
{
    nf_regex *regex;
    nf_status status = nf_regex_get(&regex, e, text_at(a, 1), false, err);
    char memory[NF_SHORT_TEXT];
    nf_buffer buffer;

    (void)count;
    if (status != NF_OK)
        return status;
    nf_result_init(&buffer, e, memory);
    status = nf_regex_replace(&buffer, e, regex, text_at(a, 0), text_at(a, 2),
                              site->function->variant, err);
    nf_regex_done(e, regex);
    return nf_result_give(out, &buffer, status, err);
}

/* ---- URLs --------------------------------------------------------------- */

nf_status nf_call_url_encode(nf_evaluator *e, nf_value *out, const nf_value *a,
                             int count, const nf_call_site *site, nf_error *err)
{
    const char *plain =
        e->environment->engine == NF_ENGINE_CLIENT ? "-_.!~*'()" : "-_.~";
    const nf_string *s = text_at(a, 0);
    char memory[NF_SHORT_TEXT];
    nf_buffer buffer;
    size_t i;

    (void)count, (void)site;
    nf_result_init(&buffer, e, memory);
    for (i = 0; i < s->length; i++) {
        char c = s->text[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || (c && strchr(plain, c)))
            nf_buffer_char(&buffer, c);
        else
            nf_buffer_format(&buffer, "%%%02X", (unsigned char)c);
    }
    return nf_result_give(out, &buffer, NF_OK, err);
}

nf_status nf_call_url_decode(nf_evaluator *e, nf_value *out, const nf_value *a,
                             int count, const nf_call_site *site, nf_error *err)
{
    const nf_string *s = text_at(a, 0);
    char memory[NF_SHORT_TEXT];
    nf_buffer buffer;
    bool ok = true;
    size_t i;

    (void)e, (void)count, (void)site;
    nf_result_init(&buffer, e, memory);
    for (i = 0; i < s->length && ok; i++) {
        char c = s->text[i];

        if (c == '%') {
            int high = i + 2 < s->length ? nf_hex_digit(s->text[i + 1]) : -1;
            int low = high >= 0 ? nf_hex_digit(s->text[i + 2]) : -1;

            ok = low >= 0;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        if (ok)
            nf_buffer_char(&buffer, c);
    }
    if (!ok || (!buffer.failed &&
                !nf_utf8_valid(nf_buffer_string(&buffer), buffer.length))) {
        nf_buffer_dispose(&buffer);
        return nf_expression_error(err, "E-URI", "URI malformed");
    }
    return nf_result_give(out, &buffer, NF_OK, err);
}
