/* Guids (MF-E2) and the accessors of elements. Pure functions on immutable
 * data; safe from any thread. */
#include "models/element.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* Where each text position takes its byte from: the first three groups are
 * little-endian (MF-E2). */
static const uint8_t byte_order[16] = {3, 2, 1,  0,  5,  4,  7,  6,
                                       8, 9, 10, 11, 12, 13, 14, 15};

void nf_guid_text(const nf_guid *guid, char text[NF_GUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;

    for (size_t i = 0; i < 16; i++) {
        uint8_t byte = guid->bytes[byte_order[i]];

        if (i == 4 || i == 6 || i == 8 || i == 10)
            text[at++] = '-';
        text[at++] = digits[byte >> 4];
        text[at++] = digits[byte & 15];
    }
    text[at] = '\0';
}

bool nf_guid_parse(nf_guid *out, const char *text)
{
    nf_guid guid;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < 16; i++) {
        int high, low;

        if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
            return false;
        high = nf_hex_digit(text[0]);
        low = high < 0 ? -1 : nf_hex_digit(text[1]);
        if (low < 0)
            return false;
        guid.bytes[byte_order[i]] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (*text)
        return false;
    *out = guid;
    return true;
}

bool nf_guid_equal(const nf_guid *a, const nf_guid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool nf_guid_is_zero(const nf_guid *guid)
{
    static const nf_guid zero;

    return nf_guid_equal(guid, &zero);
}

const nf_property *nf_element_get(const nf_element *element, const char *name)
{
    if (!element)
        return NULL;
    for (size_t i = 0; i < element->count; i++)
        if (strcmp(element->properties[i].name, name) == 0)
            return &element->properties[i];
    return NULL;
}

const char *nf_element_string(const nf_element *element, const char *name,
                              const char *fallback)
{
    const nf_property *property = nf_element_get(element, name);

    return property && property->kind == NF_PROPERTY_STRING
               ? property->as.string.text
               : fallback;
}

bool nf_element_bool(const nf_element *element, const char *name, bool fallback)
{
    const nf_property *property = nf_element_get(element, name);

    return property && property->kind == NF_PROPERTY_BOOLEAN
               ? property->as.boolean
               : fallback;
}

int64_t nf_element_int(const nf_element *element, const char *name,
                       int64_t fallback)
{
    const nf_property *property = nf_element_get(element, name);

    return property && (property->kind == NF_PROPERTY_INT32 ||
                        property->kind == NF_PROPERTY_INT64 ||
                        property->kind == NF_PROPERTY_DATETIME)
               ? property->as.integer
               : fallback;
}

const nf_element *nf_element_part(const nf_element *element, const char *name)
{
    const nf_property *property = nf_element_get(element, name);

    return property && property->kind == NF_PROPERTY_ELEMENT
               ? property->as.element
               : NULL;
}

static const nf_property *list(const nf_element *element, const char *name)
{
    const nf_property *property = nf_element_get(element, name);

    return property && property->kind == NF_PROPERTY_LIST ? property : NULL;
}

size_t nf_element_count(const nf_element *element, const char *name)
{
    const nf_property *property = list(element, name);

    return property ? property->as.list.count : 0;
}

static const nf_property *item(const nf_element *element, const char *name,
                               size_t index)
{
    const nf_property *property = list(element, name);

    return property && index < property->as.list.count
               ? &property->as.list.items[index]
               : NULL;
}

const nf_element *nf_element_item(const nf_element *element, const char *name,
                                  size_t index)
{
    const nf_property *found = item(element, name, index);

    return found && found->kind == NF_PROPERTY_ELEMENT ? found->as.element
                                                       : NULL;
}

const char *nf_element_item_string(const nf_element *element, const char *name,
                                   size_t index)
{
    const nf_property *found = item(element, name, index);

    return found && found->kind == NF_PROPERTY_STRING ? found->as.string.text
                                                      : "";
}

bool nf_element_guid(const nf_element *element, const char *name, nf_guid *out)
{
    const nf_property *property = nf_element_get(element, name);

    memset(out, 0, sizeof *out);
    if (!property || property->kind != NF_PROPERTY_GUID ||
        nf_guid_is_zero(&property->as.guid))
        return false;
    *out = property->as.guid;
    return true;
}

bool nf_element_is(const nf_element *element, const char *type)
{
    return element && strcmp(element->type, type) == 0;
}

/* Depth-first search; trees are at most NF_ELEMENT_DEPTH deep, so recursion
 * is bounded. */
static const nf_element *find_in_property(const nf_property *property,
                                          const nf_guid *id)
{
    if (property->kind == NF_PROPERTY_ELEMENT)
        return nf_element_find(property->as.element, id);
    if (property->kind != NF_PROPERTY_LIST)
        return NULL;
    for (size_t i = 0; i < property->as.list.count; i++) {
        const nf_element *found =
            find_in_property(&property->as.list.items[i], id);

        if (found)
            return found;
    }
    return NULL;
}

const nf_element *nf_element_find(const nf_element *element, const nf_guid *id)
{
    if (!element)
        return NULL;
    if (nf_guid_equal(&element->id, id))
        return element;
    for (size_t i = 0; i < element->count; i++) {
        const nf_element *found = find_in_property(&element->properties[i], id);

        if (found)
            return found;
    }
    return NULL;
}

static bool equal_properties(const nf_property *a, const nf_property *b);

static bool equal_values(const nf_property *a, const nf_property *b)
{
    switch (a->kind) {
    case NF_PROPERTY_NULL:
        return true;
    case NF_PROPERTY_STRING:
        return a->as.string.length == b->as.string.length &&
               memcmp(a->as.string.text, b->as.string.text,
                      a->as.string.length) == 0;
    case NF_PROPERTY_BOOLEAN:
        return a->as.boolean == b->as.boolean;
    case NF_PROPERTY_INT32:
    case NF_PROPERTY_INT64:
    case NF_PROPERTY_DATETIME:
        return a->as.integer == b->as.integer;
    case NF_PROPERTY_DOUBLE:
        return memcmp(&a->as.real, &b->as.real, sizeof a->as.real) == 0;
    case NF_PROPERTY_GUID:
        return nf_guid_equal(&a->as.guid, &b->as.guid);
    case NF_PROPERTY_BINARY:
        return a->as.binary.length == b->as.binary.length &&
               (a->as.binary.length == 0 ||
                memcmp(a->as.binary.bytes, b->as.binary.bytes,
                       a->as.binary.length) == 0);
    case NF_PROPERTY_ELEMENT:
        return nf_element_equal(a->as.element, b->as.element);
    case NF_PROPERTY_RAW:
        return a->as.raw.type == b->as.raw.type &&
               a->as.raw.length == b->as.raw.length &&
               (a->as.raw.length == 0 ||
                memcmp(a->as.raw.bytes, b->as.raw.bytes, a->as.raw.length) ==
                    0);
    case NF_PROPERTY_LIST:
        break;
    }
    if (a->as.list.count != b->as.list.count ||
        a->as.list.marker != b->as.list.marker)
        return false;
    for (size_t i = 0; i < a->as.list.count; i++)
        if (!equal_properties(&a->as.list.items[i], &b->as.list.items[i]))
            return false;
    return true;
}

static bool equal_properties(const nf_property *a, const nf_property *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
           equal_values(a, b);
}

bool nf_element_equal(const nf_element *a, const nf_element *b)
{
    if (a->count != b->count || strcmp(a->type, b->type) != 0 ||
        !nf_guid_equal(&a->id, &b->id))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const nf_property *other = &b->properties[i];

        /* Both sides are in the order of MF-E5 as a rule. */
        if (strcmp(a->properties[i].name, other->name) != 0)
            other = nf_element_get(b, a->properties[i].name);
        if (!other || !equal_properties(&a->properties[i], other))
            return false;
    }
    return true;
}

static int compare_properties(const void *a, const void *b)
{
    const char *x = ((const nf_property *)a)->name;
    const char *y = ((const nf_property *)b)->name;
    int order = strcasecmp(x, y);

    return order ? order : strcmp(x, y);
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Stored elements are in order as a rule; most names differ early. */
static bool in_order(const nf_property *properties, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const char *a = properties[i - 1].name, *b = properties[i].name;

        while (*a && *a == *b) {
            a++;
            b++;
        }
        if (small(*a) == small(*b) ||
            (unsigned char)small(*a) > (unsigned char)small(*b))
            return false;
    }
    return true;
}

const char *nf_properties_sort(nf_property *properties, size_t count)
{
    if (in_order(properties, count))
        return NULL;
    qsort(properties, count, sizeof *properties, compare_properties);
    for (size_t i = 1; i < count; i++)
        if (strcmp(properties[i].name, properties[i - 1].name) == 0)
            return properties[i].name;
    return NULL;
}
