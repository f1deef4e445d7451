/* Rows of System.User and System.UserRole (domain D91, D142): user roles are
 * mirrored from the model; the local user, demo users and anonymous users are
 * made when they are first needed. A change that ends a user's right to be
 * signed in ends the sessions (synchronize S135, W19). */
#include "server/internal.h"

#include <stdio.h>

/* ---- rows of roles and users ------------------------------------------- */

/* The row of a user role: the one with its identity in the model, which
 * survives renaming, else one with its name, as an import makes it. *id 0:
 * none. */
static nf_status find_role(nf_server *server, int64_t *id,
                           const nf_entity *entity, const nf_user_role *role,
                           const char *guid, nf_error *err)
{
    static const nf_guid none;
    nf_status status = NF_OK;

    *id = 0;
    if (memcmp(&role->guid, &none, sizeof none) != 0)
        status = nf_server_find_row(server, id, entity, "ModelGUID", guid, err);
    if (status == NF_OK && !*id)
        status =
            nf_server_find_row(server, id, entity, "Name", role->name, err);
    return status;
}

/* Renamed in the model, or made by an import: users keep the role. */
static nf_status update_role(nf_server *server, const nf_entity *entity,
                             int64_t id, const char *name, const char *guid,
                             nf_error *err)
{
    nf_record row = {0};
    nf_status status = nf_record_read(&row, server->database, entity, id, err);

    if (status == NF_OK && row.entity &&
        (strcmp(nf_record_text(&row, "Name"), name) != 0 ||
         strcmp(nf_record_text(&row, "ModelGUID"), guid) != 0)) {
        if (!nf_values_set_text(row.members, entity, "Name", name) ||
            !nf_values_set_text(row.members, entity, "ModelGUID", guid))
            status = nf_error_nomem(err);
        if (status == NF_OK)
            status = nf_record_update(server->database, entity, id, row.members,
                                      NULL, NULL, err);
    }
    nf_record_dispose(&row);
    return status;
}

static nf_status mirror_role(nf_server *server, const nf_entity *entity,
                             const nf_user_role *role, nf_error *err)
{
    int64_t id = 0;
    nf_value *values = NULL;
    char guid[NF_GUID_TEXT_SIZE];
    nf_status status;

    nf_guid_text(&role->guid, guid);
    status = find_role(server, &id, entity, role, guid, err);
    if (status == NF_OK && id)
        return update_role(server, entity, id, role->name, guid, err);
    if (status == NF_OK)
        status =
            nf_server_defaults(&values, entity, nf_server_now(server), err);
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

typedef struct new_user {
    const nf_entity *entity;
    const char *name;
    const char *const *roles;
    size_t role_count;
    bool anonymous;
} new_user;

static nf_status make_user(nf_server *server, const new_user *wanted,
                           int64_t *id, nf_error *err)
{
    const nf_entity *entity = wanted->entity;

    nf_value *values = NULL, ids = {0};
    nf_status status =
        nf_server_defaults(&values, entity, nf_server_now(server), err);

    if (status != NF_OK)
        return status;
    if (!nf_values_set_text(values, entity, "Name", wanted->name))
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status = role_ids(server, wanted->roles, wanted->role_count, &ids, err);
    if (status == NF_OK)
        nf_values_set(values, entity, "System.UserRoles", ids);
    nf_values_set(values, entity, "Active", nf_boolean(true));
    nf_values_set(values, entity, "IsAnonymous", nf_boolean(wanted->anonymous));
    if (status == NF_OK)
        status = nf_database_new_id(server->database, entity, id, err);
    if (status == NF_OK) {
        nf_stamp(server, entity, values, NULL, *id, true);
        status = nf_record_insert(server->database, entity, *id, values, err);
    }
    nf_members_free(values, entity->member_count);
    return status;
}

const char *nf_server_local_user(const nf_security *security)
{
    return security->admin_name && security->admin_name[0]
               ? security->admin_name
               : "MxAdmin";
}

/* The user's row; made for the local user and for demo users. *id 0: no such
 * user. */
nf_status nf_server_find_user(nf_server *server, const char *name, int64_t *id,
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
            return make_user(server,
                             &(new_user){.entity = own ? own : entity,
                                         .name = name,
                                         .roles = demo->user_roles,
                                         .role_count = demo->user_role_count},
                             id, err);
    }
    if (strcmp(name, nf_server_local_user(security)) != 0)
        return NF_OK;
    roles = nf_alloc_array(security->user_role_count + 1, sizeof *roles);
    if (!roles)
        return nf_error_nomem(err);
    for (size_t i = 0; i < security->user_role_count; i++)
        roles[i] = security->user_roles[i].name;
    status = make_user(server,
                       &(new_user){.entity = entity,
                                   .name = name,
                                   .roles = roles,
                                   .role_count = security->user_role_count},
                       id, err);
    nf_free(roles);
    return status;
}

nf_status nf_server_user(nf_server *server, int64_t *id, const char *user,
                         nf_error *err)
{
    const nf_security *security = nf_model_security(server->options.model);
    nf_status status = nf_server_find_user(
        server, user ? user : nf_server_local_user(security), id, err);
    if (status == NF_OK && *id == 0)
        status = nf_error_set(err, NF_USAGE, "not_found",
                              "the server has no user '%.200s'", user);
    return status;
}

/* O23: each device that nobody signs in on has a user of its own, so that what
 * one visitor owns is not another's. */
nf_status nf_server_anonymous_user(nf_server *server, int64_t *id,
                                   nf_error *err)
{
    const nf_security *security = nf_model_security(server->options.model);
    const nf_entity *entity =
        nf_model_find_entity(server->options.model, "System.User");
    char name[48] = "Anonymous_";
    uint8_t bytes[16];
    nf_status status = nf_server_random(server, bytes, sizeof bytes, err);

    *id = 0;
    if (status != NF_OK || !entity)
        return status;
    nf_hex(name + strlen(name), bytes, sizeof bytes);
    return make_user(server,
                     &(new_user){.entity = entity,
                                 .name = name,
                                 .roles = &security->guest_role,
                                 .role_count = 1,
                                 .anonymous = true},
                     id, err);
}

/* ---- the end of a right to be signed in ---------------------------------- */

nf_status nf_server_revoke(nf_server *server, int64_t user, nf_error *err)
{
    nf_status status =
        nf_database_write(server->database, err,
                          "DELETE FROM _mx_session WHERE user = ?", "i", user);
    if (status == NF_OK)
        status = nf_database_write(server->database, err,
                                   "DELETE FROM _mx_token WHERE user = ?", "i",
                                   user);
    return status;
}

static bool is_written(const nf_entity *entity, const uint64_t *mask,
                       const char *name, const nf_member **out)
{
    *out = nf_entity_find_member(entity, name);
    return *out && nf_bits_has(mask, (*out)->index);
}

nf_status nf_server_user_written(nf_server *server, const nf_entity *entity,
                                 int64_t id, const nf_value *values,
                                 const uint64_t *mask, nf_error *err)
{
    const nf_entity *user =
        nf_model_find_entity(server->options.model, "System.User");
    const nf_member *member;
    bool ends;

    if (!user || !nf_entity_is(entity, user))
        return NF_OK;
    ends = is_written(entity, mask, "Password", &member);
    if (is_written(entity, mask, "Blocked", &member) &&
        values[member->index].kind == NF_KIND_BOOLEAN)
        ends = ends || values[member->index].as.boolean;
    if (is_written(entity, mask, "Active", &member) &&
        values[member->index].kind == NF_KIND_BOOLEAN)
        ends = ends || !values[member->index].as.boolean;
    return ends ? nf_server_revoke(server, id, err) : NF_OK;
}

nf_status nf_server_hash_secrets(nf_server *server, const nf_entity *entity,
                                 nf_value *values, const uint64_t *mask,
                                 nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++) {
        const nf_attribute *attribute = entity->members[i].attribute;
        char hash[NF_PASSWORD_HASH];
        if (!attribute || attribute->type != NF_ATTRIBUTE_HASHED ||
            !nf_bits_has(mask, i) || values[i].kind != NF_KIND_STRING ||
            values[i].as.string->length == 0 ||
            nf_password_is_hash(values[i].as.string->text))
            continue;
        status = nf_password_hash(server, hash, values[i].as.string->text, err);
        if (status != NF_OK)
            return status;
        nf_value_release(&values[i]);
        if (!nf_value_text(&values[i], hash, strlen(hash)))
            status = nf_error_nomem(err);
    }
    return status;
}
