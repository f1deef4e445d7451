/* Questions of mx.parser: values as texts of the user's language and time zone,
 * made by what formatDateTime, formatDecimal and their like are made by
 * (activities 12.4, expressions S61, S72 … S76). Dates are milliseconds and
 * numbers texts of digits on the way. */
#include "javascript/internal.h"

#include "interpreter/dates.h"
#include "interpreter/numbers.h"

enum { PLACES_MAX = 28 };

typedef struct format {
    nf_evaluator evaluator;
    json_object *options; /* {selector, datePattern, places, groups} */
    const char *language;
} format;

static format format_of(nf_javascript *js, json_object *question)
{
    return (format){
        .evaluator = {.environment = &js->world->environment},
        .options = nf_js_item(question, 1),
        .language = js->world->environment.language,
    };
}

static nf_style style_of(const format *f)
{
    const char *selector = nf_js_text(f->options, "selector");

    return strcmp(selector, "time") == 0       ? NF_STYLE_TIME
           : strcmp(selector, "datetime") == 0 ? NF_STYLE_BOTH
                                               : NF_STYLE_DATE;
}

static nf_status give_text(nf_buffer *text, nf_status status, json_object **out,
                           nf_error *err)
{
    if (!status && text->failed)
        status = nf_error_nomem(err);
    if (!status)
        *out = json_object_new_string_len(
            text->length ? nf_buffer_string(text) : "", (int)text->length);
    nf_buffer_dispose(text);
    return status;
}

/* [milliseconds, options] */
static nf_status ask_format_date(nf_javascript *js, json_object *question,
                                 json_object **out, nf_error *err)
{
    format f = format_of(js, question);
    int64_t instant = json_object_get_int64(nf_js_item(question, 0));
    const char *pattern = nf_js_text(f.options, "datePattern");
    nf_buffer text;
    nf_status status;

    nf_buffer_init(&text, NF_BUFFER_MAX);
    status = *pattern ? nf_date_format(&f.evaluator, &text, instant, false,
                                       pattern, strlen(pattern), err)
                      : nf_date_format_short(&f.evaluator, &text, instant,
                                             false, style_of(&f), true, err);
    return give_text(&text, status, out, err);
}

/* A short pattern with the year in four digits. */
static void whole_year(nf_name out, const char *pattern)
{
    size_t length = 0, run;

    for (; *pattern && length + 5 < sizeof(nf_name); pattern += run) {
        run = strspn(pattern, "y");
        if (run) {
            memcpy(out + length, "yyyy", 4);
            length += 4;
        } else {
            out[length++] = *pattern;
            run = 1;
        }
    }
    out[length] = '\0';
}

/* By the pattern that is given, else by the short one of the language, its year
 * in two digits or four. */
static nf_status parse_date(format *f, const char *text, int64_t *instant,
                            bool *matched, nf_error *err)
{
    const char *given = nf_js_text(f->options, "datePattern");
    const nf_locale *locale = nf_locale_get(&f->evaluator, err);
    const char *pattern;
    nf_name whole;
    nf_status status;

    if (!locale)
        return err->status;
    pattern = *given                         ? given
              : style_of(f) == NF_STYLE_TIME ? locale->time_pattern
              : style_of(f) == NF_STYLE_BOTH ? locale->both_pattern
                                             : locale->date_pattern;
    status = nf_date_parse(&f->evaluator, instant, matched, text, strlen(text),
                           pattern, strlen(pattern), false, err);
    if (!status && !*matched && !*given) {
        whole_year(whole, pattern);
        status = nf_date_parse(&f->evaluator, instant, matched, text,
                               strlen(text), whole, strlen(whole), false, err);
    }
    nf_locale_done(&f->evaluator, locale);
    return status;
}

/* [text, options]: milliseconds; null: it does not fit. */
static nf_status ask_parse_date(nf_javascript *js, json_object *question,
                                json_object **out, nf_error *err)
{
    format f = format_of(js, question);
    bool matched = false;
    int64_t instant = 0;
    nf_status status =
        parse_date(&f, nf_js_item_text(question, 0), &instant, &matched, err);

    if (!status && matched)
        *out = json_object_new_int64(instant);
    return status;
}

/* The language's pattern, with as many decimals as are asked for. */
static void number_pattern(const format *f, bool groups, char *pattern,
                           size_t size)
{
    json_object *given = nf_js_part(f->options, "places");
    int64_t places = given ? json_object_get_int64(given) : -1;
    size_t length;

    if (!groups || !nf_decimal_language_pattern(pattern, size - PLACES_MAX - 2,
                                                f->language))
        strcpy(pattern, groups ? "#,##0" : "0");
    length = strcspn(pattern, ".");
    if (places) {
        bool all = places < 0 || places > PLACES_MAX;

        pattern[length++] = '.';
        memset(pattern + length, all ? '#' : '0',
               all ? PLACES_MAX : (size_t)places);
        length += all ? PLACES_MAX : (size_t)places;
    }
    pattern[length] = '\0';
}

/* [digits, options] */
static nf_status ask_format_number(nf_javascript *js, json_object *question,
                                   json_object **out, nf_error *err)
{
    const format f = format_of(js, question);
    const char *digits = nf_js_item_text(question, 0);
    bool groups = json_object_get_boolean(nf_js_part(f.options, "groups"));
    char pattern[128 + PLACES_MAX];
    nf_decimal value;
    nf_buffer text;
    nf_status status = NF_OK;

    if (!nf_decimal_parse(&value, digits, strlen(digits), true))
        return nf_js_bad_question(err, "a number");
    number_pattern(&f, groups, pattern, sizeof pattern);
    nf_buffer_init(&text, NF_BUFFER_MAX);
    if (!nf_decimal_format_pattern(&text, NF_ENGINE_CLIENT, &value, pattern,
                                   strlen(pattern), f.language) &&
        !text.failed)
        status = nf_error_set(err, NF_FAILED, "E-PATTERN",
                              "the number can't be formatted");
    nf_decimal_release(&value);
    return give_text(&text, status, out, err);
}

/* [text, options]: digits; null: it is no number of the language. */
static nf_status ask_parse_number(nf_javascript *js, json_object *question,
                                  json_object **out, nf_error *err)
{
    const format f = format_of(js, question);
    const char *text = nf_js_item_text(question, 0);
    char pattern[128 + PLACES_MAX];
    bool valid = true;
    nf_decimal value;
    nf_buffer digits;

    number_pattern(&f, true, pattern, sizeof pattern);
    if (!nf_decimal_parse_pattern(&value, text, strlen(text), pattern,
                                  strlen(pattern), f.language, &valid))
        return NF_OK;
    nf_buffer_init(&digits, NF_BUFFER_MAX);
    nf_decimal_text(&digits, NF_ENGINE_CLIENT, &value);
    nf_decimal_release(&value);
    return give_text(&digits, NF_OK, out, err);
}

const nf_js_question nf_js_parser_questions[] = {
    {"formatDate", ask_format_date},
    {"parseDate", ask_parse_date},
    {"formatNumber", ask_format_number},
    {"parseNumber", ask_parse_number},
    {NULL, NULL}};
