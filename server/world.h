/* Flows on the server (activities §11): a store of objects over the server's
 * database, and the rules that commits, deletions, creations and rollbacks
 * follow there. One thread, as the server. */
#ifndef NF_SERVER_WORLD_H
#define NF_SERVER_WORLD_H

#include "interpreter/world.h"
#include "server/server.h"

typedef struct nf_server_session nf_server_session; /* internal.h */

/* Objects of one user's flows. `user` is who commits; `session` judges
 * microflows that apply entity access. */
typedef struct nf_server_store {
    nf_store base;
    nf_server *server;
    nf_server_session *session;
    int64_t user;
    const nf_environment *environment;
    struct nf_idmap *auto_committed; /* whose rows came along only (D73): id →
                                        entity; NULL: nobody asks */
    uint64_t writes;                 /* rows written or removed so far */
    struct nf_idmap *rights;  /* restricted.c: id → nf_object_rights; NULL */
    struct nf_idmap *created; /* ids of what was stored as new; NULL */
    bool guarded;    /* a mark undoes what a commit that fails has written */
    nf_world *world; /* whose store it is */
    nf_database *database; /* what it reads; the server's, or a snapshot */
    bool read_only;        /* nothing is written: flows of calculated values */
    int64_t passing_ids;   /* given out while it is read_only */
    struct nf_calculator *calculator; /* calculated.c; NULL: not needed yet */
    struct nf_siblings *siblings; /* of what was read last; NULL: not needed */
    void *room; /* for the row that is being written; NULL: none yet */
    size_t room_size;
} nf_server_store;

/* All borrowed; becomes the store of the world. */
void nf_server_store_init(nf_server_store *store, nf_server *server,
                          nf_server_session *session, int64_t user,
                          nf_world *world);
void nf_server_store_dispose(nf_server_store *store); /* {0} is fine */

/* What the server gives an object that a flow or an upload has created: its
 * AutoNumbers (D16), who created it and when (D30). */
nf_status nf_server_born(nf_server_store *store, nf_object *object,
                         nf_error *err);
/* A flow has set a member, perhaps to what it was: who changed it last, and
 * when (D31). */
nf_status nf_server_touch(nf_server_store *store, nf_object *object,
                          nf_error *err);

/* ---- calculated.c: attributes that microflows compute (domain D18) ------- */

/* Computes them for an object that was just read or created. Errors: those of
 * the microflows, of which nothing is kept. */
nf_status nf_calculate(nf_server_store *store, nf_object *object,
                       nf_error *err);
/* What can't be computed stays empty, and the log says why: for objects that
 * devices send. */
nf_status nf_calculate_or_log(nf_server_store *store, nf_object *object,
                              nf_error *err);
nf_status nf_calculate_all(nf_server_store *store, nf_list *list, size_t from,
                           nf_error *err);
/* For rows that are no objects of a flow: `values` by member index get what is
 * computed from them. *calculator is made when it is needed. */
typedef struct nf_calculator nf_calculator;
nf_status nf_calculate_row(nf_calculator **calculator, nf_server *server,
                           nf_server_session *session, nf_database *database,
                           const nf_environment *environment,
                           const nf_entity *entity, int64_t id,
                           nf_value *values, nf_error *err);
void nf_calculator_free(nf_calculator *calculator); /* NULL is fine */

/* Flows of the server run from `programs` (borrowed; NULL: its own), and
 * `observer` (borrowed; NULL: nobody) is told of their steps. Not while one
 * runs. */
void nf_server_watch(nf_server *server, struct nf_programs *programs,
                     const struct nf_observer *observer);
/* A Java action that is built in, as nf_host.call: NF_USAGE if it is not. */
nf_status nf_server_java_action(nf_server *server, const char *qualified,
                                const nf_value *arguments, size_t count,
                                nf_value *result, nf_error *err);

/* restricted.c: microflows that apply entity access (activities M2); without a
 * session nothing is restricted. As
 * nf_store_ops.retrieve, and as nf_object_rules.allows. */
nf_status nf_restricted_retrieve(nf_server_store *store, nf_list *out,
                                 nf_objects *objects,
                                 const nf_retrieval *retrieval, nf_error *err);
nf_status nf_restricted_allows(nf_world *world, const nf_entity *entity,
                               const nf_object *object, nf_access_kind kind,
                               const nf_member *member, bool *out,
                               nf_error *err);

/* The object was new before it was stored (D95). */
nf_status nf_restricted_created(nf_server_store *store, const nf_object *object,
                                nf_error *err);
void nf_restricted_dispose(nf_server_store *store);

/* For nf_world.rules, beside such a store. */
extern const nf_object_rules nf_server_rules;

#endif
