/* Memory that runs out while something is described: every allocation fails
 * once, in every form. The answer is an error, or the same text as otherwise,
 * never a text that lacks something; nothing leaks (under the address
 * sanitizer).
 *
 * describe APP NAME... */
#include "failing.h"
#include "nanoflow.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One description in which the nth allocation fails. */
static bool is_sound(const nf_app *app, const char *name, const char *format,
                     const char *expected, failing_whose whose, long n)
{
    char *text = NULL;
    nf_error *err = nf_error_new();
    failing_start(whose, n);
    nf_status status = nf_app_describe(&text, app, name, format, err);
    bool fired = failing_stop();
    bool sound = status == NF_OK ? text && !strcmp(text, expected)
                                 : status == NF_NOMEM && fired && !text;
    if (!sound)
        printf("%s as %s, allocation %ld: status %d\n", name, format, n,
               (int)status);
    nf_text_free(text);
    nf_error_free(err);
    return sound;
}

static int describe(const nf_app *app, const char *name, const char *format)
{
    char *expected = NULL;
    nf_error *err = nf_error_new();
    int failures = 0;
    if (nf_app_describe(&expected, app, name, format, err) != NF_OK) {
        printf("%s as %s: %s\n", name, format,
               nf_error_text(err, NF_ERROR_MESSAGE));
        failures++;
    } else {
        for (failing_whose whose = FAILING_OURS; whose <= FAILING_LIBRARIES;
             whose++) {
            long n = 1;
            do
                failures += !is_sound(app, name, format, expected, whose, n++);
            while (failing_happened());
        }
    }
    nf_text_free(expected);
    nf_error_free(err);
    return failures;
}

int main(int argc, char **argv)
{
    static const char *const formats[] = {"text", "json", "svg", "mermaid",
                                          "dot"};
    nf_app *app = NULL;
    nf_error *err = nf_error_new();
    int failures = 0;
    failing_prepare();
    if (argc < 3 || nf_app_open(&app, argv[1], err) != NF_OK) {
        fprintf(stderr, "usage: describe APP NAME...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++)
        for (size_t j = 0; j < sizeof formats / sizeof *formats; j++)
            failures += describe(app, argv[i], formats[j]);
    nf_app_close(app);
    nf_error_free(err);
    printf("%d failures\n", failures);
    return failures ? 1 : 0;
}
