/* A report in JUnit's XML (test §2), for machines that show results. */
#include "testing/report.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct junit {
    const char *path;
    char *suite;
    nf_buffer cases; /* so far: the counts stand before them */
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

static nf_status started(void *user, const char *path, nf_error *err)
{
    junit *j = user;
    j->suite = nf_strdup(path);
    return j->suite ? NF_OK : nf_error_nomem(err);
}

static nf_status finished_test(void *user, const nf_test_result *r,
                               nf_error *err)
{
    static const char *const elements[NF_TEST_STATES] = {NULL, "failure",
                                                         "error", "skipped"};
    const char *element = elements[r->state];
    const char *message = nf_test_text(r);
    nf_buffer *out = &((junit *)user)->cases;
    nf_buffer_text(out, "  <testcase name=\"");
    escape(out, r->name);
    nf_buffer_text(out, "\" classname=\"");
    class_name(out, r->file);
    nf_buffer_text(out, "\" file=\"");
    escape(out, r->file);
    nf_buffer_format(out, "\" time=\"%.3f\">\n", r->milliseconds / 1000);
    nf_buffer_format(out,
                     "    <properties><property name=\"assertions\" "
                     "value=\"%zu\"/></properties>\n",
                     r->assertions);
    if (element) {
        nf_buffer_format(out, "    <%s message=\"", element);
        escape(out, message);
        nf_buffer_text(out, "\">");
        escape(out, message);
        nf_buffer_format(out, "</%s>\n", element);
    }
    nf_buffer_text(out, "  </testcase>\n");
    return out->failed ? nf_error_nomem(err) : NF_OK;
}

static nf_status finished_run(void *user, const nf_test_summary *sum,
                              double milliseconds, nf_error *err)
{
    junit *j = user;
    nf_buffer all;
    nf_buffer_init(&all, NF_BUFFER_MAX);
    nf_buffer_text(&all, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                         "<testsuites>\n <testsuite name=\"");
    escape(&all, j->suite ? j->suite : "");
    nf_buffer_format(&all,
                     "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
                     "skipped=\"%zu\" time=\"%.3f\">\n",
                     sum->passed + sum->failed + sum->errors + sum->skipped,
                     sum->failed, sum->errors, sum->skipped,
                     milliseconds / 1000);
    if (j->cases.length)
        nf_buffer_add(&all, j->cases.data, j->cases.length);
    nf_buffer_text(&all, " </testsuite>\n</testsuites>\n");
    FILE *file = all.failed ? NULL : fopen(j->path, "we");
    bool ok = file && fwrite(all.data, 1, all.length, file) == all.length;
    if (file && fclose(file) != 0)
        ok = false;
    nf_buffer_dispose(&all);
    return ok ? NF_OK
              : nf_error_set(err, NF_INPUT, "unwritable",
                             "the report \"%s\" can't be written: %s", j->path,
                             strerror(errno));
}

static void free_junit(void *user)
{
    junit *j = user;
    nf_free(j->suite);
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
    nf_buffer_init(&j->cases, NF_BUFFER_MAX);
    *out = (nf_test_reporter){.user = j,
                              .started = started,
                              .finished_test = finished_test,
                              .finished_run = finished_run,
                              .free = free_junit};
    return NF_OK;
}
