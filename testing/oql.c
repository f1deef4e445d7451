/* Reading OQL; see oql.h. */
#include "testing/oql.h"

#include "testing/parser.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 50, LIST_MAX = 1000 };

typedef struct reader {
    nf_arena *arena;
    const nf_model *model;
    oql_query *query;
    const char *at;
    int depth;
    nf_error *err;
} reader;

static nf_status malformed(reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static nf_status malformed(reader *r, const char *format, ...)
{
    char message[256], spot[TEST_SPOT];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return nf_error_set(r->err, NF_INPUT, "bad_test", "%s %s", message,
                        test_spot(spot, r->at));
}

/* ---- words --------------------------------------------------------------- */

static bool in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 128;
}

static void skip(reader *r)
{
    r->at += strspn(r->at, " \t\r\n");
}

/* A whole word in any case, or a mark. */
static bool take(reader *r, const char *word)
{
    size_t length = strlen(word);
    skip(r);
    if (strncasecmp(r->at, word, length) != 0 ||
        (in_name(*word) && in_name(r->at[length])))
        return false;
    r->at += length;
    return true;
}

static bool peek(reader *r, const char *word)
{
    const char *at = r->at;
    bool found = take(r, word);
    r->at = at;
    return found;
}

/* A name with dots; NULL: none is here. */
static const char *take_name(reader *r)
{
    skip(r);
    const char *start = r->at;
    if (!in_name(*start) || isdigit((unsigned char)*start))
        return NULL;
    while (in_name(*r->at) || (*r->at == '.' && in_name(r->at[1])))
        r->at++;
    return nf_arena_strndup(r->arena, start, (size_t)(r->at - start));
}

/* ---- literals ------------------------------------------------------------ */

static const char *unquoted(nf_arena *arena, const char *text, size_t length)
{
    char *copy = nf_arena_strndup(arena, text, length), *to = copy;
    for (const char *p = copy; p && *p; p += 1 + (p[0] == '\'' && p[1]))
        *to++ = *p;
    if (to)
        *to = '\0';
    return copy;
}

/* The length of what may be a literal here. */
static size_t literal_length(const char *at)
{
    const char *p = at;
    if (*p == '\'') {
        for (p++; *p && (*p != '\'' || p[1] == '\''); p++)
            p += *p == '\'';
        return (size_t)(p - at) + (*p == '\'');
    }
    p += *p == '-';
    while (in_name(*p) || *p == '.')
        p++;
    return (size_t)(p - at);
}

bool oql_literal(oql_value *out, nf_arena *arena, const char *text,
                 size_t length)
{
    nf_decimal number;
    const char *copy = nf_arena_strndup(arena, text, length);
    *out = (oql_value){.kind = OQL_NULL, .text = "empty"};
    if (!copy || literal_length(copy) != length)
        return false;
    if (length >= 2 && *copy == '\'' && copy[length - 1] == '\'') {
        out->kind = OQL_TEXT;
        out->text = unquoted(arena, copy + 1, length - 2);
        return out->text != NULL;
    }
    if (strcasecmp(copy, "true") == 0 || strcasecmp(copy, "false") == 0) {
        out->kind = OQL_BOOLEAN;
        out->text = tolower((unsigned char)*copy) == 't' ? "true" : "false";
        return true;
    }
    if (strcasecmp(copy, "empty") == 0 || strcasecmp(copy, "null") == 0)
        return true;
    if (!nf_decimal_parse(&number, copy, length, false))
        return false;
    nf_decimal_release(&number);
    out->kind = OQL_NUMBER;
    out->text = copy;
    return true;
}

static bool take_literal(reader *r, oql_value *out)
{
    skip(r);
    size_t length = literal_length(r->at);
    if (!length || !oql_literal(out, r->arena, r->at, length))
        return false;
    r->at += length;
    /* XPath writes true() and false(). */
    if (out->kind == OQL_BOOLEAN && take(r, "("))
        return take(r, ")");
    return true;
}

/* ---- sources and paths --------------------------------------------------- */

static int find_alias(const oql_query *q, const char *name, size_t length)
{
    for (size_t i = 0; i < q->source_count; i++) {
        const char *alias = q->sources[i].alias;
        const char *entity = q->sources[i].entity->qualified;
        if ((alias && strlen(alias) == length &&
             strncasecmp(alias, name, length) == 0) ||
            (strlen(entity) == length && strncmp(entity, name, length) == 0))
            return (int)i;
    }
    return -1;
}

/* `Attribute`, `a/Attribute`, `a.Attribute`, `Module.Entity/Attribute`. */
static nf_status take_path(reader *r, oql_operand *out)
{
    const char *start = r->at, *name = take_name(r);
    const oql_query *q = r->query;
    if (!name)
        return malformed(r, "expected an attribute or a literal");
    out->source = 0;
    out->member_name = name;
    if (*r->at == '/') {
        r->at++;
        out->source = find_alias(q, name, strlen(name));
        out->member_name = take_name(r);
    } else if (strchr(name, '.')) {
        const char *dot = strrchr(name, '.');
        out->source = find_alias(q, name, (size_t)(dot - name));
        out->member_name = dot + 1;
    } else if (q->source_count > 1) {
        r->at = start;
        return malformed(r, "with a join, attributes have the name of their "
                            "source before them");
    }
    if (out->source < 0 || !out->member_name || *r->at == '/') {
        r->at = start;
        return malformed(r, "there is no such source");
    }
    const nf_entity *entity = q->sources[out->source].entity;
    if (strcasecmp(out->member_name, "id") == 0)
        return NF_OK;
    const nf_member *member = nf_entity_find_member(entity, out->member_name);
    if (member && member->attribute)
        return NF_OK;
    r->at = start;
    return malformed(r, "%s has no attribute \"%s\"", entity->qualified,
                     out->member_name);
}

static nf_status take_operand(reader *r, oql_operand *out)
{
    *out = (oql_operand){.source = -1};
    return take_literal(r, &out->literal) ? NF_OK : take_path(r, out);
}

/* `[as] alias`, which no word of the grammar is. */
static const char *take_alias(reader *r)
{
    static const char *const words[] = {"where", "join",  "left",  "inner",
                                        "group", "order", "limit", "on"};
    if (!take(r, "as"))
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (peek(r, words[i]))
                return NULL;
    return take_name(r);
}

static nf_status take_entity(reader *r, oql_source *s)
{
    const char *start = r->at, *name = take_name(r);
    s->entity = name ? nf_model_find_entity(r->model, name) : NULL;
    if (s->entity && s->entity->kind == NF_ENTITY_PERSISTABLE)
        return NF_OK;
    r->at = start;
    if (s->entity)
        return malformed(r, "%s is not persistable: nothing of it is stored",
                         name);
    return malformed(r, "the app has no entity \"%s\"", name ? name : "");
}

/* `a/Module.Association/Module.Entity [as] b`. */
static nf_status take_join(reader *r, bool left)
{
    oql_query *q = r->query;
    oql_source s = {.left = left};
    const char *start = r->at, *alias = take_name(r), *association = NULL;
    if (q->source_count == OQL_SOURCES)
        return malformed(r, "there are too many joins");
    s.from = alias ? find_alias(q, alias, strlen(alias)) : -1;
    if (s.from < 0 || !take(r, "/") || !(association = take_name(r)) ||
        !take(r, "/")) {
        r->at = start;
        return malformed(r, "expected SOURCE/Module.Association/Module.Entity");
    }
    s.association = nf_model_find_association(r->model, association);
    if (!s.association)
        return malformed(r, "the app has no association \"%s\"", association);
    nf_status status = take_entity(r, &s);
    if (status != NF_OK)
        return status;
    s.alias = take_alias(r);
    q->sources[q->source_count++] = s;
    return NF_OK;
}

static nf_status take_sources(reader *r)
{
    oql_query *q = r->query;
    nf_status status = take_entity(r, &q->sources[0]);
    if (status != NF_OK)
        return status;
    q->source_count = 1;
    q->sources[0].from = -1;
    q->sources[0].alias = take_alias(r);
    while (status == NF_OK) {
        bool left = take(r, "left");
        take(r, left ? "outer" : "inner");
        if (!take(r, "join"))
            return left ? malformed(r, "expected \"join\"") : NF_OK;
        status = take_join(r, left);
    }
    return status;
}

/* ---- conditions ---------------------------------------------------------- */

static nf_status take_or(reader *r, const oql_condition **out);

static oql_condition *make(reader *r, int what)
{
    oql_condition *c = nf_arena_alloc(r->arena, sizeof *c);
    if (c)
        c->what = what;
    return c;
}

static nf_status negate(reader *r, const oql_condition **out, bool not )
{
    oql_condition *c = not ? make(r, OQL_NOT) : NULL;
    if (!not )
        return NF_OK;
    if (!c)
        return nf_error_nomem(r->err);
    c->left = *out;
    *out = c;
    return NF_OK;
}

static nf_status take_list(reader *r, oql_condition *c)
{
    oql_value *list = nf_arena_array(r->arena, LIST_MAX, sizeof *list);
    if (!list)
        return nf_error_nomem(r->err);
    if (!take(r, "("))
        return malformed(r, "expected \"(\"");
    do
        if (c->list_count == LIST_MAX ||
            !take_literal(r, &list[c->list_count++]))
            return malformed(r, "expected a literal");
    while (take(r, ","));
    c->list = list;
    return take(r, ")") ? NF_OK : malformed(r, "expected \")\"");
}

static nf_status take_operator(reader *r, oql_condition *c)
{
    static const char *const ops[] = {"<=", ">=", "!=", "<>", "=", "<", ">"};
    c->what = OQL_COMPARE;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (take(r, ops[i])) {
            snprintf(c->op, sizeof c->op, "%s", i == 3 ? "!=" : ops[i]);
            return take_operand(r, &c->b);
        }
    return malformed(r, "expected a comparison");
}

static nf_status take_comparison(reader *r, const oql_condition **out)
{
    oql_condition *c = make(r, OQL_COMPARE);
    if (!c)
        return nf_error_nomem(r->err);
    *out = c;
    nf_status status = take_operand(r, &c->a);
    if (status != NF_OK)
        return status;
    if (take(r, "is")) {
        bool not = take(r, "not");
        c->what = OQL_IS_NULL;
        if (!take(r, "null"))
            return malformed(r, "expected \"null\"");
        return negate(r, out, not );
    }
    bool not = take(r, "not");
    if (take(r, "in")) {
        c->what = OQL_IN;
        status = take_list(r, c);
    } else if (take(r, "like")) {
        c->what = OQL_LIKE;
        status = take_operand(r, &c->b);
    } else {
        status = not ? malformed(r, "expected \"in\" or \"like\"")
                     : take_operator(r, c);
    }
    return status == NF_OK ? negate(r, out, not ) : status;
}

static nf_status take_not(reader *r, const oql_condition **out)
{
    bool not = take(r, "not");
    nf_status status;
    if (++r->depth > DEPTH_MAX)
        return malformed(r, "the condition is nested too deeply");
    if (not &&!peek(r, "(")) {
        status = take_not(r, out);
    } else if (take(r, "(")) {
        status = take_or(r, out);
        if (status == NF_OK && !take(r, ")"))
            status = malformed(r, "expected \")\"");
    } else {
        status = take_comparison(r, out);
    }
    r->depth--;
    return status == NF_OK ? negate(r, out, not ) : status;
}

static nf_status
take_joined(reader *r, const oql_condition **out, const char *word, int what,
            nf_status (*part)(reader *, const oql_condition **))
{
    nf_status status = part(r, out);
    while (status == NF_OK && take(r, word)) {
        oql_condition *c = make(r, what);
        if (!c)
            return nf_error_nomem(r->err);
        c->left = *out;
        *out = c;
        status = part(r, &c->right);
    }
    return status;
}

static nf_status take_and(reader *r, const oql_condition **out)
{
    return take_joined(r, out, "and", OQL_AND, take_not);
}

static nf_status take_or(reader *r, const oql_condition **out)
{
    return take_joined(r, out, "or", OQL_OR, take_and);
}

/* ---- the query ----------------------------------------------------------- */

static bool is_number(const oql_query *q)
{
    const nf_member *m = nf_entity_find_member(
        q->sources[q->value.source].entity, q->value.member_name);
    return m &&
           (m->type.kind == NF_KIND_INTEGER || m->type.kind == NF_KIND_DECIMAL);
}

/* What stands between select and from is read when the sources are known. */
static nf_status take_value(reader *r)
{
    static const char *const functions[] = {"count", "sum", "avg", "min",
                                            "max"};
    oql_query *q = r->query;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const char *start = r->at;
        if (!take(r, functions[i]) || !take(r, "(")) {
            r->at = start;
            continue;
        }
        snprintf(q->function, sizeof q->function, "%s", functions[i]);
        q->star = i == 0 && take(r, "*");
        nf_status status = q->star ? NF_OK : take_path(r, &q->value);
        if (status == NF_OK && !take(r, ")"))
            status = malformed(r, "expected \")\"");
        if (status == NF_OK && (i == 1 || i == 2) && !is_number(q))
            status = malformed(r, "only numbers have a sum or an average");
        return status;
    }
    return take_path(r, &q->value);
}

static nf_status take_column(reader *r)
{
    nf_status status = take_value(r);
    if (status != NF_OK)
        return status;
    if (!take(r, "as") || !take_name(r))
        return malformed(r, "the column needs a name: as NAME");
    return peek(r, "from") ? NF_OK : malformed(r, "expected \"from\"");
}

/* The word from outside of quotes and brackets; NULL. */
static const char *find_from(const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\'' && !(p = strchr(p + 1, '\'')))
            return NULL;
        if (strncasecmp(p, "from", 4) == 0 && p > text && !in_name(p[-1]) &&
            !in_name(p[4]))
            return p;
    }
    return NULL;
}

nf_status oql_parse(oql_query *out, nf_arena *arena, const nf_model *model,
                    const char *text, const char **where_at, nf_error *err)
{
    reader r = {arena, model, out, text, 0, err};
    *out = (oql_query){.value = {.source = -1}};
    *where_at = NULL;
    if (!take(&r, "select"))
        return malformed(&r, "expected \"select\"");
    const char *column = r.at, *from = find_from(column);
    if (!from)
        return malformed(&r, "expected \"from\"");
    r.at = from + 4;
    nf_status status = take_sources(&r);
    const char *behind = r.at;
    r.at = column;
    if (status == NF_OK)
        status = take_column(&r);
    r.at = behind;
    skip(&r);
    if (status == NF_OK && take(&r, "where")) {
        skip(&r);
        *where_at = r.at;
        status = take_or(&r, &out->where);
    }
    skip(&r);
    if (status == NF_OK && *r.at)
        status = malformed(&r, "this is not supported");
    return status;
}
