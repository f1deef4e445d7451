/* Measuring and breaking of labels. The widths of the printable ASCII letters
 * are those of Helvetica and its likes, in thousandths of the font size;
 * other scripts go by classes. */
#include "analysis/label.h"

#include <stdint.h>
#include <string.h>

enum {
    SCALE_PERCENT = 108, /* some fonts of the stack are wider */
    TEXT_MAX = 8192,     /* bytes of a text that are looked at */
    REPLACEMENT = 0xFFFD,
};
#define ELLIPSIS "\xe2\x80\xa6"

static const short ascii_widths[95] = {
    278, 278, 355, 556, 556,  889, 667, 191, 333, 333, 389, 584, 278, 333,
    278, 278, 556, 556, 556,  556, 556, 556, 556, 556, 556, 556, 278, 278,
    584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722,  778, 667, 778, 722, 667, 611, 722, 667, 944,
    667, 667, 611, 278, 278,  278, 469, 556, 333, 556, 556, 500, 556, 556,
    278, 556, 556, 222, 222,  500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500,  500, 500, 334, 260, 334, 584};

/* Thousandths of the font size. */
static int code_width(uint32_t code)
{
    if (code >= 0x20 && code < 0x7f)
        return ascii_widths[code - 0x20];
    if ((code >= 0x300 && code < 0x370) || (code >= 0x200b && code < 0x2010) ||
        (code >= 0xfe00 && code < 0xfe10))
        return 0; /* marks on the letter before, joiners */
    if ((code >= 0x1100 && code < 0x1160) ||
        (code >= 0x2e80 && code < 0xa4d0) ||
        (code >= 0xac00 && code < 0xd7a4) ||
        (code >= 0xf900 && code < 0xfb00) ||
        (code >= 0xff00 && code < 0xff61) || code >= 0x10000)
        return 1000; /* full width, pictographs */
    return code >= 0x2000 && code < 0x2e80 ? 900 : 680;
}

int nf_label_width(const char *text, size_t length, int size)
{
    int64_t sum = 0;
    for (size_t i = 0; i < length;)
        sum += code_width(nf_utf8_next(text, length, &i));
    return (int)(sum * size * SCALE_PERCENT / 100000) + 1;
}

/* ---- cleaning ---------------------------------------------------------- */

/* Marks that could show the rest of a line in another order. */
static bool turns_direction(uint32_t code)
{
    return (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0x200e ||
           code == 0x200f || code == 0x61c;
}

static bool in_xml(uint32_t code)
{
    return code >= 0x20 && code != 0x7f && (code < 0x80 || code > 0x9f) &&
           code != 0xfffe && code != 0xffff;
}

/* One blank between words; '\n' only with keep_breaks. NULL: out of memory. */
static char *clean(nf_arena *arena, const char *text, bool keep_breaks,
                   bool *cut)
{
    size_t length = strnlen(text, TEXT_MAX + 1), used = 0;
    *cut = length > TEXT_MAX;
    if (*cut)
        length = nf_utf8_cut(text, TEXT_MAX);
    char *out = nf_arena_alloc(arena, 3 * length + 1);
    for (size_t i = 0; out && i < length;) {
        uint32_t code = nf_utf8_next(text, length, &i);
        if (turns_direction(code))
            continue;
        bool line_end = code == '\n' && keep_breaks;
        if (line_end || code == ' ' || code == '\t' || code == '\n' ||
            code == '\r' || code == 0xa0 || code == 0x2028 || code == 0x2029) {
            char last = used ? out[used - 1] : '\n';
            if (line_end && last == ' ')
                out[used - 1] = '\n';
            else if (line_end || (last != ' ' && last != '\n'))
                out[used++] = line_end ? '\n' : ' ';
            continue;
        }
        if (!in_xml(code))
            code = REPLACEMENT;
        used += nf_utf8_put(out + used, code);
    }
    while (used && (out[used - 1] == ' ' || out[used - 1] == '\n'))
        used--;
    if (out)
        out[used] = '\0';
    return out;
}

/* ---- breaking ---------------------------------------------------------- */

static bool breaks_after(const char *text, size_t end, size_t length)
{
    char c = text[end - 1], next = end < length ? text[end] : '\0';
    if (c == ' ' || next == ' ' || !next)
        return true;
    if (strchr("_./-,:", c) && c)
        return end > 2;
    return c >= 'a' && c <= 'z' && next >= 'A' && next <= 'Z';
}

/* Bytes of the longest prefix within `width`, and in *at_break of the longest
 * such prefix that ends where a line may end (0: none). */
static size_t fitting(const char *text, size_t length, int size, int width,
                      size_t *at_break)
{
    int64_t limit = (int64_t)width * 100000 / SCALE_PERCENT, sum = 0;
    size_t fits = 0;
    *at_break = 0;
    for (size_t i = 0; i < length;) {
        size_t end = i;
        sum += (int64_t)code_width(nf_utf8_next(text, length, &end)) * size;
        if (sum > limit && text[i] != ' ')
            return fits;
        if (breaks_after(text, end, length))
            *at_break = end;
        i = fits = end;
    }
    *at_break = fits;
    return fits;
}

static const char *cut_line(nf_arena *arena, const char *text, size_t length,
                            int size, int width)
{
    size_t ignored, dots = sizeof ELLIPSIS - 1;
    int room = width - nf_label_width(ELLIPSIS, dots, size);
    size_t fits = fitting(text, length, size, room > 0 ? room : 0, &ignored);
    while (fits && text[fits - 1] == ' ')
        fits--;
    char *line = nf_arena_alloc(arena, fits + dots + 1);
    if (!line)
        return NULL;
    memcpy(line, text, fits);
    memcpy(line + fits, ELLIPSIS, dots);
    return line;
}

/* Takes one line from `*text`, or what is left of it with "…" if it is the
 * last one that is allowed. NULL: out of memory. */
static const char *take_line(nf_arena *arena, const char **text, int size,
                             int width, bool last, bool *cut)
{
    size_t length = strcspn(*text, "\n"), at_break;
    bool more_after = (*text)[length] == '\n';
    size_t fits = fitting(*text, length, size, width, &at_break);
    if (last && (fits < length || more_after)) {
        const char *line = cut_line(arena, *text, length, size, width);
        *cut = true;
        *text += strlen(*text);
        return line;
    }
    size_t taken = at_break ? at_break : fits;
    if (!taken && length) { /* not even one character fits */
        size_t position = 0;
        nf_utf8_next(*text, length, &position);
        taken = position;
    }
    const char *start = *text;
    *text += taken;
    while (**text == ' ')
        (*text)++;
    if (taken == length && **text == '\n')
        (*text)++;
    while (taken && start[taken - 1] == ' ')
        taken--;
    return nf_arena_strndup(arena, start, taken);
}

nf_label nf_label_wrap(nf_arena *arena, const char *text, int size, int width,
                       size_t max_lines, bool keep_breaks)
{
    nf_label label = {.count = 0};
    bool cut = false;
    const char *rest = clean(arena, text, keep_breaks, &cut);
    if (max_lines > NF_LABEL_LINES)
        max_lines = NF_LABEL_LINES;
    while (rest && *rest && label.count < max_lines) {
        const char *line = take_line(arena, &rest, size, width,
                                     label.count + 1 == max_lines, &label.cut);
        if (!line)
            break;
        int wide = nf_label_width(line, strlen(line), size);
        if (wide > label.width)
            label.width = wide;
        label.lines[label.count++] = line;
    }
    label.cut = label.cut || cut;
    return label;
}

const char *nf_label_line(nf_arena *arena, const char *text, int size,
                          int width)
{
    nf_label label = nf_label_wrap(arena, text, size, width, 1, false);
    return label.count ? label.lines[0] : "";
}

const char *nf_label_take(nf_arena *arena, nf_buffer *buffer)
{
    const char *text = nf_buffer_string(buffer);
    if (text)
        text = nf_arena_strdup(arena, text);
    else
        nf_arena_fail(arena);
    nf_buffer_dispose(buffer);
    return text ? text : "";
}

void nf_label_xml(nf_buffer *out, const char *text, size_t max)
{
    size_t length = strnlen(text, max + 1);
    bool cut = length > max;
    if (cut)
        length = nf_utf8_cut(text, max);
    for (size_t i = 0; i < length;) {
        char bytes[4];
        uint32_t code = nf_utf8_next(text, length, &i);
        if (code == '&')
            nf_buffer_text(out, "&amp;");
        else if (code == '<')
            nf_buffer_text(out, "&lt;");
        else if (code == '>')
            nf_buffer_text(out, "&gt;");
        else if (code == '"')
            nf_buffer_text(out, "&quot;");
        else if (turns_direction(code) || code == '\r')
            continue;
        else if (code == '\n' || code == '\t')
            nf_buffer_char(out, (char)code);
        else
            nf_buffer_add(
                out, bytes,
                nf_utf8_put(bytes, in_xml(code) ? code : REPLACEMENT));
    }
    if (cut)
        nf_buffer_text(out, ELLIPSIS);
}
