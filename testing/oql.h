/* The OQL of @verify (test E42): one value out of stored rows.
 *
 *   select AGGREGATE | path as name
 *   from Module.Entity [[as] a] {[left] join a/Module.Association/Module.Entity
 *   [as] b} [where condition]
 *
 * AGGREGATE is count(*), count(path), sum, avg, min or max of a path; a path is
 * Attribute, a/Attribute or a.Attribute (also `id`). Conditions compare paths
 * and literals (= != <> < <= > >=, is [not] null, [not] in (…), [not] like) and
 * are joined by and, or, not. Nothing in it is written. */
#ifndef NF_TESTING_OQL_H
#define NF_TESTING_OQL_H

#include "base/memory.h"
#include "base/text.h"
#include "database/record.h"

enum { OQL_SOURCES = 8 };

typedef enum oql_kind {
    OQL_NULL,
    OQL_TEXT,
    OQL_NUMBER,
    OQL_BOOLEAN,
    OQL_TIME
} oql_kind;

/* A value of a row, or a literal. */
typedef struct oql_value {
    oql_kind kind;
    const char *text; /* as written; numbers as decimals */
    int64_t time;
} oql_value;

typedef struct oql_operand {
    int source;              /* -1: a literal */
    const char *member_name; /* of a path; "id" */
    oql_value literal;
} oql_operand;

typedef struct oql_condition oql_condition;
struct oql_condition {
    enum {
        OQL_AND,
        OQL_OR,
        OQL_NOT,
        OQL_COMPARE, /* op: "=", "!=", "<", "<=", ">", ">=" */
        OQL_IS_NULL,
        OQL_IN,
        OQL_LIKE
    } what;
    const oql_condition *left, *right; /* AND, OR; NOT: left */
    char op[3];
    oql_operand a, b;
    const oql_value *list; /* IN */
    size_t list_count;
};

typedef struct oql_source {
    const char *alias; /* NULL: none */
    const nf_entity *entity;
    const nf_association *association; /* of a join */
    int from;                          /* the source that it is joined to */
    bool left;
} oql_source;

typedef struct oql_query {
    char function[8]; /* "": the path itself */
    bool star;
    oql_operand value;
    oql_source sources[OQL_SOURCES];
    size_t source_count;
    const oql_condition *where; /* NULL: all */
} oql_query;

/* Errors: NF_INPUT bad_test, which says what is not understood and where; code
 * "bad_where" if it is the condition alone (*where_at is then where it begins).
 * What *out holds lives in the arena. */
nf_status oql_parse(oql_query *out, nf_arena *arena, const nf_model *model,
                    const char *text, const char **where_at, nf_error *err);
/* *out: the value, its text in the arena. Errors: bad_test where there is not
 * one row, or no such value. */
nf_status oql_run(oql_value *out, nf_arena *arena, const oql_query *query,
                  nf_database *database, nf_error *err);
/* The order of two values: numbers as numbers, times as times; *comparable
 * false where they are of different kinds, or null. */
int oql_compare(const oql_value *a, const oql_value *b, bool *comparable);
/* A literal: number, 'text', true, false, empty or null; false: it is none. */
bool oql_literal(oql_value *out, nf_arena *arena, const char *text,
                 size_t length);

#endif
