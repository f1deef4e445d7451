/* Coverage for people and for machines: a table, JSON, Cobertura's XML, and
 * pictures of the flows. Lines of Cobertura are those of the text of a flow,
 * written beside it (test E48): one for each point, with what it is. */
#include "testing/coverage.h"

#include "analysis/label.h"
#include "analysis/svg.h"
#include "base/json.h"
#include "library/json.h"
#include "testing/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- text ---------------------------------------------------------------- */

static void print_covered(nf_buffer *out, nf_covered c)
{
    char text[48] = "-";

    if (c.total)
        snprintf(text, sizeof text, "%zu/%zu", c.ran, c.total);
    nf_buffer_format(out, "%10s", text);
}

static void print_row(nf_buffer *out, const char *name, int width,
                      const nf_coverage_sum *sum)
{
    nf_buffer_format(out, "%-*s %5.1f%%", width, name,
                     nf_coverage_percent(sum));
    print_covered(out, sum->elements);
    print_covered(out, sum->flows);
    print_covered(out, sum->outcomes);
    print_covered(out, sum->handlers);
    print_covered(out, sum->loops);
    nf_buffer_char(out, '\n');
}

static int name_width(const nf_coverage_flow *flows, size_t count)
{
    size_t width = strlen("coverage");

    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(flows[i].flow->qualified);

        width = length > width ? length : width;
    }
    return width > 100 ? 100 : (int)width;
}

static void print_missing(nf_buffer *out, const nf_coverage_flow *flow)
{
    if (!flow->tests) {
        nf_buffer_format(out, "\n%s: nothing ran\n", flow->flow->qualified);
        return;
    }
    nf_buffer_format(out, "\n%s: did not run\n", flow->flow->qualified);
    for (size_t i = 0; i < flow->point_count; i++)
        if (!flow->points[i].tests)
            nf_buffer_format(out, "  %-8s  %s\n", flow->points[i].what,
                             flow->points[i].text);
}

void nf_coverage_print(nf_buffer *out, const nf_coverage_flow *flows,
                       size_t count)
{
    int width = name_width(flows, count);
    nf_coverage_sum total = nf_coverage_total(flows, count);

    nf_buffer_format(out, "%-*s %6s%10s%10s%10s%10s%10s\n", width, "coverage",
                     "", "elements", "flows", "outcomes", "handlers", "loops");
    for (size_t i = 0; i < count; i++)
        print_row(out, flows[i].flow->qualified, width, &flows[i].sum);
    print_row(out, "total", width, &total);
    for (size_t i = 0; i < count; i++)
        if (nf_coverage_percent(&flows[i].sum) < 100)
            print_missing(out, &flows[i]);
}

/* ---- files --------------------------------------------------------------- */

static nf_status write_file(const char *folder, const char *name,
                            nf_buffer *text, nf_error *err)
{
    nf_buffer path;
    FILE *file;
    bool ok;

    nf_buffer_init(&path, NF_BUFFER_MAX);
    nf_buffer_format(&path, "%s/%s", folder, name);
    file = path.failed || text->failed ? NULL
                                       : fopen(nf_buffer_string(&path), "wb");
    ok = file && fwrite(text->data, 1, text->length, file) == text->length;
    if (file && fclose(file) != 0)
        ok = false;
    if (!ok)
        nf_error_set(err, NF_INPUT, "unwritable",
                     "\"%s/%s\" can't be written: %s", folder, name,
                     strerror(errno));
    nf_buffer_dispose(&path);
    nf_buffer_dispose(text);
    return ok ? NF_OK : NF_INPUT;
}

static void begin(nf_buffer *out)
{
    nf_buffer_init(out, NF_BUFFER_MAX);
}

/* ---- a flow's text, whose lines Cobertura names -------------------------- */

static nf_status write_text(const nf_coverage_flow *flow, const char *folder,
                            nf_error *err)
{
    nf_buffer out, name;
    nf_status status;

    begin(&out);
    begin(&name);
    for (size_t i = 0; i < flow->point_count; i++) {
        const nf_coverage_point *p = &flow->points[i];

        nf_buffer_format(&out, "%-8s  %s\n", p->what, p->text);
    }
    nf_buffer_format(&name, "%s.txt", flow->flow->qualified);
    status = name.failed
                 ? nf_error_nomem(err)
                 : write_file(folder, nf_buffer_string(&name), &out, err);
    nf_buffer_dispose(&name);
    return status;
}

/* ---- pictures ------------------------------------------------------------ */

typedef struct marker {
    const nf_coverage_flow *flow;
    char note[96];
} marker;

static bool is_part(const nf_coverage_point *p)
{
    return strcmp(p->what, "rounds") == 0;
}

/* Objects that are no points (start, merges) ran with the flow. */
static nf_mark mark_of(void *context, const nf_element *element)
{
    marker *m = context;
    const nf_coverage_point *found = NULL;
    char missing[64] = "";

    for (size_t i = 0; i < m->flow->point_count; i++) {
        const nf_coverage_point *p = &m->flow->points[i];
        size_t used = strlen(missing);

        if (p->element != element)
            continue;
        if (!is_part(p))
            found = p;
        else if (!p->tests)
            snprintf(missing + used, sizeof missing - used, "%s%s",
                     used ? ", " : "never ", strrchr(p->text, ':') + 2);
    }
    if (!found)
        return (nf_mark){NULL, NULL};
    snprintf(m->note, sizeof m->note, "%s %zu of %zu tests%s%s",
             found->tests ? "ran in" : "did not run:", found->tests,
             m->flow->tests, *missing && found->tests ? "; " : "",
             found->tests ? missing : "");
    return (nf_mark){!found->tests ? "not-run"
                     : *missing    ? "ran partly"
                                   : "ran",
                     m->note};
}

static const char *stored_type(nf_flow_kind kind)
{
    return kind == NF_FLOW_NANOFLOW ? "Microflows$Nanoflow"
           : kind == NF_FLOW_RULE   ? "Microflows$Rule"
                                    : "Microflows$Microflow";
}

static nf_status write_picture(const nf_coverage_flow *flow, const nf_app *app,
                               const char *folder, nf_error *err)
{
    static const nf_legend legend[] = {{"ran", "ran"},
                                       {"ran partly", "some rounds never ran"},
                                       {"not-run", "did not run"}};
    const nf_document *document = nf_model_find_document(
        app->model, stored_type(flow->flow->kind), flow->flow->qualified);
    marker m = {.flow = flow};
    char note[64];
    nf_marks marks = {.of = mark_of,
                      .context = &m,
                      .note = note,
                      .legend = legend,
                      .legend_count = sizeof legend / sizeof *legend};
    nf_buffer out, name;
    nf_status status;

    if (!document)
        return NF_OK;
    snprintf(note, sizeof note, "%.1f %% ran, in %zu test%s",
             nf_coverage_percent(&flow->sum), flow->tests,
             flow->tests == 1 ? "" : "s");
    begin(&out);
    begin(&name);
    nf_buffer_format(&name, "%s.svg", flow->flow->qualified);
    status = nf_svg_flow(&out, app->model, document, flow->flow->element,
                         &marks, err);
    if (status == NF_OK)
        status = name.failed
                     ? nf_error_nomem(err)
                     : write_file(folder, nf_buffer_string(&name), &out, err);
    else
        nf_buffer_dispose(&out);
    nf_buffer_dispose(&name);
    return status;
}

/* ---- JSON ---------------------------------------------------------------- */

static void add_covered(json_object *to, const char *key, nf_covered c)
{
    json_object *json = json_object_new_object();

    json_object_object_add(json, "ran", json_object_new_int64((int64_t)c.ran));
    json_object_object_add(json, "total",
                           json_object_new_int64((int64_t)c.total));
    json_object_object_add(to, key, json);
}

static json_object *sum_json(const nf_coverage_sum *sum)
{
    json_object *json = json_object_new_object();
    char percent[16];

    snprintf(percent, sizeof percent, "%.1f", nf_coverage_percent(sum));
    json_object_object_add(
        json, "percent",
        json_object_new_double_s(nf_coverage_percent(sum), percent));
    add_covered(json, "elements", sum->elements);
    add_covered(json, "flows", sum->flows);
    add_covered(json, "outcomes", sum->outcomes);
    add_covered(json, "handlers", sum->handlers);
    add_covered(json, "loops", sum->loops);
    return json;
}

static json_object *flow_json(const nf_coverage_flow *flow)
{
    json_object *json = sum_json(&flow->sum);
    json_object *points = json_object_new_array();

    nf_json_text(json, "flow", flow->flow->qualified);
    json_object_object_add(json, "tests",
                           json_object_new_int64((int64_t)flow->tests));
    for (size_t i = 0; i < flow->point_count; i++) {
        const nf_coverage_point *p = &flow->points[i];
        json_object *point = json_object_new_object();
        char id[NF_GUID_TEXT_SIZE];

        nf_guid_text(&p->element->id, id);
        nf_json_text(point, "element", id);
        nf_json_text(point, "what", p->what);
        nf_json_text(point, "text", p->text);
        json_object_object_add(point, "tests",
                               json_object_new_int64((int64_t)p->tests));
        json_object_array_add(points, point);
    }
    json_object_object_add(json, "points", points);
    return json;
}

static nf_status write_json(const nf_coverage_flow *flows, size_t count,
                            const char *folder, nf_error *err)
{
    nf_coverage_sum total = nf_coverage_total(flows, count);
    json_object *json = json_object_new_object();
    json_object *list = json_object_new_array();
    nf_buffer out;
    char *text;

    json_object_object_add(json, "total", sum_json(&total));
    for (size_t i = 0; i < count; i++)
        json_object_array_add(list, flow_json(&flows[i]));
    json_object_object_add(json, "flows", list);
    text = nf_json_text_of(json, NF_JSON_PRETTY);
    json_object_put(json);
    if (!text)
        return nf_error_nomem(err);
    begin(&out);
    nf_buffer_text(&out, text);
    nf_buffer_char(&out, '\n');
    nf_free(text);
    return write_file(folder, "coverage.json", &out, err);
}

/* ---- Cobertura ----------------------------------------------------------- */

static double rate(nf_covered c)
{
    return c.total ? (double)c.ran / (double)c.total : 1.0;
}

static nf_covered all_points(const nf_coverage_flow *flow)
{
    nf_covered c = {0};

    for (size_t i = 0; i < flow->point_count; i++) {
        c.total++;
        c.ran += flow->points[i].tests > 0;
    }
    return c;
}

static void cobertura_class(nf_buffer *out, const nf_coverage_flow *flow)
{
    nf_buffer_text(out, "    <class name=\"");
    nf_label_xml(out, flow->flow->qualified, 1000);
    nf_buffer_text(out, "\" filename=\"");
    nf_label_xml(out, flow->flow->qualified, 1000);
    nf_buffer_format(out,
                     ".txt\" line-rate=\"%.4f\" branch-rate=\"%.4f\" "
                     "complexity=\"0\">\n     <methods/>\n     <lines>\n",
                     rate(all_points(flow)), rate(flow->sum.outcomes));
    for (size_t i = 0; i < flow->point_count; i++)
        nf_buffer_format(out, "      <line number=\"%zu\" hits=\"%zu\"/>\n",
                         i + 1, flow->points[i].tests);
    nf_buffer_text(out, "     </lines>\n    </class>\n");
}

static nf_status write_cobertura(const nf_coverage_flow *flows, size_t count,
                                 const char *folder, nf_error *err)
{
    nf_coverage_sum total = nf_coverage_total(flows, count);
    nf_covered lines = {0};
    nf_buffer out;

    for (size_t i = 0; i < count; i++) {
        lines.ran += all_points(&flows[i]).ran;
        lines.total += all_points(&flows[i]).total;
    }
    begin(&out);
    nf_buffer_format(&out,
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                     "<coverage line-rate=\"%.4f\" branch-rate=\"%.4f\" "
                     "lines-covered=\"%zu\" lines-valid=\"%zu\" "
                     "branches-covered=\"%zu\" branches-valid=\"%zu\" "
                     "complexity=\"0\" version=\"nanoflow " NF_VERSION "\" "
                     "timestamp=\"0\">\n <sources><source>",
                     rate(lines), rate(total.outcomes), lines.ran, lines.total,
                     total.outcomes.ran, total.outcomes.total);
    nf_label_xml(&out, folder, 4000);
    nf_buffer_format(&out,
                     "</source></sources>\n <packages>\n  <package "
                     "name=\"flows\" line-rate=\"%.4f\" branch-rate=\"%.4f\" "
                     "complexity=\"0\">\n   <classes>\n",
                     rate(lines), rate(total.outcomes));
    for (size_t i = 0; i < count; i++)
        cobertura_class(&out, &flows[i]);
    nf_buffer_text(&out, "   </classes>\n  </package>\n </packages>\n"
                         "</coverage>\n");
    return write_file(folder, "cobertura.xml", &out, err);
}

/* ---- a page -------------------------------------------------------------- */

static void html_cell(nf_buffer *out, nf_covered c)
{
    if (c.total)
        nf_buffer_format(out, "<td%s>%zu/%zu</td>",
                         c.ran < c.total ? " class=\"part\"" : "", c.ran,
                         c.total);
    else
        nf_buffer_text(out, "<td class=\"none\">–</td>");
}

static void html_row(nf_buffer *out, const char *name, bool link,
                     const nf_coverage_sum *sum)
{
    nf_buffer_text(out, "<tr><th scope=\"row\">");
    if (link) {
        nf_buffer_text(out, "<a href=\"");
        nf_label_xml(out, name, 1000);
        nf_buffer_text(out, ".svg\">");
    }
    nf_label_xml(out, name, 1000);
    nf_buffer_format(out,
                     "%s</th><td><meter min=\"0\" max=\"100\" "
                     "value=\"%.1f\"></meter> %.1f %%</td>",
                     link ? "</a>" : "", nf_coverage_percent(sum),
                     nf_coverage_percent(sum));
    html_cell(out, sum->elements);
    html_cell(out, sum->flows);
    html_cell(out, sum->outcomes);
    html_cell(out, sum->handlers);
    html_cell(out, sum->loops);
    nf_buffer_text(out, "</tr>\n");
}

static nf_status write_page(const nf_coverage_flow *flows, size_t count,
                            const char *folder, nf_error *err)
{
    nf_coverage_sum total = nf_coverage_total(flows, count);
    nf_buffer out;

    begin(&out);
    nf_buffer_text(
        &out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<title>Coverage</title>\n<style>body{font:15px/1.5 system-ui,"
        "sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;"
        "color:#1d2733;background:#fbfcfd}table{border-collapse:collapse;"
        "width:100%}th,td{padding:.35rem .6rem;text-align:right;"
        "border-bottom:1px solid #d5dbe2;white-space:nowrap}"
        "th:first-child{text-align:left}thead th{background:#eef2f6}"
        "tbody tr:last-child{font-weight:600}a{color:#1f5fbf}"
        ".part{color:#a32121}.none{color:#5a6672}</style></head><body>\n"
        "<h1>Coverage</h1>\n<table><thead><tr><th>flow</th><th>all</th>"
        "<th>elements</th><th>sequence flows</th><th>outcomes</th>"
        "<th>error handlers</th><th>loops</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < count; i++)
        html_row(&out, flows[i].flow->qualified, true, &flows[i].sum);
    html_row(&out, "total", false, &total);
    nf_buffer_text(&out, "</tbody></table>\n</body></html>\n");
    return write_file(folder, "index.html", &out, err);
}

nf_status nf_coverage_folder(const char *folder, nf_error *err)
{
    nf_status status = NF_OK;
    nf_buffer path;

    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return nf_error_set(err, NF_INPUT, "unwritable",
                            "the folder \"%s\" can't be made: %s", folder,
                            strerror(errno));
    nf_buffer_init(&path, NF_BUFFER_MAX);
    nf_buffer_format(&path, "%s/coverage.txt", folder);
    status = path.failed ? nf_error_nomem(err)
                         : nf_report_check(nf_buffer_string(&path), err);
    nf_buffer_dispose(&path);
    return status;
}

nf_status nf_coverage_write(const nf_coverage_flow *flows, size_t count,
                            const nf_app *app, const char *folder,
                            nf_error *err)
{
    nf_status status = NF_OK;
    nf_buffer text;

    begin(&text);
    nf_coverage_print(&text, flows, count);
    status = write_file(folder, "coverage.txt", &text, err);
    if (status == NF_OK)
        status = write_json(flows, count, folder, err);
    if (status == NF_OK)
        status = write_cobertura(flows, count, folder, err);
    if (status == NF_OK)
        status = write_page(flows, count, folder, err);
    for (size_t i = 0; status == NF_OK && i < count; i++) {
        status = write_text(&flows[i], folder, err);
        if (status == NF_OK)
            status = write_picture(&flows[i], app, folder, err);
    }
    return status;
}
