/* Zones and the calendar (expressions S63, S64). */
#include "base/clock.h"
#include "base/timezone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static int64_t at(int64_t year, int month, int day, int hour, int minute)
{
    nf_date date = {year, month, day, hour, minute, 0, 0, 0};

    return nf_date_to_ms(&date);
}

static void calendar_round_trips(void **state)
{
    static const int64_t instants[] = {0,
                                       -1,
                                       INT64_C(1709164800000),
                                       INT64_C(-62135596800000),
                                       INT64_C(253402300799999),
                                       INT64_C(-99999999999999)};
    nf_date date;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof instants / sizeof *instants; i++) {
        nf_date_from_ms(&date, instants[i]);
        assert_true(nf_date_to_ms(&date) == instants[i]);
    }
    assert_true(at(1970, 1, 1, 0, 0) == 0);
    assert_true(at(2024, 14, 1, 0, 0) == at(2025, 2, 1, 0, 0));
    assert_true(at(2024, 0, 1, 0, 0) == at(2023, 12, 1, 0, 0));
    nf_date_from_ms(&date, at(2024, 2, 29, 0, 0));
    assert_int_equal(date.weekday, 4);
    assert_int_equal(nf_date_days_in_month(1900, 2), 28);
    assert_int_equal(nf_date_days_in_month(2000, 2), 29);
}

static void zone_follows_rules(void **state)
{
    nf_timezone *zone;
    const char *name;

    (void)state;
    if (nf_timezone_open(&zone, "America/New_York") != NF_OK)
        skip(); /* a machine without zone files */
    assert_true(nf_timezone_offset(zone, at(2024, 1, 1, 0, 0), &name) ==
                -5 * 3600000);
    assert_string_equal(name, "EST");
    assert_true(nf_timezone_offset(zone, at(2024, 7, 1, 0, 0), &name) ==
                -4 * 3600000);
    assert_string_equal(name, "EDT");
    /* Beyond the file's last transition the footer's rule applies. */
    assert_true(nf_timezone_offset(zone, at(2090, 7, 1, 0, 0), NULL) ==
                -4 * 3600000);
    assert_true(nf_timezone_to_utc(zone, at(2024, 3, 10, 2, 30)) ==
                at(2024, 3, 10, 7, 30));
    assert_true(nf_timezone_to_utc(zone, at(2024, 11, 3, 1, 30)) ==
                at(2024, 11, 3, 5, 30));
    assert_true(nf_timezone_to_utc_later(zone, at(2024, 11, 3, 1, 30)) ==
                at(2024, 11, 3, 6, 30));
    nf_timezone_close(zone);
}

static void names_are_checked(void **state)
{
    nf_timezone *utc, *none;

    (void)state;
    assert_int_equal(nf_timezone_open(&utc, "UTC"), NF_OK);
    assert_true(nf_timezone_offset(utc, 12345, NULL) == 0);
    assert_string_equal(nf_timezone_name(utc), "UTC");
    nf_timezone_close(utc);
    assert_int_equal(nf_timezone_open(&none, "../../../etc/passwd"), NF_USAGE);
    assert_null(none);
    assert_int_equal(nf_timezone_open(&none, "/etc/passwd"), NF_USAGE);
    assert_null(none);
    assert_int_equal(nf_timezone_open(&none, "No/Such_Zone"), NF_USAGE);
    assert_null(none);
    assert_int_equal(nf_timezone_open(&none, ""), NF_USAGE);
    assert_null(none);
    assert_int_equal(nf_timezone_open(&none, NULL), NF_USAGE);
    assert_null(none);
}

static void injected_clock_and_random(void **state)
{
    int64_t now = 1000;
    nf_clock clock = nf_clock_fixed(&now);
    nf_random a = {0}, b = {0};
    uint8_t x[20], y[20];

    (void)state;
    clock.wait(clock.user, 500);
    assert_true(clock.now(clock.user) == 1500);
    nf_random_seed(&a, 7);
    nf_random_seed(&b, 7);
    assert_true(nf_random_bytes(&a, x, sizeof x));
    assert_true(nf_random_bytes(&b, y, sizeof y));
    assert_memory_equal(x, y, sizeof x);
    clock = nf_clock_system();
    assert_true(clock.now(clock.user) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calendar_round_trips),
        cmocka_unit_test(zone_follows_rules),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(injected_clock_and_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
