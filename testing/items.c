/* See suite.h: from paths to the list of what is to run (test E12, E41). */
#include "testing/suite.h"

#include "base/text.h"

#include <string.h>

static nf_status add_item(test_suite *s, test_item **out, const char *path,
                          nf_error *err)
{
    test_item *items = nf_grow(s->items, s->count, &s->capacity, sizeof *items);
    *out = NULL;
    if (!items)
        return nf_error_nomem(err);
    s->items = items;
    *out = &items[s->count];
    **out = (test_item){0};
    nf_status status = nf_test_result_init(&(*out)->result, err);
    if (status != NF_OK)
        return status;
    s->count++;
    (*out)->result.file = nf_arena_strdup((*out)->result.arena, path);
    return (*out)->result.file ? NF_OK : nf_error_nomem(err);
}

static const char *words_of(const nf_test_file *file, const nf_test_case *test)
{
    const nf_test_tag *tag = nf_test_tag_find(&test->tags, "tags");
    if (!tag)
        tag = nf_test_tag_find(&file->header, "tags");
    return tag ? tag->value : "";
}

static nf_status add_test(test_suite *s, test_item **out,
                          const nf_test_file *file, const nf_test_case *test,
                          const char *name, nf_error *err)
{
    nf_status status = add_item(s, out, file->path, err);
    if (status != NF_OK)
        return status;
    (*out)->file = file;
    (*out)->test = test;
    (*out)->result.name = name;
    (*out)->result.test = test->name;
    (*out)->result.tags = words_of(file, test);
    (*out)->result.line = test->line;
    return NF_OK;
}

/* A test that is not tried. */
static void decide(test_item *item, long line, const char *message)
{
    nf_test_fail(&item->result, NF_TEST_ERROR, "each", line, "%s", message);
    item->decided = true;
}

/* ---- rows (E41, @each) --------------------------------------------------- */

enum { CELLS_MAX = 64 };

/* The cells of `| a | b |`; at most CELLS_MAX. NULL: out of memory. */
static const char *const *split_row(const nf_test_file *file, const char *row,
                                    size_t *count)
{
    char *copy = nf_arena_strdup(file->arena, row + (*row == '|'));
    const char **cells = nf_arena_array(file->arena, CELLS_MAX, sizeof *cells);
    *count = 0;
    for (char *p = copy; p && cells && *p && *count < CELLS_MAX;) {
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
        cells[(*count)++] = start;
    }
    return copy ? cells : NULL;
}

/* A row in one line of a result, without what lines up its columns. */
static char *row_text(const nf_test_file *file, const char *const *cells,
                      size_t count)
{
    char *text = nf_arena_strdup(file->arena, "|");
    for (size_t i = 0; text && i < count; i++)
        text = nf_arena_format(file->arena, "%s %s |", text, cells[i]);
    return text;
}

static nf_status add_row(test_suite *s, const nf_test_file *file,
                         const nf_test_case *test, const nf_test_tag *row,
                         size_t number, const char *const *names,
                         size_t columns, nf_error *err)
{
    test_item *item;
    size_t given;
    const char *const *cells = split_row(file, row->value, &given);
    const char *text = cells ? row_text(file, cells, given) : NULL;
    const char *name = nf_arena_format(file->arena, "%s [%zu] %s", test->name,
                                       number, text ? text : "");
    if (!name || !text)
        return nf_error_nomem(err);
    nf_status status = add_test(s, &item, file, test, name, err);
    if (status != NF_OK)
        return status;
    item->result.row = text;
    item->result.row_number = number;
    item->names = names;
    item->cells = cells;
    item->cell_count = given;
    if (given != columns)
        decide(item, row->line,
               "the row has not as many cells as the table has names");
    return NF_OK;
}

/* Each row is a case of its own. */
static nf_status add_rows(test_suite *s, const nf_test_file *file,
                          const nf_test_case *test, const nf_test_tag *each,
                          nf_error *err)
{
    const char *const *names = NULL;
    size_t columns = 0, rows = 0;
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < test->tags.count; i++) {
        const nf_test_tag *tag = &test->tags.items[i];
        if (strcmp(tag->name, "|") != 0)
            continue;
        if (names)
            status = add_row(s, file, test, tag, ++rows, names, columns, err);
        else if (!(names = split_row(file, tag->value, &columns)))
            status = nf_error_nomem(err);
    }
    test_item *item;
    if (!rows && status == NF_OK)
        status = add_test(s, &item, file, test, test->name, err);
    if (!rows && status == NF_OK)
        decide(item, each->line, "@each has no rows");
    return status;
}

/* ---- which ones ---------------------------------------------------------- */

static bool has_word(const char *words, const char *word, size_t length)
{
    for (const char *p = words; *p;) {
        size_t size = strcspn(p, " ,\t");
        if (size == length && strncmp(p, word, length) == 0)
            return true;
        p += size;
        p += strspn(p, " ,\t");
    }
    return false;
}

/* `a,b,!c`: one of the words without a mark, if there are such, and none of
 * those with it. */
static bool has_tags(const char *words, const char *wanted)
{
    bool asked = false, found = false;
    for (const char *p = wanted ? wanted : ""; *p;) {
        bool no = *p == '!';
        size_t size = strcspn(p + no, ",");
        bool has = has_word(words, p + no, size);
        if (no && has)
            return false;
        asked |= !no;
        found |= !no && has;
        p += no + size;
        p += *p == ',';
    }
    return found || !asked;
}

/* E41: where a test has @only, the others are skipped, visibly. */
static void keep_only(test_suite *s)
{
    bool any = false;
    for (size_t i = 0; i < s->count; i++)
        any |= s->items[i].test &&
               nf_test_tag_find(&s->items[i].test->tags, "only");
    for (size_t i = 0; any && i < s->count; i++) {
        test_item *item = &s->items[i];
        if (item->decided || nf_test_tag_find(&item->test->tags, "only"))
            continue;
        item->result.state = NF_TEST_SKIP;
        item->result.skipped = "another test has @only";
        item->decided = true;
    }
}

/* ---- files --------------------------------------------------------------- */

static nf_status add_tests(test_suite *s, const nf_test_file *file,
                           const nf_test_options *options, nf_error *err)
{
    test_item *item;
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < file->count; i++) {
        const nf_test_case *test = &file->cases[i];
        const nf_test_tag *each = nf_test_tag_find(&test->tags, "each");
        s->seen++;
        if ((options->filter && !strstr(test->name, options->filter)) ||
            !has_tags(words_of(file, test), options->tags))
            continue;
        status = each ? add_rows(s, file, test, each, err)
                      : add_test(s, &item, file, test, test->name, err);
    }
    return status;
}

/* E12: a file that can't be parsed is one ERROR; the others run. */
static nf_status add_broken(test_suite *s, const char *path,
                            const nf_error *problem, nf_error *err)
{
    test_item *item;
    char *text = nf_error_print(problem);
    const char *slash = strrchr(path, '/');
    nf_status status = add_item(s, &item, path, err);
    s->seen++;
    if (status == NF_OK) {
        item->result.name = item->result.test =
            nf_arena_format(item->result.arena, "%s (file could not be parsed)",
                            slash ? slash + 1 : path);
        nf_test_failure *f =
            nf_test_fail(&item->result, NF_TEST_ERROR, "file", 0, "%s",
                         text ? text : problem->message);
        if (f)
            f->line = problem->line;
        item->decided = true;
        if (!item->result.name)
            status = nf_error_nomem(err);
    }
    nf_free(text);
    return status;
}

static nf_status keep(test_suite *s, nf_test_file *file, nf_error *err)
{
    nf_test_file **files =
        nf_grow(s->files, s->file_count, &s->file_capacity, sizeof *files);
    if (!files) {
        nf_test_file_free(file);
        return nf_error_nomem(err);
    }
    s->files = files;
    files[s->file_count++] = file;
    return NF_OK;
}

static nf_status read_file(test_suite *s, const char *path,
                           const nf_test_options *options, nf_error *err)
{
    nf_test_file *file;
    nf_error problem = {0};
    nf_status status = nf_test_file_read(&file, path, &problem);
    int language = s->file_count ? s->files[0]->language : 0;
    if (status == NF_OK && s->file_count && file->language != language) {
        nf_test_file_free(file);
        status =
            nf_error_set(&problem, NF_INPUT, "bad_test",
                         "the files of one run agree on \"mdl %d;\"", language);
        nf_error_at_line(&problem, path, 1);
    }
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (status != NF_OK)
        return add_broken(s, path, &problem, err);
    status = keep(s, file, err);
    return status == NF_OK ? add_tests(s, file, options, err) : status;
}

/* Errors of the options, E47. */
static nf_status discover(test_suite *s, const nf_app *app,
                          const nf_test_options *options, nf_error *err)
{
    nf_test_file *file = NULL;
    if (!options->discover)
        return NF_OK;
    if (strcmp(options->discover, "flows") != 0)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "what can be discovered is \"flows\", not \"%s\"",
                            options->discover);
    if (!app)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "--app says in which app flows are discovered");
    nf_status status = test_suite_discover(&file, app, err);
    if (status == NF_OK && file)
        status = keep(s, file, err);
    return status == NF_OK && file ? add_tests(s, file, options, err) : status;
}

nf_status test_suite_read(test_suite *suite, const nf_app *app,
                          const char *const *paths, size_t path_count,
                          const nf_test_options *options, nf_error *err)
{
    nf_test_paths found = {0};
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < path_count; i++)
        status = nf_test_paths_find(&found, paths[i], err);
    for (size_t i = 0; status == NF_OK && i < found.count; i++)
        status = read_file(suite, found.items[i], options, err);
    nf_test_paths_free(&found);
    if (status == NF_OK)
        status = discover(suite, app, options, err);
    keep_only(suite);
    for (size_t i = 0; i < suite->count; i++)
        suite->items[i].finished = suite->items[i].decided;
    return status;
}

char *nf_tests_app(const char *const *paths, size_t path_count)
{
    nf_test_paths found = {0};
    char *app = NULL;
    for (size_t i = 0; i < path_count; i++)
        if (nf_test_paths_find(&found, paths[i], NULL) != NF_OK)
            break;
    for (size_t i = 0; i < found.count && !app; i++) {
        nf_test_file *file;
        const nf_test_tag *tag =
            nf_test_file_read(&file, found.items[i], NULL) == NF_OK
                ? nf_test_tag_find(&file->header, "app")
                : NULL;
        nf_buffer path;
        nf_buffer_init(&path, NF_BUFFER_MAX);
        const char *slash = strrchr(found.items[i], '/');
        if (tag && slash && *tag->value != '/')
            nf_buffer_add(&path, found.items[i],
                          (size_t)(slash + 1 - found.items[i]));
        if (tag)
            nf_buffer_text(&path, tag->value);
        app = path.length ? nf_buffer_take(&path) : NULL;
        nf_buffer_dispose(&path);
        nf_test_file_free(file);
    }
    nf_test_paths_free(&found);
    return app;
}

void test_suite_dispose(test_suite *suite)
{
    for (size_t i = 0; i < suite->count; i++)
        nf_test_result_dispose(&suite->items[i].result);
    for (size_t i = 0; i < suite->file_count; i++)
        nf_test_file_free(suite->files[i]);
    nf_free(suite->items);
    nf_free(suite->files);
}
