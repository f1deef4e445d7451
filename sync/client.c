/* The step machine of a synchronization (see sync.h). Every state is a
 * function that sends one request and, when the reply is there, moves on; a
 * failure anywhere before the final transaction ends the run with the device
 * as it was, and the pending record tells the next run what to ask (S19, S22,
 * S23, S36). */
#include "sync/client_call.h"


#include <stdlib.h>

enum { FENCE_MS = 5000 }; /* what a cancel waits for the server at most */

/* ---- shared helpers ------------------------------------------------------ */

nf_database *nf_client_database(const nf_sync_client *client)
{
    return nf_device_database(client->options.device);
}

nf_sync_mode nf_client_mode(const nf_sync_client *client,
                            const nf_entity *entity)
{
    return nf_profile_config(client->options.profile, entity).mode;
}

void nf_client_go(nf_sync_client *client, nf_client_state state)
{
    client->state = state;
    client->asked = false;
}

void nf_client_progress(nf_sync_client *client, const char *phase, int64_t done,
                        int64_t total)
{
    if (client->options.progress && !client->flow)
        client->options.progress(client->options.user, phase, done, total);
}

nf_status nf_client_local(nf_status status, nf_error *problem, nf_error *err)
{
    if (status == NF_OK || status == NF_NOMEM)
        return status == NF_OK ? NF_OK : nf_error_nomem(err);
    if (!strncmp(problem->code, "SYNC_", 5)) {
        if (err && !nf_error_is_set(err))
            *err = *problem;
        return status;
    }
    return nf_sync_error("SYNC_LOCAL_STORAGE", err);
}

/* ---- life ---------------------------------------------------------------- */

static bool copy_text(nf_arena *arena, const char **text)
{
    if (!*text)
        return true;
    *text = nf_arena_strdup(arena, *text);
    return *text != NULL;
}

static bool copy_identity(nf_sync_client *client)
{
    nf_sync_identity *identity = &client->options.identity;
    nf_arena *arena = client->arena;
    const char **roles;

    if (!copy_text(arena, &identity->user) ||
        !copy_text(arena, &identity->password) ||
        !copy_text(arena, &identity->profile) ||
        !copy_text(arena, &identity->device_name) ||
        !copy_text(arena, &identity->time_zone) ||
        !copy_text(arena, &identity->language))
        return false;
    if (!identity->roles)
        return true;
    roles = nf_arena_array(arena, identity->role_count + 1, sizeof *roles);
    for (size_t i = 0; roles && i < identity->role_count; i++) {
        roles[i] = identity->roles[i];
        if (!copy_text(arena, &roles[i]))
            return false;
    }
    identity->roles = roles;
    return roles != NULL;
}

nf_status nf_sync_client_new(nf_sync_client **out, nf_sync_transport *transport,
                             const nf_sync_options *options, nf_error *err)
{
    nf_sync_client *client = nf_alloc(sizeof *client);

    *out = NULL;
    if (!client) {
        nf_sync_transport_free(transport);
        return nf_error_nomem(err);
    }
    client->transport = transport;
    client->options = *options;
    nf_sync_call_init(&client->call, transport, options->clock,
                      options->random);
    client->call.app = nf_model_app_id(options->model);
    client->call.retry = !options->no_retry;
    client->arena = nf_arena_new();
    client->texts = nf_arena_new();
    client->skipped = nf_idmap_new();
    client->body = nf_spool_new();
    client->result = nf_spool_new();
    client->file_spool = nf_spool_new();
    if (!client->arena || !client->texts || !client->skipped || !client->body ||
        !client->result || !client->file_spool || !copy_identity(client)) {
        nf_sync_client_free(client);
        return nf_error_nomem(err);
    }
    nf_spool_set_faults(client->body, options->faults, "device-write");
    nf_spool_set_faults(client->result, options->faults, "device-write");
    nf_spool_set_faults(client->file_spool, options->faults, "device-write");
    *out = client;
    return NF_OK;
}

void nf_sync_client_free(nf_sync_client *client)
{
    nf_item_list *lists[6];

    if (!client)
        return;
    lists[0] = &client->uploaded;
    lists[1] = &client->downloaded;
    lists[2] = &client->removed;
    lists[3] = &client->rejected;
    lists[4] = &client->left_out;
    lists[5] = &client->kept;
    for (size_t i = 0; i < 6; i++)
        nf_free(lists[i]->items);
    nf_online_rights_free(client);
    while (client->calls)
        nf_sync_call_flow_free(client->calls);
    nf_sync_call_dispose(&client->call);
    nf_sync_transport_free(client->transport);
    nf_client_stop_applying(client);
    nf_client_drop_files(client);
    nf_free(client->chunk);
    nf_free(client->files);
    nf_free(client->entries);
    nf_idmap_free(client->skipped);
    nf_spool_free(client->body);
    nf_spool_free(client->result);
    nf_spool_free(client->file_spool);
    nf_arena_free(client->texts);
    nf_arena_free(client->arena);
    nf_free(client);
}

void nf_sync_set_alone(nf_sync_client *client, bool alone)
{
    client->alone = alone;
}

void nf_sync_set_items(nf_sync_client *client, bool keep)
{
    client->no_items = !keep;
}

bool nf_sync_running(const nf_sync_client *client)
{
    return client->state != NF_CLIENT_IDLE;
}

static nf_status
look_whether_initial(bool *initial, const nf_sync_client *client, nf_error *err)
{
    int64_t runs = 0;
    nf_status status = nf_device_completed_syncs(client->options.device,
                                                 NF_SYNC_RUN_ALL, &runs, err);

    *initial = status == NF_OK && runs == 0;
    return status;
}

bool nf_sync_is_initial(const nf_sync_client *client)
{
    bool initial;

    (void)look_whether_initial(&initial, client, NULL);
    return initial;
}

int64_t nf_sync_user_id(const nf_sync_client *client)
{
    int64_t id = 0;
    (void)nf_database_get_number(nf_client_database(client), "user_id", 0, &id,
                                 NULL);
    return id;
}

const nf_sync_outcome *nf_sync_last(const nf_sync_client *client)
{
    return &client->outcome;
}

void nf_sync_cancel(nf_sync_client *client)
{
    /* S145: the final transaction is not cancelled, nor what follows it. A
     * call of a microflow is no synchronization. */
    if (!client->flow && client->state > NF_CLIENT_IDLE &&
        client->state < NF_CLIENT_APPLY)
        client->cancelled = true;
}

/* ---- the run --------------------------------------------------------------
 */

static void clear_run(nf_sync_client *client)
{
    client->entry_count = client->sorted_count = 0;
    nf_idmap_free(client->skipped);
    client->skipped = nf_idmap_new();
    nf_client_drop_files(client);
    (void)nf_spool_clear(client->body, NULL);
    (void)nf_spool_clear(client->result, NULL);
    (void)nf_spool_clear(client->file_spool, NULL);
    client->result_tag[0] = '\0';
    client->has_pending = client->cancelled = client->asked = false;
    client->fetched_again = client->disagreed = false;
    nf_client_stop_applying(client);
    client->half = false;
    client->resume = NF_CLIENT_IDLE;
    client->renewals = client->rewinds = 0;
}

static void clear_outcome(nf_sync_client *client)
{
    nf_arena *texts = nf_arena_new();

    client->uploaded.count = client->downloaded.count = 0;
    client->removed.count = client->rejected.count = 0;
    client->left_out.count = client->kept.count = 0;
    memset(&client->outcome, 0, sizeof client->outcome);
    if (texts) {
        nf_arena_free(client->texts);
        client->texts = texts;
    }
    client->call.sent = client->call.received = 0;
}

static void publish(nf_sync_client *client)
{
    nf_sync_outcome *o = &client->outcome;

    o->uploaded = client->no_items ? NULL : client->uploaded.items;
    o->uploaded_count = client->uploaded.count;
    o->downloaded = client->no_items ? NULL : client->downloaded.items;
    o->downloaded_count = client->downloaded.count;
    o->removed = client->removed.items;
    o->removed_count = client->removed.count;
    o->rejected = client->rejected.items;
    o->rejected_count = client->rejected.count;
    o->skipped = client->left_out.items;
    o->skipped_count = client->left_out.count;
    o->kept = client->kept.items;
    o->kept_count = client->kept.count;
    o->bytes_sent = client->call.sent;
    o->bytes_received = client->call.received;
}

static void end_run(nf_sync_client *client)
{
    client->transport->ops->cancel(client->transport);
    client->call.active = false;
    client->call.wait_until = 0;
    client->call.attempts = 0;
    nf_device_unlock(client->options.device);
    publish(client);
    clear_run(client);
    client->dry = false;
    client->flow = NULL;
    client->state = NF_CLIENT_IDLE;
}

static nf_status begin_run(nf_sync_client *client, nf_sync_kind kind,
                           nf_object *const *objects, size_t count,
                           nf_error *err)
{
    nf_error problem = {0};

    clear_run(client);
    clear_outcome(client);
    if (!client->skipped)
        return nf_error_nomem(err);
    client->kind = kind;
    client->outcome.kind = kind;
    if (kind == NF_SYNC_RUN_ALL) {
        nf_status status =
            look_whether_initial(&client->outcome.initial, client, err);

        if (status != NF_OK)
            return status;
    }
    client->started = client->options.clock.now(client->options.clock.user);
    return nf_client_local(nf_client_freeze(client, objects, count, &problem),
                           &problem, err);
}

nf_status nf_sync_start(nf_sync_client *client, nf_sync_kind kind,
                        nf_object *const *objects, size_t count, nf_error *err)
{
    nf_status status;

    if (client->state != NF_CLIENT_IDLE)
        return nf_sync_error("SYNC_BUSY", err);
    status = begin_run(client, kind, objects, count, err);
    if (status != NF_OK) {
        end_run(client);
        return status;
    }
    /* S25: nothing to send and nothing to ask for needs no server. */
    if (kind != NF_SYNC_RUN_ALL && client->entry_count == 0)
        nf_client_go(client, NF_CLIENT_END);
    else
        nf_client_go(client, NF_CLIENT_SIGN_IN);
    return NF_OK;
}

nf_status nf_client_begin_call(nf_sync_client *client, nf_sync_flow_call *call,
                               nf_error *err)
{
    clear_run(client);
    clear_outcome(client);
    if (!client->skipped)
        return nf_error_nomem(err);
    /* What comes with the reply is like what a selection asks for. */
    client->kind = NF_SYNC_RUN_SELECTED;
    client->outcome.kind = client->kind;
    client->id = call->id;
    client->flow = call;
    client->resume = NF_CLIENT_CALL_FLOW;
    nf_client_go(client, NF_CLIENT_SIGN_IN);
    return NF_OK;
}

nf_status nf_sync_plan(nf_sync_client *client, nf_sync_kind kind,
                       nf_object *const *objects, size_t count, bool server,
                       nf_error *err)
{
    nf_status status;

    if (client->state != NF_CLIENT_IDLE)
        return nf_sync_error("SYNC_BUSY", err);
    client->dry = true;
    status = begin_run(client, kind, objects, count, err);
    if (status != NF_OK) {
        end_run(client);
        return status;
    }
    client->outcome.dry_run = true;
    client->half = !server;
    /* What became of an earlier run is not asked for: a change that the server
     * has applied is known there by its mid. */
    client->resume = NF_CLIENT_PREPARE;
    nf_client_go(client, server ? NF_CLIENT_SIGN_IN : NF_CLIENT_PREPARE);
    return NF_OK;
}

/* S7, S127: after everything is in place. */
static nf_status partial_error(nf_sync_client *client, nf_error *err)
{
    const nf_profile *profile = client->options.profile;
    nf_version version = nf_model_settings(client->options.model)->version;
    bool throws = profile ? profile->throw_partial_error
                          : version.major > 11 ||
                                (version.major == 11 && version.minor >= 12);
    nf_buffer text;
    nf_status status;

    if (!throws || client->dry || client->rejected.count == 0)
        return NF_OK;
    nf_buffer_init(&text, 1 << 16);
    nf_buffer_format(&text, "%zu object(s) were rejected by the server: ",
                     client->rejected.count);
    for (size_t i = 0; i < client->rejected.count && i < 20; i++) {
        const nf_sync_item *item = &client->rejected.items[i];
        nf_buffer_format(&text, "%s%.*s %s %lld", i ? ", " : "",
                         (int)strcspn(item->reason, " "), item->reason,
                         item->entity->qualified, (long long)item->id);
    }
    status = nf_error_set(err, NF_FAILED, "SYNC_PARTIAL", "%s (SYNC_PARTIAL)",
                          text.failed ? "objects were rejected"
                                      : nf_buffer_string(&text));
    nf_buffer_dispose(&text);
    return status;
}

static nf_status step_end(nf_sync_client *client, int timeout_ms, nf_error *err)
{
    (void)timeout_ms;
    return partial_error(client, err);
}

typedef nf_status (*step_fn)(nf_sync_client *client, int timeout_ms,
                             nf_error *err);
static const step_fn steps[] = {
    [NF_CLIENT_SIGN_IN] = nf_client_sign_in,
    [NF_CLIENT_RESOLVE] = nf_client_resolve,
    [NF_CLIENT_FENCE] = nf_client_fence,
    [NF_CLIENT_OLD_COMMIT] = nf_client_old_commit,
    [NF_CLIENT_OLD_RESULT] = nf_client_old_result,
    [NF_CLIENT_OLD_ACK] = nf_client_old_ack,
    [NF_CLIENT_PREPARE] = nf_client_prepare,
    [NF_CLIENT_HALF] = nf_client_half,
    [NF_CLIENT_FILE_STATE] = nf_client_file_state,
    [NF_CLIENT_FILE_SEND] = nf_client_file_send,
    [NF_CLIENT_CREATE] = nf_client_create,
    [NF_CLIENT_BUSY_FENCE] = nf_client_busy_fence,
    [NF_CLIENT_BUSY_ACK] = nf_client_busy_ack,
    [NF_CLIENT_BODY_STATE] = nf_client_body_state,
    [NF_CLIENT_BODY] = nf_client_body,
    [NF_CLIENT_COMMIT] = nf_client_commit,
    [NF_CLIENT_CALL_FLOW] = nf_client_call_flow,
    [NF_CLIENT_RESULT] = nf_client_result,
    [NF_CLIENT_CHECK] = nf_client_check,
    [NF_CLIENT_FILE_FETCH] = nf_client_file_fetch,
    [NF_CLIENT_APPLY] = nf_client_apply,
    [NF_CLIENT_ACK] = nf_client_ack,
    [NF_CLIENT_END] = step_end,
    [NF_CLIENT_CANCEL] = nf_client_cancel,
};

/* S145: what the server may have of a run that it was not asked to apply is
 * fenced. From the commit on it can't be taken back: the pending record stays,
 * and the next run takes the outcome over. */
static nf_status stop(nf_sync_client *client, nf_error *err)
{
    nf_client_state state = client->state;
    bool fence = state >= NF_CLIENT_FILE_STATE &&
                 (state < NF_CLIENT_COMMIT ||
                  (state == NF_CLIENT_COMMIT && !client->asked));

    client->cancelled = false;
    if (!fence)
        return nf_sync_error("SYNC_CANCELLED", err);
    client->give_up_at = nf_clock_elapsed() + FENCE_MS;
    nf_client_go(client, NF_CLIENT_CANCEL);
    return NF_OK;
}

static nf_status step_once(nf_sync_client *client, int timeout_ms,
                           nf_error *err)
{
    nf_error problem = {0};
    nf_status status;

    if (client->cancelled && client->state < NF_CLIENT_APPLY)
        return stop(client, err);
    status = steps[client->state](client, timeout_ms, &problem);
    if (status == NF_FAILED && !strcmp(problem.code, "SYNC_AUTH") &&
        nf_client_renew(client))
        return NF_OK;
    if (status != NF_OK && status != NF_PENDING && err && !nf_error_is_set(err))
        *err = problem;
    return status;
}

nf_status nf_sync_step(nf_sync_client *client, int timeout_ms, nf_error *err)
{
    nf_status status = NF_OK;

    while (client->state != NF_CLIENT_IDLE) {
        bool last = client->state == NF_CLIENT_END;

        status = step_once(client, timeout_ms, err);
        if (status == NF_PENDING)
            return NF_PENDING;
        if (status != NF_OK || last)
            end_run(client);
    }
    return status;
}

void nf_sync_abandon(nf_sync_client *client)
{
    if (client->state != NF_CLIENT_IDLE)
        end_run(client);
}
