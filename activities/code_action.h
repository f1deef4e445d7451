/* Calls of JavaScript and of Java actions. */
#ifndef NF_ACTIVITIES_CODE_ACTION_H
#define NF_ACTIVITIES_CODE_ACTION_H

#include "activities/host_call.h"

/* Binds the arguments and the result, under the property `output`, of a call
 * of the action `qualified`. False: out of memory. */
bool nf_code_action_bind(nf_binder *binder, nf_host_call *bound,
                         nf_flow_kind kind, const char *qualified,
                         const nf_element *action, const char *output);

#endif
