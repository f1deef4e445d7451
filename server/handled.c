/* Units with event handlers (synchronize S40, S45 … S48, S97; domain D59 …
 * D68, D76). If an entity of a unit's new and changed objects has handlers, all
 * of these objects are instantiated in the world of one user's flows before
 * the first is committed, so handlers see each other's values whatever the
 * order; then each is committed there, behind a mark of its own. Other units
 * never come here (write.c). */
#include "server/flows.h"
#include "server/write.h"

#include <stdio.h>

nf_status nf_unit_open_flows(nf_unit *unit, nf_error *err)
{
    nf_server_flows *flows;
    nf_status status;

    if (unit->flows)
        return NF_OK;
    /* Who watches wants to see everything once, and in its order. */
    if (unit->server->observer)
        nf_database_pipeline(unit->server->database, false);
    status =
        nf_server_flows_open(&unit->flows, unit->server, unit->session, err);
    if (status != NF_OK)
        return status;
    flows = unit->flows;
    flows->world.environment.limits.deadline =
        nf_server_flow_deadline(unit->server);
    flows->store.auto_committed = nf_idmap_new();
    return flows->store.auto_committed ? NF_OK : nf_error_nomem(err);
}

/* ---- what handlers say -----------------------------------------------------
 */

/* A constraint that a handler's own commit violates is the handler's fault. */
static bool is_infrastructure(const nf_error *problem)
{
    return problem->status == NF_NOMEM ||
           (!strcmp(problem->code, "db_error") &&
            strcmp(problem->detail, "constraint") != 0);
}

/* S129: what handlers say of objects may be more than the user may read. */
static nf_status refuse_failed(nf_unit *unit, nf_entry *entry,
                               const nf_error *problem, nf_error *err)
{
    nf_server *server = unit->server;
    const char *document = problem->document;
    char text[NF_ERROR_MESSAGE_SIZE];

    if (!strcmp(problem->detail, "timeout"))
        return nf_error_set(err, NF_FAILED, "SYNC_LIMIT",
                            "the event handlers took longer than they may");
    nf_server_log(server, "warning", "an event handler failed: %s: %s",
                  document, problem->message);
    if (server->options.tell_failures ||
        !strcmp(problem->code, "validation_failed"))
        snprintf(text, sizeof text, "%s%s%.500s", document,
                 *document ? ": " : "", problem->message);
    else
        snprintf(text, sizeof text, "%s failed on the server",
                 *document ? document : "an event handler");
    nf_entry_reject(unit, entry, "OBJ_EVENT_ERROR", "%s", text);
    return NF_OK;
}

nf_status nf_unit_refuse(nf_unit *unit, nf_entry *entry, bool go_on,
                         const nf_error *problem, nf_error *err)
{
    if (is_infrastructure(problem))
        return nf_error_pass(problem, err);
    if (!go_on)
        nf_entry_reject(
            unit, entry, "OBJ_EVENT_FALSE",
            problem->status == NF_OK ? "an event handler returned false" : "%s",
            problem->message);
    else
        return refuse_failed(unit, entry, problem, err);
    return NF_OK;
}

static nf_status run(nf_unit *unit, nf_entry *entry, nf_object *object,
                     bool before, nf_error *err)
{
    nf_error problem;
    bool go_on = true;
    nf_status status;

    if (!nf_entity_handles(object->entity, "Commit"))
        return NF_OK;
    nf_error_clear(&problem);
    status = nf_events_run(&unit->flows->world, object->entity, "Commit",
                           before, object, &go_on, &problem);
    return status == NF_OK && go_on
               ? NF_OK
               : nf_unit_refuse(unit, entry, go_on, &problem, err);
}

/* Keeps or undoes what happened since a mark, by what became of an entry. */
static nf_status settle(nf_unit *unit, const nf_entry *entry, int64_t mark,
                        nf_status status, nf_error *err)
{
    bool refused = entry->decided && entry->state == NF_OUTCOME_REJECTED;
    nf_status settled = nf_objects_settle(unit->flows->world.objects, mark,
                                          status == NF_OK && !refused,
                                          status == NF_OK ? err : NULL);

    return status == NF_OK ? settled : status;
}

/* ---- instantiation (S40) ---------------------------------------------------
 */

static bool is_committed(const nf_entry *entry)
{
    return !entry->decided &&
           (entry->kind == NF_WIRE_NEW || entry->kind == NF_WIRE_CHANGE);
}

static bool any_handlers(const nf_unit *unit)
{
    const nf_entity *last = NULL;

    for (size_t i = 0; i < unit->count; i++) {
        const nf_entry *entry = &unit->entries[i];

        if (!is_committed(entry) || entry->entity == last)
            continue;
        last = entry->entity;
        if (nf_entity_handles(last, "Commit") ||
            nf_entity_handles(last, "Create"))
            return true;
    }
    return false;
}

/* A text that was sent and is what the row has needs no copy of its own. */
static nf_status load_value(nf_change *c, size_t i, nf_value *out,
                            nf_error *err)
{
    const nf_value *sent = &c->data->values[i];
    bool same = false;
    nf_status status = NF_OK;

    if (nf_bits_has(c->data->counting, i) &&
        (sent->kind == NF_KIND_STRING || sent->kind == NF_KIND_ENUMERATION))
        status = nf_rows_same(c->before, i, sent, &same, err);
    if (status != NF_OK || !same)
        return status == NF_OK ? nf_rows_value(c->before, i, out, err) : status;
    *out = nf_value_copy(sent);
    return NF_OK;
}

/* A handler of another object may have changed it before. */
static nf_status load_object(nf_object **out, nf_change *c, nf_error *err)
{
    nf_server_flows *flows = c->unit->flows;
    const nf_entity *entity = c->entry->entity;
    nf_object *tracked = nf_objects_find(flows->world.objects, c->entry->id);
    nf_value *values;
    nf_status status;

    *out = tracked ? nf_object_retain(tracked) : NULL;
    if (tracked)
        return NF_OK;
    values = nf_alloc_array(entity->member_count, sizeof *values);
    status = values ? NF_OK : nf_error_nomem(err);
    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++)
        status = load_value(c, i, &values[i], err);
    if (status != NF_OK) {
        nf_members_free(values, entity->member_count);
        return status;
    }
    status = nf_objects_load(out, flows->world.objects, entity, c->entry->id,
                             values, err);
    return status == NF_OK && *out
               ? nf_calculate_or_log(&flows->store, *out, err)
               : status;
}

static nf_status create_object(nf_object **out, nf_change *c, nf_error *err)
{
    nf_unit *unit = c->unit;
    nf_entry *entry = c->entry;
    nf_world *world = &unit->flows->world;
    nf_error problem;
    bool go_on = true;
    int64_t mark;
    nf_status status;

    nf_change_leave_row(c);
    if (!nf_entity_handles(entry->entity, "Create")) {
        status = nf_objects_create_with_id(out, world->objects, entry->entity,
                                           entry->id,
                                           nf_server_now(unit->server), err);
        return status == NF_OK ? nf_server_born(&unit->flows->store, *out, err)
                               : status;
    }
    *out = NULL;
    status = nf_objects_mark(world->objects, &mark, err);
    if (status != NF_OK)
        return status;
    nf_error_clear(&problem);
    status = nf_events_create(world, out, entry->entity, entry->id, &go_on,
                              &problem);
    if (status != NF_OK || !go_on)
        status = nf_unit_refuse(unit, entry, go_on, &problem, err);
    return settle(unit, entry, mark, status, err);
}

/* The uploaded values, over those of the row or of create handlers. */
static nf_status set_values(nf_change *c, nf_object *object, nf_error *err)
{
    const nf_value *values = c->data->values;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < object->entity->member_count; i++)
        if (nf_bits_has(c->data->counting, i) &&
            !nf_value_equal(&values[i], &object->members[i]))
            status = nf_object_write(object, i, nf_value_copy(&values[i]), err);
    return status;
}

/* Which members count is the same when the object is committed: rights are
 * those before the unit. */
static nf_status choose_members(nf_change *c, nf_error *err)
{
    nf_status status = NF_OK;

    if (nf_change_asks_defaults(c))
        status = nf_change_make_room(c, err);
    c->mask = c->data->counting;
    if (status == NF_OK)
        status = nf_change_check_members(c, err);
    c->data->chosen = true;
    return status;
}

static nf_status instantiate(nf_change *c, nf_error *err)
{
    nf_entry *entry = c->entry;
    nf_object *object = NULL;
    nf_status status = nf_change_begin(c, err);

    if (status == NF_OK && !entry->decided)
        status = choose_members(c, err);
    if (status == NF_OK && !entry->decided)
        status = c->before ? load_object(&object, c, err)
                           : create_object(&object, c, err);
    if (status == NF_OK && object && !entry->decided)
        status = set_values(c, object, err);
    nf_object_release(object);
    nf_change_end(c);
    return status;
}

static nf_status instantiate_entry(nf_unit *unit, nf_entry *entry,
                                   nf_error *err)
{
    nf_entry_data data;
    nf_change change = {.unit = unit, .entry = entry, .data = &data};
    nf_status status = nf_entry_read(unit, entry, &data, err);

    if (status == NF_OK && !entry->decided)
        status = instantiate(&change, err);
    nf_entry_data_keep(entry, &data);
    return status;
}

nf_status nf_unit_instantiate(nf_unit *unit, nf_error *err)
{
    nf_status status = NF_OK;

    if (!any_handlers(unit))
        return NF_OK;
    status = nf_unit_open_flows(unit, err);
    unit->as_objects = true;
    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        status = nf_unit_expect_rows(unit, i, err);
        if (status == NF_OK && is_committed(&unit->entries[i]))
            status = instantiate_entry(unit, &unit->entries[i], err);
    }
    return status;
}

/* ---- commit (S45) ----------------------------------------------------------
 */

/* What was found to refer to nothing is cleared in the object, too. */
static nf_status check_references(nf_change *c, nf_object *object,
                                  nf_error *err)
{
    nf_entry *entry = c->entry;
    nf_status status =
        nf_unit_check_references(c->unit, entry, c->data, c->mask, err);

    for (size_t i = 0;
         status == NF_OK && entry->cleared && i < object->entity->member_count;
         i++)
        if (nf_bits_has(entry->cleared, i))
            status = nf_object_write(object, i,
                                     nf_value_copy(&c->data->values[i]), err);
    return status;
}

static nf_status link_file(nf_change *c, nf_object *object, nf_error *err)
{
    size_t count = object->entity->member_count;
    nf_status status;

    if (!c->data->record.has_file)
        return NF_OK;
    status = nf_members_copy(&c->values, object->members, count, err);
    if (status == NF_OK)
        status = nf_change_link_file(c, err);
    for (size_t i = 0; status == NF_OK && !c->entry->decided && i < count; i++)
        status = nf_object_write(object, i, nf_value_copy(&c->values[i]), err);
    nf_members_free(c->values, count);
    c->values = NULL;
    return status;
}

/* Values and rules are those of the object as handlers left it (D59). */
static nf_status check(nf_change *c, nf_object *object, nf_error *err)
{
    for (size_t i = 0; i < object->entity->member_count; i++)
        if (nf_object_member_changed(object, i))
            nf_bits_add(c->mask, i);
    nf_check_values(c->unit, c->entry, object->members, c->mask);
    return c->entry->decided
               ? NF_OK
               : nf_check_rules(c->unit, c->entry, object->members, err);
}

/* Whether writing the row is one statement and the last thing that can refuse
 * the object. */
static bool writes_alone(const nf_change *c)
{
    const nf_entity *entity = c->entry->entity;

    if (!c->entry->actual || entity->module->system ||
        nf_change_takes_several(c))
        return false;
    for (; entity; entity = entity->generalization)
        for (size_t i = 0; i < entity->event_handler_count; i++)
            if (!entity->event_handlers[i].before &&
                !strcmp(entity->event_handlers[i].event, "Commit"))
                return false;
    return true;
}

static nf_status store(nf_change *c, nf_object *object, nf_error *err)
{
    nf_unit *unit = c->unit;
    nf_server_flows *flows = unit->flows;
    nf_database *database = unit->server->database;
    nf_error problem;
    nf_status status;

    nf_error_clear(&problem);
    flows->store.guarded = true;
    nf_database_write_alone(database, writes_alone(c));
    status = nf_events_write(&flows->world, &object, 1, &problem);
    nf_database_write_alone(database, false);
    flows->store.guarded = false;
    if (status != NF_OK)
        return nf_change_judge(c, &problem, err);
    unit->written++;
    if (!c->entry->actual)
        status = nf_unit_note_created(unit, c->entry, err);
    c->values = object->members;
    if (status == NF_OK)
        status = nf_change_note(c, err);
    c->values = NULL;
    return status;
}

/* S47: what its own handlers delete is accepted, and gone. */
static bool is_gone(const nf_object *object)
{
    return object->state == NF_OBJECT_DELETED || object->removed;
}

static nf_status commit(nf_change *c, nf_object *object, nf_error *err)
{
    nf_entry *entry = c->entry;
    nf_status status = link_file(c, object, err);

    if (status == NF_OK && !entry->decided)
        status = run(c->unit, entry, object, true, err);
    if (status == NF_OK && !entry->decided && !is_gone(object))
        status = check(c, object, err);
    if (status == NF_OK && !entry->decided && !is_gone(object))
        status = store(c, object, err);
    if (status == NF_OK && !entry->decided && !is_gone(object))
        status = run(c->unit, entry, object, false, err);
    if (status == NF_OK && !entry->decided)
        nf_change_accept(c);
    return status;
}

/* The mark also gives back that it was auto-committed before, if it was. */
static nf_status commit_marked(nf_change *c, nf_object *object, nf_error *err)
{
    nf_unit *unit = c->unit;
    nf_idmap *noted = unit->flows->store.auto_committed;
    void *came_along = nf_idmap_get(noted, object->id);
    int64_t mark;
    nf_status status = nf_objects_mark(unit->flows->world.objects, &mark, err);

    if (status != NF_OK)
        return status;
    status = commit(c, object, err);
    status = settle(unit, c->entry, mark, status, err);
    if (status == NF_OK && came_along &&
        c->entry->state == NF_OUTCOME_REJECTED &&
        !nf_idmap_set(noted, object->id, came_along))
        status = nf_error_nomem(err);
    return status;
}

/* The uploaded values of a refused object are nobody's; for one that gets a
 * second chance (S48) they stay. */
static nf_status forget(const nf_entry *entry, nf_object *object, nf_error *err)
{
    if (entry->state != NF_OUTCOME_REJECTED || is_gone(object) ||
        (!strcmp(entry->code, "OBJ_UNIQUE") && !entry->later))
        return NF_OK;
    return nf_object_rollback(object, err);
}

nf_status nf_unit_commit(nf_unit *unit, nf_entry *entry, nf_entry_data *data,
                         nf_error *err)
{
    nf_change c = {.unit = unit, .entry = entry, .data = data};
    nf_object *object = NULL;
    nf_status status = nf_objects_get(&object, unit->flows->world.objects,
                                      entry->entity, entry->id, err);

    if (status == NF_OK && !object) /* a handler of another deleted it */
        nf_entry_reject(unit, entry, "OBJ_GONE", "the object no longer exists");
    if (status != NF_OK || !object)
        return status;
    c.mask = data->counting;
    if (!data->chosen)
        nf_change_choose(&c);
    status = check_references(&c, object, err);
    if (status == NF_OK && !entry->decided)
        status = commit_marked(&c, object, err);
    if (status == NF_OK && entry->decided)
        status = forget(entry, object, err);
    nf_object_release(object);
    return status;
}

/* ---- the end ---------------------------------------------------------------
 */

/* What was written beside the unit's own rows may be any row of it. */
static void doubt_rows(nf_unit *unit)
{
    if (unit->flows->store.writes == unit->written)
        return;
    for (size_t i = 0; i < unit->count; i++)
        unit->entries[i].as_sent = unit->entries[i].rest_same = false;
}

/* S97: objects of one entity, with one line about them. */
static nf_status drop_entity(nf_unit *unit, const nf_entity *entity,
                             nf_error *err)
{
    const nf_idmap *noted = unit->flows->store.auto_committed;
    size_t cursor = 0, count = 0;
    nf_status status = NF_OK;
    nf_buffer ids;
    int64_t id;
    void *value;

    nf_buffer_init(&ids, 4096);
    while (status == NF_OK && nf_idmap_next(noted, &cursor, &id, &value)) {
        bool found = false;

        if (value != (const void *)entity)
            continue;
        status =
            nf_record_exists(unit->server->database, entity, id, &found, err);
        if (status != NF_OK || !found)
            continue;
        nf_buffer_format(&ids, "%s%lld", count++ ? ", " : "", (long long)id);
        status = nf_unit_clear_references(unit, entity, id, err);
        if (status == NF_OK)
            status = nf_server_remove_row(unit->server, entity, id, err);
    }
    if (status == NF_OK && count)
        nf_server_log(unit->server, "warning",
                      "Offline Synchronization: user %s: deleted %zu of %s, "
                      "committed only because others refer to them: %s",
                      unit->session->user_name, count, entity->qualified,
                      ids.failed ? "many" : nf_buffer_string(&ids));
    nf_buffer_dispose(&ids);
    return status;
}

static nf_status drop_auto_committed(nf_unit *unit, nf_error *err)
{
    const nf_idmap *noted = unit->flows->store.auto_committed;
    const nf_model *model = unit->server->options.model;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && nf_idmap_count(noted) &&
                       i < nf_model_entity_count(model);
         i++)
        status = drop_entity(unit, nf_model_entity(model, i), err);
    return status;
}

nf_status nf_unit_end_flows(nf_unit *unit, nf_error *err)
{
    nf_status status = NF_OK;

    if (!unit->flows)
        return NF_OK;
    doubt_rows(unit);
    if (!nf_model_settings(unit->server->options.model)->keep_auto_committed)
        status = drop_auto_committed(unit, err);
    nf_server_flows_close(unit->flows);
    unit->flows = NULL;
    unit->as_objects = false;
    return status;
}
