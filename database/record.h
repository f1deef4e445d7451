/* Rows as arrays of values: what the device, the server, import and export
 * share. A record's members are indexed as entity->members of the object's
 * actual entity; references are NF_KIND_ID (EMPTY: none), reference sets
 * NF_KIND_IDS (EMPTY: none), also at the child end of associations with owner
 * Both. No change log is kept here: see device.h. */
#ifndef NF_DATABASE_RECORD_H
#define NF_DATABASE_RECORD_H

#include "database/database.h"
#include "objects/store.h"

typedef struct nf_record {
    const nf_entity *entity; /* actual entity; NULL: there is no such row */
    int64_t id;
    nf_value *members; /* entity->member_count; owned by the record */
    uint64_t tests;    /* nf_selection: bit i is set if tests[i] holds */
    int64_t version;   /* server: grows whenever the row is written; else 0 */
} nf_record;

void nf_record_dispose(nf_record *record); /* {0} is fine */
/* *out: nf_members_free. */
nf_status nf_members_copy(nf_value **out, const nf_value *members, size_t count,
                          nf_error *err);
/* A bit set with room for every member of an entity, zeroed; nf_free. */
uint64_t *nf_member_set_new(const nf_entity *entity);
static inline bool nf_member_set_has(const uint64_t *set, size_t index)
{
    return set && (set[index / 64] >> (index % 64) & 1);
}
static inline void nf_member_set_add(uint64_t *set, size_t index)
{
    set[index / 64] |= (uint64_t)1 << (index % 64);
}
/* One row. `entity`: the object's or a generalization of it; NULL: any. */
nf_status nf_record_read(nf_record *out, nf_database *database,
                         const nf_entity *entity, int64_t id, nf_error *err);
nf_status nf_record_exists(nf_database *database, const nf_entity *entity,
                           int64_t id, bool *out, nf_error *err);
/* Asks that ahead (nf_database_expect). */
nf_status nf_record_expect_exists(nf_database *database,
                                  const nf_entity *entity, int64_t id,
                                  nf_error *err);

/* A new row with the values of all members. Decimals are rounded to the
 * stored scale and must fit (value_out_of_range, D12); `members` gets the
 * rounded value. Links of one-to-one associations take the link away from
 * other objects (D44). Error db_error if the id exists. */
nf_status nf_record_insert(nf_database *database, const nf_entity *entity,
                           int64_t id, nf_value *members, nf_error *err);
/* Writes the members in `mask` (NULL: all); *found (may be NULL) tells whether
 * there is a row. `members` as for insert. */
nf_status nf_record_update(nf_database *database, const nf_entity *entity,
                           int64_t id, nf_value *members, const uint64_t *mask,
                           bool *found, nf_error *err);
/* Asks ahead for what that will look at (nf_database_expect). */
nf_status nf_record_expect_update(nf_database *database,
                                  const nf_entity *entity, int64_t id,
                                  nf_error *err);
/* Server: the number that every row written in this transaction gets in its
 * column _version. Device: 0, it has no such column. */
nf_status nf_database_row_version(nf_database *database, int64_t *out,
                                  nf_error *err);
/* Server: the number that was given out last. As long as it stays the same no
 * row is written or deleted, by whatever process. */
nf_status nf_database_last_version(nf_database *database, int64_t *out,
                                   nf_error *err);
/* Deletes the row and its own links; contents and references of others are
 * the caller's business. */
nf_status nf_record_delete(nf_database *database, const nf_entity *entity,
                           int64_t id, bool *found, nf_error *err);

/* Objects whose member of `association` refers to `child`, by id. *out:
 * nf_free. */
nf_status nf_record_referring(nf_database *database,
                              const nf_association *association, int64_t child,
                              int64_t **out, size_t *count, nf_error *err);
/* Asks that ahead (nf_database_expect). */
nf_status nf_record_expect_referring(nf_database *database,
                                     const nf_association *association,
                                     int64_t child, nf_error *err);
/* Calls `each` (may be NULL) for every stored reference to an object of
 * `entity`, then clears them (S84). */
typedef nf_status (*nf_reference_visit)(void *user,
                                        const nf_association *association,
                                        int64_t owner, nf_error *err);
nf_status nf_record_clear_references(nf_database *database,
                                     const nf_entity *entity, int64_t id,
                                     nf_reference_visit each, void *user,
                                     nf_error *err);
/* Sets or adds one stored link, without a change log. */
nf_status nf_record_link(nf_database *database,
                         const nf_association *association, int64_t owner,
                         int64_t child, nf_error *err);

/* ---- queries ------------------------------------------------------------- */

/* A condition put together from constraints: entity access, filters of a
 * synchronization. Trees are the caller's; nothing is copied. */
typedef enum nf_condition_kind {
    NF_CONDITION_TRUE,
    NF_CONDITION_FALSE,
    NF_CONDITION_XPATH,
    NF_CONDITION_AND, /* of items; none: true */
    NF_CONDITION_OR   /* of items; none: false */
} nf_condition_kind;

typedef struct nf_condition nf_condition;
struct nf_condition {
    nf_condition_kind kind;
    const nf_xpath *xpath;     /* XPATH; compiled for the entity queried or a
                                  generalization of it */
    const nf_value *variables; /* as in nf_retrieval */
    const nf_condition *const *items;
    size_t count;
};

enum { NF_SELECTION_TESTS_MAX = 64 };

typedef struct nf_selection {
    nf_retrieval retrieval;           /* entity, constraint, sorts, range … */
    const nf_condition *condition;    /* and; NULL: none */
    const nf_condition *const *tests; /* answered per row, see nf_record */
    size_t test_count;
    bool exact; /* without specializations */
    int64_t id; /* only this object; 0: all */
    /* nf_rows_seek: mostly to higher ids that are near. A row is read when it
     * is reached, so that rows may be written between two of them. */
    bool onward;
    int64_t after; /* only ids above; for pages without sorts; 0: all */
    /* Only those whose member of this association refers to `child`; NULL:
     * all. The retrieval's entity is the association's parent. */
    const nf_association *referring;
    int64_t child;
    bool ids_only; /* records without members */
} nf_selection;

/* Calls `each` row by row; the callee may take record->members (and set it to
 * NULL). A status other than NF_OK ends the query and is its result. `each`
 * may use the database, but not write the rows of the entity it walks. The
 * environment may be NULL where no constraint or token needs it. */
typedef nf_status (*nf_record_visit)(void *user, nf_record *record,
                                     nf_error *err);
nf_status nf_record_query(nf_database *database, const nf_selection *selection,
                          nf_record_visit each, void *user, nf_error *err);
/* Asks ahead for what that, or nf_record_read, will read (nf_database_expect).
 * The selection is one object, or a constraint of the form [Attribute = $value]
 * for a value that is no Decimal. */
nf_status nf_record_expect(nf_database *database, const nf_selection *selection,
                           nf_error *err);
nf_status nf_record_expect_read(nf_database *database, const nf_entity *entity,
                                int64_t id, nf_error *err);
/* The same rows one by one, without objects: what a member holds is looked at
 * where it is stored. What the selection names outlives the rows; the
 * database may be used meanwhile, but not for writing what they read. */
typedef struct nf_rows nf_rows;
typedef struct nf_row {
    const nf_entity *entity; /* actual entity */
    int64_t id;
    int64_t version; /* as in nf_record */
    uint64_t tests;
} nf_row;
nf_status nf_rows_open(nf_rows **out, nf_database *database,
                       const nf_selection *selection, nf_error *err);
void nf_rows_close(nf_rows *rows); /* NULL is fine */
/* Starts again with another id; the selection had one. */
void nf_rows_seek(nf_rows *rows, int64_t id);
/* Asks ahead for what nf_rows_next will say after nf_rows_seek to this id
 * (nf_database_expect). Leaves the present row. */
nf_status nf_rows_expect(nf_rows *rows, int64_t id, nf_error *err);
/* Leaves the present row, so that what the rows read may be written; the next
 * one is sought. */
void nf_rows_rest(nf_rows *rows);
nf_status nf_rows_next(nf_rows *rows, nf_row *row, bool *more, nf_error *err);
/* A String, Enumeration or Binary member of the present row; false: empty.
 * Borrowed until the next row. */
bool nf_rows_bytes(const nf_rows *rows, size_t member, const char **bytes,
                   size_t *size);
/* Any member of the present row; the caller releases the value. */
nf_status nf_rows_value(nf_rows *rows, size_t member, nf_value *out,
                        nf_error *err);

/* Whether any member of the present row has this value: nf_value_equal, without
 * making a value of what is stored where that can be told from its bytes. */
nf_status nf_rows_same(nf_rows *rows, size_t member, const nf_value *value,
                       bool *out, nf_error *err);

nf_status nf_record_count(nf_database *database, const nf_selection *selection,
                          int64_t *out, nf_error *err);

/* For people (`query --explain`): the SQL text with its parameters and the
 * plan, one line each. *out: nf_free. */
nf_status nf_record_explain(nf_database *database,
                            const nf_selection *selection, char **out,
                            nf_error *err);

#endif
