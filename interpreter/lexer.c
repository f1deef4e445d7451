/* Tokens are matched longest first and need no blanks between them (S10), so
 * `-1or` is three tokens. A digit run ends before a letter (S13). */
#include "interpreter/lexer.h"

#include "base/text.h"
#include "interpreter/operators.h"
#include "base/icu.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The bytes of a name character at `at`, 0 if there is none. Letters of any
 * script are taken (S14). */
static size_t name_character(const nf_lexer *lexer, size_t at, bool first)
{
    unsigned char c;
    size_t next = at;
    uint32_t code;

    if (at >= lexer->length)
        return 0;
    c = (unsigned char)lexer->text[at];
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               (!first && is_digit((char)c));
    code = nf_utf8_next(lexer->text, lexer->length, &next);
    if (nf_icu()->u_isalpha((UChar32)code) ||
        (!first && nf_icu()->u_isalnum((UChar32)code)))
        return next - at;
    return 0;
}

static size_t skip_name(const nf_lexer *lexer, size_t at)
{
    size_t step = name_character(lexer, at, true);

    while (step) {
        at += step;
        step = name_character(lexer, at, false);
    }
    return at;
}

static size_t skip_dotted(const nf_lexer *lexer, size_t at, int *dots)
{
    *dots = 0;
    at = skip_name(lexer, at);
    while (at + 1 < lexer->length && lexer->text[at] == '.' &&
           name_character(lexer, at + 1, true)) {
        at = skip_name(lexer, at + 1);
        (*dots)++;
    }
    return at;
}

static nf_status bad(nf_error *err, size_t position, const char *message)
{
    nf_expression_error(err, "E-LEX", "%s", message);
    nf_error_at_position(err, (long)position);
    return NF_FAILED;
}

static nf_status lex_string(nf_lexer *lexer, nf_lexeme *out, nf_error *err)
{
    const char *text = lexer->text;
    size_t at = lexer->at + 1;

    for (;;) {
        const char *quote = memchr(text + at, '\'', lexer->length - at);

        if (!quote)
            return bad(err, lexer->at, "Unterminated string");
        at = (size_t)(quote - text) + 1;
        if (at == lexer->length || text[at] != '\'')
            break;
        at++; /* a doubled quote */
    }
    out->kind = NF_LEX_STRING;
    out->length = at - lexer->at;
    return NF_OK;
}

static nf_status lex_number(nf_lexer *lexer, nf_lexeme *out)
{
    const char *text = lexer->text;
    size_t at = lexer->at;

    out->kind = NF_LEX_INTEGER;
    while (at < lexer->length && is_digit(text[at]))
        at++;
    if (at + 1 < lexer->length && text[at] == '.' && is_digit(text[at + 1])) {
        out->kind = NF_LEX_DECIMAL;
        at++;
        while (at < lexer->length && is_digit(text[at]))
            at++;
    }
    out->length = at - lexer->at;
    return NF_OK;
}

static nf_status lex_system(nf_lexer *lexer, nf_lexeme *out, nf_error *err)
{
    size_t at;

    for (at = lexer->at + 2; at + 1 < lexer->length; at++)
        if (lexer->text[at] == '%' && lexer->text[at + 1] == ']') {
            out->kind = NF_LEX_SYSTEM;
            out->length = at + 2 - lexer->at;
            return NF_OK;
        }
    return bad(err, lexer->at, "Unterminated token: '%]' is missing");
}

static nf_status lex_sigil(nf_lexer *lexer, nf_lexeme *out, nf_error *err)
{
    bool variable = lexer->text[lexer->at] == '$';
    size_t at = lexer->at + 1, end;

    end = variable ? skip_name(lexer, at) : skip_dotted(lexer, at, &out->dots);
    if (end == at)
        return bad(err, lexer->at,
                   variable ? "A variable name must follow '$'"
                            : "A constant name must follow '@'");
    out->kind = variable ? NF_LEX_VARIABLE : NF_LEX_CONSTANT;
    out->length = end - lexer->at;
    return NF_OK;
}

static bool lex_operator(nf_lexer *lexer, nf_lexeme *out)
{
    static const struct {
        char text[3];
        nf_lexeme_kind kind;
    } operators[] = {
        {"!=", NF_LEX_NOT_EQUAL},     {"<=", NF_LEX_LESS_EQUAL},
        {">=", NF_LEX_GREATER_EQUAL}, {"+", NF_LEX_PLUS},
        {"-", NF_LEX_MINUS},          {"*", NF_LEX_STAR},
        {":", NF_LEX_COLON},          {"=", NF_LEX_EQUAL},
        {"<", NF_LEX_LESS},           {">", NF_LEX_GREATER},
        {"(", NF_LEX_OPEN},           {")", NF_LEX_CLOSE},
        {",", NF_LEX_COMMA},          {"/", NF_LEX_SLASH},
    };
    size_t i, left = lexer->length - lexer->at;

    for (i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t length = strlen(operators[i].text);

        if (length <= left &&
            !memcmp(lexer->text + lexer->at, operators[i].text, length)) {
            out->kind = operators[i].kind;
            out->length = length;
            return true;
        }
    }
    return false;
}

static nf_status unexpected(nf_lexer *lexer, nf_error *err)
{
    size_t end = lexer->at;

    if (lexer->text[end] == '"')
        return bad(err, end,
                   "Unexpected character '\"': write text in single quotes");
    if ((unsigned char)lexer->text[end] < 0x20)
        return bad(err, end, "Unexpected control character");
    nf_utf8_next(lexer->text, lexer->length, &end);
    nf_expression_error(err, "E-LEX", "Unexpected character '%.*s'",
                        (int)(end - lexer->at), lexer->text + lexer->at);
    nf_error_at_position(err, (long)lexer->at);
    return NF_FAILED;
}

nf_status nf_lexer_next(nf_lexer *lexer, nf_lexeme *out, nf_error *err)
{
    const char *text = lexer->text;
    nf_status status = NF_OK;
    char c;

    while (lexer->at < lexer->length && is_blank(text[lexer->at]))
        lexer->at++;
    *out = (nf_lexeme){.position = lexer->at};
    if (lexer->at == lexer->length)
        return NF_OK;
    c = text[lexer->at];
    if (c == '\'') {
        status = lex_string(lexer, out, err);
    } else if (is_digit(c)) {
        status = lex_number(lexer, out);
    } else if (c == '$' || c == '@') {
        status = lex_sigil(lexer, out, err);
    } else if (c == '[' && lexer->at + 1 < lexer->length &&
               text[lexer->at + 1] == '%') {
        status = lex_system(lexer, out, err);
    } else if (name_character(lexer, lexer->at, true)) {
        out->kind = NF_LEX_NAME;
        out->length = skip_dotted(lexer, lexer->at, &out->dots) - lexer->at;
    } else if (!lex_operator(lexer, out)) {
        status = unexpected(lexer, err);
    }
    if (status == NF_OK)
        lexer->at += out->length;
    return status;
}
