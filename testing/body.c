/* Statements that hold others, and the flow around them; see body.h. */
#include "testing/parser.h"

#include "base/suggest.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

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

/* ---- case ---------------------------------------------------------------- */

/* `when A, (empty) then`: the condition in words of expressions. */
static nf_status take_values(test_parser *p, const char *subject,
                             const char **out)
{
    nf_buffer text;
    nf_status status = NF_OK;
    nf_buffer_init(&text, NF_BUFFER_MAX);
    do {
        bool brackets = test_take(p, "(");
        const char *name = test_name(p);
        if (!name || (brackets && !test_take(p, ")"))) {
            status = test_malformed(p, p->at, "expected a value");
            break;
        }
        nf_buffer_text(&text, text.length ? " or " : "");
        if (strcasecmp(name, "empty") == 0)
            nf_buffer_format(&text, "%s = empty", subject);
        else
            nf_buffer_format(&text, "(%s != empty and getKey(%s) = '%s')",
                             subject, subject, name);
    } while (test_take(p, ","));
    *out = status == NF_OK ? nf_arena_strdup(p->arena, nf_buffer_string(&text))
                           : NULL;
    nf_buffer_dispose(&text);
    return status == NF_OK && !*out ? nf_error_nomem(p->err) : status;
}

/* One `when …` after the other is a decision of its own; `ends` gets the ways
 * out of the branches, p->open what is left. */
static nf_status take_when(test_parser *p, const char *subject, test_ways *ends)
{
    static const char *const until[] = {"when", "else", "end", NULL};
    const char *condition = NULL, *at = p->at;
    nf_status status = take_values(p, subject, &condition);
    if (status == NF_OK)
        status = test_expect(p, "then");
    nf_made *split = test_make(p, "Microflows$ExclusiveSplit", at);
    nf_made *how = test_make(p, "Microflows$ExpressionSplitCondition", at);
    nf_make_text(how, "Expression", condition);
    nf_make_part(split, "SplitCondition", how);
    if (status == NF_OK)
        status = test_add(p, split, at);
    if (status == NF_OK)
        status = branch(p, &split->element.id, "true", until, ends);
    p->open = (test_ways){0};
    return status == NF_OK
               ? test_open(p, &p->open, &split->element.id, "false", false)
               : status;
}

/* `case $e when A, B then … [else …] end case;` */
static nf_status take_case(test_parser *p, const char *at)
{
    static const char *const words[] = {"when", NULL}, *const end[] = {"end",
                                                                       NULL};
    const char *subject;
    test_ways ends = {0};
    nf_status status = test_expression(p, &subject, ";", words);
    if (status == NF_OK && !test_peek(p, "when"))
        status = test_malformed(p, at, "expected \"when\"");
    while (status == NF_OK && test_take(p, "when"))
        status = take_when(p, subject, &ends);
    if (status == NF_OK && test_take(p, "else"))
        status = test_statements(p, end);
    if (status == NF_OK)
        status = test_expect(p, "end");
    if (status == NF_OK)
        status = test_expect(p, "case");
    if (status == NF_OK)
        status = test_join(p, &p->open, &ends);
    return status == NF_OK ? test_expect(p, ";") : status;
}

/* ---- loops --------------------------------------------------------------- */

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

/* What comes after the body is evaluated however it ends, so `return` is a way
 * to the end; the parts behind this one do not run any more. */
static nf_status take_return(test_parser *p, const char *at)
{
    const char *ignored;
    nf_status status = NF_OK;
    if (!test_peek(p, ";"))
        status = test_expression(p, &ignored, ";", NULL);
    if (status == NF_OK)
        status = test_add_action(p, test_make(p, NF_TEST_STOP, at), at);
    if (status == NF_OK && p->loops)
        status = test_add(p, test_make(p, "Microflows$EndEvent", at), at);
    else if (status == NF_OK)
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

typedef nf_status (*read_fn)(test_parser *p, const char *at);

static nf_status take_call(test_parser *p, const char *at)
{
    return test_call(p, NULL, at);
}

static nf_status take_commit(test_parser *p, const char *at)
{
    return test_objects(p, "Microflows$CommitAction", "CommitVariableName", at);
}

static nf_status take_delete(test_parser *p, const char *at)
{
    return test_objects(p, "Microflows$DeleteAction", "DeleteVariableName", at);
}

static nf_status take_rollback(test_parser *p, const char *at)
{
    return test_objects(p, "Microflows$RollbackAction", "RollbackVariableName",
                        at);
}

static nf_status take_add(test_parser *p, const char *at)
{
    return test_list_change(p, "Add", at);
}

static nf_status take_remove(test_parser *p, const char *at)
{
    return test_list_change(p, "Remove", at);
}

static nf_status take_for(test_parser *p, const char *at)
{
    return take_loop(p, at, true);
}

static nf_status take_while(test_parser *p, const char *at)
{
    return take_loop(p, at, false);
}

static nf_status take_break(test_parser *p, const char *at)
{
    return take_jump(p, "Microflows$BreakEvent", at);
}

static nf_status take_continue(test_parser *p, const char *at)
{
    return take_jump(p, "Microflows$ContinueEvent", at);
}

static const struct {
    const char *word;
    read_fn read;
} statements[] = {
    {"declare", test_declare},
    {"set", test_set},
    {"create", test_create},
    {"call", take_call},
    {"change", test_change},
    {"commit", take_commit},
    {"delete", take_delete},
    {"rollback", take_rollback},
    {"retrieve", test_retrieve},
    {"add", take_add},
    {"remove", take_remove},
    {"log", test_log},
    {"validation", test_feedback},
    {"show", test_show_page},
    {"close", test_close_page},
    {"if", take_if},
    {"loop", take_for},
    {"while", take_while},
    {"break", take_break},
    {"continue", take_continue},
    {"return", take_return},
    {"case", take_case},
    {"throw", test_throw},
    {"synchronize", test_synchronize},
    {"go", test_go},
    {"advance", test_advance},
    {"expect", test_inline},
    {"restart", test_restart},
    {"sign", test_sign},
    {"on", test_on},
};

enum { OWN_STATEMENTS = 7 }; /* the last ones */

static nf_status unsupported(test_parser *p, const char *at, size_t count)
{
    char word[41], hint[64];
    nf_suggestion near = {.name = word};
    snprintf(word, sizeof word, "%.*s", (int)strcspn(at, " \t\r\n;($'"), at);
    for (size_t i = 0; i < count; i++)
        nf_suggest(&near, statements[i].word);
    return test_malformed(p, at, "the statement \"%s\" is not supported%s",
                          word,
                          nf_suggestion_text(&near, "", hint, sizeof hint));
}

static nf_status statement(test_parser *p)
{
    const char *at = p->at;
    bool portable = p->source && p->source->portable;
    size_t count = sizeof statements / sizeof *statements -
                   (portable ? OWN_STATEMENTS : 0);
    if (*at == '$')
        return test_assignment(p, at);
    for (size_t i = 0; i < count; i++)
        if (test_take(p, statements[i].word))
            return statements[i].read(p, at);
    return unsupported(p, at, count);
}

/* E42: after every statement, where the flow goes on. */
static nf_status invariants(test_parser *p)
{
    const nf_test_source *source = p->source;
    nf_status status = NF_OK;
    for (size_t i = 0;
         status == NF_OK && p->open.count && i < source->invariant_count; i++)
        status = test_assert(p, "invariant", source->invariants[i].expression,
                             source->invariants[i].line);
    return status;
}

nf_status test_statements(test_parser *p, const char *const *until)
{
    nf_status status = NF_OK;
    bool any = false;
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
        if (test_take(p, ";"))
            continue;
        status = statement(p);
        any = true;
        if (status == NF_OK && !p->inside)
            status = invariants(p);
    }
    if (status == NF_OK && !any && !p->inside) /* what holds, holds at once */
        status = invariants(p);
    p->nesting--;
    return status;
}

/* ---- flows --------------------------------------------------------------- */

nf_status test_flow_begin(test_parser *p)
{
    p->part_objects = (nf_made_list){0};
    p->objects = &p->part_objects;
    p->flows = (nf_made_list){0};
    p->open = p->ends = (test_ways){0};
    nf_made *event = test_make(p, "Microflows$StartEvent", p->at);
    nf_status status = test_add(p, event, p->at);
    return status == NF_OK
               ? test_open(p, &p->open, &event->element.id, NULL, false)
               : status;
}

nf_status test_flow_end(test_parser *p, const nf_element **out)
{
    nf_made *end = test_make(p, "Microflows$EndEvent", p->at);
    nf_status status = test_join(p, &p->open, &p->ends);
    if (status == NF_OK && p->open.count)
        status = test_add(p, end, p->at);
    if (status != NF_OK)
        return status;
    nf_made *flow = test_make(p, "Microflows$Nanoflow", p->text);
    nf_made *held =
        test_make(p, "Microflows$MicroflowObjectCollection", p->text);
    nf_make_text(flow, "Name", "test");
    nf_make_list(held, "Objects", p->objects);
    nf_make_part(flow, "ObjectCollection", held);
    nf_make_list(flow, "Flows", &p->flows);
    if (nf_arena_failed(p->arena))
        return nf_error_nomem(p->err);
    *out = &flow->element;
    return NF_OK;
}

/* ---- parts --------------------------------------------------------------- */

static nf_status add_part(test_parser *p, const nf_test_part *part)
{
    nf_test_parts *all = p->parts;
    if (all->count == all->capacity) {
        size_t capacity = all->capacity ? all->capacity * 2 : 4;
        nf_test_part *items = nf_arena_array(p->arena, capacity, sizeof *items);
        if (!items)
            return nf_error_nomem(p->err);
        if (all->count)
            memcpy(items, all->items, all->count * sizeof *items);
        all->items = items;
        all->capacity = capacity;
    }
    all->items[all->count] = *part;
    all->items[all->count++].device = p->device;
    return NF_OK;
}

/* Statements that stand before the body of every device. */
static nf_status take_before(test_parser *p)
{
    test_parser q = *p;
    for (size_t i = 0; i < p->parts->count; i++)
        if (strcmp(p->parts->items[i].device, p->device) == 0)
            return NF_OK;
    q.text = q.at = p->source->before;
    q.end = q.text + strlen(q.text);
    q.inside = true;
    nf_status status = test_statements(&q, NULL);
    p->open = q.open;
    p->flows = q.flows;
    p->made = q.made;
    return status;
}

static nf_status begin_part(test_parser *p)
{
    nf_status status = test_flow_begin(p);
    return status == NF_OK ? take_before(p) : status;
}

/* The last one is kept even if it is empty: there is always a part. */
static nf_status end_part(test_parser *p, bool last)
{
    nf_test_part part = {.kind = NF_TEST_RUN, .line = p->line};
    bool empty = p->objects->count < 2;
    if (empty && !(last && !p->parts->count))
        return NF_OK;
    nf_status status = test_flow_end(p, &part.flow);
    return status == NF_OK ? add_part(p, &part) : status;
}

nf_status test_part(test_parser *p, const nf_test_part *other,
                    const char *device)
{
    nf_status status = end_part(p, false);
    if (status == NF_OK && other)
        status = add_part(p, other);
    p->device = device;
    return status == NF_OK ? begin_part(p) : status;
}

nf_status nf_test_body(nf_test_parts *out, nf_arena *arena,
                       const nf_test_source *source, nf_error *err)
{
    char *text = without_comments(arena, source->body);
    *out = (nf_test_parts){0};
    if (!text)
        return nf_error_nomem(err);
    test_parser p = {.arena = arena,
                     .source = source,
                     .text = text,
                     .at = text,
                     .end = text + strlen(text),
                     .line = source->line,
                     .parts = out,
                     .part_nesting = 1,
                     .device = "",
                     .err = err};
    nf_status status = begin_part(&p);
    if (status == NF_OK)
        status = test_statements(&p, NULL);
    return status == NF_OK ? end_part(&p, true) : status;
}
