/* Who the session is (design §5; domain D91 … D98): user, user roles, module
 * roles, and what these may do on the device, judged from the model alone.
 *
 * Without user and roles a session has all user roles; roles alone give
 * exactly those; a user has those of the model's demo user, or those that the
 * user's object has in the database at hand. The roles of a user of a server
 * elsewhere are not known here: the device then enforces nothing and the
 * server judges at the next synchronization. */
#include "library/session.h"

#include "library/json.h"

/* A growing set of borrowed names in the session's arena. */
typedef struct names {
    const char **items;
    size_t count, capacity;
} names;

static bool has(const char *const *items, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(items[i], name) == 0)
            return true;
    return false;
}

static bool add(names *set, const char *name)
{
    if (has(set->items, set->count, name))
        return true;
    const char **items =
        nf_grow(set->items, set->count, &set->capacity, sizeof *items);
    if (!items)
        return false;
    set->items = items;
    items[set->count++] = name;
    return true;
}

static const nf_user_role *find_user_role(const nf_model *model,
                                          const char *name)
{
    const nf_security *security = nf_model_security(model);
    for (size_t i = 0; i < security->user_role_count; i++)
        if (strcmp(security->user_roles[i].name, name) == 0)
            return &security->user_roles[i];
    return NULL;
}

static bool add_user_role(names *set, const nf_user_role *role)
{
    for (size_t i = 0; i < role->module_role_count; i++)
        if (!add(set, role->module_roles[i]))
            return false;
    return true;
}

/* A role as the caller names it: a user role, or a module role. */
static nf_status add_named(names *set, const nf_model *model, const char *name,
                           nf_error *err)
{
    const nf_security *security = nf_model_security(model);
    const nf_user_role *role = find_user_role(model, name);
    if (role)
        return add_user_role(set, role) ? NF_OK : nf_error_nomem(err);
    if (has(security->module_roles, security->module_role_count, name))
        return add(set, name) ? NF_OK : nf_error_nomem(err);
    return nf_error_set(err, NF_USAGE, "not_found",
                        "the app has no user role or module role \"%s\"", name);
}

/* ---- the user's object ------------------------------------------------- */

typedef struct finder {
    int64_t id;
    nf_value roles; /* of a user: System.UserRoles */
    const nf_entity *entity;
} finder;

static bool name_type(void *user, const char *name, nf_type *type)
{
    (void)user;
    *type = (nf_type){.kind = NF_KIND_STRING};
    return strcmp(name, "Name") == 0;
}

static nf_status take_row(void *user, nf_record *record, nf_error *err)
{
    finder *f = user;
    (void)err;
    if (f->id)
        return NF_OK;
    f->id = record->id;
    f->entity = record->entity;
    const nf_member *roles =
        nf_entity_find_member(record->entity, "System.UserRoles");
    if (roles)
        f->roles = nf_value_copy(&record->members[roles->index]);
    return NF_OK;
}

static nf_status find_row(nf_session *s, nf_database *database,
                          const char *entity_name, const char *name,
                          finder *out, nf_error *err)
{
    nf_xpath *xpath = NULL;
    nf_value value = nf_empty();
    const nf_entity *entity = nf_model_find_entity(s->model, entity_name);
    if (!entity)
        return NF_OK;
    nf_status status =
        nf_xpath_compile(&xpath, s->model, entity, "[Name = $Name]",
                         NF_XPATH_SERVER, name_type, NULL, err);
    if (status == NF_OK && !nf_value_text(&value, name, strlen(name)))
        status = nf_error_nomem(err);
    nf_selection selection = {
        .retrieval = {.entity = entity,
                      .constraint = xpath,
                      .variables = &value,
                      .environment = &s->world.environment,
                      .limit = 1},
    };
    if (status == NF_OK)
        status = nf_record_query(database, &selection, take_row, out, err);
    nf_value_release(&value);
    nf_xpath_free(xpath);
    return status;
}

nf_status nf_session_find_named(nf_session *session, const char *entity,
                                const char *name, int64_t *id, nf_error *err)
{
    finder f = {0};
    nf_status status =
        find_row(session, nf_session_database(session), entity, name, &f, err);
    nf_value_release(&f.roles);
    *id = f.id;
    return status;
}

/* The user roles of a stored user, by the names of their objects. */
static nf_status add_stored_roles(nf_session *s, nf_database *database,
                                  const nf_value *ids, names *set,
                                  nf_error *err)
{
    size_t count;
    const int64_t *items = nf_ids_of(ids, &count);
    const nf_entity *entity = nf_model_find_entity(s->model, "System.UserRole");
    const nf_member *name =
        entity ? nf_entity_find_member(entity, "Name") : NULL;
    nf_status status = NF_OK;
    for (size_t i = 0; name && status == NF_OK && i < count; i++) {
        nf_record record = {0};
        status = nf_record_read(&record, database, entity, items[i], err);
        if (status == NF_OK && record.entity &&
            record.members[name->index].kind == NF_KIND_STRING) {
            const nf_user_role *role = find_user_role(
                s->model, record.members[name->index].as.string->text);
            if (role && !add_user_role(set, role))
                status = nf_error_nomem(err);
        }
        nf_record_dispose(&record);
    }
    return status;
}

static const nf_demo_user *find_demo_user(const nf_session *s)
{
    const nf_security *security = nf_model_security(s->model);
    for (size_t i = 0; i < security->demo_user_count; i++)
        if (strcmp(security->demo_users[i].name, s->user) == 0)
            return &security->demo_users[i];
    return NULL;
}

/* Roles of the named user; *known tells whether anybody here knows. */
static nf_status add_user(nf_session *s, names *set, bool *known, nf_error *err)
{
    finder f = {0};
    nf_database *database =
        s->server ? nf_server_database(s->server) : nf_session_database(s);
    const nf_demo_user *demo = find_demo_user(s);
    nf_status status = find_row(s, database, "System.User", s->user, &f, err);
    *known = true;
    if (status == NF_OK && f.id && nf_value_counted(&f.roles)) {
        status = add_stored_roles(s, database, &f.roles, set, err);
    } else if (status == NF_OK && demo) {
        for (size_t i = 0; status == NF_OK && i < demo->user_role_count; i++)
            status = add_named(set, s->model, demo->user_roles[i], err);
    } else if (status == NF_OK) {
        *known = s->server != NULL && f.id;
    }
    nf_value_release(&f.roles);
    return status;
}

static nf_status find_user_id(nf_session *s, nf_error *err)
{
    int64_t id = 0;
    nf_status status = NF_OK;
    const nf_security *security = nf_model_security(s->model);
    const char *name = s->user                ? s->user
                       : security->admin_name ? security->admin_name
                                              : "MxAdmin";
    /* A look at the server's data makes no user there. */
    bool make = s->server && s->side == NF_SIDE_DEVICE;
    if (s->server_url && s->side == NF_SIDE_DEVICE)
        status = nf_database_get_number(nf_session_database(s), "user_id", 0,
                                        &id, err); /* of the last sign-in */
    else if (make && !s->user)
        status = nf_server_user(s->server, &id, NULL, err);
    else
        status = nf_session_find_named(s, "System.User", name, &id, err);
    if (status == NF_OK && !id && make) {
        /* An unknown user is the sign-in's business: SYNC_AUTH then. */
        nf_error quiet = {0};
        if (nf_server_user(s->server, &id, s->user, &quiet) != NF_OK)
            id = 0;
    }
    s->world.environment.user_id = id;
    return status;
}

nf_status nf_session_act(nf_session *s, nf_error *err)
{
    int64_t *id = &s->world.environment.user_id;
    nf_status status = NF_OK;
    if (!*id)
        status = nf_server_user(s->server, id, s->user, err);
    s->records.user = *id;
    return status == NF_USAGE || status == NF_OK ? status : NF_FAILED;
}

/* ---- access on the device ---------------------------------------------- */

static bool applies(const nf_session *s, const nf_access_rule *rule)
{
    for (size_t i = 0; i < rule->module_role_count; i++)
        if (has(s->module_roles, s->module_role_count, rule->module_roles[i]))
            return true;
    return false;
}

static bool fill_entity(nf_session *s, const nf_entity *entity,
                        struct nf_entity_access *out)
{
    size_t words = entity->member_count / 64 + 1;
    uint64_t *writable = nf_arena_array(s->arena, words, sizeof *writable);
    uint64_t *readable = nf_arena_array(s->arena, words, sizeof *readable);
    if (!writable || !readable)
        return false;
    out->writable = writable;
    out->readable = readable;
    /* Entities of module System without rules: made and judged by the server
     * (domain D99); in memory they are everybody's. */
    bool open = entity->module->system && !entity->access_rule_count;
    out->create = out->remove = open;
    for (size_t m = 0; open && m < entity->member_count; m++) {
        nf_member_set_add(writable, m);
        nf_member_set_add(readable, m);
    }
    for (size_t r = 0; r < entity->access_rule_count; r++) {
        const nf_access_rule *rule = &entity->access_rules[r];
        if (!applies(s, rule))
            continue;
        out->create |= rule->allow_create;
        out->remove |= rule->allow_delete;
        for (size_t m = 0; m < entity->member_count; m++) {
            if (rule->rights[m] == NF_RIGHTS_READ_WRITE)
                nf_member_set_add(writable, m);
            if (rule->rights[m] != NF_RIGHTS_NONE)
                nf_member_set_add(readable, m);
        }
    }
    return true;
}

static nf_status fill_access(nf_session *s, nf_error *err)
{
    size_t count = nf_model_entity_count(s->model);
    nf_device_access *access = &s->world.access;
    struct nf_entity_access *entities =
        nf_arena_array(s->arena, count + 1, sizeof *entities);
    access->enforced =
        s->module_roles && !s->unrestricted &&
        nf_model_security(s->model)->level == NF_SECURITY_PRODUCTION;
    for (size_t i = 0; entities && access->enforced && i < count; i++)
        if (!fill_entity(s, nf_model_entity(s->model, i), &entities[i]))
            return nf_error_nomem(err);
    access->entities = entities;
    return entities ? NF_OK : nf_error_nomem(err);
}

nf_status nf_session_resolve_user(nf_session *s, nf_error *err)
{
    names set = {0};
    bool known = true;
    nf_status status = NF_OK;
    const nf_security *security = nf_model_security(s->model);
    s->all_roles = !s->user && !s->role_count;
    for (size_t i = 0; status == NF_OK && i < s->role_count; i++)
        status = add_named(&set, s->model, s->roles[i], err);
    for (size_t i = 0;
         s->all_roles && status == NF_OK && i < security->user_role_count; i++)
        if (!add_user_role(&set, &security->user_roles[i]))
            status = nf_error_nomem(err);
    if (status == NF_OK && s->user && !s->role_count)
        status = add_user(s, &set, &known, err);
    if (status == NF_OK && known) {
        const char **copied =
            nf_arena_array(s->arena, set.count + 1, sizeof *copied);
        if (!copied)
            status = nf_error_nomem(err);
        for (size_t i = 0; copied && i < set.count; i++)
            copied[i] = set.items[i];
        s->module_roles = copied;
        s->module_role_count = set.count;
    }
    nf_free(set.items);
    if (status == NF_OK)
        status = find_user_id(s, err);
    if (status == NF_OK)
        status = fill_access(s, err);
    return status;
}

bool nf_session_may_call(const nf_session *s, const nf_flow *flow)
{
    if (s->all_roles || !s->module_roles || !flow->allowed_role_count ||
        nf_model_security(s->model)->level == NF_SECURITY_OFF)
        return true;
    for (size_t i = 0; i < flow->allowed_role_count; i++)
        if (has(s->module_roles, s->module_role_count, flow->allowed_roles[i]))
            return true;
    return false;
}
