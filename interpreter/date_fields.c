/* The day that fields name, as a strict java.util.Calendar finds it. */
#include "interpreter/date_fields.h"

#include <string.h>

#define DAY_MS INT64_C(86400000)

void nf_date_fields_clear(nf_date_fields *f)
{
    int i;

    memset(f, 0, sizeof *f);
    f->year = f->week_year = NF_YEAR_UNSET;
    for (i = 0; i < NF_FIELD_DAYS; i++)
        f->day_fields[i] = NF_FIELD_UNSET;
    f->era = f->hour24 = f->hour12 = f->half = NF_FIELD_UNSET;
    f->minute = f->second = f->millisecond = NF_FIELD_UNSET;
}

void nf_date_fields_set(nf_date_fields *f, nf_day_field field, int value)
{
    f->day_fields[field] = value;
    f->order[field] = ++f->given;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* The later of two fields that belong together; 0 unless the first is there. */
static int together(const nf_date_fields *f, nf_day_field field)
{
    int weekday = f->order[NF_FIELD_WEEKDAY];

    return f->order[field] && weekday ? larger(f->order[field], weekday) : 0;
}

/* The field that decides: of complete combinations the one given last, else a
 * week alone, else the day of the month. */
static nf_day_field deciding(const nf_date_fields *f)
{
    static const nf_day_field weeks[] = {
        NF_FIELD_WEEK_OF_MONTH, NF_FIELD_WEEKDAY_OF_MONTH, NF_FIELD_WEEK};
    nf_day_field best = NF_FIELD_DAY;
    int order = f->order[NF_FIELD_DAY], i;

    for (i = 0; i < 3; i++) {
        if (i == 2 && f->order[NF_FIELD_DAY_OF_YEAR] > order) {
            best = NF_FIELD_DAY_OF_YEAR;
            order = f->order[best];
        }
        if (together(f, weeks[i]) > order) {
            best = weeks[i];
            order = together(f, best);
        }
    }
    if (order)
        return best;
    for (i = 0; i < 3; i++)
        if (f->order[weeks[i]] > order) {
            best = weeks[i];
            order = f->order[best];
        }
    /* A weekday alone is the first one of the month. */
    return order == 0 && f->order[NF_FIELD_WEEKDAY] ? NF_FIELD_WEEKDAY_OF_MONTH
                                                    : best;
}

static int64_t day_number(int64_t year, int month, int day)
{
    nf_date date = {.year = year, .month = month, .day = day};
    int64_t ms = nf_date_to_ms(&date);

    return ms / DAY_MS;
}

/* The last day up to `days` that is this weekday. */
static int64_t on_or_before(int64_t days, int weekday)
{
    int64_t distance = (days + 4 - weekday) % 7; /* day 0 is a Thursday */

    return days - (distance + 7) % 7;
}

static int field(const nf_date_fields *f, nf_day_field which, int otherwise)
{
    return f->order[which] ? f->day_fields[which] : otherwise;
}

static int week_of_month(const nf_locale *locale, const nf_date *date)
{
    int first = ((date->weekday - (date->day - 1)) % 7 + 7) % 7;
    int offset = (first - locale->first_day + 7) % 7;

    return (date->day - 1 + offset) / 7 + (7 - offset >= locale->minimal_days);
}

static int64_t by_week_of_month(const nf_date_fields *f,
                                const nf_locale *locale, int64_t first)
{
    int64_t week = on_or_before(first + 6, locale->first_day);

    if (week - first >= locale->minimal_days)
        week -= 7;
    if (f->order[NF_FIELD_WEEKDAY])
        week = on_or_before(week + 6, f->day_fields[NF_FIELD_WEEKDAY]);
    return week + 7 * (f->day_fields[NF_FIELD_WEEK_OF_MONTH] - 1);
}

static int64_t by_week(const nf_date_fields *f, const nf_locale *locale,
                       int64_t year)
{
    int weekday = field(f, NF_FIELD_WEEKDAY, locale->first_day);

    return nf_week_start(locale, year, field(f, NF_FIELD_WEEK, 1)) +
           (weekday - locale->first_day + 7) % 7;
}

static bool agrees(const nf_date_fields *f, const nf_locale *locale,
                   int64_t days, int64_t year)
{
    int64_t week_year;
    nf_date date;
    int values[NF_FIELD_DAYS], week, i;

    nf_date_from_ms(&date, days * DAY_MS);
    nf_week_of_year(locale, days, &week, &week_year);
    values[NF_FIELD_MONTH] = date.month;
    values[NF_FIELD_DAY] = date.day;
    values[NF_FIELD_DAY_OF_YEAR] =
        (int)(days - day_number(date.year, 1, 1)) + 1;
    values[NF_FIELD_WEEK] = week;
    values[NF_FIELD_WEEK_OF_MONTH] = week_of_month(locale, &date);
    values[NF_FIELD_WEEKDAY_OF_MONTH] = (date.day - 1) / 7 + 1;
    values[NF_FIELD_WEEKDAY] = date.weekday;
    for (i = 0; i < NF_FIELD_DAYS; i++)
        if (f->order[i] && f->day_fields[i] != values[i])
            return false;
    return f->year == NF_YEAR_UNSET || date.year == year;
}

bool nf_date_fields_day(int64_t *days, const nf_date_fields *f,
                        const nf_locale *locale, int64_t year)
{
    int64_t first = day_number(year, field(f, NF_FIELD_MONTH, 1), 1);

    if (f->year == NF_YEAR_UNSET && f->week_year != NF_YEAR_UNSET)
        *days = by_week(f, locale, f->week_year);
    else
        switch (deciding(f)) {
        case NF_FIELD_DAY_OF_YEAR:
            *days = day_number(year, 1, 1) +
                    f->day_fields[NF_FIELD_DAY_OF_YEAR] - 1;
            break;
        case NF_FIELD_WEEK:
            *days = by_week(f, locale, year);
            break;
        case NF_FIELD_WEEK_OF_MONTH:
            *days = by_week_of_month(f, locale, first);
            break;
        case NF_FIELD_WEEKDAY_OF_MONTH:
            *days = on_or_before(
                first + 7 * field(f, NF_FIELD_WEEKDAY_OF_MONTH, 1) - 1,
                field(f, NF_FIELD_WEEKDAY, locale->first_day));
            break;
        default:
            *days = first + field(f, NF_FIELD_DAY, 1) - 1;
            break;
        }
    return agrees(f, locale, *days, year);
}
