/* See siblings.h. */
#include "server/siblings.h"

#include "base/map.h"
#include "base/memory.h"
#include "database/record.h"

enum {
    IDS_MAX = 16384,  /* of a list and of what its objects refer to */
    STEP_FIRST = 8,   /* ids that are looked ahead for at first */
    STEP_MAX = 64,    /* and later */
    ROWS_MAX = 512,   /* that refer to some of them, at once */
    COLUMNS_MAX = 16, /* associations of a list that are followed */
};

/* Ids in the order of the list: of its objects themselves, or of those that one
 * member of them refers to. */
typedef struct column {
    const nf_association *association; /* whose owners are read: of the objects
                                          themselves, as children; else NULL */
    size_t first, count;               /* its part of `ids` */
    size_t seen; /* so many of them have been read or asked for */
    size_t step; /* 0: nobody has followed it yet */
} column;

struct nf_siblings {
    int64_t *ids;
    size_t count, capacity;
    nf_idmap *own, *referred;    /* id → where it comes first in `ids`, + 1 */
    column columns[COLUMNS_MAX]; /* the first: the objects themselves */
    size_t column_count;
};

static void clear(nf_siblings *s)
{
    nf_free(s->ids);
    nf_idmap_free(s->own);
    nf_idmap_free(s->referred);
    *s = (nf_siblings){0};
}

void nf_siblings_free(nf_siblings *siblings)
{
    if (siblings)
        clear(siblings);
    nf_free(siblings);
}

/* ---- the list ------------------------------------------------------------ */

static bool put(nf_siblings *s, nf_idmap *places, int64_t id)
{
    int64_t *grown;

    if (s->count == IDS_MAX)
        return true;
    grown = nf_grow(s->ids, s->count, &s->capacity, sizeof *grown);
    if (!grown)
        return false;
    s->ids = grown;
    grown[s->count++] = id;
    return nf_idmap_get(places, id) ||
           nf_idmap_set(places, id, (void *)(uintptr_t)s->count);
}

static bool put_value(nf_siblings *s, const nf_value *value)
{
    bool ok = true;
    size_t count;
    const int64_t *ids = nf_ids_of(value, &count);

    if (value->kind == NF_KIND_ID)
        return put(s, s->referred, value->as.integer);
    for (size_t i = 0; ok && i < count; i++)
        ok = put(s, s->referred, ids[i]);
    return ok;
}

static column *add_column(nf_siblings *s)
{
    column *c = &s->columns[s->column_count++];

    *c = (column){.first = s->count};
    return c;
}

static bool fill(nf_siblings *s, nf_list *list, size_t from)
{
    const nf_entity *entity = list->entity;
    size_t count = nf_list_count(list);
    column *c = add_column(s);
    bool ok;

    s->own = nf_idmap_new();
    s->referred = nf_idmap_new();
    ok = s->own && s->referred;
    for (size_t i = from; ok && i < count; i++)
        ok = put(s, s->own, list->items[i]->id);
    c->count = s->count - c->first;
    for (size_t m = 0;
         ok && m < entity->member_count && s->column_count < COLUMNS_MAX; m++) {
        if (!entity->members[m].association)
            continue;
        c = add_column(s);
        for (size_t i = from; ok && i < count; i++)
            ok = put_value(s, &list->items[i]->members[m]);
        c->count = s->count - c->first;
    }
    return ok;
}

void nf_siblings_note(nf_siblings **siblings, const nf_database *database,
                      nf_list *list, size_t from)
{
    if (*siblings)
        clear(*siblings);
    if (!nf_database_is_shared(database) || !list->entity ||
        nf_list_count(list) < from + 2)
        return;
    if (!*siblings)
        *siblings = nf_alloc(sizeof **siblings);
    if (*siblings && !fill(*siblings, list, from))
        clear(*siblings);
}

/* ---- what comes next ----------------------------------------------------- */

/* Where an id comes first among these; false: nowhere. */
static bool find(size_t *at, const nf_idmap *places, int64_t id)
{
    uintptr_t place = places ? (uintptr_t)nf_idmap_get(places, id) : 0;

    *at = (size_t)place - 1;
    return place != 0;
}

/* Of a column that is followed at a place: how many ids from there on are to be
 * asked about, one the first time; 0: those have been. */
static size_t look_ahead(column *c, size_t at)
{
    size_t inside = at - c->first, left = c->count - inside;
    size_t many = c->step ? c->step : 1;

    if (inside < c->seen)
        return 0;
    c->step = c->step == 0         ? STEP_FIRST
              : c->step < STEP_MAX ? c->step * 2
                                   : STEP_MAX;
    many = many < left ? many : left;
    c->seen = inside + many;
    return many;
}

static column *column_at(nf_siblings *s, size_t at)
{
    for (size_t i = 1; i < s->column_count; i++)
        if (at >= s->columns[i].first &&
            at - s->columns[i].first < s->columns[i].count)
            return &s->columns[i];
    return NULL;
}

nf_status nf_siblings_fetch(nf_siblings *s, nf_database *database,
                            const nf_entity *entity, int64_t id, nf_error *err)
{
    size_t at, many;
    column *c = s && find(&at, s->referred, id) ? column_at(s, at) : NULL;
    nf_status status = NF_OK;

    many = c ? look_ahead(c, at) : 0;
    if (many == 0 || !nf_database_foresee(database, true))
        return NF_OK;
    for (size_t i = 0; status == NF_OK && i < many; i++)
        status = nf_record_expect_read(database, entity, s->ids[at + i], err);
    nf_database_foresee(database, false);
    return status;
}

/* ---- those that refer to them -------------------------------------------- */

/* The column of the list's own objects, as children of an association. */
static column *column_of(nf_siblings *s, const nf_association *association)
{
    column *c;

    for (size_t i = 1; i < s->column_count; i++)
        if (s->columns[i].association == association)
            return &s->columns[i];
    if (s->column_count == COLUMNS_MAX)
        return NULL;
    c = &s->columns[s->column_count++];
    *c = s->columns[0];
    c->association = association;
    return c;
}

static nf_status expect_ids(nf_database *database,
                            const nf_association *association,
                            const int64_t *ids, size_t many, nf_error *err)
{
    nf_status status = NF_OK;

    if (!nf_database_foresee(database, true))
        return NF_OK;
    for (size_t i = 0; status == NF_OK && i < many; i++)
        status = nf_record_expect_referring(database, association, ids[i], err);
    nf_database_foresee(database, false);
    return status;
}

static nf_status expect_rows(nf_database *database,
                             const nf_association *association,
                             const int64_t *ids, size_t many, nf_error *err)
{
    size_t room = ROWS_MAX;
    nf_status status = NF_OK;

    if (!nf_database_foresee(database, true))
        return NF_OK;
    for (size_t i = 0; status == NF_OK && i < many && room > 0; i++) {
        int64_t *owners = NULL;
        size_t count = 0;

        status = nf_record_referring(database, association, ids[i], &owners,
                                     &count, err);
        for (size_t j = 0; status == NF_OK && j < count && room > 0; j++) {
            status = nf_record_expect_read(database, association->parent,
                                           owners[j], err);
            room--;
        }
        nf_free(owners);
    }
    nf_database_foresee(database, false);
    return status;
}

/* Who refers to each, in one question; their rows in another. */
nf_status nf_siblings_referring(nf_siblings *s, nf_database *database,
                                const nf_association *association,
                                int64_t child, nf_error *err)
{
    const int64_t *ids = &child;
    size_t at, many = 1;
    column *c =
        s && find(&at, s->own, child) ? column_of(s, association) : NULL;
    nf_status status;

    if (!association->parent)
        return NF_OK;
    if (c) {
        many = look_ahead(c, at);
        ids = &s->ids[at];
    }
    if (many == 0)
        return NF_OK;
    status = expect_ids(database, association, ids, many, err);
    return status == NF_OK ? expect_rows(database, association, ids, many, err)
                           : status;
}
