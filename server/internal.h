/* What the files of the server share. Nothing outside server/ includes it. */
#ifndef NF_SERVER_INTERNAL_H
#define NF_SERVER_INTERNAL_H

#include "base/map.h"
#include "base/memory.h"
#include "database/database.h"
#include "database/record.h"
#include "database/statement.h"
#include "database/xpath.h"
#include "server/blobs.h"
#include "server/server.h"
#include "sync/codec.h"
#include "sync/spool.h"

/* ---- entity access (domain §10) ---------------------------------------- */

/* The access of one role set to one entity, compiled once (D101): per rule the
 * members it grants, and which constraint decides whether it holds. */
typedef struct nf_access_use {
    const nf_access_rule *rule;
    int test; /* index of its constraint; -1: holds always */
    uint64_t *read, *write;
} nf_access_use;

typedef struct nf_access {
    const nf_entity *entity;
    bool everything; /* entity access is not evaluated (D90) */
    bool create;
    nf_access_use *uses;
    size_t use_count;
    nf_xpath **xpaths;
    nf_condition *conditions; /* one per constraint */
    const nf_condition **tests;
    size_t test_count;
    nf_condition visible;         /* OR of what grants reading (D94) */
    const nf_condition **sources; /* its items */
} nf_access;

/* The rights on one object: bit per member (borrowed from nowhere, owned). */
typedef struct nf_object_rights {
    bool visible, removable;
    uint64_t *read, *write;
} nf_object_rights;

typedef struct nf_server_session nf_server_session;

/* The compiled access, cached in the session; NULL with an error. */
const nf_access *nf_access_of(nf_server *server, nf_server_session *session,
                              const nf_entity *entity, nf_error *err);
void nf_access_free(nf_access *access);
/* Rights on a stored object whose constraints answered `tests`, or, with
 * `fresh`, on a new one, for which all constraints hold (D95). */
nf_status nf_access_rights(nf_object_rights *out, const nf_access *access,
                           uint64_t tests, bool fresh, nf_error *err);
void nf_object_rights_dispose(nf_object_rights *rights);
#define NF_USER_ROLES "System.UserRoles"
/* D99: whether the value of this member gives a user no other roles than one
 * role of the session's user manages; true for all other members. */
bool nf_access_may_give(const nf_server *server,
                        const nf_server_session *session,
                        const nf_member *member, const nf_value *value);
/* ---- sessions ----------------------------------------------------------- */

struct nf_server_session {
    uint8_t key[NF_SHA256_SIZE]; /* of its row: the digest of its token */
    char *user_name;
    int64_t user, device;
    char *role_names;           /* user roles or module roles, one a line */
    uint64_t *roles;            /* bit per module role of the model */
    const nf_profile *profile;  /* NULL: assumed offline (S4) */
    char *language, *zone_name; /* NULL: the model's */
    nf_timezone *zone;
    nf_environment environment;
    nf_access **access; /* by entity->number */
    int64_t used;
    uint64_t last_use;
};

enum {
    NF_TOKEN_TEXT = 44,                  /* 256 bits, base64url, with NUL */
    NF_SESSION_IDLE_MS = 60 * 60 * 1000, /* unless the options say otherwise */
};

/* What makes a session. */
typedef struct nf_session_values {
    int64_t user, device;
    const char *user_name; /* NULL: that of the row */
    const char *profile, *zone, *language;
    const char *roles; /* one a line */
    char own_name[404], own_zone[64], own_language[64];
} nf_session_values;

/* A session for a user's row: its roles (unless `roles` names some), whether it
 * may sign in, its language and time zone. *code is the status of HTTP; *out is
 * NULL unless it is 201. Belongs to the caller. */
nf_status nf_server_session_for(nf_server_session **out, nf_server *server,
                                nf_session_values *values,
                                const char *const *roles, size_t role_count,
                                int *code, nf_error *err);
/* The same by name, for a host: makes the local user and demo users. */
nf_status nf_server_session_new(nf_server_session **out, nf_server *server,
                                const char *user, const char *const *roles,
                                size_t role_count, const char *profile,
                                int *code, nf_error *err);
void nf_server_session_free(nf_server *server, nf_server_session *session);
/* Makes its row and its token; the device's other sessions end. */
nf_status nf_session_store(nf_server *server, nf_server_session *session,
                           char token[NF_TOKEN_TEXT], nf_error *err);
/* *out NULL: there is none, or it has ended. Borrowed until the next request.
 */
nf_status nf_server_find_session(nf_server *server, const char *token,
                                 nf_server_session **out, nf_error *err);
nf_status nf_session_end(nf_server *server, nf_server_session *session,
                         nf_error *err);
int64_t nf_session_idle_ms(const nf_server *server);
nf_status nf_sessions_collect(nf_server *server, nf_error *err);
/* A random token and the digest under which it is kept. */
bool nf_token_make(nf_server *server, char text[NF_TOKEN_TEXT],
                   uint8_t key[NF_SHA256_SIZE]);

nf_status nf_server_sign_in(nf_server *server, const nf_sync_request *request,
                            nf_sync_response *response, nf_error *err);
nf_status nf_server_sign_out(nf_server *server, nf_server_session *session,
                             nf_sync_response *response, nf_error *err);

/* ---- users, passwords, devices ------------------------------------------- */

const char *nf_server_local_user(const nf_security *security);
/* The user's row; made for the local user and for demo users. *id 0: no such
 * user. */
nf_status nf_server_find_user(nf_server *server, const char *name, int64_t *id,
                              nf_error *err);
nf_status nf_server_anonymous_user(nf_server *server, int64_t *id,
                                   nf_error *err);
/* Ends all sessions and tokens of a user. */
nf_status nf_server_revoke(nf_server *server, int64_t user, nf_error *err);
/* After a row was written: a user whose password changed or who is blocked is
 * signed out (W19). */
nf_status nf_server_user_written(nf_server *server, const nf_entity *entity,
                                 int64_t id, const nf_value *values,
                                 const uint64_t *mask, nf_error *err);
/* Hashes the hashed strings among the members in `mask` (D15). */
nf_status nf_server_hash_secrets(nf_server *server, const nf_entity *entity,
                                 nf_value *values, const uint64_t *mask,
                                 nf_error *err);

enum { NF_PASSWORD_HASH = 160 };
bool nf_password_is_hash(const char *text);
nf_status nf_password_hash(nf_server *server, char out[NF_PASSWORD_HASH],
                           const char *password, nf_error *err);
/* Takes the same time whether `stored` is a hash, empty or NULL. */
bool nf_password_matches(const char *stored, const char *password);
/* The user's id if the password is right, else 0, after the same work; that was
 * done before if `hash` (NULL) is of the same two. */
nf_status nf_server_check_password(nf_server *server, const char *name,
                                   const char *password,
                                   const nf_sign_in_hash *hash, int64_t *user,
                                   nf_error *err);

/* A try to sign in with a password. */
typedef struct nf_sign_in_try {
    const char *user, *peer; /* peer NULL: not known */
} nf_sign_in_try;
/* How long the next try has to wait; 0: not at all. */
nf_status nf_throttle_wait(nf_server *server, const nf_sign_in_try *attempt,
                           int64_t *wait_ms, nf_error *err);
nf_status nf_throttle_failed(nf_server *server, const nf_sign_in_try *attempt,
                             nf_error *err);
nf_status nf_throttle_succeeded(nf_server *server,
                                const nf_sign_in_try *attempt, nf_error *err);
/* The same for new anonymous users of an address. */
nf_status nf_throttle_visit(nf_server *server, const char *peer,
                            int64_t *wait_ms, nf_error *err);
nf_status nf_throttle_visited(nf_server *server, const char *peer,
                              nf_error *err);

/* The number of a user's device: `wanted` if it is this user's or free.
 * *forgotten: the server once knew it. */
nf_status nf_device_register(nf_server *server, int64_t user, int64_t wanted,
                             const char *name, int64_t *out, bool *forgotten,
                             nf_error *err);
/* The device has sent something: its number stays its own. */
nf_status nf_device_sent(nf_server *server, int64_t number, nf_error *err);
nf_status nf_devices_collect(nf_server *server, nf_error *err);

nf_status nf_server_mirror_roles(nf_server *server, nf_error *err);

/* ---- the server ---------------------------------------------------------- */

typedef enum nf_run_state {
    NF_RUN_OPEN,    /* bytes of the upload arrive */
    NF_RUN_STAGED,  /* all are there and are what was announced */
    NF_RUN_APPLIED, /* the outcome is stored; `ready` with a result */
    NF_RUN_ACKED,
    NF_RUN_ABORTED, /* fenced: nothing is ever applied under this id */
    NF_RUN_FAILED   /* the upload was refused as a whole */
} nf_run_state;

/* One sync resource (W27.1): a row of _mx_sync_history. */
typedef struct nf_server_run {
    nf_sync_id id;
    bool exists;  /* and has not ended */
    bool foreign; /* of another user or device: not to be seen (W21) */
    int64_t user, device;
    nf_run_state state;
    char mode[16]; /* as the device said it */
    bool full;     /* mode `all` */
    bool gzip;     /* encoding of the upload (W42) */
    bool dry;      /* a plan: applied, told and undone (plan.c) */
    int64_t length;
    uint8_t sha[NF_SHA256_SIZE];
    uint8_t *request; /* the document of its create, for `views` */
    size_t request_size;
    int64_t touched, sequence;
} nf_server_run;

const char *nf_run_state_name(nf_run_state state);
/* *out: nf_run_dispose. */
nf_status nf_run_load(nf_server *server, const nf_server_session *session,
                      const nf_sync_id *id, nf_server_run *out, nf_error *err);
void nf_run_dispose(nf_server_run *run);
/* The unfinished resource of the session's device, if there is one (W28). */
nf_status nf_run_busy(nf_server *server, const nf_server_session *session,
                      nf_sync_id *id, bool *busy, nf_error *err);
/* Inside a transaction. */
nf_status nf_run_insert(nf_server *server, const nf_server_run *run,
                        nf_error *err);
/* From the state it was loaded with to another. NF_FAILED `state_moved` if
 * somebody else was faster. */
nf_status nf_run_move(nf_server *server, nf_server_run *run, nf_run_state state,
                      nf_error *err);
nf_status nf_run_touch(nf_server *server, nf_server_run *run, nf_error *err);
nf_status nf_run_store_outcome(nf_server *server, nf_server_run *run,
                               const void *outcome, size_t size, nf_error *err);
/* NULL: there is none. *out: nf_free. */
nf_status nf_run_load_outcome(nf_server *server, const nf_server_run *run,
                              uint8_t **out, size_t *size, nf_error *err);
/* Forgets what §27.9 says is forgotten. Inside a transaction. */
nf_status nf_runs_collect(nf_server *server, nf_error *err);

/* An upload that arrives, or the one that arrived last (arrival.c). */
typedef struct nf_arrival {
    nf_sync_id id;
    int64_t size; /* that is here */
    void *digest; /* of all but `tail`; NULL: complete, or none */
    uint8_t tail[NF_STREAM_END];
    size_t tail_size;
    bool complete;
    uint8_t before_end[NF_SHA256_SIZE]; /* once it is complete */
} nf_arrival;
void nf_arrival_add(nf_arrival *arrival, const nf_sync_id *id, int64_t offset,
                    const void *bytes, size_t size);
/* The digest of all bytes; false: it is not known. */
bool nf_arrival_end(nf_arrival *arrival, const nf_sync_id *id, int64_t size,
                    uint8_t whole[NF_SHA256_SIZE]);
/* The digest of all but the last NF_STREAM_END bytes; NULL: not known. */
const uint8_t *nf_arrival_before_end(const nf_arrival *arrival,
                                     const nf_sync_id *id, int64_t size);
void nf_arrival_drop(nf_arrival *arrival); /* {0} is fine */

struct nf_server {
    nf_server_options options;
    nf_database *database;
    struct nf_function_cache *functions; /* NULL: not needed yet */
    nf_database *reader;        /* idle connection for snapshots; NULL: none */
    struct nf_result **results; /* not complete */
    size_t result_count, result_capacity;
    nf_blobs *blobs;
    nf_arrival arrival;
    char *address;
    nf_server_session **sessions;
    size_t session_count, session_capacity;
    uint64_t uses;                /* of sessions, to know the oldest */
    int64_t next_collect;         /* when to look for what has ended */
    struct nf_programs *programs; /* nf_server_programs; NULL: not needed yet */
    struct nf_programs *watched;  /* nf_server_watch; NULL: nobody looks on */
    const struct nf_observer *observer; /* NULL: none */
    uint8_t *touched; /* per entity: used by a nanoflow (S9 b); NULL: not
                         looked at yet */
    /* Of the request under way. */
    int64_t deadline;  /* of nf_clock_elapsed; 0: there is no request */
    int64_t rest_ms;   /* left for its REST calls */
    nf_memory *memory; /* its account; NULL: there is no request */
};

void nf_server_log(nf_server *server, const char *level, const char *format,
                   ...) __attribute__((format(printf, 3, 4)));
int64_t nf_server_now(const nf_server *server);
int64_t nf_server_staged_bytes(const nf_server *server);
/* How long flows of one request may take. */
static inline int64_t nf_server_call_ms(const nf_server *server)
{
    return server->options.call_ms > 0 ? server->options.call_ms : NF_CALL_MS;
}
/* When flows that begin now have to end. */
int64_t nf_server_flow_deadline(const nf_server *server);
/* SYNC_LIMIT if the request under way has taken longer than it may; detail
 * "timeout". */
nf_status nf_server_in_time(const nf_server *server, nf_error *err);
/* Whether what failed needed more memory than a request may use. What is
 * needed to say so may then be used. */
bool nf_server_was_refused_memory(nf_server *server, nf_status status);
nf_status nf_server_random(nf_server *server, void *bytes, size_t size,
                           nf_error *err);

/* ---- staged bytes --------------------------------------------------------- */

/* Limits of §27.9. */
#define NF_STAGED_BYTES_MAX (INT64_C(4) << 30)
enum {
    NF_BODY_MAX = 256 << 20,
    NF_DECODED_MAX = 1 << 30,
    NF_CONTENT_MAX = INT32_MAX,             /* 2 GiB */
    NF_STAGED_MS = 24 * 60 * 60 * 1000,     /* without progress */
    NF_RESULT_MS = 7 * 24 * 60 * 60 * 1000, /* after the last use */
    NF_TOUCH_STEP_MS = 60 * 60 * 1000,      /* progress is noted this often */
};
#define NF_DAY_MS      (INT64_C(24) * 60 * 60 * 1000)
#define NF_REMEMBER_MS (90 * NF_DAY_MS) /* ids and outcomes, after the ack */

/* Whose a blob is and how long it stays: a row of _mx_staged by its name. A
 * blob without a row is removed some day, but for complete contents, which
 * stay while an object or a complete upload names them. */
typedef struct nf_staged {
    bool exists;
    int64_t user, length; /* declared: it counts against the user's quota */
    bool complete;
    int64_t expires;
} nf_staged;
nf_status nf_staged_get(nf_server *server, const nf_blob_name *name,
                        nf_staged *out, nf_error *err);
nf_status nf_staged_put(nf_server *server, const nf_blob_name *name,
                        const nf_staged *staged, nf_error *err);
/* The result of a sync resource that is there: a complete one rather than one
 * that somebody is writing. *name is untouched without one. */
nf_status nf_staged_result(nf_server *server, const nf_sync_id *id,
                           nf_blob_name *name, nf_staged *out, nf_error *err);
/* All results of it, whoever writes them. */
nf_status nf_staged_drop_results(nf_server *server, const nf_sync_id *id,
                                 nf_error *err);
/* Another NF_STAGED_MS from now. */
nf_status nf_staged_touch(nf_server *server, const nf_blob_name *name,
                          const nf_staged *staged, nf_error *err);
/* The row and the bytes. */
nf_status nf_staged_drop(nf_server *server, const nf_blob_name *name,
                         nf_error *err);
nf_status nf_staged_total(nf_server *server, int64_t user, int64_t *out,
                          nf_error *err);
/* Removes what has ended. Inside a transaction. */
nf_status nf_staged_collect(nf_server *server, nf_error *err);
/* Contents that the server gets otherwise than by an upload. An object must
 * name them before the transaction ends. */
nf_status nf_server_put_content(nf_server *server, const void *bytes,
                                size_t size, uint8_t sha[NF_SHA256_SIZE],
                                nf_error *err);
/* *out: nf_free; NULL if there are none. */
nf_status nf_server_get_content(nf_server *server,
                                const uint8_t sha[NF_SHA256_SIZE],
                                uint8_t **out, size_t *size, nf_error *err);

/* The id of the row of `entity` whose attribute has a text; 0: none. */
nf_status nf_server_find_row(nf_server *server, int64_t *id,
                             const nf_entity *entity, const char *attribute,
                             const char *text, nf_error *err);
/* Default values of a new row; *out: nf_members_free. */
nf_status nf_server_defaults(nf_value **out, const nf_entity *entity,
                             int64_t now, nf_error *err);
/* Sets a member in an array of values; the member must exist else nothing
 * happens. Takes over the value. */
void nf_values_set(nf_value *values, const nf_entity *entity,
                   const char *member, nf_value value);
bool nf_values_set_text(nf_value *values, const nf_entity *entity,
                        const char *member, const char *text);

/* Whether an entity takes part in offline data for a profile, and how (S9,
 * S10). False: not at all. */
nf_status nf_server_offline(nf_server *server, const nf_profile *profile,
                            const nf_entity *entity, bool *included,
                            nf_offline_config *config, nf_error *err);

/* ---- upload ---------------------------------------------------------------*/

typedef struct nf_unit nf_unit; /* server/unit.h */

/* Loads an object with the session's rights; row.entity NULL if it is absent.
 */
nf_status nf_server_load(nf_server *server, nf_server_session *session,
                         const nf_entity *entity, int64_t id, nf_record *row,
                         nf_object_rights *rights, nf_error *err);

/* The association that prevents a deletion, and which end of it; NULL: none. */
typedef struct nf_delete_block {
    const nf_association *association;
    bool as_parent;
} nf_delete_block;
/* What is said of it, in a language. */
void nf_delete_block_text(nf_server *server, const nf_delete_block *blocked,
                          const char *language, char *out, size_t size);
/* What the deletion of stored objects takes with it: those first, then what
 * delete behaviours add; or what prevents it (D51). Nothing is deleted yet. */
typedef struct nf_deleted {
    const nf_entity *entity;
    int64_t id;
} nf_deleted;
typedef struct nf_deletion {
    nf_deleted *items;
    size_t count;
    nf_delete_block blocked;
} nf_deletion;
nf_status nf_server_deletion(nf_server *server, nf_deletion *out,
                             const int64_t *ids, size_t count, nf_error *err);
/* Asks ahead for what deleting an object of `entity` will look at
 * (nf_database_expect). */
nf_status nf_server_expect_deletion(nf_server *server, const nf_entity *entity,
                                    int64_t id, nf_error *err);
void nf_deletion_dispose(nf_deletion *deletion);
/* One row with all that the server knows of it; no behaviours. */
nf_status nf_server_remove_row(nf_server *server, const nf_entity *entity,
                               int64_t id, nf_error *err);
/* Deletes a stored object with the delete behaviours of its associations
 * (D51); nothing is deleted if one of them prevents it. */
nf_status nf_server_delete(nf_server *server, int64_t id,
                           nf_delete_block *blocked, nf_error *err);

/* Stored knowledge about ids. */
nf_status nf_server_was_deleted(nf_server *server, int64_t id, bool *out,
                                nf_error *err);
nf_status nf_server_add_tombstone(nf_server *server, const nf_entity *entity,
                                  int64_t id, nf_error *err);

/* MxObjectVersion after a commit: one more than in `values`, the row before
 * (domain D78). Nothing checks it, since what devices send wins (synchronize
 * S113). */
int64_t nf_next_version(const nf_entity *entity, const nf_value *values,
                        bool created);
/* System members as the server keeps them (D30 … D32). */
void nf_stamp(nf_server *server, const nf_entity *entity, nf_value *values,
              uint64_t *mask, int64_t user, bool created);
/* The version alone: flows have done the others. */
void nf_stamp_version(const nf_entity *entity, nf_value *values, uint64_t *mask,
                      bool created);
/* AutoNumbers of a new row. */
nf_status nf_number(nf_server *server, const nf_entity *entity,
                    nf_value *values, const uint64_t *given, nf_error *err);
/* Links staged contents to an object and sets Size and HasContents. */
nf_status nf_server_link_file(nf_server *server, const nf_entity *entity,
                              int64_t id, const uint8_t *sha, int64_t size,
                              nf_value *values, uint64_t *mask, nf_error *err);

/* History entries end after a year. */
nf_status nf_history_collect(nf_server *server, nf_error *err);

/* ---- rules (check.c) ----------------------------------------------------- */

/* An object against the validation rules of its entity (domain D55, D56). The
 * caller fills in what is above the line. */
typedef struct nf_checked {
    nf_server *server;
    const nf_environment *environment;
    const nf_entity *entity;
    int64_t id;
    const nf_value *values;
    /* Whether an object is committed together with this one: then its row does
     * not count for uniqueness. NULL: none is. */
    bool (*together)(const void *user, int64_t id);
    const void *user;
    /* ---- */
    const char *code; /* OBJ_VALIDATION, OBJ_UNIQUE; NULL: it satisfies them */
    nf_buffer text;   /* the caller's to dispose of, in any case */
} nf_checked;
nf_status nf_check_object(nf_checked *checked, nf_error *err);
/* The parts of it. A violated rule: its message, and the code. */
void nf_checked_violated(nf_checked *checked, const nf_validation_rule *rule,
                         const char *code);
nf_status nf_check_unique(nf_checked *checked, nf_error *err);
/* Of texts that a flow has made too long (D13); adds to what was found. */
void nf_check_lengths(nf_checked *checked, const nf_object *object);
/* Whether objects that are committed together have one value where it must be
 * unique. Of `checked` the server and the environment are needed. */
nf_status nf_check_unique_together(nf_checked *checked, nf_object *const *items,
                                   size_t count, nf_error *err);
const char *nf_checked_text(const nf_checked *checked);

/* The compiled flows, shared by all sessions; NULL: out of memory. */
struct nf_programs *nf_server_programs(nf_server *server);
/* What functions keep between requests, compiled regular expressions above
 * all; NULL: slower. */
struct nf_function_cache *nf_server_functions(nf_server *server);

/* ---- events (events.c) --------------------------------------------------- */

/* Whether an entity or one of its generalizations has handlers of an event
 * (Create, Commit, Delete, RollBack; NULL: any). */
bool nf_entity_handles(const nf_entity *entity, const char *event);
/* Commit and delete with all that belongs to them (M4 … M15); *go_on false
 * without an error: a handler said no, and nothing happened. */
struct nf_world;
nf_status nf_events_commit(struct nf_world *world, nf_object *const *items,
                           size_t count, bool events, bool *go_on,
                           nf_error *err);
nf_status nf_events_remove(struct nf_world *world, nf_object *const *items,
                           size_t count, bool *go_on, nf_error *err);
/* A new object with its handlers; `id` 0: a fresh one. *out NULL: refused. */
nf_status nf_events_create(struct nf_world *world, nf_object **out,
                           const nf_entity *entity, int64_t id, bool *go_on,
                           nf_error *err);
/* The handlers of one event alone; `object` NULL before a creation. *go_on
 * false: one said no, with an error if the model wants one. */
nf_status nf_events_run(struct nf_world *world, const nf_entity *entity,
                        const char *event, bool before, nf_object *object,
                        bool *go_on, nf_error *err);
/* The rows alone, with those of new objects that these refer to (M4). */
nf_status nf_events_write(struct nf_world *world, nf_object *const *items,
                          size_t count, nf_error *err);

/* ---- download ------------------------------------------------------------ */

/* A result that is being written (W32, design §10.4). The server keeps those
 * that are not complete by their sync ids; what is written is in a blob. */
typedef struct nf_result nf_result;
/* Begins the result of a unit that was applied, in place of an earlier one:
 * takes the read snapshot and writes what does not need sections. The unit may
 * go then. */
nf_status nf_result_begin(nf_unit *unit, nf_error *err);
/* The one that is not complete; NULL: none. Borrowed until the next call that
 * goes on with it or ends it. */
nf_result *nf_result_find(const nf_server *server, const nf_sync_id *id);
const nf_blob_name *nf_result_blob(const nf_result *result);
/* Goes on until at least `size` bytes are written, or all. A result that is
 * complete, or that failed, has ended. */
nf_status nf_result_extend(nf_result *result, int64_t size, bool *complete,
                           nf_error *err);
/* Ends a result that nobody will ask for; none is fine. */
void nf_result_drop(nf_server *server, const nf_sync_id *id);
/* Ends those that can't go on without a session, or all: NULL. The devices
 * commit again and get fresh ones (A149). */
void nf_results_drop(nf_server *server, const nf_server_session *session);
/* Ends those that nobody has read of for some minutes. */
void nf_results_expire(nf_server *server);
/* Calls `each` for the visible set of an entity (S56), projection applied:
 * members that may not be read are EMPTY. */
typedef nf_status (*nf_visible_fn)(void *user, const nf_record *row,
                                   const nf_object_rights *rights,
                                   nf_error *err);
nf_status nf_visible_each(nf_server *server, nf_server_session *session,
                          const nf_entity *entity, const char *constraint,
                          nf_visible_fn each, void *user, nf_error *err);

/* ---- plans (plan.c) ------------------------------------------------------ */

/* Applies a staged upload, writes the whole result and undoes everything but
 * the bytes of the result. Errors as those of a commit. */
nf_status nf_plan_make(nf_server *server, nf_server_session *session,
                       nf_server_run *run, nf_error *err);
/* How many bytes it has; -1: there is none. */
nf_status nf_plan_size(nf_server *server, const nf_sync_id *id, int64_t *size,
                       nf_error *err);
nf_status nf_plan_drop(nf_server *server, const nf_sync_id *id, nf_error *err);

/* ---- requests ------------------------------------------------------------ */

nf_status nf_handle_syncs(nf_server *server, nf_server_session *session,
                          const nf_sync_request *request,
                          nf_sync_response *response, nf_error *err);
nf_status nf_handle_blob(nf_server *server, nf_server_session *session,
                         const nf_sync_request *request,
                         nf_sync_response *response, nf_error *err);
nf_status nf_handle_file(nf_server *server, nf_server_session *session,
                         const nf_sync_request *request,
                         nf_sync_response *response, nf_error *err);
/* calls.c: microflows that devices call (W48). */
nf_status nf_handle_microflow(nf_server *server, nf_server_session *session,
                              const nf_sync_request *request,
                              nf_sync_response *response, nf_error *err);
/* online.c: objects that devices do not store (W58). */
nf_status nf_handle_objects(nf_server *server, nf_server_session *session,
                            const nf_sync_request *request,
                            nf_sync_response *response, nf_error *err);
/* Their tables, and what has ended in them. Inside a transaction. */
nf_status nf_calls_prepare(nf_server *server, nf_error *err);
nf_status nf_calls_collect(nf_server *server, nf_error *err);
nf_status nf_online_prepare(nf_server *server, nf_error *err);
nf_status nf_online_collect(nf_server *server, nf_error *err);
/* The limits of §27.9 as a message announces them. */
void nf_append_limits(const nf_server *server, nf_buffer *to);
/* The text of a row's member; "" if it has none. */
const char *nf_record_text(const nf_record *row, const char *member);
/* Answers without a body: NF_OK. */
nf_status nf_reply(nf_sync_response *response, int status);
/* Begins a document as the body; nf_reply_end answers with it. Borrowed. */
nf_buffer *nf_reply_begin(nf_sync_response *response);
nf_status nf_reply_end(nf_sync_response *response, int status, nf_error *err);
/* Answers with an error (W38). */
nf_status nf_refuse(nf_sync_response *response, int status, const char *code,
                    const char *text, nf_error *err);

#endif
