/* Whole synchronizations with the server in process: the statements of the
 * mission and acceptance scenarios of synchronize §29 (named A…). */
#include "helper_world.h"

#define RUN_ALL      NF_SYNC_RUN_ALL
#define RUN_UNSYNC   NF_SYNC_RUN_UNSYNCHRONIZED
#define RUN_SELECTED NF_SYNC_RUN_SELECTED

static void sync_one(helper_device *device, nf_object *object)
{
    helper_sync(device, RUN_SELECTED, &object, 1);
}

/* A10: everything readable arrives, clean, with server values. */
static void test_download(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *customer;

    helper_server_add(world, "Shop.Customer", "Name", "Acme");
    helper_server_add(world, "Shop.Customer", "Name", "Best");
    helper_server_add(world, "Shop.Order", "Remark", "first");
    helper_device_open(&a, world, "anna");
    assert_true(nf_sync_is_initial(a.client));
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_false(nf_sync_is_initial(a.client));
    assert_int_equal(helper_count(&a, world, "Shop.Customer"), 2);
    assert_int_equal(helper_count(&a, world, "Shop.Order"), 1);
    customer = helper_find(world, &a, "Shop.Customer", "Name", "Acme");
    assert_non_null(customer);
    assert_int_equal(helper_change(&a, customer->id), NF_CHANGE_NONE);
    nf_object_release(customer);
    helper_device_close(&a);
}

/* A selected object that is new and not committed is ignored (A13, A32). */
static void test_selected_new_is_ignored(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *order;

    helper_device_open(&a, world, "anna");
    order = helper_create(world, &a, "Shop.Order");
    helper_set_text(order, "Remark", "draft");
    sync_one(&a, order); /* A43: no request either */
    assert_int_equal(a.faults->calls, 0);
    assert_false(order->removed);
    assert_int_equal(order->state, NF_OBJECT_NEW);
    assert_string_equal(helper_text(order, "Remark"), "draft");
    assert_int_equal(helper_server_count(world, "Shop.Order"), 0);
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_false(order->removed);
    assert_int_equal(helper_server_count(world, "Shop.Order"), 0);
    nf_object_release(order);
    helper_device_close(&a);
}

/* A selected object with local changes: the server gets them, the device gets
 * what the server has (A11, A32, A58). */
static void test_selected_changes(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *order, *customer;
    int64_t id = helper_server_add(world, "Shop.Customer", "Name", "Acme");

    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    order = helper_create(world, &a, "Shop.Order");
    helper_set_text(order, "Remark", "hello");
    helper_commit(&a, order);
    assert_int_equal(helper_change(&a, order->id), NF_CHANGE_NEW);
    sync_one(&a, order);
    assert_false(order->removed);
    assert_int_equal(helper_change(&a, order->id), NF_CHANGE_NONE);
    assert_string_equal(
        helper_server_text(world, "Shop.Order", order->id, "Remark"), "hello");
    /* the number and the system members are the server's (S35, D32) */
    assert_string_equal(helper_text(order, "Number"), "100");
    assert_string_equal(helper_text(order, "changedDate"), "1700000000000");
    assert_string_not_equal(
        helper_server_text(world, "Shop.Order", order->id, "System.owner"), "");

    /* a member that the user may not write keeps the server's value */
    customer = helper_find(world, &a, "Shop.Customer", "Name", "Acme");
    helper_server_set(world, "Shop.Customer", id, "Level", nf_integer(7));
    helper_server_set_text(world, "Shop.Customer", id, "Code", "S1");
    helper_set_text(customer, "Name", "Acme 2");
    helper_commit(&a, customer);
    sync_one(&a, customer);
    assert_string_equal(helper_text(customer, "Level"), "7");
    assert_string_equal(helper_server_text(world, "Shop.Customer", id, "Name"),
                        "Acme 2");
    /* S111: the later synchronization wins for the whole object */
    assert_string_equal(helper_server_text(world, "Shop.Customer", id, "Code"),
                        "");
    nf_object_release(order);
    nf_object_release(customer);
    helper_device_close(&a);
}

/* A selected object without local changes is refreshed; uncommitted changes
 * in memory survive and are not sent (A12, A32). */
static void test_selected_refresh(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *order;
    nf_error err = {0};
    int64_t id = helper_server_add(world, "Shop.Order", "Remark", "old");

    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    order = helper_find(world, &a, "Shop.Order", "Remark", "old");
    helper_server_set_text(world, "Shop.Order", id, "Remark", "newer");
    sync_one(&a, order);
    assert_string_equal(helper_text(order, "Remark"), "newer");

    helper_set_text(order, "Remark", "mine");
    helper_server_set_text(world, "Shop.Order", id, "Remark", "newest");
    sync_one(&a, order);
    assert_string_equal(helper_text(order, "Remark"), "mine");
    assert_string_equal(helper_server_text(world, "Shop.Order", id, "Remark"),
                        "newest");
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_string_equal(helper_text(order, "Remark"), "mine");
    assert_int_equal(nf_object_rollback(order, &err), NF_OK);
    assert_string_equal(helper_text(order, "Remark"), "newest");
    nf_object_release(order);
    helper_device_close(&a);
}

/* A33 … A35: a selected object that is gone or unreadable leaves the device;
 * discarded changes are in the error entity; lists become shorter. */
static void test_selected_gone(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *order, *customer, *other, *both[2];
    nf_list *list;
    int64_t id = helper_server_add(world, "Shop.Order", "Remark", "o1");
    int64_t hidden = helper_server_add(world, "Shop.Customer", "Name", "c1");

    helper_server_add(world, "Shop.Order", "Remark", "o2");
    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    order = helper_find(world, &a, "Shop.Order", "Remark", "o1");
    other = helper_find(world, &a, "Shop.Order", "Remark", "o2");
    customer = helper_find(world, &a, "Shop.Customer", "Name", "c1");
    list = nf_list_new(order->entity);
    assert_true(nf_list_append(list, order));
    assert_true(nf_list_append(list, other));
    helper_set_text(order, "Remark", "changed");
    helper_commit(&a, order);
    helper_set_text(customer, "Name", "c2");
    helper_commit(&a, customer);
    helper_server_delete(world, "Shop.Order", id);
    helper_server_set(world, "Shop.Customer", hidden, "Hidden",
                      nf_boolean(true));
    both[0] = order;
    both[1] = customer;
    helper_sync(&a, RUN_SELECTED, both, 2);
    assert_true(order->removed);
    assert_true(customer->removed);
    assert_int_equal(nf_list_count(list), 1);
    assert_ptr_equal(list->items[0], other);
    assert_int_equal(helper_count(&a, world, "Shop.Customer"), 0);
    assert_int_equal(helper_count(&a, world, "Shop.Order"), 1);
    assert_string_equal(
        helper_server_text(world, "Shop.Customer", hidden, "Name"), "c1");
    assert_int_equal(helper_server_count(world, "System.SynchronizationError"),
                     2);
    assert_non_null(
        strstr(helper_last_error(world, "Reason"), "OBJ_NO_ACCESS"));
    assert_non_null(
        strstr(helper_last_error(world, "ObjectContent"), "\"Name\":\"c2\""));
    assert_string_equal(helper_last_error(world, "ObjectType"),
                        "Shop.Customer");
    /* S165: the device can't tell the two apart */
    assert_int_equal(nf_sync_last(a.client)->rejected_count, 2);
    assert_string_equal(nf_sync_last(a.client)->rejected[0].reason,
                        nf_sync_last(a.client)->rejected[1].reason);
    nf_list_release(list);
    nf_object_release(order);
    nf_object_release(other);
    nf_object_release(customer);
    helper_device_close(&a);
}

/* A33: a clean one leaves without an error record. */
static void test_selected_clean_gone(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *order;
    int64_t id = helper_server_add(world, "Shop.Order", "Remark", "o1");

    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    order = helper_find(world, &a, "Shop.Order", "Remark", "o1");
    helper_server_delete(world, "Shop.Order", id);
    sync_one(&a, order);
    assert_true(order->removed);
    assert_int_equal(helper_server_count(world, "System.SynchronizationError"),
                     0);
    nf_object_release(order);
    helper_device_close(&a);
}

/* Objects made on the device are not taken for deleted ones (A11). */
static void test_created_survive(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *customer, *order;

    helper_device_open(&a, world, "anna");
    customer = helper_create(world, &a, "Shop.Customer");
    helper_set_text(customer, "Name", "New");
    helper_commit(&a, customer);
    order = helper_create(world, &a, "Shop.Order");
    helper_set_object(order, "Shop.Order_Customer", customer);
    helper_commit(&a, order);
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_false(customer->removed);
    assert_false(order->removed);
    assert_int_equal(helper_count(&a, world, "Shop.Customer"), 1);
    assert_true(helper_server_has(world, "Shop.Customer", customer->id));
    assert_int_equal(atoll(helper_server_text(world, "Shop.Order", order->id,
                                              "Shop.Order_Customer")),
                     customer->id);
    assert_int_equal(helper_change(&a, customer->id), NF_CHANGE_NONE);
    nf_object_release(customer);
    nf_object_release(order);
    helper_device_close(&a);
}

/* All objects: both directions, deletions included (A14, A27, A66, A71). */
static void test_all_both_ways(void **state)
{
    helper_world *world = *state;
    helper_device a, b;
    nf_object *order, *deleted;

    helper_server_add(world, "Shop.Order", "Remark", "keep");
    helper_server_add(world, "Shop.Order", "Remark", "drop");
    helper_device_open(&a, world, "anna");
    helper_device_open(&b, world, "bert");
    helper_sync(&a, RUN_ALL, NULL, 0);
    helper_sync(&b, RUN_ALL, NULL, 0);
    order = helper_find(world, &b, "Shop.Order", "Remark", "drop");
    deleted = helper_find(world, &a, "Shop.Order", "Remark", "drop");
    helper_delete(&a, deleted);
    nf_object_release(deleted);
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_int_equal(helper_server_count(world, "Shop.Order"), 1);
    helper_sync(&b, RUN_ALL, NULL, 0);
    assert_true(order->removed);
    assert_int_equal(helper_count(&b, world, "Shop.Order"), 1);
    assert_int_equal(nf_sync_last(b.client)->removed_count, 1);
    nf_object_release(order);
    helper_device_close(&a);
    helper_device_close(&b);
}

/* Unsynchronized objects: only what has local changes (A27, A30). */
static void test_unsynchronized(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *dirty, *clean, *fresh, *gone;
    int64_t clean_id = helper_server_add(world, "Shop.Order", "Remark", "c");

    helper_server_add(world, "Shop.Order", "Remark", "d");
    helper_server_add(world, "Shop.Order", "Remark", "x");
    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    a.faults->calls = 0;
    helper_sync(&a, RUN_UNSYNC, NULL, 0);
    assert_int_equal(a.faults->calls, 0);
    clean = helper_find(world, &a, "Shop.Order", "Remark", "c");
    dirty = helper_find(world, &a, "Shop.Order", "Remark", "d");
    gone = helper_find(world, &a, "Shop.Order", "Remark", "x");
    helper_server_set_text(world, "Shop.Order", clean_id, "Remark", "c2");
    helper_server_add(world, "Shop.Order", "Remark", "server only");
    helper_set_text(dirty, "Remark", "d2");
    helper_commit(&a, dirty);
    fresh = helper_create(world, &a, "Shop.Order");
    helper_set_text(fresh, "Remark", "n");
    helper_commit(&a, fresh);
    helper_delete(&a, gone);
    helper_sync(&a, RUN_UNSYNC, NULL, 0);
    assert_string_equal(helper_text(clean, "Remark"), "c");
    assert_string_equal(
        helper_server_text(world, "Shop.Order", dirty->id, "Remark"), "d2");
    assert_true(helper_server_has(world, "Shop.Order", fresh->id));
    assert_int_equal(helper_server_count(world, "Shop.Order"), 4);
    assert_int_equal(helper_count(&a, world, "Shop.Order"), 3);
    nf_object_release(clean);
    nf_object_release(dirty);
    nf_object_release(fresh);
    nf_object_release(gone);
    helper_device_close(&a);
}

/* Modes of entities (A16, A18, A20, A22, A31, A44). */
static void test_modes(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *region, *feedback, *catalog, *draft;
    int64_t only = helper_server_add(world, "Shop.Catalog", "Name", "s");

    helper_server_add(world, "Shop.Region", "Name", "far");
    helper_server_add(world, "Shop.Region", "Name", "near");
    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_int_equal(helper_count(&a, world, "Shop.Region"), 1);
    assert_int_equal(helper_count(&a, world, "Shop.Catalog"), 0);
    region = helper_find(world, &a, "Shop.Region", "Name", "near");
    helper_set_text(region, "Name", "far");
    helper_commit(&a, region);
    feedback = helper_create(world, &a, "Shop.Feedback");
    helper_commit(&a, feedback);
    catalog = helper_create(world, &a, "Shop.Catalog");
    helper_set_text(catalog, "Name", "mine");
    helper_commit(&a, catalog);
    draft = helper_create(world, &a, "Shop.Draft");
    helper_commit(&a, draft);
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_true(region->removed);
    assert_string_equal(
        helper_server_text(world, "Shop.Region", region->id, "Name"), "far");
    assert_true(feedback->removed);
    assert_true(helper_server_has(world, "Shop.Feedback", feedback->id));
    assert_int_equal(helper_count(&a, world, "Shop.Feedback"), 0);
    assert_false(catalog->removed);
    assert_int_equal(helper_change(&a, catalog->id), NF_CHANGE_NONE);
    assert_int_equal(helper_count(&a, world, "Shop.Catalog"), 1);
    assert_true(helper_server_has(world, "Shop.Catalog", only));
    assert_false(helper_server_has(world, "Shop.Draft", draft->id));
    assert_int_equal(helper_change(&a, draft->id), NF_CHANGE_NEW);
    helper_sync(&a, RUN_UNSYNC, NULL, 0);
    assert_false(helper_server_has(world, "Shop.Draft", draft->id));
    sync_one(&a, draft);
    assert_true(helper_server_has(world, "Shop.Draft", draft->id));
    nf_object_release(region);
    nf_object_release(feedback);
    nf_object_release(catalog);
    nf_object_release(draft);
    helper_device_close(&a);
}

/* Rejections: validation, dangling, unique, access (A37, A48, A55, A57,
 * A60). */
static void test_rejections(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *customer, *order, *dangling, *twin;

    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    customer = helper_create(world, &a, "Shop.Customer"); /* no name */
    helper_commit(&a, customer);
    order = helper_create(world, &a, "Shop.Order");
    helper_set_object(order, "Shop.Order_Customer", customer);
    helper_commit(&a, order);
    dangling = helper_create(world, &a, "Shop.Order");
    helper_set_object(dangling, "Shop.Order_Customer", customer);
    helper_commit(&a, dangling);
    sync_one(&a, dangling); /* A37: the customer is not selected */
    assert_true(dangling->removed);
    assert_non_null(strstr(helper_last_error(world, "Reason"), "OBJ_DANGLING"));
    assert_non_null(
        strstr(helper_last_error(world, "Reason"), "Shop.Order_Customer"));
    assert_false(customer->removed);
    helper_sync(&a, RUN_ALL, NULL, 0); /* A48 */
    assert_true(customer->removed);
    assert_false(order->removed);
    assert_string_equal(helper_server_text(world, "Shop.Order", order->id,
                                           "Shop.Order_Customer"),
                        "");
    assert_string_equal(helper_text(order, "Shop.Order_Customer"), "");
    assert_string_equal(helper_last_error(world, "Reason"),
                        "OBJ_VALIDATION Give a name");
    helper_server_set_text(
        world, "Shop.Customer",
        helper_server_add(world, "Shop.Customer", "Name", "One"), "Code", "C1");
    twin = helper_create(world, &a, "Shop.Customer");
    helper_set_text(twin, "Name", "Two");
    helper_set_text(twin, "Code", "C1");
    helper_commit(&a, twin);
    helper_sync(&a, RUN_UNSYNC, NULL, 0); /* A55 */
    assert_true(twin->removed);
    assert_non_null(strstr(helper_last_error(world, "Reason"), "OBJ_UNIQUE"));
    nf_object_release(customer);
    nf_object_release(order);
    nf_object_release(dangling);
    nf_object_release(twin);
    helper_device_close(&a);
}

/* A57: a member that the user may not write rejects the whole object. */
static void test_member_access(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *customer;
    int64_t id = helper_server_add(world, "Shop.Customer", "Name", "Acme");

    helper_device_open(&a, world, "anna");
    customer = helper_create(world, &a, "Shop.Customer");
    helper_set_text(customer, "Name", "Own");
    helper_set_integer(customer, "Level", 5);
    helper_commit(&a, customer);
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_true(customer->removed);
    assert_non_null(
        strstr(helper_last_error(world, "Reason"), "OBJ_MEMBER_ACCESS"));
    assert_int_equal(helper_server_count(world, "Shop.Customer"), 1);
    assert_true(helper_server_has(world, "Shop.Customer", id));
    nf_object_release(customer);
    helper_device_close(&a);
}

/* A56: delete and create with the same unique value in one upload. */
static void test_second_chance(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *old, *fresh;
    int64_t id = helper_server_add(world, "Shop.Customer", "Name", "Old");

    helper_server_set_text(world, "Shop.Customer", id, "Code", "X");
    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    old = helper_find(world, &a, "Shop.Customer", "Name", "Old");
    helper_delete(&a, old);
    fresh = helper_create(world, &a, "Shop.Customer");
    helper_set_text(fresh, "Name", "Fresh");
    helper_set_text(fresh, "Code", "X");
    helper_commit(&a, fresh);
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_false(fresh->removed);
    assert_false(helper_server_has(world, "Shop.Customer", id));
    assert_true(helper_server_has(world, "Shop.Customer", fresh->id));
    nf_object_release(old);
    nf_object_release(fresh);
    helper_device_close(&a);
}

/* A73: a reference to an object deleted on the server is cleared. */
static void test_cleared_reference(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *order, *customer;
    int64_t id = helper_server_add(world, "Shop.Customer", "Name", "Acme");

    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    customer = helper_find(world, &a, "Shop.Customer", "Name", "Acme");
    order = helper_create(world, &a, "Shop.Order");
    helper_set_object(order, "Shop.Order_Customer", customer);
    helper_commit(&a, order);
    helper_server_delete(world, "Shop.Customer", id);
    sync_one(&a, order);
    assert_false(order->removed);
    assert_true(helper_server_has(world, "Shop.Order", order->id));
    assert_string_equal(helper_server_text(world, "Shop.Order", order->id,
                                           "Shop.Order_Customer"),
                        "");
    nf_object_release(customer);
    nf_object_release(order);
    helper_device_close(&a);
}

/* Files travel in both directions, only when needed (A77 … A79). */
static void test_files(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_content content = {0};
    nf_object *photo;
    nf_error err = {0};
    nf_database *db;
    uint8_t hash[NF_CONTENT_HASH_SIZE];
    uint8_t *bytes = NULL;
    size_t size = 0;
    int64_t id = helper_server_add(world, "Shop.Photo", "Caption", "server");

    helper_server_contents(world, "Shop.Photo", id, "picture of the server");
    helper_device_open(&a, world, "anna");
    db = nf_device_database(a.device);
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_int_equal(nf_sync_last(a.client)->files_received, 1);
    assert_int_equal(nf_database_get_content(db, id, &content, &err), NF_OK);
    assert_int_equal(content.state, NF_CONTENT_PRESENT);
    assert_int_equal(
        nf_database_get_bytes(db, content.hash, &bytes, &size, &err), NF_OK);
    assert_int_equal(size, strlen("picture of the server"));
    nf_free(bytes);
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_int_equal(nf_sync_last(a.client)->files_received, 0);

    photo = helper_create(world, &a, "Shop.Photo");
    helper_set_text(photo, "Caption", "device");
    helper_commit(&a, photo);
    assert_int_equal(nf_database_put_bytes(db, "own", 3, hash, &err), NF_OK);
    content = (nf_content){.exists = true,
                           .has_hash = true,
                           .size = 3,
                           .state = NF_CONTENT_UNSENT};
    memcpy(content.hash, hash, sizeof hash);
    assert_int_equal(nf_database_set_content(db, photo->id, &content, &err),
                     NF_OK);
    sync_one(&a, photo);
    assert_int_equal(nf_sync_last(a.client)->files_sent, 1);
    assert_string_equal(
        helper_server_text(world, "Shop.Photo", photo->id, "Size"), "3");
    assert_string_equal(helper_text(photo, "HasContents"), "true");
    helper_set_text(photo, "Caption", "again"); /* A78 */
    helper_commit(&a, photo);
    sync_one(&a, photo);
    assert_int_equal(nf_sync_last(a.client)->files_sent, 0);
    nf_object_release(photo);
    helper_device_close(&a);
}

/* A53, A54: SYNC_PARTIAL comes after everything is in place. */
static void test_partial(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *bad, *good;
    nf_error err = {0};

    helper_device_open(&a, world, "anna");
    bad = helper_create(world, &a, "Shop.Customer");
    helper_commit(&a, bad);
    good = helper_create(world, &a, "Shop.Customer");
    helper_set_text(good, "Name", "Good");
    helper_commit(&a, good);
    assert_int_equal(helper_try(&a, RUN_ALL, NULL, 0, &err), NF_FAILED);
    assert_string_equal(err.code, "SYNC_PARTIAL");
    assert_non_null(strstr(err.message, "1 object(s) were rejected by the "
                                        "server: OBJ_VALIDATION "
                                        "Shop.Customer"));
    assert_non_null(strstr(err.message, "(SYNC_PARTIAL)"));
    assert_true(bad->removed);
    assert_int_equal(helper_change(&a, good->id), NF_CHANGE_NONE);
    nf_object_release(bad);
    nf_object_release(good);
    helper_device_close(&a);
}

/* A failing server leaves the device as it was; the next run goes on. Every
 * exchange is cut once, before and after the server saw it (A120 in small). */
static void fault_at(helper_world *world, int at, bool late)
{
    helper_device a;
    nf_object *order, *bad;
    nf_error err = {0};
    char *before, *after;
    int errors = helper_server_count(world, "System.SynchronizationError");
    bool ended;

    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    order = helper_create(world, &a, "Shop.Order");
    helper_set_text(order, "Remark", "once");
    helper_commit(&a, order);
    bad = helper_create(world, &a, "Shop.Customer");
    helper_commit(&a, bad);
    before = helper_dump(&a, world);
    a.faults->calls = 0;
    a.faults->fail_at = at;
    a.faults->late = late;
    ended = helper_try(&a, RUN_ALL, NULL, 0, &err) == NF_OK;
    after = helper_dump(&a, world);
    if (!ended) {
        assert_string_equal(err.code, "SYNC_NETWORK");
        assert_string_equal(before, after);
    }
    a.faults->fail_at = 0;
    helper_sync(&a, RUN_ALL, NULL, 0);
    /* S21: once, and one record (S162) */
    assert_false(order->removed);
    assert_int_equal(helper_change(&a, order->id), NF_CHANGE_NONE);
    assert_true(helper_server_has(world, "Shop.Order", order->id));
    assert_true(bad->removed);
    assert_int_equal(helper_server_count(world, "System.SynchronizationError"),
                     errors + 1);
    free(before);
    free(after);
    nf_object_release(order);
    nf_object_release(bad);
    helper_device_close(&a);
}

static void test_faults(void **state)
{
    for (int at = 1; at <= 8; at++) {
        fault_at(*state, at, false);
        fault_at(*state, at, true);
    }
}

/* A123: a lost outcome must not apply a change again over another's. */
static void test_no_second_apply(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *order;
    nf_error err = {0};
    nf_pending none = {0};
    int64_t id = helper_server_add(world, "Shop.Order", "Remark", "base");

    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    order = helper_find(world, &a, "Shop.Order", "Remark", "base");
    helper_set_text(order, "Remark", "anna");
    helper_commit(&a, order);
    a.faults->calls = 0;
    a.faults->fail_at = 3; /* create, body, commit: its reply is lost */
    a.faults->late = true;
    assert_int_equal(helper_try(&a, RUN_ALL, NULL, 0, &err), NF_FAILED);
    assert_string_equal(helper_server_text(world, "Shop.Order", id, "Remark"),
                        "anna");
    helper_server_set_text(world, "Shop.Order", id, "Remark", "bert");
    a.faults->fail_at = 0;
    /* the pending record is lost too: only the change's id is left (S24) */
    assert_int_equal(nf_device_set_pending(a.device, &none, &err), NF_OK);
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_string_equal(helper_server_text(world, "Shop.Order", id, "Remark"),
                        "bert");
    assert_string_equal(helper_text(order, "Remark"), "bert");
    nf_object_release(order);
    helper_device_close(&a);
}

/* A112, A42, A116. */
static void test_refusals(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *temp;
    nf_error err = {0};

    helper_device_open(&a, world, "anna");
    assert_int_equal(nf_sync_start(a.client, RUN_ALL, NULL, 0, &err), NF_OK);
    assert_int_equal(nf_sync_start(a.client, RUN_ALL, NULL, 0, &err),
                     NF_FAILED);
    assert_string_equal(err.code, "SYNC_BUSY");
    assert_string_equal(
        err.message,
        "Performing simultaneous synchronizations is not supported. Please "
        "try again after the current synchronization is completed.");
    nf_error_clear(&err);
    nf_sync_cancel(a.client);
    assert_int_equal(nf_sync_step(a.client, 0, &err), NF_FAILED);
    assert_string_equal(err.code, "SYNC_CANCELLED");
    assert_false(nf_sync_running(a.client));
    temp = helper_create(world, &a, "Shop.Temp");
    assert_int_equal(helper_try(&a, RUN_SELECTED, &temp, 1, &err), NF_FAILED);
    assert_string_equal(err.code, "SYNC_ENTITY");
    assert_string_equal(err.message,
                        "Objects of Shop.Temp cannot be synchronized "
                        "(SYNC_ENTITY)");
    assert_int_equal(a.faults->calls, 0);
    nf_object_release(temp);
    helper_device_close(&a);
}

/* A69: a rejected deletion comes back. */
static void test_rejected_delete(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *customer;
    int64_t id = helper_server_add(world, "Shop.Customer", "Name", "Acme");

    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    customer = helper_find(world, &a, "Shop.Customer", "Name", "Acme");
    helper_delete(&a, customer);
    helper_server_set(world, "Shop.Customer", id, "Hidden", nf_boolean(true));
    helper_sync(&a, RUN_UNSYNC, NULL, 0); /* A70: as if it were absent */
    assert_true(helper_server_has(world, "Shop.Customer", id));
    assert_int_equal(helper_change(&a, id), NF_CHANGE_NONE);
    assert_non_null(
        strstr(helper_last_error(world, "Reason"), "OBJ_NO_ACCESS"));
    nf_object_release(customer);
    helper_device_close(&a);
}

/* A69: a deletion without the right comes back, with the references that it
 * cleared, in both modes (S87). */
static void denied_delete(helper_world *world, nf_sync_kind kind)
{
    helper_device a;
    nf_object *fixed, *order;
    int64_t id = helper_server_add(world, "Shop.Fixed", "Name", "stays");
    int64_t owner = helper_server_add(world, "Shop.Order", "Remark", "owner");

    helper_server_set(world, "Shop.Order", owner, "Shop.Order_Fixed",
                      nf_id_value(id));
    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    fixed = helper_find(world, &a, "Shop.Fixed", "Name", "stays");
    order = helper_find(world, &a, "Shop.Order", "Remark", "owner");
    helper_delete(&a, fixed);
    assert_string_equal(helper_text(order, "Shop.Order_Fixed"), "");
    helper_sync(&a, kind, NULL, 0);
    assert_non_null(
        strstr(helper_last_error(world, "Reason"), "OBJ_DELETE_DENIED"));
    assert_true(helper_server_has(world, "Shop.Fixed", id));
    assert_int_equal(helper_count(&a, world, "Shop.Fixed"), 1);
    assert_int_equal(helper_change(&a, id), NF_CHANGE_NONE);
    assert_int_equal(atoll(helper_text(order, "Shop.Order_Fixed")), id);
    nf_object_release(fixed);
    nf_object_release(order);
    helper_device_close(&a);
}

static void test_denied_delete_all(void **state)
{
    denied_delete(*state, RUN_ALL);
}

static void test_denied_delete_unsynchronized(void **state)
{
    denied_delete(*state, RUN_UNSYNC);
}

/* ---- exports, users ------------------------------------------------------ */

static nf_status dump_exported(void *user, const nf_server_exported *row,
                               nf_error *err)
{
    helper_row_text(user, row->entity, row->id, 0, row->members);
    (void)err;
    return NF_OK;
}

static nf_status dump_device(void *user, nf_record *record,
                             nf_import_state import_state, nf_error *err)
{
    helper_row_text(user, record->entity, record->id, (int)import_state,
                    record->members);
    (void)err;
    return NF_OK;
}

static int by_name(const void *a, const void *b)
{
    const nf_entity *const *x = a, *const *y = b;
    return strcmp((*x)->qualified, (*y)->qualified);
}

/* `export --as` shows what the device holds after a full synchronization:
 * rows, members, rights (S58, S61; A15, A25). */
static void test_export_as(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_buffer expected, found;
    nf_error err = {0};
    const nf_entity *entities[512];
    size_t count = nf_model_entity_count(world->model);
    int64_t id = helper_server_add(world, "Shop.Customer", "Name", "Acme");
    int64_t hidden = helper_server_add(world, "Shop.Customer", "Name", "Hid");

    helper_server_set(world, "Shop.Customer", hidden, "Hidden",
                      nf_boolean(true));
    helper_server_set(world, "Shop.Order",
                      helper_server_add(world, "Shop.Order", "Remark", "r"),
                      "Shop.Order_Customer", nf_id_value(id));
    helper_server_add(world, "Shop.Region", "Name", "far");
    helper_server_add(world, "Shop.Region", "Name", "near");
    helper_server_add(world, "Shop.Feedback", "Name", "f");
    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    nf_buffer_init(&expected, NF_BUFFER_MAX);
    nf_buffer_init(&found, NF_BUFFER_MAX);
    assert_int_equal(nf_server_export_as(world->server, "anna", NULL, 0, NULL,
                                         dump_exported, &expected, &err),
                     NF_OK);
    for (size_t i = 0; i < count; i++)
        entities[i] = nf_model_entity(world->model, i);
    qsort(entities, count, sizeof *entities, by_name);
    for (size_t i = 0; i < count; i++) {
        if (nf_database_table(nf_device_database(a.device), entities[i]))
            assert_int_equal(nf_device_export(a.device, entities[i],
                                              dump_device, &found, &err),
                             NF_OK);
    }
    assert_string_equal(nf_buffer_string(&found), nf_buffer_string(&expected));
    assert_non_null(strstr(nf_buffer_string(&found), "Name=near"));
    assert_null(strstr(nf_buffer_string(&found), "Name=far"));
    assert_null(strstr(nf_buffer_string(&found), "Name=Hid"));
    nf_buffer_dispose(&expected);
    nf_buffer_dispose(&found);
    helper_device_close(&a);
}

/* Without a user: the local user with all roles; an unknown user is refused;
 * the database of one user is not another's (S15, S134). */
static void test_users(void **state)
{
    helper_world *world = *state;
    helper_device local, stranger, a;
    nf_error err = {0};
    int64_t hidden = helper_server_add(world, "Shop.Customer", "Name", "Hid");
    int64_t id = 0;

    helper_server_set(world, "Shop.Customer", hidden, "Hidden",
                      nf_boolean(true));
    helper_device_open(&local, world, NULL);
    helper_sync(&local, RUN_ALL, NULL, 0);
    assert_int_equal(helper_count(&local, world, "Shop.Customer"), 1);
    assert_int_equal(nf_server_user(world->server, &id, NULL, &err), NF_OK);
    assert_int_equal(nf_sync_user_id(local.client), id);
    helper_device_close(&local);

    helper_device_open(&stranger, world, "nobody");
    assert_int_equal(helper_try(&stranger, RUN_ALL, NULL, 0, &err), NF_FAILED);
    assert_string_equal(err.code, "SYNC_AUTH");
    helper_device_close(&stranger);

    helper_device_open(&a, world, "anna");
    assert_int_equal(nf_database_set_meta(nf_device_database(a.device),
                                          "user_name", "bert", 4, &err),
                     NF_OK);
    assert_int_equal(helper_try(&a, RUN_ALL, NULL, 0, &err), NF_INPUT);
    helper_device_close(&a);
}

/* Two devices of two users get different numbers and ids (D112, W22). */
static void test_two_devices(void **state)
{
    helper_world *world = *state;
    helper_device a, b;
    nf_object *x, *y;

    helper_device_open(&a, world, "anna");
    helper_device_open(&b, world, "bert");
    helper_sync(&a, RUN_ALL, NULL, 0);
    helper_sync(&b, RUN_ALL, NULL, 0);
    assert_int_not_equal(
        nf_database_device_number(nf_device_database(a.device)),
        nf_database_device_number(nf_device_database(b.device)));
    x = helper_create(world, &a, "Shop.Order");
    y = helper_create(world, &b, "Shop.Order");
    assert_true(x->id != y->id);
    helper_commit(&a, x);
    helper_commit(&b, y);
    helper_sync(&a, RUN_ALL, NULL, 0);
    helper_sync(&b, RUN_ALL, NULL, 0);
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_int_equal(helper_count(&a, world, "Shop.Order"), 2);
    assert_int_equal(helper_count(&b, world, "Shop.Order"), 2);
    nf_object_release(x);
    nf_object_release(y);
    helper_device_close(&a);
    helper_device_close(&b);
}

/* A38, A75: references among objects of one unit, whatever their order, also
 * in a cycle of variables. */
static void test_selection_order(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *customer, *order, *both[3];

    helper_device_open(&a, world, "anna");
    order = helper_create(world, &a, "Shop.Order");
    customer = helper_create(world, &a, "Shop.Customer");
    helper_set_text(customer, "Name", "Last");
    helper_set_object(order, "Shop.Order_Customer", customer);
    helper_commit(&a, order);
    helper_commit(&a, customer);
    both[0] = order;
    both[1] = customer;
    both[2] = order; /* A40 */
    helper_sync(&a, RUN_SELECTED, both, 3);
    assert_int_equal(nf_sync_last(a.client)->uploaded_count, 2);
    assert_int_equal(atoll(helper_server_text(world, "Shop.Order", order->id,
                                              "Shop.Order_Customer")),
                     customer->id);
    nf_object_release(order);
    nf_object_release(customer);
    helper_device_close(&a);
}

/* A server that can't be reached, with libcurl: SYNC_NETWORK, nothing done. */
static void test_http_unreachable(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_sync_transport *http = NULL;
    nf_sync_http_options options = {.clock = nf_clock_system()};
    static const char *const bad[] = {
        "ftp://127.0.0.1/", "http://127.0.0.1:80@example.org/",
        "https://example.org/?a", "https://example.org/ x"};
    nf_error err = {0};

    helper_device_open(&a, world, "anna");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        options.address = bad[i];
        assert_int_equal(nf_sync_http_new(&http, &options, &err), NF_USAGE);
        nf_error_clear(&err);
    }
    options.address = "http://127.0.0.1:1/";
    assert_int_equal(nf_sync_http_new(&http, &options, &err), NF_OK);
    nf_sync_transport_free(a.faults->inner);
    a.faults->inner = http;
    assert_int_equal(helper_try(&a, RUN_ALL, NULL, 0, &err), NF_FAILED);
    assert_string_equal(err.code, "SYNC_NETWORK");
    assert_string_equal(err.message,
                        "The server could not be reached (SYNC_NETWORK)");
    helper_device_close(&a);
}

/* A152, W28: what another session asks for does not exist for it (A157). */
static void test_foreign_resources(void **state)
{
    helper_world *world = *state;
    nf_sync_request request = {.method = NF_SYNC_GET,
                               .path = "/sync/v1/syncs/00",
                               .session = "none",
                               .offset = -1,
                               .length = -1};
    nf_sync_response response = {0};
    nf_error err = {0};

    nf_buffer_init(&response.body, NF_SYNC_MESSAGE_MAX);
    assert_int_equal(nf_server_handle(world->server, &request, &response, &err),
                     NF_OK);
    assert_int_equal(response.status, 401);
    request.path = "/sync/v1/session";
    request.method = NF_SYNC_POST;
    request.body = "garbage";
    request.body_length = 7;
    assert_int_equal(nf_server_handle(world->server, &request, &response, &err),
                     NF_OK);
    assert_int_equal(response.status, 400);
    nf_buffer_dispose(&response.body);
}

/* A165: a device that was away for longer than it is remembered gets a new
 * number and is told; what it made before is changed, not refused. */
static void test_forgotten(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *order;
    int64_t number;

    helper_device_open(&a, world, "anna");
    order = helper_create(world, &a, "Shop.Order");
    helper_set_text(order, "Remark", "before");
    helper_commit(&a, order);
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_false(nf_sync_last(a.client)->forgotten);
    number = nf_database_device_number(nf_device_database(a.device));
    world->now += 401 * INT64_C(86400000);
    helper_set_text(order, "Remark", "after");
    helper_commit(&a, order);
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_true(nf_sync_last(a.client)->forgotten);
    assert_int_equal(nf_sync_last(a.client)->rejected_count, 0);
    assert_true(nf_database_device_number(nf_device_database(a.device)) !=
                number);
    assert_string_equal(
        helper_server_text(world, "Shop.Order", order->id, "Remark"), "after");
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_false(nf_sync_last(a.client)->forgotten);
    nf_object_release(order);
    helper_device_close(&a);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, helper_setup, helper_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_download),
        TEST(test_forgotten),
        TEST(test_selected_new_is_ignored),
        TEST(test_selected_changes),
        TEST(test_selected_refresh),
        TEST(test_selected_gone),
        TEST(test_selected_clean_gone),
        TEST(test_created_survive),
        TEST(test_all_both_ways),
        TEST(test_unsynchronized),
        TEST(test_modes),
        TEST(test_rejections),
        TEST(test_member_access),
        TEST(test_second_chance),
        TEST(test_cleared_reference),
        TEST(test_files),
        TEST(test_faults),
        TEST(test_no_second_apply),
        TEST(test_refusals),
        TEST(test_rejected_delete),
        TEST(test_denied_delete_all),
        TEST(test_denied_delete_unsynchronized),
        TEST(test_export_as),
        TEST(test_users),
        TEST(test_two_devices),
        TEST(test_selection_order),
        TEST(test_http_unreachable),
        TEST(test_foreign_resources),
        cmocka_unit_test_setup_teardown(test_partial, helper_setup_partial,
                                        helper_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
