/* `@verify [local|server] select AGGREGATE as n from M.E [where XPath] OP
 * literal` (E7; design §10.13): over what is stored, on either side. */
#include "testing/case.h"

#include "base/decimal.h"

#include <ctype.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct verification {
    char function[8], attribute[128];
    const char *entity, *constraint;
    char op[3];
    const char *literal;
    bool is_number; /* the attribute */
} verification;

/* The last comparison outside of quotes and brackets; NULL. */
static const char *find_operator(const char *text, size_t *length)
{
    const char *found = NULL;
    int depth = 0;
    for (const char *p = text; *p; p++) {
        if (*p == '\'') {
            p = strchr(p + 1, '\'');
            if (!p)
                return found;
            continue;
        }
        depth += *p == '(' || *p == '[';
        depth -= *p == ')' || *p == ']';
        if (depth || !strchr("=!<>", *p))
            continue;
        bool two = (p[0] != '=' && p[1] == '=') || (p[0] == '<' && p[1] == '>');
        if (*p == '!' && !two)
            continue;
        found = p;
        *length = two ? 2 : 1;
        p += two;
    }
    return found;
}

static const char *word(const char *p, const char *wanted)
{
    size_t length = strlen(wanted);
    p += strspn(p, " \t");
    if (strncasecmp(p, wanted, length) != 0 ||
        (isalpha((unsigned char)*wanted) && isalnum((unsigned char)p[length])))
        return NULL;
    return p + length + strspn(p + length, " \t");
}

static const char *name(const char *p, char *out, size_t size)
{
    size_t length = 0;
    while (p[length] &&
           (isalnum((unsigned char)p[length]) || strchr("_.*", p[length])))
        length++;
    if (!length || length >= size)
        return NULL;
    snprintf(out, size, "%.*s", (int)length, p);
    return p + length + strspn(p + length, " \t");
}

static const char *read_select(verification *v, const char *p)
{
    static const char *const functions[] = {"count", "sum", "avg", "min",
                                            "max"};
    char alias[128];
    p = word(p, "select");
    for (size_t i = 0; p && i < 5; i++) {
        const char *rest = word(p, functions[i]);
        if (!rest)
            continue;
        snprintf(v->function, sizeof v->function, "%s", functions[i]);
        rest = word(rest, "(");
        rest = rest ? name(rest, v->attribute, sizeof v->attribute) : NULL;
        rest = rest ? word(rest, ")") : NULL;
        rest = rest ? word(rest, "as") : NULL;
        rest = rest ? name(rest, alias, sizeof alias) : NULL;
        return rest ? word(rest, "from") : NULL;
    }
    return NULL;
}

/* What 'a text' says, with its doubled quotes; false: it is none. */
static bool read_text(char *out, size_t size, const char *literal)
{
    size_t used = 0;
    if (*literal != '\'')
        return false;
    for (const char *p = literal + 1; *p && used + 1 < size; p++) {
        if (*p == '\'' && p[1] != '\'') {
            out[used] = '\0';
            return !p[1];
        }
        p += *p == '\'';
        out[used++] = *p;
    }
    return false;
}

/* A number, 'a text', true, false or empty (E7). */
static bool is_literal(const char *literal)
{
    char text[512];
    nf_decimal number;
    if (strcmp(literal, "true") == 0 || strcmp(literal, "false") == 0 ||
        strcmp(literal, "empty") == 0)
        return true;
    if (!nf_decimal_parse(&number, literal, strlen(literal), false))
        return read_text(text, sizeof text, literal);
    nf_decimal_release(&number);
    return true;
}

static bool read_verification(test_run *run, verification *v, const char *text)
{
    size_t length = 0;
    const char *op = find_operator(text, &length);
    if (!op)
        return false;
    char *head = nf_arena_strndup(run->arena, text, (size_t)(op - text));
    snprintf(v->op, sizeof v->op, "%.*s", (int)length, op);
    v->literal = op + length + strspn(op + length, " \t");
    const char *p = head ? read_select(v, head) : NULL;
    char entity[256];
    p = p ? name(p, entity, sizeof entity) : NULL;
    if (!p || !is_literal(v->literal))
        return false;
    v->entity = nf_arena_strdup(run->arena, entity);
    v->constraint = "";
    if (!*p)
        return v->entity != NULL;
    p = word(p, "where");
    if (!p || !*p)
        return false;
    v->constraint = *p == '[' ? p : nf_arena_format(run->arena, "[%s]", p);
    bool star = strcmp(v->attribute, "*") == 0;
    return v->entity && v->constraint &&
           (!star || strcmp(v->function, "count") == 0);
}

/* ---- the value ----------------------------------------------------------- */

static bool take_text(void *user, const char *text, size_t length)
{
    nf_buffer_add(user, text, length);
    return !((nf_buffer *)user)->failed;
}

typedef struct total {
    size_t count;
    nf_decimal sum;
    char best[256]; /* of min and max */
    bool any, numbers, bad;
} total;

static int compare(const char *a, const char *b, bool *numbers)
{
    nf_decimal x = nf_decimal_from_int(0), y = nf_decimal_from_int(0);
    bool first = nf_decimal_parse(&x, a, strlen(a), false);
    bool second = nf_decimal_parse(&y, b, strlen(b), false);
    *numbers = first && second;
    int order = *numbers ? nf_decimal_compare(&x, &y) : strcmp(a, b);
    if (first)
        nf_decimal_release(&x);
    if (second)
        nf_decimal_release(&y);
    return order;
}

/* The average is the sum, divided at last. */
static bool is_sum(const verification *v)
{
    return strcmp(v->function, "sum") == 0 || strcmp(v->function, "avg") == 0;
}

static void add_value(total *t, const verification *v, const char *text)
{
    if (strcmp(v->function, "count") == 0) {
        t->count++;
    } else if (is_sum(v)) {
        t->count++;
        nf_decimal value, sum;
        if (!nf_decimal_parse(&value, text, strlen(text), false)) {
            t->bad = true;
            return;
        }
        t->bad |= !nf_decimal_add(&sum, &t->sum, &value);
        nf_decimal_release(&value);
        nf_decimal_release(&t->sum);
        t->sum = t->bad ? nf_decimal_from_int(0) : sum;
    } else {
        int order = !t->any        ? 0
                    : v->is_number ? compare(text, t->best, &(bool){false})
                                   : strcmp(text, t->best);
        if (!t->any || (v->function[1] == 'i' ? order < 0 : order > 0))
            t->bad |= snprintf(t->best, sizeof t->best, "%s", text) >=
                      (int)sizeof t->best;
    }
    t->any = true;
}

static void add_lines(total *t, const verification *v, char *lines)
{
    char *rest = NULL;
    bool star = strcmp(v->attribute, "*") == 0;
    for (char *line = strtok_r(lines, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        json_object *json = json_tokener_parse(line), *value = NULL;
        if (star)
            t->count++;
        else if (json_object_object_get_ex(json, v->attribute, &value) && value)
            add_value(t, v, json_object_get_string(value));
        json_object_put(json);
    }
}

static void average_text(const total *t, char *text, size_t size)
{
    nf_decimal count = nf_decimal_from_int((int64_t)t->count), quotient;
    if (nf_decimal_divide(&quotient, &t->sum, &count, 8, NF_ROUND_HALF_EVEN)) {
        nf_decimal_format(&quotient, text, size);
        nf_decimal_release(&quotient);
    } else {
        snprintf(text, size, "empty");
    }
    nf_decimal_release(&count);
}

static void value_text(const total *t, const verification *v, char *text,
                       size_t size)
{
    if (strcmp(v->function, "count") == 0)
        snprintf(text, size, "%zu", t->count);
    else if (!t->any)
        snprintf(text, size, "empty");
    else if (strcmp(v->function, "avg") == 0)
        average_text(t, text, size);
    else if (is_sum(v))
        nf_decimal_format(&t->sum, text, size);
    else
        snprintf(text, size, "%s", t->best);
}

static bool holds(const verification *v, const char *actual)
{
    char text[512];
    bool numbers;
    int order = read_text(text, sizeof text, v->literal)
                    ? strcmp(actual, text)
                    : compare(actual, v->literal, &numbers);
    if (strcmp(v->op, "=") == 0)
        return order == 0;
    if (strcmp(v->op, "!=") == 0 || strcmp(v->op, "<>") == 0)
        return order != 0;
    if (strcmp(actual, "empty") == 0)
        return false;
    if (*v->op == '<')
        return v->op[1] ? order <= 0 : order < 0;
    return v->op[1] ? order >= 0 : order > 0;
}

static nf_status look(test_run *run, const verification *v, bool server,
                      nf_buffer *lines, nf_error *err)
{
    nf_session *session = run->devices[0].session, *opened = NULL;
    nf_query query = NF_QUERY_INIT;
    nf_status status = server ? test_on_server(&opened, run, err) : NF_OK;
    query.entity = v->entity;
    query.xpath = v->constraint;
    query.extended = true;
    if (status == NF_OK)
        status = nf_session_query(opened ? opened : session, &query, take_text,
                                  lines, err);
    nf_session_free(opened);
    return status;
}

/* Whether the entity has the attribute, and it can be added up if it has to. */
static bool has_attribute(const test_run *run, verification *v)
{
    const nf_entity *entity = nf_model_find_entity(run->app->model, v->entity);
    const nf_member *member =
        entity ? nf_entity_find_member(entity, v->attribute) : NULL;
    if (!entity || strcmp(v->attribute, "*") == 0)
        return true;
    v->is_number = member && (member->type.kind == NF_KIND_INTEGER ||
                              member->type.kind == NF_KIND_DECIMAL);
    return member && (v->is_number || !is_sum(v));
}

static void unequal(test_run *run, const nf_test_tag *tag,
                    const verification *v, const char *actual)
{
    nf_test_failure *f =
        nf_test_fail(run->result, NF_TEST_FAIL, "verify", tag->line,
                     "expected %s, actual: %s", tag->value, actual);
    if (!f)
        return;
    f->expression = tag->value;
    f->expected = nf_arena_strdup(run->arena, v->literal);
    f->actual = nf_arena_strdup(run->arena, actual);
}

void test_verify(test_run *run, const nf_test_tag *tag)
{
    verification v = {0};
    nf_buffer lines;
    nf_error err = {0};
    const char *text = tag->value, *rest;
    bool server = (rest = word(text, "server")) != NULL;
    if (rest || (rest = word(text, "local")))
        text = rest;
    if (!read_verification(run, &v, text) || !has_attribute(run, &v)) {
        nf_test_fail(
            run->result, NF_TEST_ERROR, "verify", tag->line,
            "@verify takes [local|server] select count(*)|"
            "count(A)|sum(A)|avg(A)|min(A)|max(A) as NAME from ENTITY [where XPATH] "
            "OPERATOR LITERAL; not supported: \"%s\"",
            tag->value);
        return;
    }
    nf_buffer_init(&lines, NF_BUFFER_MAX);
    if (look(run, &v, server, &lines, &err) != NF_OK) {
        nf_test_break(run->result, "verify", tag->line, "@verify", &err);
    } else {
        char actual[512];
        total t = {.sum = nf_decimal_from_int(0)};
        if (lines.length)
            add_lines(&t, &v, lines.data);
        value_text(&t, &v, actual, sizeof actual);
        if (t.bad)
            nf_test_fail(run->result, NF_TEST_ERROR, "verify", tag->line,
                         "@verify: the values of "
                         "\"%s\" can't be used",
                         v.attribute);
        else if (!holds(&v, actual))
            unequal(run, tag, &v, actual);
        nf_decimal_release(&t.sum);
    }
    nf_buffer_dispose(&lines);
}
