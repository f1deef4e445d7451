/* Inside of database/: what reads the grammar of a constraint, shared by
 * xpath_parse.c (expressions), xpath_operand.c, xpath_call.c and
 * xpath_cursor.c. What a word means (attribute, association, entity) is decided
 * by the check, which knows the model.
 *
 * Functions that give a node give NULL after an error; then p->err is set. */
#ifndef NF_DATABASE_XPATH_PARSER_H
#define NF_DATABASE_XPATH_PARSER_H

#include "database/xpath_tree.h"

#include <ctype.h>

typedef struct nf_xparser {
    nf_xpath *xpath;
    const char *text;
    size_t length, at;
    int depth;
    size_t steps; /* of the path being read and those around it */
    nf_error *err;
} nf_xparser;

static inline bool nf_xname_start(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}

static inline bool nf_xname_part(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* ---- xpath_cursor.c ------------------------------------------------------ */

nf_xnode *nf_xparse_fail(nf_xparser *p, size_t position, const char *what);
nf_xnode *nf_xparse_no_memory(nf_xparser *p);
/* Gives a literal its value, an integer where it is one. Takes the number over.
 */
nf_xnode *nf_xparse_set_number(nf_xparser *p, nf_xnode *node,
                               nf_decimal number);
void nf_xparse_space(nf_xparser *p);
/* The next character that is no space; NUL at the end. */
char nf_xparse_peek(nf_xparser *p);
bool nf_xparse_accept(nf_xparser *p, char c);
/* A whole word, not the beginning of a longer name. */
bool nf_xparse_word(nf_xparser *p, const char *word);
/* The length of the name at `at`; 0: none. */
size_t nf_xparse_name_length(const nf_xparser *p, size_t at);
/* The next `length` bytes, which become the arena's. */
const char *nf_xparse_take_name(nf_xparser *p, size_t length);
nf_xnode *nf_xparse_node(nf_xparser *p, nf_xnode_kind kind, size_t position);
/* NULL, too, where an operand is. */
nf_xnode *nf_xparse_binary(nf_xparser *p, nf_xnode_kind kind, nf_xop op,
                           size_t position, nf_xnode *left, nf_xnode *right);
/* Long chains become trees that are not deep: whoever walks them may recurse.
 * `list` is linked by next. */
nf_xnode *nf_xparse_balance(nf_xparser *p, nf_xnode_kind kind, nf_xnode **list,
                            size_t count);

/* ---- xpath_operand.c, xpath_call.c --------------------------------------- */

nf_xnode *nf_xparse_string(nf_xparser *p);
nf_xnode *nf_xparse_token(nf_xparser *p);
nf_xnode *nf_xparse_number(nf_xparser *p);
nf_xnode *nf_xparse_variable(nf_xparser *p);
nf_xnode *nf_xparse_path(nf_xparser *p);
/* NAME or NAME.NAME; the length in bytes, 0: none. */
size_t nf_xparse_step_length(const nf_xparser *p);
nf_xnode *nf_xparse_call(nf_xparser *p, size_t length);
/* A function name may contain '-'; it is one only before a parenthesis
 * (Q11). Its length, 0: none. */
size_t nf_xparse_call_length(const nf_xparser *p);

/* ---- xpath_parse.c ------------------------------------------------------- */

/* A whole condition. */
nf_xnode *nf_xparse_or(nf_xparser *p);

#endif
