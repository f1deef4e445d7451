/* A device that sends what it may not: the acceptance scenarios A55, A57, A60,
 * A110, A153, A156, A158, A159 of synchronize §29, past the device's client. */
#include "helper_wire.h"

#include "base/memory.h"

/* A member document with texts: "Name", "x", "Code", "y", NULL. */
static bson_t *members(const char *name, ...)
{
    bson_t *out = bson_new();
    va_list list;

    va_start(list, name);
    while (name) {
        const char *text = va_arg(list, const char *);
        BSON_APPEND_UTF8(out, name, text);
        name = va_arg(list, const char *);
    }
    va_end(list);
    return out;
}

/* Sends one record and acknowledges its result; the outcome. */
static const char *send_one(helper_wire *wire, int number, const char *kind,
                            const char *entity, int64_t id, bson_t *m,
                            const char *changed)
{
    wire_upload up;
    const char *outcome;

    wire_begin(&up, number);
    wire_record(&up, kind, entity, id, number, m, changed);
    wire_end(&up);
    assert_int_equal(wire_commit(wire, &up, "selective"), 200);
    outcome = wire_outcome(wire, &up, id);
    assert_int_equal(
        wire_send(wire, NF_SYNC_POST, wire_path(&up, "/ack"), NULL), 204);
    wire_dispose(&up);
    return outcome;
}

static void sign_in(helper_wire *wire, helper_world *world, const char *user)
{
    wire_open(wire, world);
    assert_int_equal(wire_sign_in(wire, NULL, user, NULL), 201);
}

/* A153: an id of another device's object, taken as new. */
static void test_forged_id(void **state)
{
    helper_world *world = *state;
    helper_wire a, b;
    int64_t id;

    sign_in(&a, world, "anna");
    sign_in(&b, world, "bert");
    id = wire_id(&a, "Shop.Order", 1);
    assert_string_equal(send_one(&a, 1, "new", "Shop.Order", id,
                                 members("Remark", "anna's", NULL), NULL),
                        "created");
    assert_string_equal(send_one(&b, 2, "new", "Shop.Order", id,
                                 members("Remark", "forged", NULL), NULL),
                        "rejected OBJ_VALUE");
    assert_string_equal(helper_server_text(world, "Shop.Order", id, "Remark"),
                        "anna's");
    /* nor under another entity */
    assert_string_equal(send_one(&b, 3, "new", "Shop.Region", id,
                                 members("Name", "forged", NULL), NULL),
                        "rejected OBJ_VALUE");
    assert_string_equal(helper_server_text(world, "Shop.Order", id, "Remark"),
                        "anna's");
    wire_close(&a);
    wire_close(&b);
}

/* A156: an object that anna can't read and one that does not exist give the
 * same answers to everything a device may ask. */
static void test_unreadable_id(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    static const char *const kinds[] = {"chg", "del", "ref"};
    int64_t hidden = helper_server_add(world, "Shop.Customer", "Name", "Acme");
    int64_t none = hidden + 1;

    helper_server_set(world, "Shop.Customer", hidden, "Hidden",
                      nf_boolean(true));
    sign_in(&a, world, "anna");
    for (int i = 0; i < 3; i++) {
        char answers[2][200];
        for (int j = 0; j < 2; j++) {
            int64_t id = j ? none : hidden;
            wire_upload up;
            bson_t *m = i == 0 ? members("Name", "Best", NULL) : NULL;
            wire_begin(&up, 10 + 2 * i + j);
            wire_record(&up, kinds[i], "Shop.Customer", id, 10 + 2 * i + j, m,
                        i == 0 ? "Name" : NULL);
            wire_end(&up);
            assert_int_equal(wire_commit(&a, &up, "selective"), 200);
            snprintf(answers[j], sizeof answers[j], "%s %d %d %d",
                     wire_outcome(&a, &up, id),
                     wire_count(&a, &up, NF_WIRE_GONE, id),
                     wire_count(&a, &up, NF_WIRE_OBJECT, 0),
                     (int)a.response.body.length);
            assert_int_equal(
                wire_send(&a, NF_SYNC_POST, wire_path(&up, "/ack"), NULL), 204);
            wire_dispose(&up);
        }
        assert_string_equal(answers[0], answers[1]);
    }
    assert_string_equal(
        helper_server_text(world, "Shop.Customer", hidden, "Name"), "Acme");
    wire_close(&a);
}

/* A158, S38: entities that are not there, not offline, not stored. */
static void test_foreign_entities(void **state)
{
    helper_world *world = *state;
    static const char *const entities[] = {"Shop.Nowhere", "Shop.Temp",
                                           "System.SynchronizationError",
                                           "System.User"};
    helper_wire a;

    sign_in(&a, world, "anna");
    for (int i = 0; i < 4; i++) {
        int64_t id = (int64_t)1 << 47 | a.device << 27 | (i + 1);
        const char *outcome = send_one(&a, 1 + i, "new", entities[i], id,
                                       members("Name", "x", NULL), NULL);
        assert_true(strncmp(outcome, "rejected OBJ_", 13) == 0);
    }
    assert_int_equal(helper_server_count(world, "System.User"), 1); /* anna */
    wire_close(&a);
}

/* A159: members that only the server writes. */
static void test_managed_members(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    int64_t id, bert;
    bson_t *m;
    nf_error err = {0};

    sign_in(&a, world, "anna");
    assert_int_equal(nf_server_user(world->server, &bert, "bert", &err), NF_OK);
    id = wire_id(&a, "Shop.Order", 1);
    m = members("Remark", "mine", NULL);
    BSON_APPEND_INT64(m, "Number", 7);
    BSON_APPEND_INT64(m, "System.owner", bert);
    BSON_APPEND_DATE_TIME(m, "changedDate", 1000);
    assert_string_equal(send_one(&a, 1, "new", "Shop.Order", id, m, NULL),
                        "created");
    assert_string_equal(helper_server_text(world, "Shop.Order", id, "Remark"),
                        "mine");
    assert_string_equal(helper_server_text(world, "Shop.Order", id, "Number"),
                        "100");
    assert_string_not_equal(
        helper_server_text(world, "Shop.Order", id, "changedDate"), "1000");
    {
        char text[24];
        snprintf(text, sizeof text, "%lld", (long long)a.user);
        assert_string_equal(
            helper_server_text(world, "Shop.Order", id, "System.owner"), text);
    }
    /* the same with a change that says it changes them */
    m = members("Remark", "still mine", NULL);
    BSON_APPEND_INT64(m, "Number", 8);
    BSON_APPEND_INT64(m, "System.owner", bert);
    send_one(&a, 2, "chg", "Shop.Order", id, m, "Remark Number System.owner");
    assert_string_equal(helper_server_text(world, "Shop.Order", id, "Number"),
                        "100");
    wire_close(&a);
}

/* A57, A60, S38: what one object may not have concerns that object alone. */
static void test_values(void **state)
{
    helper_world *world = *state;
    static const struct {
        const char *member, *text, *outcome;
    } cases[] = {
        {"Name", "a name of more than twenty characters", "rejected OBJ_VALUE"},
        {"Level", "nine", "rejected OBJ_VALUE"},
        {"Colour", "red", "rejected OBJ_UNKNOWN_MEMBER"},
        {"Hidden", "yes", "rejected OBJ_VALUE"},
    };
    helper_wire a;
    wire_upload up;
    int64_t fine;

    sign_in(&a, world, "anna");
    wire_begin(&up, 1);
    for (int i = 0; i < 4; i++) {
        bson_t *m = bson_new();
        if (i > 0)
            BSON_APPEND_UTF8(m, "Name", "x");
        BSON_APPEND_UTF8(m, cases[i].member, cases[i].text);
        wire_record(&up, "new", "Shop.Customer",
                    wire_id(&a, "Shop.Customer", i + 1), i + 1, m, NULL);
    }
    fine = wire_id(&a, "Shop.Customer", 9);
    wire_record(&up, "new", "Shop.Customer", fine, 9,
                members("Name", "fine", NULL), NULL);
    wire_end(&up);
    assert_int_equal(wire_commit(&a, &up, "selective"), 200);
    for (int i = 0; i < 4; i++)
        assert_string_equal(
            wire_outcome(&a, &up, wire_id(&a, "Shop.Customer", i + 1)),
            cases[i].outcome);
    assert_string_equal(wire_outcome(&a, &up, fine), "created");
    assert_int_equal(helper_server_count(world, "Shop.Customer"), 1);
    assert_int_equal(helper_server_count(world, "System.SynchronizationError"),
                     4);
    wire_dispose(&up);
    wire_close(&a);
}

/* Duplicates within one body, and an id twice in one unit. */
static void test_twice_in_a_unit(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    wire_upload up;
    int64_t id;

    sign_in(&a, world, "anna");
    id = wire_id(&a, "Shop.Order", 1);
    wire_begin(&up, 1);
    wire_record(&up, "new", "Shop.Order", id, 1, members("Remark", "a", NULL),
                NULL);
    wire_record(&up, "new", "Shop.Order", id, 2, members("Remark", "b", NULL),
                NULL);
    wire_end(&up);
    assert_int_equal(wire_commit(&a, &up, "all"), 400);
    assert_string_equal(a.code, "SYNC_PROTOCOL");
    assert_int_equal(helper_server_count(world, "Shop.Order"), 0);
    wire_dispose(&up);
    wire_close(&a);
}

#define CASE(test)                                                             \
    cmocka_unit_test_setup_teardown(test, helper_setup, helper_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_forged_id),        CASE(test_unreadable_id),
        CASE(test_foreign_entities), CASE(test_managed_members),
        CASE(test_values),           CASE(test_twice_in_a_unit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
