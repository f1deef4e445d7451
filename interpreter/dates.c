/* Calendar arithmetic of expressions (S50, S62 … S65). */
#include "interpreter/dates.h"

#define DAY_MS INT64_C(86400000)

int64_t nf_date_local(const nf_environment *environment, int64_t instant,
                      bool utc)
{
    if (utc)
        return instant;
    return instant + nf_timezone_offset(environment->zone, instant, NULL);
}

int64_t nf_date_instant(const nf_environment *environment, int64_t local,
                        bool utc)
{
    if (utc)
        return local;
    if (environment->engine == NF_ENGINE_SERVER)
        return nf_timezone_to_utc_later(environment->zone, local);
    return nf_timezone_to_utc(environment->zone, local);
}

static nf_status first_day(nf_evaluator *e, bool utc, int *out, nf_error *err)
{
    const nf_locale *locale;

    *out = 0;
    if (utc && e->environment->engine == NF_ENGINE_CLIENT)
        return NF_OK; /* measured: the client's UTC weeks begin on Sunday */
    locale = nf_locale_get(e, err);
    if (!locale)
        return NF_FAILED;
    *out = locale->first_day;
    nf_locale_done(e, locale);
    return NF_OK;
}

nf_status nf_period_begin(nf_evaluator *e, int64_t *out, int64_t instant,
                          nf_period period, int shift, bool utc, nf_error *err)
{
    const nf_environment *environment = e->environment;
    int64_t elapsed = 0;
    nf_date date;
    int first;

    nf_date_from_ms(&date, nf_date_local(environment, instant, utc));
    date.millisecond = 0;
    if (period >= NF_PERIOD_MINUTE)
        date.second = 0;
    if (period >= NF_PERIOD_HOUR)
        date.minute = 0;
    if (period >= NF_PERIOD_DAY)
        date.hour = 0;
    switch (period) {
    case NF_PERIOD_SECOND:
        elapsed = 1000;
        break;
    case NF_PERIOD_MINUTE:
        elapsed = 60000;
        break;
    case NF_PERIOD_HOUR:
        elapsed = 3600000;
        break;
    case NF_PERIOD_DAY:
        date.day += shift;
        break;
    case NF_PERIOD_WEEK:
        if (first_day(e, utc, &first, err) != NF_OK)
            return NF_FAILED;
        date.day += 7 * shift - (date.weekday - first + 7) % 7;
        break;
    case NF_PERIOD_MONTH:
        date.day = 1;
        date.month += shift;
        break;
    case NF_PERIOD_YEAR:
        date.day = date.month = 1;
        date.year += shift;
        break;
    }
    *out = nf_date_instant(environment, nf_date_to_ms(&date), utc);
    *out += elapsed * shift;
    return NF_OK;
}

nf_status nf_date_arguments(int64_t *out, const char *name,
                            const nf_value *arguments, int count, nf_error *err)
{
    static const struct {
        const char *name;
        int low, high;
    } limits[] = {{"year", 1800, 9999}, {"month", 1, 12},  {"day", 1, 31},
                  {"hour", 0, 23},      {"minute", 0, 59}, {"second", 0, 59}};
    int64_t parts[6] = {0, 1, 1, 0, 0, 0};
    nf_date date;
    int i;

    for (i = 0; i < count && i < 6; i++) {
        if (arguments[i].kind != NF_KIND_INTEGER)
            return nf_expression_error(err, "E-EMPTY",
                                       "The %s of %s() is empty",
                                       limits[i].name, name);
        parts[i] = arguments[i].as.integer;
        if (parts[i] < limits[i].low || parts[i] > limits[i].high)
            return nf_expression_error(
                err, "E-RANGE",
                "The %s of %s() must be from %d to %d, not %lld",
                limits[i].name, name, limits[i].low, limits[i].high,
                (long long)parts[i]);
    }
    if (parts[2] > nf_date_days_in_month(parts[0], (int)parts[1]))
        return nf_expression_error(err, "E-RANGE",
                                   "%s(): month %d has no day %d", name,
                                   (int)parts[1], (int)parts[2]);
    date = (nf_date){.year = parts[0],
                     .month = (int)parts[1],
                     .day = (int)parts[2],
                     .hour = (int)parts[3],
                     .minute = (int)parts[4],
                     .second = (int)parts[5]};
    if (out)
        *out = nf_date_to_ms(&date);
    return NF_OK;
}

/* ---- weeks -------------------------------------------------------------- */

static int64_t year_start(int64_t year)
{
    nf_date date = {.year = year, .month = 1, .day = 1};

    return nf_date_to_ms(&date) / DAY_MS;
}

int64_t nf_week_start(const nf_locale *locale, int64_t year, int week)
{
    int64_t start = year_start(year);
    int64_t weekday = ((start + 4) % 7 + 7) % 7;
    int64_t offset = (weekday - locale->first_day + 7) % 7;

    start -= offset;
    if (7 - offset < locale->minimal_days)
        start += 7;
    return start + (int64_t)(week - 1) * 7;
}

void nf_week_of_year(const nf_locale *locale, int64_t days, int *week,
                     int64_t *year)
{
    nf_date date;

    nf_date_from_ms(&date, days * DAY_MS);
    *year = date.year;
    if (days < nf_week_start(locale, date.year, 1))
        (*year)--;
    else if (days >= nf_week_start(locale, date.year + 1, 1))
        (*year)++;
    *week = (int)((days - nf_week_start(locale, *year, 1)) / 7) + 1;
}
