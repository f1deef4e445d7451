/* Steps of flows as events of the trace (activities H3, H4): an `activity` for
 * each, with the variables that it changed and what became of objects. */
#ifndef NF_LIBRARY_TRACE_H
#define NF_LIBRARY_TRACE_H

#include "interpreter/observe.h"

typedef struct nf_session nf_session;
typedef struct nf_tracer nf_tracer;

nf_tracer *nf_trace_new(nf_session *session);
void nf_trace_free(nf_tracer *tracer);
void nf_trace_enter(nf_tracer *tracer, nf_execution *x);
void nf_trace_begin(nf_tracer *tracer, nf_execution *x);
void nf_trace_end(nf_tracer *tracer, nf_execution *x, const nf_graph_flow *flow,
                  const nf_error *error);
void nf_trace_leave(nf_tracer *tracer, nf_execution *x, const nf_value *result,
                    const nf_error *error);
void nf_trace_object(nf_tracer *tracer, nf_object *object,
                     nf_object_effect effect, const nf_member *member);
void nf_trace_forget(nf_tracer *tracer, nf_execution *x);

#endif
