/* What runs of a test: setup, the parts of its body, and its expectations, all
 * compiled before any of it runs (E6). */
#include "testing/case.h"

#include "database/xpath.h"
#include "interpreter/program.h"

#include <string.h>

/* A flow that was made for this test. */
typedef struct made_flow {
    const nf_test_part *part; /* NULL: an expectation */
    test_device *device;
    nf_document document;
    nf_flow flow;
    nf_program *program;
    long line;
} made_flow;

typedef struct play {
    test_run *run;
    const nf_activity *const *activities;
    nf_test_parts parts;
    made_flow *flows; /* of the parts */
    made_flow *expectations;
    made_flow *invariants; /* once more, for what a fault leaves */
    size_t flow_count, expectation_count, invariant_count;
    bool body_failed;
    nf_error error; /* of the body */
} play;

/* ---- compiling ----------------------------------------------------------- */

static void finding_text(char *text, size_t size, const nf_finding *f)
{
    snprintf(text, size, "%s%s%.200s%s", f->message, f->text ? ": \"" : "",
             f->text ? f->text : "", f->text ? "\"" : "");
}

/* A variable may be assigned again, which a modeller could not draw (E14). */
static bool is_harmless(const nf_finding *f)
{
    /* An argument that nobody takes is a slip of the test, too. */
    return (f->severity > NF_SEVERITY_UNSUPPORTED &&
            strcmp(f->code, "not_found") != 0) ||
           strcmp(f->code, "duplicate_variable") == 0;
}

static bool has_findings(play *p, const char *kind, const made_flow *made)
{
    for (size_t i = 0; i < nf_program_finding_count(made->program); i++) {
        const nf_finding *f = nf_program_finding(made->program, i);
        char text[1200];
        if (is_harmless(f))
            continue;
        finding_text(text, sizeof text, f);
        nf_test_fail(p->run->result, NF_TEST_ERROR, kind,
                     nf_make_line(f->element_id), "%s", text);
        return true;
    }
    if (!made->program->broken)
        return false;
    nf_test_fail(p->run->result, NF_TEST_ERROR, kind, 0, "%s",
                 made->program->broken);
    return true;
}

/* The variables of a device so far are the parameters. */
static bool give_parameters(made_flow *made, nf_arena *arena)
{
    const test_device *d = made->device;
    nf_parameter *parameters =
        nf_arena_array(arena, d->count + 1, sizeof *parameters);
    if (!parameters)
        return false;
    for (size_t i = 0; i < d->count; i++)
        parameters[i] = (nf_parameter){.name = d->values[i].name,
                                       .qualified = d->values[i].name,
                                       .type = d->values[i].type,
                                       .default_value = "",
                                       .special = ""};
    made->flow.parameters = parameters;
    made->flow.parameter_count = d->count;
    return true;
}

/* Whatever is wrong with it is an ERROR before anything runs (E6). */
static bool compile(play *p, const char *kind, made_flow *made,
                    const nf_element *element)
{
    nf_error err = {0};
    made->flow =
        (nf_flow){.document = &made->document,
                  .element = element,
                  .kind = p->run->side == TEST_SIDE_SERVER ? NF_FLOW_MICROFLOW
                                                           : NF_FLOW_NANOFLOW,
                  .qualified = "",
                  .list_by_reference = true,
                  .result = {.kind = NF_KIND_VOID}};
    if (!give_parameters(made, p->run->arena)) {
        nf_test_fail(p->run->result, NF_TEST_ERROR, kind, 0, "out of memory");
        return false;
    }
    if (nf_compile(&made->program, p->run->app->model, &made->flow,
                   p->activities, &nf_xpath_sql_compiler,
                   nf_options_allow(&p->run->options), &err) != NF_OK) {
        nf_test_break(p->run->result, kind, 0, NULL, &err);
        return false;
    }
    return !has_findings(p, kind, made);
}

/* What the next parts of this device can name. */
static bool declare_variables(play *p, const made_flow *made)
{
    for (size_t i = 0; i < made->program->variable_count; i++) {
        const nf_variable *v = &made->program->variables[i];
        bool hidden = !v->name[0] || v->name[0] == '_' || v->predefined;
        if (hidden || test_find_value(p->run, v->name, NULL))
            continue;
        /* A Boolean is never empty, also where the body does not come to it. */
        nf_value none =
            v->type.kind == NF_KIND_BOOLEAN ? nf_boolean(false) : nf_empty();
        if (!test_keep_value(made->device, v->name, v->type, none)) {
            nf_test_fail(p->run->result, NF_TEST_ERROR, "body", 0,
                         "a test has at most %d variables", TEST_VARIABLES);
            return false;
        }
    }
    return true;
}

/* ---- rows (E41, @each) --------------------------------------------------- */

/* A cell as a declaration; all on the line of the body's first statement. */
static void declare_cell(nf_buffer *out, const nf_model *model,
                         const char *name, const char *cell)
{
    size_t digits = strspn(cell, "-0123456789."), length = strlen(cell);
    const char *type = "String";
    char enumeration[256];
    bool quoted = *cell == '\'';
    const char *dot = strrchr(cell, '.');
    if (length && digits == length)
        type = "Decimal"; /* an Integer fits wherever a Decimal does not */
    if (length && strspn(cell, "-0123456789") == length)
        type = "Integer";
    if (strcmp(cell, "true") == 0 || strcmp(cell, "false") == 0)
        type = "Boolean";
    if (!quoted && dot && dot != cell && digits != length &&
        (size_t)(dot - cell) < sizeof enumeration) {
        snprintf(enumeration, sizeof enumeration, "%.*s", (int)(dot - cell),
                 cell);
        if (nf_model_find_enumeration(model, enumeration))
            type = enumeration;
    }
    bool bare =
        strcmp(type, "String") == 0 && !quoted && strcmp(cell, "empty") != 0;
    nf_buffer_format(out, "declare $%s %s = ", name, type);
    if (bare)
        nf_buffer_char(out, '\'');
    for (const char *p = cell; *p; p++) {
        if (bare && *p == '\'')
            nf_buffer_char(out, '\'');
        nf_buffer_char(out, *p);
    }
    nf_buffer_text(out, bare ? "'; " : "; ");
}

static bool read_body(play *p)
{
    test_run *run = p->run;
    nf_error err = {0};
    nf_buffer before;
    nf_test_source source = {.model = run->app->model,
                             .body = run->test->body,
                             .line = run->test->body_line,
                             .language = run->file->language,
                             .portable = run->how->portable};
    const nf_test_tags *all[] = {&run->file->header, &run->test->tags};
    nf_test_invariant *invariants = nf_arena_array(
        run->arena, all[0]->count + all[1]->count + 1, sizeof *invariants);
    source.invariants = invariants;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < all[k]->count; i++)
            if (invariants && strcmp(all[k]->items[i].name, "invariant") == 0)
                invariants[source.invariant_count++] = (nf_test_invariant){
                    all[k]->items[i].value, all[k]->items[i].line};
    nf_buffer_init(&before, NF_BUFFER_MAX);
    const nf_test_trial *t = run->trial;
    for (size_t i = 0; i < t->cell_count; i++)
        declare_cell(&before, run->app->model, t->names[i], t->cells[i]);
    source.before = nf_buffer_string(&before);
    nf_status status = source.before && invariants
                           ? nf_test_body(&p->parts, run->arena, &source, &err)
                           : nf_error_nomem(&err);
    if (status != NF_OK)
        nf_test_break(run->result, "body", err.line, NULL, &err);
    nf_buffer_dispose(&before);
    return status == NF_OK;
}

static bool compile_part(play *p, const nf_test_part *part)
{
    made_flow *made = &p->flows[p->flow_count];
    made->part = part;
    made->line = part->line;
    made->device = test_find_device(p->run, part->device);
    if (!made->device) {
        nf_test_fail(p->run->result, NF_TEST_ERROR, "body", part->line,
                     "there is no @device %s", part->device);
        return false;
    }
    p->flow_count++;
    return part->kind != NF_TEST_RUN ||
           (compile(p, "body", made, part->flow) && declare_variables(p, made));
}

/* The device whose variables an expectation names; the first one. */
static test_device *device_of(test_run *run, const char *expression)
{
    for (size_t i = 0; i < run->device_count; i++)
        for (size_t k = 0; k < run->devices[i].count; k++)
            if (test_mentions(expression, run->devices[i].values[k].name))
                return &run->devices[i];
    return &run->devices[0];
}

static bool compile_expectation(play *p, const nf_test_tag *tag,
                                made_flow *made, size_t *count)
{
    nf_error err = {0};
    const nf_element *element;
    if (!*tag->value) {
        nf_test_fail(p->run->result, NF_TEST_ERROR, tag->name, tag->line,
                     "@%s needs an expression", tag->name);
        return false;
    }
    if (nf_test_assertion(&element, p->run->arena, tag->name, tag->value,
                          tag->line, &err) != NF_OK) {
        nf_test_break(p->run->result, tag->name, tag->line, NULL, &err);
        return false;
    }
    made->device = device_of(p->run, tag->value);
    made->line = tag->line;
    ++*count;
    return compile(p, tag->name, made, element);
}

/* Those of a test that is swept, header and test. */
static bool compile_invariants(play *p)
{
    const nf_test_tags *all[] = {&p->run->file->header, &p->run->test->tags};
    p->invariants =
        nf_arena_array(p->run->arena, all[0]->count + all[1]->count + 1,
                       sizeof *p->invariants);
    if (!p->invariants)
        return false;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < all[k]->count; i++)
            if (strcmp(all[k]->items[i].name, "invariant") == 0 &&
                !compile_expectation(p, &all[k]->items[i],
                                     &p->invariants[p->invariant_count],
                                     &p->invariant_count))
                return false;
    return true;
}

static bool compile_all(play *p)
{
    const nf_test_tags *tags = &p->run->test->tags;
    p->activities = test_activities(p->run->arena);
    if (!read_body(p))
        return false;
    p->flows =
        nf_arena_array(p->run->arena, p->parts.count + 1, sizeof *p->flows);
    p->expectations =
        nf_arena_array(p->run->arena, tags->count + 1, sizeof *p->expectations);
    if (!p->flows || !p->expectations || !p->activities)
        return false;
    for (size_t i = 0; i < p->parts.count; i++)
        if (!compile_part(p, &p->parts.items[i]))
            return false;
    for (size_t i = 0; i < tags->count; i++)
        if (strcmp(tags->items[i].name, "expect") == 0 &&
            !compile_expectation(p, &tags->items[i],
                                 &p->expectations[p->expectation_count],
                                 &p->expectation_count))
            return false;
    return !p->run->trial->sweeps || compile_invariants(p);
}

/* ---- running ------------------------------------------------------------- */

static nf_status execute(nf_execution **out, const made_flow *made,
                         nf_error *err)
{
    nf_session *s = made->device->session;
    nf_value values[TEST_VARIABLES];
    bool given[TEST_VARIABLES];
    for (size_t i = 0; i < made->flow.parameter_count; i++) {
        values[i] = made->device->values[i].value;
        given[i] = true;
    }
    s->world.environment.limits.deadline =
        s->timeout > 0 ? nf_clock_elapsed() + (int64_t)(s->timeout * 1000) : 0;
    nf_status status =
        s->side == NF_SIDE_SERVER ? nf_session_act(s, err) : NF_OK;
    if (status == NF_OK)
        status = nf_execution_start(out, &s->world, made->program, values,
                                    given, err);
    s->blocking++;
    if (status == NF_OK)
        while ((status = nf_execution_run(*out, err)) == NF_PENDING)
            nf_session_wait(s, -1);
    s->blocking--;
    return status;
}

/* Also after an error: what was assigned before it can be looked at. */
static void keep_variables(const made_flow *made, const nf_execution *execution)
{
    const char *name;
    nf_type type;
    const nf_value *value;
    for (size_t i = 0;
         execution && nf_execution_variable(execution, i, &name, &type, &value);
         i++)
        if (*name && *name != '_' &&
            test_find_value(made->device->run, name, NULL))
            test_keep_value(made->device, name, type, nf_value_copy(value));
}

static nf_status run_flow(const made_flow *made, nf_error *err)
{
    nf_execution *execution = NULL;
    if (!made->device->session)
        return nf_error_set(err, NF_FAILED, "bad_test",
                            "nobody is signed in on the device");
    nf_status status = execute(&execution, made, err);
    keep_variables(made, execution);
    nf_execution_free(execution);
    return status;
}

static nf_status run_part(const made_flow *made, nf_error *err)
{
    switch (made->part->kind) {
    case NF_TEST_RUN:
        return run_flow(made, err);
    case NF_TEST_SIGN_OUT:
        return test_sign_out_device(made->device, err);
    default:
        return test_restart_device(made->device, made->part->user, err);
    }
}

static void run_body(play *p)
{
    for (size_t i = 0; i < p->flow_count && !p->run->stopped; i++) {
        if (run_part(&p->flows[i], &p->error) == NF_OK)
            continue;
        p->body_failed = true;
        nf_error_at_line(&p->error, "", p->flows[i].line);
        return;
    }
}

/* ---- @throws, @expect ---------------------------------------------------- */

static void body_failed(play *p)
{
    long line = nf_make_line(p->error.activity_id);
    nf_test_break(p->run->result, "body", line ? line : p->run->test->body_line,
                  "the body failed", &p->error);
}

/* E8: `@throws` alone, or a part of the message. */
static void check_throws(play *p, const nf_test_tag *tag)
{
    nf_test_result *r = p->run->result;
    const char *wanted = test_unquoted(p->run, tag->value);
    r->assertions++;
    if (*tag->value && wanted == tag->value)
        nf_test_fail(r, NF_TEST_ERROR, "throws", tag->line,
                     "@throws takes a text in quotes, or nothing");
    else if (!p->body_failed)
        nf_test_fail(r, NF_TEST_FAIL, "throws", tag->line,
                     "expected an error, but the body ended normally");
    else if (*tag->value && !strstr(p->error.message, wanted)) {
        nf_test_failure *f = nf_test_fail(
            r, NF_TEST_FAIL, "throws", tag->line,
            "expected the error '%s', actual: '%s'", wanted, p->error.message);
        if (f) {
            f->expected = wanted;
            f->actual = nf_arena_strdup(r->arena, p->error.message);
        }
    }
}

/* ---- faults of a sweep (E41) --------------------------------------------- */

/* A crash ends the app, whatever handlers of the body made of it. */
static bool was_ended_by_fault(const play *p)
{
    bool crashed = false;
    for (size_t i = 0; i < p->run->device_count; i++)
        crashed |= nf_faults_crashed(p->run->devices[i].faults);
    return crashed || (p->body_failed && test_had_faults(p->run) &&
                       strncmp(p->error.code, "SYNC_", 5) == 0);
}

static void check_invariants(play *p)
{
    for (size_t i = 0; i < p->invariant_count; i++) {
        nf_error err = {0};
        if (run_flow(&p->invariants[i], &err) != NF_OK)
            nf_test_break(p->run->result, "invariant", p->invariants[i].line,
                          "@invariant", &err);
    }
}

/* A body that a fault has ended owes its invariants: right after it, and when
 * the device has synchronized without one. */
static void check_after_fault(play *p)
{
    test_run *run = p->run;
    nf_error err = {0};
    nf_status status = NF_OK;
    if (run->server_faults)
        nf_faults_clear(run->server_faults);
    for (size_t i = 0; status == NF_OK && i < run->device_count; i++)
        status = test_recover_device(&run->devices[i], &err);
    if (status == NF_OK)
        check_invariants(p);
    for (size_t i = 0; status == NF_OK && i < run->device_count; i++) {
        nf_session *session = run->devices[i].session;
        if (run->server && session && !session->offline)
            status = nf_session_synchronize(NULL, session, NF_SYNCHRONIZE_ALL,
                                            NULL, 0, false, &err);
    }
    if (status == NF_OK)
        check_invariants(p);
    else
        nf_test_break(run->result, "fault", 0, "what comes after the fault",
                      &err);
}

static void check_expectations(play *p)
{
    for (size_t i = 0; i < p->expectation_count; i++) {
        nf_error err = {0};
        if (run_flow(&p->expectations[i], &err) != NF_OK)
            nf_test_break(p->run->result, "expect", p->expectations[i].line,
                          "@expect", &err);
    }
}

static void check(play *p)
{
    const nf_test_tag *throws = nf_test_tag_find(&p->run->test->tags, "throws");
    if (p->run->trial->sweeps && was_ended_by_fault(p)) {
        check_after_fault(p);
        return;
    }
    if (throws)
        check_throws(p, throws);
    else if (p->body_failed)
        body_failed(p);
    if (!p->body_failed)
        check_expectations(p);
    if (p->run->result->state != NF_TEST_ERROR)
        test_check(p->run);
}

/* ---- @setup (E9) --------------------------------------------------------- */

static bool set_up(test_run *run, const nf_test_tag *tag)
{
    nf_error err = {0};
    nf_session *server = NULL;
    bool microflow = !nf_model_find_document(run->app->model,
                                             "Microflows$Nanoflow", tag->value);
    nf_status status = microflow ? test_on_server(&server, run, &err) : NF_OK;
    if (server)
        server->mocks = run->mocks;
    if (status == NF_OK)
        status =
            nf_session_call(NULL, server ? server : run->devices[0].session,
                            tag->value, NULL, 0, &err);
    if (server)
        server->mocks = NULL;
    nf_session_free(server);
    if (status == NF_OK)
        return true;
    nf_test_break(run->result, "setup", tag->line, tag->value, &err);
    return false;
}

/* Microflows of the server come before the first synchronization, so that a
 * device begins with what they made. */
static bool is_microflow(const test_run *run, const nf_test_tag *tag)
{
    return !nf_model_find_document(run->app->model, "Microflows$Nanoflow",
                                   tag->value);
}

static bool set_up_server(test_run *run, const nf_test_tag *tag)
{
    return !is_microflow(run, tag) || set_up(run, tag);
}

static bool set_up_device(test_run *run, const nf_test_tag *tag)
{
    return is_microflow(run, tag) || set_up(run, tag);
}

static bool synchronize_first(test_run *run)
{
    for (size_t i = 0; i < run->device_count; i++) {
        nf_error err = {0};
        if (run->offline || run->side == TEST_SIDE_SERVER ||
            nf_session_initial_sync(run->devices[i].session, &err) == NF_OK)
            continue;
        nf_test_break(run->result, "server", 0, "the first synchronization",
                      &err);
        return false;
    }
    return true;
}

static void note(nf_test_trial *t, const nf_faults *faults, bool after)
{
    nf_fault_seen seen;
    for (size_t i = 0; i < NF_TEST_POINTS && nf_faults_seen(&seen, faults, i);
         i++) {
        nf_test_reached *r = &t->reached[i];
        int64_t *hits = after ? &r->after : &r->before;
        r->point = seen.point;
        r->kind = seen.kind;
        *hits = seen.hits > *hits ? seen.hits : *hits;
        t->reached_count = i + 1 > t->reached_count ? i + 1 : t->reached_count;
    }
}

/* How often each point of faults was reached, on the devices and the server,
 * before the body or after it. */
static void note_points(test_run *run, bool after)
{
    nf_test_trial *t = run->trial;
    if (!after) {
        t->reached_count = 0;
        memset(t->reached, 0, sizeof t->reached);
    }
    for (size_t d = 0; d < run->device_count; d++)
        note(t, run->devices[d].faults, after);
    if (run->server_faults)
        note(t, run->server_faults, after);
}

/* Faults begin with the body: their numbers count from here. */
static bool arm_all(test_run *run)
{
    const nf_test_tag *tag = nf_test_tag_find(&run->test->tags, "fault");
    const char *plan = run->trial->plan;
    nf_error err = {0};
    nf_status status = test_arm_faults(run, &err);
    if (status == NF_OK && plan && *plan)
        status = test_add_fault(run, plan, &err);
    if (status == NF_OK)
        return true;
    nf_test_break(run->result, "fault", tag ? tag->line : 0, NULL, &err);
    return false;
}

static bool begin_events(test_run *run)
{
    for (size_t i = 0; i < run->device_count; i++) {
        nf_error err = {0};
        if (nf_session_begin_events(run->devices[i].session, &err) == NF_OK)
            continue;
        nf_test_break(run->result, "session", 0, NULL, &err);
        return false;
    }
    run->records = true;
    run->call_count = 0;
    note_points(run, false);
    return arm_all(run);
}

/* ---- all ----------------------------------------------------------------- */

void test_play(test_run *run)
{
    play p = {.run = run};
    const nf_test_tags *tags = &run->test->tags;
    const nf_test_tag *throws = nf_test_tag_find(tags, "throws");
    if (throws && nf_test_tag_find(tags, "expect"))
        nf_test_fail(run->result, NF_TEST_ERROR, "throws", throws->line,
                     "@throws and @expect can't stand together");
    else if (test_each(run, "setup", true, set_up_server) &&
             synchronize_first(run) &&
             test_each(run, "setup", true, set_up_device) &&
             test_name_objects(run) && compile_all(&p) && begin_events(run)) {
        run_body(&p);
        note_points(run, true);
        check(&p);
        if (run->result->state == NF_TEST_PASS) {
            test_unused_mocks(run);
            test_unmet_faults(run);
        }
    }
    test_clean(run); /* before the programs of its values */
    for (size_t i = 0; i < p.flow_count; i++)
        nf_program_free(p.flows[i].program);
    for (size_t i = 0; i < p.expectation_count; i++)
        nf_program_free(p.expectations[i].program);
    for (size_t i = 0; i < p.invariant_count; i++)
        nf_program_free(p.invariants[i].program);
}
