/* The stepper of `nanoflow debug`: an observer of the session's steps
 * (interpreter/observe.h) that stops at breakpoints, after steps and at errors
 * that nobody handles, and lets the host look around. Flows run on the same
 * machine as ever, with probes. */
#include "testing/debug.h"

#include "analysis/describe.h"
#include "interpreter/evaluate.h"
#include "library/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a flow as numbered text --------------------------------------------- */

typedef struct listing {
    const nf_debug *debug;
    const char *flow;
    const nf_element *at;   /* marked; NULL none */
    const nf_element *find; /* by element … */
    size_t number;          /* … or by number */
    const char *caption;    /* … or by what is in its line */
    const nf_element *found;
    size_t found_number, count, matches;
} listing;

static bool breaks_at(const nf_debug *d, const char *flow,
                      const nf_element *element)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->breakpoints[i].element == element &&
            strcmp(d->breakpoints[i].flow, flow) == 0)
            return true;
    return false;
}

static bool has_caption(const nf_line *line, const char *caption)
{
    const char *own = nf_element_string(line->element, "Caption", "");

    return strcmp(own, caption) == 0 || strcmp(line->text, caption) == 0;
}

static void margin(void *user, nf_buffer *out, const nf_line *line)
{
    listing *l = user;

    if (!line->element) {
        nf_buffer_text(out, "       ");
        return;
    }
    l->count++;
    nf_buffer_format(out, "%c%c%3zu  ", line->element == l->at ? '>' : ' ',
                     breaks_at(l->debug, l->flow, line->element) ? '*' : ' ',
                     l->count);
    if ((l->find && line->element == l->find) || l->count == l->number ||
        (l->caption && has_caption(line, l->caption))) {
        l->matches++;
        l->found = line->element;
        l->found_number = l->count;
    }
}

static nf_status list_flow(nf_buffer *out, listing *l, const char *flow,
                           nf_error *err)
{
    const nf_model *model = l->debug->session->model;
    nf_named named;
    nf_status status = nf_named_find(&named, model, flow, err);

    if (status)
        return status;
    if (!named.document || !nf_named_is_flow(named.document->type))
        return nf_error_set(err, NF_USAGE, "not_found", "\"%s\" is no flow",
                            flow);
    l->flow = named.document->qualified;
    return nf_describe_flow_with(out, model, named.document, named.element,
                                 margin, l, err);
}

/* ---- where it is --------------------------------------------------------- */

const nf_frame *nf_debug_frame(const nf_debug *d)
{
    return d->x ? nf_execution_frame(d->x, d->level) : NULL;
}

const char *nf_debug_flow(const nf_frame *frame)
{
    return nf_program_flow(nf_frame_program(frame))->qualified;
}

char *nf_debug_take(nf_buffer *out)
{
    char *text = out->failed   ? NULL
                 : out->length ? nf_buffer_take(out)
                               : nf_strdup("");

    nf_buffer_dispose(out);
    return text;
}

static size_t number_of(const nf_debug *d, const nf_frame *frame)
{
    const nf_node *node = nf_frame_node(frame);
    listing l = {.debug = d, .find = node ? node->element : NULL};
    nf_buffer ignored;

    nf_buffer_init(&ignored, NF_BUFFER_MAX);
    list_flow(&ignored, &l, nf_debug_flow(frame), NULL);
    nf_buffer_dispose(&ignored);
    return l.found_number;
}

/* The line of the flow's text for the object that it is at. */
static void write_place(nf_buffer *out, const nf_debug *d,
                        const nf_frame *frame)
{
    const nf_node *node = nf_frame_node(frame);
    nf_arena *arena = nf_arena_new();
    nf_lines lines;

    if (!arena) {
        out->failed = true;
        return;
    }
    nf_lines_init(&lines, arena);
    nf_buffer_format(out, "%s:%zu  ", nf_debug_flow(frame),
                     number_of(d, frame));
    if (node)
        nf_describe_object(&lines, d->session->model, node->element, 0);
    if (lines.count)
        lines.count = 1;
    if (!nf_lines_write(&lines, 1, out))
        out->failed = true;
    nf_lines_dispose(&lines);
    nf_arena_free(arena);
}

char *nf_debug_place(const nf_debug *d)
{
    nf_buffer out;

    nf_buffer_init(&out, NF_BUFFER_MAX);
    if (nf_debug_frame(d))
        write_place(&out, d, nf_debug_frame(d));
    while (out.length && out.data[out.length - 1] == '\n')
        out.data[--out.length] = '\0';
    return nf_debug_take(&out);
}

char *nf_debug_path(const nf_debug *d)
{
    const nf_frame *frame;
    nf_buffer out;

    nf_buffer_init(&out, NF_BUFFER_MAX);
    for (size_t i = 0; d->x && (frame = nf_execution_frame(d->x, i)); i++) {
        nf_buffer_format(&out, "%s%zu  ", i == d->level ? "> " : "  ", i);
        write_place(&out, d, frame);
    }
    return nf_debug_take(&out);
}

bool nf_debug_select(nf_debug *d, size_t level)
{
    if (!d->x || !nf_execution_frame(d->x, level))
        return false;
    d->level = level;
    return true;
}

size_t nf_debug_level(const nf_debug *d)
{
    return d->level;
}

nf_status nf_debug_list(char **out, const nf_debug *d, const char *flow,
                        nf_error *err)
{
    const nf_frame *frame = nf_debug_frame(d);
    const nf_node *node = frame ? nf_frame_node(frame) : NULL;
    listing l = {.debug = d, .at = node ? node->element : NULL};
    nf_buffer text;
    nf_status status;

    *out = NULL;
    if (!flow && !frame)
        return nf_error_set(err, NF_USAGE, "not_found", "no flow runs");
    nf_buffer_init(&text, NF_BUFFER_MAX);
    status = list_flow(&text, &l, flow ? flow : nf_debug_flow(frame), err);
    *out = nf_debug_take(&text);
    if (status) {
        nf_free(*out);
        *out = NULL;
        return status;
    }
    return *out ? NF_OK : nf_error_nomem(err);
}

/* ---- breakpoints --------------------------------------------------------- */

static bool read_number(size_t *out, const char *text)
{
    char *end = NULL;
    unsigned long number =
        *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;

    *out = number;
    return number && end && !*end;
}

static const nf_element *by_guid(const nf_element *collection,
                                 const nf_guid *id)
{
    size_t count = nf_element_count(collection, "Objects");

    for (size_t i = 0; i < count; i++) {
        const nf_element *e = nf_element_item(collection, "Objects", i);
        const nf_element *inner =
            e ? nf_element_part(e, "ObjectCollection") : NULL;

        if (e && memcmp(e->id.bytes, id->bytes, sizeof id->bytes) == 0)
            return e;
        e = inner ? by_guid(inner, id) : NULL;
        if (e)
            return e;
    }
    return NULL;
}

static nf_status find_id(listing *l, const char *flow, const nf_guid *id,
                         nf_error *err)
{
    const nf_model *model = l->debug->session->model;
    nf_named named;
    nf_status status = nf_named_find(&named, model, flow, err);

    if (!status && named.document && named.element)
        l->found =
            by_guid(nf_element_part(named.element, "ObjectCollection"), id);
    return status;
}

/* "FLOW", "FLOW:SPOT" or "SPOT" in the flow at hand; SPOT is a number of the
 * listing, a caption or the line, or a guid. */
static nf_status find_place(listing *l, const nf_debug *d, const char *where,
                            nf_error *err)
{
    const char *colon = strchr(where, ':');
    size_t length = colon ? (size_t)(colon - where) : strlen(where);
    const nf_frame *frame = nf_debug_frame(d);
    char flow[512];
    nf_named named;
    nf_buffer text;
    nf_guid id;
    nf_status status;

    *l = (listing){.debug = d};
    if (length >= sizeof flow)
        return nf_error_set(err, NF_USAGE, "not_found", "the name is too long");
    memcpy(flow, where, length);
    flow[length] = '\0';
    if (nf_named_find(&named, d->session->model, flow, NULL) == NF_OK &&
        named.document && nf_named_is_flow(named.document->type)) {
        where = colon ? colon + 1 : "1";
    } else if (frame) {
        snprintf(flow, sizeof flow, "%s", nf_debug_flow(frame));
    } else {
        return nf_error_set(err, NF_USAGE, "not_found",
                            "there is no flow \"%s\"", flow);
    }
    if (!read_number(&l->number, where))
        l->caption = where;
    nf_buffer_init(&text, NF_BUFFER_MAX);
    status = list_flow(&text, l, flow, err);
    nf_buffer_dispose(&text);
    if (!status && !l->found && nf_guid_parse(&id, where))
        status = find_id(l, flow, &id, err);
    if (status)
        return status;
    if (l->matches > 1)
        return nf_error_set(err, NF_USAGE, "not_found",
                            "%zu objects of %s are called \"%s\": give the "
                            "number",
                            l->matches, l->flow, where);
    if (!l->found)
        return nf_error_set(err, NF_USAGE, "not_found",
                            "%s has no object \"%s\"", l->flow, where);
    return NF_OK;
}

nf_status nf_debug_break(size_t *number, nf_debug *d, const char *where,
                         const char *condition, nf_error *err)
{
    listing l;
    nf_status status = find_place(&l, d, where, err);
    breakpoint *items, made;

    *number = 0;
    if (status)
        return status;
    made = (breakpoint){.number = d->last_number + 1,
                        .flow = l.flow,
                        .element = l.found,
                        .where = nf_strdup(where),
                        .condition = condition ? nf_strdup(condition) : NULL};
    items = nf_grow(d->breakpoints, d->count, &d->capacity, sizeof *items);
    if (items)
        d->breakpoints = items;
    if (!items || !made.where || (condition && !made.condition)) {
        nf_free(made.where);
        nf_free(made.condition);
        return nf_error_nomem(err);
    }
    *number = made.number;
    d->last_number++;
    items[d->count++] = made;
    return NF_OK;
}

static void drop(breakpoint *b)
{
    nf_free(b->where);
    nf_free(b->condition);
}

bool nf_debug_clear(nf_debug *d, size_t number)
{
    bool any = false;
    size_t kept = 0;

    for (size_t i = 0; i < d->count; i++) {
        if (number && d->breakpoints[i].number != number) {
            d->breakpoints[kept++] = d->breakpoints[i];
            continue;
        }
        drop(&d->breakpoints[i]);
        any = true;
    }
    d->count = kept;
    return any;
}

char *nf_debug_breakpoints(const nf_debug *d)
{
    nf_buffer out;

    nf_buffer_init(&out, NF_BUFFER_MAX);
    for (size_t i = 0; i < d->count; i++) {
        const breakpoint *b = &d->breakpoints[i];

        nf_buffer_format(&out, "%zu  %s in %s%s%s\n", b->number, b->where,
                         b->flow, b->condition ? " if " : "",
                         b->condition ? b->condition : "");
    }
    return nf_debug_take(&out);
}

/* ---- stopping ------------------------------------------------------------ */

/* NULL: not here. A condition that can't be evaluated stops, too. */
static const breakpoint *hits(nf_debug *d, nf_error *problem)
{
    const nf_frame *frame = nf_execution_frame(d->x, 0);
    const nf_element *element = nf_frame_node(frame)->element;

    for (size_t i = 0; i < d->count; i++) {
        const breakpoint *b = &d->breakpoints[i];
        nf_evaluated *e = NULL;
        bool yes = true;

        if (b->element != element || strcmp(b->flow, nf_debug_flow(frame)) != 0)
            continue;
        if (b->condition && nf_frame_evaluate(&e, d->x, frame, b->condition,
                                              problem) == NF_OK) {
            const nf_value *value = nf_evaluated_value(e);

            yes = value->kind == NF_KIND_BOOLEAN && value->as.boolean;
        }
        nf_evaluated_free(e);
        if (yes)
            return b;
    }
    return NULL;
}

static void ask(nf_debug *d, nf_debug_reason reason, size_t breakpoint_number,
                const char *problem)
{
    d->level = 0;
    d->how = d->stopped(d->user, d, reason, breakpoint_number, problem);
    d->stop_depth = d->how == NF_DEBUG_OUT ? d->depth - 1 : d->depth;
}

static bool stops_after_step(const nf_debug *d)
{
    return d->how == NF_DEBUG_INTO ||
           ((d->how == NF_DEBUG_OVER || d->how == NF_DEBUG_OUT) &&
            d->depth <= d->stop_depth);
}

static nf_status on_begin(void *user, nf_execution *x, nf_error *err)
{
    nf_debug *d = user;
    nf_error problem = {0};
    const breakpoint *b;

    d->x = x;
    d->told = false;
    b = hits(d, &problem);
    if (b) {
        ask(d, NF_DEBUG_BREAKPOINT, b->number,
            nf_error_is_set(&problem) ? problem.message : NULL);
    } else if (d->interrupted) {
        d->interrupted = 0;
        ask(d, NF_DEBUG_INTERRUPTED, 0, NULL);
    } else if (!d->begun) {
        ask(d, NF_DEBUG_BEGIN, 0, NULL);
    } else if (stops_after_step(d)) {
        ask(d, NF_DEBUG_STEP, 0, NULL);
    }
    d->begun = true;
    d->x = NULL;
    if (d->how != NF_DEBUG_QUIT)
        return NF_OK;
    return nf_error_set(err, NF_CANCELLED, "cancelled",
                        "The call was cancelled");
}

static void on_end(void *user, nf_execution *x, const nf_graph_flow *flow,
                   const nf_error *error)
{
    nf_debug *d = user;

    (void)flow;
    if (!error || d->told || error->status == NF_CANCELLED ||
        nf_execution_handles(x, error))
        return;
    d->told = true;
    d->x = x;
    d->error = error;
    ask(d, NF_DEBUG_ERROR, 0, NULL);
    d->error = NULL;
    d->x = NULL;
}

static void on_enter(void *user, nf_execution *x)
{
    nf_debug *d = user;

    (void)x;
    d->depth++;
}

static void on_leave(void *user, nf_execution *x, const nf_value *result,
                     const nf_error *error)
{
    nf_debug *d = user;

    (void)x;
    (void)result;
    (void)error;
    d->depth--;
}

nf_status nf_debug_new(nf_debug **out, nf_session *session, nf_debug_fn stopped,
                       void *user, nf_error *err)
{
    nf_debug *d = nf_alloc(sizeof *d);
    nf_status status;

    *out = NULL;
    if (!d)
        return nf_error_nomem(err);
    d->session = session;
    d->stopped = stopped;
    d->user = user;
    d->observer = (nf_observer){.begin = on_begin,
                                .end = on_end,
                                .enter = on_enter,
                                .leave = on_leave,
                                .user = d};
    status = nf_session_observe(session, &d->observer, err);
    if (status) {
        nf_free(d);
        return status;
    }
    *out = d;
    return NF_OK;
}

void nf_debug_free(nf_debug *d)
{
    if (!d)
        return;
    nf_session_observe(d->session, NULL, NULL);
    nf_debug_clear(d, 0);
    nf_free(d->breakpoints);
    nf_free(d);
}

void nf_debug_interrupt(nf_debug *d)
{
    d->interrupted = 1;
}
