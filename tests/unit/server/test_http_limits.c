/* Load of an HTTP server (synchronize §27.9): who may ask how much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "server/http_limits.h"

#include <stdio.h>

static nf_http_load *load;

static int setup(void **state)
{
    nf_http_limits limits = {.connections = 2,
                             .requests = 3,
                             .rate = 10,
                             .burst = 5,
                             .bodies = 1000,
                             .own_bodies = 700};
    (void)state;
    load = nf_http_load_new(&limits);
    return load ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    nf_http_load_free(load);
    return 0;
}

static int begin(const char *who, bool session, int64_t body, int64_t now)
{
    int wait = 0;
    nf_http_asker asker = {.who = who, .session = session, .body = body};
    int status = nf_http_load_begin(load, &asker, now, &wait);
    if (status)
        assert_true(wait > 0);
    return status;
}

static void end(const char *who, int64_t body)
{
    nf_http_load_end(load, &(nf_http_asker){.who = who, .body = body});
}

/* So many of one session at a time; others are not held up. */
static void test_concurrent(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(begin("anna", true, 0, 1000), 0);
    assert_int_equal(begin("anna", true, 0, 1000), 429);
    assert_int_equal(begin("bert", true, 0, 1000), 0);
    end("anna", 0);
    assert_int_equal(begin("anna", true, 0, 1000), 0);
    /* Many may stand behind one address. */
    for (int i = 0; i < 5; i++)
        assert_int_equal(begin("127.0.0.1", false, 0, 1000), 0);
}

/* So many per second, after a burst; time gives new ones. */
static void test_rate(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(begin("anna", true, 0, 1000), 0);
        end("anna", 0);
    }
    assert_int_equal(begin("anna", true, 0, 1000), 429);
    assert_int_equal(begin("anna", true, 0, 1099), 429);
    assert_int_equal(begin("anna", true, 0, 1101), 0);
    end("anna", 0);
    assert_int_equal(begin("anna", true, 0, 1101), 429);
    /* A long rest gives a burst, and no more. */
    for (int i = 0; i < 5; i++) {
        assert_int_equal(begin("anna", true, 0, 900000), 0);
        end("anna", 0);
    }
    assert_int_equal(begin("anna", true, 0, 900000), 429);
}

/* Other requests of an address leave it its sign-ins, and the other way. */
static void test_sign_ins_apart(void **state)
{
    nf_http_asker other = {.who = "127.0.0.1"}, sign_in = other;
    int wait;

    (void)state;
    sign_in.sign_in = true;
    for (int i = 0; i < 5; i++)
        assert_int_equal(nf_http_load_begin(load, &other, 1000, &wait), 0);
    assert_int_equal(nf_http_load_begin(load, &other, 1000, &wait), 429);
    for (int i = 0; i < 5; i++)
        assert_int_equal(nf_http_load_begin(load, &sign_in, 1000, &wait), 0);
    assert_int_equal(nf_http_load_begin(load, &sign_in, 1000, &wait), 429);
    for (int i = 0; i < 5; i++) {
        nf_http_load_end(load, &sign_in);
        nf_http_load_end(load, &other);
    }
}

/* Bodies on their way are bounded together, and so are connections. */
static void test_together(void **state)
{
    (void)state;
    assert_int_equal(begin("anna", true, 600, 0), 0);
    assert_int_equal(begin("bert", true, 600, 0), 503);
    end("anna", 600);
    assert_int_equal(begin("bert", true, 600, 0), 0);
    end("bert", 600);
    nf_http_load_connections(load, 3);
    assert_int_equal(begin("anna", true, 0, 0), 503);
    nf_http_load_connections(load, 2);
    assert_int_equal(begin("anna", true, 0, 0), 0);
}

/* Bodies of one user are bounded, on however many devices. */
static void test_own_bodies(void **state)
{
    nf_http_asker a = {.who = "a", .session = true, .user = 7, .body = 400},
                  b = a, other = a;
    int wait;

    (void)state;
    b.who = "b";
    other.who = "c";
    other.user = 8;
    assert_int_equal(nf_http_load_begin(load, &a, 0, &wait), 0);
    assert_int_equal(nf_http_load_begin(load, &b, 0, &wait), 429);
    assert_int_equal(nf_http_load_begin(load, &other, 0, &wait), 0);
    nf_http_load_end(load, &a);
    assert_int_equal(nf_http_load_begin(load, &b, 0, &wait), 0);
    nf_http_load_end(load, &b);
    nf_http_load_end(load, &other);
}

/* Names that come and go do not push out one that is at work. */
static void test_many_names(void **state)
{
    char name[32];

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(begin("anna", true, 0, 1000), 0);
    for (int i = 0; i < 100000; i++) {
        snprintf(name, sizeof name, "name%d", i);
        assert_int_equal(begin(name, true, 0, 1000 + i), 0);
        end(name, 0);
    }
    assert_int_equal(begin("anna", true, 0, 200000), 429);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_concurrent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sign_ins_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_together, setup, teardown),
        cmocka_unit_test_setup_teardown(test_own_bodies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_names, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
