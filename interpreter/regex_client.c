/* JavaScript's regular expressions on PCRE2. They match UTF-16 code units
 * (S56): texts and patterns without characters above U+FFFF, nearly all, are
 * matched as UTF-8, where the difference can't be seen; the others as units. */
#include "base/memory.h"
#include "interpreter/pcre.h"
#include "interpreter/regex_engines.h"

#include <stdio.h>
#include <string.h>

enum {
    MATCH_LIMIT = 10000000, /* PCRE2's steps: well under a second */
    HEAP_LIMIT_KIB = 65536,
    COMPILE_OPTIONS = PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF |
                      PCRE2_NEVER_BACKSLASH_C,
};

struct nf_client_regex {
    bool whole, jit;
    char *pattern; /* as it came: for the second form */
    size_t length;
    pcre2_code_8 *code; /* NULL if only units will do */
    pcre2_match_data_8 *data;
    pcre2_match_context_8 *context;
    pcre2_code_16 *wide_code; /* NULL until needed */
    pcre2_match_data_16 *wide_data;
    pcre2_match_context_16 *wide_context;
    nf_server_regex *icu; /* instead of all these */
    bool varying; /* PCRE2 refused a lookbehind, whose length it must know */
};

void nf_client_regex_free(nf_client_regex *regex)
{
    if (!regex)
        return;
    if (regex->code) {
        nf_pcre()->pcre2_match_data_free_8(regex->data);
        nf_pcre()->pcre2_match_context_free_8(regex->context);
        nf_pcre()->pcre2_code_free_8(regex->code);
    }
    if (regex->wide_code) {
        nf_pcre_wide()->pcre2_match_data_free_16(regex->wide_data);
        nf_pcre_wide()->pcre2_match_context_free_16(regex->wide_context);
        nf_pcre_wide()->pcre2_code_free_16(regex->wide_code);
    }
    nf_server_regex_free(regex->icu);
    nf_free(regex->pattern);
    nf_free(regex);
}

/* ---- compiling ---------------------------------------------------------- */

static nf_status translate(nf_buffer *text, const nf_client_regex *regex,
                           nf_regex_target target, bool *astral,
                           const char **problem, nf_error *err)
{
    /* S57: the group makes alternatives safe. */
    bool framed = regex->whole && target != NF_REGEX_ICU;

    nf_buffer_init(text, NF_REGEX_PATTERN_MAX * 8);
    if (framed)
        nf_buffer_text(text, "^(?:");
    nf_regex_from_javascript(text, regex->pattern, regex->length, target,
                             astral, problem);
    if (framed)
        nf_buffer_text(text, ")$");
    return text->failed ? nf_error_nomem(err) : NF_OK;
}

static nf_status compile_bytes(nf_client_regex *regex, const nf_buffer *text,
                               char problem[NF_REGEX_PROBLEM_SIZE],
                               nf_error *err)
{
    PCRE2_SIZE offset;
    int code;

    if (!nf_pcre_room(false))
        return nf_error_nomem(err);
    regex->code = nf_pcre()->pcre2_compile_8(
        (PCRE2_SPTR8)nf_buffer_string(text), text->length,
        PCRE2_UTF | COMPILE_OPTIONS, &code, &offset, NULL);
    if (!regex->code) {
        regex->varying = code == PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH;
        nf_pcre()->pcre2_get_error_message_8(code, (PCRE2_UCHAR8 *)problem,
                                             NF_REGEX_PROBLEM_SIZE);
        return NF_FAILED;
    }
    regex->jit =
        nf_pcre()->pcre2_jit_compile_8(regex->code, PCRE2_JIT_COMPLETE) == 0;
    regex->data =
        nf_pcre()->pcre2_match_data_create_from_pattern_8(regex->code, NULL);
    regex->context = nf_pcre()->pcre2_match_context_create_8(NULL);
    if (!regex->data || !regex->context)
        return nf_error_nomem(err);
    nf_pcre()->pcre2_set_match_limit_8(regex->context, MATCH_LIMIT);
    nf_pcre()->pcre2_set_heap_limit_8(regex->context, HEAP_LIMIT_KIB);
    return NF_OK;
}

static nf_status compile_wide_text(nf_client_regex *regex,
                                   const nf_buffer *text,
                                   char problem[NF_REGEX_PROBLEM_SIZE],
                                   nf_error *err)
{
    PCRE2_SIZE offset;
    int32_t length;
    int code;
    UChar *wide = nf_regex_wide(nf_buffer_string(text), text->length, &length);

    if (!wide || !nf_pcre_room(true)) {
        nf_free(wide);
        return nf_error_nomem(err);
    }
    regex->wide_code =
        nf_pcre_wide()->pcre2_compile_16((PCRE2_SPTR16)wide, (PCRE2_SIZE)length,
                                         COMPILE_OPTIONS, &code, &offset, NULL);
    nf_free(wide);
    if (!regex->wide_code) {
        regex->varying = code == PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH;
        nf_pcre()->pcre2_get_error_message_8(code, (PCRE2_UCHAR8 *)problem,
                                             NF_REGEX_PROBLEM_SIZE);
        return NF_FAILED;
    }
    regex->wide_data = nf_pcre_wide()->pcre2_match_data_create_from_pattern_16(
        regex->wide_code, NULL);
    regex->wide_context = nf_pcre_wide()->pcre2_match_context_create_16(NULL);
    if (!regex->wide_data || !regex->wide_context)
        return nf_error_nomem(err);
    nf_pcre_wide()->pcre2_set_match_limit_16(regex->wide_context, MATCH_LIMIT);
    nf_pcre_wide()->pcre2_set_heap_limit_16(regex->wide_context,
                                            HEAP_LIMIT_KIB);
    return NF_OK;
}

static nf_status compile_wide(nf_client_regex *regex,
                              char problem[NF_REGEX_PROBLEM_SIZE],
                              nf_error *err)
{
    const char *why;
    bool astral;
    nf_buffer text;
    nf_status status;

    if (regex->wide_context)
        return NF_OK;
    status = translate(&text, regex, NF_REGEX_UNITS, &astral, &why, err);
    if (status == NF_OK)
        status = compile_wide_text(regex, &text, problem, err);
    nf_buffer_dispose(&text);
    return status;
}

static nf_status compile_icu(nf_client_regex *regex,
                             char problem[NF_REGEX_PROBLEM_SIZE], nf_error *err)
{
    const char *why;
    bool astral;
    nf_buffer text;
    nf_status status =
        translate(&text, regex, NF_REGEX_ICU, &astral, &why, err);

    if (status == NF_OK)
        status = nf_server_regex_open(&regex->icu, &text, regex->whole, problem,
                                      err);
    nf_buffer_dispose(&text);
    return status;
}

static nf_status compile(nf_client_regex *regex,
                         char problem[NF_REGEX_PROBLEM_SIZE], nf_error *err)
{
    const char *why;
    bool astral;
    nf_buffer text;
    nf_status status =
        translate(&text, regex, NF_REGEX_CHARACTERS, &astral, &why, err);

    if (status == NF_OK && why) {
        snprintf(problem, NF_REGEX_PROBLEM_SIZE, "%s", why);
        status = NF_FAILED;
    }
    if (status == NF_OK)
        status = astral ? compile_wide(regex, problem, err)
                        : compile_bytes(regex, &text, problem, err);
    nf_buffer_dispose(&text);
    if (status == NF_FAILED && regex->varying)
        status = compile_icu(regex, problem, err);
    return status;
}

nf_status nf_client_regex_new(nf_client_regex **out, const nf_string *pattern,
                              bool whole, char problem[NF_REGEX_PROBLEM_SIZE],
                              nf_error *err)
{
    nf_client_regex *regex = nf_alloc(sizeof *regex);
    nf_status status = NF_OK;

    *out = NULL;
    if (!regex)
        return nf_error_nomem(err);
    regex->whole = whole;
    regex->length = pattern->length;
    regex->pattern = nf_strndup(pattern->text, pattern->length);
    status =
        regex->pattern ? compile(regex, problem, err) : nf_error_nomem(err);
    if (status == NF_OK)
        *out = regex;
    else
        nf_client_regex_free(regex);
    return status;
}

/* ---- bytes -------------------------------------------------------------- */

/* The next match at or after `start`; *end SIZE_MAX if there is none. */
static nf_status find(nf_client_regex *regex, const nf_string *text,
                      size_t start, size_t *begin, size_t *end, nf_error *err)
{
    PCRE2_SPTR8 subject = (PCRE2_SPTR8)text->text;
    PCRE2_SIZE *range;
    int count = PCRE2_ERROR_JIT_STACKLIMIT;

    if (regex->jit)
        count = nf_pcre()->pcre2_jit_match_8(regex->code, subject, text->length,
                                             start, PCRE2_NO_UTF_CHECK,
                                             regex->data, regex->context);
    if (count == PCRE2_ERROR_JIT_STACKLIMIT)
        count = nf_pcre()->pcre2_match_8(
            regex->code, subject, text->length, start,
            PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, regex->data, regex->context);
    *begin = *end = SIZE_MAX;
    if (count == PCRE2_ERROR_NOMATCH)
        return NF_OK;
    if (count < 0)
        return nf_regex_too_long(err);
    range = nf_pcre()->pcre2_get_ovector_pointer_8(regex->data);
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

static nf_status run_bytes(nf_client_regex *regex, nf_regex_task *task,
                           nf_error *err)
{
    const nf_string *text = task->text, *replacement = task->replacement;
    size_t copied = 0, at = 0, begin, end;
    nf_status status;

    while (at <= text->length) {
        status = find(regex, text, at, &begin, &end, err);
        if (status != NF_OK)
            return status;
        if (end == SIZE_MAX)
            break;
        task->matched = true;
        if (!task->out)
            return NF_OK;
        if (nf_regex_out_of_time(&task->clock))
            return nf_regex_too_long(err);
        nf_buffer_add(task->out, text->text + copied, begin - copied);
        nf_buffer_add(task->out, replacement->text, replacement->length);
        copied = end;
        if (!task->all || task->out->failed)
            break;
        at = end > begin ? end : character_after(text, end);
    }
    if (task->out)
        nf_buffer_add(task->out, text->text + copied, text->length - copied);
    return NF_OK;
}

/* ---- units -------------------------------------------------------------- */

static nf_status find_wide(nf_client_regex *regex, const UChar *text,
                           int32_t length, size_t start, size_t *begin,
                           size_t *end, nf_error *err)
{
    PCRE2_SIZE *range;
    int count = nf_pcre_wide()->pcre2_match_16(
        regex->wide_code, (PCRE2_SPTR16)text, (PCRE2_SIZE)length, start, 0,
        regex->wide_data, regex->wide_context);

    *begin = *end = SIZE_MAX;
    if (count == PCRE2_ERROR_NOMATCH)
        return NF_OK;
    if (count < 0)
        return nf_regex_too_long(err);
    range = nf_pcre_wide()->pcre2_get_ovector_pointer_16(regex->wide_data);
    *begin = range[0];
    *end = range[1];
    return NF_OK;
}

static nf_status run_wide(nf_client_regex *regex, nf_regex_task *task,
                          const UChar *text, int32_t length, nf_error *err)
{
    size_t copied = 0, at = 0, begin, end;
    bool ok = true;
    nf_status status;

    while (ok && at <= (size_t)length) {
        status = find_wide(regex, text, length, at, &begin, &end, err);
        if (status != NF_OK)
            return status;
        if (end == SIZE_MAX)
            break;
        task->matched = true;
        if (!task->out)
            return NF_OK;
        if (nf_regex_out_of_time(&task->clock))
            return nf_regex_too_long(err);
        ok = nf_regex_add_wide(task->out, text + copied,
                               (int32_t)(begin - copied));
        nf_buffer_add(task->out, task->replacement->text,
                      task->replacement->length);
        copied = end;
        if (!task->all || task->out->failed)
            break;
        at = end > begin ? end : end + 1;
    }
    if (task->out && ok)
        ok = nf_regex_add_wide(task->out, text + copied,
                               length - (int32_t)copied);
    return ok ? NF_OK : nf_error_nomem(err);
}

static bool has_pairs(const nf_string *text)
{
    const char *at = text->text, *end = at + text->length;

    for (; at < end; at++)
        if ((unsigned char)*at >= 0xF0)
            return true;
    return false;
}

nf_status nf_client_regex_run(nf_client_regex *regex, nf_regex_task *task,
                              nf_error *err)
{
    char problem[NF_REGEX_PROBLEM_SIZE];
    const nf_string *text = task->text;
    nf_status status;
    int32_t length;
    UChar *wide;

    /* PCRE2 is told not to check every match's text: it is checked here. */
    if (!nf_utf8_valid(text->text, text->length))
        return nf_expression_error(err, "E-REGEX",
                                   "The text is not valid UTF-8");
    if (regex->icu)
        return nf_server_regex_run(regex->icu, task, err);
    if (regex->code && !has_pairs(text))
        return run_bytes(regex, task, err);
    status = compile_wide(regex, problem, err);
    if (status == NF_FAILED)
        return nf_expression_error(err, "E-REGEX",
                                   "Invalid regular expression: %s", problem);
    if (status != NF_OK)
        return status;
    wide = nf_regex_wide(text->text, text->length, &length);
    if (!wide)
        return nf_error_nomem(err);
    status = run_wide(regex, task, wide, length, err);
    nf_free(wide);
    return status;
}
