/* Lines for people: one for each test, below it what did not hold, and at the
 * end how many (test §2). */
#include "testing/report.h"

#include "base/memory.h"

#include <string.h>

typedef struct console {
    nf_write_fn write;
    void *user;
    bool color;
} console;

static void print_state(nf_buffer *out, nf_test_state state, bool color)
{
    static const char *const words[] = {"PASS", "FAIL", "ERROR", "SKIP",
                                        "FLAKY"};
    static const char *const colors[] = {"32", "31", "31", "33", "33"};
    if (color)
        nf_buffer_format(out, "  \033[%sm%-5s\033[0m ", colors[state],
                         words[state]);
    else
        nf_buffer_format(out, "  %-5s ", words[state]);
}

static void print_lines(nf_buffer *out, const char *before, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        nf_buffer_format(out, "         %s%.*s\n", before, (int)length, text);
        text += length + (text[length] == '\n');
    }
}

/* Values that take more than a line, or that are long, one below the other:
 * what they have in common at both ends is dimmed. */
static void print_values(nf_buffer *out, const char *expected,
                         const char *actual, bool color)
{
    enum { LONG = 40 };
    size_t a = strlen(expected), b = strlen(actual), head = 0, tail = 0;
    const char *mark = color ? "\033[1m" : "", *end = color ? "\033[0m" : "";
    if (a < LONG && b < LONG)
        return;
    while (head < a && head < b && expected[head] == actual[head])
        head++;
    while (tail < a - head && tail < b - head &&
           expected[a - 1 - tail] == actual[b - 1 - tail])
        tail++;
    while (head && ((unsigned char)expected[head] & 0xC0) == 0x80)
        head--; /* not inside a character */
    while (tail && ((unsigned char)expected[a - tail] & 0xC0) == 0x80)
        tail--;
    nf_buffer_format(out, "           - %.*s%s%.*s%s%s\n", (int)head, expected,
                     mark, (int)(a - head - tail), expected + head, end,
                     expected + a - tail);
    nf_buffer_format(out, "           + %.*s%s%.*s%s%s\n", (int)head, actual,
                     mark, (int)(b - head - tail), actual + head, end,
                     actual + b - tail);
    if (!color && head + tail < a) {
        nf_buffer_format(out, "             %*s", (int)head, "");
        for (size_t i = 0; i < b - head - tail || i == 0; i++)
            nf_buffer_char(out, '^');
        nf_buffer_char(out, '\n');
    }
}

/* The innermost flow first; the message has the first one already. */
static void print_callers(nf_buffer *out, const char *callers)
{
    bool first = true;
    while (*callers) {
        size_t length = strcspn(callers, "\n");
        nf_buffer_format(out, "           %s %s%.*s\n", first ? "at" : "from",
                         *callers == ',' ? "the test" : "", (int)length,
                         callers);
        first = false;
        callers += length + (callers[length] == '\n');
    }
}

static void print_failure(nf_buffer *out, const nf_test_failure *f, bool color)
{
    print_lines(out, "", f->message);
    if (f->expected && f->actual)
        print_values(out, f->expected, f->actual, color);
    if (f->callers)
        print_callers(out, f->callers);
}

/* The way that led there: what was done before, the last thing first. */
static void print_steps(nf_buffer *out, const nf_test_result *r)
{
    enum { SHOWN = 8 };
    for (size_t i = 0; i < SHOWN && i + 1 < r->step_count; i++) {
        const nf_test_step *s = &r->steps[r->step_count - 2 - i];
        nf_buffer_format(out, "           after %s, %s\n", s->document,
                         s->activity);
    }
    if (r->step_count > SHOWN + 1)
        nf_buffer_format(out, "           after %zu more\n",
                         r->step_count - SHOWN - 1);
}

static nf_status flush(const console *c, nf_buffer *out, nf_error *err)
{
    bool ok = !out->failed && c->write(c->user, out->data, out->length);
    nf_buffer_dispose(out);
    return ok ? NF_OK
              : nf_error_set(err, NF_INPUT, "unwritable",
                             "the results can't be written");
}

static nf_status finished_test(void *user, const nf_test_result *r,
                               nf_error *err)
{
    const console *c = user;
    nf_buffer out;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    print_state(&out, r->state, c->color);
    nf_buffer_text(&out, r->name);
    if (r->state != NF_TEST_SKIP && r->assertions)
        nf_buffer_format(&out, " (%.0fms, %zu assertion%s)", r->milliseconds,
                         r->assertions, r->assertions == 1 ? "" : "s");
    else if (r->state != NF_TEST_SKIP)
        nf_buffer_format(&out, " (%.0fms, no assertions)", r->milliseconds);
    nf_buffer_char(&out, '\n');
    if (r->failure_count) {
        for (size_t i = 0; i < r->failure_count; i++)
            print_failure(&out, &r->failures[i], c->color);
        if (r->failures[0].callers)
            print_steps(&out, r);
    } else {
        print_lines(&out, "", nf_test_text(r));
    }
    for (size_t i = 0; i < r->warning_count; i++)
        print_lines(&out, "warning: ", r->warnings[i]);
    return flush(c, &out, err);
}

static nf_status finished_run(void *user, const nf_test_summary *sum,
                              double milliseconds, nf_error *err)
{
    nf_buffer out;
    (void)milliseconds;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    if (sum->vacuous)
        nf_buffer_format(&out,
                         "%zu test(s) asserted nothing beyond \"did not "
                         "throw\".\n",
                         sum->vacuous);
    if (sum->flaky)
        nf_buffer_format(&out, "%zu test(s) passed only when tried again.\n",
                         sum->flaky);
    nf_buffer_format(&out, "%zu passed, %zu failed, %zu errors, %zu skipped\n",
                     sum->passed, sum->failed, sum->errors, sum->skipped);
    return flush(user, &out, err);
}

static void free_console(void *user)
{
    nf_free(user);
}

nf_status nf_report_console(nf_test_reporter *out, nf_write_fn write,
                            void *user, bool color, nf_error *err)
{
    console *c = nf_alloc(sizeof *c);
    *out = (nf_test_reporter){0};
    if (!c)
        return nf_error_nomem(err);
    *c = (console){write, user, color};
    *out = (nf_test_reporter){.user = c,
                              .finished_test = finished_test,
                              .finished_run = finished_run,
                              .free = free_console};
    return NF_OK;
}
