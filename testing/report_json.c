/* Results as JSON lines: one object for each test, one for the run (test E48).
 */
#include "testing/report.h"

#include "base/json.h"
#include "base/memory.h"
#include "library/json.h"

#include <stdio.h>
#include <string.h>

typedef struct lines {
    nf_write_fn write;
    void *user;
} lines;

/* Writes and frees. */
static nf_status put(const lines *l, json_object *json, nf_error *err)
{
    char *text = json ? nf_json_print(json, false) : NULL;
    bool ok = text && l->write(l->user, text, strlen(text)) &&
              l->write(l->user, "\n", 1);

    json_object_put(json);
    if (!text)
        return nf_error_nomem(err);
    nf_free(text);
    return ok ? NF_OK
              : nf_error_set(err, NF_INPUT, "unwritable",
                             "the results can't be written");
}

static void text(json_object *json, const char *key, const char *value)
{
    if (value && *value)
        nf_json_text(json, key, value);
}

static void number(json_object *json, const char *key, size_t value)
{
    json_object_object_add(json, key, json_object_new_int64((int64_t)value));
}

static void milliseconds_of(json_object *json, double value)
{
    char digits[32];

    snprintf(digits, sizeof digits, "%.3f", value);
    json_object_object_add(json, "milliseconds",
                           json_object_new_double_s(value, digits));
}

static json_object *failures_of(const nf_test_result *r)
{
    json_object *list = json_object_new_array();

    for (size_t i = 0; i < r->failure_count; i++) {
        const nf_test_failure *f = &r->failures[i];
        json_object *json = json_object_new_object();

        text(json, "kind", f->kind);
        text(json, "state", f->state == NF_TEST_FAIL ? "FAIL" : "ERROR");
        if (f->line)
            number(json, "line", (size_t)f->line);
        text(json, "message", f->message);
        text(json, "expression", f->expression);
        if (f->expected)
            nf_json_text(json, "expected", f->expected);
        if (f->actual)
            nf_json_text(json, "actual", f->actual);
        text(json, "code", f->code);
        text(json, "document", f->document);
        text(json, "activity", f->activity);
        text(json, "activityId", f->activity_id);
        text(json, "callers", f->callers);
        json_object_array_add(list, json);
    }
    return list;
}

static json_object *steps_of(const nf_test_result *r)
{
    json_object *list = json_object_new_array();

    for (size_t i = 0; i < r->step_count; i++) {
        const nf_test_step *s = &r->steps[i];
        json_object *json = json_object_new_object();

        text(json, "flow", s->document);
        text(json, "caption", s->activity);
        text(json, "element", s->activity_id);
        json_object_array_add(list, json);
    }
    return list;
}

static json_object *variables_of(const nf_test_result *r)
{
    json_object *list = json_object_new_array();

    for (size_t i = 0; i < r->variable_count; i++) {
        const nf_test_variable *v = &r->variables[i];
        json_object *json = json_object_new_object();

        text(json, "flow", v->document);
        text(json, "name", v->name);
        text(json, "value", v->value);
        json_object_array_add(list, json);
    }
    return list;
}

static nf_status finished_test(void *user, const nf_test_result *r,
                               nf_error *err)
{
    static const char *const states[NF_TEST_STATES] = {"PASS", "FAIL", "ERROR",
                                                       "SKIP", "FLAKY"};
    json_object *json = json_object_new_object();

    nf_json_text(json, "event", "test");
    nf_json_text(json, "name", r->name);
    text(json, "file", r->file);
    number(json, "line", (size_t)(r->line > 0 ? r->line : 0));
    nf_json_text(json, "state", states[r->state]);
    number(json, "assertions", r->assertions);
    milliseconds_of(json, r->milliseconds);
    text(json, "row", r->row);
    text(json, "tags", r->tags);
    text(json, "skipped", r->skipped);
    if (r->failure_count)
        json_object_object_add(json, "failures", failures_of(r));
    if (r->step_count)
        json_object_object_add(json, "steps", steps_of(r));
    if (r->variable_count)
        json_object_object_add(json, "variables", variables_of(r));
    if (r->warning_count) {
        json_object *warnings = json_object_new_array();

        for (size_t i = 0; i < r->warning_count; i++)
            json_object_array_add(warnings,
                                  json_object_new_string(r->warnings[i]));
        json_object_object_add(json, "warnings", warnings);
    }
    return put(user, json, err);
}

nf_status nf_report_json_listed(const nf_test_result *r, nf_write_fn write,
                                void *user, nf_error *err)
{
    lines l = {write, user};
    if (r->state == NF_TEST_ERROR) /* a file that can't be read */
        return finished_test(&l, r, err);
    json_object *json = json_object_new_object();
    nf_json_text(json, "event", "listed");
    nf_json_text(json, "name", r->name);
    text(json, "file", r->file);
    number(json, "line", (size_t)(r->line > 0 ? r->line : 0));
    text(json, "row", r->row);
    text(json, "tags", r->tags);
    return put(&l, json, err);
}

static nf_status finished_run(void *user, const nf_test_summary *sum,
                              double milliseconds, nf_error *err)
{
    json_object *json = json_object_new_object();

    nf_json_text(json, "event", "run");
    number(json, "passed", sum->passed);
    number(json, "failed", sum->failed);
    number(json, "errors", sum->errors);
    number(json, "skipped", sum->skipped);
    number(json, "vacuous", sum->vacuous);
    number(json, "flaky", sum->flaky);
    milliseconds_of(json, milliseconds);
    return put(user, json, err);
}

static void free_lines(void *user)
{
    nf_free(user);
}

nf_status nf_report_json(nf_test_reporter *out, nf_write_fn write, void *user,
                         nf_error *err)
{
    lines *l = nf_alloc(sizeof *l);

    *out = (nf_test_reporter){0};
    if (!l)
        return nf_error_nomem(err);
    *l = (lines){write, user};
    *out = (nf_test_reporter){.user = l,
                              .finished_test = finished_test,
                              .finished_run = finished_run,
                              .free = free_lines};
    return NF_OK;
}
