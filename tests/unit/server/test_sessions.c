/* Sessions, tokens, passwords and devices (synchronize W18 … W22, §18). */
#include "helper_wire.h"

#include <bson/bson.h>
#include "database/statement.h"

#define HOUR INT64_C(3600000)
#define DAY  (24 * HOUR)

/* What a statement with one text answers. */
static int64_t number_of(helper_world *world, const char *sql, const char *text)
{
    nf_database *database = nf_server_database(world->server);
    nf_error err = {0};
    nf_statement *statement = nf_database_statement(database, sql, &err);
    int64_t number;
    bool row = false;

    assert_non_null(statement);
    if (text)
        nf_bind_text(statement, 1, text);
    assert_int_equal(nf_database_step(database, statement, &row, &err), NF_OK);
    assert_true(row);
    number = nf_column_int(statement, 0);
    nf_database_done(database, statement);
    return number;
}

/* A user with a password, as an import of data makes it. */
static int64_t add_user(helper_world *world, const char *name,
                        const char *password, const char *role)
{
    const nf_entity *entity = helper_entity(world, "System.User");
    const nf_member *roles = helper_member(entity, "System.UserRoles");
    int64_t id = helper_server_add(world, "System.User", "Name", name);
    int64_t role_id = 0;
    nf_value value = nf_empty();
    char sql[200];

    snprintf(sql, sizeof sql, "SELECT id FROM %s WHERE \"Name\" = ?",
             nf_database_table(nf_server_database(world->server),
                               helper_entity(world, "System.UserRole")));
    role_id = number_of(world, sql, role);
    assert_true(nf_ids_value(&value, &role_id, 1));
    helper_server_set(world, "System.User", id, roles->name, value);
    if (password)
        helper_server_set_text(world, "System.User", id, "Password", password);
    return id;
}

static int try(helper_wire *wire, const char *user, const char *password)
{
    return wire_sign_in(wire, "password", user, password);
}

static int ask(helper_wire *wire)
{
    return wire_send(wire, NF_SYNC_GET,
                     "/sync/v1/syncs/00000000000000000000000000000000", NULL);
}

static void open_far(helper_wire *wire, helper_world *world, const char *peer)
{
    wire_open(wire, world);
    wire->peer = peer;
}

/* W18, W19: passwords are hashed when they are imported; the token lives on in
 * the database as a digest, through a restart. */
static void test_password(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    const char *stored;
    int64_t id = add_user(world, "dora", "secret", "Clerk");

    open_far(&a, world, "192.0.2.1");
    stored = helper_server_text(world, "System.User", id, "Password");
    assert_null(strstr(stored, "secret"));
    assert_non_null(strstr(stored, "{scrypt}"));
    assert_int_equal(try(&a, "dora", "wrong"), 401);
    assert_int_equal(try(&a, "dora", NULL), 401);
    assert_int_equal(try(&a, "nobody", "secret"), 401);
    assert_int_equal(wire_sign_in(&a, "local", "dora", NULL), 401);
    assert_int_equal(wire_sign_in(&a, NULL, NULL, NULL), 401);
    assert_int_equal(ask(&a), 401);
    assert_int_equal(try(&a, "dora", "secret"), 201);
    assert_int_equal(a.user, id);
    assert_int_equal(strlen(a.session), 43);
    assert_int_equal(strlen(a.token), 43);
    assert_int_equal(ask(&a), 404);
    helper_restart(world);
    assert_int_equal(ask(&a), 404);

    /* tokens are stored as digests alone */
    assert_int_equal(
        number_of(world,
                  helper_on_postgres()
                      ? "SELECT count(*) FROM _mx_session, _mx_token WHERE "
                        "convert_to(?1, 'UTF8') IN (token, current)"
                      : "SELECT count(*) FROM _mx_session, _mx_token WHERE "
                        "CAST(?1 AS BLOB) IN (token, current)",
                  a.session),
        0);

    /* signing out ends both */
    assert_int_equal(wire_send(&a, NF_SYNC_DELETE, "/sync/v1/session", NULL),
                     204);
    assert_int_equal(ask(&a), 401);
    assert_int_equal(wire_sign_in(&a, "token", NULL, a.token), 401);
    wire_close(&a);
}

/* An import of a hash keeps it; demo users have the model's password until a
 * row gives them one. */
static void test_demo_users(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    int64_t id;

    open_far(&a, world, NULL);
    a.peer = "192.0.2.1";
    assert_int_equal(try(&a, "anna", ""), 401);
    assert_int_equal(try(&a, "anna", "y"), 401);
    assert_int_equal(helper_server_count(world, "System.User"), 0);
    assert_int_equal(try(&a, "anna", "x"), 201);
    id = a.user;
    helper_server_set_text(world, "System.User", id, "Password", "better");
    assert_int_equal(ask(&a), 401); /* a changed password signs out */
    assert_int_equal(try(&a, "anna", "x"), 401);
    assert_int_equal(try(&a, "anna", "better"), 201);
    assert_int_equal(a.user, id);
    world->options.no_demo_users = true;
    helper_restart(world);
    assert_int_equal(try(&a, "bert", "x"), 401);
    wire_close(&a);
}

/* A101, A102: an idle session ends; the token makes another, for the same user
 * and device. A150: the one before stays valid until the new one was used. */
static void test_tokens(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    char first[80], second[80], third[80];
    int64_t user, device;

    add_user(world, "dora", "secret", "Clerk");
    open_far(&a, world, "192.0.2.1");
    assert_int_equal(try(&a, "dora", "secret"), 201);
    user = a.user;
    device = a.device;
    world->now += 59 * 60000;
    assert_int_equal(ask(&a), 404); /* use keeps it */
    world->now += 59 * 60000;
    assert_int_equal(ask(&a), 404);
    world->now += 61 * 60000;
    assert_int_equal(ask(&a), 401);

    snprintf(first, sizeof first, "%s", a.token);
    a.device = 77; /* what the device says of itself does not count */
    assert_int_equal(wire_sign_in(&a, "token", NULL, first), 201);
    assert_int_equal(a.user, user);
    assert_int_equal(a.device, device);
    snprintf(second, sizeof second, "%s", a.token);
    assert_string_not_equal(first, second);
    /* that reply was lost: the first still works, as often as it takes */
    assert_int_equal(wire_sign_in(&a, "token", NULL, first), 201);
    assert_int_equal(wire_sign_in(&a, "token", NULL, first), 201);
    snprintf(third, sizeof third, "%s", a.token);
    assert_int_equal(wire_sign_in(&a, "token", NULL, second), 401);
    assert_int_equal(wire_sign_in(&a, "token", NULL, third), 201);
    assert_int_equal(wire_sign_in(&a, "token", NULL, first), 401);
    assert_int_equal(wire_sign_in(&a, "token", NULL, "x"), 401);

    snprintf(first, sizeof first, "%s", a.token);
    world->now += 366 * DAY;
    assert_int_equal(wire_sign_in(&a, "token", NULL, first), 401);
    wire_close(&a);
}

/* A103, S135: a blocked or deleted user is out at once, also by token. */
static void test_revocation(void **state)
{
    helper_world *world = *state;
    helper_wire a, b;
    int64_t dora = add_user(world, "dora", "secret", "Clerk");
    int64_t emil = add_user(world, "emil", "secret", "Clerk");

    open_far(&a, world, "192.0.2.1");
    open_far(&b, world, "192.0.2.1");
    assert_int_equal(try(&a, "dora", "secret"), 201);
    assert_int_equal(try(&b, "emil", "secret"), 201);
    helper_server_set(world, "System.User", dora, "Blocked", nf_boolean(true));
    assert_int_equal(ask(&a), 401);
    assert_int_equal(wire_sign_in(&a, "token", NULL, a.token), 401);
    assert_int_equal(try(&a, "dora", "secret"), 401);
    assert_int_equal(ask(&b), 404);
    helper_server_delete(world, "System.User", emil);
    assert_int_equal(ask(&b), 401);
    assert_int_equal(wire_sign_in(&b, "token", NULL, b.token), 401);
    helper_server_set(world, "System.User", dora, "Blocked", nf_boolean(false));
    assert_int_equal(try(&a, "dora", "secret"), 201);
    wire_close(&a);
    wire_close(&b);
}

/* The roles of the session as the reply tells them. */
static const char *roles(helper_wire *wire)
{
    static char text[64];
    bson_t reply, user, list;
    bson_iter_t iter;

    text[0] = '\0';
    assert_true(nf_document_open(&reply, wire->response.body.data,
                                 wire->response.body.length));
    assert_true(nf_document_part(&reply, "user", &user));
    assert_true(nf_document_part(&user, "roles", &list));
    assert_true(bson_iter_init(&iter, &list));
    while (bson_iter_next(&iter))
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s ",
                 bson_iter_utf8(&iter, NULL));
    return text;
}

/* S135: changed roles count from the next renewal on; a device can't name
 * roles for itself. */
static void test_roles(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    int64_t id = add_user(world, "dora", "secret", "Clerk");
    bson_t body = BSON_INITIALIZER, list;

    open_far(&a, world, "192.0.2.1");
    assert_int_equal(try(&a, "dora", "secret"), 201);
    assert_string_equal(roles(&a), "Clerk ");
    helper_server_set(world, "System.User", id, "System.UserRoles", nf_empty());
    assert_int_equal(wire_sign_in(&a, "token", NULL, a.token), 201);
    assert_string_equal(roles(&a), "");

    BSON_APPEND_UTF8(&body, "grant", "password");
    BSON_APPEND_UTF8(&body, "user", "dora");
    BSON_APPEND_UTF8(&body, "password", "secret");
    BSON_APPEND_UTF8(&body, "app", nf_model_app_id(world->model));
    BSON_APPEND_ARRAY_BEGIN(&body, "roles", &list);
    BSON_APPEND_UTF8(&list, "0", "Admin");
    bson_append_array_end(&body, &list);
    assert_int_equal(wire_send(&a, NF_SYNC_POST, "/sync/v1/session", &body),
                     403);
    bson_destroy(&body);
    wire_close(&a);
}

/* W20, A160: after five failures the answer is 429 and the wait doubles, for
 * names that exist and for others alike; time heals. */
/* Of more counts than there is room for the oldest end. */
static void test_throttle_room(void **state)
{
    helper_world *world = *state;
    nf_error err = {0};
    helper_wire a;
    char sql[400];

    snprintf(sql, sizeof sql,
             "INSERT INTO _mx_throttle(key, failures, until, seen) WITH "
             "RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
             "i < 100000) SELECT %s, 1, 0, %lld - i FROM n",
             helper_on_postgres() ? "decode(md5(i::text), 'hex')"
                                  : "CAST('other ' || i AS BLOB)",
             (long long)world->now);
    assert_int_equal(
        nf_database_execute(nf_server_database(world->server), sql, &err),
        NF_OK);
    open_far(&a, world, "192.0.2.1");
    assert_int_equal(try(&a, "dora", "wrong"), 401);
    assert_in_range(number_of(world, "SELECT count(*) FROM _mx_throttle", NULL),
                    90000, 90003);
    assert_int_equal(number_of(world,
                               "SELECT max(seen) - min(seen) FROM _mx_throttle",
                               NULL),
                     90000);
    wire_close(&a);
}

static void test_throttle(void **state)
{
    static const char *const users[] = {"dora", "nobody"};
    helper_world *world = *state;
    helper_wire a;

    add_user(world, "dora", "secret", "Clerk");
    for (size_t u = 0; u < 2; u++) {
        int refused = 0, waits = 0;
        int64_t wait = 0;
        open_far(&a, world, u ? "192.0.2.2" : "192.0.2.1");
        for (int i = 0; i < 1000; i++) {
            int status = try(&a, users[u], "wrong");
            if (status == 429) {
                waits++;
                wait = a.response.retry_after_ms;
                assert_true(wait > 0);
                assert_int_equal(wire_int(&a, "retryAfterMs"), wait);
            } else {
                assert_int_equal(status, 401);
                assert_string_equal(wire_text(&a, "text"),
                                    "user name or password is wrong");
                refused++;
            }
        }
        assert_int_equal(refused, 5);
        assert_int_equal(waits, 995);
        assert_int_equal(wait, 1000);
        /* the right password waits, too: nothing is learnt by trying */
        assert_int_equal(try(&a, users[u], "secret"), 429);
        world->now += 1001;
        assert_int_equal(try(&a, users[u], "wrong"), 401);
        assert_int_equal(try(&a, users[u], "wrong"), 429);
        assert_int_equal(a.response.retry_after_ms, 2000);
        wire_close(&a);
    }
    /* another address, another user: not concerned; the address is */
    add_user(world, "emil", "secret", "Clerk");
    open_far(&a, world, "192.0.2.3");
    assert_int_equal(try(&a, "emil", "secret"), 201);
    assert_int_equal(try(&a, "dora", "secret"), 429);
    a.peer = "192.0.2.1";
    assert_int_equal(try(&a, "emil", "secret"), 429);
    helper_restart(world); /* it is in the database */
    assert_int_equal(try(&a, "emil", "secret"), 429);
    world->now += 16 * 60000;
    assert_int_equal(try(&a, "dora", "secret"), 201);
    wire_close(&a);
}

/* A104, W21: a device belongs to the user who got its number. */
static void test_devices(void **state)
{
    helper_world *world = *state;
    helper_wire a, b;
    int64_t device;

    wire_open(&a, world);
    wire_open(&b, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    device = a.device;
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    assert_int_equal(a.device, device);
    b.device = device;
    assert_int_equal(wire_sign_in(&b, NULL, "bert", NULL), 201);
    assert_int_not_equal(b.device, device);
    /* a number that this server never gave out is kept (another database of
     * the same app), a provisional one is not */
    b.device = 5000;
    assert_int_equal(wire_sign_in(&b, NULL, "bert", NULL), 201);
    assert_int_equal(b.device, 5000);
    b.device = (1 << 19) + 3;
    assert_int_equal(wire_sign_in(&b, NULL, "bert", NULL), 201);
    assert_int_equal(b.device, 5001);

    /* A165: unseen for longer than 400 days, and a new device */
    world->now += 399 * DAY;
    assert_int_equal(wire_sign_in(&b, NULL, "bert", NULL), 201);
    assert_int_equal(b.device, 5001);
    world->now += 2 * DAY;
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    assert_int_not_equal(a.device, device);
    wire_close(&a);
    wire_close(&b);
}

/* Numbers of devices are few: whoever asks for ever more without sending
 * anything does not use them up. */
static void test_many_devices(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    int64_t most = 0;

    wire_open(&a, world);
    for (int i = 0; i < 600; i++) {
        a.device = 0;
        world->now += 1000;
        assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
        if (a.device > most)
            most = a.device;
    }
    assert_int_equal(most, 256);
    a.device = 0; /* another user is not concerned */
    assert_int_equal(wire_sign_in(&a, NULL, "bert", NULL), 201);
    assert_int_equal(a.device, 257);
    wire_close(&a);
}

/* A107, S138: a device with another model is let in, unless the host says
 * otherwise; what it sends is judged object by object. */
static void test_other_model(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    uint8_t other[NF_SHA256_SIZE] = {1};
    nf_error err = {0};

    for (int strict = 0; strict < 2; strict++) {
        bson_t body = BSON_INITIALIZER;
        wire_open(&a, world);
        world->options.same_model_only = strict;
        nf_server_close(world->server);
        assert_int_equal(nf_server_open(&world->server, &world->options, &err),
                         NF_OK);
        BSON_APPEND_UTF8(&body, "app", nf_model_app_id(world->model));
        BSON_APPEND_BINARY(&body, "model", BSON_SUBTYPE_BINARY, other,
                           sizeof other);
        assert_int_equal(wire_send(&a, NF_SYNC_POST, "/sync/v1/session", &body),
                         strict ? 412 : 201);
        bson_reinit(&body);
        BSON_APPEND_UTF8(&body, "app", nf_model_app_id(world->model));
        BSON_APPEND_BINARY(&body, "model", BSON_SUBTYPE_BINARY,
                           nf_model_fingerprint(world->model), NF_SHA256_SIZE);
        assert_int_equal(wire_send(&a, NF_SYNC_POST, "/sync/v1/session", &body),
                         201);
        bson_destroy(&body);
        wire_close(&a);
    }
}

/* A158: a profile that is not offline, another app, malformed requests. */
static void test_refused(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    bson_t body = BSON_INITIALIZER;

    wire_open(&a, world);
    BSON_APPEND_UTF8(&body, "app", nf_model_app_id(world->model));
    BSON_APPEND_UTF8(&body, "profile", "Nothing");
    assert_int_equal(wire_send(&a, NF_SYNC_POST, "/sync/v1/session", &body),
                     403);
    bson_reinit(&body);
    BSON_APPEND_UTF8(&body, "app", "another");
    assert_int_equal(wire_send(&a, NF_SYNC_POST, "/sync/v1/session", &body),
                     412);
    assert_string_equal(a.code, "SYNC_MODEL");
    assert_int_equal(wire_send(&a, NF_SYNC_POST, "/sync/v1/session", NULL),
                     400);
    bson_destroy(&body);
    wire_close(&a);
}

/* A105: nobody in particular, where the model has no guests. */
static void test_no_guests(void **state)
{
    helper_world *world = *state;
    helper_wire a;

    open_far(&a, world, "192.0.2.1");
    assert_int_equal(wire_sign_in(&a, "anonymous", NULL, NULL), 401);
    assert_int_equal(helper_server_count(world, "System.User"), 0);
    wire_close(&a);
}

/* A105: every visitor is a user of its own with the guest role, and comes
 * back by token; an address can't make users without end. */
static void test_guests(void **state)
{
    helper_world *world = *state;
    helper_wire a, b;
    int made = 0;

    open_far(&a, world, "192.0.2.1");
    open_far(&b, world, "192.0.2.1");
    assert_int_equal(wire_sign_in(&a, "anonymous", NULL, NULL), 201);
    assert_string_equal(roles(&a), "Clerk ");
    b.device = a.device; /* a number proves nothing */
    assert_int_equal(wire_sign_in(&b, "anonymous", NULL, NULL), 201);
    assert_int_not_equal(a.user, b.user);
    assert_int_not_equal(a.device, b.device);
    made = (int)a.user; /* keeps the same user */
    assert_int_equal(wire_sign_in(&a, "token", NULL, a.token), 201);
    assert_true((int)a.user == made);
    made = 2;
    while (made < 100 && wire_sign_in(&b, "anonymous", NULL, NULL) == 201)
        made++;
    assert_int_equal(made, 20);
    assert_int_equal(b.response.status, 429);
    wire_close(&a);
    wire_close(&b);
}

#define MEMORY_TEST(test)                                                      \
    cmocka_unit_test_setup_teardown(test, helper_setup, helper_teardown)
#define FILE_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown(test, helper_setup_file, helper_teardown)
#define GUEST_TEST(test)                                                       \
    cmocka_unit_test_setup_teardown(test, helper_setup_guests, helper_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_password),        FILE_TEST(test_demo_users),
        MEMORY_TEST(test_tokens),        MEMORY_TEST(test_revocation),
        MEMORY_TEST(test_roles),         FILE_TEST(test_throttle),
        MEMORY_TEST(test_throttle_room), MEMORY_TEST(test_devices),
        MEMORY_TEST(test_refused),       MEMORY_TEST(test_many_devices),
        MEMORY_TEST(test_other_model),   MEMORY_TEST(test_no_guests),
        GUEST_TEST(test_guests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
