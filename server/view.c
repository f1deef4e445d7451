/* See view.h. The table has a row per view that a device was offered; the one
 * that it confirmed is whichever it names next (W44), so nothing but its token
 * decides. */
#include "server/view.h"

void nf_view_dispose(nf_view *view)
{
    nf_free(view->items);
    *view = (nf_view){0};
}

static void put_id(uint8_t *to, int64_t id)
{
    for (int i = 0; i < 8; i++)
        to[i] = (uint8_t)((uint64_t)id >> (56 - 8 * i));
}

static int64_t get_id(const uint8_t *from)
{
    uint64_t id = 0;
    for (int i = 0; i < 8; i++)
        id = id << 8 | from[i];
    return (int64_t)id;
}

bool nf_view_add(nf_view *view, int64_t id, const uint8_t h[NF_VIEW_HASH])
{
    uint8_t *grown =
        nf_grow(view->items, view->count, &view->capacity, NF_VIEW_ITEM);

    if (!grown)
        return false;
    view->items = grown;
    grown += view->count++ * NF_VIEW_ITEM;
    put_id(grown, id);
    memcpy(grown + 8, h, NF_VIEW_HASH);
    return true;
}

int64_t nf_view_id(const nf_view *view, size_t index)
{
    return get_id(view->items + index * NF_VIEW_ITEM);
}

const uint8_t *nf_view_hash(const nf_view *view, size_t index)
{
    return view->items + index * NF_VIEW_ITEM + 8;
}

/* ---- the table ----------------------------------------------------------- */

static nf_status run(nf_server *server, nf_statement *statement, nf_error *err)
{
    bool row;
    nf_status status = nf_database_step(server->database, statement, &row, err);

    nf_database_done(server->database, statement);
    return status;
}

nf_status nf_view_load(nf_view *out, bool *found, nf_server *server,
                       int64_t device, const nf_entity *entity,
                       const nf_sync_id *token, nf_error *err)
{
    nf_database *db = server->database;
    nf_statement *statement = nf_database_statement(
        db,
        "SELECT items FROM _mx_view WHERE device = ? AND entity = ? AND token "
        "= ?",
        err);
    nf_status status;
    size_t size;

    *out = (nf_view){0};
    *found = false;
    if (!statement)
        return NF_FAILED;
    nf_bind_int(statement, 1, device);
    nf_bind_int(statement, 2, nf_database_entity_number(db, entity));
    nf_bind_bytes(statement, 3, token->bytes, 16);
    status = nf_database_step(db, statement, found, err);
    if (status == NF_OK && *found) {
        size = nf_column_size(statement, 0);
        out->count = out->capacity = size / NF_VIEW_ITEM;
        out->items = nf_alloc_array(out->count + 1, NF_VIEW_ITEM);
        if (!out->items)
            status = nf_error_nomem(err);
        else if (out->count)
            memcpy(out->items, nf_column_bytes(statement, 0),
                   out->count * NF_VIEW_ITEM);
    }
    nf_database_done(db, statement);
    return status;
}

nf_status nf_view_offer(nf_server *server, int64_t device,
                        const nf_sync_id *sync, const nf_entity *entity,
                        const nf_sync_id *token, const nf_view *view,
                        nf_error *err)
{
    nf_database *db = server->database;
    nf_statement *statement = nf_database_statement(
        db,
        "INSERT INTO _mx_view(device, entity, token, sync_id, items) VALUES(?, "
        "?, ?, ?, ?)",
        err);

    if (!statement)
        return NF_FAILED;
    nf_bind_int(statement, 1, device);
    nf_bind_int(statement, 2, nf_database_entity_number(db, entity));
    nf_bind_bytes(statement, 3, token->bytes, 16);
    nf_bind_bytes(statement, 4, sync->bytes, 16);
    nf_bind_bytes(statement, 5, view->count ? view->items : (void *)"",
                        view->count * NF_VIEW_ITEM);
    return run(server, statement, err);
}

nf_status nf_views_settle(nf_server *server, int64_t device,
                          const nf_sync_id *sync, bool stored, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        server->database,
        stored ? "DELETE FROM _mx_view WHERE device = ?1 AND sync_id <> ?2 AND "
                 "entity IN (SELECT entity FROM _mx_view WHERE device = ?1 AND "
                 "sync_id = ?2)"
               : "DELETE FROM _mx_view WHERE device = ?1 AND sync_id = ?2",
        err);

    if (!statement)
        return NF_FAILED;
    nf_bind_int(statement, 1, device);
    nf_bind_bytes(statement, 2, sync->bytes, 16);
    return run(server, statement, err);
}

static nf_status forget(nf_server *server, int64_t device, int64_t entity,
                        const nf_sync_id *token, nf_error *err)
{
    nf_statement *statement = nf_database_statement(
        server->database,
        "DELETE FROM _mx_view WHERE device = ? AND entity = ? AND token = ?",
        err);

    if (!statement)
        return NF_FAILED;
    nf_bind_int(statement, 1, device);
    nf_bind_int(statement, 2, entity);
    nf_bind_bytes(statement, 3, token->bytes, 16);
    return run(server, statement, err);
}

/* One view of the device that it does not name; *found false: none. */
static nf_status next_unnamed(nf_server *server, int64_t device,
                              const bson_t *views, bool *found, int64_t *number,
                              nf_sync_id *token, nf_error *err)
{
    nf_database *db = server->database;
    nf_statement *statement = nf_database_statement(
        db, "SELECT entity, token FROM _mx_view WHERE device = ?", err);
    bool row = true;
    nf_status status;

    *found = false;
    if (!statement)
        return NF_FAILED;
    nf_bind_int(statement, 1, device);
    while (!*found &&
           (status = nf_database_step(db, statement, &row, err)) == NF_OK &&
           row) {
        const nf_entity *entity;
        nf_sync_id named;
        const uint8_t *ids;
        size_t count;

        *number = nf_column_int(statement, 0);
        memset(token, 0, sizeof *token);
        if (nf_column_size(statement, 1) == 16)
            memcpy(token->bytes, nf_column_bytes(statement, 1), 16);
        entity = nf_database_entity(db, *number);
        *found =
            !entity || !views ||
            !nf_views_find(views, entity->qualified, &named, &ids, &count) ||
            memcmp(&named, token, sizeof named) != 0;
    }
    nf_database_done(db, statement);
    return *found ? NF_OK : status;
}

nf_status nf_views_keep(nf_server *server, int64_t device, const bson_t *views,
                        nf_error *err)
{
    nf_status status;
    int64_t entity;
    nf_sync_id token;
    bool found;

    do {
        status =
            next_unnamed(server, device, views, &found, &entity, &token, err);
        if (status == NF_OK && found)
            status = forget(server, device, entity, &token, err);
    } while (status == NF_OK && found);
    return status;
}

bool nf_views_find(const bson_t *views, const char *entity, nf_sync_id *token,
                   const uint8_t **ids, size_t *count)
{
    bson_t view;
    bson_iter_t iter;
    uint32_t length = 0;
    bson_subtype_t subtype;

    *ids = NULL;
    *count = 0;
    if (!views || !nf_document_part(views, entity, &view) ||
        !nf_document_binary(&view, "token", token->bytes, 16))
        return false;
    if (!bson_iter_init_find(&iter, &view, "ids"))
        return true;
    if (!BSON_ITER_HOLDS_BINARY(&iter))
        return false;
    bson_iter_binary(&iter, &subtype, &length, ids);
    *count = length / sizeof(int64_t);
    return length % sizeof(int64_t) == 0;
}
