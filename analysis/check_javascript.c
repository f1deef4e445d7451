/* What of an app's JavaScript actions can't run from their sources: a source
 * that is missing or is none, modules that are not beside it, names that the
 * client's modules don't have, what only a page or a device has (activities
 * J17, J18). An app without any sources is left to its host. */
#include "analysis/check.h"
#include "base/json.h"
#include "base/map.h"
#include "base/memory.h"
#include "javascript/needs.h"
#include "javascript/provided.h"
#include "javascript/rewrite.h"
#include "javascript/sources.h"
#include "javascript/syntax.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

typedef struct action_check {
    nf_check *check;
    nf_js_sources *sources;
    nf_js_syntax *syntax; /* NULL: there is no engine */
    nf_map *seen; /* paths and names of this action; keys in the arena */
    const nf_document *document;
    const char *path; /* of the source that is looked at */
    int depth;
} action_check;

enum { DEPTH_MAX = 64 };

/* True the first time. */
static bool is_new(action_check *a, const char *key)
{
    char *kept;

    if (nf_map_get(a->seen, key))
        return false;
    kept = nf_arena_strdup(a->check->arena, key);
    if (!kept || !nf_map_set(a->seen, kept, kept))
        a->check->failed = true;
    return true;
}

static bool read_source(action_check *a, const char *path, char **text,
                        size_t *length)
{
    if (nf_js_sources_read(a->sources, path, text, length, NULL) == NF_NOMEM)
        a->check->failed = true;
    return *text != NULL;
}

/* Folders without "." and "..", in place; false: they lead out. */
static bool shorten(char *path)
{
    char *out = path, *start = path;

    for (char *part = path; part;) {
        char *slash = strchr(part, '/');
        size_t length = slash ? (size_t)(slash - part) : strlen(part);

        if (length == 2 && memcmp(part, "..", 2) == 0) {
            if (out == start)
                return false;
            for (out--; out > start && out[-1] != '/';)
                out--;
        } else if (length && !(length == 1 && *part == '.')) {
            memmove(out, part, length);
            out += length;
            *out++ = '/';
        }
        part = slash ? slash + 1 : NULL;
    }
    if (out > start)
        out--;
    *out = '\0';
    return true;
}

/* The folder of all sources, which paths may leave and enter again. */
#define ROOT "javascriptsource/"

/* ROOT "a/b/./../c" as "a/c", in place; false: it leads out. */
static bool normalize(char *path)
{
    size_t root = strlen(ROOT);

    if (!shorten(path) || strncmp(path, ROOT, root) != 0)
        return false;
    memmove(path, path + root, strlen(path + root) + 1);
    return true;
}

/* What a package in a folder node_modules of this or an outer folder says of
 * itself; NULL: there is none. Owner: caller. */
static char *read_package(action_check *a, const char *from, const char *name)
{
    const char *rest = strchr(name, '/');
    int length;

    if (rest && *name == '@')
        rest = strchr(rest + 1, '/');
    length = rest ? (int)(rest - name) : (int)strlen(name);
    for (int folder = (int)strlen(from); folder >= 0; folder--) {
        char path[PATH_MAX], *text = NULL;
        size_t size;

        if (folder && from[folder - 1] != '/')
            continue;
        if ((size_t)snprintf(path, sizeof path,
                             "%.*snode_modules/%.*s/package.json", folder, from,
                             length, name) < sizeof path &&
            read_source(a, path, &text, &size))
            return text;
    }
    return NULL;
}

/* Packages for phones name what they need of one. */
static bool is_for_phones(const char *package)
{
    static const char *const fields[] = {"peerDependencies", "dependencies"};
    nf_json_text_read read;
    json_object *field, *needed;
    bool found = false;

    if (nf_json_parse(&read, package, strlen(package) + 1,
                      JSON_TOKENER_DEFAULT_DEPTH, 0, NULL) != NF_OK)
        return false;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        found = found ||
                (json_object_is_type(read.json, json_type_object) &&
                 json_object_object_get_ex(read.json, fields[i], &field) &&
                 json_object_is_type(field, json_type_object) &&
                 json_object_object_get_ex(field, "react-native", &needed));
    json_object_put(read.json);
    return found;
}

/* A file that is imported. */
typedef struct found {
    char path[PATH_MAX], *text; /* owner: who looked for it */
    size_t length;
} found;

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), size = strlen(ending);

    return length >= size && strcmp(text + length - size, ending) == 0;
}

/* The file that `name` means in the file `from`. */
static bool find_file(action_check *a, const char *from, const char *name,
                      found *out)
{
    static const char *const endings[] = {"",     ".js",   ".mjs",
                                          ".cjs", ".json", "/index.js"};
    const char *slash = strrchr(from, '/');
    int folder = slash ? (int)(slash + 1 - from) : 0;

    out->text = NULL;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if ((size_t)snprintf(out->path, sizeof out->path, ROOT "%.*s%s%s",
                             folder, from, name,
                             endings[i]) < sizeof out->path &&
            normalize(out->path) &&
            read_source(a, out->path, &out->text, &out->length))
            return true;
    return false;
}

static void check_source(action_check *a, const char *path, char *text,
                         size_t length, int depth);

static void check_file(action_check *a, const found *file, int depth)
{
    if (is_new(a, file->path) && depth < DEPTH_MAX &&
        !ends_with(file->path, ".json"))
        check_source(a, file->path, file->text, file->length, depth + 1);
}

static bool is_path(const char *name)
{
    return *name == '.' || *name == '/';
}

static bool is_phone_app(const nf_model *model)
{
    for (size_t i = 0; i < nf_model_profile_count(model); i++)
        if (nf_model_profile(model, i)->native)
            return true;
    return false;
}

static void check_package(action_check *a, const char *from, const char *name)
{
    char *package = read_package(a, from, name);
    bool partly = strcmp(name, nf_js_provided_phone.module) == 0 &&
                  is_phone_app(a->check->model);
    const char *why = partly                   ? "of which a part is here"
                      : !package               ? "which is not beside it"
                      : is_for_phones(package) ? "which a phone has to load"
                                               : NULL;

    nf_free(package);
    if (!why || !is_new(a, name))
        return;
    nf_check_addf(a->check, NF_SEVERITY_NOTE, "js_unavailable",
                  a->document->qualified, "",
                  "\"%s\" imports \"%s\", %s: where %s is used, the host or "
                  "a mock has to answer for the action",
                  from, name, why, partly ? "more" : "it");
}

/* Styles, pictures and sounds of a page: no sources. */
static bool is_media(const char *name)
{
    static const char *const endings[] = {
        ".css", ".scss", ".sass", ".less", ".png", ".jpg", ".jpeg", ".gif",
        ".svg", ".webp", ".mp3",  ".mp4",  ".wav", ".ttf", ".woff", ".woff2"};

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends_with(name, endings[i]))
            return true;
    return false;
}

/* Whether a file exports a name, or can't be known to lack it: what it passes
 * on from elsewhere, and what a script sets, shows only when it runs. */
static bool may_export(const nf_js_source *source, const char *name)
{
    bool any = source->export_count > 0;

    if (strcmp(name, "*") == 0)
        return true;
    for (size_t i = 0; i < source->export_count; i++)
        if (strcmp(source->exports[i].as, name) == 0)
            return true;
    for (size_t i = 0; i < source->import_count; i++)
        for (size_t k = 0; k < source->imports[i].export_count; k++) {
            const char *as = source->imports[i].exports[k].as;

            any = true;
            if (strcmp(as, name) == 0 || strcmp(as, "*") == 0)
                return true;
        }
    return !source->module || !any;
}

static void check_own_names(action_check *a, const char *from,
                            const found *file, const nf_js_name *names,
                            size_t count)
{
    nf_js_source source;
    nf_status status;

    if (!count || ends_with(file->path, ".json"))
        return;
    status = nf_js_rewrite(&source, file->text, file->length, NULL);
    if (status == NF_NOMEM)
        a->check->failed = true;
    for (size_t i = 0; !status && i < count; i++)
        if (!may_export(&source, names[i].name))
            nf_check_addf(a->check, NF_SEVERITY_WARNING, "js_unavailable",
                          a->document->qualified, "",
                          "\"%s\" imports \"%s\" from \"%s\", which exports "
                          "no such name: it is undefined",
                          from, names[i].name, file->path);
    nf_js_source_dispose(&source);
}

static void check_import(action_check *a, const char *from,
                         const nf_js_import *import, int depth)
{
    const char *name = import->from;
    found file;

    if (!is_path(name)) {
        check_package(a, from, name);
    } else if (find_file(a, from, name, &file)) {
        check_own_names(a, from, &file, import->names, import->name_count);
        check_own_names(a, from, &file, import->exports, import->export_count);
        check_file(a, &file, depth);
        nf_free(file.text);
    } else if (is_new(a, name)) {
        nf_check_addf(a->check, NF_SEVERITY_UNSUPPORTED, "js_unavailable",
                      a->document->qualified, "",
                      "\"%s\" imports \"%s\", which is not there", from, name);
    }
}

/* Names that a module of the client does not have. */
static void check_names(action_check *a, const char *path,
                        const nf_js_provided *provided, const nf_js_name *names,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!nf_js_provides(provided, names[i].name))
            nf_check_addf(a->check, NF_SEVERITY_UNSUPPORTED, "js_unavailable",
                          a->document->qualified, "",
                          "\"%s\" imports \"%s\" from \"%s\", which has no "
                          "such name here",
                          path, names[i].name, provided->module);
}

/* Of react-native some names are there in apps for phones; false: not all that
 * is imported can be known to be. */
static bool has_phone_names(action_check *a, const char *path,
                            const nf_js_import *import)
{
    const nf_js_provided *phone = &nf_js_provided_phone;
    bool known = import->name_count > 0 && !import->export_count;

    if (strcmp(import->from, phone->module) != 0 ||
        !is_phone_app(a->check->model))
        return false;
    for (size_t i = 0; i < import->name_count; i++)
        known = known && strcmp(import->names[i].name, "*") != 0 &&
                strcmp(import->names[i].name, "default") != 0;
    for (size_t i = 0; known && i < import->name_count; i++)
        if (!nf_js_provides(phone, import->names[i].name) &&
            is_new(a, import->names[i].name))
            nf_check_addf(a->check, NF_SEVERITY_NOTE, "js_unavailable",
                          a->document->qualified, "",
                          "\"%s\" imports \"%s\" from \"%s\", which a phone "
                          "has: where it is used, the host or a mock has to "
                          "answer for the action",
                          path, import->names[i].name, import->from);
    return known;
}

static void check_imports(action_check *a, const char *path,
                          const nf_js_source *source, int depth)
{
    for (size_t i = 0; i < source->import_count; i++) {
        const nf_js_import *import = &source->imports[i];
        const nf_js_provided *provided = nf_js_provided_find(import->from);

        if (is_media(import->from) || has_phone_names(a, path, import))
            continue;
        if (!provided) {
            check_import(a, path, import, depth);
            continue;
        }
        check_names(a, path, provided, import->names, import->name_count);
        check_names(a, path, provided, import->exports, import->export_count);
    }
}

/* What require() or import() asks for is needed where they are reached. */
static void check_asked(action_check *a, const char *name)
{
    const char *path = a->path;
    int depth = a->depth;
    found file;

    if (nf_js_provided_find(name) || is_media(name))
        return;
    if (!is_path(name)) {
        check_package(a, path, name);
    } else if (find_file(a, path, name, &file)) {
        check_file(a, &file, depth);
        nf_free(file.text);
    } else if (is_new(a, name)) {
        nf_check_addf(a->check, NF_SEVERITY_NOTE, "js_unavailable",
                      a->document->qualified, "",
                      "\"%s\" asks for \"%s\", which is not there", path, name);
    }
    a->path = path;
    a->depth = depth;
}

static void tell_need(void *user, nf_js_need need, const char *name)
{
    action_check *a = user;

    if (need == NF_JS_NEED_MODULE)
        check_asked(a, name);
    else if (is_new(a, name))
        nf_check_addf(a->check, NF_SEVERITY_NOTE, "js_unavailable",
                      a->document->qualified, "",
                      "\"%s\" uses \"%s\", which a page or a device has: "
                      "where it is used, the host or a mock has to answer for "
                      "the action",
                      a->path, name);
}

/* What the engine says of it; an engine that fails is not asked again. */
static void check_syntax(action_check *a, const char *path,
                         const nf_js_source *source)
{
    nf_error err = {0};
    nf_status status =
        a->syntax ? nf_js_syntax_check(a->syntax, path, source, &err) : NF_OK;

    if (status == NF_NOMEM)
        a->check->failed = true;
    else if (status == NF_INPUT)
        nf_check_addf(a->check, NF_SEVERITY_UNSUPPORTED, "bad_source",
                      a->document->qualified, "", "%s", err.message);
    else if (status)
        a->syntax = NULL;
}

static void check_source(action_check *a, const char *path, char *text,
                         size_t length, int depth)
{
    nf_js_source source;
    nf_error err = {0};
    nf_status status = nf_js_rewrite(&source, text, length, &err);

    if (!status) {
        check_syntax(a, path, &source);
        check_imports(a, path, &source, depth);
        a->path = path;
        a->depth = depth;
        status = nf_js_find_needs(text, length, tell_need, a, &err);
    }
    if (status == NF_NOMEM)
        a->check->failed = true;
    else if (status)
        nf_check_addf(a->check, NF_SEVERITY_UNSUPPORTED, "bad_source",
                      a->document->qualified, "", "\"%s\", %s", path,
                      err.message);
    nf_js_source_dispose(&source);
}

/* It runs anyway (J7); what its source takes for granted may not be here. */
static void check_platform(nf_check *check, const nf_document *document)
{
    nf_error err = {0};
    const nf_element *action = nf_document_element(document, &err);
    const char *platform =
        action ? nf_element_string(action, "Platform", "All") : "All";

    if (strcmp(platform, "All") == 0)
        return;
    nf_check_addf(check, NF_SEVERITY_NOTE, "js_unavailable",
                  document->qualified, "",
                  "the action is for the platform %s only; here it runs on "
                  "every profile",
                  platform);
}

static void check_action(nf_check *check, nf_js_sources *sources,
                         nf_js_syntax *syntax, const nf_document *document)
{
    action_check a = {.check = check,
                      .sources = sources,
                      .syntax = syntax,
                      .seen = nf_map_new(),
                      .document = document};
    char path[PATH_MAX], *text = NULL;
    size_t length;

    if (!a.seen) {
        check->failed = true;
        return;
    }
    snprintf(path, sizeof path, "%s/actions/%s.js", document->module->name,
             document->name);
    for (char *at = path; *at && *at != '/'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at += 'a' - 'A';
    check_platform(check, document);
    if (read_source(&a, path, &text, &length))
        check_source(&a, path, text, length, 0);
    else
        nf_check_addf(check, NF_SEVERITY_WARNING, "js_unavailable",
                      document->qualified, "",
                      "the source \"javascriptsource/%s\" is not there: the "
                      "host or a mock has to answer for the action",
                      path);
    nf_free(text);
    nf_map_free(a.seen);
}

static bool is_action(const nf_document *document)
{
    return !document->excluded && document->module &&
           strcmp(document->type, "JavaScriptActions$JavaScriptAction") == 0;
}

static void check_actions(nf_check *check, nf_js_sources *sources)
{
    nf_js_syntax *syntax = NULL;
    nf_error err = {0};
    nf_status status = nf_js_syntax_open(&syntax, &err);

    if (status == NF_NOMEM)
        check->failed = true;
    else if (status)
        nf_check_addf(check, NF_SEVERITY_NOTE, "js_unavailable", "", "",
                      "the sources of JavaScript actions are not read by the "
                      "engine: %s",
                      err.message);
    for (size_t i = 0; i < nf_model_document_count(check->model); i++) {
        const nf_document *document = nf_model_document(check->model, i);

        if (is_action(document))
            check_action(check, sources, syntax, document);
    }
    nf_js_syntax_close(syntax);
}

void nf_check_javascript(nf_check *check)
{
    nf_js_sources *sources = NULL;
    nf_status status =
        nf_js_sources_open(&sources, nf_model_path(check->model), NULL);
    bool any = false;

    if (status == NF_NOMEM)
        check->failed = true;
    for (size_t i = 0; !status && !any && nf_js_sources_any(sources) &&
                       i < nf_model_document_count(check->model);
         i++)
        any = is_action(nf_model_document(check->model, i));
    if (any)
        check_actions(check, sources);
    nf_js_sources_close(sources);
}
