/* See result.h. */
#include "testing/result.h"

#include "base/text.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Excerpts may end within a character, which no report could hold. */
static char *clean_copy(nf_arena *arena, const char *text)
{
    char *copied = nf_arena_strdup(arena, text);
    if (copied)
        nf_utf8_mend(copied);
    return copied;
}

static const char *copy(nf_test_result *r, const char *text)
{
    return text && *text ? clean_copy(r->arena, text) : NULL;
}

static nf_test_failure *add(nf_test_result *r, nf_test_state state,
                            const char *kind, long line, const char *message)
{
    if (state > r->state)
        r->state = state;
    nf_test_failure *items = nf_grow(r->failures, r->failure_count,
                                     &r->failure_capacity, sizeof *items);
    if (!items)
        return NULL;
    r->failures = items;
    items += r->failure_count;
    *items = (nf_test_failure){.state = state,
                               .line = line,
                               .kind = nf_arena_strdup(r->arena, kind),
                               .message = clean_copy(r->arena, message)};
    if (!items->kind || !items->message)
        return NULL;
    r->failure_count++;
    return items;
}

nf_test_failure *nf_test_fail(nf_test_result *r, nf_test_state state,
                              const char *kind, long line, const char *format,
                              ...)
{
    char text[2048];
    int used = line > 0 ? snprintf(text, sizeof text, "line %ld: ", line) : 0;
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, sizeof text - (size_t)used, format, args);
    va_end(args);
    return add(r, state, kind, line, text);
}

nf_test_failure *nf_test_break(nf_test_result *r, const char *kind, long line,
                               const char *what, const nf_error *err)
{
    nf_test_failure *f = nf_test_fail(
        r, NF_TEST_ERROR, kind, line, "%s%s%s%s%s%s", what ? what : "",
        what ? ": " : "", err->message, err->document[0] ? " (" : "",
        err->document, err->document[0] ? ")" : "");
    if (!f)
        return NULL;
    f->code = copy(r, err->code);
    f->document = copy(r, err->document);
    f->activity = copy(r, err->activity);
    f->activity_id = copy(r, err->activity_id);
    f->callers = copy(r, err->trace);
    return f;
}

void nf_test_warn(nf_test_result *r, const char *format, ...)
{
    char text[1024];
    va_list args;
    const char **items = nf_grow((void *)r->warnings, r->warning_count,
                                 &r->warning_capacity, sizeof *items);
    if (!items)
        return;
    r->warnings = items;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    items[r->warning_count] = clean_copy(r->arena, text);
    r->warning_count += items[r->warning_count] != NULL;
}

const char *nf_test_text(const nf_test_result *r)
{
    nf_buffer out;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    if (r->skipped)
        nf_buffer_text(&out, r->skipped);
    for (size_t i = 0; i < r->failure_count; i++) {
        if (out.length)
            nf_buffer_char(&out, '\n');
        nf_buffer_text(&out, r->failures[i].message);
    }
    const char *text = nf_buffer_string(&out);
    const char *kept = text ? nf_arena_strdup(r->arena, text) : NULL;
    nf_buffer_dispose(&out);
    return kept ? kept : "";
}

nf_status nf_test_result_init(nf_test_result *result, nf_error *err)
{
    *result = (nf_test_result){.arena = nf_arena_new(), .tags = ""};
    return result->arena ? NF_OK : nf_error_nomem(err);
}

void nf_test_result_dispose(nf_test_result *result)
{
    json_object_put(result->events);
    nf_free(result->failures);
    nf_free((void *)result->warnings);
    nf_arena_free(result->arena);
    *result = (nf_test_result){0};
}
