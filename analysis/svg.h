/* SVG for the pictures of this folder: shapes and texts are written to a body
 * while the size grows with them; the document is put around it in the end.
 * It holds no script and nothing from outside; the same input gives the same
 * bytes. */
#ifndef NF_ANALYSIS_SVG_H
#define NF_ANALYSIS_SVG_H

#include "analysis/label.h"
#include "analysis/picture.h"
#include "base/text.h"
#include "models/model.h"

typedef struct nf_svg {
    nf_buffer body;
    nf_arena *arena;
    int left, top, right, bottom; /* around everything written so far */
    bool empty;
} nf_svg;

typedef enum nf_anchor {
    NF_ANCHOR_START,
    NF_ANCHOR_MIDDLE,
    NF_ANCHOR_END
} nf_anchor;

enum {
    NF_SVG_FONT = 11,       /* pixels: captions, headings of boxes */
    NF_SVG_SMALL = 10,      /* variables, labels */
    NF_SVG_LINE = 13,       /* from line to line */
    NF_SVG_TITLE_MAX = 4000 /* bytes of a text that pops up */
};

/* `arena` outlives it. Disposed also after failures. */
void nf_svg_init(nf_svg *svg, nf_arena *arena);
void nf_svg_dispose(nf_svg *svg);
/* Appends the document: `name` is its title, `heading` (may be "") stands
 * above the picture, `note` after it. False when out of memory. */
bool nf_svg_finish(nf_svg *svg, const char *name, const char *heading,
                   const char *note, nf_buffer *out);

/* Makes sure that a rectangle is inside the picture. */
void nf_svg_cover(nf_svg *svg, int left, int top, int right, int bottom);
/* <g class="…">; `id` may be NULL. */
void nf_svg_open(nf_svg *svg, const char *id, const char *classes);
void nf_svg_close(nf_svg *svg);
/* What pops up over the open group. */
void nf_svg_title(nf_svg *svg, const char *text);
void nf_svg_rectangle(nf_svg *svg, const char *classes, int left, int top,
                      int width, int height, int radius);
/* One line; `y` is its base line. `size` must be the font size of the class. */
void nf_svg_text(nf_svg *svg, const char *classes, int x, int y, int size,
                 nf_anchor anchor, const char *text);
/* The lines of a label, the first base line at `y`. */
void nf_svg_lines(nf_svg *svg, const char *classes, int x, int y, int size,
                  nf_anchor anchor, const nf_label *label);
/* A line with corners (rounded) or one Bézier curve, and the head of an arrow
 * at its end. */
void nf_svg_connector(nf_svg *svg, const nf_point *points, size_t count,
                      bool curve, bool head);
/* A drawing of 16 by 16 around a point; `name` is one of svg.c's. */
void nf_svg_icon(nf_svg *svg, const char *name, int x, int y);

/* What a caller wants to say about an element, for example whether a test
 * reached it: a word for its class ("ran", "ran partly", "not-run" have a
 * style; NULL none), and a line for what pops up (NULL none). Borrowed until
 * the next call. */
typedef struct nf_mark {
    const char *class_name, *note;
} nf_mark;
typedef struct nf_legend {
    const char *class_name, *text;
} nf_legend;
typedef struct nf_marks {
    nf_mark (*of)(void *context, const nf_element *element);
    void *context;
    const char *note;        /* goes on in the heading; NULL none */
    const nf_legend *legend; /* below the picture: what the classes mean */
    size_t legend_count;
} nf_marks;

/* A flow as in the editor. Every object and sequence flow is a group whose id
 * is "n" and the guid of the element. `marks` and `model` may be NULL. Errors:
 * NF_NOMEM; NF_FAILED bad_flow (too many objects). Any thread. */
nf_status nf_svg_flow(nf_buffer *out, const nf_model *model,
                      const nf_document *document, const nf_element *flow,
                      const nf_marks *marks, nf_error *err);
/* The domain model of a module. Errors: NF_NOMEM. */
nf_status nf_svg_module(nf_buffer *out, const nf_model *model,
                        const nf_module *module, nf_error *err);
/* One entity with what it is associated with. Errors: NF_NOMEM. */
nf_status nf_svg_entity(nf_buffer *out, const nf_model *model,
                        const nf_entity *entity, nf_error *err);

#endif
