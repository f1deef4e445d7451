/* JavaScript regular expressions (no flags, Annex B) rewritten for PCRE2: `.`,
 * `\s`, `\v` and `[^]` mean other things there, class ranges such as `[\w-\.]`
 * are refused there, and what JavaScript refuses (inline flags, atomic groups,
 * possessive quantifiers) or reads as a plain letter (`\Q`, `\p`) is accepted
 * there. Without the flag `u` a character above U+FFFF is two units: a
 * quantifier after it repeats the second one. */
#include "interpreter/regex_engines.h"

#include <string.h>

#define BLANKS                                                                 \
    "\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}"         \
    "\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}"
#define NOT_BLANKS                                                             \
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}"              \
    "\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}"                \
    "\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}"                \
    "\\x{ff00}-"

enum { DEEPEST = 250 }; /* PCRE2's limit */

typedef struct translator {
    nf_buffer *out;
    const char *text;
    size_t length, at;
    int groups; /* capturing, in the whole pattern */
    bool names; /* some of them have names */
    nf_regex_target target;
    bool astral; /* there are characters above U+FFFF, or halves of them */
    int depth;
    bool behind[DEEPEST]; /* open groups that are lookbehinds */
    const char *problem;
} translator;

static bool more(const translator *t, size_t ahead)
{
    return t->at + ahead < t->length;
}

static char peek(const translator *t, size_t ahead)
{
    return more(t, ahead) ? t->text[t->at + ahead] : '\0';
}

static int count_groups(const char *text, size_t length, bool *names)
{
    bool in_class = false;
    int groups = 0;
    size_t i;

    *names = false;
    for (i = 0; i < length; i++) {
        if (text[i] == '\\')
            i++;
        else if (in_class)
            in_class = text[i] != ']';
        else if (text[i] == '[')
            in_class = true;
        else if (text[i] == '(' &&
                 (i + 1 >= length || text[i + 1] != '?' ||
                  (i + 3 < length && text[i + 2] == '<' && text[i + 3] != '=' &&
                   text[i + 3] != '!'))) {
            groups++;
            *names = *names || (i + 1 < length && text[i + 1] == '?');
        }
    }
    return groups;
}

/* `digits` hexadecimal digits at t->at + ahead; -1. */
static long read_hex(const translator *t, size_t ahead, int digits)
{
    long value = 0;
    int i;

    for (i = 0; i < digits; i++) {
        int d = nf_hex_digit(peek(t, ahead + (size_t)i));

        if (d < 0)
            return -1;
        value = value * 16 + d;
    }
    return value;
}

static bool is_half(long code)
{
    return code >= 0xD800 && code <= 0xDFFF;
}

static long first_unit(long code)
{
    return code > 0xFFFF ? 0xD7C0 + (code >> 10) : code;
}

static long last_unit(long code)
{
    return code > 0xFFFF ? 0xDC00 + (code & 0x3FF) : code;
}

static void put_code(translator *t, long code)
{
    t->astral = t->astral || code > 0xFFFF || is_half(code);
    if (t->target == NF_REGEX_UNITS && code > 0xFFFF)
        nf_buffer_format(t->out, "\\x{%lx}\\x{%lx}", first_unit(code),
                         last_unit(code));
    else /* halves mean nothing where characters are matched */
        nf_buffer_format(t->out, "\\x{%lx}",
                         is_half(code) && t->target != NF_REGEX_UNITS ? 0xFFFD
                                                                      : code);
}

static const char *highest(const translator *t)
{
    return t->target == NF_REGEX_UNITS ? "\\x{ffff}" : "\\x{10ffff}";
}

/* \xHH, \uHHHH; t->at is behind the letter. Otherwise the letter itself. */
static long read_code(translator *t, char letter)
{
    int digits = letter == 'x' ? 2 : 4;
    long code = read_hex(t, 0, digits);

    if (code < 0)
        return letter;
    t->at += (size_t)digits;
    return code;
}

/* The character an escape stands for in both contexts; -1: a class escape or
 * something only the caller knows. t->at is behind `letter`. */
static long escaped_character(translator *t, char letter)
{
    switch (letter) {
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'v':
        return '\v';
    case 'x':
    case 'u':
        return read_code(t, letter);
    case 'c':
        if ((peek(t, 0) >= 'a' && peek(t, 0) <= 'z') ||
            (peek(t, 0) >= 'A' && peek(t, 0) <= 'Z'))
            return t->text[t->at++] & 0x1F;
        t->at--; /* a plain backslash, the c stays */
        return '\\';
    case 'd':
    case 'D':
    case 'w':
    case 'W':
    case 's':
    case 'S':
    case 'b':
    case 'B':
        return -1;
    default:
        return letter >= '0' && letter <= '9' ? -1 : (unsigned char)letter;
    }
}

static long read_octal(translator *t, char first)
{
    long value = first - '0';

    while (value < 32 && peek(t, 0) >= '0' && peek(t, 0) <= '7')
        value = value * 8 + (t->text[t->at++] - '0');
    return value;
}

/* \d, \w, \b and their opposites mean ASCII in JavaScript, more in ICU. */
static void put_ascii_class(translator *t, char letter)
{
    static const char *const texts[][2] = {
        {"d", "[0-9]"},
        {"D", "[^0-9]"},
        {"w", "[a-zA-Z_0-9]"},
        {"W", "[^a-zA-Z_0-9]"},
        {"b", "(?:(?<=[a-zA-Z_0-9])(?![a-zA-Z_0-9])|(?<![a-zA-Z_0-9])"
              "(?=[a-zA-Z_0-9]))"},
        {"B", "(?:(?<=[a-zA-Z_0-9])(?=[a-zA-Z_0-9])|(?<![a-zA-Z_0-9])"
              "(?![a-zA-Z_0-9]))"},
    };
    size_t i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i][0][0] == letter)
            nf_buffer_text(t->out, texts[i][1]);
}

static void put_class_escape(translator *t, char letter, bool in_class)
{
    if (letter == 's')
        nf_buffer_text(t->out, in_class ? BLANKS : "[" BLANKS "]");
    else if (letter == 'S' && !in_class)
        nf_buffer_text(t->out, "[^" BLANKS "]");
    else if (letter == 'S')
        nf_buffer_format(t->out, "%s%s", NOT_BLANKS, highest(t));
    else if (t->target == NF_REGEX_ICU)
        put_ascii_class(t, letter);
    else
        nf_buffer_format(t->out, "\\%c", letter);
}

/* A UTF-8 character or plain byte, escaped. */
static void put_plain(translator *t, size_t start)
{
    size_t next = start;
    uint32_t code = nf_utf8_next(t->text, t->length, &next);

    put_code(t, (long)code);
    t->at = next;
}

/* `<name>` as it stands; PCRE2 judges the name. */
static void copy_name(translator *t)
{
    while (more(t, 0) && t->text[t->at] != '>')
        nf_buffer_char(t->out, t->text[t->at++]);
    if (!more(t, 0)) {
        t->problem = "Invalid capture group name";
        return;
    }
    nf_buffer_char(t->out, t->text[t->at++]);
}

static void translate_escape(translator *t)
{
    char letter;
    long code;

    t->at++;
    if (!more(t, 0)) {
        t->problem = "\\ at end of pattern";
        return;
    }
    letter = t->text[t->at];
    if ((unsigned char)letter >= 0x80) {
        put_plain(t, t->at);
        return;
    }
    t->at++;
    if (letter >= '1' && letter <= '9') {
        int group = letter - '0';
        size_t at = t->at;

        while (at < t->length && group < 1000 && t->text[at] >= '0' &&
               t->text[at] <= '9' &&
               group * 10 + t->text[at] - '0' <= t->groups)
            group = group * 10 + (t->text[at++] - '0');
        if (group <= t->groups) {
            t->at = at;
            nf_buffer_format(t->out,
                             t->target == NF_REGEX_ICU ? "(?:\\%d)" : "\\g{%d}",
                             group);
            return;
        }
        put_code(t, letter >= '8' ? letter : read_octal(t, letter));
        return;
    }
    if (letter == '0') {
        put_code(t, read_octal(t, letter));
        return;
    }
    if (letter == 'k' && t->names) {
        if (peek(t, 0) != '<') {
            t->problem = "Invalid named reference";
            return;
        }
        nf_buffer_text(t->out, "\\k");
        copy_name(t);
        return;
    }
    code = escaped_character(t, letter);
    if (code >= 0)
        put_code(t, code);
    else
        put_class_escape(t, letter, false);
}

/* One member of a class: a character (its code) or, with -1, an escape that
 * has been written to `set`. */
static long class_member(translator *t, char *escape)
{
    size_t next = t->at;
    char letter;
    long code;

    *escape = '\0';
    if (t->text[t->at] != '\\') {
        code = (long)nf_utf8_next(t->text, t->length, &next);
        t->at = next;
        return code;
    }
    t->at++;
    if (!more(t, 0)) {
        t->problem = "\\ at end of pattern";
        return 0;
    }
    letter = t->text[t->at];
    if ((unsigned char)letter >= 0x80) {
        next = t->at;
        code = (long)nf_utf8_next(t->text, t->length, &next);
        t->at = next;
        return code;
    }
    t->at++;
    if (letter >= '0' && letter <= '7')
        return read_octal(t, letter);
    if (letter == 'b')
        return '\b';
    code = escaped_character(t, letter);
    if (code >= 0)
        return code;
    if (letter == 'B' || letter == '8' || letter == '9')
        return letter;
    *escape = letter;
    return -1;
}

static void translate_class(translator *t)
{
    bool negated = peek(t, 1) == '^', any = false;

    t->at += negated ? 2 : 1;
    if (peek(t, 0) == ']') { /* nothing, or anything */
        t->at++;
        if (negated)
            nf_buffer_format(t->out, "[\\x{0}-%s]", highest(t));
        else
            nf_buffer_text(t->out, "(?!)");
        return;
    }
    nf_buffer_text(t->out, negated ? "[^" : "[");
    while (more(t, 0) && t->text[t->at] != ']' && !t->problem) {
        char first_escape, last_escape;
        long first = class_member(t, &first_escape), last;

        any = true;
        if (peek(t, 0) == '-' && more(t, 1) && peek(t, 1) != ']') {
            t->at++;
            last = class_member(t, &last_escape);
            if (first >= 0 && last >= 0) {
                if (last_unit(first) > first_unit(last))
                    t->problem = "Range out of order in character class";
                put_code(t, first);
                nf_buffer_char(t->out, '-');
                put_code(t, last);
                continue;
            }
            /* A range with a class in it is its three parts (Annex B). */
            if (first >= 0)
                put_code(t, first);
            else
                put_class_escape(t, first_escape, true);
            put_code(t, '-');
            first = last;
            first_escape = last_escape;
        }
        if (first >= 0)
            put_code(t, first);
        else
            put_class_escape(t, first_escape, true);
    }
    if (!any || !more(t, 0))
        t->problem = "Unterminated character class";
    t->at++;
    nf_buffer_char(t->out, ']');
}

static void translate_group(translator *t)
{
    static const char *const known[] = {"?:", "?=", "?!", "?<=", "?<!"};
    size_t i;

    t->at++;
    nf_buffer_char(t->out, '(');
    if (t->depth == DEEPEST) {
        t->problem = "Groups are nested too deeply";
        return;
    }
    t->behind[t->depth++] = peek(t, 0) == '?' && peek(t, 1) == '<' &&
                            (peek(t, 2) == '=' || peek(t, 2) == '!');
    if (peek(t, 0) == '*') {
        t->problem = "Nothing to repeat";
        return;
    }
    if (peek(t, 0) != '?')
        return;
    for (i = 0; i < sizeof known / sizeof *known; i++) {
        size_t length = strlen(known[i]);

        if (t->length - t->at >= length &&
            !memcmp(t->text + t->at, known[i], length)) {
            nf_buffer_text(t->out, known[i]);
            t->at += length;
            return;
        }
    }
    if (peek(t, 1) == '<' && ((peek(t, 2) | 32) >= 'a' || peek(t, 2) == '$')) {
        nf_buffer_char(t->out, '?');
        t->at++;
        copy_name(t);
        return;
    }
    t->problem = "Invalid group";
}

/* The bytes of a quantifier at t->at, 0 if there is none. */
static size_t quantifier(const translator *t)
{
    size_t i = 1;

    if (strchr("*+?", peek(t, 0)) && more(t, 0))
        return 1;
    if (peek(t, 0) != '{' || peek(t, 1) < '0' || peek(t, 1) > '9')
        return 0;
    while (peek(t, i) >= '0' && peek(t, i) <= '9')
        i++;
    if (peek(t, i) == ',')
        i++;
    while (peek(t, i) >= '0' && peek(t, i) <= '9')
        i++;
    return peek(t, i) == '}' ? i + 1 : 0;
}

/* An item has been written; its quantifier, if any, follows. */
static void translate_quantifier(translator *t)
{
    size_t length = quantifier(t);

    if (length == 0)
        return;
    nf_buffer_add(t->out, t->text + t->at, length);
    t->at += length;
    if (peek(t, 0) == '?') {
        nf_buffer_char(t->out, '?');
        t->at++;
    }
    if (quantifier(t))
        t->problem = "Nothing to repeat";
}

static void close_group(translator *t)
{
    if (t->depth == 0) {
        t->problem = "Unmatched ')'";
        return;
    }
    nf_buffer_char(t->out, ')');
    t->at++;
    if (t->behind[--t->depth] && quantifier(t))
        t->problem = "Nothing to repeat";
}

static void translate_item(translator *t)
{
    char c = t->text[t->at];

    switch (c) {
    case '\\':
        translate_escape(t);
        break;
    case '[':
        translate_class(t);
        break;
    case '(':
        translate_group(t);
        if (!t->problem && quantifier(t))
            t->problem = "Nothing to repeat";
        return;
    case '|':
        nf_buffer_char(t->out, c);
        t->at++;
        if (quantifier(t))
            t->problem = "Nothing to repeat";
        return;
    case ')':
        close_group(t);
        break;
    case '$':
        nf_buffer_text(t->out, t->target == NF_REGEX_ICU ? "\\z" : "$");
        t->at++;
        break;
    case '^':
        nf_buffer_char(t->out, c);
        t->at++;
        break;
    case '.':
        nf_buffer_text(t->out, "[^\\n\\r\\x{2028}\\x{2029}]");
        t->at++;
        break;
    default:
        put_plain(t, t->at);
        break;
    }
    if (!t->problem)
        translate_quantifier(t);
}

void nf_regex_from_javascript(nf_buffer *out, const char *pattern,
                              size_t length, nf_regex_target target,
                              bool *astral, const char **problem)
{
    translator t = {
        .out = out, .text = pattern, .length = length, .target = target};

    t.groups = count_groups(pattern, length, &t.names);
    if (quantifier(&t))
        t.problem = "Nothing to repeat";
    while (t.at < t.length && !t.problem)
        translate_item(&t);
    if (!t.problem && t.depth)
        t.problem = "Unterminated group";
    *astral = t.astral;
    *problem = t.problem;
}
