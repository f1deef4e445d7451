/* The flattened members of every entity (model.h, nf_member): inherited ones
 * first, so that an index means the same in every specialization. */
#include <string.h>

#include "models/model_internal.h"

typedef struct member_builder {
    nf_model *model;
    nf_entity_item *item;
    nf_member *members;
    size_t count;
    bool failed; /* out of memory */
} member_builder;

static void add_name(member_builder *b, const char *name, nf_member *member)
{
    /* The first of two members of one name stays: an association to the
     * entity itself with owner Both has both ends here. */
    if (!nf_map_get(b->item->members, name) &&
        !nf_map_set(b->item->members, name, member))
        b->failed = true;
}

static void index_member(member_builder *b, nf_member *member)
{
    add_name(b, member->name, member);
    if (member->attribute)
        add_name(b, member->attribute->qualified, member);
}

static nf_member *add_member(member_builder *b, const char *name)
{
    nf_member *member = &b->members[b->count];

    member->name = name;
    member->index = b->count++;
    return member;
}

static void add_attribute(member_builder *b, const nf_attribute *attribute)
{
    nf_member *member = add_member(b, attribute->name);

    member->attribute = attribute;
    member->type.kind = nf_attribute_kind(attribute);
    member->type.enumeration = attribute->enumeration;
    index_member(b, member);
}

static void add_association(member_builder *b,
                            const nf_association *association, bool child_end)
{
    nf_member *member = add_member(b, association->qualified);

    member->association = association;
    member->child_end = child_end;
    member->type.kind = association->set ? NF_KIND_LIST : NF_KIND_OBJECT;
    member->type.entity = child_end ? association->parent : association->child;
    index_member(b, member);
}

static size_t own_count(const nf_model *model, const nf_entity_item *item)
{
    size_t count =
        item->attribute_count + item->has_owner + item->has_changed_by;

    for (size_t i = 0; i < model->association_count; i++) {
        const nf_association *a = model->associations[i];

        count += a->parent == &item->entity;
        count += a->owner_both && a->child == &item->entity;
    }
    return count;
}

static void add_own(member_builder *b)
{
    const nf_model *model = b->model;
    const nf_entity_item *item = b->item;

    for (size_t i = 0; i < item->attribute_count; i++)
        add_attribute(b, &item->attributes[i]);
    for (size_t i = 0; i < model->association_count; i++)
        if (model->associations[i]->parent == &item->entity)
            add_association(b, model->associations[i], false);
    for (size_t i = 0; i < model->association_count; i++)
        if (model->associations[i]->owner_both &&
            model->associations[i]->child == &item->entity)
            add_association(b, model->associations[i], true);
    if (item->has_owner)
        add_association(b, model->owner, false);
    if (item->has_changed_by)
        add_association(b, model->changed_by, false);
}

/* The generalization has been done: entities come by depth. */
static nf_status build_one(nf_model *model, nf_entity_item *item, nf_error *err)
{
    const nf_entity *above = item->entity.generalization;
    size_t inherited = above ? above->member_count : 0;
    member_builder b = {.model = model, .item = item};

    b.members = nf_arena_array(model->arena, inherited + own_count(model, item),
                               sizeof *b.members);
    item->members = nf_map_new();
    if (!b.members || !item->members)
        return nf_error_nomem(err);
    for (size_t i = 0; i < inherited; i++) {
        b.members[b.count] = above->members[i];
        index_member(&b, &b.members[b.count++]);
    }
    add_own(&b);
    item->entity.members = b.members;
    item->entity.member_count = b.count;
    item->entity.own_member_start = inherited;
    for (size_t i = 0; i < b.count; i++) {
        const nf_attribute *attribute = b.members[i].attribute;

        item->entity.calculates |= attribute && attribute->calculated;
        item->entity.stamped |=
            attribute ? attribute->system : !b.members[i].association->parent;
    }
    return b.failed ? nf_error_nomem(err) : NF_OK;
}

nf_status nf_build_members(nf_model *model, nf_error *err)
{
    size_t done = 0;

    for (int depth = 0; done < model->entity_count; depth++)
        for (size_t i = 0; i < model->entity_count; i++) {
            nf_status status;

            if (model->entities[i]->depth != depth)
                continue;
            status = build_one(model, model->entities[i], err);
            if (status)
                return status;
            done++;
        }
    return NF_OK;
}
