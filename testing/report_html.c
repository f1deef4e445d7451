/* One page for people (test E48), complete in one file, without scripts: what
 * failed first, with differences, the flows that failed as pictures with the
 * steps that ran, variables, and what the user saw; then all tests by file, and
 * the slowest. */
#include "testing/report.h"

#include "analysis/label.h"
#include "analysis/svg.h"
#include "base/memory.h"
#include "testing/slowest.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

enum {
    TEXT_MAX = 20000, /* bytes of one text */
    PICTURES = 60,    /* in all: a page has to be opened, too */
    PICTURES_OF_TEST = 4
};

typedef struct page {
    const char *path;
    const nf_model *model;
    nf_buffer failed; /* each test that did not pass */
    nf_buffer files;  /* all tests, by file */
    char *file;       /* whose tests come; NULL: none yet */
    size_t number;    /* of failed tests */
    size_t pictures;
    test_slowest slowest;
} page;

static const char *const states[NF_TEST_STATES] = {"PASS", "FAIL", "ERROR",
                                                   "SKIP", "FLAKY"};

static void text(nf_buffer *out, const char *t)
{
    nf_label_xml(out, t ? t : "", TEXT_MAX);
}

static void element(nf_buffer *out, const char *name, const char *t)
{
    nf_buffer_format(out, "<%s>", name);
    text(out, t);
    nf_buffer_format(out, "</%s>", name);
}

/* ---- values -------------------------------------------------------------- */

static void value_row(nf_buffer *out, const char *name, const char *value,
                      const nf_difference *d, size_t length)
{
    char *part = nf_strdup(value);

    nf_buffer_format(out, "<tr><th>%s</th><td><pre>", name);
    if (!part) {
        out->failed = true;
        return;
    }
    part[d->head] = '\0';
    text(out, part);
    memcpy(part, value, length + 1);
    part[length - d->tail] = '\0';
    nf_buffer_text(out, "<mark>");
    text(out, part + d->head);
    nf_buffer_text(out, "</mark>");
    text(out, value + length - d->tail);
    nf_buffer_text(out, "</pre></td></tr>\n");
    nf_free(part);
}

static void write_values(nf_buffer *out, const nf_test_failure *f)
{
    const nf_difference d = nf_difference_of(f->expected, f->actual);

    nf_buffer_text(out, "<table class=\"values\">\n");
    value_row(out, "expected", f->expected, &d, strlen(f->expected));
    value_row(out, "actual", f->actual, &d, strlen(f->actual));
    nf_buffer_text(out, "</table>\n");
}

static void write_callers(nf_buffer *out, const char *callers)
{
    nf_buffer lines;

    nf_buffer_init(&lines, NF_BUFFER_MAX);
    nf_report_callers(&lines, "", callers);
    nf_buffer_text(out, "<pre class=\"path\">");
    text(out, nf_buffer_string(&lines));
    nf_buffer_text(out, "</pre>\n");
    nf_buffer_dispose(&lines);
}

static void write_failures(nf_buffer *out, const nf_test_result *r)
{
    for (size_t i = 0; i < r->failure_count; i++) {
        const nf_test_failure *f = &r->failures[i];

        nf_buffer_text(out, "<pre class=\"message\">");
        text(out, f->message);
        nf_buffer_text(out, "</pre>\n");
        if (f->expected && f->actual)
            write_values(out, f);
        if (f->callers && *f->callers)
            write_callers(out, f->callers);
    }
}

/* ---- pictures ------------------------------------------------------------ */

typedef struct marker {
    const nf_test_result *result;
    const char *flow;
    char note[64];
} marker;

/* How often an object was a step of the flow, and whether it was the last. */
static nf_mark mark_of(void *context, const nf_element *element)
{
    marker *m = context;
    const nf_test_result *r = m->result;
    char id[NF_GUID_TEXT_SIZE];
    size_t times = 0;
    bool fails = false;

    nf_guid_text(&element->id, id);
    for (size_t i = 0; i < r->step_count; i++)
        times += strcmp(r->steps[i].document, m->flow) == 0 &&
                 strcmp(r->steps[i].activity_id, id) == 0;
    for (size_t i = 0; i < r->failure_count; i++) {
        const nf_test_failure *f = &r->failures[i];

        fails |= f->document && f->activity_id &&
                 strcmp(f->document, m->flow) == 0 &&
                 strcmp(f->activity_id, id) == 0;
    }
    if (!times && !fails)
        return (nf_mark){NULL, NULL};
    snprintf(m->note, sizeof m->note, fails ? "failed here" : "ran %zu time%s",
             times, times == 1 ? "" : "s");
    return (nf_mark){fails ? "failed" : "ran", m->note};
}

static const nf_document *document_of(const nf_model *model, const char *name)
{
    static const char *const types[] = {
        "Microflows$Nanoflow", "Microflows$Microflow", "Microflows$Rule"};
    const nf_document *found = NULL;

    for (size_t i = 0; !found && i < sizeof types / sizeof *types; i++)
        found = nf_model_find_document(model, types[i], name);
    return found;
}

static void write_picture(page *p, nf_buffer *out, const nf_test_result *r,
                          const char *flow)
{
    static const nf_legend legend[] = {{"ran", "ran"},
                                       {"failed", "failed here"}};
    const nf_document *document = document_of(p->model, flow);
    marker m = {.result = r, .flow = flow};
    const nf_marks marks = {.of = mark_of,
                            .context = &m,
                            .legend = legend,
                            .legend_count = sizeof legend / sizeof *legend};
    const nf_element *element = NULL;
    nf_buffer svg;

    nf_buffer_init(&svg, NF_BUFFER_MAX);
    element = document ? nf_document_element(document, NULL) : NULL;
    if (element &&
        nf_svg_flow(&svg, p->model, document, element, &marks, NULL) == NF_OK) {
        p->pictures++;
        nf_buffer_text(out, "<figure>");
        nf_buffer_add(out, svg.data, svg.length);
        nf_buffer_text(out, "</figure>\n");
    }
    nf_buffer_dispose(&svg);
}

/* The flows of the last steps, the one that failed first. */
static void write_pictures(page *p, nf_buffer *out, const nf_test_result *r)
{
    const char *shown[PICTURES_OF_TEST];
    size_t count = 0;

    for (size_t i = r->step_count; i-- > 0 && count < PICTURES_OF_TEST;) {
        const char *flow = r->steps[i].document;
        bool known = !*flow;

        for (size_t k = 0; k < count; k++)
            known |= strcmp(shown[k], flow) == 0;
        if (known || p->pictures == PICTURES)
            continue;
        shown[count++] = flow;
        write_picture(p, out, r, flow);
    }
}

/* ---- what led there ------------------------------------------------------ */

static void write_steps(nf_buffer *out, const nf_test_result *r)
{
    if (!r->step_count)
        return;
    nf_buffer_format(
        out, "<h4>Steps</h4>\n<ol%s>\n",
        r->failure_count && r->failures[0].callers ? " class=\"failing\"" : "");
    for (size_t i = 0; i < r->step_count; i++) {
        nf_buffer_text(out, "<li>");
        text(out, r->steps[i].activity);
        nf_buffer_text(out, " <small>");
        text(out, r->steps[i].document);
        nf_buffer_text(out, "</small></li>\n");
    }
    nf_buffer_text(out, "</ol>\n");
}

static void write_variables(nf_buffer *out, const nf_test_result *r)
{
    const char *flow = NULL;

    if (!r->variable_count)
        return;
    nf_buffer_text(out, "<h4>Variables</h4>\n<table class=\"variables\">\n");
    for (size_t i = 0; i < r->variable_count; i++) {
        const nf_test_variable *v = &r->variables[i];

        if (!flow || strcmp(flow, v->document) != 0) {
            flow = v->document;
            nf_buffer_text(out, "<tr><th colspan=\"2\">");
            text(out, *flow ? flow : "the test");
            nf_buffer_text(out, "</th></tr>\n");
        }
        nf_buffer_text(out, "<tr><td>$");
        text(out, v->name);
        nf_buffer_text(out, "</td><td><code>");
        text(out, v->value);
        nf_buffer_text(out, "</code></td></tr>\n");
    }
    nf_buffer_text(out, "</table>\n");
}

/* Messages, pages, logs …: the lines of a run. */
static void write_events(nf_buffer *out, const nf_test_result *r)
{
    size_t count = r->events ? json_object_array_length(r->events) : 0;
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        json_object *event = json_object_array_get_idx(r->events, i);
        const char *name =
            json_object_get_string(json_object_object_get(event, "event"));
        char *line = nf_event_print(name ? name : "",
                                    json_object_to_json_string(event), false);

        if (line && *line) {
            nf_buffer_text(out, any ? "" : "<h4>Events</h4>\n<ul>\n");
            any = true;
            element(out, "li", line);
            nf_buffer_char(out, '\n');
        }
        nf_text_free(line);
    }
    if (any)
        nf_buffer_text(out, "</ul>\n");
}

/* ---- tests --------------------------------------------------------------- */

static void write_name(nf_buffer *out, const nf_test_result *r)
{
    nf_buffer_format(out, "<span class=\"state %s\">%s</span> ",
                     states[r->state], states[r->state]);
    text(out, r->name);
}

static void write_failed(page *p, const nf_test_result *r)
{
    nf_buffer *out = &p->failed;

    nf_buffer_format(out, "<details open id=\"t%zu\"><summary>", ++p->number);
    write_name(out, r);
    nf_buffer_text(out, "</summary>\n<p class=\"place\">");
    text(out, r->file);
    if (r->line > 0) /* a file that could not be read has none */
        nf_buffer_format(out, ":%ld", r->line);
    nf_buffer_format(out, ", %.0f ms</p>\n", r->milliseconds);
    write_failures(out, r);
    write_pictures(p, out, r);
    nf_buffer_text(out, "<div class=\"columns\">\n<div>");
    write_steps(out, r);
    nf_buffer_text(out, "</div>\n<div>");
    write_variables(out, r);
    write_events(out, r);
    nf_buffer_text(out, "</div></div>\n</details>\n");
}

static nf_status begin_file(page *p, const char *file, nf_error *err)
{
    if (p->file && strcmp(p->file, file) == 0)
        return NF_OK;
    if (p->file)
        nf_buffer_text(&p->files, "</table>\n");
    nf_free(p->file);
    p->file = nf_strdup(file);
    nf_buffer_text(&p->files, "<h3>");
    text(&p->files, file);
    nf_buffer_text(&p->files, "</h3>\n<table class=\"tests\">\n");
    return p->file ? NF_OK : nf_error_nomem(err);
}

static void write_row(page *p, const nf_test_result *r, bool failed)
{
    nf_buffer *out = &p->files;

    nf_buffer_text(out, "<tr><td>");
    if (failed)
        nf_buffer_format(out, "<a href=\"#t%zu\">", p->number);
    write_name(out, r);
    if (failed)
        nf_buffer_text(out, "</a>");
    if (r->skipped) {
        nf_buffer_text(out, "<br><small>");
        text(out, r->skipped);
        nf_buffer_text(out, "</small>");
    }
    for (size_t i = 0; i < r->warning_count; i++) {
        nf_buffer_text(out, "<br><small>warning: ");
        text(out, r->warnings[i]);
        nf_buffer_text(out, "</small>");
    }
    nf_buffer_format(
        out, "</td><td>%zu assertion%s</td><td>%.0f ms</td></tr>\n",
        r->assertions, r->assertions == 1 ? "" : "s", r->milliseconds);
}

static nf_status finished_test(void *user, const nf_test_result *r,
                               nf_error *err)
{
    page *p = user;
    bool failed = r->state == NF_TEST_FAIL || r->state == NF_TEST_ERROR;
    nf_status status = begin_file(p, r->file, err);

    if (status == NF_OK)
        status = test_slowest_note(&p->slowest, r, err);
    if (status != NF_OK)
        return status;
    if (failed)
        write_failed(p, r);
    write_row(p, r, failed);
    return p->failed.failed || p->files.failed ? nf_error_nomem(err) : NF_OK;
}

/* ---- the page ------------------------------------------------------------ */

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;"
    "max-width:90rem;padding:0 1rem;color:#1d2733;background:#fbfcfd}"
    "h1,h2,h3,h4{line-height:1.2}h4{margin:1rem 0 .3rem}"
    ".sum span{margin-right:1.2rem}.place,small{color:#5a6672}"
    "details{border:1px solid #d5dbe2;border-left:4px solid #c62f2f;"
    "border-radius:4px;padding:.6rem 1rem;margin:1rem 0;background:#fff}"
    "summary{font-weight:600;cursor:pointer}"
    ".state{font:600 12px/1 ui-monospace,monospace;padding:.15rem .4rem;"
    "border-radius:3px;color:#fff;background:#2c8a4b}"
    ".FAIL,.ERROR{background:#c62f2f}.SKIP,.FLAKY{background:#a86f00}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0}"
    ".message{background:#fdeaea;padding:.5rem .7rem;border-radius:3px}"
    "mark{background:#ffd9a8}table{border-collapse:collapse}"
    "th,td{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}"
    ".tests{width:100%}.tests td{border-bottom:1px solid #e6eaee}"
    ".tests td+td{text-align:right;white-space:nowrap;color:#5a6672}"
    ".values th{color:#5a6672;font-weight:400;padding-top:.5rem}"
    ".columns>div:empty{display:none}"
    ".columns{display:flex;flex-wrap:wrap;gap:0 3rem}"
    "code{overflow-wrap:anywhere}.path{padding-left:.7rem}"
    ".failing li:last-child{color:#a32121;font-weight:600}"
    "figure{margin:1rem 0;overflow:auto;border:1px solid #e6eaee}"
    "a{color:inherit}";

static void write_head(nf_buffer *out, const nf_test_summary *sum,
                       double milliseconds)
{
    nf_buffer_format(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width\">"
        "<title>%s</title>\n<style>%s</style></head><body>\n"
        "<h1>Tests</h1>\n<p class=\"sum\"><span>%zu passed</span>"
        "<span>%zu failed</span><span>%zu errors</span>"
        "<span>%zu skipped</span><span>%.1f s of work</span></p>\n",
        sum->failed || sum->errors ? "Tests failed" : "Tests passed", style,
        sum->passed, sum->failed, sum->errors, sum->skipped,
        milliseconds / 1000);
    if (sum->vacuous)
        nf_buffer_format(out,
                         "<p>%zu of them asserted nothing beyond \"did not "
                         "throw\".</p>\n",
                         sum->vacuous);
}

static void write_slowest(nf_buffer *out, const test_slowest *slowest)
{
    if (!slowest->count)
        return;
    nf_buffer_text(out, "<h2>Slowest</h2>\n<table class=\"tests\">\n");
    for (size_t i = 0; i < slowest->count; i++) {
        const test_slow *s = &slowest->items[i];

        nf_buffer_text(out, "<tr><td>");
        text(out, s->name);
        nf_buffer_text(out, " <small>");
        text(out, s->file);
        nf_buffer_format(out, ":%ld</small></td><td>%.0f ms</td></tr>\n",
                         s->line, s->milliseconds);
    }
    nf_buffer_text(out, "</table>\n");
}

static void add(nf_buffer *out, const nf_buffer *part)
{
    if (part->length)
        nf_buffer_add(out, part->data, part->length);
}

static nf_status finished_run(void *user, const nf_test_summary *sum,
                              double milliseconds, nf_error *err)
{
    page *p = user;
    nf_buffer all;
    nf_status status;

    nf_buffer_init(&all, NF_BUFFER_MAX);
    write_head(&all, sum, milliseconds);
    if (p->number)
        nf_buffer_text(&all, "<h2>What did not pass</h2>\n");
    add(&all, &p->failed);
    if (p->pictures == PICTURES)
        nf_buffer_format(&all,
                         "<p>There are no more than %d pictures in a page; "
                         "run single tests for others.</p>\n",
                         PICTURES);
    nf_buffer_text(&all, "<h2>All tests</h2>\n");
    add(&all, &p->files);
    nf_buffer_text(&all, p->file ? "</table>\n" : "");
    write_slowest(&all, &p->slowest);
    nf_buffer_text(&all, "</body></html>\n");
    status = nf_report_write(p->path, &all, err);
    nf_buffer_dispose(&all);
    return status;
}

static void free_page(void *user)
{
    page *p = user;

    nf_free(p->file);
    nf_buffer_dispose(&p->failed);
    nf_buffer_dispose(&p->files);
    test_slowest_dispose(&p->slowest);
    nf_free(p);
}

nf_status nf_report_html(nf_test_reporter *out, const char *path,
                         const nf_model *model, nf_error *err)
{
    enum { SHOWN = 10 };
    page *p = nf_alloc(sizeof *p);

    *out = (nf_test_reporter){0};
    if (!p)
        return nf_error_nomem(err);
    *p = (page){.path = path, .model = model, .slowest.most = SHOWN};
    nf_buffer_init(&p->failed, NF_BUFFER_MAX);
    nf_buffer_init(&p->files, NF_BUFFER_MAX);
    *out = (nf_test_reporter){.user = p,
                              .finished_test = finished_test,
                              .finished_run = finished_run,
                              .free = free_page};
    return NF_OK;
}
