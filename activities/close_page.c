/* Close page (activities U11 … U13). */
#include "activities/activities.h"
#include "activities/pages.h"

typedef struct close_page {
    nf_bound_expression pages;
    int64_t fallback;
} close_page;

nf_bound_expression nf_pages_bind(nf_binder *binder, const nf_element *action)
{
    const nf_type number = {.kind = NF_KIND_INTEGER};

    return nf_bind_expression(
        binder, nf_element_string(action, "NumberOfPagesToClose", ""), &number,
        "Number of pages to close");
}

nf_status nf_pages_evaluate(nf_call *call, const nf_bound_expression *pages,
                            int64_t fallback, int64_t *out, nf_error *err)
{
    nf_value value;
    nf_status status = nf_call_evaluate(call, pages, &value, err);

    *out = value.kind == NF_KIND_INTEGER ? value.as.integer : fallback;
    nf_value_release(&value);
    return status;
}

void nf_payload_pages(struct json_object *payload, const char *key,
                      int64_t pages)
{
    if (pages == NF_ALL_PAGES)
        nf_payload_text(payload, key, "all");
    else
        nf_payload_int(payload, key, pages);
}

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    close_page *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound)
        return NF_NOMEM;
    bound->pages = nf_pages_bind(binder, action);
    bound->fallback = nf_element_int(action, "NumberOfPages", 1);
    *out = bound;
    return NF_OK;
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const close_page *bound = data;
    struct json_object *payload;
    int64_t pages;
    nf_status status =
        nf_pages_evaluate(call, &bound->pages, bound->fallback, &pages, err);

    (void)state;
    if (status || pages <= 0)
        return status;
    payload = nf_payload_new();
    nf_payload_pages(payload, "count", pages);
    return nf_world_event(nf_call_world(call), "closePage", payload, err);
}

const nf_activity nf_activity_close_page = {
    .type = "Microflows$CloseFormAction",
    .caption = "Close page",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
