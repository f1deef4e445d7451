/* A server that sends what it may not: synchronize W33 and the acceptance
 * scenarios A134 … A138, A148, A154, A155 of §29. Whatever it is, the device
 * stays as it was, keeps what it has to send, and the next true run is fine. */
#include "helper_forge.h"

static void pass(helper_forge *forge, const bson_t *record)
{
    if (record)
        helper_forge_put(forge, record);
}

/* What every case begins with: a device with a changed order, a second one
 * that is clean, a customer, and a deletion. */
typedef struct scene {
    helper_world *world;
    helper_device device;
    nf_object *changed, *clean;
    int64_t customer, deleted;
    helper_forge *forge;
    char *before;
    int asked; /* how often for a result, until it was refused */
} scene;

static void open_scene(scene *s, void **state)
{
    nf_object *gone;

    memset(s, 0, sizeof *s);
    s->world = *state;
    helper_server_add(s->world, "Shop.Order", "Remark", "one");
    helper_server_add(s->world, "Shop.Order", "Remark", "two");
    s->deleted = helper_server_add(s->world, "Shop.Order", "Remark", "three");
    s->customer = helper_server_add(s->world, "Shop.Customer", "Name", "Acme");
    helper_device_open(&s->device, s->world, "anna");
    helper_sync(&s->device, NF_SYNC_RUN_ALL, NULL, 0);
    s->changed =
        helper_find(s->world, &s->device, "Shop.Order", "Remark", "one");
    s->clean = helper_find(s->world, &s->device, "Shop.Order", "Remark", "two");
    gone = helper_find(s->world, &s->device, "Shop.Order", "Remark", "three");
    helper_delete(&s->device, gone);
    nf_object_release(gone);
    helper_set_text(s->changed, "Remark", "uno");
    helper_commit(&s->device, s->changed);
    helper_server_set_text(s->world, "Shop.Order", s->clean->id, "Remark",
                           "dos");
    s->before = helper_dump(&s->device, s->world);
}

static void close_scene(scene *s)
{
    nf_object_release(s->changed);
    nf_object_release(s->clean);
    nf_free(s->before);
    helper_device_close(&s->device);
}

/* The run fails with this code and changes nothing; then the truth does. */
static void refused(scene *s, nf_sync_kind kind, const char *code)
{
    nf_error err = {0};
    nf_object *both[] = {s->changed, s->clean};
    bool selected = kind == NF_SYNC_RUN_SELECTED;
    char *after;

    assert_int_equal(helper_try(&s->device, kind, both, selected ? 2 : 0, &err),
                     NF_FAILED);
    assert_string_equal(err.code, code);
    s->asked = s->forge->results;
    after = helper_dump(&s->device, s->world);
    assert_string_equal(after, s->before);
    nf_free(after);
    assert_false(s->changed->removed);
    assert_false(s->clean->removed);
    assert_int_equal(helper_change(&s->device, s->changed->id),
                     NF_CHANGE_CHANGED);
    assert_int_equal(helper_change(&s->device, s->deleted), NF_CHANGE_DELETED);
    s->forge->forge = pass;
    s->forge->announce = -1;
    s->forge->tail = NULL;
    s->forge->cut_end = false;
    helper_sync(&s->device, NF_SYNC_RUN_ALL, NULL, 0);
    assert_int_equal(helper_change(&s->device, s->changed->id), NF_CHANGE_NONE);
    assert_false(helper_server_has(s->world, "Shop.Order", s->deleted));
    assert_string_equal(
        helper_server_text(s->world, "Shop.Order", s->changed->id, "Remark"),
        "uno");
    assert_int_equal(
        helper_server_count(s->world, "System.SynchronizationError"), 0);
}

static void with_forge(void **state, nf_sync_kind kind, helper_forge_fn forge,
                       const void *user, const char *code)
{
    scene s;

    open_scene(&s, state);
    s.forge = helper_forge_new(&s.device, forge, user);
    refused(&s, kind, code);
    close_scene(&s);
}

/* ---- A154: what was not asked for -----------------------------------------
 */

typedef struct lie {
    const char *entity;
    int64_t id;
} lie;

static void add_object(helper_forge *forge, const bson_t *record)
{
    const lie *l = forge->user;
    bson_t copy = BSON_INITIALIZER;

    pass(forge, record);
    if (!helper_forge_is(record, "obj"))
        return;
    bson_copy_to_excluding_noinit(record, &copy, "t", NULL);
    BSON_APPEND_UTF8(&copy, "t", l->entity);
    helper_forge_int(forge, &copy, "id", l->id);
    bson_destroy(&copy);
}

static void test_unasked_object(void **state)
{
    helper_world *world = *state;
    int64_t other = helper_server_add(world, "Shop.Order", "Remark", "other");
    lie lies[] = {
        {"Shop.Order", other},   {"Shop.Order", 123456789},
        {"Shop.Nowhere", 99999}, {"Shop.Draft", 99998},
        {"Shop.Temp", 99997},    {"System.User", 99996},
    };

    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
        with_forge(state, NF_SYNC_RUN_SELECTED, add_object, &lies[i],
                   "SYNC_PROTOCOL");
}

/* An object of one entity under the id of another's (W33). */
static void other_entity(helper_forge *forge, const bson_t *record)
{
    if (helper_forge_is(record, "obj"))
        helper_forge_text(forge, record, "t", forge->user);
    else
        pass(forge, record);
}

static void test_other_entity(void **state)
{
    with_forge(state, NF_SYNC_RUN_SELECTED, other_entity, "Shop.Region",
               "SYNC_PROTOCOL");
    with_forge(state, NF_SYNC_RUN_ALL, other_entity, "Shop.Region",
               "SYNC_PROTOCOL");
}

/* ---- A155: outcomes and removals of what was never sent --------------------
 */

static void add_outcome(helper_forge *forge, const bson_t *record)
{
    const lie *l = forge->user;
    bson_t forged = BSON_INITIALIZER;

    pass(forge, record);
    if (!helper_forge_is(record, "head"))
        return;
    BSON_APPEND_UTF8(&forged, "k", "out");
    BSON_APPEND_INT64(&forged, "id", l->id);
    BSON_APPEND_UTF8(&forged, "s", l->entity);
    BSON_APPEND_UTF8(&forged, "code", "OBJ_GONE");
    BSON_APPEND_UTF8(&forged, "text", "gone");
    helper_forge_put(forge, &forged);
    bson_destroy(&forged);
}

static void add_gone(helper_forge *forge, const bson_t *record)
{
    const lie *l = forge->user;
    bson_t forged = BSON_INITIALIZER;

    if (record) {
        pass(forge, record);
        return;
    }
    BSON_APPEND_UTF8(&forged, "k", "gone");
    BSON_APPEND_INT64(&forged, "id", l->id);
    helper_forge_put(forge, &forged);
    bson_destroy(&forged);
}

/* The run sends nothing of the dirty order: only the clean one is selected. */
static void test_outcome_of_nothing(void **state)
{
    static const char *const states[] = {"rejected", "gone", "deleted"};
    scene s;
    nf_error err = {0};
    char *after;

    open_scene(&s, state);
    for (int i = 0; i < 4; i++) {
        lie l = {i < 3 ? states[i] : "", s.changed->id};
        helper_forge *forge = s.forge =
            helper_forge_new(&s.device, i < 3 ? add_outcome : add_gone, &l);
        nf_error_clear(&err);
        assert_int_equal(
            helper_try(&s.device, NF_SYNC_RUN_SELECTED, &s.clean, 1, &err),
            NF_FAILED);
        assert_string_equal(err.code, "SYNC_PROTOCOL");
        after = helper_dump(&s.device, s.world);
        assert_string_equal(after, s.before);
        nf_free(after);
        forge->forge = pass;
    }
    close_scene(&s);
}

static void test_unsent_removal(void **state)
{
    helper_world *world = *state;
    lie l = {"rejected",
             helper_server_add(world, "Shop.Customer", "Name", "Other")};

    with_forge(state, NF_SYNC_RUN_ALL, add_outcome, &l, "SYNC_PROTOCOL");
    with_forge(state, NF_SYNC_RUN_UNSYNCHRONIZED, add_gone, &l,
               "SYNC_PROTOCOL");
}

/* ---- what is missing, twice or in disorder ---------------------------------
 */

/* Leaves out, or repeats, the records of a kind. */
static void without(helper_forge *forge, const bson_t *record)
{
    if (!helper_forge_is(record, forge->user))
        pass(forge, record);
}

static void twice(helper_forge *forge, const bson_t *record)
{
    pass(forge, record);
    if (helper_forge_is(record, forge->user))
        pass(forge, record);
}

static void test_missing_records(void **state)
{
    static const char *const kinds[] = {"head", "out", "ent", "sum"};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        with_forge(state, NF_SYNC_RUN_ALL, without, kinds[i], "SYNC_PROTOCOL");
        with_forge(state, NF_SYNC_RUN_ALL, twice, kinds[i], "SYNC_PROTOCOL");
    }
    with_forge(state, NF_SYNC_RUN_SELECTED, without, "obj", "SYNC_PROTOCOL");
    with_forge(state, NF_SYNC_RUN_SELECTED, twice, "obj", "SYNC_PROTOCOL");
}

/* ---- A136: a section whose sum is wrong ------------------------------------
 */

static void wrong_sum(helper_forge *forge, const bson_t *record)
{
    uint8_t zero[16] = {9};
    bson_t copy = BSON_INITIALIZER;

    if (!helper_forge_is(record, "sum") ||
        strcmp(nf_document_text(record, "t", ""), "Shop.Order") != 0) {
        pass(forge, record);
        return;
    }
    bson_copy_to_excluding_noinit(record, &copy, "x", NULL);
    BSON_APPEND_BINARY(&copy, "x", BSON_SUBTYPE_BINARY, zero, 16);
    helper_forge_put(forge, &copy);
    bson_destroy(&copy);
}

static void wrong_count(helper_forge *forge, const bson_t *record)
{
    if (helper_forge_is(record, "sum"))
        helper_forge_int(forge, record, "n",
                         nf_document_int(record, "n", 0) + 1);
    else
        pass(forge, record);
}

/* There is no resnapshot (design): the run fails after at most one more request
 * for the result, and the next run brings the entity whole. */
static void wrong_section(void **state, helper_forge_fn forge_fn)
{
    helper_world *world = *state;
    helper_device device;
    helper_forge *forge;
    nf_error err = {0};

    helper_server_add(world, "Shop.Order", "Remark", "one");
    helper_device_open(&device, world, "anna");
    forge = helper_forge_new(&device, forge_fn, NULL);
    assert_int_equal(helper_try(&device, NF_SYNC_RUN_ALL, NULL, 0, &err),
                     NF_FAILED);
    assert_string_equal(err.code, "SYNC_PROTOCOL");
    assert_in_range(forge->results, 1, 2); /* never a third (A136) */
    assert_int_equal(helper_count(&device, world, "Shop.Order"), 0);
    assert_true(nf_sync_is_initial(device.client));
    forge->forge = pass;
    helper_sync(&device, NF_SYNC_RUN_ALL, NULL, 0);
    assert_int_equal(helper_count(&device, world, "Shop.Order"),
                     helper_server_count(world, "Shop.Order"));
    helper_device_close(&device);
}

static void test_wrong_section(void **state)
{
    wrong_section(state, wrong_sum);
    wrong_section(state, wrong_count);
    /* the same for differences */
    with_forge(state, NF_SYNC_RUN_ALL, wrong_sum, NULL, "SYNC_PROTOCOL");
    with_forge(state, NF_SYNC_RUN_ALL, wrong_count, NULL, "SYNC_PROTOCOL");
}

/* ---- A135, A138: lengths ----------------------------------------------------
 */

static void test_lengths(void **state)
{
    for (int i = 0; i < 4; i++) {
        scene s;
        open_scene(&s, state);
        s.forge = helper_forge_new(&s.device, pass, NULL);
        s.forge->announce = i == 0 ? (int64_t)5 << 30 : -1;
        s.forge->tail = i == 1 ? "more" : NULL;
        s.forge->cut_end = i == 2;
        if (i == 3)
            s.forge->announce = 10; /* less than what comes */
        refused(&s, NF_SYNC_RUN_ALL, i == 0 ? "SYNC_LIMIT" : "SYNC_PROTOCOL");
        if (i == 0) /* not another piece of the five GiB */
            assert_int_equal(s.asked, 1);
        close_scene(&s);
    }
}

/* ---- A148: kinds of a later version ----------------------------------------
 */

static void add_unknown(helper_forge *forge, const bson_t *record)
{
    bson_t forged = BSON_INITIALIZER;

    BSON_APPEND_UTF8(&forged, "k", "weather");
    if (forge->user)
        BSON_APPEND_BOOL(&forged, "opt", true);
    if (record)
        pass(forge, record);
    if (helper_forge_is(record, "head"))
        helper_forge_put(forge, &forged);
    bson_destroy(&forged);
}

static void test_unknown_kind(void **state)
{
    scene s;

    with_forge(state, NF_SYNC_RUN_ALL, add_unknown, NULL, "SYNC_PROTOCOL");
    open_scene(&s, state);
    s.forge = helper_forge_new(&s.device, add_unknown, "opt");
    helper_sync(&s.device, NF_SYNC_RUN_ALL, NULL, 0);
    assert_int_equal(helper_change(&s.device, s.changed->id), NF_CHANGE_NONE);
    close_scene(&s);
}

/* ---- values -----------------------------------------------------------------
 */

/* S110: what does not fit the device's own model is stored as it comes; what
 * has another type is no value at all. */
static void wrong_type(helper_forge *forge, const bson_t *record)
{
    bson_t copy = BSON_INITIALIZER, members;

    if (!helper_forge_is(record, "obj")) {
        pass(forge, record);
        return;
    }
    bson_copy_to_excluding_noinit(record, &copy, "m", NULL);
    BSON_APPEND_DOCUMENT_BEGIN(&copy, "m", &members);
    BSON_APPEND_BOOL(&members, "Remark", true);
    bson_append_document_end(&copy, &members);
    helper_forge_put(forge, &copy);
    bson_destroy(&copy);
}

static void test_wrong_type(void **state)
{
    with_forge(state, NF_SYNC_RUN_SELECTED, wrong_type, NULL, "SYNC_PROTOCOL");
}

#define CASE(test)                                                             \
    cmocka_unit_test_setup_teardown(test, helper_setup, helper_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_unasked_object),
        CASE(test_other_entity),
        CASE(test_outcome_of_nothing),
        CASE(test_unsent_removal),
        CASE(test_missing_records),
        CASE(test_wrong_section),
        CASE(test_lengths),
        CASE(test_unknown_kind),
        CASE(test_wrong_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
