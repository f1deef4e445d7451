/* Java's regular expressions (java.util.regex) rewritten for ICU, which takes
 * nearly the same language but refuses a literal `}`, quantifiers of what has
 * no width, `\pL` and references to groups that are not there, takes escapes
 * that Java refuses, and reads `.`, `\b`, `(?i)` in its own way. */
#include "interpreter/regex_java.h"

#include <stdlib.h>
#include <string.h>

#define WORD "[a-zA-Z_0-9]"

/* ---- quantifiers -------------------------------------------------------- */

/* `{n}`, `{n,}`, `{n,m}` at p->at; the bytes, 0 if it is none. */
static size_t interval(nf_java_pattern *p, bool *optional)
{
    size_t i = 1;
    long low, high;
    char *end;

    if (nf_java_peek(p, 1) < '0' || nf_java_peek(p, 1) > '9') {
        p->problem = "Illegal repetition";
        return 0;
    }
    /* The text of a String ends with a NUL. */
    low = high = strtol(p->text + p->at + i, &end, 10);
    if (*end == ',') {
        end++;
        high = *end >= '0' && *end <= '9' ? strtol(end, &end, 10) : INT32_MAX;
    }
    i = (size_t)(end - p->text) - p->at;
    if (nf_java_peek(p, i) != '}')
        p->problem = "Unclosed counted closure";
    else if (low > high || low > INT32_MAX || high > INT32_MAX)
        p->problem = "Illegal repetition range";
    *optional = low == 0;
    return p->problem ? 0 : i + 1;
}

static bool quantifier_follows(const nf_java_pattern *p)
{
    char c = nf_java_peek(p, 0);

    return c && strchr("*+?{", c);
}

/* An item has been written; its quantifier, if any, follows. ICU goes round
 * for ever on a lazy repetition of what has no width: once is enough. */
static void put_quantifier(nf_java_pattern *p, bool width)
{
    size_t length = 1;
    bool optional;

    p->quantified = true;
    nf_java_skip_comments(p);
    if (!quantifier_follows(p))
        return;
    optional = nf_java_peek(p, 0) != '+';
    if (nf_java_peek(p, 0) == '{')
        length = interval(p, &optional);
    if (width)
        nf_buffer_add(p->out, p->text + p->at, length);
    else if (optional)
        nf_buffer_char(p->out, '?');
    p->at += length;
    if (nf_java_peek(p, 0) != '?' && nf_java_peek(p, 0) != '+')
        return;
    if (width || optional)
        nf_buffer_char(p->out, p->text[p->at]);
    p->at++;
}

/* ---- items -------------------------------------------------------------- */

/* What has no width; ICU wants a group around it to repeat it. */
static void put_assertion(nf_java_pattern *p, const char *text)
{
    nf_buffer_format(p->out, quantifier_follows(p) ? "(?:%s)" : "%s", text);
    put_quantifier(p, false);
}

static void put_line_assertion(nf_java_pattern *p, char c)
{
    char text[] = "(?:^)";

    p->at++;
    if (!(p->flags & (NF_JAVA_MULTILINE | NF_JAVA_UNIX))) {
        put_assertion(p, c == '^' ? "^" : "$");
        return;
    }
    text[3] = c;
    nf_buffer_format(p->out, "(?%s%s%s",
                     p->flags & NF_JAVA_MULTILINE ? "m" : "",
                     p->flags & NF_JAVA_UNIX ? "d" : "", text + 2);
    put_quantifier(p, false);
}

static void put_character(nf_java_pattern *p, long code)
{
    bool letter = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
    unsigned flags = p->flags & (NF_JAVA_CASE | NF_JAVA_UNICODE);

    if (flags == (NF_JAVA_CASE | NF_JAVA_UNICODE)) {
        nf_buffer_text(p->out, "(?i:");
        nf_java_put_code(p, code);
        nf_buffer_char(p->out, ')');
    } else if (letter && flags == NF_JAVA_CASE) {
        nf_buffer_format(p->out, "[%c%c]", (char)code, (char)(code ^ 0x20));
    } else if (letter || (code >= '0' && code <= '9')) {
        nf_buffer_char(p->out, (char)code);
    } else {
        nf_java_put_code(p, code);
    }
}

static void put_dot(nf_java_pattern *p)
{
    p->at++;
    nf_buffer_text(p->out, p->flags & NF_JAVA_DOTALL ? "[\\x{0}-\\x{10ffff}]"
                           : p->flags & NF_JAVA_UNIX
                               ? "[^\\n]"
                               : "[^\\n\\r\\x{85}\\x{2028}\\x{2029}]");
}

/* \1 …: a group that is not there never matches. */
static void put_reference(nf_java_pattern *p, char digit)
{
    int group = digit - '0';

    while (nf_java_peek(p, 0) >= '0' && nf_java_peek(p, 0) <= '9' &&
           group * 10 + nf_java_peek(p, 0) - '0' <= p->opened)
        group = group * 10 + (p->text[p->at++] - '0');
    if (group > p->groups)
        nf_buffer_text(p->out, "(?:(?!))");
    else
        nf_buffer_format(
            p->out, p->flags & NF_JAVA_CASE ? "(?i:\\%d)" : "(?:\\%d)", group);
}

/* `<name>` at p->at, copied. */
static void put_name(nf_java_pattern *p)
{
    size_t start = p->at++;
    char c = nf_java_peek(p, 0);

    while ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9' && p->at > start + 1)) {
        p->at++;
        c = nf_java_peek(p, 0);
    }
    if (c != '>' || p->at == start + 1) {
        p->problem = "Named capturing group is missing trailing '>'";
        return;
    }
    p->at++;
    nf_buffer_add(p->out, p->text + start, p->at - start);
}

static void put_quoted(nf_java_pattern *p)
{
    const char *start = p->text + p->at, *end = p->text + p->length, *at;

    for (at = start; at < end; at++)
        if (at + 1 < end && at[0] == '\\' && at[1] == 'E')
            break;
    while (p->at < (size_t)(at - p->text)) {
        size_t next = p->at;

        put_character(p, (long)nf_utf8_next(p->text, p->length, &next));
        p->at = next;
    }
    if (at < end)
        p->at += 2;
}

/* An escape that is no character and no set. */
static void put_other_escape(nf_java_pattern *p, char letter)
{
    char text[] = "\\A";

    text[1] = letter;
    if (letter >= '1' && letter <= '9') {
        put_reference(p, letter);
    } else if (letter == 'b' && nf_java_peek(p, 0) == '{' &&
               nf_java_peek(p, 1) == 'g') {
        p->problem = "\\b{g} is not supported";
    } else if (letter == 'b') { /* ASCII since Java 19, as \w */
        nf_buffer_text(p->out, "(?:(?<=" WORD ")(?!" WORD ")|(?<!" WORD
                               ")(?=" WORD "))");
        put_quantifier(p, false);
    } else if (letter == 'B') {
        nf_buffer_text(p->out, "(?:(?<=" WORD ")(?=" WORD ")|(?<!" WORD
                               ")(?!" WORD "))");
        put_quantifier(p, false);
    } else if (letter && strchr("AGZz", letter)) {
        put_assertion(p, text);
    } else if (letter && strchr("RX", letter)) {
        nf_buffer_format(p->out, "(?:%s)", text);
    } else if (letter == 'k' && nf_java_peek(p, 0) == '<') {
        nf_buffer_text(p->out, p->flags & NF_JAVA_CASE ? "(?i:\\k" : "(?:\\k");
        put_name(p);
        nf_buffer_char(p->out, ')');
    } else {
        p->problem = "Illegal/unsupported escape sequence";
    }
}

static void put_escape(nf_java_pattern *p)
{
    char letter;
    long code;

    p->at++;
    if (nf_java_peek(p, 0) == 'Q') {
        p->at++;
        put_quoted(p);
        return;
    }
    code = nf_java_escape(p, &letter);
    if (p->problem)
        return;
    if (code >= 0)
        put_character(p, code);
    else if (!nf_java_put_set(p, letter))
        put_other_escape(p, letter);
}

/* ---- groups ------------------------------------------------------------- */

static bool open_group(nf_java_pattern *p, bool around)
{
    if (p->depth == NF_JAVA_DEEPEST) {
        p->problem = "Groups are nested too deeply";
        return false;
    }
    p->open[p->depth].flags = p->flags;
    p->open[p->depth].around = around;
    p->depth++;
    return true;
}

static unsigned flag_of(char c)
{
    static const char letters[] = "iumsxdU";
    static const unsigned flags[] = {NF_JAVA_CASE,
                                     NF_JAVA_UNICODE,
                                     NF_JAVA_MULTILINE,
                                     NF_JAVA_DOTALL,
                                     NF_JAVA_COMMENTS,
                                     NF_JAVA_UNIX,
                                     NF_JAVA_CLASSES | NF_JAVA_UNICODE};
    const char *at = c ? strchr(letters, c) : NULL;

    return at ? flags[at - letters] : 0;
}

/* `(?ims-x)` or `(?ims-x:`; p->at is behind the `?`. */
static void put_flags(nf_java_pattern *p)
{
    unsigned flags = p->flags;
    bool off = false;

    for (;; p->at++) {
        char c = nf_java_peek(p, 0);

        if (c == '-' && !off)
            off = true;
        else if (flag_of(c))
            flags = off ? flags & ~flag_of(c) : flags | flag_of(c);
        else
            break;
    }
    if (nf_java_peek(p, 0) == ':') {
        nf_buffer_text(p->out, "(?:");
        if (!open_group(p, false))
            return;
    } else if (nf_java_peek(p, 0) != ')') {
        p->problem = "Unknown inline modifier";
        return;
    }
    p->at++;
    p->flags = flags;
}

static void put_group(nf_java_pattern *p)
{
    static const char *const around[] = {"?=", "?!", "?<=", "?<!"};
    const char *rest = p->text + ++p->at;
    size_t left = p->length - p->at, i;

    for (i = 0; i < sizeof around / sizeof *around; i++)
        if (left >= strlen(around[i]) &&
            !memcmp(rest, around[i], strlen(around[i]))) {
            nf_buffer_format(p->out, "(?:(%s", around[i]);
            p->at += strlen(around[i]);
            open_group(p, true);
            return;
        }
    if (left >= 2 && (!memcmp(rest, "?:", 2) || !memcmp(rest, "?>", 2))) {
        nf_buffer_format(p->out, "(%.2s", rest);
        p->at += 2;
        open_group(p, false);
    } else if (left >= 2 && !memcmp(rest, "?<", 2)) {
        nf_buffer_text(p->out, "(?");
        p->at++;
        p->opened++;
        put_name(p);
        open_group(p, false);
    } else if (left >= 1 && *rest == '?') {
        p->at++;
        put_flags(p);
    } else {
        nf_buffer_char(p->out, '(');
        p->opened++;
        open_group(p, false);
    }
}

static void close_group(nf_java_pattern *p)
{
    if (p->depth == 0) {
        p->problem = "Unmatched closing ')'";
        return;
    }
    p->depth--;
    p->flags = p->open[p->depth].flags;
    nf_buffer_text(p->out, p->open[p->depth].around ? "))" : ")");
    p->at++;
    put_quantifier(p, !p->open[p->depth].around);
}

/* ---- the whole ---------------------------------------------------------- */

static void put_plain(nf_java_pattern *p)
{
    size_t next = p->at;

    put_character(p, (long)nf_utf8_next(p->text, p->length, &next));
    p->at = next;
}

static void put_item(nf_java_pattern *p)
{
    char c = p->text[p->at];

    p->quantified = false;
    switch (c) {
    case '(':
        put_group(p);
        return;
    case '|':
        nf_buffer_char(p->out, c);
        p->at++;
        return;
    case '*':
    case '+':
    case '?':
        p->problem = c == '*'   ? "Dangling meta character '*'"
                     : c == '+' ? "Dangling meta character '+'"
                                : "Dangling meta character '?'";
        return;
    case ')':
        close_group(p);
        break;
    case '{': /* Java repeats nothing */
        nf_buffer_text(p->out, "(?:)");
        break;
    case '\\':
        put_escape(p);
        break;
    case '[':
        nf_java_class(p);
        break;
    case '^':
    case '$':
        put_line_assertion(p, c);
        break;
    case '.':
        put_dot(p);
        break;
    default:
        put_plain(p);
        break;
    }
    if (!p->problem && !p->quantified)
        put_quantifier(p, true);
}

static int count_groups(const char *text, size_t length)
{
    int groups = 0, classes = 0;
    size_t i;

    for (i = 0; i < length; i++) {
        if (text[i] == '\\' && i + 1 < length && text[i + 1] == 'Q') {
            while (i < length &&
                   !(text[i] == '\\' && i + 1 < length && text[i + 1] == 'E'))
                i++;
            i++;
        } else if (text[i] == '\\') {
            i++;
        } else if (text[i] == '[') {
            classes++;
        } else if (text[i] == ']' && classes) {
            classes--;
        } else if (text[i] == '(' && !classes &&
                   (i + 1 >= length || text[i + 1] != '?' ||
                    (i + 3 < length && text[i + 2] == '<' &&
                     text[i + 3] != '=' && text[i + 3] != '!'))) {
            groups++;
        }
    }
    return groups;
}

void nf_regex_from_java(nf_buffer *out, const char *pattern, size_t length,
                        const char **problem)
{
    nf_java_pattern p = {.out = out, .text = pattern, .length = length};

    p.groups = count_groups(pattern, length);
    while (!p.problem) {
        nf_java_skip_comments(&p);
        if (p.at >= length)
            break;
        put_item(&p);
    }
    if (!p.problem && p.depth)
        p.problem = "Unclosed group";
    *problem = p.problem;
}
