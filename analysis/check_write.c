/* The result of a check as text and as JSON (design §5). */
#include "analysis/check.h"

#include "base/json.h"
#include "base/memory.h"

#include <string.h>

/* ---- text --------------------------------------------------------------- */

/* A message may quote a model: keep it on one line and printable. */
static void add_line_text(nf_buffer *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        nf_buffer_char(out, c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
}

static const char *severity_name(nf_severity severity)
{
    static const char *const names[] = {[NF_SEVERITY_ERROR] = "error",
                                        [NF_SEVERITY_UNSUPPORTED] =
                                            "unsupported",
                                        [NF_SEVERITY_WARNING] = "warning",
                                        [NF_SEVERITY_NOTE] = "note"};
    return names[severity];
}

/* The message; a code at its end (synchronize S126) stands behind it anyway. */
static void add_message(nf_buffer *out, const nf_problem *problem)
{
    size_t length = strlen(problem->message), code = strlen(problem->code) + 3;
    char *text = nf_strdup(problem->message);

    if (text && length > code && text[length - code] == ' ' &&
        text[length - code + 1] == '(' && text[length - 1] == ')' &&
        memcmp(text + length - code + 2, problem->code, code - 3) == 0)
        text[length - code] = '\0';
    add_line_text(out, text ? text : problem->message);
    nf_free(text);
}

static void write_problem(nf_buffer *out, const nf_problem *problem)
{
    nf_buffer_format(out, "%s: ", severity_name(problem->severity));
    if (*problem->document) {
        add_line_text(out, problem->document);
        if (*problem->element) {
            nf_buffer_text(out, ", '");
            add_line_text(out, problem->element);
            nf_buffer_char(out, '\'');
        }
        nf_buffer_text(out, ": ");
    }
    add_message(out, problem);
    nf_buffer_text(out, " (");
    add_line_text(out, problem->code);
    if (problem->position >= 0)
        nf_buffer_format(out, ", at %ld", problem->position);
    if (problem->expression) {
        nf_buffer_text(out, " of ");
        add_line_text(out, problem->expression);
    }
    nf_buffer_text(out, ")\n");
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

void nf_check_write_text(const nf_check *check, nf_buffer *out)
{
    static const char *const kinds[] = {"nanoflow", "microflow", "rule"};
    for (size_t i = 0; i < check->problem_count; i++)
        write_problem(out, &check->problems[i]);
    for (size_t i = 0; i < check->excluded_count; i++)
        nf_buffer_format(out, "excluded: %s\n", check->excluded[i]);
    nf_buffer_format(out, "%zu module%s\n", check->modules,
                     plural(check->modules));
    for (size_t i = 0; i < 3; i++)
        nf_buffer_format(out, "%zu %s%s, %zu without an error\n",
                         check->flows[i], kinds[i], plural(check->flows[i]),
                         check->compiled[i]);
    nf_buffer_format(out,
                     "%zu expression%s, %zu parsed, %zu with a type\n"
                     "%zu constraint%s, %zu parsed\n",
                     check->texts.expressions, plural(check->texts.expressions),
                     check->texts.expressions_parsed,
                     check->texts.expressions_typed, check->texts.xpaths,
                     plural(check->texts.xpaths), check->texts.xpaths_parsed);
    for (size_t i = 0; i < check->unsupported.count; i++)
        nf_buffer_format(out, "not supported: %s, %zu\n",
                         check->unsupported.items[i].type,
                         check->unsupported.items[i].count);
    size_t warnings = 0, unsupported = 0;
    for (size_t i = 0; i < check->problem_count; i++) {
        warnings += check->problems[i].severity == NF_SEVERITY_WARNING;
        unsupported += check->problems[i].severity == NF_SEVERITY_UNSUPPORTED;
    }
    nf_buffer_format(out, "%zu error%s, %zu unsupported, %zu warning%s\n",
                     check->error_count, plural(check->error_count),
                     unsupported, warnings, plural(warnings));
}

/* ---- JSON --------------------------------------------------------------- */

typedef struct writer {
    bool failed;
} writer;

/* Both take over `value`; NULL is out of memory. */
static void put(writer *w, struct json_object *object, const char *key,
                struct json_object *value)
{
    if (!value || json_object_object_add(object, key, value) < 0)
        w->failed = true;
}

static void append(writer *w, struct json_object *array,
                   struct json_object *value)
{
    if (!value || json_object_array_add(array, value) < 0)
        w->failed = true;
}

static struct json_object *number(size_t value)
{
    return json_object_new_int64((int64_t)value);
}

static struct json_object *counts(writer *w, const nf_type_counts *items)
{
    struct json_object *object = json_object_new_object();
    for (size_t i = 0; i < items->count; i++)
        put(w, object, items->items[i].type, number(items->items[i].count));
    return object;
}

static struct json_object *texts(writer *w, size_t total, size_t parsed,
                                 const size_t *typed)
{
    struct json_object *object = json_object_new_object();
    put(w, object, "total", number(total));
    put(w, object, "parsed", number(parsed));
    if (typed)
        put(w, object, "typed", number(*typed));
    return object;
}

static struct json_object *problem_json(writer *w, const nf_problem *problem)
{
    struct json_object *object = json_object_new_object();
    put(w, object, "severity",
        json_object_new_string(severity_name(problem->severity)));
    put(w, object, "code", json_object_new_string(problem->code));
    put(w, object, "document", json_object_new_string(problem->document));
    put(w, object, "element", json_object_new_string(problem->element));
    put(w, object, "elementId", json_object_new_string(problem->element_id));
    if (problem->position >= 0)
        put(w, object, "position", json_object_new_int64(problem->position));
    else if (!object || json_object_object_add(object, "position", NULL) < 0)
        w->failed = true;
    put(w, object, "message", json_object_new_string(problem->message));
    if (problem->expression)
        put(w, object, "expression",
            json_object_new_string(problem->expression));
    return object;
}

static struct json_object *check_json(writer *w, const nf_check *check)
{
    static const char *const kinds[] = {"nanoflows", "microflows", "rules"};
    struct json_object *root = json_object_new_object();
    struct json_object *compiled = json_object_new_object();
    struct json_object *problems = json_object_new_array();
    struct json_object *excluded = json_object_new_array();
    put(w, root, "modules", number(check->modules));
    for (size_t i = 0; i < 3; i++) {
        put(w, root, kinds[i], number(check->flows[i]));
        put(w, compiled, kinds[i], number(check->compiled[i]));
    }
    for (size_t i = 0; i < check->problem_count; i++)
        append(w, problems, problem_json(w, &check->problems[i]));
    for (size_t i = 0; i < check->excluded_count; i++)
        append(w, excluded, json_object_new_string(check->excluded[i]));
    put(w, root, "compiled", compiled);
    put(w, root, "activities", counts(w, &check->activities));
    put(w, root, "expressions",
        texts(w, check->texts.expressions, check->texts.expressions_parsed,
              &check->texts.expressions_typed));
    put(w, root, "xpaths",
        texts(w, check->texts.xpaths, check->texts.xpaths_parsed, NULL));
    put(w, root, "unsupported", counts(w, &check->unsupported));
    put(w, root, "problems", problems);
    put(w, root, "excluded", excluded);
    return root;
}

nf_status nf_check_write_json(const nf_check *check, nf_buffer *out,
                              nf_error *err)
{
    writer w = {false};
    struct json_object *root = check_json(&w, check);
    char *text = root ? nf_json_text_of(root, NF_JSON_LINE) : NULL;
    if (text && !w.failed) {
        nf_buffer_text(out, text);
        nf_buffer_char(out, '\n');
    }
    bool failed = !text || w.failed || out->failed;
    nf_free(text);
    json_object_put(root);
    return failed ? nf_error_nomem(err) : NF_OK;
}
