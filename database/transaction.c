/* Transactions and savepoints: they nest, begin as late as they can, and end
 * once each. */
#include "database/schema.h"

#include <stdio.h>

/* What is said of a savepoint, by its depth. The same few are said again and
 * again, and statements are found by where their text is. */
enum { SAVEPOINTS = 4 };
static const char *const savepoints[3][SAVEPOINTS] = {
    {"SAVEPOINT nf1", "SAVEPOINT nf2", "SAVEPOINT nf3", "SAVEPOINT nf4"},
    {"ROLLBACK TO nf1", "ROLLBACK TO nf2", "ROLLBACK TO nf3",
     "ROLLBACK TO nf4"},
    {"RELEASE nf1", "RELEASE nf2", "RELEASE nf3", "RELEASE nf4"},
};
typedef enum saying { MAKE, UNDO, RELEASE } saying;

enum { SAYING_MAX = 40 };
static const char *text_of(char room[SAYING_MAX], saying what, int depth)
{
    static const char *const verbs[] = {"SAVEPOINT", "ROLLBACK TO", "RELEASE"};

    if (depth >= 1 && depth <= SAVEPOINTS)
        return savepoints[what][depth - 1];
    snprintf(room, SAYING_MAX, "%s nf%d", verbs[what], depth);
    return room;
}

static nf_status say(nf_database *database, saying what, int depth,
                     nf_error *err)
{
    char room[SAYING_MAX];

    return database->driver->control(database, text_of(room, what, depth), err);
}

nf_status nf_database_make_savepoints(nf_database *database, nf_error *err)
{
    nf_status status = NF_OK;

    if (database->alone)
        return NF_OK;
    for (; status == NF_OK && database->unmade > 0; database->unmade--)
        status = say(database, MAKE, database->depth - database->unmade, err);
    return status;
}

void nf_database_write_alone(nf_database *database, bool alone)
{
    database->alone = alone;
}

static nf_status begin(nf_database *database, bool alone, nf_error *err)
{
    nf_status status = NF_OK;

    if (database->depth == 0) {
        database->broken = false;
        database->transactions++;
        database->locked = alone;
        database->foreseen = false;
        status = database->driver->begin(database, alone, err);
    } else if (nf_database_begins_late(database)) {
        database->unmade++;
    } else {
        status = say(database, MAKE, database->depth, err);
    }
    if (!status)
        database->depth++;
    return status;
}

nf_status nf_database_begin(nf_database *database, nf_error *err)
{
    return begin(database, true, err);
}

nf_status nf_database_begin_beside(nf_database *database, nf_error *err)
{
    return begin(database, false, err);
}

static void undo_all(nf_database *database)
{
    database->undone++;
    database->driver->undo(database);
}

/* What is committed is committed, whatever the plan says after. */
static nf_status commit(nf_database *database, nf_error *err)
{
    bool server = database->side == NF_DATABASE_SERVER;
    nf_status status = nf_fault_reach(
        database->faults,
        server ? "before-server-commit" : "before-device-commit", err);

    if (!status)
        status = database->driver->commit(database, err);
    if (!status)
        (void)nf_fault_reach(
            database->faults,
            server ? "after-server-commit" : "after-device-commit", NULL);
    return status;
}

/* What a pipeline that failed was begun in, and its savepoint, are still there.
 */
static bool recovers(nf_database *database)
{
    char room[SAYING_MAX];

    return database->depth < database->sure && database->driver->recover &&
           database->driver->recover(database,
                                     text_of(room, UNDO, database->depth));
}

/* Ends a savepoint. */
static nf_status end_inner(nf_database *database, bool keep, nf_error *err)
{
    bool undone = !keep && database->broken && recovers(database);
    nf_status status = NF_OK;

    if (undone)
        database->broken = false;
    if (database->broken)
        return keep ? nf_error_set(err, NF_FAILED, "db_error",
                                   "the transaction was undone after an error")
                    : NF_OK;
    if (!keep) {
        database->undone++;
        if (!undone)
            status = say(database, UNDO, database->depth, err);
    }
    if (!status)
        status = say(database, RELEASE, database->depth, err);
    if (status)
        database->broken = true;
    return status;
}

nf_status nf_database_end(nf_database *database, bool keep, nf_error *err)
{
    nf_status status = NF_OK;

    if (database->depth == 0)
        return NF_OK;
    database->depth--;
    if (!database->driver->in_transaction(database))
        database->broken = true; /* the database has undone everything itself */
    if (database->unmade > 0 && database->depth > 0) {
        database->unmade--; /* nothing was written in it */
        if (!database->broken)
            return NF_OK;
    }
    if (database->depth == 0) {
        database->unmade = 0;
        if (keep && !database->broken) {
            status = commit(database, err);
            if (status)
                undo_all(database);
            return status;
        }
        undo_all(database);
        return keep ? nf_error_set(err, NF_FAILED, "db_error",
                                   "the transaction was undone after an error")
                    : NF_OK;
    }
    status = end_inner(database, keep, err);
    if (database->sure > database->depth)
        database->sure = database->depth;
    return status;
}

nf_status nf_database_conclude(nf_database *database, nf_status status,
                               nf_error *err)
{
    nf_status ended = nf_database_end(database, status == NF_OK, err);

    return status ? status : ended;
}

/* ---- how they are written ------------------------------------------------ */

bool nf_database_begins_late(const nf_database *database)
{
    return database->driver->lazy_savepoints || database->piped;
}

int nf_database_depth(const nf_database *database)
{
    return database->depth;
}

nf_status nf_database_freeze(nf_database *database, nf_error *err)
{
    nf_status status;

    if (database->depth)
        return NF_OK;
    status = database->driver->begin_reading(database, err);
    if (status) /* it may have begun and not read */
        database->driver->undo(database);
    return status;
}

void nf_database_thaw(nf_database *database)
{
    if (!database->depth)
        database->driver->undo(database);
}

void nf_database_pipeline(nf_database *database, bool begin)
{
    /* Begins within it may still be without their savepoints. */
    if (!begin && database->piped && database->unmade > 0)
        (void)nf_database_make_savepoints(database, NULL);
    /* Those around it are made before, so that they outlive what fails. */
    if (begin && !database->piped && database->driver->pipeline) {
        (void)nf_database_make_savepoints(database, NULL);
        database->sure = database->depth - database->unmade;
    }
    nf_whose_dispose(database);
    database->piped = database->driver->pipeline &&
                      database->driver->pipeline(database, begin);
}

bool nf_database_foresee(nf_database *database, bool begin)
{
    if (database->piped && !database->foresees) /* in a pipeline */
        return database->driver->foresee(database, begin);
    if (!database->driver->foresee || database->depth == 0 || !database->locked)
        return false;
    database->piped = database->driver->foresee(database, begin) && begin;
    database->foresees = database->piped;
    database->foreseen = database->foreseen || database->piped;
    return database->piped;
}

void nf_database_wrote(nf_database *database, int64_t id)
{
    if (!database->piped && !database->foreseen)
        return;
    database->driver->wrote(database, id);
    nf_whose_forget(database, id);
}

nf_status nf_database_settled(nf_database *database, nf_error *err)
{
    return database->driver->settled ? database->driver->settled(database, err)
                                     : NF_OK;
}

bool nf_database_pipes(const nf_database *database)
{
    return database->driver->pipeline && !database->piped;
}

bool nf_database_is_piped(const nf_database *database)
{
    return database->piped;
}

void nf_database_stream(nf_database *database, bool begin)
{
    if (begin ? database->streams++ == 0 : --database->streams == 0)
        database->driver->stream(database, begin);
}

nf_status nf_database_many_savepoints(nf_database *database, bool begin,
                                      nf_error *err)
{
    return database->driver->many_savepoints(database, begin, err);
}

nf_status nf_database_set_durable(nf_database *database, bool durable,
                                  nf_error *err)
{
    nf_status status;

    if (database->depth || database->durable == durable)
        return NF_OK;
    status = database->driver->set_durable(database, durable, err);
    if (!status)
        database->durable = durable;
    return status;
}
