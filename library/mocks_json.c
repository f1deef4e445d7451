/* Mocks as JSON (test E43), for tools that write and read them:
 *
 *   {"flow": "M.Sell",
 *    "cases": {"happy": {"javascript action M.Price (Amount = 3)":
 *                            [{"return": 1.5}, {"throw": "offline"}],
 *                        "M.Twice": [{"pass": true}]}}}
 *
 * A step is what is mocked, in the words of a line, or the name of a flow or
 * action alone. Its outcomes answer in turn: a value; an error's message;
 * "pass": true; "calls": a script; "expression": a value as an expression.
 * "status" beside the value is that of a reply to a request. */
#include "library/mocks_internal.h"

#include "base/json.h"
#include "base/text.h"
#include "library/json.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

enum { JSON_MAX_BYTES = 16 * 1024 * 1024 };

typedef struct reader {
    nf_mocks *mocks;
    const char *path;
    nf_error *err;
} reader;

static nf_status malformed(const reader *r, const char *format,
                           const char *what)
{
    char message[512];
    snprintf(message, sizeof message, format, what);
    return nf_error_set(r->err, NF_INPUT, "bad_mock", "%s: %s", r->path,
                        message);
}

/* ---- outcomes ------------------------------------------------------------ */

/* A JSON value as an expression; enumerations by the key of a value. */
static nf_status expression_of(nf_buffer *out, json_object *value,
                               const nf_type *type)
{
    const char *text = json_object_get_string(value);
    switch (json_object_get_type(value)) {
    case json_type_null:
        nf_buffer_text(out, "empty");
        return NF_OK;
    case json_type_boolean:
    case json_type_int:
    case json_type_double:
        nf_buffer_text(out, text);
        return NF_OK;
    case json_type_string:
        break;
    default:
        return NF_USAGE;
    }
    if (type && type->kind == NF_KIND_ENUMERATION && type->enumeration) {
        nf_buffer_format(out, "%s.%s", type->enumeration->qualified, text);
        return NF_OK;
    }
    nf_buffer_char(out, '\'');
    for (; *text; text++)
        nf_buffer_format(out, *text == '\'' ? "''" : "%c", *text);
    nf_buffer_char(out, '\'');
    return NF_OK;
}

static nf_status evaluate(const reader *r, nf_mock_outcome *o, const char *text)
{
    return nf_bindings_evaluate(&o->evaluated, r->mocks->bindings, NULL, text,
                                strlen(text), r->err);
}

static nf_status take_value(const reader *r, nf_mock *m, nf_mock_outcome *o,
                            json_object *value)
{
    const nf_model *model = nf_bindings_environment(r->mocks->bindings)->model;
    const nf_flow *flow = NULL;
    nf_buffer text;
    if (m->what == NF_MOCK_FLOW && m->kind != NF_FLOW_ACTIVITY)
        nf_model_flow(&flow, model, m->kind, m->name, NULL);
    nf_buffer_init(&text, NF_BUFFER_MAX);
    nf_status status =
        expression_of(&text, value, flow && !o->throws ? &flow->result : NULL);
    if (status == NF_USAGE)
        status = malformed(r,
                           "%s: an object or a list can't be returned: "
                           "\"calls\" a script makes one",
                           m->text);
    else if (text.failed)
        status = nf_error_nomem(r->err);
    else
        status = evaluate(r, o, nf_buffer_string(&text));
    nf_buffer_dispose(&text);
    return status;
}

static nf_status take_outcome(const reader *r, nf_mock *m, json_object *json)
{
    json_object *value = NULL;
    nf_mock_outcome *o = nf_mock_append(m);
    if (!o)
        return nf_error_nomem(r->err);
    if (json_object_object_get_ex(json, "status", &value))
        o->code = json_object_get_int(value);
    o->throws = json_object_object_get_ex(json, "throw", &value);
    if (o->throws && !json_object_is_type(value, json_type_string))
        return malformed(r, "%s: \"throw\" takes a text", m->text);
    if (o->throws || json_object_object_get_ex(json, "return", &value))
        return take_value(r, m, o, value);
    if (json_object_object_get_ex(json, "expression", &value))
        return evaluate(r, o, json_object_get_string(value));
    if (json_object_object_get_ex(json, "calls", &value))
        return nf_mock_calls(r->mocks, o, r->path,
                             json_object_get_string(value), r->err);
    o->passes = json_object_object_get_ex(json, "pass", &value) &&
                json_object_get_boolean(value);
    return o->passes ? NF_OK
                     : malformed(r,
                                 "%s: an outcome has \"return\", \"throw\", "
                                 "\"calls\", \"expression\" or \"pass\"",
                                 m->text);
}

/* ---- steps --------------------------------------------------------------- */

/* A name alone is that of a flow or an action of the model. */
static const char *words_of(const reader *r, const char *step)
{
    static const struct {
        nf_flow_kind kind;
        const char *words;
    } kinds[] = {{NF_FLOW_MICROFLOW, "microflow"},
                 {NF_FLOW_NANOFLOW, "nanoflow"},
                 {NF_FLOW_JAVASCRIPT_ACTION, "javascript action"},
                 {NF_FLOW_JAVA_ACTION, "java action"}};
    const nf_model *model = nf_bindings_environment(r->mocks->bindings)->model;
    size_t length = strcspn(step, " (");
    const char *name = nf_arena_strndup(r->mocks->arena, step, length);
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
        if (nf_model_find_document(model, nf_flow_kind_type(kinds[i].kind),
                                   name))
            return nf_arena_format(r->mocks->arena, "%s %s", kinds[i].words,
                                   step);
    return nf_arena_strdup(r->mocks->arena, step);
}

static nf_status take_step(const reader *r, const char *step,
                           json_object *outcomes)
{
    nf_mock *m = nf_mocks_append(r->mocks);
    nf_status status = NF_OK;
    if (!m || !(m->text = words_of(r, step)))
        return nf_error_nomem(r->err);
    if (!json_object_is_type(outcomes, json_type_array) ||
        !json_object_array_length(outcomes))
        return malformed(r, "%s: expected a list of outcomes", step);
    status = nf_mocks_target(r->mocks, m, m->text, r->err);
    for (size_t i = 0;
         status == NF_OK && i < json_object_array_length(outcomes); i++)
        status = take_outcome(r, m, json_object_array_get_idx(outcomes, i));
    return status;
}

static nf_status take_case(const reader *r, json_object *steps)
{
    nf_status status = NF_OK;
    if (!json_object_is_type(steps, json_type_object))
        return malformed(r, "%s", "a case is an object of steps");
    json_object_object_foreach(steps, step, outcomes)
    {
        status = take_step(r, step, outcomes);
        if (status != NF_OK)
            break;
    }
    return status;
}

/* ---- cases --------------------------------------------------------------- */

static nf_status choose(const reader *r, json_object *cases, const char *wanted,
                        const char *likely, json_object **out)
{
    nf_buffer names;
    nf_status status = NF_OK;
    *out = NULL;
    if (json_object_object_get_ex(cases, wanted ? wanted : "", out) ||
        (!wanted && likely && json_object_object_get_ex(cases, likely, out)))
        return NF_OK;
    nf_buffer_init(&names, NF_BUFFER_MAX);
    json_object_object_foreach(cases, name, steps)
    {
        nf_buffer_format(&names, "%s%s", names.length ? ", " : "", name);
        *out = steps;
    }
    if (wanted || json_object_object_length(cases) != 1)
        status = malformed(r,
                           wanted ? "there is no such case; there are: %s"
                                  : "say which case, FILE#CASE; there are: %s",
                           names.length ? nf_buffer_string(&names) : "none");
    nf_buffer_dispose(&names);
    return status;
}

static nf_status take_document(const reader *r, json_object *json,
                               const char *wanted, const char *likely)
{
    json_object *cases = NULL, *steps, *flow = NULL;
    const nf_model *model = nf_bindings_environment(r->mocks->bindings)->model;
    if (!json_object_object_get_ex(json, "cases", &cases) ||
        !json_object_is_type(cases, json_type_object))
        return malformed(r, "%s", "expected {\"flow\": …, \"cases\": {…}}");
    if (json_object_object_get_ex(json, "flow", &flow)) {
        const char *name = json_object_get_string(flow);
        if (!nf_model_find_document(model, "Microflows$Nanoflow", name) &&
            !nf_model_find_document(model, "Microflows$Microflow", name))
            return malformed(r, "the model has no flow \"%s\"", name);
    }
    nf_status status = choose(r, cases, wanted, likely, &steps);
    return status == NF_OK ? take_case(r, steps) : status;
}

static nf_status read_text(nf_buffer *out, const reader *r)
{
    char block[8192];
    size_t length;
    FILE *file = fopen(r->path, "re");
    if (!file)
        return nf_error_set(r->err, NF_INPUT, "unreadable",
                            "the mocks \"%s\" can't be read: %s", r->path,
                            strerror(errno));
    while ((length = fread(block, 1, sizeof block, file)) > 0)
        nf_buffer_add(out, block, length);
    bool bad = ferror(file) || out->failed || !out->length;
    fclose(file);
    return bad ? nf_error_set(r->err, NF_INPUT, "unreadable",
                              "the mocks \"%s\" can't be read", r->path)
               : NF_OK;
}

static nf_status parse(json_object **out, const reader *r,
                       const nf_buffer *text)
{
    nf_json_text_read read;
    nf_status status =
        nf_json_parse(&read, text->data, text->length, 32,
                      JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8, r->err);
    if (status != NF_OK)
        return status;
    *out = read.json;
    return read.json ? NF_OK
                     : malformed(r, "it is no JSON: %s",
                                 read.problem ? read.problem : "null");
}

nf_status nf_mocks_read_json(nf_mocks *mocks, const char *path,
                             const char *likely, nf_error *err)
{
    const char *mark = strchr(path, '#');
    reader r = {mocks,
                nf_arena_strndup(mocks->arena, path,
                                 mark ? (size_t)(mark - path) : strlen(path)),
                err};
    json_object *json = NULL;
    nf_buffer text;
    if (!r.path)
        return nf_error_nomem(err);
    nf_buffer_init(&text, JSON_MAX_BYTES);
    nf_status status = read_text(&text, &r);
    if (status == NF_OK)
        status = parse(&json, &r, &text);
    if (status == NF_OK)
        status = take_document(&r, json, mark ? mark + 1 : NULL, likely);
    json_object_put(json);
    nf_buffer_dispose(&text);
    return status == NF_FAILED ? NF_INPUT : status;
}
