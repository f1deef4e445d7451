/* What went wrong in PostgreSQL, by SQLSTATE, as errors of ours. */
#include "database/postgres.h"

#include <stdio.h>

static bool is_class(const struct nf_postgres *p, const char *prefix)
{
    return strncmp(p->state, prefix, strlen(prefix)) == 0;
}

/* Locks that took too long, and transactions that were in each other's way; a
 * server that stops or starts. */
static bool is_busy(const struct nf_postgres *p)
{
    return !*p->state || is_class(p, "55P03") || is_class(p, "40") ||
           is_class(p, "57") || is_class(p, "08");
}

nf_status nf_postgres_error(nf_database *database, const char *doing,
                            nf_error *err)
{
    const struct nf_postgres *p = database->postgres;

    if (is_class(p, "57014")) { /* at the deadline, or at statement_timeout */
        nf_error_set(err, NF_FAILED, "budget_exceeded",
                     "a query took longer than it may");
        nf_error_detail(err, "timeout");
        return NF_FAILED;
    }
    nf_error_set(err, NF_FAILED,
                 is_class(p, "53100") ? "disk_full" : "db_error",
                 "cannot %s: %s", doing, p->message);
    if (is_busy(p))
        nf_error_detail(err, "busy");
    else if (p->late)
        nf_error_detail(err, "late");
    else if (is_class(p, "22") || is_class(p, "23"))
        nf_error_detail(err, "constraint");
    return NF_FAILED;
}

nf_status nf_postgres_failed(nf_database *database, const PGresult *result,
                             const char *doing, nf_error *err)
{
    struct nf_postgres *p = database->postgres;
    const char *state =
        result ? nf_libpq()->PQresultErrorField(result, PG_DIAG_SQLSTATE)
               : NULL;
    const char *message =
        result ? nf_libpq()->PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)
               : NULL;

    if (!message)
        message = nf_libpq()->PQerrorMessage(p->connection);
    snprintf(p->state, sizeof p->state, "%s", state ? state : "");
    snprintf(p->message, sizeof p->message, "%.*s", (int)strcspn(message, "\n"),
             message);
    return nf_postgres_error(database, doing, err);
}

nf_status nf_postgres_late(nf_database *database, nf_error *err)
{
    return nf_postgres_error(database, "write the database", err);
}

const char *nf_postgres_why_too_deep(nf_database *database)
{
    return is_class(database->postgres, "54") ? database->postgres->message
                                              : NULL;
}
