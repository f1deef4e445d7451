/* Date functions (expressions §9.3 … §9.5). */
#include "interpreter/functions_all.h"

#include "interpreter/numbers.h"

#include <string.h>

#define DAY_MS INT64_C(86400000)
/* Instants stay within ±200,000 years, so that no arithmetic on calendar
 * fields can overflow. */
#define FARTHEST INT64_C(6311433600000000)

static nf_status give_date(nf_value *out, int64_t instant, nf_error *err)
{
    if (instant > FARTHEST || instant < -FARTHEST)
        return nf_expression_error(err, "E-RANGE", "Date out of range");
    *out = nf_datetime(instant);
    return NF_OK;
}

/* Dates and amounts that are empty, and dates too far to compute with. */
static nf_status check(nf_evaluator *e, const nf_value *a, int count,
                       const nf_call_site *site, nf_error *err)
{
    int i;

    for (i = 0; i < count; i++) {
        if (a[i].kind == NF_KIND_EMPTY)
            return nf_function_refuse(e, "E-EMPTY", a, count, site, err);
        if (a[i].kind == NF_KIND_DATETIME &&
            (a[i].as.integer > FARTHEST || a[i].as.integer < -FARTHEST))
            return nf_expression_error(err, "E-RANGE", "Date out of range");
    }
    return NF_OK;
}

static bool is_utc(const nf_call_site *site)
{
    return (site->function->variant & NF_VARIANT_UTC) != 0;
}

static int unit_of(const nf_call_site *site)
{
    return site->function->variant & NF_UNIT_MASK;
}

NF_IMPLEMENTATION(nf_call_date_time)
{
    int64_t local;
    nf_status status =
        nf_date_arguments(&local, site->function->name, a, count, err);

    if (status == NF_OK)
        *out =
            nf_datetime(nf_date_instant(e->environment, local, is_utc(site)));
    return status;
}

/* ---- adding ------------------------------------------------------------- */

static const int64_t unit_ms[] = {1, 1000, 60000, 3600000, DAY_MS, 7 * DAY_MS};

/* The number of the local day. */
static int64_t local_day(const nf_environment *environment, int64_t instant)
{
    int64_t local = nf_date_local(environment, instant, false);

    return local / DAY_MS - (local % DAY_MS < 0);
}

/* Java moves by whole days of 24 hours and then corrects by the difference of
 * the offsets, which lands one hour back in a gap (S64), unless that leaves
 * the day. */
static int64_t server_add_days(const nf_environment *environment,
                               int64_t instant, int64_t days)
{
    int64_t moved = instant + days * DAY_MS;
    int64_t corrected = moved +
                        nf_timezone_offset(environment->zone, instant, NULL) -
                        nf_timezone_offset(environment->zone, moved, NULL);

    return local_day(environment, corrected) ==
                   local_day(environment, instant) + days
               ? corrected
               : moved;
}

static int64_t add_months(int64_t local, int64_t months)
{
    nf_date date;
    int64_t total;
    int last;

    nf_date_from_ms(&date, local);
    total = date.year * 12 + date.month - 1 + months;
    date.year = total / 12 - (total % 12 < 0);
    date.month = (int)(total - date.year * 12) + 1;
    last = nf_date_days_in_month(date.year, date.month);
    if (date.day > last)
        date.day = last;
    return nf_date_to_ms(&date);
}

NF_IMPLEMENTATION(nf_call_add)
{
    static const int months[] = {
        [NF_UNIT_MONTH] = 1, [NF_UNIT_QUARTER] = 3, [NF_UNIT_YEAR] = 12};
    const nf_environment *environment = e->environment;
    int unit = unit_of(site);
    bool utc = is_utc(site);
    nf_status status = check(e, a, count, site, err);
    int64_t instant, amount, span, local;

    if (status != NF_OK)
        return status;
    instant = a[0].as.integer;
    amount = a[1].as.integer;
    if (site->function->variant & NF_VARIANT_SUBTRACT) {
        if (amount == INT64_MIN)
            return give_date(out, INT64_MAX, err);
        amount = -amount;
    }
    if (unit >= NF_UNIT_MONTH) {
        if (amount > 3000000 || amount < -3000000)
            return give_date(out, INT64_MAX, err);
        local = nf_date_local(environment, instant, utc);
        local = add_months(local, amount * months[unit]);
        if (local > FARTHEST || local < -FARTHEST)
            return give_date(out, INT64_MAX, err);
        return give_date(out, nf_date_instant(environment, local, utc), err);
    }
    if (__builtin_mul_overflow(amount, unit_ms[unit], &span) ||
        span > 2 * FARTHEST || span < -2 * FARTHEST)
        return give_date(out, INT64_MAX, err);
    if (unit < NF_UNIT_DAY || utc || amount == 0)
        return give_date(out, instant + span, err);
    if (environment->engine == NF_ENGINE_SERVER)
        return give_date(
            out, server_add_days(environment, instant, span / DAY_MS), err);
    local = nf_date_local(environment, instant, false) + span;
    return give_date(out, nf_date_instant(environment, local, false), err);
}

/* ---- differences -------------------------------------------------------- */

NF_IMPLEMENTATION(nf_call_between)
{
    nf_status status = check(e, a, count, site, err);
    nf_decimal difference, unit, quotient;
    int64_t ms;

    if (status != NF_OK)
        return status;
    ms = a[0].as.integer - a[1].as.integer;
    difference = nf_decimal_from_int(ms < 0 ? -ms : ms);
    unit = nf_decimal_from_int(unit_ms[unit_of(site)]);
    if (!nf_quotient(e->environment, &quotient, &difference, &unit))
        return nf_error_nomem(err);
    *out = nf_decimal_take(quotient);
    return NF_OK;
}

NF_IMPLEMENTATION(nf_call_calendar_between)
{
    nf_status status = check(e, a, count, site, err);
    nf_date x, y;
    int64_t difference;

    if (status != NF_OK)
        return status;
    nf_date_from_ms(&x, nf_date_local(e->environment, a[0].as.integer, false));
    nf_date_from_ms(&y, nf_date_local(e->environment, a[1].as.integer, false));
    difference = x.year - y.year;
    if (unit_of(site) == NF_UNIT_MONTH)
        difference = difference * 12 + x.month - y.month;
    *out = nf_integer(difference < 0 ? -difference : difference);
    return NF_OK;
}

/* ---- periods ------------------------------------------------------------ */

NF_IMPLEMENTATION(nf_call_period)
{
    static const nf_period periods[] = {
        [NF_UNIT_SECOND] = NF_PERIOD_SECOND,
        [NF_UNIT_MINUTE] = NF_PERIOD_MINUTE,
        [NF_UNIT_HOUR] = NF_PERIOD_HOUR,
        [NF_UNIT_DAY] = NF_PERIOD_DAY,
        [NF_UNIT_WEEK] = NF_PERIOD_WEEK,
        [NF_UNIT_MONTH] = NF_PERIOD_MONTH,
        [NF_UNIT_YEAR] = NF_PERIOD_YEAR,
    };
    bool end = (site->function->variant & NF_VARIANT_END) != 0;
    nf_status status = check(e, a, count, site, err);
    int64_t begin;

    if (status == NF_OK)
        status =
            nf_period_begin(e, &begin, a[0].as.integer, periods[unit_of(site)],
                            end, is_utc(site), err);
    return status == NF_OK ? give_date(out, begin - end, err) : status;
}

NF_IMPLEMENTATION(nf_call_to_epoch)
{
    nf_status status = check(e, a, count, site, err);

    if (status == NF_OK)
        *out = nf_integer(a[0].as.integer);
    return status;
}

NF_IMPLEMENTATION(nf_call_from_epoch)
{
    nf_status status = check(e, a, count, site, err);

    return status == NF_OK ? give_date(out, a[0].as.integer, err) : status;
}

/* ---- text --------------------------------------------------------------- */

NF_IMPLEMENTATION(nf_call_format_date_time)
{
    nf_status status = check(e, a, count, site, err);
    char memory[NF_SHORT_TEXT];
    nf_buffer buffer;

    if (status != NF_OK)
        return status;
    nf_result_init(&buffer, e, memory);
    status =
        count > 1
            ? nf_date_format(e, &buffer, a[0].as.integer, is_utc(site),
                             a[1].as.string->text, a[1].as.string->length, err)
            : nf_date_format_short(e, &buffer, a[0].as.integer, is_utc(site),
                                   NF_STYLE_BOTH, false, err);
    return nf_result_give(out, &buffer, status, err);
}

NF_IMPLEMENTATION(nf_call_format_part)
{
    nf_style style =
        unit_of(site) == NF_UNIT_DAY ? NF_STYLE_DATE : NF_STYLE_TIME;
    nf_status status = check(e, a, count, site, err);
    char memory[NF_SHORT_TEXT];
    nf_buffer buffer;

    if (status != NF_OK)
        return status;
    nf_result_init(&buffer, e, memory);
    status = nf_date_format_short(e, &buffer, a[0].as.integer, is_utc(site),
                                  style, false, err);
    return nf_result_give(out, &buffer, status, err);
}

NF_IMPLEMENTATION(nf_call_parse_date_time)
{
    const char *text = "";
    bool matched = false;
    nf_status status;
    int64_t instant;

    if (a[1].kind == NF_KIND_EMPTY)
        return nf_function_refuse(e, "E-EMPTY", a, count, site, err);
    if (a[0].kind == NF_KIND_STRING) {
        text = a[0].as.string->text;
        status = nf_date_parse(e, &instant, &matched, text,
                               a[0].as.string->length, a[1].as.string->text,
                               a[1].as.string->length, is_utc(site), err);
        if (status != NF_OK)
            return status;
    }
    if (matched)
        return give_date(out, instant, err);
    if (count > 2) {
        *out = nf_value_copy(&a[2]);
        return NF_OK;
    }
    return nf_expression_error(err, "E-PARSE", "Unparseable date: \"%.200s\"",
                               text);
}
