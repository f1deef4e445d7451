/* Java's regular expressions on ICU, after translation. */
#include "base/memory.h"
#include "interpreter/regex_engines.h"
#include "base/icu.h"

#include <stdio.h>

enum { STACK_LIMIT = 64 * 1024 * 1024 };

struct nf_server_regex {
    bool whole;
    URegularExpression *icu;
};

void nf_server_regex_free(nf_server_regex *regex)
{
    if (!regex)
        return;
    if (regex->icu)
        nf_icu()->uregex_close(regex->icu);
    nf_free(regex);
}

/* ---- UTF-16 ------------------------------------------------------------- */

UChar *nf_regex_wide(const char *text, size_t length, int32_t *out)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar *wide;

    *out = 0;
    if (length > INT32_MAX / 4)
        return NULL;
    wide = nf_alloc_array(length + 1, sizeof *wide);
    if (wide)
        nf_icu()->u_strFromUTF8WithSub(wide, (int32_t)length + 1, out, text,
                                       (int32_t)length, 0xFFFD, NULL, &status);
    if (wide && U_FAILURE(status)) {
        nf_free(wide);
        return NULL;
    }
    return wide;
}

bool nf_regex_add_wide(nf_buffer *out, const UChar *text, int32_t length)
{
    UErrorCode status = U_ZERO_ERROR;
    char *bytes = nf_alloc_array((size_t)length + 1, 3);
    int32_t written = 0;

    if (!bytes)
        return false;
    nf_icu()->u_strToUTF8WithSub(bytes, length * 3 + 1, &written, text, length,
                                 0xFFFD, NULL, &status);
    nf_buffer_add(out, bytes, (size_t)written);
    nf_free(bytes);
    return U_SUCCESS(status) || status == U_STRING_NOT_TERMINATED_WARNING;
}

/* ---- compiling ---------------------------------------------------------- */

/* What is left of errors after translation. */
static const char *reason(UErrorCode status)
{
    switch (status) {
    case U_REGEX_LOOK_BEHIND_LIMIT:
        return "Look-behind group does not have an obvious maximum length";
    case U_REGEX_MISMATCHED_PAREN:
        return "Unclosed group";
    case U_REGEX_PROPERTY_SYNTAX:
        return "Unknown character property name";
    case U_REGEX_BAD_INTERVAL:
    case U_REGEX_NUMBER_TOO_BIG:
        return "Illegal repetition range";
    case U_REGEX_INVALID_CAPTURE_GROUP_NAME:
        return "Named capturing group does not exist";
    default:
        return nf_icu()->u_errorName(status);
    }
}

static nf_status open_icu(nf_server_regex *regex, const nf_buffer *text,
                          char problem[NF_REGEX_PROBLEM_SIZE], nf_error *err)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t length;
    UChar *wide = nf_regex_wide(nf_buffer_string(text), text->length, &length);

    if (!wide ||
        !nf_icu_room(nf_icu_regex_room(nf_buffer_string(text), text->length))) {
        nf_free(wide);
        return nf_error_nomem(err);
    }
    regex->icu = nf_icu()->uregex_open(wide, length, 0, NULL, &status);
    nf_free(wide);
    if (status == U_MEMORY_ALLOCATION_ERROR)
        return nf_error_nomem(err);
    if (U_FAILURE(status)) {
        snprintf(problem, NF_REGEX_PROBLEM_SIZE, "%s", reason(status));
        return NF_FAILED;
    }
    nf_icu()->uregex_setStackLimit(regex->icu, STACK_LIMIT, &status);
    return NF_OK;
}

nf_status nf_server_regex_open(nf_server_regex **out, const nf_buffer *text,
                               bool whole, char problem[NF_REGEX_PROBLEM_SIZE],
                               nf_error *err)
{
    nf_server_regex *regex = nf_alloc(sizeof *regex);
    nf_status status;

    *out = NULL;
    if (!regex)
        return nf_error_nomem(err);
    regex->whole = whole;
    status = open_icu(regex, text, problem, err);
    if (status == NF_OK)
        *out = regex;
    else
        nf_server_regex_free(regex);
    return status;
}

nf_status nf_server_regex_new(nf_server_regex **out, const nf_string *pattern,
                              bool whole, char problem[NF_REGEX_PROBLEM_SIZE],
                              nf_error *err)
{
    nf_status status;
    const char *why;
    nf_buffer text;

    *out = NULL;
    nf_buffer_init(&text, NF_REGEX_PATTERN_MAX * 8);
    nf_regex_from_java(&text, pattern->text, pattern->length, &why);
    if (!why && text.length == 0) /* ICU refuses the empty pattern */
        nf_buffer_text(&text, "(?:)");
    if (text.failed) {
        status = nf_error_nomem(err);
    } else if (why) {
        snprintf(problem, NF_REGEX_PROBLEM_SIZE, "%s", why);
        status = NF_FAILED;
    } else {
        status = nf_server_regex_open(out, &text, whole, problem, err);
    }
    nf_buffer_dispose(&text);
    return status;
}

/* ---- matching ----------------------------------------------------------- */

static nf_status failure(UErrorCode status, nf_error *err)
{
    return status == U_MEMORY_ALLOCATION_ERROR ? nf_error_nomem(err)
                                               : nf_regex_too_long(err);
}

static nf_status replace(URegularExpression *icu, nf_regex_task *task,
                         const UChar *text, int32_t length, nf_error *err)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t copied = 0;
    bool ok = true;

    while (ok && nf_icu()->uregex_findNext(icu, &status)) {
        int32_t begin = nf_icu()->uregex_start(icu, 0, &status);
        int32_t end = nf_icu()->uregex_end(icu, 0, &status);

        task->matched = true;
        if (nf_regex_out_of_time(&task->clock))
            return nf_regex_too_long(err);
        ok = nf_regex_add_wide(task->out, text + copied, begin - copied);
        nf_buffer_add(task->out, task->replacement->text,
                      task->replacement->length);
        copied = end;
        if (!task->all || task->out->failed)
            break;
    }
    if (U_FAILURE(status))
        return failure(status, err);
    if (!ok || !nf_regex_add_wide(task->out, text + copied, length - copied))
        return nf_error_nomem(err);
    return NF_OK;
}

nf_status nf_server_regex_run(nf_server_regex *regex, nf_regex_task *task,
                              nf_error *err)
{
    static const UChar nothing[] = {0};
    UErrorCode status = U_ZERO_ERROR, ignored = U_ZERO_ERROR;
    nf_status result = NF_OK;
    int32_t length;
    UChar *wide = nf_regex_wide(task->text->text, task->text->length, &length);

    if (!wide)
        return nf_error_nomem(err);
    /* In steps of about a millisecond. */
    nf_icu()->uregex_setTimeLimit(
        regex->icu, (int32_t)(task->clock.limit & INT32_MAX), &ignored);
    nf_icu()->uregex_setText(regex->icu, wide, length, &status);
    if (task->out) {
        result = replace(regex->icu, task, wide, length, err);
    } else {
        task->matched = regex->whole
                            ? nf_icu()->uregex_matches(regex->icu, -1, &status)
                            : nf_icu()->uregex_find(regex->icu, 0, &status);
        if (U_FAILURE(status))
            result = failure(status, err);
    }
    /* ICU keeps a pointer to the text: it must not outlive it. */
    nf_icu()->uregex_setText(regex->icu, nothing, 0, &ignored);
    nf_free(wide);
    return result;
}
