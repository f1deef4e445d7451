/* Calls of flows from outside (activities H5, C9): find the flow, put its
 * arguments in order, run, report. The report is the document of `run --json`
 * (design §5). */
#include "library/session.h"

#include "base/json.h"
#include "base/suggest.h"
#include "library/json.h"

#include <inttypes.h>

struct nf_run {
    nf_session *session;
    const nf_flow *flow;     /* NULL: it could not be compiled */
    nf_execution *execution; /* NULL: it could not start, see `failure` */
    nf_error failure;        /* NF_OK: none yet */
    json_object *events;     /* shared with the session */
    struct nf_run *next;     /* of those under way */
    int64_t deadline;        /* nf_clock_elapsed; 0: none */
    bool ended, stepping;
    nf_status status; /* once it has ended */
    bool reloaded; /* a script has had the page loaded anew (activities J21) */
    unsigned progress_before;  /* what others show */
    int64_t started, finished; /* milliseconds of the machine's clock */
};

/* ---- which flow -------------------------------------------------------- */

/* Flows that a session runs, by where they run; the first is tried first. */
static const struct kind {
    nf_flow_kind kind;
    nf_side side;
    const char *text;
} kinds[] = {
    {NF_FLOW_NANOFLOW, NF_SIDE_DEVICE, "nanoflow"},
    {NF_FLOW_MICROFLOW, NF_SIDE_SERVER, "microflow"},
    {NF_FLOW_RULE, NF_SIDE_SERVER, "rule"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* A flow of this side with a name that is near, or in some module. */
static nf_status not_found(const nf_session *s, const char *name, bool server,
                           nf_error *err)
{
    nf_flow_kind kind = server ? NF_FLOW_MICROFLOW : NF_FLOW_NANOFLOW;
    nf_suggestion suggestion = {.name = name, .distance = 1};
    char hint[300];

    for (size_t i = 0; i < nf_model_document_count(s->model); i++) {
        const nf_document *d = nf_model_document(s->model, i);
        if (!d->excluded && strcmp(d->type, nf_flow_kind_type(kind)) == 0)
            nf_suggest_qualified(&suggestion, d->qualified);
    }
    return nf_error_set(err, NF_USAGE, "not_found",
                        "the app has no %s \"%s\"%s",
                        server ? "microflow" : "nanoflow", name,
                        nf_suggestion_text(&suggestion, "", hint, sizeof hint));
}

/* No flow of this side has the name: what has it? */
static nf_status other_kind(const nf_session *s, const char *name,
                            nf_error *err)
{
    bool server = s->side == NF_SIDE_SERVER;
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].side != s->side &&
            nf_model_find_document(s->model, nf_flow_kind_type(kinds[i].kind),
                                   name))
            return nf_error_set(err, NF_USAGE, "not_found",
                                server ? "\"%s\" is a %s, which runs on the "
                                         "device: leave out --on server"
                                       : "\"%s\" is a %s, which runs on the "
                                         "server: use --on server",
                                name, kinds[i].text);
    return not_found(s, name, server, err);
}

/* "TYPE:NAME" or a name alone. */
static bool is_meant(const struct kind *kind, const char *name,
                     const char **rest)
{
    size_t length = strlen(kind->text);
    const char *colon = strchr(name, ':');
    *rest = colon ? colon + 1 : name;
    return !colon || ((size_t)(colon - name) == length &&
                      memcmp(name, kind->text, length) == 0);
}

static nf_status find_flow(const nf_program **out, nf_session *s,
                           const char *name, nf_error *err)
{
    const char *rest = name;
    for (size_t i = 0; i < KINDS; i++) {
        nf_error local = {0};
        if (kinds[i].side != s->side || !is_meant(&kinds[i], name, &rest))
            continue;
        nf_status status = nf_programs_get(out, s->world.programs,
                                           kinds[i].kind, rest, &local);
        if (status == NF_USAGE && strcmp(local.code, "not_found") == 0)
            continue;
        return status == NF_OK ? status : nf_error_pass(&local, err);
    }
    return other_kind(s, rest, err);
}

/* ---- arguments --------------------------------------------------------- */

typedef struct values {
    nf_value *items;
    bool *given;
    size_t count;
} values;

static nf_status values_init(values *v, const nf_flow *flow, nf_error *err)
{
    v->count = flow->parameter_count;
    v->items = nf_alloc_array(v->count + 1, sizeof *v->items);
    v->given = nf_alloc_array(v->count + 1, sizeof *v->given);
    return v->items && v->given ? NF_OK : nf_error_nomem(err);
}

static void values_dispose(values *v)
{
    for (size_t i = 0; v->items && i < v->count; i++)
        nf_value_release(&v->items[i]);
    nf_free(v->items);
    nf_free(v->given);
}

/* The index of a parameter that has no argument yet. */
static nf_status find_parameter(size_t *out, const values *v,
                                const nf_flow *flow, const char *name,
                                nf_error *err)
{
    const nf_parameter *p = nf_flow_find_parameter(flow, name);
    if (!p)
        return nf_error_set(err, NF_USAGE, "bad_argument",
                            "%s has no parameter \"%s\"", flow->qualified,
                            name);
    *out = (size_t)(p - flow->parameters);
    if (v->given[*out])
        return nf_error_set(err, NF_USAGE, "bad_argument",
                            "the argument \"%s\" is given twice", name);
    v->given[*out] = true;
    return NF_OK;
}

static bool value_fits(const nf_value *value, const nf_type *type)
{
    if (value->kind == NF_KIND_EMPTY || type->kind == NF_KIND_UNKNOWN)
        return true;
    if (value->kind == NF_KIND_INTEGER && type->kind == NF_KIND_DECIMAL)
        return true;
    if (value->kind != type->kind)
        return false;
    if (value->kind == NF_KIND_OBJECT)
        return !type->entity ||
               nf_entity_is(value->as.object->entity, type->entity);
    if (value->kind == NF_KIND_LIST)
        return !type->entity || !value->as.list->entity ||
               nf_entity_is(value->as.list->entity, type->entity);
    return true;
}

static nf_status read_values(values *v, const nf_flow *flow,
                             const nf_argument *arguments, size_t count,
                             nf_error *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        nf_status status = find_parameter(&at, v, flow, arguments[i].name, err);
        if (status != NF_OK)
            return status;
        if (!arguments[i].value)
            continue;
        if (!value_fits(arguments[i].value, &flow->parameters[at].type))
            return nf_error_set(err, NF_USAGE, "bad_argument",
                                "the argument \"%s\" of %s needs %s, not %s",
                                arguments[i].name, flow->qualified,
                                nf_kind_name(flow->parameters[at].type.kind),
                                nf_value_kind_name(arguments[i].value));
        if (!nf_key_fits(arguments[i].value, &flow->parameters[at].type))
            return nf_error_set(
                err, NF_USAGE, "bad_argument",
                "the argument \"%s\" of %s needs a key of %s, not \"%s\"",
                arguments[i].name, flow->qualified,
                flow->parameters[at].type.enumeration->qualified,
                arguments[i].value->as.string->text);
        v->items[at] = nf_value_copy(arguments[i].value);
    }
    return NF_OK;
}

static nf_status read_texts(values *v, nf_session *s, const nf_flow *flow,
                            const char *const *arguments, size_t count,
                            nf_error *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        const char *equals = strchr(arguments[i], '=');
        if (!equals)
            return nf_error_set(err, NF_USAGE, "bad_argument",
                                "an argument is given as NAME=VALUE, not "
                                "\"%s\"",
                                arguments[i]);
        char *name = nf_strndup(arguments[i], (size_t)(equals - arguments[i]));
        nf_status status = name ? find_parameter(&at, v, flow, name, err)
                                : nf_error_nomem(err);
        nf_free(name);
        if (status == NF_OK)
            status = nf_session_read_argument(
                &v->items[at], s, &flow->parameters[at], equals + 1, err);
        if (status != NF_OK)
            return status;
    }
    return NF_OK;
}

static nf_status check_complete(const values *v, const nf_flow *flow,
                                nf_error *err)
{
    for (size_t i = 0; i < v->count; i++)
        if (!v->given[i] && flow->parameters[i].required)
            return nf_error_set(err, NF_USAGE, "missing_argument",
                                "%s needs an argument \"%s\" (%s)",
                                flow->qualified, flow->parameters[i].name,
                                nf_kind_name(flow->parameters[i].type.kind));
    return NF_OK;
}

/* ---- running ----------------------------------------------------------- */

static nf_status begin(nf_run *run, const nf_program *program, const values *v,
                       nf_error *err)
{
    nf_session *s = run->session;
    if (!nf_session_may_call(s, run->flow)) {
        nf_error_set(err, NF_FAILED, "access_denied", "the user may not run %s",
                     run->flow->qualified);
        nf_error_in(err, run->flow->qualified, "", "");
        return NF_FAILED;
    }
    nf_status status = s->side == NF_SIDE_DEVICE
                           ? nf_session_initial_sync(s, err)
                           : nf_session_act(s, err);
    if (status != NF_OK)
        return status;
    run->deadline =
        s->timeout > 0 ? nf_clock_elapsed() + (int64_t)(s->timeout * 1000) : 0;
    return nf_execution_start(&run->execution, &s->world, program, v->items,
                              v->given, err);
}

/* Everything up to the first step. */
static nf_status prepare(nf_run *run, const char *flow,
                         const nf_argument *arguments, const char *const *texts,
                         size_t count, nf_error *err)
{
    const nf_program *program = NULL;
    nf_session *s = run->session;
    values v = {0};
    nf_status status = find_flow(&program, s, flow, err);
    if (status != NF_OK)
        return status;
    run->flow = nf_program_flow(program);
    status = values_init(&v, run->flow, err);
    if (status == NF_OK && texts)
        status = read_texts(&v, s, run->flow, texts, count, err);
    else if (status == NF_OK)
        status = read_values(&v, run->flow, arguments, count, err);
    if (status == NF_OK)
        status = check_complete(&v, run->flow, err);
    if (status == NF_OK)
        status = begin(run, program, &v, err);
    values_dispose(&v);
    return status;
}

static void enter(nf_run *run)
{
    nf_session *s = run->session;
    nf_session_enter(s);
    run->next = s->runs;
    s->runs = run;
}

static void leave(nf_run *run)
{
    nf_run **at = &run->session->runs;
    while (*at != run)
        at = &(*at)->next;
    *at = run->next;
    nf_session_leave(run->session);
}

int64_t nf_session_deadline(const nf_session *session)
{
    int64_t first = 0;
    for (const nf_run *run = session->runs; run; run = run->next)
        if (run->deadline && (!first || run->deadline < first))
            first = run->deadline;
    return first;
}

/* An error of the flow (NF_FAILED) is the answer of the first step, so that
 * every run that failed has a report. */
static nf_status start(nf_run **out, nf_session *s, const char *flow,
                       const nf_argument *arguments, const char *const *texts,
                       size_t count, nf_error *err)
{
    NF_IN_SESSION(s);
    *out = NULL;
    nf_status status = nf_session_begin_events(s, err);
    if (status != NF_OK)
        return status;
    nf_run *run = nf_alloc(sizeof *run);
    if (!run)
        return nf_error_nomem(err);
    run->session = s;
    run->started = nf_clock_elapsed();
    run->progress_before = s->progress_shown;
    run->events = json_object_get(s->events);
    enter(run);
    status = prepare(run, flow, arguments, texts, count, &run->failure);
    if (status != NF_OK && status != NF_FAILED) {
        if (err && !nf_error_is_set(err))
            *err = run->failure;
        nf_run_free(run);
        return status;
    }
    *out = run;
    return NF_OK;
}

nf_status nf_run_start(nf_run **out, nf_session *session, const char *flow,
                       const nf_argument *arguments, size_t count,
                       nf_error *err)
{
    return start(out, session, flow, arguments, NULL, count, err);
}

nf_status nf_run_start_text(nf_run **out, nf_session *session, const char *flow,
                            const char *const *arguments, size_t count,
                            nf_error *err)
{
    static const char *const none[] = {NULL};
    return start(out, session, flow, NULL, arguments ? arguments : none, count,
                 err);
}

/* H8: what a flow shows and does not hide would stay on the screen. */
static void warn_of_progress(const nf_run *run)
{
    nf_session *s = run->session;
    if (s->progress_shown <= run->progress_before)
        return;
    s->progress_shown = run->progress_before;
    json_object *payload = json_object_new_object();
    if (!payload)
        return;
    nf_json_text(payload, "level", "Warning");
    nf_json_text(payload, "node", "Interpreter");
    nf_json_text(payload, "text", "Progress is shown and never hidden");
    if (run->flow)
        nf_json_text(payload, "flow", run->flow->qualified);
    nf_world_event(&s->world, "log", payload, NULL);
}

/* Steps, with its own deadline and patience in place of those of a run that
 * called this one. */
static nf_status go_on(nf_run *run)
{
    nf_session *s = run->session;
    nf_world *world = &s->world;
    int64_t *deadline = &world->environment.limits.deadline;
    const int64_t deadline_before = *deadline;
    const int patience_before = world->patience_ms;
    if (!run->execution)
        return nf_error_status(&run->failure);
    world->patience_ms = nf_session_patience(s, s->blocking > 0);
    *deadline = run->deadline;
    run->stepping = true;
    nf_status status = nf_execution_run(run->execution, &run->failure);
    run->stepping = false;
    *deadline = deadline_before;
    world->patience_ms = patience_before;
    return status;
}

/* What a run that has ended came to, each time it is asked. */
static nf_status answer(const nf_run *run, nf_error *err)
{
    if (run->status != NF_OK && err && !nf_error_is_set(err))
        *err = run->failure;
    return run->status;
}

nf_status nf_run_step(nf_run *run, nf_error *err)
{
    NF_IN_SESSION(run->session);
    if (run->ended)
        return answer(run, err);
    if (run->stepping)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "the call is being stepped already");
    nf_status status = go_on(run);
    if (status == NF_PENDING)
        return status;
    if (status == NF_CANCELLED && strcmp(run->failure.code, "reloaded") == 0) {
        run->reloaded = true;
        nf_error_clear(&run->failure);
        status = NF_OK;
    }
    if (run->session->javascript)
        nf_javascript_reloaded(run->session->javascript);
    if (!run->reloaded)
        warn_of_progress(run);
    run->ended = true;
    run->status = status;
    run->finished = nf_clock_elapsed();
    leave(run);
    return answer(run, err);
}

const nf_value *nf_run_result(const nf_run *run)
{
    if (!run->ended || run->status != NF_OK || run->reloaded ||
        run->flow->result.kind == NF_KIND_VOID)
        return NULL;
    return nf_execution_result(run->execution);
}

void nf_run_free(nf_run *run)
{
    if (!run)
        return;
    nf_session *s = run->session;
    NF_IN_SESSION(s);
    if (!run->ended)
        leave(run);
    if (run->execution)
        nf_execution_free(run->execution);
    json_object_put(run->events);
    if (s->objects)
        nf_objects_sweep(s->objects);
    nf_free(run);
}

nf_status nf_session_call(nf_value **result, nf_session *session,
                          const char *flow, const nf_argument *arguments,
                          size_t count, nf_error *err)
{
    NF_IN_SESSION(session);
    nf_run *run = NULL;
    if (result)
        *result = NULL;
    nf_status status = nf_run_start(&run, session, flow, arguments, count, err);
    if (status != NF_OK)
        return status;
    session->blocking++;
    while ((status = nf_run_step(run, err)) == NF_PENDING)
        nf_session_wait(session, -1);
    session->blocking--;
    const nf_value *value = nf_run_result(run);
    if (status == NF_OK && result && value) {
        *result = nf_value_new_empty();
        if (*result)
            **result = nf_value_copy(value);
        else
            status = nf_error_nomem(err);
    }
    nf_run_free(run);
    return status;
}

/* ---- the report -------------------------------------------------------- */

/* {"type", "value"}, and "entity" for objects and lists. */
static json_object *typed(const nf_type *type, const nf_value *value)
{
    json_object *json = json_object_new_object();
    nf_kind kind = type->kind;
    const nf_entity *entity = type->entity;
    if (kind == NF_KIND_UNKNOWN || kind == NF_KIND_EMPTY)
        kind = value->kind;
    if (value->kind == NF_KIND_OBJECT)
        entity = value->as.object->entity;
    nf_json_text(json, "type",
                 kind == NF_KIND_EMPTY ? "Empty" : nf_kind_name(kind));
    if (kind == NF_KIND_OBJECT || kind == NF_KIND_LIST)
        nf_json_text(json, "entity", entity ? entity->qualified : NULL);
    json_object_object_add(json, "value", nf_json_value(value));
    return json;
}

static const char *or_null(const char *text)
{
    return text && *text ? text : NULL;
}

static json_object *error_json(const nf_error *e)
{
    if (!nf_error_is_set(e))
        return NULL;
    json_object *json = json_object_new_object();
    nf_json_text(json, "code", or_null(e->code));
    nf_json_text(json, "detail", or_null(e->detail));
    nf_json_text(json, "message", e->message);
    nf_json_text(json, "document", or_null(e->document));
    nf_json_text(json, "activity", or_null(e->activity));
    nf_json_text(json, "activityId", or_null(e->activity_id));
    json_object_object_add(json, "position",
                           e->position >= 0 ? json_object_new_int64(e->position)
                                            : NULL);
    if (*e->expression)
        nf_json_text(json, "expression", e->expression);
    if (*e->trace)
        nf_json_text(json, "trace", e->trace);
    return json;
}

static json_object *variables_json(const nf_run *run)
{
    json_object *json = json_object_new_object();
    size_t count =
        run->execution ? nf_execution_variable_count(run->execution) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *name;
        nf_type type;
        const nf_value *value;
        if (nf_execution_variable(run->execution, i, &name, &type, &value))
            json_object_object_add(json, name, nf_json_value(value));
    }
    return json;
}

static json_object *statistics_json(const nf_run *run)
{
    json_object *json = json_object_new_object();
    uint64_t steps = run->execution ? nf_execution_steps(run->execution) : 0;
    json_object_object_add(json, "steps",
                           json_object_new_int64((int64_t)steps));
    json_object_object_add(
        json, "milliseconds",
        json_object_new_int64(run->ended ? run->finished - run->started : 0));
    return json;
}

char *nf_run_report(const nf_run *run, const nf_error *error, bool variables)
{
    NF_IN_SESSION(run->session);
    json_object *json = json_object_new_object();
    const nf_value *result = nf_run_result(run);
    json_object_object_add(json, "result",
                           result ? typed(&run->flow->result, result) : NULL);
    json_object_object_add(json, "events", json_object_get(run->events));
    json_object_object_add(json, "error", error_json(error));
    if (run->reloaded)
        json_object_object_add(json, "reloaded", json_object_new_boolean(true));
    if (variables)
        json_object_object_add(json, "variables", variables_json(run));
    json_object_object_add(json, "statistics", statistics_json(run));
    char *text = nf_json_text_of(json, NF_JSON_LINE);
    json_object_put(json);
    return text;
}

char *nf_run_variables(const nf_run *run)
{
    NF_IN_SESSION(run->session);
    nf_buffer out;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    size_t count =
        run->execution ? nf_execution_variable_count(run->execution) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *name;
        nf_type type;
        const nf_value *value;
        if (!nf_execution_variable(run->execution, i, &name, &type, &value))
            continue;
        char *text = nf_value_print(value);
        nf_buffer_format(&out, "%s = %s\n", name, text ? text : "");
        out.failed = out.failed || !text;
        nf_free(text);
    }
    char *text = out.failed   ? NULL
                 : out.length ? nf_buffer_take(&out)
                              : nf_strdup("");
    nf_buffer_dispose(&out);
    return text;
}
