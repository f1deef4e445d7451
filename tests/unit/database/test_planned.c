/* A database in memory makes its tables with the first statement (domain D120,
 * D136): what it says before is what they hold after. */
#include "database/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define ENTITY(name, member)                                                   \
    "<Entity id=\"" name "\" Name=\"" name "\"><MaybeGeneralization "          \
    "type=\"NoGeneralization\" Persistable=\"true\"/><Attributes>"             \
    "<Attribute Name=\"" member "\" NewType=\"IntegerAttributeType\"><Value "  \
    "DefaultValue=\"1\"/></Attribute></Attributes></Entity>"

static nf_model *model_of(const char *entities)
{
    char folder[] = "/tmp/nf-planned-XXXXXX", path[64];
    nf_model *model;
    nf_error err = {0};
    FILE *file;

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/app.xml", folder);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
            "<app xmlns=\"urn:nanoflow:app:1\" format=\"1\" "
            "mendix=\"11.13.0\"><Module Name=\"M\"><units><DomainModel>"
            "<Entities>%s</Entities></DomainModel></units></Module></app>",
            entities);
    fclose(file);
    if (nf_model_open(&model, path, &err))
        fail_msg("%s", err.message);
    unlink(path);
    rmdir(folder);
    return model;
}

static nf_status none(void *user, nf_record *record, nf_error *err)
{
    (void)record;
    (void)err;
    ++*(int *)user;
    return NF_OK;
}

/* Entities with their numbers and columns are recorded as they were planned. */
static void check_record(nf_database *database, const nf_entity *entity)
{
    nf_error err = {0};
    bool row;
    char column[64];
    nf_statement *statement = nf_database_statement(
        database,
        "SELECT e.number, m.column_name FROM _mx_entity e JOIN _mx_member m ON "
        "m.entity = e.number WHERE e.name = ?",
        &err);

    assert_non_null(statement);
    nf_bind_text(statement, 1, entity->qualified);
    assert_int_equal(nf_database_step(database, statement, &row, &err), NF_OK);
    assert_true(row);
    assert_int_equal(nf_column_int(statement, 0),
                     nf_database_entity_number(database, entity));
    snprintf(column, sizeof column, "\"%s\"", nf_column_text(statement, 1));
    assert_string_equal(column, nf_database_column(database, entity, 0));
    nf_database_done(database, statement);
}

static void made_with_first_statement(nf_database_side side)
{
    nf_model *model = model_of(ENTITY("B", "Id") ENTITY("A", "X"));
    const nf_entity *entity = nf_model_find_entity(model, "M.B");
    nf_random random = {0};
    nf_database_options options = {
        .model = model, .side = side, .random = &random};
    nf_selection selection = {.retrieval = {.entity = entity, .limit = -1}};
    nf_database *database;
    nf_error err = {0};
    const char *table;
    int64_t number;
    int rows = 0;

    nf_random_seed(&random, 7);
    assert_int_equal(nf_database_open(&database, &options, &err), NF_OK);
    table = nf_database_table(database, entity);
    assert_string_equal(table, "\"M.B\"");
    assert_int_equal(nf_record_query(database, &selection, none, &rows, &err),
                     NF_OK);
    assert_int_equal(rows, 0);
    assert_true(database->planned);

    check_record(database, entity);
    assert_false(database->planned);
    assert_ptr_equal(nf_database_table(database, entity), table);
    check_record(database, nf_model_find_entity(model, "M.A"));
    assert_int_equal(
        nf_database_get_number(database, "device_number", 0, &number, &err),
        NF_OK);
    assert_int_equal(number, nf_database_device_number(database));
    assert_int_not_equal(number, 0);
    assert_int_equal(nf_record_query(database, &selection, none, &rows, &err),
                     NF_OK);
    assert_int_equal(rows, 0);
    nf_database_close(database);
    nf_model_close(model);
}

static void device(void **state)
{
    (void)state;
    made_with_first_statement(NF_DATABASE_DEVICE);
}

static void server(void **state)
{
    (void)state;
    made_with_first_statement(NF_DATABASE_SERVER);
}

/* A transaction is a first use, too, and what it undoes is not the tables. */
static void undone_transaction(void **state)
{
    nf_model *model = model_of(ENTITY("A", "X"));
    nf_database_options options = {.model = model};
    nf_database *database;
    nf_error err = {0};

    (void)state;
    assert_int_equal(nf_database_open(&database, &options, &err), NF_OK);
    assert_int_equal(nf_database_begin(database, &err), NF_OK);
    assert_int_equal(nf_database_depth(database), 1);
    assert_int_equal(nf_database_end(database, false, &err), NF_OK);
    check_record(database, nf_model_find_entity(model, "M.A"));
    nf_database_close(database);
    nf_model_close(model);
}

/* Tables that can't be made now are made by the next statement. */
static void tried_again(void **state)
{
    nf_model *model = model_of(ENTITY("A", "X"));
    nf_database_options options = {.model = model};
    nf_database *database;
    nf_error err = {0};
    int limit;

    (void)state;
    assert_int_equal(nf_database_open(&database, &options, &err), NF_OK);
    limit = sqlite3_limit(database->handle, SQLITE_LIMIT_SQL_LENGTH, 40);
    assert_null(nf_database_statement(database, "SELECT 1", &err));
    assert_int_equal(err.status, NF_FAILED);
    assert_string_equal(err.code, "db_error");
    assert_int_equal(nf_database_depth(database), 0);
    nf_error_clear(&err);
    sqlite3_limit(database->handle, SQLITE_LIMIT_SQL_LENGTH, limit);
    check_record(database, nf_model_find_entity(model, "M.A"));
    nf_database_close(database);
    nf_model_close(model);
}

/* What SQLite will refuse is refused by opening, as for a file. */
static void refused_at_once(void **state)
{
    static const char *const paths[] = {NULL, "/tmp/nf-planned-refused.db"};
    nf_model *model = model_of(ENTITY("Twin", "X") ENTITY("TWIN", "X"));
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        nf_database_options options = {.model = model, .path = paths[i]};
        nf_database *database;
        nf_error err = {0};

        assert_int_equal(nf_database_open(&database, &options, &err), NF_INPUT);
        assert_null(database);
        assert_non_null(strstr(err.message, "already exists"));
        nf_error_clear(&err);
    }
    unlink(paths[1]);
    nf_model_close(model);
}

/* Copies of a template (test E45) hold the tables, have a number of their own
 * and see nothing of each other; a plan of faults does not count the copying.
 */
static void copies(nf_database_side side, const char *point)
{
    nf_model *model = model_of(ENTITY("B", "Id") ENTITY("A", "X"));
    nf_templates *templates = nf_templates_new();
    nf_database *made[3];
    nf_faults *faults[3];
    nf_random random = {0};
    nf_error err = {0};
    int64_t number;
    size_t i;

    assert_non_null(templates);
    nf_random_seed(&random, 7);
    for (i = 0; i < 3; i++) {
        nf_database_options options = {.model = model,
                                       .side = side,
                                       .random = &random,
                                       .templates = templates};

        assert_int_equal(nf_faults_new(&faults[i], point, &err), NF_OK);
        options.faults = faults[i];
        assert_int_equal(nf_database_open(&made[i], &options, &err), NF_OK);
        assert_true(made[i]->planned);
        check_record(made[i], nf_model_find_entity(model, "M.A"));
        check_record(made[i], nf_model_find_entity(model, "M.B"));
        assert_int_equal(
            nf_database_get_number(made[i], "device_number", 0, &number, &err),
            NF_OK);
        assert_int_equal(number, nf_database_device_number(made[i]));
        assert_int_not_equal(number, 0);
        assert_int_equal(
            nf_database_get_number(made[i], "mark", -1, &number, &err), NF_OK);
        assert_int_equal(number, -1);
        /* The first transaction is the one that the plan waits for. */
        assert_int_equal(nf_database_begin(made[i], &err), NF_OK);
        assert_int_equal(nf_database_set_number(made[i], "mark", 1, &err),
                         NF_OK);
        assert_int_not_equal(nf_database_end(made[i], true, &err), NF_OK);
        nf_error_clear(&err);
        assert_int_equal(nf_database_set_number(made[i], "mark", 1, &err),
                         NF_OK);
    }
    assert_int_not_equal(nf_database_device_number(made[0]),
                         nf_database_device_number(made[1]));
    for (i = 0; i < 3; i++) {
        nf_database_close(made[i]);
        nf_faults_free(faults[i]);
    }
    nf_templates_free(templates);
    nf_model_close(model);
}

static void copies_of_device(void **state)
{
    (void)state;
    copies(NF_DATABASE_DEVICE, "before-device-commit=cut");
}

static void copies_of_server(void **state)
{
    (void)state;
    copies(NF_DATABASE_SERVER, "before-server-commit=cut");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(device),
        cmocka_unit_test(server),
        cmocka_unit_test(undone_transaction),
        cmocka_unit_test(tried_again),
        cmocka_unit_test(refused_at_once),
        cmocka_unit_test(copies_of_device),
        cmocka_unit_test(copies_of_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
