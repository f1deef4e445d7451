/* Where the XML reader's bytes come from: a file or a text in memory, given to
 * the parser piece by piece. What the parser holds as a whole, whatever it
 * makes of it later (a tag with its attributes, a comment, a CDATA section), is
 * measured here, before it reads on. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/reader_xml.h"

enum {
    MAX_FILE_SIZE = 512 << 20,
    MAX_MARKUP = 16 << 20,
    MAX_ATTRIBUTES = 4096 /* of an element */
};

/* What a `<` begins, as far as it was read. */
enum { OUTSIDE, OPENED, BANG, TAG, QUOTED, COMMENT, CDATA, INSTRUCTION };

static bool may_end(const nf_xml_source *s, char c)
{
    const char *last = s->last;

    switch (s->state) {
    case COMMENT:
        return c == '>' && last[0] == '-' && last[1] == '-' && s->markup >= 7;
    case CDATA:
        return c == '>' && last[0] == ']' && last[1] == ']' && s->markup >= 12;
    case INSTRUCTION:
        return c == '>' && last[1] == '?' && s->markup >= 5;
    default:
        return c == '>' && s->state != QUOTED;
    }
}

static void open_markup(nf_xml_source *s, char c)
{
    if (s->state == OPENED)
        s->state = c == '!' ? BANG : c == '?' ? INSTRUCTION : TAG;
    else
        s->state = c == '-' ? COMMENT : c == '[' ? CDATA : TAG;
}

static void step(nf_xml_source *s, char c)
{
    s->markup++;
    if (s->state == OPENED || s->state == BANG)
        open_markup(s, c);
    if (may_end(s, c)) {
        s->state = OUTSIDE;
    } else if (s->state == QUOTED) {
        s->state = c == s->quote ? TAG : QUOTED;
    } else if (s->state == TAG && (c == '"' || c == '\'')) {
        s->state = QUOTED;
        s->quote = c;
    } else if (s->state == TAG) {
        s->attributes += c == '=';
    }
    s->last[0] = s->last[1];
    s->last[1] = c;
}

static nf_status measure(nf_xml_source *s, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (s->state == OUTSIDE) {
            const char *next = memchr(text + i, '<', length - i);

            if (!next)
                return NF_OK;
            i = (size_t)(next - text);
            s->state = OPENED;
            s->markup = 1;
            s->attributes = 0;
            continue;
        }
        step(s, text[i]);
    }
    if (s->attributes > MAX_ATTRIBUTES)
        return nf_xml_fail(s->reader, NULL,
                           "an element has more than %d attributes",
                           MAX_ATTRIBUTES);
    if (s->state != OUTSIDE && s->markup > MAX_MARKUP)
        return nf_xml_fail(s->reader, NULL,
                           "a tag, comment or CDATA section has more than %d "
                           "MiB; write a long value as a text",
                           MAX_MARKUP >> 20);
    return NF_OK;
}

/* A document in two or four bytes for each character begins with others. */
static bool begins_well(const char *text, size_t length)
{
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3, length -= 3;
    return !length ||
           (strchr("< \t\r\n", *text) && *text && (length < 2 || text[1]));
}

static long take(nf_xml_source *s, char *out, size_t size)
{
    size_t rest = s->length - s->at;
    ssize_t got;

    if (s->file < 0) {
        if (size > rest)
            size = rest;
        memcpy(out, s->text + s->at, size);
        return (long)size;
    }
    do
        got = read(s->file, out, size);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        s->status = nf_error_set(s->reader->err, NF_INPUT, "not_found",
                                 "\"%s\" can't be read: %s", s->reader->file,
                                 strerror(errno));
    return got;
}

long nf_xml_source_read(nf_xml_source *s, char *out, size_t size)
{
    long got = s->status ? -1 : take(s, out, size);

    if (got <= 0)
        return got;
    if (s->at == 0 && !begins_well(out, (size_t)got))
        s->status = nf_xml_fail(s->reader, NULL, "it is not in UTF-8");
    s->at += (size_t)got;
    if (!s->status && s->at > MAX_FILE_SIZE)
        s->status = nf_xml_fail(s->reader, NULL, "it has more than %d MiB",
                                MAX_FILE_SIZE >> 20);
    if (!s->status)
        s->status = measure(s, out, (size_t)got);
    return s->status ? -1 : got;
}

nf_status nf_xml_source_open(nf_xml_source *s, const nf_xml_reader *reader,
                             const char *path)
{
    struct stat info;
    int code;

    memset(s, 0, sizeof *s);
    s->reader = reader;
    s->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->file >= 0 && !fstat(s->file, &info) && S_ISREG(info.st_mode))
        return NF_OK;
    code = s->file < 0 ? errno : EINVAL;
    nf_xml_source_close(s);
    return nf_error_set(reader->err, NF_INPUT, "not_found",
                        "\"%s\" can't be read: %s", path, strerror(code));
}

void nf_xml_source_text(nf_xml_source *s, const nf_xml_reader *reader,
                        const char *text, size_t length)
{
    memset(s, 0, sizeof *s);
    s->reader = reader;
    s->file = -1;
    s->text = text;
    s->length = length;
}

size_t nf_xml_source_waiting(const nf_xml_source *s)
{
    return s->state == OUTSIDE ? 0 : s->markup;
}

void nf_xml_source_close(nf_xml_source *s)
{
    if (s->file >= 0)
        close(s->file);
    s->file = -1;
}
