/* See helper_forge.h. */
#include "helper_forge.h"

static nf_status sink(void *user, const void *bytes, size_t size, nf_error *err)
{
    (void)err;
    nf_buffer_add(user, bytes, size);
    return NF_OK;
}

void helper_forge_put(helper_forge *forge, const bson_t *record)
{
    nf_error err = {0};
    assert_int_equal(nf_stream_put_bytes(&forge->writer, bson_get_data(record),
                                         record->len, &err),
                     NF_OK);
}

static void put_with(helper_forge *forge, const bson_t *record, const char *key,
                     const int64_t *number, const char *text)
{
    bson_t copy = BSON_INITIALIZER;

    bson_copy_to_excluding_noinit(record, &copy, key, NULL);
    if (number)
        BSON_APPEND_INT64(&copy, key, *number);
    else
        BSON_APPEND_UTF8(&copy, key, text);
    helper_forge_put(forge, &copy);
    bson_destroy(&copy);
}

void helper_forge_int(helper_forge *forge, const bson_t *record,
                      const char *key, int64_t value)
{
    put_with(forge, record, key, &value, NULL);
}

void helper_forge_text(helper_forge *forge, const bson_t *record,
                       const char *key, const char *value)
{
    put_with(forge, record, key, NULL, value);
}

bool helper_forge_is(const bson_t *record, const char *kind)
{
    return record && strcmp(nf_document_text(record, "k", ""), kind) == 0;
}

int64_t helper_forge_id(const bson_t *record)
{
    return record ? nf_document_int(record, "id", 0) : 0;
}

/* ---- the transport ---------------------------------------------------------
 */

/* The whole true result, whatever windows it comes in. */
static void read_whole(helper_forge *forge, const nf_sync_request *request,
                       nf_buffer *out)
{
    nf_sync_request all = *request;
    nf_sync_response response;
    nf_error err = {0};

    nf_buffer_init(&response.body, 64 << 20);
    for (;;) {
        nf_sync_response_clear(&response);
        all.offset = (int64_t)out->length;
        all.length = NF_SYNC_CHUNK;
        all.pieces = false;
        all.etag = NULL;
        assert_int_equal(
            forge->inner->ops->exchange(forge->inner, &all, &response, 0, &err),
            NF_OK);
        assert_true(response.status == 200 || response.status == 206);
        nf_buffer_add(out, response.body.data, response.body.length);
        if (response.total == (int64_t)out->length)
            break;
    }
    nf_buffer_dispose(&response.body);
}

static void rewrite(helper_forge *forge, const nf_buffer *truth)
{
    nf_error err = {0};
    size_t at = 0;

    nf_buffer_clear(&forge->forged);
    assert_int_equal(
        nf_stream_start(&forge->writer, sink, &forge->forged, &err), NF_OK);
    while (at < truth->length) {
        const uint8_t *bytes = (const uint8_t *)truth->data + at;
        uint32_t size;
        bson_t record;
        memcpy(&size, bytes, sizeof size);
        size = BSON_UINT32_FROM_LE(size);
        assert_true(bson_init_static(&record, bytes, size));
        if (!helper_forge_is(&record, "end"))
            forge->forge(forge, &record);
        at += size;
    }
    forge->forge(forge, NULL);
    if (!forge->cut_end)
        assert_int_equal(nf_stream_finish(&forge->writer, &err), NF_OK);
    nf_stream_dispose(&forge->writer);
    if (forge->tail)
        nf_buffer_text(&forge->forged, forge->tail);
}

static nf_status forge_exchange(nf_sync_transport *transport,
                                const nf_sync_request *request,
                                nf_sync_response *response, int timeout_ms,
                                nf_error *err)
{
    helper_forge *forge = (helper_forge *)transport;
    size_t length = strlen(request->path);
    nf_buffer truth;

    if (request->method != NF_SYNC_GET || length < 7 ||
        strcmp(request->path + length - 7, "/result") != 0)
        return forge->inner->ops->exchange(forge->inner, request, response,
                                           timeout_ms, err);
    forge->results++;
    nf_buffer_init(&truth, 64 << 20);
    read_whole(forge, request, &truth);
    rewrite(forge, &truth);
    nf_buffer_dispose(&truth);
    nf_sync_response_clear(response);
    response->status = 206;
    response->bytes = true;
    response->offset = request->offset;
    response->total =
        forge->announce >= 0 ? forge->announce : (int64_t)forge->forged.length;
    if (request->offset < (int64_t)forge->forged.length)
        nf_buffer_add(&response->body, forge->forged.data + request->offset,
                      forge->forged.length - (size_t)request->offset);
    return NF_OK;
}

static void forge_cancel(nf_sync_transport *transport)
{
    helper_forge *forge = (helper_forge *)transport;
    forge->inner->ops->cancel(forge->inner);
}

static void forge_free(nf_sync_transport *transport)
{
    helper_forge *forge = (helper_forge *)transport;
    nf_sync_transport_free(forge->inner);
    nf_buffer_dispose(&forge->forged);
    free(forge);
}

static const nf_sync_transport_ops forge_ops = {forge_exchange, forge_cancel,
                                                forge_free, NULL};

helper_forge *helper_forge_new(helper_device *device, helper_forge_fn forge,
                               const void *user)
{
    helper_forge *out = calloc(1, sizeof *out);

    assert_non_null(out);
    out->base.ops = &forge_ops;
    out->base.address = device->faults->inner->address;
    out->inner = device->faults->inner;
    out->forge = forge;
    out->user = user;
    out->announce = -1;
    nf_buffer_init(&out->forged, 64 << 20);
    device->faults->inner = &out->base;
    return out;
}
