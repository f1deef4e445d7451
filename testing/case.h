/* Inside of `test`: one case, from its tags to its result. */
#ifndef NF_TESTING_CASE_H
#define NF_TESTING_CASE_H

#include "base/clock.h"
#include "library/session.h"
#include "testing/body.h"
#include "testing/file.h"
#include "testing/result.h"
#include "testing/trials.h"

enum { TEST_DEVICES = 8, TEST_VARIABLES = 256 };

typedef struct test_run test_run;

/* A variable that goes on from one part of the body to the next. */
typedef struct test_value {
    const char *name;
    nf_type type;
    nf_value value;
} test_value;

/* One call that a flow made, for @expect-call. */
typedef struct test_argument {
    const char *name, *value; /* as in an expression: 1, 'x', T.Note 17 */
} test_argument;

typedef struct test_called {
    const char *name;
    const test_argument *arguments;
    size_t count;
} test_called;

typedef struct test_device {
    test_run *run;
    const char *name;    /* of @device; "" the only one */
    nf_session *session; /* NULL: nobody is signed in */
    nf_faults *faults;   /* what is to go wrong on it */
    const char *user;    /* who is signed in; NULL: as the options say */
    const char *file;    /* of its database; NULL: in memory */
    test_value values[TEST_VARIABLES];
    size_t count;
    nf_status (*forward)(void *user, const char *name,
                         struct json_object *payload, nf_error *err);
    nf_buffer phases;           /* of the last synchronization */
    struct json_object *events; /* between two sessions */
    bool offline;
} test_device;

struct test_run {
    const nf_app *app;
    const nf_test_file *file;
    const nf_test_case *test;
    nf_test_trial *trial;
    nf_arena *arena; /* of the result */
    nf_session_options options;
    const nf_test_options *how;
    const char *constants[64], *roles[64], *covers[64];
    size_t cover_count;      /* of flows whose coverage counts; 0: all */
    const char *folder;      /* of files; NULL: none yet */
    const char *server_file; /* what the server begins with; NULL: nothing */
    const char *plan;        /* of faults on devices; NULL: none */
    const char *server_plan; /* the part of it that the server meets */
    bool server_on_disk, unrestricted;
    enum { TEST_SIDE_OPEN, TEST_SIDE_DEVICE, TEST_SIDE_SERVER } side;
    int64_t now;     /* one clock for all sides */
    int64_t advance; /* how much later it begins */
    enum { TEST_STRICT, TEST_STUB, TEST_REAL } unmocked;
    bool on_device, offline, keeps_files, stopped;
    bool records; /* calls */
    const char *device_names[TEST_DEVICES];
    size_t device_count;
    test_device devices[TEST_DEVICES];
    nf_faults *server_faults;
    nf_session *server; /* in this process; NULL: none */
    nf_mocks *mocks;    /* of all sessions */
    test_called *calls;
    size_t call_count, call_capacity;
    nf_test_result *result;
    const struct nf_test_looker *looker; /* look.h; NULL: nobody looks on */
    nf_templates *templates;
    struct test_look *look;
};

/* `sweep` or `sweep=PLAN`; NULL: it is not. */
bool nf_test_is_sweep(const char *plan);
/* Runs one case (a row of it). `result` says already which one. */
void nf_test_run(nf_test_result *result, const nf_app *app,
                 const nf_test_file *file, const nf_test_case *test,
                 nf_test_trial *trial, const nf_session_options *options,
                 const nf_test_options *how,
                 const struct nf_test_looker *looker, nf_templates *templates);

/* ---- tags.c -------------------------------------------------------------- */

/* What the tags ask of the options; false after a failure. */
bool test_tags(test_run *run);
/* Whether its tags are those that any runner of the format has (E5). */
bool test_is_portable(const test_run *run);
/* Calls `each` with the tags of this name, the header's first where `header`;
 * false if one returned false. */
typedef bool (*test_tag_fn)(test_run *run, const nf_test_tag *tag);
bool test_each(test_run *run, const char *name, bool header, test_tag_fn each);
/* The path of a file that a tag names, from the folder of the test file. */
const char *test_path(test_run *run, const char *name);
/* What a tag @data names, and for which side. */
const char *test_data_file(const char *value, bool *device, bool *server);
/* What stands between quotes, or all of it. */
const char *test_unquoted(test_run *run, const char *text);
/* Text from between quotes, in which they are doubled; NULL without memory. */
char *test_single_quotes(test_run *run, const char *text, size_t length);

/* ---- prepare.c: sessions and databases ----------------------------------- */

/* Where a user's data on a device is kept (synchronize S15). */
const char *test_database_of(test_device *device, const char *user);
nf_status test_open_device(test_device *device, nf_error *err);
nf_status test_new_faults(nf_faults **out, const char *plan, nf_error *err);
/* Opens the server and the devices, loads data and mocks; false after a
 * failure. */
bool test_prepare(test_run *run);
void test_clean(test_run *run);
/* A session on the server's database of this test, for one look or call. */
nf_status test_on_server(nf_session **out, test_run *run, nf_error *err);
/* NULL: there is no such device. */
test_device *test_find_device(test_run *run, const char *name);
/* After a fault: nothing goes wrong any more, and a device that crashed begins
 * anew on what it has stored. */
nf_status test_recover_device(test_device *device, nf_error *err);
/* The app ends on a device and begins anew on what it has stored; `user` NULL:
 * as before. Values go on with what is stored of them. */
nf_status test_restart_device(test_device *device, const char *user,
                              nf_error *err);
/* Nobody is signed in any more. */
nf_status test_sign_out_device(test_device *device, nf_error *err);

/* ---- load.c: what it begins with ------------------------------------------
 */

/* The data of one side into a session; false after a failure. */
bool test_load_data(test_run *run, nf_session *session, bool server);
bool test_set_mocks(test_run *run);
/* Says which mocks of the test were never asked (E43). */
void test_unused_mocks(test_run *run);

/* ---- faults.c: plans (E41) ------------------------------------------------
 */

/* Divides a plan between devices and server, and sees what it needs. Errors:
 * bad_test for what can't happen in a test. */
nf_status test_divide_faults(test_run *run, nf_error *err);
/* From now on they happen. */
nf_status test_arm_faults(test_run *run, nf_error *err);
/* Adds one item to the plan of the side that it is for. */
nf_status test_add_fault(test_run *run, const char *item, nf_error *err);
/* Whether faults of the plan have happened, on any side. */
bool test_had_faults(const test_run *run);
/* A plan of a tag of which nothing happened: a warning, or an ERROR. */
void test_unmet_faults(test_run *run);

/* ---- values.c: variables between parts, objects of data files ------------ */

/* Objects of data files that the test mentions, as values of every device. */
bool test_name_objects(test_run *run);
/* False: out of room. Takes the value over. */
bool test_keep_value(test_device *device, const char *name, nf_type type,
                     nf_value value);
/* Whether the text has the variable `$name`. */
bool test_mentions(const char *text, const char *name);
/* The variable of a path such as `$o/Attr`; NULL: no device has it. */
const test_value *test_find_value(test_run *run, const char *path,
                                  test_device **device);

/* ---- flows.c: what runs -------------------------------------------------- */

/* Setup, body and assertions. */
void test_play(test_run *run);

/* ---- activities.c -------------------------------------------------------- */

/* All activities: those of apps and those of tests. NULL: out of memory. */
const nf_activity *const *test_activities(nf_arena *arena);

/* ---- builtin.c ----------------------------------------------------------- */

/* A built-in variable ("sync/uploaded"). Owner of *out: caller. */
nf_status test_look(nf_value *out, test_device *device, const char *what,
                    nf_error *err);
/* The last synchronization of the body as its event; NULL: there was none. */
struct json_object *test_last_sync(const test_device *device);
/* The text of a payload's member; "". */
const char *test_payload(struct json_object *payload, const char *key);

/* ---- conserved.c --------------------------------------------------------- */

/* Whether everything that the device has stored is at the server or waits. */
nf_status test_conserved(nf_value *out, test_device *device, nf_error *err);

/* ---- watch.c: events and calls ------------------------------------------- */

/* A value as the arguments of calls have it. NULL: out of memory. */
const char *test_value_text(nf_arena *arena, const nf_value *value);
/* Puts the test between session and host. */
nf_status test_watch(test_device *device, nf_error *err);

/* ---- checks.c ------------------------------------------------------------ */

/* Tries @expect-… and @verify after the body. */
void test_check(test_run *run);
/* What @expect-NAME expected is not so; what a tag should have said. */
void test_fails(test_run *run, const nf_test_tag *tag, const char *actual);
void test_malformed_tag(test_run *run, const nf_test_tag *tag,
                        const char *takes);

/* ---- check_calls.c ------------------------------------------------------- */

void test_check_call(test_run *run, const nf_test_tag *tag);

/* ---- snapshot.c ---------------------------------------------------------- */

void test_snapshot(test_run *run, const nf_test_tag *tag);

/* ---- verify.c ------------------------------------------------------------ */

void test_verify(test_run *run, const nf_test_tag *tag);

#endif
