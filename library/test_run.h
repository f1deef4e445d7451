/* Inside of `test`: one case, from its tags to its result. */
#ifndef NF_LIBRARY_TEST_RUN_H
#define NF_LIBRARY_TEST_RUN_H

#include "base/text.h"
#include "library/session.h"
#include "library/test_file.h"

typedef enum nf_test_state {
    NF_TEST_PASS,
    NF_TEST_FAIL,
    NF_TEST_ERROR,
    NF_TEST_SKIP
} nf_test_state;

typedef struct nf_test_result {
    const char *name, *file; /* borrowed */
    nf_test_state state;
    char *message; /* on the heap; NULL */
    size_t assertions;
    double milliseconds;
} nf_test_result;

typedef struct test_run {
    const nf_app *app;
    const nf_test_file *file;
    const nf_test_case *test;
    const char *const *names, *const *cells; /* of a row of @each */
    size_t cell_count;
    nf_arena *arena;
    nf_session_options options;
    const char *constants[64], *roles[64];
    char *folder;            /* of its server's database; NULL: none */
    const char *server_file; /* in it */
    bool on_device, needs_file, offline;
    nf_session *session;
    nf_test_result *result;
    nf_buffer message;
} test_run;

/* Runs one case (a row of it); `result->message` is the caller's. */
void nf_test_run(nf_test_result *result, const nf_app *app,
                 const nf_test_file *file, const nf_test_case *test,
                 const char *const *names, const char *const *cells,
                 size_t cell_count, const nf_session_options *options);

/* A worse state stays; messages are collected. */
void test_says(test_run *run, nf_test_state state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* An error where `line` (0: unknown) of the file says what failed. */
void test_breaks(test_run *run, long line, const char *what,
                 const nf_error *err);
/* What a tag asks of the options. */
typedef nf_status (*test_tag_fn)(test_run *run, const nf_test_tag *tag,
                                 nf_error *err);
/* ---- test_prepare.c ------------------------------------------------------ */

/* What the tags ask of session and databases; false after test_says. */
bool test_prepare(test_run *run);
/* A session on the server's database of this test. */
nf_status test_on_server(nf_session **out, test_run *run, nf_error *err);
/* The path of a file that a tag names, from the folder of the test file. */
const char *test_path(test_run *run, const char *name);

/* ---- test_verify.c ------------------------------------------------------- */

void test_verify(test_run *run, const nf_test_tag *tag);

#endif
