/* The public entry points of the analyses (nanoflow.h). */
#include "analysis/check.h"
#include "analysis/describe.h"
#include "library/app.h"
#include "models/writer.h"

#include <string.h>

nf_status nf_app_check(const nf_app *app, bool json, char **out_text,
                       size_t *error_count, nf_error *err)
{
    nf_check check;
    nf_buffer out;
    *out_text = NULL;
    if (error_count)
        *error_count = 0;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_status status = nf_check_run(&check, app->model, app->programs, err);
    if (status == NF_OK && json)
        status = nf_check_write_json(&check, &out, err);
    else if (status == NF_OK)
        nf_check_write_text(&check, &out);
    if (status == NF_OK) {
        *out_text = nf_buffer_take(&out);
        if (!*out_text)
            status = nf_error_nomem(err);
        else if (error_count)
            *error_count = check.error_count;
    }
    nf_buffer_dispose(&out);
    nf_check_dispose(&check);
    return status;
}

/* The stored element of what was named, in one of the exact forms. */
static nf_status write_element(nf_buffer *out, const nf_named *named,
                               const char *name, bool json, nf_error *err)
{
    if (!named->element)
        return nf_error_set(err, NF_USAGE, "unsupported_format",
                            "'%s' has no stored element; use 'text'", name);
    if (json)
        return nf_describe_json(out, named->element, err);
    nf_status status = nf_element_write_xml(named->element, out);
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (status != NF_OK)
        return nf_error_set(err, status, "", "'%s' can't be written as XML",
                            name);
    nf_buffer_char(out, '\n');
    return NF_OK;
}

nf_status nf_app_describe(const nf_app *app, const char *name,
                          const char *format, char **out_text, nf_error *err)
{
    nf_buffer out;
    nf_named named;
    bool json = format && !strcmp(format, "json");
    bool xml = format && !strcmp(format, "xml");
    *out_text = NULL;
    if (format && !json && !xml && strcmp(format, "text") != 0)
        return nf_error_set(err, NF_USAGE, "unsupported_format",
                            "Format '%s' is not supported; use 'text', "
                            "'json' or 'xml'",
                            format);
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_status status = nf_named_find(&named, app->model, name, err);
    if (status == NF_OK && (json || xml))
        status = write_element(&out, &named, name, json, err);
    else if (status == NF_OK)
        status = nf_describe(&out, app->model, &named, err);
    if (status == NF_OK) {
        *out_text = nf_buffer_take(&out);
        if (!*out_text)
            status = nf_error_nomem(err);
    }
    nf_buffer_dispose(&out);
    return status;
}
