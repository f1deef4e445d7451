/* The server's database of a sweep when it is in PostgreSQL: its copies are two
 * schemas of the same database, made at first and dropped at the end, so the
 * user of the address has to be allowed to make schemas. */
#include "library/sweep.h"

#include "database/database.h"
#include "database/statement.h"

#include <stdlib.h>
#include <unistd.h>

static nf_status run(sweep *s, const char *sql, nf_error *err)
{
    return nf_database_execute(s->schemas, sql, err);
}

static nf_status run_text(sweep *s, nf_buffer *sql, nf_error *err)
{
    nf_status status =
        sql->failed ? nf_error_nomem(err) : run(s, nf_buffer_string(sql), err);

    nf_buffer_dispose(sql);
    return status;
}

bool sweep_is_address(const char *server)
{
    return server && !strncmp(server, "postgresql://", 13);
}

/* ---- the schemas ----------------------------------------------------------
 */

/* One with all rows of another: tables that are missing are made as far as rows
 * need it, what the other one lacks is emptied. What triggers have counted
 * meanwhile is put right last. */
static nf_status copy_schema(sweep *s, const char *from, const char *to,
                             nf_error *err)
{
    nf_buffer sql;

    nf_buffer_init(&sql, 1 << 14);
    nf_buffer_format(
        &sql,
        "DO $sweep$ DECLARE a text := '%s'; b text := '%s'; t record; c text; "
        "BEGIN "
        "FOR t IN SELECT tablename AS n FROM pg_tables WHERE schemaname = b "
        "AND NOT EXISTS (SELECT FROM pg_tables o WHERE o.schemaname = a AND "
        "o.tablename = pg_tables.tablename) LOOP "
        "EXECUTE format('DELETE FROM %%I.%%I', b, t.n); END LOOP; "
        "FOR t IN SELECT tablename AS n FROM pg_tables WHERE schemaname = a "
        "ORDER BY tablename = '_mx_sweep', tablename LOOP "
        "EXECUTE format('CREATE TABLE IF NOT EXISTS %%I.%%I (LIKE %%I.%%I)', "
        "b, t.n, a, t.n); "
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO c "
        "FROM pg_attribute WHERE attrelid = format('%%I.%%I', a, "
        "t.n)::regclass AND attnum > 0 AND NOT attisdropped; "
        "EXECUTE format('DELETE FROM %%I.%%I', b, t.n); "
        "IF c IS NOT NULL THEN EXECUTE format('INSERT INTO %%I.%%I (%%s) "
        "SELECT %%s FROM %%I.%%I', b, t.n, c, c, a, t.n); END IF; END LOOP; "
        "FOR t IN SELECT sequencename AS n FROM pg_sequences WHERE schemaname "
        "= a LOOP EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %%I.%%I', b, "
        "t.n); EXECUTE format('SELECT setval(%%L, last_value, is_called) FROM "
        "%%I.%%I', format('%%I.%%I', b, t.n), a, t.n); END LOOP; END $sweep$",
        from, to);
    return run_text(s, &sql, err);
}

/* The schema that the given address leads to. */
static nf_status find_given(sweep *s, char **out, nf_error *err)
{
    nf_statement *statement =
        nf_database_statement(s->schemas, "SELECT current_schema()", err);
    bool row = false;
    nf_status status = statement ? NF_OK : NF_FAILED;

    *out = NULL;
    if (status == NF_OK)
        status = nf_database_step(s->schemas, statement, &row, err);
    if (status == NF_OK && (!row || nf_column_null(statement, 0)))
        status = nf_error_set(err, NF_INPUT, "unreadable",
                              "the server's address leads to no schema");
    if (status == NF_OK && !(*out = nf_strdup(nf_column_text(statement, 0))))
        status = nf_error_nomem(err);
    nf_database_done(s->schemas, statement);
    if (status == NF_OK && strpbrk(*out, "'\\"))
        status = nf_error_set(err, NF_INPUT, "unreadable",
                              "the schema \"%.100s\" can't be copied", *out);
    return status;
}

/* The tables, as a server of this app has them. */
static nf_status make_tables(sweep *s, nf_error *err)
{
    nf_server_options options = {.model = s->app->model,
                                 .database = s->address,
                                 .clock = nf_clock_system(),
                                 .random = &s->dice};
    nf_server *server = NULL;
    nf_status status = nf_app_complete(s->app, err);

    options.model = s->app->model;
    if (status == NF_OK)
        status = nf_server_open(&server, &options, err);
    nf_server_close(server);
    return status;
}

static nf_status open_schemas(sweep *s, const char *given, nf_error *err)
{
    nf_database_options options = {.model = s->app->model,
                                   .path = given,
                                   .side = NF_DATABASE_SERVER,
                                   .bare = true};
    nf_buffer sql, address;
    nf_status status = nf_database_open(&s->schemas, &options, err);

    if (status != NF_OK)
        return status;
    snprintf(s->work, sizeof s->work, "nf_sweep_%ld", (long)getpid());
    snprintf(s->first, sizeof s->first, "nf_sweep_%ld_first", (long)getpid());
    nf_buffer_init(&address, 4096);
    /* Of several, the last one counts. */
    nf_buffer_format(&address, "%s%coptions=-csearch_path%%3D%s", given,
                     strchr(given, '?') ? '&' : '?', s->work);
    s->address = nf_buffer_take(&address);
    nf_buffer_init(&sql, 4096);
    nf_buffer_format(&sql, "CREATE SCHEMA %s; CREATE SCHEMA %s", s->work,
                     s->first);
    if (!s->address) {
        nf_buffer_dispose(&sql);
        return nf_error_nomem(err);
    }
    return run_text(s, &sql, err);
}

nf_status sweep_prepare_address(sweep *s, const char *given, nf_error *err)
{
    char *schema = NULL;
    nf_status status = open_schemas(s, given, err);

    if (status == NF_OK)
        status = find_given(s, &schema, err);
    if (status == NF_OK)
        status = make_tables(s, err);
    if (status == NF_OK && strcmp(schema, s->work) != 0)
        status = copy_schema(s, schema, s->work, err);
    nf_free(schema);
    return status;
}

nf_status sweep_copy_address(sweep *s, bool back, nf_error *err)
{
    return copy_schema(s, back ? s->first : s->work, back ? s->work : s->first,
                       err);
}

nf_status sweep_count_address(nf_database *database, const nf_entity *entity,
                              nf_error *err)
{
    nf_buffer sql;
    nf_status status;

    nf_buffer_init(&sql, 1 << 14);
    nf_buffer_format(
        &sql,
        "CREATE OR REPLACE FUNCTION _mx_sweep_note() RETURNS trigger LANGUAGE "
        "plpgsql SET search_path FROM CURRENT AS $sweep$ BEGIN INSERT INTO _mx_sweep(id, writes) "
        "VALUES(NEW.id, 1) ON CONFLICT(id) DO UPDATE SET writes = "
        "_mx_sweep.writes + 1; RETURN NEW; END $sweep$; "
        "CREATE TRIGGER _mx_sweep AFTER INSERT OR UPDATE ON %s FOR EACH ROW "
        "EXECUTE FUNCTION _mx_sweep_note()",
        nf_database_table(database, entity));
    status = sql.failed
                 ? nf_error_nomem(err)
                 : nf_database_execute(database, nf_buffer_string(&sql), err);
    nf_buffer_dispose(&sql);
    return status;
}

void sweep_clean_address(sweep *s)
{
    nf_buffer sql;

    if (s->schemas && *s->work) {
        nf_buffer_init(&sql, 4096);
        nf_buffer_format(&sql,
                         "SET client_min_messages = warning; DROP SCHEMA IF "
                         "EXISTS %s CASCADE; DROP SCHEMA IF EXISTS %s CASCADE",
                         s->work, s->first);
        (void)run_text(s, &sql, NULL);
    }
    nf_database_close(s->schemas);
    nf_free(s->address);
    s->schemas = NULL;
    s->address = NULL;
}
