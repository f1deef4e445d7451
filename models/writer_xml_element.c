/* The complete XML form of an element: lossless and canonical (MF-X2 … X12).
 * The reader decides from models/metamodel.tsv what kind an attribute has;
 * where the stored kind differs, `types` or `bson` says so. */
#include <string.h>

#include "base/real.h"
#include "models/bson.h"
#include "models/libxml.h"
#include "models/writer_xml.h"

enum { ATTRIBUTE_LIMIT = 100 };

/* Whether XML 1.0 can hold the text (MF-X12). */
static bool fits_xml(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
            return false;
        /* U+FFFE and U+FFFF */
        if (c == 0xEF && i + 2 < length && (unsigned char)text[i + 1] == 0xBF &&
            ((unsigned char)text[i + 2] & 0xFE) == 0xBE)
            return false;
    }
    return true;
}

void nf_xml_write_escaped(nf_buffer *out, const char *text, size_t length,
                          bool attribute)
{
    size_t start = 0;

    for (size_t i = 0; i < length; i++) {
        const char *with = text[i] == '&'    ? "&amp;"
                           : text[i] == '<'  ? "&lt;"
                           : text[i] == '>'  ? "&gt;"
                           : text[i] == '\r' ? "&#13;"
                           : !attribute      ? NULL
                           : text[i] == '"'  ? "&quot;"
                           : text[i] == '\n' ? "&#10;"
                           : text[i] == '\t' ? "&#9;"
                                             : NULL;

        if (!with)
            continue;
        nf_buffer_add(out, text + start, i - start);
        nf_buffer_text(out, with);
        start = i + 1;
    }
    nf_buffer_add(out, text + start, length - start);
}

void nf_xml_write_indent(nf_buffer *out, int depth)
{
    nf_buffer_char(out, '\n');
    for (int i = 0; i < depth; i++)
        nf_buffer_char(out, ' ');
}

/* Whether the part of a name is one that XML can hold. The dot stands for the
 * dollar of a type. */
static bool is_name(const char *name, size_t length)
{
    char copy[256];
    bool ascii = true;

    if (!length || length >= sizeof copy)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        bool first = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     c == '_' || (unsigned char)c >= 0x80;

        if (!first && (i == 0 || !((c >= '0' && c <= '9') || c == '-')))
            return false;
        ascii = ascii && (unsigned char)c < 0x80;
        copy[i] = c;
    }
    copy[length] = '\0';
    return ascii || nf_libxml()->xmlValidateNCName(BAD_CAST copy, 0) == 0;
}

/* Two names around one dollar. */
static bool is_type(const char *type)
{
    const char *dollar = strchr(type, '$');

    return dollar && is_name(type, (size_t)(dollar - type)) &&
           is_name(dollar + 1, strlen(dollar + 1));
}

bool nf_xml_is_nameable(const nf_element *element)
{
    for (size_t i = 0; i < element->count; i++) {
        const char *name = element->properties[i].name;

        if (!((*name >= 'A' && *name <= 'Z') || *name == '_') ||
            !is_name(name, strlen(name)))
            return false;
    }
    return is_type(element->type);
}

void nf_xml_write_type(nf_xml_writer *w, const char *type)
{
    for (; *type; type++)
        nf_buffer_char(w->out, *type == '$' ? '.' : *type);
}

/* What XML can't say is written as BSON: values that Mendix does not store,
 * elements with names that are none in XML. */
static bool is_raw(const nf_property *p)
{
    char text[NF_REAL_TEXT];

    return p->kind == NF_PROPERTY_RAW ||
           (p->kind == NF_PROPERTY_DOUBLE &&
            !nf_real_print(text, p->as.real)) ||
           (p->kind == NF_PROPERTY_ELEMENT &&
            !nf_xml_is_nameable(p->as.element));
}

static const char *kind_name(const nf_property *property)
{
    switch (property->kind) {
    case NF_PROPERTY_STRING:
        return fits_xml(property->as.string.text, property->as.string.length)
                   ? "string"
                   : "utf8b64";
    case NF_PROPERTY_BOOLEAN:
        return "bool";
    case NF_PROPERTY_INT32:
        return "int32";
    case NF_PROPERTY_INT64:
        return "int64";
    case NF_PROPERTY_DOUBLE:
        return is_raw(property) ? "raw" : "double";
    case NF_PROPERTY_ELEMENT:
    case NF_PROPERTY_LIST:
    case NF_PROPERTY_RAW:
        return "raw";
    case NF_PROPERTY_DATETIME:
        return "datetime";
    case NF_PROPERTY_GUID:
        return "guid";
    case NF_PROPERTY_BINARY:
        return "binary";
    default:
        return "null";
    }
}

/* Whether the reader would take the attribute for this kind by itself. */
static bool is_expected(const nf_meta_property *meta, const char *kind)
{
    static const char *const names[] = {[NF_META_STRING] = "string",
                                        [NF_META_BOOL] = "bool",
                                        [NF_META_INT64] = "int64",
                                        [NF_META_DOUBLE] = "double",
                                        [NF_META_DATETIME] = "datetime",
                                        [NF_META_ENUM] = "string",
                                        [NF_META_GUID] = "guid",
                                        [NF_META_POINTER] = "guid",
                                        [NF_META_BINARY] = "binary",
                                        [NF_META_PART] = "",
                                        [NF_META_LIST] = "",
                                        [NF_META_STRINGS] = ""};

    return strcmp(meta ? names[meta->kind] : "string", kind) == 0;
}

static void raw_text(nf_xml_writer *w, const nf_property *p)
{
    nf_buffer bytes;

    nf_buffer_init(&bytes, NF_BUFFER_MAX);
    nf_bson_encode_value(&bytes, p);
    if (bytes.failed)
        w->failed = true;
    else
        nf_write_base64(w->out, bytes.data, bytes.length);
    nf_buffer_dispose(&bytes);
}

static void scalar_text(nf_xml_writer *w, const nf_property *p, bool attribute)
{
    char guid[NF_GUID_TEXT_SIZE], real[NF_REAL_TEXT];

    switch (p->kind) {
    case NF_PROPERTY_STRING:
        if (fits_xml(p->as.string.text, p->as.string.length))
            nf_xml_write_escaped(w->out, p->as.string.text, p->as.string.length,
                                 attribute);
        else
            nf_write_base64(w->out, p->as.string.text, p->as.string.length);
        break;
    case NF_PROPERTY_BOOLEAN:
        nf_buffer_text(w->out, p->as.boolean ? "true" : "false");
        break;
    case NF_PROPERTY_INT32:
    case NF_PROPERTY_INT64:
    case NF_PROPERTY_DATETIME:
        nf_buffer_format(w->out, "%lld", (long long)p->as.integer);
        break;
    case NF_PROPERTY_DOUBLE:
        if (nf_real_print(real, p->as.real))
            nf_buffer_text(w->out, real);
        else
            raw_text(w, p);
        break;
    case NF_PROPERTY_GUID:
        nf_guid_text(&p->as.guid, guid);
        nf_buffer_text(w->out, guid);
        break;
    case NF_PROPERTY_BINARY:
        nf_write_base64(w->out, p->as.binary.bytes, p->as.binary.length);
        break;
    case NF_PROPERTY_ELEMENT:
    case NF_PROPERTY_LIST:
    case NF_PROPERTY_RAW:
        raw_text(w, p);
        break;
    case NF_PROPERTY_NULL:
        break;
    }
}

/* MF-X5: long texts and texts with a line end are elements; so are nulls of
 * parts (MF-X7). */
static bool is_attribute(const nf_meta_property *meta, const nf_property *p)
{
    if (p->kind == NF_PROPERTY_ELEMENT || p->kind == NF_PROPERTY_LIST ||
        is_raw(p))
        return false;
    if (p->kind == NF_PROPERTY_NULL)
        return !meta || meta->kind != NF_META_PART;
    if (p->kind == NF_PROPERTY_BINARY)
        return p->as.binary.length <= ATTRIBUTE_LIMIT / 2;
    return p->kind != NF_PROPERTY_STRING ||
           (p->as.string.length <= ATTRIBUTE_LIMIT &&
            !memchr(p->as.string.text, '\n', p->as.string.length) &&
            !memchr(p->as.string.text, '\r', p->as.string.length));
}

static void write_attributes(nf_xml_writer *w, const nf_element *element,
                             const nf_meta_type *meta)
{
    bool any = false;

    for (size_t i = 0; i < element->count; i++) {
        const nf_property *p = &element->properties[i];
        const nf_meta_property *m = nf_meta_find_property(meta, p->name);

        if (!is_attribute(m, p) || p->kind == NF_PROPERTY_NULL)
            continue;
        nf_buffer_format(w->out, " %s=\"", p->name);
        scalar_text(w, p, true);
        nf_buffer_char(w->out, '"');
    }
    for (size_t i = 0; i < element->count; i++) {
        const nf_property *p = &element->properties[i];
        const nf_meta_property *m = nf_meta_find_property(meta, p->name);

        if (!is_attribute(m, p) || is_expected(m, kind_name(p)))
            continue;
        nf_buffer_format(w->out, "%s%s=%s", any ? " " : " types=\"", p->name,
                         kind_name(p));
        any = true;
    }
    if (any)
        nf_buffer_char(w->out, '"');
}

void nf_xml_write_id(nf_xml_writer *w, const nf_element *element)
{
    char id[NF_GUID_TEXT_SIZE];

    nf_guid_text(&element->id, id);
    nf_buffer_format(w->out, " id=\"%s\"", id);
}

void nf_xml_write_end(nf_xml_writer *w, const char *tag)
{
    nf_buffer_text(w->out, "</");
    for (; *tag; tag++)
        nf_buffer_char(w->out, *tag == '$' ? '.' : *tag);
    nf_buffer_char(w->out, '>');
}

static void write_item(nf_xml_writer *w, const nf_property *item, int depth)
{
    const char *kind = kind_name(item);

    nf_xml_write_indent(w->out, depth);
    if (item->kind == NF_PROPERTY_ELEMENT && !is_raw(item)) {
        const nf_element *element = item->as.element;

        nf_buffer_char(w->out, '<');
        nf_xml_write_type(w, element->type);
        nf_xml_write_id(w, element);
        nf_xml_write_rest(w, element, element->type, depth, NULL);
        return;
    }
    nf_buffer_text(w->out, "<item");
    if (strcmp(kind, "string") != 0)
        nf_buffer_format(w->out, " bson=\"%s\"", kind);
    nf_buffer_char(w->out, '>');
    scalar_text(w, item, false);
    nf_buffer_text(w->out, "</item>");
}

static void write_list(nf_xml_writer *w, const nf_property *p,
                       const nf_meta_property *meta, int depth)
{
    bool known =
        meta && (meta->kind == NF_META_LIST || meta->kind == NF_META_STRINGS);

    nf_buffer_format(w->out, "<%s", p->name);
    if (!known || meta->marker != p->as.list.marker)
        nf_buffer_format(w->out, " list=\"%d\"", p->as.list.marker);
    if (!p->as.list.count) {
        nf_buffer_text(w->out, "/>");
        return;
    }
    nf_buffer_char(w->out, '>');
    for (size_t i = 0; i < p->as.list.count; i++)
        write_item(w, &p->as.list.items[i], depth + 1);
    nf_xml_write_indent(w->out, depth);
    nf_xml_write_end(w, p->name);
}

/* A text whose element would be taken for a list or a part says its kind. */
static bool says_kind(const nf_meta_property *meta, const nf_property *p)
{
    return !is_expected(meta, kind_name(p));
}

static void write_child(nf_xml_writer *w, const nf_property *p,
                        const nf_meta_property *meta, int depth)
{
    nf_xml_write_indent(w->out, depth);
    if (p->kind == NF_PROPERTY_LIST) {
        write_list(w, p, meta, depth);
        return;
    }
    nf_buffer_format(w->out, "<%s", p->name);
    if (p->kind == NF_PROPERTY_ELEMENT && !is_raw(p)) {
        nf_buffer_text(w->out, " type=\"");
        nf_xml_write_type(w, p->as.element->type);
        nf_buffer_char(w->out, '"');
        nf_xml_write_id(w, p->as.element);
        nf_xml_write_rest(w, p->as.element, p->name, depth, NULL);
        return;
    }
    if (p->kind == NF_PROPERTY_NULL) {
        nf_buffer_text(w->out, " null=\"true\"/>");
        return;
    }
    if (says_kind(meta, p))
        nf_buffer_format(w->out, " bson=\"%s\"", kind_name(p));
    nf_buffer_char(w->out, '>');
    scalar_text(w, p, false);
    nf_xml_write_end(w, p->name);
}

void nf_xml_write_rest(nf_xml_writer *w, const nf_element *element,
                       const char *tag, int depth, bool *open)
{
    const nf_meta_type *meta = nf_meta_find_stored_type(element->type);
    bool any = false;

    write_attributes(w, element, meta);
    for (size_t i = 0; i < element->count; i++) {
        const nf_property *p = &element->properties[i];
        const nf_meta_property *m = nf_meta_find_property(meta, p->name);

        if (is_attribute(m, p))
            continue;
        if (!any)
            nf_buffer_char(w->out, '>');
        any = true;
        write_child(w, p, m, depth + 1);
    }
    nf_write_full(w->out, w->file, &w->failed_file);
    if (open) {
        *open = any;
        return;
    }
    if (!any) {
        nf_buffer_text(w->out, "/>");
        return;
    }
    nf_xml_write_indent(w->out, depth);
    nf_xml_write_end(w, tag);
}

nf_status nf_element_write_xml(const nf_element *element, nf_buffer *out)
{
    nf_xml_writer w = {.out = out};

    if (!nf_xml_is_nameable(element))
        return NF_INPUT;
    nf_buffer_char(out, '<');
    nf_xml_write_type(&w, element->type);
    nf_xml_write_id(&w, element);
    nf_xml_write_rest(&w, element, element->type, 0, NULL);
    nf_buffer_char(out, '\n');
    return out->failed || w.failed ? NF_NOMEM : NF_OK;
}
