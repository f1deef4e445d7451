/* Tokens (xpath §8): `[%BeginOfCurrentDay%] - 2 * [%DayLength%]` and the other
 * texts, and the instants that they stand for in the zone of the user. */
#include "database/xpath_tree.h"

#include <ctype.h>
#include <stdlib.h>

enum { TERMS_MAX = 16 };

static const struct {
    const char *name;
    nf_xunit unit;
    int64_t milliseconds; /* 0: a calendar step */
} units[] = {
    {"Second", NF_XU_SECOND, 1000},
    {"Minute", NF_XU_MINUTE, 60000},
    {"Hour", NF_XU_HOUR, 3600000},
    {"Day", NF_XU_DAY, 86400000},
    {"Week", NF_XU_WEEK, 7 * 86400000LL},
    {"Month", NF_XU_MONTH, 0},
    {"Year", NF_XU_YEAR, 0},
};
enum { UNIT_COUNT = sizeof units / sizeof *units };

static void skip(const char *text, size_t length, size_t *at)
{
    while (*at < length && isspace((unsigned char)text[*at]))
        ++*at;
}

/* `[%NAME%]` at *at; the name, borrowed; false: no such thing. */
static bool take_token(const char *text, size_t length, size_t *at,
                       const char **name, size_t *name_length)
{
    size_t start, end;

    skip(text, length, at);
    if (length - *at < 4 || text[*at] != '[' || text[*at + 1] != '%')
        return false;
    start = *at + 2;
    for (end = start; end + 1 < length; end++)
        if (text[end] == '%' && text[end + 1] == ']') {
            *name = text + start;
            *name_length = end - start;
            *at = end + 2;
            return true;
        }
    return false;
}

static bool same(const char *name, size_t length, const char *text)
{
    return strlen(text) == length && !memcmp(name, text, length);
}

/* Minute, Hour, Day, Week, Month, Year behind BeginOfCurrent / EndOfCurrent,
 * or Yesterday and Tomorrow. */
static bool period(nf_xnode *node, const char *name, size_t length)
{
    size_t i;

    node->shift = 0;
    if (same(name, length, "Yesterday") || same(name, length, "Tomorrow")) {
        node->unit = NF_XU_DAY;
        node->shift = *name == 'Y' ? -1 : 1;
        return true;
    }
    if (length < 7 || memcmp(name, "Current", 7) != 0)
        return false;
    for (i = 1; i < UNIT_COUNT; i++)
        if (same(name + 7, length - 7, units[i].name)) {
            node->unit = units[i].unit;
            return true;
        }
    return false;
}

static bool time_token(nf_xnode *node, const char *name, size_t length)
{
    node->type.kind = NF_KIND_DATETIME;
    if (same(name, length, "CurrentDateTime")) {
        node->token = NF_XT_NOW;
        return true;
    }
    if (length > 3 && !memcmp(name + length - 3, "UTC", 3)) {
        node->utc = true;
        length -= 3;
    }
    if (length > 7 && !memcmp(name, "BeginOf", 7)) {
        node->token = NF_XT_BEGIN;
        return period(node, name + 7, length - 7);
    }
    node->token = NF_XT_END;
    return length > 5 && !memcmp(name, "EndOf", 5) &&
           period(node, name + 5, length - 5);
}

static bool known_role(const nf_model *model, const char *name)
{
    const nf_security *security = model ? nf_model_security(model) : NULL;
    size_t i;

    for (i = 0; security && i < security->user_role_count; i++)
        if (!strcmp(security->user_roles[i].name, name))
            return true;
    return false;
}

/* Only the grammar is looked at without a model. */
static const nf_entity *system_entity(const nf_xpath *xpath, const char *name)
{
    return xpath->model ? nf_model_find_entity(xpath->model, name) : NULL;
}

static nf_status name_token(nf_xpath *xpath, nf_xnode *node, const char *name,
                            size_t length, nf_error *err)
{
    node->type.kind = NF_KIND_OBJECT;
    if (same(name, length, "CurrentUser")) {
        node->token = NF_XT_USER;
        node->type.entity = system_entity(xpath, "System.User");
        return NF_OK;
    }
    if (same(name, length, "CurrentObject")) {
        node->token = NF_XT_OBJECT;
        return NF_OK;
    }
    if (length > 9 && !memcmp(name, "UserRole_", 9)) {
        node->token = NF_XT_ROLE;
        node->type.entity = system_entity(xpath, "System.UserRole");
        node->role = nf_arena_strndup(xpath->arena, name + 9, length - 9);
        if (!node->role)
            return nf_error_nomem(err);
        if (known_role(xpath->model, node->role))
            return NF_OK;
    } else if (time_token(node, name, length)) {
        return NF_OK;
    }
    /* The name is unknown; the check reports it, since SYNTAX wins (Q161). */
    node->name = nf_arena_strndup(xpath->arena, name, length);
    return node->name ? NF_OK : nf_error_nomem(err);
}

/* A length token `[%DayLength%]`; 1 found, 0 none, −1 unknown name. */
static int take_length(const char *text, size_t length, size_t *at,
                       nf_xunit *unit)
{
    const char *name;
    size_t name_length, i;

    if (!take_token(text, length, at, &name, &name_length))
        return 0;
    for (i = 0; i < UNIT_COUNT; i++) {
        size_t size = strlen(units[i].name);

        if (name_length == size + 6 && !memcmp(name, units[i].name, size) &&
            !memcmp(name + size, "Length", 6)) {
            *unit = units[i].unit;
            return 1;
        }
    }
    return -1;
}

static bool take_integer(const char *text, size_t length, size_t *at,
                         int64_t *out)
{
    size_t start;

    skip(text, length, at);
    for (start = *at, *out = 0;
         *at < length && isdigit((unsigned char)text[*at]); ++*at) {
        *out = *out * 10 + (text[*at] - '0');
        if (*out > 1000000000)
            return false;
    }
    return *at > start;
}

static bool take_times(const char *text, size_t length, size_t *at)
{
    skip(text, length, at);
    if (*at >= length || text[*at] != '*')
        return false;
    ++*at;
    return true;
}

/* INT * length, or length [* INT]; as take_length. */
static int take_term(const char *text, size_t length, size_t *at,
                     nf_xterm *term)
{
    size_t mark;
    int found;

    term->factor = 1;
    skip(text, length, at);
    if (*at < length && isdigit((unsigned char)text[*at])) {
        if (!take_integer(text, length, at, &term->factor) ||
            !take_times(text, length, at))
            return 0;
        return take_length(text, length, at, &term->unit);
    }
    found = take_length(text, length, at, &term->unit);
    mark = *at;
    if (found > 0 && !take_times(text, length, at))
        *at = mark;
    else if (found > 0 && !take_integer(text, length, at, &term->factor))
        return 0;
    return found;
}

/* The name of the token that ends before `end`. */
static const char *last_token(nf_arena *arena, const char *text, size_t end)
{
    size_t start = end > 2 ? end - 2 : 0;

    while (start >= 2 && memcmp(text + start - 2, "[%", 2) != 0)
        start--;
    return nf_arena_strndup(arena, text + start,
                            end > start + 2 ? end - 2 - start : 0);
}

nf_status nf_xpath_parse_token(nf_xpath *xpath, nf_xnode *node,
                               const char *text, size_t length, nf_error *err)
{
    const char *name;
    size_t name_length, at = 0;
    nf_status status;

    if (!take_token(text, length, &at, &name, &name_length))
        return nf_xpath_error("SYNTAX", xpath->text, node->position, err,
                              "a text with \"[%%\" must be a token");
    status = name_token(xpath, node, name, name_length, err);
    node->terms = nf_arena_array(xpath->arena, TERMS_MAX, sizeof *node->terms);
    if (status || !node->terms)
        return status ? status : nf_error_nomem(err);
    for (skip(text, length, &at); at < length; skip(text, length, &at)) {
        char sign = text[at++];
        nf_xterm *term = &node->terms[node->term_count];
        int found;

        if ((sign != '+' && sign != '-') || node->term_count == TERMS_MAX)
            found = 0;
        else
            found = take_term(text, length, &at, term);
        if (!found)
            return nf_xpath_error("SYNTAX", xpath->text, node->position, err,
                                  "a token is followed by terms such as "
                                  "\"+ 2 * [%%DayLength%%]\" only");
        if (found < 0 && !node->name &&
            !(node->name = last_token(xpath->arena, text, at)))
            return nf_error_nomem(err);
        if (sign == '-')
            term->factor = -term->factor;
        node->term_count++;
    }
    return NF_OK;
}

/* ---- instants ---------------------------------------------------------------
 */

/* The first day of the week as in expressions (S50): Sunday in these regions,
 * Monday elsewhere. */
static int first_weekday(const char *language)
{
    static const char *const sunday[] = {"US", "CA", "MX", "BR", "JP", "KR",
                                         "IN", "IL", "ZA", "PH", "TW", "HK",
                                         "CO", "PE", "TH", "AU", NULL};
    const char *region = language ? strpbrk(language, "_-") : NULL;
    int i;

    for (i = 0; region && sunday[i]; i++)
        if (!strncmp(region + 1, sunday[i], 2))
            return 0;
    return !language || !strcmp(language, "en") ? 0 : 1;
}

static void begin_of(nf_date *date, nf_xunit unit, const char *language)
{
    date->millisecond = date->second = 0;
    if (unit >= NF_XU_HOUR)
        date->minute = 0;
    if (unit >= NF_XU_DAY)
        date->hour = 0;
    if (unit == NF_XU_WEEK)
        date->day -= (date->weekday - first_weekday(language) + 7) % 7;
    if (unit >= NF_XU_MONTH)
        date->day = 1;
    if (unit == NF_XU_YEAR)
        date->month = 1;
}

static void add_periods(nf_date *date, nf_xunit unit, int count)
{
    switch (unit) {
    case NF_XU_SECOND:
        date->second += count;
        break;
    case NF_XU_MINUTE:
        date->minute += count;
        break;
    case NF_XU_HOUR:
        date->hour += count;
        break;
    case NF_XU_DAY:
        date->day += count;
        break;
    case NF_XU_WEEK:
        date->day += 7 * count;
        break;
    case NF_XU_MONTH:
        date->month += count;
        break;
    case NF_XU_YEAR:
        date->year += count;
        break;
    }
}

static int64_t to_local(const nf_timezone *zone, int64_t utc)
{
    return zone ? utc + nf_timezone_offset(zone, utc, NULL) : utc;
}

static int64_t to_utc(const nf_timezone *zone, int64_t local)
{
    return zone ? nf_timezone_to_utc(zone, local) : local;
}

static int64_t period_time(const nf_xnode *node, const nf_timezone *zone,
                           const char *language, int64_t now)
{
    nf_date date;
    int64_t time;

    nf_date_from_ms(&date, to_local(zone, now));
    begin_of(&date, node->unit, language);
    add_periods(&date, node->unit,
                node->shift + (node->token == NF_XT_END ? 1 : 0));
    time = to_utc(zone, nf_date_to_ms(&date));
    return node->token == NF_XT_END ? time - 1 : time;
}

/* Calendar steps keep the day of the month where it exists (Q114). */
static int64_t add_months(const nf_timezone *zone, int64_t time, int64_t months)
{
    nf_date date;
    int64_t total;
    int last;

    nf_date_from_ms(&date, to_local(zone, time));
    total = date.year * 12 + (date.month - 1) + months;
    date.year = total / 12 - (total % 12 < 0);
    date.month = (int)(total % 12 + (total % 12 < 0 ? 12 : 0)) + 1;
    last = nf_date_days_in_month(date.year, date.month);
    if (date.day > last)
        date.day = last;
    return to_utc(zone, nf_date_to_ms(&date));
}

int64_t nf_xpath_token_time(const nf_xnode *node,
                            const nf_environment *environment, int64_t now)
{
    const nf_timezone *zone =
        environment && !node->utc ? environment->zone : NULL;
    const char *language = environment ? environment->language : NULL;
    int64_t time = now;
    size_t i;

    if (node->token != NF_XT_NOW)
        time = period_time(node, zone, language, now);
    for (i = 0; i < node->term_count; i++) {
        const nf_xterm *term = &node->terms[i];

        if (term->unit == NF_XU_MONTH || term->unit == NF_XU_YEAR)
            time = add_months(
                zone, time, term->factor * (term->unit == NF_XU_YEAR ? 12 : 1));
        else
            time += term->factor * units[term->unit].milliseconds;
    }
    return time;
}

/* ---- date literals ------------------------------------------------------- */

static bool digits(const char *text, size_t length, size_t *at, int count,
                   int *out)
{
    *out = 0;
    for (; count; count--, ++*at) {
        if (*at >= length || !isdigit((unsigned char)text[*at]))
            return false;
        *out = *out * 10 + (text[*at] - '0');
    }
    return true;
}

static bool mark(const char *text, size_t length, size_t *at, const char *any)
{
    if (*at >= length || !strchr(any, text[*at]))
        return false;
    ++*at;
    return true;
}

bool nf_xpath_parse_date(const char *text, size_t length, int64_t *out)
{
    nf_date date = {.year = 0};
    size_t at = 0;
    int year;

    if (!digits(text, length, &at, 4, &year) || !mark(text, length, &at, "-") ||
        !digits(text, length, &at, 2, &date.month) ||
        !mark(text, length, &at, "-") ||
        !digits(text, length, &at, 2, &date.day))
        return false;
    date.year = year;
    if (date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > nf_date_days_in_month(year, date.month))
        return false;
    if (mark(text, length, &at, "T ")) {
        if (!digits(text, length, &at, 2, &date.hour) ||
            !mark(text, length, &at, ":") ||
            !digits(text, length, &at, 2, &date.minute))
            return false;
        if (mark(text, length, &at, ":") &&
            !digits(text, length, &at, 2, &date.second))
            return false;
        if (mark(text, length, &at, ".") &&
            !digits(text, length, &at, 3, &date.millisecond))
            return false;
    }
    mark(text, length, &at, "Z");
    if (at != length || date.hour > 23 || date.minute > 59 || date.second > 59)
        return false;
    *out = nf_date_to_ms(&date);
    return true;
}
