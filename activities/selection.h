/* Variables whose objects an activity of synchronization means: object and
 * list variables, mixed and repeated (synchronize S2, O18). */
#ifndef NF_ACTIVITIES_SELECTION_H
#define NF_ACTIVITIES_SELECTION_H

#include "interpreter/activity.h"

typedef struct nf_selection_variables {
    nf_bound_variable *items;
    size_t count;
} nf_selection_variables;

/* Binds the property VariableNames of the action. Problems are reported; false
 * is out of memory. */
bool nf_bind_selection(nf_binder *binder, const nf_element *action,
                       nf_selection_variables *out);
/* The objects that the variables hold, in order, without deleted ones; empty
 * variables and lists give none (S79). *out: nf_free; borrowed objects. */
nf_status nf_call_selection(nf_call *call,
                            const nf_selection_variables *variables,
                            nf_object ***out, size_t *count, nf_error *err);
/* SYNC_ENTITY while binding if objects of this entity are never on a device
 * (S30); false if it was reported. */
bool nf_bind_offline_entity(nf_binder *binder, const nf_entity *entity);

#endif
