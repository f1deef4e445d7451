/* Synchronize (activities Y1 … Y10; synchronize S1 … S4, S16, S126). The
 * activity decides which objects are meant; the engine in sync/ does the rest,
 * one step at a time, and has brought variables and lists up to date when it
 * ends (S124). */
#include "activities/activities.h"
#include "activities/selection.h"
#include "activities/support.h"

#include "sync/sync.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

enum { STEP_MS = 50 }; /* the host gets control back in between */

typedef struct synchronize {
    nf_sync_kind kind;
    nf_selection_variables selection;
} synchronize;

static const char *mode_name(nf_sync_kind kind)
{
    switch (kind) {
    case NF_SYNC_RUN_ALL:
        return "all";
    case NF_SYNC_RUN_UNSYNCHRONIZED:
        return "unsynchronized";
    case NF_SYNC_RUN_SELECTED:
        return "selected";
    }
    return "";
}

/* ---- bind ---------------------------------------------------------------- */

/* A selection of nothing is a mistake of the modeller. */
static bool bind_selected(nf_binder *binder, synchronize *bound,
                          const nf_element *action)
{
    if (!nf_element_count(action, "VariableNames"))
        nf_bind_error(binder, "not_found", "",
                      "No object or list is selected to be synchronized");
    return nf_bind_selection(binder, action, &bound->selection);
}

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    const char *type = nf_element_string(action, "Type", "All"); /* S1 */
    synchronize *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    *out = bound;
    if (strcmp(type, "All") == 0) {
        bound->kind = NF_SYNC_RUN_ALL;
    } else if (strcmp(type, "Unsynchronized") == 0) {
        bound->kind = NF_SYNC_RUN_UNSYNCHRONIZED;
    } else if (strcmp(type, "Specific") == 0) {
        bound->kind = NF_SYNC_RUN_SELECTED;
        return bind_selected(binder, bound, action) ? NF_OK : NF_NOMEM;
    } else {
        nf_bind_error(binder, "bad_flow", "",
                      "\"%s\" is no synchronization mode", type);
    }
    return NF_OK;
}

/* ---- events -------------------------------------------------------------- */

static struct json_object *items_json(const nf_sync_item *items, size_t count)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; array && items && i < count; i++) {
        struct json_object *item = nf_payload_new();

        nf_payload_text(item, "entity", items[i].entity->qualified);
        nf_payload_id(item, "id", items[i].id);
        nf_payload_text(item, "reason", items[i].reason ? items[i].reason : "");
        nf_payload_int(item, "bytes", items[i].bytes);
        json_object_array_add(array, item);
    }
    return array;
}

static void add_outcome(struct json_object *payload, const nf_sync_outcome *o)
{
    struct json_object *numbers = nf_payload_new();

    nf_payload_part(payload, "uploaded",
                    items_json(o->uploaded, o->uploaded_count));
    nf_payload_part(payload, "downloaded",
                    items_json(o->downloaded, o->downloaded_count));
    nf_payload_part(payload, "removed",
                    items_json(o->removed, o->removed_count));
    nf_payload_part(payload, "rejected",
                    items_json(o->rejected, o->rejected_count));
    nf_payload_part(payload, "skipped",
                    items_json(o->skipped, o->skipped_count));
    nf_payload_int(numbers, "bytesSent", o->bytes_sent);
    nf_payload_int(numbers, "bytesReceived", o->bytes_received);
    nf_payload_int(numbers, "filesSent", o->files_sent);
    nf_payload_int(numbers, "filesReceived", o->files_received);
    nf_payload_part(payload, "statistics", numbers);
}

/* objectsChanged or objectsDeleted, one event per entity (H6). */
static void tell_items(nf_world *world, const char *name,
                       const nf_sync_item *items, size_t count)
{
    for (size_t i = 0; items && i < count; i++) {
        struct json_object *payload, *ids;
        bool told = false;

        for (size_t k = 0; k < i && !told; k++)
            told = items[k].entity == items[i].entity;
        if (told)
            continue;
        payload = nf_payload_new();
        ids = json_object_new_array();
        for (size_t k = i; ids && k < count; k++) {
            char text[32];

            if (items[k].entity != items[i].entity)
                continue;
            snprintf(text, sizeof text, "%lld", (long long)items[k].id);
            json_object_array_add(ids, json_object_new_string(text));
        }
        nf_payload_text(payload, "entity", items[i].entity->qualified);
        nf_payload_part(payload, "ids", ids);
        nf_world_event(world, name, payload, NULL);
    }
}

static void tell_end(nf_world *world, const synchronize *bound,
                     const nf_error *error)
{
    const nf_sync_outcome *outcome =
        world->sync ? nf_sync_last(world->sync) : NULL;
    bool applied = outcome && (!error || !strcmp(error->code, "SYNC_PARTIAL"));
    struct json_object *payload = nf_payload_new();

    if (applied) {
        tell_items(world, "objectsChanged", outcome->downloaded,
                   outcome->downloaded_count);
        tell_items(world, "objectsDeleted", outcome->removed,
                   outcome->removed_count);
    }
    nf_payload_text(payload, "mode", mode_name(bound->kind));
    nf_payload_bool(payload, "initial", applied && outcome->initial);
    if (error) {
        nf_payload_text(payload, "kind", error->code);
        nf_payload_text(payload, "text", error->message);
    }
    if (applied)
        add_outcome(payload, outcome);
    nf_world_event(world, error ? "syncFailed" : "syncFinished", payload, NULL);
}

/* ---- execute ------------------------------------------------------------- */

static nf_status check_world(const nf_world *world, nf_error *err)
{
    if (world->profile && !world->profile->offline)
        return nf_sync_error("SYNC_NOT_OFFLINE", err);
    if (!world->sync)
        return nf_sync_error("SYNC_NETWORK", err);
    return NF_OK;
}

static nf_status start(nf_call *call, const synchronize *bound, nf_error *err)
{
    nf_world *world = nf_call_world(call);
    struct json_object *payload = nf_payload_new();
    nf_object **objects = NULL;
    size_t count = 0;
    nf_status status;

    nf_payload_text(payload, "mode", mode_name(bound->kind));
    nf_world_event(world, "syncStarted", payload, NULL);
    status = check_world(world, err);
    if (!status && bound->kind == NF_SYNC_RUN_SELECTED)
        status =
            nf_call_selection(call, &bound->selection, &objects, &count, err);
    if (!status)
        status = nf_sync_start(world->sync, bound->kind, objects, count, err);
    nf_free(objects);
    return status;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const synchronize *bound = data;
    nf_world *world = nf_call_world(call);
    nf_status status = NF_OK;

    if (!*state)
        status = start(call, bound, err);
    if (!status) {
        status = nf_sync_step(world->sync, STEP_MS, err);
        if (status == NF_PENDING) {
            *state = world->sync;
            return NF_PENDING;
        }
    }
    *state = NULL;
    if (status && !nf_error_is_set(err))
        nf_error_set(err, NF_FAILED, "SYNC_SERVER",
                     "The server failed to synchronize (SYNC_SERVER)");
    tell_end(world, bound, status ? err : NULL);
    return status;
}

static void cancel(void *state)
{
    nf_sync_client *client = state;

    if (client)
        nf_sync_cancel(client);
}

const nf_activity nf_activity_synchronize = {
    .type = "Microflows$SynchronizeAction",
    .caption = "Synchronize",
    .flags = NF_ACTIVITY_NANOFLOW,
    .bind = bind,
    .execute = execute,
    .cancel = cancel,
};
