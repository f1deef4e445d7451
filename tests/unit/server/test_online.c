/* Requests for objects that only the server has, as a faulty or hostile device
 * sends them (synchronize S164, W58). */
#include "helper_wire.h"

#include "base/memory.h"
#include "sync/document.h"

static void open_wire(helper_wire *wire, helper_world *world, const char *user)
{
    wire_open(wire, world);
    assert_int_equal(wire_sign_in(wire, NULL, user, NULL), 201);
}

static void begin(bson_t *body, uint8_t number)
{
    uint8_t id[16] = {number, 77};

    bson_init(body);
    BSON_APPEND_BINARY(body, "call", BSON_SUBTYPE_BINARY, id, sizeof id);
}

static int send(helper_wire *wire, const char *operation, bson_t *body)
{
    char path[80];
    int status;

    snprintf(path, sizeof path, "/sync/v1/objects/%s", operation);
    status = wire_send(wire, NF_SYNC_POST, path, body);
    bson_destroy(body);
    return status;
}

/* The code of the error in the reply; "" if it is none. */
static const char *error_of(helper_wire *wire)
{
    static char code[64];
    bson_t reply, error;

    assert_true(nf_document_open(&reply, wire->response.body.data,
                                 wire->response.body.length));
    snprintf(code, sizeof code, "%s",
             nf_document_part(&reply, "error", &error)
                 ? nf_document_text(&error, "code", "?")
                 : "");
    return code;
}

static int64_t create(helper_wire *wire, uint8_t number, const char *entity)
{
    bson_t body, reply, made;

    begin(&body, number);
    BSON_APPEND_UTF8(&body, "t", entity);
    assert_int_equal(send(wire, "create", &body), 200);
    assert_true(nf_document_open(&reply, wire->response.body.data,
                                 wire->response.body.length));
    return nf_document_part(&reply, "made", &made)
               ? nf_document_int(&made, "id", 0)
               : 0;
}

typedef struct sent {
    int64_t id;
    bool fresh;
    const char *name;
    int64_t level; /* 0: not sent */
} sent;

/* Of one customer. */
static const char *commit(helper_wire *wire, uint8_t number, sent object)
{
    bson_t body, objects, one, members;

    begin(&body, number);
    BSON_APPEND_ARRAY_BEGIN(&body, "objects", &objects);
    BSON_APPEND_DOCUMENT_BEGIN(&objects, "0", &one);
    BSON_APPEND_UTF8(&one, "t", "Shop.Customer");
    BSON_APPEND_INT64(&one, "id", object.id);
    BSON_APPEND_BOOL(&one, "new", object.fresh);
    BSON_APPEND_DOCUMENT_BEGIN(&one, "m", &members);
    BSON_APPEND_UTF8(&members, "Name", object.name);
    if (object.level)
        BSON_APPEND_INT64(&members, "Level", object.level);
    bson_append_document_end(&one, &members);
    bson_append_document_end(&objects, &one);
    bson_append_array_end(&body, &objects);
    assert_int_equal(send(wire, "commit", &body), 200);
    return error_of(wire);
}

static int customers(helper_world *world)
{
    return helper_server_count(world, "Shop.Customer");
}

/* The id that the server gave is its device's, once, and a call runs once. */
static void test_ids(void **state)
{
    helper_world *world = *state;
    helper_wire anna, bert;
    int before = customers(world);
    int64_t id;

    open_wire(&anna, world, "anna");
    open_wire(&bert, world, "bert");
    id = create(&anna, 1, "Shop.Customer");
    assert_true(id > 0);
    assert_int_equal(customers(world), before);
    assert_string_equal(commit(&bert, 2, (sent){id, true, "x", 0}),
                        "deleted_object");
    assert_string_equal(commit(&anna, 3, (sent){id + 1, true, "x", 0}),
                        "deleted_object");
    assert_string_equal(commit(&anna, 4, (sent){id, false, "x", 0}),
                        "deleted_object"); /* there is no row */
    for (int i = 0; i < 2; i++)
        assert_string_equal(commit(&anna, 5, (sent){id, true, "x", 0}), "");
    assert_int_equal(customers(world), before + 1);
    assert_string_equal(commit(&anna, 6, (sent){id, true, "y", 0}),
                        "deleted_object");
    assert_string_equal(commit(&anna, 7, (sent){id, false, "y", 0}), "");
    wire_close(&anna);
    wire_close(&bert);
}

/* What the user may not write stays as it is. */
static void test_rights(void **state)
{
    helper_world *world = *state;
    helper_wire wire;
    int64_t id;

    open_wire(&wire, world, "anna");
    id = create(&wire, 1, "Shop.Customer");
    assert_string_equal(commit(&wire, 2, (sent){id, true, "x", 9}),
                        "access_denied");
    assert_string_equal(commit(&wire, 3, (sent){id, true, "", 0}),
                        "validation_failed");
    assert_string_equal(commit(&wire, 4, (sent){id, true, "x", 1}), "");
    assert_string_equal(commit(&wire, 5, (sent){id, false, "x", 9}),
                        "access_denied");
    assert_int_equal(create(&wire, 6, "System.UserRole"), 0);
    assert_string_equal(error_of(&wire), "access_denied");
    assert_int_equal(create(&wire, 7, "No.Such"), 0);
    assert_string_equal(error_of(&wire), "microflow_failed");
    wire_close(&wire);
}

static void test_malformed(void **state)
{
    static const char *const operations[] = {"create", "commit", "rollback",
                                             "delete"};
    helper_world *world = *state;
    helper_wire wire;
    bson_t body;

    open_wire(&wire, world, "anna");
    for (uint8_t i = 0; i < 4; i++) {
        begin(&body, (uint8_t)(1 + i));
        BSON_APPEND_INT64(&body, "objects", 5);
        BSON_APPEND_INT64(&body, "t", 5);
        assert_int_equal(send(&wire, operations[i], &body), 200);
        assert_string_equal(error_of(&wire), "microflow_failed");
        bson_init(&body);
        assert_int_equal(send(&wire, operations[i], &body), 400);
    }
    begin(&body, 9);
    assert_int_equal(send(&wire, "explode", &body), 404);
    begin(&body, 10);
    BSON_APPEND_UTF8(&body, "flow", "Shop.Nothing");
    BSON_APPEND_UTF8(&body, "activity", "00000000-0000-0000-0000-000000000001");
    assert_int_equal(send(&wire, "retrieve", &body), 412);
    begin(&body, 11);
    assert_int_equal(send(&wire, "retrieve", &body), 412);
    wire_close(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ids, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_rights, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_malformed, helper_setup,
                                        helper_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
