/* See device_access.h. */
#include "activities/device_access.h"

/* NULL: nothing is enforced. */
static const struct nf_entity_access *entity_access(const nf_world *world,
                                                    const nf_entity *entity)
{
    const nf_device_access *access = &world->access;

    return access->enforced && access->entities
               ? &access->entities[entity->number]
               : NULL;
}

static bool has_bit(const uint64_t *bits, size_t index)
{
    return bits && (bits[index / 64] >> (index % 64) & 1);
}

nf_status nf_error_may_not_create(nf_error *err, const nf_entity *entity)
{
    return nf_error_set(err, NF_FAILED, "access_denied",
                        "The user may not create objects of \"%s\"",
                        entity->qualified);
}

nf_status nf_error_may_not_remove(nf_error *err, const nf_entity *entity)
{
    return nf_error_set(err, NF_FAILED, "access_denied",
                        "The user may not delete objects of \"%s\"",
                        entity->qualified);
}

nf_status nf_error_may_not_write(nf_error *err, const nf_object *object,
                                 const nf_member *member)
{
    return nf_error_set(err, NF_FAILED, "access_denied",
                        "The user may not change \"%s\" of \"%s\"",
                        member->name, object->entity->qualified);
}

nf_status nf_device_may_create(const nf_world *world, const nf_entity *entity,
                               nf_error *err)
{
    const struct nf_entity_access *access = entity_access(world, entity);

    return !access || access->create ? NF_OK
                                     : nf_error_may_not_create(err, entity);
}

nf_status nf_device_may_remove(const nf_world *world, const nf_entity *entity,
                               nf_error *err)
{
    const struct nf_entity_access *access = entity_access(world, entity);

    return !access || access->remove ? NF_OK
                                     : nf_error_may_not_remove(err, entity);
}

/* Members that only the server fills (O7). */
static bool is_servers(const nf_member *member)
{
    const nf_attribute *attribute = member->attribute;

    if (member->association)
        return member->association->system;
    return attribute->system || attribute->calculated ||
           attribute->type == NF_ATTRIBUTE_AUTONUMBER;
}

nf_status nf_device_may_write(const nf_world *world, const nf_object *object,
                              const nf_member *member, nf_error *err)
{
    const struct nf_entity_access *access =
        entity_access(world, object->entity);

    if (is_servers(member))
        return nf_error_set(err, NF_FAILED, "access_denied",
                            "\"%s\" of \"%s\" is set by the server only",
                            member->name, object->entity->qualified);
    /* What the server said about a downloaded object counts for it. */
    if (!access || (object->unwritable && object->state != NF_OBJECT_NEW
                        ? !has_bit(object->unwritable, member->index)
                        : has_bit(access->writable, member->index)))
        return NF_OK;
    return nf_error_may_not_write(err, object, member);
}

nf_status nf_device_require_local(const nf_world *world,
                                  const nf_entity *entity, nf_error *err)
{
    if (!world->profile || entity->kind != NF_ENTITY_PERSISTABLE)
        return NF_OK;
    if (world->configured_only && !entity->module->system &&
        !nf_profile_configures(world->profile, entity))
        return nf_error_set(err, NF_FAILED, "entity_not_available",
                            "\"%s\" is not offline: the profile does not "
                            "configure it",
                            entity->qualified);
    return NF_OK;
}

bool nf_device_needs_server(const nf_world *world, const nf_entity *entity)
{
    const struct nf_entity_access *access = entity_access(world, entity);

    for (const nf_entity *level = entity; level; level = level->generalization)
        if (level->event_handler_count)
            return true;
    for (size_t i = 0; i < entity->member_count; i++) {
        const nf_attribute *attribute = entity->members[i].attribute;

        if (attribute && !attribute->system &&
            (attribute->calculated || (access && has_bit(access->readable, i) &&
                                       !has_bit(access->writable, i))))
            return true;
    }
    return false;
}
