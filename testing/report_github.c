/* Annotations that GitHub shows beside the lines of test files (test E48):
 * workflow commands between the lines for people. */
#include "testing/report.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

typedef struct github {
    nf_write_fn write;
    void *user;
} github;

/* As the commands want it: a property has neither ":" nor ",". */
static void escape(nf_buffer *out, const char *text, bool property)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '%' || c == '\r' || c == '\n' ||
            (property && (c == ':' || c == ',')))
            nf_buffer_format(out, "%%%02X", c);
        else if (c >= 0x20 || c == '\t')
            nf_buffer_char(out, *text);
    }
}

static void annotate(nf_buffer *out, const nf_test_result *r, const char *kind,
                     long line, const char *message)
{
    nf_buffer_format(out, "::%s file=", kind);
    escape(out, r->file, true);
    if (line > 0)
        nf_buffer_format(out, ",line=%ld", line);
    nf_buffer_text(out, ",title=");
    escape(out, r->name, true);
    nf_buffer_text(out, "::");
    escape(out, message, false);
    nf_buffer_char(out, '\n');
}

static void annotate_failure(nf_buffer *out, const nf_test_result *r,
                             const nf_test_failure *f)
{
    nf_buffer text;

    nf_buffer_init(&text, NF_BUFFER_MAX);
    nf_buffer_text(&text, f->message);
    if (f->callers && *f->callers) {
        nf_buffer_char(&text, '\n');
        nf_report_callers(&text, "", f->callers);
    }
    if (text.failed)
        out->failed = true;
    else
        annotate(out, r, "error", f->line ? f->line : r->line,
                 nf_buffer_string(&text));
    nf_buffer_dispose(&text);
}

static nf_status finished_test(void *user, const nf_test_result *r,
                               nf_error *err)
{
    const github *g = user;
    nf_buffer out;

    nf_buffer_init(&out, NF_BUFFER_MAX);
    if (r->state == NF_TEST_FAIL || r->state == NF_TEST_ERROR)
        for (size_t i = 0; i < r->failure_count; i++)
            annotate_failure(&out, r, &r->failures[i]);
    if (r->state == NF_TEST_FLAKY)
        annotate(&out, r, "warning", r->line,
                 "it passed only when it was tried again");
    for (size_t i = 0; i < r->warning_count; i++)
        annotate(&out, r, "warning", r->line, r->warnings[i]);
    return nf_report_flush(&out, g->write, g->user, err);
}

static void free_github(void *user)
{
    nf_free(user);
}

nf_status nf_report_github(nf_test_reporter *out, nf_write_fn write, void *user,
                           nf_error *err)
{
    github *g = nf_alloc(sizeof *g);

    *out = (nf_test_reporter){0};
    if (!g)
        return nf_error_nomem(err);
    *g = (github){write, user};
    *out = (nf_test_reporter){
        .user = g, .finished_test = finished_test, .free = free_github};
    return NF_OK;
}
