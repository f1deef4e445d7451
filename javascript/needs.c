/* See needs.h. */
#include "javascript/needs.h"

#include "javascript/tokens.h"

#include <stdio.h>
#include <string.h>

/* The one list of them. */
static const char *const of_page[] = {"document",
                                      "WebSocket",
                                      "EventSource",
                                      "Worker",
                                      "SharedWorker",
                                      "BroadcastChannel",
                                      "indexedDB",
                                      "caches",
                                      "Image",
                                      "Audio",
                                      "AudioContext",
                                      "webkitAudioContext",
                                      "MediaRecorder",
                                      "MediaStream",
                                      "SpeechRecognition",
                                      "webkitSpeechRecognition",
                                      "SpeechSynthesisUtterance",
                                      "speechSynthesis",
                                      "BarcodeDetector",
                                      "PaymentRequest",
                                      "MutationObserver",
                                      "IntersectionObserver",
                                      "ResizeObserver",
                                      "Notification",
                                      "DOMParser",
                                      "XMLSerializer",
                                      "Node",
                                      "Element",
                                      "HTMLElement",
                                      "getComputedStyle",
                                      "getSelection",
                                      "customElements",
                                      "localforage",
                                      "dojo",
                                      "dijit",
                                      "dojoDynamicRequire",
                                      "jQuery",
                                      "cordova",
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

/* ---- in sources ---------------------------------------------------------- */

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

/* ---- in what the engine says --------------------------------------------- */

static bool begins_with(const char **at, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

static bool is_of_device(const char *name)
{
    static const char *const global[] = {"new ",    "window.",     "self.",
                                         "global.", "globalThis.", NULL};
    size_t length;

    for (size_t i = 0; global[i]; i++)
        begins_with(&name, global[i]);
    if (strncmp(name, "navigator.", strlen("navigator.")) == 0)
        return true;
    if (*name == '$') /* jQuery's other name; parameters have it, too */
        return true;
    length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                          "0123456789_$");
    for (size_t i = 0; of_page[i]; i++)
        if (strncmp(of_page[i], name, length) == 0 && !of_page[i][length])
            return true;
    return false;
}

bool nf_js_misses_device(const char *text)
{
    static const char *const before[] = {
        "Can't find variable: ", "(evaluating '", "(In '", NULL};

    for (size_t i = 0; before[i]; i++) {
        const char *at = strstr(text, before[i]);

        if (at && is_of_device(at + strlen(before[i])))
            return true;
    }
    return false;
}
