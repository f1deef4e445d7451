/* `explain` knows every code that the program prints, and no others; the page
 * docs/findings.md is what it says. Codes are the literals that stand where
 * functions that make errors and findings take one. */
#include "nanoflow.h"

#include "base/memory.h"

#include <ctype.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

/* Which argument of which function is a code, counted from 0. */
static const struct {
    const char *function;
    int argument;
    const char *folder; /* "" all */
} places[] = {
    {"nf_error_set", 2, ""},
    {"nf_error_detail", 1, ""},
    {"nf_bind_error", 1, ""},
    {"nf_bind_error", 2, ""},
    {"nf_bind_warning", 1, ""},
    {"nf_report", 3, ""},
    {"nf_report", 4, ""},
    {"nf_notice", 3, ""},
    {"report_name", 1, "interpreter"},
    {"set_raise", 1, "interpreter"},
    {"nf_check_add", 2, ""},
    {"nf_check_addf", 2, ""},
    {"nf_check_error", 2, ""},
    {"nf_expression_error", 1, ""},
    {"nf_xpath_error", 0, ""},
    {"nf_sync_error", 0, ""},
    {"nf_refuse", 2, ""},
    {"fail", 1, "database/xpath"},
    {"fail_near", 1, "database/xpath"},
};

typedef struct call {
    char name[48];
    int argument;
} call;

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text;
    size_t length;
    assert_non_null(file);
    text = calloc(1, 1 << 20);
    assert_non_null(text);
    length = fread(text, 1, (1 << 20) - 1, file);
    assert_true(length < (1 << 20) - 1);
    fclose(file);
    return text;
}

static bool is_code(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    if (!text[length] && length > 3)
        return true;
    length = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
    return !text[length] && length > 3;
}

static bool takes_code(const char *path, const call *at)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (!strcmp(places[i].function, at->name) &&
            places[i].argument == at->argument &&
            strstr(path, places[i].folder))
            return true;
    return false;
}

static size_t unknown_codes;

static void check_known(const char *path, const char *code)
{
    nf_error *err = nf_error_new();
    char *text = NULL;
    assert_non_null(err);
    if (nf_explain(&text, code, NULL, err) != NF_OK)
        unknown_codes +=
            (size_t)printf("%s: explain does not know '%s'\n", path, code) > 0;
    nf_text_free(text);
    nf_error_free(err);
}

static const char *skip_comment(const char *p)
{
    const char *end = strstr(p, "*/");
    return end ? end + 1 : p + strlen(p) - 1;
}

/* Copies a literal; its last character, the quote. */
static const char *read_literal(const char *p, char *out, size_t size)
{
    char quote = *p++;
    size_t length = 0;
    for (; *p && *p != quote; p++) {
        if (*p == '\\')
            p++;
        if (length + 1 < size)
            out[length++] = *p;
    }
    out[length] = '\0';
    return p;
}

/* The identifier that ends before `p`. */
static void read_name(const char *start, const char *p, char name[48])
{
    const char *end = p;
    size_t length;
    while (p > start && (isalnum((unsigned char)p[-1]) || p[-1] == '_'))
        p--;
    length = (size_t)(end - p) < 47 ? (size_t)(end - p) : 47;
    memcpy(name, p, length);
    name[length] = '\0';
}

static size_t check_file(const char *path)
{
    char *text = read_file(path), literal[128];
    call stack[64] = {{"", 0}};
    size_t depth = 0, count = 0;
    for (const char *p = text; *p; p++) {
        if (p[0] == '/' && p[1] == '*') {
            p = skip_comment(p);
        } else if (*p == '"' || *p == '\'') {
            bool string = *p == '"';
            p = read_literal(p, literal, sizeof literal);
            if (string && is_code(literal) && takes_code(path, &stack[depth])) {
                check_known(path, literal);
                count++;
            }
        } else if (*p == '(' && depth < 63) {
            depth++;
            read_name(text, p, stack[depth].name);
            stack[depth].argument = 0;
        } else if (*p == ')' && depth) {
            depth--;
        } else if (*p == ',') {
            stack[depth].argument++;
        } else if (*p == ';') {
            depth = 0;
        }
    }
    free(text);
    return count;
}

static void test_every_code_is_explained(void **state)
{
    glob_t files;
    size_t count = 0;
    (void)state;
    assert_int_equal(glob(NF_SOURCE_DIR "/*/*.c", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        count += check_file(files.gl_pathv[i]);
    globfree(&files);
    assert_int_equal(unknown_codes, 0);
    assert_true(count > 300); /* they are still found */
}

static bool occurs(const glob_t *files, const char *code)
{
    char literal[80];
    bool found = false;
    snprintf(literal, sizeof literal, "\"%s\"", code);
    for (size_t i = 0; i < files->gl_pathc && !found; i++) {
        char *text;
        if (strstr(files->gl_pathv[i], "/library/codes"))
            continue;
        text = read_file(files->gl_pathv[i]);
        found = strstr(text, literal) != NULL;
        free(text);
    }
    return found;
}

static void test_every_explained_code_exists(void **state)
{
    nf_error *err = nf_error_new();
    char *codes = NULL;
    glob_t files;
    (void)state;
    assert_int_equal(glob(NF_SOURCE_DIR "/*/*.c", 0, NULL, &files), 0);
    assert_int_equal(nf_explain(&codes, NULL, NULL, err), NF_OK);
    for (char *code = strtok(codes, "\n"); code; code = strtok(NULL, "\n"))
        if (!occurs(&files, code))
            fail_msg("nothing prints '%s'", code);
    nf_text_free(codes);
    nf_error_free(err);
    globfree(&files);
}

static void test_page_is_the_table(void **state)
{
    char *page = read_file(NF_SOURCE_DIR "/docs/findings.md"), *text = NULL;
    nf_error *err = nf_error_new();
    (void)state;
    assert_int_equal(nf_explain(&text, NULL, "markdown", err), NF_OK);
    if (strcmp(page, text) != 0)
        fail_msg("docs/findings.md is not what the program says: "
                 "nanoflow explain --format markdown >docs/findings.md");
    nf_text_free(text);
    nf_error_free(err);
    free(page);
}

static void test_one_code(void **state)
{
    nf_error *err = nf_error_new();
    char *text = NULL;
    (void)state;
    assert_int_equal(nf_explain(&text, "E-TYPE", NULL, err), NF_OK);
    assert_memory_equal(text, "E-TYPE\n\n", 8);
    assert_non_null(strstr(text, "\nExample:\n"));
    assert_non_null(strstr(text, "\nRemedy:\n"));
    nf_text_free(text);
    assert_int_equal(nf_explain(&text, "E-TYPO", NULL, err), NF_USAGE);
    assert_null(text);
    assert_non_null(strstr(nf_error_text(err, NF_ERROR_MESSAGE), "E-TYPE"));
    assert_int_equal(nf_explain(&text, "E-TYPE", "pdf", err), NF_USAGE);
    nf_error_free(err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_is_explained),
        cmocka_unit_test(test_every_explained_code_exists),
        cmocka_unit_test(test_page_is_the_table),
        cmocka_unit_test(test_one_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
