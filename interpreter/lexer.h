/* Tokens of an expression (expressions S9 … S17). */
#ifndef NF_INTERPRETER_LEXER_H
#define NF_INTERPRETER_LEXER_H

#include "base/error.h"

typedef enum nf_lexeme_kind {
    NF_LEX_END,
    NF_LEX_NAME, /* one or more names joined by dots; `dots` counts them */
    NF_LEX_INTEGER,
    NF_LEX_DECIMAL,
    NF_LEX_STRING,   /* with its quotes, inner ones doubled */
    NF_LEX_VARIABLE, /* `$` and name */
    NF_LEX_CONSTANT, /* `@` and dotted name */
    NF_LEX_SYSTEM,   /* `[%` … `%]` */
    NF_LEX_PLUS,
    NF_LEX_MINUS,
    NF_LEX_STAR,
    NF_LEX_COLON,
    NF_LEX_EQUAL,
    NF_LEX_NOT_EQUAL,
    NF_LEX_LESS,
    NF_LEX_LESS_EQUAL,
    NF_LEX_GREATER,
    NF_LEX_GREATER_EQUAL,
    NF_LEX_OPEN,
    NF_LEX_CLOSE,
    NF_LEX_COMMA,
    NF_LEX_SLASH
} nf_lexeme_kind;

typedef struct nf_lexeme {
    nf_lexeme_kind kind;
    size_t position, length; /* bytes in the text */
    int dots;                /* NAME, CONSTANT */
} nf_lexeme;

typedef struct nf_lexer {
    const char *text;
    size_t length;
    size_t at;
} nf_lexer;

/* Reads the next token, END at the end. Errors: E-LEX with a position. */
nf_status nf_lexer_next(nf_lexer *lexer, nf_lexeme *out, nf_error *err);

#endif
