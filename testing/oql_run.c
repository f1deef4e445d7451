/* Running OQL over stored rows, in memory: tests have few. See oql.h. */
#include "testing/oql.h"

#include "objects/object.h"
#include "base/timezone.h"
#include "interpreter/bindings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { ROWS_MAX = 1000000 };

/* The rows of a source. */
typedef struct rows {
    nf_record *items;
    size_t count, capacity;
} rows;

/* One combination of rows of the sources; NULL: a left join found none. */
typedef struct tuple {
    const nf_record *records[OQL_SOURCES];
} tuple;

typedef struct runner {
    nf_arena *arena;
    const oql_query *query;
    rows sources[OQL_SOURCES];
    tuple *tuples;
    size_t count, capacity;
    nf_error *err;
} runner;

/* ---- values -------------------------------------------------------------- */

static oql_value value_of(const runner *r, const nf_value *v)
{
    oql_value value = {.kind = OQL_NULL, .text = "empty"};
    if (v->kind == NF_KIND_EMPTY)
        return value;
    char *text = nf_value_print(v);
    value.text = text ? nf_arena_strdup(r->arena, text) : "";
    nf_free(text);
    switch (v->kind) {
    case NF_KIND_INTEGER:
    case NF_KIND_DECIMAL:
        value.kind = OQL_NUMBER;
        break;
    case NF_KIND_BOOLEAN:
        value.kind = OQL_BOOLEAN;
        break;
    case NF_KIND_DATETIME:
        value.kind = OQL_TIME;
        value.time = v->as.integer;
        break;
    default:
        value.kind = OQL_TEXT;
    }
    return value;
}

static oql_value evaluate(const runner *r, const tuple *t, const oql_operand *o)
{
    oql_value none = {.kind = OQL_NULL, .text = "empty"};
    if (o->source < 0)
        return o->literal;
    const nf_record *record = t->records[o->source];
    if (!record)
        return none;
    if (strcmp(o->member_name, "id") == 0 ||
        strcmp(o->member_name, "ID") == 0) {
        nf_value id = nf_integer(record->id);
        return value_of(r, &id);
    }
    const nf_member *m = nf_entity_find_member(record->entity, o->member_name);
    return m ? value_of(r, &record->members[m->index]) : none;
}

static bool as_time(const oql_value *v, int64_t *time)
{
    *time = v->time;
    if (v->kind == OQL_TIME)
        return true;
    nf_timezone *utc = NULL;
    bool ok = v->kind == OQL_TEXT && nf_timezone_open(&utc, "UTC") == NF_OK &&
              nf_instant_parse(time, v->text, strlen(v->text), utc);
    nf_timezone_close(utc);
    return ok;
}

static int compare_numbers(const oql_value *a, const oql_value *b,
                           bool *comparable)
{
    nf_decimal x = nf_decimal_from_int(0), y = nf_decimal_from_int(0);
    bool first = nf_decimal_parse(&x, a->text, strlen(a->text), false);
    bool second = nf_decimal_parse(&y, b->text, strlen(b->text), false);
    int order = first && second ? nf_decimal_compare(&x, &y) : 0;
    *comparable = first && second;
    if (first)
        nf_decimal_release(&x);
    if (second)
        nf_decimal_release(&y);
    return order;
}

int oql_compare(const oql_value *a, const oql_value *b, bool *comparable)
{
    int64_t x, y;
    *comparable = a->kind != OQL_NULL && b->kind != OQL_NULL;
    if (!*comparable)
        return 0;
    if (a->kind == OQL_NUMBER || b->kind == OQL_NUMBER)
        return compare_numbers(a, b, comparable);
    if (a->kind == OQL_TIME || b->kind == OQL_TIME) {
        *comparable = as_time(a, &x) && as_time(b, &y);
        return *comparable ? (x > y) - (x < y) : 0;
    }
    *comparable = a->kind == b->kind;
    return strcmp(a->text, b->text);
}

/* `%` is any text and `_` any character. */
static bool is_like(const char *text, const char *pattern)
{
    const char *star = NULL, *again = NULL;
    while (*text) {
        if (*pattern == '%') {
            star = ++pattern;
            again = text;
        } else if (*pattern && (*pattern == '_' || *pattern == *text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++again;
        } else {
            return false;
        }
    }
    return !pattern[strspn(pattern, "%")];
}

/* ---- conditions: true, false, unknown (where something is null) ---------- */

enum { NO, YES, UNKNOWN };

static int compare(const oql_value *a, const oql_value *b, const char *op)
{
    bool comparable;
    int order = oql_compare(a, b, &comparable);
    if (!comparable)
        return UNKNOWN;
    switch (*op) {
    case '=':
        return order == 0;
    case '!':
        return order != 0;
    case '<':
        return op[1] ? order <= 0 : order < 0;
    default:
        return op[1] ? order >= 0 : order > 0;
    }
}

static int is_in(const oql_value *a, const oql_condition *c)
{
    int found = NO;
    for (size_t i = 0; i < c->list_count; i++) {
        int equal = compare(a, &c->list[i], "=");
        if (equal == YES)
            return YES;
        found = equal == UNKNOWN ? UNKNOWN : found;
    }
    return found;
}

static int holds(const runner *r, const tuple *t, const oql_condition *c)
{
    int left = c->left ? holds(r, t, c->left) : NO;
    int right = c->right ? holds(r, t, c->right) : NO;
    oql_value a, b;
    switch (c->what) {
    case OQL_AND:
        return left == NO || right == NO ? NO : left == YES ? right : UNKNOWN;
    case OQL_OR:
        return left == YES || right == YES ? YES : left == NO ? right : UNKNOWN;
    case OQL_NOT:
        return left == UNKNOWN ? UNKNOWN : !left;
    default:
        break;
    }
    a = evaluate(r, t, &c->a);
    if (c->what == OQL_IS_NULL)
        return a.kind == OQL_NULL;
    if (c->what == OQL_IN)
        return is_in(&a, c);
    b = evaluate(r, t, &c->b);
    if (c->what == OQL_LIKE)
        return a.kind == OQL_NULL || b.kind == OQL_NULL
                   ? UNKNOWN
                   : is_like(a.text, b.text);
    /* `= empty` asks for what is null, as in XPath. */
    if (c->a.source < 0 ? a.kind == OQL_NULL
                        : c->b.source < 0 && b.kind == OQL_NULL) {
        bool same = a.kind == OQL_NULL && b.kind == OQL_NULL;
        return *c->op == '=' ? same : *c->op == '!' ? !same : UNKNOWN;
    }
    return compare(&a, &b, c->op);
}

/* ---- rows ---------------------------------------------------------------- */

static nf_status take_row(void *user, nf_record *record, nf_error *err)
{
    rows *all = user;
    nf_record *items =
        nf_grow(all->items, all->count, &all->capacity, sizeof *items);
    if (!items)
        return nf_error_nomem(err);
    all->items = items;
    if (all->count == ROWS_MAX)
        return nf_error_set(err, NF_INPUT, "bad_test",
                            "there are too many rows");
    items[all->count++] = *record;
    record->members = NULL; /* taken over */
    return NF_OK;
}

static nf_status load(runner *r, size_t index, nf_database *database)
{
    nf_selection selection = {
        .retrieval = {.entity = r->query->sources[index].entity, .limit = -1}};
    return nf_record_query(database, &selection, take_row, &r->sources[index],
                           r->err);
}

/* Whether one of two rows refers to the other by the association. */
static bool refers(const nf_record *from, const nf_record *to,
                   const nf_association *a)
{
    const nf_member *m = nf_entity_find_member(from->entity, a->qualified);
    const nf_value *v = m ? &from->members[m->index] : NULL;
    return v && (v->kind == NF_KIND_ID ? v->as.integer == to->id
                                       : nf_ids_has(v, to->id));
}

static bool is_linked(const nf_record *a, const nf_record *b,
                      const oql_source *s)
{
    bool forward = s->association->parent &&
                   nf_entity_is(a->entity, s->association->parent);
    return forward ? refers(a, b, s->association)
                   : refers(b, a, s->association);
}

static nf_status add_tuple(runner *r, const tuple *t)
{
    tuple *items = nf_grow(r->tuples, r->count, &r->capacity, sizeof *items);
    if (!items)
        return nf_error_nomem(r->err);
    r->tuples = items;
    if (r->count == ROWS_MAX)
        return nf_error_set(r->err, NF_INPUT, "bad_test",
                            "the joins give too many rows");
    items[r->count++] = *t;
    return NF_OK;
}

/* Every combination so far with every row of the next source that fits. */
static nf_status join(runner *r, size_t index)
{
    const oql_source *s = &r->query->sources[index];
    tuple *before = r->tuples;
    size_t count = r->count;
    nf_status status = NF_OK;
    r->tuples = NULL;
    r->count = r->capacity = 0;
    for (size_t i = 0; status == NF_OK && i < (index ? count : 1); i++) {
        tuple t = {0};
        bool any = false;
        if (index)
            t = before[i];
        const nf_record *from = index ? t.records[s->from] : NULL;
        for (size_t k = 0; status == NF_OK && k < r->sources[index].count;
             k++) {
            t.records[index] = &r->sources[index].items[k];
            if (index && !(from && is_linked(from, t.records[index], s)))
                continue;
            any = true;
            status = add_tuple(r, &t);
        }
        t.records[index] = NULL;
        if (status == NF_OK && !any && s->left)
            status = add_tuple(r, &t);
    }
    nf_free(before);
    return status;
}

/* ---- the value ----------------------------------------------------------- */

static nf_status add_number(runner *r, nf_decimal *sum, const oql_value *v)
{
    nf_decimal number, more;
    if (v->kind != OQL_NUMBER ||
        !nf_decimal_parse(&number, v->text, strlen(v->text), false))
        return nf_error_set(r->err, NF_INPUT, "bad_test",
                            "only numbers have a sum or an average");
    bool ok = nf_decimal_add(&more, sum, &number);
    nf_decimal_release(&number);
    if (!ok)
        return nf_error_set(r->err, NF_INPUT, "bad_test",
                            "the sum is too large");
    nf_decimal_release(sum);
    *sum = more;
    return NF_OK;
}

static const char *print(runner *r, const nf_decimal *number)
{
    size_t length = nf_decimal_format(number, NULL, 0);
    char *text = nf_arena_alloc(r->arena, length + 1);

    if (text)
        nf_decimal_format(number, text, length + 1);
    return text;
}

static void average(runner *r, oql_value *out, const nf_decimal *sum,
                    size_t count)
{
    nf_decimal by = nf_decimal_from_int((int64_t)count), quotient;
    if (!nf_decimal_divide(&quotient, sum, &by, 8, NF_ROUND_HALF_EVEN))
        return;
    out->text = print(r, &quotient);
    nf_decimal_release(&quotient);
    nf_decimal_release(&by);
}

static nf_status sum_up(runner *r, oql_value *out)
{
    nf_decimal sum = nf_decimal_from_int(0);
    size_t count = 0;
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < r->count; i++) {
        oql_value v = evaluate(r, &r->tuples[i], &r->query->value);
        if (v.kind == OQL_NULL)
            continue;
        count++;
        status = add_number(r, &sum, &v);
    }
    if (status == NF_OK && count) {
        out->kind = OQL_NUMBER;
        if (r->query->function[0] == 'a')
            average(r, out, &sum, count);
        else
            out->text = print(r, &sum);
    }
    nf_decimal_release(&sum);
    return status == NF_OK && !out->text ? nf_error_nomem(r->err) : status;
}

static void find_end(runner *r, oql_value *out)
{
    for (size_t i = 0; i < r->count; i++) {
        oql_value v = evaluate(r, &r->tuples[i], &r->query->value);
        bool comparable;
        int order = oql_compare(&v, out, &comparable);
        if (v.kind != OQL_NULL &&
            (out->kind == OQL_NULL ||
             (comparable &&
              (r->query->function[1] == 'i' ? order < 0 : order > 0))))
            *out = v;
    }
}

static nf_status count_up(runner *r, oql_value *out)
{
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++)
        count += r->query->star ||
                 evaluate(r, &r->tuples[i], &r->query->value).kind != OQL_NULL;
    out->kind = OQL_NUMBER;
    out->text = nf_arena_format(r->arena, "%zu", count);
    return out->text ? NF_OK : nf_error_nomem(r->err);
}

static nf_status value_of_all(runner *r, oql_value *out)
{
    const char *function = r->query->function;
    *out = (oql_value){.kind = OQL_NULL, .text = "empty"};
    if (!*function && r->count != 1)
        return nf_error_set(r->err, NF_INPUT, "bad_test",
                            "there are %zu such rows, not one: an aggregate "
                            "would make one value of them",
                            r->count);
    if (!*function) {
        *out = evaluate(r, &r->tuples[0], &r->query->value);
        return NF_OK;
    }
    if (*function == 'c')
        return count_up(r, out);
    if (*function != 'm')
        return sum_up(r, out);
    find_end(r, out);
    return NF_OK;
}

static void keep_those_that_hold(runner *r)
{
    size_t kept = 0;
    for (size_t i = 0; r->query->where && i < r->count; i++)
        if (holds(r, &r->tuples[i], r->query->where) == YES)
            r->tuples[kept++] = r->tuples[i];
    r->count = r->query->where ? kept : r->count;
}

nf_status oql_run(oql_value *out, nf_arena *arena, const oql_query *query,
                  nf_database *database, nf_error *err)
{
    runner r = {.arena = arena, .query = query, .err = err};
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < query->source_count; i++) {
        status = load(&r, i, database);
        if (status == NF_OK)
            status = join(&r, i);
    }
    if (status == NF_OK) {
        keep_those_that_hold(&r);
        status = value_of_all(&r, out);
    }
    for (size_t i = 0; i < query->source_count; i++) {
        for (size_t k = 0; k < r.sources[i].count; k++)
            nf_record_dispose(&r.sources[i].items[k]);
        nf_free(r.sources[i].items);
    }
    nf_free(r.tuples);
    return status;
}
