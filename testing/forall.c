/* See forall.h. */
#include "testing/forall.h"

#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LITERALS_MAX = 32, LENGTH_MAX = 1000 };

static nf_status malformed(const nf_test_tag *tag, nf_error *err)
{
    return nf_error_set(
        err, NF_INPUT, "bad_test",
        "@forall takes $name in integer(A..B) | decimal(A..B) | boolean | "
        "string(A..B) | Module.Enumeration | one of (literal, …), not \"%s\"",
        tag->value);
}

static const char *skip(const char *p)
{
    return p + strspn(p, " \t");
}

/* Behind the word; NULL: another one stands there. */
static const char *word(const char *p, const char *wanted)
{
    size_t length = strlen(wanted);
    if (strncmp(p, wanted, length) != 0 || isalnum((unsigned char)p[length]))
        return NULL;
    return skip(p + length);
}

/* A number, in hundredths where `scaled`; NULL: there is none. */
static const char *number(const char *p, bool scaled, int64_t *out)
{
    char *end;
    long long whole = strtoll(p, &end, 10);
    int64_t part = 0;
    if (end == p || whole > INT64_MAX / 200 || whole < -(INT64_MAX / 200))
        return NULL;
    bool negative = *p == '-';
    p = end;
    if (scaled && p[0] == '.' && isdigit((unsigned char)p[1])) {
        part = (p[1] - '0') * 10;
        p += 2;
        if (isdigit((unsigned char)*p))
            part += *p++ - '0';
    }
    *out = scaled ? whole * 100 + (negative ? -part : part) : whole;
    return p;
}

/* `(A..B)`. */
static bool range(nf_forall *f, const char *p)
{
    bool scaled = f->kind == NF_FORALL_DECIMAL;
    if (!p || *p != '(')
        return false;
    p = number(skip(p + 1), scaled, &f->low);
    p = p ? skip(p) : NULL;
    if (!p || strncmp(p, "..", 2) != 0)
        return false;
    p = number(skip(p + 2), scaled, &f->high);
    p = p ? skip(p) : NULL;
    return p && *p == ')' && !*skip(p + 1) && f->low <= f->high;
}

/* `(literal, literal)`. */
static nf_status literals(nf_forall *f, nf_arena *arena, const nf_test_tag *tag,
                          const char *p, nf_error *err)
{
    const char **all = nf_arena_array(arena, LITERALS_MAX, sizeof *all);
    size_t count = 0;
    if (!all)
        return nf_error_nomem(err);
    do {
        const char *start = skip(p + 1), *end = start;
        bool quoted = false;
        for (; *end && (quoted || !strchr(",)", *end)); end++)
            quoted ^= *end == '\'';
        p = end;
        while (end > start && isblank((unsigned char)end[-1]))
            end--;
        if (end == start || count == LITERALS_MAX)
            return malformed(tag, err);
        all[count] = nf_arena_strndup(arena, start, (size_t)(end - start));
        if (!all[count++])
            return nf_error_nomem(err);
    } while (*p == ',');
    if (*p != ')' || *skip(p + 1))
        return malformed(tag, err);
    f->literals = all;
    f->high = (int64_t)count - 1;
    return NF_OK;
}

static bool kind(nf_forall *f, const nf_model *model, const char *p)
{
    const char *rest;
    if ((rest = word(p, "integer"))) {
        f->kind = NF_FORALL_INTEGER;
        return range(f, rest);
    }
    if ((rest = word(p, "decimal"))) {
        f->kind = NF_FORALL_DECIMAL;
        return range(f, rest);
    }
    if ((rest = word(p, "string"))) {
        f->kind = NF_FORALL_STRING;
        return range(f, rest) && f->low >= 0 && f->high <= LENGTH_MAX;
    }
    if ((rest = word(p, "boolean"))) {
        f->kind = NF_FORALL_BOOLEAN;
        f->high = 1;
        return !*rest;
    }
    f->kind = NF_FORALL_ENUMERATION;
    f->enumeration = nf_model_find_enumeration(model, p);
    f->high = f->enumeration ? (int64_t)f->enumeration->count - 1 : -1;
    return f->high >= 0;
}

nf_status nf_forall_read(nf_forall *out, nf_arena *arena, const nf_model *model,
                         const nf_test_tag *tag, nf_error *err)
{
    const char *p = tag->value, *start = p + 1;
    *out = (nf_forall){.line = tag->line};
    if (*p != '$')
        return malformed(tag, err);
    for (p++; isalnum((unsigned char)*p) || *p == '_'; p++)
        ;
    out->name = nf_arena_strndup(arena, start, (size_t)(p - start));
    if (!out->name)
        return nf_error_nomem(err);
    p = p > start && isblank((unsigned char)*p) ? word(skip(p), "in") : NULL;
    if (!p)
        return malformed(tag, err);
    const char *list = word(p, "one");
    list = list ? word(list, "of") : NULL;
    if (list && *list == '(') {
        out->kind = NF_FORALL_ONE_OF;
        return literals(out, arena, tag, list, err);
    }
    return kind(out, model, p) ? NF_OK : malformed(tag, err);
}

void nf_forall_draw(nf_forall_value *out, const nf_forall *f, nf_random *dice)
{
    uint64_t roll = 0;
    (void)nf_random_bytes(dice, &roll, sizeof roll);
    (void)nf_random_bytes(dice, &out->salt, sizeof out->salt);
    out->number = f->low + (int64_t)(roll % ((uint64_t)(f->high - f->low) + 1));
}

/* Characters that are easily forgotten are among them. */
static void add_characters(nf_buffer *out, const nf_forall_value *value)
{
    static const char *const some[] = {"a",  "Z", "7", " ",  "''",
                                       "\"", "%", "é", "漢", "😀",
                                       "<",  "&", "_", "-",  "|"};
    uint64_t state = value->salt | 1;
    for (int64_t i = 0; i < value->number; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        nf_buffer_text(out, some[(state >> 33) % (sizeof some / sizeof *some)]);
    }
}

const char *nf_forall_text(const nf_forall *f, const nf_forall_value *value,
                           nf_arena *arena)
{
    long long n = (long long)value->number;
    const char *text;
    nf_buffer out;
    switch (f->kind) {
    case NF_FORALL_BOOLEAN:
        return n ? "true" : "false";
    case NF_FORALL_ONE_OF:
        return f->literals[n];
    case NF_FORALL_INTEGER:
        return nf_arena_format(arena, "%lld", n);
    case NF_FORALL_DECIMAL:
        return nf_arena_format(arena, "%s%lld.%02lld", n < 0 ? "-" : "",
                               llabs(n) / 100, llabs(n) % 100);
    case NF_FORALL_ENUMERATION:
        return nf_arena_format(arena, "%s.%s", f->enumeration->qualified,
                               f->enumeration->values[n].name);
    default:
        nf_buffer_init(&out, NF_BUFFER_MAX);
        nf_buffer_char(&out, '\'');
        add_characters(&out, value);
        nf_buffer_char(&out, '\'');
        text =
            out.failed ? NULL : nf_arena_strdup(arena, nf_buffer_string(&out));
        nf_buffer_dispose(&out);
        return text;
    }
}
