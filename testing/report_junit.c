/* A report in JUnit's XML (test §2), for machines that show results. */
#include "testing/report.h"

#include "base/memory.h"

#include <string.h>

typedef struct junit {
    const char *path;
    char *file;       /* whose tests `cases` are; NULL: none yet */
    nf_buffer suites; /* those of files that are done */
    nf_buffer cases;  /* of this file: its counts stand before them */
    size_t counts[NF_TEST_STATES], assertions;
    double milliseconds;
} junit;

static void escape(nf_buffer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            nf_buffer_text(out, "&lt;");
        else if (*text == '>')
            nf_buffer_text(out, "&gt;");
        else if (*text == '&')
            nf_buffer_text(out, "&amp;");
        else if (*text == '"')
            nf_buffer_text(out, "&quot;");
        else if (*text == '\n')
            nf_buffer_text(out, "&#10;");
        else if ((unsigned char)*text >= 0x20 || *text == '\t')
            nf_buffer_char(out, *text);
    }
}

/* The path without its ending, with dots. */
static void class_name(nf_buffer *out, const char *path)
{
    size_t length = strlen(path);
    const char *end = strrchr(path, '.');
    while (end && end > path && *--end != '.')
        ;
    length = end ? (size_t)(end - path) : length;
    nf_buffer part;
    nf_buffer_init(&part, NF_BUFFER_MAX);
    for (size_t i = 0; i < length; i++)
        nf_buffer_char(&part, path[i] == '/' ? '.' : path[i]);
    const char *text = nf_buffer_string(&part);
    escape(out, text ? text : "");
    nf_buffer_dispose(&part);
}

/* A suite for each file: schemas know neither files nor properties of test
 * cases (test §2), so assertions are counted there, and told in the output of
 * each. */
static void end_suite(junit *j)
{
    nf_buffer *out = &j->suites;
    const size_t *n = j->counts;
    if (!j->file)
        return;
    nf_buffer_text(out, " <testsuite name=\"");
    escape(out, j->file);
    nf_buffer_format(out,
                     "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
                     "skipped=\"%zu\" time=\"%.3f\">\n",
                     n[NF_TEST_PASS] + n[NF_TEST_FAIL] + n[NF_TEST_ERROR] +
                         n[NF_TEST_SKIP] + n[NF_TEST_FLAKY],
                     n[NF_TEST_FAIL], n[NF_TEST_ERROR], n[NF_TEST_SKIP],
                     j->milliseconds / 1000);
    nf_buffer_format(out,
                     "  <properties><property name=\"assertions\" "
                     "value=\"%zu\"/></properties>\n",
                     j->assertions);
    if (j->cases.failed)
        out->failed = true;
    else if (j->cases.length)
        nf_buffer_add(out, j->cases.data, j->cases.length);
    nf_buffer_text(out, " </testsuite>\n");
    nf_buffer_dispose(&j->cases);
    nf_buffer_init(&j->cases, NF_BUFFER_MAX);
    memset(j->counts, 0, sizeof j->counts);
    j->milliseconds = 0;
    j->assertions = 0;
    nf_free(j->file);
    j->file = NULL;
}

static void write_failures(nf_buffer *out, const nf_test_result *r,
                           nf_test_state state, const char *element)
{
    for (size_t i = 0; i < r->failure_count; i++) {
        const nf_test_failure *f = &r->failures[i];
        if (f->state != state)
            continue;
        nf_buffer_format(out, "    <%s type=\"", element);
        escape(out, f->kind);
        nf_buffer_text(out, "\" message=\"");
        escape(out, f->message);
        nf_buffer_text(out, "\">");
        escape(out, f->message);
        if (f->callers && *f->callers) {
            nf_buffer_text(out, "&#10;");
            escape(out, f->callers);
        }
        nf_buffer_format(out, "</%s>\n", element);
    }
}

/* Where the test stands, what was odd, and the steps before it failed (E48). */
static void write_output(nf_buffer *out, const nf_test_result *r)
{
    nf_buffer_text(out, "    <system-out>");
    escape(out, r->file);
    nf_buffer_format(out, ":%ld&#10;%zu assertion%s&#10;", r->line,
                     r->assertions, r->assertions == 1 ? "" : "s");
    if (r->state == NF_TEST_FLAKY && r->failure_count) {
        nf_buffer_text(out, "passed only when tried again: ");
        escape(out, r->failures[0].message);
        nf_buffer_text(out, "&#10;");
    }
    for (size_t i = 0; i < r->warning_count; i++) {
        nf_buffer_text(out, "warning: ");
        escape(out, r->warnings[i]);
        nf_buffer_text(out, "&#10;");
    }
    for (size_t i = 0; i < r->step_count; i++) {
        escape(out, r->steps[i].document);
        nf_buffer_text(out, ", ");
        escape(out, r->steps[i].activity);
        nf_buffer_text(out, "&#10;");
    }
    nf_buffer_text(out, "</system-out>\n");
}

static nf_status finished_test(void *user, const nf_test_result *r,
                               nf_error *err)
{
    junit *j = user;
    nf_buffer *out = &j->cases;
    if (!j->file || strcmp(j->file, r->file) != 0) {
        end_suite(j);
        j->file = nf_strdup(r->file);
        if (!j->file)
            return nf_error_nomem(err);
    }
    j->counts[r->state]++;
    j->milliseconds += r->milliseconds;
    j->assertions += r->assertions;
    nf_buffer_text(out, "  <testcase name=\"");
    escape(out, r->name);
    nf_buffer_text(out, "\" classname=\"");
    class_name(out, r->file);
    nf_buffer_format(out, "\" time=\"%.3f\">\n", r->milliseconds / 1000);
    if (r->state == NF_TEST_SKIP) {
        nf_buffer_text(out, "    <skipped message=\"");
        escape(out, nf_test_text(r));
        nf_buffer_text(out, "\"/>\n");
    }
    if (r->state != NF_TEST_FLAKY) { /* which passed in the end */
        write_failures(out, r, NF_TEST_ERROR, "error");
        write_failures(out, r, NF_TEST_FAIL, "failure");
    }
    write_output(out, r);
    nf_buffer_text(out, "  </testcase>\n");
    return out->failed ? nf_error_nomem(err) : NF_OK;
}

static nf_status finished_run(void *user, const nf_test_summary *sum,
                              double milliseconds, nf_error *err)
{
    junit *j = user;
    nf_buffer all;
    end_suite(j);
    nf_buffer_init(&all, NF_BUFFER_MAX);
    nf_buffer_format(&all,
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                     "<testsuites tests=\"%zu\" failures=\"%zu\" "
                     "errors=\"%zu\" time=\"%.3f\">\n",
                     sum->passed + sum->failed + sum->errors + sum->skipped,
                     sum->failed, sum->errors, milliseconds / 1000);
    if (j->suites.failed)
        all.failed = true;
    else if (j->suites.length)
        nf_buffer_add(&all, j->suites.data, j->suites.length);
    nf_buffer_text(&all, "</testsuites>\n");
    nf_status status = nf_report_write(j->path, &all, err);
    nf_buffer_dispose(&all);
    return status;
}

static void free_junit(void *user)
{
    junit *j = user;
    nf_free(j->file);
    nf_buffer_dispose(&j->suites);
    nf_buffer_dispose(&j->cases);
    nf_free(j);
}

nf_status nf_report_junit(nf_test_reporter *out, const char *path,
                          nf_error *err)
{
    junit *j = nf_alloc(sizeof *j);
    *out = (nf_test_reporter){0};
    if (!j)
        return nf_error_nomem(err);
    *j = (junit){.path = path};
    nf_buffer_init(&j->suites, NF_BUFFER_MAX);
    nf_buffer_init(&j->cases, NF_BUFFER_MAX);
    *out = (nf_test_reporter){.user = j,
                              .finished_test = finished_test,
                              .finished_run = finished_run,
                              .free = free_junit};
    return NF_OK;
}
