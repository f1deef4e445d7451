/* Expressions of assertions (test E6, E42): Mendix expressions in which
 * `count($list)` and the built-in variables are looked up first, each by an
 * activity of its own, and then stand for hidden variables. */
#include "testing/parser.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define CONSERVED "committed objects = server objects + queued objects"

nf_kind nf_test_built_in(const char *name)
{
    static const struct {
        const char *name;
        nf_kind kind;
    } all[] = {
        {"sync/count", NF_KIND_INTEGER},
        {"sync/uploaded", NF_KIND_INTEGER},
        {"sync/downloaded", NF_KIND_INTEGER},
        {"sync/removed", NF_KIND_INTEGER},
        {"sync/skipped", NF_KIND_INTEGER},
        {"sync/errors", NF_KIND_INTEGER},
        {"sync/bytes", NF_KIND_INTEGER},
        {"sync/bytesSent", NF_KIND_INTEGER},
        {"sync/bytesReceived", NF_KIND_INTEGER},
        {"sync/phases", NF_KIND_STRING},
        {"sync/mode", NF_KIND_STRING},
        {"sync/error", NF_KIND_STRING},
        {"queue/count", NF_KIND_INTEGER},
        {"ui/page", NF_KIND_STRING},
        {"ui/pages", NF_KIND_INTEGER},
        {"ui/message", NF_KIND_STRING},
        {"ui/messages", NF_KIND_INTEGER},
        {"ui/validations", NF_KIND_INTEGER},
        {"log/count", NF_KIND_INTEGER},
        {"log/last", NF_KIND_STRING},
        {"calls/count", NF_KIND_INTEGER},
        {"objects/conserved", NF_KIND_BOOLEAN},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, name) == 0)
            return all[i].kind;
    bool by_name = (strncmp(name, "queue/", 6) == 0 && strchr(name, '.')) ||
                   (strncmp(name, "calls/", 6) == 0 && strchr(name, '.'));
    return by_name ? NF_KIND_INTEGER : NF_KIND_UNKNOWN;
}

/* What is written, and what a failure evaluates to show it. */
typedef struct translation {
    nf_buffer text;
    nf_made_list shown, terms;
} translation;

static bool is_part(const char *at, const char *start)
{
    return at > start &&
           (isalnum((unsigned char)at[-1]) || strchr("_$./", at[-1]) ||
            (unsigned char)at[-1] >= 128);
}

static nf_status show(test_parser *p, translation *t, const char *text,
                      size_t length, const char *term)
{
    const char *copy = nf_arena_strndup(p->arena, text, length);
    for (size_t i = 0; copy && i < t->shown.count; i++)
        if (strcmp(t->shown.items[i].as.string.text, copy) == 0)
            return NF_OK;
    return copy && nf_make_item_text(p->arena, &t->shown, copy) &&
                   nf_make_item_text(p->arena, &t->terms, term)
               ? NF_OK
               : nf_error_nomem(p->err);
}

static nf_status look(test_parser *p, translation *t, const char *what,
                      const char *written, size_t length)
{
    const char *name = nf_arena_format(p->arena, "_look_%u", ++p->made);
    const char *term = nf_arena_format(p->arena, "$%s", name ? name : "");
    nf_made *action = test_make(p, NF_TEST_LOOK, p->text);
    nf_make_text(action, "What", what);
    nf_make_text(action, "VariableName", name);
    if (!name || !term)
        return nf_error_nomem(p->err);
    nf_buffer_text(&t->text, term);
    nf_status status = test_add_action(p, action, p->text);
    return status == NF_OK ? show(p, t, written, length, term) : status;
}

/* `count($list)` at p->at. */
static nf_status take_count(test_parser *p, translation *t)
{
    const char *list, *start = p->at;
    test_take(p, "count");
    nf_status status = test_expect(p, "(");
    if (status == NF_OK)
        status = test_variable(p, &list);
    if (status == NF_OK)
        status = test_expect(p, ")");
    if (status != NF_OK)
        return status;
    size_t length = (size_t)(p->at - start);
    const char *built_in = nf_arena_format(p->arena, "%s/count", list);
    if (!built_in)
        return nf_error_nomem(p->err);
    if (nf_test_built_in(built_in) != NF_KIND_UNKNOWN)
        return look(p, t, built_in, start, length);
    const char *name = nf_arena_format(p->arena, "_count_%u", ++p->made);
    const char *term = nf_arena_format(p->arena, "$%s", name ? name : "");
    nf_made *action = test_make(p, "Microflows$AggregateAction", start);
    nf_make_text(action, "AggregateFunction", "Count");
    nf_make_text(action, "AggregateVariableName", list);
    nf_make_text(action, "VariableName", name);
    if (!name || !term)
        return nf_error_nomem(p->err);
    nf_buffer_text(&t->text, term);
    status = test_add_action(p, action, start);
    return status == NF_OK ? show(p, t, start, length, term) : status;
}

/* `$name` and `$name/path/…` at p->at. */
static nf_status take_path(test_parser *p, translation *t)
{
    const char *start = p->at++;
    while (p->at < p->end &&
           (isalnum((unsigned char)*p->at) || *p->at == '_' ||
            (unsigned char)*p->at >= 128 ||
            (strchr("./", *p->at) && p->at + 1 < p->end &&
             (isalpha((unsigned char)p->at[1]) || p->at[1] == '_'))))
        p->at++;
    size_t length = (size_t)(p->at - start);
    const char *path = nf_arena_strndup(p->arena, start, length);
    if (!path)
        return nf_error_nomem(p->err);
    if (nf_test_built_in(path + 1) != NF_KIND_UNKNOWN)
        return look(p, t, path + 1, start, length);
    nf_buffer_text(&t->text, path);
    return show(p, t, start, length, path);
}

static nf_status translate(test_parser *p, translation *t)
{
    nf_status status = NF_OK;
    while (status == NF_OK && p->at < p->end) {
        const char *at = p->at;
        if (*at == '\'') {
            const char *close = strchr(at + 1, '\'');
            p->at = close ? close + 1 : p->end;
            nf_buffer_add(&t->text, at, (size_t)(p->at - at));
        } else if (at[0] == '<' && at[1] == '>') {
            nf_buffer_text(&t->text, "!=");
            p->at += 2;
        } else if (*at == 'c' && strncmp(at, "count", 5) == 0 &&
                   !is_part(at, p->text) &&
                   at[5 + strspn(at + 5, " \t")] == '(') {
            status = take_count(p, t);
        } else if (*at == '$' && isalpha((unsigned char)at[1])) {
            status = take_path(p, t);
        } else {
            nf_buffer_char(&t->text, *at);
            p->at++;
        }
    }
    return status == NF_OK && t->text.failed ? nf_error_nomem(p->err) : status;
}

/* Whether two texts are the same but for case and blanks. */
static bool same_words(const char *a, const char *b)
{
    while (*a || *b) {
        size_t blank = strspn(a, " \t\n"), other = strspn(b, " \t\n");
        if ((blank != 0) != (other != 0) && a[blank] && b[other])
            return false;
        a += blank;
        b += other;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        a += *a != '\0';
        b += *b != '\0';
    }
    return true;
}

static nf_status add(test_parser *p, translation *t, const char *kind,
                     const char *written, long line)
{
    nf_made *action = test_make(p, NF_TEST_EXPECT, p->text);
    nf_make_text(action, "Kind", kind);
    nf_make_text(action, "Text", written);
    nf_make_text(action, "Line", nf_arena_format(p->arena, "%ld", line));
    nf_make_text(action, "Expression",
                 nf_arena_strdup(p->arena, nf_buffer_string(&t->text)));
    nf_make_list(action, "Shown", &t->shown);
    nf_make_list(action, "Terms", &t->terms);
    return test_add_action(p, action, p->text);
}

nf_status test_assert(test_parser *p, const char *kind, const char *expression,
                      long line)
{
    test_parser q = *p; /* the same flow, another text */
    translation t = {0};
    bool conserved = same_words(expression, CONSERVED);
    q.text = q.at = conserved ? "$objects/conserved" : expression;
    q.end = q.text + strlen(q.text);
    q.line = line;
    nf_buffer_init(&t.text, NF_BUFFER_MAX);
    nf_status status = translate(&q, &t);
    if (status == NF_OK)
        status = add(&q, &t, kind, expression, line);
    p->open = q.open;
    p->flows = q.flows;
    p->made = q.made;
    nf_buffer_dispose(&t.text);
    return status;
}

nf_status nf_test_assertion(const nf_element **out, nf_arena *arena,
                            const char *kind, const char *expression, long line,
                            nf_error *err)
{
    test_parser p = {.arena = arena,
                     .text = expression,
                     .at = expression,
                     .end = expression + strlen(expression),
                     .line = line,
                     .device = "",
                     .err = err};
    *out = NULL;
    nf_status status = test_flow_begin(&p);
    if (status == NF_OK)
        status = test_assert(&p, kind, expression, line);
    return status == NF_OK ? test_flow_end(&p, out) : status;
}
