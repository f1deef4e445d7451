/* What became of a run that was interrupted (synchronize S22, S23, S36): the
 * server is asked for its id. Applied, then its outcome is taken over; else
 * the id is fenced, so that nothing that arrives late is applied. */
#include "sync/client.h"
#include "sync/document.h"

static void ask_old(nf_sync_client *client, nf_sync_method method,
                    const char *rest)
{
    char id[NF_SYNC_ID_TEXT];

    nf_hex(id, client->old_id.bytes, 16);
    nf_sync_call_begin(&client->call, method, "/sync/v1/syncs/%s%s", id, rest);
    client->asked = true;
}

nf_status nf_client_resolve(nf_sync_client *client, int timeout_ms,
                            nf_error *err)
{
    bson_t reply;
    const char *state;
    nf_status status;

    if (!client->asked) {
        status = nf_client_load_pending(client, err);
        if (status != NF_OK)
            return status;
        if (!client->has_pending) {
            nf_client_go(client, NF_CLIENT_PREPARE);
            return NF_OK;
        }
        if (client->old_known) {
            nf_client_go(client, NF_CLIENT_OLD_ACK);
            return NF_OK;
        }
        ask_old(client, NF_SYNC_GET, "");
    }
    status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    if (nf_sync_call_status(&client->call) == 404) {
        nf_client_go(client, NF_CLIENT_FENCE);
        return NF_OK;
    }
    if (nf_sync_call_status(&client->call) != 200)
        return nf_sync_call_refused(&client->call, err);
    status = nf_sync_call_reply(&client->call, &reply, err);
    if (status != NF_OK)
        return status;
    state = nf_document_text(&reply, "state", "");
    nf_client_go(client, !strcmp(state, "applied") || !strcmp(state, "ready")
                             ? NF_CLIENT_OLD_COMMIT
                             : NF_CLIENT_FENCE);
    return NF_OK;
}

nf_status nf_client_fence(nf_sync_client *client, int timeout_ms, nf_error *err)
{
    nf_status status;

    if (!client->asked)
        ask_old(client, NF_SYNC_DELETE, "");
    status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    if (nf_sync_call_status(&client->call) == 409) { /* applied after all */
        nf_client_go(client, NF_CLIENT_OLD_COMMIT);
        return NF_OK;
    }
    if (nf_sync_call_status(&client->call) != 200)
        return nf_sync_call_refused(&client->call, err);
    nf_client_go(client, NF_CLIENT_PREPARE);
    return nf_client_drop_pending(client, err);
}

nf_status nf_client_old_commit(nf_sync_client *client, int timeout_ms,
                               nf_error *err)
{
    nf_status status;

    if (!client->asked) {
        ask_old(client, NF_SYNC_POST, "/commit");
        client->call.request.wait_ms = NF_SYNC_WAIT_MS;
    }
    status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    if (nf_sync_call_status(&client->call) != 200)
        return nf_sync_call_refused(&client->call, err);
    status = nf_spool_clear(client->result, err);
    nf_client_go(client, NF_CLIENT_OLD_RESULT);
    return status;
}

nf_status nf_client_old_result(nf_sync_client *client, int timeout_ms,
                               nf_error *err)
{
    nf_status status = nf_client_read_result(
        client, timeout_ms, NF_CLIENT_OLD_ACK, &client->old_id, err);

    if (status != NF_OK || client->state != NF_CLIENT_OLD_ACK)
        return status;
    status = nf_client_adopt_result(client, err);
    return status == NF_OK ? nf_spool_clear(client->result, err) : status;
}

/* The outcome is noted, the result was not stored (W28). A lost ack is no
 * error: the server ends the run when the next one is created. */
nf_status nf_client_old_ack(nf_sync_client *client, int timeout_ms,
                            nf_error *err)
{
    nf_error problem = {0};
    nf_status status;

    (void)err;
    if (!client->asked) {
        ask_old(client, NF_SYNC_POST, "/ack");
        nf_put_bool(&client->call.body, "stored", false);
    }
    status = nf_sync_call_step(&client->call, timeout_ms, &problem);
    if (status == NF_PENDING)
        return NF_PENDING;
    nf_client_go(client, NF_CLIENT_PREPARE);
    return NF_OK;
}
