/* Inside of database/: constraints as SQL, shared by xpath_sql.c (conditions),
 * xpath_path.c and xpath_leaf.c. */
#ifndef NF_DATABASE_XPATH_EMIT_H
#define NF_DATABASE_XPATH_EMIT_H

#include "database/xpath_tree.h"

enum {
    PATHS_MAX = 16,
    ALIAS_SIZE = 16,
    PLACE_SIZE = 1024,
    /* What SQLite's parser has open: what each form adds, where a part of a
     * constraint gets a name of its own, and what can't be cut any more. */
    OPEN_JOIN = 3,
    OPEN_NOT = 2,
    OPEN_COLUMN = 11,
    OPEN_SET = 21,
    OPEN_JOINED = 14,
    OPEN_NAMED = 16,
    OPEN_DEEP = 40,
    OPEN_MAX = 82,
    JOINED_MAX = 20 /* hops: a statement of SQLite joins 64 tables */
};

typedef struct emitter {
    nf_sql *sql;
    const nf_sql_scope *scope;
    const nf_value *variables;
} emitter;

/* Where a path has arrived. */
typedef struct place {
    const nf_xnode *path;
    char alias[ALIAS_SIZE];
    char id[PLACE_SIZE];
} place;

/* A leaf condition and the paths in it, arrived at one after the other. */
typedef struct leaf {
    const nf_xnode *node;
    const char *alias; /* of the context row */
    const nf_entity *entity;
    const nf_xnode *paths[PATHS_MAX];
    size_t path_count;
    bool own; /* the context row takes part */
    bool exists;
    place places[PATHS_MAX];
    size_t arrived;
} leaf;

typedef nf_sql_truth (*arrive)(emitter *e, const place *at, leaf *l);

typedef struct mark {
    size_t length, named, count;
} mark;

typedef struct aside {
    nf_buffer text;
    int depth;
    mark at;
    char alias[ALIAS_SIZE]; /* of the row that the named selection is about */
} aside;

/* xpath_sql.c. A value that needs no row; false: it needs one. */
bool nf_emit_constant(const emitter *e, const nf_xnode *node, nf_value *out);
/* What was written so far, and back to that. */
mark nf_emit_save(const emitter *e);
void nf_emit_restore(emitter *e, mark at);
void nf_emit_text(emitter *e, const char *sql);
const nf_dialect *nf_emit_dialect(const emitter *e);
void nf_emit_alias(emitter *e, char alias[ALIAS_SIZE]);
/* From here to leave_aside a condition about a row of `entity`, which depends
 * on nothing else, is written as a selection with a name. */
void nf_emit_go_aside(emitter *e, aside *a, const nf_entity *entity);
/* Leaves the condition "is one of the selected" for the row `alias`. */
nf_sql_truth nf_emit_leave_aside(emitter *e, aside *a, const char *alias,
                                 nf_sql_truth truth);
nf_sql_truth nf_emit_condition(emitter *e, const nf_xnode *node,
                               const char *alias, const nf_entity *entity);

/* xpath_path.c: follows a path from a row; `next` writes what is at its end. */
nf_sql_truth nf_emit_reach(emitter *e, const char *alias, const nf_xnode *path,
                           size_t hop, arrive next, leaf *l);

/* xpath_leaf.c: conditions without conditions in them, except in paths. */
bool nf_emit_is_not(const nf_xnode *node);
nf_sql_truth nf_emit_atom(emitter *e, const nf_xnode *node, const char *alias,
                          const nf_entity *entity);

#endif
