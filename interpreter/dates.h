/* Dates as expressions see them: calendar periods, names of a language, and
 * patterns (expressions §9.3 … §9.5). */
#ifndef NF_INTERPRETER_DATES_H
#define NF_INTERPRETER_DATES_H

#include "base/text.h"
#include "interpreter/operators.h"

typedef enum nf_period {
    NF_PERIOD_SECOND,
    NF_PERIOD_MINUTE,
    NF_PERIOD_HOUR,
    NF_PERIOD_DAY,
    NF_PERIOD_WEEK,
    NF_PERIOD_MONTH,
    NF_PERIOD_YEAR
} nf_period;

/* The calendar fields of an instant in the zone (or UTC) as if they were UTC
 * milliseconds, and back. A repeated wall time is the earlier one on the
 * client, the later one on the server (S64). */
int64_t nf_date_local(const nf_environment *environment, int64_t instant,
                      bool utc);
int64_t nf_date_instant(const nf_environment *environment, int64_t local,
                        bool utc);
/* The first instant of the period that holds `instant`, `shift` periods on.
 * Weeks begin on the language's first day, client UTC weeks on Sunday (S50). */
nf_status nf_period_begin(nf_evaluator *e, int64_t *out, int64_t instant,
                          nf_period period, int shift, bool utc, nf_error *err);
/* Local milliseconds of dateTime()'s arguments (S62); `out` may be NULL.
 * Errors: E-RANGE, E-EMPTY. */
nf_status nf_date_arguments(int64_t *out, const char *name,
                            const nf_value *arguments, int count,
                            nf_error *err);

/* Names and rules of a language, from ICU. */
enum { NF_NAME_SIZE = 64 };
typedef char nf_name[NF_NAME_SIZE];
typedef struct nf_locale {
    char language[40];
    nf_name months[2][12];       /* short, full: in a date */
    nf_name alone_months[2][12]; /* standing alone */
    nf_name weekdays[2][7];      /* short, full; Sunday first */
    nf_name am_pm[2];
    nf_name eras[2];                                  /* before and after */
    int first_day;                                    /* 0 Sunday … */
    int minimal_days;                                 /* of the first week */
    nf_name date_pattern, time_pattern, both_pattern; /* short styles */
} nf_locale;

/* The locale of the environment's language, from the evaluator's cache or
 * made; NULL with an error. Give it back with nf_locale_done. */
const nf_locale *nf_locale_get(nf_evaluator *e, nf_error *err);
void nf_locale_done(nf_evaluator *e, const nf_locale *locale);

/* A moment to be formatted. */
typedef struct nf_moment {
    nf_date date;   /* local */
    int64_t days;   /* since 1970-01-01, local */
    int64_t offset; /* ms east of UTC */
    const char *abbreviation;
    const char *zone; /* IANA name */
} nf_moment;

/* Week and week year of a local day (since 1970-01-01). */
void nf_week_of_year(const nf_locale *locale, int64_t days, int *week,
                     int64_t *year);
int64_t nf_week_start(const nf_locale *locale, int64_t year, int week);

/* Appends the date in a pattern of the engine (S66 … S71). Errors E-PATTERN. */
nf_status nf_date_format(nf_evaluator *e, nf_buffer *out, int64_t instant,
                         bool utc, const char *pattern, size_t length,
                         nf_error *err);
/* Short styles (S72): date, time or both; `full_year` for the client's
 * toString. */
typedef enum nf_style { NF_STYLE_DATE, NF_STYLE_TIME, NF_STYLE_BOTH } nf_style;
nf_status nf_date_format_short(nf_evaluator *e, nf_buffer *out, int64_t instant,
                               bool utc, nf_style style, bool full_year,
                               nf_error *err);
/* Reads a date by a pattern (S73 … S76). *matched is false if the text does
 * not fit. Errors E-PATTERN. */
nf_status nf_date_parse(nf_evaluator *e, int64_t *out, bool *matched,
                        const char *text, size_t length, const char *pattern,
                        size_t pattern_length, bool utc, nf_error *err);

/* One piece of a pattern: a run of a letter, or literal text. */
typedef struct nf_pattern_item {
    char letter; /* 0: literal */
    int count;
    const char *text; /* literal; quotes inside are still doubled … */
    size_t length;
    bool quoted; /* … if it stood in quotes */
} nf_pattern_item;
/* Reads the item at *position; false at the end or, with *open set, when a
 * literal is not closed (the item is then valid). */
bool nf_pattern_next(const char *pattern, size_t length, size_t *position,
                     nf_pattern_item *item, bool *open);
/* Refuses letters that the engine does not know (S67, S68). */
nf_status nf_pattern_check(nf_engine engine, const char *pattern, size_t length,
                           nf_error *err);
/* Whether the client takes this letter as literal text. */
bool nf_pattern_is_literal(nf_engine engine, char letter);

/* A pattern in its pieces, as dates are written. */
typedef struct nf_date_pattern {
    char *text; /* what the items point into */
    size_t length;
    nf_engine engine;
    bool checked;      /* nf_pattern_check was happy */
    bool needs_locale; /* a field stands for a name or counts weeks */
    size_t count;
    nf_pattern_item items[]; /* the engine's literal letters have letter 0 */
} nf_date_pattern;
/* From the evaluator's cache, or made; give it back with nf_date_pattern_done.
 * Errors, where `checked` asks for it: those of nf_pattern_check. */
nf_status nf_date_pattern_get(const nf_date_pattern **out, nf_evaluator *e,
                              bool checked, const char *text, size_t length,
                              nf_error *err);
void nf_date_pattern_done(nf_evaluator *e, const nf_date_pattern *pattern);
void nf_date_pattern_free(nf_date_pattern *pattern);

#endif
