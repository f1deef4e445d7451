/* Cuts at every byte, retries and their waits on the injected clock, wrong and
 * missing bytes (synchronize §19, A120, A127 … A130, A134, A135, A141, A144).
 */
#include "helper_world.h"

#include "database/statement.h"


#define RUN_ALL NF_SYNC_RUN_ALL

typedef struct broken_device {
    helper_device device;
    nf_faults *faults;
} broken_device;

/* A device whose exchanges meet a plan. */
static void open_broken(broken_device *out, helper_world *world,
                        const char *plan, bool retries)
{
    nf_error err = {0};
    nf_sync_transport *inner = NULL, *faulty = NULL;
    nf_sync_options sync = {.model = world->model,
                            .profile =
                                nf_model_find_profile(world->model, NULL),
                            .clock = world->clock,
                            .random = &world->random,
                            .no_retry = !retries,
                            .identity = {.user = "anna"}};

    helper_device_open(&out->device, world, "anna");
    nf_sync_client_free(out->device.client);
    out->device.faults = NULL;
    assert_int_equal(nf_faults_new(&out->faults, plan, &err), NF_OK);
    nf_faults_set_clock(out->faults, world->clock);
    nf_faults_crash_in_process(out->faults);
    assert_int_equal(nf_server_transport(&inner, world->server, &err), NF_OK);
    assert_int_equal(nf_sync_faulty_new(&faulty, inner, out->faults, &err),
                     NF_OK);
    sync.device = out->device.device;
    sync.objects = out->device.objects;
    assert_int_equal(
        nf_sync_client_new(&out->device.client, faulty, &sync, &err), NF_OK);
}

static void close_broken(broken_device *device)
{
    helper_device_close(&device->device);
    nf_faults_free(device->faults);
}

static int64_t number(helper_world *world, const char *sql)
{
    nf_database *db = nf_server_database(world->server);
    nf_error err = {0};
    nf_statement *statement = nf_database_statement(db, sql, &err);
    bool row = false;
    int64_t value;
    assert_non_null(statement);
    assert_int_equal(nf_database_step(db, statement, &row, &err), NF_OK);
    value = row ? nf_column_int(statement, 0) : -1;
    nf_database_done(db, statement);
    return value;
}

static int64_t applied(helper_world *world)
{
    return number(world, "SELECT coalesce(sum(last - first + 1), 0) FROM "
                         "_mx_applied_change");
}

static nf_object *new_order(helper_world *world, broken_device *a)
{
    nf_object *order = helper_create(world, &a->device, "Shop.Order");
    helper_set_text(order, "Remark", "once");
    helper_commit(&a->device, order);
    return order;
}

/* A120: without retries the device is as before and the next run succeeds; the
 * server applied the change once. False: so many bytes do not pass. */
static bool cut_at(helper_world *world, broken_device *a, const char *point,
                   int64_t at, bool ends)
{
    char plan[64], *before, *after;
    nf_error err = {0};
    nf_object *order = new_order(world, a);
    int64_t changes = applied(world);
    size_t count = nf_faults_count(a->faults);
    nf_status status;
    bool met;

    snprintf(plan, sizeof plan, "%s:%lld=cut", point, (long long)at);
    assert_int_equal(nf_faults_add(a->faults, plan, &err), NF_OK);
    before = helper_dump(&a->device, world);
    status = helper_try(&a->device, RUN_ALL, NULL, 0, &err);
    met = nf_faults_count(a->faults) > count;
    nf_faults_clear(a->faults);
    if (ends && met) {
        assert_int_equal(status, NF_FAILED);
        assert_string_equal(err.code, "SYNC_NETWORK");
        after = helper_dump(&a->device, world);
        assert_string_equal(before, after);
        free(after);
        helper_sync(&a->device, RUN_ALL, NULL, 0);
    } else {
        assert_int_equal(status, NF_OK);
    }
    assert_int_equal(applied(world), changes + 1);
    assert_int_equal(helper_change(&a->device, order->id), NF_CHANGE_NONE);
    assert_true(helper_server_has(world, "Shop.Order", order->id));
    free(before);
    /* The fixture stays small. */
    helper_delete(&a->device, order);
    nf_object_release(order);
    helper_sync(&a->device, RUN_ALL, NULL, 0);
    return met;
}

static void cut_everywhere(helper_world *world, const char *point, bool retries,
                           bool ends, int64_t step)
{
    broken_device a;
    int64_t at = 0;

    open_broken(&a, world, "", retries);
    helper_sync(&a.device, RUN_ALL, NULL, 0);
    while (cut_at(world, &a, point, at, ends))
        at += step;
    assert_true(at >= 5); /* an empty document */
    close_broken(&a);
}

/* What has bytes of its own: replies to body and ack are empty. */
static void test_every_byte(void **state)
{
    static const char *const points[] = {"mid-create",       "mid-create-reply",
                                         "mid-body",         "mid-commit",
                                         "mid-commit-reply", "mid-result"};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        cut_everywhere(*state, points[i], false, true, 1);
    /* A lost ack is no error (§27.11). */
    cut_everywhere(*state, "mid-ack", false, false, 1);
}

static void test_every_byte_with_retries(void **state)
{
    static const char *const points[] = {
        "mid-create",       "mid-create-reply", "mid-body", "mid-commit",
        "mid-commit-reply", "mid-result",       "mid-ack"};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        cut_everywhere(*state, points[i], true, false, 7);
}

/* ---- retries and waits ----------------------------------------------------
 */

/* One run of a device that holds a new order, with a plan: the milliseconds
 * that it took. */
static int64_t waited(helper_world *world, const char *plan, const char *code,
                      const char *point, int64_t hits)
{
    broken_device a;
    nf_error err = {0};
    nf_fault_seen seen;
    int64_t start;
    nf_status status;

    open_broken(&a, world, "", true);
    helper_sync(&a.device, RUN_ALL, NULL, 0);
    nf_object *order = new_order(world, &a);
    nf_fault_seen before = {0};
    for (size_t i = 0; nf_faults_seen(&seen, a.faults, i); i++)
        if (strcmp(seen.point, point) == 0)
            before = seen;
    assert_int_equal(nf_faults_add(a.faults, plan, &err), NF_OK);
    start = world->now;
    status = helper_try(&a.device, RUN_ALL, NULL, 0, &err);
    assert_string_equal(err.code, code);
    assert_int_equal(status, *code ? NF_FAILED : NF_OK);
    for (size_t i = 0; nf_faults_seen(&seen, a.faults, i); i++)
        if (strcmp(seen.point, point) == 0)
            assert_int_equal(seen.hits - before.hits, hits);
    start = world->now - start;
    nf_faults_clear(a.faults);
    helper_sync(&a.device, RUN_ALL, NULL, 0);
    assert_int_equal(helper_change(&a.device, order->id), NF_CHANGE_NONE);
    nf_object_release(order);
    close_broken(&a);
    return start;
}

static void test_waits(void **state)
{
    helper_world *world = *state;
    int64_t time;

    /* S147: 0.5 s, 2 s, 8 s, each ± 25 %, then SYNC_NETWORK */
    time = waited(world, "before-commit=cut", "", "before-commit", 2);
    assert_in_range(time, 375, 625);
    time = waited(world, "after-create=cut*2", "", "before-create", 3);
    assert_in_range(time, 1875, 3125);
    time = waited(world, "before-body=cut*3", "", "before-body", 4);
    assert_in_range(time, 7875, 13125);
    time = waited(world, "before-body=cut*9", "SYNC_NETWORK", "before-body", 4);
    assert_in_range(time, 7875, 13125);
    /* A144: what the server asks for, at least */
    time = waited(world, "before-commit=status:503:20000*2", "",
                  "before-commit", 3);
    assert_in_range(time, 40000, 40000);
    time = waited(world, "before-commit=status:503:3000*4", "SYNC_SERVER",
                  "before-commit", 4);
    assert_in_range(time, 3000 + 3000 + 6000, 3000 + 3000 + 10000);
    /* A141: a minute without a byte is a cut, ten seconds are not */
    time = waited(world, "before-result=delay:61000", "", "before-result", 2);
    assert_in_range(time, 60375, 60625);
    time = waited(world, "before-result=delay:10000", "", "before-result", 1);
    assert_in_range(time, 10000, 10000);
}

/* S147: any progress resets the count. */
static void test_progress(void **state)
{
    int64_t time = waited(
        *state,
        "mid-result:20=cut,mid-result:40=cut,mid-result:60=cut,mid-result:80="
        "cut,mid-result:100=cut,mid-result:120=cut",
        "", "after-result", 1);
    assert_in_range(time, 6 * 375, 6 * 625);
    time = waited(*state, "mid-result:50=cut*4", "SYNC_NETWORK", "after-result",
                  0);
    assert_true(time > 0);
}

/* ---- bytes ----------------------------------------------------------------
 */

static void test_bytes(void **state)
{
    /* A134: once is fetched again; always is SYNC_PROTOCOL */
    waited(*state, "mid-result:60=corrupt*0", "SYNC_PROTOCOL", "before-session",
           0);
    /* A135 */
    waited(*state, "mid-result:60=truncate*0", "SYNC_PROTOCOL",
           "before-session", 0);
    /* A127, A128, A130: twice, late, out of order */
    waited(*state, "before-commit=duplicate", "", "after-commit", 1);
    waited(*state, "after-commit=duplicate", "", "after-commit", 1);
    waited(*state, "before-body=duplicate", "", "before-session", 0);
    waited(*state, "before-commit=reorder*4", "SYNC_NETWORK", "before-commit",
           4);
    waited(*state, "before-body=reorder", "", "before-session", 0);
    waited(*state, "before-create=reorder,after-create=duplicate", "",
           "before-session", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_byte, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_every_byte_with_retries,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(test_waits, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_progress, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_bytes, helper_setup,
                                        helper_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
