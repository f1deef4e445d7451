/* Activities that only bodies of tests have (body.h). */
#include "testing/case.h"

#include "activities/activities.h"
#include "interpreter/activity.h"
#include "interpreter/program.h"

#include <stdlib.h>
#include <string.h>

static test_device *device_of(nf_call *call)
{
    const nf_session *session = nf_call_world(call)->host.user;
    return session->host;
}

/* ---- set ----------------------------------------------------------------- */

/* For values of any type, objects and lists too, which Change variable does not
 * take. */
typedef struct set_bound {
    nf_bound_variable variable;
    nf_bound_expression value;
    bool operates; /* on a list: */
    void *operation;
} set_bound;

/* Whether the operation's first operand is a list. */
static bool is_of_list(nf_binder *binder, const nf_element *operation)
{
    const char *list = nf_element_string(
        nf_element_part(operation, "NewOperation"), "ListName", "");
    return nf_bind_variable(binder, list, NF_KIND_UNKNOWN).type.kind ==
           NF_KIND_LIST;
}

static nf_status bind_set(nf_binder *binder, const nf_element *action,
                          void **out)
{
    const nf_element *operation = nf_element_part(action, "Operation");
    set_bound *bound = nf_bind_alloc(binder, sizeof *bound);
    if (!bound)
        return NF_NOMEM;
    *out = bound;
    bound->operates = operation && is_of_list(binder, operation);
    if (bound->operates)
        return nf_activity_list_operation.bind(binder, operation,
                                               &bound->operation);
    const char *name = nf_element_string(action, "Variable", "");
    if (nf_variable_read(binder, name, strlen(name)) < 0) {
        nf_bind_error(binder, "not_found", "",
                      "There is no variable \"%s\": declare $%s TYPE = … makes "
                      "one",
                      name, name);
        return NF_OK;
    }
    bound->variable = nf_bind_variable(binder, name, NF_KIND_UNKNOWN);
    bound->value =
        nf_bind_expression(binder, nf_element_string(action, "Value", ""),
                           &bound->variable.type, "Value");
    return NF_OK;
}

static nf_status execute_set(nf_call *call, const void *data, void **state,
                             nf_error *err)
{
    const set_bound *bound = data;
    nf_value value;
    if (bound->operates)
        return nf_activity_list_operation.execute(call, bound->operation, state,
                                                  err);
    nf_status status = nf_call_evaluate(call, &bound->value, &value, err);
    if (status == NF_OK)
        nf_call_set(call, &bound->variable, value);
    return status;
}

static const nf_activity set_activity = {
    .type = NF_TEST_SET,
    .caption = "set",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind_set,
    .execute = execute_set,
};

/* ---- throw --------------------------------------------------------------- */

static nf_status bind_throw(nf_binder *binder, const nf_element *action,
                            void **out)
{
    const nf_type text = {.kind = NF_KIND_STRING};
    nf_bound_expression *bound = nf_bind_alloc(binder, sizeof *bound);
    *out = bound;
    if (!bound)
        return NF_NOMEM;
    *bound = nf_bind_expression(binder, nf_element_string(action, "Value", ""),
                                &text, "throw");
    return NF_OK;
}

static nf_status execute_throw(nf_call *call, const void *data, void **state,
                               nf_error *err)
{
    nf_value value;
    nf_status status = nf_call_evaluate(call, data, &value, err);
    (void)state;
    if (status != NF_OK)
        return status;
    nf_error_set(err, NF_FAILED, "thrown", "%s",
                 value.kind == NF_KIND_STRING ? value.as.string->text : "");
    nf_value_release(&value);
    return NF_FAILED;
}

static const nf_activity throw_activity = {
    .type = NF_TEST_THROW,
    .caption = "throw",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind_throw,
    .execute = execute_throw,
};

/* ---- network and clock --------------------------------------------------- */

static nf_status bind_network(nf_binder *binder, const nf_element *action,
                              void **out)
{
    bool *online = nf_bind_alloc(binder, sizeof *online);
    *out = online;
    if (!online)
        return NF_NOMEM;
    *online = nf_element_bool(action, "Online", false);
    return NF_OK;
}

static nf_status execute_network(nf_call *call, const void *data, void **state,
                                 nf_error *err)
{
    (void)state;
    (void)err;
    device_of(call)->session->offline = !*(const bool *)data;
    return NF_OK;
}

static const nf_activity network_activity = {
    .type = NF_TEST_NETWORK,
    .caption = "go online or offline",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind_network,
    .execute = execute_network,
};

typedef struct advance_bound {
    nf_bound_expression value;
    int64_t unit;
} advance_bound;

static nf_status bind_advance(nf_binder *binder, const nf_element *action,
                              void **out)
{
    const nf_type number = {.kind = NF_KIND_INTEGER};
    advance_bound *bound = nf_bind_alloc(binder, sizeof *bound);
    if (!bound)
        return NF_NOMEM;
    *out = bound;
    bound->value =
        nf_bind_expression(binder, nf_element_string(action, "Value", ""),
                           &number, "advance clock");
    bound->unit =
        strtoll(nf_element_string(action, "Milliseconds", "1"), NULL, 10);
    return NF_OK;
}

/* Timers of scripts run when they are due, on whatever device. */
static nf_status pass_time(test_run *run, int64_t until, nf_error *err)
{
    int64_t begun = nf_clock_elapsed();
    nf_status status = NF_OK;

    while (!status) {
        nf_session *next = NULL;
        int64_t first = until, due;

        for (size_t i = 0; i < run->device_count; i++) {
            nf_session *session = run->devices[i].session;

            if (session && nf_session_timer(session, &due) && due <= first) {
                first = due;
                next = session;
            }
        }
        if (!next)
            break;
        status = nf_session_advance(next, first, err);
        if (!status && nf_session_timer(next, &due) && due == first &&
            run->now < first)
            break; /* its scripts are at work, further up */
        if (!status && nf_clock_elapsed() - begun > NF_LIMIT_JAVASCRIPT)
            status = nf_error_set(err, NF_FAILED, "js_timeout",
                                  "Timers of JavaScript come to no end");
    }
    if (!status && until > run->now)
        run->now = until;
    return status;
}

static nf_status execute_advance(nf_call *call, const void *data, void **state,
                                 nf_error *err)
{
    const advance_bound *bound = data;
    nf_value value;
    int64_t amount = 0;
    nf_status status = nf_call_evaluate(call, &bound->value, &value, err);
    (void)state;
    if (status != NF_OK)
        return status;
    bool fits = value.kind == NF_KIND_INTEGER && value.as.integer >= 0 &&
                !__builtin_mul_overflow(value.as.integer, bound->unit, &amount);
    test_run *run = device_of(call)->run;
    nf_value_release(&value);
    if (!fits || __builtin_add_overflow(run->now, amount, &amount))
        return nf_error_set(err, NF_FAILED, "bad_test",
                            "the clock can't advance by that");
    return pass_time(run, amount, err);
}

static const nf_activity advance_activity = {
    .type = NF_TEST_ADVANCE,
    .caption = "advance clock",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind_advance,
    .execute = execute_advance,
};

/* ---- return -------------------------------------------------------------- */

static nf_status bind_nothing(nf_binder *binder, const nf_element *action,
                              void **out)
{
    (void)binder;
    (void)action;
    *out = NULL;
    return NF_OK;
}

static nf_status execute_stop(nf_call *call, const void *data, void **state,
                              nf_error *err)
{
    (void)data;
    (void)state;
    (void)err;
    device_of(call)->run->stopped = true;
    return NF_OK;
}

static const nf_activity stop_activity = {
    .type = NF_TEST_STOP,
    .caption = "return",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind_nothing,
    .execute = execute_stop,
};

/* ---- built-in variables -------------------------------------------------- */

typedef struct look_bound {
    const char *what;
    nf_bound_variable output;
} look_bound;

static nf_status bind_look(nf_binder *binder, const nf_element *action,
                           void **out)
{
    look_bound *bound = nf_bind_alloc(binder, sizeof *bound);
    if (!bound)
        return NF_NOMEM;
    *out = bound;
    bound->what = nf_element_string(action, "What", "");
    bound->output =
        nf_bind_output(binder, nf_element_string(action, "VariableName", ""),
                       (nf_type){.kind = nf_test_built_in(bound->what)});
    return NF_OK;
}

static nf_status execute_look(nf_call *call, const void *data, void **state,
                              nf_error *err)
{
    const look_bound *bound = data;
    nf_value value;
    nf_status status = test_look(&value, device_of(call), bound->what, err);
    (void)state;
    if (status == NF_OK)
        nf_call_set(call, &bound->output, value);
    return status;
}

static const nf_activity look_activity = {
    .type = NF_TEST_LOOK,
    .caption = "assertion",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind_look,
    .execute = execute_look,
};

/* ---- assertions ---------------------------------------------------------- */

typedef struct expect_bound {
    const char *kind, *text;
    long line;
    nf_bound_expression expression;
    const char **shown;
    nf_bound_expression *terms;
    size_t count;
} expect_bound;

static nf_status bind_expect(nf_binder *binder, const nf_element *action,
                             void **out)
{
    const nf_type boolean = {.kind = NF_KIND_BOOLEAN};
    size_t count = nf_element_count(action, "Shown");
    expect_bound *bound = nf_bind_alloc(binder, sizeof *bound);
    if (!bound)
        return NF_NOMEM;
    *out = bound;
    bound->kind = nf_element_string(action, "Kind", "expect");
    bound->text = nf_element_string(action, "Text", "");
    bound->line = strtol(nf_element_string(action, "Line", "0"), NULL, 10);
    bound->expression =
        nf_bind_expression(binder, nf_element_string(action, "Expression", ""),
                           &boolean, bound->text);
    bound->shown = nf_bind_alloc(binder, (count + 1) * sizeof *bound->shown);
    bound->terms = nf_bind_alloc(binder, (count + 1) * sizeof *bound->terms);
    if (!bound->shown || !bound->terms)
        return NF_NOMEM;
    if (nf_bind_failed(binder))
        return NF_OK; /* the terms would only say the same again */
    for (size_t i = 0; i < count; i++) {
        bound->shown[i] = nf_element_item_string(action, "Shown", i);
        bound->terms[i] = nf_bind_expression(
            binder, nf_element_item_string(action, "Terms", i), NULL,
            bound->text);
    }
    bound->count = count;
    return NF_OK;
}

static void print_term(nf_buffer *out, const char *shown, const nf_value *value)
{
    char *printed = nf_value_print(value);
    bool text = value->kind == NF_KIND_STRING;
    const char *what = value->kind == NF_KIND_EMPTY ? "empty"
                       : printed                    ? printed
                                                    : "";
    nf_buffer_format(out, "%s%s = %s%.400s%s", out->length ? ", " : "", shown,
                     text ? "'" : "", what, text ? "'" : "");
    nf_free(printed);
}

/* What stands in the expression, as it is now: that is why it is false. */
static const char *terms_text(nf_call *call, const expect_bound *bound,
                              nf_arena *arena)
{
    nf_buffer out;
    nf_buffer_init(&out, 4096);
    for (size_t i = 0; i < bound->count; i++) {
        nf_value value;
        nf_error ignored = {0};
        if (nf_call_evaluate(call, &bound->terms[i], &value, &ignored) != NF_OK)
            continue;
        print_term(&out, bound->shown[i], &value);
        nf_value_release(&value);
    }
    const char *text = out.length && !out.failed
                           ? nf_arena_strdup(arena, nf_buffer_string(&out))
                           : NULL;
    nf_buffer_dispose(&out);
    return text;
}

/* The value of a term as text; NULL if it can't be told. */
static const char *term_value(nf_call *call, const expect_bound *bound,
                              size_t index, nf_arena *arena)
{
    nf_value value;
    nf_error ignored = {0};
    char *printed;
    const char *text;
    if (nf_call_evaluate(call, &bound->terms[index], &value, &ignored) != NF_OK)
        return NULL;
    printed = value.kind == NF_KIND_EMPTY ? NULL : nf_value_print(&value);
    text = nf_arena_strdup(arena, value.kind == NF_KIND_EMPTY ? "empty"
                                  : printed                   ? printed
                                                              : "");
    nf_free(printed);
    nf_value_release(&value);
    return text;
}

/* What a literal stands for; NULL: it is none, or more stands behind it. */
static const char *literal_value(const char *text, nf_arena *arena)
{
    char *out = nf_arena_strdup(arena, text);
    size_t length = 0;
    if (!out || *text != '\'')
        return out && text[strspn(text, "-.0123456789")] == '\0' ? out : NULL;
    for (text++; *text; text++) {
        if (*text == '\'' && *++text != '\'') {
            out[length] = '\0';
            return *text ? NULL : out;
        }
        out[length++] = *text;
    }
    return NULL;
}

/* `term = literal` and `term = term`: both sides are values that can be
 * compared by who reads them. */
static void tell_values(nf_test_failure *f, nf_call *call,
                        const expect_bound *bound, nf_arena *arena)
{
    size_t length = bound->count ? strlen(bound->shown[0]) : 0;
    const char *rest = bound->text + length, *expected = NULL;
    if (!length || strncmp(bound->text, bound->shown[0], length) != 0)
        return;
    rest += strspn(rest, " \t");
    if (*rest != '=')
        return;
    rest += 1 + strspn(rest + 1, " \t");
    if (bound->count == 1)
        expected = literal_value(rest, arena);
    else if (bound->count == 2 && strcmp(rest, bound->shown[1]) == 0)
        expected = term_value(call, bound, 1, arena);
    if (!expected)
        return;
    f->actual = term_value(call, bound, 0, arena);
    f->expected = f->actual ? expected : NULL;
}

/* An invariant that is broken stays so for a while: once is enough. */
static bool is_known(const nf_test_result *result, const expect_bound *bound)
{
    for (size_t i = 0; i < result->failure_count; i++)
        if (strcmp(bound->kind, "invariant") == 0 &&
            result->failures[i].line == bound->line)
            return true;
    return false;
}

static nf_status execute_expect(nf_call *call, const void *data, void **state,
                                nf_error *err)
{
    const expect_bound *bound = data;
    nf_test_result *result = device_of(call)->run->result;
    nf_value value;
    (void)state;
    result->assertions++;
    nf_status status = nf_call_evaluate(call, &bound->expression, &value, err);
    if (status != NF_OK)
        return status;
    bool holds = value.kind == NF_KIND_BOOLEAN && value.as.boolean;
    nf_value_release(&value);
    if (holds || is_known(result, bound))
        return NF_OK;
    const char *actual = terms_text(call, bound, result->arena);
    nf_test_failure *f = nf_test_fail(
        result, NF_TEST_FAIL, bound->kind, bound->line, "expected %s%s%s",
        bound->text, actual ? ", actual: " : "", actual ? actual : "");
    if (f) {
        f->expression = nf_arena_strdup(result->arena, bound->text);
        f->actual = actual;
        tell_values(f, call, bound, result->arena);
    }
    return NF_OK;
}

static const nf_activity expect_activity = {
    .type = NF_TEST_EXPECT,
    .caption = "expect",
    .flags = NF_ACTIVITY_NANOFLOW | NF_ACTIVITY_MICROFLOW,
    .bind = bind_expect,
    .execute = execute_expect,
};

/* ---- all ----------------------------------------------------------------- */

const nf_activity *const *test_activities(nf_arena *arena)
{
    static const nf_activity *const own[] = {
        &set_activity,  &throw_activity, &network_activity, &advance_activity,
        &stop_activity, &look_activity,  &expect_activity};
    size_t count = 0, more = sizeof own / sizeof *own;
    nf_activity *java = nf_arena_alloc(arena, sizeof *java);
    while (nf_activities[count])
        count++;
    const nf_activity **all =
        nf_arena_array(arena, count + more + 2, sizeof *all);
    if (!all || !java)
        return NULL;
    *java = nf_activity_call_java; /* a body may ask, mocks answer (E14) */
    java->flags |= NF_ACTIVITY_NANOFLOW;
    memcpy(all, own, sizeof own);
    all[more] = java; /* the first of a type counts */
    memcpy(all + more + 1, nf_activities, count * sizeof *all);
    return all;
}
