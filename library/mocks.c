/* See mocks.h: who answers. */
#include "library/mocks_internal.h"

#include "base/memory.h"
#include "base/suggest.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

nf_mocks *nf_mocks_new(const nf_environment *environment)
{
    nf_mocks *mocks = nf_alloc(sizeof *mocks);
    if (!mocks)
        return NULL;
    mocks->arena = nf_arena_new();
    mocks->bindings = nf_bindings_new(environment, NULL, NULL, NULL);
    if (mocks->arena && mocks->bindings)
        return mocks;
    nf_mocks_free(mocks);
    return NULL;
}

nf_mock *nf_mocks_append(nf_mocks *mocks)
{
    nf_mock *items =
        nf_grow(mocks->items, mocks->count, &mocks->capacity, sizeof *items);
    if (!items)
        return NULL;
    mocks->items = items;
    items += mocks->count++; /* also if it turns out to be faulty */
    *items = (nf_mock){.text = ""};
    return items;
}

nf_mock_outcome *nf_mock_append(nf_mock *m)
{
    nf_mock_outcome *o =
        nf_grow(m->outcomes, m->outcome_count, &m->outcome_capacity, sizeof *o);
    if (!o)
        return NULL;
    m->outcomes = o;
    o += m->outcome_count++;
    *o = (nf_mock_outcome){.code = 200};
    return o;
}

/* A path from the folder of `from`. */
static const char *path_beside(const nf_mocks *mocks, const char *from,
                               const char *path)
{
    const char *slash = from ? strrchr(from, '/') : NULL;
    if (*path == '/' || !slash)
        return nf_arena_strdup(mocks->arena, path);
    return nf_arena_format(mocks->arena, "%.*s%s", (int)(slash + 1 - from),
                           from, path);
}

nf_status nf_mock_calls(const nf_mocks *mocks, nf_mock_outcome *o,
                        const char *from, const char *name, nf_error *err)
{
    o->script = path_beside(mocks, from, name);
    if (!o->script)
        return nf_error_nomem(err);
    return access(o->script, R_OK) == 0
               ? NF_OK
               : nf_error_set(err, NF_INPUT, "bad_mock",
                              "the script \"%s\" can't be read: %s", o->script,
                              strerror(errno));
}

nf_status nf_mocks_open(nf_mocks **out, const char *path,
                        const nf_environment *environment, nf_error *err)
{
    nf_mocks *mocks = nf_mocks_new(environment);
    nf_status status =
        mocks ? nf_mocks_read(mocks, path, NULL, err) : nf_error_nomem(err);
    *out = NULL;
    if (status == NF_OK)
        *out = mocks;
    else
        nf_mocks_free(mocks);
    return status;
}

void nf_mocks_free(nf_mocks *mocks)
{
    if (!mocks)
        return;
    for (size_t i = 0; i < mocks->count; i++) {
        nf_mock *m = &mocks->items[i];
        for (size_t p = 0; p < m->pattern_count; p++)
            nf_evaluated_free(m->patterns[p].evaluated);
        for (size_t o = 0; o < m->outcome_count; o++)
            nf_evaluated_free(m->outcomes[o].evaluated);
        nf_free(m->patterns);
        nf_free(m->outcomes);
    }
    nf_free(mocks->items);
    nf_bindings_free(mocks->bindings);
    nf_arena_free(mocks->arena);
    nf_free(mocks);
}

/* ---- answering --------------------------------------------------------- */

static bool pattern_fits(const nf_mock_pattern *p,
                         const nf_parameter *parameters,
                         const nf_value *arguments, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(parameters[i].name, p->name) != 0)
            continue;
        return !p->evaluated ||
               nf_value_equal(&arguments[i], nf_evaluated_value(p->evaluated));
    }
    return false;
}

static bool fits(const nf_mock *m, nf_flow_kind kind, const char *qualified,
                 const nf_parameter *parameters, const nf_value *arguments,
                 size_t count)
{
    if (m->what != NF_MOCK_FLOW || m->kind != kind ||
        strcmp(m->name, qualified) != 0)
        return false;
    for (size_t i = 0; i < m->pattern_count; i++)
        if (!pattern_fits(&m->patterns[i], parameters, arguments, count))
            return false;
    return true;
}

/* What a failure of this kind is in a flow (activities §5.3). */
static const char *code_of(const nf_mock *m)
{
    if (m->what != NF_MOCK_FLOW)
        return m->what == NF_MOCK_REQUEST ? "network_error" : "host_error";
    return m->kind == NF_FLOW_MICROFLOW  ? "microflow_failed"
           : m->kind == NF_FLOW_NANOFLOW ? "nanoflow_failed"
           : m->kind == NF_FLOW_ACTIVITY ? "host_error"
                                         : "js_exception";
}

static nf_status answer(nf_mock *m, nf_value *result, const char **script,
                        nf_error *err)
{
    size_t last = m->outcome_count - 1;
    const nf_mock_outcome *o = &m->outcomes[m->calls < last ? m->calls : last];
    m->calls++;
    if (o->passes)
        return NF_USAGE;
    *result = nf_empty();
    *script = o->script;
    if (!o->evaluated)
        return NF_OK;
    const nf_value *value = nf_evaluated_value(o->evaluated);
    if (o->throws)
        return nf_error_set(err, NF_FAILED, code_of(m), "%s",
                            value->as.string->text);
    *result = nf_value_copy(value);
    return NF_OK;
}

nf_status nf_mocks_call(nf_mocks *mocks, nf_flow_kind kind,
                        const char *qualified, const nf_parameter *parameters,
                        const nf_value *arguments, size_t count,
                        nf_value *result, const char **script, nf_error *err)
{
    *script = NULL;
    for (size_t i = 0; i < mocks->count; i++) {
        nf_mock *m = &mocks->items[i];
        if (fits(m, kind, qualified, parameters, arguments, count))
            return answer(m, result, script, err);
    }
    return NF_USAGE;
}

bool nf_mocks_like(const char *text, const char *like)
{
    size_t length = strlen(like), size = strlen(text);
    bool before = length && *like == '%';
    bool after = length > 1 && like[length - 1] == '%';
    like += before;
    length -= (size_t)before + after;
    for (; before && after && size > length; text++, size--)
        if (strncmp(text, like, length) == 0)
            return true;
    if (size < length || (!before && !after && size != length))
        return false;
    return strncmp(before ? text + size - length : text, like, length) == 0;
}

nf_status nf_mocks_show(nf_mocks *mocks, bool page, const char *text,
                        const char **script, nf_error *err)
{
    *script = NULL;
    for (size_t i = 0; i < mocks->count; i++) {
        nf_mock *m = &mocks->items[i];
        nf_value ignored;
        if (page ? m->what == NF_MOCK_PAGE && strcmp(m->name, text) == 0
                 : m->what == NF_MOCK_MESSAGE && nf_mocks_like(text, m->name))
            return answer(m, &ignored, script, err);
    }
    return NF_USAGE;
}

nf_status nf_mocks_request(nf_mocks *mocks, const char *method, const char *url,
                           int *code, nf_value *result, const char **script,
                           nf_error *err)
{
    *script = NULL;
    for (size_t i = 0; i < mocks->count; i++) {
        nf_mock *m = &mocks->items[i];
        if (m->what == NF_MOCK_REQUEST && strcmp(m->method, method) == 0 &&
            nf_mocks_like(url, m->name)) {
            *code =
                m->outcomes[m->calls < m->outcome_count ? m->calls
                                                        : m->outcome_count - 1]
                    .code;
            return answer(m, result, script, err);
        }
    }
    return NF_USAGE;
}

nf_status nf_mocks_confirm(nf_mocks *mocks, const char *question,
                           nf_value *result, const char **script, nf_error *err)
{
    *script = NULL;
    for (size_t i = 0; i < mocks->count; i++) {
        nf_mock *m = &mocks->items[i];
        if (m->what == NF_MOCK_CONFIRM && nf_mocks_like(question, m->name))
            return answer(m, result, script, err);
    }
    return NF_USAGE;
}

const char *nf_mocks_unused(const nf_mocks *mocks, size_t index)
{
    for (size_t i = 0; i < mocks->count; i++)
        if (!mocks->items[i].calls && index-- == 0)
            return mocks->items[i].text;
    return NULL;
}

/* ---- whether there is what they answer for ------------------------------- */

static nf_status check_patterns(const nf_mock *m, const nf_flow *flow,
                                nf_error *err)
{
    for (size_t i = 0; i < m->pattern_count; i++) {
        nf_suggestion near = {.name = m->patterns[i].name};
        char hint[NF_ERROR_NAME_SIZE];
        if (nf_flow_find_parameter(flow, m->patterns[i].name))
            continue;
        for (size_t k = 0; k < flow->parameter_count; k++)
            nf_suggest(&near, flow->parameters[k].name);
        return nf_error_set(err, NF_INPUT, "bad_mock",
                            "\"%s\" has no parameter \"%s\"%s", m->name,
                            m->patterns[i].name,
                            nf_suggestion_text(&near, "", hint, sizeof hint));
    }
    return NF_OK;
}

nf_status nf_mocks_check(const nf_mocks *mocks, size_t first,
                         const nf_model *model, nf_error *err)
{
    nf_status status = NF_OK;
    for (size_t i = first; status == NF_OK && i < mocks->count; i++) {
        const nf_mock *m = &mocks->items[i];
        const nf_flow *flow = NULL;
        if (m->what == NF_MOCK_PAGE &&
            !nf_model_find_document(model, "Forms$Page", m->name))
            return nf_error_set(err, NF_INPUT, "bad_mock",
                                "the model has no page \"%s\"", m->name);
        if (m->what != NF_MOCK_FLOW || m->kind == NF_FLOW_ACTIVITY)
            continue;
        status = nf_model_flow(&flow, model, m->kind, m->name, err);
        if (status == NF_OK)
            status = check_patterns(m, flow, err);
    }
    return status;
}

size_t nf_mocks_count(const nf_mocks *mocks)
{
    return mocks->count;
}
