/* Flows inside an activity that is under way: event handlers, calculated
 * attributes, code of a host that calls back. They run to their end on the C
 * stack of the caller, so their nesting is limited. */
#ifndef NF_INTERPRETER_NESTED_H
#define NF_INTERPRETER_NESTED_H

#include "interpreter/flow.h"

enum { NF_NESTED_MAX = 50 };

/* Runs a flow: arguments in the order of its parameters, borrowed. *result
 * belongs to the caller. What it did to objects is kept if it succeeds and
 * undone if it fails (activities M12). Errors: those of the flow;
 * recursion_limit; not_found. */
nf_status nf_nested_run(nf_value *result, nf_world *world, nf_flow_kind kind,
                        const char *qualified, const nf_value *arguments,
                        size_t count, nf_error *err);

#endif
