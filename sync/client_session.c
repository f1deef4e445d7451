/* Sessions of the device (synchronize W18, W19, S31, S134): signing in,
 * renewing a session that has ended in the middle of a run, signing out. The
 * authentication token is kept in the device's database, which belongs to one
 * user (S15), and is replaced at each use. */
#include "sync/client.h"
#include "sync/document.h"

#include <stdio.h>

enum { RENEWALS_MAX = 8 }; /* of one run: a server that forgets is no loop */

static const char token_key[] = "auth_token";
/* What a server calls whoever is nobody: the token says which one (S15). */
static const char nobody[] = "Anonymous";

static void append_roles(nf_buffer *body, const nf_sync_identity *identity)
{
    size_t roles;

    if (!identity->roles)
        return;
    roles = nf_put_array(body, "roles");
    for (size_t i = 0; i < identity->role_count; i++) {
        char buffer[16];
        const char *key;
        bson_uint32_to_string((uint32_t)i, &key, buffer, sizeof buffer);
        nf_put_string(body, key, identity->roles[i]);
    }
    nf_put_end(body, roles);
}

static void append_device(nf_buffer *body, const nf_sync_client *client)
{
    const char *name = client->options.identity.device_name;
    size_t device = nf_put_document(body, "device");

    nf_put_int64(body, "id",
                 nf_database_device_number(nf_client_database(client)));
    nf_put_string(body, "name", name ? name : "");
    nf_put_end(body, device);
}

/* The token of this user; it is no proof of being another one. */
static nf_status read_token(nf_sync_client *client, const char *user,
                            char **token, nf_error *err)
{
    nf_database *db = nf_client_database(client);
    char *owner = NULL;
    nf_status status = nf_database_get_meta(db, "user_name", &owner, NULL, err);

    if (status == NF_OK && owner && !strcmp(owner, user))
        status = nf_database_get_meta(db, token_key, token, NULL, err);
    nf_free(owner);
    return status;
}

/* How the user proves who they are: *token (nf_free) if the device holds one.
 * Whoever hosts the server need not prove anything; a server elsewhere refuses
 * that (see refused). */
static nf_status choose_grant(nf_sync_client *client, const char **grant,
                              char **token, nf_error *err)
{
    const nf_sync_identity *identity = &client->options.identity;
    nf_error problem = {0};
    nf_status status = NF_OK;

    *token = NULL;
    if (client->transport->remote && !client->without_token)
        status = read_token(client, identity->user ? identity->user : nobody,
                            token, &problem);
    if (status != NF_OK)
        return nf_client_local(status, &problem, err);
    *grant = *token               ? "token"
             : identity->password ? "password"
             : identity->user     ? "local"
                                  : "anonymous";
    return NF_OK;
}

static nf_status ask_session(nf_sync_client *client, nf_error *err)
{
    const nf_sync_identity *identity = &client->options.identity;
    nf_buffer *body = &client->call.body;
    const char *grant;
    char *token;
    nf_status status = choose_grant(client, &grant, &token, err);

    if (status != NF_OK)
        return status;
    client->call.session[0] = '\0';
    /* Signing in transfers nothing that could be resumed (S147): a server that
     * can't be reached is an error at once. One that is busy with others is
     * waited for. */
    client->call.retry = false;
    client->call.patient = !client->options.no_retry;
    nf_sync_call_begin(&client->call, NF_SYNC_POST, "/sync/v1/session");
    nf_put_string(body, "grant", grant);
    if (identity->user)
        nf_put_string(body, "user", identity->user);
    if (token)
        nf_put_string(body, "token", token);
    else if (identity->password)
        nf_put_string(body, "password", identity->password);
    append_roles(body, identity);
    nf_put_string(body, "app", nf_model_app_id(client->options.model));
    if (client->options.profile)
        nf_put_string(body, "profile", client->options.profile->name);
    if (identity->time_zone)
        nf_put_string(body, "timezone", identity->time_zone);
    if (identity->language)
        nf_put_string(body, "language", identity->language);
    append_device(body, client);
    nf_put_binary(body, "model", nf_model_fingerprint(client->options.model),
                  NF_SHA256_SIZE);
    nf_free(token);
    client->asked = true;
    return NF_OK;
}

static nf_status wrong_user(const char *owner, const char *name, nf_error *err)
{
    return nf_error_set(err, NF_INPUT, "wrong_user",
                        "the database belongs to the user '%.100s', not to "
                        "'%.100s': use another file",
                        owner, name);
}

/* S15: a database belongs to one user; what another user has not synchronized
 * must never travel under this one's name. */
static nf_status claim_database(nf_sync_client *client, const char *name,
                                int64_t user, int64_t device, nf_error *err)
{
    nf_database *db = nf_client_database(client);
    nf_error problem = {0};
    char *owner = NULL;
    nf_status status =
        nf_database_get_meta(db, "user_name", &owner, NULL, &problem);
    bool other = status == NF_OK && owner && strcmp(owner, name) != 0;

    if (other)
        wrong_user(owner, name, err);
    else if (status == NF_OK && !owner)
        status =
            nf_database_set_meta(db, "user_name", name, strlen(name), &problem);
    nf_free(owner);
    if (other)
        return NF_INPUT;
    if (status == NF_OK)
        status = nf_database_set_number(db, "user_id", user, &problem);
    if (status == NF_OK && device > 0 &&
        device != nf_database_device_number(db))
        status = nf_database_set_device_number(db, device, &problem);
    return nf_client_local(status, &problem, err);
}

/* Before its first use: the server takes the one before only until then
 * (W19). */
static nf_status keep_token(nf_sync_client *client, const char *token,
                            nf_error *err)
{
    nf_error problem = {0};
    nf_status status = NF_OK;

    client->without_token = false;
    if (*token)
        status = nf_database_set_meta(nf_client_database(client), token_key,
                                      token, strlen(token), &problem);
    return nf_client_local(status, &problem, err);
}

/* Why a server did not let the user in, as far as it says: what was given to
 * sign in with has to be changed by a person. */
static nf_status not_let_in(const nf_sync_client *client, nf_error *err)
{
    char reason[256];
    bson_t reply;
    nf_error problem = {0};
    const char *text =
        nf_sync_call_reply(&client->call, &reply, &problem) == NF_OK
            ? nf_document_text(&reply, "text", "")
            : "";
    size_t length = strlen(text) < 200 ? strlen(text) : 200;

    snprintf(reason, sizeof reason, "%.*s", (int)nf_utf8_cut(text, length),
             text);
    for (char *p = reason; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    if (!*reason)
        return nf_sync_error("SYNC_AUTH", err);
    return nf_error_set(err, NF_FAILED, "SYNC_AUTH",
                        "The session is not valid (SYNC_AUTH): %s", reason);
}

/* S31: who has nothing to sign in with is not signed in at all. */
static nf_status refused(const nf_sync_client *client, nf_error *err)
{
    const nf_sync_identity *identity = &client->options.identity;

    if (nf_sync_call_status(&client->call) == 401 &&
        client->transport->remote && identity->user && !identity->password &&
        !client->without_token)
        return nf_sync_error("SYNC_NO_SESSION", err);
    /* A revoked token is no mistake of who signs in. */
    if ((nf_sync_call_status(&client->call) == 401 && !client->without_token) ||
        nf_sync_call_status(&client->call) == 403)
        return not_let_in(client, err);
    return nf_sync_call_refused(&client->call, err);
}

static nf_status take_session(nf_sync_client *client, nf_error *err)
{
    bson_t reply, user, device;
    const char *token;
    nf_status status;

    if (nf_sync_call_status(&client->call) != 201)
        return refused(client, err);
    status = nf_sync_call_reply(&client->call, &reply, err);
    if (status != NF_OK)
        return status;
    token = nf_document_text(&reply, "session", "");
    if (!*token || strlen(token) >= sizeof client->call.session ||
        !nf_document_part(&reply, "user", &user) ||
        !nf_document_part(&reply, "device", &device))
        return nf_sync_error("SYNC_PROTOCOL", err);
    snprintf(client->call.session, sizeof client->call.session, "%s", token);
    client->outcome.forgotten = client->outcome.forgotten ||
                                nf_document_bool(&device, "forgotten", false);
    snprintf(client->call.device, sizeof client->call.device, "%lld",
             (long long)nf_document_int(&device, "idBlock", 0));
    status = claim_database(client, nf_document_text(&user, "name", ""),
                            nf_document_int(&user, "id", 0),
                            nf_document_int(&device, "idBlock", 0), err);
    if (status == NF_OK)
        status = keep_token(client, nf_document_text(&reply, "token", ""), err);
    client->signed_in = status == NF_OK;
    return status;
}

/* A refused token is tried once; then the password, if there is one. */
static bool is_refused_token(nf_sync_client *client)
{
    bson_t sent;

    return nf_sync_call_status(&client->call) == 401 &&
           nf_document_open(&sent, client->call.body.data,
                            client->call.body.length) &&
           !strcmp(nf_document_text(&sent, "grant", ""), "token");
}

nf_status nf_client_sign_in(nf_sync_client *client, int timeout_ms,
                            nf_error *err)
{
    nf_status status = NF_OK;

    if (!client->signed_in) {
        if (!client->asked)
            status = ask_session(client, err);
        if (status == NF_OK)
            status = nf_sync_call_step(&client->call, timeout_ms, err);
        if (status == NF_PENDING)
            return NF_PENDING;
        client->asked = false;
        client->call.retry = !client->options.no_retry;
        client->call.patient = false;
        if (status == NF_OK && is_refused_token(client)) {
            client->without_token = true;
            return NF_OK; /* the same state again */
        }
        if (status == NF_OK)
            status = take_session(client, err);
        if (status != NF_OK)
            return status;
    }
    nf_client_go(client, client->resume ? client->resume : NF_CLIENT_RESOLVE);
    client->resume = NF_CLIENT_IDLE;
    return NF_OK;
}

/* Where a run goes on after a request was refused: what was sent of a transfer
 * is asked for, never assumed (W40). */
static nf_client_state restart_of(nf_client_state state)
{
    switch (state) {
    case NF_CLIENT_FILE_SEND:
        return NF_CLIENT_FILE_STATE;
    case NF_CLIENT_BODY:
        return NF_CLIENT_BODY_STATE;
    default:
        return state;
    }
}

bool nf_client_renew(nf_sync_client *client)
{
    nf_client_state state = client->state;

    client->signed_in = false; /* the next run asks for a new one anyway */
    if (state <= NF_CLIENT_SIGN_IN || state >= NF_CLIENT_APPLY ||
        nf_sync_call_status(&client->call) != 401 ||
        client->renewals >= RENEWALS_MAX)
        return false;
    client->renewals++;
    client->resume = restart_of(state);
    nf_client_go(client, NF_CLIENT_SIGN_IN);
    return true;
}

nf_status nf_sync_sign_out(nf_sync_client *client, int timeout_ms,
                           nf_error *err)
{
    nf_error problem = {0};
    nf_status status = NF_OK;

    if (client->state != NF_CLIENT_IDLE)
        return nf_sync_error("SYNC_BUSY", err);
    if (client->signed_in) {
        if (!client->asked) {
            nf_sync_call_begin(&client->call, NF_SYNC_DELETE,
                               "/sync/v1/session");
            client->call.retry = false;
            client->asked = true;
        }
        status = nf_sync_call_step(&client->call, timeout_ms, &problem);
        if (status == NF_PENDING)
            return NF_PENDING;
        client->asked = false;
        client->call.retry = !client->options.no_retry;
        nf_error_clear(&problem);
    }
    client->signed_in = false;
    client->call.session[0] = '\0';
    status = nf_database_set_meta(nf_client_database(client), token_key, NULL,
                                  0, &problem);
    return nf_client_local(status, &problem, err);
}
