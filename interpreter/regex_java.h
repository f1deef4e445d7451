/* What the two files of the translation from Java's regular expressions
 * share. */
#ifndef NF_INTERPRETER_REGEX_JAVA_H
#define NF_INTERPRETER_REGEX_JAVA_H

#include "interpreter/regex_engines.h"

enum {
    NF_JAVA_DEEPEST = 200, /* nested groups or classes */
    NF_JAVA_CASE = 1,      /* (?i): letters of ASCII */
    NF_JAVA_UNICODE = 2,   /* (?u): of all scripts */
    NF_JAVA_CLASSES = 4,   /* (?U): \w, \d … of all scripts */
    NF_JAVA_DOTALL = 8,
    NF_JAVA_MULTILINE = 16,
    NF_JAVA_COMMENTS = 32,
    NF_JAVA_UNIX = 64,
};

typedef struct nf_java_pattern {
    nf_buffer *out;
    const char *text;
    size_t length, at;
    unsigned flags;
    int groups, opened; /* capturing: in the whole pattern, so far */
    int depth;
    struct {
        unsigned flags; /* before the group */
        bool around;    /* it looks ahead or behind */
    } open[NF_JAVA_DEEPEST];
    int classes;     /* nested ones that are open */
    bool quantified; /* the item has had its quantifier */
    const char *problem;
} nf_java_pattern;

/* The byte `ahead` of the current one; NUL behind the end. */
char nf_java_peek(const nf_java_pattern *p, size_t ahead);
/* Blanks and comments under (?x). */
void nf_java_skip_comments(nf_java_pattern *p);
/* Reads what follows a backslash (at p->at) as one character; -1, with p->at
 * behind the letter, for an escape that is none (its letter in *letter). */
long nf_java_escape(nf_java_pattern *p, char *letter);
/* The set of \d, \w, \s, \h, \v, \p… and of their opposites, or false. p->at
 * is behind the letter. */
bool nf_java_put_set(nf_java_pattern *p, char letter);
/* `[` … `]` at p->at. */
void nf_java_class(nf_java_pattern *p);
void nf_java_put_code(nf_java_pattern *p, long code);

#endif
