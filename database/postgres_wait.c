/* Answers that are waited for no longer than the database's deadline: a query
 * that is still at work then is given up by asking PostgreSQL to cancel it, and
 * fails with SQLSTATE 57014. */
#include "database/postgres.h"

#include "base/clock.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>

static void cancel(PGconn *connection)
{
    const nf_libpq_functions *pq = nf_libpq();
    PGcancel *request = pq->PQgetCancel(connection);
    char why_not[256];

    if (request)
        (void)pq->PQcancel(request, why_not, sizeof why_not);
    pq->PQfreeCancel(request);
}

const char *nf_postgres_shorter_lock(const nf_database *database, char text[48])
{
    int patience = nf_database_patience(database, true);

    text[0] = '\0';
    if (patience < nf_database_patience(database, false))
        snprintf(text, 48, "SET LOCAL lock_timeout = %d; ", patience);
    return text;
}

static int left_ms(const nf_database *database)
{
    int64_t left = database->deadline - nf_clock_elapsed();

    return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

void nf_postgres_wait(nf_database *database)
{
    const nf_libpq_functions *pq = nf_libpq();
    PGconn *connection = database->postgres->connection;
    struct pollfd socket = {.fd = pq->PQsocket(connection), .events = POLLIN};

    while (database->deadline && socket.fd >= 0 && pq->PQisBusy(connection)) {
        int left = left_ms(database);

        if (left == 0) {
            cancel(connection);
            return; /* what is waited for next is its end */
        }
        if (poll(&socket, 1, left) > 0 && !pq->PQconsumeInput(connection))
            return; /* the connection is lost, as the next call tells */
    }
}

PGresult *nf_postgres_await(nf_database *database, int sent)
{
    const nf_libpq_functions *pq = nf_libpq();
    PGconn *connection = database->postgres->connection;
    PGresult *last = NULL, *result;

    if (!sent)
        return NULL;
    for (;;) {
        nf_postgres_wait(database);
        result = pq->PQgetResult(connection);
        if (!result)
            return last;
        pq->PQclear(last);
        last = result;
    }
}
