/* Pipelines: within a transaction statements that write are sent one after the
 * other, and what became of them is received when somebody has to know, or when
 * many are on their way. Answers that will be needed are asked for ahead in the
 * same way (postgres_ahead.c). What fails makes the transaction useless
 * (`late`), since what was sent behind it was not done either. */
#include "database/postgres.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    ON_THEIR_WAY = 512, /* sent and not received, at most */
};

#ifdef LIBPQ_HAS_PIPELINING

/* ---- receiving ----------------------------------------------------------- */

void nf_postgres_drop(nf_postgres_sent *sent)
{
    nf_libpq()->PQclear(sent->result);
    nf_free(sent->key);
    sent->result = NULL;
    sent->key = NULL;
    sent->asks = false;
}

/* Only what a failed statement says first is worth telling: the rest says that
 * it was not done. */
static void fail(nf_database *database, const PGresult *result)
{
    struct nf_postgres *p = database->postgres;

    if (!p->late)
        (void)nf_postgres_failed(database, result, "write the database", NULL);
    p->late = true;
    database->broken = true;
}

static void receive_one(nf_database *database, nf_postgres_sent *sent)
{
    struct nf_postgres *p = database->postgres;
    const nf_libpq_functions *pq = nf_libpq();
    PGresult *result, *rest;

    nf_postgres_wait(database);
    result = pq->PQgetResult(p->connection);
    if (!nf_postgres_is_good(result))
        fail(database, result);
    else if (sent->writes)
        p->changes = strtoll(pq->PQcmdTuples(result), NULL, 10);
    for (rest = result; rest;) { /* to the end of what it answers */
        rest = pq->PQgetResult(p->connection);
        pq->PQclear(rest);
    }
    sent->result = result;
    if (!sent->asks)
        nf_postgres_drop(sent);
    else
        p->kept += pq->PQresultMemorySize(result);
}

void nf_postgres_receive(nf_database *database)
{
    struct nf_postgres *p = database->postgres;
    const nf_libpq_functions *pq = nf_libpq();

    if (p->received == p->sent_count)
        return;
    p->trips++;
    if (!pq->PQpipelineSync(p->connection))
        fail(database, NULL);
    for (; p->received < p->sent_count; p->received++)
        receive_one(database, &p->sent[p->received]);
    pq->PQclear(pq->PQgetResult(p->connection)); /* the end */
}

void nf_postgres_settle(nf_database *database)
{
    struct nf_postgres *p = database->postgres;

    nf_postgres_receive(database);
    if (p->in_pipeline)
        nf_libpq()->PQexitPipelineMode(p->connection);
    p->in_pipeline = false;
}

int64_t nf_postgres_changes(nf_database *database)
{
    nf_postgres_receive(database);
    return database->postgres->changes;
}

/* ---- sending ------------------------------------------------------------- */

/* Forgets those behind that nobody waits for any more. */
static void tidy(struct nf_postgres *p)
{
    if (p->received != p->sent_count)
        return;
    while (p->sent_count > 0 && !p->sent[p->sent_count - 1].asks)
        p->received = --p->sent_count;
}

/* Room for one more, and the mode; NULL with an error. */
static nf_postgres_sent *make_room(nf_database *database, nf_error *err)
{
    struct nf_postgres *p = database->postgres;
    nf_postgres_sent *grown;

    if (p->sent_count - p->received >= ON_THEIR_WAY) {
        nf_postgres_receive(database);
        tidy(p);
    }
    if (p->late) {
        (void)nf_postgres_late(database, err);
        return NULL;
    }
    grown = nf_grow(p->sent, p->sent_count, &p->sent_capacity, sizeof *p->sent);
    if (!grown) {
        (void)nf_error_nomem(err);
        return NULL;
    }
    p->sent = grown;
    if (!p->in_pipeline)
        p->in_pipeline = nf_libpq()->PQenterPipelineMode(p->connection);
    grown[p->sent_count] = (nf_postgres_sent){0};
    return &grown[p->sent_count];
}

static nf_status note(nf_database *database, int sent, nf_error *err)
{
    if (!sent)
        fail(database, NULL);
    else
        database->postgres->sent_count++;
    return sent ? NF_OK : nf_postgres_late(database, err);
}

nf_status nf_postgres_send_text(nf_database *database, const char *sql,
                                nf_error *err)
{
    struct nf_postgres *p = database->postgres;

    if (!make_room(database, err))
        return err && err->status ? err->status : NF_FAILED;
    return note(database,
                nf_libpq()->PQsendQueryParams(p->connection, sql, 0, NULL, NULL,
                                              NULL, NULL, 1),
                err);
}

static nf_status send_name(nf_postgres_statement *s, nf_error *err)
{
    struct nf_postgres *p = s->database->postgres;
    char name[24];

    nf_postgres_unprepare(s);
    if (!make_room(s->database, err))
        return err && err->status ? err->status : NF_FAILED;
    s->name = ++p->names;
    s->session = p->sessions;
    snprintf(name, sizeof name, "s%u", s->name);
    return note(s->database,
                nf_libpq()->PQsendPrepare(p->connection, name, s->text,
                                          s->count, s->types),
                err);
}

nf_status nf_postgres_send(nf_statement *statement,
                           const nf_postgres_sent *question, nf_error *err)
{
    nf_postgres_statement *s = statement->postgres;
    struct nf_postgres *p = s->database->postgres;
    const nf_libpq_functions *pq = nf_libpq();
    nf_postgres_sent *sent;
    char name[24];
    nf_status status = NF_OK;

    if (s->name && s->session != p->sessions)
        s->name = 0;
    if (statement->cached && (!s->name || s->retyped))
        status = send_name(s, err);
    if (status)
        return status;
    sent = make_room(s->database, err);
    if (!sent)
        return err && err->status ? err->status : NF_FAILED;
    *sent = *question;
    sent->asks = s->rows;
    sent->writes = !s->rows;
    s->used = true;
    snprintf(name, sizeof name, "s%u", s->name);
    return note(
        s->database,
        statement->cached
            ? pq->PQsendQueryPrepared(p->connection, name, s->count, s->values,
                                      s->lengths, s->formats, 1)
            : pq->PQsendQueryParams(p->connection, s->text, s->count, s->types,
                                    s->values, s->lengths, s->formats, 1),
        err);
}

/* ---- answers ------------------------------------------------------------- */

static PGresult *take_last(struct nf_postgres *p)
{
    nf_postgres_sent *sent = &p->sent[p->sent_count - 1];
    PGresult *result = sent->result;

    sent->result = NULL;
    nf_postgres_drop(sent);
    return result;
}

static nf_status answer(nf_statement *statement, nf_error *err)
{
    nf_postgres_statement *s = statement->postgres;
    struct nf_postgres *p = s->database->postgres;
    nf_status status = nf_postgres_answer(s, &s->result, err);

    if (status || s->result)
        return status;
    status = nf_postgres_send(statement, &(nf_postgres_sent){0}, err);
    if (status)
        return status;
    nf_postgres_receive(s->database);
    s->result = take_last(p);
    tidy(p);
    if (nf_postgres_is_good(s->result))
        return NF_OK;
    fail(s->database, s->result);
    nf_libpq()->PQclear(s->result);
    s->result = NULL;
    return nf_postgres_late(s->database, err);
}

bool nf_postgres_start_piped(nf_statement *statement, nf_status *status,
                             nf_error *err)
{
    nf_postgres_statement *s = statement->postgres;
    struct nf_postgres *p = s->database->postgres;

    if (!p->piped || (statement->many && s->rows) ||
        nf_libpq()->PQtransactionStatus(p->connection) == PQTRANS_IDLE)
        return false;
    if (s->rows) {
        *status = answer(statement, err);
        return true;
    }
    if (statement->apart)
        nf_postgres_note_values(s);
    else
        nf_postgres_forget(s->database);
    *status = nf_postgres_send(statement, &(nf_postgres_sent){0}, err);
    return true;
}

bool nf_postgres_pipeline(nf_database *database, bool begin)
{
    struct nf_postgres *p = database->postgres;

    nf_postgres_forget(database);
    if (!begin)
        nf_postgres_settle(database);
    p->piped = begin && nf_libpq_pipelines();
    return p->piped;
}

bool nf_postgres_foresee(nf_database *database, bool begin)
{
    enum { ANSWERS_MAX = 4096, BYTES_MAX = 8 << 20, ANSWER_BYTES = 32 << 10 };
    struct nf_postgres *p = database->postgres;

    if (p->piped && !database->foresees)
        return begin && p->kept <= BYTES_MAX;
    if (!begin)
        nf_postgres_settle(database);
    else if (p->sent_count > ANSWERS_MAX || p->kept > BYTES_MAX) {
        /* What is kept is nobody's memory: no limit of a request counts it. */
        p->unforeseen = p->unforeseen || p->kept / ANSWER_BYTES > p->sent_count;
        nf_postgres_forget(database);
    }
    p->piped = begin && nf_libpq_pipelines() && !p->late && !p->unforeseen;
    return p->piped;
}

#else

void nf_postgres_settle(nf_database *database)
{
    (void)database;
}

int64_t nf_postgres_changes(nf_database *database)
{
    return database->postgres->changes;
}

nf_status nf_postgres_send_text(nf_database *database, const char *sql,
                                nf_error *err)
{
    return nf_postgres_execute(database, sql, err);
}

bool nf_postgres_start_piped(nf_statement *statement, nf_status *status,
                             nf_error *err)
{
    (void)statement;
    (void)status;
    (void)err;
    return false;
}

bool nf_postgres_pipeline(nf_database *database, bool begin)
{
    (void)database;
    (void)begin;
    return false;
}

bool nf_postgres_foresee(nf_database *database, bool begin)
{
    return nf_postgres_pipeline(database, begin);
}

#endif
