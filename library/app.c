/* Opening and closing apps. */
#include "library/app.h"

#include "activities/activities.h"
#include "base/memory.h"
#include "database/xpath.h"

int nf_library_version_number(void)
{
    return NF_VERSION_NUMBER;
}

const char *nf_library_version(void)
{
    return NF_VERSION;
}

nf_status nf_app_open_index(nf_app **out, const char *path, nf_error *err)
{
    *out = NULL;
    nf_app *app = nf_alloc(sizeof *app);
    if (!app)
        return nf_error_nomem(err);
    nf_status status = nf_model_open_index(&app->model, path, err);
    if (status != NF_OK)
        goto cleanup;
    for (unsigned allow = 0; allow < NF_ALLOWANCES; allow++) {
        app->programs[allow] = nf_programs_new(app->model, nf_activities,
                                               &nf_xpath_sql_compiler, allow);
        if (!app->programs[allow]) {
            status = nf_error_nomem(err);
            goto cleanup;
        }
    }
    *out = app;
    return NF_OK;

cleanup:
    nf_app_close(app);
    return status;
}

nf_status nf_app_open(nf_app **out, const char *path, nf_error *err)
{
    nf_status status = nf_app_open_index(out, path, err);
    if (status == NF_OK)
        status = nf_app_complete(*out, err);
    if (status != NF_OK) {
        nf_app_close(*out);
        *out = NULL;
    }
    return status;
}

nf_status nf_app_complete(const nf_app *app, nf_error *err)
{
    return nf_model_complete(app->model, err);
}

void nf_app_close(nf_app *app)
{
    if (!app)
        return;
    for (unsigned allow = 0; allow < NF_ALLOWANCES; allow++)
        nf_programs_free(app->programs[allow]);
    nf_model_close(app->model);
    nf_free(app);
}

size_t nf_app_warning_count(const nf_app *app)
{
    return nf_model_warning_count(app->model);
}

const char *nf_app_warning(const nf_app *app, size_t index)
{
    return nf_model_warning(app->model, index);
}
