/* Download file (activities U14): an activity of microflows; the host gets the
 * file to save, or to open. */
#include "activities/activities.h"
#include "activities/support.h"

typedef struct download_file {
    nf_bound_variable file;
    bool open;
} download_file;

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    download_file *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    bound->file = nf_bind_variable(
        binder, nf_element_string(action, "FileDocumentVariableName", ""),
        NF_KIND_OBJECT);
    bound->open = nf_element_bool(action, "ShowFileInBrowser", false);
    *out = bound;
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const download_file *bound = data;
    struct json_object *payload;
    nf_object *file;
    nf_status status = nf_require_object(call, &bound->file, &file, err);

    (void)state;
    if (status)
        return status;
    payload = nf_payload_new();
    nf_payload_id(payload, "object", file->id);
    nf_payload_bool(payload, "open", bound->open);
    return nf_world_event(nf_call_world(call), "downloadFile", payload, err);
}

const nf_activity nf_activity_download_file = {
    .type = "Microflows$DownloadFileAction",
    .caption = "Download file",
    .flags = NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
