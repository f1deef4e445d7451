/* Data files on the server (design §5): an import is a change by another
 * user, an export shows all rows, or what one user's device would hold. */
#include "server/internal.h"

#include <stdlib.h>

/* ---- import -------------------------------------------------------------- */

nf_status nf_server_import_begin(nf_server *server, bool careful, nf_error *err)
{
    nf_status status = nf_database_begin(server->database, err);

    if (status == NF_OK)
        nf_database_pipeline(server->database, !careful);
    return status;
}

nf_status nf_server_import_expect(nf_server *server, const nf_server_row *rows,
                                  size_t count, nf_error *err)
{
    nf_database *db = server->database;
    int64_t missing[NF_IMPORT_STRETCH];
    size_t missing_count = 0;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < count; i++) {
        status = nf_record_expect_exists(db, rows[i].entity, rows[i].id, err);
        if (status == NF_OK)
            status = nf_database_expect_entity_of(db, rows[i].id, err);
    }
    for (size_t i = 0; status == NF_OK && i < count; i++) {
        const nf_server_row *row = &rows[i];
        bool exists = false;

        status = nf_record_exists(db, row->entity, row->id, &exists, err);
        if (!exists && missing_count < NF_IMPORT_STRETCH)
            missing[missing_count++] = row->id;
        else if (status == NF_OK && row->deleted)
            status =
                nf_server_expect_deletion(server, row->entity, row->id, err);
        else if (status == NF_OK)
            status = nf_record_expect_read(db, row->entity, row->id, err);
    }
    return status == NF_OK
               ? nf_database_expect_entities(db, missing, missing_count, err)
               : status;
}

nf_status nf_server_import_end(nf_server *server, bool keep, nf_error *err)
{
    nf_status status;

    nf_database_pipeline(server->database, false);
    status = nf_database_end(server->database, keep, err);
    /* Roles that an import renamed or removed come back (domain D142). */
    if (status == NF_OK && keep)
        status = nf_server_mirror_roles(server, err);
    return status;
}

static nf_status import_contents(nf_server *server, const nf_server_row *row,
                                 nf_value *values, uint64_t *mask,
                                 nf_error *err)
{
    uint8_t hash[NF_CONTENT_HASH_SIZE];
    nf_status status;

    if (!row->contents || !row->entity->is_file)
        return NF_OK;
    status = nf_server_put_content(server, row->contents, row->contents_size,
                                   hash, err);
    if (status == NF_OK)
        status =
            nf_server_link_file(server, row->entity, row->id, hash,
                                (int64_t)row->contents_size, values, mask, err);
    return status;
}

/* Sets what the server keeps itself where the line does not give it. */
static void stamp_rest(nf_server *server, const nf_server_row *row,
                       nf_value *values, uint64_t *mask, bool created)
{
    const nf_value now = nf_datetime(nf_server_now(server));
    const nf_value version =
        nf_integer(nf_next_version(row->entity, values, created));
    const struct {
        const char *name;
        nf_value value;
    } rest[] = {{"changedDate", now},
                {NF_OBJECT_VERSION, version},
                {"createdDate", now}};

    for (size_t i = 0; i < (created ? 3 : 2); i++) {
        const nf_member *member =
            nf_entity_find_member(row->entity, rest[i].name);
        if (!member || nf_bits_has(row->given, member->index))
            continue;
        nf_value_release(&values[member->index]);
        values[member->index] = rest[i].value;
        nf_bits_add(mask, member->index);
    }
}

static nf_status merge(nf_server *server, const nf_server_row *row,
                       const nf_record *old, nf_value **out, nf_error *err)
{
    const nf_entity *entity = row->entity;
    nf_value *values = NULL;
    nf_status status =
        nf_server_defaults(&values, entity, nf_server_now(server), err);

    *out = values;
    if (status != NF_OK)
        return status;
    for (size_t i = 0; i < entity->member_count; i++) {
        if (nf_bits_has(row->given, i))
            nf_value_assign(&values[i], &row->members[i]);
        else if (old->entity)
            nf_value_assign(&values[i], &old->members[i]);
    }
    return NF_OK;
}

static nf_status import_delete(nf_server *server, const nf_server_row *row,
                               nf_error *err)
{
    nf_delete_block blocked;
    bool exists = false;
    nf_status status =
        nf_record_exists(server->database, row->entity, row->id, &exists, err);

    if (status != NF_OK || !exists)
        return status;
    status = nf_server_delete(server, row->id, &blocked, err);
    if (status == NF_OK && blocked.association)
        status = nf_error_set(err, NF_FAILED, "OBJ_DELETE_BLOCKED",
                              "object %lld of '%s' cannot be deleted: objects "
                              "refer to it by '%s'",
                              (long long)row->id, row->entity->qualified,
                              blocked.association->qualified);
    return status;
}

static nf_status write_import(nf_server *server, const nf_server_row *row,
                              const nf_record *old, nf_value *values,
                              uint64_t *mask, nf_error *err)
{
    bool created = !old->entity;
    nf_status status = import_contents(server, row, values, mask, err);

    if (status != NF_OK)
        return status;
    stamp_rest(server, row, values, mask, created);
    status = nf_server_hash_secrets(server, row->entity, values, mask, err);
    if (status == NF_OK)
        status = nf_server_user_written(server, row->entity, row->id, values,
                                        mask, err);
    if (status != NF_OK)
        return status;
    if (created) {
        status = nf_number(server, row->entity, values, row->given, err);
        if (status == NF_OK)
            status = nf_record_insert(server->database, row->entity, row->id,
                                      values, err);
        return status;
    }
    return nf_record_update(server->database, row->entity, row->id, values,
                            mask, NULL, err);
}

nf_status nf_server_import_row(nf_server *server, const nf_server_row *row,
                               nf_error *err)
{
    nf_record old = {0};
    nf_value *values = NULL;
    const nf_entity *actual = NULL;
    uint64_t *mask;
    nf_status status;

    if (row->deleted)
        return import_delete(server, row, err);
    status = nf_database_entity_of(server->database, row->id, &actual, err);
    if (status == NF_OK && actual && actual != row->entity)
        return nf_error_set(err, NF_INPUT, "type_mismatch",
                            "object %lld is of '%s', not of '%s'",
                            (long long)row->id, actual->qualified,
                            row->entity->qualified);
    if (status == NF_OK && actual)
        status =
            nf_record_read(&old, server->database, row->entity, row->id, err);
    mask = nf_member_set_new(row->entity);
    if (status == NF_OK && !mask)
        status = nf_error_nomem(err);
    if (status == NF_OK) {
        for (size_t i = 0; i < row->entity->member_count; i++) {
            if (nf_bits_has(row->given, i))
                nf_bits_add(mask, i);
        }
        status = merge(server, row, &old, &values, err);
    }
    if (status == NF_OK)
        status = write_import(server, row, &old, values, mask, err);
    nf_members_free(values, row->entity->member_count);
    nf_free(mask);
    nf_record_dispose(&old);
    return status;
}

/* ---- export -------------------------------------------------------------- */

typedef struct exporter {
    nf_server *server;
    nf_server_session *session; /* NULL: everything */
    nf_server_export_fn each;
    void *user;
} exporter;

static nf_status emit(exporter *e, const nf_entity *entity, int64_t id,
                      const nf_value *members, nf_error *err)
{
    nf_server_exported row = {.entity = entity, .id = id, .members = members};
    nf_content content = {0};
    uint8_t *bytes = NULL;
    nf_status status = NF_OK;

    if (entity->is_file) {
        status =
            nf_database_get_content(e->server->database, id, &content, err);
        if (status == NF_OK && content.has_hash)
            status = nf_server_get_content(e->server, content.hash, &bytes,
                                           &row.contents_size, err);
        row.contents = bytes;
    }
    if (status == NF_OK)
        status = e->each(e->user, &row, err);
    nf_free(bytes);
    return status;
}

static nf_status emit_all(void *user, nf_record *record, nf_error *err)
{
    return emit(user, record->entity, record->id, record->members, err);
}

static nf_status emit_visible(void *user, const nf_record *record,
                              const nf_object_rights *rights, nf_error *err)
{
    const nf_entity *entity = record->entity;
    nf_value *members =
        nf_alloc_array(entity->member_count + 1, sizeof *members);
    nf_status status;

    if (!members)
        return nf_error_nomem(err);
    for (size_t i = 0; i < entity->member_count; i++) {
        if (nf_bits_has(rights->read, i))
            members[i] = nf_value_copy(&record->members[i]);
        else if (entity->members[i].type.kind == NF_KIND_BOOLEAN)
            members[i] = nf_boolean(false); /* as the device stores it */
    }
    status = emit(user, entity, record->id, members, err);
    nf_members_free(members, entity->member_count);
    return status;
}

static nf_status export_entity(exporter *e, const nf_entity *entity,
                               nf_error *err)
{
    nf_selection selection = {.exact = true,
                              .retrieval = {.entity = entity, .limit = -1}};
    nf_offline_config config;
    bool included;
    nf_status status;

    if (!nf_database_table(e->server->database, entity))
        return NF_OK;
    if (!e->session)
        return nf_record_query(e->server->database, &selection, emit_all, e,
                               err);
    status = nf_server_offline(e->server, e->session->profile, entity,
                               &included, &config, err);
    if (status != NF_OK || !included ||
        (config.mode != NF_SYNC_ALL && config.mode != NF_SYNC_CONSTRAINED))
        return status;
    return nf_visible_each(
        e->server, e->session, entity,
        config.mode == NF_SYNC_CONSTRAINED ? config.constraint : NULL,
        emit_visible, e, err);
}

static int by_name(const void *a, const void *b)
{
    const nf_entity *const *x = a, *const *y = b;
    return strcmp((*x)->qualified, (*y)->qualified);
}

static nf_status export_with(exporter *e, nf_error *err)
{
    const nf_model *model = e->server->options.model;
    size_t count = nf_model_entity_count(model);
    const nf_entity **entities = nf_alloc_array(count + 1, sizeof *entities);
    nf_status status = NF_OK;

    if (!entities)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++)
        entities[i] = nf_model_entity(model, i);
    qsort(entities, count, sizeof *entities, by_name);
    for (size_t i = 0; status == NF_OK && i < count; i++)
        status = export_entity(e, entities[i], err);
    nf_free(entities);
    return status;
}

nf_status nf_server_export(nf_server *server, nf_server_export_fn each,
                           void *user, nf_error *err)
{
    exporter e = {.server = server, .each = each, .user = user};
    return export_with(&e, err);
}

nf_status nf_server_export_as(nf_server *server, const char *user,
                              const char *const *roles, size_t role_count,
                              const char *profile, nf_server_export_fn each,
                              void *each_user, nf_error *err)
{
    exporter e = {.server = server, .each = each, .user = each_user};
    const nf_profile *chosen =
        nf_model_find_profile(server->options.model, profile);
    int code = 201;
    nf_status status;

    if (!profile && chosen && chosen->offline)
        profile = chosen->name; /* S8 */
    status = nf_server_session_new(&e.session, server, user, roles, role_count,
                                   profile, &code, err);

    if (status == NF_OK && !e.session)
        status = nf_error_set(err, NF_USAGE, "not_found",
                              code == 403 ? "there is no offline profile '%s'"
                                          : "the server has no user '%s'",
                              code == 403 && profile ? profile
                              : user                 ? user
                                                     : "");
    if (status == NF_OK)
        status = export_with(&e, err);
    nf_server_session_free(server, e.session);
    return status;
}
