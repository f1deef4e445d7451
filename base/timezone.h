/* Time zones from the system's zone files (/usr/share/zoneinfo), and calendar
 * arithmetic on the proleptic Gregorian calendar. */
#ifndef NF_BASE_TIMEZONE_H
#define NF_BASE_TIMEZONE_H

#include "nanoflow.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct nf_timezone nf_timezone; /* immutable, shareable */

/* An IANA name ("Europe/Amsterdam", "UTC"). NF_USAGE: there is no such zone, or
 * its file is damaged; NF_NOMEM. *out is NULL then. Owner: caller. */
nf_status nf_timezone_open(nf_timezone **out, const char *name);
void nf_timezone_close(nf_timezone *zone);
const char *nf_timezone_name(const nf_timezone *zone);
/* UTC offset in milliseconds at an instant; `abbreviation` (may be NULL) gets
 * a borrowed text such as "CET". */
int64_t nf_timezone_offset(const nf_timezone *zone, int64_t utc_ms,
                           const char **abbreviation);
/* The instant of local calendar fields given as if they were UTC. In a gap
 * the time moves forward by its length, in an overlap the earlier instant is
 * taken (as JavaScript and Java do). */
int64_t nf_timezone_to_utc(const nf_timezone *zone, int64_t local_ms);
/* The same, but the later instant of an overlap (expressions S64, server). */
int64_t nf_timezone_to_utc_later(const nf_timezone *zone, int64_t local_ms);

typedef struct nf_date {
    int64_t year;
    int month, day; /* 1 … */
    int hour, minute, second, millisecond;
    int weekday; /* 0 Sunday … 6; output only */
} nf_date;

/* Days, months … out of range carry over, as in mktime. */
int64_t nf_date_to_ms(const nf_date *date);
void nf_date_from_ms(nf_date *date, int64_t ms);
int nf_date_days_in_month(int64_t year, int month);

#endif
