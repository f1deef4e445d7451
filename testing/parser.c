/* Words, expressions and objects of a body; see parser.h. */
#include "testing/parser.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Counted on from the place before: bodies may be long. */
long test_line(test_parser *p, const char *at)
{
    test_counted *seen = &p->counted;
    if (seen->text != p->text)
        *seen = (test_counted){p->text, p->text, p->line};
    for (; seen->at < at; seen->at++)
        seen->line += *seen->at == '\n';
    while (seen->at > at)
        seen->line -= *--seen->at == '\n';
    return seen->line;
}

nf_status test_malformed(test_parser *p, const char *at, const char *format,
                         ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    nf_error_set(p->err, NF_FAILED, "bad_test", "%s", message);
    nf_error_at_line(p->err, "", test_line(p, at));
    return NF_FAILED;
}

const char *test_spot(char out[TEST_SPOT], const char *at)
{
    size_t length = strcspn(at, "\r\n");
    if (length > 40)
        length = nf_utf8_cut(at, 40);
    if (length)
        snprintf(out, TEST_SPOT, "at \"%.*s\"", (int)length, at);
    else
        snprintf(out, TEST_SPOT, "at the end%s", *at ? " of the line" : "");
    return out;
}

void test_skip(test_parser *p)
{
    while (p->at < p->end && isspace((unsigned char)*p->at))
        p->at++;
}

static bool in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_at(const test_parser *p, const char *at, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(p->end - at) >= length &&
           strncasecmp(at, word, length) == 0 &&
           (!in_name(word[length - 1]) || at + length == p->end ||
            !in_name(at[length]));
}

bool test_peek(test_parser *p, const char *word)
{
    test_skip(p);
    return is_at(p, p->at, word);
}

bool test_take(test_parser *p, const char *word)
{
    if (!test_peek(p, word))
        return false;
    p->at += strlen(word);
    return true;
}

nf_status test_expect(test_parser *p, const char *word)
{
    if (test_take(p, word))
        return NF_OK;
    char spot[TEST_SPOT];
    return test_malformed(p, p->at, "expected \"%s\" %s", word,
                          test_spot(spot, p->at));
}

const char *test_name(test_parser *p)
{
    test_skip(p);
    const char *start = p->at;
    while (p->at < p->end && (in_name(*p->at) || *p->at == '.'))
        p->at++;
    return p->at > start
               ? nf_arena_strndup(p->arena, start, (size_t)(p->at - start))
               : NULL;
}

nf_status test_variable(test_parser *p, const char **name)
{
    test_skip(p);
    const char *start = p->at;
    char spot[TEST_SPOT];
    *name = NULL;
    if (p->at < p->end && *p->at == '$') {
        p->at++;
        if (p->at < p->end && in_name(*p->at))
            *name = test_name(p);
    }
    return *name ? NF_OK
                 : test_malformed(p, start, "expected a variable %s",
                                  test_spot(spot, start));
}

nf_status test_string(test_parser *p, const char **text)
{
    test_skip(p);
    const char *start = p->at;
    const char *close =
        p->at < p->end && *p->at == '\'' ? strchr(p->at + 1, '\'') : NULL;
    *text = NULL;
    if (!close || close >= p->end)
        return test_malformed(p, start,
                              "expected a text in quotes at "
                              "\"%.20s\"",
                              start);
    p->at = close + 1;
    *text = nf_arena_strndup(p->arena, start + 1, (size_t)(close - start - 1));
    return *text ? NF_OK : nf_error_nomem(p->err);
}

/* Behind the string that begins here; the end where it has none. */
static const char *string_end(const char *at, const char *end)
{
    for (at++; at < end && *at != '\''; at++)
        ;
    return at < end ? at + 1 : end;
}

static bool is_stop(const test_parser *p, const char *start, const char *at,
                    const char *marks, const char *const *words)
{
    if (strchr(marks, *at))
        return true;
    for (size_t i = 0; words && words[i]; i++)
        if (is_at(p, at, words[i]) &&
            (at == start || !(in_name(at[-1]) || strchr("$./", at[-1]))))
            return true;
    return false;
}

nf_status test_expression(test_parser *p, const char **out, const char *marks,
                          const char *const *words)
{
    test_skip(p);
    const char *start = p->at, *at = start;
    int depth = 0;
    while (at < p->end) {
        if (depth == 0 && is_stop(p, start, at, marks, words))
            break;
        depth += *at == '(' || *at == '[' || *at == '{';
        depth -= *at == ')' || *at == ']' || *at == '}';
        if (depth < 0)
            break;
        at = *at == '\'' ? string_end(at, p->end) : at + 1;
    }
    p->at = at;
    while (at > start && isspace((unsigned char)at[-1]))
        at--;
    char spot[TEST_SPOT];
    if (at == start)
        return test_malformed(p, start, "expected an expression %s",
                              test_spot(spot, start));
    *out = nf_arena_strndup(p->arena, start, (size_t)(at - start));
    return *out ? NF_OK : nf_error_nomem(p->err);
}

/* ---- objects ------------------------------------------------------------- */

nf_made *test_make(test_parser *p, const char *type, const char *at)
{
    return nf_make(p->arena, type, ++p->made, test_line(p, at));
}

nf_status test_open(test_parser *p, test_ways *ways, const nf_guid *from,
                    const char *value, bool error)
{
    if (ways->count == ways->capacity) {
        size_t capacity = ways->capacity ? ways->capacity * 2 : 4;
        test_way *items = nf_arena_array(p->arena, capacity, sizeof *items);
        if (!items)
            return nf_error_nomem(p->err);
        if (ways->count)
            memcpy(items, ways->items, ways->count * sizeof *items);
        ways->items = items;
        ways->capacity = capacity;
    }
    ways->items[ways->count++] = (test_way){*from, value, error};
    return NF_OK;
}

nf_status test_join(test_parser *p, test_ways *ways, const test_ways *more)
{
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < more->count; i++)
        status = test_open(p, ways, &more->items[i].from, more->items[i].value,
                           more->items[i].error);
    return status;
}

static nf_status connect(test_parser *p, const test_way *way, const nf_made *to,
                         const char *at)
{
    nf_made *flow = test_make(p, "Microflows$SequenceFlow", at);
    nf_make_guid(flow, "OriginPointer", &way->from);
    nf_make_guid(flow, "DestinationPointer", &to->element.id);
    nf_make_bool(flow, "IsErrorHandler", way->error);
    if (way->value) {
        nf_made *value = test_make(p, "Microflows$EnumerationCase", at);
        nf_make_text(value, "Value", way->value);
        nf_make_part(flow, "NewCaseValue", value);
    }
    return nf_make_item(p->arena, &p->flows, flow) ? NF_OK
                                                   : nf_error_nomem(p->err);
}

nf_status test_add(test_parser *p, nf_made *object, const char *at)
{
    if (!object)
        return nf_error_nomem(p->err);
    if (!p->open.count && p->objects->count)
        return test_malformed(p, at, "nothing leads to this statement");
    for (size_t i = 0; i < p->open.count; i++) {
        nf_status status = connect(p, &p->open.items[i], object, at);
        if (status != NF_OK)
            return status;
    }
    p->open = (test_ways){0};
    if (!nf_make_item(p->arena, p->objects, object))
        return nf_error_nomem(p->err);
    return NF_OK;
}

/* The statement itself, on one line and not all of it if it is long: what
 * failed is then told in the words of the test. */
static const char *statement_text(const test_parser *p, const char *at)
{
    char text[64];
    size_t used = 0;
    for (; at < p->end && *at != ';' && *at != '{' && used + 5 < sizeof text;
         at++) {
        bool blank = isspace((unsigned char)*at);
        if (!blank || (used && text[used - 1] != ' '))
            text[used++] = blank ? ' ' : *at;
    }
    if (at < p->end && *at != ';' && *at != '{') {
        while (used && ((unsigned char)text[used - 1] & 0xC0) == 0x80)
            used--; /* no part of a character */
        if (used && (unsigned char)text[used - 1] >= 0x80)
            used--;
        memcpy(text + used, "…", 3);
        used += 3;
    }
    while (used && text[used - 1] == ' ')
        used--;
    return nf_arena_strndup(p->arena, text, used);
}

nf_status test_add_action(test_parser *p, nf_made *action, const char *at)
{
    nf_made *activity = test_make(p, "Microflows$ActionActivity", at);
    nf_make_part(activity, "Action", action);
    nf_make_text(activity, "Caption", statement_text(p, at));
    nf_status status =
        action ? test_add(p, activity, at) : nf_error_nomem(p->err);
    return status == NF_OK
               ? test_open(p, &p->open, &activity->element.id, NULL, false)
               : status;
}
