/* The steps of a session as events. What a step changed is found by comparing
 * the variables of its invocation with copies made after the step before; what
 * became of objects is collected while it runs. An inner step's effects are its
 * own: the call that it is part of does not tell them again. */
#include "library/trace.h"

#include "base/json.h"
#include "library/json.h"
#include "library/session.h"

#include <string.h>

/* The variables of one invocation, as they were. */
typedef struct remembered {
    struct remembered *outer;
    const nf_frame *frame;
    json_object *round; /* iterators that the step at hand has new; NULL */
    size_t count;
    struct {
        nf_value value; /* NF_KIND_EMPTY and !set: nothing */
        bool set;
        size_t length; /* of a list */
    } slots[];
} remembered;

enum {
    OBJECTS_MAX = 100, /* that one effect of a step tells of */
    TEXT_MAX = 1000    /* bytes of a text */
};

enum { EFFECTS = NF_EFFECT_CHANGED + 1 };

struct nf_tracer {
    nf_session *session;
    json_object *effects[EFFECTS]; /* lists; NULL: none */
    size_t more[EFFECTS];          /* that are not in the lists */
    int64_t changed;               /* id of the last object in its list */
};

nf_tracer *nf_trace_new(nf_session *session)
{
    nf_tracer *tracer = nf_alloc(sizeof *tracer);

    if (tracer)
        tracer->session = session;
    return tracer;
}

static void drop_effects(nf_tracer *tracer)
{
    for (size_t i = 0; i < EFFECTS; i++) {
        json_object_put(tracer->effects[i]);
        tracer->effects[i] = NULL;
        tracer->more[i] = 0;
    }
    tracer->changed = 0;
}

void nf_trace_free(nf_tracer *tracer)
{
    if (!tracer)
        return;
    drop_effects(tracer);
    nf_free(tracer);
}

/* ---- values -------------------------------------------------------------- */

/* Objects by their ids, lists by how much is in them, long texts by how they
 * begin: a trace tells what went on, and is read line by line. */
static json_object *brief(const nf_value *value)
{
    json_object *json;

    if (value->kind == NF_KIND_OBJECT) {
        json = json_object_new_object();
        nf_json_text(json, "entity", value->as.object->entity->qualified);
        nf_json_guid(json, "id", value->as.object->id);
        return json;
    }
    if (value->kind == NF_KIND_LIST) {
        const nf_list *list = value->as.list;

        json = json_object_new_object();
        if (list->entity)
            nf_json_text(json, "entity", list->entity->qualified);
        json_object_object_add(
            json, "count",
            json_object_new_int64((int64_t)nf_list_count(value->as.list)));
        return json;
    }
    if (value->kind == NF_KIND_STRING && value->as.string->length > TEXT_MAX) {
        nf_buffer text;

        nf_buffer_init(&text, NF_BUFFER_MAX);
        nf_buffer_add(&text, value->as.string->text,
                      nf_utf8_cut(value->as.string->text, TEXT_MAX));
        nf_buffer_format(&text, "… (%zu bytes)", value->as.string->length);
        json = text.failed ? NULL
                           : json_object_new_string(nf_buffer_string(&text));
        nf_buffer_dispose(&text);
        return json;
    }
    return nf_json_value(value);
}

static size_t length_of(const nf_value *value)
{
    return value->kind == NF_KIND_LIST ? nf_list_count(value->as.list) : 0;
}

static bool same_value(const nf_value *a, const nf_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case NF_KIND_EMPTY:
        return true;
    case NF_KIND_BOOLEAN:
        return a->as.boolean == b->as.boolean;
    case NF_KIND_INTEGER:
    case NF_KIND_DATETIME:
        return a->as.integer == b->as.integer;
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
        return nf_string_equal(a->as.string, b->as.string);
    case NF_KIND_DECIMAL:
        return !a->big && !b->big
                   ? a->scale == b->scale && a->as.integer == b->as.integer
                   : a->as.bignum == b->as.bignum;
    default:
        return a->as.object == b->as.object;
    }
}

/* The variable of the loop around a step gets the next object when the last
 * step of a round ends: that is no change of this step's. */
static bool is_iterator(const nf_node *node, const char *name)
{
    const nf_node *loop = node ? node->loop : NULL;

    for (; loop; loop = loop->loop)
        if (strcmp(
                nf_element_string(nf_element_part(loop->element, "LoopSource"),
                                  "VariableName", ""),
                name) == 0)
            return true;
    return false;
}

/* Adds what differs from the copies to *changed (made when needed), and
 * renews them. Iterators of the loops around `node` alone (`iterators`), or
 * all others. */
static void compare(remembered *r, const nf_frame *frame, const nf_node *node,
                    bool iterators, json_object **changed)
{
    for (size_t i = 0; i < r->count; i++) {
        nf_value empty = nf_empty(), *old = &r->slots[i].value;
        const char *name = NULL;
        nf_type type;
        const nf_value *now = nf_frame_slot(frame, i, &name, &type);
        size_t length = now ? length_of(now) : 0;

        if ((now != NULL) == r->slots[i].set &&
            same_value(old, now ? now : &empty) && r->slots[i].length == length)
            continue;
        if (now && is_iterator(node, name) != iterators)
            continue;
        nf_value_release(old);
        *old = now ? nf_value_copy(now) : nf_empty();
        r->slots[i].set = now != NULL;
        r->slots[i].length = length;
        if (!now || !changed || strcmp(name, "currentIndex") == 0 ||
            nf_frame_is_predefined(frame, i))
            continue;
        if (!*changed)
            *changed = json_object_new_object();
        json_object_object_add(*changed, name, brief(now));
    }
}

static remembered *remembered_of(nf_execution *x)
{
    remembered *r = *nf_execution_note(x);

    return r && r->frame == nf_execution_frame(x, 0) ? r : NULL;
}

static void forget(nf_execution *x)
{
    void **note = nf_execution_note(x);
    remembered *r = *note;

    *note = r->outer;
    json_object_put(r->round);
    for (size_t i = 0; i < r->count; i++)
        nf_value_release(&r->slots[i].value);
    nf_free(r);
}

void nf_trace_forget(nf_tracer *tracer, nf_execution *x)
{
    (void)tracer;
    while (*nf_execution_note(x))
        forget(x);
}

/* ---- effects ------------------------------------------------------------- */

static void add_members(json_object *item, const nf_object *object)
{
    json_object *members = NULL;

    for (size_t i = 0; i < object->entity->member_count; i++) {
        if (!nf_object_member_changed(object, i))
            continue;
        if (!members)
            members = json_object_new_array();
        json_object_array_add(
            members, json_object_new_string(object->entity->members[i].name));
    }
    if (members)
        json_object_object_add(item, "members", members);
}

static json_object *item_of(const nf_object *object)
{
    json_object *item = json_object_new_object();

    nf_json_text(item, "entity", object->entity->qualified);
    nf_json_guid(item, "id", object->id);
    return item;
}

static void add_item(nf_tracer *tracer, nf_object_effect effect,
                     json_object *item)
{
    json_object **list = &tracer->effects[effect];

    if (!*list)
        *list = json_object_new_array();
    json_object_array_add(*list, item);
}

/* Other objects by their ids: nothing is retrieved for a trace. */
static json_object *brief_member(const nf_value *value)
{
    json_object *list;

    if (value->kind == NF_KIND_ID)
        return nf_json_new_guid(value->as.integer);
    if (value->kind != NF_KIND_IDS)
        return brief(value);
    list = json_object_new_object();
    json_object_object_add(
        list, "count",
        json_object_new_int64(
            (int64_t)(value->as.string->length / sizeof(int64_t))));
    return list;
}

/* Members that are set one after the other are of one item. */
static void add_change(nf_tracer *tracer, nf_object *object,
                       const nf_member *member)
{
    json_object *list = tracer->effects[NF_EFFECT_CHANGED], *item = NULL,
                *members = NULL;
    size_t count = list ? json_object_array_length(list) : 0;

    if (count && tracer->changed == object->id)
        item = json_object_array_get_idx(list, count - 1);
    if (!item) {
        item = item_of(object);
        json_object_object_add(item, "members", json_object_new_object());
        add_item(tracer, NF_EFFECT_CHANGED, item);
        tracer->changed = object->id;
    }
    if (json_object_object_get_ex(item, "members", &members))
        json_object_object_add(members, member->name,
                               brief_member(&object->members[member->index]));
}

void nf_trace_object(nf_tracer *tracer, nf_object *object,
                     nf_object_effect effect, const nf_member *member)
{
    json_object *list = tracer->effects[effect], *item;
    bool goes_on = effect == NF_EFFECT_CHANGED && tracer->changed == object->id;

    if (list && json_object_array_length(list) >= OBJECTS_MAX && !goes_on) {
        tracer->more[effect]++;
        return;
    }
    if (effect == NF_EFFECT_CHANGED) {
        add_change(tracer, object, member);
        return;
    }
    item = item_of(object);
    if (effect == NF_EFFECT_COMMITTED) {
        nf_json_text(item, "state",
                     object->state == NF_OBJECT_NEW ? "new" : "changed");
        add_members(item, object);
    }
    add_item(tracer, effect, item);
}

static void move_effects(nf_tracer *tracer, json_object *payload)
{
    static const char *const keys[EFFECTS] = {
        [NF_EFFECT_CREATED] = "created",
        [NF_EFFECT_COMMITTED] = "committed",
        [NF_EFFECT_DELETED] = "deleted",
        [NF_EFFECT_ROLLED_BACK] = "rolledBack",
        [NF_EFFECT_CHANGED] = "set"};
    json_object *more = NULL;

    for (size_t i = 0; i < EFFECTS; i++) {
        if (tracer->effects[i])
            json_object_object_add(payload, keys[i], tracer->effects[i]);
        tracer->effects[i] = NULL;
        if (!tracer->more[i])
            continue;
        if (!more)
            more = json_object_new_object();
        json_object_object_add(more, keys[i],
                               json_object_new_int64((int64_t)tracer->more[i]));
    }
    if (more)
        json_object_object_add(payload, "more", more);
    drop_effects(tracer);
}

/* ---- events -------------------------------------------------------------- */

static void tell(nf_tracer *tracer, const char *name, json_object *payload)
{
    nf_world_event(&tracer->session->world, name, payload, NULL);
}

/* What a microflow does happens on the server. */
static void add_flow(json_object *payload, const nf_frame *frame)
{
    const nf_flow *flow = nf_program_flow(nf_frame_program(frame));

    nf_json_text(payload, "flow", flow->qualified);
    if (flow->kind != NF_FLOW_NANOFLOW)
        nf_json_text(payload, "side", "server");
}

static json_object *flow_payload(nf_execution *x)
{
    const nf_frame *frame = nf_execution_frame(x, 0);
    json_object *payload = json_object_new_object();
    size_t depth = 0;

    while (nf_execution_frame(x, depth))
        depth++;
    add_flow(payload, frame);
    json_object_object_add(payload, "depth",
                           json_object_new_int64((int64_t)depth));
    return payload;
}

void nf_trace_enter(nf_tracer *tracer, nf_execution *x)
{
    const nf_frame *frame = nf_execution_frame(x, 0);
    size_t count = nf_frame_slot_count(frame);
    json_object *payload = flow_payload(x), *arguments = NULL;
    remembered *r = nf_alloc(sizeof *r + count * sizeof r->slots[0]);

    if (r) {
        r->frame = frame;
        r->count = count;
        r->outer = *nf_execution_note(x);
        *nf_execution_note(x) = r;
        compare(r, frame, NULL, false, &arguments);
    }
    if (arguments)
        json_object_object_add(payload, "arguments", arguments);
    tell(tracer, "flowEnter", payload);
}

void nf_trace_begin(nf_tracer *tracer, nf_execution *x)
{
    const nf_frame *frame = nf_execution_frame(x, 0);
    remembered *r = remembered_of(x);

    drop_effects(tracer);
    if (!r)
        return;
    compare(r, frame, nf_frame_node(frame), true, &r->round);
    compare(r, frame, NULL, false, NULL); /* changed by no step */
}

static const char *type_of(const nf_node *node)
{
    return node->action ? node->action->type : node->element->type;
}

static void add_case(json_object *payload, const nf_graph_flow *flow)
{
    const nf_node *from = flow ? flow->from : NULL;

    if (!from ||
        (from->kind != NF_NODE_SPLIT && from->kind != NF_NODE_TYPE_SPLIT))
        return;
    for (size_t i = 0; i < from->edge_count; i++) {
        const nf_edge *edge = &from->edges[i];

        if (edge->to != flow->to || !edge->case_count)
            continue;
        nf_json_text(payload, "case", edge->cases[0]);
        return;
    }
}

void nf_trace_end(nf_tracer *tracer, nf_execution *x, const nf_graph_flow *flow,
                  const nf_error *error)
{
    const nf_frame *frame = nf_execution_frame(x, 0);
    const nf_node *node = nf_frame_node(frame);
    json_object *payload, *changed = NULL;
    remembered *r = remembered_of(x);
    char id[NF_GUID_TEXT_SIZE];

    if (node->kind == NF_NODE_END && !error) /* flowLeave says it (T1) */
        return;
    payload = json_object_new_object();
    nf_guid_text(&node->element->id, id);
    add_flow(payload, frame);
    nf_json_text(payload, "element", id);
    nf_json_text(payload, "type", type_of(node));
    nf_json_text(payload, "caption", nf_node_caption(node));
    nf_json_text(payload, "outcome", error ? error->code : "ok");
    if (!error)
        add_case(payload, flow);
    if (r) {
        changed = r->round;
        r->round = NULL;
        compare(r, frame, node, false, &changed);
    }
    if (changed)
        json_object_object_add(payload, "changed", changed);
    move_effects(tracer, payload);
    tell(tracer, "activity", payload);
}

void nf_trace_leave(nf_tracer *tracer, nf_execution *x, const nf_value *result,
                    const nf_error *error)
{
    json_object *payload = flow_payload(x);

    if (result && result->kind != NF_KIND_EMPTY)
        json_object_object_add(payload, "result", brief(result));
    if (error)
        nf_json_text(payload, "error", error->code);
    tell(tracer, "flowLeave", payload);
    if (remembered_of(x))
        forget(x);
}
