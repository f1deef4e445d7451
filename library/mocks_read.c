/* Mocks as lines (mocks.h). The file is small and read once; every literal is
 * evaluated when it is read, so a mistake shows before the flow runs. */
#include "library/mocks_internal.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LINE_MAX_BYTES = 64 * 1024 };

/* What is left of a line. */
typedef struct reader {
    nf_mocks *mocks;
    const char *from; /* the file that the line stands in; NULL */
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

static nf_status take_pattern(reader *r, nf_mock *m)
{
    nf_mock_pattern *p =
        nf_grow(m->patterns, m->pattern_count, &m->pattern_capacity, sizeof *p);
    if (!p)
        return nf_error_nomem(r->err);
    m->patterns = p;
    p += m->pattern_count;
    *p = (nf_mock_pattern){.name = take_name(r)};
    if (!p->name)
        return malformed(r, "the name of a parameter");
    m->pattern_count++;
    if (!take(r, "="))
        return malformed(r, "\"=\"");
    return take(r, "any") ? NF_OK : take_literal(r, &p->evaluated);
}

static nf_status take_patterns(reader *r, nf_mock *m)
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

/* `'text'`, a quote in it doubled; NULL: there is none. */
static const char *take_text(reader *r)
{
    const char *close = NULL;
    skip_blanks(r);
    for (const char *p = r->at + 1; r->at < r->end && *r->at == '\''; p++) {
        p = memchr(p, '\'', p < r->end ? (size_t)(r->end - p) : 0);
        if (!p)
            return NULL;
        if (p + 1 < r->end && p[1] == '\'') {
            p++;
            continue;
        }
        close = p;
        break;
    }
    if (!close)
        return NULL;
    char *text = nf_arena_strndup(r->mocks->arena, r->at + 1,
                                  (size_t)(close - r->at - 1));
    char *to = text;
    for (const char *p = text; p && *p; p += 1 + (p[0] == '\'' && p[1]))
        *to++ = *p;
    if (to)
        *to = '\0';
    r->at = close + 1;
    return text;
}

/* `calls './x.js'`, from the folder of the file around (E43). */
static nf_status take_script(reader *r, nf_mock_outcome *o)
{
    const char *name = take_text(r);
    if (!name)
        return malformed(r, "a file in quotes");
    return nf_mock_calls(r->mocks, o, r->from, name, r->err);
}

/* `returns LITERAL`, `throws 'x'`, `passes`; behind "then" the first word may
 * be left out. */
static nf_status take_outcome(reader *r, nf_mock *m, bool first)
{
    nf_mock_outcome *o = nf_mock_append(m);
    if (!o)
        return nf_error_nomem(r->err);
    o->throws = take(r, "throws");
    o->passes = !o->throws && take(r, "passes");
    if (o->passes)
        return NF_OK;
    if (!o->throws && take(r, "calls"))
        return take_script(r, o);
    if (!o->throws && !take(r, "returns") && first)
        return malformed(r, "\"returns\", \"throws\", \"calls\" or \"passes\"");
    if (!o->throws &&
        (m->what == NF_MOCK_PAGE || m->what == NF_MOCK_MESSAGE))
        return malformed(r, "\"throws\" or \"passes\"");
    if (!o->throws && take(r, "nothing"))
        return NF_OK;
    if (!o->throws && m->what == NF_MOCK_REQUEST)
        o->code = take_code(r);
    nf_status status = take_literal(r, &o->evaluated);
    if (status != NF_OK)
        return status;
    nf_kind kind = nf_evaluated_value(o->evaluated)->kind;
    bool text = kind == NF_KIND_STRING;
    if (!text && o->throws)
        return malformed(r, "a text behind \"throws\"");
    if (!text && m->what == NF_MOCK_REQUEST)
        return malformed(r, "a text behind \"returns\"");
    if (!o->throws && m->what == NF_MOCK_CONFIRM && kind != NF_KIND_BOOLEAN)
        return malformed(r, "a Boolean behind \"returns\"");
    return NF_OK;
}

static nf_status take_outcomes(reader *r, nf_mock *m)
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

static nf_status take_flow(reader *r, nf_mock *m, nf_flow_kind kind)
{
    m->what = NF_MOCK_FLOW;
    m->kind = kind;
    m->name = take_name(r);
    return m->name ? take_patterns(r, m) : malformed(r, "a qualified name");
}

static bool is_outcome(reader *r)
{
    const char *at = r->at;
    bool found = take(r, "(") || take(r, "returns") || take(r, "throws") ||
                 take(r, "calls") || take(r, "passes");

    r->at = at;
    return found;
}

/* "ImportXml Module.Mapping", or "SendEmail" alone. */
static nf_status take_activity(reader *r, nf_mock *m)
{
    const char *type = take_name(r), *name;

    if (!type)
        return malformed(r, "the name of an activity");
    m->what = NF_MOCK_FLOW;
    m->kind = NF_FLOW_ACTIVITY;
    m->name = type;
    if (!is_outcome(r) && (name = take_name(r)))
        m->name = nf_arena_format(r->mocks->arena, "%s %s", type, name);
    return m->name ? take_patterns(r, m) : nf_error_nomem(r->err);
}

static nf_status take_target(reader *r, nf_mock *m)
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
        m->what = NF_MOCK_PAGE;
        m->name = take_name(r);
        return m->name ? NF_OK : malformed(r, "the name of a page");
    }
    bool question = take(r, "confirm");
    if (question || take(r, "message")) {
        m->what = question ? NF_MOCK_CONFIRM : NF_MOCK_MESSAGE;
        m->name = take_text(r);
        if (!m->name)
            m->name = "%";
        return NF_OK;
    }
    if (take(r, "rest")) {
        m->what = NF_MOCK_REQUEST;
        m->method = take_name(r);
        m->name = m->method ? take_text(r) : NULL;
        return m->name ? NF_OK
                       : malformed(r, "a method and an address in "
                                      "quotes");
    }
    return nf_error_set(r->err, NF_INPUT, "bad_mock",
                        "\"javascript action\", \"java action\", "
                        "\"activity\", \"microflow\", \"nanoflow\", \"rest\", "
                        "\"page\", \"message\" or "
                        "\"confirm\" can be mocked, not \"%.40s\"",
                        r->at);
}

nf_status nf_mocks_target(nf_mocks *mocks, nf_mock *m, const char *text,
                          nf_error *err)
{
    reader r = {mocks, NULL, text, text + strlen(text), err};
    nf_status status = take_target(&r, m);
    skip_blanks(&r);
    if (status == NF_OK && r.at < r.end)
        status = malformed(&r, "the end of what is mocked");
    return status;
}

static nf_status read_line(nf_mocks *mocks, const char *line, const char *from,
                           nf_error *err)
{
    reader r = {mocks, from, line, line + strlen(line), err};
    skip_blanks(&r);
    if (r.at == r.end || *r.at == '#' || strncmp(r.at, "--", 2) == 0)
        return NF_OK;
    nf_mock *m = nf_mocks_append(mocks);
    if (!m || !(m->text = nf_arena_strdup(mocks->arena, r.at)))
        return nf_error_nomem(err);
    take(&r, "@mock");
    nf_status status = take_target(&r, m);
    return status == NF_OK ? take_outcomes(&r, m) : status;
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
            status = read_line(mocks, line, path, err);
        if (status != NF_OK)
            nf_error_at_line(err, path, number);
    }
    if (status == NF_OK && ferror(file))
        status = nf_error_set(err, NF_INPUT, "unreadable",
                              "the mocks \"%s\" can't be read: %s", path,
                              strerror(errno));
    nf_free(line);
    return status == NF_FAILED ? NF_INPUT : status;
}

nf_status nf_mocks_add(nf_mocks *mocks, const char *line, const char *from,
                       nf_error *err)
{
    nf_status status = read_line(mocks, line, from, err);
    return status == NF_FAILED ? NF_INPUT : status;
}

bool nf_mocks_is_json(const char *path)
{
    size_t length = strcspn(path, "#");
    return length > 5 && strncasecmp(path + length - 5, ".json", 5) == 0;
}

nf_status nf_mocks_read(nf_mocks *mocks, const char *path, const char *likely,
                        nf_error *err)
{
    if (nf_mocks_is_json(path))
        return nf_mocks_read_json(mocks, path, likely, err);
    FILE *file = fopen(path, "re");
    if (!file)
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "the mocks \"%s\" can't be read: %s", path,
                            strerror(errno));
    nf_status status = read_file(mocks, path, file, err);
    fclose(file);
    return status;
}
