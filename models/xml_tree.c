/* See xml_tree.h. An element is one block with its attributes and all texts of
 * them. */
#include "models/xml_tree.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"

static void append(nf_xml_node *parent, nf_xml_node *node)
{
    node->parent = parent;
    if (!parent)
        return;
    if (parent->last)
        parent->last->next = node;
    else
        parent->children = node;
    parent->last = node;
}

/* Copies a name in two parts to *at, which moves behind it. */
static const char *put_name(char **at, const char *name, const char **space)
{
    size_t length = strlen(name) + 1;
    char *copy = memcpy(*at, name, length);
    char *split = strchr(copy, NF_XML_SEPARATOR);

    *at += length;
    *space = split ? copy : NULL;
    if (split)
        *split = '\0';
    return split ? split + 1 : copy;
}

nf_xml_node *nf_xml_add_element(nf_xml_node *parent, const char *name,
                                const char *const *attributes, long line)
{
    size_t count = 0, bytes = strlen(name) + 1, size;
    nf_xml_attr *attribute;
    nf_xml_node *node;
    char *at;

    for (; attributes[2 * count]; count++)
        bytes += strlen(attributes[2 * count]) +
                 strlen(attributes[2 * count + 1]) + 2;
    size = sizeof *node + count * sizeof *attribute;
    node = nf_alloc_raw(size + bytes);
    if (!node)
        return NULL;
    memset(node, 0, size);
    attribute = (nf_xml_attr *)(node + 1);
    at = (char *)node + size;
    node->line = line;
    node->name = put_name(&at, name, &node->space);
    node->properties = count ? attribute : NULL;
    for (size_t i = 0; i < count; i++, attribute++) {
        attribute->name = put_name(&at, attributes[2 * i], &attribute->space);
        size = strlen(attributes[2 * i + 1]) + 1;
        attribute->value = memcpy(at, attributes[2 * i + 1], size);
        at += size;
        attribute->next = i + 1 < count ? attribute + 1 : NULL;
    }
    append(parent, node);
    return node;
}

static bool reserve(nf_xml_node *node, size_t more)
{
    size_t need = node->length + more + 1;
    size_t capacity = node->capacity * 2 > need ? node->capacity * 2 : need;
    char *grown;

    if (need <= node->capacity)
        return true;
    grown = nf_realloc_array(node->content, capacity, 1);
    if (!grown)
        return false;
    node->content = grown;
    node->capacity = capacity;
    return true;
}

bool nf_xml_add_text(nf_xml_node *parent, nf_xml_kind kind, const char *text,
                     size_t length, long line)
{
    nf_xml_node *node = parent->last;

    if (!node || node->kind != kind) {
        node = nf_alloc(sizeof *node);
        if (!node)
            return false;
        node->kind = kind;
        node->line = line;
        append(parent, node);
    }
    if (!reserve(node, length))
        return false;
    memcpy(node->content + node->length, text, length);
    node->length += length;
    node->content[node->length] = '\0';
    return true;
}

static void unlink_node(nf_xml_node *node)
{
    nf_xml_node *parent = node->parent, *before = NULL;

    if (!parent)
        return;
    for (nf_xml_node *n = parent->children; n != node; n = n->next)
        before = n;
    if (before)
        before->next = node->next;
    else
        parent->children = node->next;
    if (parent->last == node)
        parent->last = before;
    node->parent = node->next = NULL;
}

void nf_xml_remove(nf_xml_node *node)
{
    if (!node)
        return;
    unlink_node(node);
    /* Without recursion: the first leaf goes, then its next or its parent. */
    while (node) {
        nf_xml_node *child = node->children, *parent = node->parent;

        if (child) {
            node->children = child->next;
            node = child;
            continue;
        }
        nf_free(node->content);
        nf_free(node);
        node = parent;
    }
}

const char *nf_xml_property(const nf_xml_node *node, const char *name)
{
    for (const nf_xml_attr *a = node->properties; a; a = a->next)
        if (!a->space && strcmp(a->name, name) == 0)
            return a->value;
    return NULL;
}
