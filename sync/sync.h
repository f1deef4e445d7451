/* The device's side of a synchronization: a step machine on the session's
 * thread (design §1, §3; synchronize S28 … S36, S56 … S60, S116 … S124). It
 * sees the device's database, the identity map, the model and a transport;
 * never frames, never the server. */
#ifndef NF_SYNC_SYNC_H
#define NF_SYNC_SYNC_H

#include "base/clock.h"
#include "objects/object.h"
#include "sync/transport.h"

typedef struct nf_device nf_device; /* database/device.h */
typedef struct nf_sync_client nf_sync_client;

typedef enum nf_sync_kind {
    NF_SYNC_RUN_ALL,
    NF_SYNC_RUN_UNSYNCHRONIZED,
    NF_SYNC_RUN_SELECTED
} nf_sync_kind;

/* Who signs in (synchronize W18). Strings are copied. */
typedef struct nf_sync_identity {
    const char *user;     /* NULL: anonymous, or the local user of `local:` */
    const char *password; /* NULL: none */
    const char *const *roles; /* in-process server only: exactly these roles
                                 (module or user roles); NULL: the user's */
    size_t role_count;
    const char *profile; /* name; NULL: the assumed offline profile */
    const char *device_name;
    const char *time_zone, *language;
} nf_sync_identity;

typedef struct nf_sync_options {
    const nf_model *model;
    const nf_profile *profile; /* NULL: S4's assumed offline profile */
    nf_device *device;
    nf_objects *objects;
    nf_clock clock;
    nf_random *random;
    nf_sync_identity identity;
    bool no_retry; /* a cut ends the run at once (S147); for tests */
    /* Objects of a running synchronization may be committed and deleted; the
     * later change stays to be sent (S143, sync.concurrent = rebase). */
    bool rebase;
    bool merge; /* changed objects send their changed members only (S114) */
    bool keep_rejected; /* rejected new objects stay, to be sent again (O2) */
    nf_faults *faults;  /* what is to go wrong; outlives it; NULL: nothing */
    /* Progress (Y10): phase name, done, total (0 unknown). May be NULL. */
    void (*progress)(void *user, const char *phase, int64_t done,
                     int64_t total);
    void *user;
} nf_sync_options;

/* Takes over the transport, also on failure. No contact with the server yet. */
nf_status nf_sync_client_new(nf_sync_client **out, nf_sync_transport *transport,
                             const nf_sync_options *options, nf_error *err);
void nf_sync_client_free(nf_sync_client *client);

bool nf_sync_running(const nf_sync_client *client);
/* Whether the device has never completed a full synchronization (S132). */
bool nf_sync_is_initial(const nf_sync_client *client);

/* Starts a run; decides the frozen set now (S29). `objects` are those of the
 * selection, for SELECTED only, borrowed for this call. Errors: SYNC_BUSY
 * (S16), SYNC_ENTITY (S30), those of the database. */
nf_status nf_sync_start(nf_sync_client *client, nf_sync_kind kind,
                        nf_object *const *objects, size_t count, nf_error *err);
/* Goes on for at most about `timeout_ms`: NF_PENDING, or the end: NF_OK, or
 * NF_FAILED with a code of synchronize §17. After the end variables and lists
 * are already up to date (S124), also for SYNC_PARTIAL. */
nf_status nf_sync_step(nf_sync_client *client, int timeout_ms, nf_error *err);
/* What the run waits for: descriptors, of which at most `room` are written, and
 * in *timeout_ms how long it may wait for them (-1: nothing runs; 0: it can go
 * on now). */
size_t nf_sync_watch(const nf_sync_client *client, nf_watch *watches,
                     size_t room, int *timeout_ms);
/* Waits for that, for at most `timeout_ms`; a clock that stands still moves. */
void nf_sync_wait(nf_sync_client *client, int timeout_ms);
/* Y11: the running synchronization ends with SYNC_CANCELLED if it still can. */
void nf_sync_cancel(nf_sync_client *client);
/* Whoever waited for the run is gone: it ends at once, without a word to the
 * server; the next run finds out what became of it (S23). */
void nf_sync_abandon(nf_sync_client *client);

/* Ends the session at the server and forgets the authentication token (S134).
 * What is not synchronized stays on the device (S136). NF_PENDING: call again;
 * an unreachable server is no error, the token is forgotten all the same.
 * SYNC_BUSY while a synchronization runs. */
nf_status nf_sync_sign_out(nf_sync_client *client, int timeout_ms,
                           nf_error *err);

/* Sets an error of synchronize §17 with its text; NF_FAILED. */
nf_status nf_sync_error(const char *code, nf_error *err);

/* Whether nobody else uses the device's database between steps: then the first
 * download is applied while it arrives, in a transaction that stays open
 * (design §10.4). Off at first. */
void nf_sync_set_alone(nf_sync_client *client, bool alone);
/* Whether the outcome lists the objects that went and came, or only counts
 * them; memory then does not depend on how many there are. On at first. */
void nf_sync_set_items(nf_sync_client *client, bool keep);

typedef struct nf_sync_item {
    const nf_entity *entity;
    int64_t id;
    const char *reason; /* code and text; "" none */
    int64_t bytes;
} nf_sync_item;

/* What the last run did (design §5, `sync --json`). Lists that were not kept
 * are NULL; their counts are right. Borrowed until the next
 * start. */
typedef struct nf_sync_outcome {
    nf_sync_kind kind;
    bool initial;
    /* The server no longer knew this device: it is a new one, and what it had
     * sent before may have been applied twice (A165). */
    bool forgotten;
    bool dry_run; /* nothing of it happened */
    const nf_sync_item *uploaded, *downloaded, *removed, *rejected, *skipped;
    size_t uploaded_count, downloaded_count, removed_count, rejected_count,
        skipped_count;
    /* Entities, without ids, that this device's model downloads and the
     * server's does not any more: what is there stays as it is (S168). */
    const nf_sync_item *kept;
    size_t kept_count;
    int64_t bytes_sent, bytes_received, files_sent, files_received;
} nf_sync_outcome;
const nf_sync_outcome *nf_sync_last(const nf_sync_client *client);

/* The id of the signed-in user's System.User object, as the server told at the
 * last sign-in of this device, also in an earlier session; 0: never. */
int64_t nf_sync_user_id(const nf_sync_client *client);

/* ---- microflows of the server (activities §8.3) -------------------------- */

/* A call of a microflow by a nanoflow. Arguments are in the order of the flow's
 * parameters and become bytes at once; nothing is sent yet. Errors:
 * bad_microflow_argument (C12), NF_NOMEM. The client ends later. */
typedef struct nf_sync_flow_call nf_sync_flow_call;
nf_status nf_sync_call_flow(nf_sync_flow_call **out, nf_sync_client *client,
                            const nf_flow *flow, const nf_value *arguments,
                            nf_error *err);
/* Goes on for at most about `timeout_ms`: NF_PENDING, also while something else
 * of the client is under way (S156), or the end: NF_OK, *result is the
 * caller's, and what the microflow sent is in the database and in memory. Else
 * network_error, microflow_failed, validation_failed (C18) or a code of
 * synchronize §17, and nothing has changed here. */
nf_status nf_sync_call_flow_step(nf_sync_flow_call *call, int timeout_ms,
                                 nf_value *result, nf_error *err);
/* Ends it, also while it is under way; what the microflow does is done. */
void nf_sync_call_flow_free(nf_sync_flow_call *call); /* NULL is fine */
/* Whether a pointer is a call that was not freed yet. */
bool nf_sync_is_flow_call(const nf_sync_client *client, const void *pointer);
/* Whether it waits for something else of the client to end. */
bool nf_sync_flow_call_waits(const nf_sync_flow_call *call);

/* ---- objects that only the server has (synchronize S73, W58) -------------- */

typedef enum nf_online_operation {
    NF_ONLINE_CREATE,   /* a new object: result OBJECT; EMPTY: refused (O14) */
    NF_ONLINE_COMMIT,   /* objects show what the server has stored */
    NF_ONLINE_ROLLBACK, /* with the handlers of the server */
    NF_ONLINE_DELETE,
    NF_ONLINE_RETRIEVE /* by an activity: result LIST */
} nf_online_operation;

typedef struct nf_online_variable {
    const char *name;
    nf_type type;
    const nf_value *value;
} nf_online_variable;

/* What an activity asks for; read before the call returns. */
typedef struct nf_online_request {
    nf_online_operation operation;
    const nf_entity *entity;   /* CREATE, RETRIEVE: of what comes */
    nf_object *const *objects; /* COMMIT, ROLLBACK, DELETE */
    size_t count;
    const char *flow; /* RETRIEVE: which activity, with which variables */
    const nf_guid *activity;
    const nf_online_variable *variables;
    size_t variable_count;
} nf_online_request;

/* Such a request is a call like that of a microflow, for the functions above;
 * nf_sync_call_flow_step gives its result, and objects in memory have followed.
 * Without a result above: BOOLEAN, whether it was done or a handler refused
 * without an error. Errors: those above, and what the server answers:
 * access_denied, validation_failed, deleted_object … */
nf_status nf_sync_objects_call(nf_sync_flow_call **out, nf_sync_client *client,
                               const nf_online_request *request, nf_error *err);

/* Starts a run that changes nothing on either side and tells what it would do
 * (`--dry-run`): nf_sync_step goes on with it as with any other. Without
 * `server` it tells the half that would be sent. */
nf_status nf_sync_plan(nf_sync_client *client, nf_sync_kind kind,
                       nf_object *const *objects, size_t count, bool server,
                       nf_error *err);

#endif
