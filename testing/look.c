/* See look.h. */
#include "testing/look.h"

#include "base/memory.h"
#include "testing/brief.h"

#include <json-c/json.h>
#include <string.h>

enum {
    VARIABLES = 100, /* that are kept */
    VALUE_MAX = 400, /* bytes of one */
    FAILURES = 50    /* whose variables are looked at: a loop may have many */
};

/* A ring of the last steps, and the variables where a flow failed last. */
struct test_look {
    nf_observer observer;
    nf_arena *arena; /* of the result */
    nf_test_variable variables[VARIABLES];
    size_t variable_count, failures;
    bool failing; /* an error is on its way out */
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
    look->failing = false;
    return NF_OK;
}

static void note_variable(struct test_look *look, const char *document,
                          const char *name, const nf_value *value)
{
    nf_test_variable *v = &look->variables[look->variable_count];
    nf_buffer text;

    if (look->variable_count == VARIABLES)
        return;
    nf_buffer_init(&text, NF_BUFFER_MAX);
    nf_brief_write_all(&text, value, VALUE_MAX);
    v->document = nf_arena_strdup(look->arena, document);
    v->name = nf_arena_strdup(look->arena, name);
    v->value = text.failed
                   ? NULL
                   : nf_arena_strdup(look->arena, nf_buffer_string(&text));
    nf_buffer_dispose(&text);
    look->variable_count += v->document && v->name && v->value;
}

/* Where it began to fail, all variables are still to be seen. */
static void note_failure(void *user, nf_execution *x, const nf_graph_flow *flow,
                         const nf_error *error)
{
    struct test_look *look = user;
    const nf_frame *frame;

    (void)flow;
    if (!error || look->failing || nf_execution_handles(x, error) ||
        look->failures == FAILURES)
        return;
    look->failing = true;
    look->failures++;
    look->variable_count = 0;
    for (size_t i = 0; (frame = nf_execution_frame(x, i)); i++)
        for (size_t k = 0; k < nf_frame_slot_count(frame); k++) {
            const char *name = NULL;
            nf_type type;
            const nf_value *value = nf_frame_slot(frame, k, &name, &type);

            if (value && !nf_frame_is_predefined(frame, k))
                note_variable(
                    look, nf_program_flow(nf_frame_program(frame))->qualified,
                    name, value);
        }
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
    look->arena = run->result->arena;
    look->observer =
        (nf_observer){.begin = note_step, .end = note_failure, .user = look};
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

/* Those of the flows that failed; where none did, those of the body. */
static void copy_variables(test_run *run)
{
    struct test_look *look = run->look;
    nf_test_result *result = run->result;
    nf_test_variable *kept;

    if (!result->failure_count || !result->failures[0].callers) {
        look->variable_count = 0;
        for (size_t i = 0; i < run->device_count; i++)
            for (size_t k = 0; k < run->devices[i].count; k++)
                note_variable(look, "", run->devices[i].values[k].name,
                              &run->devices[i].values[k].value);
    }
    kept =
        nf_arena_array(result->arena, look->variable_count + 1, sizeof *kept);
    if (kept)
        memcpy(kept, look->variables, look->variable_count * sizeof *kept);
    result->variables = kept;
    result->variable_count = kept ? look->variable_count : 0;
}

/* What the devices have told goes with the result of a test that failed. */
static void take_events(test_run *run)
{
    nf_test_result *result = run->result;

    for (size_t i = 0; i < run->device_count; i++) {
        const test_device *d = &run->devices[i];
        json_object *events = d->session ? d->session->events : d->events;
        size_t count = events ? json_object_array_length(events) : 0;

        if (count && !result->events)
            result->events = json_object_new_array();
        for (size_t k = 0; k < count; k++)
            json_object_array_add(
                result->events,
                json_object_get(json_object_array_get_idx(events, k)));
    }
}

void test_look_end(test_run *run)
{
    nf_error err = {0};
    bool failed = run->result->state == NF_TEST_FAIL ||
                  run->result->state == NF_TEST_ERROR;

    if (failed && !run->result->events)
        take_events(run);

    if (!run->looker || !run->looker->coverage)
        return;
    if (run->look && failed) {
        copy_steps(run);
        copy_variables(run);
    }
    if (nf_coverage_collect(run->looker->coverage, run->covers,
                            run->cover_count, &err) != NF_OK)
        nf_test_break(run->result, "coverage", 0, NULL, &err);
}
