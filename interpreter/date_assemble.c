/* The instant that follows from the fields that were read: what is missing is
 * today's on the client (expressions S74), of 1970-01-01 on the server (S76).
 */
#include "interpreter/date_fields.h"

#define DAY_MS INT64_C(86400000)
enum { UNSET = NF_FIELD_UNSET };

/* The size of the largest field given: 6 year … 0 nothing (S74). */
static int largest_field(const nf_date_reader *r)
{
    if (r->f.year != NF_YEAR_UNSET || r->f.week_year != NF_YEAR_UNSET)
        return 6;
    if (r->f.order[NF_FIELD_MONTH] || r->f.order[NF_FIELD_WEEK] ||
        r->f.order[NF_FIELD_DAY_OF_YEAR])
        return 5;
    if (r->f.order[NF_FIELD_DAY])
        return 4;
    if (r->f.hour24 != UNSET || r->f.hour12 != UNSET)
        return 3;
    return r->f.minute != UNSET ? 2 : r->f.second != UNSET ? 1 : 0;
}

/* The date before anything is read: today's larger fields, or the epoch. */
static nf_date defaults(nf_date_reader *r)
{
    nf_date date;
    int largest = largest_field(r);

    if (r->engine == NF_ENGINE_SERVER)
        return (nf_date){.year = 1970, .month = 1, .day = 1};
    nf_date_from_ms(&date, nf_date_local(r->e->environment,
                                         nf_evaluator_now(r->e), r->utc));
    date.millisecond = 0;
    if (largest >= 2)
        date.second = 0;
    if (largest >= 3)
        date.minute = 0;
    if (largest >= 4 || r->f.order[NF_FIELD_WEEKDAY])
        date.hour = date.minute = date.second = 0;
    if (largest >= 5)
        date.day = 1;
    if (largest >= 6)
        date.month = 1;
    return date;
}

/* Client: the month and its day, else the day of the year, else the week. */
static bool client_day(const nf_date_reader *r, nf_date *date)
{
    const int *given = r->f.order, *values = r->f.day_fields;
    int64_t days;

    if (given[NF_FIELD_DAY] || given[NF_FIELD_MONTH] ||
        (!given[NF_FIELD_DAY_OF_YEAR] && !given[NF_FIELD_WEEK])) {
        if (given[NF_FIELD_MONTH])
            date->month = values[NF_FIELD_MONTH];
        if (given[NF_FIELD_DAY])
            date->day = values[NF_FIELD_DAY];
        return date->day <= nf_date_days_in_month(date->year, date->month);
    }
    if (given[NF_FIELD_DAY_OF_YEAR]) {
        date->month = 1;
        date->day = values[NF_FIELD_DAY_OF_YEAR];
        return date->day < 366 || nf_date_days_in_month(date->year, 2) == 29;
    }
    days = nf_week_start(r->locale,
                         r->f.week_year == NF_YEAR_UNSET ? date->year
                                                         : r->f.week_year,
                         values[NF_FIELD_WEEK]);
    if (given[NF_FIELD_WEEKDAY])
        days += (values[NF_FIELD_WEEKDAY] - r->locale->first_day + 7) % 7;
    nf_date_from_ms(date, days * DAY_MS);
    return true;
}

static bool set_day(const nf_date_reader *r, nf_date *date)
{
    int64_t days;

    if (r->engine == NF_ENGINE_CLIENT)
        return client_day(r, date);
    if (!nf_date_fields_day(&days, &r->f, r->locale, date->year))
        return false;
    nf_date_from_ms(date, days * DAY_MS);
    return true;
}

static void set_time(const nf_date_reader *r, nf_date *date)
{
    if (r->f.hour24 != UNSET)
        date->hour = r->f.hour24;
    else if (r->f.hour12 != UNSET)
        date->hour = r->f.hour12 + (r->f.half == 1 ? 12 : 0);
    else if (r->f.half != UNSET && largest_field(r) >= 4)
        date->hour = r->f.half == 1 ? 12 : 0;
    if (r->f.minute != UNSET)
        date->minute = r->f.minute;
    if (r->f.second != UNSET)
        date->second = r->f.second;
    if (r->f.millisecond != UNSET)
        date->millisecond = r->f.millisecond;
}

/* Two digits of a year lie from 80 years before now (S76), to the day. */
static bool before_window(const nf_date_reader *r, int64_t instant)
{
    nf_date first;

    nf_date_from_ms(&first, nf_date_local(r->e->environment,
                                          nf_evaluator_now(r->e), r->utc));
    first.year -= 80;
    return instant <
           nf_date_instant(r->e->environment, nf_date_to_ms(&first), r->utc);
}

bool nf_date_assemble(nf_date_reader *r, int64_t *out)
{
    nf_date date = defaults(r);
    int64_t local;

    if (r->f.year != NF_YEAR_UNSET)
        date.year = r->f.year;
    else if (r->f.week_year != NF_YEAR_UNSET)
        date.year = r->f.week_year;
    if (r->f.era == 0)
        date.year = 1 - date.year;
    if (date.year > 200000 || date.year < -200000 || !set_day(r, &date))
        return false;
    set_time(r, &date);
    local = nf_date_to_ms(&date);
    *out = r->has_offset ? local - r->offset
                         : nf_date_instant(r->e->environment, local, r->utc);
    if (!r->f.ambiguous || !before_window(r, *out))
        return true;
    r->f.ambiguous = false;
    r->f.year += 100;
    return nf_date_assemble(r, out);
}
