/* The functions of XPath that SQL lacks, in SQL (docs/postgresql.md): they are
 * made with the tables and inlined by the planner. What they answer is what
 * functions.c answers in SQLite. */
#include "database/postgres.h"

#include "base/icu.h"

/* Unicode simple case folding (xpath Q91), which no function of PostgreSQL is:
 * lower() knows words and languages, or ASCII alone. translate() has two texts,
 * each character of the one becomes that of the other. */
static void add_folding(nf_buffer *out)
{
    nf_buffer from, to;
    char bytes[4];
    uint32_t c;

    nf_buffer_init(&from, NF_BUFFER_MAX);
    nf_buffer_init(&to, NF_BUFFER_MAX);
    for (c = 0x80; c < 0x110000; c++) {
        uint32_t folded =
            (uint32_t)nf_icu()->u_foldCase((UChar32)c, U_FOLD_CASE_DEFAULT);

        if (folded == c || (c >= 0xd800 && c < 0xe000))
            continue;
        nf_buffer_add(&from, bytes, nf_utf8_put(bytes, c));
        nf_buffer_add(&to, bytes, nf_utf8_put(bytes, folded));
    }
    nf_buffer_format(out,
                     "CREATE OR REPLACE FUNCTION mx_fold(t text) RETURNS text "
                     "LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$SELECT CASE "
                     "WHEN octet_length($1) = char_length($1) THEN lower($1 "
                     "COLLATE \"C\") ELSE translate(lower($1 COLLATE \"C\"), "
                     "'%s', '%s') END$f$;",
                     nf_buffer_string(&from), nf_buffer_string(&to));
    out->failed = out->failed || from.failed || to.failed;
    nf_buffer_dispose(&from);
    nf_buffer_dispose(&to);
}

static const char searches[] =
    "CREATE OR REPLACE FUNCTION mx_contains(hay text, needle text) RETURNS "
    "boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$SELECT "
    "position(mx_fold($2) IN mx_fold($1)) > 0$f$;"
    "CREATE OR REPLACE FUNCTION mx_starts(hay text, needle text) RETURNS "
    "boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$SELECT "
    "starts_with(mx_fold($1), mx_fold($2))$f$;"
    "CREATE OR REPLACE FUNCTION mx_ends(hay text, needle text) RETURNS "
    "boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$SELECT "
    "right(mx_fold($1), char_length(mx_fold($2))) = mx_fold($2)$f$;";

/* Milliseconds become a date and time of the zone without passing through a
 * floating number. */
static const char date_parts[] =
    "CREATE OR REPLACE FUNCTION mx_datepart(part text, ms bigint, zone text) "
    "RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $f$SELECT CASE $1 "
    "WHEN 'year' THEN extract(year FROM l) "
    "WHEN 'quarter' THEN extract(quarter FROM l) "
    "WHEN 'month' THEN extract(month FROM l) "
    "WHEN 'week' THEN extract(week FROM l) "
    "WHEN 'day-of-year' THEN extract(doy FROM l) "
    "WHEN 'day' THEN extract(day FROM l) "
    "WHEN 'weekday' THEN extract(dow FROM l) + 1 "
    "WHEN 'hours' THEN extract(hour FROM l) "
    "WHEN 'minutes' THEN extract(minute FROM l) "
    "ELSE floor(extract(second FROM l)) END::bigint FROM (SELECT (timestamptz "
    "'1970-01-01 00:00:00+00' + make_interval(secs => floor($2 / 1000.0)::float8)) AT TIME "
    "ZONE $3 AS l) AS d$f$;";

/* 20 digits, half to even (Q79): the quotient to 80 digits decides what a half
 * is. A division by zero is NULL, and so a false comparison. */
static const char division[] =
    "CREATE OR REPLACE FUNCTION mx_divide(a numeric, b numeric) RETURNS "
    "numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$SELECT CASE WHEN "
    "abs(q - trunc(q, 20)) = 0.000000000000000000005 AND mod(trunc(q, 20) * "
    "100000000000000000000, 2) = 0 THEN trunc(q, 20) ELSE round(q, 20) END "
    "FROM (SELECT round($1, 80) / nullif($2, 0) AS q) AS d$f$;";

char *nf_postgres_functions(void)
{
    nf_buffer out;
    char *text;

    nf_buffer_init(&out, NF_BUFFER_MAX);
    add_folding(&out);
    nf_buffer_text(&out, searches);
    nf_buffer_text(&out, date_parts);
    nf_buffer_text(&out, division);
    text = nf_buffer_take(&out);
    nf_buffer_dispose(&out);
    return text;
}
