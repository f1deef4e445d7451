/* All documents of our own apps in all forms. */
#include "helper_describe_all.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* after the three above */
#include <cmocka.h>

static void describe_app(const char *path, size_t least)
{
    nf_app *app = NULL;
    nf_error *err = nf_error_new();
    size_t count = 0;
    assert_int_equal(nf_app_open(&app, path, err), NF_OK);
    assert_int_equal(helper_describe_all(app, &count), 0);
    assert_true(count >= least);
    nf_app_close(app);
    nf_error_free(err);
}

static void test_example(void **state)
{
    (void)state;
    describe_app(NF_SOURCE_DIR "/examples/field-service/app.xml", 100);
}

static void test_scenarios(void **state)
{
    (void)state;
    describe_app(NF_SOURCE_DIR "/tests/scenarios/activities/model.xml", 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_example),
                                       cmocka_unit_test(test_scenarios)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
