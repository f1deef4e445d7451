/* The result of a synchronization (synchronize §7, §8, W31 … W33): outcomes,
 * single objects, and for a full one a section per entity in name order. It is
 * written while it is read (design §10.4), from one read snapshot: outcomes
 * and single objects, of which there are as many as were uploaded, at once,
 * sections row by row. */
#include "server/result.h"

#include "server/unit.h"
#include "server/world.h"
#include "sync/document.h"

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
    nf_buffer *record = &result->record;

    nf_put_start(record);
    nf_put_string(record, "k", "head");
    nf_put_int32(record, "v", NF_SYNC_VERSION);
    nf_put_binary(record, "id", result->id.bytes, 16);
    nf_put_string(record, "mode", result->full ? "all" : "selective");
    nf_put_int64(record, "seq", sequence);
    nf_put_date(record, "at", result->now);
    nf_put_binary(record, "tag", result->tag, sizeof result->tag);
    return nf_result_put(result, err);
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
    nf_buffer_dispose(&result->record);
    nf_free(result->views);
    nf_free(result->offers);
    nf_free(result->uploaded);
    nf_free(result->entities);
    nf_free(result);
}

/* Earlier results of the run end with their bytes, those that other processes
 * are writing, too; the new one is readable from the list alone until it is
 * complete. */
static nf_status stage(nf_result *result, bool complete, nf_error *err)
{
    nf_staged staged = {.user = result->user,
                        .complete = complete,
                        .expires = result->now + NF_RESULT_MS};
    nf_status status = NF_OK;

    if (!complete)
        status = nf_staged_drop_results(result->server, &result->id, err);
    return status == NF_OK
               ? nf_staged_put(result->server, &result->blob.name, &staged, err)
               : status;
}

static nf_status copy_views(nf_result *result, const nf_server_run *run,
                            nf_error *err)
{
    bson_t request, views;
    uint8_t *bytes;

    if (!run->full ||
        !nf_document_open(&request, run->request, run->request_size) ||
        !nf_document_part(&request, "views", &views))
        return NF_OK;
    bytes = nf_alloc(views.len);
    if (!bytes)
        return nf_error_nomem(err);
    memcpy(bytes, bson_get_data(&views), views.len);
    result->views = bytes;
    result->views_size = views.len;
    return NF_OK;
}

/* Each has bytes of its own: processes that write results of one run at the
 * same time do not meet. */
static nf_status name_bytes(nf_result *result, nf_error *err)
{
    nf_status status =
        nf_server_random(result->server, result->tag, sizeof result->tag, err);

    result->blob.name =
        nf_blob_name_result(&result->id, result->dry ? NULL : result->tag);
    return status;
}

static nf_status begin(nf_result *result, nf_unit *unit, nf_error *err)
{
    nf_database *db = result->server->database;
    int64_t version = 0;
    nf_status status = name_bytes(result, err);

    if (status == NF_OK)
        status = nf_database_begin_beside(db, err);
    if (status != NF_OK)
        return status;
    status = stage(result, false, err);
    status = nf_database_conclude(db, status, err);
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
        status = nf_result_put_entries(result, unit, err);
    return status;
}

static nf_result *new_result(nf_unit *unit)
{
    nf_server *server = unit->server;
    nf_result *result = nf_alloc(sizeof *result);

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
    result->blob.blobs = server->blobs;
    nf_buffer_init(&result->blob.buffer, NF_BUFFER_MAX);
    nf_buffer_init(&result->record, NF_SYNC_DOCUMENT_MAX);
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
    windows = result->own && result->full && nf_blobs_alone(server->blobs);
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

const nf_blob_name *nf_result_blob(const nf_result *result)
{
    return &result->blob.name;
}

static void end(nf_server *server, size_t index)
{
    nf_result *result = server->results[index];

    server->results[index] = server->results[--server->result_count];
    free_result(result);
}

/* `id` may be that of a result that ends. */
void nf_result_drop(nf_server *server, const nf_sync_id *id)
{
    const nf_sync_id wanted = *id;

    for (size_t i = server->result_count; i-- > 0;) {
        if (!memcmp(&server->results[i]->id, &wanted, sizeof wanted))
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
    nf_status status = nf_stream_finish(&result->stream, err);

    if (status == NF_OK)
        status = nf_blob_flush(&result->blob, err);
    if (status == NF_OK)
        status = nf_database_begin_beside(db, err);
    if (status != NF_OK)
        return status;
    status = store_offers(result, err);
    if (status == NF_OK)
        status = stage(result, true, err);
    status = nf_database_conclude(db, status, err);
    result->complete = status == NF_OK;
    return status;
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
