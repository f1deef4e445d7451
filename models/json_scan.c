/* See json_scan.h. */
#include "models/json_scan.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "models/json_form.h"

long long nf_json_offset(const nf_json_scan *scan)
{
    return scan->base + (long long)scan->at;
}

nf_status nf_json_fail(const nf_json_scan *scan, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    nf_error_setv(scan->err, NF_INPUT, "bad_model", format, args);
    va_end(args);
    nf_error_at_offset(scan->err, scan->path, nf_json_offset(scan));
    return NF_INPUT;
}

/* ---- bytes --------------------------------------------------------------- */

static bool fill(nf_json_scan *scan)
{
    ssize_t got;

    if (scan->file < 0)
        return false;
    scan->base += (long long)scan->filled;
    scan->at = scan->filled = 0;
    do
        got =
            pread(scan->file, scan->window, NF_JSON_WINDOW, (off_t)scan->base);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        nf_json_fail(scan, "\"%s\" can't be read: %s", scan->path,
                     strerror(errno));
    scan->filled = got > 0 ? (size_t)got : 0;
    return got > 0;
}

static bool more(nf_json_scan *scan)
{
    return scan->at < scan->filled || fill(scan);
}

int nf_json_peek(nf_json_scan *scan)
{
    while (more(scan)) {
        unsigned char c = scan->window[scan->at];

        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            return c;
        scan->at++;
    }
    return 0;
}

bool nf_json_take(nf_json_scan *scan, char c)
{
    if (nf_json_peek(scan) != (unsigned char)c)
        return false;
    scan->at++;
    return true;
}

static nf_status ends_early(const nf_json_scan *scan)
{
    if (nf_error_is_set(scan->err))
        return scan->err->status; /* it can't be read */
    return nf_json_fail(scan, "the JSON text ends too early");
}

/* ---- strings ------------------------------------------------------------- */

/* Takes `length` bytes of the window. */
static void keep(nf_json_scan *scan, nf_buffer *text, size_t length)
{
    if (text) {
        size_t room =
            text->length < NF_JSON_TEXT ? NF_JSON_TEXT - text->length : 0;

        nf_buffer_add(text, scan->window + scan->at,
                      length < room ? length : room);
    }
    scan->at += length;
}

static size_t plain_run(const nf_json_scan *scan)
{
    size_t at = scan->at;

    while (at < scan->filled && scan->window[at] != '"' &&
           scan->window[at] != '\\' && scan->window[at] >= ' ')
        at++;
    return at - scan->at;
}

nf_status nf_json_string(nf_json_scan *scan, nf_buffer *text)
{
    if (text)
        nf_buffer_clear(text);
    if (nf_json_peek(scan) != '"')
        return nf_json_peek(scan) ? nf_json_fail(scan, "a text is expected")
                                  : ends_early(scan);
    keep(scan, text, 1);
    while (more(scan)) {
        unsigned char c;

        keep(scan, text, plain_run(scan));
        if (!more(scan))
            break;
        c = scan->window[scan->at];
        if (c < ' ')
            return nf_json_fail(scan, "a control character in a text");
        keep(scan, text, 1);
        if (c == '"')
            return text && text->failed ? nf_error_nomem(scan->err) : NF_OK;
        if (c == '\\' && more(scan))
            keep(scan, text, 1);
    }
    return ends_early(scan);
}

/* ---- values -------------------------------------------------------------- */

typedef struct skipper {
    nf_json_scan *scan;
    nf_json_extent *extent;
    char open[NF_JSON_DEPTH + 1]; /* the brackets around */
    int depth;
    nf_buffer text; /* of the last string, while a name is wanted */
    bool name_next; /* it was `$QualifiedName` */
    char memory[64];
} skipper;

static bool wants_name(const skipper *s)
{
    return s->extent->name && !s->extent->name->length;
}

static nf_status skip_string(skipper *s)
{
    nf_status status;

    s->extent->values++;
    if (!wants_name(s))
        return nf_json_string(s->scan, NULL);
    if (s->name_next) {
        s->name_next = false;
        return nf_json_string(s->scan, s->extent->name);
    }
    status = nf_json_string(s->scan, &s->text);
    if (!status && s->text.length == sizeof "\"$QualifiedName\"" - 1 &&
        memcmp(s->text.data, "\"$QualifiedName\"", s->text.length) == 0)
        s->name_next = nf_json_peek(s->scan) == ':';
    return status;
}

/* A number, true, false or null: its letters. */
static nf_status skip_word(skipper *s)
{
    size_t length = 0;

    s->extent->values++;
    while (more(s->scan)) {
        unsigned char c = s->scan->window[s->scan->at];

        if (!c || !strchr("+-.0123456789Eaeflnrstu", c))
            break;
        s->scan->at++;
        length++;
    }
    return length ? NF_OK : nf_json_fail(s->scan, "no JSON value");
}

static nf_status open_bracket(skipper *s, char c)
{
    if (s->depth > NF_JSON_DEPTH)
        return nf_json_fail(s->scan, "nested deeper than %d", NF_JSON_DEPTH);
    s->open[s->depth++] = c;
    ++*(c == '{' ? &s->extent->objects : &s->extent->lists);
    s->scan->at++;
    return NF_OK;
}

static nf_status close_bracket(skipper *s, char c)
{
    if (!s->depth || s->open[s->depth - 1] != (c == '}' ? '{' : '['))
        return nf_json_fail(s->scan, "\"%c\" closes nothing", c);
    s->depth--;
    s->scan->at++;
    return NF_OK;
}

static nf_status skip_token(skipper *s)
{
    int c = nf_json_peek(s->scan);

    switch (c) {
    case 0:
        return ends_early(s->scan);
    case '"':
        return skip_string(s);
    case '{':
    case '[':
        return open_bracket(s, (char)c);
    case '}':
    case ']':
        return close_bracket(s, (char)c);
    case ',':
    case ':':
        if (!s->depth)
            return nf_json_fail(s->scan, "no JSON value");
        s->scan->at++;
        return NF_OK;
    default:
        return skip_word(s);
    }
}

nf_status nf_json_skip(nf_json_scan *scan, nf_json_extent *extent)
{
    skipper s = {.scan = scan, .extent = extent};
    nf_status status;

    nf_buffer_init_on(&s.text, s.memory, sizeof s.memory, NF_BUFFER_MAX);
    nf_json_peek(scan);
    extent->start = nf_json_offset(scan);
    do
        status = skip_token(&s);
    while (!status && s.depth);
    extent->length = nf_json_offset(scan) - extent->start;
    nf_buffer_dispose(&s.text);
    return status;
}
