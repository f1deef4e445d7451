/* Sessions (synchronize W18, W19, S134, S135): rows of _mx_session under the
 * SHA-256 of their token, so that any process on the database knows them and
 * nobody who reads it can use them. What a session needs compiled is kept in
 * memory for as long as its row is there. Roles are those that the user had
 * when the session began. */
#include "server/internal.h"

#include <stdio.h>

enum { CACHED_MAX = 256, USED_STEP_MS = 60 * 1000, ROLES_MAX = 1 << 16 };

/* ---- roles ----------------------------------------------------------------
 */

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
    return true;
}

/* Names of roles, one a line, become the session's. */
static void add_roles(nf_server_session *session, const nf_security *security,
                      const char *names)
{
    char name[512];

    while (*names) {
        size_t size = strcspn(names, "\n");
        if (size < sizeof name) {
            memcpy(name, names, size);
            name[size] = '\0';
            add_role(session, security, name);
        }
        names += size + (names[size] == '\n');
    }
}

/* Appends the names of the roles that the user's row refers to. */
static nf_status stored_roles(nf_server *server, const nf_record *row,
                              nf_buffer *out, nf_error *err)
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
        status = nf_record_read(&role, server->database, entity, ids[i], err);
        if (status == NF_OK && role.entity)
            nf_buffer_format(out, "%s\n", nf_record_text(&role, "Name"));
        nf_record_dispose(&role);
    }
    return status;
}

const char *nf_record_text(const nf_record *row, const char *member)
{
    const nf_member *m = nf_entity_find_member(row->entity, member);
    if (!m || row->members[m->index].kind != NF_KIND_STRING)
        return "";
    return row->members[m->index].as.string->text;
}

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

/* ---- one session ----------------------------------------------------------
 */

static void fill_environment(nf_server *server, nf_server_session *session)
{
    const nf_model *model = server->options.model;
    const nf_settings *settings = nf_model_settings(model);

    session->environment = (nf_environment){
        .model = model,
        .engine = NF_ENGINE_SERVER,
        .zone = session->zone,
        .language =
            session->language ? session->language : settings->default_language,
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
    nf_free(session->role_names);
    nf_free(session->user_name);
    nf_free(session->language);
    nf_free(session->zone_name);
    if (session->zone)
        nf_timezone_close(session->zone);
    nf_free(session);
}

/* A session of these values, all copied. `profile` NULL: assumed offline. */
static nf_status make_session(nf_server_session **out, nf_server *server,
                              const nf_session_values *values, nf_error *err)
{
    const nf_model *model = server->options.model;
    const nf_security *security = nf_model_security(model);
    nf_server_session *session = nf_alloc(sizeof *session);
    bool no_memory = false;

    *out = NULL;
    if (!session)
        return nf_error_nomem(err);
    session->user = values->user;
    session->device = values->device;
    session->user_name = nf_strdup(values->user_name);
    session->role_names = nf_strdup(values->roles);
    session->roles = nf_alloc_array(
        nf_bits_words(security->module_role_count) + 1, sizeof(uint64_t));
    session->access =
        nf_alloc_array(nf_model_entity_count(model) + 1, sizeof(nf_access *));
    if (values->language && *values->language)
        session->language = nf_strdup(values->language);
    if (values->zone && *values->zone) {
        session->zone_name = nf_strdup(values->zone);
        no_memory = nf_timezone_open(&session->zone, values->zone) == NF_NOMEM;
    }
    if (no_memory || !session->user_name || !session->role_names ||
        !session->roles || !session->access) {
        nf_server_session_free(server, session);
        return nf_error_nomem(err);
    }
    if (values->profile && *values->profile)
        session->profile = nf_model_find_profile(model, values->profile);
    add_roles(session, security, session->role_names);
    fill_environment(server, session);
    *out = session;
    return NF_OK;
}

/* The roles of the request, if it names any, must be the model's. */
static nf_status given_roles(nf_server *server, const char *const *roles,
                             size_t count, nf_buffer *out, int *code,
                             nf_error *err)
{
    const nf_security *security = nf_model_security(server->options.model);
    nf_server_session probe = {0};
    nf_status status = NF_OK;

    probe.roles = nf_alloc_array(nf_bits_words(security->module_role_count) + 1,
                                 sizeof(uint64_t));
    if (!probe.roles)
        return nf_error_nomem(err);
    for (size_t i = 0; status == NF_OK && i < count; i++) {
        if (!add_role(&probe, security, roles[i])) {
            *code = 403;
            status = nf_error_set(err, NF_USAGE, "not_found",
                                  "the model has no role '%.200s'", roles[i]);
        }
        nf_buffer_format(out, "%s\n", roles[i]);
    }
    nf_free(probe.roles);
    return status;
}

/* What the user's row says: whether it may sign in (S135), and with which
 * language and time zone. */
static nf_status stored_values(nf_server *server, const nf_record *row,
                               nf_session_values *values, int *code,
                               nf_error *err)
{
    static const struct {
        const char *association, *entity, *attribute;
    } links[] = {{"System.User_Language", "System.Language", "Code"},
                 {"System.User_TimeZone", "System.TimeZone", "Code"}};
    nf_status status = NF_OK;

    if (is_true(row, "Blocked", false) || !is_true(row, "Active", true))
        *code = 401;
    if (!values->user_name) {
        snprintf(values->own_name, sizeof values->own_name, "%.400s",
                 is_true(row, "IsAnonymous", false)
                     ? "Anonymous"
                     : nf_record_text(row, "Name"));
        values->user_name = values->own_name;
    }
    for (size_t i = 0; status == NF_OK && i < 2; i++) {
        const nf_entity *entity =
            nf_model_find_entity(server->options.model, links[i].entity);
        const nf_member *member =
            nf_entity_find_member(row->entity, links[i].association);
        char *to = i == 0 ? values->own_language : values->own_zone;
        nf_record other = {0};
        if (!entity || !member ||
            row->members[member->index].kind != NF_KIND_ID)
            continue;
        status = nf_record_read(&other, server->database, entity,
                                row->members[member->index].as.integer, err);
        if (status == NF_OK && other.entity)
            snprintf(to, sizeof values->own_zone, "%s",
                     nf_record_text(&other, links[i].attribute));
        nf_record_dispose(&other);
        if (*to && i == 0)
            values->language = to;
        else if (*to)
            values->zone = to;
    }
    return status;
}

nf_status nf_server_session_for(nf_server_session **out, nf_server *server,
                                nf_session_values *values,
                                const char *const *roles, size_t role_count,
                                int *code, nf_error *err)
{
    const nf_model *model = server->options.model;
    const nf_entity *entity = nf_model_find_entity(model, "System.User");
    const nf_profile *profile = NULL;
    nf_record row = {0};
    nf_buffer names;
    nf_status status;

    *out = NULL;
    *code = 201;
    nf_buffer_init(&names, ROLES_MAX);
    status = given_roles(server, roles, role_count, &names, code, err);
    if (status == NF_OK && values->user && entity)
        status =
            nf_record_read(&row, server->database, entity, values->user, err);
    if (status == NF_OK && values->user && !row.entity)
        *code = 401;
    if (status == NF_OK && row.entity)
        status = stored_values(server, &row, values, code, err);
    if (status == NF_OK && row.entity && role_count == 0)
        status = stored_roles(server, &row, &names, err);
    nf_record_dispose(&row);
    if (values->profile && *values->profile)
        profile = nf_model_find_profile(model, values->profile);
    if (values->profile && *values->profile &&
        (!profile || !profile->offline) && *code == 201)
        *code = 403; /* A158 */
    values->roles = nf_buffer_string(&names);
    if (status == NF_OK && !values->roles)
        status = nf_error_nomem(err);
    if (status == NF_OK && *code == 201)
        status = make_session(out, server, values, err);
    nf_buffer_dispose(&names);
    values->roles = NULL;
    return status;
}

nf_status nf_server_session_new(nf_server_session **out, nf_server *server,
                                const char *user, const char *const *roles,
                                size_t role_count, const char *profile,
                                int *code, nf_error *err)
{
    const nf_security *security = nf_model_security(server->options.model);
    nf_session_values values = {
        .user_name = user ? user : nf_server_local_user(security),
        .profile = profile};
    nf_status status =
        nf_server_find_user(server, values.user_name, &values.user, err);

    *out = NULL;
    *code = 401;
    if (status != NF_OK || (user && values.user == 0))
        return status;
    return nf_server_session_for(out, server, &values, roles, role_count, code,
                                 err);
}

/* ---- rows -----------------------------------------------------------------
 */

bool nf_token_make(nf_server *server, char text[NF_TOKEN_TEXT],
                   uint8_t key[NF_SHA256_SIZE])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t bytes[33] = {0}; /* 256 bits, and what fills the last digit */
    size_t at = 0;

    if (nf_server_random(server, bytes, 32, NULL) != NF_OK)
        return false;
    for (size_t i = 0; i < sizeof bytes; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16 |
                         (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
        for (int shift = 18; shift >= 0 && at < NF_TOKEN_TEXT - 1; shift -= 6)
            text[at++] = digits[group >> shift & 63];
    }
    text[at] = '\0';
    return nf_sha256(key, text, at);
}

/* Forgets the compiled part of a session. */
static void forget(nf_server *server, size_t index)
{
    nf_server_session_free(server, server->sessions[index]);
    server->sessions[index] = server->sessions[--server->session_count];
}

static nf_status keep(nf_server *server, nf_server_session *session,
                      nf_error *err)
{
    nf_server_session **grown;
    size_t oldest = 0;

    if (server->session_count == CACHED_MAX) {
        for (size_t i = 1; i < server->session_count; i++) {
            if (server->sessions[i]->last_use <
                server->sessions[oldest]->last_use)
                oldest = i;
        }
        forget(server, oldest);
    }
    grown = nf_grow(server->sessions, server->session_count,
                    &server->session_capacity, sizeof *grown);
    if (!grown)
        return nf_error_nomem(err);
    server->sessions = grown;
    server->sessions[server->session_count++] = session;
    return NF_OK;
}

static size_t cached(const nf_server *server, const uint8_t *key)
{
    size_t i = 0;
    while (i < server->session_count &&
           memcmp(server->sessions[i]->key, key, NF_SHA256_SIZE) != 0)
        i++;
    return i;
}

nf_status nf_session_store(nf_server *server, nf_server_session *session,
                           char token[NF_TOKEN_TEXT], nf_error *err)
{
    nf_status status;

    if (!nf_token_make(server, token, session->key))
        return nf_error_set(err, NF_FAILED, "SYNC_SERVER",
                            "the system gives no random numbers");
    /* A device goes on with one session; what it had before ends. */
    status =
        nf_database_write(server->database, err,
                          "DELETE FROM _mx_session WHERE device = ? AND user = "
                          "?",
                          "ii", session->device, session->user);
    session->used = nf_server_now(server);
    if (status != NF_OK)
        return status;
    return nf_database_write(
        server->database, err,
        "INSERT INTO _mx_session VALUES(?,?,?,?,?,?,?,?,?)", "bititttti",
        (const void *)session->key, sizeof session->key, session->user,
        session->user_name, session->device,
        session->profile ? session->profile->name : NULL, session->role_names,
        session->zone_name, session->language, session->used);
}

int64_t nf_session_idle_ms(const nf_server *server)
{
    return server->options.session_idle_ms > 0 ? server->options.session_idle_ms
                                               : NF_SESSION_IDLE_MS;
}

static const char *text_of(nf_statement *row, int column)
{
    return nf_column_text(row, column);
}

/* The row of a token, and a session made from it unless there is one. */
static nf_status load(nf_server *server, const uint8_t key[NF_SHA256_SIZE],
                      nf_server_session **out, int64_t *used, nf_error *err)
{
    size_t index = cached(server, key);
    nf_session_values values = {0};
    nf_statement *row;
    bool found;
    nf_status status = nf_database_query(
        server->database, &row, &found, err,
        "SELECT user, user_name, device, profile, roles, zone, language, used "
        "FROM _mx_session WHERE token = ?",
        "b", (const void *)key, (size_t)NF_SHA256_SIZE);

    *out = NULL;
    if (status != NF_OK || !found) {
        if (status == NF_OK && index < server->session_count)
            forget(server, index);
        return status;
    }
    *used = nf_column_int(row, 7);
    if (index < server->session_count) {
        *out = server->sessions[index];
    } else {
        values = (nf_session_values){.user = nf_column_int(row, 0),
                                     .user_name = text_of(row, 1),
                                     .device = nf_column_int(row, 2),
                                     .profile = text_of(row, 3),
                                     .roles = text_of(row, 4),
                                     .zone = text_of(row, 5),
                                     .language = text_of(row, 6)};
        status = make_session(out, server, &values, err);
        if (status == NF_OK)
            memcpy((*out)->key, key, NF_SHA256_SIZE);
    }
    nf_database_done(server->database, row);
    if (status == NF_OK && index == server->session_count) {
        status = keep(server, *out, err);
        if (status != NF_OK) {
            nf_server_session_free(server, *out);
            *out = NULL;
        }
    }
    return status;
}

nf_status nf_server_find_session(nf_server *server, const char *token,
                                 nf_server_session **out, nf_error *err)
{
    uint8_t key[NF_SHA256_SIZE];
    int64_t used = 0, now = nf_server_now(server);
    nf_status status;

    *out = NULL;
    if (!token || strlen(token) > NF_TOKEN_TEXT)
        return NF_OK;
    /* The token's digest is looked up, so the time that takes tells nothing
     * about the token. */
    if (!nf_sha256(key, token, strlen(token)))
        return nf_error_nomem(err);
    status = load(server, key, out, &used, err);
    if (status != NF_OK || !*out)
        return status;
    (*out)->last_use = ++server->uses;
    if (now - used > nf_session_idle_ms(server)) {
        status = nf_session_end(server, *out, err);
        *out = NULL;
        return status;
    }
    if (now - used < USED_STEP_MS)
        return NF_OK;
    return nf_database_write(server->database, err,
                             "UPDATE _mx_session SET used = ? WHERE token = ?",
                             "ib", now, (const void *)key, sizeof key);
}

nf_status nf_server_session_user(nf_server *server, const char *token,
                                 int64_t *user, bool *known, nf_error *err)
{
    nf_server_session *session = NULL;
    nf_status status = nf_server_find_session(server, token, &session, err);

    *known = session != NULL;
    *user = session ? session->user : 0;
    return status;
}

nf_status nf_session_end(nf_server *server, nf_server_session *session,
                         nf_error *err)
{
    uint8_t key[NF_SHA256_SIZE];
    size_t index;

    memcpy(key, session->key, sizeof key);
    index = cached(server, key);
    if (index < server->session_count)
        forget(server, index);
    return nf_database_write(server->database, err,
                             "DELETE FROM _mx_session WHERE token = ?", "b",
                             (const void *)key, sizeof key);
}

nf_status nf_sessions_collect(nf_server *server, nf_error *err)
{
    int64_t now = nf_server_now(server);
    nf_status status = nf_database_write(
        server->database, err, "DELETE FROM _mx_session WHERE used < ?", "i",
        now - nf_session_idle_ms(server));
    return status == NF_OK
               ? nf_database_write(server->database, err,
                                   "DELETE FROM _mx_token WHERE expires < ?",
                                   "i", now)
               : status;
}
