/* What the device says of the views that it holds (synchronize W30, W44, W45):
 * per entity of the download the token of its last confirmed view and the ids
 * whose copy has changed since by other means. An entity without a token comes
 * whole; one that is not named does not come at all. */
#include "sync/client.h"

enum { TOUCHED_MAX = 10000 };

static bool append_ids(bson_t *view, const int64_t *ids, size_t count)
{
    uint8_t *bytes = nf_alloc_array(count + 1, sizeof *ids);
    bool ok = bytes != NULL;

    for (size_t i = 0; ok && i < count; i++) {
        for (int b = 0; b < 8; b++)
            bytes[i * 8 + (size_t)b] = (uint8_t)((uint64_t)ids[i] >> 8 * b);
    }
    ok = ok && bson_append_binary(view, "ids", 3, BSON_SUBTYPE_BINARY, bytes,
                                  (uint32_t)(count * sizeof *ids));
    nf_free(bytes);
    return ok;
}

static nf_status append_view(nf_sync_client *client, bson_t *views,
                             const nf_entity *entity, nf_error *err)
{
    nf_device *device = client->options.device;
    nf_sync_mode mode = nf_client_mode(client, entity);
    uint8_t *token = NULL;
    int64_t *ids = NULL;
    size_t size = 0, count = 0;
    bson_t view;
    bool begun =
        bson_append_document_begin(views, entity->qualified, -1, &view);
    bool ok = begun;
    nf_status status = nf_device_get_view(device, entity, &token, &size, err);

    if (status == NF_OK && token)
        status = nf_device_get_touched(device, entity, TOUCHED_MAX + 1, &ids,
                                       &count, err);
    if (ok && status == NF_OK && size == 16 && count <= TOUCHED_MAX) {
        ok = bson_append_binary(&view, "token", 5, BSON_SUBTYPE_BINARY, token,
                                16);
        if (ok && count)
            ok = append_ids(&view, ids, count);
    }
    /* Modes that do not download are said: the server's model may be newer
     * (S70, S168). */
    if (ok && mode == NF_SYNC_NONE)
        ok = BSON_APPEND_UTF8(&view, "mode", "None");
    else if (ok && mode == NF_SYNC_NONE_PRESERVE)
        ok = BSON_APPEND_UTF8(&view, "mode", "NoneAndPreserveData");
    /* What was begun is ended, or the document around it can't be. */
    ok = begun && bson_append_document_end(views, &view) && ok;
    nf_free(token);
    nf_free(ids);
    return status == NF_OK && !ok ? nf_error_nomem(err) : status;
}

bool nf_client_downloads(const nf_sync_client *client, const nf_entity *entity)
{
    nf_sync_mode mode;

    if (entity->kind != NF_ENTITY_PERSISTABLE ||
        !nf_database_table(nf_client_database(client), entity))
        return false;
    mode = nf_client_mode(client, entity);
    return mode != NF_SYNC_NEVER && mode != NF_SYNC_ONLINE;
}

nf_status nf_client_append_views(nf_sync_client *client, bson_t *to,
                                 nf_error *err)
{
    const nf_model *model = client->options.model;
    bson_t views;
    nf_status status = NF_OK;
    bool ok = bson_append_document_begin(to, "views", 5, &views);

    for (size_t i = 0;
         ok && status == NF_OK && i < nf_model_entity_count(model); i++) {
        const nf_entity *entity = nf_model_entity(model, i);
        if (nf_client_downloads(client, entity))
            status = append_view(client, &views, entity, err);
    }
    ok = ok && bson_append_document_end(to, &views);
    return status == NF_OK && !ok ? nf_error_nomem(err) : status;
}
