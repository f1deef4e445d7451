/* Differences instead of complete downloads (synchronize S61, W43 … W45,
 * design §10.5, §10.6): whatever happened, a device holds after a full
 * synchronization what a fresh one would. */
#include "helper_forge.h"

#define RUN_ALL      NF_SYNC_RUN_ALL
#define RUN_UNSYNC   NF_SYNC_RUN_UNSYNCHRONIZED
#define RUN_SELECTED NF_SYNC_RUN_SELECTED

/* The device holds what a fresh one of the user gets. */
static void check_complete(helper_device *device, helper_world *world,
                           const char *user, const char *after)
{
    helper_device fresh;
    char *got = helper_dump(device, world), *wanted;

    helper_device_open(&fresh, world, user);
    helper_sync(&fresh, RUN_ALL, NULL, 0);
    wanted = helper_dump(&fresh, world);
    if (strcmp(got, wanted) != 0)
        fail_msg("after %s:\n--- got\n%s--- wanted\n%s", after, got, wanted);
    nf_free(got);
    nf_free(wanted);
    helper_device_close(&fresh);
}

static size_t downloaded(helper_device *device)
{
    return nf_sync_last(device->client)->downloaded_count;
}

static size_t removed(helper_device *device)
{
    return nf_sync_last(device->client)->removed_count;
}

static void sync_all(helper_device *device)
{
    helper_sync(device, RUN_ALL, NULL, 0);
}

static nf_value reference(int64_t id)
{
    return id ? nf_id_value(id) : nf_empty();
}

/* ---- single statements --------------------------------------------------- */

/* A24: nothing changed, nothing comes, nothing is written. */
static void test_nothing(void **state)
{
    helper_world *world = *state;
    helper_device a;
    char *before, *after;
    int64_t bytes;

    for (int i = 0; i < 50; i++)
        helper_server_add(world, "Views.Doc", "Name", "a document");
    helper_device_open(&a, world, "anna");
    sync_all(&a);
    assert_int_equal(downloaded(&a), 50);
    bytes = nf_sync_last(a.client)->bytes_received;
    before = helper_dump(&a, world);
    for (int i = 0; i < 3; i++) {
        sync_all(&a);
        assert_int_equal(downloaded(&a), 0);
        assert_int_equal(removed(&a), 0);
        assert_true(nf_sync_last(a.client)->bytes_received < bytes / 2);
    }
    after = helper_dump(&a, world);
    assert_string_equal(before, after);
    nf_free(before);
    nf_free(after);
    helper_device_close(&a);
}

/* Rights that follow from other rows: the object's own row did not change. */
static void test_rights_of_others(void **state)
{
    helper_world *world = *state;
    helper_device a;
    int64_t area = helper_server_add(world, "Views.Area", "Name", "north");
    int64_t doc = helper_server_add(world, "Views.Doc", "Name", "plan");
    nf_object *object;

    helper_server_set_text(world, "Views.Doc", doc, "Secret", "key");
    helper_server_set(world, "Views.Doc", doc, "Views.Doc_Area",
                      reference(area));
    helper_device_open(&a, world, "anna");
    sync_all(&a);
    object = helper_find(world, &a, "Views.Doc", "Name", "plan");
    assert_string_equal(helper_text(object, "Secret"), "");
    helper_server_set(world, "Views.Area", area, "Shown", nf_boolean(true));
    sync_all(&a); /* A25: a member becomes readable */
    assert_int_equal(downloaded(&a), 2);
    assert_string_equal(helper_text(object, "Secret"), "key");
    helper_server_set(world, "Views.Area", area, "Shown", nf_boolean(false));
    sync_all(&a);
    assert_string_equal(helper_text(object, "Secret"), "");
    helper_server_set(world, "Views.Area", area, "Open", nf_boolean(false));
    sync_all(&a); /* and the whole object leaves */
    assert_int_equal(removed(&a), 1);
    assert_true(object->removed);
    check_complete(&a, world, "anna", "closing the area");
    nf_object_release(object);
    helper_device_close(&a);
}

/* A17: membership follows the server's time alone. */
static void test_time(void **state)
{
    helper_world *world = *state;
    helper_device a;
    int64_t event = helper_server_add(world, "Views.Event", "Name", "party");

    helper_server_set(world, "Views.Event", event, "Due",
                      nf_datetime(world->now + 1000));
    helper_device_open(&a, world, "anna");
    sync_all(&a);
    assert_int_equal(helper_count(&a, world, "Views.Event"), 0);
    world->now += 1000;
    sync_all(&a);
    assert_int_equal(downloaded(&a), 1);
    assert_int_equal(helper_count(&a, world, "Views.Event"), 1);
    world->now -= 1;
    sync_all(&a);
    assert_int_equal(removed(&a), 1);
    assert_int_equal(helper_count(&a, world, "Views.Event"), 0);
    helper_device_close(&a);
}

/* W45: what changed on the device by other means comes again. */
static void test_touched(void **state)
{
    helper_world *world = *state;
    helper_device a;
    int64_t tag = helper_server_add(world, "Views.Tag", "Name", "red");
    nf_object *object;

    helper_device_open(&a, world, "anna");
    sync_all(&a);
    object = helper_find(world, &a, "Views.Tag", "Name", "red");
    helper_server_set_text(world, "Views.Tag", tag, "Name", "green");
    helper_sync(&a, RUN_SELECTED, &object, 1);
    assert_string_equal(helper_text(object, "Name"), "green");
    sync_all(&a);
    check_complete(&a, world, "anna", "a selective refresh");
    helper_server_delete(world, "Views.Tag", tag);
    helper_sync(&a, RUN_SELECTED, &object, 1);
    assert_true(object->removed);
    sync_all(&a);
    assert_int_equal(removed(&a), 0);
    check_complete(&a, world, "anna", "a selective removal");
    nf_object_release(object);
    helper_device_close(&a);
}

/* Design §10.5: what the server took as it came does not come back. */
static void test_same(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_object *tag;

    helper_server_add(world, "Views.Tag", "Name", "red");
    helper_device_open(&a, world, "anna");
    sync_all(&a);
    tag = helper_find(world, &a, "Views.Tag", "Name", "red");
    helper_set_text(tag, "Name", "blue");
    helper_commit(&a, tag);
    helper_sync(&a, RUN_UNSYNC, NULL, 0);
    assert_int_equal(downloaded(&a), 0);
    assert_int_equal(helper_change(&a, tag->id), NF_CHANGE_NONE);
    sync_all(&a); /* its hash is known: nothing comes now either */
    check_complete(&a, world, "anna", "an upload");
    helper_set_text(tag, "Name", "pink");
    helper_commit(&a, tag);
    sync_all(&a);
    assert_int_equal(downloaded(&a), 0);
    check_complete(&a, world, "anna", "an upload in a full one");
    /* Somebody else was there meanwhile: the whole object comes. */
    helper_server_set_text(world, "Views.Tag", tag->id, "Name", "gold");
    helper_set_text(tag, "Name", "grey");
    helper_commit(&a, tag);
    helper_sync(&a, RUN_UNSYNC, NULL, 0);
    assert_string_equal(helper_server_text(world, "Views.Tag", tag->id, "Name"),
                        "grey");
    sync_all(&a);
    check_complete(&a, world, "anna", "an upload over a change");
    nf_object_release(tag);
    helper_device_close(&a);
}

/* Notes how the section of Views.Tag comes, as "snapshot" or "delta", and how
 * many objects there are in it. */
typedef struct tags {
    char section[16];
    int objects;
} tags;

static void note_tags(helper_forge *forge, const bson_t *record)
{
    tags *t = (tags *)forge->user;
    bson_iter_t at;

    if (!record)
        return;
    helper_forge_put(forge, record);
    if (!bson_iter_init_find(&at, record, "t") ||
        strcmp(bson_iter_utf8(&at, NULL), "Views.Tag") != 0)
        return;
    t->objects += helper_forge_is(record, "obj");
    if (helper_forge_is(record, "ent") &&
        bson_iter_init_find(&at, record, "kind"))
        snprintf(t->section, sizeof t->section, "%s",
                 bson_iter_utf8(&at, NULL));
}

/* A137, W44: a server that lost the view sends the whole; what was deleted
 * meanwhile leaves. A lost ack costs nothing: the next create names the view.
 */
static void test_unknown_token(void **state)
{
    helper_world *world = *state;
    helper_device a;
    int64_t red = helper_server_add(world, "Views.Tag", "Name", "red");
    nf_error err = {0};
    tags told = {0};

    helper_server_add(world, "Views.Tag", "Name", "blue");
    helper_device_open(&a, world, "anna");
    helper_forge_new(&a, note_tags, &told);
    sync_all(&a);
    sync_all(&a);
    assert_string_equal(told.section, "delta");
    told.objects = 0;
    assert_int_equal(nf_database_execute(nf_server_database(world->server),
                                         "DELETE FROM _mx_view", &err),
                     NF_OK);
    helper_server_delete(world, "Views.Tag", red);
    sync_all(&a);
    assert_string_equal(told.section, "snapshot");
    assert_int_equal(told.objects, 1);
    assert_int_equal(downloaded(&a), 0); /* nothing differs */
    assert_int_equal(removed(&a), 1);
    check_complete(&a, world, "anna", "losing the views");

    helper_server_add(world, "Views.Tag", "Name", "gold");
    a.faults->calls = 0;
    sync_all(&a);
    a.faults->fail_at = a.faults->calls; /* the ack of the next one */
    a.faults->calls = 0;
    helper_server_add(world, "Views.Tag", "Name", "grey");
    sync_all(&a);
    a.faults->fail_at = 0;
    sync_all(&a);
    assert_int_equal(downloaded(&a), 0);
    check_complete(&a, world, "anna", "a lost ack");
    helper_device_close(&a);
}

/* ---- at random ----------------------------------------------------------- */

typedef struct chaos {
    helper_world *world;
    helper_device device;
    uint64_t seed;
    int64_t ids[4][40]; /* of Area, Doc, Tag, Mine made by the server */
    int counts[4];
    char log[600];
} chaos;

static const char *const names[] = {"Views.Area", "Views.Doc", "Views.Tag",
                                    "Views.Mine"};

static int draw(chaos *c, int below)
{
    c->seed = c->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (int)((c->seed >> 33) % (uint64_t)below);
}

static void note(chaos *c, const char *what)
{
    size_t used = strlen(c->log);

    if (used > 500)
        used = 0;
    snprintf(c->log + used, sizeof c->log - used, "%s, ", what);
}

static int64_t any(chaos *c, int kind)
{
    return c->counts[kind] ? c->ids[kind][draw(c, c->counts[kind])] : 0;
}

static const char *word(chaos *c)
{
    static char text[12];

    snprintf(text, sizeof text, "w%d", draw(c, 1000));
    return text;
}

static void server_add(chaos *c)
{
    int kind = draw(c, 4);

    note(c, "add");
    if (c->counts[kind] < 40)
        c->ids[kind][c->counts[kind]++] =
            helper_server_add(c->world, names[kind], "Name", word(c));
}

static void server_delete(chaos *c)
{
    int kind = draw(c, 4), at;

    note(c, "delete");
    if (!c->counts[kind])
        return;
    at = draw(c, c->counts[kind]);
    if (helper_server_has(c->world, names[kind], c->ids[kind][at]))
        helper_server_delete(c->world, names[kind], c->ids[kind][at]);
    c->ids[kind][at] = c->ids[kind][--c->counts[kind]];
}

static void link_tags(chaos *c, int64_t doc)
{
    int64_t ids[2] = {any(c, 2), any(c, 2)}, lower = ids[0], higher = ids[1];
    nf_value value = nf_empty();

    if (lower > higher)
        lower = ids[1], higher = ids[0];
    ids[0] = lower;
    ids[1] = higher;
    if (lower && helper_server_has(c->world, "Views.Tag", lower) &&
        helper_server_has(c->world, "Views.Tag", higher))
        assert_true(nf_ids_value(&value, ids, lower == higher ? 1 : 2));
    helper_server_set(c->world, "Views.Doc", doc, "Views.Doc_Tag", value);
}

static void server_change(chaos *c)
{
    int kind = draw(c, 4);
    int64_t id = any(c, kind), area = any(c, 0);

    note(c, "change");
    if (!id || !helper_server_has(c->world, names[kind], id))
        return;
    if (kind == 0)
        helper_server_set(c->world, names[kind], id,
                          draw(c, 2) ? "Open" : "Shown",
                          nf_boolean(draw(c, 2) != 0));
    else if (kind == 1 && draw(c, 2))
        link_tags(c, id);
    else if (kind == 1 && area &&
             helper_server_has(c->world, "Views.Area", area))
        helper_server_set(c->world, names[kind], id, "Views.Doc_Area",
                          reference(area));
    else
        helper_server_set_text(c->world, names[kind], id, "Name", word(c));
}

/* Some object that the device holds. */
static nf_object *local_object(chaos *c)
{
    int kind = draw(c, 4);
    int64_t id = any(c, kind);
    nf_object *object = NULL;
    nf_error err = {0};

    if (id)
        assert_int_equal(nf_objects_get(&object, c->device.objects,
                                        helper_entity(c->world, names[kind]),
                                        id, &err),
                         NF_OK);
    return object;
}

static void device_change(chaos *c)
{
    nf_object *object = local_object(c);
    nf_error err = {0};

    note(c, "local change");
    if (!object)
        return;
    helper_set_text(object, "Name", word(c));
    (void)nf_objects_commit(c->device.objects, &object, 1, &err);
    nf_object_release(object);
}

static void device_create(chaos *c)
{
    int kind = draw(c, 4);
    nf_object *object = helper_create(c->world, &c->device, names[kind]);

    note(c, "local create");
    helper_set_text(object, "Name", word(c));
    helper_commit(&c->device, object);
    if (c->counts[kind] < 40)
        c->ids[kind][c->counts[kind]++] = object->id;
    nf_object_release(object);
}

static void device_delete(chaos *c)
{
    nf_object *object = local_object(c);

    note(c, "local delete");
    if (!object)
        return;
    helper_delete(&c->device, object);
    nf_object_release(object);
}

static void device_select(chaos *c)
{
    nf_object *object = local_object(c);

    note(c, "select");
    if (!object)
        return;
    helper_sync(&c->device, RUN_SELECTED, &object, 1);
    nf_object_release(object);
}

static void chaos_step(chaos *c)
{
    switch (draw(c, 9)) {
    case 0:
    case 1:
        server_add(c);
        break;
    case 2:
        server_delete(c);
        break;
    case 3:
    case 4:
        server_change(c);
        break;
    case 5:
        device_change(c);
        break;
    case 6:
        device_create(c);
        break;
    case 7:
        device_delete(c);
        break;
    default:
        if (draw(c, 3))
            device_select(c);
        else
            helper_sync(&c->device, RUN_UNSYNC, NULL, 0);
        break;
    }
}

static void run_chaos(helper_world *world, uint64_t seed, int rounds)
{
    chaos c = {.world = world, .seed = seed};

    helper_device_open(&c.device, world, "anna");
    for (int i = 0; i < rounds; i++) {
        int steps = draw(&c, 8);

        c.log[0] = '\0';
        for (int k = 0; k < steps; k++)
            chaos_step(&c);
        sync_all(&c.device);
        check_complete(&c.device, world, "anna", c.log);
    }
    helper_device_close(&c.device);
}

static void test_random(void **state)
{
    run_chaos(*state, 1, 25);
}

static void test_random_again(void **state)
{
    run_chaos(*state, 20261126, 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing, helper_setup_views,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_rights_of_others,
                                        helper_setup_views, helper_teardown),
        cmocka_unit_test_setup_teardown(test_time, helper_setup_views,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_touched, helper_setup_views,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_same, helper_setup_views,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_unknown_token, helper_setup_views,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_random, helper_setup_views,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_random_again, helper_setup_views,
                                        helper_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
