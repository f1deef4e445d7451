/* Characters and classes of Java's regular expressions for ICU: `\w`, `\d`,
 * `\s` and the POSIX names mean ASCII in Java, everything in ICU; `(?i)` folds
 * ASCII alone. A class becomes `[[…]&&[…]]`, so that ICU's precedence of set
 * operators does not matter. */
#include "interpreter/regex_java.h"

#include <string.h>

char nf_java_peek(const nf_java_pattern *p, size_t ahead)
{
    return p->at + ahead < p->length ? p->text[p->at + ahead] : '\0';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void nf_java_skip_comments(nf_java_pattern *p)
{
    if (!(p->flags & NF_JAVA_COMMENTS))
        return;
    while (p->at < p->length) {
        char c = p->text[p->at];

        if (c == ' ' || (c >= '\t' && c <= '\r'))
            p->at++;
        else if (c == '#')
            while (p->at < p->length && p->text[p->at] != '\n')
                p->at++;
        else
            return;
    }
}

void nf_java_put_code(nf_java_pattern *p, long code)
{
    nf_buffer_format(p->out, "\\x{%lx}", (unsigned long)code);
}

/* ---- escapes ------------------------------------------------------------ */

static long fail(nf_java_pattern *p, const char *problem)
{
    p->problem = problem;
    return 0;
}

/* Exactly `digits` of them at p->at, which moves on. */
static long read_hex(nf_java_pattern *p, int digits)
{
    long value = 0;
    int i;

    for (i = 0; i < digits; i++) {
        int digit = nf_hex_digit(nf_java_peek(p, 0));

        if (digit < 0)
            return fail(p, digits == 4 ? "Illegal Unicode escape sequence"
                                       : "Illegal hexadecimal escape sequence");
        value = value * 16 + digit;
        p->at++;
    }
    return value;
}

/* \xHH or \x{H…}. */
static long read_x(nf_java_pattern *p)
{
    long value = 0;

    if (nf_java_peek(p, 0) != '{')
        return read_hex(p, 2);
    for (p->at++; nf_hex_digit(nf_java_peek(p, 0)) >= 0; p->at++) {
        value = value * 16 + nf_hex_digit(nf_java_peek(p, 0));
        if (value > 0x10FFFF)
            return fail(p, "Hexadecimal codepoint is too big");
    }
    if (nf_java_peek(p, 0) != '}' || nf_java_peek(p, -1) == '{')
        return fail(p, "Unclosed hexadecimal escape sequence");
    p->at++;
    return value;
}

/* \uHHHH, two of them for a pair. */
static long read_u(nf_java_pattern *p)
{
    long code = read_hex(p, 4), low;
    size_t at = p->at;

    if (code >= 0xD800 && code <= 0xDBFF && nf_java_peek(p, 0) == '\\' &&
        nf_java_peek(p, 1) == 'u') {
        p->at += 2;
        low = read_hex(p, 4);
        if (low >= 0xDC00 && low <= 0xDFFF)
            return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        p->at = at;
        p->problem = NULL;
    }
    return code;
}

/* \0n, \0nn, \0mnn with m up to 3. */
static long read_octal(nf_java_pattern *p)
{
    long value = 0;
    int digits = 0;

    while (nf_java_peek(p, 0) >= '0' && nf_java_peek(p, 0) <= '7' &&
           digits < 3 && value < 32) {
        value = value * 8 + (p->text[p->at++] - '0');
        digits++;
    }
    return digits ? value : fail(p, "Illegal octal escape sequence");
}

long nf_java_escape(nf_java_pattern *p, char *letter)
{
    size_t next = p->at;

    *letter = nf_java_peek(p, 0);
    if (p->at >= p->length)
        return fail(p, "Unexpected internal error: \\ at the end");
    if ((unsigned char)*letter >= 0x80) {
        long code = (long)nf_utf8_next(p->text, p->length, &next);

        p->at = next;
        return code;
    }
    p->at++;
    switch (*letter) {
    case '0':
        return read_octal(p);
    case 'a':
        return 7;
    case 'e':
        return 27;
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'x':
        return read_x(p);
    case 'u':
        return read_u(p);
    case 'c':
        if (p->at >= p->length)
            return fail(p, "Illegal control escape sequence");
        return p->text[p->at++] ^ 64;
    default:
        return is_letter(*letter) || (*letter >= '1' && *letter <= '9')
                   ? -1
                   : *letter;
    }
}

/* ---- sets --------------------------------------------------------------- */

/* The set of a lower-case letter; NULL. */
static const char *predefined(char letter)
{
    switch (letter) {
    case 'd':
        return "0-9";
    case 'w':
        return "a-zA-Z_0-9";
    case 's':
        return "\\x{9}-\\x{d}\\x{20}";
    case 'h':
        return "\\x{9}\\x{20}\\x{a0}\\x{1680}\\x{180e}\\x{2000}-\\x{200a}"
               "\\x{202f}\\x{205f}\\x{3000}";
    case 'v':
        return "\\x{a}-\\x{d}\\x{85}\\x{2028}\\x{2029}";
    default:
        return NULL;
    }
}

static const char *posix(const char *name, size_t length)
{
    static const struct {
        const char *name, *set;
    } sets[] = {
        {"Lower", "a-z"},
        {"Upper", "A-Z"},
        {"ASCII", "\\x{0}-\\x{7f}"},
        {"Alpha", "a-zA-Z"},
        {"Digit", "0-9"},
        {"Alnum", "a-zA-Z0-9"},
        {"Punct",
         "\\x{21}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{60}\\x{7b}-\\x{7e}"},
        {"Graph", "\\x{21}-\\x{7e}"},
        {"Print", "\\x{20}-\\x{7e}"},
        {"Blank", "\\x{9}\\x{20}"},
        {"Cntrl", "\\x{0}-\\x{1f}\\x{7f}"},
        {"XDigit", "0-9a-fA-F"},
        {"Space", "\\x{9}-\\x{d}\\x{20}"},
    };
    size_t i;

    for (i = 0; i < sizeof sets / sizeof *sets; i++)
        if (strlen(sets[i].name) == length &&
            !memcmp(sets[i].name, name, length))
            return sets[i].set;
    return NULL;
}

/* \p{Name}, \pN. */
static bool put_property(nf_java_pattern *p, bool opposite)
{
    const char *name = p->text + p->at, *set, *end;
    size_t length = 1;

    if (nf_java_peek(p, 0) == '{') {
        name++;
        end = memchr(name, '}', p->length - p->at - 1);
        if (!end) {
            p->problem = "Unclosed character family";
            return true;
        }
        length = (size_t)(end - name);
        p->at += length + 2;
    } else if (is_letter(nf_java_peek(p, 0))) {
        p->at++;
    } else {
        p->problem = "Unknown character property name";
        return true;
    }
    set = p->flags & NF_JAVA_CLASSES ? NULL : posix(name, length);
    if (length == 0 || memchr(name, '\\', length) || memchr(name, ']', length))
        p->problem = "Unknown character property name";
    else if (set)
        nf_buffer_format(p->out, "[%s%s]", opposite ? "^" : "", set);
    else
        nf_buffer_format(p->out, "\\%c{%.*s}", opposite ? 'P' : 'p',
                         (int)length, name);
    return true;
}

bool nf_java_put_set(nf_java_pattern *p, char letter)
{
    bool opposite = letter >= 'A' && letter <= 'Z';
    char lower = opposite ? (char)(letter | 0x20) : letter;
    const char *set = predefined(lower);

    if (lower == 'p')
        return put_property(p, opposite);
    if (!set)
        return false;
    if (p->flags & NF_JAVA_CLASSES && strchr("dws", lower))
        nf_buffer_format(p->out, "\\%c", letter);
    else
        nf_buffer_format(p->out, "[%s%s]", opposite ? "^" : "", set);
    return true;
}

/* ---- classes ------------------------------------------------------------ */

static bool folds(const nf_java_pattern *p)
{
    return (p->flags & (NF_JAVA_CASE | NF_JAVA_UNICODE)) == NF_JAVA_CASE;
}

static void put_range(nf_java_pattern *p, long first, long last)
{
    nf_java_put_code(p, first);
    if (last != first) {
        nf_buffer_char(p->out, '-');
        nf_java_put_code(p, last);
    }
}

/* The part of a range between `low` and `high` with the other case. */
static void put_other_case(nf_java_pattern *p, long first, long last, long low,
                           long high)
{
    first = first < low ? low : first;
    last = last > high ? high : last;
    if (first <= last)
        put_range(p, first ^ 0x20, last ^ 0x20);
}

/* A character of a class; -1 after an escape that was a set and is written. */
static long class_character(nf_java_pattern *p)
{
    size_t next = p->at;
    char letter;
    long code;

    if (p->text[p->at] != '\\') {
        code = (long)nf_utf8_next(p->text, p->length, &next);
        p->at = next;
        return code;
    }
    p->at++;
    code = nf_java_escape(p, &letter);
    if (code < 0 && !nf_java_put_set(p, letter))
        p->problem = "Illegal/unsupported escape sequence";
    return code;
}

static void class_quoted(nf_java_pattern *p)
{
    for (p->at += 2; p->at < p->length;) {
        size_t next = p->at;

        if (nf_java_peek(p, 0) == '\\' && nf_java_peek(p, 1) == 'E') {
            p->at += 2;
            return;
        }
        nf_java_put_code(p, (long)nf_utf8_next(p->text, p->length, &next));
        p->at = next;
    }
}

static void class_member(nf_java_pattern *p)
{
    long first, last;

    if (nf_java_peek(p, 0) == '\\' && nf_java_peek(p, 1) == 'Q') {
        class_quoted(p);
        return;
    }
    first = last = class_character(p);
    if (first < 0 || p->problem)
        return;
    if (nf_java_peek(p, 0) == '-' && p->at + 1 < p->length &&
        nf_java_peek(p, 1) != ']' && nf_java_peek(p, 1) != '[') {
        p->at++;
        last = class_character(p);
        if (last < first && !p->problem)
            p->problem = "Illegal character range";
    }
    if (p->problem)
        return;
    put_range(p, first, last);
    if (folds(p)) {
        put_other_case(p, first, last, 'a', 'z');
        put_other_case(p, first, last, 'A', 'Z');
    }
}

/* `&&` at p->at: written unless a side of it is nothing. */
static void class_intersection(nf_java_pattern *p, bool any)
{
    while (nf_java_peek(p, 0) == '&')
        p->at++;
    nf_java_skip_comments(p);
    if (any && nf_java_peek(p, 0) != ']')
        nf_buffer_text(p->out, "]&&[");
}

static void class_members(nf_java_pattern *p)
{
    bool any = false;

    for (;;) {
        nf_java_skip_comments(p);
        if (p->problem)
            return;
        if (p->at >= p->length) {
            p->problem = "Unclosed character class";
            return;
        }
        if (p->text[p->at] == ']' && any)
            return;
        if (p->text[p->at] == '[') {
            nf_java_class(p);
        } else if (p->text[p->at] == '&' && nf_java_peek(p, 1) == '&') {
            class_intersection(p, any);
            continue;
        } else {
            class_member(p);
        }
        any = true;
    }
}

void nf_java_class(nf_java_pattern *p)
{
    bool unicode = p->classes == 0 && p->flags & NF_JAVA_CASE && !folds(p);

    if (p->classes == NF_JAVA_DEEPEST) {
        p->problem = "Character classes are nested too deeply";
        return;
    }
    p->classes++;
    p->at++;
    nf_buffer_text(p->out, unicode ? "(?i:[" : "[");
    if (nf_java_peek(p, 0) == '^') {
        nf_buffer_char(p->out, '^');
        p->at++;
    }
    nf_buffer_char(p->out, '[');
    class_members(p);
    nf_buffer_text(p->out, unicode ? "]])" : "]]");
    p->at++;
    p->classes--;
}
