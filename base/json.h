/* Documents of json-c. Those that are made here: its functions answer NULL
 * where there is no memory, which json_object_object_add takes for null, and
 * its printer leaves out what it has no room for: a document would lack
 * something and nobody would know. Therefore this header stands before json-c
 * everywhere: each thing that could not be made is counted, each object and
 * array knows the count at which it was begun, and what was begun before a
 * failure is not printed. And those that are read (json_parse.c). */
#ifndef NF_BASE_JSON_H
#define NF_BASE_JSON_H

#include "base/error.h"

#include <json-c/json.h>
#include <stdbool.h>

typedef enum nf_json_form {
    NF_JSON_LINE,   /* on one line, without spaces */
    NF_JSON_PRETTY, /* on many */
    NF_JSON_SPACED  /* … with a space after a colon, for people */
} nf_json_form;

/* The text of a document, nf_free; NULL when it, or a part of it, found no
 * memory, and for NULL, which is what a document is that could not be begun. */
char *nf_json_text_of(json_object *json, nf_json_form form);
/* Counts what could not be made of a document for another reason. */
void nf_json_lacks(void);

json_object *nf_json_make_object(void);
json_object *nf_json_make_array(void);
/* The same thing; a NULL is counted. */
json_object *nf_json_made(json_object *json);
/* Take `child` over in any case. */
int nf_json_add_member(json_object *object, const char *key,
                       json_object *child);
int nf_json_add_item(json_object *array, json_object *child);

/* What a text of JSON is. */
typedef struct nf_json_text_read {
    json_object *json;   /* json_object_put; null is NULL */
    const char *problem; /* what is wrong with the text, or NULL; static */
    bool unfinished;     /* it is that there should be more of it */
    size_t end;          /* where the document, or what is right, ends */
} nf_json_text_read;

enum { NF_JSON_TEXT_MAX = 256 << 20 };

/* Reads a document with at most `depth` levels; `flags` are json-c's
 * (JSON_TOKENER_…). A number at the very end is complete only with a NUL behind
 * it that counts. json-c crashes where there is no memory for a name, and loses
 * members where there is none for a table: so we look before whether there is
 * more than it can take (nf_dynamic_room). Errors: NF_NOMEM alone. Any
 * thread. */
nf_status nf_json_parse(nf_json_text_read *out, const char *text, size_t length,
                        int depth, int flags, nf_error *err);

#define json_object_new_object()     nf_json_make_object()
#define json_object_new_array()      nf_json_make_array()
#define json_object_new_string(text) nf_json_made(json_object_new_string(text))
#define json_object_new_string_len(text, length)                               \
    nf_json_made(json_object_new_string_len(text, length))
#define json_object_new_boolean(value)                                         \
    nf_json_made(json_object_new_boolean(value))
#define json_object_new_int(value)   nf_json_made(json_object_new_int(value))
#define json_object_new_int64(value) nf_json_made(json_object_new_int64(value))
#define json_object_new_double(value)                                          \
    nf_json_made(json_object_new_double(value))
#define json_object_new_double_s(value, text)                                  \
    nf_json_made(json_object_new_double_s(value, text))
#define json_object_object_add(object, key, child)                             \
    nf_json_add_member(object, key, child)
#define json_object_array_add(array, child) nf_json_add_item(array, child)

#endif
