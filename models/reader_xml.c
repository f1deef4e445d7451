/* The XML reader: the files of an app, what its root says, and includes (MF-X1,
 * X2, X13). A document is read by reader_xml_stream.c, its units by
 * reader_xml_unit.c. Everything lives in the container's arena. */
#include "models/reader_xml.h"
#include "models/xml_parse.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_INCLUDES = 16,
    MAX_ELEMENTS = 144 << 20 /* of a whole app, in memory */
};

nf_status nf_xml_fail(const nf_xml_reader *reader, const nf_xml_node *node,
                      const char *format, ...)
{
    va_list args;

    va_start(args, format);
    nf_error_setv(reader->err, NF_INPUT, "bad_model", format, args);
    va_end(args);
    nf_error_at_line(reader->err, reader->file, node ? node->line : 0);
    return NF_INPUT;
}

const char *nf_xml_attribute(const nf_xml_reader *reader,
                             const nf_xml_node *node, const char *name)
{
    const char *value = nf_xml_property(node, name);

    return value ? nf_arena_strdup(reader->arena, value) : NULL;
}

bool nf_xml_is_ours(const nf_xml_node *node)
{
    return node->space && strcmp(node->space, NF_XML_NAMESPACE) == 0;
}

/* ---- includes ------------------------------------------------------------ */

/* Only a relative path below the main file's folder, symbolic links resolved
 * (MF-X13). */
static nf_status include_path(const nf_xml_reader *r, const nf_xml_node *node,
                              char resolved[PATH_MAX])
{
    const char *href = nf_xml_attribute(r, node, "href");
    const char *slash = strrchr(r->file, '/');
    char joined[PATH_MAX];
    size_t folder = r->folder ? strlen(r->folder) : 0;

    if (!href || !*href)
        return nf_xml_fail(r, node, "xi:include needs href");
    if (!r->folder || *href == '/' || strstr(href, "..") ||
        strpbrk(href, ":#?\\"))
        return nf_xml_fail(r, node,
                           "xi:include \"%s\" must be a relative path below "
                           "the folder of the main file",
                           href);
    if (snprintf(joined, sizeof joined, "%.*s%s",
                 slash ? (int)(slash - r->file) + 1 : 0, r->file,
                 href) >= (int)sizeof joined)
        return nf_xml_fail(r, node, "the path \"%s\" is too long", href);
    if (!realpath(joined, resolved))
        return nf_xml_fail(r, node, "xi:include \"%s\": %s", href,
                           strerror(errno));
    if (strncmp(resolved, r->folder, folder) != 0 || resolved[folder] != '/')
        return nf_xml_fail(r, node,
                           "xi:include \"%s\" leads out of the folder of the "
                           "main file",
                           href);
    return NF_OK;
}

void nf_xml_doubt_include(nf_xml_reader *r, const nf_xml_node *node)
{
    static const char *const known[] = {"href", NULL};

    if (node->children || !nf_xml_is_plain(node, known, false))
        r->doubts = true;
}

static nf_status read_path(nf_xml_reader *r, const char *path,
                           nf_xml_document *document)
{
    nf_xml_source source;
    nf_status status;

    r->file = nf_arena_strdup(r->arena, path);
    if (!r->file)
        return nf_error_nomem(r->err);
    status = nf_xml_source_open(&source, r, path);
    if (!status)
        status = nf_xml_read_document(r, &source, document);
    nf_xml_source_close(&source);
    return status;
}

nf_status nf_xml_read_include(nf_xml_reader *r, const nf_xml_node *node,
                              const nf_xml_place *where)
{
    nf_xml_document document = {.where = where};
    const char *outer = r->file;
    char path[PATH_MAX];
    nf_status status = include_path(r, node, path);

    if (status)
        return status;
    if (r->includes >= MAX_INCLUDES)
        return nf_xml_fail(r, node,
                           "xi:include goes in a circle or deeper "
                           "than %d",
                           MAX_INCLUDES);
    r->includes++;
    status = read_path(r, path, &document);
    r->includes--;
    r->file = outer;
    return status;
}

/* ---- app documents ------------------------------------------------------- */

static nf_status agree(const nf_xml_reader *r, const nf_xml_node *root,
                       const char *name, const char *fallback,
                       const char **value, bool first)
{
    const char *text = nf_xml_attribute(r, root, name);

    if (!text)
        text = fallback;
    if (first)
        *value = text;
    else if (strcmp(*value, text) != 0)
        return nf_xml_fail(r, root,
                           "the files of one app must agree: %s is \"%s\" here "
                           "and \"%s\" before",
                           name, text, *value);
    return NF_OK;
}

static nf_status read_mpr_version(const nf_xml_reader *r,
                                  const nf_xml_node *root, bool first)
{
    const char *before = r->container->mpr == 1   ? "1"
                         : r->container->mpr == 2 ? "2"
                                                  : "";
    nf_status status = agree(r, root, "mpr", "", &before, first);

    if (status)
        return status;
    if (*before && strcmp(before, "1") != 0 && strcmp(before, "2") != 0)
        return nf_xml_fail(r, root, "mpr is 1 or 2, not \"%s\"", before);
    r->container->mpr = *before ? *before - '0' : 0;
    return NF_OK;
}

nf_status nf_xml_read_app(nf_xml_reader *r, const nf_xml_node *root, bool first)
{
    static const char *const known[] = {"format",   "mendix",     "mpr",
                                        "build",    "schemaHash", "transaction",
                                        "language", "complete"};
    nf_container *c = r->container;
    static const char *const plain[] = {"format", "mendix", "language", NULL};
    const char *format = nf_xml_attribute(r, root, "format");
    const char *complete = r->complete ? "true" : "false";
    nf_status status;

    if (!nf_xml_is_plain(root, plain, false))
        r->doubts = true;
    for (const nf_xml_attr *a = root->properties; a; a = a->next) {
        bool found = a->space != NULL;

        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            found = found || strcmp(a->name, known[i]) == 0;
        if (!found)
            return nf_xml_fail(r, root, "unknown attribute \"%s\" of app",
                               a->name);
    }
    if (!format || strcmp(format, "1") != 0)
        return nf_xml_fail(r, root, "app needs format=\"1\"");
    status = agree(r, root, "mendix", "", &c->version_text, first);
    if (!status)
        status = agree(r, root, "language", "en_US", &c->language, first);
    if (!status)
        status = agree(r, root, "complete", "false", &complete, first);
    if (!status)
        status = agree(r, root, "build", "", &c->build, first);
    if (!status)
        status = agree(r, root, "schemaHash", "", &c->schema_hash, first);
    if (!status)
        status = agree(r, root, "transaction", "", &c->transaction, first);
    if (!status)
        status = read_mpr_version(r, root, first);
    if (status)
        return status;
    if (!nf_version_parse(&c->version, c->version_text))
        return nf_xml_fail(r, root,
                           "app needs mendix, the product version, "
                           "for example mendix=\"10.24.0\"");
    r->complete = strcmp(complete, "true") == 0 || strcmp(complete, "1") == 0;
    if (!r->complete && strcmp(complete, "false") && strcmp(complete, "0"))
        return nf_xml_fail(r, root, "complete is true or false, not \"%s\"",
                           complete);
    r->language = c->language;
    r->version = (unsigned)(c->version.major * 10000 + c->version.minor * 100 +
                            c->version.patch);
    return NF_OK;
}

static void init_reader(nf_xml_reader *r, nf_container *container,
                        nf_error *err)
{
    memset(r, 0, sizeof *r);
    r->container = container;
    r->arena = container->arena;
    r->file = container->path;
    r->language = "en_US";
    r->err = err;
    container->format = 0;
    nf_arena_limit(r->arena, MAX_ELEMENTS);
}

/* The reader has read, or failed. What others put into the arena afterwards is
 * theirs to count. */
static nf_status finish(nf_xml_reader *r, nf_status status)
{
    if (!status && nf_arena_failed(r->arena))
        status = nf_error_nomem(r->err);
    if (status == NF_NOMEM && nf_arena_is_full(r->arena)) {
        nf_error_clear(r->err);
        status = nf_error_set(r->err, NF_INPUT, "bad_model",
                              "\"%s\" is too large: its elements need more "
                              "than %d MiB in memory; use an .mpr",
                              r->container->path, MAX_ELEMENTS >> 20);
    }
    nf_arena_limit(r->arena, SIZE_MAX);
    nf_xml_forget_schemas(r);
    return status;
}

static nf_status find_folder(nf_xml_reader *r, const char *file)
{
    char copy[PATH_MAX], resolved[PATH_MAX];
    char *slash;

    if (snprintf(copy, sizeof copy, "%s", file) >= (int)sizeof copy)
        return nf_error_set(r->err, NF_INPUT, "not_found",
                            "the path \"%s\" is too long", file);
    slash = strrchr(copy, '/');
    if (slash)
        slash[slash == copy] = '\0';
    if (!realpath(slash ? copy : ".", resolved))
        return nf_error_set(r->err, NF_INPUT, "not_found",
                            "\"%s\" can't be read: %s", file, strerror(errno));
    if (strcmp(resolved, "/") == 0)
        resolved[0] = '\0';
    r->folder = nf_arena_strdup(r->arena, resolved);
    return r->folder ? NF_OK : nf_error_nomem(r->err);
}

nf_status nf_xml_read(nf_container *container, const char *const *files,
                      size_t count, nf_error *err)
{
    nf_error own = {0};
    nf_xml_reader r;
    bool found = false;
    nf_status status;

    init_reader(&r, container, err ? err : &own);
    status = find_folder(&r, files[0]);
    for (size_t i = 0; i < count && !status; i++) {
        /* In a folder other XML files are passed over (MF-C13). */
        nf_xml_document document = {.first = !found, .pass_others = count > 1};

        status = read_path(&r, files[i], &document);
        found = found || !document.passed;
    }
    if (!status && !found)
        status = nf_error_set(err, NF_INPUT, "not_a_model",
                              "folder \"%s\" holds no model: no .mpr and no "
                              "XML file with the root app",
                              container->path);
    if (!status)
        status = nf_xml_need_project(&r);
    if (!status)
        status = nf_xml_need_language(&r);
    return finish(&r, status);
}

nf_status nf_xml_read_text(nf_container *container, const char *text,
                           size_t length, const char *name, nf_error *err)
{
    nf_error own = {0};
    nf_xml_document document = {.first = true};
    nf_xml_source source;
    nf_xml_reader r;
    nf_status status;

    init_reader(&r, container, err ? err : &own);
    r.file = name;
    r.trusted = true;
    nf_xml_source_text(&source, &r, text, length);
    status = nf_xml_read_document(&r, &source, &document);
    if (!status)
        status = nf_xml_need_project(&r);
    if (!status)
        status = nf_xml_need_language(&r);
    return finish(&r, status);
}

/* ---- small documents of others ------------------------------------------- */

typedef struct text_left {
    const char *text;
    size_t length;
} text_left;

static long read_text(void *user, char *out, size_t size)
{
    text_left *left = user;

    if (size > left->length)
        size = left->length;
    memcpy(out, left->text, size);
    left->text += size;
    left->length -= size;
    return (long)size;
}

nf_status nf_xml_parse(nf_xml_node **out, const char *text, size_t length,
                       const char *name, nf_error *err)
{
    static const nf_xml_handlers handlers = {.read = read_text};
    text_left left = {text, length};
    size_t cost = 0;
    nf_xml_parser parser = {.handlers = &handlers,
                            .user = &left,
                            .file = name,
                            .err = err,
                            .cost = &cost};
    nf_status status = nf_xml_parser_run(&parser);

    if (status)
        nf_xml_remove(parser.root);
    *out = status ? NULL : parser.root;
    return status;
}
