/* The JSON form (model-format MF-C19 … C21, docs/model-json.md): that of
 * `mx dump-mpr`, with a few keys more where it would not give the value back.
 * models/json_form.h says what would be read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/real.h"
#include "models/bson.h"
#include "models/json_form.h"
#include "models/writer_internal.h"

enum { NAME_LIMIT = 1024 };

typedef struct json_writer {
    nf_buffer *out;
    FILE *file;
    int failed_file; /* errno of a failed write */
    bool failed;     /* no memory */
} json_writer;

/* ---- text ---------------------------------------------------------------- */

static void quoted(nf_buffer *out, const char *text, size_t length)
{
    size_t start = 0;

    nf_buffer_char(out, '"');
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
            continue;
        nf_buffer_add(out, text + start, i - start);
        start = i + 1;
        if (c == '"' || c == '\\')
            nf_buffer_format(out, "\\%c", c);
        else if (c == '\n' || c == '\r' || c == '\t')
            nf_buffer_format(out, "\\%c",
                             c == '\n'   ? 'n'
                             : c == '\r' ? 'r'
                                         : 't');
        else
            nf_buffer_format(out, "\\u%04x", c);
    }
    nf_buffer_add(out, text + start, length - start);
    nf_buffer_char(out, '"');
}

static void key(nf_buffer *out, const char *name)
{
    quoted(out, name, strlen(name));
    nf_buffer_text(out, ": ");
}

static void text_member(nf_buffer *out, const char *name, const char *text)
{
    key(out, name);
    quoted(out, text, strlen(text));
}

static void indent(nf_buffer *out, int depth)
{
    nf_buffer_char(out, '\n');
    for (int i = 0; i < depth; i++)
        nf_buffer_char(out, ' ');
}

/* ---- scalars ------------------------------------------------------------- */

/* Begins { "$kind": …} where the plain form would be read as another kind;
 * whether it has to be ended. */
static bool exact(nf_buffer *out, bool plain, const char *kind)
{
    if (!plain)
        nf_buffer_format(out, "{\"%s\": ", kind);
    return !plain;
}

/* A point or size as an object (MF-E8, MF-C20). */
static bool pair(nf_buffer *out, const nf_property *p)
{
    static const struct {
        const char *ending;
        bool point;
    } names[] = {{"RelativeMiddlePoint", true},
                 {"Location", true},
                 {"ParentConnection", true},
                 {"ChildConnection", true},
                 {"Size", false},
                 {"BezierVector", false},
                 {"ControlVector", false}};
    size_t length = strlen(p->name);
    char again[32];
    int x, y, end = 0;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t tail = strlen(names[i].ending);

        if (length < tail ||
            strcmp(p->name + length - tail, names[i].ending) != 0)
            continue;
        if (p->as.string.length >= sizeof again ||
            sscanf(p->as.string.text, "%9d;%9d%n", &x, &y, &end) != 2)
            return false;
        snprintf(again, sizeof again, "%d;%d", x, y);
        if (strcmp(again, p->as.string.text) != 0)
            return false;
        nf_buffer_format(out, "{\"%s\": %d, \"%s\": %d}",
                         names[i].point ? "x" : "width", x,
                         names[i].point ? "y" : "height", y);
        return true;
    }
    return false;
}

static void string_value(nf_buffer *out, const nf_property *p,
                         const nf_meta_property *meta)
{
    bool ends;

    if (pair(out, p))
        return;
    ends =
        exact(out, nf_json_string_kind(meta) == NF_PROPERTY_STRING, "$string");
    quoted(out, p->as.string.text, p->as.string.length);
    nf_buffer_text(out, ends ? "}" : "");
}

static void integer_value(nf_buffer *out, const nf_property *p,
                          const nf_meta_property *meta)
{
    bool date = p->kind == NF_PROPERTY_DATETIME;
    bool quotes = date && nf_json_string_kind(meta) == p->kind;
    bool plain = quotes || (p->kind == NF_PROPERTY_INT64 &&
                            nf_json_integer_kind(meta) == p->kind);
    bool ends = exact(out, plain,
                      date                           ? "$datetime"
                      : p->kind == NF_PROPERTY_INT32 ? "$int32"
                                                     : "$int64");

    nf_buffer_text(out, quotes ? "\"" : "");
    nf_buffer_integer(out, p->as.integer, 0);
    nf_buffer_text(out, quotes ? "\"" : ends ? "}" : "");
}

static void raw_value(json_writer *w, const nf_property *p)
{
    nf_buffer bytes;

    nf_buffer_init(&bytes, NF_BUFFER_MAX);
    nf_bson_encode_value(&bytes, p);
    nf_buffer_text(w->out, "{\"$raw\": \"");
    if (bytes.failed)
        w->failed = true;
    else
        nf_write_base64(w->out, bytes.data, bytes.length);
    nf_buffer_text(w->out, "\"}");
    nf_buffer_dispose(&bytes);
}

static void double_value(json_writer *w, const nf_property *p,
                         const nf_meta_property *meta)
{
    char text[NF_REAL_TEXT];
    bool number, expected;

    if (!nf_real_print(text, p->as.real)) {
        raw_value(w, p);
        return;
    }
    expected = nf_json_integer_kind(meta) == NF_PROPERTY_DOUBLE;
    number = !strpbrk(text, "in") && strcmp(text, "-0") != 0 &&
             (expected || strpbrk(text, ".e"));
    if (number)
        nf_buffer_text(w->out, text);
    else
        nf_buffer_format(w->out, "{\"$double\": \"%s\"}", text);
}

static void guid_value(nf_buffer *out, const nf_property *p,
                       const nf_meta_property *meta)
{
    char id[NF_GUID_TEXT_SIZE];
    bool ends = exact(out, nf_json_string_kind(meta) == p->kind, "$guid");

    nf_guid_text(&p->as.guid, id);
    nf_buffer_format(out, ends ? "\"%s\"}" : "\"%s\"", id);
}

static void binary_value(nf_buffer *out, const nf_property *p,
                         const nf_meta_property *meta)
{
    bool ends = exact(out, nf_json_string_kind(meta) == p->kind, "$binary");

    nf_buffer_char(out, '"');
    nf_write_base64(out, p->as.binary.bytes, p->as.binary.length);
    nf_buffer_text(out, ends ? "\"}" : "\"");
}

/* ---- elements and lists -------------------------------------------------- */

/* The qualified names around a value: `length` of `text` is that of the
 * nearest thing with a name (MF-C19). */
typedef struct qualified {
    char text[NAME_LIMIT];
    size_t length;
} qualified;

static void write_value(json_writer *w, const nf_property *p,
                        const nf_meta_property *meta, qualified *name,
                        int depth);

/* Adds the element's own name, and says so in its `$QualifiedName`. */
static void enter(nf_buffer *out, const nf_element *element, qualified *name)
{
    const char *own = nf_element_string(element, "Name", "");
    size_t room = sizeof name->text - name->length;
    int more;

    if (!*own || !name->length)
        return;
    more = snprintf(name->text + name->length, room, ".%s", own);
    if (more < 0 || (size_t)more >= room) {
        name->text[name->length] = '\0';
        return;
    }
    name->length += (size_t)more;
    nf_buffer_text(out, ", ");
    text_member(out, "$QualifiedName", name->text);
}

static void leave(qualified *name, size_t length)
{
    name->length = length;
    name->text[length] = '\0';
}

static void write_head(nf_buffer *out, const nf_element *element)
{
    char id[NF_GUID_TEXT_SIZE];
    nf_buffer type;

    nf_guid_text(&element->id, id);
    nf_buffer_char(out, '{');
    text_member(out, "$ID", id);
    nf_buffer_text(out, ", ");
    nf_buffer_init(&type, NF_BUFFER_MAX);
    nf_json_type_name(&type, element->type);
    out->failed = out->failed || type.failed;
    text_member(out, "$Type", type.failed ? "" : nf_buffer_string(&type));
    nf_buffer_dispose(&type);
}

static void write_properties(json_writer *w, const nf_element *element,
                             qualified *name, int depth)
{
    char memory[256];
    const nf_meta_type *meta = nf_meta_find_stored_type(element->type);
    nf_buffer property;

    nf_buffer_init_on(&property, memory, sizeof memory, NF_BUFFER_MAX);
    for (size_t i = 0; i < element->count; i++) {
        const nf_property *p = &element->properties[i];

        nf_buffer_clear(&property);
        nf_json_property_name(&property, meta, p->name);
        w->failed = w->failed || property.failed;
        nf_buffer_char(w->out, ',');
        indent(w->out, depth + 1);
        key(w->out, property.failed ? "" : nf_buffer_string(&property));
        write_value(w, p, nf_meta_find_property(meta, p->name), name,
                    depth + 1);
    }
    nf_buffer_dispose(&property);
    nf_buffer_char(w->out, '}');
    nf_write_full(w->out, w->file, &w->failed_file);
}

static void write_list(json_writer *w, const nf_property *p,
                       const nf_meta_property *meta, qualified *name, int depth)
{
    bool text =
        p->as.list.count && p->as.list.items[0].kind == NF_PROPERTY_STRING;
    bool plain = nf_json_marker(meta, text) == p->as.list.marker;

    if (!plain)
        nf_buffer_format(w->out,
                         "{\"$list\": %d, \"items\": ", p->as.list.marker);
    nf_buffer_char(w->out, '[');
    for (size_t i = 0; i < p->as.list.count; i++) {
        nf_buffer_text(w->out, i ? "," : "");
        indent(w->out, depth + 1);
        write_value(w, &p->as.list.items[i], NULL, name, depth + 1);
    }
    nf_buffer_text(w->out, plain ? "]" : "]}");
}

static void write_value(json_writer *w, const nf_property *p,
                        const nf_meta_property *meta, qualified *name,
                        int depth)
{
    size_t length = name->length;

    switch (p->kind) {
    case NF_PROPERTY_NULL:
        nf_buffer_text(w->out, "null");
        break;
    case NF_PROPERTY_BOOLEAN:
        nf_buffer_text(w->out, p->as.boolean ? "true" : "false");
        break;
    case NF_PROPERTY_STRING:
        string_value(w->out, p, meta);
        break;
    case NF_PROPERTY_INT32:
    case NF_PROPERTY_INT64:
    case NF_PROPERTY_DATETIME:
        integer_value(w->out, p, meta);
        break;
    case NF_PROPERTY_DOUBLE:
        double_value(w, p, meta);
        break;
    case NF_PROPERTY_GUID:
        guid_value(w->out, p, meta);
        break;
    case NF_PROPERTY_BINARY:
        binary_value(w->out, p, meta);
        break;
    case NF_PROPERTY_ELEMENT:
        write_head(w->out, p->as.element);
        enter(w->out, p->as.element, name);
        write_properties(w, p->as.element, name, depth);
        leave(name, length);
        break;
    case NF_PROPERTY_LIST:
        write_list(w, p, meta, name, depth);
        break;
    case NF_PROPERTY_RAW:
        raw_value(w, p);
        break;
    }
}

/* ---- units --------------------------------------------------------------- */

/* The project, then by id: the same app gives the same text. */
static int compare_units(const void *a, const void *b)
{
    const nf_unit *x = *(const nf_unit *const *)a;
    const nf_unit *y = *(const nf_unit *const *)b;
    bool root_x = nf_guid_equal(&x->id, &x->container_id);
    bool root_y = nf_guid_equal(&y->id, &y->container_id);

    return root_x != root_y ? root_y - root_x
                            : memcmp(x->id.bytes, y->id.bytes, 16);
}

/* The name of the module that the unit is in, "" for the project's own. */
static const char *module_of(const nf_unit *unit)
{
    for (; unit; unit = unit->parent)
        if (strcmp(unit->type, "Projects$ModuleImpl") == 0)
            return unit->name;
    return "";
}

static nf_status write_unit(json_writer *w, const nf_container *container,
                            const nf_unit *unit, nf_error *err)
{
    const nf_element *element = nf_unit_element(container, unit, err);
    char id[NF_GUID_TEXT_SIZE];
    qualified name = {.length = 0};
    nf_buffer containment;

    if (!element)
        return err->status;
    if (!*element->type)
        return nf_write_no_type(unit, err);
    write_head(w->out, element);
    nf_guid_text(&unit->container_id, id);
    nf_buffer_text(w->out, ", ");
    text_member(w->out, "$ContainerID", id);
    nf_buffer_text(w->out, ", ");
    nf_buffer_init(&containment, NF_BUFFER_MAX);
    nf_json_small(&containment, unit->containment);
    w->failed = w->failed || containment.failed;
    text_member(w->out, "$ContainerProperty",
                containment.failed ? "" : nf_buffer_string(&containment));
    nf_buffer_dispose(&containment);
    if (strlen(module_of(unit)) < sizeof name.text) {
        strcpy(name.text, module_of(unit));
        name.length = strlen(name.text);
    }
    if (strcmp(nf_meta_containment(element->type), "Documents") == 0)
        enter(w->out, element, &name);
    write_properties(w, element, &name, 2);
    return NF_OK;
}

static void write_app_head(nf_buffer *out, const nf_container *container)
{
    nf_write_head head;

    nf_write_head_of(&head, container, 0);
    nf_buffer_char(out, '{');
    text_member(out, "mendix", head.mendix);
    nf_buffer_format(out, ", \"mpr\": %d, ", head.version);
    text_member(out, "build", head.build);
    nf_buffer_text(out, ", ");
    text_member(out, "schemaHash", head.schema_hash);
    nf_buffer_text(out, ", ");
    text_member(out, "transaction", head.transaction);
    nf_buffer_text(out, ",\n \"units\": [");
}

static nf_status write_units(json_writer *w, const nf_container *container,
                             nf_error *err)
{
    const nf_unit **sorted =
        nf_alloc_array(container->count, sizeof(const nf_unit *));
    nf_status status = NF_OK;
    bool first = true;

    if (!sorted)
        return nf_error_nomem(err);
    for (size_t i = 0; i < container->count; i++)
        sorted[i] = container->units[i];
    qsort(sorted, container->count, sizeof *sorted, compare_units);
    for (size_t i = 0; i < container->count && !status; i++) {
        if (sorted[i]->missing)
            continue;
        nf_buffer_text(w->out, first ? "" : ",");
        indent(w->out, 2);
        status = write_unit(w, container, sorted[i], err);
        first = false;
    }
    nf_free(sorted);
    return status;
}

nf_status nf_model_write_json(const nf_model *model, const char *path,
                              nf_error *err)
{
    const nf_container *container = nf_model_container(model);
    nf_error own = {0};
    nf_new_file file;
    nf_buffer buffer;
    json_writer w = {.out = &buffer};
    nf_status status;

    if (!err)
        err = &own;
    status = nf_new_file_begin(&file, path, err);
    if (status)
        return status;
    w.file = file.file;
    nf_buffer_init(&buffer, NF_BUFFER_MAX);
    write_app_head(&buffer, container);
    status = write_units(&w, container, err);
    nf_buffer_text(&buffer, "]}\n");
    nf_write_rest(w.out, w.file, &w.failed_file);
    if (!status && (buffer.failed || w.failed))
        status = nf_error_nomem(err);
    errno = w.failed_file;
    if (!status && w.failed_file)
        status = nf_write_failed(path, err);
    nf_buffer_dispose(&buffer);
    return nf_new_file_end(&file, status, err);
}
