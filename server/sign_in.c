/* Signing in and out (synchronize W18 … W20, S134, S135): with a password, with
 * the authentication token that the last sign-in gave, or as nobody. The host
 * in the same process needs none of these. Whatever is wrong with a name or a
 * password, the answer is the same. */
#include "server/internal.h"
#include "base/crypto.h"
#include "sync/document.h"

#include <stdio.h>

enum { ROLES_MAX = 64 };
#define TOKEN_MS (365 * NF_DAY_MS)

typedef enum grant_kind {
    GRANT_NONE,
    GRANT_TOKEN,
    GRANT_PASSWORD,
    GRANT_ANONYMOUS,
    GRANT_LOCAL
} grant_kind;

/* One request to sign in. */
typedef struct sign_in {
    nf_server *server;
    const nf_sync_request *request;
    nf_sync_response *response;
    bson_t body;
    grant_kind kind;
    nf_session_values values;
    const char *roles[ROLES_MAX];
    size_t role_count;
    int64_t wanted_device;
    int code;        /* status of the reply */
    int64_t wait_ms; /* of a 429 */
    bool forgotten;  /* the device was removed (A165) */
    nf_server_session *session;
    uint8_t token_key[NF_SHA256_SIZE]; /* that of the request */
    char session_text[NF_TOKEN_TEXT], token_text[NF_TOKEN_TEXT];
} sign_in;

static int64_t token_ms(const nf_server *server)
{
    return server->options.token_ms > 0 ? server->options.token_ms : TOKEN_MS;
}

/* ---- passwords ------------------------------------------------------------
 */

/* A demo user of the model that no row gives a password (design §5). */
static bool is_demo_password(const nf_server *server, const char *name,
                             const char *password)
{
    const nf_security *security = nf_model_security(server->options.model);
    size_t size = strlen(password);

    if (!security->demo_users_enabled || server->options.no_demo_users)
        return false;
    for (size_t i = 0; i < security->demo_user_count; i++) {
        const nf_demo_user *demo = &security->demo_users[i];
        if (!strcmp(demo->name, name))
            return size > 0 && strlen(demo->password) == size &&
                   nf_crypto()->CRYPTO_memcmp(demo->password, password, size) ==
                       0;
    }
    return false;
}

/* What is stored of a user's password; "" nothing. *out: nf_free. */
static nf_status read_stored(nf_server *server, const char *name, char **out,
                             nf_error *err)
{
    const nf_entity *entity =
        nf_model_find_entity(server->options.model, "System.User");
    nf_record row = {0};
    int64_t id = 0;
    nf_status status =
        entity ? nf_server_find_row(server, &id, entity, "Name", name, err)
               : NF_OK;

    *out = NULL;
    if (status == NF_OK && id)
        status = nf_record_read(&row, server->database, entity, id, err);
    if (status == NF_OK) {
        *out = nf_strdup(row.entity ? nf_record_text(&row, "Password") : "");
        if (!*out)
            status = nf_error_nomem(err);
    }
    nf_record_dispose(&row);
    return status;
}

/* Whether a password was compared with the same before. */
static bool is_of(const nf_sign_in_hash *hash, const char *stored,
                  const char *password)
{
    return hash && hash->compared && !strcmp(hash->stored, stored) &&
           !strcmp(hash->password, password);
}

nf_status nf_server_check_password(nf_server *server, const char *name,
                                   const char *password,
                                   const nf_sign_in_hash *hash, int64_t *user,
                                   nf_error *err)
{
    char *stored;
    bool right;
    nf_status status = read_stored(server, name, &stored, err);

    *user = 0;
    if (status != NF_OK)
        return status;
    right = is_of(hash, stored, password)
                ? hash->right
                : nf_password_matches(stored, password);
    if (!right && !*stored)
        right = is_demo_password(server, name, password);
    nf_free(stored);
    return right ? nf_server_find_user(server, name, user, err) : NF_OK;
}

void nf_sign_in_hash_work(nf_sign_in_hash *hash)
{
    hash->right = nf_password_matches(hash->stored, hash->password);
    hash->compared = true;
}

void nf_sign_in_hash_dispose(nf_sign_in_hash *hash)
{
    if (hash->password)
        nf_crypto()->OPENSSL_cleanse(hash->password, strlen(hash->password));
    nf_free(hash->password);
    nf_free(hash->stored);
    *hash = (nf_sign_in_hash){0};
}

static nf_status grant_password(sign_in *s, nf_error *err)
{
    nf_server *server = s->server;
    nf_sign_in_try attempt = {.user = nf_document_text(&s->body, "user", ""),
                              .peer = s->request->peer};
    nf_status status = nf_throttle_wait(server, &attempt, &s->wait_ms, err);

    s->code = 401;
    if (s->wait_ms > 0)
        s->code = 429;
    if (status != NF_OK || s->wait_ms > 0)
        return status;
    status = nf_server_check_password(
        server, attempt.user, nf_document_text(&s->body, "password", ""),
        s->request->hash, &s->values.user, err);
    if (status != NF_OK)
        return status;
    if (!s->values.user)
        return nf_throttle_failed(server, &attempt, err);
    s->values.user_name = attempt.user;
    s->code = 201;
    return nf_throttle_succeeded(server, &attempt, err);
}

/* ---- tokens ----------------------------------------------------------------
 */

/* The token says who and which device; the one before it still does, until it
 * was used itself: the reply that brought it may have been lost (A150). */
static nf_status grant_token(sign_in *s, nf_error *err)
{
    nf_server *server = s->server;
    const char *token = nf_document_text(&s->body, "token", "");
    nf_statement *row;
    bool found;
    nf_status status;

    s->code = 401;
    if (!nf_sha256(s->token_key, token, strlen(token)))
        return nf_error_nomem(err);
    status =
        nf_database_query(server->database, &row, &found, err,
                          "SELECT device, user, expires FROM _mx_token WHERE "
                          "current = ?1 OR previous = ?1",
                          "b", (const void *)s->token_key, sizeof s->token_key);
    if (status != NF_OK || !found)
        return status;
    s->wanted_device = nf_column_int(row, 0);
    s->values.user = nf_column_int(row, 1);
    if (nf_column_int(row, 2) >= nf_server_now(server))
        s->code = 201;
    nf_database_done(server->database, row);
    return NF_OK;
}

/* A new token for the device. The one that was used stays valid beside it. */
static nf_status renew_token(sign_in *s, nf_error *err)
{
    nf_server *server = s->server;
    bool by_token = s->kind == GRANT_TOKEN;
    uint8_t key[NF_SHA256_SIZE];

    if (!nf_token_make(server, s->token_text, key))
        return nf_error_set(err, NF_FAILED, "SYNC_SERVER",
                            "the system gives no random numbers");
    return nf_database_write(
        server->database, err,
        "INSERT INTO _mx_token(device, user, current, previous, expires) "
        "VALUES(?,?,?,?,?) ON CONFLICT(device) DO UPDATE SET user = "
        "excluded.user, current = excluded.current, previous = "
        "excluded.previous, expires = excluded.expires",
        "iibbi", s->session->device, s->session->user, (const void *)key,
        sizeof key, by_token ? (const void *)s->token_key : NULL,
        by_token ? sizeof s->token_key : (size_t)0,
        nf_server_now(server) + token_ms(server));
}

/* ---- nobody, and the host -------------------------------------------------
 */

static nf_status grant_anonymous(sign_in *s, nf_error *err)
{
    nf_server *server = s->server;
    const nf_security *security = nf_model_security(server->options.model);
    nf_status status;

    s->code = 401;
    if (!security->guest_access || !security->guest_role ||
        !*security->guest_role)
        return NF_OK;
    status = nf_throttle_visit(server, s->request->peer, &s->wait_ms, err);
    if (s->wait_ms > 0)
        s->code = 429;
    if (status != NF_OK || s->wait_ms > 0)
        return status;
    status = nf_throttle_visited(server, s->request->peer, err);
    if (status == NF_OK)
        status = nf_server_anonymous_user(server, &s->values.user, err);
    s->wanted_device = 0; /* a number of somebody else proves nothing */
    s->code = 201;
    return status;
}

static nf_status grant_local(sign_in *s, nf_error *err)
{
    const nf_security *security = nf_model_security(s->server->options.model);
    const char *user = nf_document_text(&s->body, "user", NULL);

    nf_status status;

    s->values.user_name = user ? user : nf_server_local_user(security);
    status = nf_server_find_user(s->server, s->values.user_name,
                                 &s->values.user, err);
    s->code = user && s->values.user == 0 ? 401 : 201;
    return status;
}

/* ---- the request ----------------------------------------------------------
 */

static void read_roles(sign_in *s)
{
    bson_iter_t iter, item;

    if (!bson_iter_init_find(&iter, &s->body, "roles") ||
        !BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &item))
        return;
    while (s->role_count < ROLES_MAX && bson_iter_next(&item)) {
        if (BSON_ITER_HOLDS_UTF8(&item))
            s->roles[s->role_count++] = bson_iter_utf8(&item, NULL);
    }
}

/* Who asks: fills values and code. Inside a transaction, but for passwords,
 * whose check takes long. */
static nf_status grant(sign_in *s, nf_error *err)
{
    if (s->kind == GRANT_TOKEN)
        return grant_token(s, err);
    if (s->kind == GRANT_LOCAL)
        return grant_local(s, err);
    return s->kind == GRANT_ANONYMOUS ? grant_anonymous(s, err) : NF_OK;
}

static nf_status open_session(sign_in *s, nf_error *err)
{
    nf_server *server = s->server;
    bson_t device;
    const char *name = "";
    int64_t number = 0;
    nf_status status;

    if (nf_document_part(&s->body, "device", &device))
        name = nf_document_text(&device, "name", "");
    status = nf_server_session_for(&s->session, server, &s->values, s->roles,
                                   s->role_count, &s->code, err);
    if (status != NF_OK || !s->session)
        return status;
    status = nf_device_register(server, s->session->user, s->wanted_device,
                                name, &number, &s->forgotten, err);
    s->session->device = number;
    if (status == NF_OK)
        status = nf_session_store(server, s->session, s->session_text, err);
    if (status == NF_OK && s->kind != GRANT_LOCAL)
        status = renew_token(s, err);
    return status;
}

static void append_user(nf_buffer *reply, const nf_server_session *session)
{
    const char *names = session->role_names;
    size_t user = nf_put_document(reply, "user"), roles;
    uint32_t count = 0;

    nf_put_int64(reply, "id", session->user);
    nf_put_string(reply, "name", session->user_name);
    roles = nf_put_array(reply, "roles");
    while (*names) {
        size_t size = strcspn(names, "\n");
        char key[16];
        snprintf(key, sizeof key, "%u", count++);
        nf_put_text(reply, key, names, size);
        names += size + (names[size] == '\n');
    }
    nf_put_end(reply, roles);
    if (session->environment.language)
        nf_put_string(reply, "language", session->environment.language);
    if (session->zone_name)
        nf_put_string(reply, "timezone", session->zone_name);
    nf_put_end(reply, user);
}

static nf_status reply_session(sign_in *s, nf_error *err)
{
    nf_server *server = s->server;
    nf_buffer *reply = nf_reply_begin(s->response);
    size_t part;

    nf_put_string(reply, "session", s->session_text);
    nf_put_int64(reply, "expiresIn", nf_session_idle_ms(server) / 1000);
    if (s->token_text[0]) {
        nf_put_string(reply, "token", s->token_text);
        nf_put_int64(reply, "tokenExpiresIn", token_ms(server) / 1000);
    }
    append_user(reply, s->session);
    part = nf_put_document(reply, "device");
    nf_put_int64(reply, "id", s->session->device);
    nf_put_int64(reply, "idBlock", s->session->device);
    nf_put_bool(reply, "forgotten", s->forgotten);
    nf_put_end(reply, part);
    nf_append_limits(server, reply);
    nf_put_binary(reply, "model", nf_model_fingerprint(server->options.model),
                  NF_SHA256_SIZE);
    return nf_reply_end(s->response, 201, err);
}

/* Whether the device may ask at all: its app, its profile, its model (A158,
 * S138). 0: yes; else the status of the reply. */
static int check_request(const sign_in *s)
{
    const nf_model *model = s->server->options.model;
    const char *name = nf_document_text(&s->body, "profile", NULL);
    const nf_profile *profile =
        name && *name ? nf_model_find_profile(model, name) : NULL;
    uint8_t fingerprint[NF_SHA256_SIZE];

    if (strcmp(nf_document_text(&s->body, "app", ""), nf_model_app_id(model)))
        return 412;
    if (s->server->options.same_model_only &&
        (!nf_document_binary(&s->body, "model", fingerprint,
                             sizeof fingerprint) ||
         memcmp(fingerprint, nf_model_fingerprint(model), sizeof fingerprint)))
        return 412;
    /* Roles are what the server says, unless its own host asks. */
    if (name && *name && (!profile || !profile->offline))
        return 403;
    return s->role_count > 0 && s->kind != GRANT_LOCAL ? 403 : 0;
}

static grant_kind kind_of(const sign_in *s)
{
    const char *kind = nf_document_text(&s->body, "grant", "");

    if (!strcmp(kind, "token"))
        return GRANT_TOKEN;
    if (s->request->local)
        return GRANT_LOCAL;
    if (!strcmp(kind, "password"))
        return GRANT_PASSWORD;
    return !strcmp(kind, "anonymous") ? GRANT_ANONYMOUS : GRANT_NONE;
}

/* W20: of a password nothing is told. */
static const char *reason_of(const sign_in *s)
{
    switch (s->kind) {
    case GRANT_LOCAL:
        return "there is no user of this name";
    case GRANT_ANONYMOUS:
        return "anonymous users are not allowed";
    default:
        return "user name or password is wrong";
    }
}

static nf_status refuse_sign_in(sign_in *s, const nf_error *problem,
                                nf_error *err)
{
    s->response->retry_after_ms = s->wait_ms;
    switch (s->code) {
    case 403:
        return nf_refuse(s->response, 403, "SYNC_AUTH",
                         nf_error_is_set(problem)
                             ? problem->message
                             : "the profile or the roles are not allowed",
                         err);
    case 412:
        return nf_refuse(s->response, 412, "SYNC_MODEL",
                         "another app, or another version of it", err);
    case 429:
        return nf_refuse(s->response, 429, "too_many_tries",
                         "too many failed sign-ins: try again later", err);
    default:
        return nf_refuse(s->response, 401, "SYNC_AUTH", reason_of(s), err);
    }
}

static nf_status in_transaction(sign_in *s, nf_error *err)
{
    nf_database *db = s->server->database;
    nf_status status = nf_database_begin(db, err);

    if (status != NF_OK)
        return status;
    status = grant(s, err);
    if (status == NF_OK && s->code == 201)
        status = open_session(s, err);
    /* Counted failures stay, too. */
    return nf_database_conclude(db, status, err);
}

nf_status nf_server_sign_in_hash(nf_server *server,
                                 const nf_sync_request *request,
                                 nf_sign_in_hash *out, bool *needed,
                                 nf_error *err)
{
    sign_in s = {.server = server, .request = request};
    nf_sign_in_try attempt = {.peer = request->peer};
    nf_status status;

    *out = (nf_sign_in_hash){0};
    *needed = false;
    if (strcmp(request->path, "/sync/v1/session") != 0 ||
        !nf_document_open(&s.body, request->body, request->body_length))
        return NF_OK;
    s.kind = kind_of(&s);
    read_roles(&s);
    if (s.kind != GRANT_PASSWORD || check_request(&s) != 0)
        return NF_OK;
    attempt.user = nf_document_text(&s.body, "user", "");
    status = nf_throttle_wait(server, &attempt, &s.wait_ms, err);
    if (status != NF_OK || s.wait_ms > 0)
        return status;
    if (!nf_crypto_room())
        return nf_error_nomem(err);
    (void)nf_crypto(); /* is loaded before others need it */
    status = read_stored(server, attempt.user, &out->stored, err);
    if (status == NF_OK) {
        out->password = nf_strdup(nf_document_text(&s.body, "password", ""));
        if (!out->password)
            status = nf_error_nomem(err);
    }
    *needed = status == NF_OK;
    if (status != NF_OK)
        nf_sign_in_hash_dispose(out);
    return status;
}

nf_status nf_server_sign_in(nf_server *server, const nf_sync_request *request,
                            nf_sync_response *response, nf_error *err)
{
    sign_in s = {.server = server, .request = request, .response = response};
    nf_error problem = {0};
    bson_t device;
    nf_status status = NF_OK;

    if (!nf_document_open(&s.body, request->body, request->body_length))
        return nf_refuse(response, 400, "SYNC_PROTOCOL", "malformed", err);
    s.kind = kind_of(&s);
    read_roles(&s);
    s.values.profile = nf_document_text(&s.body, "profile", NULL);
    s.values.zone = nf_document_text(&s.body, "timezone", NULL);
    s.values.language = nf_document_text(&s.body, "language", NULL);
    if (nf_document_part(&s.body, "device", &device))
        s.wanted_device = nf_document_int(&device, "id", 0);
    s.code = check_request(&s);
    if (s.code)
        return refuse_sign_in(&s, &problem, err);
    s.code = s.kind == GRANT_NONE ? 401 : 201;
    if (s.kind == GRANT_PASSWORD)
        status = grant_password(&s, &problem);
    if (status == NF_OK && s.code == 201)
        status = in_transaction(&s, &problem);
    if (status == NF_OK && s.session)
        status = reply_session(&s, err);
    else if (status == NF_OK || s.code == 403) {
        status = refuse_sign_in(&s, &problem, err);
        nf_error_clear(&problem);
    }
    nf_server_session_free(server, s.session);
    return nf_error_is_set(&problem) ? nf_error_pass(&problem, err) : status;
}

nf_status nf_server_sign_out(nf_server *server, nf_server_session *session,
                             nf_sync_response *response, nf_error *err)
{
    int64_t device = session->device, user = session->user;
    nf_status status = nf_session_end(server, session, err);

    if (status == NF_OK)
        status =
            nf_database_write(server->database, err,
                              "DELETE FROM _mx_token WHERE device = ? AND user "
                              "= ?",
                              "ii", device, user);
    return status == NF_OK ? nf_reply(response, 204) : status;
}
