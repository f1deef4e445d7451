/* Lines for people: one for each test, below it what did not hold, and at the
 * end how many (test §2). */
#include "testing/report.h"

#include "base/memory.h"
#include "testing/slowest.h"

#include <string.h>

typedef struct console {
    nf_write_fn write;
    void *user;
    bool color;
    test_slowest slowest;
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

static bool is_inside(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* What of a text is shown: of what it has in common with the other one, no
 * more than the part beside the difference. */
typedef struct part {
    const char *text;
    size_t length, head, tail; /* of `text`; `head` and `tail` in common */
    bool begins, ends;         /* as the whole does */
} part;

static part part_of(const char *text, nf_difference d)
{
    enum { HEAD = 30, TAIL = 20 };
    size_t from = 0, to = strlen(text);
    if (d.head > HEAD)
        from = d.head - HEAD;
    if (d.tail > TAIL)
        to = to - d.tail + TAIL;
    while (from && is_inside(text[from]))
        from--;
    while (text[to] && is_inside(text[to]))
        to++;
    return (part){text + from,   to - from,
                  d.head - from, d.tail - (strlen(text) - to),
                  from == 0,     !text[to]};
}

static size_t columns(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += !is_inside(text[i]);
    return count;
}

static void print_part(nf_buffer *out, const part *p, char sign, bool color)
{
    nf_buffer_format(out, "           %c %s%.*s%s%.*s%s%.*s%s\n", sign,
                     p->begins ? "" : "…", (int)p->head, p->text,
                     color ? "\033[1m" : "",
                     (int)(p->length - p->head - p->tail), p->text + p->head,
                     color ? "\033[0m" : "", (int)p->tail,
                     p->text + p->length - p->tail, p->ends ? "" : "…");
}

/* Long values, one below the other, with the part that differs. */
static void print_values(nf_buffer *out, const char *expected,
                         const char *actual, bool color)
{
    enum { LONG = 40 };
    const nf_difference d = nf_difference_of(expected, actual);
    const part a = part_of(expected, d), b = part_of(actual, d);
    size_t width;
    if (strlen(expected) < LONG && strlen(actual) < LONG)
        return;
    print_part(out, &a, '-', color);
    print_part(out, &b, '+', color);
    if (color || !(a.head + a.tail))
        return;
    width = columns(b.text + b.head, b.length - b.head - b.tail);
    nf_buffer_format(out, "             %*s",
                     (int)(columns(b.text, b.head) + !b.begins), "");
    for (size_t i = 0; i < width || i == 0; i++)
        nf_buffer_char(out, '^');
    nf_buffer_char(out, '\n');
}

static void print_failure(nf_buffer *out, const nf_test_failure *f, bool color)
{
    print_lines(out, "", f->message);
    if (f->expected && f->actual)
        print_values(out, f->expected, f->actual, color);
    if (f->callers)
        nf_report_callers(out, "           ", f->callers);
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

static nf_status finished_test(void *user, const nf_test_result *r,
                               nf_error *err)
{
    console *c = user;
    nf_buffer out;
    if (test_slowest_note(&c->slowest, r, err) != NF_OK)
        return NF_NOMEM;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    print_state(&out, r->state, c->color);
    nf_buffer_text(&out, r->name);
    if (r->state != NF_TEST_SKIP && r->assertions)
        nf_buffer_format(&out, " (%.0fms, %zu assertion%s)", r->milliseconds,
                         r->assertions, r->assertions == 1 ? "" : "s");
    else if (r->state != NF_TEST_SKIP)
        nf_buffer_format(&out, " (%.0fms, no assertions)", r->milliseconds);
    if (r->failure_count && r->line > 0)
        nf_buffer_format(&out, " %s:%ld", r->file, r->line);
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
    return nf_report_flush(&out, c->write, c->user, err);
}

static void print_slowest(nf_buffer *out, const test_slowest *slowest)
{
    if (slowest->count)
        nf_buffer_text(out, "slowest:\n");
    for (size_t i = 0; i < slowest->count; i++) {
        const test_slow *s = &slowest->items[i];
        nf_buffer_format(out, "  %7.0fms  %s (%s:%ld)\n", s->milliseconds,
                         s->name, s->file, s->line);
    }
}

static nf_status finished_run(void *user, const nf_test_summary *sum,
                              double milliseconds, nf_error *err)
{
    const console *c = user;
    nf_buffer out;
    (void)milliseconds;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    print_slowest(&out, &c->slowest);
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
    return nf_report_flush(&out, c->write, c->user, err);
}

static void free_console(void *user)
{
    console *c = user;
    test_slowest_dispose(&c->slowest);
    nf_free(c);
}

nf_status nf_report_console(nf_test_reporter *out, nf_write_fn write,
                            void *user, bool color, size_t slowest,
                            nf_error *err)
{
    console *c = nf_alloc(sizeof *c);
    *out = (nf_test_reporter){0};
    if (!c)
        return nf_error_nomem(err);
    *c = (console){.write = write,
                   .user = user,
                   .color = color,
                   .slowest.most =
                       slowest < TEST_SLOWEST_MAX ? slowest : TEST_SLOWEST_MAX};
    *out = (nf_test_reporter){.user = c,
                              .finished_test = finished_test,
                              .finished_run = finished_run,
                              .free = free_console};
    return NF_OK;
}
