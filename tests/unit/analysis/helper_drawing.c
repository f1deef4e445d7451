/* See helper_drawing.h. */
#include "helper_drawing.h"

void draw_begin(drawing *d)
{
    *d = (drawing){.arena = nf_arena_new()};
    assert_non_null(d->arena);
    d->objects = nf_arena_array(d->arena, OBJECTS_MAX, sizeof *d->objects);
    d->flows = nf_arena_array(d->arena, 2 * OBJECTS_MAX, sizeof *d->flows);
    assert_non_null(d->objects);
    assert_non_null(d->flows);
}

void draw_end(drawing *d)
{
    nf_arena_free(d->arena);
}

nf_guid guid_of(size_t number)
{
    nf_guid guid = {{1}};
    memcpy(guid.bytes + 1, &number, sizeof number);
    return guid;
}

nf_property text_property(const char *name, const char *text)
{
    nf_property p = {.name = name, .kind = NF_PROPERTY_STRING};
    p.as.string.text = text;
    p.as.string.length = strlen(text);
    return p;
}

nf_property guid_property(const char *name, size_t number)
{
    nf_property p = {.name = name, .kind = NF_PROPERTY_GUID};
    p.as.guid = guid_of(number);
    return p;
}

nf_property bool_property(const char *name, bool value)
{
    nf_property p = {.name = name, .kind = NF_PROPERTY_BOOLEAN};
    p.as.boolean = value;
    return p;
}

nf_property part_property(const char *name, const nf_element *element)
{
    nf_property p = {.name = name, .kind = NF_PROPERTY_ELEMENT};
    p.as.element = element;
    return p;
}

nf_property list_property(const char *name, const nf_property *items,
                          size_t count)
{
    nf_property p = {.name = name, .kind = NF_PROPERTY_LIST};
    p.as.list.items = items;
    p.as.list.count = count;
    p.as.list.marker = 3;
    return p;
}

nf_element *element(drawing *d, const char *type, nf_property a, nf_property b,
                    nf_property c, nf_property e)
{
    nf_property *properties = nf_arena_array(d->arena, 4, sizeof *properties);
    nf_element *made = nf_arena_alloc(d->arena, sizeof *made);
    assert_non_null(properties);
    assert_non_null(made);
    nf_property given[] = {a, b, c, e};
    size_t count = 0;
    for (size_t i = 0; i < 4; i++)
        if (given[i].name)
            properties[count++] = given[i];
    *made =
        (nf_element){.type = type, .properties = properties, .count = count};
    return made;
}

const nf_property none;

nf_element *add(drawing *d, nf_property *list, size_t *count, size_t number,
                const char *type, nf_property a)
{
    nf_element *made = element(d, type, a, none, none, none);
    made->id = guid_of(number);
    list[(*count)++] = part_property("", made);
    return made;
}

void object(drawing *d, size_t number, const char *type, nf_property a)
{
    add(d, d->objects, &d->object_count, number, type, a);
}

void object_at(drawing *d, size_t number, const char *type, const char *middle,
               const char *size, nf_property a)
{
    nf_element *made =
        element(d, type, text_property("RelativeMiddlePoint", middle),
                text_property("Size", size), a, none);
    made->id = guid_of(number);
    d->objects[d->object_count++] = part_property("", made);
}

nf_property set_action(drawing *d, const char *name)
{
    return part_property("Action",
                         element(d, "Microflows$ChangeVariableAction",
                                 text_property("ChangeVariableName", name),
                                 text_property("Value", "1"), none, none));
}

void activity(drawing *d, size_t number, const char *name)
{
    object(d, number, "Microflows$ActionActivity", set_action(d, name));
}

nf_property condition(drawing *d, const char *expression)
{
    return part_property("SplitCondition",
                         element(d, "Microflows$ExpressionSplitCondition",
                                 text_property("Expression", expression), none,
                                 none, none));
}

void flow(drawing *d, size_t from, size_t to, const char *value, bool error)
{
    nf_property cases = none, handler = none;
    if (value) {
        nf_property *items = nf_arena_array(d->arena, 1, sizeof *items);
        assert_non_null(items);
        items[0] = part_property("", element(d, "Microflows$EnumerationCase",
                                             text_property("Value", value),
                                             none, none, none));
        cases = list_property("CaseValues", items, 1);
    }
    if (error)
        handler = bool_property("IsErrorHandler", true);
    nf_element *made = element(
        d, "Microflows$SequenceFlow", guid_property("OriginPointer", from),
        guid_property("DestinationPointer", to), cases, handler);
    d->flows[d->flow_count++] = part_property("", made);
}

const nf_element *document_element(drawing *d)
{
    nf_element *collection =
        element(d, "Microflows$MicroflowObjectCollection",
                list_property("Objects", d->objects, d->object_count), none,
                none, none);
    return element(d, "Microflows$Nanoflow",
                   part_property("ObjectCollection", collection),
                   list_property("Flows", d->flows, d->flow_count), none, none);
}
