/* Inside of database/: one pass of a migration, shared by migrate*.c. */
#ifndef NF_DATABASE_MIGRATION_H
#define NF_DATABASE_MIGRATION_H

#include "base/memory.h"
#include "database/schema.h"

enum {
    KIND_REFERENCE = 100,
    KIND_ONE_TO_ONE = 101,
    KIND_SET = 102,
    SHORT_ID_MAX = 32767,
    NAME_MAX_BYTES = 300, /* of tables and columns, in any statement */
};

typedef struct known_entity {
    int64_t number, short_id;
    nf_guid guid, root;
    char *name, *table;
    bool seen;
} known_entity;

typedef struct known_member {
    nf_guid guid;
    int64_t entity;
    char *name, *column;
    int64_t kind;
    bool seen;
} known_member;

typedef struct migration {
    nf_database *database;
    nf_arena *arena;
    known_entity *entities;
    size_t entity_count, entity_capacity;
    known_member *members;
    size_t member_count, member_capacity;
    nf_map *member_index; /* guid text + entity number → index + 1 */
    nf_map *typed;        /* names of tables with a type column, as kept */
    nf_map *stands;       /* names of the model's indexes, as kept → text */
    int64_t last_number, last_short;
    bool apply, fresh;
    bool renamed; /* a table or column: references need other indexes */
    size_t changes, indexes;
    nf_error *err;
} migration;

/* Counts a change and, in the pass that applies, runs it. NULL: out of
 * memory. */
nf_status nf_migration_run(migration *m, const char *sql);
/* That a database of another version of the app cannot be changed in place. */
nf_status nf_migration_refuse(migration *m, const char *what, const char *name);

/* migrate_known.c */
nf_status nf_migration_load_entities(migration *m);
nf_status nf_migration_load_members(migration *m);
nf_status nf_migration_load_catalogue(migration *m);
/* What `typed` or `stands` has for a name of ours; *out: NULL for nothing. */
nf_status nf_migration_look_up(migration *m, const nf_map *names,
                               const char *name, const char **out);
known_entity *nf_migration_entity(migration *m, const nf_guid *guid);
/* The same for an entity and a member of the model. A fresh file knows none:
 * their identity, a digest where they have no guid, is not asked for. */
known_entity *nf_migration_find_entity(migration *m, const nf_entity *entity);
known_member *nf_migration_find_member(migration *m, const nf_member *member,
                                       int64_t entity);

/* migrate_members.c: where a member is kept; adds those of an entity and of its
 * specializations. */
nf_storage nf_migration_storage(const nf_database *database,
                                const nf_member *member);
nf_status nf_migration_add_members(migration *m, const nf_entity *entity,
                                   int depth);

/* migrate_drop.c */
/* Indexes of one entity's own level (D122, D126). */
nf_status nf_migration_indexes(migration *m, const nf_layout *layout);
nf_status nf_migration_drop_indexes(migration *m);
void nf_migration_count_indexes(migration *m);
/* Drops what the model no longer has (D136). */
nf_status nf_migration_drop(migration *m);

#endif
