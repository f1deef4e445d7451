/* What the grammar of constraints is read with: the next character, word or
 * name, and new nodes. */
#include "database/xpath_parser.h"

nf_xnode *nf_xparse_fail(nf_xparser *p, size_t position, const char *what)
{
    nf_xpath_error("SYNTAX", p->text, (long)position, p->err, "%s", what);
    return NULL;
}

nf_xnode *nf_xparse_no_memory(nf_xparser *p)
{
    nf_error_nomem(p->err);
    return NULL;
}

nf_xnode *nf_xparse_set_number(nf_xparser *p, nf_xnode *node, nf_decimal number)
{
    int64_t whole;

    if (nf_decimal_to_int(&whole, &number)) {
        node->value = nf_integer(whole);
        nf_decimal_release(&number);
        return node;
    }
    node->value = nf_decimal_take(number);
    return nf_xpath_own(p->xpath, node->value) ? node : nf_xparse_no_memory(p);
}

void nf_xparse_space(nf_xparser *p)
{
    while (p->at < p->length && strchr(" \t\r\n", p->text[p->at]))
        p->at++;
}

char nf_xparse_peek(nf_xparser *p)
{
    nf_xparse_space(p);
    return p->at < p->length ? p->text[p->at] : '\0';
}

bool nf_xparse_accept(nf_xparser *p, char c)
{
    if (nf_xparse_peek(p) != c || p->at >= p->length)
        return false;
    p->at++;
    return true;
}

size_t nf_xparse_name_length(const nf_xparser *p, size_t at)
{
    size_t end = at;

    if (at >= p->length || !nf_xname_start(p->text[at]))
        return 0;
    while (end < p->length && nf_xname_part(p->text[end]))
        end++;
    return end - at;
}

bool nf_xparse_word(nf_xparser *p, const char *word)
{
    size_t length = strlen(word);

    nf_xparse_space(p);
    if (nf_xparse_name_length(p, p->at) != length ||
        memcmp(p->text + p->at, word, length) != 0)
        return false;
    p->at += length;
    return true;
}

nf_xnode *nf_xparse_node(nf_xparser *p, nf_xnode_kind kind, size_t position)
{
    nf_xnode *node = nf_arena_alloc(p->xpath->arena, sizeof *node);

    if (!node)
        return nf_xparse_no_memory(p);
    node->kind = kind;
    node->position = (long)position;
    return node;
}

nf_xnode *nf_xparse_binary(nf_xparser *p, nf_xnode_kind kind, nf_xop op,
                           size_t position, nf_xnode *left, nf_xnode *right)
{
    nf_xnode *node;

    if (!left || !right)
        return NULL;
    node = nf_xparse_node(p, kind, position);
    if (!node)
        return NULL;
    node->op = op;
    node->left = left;
    node->right = right;
    return node;
}

nf_xnode *nf_xparse_balance(nf_xparser *p, nf_xnode_kind kind, nf_xnode **list,
                            size_t count)
{
    nf_xnode *node = *list, *right;

    if (count == 1) {
        *list = node->next;
        node->next = NULL;
        return node;
    }
    node = nf_xparse_balance(p, kind, list, count - count / 2);
    right = node ? nf_xparse_balance(p, kind, list, count / 2) : NULL;
    return right ? nf_xparse_binary(p, kind, NF_XOP_EQ, (size_t)right->position,
                                    node, right)
                 : NULL;
}

const char *nf_xparse_take_name(nf_xparser *p, size_t length)
{
    const char *name =
        nf_arena_strndup(p->xpath->arena, p->text + p->at, length);

    if (!name)
        nf_error_nomem(p->err);
    p->at += length;
    return name;
}
