/* `explain`: what a code means, and all of them as the page docs/findings.md.
 */
#include "library/codes.h"
#include "nanoflow.h"

#include "base/error.h"
#include "base/suggest.h"
#include "base/text.h"

#include <string.h>

static const nf_code_family *const families[] = {
    &nf_codes_flows,   &nf_codes_expressions, &nf_codes_constraints,
    &nf_codes_offline, &nf_codes_synchronize, &nf_codes_objects,
    &nf_codes_program,
};
enum { FAMILY_COUNT = sizeof families / sizeof *families };

static const nf_code_text *find(const char *code)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        for (size_t k = 0; k < families[i]->count; k++)
            if (!strcmp(families[i]->codes[k].code, code))
                return &families[i]->codes[k];
    return NULL;
}

static nf_status unknown(const char *code, nf_error *err)
{
    nf_suggestion suggestion = {.name = code};
    char hint[160];

    for (size_t i = 0; i < FAMILY_COUNT; i++)
        for (size_t k = 0; k < families[i]->count; k++)
            nf_suggest(&suggestion, families[i]->codes[k].code);
    return nf_error_set(err, NF_USAGE, "not_found", "There is no code '%s'%s",
                        code,
                        nf_suggestion_text(&suggestion, "", hint, sizeof hint));
}

static void write_one(nf_buffer *out, const nf_code_text *text)
{
    nf_buffer_format(out, "%s\n\n  %s\n\nExample:\n  %s\n\nRemedy:\n  %s\n",
                     text->code, text->meaning, text->example, text->remedy);
}

static void write_codes(nf_buffer *out)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        for (size_t k = 0; k < families[i]->count; k++)
            nf_buffer_format(out, "%s\n", families[i]->codes[k].code);
}

/* A cell of a table: what would end it is escaped. */
static void write_cell(nf_buffer *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("|<*_\\[", *text))
            nf_buffer_char(out, '\\');
        nf_buffer_char(out, *text);
    }
}

static void write_row(nf_buffer *out, const nf_code_text *text)
{
    nf_buffer_format(out, "| `%s` | ", text->code);
    write_cell(out, text->meaning);
    nf_buffer_text(out, " | ");
    write_cell(out, text->example);
    nf_buffer_text(out, " | ");
    write_cell(out, text->remedy);
    nf_buffer_text(out, " |\n");
}

static void write_page(nf_buffer *out)
{
    nf_buffer_text(
        out,
        "# Findings and errors\n\n"
        "Every code that the program prints. `nanoflow explain CODE` tells "
        "one of them;\nthis page is what `nanoflow explain --format "
        "markdown` prints.\n");
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        nf_buffer_format(out,
                         "\n## %s\n\n%s\n\n"
                         "| code | meaning | example | remedy |\n"
                         "|---|---|---|---|\n",
                         families[i]->title, families[i]->about);
        for (size_t k = 0; k < families[i]->count; k++)
            write_row(out, &families[i]->codes[k]);
    }
}

static bool is_markdown(const char *format)
{
    return format && !strcmp(format, "markdown");
}

nf_status nf_explain(char **out, const char *code, const char *format,
                     nf_error *err)
{
    const nf_code_text *text = code ? find(code) : NULL;
    nf_buffer buffer;

    *out = NULL;
    if (format && !is_markdown(format) && strcmp(format, "text") != 0)
        return nf_error_set(err, NF_USAGE, "unsupported_format",
                            "Format '%s' is not supported; use 'text' or "
                            "'markdown'",
                            format);
    if (code && !text)
        return unknown(code, err);
    nf_buffer_init(&buffer, NF_BUFFER_MAX);
    if (text)
        write_one(&buffer, text);
    else if (is_markdown(format))
        write_page(&buffer);
    else
        write_codes(&buffer);
    *out = nf_buffer_take(&buffer);
    nf_buffer_dispose(&buffer);
    return *out ? NF_OK : nf_error_nomem(err);
}
