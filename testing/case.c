/* One case, from its tags to its result. */
#include "testing/case.h"

#include "javascript/process.h"

#include <limits.h>
#include <string.h>
#include <time.h>

/* `@requires js` (E41) where nothing runs JavaScript. */
static bool lacks_javascript(const test_run *run)
{
    const nf_test_tag *tag = nf_test_tag_find(&run->test->tags, "requires");
    char path[PATH_MAX];
    if (!tag)
        tag = nf_test_tag_find(&run->file->header, "requires");
    return tag && strcmp(tag->value, "js") == 0 &&
           !nf_js_program(path, sizeof path);
}

static void run_case(test_run *run)
{
    const nf_test_tag *skip = nf_test_tag_find(&run->test->tags, "skip");
    if (skip) {
        run->result->state = NF_TEST_SKIP;
        run->result->skipped = test_unquoted(run, skip->value);
        return;
    }
    if (lacks_javascript(run)) {
        run->result->state = NF_TEST_SKIP;
        run->result->skipped =
            "it requires js: the program nanoflow-javascript is not installed";
        return;
    }
    if (test_prepare(run))
        test_play(run);
    else
        test_clean(run);
}

void nf_test_run(nf_test_result *result, const nf_app *app,
                 const nf_test_file *file, const nf_test_case *test,
                 nf_test_trial *trial, const nf_session_options *options,
                 const nf_test_options *how,
                 const struct nf_test_looker *looker, nf_templates *templates)
{
    struct timespec before, after;
    test_run run = {.app = app,
                    .file = file,
                    .test = test,
                    .trial = trial,
                    .arena = result->arena,
                    .options = *options,
                    .looker = looker,
                    .templates = templates,
                    .how = how,
                    .result = result};
    clock_gettime(CLOCK_MONOTONIC, &before);
    run_case(&run);
    clock_gettime(CLOCK_MONOTONIC, &after);
    result->milliseconds = (double)(after.tv_sec - before.tv_sec) * 1e3 +
                           (double)(after.tv_nsec - before.tv_nsec) / 1e6;
}
