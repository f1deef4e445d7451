/* Zone files (RFC 8536, version 2 and up) and calendar arithmetic. A zone is
 * read whole when it is opened and never changes. After the last transition
 * of the file its footer, a POSIX rule, applies. "UTC" needs no file, so a
 * machine without zone files still works. */
#include "base/timezone.h"
#include "base/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONE_FOLDER "/usr/share/zoneinfo"

enum {
    SECOND = 1000,
    DAY_SECONDS = 86400,
    MAX_FILE = 256 * 1024,
    MAX_TYPES = 256,
    MAX_NAME = 128,
    MAX_ABBREVIATION = 16,
    MAX_YEAR = 280000000, /* its milliseconds still fit 64 bits */
};
#define DAY_MS INT64_C(86400000)

typedef struct local_type {
    int32_t offset; /* seconds east of UTC */
    const char *abbreviation;
} local_type;

/* When a POSIX rule switches: M month.week.day, J day or plain day. */
typedef struct switch_rule {
    char form; /* 'M', 'J' or 'D' */
    int month, week, day;
    int32_t time; /* seconds after midnight, may be negative */
} switch_rule;

typedef struct posix_rule {
    bool present, has_summer;
    int32_t standard, summer; /* seconds east of UTC */
    char standard_name[MAX_ABBREVIATION], summer_name[MAX_ABBREVIATION];
    switch_rule begin, end;
} posix_rule;

struct nf_timezone {
    bool no_memory; /* why it can't be opened */
    char *name;
    int64_t *times; /* seconds */
    uint8_t *types; /* per transition */
    size_t count;
    local_type local[MAX_TYPES];
    size_t local_count;
    char *abbreviations;
    posix_rule rule;
};

/* ---- calendar ----------------------------------------------------------- */

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t floor_modulo(int64_t a, int64_t b)
{
    return a % b + (a % b < 0 ? b : 0);
}

/* Days since 1970-01-01, from years that begin in March, so that the leap day
 * comes last. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    int64_t era, year_of_era, day_of_year;

    year -= month <= 2;
    era = floor_divide(year, 400);
    year_of_era = year - era * 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 -
           year_of_era / 100 + day_of_year - 719468;
}

int64_t nf_date_to_ms(const nf_date *date)
{
    int64_t month = (int64_t)date->month - 1;
    int64_t year = date->year;
    int64_t days;

    if (year > MAX_YEAR)
        year = MAX_YEAR;
    if (year < -MAX_YEAR)
        year = -MAX_YEAR;
    year += floor_divide(month, 12);
    month = floor_modulo(month, 12);
    days = days_from_civil(year, (int)month + 1, 1) + date->day - 1;
    return days * DAY_MS + date->hour * INT64_C(3600000) +
           date->minute * INT64_C(60000) + date->second * INT64_C(1000) +
           date->millisecond;
}

void nf_date_from_ms(nf_date *date, int64_t ms)
{
    int64_t days = floor_divide(ms, DAY_MS);
    int64_t z = days + 719468; /* since March 1 of the year 0 */
    int64_t era = floor_divide(z, 146097);
    /* Within a day and within 400 years 32 bits do, and divide faster. */
    uint32_t rest = (uint32_t)(ms - days * DAY_MS);
    uint32_t doe = (uint32_t)(z - era * 146097);
    uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint32_t mp = (5 * doy + 2) / 153;

    date->day = (int)(doy - (153 * mp + 2) / 5 + 1);
    date->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    date->year = yoe + era * 400 + (date->month <= 2);
    /* 1 March of the year 0 was a Wednesday, as are all whole eras after it. */
    date->weekday = (int)((doe + 3) % 7);
    date->millisecond = (int)(rest % 1000);
    rest /= 1000;
    date->second = (int)(rest % 60);
    rest /= 60;
    date->minute = (int)(rest % 60);
    date->hour = (int)(rest / 60);
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int nf_date_days_in_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (month < 1 || month > 12)
        return 0;
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* ---- POSIX rules -------------------------------------------------------- */

static bool rule_name(const char **at, char name[MAX_ABBREVIATION])
{
    const char *s = *at;
    bool quoted = *s == '<';
    size_t length = 0;

    if (quoted)
        s++;
    while (quoted ? *s && *s != '>' : isalpha((unsigned char)*s)) {
        if (length + 1 >= MAX_ABBREVIATION)
            return false;
        name[length++] = *s++;
    }
    name[length] = '\0';
    if (quoted && *s++ != '>')
        return false;
    *at = s;
    return length > 0;
}

static bool rule_number(const char **at, int maximum, int *out)
{
    int value = 0;

    if (!isdigit((unsigned char)**at))
        return false;
    while (isdigit((unsigned char)**at)) {
        value = value * 10 + (*(*at)++ - '0');
        if (value > maximum)
            return false;
    }
    *out = value;
    return true;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool rule_time(const char **at, int32_t *out)
{
    int sign = 1, hours, minutes = 0, seconds = 0;

    if (**at == '-' || **at == '+')
        sign = *(*at)++ == '-' ? -1 : 1;
    if (!rule_number(at, 167, &hours))
        return false;
    if (**at == ':') {
        (*at)++;
        if (!rule_number(at, 59, &minutes))
            return false;
        if (**at == ':') {
            (*at)++;
            if (!rule_number(at, 59, &seconds))
                return false;
        }
    }
    *out = sign * (hours * 3600 + minutes * 60 + seconds);
    return true;
}

static bool rule_switch(const char **at, switch_rule *out)
{
    if (*(*at)++ != ',')
        return false;
    out->time = 2 * 3600;
    out->form = 'D';
    if (**at == 'M' || **at == 'J')
        out->form = *(*at)++;
    if (out->form == 'M') {
        if (!rule_number(at, 12, &out->month) || *(*at)++ != '.' ||
            !rule_number(at, 5, &out->week) || *(*at)++ != '.' ||
            !rule_number(at, 6, &out->day) || out->month < 1 || out->week < 1)
            return false;
    } else if (!rule_number(at, 365, &out->day)) {
        return false;
    }
    if (**at == '/') {
        (*at)++;
        return rule_time(at, &out->time);
    }
    return true;
}

static bool parse_rule(posix_rule *rule, const char *text)
{
    int32_t west;

    if (!rule_name(&text, rule->standard_name) || !rule_time(&text, &west))
        return false;
    rule->standard = -west;
    rule->present = true;
    if (!*text)
        return true;
    if (!rule_name(&text, rule->summer_name))
        return false;
    rule->summer = rule->standard + 3600;
    if (*text && *text != ',') {
        if (!rule_time(&text, &west))
            return false;
        rule->summer = -west;
    }
    rule->has_summer = rule_switch(&text, &rule->begin) &&
                       rule_switch(&text, &rule->end) && !*text;
    return rule->has_summer;
}

/* Local seconds (of the time before the switch) at which a rule fires. */
static int64_t switch_time(const switch_rule *rule, int64_t year)
{
    int64_t day, weekday;

    switch (rule->form) {
    case 'M':
        day = days_from_civil(year, rule->month, 1);
        weekday = floor_modulo(day + 4, 7);
        day += floor_modulo(rule->day - weekday, 7) + (rule->week - 1) * 7;
        while (day >= days_from_civil(year, rule->month, 1) +
                          nf_date_days_in_month(year, rule->month))
            day -= 7;
        break;
    case 'J': /* 1 … 365, 29 February is never counted */
        day = days_from_civil(year, 1, 1) + rule->day - 1 +
              (is_leap(year) && rule->day >= 60);
        break;
    default:
        day = days_from_civil(year, 1, 1) + rule->day;
        break;
    }
    return day * DAY_SECONDS + rule->time;
}

static int32_t rule_offset(const posix_rule *rule, int64_t utc,
                           const char **abbreviation)
{
    int64_t begin, end;
    bool summer = false;

    if (rule->has_summer) {
        nf_date date;

        nf_date_from_ms(&date, (utc + rule->standard) * SECOND);
        begin = switch_time(&rule->begin, date.year) - rule->standard;
        end = switch_time(&rule->end, date.year) - rule->summer;
        summer =
            begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
    }
    *abbreviation = summer ? rule->summer_name : rule->standard_name;
    return summer ? rule->summer : rule->standard;
}

/* ---- zone files --------------------------------------------------------- */

typedef struct header {
    uint32_t isut, isstd, leap, times, types, chars;
} header;

static uint32_t read_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

static int64_t read_i64(const uint8_t *p)
{
    return (int64_t)((uint64_t)read_u32(p) << 32 | read_u32(p + 4));
}

enum { HEADER_SIZE = 44 };

static bool read_header(header *h, const uint8_t *p, size_t left)
{
    if (left < HEADER_SIZE || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
        return false;
    h->isut = read_u32(p + 20);
    h->isstd = read_u32(p + 24);
    h->leap = read_u32(p + 28);
    h->times = read_u32(p + 32);
    h->types = read_u32(p + 36);
    h->chars = read_u32(p + 40);
    return h->isut <= MAX_TYPES && h->isstd <= MAX_TYPES && h->leap < 1000 &&
           h->times < MAX_FILE && h->types >= 1 && h->types <= MAX_TYPES &&
           h->chars < MAX_FILE;
}

static size_t body_size(const header *h, size_t time_size)
{
    return h->times * (time_size + 1) + h->types * 6 + h->chars +
           h->leap * (time_size + 4) + h->isstd + h->isut;
}

static bool no_memory(nf_timezone *zone)
{
    zone->no_memory = true;
    return false;
}

static bool read_types(nf_timezone *zone, const header *h, const uint8_t *p)
{
    const uint8_t *chars = p + h->types * 6;
    size_t i;

    zone->abbreviations = nf_alloc(h->chars + 1);
    if (!zone->abbreviations)
        return no_memory(zone);
    memcpy(zone->abbreviations, chars, h->chars);
    zone->local_count = h->types;
    for (i = 0; i < h->types; i++, p += 6) {
        if (p[5] > h->chars)
            return false;
        zone->local[i].offset = (int32_t)read_u32(p);
        zone->local[i].abbreviation = zone->abbreviations + p[5];
        if (zone->local[i].offset < -2 * DAY_SECONDS ||
            zone->local[i].offset > 2 * DAY_SECONDS)
            return false;
    }
    return true;
}

static bool read_footer(nf_timezone *zone, const uint8_t *p, size_t left)
{
    char text[128];
    size_t length;

    if (left < 2 || p[0] != '\n')
        return true; /* without a footer the last type goes on */
    for (length = 0; length + 1 < left && p[length + 1] != '\n'; length++)
        ;
    if (length == 0)
        return true;
    if (length >= sizeof text)
        return false;
    memcpy(text, p + 1, length);
    text[length] = '\0';
    return parse_rule(&zone->rule, text);
}

static bool read_zone(nf_timezone *zone, const uint8_t *p, size_t size)
{
    header h;
    size_t i, skip;

    if (!read_header(&h, p, size))
        return false;
    skip = HEADER_SIZE + body_size(&h, 4);
    if (skip > size || !read_header(&h, p + skip, size - skip))
        return false;
    p += skip + HEADER_SIZE;
    size -= skip + HEADER_SIZE;
    if (body_size(&h, 8) > size)
        return false;
    zone->count = h.times;
    zone->times = nf_alloc_array(h.times + 1, sizeof *zone->times);
    zone->types = nf_alloc(h.times + 1);
    if (!zone->times || !zone->types)
        return no_memory(zone);
    for (i = 0; i < h.times; i++) {
        zone->times[i] = read_i64(p + i * 8);
        zone->types[i] = p[h.times * 8 + i];
        if (zone->types[i] >= h.types ||
            (i > 0 && zone->times[i] <= zone->times[i - 1]))
            return false;
    }
    return read_types(zone, &h, p + h.times * 9) &&
           read_footer(zone, p + body_size(&h, 8), size - body_size(&h, 8));
}

static bool load_zone(nf_timezone *zone, const char *name)
{
    char path[sizeof ZONE_FOLDER + MAX_NAME + 2];
    uint8_t *bytes = nf_alloc(MAX_FILE);
    size_t size = 0;
    bool ok = false;
    FILE *file;

    if (!bytes)
        return no_memory(zone);
    snprintf(path, sizeof path, "%s/%s", ZONE_FOLDER, name);
    file = fopen(path, "rbe");
    if (file) {
        size = fread(bytes, 1, MAX_FILE, file);
        ok = !ferror(file) && size < MAX_FILE && read_zone(zone, bytes, size);
        fclose(file);
    }
    nf_free(bytes);
    return ok;
}

/* IANA names only: no way out of the folder. */
static bool valid_name(const char *name)
{
    size_t i;

    if (!name || !isalpha((unsigned char)name[0]) || strlen(name) > MAX_NAME)
        return false;
    for (i = 0; name[i]; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("_+-/", name[i]))
            return false;
    return true;
}

nf_status nf_timezone_open(nf_timezone **out, const char *name)
{
    nf_timezone *zone;
    nf_status status = NF_USAGE;

    *out = NULL;
    if (!valid_name(name))
        return NF_USAGE;
    zone = nf_alloc(sizeof *zone);
    if (!zone)
        return NF_NOMEM;
    zone->name = nf_strdup(name);
    if (!zone->name)
        no_memory(zone);
    else if (!strcmp(name, "UTC") ? parse_rule(&zone->rule, "UTC0")
                                  : load_zone(zone, name))
        status = NF_OK;
    if (zone->no_memory)
        status = NF_NOMEM;
    if (status == NF_OK)
        *out = zone;
    else
        nf_timezone_close(zone);
    return status;
}

void nf_timezone_close(nf_timezone *zone)
{
    if (!zone)
        return;
    nf_free(zone->name);
    nf_free(zone->times);
    nf_free(zone->types);
    nf_free(zone->abbreviations);
    nf_free(zone);
}

const char *nf_timezone_name(const nf_timezone *zone)
{
    return zone->name;
}

/* The number of transitions at or before `utc`. */
static size_t find_transition(const nf_timezone *zone, int64_t utc)
{
    size_t low = 0, high = zone->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (zone->times[middle] <= utc)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t nf_timezone_offset(const nf_timezone *zone, int64_t utc_ms,
                           const char **abbreviation)
{
    int64_t utc = floor_divide(utc_ms, SECOND);
    size_t passed = find_transition(zone, utc);
    const local_type *local = zone->local;
    const char *name = "";
    int64_t offset;

    if (passed == zone->count && zone->rule.present) {
        offset = rule_offset(&zone->rule, utc, &name);
    } else {
        if (passed > 0)
            local = &zone->local[zone->types[passed - 1]];
        offset = local->offset;
        name = local->abbreviation;
    }
    if (abbreviation)
        *abbreviation = name;
    return offset * SECOND;
}

static int64_t to_utc(const nf_timezone *zone, int64_t local_ms, bool later)
{
    int64_t before = nf_timezone_offset(zone, local_ms - DAY_MS, NULL);
    int64_t after = nf_timezone_offset(zone, local_ms + DAY_MS, NULL);
    int64_t first = local_ms - before, second = local_ms - after;
    bool first_valid = nf_timezone_offset(zone, first, NULL) == before;
    bool second_valid = nf_timezone_offset(zone, second, NULL) == after;

    if (first_valid && second_valid)
        return (first < second) != later ? first : second;
    return second_valid ? second : first; /* neither: in a gap */
}

int64_t nf_timezone_to_utc(const nf_timezone *zone, int64_t local_ms)
{
    return to_utc(zone, local_ms, false);
}

int64_t nf_timezone_to_utc_later(const nf_timezone *zone, int64_t local_ms)
{
    return to_utc(zone, local_ms, true);
}
