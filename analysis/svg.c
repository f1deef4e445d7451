/* Writing SVG. Coordinates are whole pixels, except for arrow heads, which are
 * written in tenths, so that no locale can change them. */
#include "analysis/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
    ".nf text{font-family:'Segoe UI','Helvetica Neue',Helvetica,Arial,"
    "'Liberation Sans','DejaVu Sans',sans-serif;font-size:11px;fill:#1d2733}"
    ".nf .paper{fill:#fbfcfd}"
    ".nf .heading{font-size:13px;font-weight:600}"
    ".nf .about{font-size:10px;font-weight:400;fill:#5a6672}"
    ".nf .small{font-size:10px;fill:#5a6672}"
    ".nf .result{font-size:10px;fill:#1f5fbf}"
    ".nf .halo{stroke:#fbfcfd;stroke-width:3px;stroke-linejoin:round;"
    "paint-order:stroke}"
    ".nf .line{fill:none;stroke:#5a6672;stroke-width:1.5}"
    ".nf .head{fill:#5a6672;stroke:none}"
    ".nf .box{fill:#fff;stroke:#8996a3;stroke-width:1.3}"
    ".nf .icon{fill:none;stroke:#5a6672;stroke-width:1.4;"
    "stroke-linecap:round;stroke-linejoin:round}"
    ".nf .error .line{stroke:#c62f2f}.nf .error .head,"
    ".nf .badge{fill:#c62f2f}.nf .badge-icon{fill:none;stroke:#fff;"
    "stroke-width:1.6}.nf .continue-badge{fill:#b7791f}"
    ".nf .note .line{stroke:#a0892f;stroke-width:1.2;stroke-dasharray:4 3}"
    ".nf .annotation .box{fill:#fff8d6;stroke:#d9c56b}"
    ".nf .loop>.box{fill:#f1f4f8;stroke:#8996a3}"
    ".nf .start .box{fill:#d8f0dd;stroke:#2c8a4b}"
    ".nf .start .icon{fill:#2c8a4b;stroke:#2c8a4b}"
    ".nf .end .box{fill:#fbdcdc;stroke:#c62f2f}"
    ".nf .end .icon{fill:#c62f2f;stroke:none}"
    ".nf .error-end .box{fill:#c62f2f;stroke:#8f1d1d}"
    ".nf .error-end .icon{stroke:#fff}"
    ".nf .break .box,.nf .continue .box{fill:#e8ecf1}"
    ".nf .decision .box,.nf .type-decision .box{fill:#fff4e3;stroke:#c9801c}"
    ".nf .merge .box{fill:#fff4e3;stroke:#c9801c}"
    ".nf .parameter .box{fill:#e3eefc;stroke:#1f5fbf}"
    ".nf .parameter .icon{stroke:#1f5fbf}"
    ".nf .object .box{stroke:#2f6fde}.nf .object .icon{stroke:#2f6fde}"
    ".nf .retrieve .box{stroke:#0b7f99}.nf .retrieve .icon{stroke:#0b7f99}"
    ".nf .list .box{stroke:#7a4fd0}.nf .list .icon{stroke:#7a4fd0}"
    ".nf .variable .box{stroke:#52708a}.nf .variable .icon{stroke:#52708a}"
    ".nf .call .box{stroke:#c05a12}.nf .call .icon{stroke:#c05a12}"
    ".nf .client .box{stroke:#b02a83}.nf .client .icon{stroke:#b02a83}"
    ".nf .log .box{stroke:#8996a3}.nf .log .icon{stroke:#6b7682}"
    ".nf .synchronize .box{stroke:#12805c}"
    ".nf .synchronize .icon{stroke:#12805c}"
    ".nf .integration .box{stroke:#8a6200}"
    ".nf .integration .icon{stroke:#8a6200}"
    ".nf .workflow .box{stroke:#3d52c4}.nf .workflow .icon{stroke:#3d52c4}"
    ".nf .disabled{opacity:.45}"
    ".nf .disabled .box{stroke-dasharray:4 3;stroke:#8996a3}"
    ".nf .unreached>.box{stroke-dasharray:2 3}"
    ".nf .blue .box{fill:#dbe8fd}.nf .gray .box{fill:#e6e9ed}"
    ".nf .green .box{fill:#dcf3e2}.nf .lightblue .box{fill:#e2f4fb}"
    ".nf .orange .box{fill:#fde8d3}.nf .purple .box{fill:#ece1fa}"
    ".nf .red .box{fill:#fbdcdc}.nf .yellow .box{fill:#fdf5cc}"
    ".nf .entity .box{stroke:#2f6fde}.nf .entity .bar{fill:#d6e4fc}"
    ".nf .non-persistable .box{stroke:#c9801c}"
    ".nf .non-persistable .bar{fill:#fde6c8}"
    ".nf .view .box,.nf .external .box{stroke:#7a4fd0}"
    ".nf .view .bar,.nf .external .bar{fill:#e7dcf9}"
    ".nf .other-module .box{stroke-dasharray:4 3}"
    ".nf .name{font-weight:600}"
    ".nf .base{font-size:10px;fill:#2f6fde;font-style:italic}"
    ".nf .generalization .line{stroke:#2f6fde;stroke-dasharray:5 3}"
    ".nf .hollow{fill:#fbfcfd;stroke:#2f6fde;stroke-width:1.3}"
    ".nf .ran>.box{fill:#e2f6e8;stroke:#2c8a4b;stroke-width:2}"
    ".nf .ran .line{stroke:#2c8a4b;stroke-width:2}"
    ".nf .ran .head{fill:#2c8a4b}"
    ".nf .failed>.box{fill:#f9c9c9;stroke:#b01e1e;stroke-width:3}"
    ".nf .partly>.box{fill:#fdf1cc;stroke:#a86f00}"
    ".nf .not-run>.box{fill:#fdeaea;stroke:#c62f2f;stroke-width:1.6;"
    "stroke-dasharray:5 3}"
    ".nf .not-run .line{stroke:#c62f2f;stroke-width:1.5;"
    "stroke-dasharray:5 3}.nf .not-run .head{fill:#c62f2f}";

static const struct {
    const char *name, *path;
} icons[] = {
    {"aggregate", "M12 3H4l5 5-5 5h8"},
    {"break", "M5 5h6v6H5z"},
    {"call", "M2 8h9M8 4l4 4-4 4M14.5 3v10"},
    {"cast", "M3 5h9L9 2M13 11H4l3 3"},
    {"change", "M3 13l1-3 7-7 2 2-7 7zM9.5 4.5l2 2"},
    {"close", "M2 3h12v10H2zM6 6l4 4M10 6l-4 4"},
    {"code", "M5 4L1 8l4 4M11 4l4 4-4 4"},
    {"commit", "M3 8l3.5 4L13 4"},
    {"continue", "M5 8h6M8.5 5.5L11 8l-2.5 2.5"},
    {"create", "M8 3v10M3 8h10"},
    {"delete", "M4 4l8 8M12 4l-8 8"},
    {"download", "M8 2v8M4 7l4 4 4-4M2 14h12"},
    {"error", "M5.5 5.5l5 5M10.5 5.5l-5 5"},
    {"list", "M3 4h10M3 8h10M3 12h10"},
    {"log", "M3 2h7l3 3v9H3zM5.5 7h5M5.5 10h5"},
    {"loop", "M12.5 5.5a5.3 5.3 0 1 0 .8 4M13.5 2v4h-4"},
    {"mapping", "M2 4h4v8H2zM10 4h4v8h-4zM6 8h4"},
    {"message", "M2 3h12v8H8l-3 3v-3H2z"},
    {"operation", "M2 3h12L9.5 8v5L6.5 12V8z"},
    {"other", "M8 5a3 3 0 1 0 .01 0M8 1v2M8 13v2M1 8h2M13 8h2"},
    {"page", "M2 3h12v10H2zM2 6h12"},
    {"parameter", "M8 3v8M4.5 8L8 11.5 11.5 8"},
    {"retrieve",
     "M3 4c0-2 10-2 10 0v8c0 2-10 2-10 0zM3 4c0 2 10 2 10 0M3 8c0 2 "
     "10 2 10 0"},
    {"rollback", "M5 3L2 6l3 3M2 6h7a4 4 0 0 1 0 8H6"},
    {"start", "M6.5 5.3L11 8l-4.5 2.7z"},
    {"stop", "M8 5a3 3 0 1 0 .01 0z"},
    {"synchronize", "M13 6A5.5 5.5 0 0 0 3 6M3 2v4h4M3 10a5.5 5.5 0 0 0 "
                    "10 0M13 14v-4H9"},
    {"validation", "M8 2l6.5 12h-13zM8 6.5v3.5M8 12v.2"},
    {"variable", "M5 3C3 3 4 7 2 8c2 1 1 5 3 5M11 3c2 0 1 4 3 5-2 1-1 5-3 5"},
    {"web", "M8 2a6 6 0 1 0 .01 0M2 8h12M8 2c4 4 4 8 0 12M8 2c-4 4-4 8 0 12"},
    {"workflow", "M2 2h5v4H2zM9 10h5v4H9zM4.5 6v6H9"},
};

void nf_svg_init(nf_svg *svg, nf_arena *arena)
{
    *svg = (nf_svg){.arena = arena, .empty = true};
    nf_buffer_init(&svg->body, NF_BUFFER_MAX);
}

void nf_svg_dispose(nf_svg *svg)
{
    nf_buffer_dispose(&svg->body);
}

void nf_svg_cover(nf_svg *svg, int left, int top, int right, int bottom)
{
    if (svg->empty) {
        svg->left = left;
        svg->top = top;
        svg->right = right;
        svg->bottom = bottom;
        svg->empty = false;
        return;
    }
    svg->left = left < svg->left ? left : svg->left;
    svg->top = top < svg->top ? top : svg->top;
    svg->right = right > svg->right ? right : svg->right;
    svg->bottom = bottom > svg->bottom ? bottom : svg->bottom;
}

void nf_svg_open(nf_svg *svg, const char *id, const char *classes)
{
    nf_buffer_text(&svg->body, "<g");
    if (id)
        nf_buffer_format(&svg->body, " id=\"%s\"", id);
    nf_buffer_text(&svg->body, " class=\"");
    nf_label_xml(&svg->body, classes, NF_SVG_TITLE_MAX);
    nf_buffer_text(&svg->body, "\">");
}

void nf_svg_close(nf_svg *svg)
{
    nf_buffer_text(&svg->body, "</g>\n");
}

void nf_svg_title(nf_svg *svg, const char *text)
{
    nf_buffer_text(&svg->body, "<title>");
    nf_label_xml(&svg->body, text, NF_SVG_TITLE_MAX);
    nf_buffer_text(&svg->body, "</title>");
}

void nf_svg_rectangle(nf_svg *svg, const char *classes, int left, int top,
                      int width, int height, int radius)
{
    nf_buffer_format(&svg->body,
                     "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" "
                     "height=\"%d\"",
                     classes, left, top, width, height);
    if (radius)
        nf_buffer_format(&svg->body, " rx=\"%d\"", radius);
    nf_buffer_text(&svg->body, "/>");
    nf_svg_cover(svg, left, top, left + width, top + height);
}

static void text_element(nf_buffer *out, const char *classes, int x, int y,
                         nf_anchor anchor, const char *text)
{
    static const char *const anchors[] = {"", " text-anchor=\"middle\"",
                                          " text-anchor=\"end\""};
    nf_buffer_format(out, "<text class=\"%s\" x=\"%d\" y=\"%d\"%s>", classes, x,
                     y, anchors[anchor]);
    nf_label_xml(out, text, NF_SVG_TITLE_MAX);
    nf_buffer_text(out, "</text>");
}

void nf_svg_text(nf_svg *svg, const char *classes, int x, int y, int size,
                 nf_anchor anchor, const char *text)
{
    int width = nf_label_width(text, strlen(text), size);
    int left = anchor == NF_ANCHOR_START    ? x
               : anchor == NF_ANCHOR_MIDDLE ? x - width / 2
                                            : x - width;
    if (!*text)
        return;
    nf_svg_cover(svg, left, y - size, left + width, y + size / 3);
    text_element(&svg->body, classes, x, y, anchor, text);
}

void nf_svg_lines(nf_svg *svg, const char *classes, int x, int y, int size,
                  nf_anchor anchor, const nf_label *label)
{
    for (size_t i = 0; i < label->count; i++)
        nf_svg_text(svg, classes, x, y + (int)i * NF_SVG_LINE, size, anchor,
                    label->lines[i]);
}

/* ---- lines ------------------------------------------------------------- */

static void tenths(nf_buffer *out, double value)
{
    long scaled = lround(value * 10);
    nf_buffer_format(out, "%s%ld.%ld", scaled < 0 ? "-" : "", labs(scaled) / 10,
                     labs(scaled) % 10);
}

static void head_of_arrow(nf_buffer *out, nf_point from, nf_point to)
{
    double dx = to.x - from.x, dy = to.y - from.y, length = hypot(dx, dy);
    if (length < 0.5)
        return;
    dx /= length;
    dy /= length;
    const double corners[3][2] = {{0, 0}, {-9, 4}, {-9, -4}};
    nf_buffer_text(out, "<polygon class=\"head\" points=\"");
    for (int i = 0; i < 3; i++) {
        double along = corners[i][0], across = corners[i][1];
        if (i)
            nf_buffer_char(out, ' ');
        tenths(out, to.x + along * dx - across * dy);
        nf_buffer_char(out, ',');
        tenths(out, to.y + along * dy + across * dx);
    }
    nf_buffer_text(out, "\"/>");
}

/* The point that is `distance` (at most half of the way) from `a` to `b`. */
static nf_point toward(nf_point a, nf_point b, int distance)
{
    double length = hypot(b.x - a.x, b.y - a.y);
    double part = length < 1 ? 0 : distance / length;
    if (part > 0.5)
        part = 0.5;
    return (nf_point){a.x + (int)lround((b.x - a.x) * part),
                      a.y + (int)lround((b.y - a.y) * part)};
}

static void path_of_corners(nf_buffer *out, const nf_point *p, size_t count)
{
    enum { RADIUS = 8 };
    nf_buffer_format(out, "M%d %d", p[0].x, p[0].y);
    for (size_t i = 1; i + 1 < count; i++) {
        nf_point before = toward(p[i], p[i - 1], RADIUS),
                 after = toward(p[i], p[i + 1], RADIUS);
        nf_buffer_format(out, "L%d %dQ%d %d %d %d", before.x, before.y, p[i].x,
                         p[i].y, after.x, after.y);
    }
    nf_buffer_format(out, "L%d %d", p[count - 1].x, p[count - 1].y);
}

void nf_svg_connector(nf_svg *svg, const nf_point *points, size_t count,
                      bool curve, bool head)
{
    nf_buffer *out = &svg->body;
    if (count < 2)
        return;
    nf_buffer_text(out, "<path class=\"line\" d=\"");
    if (curve && count == 4)
        nf_buffer_format(out, "M%d %dC%d %d %d %d %d %d", points[0].x,
                         points[0].y, points[1].x, points[1].y, points[2].x,
                         points[2].y, points[3].x, points[3].y);
    else
        path_of_corners(out, points, count);
    nf_buffer_text(out, "\"/>");
    nf_point end = points[count - 1];
    size_t before = count - 1;
    while (before > 0 && points[before - 1].x == end.x &&
           points[before - 1].y == end.y)
        before--;
    if (head && before)
        head_of_arrow(out, points[before - 1], end);
    for (size_t i = 0; i < count; i++)
        nf_svg_cover(svg, points[i].x, points[i].y, points[i].x, points[i].y);
}

void nf_svg_icon(nf_svg *svg, const char *name, int x, int y)
{
    enum { HALF = 8 };
    for (size_t i = 0; i < sizeof icons / sizeof *icons; i++)
        if (!strcmp(icons[i].name, name))
            nf_buffer_format(&svg->body,
                             "<path class=\"icon\" transform=\"translate(%d "
                             "%d)\" d=\"%s\"/>",
                             x - HALF, y - HALF, icons[i].path);
}

bool nf_svg_finish(nf_svg *svg, const char *name, const char *heading,
                   const char *note, nf_buffer *out)
{
    enum { MARGIN = 24, HEADING = 13, ABOVE = 20, BETWEEN = 10 };
    int x = svg->empty ? 0 : svg->left, y = (svg->empty ? 0 : svg->top) - ABOVE;
    int wide = nf_label_width(heading, strlen(heading), HEADING + 1) + BETWEEN +
               nf_label_width(note, strlen(note), NF_SVG_SMALL);
    nf_svg_cover(svg, x, y - HEADING, x + wide, y);
    nf_buffer_format(&svg->body, "<text class=\"heading\" x=\"%d\" y=\"%d\">",
                     x, y);
    nf_label_xml(&svg->body, heading, NF_SVG_TITLE_MAX);
    nf_buffer_format(&svg->body, "<tspan class=\"about\" dx=\"%d\">", BETWEEN);
    nf_label_xml(&svg->body, note, NF_SVG_TITLE_MAX);
    nf_buffer_text(&svg->body, "</tspan></text>\n");
    int left = svg->left - MARGIN, top = svg->top - MARGIN,
        width = svg->right - svg->left + 2 * MARGIN,
        height = svg->bottom - svg->top + 2 * MARGIN;
    const char *body = nf_buffer_string(&svg->body);
    if (!body || nf_arena_failed(svg->arena))
        return false;
    nf_buffer_format(out,
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"nf\" "
                     "role=\"img\" width=\"%d\" height=\"%d\" "
                     "viewBox=\"%d %d %d %d\">\n<title>",
                     width, height, left, top, width, height);
    nf_label_xml(out, name, NF_SVG_TITLE_MAX);
    nf_buffer_format(out,
                     "</title>\n<style>%s</style>\n<rect class=\"paper\" "
                     "x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
                     style, left, top, width, height);
    nf_buffer_text(out, body);
    nf_buffer_text(out, "</svg>\n");
    return !out->failed;
}
