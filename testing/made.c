/* See test_element.h. Ids are made of a mark, the line and a number. */
#include "testing/made.h"

#include <string.h>

static const uint8_t mark[8] = {'t', 'e', 's', 't', 'b', 'o', 'd', 'y'};

nf_made *nf_make(nf_arena *arena, const char *type, uint32_t number, long line)
{
    nf_made *made = nf_arena_alloc(arena, sizeof *made);
    if (!made)
        return NULL;
    uint8_t *bytes = made->element.id.bytes;
    memcpy(bytes, mark, sizeof mark);
    for (int i = 0; i < 4; i++) {
        bytes[8 + i] = (uint8_t)((unsigned long)line >> (24 - 8 * i));
        bytes[12 + i] = (uint8_t)(number >> (24 - 8 * i));
    }
    made->element.type = type;
    made->element.properties = made->properties;
    return made;
}

long nf_make_line(const char *id)
{
    nf_guid guid;
    long line = 0;
    if (!nf_guid_parse(&guid, id) || memcmp(guid.bytes, mark, sizeof mark) != 0)
        return 0;
    for (int i = 0; i < 4; i++)
        line = line << 8 | guid.bytes[8 + i];
    return line;
}

/* Kept in the order of storage (MF-E5). */
static nf_property *add(nf_made *made, const char *name, nf_property_kind kind)
{
    size_t at = made->element.count;
    if (at == NF_MADE_PROPERTIES)
        return NULL;
    made->element.count++;
    nf_property *p = &made->properties[at];
    *p = (nf_property){.name = name, .kind = kind};
    return p;
}

void nf_make_text(nf_made *made, const char *name, const char *text)
{
    nf_property *p = made && text ? add(made, name, NF_PROPERTY_STRING) : NULL;
    if (!p)
        return;
    p->as.string.text = text;
    p->as.string.length = strlen(text);
    nf_properties_sort(made->properties, made->element.count);
}

void nf_make_bool(nf_made *made, const char *name, bool value)
{
    nf_property *p = made ? add(made, name, NF_PROPERTY_BOOLEAN) : NULL;
    if (!p)
        return;
    p->as.boolean = value;
    nf_properties_sort(made->properties, made->element.count);
}

void nf_make_guid(nf_made *made, const char *name, const nf_guid *guid)
{
    nf_property *p = made ? add(made, name, NF_PROPERTY_GUID) : NULL;
    if (!p)
        return;
    p->as.guid = *guid;
    nf_properties_sort(made->properties, made->element.count);
}

void nf_make_part(nf_made *made, const char *name, nf_made *part)
{
    nf_property *p = made && part ? add(made, name, NF_PROPERTY_ELEMENT) : NULL;
    if (!p)
        return;
    p->as.element = &part->element;
    nf_properties_sort(made->properties, made->element.count);
}

void nf_make_list(nf_made *made, const char *name, const nf_made_list *list)
{
    nf_property *p = made ? add(made, name, NF_PROPERTY_LIST) : NULL;
    if (!p)
        return;
    p->as.list.items = list->items;
    p->as.list.count = list->count;
    p->as.list.marker = 2;
    nf_properties_sort(made->properties, made->element.count);
}

static nf_property *grow(nf_arena *arena, nf_made_list *list)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 8;
        nf_property *items = nf_arena_array(arena, capacity, sizeof *items);
        if (!items)
            return NULL;
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->capacity = capacity;
    }
    nf_property *p = &list->items[list->count++];
    *p = (nf_property){.name = ""};
    return p;
}

bool nf_make_item(nf_arena *arena, nf_made_list *list, nf_made *item)
{
    nf_property *p = item ? grow(arena, list) : NULL;
    if (!p)
        return false;
    p->kind = NF_PROPERTY_ELEMENT;
    p->as.element = &item->element;
    return true;
}

bool nf_make_item_text(nf_arena *arena, nf_made_list *list, const char *text)
{
    nf_property *p = text ? grow(arena, list) : NULL;
    if (!p)
        return false;
    p->kind = NF_PROPERTY_STRING;
    p->as.string.text = text;
    p->as.string.length = strlen(text);
    return true;
}
