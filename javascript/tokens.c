/* See tokens.h. The one hard question is whether a slash divides or begins a
 * regular expression; it is answered from the token before and, behind a
 * closing bracket, from what the bracket was opened for. */
#include "javascript/tokens.h"

#include <string.h>

enum {
    DEPTH_MAX = 4096,
    SOURCE_MAX = 64 * 1024 * 1024,
};

typedef struct bracket {
    char open;      /* ( [ { or ` for ${ */
    bool object;    /* { of an object literal */
    bool condition; /* ( of if, while, for, with: a statement follows */
    uint32_t questions;
} bracket;

typedef struct scanner {
    const char *source;
    size_t length, at;
    nf_js_token *tokens;
    size_t count, capacity;
    bracket *brackets;
    size_t depth;
    bool new_line;
    bool ended_object, ended_condition; /* of the last closing bracket */
    bool ternary;                       /* the last colon ends a ?: */
    nf_error *err;
} scanner;

static nf_status bad(scanner *s, size_t at, const char *what)
{
    return nf_error_set(s->err, NF_INPUT, "bad_source", "line %ld: %s",
                        nf_js_line(s->source, at), what);
}

long nf_js_line(const char *source, size_t at)
{
    long line = 1;

    for (size_t i = 0; i < at; i++)
        line += source[i] == '\n';
    return line;
}

bool nf_js_token_is(const char *source, const nf_js_token *token,
                    const char *text)
{
    size_t length = strlen(text);

    return (token->kind == NF_JS_NAME || token->kind == NF_JS_SIGN) &&
           token->end - token->start == length &&
           memcmp(source + token->start, text, length) == 0;
}

static bool is_one_of(const scanner *s, const nf_js_token *token,
                      const char *const *words)
{
    for (; *words; words++)
        if (nf_js_token_is(s->source, token, *words))
            return true;
    return false;
}

static bool is_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '$' || c == '#' || c == '\\' || c >= 0x80;
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static char peek(const scanner *s, size_t ahead)
{
    return s->at + ahead < s->length ? s->source[s->at + ahead] : '\0';
}

static const nf_js_token *last(const scanner *s)
{
    return s->count ? &s->tokens[s->count - 1] : NULL;
}

static nf_status add(scanner *s, nf_js_token_kind kind, size_t start,
                     size_t depth)
{
    nf_js_token *grown =
        nf_grow(s->tokens, s->count, &s->capacity, sizeof *grown);

    if (!grown)
        return nf_error_nomem(s->err);
    s->tokens = grown;
    grown[s->count++] = (nf_js_token){kind, (uint32_t)start, (uint32_t)s->at,
                                      (uint32_t)depth, s->new_line};
    s->new_line = false;
    return NF_OK;
}

/* ---- what stands between tokens ------------------------------------------ */

/* U+2028, U+2029, a byte order mark or a no-break space. */
static size_t wide_blank(const scanner *s)
{
    const char *at = s->source + s->at;
    size_t left = s->length - s->at;

    if (left >= 3 && (memcmp(at, "\xE2\x80\xA8", 3) == 0 ||
                      memcmp(at, "\xE2\x80\xA9", 3) == 0 ||
                      memcmp(at, "\xEF\xBB\xBF", 3) == 0))
        return 3;
    return left >= 2 && memcmp(at, "\xC2\xA0", 2) == 0 ? 2 : 0;
}

static nf_status skip_comment(scanner *s)
{
    size_t start = s->at;

    if (peek(s, 1) == '/') {
        while (s->at < s->length && s->source[s->at] != '\n')
            s->at++;
        return NF_OK;
    }
    for (s->at += 2; s->at < s->length; s->at++) {
        s->new_line = s->new_line || s->source[s->at] == '\n';
        if (s->source[s->at] == '*' && peek(s, 1) == '/') {
            s->at += 2;
            return NF_OK;
        }
    }
    return bad(s, start, "a comment has no end");
}

static nf_status skip_blanks(scanner *s)
{
    while (s->at < s->length) {
        char c = s->source[s->at];
        size_t wide;

        if (c == '\n' || c == '\r') {
            s->new_line = true;
            s->at++;
        } else if (c == ' ' || c == '\t' || c == '\v' || c == '\f') {
            s->at++;
        } else if (c == '/' && (peek(s, 1) == '/' || peek(s, 1) == '*')) {
            nf_status status = skip_comment(s);

            if (status)
                return status;
        } else if ((wide = wide_blank(s)) > 0) {
            s->at += wide;
        } else if (c == '#' && peek(s, 1) == '!' && s->at == 0) {
            while (s->at < s->length && s->source[s->at] != '\n')
                s->at++;
        } else {
            return NF_OK;
        }
    }
    return NF_OK;
}

/* ---- tokens of more than a sign ------------------------------------------ */

static nf_status take_string(scanner *s)
{
    size_t start = s->at;
    char quote = s->source[s->at];

    for (s->at++; s->at < s->length; s->at++) {
        char c = s->source[s->at];

        if (c == '\\' && s->at + 1 < s->length) {
            /* A line end of two characters is continued as one. */
            s->at += peek(s, 1) == '\r' && peek(s, 2) == '\n' ? 2 : 1;
        } else if (c == '\n') {
            break;
        } else if (c == quote) {
            s->at++;
            return add(s, NF_JS_STRING, start, s->depth);
        }
    }
    return bad(s, start, "a text has no end");
}

/* From behind ` or } to ${ or `. */
static nf_status take_template(scanner *s, size_t start)
{
    for (; s->at < s->length; s->at++) {
        char c = s->source[s->at];

        if (c == '\\' && s->at + 1 < s->length) {
            s->at++;
        } else if (c == '`') {
            s->at++;
            return add(s, NF_JS_TEMPLATE, start, s->depth);
        } else if (c == '$' && peek(s, 1) == '{') {
            s->at += 2;
            if (s->depth == DEPTH_MAX)
                return bad(s, start, "brackets are nested too deep");
            s->brackets[s->depth] = (bracket){.open = '`'};
            return add(s, NF_JS_TEMPLATE, start, s->depth++);
        }
    }
    return bad(s, start, "a template has no end");
}

static nf_status take_regex(scanner *s)
{
    size_t start = s->at;
    bool in_class = false;

    for (s->at++; s->at < s->length; s->at++) {
        char c = s->source[s->at];

        if (c == '\n')
            break;
        if (c == '\\' && s->at + 1 < s->length) {
            s->at++;
        } else if (c == '[') {
            in_class = true;
        } else if (c == ']') {
            in_class = false;
        } else if (c == '/' && !in_class) {
            s->at++;
            while (is_letter((unsigned char)peek(s, 0)))
                s->at++;
            return add(s, NF_JS_REGEX, start, s->depth);
        }
    }
    return bad(s, start,
               last(s) && nf_js_token_is(s->source, last(s), "<")
                   ? "\"</\" begins no value; JSX is for compilers"
                   : "a regular expression has no end");
}

static nf_status take_word(scanner *s)
{
    size_t start = s->at;
    bool number =
        is_digit((unsigned char)s->source[s->at]) || s->source[s->at] == '.';

    while (s->at < s->length) {
        unsigned char c = (unsigned char)s->source[s->at];

        if (!is_letter(c) && !is_digit(c) && !(number && c == '.') &&
            !(number && (c == '+' || c == '-') &&
              (s->source[s->at - 1] | 32) == 'e' && s->at > start + 1 &&
              s->source[start + 1] != 'x'))
            break;
        if (!number && wide_blank(s))
            break;
        s->at++;
    }
    return add(s, number ? NF_JS_NUMBER : NF_JS_NAME, start, s->depth);
}

/* ---- what depends on the token before ------------------------------------ */

static const char *const before_value[] = {
    "return", "typeof", "case",  "in",    "of",      "void",       "delete",
    "throw",  "new",    "await", "yield", "default", "instanceof", NULL};
static const char *const before_block[] = {"else", "do", "try", "finally",
                                           NULL};
static const char *const before_condition[] = {"if", "while", "for", "with",
                                               NULL};

/* Whether it is a name after a point, which is no keyword. */
static bool is_property(const scanner *s)
{
    return s->count > 1 &&
           nf_js_token_is(s->source, &s->tokens[s->count - 2], ".");
}

static bool begins_regex(const scanner *s)
{
    const nf_js_token *t = last(s);

    if (!t)
        return true;
    if (t->kind == NF_JS_NAME)
        return !is_property(s) &&
               (is_one_of(s, t, before_value) || is_one_of(s, t, before_block));
    if (t->kind == NF_JS_TEMPLATE)
        return s->source[t->end - 1] == '{';
    if (t->kind != NF_JS_SIGN)
        return false;
    if (nf_js_token_is(s->source, t, ")"))
        return s->ended_condition;
    if (nf_js_token_is(s->source, t, "}"))
        return !s->ended_object;
    return !nf_js_token_is(s->source, t, "]") &&
           !nf_js_token_is(s->source, t, "++") &&
           !nf_js_token_is(s->source, t, "--");
}

static bool begins_object(const scanner *s)
{
    const nf_js_token *t = last(s);

    if (!t)
        return false;
    if (t->kind == NF_JS_NAME)
        return !is_property(s) && is_one_of(s, t, before_value);
    if (t->kind == NF_JS_TEMPLATE)
        return s->source[t->end - 1] == '{';
    if (t->kind != NF_JS_SIGN)
        return false;
    if (nf_js_token_is(s->source, t, ":"))
        return s->ternary || (s->depth && s->brackets[s->depth - 1].object) ||
               (s->depth && s->brackets[s->depth - 1].open != '{');
    return !strchr(");{}]", s->source[t->start]) &&
           !nf_js_token_is(s->source, t, "=>");
}

/* ---- signs --------------------------------------------------------------- */

static nf_status open_bracket(scanner *s, char c)
{
    const nf_js_token *t = last(s);
    bracket b = {.open = c};

    if (s->depth == DEPTH_MAX)
        return bad(s, s->at, "brackets are nested too deep");
    if (c == '{')
        b.object = begins_object(s);
    else if (c == '(')
        b.condition = t && !is_property(s) && is_one_of(s, t, before_condition);
    s->at++;
    s->brackets[s->depth] = b;
    return add(s, NF_JS_SIGN, s->at - 1, s->depth++);
}

static nf_status close_bracket(scanner *s, char c)
{
    char open = c == ')' ? '(' : c == ']' ? '[' : '{';
    bracket *b = s->depth ? &s->brackets[s->depth - 1] : NULL;

    if (b && b->open == '`' && c == '}') {
        s->depth--;
        s->at++;
        return take_template(s, s->at - 1);
    }
    if (!b || b->open != open)
        return bad(s, s->at, "a closing bracket fits no opening one");
    s->depth--;
    s->ended_object = b->object;
    s->ended_condition = b->condition;
    s->at++;
    return add(s, NF_JS_SIGN, s->at - 1, s->depth);
}

/* ? and : of the bracket around; at the top there is none to note it in. */
static void note_question(scanner *s, char c)
{
    bracket *b = &s->brackets[s->depth ? s->depth - 1 : DEPTH_MAX];

    if (c == '?' && peek(s, 1) != '.' && peek(s, 1) != '?' &&
        !(s->at && s->source[s->at - 1] == '?'))
        b->questions++;
    if (c != ':')
        return;
    s->ternary = b->questions > 0;
    b->questions -= s->ternary;
}

static nf_status take_sign(scanner *s)
{
    char c = s->source[s->at], next = peek(s, 1);
    size_t start = s->at;

    if (strchr("([{", c))
        return open_bracket(s, c);
    if (strchr(")]}", c))
        return close_bracket(s, c);
    note_question(s, c);
    if ((c == '=' && next == '>') || ((c == '+' || c == '-') && next == c))
        s->at++;
    s->at++;
    return add(s, NF_JS_SIGN, start, s->depth);
}

static nf_status take_token(scanner *s)
{
    unsigned char c = (unsigned char)s->source[s->at];

    if (c == '"' || c == '\'')
        return take_string(s);
    if (c == '`') {
        s->at++;
        return take_template(s, s->at - 1);
    }
    if (is_letter(c) || is_digit(c) ||
        (c == '.' && is_digit((unsigned char)peek(s, 1))))
        return take_word(s);
    if (c == '/' && begins_regex(s))
        return take_regex(s);
    return take_sign(s);
}

static nf_status scan(scanner *s)
{
    const char *nul = memchr(s->source, '\0', s->length);
    nf_status status =
        nul ? bad(s, (size_t)(nul - s->source), "a source holds no NUL")
            : skip_blanks(s);

    while (!status && s->at < s->length) {
        status = take_token(s);
        if (!status)
            status = skip_blanks(s);
    }
    if (!status && s->depth)
        status = bad(s, s->length, "a bracket has no end");
    return status ? status : add(s, NF_JS_END, s->at, 0);
}

nf_status nf_js_tokens(nf_js_token **out, size_t *count, const char *source,
                       size_t length, nf_error *err)
{
    scanner s = {
        .source = source, .length = length, .new_line = true, .err = err};
    nf_status status;

    *out = NULL;
    *count = 0;
    if (length > SOURCE_MAX)
        return nf_error_set(err, NF_INPUT, "bad_source",
                            "a source has at most %d bytes", SOURCE_MAX);
    s.brackets = nf_alloc_array(DEPTH_MAX + 1, sizeof *s.brackets);
    status = s.brackets ? scan(&s) : nf_error_nomem(err);
    nf_free(s.brackets);
    if (status) {
        nf_free(s.tokens);
        return status;
    }
    *out = s.tokens;
    *count = s.count;
    return NF_OK;
}
