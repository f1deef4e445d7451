/* Answers that are asked for ahead, in a pipeline. An answer serves as often as
 * its question is asked, until something that was written since puts it in
 * doubt: then the database is asked again. In doubt is an answer
 *  - about or with an id of a row that was written (nf_postgres_wrote);
 *  - which any row with a certain value may join, if that value was written
 *    (nf_statement_finds).
 * Any other writing makes all of them forgotten. */
#include "database/postgres.h"

#ifdef LIBPQ_HAS_PIPELINING

static const uint64_t hash_start = UINT64_C(0xcbf29ce484222325);

static uint64_t hash_on(uint64_t hash, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) /* FNV-1a */
        hash = (hash ^ (uint8_t)bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t hash_of(const char *bytes, size_t size)
{
    return hash_on(hash_start, bytes, size);
}

static int64_t number_of(const char *bytes)
{
    uint64_t number = 0;

    for (int i = 0; i < 8; i++)
        number = number << 8 | (uint8_t)bytes[i];
    return (int64_t)number;
}

/* What tells one question from another: its text and its values. */
typedef struct question {
    char *key; /* NULL: no memory */
    size_t size;
    uint64_t hash;
} question;

static question question_of(nf_postgres_statement *s)
{
    size_t text = strlen(s->text) + 1;
    question q = {0};
    nf_buffer key;

    if (!s->hash) /* texts are long, and asked often */
        s->hash = hash_of(s->text, text);
    nf_buffer_init(&key, NF_BUFFER_MAX);
    nf_buffer_add(&key, s->text, text);
    for (int i = 0; i < s->count; i++) {
        int length = s->values[i] ? s->lengths[i] : -1;

        nf_buffer_add(&key, (const char *)&length, sizeof length);
        if (length > 0)
            nf_buffer_add(&key, s->values[i], (size_t)length);
    }
    q.size = key.length;
    q.key = nf_buffer_take(&key);
    nf_buffer_dispose(&key);
    if (q.key)
        q.hash = hash_on(s->hash, q.key + text, q.size - text);
    return q;
}

static nf_postgres_sent *find(const struct nf_postgres *p, const question *q)
{
    uintptr_t at =
        p->asked ? (uintptr_t)nf_idmap_get(p->asked, (int64_t)q->hash) : 0;
    nf_postgres_sent *sent =
        at > 0 && at <= p->sent_count ? &p->sent[at - 1] : NULL;

    return sent && sent->key && sent->key_size == q->size &&
                   memcmp(sent->key, q->key, q->size) == 0
               ? sent
               : NULL;
}

/* ---- doubt --------------------------------------------------------------- */

static void note(struct nf_postgres *p, nf_idmap **set, int64_t value)
{
    if (!*set)
        *set = nf_idmap_new();
    if (!*set || !nf_idmap_set(*set, value, p))
        p->doubtful = true; /* no memory to tell which */
}

void nf_postgres_wrote(nf_database *database, int64_t id)
{
    struct nf_postgres *p = database->postgres;

    if (p->asked)
        note(p, &p->changed, id);
}

void nf_postgres_note_values(const nf_postgres_statement *s)
{
    struct nf_postgres *p = s->database->postgres;

    for (int i = 0; p->finds && i < s->count; i++)
        if (s->values[i])
            note(p, &p->bound,
                 (int64_t)hash_of(s->values[i], (size_t)s->lengths[i]));
}

static bool is_changed(const struct nf_postgres *p, const char *bytes,
                       int length)
{
    return length == 8 && nf_idmap_get(p->changed, number_of(bytes));
}

static bool doubts_values(const nf_postgres_statement *s,
                          const nf_postgres_sent *sent)
{
    const struct nf_postgres *p = s->database->postgres;
    bool doubts = false;

    for (int i = 0; !doubts && i < s->count; i++) {
        const char *bytes = s->values[i];
        int length = bytes ? s->lengths[i] : 0;

        if (p->changed && bytes && s->types[i] == NF_PG_INT8)
            doubts = is_changed(p, bytes, length);
        if (!doubts && p->bound && bytes && sent->finds)
            doubts =
                nf_idmap_get(p->bound, (int64_t)hash_of(bytes, (size_t)length));
    }
    return doubts;
}

static bool doubts_rows(const struct nf_postgres *p, const PGresult *result)
{
    const nf_libpq_functions *pq = nf_libpq();
    int rows = pq->PQntuples(result), columns = pq->PQnfields(result);
    bool doubts = false;

    for (int column = 0; !doubts && column < columns; column++) {
        if (pq->PQftype(result, column) != NF_PG_INT8)
            continue;
        for (int row = 0; !doubts && row < rows; row++)
            doubts = !pq->PQgetisnull(result, row, column) &&
                     is_changed(p, pq->PQgetvalue(result, row, column),
                                pq->PQgetlength(result, row, column));
    }
    return doubts;
}

static bool is_doubtful(const nf_postgres_statement *s,
                        const nf_postgres_sent *sent)
{
    const struct nf_postgres *p = s->database->postgres;

    return p->doubtful || doubts_values(s, sent) ||
           (p->changed && doubts_rows(p, sent->result));
}

/* ---- asking and answering ------------------------------------------------ */

void nf_postgres_forget(nf_database *database)
{
    struct nf_postgres *p = database->postgres;

    for (size_t i = 0; i < p->sent_count; i++)
        nf_postgres_drop(&p->sent[i]);
    if (p->received == p->sent_count)
        p->received = p->sent_count = 0;
    nf_idmap_free(p->asked);
    nf_idmap_free(p->changed);
    nf_idmap_free(p->bound);
    p->asked = p->changed = p->bound = NULL;
    p->doubtful = p->finds = false;
    p->kept = 0;
}

/* Of values that are written in one way only equal ones have equal bytes. */
static bool can_find(const nf_postgres_statement *s)
{
    bool can = true;

    for (int i = 0; can && i < s->count; i++)
        can = s->values[i] &&
              (s->types[i] == NF_PG_TEXT || s->types[i] == NF_PG_INT8);
    return can;
}

nf_status nf_postgres_expect(nf_database *database, nf_statement *statement,
                             nf_error *err)
{
    nf_postgres_statement *s = statement->postgres;
    struct nf_postgres *p = database->postgres;
    nf_postgres_sent sent = {.finds = statement->finds};
    question q;
    nf_status status;

    if (p->late)
        return nf_postgres_late(database, err);
    if (statement->many || (statement->finds && !can_find(s)))
        return NF_OK; /* it will be asked when its turn comes */
    q = question_of(s);
    if (!q.key)
        return nf_error_nomem(err);
    if (!p->changed && !p->bound && find(p, &q)) {
        nf_free(q.key);
        return NF_OK;
    }
    sent.key = q.key;
    sent.key_size = q.size;
    status = nf_postgres_send(statement, &sent, err);
    if (status) { /* it was not noted */
        nf_free(q.key);
        return status;
    }
    p->finds = p->finds || statement->finds;
    if (!p->asked)
        p->asked = nf_idmap_new();
    return p->asked && nf_idmap_set(p->asked, (int64_t)q.hash,
                                    (void *)(uintptr_t)p->sent_count)
               ? NF_OK
               : nf_error_nomem(err);
}

nf_status nf_postgres_answer(nf_postgres_statement *s, PGresult **out,
                             nf_error *err)
{
    struct nf_postgres *p = s->database->postgres;
    nf_postgres_sent *sent;
    question q;

    *out = NULL;
    if (!p->asked)
        return NF_OK;
    q = question_of(s);
    if (!q.key)
        return nf_error_nomem(err);
    sent = find(p, &q);
    nf_free(q.key);
    if (!sent)
        return NF_OK;
    if (sent >= p->sent + p->received)
        nf_postgres_receive(s->database);
    if (p->late)
        return nf_postgres_late(s->database, err);
    if (is_doubtful(s, sent)) {
        nf_postgres_drop(sent);
        return NF_OK;
    }
    *out = nf_libpq()->PQcopyResult(sent->result, PG_COPYRES_TUPLES);
    return *out ? NF_OK : nf_error_nomem(err);
}

bool nf_postgres_start_foreseen(nf_statement *statement, nf_status *status,
                                nf_error *err)
{
    nf_postgres_statement *s = statement->postgres;

    if (!s->database->postgres->asked || (s->rows && statement->many))
        return false;
    if (s->rows) {
        *status = nf_postgres_answer(s, &s->result, err);
        return *status || s->result;
    }
    if (statement->apart)
        nf_postgres_note_values(s);
    else
        nf_postgres_forget(s->database);
    return false;
}

#else

bool nf_postgres_start_foreseen(nf_statement *statement, nf_status *status,
                                nf_error *err)
{
    (void)statement;
    (void)status;
    (void)err;
    return false;
}

void nf_postgres_wrote(nf_database *database, int64_t id)
{
    (void)database;
    (void)id;
}

void nf_postgres_forget(nf_database *database)
{
    (void)database;
}

nf_status nf_postgres_expect(nf_database *database, nf_statement *statement,
                             nf_error *err)
{
    (void)database;
    (void)statement;
    (void)err;
    return NF_OK;
}

#endif
