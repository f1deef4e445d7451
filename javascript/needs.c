/* See needs.h. */
#include "javascript/needs.h"

#include "javascript/tokens.h"

#include <stdio.h>
#include <string.h>

static const char *const of_page[] = {"document",
                                      "XMLHttpRequest",
                                      "WebSocket",
                                      "EventSource",
                                      "Worker",
                                      "indexedDB",
                                      "caches",
                                      "Image",
                                      "Audio",
                                      "FormData",
                                      "MutationObserver",
                                      "IntersectionObserver",
                                      "Notification",
                                      "localforage",
                                      "SpeechSynthesisUtterance",
                                      "dojo",
                                      "dijit",
                                      "cordova",
                                      "DOMParser",
                                      "XMLSerializer",
                                      "getComputedStyle",
                                      NULL};
static const char *const of_navigator[] = {
    "navigator.bluetooth",     "navigator.camera",
    "navigator.clipboard",     "navigator.contacts",
    "navigator.credentials",   "navigator.geolocation",
    "navigator.getBattery",    "navigator.mediaDevices",
    "navigator.notification",  "navigator.permissions",
    "navigator.serviceWorker", "navigator.share",
    "navigator.storage",       "navigator.vibrate",
    "navigator.wakeLock",      NULL};
static const char *const before_name[] = {"class", "function", "as", NULL};
static const char *const before_names[] = {"const", "let", "var", "import",
                                           NULL};

enum { NAME_MAX_SIZE = 256 };

typedef struct reader {
    const char *source;
    const nf_js_token *tokens;
    size_t count;
    /* Per name of a page, once it was met: the source declares it. */
    enum { UNKNOWN, OTHERS, OWN } whose[sizeof of_page / sizeof *of_page];
} reader;

static bool is(const reader *r, size_t index, const char *text)
{
    return index < r->count &&
           nf_js_token_is(r->source, &r->tokens[index], text);
}

static bool is_one_of(const reader *r, size_t index, const char *const *words)
{
    for (; *words; words++)
        if (is(r, index, *words))
            return true;
    return false;
}

/* Whether names that are declared go on here: const { a, b = c } = …. `depth`
 * is that of the statement. */
static bool goes_on(const reader *r, size_t index, uint32_t depth)
{
    const nf_js_token *t = &r->tokens[index];

    if (t->depth > depth)
        return true;
    if (t->kind == NF_JS_NAME)
        return !is(r, index, "from") && !is(r, index, "of") &&
               (!t->new_line || is(r, index - 1, ","));
    return t->depth == depth && t->kind == NF_JS_SIGN && !is(r, index, "=") &&
           !is(r, index, ";") && !is(r, index, "(");
}

/* const Image = …, import { Image } …, function Image() … */
static bool declares(const reader *r, const char *name)
{
    bool open = false;
    uint32_t depth = 0;

    for (size_t i = 1; i < r->count; i++) {
        if (is_one_of(r, i - 1, before_names)) {
            open = true;
            depth = r->tokens[i - 1].depth;
        }
        open = open && goes_on(r, i, depth);
        if (is(r, i, name) && (open || is_one_of(r, i - 1, before_name)))
            return true;
    }
    return false;
}

/* The token is the name itself: not a member, a key or the operand of typeof.
 */
static bool is_use(const reader *r, size_t index)
{
    const nf_js_token *t = &r->tokens[index];
    bool is_key = is(r, index + 1, ":") && index &&
                  (is(r, index - 1, "{") || is(r, index - 1, ","));

    if (t->kind != NF_JS_NAME || is_key)
        return false;
    if (!index)
        return true;
    if (is(r, index - 1, "typeof"))
        return false;
    return !is(r, index - 1, ".") ||
           (index > 1 &&
            (is(r, index - 2, "window") || is(r, index - 2, "global") ||
             is(r, index - 2, "globalThis") || is(r, index - 2, "self")));
}

static bool is_own(reader *r, size_t name)
{
    if (r->whose[name] == UNKNOWN)
        r->whose[name] = declares(r, of_page[name]) ? OWN : OTHERS;
    return r->whose[name] == OWN;
}

/* NULL: it is nothing of the kind. */
static const char *need_at(reader *r, size_t index)
{
    bool member;
    size_t part;

    if (!is_use(r, index))
        return NULL;
    for (size_t i = 0; of_page[i]; i++)
        if (is(r, index, of_page[i]))
            return is_own(r, i) ? NULL : of_page[i];
    if (!is(r, index, "navigator"))
        return NULL;
    /* navigator.x, navigator?.x */
    part = index + 1 + is(r, index + 1, "?");
    member = is(r, part, ".");
    for (size_t i = 0; member && of_navigator[i]; i++)
        if (is(r, part + 1, of_navigator[i] + strlen("navigator.")))
            return of_navigator[i];
    return NULL;
}

/* require("name"), import("name"); false: it is neither. */
static bool module_at(const reader *r, size_t index, char *name, size_t size)
{
    const nf_js_token *text;

    if ((!is(r, index, "require") && !is(r, index, "import")) ||
        (index && is(r, index - 1, ".")) || !is(r, index + 1, "(") ||
        index + 2 >= r->count || r->tokens[index + 2].kind != NF_JS_STRING)
        return false;
    text = &r->tokens[index + 2];
    return (size_t)snprintf(name, size, "%.*s",
                            (int)(text->end - text->start - 2),
                            r->source + text->start + 1) < size;
}

nf_status nf_js_find_needs(const char *source, size_t length,
                           void (*tell)(void *user, nf_js_need need,
                                        const char *name),
                           void *user, nf_error *err)
{
    char module[NAME_MAX_SIZE];
    nf_js_token *tokens;
    reader r = {.source = source};
    nf_status status = nf_js_tokens(&tokens, &r.count, source, length, err);

    r.tokens = tokens;
    for (size_t i = 0; !status && i < r.count; i++) {
        const char *name = need_at(&r, i);

        if (name)
            tell(user, NF_JS_NEED_DEVICE, name);
        else if (module_at(&r, i, module, sizeof module))
            tell(user, NF_JS_NEED_MODULE, module);
    }
    nf_free(tokens);
    return status;
}
