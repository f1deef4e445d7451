/* Inside of `test`: one case, from its tags to its result. */
#ifndef NF_TESTING_CASE_H
#define NF_TESTING_CASE_H

#include "library/session.h"
#include "testing/file.h"
#include "testing/result.h"

typedef struct test_run {
    const nf_app *app;
    const nf_test_file *file;
    const nf_test_case *test;
    const char *const *names, *const *cells; /* of a row of @each */
    size_t cell_count;
    nf_arena *arena; /* of the result */
    nf_session_options options;
    const char *constants[64], *roles[64];
    char *folder;            /* of its server's database; NULL: none */
    const char *server_file; /* in it */
    bool on_device, needs_file, offline;
    nf_session *session;
    nf_test_result *result;
} test_run;

/* Runs one case (a row of it). `result` says already which one. */
void nf_test_run(nf_test_result *result, const nf_app *app,
                 const nf_test_file *file, const nf_test_case *test,
                 const char *const *names, const char *const *cells,
                 size_t cell_count, const nf_session_options *options);

/* What a tag asks of the options. */
typedef nf_status (*test_tag_fn)(test_run *run, const nf_test_tag *tag,
                                 nf_error *err);
/* ---- prepare.c ------------------------------------------------------ */

/* What the tags ask of session and databases; false after a failure. */
bool test_prepare(test_run *run);
/* A session on the server's database of this test. */
nf_status test_on_server(nf_session **out, test_run *run, nf_error *err);
/* The path of a file that a tag names, from the folder of the test file. */
const char *test_path(test_run *run, const char *name);

/* ---- verify.c ------------------------------------------------------- */

void test_verify(test_run *run, const nf_test_tag *tag);

#endif
