/* A flow as JSON: parameters, objects with their places, sequence flows. */
#include "analysis/caption.h"
#include "analysis/describe_json.h"
#include "analysis/label.h"
#include "analysis/picture.h"

#include <stdint.h>
#include <string.h>

static void put_parameter(nf_json_writer *w, json_object *array,
                          const nf_shape *s)
{
    json_object *item = json_object_new_object();
    const nf_element *type = nf_element_part(s->element, "VariableType");
    if (!type)
        type = nf_element_part(s->element, "ParameterType");
    nf_json_put_text(w, item, "name",
                     nf_element_string(s->element, "Name", ""));
    nf_json_put_type(w, item, "type", type);
    nf_json_put_bool(w, item, "required",
                     nf_element_bool(s->element, "IsRequired", true));
    nf_json_put_some(w, item, "default",
                     nf_element_string(s->element, "DefaultValue", ""));
    nf_json_put_some(w, item, "documentation",
                     nf_element_string(s->element, "Documentation", ""));
    nf_json_append(w, array, item);
}

/* The lines of the text form. */
static void put_lines(nf_json_writer *w, json_object *item,
                      const nf_element *element)
{
    nf_lines lines;
    nf_buffer text;
    nf_lines_init(&lines, w->arena);
    nf_buffer_init(&text, NF_BUFFER_MAX);
    nf_describe_object(&lines, w->model, element, 0);
    if (!nf_lines_write(&lines, 1, &text))
        w->failed = true;
    while (text.length && text.data[text.length - 1] == '\n')
        text.data[--text.length] = '\0';
    nf_json_put_text(w, item, "text", nf_label_take(w->arena, &text));
    nf_lines_dispose(&lines);
}

static void put_box(nf_json_writer *w, json_object *item, const nf_shape *s)
{
    nf_json_put(w, item, "x", json_object_new_int64(s->x));
    nf_json_put(w, item, "y", json_object_new_int64(s->y));
    nf_json_put(w, item, "width", json_object_new_int64(s->width));
    nf_json_put(w, item, "height", json_object_new_int64(s->height));
}

static void put_in(nf_json_writer *w, json_object *item, const nf_picture *p,
                   const nf_shape *s)
{
    if (s->parent == SIZE_MAX)
        nf_json_put_null(w, item, "in");
    else
        nf_json_put_text(w, item, "in", p->shapes[s->parent].id + 1);
}

/* Ids are those of pictures without their first letter: the guid, and a
 * number where elements share one. */
static void put_object(nf_json_writer *w, json_object *array,
                       const nf_picture *p, size_t index)
{
    static const char *const skipped[] = {"ObjectCollection",
                                          "RelativeMiddlePoint", "Size", NULL};
    const nf_shape *s = &p->shapes[index];
    nf_caption caption = nf_caption_of(w->arena, w->model, s->element);
    json_object *item = json_object_new_object();
    nf_json_put_text(w, item, "id", s->id + 1);
    nf_json_put_text(w, item, "kind", nf_shape_name(s->kind));
    nf_json_put_some(w, item, "action", caption.action);
    nf_json_put_text(w, item, "caption", caption.text);
    put_lines(w, item, s->element);
    nf_json_put_some(w, item, "variable", caption.variable);
    nf_json_put_some(w, item, "errorHandling",
                     nf_caption_error_handling(s->element));
    if (caption.disabled)
        nf_json_put_bool(w, item, "disabled", true);
    nf_json_put_bool(w, item, "reached", p->graph.nodes[index].reached);
    put_in(w, item, p, s);
    put_box(w, item, s);
    nf_json_put_some(w, item, "documentation",
                     nf_element_string(s->element, "Documentation", ""));
    nf_json_put(w, item, "stored", nf_json_stored(w, s->element, skipped));
    nf_json_append(w, array, item);
}

static void put_annotation(nf_json_writer *w, json_object *array,
                           const nf_picture *p, size_t index,
                           json_object *about)
{
    const nf_shape *s = &p->shapes[index];
    json_object *item = json_object_new_object();
    nf_json_put_text(w, item, "id", s->id + 1);
    nf_json_put_text(w, item, "text",
                     nf_element_string(s->element, "Caption", ""));
    nf_json_put(w, item, "about", about);
    put_in(w, item, p, s);
    put_box(w, item, s);
    nf_json_append(w, array, item);
}

/* Annotations, each with the ids of what it is about. */
static void put_annotations(nf_json_writer *w, json_object *object,
                            const nf_picture *p)
{
    json_object *annotations = json_object_new_array();
    json_object **about =
        nf_arena_array(w->arena, p->shape_count + 1, sizeof *about);
    size_t first = p->graph.node_count;
    if (!about)
        w->failed = true;
    for (size_t i = first; about && i < p->shape_count; i++)
        if (p->shapes[i].kind == NF_SHAPE_ANNOTATION)
            about[i] = json_object_new_array();
    for (size_t i = 0; about && i < p->connector_count; i++) {
        const nf_connector *c = &p->connectors[i];
        if (c->kind == NF_CONNECTOR_NOTE && about[c->from])
            nf_json_append(w, about[c->from],
                           json_object_new_string(p->shapes[c->to].id + 1));
    }
    for (size_t i = first; about && i < p->shape_count; i++)
        if (p->shapes[i].kind == NF_SHAPE_ANNOTATION)
            put_annotation(w, annotations, p, i, about[i]);
    nf_json_put(w, object, "annotations", annotations);
}

static void put_cases(nf_json_writer *w, json_object *item,
                      const nf_element *flow)
{
    json_object *cases = json_object_new_array();
    size_t count = nf_element_count(flow, "CaseValues");
    for (size_t i = 0; i <= count; i++) {
        const nf_element *value =
            i < count ? nf_element_item(flow, "CaseValues", i)
                      : (count ? NULL : nf_element_part(flow, "NewCaseValue"));
        if (!value || nf_element_is(value, "Microflows$NoCase"))
            continue;
        const char *name = nf_element_string(value, "Value", "");
        nf_json_append(w, cases,
                       json_object_new_string(*name ? name : "(empty)"));
    }
    nf_json_put(w, item, "cases", cases);
}

static void put_connector(nf_json_writer *w, json_object *array,
                          const nf_picture *p, const nf_connector *c)
{
    json_object *item = json_object_new_object();
    nf_json_put_text(w, item, "id", c->id + 1);
    nf_json_put_text(w, item, "from", p->shapes[c->from].id + 1);
    nf_json_put_text(w, item, "to", p->shapes[c->to].id + 1);
    put_cases(w, item, c->element);
    nf_json_put_bool(w, item, "error", c->kind == NF_CONNECTOR_ERROR);
    nf_json_append(w, array, item);
}

static void put_signature(nf_json_writer *w, json_object *object,
                          const nf_picture *p, const nf_element *flow)
{
    const nf_element *type = nf_element_part(flow, "MicroflowReturnType");
    json_object *parameters = json_object_new_array(),
                *roles = json_object_new_array();
    for (size_t i = p->graph.node_count; i < p->shape_count; i++)
        if (p->shapes[i].kind == NF_SHAPE_PARAMETER)
            put_parameter(w, parameters, &p->shapes[i]);
    nf_json_put(w, object, "parameters", parameters);
    if (!type || nf_element_is(type, "DataTypes$VoidType"))
        nf_json_put_null(w, object, "result");
    else
        nf_json_put_type(w, object, "result", type);
    for (size_t i = 0; i < nf_element_count(flow, "AllowedModuleRoles"); i++)
        nf_json_append(w, roles,
                       json_object_new_string(nf_element_item_string(
                           flow, "AllowedModuleRoles", i)));
    nf_json_put(w, object, "roles", roles);
}

nf_status nf_json_flow(nf_json_writer *w, json_object *object,
                       const nf_element *flow, nf_error *err)
{
    nf_picture picture;
    nf_status status = nf_picture_build(&picture, w->arena, flow, err);
    if (status != NF_OK)
        return status;
    json_object *objects = json_object_new_array(),
                *flows = json_object_new_array();
    put_signature(w, object, &picture, flow);
    if (picture.graph.start == SIZE_MAX)
        nf_json_put_null(w, object, "start");
    else
        nf_json_put_text(w, object, "start",
                         picture.shapes[picture.graph.start].id + 1);
    for (size_t i = 0; i < picture.graph.node_count; i++)
        put_object(w, objects, &picture, i);
    for (size_t i = 0; i < picture.connector_count; i++)
        if (picture.connectors[i].kind != NF_CONNECTOR_NOTE)
            put_connector(w, flows, &picture, &picture.connectors[i]);
    nf_json_put(w, object, "objects", objects);
    nf_json_put(w, object, "flows", flows);
    put_annotations(w, object, &picture);
    return NF_OK;
}
