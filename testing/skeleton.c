/* What a flow needs mocked, as a test to go on from (E43). */
#include "library/app.h"
#include "models/model.h"
#include "nanoflow.h"

#include "base/map.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

typedef struct skeleton {
    const nf_model *model;
    nf_map *seen; /* by "kind name" */
    nf_arena *arena;
    nf_buffer mocks;
    int depth;
    nf_error *err;
} skeleton;

enum { FLOW_DEPTH = 64 };

/* A value that fits, for people to replace. */
static const char *example(const skeleton *s, const nf_type *type)
{
    const nf_enumeration *e =
        type->kind == NF_KIND_ENUMERATION ? type->enumeration : NULL;
    const char *text;
    if (e && e->count) {
        text =
            nf_arena_format(s->arena, "%s.%s", e->qualified, e->values[0].name);
        return text ? text : "empty";
    }
    switch (type->kind) {
    case NF_KIND_BOOLEAN:
        return "true";
    case NF_KIND_INTEGER:
        return "0";
    case NF_KIND_DECIMAL:
        return "0.0";
    case NF_KIND_STRING:
        return "''";
    case NF_KIND_VOID:
        return "nothing";
    default:
        return "empty";
    }
}

static void add_mock(skeleton *s, const char *kind, const nf_flow *flow)
{
    nf_buffer_format(&s->mocks, " * @mock   %s %s", kind, flow->qualified);
    for (size_t i = 0; i < flow->parameter_count; i++)
        nf_buffer_format(&s->mocks, "%s%s = any", i ? ", " : " (",
                         flow->parameters[i].name);
    nf_buffer_format(&s->mocks, "%s returns %s\n",
                     flow->parameter_count ? ")" : "",
                     example(s, &flow->result));
}

static bool is_new(skeleton *s, const char *kind, const char *name)
{
    const char *key = nf_arena_format(s->arena, "%s %s", kind, name);
    if (!key || nf_map_get(s->seen, key))
        return false;
    return nf_map_set(s->seen, key, s);
}

static nf_status walk(skeleton *s, const nf_element *element);

static nf_status call(skeleton *s, nf_flow_kind kind, const char *word,
                      const char *name)
{
    const nf_flow *flow = NULL;
    nf_error ignored = {0};
    if (!*name || !is_new(s, word, name))
        return NF_OK;
    nf_status status = nf_model_flow(&flow, s->model, kind, name, &ignored);
    if (status != NF_OK) /* `check` says what is wrong with the app */
        return status == NF_NOMEM ? nf_error_nomem(s->err) : NF_OK;
    if (kind != NF_FLOW_NANOFLOW) {
        add_mock(s, word, flow);
        return NF_OK;
    }
    if (++s->depth > FLOW_DEPTH)
        return nf_error_set(s->err, NF_INPUT, "too_deep",
                            "flows call each other more than %d deep",
                            FLOW_DEPTH);
    status = walk(s, flow->element);
    s->depth--;
    return status;
}

static nf_status look_at(skeleton *s, const nf_element *e)
{
    if (nf_element_is(e, "Microflows$JavaScriptActionCallAction"))
        return call(s, NF_FLOW_JAVASCRIPT_ACTION, "javascript action",
                    nf_element_string(e, "JavaScriptAction", ""));
    if (nf_element_is(e, "Microflows$MicroflowCall"))
        return call(s, NF_FLOW_MICROFLOW, "microflow",
                    nf_element_string(e, "Microflow", ""));
    if (nf_element_is(e, "Microflows$NanoflowCall"))
        return call(s, NF_FLOW_NANOFLOW, "nanoflow",
                    nf_element_string(e, "Nanoflow", ""));
    if (nf_element_is(e, "Microflows$RestCallAction") &&
        is_new(s, "rest", "GET"))
        nf_buffer_text(&s->mocks, " * @mock   rest GET 'https://%' returns "
                                  "''\n");
    return NF_OK;
}

/* Elements are as deep as a model may be (its readers have a limit). */
static nf_status walk(skeleton *s, const nf_element *element)
{
    nf_status status = element ? look_at(s, element) : NF_OK;
    for (size_t i = 0; element && status == NF_OK && i < element->count; i++) {
        const nf_property *p = &element->properties[i];
        if (p->kind == NF_PROPERTY_ELEMENT)
            status = walk(s, p->as.element);
        for (size_t k = 0; p->kind == NF_PROPERTY_LIST && status == NF_OK &&
                           k < p->as.list.count;
             k++)
            if (p->as.list.items[k].kind == NF_PROPERTY_ELEMENT)
                status = walk(s, p->as.list.items[k].as.element);
    }
    return status;
}

/* What a parameter gets; objects and lists are made before the call. */
static const char *argument(const skeleton *s, const nf_parameter *p)
{
    const char *text = NULL;
    if ((p->type.kind == NF_KIND_OBJECT || p->type.kind == NF_KIND_LIST) &&
        p->type.entity)
        text = nf_arena_format(s->arena, "$%s", p->name);
    return text ? text : example(s, &p->type);
}

static void print_objects(nf_buffer *out, const nf_flow *flow)
{
    for (size_t i = 0; i < flow->parameter_count; i++) {
        const nf_parameter *p = &flow->parameters[i];
        if (p->type.kind == NF_KIND_OBJECT && p->type.entity)
            nf_buffer_format(out, "$%s = create %s ();\n", p->name,
                             p->type.entity->qualified);
        else if (p->type.kind == NF_KIND_LIST && p->type.entity)
            nf_buffer_format(out, "declare $%s list of %s = empty;\n", p->name,
                             p->type.entity->qualified);
    }
}

static void print_expectation(nf_buffer *out, const skeleton *s,
                              const nf_type *result)
{
    if (result->kind == NF_KIND_OBJECT)
        nf_buffer_text(out, " * @expect $result != empty\n");
    else if (result->kind == NF_KIND_LIST)
        nf_buffer_text(out, " * @expect count($result) = 0\n");
    else
        nf_buffer_format(out, " * @expect $result = %s\n", example(s, result));
}

static void print(nf_buffer *out, const skeleton *s, const nf_flow *flow,
                  bool nanoflow)
{
    bool returns = flow->result.kind != NF_KIND_VOID;
    nf_buffer_format(out, "/**\n * @test   %s\n", flow->qualified);
    if (s->mocks.length)
        nf_buffer_add(out, s->mocks.data, s->mocks.length);
    if (returns)
        print_expectation(out, s, &flow->result);
    nf_buffer_text(out, " */\n");
    print_objects(out, flow);
    nf_buffer_format(out, "%scall %s %s (", returns ? "$result = " : "",
                     nanoflow ? "nanoflow" : "microflow", flow->qualified);
    for (size_t i = 0; i < flow->parameter_count; i++)
        nf_buffer_format(out, "%s%s = %s", i ? ", " : "",
                         flow->parameters[i].name,
                         argument(s, &flow->parameters[i]));
    nf_buffer_text(out, ");\n/\n");
}

static nf_status make(skeleton *s, const char *name, nf_buffer *out)
{
    const nf_flow *flow = NULL;
    nf_error first = {0};
    bool nanoflow =
        nf_model_flow(&flow, s->model, NF_FLOW_NANOFLOW, name, &first) == NF_OK;
    nf_status status = NF_OK;
    if (!nanoflow && strstr(first.message, "did you mean"))
        status = nf_error_pass(&first, s->err);
    else if (!nanoflow)
        status =
            nf_model_flow(&flow, s->model, NF_FLOW_MICROFLOW, name, s->err);
    if (status == NF_OK)
        status = walk(s, flow->element);
    if (status == NF_OK)
        print(out, s, flow, nanoflow);
    return status;
}

nf_status nf_test_skeleton(const nf_app *app, const char *flow,
                           nf_write_fn write, void *user, nf_error *err)
{
    nf_buffer out;
    skeleton s = {.model = app->model,
                  .seen = nf_map_new(),
                  .arena = nf_arena_new(),
                  .err = err};
    nf_buffer_init(&s.mocks, NF_BUFFER_MAX);
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_status status = nf_app_complete(app, err);
    if (status == NF_OK)
        status = s.seen && s.arena ? make(&s, flow, &out) : nf_error_nomem(err);
    if (status == NF_OK && (out.failed || s.mocks.failed))
        status = nf_error_nomem(err);
    if (status == NF_OK && !write(user, out.data, out.length))
        status = nf_error_set(err, NF_INPUT, "unwritable",
                              "the test can't be written");
    nf_buffer_dispose(&out);
    nf_buffer_dispose(&s.mocks);
    nf_map_free(s.seen);
    nf_arena_free(s.arena);
    return status;
}
