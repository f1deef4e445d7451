/* Calls of microflows as a device sends them (synchronize W48, A151; activities
 * C14, C17): repeated, wrong, and of others. */
#include "helper_wire.h"

#include "base/memory.h"

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
        "<Microflow Name=\"Endless\" AllowedModuleRoles=\"Shop.Clerk\">"
        "<ObjectCollection><Objects><StartEvent id=\"start\"/>"
        "<LoopedActivity id=\"loop\"><LoopSource type=\"WhileLoopCondition\" "
        "WhileExpression=\"true\"/><ObjectCollection><Objects>"
        "<ActionActivity id=\"v\"><Action type=\"CreateVariableAction\" "
        "VariableName=\"V\" VariableType=\"IntegerType\" "
        "InitialValue=\"1\"/></ActionActivity></Objects></ObjectCollection>"
        "</LoopedActivity><EndEvent id=\"end\"/></Objects></ObjectCollection>"
        "<Flows><flow from=\"start\" to=\"loop\"/>"
        "<flow from=\"loop\" to=\"end\"/></Flows></Microflow>"
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

/* C15: whoever takes too long is told as if nobody had answered. */
static void test_too_long(void **state)
{
    helper_world *world = *state;
    helper_wire wire;
    bson_t body, args = BSON_INITIALIZER, reply, error;

    nf_server_close(world->server);
    world->options.call_ms = 30;
    assert_int_equal(nf_server_open(&world->server, &world->options, NULL),
                     NF_OK);
    open_wire(&wire, world, "anna");
    begin(&body, 5);
    BSON_APPEND_DOCUMENT(&body, "args", &args);
    end(&body);
    assert_int_equal(wire_send(&wire, NF_SYNC_POST,
                               "/sync/v1/microflows/Shop.Endless", &body),
                     200);
    bson_destroy(&body);
    bson_destroy(&args);
    assert_true(nf_document_open(&reply, wire.response.body.data,
                                 wire.response.body.length));
    assert_true(nf_document_part(&reply, "error", &error));
    assert_string_equal(nf_document_text(&error, "code", ""), "network_error");
    assert_non_null(strstr(nf_document_text(&error, "text", ""), "too long"));
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

/* ---- replies that lie ------------------------------------------------------
 */

typedef enum lie {
    NO_OBJECTS,
    OTHER_RESULT,
    NO_RESULT,
    PUSH_NO_BYTES,
    PUSH_NO_STREAM,
    PUSH_OTHER_CALL,
    OVER_NOT_PUSHED,
    LIES
} lie;

static nf_status collect(void *user, const void *bytes, size_t size,
                         nf_error *err)
{
    (void)err;
    nf_buffer_add(user, bytes, size);
    return NF_OK;
}

/* The result of a call that was never made. */
static void append_push(bson_t *reply, const nf_sync_id *id)
{
    nf_stream_writer stream;
    bson_t head = BSON_INITIALIZER;
    nf_buffer bytes;

    nf_buffer_init(&bytes, 1 << 16);
    BSON_APPEND_UTF8(&head, "k", "head");
    BSON_APPEND_INT32(&head, "v", NF_SYNC_VERSION);
    BSON_APPEND_BINARY(&head, "id", BSON_SUBTYPE_BINARY, id->bytes, 16);
    BSON_APPEND_UTF8(&head, "mode", "selective");
    assert_int_equal(nf_stream_start(&stream, collect, &bytes, NULL), NF_OK);
    assert_int_equal(
        nf_stream_put_bytes(&stream, bson_get_data(&head), head.len, NULL),
        NF_OK);
    assert_int_equal(nf_stream_finish(&stream, NULL), NF_OK);
    nf_stream_dispose(&stream);
    BSON_APPEND_BINARY(reply, "push", BSON_SUBTYPE_BINARY,
                       (const uint8_t *)bytes.data, (uint32_t)bytes.length);
    bson_destroy(&head);
    nf_buffer_dispose(&bytes);
}

static void append_over(bson_t *reply)
{
    bson_t array, item, members;

    BSON_APPEND_ARRAY_BEGIN(reply, "over", &array);
    BSON_APPEND_DOCUMENT_BEGIN(&array, "0", &item);
    BSON_APPEND_UTF8(&item, "t", "Shop.Order");
    BSON_APPEND_INT64(&item, "id", 77);
    BSON_APPEND_DOCUMENT_BEGIN(&item, "m", &members);
    BSON_APPEND_UTF8(&members, "Remark", "forged");
    bson_append_document_end(&item, &members);
    bson_append_document_end(&array, &item);
    bson_append_array_end(reply, &array);
}

static void tell_lie(void *user, const nf_sync_request *request,
                     nf_sync_response *response)
{
    const lie *what = user;
    bson_t reply = BSON_INITIALIZER, none = BSON_INITIALIZER, sent;
    nf_sync_id id = {{0}};

    if (!strstr(request->path, "/microflows/"))
        return;
    assert_true(nf_document_open(&sent, request->body, request->body_length));
    if (*what != PUSH_OTHER_CALL)
        nf_document_binary(&sent, "call", id.bytes, sizeof id.bytes);
    if (*what == OTHER_RESULT)
        BSON_APPEND_UTF8(&reply, "result", "many");
    else if (*what != NO_RESULT)
        BSON_APPEND_INT64(&reply, "result", 42);
    if (*what != NO_OBJECTS)
        BSON_APPEND_ARRAY(&reply, "objects", &none);
    if (*what == PUSH_NO_BYTES)
        BSON_APPEND_UTF8(&reply, "push", "text");
    if (*what == PUSH_NO_STREAM)
        BSON_APPEND_BINARY(&reply, "push", BSON_SUBTYPE_BINARY,
                           (const uint8_t *)"abcdefgh", 8);
    if (*what == PUSH_OTHER_CALL || *what == OVER_NOT_PUSHED)
        append_push(&reply, &id);
    if (*what == OVER_NOT_PUSHED)
        append_over(&reply);
    nf_buffer_clear(&response->body);
    nf_buffer_add(&response->body, bson_get_data(&reply), reply.len);
    bson_destroy(&reply);
    bson_destroy(&none);
}

/* The call fails, the device is as it was, and the next true one works. */
static void test_lies(void **state)
{
    helper_world *world = *state;
    helper_device device;
    const nf_flow *flow;
    nf_value twenty_one = nf_integer(21), result = nf_empty();
    char *before, *after;

    helper_server_add(world, "Shop.Order", "Remark", "one");
    helper_device_open(&device, world, "anna");
    helper_sync(&device, NF_SYNC_RUN_ALL, NULL, 0);
    before = helper_dump(&device, world);
    assert_int_equal(nf_model_flow(&flow, world->model, NF_FLOW_MICROFLOW,
                                   "Shop.Double", NULL),
                     NF_OK);
    device.faults->spoil = tell_lie;
    for (lie what = NO_OBJECTS; what <= LIES; what++) {
        nf_sync_flow_call *call;
        nf_error err = {0};
        nf_status status;

        device.faults->user = &what;
        if (what == LIES)
            device.faults->spoil = NULL;
        assert_int_equal(
            nf_sync_call_flow(&call, device.client, flow, &twenty_one, &err),
            NF_OK);
        do
            status = nf_sync_call_flow_step(call, 10, &result, &err);
        while (status == NF_PENDING);
        nf_sync_call_flow_free(call);
        assert_int_equal(status, what == LIES ? NF_OK : NF_FAILED);
        if (what != LIES)
            assert_string_equal(err.code, what == NO_RESULT ? "microflow_failed"
                                                            : "SYNC_PROTOCOL");
        after = helper_dump(&device, world);
        assert_string_equal(after, before);
        nf_free(after);
    }
    assert_int_equal(result.as.integer, 42);
    nf_free(before);
    helper_device_close(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_repeated, setup, helper_teardown),
        cmocka_unit_test_setup_teardown(test_failing, setup, helper_teardown),
        cmocka_unit_test_setup_teardown(test_too_long, setup, helper_teardown),
        cmocka_unit_test_setup_teardown(test_other_arguments, setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_malformed, setup, helper_teardown),
        cmocka_unit_test_setup_teardown(test_not_allowed, setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_lies, setup, helper_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
