/* Reporters show the results of a run (result.h): each is a table of functions
 * that the runner calls on the thread that started it, test after test in the
 * order of the files, in whatever order they ran. Any function may be NULL. A
 * new format is a file report_NAME.c, and a line of open_reporters (suite.c).
 */
#ifndef NF_TESTING_REPORT_H
#define NF_TESTING_REPORT_H

#include "base/text.h"
#include "models/model.h"
#include "nanoflow.h"
#include "testing/result.h"

typedef struct nf_test_reporter {
    void *user;
    /* Before the first test; `path` is the first one that was given. */
    nf_status (*started)(void *user, const char *path, nf_error *err);
    nf_status (*finished_test)(void *user, const nf_test_result *result,
                               nf_error *err);
    /* `milliseconds`: of all tests together. */
    nf_status (*finished_run)(void *user, const nf_test_summary *summary,
                              double milliseconds, nf_error *err);
    void (*free)(void *user);
} nf_test_reporter;

/* ---- report.c: what several of them do ----------------------------------- */

/* Writes and disposes of `out`. Errors: NF_INPUT (it can't be written). */
nf_status nf_report_flush(nf_buffer *out, nf_write_fn write, void *user,
                          nf_error *err);
/* Whether a file could be written; it is left as it is. Errors: NF_INPUT. */
nf_status nf_report_check(const char *path, nf_error *err);
/* Writes a file. Errors: NF_INPUT, NF_NOMEM (`text` has failed). */
nf_status nf_report_write(const char *path, const nf_buffer *text,
                          nf_error *err);
/* The flows that led to a failure, the innermost first: "at M.Flow, Caption",
 * "from M.Other, Caption", "from the test", a line each behind `before`. */
void nf_report_callers(nf_buffer *out, const char *before, const char *callers);
/* How many bytes two texts have in common at both ends: whole characters. */
typedef struct nf_difference {
    size_t head, tail;
} nf_difference;
nf_difference nf_difference_of(const char *expected, const char *actual);

/* ---- report_console.c: lines for people ---------------------------------- */

/* `slowest`: how many of the slowest tests are told in the end. */
nf_status nf_report_console(nf_test_reporter *out, nf_write_fn write,
                            void *user, bool color, size_t slowest,
                            nf_error *err);

/* ---- report_tap.c, report_json.c: the same for machines ------------------ */

nf_status nf_report_tap(nf_test_reporter *out, nf_write_fn write, void *user,
                        nf_error *err);
/* One test of a list, which is not run. */
nf_status nf_report_json_listed(const nf_test_result *result, nf_write_fn write,
                                void *user, nf_error *err);
nf_status nf_report_json(nf_test_reporter *out, nf_write_fn write, void *user,
                         nf_error *err);

/* ---- report_html.c: a page for people (test E48) ------------------------- */

/* `path` and `model` are borrowed. The file is written when the run has
 * finished. */
nf_status nf_report_html(nf_test_reporter *out, const char *path,
                         const nf_model *model, nf_error *err);

/* ---- report_github.c: annotations of lines ------------------------------- */

nf_status nf_report_github(nf_test_reporter *out, nf_write_fn write, void *user,
                           nf_error *err);

/* ---- report_junit.c: a file in JUnit's XML (test §2) --------------------- */

/* `path` is borrowed. The file is written when the run has finished. */
nf_status nf_report_junit(nf_test_reporter *out, const char *path,
                          nf_error *err);

#endif
