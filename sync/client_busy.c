/* A resource that this device left unfinished on the server (synchronize W28,
 * A152): its ack was lost, or its record on the device. What was known of it
 * was resolved at the start of the run, so it is fenced, or closed if it was
 * applied, and the run goes on. */
#include "sync/client.h"
#include "sync/document.h"

static void ask(nf_sync_client *client, nf_sync_method method, const char *rest)
{
    char id[NF_SYNC_ID_TEXT];

    nf_hex(id, client->old_id.bytes, sizeof client->old_id.bytes);
    nf_sync_call_begin(&client->call, method, "/sync/v1/syncs/%s%s", id, rest);
    client->asked = true;
}

nf_status nf_client_busy(nf_sync_client *client, nf_error *err)
{
    bson_t reply;
    nf_status status = nf_sync_call_reply(&client->call, &reply, err);

    if (status != NF_OK)
        return status;
    if (strcmp(nf_document_text(&reply, "code", ""), "SYNC_BUSY") != 0 ||
        !nf_document_binary(&reply, "id", client->old_id.bytes,
                            sizeof client->old_id.bytes) ||
        !memcmp(client->old_id.bytes, client->id.bytes,
                sizeof client->id.bytes))
        return nf_sync_error("SYNC_PROTOCOL", err);
    return nf_client_rewind(client, NF_CLIENT_BUSY_FENCE, err);
}

nf_status nf_client_busy_fence(nf_sync_client *client, int timeout_ms,
                               nf_error *err)
{
    nf_status status;
    int code;

    if (!client->asked)
        ask(client, NF_SYNC_DELETE, "");
    status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    code = nf_sync_call_status(&client->call);
    if (code != 200 && code != 404 && code != 409)
        return nf_sync_call_refused(&client->call, err);
    nf_client_go(client, code == 409 ? NF_CLIENT_BUSY_ACK : NF_CLIENT_CREATE);
    return NF_OK;
}

nf_status nf_client_busy_ack(nf_sync_client *client, int timeout_ms,
                             nf_error *err)
{
    nf_status status;

    if (!client->asked) {
        ask(client, NF_SYNC_POST, "/ack");
        nf_put_bool(&client->call.body, "stored", false);
    }
    status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    if (nf_sync_call_status(&client->call) != 204)
        return nf_sync_call_refused(&client->call, err);
    nf_client_go(client, NF_CLIENT_CREATE);
    return NF_OK;
}
