/* Flows that scripts have called; only javascript.c drives them. */
#ifndef NF_JAVASCRIPT_FLOWS_H
#define NF_JAVASCRIPT_FLOWS_H

#include "javascript/internal.h"

/* As nf_execution_run; *result belongs to the caller. */
nf_status nf_js_flow_run(nf_javascript *js, nf_js_flow *flow, nf_value *result,
                         nf_error *err);
/* Cancels what still runs; NULL is fine. */
void nf_js_flow_free(nf_javascript *js, nf_js_flow *flow);

#endif
