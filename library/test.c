/* Runs of tests (test E12, E13, E46): all files, every case and row, a line
 * for each, and a report in JUnit's form (test §2). */
#include "library/test_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct suite {
    const nf_app *app;
    const nf_session_options *session;
    const nf_test_options *options;
    nf_write_fn write;
    void *user;
    nf_test_summary *summary;
    nf_buffer junit; /* the cases so far */
    size_t seen;     /* also those that a filter left out */
    bool failed;     /* the output could not be written */
    double milliseconds;
} suite;

/* ---- the report ---------------------------------------------------------- */

static void escape(nf_buffer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            nf_buffer_text(out, "&lt;");
        else if (*text == '>')
            nf_buffer_text(out, "&gt;");
        else if (*text == '&')
            nf_buffer_text(out, "&amp;");
        else if (*text == '"')
            nf_buffer_text(out, "&quot;");
        else if (*text == '\n')
            nf_buffer_text(out, "&#10;");
        else if ((unsigned char)*text >= 0x20 || *text == '\t')
            nf_buffer_char(out, *text);
    }
}

/* The path without its ending, with dots. */
static void class_name(nf_buffer *out, const char *path)
{
    size_t length = strlen(path);
    const char *end = strrchr(path, '.');
    while (end && end > path && *--end != '.')
        ;
    length = end ? (size_t)(end - path) : length;
    nf_buffer part;
    nf_buffer_init(&part, NF_BUFFER_MAX);
    for (size_t i = 0; i < length; i++)
        nf_buffer_char(&part, path[i] == '/' ? '.' : path[i]);
    const char *text = nf_buffer_string(&part);
    escape(out, text ? text : "");
    nf_buffer_dispose(&part);
}

static void report_case(suite *s, const nf_test_result *r)
{
    static const char *const elements[] = {NULL, "failure", "error", "skipped"};
    const char *element = elements[r->state];
    const char *message = r->message ? r->message : "";
    nf_buffer *out = &s->junit;
    nf_buffer_text(out, "  <testcase name=\"");
    escape(out, r->name);
    nf_buffer_text(out, "\" classname=\"");
    class_name(out, r->file);
    nf_buffer_text(out, "\" file=\"");
    escape(out, r->file);
    nf_buffer_format(out, "\" time=\"%.3f\">\n", r->milliseconds / 1000);
    nf_buffer_format(out,
                     "    <properties><property name=\"assertions\" "
                     "value=\"%zu\"/></properties>\n",
                     r->assertions);
    if (element) {
        nf_buffer_format(out, "    <%s message=\"", element);
        escape(out, message);
        nf_buffer_text(out, "\">");
        escape(out, message);
        nf_buffer_format(out, "</%s>\n", element);
    }
    nf_buffer_text(out, "  </testcase>\n");
}

static nf_status write_junit(suite *s, const char *name, nf_error *err)
{
    const nf_test_summary *sum = s->summary;
    nf_buffer all;
    nf_buffer_init(&all, NF_BUFFER_MAX);
    nf_buffer_text(&all, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                         "<testsuites>\n <testsuite name=\"");
    escape(&all, name);
    nf_buffer_format(&all,
                     "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
                     "skipped=\"%zu\" time=\"%.3f\">\n",
                     sum->passed + sum->failed + sum->errors + sum->skipped,
                     sum->failed, sum->errors, sum->skipped,
                     s->milliseconds / 1000);
    if (s->junit.length)
        nf_buffer_add(&all, s->junit.data, s->junit.length);
    nf_buffer_text(&all, " </testsuite>\n</testsuites>\n");
    FILE *file =
        all.failed || s->junit.failed ? NULL : fopen(s->options->junit, "we");
    bool ok = file && fwrite(all.data, 1, all.length, file) == all.length;
    if (file && fclose(file) != 0)
        ok = false;
    nf_buffer_dispose(&all);
    return ok ? NF_OK
              : nf_error_set(err, NF_INPUT, "unwritable",
                             "the report \"%s\" can't be written: %s",
                             s->options->junit, strerror(errno));
}

/* ---- lines for people (test §2) ------------------------------------------ */

static void print_state(suite *s, nf_buffer *out, nf_test_state state)
{
    static const char *const words[] = {"PASS", "FAIL", "ERROR", "SKIP"};
    static const char *const colors[] = {"32", "31", "31", "33"};
    if (s->options->color)
        nf_buffer_format(out, "  \033[%sm%-5s\033[0m ", colors[state],
                         words[state]);
    else
        nf_buffer_format(out, "  %-5s ", words[state]);
}

static void print_message(nf_buffer *out, const char *message)
{
    while (message && *message) {
        size_t length = strcspn(message, "\n");
        nf_buffer_format(out, "         %.*s\n", (int)length, message);
        message += length + (message[length] == '\n');
    }
}

static void flush(suite *s, nf_buffer *out)
{
    if (out->failed || !s->write(s->user, out->data, out->length))
        s->failed = true;
    nf_buffer_dispose(out);
}

static void print_case(suite *s, const nf_test_result *r)
{
    nf_buffer out;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    print_state(s, &out, r->state);
    nf_buffer_text(&out, r->name);
    if (r->state != NF_TEST_SKIP && r->assertions)
        nf_buffer_format(&out, " (%.0fms, %zu assertion%s)", r->milliseconds,
                         r->assertions, r->assertions == 1 ? "" : "s");
    else if (r->state != NF_TEST_SKIP)
        nf_buffer_format(&out, " (%.0fms, no assertions)", r->milliseconds);
    nf_buffer_char(&out, '\n');
    print_message(&out, r->message);
    flush(s, &out);
}

static void count(suite *s, const nf_test_result *r)
{
    nf_test_summary *sum = s->summary;
    s->milliseconds += r->milliseconds;
    switch (r->state) {
    case NF_TEST_PASS:
        sum->passed++;
        sum->vacuous += !r->assertions;
        break;
    case NF_TEST_FAIL:
        sum->failed++;
        break;
    case NF_TEST_ERROR:
        sum->errors++;
        break;
    case NF_TEST_SKIP:
        sum->skipped++;
        break;
    }
    print_case(s, r);
    report_case(s, r);
}

/* ---- cases --------------------------------------------------------------- */

static nf_status run_one(suite *s, const nf_test_file *file,
                         const nf_test_case *test, const char *name,
                         const char *const *names, const char *const *cells,
                         size_t cell_count, nf_error *err)
{
    nf_test_result result = {.name = name, .file = file->path};
    nf_test_run(&result, s->app, file, test, names, cells, cell_count,
                s->session);
    if (result.state == NF_TEST_PASS && !result.assertions &&
        s->options->require_assertions) {
        result.state = NF_TEST_ERROR;
        result.message = nf_strdup("the test asserts nothing");
    }
    count(s, &result);
    nf_free(result.message);
    return s->failed ? nf_error_set(err, NF_INPUT, "unwritable",
                                    "the results can't be written")
                     : NF_OK;
}

enum { CELLS_MAX = 64 };

/* The cells of `| a | b |`; at most CELLS_MAX. */
static size_t split_row(const nf_test_file *file, const char *row,
                        const char **cells)
{
    size_t n = 0;
    char *copy = nf_arena_strdup(file->arena, row + (*row == '|'));
    for (char *p = copy; p && *p && n < CELLS_MAX;) {
        char *start = p, *end;
        bool quoted = false;
        for (; *p && (quoted || *p != '|'); p++)
            quoted ^= *p == '\'';
        end = p;
        p += *p == '|';
        *end = '\0';
        while (*start == ' ' || *start == '\t')
            start++;
        while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
            *--end = '\0';
        cells[n++] = start;
    }
    return n;
}

/* Each row is a case of its own (E41). */
static nf_status run_rows(suite *s, const nf_test_file *file,
                          const nf_test_case *test, nf_error *err)
{
    const char *names[CELLS_MAX], *cells[CELLS_MAX];
    size_t columns = 0, rows = 0;
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < test->tags.count; i++) {
        const nf_test_tag *tag = &test->tags.items[i];
        if (strcmp(tag->name, "|") != 0)
            continue;
        if (!columns) {
            columns = split_row(file, tag->value, names);
            continue;
        }
        size_t given = split_row(file, tag->value, cells);
        const char *name = nf_arena_format(file->arena, "%s [%zu] %s",
                                           test->name, ++rows, tag->value);
        if (!name)
            return nf_error_nomem(err);
        if (given == columns) {
            status = run_one(s, file, test, name, names, cells, given, err);
            continue;
        }
        nf_test_result result = {
            .name = name,
            .file = file->path,
            .state = NF_TEST_ERROR,
            .message = nf_strdup("the row has not as many cells as the "
                                 "table has names")};
        count(s, &result);
        nf_free(result.message);
    }
    if (rows || status != NF_OK)
        return status;
    nf_test_result result = {.name = test->name,
                             .file = file->path,
                             .state = NF_TEST_ERROR,
                             .message = nf_strdup("@each has no rows")};
    count(s, &result);
    nf_free(result.message);
    return NF_OK;
}

static nf_status run_file(suite *s, const nf_test_file *file, nf_error *err)
{
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < file->count; i++) {
        const nf_test_case *test = &file->cases[i];
        s->seen++;
        if (s->options->filter && !strstr(test->name, s->options->filter))
            continue;
        status = nf_test_tag_find(&test->tags, "each")
                     ? run_rows(s, file, test, err)
                     : run_one(s, file, test, test->name, NULL, NULL, 0, err);
    }
    return status;
}

/* E12: a file that can't be parsed is one ERROR; the others run. */
static void broken_file(suite *s, const char *path, const nf_error *problem)
{
    nf_buffer name;
    char *text = nf_error_print(problem);
    nf_buffer_init(&name, NF_BUFFER_MAX);
    const char *slash = strrchr(path, '/');
    nf_buffer_format(&name, "%s (file could not be parsed)",
                     slash ? slash + 1 : path);
    nf_test_result result = {.name = nf_buffer_string(&name),
                             .file = path,
                             .state = NF_TEST_ERROR,
                             .message = text};
    if (!result.name)
        result.name = path;
    s->seen++;
    count(s, &result);
    nf_free(text);
    nf_buffer_dispose(&name);
}

static nf_status run_path(suite *s, const char *path, int *language,
                          nf_error *err)
{
    nf_test_file *file;
    nf_error problem = {0};
    nf_status status = nf_test_file_read(&file, path, &problem);
    if (status == NF_OK && *language >= 0 && file->language != *language) {
        nf_test_file_free(file);
        file = NULL;
        status = nf_error_set(&problem, NF_INPUT, "bad_test",
                              "the files of one run agree on \"mdl %d;\"",
                              *language);
        nf_error_at_line(&problem, path, 1);
    }
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (status != NF_OK) {
        broken_file(s, path, &problem);
        return NF_OK;
    }
    *language = file->language;
    status = run_file(s, file, err);
    nf_test_file_free(file);
    return status;
}

static void print_summary(suite *s)
{
    const nf_test_summary *sum = s->summary;
    nf_buffer out;
    nf_buffer_init(&out, NF_BUFFER_MAX);
    if (sum->vacuous)
        nf_buffer_format(&out,
                         "%zu test(s) asserted nothing beyond \"did not "
                         "throw\".\n",
                         sum->vacuous);
    nf_buffer_format(&out, "%zu passed, %zu failed, %zu errors, %zu skipped\n",
                     sum->passed, sum->failed, sum->errors, sum->skipped);
    flush(s, &out);
}

static nf_status check_options(const nf_session_options *session,
                               const nf_test_options *options, nf_error *err)
{
    bool local = session->server && strncmp(session->server, "local:", 6) == 0;
    if (options->version != NF_TEST_OPTIONS_VERSION)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "test options have version %u, this library knows "
                            "%d",
                            options->version, NF_TEST_OPTIONS_VERSION);
    if (session->database || session->server_database ||
        (local && strcmp(session->server, "local::memory:") != 0))
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "each test has databases of its own: @data loads "
                            "what it needs");
    if (session->side != NF_SIDE_DEVICE)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "tests run on the device");
    return NF_OK;
}

nf_status nf_tests(nf_test_summary *out, const nf_app *app,
                   const char *const *paths, size_t path_count,
                   const nf_session_options *session,
                   const nf_test_options *options, nf_write_fn write,
                   void *user, nf_error *err)
{
    nf_test_paths found = {0};
    nf_session_options own = *session;
    int language = -1;
    *out = (nf_test_summary){0};
    if (own.server && strcmp(own.server, "local::memory:") == 0)
        own.server = NULL; /* what a test has anyway */
    suite s = {.app = app,
               .session = &own,
               .options = options,
               .write = write,
               .user = user,
               .summary = out};
    nf_buffer_init(&s.junit, NF_BUFFER_MAX);
    nf_status status = check_options(session, options, err);
    for (size_t i = 0; status == NF_OK && i < path_count; i++)
        status = nf_test_paths_find(&found, paths[i], err);
    for (size_t i = 0; status == NF_OK && i < found.count; i++)
        status = run_path(&s, found.items[i], &language, err);
    if (status == NF_OK &&
        !(out->passed + out->failed + out->errors + out->skipped))
        status = nf_error_set(err, NF_INPUT, "no_tests",
                              s.seen ? "no test has \"%s\" in its name"
                                     : "there are no tests in \"%s\"",
                              s.seen ? options->filter : paths[0]);
    if (status == NF_OK)
        print_summary(&s);
    if (status == NF_OK && options->junit)
        status = write_junit(&s, paths[0], err);
    nf_buffer_dispose(&s.junit);
    nf_test_paths_free(&found);
    return status;
}
