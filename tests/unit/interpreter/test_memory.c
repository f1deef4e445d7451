/* Memory of long runs: a loop needs what one round needs, and what a flow made
 * is free when it has ended. */
#include "helper_flows.h"

#include <malloc.h>
#include <sys/resource.h>

/* Sanitizers keep freed memory back, so that only the leaks that they report
 * themselves can be seen; a few rounds do for those. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { ROUNDS = 100 * 1000, MEASURED = 0 };
#else
enum { ROUNDS = 10 * 1000 * 1000, MEASURED = 1 };
#endif

static const char app_xml[] = APP_HEAD
    /* A text, a decimal and a date of every round replace the last one's. */
    FLOW("Rounds", "StringType",
         PARAM("N", "IntegerType") START VAR("t", "t", "StringType", "''")
         VAR("p", "p", "DecimalType", "0.5")
         WHILE("w", "$currentIndex &lt; $N",
               SET("a", "t", "'round ' + $currentIndex + ' of ' + $N")
               SET("b", "p", "$p * -1.0"))
         END("e", "$t + ': ' + $p"),
         GO("start", "t") GO("t", "p") GO("p", "w") GO("w", "e") GO("a", "b"))
    APP_TAIL;

static long peak_kilobytes(void)
{
    struct rusage usage;

    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static void run(helper_app *app, int64_t rounds, const char *expected)
{
    nf_value n = nf_integer(rounds), out;

    assert_int_equal(helper_run(app, "Rounds", &n, &out), NF_OK);
    assert_string_equal(out.as.string->text, expected);
    nf_value_release(&out);
}

static void needs_no_more_for_more_rounds(void **state)
{
    helper_app *app = *state;
    char expected[64];
    size_t used;
    long peak;

    snprintf(expected, sizeof expected, "round %d of %d: 0.5", ROUNDS - 1,
             ROUNDS);
    run(app, 1000, "round 999 of 1000: 0.5");
    used = mallinfo2().uordblks;
    peak = peak_kilobytes();
    run(app, ROUNDS, expected);
    if (MEASURED) {
        /* What the allocator keeps at hand counts as used. */
        assert_in_range(mallinfo2().uordblks, used - 4096, used + 4096);
        assert_in_range(peak_kilobytes() - peak, 0, 256);
    }
}

static int open_app(void **state)
{
    *state = helper_open(app_xml, NULL, NULL);
    return 0;
}

static int close_app(void **state)
{
    helper_close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(needs_no_more_for_more_rounds),
    };

    return cmocka_run_group_tests(tests, open_app, close_app);
}
