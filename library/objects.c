/* Objects and lists as hosts see them: names instead of model pointers. */
#include "library/session.h"

static nf_status find_entity(const nf_entity **out, const nf_session *s,
                             const char *name, nf_error *err)
{
    *out = nf_model_find_entity(s->model, name);
    return *out ? NF_OK
                : nf_no_entity(s->model, name, NF_USAGE, "not_found", err);
}

static nf_status find_member(const nf_member **out, const nf_object *object,
                             const char *name, nf_error *err)
{
    *out = nf_entity_find_member(object->entity, name);
    if (*out)
        return NF_OK;
    return nf_error_set(err, NF_USAGE, "not_found",
                        "entity %s has no member \"%s\"",
                        object->entity->qualified, name);
}

nf_status nf_session_create(nf_object **out, nf_session *session,
                            const char *entity, nf_error *err)
{
    NF_IN_SESSION(session);
    const nf_entity *found;
    *out = NULL;
    nf_status status = nf_session_need_device(session, "creating", err);
    if (status == NF_OK)
        status = find_entity(&found, session, entity, err);
    if (status != NF_OK)
        return status;
    int64_t now = session->clock.now(session->clock.user);
    return nf_objects_create(out, session->objects, found, now, err);
}

nf_status nf_session_find(nf_object **out, nf_session *session,
                          const char *entity, int64_t id, nf_error *err)
{
    NF_IN_SESSION(session);
    const nf_entity *found = NULL;
    *out = NULL;
    nf_status status =
        entity ? find_entity(&found, session, entity, err) : NF_OK;
    if (status == NF_OK)
        status = nf_objects_get(out, session->objects, found, id, err);
    if (status != NF_OK || *out || entity)
        return status;
    status =
        nf_database_entity_of(nf_session_database(session), id, &found, err);
    return status == NF_OK && found
               ? nf_objects_get(out, session->objects, found, id, err)
               : status;
}

nf_status nf_session_commit(nf_session *session, nf_object *const *objects,
                            size_t count, nf_error *err)
{
    NF_IN_SESSION(session);
    nf_status status = nf_session_need_device(session, "committing", err);
    return status != NF_OK
               ? status
               : nf_objects_commit(session->objects, objects, count, err);
}

nf_status nf_session_delete(nf_session *session, nf_object *const *objects,
                            size_t count, nf_error *err)
{
    NF_IN_SESSION(session);
    nf_status status = nf_session_need_device(session, "deleting", err);
    return status != NF_OK
               ? status
               : nf_objects_delete(session->objects, objects, count, err);
}

nf_status nf_session_rollback(nf_session *session, nf_object *object,
                              nf_error *err)
{
    NF_IN_SESSION(session);
    (void)session;
    return nf_object_rollback(object, err);
}

nf_object *nf_object_keep(nf_object *object)
{
    return object ? nf_object_retain(object) : NULL;
}

void nf_object_free(nf_object *object)
{
    nf_object_release(object);
}

int64_t nf_object_id(const nf_object *object)
{
    return object->id;
}

const char *nf_object_entity(const nf_object *object)
{
    return object->entity->qualified;
}

const char *nf_object_state_text(const nf_object *object)
{
    return nf_object_state_name(object->state);
}

bool nf_object_is_gone(const nf_object *object)
{
    return object->removed;
}

const char *nf_object_member_name(const nf_object *object, size_t index)
{
    const nf_entity *entity = object->entity;
    if (index >= entity->member_count)
        return NULL;
    return entity->members[index].name;
}

nf_status nf_object_member(nf_value **out, nf_object *object,
                           const char *member, nf_error *err)
{
    NF_IN_MEMORY(nf_memory_of(object));
    const nf_member *found;
    nf_value value = nf_empty();
    *out = NULL;
    nf_status status = find_member(&found, object, member, err);
    if (status == NF_OK)
        status = nf_object_get(&value, object, found, err);
    if (status != NF_OK)
        return status;
    *out = nf_value_new_empty();
    if (!*out) {
        nf_value_release(&value);
        return nf_error_nomem(err);
    }
    **out = value;
    return NF_OK;
}

bool nf_key_fits(const nf_value *value, const nf_type *type)
{
    return value->kind != NF_KIND_ENUMERATION || !type->enumeration ||
           nf_enumeration_find(type->enumeration, value->as.string->text);
}

nf_status nf_object_change(nf_object *object, const char *member,
                           const nf_value *value, nf_error *err)
{
    NF_IN_MEMORY(nf_memory_of(object));
    const nf_member *found;
    const nf_value empty = nf_empty();
    nf_status status = find_member(&found, object, member, err);
    if (status != NF_OK)
        return status;
    if (value && !nf_key_fits(value, &found->type))
        return nf_error_set(err, NF_FAILED, "type_mismatch",
                            "\"%s\" is no key of %s, the type of \"%s\"",
                            value->as.string->text,
                            found->type.enumeration->qualified, member);
    return nf_object_set(object, found, value ? value : &empty, err);
}

nf_status nf_session_list(nf_list **out, nf_session *session,
                          const char *entity, nf_error *err)
{
    NF_IN_SESSION(session);
    const nf_entity *found;
    *out = NULL;
    nf_status status = find_entity(&found, session, entity, err);
    if (status != NF_OK)
        return status;
    *out = nf_list_new(found);
    return *out ? NF_OK : nf_error_nomem(err);
}

nf_list *nf_list_keep(nf_list *list)
{
    return list ? nf_list_retain(list) : NULL;
}

const char *nf_list_entity(const nf_list *list)
{
    return list->entity ? list->entity->qualified : "";
}

void nf_list_free(nf_list *list)
{
    if (list)
        nf_list_release(list);
}

size_t nf_list_length(nf_list *list)
{
    return nf_list_count(list);
}

nf_object *nf_list_item(nf_list *list, size_t index)
{
    return index < nf_list_count(list) ? list->items[index] : NULL;
}

bool nf_list_add(nf_list *list, nf_object *object)
{
    NF_IN_MEMORY(nf_memory_of(list));
    return nf_list_append(list, object);
}
