/* What of an app's JavaScript actions can't run from their sources: a source
 * that is missing or is none, modules that are not beside it (activities J17,
 * J18). An app without any sources is left to its host. */
#include "analysis/check.h"
#include "base/map.h"
#include "base/memory.h"
#include "javascript/rewrite.h"
#include "javascript/sources.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

typedef struct action_check {
    nf_check *check;
    nf_js_sources *sources;
    nf_map *seen; /* paths and names of this action; keys in the arena */
    const nf_document *document;
} action_check;

enum { DEPTH_MAX = 64 };

static bool is_provided(const char *name)
{
    return strcmp(name, "big.js") == 0 || strcmp(name, "mx-global") == 0 ||
           strncmp(name, "mx-api", 6) == 0 ||
           strcmp(name, "@react-native-async-storage/async-storage") == 0 ||
           strcmp(name, "@react-native-community/async-storage") == 0;
}

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

/* "a/b/./../c" as "a/c", in place; false: it leads out. */
static bool normalize(char *path)
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

/* A package in a folder node_modules of this or an outer folder. */
static bool has_package(action_check *a, const char *from, const char *name)
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
            read_source(a, path, &text, &size)) {
            nf_free(text);
            return true;
        }
    }
    return false;
}

static void check_source(action_check *a, const char *path, char *text,
                         size_t length, int depth);

static bool check_file(action_check *a, const char *from, const char *name,
                       int depth)
{
    static const char *const endings[] = {"",     ".js",   ".mjs",
                                          ".cjs", ".json", "/index.js"};
    const char *slash = strrchr(from, '/');
    int folder = slash ? (int)(slash + 1 - from) : 0;

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char path[PATH_MAX], *text = NULL;
        size_t length;

        if ((size_t)snprintf(path, sizeof path, "%.*s%s%s", folder, from, name,
                             endings[i]) >= sizeof path ||
            !normalize(path) || !read_source(a, path, &text, &length))
            continue;
        if (is_new(a, path) && depth < DEPTH_MAX &&
            strcmp(endings[i], ".json") != 0)
            check_source(a, path, text, length, depth + 1);
        nf_free(text);
        return true;
    }
    return false;
}

static void check_import(action_check *a, const char *from, const char *name,
                         int depth)
{
    if (*name == '.' || *name == '/') {
        if (!check_file(a, from, name, depth) && is_new(a, name))
            nf_check_addf(a->check, NF_SEVERITY_UNSUPPORTED, "js_unavailable",
                          a->document->qualified, "",
                          "\"%s\" imports \"%s\", which is not there", from,
                          name);
        return;
    }
    if (is_provided(name) || has_package(a, from, name) || !is_new(a, name))
        return;
    nf_check_addf(a->check, NF_SEVERITY_NOTE, "js_unavailable",
                  a->document->qualified, "",
                  "\"%s\" imports \"%s\", which is not beside it: where it is "
                  "used, the host or a mock has to answer for the action",
                  from, name);
}

static void check_source(action_check *a, const char *path, char *text,
                         size_t length, int depth)
{
    nf_js_source source;
    nf_error err = {0};
    nf_status status = nf_js_rewrite(&source, text, length, &err);

    if (status == NF_NOMEM)
        a->check->failed = true;
    else if (status)
        nf_check_addf(a->check, NF_SEVERITY_UNSUPPORTED, "bad_source",
                      a->document->qualified, "", "\"%s\", %s", path,
                      err.message);
    else
        for (size_t i = 0; i < source.import_count; i++)
            check_import(a, path, source.imports[i].from, depth);
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
                         const nf_document *document)
{
    action_check a = {check, sources, nf_map_new(), document};
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

void nf_check_javascript(nf_check *check)
{
    nf_js_sources *sources = NULL;
    nf_status status =
        nf_js_sources_open(&sources, nf_model_path(check->model), NULL);

    if (status == NF_NOMEM)
        check->failed = true;
    for (size_t i = 0; !status && nf_js_sources_any(sources) &&
                       i < nf_model_document_count(check->model);
         i++) {
        const nf_document *document = nf_model_document(check->model, i);

        if (!document->excluded && document->module &&
            strcmp(document->type, "JavaScriptActions$JavaScriptAction") == 0)
            check_action(check, sources, document);
    }
    nf_js_sources_close(sources);
}
