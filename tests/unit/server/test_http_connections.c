/* Whose connection ends, and when (synchronize §27.9). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "server/http_connections.h"

enum { MOST = 3, SOCKETS = 16 };

static bool hung_up[SOCKETS], over[SOCKETS];
static nf_http_connections *all;
static nf_http_connection *c[SOCKETS];

static void hang_up(int socket)
{
    hung_up[socket] = true;
}

static bool is_over(int socket)
{
    return over[socket];
}

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < SOCKETS; i++)
        hung_up[i] = over[i] = false;
    all = nf_http_connections_new(MOST, 30, hang_up, is_over);
    return all ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    nf_http_connections_free(all);
    return 0;
}

static void add(int i, int64_t now)
{
    c[i] = nf_http_connections_add(all, i, now);
    assert_non_null(c[i]);
}

static void expect(const char *sockets)
{
    for (int i = 0; sockets[i]; i++)
        assert_int_equal(hung_up[i], sockets[i] == 'x');
}

/* The one that has rested for longest goes, and only one for each that comes. */
static void test_quiet(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        add(i, i);
    nf_http_connection_asks(all, c[0], 0, 10);
    nf_http_connection_has_asked(c[0]);
    nf_http_connection_rests(all, c[0], 11);
    add(3, 20);
    expect(".x..");
    add(4, 21);
    expect(".xx..");
    assert_int_equal(nf_http_connections_count(all), 3);
    nf_http_connections_remove(all, c[1]);
    add(5, 22);
    expect("xxx...");
}

/* Nobody who asks is hung up on for a new one, before its time. */
static void test_asking(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        add(i, 0);
        nf_http_connection_asks(all, c[i], 1 << 20, i);
    }
    add(3, 9000);
    expect("....");
    nf_http_connections_remove(all, c[3]);
    nf_http_connection_has_asked(c[0]);
    add(4, 10001);
    expect("x....");
}

/* A head has the idle time, a body that and what its length takes at a slow
 * pace; what comes after it as long as it likes. */
static void test_time(void **state)
{
    (void)state;
    assert_int_equal(nf_http_connections_sweep(all, 0), -1);
    for (int i = 0; i < 3; i++)
        add(i, 0);
    nf_http_connection_asks(all, c[1], 10 * NF_HTTP_PACE, 1000);
    nf_http_connection_asks(all, c[2], 0, 1000);
    nf_http_connection_has_asked(c[2]);
    assert_true(nf_http_connections_sweep(all, 29000) > 0);
    expect("...");
    nf_http_connections_sweep(all, 30500);
    expect("x..");
    nf_http_connections_sweep(all, 40500);
    expect("x..");
    nf_http_connections_sweep(all, 41600);
    expect("xx.");
    nf_http_connections_sweep(all, 9000000);
    expect("xx.");
    nf_http_connection_rests(all, c[2], 9000000);
    nf_http_connections_sweep(all, 9040000);
    expect("xxx");
}

/* Who left before its request was whole is not waited for; who only closed its
 * half after the whole request gets its reply. */
static void test_over(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        add(i, 0);
        nf_http_connection_asks(all, c[i], 100, 0);
        over[i] = true;
    }
    nf_http_connection_has_asked(c[1]);
    nf_http_connections_sweep(all, 10);
    expect("x.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_quiet, setup, teardown),
        cmocka_unit_test_setup_teardown(test_asking, setup, teardown),
        cmocka_unit_test_setup_teardown(test_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_over, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
