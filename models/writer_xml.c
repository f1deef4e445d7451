/* The complete XML form: lossless and canonical (MF-X2 … X12). The reader
 * decides from models/metamodel.tsv what kind an attribute has; where the
 * stored kind differs, `types` or `bson` says so. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/real.h"
#include "models/bson.h"
#include "models/container.h"
#include "models/metamodel.h"
#include "models/writer_internal.h"
#include "models/libxml.h"

enum { ATTRIBUTE_LIMIT = 100 };

typedef struct xml_writer {
    nf_buffer *out;
    FILE *file;      /* where full buffers go, or NULL */
    int failed_file; /* errno of a failed write */
    bool failed;     /* no memory */
    bool bad_name;   /* XML can't hold a name of the model */
    char name[128];  /* which one */
} xml_writer;

/* ---- text ---------------------------------------------------------------- */

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

static void escaped(nf_buffer *out, const char *text, size_t length,
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

static void indent(nf_buffer *out, int depth)
{
    nf_buffer_char(out, '\n');
    for (int i = 0; i < depth; i++)
        nf_buffer_char(out, ' ');
}

/* ---- names --------------------------------------------------------------- */

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

/* Whether the element's own names fit; a property belongs to the model by its
 * first letter (MF-X1). */
static bool is_nameable(const nf_element *element)
{
    for (size_t i = 0; i < element->count; i++) {
        const char *name = element->properties[i].name;

        if (!((*name >= 'A' && *name <= 'Z') || *name == '_') ||
            !is_name(name, strlen(name)))
            return false;
    }
    return is_type(element->type);
}

static void type_name(xml_writer *w, const char *type)
{
    for (; *type; type++)
        nf_buffer_char(w->out, *type == '$' ? '.' : *type);
}

/* ---- properties ---------------------------------------------------------- */

/* What XML can't say is written as BSON: values that Mendix does not store,
 * elements with names that are none in XML. */
static bool is_raw(const nf_property *p)
{
    char text[NF_REAL_TEXT];

    return p->kind == NF_PROPERTY_RAW ||
           (p->kind == NF_PROPERTY_DOUBLE &&
            !nf_real_print(text, p->as.real)) ||
           (p->kind == NF_PROPERTY_ELEMENT && !is_nameable(p->as.element));
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

static void raw_text(xml_writer *w, const nf_property *p)
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

static void scalar_text(xml_writer *w, const nf_property *p, bool attribute)
{
    char guid[NF_GUID_TEXT_SIZE], real[NF_REAL_TEXT];

    switch (p->kind) {
    case NF_PROPERTY_STRING:
        if (fits_xml(p->as.string.text, p->as.string.length))
            escaped(w->out, p->as.string.text, p->as.string.length, attribute);
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

static void write_attributes(xml_writer *w, const nf_element *element,
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

/* Attributes, children and the end of an element whose start `<tag id=…` is
 * written; leaves it open for its units where `open` is given. */
static void write_rest(xml_writer *w, const nf_element *element,
                       const char *tag, int depth, bool *open);

static void write_id(xml_writer *w, const nf_element *element)
{
    char id[NF_GUID_TEXT_SIZE];

    nf_guid_text(&element->id, id);
    nf_buffer_format(w->out, " id=\"%s\"", id);
}

static void end_tag(xml_writer *w, const char *tag)
{
    nf_buffer_text(w->out, "</");
    for (; *tag; tag++)
        nf_buffer_char(w->out, *tag == '$' ? '.' : *tag);
    nf_buffer_char(w->out, '>');
}

static void write_item(xml_writer *w, const nf_property *item, int depth)
{
    const char *kind = kind_name(item);

    indent(w->out, depth);
    if (item->kind == NF_PROPERTY_ELEMENT && !is_raw(item)) {
        const nf_element *element = item->as.element;

        nf_buffer_char(w->out, '<');
        type_name(w, element->type);
        write_id(w, element);
        write_rest(w, element, element->type, depth, NULL);
        return;
    }
    nf_buffer_text(w->out, "<item");
    if (strcmp(kind, "string") != 0)
        nf_buffer_format(w->out, " bson=\"%s\"", kind);
    nf_buffer_char(w->out, '>');
    scalar_text(w, item, false);
    nf_buffer_text(w->out, "</item>");
}

static void write_list(xml_writer *w, const nf_property *p,
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
    indent(w->out, depth);
    end_tag(w, p->name);
}

/* A text whose element would be taken for a list or a part says its kind. */
static bool says_kind(const nf_meta_property *meta, const nf_property *p)
{
    return !is_expected(meta, kind_name(p));
}

static void write_child(xml_writer *w, const nf_property *p,
                        const nf_meta_property *meta, int depth)
{
    indent(w->out, depth);
    if (p->kind == NF_PROPERTY_LIST) {
        write_list(w, p, meta, depth);
        return;
    }
    nf_buffer_format(w->out, "<%s", p->name);
    if (p->kind == NF_PROPERTY_ELEMENT && !is_raw(p)) {
        nf_buffer_text(w->out, " type=\"");
        type_name(w, p->as.element->type);
        nf_buffer_char(w->out, '"');
        write_id(w, p->as.element);
        write_rest(w, p->as.element, p->name, depth, NULL);
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
    end_tag(w, p->name);
}

static void write_rest(xml_writer *w, const nf_element *element,
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
    indent(w->out, depth);
    end_tag(w, tag);
}

nf_status nf_element_write_xml(const nf_element *element, nf_buffer *out)
{
    xml_writer w = {.out = out};

    if (!is_nameable(element))
        return NF_INPUT;
    nf_buffer_char(out, '<');
    type_name(&w, element->type);
    write_id(&w, element);
    write_rest(&w, element, element->type, 0, NULL);
    nf_buffer_char(out, '\n');
    return out->failed || w.failed ? NF_NOMEM : NF_OK;
}

/* ---- units --------------------------------------------------------------- */

typedef struct unit_writer {
    xml_writer *xml;
    const nf_container *container;
    const nf_unit **by_parent; /* sorted by parent, then as given */
    bool offline;              /* only what offline data depend on */
    nf_error *err;
} unit_writer;

static int compare_units(const void *a, const void *b)
{
    const nf_unit *x = *(const nf_unit *const *)a;
    const nf_unit *y = *(const nf_unit *const *)b;
    int order = memcmp(x->container_id.bytes, y->container_id.bytes,
                       sizeof x->container_id.bytes);

    return order ? order : memcmp(x->id.bytes, y->id.bytes, sizeof x->id.bytes);
}

/* The first unit of a container in by_parent; `count` if there is none. */
static size_t first_child(const unit_writer *u, const nf_unit *parent)
{
    size_t low = 0, high = u->container->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(u->by_parent[middle]->container_id.bytes, parent->id.bytes,
                   sizeof parent->id.bytes) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_wanted(const unit_writer *u, const nf_unit *unit)
{
    static const char *const types[] = {
        "Projects$Project",         "Projects$ModuleImpl",
        "Projects$Folder",          "DomainModels$DomainModel",
        "Enumerations$Enumeration", "Navigation$NavigationDocument",
        "Settings$ProjectSettings", "Security$ProjectSecurity",
        "Security$ModuleSecurity",
    };

    for (size_t i = 0; u->offline && i < sizeof types / sizeof *types; i++)
        if (strcmp(unit->type, types[i]) == 0)
            return true;
    return !u->offline;
}

static bool is_child(const unit_writer *u, size_t index, const nf_unit *parent)
{
    return index < u->container->count &&
           u->by_parent[index]->parent == parent &&
           is_wanted(u, u->by_parent[index]);
}

static nf_status write_unit(const unit_writer *u, const nf_unit *unit,
                            int depth);

static nf_status write_units(const unit_writer *u, const nf_unit *parent,
                             int depth)
{
    nf_status status = NF_OK;

    for (size_t i = first_child(u, parent);
         i < u->container->count && !status &&
         nf_guid_equal(&u->by_parent[i]->container_id, &parent->id);
         i++)
        if (is_child(u, i, parent) && !u->by_parent[i]->missing)
            status = write_unit(u, u->by_parent[i], depth);
    return status;
}

static bool has_units(const unit_writer *u, const nf_unit *unit)
{
    for (size_t i = first_child(u, unit);
         i < u->container->count &&
         nf_guid_equal(&u->by_parent[i]->container_id, &unit->id);
         i++)
        if (is_child(u, i, unit) && !u->by_parent[i]->missing)
            return true;
    return false;
}

static void write_containment(const unit_writer *u, const nf_unit *unit)
{
    if (strcmp(unit->containment, nf_meta_containment(unit->type)) == 0)
        return;
    nf_buffer_text(u->xml->out, " containment=\"");
    escaped(u->xml->out, unit->containment, strlen(unit->containment), true);
    nf_buffer_char(u->xml->out, '"');
}

/* A unit whose own names XML can't hold. */
static nf_status refuse(const nf_unit *unit, const nf_element *element,
                        nf_error *err)
{
    char id[NF_GUID_TEXT_SIZE];

    if (!*element->type)
        return nf_write_no_type(unit, err);
    nf_guid_text(&unit->id, id);
    return nf_error_set(err, NF_INPUT, "unsupported_format",
                        "unit %s (%s) can't be written as XML: its type or a "
                        "property has a name that XML can't hold",
                        id, element->type);
}

static nf_status write_unit(const unit_writer *u, const nf_unit *unit,
                            int depth)
{
    const nf_element *element = nf_unit_element(u->container, unit, u->err);
    xml_writer *w = u->xml;
    bool open = false, units = has_units(u, unit);
    nf_status status = NF_OK;

    if (!element)
        return u->err ? u->err->status : NF_INPUT;
    if (!is_nameable(element))
        return refuse(unit, element, u->err);
    indent(w->out, depth);
    nf_buffer_char(w->out, '<');
    type_name(w, element->type);
    write_id(w, element);
    write_containment(u, unit);
    write_rest(w, element, element->type, depth, units ? &open : NULL);
    if (!units)
        return NF_OK;
    nf_buffer_text(w->out, open ? "" : ">");
    indent(w->out, depth + 1);
    nf_buffer_text(w->out, "<units>");
    status = write_units(u, unit, depth + 2);
    indent(w->out, depth + 1);
    nf_buffer_text(w->out, "</units>");
    indent(w->out, depth);
    end_tag(w, element->type);
    return status;
}

static void app_attribute(nf_buffer *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    nf_buffer_format(out, " %s=\"", name);
    escaped(out, value, strlen(value), true);
    nf_buffer_char(out, '"');
}

static nf_status write_app(const unit_writer *u, const nf_model *model)
{
    const nf_container *c = u->container;
    nf_buffer *out = u->xml->out;
    const nf_unit *root = nf_write_root(c);
    nf_write_head head;
    nf_status status;

    nf_write_head_of(&head, c, 0);
    nf_buffer_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<app xmlns=\"urn:nanoflow:app:1\" format=\"1\"");
    app_attribute(out, "mendix", head.mendix);
    app_attribute(out, "mpr", head.version == 1 ? "1" : "2");
    app_attribute(out, "build", head.build);
    app_attribute(out, "schemaHash", head.schema_hash);
    app_attribute(out, "transaction", head.transaction);
    app_attribute(out, "language", nf_model_settings(model)->default_language);
    nf_buffer_text(out, " complete=\"true\">");
    status = root && !root->missing ? write_unit(u, root, 1)
             : root                 ? write_units(u, root, 1)
                                    : NF_OK;
    nf_buffer_text(out, "\n</app>\n");
    return status;
}

static nf_status write_file(const nf_model *model, FILE *file, const char *path,
                            bool offline, nf_error *err)
{
    const nf_container *c = nf_model_container(model);
    const nf_unit **sorted = nf_alloc_array(c->count, sizeof *sorted);
    nf_buffer buffer;
    xml_writer w = {.out = &buffer, .file = file};
    unit_writer u = {
        .xml = &w,
        .container = c,
        .by_parent = sorted,
        .offline = offline,
        .err = err,
    };
    nf_status status;

    if (!sorted)
        return nf_error_nomem(err);
    for (size_t i = 0; i < c->count; i++)
        sorted[i] = c->units[i];
    qsort(sorted, c->count, sizeof *sorted, compare_units);
    nf_buffer_init(&buffer, NF_BUFFER_MAX);
    status = write_app(&u, model);
    nf_write_rest(w.out, w.file, &w.failed_file);
    if (!status && (buffer.failed || w.failed))
        status = nf_error_nomem(err);
    errno = w.failed_file;
    if (!status && w.failed_file)
        status = nf_write_failed(path, err);
    nf_buffer_dispose(&buffer);
    nf_free(sorted);
    return status;
}

nf_status nf_model_write_xml(const nf_model *model, const char *path,
                             nf_error *err)
{
    nf_error own = {0};
    nf_new_file out;
    nf_status status;

    if (!err)
        err = &own;
    status = nf_new_file_begin(&out, path, err);
    if (status)
        return status;
    status = write_file(model, out.file, path, false, err);
    return nf_new_file_end(&out, status, err);
}

nf_status nf_model_write_offline_xml(const nf_model *model, char **out,
                                     size_t *size, nf_error *err)
{
    nf_error own = {0};
    FILE *file;
    nf_status status;

    *out = NULL;
    *size = 0;
    file = open_memstream(out, size);
    if (!file)
        return nf_error_nomem(err);
    status = write_file(model, file, "memory", true, err ? err : &own);
    if (fclose(file) && !status)
        status = nf_error_nomem(err);
    if (status) {
        nf_free(*out);
        *out = NULL;
        *size = 0;
    }
    return status;
}
