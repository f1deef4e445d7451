/* Compiled regular expressions, and matching with limits: a pattern comes from
 * the model but may be built from data, so no match may run away. */
#include "interpreter/regex.h"

#include "base/clock.h"
#include "interpreter/cache.h"

#include <limits.h>
#include <string.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <unicode/uregex.h>
#include <unicode/ustring.h>

/* The time limit is looked at between matches; a single one is bounded by the
 * library's own limits. */
enum {
    MATCH_LIMIT = 10000000, /* PCRE2's steps: well under a second */
    HEAP_LIMIT_KIB = 65536,
    MATCHES_PER_LOOK = 64,
    ICU_STACK_LIMIT = 64 * 1024 * 1024,
    LONGEST_PATTERN = 1024 * 1024,
};

struct nf_regex {
    nf_engine engine;
    bool whole, cached, jit;
    /* Of the matching under way: how long it may take, and until when: 0 before
     * the first look at the clock, which costs as much as a short match. */
    int64_t limit, deadline;
    unsigned matches; /* since then */
    char *pattern;
    size_t length;
    pcre2_code *code; /* client */
    pcre2_match_data *data;
    pcre2_match_context *context;
    URegularExpression *icu; /* server */
};

void nf_regex_free(nf_regex *regex)
{
    if (!regex)
        return;
    pcre2_match_data_free(regex->data);
    pcre2_match_context_free(regex->context);
    pcre2_code_free(regex->code);
    if (regex->icu)
        uregex_close(regex->icu);
    nf_free(regex->pattern);
    nf_free(regex);
}

static nf_status invalid(const nf_regex *regex, const char *why, nf_error *err)
{
    int length = (int)(regex->length < 200 ? regex->length
                                           : nf_utf8_cut(regex->pattern, 200));

    return nf_expression_error(
        err, "E-REGEX", "Invalid regular expression: /%s%.*s%s/%s: %s",
        regex->whole ? "^(" : "", length, regex->pattern,
        regex->whole ? ")$" : "", regex->whole ? "" : "g", why);
}

static nf_status compile_client(nf_regex *regex, nf_error *err)
{
    nf_buffer text;
    const char *problem;
    PCRE2_UCHAR message[120];
    PCRE2_SIZE offset;
    int code;

    nf_buffer_init(&text, LONGEST_PATTERN * 8);
    if (regex->whole)
        nf_buffer_text(&text, "^(?:");
    nf_regex_translate(&text, regex->pattern, regex->length, &problem);
    if (regex->whole)
        nf_buffer_text(&text, ")$");
    if (text.failed || problem) {
        nf_buffer_dispose(&text);
        return problem ? invalid(regex, problem, err) : nf_error_nomem(err);
    }
    regex->code =
        pcre2_compile((PCRE2_SPTR)nf_buffer_string(&text), text.length,
                      PCRE2_UTF | PCRE2_DOLLAR_ENDONLY |
                          PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C,
                      &code, &offset, NULL);
    nf_buffer_dispose(&text);
    if (!regex->code) {
        pcre2_get_error_message(code, message, sizeof message);
        return invalid(regex, (const char *)message, err);
    }
    regex->jit = pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE) == 0;
    regex->data = pcre2_match_data_create_from_pattern(regex->code, NULL);
    regex->context = pcre2_match_context_create(NULL);
    if (!regex->data || !regex->context)
        return nf_error_nomem(err);
    pcre2_set_match_limit(regex->context, MATCH_LIMIT);
    pcre2_set_heap_limit(regex->context, HEAP_LIMIT_KIB);
    return NF_OK;
}

/* UTF-8 as new UTF-16; NULL when out of memory. */
static UChar *to_utf16(const char *text, size_t length, int32_t *out)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar *wide;

    *out = 0;
    if (length > INT32_MAX / 4)
        return NULL;
    wide = nf_alloc_array(length + 1, sizeof *wide);
    if (wide)
        u_strFromUTF8WithSub(wide, (int32_t)length + 1, out, text,
                             (int32_t)length, 0xFFFD, NULL, &status);
    if (wide && U_FAILURE(status)) {
        nf_free(wide);
        return NULL;
    }
    return wide;
}

static nf_status compile_server(nf_regex *regex, nf_error *err)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t length;
    UChar *wide = to_utf16(regex->pattern, regex->length, &length);

    if (!wide)
        return nf_error_nomem(err);
    if (length == 0) { /* ICU refuses the empty pattern that Java takes */
        static const UChar nothing[] = {'(', '?', ':', ')', 0};

        regex->icu = uregex_open(nothing, 4, 0, NULL, &status);
    } else {
        regex->icu = uregex_open(wide, length, 0, NULL, &status);
    }
    nf_free(wide);
    if (U_FAILURE(status))
        return invalid(regex, u_errorName(status), err);
    uregex_setStackLimit(regex->icu, ICU_STACK_LIMIT, &status);
    return NF_OK;
}

static nf_regex *find_cached(nf_function_cache *cache, nf_engine engine,
                             const nf_string *pattern, bool whole)
{
    size_t i;

    for (i = 0; cache && i < NF_CACHED_REGEXES; i++) {
        nf_regex *regex = cache->regexes[i];

        if (regex && regex->engine == engine && regex->whole == whole &&
            regex->length == pattern->length &&
            !memcmp(regex->pattern, pattern->text, pattern->length))
            return regex;
    }
    return NULL;
}

static void keep(nf_function_cache *cache, nf_regex *regex)
{
    nf_regex_free(cache->regexes[cache->next]);
    cache->regexes[cache->next] = regex;
    cache->next = (cache->next + 1) % NF_CACHED_REGEXES;
    regex->cached = true;
}

nf_status nf_regex_get(nf_regex **out, nf_evaluator *e,
                       const nf_string *pattern, bool whole, nf_error *err)
{
    nf_engine engine = e->environment->engine;
    nf_regex *regex = find_cached(e->cache, engine, pattern, whole);
    nf_status status;

    *out = regex;
    if (regex)
        return NF_OK;
    if (pattern->length > LONGEST_PATTERN)
        return nf_expression_error(err, "E-REGEX",
                                   "Regular expression longer than %d bytes",
                                   LONGEST_PATTERN);
    regex = nf_alloc(sizeof *regex);
    if (!regex)
        return nf_error_nomem(err);
    regex->engine = engine;
    regex->whole = whole;
    regex->length = pattern->length;
    regex->pattern = nf_strndup(pattern->text, pattern->length);
    status = !regex->pattern              ? nf_error_nomem(err)
             : engine == NF_ENGINE_CLIENT ? compile_client(regex, err)
                                          : compile_server(regex, err);
    if (status != NF_OK) {
        nf_regex_free(regex);
        return status;
    }
    if (e->cache)
        keep(e->cache, regex);
    *out = regex;
    return NF_OK;
}

void nf_regex_done(nf_evaluator *e, nf_regex *regex)
{
    (void)e;
    if (regex && !regex->cached)
        nf_regex_free(regex);
}

static nf_status too_long(nf_error *err)
{
    return nf_expression_error(err, "E-REGEX",
                               "Matching the regular expression takes too "
                               "long");
}

static void start_clock(nf_regex *regex, const nf_evaluator *e)
{
    uint32_t limit = e->environment->limits.regex_ms;
    UErrorCode status = U_ZERO_ERROR;

    regex->limit = limit ? limit : NF_LIMIT_REGEX;
    regex->deadline = 0;
    regex->matches = 0;
    if (regex->icu) /* in steps of about a millisecond */
        uregex_setTimeLimit(regex->icu, (int32_t)(regex->limit & INT32_MAX),
                            &status);
}

static bool out_of_time(nf_regex *regex)
{
    int64_t now;

    if (++regex->matches % MATCHES_PER_LOOK)
        return false;
    now = nf_clock_elapsed();
    if (!regex->deadline)
        regex->deadline = now + regex->limit;
    return now > regex->deadline;
}

/* ---- client ------------------------------------------------------------- */

/* PCRE2 is told not to check every match's text: it is checked once here. */
static nf_status check_text(const nf_string *text, nf_error *err)
{
    if (nf_utf8_valid(text->text, text->length))
        return NF_OK;
    return nf_expression_error(err, "E-REGEX", "The text is not valid UTF-8");
}

/* The next match at or after `start`; *end SIZE_MAX if there is none. */
static nf_status client_find(nf_regex *regex, const nf_string *text,
                             size_t start, size_t *begin, size_t *end,
                             nf_error *err)
{
    PCRE2_SPTR subject = (PCRE2_SPTR)text->text;
    PCRE2_SIZE *range;
    int count = PCRE2_ERROR_JIT_STACKLIMIT;

    if (regex->jit)
        count =
            pcre2_jit_match(regex->code, subject, text->length, start,
                            PCRE2_NO_UTF_CHECK, regex->data, regex->context);
    if (count == PCRE2_ERROR_JIT_STACKLIMIT)
        count = pcre2_match(regex->code, subject, text->length, start,
                            PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, regex->data,
                            regex->context);
    *begin = *end = SIZE_MAX;
    if (count == PCRE2_ERROR_NOMATCH)
        return NF_OK;
    if (count < 0)
        return too_long(err);
    range = pcre2_get_ovector_pointer(regex->data);
    *begin = range[0];
    *end = range[1];
    return NF_OK;
}

static size_t character_after(const nf_string *text, size_t at)
{
    size_t next = at + 1;

    while (next < text->length &&
           ((unsigned char)text->text[next] & 0xC0) == 0x80)
        next++;
    return next;
}

static nf_status client_replace(nf_buffer *out, nf_regex *regex,
                                const nf_string *text,
                                const nf_string *replacement, bool all,
                                nf_error *err)
{
    size_t copied = 0, at = 0, begin, end;
    nf_status status = check_text(text, err);

    if (status != NF_OK)
        return status;
    while (at <= text->length) {
        status = client_find(regex, text, at, &begin, &end, err);
        if (status != NF_OK)
            return status;
        if (end == SIZE_MAX)
            break;
        if (out_of_time(regex))
            return too_long(err);
        nf_buffer_add(out, text->text + copied, begin - copied);
        nf_buffer_add(out, replacement->text, replacement->length);
        copied = end;
        if (!all || out->failed)
            break;
        at = end > begin ? end : character_after(text, end);
    }
    nf_buffer_add(out, text->text + copied, text->length - copied);
    return NF_OK;
}

/* ---- server ------------------------------------------------------------- */

static nf_status server_failure(UErrorCode status, nf_error *err)
{
    if (status == U_REGEX_TIME_OUT || status == U_REGEX_STACK_OVERFLOW)
        return too_long(err);
    return status == U_MEMORY_ALLOCATION_ERROR ? nf_error_nomem(err)
                                               : too_long(err);
}

static bool add_utf16(nf_buffer *out, const UChar *text, int32_t length)
{
    UErrorCode status = U_ZERO_ERROR;
    char *bytes = nf_alloc_array((size_t)length + 1, 3);
    int32_t written = 0;

    if (!bytes)
        return false;
    u_strToUTF8WithSub(bytes, length * 3 + 1, &written, text, length, 0xFFFD,
                       NULL, &status);
    nf_buffer_add(out, bytes, (size_t)written);
    nf_free(bytes);
    return U_SUCCESS(status) || status == U_STRING_NOT_TERMINATED_WARNING;
}

static nf_status server_replace_wide(nf_buffer *out, nf_regex *regex,
                                     const UChar *text, int32_t length,
                                     const nf_string *replacement, bool all,
                                     nf_error *err)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t copied = 0;
    bool ok = true;

    uregex_setText(regex->icu, text, length, &status);
    while (ok && uregex_findNext(regex->icu, &status)) {
        int32_t begin = uregex_start(regex->icu, 0, &status);
        int32_t end = uregex_end(regex->icu, 0, &status);

        if (out_of_time(regex))
            return too_long(err);
        ok = add_utf16(out, text + copied, begin - copied);
        nf_buffer_add(out, replacement->text, replacement->length);
        copied = end;
        if (!all || out->failed)
            break;
    }
    if (U_FAILURE(status))
        return server_failure(status, err);
    if (!ok || !add_utf16(out, text + copied, length - copied))
        return nf_error_nomem(err);
    return NF_OK;
}

/* ICU keeps a pointer to the last text: it must not outlive it. */
static void forget_text(nf_regex *regex)
{
    static const UChar nothing[] = {0};
    UErrorCode status = U_ZERO_ERROR;

    uregex_setText(regex->icu, nothing, 0, &status);
}

nf_status nf_regex_replace(nf_buffer *out, nf_evaluator *e, nf_regex *regex,
                           const nf_string *text, const nf_string *replacement,
                           bool all, nf_error *err)
{
    nf_status status;
    int32_t length;
    UChar *wide;

    start_clock(regex, e);
    if (regex->engine == NF_ENGINE_CLIENT)
        return client_replace(out, regex, text, replacement, all, err);
    wide = to_utf16(text->text, text->length, &length);
    if (!wide)
        return nf_error_nomem(err);
    status =
        server_replace_wide(out, regex, wide, length, replacement, all, err);
    forget_text(regex);
    nf_free(wide);
    return status;
}

nf_status nf_regex_matches(bool *out, nf_evaluator *e, nf_regex *regex,
                           const nf_string *text, nf_error *err)
{
    UErrorCode status = U_ZERO_ERROR;
    size_t begin, end;
    int32_t length;
    UChar *wide;

    *out = false;
    start_clock(regex, e);
    if (regex->engine == NF_ENGINE_CLIENT) {
        nf_status found = check_text(text, err);

        if (found == NF_OK)
            found = client_find(regex, text, 0, &begin, &end, err);
        *out = found == NF_OK && end != SIZE_MAX;
        return found;
    }
    wide = to_utf16(text->text, text->length, &length);
    if (!wide)
        return nf_error_nomem(err);
    uregex_setText(regex->icu, wide, length, &status);
    *out = uregex_matches(regex->icu, -1, &status) && U_SUCCESS(status);
    forget_text(regex);
    nf_free(wide);
    return U_FAILURE(status) ? server_failure(status, err) : NF_OK;
}
