/* Values as JSON: one form everywhere but on the wire (design §5), in both
 * directions, on json-c objects. Functions that make JSON give NULL when out
 * of memory (json-c's null is NULL too, so they add to a parent instead). */
#ifndef NF_LIBRARY_JSON_H
#define NF_LIBRARY_JSON_H

#include "base/timezone.h"
#include "models/model.h"
#include "objects/object.h"
#include "objects/value.h"

struct json_object;

/* Adds text to an object; NULL text adds null. */
void nf_json_text(struct json_object *object, const char *key,
                  const char *text);
/* A guid: a string of decimal digits. */
void nf_json_guid(struct json_object *object, const char *key, int64_t id);
struct json_object *nf_json_new_guid(int64_t id);
enum { NF_GUID_DIGITS = 24 };
/* Decimal digits and NUL; ids in memory only print as unsigned. */
void nf_guid_digits(int64_t id, char text[NF_GUID_DIGITS]);
/* Decimal digits only; false for other text and what does not fit. */
bool nf_guid_read(int64_t *out, const char *text);

/* A value of any kind; objects with entity, id, state and members. EMPTY gives
 * NULL, which json-c prints as null. */
struct json_object *nf_json_value(const nf_value *value);
/* {"entity", "id", "state", "members"}. */
struct json_object *nf_json_object(nf_object *object);
/* Adds the members of a row as a data file has them: attributes first, then
 * associations, each group by name. `empty` keeps members without value as
 * null. Contents, hashed strings and child ends are left out. */
bool nf_json_members(struct json_object *out, const nf_entity *entity,
                     const nf_value *members, bool empty);
/* Printed without blanks (or indented); nf_free. NULL when out of memory. */
char *nf_json_print(struct json_object *json, bool pretty);

/* Whether a key of the object that `text` holds (valid JSON, parsed as `json`)
 * is given twice; json-c keeps the last one only. */
bool nf_json_repeats(struct json_object *json, const char *text, size_t length);

/* Reads an attribute's value. `zone` serves date-times without offset. Errors:
 * NF_INPUT with a message that says what was expected (no place). */
nf_status nf_json_read_attribute(nf_value *out, struct json_object *json,
                                 const nf_attribute *attribute,
                                 const nf_timezone *zone, nf_error *err);
/* The text form of a value of a type: constants, arguments. Errors: NF_USAGE.
 */
nf_status nf_value_read(nf_value *out, const char *text, nf_type type,
                        const nf_timezone *zone, nf_error *err);

#endif
