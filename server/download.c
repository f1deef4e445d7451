/* The result of a synchronization (synchronize §7, §8, W31 … W33): outcomes,
 * single objects, and for a full one a section per entity in name order. It is
 * written while it is read (design §10.4), from one read snapshot: outcomes
 * and single objects, of which there are as many as were uploaded, at once,
 * sections row by row. */
#include "server/result.h"

#include "base/aligned.h"
#include "server/unit.h"
#include "server/world.h"

#include <stdlib.h>

enum { UNREAD_MS = 10 * 60 * 1000 };

/* ---- the snapshot -------------------------------------------------------- */

static nf_status open_reader(nf_result *result, nf_error *err)
{
    nf_server *server = result->server;
    nf_database_options options = {
        .model = server->options.model,
        .path = nf_database_address(server->database),
        .side = NF_DATABASE_SERVER,
        .must_exist = true,
    };
    nf_status status;

    if (server->reader) {
        result->database = server->reader;
        server->reader = NULL;
        return NF_OK;
    }
    status = nf_database_open(&result->database, &options, err);
    if (status != NF_OK)
        return NF_FAILED;
    nf_database_stream(result->database, true);
    return NF_OK;
}

/* A database in memory has one connection only: its result is written within
 * one request, and nobody writes meanwhile. */
static nf_status open_snapshot(nf_result *result, nf_error *err)
{
    nf_status status;

    result->own =
        !result->dry &&
        strcmp(nf_database_path(result->server->database), ":memory:") != 0;
    if (!result->own) {
        result->database = result->server->database;
        return NF_OK;
    }
    status = open_reader(result, err);
    if (status != NF_OK)
        return status;
    nf_database_deadline(result->database, result->server->deadline);
    return nf_database_freeze(result->database, err);
}

static void close_snapshot(nf_result *result)
{
    nf_section_dispose(&result->section);
    nf_rows_close(result->single_rows);
    nf_projector_dispose(&result->single);
    result->single_rows = NULL;
    if (!result->own || !result->database)
        return;
    nf_database_thaw(result->database);
    if (result->server->reader)
        nf_database_close(result->database);
    else
        result->server->reader = result->database;
    result->database = NULL;
    result->own = false;
}

nf_status nf_result_rows(nf_rows **out, nf_result *result,
                         const nf_access *access, const nf_xpath *constraint,
                         int64_t id, bool ids_only, nf_error *err)
{
    nf_selection selection = {
        .retrieval = {.entity = access->entity,
                      .constraint = constraint,
                      .environment = &result->environment,
                      .limit = -1},
        .condition = id ? NULL : &access->visible,
        .tests = access->tests,
        .test_count = access->test_count,
        .exact = true,
        .id = id,
        .ids_only = ids_only,
    };
    return nf_rows_open(out, result->database, &selection, err);
}

/* ---- records ------------------------------------------------------------- */

nf_status nf_result_put(nf_result *result, nf_error *err)
{
    return nf_stream_put(&result->stream, &result->record, err);
}

static nf_status put_head(nf_result *result, int64_t sequence, nf_error *err)
{
    bson_t *record = &result->record;
    uint8_t tag[16]; /* tells this result from another one of the run */
    nf_status status = nf_server_random(result->server, tag, sizeof tag, err);

    if (status != NF_OK)
        return status;
    bson_reinit(record);
    BSON_APPEND_UTF8(record, "k", "head");
    BSON_APPEND_INT32(record, "v", NF_SYNC_VERSION);
    BSON_APPEND_BINARY(record, "id", BSON_SUBTYPE_BINARY, result->id.bytes, 16);
    BSON_APPEND_UTF8(record, "mode", result->full ? "all" : "selective");
    BSON_APPEND_INT64(record, "seq", sequence);
    BSON_APPEND_DATE_TIME(record, "at", result->now);
    BSON_APPEND_BINARY(record, "tag", BSON_SUBTYPE_BINARY, tag, sizeof tag);
    return nf_result_put(result, err);
}

static nf_status put_gone(nf_result *result, int64_t id, nf_error *err)
{
    bson_reinit(&result->record);
    BSON_APPEND_UTF8(&result->record, "k", "gone");
    BSON_APPEND_INT64(&result->record, "id", id);
    return nf_result_put(result, err);
}

static nf_status put_outcome(nf_result *result, const nf_entry *entry,
                             const uint8_t *h, nf_error *err)
{
    bson_t *record = &result->record;
    nf_outcome_state state = entry->state;
    const char *code = entry->code, *text = entry->text;

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
    bson_reinit(record);
    BSON_APPEND_UTF8(record, "k", "out");
    BSON_APPEND_INT64(record, "id", entry->id);
    BSON_APPEND_UTF8(record, "s", nf_outcome_state_name(state));
    if (*code) {
        BSON_APPEND_UTF8(record, "code", code);
        BSON_APPEND_UTF8(record, "text", text);
    }
    if (h)
        BSON_APPEND_BINARY(record, "h", BSON_SUBTYPE_BINARY, h, NF_VIEW_HASH);
    if (entry->entity && entry->cleared)
        nf_names_write(record, "clr", entry->entity, entry->cleared);
    return nf_result_put(result, err);
}

/* ---- single objects ------------------------------------------------------ */

static nf_status turn_to(nf_result *result, const nf_entity *entity,
                         nf_error *err)
{
    if (result->single.entity == entity)
        return NF_OK;
    nf_rows_close(result->single_rows);
    result->single_rows = NULL;
    nf_projector_dispose(&result->single);
    return nf_projector_init(&result->single, result->server, result->session,
                             result->database, &result->environment, entity,
                             err);
}

static nf_status open_singles(nf_result *result, const nf_entity *entity,
                              int64_t id, nf_error *err)
{
    nf_status status = turn_to(result, entity, err);

    if (status == NF_OK && !result->single_rows)
        status = nf_result_rows(&result->single_rows, result,
                                result->single.access, NULL, id, false, err);
    return status;
}

/* The row of one object as the user may see it; *class NULL: gone. */
static nf_status find_single(nf_result *result, const nf_entity *entity,
                             int64_t id, nf_row *row,
                             const nf_projection_class **class, nf_error *err)
{
    bool more = false;
    nf_status status = open_singles(result, entity, id, err);

    *class = NULL;
    if (status != NF_OK)
        return status;
    nf_rows_seek(result->single_rows, id);
    status = nf_rows_next(result->single_rows, row, &more, err);
    if (status != NF_OK || !more)
        return status;
    *class = nf_projector_class(&result->single, row->tests, err);
    if (!*class)
        return NF_FAILED;
    if (!(*class)->rights.visible)
        *class = NULL;
    return NF_OK;
}

static nf_status put_single(nf_result *result, const nf_entity *entity,
                            int64_t id, nf_error *err)
{
    const nf_projection_class *class = NULL;
    uint8_t h[NF_VIEW_HASH];
    nf_row row;
    nf_status status = find_single(result, entity, id, &row, &class, err);

    if (status != NF_OK)
        return status;
    if (!class)
        return put_gone(result, id, err);
    bson_reinit(&result->record);
    status = nf_projection_write(&result->record, h, &result->single, class,
                                 result->single_rows, &row, err);
    return status == NF_OK ? nf_result_put(result, err) : status;
}

/* ---- unchanged after the upload (design §10.5) --------------------------- */

/* Whether the device holds this member as the server does. What was not sent
 * is as it was when the device got it: `known` says that nothing else has
 * changed it before this upload and that the upload itself did not. */
static nf_status same_member(bool *same, nf_result *result,
                             const nf_entry *entry, const nf_entry_data *data,
                             size_t index, bool known, nf_error *err)
{
    nf_value value;
    nf_status status = nf_rows_value(result->single_rows, index, &value, err);

    if (status != NF_OK)
        return status;
    if (nf_bits_has(data->given, index))
        *same = nf_value_equal(&value, &data->values[index]);
    else
        *same = known || (value.kind == NF_KIND_EMPTY &&
                          entry->entity->members[index].association);
    nf_value_release(&value);
    return NF_OK;
}

static bool any_name(const nf_projection_class *class)
{
    return !bson_empty(&class->read_only) || !bson_empty(&class->unreadable);
}

/* Whether the device knew the object as it was before the upload: then it
 * also knows the rights, which are part of `h`. */
static bool knew_before(const nf_entry *entry, const nf_projector *projector,
                        const nf_projection_class *class)
{
    uint8_t h[NF_VIEW_HASH];
    nf_row before = {
        .entity = entry->entity, .id = entry->id, .version = entry->version};

    if (!entry->has_base || !entry->rest_same ||
        entry->actual != entry->entity ||
        nf_projection_computed(projector, class))
        return false;
    nf_projection_hash(h, class, &before);
    return !memcmp(h, entry->base, sizeof h);
}

static nf_status compare_members(bool *same, nf_result *result, nf_unit *unit,
                                 nf_entry *entry,
                                 const nf_projection_class *class, bool known,
                                 nf_error *err)
{
    nf_entry_data data;
    nf_status status = nf_entry_read(unit, entry, &data, err);

    *same = status == NF_OK;
    for (size_t i = 0;
         status == NF_OK && *same && i < entry->entity->member_count; i++) {
        const nf_member *member = &entry->entity->members[i];
        if (nf_bits_has(class->rights.read, i) && !member->child_end)
            status = same_member(same, result, entry, &data, i, known, err);
    }
    nf_entry_data_dispose(&data);
    return status;
}

/* The same for an entry that needs no look at its row: what it wrote is what
 * was sent, nobody has written since, and no constraint decides about rights.
 */
static nf_status is_as_sent(bool *same, uint8_t *h, nf_result *result,
                            const nf_entry *entry, nf_error *err)
{
    const nf_projection_class *class;
    nf_row row = {
        .entity = entry->entity, .id = entry->id, .version = entry->stored};
    nf_status status;

    *same = false;
    if (!result->as_applied || !entry->as_sent || entry->entity->is_file)
        return NF_OK;
    status = turn_to(result, entry->entity, err);
    if (status != NF_OK || result->single.access->test_count > 0)
        return status;
    class = nf_projector_class(&result->single, 0, err);
    if (!class)
        return NF_FAILED;
    *same = class->rights.visible && knew_before(entry, &result->single, class);
    if (*same)
        nf_projection_hash(h, class, &row);
    return NF_OK;
}

static nf_status is_same(bool *same, uint8_t *h, nf_result *result,
                         nf_unit *unit, nf_entry *entry, nf_error *err)
{
    const nf_projection_class *class = NULL;
    nf_row row;
    bool known;
    nf_status status;

    *same = false;
    if (entry->offset < 0 || entry->cleared || !entry->entity ||
        (entry->state != NF_OUTCOME_CREATED &&
         entry->state != NF_OUTCOME_UPDATED))
        return NF_OK;
    status = is_as_sent(same, h, result, entry, err);
    if (status != NF_OK || *same)
        return status;
    status = find_single(result, entry->entity, entry->id, &row, &class, err);
    if (status != NF_OK || !class || entry->entity->is_file ||
        nf_projection_computed(&result->single, class))
        return status;
    known = knew_before(entry, &result->single, class);
    /* A new object has no restricted members on the device. */
    if (!known && (entry->kind != NF_WIRE_NEW || any_name(class)))
        return NF_OK;
    if (known && entry->as_sent && row.version == entry->stored)
        *same = true;
    else
        status = compare_members(same, result, unit, entry, class, known, err);
    if (status == NF_OK && *same)
        nf_projection_hash(h, class, &row);
    return status;
}

/* ---- entries ------------------------------------------------------------- */

/* Whether an entry's object is sent by itself (S64, S60, S87). */
static nf_status needs_single(nf_result *result, nf_unit *unit,
                              const nf_entry *entry, bool *out, nf_error *err)
{
    nf_section_plan plan;
    const char *constraint;
    bool rejected = entry->state == NF_OUTCOME_REJECTED;
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
    status = nf_section_decide(&plan, &constraint, result, entry->entity, err);
    *out = rejected && (plan == NF_PLAN_KEEP || plan == NF_PLAN_NOTHING);
    return status;
}

static nf_status put_answer(nf_result *result, nf_unit *unit, size_t index,
                            nf_error *err)
{
    nf_entry *entry = &unit->entries[index];
    nf_uploaded *uploaded = &result->uploaded[index];
    uint8_t h[NF_VIEW_HASH];
    nf_status status;

    *uploaded = (nf_uploaded){.id = entry->id, .entity = entry->entity};
    if (entry->kind == NF_WIRE_REFRESH)
        return NF_OK;
    status = is_same(&uploaded->same, h, result, unit, entry, err);
    return status == NF_OK
               ? put_outcome(result, entry, uploaded->same ? h : NULL, err)
               : status;
}

static int by_id(const void *a, const void *b)
{
    const nf_uploaded *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

const nf_uploaded *nf_result_uploaded(const nf_result *result, int64_t id)
{
    nf_uploaded key = {.id = id};

    return result->uploaded_count
               ? bsearch(&key, result->uploaded, result->uploaded_count,
                         sizeof key, by_id)
               : NULL;
}

/* Asks ahead for the rows that a stretch of entries of one entity needs, all at
 * once; *end: what comes behind it. */
static nf_status expect_singles(nf_result *result, const nf_unit *unit,
                                size_t from, bool answers, size_t *end,
                                nf_error *err)
{
    const nf_entity *entity = unit->entries[from].entity;
    nf_status status = NF_OK;
    size_t i = from;

    nf_database_pipeline(result->database, true);
    if (entity)
        status = open_singles(result, entity, unit->entries[from].id, err);
    for (; status == NF_OK && i < unit->count && i < from + NF_UNIT_STRETCH &&
           unit->entries[i].entity == entity;
         i++) {
        const nf_entry *entry = &unit->entries[i];
        bool is_compared =
            !(result->as_applied && entry->as_sent && entry->has_base) &&
            (entry->state == NF_OUTCOME_CREATED ||
             entry->state == NF_OUTCOME_UPDATED);

        if (!entity || !(answers ? is_compared : !result->uploaded[i].same))
            continue;
        status = nf_rows_expect(result->single_rows, entry->id, err);
        if (status == NF_OK && entity->is_file)
            status =
                nf_database_expect_content(result->database, entry->id, err);
    }
    *end = i;
    return status;
}

static nf_status put_answers(nf_result *result, nf_unit *unit, nf_error *err)
{
    nf_status status = NF_OK;
    size_t end = 0;

    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        if (result->own && i == end)
            status = expect_singles(result, unit, i, true, &end, err);
        if (status == NF_OK)
            status = put_answer(result, unit, i, err);
    }
    return status;
}

static nf_status put_singles(nf_result *result, nf_unit *unit, nf_error *err)
{
    nf_status status = NF_OK;
    size_t end = 0;

    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        const nf_entry *entry = &unit->entries[i];
        bool single = false;

        if (result->own && !unit->run->full && i == end)
            status = expect_singles(result, unit, i, false, &end, err);
        if (status != NF_OK || result->uploaded[i].same)
            continue;
        status = needs_single(result, unit, entry, &single, err);
        if (status == NF_OK && single)
            status = put_single(result, entry->entity, entry->id, err);
        else if (status == NF_OK && !entry->entity && !unit->run->full)
            status = put_gone(result, entry->id, err);
    }
    return status;
}

static nf_status put_entries(nf_result *result, nf_unit *unit, nf_error *err)
{
    nf_status status;

    result->uploaded =
        nf_alloc_array(unit->count + 1, sizeof *result->uploaded);
    if (!result->uploaded)
        return nf_error_nomem(err);
    status = put_answers(result, unit, err);
    if (status == NF_OK)
        status = put_singles(result, unit, err);
    if (result->own)
        nf_database_pipeline(result->database, false);
    result->uploaded_count = unit->count;
    if (unit->count > 1 && result->full)
        qsort(result->uploaded, unit->count, sizeof *result->uploaded, by_id);
    return status;
}

/* ---- the visible set, for exports ---------------------------------------- */

typedef struct visible_walk {
    nf_server *server;
    nf_server_session *session;
    nf_calculator *calculator;
    const nf_access *access;
    nf_visible_fn each;
    void *user;
} visible_walk;

/* Whether somebody sees a value that microflows compute. */
static bool shows_calculated(const nf_entity *entity,
                             const nf_object_rights *rights)
{
    for (size_t i = 0; entity->calculates && i < entity->member_count; i++)
        if (entity->members[i].attribute &&
            entity->members[i].attribute->calculated &&
            nf_bits_has(rights->read, i))
            return true;
    return false;
}

static nf_status visit_visible(void *user, nf_record *record, nf_error *err)
{
    visible_walk *walk = user;
    nf_object_rights rights;
    nf_status status =
        nf_access_rights(&rights, walk->access, record->tests, false, err);

    if (status != NF_OK)
        return status;
    if (rights.visible && shows_calculated(record->entity, &rights))
        status = nf_calculate_row(&walk->calculator, walk->server,
                                  walk->session, walk->server->database,
                                  &walk->session->environment, record->entity,
                                  record->id, record->members, err);
    if (status == NF_OK && rights.visible)
        status = walk->each(walk->user, record, &rights, err);
    nf_object_rights_dispose(&rights);
    return status;
}

nf_status nf_visible_each(nf_server *server, nf_server_session *session,
                          const nf_entity *entity, const char *constraint,
                          nf_visible_fn each, void *user, nf_error *err)
{
    const nf_access *access = nf_access_of(server, session, entity, err);
    visible_walk walk = {.server = server,
                         .session = session,
                         .access = access,
                         .each = each,
                         .user = user};
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
    nf_calculator_free(walk.calculator);
    nf_xpath_free(xpath);
    return status;
}

/* ---- life ---------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const nf_entity *const *x = a, *const *y = b;
    return strcmp((*x)->qualified, (*y)->qualified);
}

static nf_status list_entities(nf_result *result, nf_error *err)
{
    const nf_model *model = result->server->options.model;
    size_t count = nf_model_entity_count(model);

    if (!result->full)
        return NF_OK;
    result->entities = nf_alloc_array(count + 1, sizeof *result->entities);
    if (!result->entities)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++)
        result->entities[i] = nf_model_entity(model, i);
    result->entity_count = count;
    qsort(result->entities, count, sizeof *result->entities, by_name);
    return NF_OK;
}

static void free_result(nf_result *result)
{
    close_snapshot(result);
    for (size_t i = 0; i < result->offer_count; i++)
        nf_view_dispose(&result->offers[i].view);
    nf_stream_dispose(&result->stream);
    nf_buffer_dispose(&result->blob.buffer);
    bson_destroy(&result->record);
    if (result->views)
        bson_destroy(result->views);
    nf_free(result->offers);
    nf_free(result->uploaded);
    nf_free(result->entities);
    nf_free(result);
}

/* An earlier result of the run ends with its bytes; the new one is readable
 * from the list alone until it is complete. */
static nf_status stage(nf_result *result, bool complete, nf_error *err)
{
    nf_staged staged = {.user = result->user,
                        .complete = complete,
                        .expires = result->now + NF_RESULT_MS};
    nf_status status = NF_OK;

    if (!complete)
        status = nf_staged_drop(result->server, &result->blob.name, err);
    return status == NF_OK
               ? nf_staged_put(result->server, &result->blob.name, &staged, err)
               : status;
}

static nf_status copy_views(nf_result *result, const nf_server_run *run,
                            nf_error *err)
{
    bson_t request, views;

    if (!run->full ||
        !nf_document_open(&request, run->request, run->request_size) ||
        !nf_document_part(&request, "views", &views))
        return NF_OK;
    result->views = bson_copy(&views);
    return result->views ? NF_OK : nf_error_nomem(err);
}

static nf_status begin(nf_result *result, nf_unit *unit, nf_error *err)
{
    nf_database *db = result->server->database;
    int64_t version = 0;
    nf_status status = nf_database_begin_beside(db, err), ended;

    if (status != NF_OK)
        return status;
    status = stage(result, false, err);
    ended = nf_database_end(db, status == NF_OK, err);
    if (status == NF_OK)
        status = ended;
    if (status == NF_OK)
        status = open_snapshot(result, err);
    if (status == NF_OK)
        status = nf_database_last_version(result->database, &version, err);
    result->as_applied = unit->version > 0 && version == unit->version;
    if (status == NF_OK)
        status = copy_views(result, unit->run, err);
    if (status == NF_OK)
        status = list_entities(result, err);
    if (status == NF_OK)
        status =
            nf_stream_start(&result->stream, nf_blob_sink, &result->blob, err);
    if (status == NF_OK)
        status = put_head(result, unit->sequence, err);
    if (status == NF_OK)
        status = put_entries(result, unit, err);
    return status;
}

static nf_result *new_result(nf_unit *unit)
{
    nf_server *server = unit->server;
    nf_result *result = nf_alloc_aligned(sizeof *result);

    if (!result)
        return NULL;
    result->server = server;
    result->session = unit->session;
    result->id = unit->run->id;
    result->device = unit->session->device;
    result->user = unit->session->user;
    result->full = unit->run->full;
    result->dry = unit->run->dry;
    result->now = nf_server_now(server);
    result->environment = unit->session->environment;
    result->environment.clock = nf_clock_fixed(&result->now);
    result->blob = (nf_blob_writer){.blobs = server->blobs,
                                    .name = nf_blob_name_result(&result->id)};
    nf_buffer_init(&result->blob.buffer, NF_BUFFER_MAX);
    bson_init(&result->record);
    return result;
}

nf_status nf_result_begin(nf_unit *unit, nf_error *err)
{
    nf_server *server = unit->server;
    nf_result **grown, *result;
    bool complete, windows;
    nf_status status;

    nf_result_drop(server, &unit->run->id);
    grown = nf_grow(server->results, server->result_count,
                    &server->result_capacity, sizeof *grown);
    if (!grown)
        return nf_error_nomem(err);
    server->results = grown;
    result = new_result(unit);
    if (!result)
        return nf_error_nomem(err);
    status = begin(result, unit, err);
    if (status != NF_OK) {
        free_result(result);
        return status;
    }
    grown[server->result_count++] = result;
    /* Without sections that was all. In memory all is written at once, and so
     * it is where the device may ask another process for the rest. */
    windows =
        result->own && result->full && !nf_database_is_shared(server->database);
    return nf_result_extend(result, windows ? 0 : INT64_MAX, &complete, err);
}

nf_result *nf_result_find(const nf_server *server, const nf_sync_id *id)
{
    for (size_t i = 0; i < server->result_count; i++) {
        if (!memcmp(&server->results[i]->id, id, sizeof *id))
            return server->results[i];
    }
    return NULL;
}

static void end(nf_server *server, size_t index)
{
    nf_result *result = server->results[index];

    server->results[index] = server->results[--server->result_count];
    free_result(result);
}

void nf_result_drop(nf_server *server, const nf_sync_id *id)
{
    for (size_t i = server->result_count; i-- > 0;) {
        if (!memcmp(&server->results[i]->id, id, sizeof *id))
            end(server, i);
    }
}

void nf_results_drop(nf_server *server, const nf_server_session *session)
{
    for (size_t i = server->result_count; i-- > 0;) {
        if (!session || server->results[i]->session == session)
            end(server, i);
    }
}

/* The snapshot of a result that nobody reads keeps the database's log from
 * being copied back, so it ends soon; the device's next request makes another.
 */
void nf_results_expire(nf_server *server)
{
    int64_t now = nf_server_now(server);

    for (size_t i = server->result_count; i-- > 0;) {
        int64_t unread = now - server->results[i]->used;
        if (unread > UNREAD_MS || unread < -UNREAD_MS)
            end(server, i);
    }
}

/* ---- going on ------------------------------------------------------------ */

/* A result that was written before and lost has offered other views. */
static nf_status store_offers(nf_result *result, nf_error *err)
{
    nf_status status = NF_OK;

    if (result->full)
        status = nf_views_settle(result->server, result->device, &result->id,
                                 false, err);
    for (size_t i = 0; status == NF_OK && i < result->offer_count; i++)
        status =
            nf_view_offer(result->server, result->device, &result->id,
                          result->offers[i].entity, &result->offers[i].token,
                          &result->offers[i].view, err);
    return status;
}

static nf_status finish(nf_result *result, nf_error *err)
{
    nf_database *db = result->server->database;
    nf_status status = nf_stream_finish(&result->stream, err), ended;

    if (status == NF_OK)
        status = nf_blob_flush(&result->blob, err);
    if (status == NF_OK)
        status = nf_database_begin_beside(db, err);
    if (status != NF_OK)
        return status;
    status = store_offers(result, err);
    if (status == NF_OK)
        status = stage(result, true, err);
    ended = nf_database_end(db, status == NF_OK, err);
    result->complete = status == NF_OK && ended == NF_OK;
    return status == NF_OK ? ended : status;
}

static int64_t written(const nf_result *result)
{
    return result->blob.offset + (int64_t)result->blob.buffer.length;
}

nf_status nf_result_extend(nf_result *result, int64_t size, bool *complete,
                           nf_error *err)
{
    nf_status status = NF_OK;

    result->used = nf_server_now(result->server);
    if (result->own) {
        nf_database_deadline(result->database, result->server->deadline);
        nf_database_pipeline(result->database, true);
    }
    while (status == NF_OK && !result->complete && written(result) < size) {
        if (result->section.entity)
            status = nf_section_step(result, err);
        else if (result->entity_at < result->entity_count)
            status = nf_section_open(result, err);
        else
            status = finish(result, err);
    }
    if (result->own)
        nf_database_pipeline(result->database, false);
    if (status == NF_OK)
        status = nf_blob_flush(&result->blob, err);
    *complete = result->complete;
    if (status != NF_OK || result->complete)
        nf_result_drop(result->server, &result->id);
    return status;
}
