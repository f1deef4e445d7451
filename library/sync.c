/* Synchronizations that the host or the program asks for, and the initial one
 * (synchronize S131 … S133). Those of a flow are its activity's business. */
#include "library/session.h"

#include "library/json.h"

#include <json-c/json.h>

enum { STEP_MS = 1000 }; /* between looks at the cancel flag */

static void on_progress(void *user, const char *phase, int64_t done,
                        int64_t total)
{
    nf_session *s = user;
    if (s->progress)
        s->progress(s->host, phase, done, total);
}

/* Why a server was not reached, or not trusted (A143). */
static void connection_log(void *user, const char *level, const char *text)
{
    nf_session_trace_log(user, "connectionLog", level, text);
}

static nf_status open_transport(nf_sync_transport **out, nf_session *s,
                                nf_error *err)
{
    nf_sync_http_options options = {.address = s->server_url,
                                    .clock = s->clock,
                                    .ca_file = s->ca_file,
                                    .pin = s->server_key,
                                    .proxy = s->proxy,
                                    .pack = s->pack,
                                    .log = connection_log,
                                    .user = s};
    nf_status status = s->server_url ? nf_sync_http_new(out, &options, err)
                                     : nf_server_transport(out, s->server, err);
    if (status == NF_OK && s->faults)
        status = nf_sync_faulty_new(out, *out, s->faults, err);
    return status;
}

nf_status nf_session_connect(nf_session *s, nf_error *err)
{
    nf_sync_transport *transport = NULL;
    nf_sync_options options = {
        .model = s->model,
        .profile = s->world.profile,
        .device = s->device,
        .objects = s->objects,
        .clock = s->clock,
        .random = &s->random,
        .faults = s->faults,
        .identity = {.user = s->user,
                     .password = s->password,
                     .roles = s->roles,
                     .role_count = s->role_count,
                     .profile = s->profile_name,
                     .device_name = s->device_name,
                     .time_zone = s->time_zone,
                     .language = s->language},
        .progress = on_progress,
        .user = s,
    };
    if (!s->server_url && !s->server)
        return NF_OK;
    nf_status status = open_transport(&transport, s, err);
    if (status == NF_OK)
        status = nf_sync_client_new(&s->sync, transport, &options, err);
    if (status == NF_OK)
        nf_sync_set_items(s->sync, !s->sync_counts_only);
    s->world.sync = s->sync;
    return status;
}

/* ---- the report -------------------------------------------------------- */

static json_object *items_json(const nf_sync_item *items, size_t count)
{
    json_object *array = json_object_new_array();
    for (size_t i = 0; array && items && i < count; i++) {
        json_object *item = json_object_new_object();
        nf_json_text(item, "entity", items[i].entity->qualified);
        nf_json_guid(item, "id", items[i].id);
        nf_json_text(item, "reason", items[i].reason ? items[i].reason : "");
        json_object_object_add(item, "bytes",
                               json_object_new_int64(items[i].bytes));
        json_object_array_add(array, item);
    }
    return array;
}

static const char *mode_name(nf_sync_kind kind)
{
    static const char *const names[] = {
        [NF_SYNC_RUN_ALL] = "all",
        [NF_SYNC_RUN_UNSYNCHRONIZED] = "unsynchronized",
        [NF_SYNC_RUN_SELECTED] = "selected",
    };
    return names[kind];
}

static json_object *statistics_json(const nf_sync_outcome *o)
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
    json_object *json = json_object_new_object();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        json_object_object_add(json, numbers[i].name,
                               json_object_new_int64(numbers[i].value));
    return json;
}

static json_object *report_json(const nf_sync_outcome *o)
{
    json_object *json = json_object_new_object();
    nf_json_text(json, "mode", mode_name(o->kind));
    json_object_object_add(json, "initial",
                           json_object_new_boolean(o->initial));
    if (o->forgotten)
        json_object_object_add(json, "forgotten",
                               json_object_new_boolean(true));
    json_object_object_add(json, "uploaded",
                           items_json(o->uploaded, o->uploaded_count));
    json_object_object_add(json, "downloaded",
                           items_json(o->downloaded, o->downloaded_count));
    json_object_object_add(json, "removed",
                           items_json(o->removed, o->removed_count));
    json_object_object_add(json, "rejected",
                           items_json(o->rejected, o->rejected_count));
    json_object_object_add(json, "skipped",
                           items_json(o->skipped, o->skipped_count));
    json_object_object_add(json, "statistics", statistics_json(o));
    return json;
}

static int64_t list_count(json_object *report, const char *key)
{
    json_object *numbers = NULL, *number = NULL;
    if (!json_object_object_get_ex(report, "statistics", &numbers) ||
        !json_object_object_get_ex(numbers, key, &number))
        return 0;
    return json_object_get_int64(number);
}

static const char *item_text(json_object *item, const char *key)
{
    json_object *value = json_object_object_get(item, key);
    return value ? json_object_get_string(value) : "";
}

static void print_item(nf_buffer *out, const char *list, json_object *item,
                       bool named)
{
    int64_t bytes =
        json_object_get_int64(json_object_object_get(item, "bytes"));
    const char *reason = item_text(item, "reason");
    nf_buffer_format(out, "  %s %s%s%s", list,
                     named ? item_text(item, "entity") : "", named ? " " : "",
                     item_text(item, "id"));
    if (*reason)
        nf_buffer_format(out, ": %s", reason);
    if (bytes)
        nf_buffer_format(out, " (%lld bytes)", (long long)bytes);
    nf_buffer_char(out, '\n');
}

/* The items of one list; `entity` NULL: all. */
static void print_items(nf_buffer *out, json_object *report, const char *key,
                        const char *entity)
{
    json_object *list = NULL;
    if (!json_object_object_get_ex(report, key, &list))
        return;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        json_object *item = json_object_array_get_idx(list, i);
        if (!entity || strcmp(item_text(item, "entity"), entity) == 0)
            print_item(out, key, item, !entity);
    }
}

static const char *const lists[] = {"uploaded", "downloaded", "removed",
                                    "rejected", "skipped"};
enum { LIST_COUNT = sizeof lists / sizeof *lists, QUIET_LISTS = 2 };

/* The first name after `last` (NULL: the first of all) of an entity in any
 * list; NULL at the end. */
static const char *next_entity(json_object *report, const char *last)
{
    const char *next = NULL;
    for (size_t l = 0; l < LIST_COUNT; l++) {
        json_object *list = NULL;
        json_object_object_get_ex(report, lists[l], &list);
        for (size_t i = 0; list && i < json_object_array_length(list); i++) {
            const char *name =
                item_text(json_object_array_get_idx(list, i), "entity");
            if ((!last || strcmp(name, last) > 0) &&
                (!next || strcmp(name, next) < 0))
                next = name;
        }
    }
    return next;
}

static void print_counts(nf_buffer *out, json_object *report)
{
    json_object *mode = json_object_object_get(report, "mode");
    json_object *initial = json_object_object_get(report, "initial");
    nf_buffer_format(out, "synchronize %s%s:", json_object_get_string(mode),
                     json_object_get_boolean(initial) ? " (initial)" : "");
    for (size_t l = 0; l < LIST_COUNT; l++)
        nf_buffer_format(out, "%s %lld %s", l ? "," : "",
                         (long long)list_count(report, lists[l]), lists[l]);
    nf_buffer_char(out, '\n');
}

char *nf_sync_report_print(const char *report, bool explain)
{
    nf_buffer out;
    json_object *json = json_tokener_parse(report);
    if (!json_object_object_get_ex(json, "mode", NULL)) {
        json_object_put(json);
        return NULL;
    }
    nf_buffer_init(&out, NF_BUFFER_MAX);
    print_counts(&out, json);
    for (size_t l = QUIET_LISTS; !explain && l < LIST_COUNT; l++)
        print_items(&out, json, lists[l], NULL);
    for (const char *entity = explain ? next_entity(json, NULL) : NULL; entity;
         entity = next_entity(json, entity)) {
        nf_buffer_format(&out, "%s\n", entity);
        for (size_t l = 0; l < LIST_COUNT; l++)
            print_items(&out, json, lists[l], entity);
    }
    json_object_put(json);
    char *text = nf_buffer_take(&out);
    nf_buffer_dispose(&out);
    return text;
}

/* ---- running ----------------------------------------------------------- */

static nf_status run_to_end(nf_session *s, nf_sync_kind kind,
                            nf_object *const *objects, size_t count,
                            nf_error *err)
{
    bool asked = false;
    nf_status status = nf_sync_start(s->sync, kind, objects, count, err);
    if (status != NF_OK)
        return status;
    /* Nothing else of this session runs until the end. */
    nf_sync_set_alone(s->sync, true);
    do {
        if (nf_session_is_cancelled(s) && !asked) {
            nf_sync_cancel(s->sync);
            asked = true;
        }
        status = nf_sync_step(s->sync, STEP_MS, err);
    } while (status == NF_PENDING);
    nf_sync_set_alone(s->sync, false);
    return status;
}

static bool is_partial(const nf_error *err)
{
    return err && strcmp(err->code, "SYNC_PARTIAL") == 0;
}

nf_status nf_session_synchronize(char **report, nf_session *s,
                                 nf_synchronize_mode mode,
                                 nf_object *const *objects, size_t count,
                                 bool dry_run, nf_error *err)
{
    static const nf_sync_kind kinds[] = {
        [NF_SYNCHRONIZE_ALL] = NF_SYNC_RUN_ALL,
        [NF_SYNCHRONIZE_UNSYNCHRONIZED] = NF_SYNC_RUN_UNSYNCHRONIZED,
        [NF_SYNCHRONIZE_SELECTED] = NF_SYNC_RUN_SELECTED,
    };
    nf_error local = {0};
    if (report)
        *report = NULL;
    nf_status status = nf_session_need_device(s, "synchronizing", err);
    if (status != NF_OK)
        return status;
    if (!s->sync)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "there is no server to synchronize with: give "
                            "--server");
    status = dry_run ? nf_sync_plan(s->sync, kinds[mode], &local)
                     : run_to_end(s, kinds[mode], objects, count, &local);
    if (report && (status == NF_OK || is_partial(&local))) {
        json_object *json = report_json(nf_sync_last(s->sync));
        *report = nf_json_print(json, false);
        json_object_put(json);
    }
    if (strcmp(local.code, "SYNC_CANCELLED") == 0)
        nf_session_cancel_done(s);
    if (status != NF_OK && err && !nf_error_is_set(err))
        *err = local;
    if (status == NF_OK && report && !*report)
        status = nf_error_nomem(err);
    return status;
}

/* The event of a synchronization that no activity started. */
static nf_status tell(nf_session *s, nf_status status, const nf_error *failure,
                      nf_error *err)
{
    json_object *payload = status == NF_OK || is_partial(failure)
                               ? report_json(nf_sync_last(s->sync))
                               : json_object_new_object();
    json_object_object_add(payload, "mode", json_object_new_string("all"));
    json_object_object_add(payload, "initial", json_object_new_boolean(true));
    if (status != NF_OK) {
        nf_json_text(payload, "code", failure->code);
        nf_json_text(payload, "text", failure->message);
    }
    return nf_world_event(&s->world, "synchronize", payload, err);
}

nf_status nf_session_initial_sync(nf_session *s, nf_error *err)
{
    nf_error failure = {0};
    if (!s->sync || s->initial == NF_INITIAL_NEVER || s->initial_done)
        return NF_OK;
    s->initial_done = true;
    if (!nf_sync_is_initial(s->sync))
        return NF_OK;
    nf_status status = run_to_end(s, NF_SYNC_RUN_ALL, NULL, 0, &failure);
    if (status == NF_NOMEM || nf_session_is_cancelled(s)) {
        if (err && !nf_error_is_set(err))
            *err = failure;
        return status;
    }
    nf_status told = tell(s, status, &failure, err);
    if (told != NF_OK)
        return told;
    if (status == NF_OK || s->initial == NF_INITIAL_AUTO ||
        is_partial(&failure))
        return NF_OK;
    s->initial_done = false;
    if (err && !nf_error_is_set(err))
        *err = failure;
    return status;
}
