/* Rows and rights as they are before a unit (synchronize S40, S41, domain
 * D95), and what the server knows about ids that are gone. */
#include "server/unit.h"

/* ---- knowledge about ids --------------------------------------------------
 */

nf_status nf_server_was_deleted(nf_server *server, int64_t id, bool *out,
                                nf_error *err)
{
    int64_t number;
    return nf_database_query_number(
        server->database, &number, out, err,
        "SELECT 1 FROM _mx_tombstone WHERE object = ?", "i", id);
}

nf_status nf_server_add_tombstone(nf_server *server, const nf_entity *entity,
                                  int64_t id, nf_error *err)
{
    return nf_database_write(server->database, err,
                             "INSERT INTO _mx_tombstone VALUES(?,?,?) ON "
                             "CONFLICT(object) DO UPDATE SET entity = "
                             "excluded.entity, deleted = excluded.deleted",
                             "iti", id, entity->qualified,
                             nf_server_now(server));
}

nf_status nf_unit_note_created(nf_unit *unit, const nf_entry *entry,
                               nf_error *err)
{
    return nf_database_write(
        unit->server->database, err,
        "INSERT INTO _mx_created_id VALUES(?,?,?) ON CONFLICT DO NOTHING",
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

/* ---- rows of a unit --------------------------------------------------------
 */

static void close_table(nf_unit_table *table)
{
    nf_rows_close(table->rights);
    nf_rows_close(table->rows);
    *table = (nf_unit_table){0};
}

void nf_unit_close_tables(nf_unit *unit)
{
    for (size_t i = 0; i < NF_UNIT_TABLES; i++)
        close_table(&unit->tables[i]);
}

/* The open table of an entity. Uploads come in local order, in which a few
 * entities alternate; the one that was opened first makes room. */
static nf_status table_of(nf_unit *unit, const nf_entity *entity,
                          nf_unit_table **out, nf_error *err)
{
    const nf_access *access;

    for (size_t i = 0; i < NF_UNIT_TABLES; i++) {
        *out = &unit->tables[(unit->last_table + i) % NF_UNIT_TABLES];
        if ((*out)->entity == entity) {
            unit->last_table = (size_t)(*out - unit->tables);
            return NF_OK;
        }
    }
    access = nf_access_of(unit->server, unit->session, entity, err);
    if (!access)
        return NF_FAILED;
    unit->last_table = unit->next_table;
    unit->next_table = (unit->next_table + 1) % NF_UNIT_TABLES;
    *out = &unit->tables[unit->last_table];
    close_table(*out);
    **out = (nf_unit_table){.entity = entity, .access = access};
    return NF_OK;
}

/* Moves rows of a table to an id. With `tests` without members, but with the
 * answers that rights need. */
static nf_status seek(nf_unit *unit, const nf_unit_table *table, nf_rows **rows,
                      bool tests, int64_t id, nf_error *err)
{
    /* Uploads mostly come in the order of ids; the rows that rights need are
     * looked at seldom. */
    nf_selection selection = {
        .exact = true, .id = id, .ids_only = tests, .onward = !tests};

    if (*rows) {
        nf_rows_seek(*rows, id);
        return NF_OK;
    }
    selection.retrieval =
        (nf_retrieval){.entity = table->entity,
                       .environment = &unit->session->environment,
                       .limit = -1};
    selection.tests = table->access->tests;
    selection.test_count = tests ? table->access->test_count : 0;
    return nf_rows_open(rows, unit->server->database, &selection, err);
}

static nf_status take_rights(nf_unit *unit, nf_entry *entry,
                             const nf_access *access, const nf_row *row,
                             nf_error *err)
{
    entry->actual = row->entity;
    entry->version = row->version;
    entry->rights = rights_of(unit, access, row->tests, false, err);
    return entry->rights ? NF_OK : NF_FAILED;
}

/* The row of `entity` with the entry's id, if there is one. */
static nf_status find_row(nf_unit *unit, nf_entry *entry,
                          const nf_entity *entity, nf_error *err)
{
    nf_unit_table *table;
    bool more = false;
    nf_row row;
    nf_status status = table_of(unit, entity, &table, err);

    if (status == NF_OK)
        status = seek(unit, table, &table->rights, true, entry->id, err);
    if (status != NF_OK)
        return status;
    status = nf_rows_next(table->rights, &row, &more, err);
    nf_rows_rest(table->rights);
    return status == NF_OK && more
               ? take_rights(unit, entry, table->access, &row, err)
               : status;
}

/* The object with the entry's id, of whatever entity it is. */
static nf_status find_object(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    const nf_entity *actual = NULL;
    nf_status status = find_row(unit, entry, entry->entity, err);

    if (status == NF_OK && !entry->actual)
        status = nf_database_search_entity(unit->server->database, entry->id,
                                           &actual, err);
    if (status == NF_OK && actual && actual != entry->entity)
        status = find_row(unit, entry, actual, err);
    return status;
}

/* ---- entries --------------------------------------------------------------
 */

static const char created_by[] =
    "SELECT device FROM _mx_created_id WHERE object = ?";

static nf_status load_new(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    int64_t device = 0;
    bool created = false;
    const nf_access *access;
    nf_status status =
        nf_database_query_number(unit->server->database, &device, &created, err,
                                 created_by, "i", entry->id);

    if (status == NF_OK)
        status = find_object(unit, entry, err);
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

/* Both look the same to the device (S165). */
static void check_found(nf_unit *unit, nf_entry *entry)
{
    if (!entry->actual)
        nf_entry_reject(unit, entry, "OBJ_GONE", "the object no longer exists");
    else if (!entry->rights->visible)
        nf_entry_reject(unit, entry, "OBJ_NO_ACCESS",
                        "the user may not read the object");
}

static nf_status load_change(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_status status = find_object(unit, entry, err);

    if (status == NF_OK && entry->kind != NF_WIRE_DELETE)
        check_found(unit, entry);
    return status;
}

/* Rights that no constraint decides are the same before and after any other
 * object is written, and nothing but a deletion, which comes later, takes an
 * object away: it is enough to look when its turn comes. */
static nf_status put_off(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_unit_table *table;
    nf_status status = table_of(unit, entry->entity, &table, err);

    if (status == NF_OK)
        entry->unseen = table->access->test_count == 0;
    return status;
}

static nf_status load_entry(nf_unit *unit, nf_entry *entry, nf_error *err)
{
    nf_status status;

    if (entry->kind == NF_WIRE_REFRESH)
        entry->decided = true;
    if (entry->decided)
        return NF_OK;
    status = check_mode(unit, entry, err);
    if (status != NF_OK || entry->decided)
        return status;
    if (entry->kind == NF_WIRE_NEW)
        return load_new(unit, entry, err);
    if (entry->kind == NF_WIRE_CHANGE)
        status = put_off(unit, entry, err);
    return status != NF_OK || entry->unseen ? status
                                            : load_change(unit, entry, err);
}

static nf_status expect_row(nf_unit *unit, const nf_entry *entry, bool rights,
                            nf_error *err)
{
    nf_unit_table *table;
    nf_rows **rows;
    nf_status status = table_of(unit, entry->entity, &table, err);

    if (status != NF_OK)
        return status;
    rows = rights ? &table->rights : &table->rows;
    status = seek(unit, table, rows, rights, entry->id, err);
    return status == NF_OK ? nf_rows_expect(*rows, entry->id, err) : status;
}

/* What load_entry will ask for, of the entries of a stretch. */
static nf_status expect_entries(nf_unit *unit, size_t from, size_t to,
                                nf_error *err)
{
    nf_server *server = unit->server;
    int64_t ids[NF_UNIT_STRETCH];
    size_t count = 0;
    nf_status status = NF_OK;

    nf_database_pipeline(server->database, true);
    for (size_t i = from; status == NF_OK && i < to; i++) {
        const nf_entry *entry = &unit->entries[i];
        bool new = entry->kind == NF_WIRE_NEW;

        if (entry->decided || (!new && entry->kind != NF_WIRE_DELETE))
            continue;
        if (new)
            status = nf_database_expect_query(server->database, err, created_by,
                                              "i", entry->id);
        if (status == NF_OK)
            status = expect_row(unit, entry, true, err);
        if (new)
            ids[count++] = entry->id;
    }
    return status == NF_OK
               ? nf_database_expect_entities(server->database, ids, count, err)
               : status;
}

nf_status nf_unit_expect_unseen(nf_unit *unit, size_t from, size_t to,
                                nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = from; status == NF_OK && i < to; i++) {
        const nf_entry *entry = &unit->entries[i];

        if (!entry->decided && !entry->marked &&
            entry->kind == NF_WIRE_CHANGE && entry->unseen)
            status = expect_row(unit, entry, false, err);
    }
    return status;
}

nf_status nf_unit_load(nf_unit *unit, nf_error *err)
{
    bool piped = nf_database_is_piped(unit->server->database);
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        size_t to = i + NF_UNIT_STRETCH;

        if (piped && i % NF_UNIT_STRETCH == 0)
            status = expect_entries(unit, i,
                                    to < unit->count ? to : unit->count, err);
        if (status == NF_OK)
            status = load_entry(unit, &unit->entries[i], err);
    }
    return status;
}

nf_status nf_unit_row(nf_unit *unit, nf_entry *entry, nf_rows **out,
                      nf_error *err)
{
    bool unseen = entry->unseen, more = false;
    nf_unit_table *table;
    nf_row row;
    nf_status status = table_of(unit, entry->entity, &table, err);

    *out = NULL;
    entry->unseen = false;
    if (status == NF_OK)
        status = seek(unit, table, &table->rows, false, entry->id, err);
    if (status == NF_OK)
        status = nf_rows_next(table->rows, &row, &more, err);
    if (status == NF_OK && more)
        *out = table->rows;
    if (status == NF_OK && more && unseen)
        status = take_rights(unit, entry, table->access, &row, err);
    if (status != NF_OK || !unseen)
        return status;
    if (!more)
        return load_change(unit, entry, err);
    check_found(unit, entry);
    return NF_OK;
}
