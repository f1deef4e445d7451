/* Built-in variables of assertions (E42): what synchronizations did, what waits
 * on the device, what a user would have seen, what was logged and called. */
#include "testing/case.h"

#include "library/data_file.h"

#include <json-c/json.h>
#include <string.h>

static size_t event_count(const test_device *d)
{
    return d->session->events ? json_object_array_length(d->session->events)
                              : 0;
}

static json_object *event_at(const test_device *d, size_t index,
                             const char *name)
{
    json_object *event = json_object_array_get_idx(d->session->events, index);
    return strcmp(test_payload(event, "event"), name) == 0 ? event : NULL;
}

static json_object *last_event(const test_device *d, const char *name,
                               size_t *count)
{
    json_object *last = NULL;
    *count = 0;
    for (size_t i = 0; i < event_count(d); i++) {
        json_object *event = event_at(d, i, name);
        *count += event != NULL;
        last = event ? event : last;
    }
    return last;
}

json_object *test_last_sync(const test_device *d)
{
    size_t count;
    return last_event(d, "synchronize", &count);
}

static nf_status text_value(nf_value *out, const char *text, nf_error *err)
{
    return nf_value_text(out, text, strlen(text)) ? NF_OK : nf_error_nomem(err);
}

static int64_t statistic(json_object *event, const char *name)
{
    json_object *all = NULL, *value = NULL;
    if (!json_object_object_get_ex(event, "statistics", &all) ||
        !json_object_object_get_ex(all, name, &value))
        return 0;
    return json_object_get_int64(value);
}

static nf_status look_sync(nf_value *out, const test_device *d,
                           const char *what, nf_error *err)
{
    size_t count;
    json_object *last = last_event(d, "synchronize", &count);
    if (strcmp(what, "count") == 0)
        *out = nf_integer((int64_t)count);
    else if (strcmp(what, "mode") == 0)
        return text_value(out, last ? test_payload(last, "mode") : "", err);
    else if (strcmp(what, "error") == 0)
        return text_value(out, last ? test_payload(last, "kind") : "", err);
    else if (strcmp(what, "phases") == 0)
        return text_value(
            out, nf_buffer_string(&((test_device *)(uintptr_t)d)->phases), err);
    else if (strcmp(what, "errors") == 0)
        *out = nf_integer(statistic(last, "rejected"));
    else if (strcmp(what, "bytes") == 0)
        *out = nf_integer(statistic(last, "bytesSent") +
                          statistic(last, "bytesReceived"));
    else
        *out = nf_integer(statistic(last, what));
    return NF_OK;
}

/* ---- the queue ----------------------------------------------------------- */

typedef struct queue {
    const char *entity; /* NULL: all */
    int64_t count;
} queue;

static nf_status count_waiting(void *user, const nf_data_shown *shown,
                               nf_error *err)
{
    queue *q = user;
    (void)err;
    if (shown->state &&
        (!q->entity || strcmp(shown->entity->qualified, q->entity) == 0))
        q->count++;
    return NF_OK;
}

static nf_status look_queue(nf_value *out, test_device *d, const char *what,
                            nf_error *err)
{
    queue q = {.entity = what};
    nf_status status;
    if (strcmp(what, "count") == 0) {
        status = nf_session_unsynchronized(&q.count, d->session, err);
    } else if (!nf_model_find_entity(d->session->model, what)) {
        status = nf_error_set(err, NF_FAILED, "not_found",
                              "there is no entity \"%s\"", what);
    } else {
        status = nf_data_each(d->session, NULL, count_waiting, &q, err);
    }
    *out = nf_integer(q.count);
    return status;
}

/* ---- what is seen -------------------------------------------------------- */

static nf_status look_event(nf_value *out, const test_device *d,
                            const char *event, const char *key, bool counts,
                            nf_error *err)
{
    size_t count;
    json_object *last = last_event(d, event, &count);
    if (!counts)
        return text_value(out, last ? test_payload(last, key) : "", err);
    *out = nf_integer((int64_t)count);
    return NF_OK;
}

static nf_status look_ui(nf_value *out, const test_device *d, const char *what,
                         nf_error *err)
{
    if (strncmp(what, "page", 4) == 0)
        return look_event(out, d, "showPage", "page", what[4] != '\0', err);
    if (strncmp(what, "message", 7) == 0)
        return look_event(out, d, "showMessage", "text", what[7] != '\0', err);
    return look_event(out, d, "validationFeedback", "", true, err);
}

static nf_status look_calls(nf_value *out, const test_device *d,
                            const char *what, nf_error *err)
{
    static const nf_flow_kind kinds[] = {NF_FLOW_NANOFLOW, NF_FLOW_MICROFLOW,
                                         NF_FLOW_JAVASCRIPT_ACTION,
                                         NF_FLOW_JAVA_ACTION};
    int64_t count = 0;
    bool known = strcmp(what, "count") == 0;
    for (size_t i = 0; !known && i < sizeof kinds / sizeof *kinds; i++)
        known = nf_model_find_document(d->session->model,
                                       nf_flow_kind_type(kinds[i]), what);
    if (!known)
        return nf_error_set(err, NF_FAILED, "not_found",
                            "the app has no flow and no action \"%s\"", what);
    for (size_t i = 0; i < d->run->call_count; i++)
        count +=
            strcmp(what, "count") == 0 ||
            (d->run->calls[i].name && strcmp(d->run->calls[i].name, what) == 0);
    *out = nf_integer(count);
    return NF_OK;
}

nf_status test_look(nf_value *out, test_device *d, const char *what,
                    nf_error *err)
{
    const char *rest = strchr(what, '/') + 1;
    *out = nf_empty();
    switch (*what) {
    case 's':
        return look_sync(out, d, rest, err);
    case 'q':
        return look_queue(out, d, rest, err);
    case 'u':
        return look_ui(out, d, rest, err);
    case 'l':
        return look_event(out, d, "log", "text", *rest == 'c', err);
    case 'o':
        return test_conserved(out, d, err);
    default:
        return look_calls(out, d, rest, err);
    }
}
