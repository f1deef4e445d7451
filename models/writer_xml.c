/* An app as XML: its units inside each other (MF-X2 … X12). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "models/container.h"
#include "models/metamodel.h"
#include "models/writer_xml.h"

typedef struct unit_writer {
    nf_xml_writer *xml;
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
    nf_xml_write_escaped(u->xml->out, unit->containment,
                         strlen(unit->containment), true);
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
    nf_xml_writer *w = u->xml;
    bool open = false, units = has_units(u, unit);
    nf_status status = NF_OK;

    if (!element)
        return u->err ? u->err->status : NF_INPUT;
    if (!nf_xml_is_nameable(element))
        return refuse(unit, element, u->err);
    nf_xml_write_indent(w->out, depth);
    nf_buffer_char(w->out, '<');
    nf_xml_write_type(w, element->type);
    nf_xml_write_id(w, element);
    write_containment(u, unit);
    nf_xml_write_rest(w, element, element->type, depth, units ? &open : NULL);
    if (!units)
        return NF_OK;
    nf_buffer_text(w->out, open ? "" : ">");
    nf_xml_write_indent(w->out, depth + 1);
    nf_buffer_text(w->out, "<units>");
    status = write_units(u, unit, depth + 2);
    nf_xml_write_indent(w->out, depth + 1);
    nf_buffer_text(w->out, "</units>");
    nf_xml_write_indent(w->out, depth);
    nf_xml_write_end(w, element->type);
    return status;
}

static void app_attribute(nf_buffer *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    nf_buffer_format(out, " %s=\"", name);
    nf_xml_write_escaped(out, value, strlen(value), true);
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
    nf_xml_writer w = {.out = &buffer, .file = file};
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
