/* How many pages Show page and Close page close (activities U6, U11). */
#ifndef NF_ACTIVITIES_PAGES_H
#define NF_ACTIVITIES_PAGES_H

#include "activities/support.h"

/* The number of pages that means all. */
#define NF_ALL_PAGES INT64_C(2147483647)

/* Binds NumberOfPagesToClose (or, before 8.11, NumberOfPages). */
nf_bound_expression nf_pages_bind(nf_binder *binder, const nf_element *action);
/* `fallback` where the text is blank. */
nf_status nf_pages_evaluate(nf_call *call, const nf_bound_expression *pages,
                            int64_t fallback, int64_t *out, nf_error *err);
/* A number, or "all". */
void nf_payload_pages(struct json_object *payload, const char *key,
                      int64_t pages);

#endif
