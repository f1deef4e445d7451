/* One activity of a flow by itself: a device asks its server to run those that
 * only the server can (synchronize W58). */
#ifndef NF_INTERPRETER_VISIT_H
#define NF_INTERPRETER_VISIT_H

#include "interpreter/flow.h"

typedef struct nf_visit nf_visit;

/* Whether an element of the flow is an activity of this stored type. */
bool nf_program_has_action(const nf_program *program, const nf_guid *element,
                           const char *type);

/* The activity of a program with this id of its element. *out NULL without an
 * error: there is none. The world outlives it. */
nf_status nf_visit_new(nf_visit **out, nf_world *world,
                       const nf_program *program, const nf_guid *element,
                       nf_error *err);
void nf_visit_free(nf_visit *visit); /* NULL is fine */
/* The action, as it is stored. */
const nf_element *nf_visit_action(const nf_visit *visit);
/* The type of a variable of its flow by name; false: there is none. */
bool nf_visit_variable(const nf_visit *visit, const char *name, nf_type *type);
/* Gives it a value, which is taken over; type_mismatch. */
nf_status nf_visit_set(nf_visit *visit, const char *name, nf_value value,
                       nf_error *err);
/* Runs it. Errors: those of the activity, also those found when it was
 * compiled; host_error if it would wait. */
nf_status nf_visit_run(nf_visit *visit, nf_error *err);
/* A variable's value afterwards, borrowed; EMPTY. */
const nf_value *nf_visit_get(const nf_visit *visit, const char *name);

#endif
