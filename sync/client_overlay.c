/* Uncommitted changes that a microflow made to what it sends (synchronize
 * S154; activities Y12): on the device they are uncommitted, too, over the
 * copy that came with them. */
#include "sync/client_call.h"

typedef struct overlay {
    const nf_entity *entity;
    int64_t id;
    nf_value *values;
    uint64_t *given;
} overlay;

static void dispose(overlay *o)
{
    if (o->entity)
        nf_members_free(o->values, o->entity->member_count);
    nf_free(o->given);
}

static nf_status read_overlay(overlay *out, const nf_sync_client *client,
                              const bson_t *document, nf_error *err)
{
    const char *name = nf_document_text(document, "t", "");
    bson_t members;

    *out =
        (overlay){.entity = nf_model_find_entity(client->options.model, name),
                  .id = nf_document_int(document, "id", 0)};
    if (!out->entity || out->id <= 0 ||
        out->entity->kind != NF_ENTITY_PERSISTABLE ||
        !nf_document_part(document, "m", &members))
        return nf_sync_error("SYNC_PROTOCOL", err);
    out->values =
        nf_alloc_array(out->entity->member_count + 1, sizeof *out->values);
    out->given = nf_member_set_new(out->entity);
    if (!out->values || !out->given)
        return nf_error_nomem(err);
    return nf_known_members_read(out->values, out->given, out->entity, &members,
                                 err);
}

/* Of an object that came, and only of such a one. */
static nf_status check_overlay(nf_sync_client *client, overlay *o,
                               nf_error *err)
{
    const nf_client_entry *entry = nf_client_find(client, o->id);

    return entry && entry->entity == o->entity
               ? NF_OK
               : nf_sync_error("SYNC_PROTOCOL", err);
}

static nf_status lay_over(nf_sync_client *client, overlay *o, nf_error *err)
{
    nf_object *object = NULL;
    nf_status status =
        nf_objects_get(&object, client->options.objects, o->entity, o->id, err);
    bool there =
        object && !object->removed && object->state != NF_OBJECT_DELETED;

    for (size_t i = 0; status == NF_OK && there && i < o->entity->member_count;
         i++) {
        nf_value value = o->values[i];

        if (!nf_bits_has(o->given, i))
            continue;
        o->values[i] = nf_empty();
        status = nf_object_write(object, i, value, err);
    }
    nf_object_release(object);
    return status;
}

static nf_status each(nf_sync_client *client, const bson_t *reply,
                      nf_status (*one)(nf_sync_client *client, overlay *o,
                                       nf_error *err),
                      nf_error *err)
{
    bson_t array, document;
    bson_iter_t iter;
    nf_status status = NF_OK;

    if (!nf_document_part(reply, "over", &array))
        return NF_OK;
    if (!bson_iter_init(&iter, &array))
        return nf_sync_error("SYNC_PROTOCOL", err);
    while (status == NF_OK && bson_iter_next(&iter)) {
        const uint8_t *bytes;
        uint32_t size;
        nf_error problem = {0};
        overlay o = {0};

        if (!BSON_ITER_HOLDS_DOCUMENT(&iter))
            return nf_sync_error("SYNC_PROTOCOL", err);
        bson_iter_document(&iter, &size, &bytes);
        status = bson_init_static(&document, bytes, size)
                     ? read_overlay(&o, client, &document, &problem)
                     : NF_FAILED;
        if (status == NF_FAILED)
            nf_sync_error("SYNC_PROTOCOL", err);
        else if (status == NF_NOMEM)
            nf_error_nomem(err);
        else
            status = one(client, &o, err);
        dispose(&o);
    }
    return status;
}

nf_status nf_overlays_check(nf_sync_client *client, const bson_t *reply,
                            nf_error *err)
{
    return each(client, reply, check_overlay, err);
}

nf_status nf_overlays_take(nf_sync_client *client, const bson_t *reply,
                           nf_error *err)
{
    return each(client, reply, lay_over, err);
}
