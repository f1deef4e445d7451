/* Sync resources as devices may use and misuse them: repeated, in the wrong
 * order, after a crash of the server, from another process, never finished
 * (synchronize W21, W27.5, W28, W41, W53, §27.9). */
#include "helper_wire.h"

#include "database/statement.h"

#include <bson/bson.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static void restart(helper_wire *wire)
{
    helper_restart(wire->world);
    assert_int_equal(wire_sign_in(wire, NULL, "anna", NULL), 201);
}

/* Every request may come twice; the state says what comes next (A127, A128,
 * A129). */
static void test_states(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    wire_upload up, other;
    const char *body, *commit;
    size_t size;

    wire_open(&a, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    wire_new_order(&up, &a, 1, 1);
    body = wire_path(&up, "/body");
    commit = wire_path(&up, "/commit");
    size = up.bytes.length;
    assert_int_equal(wire_create(&a, &up, "all"), 201);
    assert_string_equal(wire_text(&a, "state"), "open");
    assert_int_equal(wire_create(&a, &up, "all"), 200);
    assert_int_equal(wire_create(&a, &up, "selective"), 422);

    /* the same id for other bytes: the first is unaffected (A129) */
    wire_begin(&other, 1);
    wire_end(&other);
    assert_int_equal(wire_create(&a, &other, "all"), 422);
    wire_dispose(&other);

    /* commit before the bytes; results before the commit */
    assert_int_equal(wire_send(&a, NF_SYNC_POST, commit, NULL), 409);
    assert_int_equal(
        wire_send(&a, NF_SYNC_GET, wire_path(&up, "/result"), NULL), 409);
    assert_int_equal(wire_send(&a, NF_SYNC_POST, wire_path(&up, "/ack"), NULL),
                     409);

    /* repeated, overlapping bytes and a gap (A128) */
    assert_int_equal(wire_patch(&a, body, up.bytes.data, 10, 0, (int64_t)size),
                     204);
    assert_int_equal(a.response.offset, 10);
    assert_int_equal(wire_patch(&a, body, up.bytes.data, 10, 0, (int64_t)size),
                     409);
    assert_int_equal(a.response.offset, 10);
    assert_int_equal(
        wire_patch(&a, body, up.bytes.data + 5, 10, 5, (int64_t)size), 409);
    assert_int_equal(
        wire_patch(&a, body, up.bytes.data + 20, 10, 20, (int64_t)size), 409);
    assert_int_equal(a.response.offset, 10);
    assert_int_equal(wire_create(&a, &up, "all"), 200);
    assert_int_equal(wire_int(&a, "offset"), 10);
    assert_int_equal(
        wire_patch(&a, body, up.bytes.data, size, 10, (int64_t)size), 413);
    assert_int_equal(
        wire_patch(&a, body, up.bytes.data + 10, size - 10, 10, (int64_t)size),
        204);
    assert_int_equal(wire_send(&a, NF_SYNC_HEAD, body, NULL), 200);
    assert_int_equal(a.response.offset, (int64_t)size);

    /* commit twice: one apply, the same reply (A127) */
    assert_int_equal(wire_send(&a, NF_SYNC_POST, commit, NULL), 200);
    assert_string_equal(wire_text(&a, "state"), "ready");
    assert_int_equal(wire_send(&a, NF_SYNC_POST, commit, NULL), 200);
    assert_string_equal(wire_text(&a, "state"), "ready");
    assert_int_equal(helper_server_count(world, "Shop.Order"), 1);
    assert_string_equal(wire_outcome(&a, &up, wire_order_id(&a, 1)), "created");
    assert_int_equal(wire_send(&a, NF_SYNC_DELETE, wire_path(&up, ""), NULL),
                     409);
    assert_int_equal(wire_send(&a, NF_SYNC_POST, wire_path(&up, "/ack"), NULL),
                     204);
    assert_int_equal(wire_send(&a, NF_SYNC_POST, wire_path(&up, "/ack"), NULL),
                     204);
    assert_int_equal(wire_send(&a, NF_SYNC_GET, wire_path(&up, ""), NULL), 200);
    assert_string_equal(wire_text(&a, "state"), "acked");
    assert_int_equal(helper_server_count(world, "Shop.Order"), 1);
    wire_dispose(&up);
    wire_close(&a);
}

/* A fenced id stays fenced, known before or not (A116, A130). */
static void test_fence(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    wire_upload up, never;

    wire_open(&a, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    wire_new_order(&up, &a, 1, 1);
    wire_stage(&a, &up, "all");
    assert_int_equal(wire_send(&a, NF_SYNC_DELETE, wire_path(&up, ""), NULL),
                     200);
    assert_string_equal(wire_text(&a, "state"), "aborted");
    assert_int_equal(wire_send(&a, NF_SYNC_DELETE, wire_path(&up, ""), NULL),
                     200);
    assert_int_equal(
        wire_send(&a, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 409);
    assert_string_equal(wire_text(&a, "state"), "aborted");
    assert_int_equal(wire_create(&a, &up, "all"), 409);
    assert_int_equal(wire_patch(&a, wire_path(&up, "/body"), up.bytes.data, 1,
                                0, (int64_t)up.bytes.length),
                     409);

    wire_new_order(&never, &a, 2, 2);
    assert_int_equal(wire_send(&a, NF_SYNC_GET, wire_path(&never, ""), NULL),
                     404);
    assert_int_equal(wire_send(&a, NF_SYNC_DELETE, wire_path(&never, ""), NULL),
                     200);
    assert_int_equal(wire_create(&a, &never, "all"), 409);
    assert_int_equal(helper_server_count(world, "Shop.Order"), 0);
    wire_dispose(&up);
    wire_dispose(&never);
    wire_close(&a);
}

/* One at a time per device (W28, A152); two devices do not see each other
 * (W21, A157). */
static void test_busy_and_foreign(void **state)
{
    helper_world *world = *state;
    helper_wire a, b;
    wire_upload up, second;
    bson_t reply;
    uint8_t id[16];

    wire_open(&a, world);
    wire_open(&b, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    assert_int_equal(wire_sign_in(&b, NULL, "anna", NULL), 201);
    assert_int_not_equal(a.device, b.device);
    wire_new_order(&up, &a, 1, 1);
    wire_new_order(&second, &a, 2, 2);
    wire_stage(&a, &up, "all");
    assert_int_equal(wire_create(&a, &second, "all"), 409);
    assert_string_equal(a.code, "SYNC_BUSY");
    assert_true(
        nf_document_open(&reply, a.response.body.data, a.response.body.length));
    assert_true(nf_document_binary(&reply, "id", id, sizeof id));
    assert_memory_equal(id, up.id.bytes, sizeof id);

    /* the other device of the same user: no such resource */
    assert_int_equal(wire_send(&b, NF_SYNC_GET, wire_path(&up, ""), NULL), 404);
    assert_int_equal(
        wire_send(&b, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 404);
    assert_int_equal(
        wire_send(&b, NF_SYNC_GET, wire_path(&up, "/result"), NULL), 404);
    assert_int_equal(wire_send(&b, NF_SYNC_DELETE, wire_path(&up, ""), NULL),
                     404);
    assert_int_equal(wire_create(&b, &up, "all"), 422);
    assert_int_equal(wire_create(&b, &second, "all"), 201);

    /* applied is unfinished, too; after the ack the device goes on */
    assert_int_equal(
        wire_send(&a, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 200);
    assert_int_equal(
        wire_send(&b, NF_SYNC_GET, wire_path(&up, "/result"), NULL), 404);
    assert_int_equal(
        wire_send(&b, NF_SYNC_DELETE, wire_path(&second, ""), NULL), 200);
    wire_dispose(&second);
    wire_new_order(&second, &a, 3, 2);
    assert_int_equal(wire_create(&a, &second, "all"), 409);
    assert_int_equal(wire_send(&a, NF_SYNC_POST, wire_path(&up, "/ack"), NULL),
                     204);
    assert_int_equal(wire_create(&a, &second, "all"), 201);
    wire_dispose(&up);
    wire_dispose(&second);
    wire_close(&a);
    wire_close(&b);
}

/* The server crashes with bytes half there, staged, applied, with a result:
 * the device goes on where it was (W53, A121, A122, A149). */
static void test_restart(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    wire_upload up;
    const char *body;
    size_t size;

    wire_open(&a, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    wire_new_order(&up, &a, 1, 1);
    body = wire_path(&up, "/body");
    size = up.bytes.length;
    assert_int_equal(wire_create(&a, &up, "all"), 201);
    assert_int_equal(wire_patch(&a, body, up.bytes.data, 20, 0, (int64_t)size),
                     204);
    helper_restart(world);
    assert_int_equal(wire_send(&a, NF_SYNC_HEAD, body, NULL), 200);
    assert_int_equal(a.response.offset, 20);
    assert_int_equal(
        wire_patch(&a, body, up.bytes.data + 20, size - 20, 20, (int64_t)size),
        204);
    helper_restart(world);
    assert_int_equal(wire_send(&a, NF_SYNC_GET, wire_path(&up, ""), NULL), 200);
    assert_string_equal(wire_text(&a, "state"), "staged");
    assert_int_equal(helper_server_count(world, "Shop.Order"), 0);
    assert_int_equal(
        wire_send(&a, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 200);
    helper_restart(world);
    assert_int_equal(
        wire_send(&a, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 200);
    assert_int_equal(helper_server_count(world, "Shop.Order"), 1);
    assert_string_equal(
        helper_server_text(world, "Shop.Order", wire_order_id(&a, 1), "Number"),
        "100");
    assert_string_equal(wire_outcome(&a, &up, wire_order_id(&a, 1)), "created");

    /* the result ends after seven days: 410, and a commit makes another */
    world->now += 8 * INT64_C(86400000);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    assert_int_equal(
        wire_send(&a, NF_SYNC_GET, wire_path(&up, "/result"), NULL), 410);
    assert_int_equal(
        wire_send(&a, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 200);
    assert_string_equal(wire_outcome(&a, &up, wire_order_id(&a, 1)), "created");
    assert_int_equal(helper_server_count(world, "Shop.Order"), 1);
    wire_dispose(&up);
    wire_close(&a);
}

/* A result that nobody reads to its end lets go of its snapshot: another commit
 * makes another one. */
static void test_unread_result(void **state)
{
    helper_world *world = *state;
    nf_sync_request request = {.method = NF_SYNC_GET, .length = 64};
    helper_wire a;
    wire_upload up;
    nf_error err = {0};

    if (helper_on_postgres())
        skip(); /* there it is written as a whole before it is read */
    for (int i = 0; i < 500; i++)
        helper_server_add(world, "Shop.Order", "Remark", "many");
    wire_open(&a, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    wire_new_order(&up, &a, 1, 1);
    assert_int_equal(wire_commit(&a, &up, "all"), 200);
    request.path = wire_path(&up, "/result");
    request.session = a.session;
    assert_int_equal(
        nf_server_handle(world->server, &request, &a.response, &err), NF_OK);
    assert_int_equal(a.response.status, 206);
    assert_int_equal(a.response.total, -1); /* still being written */
    world->now += 11 * 60000;
    assert_int_equal(
        nf_server_handle(world->server, &request, &a.response, &err), NF_OK);
    assert_int_equal(a.response.status, 410);
    assert_int_equal(
        wire_send(&a, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 200);
    assert_string_equal(wire_outcome(&a, &up, wire_order_id(&a, 1)), "created");
    wire_dispose(&up);
    wire_close(&a);
}

/* An upload that takes hours is noted as alive while it arrives (W50). */
static void test_touched(void **state)
{
    helper_world *world = *state;
    nf_database *database = nf_server_database(world->server);
    nf_statement *statement;
    helper_wire a;
    wire_upload up;
    nf_error err = {0};
    bool row = false;
    size_t size;

    wire_open(&a, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    wire_new_order(&up, &a, 1, 1);
    size = up.bytes.length;
    assert_int_equal(wire_create(&a, &up, "all"), 201);
    world->now += 30 * 60000;
    assert_int_equal(wire_patch(&a, wire_path(&up, "/body"), up.bytes.data, 10,
                                0, (int64_t)size),
                     204);
    world->now += 40 * 60000; /* 70 since it began */
    assert_int_equal(wire_patch(&a, wire_path(&up, "/body"), up.bytes.data + 10,
                                10, 10, (int64_t)size),
                     204);
    statement = nf_database_statement(
        database, "SELECT touched FROM _mx_sync_history", &err);
    assert_int_equal(nf_database_step(database, statement, &row, &err), NF_OK);
    assert_true(row);
    assert_int_equal(nf_column_int(statement, 0), world->now);
    nf_database_done(database, statement);
    wire_dispose(&up);
    wire_close(&a);
}

/* While another process writes, a commit is answered with `applying`, at the
 * latest when the time of a request is over. */
static void test_applying(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    wire_upload up;
    nf_database *other = NULL;
    nf_database_options options = {
        .model = world->model, .path = world->path, .side = NF_DATABASE_SERVER};
    int64_t began;
    nf_error err = {0};

    wire_open(&a, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    wire_new_order(&up, &a, 1, 1);
    wire_stage(&a, &up, "all");
    world->options.request_ms = 100;
    helper_restart(world);
    assert_int_equal(nf_database_open(&other, &options, &err), NF_OK);
    assert_int_equal(nf_database_begin(other, &err), NF_OK);
    began = nf_clock_elapsed();
    assert_int_equal(
        wire_send(&a, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 202);
    assert_string_equal(wire_text(&a, "state"), "applying");
    assert_true(nf_clock_elapsed() - began < 4500); /* a lock's are 5000 */
    assert_int_equal(nf_database_end(other, false, &err), NF_OK);
    nf_database_close(other);
    world->options.request_ms = 0;
    helper_restart(world);
    assert_int_equal(
        wire_send(&a, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 200);
    assert_int_equal(helper_server_count(world, "Shop.Order"), 1);
    wire_dispose(&up);
    wire_close(&a);
}

/* Bytes that are not what was announced are dropped; a body that is malformed
 * ends the resource with nothing applied (S38). */
static void test_wrong_bytes(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    wire_upload up;
    const char *body;
    char *bytes;
    size_t size;

    wire_open(&a, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    wire_new_order(&up, &a, 1, 1);
    body = wire_path(&up, "/body");
    size = up.bytes.length;
    bytes = malloc(size);
    memcpy(bytes, up.bytes.data, size);
    bytes[size / 2] ^= 1;
    assert_int_equal(wire_create(&a, &up, "all"), 201);
    assert_int_equal(wire_patch(&a, body, bytes, size, 0, (int64_t)size), 400);
    assert_int_equal(a.response.offset, 0);
    assert_int_equal(
        wire_patch(&a, body, up.bytes.data, size, 0, (int64_t)size), 204);
    assert_int_equal(wire_send(&a, NF_SYNC_DELETE, wire_path(&up, ""), NULL),
                     200);

    /* announced as it is, but no stream */
    memcpy(up.bytes.data, bytes, size);
    up.id.bytes[0]++;
    assert_true(nf_sha256(up.sha, bytes, size));
    assert_int_equal(wire_commit(&a, &up, "all"), 400);
    assert_string_equal(a.code, "SYNC_PROTOCOL");
    assert_int_equal(wire_send(&a, NF_SYNC_GET, wire_path(&up, ""), NULL), 200);
    assert_string_equal(wire_text(&a, "state"), "failed");
    assert_int_equal(helper_server_count(world, "Shop.Order"), 0);
    free(bytes);
    wire_dispose(&up);

    /* that one is over: another may start */
    wire_new_order(&up, &a, 5, 5);
    assert_int_equal(wire_commit(&a, &up, "all"), 200);
    wire_dispose(&up);
    wire_close(&a);
}

/* Lifetimes run on the server's clock: a body without progress ends after a
 * day, ids 90 days after the ack (§27.9). */
static void test_expiry(void **state)
{
    helper_world *world = *state;
    helper_wire a;
    wire_upload up, next;

    wire_open(&a, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    wire_new_order(&up, &a, 1, 1);
    wire_stage(&a, &up, "all");
    world->now += 25 * INT64_C(3600000);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    assert_int_equal(wire_send(&a, NF_SYNC_GET, wire_path(&up, ""), NULL), 404);
    wire_new_order(&next, &a, 2, 2); /* nor does it keep the device busy */
    assert_int_equal(wire_commit(&a, &next, "all"), 200);
    assert_int_equal(
        wire_send(&a, NF_SYNC_POST, wire_path(&next, "/ack"), NULL), 204);
    /* and its id may be used again */
    assert_int_equal(wire_commit(&a, &up, "all"), 200);
    assert_string_equal(wire_outcome(&a, &up, wire_order_id(&a, 1)), "created");
    wire_dispose(&up);
    wire_dispose(&next);

    world->now += 89 * INT64_C(86400000);
    restart(&a);
    wire_new_order(&next, &a, 2, 2);
    assert_int_equal(wire_send(&a, NF_SYNC_GET, wire_path(&next, ""), NULL),
                     200);
    world->now += 2 * INT64_C(86400000);
    restart(&a);
    assert_int_equal(wire_send(&a, NF_SYNC_GET, wire_path(&next, ""), NULL),
                     404);
    wire_dispose(&next);
    wire_close(&a);
}

/* An upload of one new photo whose contents were sent before. */
static void photo_record(wire_upload *up, int number, int64_t id, uint8_t mark,
                         const uint8_t sha[NF_SHA256_SIZE])
{
    bson_t record = BSON_INITIALIZER, part;
    uint8_t mid[16] = {mark};

    BSON_APPEND_UTF8(&record, "k", "new");
    BSON_APPEND_UTF8(&record, "t", "Shop.Photo");
    BSON_APPEND_INT64(&record, "id", id);
    BSON_APPEND_BINARY(&record, "mid", BSON_SUBTYPE_BINARY, mid, sizeof mid);
    BSON_APPEND_DOCUMENT_BEGIN(&record, "m", &part);
    BSON_APPEND_UTF8(&part, "Name", "../../x"); /* A84: data, never a path */
    bson_append_document_end(&record, &part);
    BSON_APPEND_DOCUMENT_BEGIN(&record, "f", &part);
    BSON_APPEND_BINARY(&part, "sha256", BSON_SUBTYPE_BINARY, sha,
                       NF_SHA256_SIZE);
    BSON_APPEND_INT64(&part, "size", 11);
    bson_append_document_end(&record, &part);
    wire_begin(up, number);
    wire_record_raw(up, &record);
    wire_end(up);
    bson_destroy(&record);
}

/* Contents of files resume at the byte where they stopped, also after a
 * crash, and belong to their user (W35, A83, A128, A157). */
static void test_contents(void **state)
{
    helper_world *world = *state;
    helper_wire a, b;
    wire_upload up;
    uint8_t sha[NF_SHA256_SIZE];
    char path[128], hex[NF_SHA256_TEXT];
    int64_t id;

    wire_open(&a, world);
    wire_open(&b, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    assert_int_equal(wire_sign_in(&b, NULL, "bert", NULL), 201);
    assert_true(nf_sha256(sha, "hello world", 11));
    nf_hex(hex, sha, sizeof sha);
    snprintf(path, sizeof path, "/sync/v1/blobs/%s", hex);
    assert_int_equal(wire_send(&a, NF_SYNC_HEAD, path, NULL), 404);
    assert_int_equal(wire_patch(&a, path, "hello ", 6, 0, 11), 204);
    assert_int_equal(wire_patch(&a, path, "hello ", 6, 0, 11), 409);
    assert_int_equal(a.response.offset, 6);
    restart(&a);
    assert_int_equal(wire_sign_in(&b, NULL, "bert", NULL), 201);
    assert_int_equal(wire_send(&a, NF_SYNC_HEAD, path, NULL), 200);
    assert_int_equal(a.response.offset, 6);
    assert_int_equal(wire_send(&b, NF_SYNC_HEAD, path, NULL), 404);
    assert_int_equal(wire_patch(&a, path, "wOrld", 5, 6, 11), 400);
    assert_int_equal(wire_send(&a, NF_SYNC_HEAD, path, NULL), 404);
    assert_int_equal(wire_patch(&a, path, "hello world", 11, 0, 11), 204);
    assert_int_equal(wire_send(&a, NF_SYNC_HEAD, path, NULL), 200);
    assert_int_equal(a.response.offset, 11);
    /* over the limit before a byte is taken (W7) */
    hex[0] = hex[0] == '0' ? '1' : '0';
    snprintf(path, sizeof path, "/sync/v1/blobs/%s", hex);
    assert_int_equal(wire_patch(&a, path, "x", 1, 0, INT64_C(3) << 30), 413);

    /* bert has not sent them, so his photo has none (A157) */
    id = wire_id(&b, "Shop.Photo", 1);
    photo_record(&up, 1, id, 7, sha);
    assert_int_equal(wire_commit(&b, &up, "all"), 200);
    assert_string_equal(wire_outcome(&b, &up, id), "rejected OBJ_FILE_MISSING");
    wire_dispose(&up);
    photo_record(&up, 2, id, 8, sha);
    assert_int_equal(wire_commit(&a, &up, "all"), 200);
    assert_string_equal(wire_outcome(&a, &up, id), "created");
    assert_string_equal(helper_server_text(world, "Shop.Photo", id, "Name"),
                        "../../x");
    assert_string_equal(helper_server_text(world, "Shop.Photo", id, "Size"),
                        "11");
    wire_dispose(&up);
    wire_close(&a);
    wire_close(&b);
}

/* A133: no room. The bytes that were taken stay; nothing is applied; when there
 * is room again everything goes on. */
static void test_full(void **state)
{
    helper_world *world = *state;
    struct rlimit old, small;
    helper_wire a;
    wire_upload up;
    const char *body;
    size_t size;
    int status;

    if (helper_on_postgres())
        skip(); /* this process writes no file there */
    wire_open(&a, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    wire_begin(&up, 1);
    for (int i = 1; i <= 4000; i++)
        wire_record(&up, "new", "Shop.Order", wire_order_id(&a, i), i,
                    BCON_NEW("Remark", BCON_UTF8("0123456789012345678901234"
                                                 "567890123456789")),
                    NULL);
    wire_end(&up);
    body = wire_path(&up, "/body");
    size = up.bytes.length;
    assert_int_equal(wire_create(&a, &up, "all"), 201);
    assert_int_equal(
        wire_patch(&a, body, up.bytes.data, 1000, 0, (int64_t)size), 204);

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_IGN);
    small = (struct rlimit){.rlim_cur = 200000, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    status = wire_patch(&a, body, up.bytes.data + 1000, size - 1000, 1000,
                        (int64_t)size);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(status, 507);
    assert_int_equal(wire_send(&a, NF_SYNC_HEAD, body, NULL), 200);
    assert_int_equal(a.response.offset, 1000);
    assert_int_equal(wire_patch(&a, body, up.bytes.data + 1000, size - 1000,
                                1000, (int64_t)size),
                     204);

    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    status = wire_send(&a, NF_SYNC_POST, wire_path(&up, "/commit"), NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(status, 500);
    assert_string_equal(a.code, "SYNC_SERVER");
    assert_int_equal(helper_server_count(world, "Shop.Order"), 0);
    assert_int_equal(wire_send(&a, NF_SYNC_GET, wire_path(&up, ""), NULL), 200);
    assert_string_equal(wire_text(&a, "state"), "staged");
    assert_int_equal(
        wire_send(&a, NF_SYNC_POST, wire_path(&up, "/commit"), NULL), 200);
    assert_int_equal(helper_server_count(world, "Shop.Order"), 4000);
    wire_dispose(&up);
    wire_close(&a);
}

/* §27.9: what a user may leave waiting is limited. */
static void test_quota(void **state)
{
    helper_world *world = *state;
    helper_wire a, b;
    char path[128];
    uint8_t sha[NF_SHA256_SIZE] = {1};
    char hex[NF_SHA256_TEXT];

    wire_open(&a, world);
    wire_open(&b, world);
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    assert_int_equal(wire_sign_in(&b, NULL, "bert", NULL), 201);
    for (int i = 0; i < 3; i++) {
        sha[1] = (uint8_t)i;
        nf_hex(hex, sha, sizeof sha);
        snprintf(path, sizeof path, "/sync/v1/blobs/%s", hex);
        assert_int_equal(wire_patch(&a, path, "x", 1, 0, INT32_MAX),
                         i < 2 ? 204 : 507);
    }
    assert_int_equal(wire_patch(&b, path, "x", 1, 0, INT32_MAX), 204);
    world->now += 25 * INT64_C(3600000); /* without progress they end */
    assert_int_equal(wire_sign_in(&a, NULL, "anna", NULL), 201);
    assert_int_equal(wire_patch(&a, path, "x", 1, 0, INT32_MAX), 204);
    wire_close(&a);
    wire_close(&b);
}

#define FILE_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown(test, helper_setup_file, helper_teardown)
#define MEMORY_TEST(test)                                                      \
    cmocka_unit_test_setup_teardown(test, helper_setup, helper_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MEMORY_TEST(test_states),
        MEMORY_TEST(test_fence),
        MEMORY_TEST(test_busy_and_foreign),
        FILE_TEST(test_restart),
        MEMORY_TEST(test_touched),
        FILE_TEST(test_applying),
        FILE_TEST(test_unread_result),
        MEMORY_TEST(test_wrong_bytes),
        FILE_TEST(test_expiry),
        FILE_TEST(test_contents),
        FILE_TEST(test_full),
        MEMORY_TEST(test_quota),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
