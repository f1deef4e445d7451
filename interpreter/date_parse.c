/* Reading dates by a pattern (expressions S73 … S77). The client is strict:
 * the whole text, two attempts at the year, missing fields from today. The
 * server is strict SimpleDateFormat: a valid prefix is enough, missing fields
 * are those of 1970-01-01. */
#include "interpreter/date_fields.h"
#include "base/icu.h"

#include <string.h>

enum { LONGEST = 1000 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_blanks(nf_date_reader *r)
{
    while (r->engine == NF_ENGINE_SERVER && r->at < r->length &&
           (r->text[r->at] == ' ' || r->text[r->at] == '\t'))
        r->at++;
}

/* A number of 1 … `most` digits; blanks that the server skips before them
 * count as some of these. */
static bool read_number(nf_date_reader *r, int most, int64_t *out, int *digits)
{
    size_t start = r->at;

    *out = 0;
    *digits = 0;
    skip_blanks(r);
    while (r->at < r->length && is_digit(r->text[r->at]) &&
           (int)(r->at - start) < most) {
        *out = *out * 10 + (r->text[r->at++] - '0');
        (*digits)++;
    }
    return *digits > 0;
}

/* A field of one letter takes on the client no digit that makes it too large:
 * `dMyy` reads 9271 as 9 February 2071. */
static bool read_single(nf_date_reader *r, int most, int high, int64_t *out)
{
    int digits = 0;

    *out = 0;
    while (r->at < r->length && is_digit(r->text[r->at]) && digits < most &&
           *out * 10 + (r->text[r->at] - '0') <= high) {
        *out = *out * 10 + (r->text[r->at++] - '0');
        digits++;
    }
    return digits > 0;
}

static bool read_field(nf_date_reader *r, int most, int low, int high, int *out)
{
    int64_t value;
    int digits;
    bool read = r->single ? read_single(r, most, high, &value)
                          : read_number(r, most, &value, &digits);

    if (!read || value < low || value > high)
        return false;
    *out = (int)value;
    return true;
}

static bool read_day_field(nf_date_reader *r, int most, int low, int high,
                           nf_day_field field)
{
    int value;

    if (!read_field(r, most, low, high, &value))
        return false;
    nf_date_fields_set(&r->f, field, value);
    return true;
}

/* The bytes of `name` at the reader's place, in any case; 0: not there. */
static size_t name_matches(const nf_date_reader *r, const char *name)
{
    size_t length = strlen(name), i = 0, j = r->at;

    if (length == 0)
        return 0;
    while (i < length) {
        uint32_t a, b;

        if (j >= r->length)
            return 0;
        a = nf_utf8_next(name, length, &i);
        b = nf_utf8_next(r->text, r->length, &j);
        if (a != b && nf_icu()->u_foldCase((UChar32)a, U_FOLD_CASE_DEFAULT) !=
                          nf_icu()->u_foldCase((UChar32)b, U_FOLD_CASE_DEFAULT))
            return 0;
    }
    return j - r->at;
}

/* The longest matching name among `count`, full or short; NULL: not these. */
static bool read_name(nf_date_reader *r, nf_name *full, nf_name *shorter,
                      int count, int *out)
{
    size_t best = 0;
    int i;

    for (i = 0; i < count; i++) {
        size_t a = full ? name_matches(r, full[i]) : 0;
        size_t b = shorter ? name_matches(r, shorter[i]) : 0;

        if (a > best || b > best) {
            best = a > b ? a : b;
            *out = i;
        }
    }
    r->at += best;
    return best > 0;
}

static int64_t current_year(nf_date_reader *r)
{
    nf_date today;

    nf_date_from_ms(&today, nf_date_local(r->e->environment,
                                          nf_evaluator_now(r->e), r->utc));
    return today.year;
}

/* The year that ends in `two` within `first` … first + 99. */
static int64_t in_window(int64_t two, int64_t first)
{
    int64_t year = first / 100 * 100 + two;

    return year < first ? year + 100 : year;
}

static bool read_year(nf_date_reader *r, int count, bool next_is_number,
                      int64_t *out)
{
    bool client = r->engine == NF_ENGINE_CLIENT;
    int most, digits;

    if (client && count == 4 && r->short_years)
        count = 2;
    most = client ? (count == 1 ? 4 : count) : (next_is_number ? count : 18);
    if (!read_number(r, most, out, &digits))
        return false;
    if (client && count == 2) {
        *out = in_window(*out, current_year(r) - 50);
        return true;
    }
    if (!client && count <= 2 && digits == 2) {
        int64_t first = current_year(r) - 80;

        r->f.ambiguous = *out == first % 100;
        *out = in_window(*out, first);
    }
    return *out > 0;
}

static bool read_month(nf_date_reader *r, int count, int most, bool alone)
{
    nf_locale *l = (nf_locale *)(uintptr_t)r->locale;
    nf_name *full = alone ? l->alone_months[1] : l->months[1];
    nf_name *shorter = alone ? l->alone_months[0] : l->months[0];
    int month = 0;

    if (count <= 2)
        return read_day_field(r, most, 1, 12, NF_FIELD_MONTH);
    /* The client takes short names for three letters, both for more. */
    if (!read_name(r, r->engine == NF_ENGINE_CLIENT && count == 3 ? NULL : full,
                   shorter, 12, &month))
        return false;
    nf_date_fields_set(&r->f, NF_FIELD_MONTH, month + 1);
    return true;
}

static bool two_digits(nf_date_reader *r, int64_t most, int64_t *out)
{
    if (r->length - r->at < 2 || !is_digit(r->text[r->at]) ||
        !is_digit(r->text[r->at + 1]))
        return false;
    *out = (r->text[r->at] - '0') * 10 + (r->text[r->at + 1] - '0');
    r->at += 2;
    return *out <= most;
}

/* A sign and hh, hhmm or hh:mm; after GMT also h:mm. */
static bool read_offset(nf_date_reader *r, bool minutes, bool colon,
                        bool short_hour)
{
    int64_t hours, rest = 0;
    int sign;

    if (r->at >= r->length || (r->text[r->at] != '+' && r->text[r->at] != '-'))
        return false;
    sign = r->text[r->at++] == '-' ? -1 : 1;
    if (short_hour && r->length - r->at > 1 && is_digit(r->text[r->at]) &&
        r->text[r->at + 1] == ':')
        hours = r->text[r->at++] - '0';
    else if (!two_digits(r, 23, &hours))
        return false;
    if (minutes && colon && (r->at >= r->length || r->text[r->at++] != ':'))
        return false;
    if (minutes && !two_digits(r, 59, &rest))
        return false;
    r->offset = sign * (hours * 60 + rest) * 60000;
    return true;
}

static bool skip_word(nf_date_reader *r, const char *word)
{
    size_t length = name_matches(r, word);

    r->at += length;
    return length > 0;
}

/* Abbreviations that everybody writes: those of RFC 822, and Europe's. */
static bool common_zone(nf_date_reader *r)
{
    static const struct {
        const char *name;
        int hours;
    } zones[] = {{"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5},
                 {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7},
                 {"CEST", 2}, {"CET", 1},  {"EEST", 3}, {"EET", 2},
                 {"WEST", 1}, {"WET", 0},  {"BST", 1},  {"JST", 9}};

    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (skip_word(r, zones[i].name)) {
            r->offset = zones[i].hours * INT64_C(3600000);
            return true;
        }
    return false;
}

/* The abbreviations of the session's zone in winter and summer. */
static bool own_zone(nf_date_reader *r)
{
    const nf_environment *environment = r->e->environment;
    nf_date date = {.year = current_year(r), .day = 1};
    const char *name;
    int64_t offset;

    for (date.month = 1; date.month <= 7; date.month += 6) {
        offset =
            nf_timezone_offset(environment->zone, nf_date_to_ms(&date), &name);
        if (skip_word(r, name)) {
            r->offset = offset;
            return true;
        }
    }
    return false;
}

static bool read_zone(nf_date_reader *r, const nf_pattern_item *item)
{
    r->has_offset = true;
    r->offset = 0;
    skip_blanks(r);
    if (item->letter == 'X')
        return skip_word(r, "Z") ||
               read_offset(r, item->count > 1, item->count > 2, false);
    if (own_zone(r) || skip_word(r, "UTC"))
        return true;
    if (skip_word(r, "GMT")) {
        size_t at = r->at;

        if (!read_offset(r, true, true, true))
            r->at = at;
        return true;
    }
    return common_zone(r) || read_offset(r, true, false, false);
}

static bool read_weekday(nf_date_reader *r, const nf_pattern_item *item,
                         int most)
{
    nf_locale *l = (nf_locale *)(uintptr_t)r->locale;
    bool only_short = r->engine == NF_ENGINE_CLIENT && item->count <= 3;
    int weekday = 0;

    if (item->letter == 'u' ? !read_field(r, most, 1, 7, &weekday)
                            : !read_name(r, only_short ? NULL : l->weekdays[1],
                                         l->weekdays[0], 7, &weekday))
        return false;
    nf_date_fields_set(&r->f, NF_FIELD_WEEKDAY, weekday % 7);
    return true;
}

/* Hours that begin with 1 and end with the one that is 0. */
static bool read_hour(nf_date_reader *r, int most, int last, int *out)
{
    if (!read_field(r, most, 1, last, out))
        return false;
    *out %= last;
    return true;
}

/* Milliseconds; the client reads more digits than three as a fraction. */
static bool read_fraction(nf_date_reader *r, int count, int most)
{
    int64_t number;
    int digits;

    if (r->engine != NF_ENGINE_CLIENT || count <= 3)
        return read_field(r, most, 0, 999, &r->f.millisecond);
    if (!read_number(r, count < 18 ? count : 18, &number, &digits))
        return false;
    for (; count > 3 && count <= 18; count--)
        number /= 10;
    r->f.millisecond = (int)number;
    return number <= 999;
}

static bool read_item(nf_date_reader *r, const nf_pattern_item *item,
                      bool next_is_number)
{
    nf_locale *l = (nf_locale *)(uintptr_t)r->locale;
    bool client = r->engine == NF_ENGINE_CLIENT;
    int count = item->count;
    /* Java reads as many digits as there are unless fields touch. */
    int two = client ? 2 : (next_is_number ? count : 9);
    int three = client ? 3 : (next_is_number ? count : 9);

    r->single = client && count == 1;
    switch (item->letter) {
    case 'G':
        return read_name(r, l->eras, NULL, 2, &r->f.era);
    case 'y':
        return read_year(r, count, next_is_number, &r->f.year);
    case 'Y':
        return read_year(r, count, next_is_number, &r->f.week_year);
    case 'M':
    case 'L':
        return read_month(r, count, two, item->letter == 'L');
    case 'w':
        return read_day_field(r, two, 1, 53, NF_FIELD_WEEK);
    case 'W':
        return read_day_field(r, two, 0, 6, NF_FIELD_WEEK_OF_MONTH);
    case 'F':
        return read_day_field(r, two, 1, 6, NF_FIELD_WEEKDAY_OF_MONTH);
    case 'D':
        return read_day_field(r, three, 1, 366, NF_FIELD_DAY_OF_YEAR);
    case 'd':
        return read_day_field(r, two, 1, 31, NF_FIELD_DAY);
    case 'E':
    case 'u':
        return read_weekday(r, item, two);
    case 'a':
        return read_name(r, l->am_pm, NULL, 2, &r->f.half);
    case 'H':
        return read_field(r, two, 0, 23, &r->f.hour24);
    case 'k':
        return read_hour(r, two, 24, &r->f.hour24);
    case 'K':
        return read_field(r, two, 0, 11, &r->f.hour12);
    case 'h':
        return read_hour(r, two, 12, &r->f.hour12);
    case 'm':
        return read_field(r, two, 0, 59, &r->f.minute);
    case 's':
        return read_field(r, two, 0, 59, &r->f.second);
    case 'S':
        return read_fraction(r, count, three);
    default:
        return read_zone(r, item);
    }
}

static bool read_literal(nf_date_reader *r, const nf_pattern_item *item)
{
    size_t i;

    for (i = 0; i < item->length; i++) {
        if (r->at >= r->length || r->text[r->at] != item->text[i])
            return false;
        r->at++;
        if (item->quoted && item->text[i] == '\'')
            i++;
    }
    return true;
}

static bool is_numeric(const nf_date_reader *r, const nf_pattern_item *item)
{
    if (!item->letter || nf_pattern_is_literal(r->engine, item->letter))
        return false;
    if (item->letter == 'M' || item->letter == 'L')
        return item->count <= 2;
    return strchr("yYwWDdFuHkKhmsS", item->letter) != NULL;
}

static bool read_text(nf_date_reader *r, const char *pattern, size_t length)
{
    nf_pattern_item item, next;
    size_t position = 0;
    bool open;

    r->at = 0;
    nf_date_fields_clear(&r->f);
    r->has_offset = false;
    while (nf_pattern_next(pattern, length, &position, &item, &open)) {
        size_t ahead = position;
        bool touching =
            nf_pattern_next(pattern, length, &ahead, &next, &open) &&
            is_numeric(r, &next);
        bool ok = item.letter && !nf_pattern_is_literal(r->engine, item.letter)
                      ? read_item(r, &item, touching)
                      : read_literal(r, &item);

        if (!ok)
            return false;
    }
    return r->engine == NF_ENGINE_SERVER || r->at == r->length;
}

static bool attempt(nf_date_reader *r, const char *pattern, size_t length,
                    int64_t *out)
{
    return read_text(r, pattern, length) && nf_date_assemble(r, out);
}

/* ---- entry -------------------------------------------------------------- */

static void trim_blanks(const char **text, size_t *length)
{
    while (*length && strchr(" \t\r\n", **text)) {
        (*text)++;
        (*length)--;
    }
    while (*length && strchr(" \t\r\n", (*text)[*length - 1]))
        (*length)--;
}

/* Copies with the first U+00A0, U+2007 and U+202F read as a blank. */
static size_t plain_blanks(char *to, const char *from, size_t length)
{
    static const char *const special[] = {"\xC2\xA0", "\xE2\x80\x87",
                                          "\xE2\x80\xAF"};
    bool used[3] = {false};
    size_t at = 0, i, k;

    for (i = 0; i < length; i++) {
        for (k = 0; k < 3; k++) {
            size_t n = strlen(special[k]);

            if (!used[k] && length - i >= n &&
                !memcmp(from + i, special[k], n)) {
                used[k] = true;
                to[at++] = ' ';
                i += n - 1;
                break;
            }
        }
        if (k == 3)
            to[at++] = from[i];
    }
    return at;
}

static bool client_parse(nf_date_reader *r, const char *pattern, size_t length,
                         int64_t *out)
{
    char plain_text[LONGEST], plain_pattern[LONGEST];
    int round;

    for (round = 0; round < 2; round++) {
        r->short_years = true;
        if (attempt(r, pattern, length, out))
            return true;
        r->short_years = false;
        if (attempt(r, pattern, length, out))
            return true;
        if (round == 0) {
            r->length = plain_blanks(plain_text, r->text, r->length);
            r->text = plain_text;
            length = plain_blanks(plain_pattern, pattern, length);
            pattern = plain_pattern;
        }
    }
    return false;
}

nf_status nf_date_parse(nf_evaluator *e, int64_t *out, bool *matched,
                        const char *text, size_t length, const char *pattern,
                        size_t pattern_length, bool utc, nf_error *err)
{
    nf_date_reader r = {.e = e, .engine = e->environment->engine, .utc = utc};
    nf_status status;

    *out = 0;
    *matched = false;
    status = nf_pattern_check(r.engine, pattern, pattern_length, err);
    if (status != NF_OK)
        return status;
    if (r.engine == NF_ENGINE_CLIENT) {
        trim_blanks(&text, &length);
        trim_blanks(&pattern, &pattern_length);
        if (length >= LONGEST || pattern_length >= LONGEST)
            return NF_OK; /* no date is that long */
    }
    r.text = text;
    r.length = length;
    r.locale = nf_locale_get(e, err);
    if (!r.locale)
        return NF_FAILED;
    *matched = r.engine == NF_ENGINE_CLIENT
                   ? client_parse(&r, pattern, pattern_length, out)
                   : attempt(&r, pattern, pattern_length, out);
    nf_locale_done(e, r.locale);
    return NF_OK;
}
