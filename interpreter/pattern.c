/* Date patterns: scanning, checking, keeping (expressions S66 … S68). The client
 * follows the Mendix client (date-fns with its own letters), the server Java's
 * SimpleDateFormat. */
#include "interpreter/cache.h"
#include "interpreter/dates.h"

#include <string.h>

enum { LONGEST_RUN = 200, LITERAL_RUN = 6 };

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool nf_pattern_next(const char *pattern, size_t length, size_t *position,
                     nf_pattern_item *item, bool *open)
{
    size_t at = *position;

    *item = (nf_pattern_item){0};
    *open = false;
    if (at >= length)
        return false;
    if (pattern[at] == '\'') {
        if (at + 1 < length && pattern[at + 1] == '\'') {
            item->text = pattern + at;
            item->length = 1;
            *position = at + 2;
            return true;
        }
        item->quoted = true;
        item->text = pattern + ++at;
        while (at < length && (pattern[at] != '\'' ||
                               (at + 1 < length && pattern[at + 1] == '\'')))
            at += pattern[at] == '\'' ? 2 : 1;
        item->length = (size_t)(pattern + at - item->text);
        *open = at >= length;
        *position = at + 1;
        return true;
    }
    item->text = pattern + at;
    if (is_letter(pattern[at])) {
        item->letter = pattern[at];
        while (at < length && pattern[at] == item->letter) {
            at++;
            item->count++;
        }
    } else {
        while (at < length && pattern[at] != '\'' && !is_letter(pattern[at]))
            at++;
    }
    item->length = (size_t)(pattern + at - item->text);
    *position = at;
    return true;
}

bool nf_pattern_is_literal(nf_engine engine, char letter)
{
    return engine == NF_ENGINE_CLIENT && strchr("WFzZX", letter);
}

nf_status nf_pattern_check(nf_engine engine, const char *pattern, size_t length,
                           nf_error *err)
{
    nf_pattern_item item;
    size_t position = 0;
    bool open;

    if (length == 0 && engine == NF_ENGINE_CLIENT)
        return nf_expression_error(err, "E-PATTERN", "Date pattern is empty");
    while (nf_pattern_next(pattern, length, &position, &item, &open)) {
        if (open && engine == NF_ENGINE_SERVER)
            return nf_expression_error(err, "E-PATTERN",
                                       "Unterminated quote in date pattern "
                                       "'%.*s'",
                                       (int)(length < 200 ? length : 200),
                                       pattern);
        if (!item.letter)
            continue;
        if (!strchr("GyYMLwWDdFEuaHkKhmsSzZX", item.letter) ||
            (nf_pattern_is_literal(engine, item.letter) &&
             item.count > LITERAL_RUN) ||
            (engine == NF_ENGINE_SERVER && item.letter == 'X' &&
             item.count > 3))
            return nf_expression_error(
                err, "E-PATTERN",
                "Format string contains an unescaped latin alphabet "
                "character `%c`",
                item.letter);
        if (item.count > LONGEST_RUN)
            return nf_expression_error(err, "E-PATTERN",
                                       "A run of '%c' is longer than %d",
                                       item.letter, LONGEST_RUN);
    }
    return NF_OK;
}

/* ---- compiled patterns -------------------------------------------------- */

/* Whether a field needs names or week rules of the language. */
static bool needs_locale(const nf_pattern_item *item)
{
    if (item->letter == 'M' || item->letter == 'L')
        return item->count > 2;
    return item->letter && strchr("GYwWEaBz", item->letter);
}

static size_t count_items(const char *text, size_t length)
{
    nf_pattern_item item;
    size_t position = 0, count = 0;
    bool open;

    while (nf_pattern_next(text, length, &position, &item, &open))
        count++;
    return count;
}

static nf_date_pattern *compile(nf_engine engine, const char *text,
                                size_t length)
{
    size_t count = count_items(text, length), position = 0;
    nf_date_pattern *pattern =
        nf_alloc(sizeof *pattern + count * sizeof pattern->items[0]);
    bool open;

    if (!pattern)
        return NULL;
    pattern->text = nf_strndup(text, length);
    if (!pattern->text) {
        nf_free(pattern);
        return NULL;
    }
    pattern->engine = engine;
    pattern->length = length;
    for (; pattern->count < count; pattern->count++) {
        nf_pattern_item *item = &pattern->items[pattern->count];

        nf_pattern_next(pattern->text, length, &position, item, &open);
        if (item->letter && nf_pattern_is_literal(engine, item->letter))
            item->letter = 0;
        pattern->needs_locale = pattern->needs_locale || needs_locale(item);
    }
    return pattern;
}

void nf_date_pattern_free(nf_date_pattern *pattern)
{
    if (!pattern)
        return;
    nf_free(pattern->text);
    nf_free(pattern);
}

static const nf_date_pattern *find(const nf_function_cache *cache,
                                   nf_engine engine, bool checked,
                                   const char *text, size_t length)
{
    for (size_t i = 0; cache && i < NF_CACHED_PATTERNS; i++) {
        const nf_date_pattern *p = cache->patterns[i];

        if (p && p->length == length && p->engine == engine &&
            p->checked >= checked && !memcmp(p->text, text, length))
            return p;
    }
    return NULL;
}

static void keep(nf_function_cache *cache, nf_date_pattern *pattern)
{
    nf_date_pattern_free(cache->patterns[cache->next_pattern]);
    cache->patterns[cache->next_pattern] = pattern;
    cache->next_pattern = (cache->next_pattern + 1) % NF_CACHED_PATTERNS;
}

nf_status nf_date_pattern_get(const nf_date_pattern **out, nf_evaluator *e,
                              bool checked, const char *text, size_t length,
                              nf_error *err)
{
    nf_engine engine = e->environment->engine;
    nf_date_pattern *pattern;
    nf_status status = NF_OK;

    *out = find(e->cache, engine, checked, text, length);
    if (*out)
        return NF_OK;
    if (checked)
        status = nf_pattern_check(engine, text, length, err);
    if (status != NF_OK)
        return status;
    pattern = compile(engine, text, length);
    if (!pattern)
        return nf_error_nomem(err);
    pattern->checked = checked;
    if (e->cache)
        keep(e->cache, pattern);
    *out = pattern;
    return NF_OK;
}

void nf_date_pattern_done(nf_evaluator *e, const nf_date_pattern *pattern)
{
    if (!e->cache)
        nf_date_pattern_free((nf_date_pattern *)(uintptr_t)pattern);
}
