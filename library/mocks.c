/* See mocks.h. The file is small and read once; every literal is evaluated
 * when it is read, so a mistake shows before the flow runs. */
#include "library/mocks.h"

#include "base/memory.h"
#include "base/text.h"
#include "interpreter/evaluate.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_BYTES = 64 * 1024 };

typedef struct pattern {
    const char *name;        /* of the parameter */
    nf_evaluated *evaluated; /* NULL: any */
} pattern;

typedef struct outcome {
    bool throws, passes;
    int code;                /* of a reply to a request */
    nf_evaluated *evaluated; /* NULL: nothing is returned */
} outcome;

typedef enum mock_kind {
    MOCK_FLOW,
    MOCK_REQUEST,
    MOCK_PAGE,
    MOCK_MESSAGE
} mock_kind;

typedef struct mock {
    const char *text; /* the line */
    mock_kind what;
    nf_flow_kind kind;  /* of a flow */
    const char *name;   /* of flow or page; of a request or message the
                           pattern of its address or text */
    const char *method; /* of a request */
    pattern *patterns;
    size_t pattern_count, pattern_capacity;
    outcome *outcomes;
    size_t outcome_count, outcome_capacity;
    size_t calls;
} mock;

struct nf_mocks {
    nf_arena *arena;
    nf_bindings *bindings;
    mock *items;
    size_t count, capacity;
};

/* What is left of a line. */
typedef struct reader {
    nf_mocks *mocks;
    const char *at, *end;
    nf_error *err;
} reader;

static nf_status malformed(reader *r, const char *expected)
{
    return nf_error_set(r->err, NF_INPUT, "bad_mock",
                        "expected %s at \"%.40s\"", expected, r->at);
}

static void skip_blanks(reader *r)
{
    while (r->at < r->end && isspace((unsigned char)*r->at))
        r->at++;
}

/* Takes a whole word (letters of any case must match). */
static bool take(reader *r, const char *word)
{
    size_t length = strlen(word);
    skip_blanks(r);
    if ((size_t)(r->end - r->at) < length ||
        strncmp(r->at, word, length) != 0 ||
        (r->at + length < r->end && isalnum((unsigned char)word[length - 1]) &&
         isalnum((unsigned char)r->at[length])))
        return false;
    r->at += length;
    return true;
}

static const char *take_name(reader *r)
{
    const char *start;
    skip_blanks(r);
    start = r->at;
    while (r->at < r->end && (isalnum((unsigned char)*r->at) || *r->at == '_' ||
                              *r->at == '.' || (unsigned char)*r->at >= 0x80))
        r->at++;
    return r->at > start ? nf_arena_strndup(r->mocks->arena, start,
                                            (size_t)(r->at - start))
                         : NULL;
}

/* The end of a literal: a comma or closing parenthesis outside of quotes and
 * of parentheses of its own. */
static const char *literal_end(const reader *r)
{
    const char *p = r->at;
    int depth = 0;
    for (; p < r->end; p++) {
        if (*p == '\'') {
            do
                p++;
            while (p < r->end && *p != '\'');
            if (p == r->end)
                return p;
        } else if (*p == '(') {
            depth++;
        } else if ((*p == ')' || *p == ',') && depth == 0) {
            return p;
        } else if (*p == ')') {
            depth--;
        }
    }
    return p;
}

static nf_status take_literal(reader *r, nf_evaluated **out)
{
    const char *end;
    skip_blanks(r);
    end = literal_end(r);
    if (end == r->at)
        return malformed(r, "a literal");
    nf_status status = nf_bindings_evaluate(
        out, r->mocks->bindings, NULL, r->at, (size_t)(end - r->at), r->err);
    r->at = end;
    return status;
}

static nf_status take_pattern(reader *r, mock *m)
{
    pattern *p =
        nf_grow(m->patterns, m->pattern_count, &m->pattern_capacity, sizeof *p);
    if (!p)
        return nf_error_nomem(r->err);
    m->patterns = p;
    p += m->pattern_count;
    *p = (pattern){.name = take_name(r)};
    if (!p->name)
        return malformed(r, "the name of a parameter");
    m->pattern_count++;
    if (!take(r, "="))
        return malformed(r, "\"=\"");
    return take(r, "any") ? NF_OK : take_literal(r, &p->evaluated);
}

static nf_status take_patterns(reader *r, mock *m)
{
    nf_status status = NF_OK;
    if (!take(r, "(") || take(r, ")"))
        return NF_OK;
    do
        status = take_pattern(r, m);
    while (status == NF_OK && take(r, ","));
    if (status == NF_OK && !take(r, ")"))
        status = malformed(r, "\",\" or \")\"");
    return status;
}

/* The status before the text of a reply; 200 if there is none. */
static int take_code(reader *r)
{
    int code = 0, digits = 0;
    skip_blanks(r);
    while (digits < 3 && r->at + digits < r->end &&
           isdigit((unsigned char)r->at[digits]))
        code = code * 10 + (r->at[digits++] - '0');
    if (digits != 3 || r->at + 3 == r->end || !isspace((unsigned char)r->at[3]))
        return 200;
    r->at += 3;
    return code;
}

/* `returns LITERAL`, `throws 'x'`, `passes`; behind "then" the first word may
 * be left out. */
static nf_status take_outcome(reader *r, mock *m, bool first)
{
    outcome *o =
        nf_grow(m->outcomes, m->outcome_count, &m->outcome_capacity, sizeof *o);
    if (!o)
        return nf_error_nomem(r->err);
    m->outcomes = o;
    o += m->outcome_count;
    *o = (outcome){.throws = take(r, "throws"), .code = 200};
    o->passes = !o->throws && take(r, "passes");
    if (o->passes) {
        m->outcome_count++;
        return NF_OK;
    }
    if (take(r, "calls"))
        return nf_error_set(r->err, NF_INPUT, "bad_mock",
                            "a mock returns, throws or passes; \"calls\" is "
                            "not supported");
    if (!o->throws && !take(r, "returns") && first)
        return malformed(r, "\"returns\", \"throws\" or \"passes\"");
    if (!o->throws && m->what != MOCK_FLOW && m->what != MOCK_REQUEST)
        return malformed(r, "\"throws\" or \"passes\"");
    if (!o->throws && take(r, "nothing")) {
        m->outcome_count++;
        return NF_OK;
    }
    if (!o->throws && m->what == MOCK_REQUEST)
        o->code = take_code(r);
    nf_status status = take_literal(r, &o->evaluated);
    if (status != NF_OK)
        return status;
    m->outcome_count++;
    bool text = nf_evaluated_value(o->evaluated)->kind == NF_KIND_STRING;
    if (!text && o->throws)
        return malformed(r, "a text behind \"throws\"");
    if (!text && m->what == MOCK_REQUEST)
        return malformed(r, "a text behind \"returns\"");
    return NF_OK;
}

static nf_status take_outcomes(reader *r, mock *m)
{
    nf_status status = take_outcome(r, m, true);
    while (status == NF_OK && take(r, ",")) {
        if (!take(r, "then"))
            return malformed(r, "\"then\"");
        status = take_outcome(r, m, false);
    }
    skip_blanks(r);
    if (status == NF_OK && r->at < r->end)
        status = malformed(r, "the end of the line");
    return status;
}

/* `'text'`; NULL: there is none. */
static const char *take_text(reader *r)
{
    skip_blanks(r);
    const char *close =
        r->at < r->end && *r->at == '\'' ? strchr(r->at + 1, '\'') : NULL;
    if (!close)
        return NULL;
    const char *text = nf_arena_strndup(r->mocks->arena, r->at + 1,
                                        (size_t)(close - r->at - 1));
    r->at = close + 1;
    return text;
}

static nf_status take_flow(reader *r, mock *m, nf_flow_kind kind)
{
    m->what = MOCK_FLOW;
    m->kind = kind;
    m->name = take_name(r);
    return m->name ? take_patterns(r, m) : malformed(r, "a qualified name");
}

static bool is_outcome(reader *r)
{
    const char *at = r->at;
    bool found = take(r, "(") || take(r, "returns") || take(r, "throws") ||
                 take(r, "passes");

    r->at = at;
    return found;
}

/* "ImportXml Module.Mapping", or "SendEmail" alone. */
static nf_status take_activity(reader *r, mock *m)
{
    const char *type = take_name(r), *name;

    if (!type)
        return malformed(r, "the name of an activity");
    m->what = MOCK_FLOW;
    m->kind = NF_FLOW_ACTIVITY;
    m->name = type;
    if (!is_outcome(r) && (name = take_name(r)))
        m->name = nf_arena_format(r->mocks->arena, "%s %s", type, name);
    return m->name ? take_patterns(r, m) : nf_error_nomem(r->err);
}

static nf_status take_target(reader *r, mock *m)
{
    if (take(r, "activity"))
        return take_activity(r, m);
    if (take(r, "microflow"))
        return take_flow(r, m, NF_FLOW_MICROFLOW);
    if (take(r, "nanoflow"))
        return take_flow(r, m, NF_FLOW_NANOFLOW);
    bool javascript = take(r, "javascript");
    if ((javascript || take(r, "java")) && take(r, "action"))
        return take_flow(
            r, m, javascript ? NF_FLOW_JAVASCRIPT_ACTION : NF_FLOW_JAVA_ACTION);
    if (take(r, "page")) {
        m->what = MOCK_PAGE;
        m->name = take_name(r);
        return m->name ? NF_OK : malformed(r, "the name of a page");
    }
    if (take(r, "message")) {
        m->what = MOCK_MESSAGE;
        m->name = take_text(r);
        if (!m->name)
            m->name = "%";
        return NF_OK;
    }
    if (take(r, "rest")) {
        m->what = MOCK_REQUEST;
        m->method = take_name(r);
        m->name = m->method ? take_text(r) : NULL;
        return m->name ? NF_OK
                       : malformed(r, "a method and an address in "
                                      "quotes");
    }
    return nf_error_set(r->err, NF_INPUT, "bad_mock",
                        "\"javascript action\", \"java action\", "
                        "\"activity\", \"microflow\", \"nanoflow\", \"rest\", "
                        "\"page\" or "
                        "\"message\" can be mocked, not \"%.40s\"",
                        r->at);
}

static nf_status read_line(nf_mocks *mocks, const char *line, nf_error *err)
{
    reader r = {mocks, line, line + strlen(line), err};
    mock m = {0};
    skip_blanks(&r);
    if (r.at == r.end || *r.at == '#' || strncmp(r.at, "--", 2) == 0)
        return NF_OK;
    mock *items =
        nf_grow(mocks->items, mocks->count, &mocks->capacity, sizeof *items);
    if (!items)
        return nf_error_nomem(err);
    mocks->items = items;
    m.text = nf_arena_strdup(mocks->arena, r.at);
    take(&r, "@mock");
    nf_status status = m.text ? take_target(&r, &m) : nf_error_nomem(err);
    if (status == NF_OK)
        status = take_outcomes(&r, &m);
    items[mocks->count++] =
        m; /* also a faulty one: it is freed with the rest */
    return status;
}

static nf_status read_file(nf_mocks *mocks, const char *path, FILE *file,
                           nf_error *err)
{
    char *line = nf_alloc(LINE_MAX_BYTES);
    nf_status status = line ? NF_OK : nf_error_nomem(err);
    for (long number = 1; status == NF_OK && fgets(line, LINE_MAX_BYTES, file);
         number++) {
        size_t length = strlen(line);
        if (length && line[length - 1] == '\n')
            line[--length] = '\0';
        else if (length == LINE_MAX_BYTES - 1)
            status =
                nf_error_set(err, NF_INPUT, "bad_mock",
                             "a line has at most %d bytes", LINE_MAX_BYTES - 1);
        if (status == NF_OK && !nf_utf8_valid(line, length))
            status = nf_error_set(err, NF_INPUT, "bad_mock", "not UTF-8");
        if (status == NF_OK)
            status = read_line(mocks, line, err);
        if (status != NF_OK)
            nf_error_at_line(err, path, number);
    }
    if (status == NF_OK && ferror(file))
        status = nf_error_set(err, NF_INPUT, "unreadable",
                              "the mocks \"%s\" can't be read", path);
    nf_free(line);
    return status == NF_FAILED ? NF_INPUT : status;
}

nf_mocks *nf_mocks_new(const nf_environment *environment)
{
    nf_mocks *mocks = nf_alloc(sizeof *mocks);
    if (!mocks)
        return NULL;
    mocks->arena = nf_arena_new();
    mocks->bindings = nf_bindings_new(environment, NULL, NULL, NULL);
    if (mocks->arena && mocks->bindings)
        return mocks;
    nf_mocks_free(mocks);
    return NULL;
}

nf_status nf_mocks_add(nf_mocks *mocks, const char *line, nf_error *err)
{
    nf_status status = read_line(mocks, line, err);
    return status == NF_FAILED ? NF_INPUT : status;
}

nf_status nf_mocks_read(nf_mocks *mocks, const char *path, nf_error *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "the mocks \"%s\" can't be read", path);
    nf_status status = read_file(mocks, path, file, err);
    fclose(file);
    return status;
}

nf_status nf_mocks_open(nf_mocks **out, const char *path,
                        const nf_environment *environment, nf_error *err)
{
    nf_mocks *mocks = nf_mocks_new(environment);
    nf_status status =
        mocks ? nf_mocks_read(mocks, path, err) : nf_error_nomem(err);
    *out = NULL;
    if (status == NF_OK)
        *out = mocks;
    else
        nf_mocks_free(mocks);
    return status;
}

void nf_mocks_free(nf_mocks *mocks)
{
    if (!mocks)
        return;
    for (size_t i = 0; i < mocks->count; i++) {
        mock *m = &mocks->items[i];
        for (size_t p = 0; p < m->pattern_count; p++)
            nf_evaluated_free(m->patterns[p].evaluated);
        for (size_t o = 0; o < m->outcome_count; o++)
            nf_evaluated_free(m->outcomes[o].evaluated);
        nf_free(m->patterns);
        nf_free(m->outcomes);
    }
    nf_free(mocks->items);
    nf_bindings_free(mocks->bindings);
    nf_arena_free(mocks->arena);
    nf_free(mocks);
}

/* ---- answering --------------------------------------------------------- */

static bool pattern_fits(const pattern *p, const nf_parameter *parameters,
                         const nf_value *arguments, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(parameters[i].name, p->name) != 0)
            continue;
        return !p->evaluated ||
               nf_value_equal(&arguments[i], nf_evaluated_value(p->evaluated));
    }
    return false;
}

static bool fits(const mock *m, nf_flow_kind kind, const char *qualified,
                 const nf_parameter *parameters, const nf_value *arguments,
                 size_t count)
{
    if (m->what != MOCK_FLOW || m->kind != kind ||
        strcmp(m->name, qualified) != 0)
        return false;
    for (size_t i = 0; i < m->pattern_count; i++)
        if (!pattern_fits(&m->patterns[i], parameters, arguments, count))
            return false;
    return true;
}

/* What a failure of this kind is in a flow (activities §5.3). */
static const char *code_of(const mock *m)
{
    if (m->what != MOCK_FLOW)
        return m->what == MOCK_REQUEST ? "network_error" : "host_error";
    return m->kind == NF_FLOW_MICROFLOW  ? "microflow_failed"
           : m->kind == NF_FLOW_NANOFLOW ? "nanoflow_failed"
           : m->kind == NF_FLOW_ACTIVITY ? "host_error"
                                         : "js_exception";
}

static nf_status answer(mock *m, nf_value *result, nf_error *err)
{
    size_t last = m->outcome_count - 1;
    const outcome *o = &m->outcomes[m->calls < last ? m->calls : last];
    m->calls++;
    if (o->passes)
        return NF_USAGE;
    *result = nf_empty();
    if (!o->evaluated)
        return NF_OK;
    const nf_value *value = nf_evaluated_value(o->evaluated);
    if (o->throws)
        return nf_error_set(err, NF_FAILED, code_of(m), "%s",
                            value->as.string->text);
    *result = nf_value_copy(value);
    return NF_OK;
}

nf_status nf_mocks_call(nf_mocks *mocks, nf_flow_kind kind,
                        const char *qualified, const nf_parameter *parameters,
                        const nf_value *arguments, size_t count,
                        nf_value *result, nf_error *err)
{
    for (size_t i = 0; i < mocks->count; i++) {
        mock *m = &mocks->items[i];
        if (fits(m, kind, qualified, parameters, arguments, count))
            return answer(m, result, err);
    }
    return NF_USAGE;
}

bool nf_mocks_like(const char *text, const char *like)
{
    size_t length = strlen(like), size = strlen(text);
    bool before = length && *like == '%';
    bool after = length > 1 && like[length - 1] == '%';
    like += before;
    length -= (size_t)before + after;
    for (; before && after && size > length; text++, size--)
        if (strncmp(text, like, length) == 0)
            return true;
    if (size < length || (!before && !after && size != length))
        return false;
    return strncmp(before ? text + size - length : text, like, length) == 0;
}

nf_status nf_mocks_show(nf_mocks *mocks, bool page, const char *text,
                        nf_error *err)
{
    for (size_t i = 0; i < mocks->count; i++) {
        mock *m = &mocks->items[i];
        nf_value ignored;
        if (page ? m->what == MOCK_PAGE && strcmp(m->name, text) == 0
                 : m->what == MOCK_MESSAGE && nf_mocks_like(text, m->name))
            return answer(m, &ignored, err);
    }
    return NF_USAGE;
}

nf_status nf_mocks_request(nf_mocks *mocks, const char *method, const char *url,
                           int *code, nf_value *result, nf_error *err)
{
    for (size_t i = 0; i < mocks->count; i++) {
        mock *m = &mocks->items[i];
        if (m->what == MOCK_REQUEST && strcmp(m->method, method) == 0 &&
            nf_mocks_like(url, m->name)) {
            *code =
                m->outcomes[m->calls < m->outcome_count ? m->calls
                                                        : m->outcome_count - 1]
                    .code;
            return answer(m, result, err);
        }
    }
    return NF_USAGE;
}

const char *nf_mocks_unused(const nf_mocks *mocks, size_t index)
{
    for (size_t i = 0; i < mocks->count; i++)
        if (!mocks->items[i].calls && index-- == 0)
            return mocks->items[i].text;
    return NULL;
}
