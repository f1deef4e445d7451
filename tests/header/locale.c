/* A host that has set a locale of its own, in which numbers have a comma and
 * capitals are others: what machines read is the same as anywhere.
 *     locale APP */
#include "check.h"

#include <locale.h>
#include <unistd.h>

enum { SKIPPED = 77 };

typedef struct text {
    char bytes[65536];
    size_t length;
} text;

static bool collect(void *user, const char *bytes, size_t length)
{
    text *t = user;
    if (t->length + length >= sizeof t->bytes)
        return false;
    memcpy(t->bytes + t->length, bytes, length);
    t->length += length;
    t->bytes[t->length] = '\0';
    return true;
}

/* A test that fails tells its time, in a form for machines. */
static void reports(const nf_app *app, const char *form, const char *before)
{
    static text out;
    nf_test_summary summary;
    nf_session_options session = NF_SESSION_OPTIONS_INIT;
    nf_test_options options = NF_TEST_OPTIONS_INIT;
    nf_error *err = nf_error_new();
    const char *path = "locale.test.mdl";
    FILE *file = fopen(path, "w");
    const char *test = "/** @test fails\n * @timeout 1.5\n * @expect 1 = 2 */";
    check(file && fputs(test, file) >= 0 && fclose(file) == 0, "a test", NULL);
    options.form = form;
    options.no_steps = true;
    out.length = 0;
    check(nf_tests(&summary, app, &path, 1, &session, &options, collect, &out,
                   err) == NF_OK &&
              summary.failed == 1,
          form, err);
    const char *number = strstr(out.bytes, before);
    check(number && number[strlen(before) + strspn(number + strlen(before),
                                                   "0123456789")] == '.',
          "a point in a number", err);
    unlink(path);
    nf_error_free(err);
}

static void evaluates(const nf_app *app, const char *expression,
                      const char *expected)
{
    nf_evaluation evaluation = {.size = sizeof evaluation, .app = app};
    nf_error *err = nf_error_new();
    char *value = NULL;
    check(nf_evaluate(&value, expression, &evaluation, err) == NF_OK &&
              is(value, expected),
          expression, err);
    nf_text_free(value);
    nf_error_free(err);
}

static bool tried;

static void in_turkey(const nf_app *app)
{
    if (!setlocale(LC_ALL, "tr_TR.UTF-8"))
        return; /* the system has none */
    tried = true;
    reports(app, "tap", "duration_ms: ");
    reports(app, "json", "\"milliseconds\":");
    evaluates(app, "1.50 + 0.25", "1.75");
    evaluates(app, "toUpperCase('title') = 'TITLE'", "true");
    evaluates(app, "formatDateTime(dateTime(2024, 3, 10), 'MMMM')", "March");
    check(is(localeconv()->decimal_point, ","), "the host's own locale", NULL);
}

int main(int argc, char **argv)
{
    int code = on_app(argc, argv, in_turkey);
    return code ? code : tried ? 0 : SKIPPED;
}
