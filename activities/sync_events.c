/* See sync_events.h. */
#include "activities/sync_events.h"

#include "activities/support.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

static const char *mode_name(nf_sync_kind kind)
{
    static const char *const names[] = {
        [NF_SYNC_RUN_ALL] = "all",
        [NF_SYNC_RUN_UNSYNCHRONIZED] = "unsynchronized",
        [NF_SYNC_RUN_SELECTED] = "selected",
    };
    return names[kind];
}

/* ---- the document -------------------------------------------------------- */

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

/* Entities rather than objects (S168). */
static struct json_object *kept_json(const nf_sync_outcome *o)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; array && i < o->kept_count; i++) {
        struct json_object *item = nf_payload_new();

        nf_payload_text(item, "entity", o->kept[i].entity->qualified);
        nf_payload_text(item, "reason", o->kept[i].reason);
        json_object_array_add(array, item);
    }
    return array;
}

static struct json_object *statistics_json(const nf_sync_outcome *o)
{
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"uploaded", (int64_t)o->uploaded_count},
        {"downloaded", (int64_t)o->downloaded_count},
        {"removed", (int64_t)o->removed_count},
        {"rejected", (int64_t)o->rejected_count},
        {"skipped", (int64_t)o->skipped_count},
        {"bytesSent", o->bytes_sent},
        {"bytesReceived", o->bytes_received},
        {"filesSent", o->files_sent},
        {"filesReceived", o->files_received},
    };
    struct json_object *json = nf_payload_new();

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        nf_payload_int(json, numbers[i].name, numbers[i].value);
    return json;
}

static void add_lists(struct json_object *json, const nf_sync_outcome *o)
{
    nf_payload_part(json, "uploaded",
                    items_json(o->uploaded, o->uploaded_count));
    nf_payload_part(json, "downloaded",
                    items_json(o->downloaded, o->downloaded_count));
    nf_payload_part(json, "removed", items_json(o->removed, o->removed_count));
    nf_payload_part(json, "rejected",
                    items_json(o->rejected, o->rejected_count));
    nf_payload_part(json, "skipped", items_json(o->skipped, o->skipped_count));
    if (o->kept_count)
        nf_payload_part(json, "kept", kept_json(o));
    nf_payload_part(json, "statistics", statistics_json(o));
}

struct json_object *nf_sync_outcome_json(const nf_sync_outcome *o)
{
    struct json_object *json = nf_payload_new();

    nf_payload_text(json, "mode", mode_name(o->kind));
    nf_payload_bool(json, "initial", o->initial);
    if (o->forgotten)
        nf_payload_bool(json, "forgotten", true);
    if (o->dry_run)
        nf_payload_bool(json, "dryRun", true);
    add_lists(json, o);
    return json;
}

/* ---- events -------------------------------------------------------------- */

void nf_tell_sync_started(nf_world *world, nf_sync_kind kind)
{
    struct json_object *payload = nf_payload_new();

    nf_payload_text(payload, "mode", mode_name(kind));
    nf_world_event(world, "syncStarted", payload, NULL);
}

void nf_tell_sync_progress(nf_world *world, const char *phase, int64_t done,
                           int64_t total)
{
    struct json_object *payload;

    if (!nf_world_listens(world))
        return;
    payload = nf_payload_new();
    nf_payload_text(payload, "phase", phase);
    nf_payload_int(payload, "done", done);
    nf_payload_int(payload, "total", total);
    nf_world_event(world, "syncProgress", payload, NULL);
}

static bool was_told(const nf_sync_item *items, size_t index)
{
    for (size_t k = 0; k < index; k++)
        if (items[k].entity == items[index].entity)
            return true;
    return false;
}

/* One event per entity, with all ids (H6). */
static void tell_items(nf_world *world, const char *name,
                       const nf_sync_item *items, size_t count)
{
    const nf_entity *last = NULL;

    for (size_t i = 0; items && nf_world_listens(world) && i < count; i++) {
        struct json_object *payload, *ids;

        if (items[i].entity == last || was_told(items, i))
            continue;
        last = items[i].entity;
        payload = nf_payload_new();
        ids = json_object_new_array();
        for (size_t k = i; ids && k < count; k++) {
            char text[32];

            if (items[k].entity != last)
                continue;
            snprintf(text, sizeof text, "%lld", (long long)items[k].id);
            json_object_array_add(ids, json_object_new_string(text));
        }
        nf_payload_text(payload, "entity", last->qualified);
        nf_payload_part(payload, "ids", ids);
        nf_world_event(world, name, payload, NULL);
    }
}

nf_status nf_tell_sync_ended(nf_world *world, nf_sync_kind kind, bool initial,
                             const nf_error *error, nf_error *err)
{
    const nf_sync_outcome *outcome =
        world->sync ? nf_sync_last(world->sync) : NULL;
    bool applied = outcome && (!error || !strcmp(error->code, "SYNC_PARTIAL"));
    struct json_object *payload = nf_payload_new();

    /* Only a server elsewhere knows, and not before somebody signs in. */
    if (world->sync && !world->environment.user_id)
        world->environment.user_id = nf_sync_user_id(world->sync);
    if (applied) {
        tell_items(world, "objectsChanged", outcome->downloaded,
                   outcome->downloaded_count);
        tell_items(world, "objectsDeleted", outcome->removed,
                   outcome->removed_count);
    }
    nf_payload_text(payload, "mode", mode_name(kind));
    nf_payload_bool(payload, "initial",
                    initial || (applied && outcome->initial));
    if (error) {
        nf_payload_text(payload, "kind", error->code);
        nf_payload_text(payload, "text", error->message);
    }
    if (applied)
        add_lists(payload, outcome);
    return nf_world_event(world, error ? "syncFailed" : "syncFinished", payload,
                          err);
}
