/* See rewrite.h. One pass over the tokens of the top level; what goes is noted
 * as edits, and applied at the end. */
#include "javascript/rewrite.h"

#include "base/text.h"
#include "javascript/tokens.h"

#include <stdlib.h>
#include <string.h>

typedef struct edit {
    size_t start, end;
    const char *text; /* comes in its place, before its line ends */
} edit;

typedef struct rewriter {
    const char *source;
    size_t length;
    nf_js_token *tokens;
    size_t count, at;
    edit *edits;
    size_t edit_count, edit_capacity;
    nf_js_source *out;
    nf_error *err;
} rewriter;

/* ---- tokens -------------------------------------------------------------- */

static const nf_js_token *token(const rewriter *r, size_t ahead)
{
    size_t index = r->at + ahead;

    return &r->tokens[index < r->count ? index : r->count - 1];
}

static bool is(const rewriter *r, size_t ahead, const char *text)
{
    return nf_js_token_is(r->source, token(r, ahead), text);
}

static bool take(rewriter *r, const char *text)
{
    if (!is(r, 0, text))
        return false;
    r->at++;
    return true;
}

static nf_status bad(rewriter *r, const char *expected)
{
    return nf_error_set(r->err, NF_INPUT, "bad_source",
                        "line %ld: %s is expected",
                        nf_js_line(r->source, token(r, 0)->start), expected);
}

static nf_status replace(rewriter *r, size_t start, size_t end,
                         const char *text)
{
    edit *grown =
        nf_grow(r->edits, r->edit_count, &r->edit_capacity, sizeof *grown);

    if (!grown)
        return nf_error_nomem(r->err);
    r->edits = grown;
    grown[r->edit_count++] = (edit){start, end, text};
    return NF_OK;
}

/* A name, or a text as one; NULL with an error. */
static const char *take_name(rewriter *r)
{
    const nf_js_token *t = token(r, 0);
    size_t quote = t->kind == NF_JS_STRING;
    const char *name;

    if (t->kind != NF_JS_NAME && !quote) {
        bad(r, "a name");
        return NULL;
    }
    if (quote && memchr(r->source + t->start, '\\', t->end - t->start)) {
        bad(r, "a text without escapes");
        return NULL;
    }
    name = nf_arena_strndup(r->out->arena, r->source + t->start + quote,
                            t->end - t->start - 2 * quote);
    if (!name)
        nf_error_nomem(r->err);
    r->at++;
    return name;
}

static nf_status failed(const rewriter *r)
{
    return r->err->status;
}

/* ---- imports ------------------------------------------------------------- */

static nf_status add_name(rewriter *r, nf_js_name **names, size_t *count,
                          size_t *capacity, const char *name, const char *as)
{
    nf_js_name *grown = nf_grow(*names, *count, capacity, sizeof *grown);

    if (!grown)
        return nf_error_nomem(r->err);
    *names = grown;
    grown[(*count)++] = (nf_js_name){name, as};
    return NF_OK;
}

static nf_status add_import(rewriter *r, nf_js_import *import)
{
    nf_js_source *out = r->out;
    nf_js_import *grown = nf_grow(out->imports, out->import_count,
                                  &out->import_capacity, sizeof *grown);

    if (!grown)
        return nf_error_nomem(r->err);
    out->imports = grown;
    grown[out->import_count++] = *import;
    *import = (nf_js_import){0};
    return NF_OK;
}

static void dispose_import(nf_js_import *import)
{
    nf_free(import->names);
    nf_free(import->exports);
}

/* { a, b as c }, with the opening bracket taken. */
static nf_status take_names(rewriter *r, nf_js_name **names, size_t *count,
                            size_t *capacity)
{
    while (!take(r, "}")) {
        const char *name = take_name(r), *as = name;
        nf_status status;

        if (name && take(r, "as"))
            as = take_name(r);
        if (!as)
            return failed(r);
        status = add_name(r, names, count, capacity, name, as);
        if (status)
            return status;
        if (!take(r, ",") && !is(r, 0, "}"))
            return bad(r, "\",\" or \"}\"");
    }
    return NF_OK;
}

/* The text of `from`, and attributes behind it; a semicolon. */
static nf_status take_from(rewriter *r, nf_js_import *import)
{
    if (token(r, 0)->kind != NF_JS_STRING)
        return bad(r, "the name of a module");
    import->from = take_name(r);
    if (!import->from)
        return failed(r);
    if ((is(r, 0, "with") || is(r, 0, "assert")) && is(r, 1, "{") &&
        !token(r, 0)->new_line)
        while (r->at < r->count - 1 && !take(r, "}"))
            r->at++;
    take(r, ";");
    return NF_OK;
}

static nf_status take_clause(rewriter *r, nf_js_import *import)
{
    const char *as;
    const char *name = "default";

    if (take(r, "{"))
        return take_names(r, &import->names, &import->name_count,
                          &import->name_capacity);
    if (take(r, "*")) {
        name = "*";
        if (!take(r, "as"))
            return bad(r, "\"as\"");
    }
    as = take_name(r);
    if (!as)
        return failed(r);
    return add_name(r, &import->names, &import->name_count,
                    &import->name_capacity, name, as);
}

static nf_status read_import(rewriter *r, nf_js_import *import)
{
    nf_status status = NF_OK;

    if (token(r, 0)->kind == NF_JS_STRING)
        return take_from(r, import);
    do
        status = take_clause(r, import);
    while (!status && take(r, ","));
    if (!status && !take(r, "from"))
        status = bad(r, "\"from\"");
    return status ? status : take_from(r, import);
}

static nf_status take_import(rewriter *r)
{
    nf_js_import import = {0};
    size_t start = token(r, 0)->start;
    nf_status status;

    r->at++;
    status = read_import(r, &import);
    if (!status)
        status = add_import(r, &import);
    dispose_import(&import);
    /* A semicolon, since what stands before and behind were two statements. */
    return status ? status : replace(r, start, r->tokens[r->at - 1].end, ";");
}

/* ---- exports ------------------------------------------------------------- */

static nf_status add_export(rewriter *r, const char *name, const char *as)
{
    nf_js_source *out = r->out;

    return add_name(r, &out->exports, &out->export_count, &out->export_capacity,
                    name, as);
}

/* What is declared here, under its own name or another one. */
static nf_status add_local(rewriter *r, const nf_js_token *t, const char *as)
{
    const char *name = nf_arena_strndup(r->out->arena, r->source + t->start,
                                        t->end - t->start);

    return name ? add_export(r, name, as ? as : name) : nf_error_nomem(r->err);
}

/* export { a, b as c } [from "…"], and export * [as x] from "…". */
static nf_status take_export_list(rewriter *r, size_t start)
{
    nf_js_import import = {0};
    nf_status status = NF_OK;

    if (take(r, "*")) {
        const char *as = take(r, "as") ? take_name(r) : "*";

        status = as ? add_name(r, &import.exports, &import.export_count,
                               &import.export_capacity, "*", as)
                    : failed(r);
        if (!status && !is(r, 0, "from"))
            status = bad(r, "\"from\"");
    } else {
        r->at++;
        status = take_names(r, &import.exports, &import.export_count,
                            &import.export_capacity);
    }
    if (!status && take(r, "from")) {
        status = take_from(r, &import);
        if (!status)
            status = add_import(r, &import);
    } else if (!status) {
        for (size_t i = 0; !status && i < import.export_count; i++)
            status =
                add_export(r, import.exports[i].name, import.exports[i].as);
        take(r, ";");
    }
    dispose_import(&import);
    return status ? status : replace(r, start, r->tokens[r->at - 1].end, ";");
}

/* Goes to the end of a value: a comma or semicolon of this depth, the bracket
 * around it, or a line end where a statement can end. */
static void skip_value(rewriter *r, uint32_t depth)
{
    const nf_js_token *before = NULL;

    for (; token(r, 0)->kind != NF_JS_END; r->at++) {
        const nf_js_token *t = token(r, 0);
        char c = r->source[t->start];

        if (t->depth < depth)
            return;
        if (t->depth == depth) {
            if (t->kind == NF_JS_SIGN && (c == ',' || c == ';'))
                return;
            if (t->new_line && before &&
                (t->kind == NF_JS_NAME || t->kind == NF_JS_STRING ||
                 t->kind == NF_JS_NUMBER || c == '{') &&
                !is(r, 0, "in") && !is(r, 0, "instanceof") &&
                (before->kind != NF_JS_SIGN ||
                 strchr(")]}", r->source[before->start])))
                return;
        }
        before = t;
    }
}

static nf_status take_pattern(rewriter *r);

/* What stands in { } or [ ] on the left of a declaration. */
static nf_status take_pattern_items(rewriter *r, bool object)
{
    uint32_t depth = token(r, 0)->depth + 1;
    const char *end = object ? "}" : "]";

    for (r->at++; token(r, 0)->depth >= depth;) {
        nf_status status;

        if (take(r, ","))
            continue;
        while (is(r, 0, "."))
            r->at++;
        if (object && is(r, 1, ":")) {
            r->at += 2;
        } else if (object && is(r, 0, "[")) {
            while (!(is(r, 0, "]") && token(r, 0)->depth == depth))
                r->at++;
            r->at += 2; /* and the colon */
        }
        status = take_pattern(r);
        if (status)
            return status;
        if (is(r, 0, "="))
            skip_value(r, depth);
    }
    return take(r, end) ? NF_OK : bad(r, end);
}

static nf_status take_pattern(rewriter *r)
{
    if (is(r, 0, "{") || is(r, 0, "["))
        return take_pattern_items(r, is(r, 0, "{"));
    if (token(r, 0)->kind != NF_JS_NAME)
        return bad(r, "a name");
    r->at++;
    return add_local(r, &r->tokens[r->at - 1], NULL);
}

/* const a = 1, {b} = c */
static nf_status take_declaration(rewriter *r)
{
    r->at++;
    do {
        nf_status status = take_pattern(r);

        if (status)
            return status;
        if (is(r, 0, "="))
            skip_value(r, 0);
    } while (take(r, ","));
    return NF_OK;
}

/* Behind the tokens of a function or class up to its name, if it has one. */
static bool is_definition(const rewriter *r, size_t *to_name)
{
    size_t i = 0;

    if (is(r, 0, "async") && is(r, 1, "function") && !token(r, 1)->new_line)
        i++;
    if (is(r, i, "class")) {
        *to_name = i + 1;
        return true;
    }
    if (!is(r, i, "function"))
        return false;
    *to_name = i + 1 + is(r, i + 1, "*");
    return true;
}

static bool is_own_name(const rewriter *r, size_t ahead)
{
    return token(r, ahead)->kind == NF_JS_NAME && !is(r, ahead, "extends");
}

static nf_status take_default(rewriter *r, size_t start)
{
    size_t name = 0, end = token(r, 0)->start;
    nf_status status;

    if (!is_definition(r, &name)) {
        status = add_export(r, "__nf_default", "default");
        return status ? status
                      : replace(r, start, end, "const __nf_default = ");
    }
    status = replace(r, start, end, "");
    if (status)
        return status;
    if (is_own_name(r, name))
        return add_local(r, token(r, name), "default");
    status = add_export(r, "__nf_default", "default");
    end = r->tokens[r->at + name - 1].end;
    return status ? status : replace(r, end, end, " __nf_default ");
}

static nf_status take_export(rewriter *r)
{
    size_t start = token(r, 0)->start, name;
    nf_status status;

    r->at++;
    if (is(r, 0, "{") || is(r, 0, "*"))
        return take_export_list(r, start);
    if (take(r, "default"))
        return take_default(r, start);
    status = replace(r, start, token(r, 0)->start, "");
    if (status)
        return status;
    if (is_definition(r, &name))
        return is_own_name(r, name) ? add_local(r, token(r, name), NULL)
                                    : bad(r, "a name");
    if (!is(r, 0, "const") && !is(r, 0, "let") && !is(r, 0, "var"))
        return bad(r, "what is exported");
    name = r->at;
    status = take_declaration(r);
    r->at = name; /* values may hold import() */
    return status;
}

/* ---- import() and import.meta -------------------------------------------- */

/* `import(…) {` is a method of that name. */
static bool is_method(const rewriter *r)
{
    size_t i = 1;
    uint32_t depth = token(r, 1)->depth;

    do
        i++;
    while (token(r, i)->kind != NF_JS_END &&
           (token(r, i)->depth > depth || !is(r, i, ")")));
    return is(r, i + 1, "{");
}

static nf_status take_expression(rewriter *r)
{
    const nf_js_token *t = token(r, 0);

    if (is(r, 1, "(") && !is_method(r))
        return replace(r, t->start, t->end, "__nf.import");
    if (is(r, 1, ".") && is(r, 2, "meta"))
        return replace(r, t->start, token(r, 2)->end, "__nf.meta");
    return NF_OK;
}

/* process.env.NODE_ENV: packages for browsers take for granted that somebody
 * has put a text in its place. */
static nf_status take_environment(rewriter *r)
{
    bool given = is(r, 5, "=") && !is(r, 6, "="); /* another value */

    if (!is(r, 1, ".") || !is(r, 2, "env") || !is(r, 3, ".") ||
        !is(r, 4, "NODE_ENV") || given)
        return NF_OK;
    return replace(r, token(r, 0)->start, token(r, 4)->end, "\"production\"");
}

/* ---- the whole ----------------------------------------------------------- */

static bool is_after_point(const rewriter *r)
{
    return r->at && nf_js_token_is(r->source, &r->tokens[r->at - 1], ".");
}

static nf_status visit(rewriter *r)
{
    bool top = token(r, 0)->depth == 0;
    size_t at = r->at;
    nf_status status = NF_OK;

    if (token(r, 0)->kind != NF_JS_NAME || is_after_point(r)) {
        r->at++;
        return NF_OK;
    }
    if (is(r, 0, "import") && top && !is(r, 1, "(") && !is(r, 1, ".")) {
        r->out->module = true;
        status = take_import(r);
    } else if (is(r, 0, "import")) {
        status = take_expression(r);
    } else if (top && (is(r, 0, "let") || is(r, 0, "var"))) {
        r->out->live = true;
    } else if (is(r, 0, "process")) {
        status = take_environment(r);
    } else if (is(r, 0, "export") && top) {
        r->out->module = true;
        r->out->live = r->out->live || is(r, 1, "let") || is(r, 1, "var");
        status = take_export(r);
    }
    if (!status && r->at == at)
        r->at++;
    return status;
}

static int by_start(const void *a, const void *b)
{
    const edit *x = a, *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

static void append(nf_buffer *code, const rewriter *r, const edit *e)
{
    nf_buffer_text(code, e->text);
    for (size_t i = e->start; i < e->end; i++)
        if (r->source[i] == '\n')
            nf_buffer_char(code, '\n');
}

/* A text in quotes; such a name has no escapes. */
static void write_exports(nf_buffer *code, const nf_js_source *out)
{
    nf_buffer_text(code, "__nf.exports({");
    for (size_t i = 0; i < out->export_count; i++) {
        const nf_js_name *e = &out->exports[i];

        nf_buffer_format(code, "\"%s\": () => %s, ",
                         strpbrk(e->as, "\"\n") ? "" : e->as, e->name);
    }
    nf_buffer_text(code, "});");
}

static nf_status write_code(rewriter *r)
{
    nf_buffer code;
    size_t at = 0;
    nf_status status = NF_OK;

    nf_buffer_init(&code, NF_BUFFER_MAX);
    if (r->out->export_count)
        write_exports(&code, r->out);
    if (r->edit_count)
        qsort(r->edits, r->edit_count, sizeof *r->edits, by_start);
    if (r->length >= 2 && memcmp(r->source, "#!", 2) == 0)
        nf_buffer_text(&code, "//");
    for (size_t i = 0; i < r->edit_count; i++) {
        const edit *e = &r->edits[i];

        nf_buffer_add(&code, r->source + at, e->start - at);
        append(&code, r, e);
        at = e->end;
    }
    nf_buffer_add(&code, r->source + at, r->length - at);
    if (code.failed)
        status = nf_error_nomem(r->err);
    else
        r->out->code = code.length ? nf_buffer_take(&code) : nf_strdup("");
    nf_buffer_dispose(&code);
    return status || r->out->code ? status : nf_error_nomem(r->err);
}

nf_status nf_js_rewrite(nf_js_source *out, const char *source, size_t length,
                        nf_error *err)
{
    nf_error own = {0};
    rewriter r = {.source = source, .length = length, .out = out, .err = &own};
    nf_status status;

    *out = (nf_js_source){.arena = nf_arena_new()};
    status = out->arena
                 ? nf_js_tokens(&r.tokens, &r.count, source, length, &own)
                 : nf_error_nomem(&own);
    while (!status && token(&r, 0)->kind != NF_JS_END)
        status = visit(&r);
    if (!status)
        status = write_code(&r);
    nf_free(r.edits);
    nf_free(r.tokens);
    return status ? nf_error_pass(&own, err) : NF_OK;
}

void nf_js_source_dispose(nf_js_source *source)
{
    for (size_t i = 0; i < source->import_count; i++)
        dispose_import(&source->imports[i]);
    nf_free(source->imports);
    nf_free(source->exports);
    nf_free(source->code);
    nf_arena_free(source->arena);
    *source = (nf_js_source){0};
}
