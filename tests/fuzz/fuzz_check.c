/* Fuzz target: apps that are well written and wrong. The bytes of an input are
 * changes to an app in XML: values of properties taken from elsewhere or
 * emptied, elements left out, repeated, or put in the place of others. Such an
 * app opens or has an error; if it opens, it can be checked, described in every
 * format, and its flows can be run (MF-*, activities, expressions).
 *
 *   byte 0: the app; then 5 bytes per change: what, two numbers */
#include "fuzz.h"

#include "base/error.h"
#include "base/text.h"
#include "nanoflow.h"

enum {
    CHANGE = 5,
    CHANGES_MAX = 8,
    TEXT_MAX = 1 << 20,
    SPANS_MAX = 20000,
    DEPTH_MAX = 200,
};

const char *const fuzz_seeds[] = {
    "\x00",
    "\x01",
    "\x02",
    "\x03",
    "\x00\x00\x12\x01\x40\x00\x01\x33\x02\x00\x00",
    "\x01\x03\x12\x05\x40\x03\x02\x33\x02\x00\x00",
    "\x02\x04\x42\x01\x40\x00\x03\x33\x03\x12\x01",
    "\x03\x00\x10\x01\x99\x00\x01\x44\x00\x00\x00",
    NULL};
const size_t fuzz_seed_sizes[] = {1, 1, 1, 1, 11, 11, 11, 11, 0};

static const char *const apps[] = {"activities/statements", "microflows/online",
                                   "acceptance/microflows",
                                   "activities/walk-server"};
enum { APPS = sizeof apps / sizeof *apps };

typedef struct span {
    size_t from, to;
} span;

typedef struct spans {
    size_t count;
    span items[SPANS_MAX];
} spans;

/* Values of properties, and whole elements below the first. */
typedef struct app_text {
    size_t length;
    char text[TEXT_MAX + 1];
    spans values, elements;
} app_text;

static void load(app_text *app, size_t index)
{
    char path[500];
    FILE *file;

    snprintf(path, sizeof path, NF_SOURCE_DIR "/tests/scenarios/%s/model.xml",
             apps[index]);
    file = fopen(path, "rb");
    if (!file)
        abort();
    app->length = fread(app->text, 1, TEXT_MAX, file);
    app->text[app->length] = '\0';
    fclose(file);
}

/* ---- where things are ------------------------------------------------------
 */

static void add(spans *to, size_t from, size_t end)
{
    if (to->count < SPANS_MAX)
        to->items[to->count++] = (span){from, end};
}

/* A tag from its `<` on; where it ends. */
static size_t find_values(app_text *app, size_t at)
{
    const char *text = app->text;

    while (text[at] && text[at] != '>') {
        if (text[at] != '"') {
            at++;
            continue;
        }
        at++;
        add(&app->values, at, at + strcspn(text + at, "\""));
        at += strcspn(text + at, "\"");
        at += text[at] == '"';
    }
    return at + (text[at] == '>');
}

static void find_spans(app_text *app)
{
    const char *text = app->text;
    size_t open[DEPTH_MAX], depth = 0, at = 0;

    app->values.count = app->elements.count = 0;
    while (text[at]) {
        size_t from = at + strcspn(text + at, "<"), end;

        if (!text[from])
            break;
        if (!strncmp(text + from, "<!--", 4) || text[from + 1] == '?') {
            const char *over =
                strstr(text + from, text[from + 1] == '?' ? "?>" : "-->");
            at = over ? (size_t)(over - text) + 2 : app->length;
            continue;
        }
        at = end = find_values(app, from);
        if (text[from + 1] == '/') {
            if (depth > 0 && --depth > 0 && depth < DEPTH_MAX)
                add(&app->elements, open[depth], end);
        } else if (text[end - 2] == '/') {
            add(&app->elements, from, end);
        } else {
            if (depth < DEPTH_MAX)
                open[depth] = from;
            depth++;
        }
    }
}

/* ---- changes ---------------------------------------------------------------
 */

static void replace(app_text *app, span old, const char *with, size_t length)
{
    size_t rest = app->length - old.to;
    char *copy = length ? malloc(length) : NULL;

    if (old.from + length + rest > TEXT_MAX || (length && !copy)) {
        free(copy);
        return;
    }
    if (length)
        memcpy(copy, with, length); /* it may lie in what moves */
    memmove(app->text + old.from + length, app->text + old.to, rest + 1);
    if (length)
        memcpy(app->text + old.from, copy, length);
    app->length = old.from + length + rest;
    free(copy);
}

static void change(app_text *app, const uint8_t bytes[CHANGE])
{
    static const char *const words[] = {
        "", "empty", "true", "-1", "99999999999999999999", "$x/M.A/y"};
    bool of_values = bytes[0] < 128;
    const spans *all = of_values ? &app->values : &app->elements;
    size_t first = (size_t)bytes[1] | (size_t)bytes[2] << 8;
    size_t second = (size_t)bytes[3] | (size_t)bytes[4] << 8;
    span a, b;

    find_spans(app);
    if (all->count == 0)
        return;
    a = all->items[first % all->count];
    b = all->items[second % all->count];
    if (of_values && bytes[0] % 4 == 3) {
        const char *word = words[second % (sizeof words / sizeof *words)];
        replace(app, a, word, strlen(word));
    } else if (of_values) {
        replace(app, a, app->text + b.from, b.to - b.from);
    } else if (bytes[0] % 3 == 0) {
        replace(app, a, "", 0);
    } else if (bytes[0] % 3 == 1) {
        replace(app, (span){a.to, a.to}, app->text + a.from, a.to - a.from);
    } else {
        replace(app, a, app->text + b.from, b.to - b.from);
    }
}

/* ---- what is done with it --------------------------------------------------
 */

static void checked(nf_status status, char *text, const nf_error *err)
{
    if ((status == NF_OK) != (text != NULL) ||
        (status != NF_OK && !err->message[0]) ||
        (text && !nf_utf8_valid(text, strlen(text))))
        abort();
    nf_text_free(text);
}

static void describe(const nf_app *app, const char *name)
{
    static const char *const formats[] = {"text", "json", "mermaid",
                                          "dot",  "svg",  "xml"};

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        nf_error err = {0};
        char *text = NULL;
        nf_status status = nf_app_describe(&text, app, name, formats[i], &err);

        checked(status, text, &err);
    }
}

static void run(nf_session *session, const nf_app *app, const char *name)
{
    const nf_flow *flow = NULL;
    nf_value *result = NULL;
    nf_error err = {0};

    if (nf_app_flow(&flow, app, name, &err) != NF_OK ||
        nf_session_call(&result, session, name, NULL, 0, &err) != NF_OK) {
        if (!err.message[0])
            abort();
    }
    nf_value_free(result);
}

/* Every document of a type, one line each. */
static void each(const nf_app *app, nf_session *session, const char *type)
{
    nf_error err = {0};
    char *list = NULL, *name, *next;
    nf_status status = nf_app_list(&list, app, type, NULL, false, &err);

    if (status != NF_OK)
        checked(status, list, &err);
    for (name = list; name && *name; name = next) {
        size_t length = strcspn(name, "\n");

        next = name + length + (name[length] == '\n');
        name[length] = '\0';
        if (session)
            run(session, app, name);
        else
            describe(app, name);
    }
    nf_text_free(list);
}

static void use(const nf_app *app)
{
    static const char *const limits[] = {"steps=500", "text=100000",
                                         "list=1000", "javascript=500"};
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_session *session = NULL;
    nf_error err = {0};
    char *text = NULL;
    nf_status status = nf_app_check(&text, NULL, app, true, &err);

    checked(status, text, &err);
    each(app, NULL, "nanoflow");
    each(app, NULL, "microflow");
    each(app, NULL, "entity");
    each(app, NULL, "module");
    options.now = "2026-03-18T10:20:30Z";
    options.limits = limits;
    options.limit_count = sizeof limits / sizeof *limits;
    status = nf_session_new(&session, app, &options, &err);
    if (status != NF_OK && !err.message[0])
        abort();
    if (status == NF_OK)
        each(app, session, "nanoflow");
    nf_session_free(session);
}

static void open_and_use(const app_text *text)
{
    char path[64];
    nf_error err = {0};
    nf_app *app = NULL;
    FILE *file;

    snprintf(path, sizeof path, "/tmp/nf_fuzz_%ld.xml", (long)getpid());
    file = fopen(path, "wb");
    if (!file || fwrite(text->text, 1, text->length, file) != text->length ||
        fclose(file) != 0)
        abort();
    if (nf_app_open(&app, path, &err) == NF_OK)
        use(app);
    else if (!err.message[0])
        abort();
    nf_app_close(app);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static app_text app;

    load(&app, size ? data[0] % APPS : 0);
    if (size) {
        data++;
        size--;
    }
    for (int i = 0; i < CHANGES_MAX && size >= CHANGE; i++) {
        change(&app, data);
        data += CHANGE;
        size -= CHANGE;
    }
    open_and_use(&app);
    return 0;
}
