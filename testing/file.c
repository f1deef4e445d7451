/* See test_file.h. A `.test.mdl` file is chunks between lines `/` (E2), a
 * `.test.md` file has one test in each fenced block (E11); both are then the
 * same: comments, of which one says what the test is, and a body (E4). */
#include "testing/file.h"

#include "base/suggest.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { FILE_MAX_BYTES = 16 * 1024 * 1024 };

typedef struct reader {
    nf_test_file *file;
    const char *text, *end; /* of the file */
    bool header_seen;
    nf_error *err;
} reader;

/* A doc comment: what stands between its delimiters. */
typedef struct doc {
    const char *start, *end; /* content */
    const char *after;
} doc;

static long line_of(const reader *r, const char *at)
{
    long line = 1;
    for (const char *p = r->text; p < at; p++)
        line += *p == '\n';
    return line;
}

static nf_status malformed(reader *r, const char *at, const char *message)
{
    nf_error_set(r->err, NF_INPUT, "bad_test", "%s", message);
    nf_error_at_line(r->err, r->file->path, line_of(r, at));
    return NF_INPUT;
}

static const char *line_end(const char *p, const char *end)
{
    const char *found = memchr(p, '\n', (size_t)(end - p));
    return found ? found : end;
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && isspace((unsigned char)*p))
        p++;
    return p;
}

static const char *trim_end(const char *start, const char *end)
{
    while (end > start && isspace((unsigned char)end[-1]))
        end--;
    return end;
}

/* ---- tags (E5) ----------------------------------------------------------- */

const nf_test_tag *nf_test_tag_find(const nf_test_tags *tags, const char *name)
{
    for (size_t i = 0; i < tags->count; i++)
        if (strcmp(tags->items[i].name, name) == 0)
            return &tags->items[i];
    return NULL;
}

static nf_status add_tag(reader *r, nf_test_tags *tags, const char *name,
                         size_t name_length, const char *value, const char *end,
                         const char *at)
{
    nf_test_tag *items =
        nf_grow(tags->items, tags->count, &tags->capacity, sizeof *items);
    if (!items)
        return nf_error_nomem(r->err);
    tags->items = items;
    value = skip_blanks(value, end);
    end = trim_end(value, end);
    nf_test_tag *tag = &items[tags->count];
    tag->name = nf_arena_strndup(r->file->arena, name, name_length);
    tag->value = nf_arena_strndup(r->file->arena, value, (size_t)(end - value));
    tag->line = line_of(r, at);
    if (!tag->name || !tag->value)
        return nf_error_nomem(r->err);
    tags->count++;
    return NF_OK;
}

static nf_status read_tags(reader *r, nf_test_tags *tags, const doc *d)
{
    nf_status status = NF_OK;
    bool table = false;
    for (const char *p = d->start; status == NF_OK && p < d->end;) {
        const char *end = line_end(p, d->end), *line = p;
        p = end < d->end ? end + 1 : end;
        line = skip_blanks(line, end);
        if (line < end && *line == '*')
            line = skip_blanks(line + 1, end);
        if (line == end)
            continue;
        if (table && *line == '|') {
            status = add_tag(r, tags, "|", 1, line, end, line);
            continue;
        }
        table = false;
        if (*line != '@')
            continue;
        const char *name = ++line;
        while (line < end && (isalnum((unsigned char)*line) || *line == '-'))
            line++;
        table = line - name == 4 && memcmp(name, "each", 4) == 0;
        if (table && skip_blanks(line, end) < end) {
            status = add_tag(r, tags, name, 4, end, end, name);
            if (status == NF_OK)
                status = add_tag(r, tags, "|", 1, line, end, name);
        } else {
            status =
                add_tag(r, tags, name, (size_t)(line - name), line, end, name);
        }
    }
    return status;
}

/* ---- comments (E4) ------------------------------------------------------- */

/* What begins at p: the end of a comment or a string there; p itself where
 * there is neither; NULL where it has no end. *is_doc: a doc comment. */
static const char *skip_special(const char *p, const char *end, bool *is_doc)
{
    *is_doc = false;
    if (end - p >= 2 && p[0] == '-' && p[1] == '-')
        return line_end(p, end);
    if (end - p >= 2 && p[0] == '/' && p[1] == '*') {
        const char *close = memmem(p + 2, (size_t)(end - p - 2), "*/", 2);
        *is_doc = close && close > p + 2 && p[2] == '*';
        return close ? close + 2 : NULL;
    }
    if (p < end && *p == '\'') {
        /* A quote in it is doubled, which is one string behind another. */
        const char *close = memchr(p + 1, '\'', (size_t)(end - p - 1));
        return close ? close + 1 : NULL;
    }
    return p;
}

static bool has_test(const doc *d)
{
    for (const char *p = d->start; p < d->end;) {
        const char *end = line_end(p, d->end), *line = skip_blanks(p, end);
        p = end < d->end ? end + 1 : end;
        if (line < end && *line == '*')
            line = skip_blanks(line + 1, end);
        if (end - line >= 5 && memcmp(line, "@test", 5) == 0 &&
            (end - line == 5 || isspace((unsigned char)line[5])))
            return true;
    }
    return false;
}

/* `mdl N;` before the first content (E3); p moves behind it. */
static nf_status read_language(reader *r, const char **p, const char *end)
{
    const char *at = *p;
    if (r->file->count || r->header_seen || end - at < 5 ||
        strncasecmp(at, "mdl", 3) != 0 || !isblank((unsigned char)at[3]))
        return NF_OK;
    at = skip_blanks(at + 3, end);
    const char *digits = at;
    while (at < end && isdigit((unsigned char)*at))
        at++;
    const char *semicolon = skip_blanks(at, end);
    if (semicolon == end || *semicolon != ';' || at - digits != 1 ||
        *digits > '1')
        return malformed(r, digits,
                         "this language of test files is not known: "
                         "write \"mdl 0;\" or \"mdl 1;\"");
    r->file->language = *digits - '0';
    *p = semicolon + 1;
    return NF_OK;
}

/* ---- chunks -------------------------------------------------------------- */

static nf_status name_case(reader *r, nf_test_case *c, const char *at)
{
    const nf_test_tag *tag = nf_test_tag_find(&c->tags, "test");
    if (tag && *tag->value) {
        c->name = tag->value;
        return NF_OK;
    }
    c->name = nf_arena_format(r->file->arena, "test at line %ld",
                              tag ? tag->line : line_of(r, at));
    return c->name ? NF_OK : nf_error_nomem(r->err);
}

static nf_status add_case(reader *r, const doc *d, const char *start,
                          const char *end)
{
    nf_test_file *file = r->file;
    nf_test_case *items =
        nf_grow(file->cases, file->count, &file->capacity, sizeof *items);
    if (!items)
        return nf_error_nomem(r->err);
    file->cases = items;
    nf_test_case *c = &items[file->count++];
    *c = (nf_test_case){0};
    const char *body = skip_blanks(d->start ? d->after : start, end);
    end = trim_end(body, end);
    c->line = line_of(r, d->start ? d->start : start);
    c->body_line = line_of(r, body);
    c->body = nf_arena_strndup(file->arena, body, (size_t)(end - body));
    if (!c->body)
        return nf_error_nomem(r->err);
    nf_status status = d->start ? read_tags(r, &c->tags, d) : NF_OK;
    return status == NF_OK ? name_case(r, c, start) : status;
}

static const char *const header_tags[] = {
    "setup",    "user",       "role",     "profile",   "now",
    "zone",     "locale",     "constant", "data",      "mock",
    "unmocked", "timeout",    "tags",     "seed",      "server",
    "app",      "sequential", "device",   "invariant", "advance",
    "offline",  "covers",     "requires", "on",        NULL};

static bool is_header_tag(const char *name)
{
    for (const char *const *known = header_tags; *known; known++)
        if (strcmp(*known, name) == 0)
            return true;
    return false;
}

static const char *near_header_tag(const char *name, char *text, size_t size)
{
    nf_suggestion near = {.name = name};
    for (const char *const *known = header_tags; *known; known++)
        nf_suggest(&near, *known);
    return nf_suggestion_text(&near, "@", text, size);
}

/* The first doc comment without @test, before any test (E9, E40). */
static nf_status read_header(reader *r, const doc *d)
{
    r->header_seen = true;
    nf_status status = read_tags(r, &r->file->header, d);
    for (size_t i = 0; status == NF_OK && i < r->file->header.count; i++) {
        const nf_test_tag *tag = &r->file->header.items[i];
        if (is_header_tag(tag->name))
            continue;
        char hint[64];
        nf_error_set(r->err, NF_INPUT, "bad_test",
                     "the header of a file can't have @%s%s", tag->name,
                     near_header_tag(tag->name, hint, sizeof hint));
        nf_error_at_line(r->err, r->file->path, tag->line);
        status = NF_INPUT;
    }
    return status;
}

/* The docs of a chunk: the last one that leads it, how many say @test. */
typedef struct docs {
    doc leading, test;
    size_t tests;
} docs;

static nf_status take_doc(reader *r, docs *found, const doc *d, bool leads)
{
    bool test = has_test(d);
    if (test && found->tests++)
        return malformed(r, d->start,
                         nf_arena_format(r->file->arena,
                                         "two tests without a line \"/\" "
                                         "between them: here and at line %ld",
                                         line_of(r, found->test.start)));
    if (test)
        found->test = *d;
    if (!leads)
        return NF_OK;
    found->leading = *d;
    return test || r->header_seen || r->file->count ? NF_OK : read_header(r, d);
}

static nf_status scan_docs(reader *r, docs *found, const char *start,
                           const char *end)
{
    bool leads = true;
    for (const char *p = start; p < end;) {
        bool is_doc;
        p = skip_blanks(p, end);
        const char *next = skip_special(p, end, &is_doc);
        if (!next)
            return malformed(r, p, "a comment or text has no end");
        if (is_doc) {
            doc d = {p + 3, next - 2, next};
            nf_status status = take_doc(r, found, &d, leads);
            if (status != NF_OK)
                return status;
        }
        if (next == p || *p == '\'') {
            const char *before = next;
            nf_status status =
                leads && next == p ? read_language(r, &next, end) : NF_OK;
            if (status != NF_OK)
                return status;
            if (before == next) {
                leads = false;
                next += next == p;
            }
        }
        p = next;
    }
    return NF_OK;
}

/* `fenced`: a block of a .test.md file, which is a test also without @test. */
static nf_status read_chunk(reader *r, const char *start, const char *end,
                            bool fenced)
{
    docs found = {0};
    start = skip_blanks(start, end);
    if (start == end && !fenced)
        return NF_OK;
    nf_status status = NF_OK;
    if (fenced)
        r->header_seen = true;
    status = scan_docs(r, &found, start, end);
    if (status != NF_OK)
        return status;
    if (found.tests && found.leading.start != found.test.start)
        return malformed(r, found.test.start,
                         "this comment with @test is not the one before a "
                         "body: a statement or another comment /** */ stands "
                         "between, or a line \"/\" is missing");
    if (!fenced && !found.tests)
        return NF_OK;
    return add_case(r, fenced ? &found.leading : &found.test, start, end);
}

static nf_status read_mdl(reader *r)
{
    const char *start = r->text;
    nf_status status = NF_OK;
    for (const char *p = r->text; status == NF_OK && p < r->end;) {
        const char *end = line_end(p, r->end);
        const char *line = skip_blanks(p, end);
        if (trim_end(line, end) - line == 1 && *line == '/') {
            status = read_chunk(r, start, p, false);
            start = end;
        }
        p = end < r->end ? end + 1 : end;
    }
    return status == NF_OK ? read_chunk(r, start, r->end, false) : status;
}

static nf_status read_md(reader *r)
{
    static const char fence[] = "```mdl-test";
    const char *block = NULL;
    nf_status status = NF_OK;
    for (const char *p = r->text; status == NF_OK && p < r->end;) {
        const char *end = line_end(p, r->end);
        const char *line = skip_blanks(p, end), *stop = trim_end(line, end);
        if (!block && stop - line >= (long)sizeof fence - 1 &&
            memcmp(line, fence, sizeof fence - 1) == 0) {
            block = end < r->end ? end + 1 : end;
        } else if (block && stop - p == 3 && memcmp(p, "```", 3) == 0) {
            status = read_chunk(r, block, p, true);
            block = NULL;
        }
        p = end < r->end ? end + 1 : end;
    }
    if (status == NF_OK && block)
        status = malformed(r, block, "a block \"```mdl-test\" has no end");
    return status;
}

/* ---- files --------------------------------------------------------------- */

static bool ends_with(const char *path, const char *ending)
{
    size_t length = strlen(path), wanted = strlen(ending);
    return length >= wanted && strcasecmp(path + length - wanted, ending) == 0;
}

bool nf_test_is_file(const char *path)
{
    return ends_with(path, ".test.mdl") || ends_with(path, ".test.md");
}

nf_status nf_test_file_parse(nf_test_file **out, const char *path,
                             const char *text, size_t length, nf_error *err)
{
    *out = NULL;
    nf_test_file *file = nf_alloc(sizeof *file);
    if (!file)
        return nf_error_nomem(err);
    file->arena = nf_arena_new();
    file->path = file->arena ? nf_arena_strdup(file->arena, path) : NULL;
    reader r = {file, text, text + length, false, err};
    nf_status status = NF_OK;
    if (!file->path)
        status = nf_error_nomem(err);
    else if (!nf_utf8_valid(text, length) || memchr(text, '\0', length))
        status = malformed(&r, text, "the file is not UTF-8 text");
    else
        status = ends_with(path, ".md") ? read_md(&r) : read_mdl(&r);
    if (status == NF_OK)
        *out = file;
    else
        nf_test_file_free(file);
    return status;
}

void nf_test_file_free(nf_test_file *file)
{
    if (!file)
        return;
    for (size_t i = 0; i < file->count; i++)
        nf_free(file->cases[i].tags.items);
    nf_free(file->cases);
    nf_free(file->header.items);
    nf_arena_free(file->arena);
    nf_free(file);
}

static void decode_utf16(nf_buffer *out, const uint8_t *bytes, size_t length,
                         bool big)
{
    for (size_t i = 2; i + 1 < length; i += 2) {
        char put[4];
        uint32_t unit = (uint32_t)(big ? bytes[i] << 8 | bytes[i + 1]
                                       : bytes[i + 1] << 8 | bytes[i]);
        if (unit >= 0xD800 && unit < 0xDC00 && i + 3 < length) {
            uint32_t low = (uint32_t)(big ? bytes[i + 2] << 8 | bytes[i + 3]
                                          : bytes[i + 3] << 8 | bytes[i + 2]);
            unit = 0x10000 + ((unit - 0xD800) << 10) + ((low - 0xDC00) & 0x3FF);
            i += 2;
        }
        nf_buffer_add(out, put, nf_utf8_put(put, unit));
    }
}

static nf_status read_bytes(nf_buffer *out, const char *path, nf_error *err)
{
    char block[8192];
    size_t length;
    FILE *file = fopen(path, "re");
    if (!file)
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "the tests \"%s\" can't be read: %s", path,
                            strerror(errno));
    while ((length = fread(block, 1, sizeof block, file)) > 0)
        nf_buffer_add(out, block, length);
    bool bad = ferror(file) || out->failed;
    fclose(file);
    return bad ? nf_error_set(err, NF_INPUT, "unreadable",
                              "the tests \"%s\" can't be read", path)
               : NF_OK;
}

nf_status nf_test_file_read(nf_test_file **out, const char *path, nf_error *err)
{
    nf_buffer raw, text;
    *out = NULL;
    nf_buffer_init(&raw, FILE_MAX_BYTES);
    nf_buffer_init(&text, FILE_MAX_BYTES);
    nf_status status = read_bytes(&raw, path, err);
    const uint8_t *bytes = (const uint8_t *)raw.data;
    if (status == NF_OK && raw.length >= 2 &&
        (bytes[0] ^ bytes[1]) == (0xFE ^ 0xFF) && bytes[0] >= 0xFE)
        decode_utf16(&text, bytes, raw.length, bytes[0] == 0xFE);
    else if (status == NF_OK && raw.length >= 3 &&
             memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        nf_buffer_add(&text, raw.data + 3, raw.length - 3);
    else if (status == NF_OK && raw.length)
        nf_buffer_add(&text, raw.data, raw.length);
    if (status == NF_OK && text.failed)
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status = nf_test_file_parse(out, path, nf_buffer_string(&text),
                                    text.length, err);
    nf_buffer_dispose(&raw);
    nf_buffer_dispose(&text);
    return status;
}
