/* The server side of synchronization without sockets: entity access, sessions,
 * apply, download, the error entity (synchronize §6 … §14, §21, §27; domain
 * §10). The same code serves in process (`local:`) and behind HTTP. Between
 * requests everything is in its database and the files beside it, results that
 * are being read excepted: those are made again when they are lost.
 *
 * One thread at a time. Event handlers run as microflows of the user who
 * uploads. Calculated attributes stay empty; where a model has them the server
 * says so once in its log when it opens. */
#ifndef NF_SERVER_SERVER_H
#define NF_SERVER_SERVER_H

#include "interpreter/rest.h"
#include "base/clock.h"
#include "objects/object.h"
#include "sync/transport.h"

typedef struct nf_database nf_database; /* database/database.h */
typedef struct nf_server nf_server;

enum {
    NF_CALL_MS = 300 * 1000,
    NF_REQUEST_MS = 600 * 1000,
    NF_REST_MS = 10 * 1000,
    NF_REQUEST_BYTES = 512 << 20,
};

typedef struct nf_server_options {
    const nf_model *model; /* outlives the server */
    const char *database;  /* path; NULL: in memory */
    nf_clock clock;
    nf_random *random;       /* borrowed; outlives the server */
    int64_t session_idle_ms; /* 0: an hour */
    int64_t token_ms;        /* authentication tokens; 0: a year */
    int busy_ms; /* to wait for another process; 0: 5 seconds, -1: none */
    bool configured_only; /* entities that the profile does not configure are
                             not offline (S9) */
    bool no_demo_users;   /* not with their passwords of the model */
    bool unrestricted; /* entity access and roles of microflows are not judged */
    bool same_model_only; /* refuse devices with another model (S138) */
    /* An uploaded object overwrites only the members that really changed
     * (S114, `sync.merge = changed-members`). */
    bool merge_changed_members;
    /* Who calls a microflow that fails is told why; else only that it failed,
     * and the log has the rest (activities C18). */
    bool tell_failures;
    /* Time of the flows of a request: of a call (C15), or of all event handlers
     * of an upload; 0: NF_CALL_MS. */
    int64_t call_ms;
    /* What one request may use: time, 0: NF_REQUEST_MS; bytes of memory, 0:
     * NF_REQUEST_BYTES; time of all its REST calls, for which everybody else
     * waits, 0: NF_REST_MS. */
    int64_t request_ms, request_bytes, rest_ms;
    int64_t staged_bytes; /* of a user, waiting to be synchronized; 0: 4 GiB */
    nf_faults *faults;    /* what is to go wrong; outlives it; NULL: nothing */
    struct nf_templates *templates; /* of a database in memory; may be NULL */
    /* Lines for the server's log; may be NULL. Level: "warning", "info",
     * "trace". Never data of objects (W56). */
    void (*log)(void *user, const char *level, const char *text);
    /* Java actions of microflows that are not built in, as nf_host.call
     * (interpreter/world.h) without waiting; NULL: there are none. */
    nf_status (*call)(void *user, nf_flow_kind kind, const char *qualified,
                      const nf_parameter *parameters, const nf_value *arguments,
                      size_t count, void **token, nf_value *result,
                      nf_error *err);
    /* Whether REST calls of microflows go out to the network. */
    bool network;
    /* Who answers for them before; as nf_host.rest. May be NULL. */
    nf_rest_fn rest;
    void *user;
} nf_server_options;

/* Opens or creates the database, migrates it, and writes the rows that mirror
 * the model: user roles (domain D142). Errors: NF_INPUT (a database that can't
 * be opened, or of another app), NF_NOMEM. */
nf_status nf_server_open(nf_server **out, const nf_server_options *options,
                         nf_error *err);
void nf_server_close(nf_server *server); /* NULL is fine */
/* rest.c: a REST call of a microflow of this server, as nf_host.rest. */
nf_status nf_server_rest(nf_server *server, const nf_rest_request *request,
                         nf_rest_response *response, nf_error *err);

/* Answers one request. `response->body` is initialized by the caller. NF_OK
 * with any status in `response`; NF_NOMEM. A failure inside is a reply of
 * status 500. */
nf_status nf_server_handle(nf_server *server, const nf_sync_request *request,
                           nf_sync_response *response, nf_error *err);

/* Whose session a token names, for limits; *known false: it is none. */
nf_status nf_server_session_user(nf_server *server, const char *token,
                                 int64_t *user, bool *known, nf_error *err);

/* A password that somebody wants to sign in with, to be compared with what is
 * stored: that takes long, and may be done ahead of the request. */
typedef struct nf_sign_in_hash {
    char *stored, *password; /* of it; "" stored: nothing */
    bool compared, right;
} nf_sign_in_hash;
/* *needed false: the request asks for no such thing. */
nf_status nf_server_sign_in_hash(nf_server *server,
                                 const nf_sync_request *request,
                                 nf_sign_in_hash *out, bool *needed,
                                 nf_error *err);
void nf_sign_in_hash_work(nf_sign_in_hash *hash); /* any thread */
void nf_sign_in_hash_dispose(nf_sign_in_hash *hash);

/* The server as a transport in this process; requests through it are `local`.
 * Borrows the server, which outlives it. */
nf_status nf_server_transport(nf_sync_transport **out, nf_server *server,
                              nf_error *err);

/* ---- for hosts of an in-process server --------------------------------- */

/* The database, for queries (nf_record_query with NF_XPATH_SERVER), names and
 * anything else that is not a change (borrowed). */
nf_database *nf_server_database(nf_server *server);
/* The id of a user's System.User object; made on first use for the local user
 * and for demo users of the model. NULL `user`: the local user. */
nf_status nf_server_user(nf_server *server, int64_t *id, const char *user,
                         nf_error *err);
/* A fresh id of the server's own (domain D110). */
nf_status nf_server_new_id(nf_server *server, const nf_entity *entity,
                           int64_t *id, nf_error *err);

/* A change by another user (design §5, `data import --on server`). All rows
 * of one import are one transaction: begin, rows, end. A row whose id exists
 * changes the members in `given` (bit per member index) and no others; else it
 * is created with defaults for the rest. System members and AutoNumbers are
 * taken as given; those not given are set as the server does. */
typedef struct nf_server_row {
    const nf_entity *entity;
    int64_t id;
    const nf_value *members; /* by member index; associations as ID or IDS */
    const uint64_t *given;
    bool deleted;
    const void *contents; /* file documents; NULL: contents not given */
    size_t contents_size;
} nf_server_row;
/* One transaction. What PostgreSQL refuses may be told late, with this detail:
 * once more from the start and with care the row is found. */
nf_status nf_server_import_begin(nf_server *server, bool careful,
                                 nf_error *err);
nf_status nf_server_import_row(nf_server *server, const nf_server_row *row,
                               nf_error *err);
/* Asks ahead for what importing up to so many rows will look at; of them only
 * entity, id and `deleted` are. */
enum { NF_IMPORT_STRETCH = 64 };
nf_status nf_server_import_expect(nf_server *server, const nf_server_row *rows,
                                  size_t count, nf_error *err);
/* Commits, or undoes the import if `keep` is false. */
nf_status nf_server_import_end(nf_server *server, bool keep, nf_error *err);

/* A row as export shows it; borrowed for the call of `each`. */
typedef struct nf_server_exported {
    const nf_entity *entity;
    int64_t id;
    const nf_value *members;
    const void *contents; /* NULL: none, or no file document */
    size_t contents_size;
} nf_server_exported;
typedef nf_status (*nf_server_export_fn)(void *user,
                                         const nf_server_exported *row,
                                         nf_error *err);
/* Every row, by entity name and id. */
nf_status nf_server_export(nf_server *server, nf_server_export_fn each,
                           void *user, nf_error *err);
/* What the device of `user` would hold after a full synchronization of a fresh
 * device: the visible sets of the profile's entities, members that the user
 * may not read EMPTY (synchronize S56 … S62). `user` NULL and `roles` as in
 * nf_sync_identity; `profile` NULL: the model's offline profile as S8
 * chooses it, else the assumed one. */
nf_status nf_server_export_as(nf_server *server, const char *user,
                              const char *const *roles, size_t role_count,
                              const char *profile, nf_server_export_fn each,
                              void *each_user, nf_error *err);

#endif
