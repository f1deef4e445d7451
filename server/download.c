/* The result of a synchronization (synchronize §7, §8, W31 … W33): outcomes,
 * single objects, and for a full one a section per entity in name order. All
 * of it is written from one read snapshot: the transaction around it. */
#include "server/internal.h"

typedef struct result_writer {
    nf_unit *unit;
    nf_stream_writer stream;
    int64_t section_count;
    uint8_t section_sum[16];
} result_writer;

/* ---- projections (S58) ------------------------------------------------------
 */

/* The child end of an association of an entity with itself has the same name
 * as the parent's end: only the parent's travels (W25). */
static bool travels(const nf_entity *entity, const nf_member *member)
{
    return !(member->association && member->child_end &&
             nf_entity_end(entity, member->association, false));
}

static bool add_members(bson_t *record, const nf_record *row,
                        const nf_object_rights *rights)
{
    const nf_entity *entity = row->entity;
    bson_t members;
    bool ok = bson_append_document_begin(record, "m", 1, &members);

    for (size_t i = 0; ok && i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];
        if (nf_bits_has(rights->read, i) && travels(entity, member))
            ok = nf_member_write(&members, member, &row->members[i]);
    }
    return ok && bson_append_document_end(record, &members);
}

static bool add_rights(bson_t *record, const nf_entity *entity,
                       const nf_object_rights *rights, nf_error *err)
{
    uint64_t *read_only = nf_member_set_new(entity);
    uint64_t *unreadable = nf_member_set_new(entity);
    bool ok = read_only && unreadable;

    (void)err;
    for (size_t i = 0; ok && i < entity->member_count; i++) {
        if (!nf_bits_has(rights->read, i))
            nf_bits_add(unreadable, i);
        else if (!nf_bits_has(rights->write, i))
            nf_bits_add(read_only, i);
    }
    ok = ok && nf_names_write(record, "ro", entity, read_only) &&
         nf_names_write(record, "na", entity, unreadable);
    nf_free(read_only);
    nf_free(unreadable);
    return ok;
}

static nf_status add_content(nf_server *server, bson_t *record,
                             const nf_record *row, nf_error *err)
{
    nf_content content = {0};
    bson_t file;
    nf_status status;

    if (!row->entity->is_file)
        return NF_OK;
    status = nf_database_get_content(server->database, row->id, &content, err);
    if (status != NF_OK || !content.has_hash)
        return status;
    BSON_APPEND_DOCUMENT_BEGIN(record, "f", &file);
    BSON_APPEND_UTF8(&file, "ver", content.server_version);
    BSON_APPEND_BINARY(&file, "sha256", BSON_SUBTYPE_BINARY, content.hash,
                       NF_CONTENT_HASH_SIZE);
    BSON_APPEND_INT64(&file, "size", content.size);
    return bson_append_document_end(record, &file) ? NF_OK
                                                   : nf_error_nomem(err);
}

static nf_status put_object(result_writer *writer, const nf_record *row,
                            const nf_object_rights *rights, nf_error *err)
{
    bson_t record = BSON_INITIALIZER;
    uint8_t digest[NF_SHA256_SIZE];
    nf_status status = NF_OK;

    if (!BSON_APPEND_UTF8(&record, "k", "obj") ||
        !BSON_APPEND_UTF8(&record, "t", row->entity->qualified) ||
        !BSON_APPEND_INT64(&record, "id", row->id) ||
        !add_members(&record, row, rights) ||
        !add_rights(&record, row->entity, rights, err))
        status = nf_error_set(err, NF_FAILED, "SYNC_LIMIT",
                              "an object of '%s' is too large to synchronize",
                              row->entity->qualified);
    if (status == NF_OK)
        status = add_content(writer->unit->server, &record, row, err);
    if (status == NF_OK &&
        (!nf_sha256(digest, bson_get_data(&record), record.len) ||
         !BSON_APPEND_BINARY(&record, "h", BSON_SUBTYPE_BINARY, digest, 16)))
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status = nf_stream_put(&writer->stream, &record, err);
    writer->section_count++;
    for (size_t i = 0; i < 16; i++)
        writer->section_sum[i] ^= digest[i];
    bson_destroy(&record);
    return status;
}

static nf_status put_gone(result_writer *writer, int64_t id, nf_error *err)
{
    bson_t record = BSON_INITIALIZER;
    nf_status status;

    BSON_APPEND_UTF8(&record, "k", "gone");
    BSON_APPEND_INT64(&record, "id", id);
    status = nf_stream_put(&writer->stream, &record, err);
    bson_destroy(&record);
    return status;
}

/* One object by id as the user may see it, or gone (S66). */
static nf_status put_single(result_writer *writer, const nf_entity *entity,
                            int64_t id, nf_error *err)
{
    nf_unit *unit = writer->unit;
    nf_record row = {0};
    nf_object_rights rights = {0};
    nf_status status = nf_server_load(unit->server, unit->session, entity, id,
                                      &row, &rights, err);

    if (status == NF_OK && row.entity && rights.visible)
        status = put_object(writer, &row, &rights, err);
    else if (status == NF_OK)
        status = put_gone(writer, id, err);
    nf_record_dispose(&row);
    nf_object_rights_dispose(&rights);
    return status;
}

/* ---- outcomes ------------------------------------------------------------ */

static nf_status put_outcome(result_writer *writer, const nf_entry *entry,
                             nf_error *err)
{
    bson_t record = BSON_INITIALIZER;
    nf_outcome_state state = entry->state;
    const char *code = entry->code, *text = entry->text;
    nf_status status;

    /* S165: whether an object is deleted or only unreadable is nobody's
     * business on the device. */
    if (!strcmp(code, "OBJ_NO_ACCESS") || !strcmp(code, "OBJ_GONE")) {
        code = "OBJ_GONE";
        text = "the object no longer exists";
        state = NF_OUTCOME_GONE;
        if (entry->kind == NF_WIRE_DELETE) { /* S86 */
            state = NF_OUTCOME_DELETED;
            code = text = "";
        }
    }
    BSON_APPEND_UTF8(&record, "k", "out");
    BSON_APPEND_INT64(&record, "id", entry->id);
    BSON_APPEND_UTF8(&record, "s", nf_outcome_state_name(state));
    if (*code) {
        BSON_APPEND_UTF8(&record, "code", code);
        BSON_APPEND_UTF8(&record, "text", text);
    }
    if (entry->entity && entry->cleared)
        nf_names_write(&record, "clr", entry->entity, entry->cleared);
    status = nf_stream_put(&writer->stream, &record, err);
    bson_destroy(&record);
    return status;
}

/* Whether an entry's object is sent by itself (S64, S60, S87). */
static nf_status needs_single(nf_unit *unit, const nf_entry *entry, bool *out,
                              nf_error *err)
{
    nf_offline_config config;
    bool included, rejected = entry->state == NF_OUTCOME_REJECTED;
    nf_status status;

    *out = false;
    if (!entry->entity)
        return NF_OK;
    if (entry->kind == NF_WIRE_REFRESH) {
        *out = true;
        return NF_OK;
    }
    if (entry->kind == NF_WIRE_DELETE) {
        *out = rejected && strcmp(entry->code, "OBJ_NO_ACCESS") != 0;
        if (!unit->run->full || !*out)
            return NF_OK;
    } else if (!unit->run->full) {
        *out = true;
        return NF_OK;
    }
    status = nf_server_offline(unit->server, unit->session->profile,
                               entry->entity, &included, &config, err);
    *out = rejected && (config.mode == NF_SYNC_NONE_PRESERVE ||
                        config.mode == NF_SYNC_NEVER || !included);
    return status;
}

static nf_status put_entries(result_writer *writer, nf_error *err)
{
    nf_unit *unit = writer->unit;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        if (unit->entries[i].kind != NF_WIRE_REFRESH)
            status = put_outcome(writer, &unit->entries[i], err);
    }
    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        const nf_entry *entry = &unit->entries[i];
        bool single = false;
        status = needs_single(unit, entry, &single, err);
        if (status == NF_OK && single)
            status = put_single(writer, entry->entity, entry->id, err);
        else if (status == NF_OK && !entry->entity && !unit->run->full)
            status = put_gone(writer, entry->id, err);
    }
    return status;
}

/* ---- sections (S56 … S62) ------------------------------------------------ */

typedef struct visible_walk {
    const nf_access *access;
    nf_visible_fn each;
    void *user;
} visible_walk;

static nf_status visit_visible(void *user, nf_record *record, nf_error *err)
{
    visible_walk *walk = user;
    nf_object_rights rights;
    nf_status status =
        nf_access_rights(&rights, walk->access, record->tests, false, err);

    if (status != NF_OK)
        return status;
    if (rights.visible)
        status = walk->each(walk->user, record, &rights, err);
    nf_object_rights_dispose(&rights);
    return status;
}

nf_status nf_visible_each(nf_server *server, nf_server_session *session,
                          const nf_entity *entity, const char *constraint,
                          nf_visible_fn each, void *user, nf_error *err)
{
    const nf_access *access = nf_access_of(server, session, entity, err);
    visible_walk walk = {.access = access, .each = each, .user = user};
    nf_selection selection = {.exact = true};
    nf_xpath *xpath = NULL;
    nf_status status = NF_OK;

    if (!access)
        return NF_FAILED;
    if (constraint && *constraint)
        status = nf_xpath_compile(&xpath, server->options.model, entity,
                                  constraint, NF_XPATH_SERVER, NULL, NULL, err);
    if (status != NF_OK)
        return status;
    selection.retrieval = (nf_retrieval){.entity = entity,
                                         .constraint = xpath,
                                         .environment = &session->environment,
                                         .limit = -1};
    selection.condition = &access->visible;
    selection.tests = access->tests;
    selection.test_count = access->test_count;
    status = nf_record_query(server->database, &selection, visit_visible, &walk,
                             err);
    nf_xpath_free(xpath);
    return status;
}

static nf_status visit_for_result(void *user, const nf_record *row,
                                  const nf_object_rights *rights, nf_error *err)
{
    return put_object(user, row, rights, err);
}

static nf_status put_section_start(result_writer *writer,
                                   const nf_entity *entity, const char *kind,
                                   nf_error *err)
{
    bson_t record = BSON_INITIALIZER;
    nf_status status;

    BSON_APPEND_UTF8(&record, "k", "ent");
    BSON_APPEND_UTF8(&record, "t", entity->qualified);
    BSON_APPEND_UTF8(&record, "kind", kind);
    status = nf_stream_put(&writer->stream, &record, err);
    bson_destroy(&record);
    return status;
}

static nf_status put_sum(result_writer *writer, const nf_entity *entity,
                         nf_error *err)
{
    bson_t record = BSON_INITIALIZER;
    nf_status status;

    BSON_APPEND_UTF8(&record, "k", "sum");
    BSON_APPEND_UTF8(&record, "t", entity->qualified);
    BSON_APPEND_INT64(&record, "n", writer->section_count);
    BSON_APPEND_BINARY(&record, "x", BSON_SUBTYPE_BINARY, writer->section_sum,
                       16);
    status = nf_stream_put(&writer->stream, &record, err);
    bson_destroy(&record);
    return status;
}

static nf_status put_visible(result_writer *writer, const nf_entity *entity,
                             const char *constraint, nf_error *err)
{
    nf_unit *unit = writer->unit;
    nf_status status = put_section_start(writer, entity, "snapshot", err);

    writer->section_count = 0;
    memset(writer->section_sum, 0, sizeof writer->section_sum);
    if (status == NF_OK)
        status = nf_visible_each(unit->server, unit->session, entity,
                                 constraint, visit_for_result, writer, err);
    return status == NF_OK ? put_sum(writer, entity, err) : status;
}

static nf_status put_section(result_writer *writer, const nf_entity *entity,
                             nf_error *err)
{
    nf_unit *unit = writer->unit;
    nf_offline_config config;
    bool included;
    nf_status status = nf_server_offline(unit->server, unit->session->profile,
                                         entity, &included, &config, err);

    if (status != NF_OK || !included)
        return status;
    switch (config.mode) {
    case NF_SYNC_ALL:
        return put_visible(writer, entity, NULL, err);
    case NF_SYNC_CONSTRAINED:
        return put_visible(writer, entity, config.constraint, err);
    case NF_SYNC_NONE:
        return put_section_start(writer, entity, "clear", err);
    case NF_SYNC_NONE_PRESERVE:
        return put_section_start(writer, entity, "keep", err);
    default:
        return NF_OK;
    }
}

static int by_name(const void *a, const void *b)
{
    const nf_entity *const *x = a, *const *y = b;
    return strcmp((*x)->qualified, (*y)->qualified);
}

static nf_status put_sections(result_writer *writer, nf_error *err)
{
    const nf_model *model = writer->unit->server->options.model;
    size_t count = nf_model_entity_count(model);
    const nf_entity **entities = nf_alloc_array(count + 1, sizeof *entities);
    nf_status status = NF_OK;

    if (!entities)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++)
        entities[i] = nf_model_entity(model, i);
    qsort(entities, count, sizeof *entities, by_name);
    for (size_t i = 0; status == NF_OK && i < count; i++)
        status = put_section(writer, entities[i], err);
    nf_free(entities);
    return status;
}

static nf_status put_head(result_writer *writer, nf_error *err)
{
    nf_unit *unit = writer->unit;
    bson_t record = BSON_INITIALIZER;
    nf_status status;

    BSON_APPEND_UTF8(&record, "k", "head");
    BSON_APPEND_INT32(&record, "v", NF_SYNC_VERSION);
    BSON_APPEND_BINARY(&record, "id", BSON_SUBTYPE_BINARY, unit->run->id.bytes,
                       16);
    BSON_APPEND_UTF8(&record, "mode", unit->run->full ? "all" : "selective");
    BSON_APPEND_INT64(&record, "seq", unit->sequence);
    BSON_APPEND_DATE_TIME(&record, "at", nf_server_now(unit->server));
    status = nf_stream_put(&writer->stream, &record, err);
    bson_destroy(&record);
    return status;
}

static nf_status write_stream(result_writer *writer, nf_blob_writer *blob,
                              nf_error *err)
{
    nf_status status =
        nf_stream_start(&writer->stream, nf_blob_sink, blob, err);

    if (status == NF_OK)
        status = put_head(writer, err);
    if (status == NF_OK)
        status = put_entries(writer, err);
    if (status == NF_OK && writer->unit->run->full)
        status = put_sections(writer, err);
    if (status == NF_OK)
        status = nf_stream_finish(&writer->stream, err);
    if (status == NF_OK)
        status = nf_blob_flush(blob, err);
    nf_stream_dispose(&writer->stream);
    return status;
}

nf_status nf_result_write(nf_unit *unit, nf_error *err)
{
    nf_server *server = unit->server;
    result_writer writer = {.unit = unit};
    nf_blob_writer blob = {.blobs = server->blobs,
                           .name = nf_blob_name_result(&unit->run->id)};
    nf_staged staged = {.user = unit->session->user,
                        .complete = true,
                        .expires = nf_server_now(server) + NF_RESULT_MS};
    nf_status status = nf_database_begin(server->database, err);

    if (status != NF_OK)
        return status;
    nf_buffer_init(&blob.buffer, NF_BUFFER_MAX);
    status = nf_staged_drop(server, &blob.name, err);
    if (status == NF_OK)
        status = write_stream(&writer, &blob, err);
    if (status == NF_OK)
        status = nf_staged_put(server, &blob.name, &staged, err);
    nf_buffer_dispose(&blob.buffer);
    if (nf_database_end(server->database, status == NF_OK, err) != NF_OK &&
        status == NF_OK)
        status = NF_FAILED;
    return status;
}
