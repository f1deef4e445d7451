/* Database files: identity, reopening, changes of the model (domain D136). */
#include "base/memory.h"
#include "database/record.h"
#include "database/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sqlite3.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char head[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    "<app xmlns=\"urn:nanoflow:app:1\" format=\"1\" mendix=\"11.13.0\">"
    "<Module Name=\"M\"><units><DomainModel><Entities>"
    "<Entity id=\"E\" Name=\"E\"><MaybeGeneralization "
    "type=\"NoGeneralization\" Persistable=\"true\"/><Attributes>"
    "<Attribute Name=\"A\" NewType=\"IntegerAttributeType\"><Value "
    "DefaultValue=\"1\"/></Attribute>";
static const char more[] =
    "<Attribute Name=\"B\" NewType=\"IntegerAttributeType\"><Value "
    "DefaultValue=\"7\"/></Attribute>";
static const char tail[] = "</Attributes></Entity></Entities></DomainModel>"
                           "</units></Module></app>";

static nf_model *model_with(const char *folder, bool extended)
{
    char path[256];
    nf_model *model;
    nf_error err = {0};
    FILE *file;

    snprintf(path, sizeof path, "%s/app.xml", folder);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%s%s%s", head, extended ? more : "", tail);
    fclose(file);
    if (nf_model_open(&model, path, &err))
        fail_msg("%s", err.message);
    return model;
}

static nf_status open_database(nf_database **out, const nf_model *model,
                               const char *path, nf_database_side side,
                               nf_error *err)
{
    nf_database_options options = {.model = model, .path = path, .side = side};

    return nf_database_open(out, &options, err);
}

/* A new attribute is added in place; rows get its default; dropping it again
 * keeps the rest. */
static void migrates(void **state)
{
    char folder[] = "/tmp/nf-database-XXXXXX", path[64], xml[64];
    nf_model *model;
    nf_database *database;
    const nf_entity *entity;
    nf_record record;
    nf_value *members;
    nf_error err = {0};
    struct stat about;
    int64_t id;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/d.db", folder);
    model = model_with(folder, false);
    entity = nf_model_find_entity(model, "M.E");
    if (open_database(&database, model, path, NF_DATABASE_DEVICE, &err))
        fail_msg("%s", err.message);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(nf_database_new_id(database, entity, &id, &err), NF_OK);
    members = calloc(entity->member_count, sizeof *members);
    members[0] = nf_integer(5);
    assert_int_equal(nf_record_insert(database, entity, id, members, &err),
                     NF_OK);
    free(members);
    nf_database_close(database);
    nf_model_close(model);

    model = model_with(folder, true);
    entity = nf_model_find_entity(model, "M.E");
    if (open_database(&database, model, path, NF_DATABASE_DEVICE, &err))
        fail_msg("%s", err.message);
    assert_int_equal(nf_record_read(&record, database, entity, id, &err),
                     NF_OK);
    assert_int_equal(record.members[0].as.integer, 5);
    assert_int_equal(
        record.members[nf_entity_find_member(entity, "B")->index].as.integer,
        7);
    nf_record_dispose(&record);
    nf_database_close(database);
    assert_int_equal(
        open_database(&database, model, path, NF_DATABASE_SERVER, &err),
        NF_INPUT);
    nf_error_clear(&err);
    snprintf(xml, sizeof xml, "%s/app.xml", folder);
    assert_int_equal(
        open_database(&database, model, xml, NF_DATABASE_DEVICE, &err),
        NF_INPUT);
    nf_model_close(model);

    model = model_with(folder, false);
    nf_error_clear(&err);
    if (open_database(&database, model, path, NF_DATABASE_DEVICE, &err))
        fail_msg("%s", err.message);
    nf_database_close(database);
    nf_model_close(model);
    unlink(path);
    unlink(xml);
    rmdir(folder);
}

/* Ends of transactions nest, and undo what happened since their begin. */
static void transactions(void **state)
{
    char folder[] = "/tmp/nf-database-XXXXXX", xml[64];
    nf_model *model;
    nf_database *database;
    nf_error err = {0};
    int64_t number;

    (void)state;
    assert_non_null(mkdtemp(folder));
    model = model_with(folder, false);
    assert_int_equal(
        open_database(&database, model, NULL, NF_DATABASE_SERVER, &err), NF_OK);
    assert_int_equal(nf_database_begin(database, &err), NF_OK);
    assert_int_equal(nf_database_set_number(database, "x", 1, &err), NF_OK);
    assert_int_equal(nf_database_begin(database, &err), NF_OK);
    assert_int_equal(nf_database_set_number(database, "x", 2, &err), NF_OK);
    assert_int_equal(nf_database_end(database, false, &err), NF_OK);
    assert_int_equal(nf_database_end(database, true, &err), NF_OK);
    assert_int_equal(nf_database_get_number(database, "x", 0, &number, &err),
                     NF_OK);
    assert_int_equal(number, 1);
    nf_database_close(database);
    nf_model_close(model);
    snprintf(xml, sizeof xml, "%s/app.xml", folder);
    unlink(xml);
    rmdir(folder);
}

/* The layout of a file is exact: an older or newer one is refused with a
 * sentence that says so, and the file stays as it was. */
static void layouts(void **state)
{
    static const struct {
        int layout;
        const char *text;
    } cases[] = {{1, "an older nanoflow"}, {99, "use a newer nanoflow"}};
    char folder[] = "/tmp/nf-database-XXXXXX", path[64], xml[64], sql[64];
    nf_model *model;
    nf_database *database = NULL;
    sqlite3 *handle = NULL;
    nf_error err = {0};

    (void)state;
    assert_non_null(mkdtemp(folder));
    model = model_with(folder, false);
    snprintf(path, sizeof path, "%s/m.db", folder);
    assert_int_equal(
        open_database(&database, model, path, NF_DATABASE_SERVER, &err), NF_OK);
    nf_database_close(database);
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(sql, sizeof sql, "PRAGMA user_version=%d", cases[i].layout);
        assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL),
                         SQLITE_OK);
        assert_int_equal(
            open_database(&database, model, path, NF_DATABASE_SERVER, &err),
            NF_INPUT);
        assert_non_null(strstr(err.message, cases[i].text));
        nf_error_clear(&err);
    }
    sqlite3_close(handle);
    nf_model_close(model);
    unlink(path);
    snprintf(xml, sizeof xml, "%s/app.xml", folder);
    unlink(xml);
    rmdir(folder);
}

/* Whether another process finds the file locked by this one. */
static bool locked_for_others(const char *path)
{
    int ended;
    pid_t child = fork();

    if (child == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int file = open(path, O_RDWR);
        bool asked = file >= 0 && fcntl(file, F_GETLK, &lock) == 0;
        _exit(asked && lock.l_type != F_UNLCK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &ended, 0), child);
    return ended == 0;
}

/* A second handle in one process leaves the locks of the first alone: without
 * them another process that closes the file deletes the log in use. */
static void second_handle(void **state)
{
    char folder[] = "/tmp/nf-database-XXXXXX", path[64], xml[64];
    nf_model *model;
    nf_database *first = NULL, *second = NULL;
    nf_error err = {0};

    (void)state;
    assert_non_null(mkdtemp(folder));
    model = model_with(folder, false);
    snprintf(path, sizeof path, "%s/m.db", folder);
    assert_int_equal(
        open_database(&first, model, path, NF_DATABASE_SERVER, &err), NF_OK);
    assert_true(locked_for_others(path));
    assert_int_equal(
        open_database(&second, model, path, NF_DATABASE_SERVER, &err), NF_OK);
    assert_true(locked_for_others(path));
    nf_database_close(second);
    assert_true(locked_for_others(path));
    nf_database_close(first);
    assert_false(locked_for_others(path));
    nf_model_close(model);
    unlink(path);
    snprintf(xml, sizeof xml, "%s/app.xml", folder);
    unlink(xml);
    rmdir(folder);
}

/* A query that reads ends at the deadline, and only then; one that writes does
 * not, and what the transaction has done stays. */
static void deadlines(void **state)
{
    static const char endless[] =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT max(i) FROM n";
    char folder[] = "/tmp/nf-database-XXXXXX", xml[64];
    nf_model *model;
    nf_database *database;
    nf_statement *statement;
    nf_error err = {0};
    bool row;

    (void)state;
    assert_non_null(mkdtemp(folder));
    model = model_with(folder, false);
    assert_int_equal(
        open_database(&database, model, NULL, NF_DATABASE_SERVER, &err), NF_OK);
    assert_int_equal(nf_database_begin(database, &err), NF_OK);
    assert_int_equal(nf_database_set_number(database, "mine", 7, &err), NF_OK);
    nf_database_deadline(database, nf_clock_elapsed() + 20);
    statement = nf_database_statement(database, endless, &err);
    assert_non_null(statement);
    assert_int_equal(nf_database_step(database, statement, &row, &err),
                     NF_FAILED);
    assert_string_equal(err.code, "budget_exceeded");
    assert_string_equal(err.detail, "timeout");
    nf_error_clear(&err);
    nf_database_done(database, statement);
    assert_int_equal(nf_database_execute(
                         database,
                         "CREATE TABLE t AS WITH RECURSIVE n(i) AS (SELECT 1 "
                         "UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
                         "SELECT i FROM n",
                         &err),
                     NF_OK);
    nf_database_deadline(database, 0);
    assert_int_equal(nf_database_end(database, true, &err), NF_OK);
    nf_database_close(database);
    nf_model_close(model);
    snprintf(xml, sizeof xml, "%s/app.xml", folder);
    unlink(xml);
    rmdir(folder);
}

/* A value that can't be bound stops its statement, whoever looked at it or not;
 * the next one runs. */
static void values_that_cannot_be_bound(void **state)
{
    char folder[] = "/tmp/nf-database-XXXXXX", long_text[300], xml[64];
    nf_model *model;
    nf_database *database;
    nf_statement *statement;
    nf_error err = {0};
    char *value;
    size_t size;
    bool row;

    (void)state;
    assert_non_null(mkdtemp(folder));
    model = model_with(folder, false);
    assert_int_equal(
        open_database(&database, model, NULL, NF_DATABASE_DEVICE, &err), NF_OK);
    assert_int_equal(nf_database_set_meta(database, "k", "old", 3, &err),
                     NF_OK);
    sqlite3_limit(database->handle, SQLITE_LIMIT_LENGTH, 200);
    memset(long_text, 'x', sizeof long_text);
    assert_int_equal(
        nf_database_set_meta(database, "k", long_text, sizeof long_text, &err),
        NF_FAILED);
    assert_string_equal(err.code, "db_error");
    nf_error_clear(&err);
    assert_int_equal(nf_database_query(database, &statement, &row, &err,
                                       "SELECT 1 WHERE ? IS NULL", "b",
                                       (const void *)long_text,
                                       sizeof long_text),
                     NF_FAILED);
    assert_null(statement);
    nf_error_clear(&err);
    assert_int_equal(nf_database_set_meta(database, "n", "new", 3, &err),
                     NF_OK);
    assert_int_equal(nf_database_get_meta(database, "k", &value, &size, &err),
                     NF_OK);
    assert_int_equal(size, 3);
    assert_memory_equal(value, "old", 3);
    nf_free(value);
    nf_database_close(database);
    nf_model_close(model);
    snprintf(xml, sizeof xml, "%s/app.xml", folder);
    unlink(xml);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(migrates),
        cmocka_unit_test(transactions),
        cmocka_unit_test(layouts),
        cmocka_unit_test(second_handle),
        cmocka_unit_test(deadlines),
        cmocka_unit_test(values_that_cannot_be_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
