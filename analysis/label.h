/* Short texts in pictures: how wide they will be, and lines that fit. There is
 * no font library; widths are those of common sans-serif fonts, taken a little
 * large, so that a picture looks right with whatever font the viewer has. */
#ifndef NF_ANALYSIS_LABEL_H
#define NF_ANALYSIS_LABEL_H

#include "base/memory.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum { NF_LABEL_LINES = 40 };

typedef struct nf_label {
    const char *lines[NF_LABEL_LINES]; /* UTF-8, in the arena */
    size_t count;
    int width; /* of the widest line, pixels */
    bool cut;  /* something is missing: the last line ends in "…" */
} nf_label;

/* Pixels that `length` bytes of printable UTF-8 take at a font size of `size`
 * pixels. */
int nf_label_width(const char *text, size_t length, int size);
/* Breaks `text` (anything: invalid UTF-8, control characters and marks that
 * change the direction of a line are replaced or left out) into at most
 * `max_lines` (up to NF_LABEL_LINES) lines of at most `width` pixels. Blanks
 * and line ends separate words; with `keep_breaks` a line end ends a line.
 * Count 0 for a blank text, or when out of memory. */
nf_label nf_label_wrap(nf_arena *arena, const char *text, int size, int width,
                       size_t max_lines, bool keep_breaks);
/* One line of at most `width` pixels; "" for a blank text or out of memory. */
const char *nf_label_line(nf_arena *arena, const char *text, int size,
                          int width);
/* The text of a buffer, which is disposed, in the arena. After a failure "";
 * the arena then says that it failed. */
const char *nf_label_take(nf_arena *arena, nf_buffer *buffer);
/* Appends text for XML contents and attributes: escaped, characters that XML
 * can't hold replaced, at most `max` bytes and then "…". */
void nf_label_xml(nf_buffer *out, const char *text, size_t max);

#endif
