/* Retrieve (activities R1 … R19): by association, seeing what is uncommitted,
 * or from the database, seeing what is stored. */
#include "activities/activities.h"
#include "activities/online.h"

#include <stdio.h>
#include <string.h>

typedef struct retrieve {
    nf_bound_variable output;
    /* By association. */
    nf_bound_variable start;
    const nf_association *association;
    bool reverse;
    /* From the database. */
    const nf_entity *entity;
    nf_bound_xpath constraint;
    nf_bound_range range;
    nf_sort *sorts;
    size_t sort_count;
    const nf_element *source; /* names the variables that it reads */
} retrieve;

/* ---- bind ---------------------------------------------------------------- */

/* R2, R3. */
static nf_type association_type(nf_binder *binder, retrieve *bound)
{
    const nf_association *a = bound->association;
    const nf_entity *from = bound->start.type.entity;
    nf_type type = {.kind = NF_KIND_UNKNOWN};

    if (!from)
        return type;
    if (a->parent && nf_entity_is(from, a->parent)) {
        bound->reverse = false;
        type.entity = a->child;
        type.kind = a->set ? NF_KIND_LIST : NF_KIND_OBJECT;
    } else if (a->child && nf_entity_is(from, a->child)) {
        bound->reverse = true;
        type.entity = a->parent;
        type.kind = !a->set && a->owner_both ? NF_KIND_OBJECT : NF_KIND_LIST;
    } else if (a->system) {
        type.entity = a->child;
        type.kind = NF_KIND_OBJECT;
    } else {
        nf_bind_missing(binder, a->qualified,
                        "\"%s\" has no association \"%s\"", from->qualified,
                        a->qualified);
    }
    return type;
}

static nf_type bind_association(nf_binder *binder, retrieve *bound,
                                const nf_element *source)
{
    const char *name = nf_element_string(source, "AssociationId", "");

    if (!name[0])
        name = nf_element_string(source, "Association", ""); /* MF-A6 */
    bound->start = nf_bind_variable(
        binder, nf_element_string(source, "StartVariableName", ""),
        NF_KIND_OBJECT);
    bound->association = nf_model_find_association(nf_bind_model(binder), name);
    if (!bound->association) {
        nf_bind_missing(binder, name, "There is no association \"%s\"", name);
        return (nf_type){.kind = NF_KIND_UNKNOWN};
    }
    return association_type(binder, bound);
}

static const nf_member *step_member(nf_binder *binder, const nf_entity *entity,
                                    const char *name)
{
    const nf_member *member =
        entity ? nf_entity_find_member(entity, name) : NULL;

    if (!member)
        nf_bind_missing(binder, name,
                        "There is no attribute or association \"%s\" to sort "
                        "by",
                        name);
    return member;
}

static bool is_descending(const nf_element *item)
{
    return strcmp(nf_element_string(item, "SortOrder", "Ascending"),
                  "Descending") == 0;
}

/* Before 7.11 a text: associations and the entities behind them, then the
 * attribute, with slashes between. */
static bool bind_sort_path(nf_binder *binder, nf_sort *sort,
                           const nf_entity *entity, const nf_element *item)
{
    const char *at = nf_element_string(item, "AttributePath", "");
    const nf_member **path;
    size_t parts = 1, steps = 0;
    bool last = false;

    for (const char *c = at; *c; c++)
        parts += *c == '/';
    path = nf_bind_alloc(binder, parts * sizeof *path);
    for (size_t length; path && !last; at += length + 1) {
        const nf_entity *target = NULL;
        char name[512];

        length = strcspn(at, "/");
        last = at[length] == 0;
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        if (steps && !last)
            target = nf_model_find_entity(nf_bind_model(binder), name);
        if (!target && !(path[steps] = step_member(binder, entity, name)))
            return true;
        entity = target ? target : path[steps++]->type.entity;
    }
    *sort = (nf_sort){
        .path = path, .length = steps, .descending = is_descending(item)};
    return path != NULL;
}

static bool bind_sort(nf_binder *binder, nf_sort *sort, const nf_entity *entity,
                      const nf_element *item)
{
    const nf_element *reference = nf_element_part(item, "AttributeRef");
    const nf_element *entity_ref = nf_element_part(reference, "EntityRef");
    size_t steps = nf_element_count(entity_ref, "Steps");
    const nf_member **path;

    if (!reference && nf_element_string(item, "AttributePath", "")[0])
        return bind_sort_path(binder, sort, entity, item);
    path = nf_bind_alloc(binder, (steps + 1) * sizeof *path);
    if (!path)
        return false;
    for (size_t i = 0; i < steps; i++) {
        const nf_element *step = nf_element_item(entity_ref, "Steps", i);

        path[i] = step_member(binder, entity,
                              nf_element_string(step, "Association", ""));
        if (!path[i])
            return true;
        entity = nf_model_find_entity(
            nf_bind_model(binder),
            nf_element_string(step, "DestinationEntity", ""));
    }
    path[steps] = step_member(binder, entity,
                              nf_element_string(reference, "Attribute", ""));
    *sort = (nf_sort){
        .path = path,
        .length = steps + 1,
        .descending = is_descending(item),
    };
    return true;
}

static bool bind_sorts(nf_binder *binder, retrieve *bound,
                       const nf_element *source)
{
    const nf_element *list = nf_element_part(source, "NewSortings");
    size_t count = nf_element_count(list, "Sortings");

    bound->sorts = nf_bind_alloc(binder, (count + 1) * sizeof *bound->sorts);
    if (!bound->sorts)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!bind_sort(binder, &bound->sorts[bound->sort_count++],
                       bound->entity, nf_element_item(list, "Sortings", i)))
            return false;
    return true;
}

static nf_type bind_database(nf_binder *binder, retrieve *bound,
                             const nf_element *source)
{
    const char *constraint = nf_element_string(source, "XpathConstraint", "");

    bound->entity = nf_bind_entity(binder, source, "Entity");
    bound->range = nf_range_bind(binder, nf_element_part(source, "Range"));
    if (!constraint[0])
        constraint = nf_element_string(source, "XPathConstraint", "");
    if (bound->entity && (bound->entity->kind == NF_ENTITY_EXTERNAL ||
                          bound->entity->kind == NF_ENTITY_VIEW))
        nf_bind_unsupported(binder,
                            "Objects of \"%s\", an external or view entity, "
                            "can't be retrieved",
                            bound->entity->qualified);
    else if (bound->entity && bound->entity->kind != NF_ENTITY_PERSISTABLE)
        nf_bind_error(binder, "entity_not_available", "",
                      "Objects of \"%s\" are not in the database",
                      bound->entity->qualified);
    else if (bound->entity)
        bound->constraint = nf_bind_xpath(binder, bound->entity, constraint);
    return (nf_type){.kind =
                         bound->range.single ? NF_KIND_OBJECT : NF_KIND_LIST,
                     .entity = bound->entity};
}

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    const nf_element *source = nf_element_part(action, "RetrieveSource");
    retrieve *bound = nf_bind_alloc(binder, sizeof *bound);
    nf_type type;

    if (!bound)
        return NF_NOMEM;
    if (nf_element_is(source, "Microflows$AssociationRetrieveSource")) {
        type = bind_association(binder, bound, source);
    } else if (nf_element_is(source, "Microflows$DatabaseRetrieveSource")) {
        type = bind_database(binder, bound, source);
        if (!bind_sorts(binder, bound, source))
            return NF_NOMEM;
    } else {
        nf_bind_unsupported(binder,
                            "The retrieve source \"%s\" is not "
                            "supported",
                            source ? source->type : "(none)");
        return NF_OK;
    }
    bound->source = source;
    bound->output = nf_bind_output(
        binder, nf_element_string(action, "ResultVariableName", ""), type);
    *out = bound;
    return NF_OK;
}

/* ---- execute ------------------------------------------------------------- */

static nf_status empty_result(nf_call *call, const retrieve *bound,
                              nf_error *err)
{
    nf_list *list;

    if (bound->output.type.kind != NF_KIND_LIST) {
        nf_call_set(call, &bound->output, nf_empty());
        return NF_OK;
    }
    list = nf_list_new(bound->output.type.entity);
    if (!list)
        return nf_error_nomem(err);
    nf_call_set(call, &bound->output, nf_list_take(list));
    return NF_OK;
}

/* M2: the association is a member of its owner, which may be hidden there. */
static nf_status keep_readable(nf_call *call, const retrieve *bound,
                               nf_value *result, nf_error *err)
{
    nf_list *seen = nf_list_new(result->as.list->entity);
    nf_status status = seen ? NF_OK : nf_error_nomem(err);

    for (size_t i = 0; !status && i < nf_list_count(result->as.list); i++) {
        nf_object *owner = result->as.list->items[i];
        bool readable;

        status = nf_access_read(
            call, owner,
            nf_entity_end(owner->entity, bound->association, false), &readable,
            err);
        if (!status && readable && !nf_list_append(seen, owner))
            status = nf_error_nomem(err);
    }
    nf_value_release(result);
    if (status)
        nf_list_release(seen);
    else
        *result = nf_list_take(seen);
    return status;
}

/* M2: what the user may not see is not there. */
static nf_status restrict_result(nf_call *call, const retrieve *bound,
                                 const nf_object *start, nf_value *result,
                                 nf_error *err)
{
    const nf_member *member =
        bound->reverse
            ? NULL
            : nf_entity_end(start->entity, bound->association, false);
    bool readable = true;
    nf_status status = NF_OK;

    if (!nf_call_applies_access(call))
        return NF_OK;
    if (!member)
        member = nf_entity_end(start->entity, bound->association, true);
    if (member)
        status = nf_access_read(call, start, member, &readable, err);
    else if (result->kind == NF_KIND_LIST)
        status = keep_readable(call, bound, result, err);
    if (!status && !readable)
        nf_value_release(result);
    return status ? status : nf_call_visible(call, result, err);
}

static nf_status by_association(nf_call *call, const retrieve *bound,
                                nf_error *err)
{
    const nf_value *start;
    nf_value result;
    nf_status status = nf_call_require(call, &bound->start, &start, err);

    if (status)
        return status;
    if (start->kind != NF_KIND_OBJECT)
        return empty_result(call, bound, err); /* R7 */
    if (start->as.object->state == NF_OBJECT_DELETED)
        return nf_error_deleted(err, start->as.object);
    status = nf_object_associated(&result, start->as.object, bound->association,
                                  bound->reverse, err);
    if (status)
        return status;
    status = restrict_result(call, bound, start->as.object, &result, err);
    if (status) {
        nf_value_release(&result);
        return status;
    }
    if (result.kind == NF_KIND_EMPTY)
        return empty_result(call, bound, err);
    nf_call_set(call, &bound->output, result);
    return NF_OK;
}

/* Values of the constraint's variables, borrowed. */
static nf_status variables(nf_call *call, const nf_bound_xpath *constraint,
                           nf_value **out, nf_error *err)
{
    nf_value *values = nf_alloc_array(constraint->count + 1, sizeof *values);

    *out = values;
    if (!values)
        return nf_error_nomem(err);
    for (size_t i = 0; i < constraint->count; i++) {
        const nf_value *value;
        nf_status status =
            nf_call_require(call, &constraint->variables[i], &value, err);

        if (status)
            return status;
        values[i] = *value;
    }
    return NF_OK;
}

static nf_status select_objects(nf_call *call, const retrieve *bound,
                                nf_list *list, nf_error *err)
{
    nf_world *world = nf_call_world(call);
    nf_retrieval retrieval = {
        .entity = bound->entity,
        .constraint = bound->constraint.xpath,
        .environment = &world->environment,
        .sorts = bound->sorts,
        .sort_count = bound->sort_count,
        .restricted = nf_call_applies_access(call),
    };
    nf_value *values = NULL;
    nf_status status = nf_range_evaluate(call, &bound->range, &retrieval.limit,
                                         &retrieval.offset, err);

    if (!status)
        status = variables(call, &bound->constraint, &values, err);
    retrieval.variables = values;
    if (!status)
        status = world->store->ops->retrieve(world->store, list, world->objects,
                                             &retrieval, err);
    nf_free(values);
    return status;
}

/* R19: what the profile keeps on the server only. */
static nf_status check_available(nf_call *call, const nf_entity *entity,
                                 nf_error *err)
{
    if (!nf_call_world(call)->store)
        return nf_error_set(err, NF_FAILED, "db_error",
                            "There is no database to retrieve from");
    return nf_require_local(call, entity, err);
}

static nf_status from_database(nf_call *call, const retrieve *bound,
                               nf_error *err)
{
    nf_status status = check_available(call, bound->entity, err);
    nf_list *list;

    if (status)
        return status;
    list = nf_list_new(bound->entity);
    if (!list)
        return nf_error_nomem(err);
    status = select_objects(call, bound, list, err);
    if (!status && !bound->range.single) {
        nf_call_set(call, &bound->output, nf_list_take(list));
        return NF_OK;
    }
    if (!status)
        nf_call_set(call, &bound->output,
                    nf_list_count(list)
                        ? nf_object_take(nf_object_retain(list->items[0]))
                        : nf_empty());
    nf_list_release(list);
    return status;
}

/* ---- objects that the server has ----------------------------------------- */

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}

static bool names(const char *text, const char *variable)
{
    size_t length = strlen(variable);

    for (const char *p = strchr(text, '$'); p; p = strchr(p + 1, '$'))
        if (!strncmp(p + 1, variable, length) && !is_name_byte(p[1 + length]))
            return true;
    return false;
}

/* Whether the stored activity names a variable: others are not sent. */
static bool uses(const nf_element *source, const char *variable)
{
    const nf_element *range = nf_element_part(source, "Range");

    return names(nf_element_string(source, "XpathConstraint", ""), variable) ||
           names(nf_element_string(source, "XPathConstraint", ""), variable) ||
           names(nf_element_string(range, "LimitExpression", ""), variable) ||
           names(nf_element_string(range, "OffsetExpression", ""), variable) ||
           !strcmp(nf_element_string(source, "StartVariableName", ""),
                   variable);
}

static nf_status online_variables(nf_call *call, const retrieve *bound,
                                  nf_online_variable **out, size_t *count,
                                  nf_error *err)
{
    nf_online_variable next;
    size_t at = 0, capacity = 0;

    while (
        nf_call_next_variable(call, &at, &next.name, &next.type, &next.value)) {
        nf_online_variable *items;

        if (!uses(bound->source, next.name))
            continue;
        items = nf_grow(*out, *count, &capacity, sizeof *items);
        if (!items)
            return nf_error_nomem(err);
        *out = items;
        items[(*count)++] = next;
    }
    return NF_OK;
}

static nf_status set_found(nf_call *call, const retrieve *bound,
                           nf_value *found, nf_error *err)
{
    nf_list *list = found->as.list;

    if (bound->output.type.kind == NF_KIND_LIST) {
        nf_call_set(call, &bound->output, *found);
        return NF_OK;
    }
    if (!nf_list_count(list)) {
        nf_list_release(list);
        return empty_result(call, bound, err);
    }
    nf_call_set(call, &bound->output,
                nf_object_take(nf_object_retain(list->items[0])));
    nf_list_release(list);
    return NF_OK;
}

/* W58: which activity it is, and the values of its variables. */
static nf_status from_server(nf_call *call, const void *data,
                             nf_sync_flow_call **waits, nf_error *err)
{
    const retrieve *bound = data;
    nf_online_variable *variables = NULL;
    nf_online_request request = {.operation = NF_ONLINE_RETRIEVE,
                                 .entity = bound->output.type.entity,
                                 .flow = nf_call_flow(call),
                                 .activity = nf_call_element(call)};
    nf_value found;
    nf_status status = NF_OK;

    if (!*waits)
        status = online_variables(call, bound, &variables,
                                  &request.variable_count, err);
    request.variables = variables;
    if (!status)
        status = nf_online_ask(call, &request, waits, &found, err);
    nf_free(variables);
    return status ? status : set_found(call, bound, &found, err);
}

/* By association: either end may be on the server, and what memory has of it
 * is not all there is. */
static bool is_online(nf_call *call, const retrieve *bound)
{
    const nf_entity *target = bound->output.type.entity;
    const nf_value *start;

    if (!bound->association)
        return bound->entity && nf_is_online(call, bound->entity);
    start = nf_call_get(call, &bound->start);
    return start->kind == NF_KIND_OBJECT && target &&
           start->as.object->state != NF_OBJECT_DELETED &&
           target->kind == NF_ENTITY_PERSISTABLE && nf_is_online(call, target);
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const retrieve *bound = data;

    if (*state || is_online(call, bound))
        return nf_online_execute(from_server, call, bound, state, err);
    return bound->association ? by_association(call, bound, err)
                              : from_database(call, bound, err);
}

const nf_activity nf_activity_retrieve = {
    .type = "Microflows$RetrieveAction",
    .caption = "Retrieve",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
    .cancel = nf_online_cancel,
};
