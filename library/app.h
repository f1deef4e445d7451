/* An open app, as the library and analysis/ see it: the model and the programs
 * compiled from it. Immutable for callers, internally locked where it fills
 * lazily; any thread. */
#ifndef NF_LIBRARY_APP_H
#define NF_LIBRARY_APP_H

#include "interpreter/flow.h"
#include "models/model.h"

struct nf_app {
    nf_model *model;
    nf_programs *programs[NF_ALLOWANCES]; /* by what nanoflows may do */
};

/* Reads what the index leaves out, at the first call: every entry point that
 * needs more than names calls it. Errors: those of opening. Any thread. */
nf_status nf_app_complete(const nf_app *app, nf_error *err);
/* Fails with `status` and `code`: the app has no entity of this name, perhaps
 * one that is written in a similar way. */
nf_status nf_no_entity(const nf_model *model, const char *name,
                       nf_status status, const char *code, nf_error *err);

#endif
