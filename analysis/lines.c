/* Lines of a description. A branch that simply goes on after its split needs
 * no "go on at M1": nf_lines_write finds those, and with them the labels that
 * nobody names. Deep nesting is drawn no deeper than MAX_INDENT. */
#include "analysis/lines.h"

#include <string.h>

enum { MAX_INDENT = 40, INDENT_WIDTH = 2 };

void nf_lines_init(nf_lines *lines, nf_arena *arena)
{
    *lines = (nf_lines){.arena = arena};
    nf_buffer_init(&lines->text, NF_BUFFER_MAX);
}

void nf_lines_dispose(nf_lines *lines)
{
    nf_buffer_dispose(&lines->text);
    nf_free(lines->items);
    lines->items = NULL;
    lines->count = lines->capacity = 0;
}

nf_buffer *nf_lines_begin(nf_lines *lines)
{
    if (lines->text.failed)
        lines->failed = true;
    nf_buffer_clear(&lines->text);
    return &lines->text;
}

void nf_lines_end(nf_lines *lines, nf_line_kind kind, size_t indent,
                  size_t target)
{
    const char *text = nf_buffer_string(&lines->text);
    nf_line *items = NULL;
    if (text && !lines->failed)
        text = nf_arena_strdup(lines->arena, text);
    if (text && !lines->failed)
        items = nf_grow(lines->items, lines->count, &lines->capacity,
                        sizeof *items);
    if (!items) {
        lines->failed = true;
        return;
    }
    lines->items = items;
    lines->items[lines->count++] = (nf_line){kind, indent, target, text, NULL};
}

void nf_lines_text(nf_lines *lines, size_t indent, const char *text)
{
    nf_buffer_text(nf_lines_begin(lines), text);
    nf_lines_end(lines, NF_LINE_TEXT, indent, 0);
}

/* Whether a reader who has come to the end of the branch that holds line
 * `index` goes on at the jump's target by himself. */
static bool falls_through(const nf_lines *lines, size_t index)
{
    const nf_line *jump = &lines->items[index];
    size_t depth = jump->indent;
    for (size_t i = index + 1; i < lines->count; i++) {
        const nf_line *line = &lines->items[i];
        if (i == index + 1 && line->kind == NF_LINE_LABEL &&
            line->target == jump->target && line->indent <= depth)
            return true;
        if (line->indent >= depth)
            continue;
        if (line->kind != NF_LINE_CASE)
            return line->kind == NF_LINE_LABEL && line->target == jump->target;
        /* The header of another branch of the same split, or of an outer
         * one: what it heads is not where this branch goes on. */
        depth = line->indent + 1;
    }
    return false;
}

/* Without the blanks and line ends that expressions often end in. */
static size_t text_length(const char *text)
{
    size_t length = strlen(text);
    while (length && strchr(" \t\r\n", text[length - 1]))
        length--;
    return length;
}

static void write_indented(nf_buffer *out, const nf_line *line)
{
    const char *stop = line->text + text_length(line->text);
    size_t indent = line->indent < MAX_INDENT ? line->indent : MAX_INDENT;
    for (size_t i = 0; i < indent * INDENT_WIDTH; i++)
        nf_buffer_char(out, ' ');
    for (const char *p = line->text; p < stop; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '\r' && p[1] == '\n')
            continue;
        if (c == '\n') {
            nf_buffer_char(out, '\n');
            for (size_t i = 0; i < (indent + 2) * INDENT_WIDTH; i++)
                nf_buffer_char(out, ' ');
        } else if (c == '\t') {
            nf_buffer_text(out, "  ");
        } else if (c < 0x20 || c == 0x7f) {
            nf_buffer_format(out, "\\x%02x", c);
        } else {
            nf_buffer_char(out, (char)c);
        }
    }
    nf_buffer_char(out, '\n');
}

bool nf_lines_write(nf_lines *lines, size_t places, nf_buffer *out)
{
    if (lines->failed)
        return false;
    bool *named = nf_alloc_array(places + 1, sizeof *named);
    bool *skipped = nf_alloc_array(lines->count + 1, sizeof *skipped);
    if (!named || !skipped) {
        nf_free(named);
        nf_free(skipped);
        return false;
    }
    for (size_t i = 0; i < lines->count; i++) {
        const nf_line *line = &lines->items[i];
        if (line->kind == NF_LINE_JUMP && falls_through(lines, i))
            skipped[i] = true;
        else if (line->kind == NF_LINE_JUMP || line->kind == NF_LINE_BACK)
            named[line->target] = true;
    }
    for (size_t i = 0; i < lines->count; i++) {
        const nf_line *line = &lines->items[i];
        if (!skipped[i] &&
            (line->kind != NF_LINE_LABEL || named[line->target])) {
            if (lines->margin)
                lines->margin(lines->margin_user, out, line);
            write_indented(out, line);
        }
    }
    nf_free(named);
    nf_free(skipped);
    return !out->failed;
}
