/* Clear from device (synchronize S157, activities Y13): objects leave the
 * device with whatever was not synchronized of them, and no mark tells the
 * server. References of other rows keep their ids. What was confirmed to the
 * server as this device's view no longer holds (W45). */
#include "base/memory.h"
#include "database/device_internal.h"

typedef struct clearing {
    nf_device *device;
    nf_apply *apply;
    const nf_entity *entity;
    int64_t *ids;
    size_t count, capacity;
    bool failed; /* out of memory */
} clearing;

static bool note_id(clearing *c, int64_t id)
{
    int64_t *grown = nf_grow(c->ids, c->count, &c->capacity, sizeof *grown);

    if (!grown)
        return false;
    c->ids = grown;
    grown[c->count++] = id;
    return true;
}

static nf_status note_row(void *user, nf_record *record, nf_error *err)
{
    return note_id(user, record->id) ? NF_OK : nf_error_nomem(err);
}

/* Rows of exactly one entity. Their ids come first: a walk must not change
 * what it walks. */
static nf_status clear_rows(clearing *c, const nf_entity *entity, nf_error *err)
{
    nf_selection all = {.retrieval = {.entity = entity, .limit = -1},
                        .exact = true,
                        .ids_only = true};
    nf_status status;

    c->count = 0;
    status = nf_record_query(c->device->database, &all, note_row, c, err);
    for (size_t i = 0; !status && i < c->count; i++)
        status = nf_apply_discard(c->apply, entity, c->ids[i], err);
    if (!status)
        status = nf_database_write(
            c->device->database, err,
            "DELETE FROM _mx_change WHERE entity = ? AND kind = ?", "ii",
            nf_database_entity_number(c->device->database, entity),
            (int64_t)NF_CHANGE_DELETED);
    if (!status)
        status = nf_database_write(
            c->device->database, err, "DELETE FROM _mx_object WHERE entity = ?",
            "i", nf_database_entity_number(c->device->database, entity));
    if (!status)
        status = nf_device_set_view(c->device, entity, NULL, 0, err);
    return status ? status : nf_device_clear_touched(c->device, entity, err);
}

static void note_new(void *user, nf_object *object)
{
    clearing *c = user;

    if (object->state == NF_OBJECT_NEW &&
        nf_entity_is(object->entity, c->entity))
        c->failed = !note_id(c, object->id) || c->failed;
}

/* Objects that were never committed have no row (state U). */
static nf_status clear_new(clearing *c, nf_objects *objects, nf_error *err)
{
    nf_status status = NF_OK;

    c->count = 0;
    nf_objects_each_uncommitted(objects, note_new, c);
    if (c->failed)
        return nf_error_nomem(err);
    for (size_t i = 0; !status && i < c->count; i++) {
        const nf_object *object = nf_objects_find(objects, c->ids[i]);
        status = nf_apply_discard(c->apply, object->entity, c->ids[i], err);
    }
    return status;
}

static nf_status clear_entity(clearing *c, nf_objects *objects, nf_error *err)
{
    const nf_model *model = nf_database_model(c->device->database);
    nf_status status = NF_OK;

    for (size_t i = 0; !status && i < nf_model_entity_count(model); i++) {
        const nf_entity *entity = nf_model_entity(model, i);
        if (nf_entity_is(entity, c->entity) &&
            nf_database_table(c->device->database, entity))
            status = clear_rows(c, entity, err);
    }
    return status ? status : clear_new(c, objects, err);
}

static nf_status clear_items(clearing *c, nf_object *const *items, size_t count,
                             nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; !status && i < count; i++) {
        if (items[i]->removed || items[i]->state == NF_OBJECT_DELETED)
            continue;
        status =
            nf_apply_discard(c->apply, items[i]->entity, items[i]->id, err);
        if (!status)
            status =
                nf_device_touch(c->device, items[i]->entity, items[i]->id, err);
    }
    return status;
}

nf_status nf_device_clear(nf_store *store, nf_objects *objects,
                          const nf_entity *entity, nf_object *const *items,
                          size_t count,
                          void (*tell)(void *user, const nf_delta *delta),
                          void *user, nf_error *err)
{
    clearing c = {.device = (nf_device *)store, .entity = entity};
    nf_status status =
        nf_apply_begin(&c.apply, c.device, objects, NULL, 0, err);

    if (status)
        return status;
    status = items ? clear_items(&c, items, count, err)
                   : clear_entity(&c, objects, err);
    if (!status && tell)
        tell(user, nf_apply_delta(c.apply));
    if (!status)
        status = nf_apply_commit(c.apply, err);
    else
        nf_apply_cancel(c.apply);
    nf_free(c.ids);
    return status;
}
