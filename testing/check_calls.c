/* `@expect-call NAME [(A = literal, …)] [N times|once|never]` (E42). Literals
 * are expressions, or variables of the test; `any` is anything. */
#include "testing/case.h"

#include "interpreter/evaluate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { WANTED_MAX = 64 };

typedef struct expected_call {
    const char *name;
    test_argument arguments[WANTED_MAX]; /* value NULL: any */
    size_t count;
    long times; /* -1: at least once */
} expected_call;

/* ---- what is called ------------------------------------------------------ */

/* What is not in the app would never be called: an ERROR, not "never". */
static const nf_flow *find_flow(test_run *run, const char *name)
{
    static const nf_flow_kind kinds[] = {NF_FLOW_NANOFLOW, NF_FLOW_MICROFLOW,
                                         NF_FLOW_JAVASCRIPT_ACTION,
                                         NF_FLOW_JAVA_ACTION};
    const nf_flow *flow = NULL;
    for (size_t i = 0; !flow && i < sizeof kinds / sizeof *kinds; i++) {
        nf_error ignored = {0};
        nf_model_flow(&flow, run->app->model, kinds[i], name, &ignored);
        nf_error_clear(&ignored);
    }
    return flow;
}

/* ---- arguments ----------------------------------------------------------- */

/* The end of a literal: a comma or the closing parenthesis. */
static const char *literal_end(const char *p)
{
    int depth = 0;
    for (; *p; p++) {
        if (*p == '\'') {
            p = strchr(p + 1, '\'');
            if (!p)
                return NULL;
            continue;
        }
        if (depth == 0 && (*p == ',' || *p == ')'))
            return p;
        depth += *p == '(';
        depth -= *p == ')';
    }
    return NULL;
}

static nf_status evaluate(test_run *run, const char *text, size_t length,
                          const char **out, nf_error *err)
{
    const nf_environment *environment = NULL;
    nf_evaluated *evaluated = NULL;
    for (size_t i = 0; !environment && i < run->device_count; i++)
        if (run->devices[i].session)
            environment = &run->devices[i].session->world.environment;
    nf_bindings *bindings =
        environment ? nf_bindings_new(environment, NULL, NULL, NULL) : NULL;
    nf_status status = bindings ? nf_bindings_evaluate(&evaluated, bindings,
                                                       NULL, text, length, err)
                                : nf_error_nomem(err);
    if (status == NF_OK) {
        *out = test_value_text(run->arena, nf_evaluated_value(evaluated));
        status = *out ? NF_OK : nf_error_nomem(err);
    }
    nf_evaluated_free(evaluated);
    nf_bindings_free(bindings);
    return status;
}

/* `any`, a variable of the test, or an expression. */
static nf_status take_value(test_run *run, const char *text, size_t length,
                            const char **out, nf_error *err)
{
    const char *copy = nf_arena_strndup(run->arena, text, length);
    const test_value *v = NULL;
    *out = NULL;
    if (!copy)
        return nf_error_nomem(err);
    if (strcmp(copy, "any") == 0)
        return NF_OK;
    if (*copy == '$' && !strpbrk(copy, "/ +-*="))
        v = test_find_value(run, copy, NULL);
    if (!v)
        return evaluate(run, text, length, out, err);
    *out = test_value_text(run->arena, &v->value);
    return *out ? NF_OK : nf_error_nomem(err);
}

static nf_status take_argument(test_run *run, expected_call *e, const char **at,
                               const nf_flow *flow, nf_error *err)
{
    const char *p = *at + strspn(*at, " \t$"), *name = p;
    while (isalnum((unsigned char)*p) || *p == '_' || (unsigned char)*p >= 128)
        p++;
    test_argument *argument = &e->arguments[e->count];
    argument->name = nf_arena_strndup(run->arena, name, (size_t)(p - name));
    p += strspn(p, " \t");
    const char *end = *p == '=' ? literal_end(p + 1) : NULL;
    if (!argument->name)
        return nf_error_nomem(err);
    if (!end || !*argument->name)
        return NF_USAGE;
    if (!nf_flow_find_parameter(flow, argument->name))
        return nf_error_set(err, NF_INPUT, "bad_test",
                            "\"%s\" has no parameter \"%s\"", flow->qualified,
                            argument->name);
    for (p++; *p == ' ' || *p == '\t'; p++)
        ;
    size_t length = (size_t)(end - p);
    while (length && isspace((unsigned char)p[length - 1]))
        length--;
    e->count++;
    *at = end;
    return take_value(run, p, length, &argument->value, err);
}

/* From `(` on; NF_USAGE: it is written in another way. */
static nf_status take_arguments(test_run *run, expected_call *e,
                                const char **at, const nf_flow *flow,
                                nf_error *err)
{
    nf_status status = NF_OK;
    ++*at;
    *at += strspn(*at, " \t");
    if (**at == ')') {
        ++*at;
        return NF_OK;
    }
    do
        status = e->count == WANTED_MAX ? NF_USAGE
                                        : take_argument(run, e, at, flow, err);
    while (status == NF_OK && **at == ',' && (*at)++);
    if (status != NF_OK)
        return status;
    if (**at != ')')
        return NF_USAGE;
    ++*at;
    return NF_OK;
}

/* ---- the tag ------------------------------------------------------------- */

static bool take_times(expected_call *e, const char *at)
{
    char *end;
    at += strspn(at, " \t");
    e->times = -1;
    if (!*at)
        return true;
    if (strcmp(at, "never") == 0 || strcmp(at, "once") == 0) {
        e->times = *at == 'o';
        return true;
    }
    e->times = strtol(at, &end, 10);
    return end > at && e->times >= 0 &&
           (strcmp(end, " times") == 0 || strcmp(end, " time") == 0);
}

static bool read_call(test_run *run, expected_call *e, const nf_test_tag *tag)
{
    static const char takes[] =
        "NAME [(PARAMETER = literal, …)] [N times|once|never]";
    const char *at = tag->value + strcspn(tag->value, " \t(");
    nf_error err = {0};
    e->name =
        nf_arena_strndup(run->arena, tag->value, (size_t)(at - tag->value));
    const nf_flow *flow =
        e->name && strchr(e->name, '.') ? find_flow(run, e->name) : NULL;
    at += strspn(at, " \t");
    if (!e->name || !strchr(e->name, '.')) {
        test_malformed_tag(run, tag, takes);
        return false;
    }
    if (!flow) {
        nf_test_fail(run->result, NF_TEST_ERROR, tag->name, tag->line,
                     "the app has no flow and no action \"%s\"", e->name);
        return false;
    }
    nf_status status =
        *at == '(' ? take_arguments(run, e, &at, flow, &err) : NF_OK;
    if (nf_error_is_set(&err))
        nf_test_break(run->result, tag->name, tag->line, NULL, &err);
    else if (status != NF_OK || !take_times(e, at))
        test_malformed_tag(run, tag, takes);
    else
        return true;
    return false;
}

/* ---- the calls ----------------------------------------------------------- */

static const char *argument_of(const test_called *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->arguments[i].name, name) == 0)
            return c->arguments[i].value;
    return "";
}

static bool fits(const expected_call *e, const test_called *c)
{
    for (size_t i = 0; i < e->count; i++)
        if (e->arguments[i].value &&
            strcmp(e->arguments[i].value,
                   argument_of(c, e->arguments[i].name)) != 0)
            return false;
    return true;
}

static void describe(nf_buffer *out, const test_called *c)
{
    nf_buffer_text(out, out->length ? "; (" : "; it was called with (");
    for (size_t i = 0; i < c->count; i++)
        nf_buffer_format(out, "%s%s = %.200s", i ? ", " : "",
                         c->arguments[i].name, c->arguments[i].value);
    nf_buffer_char(out, ')');
}

void test_check_call(test_run *run, const nf_test_tag *tag)
{
    expected_call e = {0};
    nf_buffer seen;
    long count = 0;
    if (!read_call(run, &e, tag))
        return;
    nf_buffer_init(&seen, 1 << 14);
    for (size_t i = 0; i < run->call_count; i++) {
        const test_called *c = &run->calls[i];
        if (strcmp(c->name, e.name) != 0)
            continue;
        count += fits(&e, c);
        describe(&seen, c);
    }
    if (e.times < 0 ? count == 0 : count != e.times) {
        const char *actual = nf_arena_format(
            run->arena, "%ld time%s%s", count, count == 1 ? "" : "s",
            seen.length && !seen.failed ? nf_buffer_string(&seen) : "");
        test_fails(run, tag, actual ? actual : "");
    }
    nf_buffer_dispose(&seen);
}
