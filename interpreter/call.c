/* What a running activity may use (activity.h, `execute`). */
#include "interpreter/execution.h"

#include <string.h>

static const nf_value empty_value = {.kind = NF_KIND_EMPTY};

nf_world *nf_call_world(const nf_call *call)
{
    return call->execution->world;
}

nf_evaluator *nf_call_evaluator(nf_call *call)
{
    return &call->execution->evaluation;
}

nf_status nf_call_evaluate(nf_call *call, const nf_bound_expression *expression,
                           nf_value *out, nf_error *err)
{
    *out = nf_empty();
    if (!expression->present)
        return NF_OK;
    return nf_machine_evaluate(call->execution, call->frame, expression->entry,
                               out, err);
}

const nf_value *nf_call_get(nf_call *call, const nf_bound_variable *variable)
{
    const nf_value *value;

    if (variable->slot < 0)
        return &empty_value;
    value = &call->frame->registers[variable->slot];
    if (value->kind == NF_KIND_UNSET ||
        (value->kind == NF_KIND_OBJECT && value->as.object->removed))
        return &empty_value;
    return value;
}

nf_status nf_call_require(nf_call *call, const nf_bound_variable *variable,
                          const nf_value **out, nf_error *err)
{
    *out = nf_call_get(call, variable);
    if (variable->slot >= 0 &&
        call->frame->registers[variable->slot].kind == NF_KIND_UNSET)
        return nf_error_set(err, NF_FAILED, "unset_variable",
                            "The variable \"%s\" has no value yet on this path",
                            variable->name);
    return NF_OK;
}

static void replace(nf_value *slot, nf_value value)
{
    nf_value_release(slot);
    *slot = value;
}

static bool too_long(nf_call *call, nf_list *list)
{
    const nf_environment *environment = &call->execution->world->environment;

    call->too_long = nf_list_count(list) > nf_list_limit(environment);
    return call->too_long;
}

/* What nf_call_set does seldom. A Boolean may become empty too: a code action
 * may leave it so (V11). */
static __attribute__((noinline)) void
convert_and_set(nf_call *call, const nf_bound_variable *variable,
                nf_value value)
{
    nf_frame *frame = call->frame;
    nf_value fitted = value;

    if (variable->slot < 0)
        nf_value_release(&value);
    else if (value.kind != NF_KIND_EMPTY &&
             nf_value_convert(&fitted, &value,
                              &frame->program->variables[variable->slot].type,
                              NULL))
        call->mismatch = true;
    else if (fitted.kind == NF_KIND_LIST && too_long(call, fitted.as.list))
        nf_value_release(&fitted);
    else
        replace(&frame->registers[variable->slot], fitted);
}

void nf_call_set(nf_call *call, const nf_bound_variable *variable,
                 nf_value value)
{
    nf_frame *frame = call->frame;
    int32_t slot = variable->slot;

    if (slot >= 0 &&
        nf_kind_fits(value.kind, &frame->program->variables[slot].type))
        replace(&frame->registers[slot], value);
    else
        convert_and_set(call, variable, value);
}

bool nf_call_next_variable(nf_call *call, size_t *at, const char **name,
                           nf_type *type, const nf_value **value)
{
    const nf_program *program = call->frame->program;

    for (; *at < program->variable_count; ++*at) {
        const nf_variable *variable = &program->variables[*at];

        *value = &call->frame->registers[*at];
        if (!variable->name[0] || (*value)->kind == NF_KIND_UNSET)
            continue;
        *name = variable->name;
        *type = variable->type;
        ++*at;
        return true;
    }
    return false;
}

const nf_guid *nf_call_element(const nf_call *call)
{
    const nf_place *place =
        nf_program_place(call->frame->program, call->frame->pc - 1);

    return place ? &place->node->element->id : NULL;
}

/* ---- templates --------------------------------------------------------------
 */

static nf_status argument_texts(nf_call *call, const nf_bound_template *t,
                                nf_string **texts, nf_error *err)
{
    for (size_t i = 0; i < t->count; i++) {
        nf_value value;
        nf_status status =
            nf_call_evaluate(call, &t->arguments[i], &value, err);

        if (!status)
            status = nf_operator_to_text(&call->execution->evaluation,
                                         &texts[i], &value, err);
        nf_value_release(&value);
        if (status)
            return status;
    }
    return NF_OK;
}

/* `{1}` … are replaced, `{{` is a literal `{`, a placeholder without an
 * argument stays as it is (U2). */
static void fill(nf_buffer *out, const char *text, nf_string *const *arguments,
                 size_t count)
{
    for (const char *p = text; *p;) {
        size_t digits, number = 0;

        if (*p != '{') {
            size_t length = strcspn(p, "{");

            nf_buffer_add(out, p, length);
            p += length;
            continue;
        }
        digits = strspn(p + 1, "0123456789");
        for (size_t i = 0; i < digits && number < 10000; i++)
            number = number * 10 + (size_t)(p[1 + i] - '0');
        if (digits && p[1 + digits] == '}' && number >= 1 && number <= count) {
            nf_buffer_add(out, arguments[number - 1]->text,
                          arguments[number - 1]->length);
            p += digits + 2;
        } else {
            nf_buffer_char(out, '{');
            p += p[1] == '{' ? 2 : 1;
        }
    }
}

nf_status nf_call_template(nf_call *call, const nf_bound_template *t,
                           nf_string **out, nf_error *err)
{
    const nf_world *world = call->execution->world;
    nf_string **texts = nf_alloc_array(t->count + 1, sizeof *texts);
    const char *text = t->text ? t->text : "";
    nf_buffer buffer;
    nf_status status;

    *out = NULL;
    if (!texts)
        return nf_error_nomem(err);
    if (t->texts)
        text =
            nf_model_text(world->model, t->texts, world->environment.language);
    nf_buffer_init(&buffer, nf_text_limit(&world->environment));
    status = argument_texts(call, t, texts, err);
    if (!status) {
        fill(&buffer, text ? text : "", texts, t->count);
        if (!buffer.failed)
            *out = nf_string_new(nf_buffer_string(&buffer), buffer.length);
        if (!*out)
            status = buffer.full ? nf_text_too_long(buffer.maximum, err)
                                 : nf_error_nomem(err);
    }
    for (size_t i = 0; i < t->count; i++)
        nf_string_release(texts[i]);
    nf_free(texts);
    nf_buffer_dispose(&buffer);
    return status;
}

size_t nf_call_objects(const nf_value *value, nf_object *const **items)
{
    *items = NULL;
    if (value->kind == NF_KIND_OBJECT && !value->as.object->removed) {
        *items = &value->as.object;
        return 1;
    }
    if (value->kind == NF_KIND_LIST) {
        size_t count = nf_list_count(value->as.list);

        *items = value->as.list->items;
        return count;
    }
    return 0;
}

const char *nf_call_flow(const nf_call *call)
{
    return call->frame->program->flow->qualified;
}

const char *nf_call_caption(const nf_call *call)
{
    return call->caption;
}

nf_engine nf_call_engine(const nf_call *call)
{
    return call->frame->program->engine;
}

bool nf_call_applies_access(const nf_call *call)
{
    return nf_execution_applies_access(call->execution, call->frame);
}

nf_status nf_call_visible(nf_call *call, nf_value *value, nf_error *err)
{
    return nf_execution_visible(call->execution, value, err);
}

bool nf_call_latest_error(const nf_call *call, nf_error *out)
{
    if (!call->frame->caught)
        return false;
    *out = *call->frame->caught;
    nf_error_trace_callers(out, call->frame);
    return true;
}
