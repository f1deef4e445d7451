/* The .mpk reader: finds the .mpr of a package and leaves the rest to the .mpr
 * reader, which takes the database from memory and unit files from the
 * package. Nothing is unpacked to a disk. */
#include "models/reader_mpk.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "models/reader_xml.h"

#define PACKAGE_NAMESPACE "http://www.mendix.com/package/1.0/"
#define PROJECT_NAMESPACE "http://www.mendix.com/modelerProject/1.0/"

enum { MAX_DESCRIPTION = 1 << 20, MAX_DATABASE = 96 << 20 };

static nf_status wrong(const nf_container *c, nf_error *err, const char *what)
{
    return nf_error_set(err, NF_INPUT, "bad_model", "package \"%s\" %s",
                        c->path, what);
}

/* ---- package.xml --------------------------------------------------------- */

static bool is_called(const nf_xml_node *node, const char *name,
                      const char *space)
{
    return node->kind == NF_XML_ELEMENT && strcmp(node->name, name) == 0 &&
           node->space && strcmp(node->space, space) == 0;
}

static const nf_xml_node *child_called(const nf_xml_node *parent,
                                       const char *name, const char *space)
{
    for (const nf_xml_node *n = parent ? parent->children : NULL; n;
         n = n->next)
        if (is_called(n, name, space))
            return n;
    return NULL;
}

/* MF-C14: what the package is of. */
static nf_status find_project(const nf_container *c, const nf_xml_node *root,
                              const nf_xml_node **project, nf_error *err)
{
    if (!root || !is_called(root, "package", PACKAGE_NAMESPACE))
        return wrong(c, err,
                     "has a package.xml that is none: expected the root "
                     "element package of namespace " PACKAGE_NAMESPACE);
    *project = child_called(root, "modelerProject", PROJECT_NAMESPACE);
    if (*project)
        return NF_OK;
    for (const nf_xml_node *n = root->children; n; n = n->next)
        if (n->kind == NF_XML_ELEMENT && strcmp(n->name, "clientModule") == 0)
            return nf_error_set(err, NF_INPUT, "not_a_model",
                                "package \"%s\" is a widget, not a model",
                                c->path);
    return nf_error_set(err, NF_INPUT, "not_a_model",
                        "package \"%s\" holds no model: its package.xml names "
                        "no modelerProject",
                        c->path);
}

/* MF-C15, C16. */
static nf_status project_path(const nf_container *c, const nf_xml_node *project,
                              const char **path, nf_error *err)
{
    const nf_xml_node *file =
        child_called(project, "projectFile", PROJECT_NAMESPACE);
    const char *text = file ? nf_xml_property(file, "path") : NULL;
    char *copy;

    if (!text)
        return wrong(c, err, "does not say its project file in package.xml");
    copy = nf_arena_strdup(c->arena, text);
    if (!copy)
        return nf_error_nomem(err);
    for (char *at = copy; *at; at++)
        if (*at == '\\')
            *at = '/';
    *path = strncmp(copy, "./", 2) == 0 ? copy + 2 : copy;
    return NF_OK;
}

static nf_status read_description(const nf_container *c, const char **path,
                                  nf_error *err)
{
    uint8_t *text;
    size_t length;
    const char *name;
    nf_xml_node *root = NULL;
    const nf_xml_node *project = NULL;
    nf_status status = nf_package_read(
        c->package, "package.xml", MAX_DESCRIPTION, NULL, &text, &length, err);

    if (status)
        return status;
    name = nf_arena_format(c->arena, "%s/package.xml", c->path);
    status = name ? nf_xml_parse(&root, (const char *)text, length, name, err)
                  : nf_error_nomem(err);
    nf_free(text);
    if (!status)
        status = find_project(c, root, &project, err);
    if (!status)
        status = project_path(c, project, path, err);
    nf_xml_remove(root);
    return status;
}

/* ---- without package.xml: a folder in a ZIP (MF-C18) ----------------------
 */

static int depth_of(const char *name)
{
    int depth = 0;

    for (; *name; name++)
        depth += *name == '/';
    return depth;
}

static bool is_mpr(const char *name)
{
    size_t length = strlen(name);

    return length > 4 && strcasecmp(name + length - 4, ".mpr") == 0;
}

/* The only .mpr that lies highest; *others tells that there are more. */
static const char *highest_mpr(const nf_package *package, bool *others)
{
    const char *found = NULL;

    *others = false;
    for (size_t i = 0; i < nf_package_count(package); i++) {
        const char *name = nf_package_name(package, i);

        if (!is_mpr(name) || (found && depth_of(name) > depth_of(found)))
            continue;
        *others = found && depth_of(name) == depth_of(found);
        found = name;
    }
    return found;
}

static nf_status find_mpr(const nf_container *c, const char **path,
                          nf_error *err)
{
    bool others;
    const char *found = highest_mpr(c->package, &others);

    if (!found)
        return nf_error_set(err, NF_INPUT, "not_a_model",
                            "\"%s\" is a ZIP file but no package: it has "
                            "neither package.xml nor a .mpr file",
                            c->path);
    if (others)
        return wrong(c, err,
                     "holds several models and no package.xml that names one");
    *path = found;
    return NF_OK;
}

/* ---- the project --------------------------------------------------------- */

static nf_status check_database(const nf_container *c, const char *path,
                                nf_error *err)
{
    char what[512];

    if (c->image_length >= 4 && memcmp(c->image, "PK\3\4", 4) == 0) {
        snprintf(what, sizeof what,
                 "holds another package in place of its project: \"%.400s\"",
                 path);
        return wrong(c, err, what);
    }
    if (c->image_length >= 100 && memcmp(c->image, "SQLite format 3", 16) == 0)
        return NF_OK;
    snprintf(what, sizeof what, "has a project that is no model: \"%.400s\"",
             path);
    return wrong(c, err, what);
}

static nf_status read_database(nf_container *c, const char *path, nf_error *err)
{
    const char *slash = strrchr(path, '/');
    nf_status status;

    if (!nf_package_has(c->package, path))
        return nf_error_set(err, NF_INPUT, "bad_model",
                            "package \"%s\" lacks its project \"%s\"", c->path,
                            path);
    c->folder = nf_arena_format(c->arena, "%.*smprcontents",
                                slash ? (int)(slash - path) + 1 : 0, path);
    if (!c->folder)
        return nf_error_nomem(err);
    status = nf_package_read(c->package, path, MAX_DATABASE, NULL, &c->image,
                             &c->image_length, err);
    if (status)
        return status;
    status = check_database(c, path, err);
    if (!status) /* a log beside it is not there; memory can't have one */
        c->image[18] = c->image[19] = 1;
    return status;
}

nf_status nf_mpk_read(nf_container *c, nf_error *err)
{
    const char *path = NULL;
    nf_status status = nf_package_open(&c->package, c->path, err);

    if (status)
        return status;
    status = nf_package_has(c->package, "package.xml")
                 ? read_description(c, &path, err)
                 : find_mpr(c, &path, err);
    if (!status)
        status = read_database(c, path, err);
    return status ? status : nf_mpr_read(c, err);
}
