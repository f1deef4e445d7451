/* JavaScriptCore's C interface knows no modules: import and export statements
 * are taken out of a source here, and told, so that the shim can join modules.
 * Lines stay where they are.
 *
 * What the code that is left relies on, all members of a parameter `__nf`:
 * exports({name: () => local, …}) comes first; import(name) and meta stand for
 * import() and import.meta. Imported names are expected to be in scope.
 * process.env.NODE_ENV is "production", as bundlers have it. */
#ifndef NF_JAVASCRIPT_REWRITE_H
#define NF_JAVASCRIPT_REWRITE_H

#include "base/error.h"
#include "base/memory.h"

/* `name` of the other module as `as` here; "*" is all of it. */
typedef struct nf_js_name {
    const char *name, *as;
} nf_js_name;

typedef struct nf_js_import {
    const char *from;
    nf_js_name *names; /* of import … from */
    size_t name_count, name_capacity;
    nf_js_name *exports; /* of export … from; as "*": all but default */
    size_t export_count, export_capacity;
} nf_js_import;

typedef struct nf_js_source {
    bool module; /* it has import or export statements */
    bool live;   /* names of its top level may be given other values */
    char *code;
    nf_js_import *imports; /* in their order, one per statement */
    size_t import_count, import_capacity;
    nf_js_name *exports; /* its own: `name` here, `as` elsewhere */
    size_t export_count, export_capacity;
    nf_arena *arena; /* the texts */
} nf_js_source;

/* Owner of what *out holds: caller (nf_js_source_dispose, also after an
 * error). Errors: NF_INPUT bad_source with the line. */
nf_status nf_js_rewrite(nf_js_source *out, const char *source, size_t length,
                        nf_error *err);
void nf_js_source_dispose(nf_js_source *source);

#endif
