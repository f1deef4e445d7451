/* Connections to PostgreSQL: their address, what a session is set to, and
 * making one anew that was lost. */
#include "database/postgres.h"

#include <stdio.h>

enum { VERSION_NEEDED = 130000 };

static void ignore_notice(void *user, const char *message)
{
    (void)user;
    (void)message;
}

/* The address without its password, for messages. NULL: no memory. */
static char *shown_address(const char *address)
{
    const char *host = strstr(address, "://"), *at, *colon;
    nf_buffer out;
    char *text;

    nf_buffer_init(&out, NF_BUFFER_MAX);
    host = host ? host + 3 : address;
    at = host + strcspn(host, "@/?");
    colon = host + strcspn(host, ":@/?");
    if (*at == '@' && *colon == ':') {
        nf_buffer_add(&out, address, (size_t)(colon - address));
        host = at;
    } else {
        nf_buffer_add(&out, address, (size_t)(host - address));
    }
    /* Options may name it, too. */
    nf_buffer_add(&out, host, strcspn(host, "?"));
    text = nf_buffer_take(&out);
    nf_buffer_dispose(&out);
    return text;
}

static nf_status set_up_session(nf_database *database, nf_error *err)
{
    char sql[400];

    /* A cursor here is read to its end; few statements here are worth
     * compiling. */
    snprintf(sql, sizeof sql,
             "SET client_encoding = 'UTF8'; SET lock_timeout = %d; SET "
             "cursor_tuple_fraction = 1; SET jit = off; SET TimeZone = 'UTC'; "
             "SET standard_conforming_strings = on; SET client_min_messages "
             "= error",
             nf_database_patience(database, false));
    return nf_postgres_execute(database, sql, err);
}

nf_status nf_postgres_revive(nf_database *database, nf_error *err)
{
    struct nf_postgres *p = database->postgres;
    const nf_libpq_functions *pq = nf_libpq();
    nf_status status;

    if (pq->PQstatus(p->connection) == CONNECTION_OK || database->depth)
        return NF_OK;
    nf_postgres_settle(database);
    nf_postgres_forget(database);
    pq->PQreset(p->connection);
    p->sessions++;
    p->late = false;
    if (pq->PQstatus(p->connection) != CONNECTION_OK)
        return nf_postgres_failed(database, NULL, "connect", err);
    status = set_up_session(database, err);
    return status || !*p->collate
               ? status
               : nf_postgres_execute(database, p->collate, err);
}

static nf_status check_server(nf_database *database, nf_error *err)
{
    const struct nf_postgres *p = database->postgres;
    const char *encoding =
        nf_libpq()->PQparameterStatus(p->connection, "server_encoding");

    if (nf_libpq()->PQserverVersion(p->connection) < VERSION_NEEDED)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "\"%s\" is served by a PostgreSQL older than 13",
                            database->path);
    if (!encoding || strcmp(encoding, "UTF8") != 0)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "the database \"%s\" has the encoding %s; make "
                            "one with UTF8",
                            database->path, encoding ? encoding : "?");
    return NF_OK;
}

static nf_status connect_to(nf_database *database, nf_error *err)
{
    struct nf_postgres *p = database->postgres;
    const nf_libpq_functions *pq = nf_libpq();
    const char *names[] = {"dbname", "fallback_application_name",
                           "connect_timeout", NULL};
    const char *values[] = {p->address, "nanoflow", "15", NULL};
    const char *message;

    p->connection = pq->PQconnectdbParams(names, values, 1);
    if (!p->connection)
        return nf_error_nomem(err);
    if (pq->PQstatus(p->connection) != CONNECTION_OK) {
        message = pq->PQerrorMessage(p->connection);
        return nf_error_set(err, NF_INPUT, "db_error",
                            "the database \"%s\" cannot be opened: %.*s",
                            database->path, (int)strcspn(message, "\n"),
                            message);
    }
    pq->PQsetNoticeProcessor(p->connection, ignore_notice, NULL);
    return check_server(database, err);
}

nf_status nf_postgres_open(nf_database *database,
                           const nf_database_options *options, nf_error *err)
{
    struct nf_postgres *p;
    char *shown = shown_address(options->path);
    nf_status status;

    if (!shown)
        return nf_error_nomem(err);
    nf_free(database->path);
    database->path = shown;
    if (!nf_libpq_load())
        return nf_error_set(err, NF_INPUT, "db_error",
                            "\"%s\" needs the library libpq.so.5, which this "
                            "system does not have",
                            database->path);
    p = database->postgres = nf_alloc(sizeof *p);
    if (!p)
        return nf_error_nomem(err);
    p->address = nf_strdup(options->path);
    if (!p->address)
        return nf_error_nomem(err);
    p->bare = options->bare;
    status = connect_to(database, err);
    return status ? status : set_up_session(database, err);
}

/* What the connection keeps goes with it. */
void nf_postgres_leave(nf_database *database)
{
    if (database->postgres)
        database->postgres->sessions++;
}

void nf_postgres_close(nf_database *database)
{
    struct nf_postgres *p = database->postgres;

    if (!p)
        return;
    if (p->connection) {
        nf_postgres_settle(database);
        nf_postgres_forget(database);
        nf_libpq()->PQfinish(p->connection);
    }
    nf_free(p->sent);
    nf_free(p->address);
    nf_free(p);
    database->postgres = NULL;
}

const char *nf_postgres_address(const nf_database *database)
{
    return database->postgres->address;
}
