/* Mappings of REST calls (activities M23, M27), which the host answers for as
 * for the activities of their own. */
#ifndef NF_ACTIVITIES_REST_MAPPING_H
#define NF_ACTIVITIES_REST_MAPPING_H

#include "base/text.h"
#include "interpreter/activity.h"

typedef struct nf_rest_mapping {
    const char *name; /* "ExportXml Module.Mapping"; NULL: none */
    nf_bound_variable variable; /* what is exported, or the parameter; slot -1:
                                   none */
} nf_rest_mapping;

/* From a MappingRequestHandling, and an ImportMappingCall. False: out of
 * memory. */
bool nf_rest_bind_export(nf_binder *binder, nf_rest_mapping *out,
                         const nf_element *handling);
bool nf_rest_bind_import(nf_binder *binder, nf_rest_mapping *out,
                         const nf_element *mapping);
/* The body of a request. Owner of *out: caller. */
nf_status nf_rest_export(nf_call *call, const nf_rest_mapping *mapping,
                         nf_string **out, nf_error *err);
/* What a response becomes. Owner of *out: caller. */
nf_status nf_rest_import(nf_call *call, const nf_rest_mapping *mapping,
                         const nf_buffer *body, nf_value *out, nf_error *err);

#endif
