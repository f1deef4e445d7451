/* For each field of each message a wrong one, sent to the device and to the
 * server (synchronize S164, W33, W38, A140, A154 … A159): nothing is applied in
 * part, nothing is lost, and the next true run is fine. What is tried follows
 * from the messages of a true run, so a new field is tried as well. */
#include "helper_forge.h"
#include "helper_wire.h"
#include "helper_wrong.h"

#include "base/memory.h"

/* ---- replies to the device ------------------------------------------------ */

/* A device with something of every kind to send and to get. */
typedef struct scene {
    helper_world *world;
    helper_device device;
    int64_t changed, refused, deleted;
    char *before;
} scene;

static void commit_text(scene *s, const char *entity, const char *member,
                        const char *text, const char *to)
{
    nf_object *object =
        helper_find(s->world, &s->device, entity, member, text);
    helper_set_text(object, member, to);
    helper_commit(&s->device, object);
    nf_object_release(object);
}

static void open_scene(scene *s, helper_world *world)
{
    nf_object *gone, *photo;
    int64_t theirs;

    memset(s, 0, sizeof *s);
    s->world = world;
    s->changed = helper_server_add(world, "Shop.Order", "Remark", "one");
    theirs = helper_server_add(world, "Shop.Order", "Remark", "two");
    s->deleted = helper_server_add(world, "Shop.Order", "Remark", "three");
    s->refused = helper_server_add(world, "Shop.Customer", "Name", "Acme");
    helper_device_open(&s->device, world, "anna");
    helper_sync(&s->device, NF_SYNC_RUN_ALL, NULL, 0);
    commit_text(s, "Shop.Order", "Remark", "one", "uno");
    commit_text(s, "Shop.Customer", "Name", "Acme", "");
    gone = helper_find(world, &s->device, "Shop.Order", "Remark", "three");
    helper_delete(&s->device, gone);
    nf_object_release(gone);
    photo = helper_create(world, &s->device, "Shop.Photo");
    helper_set_text(photo, "Caption", "mine");
    helper_commit(&s->device, photo);
    nf_object_release(photo);
    helper_server_set_text(world, "Shop.Order", theirs, "Remark", "dos");
    helper_server_add(world, "Shop.Region", "Name", "near");
    s->before = helper_dump(&s->device, world);
}

static void close_scene(scene *s)
{
    helper_device_close(&s->device);
    nf_free(s->before);
}

/* Which message of a run is spoiled, and how. */
typedef struct target {
    bool record;      /* of the result rather than a reply */
    const char *what; /* the end of a path, or a kind of record */
    int nth;          /* from 1: of those that match */
    size_t field, way;
    /* inside */
    int seen;
    size_t fields; /* of the message; 0: it was not met */
    char name[64];
    bool done; /* once is enough: what is asked again is answered truly */
} target;

static bool is_meant(target *t)
{
    return !t->done && ++t->seen == t->nth;
}

static void spoil_reply(void *user, const nf_sync_request *request,
                        nf_sync_response *response)
{
    target *t = user;
    size_t path = strlen(request->path), end = strlen(t->what);
    bson_t document, *wrong;

    if (t->record || response->bytes || response->status >= 300 ||
        path < end || strcmp(request->path + path - end, t->what) != 0 ||
        !nf_document_open(&document, response->body.data,
                          response->body.length) ||
        !is_meant(t))
        return;
    t->done = true;
    t->fields = helper_field_count(&document);
    wrong = helper_wrong(&document, t->field, t->way, t->name);
    nf_buffer_clear(&response->body);
    nf_buffer_add(&response->body, (const char *)bson_get_data(wrong),
                  wrong->len);
    bson_destroy(wrong);
}

static void spoil_record(helper_forge *forge, const bson_t *record)
{
    target *t = (target *)(uintptr_t)forge->user;
    bson_t *wrong;

    if (!record)
        return;
    if (!helper_forge_is(record, t->what) || !is_meant(t)) {
        helper_forge_put(forge, record);
        return;
    }
    t->fields = helper_field_count(record);
    wrong = helper_wrong(record, t->field, t->way, t->name);
    helper_forge_put(forge, wrong);
    bson_destroy(wrong);
}

/* After the truth was told at last: all that was to be sent has arrived, once,
 * and the device is as the server shows it. What a server says of an object is
 * the truth, though, so `taken` values of one are what the device then has. */
static void check_truth(scene *s, const target *t, bool taken)
{
    helper_device fresh;
    char *mine, *theirs;

    helper_sync(&s->device, NF_SYNC_RUN_ALL, NULL, 0);
    assert_string_equal(
        helper_server_text(s->world, "Shop.Order", s->changed, "Remark"),
        "uno");
    assert_string_equal(
        helper_server_text(s->world, "Shop.Customer", s->refused, "Name"),
        "Acme");
    assert_false(helper_server_has(s->world, "Shop.Order", s->deleted));
    assert_int_equal(
        helper_server_count(s->world, "System.SynchronizationError"), 1);
    if (taken && !strcmp(t->what, "obj"))
        return;
    helper_device_open(&fresh, s->world, "anna");
    helper_sync(&fresh, NF_SYNC_RUN_ALL, NULL, 0);
    mine = helper_dump(&s->device, s->world);
    theirs = helper_dump(&fresh, s->world);
    if (strcmp(mine, theirs) != 0)
        fail_msg("%s.%s %s: the device holds\n%s\nand is shown\n%s", t->what,
                 t->name, helper_wrong_name(t->way), mine, theirs);
    nf_free(mine);
    nf_free(theirs);
    helper_device_close(&fresh);
}

/* One wrong field; *t says whether the run came to it. */
static void meet_wrong(helper_world *world, target *t)
{
    nf_error err = {0};
    nf_status status;
    char *after;
    scene s;

    helper_restart(world); /* in memory: an empty server */
    open_scene(&s, world);
    if (!strcmp(t->what, "/session"))
        assert_int_equal(nf_sync_sign_out(s.device.client, 10, &err), NF_OK);
    if (t->record) {
        helper_forge_new(&s.device, spoil_record, t);
    } else {
        s.device.faults->spoil = spoil_reply;
        s.device.faults->user = t;
    }
    status = helper_try(&s.device, NF_SYNC_RUN_ALL, NULL, 0, &err);
    t->done = true;
    if (status != NF_OK) {
        if (strncmp(err.code, "SYNC_", 5) != 0 && /* S15 */
            strcmp(err.code, "wrong_user") != 0)
            fail_msg("%s.%s %s: %s", t->what, t->name,
                     helper_wrong_name(t->way), err.code);
        after = helper_dump(&s.device, world);
        if (strcmp(after, s.before) != 0)
            fail_msg("%s.%s %s: %s, and the device is not as it was", t->what,
                     t->name, helper_wrong_name(t->way), err.code);
        nf_free(after);
    }
    check_truth(&s, t, status == NF_OK);
    close_scene(&s);
}

/* Under a sanitizer, which is several times slower, every second one. */
static bool is_tried(size_t field, size_t way)
{
#ifdef __SANITIZE_ADDRESS__
    return (field + way) % 2 == 0;
#else
    (void)field;
    (void)way;
    return true;
#endif
}

static size_t every_field(helper_world *world, bool record, const char *what,
                          int nth)
{
    size_t tried = 0, fields = 1;

    for (size_t field = 0; field < fields; field++)
        for (size_t way = 0; way < helper_wrong_count(); way++) {
            target t = {.record = record,
                        .what = what,
                        .nth = nth,
                        .field = field,
                        .way = way};
            if (!is_tried(field, way))
                continue;
            meet_wrong(world, &t);
            if (t.fields == 0)
                fail_msg("no message %s", what);
            fields = t.fields;
            tried++;
        }
    return tried;
}

static void test_replies(void **state)
{
    static const char *const paths[] = {"/session", "/syncs", "/commit"};
    size_t tried = 0;

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        tried += every_field(*state, false, paths[i], 1);
    assert_true(tried > 100);
}

static void test_records(void **state)
{
    static const struct {
        const char *kind;
        int nth;
    } records[] = {{"head", 1}, {"out", 1}, {"ent", 1}, {"obj", 1}, {"sum", 2}};
    size_t tried = 0;

    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        tried += every_field(*state, true, records[i].kind, records[i].nth);
    assert_true(tried > 150);
}

/* ---- requests to the server ----------------------------------------------- */

typedef struct upload_case {
    helper_wire wire;
    int64_t order; /* to be changed, of the server */
    int number;    /* of the next run */
} upload_case;

/* A record as a true device sends it. */
static bson_t *true_record(upload_case *c, const char *kind, int number)
{
    bson_t *record = bson_new(), part;
    uint8_t mid[16] = {0}, hash[32] = {7};
    int64_t id = !strcmp(kind, "new") ? wire_id(&c->wire, "Shop.Order", number)
                                      : c->order;

    memcpy(mid, &number, sizeof number);
    BSON_APPEND_UTF8(record, "k", kind);
    BSON_APPEND_UTF8(record, "t", "Shop.Order");
    BSON_APPEND_INT64(record, "id", id);
    if (strcmp(kind, "ref") != 0)
        BSON_APPEND_BINARY(record, "mid", BSON_SUBTYPE_BINARY, mid, 16);
    if (!strcmp(kind, "new") || !strcmp(kind, "chg")) {
        BSON_APPEND_DOCUMENT_BEGIN(record, "m", &part);
        BSON_APPEND_UTF8(&part, "Remark", "spoiled");
        BSON_APPEND_UTF8(&part, "Total", "12.5");
        BSON_APPEND_UTF8(&part, "Status", "Open");
        bson_append_document_end(record, &part);
        BSON_APPEND_DOCUMENT_BEGIN(record, "f", &part);
        BSON_APPEND_BINARY(&part, "sha256", BSON_SUBTYPE_BINARY, hash, 32);
        BSON_APPEND_INT64(&part, "size", 5);
        BSON_APPEND_UTF8(&part, "name", "a.txt");
        bson_append_document_end(record, &part);
    }
    if (!strcmp(kind, "chg")) {
        BSON_APPEND_ARRAY_BEGIN(record, "c", &part);
        BSON_APPEND_UTF8(&part, "0", "Remark");
        bson_append_array_end(record, &part);
    }
    if (!strcmp(kind, "chg") || !strcmp(kind, "ref"))
        BSON_APPEND_BINARY(record, "h", BSON_SUBTYPE_BINARY, mid, 16);
    return record;
}

/* A unit of the wrong record and a right one: the right one is applied, or
 * neither is; the server never fails, and goes on. */
static void send_wrong(upload_case *c, const bson_t *wrong, const char *what,
                       const char *name, size_t way)
{
    helper_world *world = c->wire.world;
    int number = c->number++;
    int64_t fine = wire_id(&c->wire, "Shop.Customer", number);
    int before = helper_server_count(world, "Shop.Customer");
    bson_t *members = bson_new();
    char text[24];
    wire_upload up;
    int status;

    snprintf(text, sizeof text, "fine %d", number);
    BSON_APPEND_UTF8(members, "Name", text);
    wire_begin(&up, number);
    wire_record_raw(&up, wrong);
    wire_record(&up, "new", "Shop.Customer", fine, 1000000 + number, members,
                NULL);
    wire_end(&up);
    status = wire_commit(&c->wire, &up, "selective");
    if (status != 200 && status != 400 && status != 422)
        fail_msg("%s.%s %s: status %d", what, name, helper_wrong_name(way),
                 status);
    if (helper_server_count(world, "Shop.Customer") !=
        before + (status == 200))
        fail_msg("%s.%s %s: status %d, and the other object is %s", what, name,
                 helper_wrong_name(way), status,
                 status == 200 ? "lost" : "applied");
    if (status == 200) {
        assert_string_equal(wire_outcome(&c->wire, &up, fine), "created");
        assert_int_equal(wire_send(&c->wire, NF_SYNC_POST,
                                   wire_path(&up, "/ack"), NULL),
                         204);
    } else {
        (void)wire_send(&c->wire, NF_SYNC_DELETE, wire_path(&up, ""), NULL);
    }
    wire_dispose(&up);
}

static void open_case(upload_case *c, helper_world *world)
{
    memset(c, 0, sizeof *c);
    wire_open(&c->wire, world);
    assert_int_equal(wire_sign_in(&c->wire, NULL, "anna", NULL), 201);
    c->order = helper_server_add(world, "Shop.Order", "Remark", "one");
    c->number = 1;
}

static void test_uploads(void **state)
{
    static const char *const kinds[] = {"new", "chg", "ref", "del"};
    helper_world *world = *state;
    size_t tried = 0;
    upload_case c;

    open_case(&c, world);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        size_t fields = 1;
        for (size_t field = 0; field < fields; field++)
            for (size_t way = 0; way < helper_wrong_count(); way++) {
                bson_t *record = true_record(&c, kinds[k], c.number), *wrong;
                char name[64];
                fields = helper_field_count(record);
                wrong = helper_wrong(record, field, way, name);
                send_wrong(&c, wrong, kinds[k], name, way);
                bson_destroy(wrong);
                bson_destroy(record);
                tried++;
                if (!helper_server_has(world, "Shop.Order", c.order))
                    c.order = helper_server_add(world, "Shop.Order", "Remark",
                                                "one");
            }
    }
    assert_true(tried > 400);
    assert_int_equal(helper_server_count(world, "System.User"), 1);
    wire_close(&c.wire);
}

/* The document of a POST with each field wrong: refused or taken, never a
 * failure of the server, and a true one is taken afterwards. */
static void each_wrong_body(helper_wire *wire, const char *path,
                            const bson_t *body, const char *what)
{
    size_t fields = helper_field_count(body);

    for (size_t field = 0; field < fields; field++)
        for (size_t way = 0; way < helper_wrong_count(); way++) {
            char name[64];
            bson_t *wrong = helper_wrong(body, field, way, name);
            int status = wire_send(wire, NF_SYNC_POST, path, wrong);
            if (status >= 500 || status < 200)
                fail_msg("%s.%s %s: status %d", what, name,
                         helper_wrong_name(way), status);
            bson_destroy(wrong);
        }
}

static void test_sessions(void **state)
{
    helper_world *world = *state;
    bson_t body = BSON_INITIALIZER, device;
    helper_wire wire;

    wire_open(&wire, world);
    wire.peer = "10.1.2.3";
    assert_int_equal(wire_sign_in(&wire, "password", "anna", "x"), 201);
    BSON_APPEND_UTF8(&body, "grant", "password");
    BSON_APPEND_UTF8(&body, "user", "anna");
    BSON_APPEND_UTF8(&body, "app", nf_model_app_id(world->model));
    BSON_APPEND_UTF8(&body, "profile", "Phone");
    BSON_APPEND_DOCUMENT_BEGIN(&body, "device", &device);
    BSON_APPEND_INT64(&device, "id", wire.device);
    BSON_APPEND_UTF8(&device, "name", "phone");
    bson_append_document_end(&body, &device);
    BSON_APPEND_UTF8(&body, "timezone", "Europe/Amsterdam");
    BSON_APPEND_UTF8(&body, "language", "en_US");
    BSON_APPEND_UTF8(&body, "token", wire.token);
    wire.session[0] = '\0';
    each_wrong_body(&wire, "/sync/v1/session", &body, "session");
    bson_destroy(&body);
    world->now += 24 * 3600 * 1000; /* the delays of wrong passwords (W20) */
    assert_int_equal(wire_sign_in(&wire, "password", "anna", "x"), 201);
    wire_close(&wire);
}

static void test_creates(void **state)
{
    helper_world *world = *state;
    uint8_t id[16] = {42}, sha[32] = {1};
    bson_t body = BSON_INITIALIZER, part, view;
    helper_wire wire;
    wire_upload up;

    wire_open(&wire, world);
    assert_int_equal(wire_sign_in(&wire, NULL, "anna", NULL), 201);
    BSON_APPEND_BINARY(&body, "id", BSON_SUBTYPE_BINARY, id, 16);
    BSON_APPEND_UTF8(&body, "mode", "all");
    BSON_APPEND_UTF8(&body, "profile", "Phone");
    BSON_APPEND_UTF8(&body, "model", "0");
    BSON_APPEND_INT64(&body, "len", 100);
    BSON_APPEND_BINARY(&body, "sha", BSON_SUBTYPE_BINARY, sha, 32);
    BSON_APPEND_UTF8(&body, "enc", "identity");
    BSON_APPEND_DOCUMENT_BEGIN(&body, "counts", &part);
    BSON_APPEND_INT64(&part, "new", 1);
    bson_append_document_end(&body, &part);
    BSON_APPEND_DOCUMENT_BEGIN(&body, "views", &part);
    BSON_APPEND_DOCUMENT_BEGIN(&part, "Shop.Order", &view);
    BSON_APPEND_BINARY(&view, "token", BSON_SUBTYPE_BINARY, id, 16);
    BSON_APPEND_UTF8(&view, "mode", "All");
    bson_append_document_end(&part, &view);
    bson_append_document_end(&body, &part);
    each_wrong_body(&wire, "/sync/v1/syncs", &body, "create");
    bson_destroy(&body);
    /* Whatever was opened is in the way of nobody. */
    memset(&up, 0, sizeof up);
    memcpy(up.id.bytes, id, 16);
    (void)wire_send(&wire, NF_SYNC_DELETE, wire_path(&up, ""), NULL);
    memset(up.id.bytes, 0, 16);
    up.id.bytes[0] = 1;
    (void)wire_send(&wire, NF_SYNC_DELETE, wire_path(&up, ""), NULL);
    wire_begin(&up, 77);
    wire_end(&up);
    assert_int_equal(wire_commit(&wire, &up, "all"), 200);
    body = (bson_t)BSON_INITIALIZER;
    BSON_APPEND_BOOL(&body, "stored", true);
    each_wrong_body(&wire, wire_path(&up, "/ack"), &body, "ack");
    each_wrong_body(&wire, wire_path(&up, "/commit"), &body, "commit");
    bson_destroy(&body);
    wire_dispose(&up);
    wire_close(&wire);
}

#define CASE(test)                                                             \
    cmocka_unit_test_setup_teardown(test, helper_setup, helper_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_replies),  CASE(test_records), CASE(test_uploads),
        CASE(test_sessions), CASE(test_creates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
