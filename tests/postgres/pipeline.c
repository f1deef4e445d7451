/* Pipelines on PostgreSQL: what is asked ahead is answered once and right
 * whatever is written meanwhile; what fails is told late and leaves nothing
 * behind. The first argument is the address of an empty schema. */
#include "base/memory.h"
#include "database/postgres.h"
#include "database/record.h"
#include "database/xpath.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    TABLES = 150, /* more than one statement about all tables names */
    MANY = 2000   /* more than are ever on their way */
};

static const char *address;

typedef struct store {
    nf_model *model;
    nf_database *database;
    const nf_entity *item, *owner;
    const nf_association *item_owner, *item_tags;
    nf_environment environment;
} store;

static void ok(nf_status status, const nf_error *err)
{
    if (status)
        fail_msg("%s (%s): %s", err->code, err->detail, err->message);
}

/* Items with a name, an owner and tags, which are owners, too; many tables
 * beside them. */
static nf_model *make_model(void)
{
    char path[] = "/tmp/nf-pipeline.XXXXXX.xml";
    FILE *file = fdopen(mkstemps(path, 4), "w");
    nf_model *model;
    nf_error err = {0};

    assert_non_null(file);
    fputs("<app xmlns=\"urn:nanoflow:app:1\" format=\"1\" mendix=\"10.24.0\">"
          "<Module Name=\"P\"><units><DomainModel><Entities>"
          "<Entity id=\"Owner\" Name=\"Owner\"/>"
          "<Entity id=\"Item\" Name=\"Item\"><Attributes><Attribute "
          "Name=\"Name\"><NewType type=\"StringAttributeType\" Length=\"0\"/>"
          "</Attribute></Attributes></Entity>",
          file);
    for (int i = 0; i < TABLES; i++)
        fprintf(file, "<Entity Name=\"T%d\"/>", i);
    fputs("</Entities><Associations><Association Name=\"Item_Owner\" "
          "ParentPointer=\"Item\" ChildPointer=\"Owner\" Type=\"Reference\" "
          "Owner=\"Default\"/><Association Name=\"Item_Tags\" "
          "ParentPointer=\"Item\" ChildPointer=\"Owner\" "
          "Type=\"ReferenceSet\" Owner=\"Default\"/></Associations>"
          "</DomainModel></units></Module></app>",
          file);
    fclose(file);
    ok(nf_model_open(&model, path, &err), &err);
    remove(path);
    return model;
}

static int open_store(void **state)
{
    store *s = calloc(1, sizeof *s);
    nf_database_options options = {.side = NF_DATABASE_SERVER, .path = address};
    nf_error err = {0};

    *state = s;
    options.model = s->model = make_model();
    ok(nf_database_open(&s->database, &options, &err), &err);
    s->item = nf_model_find_entity(s->model, "P.Item");
    s->owner = nf_model_find_entity(s->model, "P.Owner");
    s->item_owner = nf_entity_find_member(s->item, "P.Item_Owner")->association;
    s->item_tags = nf_entity_find_member(s->item, "P.Item_Tags")->association;
    s->environment = (nf_environment){.model = s->model, .language = "en_US"};
    return 0;
}

static int close_store(void **state)
{
    store *s = *state;

    nf_database_close(s->database);
    nf_model_close(s->model);
    free(s);
    return 0;
}

static uint64_t trips(const store *s)
{
    return s->database->postgres->trips;
}

/* ---- objects --------------------------------------------------------------
 */

static int64_t next_id = INT64_C(1) << 50;

static nf_status put(store *s, const nf_entity *entity, int64_t id,
                     const char *name, int64_t owner, nf_error *err)
{
    nf_value *values = calloc(entity->member_count + 1, sizeof *values);
    nf_status status;

    if (name)
        assert_true(
            nf_value_text(&values[nf_entity_find_member(entity, "Name")->index],
                          name, strlen(name)));
    if (owner)
        values[nf_entity_find_member(entity, "P.Item_Owner")->index] =
            nf_id_value(owner);
    status = nf_record_insert(s->database, entity, id, values, err);
    for (size_t i = 0; i < entity->member_count; i++)
        nf_value_release(&values[i]);
    free(values);
    return status;
}

static int64_t make_item(store *s, const char *name, int64_t owner)
{
    nf_error err = {0};

    ok(put(s, s->item, ++next_id, name, owner, &err), &err);
    return next_id;
}

static int64_t make_owner(store *s)
{
    nf_error err = {0};

    ok(put(s, s->owner, ++next_id, NULL, 0, &err), &err);
    return next_id;
}

static void rename_item(store *s, int64_t id, const char *name)
{
    size_t at = nf_entity_find_member(s->item, "Name")->index;
    nf_value *values = calloc(s->item->member_count + 1, sizeof *values);
    uint64_t mask = (uint64_t)1 << at;
    nf_error err = {0};

    assert_true(nf_value_text(&values[at], name, strlen(name)));
    ok(nf_record_update(s->database, s->item, id, values, &mask, NULL, &err),
       &err);
    nf_value_release(&values[at]);
    free(values);
}

static void remove_item(store *s, const nf_entity *entity, int64_t id)
{
    nf_error err = {0};

    ok(nf_record_clear_references(s->database, entity, id, NULL, NULL, &err),
       &err);
    ok(nf_record_delete(s->database, entity, id, NULL, &err), &err);
}

static void begin(store *s)
{
    nf_error err = {0};

    ok(nf_database_begin(s->database, &err), &err);
    nf_database_pipeline(s->database, true);
    assert_true(nf_database_is_piped(s->database));
}

static void end(store *s)
{
    nf_error err = {0};

    nf_database_pipeline(s->database, false);
    ok(nf_database_end(s->database, true, &err), &err);
}

/* ---- questions ------------------------------------------------------------
 */

static bool exists(store *s, const nf_entity *entity, int64_t id)
{
    nf_error err = {0};
    bool out;

    ok(nf_record_exists(s->database, entity, id, &out, &err), &err);
    return out;
}

static size_t referring(store *s, const nf_association *association, int64_t id)
{
    nf_error err = {0};
    int64_t *ids;
    size_t count;

    ok(nf_record_referring(s->database, association, id, &ids, &count, &err),
       &err);
    nf_free(ids);
    return count;
}

static void name_of(store *s, int64_t id, char out[40], int64_t *owner)
{
    nf_record record;
    nf_error err = {0};

    ok(nf_record_read(&record, s->database, s->item, id, &err), &err);
    *out = '\0';
    *owner = 0;
    if (record.entity) {
        const nf_value *name =
            &record.members[nf_entity_find_member(s->item, "Name")->index];
        const nf_value *link =
            &record.members[nf_entity_find_member(s->item, "P.Item_Owner")
                                ->index];

        if (name->kind != NF_KIND_EMPTY)
            snprintf(out, 40, "%s", name->as.string->text);
        *owner = link->kind == NF_KIND_ID ? link->as.integer : 0;
    }
    nf_record_dispose(&record);
}

static bool string_variable(void *user, const char *name, nf_type *type)
{
    *type = *(nf_type *)user;
    return !strcmp(name, "value");
}

static nf_status count_row(void *user, nf_record *record, nf_error *err)
{
    (void)record;
    (void)err;
    ++*(int *)user;
    return NF_OK;
}

/* How many items have this name; or asks that ahead. */
static int named(store *s, const char *name, bool ahead)
{
    nf_type type = nf_entity_find_member(s->item, "Name")->type;
    nf_value value = nf_empty();
    nf_xpath *xpath;
    nf_error err = {0};
    int count = 0;
    nf_selection selection = {.ids_only = true};

    assert_true(nf_value_text(&value, name, strlen(name)));
    ok(nf_xpath_compile(&xpath, s->model, s->item, "[Name = $value]",
                        NF_XPATH_SERVER, string_variable, &type, &err),
       &err);
    selection.retrieval = (nf_retrieval){.entity = s->item,
                                         .constraint = xpath,
                                         .variables = &value,
                                         .environment = &s->environment,
                                         .limit = 2};
    ok(ahead
           ? nf_record_expect(s->database, &selection, &err)
           : nf_record_query(s->database, &selection, count_row, &count, &err),
       &err);
    nf_xpath_free(xpath);
    nf_value_release(&value);
    return count;
}

static void expect_all(store *s, int64_t id, int64_t owner)
{
    nf_error err = {0};

    ok(nf_record_expect_exists(s->database, s->item, id, &err), &err);
    ok(nf_record_expect_exists(s->database, s->owner, owner, &err), &err);
    ok(nf_record_expect_read(s->database, s->item, id, &err), &err);
    ok(nf_record_expect_referring(s->database, s->item_owner, owner, &err),
       &err);
    ok(nf_record_expect_referring(s->database, s->item_tags, owner, &err),
       &err);
    named(s, "first", true);
}

/* ---- tests ----------------------------------------------------------------
 */

/* One trip for all, and none for asking again. */
static void test_asked_together(void **state)
{
    store *s = *state;
    nf_error err = {0};
    int64_t ids[100];
    uint64_t before;

    begin(s);
    for (int i = 0; i < 100; i++)
        ids[i] = make_item(s, "together", 0);
    for (int i = 0; i < 100; i++)
        ok(nf_record_expect_exists(s->database, s->item, ids[i], &err), &err);
    ok(nf_record_expect_exists(s->database, s->item, 1, &err), &err);
    before = trips(s);
    for (int round = 0; round < 3; round++)
        for (int i = 99; i >= 0; i--)
            assert_true(exists(s, s->item, ids[i]));
    assert_false(exists(s, s->item, 1));
    assert_int_equal(trips(s), before + 1);
    /* Nobody has asked ahead for this one; others are still known. */
    assert_false(exists(s, s->item, 2));
    assert_true(exists(s, s->item, ids[5]));
    assert_int_equal(trips(s), before + 2);
    end(s);
}

/* Nothing that others write changes an answer, nor makes it unsure. */
static void test_certain(void **state)
{
    store *s = *state;
    char name[40];
    int64_t owner, id, found;
    uint64_t before;

    begin(s);
    owner = make_owner(s);
    id = make_item(s, "first", owner);
    expect_all(s, id, owner);
    assert_int_equal(named(s, "first", false), 1);
    before = trips(s);
    rename_item(s, make_item(s, "second", make_owner(s)), "third");
    remove_item(s, s->item, make_item(s, "fourth", 0));
    assert_true(exists(s, s->item, id) && exists(s, s->owner, owner));
    name_of(s, id, name, &found);
    assert_string_equal(name, "first");
    assert_int_equal(found, owner);
    assert_int_equal(referring(s, s->item_owner, owner), 1);
    assert_int_equal(referring(s, s->item_tags, owner), 0);
    assert_int_equal(named(s, "first", false), 1);
    assert_int_equal(trips(s), before);
    remove_item(s, s->item, id);
    end(s);
}

/* Each kind of writing is seen by what was asked before it. */
static void test_doubt(void **state)
{
    store *s = *state;
    nf_error err = {0};
    char name[40];
    int64_t owner, id, other, found;

    begin(s);
    owner = make_owner(s);
    id = make_item(s, "first", owner);
    expect_all(s, id, owner);
    rename_item(s, id, "renamed");
    name_of(s, id, name, &found);
    assert_string_equal(name, "renamed");
    assert_int_equal(named(s, "first", false), 0);

    expect_all(s, id, owner);
    other = make_item(s, "first", owner);
    assert_int_equal(named(s, "first", false), 1);
    assert_int_equal(referring(s, s->item_owner, owner), 2);

    nf_database_pipeline(s->database, true);
    expect_all(s, id, owner);
    rename_item(s, id, "first");
    assert_int_equal(named(s, "first", false), 2);

    nf_database_pipeline(s->database, true);
    expect_all(s, id, owner);
    ok(nf_record_link(s->database, s->item_tags, id, owner, &err), &err);
    assert_int_equal(referring(s, s->item_tags, owner), 1);

    nf_database_pipeline(s->database, true);
    expect_all(s, id, owner);
    remove_item(s, s->item, other);
    assert_int_equal(referring(s, s->item_owner, owner), 1);
    assert_int_equal(named(s, "first", false), 1);

    /* The reference of a row that is not named by what clears it. */
    nf_database_pipeline(s->database, true);
    expect_all(s, id, owner);
    remove_item(s, s->owner, owner);
    name_of(s, id, name, &found);
    assert_int_equal(found, 0);
    assert_false(exists(s, s->owner, owner));
    assert_int_equal(referring(s, s->item_owner, owner), 0);

    nf_database_pipeline(s->database, true);
    expect_all(s, id, owner);
    remove_item(s, s->item, id);
    assert_false(exists(s, s->item, id));
    assert_int_equal(named(s, "first", false), 0);
    end(s);
}

/* What is asked ahead outside a pipeline: statements that write are waited for,
 * and so is nothing that has been answered. */
static void foresee(store *s, int64_t id, int64_t owner)
{
    assert_true(nf_database_foresee(s->database, true));
    expect_all(s, id, owner);
    assert_false(nf_database_foresee(s->database, false));
    assert_false(nf_database_is_piped(s->database));
}

static void begin_alone(store *s)
{
    nf_error err = {0};

    ok(nf_database_begin(s->database, &err), &err);
}

static void end_alone(store *s, bool keep)
{
    nf_error err = {0};

    ok(nf_database_end(s->database, keep, &err), &err);
}

static void is_called(store *s, int64_t id, const char *expected)
{
    char name[40];
    int64_t owner;

    name_of(s, id, name, &owner);
    assert_string_equal(name, expected);
}

static void test_foreseen(void **state)
{
    store *s = *state, other = *s;
    nf_database_options options = {
        .side = NF_DATABASE_SERVER, .path = address, .model = s->model};
    nf_error err = {0};
    int64_t id, owner, second;
    uint64_t before;

    assert_false(nf_database_foresee(s->database, true)); /* others may write */
    begin_alone(s);
    owner = make_owner(s);
    id = make_item(s, "first", owner);
    foresee(s, id, owner);
    before = trips(s);
    is_called(s, id, "first");
    assert_int_equal(referring(s, s->item_owner, owner), 1);
    assert_int_equal(trips(s), before);

    second = make_item(s, "second", owner); /* it joins an answer */
    assert_int_equal(referring(s, s->item_owner, owner), 2);
    rename_item(s, id, "renamed");
    is_called(s, id, "renamed");
    foresee(s, id, owner);
    ok(nf_database_begin(s->database, &err), &err); /* a savepoint */
    rename_item(s, id, "undone");
    is_called(s, id, "undone");
    foresee(s, id, owner);
    is_called(s, id, "undone");
    end_alone(s, false);
    is_called(s, id, "renamed");
    remove_item(s, s->item, second);
    assert_int_equal(referring(s, s->item_owner, owner), 1);
    foresee(s, id, owner);
    end_alone(s, true);

    /* What others have written meanwhile is seen by the next one. */
    ok(nf_database_open(&other.database, &options, &err), &err);
    begin_alone(&other);
    rename_item(&other, id, "elsewhere");
    end_alone(&other, true);
    nf_database_close(other.database);
    begin_alone(s);
    is_called(s, id, "elsewhere");
    remove_item(s, s->item, id);
    end_alone(s, true);
}

/* Large rows are not kept in memory ahead of their turn. */
static void test_large_rows(void **state)
{
    enum { ITEMS = 12, SIZE = 1 << 20 };
    store *s = *state;
    char *name = calloc(1, SIZE + 1);
    int64_t ids[ITEMS];
    nf_error err = {0};

    assert_non_null(name);
    memset(name, 'x', SIZE);
    begin_alone(s);
    for (int i = 0; i < ITEMS; i++)
        ids[i] = make_item(s, name, 0);
    assert_true(nf_database_foresee(s->database, true));
    for (int i = 0; i < ITEMS; i++)
        ok(nf_record_expect_read(s->database, s->item, ids[i], &err), &err);
    assert_false(nf_database_foresee(s->database, false));
    assert_false(nf_database_foresee(s->database, true));
    assert_true(exists(s, s->item, ids[0]));
    end_alone(s, false);
    begin_alone(s);
    assert_true(nf_database_foresee(s->database, true));
    nf_database_foresee(s->database, false);
    end_alone(s, false);
    free(name);
}

/* What is undone to a savepoint was never there. */
static void test_savepoint(void **state)
{
    store *s = *state;
    nf_error err = {0};
    int64_t id;

    begin(s);
    ok(nf_record_expect_exists(s->database, s->item, next_id + 1, &err), &err);
    ok(nf_database_begin(s->database, &err), &err);
    id = make_item(s, "undone", 0);
    assert_true(exists(s, s->item, id));
    ok(nf_database_end(s->database, false, &err), &err);
    assert_false(exists(s, s->item, id));
    assert_int_equal(named(s, "undone", false), 0);
    end(s);
}

/* More statements than are ever on their way, among them answers. */
static void test_window(void **state)
{
    store *s = *state;
    nf_error err = {0};
    int64_t first = next_id + 1;
    uint64_t before = trips(s);

    begin(s);
    ok(nf_record_expect_exists(s->database, s->item, 3, &err), &err);
    for (int i = 0; i < MANY; i++)
        make_item(s, "many", 0);
    assert_false(exists(s, s->item, 3));
    assert_true(trips(s) > before && trips(s) < before + MANY / 100);
    nf_database_pipeline(s->database, true);
    for (int i = 0; i < MANY; i++)
        ok(nf_record_expect_exists(s->database, s->item, first + i, &err),
           &err);
    before = trips(s);
    for (int i = 0; i < MANY; i++)
        assert_true(exists(s, s->item, first + i));
    assert_true(trips(s) <= before + 1);
    for (int i = 0; i < MANY; i++)
        remove_item(s, s->item, first + i);
    end(s);
    assert_int_equal(named(s, "many", false), 0);
}

/* That the transaction is lost is told by whatever comes next. */
static void lost(store *s)
{
    nf_error err = {0};
    bool out;

    assert_int_equal(nf_database_settled(s->database, &err), NF_FAILED);
    assert_string_equal(err.detail, "late");
    assert_non_null(strstr(err.message, "duplicate key"));
    nf_error_clear(&err);
    assert_int_equal(nf_record_exists(s->database, s->item, 4, &out, &err),
                     NF_FAILED);
    assert_string_equal(err.detail, "late");
    nf_error_clear(&err);
    assert_int_equal(nf_record_expect_exists(s->database, s->item, 4, &err),
                     NF_FAILED);
    nf_error_clear(&err);
    nf_database_pipeline(s->database, false);
    assert_int_equal(put(s, s->item, ++next_id, "after", 0, &err), NF_FAILED);
    assert_string_equal(err.detail, "late");
}

/* What was begun before the pipeline is undone alone, however deep. */
static void test_failure_within(void **state)
{
    store *s = *state;
    nf_error err = {0};
    int64_t id;

    ok(nf_database_begin(s->database, &err), &err);
    id = make_item(s, "outside", 0);
    for (int i = 0; i < 6; i++)
        ok(nf_database_begin(s->database, &err), &err);
    make_item(s, "around", 0);
    ok(nf_database_begin(s->database, &err), &err);
    nf_database_pipeline(s->database, true);
    make_item(s, "inside", 0);
    ok(nf_database_begin(s->database, &err), &err);
    (void)put(s, s->item, id, "twice", 0, &err);
    make_item(s, "inside", 0);
    nf_database_pipeline(s->database, false);
    nf_error_clear(&err);
    assert_int_equal(nf_database_settled(s->database, &err), NF_FAILED);
    assert_string_equal(err.detail, "late");
    /* The one inside was begun in the pipeline: it is lost with it. */
    ok(nf_database_end(s->database, false, &err), &err);
    ok(nf_database_end(s->database, false, &err), &err);
    for (int i = 0; i < 6; i++)
        ok(nf_database_end(s->database, true, &err), &err);
    nf_database_pipeline(s->database, true);
    make_item(s, "outside", 0);
    end(s);
    assert_int_equal(named(s, "outside", false), 2);
    assert_int_equal(named(s, "around", false), 1);
    assert_int_equal(named(s, "inside", false), 0);
    assert_int_equal(named(s, "twice", false), 0);
}

/* In the middle of others, with answers that nobody has taken. */
static void test_failure(void **state)
{
    store *s = *state;
    nf_error err = {0};
    nf_status status = NF_OK;
    int64_t id = next_id + 1;

    begin(s);
    for (int i = 0; i < 100; i++)
        make_item(s, "failed", 0);
    ok(nf_record_expect_exists(s->database, s->item, id, &err), &err);
    (void)put(s, s->item, id, "twice", 0, &err); /* not known yet, or late */
    for (int i = 0; i < 600 && status == NF_OK; i++)
        status = put(s, s->item, ++next_id, "failed", 0, &err);
    assert_int_equal(status, NF_FAILED); /* at the latest by its window */
    lost(s);
    assert_int_equal(nf_database_end(s->database, true, &err), NF_FAILED);
    /* Nothing is left of it, and the next transaction knows its statements. */
    assert_int_equal(named(s, "failed", false), 0);
    begin(s);
    id = make_item(s, "well", 0);
    end(s);
    assert_int_equal(named(s, "well", false), 1);
    begin(s);
    remove_item(s, s->item, id);
    end(s);
}

/* A question that fails, asked ahead or not. */
static void test_failing_question(void **state)
{
    store *s = *state;
    nf_error err = {0};

    for (int ahead = 0; ahead < 2; ahead++) {
        nf_statement *statement;
        bool row = false;

        begin(s);
        make_item(s, "question", 0);
        statement = nf_database_statement(s->database,
                                          "SELECT 1 / ? FROM _mx_store", &err);
        assert_non_null(statement);
        nf_bind_int(statement, 1, 0);
        if (ahead)
            ok(nf_database_expect(s->database, statement, &err), &err);
        assert_int_equal(nf_database_step(s->database, statement, &row, &err),
                         NF_FAILED);
        assert_string_equal(err.detail, "late");
        assert_non_null(strstr(err.message, "division by zero"));
        nf_error_clear(&err);
        nf_database_done(s->database, statement);
        nf_database_pipeline(s->database, false);
        assert_int_equal(nf_database_end(s->database, true, &err), NF_FAILED);
        nf_error_clear(&err);
        assert_int_equal(named(s, "question", false), 0);
    }
}

static int64_t number(nf_database *database, const char *sql, int64_t argument)
{
    nf_error err = {0};
    nf_statement *statement = nf_database_statement(database, sql, &err);
    int64_t out = 0;
    bool row;

    assert_non_null(statement);
    if (argument)
        nf_bind_int(statement, 1, argument);
    ok(nf_database_step(database, statement, &row, &err), &err);
    if (row)
        out = nf_column_int(statement, 0);
    nf_database_done(database, statement);
    return out;
}

/* The database ends the connection while statements are on their way: that is
 * nobody's fault, so it is not `late`, and what is next goes on with another.
 */
static void test_broken_connection(void **state)
{
    store *s = *state;
    nf_database_options options = {.model = s->model,
                                   .side = NF_DATABASE_SERVER,
                                   .path = address,
                                   .bare = true};
    nf_database *other;
    nf_error err = {0};
    nf_status status = NF_OK;
    int64_t pid;

    ok(nf_database_open(&other, &options, &err), &err);
    pid = number(s->database, "SELECT pg_backend_pid()::bigint", 0);
    begin(s);
    ok(nf_record_expect_exists(s->database, s->item, 5, &err), &err);
    make_item(s, "broken", 0);
    number(other, "SELECT pg_terminate_backend((?)::int)::int::bigint", pid);
    for (int i = 0; i < MANY && status == NF_OK; i++)
        status = put(s, s->item, ++next_id, "broken", 0, &err);
    assert_int_equal(status, NF_FAILED);
    assert_string_equal(err.detail, "busy");
    nf_error_clear(&err);
    nf_database_pipeline(s->database, false);
    assert_int_equal(nf_database_end(s->database, true, &err), NF_FAILED);
    nf_database_close(other);
    assert_int_equal(named(s, "broken", false), 0);
    begin(s);
    assert_true(exists(s, s->owner, make_owner(s)));
    end(s);
}

/* An id may be a row's of any table: more tables than one statement names. */
static void test_many_tables(void **state)
{
    store *s = *state;
    const int64_t foreign = INT64_C(1) << 40;
    const nf_entity *found;
    int64_t ids[TABLES + 1];
    nf_error err = {0};
    uint64_t before;

    begin(s);
    for (int i = 0; i < TABLES; i++) {
        char name[20];

        snprintf(name, sizeof name, "P.T%d", i);
        ok(put(s, nf_model_find_entity(s->model, name), foreign + i, NULL, 0,
               &err),
           &err);
    }
    nf_database_pipeline(s->database, true);
    before = trips(s);
    for (int i = 0; i <= TABLES; i++)
        ids[i] = foreign + i;
    for (int i = 0; i <= TABLES; i++) {
        const nf_entity *entity;
        char name[20];

        snprintf(name, sizeof name, "P.T%d", i);
        if (i % 64 == 0)
            ok(nf_database_expect_entities(s->database, &ids[i],
                                           (size_t)(TABLES + 1 - i), &err),
               &err);
        ok(nf_database_search_entity(s->database, ids[i], &entity, &err), &err);
        if (i == TABLES)
            assert_null(entity);
        else
            assert_string_equal(entity->qualified, name);
    }
    assert_int_equal(trips(s), before + TABLES / 64 + 1);
    /* Known until it is written. */
    ok(put(s, s->item, foreign + TABLES, "x", 0, &err), &err);
    ok(nf_database_search_entity(s->database, foreign + TABLES, &found, &err),
       &err);
    assert_ptr_equal(found, s->item);
    nf_database_pipeline(s->database, false);
    ok(nf_database_end(s->database, false, &err), &err);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asked_together),
        cmocka_unit_test(test_certain),
        cmocka_unit_test(test_doubt),
        cmocka_unit_test(test_foreseen),
        cmocka_unit_test(test_large_rows),
        cmocka_unit_test(test_savepoint),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_failure_within),
        cmocka_unit_test(test_failure),
        cmocka_unit_test(test_failing_question),
        cmocka_unit_test(test_broken_connection),
        cmocka_unit_test(test_many_tables),
    };

    if (count < 2) {
        fputs("give the address of an empty schema\n", stderr);
        return 2;
    }
    address = arguments[1];
    if (!nf_libpq_load() || !nf_libpq_pipelines()) {
        puts("skipped: libpq has no pipelines");
        return 77;
    }
    return cmocka_run_group_tests(tests, open_store, close_store);
}
