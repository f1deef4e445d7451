/* Lines of a description: indented text that is written in the end, when it is
 * known which jumps a reader needs. The lines live in the arena that was
 * given. */
#ifndef NF_ANALYSIS_LINES_H
#define NF_ANALYSIS_LINES_H

#include "base/memory.h"
#include "base/text.h"

typedef enum nf_line_kind {
    NF_LINE_TEXT,
    NF_LINE_CASE,  /* heads a branch: what ends in it goes on after it */
    NF_LINE_JUMP,  /* "go on at M1"; left out where the reader falls through */
    NF_LINE_BACK,  /* a jump that is always written: back to M1 */
    NF_LINE_LABEL, /* "M1:", left out where no jump names it */
} nf_line_kind;

typedef struct nf_line {
    nf_line_kind kind;
    size_t indent;
    size_t target; /* JUMP, BACK, LABEL: any number that identifies a place */
    const char *text;
    const struct nf_element *element; /* the flow object that it begins; NULL */
} nf_line;
/* Writes what stands before a line. */
typedef void (*nf_margin_fn)(void *user, nf_buffer *out, const nf_line *line);

typedef struct nf_lines {
    nf_arena *arena;
    nf_line *items;
    size_t count, capacity;
    nf_buffer text;      /* the line being made */
    bool failed;         /* out of memory, or longer than the maximum */
    nf_margin_fn margin; /* NULL: nothing */
    void *margin_user;
} nf_lines;

/* Begins with nothing. Disposed with nf_lines_dispose, also after failures. */
void nf_lines_init(nf_lines *lines, nf_arena *arena);
void nf_lines_dispose(nf_lines *lines);
/* The buffer for the next line, empty; write to it, then call nf_lines_end. */
nf_buffer *nf_lines_begin(nf_lines *lines);
void nf_lines_end(nf_lines *lines, nf_line_kind kind, size_t indent,
                  size_t target);
/* A finished line of text. */
void nf_lines_text(nf_lines *lines, size_t indent, const char *text);
/* Appends all lines to `out`: jumps that fall through and labels without
 * jumps are left out, `places` is one more than the largest target. Control
 * characters are written as escapes, so that a model cannot steer a terminal.
 * False when out of memory. */
bool nf_lines_write(nf_lines *lines, size_t places, nf_buffer *out);

#endif
