/* Statements that hold others, and the flow around them; see body.c. */
#include "testing/parser.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>

/* Comments become blanks, so that lines stay where they are. */
static char *without_comments(nf_arena *arena, const char *body)
{
    char *copy = nf_arena_strdup(arena, body);
    for (char *p = copy; p && *p;) {
        if (*p == '\'') {
            p = strchr(p + 1, '\'');
            p = p ? p + 1 : NULL;
        } else if (p[0] == '-' && p[1] == '-') {
            while (*p && *p != '\n')
                *p++ = ' ';
        } else if (p[0] == '/' && p[1] == '*') {
            char *end = strstr(p + 2, "*/");
            for (end = end ? end + 2 : p + strlen(p); p < end; p++)
                if (*p != '\n')
                    *p = ' ';
        } else {
            p++;
        }
    }
    return copy;
}

static nf_status branch(test_parser *p, const nf_guid *split, const char *value,
                        const char *const *until, test_ways *ends)
{
    p->open = (test_ways){0};
    nf_status status = test_open(p, &p->open, split, value, false);
    if (status == NF_OK && until)
        status = test_statements(p, until);
    return status == NF_OK ? test_join(p, ends, &p->open) : status;
}

/* `if E then … [elsif E then …] [else …] end if;`, from the condition on. */
static nf_status take_if(test_parser *p, const char *at)
{
    static const char *const then[] = {"then", NULL};
    static const char *const until[] = {"elsif", "elseif", "else", "end", NULL};
    static const char *const until_end[] = {"end", NULL};
    const char *condition;
    test_ways ends = {0};
    nf_status status = test_expression(p, &condition, ";", then);
    if (status == NF_OK)
        status = test_expect(p, "then");
    nf_made *split = test_make(p, "Microflows$ExclusiveSplit", at);
    nf_made *how = test_make(p, "Microflows$ExpressionSplitCondition", at);
    if (status == NF_OK)
        nf_make_text(how, "Expression", condition);
    nf_make_part(split, "SplitCondition", how);
    if (status == NF_OK)
        status = test_add(p, split, at);
    if (status == NF_OK)
        status = branch(p, &split->element.id, "true", until, &ends);
    if (status != NF_OK)
        return status;
    at = p->at;
    if (test_take(p, "elsif") || test_take(p, "elseif")) {
        p->open = (test_ways){0};
        status = test_open(p, &p->open, &split->element.id, "false", false);
        if (status == NF_OK && ++p->nesting > NF_TEST_NESTING)
            status = test_malformed(p, at, "statements are nested too deeply");
        if (status == NF_OK)
            status = take_if(p, at); /* takes the end, too */
        p->nesting--;
        return status == NF_OK ? test_join(p, &p->open, &ends) : status;
    }
    status = branch(p, &split->element.id, "false",
                    test_take(p, "else") ? until_end : NULL, &ends);
    if (status == NF_OK)
        status = test_expect(p, "end");
    if (status == NF_OK)
        status = test_expect(p, "if");
    p->open = ends;
    return status == NF_OK ? test_expect(p, ";") : status;
}

static nf_made *loop_source(test_parser *p, const char *at, bool whole,
                            nf_status *status)
{
    static const char *const begin[] = {"begin", NULL};
    const char *item = NULL, *list = NULL, *condition = NULL;
    nf_made *source = test_make(
        p, whole ? "Microflows$IterableList" : "Microflows$WhileLoopCondition",
        at);
    if (whole) {
        *status = test_variable(p, &item);
        if (*status == NF_OK)
            *status = test_expect(p, "in");
        if (*status == NF_OK)
            *status = test_variable(p, &list);
        nf_make_text(source, "ListVariableName", list);
        nf_make_text(source, "VariableName", item);
    } else {
        *status = test_expression(p, &condition, ";", begin);
        if (*status == NF_OK)
            nf_make_text(source, "WhileExpression", condition);
    }
    return source;
}

/* `loop $x in $l begin … end loop;`, `while E begin … end while;`. */
static nf_status take_loop(test_parser *p, const char *at, bool whole)
{
    static const char *const until[] = {"end", NULL};
    nf_made_list body = {0}, *around = p->objects;
    nf_status status;
    nf_made *source = loop_source(p, at, whole, &status);
    if (status == NF_OK)
        status = test_expect(p, "begin");
    nf_made *loop = test_make(p, "Microflows$LoopedActivity", at);
    nf_made *held = test_make(p, "Microflows$MicroflowObjectCollection", at);
    nf_make_part(loop, "LoopSource", source);
    if (status == NF_OK)
        status = test_add(p, loop, at);
    if (status != NF_OK)
        return status;
    p->objects = &body;
    p->loops++;
    status = test_statements(p, until);
    if (status == NF_OK && (p->open.count || !body.count))
        status = test_add(p, test_make(p, "Microflows$ContinueEvent", at), at);
    p->loops--;
    p->objects = around;
    p->open = (test_ways){0};
    nf_make_list(held, "Objects", &body);
    nf_make_part(loop, "ObjectCollection", held);
    if (status == NF_OK)
        status = test_expect(p, "end");
    if (status == NF_OK)
        status = test_expect(p, whole ? "loop" : "while");
    if (status == NF_OK)
        status = test_expect(p, ";");
    return status == NF_OK
               ? test_open(p, &p->open, &loop->element.id, NULL, false)
               : status;
}

/* What comes after the body is evaluated however it ends, so `return` is a
 * jump to the end. */
static nf_status take_return(test_parser *p, const char *at)
{
    const char *ignored;
    nf_status status = NF_OK;
    if (p->loops)
        return test_malformed(p, at, "\"return\" in a loop is not supported");
    if (!test_peek(p, ";"))
        status = test_expression(p, &ignored, ";", NULL);
    if (status == NF_OK)
        status = test_join(p, &p->ends, &p->open);
    p->open = (test_ways){0};
    return status == NF_OK ? test_expect(p, ";") : status;
}

static nf_status take_jump(test_parser *p, const char *type, const char *at)
{
    if (!p->loops)
        return test_malformed(p, at, "this belongs into a loop");
    nf_status status = test_add(p, test_make(p, type, at), at);
    return status == NF_OK ? test_expect(p, ";") : status;
}

static nf_status unsupported(test_parser *p, const char *at)
{
    size_t length = strcspn(at, " \t\r\n;($'");
    return test_malformed(p, at, "the statement \"%.*s\" is not supported",
                          (int)(length > 40 ? 40 : length), at);
}

static nf_status statement(test_parser *p)
{
    const char *at = p->at;
    if (*at == '$')
        return test_assignment(p, at);
    if (test_take(p, "declare"))
        return test_declare(p, at);
    if (test_take(p, "set"))
        return test_set(p, at);
    if (test_take(p, "call"))
        return test_call(p, NULL, at);
    if (test_take(p, "change"))
        return test_change(p, at);
    if (test_take(p, "commit"))
        return test_objects(p, "Microflows$CommitAction", "CommitVariableName",
                            at);
    if (test_take(p, "delete"))
        return test_objects(p, "Microflows$DeleteAction", "DeleteVariableName",
                            at);
    if (test_take(p, "rollback"))
        return test_objects(p, "Microflows$RollbackAction",
                            "RollbackVariableName", at);
    if (test_take(p, "retrieve"))
        return test_retrieve(p, at);
    if (test_take(p, "add"))
        return test_list_change(p, "Add", at);
    if (test_take(p, "remove"))
        return test_list_change(p, "Remove", at);
    if (test_take(p, "synchronize"))
        return test_synchronize(p, at);
    if (test_take(p, "log"))
        return test_log(p, at);
    if (test_take(p, "if"))
        return take_if(p, at);
    if (test_take(p, "loop"))
        return take_loop(p, at, true);
    if (test_take(p, "while"))
        return take_loop(p, at, false);
    if (test_take(p, "break"))
        return take_jump(p, "Microflows$BreakEvent", at);
    if (test_take(p, "continue"))
        return take_jump(p, "Microflows$ContinueEvent", at);
    if (test_take(p, "return"))
        return take_return(p, at);
    return unsupported(p, at);
}

nf_status test_statements(test_parser *p, const char *const *until)
{
    nf_status status = NF_OK;
    if (++p->nesting > NF_TEST_NESTING)
        status = test_malformed(p, p->at, "statements are nested too deeply");
    while (status == NF_OK) {
        test_skip(p);
        if (p->at == p->end)
            break;
        bool stop = false;
        for (size_t i = 0; until && until[i]; i++)
            stop = stop || test_peek(p, until[i]);
        if (stop)
            break;
        status = test_take(p, ";") ? NF_OK : statement(p);
    }
    p->nesting--;
    return status;
}

/* ---- flows --------------------------------------------------------------- */

static nf_status finish(test_parser *p, const nf_element **out,
                        nf_made_list *objects, const char *result)
{
    nf_made *end = test_make(p, "Microflows$EndEvent", p->at);
    nf_make_text(end, "ReturnValue", result);
    nf_status status = test_join(p, &p->open, &p->ends);
    if (status == NF_OK)
        status = test_add(p, end, p->at);
    if (status != NF_OK)
        return status;
    nf_made *flow = test_make(p, "Microflows$Nanoflow", p->text);
    nf_made *held =
        test_make(p, "Microflows$MicroflowObjectCollection", p->text);
    nf_make_text(flow, "Name", "test");
    nf_make_list(held, "Objects", objects);
    nf_make_part(flow, "ObjectCollection", held);
    nf_make_list(flow, "Flows", &p->flows);
    if (nf_arena_failed(p->arena))
        return nf_error_nomem(p->err);
    *out = &flow->element;
    return NF_OK;
}

static nf_status start(test_parser *p)
{
    nf_made *event = test_make(p, "Microflows$StartEvent", p->text);
    nf_status status = test_add(p, event, p->text);
    return status == NF_OK
               ? test_open(p, &p->open, &event->element.id, NULL, false)
               : status;
}

nf_status nf_test_body(const nf_element **out, nf_arena *arena,
                       const nf_model *model, const char *body, long line,
                       int language, nf_error *err)
{
    nf_made_list objects = {0};
    char *text = without_comments(arena, body);
    *out = NULL;
    if (!text)
        return nf_error_nomem(err);
    test_parser p = {.arena = arena,
                     .model = model,
                     .text = text,
                     .at = text,
                     .end = text + strlen(text),
                     .line = line,
                     .language = language,
                     .objects = &objects,
                     .err = err};
    nf_status status = start(&p);
    if (status == NF_OK)
        status = test_statements(&p, NULL);
    return status == NF_OK ? finish(&p, out, &objects, "") : status;
}

/* ---- expressions --------------------------------------------------------- */

/* `count($list)` at p->at: an aggregate into a variable that no test can name
 * otherwise; its name goes into the text. */
static nf_status take_count(test_parser *p, nf_buffer *text)
{
    const char *list, *at = p->at, *name;
    test_take(p, "count");
    nf_status status = test_expect(p, "(");
    if (status == NF_OK)
        status = test_variable(p, &list);
    if (status == NF_OK)
        status = test_expect(p, ")");
    if (status != NF_OK)
        return status;
    name = nf_arena_format(p->arena, "_count_%u", ++p->made);
    nf_made *action = test_make(p, "Microflows$AggregateAction", at);
    nf_make_text(action, "AggregateFunction", "Count");
    nf_make_text(action, "AggregateVariableName", list);
    nf_make_text(action, "VariableName", name);
    nf_buffer_format(text, "$%s", name ? name : "");
    return test_add_action(p, action, at);
}

static bool begins_word(const test_parser *p)
{
    return p->at == p->text ||
           !(isalnum((unsigned char)p->at[-1]) || strchr("_$./", p->at[-1]));
}

/* The expression as Mendix has it (E6). */
static nf_status translate(test_parser *p, nf_buffer *text)
{
    nf_status status = NF_OK;
    while (status == NF_OK && p->at < p->end) {
        const char *at = p->at;
        if (*at == '\'') {
            const char *close = strchr(at + 1, '\'');
            p->at = close ? close + 1 : p->end;
            nf_buffer_add(text, at, (size_t)(p->at - at));
        } else if (at[0] == '<' && at[1] == '>') {
            nf_buffer_text(text, "!=");
            p->at += 2;
        } else if (begins_word(p) && *at == 'c' &&
                   strncmp(at, "count", 5) == 0 &&
                   at[5 + strspn(at + 5, " \t")] == '(') {
            status = take_count(p, text);
        } else {
            nf_buffer_char(text, *at);
            p->at++;
        }
    }
    return status;
}

nf_status nf_test_expression(const nf_element **out, nf_arena *arena,
                             const char *expression, long line, nf_error *err)
{
    nf_made_list objects = {0};
    nf_buffer text;
    *out = NULL;
    test_parser p = {.arena = arena,
                     .text = expression,
                     .at = expression,
                     .end = expression + strlen(expression),
                     .line = line,
                     .objects = &objects,
                     .err = err};
    nf_buffer_init(&text, NF_BUFFER_MAX);
    nf_status status = start(&p);
    if (status == NF_OK)
        status = translate(&p, &text);
    if (status == NF_OK && text.failed)
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status = finish(&p, out, &objects,
                        nf_arena_strdup(arena, nf_buffer_string(&text)));
    nf_buffer_dispose(&text);
    return status;
}
