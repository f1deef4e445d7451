/* The session's side of JavaScript actions (activities §12): what scripts may
 * know of it, and who answers for the user. */
#include "library/base64.h"
#include "library/session.h"

#include <json-c/json.h>
#include <string.h>

/* The device's database keeps it as it keeps everything of its user. */
static const char storage_key[] = "local_storage";

static nf_status load(void *user, char **text, nf_error *err)
{
    nf_session *s = user;

    return nf_database_get_meta(nf_session_database(s), storage_key, text, NULL,
                                err);
}

static nf_status store(void *user, const char *text, size_t length,
                       nf_error *err)
{
    nf_session *s = user;

    return nf_database_set_meta(nf_session_database(s), storage_key, text,
                                length, err);
}

static nf_status save(void *user, int64_t id, const char *base64, size_t length,
                      int64_t *size, nf_error *err)
{
    nf_database *database = nf_session_database(user);
    nf_content content = {
        .exists = true, .has_hash = true, .state = NF_CONTENT_UNSENT};
    uint8_t *bytes = NULL;
    size_t count = 0;
    nf_status status;

    if (!nf_base64_decode(&bytes, &count, base64, length))
        return nf_error_set(err, NF_FAILED, "js_exception",
                            "the contents of a file are expected");
    content.size = *size = (int64_t)count;
    status = nf_database_put_bytes(database, bytes, count, content.hash, err);
    nf_free(bytes);
    return status ? status
                  : nf_database_set_content(database, id, &content, err);
}

static nf_status contents(void *user, int64_t id, char **base64, nf_error *err)
{
    nf_database *database = nf_session_database(user);
    nf_content content = {0};
    uint8_t *bytes = NULL;
    size_t count = 0;
    nf_status status = nf_database_get_content(database, id, &content, err);

    if (!status && content.exists && content.has_hash)
        status =
            nf_database_get_bytes(database, content.hash, &bytes, &count, err);
    if (!status && bytes) {
        *base64 = nf_base64_encode(bytes, count);
        status = *base64 ? NF_OK : nf_error_nomem(err);
    }
    nf_free(bytes);
    return status;
}

static const char *text_of(const char *name, const nf_value *arguments,
                           const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0 && arguments[i].kind == NF_KIND_STRING)
            return arguments[i].as.string->text;
    return "";
}

/* The one process for scripts waits for the answer. */
static nf_status refuse_script(const char *script, nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "host_error",
                        "a mock that calls a script can't answer for another "
                        "script (%s)",
                        script);
}

/* {"status", "body"} of a mock for the address (`rest GET '…'`), which answers
 * scripts as it answers Call REST service; NF_USAGE: there is none. */
static nf_status mocked_fetch(nf_session *s, const char *method,
                              const char *url, nf_value *answer, nf_error *err)
{
    const char *script = NULL, *text;
    nf_value body = nf_empty();
    json_object *reply;
    int code = 0;
    nf_status status =
        nf_mocks_request(s->mocks, method, url, &code, &body, &script, err);

    if (status == NF_OK && script)
        return refuse_script(script, err);
    if (status != NF_OK)
        return status;
    reply = json_object_new_object();
    json_object_object_add(reply, "status", json_object_new_int(code));
    if (body.kind == NF_KIND_STRING)
        json_object_object_add(
            reply, "body",
            json_object_new_string_len(body.as.string->text,
                                       (int)body.as.string->length));
    nf_value_release(&body);
    text = json_object_to_json_string_ext(reply, JSON_C_TO_STRING_PLAIN);
    status = text && nf_value_text(answer, text, strlen(text))
                 ? NF_OK
                 : nf_error_nomem(err);
    json_object_put(reply);
    return status;
}

/* NF_USAGE: no mock answers. */
static nf_status mocked(nf_session *s, const char *name,
                        const nf_value *arguments, const char *const *names,
                        size_t count, nf_value *answer, nf_error *err)
{
    const char *script = NULL;
    nf_status status = NF_USAGE;

    if (!s->mocks)
        return NF_USAGE;
    if (strcmp(name, "fetch") == 0)
        return mocked_fetch(s, text_of("method", arguments, names, count),
                            text_of("url", arguments, names, count), answer,
                            err);
    if (strcmp(name, "confirm") == 0)
        status = nf_mocks_confirm(s->mocks,
                                  text_of("question", arguments, names, count),
                                  answer, &script, err);
    return status == NF_OK && script ? refuse_script(script, err) : status;
}

/* Questions whose answer counts go where code actions go. */
static nf_status request(void *user, const char *name,
                         const nf_value *arguments, const char *const *names,
                         size_t count, nf_value *answer, nf_error *err)
{
    nf_session *s = user;
    nf_value *given = NULL;
    void *token = NULL;
    nf_argument *named;
    nf_status status;

    status = mocked(s, name, arguments, names, count, answer, err);
    if (status != NF_USAGE)
        return status;
    nf_error_clear(err);
    if (!s->call)
        return NF_USAGE;
    named = nf_alloc_array(count + 1, sizeof *named);
    if (!named)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++)
        named[i] = (nf_argument){names[i], &arguments[i]};
    status =
        s->call(s->host, s, "request", name, named, count, &token, &given, err);
    if (status == NF_PENDING)
        status = nf_error_set(err, NF_FAILED, "host_error",
                              "the host has to answer \"%s\" at once", name);
    if (status == NF_OK && given)
        *answer = nf_value_copy(given);
    nf_value_free(given);
    nf_free(named);
    return status;
}

static bool has_role(const nf_session *s, const char *module_role)
{
    for (size_t i = 0; i < s->module_role_count; i++)
        if (strcmp(s->module_roles[i], module_role) == 0)
            return true;
    return false;
}

/* The user roles whose module roles the session has; none are known for a user
 * of a server elsewhere. */
static const char *const *user_roles(const nf_session *s, size_t *count)
{
    const nf_security *security = nf_model_security(s->model);
    size_t all = s->module_roles ? security->user_role_count : 0;
    const char **names = nf_arena_array(s->arena, all + 1, sizeof *names);

    *count = 0;
    for (size_t i = 0; names && i < all; i++) {
        const nf_user_role *role = &security->user_roles[i];
        bool whole = true;

        for (size_t k = 0; whole && k < role->module_role_count; k++)
            whole = has_role(s, role->module_roles[k]);
        if (whole)
            names[(*count)++] = role->name;
    }
    return names;
}

static nf_status begin(nf_session *s, nf_error *err)
{
    size_t role_count = 0;
    const nf_limits *limits = &s->world.environment.limits;
    nf_javascript_options options = {
        .world = &s->world,
        .xpath = &nf_xpath_sql_compiler,
        .still = nf_clock_is_still(&s->clock),
        .seeded = s->seeded || s->random.source.fill,
        .strict = s->settings.strict_scripts != 0,
        .online = nf_session_has_server(s),
        .user = s->user        ? s->user
                : s->all_roles ? "MxAdmin"
                               : NULL,
        .language = s->world.environment.language,
        .time_zone = s->time_zone,
        .server = s->server_url,
        .platform =
            s->world.profile && s->world.profile->native ? "native" : "web",
        .milliseconds =
            limits->javascript_ms ? limits->javascript_ms : NF_LIMIT_JAVASCRIPT,
        .memory_mib = limits->javascript_mib ? limits->javascript_mib
                                             : NF_LIMIT_JAVASCRIPT_MIB,
        .load = load,
        .store = store,
        .request = request,
        .save = save,
        .contents = contents,
        .user_data = s,
    };

    if (s->javascript)
        return NF_OK;
    options.roles = user_roles(s, &role_count);
    options.role_count = role_count;
    s->javascript = nf_javascript_new(&options);
    return s->javascript ? NF_OK : nf_error_nomem(err);
}

nf_status nf_session_script(void *user, const nf_flow *action,
                            const nf_value *arguments, const nf_type *expected,
                            void **token, nf_value *result, nf_error *err)
{
    nf_session *s = user;
    nf_status status = begin(s, err);

    return status ? status
                  : nf_javascript_call(s->javascript, action, arguments,
                                       expected, token, result, err);
}

nf_status nf_session_run_script(nf_session *s, const nf_flow *flow,
                                const char *script, const nf_value *arguments,
                                void **token, nf_value *result, nf_error *err)
{
    nf_status status = begin(s, err);

    return status ? status
                  : nf_javascript_run(s->javascript, script, flow, arguments,
                                      &flow->result, token, result, err);
}

bool nf_session_timer(const nf_session *s, int64_t *due)
{
    return nf_javascript_due(s->javascript, due);
}

nf_status nf_session_advance(nf_session *s, int64_t until, nf_error *err)
{
    return s->javascript ? nf_javascript_advance(s->javascript, until, err)
                         : NF_OK;
}

nf_status nf_session_background(nf_session *s, nf_error *err)
{
    NF_IN_MEMORY(s->memory);
    const nf_clock *clock = &s->world.environment.clock;
    int64_t limit = s->world.environment.limits.javascript_ms;
    nf_status status;

    if (!s->javascript)
        return NF_OK;
    if (!limit)
        limit = NF_LIMIT_JAVASCRIPT;
    if (!s->background_since) {
        nf_session_enter(s);
        s->background_since = nf_clock_elapsed();
        s->background_began = clock->now(clock->user);
    }
    status = nf_javascript_go_on(s->javascript, err);
    /* A clock that stands still may come far in no time. */
    if (status == NF_PENDING &&
        (nf_clock_elapsed() - s->background_since > limit ||
         clock->now(clock->user) - s->background_began > limit))
        status = NF_OK;
    nf_javascript_reloaded(s->javascript);
    if (status == NF_PENDING)
        return status;
    if (status == NF_CANCELLED && !nf_session_is_cancelled(s))
        status = NF_OK;
    s->background_since = 0;
    nf_session_leave(s);
    return status;
}
