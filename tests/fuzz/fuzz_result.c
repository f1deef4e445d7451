/* Fuzz target: any bytes as the result of a synchronization (synchronize W33),
 * on a device with a small app: sync/client_result.c and what is behind it.
 * The first byte says how: bit 0, the bytes are a whole stream; else they are
 * the records between a right head and a right end, so that what they say is
 * reached. Bit 1, the device applies while it receives. Whatever happens, a
 * synchronization that fails leaves the device empty. */
#include "fuzz.h"

#include "base/memory.h"
#include "database/device.h"
#include "sync/client.h"

const char *const fuzz_seeds[] = {
    "\0006\000\000\000\002k\000\004\000\000\000ent\000\002t\000\014\000"
    "\000\000Shop.Region\000\002kind\000\011\000\000\000snapshot\000"
    "\000^\000\000\000\002k\000\004\000\000\000obj\000\002t\000\014\000"
    "\000\000Shop.Region\000\022id\000\001\000\000\000\000\000\002\000"
    "\003m\000\024\000\000\000\002Name\000\005\000\000\000near\000\000"
    "\005h\000\020\000\000\000\000\000\001\002\003\004\005\006\007\010"
    "\011\012\013\014\015\016\017\000b\000\000\000\002k\000\004\000\000"
    "\000sum\000\002t\000\014\000\000\000Shop.Region\000\022n\000\001"
    "\000\000\000\000\000\000\000\005x\000\020\000\000\000\000\000\001"
    "\002\003\004\005\006\007\010\011\012\013\014\015\016\017\005token"
    "\000\020\000\000\000\000\000\001\002\003\004\005\006\007\010\011"
    "\012\013\014\015\016\017\000",
    "\000\033\000\000\000\002k\000\003\000\000\000rm\000\022id\000\005"
    "\000\000\000\000\000\000\000\000",
    NULL};
const size_t fuzz_seed_sizes[] = {247, 28, 0};

typedef struct peer {
    nf_sync_transport base;
    const uint8_t *data;
    size_t size;
    uint8_t id[16];
    unsigned how;
} peer;

static nf_status add_bytes(void *user, const void *bytes, size_t size,
                           nf_error *err)
{
    (void)err;
    nf_buffer_add(user, bytes, size);
    return NF_OK;
}

static void put(nf_stream_writer *writer, const bson_t *record)
{
    if (nf_stream_put_bytes(writer, bson_get_data(record), record->len, NULL) !=
        NF_OK)
        abort();
}

/* The given records with a head and an end. What is no record ends them. */
static void frame(const peer *p, nf_buffer *out)
{
    bson_t *head = BCON_NEW("k", "head", "v", BCON_INT32(1), "mode", "all",
                            "id", BCON_BIN(BSON_SUBTYPE_BINARY, p->id, 16));
    nf_stream_writer writer;
    size_t at = 0;

    if (nf_stream_start(&writer, add_bytes, out, NULL) != NF_OK)
        abort();
    put(&writer, head);
    while (p->size - at >= 5) {
        uint32_t size;
        bson_t record;
        memcpy(&size, p->data + at, sizeof size);
        if (size < 5 || size > p->size - at ||
            !bson_init_static(&record, p->data + at, size))
            break;
        put(&writer, &record);
        at += size;
    }
    if (nf_stream_finish(&writer, NULL) != NF_OK)
        abort();
    nf_stream_dispose(&writer);
    bson_destroy(head);
}

static void answer_result(const peer *p, const nf_sync_request *request,
                          nf_sync_response *response)
{
    nf_buffer all;

    nf_buffer_init(&all, NF_BUFFER_MAX);
    if (p->how & 1)
        nf_buffer_add(&all, p->data, p->size);
    else
        frame(p, &all);
    response->status = 206;
    response->offset = request->offset;
    response->total = (int64_t)all.length;
    if (request->offset < (int64_t)all.length)
        nf_buffer_add(&response->body, all.data + request->offset,
                      all.length - (size_t)request->offset);
    nf_buffer_dispose(&all);
}

static void answer(nf_sync_response *response, int status, bson_t *document)
{
    response->status = status;
    nf_buffer_add(&response->body, bson_get_data(document), document->len);
    bson_destroy(document);
}

static nf_status exchange(nf_sync_transport *transport,
                          const nf_sync_request *request,
                          nf_sync_response *response, int timeout_ms,
                          nf_error *err)
{
    peer *p = (peer *)transport;
    const char *path = request->path;
    bson_t body;

    (void)timeout_ms;
    (void)err;
    nf_sync_response_clear(response);
    if (strstr(path, "/session"))
        answer(response, 201,
               BCON_NEW("session", "s", "expiresIn", BCON_INT64(600), "user",
                        "{", "id", BCON_INT64(7), "name", "u", "}", "device",
                        "{", "id", BCON_INT64(9), "idBlock", BCON_INT64(9),
                        "}"));
    else if (strstr(path, "/body"))
        response->status = 204, response->offset = request->length;
    else if (strstr(path, "/commit"))
        answer(response, 200, BCON_NEW("state", "ready"));
    else if (strstr(path, "/result"))
        answer_result(p, request, response);
    else if (strstr(path, "/ack"))
        response->status = 204;
    else {
        if (nf_document_open(&body, request->body, request->body_length))
            nf_document_binary(&body, "id", p->id, 16);
        answer(response, 201,
               BCON_NEW("state", "open", "offset", BCON_INT64(0)));
    }
    return NF_OK;
}

static void nothing(nf_sync_transport *transport)
{
    (void)transport;
}

static const nf_sync_transport_ops ops = {exchange, nothing, nothing, NULL};

static nf_model *app(void)
{
    static nf_model *model;

    if (!model &&
        nf_model_open(&model, NF_SOURCE_DIR "/tests/unit/server/shop.xml",
                      NULL) != NF_OK)
        abort();
    return model;
}

/* True if the device is as it was. */
static bool run(nf_device *device, peer *p)
{
    static int64_t now = 1700000000000;
    nf_random random = {0};
    nf_sync_client *client = NULL;
    nf_sync_options options = {.model = app(),
                               .profile = nf_model_find_profile(app(), NULL),
                               .device = device,
                               .clock = nf_clock_fixed(&now),
                               .random = &random,
                               .no_retry = true};
    bool fresh = true;
    nf_status status;

    nf_random_seed(&random, 1);
    if (nf_sync_client_new(&client, &p->base, &options, NULL) != NF_OK)
        abort();
    nf_sync_set_alone(client, (p->how & 2) != 0);
    status = nf_sync_start(client, NF_SYNC_RUN_ALL, NULL, 0, NULL);
    while (status == NF_OK && nf_sync_running(client)) {
        status = nf_sync_step(client, 0, NULL);
        if (status == NF_PENDING)
            status = NF_OK;
        else
            break;
    }
    if (nf_device_is_fresh(device, &fresh, NULL) != NF_OK ||
        (status != NF_OK && !fresh))
        abort();
    nf_sync_client_free(client);
    return fresh;
}

static nf_device *open_device(void)
{
    nf_database_options options = {.model = app(), .side = NF_DATABASE_DEVICE};
    nf_database *database = NULL;
    nf_device *device = NULL;

    if (nf_database_open(&database, &options, NULL) != NF_OK ||
        nf_device_new(&device, database, nf_model_find_profile(app(), NULL),
                      NULL) != NF_OK)
        abort();
    return device;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static nf_device *device; /* kept while it is empty */
    peer p = {.base = {.ops = &ops, .address = "fuzz"}};

    if (size < 1)
        return 0;
    p.how = data[0];
    p.data = data + 1;
    p.size = size - 1;
    if (!device)
        device = open_device();
    if (!run(device, &p)) {
        nf_device_free(device);
        device = NULL;
    }
    return 0;
}
