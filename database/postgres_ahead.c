/* Answers that are asked for ahead, in a pipeline. An answer serves as often as
 * its question is asked, until something that was written since puts it in
 * doubt: then the database is asked again. In doubt is an answer
 *  - about or with an id of a row that was written (nf_postgres_wrote);
 *  - which any row with a certain value may join, if that value was written
 *    (nf_statement_finds).
 * Any other writing makes all of them forgotten. */
#include "database/postgres.h"

#ifdef LIBPQ_HAS_PIPELINING

static uint64_t hash_of(const char *bytes, size_t size)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (uint8_t)bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static int64_t number_of(const char *bytes)
{
    uint64_t number = 0;

    for (int i = 0; i < 8; i++)
        number = number << 8 | (uint8_t)bytes[i];
    return (int64_t)number;
}

/* What tells one question from another: its text and its values. */
static char *key_of(const nf_postgres_statement *s, size_t *size)
{
    nf_buffer key;
    char *bytes;

    nf_buffer_init(&key, NF_BUFFER_MAX);
    nf_buffer_add(&key, s->text, strlen(s->text) + 1);
    for (int i = 0; i < s->count; i++) {
        int length = s->values[i] ? s->lengths[i] : -1;

        nf_buffer_add(&key, (const char *)&length, sizeof length);
        if (length > 0)
            nf_buffer_add(&key, s->values[i], (size_t)length);
    }
    *size = key.length;
    bytes = nf_buffer_take(&key);
    nf_buffer_dispose(&key);
    return bytes;
}

/* Most are asked for in the order in which they were asked ahead. */
static nf_postgres_sent *find(struct nf_postgres *p, const char *key,
                              size_t size, uint64_t hash)
{
    for (size_t i = 0; i < p->sent_count; i++) {
        size_t at = (p->next_answer + i) % p->sent_count;
        nf_postgres_sent *sent = &p->sent[at];

        if (sent->key && sent->hash == hash && sent->key_size == size &&
            memcmp(sent->key, key, size) == 0) {
            p->next_answer = at;
            return sent;
        }
    }
    return NULL;
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

    if (p->expected)
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
    nf_idmap_free(p->changed);
    nf_idmap_free(p->bound);
    p->changed = p->bound = NULL;
    p->doubtful = p->expected = p->finds = false;
    p->next_answer = 0;
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
    nf_postgres_sent question = {.finds = statement->finds};
    nf_status status;

    if (p->late)
        return nf_postgres_late(database, err);
    if (statement->many || (statement->finds && !can_find(s)))
        return NF_OK; /* it will be asked when its turn comes */
    question.key = key_of(s, &question.key_size);
    if (!question.key)
        return nf_error_nomem(err);
    question.hash = hash_of(question.key, question.key_size);
    if (!p->changed && !p->bound &&
        find(p, question.key, question.key_size, question.hash)) {
        nf_free(question.key);
        return NF_OK;
    }
    status = nf_postgres_send(statement, &question, err);
    if (status) { /* it was not noted */
        nf_free(question.key);
        return status;
    }
    p->expected = true;
    p->finds = p->finds || statement->finds;
    return NF_OK;
}

nf_status nf_postgres_answer(nf_postgres_statement *s, PGresult **out,
                             nf_error *err)
{
    struct nf_postgres *p = s->database->postgres;
    nf_postgres_sent *sent;
    size_t size;
    char *key;

    *out = NULL;
    if (!p->expected)
        return NF_OK;
    key = key_of(s, &size);
    if (!key)
        return nf_error_nomem(err);
    sent = find(p, key, size, hash_of(key, size));
    nf_free(key);
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

#else

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
