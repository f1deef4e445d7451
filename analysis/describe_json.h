/* Between describe_json*.c: descriptions as json-c trees. A tree that lacks
 * something because memory ran out is never written: `failed` says so. */
#ifndef NF_ANALYSIS_DESCRIBE_JSON_H
#define NF_ANALYSIS_DESCRIBE_JSON_H

#include "analysis/describe.h"
#include "base/json.h"


typedef struct nf_json_writer {
    const nf_model *model; /* NULL: tests of flows made of elements */
    nf_arena *arena;
    bool failed;
} nf_json_writer;

/* Adds to an object or array; takes `value`, where NULL means that memory ran
 * out. */
void nf_json_put(nf_json_writer *w, struct json_object *object, const char *key,
                 struct json_object *value);
void nf_json_append(nf_json_writer *w, struct json_object *array,
                    struct json_object *value);
void nf_json_put_text(nf_json_writer *w, struct json_object *object,
                      const char *key, const char *text);
/* The same unless the text is "". */
void nf_json_put_some(nf_json_writer *w, struct json_object *object,
                      const char *key, const char *text);
void nf_json_put_bool(nf_json_writer *w, struct json_object *object,
                      const char *key, bool value);
void nf_json_put_null(nf_json_writer *w, struct json_object *object,
                      const char *key);
/* "String", "Shop.Order", "list of Shop.Order": a DataTypes$… element, or a
 * type of the model. */
void nf_json_put_type(nf_json_writer *w, struct json_object *object,
                      const char *key, const nf_element *type);
/* A stored element with its stored names, without the properties of `skipped`
 * (ends with NULL; NULL: none). */
struct json_object *nf_json_stored(nf_json_writer *w, const nf_element *element,
                                   const char *const *skipped);

/* What a flow, an entity, an association consist of, added to `object`. Errors
 * of a flow: NF_NOMEM; NF_FAILED bad_flow. */
nf_status nf_json_flow(nf_json_writer *w, struct json_object *object,
                       const nf_element *flow, nf_error *err);
void nf_json_entity(nf_json_writer *w, struct json_object *object,
                    const nf_entity *entity);
void nf_json_association(nf_json_writer *w, struct json_object *object,
                         const nf_association *association);

#endif
