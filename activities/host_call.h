/* Calls that the host, a mock or the server answers: code actions,
 * microflows (activities C1 … C20, J5, J6) and what is not built in. */
#ifndef NF_ACTIVITIES_HOST_CALL_H
#define NF_ACTIVITIES_HOST_CALL_H

#include "activities/support.h"

/* What one parameter gets. */
typedef struct nf_host_argument {
    nf_bound_expression expression;
    nf_bound_variable variable; /* with a name; or */
    const char *text;           /* the name of an entity or a flow; or NULL */
    bool is_template;
    nf_bound_template text_template;
} nf_host_argument;

typedef struct nf_host_call {
    const nf_flow *flow;         /* signature */
    nf_host_argument *arguments; /* in the order of the parameters (J4) */
    const uint32_t *order;       /* in the order of the mappings (C1) */
    size_t order_count;
    nf_bound_variable output;
    const char *unanswered; /* code when nobody answers */
    const char *bad_result; /* code of a result that does not fit */
} nf_host_call;

/* Finds the signature; reports not_found. False: out of memory. */
bool nf_host_call_bind(nf_binder *binder, nf_host_call *bound,
                       nf_flow_kind kind, const char *qualified,
                       size_t mappings);
/* The parameter of a mapping, or -1 after a warning. */
int nf_host_call_parameter(nf_binder *binder, const nf_host_call *bound,
                           const nf_element *mapping);
/* The output (C2), of type `type`. */
void nf_host_call_output(nf_binder *binder, nf_host_call *bound,
                         const nf_element *action, const char *property,
                         nf_type type);
/* The execute function of both; `check` (may be NULL) sees the arguments
 * before the call. */
nf_status nf_host_call_execute(nf_call *call, const nf_host_call *bound,
                               nf_status (*check)(nf_call *call,
                                                  const nf_host_call *bound,
                                                  const nf_value *arguments,
                                                  nf_error *err),
                               void **state, nf_error *err);
void nf_host_call_cancel(void *state);
/* Asks for an activity that is not built in, as a part of one that is; its
 * answer has to come at once. Owner of *result: caller. */
nf_status nf_host_ask(nf_call *call, const char *activity,
                      const nf_parameter *parameters, const nf_value *arguments,
                      size_t count, nf_value *result, nf_error *err);

#endif
