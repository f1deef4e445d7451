/* Rows and rights as they are before a unit (synchronize S40, S41, domain
 * D95), and what the server knows about ids that are gone. */
#include "server/unit.h"

#include <stdlib.h>

enum { DECIDED_ROWS = 32 }; /* in one statement */

/* ---- knowledge about ids --------------------------------------------------
 */

nf_status nf_server_was_deleted(nf_server *server, int64_t id, bool *out,
                                nf_error *err)
{
    int64_t number;
    return nf_sql_number(server, &number, out, err,
                         "SELECT 1 FROM _mx_tombstone WHERE object = ?", "i",
                         id);
}

nf_status nf_server_add_tombstone(nf_server *server, const nf_entity *entity,
                                  int64_t id, nf_error *err)
{
    return nf_sql_run(server, err,
                      "INSERT OR REPLACE INTO _mx_tombstone VALUES(?,?,?)",
                      "iti", id, entity->qualified, nf_server_now(server));
}

/* A change that was decided before (S24). A rejected one is rejected again,
 * without another record of it (S162). */
static nf_status find_decided(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    sqlite3_stmt *row;
    const char *code;
    bool found;
    nf_status status =
        nf_sql_query(unit->server, &row, &found, err,
                     "SELECT code FROM _mx_applied_change WHERE mid = ?", "b",
                     (const void *)entry->mid.bytes, sizeof entry->mid.bytes);

    if (status != NF_OK || !found)
        return status;
    code = (const char *)sqlite3_column_text(row, 0);
    entry->repeated = true;
    if (!code) {
        nf_entry_accept(entry, NF_OUTCOME_DUPLICATE);
    } else {
        entry->decided = false; /* whatever reading it found */
        nf_entry_reject(unit, entry, nf_unit_text(unit, code),
                        "the change was refused before");
    }
    nf_database_done(unit->server->database, row);
    return NF_OK;
}

/* Ids of changes are random: in their order neighbours share pages. Of two
 * with one id the accepted one counts. */
static int by_mid(const void *a, const void *b)
{
    const nf_entry *x = *(const nf_entry *const *)a;
    const nf_entry *y = *(const nf_entry *const *)b;
    int order = memcmp(&x->mid, &y->mid, sizeof x->mid);

    if (order == 0)
        order = (x->state == NF_OUTCOME_REJECTED) -
                (y->state == NF_OUTCOME_REJECTED);
    return order ? order : (x > y) - (x < y);
}

static bool is_noted(const nf_entry *entry)
{
    return !entry->repeated && (entry->kind != NF_WIRE_REFRESH ||
                                entry->state == NF_OUTCOME_REJECTED);
}

static void bind_decided(sqlite3_stmt *statement, int at, const nf_unit *unit,
                         const nf_entry *entry)
{
    sqlite3_bind_blob(statement, at + 1, entry->mid.bytes,
                      sizeof entry->mid.bytes, SQLITE_STATIC);
    sqlite3_bind_int64(statement, at + 2, entry->id);
    sqlite3_bind_int64(statement, at + 3, unit->session->device);
    sqlite3_bind_int64(statement, at + 4, unit->sequence);
    if (entry->state == NF_OUTCOME_REJECTED)
        sqlite3_bind_text(statement, at + 5, entry->code, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(statement, at + 5);
}

/* Several rows in one statement. */
static nf_status insert_decided(nf_unit *unit, const nf_entry *const *entries,
                                size_t count, nf_error *err)
{
    nf_database *db = unit->server->database;
    sqlite3_stmt *statement = NULL;
    nf_status status = NF_OK;
    bool row;
    nf_buffer sql;

    nf_buffer_init(&sql, NF_BUFFER_MAX);
    nf_buffer_text(&sql, "INSERT OR IGNORE INTO _mx_applied_change VALUES");
    for (size_t i = 0; i < count; i++)
        nf_buffer_text(&sql, i ? ",(?,?,?,?,?)" : "(?,?,?,?,?)");
    if (!nf_buffer_string(&sql))
        status = nf_error_nomem(err);
    if (status == NF_OK) {
        statement = nf_database_statement(db, nf_buffer_string(&sql), err);
        if (!statement)
            status = err && err->status ? err->status : NF_FAILED;
    }
    for (size_t i = 0; status == NF_OK && i < count; i++)
        bind_decided(statement, (int)i * 5, unit, entries[i]);
    if (status == NF_OK)
        status = nf_database_step(db, statement, &row, err);
    nf_database_done(db, statement);
    nf_buffer_dispose(&sql);
    return status;
}

nf_status nf_unit_note_decided(nf_unit *unit, nf_error *err)
{
    const nf_entry **entries = nf_alloc_array(unit->count + 1, sizeof *entries);
    nf_status status = NF_OK;
    size_t count = 0;

    if (!entries)
        return nf_error_nomem(err);
    for (size_t i = 0; i < unit->count; i++) {
        if (is_noted(&unit->entries[i]))
            entries[count++] = &unit->entries[i];
    }
    qsort(entries, count, sizeof *entries, by_mid);
    for (size_t i = 0, part; status == NF_OK && i < count; i += part) {
        part = count - i < DECIDED_ROWS ? 1 : DECIDED_ROWS;
        status = insert_decided(unit, entries + i, part, err);
    }
    nf_free(entries);
    return status;
}

nf_status nf_unit_note_created(nf_unit *unit, const nf_entry *entry,
                               nf_error *err)
{
    return nf_sql_run(
        unit->server, err, "INSERT OR IGNORE INTO _mx_created_id VALUES(?,?,?)",
        "iti", entry->id, entry->entity->qualified, unit->session->device);
}

/* ---- one object with its rights -------------------------------------------
 */

typedef struct load_state {
    nf_record *row;
    const nf_access *access;
    nf_object_rights *rights;
} load_state;

static nf_status take_row(void *user, nf_record *record, nf_error *err)
{
    load_state *load = user;
    nf_status status =
        nf_access_rights(load->rights, load->access, record->tests, false, err);
    if (status != NF_OK)
        return status;
    *load->row = *record;
    record->members = NULL;
    return NF_OK;
}

nf_status nf_server_load(nf_server *server, nf_server_session *session,
                         const nf_entity *entity, int64_t id, nf_record *row,
                         nf_object_rights *rights, nf_error *err)
{
    const nf_entity *actual = NULL;
    load_state load = {.row = row, .rights = rights};
    nf_selection selection = {.exact = true, .id = id};
    nf_status status =
        nf_database_entity_of(server->database, id, &actual, err);

    *row = (nf_record){0};
    *rights = (nf_object_rights){0};
    if (status != NF_OK || !actual || (entity && !nf_entity_is(actual, entity)))
        return status;
    load.access = nf_access_of(server, session, actual, err);
    if (!load.access)
        return NF_FAILED;
    selection.retrieval = (nf_retrieval){
        .entity = actual, .environment = &session->environment, .limit = -1};
    selection.tests = load.access->tests;
    selection.test_count = load.access->test_count;
    return nf_record_query(server->database, &selection, take_row, &load, err);
}

/* ---- rights of a unit -----------------------------------------------------
 */

static const nf_object_rights *rights_of(nf_unit *unit, const nf_access *access,
                                         uint64_t tests, bool fresh,
                                         nf_error *err)
{
    nf_unit_class *grown, *class;

    for (size_t i = 0; i < unit->class_count; i++) {
        size_t at = (unit->last_class + i) % unit->class_count;
        class = &unit->classes[at];
        if (class->entity == access->entity && class->tests == tests &&
            class->fresh == fresh) {
            unit->last_class = at;
            return class->rights;
        }
    }
    grown = nf_grow(unit->classes, unit->class_count, &unit->class_capacity,
                    sizeof *grown);
    if (!grown) {
        nf_error_nomem(err);
        return NULL;
    }
    unit->classes = grown;
    class = &grown[unit->class_count];
    *class = (nf_unit_class){.entity = access->entity,
                             .tests = tests,
                             .fresh = fresh,
                             .rights = nf_alloc(sizeof *class->rights)};
    if (!class->rights) {
        nf_error_nomem(err);
        return NULL;
    }
    unit->last_class = unit->class_count++;
    return nf_access_rights(class->rights, access, tests, fresh, err) == NF_OK
               ? class->rights
               : NULL;
}

/* Looks objects of one entity up by id, with the answers that rights need. */
typedef struct loader {
    nf_unit *unit;
    const nf_access *access; /* NULL: none open */
    nf_rows *rows;
} loader;

static void loader_close(loader *l)
{
    nf_rows_close(l->rows);
    l->rows = NULL;
    l->access = NULL;
}

static nf_status loader_open(loader *l, const nf_entity *entity, int64_t id,
                             nf_error *err)
{
    nf_unit *unit = l->unit;
    nf_selection selection = {.exact = true, .id = id, .ids_only = true};

    if (l->access && l->access->entity == entity) {
        nf_rows_seek(l->rows, id);
        return NF_OK;
    }
    loader_close(l);
    l->access = nf_access_of(unit->server, unit->session, entity, err);
    if (!l->access)
        return NF_FAILED;
    selection.retrieval =
        (nf_retrieval){.entity = entity,
                       .environment = &unit->session->environment,
                       .limit = -1};
    selection.tests = l->access->tests;
    selection.test_count = l->access->test_count;
    return nf_rows_open(&l->rows, unit->server->database, &selection, err);
}

/* The row of `entity` with the entry's id, if there is one. */
static nf_status find_row(loader *l, nf_entry *entry, const nf_entity *entity,
                          nf_error *err)
{
    bool more = false;
    nf_row row;
    nf_status status = loader_open(l, entity, entry->id, err);

    if (status == NF_OK)
        status = nf_rows_next(l->rows, &row, &more, err);
    if (status != NF_OK || !more)
        return status;
    entry->actual = row.entity;
    entry->version = row.version;
    entry->rights = rights_of(l->unit, l->access, row.tests, false, err);
    return entry->rights ? NF_OK : NF_FAILED;
}

/* The object with the entry's id, of whatever entity it is. */
static nf_status find_object(loader *l, nf_entry *entry, nf_error *err)
{
    const nf_entity *actual = NULL;
    nf_status status = find_row(l, entry, entry->entity, err);

    if (status == NF_OK && !entry->actual)
        status = nf_database_entity_of(l->unit->server->database, entry->id,
                                       &actual, err);
    if (status == NF_OK && actual && actual != entry->entity)
        status = find_row(l, entry, actual, err);
    return status;
}

/* ---- entries --------------------------------------------------------------
 */

static nf_status load_new(loader *l, nf_entry *entry, nf_error *err)
{
    nf_unit *unit = l->unit;
    int64_t device = 0;
    bool created = false;
    const nf_access *access;
    nf_status status = nf_sql_number(
        unit->server, &device, &created, err,
        "SELECT device FROM _mx_created_id WHERE object = ?", "i", entry->id);

    if (status == NF_OK)
        status = find_object(l, entry, err);
    if (status != NF_OK)
        return status;
    /* Device 0: made by one that was forgotten since. */
    if (created && (device == unit->session->device || device == 0)) {
        if (!entry->actual) { /* created before, deleted since (S40) */
            nf_entry_reject(unit, entry, "OBJ_GONE",
                            "the object no longer exists");
            return NF_OK;
        }
        /* D115: another change of an object that this device made. */
        entry->kind = NF_WIRE_CHANGE;
        entry->was_new = true;
        return NF_OK;
    }
    if (entry->actual || created) { /* W22 */
        nf_entry_reject(unit, entry, "OBJ_VALUE", "the id is in use");
        return NF_OK;
    }
    access = nf_access_of(unit->server, unit->session, entry->entity, err);
    if (!access)
        return NF_FAILED;
    if (!access->create)
        nf_entry_reject(unit, entry, "OBJ_CREATE_DENIED",
                        "the user may not create '%s'",
                        entry->entity->qualified);
    entry->rights = rights_of(unit, access, 0, true, err);
    return entry->rights ? NF_OK : NF_FAILED;
}

static nf_status check_mode(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_offline_config config;
    bool included;
    nf_status status =
        nf_server_offline(unit->server, unit->session->profile, entry->entity,
                          &included, &config, err);
    /* S55: of the modes only Online refuses. */
    if (status == NF_OK && config.mode == NF_SYNC_ONLINE &&
        !config.compatibility)
        nf_entry_reject(unit, entry, "OBJ_ONLINE", "'%s' is an online entity",
                        entry->entity->qualified);
    /* A158: entities that no profile may synchronize, such as sessions. */
    else if (status == NF_OK && !included && entry->entity->module->system)
        nf_entry_reject(unit, entry, "OBJ_UNKNOWN_ENTITY",
                        "the entity '%s' cannot be synchronized",
                        entry->entity->qualified);
    return status;
}

static nf_status load_change(loader *l, nf_entry *entry, nf_error *err)
{
    nf_status status = find_object(l, entry, err);

    if (status != NF_OK || entry->kind == NF_WIRE_DELETE)
        return status;
    /* Both look the same to the device (S165). */
    if (!entry->actual)
        nf_entry_reject(l->unit, entry, "OBJ_GONE",
                        "the object no longer exists");
    else if (!entry->rights->visible)
        nf_entry_reject(l->unit, entry, "OBJ_NO_ACCESS",
                        "the user may not read the object");
    return NF_OK;
}

static nf_status load_entry(loader *l, nf_entry *entry, nf_error *err)
{
    nf_status status;

    if (entry->kind == NF_WIRE_REFRESH) {
        entry->decided = true;
        return NF_OK;
    }
    status = find_decided(l->unit, entry, err);
    if (status != NF_OK || entry->decided)
        return status;
    status = check_mode(l->unit, entry, err);
    if (status != NF_OK || entry->decided)
        return status;
    return entry->kind == NF_WIRE_NEW ? load_new(l, entry, err)
                                      : load_change(l, entry, err);
}

nf_status nf_unit_load(nf_unit *unit, nf_error *err)
{
    loader l = {.unit = unit};
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < unit->count; i++)
        status = load_entry(&l, &unit->entries[i], err);
    loader_close(&l);
    return status;
}
