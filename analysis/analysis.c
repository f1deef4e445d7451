/* The public entry points of the analyses (nanoflow.h). */
#include "analysis/check.h"
#include "analysis/describe.h"
#include "analysis/diagram.h"
#include "analysis/svg.h"
#include "library/app.h"
#include "models/writer.h"

#include <string.h>

nf_status nf_app_check(char **out, size_t *error_count, const nf_app *app,
                       bool json, nf_error *err)
{
    nf_check check;
    nf_buffer buffer;
    *out = NULL;
    if (error_count)
        *error_count = 0;
    nf_buffer_init(&buffer, NF_BUFFER_MAX);
    nf_status status = nf_app_complete(app, err);
    if (status != NF_OK)
        return status;
    status = nf_check_run(&check, app->model, app->programs[0], err);
    if (status == NF_OK && json)
        status = nf_check_write_json(&check, &buffer, err);
    else if (status == NF_OK)
        nf_check_write_text(&check, &buffer);
    if (status == NF_OK) {
        *out = nf_buffer_take(&buffer);
        if (!*out)
            status = nf_error_nomem(err);
        else if (error_count)
            *error_count = check.error_count;
    }
    nf_buffer_dispose(&buffer);
    nf_check_dispose(&check);
    return status;
}

/* ---- describe ----------------------------------------------------------- */

static nf_status no_such_form(const char *name, const char *format,
                              const char *instead, nf_error *err)
{
    return nf_error_set(err, NF_USAGE, "unsupported_format",
                        "'%s' has no form '%s'; use %s", name, format, instead);
}

static nf_status write_text(nf_buffer *out, const nf_app *app,
                            const nf_named *named, const char *name,
                            nf_error *err)
{
    (void)name;
    return nf_describe(out, app->model, named, err);
}

static nf_status write_json(nf_buffer *out, const nf_app *app,
                            const nf_named *named, const char *name,
                            nf_error *err)
{
    (void)name;
    return nf_describe_json(out, app->model, named, err);
}

static nf_status write_xml(nf_buffer *out, const nf_app *app,
                           const nf_named *named, const char *name,
                           nf_error *err)
{
    (void)app;
    if (!named->element)
        return no_such_form(name, "xml", "'text' or 'json'", err);
    nf_status status = nf_element_write_xml(named->element, out);
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (status != NF_OK)
        return nf_error_set(err, status, "", "'%s' can't be written as XML",
                            name);
    nf_buffer_char(out, '\n');
    return NF_OK;
}

static nf_status write_svg(nf_buffer *out, const nf_app *app,
                           const nf_named *named, const char *name,
                           nf_error *err)
{
    if (named->document && nf_named_is_flow(named->document->type))
        return nf_svg_flow(out, app->model, named->document, named->element,
                           NULL, err);
    if (named->entity)
        return nf_svg_entity(out, app->model, named->entity, err);
    if (named->module)
        return nf_svg_module(out, app->model, named->module, err);
    return no_such_form(name, "svg", "'text', 'json' or 'xml'", err);
}

/* The graph of a module or of an entity with its neighbours, by `write`. */
static nf_status
write_domain(nf_buffer *out, const nf_app *app, const nf_named *named,
             void (*write)(nf_buffer *out, const nf_domain *domain),
             nf_error *err)
{
    nf_domain domain;
    nf_arena *arena = nf_arena_new();
    if (!arena)
        return nf_error_nomem(err);
    nf_status status = named->entity
                           ? nf_domain_of_entity(&domain, arena, app->model,
                                                 named->entity, err)
                           : nf_domain_of_module(&domain, arena, app->model,
                                                 named->module, err);
    if (status == NF_OK)
        write(out, &domain);
    nf_arena_free(arena);
    return status;
}

static nf_status write_mermaid(nf_buffer *out, const nf_app *app,
                               const nf_named *named, const char *name,
                               nf_error *err)
{
    if (named->document && nf_named_is_flow(named->document->type))
        return nf_mermaid_flow(out, app->model, named->element, err);
    if (named->entity || named->module)
        return write_domain(out, app, named, nf_mermaid_domain, err);
    return no_such_form(name, "mermaid", "'text', 'json' or 'xml'", err);
}

static nf_status write_dot(nf_buffer *out, const nf_app *app,
                           const nf_named *named, const char *name,
                           nf_error *err)
{
    if (named->document && nf_named_is_flow(named->document->type))
        return nf_dot_flow(out, app->model, named->document, named->element,
                           err);
    if (named->entity || named->module)
        return write_domain(out, app, named, nf_dot_domain, err);
    return no_such_form(name, "dot", "'text', 'json' or 'xml'", err);
}

static const struct {
    const char *name;
    nf_status (*write)(nf_buffer *out, const nf_app *app, const nf_named *named,
                       const char *name, nf_error *err);
} formats[] = {{"text", write_text},       {"json", write_json},
               {"mermaid", write_mermaid}, {"dot", write_dot},
               {"svg", write_svg},         {"xml", write_xml}};

nf_status nf_app_describe(char **out, const nf_app *app, const char *name,
                          const char *format, nf_error *err)
{
    nf_buffer buffer;
    nf_named named;
    size_t i = 0;
    *out = NULL;
    while (i < sizeof formats / sizeof *formats &&
           strcmp(formats[i].name, format ? format : "text") != 0)
        i++;
    if (i == sizeof formats / sizeof *formats)
        return nf_error_set(err, NF_USAGE, "unsupported_format",
                            "Format '%s' is not supported; use 'text', "
                            "'json', 'mermaid', 'dot', 'svg' or 'xml'",
                            format);
    nf_buffer_init(&buffer, NF_BUFFER_MAX);
    nf_status status = nf_app_complete(app, err);
    if (status == NF_OK)
        status = nf_named_find(&named, app->model, name, err);
    if (status == NF_OK)
        status = formats[i].write(&buffer, app, &named, name, err);
    if (status == NF_OK) {
        *out = nf_buffer_take(&buffer);
        if (!*out)
            status = nf_error_nomem(err);
    }
    nf_buffer_dispose(&buffer);
    return status;
}
