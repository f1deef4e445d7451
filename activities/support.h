/* What several activities share: events and their payloads (activities §13),
 * access checks (O6), and small questions about objects. */
#ifndef NF_ACTIVITIES_SUPPORT_H
#define NF_ACTIVITIES_SUPPORT_H

#include "interpreter/activity.h"

struct json_object;

/* Payloads of events: an object, or NULL when out of memory, which the adding
 * functions and nf_world_event take. Keys are in camel case. */
struct json_object *nf_payload_new(void);
void nf_payload_text(struct json_object *payload, const char *key,
                     const char *text);
void nf_payload_string(struct json_object *payload, const char *key,
                       const nf_string *text);
void nf_payload_int(struct json_object *payload, const char *key, int64_t n);
void nf_payload_bool(struct json_object *payload, const char *key, bool b);
/* Takes over `part`. */
void nf_payload_part(struct json_object *payload, const char *key,
                     struct json_object *part);
/* In the one JSON form of values (design §5); objects and lists as guids. */
void nf_payload_value(struct json_object *payload, const char *key,
                      const nf_value *value);
void nf_payload_id(struct json_object *payload, const char *key, int64_t id);
/* For a payload that is not sent. */
void nf_payload_drop(struct json_object *payload);

/* One event `name` per entity with the ids of the objects, in order (H6).
 * NF_OK, or NF_NOMEM. */
nf_status nf_event_objects(nf_world *world, const char *name,
                           nf_object *const *items, size_t count,
                           nf_error *err);
/* A warning of the interpreter as a log event (H3). */
void nf_event_warning(nf_call *call, const char *text);
/* An activity that does nothing with an empty variable: a warning, or the error
 * empty_object of an object variable under `strict_empty` (P2). `what`: the
 * verb. */
nf_status nf_nothing_to(nf_call *call, const char *what,
                        const nf_bound_variable *variable, nf_error *err);

/* Errors access_denied (O6, O7). Of the server's flows those are restricted
 * that apply entity access (M2). */
nf_status nf_access_create(nf_call *call, const nf_entity *entity,
                           nf_error *err);
nf_status nf_access_remove(nf_call *call, const nf_object *object,
                           nf_error *err);
nf_status nf_access_write(nf_call *call, const nf_object *object,
                          const nf_member *member, nf_error *err);

/* Whether it may read a member of an object; NULL: see the object at all. */
nf_status nf_access_read(nf_call *call, const nf_object *object,
                         const nf_member *member, bool *out, nf_error *err);

/* entity_not_available for what the profile does not configure, if only that is
 * offline (S9). */
nf_status nf_require_local(nf_call *call, const nf_entity *entity,
                           nf_error *err);
/* Whether the creation of an object runs microflows of the server, or the user
 * may see values that he may not set (domain D82). */
bool nf_needs_server(nf_call *call, const nf_entity *entity);

/* empty_object or deleted_object unless the variable holds a live object. */
nf_status nf_require_object(nf_call *call, const nf_bound_variable *variable,
                            nf_object **out, nf_error *err);
/* deleted_object. */
nf_status nf_error_deleted(nf_error *err, const nf_object *object);
/* A variable that holds an object or a list; reports not_found and
 * type_mismatch. */
nf_bound_variable nf_bind_objects(nf_binder *binder, const char *name);
/* A member by its qualified name. Where the entity of the object is not known
 * (NULL), it is the one that the name tells. Reports not_found and gives
 * NULL. */
const nf_member *nf_bind_member(nf_binder *binder, const nf_entity *entity,
                                const char *name);
/* Entity named by a property; reports not_found and gives NULL. */
const nf_entity *nf_bind_entity(nf_binder *binder, const nf_element *element,
                                const char *property);
/* How an activity commits: property Commit of create and change object, or
 * WithEvents of commit objects. Events are handlers on the server (M10). */
typedef enum nf_commit_mode {
    NF_COMMIT_NO,
    NF_COMMIT_YES,
    NF_COMMIT_WITHOUT_EVENTS
} nf_commit_mode;
nf_commit_mode nf_bind_commit_mode(const nf_element *action);
/* Commits what is not deleted, each object once, and tells the host (O30,
 * O31, O34). */
nf_status nf_commit_objects(nf_call *call, nf_object *const *items,
                            size_t count, nf_commit_mode mode, nf_error *err);
/* Tells the host that objects were committed, each once. */
nf_status nf_tell_committed(nf_call *call, nf_object *const *items,
                            size_t count, nf_error *err);
/* The same with rules of the server where the flow runs there, for one more
 * step of an object's life each; *out NULL: a handler refused (O14). */
nf_status nf_create_object(nf_call *call, nf_object **out,
                           const nf_entity *entity, nf_error *err);
nf_status nf_remove_objects(nf_call *call, nf_object *const *items,
                            size_t count, nf_error *err);
/* A member was set, perhaps to what it was (D31). */
nf_status nf_object_touched(nf_call *call, nf_object *object, nf_error *err);
nf_status nf_rollback_object(nf_call *call, nf_object *object, nf_error *err);

/* ---- member_changes.c: the items of create and change object ------------- */

typedef struct nf_member_changes nf_member_changes;
/* NULL: out of memory. */
const nf_member_changes *nf_member_changes_bind(nf_binder *binder,
                                                const nf_entity *entity,
                                                const nf_element *action);
/* Applies them in order (O17 … O20) and sends membersChanged if `tell`. */
nf_status nf_member_changes_apply(nf_call *call,
                                  const nf_member_changes *changes,
                                  nf_object *object, bool tell, nf_error *err);

/* ---- range.c: amount and offset of retrieve and list range ----------------
 */

typedef struct nf_bound_range {
    bool single; /* First */
    nf_bound_expression limit, offset;
} nf_bound_range;
nf_bound_range nf_range_bind(nf_binder *binder, const nf_element *range);
/* *limit < 0: all. Negative numbers are expression_error (R13). */
nf_status nf_range_evaluate(nf_call *call, const nf_bound_range *range,
                            int64_t *limit, int64_t *offset, nf_error *err);

#endif
