/* What an upload may do: values, access, references, ids, deletions, each
 * judged per object (synchronize §6, §11, §12, §14, §22). The upload is made by
 * hand: a device's client would not send most of it. */
#include "helper_wire.h"

#include <bson/bson.h>
#include <sqlite3.h>
#include <zlib.h>

static helper_wire anna, carl; /* a clerk, an administrator */

static int setup(void **state)
{
    if (helper_setup(state) != 0)
        return -1;
    wire_open(&anna, *state);
    wire_open(&carl, *state);
    assert_int_equal(wire_sign_in(&anna, NULL, "anna", NULL), 201);
    assert_int_equal(wire_sign_in(&carl, NULL, "carl", NULL), 201);
    return 0;
}

static int teardown(void **state)
{
    wire_close(&anna);
    wire_close(&carl);
    return helper_teardown(state);
}

static int next_sync = 1;

static void begin(wire_upload *up)
{
    wire_begin(up, next_sync++);
}

/* Ends and commits the upload. */
static void commit(helper_wire *wire, wire_upload *up, const char *mode)
{
    wire_end(up);
    assert_int_equal(wire_commit(wire, up, mode), 200);
}

/* The device has what it needs. */
static void done(helper_wire *wire, wire_upload *up)
{
    assert_int_equal(wire_send(wire, NF_SYNC_POST, wire_path(up, "/ack"), NULL),
                     204);
    wire_dispose(up);
}

static int64_t customer(int number)
{
    return wire_id(&anna, "Shop.Customer", number);
}

static int64_t order(int number)
{
    return wire_id(&anna, "Shop.Order", number);
}

static bson_t *named(const char *name)
{
    return BCON_NEW("Name", BCON_UTF8(name));
}

static void expect(wire_upload *up, int64_t id, const char *outcome)
{
    assert_string_equal(wire_outcome(&anna, up, id), outcome);
}

static int errors(helper_world *world)
{
    return helper_server_count(world, "System.SynchronizationError");
}

/* S38, A52, A60: what does not fit the model rejects its object, and leaves the
 * others alone. */
static void test_values(void **state)
{
    static const struct {
        const char *entity, *outcome;
    } cases[] = {
        {"Shop.Order", "created"},
        {"Shop.Nothing", "rejected OBJ_UNKNOWN_ENTITY"},
        {"Shop.Temp", "rejected OBJ_UNKNOWN_ENTITY"},
        {"System.Session", "rejected OBJ_UNKNOWN_ENTITY"},
        {"Shop.Order", "rejected OBJ_UNKNOWN_MEMBER"},
        {"Shop.Order", "rejected OBJ_VALUE"},    /* a number for a text */
        {"Shop.Order", "rejected OBJ_VALUE"},    /* no key of the enumeration */
        {"Shop.Customer", "rejected OBJ_VALUE"}, /* too long */
        {"Shop.Order", "rejected OBJ_VALUE"},    /* out of range */
        {"Shop.Customer", "rejected OBJ_VALUE"}, /* a member twice */
        {"Shop.Customer", "rejected OBJ_VALIDATION"},
        {"Shop.Order", "rejected OBJ_VALUE"}, /* a negative reference */
        {"Shop.Order", "created"},
    };
    enum { COUNT = sizeof cases / sizeof *cases };
    helper_world *world = *state;
    bson_t *members[COUNT] = {
        BCON_NEW("Remark", BCON_UTF8("fine")),
        BCON_NEW("Remark", BCON_UTF8("x")),
        BCON_NEW("Remark", BCON_UTF8("x")),
        BCON_NEW("Remark", BCON_UTF8("x")),
        BCON_NEW("Vanished", BCON_UTF8("x")),
        BCON_NEW("Remark", BCON_INT64(1)),
        BCON_NEW("Status", BCON_UTF8("Lost")),
        named("a name of more than twenty"),
        BCON_NEW("Total", BCON_UTF8("123456789012345678901234567890")),
        BCON_NEW("Name", BCON_UTF8("x"), "Name", BCON_UTF8("y")),
        named(" "),
        BCON_NEW("Shop.Order_Customer", BCON_INT64(-1)),
        BCON_NEW("Remark", BCON_UTF8("fine, too")),
    };
    wire_upload up;

    begin(&up);
    for (int i = 0; i < COUNT; i++)
        wire_record(&up, "new", cases[i].entity, order(1 + i), 100 + i,
                    members[i], NULL);
    commit(&anna, &up, "all");
    for (int i = 0; i < COUNT; i++)
        expect(&up, order(1 + i), cases[i].outcome);
    assert_int_equal(helper_server_count(world, "Shop.Order"), 2);
    assert_int_equal(helper_server_count(world, "Shop.Customer"), 0);
    assert_int_equal(errors(world), COUNT - 2);
    done(&anna, &up);
}

/* A55, A56: unique values, and a second chance after the deletions. */
static void test_unique(void **state)
{
    helper_world *world = *state;
    int64_t old = helper_server_add(world, "Shop.Customer", "Name", "old");
    wire_upload up;

    helper_server_set_text(world, "Shop.Customer", old, "Code", "X");
    begin(&up);
    wire_record(&up, "new", "Shop.Customer", customer(1), 1,
                BCON_NEW("Name", BCON_UTF8("a"), "Code", BCON_UTF8("X")), NULL);
    wire_record(&up, "new", "Shop.Customer", customer(2), 2,
                BCON_NEW("Name", BCON_UTF8("b"), "Code", BCON_UTF8("Y")), NULL);
    commit(&anna, &up, "all");
    expect(&up, customer(1), "rejected OBJ_UNIQUE");
    expect(&up, customer(2), "created");
    done(&anna, &up);

    begin(&up);
    wire_record(&up, "new", "Shop.Customer", customer(3), 3,
                BCON_NEW("Name", BCON_UTF8("c"), "Code", BCON_UTF8("X")), NULL);
    wire_record(&up, "del", "Shop.Customer", old, 4, NULL, NULL);
    commit(&anna, &up, "all");
    expect(&up, customer(3), "created");
    expect(&up, old, "deleted");
    assert_int_equal(errors(world), 1);
    done(&anna, &up);
}

/* A37, A38, A48, A73, A75: what references point to. */
static void test_references(void **state)
{
    helper_world *world = *state;
    int64_t gone = helper_server_add(world, "Shop.Customer", "Name", "gone");
    wire_upload up;

    helper_server_delete(world, "Shop.Customer", gone);
    begin(&up);
    wire_record(&up, "new", "Shop.Order", order(1), 1,
                BCON_NEW("Shop.Order_Customer", BCON_INT64(customer(1))), NULL);
    wire_record(&up, "new", "Shop.Order", order(2), 2,
                BCON_NEW("Shop.Order_Customer", BCON_INT64(customer(9))), NULL);
    wire_record(&up, "new", "Shop.Order", order(3), 3,
                BCON_NEW("Shop.Order_Customer", BCON_INT64(customer(3))), NULL);
    wire_record(&up, "new", "Shop.Order", order(4), 4,
                BCON_NEW("Shop.Order_Customer", BCON_INT64(gone)), NULL);
    /* A38: listed last; A48: without a name */
    wire_record(&up, "new", "Shop.Customer", customer(1), 5, named("one"),
                NULL);
    wire_record(&up, "new", "Shop.Customer", customer(3), 6, named(""), NULL);
    /* an id of the unit that is of another entity */
    wire_record(&up, "new", "Shop.Order", order(5), 7,
                BCON_NEW("Shop.Order_Customer", BCON_INT64(order(1))), NULL);
    world->log[0] = '\0';
    commit(&anna, &up, "unsynchronized");
    expect(&up, order(1), "created");
    expect(&up, customer(1), "created");
    expect(&up, order(2), "rejected OBJ_DANGLING");
    expect(&up, order(3), "created");
    expect(&up, customer(3), "rejected OBJ_VALIDATION");
    expect(&up, order(4), "created");
    expect(&up, order(5), "rejected OBJ_DANGLING");
    assert_int_equal(atoll(helper_server_text(world, "Shop.Order", order(1),
                                              "Shop.Order_Customer")),
                     customer(1));
    assert_string_equal(helper_server_text(world, "Shop.Order", order(3),
                                           "Shop.Order_Customer"),
                        "");
    assert_string_equal(helper_server_text(world, "Shop.Order", order(4),
                                           "Shop.Order_Customer"),
                        "");
    assert_int_equal(helper_server_count(world, "Shop.Customer"), 1);
    assert_non_null(strstr(world->log, "Shop.Order_Customer"));
    assert_int_equal(errors(world), 3);
    done(&anna, &up);
}

/* A75: two new objects that refer to each other. */
static void test_cycle(void **state)
{
    helper_world *world = *state;
    wire_upload up;

    begin(&up);
    wire_record(&up, "new", "Shop.Order", order(1), 1,
                BCON_NEW("Shop.Next", BCON_INT64(order(2))), NULL);
    wire_record(&up, "new", "Shop.Order", order(2), 2,
                BCON_NEW("Shop.Next", BCON_INT64(order(1))), NULL);
    /* a longer one, one of which is rejected: no reference to it stays */
    wire_record(&up, "new", "Shop.Order", order(3), 3,
                BCON_NEW("Shop.Next", BCON_INT64(order(4))), NULL);
    wire_record(&up, "new", "Shop.Order", order(4), 4,
                BCON_NEW("Shop.Next", BCON_INT64(order(3)), "Status",
                         BCON_UTF8("Lost")),
                NULL);
    commit(&anna, &up, "unsynchronized");
    expect(&up, order(1), "created");
    expect(&up, order(2), "created");
    expect(&up, order(3), "created");
    expect(&up, order(4), "rejected OBJ_VALUE");
    assert_int_equal(
        atoll(helper_server_text(world, "Shop.Order", order(1), "Shop.Next")),
        order(2));
    assert_int_equal(
        atoll(helper_server_text(world, "Shop.Order", order(2), "Shop.Next")),
        order(1));
    assert_string_equal(
        helper_server_text(world, "Shop.Order", order(3), "Shop.Next"), "");
    done(&anna, &up);
}

static int cycle_setup(void **state)
{
    if (helper_setup_changed(
            state, "<Association Name=\"Order_Fixed\"",
            "<Association Name=\"Next\" ParentPointer=\"Order\" "
            "ChildPointer=\"Order\"/><Association Name=\"Order_Fixed\"") != 0)
        return -1;
    wire_open(&anna, *state);
    wire_open(&carl, *state);
    assert_int_equal(wire_sign_in(&anna, NULL, "anna", NULL), 201);
    return 0;
}

/* A57, A58, A59, S42: rights by member and to create. */
static void test_access(void **state)
{
    helper_world *world = *state;
    int64_t id = helper_server_add(world, "Shop.Customer", "Name", "before");
    wire_upload up;

    begin(&up);
    wire_record(&up, "chg", "Shop.Customer", id, 1,
                BCON_NEW("Name", BCON_UTF8("after"), "Level", BCON_INT64(9)),
                "Name Level");
    wire_record(&up, "new", "Shop.Customer", customer(1), 2,
                BCON_NEW("Name", BCON_UTF8("a"), "Level", BCON_INT64(1)), NULL);
    wire_record(&up, "new", "Shop.Customer", customer(2), 3,
                BCON_NEW("Name", BCON_UTF8("b"), "Level", BCON_INT64(2)), NULL);
    wire_record(&up, "new", "Shop.Fixed", wire_id(&anna, "Shop.Fixed", 1), 4,
                named("c"), NULL);
    commit(&anna, &up, "all");
    expect(&up, id, "rejected OBJ_MEMBER_ACCESS");
    expect(&up, customer(1), "created");
    expect(&up, customer(2), "rejected OBJ_MEMBER_ACCESS");
    expect(&up, wire_id(&anna, "Shop.Fixed", 1), "rejected OBJ_CREATE_DENIED");
    assert_string_equal(helper_server_text(world, "Shop.Customer", id, "Name"),
                        "before");
    done(&anna, &up);

    /* sent, but not changed by the device: the server's value stays (A58) */
    helper_server_set(world, "Shop.Customer", id, "Level", nf_integer(5));
    begin(&up);
    wire_record(&up, "chg", "Shop.Customer", id, 5,
                BCON_NEW("Name", BCON_UTF8("after"), "Level", BCON_INT64(1)),
                "Name");
    commit(&anna, &up, "all");
    expect(&up, id, "updated");
    assert_string_equal(helper_server_text(world, "Shop.Customer", id, "Name"),
                        "after");
    assert_string_equal(helper_server_text(world, "Shop.Customer", id, "Level"),
                        "5");
    done(&anna, &up);
}

/* The text of the outcome record of an object. */
typedef struct gone_pair {
    char a[64], b[64];
} gone_pair;

/* A35, A70, A156, S165: an object that the user may not read is answered as one
 * that does not exist, whatever is tried with it. */
static void test_unreadable(void **state)
{
    helper_world *world = *state;
    int64_t hidden = helper_server_add(world, "Shop.Customer", "Name", "h");
    int64_t unknown = customer(77);
    static const char *const kinds[] = {"chg", "del", "ref"};
    static const char *const entities[] = {"Shop.Customer", "Shop.Order"};
    int expected = 0;

    helper_server_set(world, "Shop.Customer", hidden, "Hidden",
                      nf_boolean(true));
    for (size_t k = 0; k < 3; k++) {
        for (size_t e = 0; e < 2; e++) {
            wire_upload up;
            gone_pair seen;
            begin(&up);
            wire_record(&up, kinds[k], entities[e], hidden,
                        500 + (int)(10 * k + e), k ? NULL : bson_new(), NULL);
            wire_record(&up, kinds[k], entities[e], unknown,
                        600 + (int)(10 * k + e), k ? NULL : bson_new(), NULL);
            commit(&anna, &up, "selective");
            snprintf(seen.a, sizeof seen.a, "%s",
                     wire_outcome(&anna, &up, hidden));
            snprintf(seen.b, sizeof seen.b, "%s",
                     wire_outcome(&anna, &up, unknown));
            assert_string_equal(seen.a, seen.b);
            assert_int_equal(wire_count(&anna, &up, NF_WIRE_OBJECT, hidden), 0);
            assert_int_equal(wire_count(&anna, &up, NF_WIRE_GONE, hidden),
                             wire_count(&anna, &up, NF_WIRE_GONE, unknown));
            /* a change of either is recorded, a deletion only of what is
             * there and may not be seen */
            expected += k == 0 ? 2 : k == 1 ? 1 : 0;
            done(&anna, &up);
        }
    }
    assert_true(helper_server_has(world, "Shop.Customer", hidden));
    assert_string_equal(
        helper_server_text(world, "Shop.Customer", hidden, "Name"), "h");
    assert_int_equal(errors(world), expected);
    assert_non_null(
        strstr(helper_last_error(world, "Reason"), "OBJ_NO_ACCESS"));
}

/* A66, A67, A69, A71, S86: deletions. */
static void test_deletions(void **state)
{
    helper_world *world = *state;
    int64_t a = helper_server_add(world, "Shop.Order", "Remark", "a");
    int64_t b = helper_server_add(world, "Shop.Order", "Remark", "b");
    int64_t fixed = helper_server_add(world, "Shop.Fixed", "Name", "f");
    wire_upload up;

    begin(&up);
    wire_record(&up, "del", "Shop.Order", a, 1, NULL, NULL);
    wire_record(&up, "del", "Shop.Order", order(99), 2, NULL, NULL);
    wire_record(&up, "del", "Shop.Fixed", fixed, 3, NULL, NULL);
    commit(&anna, &up, "unsynchronized");
    expect(&up, a, "deleted");
    expect(&up, order(99), "deleted");
    expect(&up, fixed, "rejected OBJ_DELETE_DENIED");
    /* the object comes back (S87) */
    assert_int_equal(wire_count(&anna, &up, NF_WIRE_OBJECT, fixed), 1);
    assert_false(helper_server_has(world, "Shop.Order", a));
    assert_true(helper_server_has(world, "Shop.Fixed", fixed));
    assert_int_equal(errors(world), 1);
    done(&anna, &up);

    /* A71: changed here, deleted there; and the other way round */
    begin(&up);
    wire_record(&up, "chg", "Shop.Order", a, 4,
                BCON_NEW("Remark", BCON_UTF8("late")), "Remark");
    commit(&anna, &up, "unsynchronized");
    expect(&up, a, "gone OBJ_GONE");
    assert_int_equal(errors(world), 2);
    assert_non_null(strstr(helper_last_error(world, "ObjectContent"), "late"));
    done(&anna, &up);
    helper_server_set_text(world, "Shop.Order", b, "Remark", "changed");
    begin(&up);
    wire_record(&up, "del", "Shop.Order", b, 5, NULL, NULL);
    commit(&anna, &up, "unsynchronized");
    expect(&up, b, "deleted");
    assert_false(helper_server_has(world, "Shop.Order", b));
    done(&anna, &up);
}

/* D51: delete behaviours at a deletion that a device sends. */
static void test_delete_behaviors(void **state)
{
    helper_world *world = *state;
    int64_t free_one = helper_server_add(world, "Shop.Customer", "Name", "a");
    int64_t used = helper_server_add(world, "Shop.Customer", "Name", "b");
    int64_t fixed = helper_server_add(world, "Shop.Fixed", "Name", "f");
    int64_t holder = helper_server_add(world, "Shop.Order", "Remark", "h");
    int64_t part = helper_server_add(world, "Shop.Order", "Remark", "p");
    wire_upload up;

    helper_server_set(world, "Shop.Order", holder, "Shop.Order_Customer",
                      nf_id_value(used));
    helper_server_set(world, "Shop.Order", part, "Shop.Order_Fixed",
                      nf_id_value(fixed));
    begin(&up);
    wire_record(&up, "del", "Shop.Customer", free_one, 1, NULL, NULL);
    wire_record(&up, "del", "Shop.Customer", used, 2, NULL, NULL);
    wire_record(&up, "del", "Shop.Order", part, 3, NULL, NULL);
    commit(&anna, &up, "unsynchronized");
    expect(&up, free_one, "deleted");
    expect(&up, used, "rejected OBJ_DELETE_BLOCKED");
    expect(&up, part, "deleted");
    assert_true(helper_server_has(world, "Shop.Customer", used));
    assert_int_equal(atoll(helper_server_text(world, "Shop.Order", holder,
                                              "Shop.Order_Customer")),
                     used);
    assert_false(helper_server_has(world, "Shop.Fixed", fixed)); /* cascade */
    assert_non_null(
        strstr(helper_last_error(world, "Reason"), "The customer has orders"));
    done(&anna, &up);

    /* with what refers to it the deletion is not prevented */
    begin(&up);
    wire_record(&up, "del", "Shop.Order", holder, 4, NULL, NULL);
    wire_record(&up, "del", "Shop.Customer", used, 5, NULL, NULL);
    commit(&anna, &up, "unsynchronized");
    expect(&up, used, "deleted");
    done(&anna, &up);
}

static int behavior_setup(void **state)
{
    if (helper_setup_changed(
            state, "<Association Name=\"Order_Fixed\"",
            "<Association Name=\"Order_Customer\" ParentPointer=\"Order\" "
            "ChildPointer=\"Customer\"><DeleteBehavior "
            "ParentDeleteBehavior=\"DeleteMeButKeepReferences\" "
            "ChildDeleteBehavior=\"DeleteMeIfNoReferences\" "
            "ChildErrorMessage=\"The customer has orders\"/></Association>"
            "<Association Name=\"Order_Fixed\" ParentPointer=\"Order\" "
            "ChildPointer=\"Fixed\"><DeleteBehavior "
            "ParentDeleteBehavior=\"DeleteMeAndReferences\" "
            "ChildDeleteBehavior=\"DeleteMeButKeepReferences\"/>"
            "</Association><Association Name=\"Old_Fixed\"") != 0)
        return -1;
    wire_open(&anna, *state);
    wire_open(&carl, *state);
    assert_int_equal(wire_sign_in(&anna, NULL, "anna", NULL), 201);
    return 0;
}

/* A153, S40, D115: ids belong to who made them; once deleted they stay gone. */
static void test_ids(void **state)
{
    helper_world *world = *state;
    int64_t server = helper_server_add(world, "Shop.Order", "Remark", "s");
    wire_upload up;

    begin(&up);
    wire_record(&up, "new", "Shop.Order", order(1), 1,
                BCON_NEW("Remark", BCON_UTF8("mine")), NULL);
    wire_record(&up, "new", "Shop.Order", server, 2,
                BCON_NEW("Remark", BCON_UTF8("forged")), NULL);
    commit(&anna, &up, "all");
    expect(&up, order(1), "created");
    expect(&up, server, "rejected OBJ_VALUE");
    assert_string_equal(
        helper_server_text(world, "Shop.Order", server, "Remark"), "s");
    done(&anna, &up);

    /* another device, the same id (a forged block) */
    begin(&up);
    wire_record(&up, "new", "Shop.Order", order(1), 3,
                BCON_NEW("Remark", BCON_UTF8("theirs")), NULL);
    wire_end(&up);
    assert_int_equal(wire_commit(&carl, &up, "all"), 200);
    assert_string_equal(wire_outcome(&carl, &up, order(1)),
                        "rejected OBJ_VALUE");
    assert_string_equal(
        helper_server_text(world, "Shop.Order", order(1), "Remark"), "mine");
    done(&carl, &up);

    /* the same device with another change of it: not a second insert */
    begin(&up);
    wire_record(&up, "new", "Shop.Order", order(1), 4,
                BCON_NEW("Remark", BCON_UTF8("again")), NULL);
    commit(&anna, &up, "all");
    expect(&up, order(1), "updated");
    assert_string_equal(
        helper_server_text(world, "Shop.Order", order(1), "Remark"), "again");
    done(&anna, &up);
    helper_server_delete(world, "Shop.Order", order(1));
    begin(&up);
    wire_record(&up, "new", "Shop.Order", order(1), 5,
                BCON_NEW("Remark", BCON_UTF8("revived")), NULL);
    commit(&anna, &up, "all");
    expect(&up, order(1), "gone OBJ_GONE");
    assert_false(helper_server_has(world, "Shop.Order", order(1)));
    done(&anna, &up);
}

/* S24, S162, A62, A123, A124: a change that was delivered before does nothing
 * again, under whatever sync id, and makes no second record. */
static void test_duplicates(void **state)
{
    helper_world *world = *state;
    wire_upload up;

    for (int i = 0; i < 3; i++) {
        begin(&up);
        wire_record(&up, "new", "Shop.Order", order(1), 1,
                    BCON_NEW("Remark", BCON_UTF8("once")), NULL);
        wire_record(&up, "new", "Shop.Customer", customer(1), 2, named(""),
                    NULL);
        commit(&anna, &up, "all");
        expect(&up, order(1), i ? "duplicate" : "created");
        expect(&up, customer(1), "rejected OBJ_VALIDATION");
        assert_int_equal(errors(world), 1);
        assert_int_equal(helper_server_count(world, "Shop.Customer"), 0);
        done(&anna, &up);
        /* somebody else's change in between survives (A124) */
        helper_server_set_text(world, "Shop.Order", order(1), "Remark",
                               "bert's");
    }
    assert_string_equal(
        helper_server_text(world, "Shop.Order", order(1), "Remark"), "bert's");
    /* a change made after the restore is another one */
    begin(&up);
    wire_record(&up, "chg", "Shop.Order", order(1), 9,
                BCON_NEW("Remark", BCON_UTF8("new")), "Remark");
    commit(&anna, &up, "all");
    expect(&up, order(1), "updated");
    done(&anna, &up);
}

/* S24: of changes whose ids follow each other some were decided before. */
static void test_partly_decided(void **state)
{
    static const int first[] = {1, 2, 3, 6};
    helper_world *world = *state;
    wire_upload up;

    begin(&up);
    for (int i = 0; i < 4; i++)
        wire_record(&up, "new", "Shop.Order", order(first[i]), first[i],
                    BCON_NEW("Remark", BCON_UTF8("first")), NULL);
    commit(&anna, &up, "all");
    for (int i = 0; i < 4; i++)
        expect(&up, order(first[i]), "created");
    done(&anna, &up);
    for (int round = 0; round < 2; round++) {
        begin(&up);
        for (int k = 8; k >= 1; k--)
            wire_record(&up, "new", "Shop.Order", order(k), k,
                        BCON_NEW("Remark", BCON_UTF8("second")), NULL);
        commit(&anna, &up, "all");
        for (int k = 1; k <= 8; k++)
            expect(&up, order(k),
                   round > 0 || k <= 3 || k == 6 ? "duplicate" : "created");
        assert_int_equal(helper_server_count(world, "Shop.Order"), 8);
        done(&anna, &up);
    }
    assert_string_equal(
        helper_server_text(world, "Shop.Order", order(2), "Remark"), "first");
}

/* Two changes with one id in a unit, one of which is refused: the accepted one
 * counts, in whatever order they come and however many there are beside them.
 */
static void test_one_id_twice(void **state)
{
    helper_world *world = *state;
    wire_upload up;

    for (int i = 0; i < 2; i++) {
        begin(&up);
        wire_record(&up, "new", "Shop.Order", order(1), 1,
                    BCON_NEW("Remark", BCON_UTF8("fine")), NULL);
        wire_record(&up, "new", "Shop.Customer", customer(1), 1, named(""),
                    NULL);
        wire_record(&up, "new", "Shop.Customer", customer(2), 2, named(""),
                    NULL);
        wire_record(&up, "new", "Shop.Order", order(2), 2,
                    BCON_NEW("Remark", BCON_UTF8("fine")), NULL);
        for (int k = 3; k < 140; k++)
            wire_record(&up, "new", "Shop.Order", order(k), k,
                        BCON_NEW("Remark", BCON_UTF8("many")), NULL);
        commit(&anna, &up, "all");
        expect(&up, order(1), i ? "duplicate" : "created");
        expect(&up, order(2), i ? "duplicate" : "created");
        expect(&up, order(139), i ? "duplicate" : "created");
        expect(&up, customer(1), i ? "duplicate" : "rejected OBJ_VALIDATION");
        expect(&up, customer(2), i ? "duplicate" : "rejected OBJ_VALIDATION");
        assert_int_equal(errors(world), 2);
        assert_int_equal(helper_server_count(world, "Shop.Order"), 139);
        done(&anna, &up);
    }
}

/* A164: 100 days later, never acknowledged: still known. */
static void test_long_absence(void **state)
{
    helper_world *world = *state;
    wire_upload up, again;

    begin(&up);
    wire_record(&up, "new", "Shop.Order", order(1), 1,
                BCON_NEW("Remark", BCON_UTF8("once")), NULL);
    commit(&anna, &up, "all");
    world->now += 100 * INT64_C(86400000);
    assert_int_equal(wire_sign_in(&anna, NULL, "anna", NULL), 201);
    assert_int_equal(wire_send(&anna, NF_SYNC_GET, wire_path(&up, ""), NULL),
                     200);
    assert_string_equal(wire_text(&anna, "state"), "applied");
    assert_int_equal(
        wire_send(&anna, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 200);
    expect(&up, order(1), "created");
    assert_int_equal(helper_server_count(world, "Shop.Order"), 1);
    done(&anna, &up);
    begin(&again);
    wire_record(&again, "new", "Shop.Order", order(1), 1,
                BCON_NEW("Remark", BCON_UTF8("once")), NULL);
    commit(&anna, &again, "all");
    expect(&again, order(1), "duplicate");
    done(&anna, &again);
}

/* A159: what the server manages is ignored. */
static void test_managed(void **state)
{
    helper_world *world = *state;
    wire_upload up;

    begin(&up);
    wire_record(&up, "new", "Shop.Order", order(1), 1,
                BCON_NEW("Remark", BCON_UTF8("x"), "Number", BCON_INT64(7),
                         "changedDate", BCON_DATE_TIME(1), "System.owner",
                         BCON_INT64(carl.user)),
                NULL);
    commit(&anna, &up, "all");
    expect(&up, order(1), "created");
    assert_string_equal(
        helper_server_text(world, "Shop.Order", order(1), "Number"), "100");
    assert_int_equal(atoll(helper_server_text(world, "Shop.Order", order(1),
                                              "System.owner")),
                     anna.user);
    assert_int_equal(
        atoll(helper_server_text(world, "Shop.Order", order(1), "changedDate")),
        world->now);
    done(&anna, &up);
}

/* S158, S159, S163, W56: what is kept and said of a run. */
static void test_records(void **state)
{
    helper_world *world = *state;
    wire_upload up;
    const char *content;

    begin(&up);
    wire_record(&up, "new", "Shop.Order", order(1), 1,
                BCON_NEW("Remark", BCON_UTF8("secret text")), NULL);
    wire_record(&up, "new", "Shop.Order", order(2), 2,
                BCON_NEW("Remark", BCON_UTF8("r"), "Status", BCON_UTF8("Lost"),
                         "Shop.Order_Customer", BCON_INT64(customer(1))),
                "Remark");
    world->log[0] = '\0';
    commit(&anna, &up, "unsynchronized");
    content = helper_last_error(world, "ObjectContent");
    assert_non_null(strstr(content, "\"objectType\":\"Shop.Order\""));
    assert_non_null(strstr(content, "\"kind\":\"new\""));
    assert_non_null(strstr(content, "\"changed\":[\"Remark\"]"));
    assert_non_null(strstr(content, "\"Status\":\"Lost\""));
    assert_int_equal(atoll(helper_last_error(world, "System.owner")),
                     anna.user);
    assert_non_null(strstr(world->log, "new=2"));
    assert_non_null(strstr(world->log, "accepted=1"));
    assert_non_null(strstr(world->log, "rejected=1"));
    assert_non_null(strstr(world->log, "mode=unsynchronized"));
    assert_null(strstr(world->log, "secret"));
    assert_int_equal(
        helper_server_count(world, "System.SynchronizationHistory"), 1);
    /* asked for again: no second record */
    assert_int_equal(
        wire_send(&anna, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 200);
    assert_int_equal(
        helper_server_count(world, "System.SynchronizationHistory"), 1);
    done(&anna, &up);
    world->now += 366 * INT64_C(86400000);
    assert_int_equal(wire_sign_in(&anna, NULL, "anna", NULL), 201);
    assert_int_equal(
        helper_server_count(world, "System.SynchronizationHistory"), 0);
}

/* A87: with the host's option only changed members overwrite. */
static void test_merge(void **state)
{
    helper_world *world = *state;
    int64_t id = helper_server_add(world, "Shop.Order", "Remark", "old");
    wire_upload up;

    for (int merge = 0; merge < 2; merge++) {
        nf_error err = {0};
        nf_server_close(world->server);
        world->options.merge_changed_members = merge;
        assert_int_equal(nf_server_open(&world->server, &world->options, &err),
                         NF_OK);
        if (!merge)
            id = helper_server_add(world, "Shop.Order", "Remark", "old");
        helper_server_set_text(world, "Shop.Order", id, "Remark", "theirs");
        if (wire_sign_in(&anna, NULL, "anna", NULL) != 201)
            fail();
        begin(&up);
        wire_record(&up, "chg", "Shop.Order", id, 10 + merge,
                    BCON_NEW("Remark", BCON_UTF8("old"), "Status",
                             BCON_UTF8(merge ? "Open" : "Closed")),
                    "Status");
        commit(&anna, &up, "all");
        expect(&up, id, "updated");
        assert_string_equal(
            helper_server_text(world, "Shop.Order", id, "Remark"),
            merge ? "theirs" : "old");
        assert_string_equal(
            helper_server_text(world, "Shop.Order", id, "Status"),
            merge ? "Open" : "Closed");
        done(&anna, &up);
    }
}

static int merge_setup(void **state)
{
    if (helper_setup_file(state) != 0)
        return -1;
    wire_open(&anna, *state);
    wire_open(&carl, *state);
    return 0;
}

/* A110, S55, S70: an entity that became Online, with and without
 * compatibility, for a device that still downloads it. */
static void online(void **state, bool compatible)
{
    helper_world *world = *state;
    int64_t id = wire_id(&anna, "Shop.Draft", 1);
    int64_t there = helper_server_add(world, "Shop.Draft", "Name", "there");
    wire_upload up;

    begin(&up);
    up.views = "Shop.Order Shop.Draft";
    wire_record(&up, "new", "Shop.Draft", id, 1, named("d"), NULL);
    commit(&anna, &up, "all");
    expect(&up, id, compatible ? "created" : "rejected OBJ_ONLINE");
    assert_int_equal(helper_server_count(world, "Shop.Draft"), 1 + compatible);
    assert_int_equal(errors(world), !compatible);
    assert_string_equal(wire_section(&anna, &up, "Shop.Draft"),
                        compatible ? "snapshot" : "keep");
    assert_int_equal(wire_count(&anna, &up, NF_WIRE_OBJECT, there), compatible);
    /* what was refused does not stay on the device as if it were there */
    assert_int_equal(wire_count(&anna, &up, NF_WIRE_GONE, id), !compatible);
    /* nor does the device get what its model does not know of (S138) */
    assert_string_equal(wire_section(&anna, &up, "Shop.Customer"), "");
    done(&anna, &up);
}

/* A111: an entity that became `None`: the older device keeps its rows. */
static void test_keep(void **state)
{
    helper_world *world = *state;
    int64_t id = wire_id(&anna, "Shop.Feedback", 1);
    wire_upload up;

    begin(&up);
    up.views = "Shop.Feedback";
    wire_record(&up, "new", "Shop.Feedback", id, 1, named("d"), NULL);
    commit(&anna, &up, "all");
    expect(&up, id, "created");
    assert_string_equal(wire_section(&anna, &up, "Shop.Feedback"), "keep");
    assert_int_equal(helper_server_count(world, "Shop.Feedback"), 1);
    done(&anna, &up);
    begin(&up); /* a device of this model drops them, and what only its own
                   model does not download is not sent */
    up.views = "Shop.Feedback:None Shop.Order:NoneAndPreserveData";
    commit(&anna, &up, "all");
    assert_string_equal(wire_section(&anna, &up, "Shop.Feedback"), "clear");
    assert_string_equal(wire_section(&anna, &up, "Shop.Order"), "keep");
    done(&anna, &up);
}

static void test_online(void **state)
{
    online(state, false);
}

static void test_compatible(void **state)
{
    online(state, true);
}

static int online_setup(void **state)
{
    if (helper_setup_changed(state, "SyncMode=\"Never\"",
                             "SyncMode=\"Online\"") != 0)
        return -1;
    wire_open(&anna, *state);
    wire_open(&carl, *state);
    assert_int_equal(wire_sign_in(&anna, NULL, "anna", NULL), 201);
    return 0;
}

static int compatible_setup(void **state)
{
    if (helper_setup_changed(
            state, "SyncMode=\"Never\"",
            "SyncMode=\"Online\" CompatibilityMode=\"true\"") != 0)
        return -1;
    wire_open(&anna, *state);
    wire_open(&carl, *state);
    assert_int_equal(wire_sign_in(&anna, NULL, "anna", NULL), 201);
    return 0;
}

/* ---- packed uploads (W42, A139) ------------------------------------------ */

static void pack(wire_upload *up, const void *bytes, size_t size)
{
    z_stream stream = {0};
    size_t room = size + 1024;
    uint8_t *out = malloc(room);

    assert_int_equal(
        deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
        Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    room -= stream.avail_out;
    deflateEnd(&stream);
    nf_buffer_clear(&up->bytes);
    nf_buffer_add(&up->bytes, out, room);
    free(out);
    up->gzip = true;
    assert_true(nf_sha256(up->sha, up->bytes.data, up->bytes.length));
}

static void test_packed(void **state)
{
    helper_world *world = *state;
    wire_upload up;
    char *copy;
    size_t size;

    begin(&up);
    for (int i = 1; i <= 500; i++)
        wire_record(&up, "new", "Shop.Order", order(i), i,
                    BCON_NEW("Remark", BCON_UTF8("the same text")), NULL);
    wire_end(&up);
    size = up.bytes.length;
    copy = malloc(size);
    memcpy(copy, up.bytes.data, size);
    pack(&up, copy, size);
    assert_true(up.bytes.length < size / 2);
    assert_int_equal(wire_commit(&anna, &up, "all"), 200);
    expect(&up, order(250), "created");
    assert_int_equal(helper_server_count(world, "Shop.Order"), 500);
    done(&anna, &up);
    free(copy);
}

/* Cut off, followed by more, no gzip at all, and much too large unpacked. */
static void test_packed_badly(void **state)
{
    enum { BOMB = 64 << 20 };
    helper_world *world = *state;
    char *zeros = calloc(1, BOMB);

    for (int i = 0; i < 4; i++) {
        wire_upload up;
        begin(&up);
        wire_record(&up, "new", "Shop.Order", order(1), 1,
                    BCON_NEW("Remark", BCON_UTF8("x")), NULL);
        wire_end(&up);
        if (i == 3) {
            pack(&up, zeros, BOMB);
        } else {
            char copy[4096];
            size_t size = up.bytes.length;
            memcpy(copy, up.bytes.data, size);
            if (i < 2)
                pack(&up, copy, size);
            if (i == 0)
                up.bytes.length -= 4;
            if (i == 1)
                nf_buffer_add(&up.bytes, "more", 4);
            up.gzip = true;
            assert_true(nf_sha256(up.sha, up.bytes.data, up.bytes.length));
        }
        assert_int_equal(wire_commit(&anna, &up, "all"), i == 3 ? 413 : 400);
        assert_string_equal(anna.code, i == 3 ? "SYNC_LIMIT" : "SYNC_PROTOCOL");
        wire_dispose(&up);
    }
    assert_int_equal(helper_server_count(world, "Shop.Order"), 0);
    free(zeros);
}

/* S38: a malformed unit fails as a whole, wherever the fault is. */
static void test_malformed(void **state)
{
    helper_world *world = *state;

    for (int i = 0; i < 6; i++) {
        wire_upload up;
        bson_t record = BSON_INITIALIZER;
        begin(&up);
        wire_record(&up, "new", "Shop.Order", order(1), 1,
                    BCON_NEW("Remark", BCON_UTF8("x")), NULL);
        switch (i) {
        case 0: /* a record of the other direction */
            wire_record(&up, "gone", "Shop.Order", order(2), 2, NULL, NULL);
            break;
        case 1: /* an object twice */
            wire_record(&up, "ref", "Shop.Order", order(1), 2, NULL, NULL);
            break;
        case 2: /* an unknown kind */
            BSON_APPEND_UTF8(&record, "k", "zap");
            wire_record_raw(&up, &record);
            break;
        case 3: /* a type that the protocol does not have */
            BSON_APPEND_UTF8(&record, "k", "del");
            BSON_APPEND_DOUBLE(&record, "x", 1.5);
            wire_record_raw(&up, &record);
            break;
        case 4: /* an id that is none */
            wire_record(&up, "del", "Shop.Order", 0, 2, NULL, NULL);
            break;
        default:
            break;
        }
        wire_end(&up);
        if (i == 5) { /* no end */
            up.bytes.length -= 20;
            assert_true(nf_sha256(up.sha, up.bytes.data, up.bytes.length));
        }
        assert_int_equal(wire_commit(&anna, &up, "all"), 400);
        assert_int_equal(helper_server_count(world, "Shop.Order"), 0);
        bson_destroy(&record);
        wire_dispose(&up);
    }
    assert_int_equal(errors(world), 0);
    assert_int_equal(
        helper_server_count(world, "System.SynchronizationHistory"), 6);
}

/* A61: contents of a rejected photo are kept beside its record. */
static void test_error_contents(void **state)
{
    helper_world *world = *state;
    int64_t id = wire_id(&anna, "Shop.Photo", 1);
    bson_t record = BSON_INITIALIZER, part;
    uint8_t sha[NF_SHA256_SIZE], mid[16] = {3};
    char path[128], hex[NF_SHA256_TEXT];
    wire_upload up;

    assert_true(nf_sha256(sha, "picture", 7));
    nf_hex(hex, sha, sizeof sha);
    snprintf(path, sizeof path, "/sync/v1/blobs/%s", hex);
    assert_int_equal(wire_patch(&anna, path, "picture", 7, 0, 7), 204);
    BSON_APPEND_UTF8(&record, "k", "new");
    BSON_APPEND_UTF8(&record, "t", "Shop.Photo");
    BSON_APPEND_INT64(&record, "id", id);
    BSON_APPEND_BINARY(&record, "mid", BSON_SUBTYPE_BINARY, mid, sizeof mid);
    BSON_APPEND_DOCUMENT_BEGIN(&record, "m", &part);
    BSON_APPEND_INT64(&part, "Caption", 1); /* no text */
    bson_append_document_end(&record, &part);
    BSON_APPEND_DOCUMENT_BEGIN(&record, "f", &part);
    BSON_APPEND_BINARY(&part, "sha256", BSON_SUBTYPE_BINARY, sha, sizeof sha);
    BSON_APPEND_INT64(&part, "size", 7);
    bson_append_document_end(&record, &part);
    begin(&up);
    wire_record_raw(&up, &record);
    commit(&anna, &up, "all");
    expect(&up, id, "rejected OBJ_VALUE");
    assert_int_equal(
        helper_server_count(world, "System.SynchronizationErrorFile"), 1);
    bson_destroy(&record);
    done(&anna, &up);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define OTHER(test, prepare)                                                   \
    cmocka_unit_test_setup_teardown(test, prepare, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values),
        TEST(test_unique),
        TEST(test_references),
        OTHER(test_cycle, cycle_setup),
        TEST(test_access),
        TEST(test_unreadable),
        TEST(test_deletions),
        OTHER(test_delete_behaviors, behavior_setup),
        TEST(test_ids),
        TEST(test_duplicates),
        TEST(test_partly_decided),
        TEST(test_one_id_twice),
        TEST(test_long_absence),
        TEST(test_managed),
        TEST(test_records),
        OTHER(test_merge, merge_setup),
        OTHER(test_online, online_setup),
        OTHER(test_compatible, compatible_setup),
        TEST(test_keep),
        TEST(test_packed),
        TEST(test_packed_badly),
        TEST(test_malformed),
        TEST(test_error_contents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
