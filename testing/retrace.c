/* The steps before a failure (E48): a test that failed runs once more, with
 * programs that tell every step. What passes costs nothing that way, however
 * long its loops are. If it then ends otherwise, as what is random may, its
 * steps are not those of the failure, and none are told. */
#include "testing/runner.h"

#include "base/memory.h"

#include <string.h>

/* A failure that took longer is not run again. */
#define RETRACE_MAX_MILLISECONDS 10000.0

static bool is_same(const nf_test_result *a, const nf_test_result *b)
{
    if (a->state != b->state || a->failure_count != b->failure_count)
        return false;
    for (size_t i = 0; i < a->failure_count; i++)
        if (strcmp(a->failures[i].kind, b->failures[i].kind) != 0 ||
            strcmp(a->failures[i].message, b->failures[i].message) != 0)
            return false;
    return true;
}

static bool copy_steps(nf_test_result *to, const nf_test_result *from)
{
    nf_arena *arena = to->arena;
    nf_test_step *steps =
        nf_arena_array(arena, from->step_count + 1, sizeof *steps);

    for (size_t i = 0; steps && i < from->step_count; i++) {
        const nf_test_step *step = &from->steps[i];

        steps[i].document = nf_arena_strdup(arena, step->document);
        steps[i].activity = nf_arena_strdup(arena, step->activity);
        steps[i].activity_id = nf_arena_strdup(arena, step->activity_id);
        if (!steps[i].document || !steps[i].activity || !steps[i].activity_id)
            return false;
    }
    to->steps = steps;
    to->step_count = steps ? from->step_count : 0;
    return steps != NULL;
}

static void copy_variables(nf_test_result *to, const nf_test_result *from)
{
    nf_arena *arena = to->arena;
    nf_test_variable *variables =
        nf_arena_array(arena, from->variable_count + 1, sizeof *variables);

    for (size_t i = 0; variables && i < from->variable_count; i++) {
        const nf_test_variable *v = &from->variables[i];

        variables[i].document = nf_arena_strdup(arena, v->document);
        variables[i].name = nf_arena_strdup(arena, v->name);
        variables[i].value = nf_arena_strdup(arena, v->value);
        if (!variables[i].document || !variables[i].name || !variables[i].value)
            return;
    }
    to->variables = variables;
    to->variable_count = variables ? from->variable_count : 0;
}

static void run_again(nf_test_result *again, const runner *r,
                      const test_item *item)
{
    nf_test_looker looker = {.steps = true};
    test_item copy = *item;
    nf_error ignored = {0};

    if (nf_coverage_new(&looker.coverage, r->app, nf_options_allow(r->session),
                        &ignored) != NF_OK)
        return;
    nf_programs_watch(nf_coverage_programs(looker.coverage), NF_WATCH_STEPS);
    copy.result = *again;
    copy.result.file = item->result.file;
    copy.result.name = item->result.name;
    copy.result.test = item->result.test;
    copy.result.line = item->result.line;
    test_trials(r, &looker, &copy);
    *again = copy.result;
    nf_coverage_free(looker.coverage);
}

void test_runner_retrace(const runner *r, const nf_test_looker *looker,
                         test_item *item)
{
    nf_test_result *result = &item->result, again;
    nf_error ignored = {0};

    if ((result->state != NF_TEST_FAIL && result->state != NF_TEST_ERROR) ||
        r->options->no_steps || looker->steps ||
        result->milliseconds > RETRACE_MAX_MILLISECONDS ||
        nf_test_result_init(&again, &ignored) != NF_OK)
        return;
    run_again(&again, r, item);
    if (is_same(result, &again) && copy_steps(result, &again))
        copy_variables(result, &again);
    nf_test_result_dispose(&again);
}
