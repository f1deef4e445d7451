/* What PostgreSQL knows about the schema: whether it is ours, what made its
 * indexes, and collations. */
#include "database/postgres.h"

#include <stdio.h>
#include <stdlib.h>

/* Runs a statement with up to two texts; *out: its first column, nf_free; NULL
 * without a row. */
static nf_status ask(nf_database *database, const char *sql, const char *a,
                     const char *b, char **out, nf_error *err)
{
    nf_statement *statement = nf_database_statement(database, sql, err);
    nf_status status;
    bool row = false;

    *out = NULL;
    if (!statement)
        return err && err->status ? err->status : NF_FAILED;
    if (a)
        nf_bind_text(statement, 1, a);
    if (b)
        nf_bind_text(statement, 2, b);
    status = nf_database_step(database, statement, &row, err);
    if (!status && row && !nf_column_null(statement, 0)) {
        *out = nf_strdup(nf_column_text(statement, 0));
        if (!*out)
            status = nf_error_nomem(err);
    }
    nf_database_done(database, statement);
    return status;
}

static nf_status ask_number(nf_database *database, const char *sql,
                            int64_t *out, nf_error *err)
{
    char *text;
    nf_status status = ask(database, sql, NULL, NULL, &text, err);

    *out = text ? strtoll(text, NULL, 10) : -1;
    nf_free(text);
    return status;
}

nf_status nf_postgres_identify(nf_database *database, bool *fresh,
                               int64_t *layout, nf_error *err)
{
    char *ours = NULL;
    int64_t tables = 0;
    nf_status status;

    *fresh = false;
    status = ask(database,
                 "SELECT to_regclass(quote_ident(current_schema()) || "
                 "'._mx_store')::text",
                 NULL, NULL, &ours, err);
    nf_free(ours);
    if (!status && ours)
        return ask_number(database, "SELECT layout::text FROM _mx_store",
                          layout, err);
    if (!status)
        status = ask_number(
            database, "SELECT count(*)::text" NF_POSTGRES_TABLES, &tables, err);
    if (status)
        return status;
    *fresh = tables == 0;
    return *fresh ? NF_OK
                  : nf_error_set(err, NF_INPUT, "db_error",
                                 "\"%s\" has tables of another program; name "
                                 "another database, or a schema by "
                                 "?options=-csearch_path%%3DNAME",
                                 database->path);
}

nf_status nf_postgres_mark(nf_database *database, int64_t layout, nf_error *err)
{
    char sql[200];
    char *functions = nf_postgres_functions();
    nf_status status = NF_NOMEM;

    snprintf(sql, sizeof sql,
             "CREATE TABLE _mx_store(layout bigint NOT NULL); INSERT INTO "
             "_mx_store VALUES(%lld)",
             (long long)layout);
    if (functions)
        status = nf_postgres_execute(database, sql, err);
    else
        nf_error_nomem(err);
    if (!status)
        status = nf_postgres_execute(database, functions, err);
    nf_free(functions);
    return status;
}

/* A server's blobs (server/blobs.h); and names in the order of their making. */
const char nf_postgres_tables[] =
    "CREATE TABLE _mx_chunk(name TEXT NOT NULL, start INTEGER NOT NULL, data "
    "BLOB NOT NULL, PRIMARY KEY(name, start));"
    "ALTER TABLE _mx_chunk ALTER data SET STORAGE EXTERNAL;"
    "ALTER TABLE _mx_name ADD COLUMN rowid bigserial";

/* The text that made an index is kept as its comment. */
nf_status nf_postgres_note_index(nf_database *database, const char *name,
                                 const char *text, nf_error *err)
{
    char *quoted = nf_sql_name(database, name), *sql = NULL;
    nf_buffer out;
    nf_status status;

    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_buffer_format(&out, "COMMENT ON INDEX %s IS '", quoted ? quoted : "");
    for (; *text; text++)
        nf_buffer_add(&out, *text == '\'' ? "''" : text, *text == '\'' ? 2 : 1);
    nf_buffer_char(&out, '\'');
    sql = quoted ? nf_buffer_take(&out) : NULL;
    status =
        sql ? nf_postgres_execute(database, sql, err) : nf_error_nomem(err);
    nf_buffer_dispose(&out);
    nf_free(sql);
    nf_free(quoted);
    return status;
}

/* ICU's collations have the names of its locales. */
nf_status nf_postgres_collate(nf_database *database, const char *locale,
                              nf_error *err)
{
    struct nf_postgres *p = database->postgres;
    char name[80], *found = NULL;
    size_t i;
    nf_status status;

    snprintf(name, sizeof name, "%.60s-x-icu", locale);
    for (i = 0; name[i]; i++) {
        if (name[i] == '_')
            name[i] = '-';
        else if (name[i] == '"' || name[i] == '\\')
            name[i] = '?';
    }
    status = ask(database,
                 "SELECT collname::text FROM pg_collation WHERE collname = ?",
                 name, NULL, &found, err);
    if (!status && !found)
        status = nf_error_set(err, NF_USAGE, "bad_option",
                              "the database has no collation for the locale "
                              "\"%s\"",
                              locale);
    nf_free(found);
    if (status)
        return status;
    /* Its own name here, in this session only. */
    snprintf(p->collate, sizeof p->collate,
             "CREATE COLLATION pg_temp." NF_COLLATION " FROM \"%s\"", name);
    return nf_postgres_execute(database, p->collate, err);
}
