/* What several reporters do. */
#include "testing/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

nf_status nf_report_flush(nf_buffer *out, nf_write_fn write, void *user,
                          nf_error *err)
{
    bool ok =
        !out->failed && (!out->length || write(user, out->data, out->length));

    nf_buffer_dispose(out);
    return ok ? NF_OK
              : nf_error_set(err, NF_INPUT, "unwritable",
                             "the results can't be written");
}

static nf_status unwritable(const char *path, nf_error *err)
{
    return nf_error_set(err, NF_INPUT, "unwritable",
                        "the report \"%s\" can't be written: %s", path,
                        strerror(errno));
}

nf_status nf_report_check(const char *path, nf_error *err)
{
    struct stat before;
    bool made = stat(path, &before) != 0;
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);

    if (file < 0)
        return unwritable(path, err);
    close(file);
    if (made)
        unlink(path);
    return NF_OK;
}

nf_status nf_report_write(const char *path, const nf_buffer *text,
                          nf_error *err)
{
    FILE *file;
    bool ok;

    if (text->failed)
        return nf_error_nomem(err);
    file = fopen(path, "we");
    ok = file && fwrite(text->data, 1, text->length, file) == text->length;
    if (file && fclose(file) != 0)
        ok = false;
    return ok ? NF_OK : unwritable(path, err);
}

void nf_report_callers(nf_buffer *out, const char *before, const char *callers)
{
    bool first = true;

    while (*callers) {
        int length = (int)strcspn(callers, "\n");

        if (*callers != ',') /* the test's own body */
            nf_buffer_format(out, "%s%s %.*s\n", before, first ? "at" : "from",
                             length, callers);
        else if (!first)
            nf_buffer_format(out, "%sfrom the test\n", before);
        first = false;
        callers += length;
        callers += *callers == '\n';
    }
}

static bool is_inside(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

nf_difference nf_difference_of(const char *expected, const char *actual)
{
    size_t a = strlen(expected), b = strlen(actual);
    nf_difference d = {0, 0};

    while (d.head < a && d.head < b && expected[d.head] == actual[d.head])
        d.head++;
    while (d.head && (is_inside(expected[d.head]) || is_inside(actual[d.head])))
        d.head--;
    while (d.tail < a - d.head && d.tail < b - d.head &&
           expected[a - 1 - d.tail] == actual[b - 1 - d.tail])
        d.tail++;
    while (d.tail && is_inside(expected[a - d.tail]))
        d.tail--;
    return d;
}
