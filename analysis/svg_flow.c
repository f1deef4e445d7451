/* A flow as a picture that looks as in the editor: frames of loops first, then
 * connectors, objects, and labels on top. */
#include "analysis/caption.h"
#include "analysis/describe.h"
#include "analysis/svg.h"

#include <stdint.h>
#include <string.h>

typedef struct painter {
    nf_svg svg;
    nf_arena *arena;
    const nf_model *model;
    const nf_picture *picture;
    const nf_marks *marks;
    bool failed;
} painter;

static int top_of(const nf_shape *s)
{
    return s->y - s->height / 2;
}

static int left_of(const nf_shape *s)
{
    return s->x - s->width / 2;
}

/* ---- what pops up ------------------------------------------------------ */

/* The lines of the text form, documentation and marks. */
static void write_title(painter *p, const nf_shape *s, const char *note)
{
    nf_buffer text;
    nf_lines lines;
    nf_buffer_init(&text, NF_BUFFER_MAX);
    nf_lines_init(&lines, p->arena);
    if (s->kind == NF_SHAPE_ANNOTATION || s->kind == NF_SHAPE_PARAMETER) {
        const char *name = s->kind == NF_SHAPE_PARAMETER ? "Name" : "Caption";
        nf_lines_text(&lines, 0, nf_element_string(s->element, name, ""));
    } else {
        nf_describe_object(&lines, p->model, s->element, 0);
    }
    if (note)
        nf_lines_text(&lines, 0, note);
    if (!nf_lines_write(&lines, 1, &text))
        p->failed = true;
    while (text.length && text.data[text.length - 1] == '\n')
        text.data[--text.length] = '\0';
    nf_svg_title(&p->svg, nf_label_take(p->arena, &text));
    nf_lines_dispose(&lines);
}

static nf_mark mark_of(const painter *p, const nf_element *element)
{
    nf_mark none = {NULL, NULL};
    return p->marks ? p->marks->of(p->marks->context, element) : none;
}

static bool is_reached(const painter *p, const nf_shape *s)
{
    size_t index = (size_t)(s - p->picture->shapes);
    return index >= p->picture->graph.node_count ||
           p->picture->graph.nodes[index].reached;
}

static const char *background(const nf_shape *s)
{
    static const char *const names[][2] = {
        {"Blue", " blue"},     {"Gray", " gray"},          {"Green", " green"},
        {"Orange", " orange"}, {"Purple", " purple"},      {"Red", " red"},
        {"Yellow", " yellow"}, {"LightBlue", " lightblue"}};
    const char *name = nf_element_string(s->element, "BackgroundColor", "");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i][0]))
            return names[i][1];
    return "";
}

/* Opens the group of a shape, with its classes and what pops up. */
static void open_shape(painter *p, const nf_shape *s, const nf_caption *caption)
{
    nf_buffer classes;
    nf_mark mark = mark_of(p, s->element);
    nf_buffer_init(&classes, NF_BUFFER_MAX);
    nf_buffer_format(&classes, "node %s", nf_shape_name(s->kind));
    if (s->kind == NF_SHAPE_ACTIVITY)
        nf_buffer_format(&classes, " %s%s", nf_family_name(caption->family),
                         background(s));
    if (caption->disabled)
        nf_buffer_text(&classes, " disabled");
    if (!is_reached(p, s))
        nf_buffer_text(&classes, " unreached");
    if (mark.class_name)
        nf_buffer_format(&classes, " %s", mark.class_name);
    nf_svg_open(&p->svg, s->id, nf_label_take(p->arena, &classes));
    write_title(p, s, mark.note);
}

/* ---- texts beside a shape ---------------------------------------------- */

/* Lines below a shape; where a connector leaves there, to the right of it. */
static void write_below(painter *p, const nf_shape *s, const char *classes,
                        int row, const char *text)
{
    enum { GAP = 13, MINIMUM = 120, BESIDE = 7 };
    int width = s->width > MINIMUM ? s->width : MINIMUM;
    int y = s->y + s->height / 2 + GAP + row * 12;
    bool beside = s->used[NF_PORT_BOTTOM];
    const char *line =
        nf_label_line(p->arena, text, NF_SVG_SMALL, beside ? width : width + 8);
    nf_svg_text(&p->svg, classes, beside ? s->x + BESIDE : s->x, y,
                NF_SVG_SMALL, beside ? NF_ANCHOR_START : NF_ANCHOR_MIDDLE,
                line);
}

/* A caption outside of a decision: above, below, or to the upper left. */
static void write_outside(painter *p, const nf_shape *s, const char *text)
{
    enum { WIDTH = 150, LINES = 3, GAP = 5 };
    nf_label label =
        nf_label_wrap(p->arena, text, NF_SVG_FONT, WIDTH, LINES, false);
    int half = s->height / 2, x = s->x, y = s->y - half - GAP;
    nf_anchor anchor = NF_ANCHOR_MIDDLE;
    if (s->used[NF_PORT_TOP] && !s->used[NF_PORT_BOTTOM]) {
        y = s->y + half + GAP + NF_SVG_FONT;
    } else {
        y -= (int)(label.count ? label.count - 1 : 0) * NF_SVG_LINE;
        if (s->used[NF_PORT_TOP]) {
            anchor = NF_ANCHOR_END;
            x -= GAP + 2;
        }
    }
    nf_svg_lines(&p->svg, "caption halo", x, y, NF_SVG_FONT, anchor, &label);
}

/* ---- shapes ------------------------------------------------------------ */

static const char *icon_of(const nf_caption *caption)
{
    static const char *const rows[][2] = {{"Cast", "cast"},
                                          {"Change", "change"},
                                          {"CloseForm", "close"},
                                          {"Commit", "commit"},
                                          {"CreateChange", "create"},
                                          {"Delete", "delete"},
                                          {"Rollback", "rollback"},
                                          {"Aggregate", "aggregate"},
                                          {"ListOperations", "operation"},
                                          {"JavaActionCall", "code"},
                                          {"JavaScriptActionCall", "code"},
                                          {"DownloadFile", "download"},
                                          {"ShowMessage", "message"},
                                          {"ValidationFeedback", "validation"},
                                          {"ExportXml", "mapping"},
                                          {"ImportXml", "mapping"}};
    static const char *const families[NF_FAMILY_COUNT] = {
        [NF_FAMILY_OBJECT] = "create",
        [NF_FAMILY_RETRIEVE] = "retrieve",
        [NF_FAMILY_LIST] = "list",
        [NF_FAMILY_VARIABLE] = "variable",
        [NF_FAMILY_CALL] = "call",
        [NF_FAMILY_CLIENT] = "page",
        [NF_FAMILY_LOG] = "log",
        [NF_FAMILY_SYNCHRONIZE] = "synchronize",
        [NF_FAMILY_INTEGRATION] = "web",
        [NF_FAMILY_WORKFLOW] = "workflow",
        [NF_FAMILY_OTHER] = "other"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(caption->action, rows[i][0]))
            return rows[i][1];
    return families[caption->family];
}

static void box(painter *p, const nf_shape *s, int radius)
{
    nf_svg_rectangle(&p->svg, "box", left_of(s), top_of(s), s->width, s->height,
                     radius);
}

/* An error is ignored here: a badge at the lower left corner. */
static void write_continue_badge(painter *p, const nf_shape *s)
{
    if (strcmp(nf_caption_error_handling(s->element), "Continue") != 0)
        return;
    int x = left_of(s) + 4, y = s->y + s->height / 2 - 2;
    nf_svg_open(&p->svg, NULL, "continues");
    nf_svg_title(&p->svg, "goes on after an error");
    nf_buffer_format(&p->svg.body,
                     "<circle class=\"continue-badge\" cx=\"%d\" cy=\"%d\" "
                     "r=\"7\"/><path class=\"badge-icon\" d=\"M%d %dh5m-2.5 "
                     "-2.5l2.5 2.5l-2.5 2.5\"/>",
                     x, y, x - 3, y);
    nf_svg_close(&p->svg);
}

static void paint_activity(painter *p, const nf_shape *s,
                           const nf_caption *caption)
{
    enum { ICON = 16, BETWEEN = 4, INSIDE = 8, RADIUS = 7 };
    int lines_fit = (s->height - ICON - BETWEEN - 6) / NF_SVG_LINE;
    nf_label label =
        nf_label_wrap(p->arena, caption->text, NF_SVG_FONT, s->width - INSIDE,
                      lines_fit > 2   ? 2
                      : lines_fit > 0 ? (size_t)lines_fit
                                      : 1,
                      false);
    int block = ICON + BETWEEN + (int)label.count * NF_SVG_LINE;
    int y = s->y - block / 2;
    box(p, s, RADIUS);
    nf_svg_icon(&p->svg, icon_of(caption), s->x, y + ICON / 2);
    nf_svg_lines(&p->svg, "caption", s->x, y + ICON + BETWEEN + NF_SVG_SMALL,
                 NF_SVG_FONT, NF_ANCHOR_MIDDLE, &label);
    if (*caption->variable) {
        const char *name =
            nf_arena_format(p->arena, "$%.300s", caption->variable);
        write_below(p, s, "result halo", 0, name ? name : "");
        write_below(p, s, "small halo", 1, caption->type);
    }
    write_continue_badge(p, s);
}

static void diamond(painter *p, const nf_shape *s)
{
    nf_buffer_format(&p->svg.body,
                     "<path class=\"box\" d=\"M%d %dL%d %dL%d %dL%d %dZ\"/>",
                     s->x, top_of(s), s->x + s->width / 2, s->y, s->x,
                     s->y + s->height / 2, left_of(s), s->y);
    nf_svg_cover(&p->svg, left_of(s), top_of(s), s->x + s->width / 2,
                 s->y + s->height / 2);
}

static void paint_decision(painter *p, const nf_shape *s,
                           const nf_caption *caption)
{
    enum { LINES = 2 };
    size_t lines = s->height >= 60 ? LINES : 1;
    /* what is left of the width at the upper edge of the text */
    int room = s->width - s->width * (int)lines * NF_SVG_LINE / s->height - 4;
    nf_label label = {.cut = true};
    diamond(p, s);
    if (room > 0)
        label = nf_label_wrap(p->arena, caption->text, NF_SVG_SMALL, room,
                              lines, false);
    if (label.cut) {
        write_outside(p, s, caption->text);
        return;
    }
    int y = s->y + 4 - ((int)label.count - 1) * NF_SVG_LINE / 2;
    nf_svg_lines(&p->svg, "small", s->x, y, NF_SVG_SMALL, NF_ANCHOR_MIDDLE,
                 &label);
}

static void paint_event(painter *p, const nf_shape *s,
                        const nf_caption *caption)
{
    enum { WIDTH = 130, LINES = 2, GAP = 13 };
    static const char *const names[] = {[NF_SHAPE_START] = "start",
                                        [NF_SHAPE_END] = "stop",
                                        [NF_SHAPE_ERROR_END] = "error",
                                        [NF_SHAPE_BREAK] = "break",
                                        [NF_SHAPE_CONTINUE] = "continue"};
    int radius = (s->width < s->height ? s->width : s->height) / 2;
    nf_buffer_format(&p->svg.body,
                     "<circle class=\"box\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>",
                     s->x, s->y, radius);
    nf_svg_cover(&p->svg, s->x - radius, s->y - radius, s->x + radius,
                 s->y + radius);
    nf_svg_icon(&p->svg, names[s->kind], s->x, s->y);
    if (s->kind != NF_SHAPE_END)
        return;
    nf_label label = nf_label_wrap(p->arena, caption->text, NF_SVG_SMALL, WIDTH,
                                   LINES, false);
    int y = s->y + radius + GAP;
    if (s->used[NF_PORT_BOTTOM] && !s->used[NF_PORT_TOP])
        y = s->y - radius - 5 - ((int)label.count - 1) * NF_SVG_LINE;
    if (s->used[NF_PORT_BOTTOM] && s->used[NF_PORT_TOP])
        nf_svg_lines(&p->svg, "result halo", s->x + radius + 5, s->y + 4,
                     NF_SVG_SMALL, NF_ANCHOR_START, &label);
    else
        nf_svg_lines(&p->svg, "result halo", s->x, y, NF_SVG_SMALL,
                     NF_ANCHOR_MIDDLE, &label);
}

static void paint_annotation(painter *p, const nf_shape *s,
                             const nf_caption *caption)
{
    enum { INSIDE = 14, FOLD = 10, LINE = 14 };
    int fit = (s->height - 8) / LINE, left = left_of(s), top = top_of(s);
    int right = left + s->width, bottom = top + s->height;
    nf_label label =
        nf_label_wrap(p->arena, caption->text, NF_SVG_FONT, s->width - INSIDE,
                      fit > 0 ? (size_t)fit : 1, true);
    nf_buffer_format(&p->svg.body,
                     "<path class=\"box\" d=\"M%d %dH%dL%d %dV%dH%dZM%d "
                     "%dv%dh%d\"/>",
                     left, top, right - FOLD, right, top + FOLD, bottom, left,
                     right - FOLD, top, FOLD, FOLD);
    nf_svg_cover(&p->svg, left, top, right, bottom);
    int y = s->y - (int)label.count * LINE / 2 + NF_SVG_FONT;
    for (size_t i = 0; i < label.count; i++)
        nf_svg_text(&p->svg, "caption", left + INSIDE / 2, y + (int)i * LINE,
                    NF_SVG_FONT, NF_ANCHOR_START, label.lines[i]);
}

static void paint_parameter(painter *p, const nf_shape *s,
                            const nf_caption *caption)
{
    nf_buffer type;
    nf_buffer_init(&type, NF_BUFFER_MAX);
    const nf_element *stored = nf_element_part(s->element, "VariableType");
    if (!stored)
        stored = nf_element_part(s->element, "ParameterType");
    nf_describe_type(&type, stored);
    box(p, s, 6);
    nf_svg_icon(&p->svg, "parameter", s->x, s->y);
    const char *name = nf_arena_format(p->arena, "$%.300s", caption->text);
    write_below(p, s, "result halo", 0, name ? name : "");
    const char *text = nf_label_take(p->arena, &type);
    const char *dot = strrchr(text, '.');
    if (dot && !strncmp(text, "list of ", 8)) {
        const char *list = nf_arena_format(p->arena, "List of %.300s", dot + 1);
        text = list ? list : "";
    } else if (dot) {
        text = dot + 1;
    }
    write_below(p, s, "small halo", 1, text);
}

static void paint_shape(painter *p, const nf_shape *s)
{
    nf_caption caption = nf_caption_of(p->arena, p->model, s->element);
    open_shape(p, s, &caption);
    switch (s->kind) {
    case NF_SHAPE_START:
    case NF_SHAPE_END:
    case NF_SHAPE_ERROR_END:
    case NF_SHAPE_BREAK:
    case NF_SHAPE_CONTINUE:
        paint_event(p, s, &caption);
        break;
    case NF_SHAPE_DECISION:
    case NF_SHAPE_TYPE_DECISION:
        paint_decision(p, s, &caption);
        break;
    case NF_SHAPE_MERGE:
        diamond(p, s);
        break;
    case NF_SHAPE_ANNOTATION:
        paint_annotation(p, s, &caption);
        break;
    case NF_SHAPE_PARAMETER:
        paint_parameter(p, s, &caption);
        break;
    case NF_SHAPE_ACTIVITY:
    case NF_SHAPE_OTHER:
    case NF_SHAPE_LOOP:
        paint_activity(p, s, &caption);
        break;
    }
    nf_svg_close(&p->svg);
}

/* Whether something in the loop stands where its header would be. */
static bool header_is_free(const painter *p, const nf_shape *loop, int width)
{
    enum { HEADER = 24 };
    size_t index = (size_t)(loop - p->picture->shapes);
    const nf_drawing_node *node = &p->picture->graph.nodes[index];
    for (size_t i = 0; i < node->body_count; i++) {
        const nf_shape *s = &p->picture->shapes[node->body + i];
        if (top_of(s) < top_of(loop) + HEADER &&
            left_of(s) < left_of(loop) + width)
            return false;
    }
    return true;
}

/* The frame of a loop, with what it goes over. */
static void paint_frame(painter *p, const nf_shape *s)
{
    enum { RADIUS = 8, ICON = 14, TEXT = 26, BASE = 18 };
    nf_caption caption = nf_caption_of(p->arena, p->model, s->element);
    const char *text =
        nf_label_line(p->arena, caption.text, NF_SVG_FONT, s->width - TEXT - 8);
    int width = TEXT + nf_label_width(text, strlen(text), NF_SVG_FONT);
    int y = header_is_free(p, s, width) ? top_of(s) : top_of(s) - 24;
    open_shape(p, s, &caption);
    box(p, s, RADIUS);
    nf_svg_icon(&p->svg, "loop", left_of(s) + ICON, y + ICON);
    nf_svg_text(&p->svg, "caption halo", left_of(s) + TEXT, y + BASE,
                NF_SVG_FONT, NF_ANCHOR_START, text);
    nf_svg_close(&p->svg);
}

/* ---- connectors -------------------------------------------------------- */

static void paint_connector(painter *p, const nf_connector *c)
{
    static const char *const kinds[] = {"flow", "flow error", "flow note"};
    nf_mark mark = mark_of(p, c->element);
    nf_buffer classes;
    nf_buffer_init(&classes, NF_BUFFER_MAX);
    nf_buffer_text(&classes, kinds[c->kind]);
    if (mark.class_name)
        nf_buffer_format(&classes, " %s", mark.class_name);
    nf_svg_open(&p->svg, c->id, nf_label_take(p->arena, &classes));
    if (mark.note)
        nf_svg_title(&p->svg, mark.note);
    nf_svg_connector(&p->svg, c->points, c->point_count, c->curve,
                     c->kind != NF_CONNECTOR_NOTE);
    nf_svg_close(&p->svg);
}

/* The marker of an error handling flow, where it begins. */
static void paint_error_badge(painter *p, const nf_connector *c)
{
    const nf_shape *from = &p->picture->shapes[c->from];
    const char *handling = nf_caption_error_handling(from->element);
    nf_point at = c->points[0];
    nf_svg_open(&p->svg, NULL, "error-flow");
    nf_svg_title(&p->svg, !strcmp(handling, "Custom")
                              ? "on error, after rolling back"
                              : "on error");
    nf_buffer_format(&p->svg.body,
                     "<circle class=\"badge\" cx=\"%d\" cy=\"%d\" r=\"6\"/>"
                     "<path class=\"badge-icon\" d=\"M%d %dl5 5m0 -5l-5 5\"/>",
                     at.x, at.y, at.x - 2, at.y - 2);
    nf_svg_close(&p->svg);
}

static nf_point on_curve(const nf_connector *c, int percent)
{
    const nf_point *b = c->points;
    double t = percent / 100.0, u = 1 - t;
    double k[] = {u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t};
    double x = 0, y = 0;
    for (int i = 0; i < 4; i++) {
        x += k[i] * b[i].x;
        y += k[i] * b[i].y;
    }
    return (nf_point){(int)x, (int)y};
}

/* Where the case of a flow is written: beside its beginning; where several
 * begin at one point, further along. */
static void paint_label(painter *p, const nf_connector *c)
{
    enum { WIDTH = 150, GAP = 6, ALONG = 62 };
    nf_point a = c->points[0], z = c->points[c->point_count - 1];
    const char *text = nf_label_line(p->arena, c->label, NF_SVG_SMALL, WIDTH);
    nf_anchor anchor = NF_ANCHOR_START;
    int x = a.x + GAP, y = a.y - GAP;
    if (p->picture->shapes[c->from].used[c->out] > 1 && c->point_count > 2) {
        nf_point at = c->curve ? on_curve(c, ALONG) : c->points[1];
        x = at.x + (c->curve ? 0 : GAP);
        y = at.y - 4;
        anchor = c->curve ? NF_ANCHOR_MIDDLE : NF_ANCHOR_START;
    } else if (c->out == NF_PORT_RIGHT || c->out == NF_PORT_LEFT) {
        if (z.y < a.y - GAP)
            y = a.y + GAP + NF_SVG_SMALL;
        if (c->out == NF_PORT_LEFT) {
            anchor = NF_ANCHOR_END;
            x = a.x - GAP;
        }
    } else {
        if (c->out == NF_PORT_BOTTOM)
            y = a.y + GAP + NF_SVG_SMALL;
        if (z.x > a.x + GAP) {
            anchor = NF_ANCHOR_END;
            x = a.x - GAP;
        }
    }
    nf_svg_text(&p->svg, "small halo case", x, y, NF_SVG_SMALL, anchor, text);
}

/* ---- the whole --------------------------------------------------------- */

static void paint(painter *p)
{
    const nf_picture *picture = p->picture;
    for (size_t i = 0; i < picture->graph.node_count; i++)
        if (picture->shapes[i].kind == NF_SHAPE_LOOP)
            paint_frame(p, &picture->shapes[i]);
    for (size_t i = 0; i < picture->connector_count; i++)
        paint_connector(p, &picture->connectors[i]);
    for (size_t i = 0; i < picture->shape_count; i++)
        if (picture->shapes[i].kind != NF_SHAPE_LOOP)
            paint_shape(p, &picture->shapes[i]);
    for (size_t i = 0; i < picture->connector_count; i++) {
        if (picture->connectors[i].kind == NF_CONNECTOR_ERROR)
            paint_error_badge(p, &picture->connectors[i]);
        else if (*picture->connectors[i].label)
            paint_label(p, &picture->connectors[i]);
    }
}

/* What marks mean, in a row below the picture. */
static void paint_legend(painter *p)
{
    enum { ABOVE = 26, SIZE = 14, GAP = 6, BETWEEN = 22 };
    int x = p->svg.left, y = p->svg.bottom + ABOVE;
    for (size_t i = 0; p->marks && i < p->marks->legend_count; i++) {
        const nf_legend *l = &p->marks->legend[i];
        nf_svg_open(&p->svg, NULL, l->class_name);
        nf_svg_rectangle(&p->svg, "box", x, y, 2 * SIZE, SIZE, 3);
        nf_svg_close(&p->svg);
        x += 2 * SIZE + GAP;
        nf_svg_text(&p->svg, "small", x, y + SIZE - 4, NF_SVG_SMALL,
                    NF_ANCHOR_START, l->text);
        x += nf_label_width(l->text, strlen(l->text), NF_SVG_SMALL) + BETWEEN;
    }
}

static const char *kind_of_flow(const nf_document *document)
{
    return nf_named_type(document->type);
}

nf_status nf_svg_flow(nf_buffer *out, const nf_model *model,
                      const nf_document *document, const nf_element *flow,
                      const nf_marks *marks, nf_error *err)
{
    nf_picture picture;
    nf_arena *arena = nf_arena_new();
    if (!arena)
        return nf_error_nomem(err);
    painter p = {
        .arena = arena, .model = model, .picture = &picture, .marks = marks};
    nf_svg_init(&p.svg, arena);
    nf_status status = nf_picture_build(&picture, arena, flow, err);
    if (status == NF_OK) {
        nf_buffer note;
        const nf_element *type = nf_element_part(flow, "MicroflowReturnType");
        nf_buffer_init(&note, NF_BUFFER_MAX);
        nf_buffer_text(&note, kind_of_flow(document));
        if (type && !nf_element_is(type, "DataTypes$VoidType")) {
            nf_buffer_text(&note, ", returns ");
            nf_describe_type(&note, type);
        }
        if (document->excluded)
            nf_buffer_text(&note, ", excluded");
        if (marks && marks->note)
            nf_buffer_format(&note, "; %s", marks->note);
        paint(&p);
        paint_legend(&p);
        const char *text = nf_label_take(arena, &note);
        if (p.failed || !nf_svg_finish(&p.svg, document->qualified,
                                       document->qualified, text, out))
            status = nf_error_nomem(err);
    }
    nf_svg_dispose(&p.svg);
    nf_arena_free(arena);
    return status;
}
