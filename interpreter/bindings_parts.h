/* What the two files of the bindings share: their state, and pieces of text. */
#ifndef NF_INTERPRETER_BINDINGS_PARTS_H
#define NF_INTERPRETER_BINDINGS_PARTS_H

#include "interpreter/bindings.h"

typedef struct nf_constant_item {
    nf_constant constant;
    nf_value value;
} nf_constant_item;

struct nf_bindings {
    nf_arena *arena;
    nf_environment base, environment;
    nf_objects *objects;
    bool own_objects;
    nf_bindings_object resolve;
    void *user;
    nf_binding *items;
    size_t count, capacity;
    nf_constant_item **constants;
    size_t constant_count, constant_capacity;
    nf_enumeration **enumerations;
    size_t enumeration_count, enumeration_capacity;
    nf_object **held;
    size_t held_count, held_capacity;
    nf_timezone *zone;
    int64_t now, next_id;
    const char *current;
};

typedef struct nf_span {
    const char *text;
    size_t length;
} nf_span;

nf_status nf_bad_binding(nf_error *err, const char *what, nf_span at);
bool nf_span_is(nf_span s, const char *word);
/* Splits at the first `c`; false if there is none. */
bool nf_span_split(nf_span s, char c, nf_span *left, nf_span *right);
bool nf_name_byte(char c); /* of names in bindings: also `.` and `$` */

/* The enumeration of this name among those that bindings made; NULL. */
nf_enumeration *nf_bound_enumeration(nf_bindings *b, const char *name);
/* Found, or made without values; NULL: out of memory. `qualified` is the
 * arena's. */
nf_enumeration *nf_bind_enumeration(nf_bindings *b, const char *qualified);
/* An element that holds a caption; NULL: out of memory. */
const nf_element *nf_bind_caption(nf_bindings *b, nf_span caption);
/* `Type:value`; nested objects are `depth` deep. */
nf_status nf_bind_value(nf_bindings *b, nf_span s, int depth, nf_type *type,
                        nf_value *out, nf_error *err);

#endif
