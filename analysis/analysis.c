/* The public entry points of the analyses (nanoflow.h). */
#include "analysis/check.h"
#include "analysis/describe.h"
#include "library/app.h"

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

nf_status nf_app_describe(const nf_app *app, const char *name,
                          const char *format, char **out_text, nf_error *err)
{
    nf_buffer out;
    nf_named named;
    bool json = format && !strcmp(format, "json");
    *out_text = NULL;
    if (format && !json && strcmp(format, "text") != 0)
        return nf_error_set(err, NF_USAGE, "unsupported_format",
                            "Format '%s' is not supported; use 'text' or "
                            "'json'",
                            format);
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_status status = nf_named_find(&named, app->model, name, err);
    if (status == NF_OK && json && !named.element)
        status = nf_error_set(err, NF_USAGE, "unsupported_format",
                              "'%s' has no stored element; use 'text'", name);
    else if (status == NF_OK && json)
        status = nf_describe_json(&out, named.element, err);
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
