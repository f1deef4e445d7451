/* Devices (synchronize W21, W22, §27.9): a number that the server gives out
 * once, bound to the user who got it. A device that was not seen for long is
 * forgotten with all that was remembered for it; when it comes back it is a
 * new one, and is told that its changes may be repeated (A165). */
#include "server/internal.h"

#define FORGET_DEVICE_MS (400 * NF_DAY_MS)
enum {
    NUMBERS = 1 << 19, /* the upper half is provisional (D113) */
    UNUSED_MAX = 256,  /* numbers of a user that were never used */
};

static nf_status new_number(nf_server *server, int64_t wanted, int64_t *out,
                            nf_error *err)
{
    int64_t next = 1;
    nf_status status =
        nf_database_get_number(server->database, "next_device", 1, &next, err);

    /* A number from the range that servers give out which this one never did:
     * the device comes from another server's database. It keeps it. One that
     * was given out and is gone was another device, perhaps this one. */
    *out = wanted >= next && wanted < NUMBERS ? wanted : next;
    if (status == NF_OK && *out >= NUMBERS)
        return nf_error_set(err, NF_FAILED, "SYNC_LIMIT",
                            "the server has no numbers for devices left");
    if (status == NF_OK)
        status = nf_database_set_number(server->database, "next_device",
                                        *out + 1, err);
    return status;
}

/* Numbers are few: a user who asks for ever more without sending anything gets
 * back the one that was not seen for longest. */
static nf_status unused_number(nf_server *server, int64_t user, int64_t *out,
                               bool *found, nf_error *err)
{
    return nf_database_query_number(
        server->database, out, found, err,
        "SELECT number FROM _mx_device WHERE user = ? AND "
        "sent = 0 ORDER BY seen DESC LIMIT 1 OFFSET ?",
        "ii", user, (int64_t)UNUSED_MAX - 1);
}

nf_status nf_device_sent(nf_server *server, int64_t number, nf_error *err)
{
    return nf_database_write(
        server->database, err,
        "UPDATE _mx_device SET sent = 1 WHERE number = ? AND "
        "sent = 0",
        "i", number);
}

static nf_status touch_device(nf_server *server, int64_t number, nf_error *err)
{
    return nf_database_write(server->database, err,
                             "UPDATE _mx_device SET seen = ? WHERE number = ?",
                             "ii", nf_server_now(server), number);
}

nf_status nf_device_register(nf_server *server, int64_t user, int64_t wanted,
                             const char *name, int64_t *out, bool *forgotten,
                             nf_error *err)
{
    bool known = false, reused = false;
    int64_t owner = 0, next = 1;
    nf_status status = nf_database_query_number(
        server->database, &owner, &known, err,
        "SELECT user FROM _mx_device WHERE number = ?", "i", wanted);

    *out = wanted;
    *forgotten = false;
    if (status != NF_OK)
        return status;
    if (known && owner == user)
        return touch_device(server, wanted, err);
    status =
        nf_database_get_number(server->database, "next_device", 1, &next, err);
    *forgotten = !known && wanted > 0 && wanted < next;
    if (status == NF_OK)
        status = unused_number(server, user, out, &reused, err);
    if (status == NF_OK && reused)
        return touch_device(server, *out, err);
    if (status == NF_OK)
        status = new_number(server, known ? 0 : wanted, out, err);
    if (status != NF_OK)
        return status;
    return nf_database_write(server->database, err,
                             "INSERT INTO _mx_device(number, user, name, seen) "
                             "VALUES(?,?,?,?)",
                             "iiti", *out, user, name, nf_server_now(server));
}

nf_status nf_devices_collect(nf_server *server, nf_error *err)
{
    static const char *const statements[] = {
        /* An object that it made is now of unknown origin. */
        "UPDATE _mx_created_id SET device = 0 WHERE device IN (SELECT number "
        "FROM _mx_device WHERE seen < ?1)",
        "DELETE FROM _mx_refused_change WHERE seq IN (SELECT seq FROM "
        "_mx_sync_history WHERE device IN (SELECT number FROM _mx_device "
        "WHERE seen < ?1))",
        "DELETE FROM _mx_applied_change WHERE device IN (SELECT number FROM "
        "_mx_device WHERE seen < ?1)",
        "DELETE FROM _mx_outcome WHERE sync_id IN (SELECT sync_id FROM "
        "_mx_sync_history WHERE device IN (SELECT number FROM _mx_device "
        "WHERE seen < ?1))",
        "DELETE FROM _mx_sync_history WHERE device IN (SELECT number FROM "
        "_mx_device WHERE seen < ?1)",
        "DELETE FROM _mx_session WHERE device IN (SELECT number FROM "
        "_mx_device WHERE seen < ?1)",
        "DELETE FROM _mx_token WHERE device IN (SELECT number FROM _mx_device "
        "WHERE seen < ?1)",
        "DELETE FROM _mx_device WHERE seen < ?1",
    };
    int64_t found, before = nf_server_now(server) - FORGET_DEVICE_MS;
    bool any;
    nf_status status = nf_database_query_number(
        server->database, &found, &any, err,
        "SELECT number FROM _mx_device WHERE seen < ? LIMIT 1", "i", before);

    for (size_t i = 0;
         any && status == NF_OK && i < sizeof statements / sizeof *statements;
         i++)
        status = nf_database_write(server->database, err, statements[i], "i",
                                   before);
    return status;
}
