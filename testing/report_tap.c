/* Test Anything Protocol 14, with diagnostics in YAML: what did not hold,
 * where, and the steps that led there (test E48). */
#include "testing/report.h"

#include "base/memory.h"

#include <string.h>

typedef struct tap {
    nf_write_fn write;
    void *user;
    size_t number;
} tap;

/* A description: `#` begins a directive, a line ends it. */
static void describe(nf_buffer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '#' || *text == '\\')
            nf_buffer_char(out, '\\');
        nf_buffer_char(out, (unsigned char)*text < 0x20 ? ' ' : *text);
    }
}

/* A double-quoted scalar of YAML. */
static void quote(nf_buffer *out, const char *text)
{
    nf_buffer_char(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            nf_buffer_format(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7F)
            nf_buffer_format(out, "\\x%02X", c);
        else
            nf_buffer_char(out, *text);
    }
    nf_buffer_char(out, '"');
}

static void pair(nf_buffer *out, int indent, const char *key, const char *text)
{
    if (!text || !*text)
        return;
    nf_buffer_format(out, "%*s%s: ", indent, "", key);
    quote(out, text);
    nf_buffer_char(out, '\n');
}

static void write_failure(nf_buffer *out, const nf_test_failure *f)
{
    nf_buffer_format(out, "    - kind: %s\n", f->kind);
    pair(out, 6, "message", f->message);
    pair(out, 6, "expected", f->expected);
    pair(out, 6, "actual", f->actual);
    if (f->line)
        nf_buffer_format(out, "      line: %ld\n", f->line);
    pair(out, 6, "code", f->code);
    pair(out, 6, "flow", f->document);
    pair(out, 6, "activity", f->activity);
    pair(out, 6, "callers", f->callers);
}

static void write_diagnostics(nf_buffer *out, const nf_test_result *r)
{
    nf_buffer_text(out, "  ---\n");
    pair(out, 2, "severity", r->state == NF_TEST_ERROR ? "error" : "fail");
    pair(out, 2, "file", r->file);
    nf_buffer_format(out, "  line: %ld\n  duration_ms: %.3f\n", r->line,
                     r->milliseconds);
    if (r->failure_count)
        nf_buffer_text(out, "  failures:\n");
    for (size_t i = 0; i < r->failure_count; i++)
        write_failure(out, &r->failures[i]);
    if (r->step_count)
        nf_buffer_text(out, "  steps:\n");
    for (size_t i = 0; i < r->step_count; i++) {
        nf_buffer_text(out, "    - ");
        quote(out, r->steps[i].document);
        nf_buffer_text(out, ": ");
        quote(out, r->steps[i].activity);
        nf_buffer_char(out, '\n');
    }
    nf_buffer_text(out, "  ...\n");
}

static nf_status started(void *user, const char *path, nf_error *err)
{
    const tap *t = user;
    nf_buffer out;

    (void)path;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_buffer_text(&out, "TAP version 14\n");
    return nf_report_flush(&out, t->write, t->user, err);
}

static nf_status finished_test(void *user, const nf_test_result *r,
                               nf_error *err)
{
    tap *t = user;
    bool failed = r->state == NF_TEST_FAIL || r->state == NF_TEST_ERROR;
    nf_buffer out;

    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_buffer_format(&out, "%s %zu - ", failed ? "not ok" : "ok", ++t->number);
    describe(&out, r->name);
    if (r->state == NF_TEST_SKIP) {
        nf_buffer_text(&out, " # SKIP ");
        describe(&out, r->skipped ? r->skipped : "");
    }
    nf_buffer_char(&out, '\n');
    if (failed)
        write_diagnostics(&out, r);
    if (r->state == NF_TEST_FLAKY && r->failure_count) {
        nf_buffer_text(&out, "# passed only when tried again: ");
        describe(&out, r->failures[0].message);
        nf_buffer_char(&out, '\n');
    }
    for (size_t i = 0; i < r->warning_count; i++) {
        nf_buffer_text(&out, "# warning: ");
        describe(&out, r->warnings[i]);
        nf_buffer_char(&out, '\n');
    }
    return nf_report_flush(&out, t->write, t->user, err);
}

static nf_status finished_run(void *user, const nf_test_summary *summary,
                              double milliseconds, nf_error *err)
{
    const tap *t = user;
    nf_buffer out;

    (void)summary;
    (void)milliseconds;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_buffer_format(&out, "1..%zu\n", t->number);
    return nf_report_flush(&out, t->write, t->user, err);
}

static void free_tap(void *user)
{
    nf_free(user);
}

nf_status nf_report_tap(nf_test_reporter *out, nf_write_fn write, void *user,
                        nf_error *err)
{
    tap *t = nf_alloc(sizeof *t);

    *out = (nf_test_reporter){0};
    if (!t)
        return nf_error_nomem(err);
    *t = (tap){.write = write, .user = user};
    *out = (nf_test_reporter){.user = t,
                              .started = started,
                              .finished_test = finished_test,
                              .finished_run = finished_run,
                              .free = free_tap};
    return NF_OK;
}
