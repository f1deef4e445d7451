/* `@verify [local|server] OQL OP LITERAL` (E7, E42; design §10.13): over what
 * is stored, on either side. A condition that is no OQL may be XPath, as in a
 * Retrieve. */
#include "testing/case.h"
#include "base/json.h"
#include "testing/oql.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct verification {
    const char *query;
    char op[3];
    const char *literal; /* as written */
    oql_value expected;
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

static const char *side(const char *text, const char *word)
{
    size_t length = strlen(word);
    return strncasecmp(text, word, length) == 0 &&
                   isspace((unsigned char)text[length])
               ? text + length + strspn(text + length, " \t")
               : NULL;
}

static bool split(test_run *run, verification *v, const char *text)
{
    size_t length = 0;
    const char *op = find_operator(text, &length);
    if (!op)
        return false;
    v->query = nf_arena_strndup(run->arena, text, (size_t)(op - text));
    snprintf(v->op, sizeof v->op, "%.*s", (int)length, op);
    if (strcmp(v->op, "<>") == 0)
        snprintf(v->op, sizeof v->op, "!=");
    v->literal = op + length + strspn(op + length, " \t");
    return v->query && oql_literal(&v->expected, run->arena, v->literal,
                                   strlen(v->literal));
}

/* ---- XPath --------------------------------------------------------------- */

static bool take_text(void *user, const char *text, size_t length)
{
    nf_buffer_add(user, text, length);
    return !((nf_buffer *)user)->failed;
}

/* The rows that an XPath constraint leaves, by their ids, as a condition. */
static nf_status select_ids(oql_query *query, nf_arena *arena,
                            nf_session *session, const char *constraint,
                            nf_error *err)
{
    nf_query xpath = NF_QUERY_INIT;
    nf_buffer lines;
    size_t count = 0, capacity = 0;
    oql_condition *in = nf_arena_alloc(arena, sizeof *in);
    oql_value *ids = NULL;
    char *rest = NULL;
    nf_buffer_init(&lines, NF_BUFFER_MAX);
    xpath.entity = query->sources[0].entity->qualified;
    xpath.xpath =
        nf_arena_format(arena, *constraint == '[' ? "%s" : "[%s]", constraint);
    xpath.extended = true;
    nf_status status =
        in && xpath.xpath
            ? nf_session_query(session, &xpath, take_text, &lines, err)
            : nf_error_nomem(err);
    for (const char *p = lines.length ? lines.data : ""; *p; p++)
        capacity += *p == '\n';
    ids = nf_arena_array(arena, capacity + 1, sizeof *ids);
    for (char *line = status == NF_OK && ids && lines.length
                          ? strtok_r(lines.data, "\n", &rest)
                          : NULL;
         line && status == NF_OK; line = strtok_r(NULL, "\n", &rest)) {
        nf_json_text_read read;
        json_object *id = NULL;
        status = nf_json_parse(&read, line, strlen(line) + 1,
                               JSON_TOKENER_DEFAULT_DEPTH, 0, err);
        if (json_object_object_get_ex(read.json, "id", &id))
            ids[count++] = (oql_value){
                .kind = OQL_NUMBER,
                .text = nf_arena_strdup(arena, json_object_get_string(id))};
        json_object_put(read.json);
    }
    nf_buffer_dispose(&lines);
    if (status != NF_OK || !ids)
        return status != NF_OK ? status : nf_error_nomem(err);
    *in = (oql_condition){.what = OQL_IN,
                          .a = {.source = 0, .member_name = "id"},
                          .list = ids,
                          .list_count = count};
    query->where = in;
    return NF_OK;
}

/* ---- the tag ------------------------------------------------------------- */

static nf_status look(test_run *run, const verification *v, bool server,
                      oql_value *out, nf_error *err)
{
    nf_session *session = run->devices[0].session, *opened = NULL;
    oql_query query;
    const char *where = NULL;
    nf_error problem = {0};
    nf_status status = server ? test_on_server(&opened, run, err) : NF_OK;
    if (status != NF_OK)
        return status;
    session = opened ? opened : session;
    if (!session)
        return nf_error_set(err, NF_FAILED, "bad_test",
                            "nobody is signed in on the device");
    status = oql_parse(&query, run->arena, run->app->model, v->query, &where,
                       &problem);
    if (status == NF_INPUT && where && query.source_count == 1 &&
        !query.sources[0].alias)
        status = select_ids(&query, run->arena, session, where, err);
    else if (status != NF_OK)
        status = nf_error_pass(&problem, err);
    if (status == NF_OK)
        status =
            oql_run(out, run->arena, &query, nf_session_database(session), err);
    nf_session_free(opened);
    return status;
}

/* E7: empty is empty, and in no other order. */
static bool holds(const verification *v, const oql_value *actual)
{
    bool comparable;
    int order = oql_compare(actual, &v->expected, &comparable);
    bool same = comparable
                    ? order == 0
                    : actual->kind == OQL_NULL && v->expected.kind == OQL_NULL;
    switch (*v->op) {
    case '=':
        return same;
    case '!':
        return !same;
    case '<':
        return comparable && (v->op[1] ? order <= 0 : order < 0);
    default:
        return comparable && (v->op[1] ? order >= 0 : order > 0);
    }
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
    oql_value actual;
    nf_error err = {0};
    const char *text = tag->value, *rest;
    bool server = (rest = side(text, "server")) != NULL;
    if (rest || (rest = side(text, "local")))
        text = rest;
    if (!split(run, &v, text))
        nf_test_fail(run->result, NF_TEST_ERROR, "verify", tag->line,
                     "@verify takes [local|server] select … as NAME from "
                     "ENTITY … OPERATOR LITERAL, not \"%s\"",
                     tag->value);
    else if (look(run, &v, server, &actual, &err) != NF_OK)
        nf_test_break(run->result, "verify", tag->line, "@verify", &err);
    else if (!holds(&v, &actual))
        unequal(run, tag, &v, actual.text);
}
