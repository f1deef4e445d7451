/* The JSON of `mx dump-mpr` (model-format 1.4, docs/model-json.md). Opening
 * walks over the file once and keeps where each unit stands; its text is read
 * and parsed when the unit is first needed (reader_json_element.c). The file
 * stays open, so that a new one under its name does no harm. */
#include "models/reader_json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "models/json_form.h"
#include "models/json_scan.h"
#include "models/reader_xml.h"

enum {
    MAX_FILE_SIZE = 1 << 30,
    MAX_UNIT_TEXT = 48 << 20,
    /* What json-c needs, roughly; together the memory of one unit. */
    MAX_UNIT_COST = 112 << 20,
    MAX_TREE = 80 << 20, /* its elements */
    OBJECT_COST = 800,
    LIST_COST = 350,
    VALUE_COST = 100,
};

typedef struct json_reader {
    nf_container *container;
    nf_json_scan scan;
    nf_buffer key, text, name; /* as they stand in the file */
    nf_unit *project;
    nf_map *modules;    /* by name */
    const char **names; /* per unit: the module that `$QualifiedName` names */
    size_t name_count, name_capacity;
    nf_error *err;
} json_reader;

/* ---- one unit ------------------------------------------------------------ */

static bool is_key(const json_reader *r, const char *name)
{
    size_t length = strlen(name);

    return r->key.length == length + 2 &&
           memcmp(r->key.data + 1, name, length) == 0;
}

/* The string that was just read into r->text. */
static nf_status plain_text(json_reader *r, const char **out)
{
    *out = nf_json_plain(r->container->arena, r->text.data, r->text.length);
    return *out ? NF_OK
                : nf_json_fail(&r->scan,
                               "%s is no valid text, or longer than "
                               "%d bytes",
                               r->key.data, NF_JSON_TEXT);
}

static nf_status read_guid(json_reader *r, nf_guid *out)
{
    const char *text;
    nf_status status = plain_text(r, &text);

    if (!status && !nf_guid_parse(out, text))
        status =
            nf_json_fail(&r->scan, "%s is no GUID: \"%s\"", r->key.data, text);
    return status;
}

static nf_status read_type(json_reader *r, nf_unit *unit)
{
    const char *text;
    const nf_meta_type *meta;
    nf_status status = plain_text(r, &text);

    if (status)
        return status;
    nf_buffer_clear(&r->text);
    meta = nf_json_stored_type(&r->text, text);
    unit->type = meta             ? meta->name
                 : r->text.failed ? NULL
                                  : nf_arena_strdup(r->container->arena,
                                                    nf_buffer_string(&r->text));
    return unit->type ? NF_OK : nf_error_nomem(r->err);
}

static nf_status read_place(json_reader *r, nf_unit *unit)
{
    const char *text;
    nf_status status = plain_text(r, &text);

    if (status)
        return status;
    nf_buffer_clear(&r->text);
    nf_json_capital(&r->text, text);
    unit->containment =
        r->text.failed
            ? NULL
            : nf_arena_strdup(r->container->arena, nf_buffer_string(&r->text));
    return unit->containment ? NF_OK : nf_error_nomem(r->err);
}

/* A string that the index needs. *taken tells whether it was one. */
static nf_status read_index_value(json_reader *r, nf_unit *unit, bool *taken)
{
    nf_status status;

    *taken = nf_json_peek(&r->scan) == '"' &&
             (is_key(r, "$ID") || is_key(r, "$ContainerID") ||
              is_key(r, "$Type") || is_key(r, "$ContainerProperty") ||
              is_key(r, "$QualifiedName") || is_key(r, "name"));
    if (!*taken)
        return NF_OK;
    status = nf_json_string(&r->scan, &r->text);
    if (status)
        return status;
    if (is_key(r, "$ID"))
        return read_guid(r, &unit->id);
    if (is_key(r, "$ContainerID"))
        return read_guid(r, &unit->container_id);
    if (is_key(r, "$Type"))
        return read_type(r, unit);
    if (is_key(r, "$ContainerProperty"))
        return read_place(r, unit);
    if (is_key(r, "name"))
        return plain_text(r, &unit->name);
    nf_buffer_clear(&r->name);
    nf_buffer_add(&r->name, r->text.data, r->text.length);
    return r->name.failed ? nf_error_nomem(r->err) : NF_OK;
}

static nf_status read_member(json_reader *r, nf_unit *unit,
                             nf_json_extent *extent)
{
    nf_json_extent value = {.name = &r->name};
    nf_status status = nf_json_string(&r->scan, &r->key);
    bool taken = false;

    if (!status && !nf_json_take(&r->scan, ':'))
        status = nf_json_fail(&r->scan, "\":\" is expected");
    if (!status && is_key(r, "excluded"))
        unit->excluded = nf_json_peek(&r->scan) == 't';
    if (!status)
        status = read_index_value(r, unit, &taken);
    if (!status && !taken)
        status = nf_json_skip(&r->scan, &value);
    extent->objects += value.objects;
    extent->lists += value.lists;
    extent->values += value.values + 1;
    return status;
}

static nf_status check_size(const json_reader *r, const nf_unit *unit,
                            const nf_json_extent *extent)
{
    long long cost = extent->length + extent->objects * OBJECT_COST +
                     extent->lists * LIST_COST + extent->values * VALUE_COST;
    char id[NF_GUID_TEXT_SIZE];

    if (extent->length <= MAX_UNIT_TEXT && cost <= MAX_UNIT_COST)
        return NF_OK;
    nf_guid_text(&unit->id, id);
    return nf_json_fail(&r->scan,
                        "unit %s (%s) is too large: more than %d MiB of text, "
                        "or %d MiB in memory",
                        id, unit->type, MAX_UNIT_TEXT >> 20,
                        MAX_UNIT_COST >> 20);
}

/* "Module" of "Module.Document.Part" in r->name; NULL if there is none. */
static nf_status keep_module_name(json_reader *r)
{
    const char *text = NULL, *dot = NULL;
    const char **names =
        nf_grow(r->names, r->name_count, &r->name_capacity, sizeof *names);

    if (!names)
        return nf_error_nomem(r->err);
    r->names = names;
    if (r->name.length)
        text = nf_json_plain(r->container->arena, r->name.data, r->name.length);
    if (text)
        dot = strchr(text, '.');
    names[r->name_count++] =
        dot ? nf_arena_strndup(r->container->arena, text, (size_t)(dot - text))
            : NULL;
    return NF_OK;
}

static nf_status finish_unit(json_reader *r, nf_unit *unit,
                             const nf_json_extent *extent)
{
    nf_status status = check_size(r, unit, extent);

    unit->offset = extent->start;
    unit->length = (size_t)extent->length;
    if (!status && nf_guid_is_zero(&unit->id))
        status = nf_json_fail(&r->scan, "a unit has no $ID");
    if (status)
        return status;
    if (!*unit->containment && strcmp(unit->type, "Projects$Project") != 0)
        unit->containment = nf_meta_containment(unit->type);
    return keep_module_name(r);
}

static nf_status read_unit(json_reader *r)
{
    nf_unit *unit = nf_container_add(r->container, r->err);
    nf_json_extent extent = {0};
    nf_status status = NF_OK;

    if (!unit)
        return r->err->status;
    nf_buffer_clear(&r->name);
    if (nf_json_peek(&r->scan) != '{')
        return nf_json_fail(&r->scan, "a unit is expected: {");
    extent.start = nf_json_offset(&r->scan);
    nf_json_take(&r->scan, '{');
    if (nf_json_peek(&r->scan) != '}')
        do
            status = read_member(r, unit, &extent);
        while (!status && nf_json_take(&r->scan, ','));
    if (!status && !nf_json_take(&r->scan, '}'))
        status = nf_json_fail(&r->scan, "\"}\" is expected");
    extent.length = nf_json_offset(&r->scan) - extent.start;
    return status ? status : finish_unit(r, unit, &extent);
}

/* ---- the file ------------------------------------------------------------ */

static nf_status read_units(json_reader *r)
{
    nf_status status = NF_OK;

    if (!nf_json_take(&r->scan, '['))
        return nf_json_fail(&r->scan, "\"units\" is no list");
    if (nf_json_peek(&r->scan) != ']')
        do
            status = read_unit(r);
        while (!status && nf_json_take(&r->scan, ','));
    if (!status && !nf_json_take(&r->scan, ']'))
        status = nf_json_fail(&r->scan, "\"]\" is expected");
    return status;
}

static nf_status read_setting(json_reader *r)
{
    nf_container *c = r->container;
    const struct {
        const char *name;
        const char **slot;
    } settings[] = {{"mendix", &c->version_text},
                    {"build", &c->build},
                    {"schemaHash", &c->schema_hash},
                    {"transaction", &c->transaction}};
    nf_json_extent extent = {0};

    if (is_key(r, "mpr"))
        c->mpr = nf_json_peek(&r->scan) == '1' ? 1 : 2;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (is_key(r, settings[i].name)) {
            nf_status status = nf_json_string(&r->scan, &r->text);

            return status ? status : plain_text(r, settings[i].slot);
        }
    return nf_json_skip(&r->scan, &extent);
}

static nf_status read_file(json_reader *r)
{
    bool found = false;
    nf_status status = NF_OK;

    if (!nf_json_take(&r->scan, '{'))
        return nf_json_fail(&r->scan, "\"{\" is expected");
    if (nf_json_peek(&r->scan) != '}')
        do {
            status = nf_json_string(&r->scan, &r->key);
            if (!status && !nf_json_take(&r->scan, ':'))
                status = nf_json_fail(&r->scan, "\":\" is expected");
            if (status)
                break;
            if (is_key(r, "units")) {
                if (found)
                    return nf_json_fail(&r->scan, "a second \"units\"");
                found = true;
                status = read_units(r);
            } else {
                status = read_setting(r);
            }
        } while (!status && nf_json_take(&r->scan, ','));
    if (!status && !nf_json_take(&r->scan, '}'))
        status = nf_json_fail(&r->scan, "\"}\" is expected");
    if (!status && nf_json_peek(&r->scan))
        status = nf_json_fail(&r->scan, "text after the end of the JSON");
    if (!status && nf_error_is_set(r->err))
        status = r->err->status; /* the end was a failure to read */
    if (!status && !found)
        status = nf_error_set(r->err, NF_INPUT, "not_a_model",
                              "\"%s\" is JSON but no model: it has no "
                              "\"units\"",
                              r->container->path);
    return status;
}

static nf_status open_file(json_reader *r)
{
    const char *path = r->container->path;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    unsigned char mark[3];

    r->container->file = file;
    if (file < 0 || fstat(file, &info))
        return nf_error_set(r->err, NF_INPUT, "not_found",
                            "\"%s\" can't be read: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode) || info.st_size > MAX_FILE_SIZE)
        return nf_error_set(r->err, NF_INPUT, "bad_model",
                            "\"%s\" is no file of at most %d MiB", path,
                            MAX_FILE_SIZE >> 20);
    r->scan.file = file;
    if (pread(file, mark, sizeof mark, 0) == sizeof mark &&
        memcmp(mark, "\xEF\xBB\xBF", 3) == 0)
        r->scan.base = 3; /* MF-C19 */
    return NF_OK;
}

/* ---- containers that are not there --------------------------------------- */

static bool belongs_to_project(const nf_unit *unit)
{
    return strcmp(unit->containment, "Modules") == 0 ||
           strncmp(unit->containment, "Project", 7) == 0 ||
           strcmp(unit->containment, "GuidMappings") == 0;
}

/* A unit that no text stands for. */
static nf_unit *made_unit(json_reader *r, const char *type, const nf_guid *id,
                          const nf_guid *container, const char *name)
{
    nf_unit *unit = nf_container_add(r->container, r->err);
    nf_element *element = nf_arena_alloc(r->container->arena, sizeof *element);
    nf_property *property =
        nf_arena_array(r->container->arena, 1, sizeof *property);

    if (!unit || !element || !property) {
        nf_error_nomem(r->err);
        return NULL;
    }
    property->name = "Name";
    property->kind = NF_PROPERTY_STRING;
    property->as.string.text = name;
    property->as.string.length = strlen(name);
    element->id = unit->id = *id;
    unit->container_id = *container;
    element->type = unit->type = type;
    element->properties = property;
    element->count = *name ? 1 : 0;
    unit->name = name;
    unit->containment = *name ? "Modules" : "";
    atomic_store_explicit(&unit->element, element, memory_order_release);
    return unit;
}

static nf_status find_project(json_reader *r)
{
    nf_container *c = r->container;
    nf_guid id = {{0}};

    for (size_t i = 0; i < c->count; i++) {
        nf_unit *unit = c->units[i];

        if (strcmp(unit->type, "Projects$Project") == 0) {
            unit->container_id = unit->id; /* linking finds a second one */
            r->project = unit;
        }
        if (nf_guid_is_zero(&id) && belongs_to_project(unit))
            id = unit->container_id;
    }
    if (r->project)
        return NF_OK;
    if (nf_guid_is_zero(&id))
        nf_xml_derive(&id, "/Projects$Project:");
    r->project = made_unit(r, "Projects$Project", &id, &id, "");
    return r->project ? NF_OK : r->err->status;
}

static nf_status find_modules(json_reader *r)
{
    for (size_t i = 0; i < r->container->count; i++) {
        nf_unit *unit = r->container->units[i];

        if (strcmp(unit->type, "Projects$ModuleImpl") == 0 &&
            !nf_map_set(r->modules, unit->name, unit))
            return nf_error_nomem(r->err);
    }
    return NF_OK;
}

static nf_status module_of(json_reader *r, nf_unit **out, const char *name)
{
    char path[NF_JSON_TEXT + 64];
    nf_guid id;

    *out = nf_map_get(r->modules, name);
    if (*out)
        return NF_OK;
    snprintf(path, sizeof path, "/Projects$Project:/Projects$ModuleImpl:%s",
             name);
    nf_xml_derive(&id, path);
    *out = made_unit(r, "Projects$ModuleImpl", &id, &r->project->id, name);
    if (!*out)
        return r->err->status;
    return nf_map_set(r->modules, name, *out) ? NF_OK : nf_error_nomem(r->err);
}

/* A dump of some types or modules lacks containers: what is known of them
 * takes their place. */
static nf_status adopt(json_reader *r, nf_unit *unit, const char *name)
{
    nf_unit *module;
    nf_status status;

    if (belongs_to_project(unit)) {
        unit->container_id = r->project->id;
        return NF_OK;
    }
    if (!name)
        return NF_OK; /* left out with a warning when linking */
    status = module_of(r, &module, name);
    if (!status)
        unit->container_id = module->id;
    return status;
}

static nf_status adopt_orphans(json_reader *r)
{
    nf_container *c = r->container;
    size_t count = c->count;
    nf_map *ids = nf_map_new();
    char(*texts)[NF_GUID_TEXT_SIZE] = nf_alloc_array(count, sizeof *texts);
    nf_status status = ids && texts ? NF_OK : nf_error_nomem(r->err);

    for (size_t i = 0; i < count && !status; i++) {
        nf_guid_text(&c->units[i]->id, texts[i]);
        if (!nf_map_set(ids, texts[i], c->units[i]))
            status = nf_error_nomem(r->err);
    }
    for (size_t i = 0; i < count && !status; i++) {
        char container[NF_GUID_TEXT_SIZE];
        nf_unit *unit = c->units[i];

        nf_guid_text(&unit->container_id, container);
        if (!nf_map_get(ids, container) && unit != r->project)
            status = adopt(r, unit, i < r->name_count ? r->names[i] : NULL);
    }
    nf_map_free(ids);
    nf_free(texts);
    return status;
}

/* MF-Y1: the module System is built in. Parents are known. */
static void drop_system(nf_container *container)
{
    size_t kept = 0;

    for (size_t i = 0; i < container->count; i++) {
        const nf_unit *up = container->units[i];

        while (up && !(strcmp(up->type, "Projects$ModuleImpl") == 0 &&
                       strcmp(up->name, "System") == 0))
            up = up->parent;
        if (!up)
            container->units[kept++] = container->units[i];
    }
    container->count = kept;
}

/* ---- the version --------------------------------------------------------- */

static unsigned newest(const nf_element *element, unsigned since)
{
    const nf_meta_type *type =
        element ? nf_meta_find_stored_type(element->type) : NULL;

    for (size_t i = 0; element && i < element->count; i++) {
        const nf_property *p = &element->properties[i];
        const nf_meta_property *meta = nf_meta_find_property(type, p->name);

        if (meta && meta->since > since)
            since = meta->since;
        if (p->kind == NF_PROPERTY_ELEMENT)
            since = newest(p->as.element, since);
        for (size_t k = 0; p->kind == NF_PROPERTY_LIST && k < p->as.list.count;
             k++)
            if (p->as.list.items[k].kind == NF_PROPERTY_ELEMENT)
                since = newest(p->as.list.items[k].as.element, since);
    }
    return since;
}

/* A dump does not say its version: the newest that one of the units asks for
 * which are read in any case. */
static nf_status guess_version(json_reader *r)
{
    static const char *const asked[] = {"Settings$ProjectSettings",
                                        "Navigation$NavigationDocument",
                                        "Security$ProjectSecurity"};
    nf_container *c = r->container;
    unsigned since = 80000;

    for (size_t i = 0; i < c->count; i++)
        for (size_t k = 0; k < sizeof asked / sizeof *asked; k++) {
            const nf_element *element;

            if (strcmp(c->units[i]->type, asked[k]) != 0)
                continue;
            element = nf_unit_element(c, c->units[i], r->err);
            if (!element)
                return r->err->status;
            since = newest(element, since);
        }
    c->version_text = nf_arena_format(c->arena, "%u.%u.%u", since / 10000,
                                      since / 100 % 100, since % 100);
    if (!c->version_text)
        return nf_error_nomem(r->err);
    nf_container_warn(c,
                      "\"%s\" does not say its Mendix version; it is read as "
                      "one of %s",
                      c->path, c->version_text);
    return NF_OK;
}

/* ---- entry points -------------------------------------------------------- */

static nf_status read_text(const nf_container *container, const nf_unit *unit,
                           char **text, nf_error *err)
{
    size_t at = 0;

    *text = nf_alloc_raw(unit->length + 1);
    if (!*text)
        return nf_error_nomem(err);
    while (at < unit->length) {
        ssize_t got = pread(container->file, *text + at, unit->length - at,
                            (off_t)(unit->offset + (long long)at));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return nf_error_set(err, NF_INPUT, "bad_model",
                                "\"%s\" can't be read: %s", container->path,
                                got ? strerror(errno)
                                    : "it became shorter meanwhile");
        at += (size_t)got;
    }
    return NF_OK;
}

static nf_status json_load(const nf_container *container, nf_unit *unit,
                           nf_error *err)
{
    nf_arena *arena = nf_arena_new();
    nf_error own = {0};
    const nf_element *element = NULL;
    char *text = NULL;
    nf_status status =
        arena ? read_text(container, unit, &text, &own) : nf_error_nomem(&own);

    if (arena)
        nf_arena_limit(arena, MAX_TREE);
    if (!status)
        status = nf_json_decode(&element, arena, text, unit->length, &own);
    if (!status && !nf_guid_equal(&element->id, &unit->id))
        status = nf_error_set(&own, NF_INPUT, "bad_model",
                              "\"%s\" was changed meanwhile", container->path);
    nf_free(text);
    if (status == NF_NOMEM && arena && nf_arena_is_full(arena)) {
        nf_error_clear(&own);
        status = nf_error_set(&own, NF_INPUT, "bad_model",
                              "%s \"%s\" is too large: it needs more than %d "
                              "MiB in memory",
                              unit->type, unit->name, MAX_TREE >> 20);
    }
    if (status) {
        nf_error_at_offset(&own, container->path, 0);
        nf_error_at_line(&own, container->path, 0);
        own.offset += unit->offset; /* it is that in the unit */
        if (err && !nf_error_is_set(err))
            *err = own;
        nf_arena_free(arena);
        return status;
    }
    unit->arena = arena;
    atomic_store_explicit(&unit->element, element, memory_order_release);
    return NF_OK;
}

static nf_status read_all(json_reader *r)
{
    nf_container *c = r->container;
    nf_status status = open_file(r);

    if (!status)
        status = read_file(r);
    if (!status)
        status = find_project(r);
    if (!status)
        status = find_modules(r);
    if (!status)
        status = adopt_orphans(r);
    if (!status)
        status = nf_container_link(c, r->err);
    if (status)
        return status;
    drop_system(c);
    if (!*c->version_text)
        status = guess_version(r);
    if (!status && !nf_version_parse(&c->version, c->version_text))
        status = nf_error_set(r->err, NF_INPUT, "bad_model",
                              "\"%s\" has no valid Mendix version: \"%s\"",
                              c->path, c->version_text);
    return status;
}

nf_status nf_json_read(nf_container *container, nf_error *err)
{
    nf_error own = {0};
    json_reader r = {.container = container, .err = err ? err : &own};
    unsigned char *window = nf_alloc_raw(NF_JSON_WINDOW);
    nf_status status;

    container->load = json_load;
    r.scan = (nf_json_scan){
        .file = -1, .path = container->path, .window = window, .err = r.err};
    nf_buffer_init(&r.key, NF_BUFFER_MAX);
    nf_buffer_init(&r.text, NF_BUFFER_MAX);
    nf_buffer_init(&r.name, NF_BUFFER_MAX);
    r.modules = nf_map_new();
    status = window && r.modules ? read_all(&r) : nf_error_nomem(r.err);
    nf_map_free(r.modules);
    nf_buffer_dispose(&r.key);
    nf_buffer_dispose(&r.text);
    nf_buffer_dispose(&r.name);
    nf_free(r.names);
    nf_free(window);
    return status;
}
