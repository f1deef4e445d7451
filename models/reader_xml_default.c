/* Hand-written documents: derived ids, scalars, short forms and defaults
 * (MF-X5, X6, X9 … X11, MF-F10, MF-N2). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/real.h"
#include "models/bson.h"
#include "models/reader_xml.h"
#include "base/crypto.h"
#include "base/digest.h"

void nf_xml_derive(nf_guid *out, const char *text)
{
    static const uint8_t namespace_id[16] = {0xe6, 0xd1, 0x54, 0xb0, 0x9e, 0xd7,
                                             0x5d, 0x74, 0x8b, 0x68, 0xcc, 0x17,
                                             0x77, 0x8f, 0x08, 0x28};
    /* UUIDs are big-endian, stored guids are not (MF-E2). */
    static const uint8_t order[16] = {3, 2, 1,  0,  5,  4,  7,  6,
                                      8, 9, 10, 11, 12, 13, 14, 15};
    uint8_t digest[NF_DIGEST_SHA1_SIZE];

    nf_digest_sha1(digest, namespace_id, sizeof namespace_id, text ? text : "");
    digest[6] = (unsigned char)((digest[6] & 0x0f) | 0x50);
    digest[8] = (unsigned char)((digest[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < 16; i++)
        out->bytes[i] = digest[order[i]];
}

void nf_xml_derive_label(const nf_xml_unit *unit, nf_guid *out,
                         const char *label)
{
    char memory[512];
    nf_buffer text;

    nf_buffer_init_on(&text, memory, sizeof memory, NF_BUFFER_MAX);
    nf_buffer_format(&text, "%s#%s", unit->path, label);
    nf_xml_derive(out, nf_buffer_string(&text));
    if (text.failed) /* asked for at the end of the unit */
        nf_arena_fail(unit->reader->arena);
    nf_buffer_dispose(&text);
}

nf_xml_mark nf_xml_enter(nf_xml_unit *unit, const char *property, long index,
                         const char *name)
{
    nf_xml_mark mark = {unit->place.length, unit->called.length};

    nf_buffer_format(&unit->place, "/%s", property);
    if (index >= 0)
        nf_buffer_format(&unit->place, "[%ld]", index);
    if (name && *name)
        nf_buffer_format(&unit->called, "%s%s", mark.called ? "." : "", name);
    else if (!unit->place.failed)
        nf_buffer_text(&unit->called, unit->place.data + mark.place);
    return mark;
}

static void cut(nf_buffer *buffer, size_t length)
{
    if (buffer->failed || !buffer->data)
        return;
    buffer->length = length;
    buffer->data[length] = '\0';
}

void nf_xml_leave(nf_xml_unit *unit, nf_xml_mark mark)
{
    cut(&unit->place, mark.place);
    cut(&unit->called, mark.called);
}

/* ---- scalars ------------------------------------------------------------- */

static nf_status read_integer(const nf_xml_unit *unit, int64_t *out,
                              const char *text, const nf_xml_node *node)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (end == text || *end || errno)
        return nf_xml_fail(unit->reader, node, "\"%s\" is no whole number",
                           text);
    *out = value;
    return NF_OK;
}

static nf_status read_base64(const nf_xml_unit *unit, uint8_t **bytes,
                             size_t *length, const char *text,
                             const nf_xml_node *node)
{
    size_t size = strlen(text), used = 0;
    char *packed = nf_alloc(size + 1);
    int got;

    if (!packed)
        return nf_error_nomem(unit->reader->err);
    for (; *text; text++)
        if (!strchr(" \t\r\n", *text))
            packed[used++] = *text;
    *bytes = nf_arena_alloc(unit->reader->arena, used + 1);
    got = !*bytes || used > INT32_MAX || used % 4 ? -1
          : used ? nf_crypto()->EVP_DecodeBlock(*bytes, (unsigned char *)packed,
                                                (int)used)
                 : 0;
    if (got >= 0 && used)
        got -= packed[used - 2] == '=' ? 2 : packed[used - 1] == '=';
    nf_free(packed);
    if (!*bytes)
        return nf_error_nomem(unit->reader->err);
    if (got < 0)
        return nf_xml_fail(unit->reader, node, "broken Base64");
    *length = (size_t)got;
    return NF_OK;
}

static nf_status read_pointer(const nf_xml_unit *unit, nf_property *out,
                              const char *text, const nf_xml_node *node)
{
    out->kind = NF_PROPERTY_GUID;
    if (nf_guid_parse(&out->as.guid, text) || !*text)
        return NF_OK;
    if (!nf_map_get(unit->labels, text))
        return nf_xml_fail(unit->reader, node,
                           "no element of this unit has the id \"%s\"", text);
    nf_xml_derive_label(unit, &out->as.guid, text);
    return NF_OK;
}

static nf_status read_guid(const nf_xml_unit *unit, nf_property *out,
                           const char *text, const nf_xml_node *node)
{
    out->kind = NF_PROPERTY_GUID;
    if (!nf_guid_parse(&out->as.guid, text))
        return nf_xml_fail(unit->reader, node, "\"%s\" is no GUID", text);
    return NF_OK;
}

/* " of Shop.Order in Phone": what the nearest elements with a name are called,
 * the one of the property first. */
static void place_of(char *out, size_t size, const nf_xml_node *node)
{
    size_t used = 0;
    int found = 0;

    out[0] = '\0';
    for (; node && found < 2 && used < size; node = node->parent) {
        const char *entity = nf_xml_property(node, "Entity");
        const char *name = nf_xml_property(node, "Name");
        if (!entity && !name)
            continue;
        used +=
            (size_t)snprintf(out + used, size - used, "%s%s",
                             found++ ? " in " : " of ", name ? name : entity);
    }
}

static nf_status check_enum(const nf_xml_unit *unit,
                            const nf_meta_property *meta, const char *text,
                            const nf_xml_node *node)
{
    char values[256], place[300];
    size_t used = 0;

    if (unit->reader->complete || !meta || meta->kind != NF_META_ENUM ||
        !meta->allowed_count)
        return NF_OK;
    for (size_t i = 0; i < meta->allowed_count; i++)
        if (strcmp(meta->allowed[i], text) == 0)
            return NF_OK;
    values[0] = '\0';
    for (size_t i = 0; i < meta->allowed_count && used < sizeof values; i++)
        used += (size_t)snprintf(values + used, sizeof values - used, "%s%s",
                                 i ? ", " : "", meta->allowed[i]);
    place_of(place, sizeof place, node);
    return nf_xml_fail(unit->reader, node, "%s=\"%s\"%s is not one of: %s",
                       meta->name, text, place, values);
}

static void set_text(nf_property *out, const char *text)
{
    out->kind = NF_PROPERTY_STRING;
    out->as.string.text = text;
    out->as.string.length = strlen(text);
}

static const char *meta_kind_name(const nf_meta_property *meta)
{
    if (!meta)
        return "string";
    switch (meta->kind) {
    case NF_META_BOOL:
        return "bool";
    case NF_META_INT64:
        return "int64";
    case NF_META_DOUBLE:
        return "double";
    case NF_META_DATETIME:
        return "datetime";
    case NF_META_GUID:
        return "guid";
    case NF_META_POINTER:
        return "pointer";
    case NF_META_BINARY:
        return "binary";
    default:
        return "string";
    }
}

static nf_status read_bool(const nf_xml_unit *unit, nf_property *out,
                           const char *text, const nf_xml_node *node)
{
    out->kind = NF_PROPERTY_BOOLEAN;
    out->as.boolean = strcmp(text, "true") == 0;
    if (!out->as.boolean && strcmp(text, "false") != 0)
        return nf_xml_fail(unit->reader, node,
                           "\"%s\" is neither true nor false", text);
    return NF_OK;
}

static nf_status read_double(const nf_xml_unit *unit, nf_property *out,
                             const char *text, const nf_xml_node *node)
{
    out->kind = NF_PROPERTY_DOUBLE;
    if (!nf_real_parse(&out->as.real, text))
        return nf_xml_fail(unit->reader, node, "\"%s\" is no number", text);
    return NF_OK;
}

/* The content of a binary or of a text that XML can't hold (MF-X12). */
static nf_status read_bytes(const nf_xml_unit *unit, nf_property *out,
                            bool is_text, const char *text,
                            const nf_xml_node *node)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    nf_status status = read_base64(unit, &bytes, &length, text, node);

    if (status)
        return status;
    if (!is_text) {
        out->kind = NF_PROPERTY_BINARY;
        out->as.binary.bytes = bytes;
        out->as.binary.length = length;
        return NF_OK;
    }
    if (!nf_utf8_valid((const char *)bytes, length))
        return nf_xml_fail(unit->reader, node, "the text is not UTF-8");
    bytes[length] = '\0';
    out->kind = NF_PROPERTY_STRING;
    out->as.string.text = (const char *)bytes;
    out->as.string.length = length;
    return NF_OK;
}

/* A value as BSON, for what XML can't say. */
static nf_status read_raw(const nf_xml_unit *unit, nf_property *out,
                          const char *text, const nf_xml_node *node)
{
    nf_error inner = {0};
    uint8_t *bytes = NULL;
    size_t length = 0;
    nf_status status = read_base64(unit, &bytes, &length, text, node);

    if (status)
        return status;
    status =
        nf_bson_decode_value(out, unit->reader->arena, bytes, length, &inner);
    if (status == NF_INPUT)
        return nf_xml_fail(unit->reader, node, "%s", inner.message);
    return status ? nf_error_nomem(unit->reader->err) : NF_OK;
}

nf_status nf_xml_scalar(const nf_xml_unit *unit, nf_property *out,
                        const nf_meta_property *meta, const char *kind,
                        const char *text, const nf_xml_node *node)
{
    if (!kind)
        kind = meta_kind_name(meta);
    if (strcmp(kind, "string") == 0) {
        set_text(out, text);
        return check_enum(unit, meta, text, node);
    }
    if (strcmp(kind, "bool") == 0)
        return read_bool(unit, out, text, node);
    if (strcmp(kind, "pointer") == 0)
        return read_pointer(unit, out, text, node);
    if (strcmp(kind, "guid") == 0)
        return read_guid(unit, out, text, node);
    if (strcmp(kind, "double") == 0)
        return read_double(unit, out, text, node);
    if (strcmp(kind, "raw") == 0)
        return read_raw(unit, out, text, node);
    if (strcmp(kind, "binary") == 0 || strcmp(kind, "utf8b64") == 0)
        return read_bytes(unit, out, *kind == 'u', text, node);
    out->kind = strcmp(kind, "int64") == 0      ? NF_PROPERTY_INT64
                : strcmp(kind, "int32") == 0    ? NF_PROPERTY_INT32
                : strcmp(kind, "datetime") == 0 ? NF_PROPERTY_DATETIME
                                                : NF_PROPERTY_NULL;
    if (out->kind != NF_PROPERTY_NULL)
        return read_integer(unit, &out->as.integer, text, node);
    return strcmp(kind, "null") == 0
               ? NF_OK
               : nf_xml_fail(unit->reader, node, "\"%s\" is no kind of value",
                             kind);
}

nf_status nf_xml_words(const nf_xml_unit *unit, nf_property *out,
                       const char *text, int marker)
{
    size_t count = 0, capacity = 1;
    nf_property *items;

    for (const char *c = text; *c; c++)
        capacity += strchr(" \t\r\n", *c) != NULL;
    items = nf_arena_array(unit->reader->arena, capacity, sizeof *items);
    if (!items)
        return nf_error_nomem(unit->reader->err);
    for (;;) {
        size_t length;
        const char *word;

        text += strspn(text, " \t\r\n");
        length = strcspn(text, " \t\r\n");
        if (!length)
            break;
        word = nf_arena_strndup(unit->reader->arena, text, length);
        if (!word)
            return nf_error_nomem(unit->reader->err);
        items[count].name = "";
        set_text(&items[count++], word);
        text += length;
    }
    out->kind = NF_PROPERTY_LIST;
    out->as.list.items = items;
    out->as.list.count = count;
    out->as.list.marker = marker;
    return NF_OK;
}

/* ---- parts that are not written out -------------------------------------- */

static void set_list(nf_property *out, const nf_property *items, size_t count,
                     int marker)
{
    out->kind = NF_PROPERTY_LIST;
    out->as.list.items = items;
    out->as.list.count = count;
    out->as.list.marker = marker;
}

static nf_status translation(nf_xml_unit *unit, const nf_element **out,
                             const char *text, const nf_xml_node *node)
{
    nf_xml_mark mark = nf_xml_enter(unit, "Items", 0, NULL);
    nf_property_list list = {0};
    nf_property *language = nf_xml_add(unit, &list, "LanguageCode");
    nf_property *value;
    nf_status status = language ? NF_OK : nf_error_nomem(unit->reader->err);
    nf_guid id;

    nf_xml_derive(&id, nf_buffer_string(&unit->place));
    nf_xml_leave(unit, mark);
    if (status)
        return status;
    set_text(language, unit->reader->language);
    value = nf_xml_add(unit, &list, "Text");
    if (!value) {
        nf_free(list.items);
        return NF_NOMEM;
    }
    set_text(value, text);
    return nf_xml_finish(unit, out, &id, "Texts$Translation", &list, node);
}

nf_status nf_xml_text_part(nf_xml_unit *unit, const nf_element **out,
                           const char *name, const char *text,
                           const nf_xml_node *node, int depth)
{
    nf_xml_mark mark = nf_xml_enter(unit, name, -1, NULL);
    nf_property_list list = {0};
    nf_property *item =
        nf_arena_array(unit->reader->arena, 1, sizeof(nf_property));
    nf_property *items;
    nf_status status;
    nf_guid id;

    (void)depth;
    nf_xml_derive(&id, nf_buffer_string(&unit->place));
    if (!item) {
        nf_xml_leave(unit, mark);
        return nf_error_nomem(unit->reader->err);
    }
    item->name = "";
    item->kind = NF_PROPERTY_ELEMENT;
    status = translation(unit, &item->as.element, text, node);
    nf_xml_leave(unit, mark);
    if (status)
        return status;
    items = nf_xml_add(unit, &list, "Items");
    if (!items)
        return NF_NOMEM;
    set_list(items, item, 1, 3);
    return nf_xml_finish(unit, out, &id, "Texts$Text", &list, node);
}

nf_status nf_xml_default_part(nf_xml_unit *unit, const nf_element **out,
                              const char *name, const char *type,
                              const nf_xml_node *node, int depth)
{
    nf_xml_mark mark = nf_xml_enter(unit, name, -1, NULL);
    nf_property_list list = {0};
    nf_status status;
    nf_guid id;

    *out = NULL;
    nf_xml_derive(&id, nf_buffer_string(&unit->place));
    status = depth >= NF_ELEMENT_DEPTH
                 ? nf_xml_fail(unit->reader, node, "nested too deeply")
                 : nf_xml_defaults(unit, &list, nf_meta_find_type(type), node,
                                   depth + 1);
    nf_xml_leave(unit, mark);
    if (status) {
        nf_free(list.items);
        return status;
    }
    return nf_xml_finish(unit, out, &id, type, &list, node);
}

/* MF-F10 and MF-N2: defaults that depend on more than the type. */
static const char *by_rule(const nf_xml_unit *unit,
                           const nf_property_list *list,
                           const nf_meta_property *meta)
{
    if (strcmp(meta->name, "ErrorHandlingType") == 0)
        return strcmp(unit->type, "Microflows$Nanoflow") == 0 ? "=Abort"
                                                              : "=Rollback";
    if (nf_xml_has(list, "DownloadMode") || nf_xml_has(list, "ShouldDownload"))
        return "-";
    return unit->reader->version >= 110400 ? "=Online" : "=All";
}

static nf_status add_default(nf_xml_unit *unit, nf_property_list *list,
                             const nf_meta_property *meta,
                             const nf_xml_node *node, int depth)
{
    const char *missing = meta->missing;
    const nf_element *part = NULL;
    nf_property value = {.kind = NF_PROPERTY_NULL};
    nf_property *added;
    nf_status status = NF_OK;

    if (*missing == '*')
        missing = by_rule(unit, list, meta);
    if (*missing == '-')
        return NF_OK;
    if (*missing == '=') {
        status = nf_xml_scalar(unit, &value, meta, NULL, missing + 1, node);
    } else if (strcmp(missing, "empty") == 0) {
        set_list(&value, NULL, 0, meta->marker);
    } else if (strcmp(missing, "null") != 0) {
        status =
            nf_xml_default_part(unit, &part, meta->name, missing, node, depth);
        value.kind = NF_PROPERTY_ELEMENT;
        value.as.element = part;
    }
    if (status)
        return status;
    added = nf_xml_add(unit, list, meta->name);
    if (!added)
        return NF_NOMEM;
    value.name = meta->name;
    *added = value;
    return NF_OK;
}

/* GUID and StableId follow from the qualified name (MF-X10). */
static nf_status add_identity(nf_xml_unit *unit, nf_property_list *list,
                              const nf_meta_property *meta)
{
    nf_property *added = nf_xml_add(unit, list, meta->name);
    char memory[512];
    nf_buffer text;

    if (!added)
        return NF_NOMEM;
    nf_buffer_init_on(&text, memory, sizeof memory, NF_BUFFER_MAX);
    nf_buffer_format(&text, "guid:%s", nf_buffer_string(&unit->called));
    added->kind = NF_PROPERTY_GUID;
    nf_xml_derive(&added->as.guid, nf_buffer_string(&text));
    if (text.failed)
        nf_arena_fail(unit->reader->arena);
    nf_buffer_dispose(&text);
    return NF_OK;
}

nf_status nf_xml_defaults(nf_xml_unit *unit, nf_property_list *list,
                          const nf_meta_type *meta, const nf_xml_node *node,
                          int depth)
{
    unsigned version = unit->reader->version;
    nf_status status = NF_OK;

    for (size_t i = 0; meta && !status && i < meta->count; i++) {
        const nf_meta_property *property = &meta->properties[i];

        if (nf_xml_has(list, property->name) || version < property->since ||
            (property->deleted && version >= property->deleted))
            continue;
        status = property->kind == NF_META_GUID
                     ? add_identity(unit, list, property)
                     : add_default(unit, list, property, node, depth);
    }
    return status;
}

/* ---- <flow from="a" to="b" case="…" error="…"/> -------------------------- */

/* Whether the element with this id is an InheritanceSplit, under any of the
 * names it may have. */
static bool is_inheritance_split(const nf_xml_unit *unit, const char *id)
{
    const nf_xml_node *node = nf_map_get(unit->labels, id);
    const char *name = node ? node->name : "";
    const char *dot = strchr(name, '.');

    return strcmp(dot ? dot + 1 : name, "InheritanceSplit") == 0;
}

static nf_status flow_case(nf_xml_unit *unit, nf_property_list *list,
                           const nf_xml_node *node, const char *from,
                           const char *value, int depth)
{
    bool by_entity = is_inheritance_split(unit, from);
    const char *type =
        by_entity ? "Microflows$InheritanceCase" : "Microflows$EnumerationCase";
    bool as_list = unit->reader->version >= 101500;
    const char *name = as_list ? "CaseValues" : "NewCaseValue";
    nf_xml_mark mark = nf_xml_enter(unit, name, as_list ? 0 : -1, NULL);
    nf_property *item =
        nf_arena_array(unit->reader->arena, 1, sizeof(nf_property));
    nf_property_list inner = {0};
    nf_property *text = nf_xml_add(unit, &inner, "Value"), *property;
    nf_status status = item && text ? NF_OK : nf_error_nomem(unit->reader->err);
    nf_guid id;

    (void)depth;
    nf_xml_derive(&id, nf_buffer_string(&unit->place));
    nf_xml_leave(unit, mark);
    if (status) {
        nf_free(inner.items);
        return status;
    }
    /* What is written for an empty value is stored in two ways (MF-F6). */
    set_text(text, by_entity && strcmp(value, "(empty)") == 0 ? "" : value);
    item->name = "";
    item->kind = NF_PROPERTY_ELEMENT;
    status = nf_xml_finish(unit, &item->as.element, &id, type, &inner, node);
    if (status)
        return status;
    property = nf_xml_add(unit, list, name);
    if (!property)
        return NF_NOMEM;
    if (as_list) {
        set_list(property, item, 1, 2);
        return NF_OK;
    }
    property->kind = NF_PROPERTY_ELEMENT;
    property->as.element = item->as.element;
    return NF_OK;
}

static nf_status flow_ends(nf_xml_unit *unit, nf_property_list *list,
                           const nf_xml_node *node, const char *from,
                           const char *to)
{
    nf_property *origin, *destination;
    nf_status status;

    if (!from || !to || !*from || !*to)
        return nf_xml_fail(unit->reader, node, "flow needs from and to");
    origin = nf_xml_add(unit, list, "OriginPointer");
    if (!origin)
        return NF_NOMEM;
    status = read_pointer(unit, origin, from, node);
    if (status)
        return status;
    destination = nf_xml_add(unit, list, "DestinationPointer");
    return destination ? read_pointer(unit, destination, to, node) : NF_NOMEM;
}

static nf_status flow_properties(nf_xml_unit *unit, nf_property_list *list,
                                 const nf_xml_node *node, int depth)
{
    const nf_xml_reader *r = unit->reader;
    const char *from = nf_xml_attribute(r, node, "from");
    const char *value = nf_xml_attribute(r, node, "case");
    const char *error = nf_xml_attribute(r, node, "error");
    nf_status status =
        flow_ends(unit, list, node, from, nf_xml_attribute(r, node, "to"));
    nf_property *handler;

    if (!status && value)
        status = flow_case(unit, list, node, from, value, depth);
    if (!status && error) {
        handler = nf_xml_add(unit, list, "IsErrorHandler");
        status = handler ? read_bool(unit, handler, error, node) : NF_NOMEM;
    }
    if (!status)
        status = nf_xml_defaults(unit, list,
                                 nf_meta_find_type("Microflows$SequenceFlow"),
                                 node, depth);
    return status;
}

nf_status nf_xml_flow(nf_xml_unit *unit, const nf_element **out,
                      const nf_xml_node *node, int depth)
{
    static const char *const known[] = {"from",  "to", "case",
                                        "error", "id", NULL};
    const char *label = nf_xml_attribute(unit->reader, node, "id");
    nf_property_list list = {0};
    nf_status status = flow_properties(unit, &list, node, depth);
    nf_guid id;

    if (node->children || !nf_xml_is_plain(node, known, false))
        unit->reader->doubts = true;
    if (status) {
        nf_free(list.items);
        return status;
    }
    if (!label)
        nf_xml_derive(&id, nf_buffer_string(&unit->place));
    else if (!nf_guid_parse(&id, label))
        nf_xml_derive_label(unit, &id, label);
    return nf_xml_finish(unit, out, &id, "Microflows$SequenceFlow", &list,
                         node);
}
