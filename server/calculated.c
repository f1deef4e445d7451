/* Calculated attributes (domain D18): computed by their microflows whenever an
 * object is read, and when it is created. The microflows run in a world of
 * their own, beside the one that reads: they get the object and see what is
 * stored, not what others have in memory, and what they do to objects is
 * forgotten. So the same code serves flows and results of synchronizations,
 * which are read from a snapshot. */
#include "interpreter/nested.h"
#include "server/flows.h"
#include "server/internal.h"

/* An object whose values are being computed: its own microflows may meet it
 * again. */
typedef struct computing {
    int64_t id;
    const struct computing *outer;
} computing;

struct nf_calculator {
    nf_server_flows *flows;
    const computing *innermost;
};

static bool is_calculated(const nf_member *member)
{
    return member->attribute && member->attribute->calculated;
}

static nf_status calculator_new(nf_calculator **out, nf_server *server,
                                nf_server_session *session, int64_t user,
                                nf_database *database,
                                const nf_environment *environment,
                                nf_error *err)
{
    nf_calculator *calculator = nf_alloc(sizeof *calculator);
    nf_server_store *store;
    nf_status status;

    *out = NULL;
    if (!calculator)
        return nf_error_nomem(err);
    status = nf_server_flows_open_as(&calculator->flows, server, session, user,
                                     environment, err);
    if (status != NF_OK) {
        nf_free(calculator);
        return status;
    }
    store = &calculator->flows->store;
    store->database = database;
    store->read_only = true;
    store->calculator = calculator; /* values need values: computed here, too */
    *out = calculator;
    return NF_OK;
}

void nf_calculator_free(nf_calculator *calculator)
{
    if (!calculator)
        return;
    calculator->flows->store.calculator = NULL;
    nf_server_flows_close(calculator->flows);
    nf_free(calculator);
}

/* ---- one object of the calculator's own world ------------------------------
 */

static nf_status compute_member(nf_calculator *calculator, nf_object *object,
                                const nf_member *member, nf_error *err)
{
    const nf_attribute *attribute = member->attribute;
    nf_value argument = nf_object_take(nf_object_retain(object));
    nf_value result = nf_empty();
    nf_status status =
        nf_nested_run(&result, &calculator->flows->world, NF_FLOW_MICROFLOW,
                      attribute->calculated_microflow, &argument,
                      attribute->calculated_pass_entity ? 1 : 0, err);

    if (status == NF_OK)
        status = nf_object_show_calculated(object, member, &result, err);
    nf_value_release(&result);
    nf_value_release(&argument);
    return status;
}

static nf_status compute(nf_calculator *calculator, nf_object *object,
                         nf_error *err)
{
    const nf_entity *entity = object->entity;
    computing now = {object->id, calculator->innermost};
    nf_status status = NF_OK;

    calculator->innermost = &now;
    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++)
        if (is_calculated(&entity->members[i]))
            status =
                compute_member(calculator, object, &entity->members[i], err);
    calculator->innermost = now.outer;
    return status;
}

static nf_status compute_inner(nf_calculator *calculator, nf_object *object,
                               nf_error *err)
{
    for (const computing *c = calculator->innermost; c; c = c->outer)
        if (c->id == object->id)
            return NF_OK;
    return compute(calculator, object, err);
}

/* ---- an object of somebody else's ------------------------------------------
 */

/* The same object in the calculator's world. Takes over the values. */
static nf_status represent(nf_calculator *calculator, nf_object **out,
                           const nf_entity *entity, int64_t id, bool fresh,
                           nf_value *values, nf_error *err)
{
    nf_objects *objects = calculator->flows->world.objects;
    nf_status status;

    if (!fresh)
        return nf_objects_load(out, objects, entity, id, values, err);
    status = nf_objects_create_with_id(out, objects, entity, id, 0, err);
    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++) {
        nf_value value = values[i];

        values[i] = nf_empty();
        status = nf_object_write(*out, i, value, err);
    }
    nf_members_free(values, entity->member_count);
    return status;
}

/* `values` of calculated attributes get what is computed. */
static nf_status compute_values(nf_calculator *calculator,
                                const nf_entity *entity, int64_t id, bool fresh,
                                nf_value *values, nf_error *err)
{
    nf_objects *objects = calculator->flows->world.objects;
    nf_object *object = NULL;
    nf_value *copies = NULL;
    int64_t mark;
    nf_status status = nf_objects_mark(objects, &mark, err);

    if (status != NF_OK)
        return status;
    status = nf_members_copy(&copies, values, entity->member_count, err);
    if (status == NF_OK)
        status = represent(calculator, &object, entity, id, fresh, copies, err);
    if (status == NF_OK && object)
        status = compute(calculator, object, err);
    for (size_t i = 0; status == NF_OK && object && i < entity->member_count;
         i++) {
        if (!is_calculated(&entity->members[i]))
            continue;
        nf_value_release(&values[i]);
        values[i] = nf_value_copy(&object->members[i]);
    }
    if (nf_objects_settle(objects, mark, false, status == NF_OK ? err : NULL) !=
            NF_OK &&
        status == NF_OK)
        status = NF_FAILED;
    nf_object_release(object);
    return status;
}

static void follow(nf_calculator *calculator, const nf_world *outer)
{
    nf_world *world = &calculator->flows->world;

    world->environment = outer->environment;
    world->host = outer->host;
    world->programs = outer->programs;
    world->cancelled = outer->cancelled;
    world->observer = outer->observer;
}

static nf_status calculator_of(nf_calculator **out, nf_server_store *store,
                               nf_error *err)
{
    nf_status status = NF_OK;

    if (!store->calculator)
        status = calculator_new(&store->calculator, store->server,
                                store->session, store->user, store->database,
                                store->environment, err);
    if (status == NF_OK && !store->read_only)
        follow(store->calculator, store->world);
    *out = store->calculator;
    return status;
}

nf_status nf_calculate(nf_server_store *store, nf_object *object, nf_error *err)
{
    const nf_entity *entity = object->entity;
    nf_calculator *calculator;
    nf_value *values = NULL;
    nf_status status;

    if (!entity->calculates)
        return NF_OK;
    status = calculator_of(&calculator, store, err);
    if (status != NF_OK)
        return status;
    if (store->read_only)
        return compute_inner(calculator, object, err);
    status =
        nf_members_copy(&values, object->members, entity->member_count, err);
    if (status == NF_OK)
        status = compute_values(calculator, entity, object->id,
                                object->state == NF_OBJECT_NEW, values, err);
    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++)
        if (is_calculated(&entity->members[i]))
            status = nf_object_show_calculated(object, &entity->members[i],
                                               &values[i], err);
    nf_members_free(values, entity->member_count);
    return status;
}

/* One object that can't be calculated must not keep a device from all others:
 * it is sent without these values, and the log says why. */
static void log_failure(nf_server *server, const nf_entity *entity, int64_t id,
                        const nf_error *problem)
{
    nf_server_log(server, "error",
                  "the calculated attributes of %s %lld stay empty: %s: %s: %s",
                  entity->qualified, (long long)id, problem->document,
                  problem->code, problem->message);
}

nf_status nf_calculate_or_log(nf_server_store *store, nf_object *object,
                              nf_error *err)
{
    nf_error problem;
    nf_status status;

    if (!object->entity->calculates)
        return NF_OK;
    nf_error_clear(&problem);
    status = nf_calculate(store, object, &problem);
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (status != NF_OK)
        log_failure(store->server, object->entity, object->id, &problem);
    return NF_OK;
}

nf_status nf_calculate_all(nf_server_store *store, nf_list *list, size_t from,
                           nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = from; status == NF_OK && i < nf_list_count(list); i++)
        status = nf_calculate(store, list->items[i], err);
    return status;
}

/* ---- rows ------------------------------------------------------------------
 */

nf_status nf_calculate_row(nf_calculator **calculator, nf_server *server,
                           nf_server_session *session, nf_database *database,
                           const nf_environment *environment,
                           const nf_entity *entity, int64_t id,
                           nf_value *values, nf_error *err)
{
    nf_error problem = {0};
    nf_world *world;
    nf_status status = NF_OK;

    if (!*calculator)
        status = calculator_new(calculator, server, session, session->user,
                                database, environment, err);
    if (status != NF_OK)
        return status;
    world = &(*calculator)->flows->world;
    world->environment.limits.deadline = nf_server_flow_deadline(server);
    status = compute_values(*calculator, entity, id, false, values, &problem);
    if (status == NF_NOMEM)
        return nf_error_pass(&problem, err);
    if (status != NF_OK)
        log_failure(server, entity, id, &problem);
    return status == NF_OK ? NF_OK : nf_server_in_time(server, err);
}
