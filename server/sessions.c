/* Users, roles and sessions (synchronize W18 … W22, domain D91, D142).
 *
 * In process the host itself asks, so no password is needed: the local user is
 * made on first use with all user roles of the model, demo users with theirs,
 * and a request may name roles that hold for this session only (design §5).
 * A session's token is random; nothing of it is stored. */
#include "server/internal.h"

#include <stdio.h>

static const nf_user_role *find_user_role(const nf_security *security,
                                          const char *name)
{
    for (size_t i = 0; i < security->user_role_count; i++) {
        if (!strcmp(security->user_roles[i].name, name))
            return &security->user_roles[i];
    }
    return NULL;
}

static bool add_module_role(const nf_security *security, uint64_t *bits,
                            const char *name)
{
    for (size_t i = 0; i < security->module_role_count; i++) {
        if (!strcmp(security->module_roles[i], name)) {
            nf_bits_add(bits, i);
            return true;
        }
    }
    return false;
}

/* Adds a user role with its module roles, or a module role by its name. */
static bool add_role(nf_server_session *session, const nf_security *security,
                     const char *name)
{
    const nf_user_role *role = find_user_role(security, name);

    if (!role)
        return add_module_role(security, session->roles, name);
    for (size_t i = 0; i < role->module_role_count; i++)
        add_module_role(security, session->roles, role->module_roles[i]);
    session->manages_all = session->manages_all || role->manage_all_roles;
    return true;
}

/* ---- rows of roles and users ------------------------------------------- */

static nf_status mirror_role(nf_server *server, const nf_entity *entity,
                             const nf_user_role *role, nf_error *err)
{
    int64_t id = 0;
    nf_value *values = NULL;
    char guid[NF_GUID_TEXT_SIZE];
    nf_status status =
        nf_server_find_row(server, &id, entity, "Name", role->name, err);

    if (status != NF_OK || id)
        return status;
    nf_guid_text(&role->guid, guid);
    status = nf_server_defaults(&values, entity, nf_server_now(server), err);
    if (status == NF_OK &&
        (!nf_values_set_text(values, entity, "Name", role->name) ||
         !nf_values_set_text(values, entity, "ModelGUID", guid)))
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status = nf_database_new_id(server->database, entity, &id, err);
    if (status == NF_OK)
        status = nf_record_insert(server->database, entity, id, values, err);
    nf_members_free(values, entity->member_count);
    return status;
}

nf_status nf_server_mirror_roles(nf_server *server, nf_error *err)
{
    const nf_model *model = server->options.model;
    const nf_security *security = nf_model_security(model);
    const nf_entity *entity = nf_model_find_entity(model, "System.UserRole");
    nf_status status = NF_OK;

    if (!entity || !nf_database_table(server->database, entity))
        return NF_OK;
    for (size_t i = 0; status == NF_OK && i < security->user_role_count; i++)
        status = mirror_role(server, entity, &security->user_roles[i], err);
    return status;
}

static nf_status role_ids(nf_server *server, const char *const *names,
                          size_t count, nf_value *out, nf_error *err)
{
    const nf_entity *entity =
        nf_model_find_entity(server->options.model, "System.UserRole");
    int64_t *ids = nf_alloc_array(count + 1, sizeof *ids);
    size_t found = 0;
    nf_status status = ids ? NF_OK : nf_error_nomem(err);

    for (size_t i = 0; status == NF_OK && entity && i < count; i++) {
        int64_t id = 0;
        status = nf_server_find_row(server, &id, entity, "Name", names[i], err);
        if (id)
            ids[found++] = id;
    }
    *out = nf_empty();
    if (status == NF_OK && !nf_ids_value(out, ids, found))
        status = nf_error_nomem(err);
    nf_free(ids);
    return status;
}

static nf_status make_user(nf_server *server, const nf_entity *entity,
                           const char *name, const char *const *roles,
                           size_t role_count, int64_t *id, nf_error *err)
{
    nf_value *values = NULL, ids = {0};
    nf_status status =
        nf_server_defaults(&values, entity, nf_server_now(server), err);

    if (status != NF_OK)
        return status;
    if (!nf_values_set_text(values, entity, "Name", name))
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status = role_ids(server, roles, role_count, &ids, err);
    if (status == NF_OK)
        nf_values_set(values, entity, "System.UserRoles", ids);
    nf_values_set(values, entity, "Active", nf_boolean(true));
    if (status == NF_OK)
        status = nf_database_new_id(server->database, entity, id, err);
    if (status == NF_OK) {
        nf_stamp(server, entity, values, NULL, *id, true);
        status = nf_record_insert(server->database, entity, *id, values, err);
    }
    nf_members_free(values, entity->member_count);
    return status;
}

static const char *local_user(const nf_security *security)
{
    return security->admin_name && security->admin_name[0]
               ? security->admin_name
               : "MxAdmin";
}

/* The user's row; made for the local user and for demo users. *id 0: no such
 * user. */
static nf_status find_user(nf_server *server, const char *name, int64_t *id,
                           nf_error *err)
{
    const nf_model *model = server->options.model;
    const nf_security *security = nf_model_security(model);
    const nf_entity *entity = nf_model_find_entity(model, "System.User");
    const char **roles;
    nf_status status;

    *id = 0;
    if (!entity || !nf_database_table(server->database, entity))
        return NF_OK;
    status = nf_server_find_row(server, id, entity, "Name", name, err);
    if (status != NF_OK || *id)
        return status;
    for (size_t i = 0; i < security->demo_user_count; i++) {
        const nf_demo_user *demo = &security->demo_users[i];
        const nf_entity *own = nf_model_find_entity(model, demo->entity);
        if (!strcmp(demo->name, name))
            return make_user(server, own ? own : entity, name, demo->user_roles,
                             demo->user_role_count, id, err);
    }
    if (strcmp(name, local_user(security)) != 0)
        return NF_OK;
    roles = nf_alloc_array(security->user_role_count + 1, sizeof *roles);
    if (!roles)
        return nf_error_nomem(err);
    for (size_t i = 0; i < security->user_role_count; i++)
        roles[i] = security->user_roles[i].name;
    status = make_user(server, entity, name, roles, security->user_role_count,
                       id, err);
    nf_free(roles);
    return status;
}

nf_status nf_server_user(nf_server *server, int64_t *id, const char *user,
                         nf_error *err)
{
    const nf_security *security = nf_model_security(server->options.model);
    nf_status status =
        find_user(server, user ? user : local_user(security), id, err);
    if (status == NF_OK && *id == 0)
        status = nf_error_set(err, NF_USAGE, "not_found",
                              "the server has no user '%.200s'", user);
    return status;
}

/* ---- sessions ------------------------------------------------------------ */

static int64_t environment_user_role(void *user, const char *name)
{
    nf_server *server = user;
    const nf_entity *entity =
        nf_model_find_entity(server->options.model, "System.UserRole");
    int64_t id = 0;

    if (entity)
        (void)nf_server_find_row(server, &id, entity, "Name", name, NULL);
    return id;
}

static bool is_true(const nf_record *row, const char *member, bool fallback)
{
    const nf_member *m = nf_entity_find_member(row->entity, member);
    if (!m || row->members[m->index].kind != NF_KIND_BOOLEAN)
        return fallback;
    return row->members[m->index].as.boolean;
}

/* The roles that the user's row refers to. */
static nf_status add_stored_roles(nf_server *server, nf_server_session *session,
                                  const nf_record *row, nf_error *err)
{
    const nf_model *model = server->options.model;
    const nf_entity *entity = nf_model_find_entity(model, "System.UserRole");
    const nf_member *member =
        nf_entity_find_member(row->entity, "System.UserRoles");
    size_t count = 0;
    const int64_t *ids =
        member ? nf_ids_of(&row->members[member->index], &count) : NULL;
    nf_status status = NF_OK;

    for (size_t i = 0; entity && status == NF_OK && i < count; i++) {
        nf_record role = {0};
        const nf_member *name = nf_entity_find_member(entity, "Name");
        status = nf_record_read(&role, server->database, entity, ids[i], err);
        if (status == NF_OK && role.entity && name &&
            role.members[name->index].kind == NF_KIND_STRING)
            add_role(session, nf_model_security(model),
                     role.members[name->index].as.string->text);
        nf_record_dispose(&role);
    }
    return status;
}

static nf_status fill_roles(nf_server *server, nf_server_session *session,
                            const char *const *roles, size_t role_count,
                            int *status_code, nf_error *err)
{
    const nf_security *security = nf_model_security(server->options.model);
    const nf_entity *entity =
        nf_model_find_entity(server->options.model, "System.User");
    nf_record row = {0};
    nf_status status;

    for (size_t i = 0; i < role_count; i++) {
        if (!add_role(session, security, roles[i])) {
            *status_code = 403;
            return nf_error_set(err, NF_USAGE, "not_found",
                                "the model has no role '%.200s'", roles[i]);
        }
    }
    if (!session->user)
        return NF_OK;
    status = nf_record_read(&row, server->database, entity, session->user, err);
    if (status == NF_OK && row.entity) {
        /* S135: a blocked or inactive user does not get in. */
        if (is_true(&row, "Blocked", false) || !is_true(&row, "Active", true))
            *status_code = 401;
        if (role_count == 0)
            status = add_stored_roles(server, session, &row, err);
    }
    nf_record_dispose(&row);
    return status;
}

static void fill_environment(nf_server *server, nf_server_session *session)
{
    const nf_model *model = server->options.model;
    const nf_settings *settings = nf_model_settings(model);

    session->environment = (nf_environment){
        .model = model,
        .engine = NF_ENGINE_SERVER,
        .zone = session->zone,
        .language = settings->default_language,
        .rounding = settings->half_even ? NF_ROUND_HALF_EVEN : NF_ROUND_HALF_UP,
        .new_string_behavior = settings->new_string_behavior,
        .clock = server->options.clock,
        .user_id = session->user,
        .user_role = environment_user_role,
        .user = server};
}

void nf_server_session_free(nf_server *server, nf_server_session *session)
{
    size_t count = nf_model_entity_count(server->options.model);

    if (!session)
        return;
    nf_results_drop(server, session);
    for (size_t i = 0; session->access && i < count; i++)
        nf_access_free(session->access[i]);
    nf_free(session->access);
    nf_free(session->roles);
    nf_free(session->user_name);
    if (session->zone)
        nf_timezone_close(session->zone);
    nf_free(session);
}

nf_status nf_server_session_new(nf_server_session **out, nf_server *server,
                                const char *user, const char *const *roles,
                                size_t role_count, const char *profile,
                                int *status_code, nf_error *err)
{
    const nf_model *model = server->options.model;
    const nf_security *security = nf_model_security(model);
    nf_server_session *session = nf_alloc(sizeof *session);
    nf_status status = NF_OK;

    *out = NULL;
    *status_code = 201;
    if (!session)
        return nf_error_nomem(err);
    session->user_name = nf_strdup(user ? user : local_user(security));
    session->roles = nf_alloc_array(
        nf_bits_words(security->module_role_count) + 1, sizeof(uint64_t));
    session->access =
        nf_alloc_array(nf_model_entity_count(model) + 1, sizeof(nf_access *));
    if (!session->user_name || !session->roles || !session->access)
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status = find_user(server, session->user_name, &session->user, err);
    if (status == NF_OK && user && session->user == 0)
        *status_code = 401;
    if (status == NF_OK && *status_code == 201)
        status =
            fill_roles(server, session, roles, role_count, status_code, err);
    if (status == NF_OK && profile && *profile) {
        session->profile = nf_model_find_profile(model, profile);
        if (!session->profile || !session->profile->offline)
            *status_code = 403; /* A158 */
    }
    if (status == NF_OK && *status_code == 201) {
        fill_environment(server, session);
        *out = session;
        return NF_OK;
    }
    nf_server_session_free(server, session);
    return status;
}

static nf_status register_device(nf_server *server, nf_server_session *session,
                                 int64_t number, const char *name,
                                 nf_error *err)
{
    nf_database *db = server->database;
    bool known = false;
    int64_t owner = 0, next = 0;
    nf_status status = nf_sql_number(
        server, &owner, &known, err,
        "SELECT user FROM _mx_device WHERE number = ?", "i", number);

    if (status != NF_OK)
        return status;
    session->device = number;
    if (known && owner == session->user)
        return nf_sql_run(server, err,
                          "UPDATE _mx_device SET seen = ? WHERE number = ?",
                          "ii", nf_server_now(server), number);
    /* W21, W22: a number belongs to one user. One that this server does not
     * know, from the range that servers issue, is kept if it is free; the
     * upper half is provisional (D113). */
    status = nf_database_get_number(db, "next_device", 1, &next, err);
    if (known || number <= 0 || number >= 1 << 19)
        session->device = next;
    if (status == NF_OK && session->device >= next)
        status =
            nf_database_set_number(db, "next_device", session->device + 1, err);
    if (status != NF_OK)
        return status;
    return nf_sql_run(server, err, "INSERT INTO _mx_device VALUES(?, ?, ?, ?)",
                      "iiti", session->device, session->user, name,
                      nf_server_now(server));
}

static nf_status set_zone(nf_server_session *session, const bson_t *body)
{
    const char *zone = nf_document_text(body, "timezone", NULL);
    if (zone) {
        session->zone = nf_timezone_open(zone);
        session->environment.zone = session->zone;
    }
    return NF_OK;
}

static nf_status reply_session(const nf_server *server,
                               const nf_server_session *session,
                               nf_sync_response *response, nf_error *err)
{
    bson_t reply = BSON_INITIALIZER, part;
    nf_status status;

    BSON_APPEND_UTF8(&reply, "session", session->token);
    BSON_APPEND_INT64(&reply, "expiresIn", 3600);
    BSON_APPEND_DOCUMENT_BEGIN(&reply, "user", &part);
    BSON_APPEND_INT64(&part, "id", session->user);
    BSON_APPEND_UTF8(&part, "name", session->user_name);
    bson_append_document_end(&reply, &part);
    BSON_APPEND_DOCUMENT_BEGIN(&reply, "device", &part);
    BSON_APPEND_INT64(&part, "idBlock", session->device);
    bson_append_document_end(&reply, &part);
    BSON_APPEND_BINARY(&reply, "model", BSON_SUBTYPE_BINARY,
                       nf_model_fingerprint(server->options.model),
                       NF_SHA256_SIZE);
    status = nf_reply(response, 201, &reply, err);
    bson_destroy(&reply);
    return status;
}

static size_t read_roles(const bson_t *body, const char **roles, size_t room)
{
    bson_iter_t iter, item;
    size_t count = 0;

    if (!bson_iter_init_find(&iter, body, "roles") ||
        !BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &item))
        return 0;
    while (count < room && bson_iter_next(&item)) {
        if (BSON_ITER_HOLDS_UTF8(&item))
            roles[count++] = bson_iter_utf8(&item, NULL);
    }
    return count;
}

static nf_status keep_session(nf_server *server, nf_server_session *session,
                              nf_error *err)
{
    uint8_t bytes[NF_SHA256_SIZE];
    nf_server_session **grown =
        nf_grow(server->sessions, server->session_count,
                &server->session_capacity, sizeof *grown);
    nf_status status;

    if (!grown)
        return nf_error_nomem(err);
    server->sessions = grown;
    status = nf_server_random(server, bytes, sizeof bytes, err);
    if (status == NF_OK) {
        nf_hex(session->token, bytes, sizeof bytes);
        server->sessions[server->session_count++] = session;
    }
    return status;
}

/* Who may sign in: the host itself, and demo users if the host says so. */
static bool may_sign_in(const nf_server *server, const nf_sync_request *request,
                        const bson_t *body)
{
    const nf_security *security = nf_model_security(server->options.model);
    const char *user = nf_document_text(body, "user", "");
    const char *password = nf_document_text(body, "password", NULL);

    if (request->local)
        return true;
    for (size_t i = 0; server->options.demo_users && password &&
                       i < security->demo_user_count;
         i++) {
        const nf_demo_user *demo = &security->demo_users[i];
        if (!strcmp(demo->name, user) && demo->password && *demo->password &&
            !strcmp(demo->password, password))
            return true;
    }
    return false;
}

nf_status nf_server_sign_in(nf_server *server, const nf_sync_request *request,
                            nf_sync_response *response, nf_error *err)
{
    bson_t body, device;
    const char *device_name = "";
    const char *roles[64];
    size_t role_count;
    nf_server_session *session = NULL;
    nf_error problem = {0};
    int code = 201;
    int64_t number = 0;
    nf_status status;

    if (!nf_document_open(&body, request->body, request->body_length))
        return nf_refuse(response, 400, "SYNC_PROTOCOL", "malformed", err);
    if (!may_sign_in(server, request, &body))
        return nf_refuse(response, 401, "SYNC_AUTH", "not signed in", err);
    if (strcmp(nf_document_text(&body, "app", ""),
               nf_model_app_id(server->options.model)) != 0)
        return nf_refuse(response, 412, "SYNC_MODEL", "another app", err);
    role_count = request->local
                     ? read_roles(&body, roles, sizeof roles / sizeof *roles)
                     : 0;
    if (nf_document_part(&body, "device", &device)) {
        number = nf_document_int(&device, "id", 0);
        device_name = nf_document_text(&device, "name", "");
    }
    status = nf_database_begin(server->database, err);
    if (status != NF_OK)
        return status;
    status = nf_server_session_new(
        &session, server, nf_document_text(&body, "user", NULL), roles,
        role_count, nf_document_text(&body, "profile", NULL), &code, &problem);
    if (status == NF_OK && session)
        status =
            register_device(server, session, number, device_name, &problem);
    if (nf_database_end(server->database, status == NF_OK && session,
                        &problem) != NF_OK)
        status = NF_FAILED;
    if (status == NF_OK && session)
        status = keep_session(server, session, &problem);
    if (status == NF_OK && session) {
        set_zone(session, &body);
        return reply_session(server, session, response, err);
    }
    nf_server_session_free(server, session);
    if (code == 201) {
        nf_server_log(server, "warning", "sign-in failed: %s", problem.message);
        return nf_refuse(response, 500, "SYNC_SERVER", "failed", err);
    }
    return nf_refuse(
        response, code, "SYNC_AUTH",
        nf_error_is_set(&problem) ? problem.message : "not signed in", err);
}

nf_server_session *nf_server_find_session(nf_server *server, const char *token)
{
    for (size_t i = 0; token && i < server->session_count; i++) {
        if (!strcmp(server->sessions[i]->token, token))
            return server->sessions[i];
    }
    return NULL;
}
