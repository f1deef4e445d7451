/* Domain models as pictures: entities where the model has them, or in the
 * layered layout; associations with their multiplicity, an arrow to the side
 * that is not the owner, and what deleting does. */
#include "analysis/domain.h"
#include "analysis/layout.h"
#include "analysis/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER = 24,
    ROW = 15,
    BOTTOM = 6,
    SIDE = 8,
    NARROWEST = 90,
    WIDEST = 320,
    MEMBERS_MAX = 60, /* of one entity; more are counted */
};

typedef struct link {
    const nf_association *association;
    const char *row;
} link;

typedef struct entity_box {
    const nf_domain_entity *item;
    const char *name, *base;
    const char **rows; /* attributes */
    link *links;       /* associations with other modules */
    size_t row_count, link_count;
    int left, top, width, height;
} entity_box;

typedef struct painter {
    nf_svg svg;
    nf_arena *arena;
    const nf_model *model;
    const nf_domain *domain;
    const nf_domain *outward; /* lines that leave the module; NULL none */
    entity_box *boxes;
    nf_layout_edge *routes; /* by line, where we laid out; NULL */
    bool failed;
} painter;

/* ---- boxes ------------------------------------------------------------- */

static const char *attribute_row(painter *p, const nf_attribute *attribute)
{
    nf_buffer text;
    nf_buffer_init(&text, NF_BUFFER_MAX);
    nf_buffer_format(&text, "%s: ", attribute->name);
    nf_domain_attribute_type(&text, attribute);
    if (attribute->calculated)
        nf_buffer_text(&text, ", calculated");
    return nf_label_line(p->arena, nf_label_take(p->arena, &text), NF_SVG_SMALL,
                         WIDEST - 2 * SIDE);
}

static void widen(entity_box *box, const char *text, int size)
{
    int width = nf_label_width(text, strlen(text), size) + 2 * SIDE;
    if (width > box->width)
        box->width = width;
}

static const char *delete_sign(nf_delete_behavior behavior)
{
    return behavior == NF_DELETE_CASCADE   ? " \xc3\x97"
           : behavior == NF_DELETE_PREVENT ? " !"
                                           : "";
}

/* An association with an entity of another module: "*→1 System.User", with
 * the signs of paint_end. */
static const char *outward_row(painter *p, const nf_association *a)
{
    const char *row = nf_arena_format(
        p->arena, "%s%s\xe2\x86\x92%s%s %s", nf_domain_parents(a),
        delete_sign(a->parent_delete), nf_domain_children(a),
        delete_sign(a->child_delete), a->child->qualified);
    return nf_label_line(p->arena, row ? row : "", NF_SVG_SMALL,
                         WIDEST - 2 * SIDE);
}

static void add_outward_rows(painter *p, entity_box *box)
{
    size_t count = p->outward ? p->outward->line_count : 0, found = 0;
    size_t self = (size_t)(box->item - p->domain->entities);
    box->links = nf_arena_array(p->arena, count + 1, sizeof *box->links);
    if (!box->links) {
        p->failed = true;
        return;
    }
    for (size_t i = 0; i < count && found < MEMBERS_MAX; i++) {
        const nf_domain_line *line = &p->outward->lines[i];
        if (line->from != self)
            continue;
        const char *row = outward_row(p, line->association);
        box->links[found++] = (link){line->association, row};
        widen(box, row, NF_SVG_SMALL);
    }
    box->link_count = found;
}

static void add_rows(painter *p, entity_box *box)
{
    const nf_entity *entity = box->item->entity;
    size_t count = entity->member_count - entity->own_member_start;
    box->rows = nf_arena_array(p->arena, count + 1, sizeof *box->rows);
    if (!box->rows) {
        p->failed = true;
        return;
    }
    size_t left_out = 0;
    for (size_t i = entity->own_member_start; i < entity->member_count; i++) {
        const nf_attribute *attribute = entity->members[i].attribute;
        if (!attribute || attribute->system)
            continue;
        if (box->row_count == MEMBERS_MAX) {
            left_out++;
            continue;
        }
        const char *row = attribute_row(p, attribute);
        box->rows[box->row_count++] = row;
        widen(box, row, NF_SVG_SMALL);
    }
    if (left_out) {
        const char *more = nf_arena_format(p->arena, "and %zu more", left_out);
        box->rows[box->row_count++] = more ? more : "";
    }
}

static void measure(painter *p, entity_box *box, const nf_domain_entity *item)
{
    const nf_entity *entity = item->entity;
    *box = (entity_box){.item = item, .width = NARROWEST};
    bool here = entity->module == p->domain->module;
    box->name = nf_label_line(p->arena, here ? entity->name : entity->qualified,
                              NF_SVG_FONT, WIDEST - 2 * SIDE);
    box->base = "";
    if (entity->generalization &&
        entity->generalization->module != p->domain->module)
        box->base = nf_label_line(p->arena, entity->generalization->qualified,
                                  NF_SVG_SMALL, WIDEST);
    widen(box, box->name, NF_SVG_FONT);
    if (item->own) {
        add_rows(p, box);
        add_outward_rows(p, box);
    }
    size_t rows = box->row_count + box->link_count;
    box->height = HEADER + (int)rows * ROW + (rows ? BOTTOM : 0);
}

/* ---- places ------------------------------------------------------------ */

static bool read_place(entity_box *box)
{
    nf_point at;
    if (!box->item->own ||
        !nf_point_read(&at,
                       nf_element_string(box->item->element, "Location", "")))
        return false;
    box->left = at.x;
    box->top = at.y;
    return true;
}

/* Widths are estimates on the safe side: a box that would reach into its
 * neighbour is made a little narrower. */
static void squeeze(painter *p)
{
    enum { GAP = 4, LEAST_PERCENT = 88 };
    for (size_t i = 0; i < p->domain->count; i++) {
        entity_box *box = &p->boxes[i];
        int least = box->width * LEAST_PERCENT / 100;
        for (size_t j = 0; j < p->domain->count; j++) {
            const entity_box *other = &p->boxes[j];
            int room = other->left - box->left - GAP;
            if (room >= least && room < box->width &&
                other->top < box->top + box->height &&
                box->top < other->top + other->height)
                box->width = room;
        }
    }
}

/* False where some have no place, or lie on top of each other. */
static bool use_stored(painter *p)
{
    for (size_t i = 0; i < p->domain->count; i++) {
        if (!read_place(&p->boxes[i]))
            return false;
        for (size_t j = 0; j < i; j++)
            if (p->boxes[j].left == p->boxes[i].left &&
                p->boxes[j].top == p->boxes[i].top)
                return false;
    }
    squeeze(p);
    return true;
}

/* Entities without lines: in rows below `top`. */
static void place_single(painter *p, const bool *joined, int right, int top)
{
    enum { GAP = 40, LEAST = 1000 };
    int x = 0, highest = 0, limit = right > LEAST ? right : LEAST;
    for (size_t i = 0; i < p->domain->count; i++) {
        entity_box *box = &p->boxes[i];
        if (joined[i])
            continue;
        if (x && x + box->width > limit) {
            top += highest + GAP;
            x = highest = 0;
        }
        box->left = x;
        box->top = top;
        x += box->width + GAP;
        highest = box->height > highest ? box->height : highest;
    }
}

/* In layers; `node` maps boxes to nodes of the layout. */
static nf_status lay_out(painter *p, nf_error *err)
{
    const nf_domain *domain = p->domain;
    const nf_layout_space space = {.column = 150, .lane = 60};
    size_t count = 0;
    size_t *node = nf_arena_array(p->arena, domain->count + 1, sizeof *node);
    bool *joined = nf_arena_array(p->arena, domain->count + 1, sizeof *joined);
    nf_layout_node *nodes =
        nf_arena_array(p->arena, domain->count + 1, sizeof *nodes);
    p->routes =
        nf_arena_array(p->arena, domain->line_count + 1, sizeof *p->routes);
    if (!node || !joined || !nodes || !p->routes)
        return nf_error_nomem(err);
    for (size_t i = 0; i < domain->line_count; i++)
        joined[domain->lines[i].from] = joined[domain->lines[i].to] = true;
    for (size_t i = 0; i < domain->count; i++)
        if (joined[i]) {
            node[i] = count;
            nodes[count].width = p->boxes[i].width;
            nodes[count++].height = p->boxes[i].height;
        }
    for (size_t i = 0; i < domain->line_count; i++) {
        p->routes[i].from = node[domain->lines[i].from];
        p->routes[i].to = node[domain->lines[i].to];
    }
    nf_status status = nf_layout(p->arena, nodes, count, p->routes,
                                 domain->line_count, &space, err);
    if (status != NF_OK)
        return status;
    int right = 0, bottom = -space.lane;
    for (size_t i = 0; i < domain->count; i++) {
        entity_box *box = &p->boxes[i];
        if (!joined[i])
            continue;
        box->left = nodes[node[i]].x - box->width / 2;
        box->top = nodes[node[i]].y - box->height / 2;
        if (box->left + box->width > right)
            right = box->left + box->width;
        if (box->top + box->height > bottom)
            bottom = box->top + box->height;
    }
    place_single(p, joined, right, bottom + space.lane);
    return NF_OK;
}

/* ---- entities ---------------------------------------------------------- */

static const char *delete_word(nf_delete_behavior behavior)
{
    return behavior == NF_DELETE_CASCADE   ? "deletes the other side too"
           : behavior == NF_DELETE_PREVENT ? "only without the other side"
                                           : NULL;
}

static void line_title(painter *p, const nf_association *a)
{
    nf_buffer title;
    nf_buffer_init(&title, NF_BUFFER_MAX);
    nf_buffer_format(&title, "%s: %s to %s", a->qualified, a->parent->qualified,
                     a->child->qualified);
    const char *parent = delete_word(a->parent_delete),
               *child = delete_word(a->child_delete);
    if (parent)
        nf_buffer_format(&title, "\ndeleting a %s %s", a->parent->name, parent);
    if (child)
        nf_buffer_format(&title, "\ndeleting a %s %s", a->child->name, child);
    nf_svg_title(&p->svg, nf_label_take(p->arena, &title));
}

static void paint_entity(painter *p, size_t index)
{
    const entity_box *box = &p->boxes[index];
    const nf_entity *entity = box->item->entity;
    nf_buffer classes, title;
    char guid[NF_GUID_TEXT_SIZE];
    nf_guid_text(&entity->id, guid);
    const char *id = nf_arena_format(p->arena, "e%zu-%s", index, guid);
    nf_buffer_init(&classes, NF_BUFFER_MAX);
    nf_buffer_init(&title, NF_BUFFER_MAX);
    nf_buffer_format(&classes, "entity %s%s", nf_domain_kind(entity),
                     entity->module == p->domain->module ? ""
                                                         : " other-module");
    nf_buffer_format(&title, "%s entity %s", nf_domain_kind(entity),
                     entity->qualified);
    const char *documentation =
        nf_element_string(box->item->element, "Documentation", "");
    if (*documentation)
        nf_buffer_format(&title, "\n%s", documentation);
    nf_svg_open(&p->svg, id, nf_label_take(p->arena, &classes));
    nf_svg_title(&p->svg, nf_label_take(p->arena, &title));
    nf_svg_rectangle(&p->svg, "box", box->left, box->top, box->width,
                     box->height, 5);
    nf_svg_rectangle(&p->svg, "bar", box->left + 1, box->top + 1,
                     box->width - 2, HEADER - 2, 4);
    nf_svg_text(&p->svg, "name", box->left + box->width / 2, box->top + 16,
                NF_SVG_FONT, NF_ANCHOR_MIDDLE, box->name);
    nf_svg_text(&p->svg, "base halo", box->left + box->width / 2, box->top - 5,
                NF_SVG_SMALL, NF_ANCHOR_MIDDLE, box->base);
    for (size_t i = 0; i < box->row_count; i++)
        nf_svg_text(&p->svg, "small", box->left + SIDE,
                    box->top + HEADER + 11 + (int)i * ROW, NF_SVG_SMALL,
                    NF_ANCHOR_START, box->rows[i]);
    for (size_t i = 0; i < box->link_count; i++) {
        nf_svg_open(&p->svg, NULL, "association outward");
        line_title(p, box->links[i].association);
        nf_svg_text(&p->svg, "result", box->left + SIDE,
                    box->top + HEADER + 11 + (int)(box->row_count + i) * ROW,
                    NF_SVG_SMALL, NF_ANCHOR_START, box->links[i].row);
        nf_svg_close(&p->svg);
    }
    nf_svg_close(&p->svg);
}

/* ---- lines ------------------------------------------------------------- */

/* A stored connection: percents of the width and height. */
static bool stored_end(nf_point *out, const entity_box *box, const char *text)
{
    nf_point at;
    if (!nf_point_read(&at, text) || at.x < 0 || at.y < 0 || at.x > 100 ||
        at.y > 100 || (at.x % 100 && at.y % 100) || !(at.x || at.y))
        return false;
    out->x = box->left + box->width * at.x / 100;
    out->y = box->top + box->height * at.y / 100;
    return true;
}

/* Where the line from the middle of a box to a point leaves the box. */
static nf_point border(const entity_box *box, nf_point to)
{
    double x = box->left + box->width / 2.0, y = box->top + box->height / 2.0;
    double dx = to.x - x, dy = to.y - y;
    double across = dx ? box->width / 2.0 / fabs(dx) : HUGE_VAL;
    double down = dy ? box->height / 2.0 / fabs(dy) : HUGE_VAL;
    double part = across < down ? across : down;
    if (!(part < 1))
        part = 1;
    return (nf_point){(int)lround(x + dx * part), (int)lround(y + dy * part)};
}

static nf_point middle(const entity_box *box)
{
    return (nf_point){box->left + box->width / 2, box->top + box->height / 2};
}

static size_t self_line(const entity_box *box, nf_point *points)
{
    enum { OUT = 34 };
    int right = box->left + box->width, y = box->top + box->height / 2;
    points[0] = (nf_point){right, y};
    points[1] = (nf_point){right + OUT, y};
    points[2] = (nf_point){right + OUT, box->top - OUT / 2};
    points[3] = (nf_point){right - box->width / 4, box->top - OUT / 2};
    points[4] = (nf_point){right - box->width / 4, box->top};
    return 5;
}

/* The nth of several lines between the same two entities is moved aside. */
static int shift_of(const painter *p, size_t index)
{
    enum { STEP = 18 };
    size_t same = 0;
    const nf_domain_line *line = &p->domain->lines[index];
    for (size_t i = index; i-- > 0;) {
        const nf_domain_line *other = &p->domain->lines[i];
        if (other->from != line->from || other->to != line->to)
            break;
        same++;
    }
    return (int)(same % 8 + 1) / 2 * (same % 2 ? STEP : -STEP);
}

static size_t line_points(const painter *p, size_t index, nf_point *points)
{
    const nf_domain_line *line = &p->domain->lines[index];
    const entity_box *a = &p->boxes[line->from], *b = &p->boxes[line->to];
    if (a == b)
        return self_line(a, points);
    if (!p->routes &&
        stored_end(&points[0], a,
                   nf_element_string(line->element, "ParentConnection", "")) &&
        stored_end(&points[1], b,
                   nf_element_string(line->element, "ChildConnection", "")))
        return 2;
    nf_point to = middle(b), from = middle(a);
    int shift = shift_of(p, index);
    bool flat = abs(to.x - from.x) > abs(to.y - from.y);
    points[0] = border(a, to);
    points[1] = border(b, from);
    for (int i = 0; i < 2; i++) {
        points[i].x += flat ? 0 : shift;
        points[i].y += flat ? shift : 0;
    }
    return 2;
}

static void hollow_head(painter *p, nf_point from, nf_point to)
{
    double dx = to.x - from.x, dy = to.y - from.y, length = hypot(dx, dy);
    if (length < 1)
        return;
    dx /= length;
    dy /= length;
    nf_buffer_format(&p->svg.body,
                     "<path class=\"hollow\" d=\"M%d %dL%d %dL%d %dZ\"/>", to.x,
                     to.y, (int)lround(to.x - 12 * dx - 6 * dy),
                     (int)lround(to.y - 12 * dy + 6 * dx),
                     (int)lround(to.x - 12 * dx + 6 * dy),
                     (int)lround(to.y - 12 * dy - 6 * dx));
}

/* The multiplicity at one end, and a sign where deleting does something to
 * the other side: "✕" it goes too, "!" it has to be gone before. */
static void paint_end(painter *p, nf_point at, nf_point from,
                      const char *multiplicity, nf_delete_behavior behavior)
{
    enum { ALONG = 13, ASIDE = 8 };
    double dx = from.x - at.x, dy = from.y - at.y, length = hypot(dx, dy);
    const char *text =
        nf_arena_format(p->arena, "%s%s", multiplicity, delete_sign(behavior));
    if (length < 1 || !text)
        return;
    int x = at.x + (int)lround(dx / length * ALONG - dy / length * ASIDE);
    int y = at.y + (int)lround(dy / length * ALONG + dx / length * ASIDE);
    nf_svg_text(&p->svg, "small halo", x, y + 4, NF_SVG_SMALL, NF_ANCHOR_MIDDLE,
                text);
}

static void paint_line(painter *p, size_t index)
{
    enum { NAME = 160 };
    const nf_domain_line *line = &p->domain->lines[index];
    const nf_association *a = line->association;
    nf_point points[NF_CONNECTOR_POINTS];
    size_t count = line_points(p, index, points);
    if (!a) {
        nf_svg_open(&p->svg, NULL, "generalization");
        nf_svg_connector(&p->svg, points, count, false, false);
        hollow_head(p, points[count - 2], points[count - 1]);
        nf_svg_close(&p->svg);
        return;
    }
    char guid[NF_GUID_TEXT_SIZE];
    nf_guid_text(&a->guid, guid);
    nf_svg_open(&p->svg, nf_arena_format(p->arena, "a%zu-%s", index, guid),
                a->owner_both ? "association both" : "association");
    line_title(p, a);
    nf_svg_connector(&p->svg, points, count, false, !a->owner_both);
    paint_end(p, points[0], points[1], nf_domain_parents(a), a->parent_delete);
    paint_end(p, points[count - 1], points[count - 2], nf_domain_children(a),
              a->child_delete);
    const char *name = nf_label_line(p->arena, a->name, NF_SVG_SMALL, NAME);
    nf_point one = points[count / 2 - 1], other = points[count / 2];
    nf_svg_text(&p->svg, "small halo", (one.x + other.x) / 2,
                (one.y + other.y) / 2 - 4, NF_SVG_SMALL, NF_ANCHOR_MIDDLE,
                name);
    nf_svg_close(&p->svg);
}

/* ---- the whole --------------------------------------------------------- */

static void paint_annotations(painter *p)
{
    enum { WIDTH = 220, INSIDE = 14, LINE = 14 };
    size_t count = nf_element_count(p->domain->element, "Annotations");
    int free_left = p->svg.left, free_top = p->svg.bottom + 30;
    for (size_t i = 0; i < count; i++) {
        const nf_element *item =
            nf_element_item(p->domain->element, "Annotations", i);
        int64_t wide = nf_element_int(item, "Width", WIDTH);
        int width = wide > 40 && wide < 2000 ? (int)wide : WIDTH;
        nf_label label =
            nf_label_wrap(p->arena, nf_element_string(item, "Caption", ""),
                          NF_SVG_FONT, width - INSIDE, NF_LABEL_LINES, true);
        int height = (int)label.count * LINE + 12;
        nf_point at;
        if (!nf_point_read(&at, nf_element_string(item, "Location", "")) ||
            p->routes) {
            at = (nf_point){free_left, free_top};
            free_left += width + 20;
        }
        nf_svg_open(&p->svg, NULL, "annotation");
        nf_svg_rectangle(&p->svg, "box", at.x, at.y, width, height, 2);
        for (size_t j = 0; j < label.count; j++)
            nf_svg_text(&p->svg, "caption", at.x + INSIDE / 2,
                        at.y + 16 + (int)j * LINE, NF_SVG_FONT, NF_ANCHOR_START,
                        label.lines[j]);
        nf_svg_close(&p->svg);
    }
}

static nf_status paint(painter *p, const char *name, const char *note,
                       nf_buffer *out, nf_error *err)
{
    p->boxes = nf_arena_array(p->arena, p->domain->count + 1, sizeof *p->boxes);
    if (!p->boxes)
        return nf_error_nomem(err);
    for (size_t i = 0; i < p->domain->count; i++)
        measure(p, &p->boxes[i], &p->domain->entities[i]);
    if (!use_stored(p)) {
        nf_status status = lay_out(p, err);
        if (status != NF_OK)
            return status;
    }
    for (size_t i = 0; i < p->domain->line_count; i++)
        paint_line(p, i);
    for (size_t i = 0; i < p->domain->count; i++)
        paint_entity(p, i);
    paint_annotations(p);
    return !p->failed && nf_svg_finish(&p->svg, name, name, note, out)
               ? NF_OK
               : nf_error_nomem(err);
}

/* Splits the graph of a module into what lies in it and the lines that lead
 * out, which rows of the entities show. */
static bool split(painter *p, const nf_domain *all, nf_domain *inside,
                  nf_domain *outward)
{
    *inside = *all;
    *outward = *all;
    inside->lines =
        nf_arena_array(p->arena, all->line_count + 1, sizeof *inside->lines);
    outward->lines =
        nf_arena_array(p->arena, all->line_count + 1, sizeof *outward->lines);
    if (!inside->lines || !outward->lines)
        return false;
    inside->count = inside->line_count = outward->line_count = 0;
    while (inside->count < all->count && all->entities[inside->count].own)
        inside->count++;
    for (size_t i = 0; i < all->line_count; i++) {
        nf_domain *side = all->lines[i].to < inside->count ? inside : outward;
        side->lines[side->line_count++] = all->lines[i];
    }
    p->domain = inside;
    p->outward = outward;
    return true;
}

nf_status nf_svg_module(nf_buffer *out, const nf_model *model,
                        const nf_module *module, nf_error *err)
{
    nf_domain domain, inside, outward;
    nf_arena *arena = nf_arena_new();
    if (!arena)
        return nf_error_nomem(err);
    painter p = {.arena = arena, .model = model};
    nf_svg_init(&p.svg, arena);
    nf_status status = nf_domain_of_module(&domain, arena, model, module, err);
    if (status == NF_OK && !split(&p, &domain, &inside, &outward))
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status = paint(&p, module->name, "domain model", out, err);
    nf_svg_dispose(&p.svg);
    nf_arena_free(arena);
    return status;
}

nf_status nf_svg_entity(nf_buffer *out, const nf_model *model,
                        const nf_entity *entity, nf_error *err)
{
    nf_domain domain;
    nf_arena *arena = nf_arena_new();
    if (!arena)
        return nf_error_nomem(err);
    painter p = {.arena = arena, .model = model, .domain = &domain};
    nf_svg_init(&p.svg, arena);
    nf_status status = nf_domain_of_entity(&domain, arena, model, entity, err);
    if (status == NF_OK)
        status = paint(&p, entity->qualified, nf_domain_kind(entity), out, err);
    nf_svg_dispose(&p.svg);
    nf_arena_free(arena);
    return status;
}
