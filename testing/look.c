#include "testing/look.h"

#include "base/memory.h"

#include <string.h>

/* A ring of the last steps. */
struct test_look {
    nf_observer observer;
    struct {
        const nf_program *program;
        const nf_node *node;
    } steps[NF_TEST_STEPS];
    size_t count; /* all that there were */
};

static nf_status note_step(void *user, nf_execution *x, nf_error *err)
{
    struct test_look *look = user;
    const nf_frame *frame = nf_execution_frame(x, 0);
    size_t at = look->count++ % NF_TEST_STEPS;

    (void)err;
    look->steps[at].program = nf_frame_program(frame);
    look->steps[at].node = nf_frame_node(frame);
    return NF_OK;
}

static struct test_look *look_of(test_run *run)
{
    struct test_look *look = run->look;

    if (look)
        return look;
    look = nf_arena_alloc(run->arena, sizeof *look);
    if (!look)
        return NULL;
    memset(look, 0, sizeof *look);
    look->observer = (nf_observer){.begin = note_step, .user = look};
    run->look = look;
    return look;
}

nf_status test_look_at(test_run *run, nf_session *session, nf_error *err)
{
    const nf_test_looker *looker = run->looker;
    nf_status status;

    if (!looker || !looker->coverage)
        return NF_OK;
    status =
        nf_session_look(session, nf_coverage_programs(looker->coverage), err);
    if (status || !looker->steps)
        return status;
    return look_of(run) ? nf_session_observe(session, &run->look->observer, err)
                        : nf_error_nomem(err);
}

/* The texts outlive the programs: they are copied. */
static bool copy_step(nf_test_step *to, nf_arena *arena,
                      const nf_program *program, const nf_node *node)
{
    char id[NF_GUID_TEXT_SIZE];

    nf_guid_text(&node->element->id, id);
    to->document = nf_arena_strdup(arena, nf_program_flow(program)->qualified);
    to->activity = nf_arena_strdup(arena, nf_node_caption(node));
    to->activity_id = nf_arena_strdup(arena, id);
    return to->document && to->activity && to->activity_id;
}

static void copy_steps(test_run *run)
{
    const struct test_look *look = run->look;
    nf_test_result *result = run->result;
    size_t count = look->count < NF_TEST_STEPS ? look->count : NF_TEST_STEPS;
    size_t first = look->count - count;
    nf_test_step *steps =
        nf_arena_array(result->arena, count + 1, sizeof *steps);

    for (size_t i = 0; steps && i < count; i++) {
        size_t at = (first + i) % NF_TEST_STEPS;

        if (!copy_step(&steps[i], result->arena, look->steps[at].program,
                       look->steps[at].node))
            return;
    }
    result->steps = steps;
    result->step_count = steps ? count : 0;
}

void test_look_end(test_run *run)
{
    nf_error err = {0};

    if (!run->looker || !run->looker->coverage)
        return;
    if (run->look && (run->result->state == NF_TEST_FAIL ||
                      run->result->state == NF_TEST_ERROR))
        copy_steps(run);
    if (nf_coverage_collect(run->looker->coverage, run->covers,
                            run->cover_count, &err) != NF_OK)
        nf_test_break(run->result, "coverage", 0, NULL, &err);
}
