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
    size_t count;
    struct {
        nf_value value; /* NF_KIND_EMPTY and !set: nothing */
        bool set;
        size_t length; /* of a list */
    } slots[];
} remembered;

struct nf_tracer {
    nf_session *session;
    json_object *created, *committed, *deleted, *rolled_back; /* NULL: none */
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
    json_object_put(tracer->created);
    json_object_put(tracer->committed);
    json_object_put(tracer->deleted);
    json_object_put(tracer->rolled_back);
    tracer->created = tracer->committed = NULL;
    tracer->deleted = tracer->rolled_back = NULL;
}

void nf_trace_free(nf_tracer *tracer)
{
    if (!tracer)
        return;
    drop_effects(tracer);
    nf_free(tracer);
}

/* ---- values -------------------------------------------------------------- */

/* Objects by their ids, lists by how much is in them: a trace tells what went
 * on, and is read line by line. */
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

/* Adds what differs from the copies to *changed (made when needed), and
 * renews them. */
static void compare(remembered *r, const nf_frame *frame, json_object **changed)
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

void nf_trace_object(nf_tracer *tracer, const nf_object *object,
                     nf_object_effect effect)
{
    json_object **list = effect == NF_EFFECT_CREATED     ? &tracer->created
                         : effect == NF_EFFECT_COMMITTED ? &tracer->committed
                         : effect == NF_EFFECT_DELETED   ? &tracer->deleted
                                                         : &tracer->rolled_back;
    json_object *item = json_object_new_object();

    if (!*list)
        *list = json_object_new_array();
    nf_json_text(item, "entity", object->entity->qualified);
    nf_json_guid(item, "id", object->id);
    if (effect == NF_EFFECT_COMMITTED) {
        nf_json_text(item, "state",
                     object->state == NF_OBJECT_NEW ? "new" : "changed");
        add_members(item, object);
    }
    json_object_array_add(*list, item);
}

static void move_effects(nf_tracer *tracer, json_object *payload)
{
    struct {
        const char *key;
        json_object **list;
    } effects[] = {
        {"created", &tracer->created},
        {"committed", &tracer->committed},
        {"deleted", &tracer->deleted},
        {"rolledBack", &tracer->rolled_back},
    };

    for (size_t i = 0; i < sizeof effects / sizeof *effects; i++) {
        if (*effects[i].list)
            json_object_object_add(payload, effects[i].key, *effects[i].list);
        *effects[i].list = NULL;
    }
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
        compare(r, frame, &arguments);
    }
    if (arguments)
        json_object_object_add(payload, "arguments", arguments);
    tell(tracer, "flowEnter", payload);
}

void nf_trace_begin(nf_tracer *tracer, nf_execution *x)
{
    remembered *r = remembered_of(x);

    if (r) /* a loop's iterator, say: changed by no step */
        compare(r, nf_execution_frame(x, 0), NULL);
    drop_effects(tracer);
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
    if (r)
        compare(r, frame, &changed);
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
