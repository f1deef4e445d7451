/* What expressions and constraints may ask of the session: constants, the
 * objects of user roles, whether an object is synchronized. */
#include "library/session.h"

#include "library/json.h"

static nf_status constant_value(void *user, const nf_constant *constant,
                                nf_value *out, nf_error *err)
{
    const nf_session *s = user;
    for (size_t i = 0; i < s->override_count; i++)
        if (s->overrides[i].constant == constant) {
            *out = nf_value_copy(&s->overrides[i].value);
            return NF_OK;
        }
    *out = nf_empty();
    /* A constant without a value is empty, except a String (then ''). */
    if (!*constant->default_value && constant->type.kind != NF_KIND_STRING)
        return NF_OK;
    nf_status status = nf_value_read(out, constant->default_value,
                                     constant->type, s->zone, err);
    return status == NF_USAGE ? NF_FAILED : status;
}

static int64_t user_role_id(void *user, const char *name)
{
    int64_t id = 0;
    nf_session *s = user;
    return nf_session_find_named(s, "System.UserRole", name, &id, NULL) == NF_OK
               ? id
               : 0;
}

/* expressions §9.1: all local changes of the object are at the server, those
 * in memory included. */
static bool object_is_synced(void *user, const nf_object *object)
{
    nf_session *s = user;
    nf_change change = {0};
    if (object->state != NF_OBJECT_UNCHANGED ||
        object->entity->kind != NF_ENTITY_PERSISTABLE || !s->device)
        return object->entity->kind != NF_ENTITY_PERSISTABLE;
    nf_status status = nf_device_change(&change, s->device, object->id, NULL);
    bool synced = status == NF_OK && change.kind == NF_CHANGE_NONE;
    nf_change_dispose(&change);
    return synced;
}

static bool session_is_syncing(void *user)
{
    const nf_session *s = user;
    return s->sync && nf_sync_running(s->sync);
}

/* One "Module.Name=VALUE". */
static nf_status read_override(nf_session *s, nf_constant_override *out,
                               const char *text, nf_error *err)
{
    const char *equals = strchr(text, '=');
    char *name = equals
                     ? nf_arena_strndup(s->arena, text, (size_t)(equals - text))
                     : NULL;
    if (!equals)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "a constant is given as Module.Name=VALUE, not "
                            "\"%s\"",
                            text);
    if (!name)
        return nf_error_nomem(err);
    out->constant = nf_model_find_constant(s->model, name);
    if (!out->constant)
        return nf_error_set(err, NF_USAGE, "not_found",
                            "the app has no constant \"%s\"", name);
    return nf_value_read(&out->value, equals + 1, out->constant->type, s->zone,
                         err);
}

nf_status nf_session_environment(nf_session *s, const char *const *constants,
                                 size_t count, nf_error *err)
{
    const nf_settings *settings = nf_model_settings(s->model);
    nf_environment *e = &s->world.environment;
    e->model = s->model;
    e->engine = s->side == NF_SIDE_SERVER ? NF_ENGINE_SERVER : NF_ENGINE_CLIENT;
    e->zone = s->zone;
    e->language = s->language;
    e->rounding = settings->half_even ? NF_ROUND_HALF_EVEN : NF_ROUND_HALF_UP;
    e->new_string_behavior = settings->new_string_behavior;
    e->clock = s->clock;
    e->constant = constant_value;
    e->user_role = user_role_id;
    e->is_synced = object_is_synced;
    e->is_syncing = session_is_syncing;
    e->user = s;
    s->overrides = nf_arena_array(s->arena, count + 1, sizeof *s->overrides);
    if (!s->overrides)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        nf_status status =
            read_override(s, &s->overrides[i], constants[i], err);
        if (status != NF_OK)
            return status;
        s->override_count++;
    }
    return NF_OK;
}
