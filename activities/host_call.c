/* The common part of calls that somebody else answers. While the answer is
 * pending, the evaluated arguments and the host's token are kept, so that
 * arguments are evaluated once. */
#include "activities/host_call.h"

#include <string.h>

typedef struct waiting {
    const nf_host *host;
    void *token;
    bool scripted; /* the host's own functions do not answer */
    size_t count;
    nf_value arguments[];
} waiting;

/* ---- bind ---------------------------------------------------------------- */

bool nf_host_call_bind(nf_binder *binder, nf_host_call *bound,
                       nf_flow_kind kind, const char *qualified,
                       size_t mappings)
{
    nf_error error;
    nf_status status;

    nf_error_clear(&error);
    bound->output.slot = -1;
    status = nf_model_flow(&bound->flow, nf_bind_model(binder), kind, qualified,
                           &error);
    if (status == NF_NOMEM)
        return false;
    if (status) {
        if (strcmp(error.code, "not_found") == 0)
            nf_bind_missing(binder, qualified, "%s", error.message);
        else
            nf_bind_error(binder, error.code, error.detail, "%s",
                          error.message);
        return true;
    }
    bound->arguments = nf_bind_alloc(
        binder, (bound->flow->parameter_count + 1) * sizeof *bound->arguments);
    bound->order = nf_bind_alloc(binder, (mappings + 1) * sizeof *bound->order);
    return bound->arguments && bound->order;
}

int nf_host_call_parameter(nf_binder *binder, const nf_host_call *bound,
                           const nf_element *mapping)
{
    const char *name = nf_element_string(mapping, "Parameter", "");
    const char *dot = strrchr(name, '.');
    const nf_parameter *parameter =
        nf_flow_find_parameter(bound->flow, dot ? dot + 1 : name);

    if (parameter)
        return (int)(parameter - bound->flow->parameters);
    nf_bind_warning(binder, "not_found",
                    "\"%s\" has no parameter \"%s\"; the argument is ignored",
                    bound->flow->qualified, name);
    return -1;
}

void nf_host_call_output(nf_binder *binder, nf_host_call *bound,
                         const nf_element *action, const char *property,
                         nf_type type)
{
    const char *name = nf_element_string(action, property, "");

    if (nf_element_bool(action, "UseReturnVariable", true) && name[0] &&
        type.kind != NF_KIND_VOID)
        bound->output = nf_bind_output(binder, name, type);
}

/* ---- execute ------------------------------------------------------------- */

void nf_host_call_cancel(void *state)
{
    waiting *w = state;

    if (!w)
        return;
    if (w->token && w->host->forget)
        w->host->forget(w->host->user, w->token);
    for (size_t i = 0; i < w->count; i++)
        nf_value_release(&w->arguments[i]);
    nf_free(w);
}

static nf_status evaluate(nf_call *call, const nf_host_argument *argument,
                          nf_value *out, nf_error *err)
{
    const nf_value *value;
    nf_string *text;
    nf_status status;

    if (argument->variable.name) {
        status = nf_call_require(call, &argument->variable, &value, err);
        if (!status)
            *out = nf_value_copy(value);
        return status;
    }
    if (argument->text)
        return nf_value_text(out, argument->text, strlen(argument->text))
                   ? NF_OK
                   : nf_error_nomem(err);
    if (!argument->is_template)
        return nf_call_evaluate(call, &argument->expression, out, err);
    status = nf_call_template(call, &argument->text_template, &text, err);
    if (!status)
        *out = nf_string_take(text);
    return status;
}

static nf_status prepare(nf_call *call, const nf_host_call *bound,
                         waiting **out, nf_error *err)
{
    size_t count = bound->flow->parameter_count;
    waiting *w = nf_alloc(sizeof *w + (count + 1) * sizeof *w->arguments);
    nf_status status = NF_OK;

    *out = w;
    if (!w)
        return nf_error_nomem(err);
    w->count = count;
    w->host = &nf_call_world(call)->host;
    for (size_t i = 0; !status && i < bound->order_count; i++) {
        uint32_t index = bound->order[i];

        nf_value_release(&w->arguments[index]);
        status =
            evaluate(call, &bound->arguments[index], &w->arguments[index], err);
    }
    return status;
}

static bool fits(const nf_value *value, const nf_type *type)
{
    if (value->kind == NF_KIND_EMPTY || type->kind == NF_KIND_UNKNOWN)
        return true;
    if (value->kind == NF_KIND_INTEGER && type->kind == NF_KIND_DECIMAL)
        return true;
    if (value->kind != type->kind)
        return false;
    return type->kind != NF_KIND_OBJECT || !type->entity ||
           nf_entity_is(value->as.object->entity, type->entity);
}

/* Text that names a value of an enumeration, with or without its prefix. */
static nf_status to_enumeration(nf_value *value, const nf_type *type,
                                nf_error *err)
{
    const char *text, *dot;
    nf_string *key;

    if (value->kind != NF_KIND_STRING || type->kind != NF_KIND_ENUMERATION)
        return NF_OK;
    text = value->as.string->text;
    dot = strrchr(text, '.');
    if (dot)
        text = dot + 1;
    if (type->enumeration && !nf_enumeration_find(type->enumeration, text))
        return NF_OK;
    key = nf_string_new(text, strlen(text));
    if (!key)
        return nf_error_nomem(err);
    nf_value_release(value);
    *value = nf_enumeration_take(key);
    return NF_OK;
}

static nf_status assign(nf_call *call, const nf_host_call *bound,
                        nf_value *result, nf_error *err)
{
    const nf_type *type = &bound->output.type;
    nf_status status;

    if (bound->output.slot < 0) {
        nf_value_release(result);
        return NF_OK;
    }
    status = to_enumeration(result, type, err);
    if (!status && !fits(result, type))
        status = nf_error_set(err, NF_FAILED, bound->bad_result,
                              "\"%s\" gave a result of type %s; %s is expected",
                              bound->flow->qualified,
                              nf_kind_name((nf_kind)result->kind),
                              nf_kind_name(type->kind));
    if (status)
        nf_value_release(result);
    else
        nf_call_set(call, &bound->output, *result);
    return status;
}

static nf_status nobody_for(const char *activity, nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "unsupported_activity",
                        "The activity \"%s\" can't run here: no host answers "
                        "for it",
                        activity);
}

static nf_status unanswered(const nf_host_call *bound, nf_error *err)
{
    bool java = bound->flow->kind == NF_FLOW_JAVA_ACTION;

    if (bound->flow->kind == NF_FLOW_ACTIVITY)
        return nobody_for(bound->flow->qualified, err);
    if (java || bound->flow->kind == NF_FLOW_JAVASCRIPT_ACTION)
        return nf_error_set(err, NF_FAILED, bound->unanswered,
                            "The %s action \"%s\" can't run here: no host "
                            "answers for it",
                            java ? "Java" : "JavaScript",
                            bound->flow->qualified);
    return nf_error_set(err, NF_FAILED, bound->unanswered,
                        "The microflow \"%s\" can't be called: the server "
                        "can't be reached",
                        bound->flow->qualified);
}

static nf_status ask(nf_call *call, const nf_host_call *bound, waiting *w,
                     nf_value *result, nf_error *err)
{
    const nf_host *host = &nf_call_world(call)->host;
    const nf_flow *flow = bound->flow;
    nf_status status = NF_USAGE;

    if (host->call && !w->scripted)
        status = host->call(host->user, flow->kind, flow->qualified,
                            flow->parameters, w->arguments, w->count, &w->token,
                            result, err);
    if (status == NF_USAGE && host->script &&
        flow->kind == NF_FLOW_JAVASCRIPT_ACTION) {
        const nf_type none = {.kind = NF_KIND_VOID};

        nf_error_clear(err);
        w->scripted = true;
        return host->script(host->user, flow, w->arguments,
                            bound->output.slot < 0 ? &none
                                                   : &bound->output.type,
                            &w->token, result, err);
    }
    if (status == NF_USAGE) {
        nf_error_clear(err);
        return unanswered(bound, err);
    }
    if (status && status != NF_PENDING && !nf_error_is_set(err))
        nf_error_set(err, NF_FAILED, "host_error", "\"%s\" failed",
                     flow->qualified);
    return status;
}

nf_status nf_host_call_execute(nf_call *call, const nf_host_call *bound,
                               nf_status (*check)(nf_call *call,
                                                  const nf_host_call *bound,
                                                  const nf_value *arguments,
                                                  nf_error *err),
                               void **state, nf_error *err)
{
    waiting *w = *state;
    nf_value result = nf_empty();
    nf_status status = NF_OK;

    if (!w) {
        status = prepare(call, bound, &w, err);
        if (!status && check)
            status = check(call, bound, w->arguments, err);
    }
    if (!status)
        status = ask(call, bound, w, &result, err);
    if (status == NF_PENDING) {
        *state = w;
        return status;
    }
    *state = NULL;
    nf_host_call_cancel(w);
    if (!status)
        return assign(call, bound, &result, err);
    nf_value_release(&result);
    return status;
}

nf_status nf_host_ask(nf_call *call, const char *activity,
                      const nf_parameter *parameters, const nf_value *arguments,
                      size_t count, nf_value *result, nf_error *err)
{
    const nf_host *host = &nf_call_world(call)->host;
    void *token = NULL;
    nf_status status = NF_USAGE;

    *result = nf_empty();
    if (host->call)
        status = host->call(host->user, NF_FLOW_ACTIVITY, activity, parameters,
                            arguments, count, &token, result, err);
    if (status == NF_PENDING) {
        if (host->forget)
            host->forget(host->user, token);
        return nf_error_set(err, NF_FAILED, "host_error",
                            "\"%s\" has to be answered at once", activity);
    }
    if (status == NF_USAGE) {
        nf_error_clear(err);
        return nobody_for(activity, err);
    }
    if (status && !nf_error_is_set(err))
        nf_error_set(err, NF_FAILED, "host_error", "\"%s\" failed", activity);
    return status;
}
