/* Fixed-size error records: nothing here allocates. */
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static void copy_text(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);

    if (length >= size)
        length = nf_utf8_cut(from, size - 1);
    memcpy(to, from, length);
    to[length] = '\0';
}

static void copy_if_unset(char *to, size_t size, const char *from)
{
    if (!*to && from)
        copy_text(to, size, from);
}

void nf_error_clear(nf_error *err)
{
    if (!err)
        return;
    err->status =
        NF_OK; /* each text ends at its first byte: 3 KB less to write */
    err->code[0] = err->detail[0] = err->message[0] = '\0';
    err->document[0] = err->activity[0] = err->activity_id[0] = '\0';
    err->file[0] = err->trace[0] = err->expression[0] = '\0';
    err->line = 0;
    err->offset = -1;
    err->position = -1;
}

nf_status nf_error_setv(nf_error *err, nf_status status, const char *code,
                        const char *format, va_list args)
{
    char message[NF_ERROR_MESSAGE_SIZE + 8];

    if (!err || nf_error_is_set(err))
        return status;
    nf_error_clear(err);
    err->status = status;
    copy_text(err->code, sizeof err->code, code ? code : "");
    vsnprintf(message, sizeof message, format, args);
    if (!nf_utf8_valid(message, strlen(message))) /* excerpts, "%.40s" */
        nf_utf8_mend(message);
    copy_text(err->message, sizeof err->message, message);
    return status;
}

nf_status nf_error_set(nf_error *err, nf_status status, const char *code,
                       const char *format, ...)
{
    va_list args;

    va_start(args, format);
    nf_error_setv(err, status, code, format, args);
    va_end(args);
    return status;
}

nf_status nf_error_pass(const nf_error *problem, nf_error *err)
{
    if (err && !nf_error_is_set(err))
        *err = *problem;
    return problem->status;
}

nf_status nf_error_nomem(nf_error *err)
{
    size_t limit = nf_memory_take_refusal();

    if (limit) {
        nf_error_set(err, NF_NOMEM, "out_of_memory",
                     "more memory is needed than the %zu bytes that may be used",
                     limit);
        nf_error_detail(err, "memory_limit");
        return NF_NOMEM;
    }
    return nf_error_set(err, NF_NOMEM, "out_of_memory", "out of memory");
}

void nf_error_at_position(nf_error *err, long position)
{
    if (err && err->position < 0)
        err->position = position;
}

void nf_error_at_line(nf_error *err, const char *file, long line)
{
    if (!err || err->line)
        return;
    copy_if_unset(err->file, sizeof err->file, file);
    err->line = line;
}

void nf_error_at_offset(nf_error *err, const char *file, long long offset)
{
    if (!err || err->offset >= 0)
        return;
    copy_if_unset(err->file, sizeof err->file, file);
    err->offset = offset;
}

void nf_error_in(nf_error *err, const char *document, const char *activity,
                 const char *activity_id)
{
    if (!err)
        return;
    copy_if_unset(err->document, sizeof err->document, document);
    copy_if_unset(err->activity, sizeof err->activity, activity);
    copy_if_unset(err->activity_id, sizeof err->activity_id, activity_id);
}

void nf_error_detail(nf_error *err, const char *detail)
{
    if (err)
        copy_if_unset(err->detail, sizeof err->detail, detail);
}

void nf_error_of_expression(nf_error *err, const char *text, size_t length)
{
    enum { BEFORE = 80, MOST = NF_ERROR_NAME_SIZE - 8 };
    bool before, after;
    size_t start = 0, end;

    if (!err || *err->expression || err->position < 0 || !text ||
        (size_t)err->position > length)
        return;
    if (length > MOST && err->position > BEFORE)
        start = (size_t)err->position - BEFORE;
    while (start > 0 && ((unsigned char)text[start] & 0xC0) == 0x80)
        start--;
    end = length - start > MOST ? start + nf_utf8_cut(text + start, MOST)
                                : length;
    before = start > 0;
    after = end < length;
    snprintf(err->expression, sizeof err->expression, "%s%.*s%s",
             before ? "\u2026" : "", (int)(end - start), text + start,
             after ? "\u2026" : "");
}
