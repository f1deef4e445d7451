/* Dates in a pattern (expressions S66 … S72). ICU gives only the long names of
 * time zones here. */
#include "interpreter/cache.h"
#include "interpreter/dates.h"
#include "base/icu.h"

#include <string.h>

#define DAY_MS INT64_C(86400000)

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ---- fields ------------------------------------------------------------- */

typedef struct formatter {
    nf_buffer *out;
    const nf_locale *locale; /* NULL unless the pattern needs it */
    const nf_environment *environment;
    nf_engine engine;
    nf_moment moment;
} formatter;

static void put_number(formatter *f, int64_t number, int width)
{
    bool usual = (width == 2 && (uint64_t)number < 100) ||
                 (width == 4 && (uint64_t)number < 10000);
    char *to;

    if (!usual) {
        nf_buffer_integer(f->out, number, width);
        return;
    }
    to = nf_buffer_extend(f->out, (size_t)width);
    for (unsigned rest = (unsigned)number; to && width-- > 0; rest /= 10)
        to[width] = (char)('0' + rest % 10);
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

static void put_month(formatter *f, int count, bool alone)
{
    int month = f->moment.date.month;

    if (count <= 2)
        put_number(f, month, count);
    else
        nf_buffer_text(f->out,
                       alone ? f->locale->alone_months[count > 3][month - 1]
                             : f->locale->months[count > 3][month - 1]);
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

/* Whether the offset is the larger one of its year. */
static bool is_summer(const formatter *f)
{
    const nf_moment *m = &f->moment;
    nf_date date = {.year = m->date.year, .month = 1, .day = 1};
    int64_t january, july;

    if (m->offset == 0 && !strcmp(m->zone, "UTC"))
        return false;
    january =
        nf_timezone_offset(f->environment->zone, nf_date_to_ms(&date), NULL);
    date.month = 7;
    july = nf_timezone_offset(f->environment->zone, nf_date_to_ms(&date), NULL);
    return january != july && m->offset == (january > july ? january : july);
}

/* Rare, and its buffers would be every date's. */
static __attribute__((noinline)) bool put_long_zone(formatter *f)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar id[128], name[128];
    UCalendar *calendar;
    int32_t length = 0, written = 0;
    char text[256];

    if (!nf_icu_room(0)) {
        f->out->failed = true;
        return true;
    }
    nf_icu()->u_uastrncpy(id, f->moment.zone, 127);
    id[127] = 0;
    calendar = nf_icu()->ucal_open(id, -1, f->locale->language, UCAL_GREGORIAN,
                                   &status);
    if (U_SUCCESS(status))
        length = nf_icu()->ucal_getTimeZoneDisplayName(
            calendar, is_summer(f) ? UCAL_DST : UCAL_STANDARD,
            f->locale->language, name, 128, &status);
    if (calendar)
        nf_icu()->ucal_close(calendar);
    if (U_FAILURE(status) || length > 128)
        return false;
    nf_icu()->u_strToUTF8(text, sizeof text, &written, name, length, &status);
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
    const nf_locale *l = f->locale;

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
        put_month(f, count, false);
        break;
    case 'L':
        put_month(f, count, true);
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

static void set_moment(formatter *f, int64_t instant, bool utc)
{
    nf_moment *m = &f->moment;

    m->abbreviation = "UTC";
    m->zone = "UTC";
    if (!utc) {
        m->offset =
            nf_timezone_offset(f->environment->zone, instant, &m->abbreviation);
        m->zone = nf_timezone_name(f->environment->zone);
    }
    instant += m->offset;
    nf_date_from_ms(&m->date, instant);
    m->days = instant / DAY_MS - (instant % DAY_MS < 0);
}

static nf_status format_items(nf_evaluator *e, nf_buffer *out, int64_t instant,
                              bool utc, const nf_date_pattern *pattern,
                              const nf_locale *locale, nf_error *err)
{
    formatter f = {.out = out,
                   .locale = locale,
                   .environment = e->environment,
                   .engine = e->environment->engine};

    set_moment(&f, instant, utc);
    for (size_t i = 0; i < pattern->count; i++) {
        const nf_pattern_item *item = &pattern->items[i];

        if (item->letter)
            put_field(&f, item->letter, item->count);
        else
            put_literal(out, item);
    }
    return out->failed ? nf_error_nomem(err) : NF_OK;
}

/* `checked`: the pattern is the app's, not that of the language itself. */
static nf_status format(nf_evaluator *e, nf_buffer *out, int64_t instant,
                        bool utc, bool checked, const char *text, size_t length,
                        nf_error *err)
{
    const nf_date_pattern *pattern;
    const nf_locale *locale = NULL;
    nf_status status =
        nf_date_pattern_get(&pattern, e, checked, text, length, err);

    if (status != NF_OK)
        return status;
    if (pattern->needs_locale)
        locale = nf_locale_get(e, err);
    status = pattern->needs_locale && !locale
                 ? NF_FAILED
                 : format_items(e, out, instant, utc, pattern, locale, err);
    if (locale)
        nf_locale_done(e, locale);
    nf_date_pattern_done(e, pattern);
    return status;
}

nf_status nf_date_format(nf_evaluator *e, nf_buffer *out, int64_t instant,
                         bool utc, const char *pattern, size_t length,
                         nf_error *err)
{
    return format(e, out, instant, utc, true, pattern, length, err);
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
    status = format(e, out, instant, utc, false, pattern, strlen(pattern), err);
    nf_locale_done(e, locale);
    return status;
}
