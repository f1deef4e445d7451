/* base/fault.c: the grammar of plans, and when a fault is due (synchronize
 * W54). */
#include "base/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static nf_faults *plan(const char *text)
{
    nf_faults *faults = NULL;
    nf_error err = {0};
    if (nf_faults_new(&faults, text, &err) != NF_OK)
        fail_msg("%s: %s", text, err.message);
    return faults;
}

static void refuses_what_is_no_plan(void **state)
{
    static const char *const wrong[] = {"before-lunch",
                                        "after-create=",
                                        "after-create=explode",
                                        "after-create=full",
                                        "device-write=cut",
                                        "disk-full=cut",
                                        "mid-body:-1",
                                        "mid-body:x",
                                        "after-create:5",
                                        "before-apply=status:503",
                                        "before-create=status",
                                        "before-create=status:200",
                                        "before-create=status:503:-1",
                                        "after-create@0",
                                        "after-create*x",
                                        "after-create%0",
                                        "after-create%101",
                                        "after-create=delay:-5",
                                        "after-create=cut:5",
                                        "clock",
                                        "clock:+5=cut",
                                        "seed",
                                        "seed:x",
                                        "seed:1@2",
                                        "disk-full:0",
                                        "after-create,",
                                        ",",
                                        "after-create cut",
                                        "mid-body:99999999999999999999"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        nf_faults *faults = NULL;
        nf_error err = {0};
        assert_int_equal(nf_faults_new(&faults, wrong[i], &err), NF_USAGE);
        assert_string_equal(err.code, "bad_option");
        assert_null(faults);
    }
}

static bool due(nf_faults *faults, const char *point)
{
    nf_fault fault;
    return nf_fault_due(&fault, faults, point, 0, 0);
}

static void counts_times(void **state)
{
    nf_faults *faults = plan("before-create@2*2,after-ack*0,before-final-tx");
    (void)state;
    assert_false(due(faults, "before-create"));
    assert_true(due(faults, "before-create"));
    assert_true(due(faults, "before-create"));
    assert_false(due(faults, "before-create"));
    assert_false(due(faults, "after-create"));
    for (int i = 0; i < 5; i++)
        assert_true(due(faults, "after-ack"));
    assert_int_equal(nf_faults_count(faults), 7);
    assert_true(strstr(nf_faults_text(faults), "before-create=cut@2,"));
    nf_faults_free(faults);
    assert_int_equal(nf_fault_reach(NULL, "before-apply", NULL), NF_OK);
}

static void meets_bytes(void **state)
{
    nf_faults *faults = plan("mid-body:10=corrupt,mid-result=truncate,"
                             "before-commit=status:503:2000");
    nf_fault fault;
    (void)state;
    assert_false(nf_fault_due(&fault, faults, "mid-body", 0, 9));
    assert_true(nf_fault_due(&fault, faults, "mid-body", 9, 20));
    assert_int_equal(fault.action, NF_FAULT_CORRUPT);
    assert_int_equal(fault.at, 10);
    assert_true(nf_fault_due(&fault, faults, "mid-result", 100, 200));
    assert_int_equal(fault.at, 150); /* the middle of what passes */
    assert_true(nf_fault_due(&fault, faults, "before-commit", 0, 0));
    assert_int_equal(fault.argument, 503);
    assert_int_equal(fault.wait, 2000);
    nf_faults_free(faults);
}

static void disks_stay_full(void **state)
{
    nf_faults *faults = plan("disk-full:3,server-write=crash@2");
    nf_fault fault;
    (void)state;
    nf_faults_crash_in_process(faults);
    assert_false(due(faults, "device-write"));
    assert_false(due(faults, "device-write"));
    for (int i = 0; i < 3; i++) {
        assert_true(nf_fault_due(&fault, faults, "device-write", 0, 0));
        assert_int_equal(fault.action, NF_FAULT_FULL);
    }
    assert_false(due(faults, "server-write"));
    assert_true(nf_fault_due(&fault, faults, "server-write", 0, 0));
    assert_int_equal(fault.action, NF_FAULT_CRASH);
    nf_faults_free(faults);
}

/* After a crash in process nothing is reached any more. */
static void crashes_in_process(void **state)
{
    nf_faults *faults = plan("in-final-tx");
    nf_error err = {0};
    (void)state;
    nf_faults_crash_in_process(faults);
    assert_int_equal(nf_fault_reach(faults, "before-final-tx", &err), NF_OK);
    assert_false(nf_faults_crashed(faults));
    assert_int_equal(nf_fault_reach(faults, "in-final-tx", &err), NF_FAILED);
    assert_true(nf_faults_crashed(faults));
    nf_error_clear(&err);
    assert_int_equal(nf_fault_reach(faults, "before-apply", &err), NF_FAILED);
    assert_string_equal(err.code, "SYNC_NETWORK");
    nf_faults_free(faults);
}

static void moves_clocks_and_waits(void **state)
{
    int64_t now = 1000;
    nf_faults *faults = plan("clock:-315360000,server-clock:+3600@2,"
                             "before-apply=delay:500,in-apply=cut");
    nf_error err = {0};
    (void)state;
    nf_faults_set_clock(faults, nf_clock_fixed(&now));
    due(faults, "clock");
    due(faults, "server-clock");
    assert_int_equal(nf_faults_clock_offset(faults, false), -315360000000);
    assert_int_equal(nf_faults_clock_offset(faults, true), 0);
    due(faults, "server-clock");
    assert_int_equal(nf_faults_clock_offset(faults, true), 3600000);
    assert_int_equal(nf_fault_reach(faults, "before-apply", &err), NF_OK);
    assert_int_equal(now, 1500);
    assert_false(nf_faults_take_cut(faults));
    assert_int_equal(nf_fault_reach(faults, "in-apply", &err), NF_FAILED);
    assert_true(nf_faults_take_cut(faults));
    assert_false(nf_faults_take_cut(faults));
    nf_faults_free(faults);
}

static void repeats_by_seed(void **state)
{
    char first[4096];
    size_t count = 0;
    (void)state;
    for (int round = 0; round < 3; round++) {
        nf_faults *faults = plan(round < 2 ? "seed:42%20" : "seed:43%20");
        nf_faults_crash_in_process(faults);
        for (int i = 0; i < 200; i++) {
            nf_fault fault;
            nf_fault_due(&fault, faults, i % 2 ? "before-body" : "mid-body", i,
                         i + 10);
        }
        if (round == 0)
            snprintf(first, sizeof first, "%s", nf_faults_text(faults));
        else
            assert_int_equal(strcmp(first, nf_faults_text(faults)) == 0,
                             round == 1);
        count += nf_faults_count(faults);
        nf_faults_free(faults);
    }
    assert_true(count > 60);
}

/* What a sweep asks afterwards. */
static void tells_what_was_reached(void **state)
{
    nf_faults *faults = plan("");
    nf_fault_seen seen;
    bool found = false;
    (void)state;
    due(faults, "before-ack");
    nf_fault_edge(faults, "mid-result", 40);
    nf_fault_edge(faults, "mid-result", 40);
    nf_fault_edge(faults, "mid-result", 90);
    for (size_t i = 0; nf_faults_seen(&seen, faults, i); i++) {
        if (strcmp(seen.point, "before-ack") == 0)
            assert_int_equal(seen.hits, 1);
        if (strcmp(seen.point, "mid-result") != 0)
            continue;
        found = true;
        assert_int_equal(seen.edge_count, 2);
        assert_int_equal(seen.edges[1], 90);
    }
    assert_true(found);
    nf_faults_free(faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_no_plan),
        cmocka_unit_test(counts_times),
        cmocka_unit_test(meets_bytes),
        cmocka_unit_test(disks_stay_full),
        cmocka_unit_test(crashes_in_process),
        cmocka_unit_test(moves_clocks_and_waits),
        cmocka_unit_test(repeats_by_seed),
        cmocka_unit_test(tells_what_was_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
