/* SQL as this program writes it, for PostgreSQL: parameters are numbered with a
 * dollar, a word that is reserved there is quoted, and definitions of tables
 * get other types. Texts and names in quotes stay as they are. */
#include "database/postgres.h"

#include "base/digest.h"

#include <ctype.h>
#include <stdlib.h>

enum { NAME_BYTES = 63, NAME_KEPT = 46 };

static const struct {
    const char *word, *other;
    bool definition; /* only in definitions */
} words[] = {
    {"user", "\"user\"", false},
    {"INTEGER", "bigint", true},
    {"BLOB", "bytea", true},
    {"TEXT", "text COLLATE \"C\"", true},
    /* What tells SQLite how to store a table, with the commas between. */
    {"STRICT", NULL, true},
    {"WITHOUT", NULL, true},
    {"ROWID", NULL, true},
};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 128;
}

static const char *copy_quoted(nf_buffer *out, const char *at)
{
    const char *end = strchr(at + 1, *at);

    end = end ? end + 1 : at + strlen(at);
    nf_buffer_add(out, at, (size_t)(end - at));
    return end;
}

static const char *copy_word(nf_buffer *out, const char *at, bool definition)
{
    size_t length = 0, i;

    while (is_word(at[length]))
        length++;
    for (i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i].word) != length ||
            memcmp(words[i].word, at, length) != 0 ||
            (words[i].definition && !definition))
            continue;
        at += length;
        if (words[i].other)
            nf_buffer_text(out, words[i].other);
        else
            at += strspn(at, " ,");
        return at;
    }
    nf_buffer_add(out, at, length);
    return at + length;
}

/* `?` is one more than the highest before, as in SQLite. */
static const char *copy_parameter(nf_buffer *out, const char *at, int *count)
{
    char *end;
    long number = strtol(at + 1, &end, 10);

    if (end == at + 1)
        number = *count + 1;
    if (number > *count)
        *count = (int)number;
    nf_buffer_format(out, "$%ld", number);
    return end;
}

char *nf_postgres_text(const char *sql, int *count, bool definition)
{
    nf_buffer out;
    char *text;

    *count = 0;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    while (*sql) {
        if (*sql == '\'' || *sql == '"')
            sql = copy_quoted(&out, sql);
        else if (*sql == '?')
            sql = copy_parameter(&out, sql, count);
        else if (is_word(*sql))
            sql = copy_word(&out, sql, definition);
        else
            nf_buffer_char(&out, *sql++);
    }
    text = nf_buffer_take(&out);
    nf_buffer_dispose(&out);
    return text;
}

char *nf_postgres_name(const char *name)
{
    size_t length = strlen(name), kept = NAME_KEPT;
    uint8_t digest[32];
    nf_buffer out;
    char *text;

    if (length <= NAME_BYTES)
        return nf_strdup(name);
    if (!nf_digest(digest, name, length))
        return NULL;
    while (((unsigned char)name[kept] & 0xc0) == 0x80)
        kept--; /* not within a character */
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_buffer_add(&out, name, kept);
    nf_buffer_char(&out, '~');
    for (int i = 0; i < 8; i++)
        nf_buffer_format(&out, "%02x", digest[i]);
    text = nf_buffer_take(&out);
    nf_buffer_dispose(&out);
    return text;
}
