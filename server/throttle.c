/* Failed sign-ins (synchronize W20, A160): after some of them per user's name
 * and per address each further try has to wait, twice as long every time. The
 * counts are in the database, so they hold for all processes on it; names and
 * addresses only as digests. Whether a name exists makes no difference. */
#include "server/internal.h"

enum {
    FREE_TRIES = 5,
    FREE_VISITS = 20, /* new anonymous users of an address */
    FIRST_WAIT_MS = 1000,
    LAST_WAIT_MS = 15 * 60 * 1000,
    KEYS_MAX = 100000,
};
#define FORGET_MS NF_DAY_MS

static bool make_key(uint8_t key[NF_SHA256_SIZE], const char *kind,
                     const char *text)
{
    nf_buffer buffer;
    bool ok;

    nf_buffer_init(&buffer, 1 << 16);
    nf_buffer_text(&buffer, kind);
    nf_buffer_text(&buffer, text);
    ok = !buffer.failed && nf_sha256(key, buffer.data, buffer.length);
    nf_buffer_dispose(&buffer);
    return ok;
}

static nf_status waiting(nf_server *server, const char *kind, const char *text,
                         int64_t *wait_ms, nf_error *err)
{
    uint8_t key[NF_SHA256_SIZE];
    int64_t until = 0, now = nf_server_now(server);
    bool found;
    nf_status status;

    if (!text)
        return NF_OK;
    if (!make_key(key, kind, text))
        return nf_error_nomem(err);
    status =
        nf_database_query_number(server->database, &until, &found, err,
                                 "SELECT until FROM _mx_throttle WHERE key = ?",
                                 "b", (const void *)key, sizeof key);
    /* A clock that was set back must not lock anybody out for ever. */
    if (until - now > LAST_WAIT_MS)
        until = now + LAST_WAIT_MS;
    if (until - now > *wait_ms)
        *wait_ms = until - now;
    return status;
}

nf_status nf_throttle_wait(nf_server *server, const nf_sign_in_try *attempt,
                           int64_t *wait_ms, nf_error *err)
{
    nf_status status;

    *wait_ms = 0;
    status = waiting(server, "user:", attempt->user, wait_ms, err);
    if (status == NF_OK)
        status = waiting(server, "peer:", attempt->peer, wait_ms, err);
    return status;
}

nf_status nf_throttle_visit(nf_server *server, const char *peer,
                            int64_t *wait_ms, nf_error *err)
{
    *wait_ms = 0;
    return waiting(server, "visit:", peer, wait_ms, err);
}

/* Old counts end; should there still be too many, the oldest do. */
static nf_status make_room(nf_server *server, nf_error *err)
{
    int64_t count = 0;
    bool found;
    nf_status status = nf_database_write(
        server->database, err, "DELETE FROM _mx_throttle WHERE seen < ?", "i",
        nf_server_now(server) - FORGET_MS);

    if (status == NF_OK)
        status =
            nf_database_query_number(server->database, &count, &found, err,
                                     "SELECT count(*) FROM _mx_throttle", "");
    if (status == NF_OK && count >= KEYS_MAX)
        status = nf_database_write(
            server->database, err,
            "DELETE FROM _mx_throttle WHERE key IN (SELECT key "
            "FROM _mx_throttle ORDER BY seen LIMIT ?)",
            "i", (int64_t)KEYS_MAX / 10);
    return status;
}

static int64_t wait_after(int64_t failures, int64_t free)
{
    int64_t wait = FIRST_WAIT_MS;

    if (failures < free)
        return 0;
    for (int64_t i = free; i < failures && wait < LAST_WAIT_MS; i++)
        wait *= 2;
    return wait < LAST_WAIT_MS ? wait : LAST_WAIT_MS;
}

static nf_status count(nf_server *server, const char *kind, const char *text,
                       int64_t free, nf_error *err)
{
    uint8_t key[NF_SHA256_SIZE];
    int64_t failures = 0, now = nf_server_now(server);
    bool found;
    nf_status status;

    if (!text)
        return NF_OK;
    if (!make_key(key, kind, text))
        return nf_error_nomem(err);
    status = nf_database_query_number(
        server->database, &failures, &found, err,
        "SELECT failures FROM _mx_throttle WHERE key = ?", "b",
        (const void *)key, sizeof key);
    failures++;
    if (status != NF_OK)
        return status;
    return nf_database_write(
        server->database, err,
        "INSERT INTO _mx_throttle(key, failures, until, seen) "
        "VALUES(?,?,?,?) ON CONFLICT(key) DO UPDATE SET failures "
        "= excluded.failures, until = excluded.until, seen = "
        "excluded.seen",
        "biii", (const void *)key, sizeof key, failures,
        now + wait_after(failures, free), now);
}

nf_status nf_throttle_failed(nf_server *server, const nf_sign_in_try *attempt,
                             nf_error *err)
{
    nf_status status = nf_database_begin(server->database, err);

    if (status != NF_OK)
        return status;
    status = make_room(server, err);
    if (status == NF_OK)
        status = count(server, "user:", attempt->user, FREE_TRIES, err);
    if (status == NF_OK)
        status = count(server, "peer:", attempt->peer, FREE_TRIES, err);
    return nf_database_conclude(server->database, status, err);
}

nf_status nf_throttle_visited(nf_server *server, const char *peer,
                              nf_error *err)
{
    nf_status status = make_room(server, err);
    return status == NF_OK ? count(server, "visit:", peer, FREE_VISITS, err)
                           : status;
}

/* The user's count ends with a success; that of the address only with time,
 * else one known password would free all guesses of others. */
nf_status nf_throttle_succeeded(nf_server *server,
                                const nf_sign_in_try *attempt, nf_error *err)
{
    uint8_t key[NF_SHA256_SIZE];

    if (!attempt->user)
        return NF_OK;
    if (!make_key(key, "user:", attempt->user))
        return nf_error_nomem(err);
    return nf_database_write(server->database, err,
                             "DELETE FROM _mx_throttle WHERE key = ?", "b",
                             (const void *)key, sizeof key);
}
