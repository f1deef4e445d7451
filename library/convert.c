/* `convert`: the app in another format, by the ending of the path; the schema
 * of the XML. */
#include "library/app.h"

#include "models/schema.h"
#include "models/writer.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* Whether the app was opened from the file that stands there. */
static bool is_same(const nf_app *app, const char *path)
{
    struct stat here, there;

    return stat(nf_model_path(app->model), &here) == 0 &&
           stat(path, &there) == 0 && here.st_dev == there.st_dev &&
           here.st_ino == there.st_ino;
}

nf_status nf_app_convert(const nf_app *app, const char *path, int mpr_version,
                         nf_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    nf_status status = nf_app_complete(app, err);
    if (status != NF_OK)
        return status;
    if (dot && strcasecmp(dot, ".xml") == 0 && is_same(app, path))
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "\"%s\" is the app itself, which would lose its "
                            "short forms and comments: name another file",
                            path);
    if (dot && strcasecmp(dot, ".xml") == 0)
        return nf_model_write_xml(app->model, path, err);
    if (dot && strcasecmp(dot, ".json") == 0)
        return nf_model_write_json(app->model, path, err);
    if (dot && strcasecmp(dot, ".mpr") == 0)
        return nf_model_write_mpr(app->model, path, mpr_version, err);
    return nf_error_set(err, NF_USAGE, "bad_option",
                        "the ending of \"%s\" says no format that can be "
                        "written: use .xml, .mpr or .json",
                        path);
}

const char *nf_schema_text(bool generic)
{
    return nf_model_schema(!generic, NULL);
}
