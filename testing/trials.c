/* A case with @forall or @fault sweep runs many times; the result is that of
 * the first run that fails, made as simple as it can be, or of all. */
#include "testing/runner.h"

#include "base/text.h"
#include "testing/forall.h"

#include <string.h>

enum {
    TRIALS = 30,
    TRIALS_SWEPT = 3, /* each of them with all faults */
    SHRINKS = 200,
    HITS = 2, /* of one point, that are tried */
    PLANS_MAX = 500
};

typedef struct trials {
    const runner *runner;
    const nf_test_looker *looker;
    test_item *item;
    nf_forall all[NF_FORALL_MAX];
    size_t count;
    nf_random dice;
    bool sweeps;
    const char *plan; /* of `sweep=PLAN`; NULL: all that fit */
} trials;

static void run(const trials *t, nf_test_result *result, nf_test_trial *trial)
{
    const test_item *item = t->item;
    double before = result->milliseconds;
    nf_test_run(result, t->runner->app, item->file, item->test, trial,
                t->runner->session, t->runner->options, t->looker,
                t->runner->templates);
    result->milliseconds += before;
}

static bool passed(const nf_test_result *result)
{
    return result->state == NF_TEST_PASS;
}

/* Runs it beside the result of the item; false: it did not pass. */
static bool try_beside(trials *t, nf_test_trial *trial)
{
    nf_test_result *kept = &t->item->result, beside = {0};
    nf_error err = {0};
    if (nf_test_result_init(&beside, &err) != NF_OK) {
        nf_test_break(kept, "trial", 0, NULL, &err);
        return true;
    }
    beside.file = kept->file;
    beside.name = kept->name;
    beside.line = kept->line;
    run(t, &beside, trial);
    bool good = passed(&beside);
    kept->assertions += beside.assertions;
    kept->milliseconds += beside.milliseconds;
    nf_test_result_dispose(&beside);
    return good;
}

/* `$n = 3, $text = 'a'` and the fault, for people. */
static const char *circumstances(const trials *t, const nf_test_trial *trial)
{
    nf_arena *arena = t->item->result.arena;
    nf_buffer out;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    for (size_t i = t->item->cell_count; i < trial->cell_count; i++)
        nf_buffer_format(&out, "%s$%s = %s", out.length ? ", " : "",
                         trial->names[i], trial->cells[i]);
    if (trial->plan && *trial->plan)
        nf_buffer_format(&out, "%sthe fault %s", out.length ? ", " : "",
                         trial->plan);
    const char *text = out.length && !out.failed
                           ? nf_arena_strdup(arena, nf_buffer_string(&out))
                           : NULL;
    nf_buffer_dispose(&out);
    return text;
}

/* The run that failed, once more, for the result that is told. */
static void tell(trials *t, nf_test_trial *trial)
{
    nf_test_result *result = &t->item->result;
    size_t first = result->failure_count;
    const char *with = circumstances(t, trial);
    run(t, result, trial);
    if (passed(result))
        nf_test_fail(result, NF_TEST_ERROR, "trial", 0,
                     "it failed once, but not again");
    for (size_t i = first; with && i < result->failure_count; i++) {
        nf_test_failure *f = &result->failures[i];
        const char *message =
            nf_arena_format(result->arena, "%s (with %s)", f->message, with);
        f->message = message ? message : f->message;
    }
}

/* ---- faults -------------------------------------------------------------- */

/* A server that crashes takes the test with it; one that loses its reply does
 * not. */
static bool is_step_of_server(const char *point)
{
    return strstr(point, "-apply") || strstr(point, "-server-");
}

/* Actions for each kind of point; once is met by a retry, four times are not
 * (synchronize S147). */
static const char *const *actions_of(const nf_test_reached *reached)
{
    static const char *const before[] = {
        "cut",   "cut*4",   "status:503:2000", "status:500",
        "crash", "reorder", "duplicate",       NULL};
    static const char *const after[] = {
        "cut", "cut*4", "crash", "duplicate", "reorder", "status:502", NULL};
    static const char *const bytes[] = {"cut", "cut*4", "crash", NULL};
    static const char *const step[] = {"crash", NULL};
    static const char *const server[] = {"cut", NULL};
    static const char *const none[] = {NULL};
    switch (reached->kind) {
    case NF_FAULT_MESSAGE:
        return strncmp(reached->point, "before-", 7) == 0 ? before : after;
    case NF_FAULT_BYTES:
        return bytes;
    case NF_FAULT_STEP:
        return is_step_of_server(reached->point) ? server : step;
    default:
        return none; /* the databases are in memory */
    }
}

static bool try_plan(trials *t, nf_test_trial *trial, const char *plan)
{
    trial->plan = plan;
    trial->sweeps = true;
    if (try_beside(t, trial))
        return true;
    tell(t, trial);
    return false;
}

/* Every fault that the body can meet, one at a time; trial->reached is what it
 * meets when nothing goes wrong. */
static bool try_faults(trials *t, nf_test_trial *trial)
{
    const nf_test_trial calm = *trial;
    if (t->plan)
        return try_plan(t, trial, t->plan);
    for (size_t i = 0; i < calm.reached_count; i++) {
        const nf_test_reached *r = &calm.reached[i];
        int64_t most = is_step_of_server(r->point) ? 1 : HITS;
        for (int64_t hit = 1; hit <= most && r->before + hit <= r->after; hit++)
            for (const char *const *a = actions_of(r); *a; a++) {
                int length = (int)strcspn(*a, "*");
                char plan[128];
                /* The count of the action comes behind the number. */
                snprintf(plan, sizeof plan, "%s=%.*s@%lld%s", r->point, length,
                         *a, (long long)hit, *a + length);
                if (!try_plan(t, trial, plan))
                    return false;
            }
    }
    return true;
}

/* ---- made-up values ------------------------------------------------------ */

static bool set_cells(const trials *t, const nf_forall_value *values,
                      const char **cells)
{
    const test_item *item = t->item;
    for (size_t i = 0; i < t->count; i++) {
        cells[item->cell_count + i] =
            nf_forall_text(&t->all[i], &values[i], item->result.arena);
        if (!cells[item->cell_count + i])
            return false;
    }
    return true;
}

/* The run as it is, then with all faults. */
static bool try_values(trials *t, nf_test_trial *trial)
{
    trial->plan = t->sweeps ? "" : NULL;
    trial->sweeps = false;
    if (!try_beside(t, trial))
        return false;
    return !t->sweeps || try_faults(t, trial);
}

/* Goes on from values that fail to simpler ones that fail, too. */
static void shrink(trials *t, nf_test_trial *trial, nf_forall_value *values,
                   const char **cells)
{
    int budget = SHRINKS;
    for (bool better = true; better;) {
        better = false;
        for (size_t i = 0; i < t->count; i++) {
            int64_t now = values[i].number, step = now - t->all[i].low;
            for (; step > 0 && budget > 0; step /= 2, budget--) {
                values[i].number = now - step;
                if (set_cells(t, values, cells) && !try_beside(t, trial)) {
                    better = true;
                    break;
                }
                values[i].number = now;
            }
        }
    }
    (void)set_cells(t, values, cells);
}

static void try_all(trials *t, nf_test_trial *trial, const char **cells)
{
    nf_forall_value values[NF_FORALL_MAX] = {0};
    size_t rounds = !t->count ? 1 : t->sweeps ? TRIALS_SWEPT : TRIALS;
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < t->count; i++) {
            nf_forall_draw(&values[i], &t->all[i], &t->dice);
            if (round < 2) /* the ends first */
                values[i].number = round ? t->all[i].high : t->all[i].low;
        }
        if (!set_cells(t, values, cells))
            return;
        if (try_values(t, trial))
            continue;
        if (passed(&t->item->result)) { /* it fails without a fault */
            shrink(t, trial, values, cells);
            tell(t, trial);
        }
        return;
    }
}

/* ---- all ----------------------------------------------------------------- */

static uint64_t seed_of(const trials *t)
{
    uint64_t seed = t->runner->session->seeded ? t->runner->session->seed : 0;
    for (const char *p = t->item->test->name; *p; p++)
        seed = (seed ^ (uint8_t)*p) * UINT64_C(1099511628211);
    return seed;
}

static bool read_sweep(trials *t)
{
    const nf_test_tag *tag = nf_test_tag_find(&t->item->test->tags, "fault");
    const char *text = tag ? tag->value : t->runner->session->faults;
    t->sweeps = nf_test_is_sweep(text);
    if (t->sweeps && text[5] == '=')
        t->plan = text + 6;
    return t->sweeps;
}

static bool read_forall(trials *t)
{
    const nf_test_tags *tags = &t->item->test->tags;
    nf_test_result *result = &t->item->result;
    for (size_t i = 0; i < tags->count; i++) {
        nf_error err = {0};
        if (strcmp(tags->items[i].name, "forall") != 0)
            continue;
        if (t->count == NF_FORALL_MAX)
            nf_error_set(&err, NF_INPUT, "bad_test",
                         "a test has at most %d @forall", NF_FORALL_MAX);
        else
            nf_forall_read(&t->all[t->count], result->arena,
                           t->runner->app->model, &tags->items[i], &err);
        if (nf_error_is_set(&err)) {
            nf_test_break(result, "forall", tags->items[i].line, NULL, &err);
            return false;
        }
        t->count++;
    }
    return true;
}

bool nf_test_is_sweep(const char *plan)
{
    return plan && strncmp(plan, "sweep", 5) == 0 &&
           (!plan[5] || plan[5] == '=');
}

void test_trials(const runner *r, const nf_test_looker *looker, test_item *item)
{
    trials t = {.runner = r, .looker = looker, .item = item};
    const nf_test_result *result = &item->result;
    nf_test_trial trial = {.names = item->names,
                           .cells = item->cells,
                           .cell_count = item->cell_count};
    bool skipped = nf_test_tag_find(&item->test->tags, "skip");
    if (skipped ||
        (!read_sweep(&t) & !nf_test_tag_find(&item->test->tags, "forall"))) {
        run(&t, &item->result, &trial);
        return;
    }
    if (r->options->portable) {
        nf_test_fail(&item->result, NF_TEST_ERROR, "forall", 0,
                     "@forall and @fault are not portable");
        return;
    }
    if (!read_forall(&t))
        return;
    nf_random_seed(&t.dice, seed_of(&t));
    size_t count = item->cell_count + t.count;
    const char **names =
        nf_arena_array(result->arena, count + 1, sizeof *names);
    const char **cells =
        nf_arena_array(result->arena, count + 1, sizeof *cells);
    if (!names || !cells)
        return;
    for (size_t i = 0; i < count; i++) {
        names[i] = i < item->cell_count ? item->names[i]
                                        : t.all[i - item->cell_count].name;
        cells[i] = i < item->cell_count ? item->cells[i] : "";
    }
    trial =
        (nf_test_trial){.names = names, .cells = cells, .cell_count = count};
    try_all(&t, &trial, cells);
}
