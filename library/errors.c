/* The error record as hosts see it: allocated, read by field, printed as one
 * line a person can act on. */
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

const char *nf_status_text(nf_status status)
{
    static const char *const texts[] = {
        [NF_OK] = "ok",
        [NF_FAILED] = "failed",
        [NF_USAGE] = "usage",
        [NF_INPUT] = "input",
        [NF_NOMEM] = "out of memory",
        [NF_CANCELLED] = "cancelled",
        [NF_PENDING] = "pending",
    };
    size_t index = (size_t)status;
    return index < sizeof texts / sizeof *texts ? texts[index] : "";
}

nf_error *nf_error_new(void)
{
    nf_error *err = nf_alloc(sizeof *err);
    if (err)
        nf_error_clear(err);
    return err;
}

void nf_error_free(nf_error *err)
{
    nf_free(err);
}

void nf_error_reset(nf_error *err)
{
    nf_error_clear(err);
}

nf_status nf_error_status(const nf_error *err)
{
    return err ? err->status : NF_OK;
}

const char *nf_error_text(const nf_error *err, nf_error_field field)
{
    if (!nf_error_is_set(err))
        return "";
    switch (field) {
    case NF_ERROR_CODE:
        return err->code;
    case NF_ERROR_DETAIL:
        return err->detail;
    case NF_ERROR_MESSAGE:
        return err->message;
    case NF_ERROR_DOCUMENT:
        return err->document;
    case NF_ERROR_ACTIVITY:
        return err->activity;
    case NF_ERROR_ACTIVITY_ID:
        return err->activity_id;
    case NF_ERROR_FILE:
        return err->file;
    case NF_ERROR_TRACE:
        return err->trace;
    case NF_ERROR_EXPRESSION:
        return err->expression;
    }
    return "";
}

long long nf_error_number(const nf_error *err, nf_error_place place)
{
    if (!nf_error_is_set(err))
        return place == NF_ERROR_LINE ? 0 : -1;
    switch (place) {
    case NF_ERROR_LINE:
        return err->line;
    case NF_ERROR_OFFSET:
        return err->offset;
    case NF_ERROR_POSITION:
        return err->position;
    }
    return -1;
}

/* The place: "file:line: " before the message, the rest after it. */
static void print_place(nf_buffer *out, const nf_error *err)
{
    if (*err->document) {
        nf_buffer_format(out, " (in %s", err->document);
        if (*err->activity)
            nf_buffer_format(out, ", \"%s\"", err->activity);
        if (err->position >= 0)
            nf_buffer_format(out, ", at %ld", err->position);
    } else if (err->position >= 0) {
        nf_buffer_format(out, " (at %ld", err->position);
    } else {
        return;
    }
    if (*err->expression)
        nf_buffer_format(out, " of %s", err->expression);
    nf_buffer_char(out, ')');
}

/* The finer code, unless the message ends in it (synchronize S126). */
static void print_code(nf_buffer *out, const nf_error *err)
{
    const char *code = *err->detail ? err->detail : err->code;
    char named[sizeof err->detail + sizeof err->code + 3];

    snprintf(named, sizeof named, "(%s)", code);
    if (*code && !strstr(err->message, named))
        nf_buffer_format(out, " [%s]", code);
}

char *nf_error_print(const nf_error *err)
{
    nf_buffer out;
    if (!nf_error_is_set(err))
        return nf_strdup("");
    nf_buffer_init(&out, sizeof *err * 4);
    if (*err->file && err->line > 0)
        nf_buffer_format(&out, "%s:%ld: ", err->file, err->line);
    else if (*err->file)
        nf_buffer_format(&out, "%s: ", err->file);
    nf_buffer_text(&out, err->message);
    print_place(&out, err);
    print_code(&out, err);
    char *text = nf_buffer_take(&out);
    nf_buffer_dispose(&out);
    /* One line, whatever a model or a server put into the message. */
    for (char *c = text; c && *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    return text;
}

nf_status nf_error_fail(nf_error *err, const char *message)
{
    return nf_error_set(err, NF_FAILED, "host_error", "%s", message);
}

void nf_text_free(char *text)
{
    nf_free(text);
}
