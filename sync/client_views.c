/* What the device says of the views that it holds (synchronize W30, W44, W45):
 * per entity of the download the token of its last confirmed view and the ids
 * whose copy has changed since by other means. An entity without a token comes
 * whole; one that is not named does not come at all. */
#include "sync/client.h"
#include "sync/document.h"

enum { TOUCHED_MAX = 10000 };

static void append_ids(nf_buffer *to, const int64_t *ids, size_t count)
{
    uint8_t *bytes = nf_put_room(to, "ids", count * sizeof *ids);

    for (size_t i = 0; bytes && i < count; i++) {
        for (int b = 0; b < 8; b++)
            *bytes++ = (uint8_t)((uint64_t)ids[i] >> 8 * b);
    }
}

static nf_status append_view(nf_sync_client *client, nf_buffer *to,
                             const nf_entity *entity, nf_error *err)
{
    nf_device *device = client->options.device;
    nf_sync_mode mode = nf_client_mode(client, entity);
    uint8_t *token = NULL;
    int64_t *ids = NULL;
    size_t size = 0, count = 0;
    size_t view = nf_put_document(to, entity->qualified);
    nf_status status = nf_device_get_view(device, entity, &token, &size, err);

    if (status == NF_OK && token)
        status = nf_device_get_touched(device, entity, TOUCHED_MAX + 1, &ids,
                                       &count, err);
    if (status == NF_OK && size == 16 && count <= TOUCHED_MAX) {
        nf_put_binary(to, "token", token, size);
        if (count)
            append_ids(to, ids, count);
    }
    /* Modes that do not download are said: the server's model may be newer
     * (S70, S168). */
    if (mode == NF_SYNC_NONE)
        nf_put_string(to, "mode", "None");
    else if (mode == NF_SYNC_NONE_PRESERVE)
        nf_put_string(to, "mode", "NoneAndPreserveData");
    nf_put_end(to, view);
    nf_free(token);
    nf_free(ids);
    return status;
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

nf_status nf_client_append_views(nf_sync_client *client, nf_buffer *to,
                                 nf_error *err)
{
    const nf_model *model = client->options.model;
    size_t views = nf_put_document(to, "views");
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < nf_model_entity_count(model);
         i++) {
        const nf_entity *entity = nf_model_entity(model, i);
        if (nf_client_downloads(client, entity))
            status = append_view(client, to, entity, err);
    }
    nf_put_end(to, views);
    return status;
}
