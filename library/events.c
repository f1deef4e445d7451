/* What happens while a flow runs, told to the host, kept for the report of a
 * run, and written to the trace (activities §13). Values cross to hosts as
 * nf_value copies on the heap. */
#include "library/session.h"

#include "base/json.h"
#include "library/json.h"

#include <errno.h>
#include <inttypes.h>

/* Events of the trace that no user would see: not part of a run's report. */
static bool is_reported(const char *name)
{
    static const char *const silent[] = {
        "flowEnter",      "flowLeave",      "activity",       "syncStarted",
        "syncProgress",   "objectsChanged", "objectsDeleted", "membersChanged",
        "unhandledError", "serverLog",      "connectionLog",
    };
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
        if (strcmp(silent[i], name) == 0)
            return false;
    return true;
}

/* Names that the report joins (H4). */
static const char *report_name(const char *name)
{
    if (strcmp(name, "progressShow") == 0 || strcmp(name, "progressHide") == 0)
        return "progress";
    if (strcmp(name, "syncFinished") == 0 || strcmp(name, "syncFailed") == 0)
        return "synchronize";
    return name;
}

/* {"event": name, … payload …}; NULL when out of memory. */
static json_object *with_name(const char *name, json_object *payload)
{
    json_object *event = json_object_new_object();
    if (!event)
        return NULL;
    nf_json_text(event, "event", name);
    if (json_object_is_type(payload, json_type_object)) {
        json_object_object_foreach(payload, key, value)
        {
            json_object_object_add(event, key, json_object_get(value));
        }
    }
    return event;
}

static void write_trace(nf_session *s, const char *name, json_object *payload)
{
    json_object *line = with_name(name, payload);
    if (!line)
        return;
    json_object_object_add(line, "seq",
                           json_object_new_int64((int64_t)++s->trace_number));
    char *text = nf_json_text_of(line, NF_JSON_LINE);
    if (text && fprintf(s->trace, "%s\n", text) < 0 && !s->trace_ended) {
        s->trace_ended = true;
        nf_session_warn(s, "the trace ends here, it can't be written: %s",
                        strerror(errno));
    }
    nf_free(text);
    json_object_put(line);
}

static nf_status on_event(void *user, const char *name, json_object *payload,
                          nf_error *err)
{
    nf_session *s = user;
    const char *reported = report_name(name);
    if (strcmp(name, "progressShow") == 0)
        s->progress_shown++;
    else if (strcmp(name, "progressHide") == 0 && s->progress_shown)
        s->progress_shown--;
    if (s->trace)
        write_trace(s, name, payload);
    if (s->events && is_reported(name)) {
        json_object *event = with_name(reported, payload);
        if (!event || json_object_array_add(s->events, event) != 0)
            return nf_error_nomem(err);
    }
    if (!s->event)
        return NF_OK;
    char *text = nf_json_text_of(payload, NF_JSON_LINE);
    if (!text)
        return nf_error_nomem(err);
    nf_status status;
    {
        NF_IN_MEMORY(NULL); /* what the host makes is not the session's */
        status = s->event(s->host, s, reported, text, err);
    }
    nf_free(text);
    return status;
}

/* The microflow on the server; NF_USAGE: there is no server. */
static nf_status call_server(nf_session *s, const char *qualified,
                             const nf_value *arguments, void **token,
                             nf_value *result, nf_error *err)
{
    nf_sync_flow_call *call = *token;
    const nf_flow *flow;
    nf_status status = NF_OK;

    if (!call) {
        status =
            nf_model_flow(&flow, s->model, NF_FLOW_MICROFLOW, qualified, err);
        if (status == NF_OK)
            status = nf_sync_call_flow(&call, s->sync, flow, arguments, err);
        if (status != NF_OK)
            return status;
    }
    /* Who waits for all of this flow would wait for ever. */
    if (s->blocking && nf_sync_flow_call_waits(call))
        status = nf_sync_error("SYNC_BUSY", err);
    else
        status =
            nf_sync_call_flow_step(call, s->world.patience_ms, result, err);
    *token = status == NF_PENDING ? call : NULL;
    if (status != NF_PENDING)
        nf_sync_call_flow_free(call);
    return status;
}

static bool calls_server(const nf_session *s, nf_flow_kind kind)
{
    return kind == NF_FLOW_MICROFLOW && s->sync && nf_session_has_server(s);
}

/* The function of a mock's script (test E43); NULL goes on with one. */
static nf_status call_script(nf_session *s, nf_flow_kind kind,
                             const char *qualified, const char *script,
                             const nf_value *arguments, void **token,
                             nf_value *result, nf_error *err)
{
    const nf_flow *flow = NULL;
    nf_status status = nf_model_flow(&flow, s->model, kind, qualified, err);

    return status == NF_OK ? nf_session_run_script(s, flow, script, arguments,
                                                   token, result, err)
                           : status;
}

/* The same where who asks can't wait: what the script waits for is waited for
 * here. */
static nf_status run_script(nf_session *s, const nf_flow *flow,
                            const char *script, const nf_value *arguments,
                            nf_value *result, nf_error *err)
{
    void *token = NULL;
    nf_status status;

    s->blocking++;
    status =
        nf_session_run_script(s, flow, script, arguments, &token, result, err);
    while (status == NF_PENDING) {
        nf_session_wait(s, -1);
        status = nf_session_run_script(s, flow, NULL, arguments, &token, result,
                                       err);
    }
    s->blocking--;
    return status;
}

/* … and where the app has no flow: an activity, a request, a page. */
static nf_status run_script_of(nf_session *s, const char *name,
                               const nf_parameter *parameters, size_t count,
                               nf_kind expected, const char *script,
                               const nf_value *arguments, nf_value *result,
                               nf_error *err)
{
    const nf_flow made = {.kind = NF_FLOW_ACTIVITY,
                          .qualified = name,
                          .parameters = parameters,
                          .parameter_count = count,
                          .result = {.kind = expected}};

    return run_script(s, &made, script, arguments, result, err);
}

/* An argument that is a text; NULL: empty. */
typedef struct text_argument {
    const char *name, *text;
    size_t length;
} text_argument;
enum { TEXTS_MAX = 3 };

static nf_status run_script_with(nf_session *s, const char *name,
                                 const text_argument *texts, size_t count,
                                 nf_kind expected, const char *script,
                                 nf_value *result, nf_error *err)
{
    nf_parameter parameters[TEXTS_MAX];
    nf_value arguments[TEXTS_MAX];
    bool made = true;
    nf_status status;

    for (size_t i = 0; i < count; i++) {
        parameters[i] = (nf_parameter){.name = texts[i].name,
                                       .type = {.kind = NF_KIND_STRING},
                                       .default_value = "",
                                       .special = ""};
        arguments[i] = nf_empty();
        made = made &&
               (!texts[i].text ||
                nf_value_text(&arguments[i], texts[i].text, texts[i].length));
    }
    status = made ? run_script_of(s, name, parameters, count, expected, script,
                                  arguments, result, err)
                  : nf_error_nomem(err);
    for (size_t i = 0; i < count; i++)
        nf_value_release(&arguments[i]);
    return status;
}

static void forget(void *user, void *token)
{
    nf_session *s = user;

    if (nf_javascript_is_call(s->javascript, token))
        nf_javascript_forget(s->javascript, token);
    else if (s->sync && nf_sync_is_flow_call(s->sync, token))
        nf_sync_call_flow_free(token);
    else if (s->forget) {
        NF_IN_MEMORY(NULL);
        s->forget(s->host, s, token);
    }
}

static const char *kind_name(nf_flow_kind kind)
{
    switch (kind) {
    case NF_FLOW_JAVASCRIPT_ACTION:
        return "javascriptaction";
    case NF_FLOW_JAVA_ACTION:
        return "javaaction";
    case NF_FLOW_NANOFLOW:
        return "nanoflow";
    case NF_FLOW_RULE:
        return "rule";
    case NF_FLOW_ACTIVITY:
        return "activity";
    default:
        return "microflow";
    }
}

nf_status nf_session_answer(void *user, nf_flow_kind kind,
                            const char *qualified,
                            const nf_parameter *parameters,
                            const nf_value *arguments, size_t count,
                            void **token, nf_value *result, nf_error *err)
{
    nf_session *s = user;
    nf_value *answer = NULL;
    if (*token && s->sync && nf_sync_is_flow_call(s->sync, *token))
        return call_server(s, qualified, arguments, token, result, err);
    if (*token && nf_javascript_is_call(s->javascript, *token))
        return call_script(s, kind, qualified, NULL, arguments, token, result,
                           err);
    if (s->mocks) {
        const char *script;
        nf_status mocked =
            nf_mocks_call(s->mocks, kind, qualified, parameters, arguments,
                          count, result, &script, err);
        if (mocked == NF_OK && script && kind == NF_FLOW_ACTIVITY)
            return run_script_of(s, qualified, parameters, count,
                                 NF_KIND_UNKNOWN, script, arguments, result,
                                 err);
        if (mocked == NF_OK && script)
            return call_script(s, kind, qualified, script, arguments, token,
                               result, err);
        if (mocked != NF_USAGE)
            return mocked;
    }
    if (s->side == NF_SIDE_SERVER && kind == NF_FLOW_JAVA_ACTION) {
        nf_status built_in = nf_server_java_action(
            s->server, qualified, arguments, count, result, err);
        if (built_in != NF_USAGE)
            return built_in;
    }
    if (!s->call)
        return calls_server(s, kind)
                   ? call_server(s, qualified, arguments, token, result, err)
                   : NF_USAGE;
    nf_argument *named = nf_alloc_array(count + 1, sizeof *named);
    if (!named)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++)
        named[i] = (nf_argument){parameters[i].name, &arguments[i]};
    nf_status status;
    {
        NF_IN_MEMORY(NULL); /* what the host makes is not the session's */
        status = s->call(s->host, s, kind_name(kind), qualified, named, count,
                         token, &answer, err);
    }
    if (status == NF_OK && answer)
        *result = nf_value_copy(answer);
    nf_value_free(answer);
    nf_free(named);
    if (status == NF_USAGE && calls_server(s, kind)) {
        nf_error_clear(err);
        *token = NULL;
        status = call_server(s, qualified, arguments, token, result, err);
    }
    return status;
}

nf_status nf_session_intercept(void *user, const nf_flow *flow,
                               const nf_value *arguments, nf_value *result,
                               nf_error *err)
{
    nf_session *s = user;
    const char *script = NULL;
    if (!s->mocks)
        return NF_USAGE;
    nf_status status =
        nf_mocks_call(s->mocks, flow->kind, flow->qualified, flow->parameters,
                      arguments, flow->parameter_count, result, &script, err);
    return status == NF_OK && script
               ? run_script(s, flow, script, arguments, result, err)
               : status;
}

nf_status nf_session_show(nf_session *s, bool page, const char *text,
                          nf_error *err)
{
    const char *script = NULL;
    nf_value ignored = nf_empty();
    text_argument shown;
    nf_status status =
        s->mocks ? nf_mocks_show(s->mocks, page, text, &script, err) : NF_USAGE;

    if (status != NF_OK || !script)
        return status;
    shown = (text_argument){page ? "page" : "text", text, strlen(text)};
    status = run_script_with(s, page ? "page" : "message", &shown, 1,
                             NF_KIND_UNKNOWN, script, &ignored, err);
    nf_value_release(&ignored);
    return status;
}

/* What a script says of a request: the body of a reply. */
static nf_status script_reply(nf_session *s, const nf_rest_request *request,
                              const char *script, nf_value *body, nf_error *err)
{
    const text_argument texts[TEXTS_MAX] = {
        {"method", request->method, strlen(request->method)},
        {"url", request->url, strlen(request->url)},
        {"body", request->body, request->body_size}};
    nf_error own = {0};
    nf_status status = run_script_with(s, "rest", texts, TEXTS_MAX,
                                       NF_KIND_STRING, script, body, &own);

    if (status == NF_FAILED && strcmp(own.code, "js_exception") == 0)
        return nf_error_set(err, status, "network_error", "%s", own.message);
    return status ? nf_error_pass(&own, err) : NF_OK;
}

nf_status nf_session_rest(void *user, const nf_rest_request *request,
                          nf_rest_response *response, nf_error *err)
{
    nf_session *s = user;
    const char *script = NULL;
    nf_value body;
    nf_status status =
        s->mocks ? nf_mocks_request(s->mocks, request->method, request->url,
                                    &response->status, &body, &script, err)
                 : NF_USAGE;

    if (status == NF_OK && script)
        status = script_reply(s, request, script, &body, err);
    if (status != NF_OK)
        return status;
    snprintf(response->version, sizeof response->version, "HTTP/1.1");
    if (body.kind == NF_KIND_STRING)
        nf_buffer_add(&response->body, body.as.string->text,
                      body.as.string->length);
    nf_value_release(&body);
    return response->body.failed ? nf_error_nomem(err) : NF_OK;
}

/* Of microflows that run in the session itself. */
static nf_status answer_rest(void *user, const nf_rest_request *request,
                             nf_rest_response *response, nf_error *err)
{
    nf_session *s = user;

    return s->server ? nf_server_rest(s->server, request, response, err)
                     : NF_USAGE;
}

void nf_session_connect_host(nf_session *session)
{
    session->world.host.event = on_event;
    session->world.host.deaf = !session->event && !session->trace;
    session->world.host.call = nf_session_answer;
    session->world.host.rest = answer_rest;
    session->world.host.script = nf_session_script;
    session->world.host.forget = forget;
    session->world.host.user = session;
}

nf_status nf_session_begin_events(nf_session *session, nf_error *err)
{
    json_object_put(session->events);
    session->events = json_object_new_array();
    return session->events ? NF_OK : nf_error_nomem(err);
}

/* ---- events as hosts read them ------------------------------------------- */

/* False: there was no memory. What is no JSON reads as null. */
static bool parse(json_object **out, const char *json)
{
    nf_json_text_read read;
    bool done = nf_json_parse(&read, json, strlen(json) + 1,
                              JSON_TOKENER_DEFAULT_DEPTH, 0, NULL) == NF_OK;

    *out = read.json;
    return done;
}

/* Follows "a.b". False: there is no such member. */
static bool find_member(json_object **out, json_object *json, const char *path)
{
    char name[128];
    *out = json;
    while (*path) {
        size_t length = strcspn(path, ".");
        if (length >= sizeof name)
            return false;
        memcpy(name, path, length);
        name[length] = '\0';
        if (!json_object_object_get_ex(*out, name, out) || !*out)
            return false;
        path += length + (path[length] == '.');
    }
    return true;
}

char *nf_event_text(const char *json, const char *member)
{
    json_object *found, *payload;
    char *text = NULL;
    if (!parse(&payload, json))
        return NULL;
    if (!find_member(&found, payload, member))
        text = nf_strdup("");
    else if (json_object_is_type(found, json_type_string))
        text = nf_strdup(json_object_get_string(found));
    else
        text = nf_json_text_of(found, NF_JSON_LINE);
    json_object_put(payload);
    return text;
}

/* ---- events as lines for people ---------------------------------------- */

static const char *text_of(json_object *payload, const char *key)
{
    json_object *value = NULL;
    if (!json_object_object_get_ex(payload, key, &value) || !value)
        return "";
    return json_object_get_string(value);
}

/* What a synchronization did, as `sync` prints it. */
static void print_synchronize(nf_buffer *out, json_object *p)
{
    char *text = nf_sync_report_print(json_object_to_json_string(p), false);
    size_t length = text ? strlen(text) : 0;
    while (length && text[length - 1] == '\n')
        length--;
    if (length)
        nf_buffer_add(out, text, length);
    else
        nf_buffer_format(out, "synchronize: %s", text_of(p, "mode"));
    nf_text_free(text);
}

static void print_known(nf_buffer *out, const char *name, json_object *p,
                        bool all)
{
    if (strcmp(name, "showMessage") == 0)
        nf_buffer_format(out, "message (%s): %s", text_of(p, "type"),
                         text_of(p, "text"));
    else if (strcmp(name, "showPage") == 0)
        nf_buffer_format(out, "page: %s", text_of(p, "page"));
    else if (strcmp(name, "closePage") == 0)
        nf_buffer_text(out, "page closed");
    else if (strcmp(name, "showHomePage") == 0)
        nf_buffer_text(out, "home page");
    else if (strcmp(name, "downloadFile") == 0)
        nf_buffer_format(out, "file: %s", text_of(p, "object"));
    else if (strcmp(name, "validationFeedback") == 0)
        nf_buffer_format(out, "validation: %s: %s", text_of(p, "member"),
                         text_of(p, "text"));
    else if (strcmp(name, "log") == 0)
        nf_buffer_format(out, "log %s %s: %s", text_of(p, "level"),
                         text_of(p, "node"), text_of(p, "text"));
    else if (strcmp(name, "synchronize") == 0 && *text_of(p, "text"))
        nf_buffer_format(out, "synchronize: %s", text_of(p, "text"));
    else if (strcmp(name, "synchronize") == 0)
        print_synchronize(out, p);
    else if (all || is_reported(name))
        nf_buffer_format(out, "%s: %s", name, json_object_to_json_string(p));
}

char *nf_event_print(const char *name, const char *json, bool all)
{
    nf_buffer out, shown;
    json_object *payload;
    if (!parse(&payload, json))
        return NULL;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_buffer_init(&shown, NF_BUFFER_MAX);
    print_known(&out, name, payload, all);
    json_object_put(payload);
    if (!out.failed) /* a log is a line, whatever is in it (activities U21) */
        nf_buffer_shown(&shown, nf_buffer_string(&out), !strcmp(name, "log"));
    char *text = out.failed || shown.failed ? NULL
                 : shown.length             ? nf_buffer_take(&shown)
                                            : nf_strdup("");
    nf_buffer_dispose(&out);
    nf_buffer_dispose(&shown);
    return text;
}
