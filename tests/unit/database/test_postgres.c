/* SQL for PostgreSQL: parameters, reserved words, definitions, long names. What
 * needs a server is in tests/postgres. */
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#ifdef NF_POSTGRES
#include "database/postgres.h"

static void becomes(const char *sql, const char *expected, int count,
                    bool definition)
{
    int found = -1;
    char *text = nf_postgres_text(sql, &found, definition);

    assert_string_equal(text, expected);
    assert_int_equal(found, count);
    nf_free(text);
}

static void test_parameters(void **state)
{
    (void)state;
    becomes("SELECT a FROM t WHERE b = ? AND c = ?",
            "SELECT a FROM t WHERE b = $1 AND c = $2", 2, false);
    becomes("UPDATE t SET v = ?3 WHERE a = ?1 AND b = ?1",
            "UPDATE t SET v = $3 WHERE a = $1 AND b = $1", 3, false);
    /* One more than the highest before, as in SQLite. */
    becomes("VALUES(?2, ?, ?1)", "VALUES($2, $3, $1)", 3, false);
    becomes("SELECT '?', \"a?\", 'it''s ?' WHERE x = ?",
            "SELECT '?', \"a?\", 'it''s ?' WHERE x = $1", 1, false);
    becomes("SELECT '", "SELECT '", 0, false);
}

static void test_reserved_words(void **state)
{
    (void)state;
    becomes("SELECT user, user_name, t.user FROM t WHERE user = ?",
            "SELECT \"user\", user_name, t.\"user\" FROM t WHERE \"user\" = $1",
            1, false);
    becomes("SELECT \"user\", 'user'", "SELECT \"user\", 'user'", 0, false);
    /* Words of definitions mean nothing elsewhere. */
    becomes("SELECT TEXT", "SELECT TEXT", 0, false);
}

static void test_definitions(void **state)
{
    (void)state;
    becomes("CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB NOT NULL, user "
            "TEXT) STRICT, WITHOUT ROWID;CREATE INDEX i ON t(b);",
            "CREATE TABLE t(a bigint PRIMARY KEY, b bytea NOT NULL, \"user\" "
            "text COLLATE \"C\") ;CREATE INDEX i ON t(b);",
            0, true);
    becomes("CREATE TABLE t(a INTEGER) WITHOUT ROWID, STRICT",
            "CREATE TABLE t(a bigint) ", 0, true);
}

static void test_names(void **state)
{
    char name[80], other[80], *a, *b;

    (void)state;
    memset(name, 'n', sizeof name);
    name[63] = '\0';
    a = nf_postgres_name(name);
    assert_string_equal(a, name); /* fits */
    nf_free(a);
    memset(name, 'n', sizeof name);
    name[79] = '\0';
    memcpy(other, name, sizeof name);
    other[78] = 'm';
    a = nf_postgres_name(name);
    b = nf_postgres_name(other);
    assert_int_equal(strlen(a), 63);
    assert_string_not_equal(a, b);
    nf_free(a);
    nf_free(b);
    /* Not within a character: bytes 45 and 46 are one. */
    memcpy(name + 45, "\xc3\xa9", 2);
    a = nf_postgres_name(name);
    assert_int_equal(strlen(a), 62);
    assert_true(nf_utf8_valid(a, strlen(a)));
    nf_free(a);
}

/* The folding that the schema gets is that of the SQLite store (xpath Q91). */
static void test_functions(void **state)
{
    char *text = nf_postgres_functions();

    (void)state;
    assert_non_null(text);
    assert_true(nf_utf8_valid(text, strlen(text)));
    assert_non_null(strstr(text, "mx_divide"));
    nf_free(text);
}
#endif

int main(void)
{
#ifdef NF_POSTGRES
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_reserved_words),
        cmocka_unit_test(test_definitions),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_functions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
#else
    puts("skipped: built without PostgreSQL");
    return 0;
#endif
}
