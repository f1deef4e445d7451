/* Inside of the device's side: shared by the files client*.c, nobody else. */
#ifndef NF_SYNC_CLIENT_H
#define NF_SYNC_CLIENT_H

#include "base/map.h"
#include "base/memory.h"
#include "database/device.h"
#include "sync/calls.h"
#include "sync/spool.h"
#include "sync/sync.h"

/* The steps of a run, in order (synchronize §5, §27.1). */
typedef enum nf_client_state {
    NF_CLIENT_IDLE,
    NF_CLIENT_SIGN_IN,
    NF_CLIENT_RESOLVE, /* ask about a pending record (S23) */
    NF_CLIENT_FENCE,
    NF_CLIENT_OLD_COMMIT, /* its outcome */
    NF_CLIENT_OLD_RESULT,
    NF_CLIENT_OLD_ACK,
    NF_CLIENT_PREPARE, /* the upload body, the pending record */
    NF_CLIENT_HALF,    /* a plan without a server */
    NF_CLIENT_FILE_STATE,
    NF_CLIENT_FILE_SEND,
    NF_CLIENT_CREATE,
    NF_CLIENT_BUSY_FENCE, /* another resource of this device (W28) */
    NF_CLIENT_BUSY_ACK,
    NF_CLIENT_BODY_STATE,
    NF_CLIENT_BODY,
    NF_CLIENT_COMMIT,
    NF_CLIENT_CALL_FLOW, /* client_call.c, in place of all from RESOLVE on */
    NF_CLIENT_RESULT,
    NF_CLIENT_CHECK,
    NF_CLIENT_FILE_FETCH,
    NF_CLIENT_APPLY,
    NF_CLIENT_ACK,
    NF_CLIENT_END,
    NF_CLIENT_CANCEL, /* fence what was begun (S145) */
} nf_client_state;

/* An object of the frozen set (S29), or of an earlier run whose outcome this
 * one takes over. Kept small: there is one per changed object. */
typedef struct nf_client_entry {
    nf_frozen frozen;
    const nf_entity *entity;
    int64_t lseq;
    /* Code and text of a refusal, or what was cleared; in the outcome's texts,
     * NULL none. */
    const char *reason;
    uint32_t bytes;    /* of its record in the upload */
    uint8_t state;     /* nf_outcome_state */
    bool old : 1;      /* its outcome is known from an earlier run */
    bool decided : 1;  /* outcome received */
    bool answered : 1; /* single object or gone received */
    bool stored : 1;   /* while applying */
    bool removed : 1;
    bool seen : 1; /* in its section, while applying */
    bool same : 1; /* the server has what was sent, under `hash` */
    uint8_t hash[16];
} nf_client_entry;

typedef struct nf_client_file {
    const nf_entity *entity;
    int64_t id, size;
    uint8_t sha[NF_SHA256_SIZE];
    char version[72];
    bool again; /* down: fetched a second time */
} nf_client_file;

typedef struct nf_item_list {
    nf_sync_item *items;
    size_t count, capacity;
} nf_item_list;

/* A decoded `obj` record (client_object.c). */
typedef struct nf_incoming {
    const nf_entity *entity; /* NULL: none yet */
    nf_value *values;        /* of every member */
    uint64_t *given, *read_only, *inaccessible;
    nf_buffer lists; /* what the last two were made from */
} nf_incoming;
void nf_incoming_dispose(nf_incoming *incoming); /* {0} is fine */
/* Replaces what it held. NF_FAILED with OBJ_VALUE or OBJ_UNKNOWN_MEMBER. */
nf_status nf_incoming_read(nf_incoming *incoming, const nf_entity *entity,
                           const nf_wire *record, nf_error *err);

typedef struct nf_checker nf_checker;
typedef struct nf_applier nf_applier;

struct nf_sync_client {
    nf_sync_transport *transport;
    nf_sync_options options;
    nf_arena *arena; /* identity */
    nf_sync_call call;
    bool signed_in;
    bool without_token; /* it was refused: the password, if there is one */
    /* the run */
    nf_client_state state;
    bool asked; /* the request of this state is under way */
    bool cancelled;
    bool dry;               /* a plan: nothing stays, here or there */
    bool half;              /* of which only what would be sent is wanted */
    int64_t give_up_at;     /* CANCEL: on the machine's clock */
    nf_client_state resume; /* after a new session; IDLE: from the start */
    int renewals, rewinds;
    nf_sync_flow_call *flow;  /* the run is this call; NULL: it is none */
    nf_sync_flow_call *calls; /* all there are */
    struct nf_online_rights *online_rights; /* client_objects.c */
    nf_sync_kind kind;
    nf_sync_id id, old_id;
    int64_t started;
    nf_client_entry *entries;
    size_t entry_count, entry_capacity;
    size_t sorted_count; /* of these, sorted by id for nf_client_find */
    nf_spool *body, *result;
    bool packed; /* `body` is compressed */
    uint8_t body_sha[NF_SHA256_SIZE];
    char result_tag[NF_SYNC_ETAG]; /* what `result` is the beginning of */
    nf_client_file *files;
    size_t file_count, file_capacity, file_at;
    nf_spool *file_spool;
    char *chunk;       /* bytes of the PATCH under way */
    nf_idmap *skipped; /* ids whose contents can't be had (S103) */
    bool has_pending;
    /* The result. While it is applied as it arrives there is an applier. */
    bool alone;         /* nobody else uses the device's database */
    bool decided;       /* whether it is */
    bool fetched_again; /* a damaged one */
    bool disagreed;     /* about a difference */
    bool no_items;      /* what went and came is counted only */
    nf_stream_reader reader;
    nf_checker *check;
    nf_applier *applier;
    int64_t arrived;
    int64_t apply_from; /* set aside: where what is to be applied begins */
    bool old_known;     /* every outcome of the earlier run is in the record */
    /* what it did */
    nf_arena *texts;
    nf_item_list uploaded, downloaded, removed, rejected, left_out, kept;
    nf_sync_outcome outcome;
};

nf_database *nf_client_database(const nf_sync_client *client);
nf_client_entry *nf_client_find(const nf_sync_client *client, int64_t id);
/* A new entry; nf_client_find sees it after nf_client_sort, which moves
 * entries. */
nf_client_entry *nf_client_add(nf_sync_client *client, int64_t id,
                               const nf_entity *entity, nf_error *err);
/* By id; of several with one id the first stays. */
void nf_client_sort(nf_sync_client *client);
/* What an outcome says beside its state, cut where it gets too long: code and
 * text of a refusal, or which references were cleared (S93, S95); "" nothing.
 */
nf_status nf_client_reason(char reason[320], const nf_wire *record,
                           const nf_entity *entity, nf_error *err);
/* Notes that for an entry. */
nf_status nf_client_explain(nf_sync_client *client, nf_client_entry *entry,
                            const nf_wire *record, nf_error *err);
bool nf_client_item(nf_sync_client *client, nf_item_list *list,
                    const nf_entity *entity, int64_t id, const char *reason,
                    int64_t bytes);
/* Takes the last item of an object out of a list again, which had one. */
void nf_client_drop_item(nf_sync_client *client, nf_item_list *list,
                         int64_t id);
nf_client_file *nf_client_add_file(nf_sync_client *client, nf_error *err);
void nf_client_drop_files(nf_sync_client *client);
nf_sync_mode nf_client_mode(const nf_sync_client *client,
                            const nf_entity *entity);
void nf_client_go(nf_sync_client *client, nf_client_state state);
void nf_client_progress(nf_sync_client *client, const char *phase, int64_t done,
                        int64_t total);
/* An infrastructure error of the device's own: SYNC_LOCAL_STORAGE. */
nf_status nf_client_local(nf_status status, nf_error *problem, nf_error *err);

/* client_call.c */
nf_status nf_client_call_flow(nf_sync_client *client, int timeout_ms,
                              nf_error *err);
nf_status nf_client_begin_call(nf_sync_client *client, nf_sync_flow_call *call,
                               nf_error *err);

/* client_freeze.c */
nf_status nf_client_freeze(nf_sync_client *client, nf_object *const *objects,
                           size_t count, nf_error *err);

/* client_resolve.c: each step returns NF_OK when it has moved on. */
nf_status nf_client_resolve(nf_sync_client *client, int timeout_ms,
                            nf_error *err);
nf_status nf_client_fence(nf_sync_client *client, int timeout_ms,
                          nf_error *err);
nf_status nf_client_old_commit(nf_sync_client *client, int timeout_ms,
                               nf_error *err);
nf_status nf_client_old_result(nf_sync_client *client, int timeout_ms,
                               nf_error *err);
nf_status nf_client_old_ack(nf_sync_client *client, int timeout_ms,
                            nf_error *err);

/* client_pending.c: the record of what is under way (S22). */
nf_status nf_client_save_pending(nf_sync_client *client, nf_error *err);
nf_status nf_client_drop_pending(nf_sync_client *client, nf_error *err);
/* Reads it: has_pending, old_id, and the outcomes that it holds. */
nf_status nf_client_load_pending(nf_sync_client *client, nf_error *err);
/* Takes over the outcomes in client->result for what the record froze. */
nf_status nf_client_adopt_result(nf_sync_client *client, nf_error *err);

/* client_session.c */
nf_status nf_client_sign_in(nf_sync_client *client, int timeout_ms,
                            nf_error *err);
/* A request was refused for want of a session: NF_OK if a new one is asked for
 * and the run goes on after it (S31, A102). */
bool nf_client_renew(nf_sync_client *client);

/* client_views.c */
/* Whether a full synchronization asks for the entity's section. */
bool nf_client_downloads(const nf_sync_client *client, const nf_entity *entity);
/* Appends `views` to the request that creates a full synchronization. */
nf_status nf_client_append_views(nf_sync_client *client, nf_buffer *to,
                                 nf_error *err);

/* client_body.c: `body` and its digest. */
nf_status nf_client_write_body(nf_sync_client *client, nf_error *err);

/* client_upload.c */
nf_status nf_client_prepare(nf_sync_client *client, int timeout_ms,
                            nf_error *err);
nf_status nf_client_half(nf_sync_client *client, int timeout_ms, nf_error *err);
nf_status nf_client_file_state(nf_sync_client *client, int timeout_ms,
                               nf_error *err);
nf_status nf_client_file_send(nf_sync_client *client, int timeout_ms,
                              nf_error *err);
/* The answer to a create names another resource (client_busy.c). */
nf_status nf_client_busy(nf_sync_client *client, nf_error *err);
nf_status nf_client_busy_fence(nf_sync_client *client, int timeout_ms,
                               nf_error *err);
nf_status nf_client_busy_ack(nf_sync_client *client, int timeout_ms,
                             nf_error *err);
/* client_pack.c: compresses the body where that pays. */
nf_status nf_client_pack(nf_sync_client *client, nf_error *err);
nf_status nf_client_create(nf_sync_client *client, int timeout_ms,
                           nf_error *err);
/* A request about something that the server no longer has: goes on in an
 * earlier state, or fails with what the reply says after several times. */
nf_status nf_client_rewind(nf_sync_client *client, nf_client_state state,
                           nf_error *err);
nf_status nf_client_body_state(nf_sync_client *client, int timeout_ms,
                               nf_error *err);
nf_status nf_client_body(nf_sync_client *client, int timeout_ms, nf_error *err);
nf_status nf_client_cancel(nf_sync_client *client, int timeout_ms,
                           nf_error *err);
nf_status nf_client_commit(nf_sync_client *client, int timeout_ms,
                           nf_error *err);

/* client_check.c: W33. `fresh`: the device has nothing yet. NULL: out of
 * memory. */
nf_checker *nf_checker_new(nf_sync_client *client, bool fresh);
void nf_checker_free(nf_checker *check); /* NULL is fine */
/* SYNC_PROTOCOL, or an error of the device. */
nf_status nf_checker_record(nf_checker *check, const nf_wire *record,
                            nf_error *err);
/* The last object that was checked; borrowed until the next record. */
nf_incoming *nf_checker_object(nf_checker *check);
nf_status nf_checker_end(nf_checker *check, nf_error *err);

/* client_result.c */
/* Ends what was begun of a result that is applied while it arrives: nothing of
 * it stays. */
void nf_client_stop_applying(nf_sync_client *client);
nf_status nf_client_read_result(nf_sync_client *client, int timeout_ms,
                                nf_client_state next, const nf_sync_id *id,
                                nf_error *err);
nf_status nf_client_result(nf_sync_client *client, int timeout_ms,
                           nf_error *err);
nf_status nf_client_check(nf_sync_client *client, int timeout_ms,
                          nf_error *err);
nf_status nf_client_file_fetch(nf_sync_client *client, int timeout_ms,
                               nf_error *err);

/* client_apply.c */
/* Begins the one transaction with the outcomes of what was sent. */
nf_status nf_applier_new(nf_applier **out, nf_sync_client *client,
                         nf_error *err);
void nf_applier_free(nf_applier *applier); /* undoes; NULL is fine */
/* One checked record; `object` as it was decoded, NULL: not yet. */
nf_status nf_applier_record(nf_applier *applier, const nf_wire *record,
                            nf_incoming *object, nf_error *err);
nf_status nf_client_apply(nf_sync_client *client, int timeout_ms,
                          nf_error *err);
nf_status nf_client_ack(nf_sync_client *client, int timeout_ms, nf_error *err);

#endif
