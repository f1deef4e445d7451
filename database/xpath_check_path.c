/* Paths in constraints: which associations, entities and attributes their steps
 * are (xpath §4), and what the offline profile keeps from them (§10). */
#include "database/xpath_checker.h"

static bool is_system_association(const nf_association *association)
{
    return association->system || !association->parent;
}

/* System.owner exists only where the entity stores it (Q43). */
static bool owns(const nf_entity *entity, const nf_association *association)
{
    return association->parent
               ? nf_entity_is(entity, association->parent)
               : nf_entity_end(entity, association, false) != NULL;
}

/* There is no such association here; one of another module may be meant, too:
 * names carry their module (Q44). */
static bool no_association(nf_xchecker *c, const nf_xstep *step,
                           const nf_entity *context, const char *what)
{
    const nf_model *model = c->xpath->model;
    nf_suggestion near = {.name = step->name};
    size_t count = nf_model_association_count(model), i;

    for (i = 0; i < count; i++) {
        const nf_association *other = nf_model_association(model, i);

        if (owns(context, other) ||
            (other->child && nf_entity_is(context, other->child)))
            nf_suggest(&near, other->qualified);
    }
    return nf_xcheck_fail_near(c, "UNKNOWN_MEMBER", step->position, what,
                               &near);
}

static bool resolve_association(nf_xchecker *c, const nf_xstep *step,
                                const nf_entity *context, nf_xhop *hop)
{
    const nf_association *association =
        nf_model_find_association(c->xpath->model, step->name);
    bool forward, inverse;

    if (!association) {
        if (nf_model_find_entity(c->xpath->model, step->name))
            return nf_xcheck_fail(c, "PATH_MISMATCH", step->position,
                                  "an association is needed before the entity",
                                  step->name);
        return no_association(c, step, context, "there is no association");
    }
    forward = owns(context, association);
    inverse = association->child && nf_entity_is(context, association->child);
    if (!forward && !inverse)
        return no_association(c, step, context,
                              "the entity has no association");
    if (step->reversed && !(forward && inverse))
        return nf_xcheck_fail(
            c, "REVERSED", step->position,
            "both ends of the association are not the same entity:",
            step->name);
    hop->association = association;
    hop->inverse = step->reversed || !forward;
    hop->from = context;
    if (is_system_association(association) && hop->inverse)
        return nf_xcheck_fail(
            c, "UNKNOWN_MEMBER", step->position,
            "the association works only from its owner:", step->name);
    hop->owner = association->parent ? association->parent : context;
    if (is_system_association(association) || association->set)
        nf_xcheck_limit(c, "OFFLINE_MEMBER", step->position);
    if (step->reversed)
        nf_xcheck_limit(c, "OFFLINE_ASSOCIATION_PATH", step->position);
    return true;
}

static const nf_entity *hop_end(const nf_xhop *hop)
{
    return hop->inverse ? hop->association->parent : hop->association->child;
}

static bool leads_elsewhere(nf_xchecker *c, const nf_xstep *step,
                            const nf_entity *end)
{
    nf_xpath_error("PATH_MISMATCH", c->xpath->text, step->position, c->err,
                   "the association does not lead to \"%s\" but to \"%s\"",
                   step->name, end ? end->qualified : "");
    return false;
}

static bool resolve_entity(nf_xchecker *c, const nf_xstep *step, nf_xhop *hop)
{
    const nf_entity *entity = nf_model_find_entity(c->xpath->model, step->name);
    const nf_entity *end = hop_end(hop);

    if (!entity || !end ||
        (!nf_entity_is(entity, end) && !nf_entity_is(end, entity)))
        return leads_elsewhere(c, step, end);
    if (step->reversed)
        return nf_xcheck_fail(
            c, "REVERSED", step->position,
            "\"reversed()\" stands only behind an association:", step->name);
    nf_xcheck_limit(c, "OFFLINE_ASSOCIATION_PATH", step->position);
    hop->entity = entity;
    hop->nested = step->nested;
    if (step->nested) {
        const char *kept = c->limit;
        long position = c->limit_position;

        if (!nf_xcheck_condition(c, step->nested, entity))
            return false;
        c->limit = kept;
        c->limit_position = position;
    }
    return true;
}

/* An association without its module is the usual slip (Q44). */
static bool no_attribute(nf_xchecker *c, const nf_xstep *step,
                         const nf_entity *context)
{
    nf_suggestion near = {.name = step->name};
    size_t i;

    for (i = 0; i < context->member_count; i++) {
        const nf_member *member = &context->members[i];
        const char *point = strchr(member->name, '.');

        if (member->attribute)
            nf_suggest(&near, member->name);
        else if (point && !strcmp(point + 1, step->name))
            near = (nf_suggestion){.name = step->name, .best = member->name};
    }
    return nf_xcheck_fail_near(c, "UNKNOWN_MEMBER", step->position,
                               "the entity has no attribute", &near);
}

static bool resolve_attribute(nf_xchecker *c, nf_xnode *node,
                              const nf_xstep *step, const nf_entity *context)
{
    const nf_member *member;
    const nf_attribute *attribute;

    if (!strcmp(step->name, "id") || !strcmp(step->name, "ID")) {
        node->is_id = true;
        node->type = (nf_type){.kind = NF_KIND_OBJECT, .entity = context};
        return true;
    }
    member = nf_entity_find_member(context, step->name);
    if (!member || !member->attribute)
        return no_attribute(c, step, context);
    attribute = member->attribute;
    if (attribute->type == NF_ATTRIBUTE_HASHED ||
        attribute->type == NF_ATTRIBUTE_BINARY || attribute->calculated)
        return nf_xcheck_fail(c, "NOT_FILTERABLE", step->position,
                              "constraints cannot use the attribute",
                              step->name);
    if (attribute->system)
        nf_xcheck_limit(c, "OFFLINE_MEMBER", step->position);
    if (attribute->type == NF_ATTRIBUTE_AUTONUMBER &&
        !nf_xcheck_version(c, 11, 13, 0))
        nf_xcheck_limit(c, "OFFLINE_MEMBER", step->position);
    node->attribute = member;
    node->type = member->type;
    node->type.kind = nf_attribute_kind(attribute);
    return true;
}

bool nf_xcheck_path(nf_xchecker *c, nf_xnode *node, const nf_entity *context)
{
    size_t i = 0;
    bool last;

    node->context = node->target = context;
    node->hops =
        nf_arena_array(c->xpath->arena, node->step_count, sizeof *node->hops);
    if (!node->hops) {
        nf_error_nomem(c->err);
        return false;
    }
    while (i < node->step_count) {
        const nf_xstep *step = &node->steps[i++];
        nf_xhop *hop = &node->hops[node->hop_count];

        last = i == node->step_count;
        if (!strchr(step->name, '.')) {
            if (!last)
                return nf_xcheck_fail(
                    c, "PATH_MISMATCH", step->position,
                    "an attribute ends the path:", step->name);
            /* The hop before must have had its entity. */
            if (node->hop_count && !node->hops[node->hop_count - 1].entity)
                return nf_xcheck_fail(c, "PATH_MISMATCH", step->position,
                                      "an entity is needed before", step->name);
            if (step->nested || step->reversed)
                return nf_xcheck_fail(
                    c, step->reversed ? "REVERSED" : "SYNTAX", step->position,
                    "only an entity can have a constraint:", step->name);
            if (!resolve_attribute(c, node, step, node->target))
                return false;
            break;
        }
        if (!resolve_association(c, step, node->target, hop))
            return false;
        if (step->nested)
            return nf_xcheck_fail(
                c, "SYNTAX", step->position,
                "only an entity can have a constraint:", step->name);
        node->hop_count++;
        node->target = hop_end(hop);
        if (last)
            break;
        step = &node->steps[i];
        if (!strchr(step->name, '.'))
            return nf_xcheck_fail(c, "PATH_MISMATCH", step->position,
                                  "an entity is needed before", step->name);
        i++;
        if (!resolve_entity(c, step, hop))
            return false;
        node->target = hop->entity;
    }
    if (!node->attribute && !node->is_id)
        node->type = (nf_type){.kind = NF_KIND_OBJECT, .entity = node->target};
    return nf_xcheck_report_limit(c);
}
