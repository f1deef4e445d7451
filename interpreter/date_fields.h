/* What a text says of a date, and the day that follows from it. */
#ifndef NF_INTERPRETER_DATE_FIELDS_H
#define NF_INTERPRETER_DATE_FIELDS_H

#include "interpreter/dates.h"

enum { NF_FIELD_UNSET = -1 };
#define NF_YEAR_UNSET INT64_MIN

/* Fields that can name a day, and the year of each. */
typedef enum nf_day_field {
    NF_FIELD_MONTH,
    NF_FIELD_DAY,
    NF_FIELD_DAY_OF_YEAR,
    NF_FIELD_WEEK,
    NF_FIELD_WEEK_OF_MONTH,
    NF_FIELD_WEEKDAY_OF_MONTH, /* the 2nd Tuesday */
    NF_FIELD_WEEKDAY,          /* Sunday 0 */
    NF_FIELD_DAYS              /* their number */
} nf_day_field;

typedef struct nf_date_fields {
    int64_t year, week_year; /* NF_YEAR_UNSET */
    bool ambiguous;          /* two digits of the window's first year */
    int day_fields[NF_FIELD_DAYS], order[NF_FIELD_DAYS]; /* order: from 1 */
    int given;                                           /* how many so far */
    int era, hour24, hour12, half, minute, second, millisecond;
} nf_date_fields;

void nf_date_fields_clear(nf_date_fields *fields);
void nf_date_fields_set(nf_date_fields *fields, nf_day_field field, int value);
/* The day (since 1970-01-01) as Java's Calendar resolves the fields: the last
 * complete combination counts, and every field must agree with the day (S76).
 * False: there is no such day. `year`: with its era. */
bool nf_date_fields_day(int64_t *days, const nf_date_fields *fields,
                        const nf_locale *locale, int64_t year);

/* A text that is read as a date (date_parse.c). */
typedef struct nf_date_reader {
    nf_evaluator *e;
    const nf_locale *locale;
    nf_engine engine;
    const char *text;
    size_t length, at;
    bool short_years; /* client: read every yyyy as yy (S73) */
    bool single;      /* client: the field has one letter */
    bool utc;
    nf_date_fields f;
    bool has_offset;
    int64_t offset;
} nf_date_reader;

/* date_assemble.c: the instant that the fields say; false: there is none. */
bool nf_date_assemble(nf_date_reader *r, int64_t *out);

#endif
