/* Date patterns: scanning and formatting (expressions S66 … S72). The client
 * follows the Mendix client (date-fns with its own letters), the server Java's
 * SimpleDateFormat. */
#include "interpreter/dates.h"

#include <stdio.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#define DAY_MS INT64_C(86400000)
enum { LONGEST_RUN = 200, LITERAL_RUN = 6 };

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool nf_pattern_next(const char *pattern, size_t length, size_t *position,
                     nf_pattern_item *item, bool *open)
{
    size_t at = *position;

    *item = (nf_pattern_item){0};
    *open = false;
    if (at >= length)
        return false;
    if (pattern[at] == '\'') {
        if (at + 1 < length && pattern[at + 1] == '\'') {
            item->text = pattern + at;
            item->length = 1;
            *position = at + 2;
            return true;
        }
        item->quoted = true;
        item->text = pattern + ++at;
        while (at < length && (pattern[at] != '\'' ||
                               (at + 1 < length && pattern[at + 1] == '\'')))
            at += pattern[at] == '\'' ? 2 : 1;
        item->length = (size_t)(pattern + at - item->text);
        *open = at >= length;
        *position = at + 1;
        return true;
    }
    item->text = pattern + at;
    if (is_letter(pattern[at])) {
        item->letter = pattern[at];
        while (at < length && pattern[at] == item->letter) {
            at++;
            item->count++;
        }
    } else {
        while (at < length && pattern[at] != '\'' && !is_letter(pattern[at]))
            at++;
    }
    item->length = (size_t)(pattern + at - item->text);
    *position = at;
    return true;
}

bool nf_pattern_is_literal(nf_engine engine, char letter)
{
    return engine == NF_ENGINE_CLIENT && strchr("WFzZX", letter);
}

nf_status nf_pattern_check(nf_engine engine, const char *pattern, size_t length,
                           nf_error *err)
{
    nf_pattern_item item;
    size_t position = 0;
    bool open;

    if (length == 0 && engine == NF_ENGINE_CLIENT)
        return nf_expression_error(err, "E-PATTERN", "Date pattern is empty");
    while (nf_pattern_next(pattern, length, &position, &item, &open)) {
        if (open && engine == NF_ENGINE_SERVER)
            return nf_expression_error(err, "E-PATTERN",
                                       "Unterminated quote in date pattern "
                                       "'%.*s'",
                                       (int)(length < 200 ? length : 200),
                                       pattern);
        if (!item.letter)
            continue;
        if (!strchr("GyYMLwWDdFEuaHkKhmsSzZX", item.letter) ||
            (nf_pattern_is_literal(engine, item.letter) &&
             item.count > LITERAL_RUN) ||
            (engine == NF_ENGINE_SERVER && item.letter == 'X' &&
             item.count > 3))
            return nf_expression_error(
                err, "E-PATTERN",
                "Format string contains an unescaped latin alphabet "
                "character `%c`",
                item.letter);
        if (item.count > LONGEST_RUN)
            return nf_expression_error(err, "E-PATTERN",
                                       "A run of '%c' is longer than %d",
                                       item.letter, LONGEST_RUN);
    }
    return NF_OK;
}

/* ---- fields ------------------------------------------------------------- */

typedef struct formatter {
    nf_buffer *out;
    const nf_locale *locale;
    nf_engine engine;
    nf_moment moment;
} formatter;

static void put_number(formatter *f, int64_t number, int width)
{
    nf_buffer_format(f->out, "%0*lld", width, (long long)number);
}

static void put_year(formatter *f, int64_t year, int count)
{
    if (year <= 0)
        year = 1 - year; /* of the era before */
    if (count == 2)
        put_number(f, year % 100, 2);
    else if (f->engine == NF_ENGINE_CLIENT && count == 3)
        put_number(f, year, 4);
    else
        put_number(f, year, count);
}

static void put_month(formatter *f, int count, nf_name names[2][12])
{
    int month = f->moment.date.month;

    if (count <= 2)
        put_number(f, month, count);
    else
        nf_buffer_text(f->out, names[count > 3][month - 1]);
}

static int day_of_year(const nf_moment *m)
{
    nf_date first = {.year = m->date.year, .month = 1, .day = 1};

    return (int)(m->days - nf_date_to_ms(&first) / DAY_MS) + 1;
}

static int week_of_month(const formatter *f)
{
    const nf_date *d = &f->moment.date;
    int first = ((d->weekday - (d->day - 1)) % 7 + 7) % 7;
    int offset = (first - f->locale->first_day + 7) % 7;

    return (d->day - 1 + offset) / 7 + (7 - offset >= f->locale->minimal_days);
}

static void put_milliseconds(formatter *f, int count)
{
    if (f->engine == NF_ENGINE_CLIENT && count < 3)
        count = 3;
    put_number(f, f->moment.date.millisecond, count);
}

/* +hh:mm and its shorter forms. */
static void put_offset(formatter *f, bool minutes, bool colon)
{
    int64_t offset = f->moment.offset / 60000;

    nf_buffer_char(f->out, offset < 0 ? '-' : '+');
    if (offset < 0)
        offset = -offset;
    put_number(f, offset / 60, 2);
    if (colon)
        nf_buffer_char(f->out, ':');
    if (minutes)
        put_number(f, offset % 60, 2);
}

static void put_iso_offset(formatter *f, int count)
{
    if (f->moment.offset == 0)
        nf_buffer_char(f->out, 'Z');
    else
        put_offset(f, count > 1, count > 2);
}

static bool put_long_zone(formatter *f)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar id[128], name[128];
    UCalendar *calendar;
    int32_t length = 0, written = 0;
    char text[256];

    u_uastrncpy(id, f->moment.zone, 127);
    id[127] = 0;
    calendar = ucal_open(id, -1, f->locale->language, UCAL_GREGORIAN, &status);
    if (U_SUCCESS(status))
        length = ucal_getTimeZoneDisplayName(
            calendar, f->moment.summer ? UCAL_DST : UCAL_STANDARD,
            f->locale->language, name, 128, &status);
    if (calendar)
        ucal_close(calendar);
    if (U_FAILURE(status) || length > 128)
        return false;
    u_strToUTF8(text, sizeof text, &written, name, length, &status);
    if (U_FAILURE(status) || (size_t)written >= sizeof text)
        return false;
    nf_buffer_add(f->out, text, (size_t)written);
    return true;
}

static void put_zone(formatter *f, int count)
{
    if (count >= 4 && put_long_zone(f))
        return;
    if (is_letter(f->moment.abbreviation[0])) {
        nf_buffer_text(f->out, f->moment.abbreviation);
        return;
    }
    nf_buffer_text(f->out, "GMT");
    put_offset(f, true, true);
}

static void put_week(formatter *f, int count, bool year_wanted)
{
    int64_t year;
    int week;

    nf_week_of_year(f->locale, f->moment.days, &week, &year);
    if (year_wanted)
        put_year(f, year, count);
    else
        put_number(f, week, count);
}

static void put_field(formatter *f, char letter, int count)
{
    const nf_date *d = &f->moment.date;
    nf_locale *l = (nf_locale *)(uintptr_t)f->locale;

    switch (letter) {
    case 'G':
        nf_buffer_text(f->out, l->eras[d->year > 0]);
        break;
    case 'y':
        put_year(f, d->year, count);
        break;
    case 'Y':
        put_week(f, count, true);
        break;
    case 'M':
        put_month(f, count, l->months);
        break;
    case 'L':
        put_month(f, count, l->alone_months);
        break;
    case 'w':
        put_week(f, count, false);
        break;
    case 'W':
        put_number(f, week_of_month(f), count);
        break;
    case 'D':
        put_number(f, day_of_year(&f->moment), count);
        break;
    case 'd':
        put_number(f, d->day, count);
        break;
    case 'F':
        put_number(f, (d->day - 1) / 7 + 1, count);
        break;
    case 'E':
        nf_buffer_text(f->out, l->weekdays[count > 3][d->weekday]);
        break;
    case 'u':
        put_number(f, d->weekday ? d->weekday : 7, count);
        break;
    case 'a':
    case 'B': /* parts of the day in the short styles of some languages */
        nf_buffer_text(f->out, l->am_pm[d->hour >= 12]);
        break;
    case 'H':
        put_number(f, d->hour, count);
        break;
    case 'k':
        put_number(f, d->hour ? d->hour : 24, count);
        break;
    case 'K':
        put_number(f, d->hour % 12, count);
        break;
    case 'h':
        put_number(f, d->hour % 12 ? d->hour % 12 : 12, count);
        break;
    case 'm':
        put_number(f, d->minute, count);
        break;
    case 's':
        put_number(f, d->second, count);
        break;
    case 'S':
        put_milliseconds(f, count);
        break;
    case 'z':
        put_zone(f, count);
        break;
    case 'Z':
        put_offset(f, true, false);
        break;
    case 'X':
        put_iso_offset(f, count);
        break;
    default:
        break;
    }
}

static void put_literal(nf_buffer *out, const nf_pattern_item *item)
{
    size_t i;

    for (i = 0; i < item->length; i++) {
        nf_buffer_char(out, item->text[i]);
        if (item->quoted && item->text[i] == '\'')
            i++;
    }
}

static void set_moment(formatter *f, const nf_environment *environment,
                       int64_t instant, bool utc)
{
    nf_moment *m = &f->moment;
    int64_t local;

    m->abbreviation = "UTC";
    m->zone = "UTC";
    if (!utc) {
        nf_date half = {.month = 1, .day = 1};
        int64_t january, july;

        m->offset =
            nf_timezone_offset(environment->zone, instant, &m->abbreviation);
        m->zone = nf_timezone_name(environment->zone);
        nf_date_from_ms(&half, instant);
        half = (nf_date){.year = half.year, .month = 1, .day = 1};
        january =
            nf_timezone_offset(environment->zone, nf_date_to_ms(&half), NULL);
        half.month = 7;
        july =
            nf_timezone_offset(environment->zone, nf_date_to_ms(&half), NULL);
        m->summer =
            january != july && m->offset == (january > july ? january : july);
    }
    local = instant + m->offset;
    nf_date_from_ms(&m->date, local);
    m->days = local / DAY_MS - (local % DAY_MS < 0);
}

static nf_status format_items(nf_evaluator *e, nf_buffer *out, int64_t instant,
                              bool utc, const nf_locale *locale,
                              const char *pattern, size_t length, nf_error *err)
{
    formatter f = {
        .out = out, .locale = locale, .engine = e->environment->engine};
    nf_pattern_item item;
    size_t position = 0;
    bool open;

    set_moment(&f, e->environment, instant, utc);
    while (nf_pattern_next(pattern, length, &position, &item, &open)) {
        if (item.letter && !nf_pattern_is_literal(f.engine, item.letter))
            put_field(&f, item.letter, item.count);
        else
            put_literal(out, &item);
    }
    return out->failed ? nf_error_nomem(err) : NF_OK;
}

nf_status nf_date_format(nf_evaluator *e, nf_buffer *out, int64_t instant,
                         bool utc, const char *pattern, size_t length,
                         nf_error *err)
{
    const nf_locale *locale;
    nf_status status =
        nf_pattern_check(e->environment->engine, pattern, length, err);

    if (status != NF_OK)
        return status;
    locale = nf_locale_get(e, err);
    if (!locale)
        return NF_FAILED;
    status = format_items(e, out, instant, utc, locale, pattern, length, err);
    nf_locale_done(e, locale);
    return status;
}

/* Every run of `y` in a short style becomes a full year. */
static size_t widen_year(char *to, size_t size, const char *from)
{
    size_t at = 0;

    for (; *from && at + 1 < size; from++)
        if (*from != 'y' || from[1] != 'y')
            to[at++] = *from;
    to[at] = '\0';
    return at;
}

nf_status nf_date_format_short(nf_evaluator *e, nf_buffer *out, int64_t instant,
                               bool utc, nf_style style, bool full_year,
                               nf_error *err)
{
    const nf_locale *locale = nf_locale_get(e, err);
    const char *pattern;
    nf_status status;
    nf_name wide;

    if (!locale)
        return NF_FAILED;
    pattern = style == NF_STYLE_DATE   ? locale->date_pattern
              : style == NF_STYLE_TIME ? locale->time_pattern
                                       : locale->both_pattern;
    if (full_year) {
        widen_year(wide, sizeof wide, pattern);
        pattern = wide;
    }
    status = format_items(e, out, instant, utc, locale, pattern,
                          strlen(pattern), err);
    nf_locale_done(e, locale);
    return status;
}
