/* Microflows of the server that nanoflows call (synchronize W48; activities
 * §8.3). A call is a run of the step machine with steps of its own: sign in,
 * call, and what came with the reply is checked and applied as the result of a
 * selective synchronization is. The same call is sent after a cut, with the
 * same id, so it runs once (A151). */
#include "sync/client_call.h"

#include "sync/document.h"

enum {
    CALL_RETRIES = 5, /* of a minute's silence each (C15) */
};

/* ---- life ------------------------------------------------------------------
 */

static nf_status write_arguments(nf_sync_flow_call *call,
                                 const nf_parameter *parameters,
                                 const nf_value *arguments, size_t count,
                                 nf_error *err)
{
    nf_buffer *to = &call->body;
    size_t document, part;
    nf_status status = NF_OK;

    document = nf_put_begin(to);
    nf_put_binary(to, "call", call->id.bytes, sizeof call->id.bytes);
    part = nf_put_document(to, "args");
    for (size_t i = 0; status == NF_OK && i < count; i++)
        status = nf_shared_value_write(call->shared, to, parameters[i].name,
                                       &parameters[i].type, &arguments[i], err);
    nf_put_end(to, part);
    if (status == NF_OK)
        status = nf_shared_objects_write(call->shared, to, "objects", err);
    nf_put_binary(to, "model",
                  nf_model_fingerprint(call->client->options.model),
                  NF_SHA256_SIZE);
    nf_put_end(to, document);
    if (status == NF_OK && to->failed)
        status =
            to->full ? nf_sync_error("SYNC_LIMIT", err) : nf_error_nomem(err);
    return status;
}

nf_status nf_sync_call_new(nf_sync_flow_call **out, nf_sync_client *client,
                           nf_error *err)
{
    const nf_clock *clock = &client->options.clock;
    nf_sync_flow_call *call = nf_alloc(sizeof *call);
    nf_status status = NF_OK;

    *out = NULL;
    if (!call)
        return nf_error_nomem(err);
    call->client = client;
    call->next = client->calls;
    client->calls = call;
    nf_buffer_init(&call->body, NF_SYNC_MESSAGE_MAX);
    nf_buffer_init(&call->reply, NF_SYNC_MESSAGE_MAX);
    call->shared = nf_shared_objects_new(client->options.objects, true,
                                         clock->now(clock->user));
    if (!call->shared)
        status = nf_error_nomem(err);
    /* Never by the seed of a test: another process would call this again. */
    else if (!nf_random_fresh(client->options.random, call->id.bytes,
                              sizeof call->id.bytes))
        status = nf_error_set(err, NF_FAILED, "host_error",
                              "the system gives no random numbers");
    if (status != NF_OK)
        nf_sync_call_flow_free(call);
    else
        *out = call;
    return status;
}

nf_status nf_sync_call_flow(nf_sync_flow_call **out, nf_sync_client *client,
                            const nf_flow *flow, const nf_value *arguments,
                            nf_error *err)
{
    nf_status status = nf_sync_call_new(out, client, err);

    if (status != NF_OK)
        return status;
    (*out)->flow = flow;
    status = write_arguments(*out, flow->parameters, arguments,
                             flow->parameter_count, err);
    if (status != NF_OK) {
        nf_sync_call_flow_free(*out);
        *out = NULL;
    }
    return status;
}

void nf_sync_call_flow_free(nf_sync_flow_call *call)
{
    nf_sync_flow_call **link;

    if (!call)
        return;
    if (call->client->flow == call)
        nf_sync_abandon(call->client);
    for (link = &call->client->calls; *link; link = &(*link)->next)
        if (*link == call) {
            *link = call->next;
            break;
        }
    nf_objects_call_dispose(call);
    nf_shared_objects_free(call->shared);
    nf_value_release(&call->result);
    nf_buffer_dispose(&call->body);
    nf_buffer_dispose(&call->reply);
    nf_free(call);
}

bool nf_sync_is_flow_call(const nf_sync_client *client, const void *pointer)
{
    for (const nf_sync_flow_call *call = client->calls; call; call = call->next)
        if (call == pointer)
            return true;
    return false;
}

bool nf_sync_flow_call_waits(const nf_sync_flow_call *call)
{
    return !call->begun && nf_sync_running(call->client);
}

/* ---- the reply -------------------------------------------------------------
 */

/* C18: as the server says it. */
static nf_status failed(const bson_t *error, nf_error *err)
{
    static const char *const known[] = {"validation_failed", "network_error",
                                        "access_denied", "deleted_object",
                                        "xpath_error"};
    const char *code = nf_document_text(error, "code", "");
    const char *kind = "microflow_failed";

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(code, known[i]))
            kind = known[i];
    return nf_error_set(err, NF_FAILED, kind, "%s",
                        nf_document_text(error, "text", ""));
}

/* Reads it all before any of it shows. */
static nf_status read_result(nf_sync_flow_call *call, const bson_t *reply,
                             nf_error *err)
{
    bson_t objects;
    bson_iter_t iter;
    nf_status status;

    if (!nf_document_part(reply, "objects", &objects))
        return nf_sync_error("SYNC_PROTOCOL", err);
    status = nf_shared_objects_read(call->shared, &objects, err);
    if (status != NF_OK || call->flow->result.kind == NF_KIND_VOID)
        return status;
    if (!bson_iter_init_find(&iter, reply, "result")) /* C14 */
        return nf_error_set(err, NF_FAILED, "microflow_failed",
                            "\"%s\" on the server has no result",
                            call->flow->qualified);
    return nf_shared_value_read(call->shared, &call->result, "result",
                                &call->flow->result, &iter, err);
}

/* The entities of what came: of objects that have gone, the device knows them,
 * or it has nothing to remove. */
static nf_status note_pushed(nf_sync_client *client, const nf_wire *record,
                             nf_error *err)
{
    const nf_entity *entity = NULL;
    nf_status status = NF_OK;

    if (record->kind == NF_WIRE_OBJECT)
        entity = nf_model_find_entity(client->options.model, record->entity);
    else if (record->kind == NF_WIRE_GONE)
        status = nf_device_known_entity(client->options.device, record->id,
                                        &entity, err);
    else
        return NF_OK;
    if (status == NF_OK && !nf_client_add(client, record->id, entity, err))
        status = NF_NOMEM;
    return status;
}

static nf_status take_pushed(nf_sync_client *client, const uint8_t *bytes,
                             uint32_t size, nf_error *err)
{
    nf_stream_reader reader;
    nf_wire record;
    bool more = true;
    nf_status status = nf_spool_write(client->result, bytes, size, err);

    if (status != NF_OK)
        return status;
    status =
        nf_stream_open(&reader, nf_spool_source, client->result, size, err);
    while (status == NF_OK && more) {
        status = nf_stream_next(&reader, &record, &more, err);
        if (status == NF_OK && more)
            status = note_pushed(client, &record, err);
    }
    nf_stream_close(&reader);
    nf_client_sort(client);
    return status;
}

static nf_status take_reply(nf_sync_client *client, const bson_t *reply,
                            nf_error *err)
{
    nf_error problem = {0};
    bson_t error;
    bson_iter_t iter;
    const uint8_t *bytes;
    uint32_t size;
    bson_subtype_t subtype;
    nf_status status;

    if (nf_document_part(reply, "error", &error))
        return failed(&error, err);
    status = client->flow->flow
                 ? read_result(client->flow, reply, err)
                 : nf_objects_call_read(client->flow, reply, err);
    if (status != NF_OK)
        return status;
    if (!client->flow->flow || !bson_iter_init_find(&iter, reply, "push")) {
        nf_client_go(client, NF_CLIENT_END);
        return NF_OK;
    }
    if (!BSON_ITER_HOLDS_BINARY(&iter))
        return nf_sync_error("SYNC_PROTOCOL", err);
    bson_iter_binary(&iter, &subtype, &size, &bytes);
    status = nf_client_local(take_pushed(client, bytes, size, &problem),
                             &problem, err);
    if (status == NF_OK)
        status = nf_overlays_check(client, reply, err);
    if (status == NF_OK)
        nf_client_go(client, NF_CLIENT_CHECK);
    return status;
}

/* ---- the step --------------------------------------------------------------
 */

static void ask(nf_sync_client *client)
{
    nf_sync_flow_call *flow = client->flow;
    nf_sync_call *call = &client->call;

    if (flow->flow)
        nf_sync_call_begin(call, NF_SYNC_POST, "/sync/v1/microflows/%s",
                           flow->flow->qualified);
    else
        nf_sync_call_begin(call, NF_SYNC_POST, "/sync/v1/objects/%s",
                           nf_objects_call_path(flow));
    call->retries = CALL_RETRIES;
    nf_sync_call_document(call, flow->body.data, flow->body.length);
    client->asked = true;
}

nf_status nf_client_call_flow(nf_sync_client *client, int timeout_ms,
                              nf_error *err)
{
    nf_sync_flow_call *flow = client->flow;
    const nf_sync_response *response = &client->call.response;
    bson_t reply;
    nf_status status;

    if (!client->asked)
        ask(client);
    status = nf_sync_call_step(&client->call, timeout_ms, err);
    if (status != NF_OK)
        return status;
    client->asked = false;
    if (response->status == 404 && flow->flow) { /* C17 */
        nf_error_set(
            err, NF_FAILED, "microflow_failed",
            "The server has no microflow \"%s\" that the user may call",
            flow->flow->qualified);
        nf_error_detail(err, "access_denied");
        return NF_FAILED;
    }
    if (response->status != 200)
        return nf_sync_call_refused(&client->call, err);
    /* Contents of files are fetched with this call's other buffer. */
    nf_buffer_clear(&flow->reply);
    nf_buffer_add(&flow->reply, response->body.data, response->body.length);
    if (flow->reply.failed)
        return nf_error_nomem(err);
    if (!nf_document_open(&reply, flow->reply.data, flow->reply.length))
        return nf_sync_error("SYNC_PROTOCOL", err);
    return take_reply(client, &reply, err);
}

/* C18, and what is no matter of synchronizing. */
static nf_status translate(const nf_sync_flow_call *call, nf_status status,
                           nf_error *problem, nf_error *err)
{
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (!strcmp(problem->code, "SYNC_NETWORK"))
        return call->flow ? nf_error_set(
                                err, NF_FAILED, "network_error",
                                "The microflow \"%s\" could not be called: %s",
                                call->flow->qualified, problem->message)
                          : nf_error_set(
                                err, NF_FAILED, "network_error",
                                "Objects of \"%s\" are on the server only: %s",
                                call->entity ? call->entity->qualified : "",
                                problem->message);
    return nf_error_pass(problem, err);
}

nf_status nf_sync_call_flow_step(nf_sync_flow_call *call, int timeout_ms,
                                 nf_value *result, nf_error *err)
{
    nf_sync_client *client = call->client;
    nf_error problem = {0};
    bson_t reply;
    nf_status status;

    if (!call->begun) {
        if (nf_sync_running(client)) /* S156 */
            return NF_PENDING;
        status = nf_client_begin_call(client, call, err);
        if (status != NF_OK)
            return status;
        call->begun = true;
    }
    status = nf_sync_step(client, timeout_ms, &problem);
    if (status == NF_PENDING)
        return status;
    if (status == NF_OK)
        status = nf_shared_objects_take(call->shared, &problem);
    if (status == NF_OK &&
        nf_document_open(&reply, call->reply.data, call->reply.length))
        status = call->flow ? nf_overlays_take(client, &reply, &problem)
                            : nf_objects_call_take(call, &problem);
    if (status != NF_OK)
        return translate(call, status, &problem, err);
    *result = call->result;
    call->result = nf_empty();
    return NF_OK;
}
