/* What stands on and below a flow object in a picture: a short caption, and the
 * variable that it makes. */
#ifndef NF_ANALYSIS_CAPTION_H
#define NF_ANALYSIS_CAPTION_H

#include "base/memory.h"
#include "models/model.h"

/* Kinds of activities that share a colour. */
typedef enum nf_family {
    NF_FAMILY_OBJECT,
    NF_FAMILY_RETRIEVE,
    NF_FAMILY_LIST,
    NF_FAMILY_VARIABLE,
    NF_FAMILY_CALL,
    NF_FAMILY_CLIENT,
    NF_FAMILY_LOG,
    NF_FAMILY_SYNCHRONIZE,
    NF_FAMILY_INTEGRATION,
    NF_FAMILY_WORKFLOW,
    NF_FAMILY_OTHER,
    NF_FAMILY_COUNT
} nf_family;
/* A word for classes and JSON: "object", "retrieve" … */
const char *nf_family_name(nf_family family);

typedef struct nf_caption {
    const char *text;     /* "" for objects that have none, such as merges */
    const char *variable; /* without `$`; "" none */
    const char *type;     /* of the variable; "" not known without compiling */
    const char *action;   /* "Create", "RestCall": the action without
                             namespace and "Action"; "" no activity */
    nf_family family;
    bool disabled;
} nf_caption;

/* `model` may be NULL: then results of calls have no type. Texts are in the
 * arena or of the element. Out of memory: texts are "". Any thread. */
nf_caption nf_caption_of(nf_arena *arena, const nf_model *model,
                         const nf_element *object);
/* How the errors of an object are handled: the stored word, or the default
 * of its kind of flow; "" for objects that can't fail. */
const char *nf_caption_error_handling(const nf_element *object);

#endif
