/* Calls of microflows as a device sends them (synchronize W48, A151; activities
 * C14, C17): repeated, wrong, and of others. */
#include "helper_wire.h"

static int setup(void **state)
{
    return helper_setup_changed(
        state, "<DomainModel><Entities>",
        "<Microflow Name=\"Double\" MicroflowReturnType=\"IntegerType\" "
        "AllowedModuleRoles=\"Shop.Clerk\"><ObjectCollection><Objects>"
        "<MicroflowParameter Name=\"N\" VariableType=\"IntegerType\"/>"
        "<StartEvent id=\"start\"/><ActionActivity id=\"new\"><Action "
        "type=\"CreateChangeAction\" Entity=\"Shop.Order\" "
        "VariableName=\"O\" Commit=\"Yes\"/></ActionActivity>"
        "<ActionActivity id=\"fail\"><Action type=\"CreateVariableAction\" "
        "VariableName=\"V\" VariableType=\"IntegerType\" "
        "InitialValue=\"1 mod (13 - $N)\"/></ActionActivity>"
        "<EndEvent id=\"end\" ReturnValue=\"$N * 2\"/>"
        "</Objects></ObjectCollection><Flows>"
        "<flow from=\"start\" to=\"new\"/><flow from=\"new\" to=\"fail\"/>"
        "<flow from=\"fail\" to=\"end\"/></Flows></Microflow>"
        "<DomainModel><Entities>");
}

static void begin(bson_t *body, uint8_t number)
{
    uint8_t id[16] = {number};

    bson_init(body);
    BSON_APPEND_BINARY(body, "call", BSON_SUBTYPE_BINARY, id, sizeof id);
}

static void end(bson_t *body)
{
    bson_t none = BSON_INITIALIZER;

    BSON_APPEND_ARRAY(body, "objects", &none);
    bson_destroy(&none);
}

static int send(helper_wire *wire, bson_t *body)
{
    int status =
        wire_send(wire, NF_SYNC_POST, "/sync/v1/microflows/Shop.Double", body);

    bson_destroy(body);
    return status;
}

static void call(helper_wire *wire, uint8_t number, int64_t n)
{
    bson_t body, args = BSON_INITIALIZER;

    begin(&body, number);
    BSON_APPEND_INT64(&args, "N", n);
    BSON_APPEND_DOCUMENT(&body, "args", &args);
    end(&body);
    bson_destroy(&args);
    assert_int_equal(send(wire, &body), 200);
}

static bool failed(helper_wire *wire)
{
    bson_t reply, error;

    assert_true(nf_document_open(&reply, wire->response.body.data,
                                 wire->response.body.length));
    return nf_document_part(&reply, "error", &error) &&
           !strcmp(nf_document_text(&error, "code", ""), "microflow_failed");
}

/* How many orders the microflow has made. */
static int orders(helper_world *world)
{
    return helper_server_count(world, "Shop.Order");
}

static void open_wire(helper_wire *wire, helper_world *world, const char *user)
{
    wire_open(wire, world);
    assert_int_equal(wire_sign_in(wire, NULL, user, NULL), 201);
}

/* A151: the answer of a call is the device's until its next one. */
static void test_repeated(void **state)
{
    helper_world *world = *state;
    helper_wire anna, bert;

    open_wire(&anna, world, "anna");
    open_wire(&bert, world, "bert");
    for (int i = 0; i < 3; i++) {
        call(&anna, 1, 21);
        assert_int_equal(wire_int(&anna, "result"), 42);
    }
    assert_int_equal(orders(world), 1);
    call(&anna, 2, 4);
    assert_int_equal(wire_int(&anna, "result"), 8);
    assert_int_equal(orders(world), 2);
    call(&bert, 2, 5); /* the id is not the same call's for somebody else */
    assert_int_equal(wire_int(&bert, "result"), 10);
    assert_int_equal(orders(world), 3);
    wire_close(&anna);
    wire_close(&bert);
}

/* A failure is an answer like any, and what it undid stays undone. */
static void test_failing(void **state)
{
    helper_world *world = *state;
    helper_wire wire;

    open_wire(&wire, world, "anna");
    for (int i = 0; i < 2; i++) {
        call(&wire, 3, 13);
        assert_true(failed(&wire));
    }
    assert_int_equal(orders(world), 0);
    call(&wire, 4, 14);
    assert_int_equal(wire_int(&wire, "result"), 28);
    assert_int_equal(orders(world), 1);
    wire_close(&wire);
}

/* C14: the app of the device is another one. */
static void test_other_arguments(void **state)
{
    helper_world *world = *state;
    helper_wire wire;

    open_wire(&wire, world, "anna");
    for (uint8_t i = 0; i < 5; i++) {
        bson_t body, args = BSON_INITIALIZER, objects = BSON_INITIALIZER, one;

        begin(&body, (uint8_t)(10 + i));
        if (i == 1)
            BSON_APPEND_UTF8(&args, "N", "21");
        if (i != 0 && i != 1)
            BSON_APPEND_INT64(&args, "N", 21);
        if (i == 2)
            BSON_APPEND_INT64(&args, "N", 22);
        if (i == 3)
            BSON_APPEND_INT64(&args, "M", 22);
        if (i == 4) {
            BSON_APPEND_DOCUMENT_BEGIN(&objects, "0", &one);
            BSON_APPEND_UTF8(&one, "t", "Shop.Order");
            BSON_APPEND_INT64(&one, "id", -7);
            bson_append_document_end(&objects, &one);
        }
        BSON_APPEND_DOCUMENT(&body, "args", &args);
        BSON_APPEND_ARRAY(&body, "objects", &objects);
        bson_destroy(&args);
        bson_destroy(&objects);
        assert_int_equal(send(&wire, &body), 200);
        assert_true(failed(&wire));
    }
    assert_int_equal(orders(world), 0);
    wire_close(&wire);
}

/* What is no call at all. */
static void test_malformed(void **state)
{
    helper_world *world = *state;
    helper_wire wire;
    bson_t body, args = BSON_INITIALIZER;
    uint8_t id[15] = {1};

    open_wire(&wire, world, "anna");
    assert_int_equal(
        wire_send(&wire, NF_SYNC_POST, "/sync/v1/microflows/Shop.Double", NULL),
        400);
    begin(&body, 1); /* no arguments */
    end(&body);
    assert_int_equal(send(&wire, &body), 400);
    begin(&body, 1); /* no objects */
    BSON_APPEND_DOCUMENT(&body, "args", &args);
    assert_int_equal(send(&wire, &body), 400);
    bson_init(&body);
    BSON_APPEND_BINARY(&body, "call", BSON_SUBTYPE_BINARY, id, sizeof id);
    BSON_APPEND_DOCUMENT(&body, "args", &args);
    end(&body);
    assert_int_equal(send(&wire, &body), 400);
    assert_string_equal(wire.code, "SYNC_PROTOCOL");
    assert_int_equal(orders(world), 0);
    bson_destroy(&args);
    wire_close(&wire);
}

/* C17: unknown and forbidden look the same; a session is needed. */
static void test_not_allowed(void **state)
{
    helper_world *world = *state;
    helper_wire wire;

    open_wire(&wire, world, "anna");
    assert_int_equal(wire_send(&wire, NF_SYNC_POST,
                               "/sync/v1/microflows/Shop.Nothing", NULL),
                     404);
    assert_int_equal(
        wire_send(&wire, NF_SYNC_GET, "/sync/v1/microflows/Shop.Double", NULL),
        404);
    wire_close(&wire);
    open_wire(&wire, world, "carl");
    assert_int_equal(
        wire_send(&wire, NF_SYNC_POST, "/sync/v1/microflows/Shop.Double", NULL),
        404);
    wire.session[0] = '\0';
    assert_int_equal(
        wire_send(&wire, NF_SYNC_POST, "/sync/v1/microflows/Shop.Double", NULL),
        401);
    wire_close(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_repeated, setup, helper_teardown),
        cmocka_unit_test_setup_teardown(test_failing, setup, helper_teardown),
        cmocka_unit_test_setup_teardown(test_other_arguments, setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_malformed, setup, helper_teardown),
        cmocka_unit_test_setup_teardown(test_not_allowed, setup,
                                        helper_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
