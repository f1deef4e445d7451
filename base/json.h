/* Documents of json-c that are made here. Its functions answer NULL where there
 * is no memory, which json_object_object_add takes for null, and its printer
 * leaves out what it has no room for: a document would lack something and
 * nobody would know. Therefore this header stands before json-c everywhere:
 * each thing that could not be made is counted, each object and array knows the
 * count at which it was begun, and what was begun before a failure is not
 * printed. */
#ifndef NF_BASE_JSON_H
#define NF_BASE_JSON_H

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
