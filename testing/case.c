/* One case: a session of its own, the body as a nanoflow, then what the test
 * expects of it. */
#include "testing/case.h"

#include "activities/activities.h"
#include "database/xpath.h"
#include "interpreter/program.h"
#include "testing/body.h"

#include <ctype.h>
#include <fts.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- flows --------------------------------------------------------------- */

/* A flow that was made for this test. */
typedef struct made_flow {
    nf_document document;
    nf_flow flow;
    nf_program *program;
} made_flow;

static void finding_text(char *text, size_t size, const nf_finding *f)
{
    snprintf(text, size, "%s%s%.200s%s", f->message, f->text ? ": \"" : "",
             f->text ? f->text : "", f->text ? "\"" : "");
}

/* Whatever is wrong with it is an ERROR before anything runs (E6). */
static bool compile(test_run *run, const char *kind, made_flow *made,
                    const nf_element *element, const nf_parameter *parameters,
                    size_t count, nf_type result)
{
    nf_error err = {0};
    made->flow = (nf_flow){.document = &made->document,
                           .element = element,
                           .kind = NF_FLOW_NANOFLOW,
                           .qualified = "",
                           .parameters = parameters,
                           .parameter_count = count,
                           .result = result};
    if (nf_compile(&made->program, run->app->model, &made->flow, nf_activities,
                   &nf_xpath_sql_compiler, run->options.all_constants,
                   &err) != NF_OK) {
        nf_test_break(run->result, kind, 0, NULL, &err);
        return false;
    }
    for (size_t i = 0; i < nf_program_finding_count(made->program); i++) {
        const nf_finding *f = nf_program_finding(made->program, i);
        char text[1200];
        /* An argument that nobody takes is a slip of the test, too. */
        if (f->severity > NF_SEVERITY_UNSUPPORTED &&
            strcmp(f->code, "not_found") != 0)
            continue;
        finding_text(text, sizeof text, f);
        long line = nf_make_line(f->element_id);
        nf_test_fail(run->result, NF_TEST_ERROR, kind, line, "%s", text);
        return false;
    }
    if (!made->program->broken)
        return true;
    nf_test_fail(run->result, NF_TEST_ERROR, kind, 0, "%s",
                 made->program->broken);
    return false;
}

static nf_status execute(test_run *run, nf_execution **out,
                         const nf_program *program, const nf_value *values,
                         const bool *given, nf_error *err)
{
    static const struct timespec millisecond = {0, 1000000};
    nf_session *s = run->session;
    s->world.environment.limits.deadline =
        s->timeout > 0 ? nf_clock_elapsed() + (int64_t)(s->timeout * 1000) : 0;
    nf_status status =
        nf_execution_start(out, &s->world, program, values, given, err);
    while (status == NF_OK &&
           (status = nf_execution_run(*out, err)) == NF_PENDING) {
        nanosleep(&millisecond, NULL);
        status = NF_OK;
        continue;
    }
    return status;
}

/* ---- objects of data files ------------------------------------------------
 */

/* Those that the test mentions as `$name`, as parameters of its flow. */
typedef struct named {
    nf_parameter *parameters;
    nf_value *values;
    bool *given;
    size_t count, capacity;
} named;

static bool mentions(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *p = strchr(text, '$'); p; p = strchr(p + 1, '$'))
        if (strncmp(p + 1, name, length) == 0 &&
            !isalnum((unsigned char)p[1 + length]) && p[1 + length] != '_')
            return true;
    return false;
}

static bool is_mentioned(const test_run *run, const char *name)
{
    if (mentions(run->test->body, name))
        return true;
    for (size_t i = 0; i < run->test->tags.count; i++)
        if (mentions(run->test->tags.items[i].value, name))
            return true;
    return false;
}

static bool add_named(test_run *run, named *all, const char *name,
                      const char *entity_name)
{
    nf_error err = {0};
    int64_t id;
    nf_object *object = NULL;
    const nf_entity *entity =
        nf_model_find_entity(run->app->model, entity_name);
    if (!entity || !is_mentioned(run, name))
        return true;
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->parameters[i].name, name) == 0)
            return true;
    if (all->count == 64) {
        nf_test_fail(run->result, NF_TEST_ERROR, "data", 0,
                     "more than 64 objects of data files");
        return false;
    }
    nf_status status = nf_session_read_id(run->session, name, NULL, &id, &err);
    if (status == NF_OK)
        status =
            nf_objects_get(&object, run->session->objects, entity, id, &err);
    if (status != NF_OK || !object) {
        nf_test_fail(run->result, NF_TEST_ERROR, "data", 0,
                     "$%s: the device has no such object", name);
        return false;
    }
    size_t at = all->count++;
    all->parameters[at] =
        (nf_parameter){.name = nf_arena_strdup(run->arena, name),
                       .type = {.kind = NF_KIND_OBJECT, .entity = entity},
                       .default_value = "",
                       .special = ""};
    all->parameters[at].qualified = all->parameters[at].name;
    all->values[at] = nf_object_take(object);
    all->given[at] = true;
    return all->parameters[at].name != NULL;
}

static bool name_file(test_run *run, named *all, const char *path)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    bool ok = true;
    while (file && ok && getline(&line, &size, file) > 0) {
        json_object *json = json_tokener_parse(line), *id, *entity;
        if (json_object_is_type(json, json_type_object) &&
            json_object_object_get_ex(json, "id", &id) &&
            json_object_object_get_ex(json, "entity", &entity) && id && entity)
            ok = add_named(run, all, json_object_get_string(id),
                           json_object_get_string(entity));
        json_object_put(json);
    }
    if (file)
        fclose(file);
    free(line);
    return ok;
}

static bool name_tags(test_run *run, named *all, const nf_test_tags *tags)
{
    for (size_t i = 0; i < tags->count; i++) {
        const char *value = tags->items[i].value;
        if (strcmp(tags->items[i].name, "data") != 0)
            continue;
        const char *blank = strpbrk(value, " \t");
        if (blank && (strncmp(value, "server", 6) == 0 ||
                      strncmp(value, "device", 6) == 0 ||
                      strncmp(value, "both", 4) == 0))
            value = blank + strspn(blank, " \t");
        if (!name_file(run, all, test_path(run, value)))
            return false;
    }
    return true;
}

/* ---- rows (E41, @each) --------------------------------------------------- */

/* A cell as a declaration; all on the line of the body's first statement. */
static void declare_cell(nf_buffer *out, const nf_model *model,
                         const char *name, const char *cell)
{
    size_t digits = strspn(cell, "-0123456789."), length = strlen(cell);
    const char *type = "String";
    char enumeration[256];
    bool quoted = *cell == '\'';
    const char *dot = strrchr(cell, '.');
    if (length && digits == length)
        type = "Decimal"; /* an Integer fits wherever a Decimal does not */
    if (length && strspn(cell, "-0123456789") == length)
        type = "Integer";
    if (strcmp(cell, "true") == 0 || strcmp(cell, "false") == 0)
        type = "Boolean";
    if (!quoted && dot && dot != cell && digits != length &&
        (size_t)(dot - cell) < sizeof enumeration) {
        snprintf(enumeration, sizeof enumeration, "%.*s", (int)(dot - cell),
                 cell);
        if (nf_model_find_enumeration(model, enumeration))
            type = enumeration;
    }
    bool bare =
        strcmp(type, "String") == 0 && !quoted && strcmp(cell, "empty") != 0;
    nf_buffer_format(out, "declare $%s %s = ", name, type);
    if (bare)
        nf_buffer_char(out, '\'');
    for (const char *p = cell; *p; p++) {
        if (bare && *p == '\'')
            nf_buffer_char(out, '\'');
        nf_buffer_char(out, *p);
    }
    nf_buffer_text(out, bare ? "'; " : "; ");
}

static const nf_element *read_body(test_run *run)
{
    const nf_element *element = NULL;
    nf_error err = {0};
    nf_buffer text;
    nf_buffer_init(&text, NF_BUFFER_MAX);
    for (size_t i = 0; i < run->cell_count; i++)
        declare_cell(&text, run->app->model, run->names[i], run->cells[i]);
    nf_buffer_text(&text, run->test->body);
    nf_status status =
        text.failed
            ? nf_error_nomem(&err)
            : nf_test_body(&element, run->arena, run->app->model,
                           nf_buffer_string(&text), run->test->body_line,
                           run->file->language, &err);
    if (status != NF_OK)
        nf_test_break(run->result, "body", err.line, NULL, &err);
    nf_buffer_dispose(&text);
    return element;
}

/* ---- @expect (E6) -------------------------------------------------------- */

typedef struct expectations {
    made_flow *items;
    const nf_test_tag **tags;
    nf_parameter *variables; /* those of the body, which all of them see */
    size_t count, variable_count;
} expectations;

static bool find_variables(test_run *run, expectations *e, const nf_program *p)
{
    e->variables =
        nf_arena_array(run->arena, p->variable_count + 1, sizeof *e->variables);
    for (size_t i = 0; e->variables && i < p->variable_count; i++) {
        const nf_variable *v = &p->variables[i];
        bool known = !v->name[0] || v->predefined;
        for (size_t k = 0; k < e->variable_count && !known; k++)
            known = strcmp(e->variables[k].name, v->name) == 0;
        if (!known)
            e->variables[e->variable_count++] =
                (nf_parameter){.name = v->name,
                               .qualified = v->name,
                               .type = v->type,
                               .default_value = "",
                               .special = ""};
    }
    return e->variables != NULL;
}

static bool compile_one(test_run *run, expectations *e, const nf_test_tag *tag)
{
    const nf_element *element;
    nf_error err = {0};
    if (nf_test_expression(&element, run->arena, tag->value, tag->line, &err) !=
        NF_OK) {
        nf_test_break(run->result, "expect", tag->line, "@expect", &err);
        return false;
    }
    if (!*tag->value) {
        nf_test_fail(run->result, NF_TEST_ERROR, "expect", tag->line,
                     "@expect needs an expression");
        return false;
    }
    e->tags[e->count] = tag;
    return compile(run, "expect", &e->items[e->count++], element, e->variables,
                   e->variable_count, (nf_type){.kind = NF_KIND_BOOLEAN});
}

static bool compile_expectations(test_run *run, expectations *e,
                                 const nf_program *body)
{
    const nf_test_tags *tags = &run->test->tags;
    e->items = nf_arena_array(run->arena, tags->count + 1, sizeof *e->items);
    e->tags = nf_arena_array(run->arena, tags->count + 1, sizeof *e->tags);
    if (!e->items || !e->tags || !find_variables(run, e, body))
        return false;
    for (size_t i = 0; i < tags->count; i++)
        if (strcmp(tags->items[i].name, "expect") == 0 &&
            !compile_one(run, e, &tags->items[i]))
            return false;
    return true;
}

/* The values of the variables that the text mentions. */
static void add_values(nf_buffer *out, const expectations *e,
                       const nf_value *values, const char *text)
{
    for (size_t i = 0; i < e->variable_count; i++) {
        if (!mentions(text, e->variables[i].name))
            continue;
        char *printed = nf_value_print(&values[i]);
        bool is_text = values[i].kind == NF_KIND_STRING;
        nf_buffer_format(out, "%s$%s = %s%.400s%s", out->length ? ", " : "",
                         e->variables[i].name, is_text ? "'" : "",
                         values[i].kind == NF_KIND_EMPTY ? "empty"
                         : printed                       ? printed
                                                         : "",
                         is_text ? "'" : "");
        nf_free(printed);
    }
}

static void expect(test_run *run, const expectations *e, size_t index,
                   const nf_value *values, const bool *given)
{
    nf_execution *execution = NULL;
    nf_error err = {0};
    const nf_test_tag *tag = e->tags[index];
    nf_status status =
        execute(run, &execution, e->items[index].program, values, given, &err);
    const nf_value *result =
        status == NF_OK ? nf_execution_result(execution) : NULL;
    run->result->assertions++;
    if (status != NF_OK) {
        nf_test_break(run->result, "expect", tag->line, "@expect", &err);
    } else if (result->kind != NF_KIND_BOOLEAN || !result->as.boolean) {
        nf_buffer text;
        nf_buffer_init(&text, 4096);
        add_values(&text, e, values, tag->value);
        const char *actual =
            text.length && !text.failed ? nf_buffer_string(&text) : "";
        nf_test_failure *f = nf_test_fail(
            run->result, NF_TEST_FAIL, "expect", tag->line, "expected %s%s%s",
            tag->value, *actual ? ", actual: " : "", actual);
        if (f) {
            f->expression = tag->value;
            f->actual =
                *actual ? nf_arena_strdup(run->result->arena, actual) : NULL;
        }
        nf_buffer_dispose(&text);
    }
    nf_execution_free(execution);
}

static void check_expectations(test_run *run, const expectations *e,
                               const nf_execution *body)
{
    nf_value *values =
        nf_arena_array(run->arena, e->variable_count + 1, sizeof *values);
    bool *given =
        nf_arena_array(run->arena, e->variable_count + 1, sizeof *given);
    if (!values || !given) {
        nf_test_fail(run->result, NF_TEST_ERROR, "expect", 0, "out of memory");
        return;
    }
    for (size_t i = 0; i < e->variable_count; i++) {
        const char *name;
        nf_type type;
        const nf_value *value;
        values[i] = nf_empty();
        given[i] = true;
        for (size_t k = 0; nf_execution_variable(body, k, &name, &type, &value);
             k++)
            if (strcmp(name, e->variables[i].name) == 0)
                values[i] = *value;
    }
    for (size_t i = 0; i < e->count; i++)
        expect(run, e, i, values, given);
}

/* ---- after the body ------------------------------------------------------ */

/* E8: `@throws` alone, or a part of the message. */
static void check_throws(test_run *run, const nf_test_tag *tag,
                         nf_status status, const nf_error *err)
{
    char *wanted = nf_arena_strdup(run->arena, tag->value);
    size_t length = wanted ? strlen(wanted) : 0;
    run->result->assertions++;
    if (length &&
        (length < 2 || *wanted != '\'' || wanted[length - 1] != '\'')) {
        nf_test_fail(run->result, NF_TEST_ERROR, "throws", tag->line,
                     "@throws takes a text in "
                     "quotes, or nothing");
        return;
    }
    if (length) {
        wanted[length - 1] = '\0';
        wanted++;
    }
    if (status == NF_OK)
        nf_test_fail(run->result, NF_TEST_FAIL, "throws", tag->line,
                     "expected an error, but the "
                     "body ended normally");
    else if (length && !strstr(err->message, wanted))
        nf_test_fail(run->result, NF_TEST_FAIL, "throws", tag->line,
                     "expected the error '%s', "
                     "actual: '%s'",
                     wanted, err->message);
}

/* `@expect-queue empty|N`: what waits to be synchronized. */
static void check_queue(test_run *run, const nf_test_tag *tag)
{
    char *end = NULL;
    nf_error err = {0};
    int64_t count;
    bool none = strcmp(tag->value, "empty") == 0;
    long long wanted = none ? 0 : strtoll(tag->value, &end, 10);
    run->result->assertions++;
    if (!none && (!*tag->value || *end))
        nf_test_fail(run->result, NF_TEST_ERROR, "expect-queue", tag->line,
                     "@expect-queue takes \"empty\" or a number");
    else if (nf_session_unsynchronized(&count, run->session, &err) != NF_OK)
        nf_test_break(run->result, "expect-queue", tag->line, "@expect-queue",
                      &err);
    else if (count != wanted)
        nf_test_fail(run->result, NF_TEST_FAIL, "expect-queue", tag->line,
                     "expected a queue of %lld, actual: %lld", wanted,
                     (long long)count);
}

static void body_failed(test_run *run, const nf_error *err)
{
    long line = nf_make_line(err->activity_id);
    nf_test_break(run->result, "body", line ? line : run->test->body_line,
                  "the body failed", err);
}

static void check_all(test_run *run, const expectations *e,
                      const nf_execution *body, nf_status status,
                      const nf_error *err)
{
    const nf_test_tags *tags = &run->test->tags;
    const nf_test_tag *throws = nf_test_tag_find(tags, "throws");
    if (throws && e->count) {
        nf_test_fail(run->result, NF_TEST_ERROR, "throws", throws->line,
                     "@throws and @expect can't stand together");
        return;
    }
    if (throws)
        check_throws(run, throws, status, err);
    else if (status != NF_OK)
        body_failed(run, err);
    if (status == NF_OK)
        check_expectations(run, e, body);
    if (run->result->state == NF_TEST_ERROR)
        return;
    for (size_t i = 0; i < tags->count; i++) {
        if (strcmp(tags->items[i].name, "verify") == 0)
            test_verify(run, &tags->items[i]);
        else if (strcmp(tags->items[i].name, "expect-queue") == 0)
            check_queue(run, &tags->items[i]);
    }
}

/* ---- @setup (E9) --------------------------------------------------------- */

static bool set_up(test_run *run, const nf_test_tags *tags)
{
    for (size_t i = 0; i < tags->count; i++) {
        const nf_test_tag *tag = &tags->items[i];
        nf_error err = {0};
        nf_session *server = NULL;
        if (strcmp(tag->name, "setup") != 0)
            continue;
        bool microflow = !nf_model_find_document(
            run->app->model, "Microflows$Nanoflow", tag->value);
        nf_status status =
            microflow ? test_on_server(&server, run, &err) : NF_OK;
        if (status == NF_OK)
            status = nf_session_call(NULL, server ? server : run->session,
                                     tag->value, NULL, 0, &err);
        nf_session_free(server);
        if (status != NF_OK) {
            nf_test_break(run->result, "setup", tag->line, tag->value, &err);
            return false;
        }
    }
    return true;
}

/* ---- the case ------------------------------------------------------------ */

typedef struct attempt {
    named objects;
    made_flow body;
    expectations expectations;
    nf_execution *execution;
} attempt;

static void run_body(test_run *run, attempt *a)
{
    nf_parameter parameters[64];
    nf_value values[64];
    bool given[64];
    nf_error err = {0};
    a->objects.parameters = parameters;
    a->objects.values = values;
    a->objects.given = given;
    nf_status status = nf_session_initial_sync(run->session, &err);
    if (status != NF_OK) {
        nf_test_break(run->result, "server", 0, "the first synchronization",
                      &err);
        return;
    }
    const nf_element *element = NULL;
    bool ok = set_up(run, &run->file->header) &&
              set_up(run, &run->test->tags) &&
              name_tags(run, &a->objects, &run->test->tags) &&
              name_tags(run, &a->objects, &run->file->header) &&
              (element = read_body(run)) &&
              compile(run, "body", &a->body, element, parameters,
                      a->objects.count, (nf_type){.kind = NF_KIND_VOID}) &&
              compile_expectations(run, &a->expectations, a->body.program);
    if (ok) {
        status =
            execute(run, &a->execution, a->body.program, values, given, &err);
        check_all(run, &a->expectations, a->execution, status, &err);
    }
    nf_execution_free(a->execution);
    for (size_t i = 0; i < a->objects.count; i++)
        nf_value_release(&values[i]);
}

static void remove_folder(const char *folder)
{
    char *const roots[] = {(char *)(uintptr_t)folder, NULL};
    FTS *tree =
        folder ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
    FTSENT *entry;
    while (tree && (entry = fts_read(tree)))
        if (entry->fts_info == FTS_DP)
            rmdir(entry->fts_accpath);
        else if (entry->fts_info != FTS_D)
            unlink(entry->fts_accpath);
    if (tree)
        fts_close(tree);
}

/* What stands between quotes, or all of it. */
static const char *unquoted(test_run *run, const char *text)
{
    size_t length = strlen(text);
    bool quoted = length >= 2 && *text == '\'' && text[length - 1] == '\'';
    const char *inner =
        quoted ? nf_arena_strndup(run->arena, text + 1, length - 2) : text;
    return inner ? inner : "";
}

static void run_case(test_run *run)
{
    attempt a = {0};
    const nf_test_tag *skip = nf_test_tag_find(&run->test->tags, "skip");
    if (skip) {
        run->result->state = NF_TEST_SKIP;
        run->result->skipped = unquoted(run, skip->value);
        return;
    }
    if (test_prepare(run)) {
        nf_error err = {0};
        if (nf_session_begin_events(run->session, &err) == NF_OK)
            run_body(run, &a);
        else
            nf_test_break(run->result, "body", 0, NULL, &err);
    }
    nf_session_free(run->session); /* before the programs of its values */
    nf_program_free(a.body.program);
    for (size_t i = 0; i < a.expectations.count; i++)
        nf_program_free(a.expectations.items[i].program);
    remove_folder(run->folder);
}

void nf_test_run(nf_test_result *result, const nf_app *app,
                 const nf_test_file *file, const nf_test_case *test,
                 const char *const *names, const char *const *cells,
                 size_t cell_count, const nf_session_options *options)
{
    struct timespec before, after;
    test_run run = {.app = app,
                    .file = file,
                    .test = test,
                    .names = names,
                    .cells = cells,
                    .cell_count = cell_count,
                    .arena = result->arena,
                    .options = *options,
                    .result = result};
    clock_gettime(CLOCK_MONOTONIC, &before);
    run_case(&run);
    clock_gettime(CLOCK_MONOTONIC, &after);
    result->milliseconds = (double)(after.tv_sec - before.tv_sec) * 1e3 +
                           (double)(after.tv_nsec - before.tv_nsec) / 1e6;
}
