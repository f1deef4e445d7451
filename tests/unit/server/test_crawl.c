/* No object, member or content that a user may not see leaves the server
 * (synchronize S165, W21, W36): every path and method that it answers is asked
 * as every user, as nobody, and with sessions that have ended, for everything
 * that is there, and each reply is searched for texts that the oracle forbids
 * and for what another user has on the way. A path or method without a case
 * here is a failure. */
#include "helper_oracle.h"
#include "helper_wire.h"

#include "base/memory.h"
#include "database/database.h"
#include "server/http_request.h"

#include <inttypes.h>

enum { VICTIM = 2, RUNS = 3 };

/* What the victim has sent and nobody else has: in an upload that waits, in a
 * change that was refused, in contents that are not complete. */
static const char secret[] = "victims-secret-";

typedef struct crawl {
    oracle o;
    helper_wire victim;
    wire_upload uploads[RUNS]; /* open, staged, applied */
    uint8_t content[NF_SHA256_SIZE];
    /* who asks now */
    helper_wire wire;
    const char *actor;
    int user;  /* -1: nobody */
    bool mine; /* it is the victim on the same device */
    int replies, opened;
} crawl;

/* ---- what comes back ----------------------------------------------------- */

static int inspect(crawl *c, const char *what, bool open)
{
    const nf_sync_response *r = &c->wire.response;
    const char *leak =
        oracle_leak(&c->o, c->user, r->body.data, r->body.length);

    c->replies++;
    if (r->status == 200 || r->status == 206)
        c->opened++;
    /* The errors of a user are told on every device of it. */
    if (!leak && r->body.length > 0 && c->user != VICTIM &&
        memmem(r->body.data, r->body.length, secret, strlen(secret)))
        leak = secret;
    if (leak)
        fail_msg("%s gets %s by %s", c->actor, leak, what);
    if (c->user < 0 && !open && r->status != 401)
        fail_msg("%s: %s answers %d", c->actor, what, r->status);
    if (r->status >= 500)
        fail_msg("%s: %s answers %d", c->actor, what, r->status);
    return r->status;
}

static int ask(crawl *c, nf_sync_method method, const char *path,
               const bson_t *body, bool open)
{
    wire_send(&c->wire, method, path, body);
    return inspect(c, path, open);
}

/* ---- one case per path and method ---------------------------------------- */

static void ask_info(crawl *c)
{
    assert_int_equal(ask(c, NF_SYNC_GET, "/sync/v1/info", NULL, true), 200);
}

static void ask_info_head(crawl *c)
{
    ask(c, NF_SYNC_HEAD, "/sync/v1/info", NULL, true);
}

/* The front end answers it without the server's core. */
static void ask_health(crawl *c)
{
    if (c->user < 0)
        assert_int_equal(ask(c, NF_SYNC_GET, "/health", NULL, false), 401);
}

static int grant(crawl *c, const char *kind, const char *user,
                 const char *secret_text)
{
    bson_t body = BSON_INITIALIZER;
    int status;

    BSON_APPEND_UTF8(&body, "grant", kind);
    BSON_APPEND_UTF8(&body, "app", nf_model_app_id(c->o.world->model));
    BSON_APPEND_UTF8(&body, "profile", "Phone");
    if (user)
        BSON_APPEND_UTF8(&body, "user", user);
    BSON_APPEND_UTF8(&body, strcmp(kind, "token") ? "password" : "token",
                     secret_text);
    status = ask(c, NF_SYNC_POST, "/sync/v1/session", &body, true);
    bson_destroy(&body);
    return status;
}

/* W20: who exists can't be told, neither before nor after it has to wait. */
static void ask_sign_in(crawl *c)
{
    static const char *const users[] = {"u0", "nobody"};
    static const char *const peers[] = {"192.0.2.10", "192.0.2.11"};
    const char *own = c->wire.peer;
    char answers[2][400];

    for (int i = 0; i < 2; i++) {
        int status;
        c->wire.peer = peers[i];
        status = grant(c, "password", users[i], "wrong");
        assert_true(status == 401 || status == 429);
        snprintf(answers[i], sizeof answers[i], "%d %s %s", status,
                 c->wire.code, wire_text(&c->wire, "text"));
    }
    c->wire.peer = own;
    assert_string_equal(answers[0], answers[1]);
    assert_int_equal(grant(c, "token", NULL, "wrong"), 401);
    /* A session is no token for signing in. */
    assert_int_equal(grant(c, "token", NULL, c->victim.session), 401);
    assert_int_equal(grant(c, "root", "u0", ""), 401);
}

/* Done for itself at the end, as it ends the session. */
static void ask_sign_out(crawl *c)
{
    if (c->user < 0)
        assert_int_equal(
            ask(c, NF_SYNC_DELETE, "/sync/v1/session", NULL, false), 401);
}

static void create(crawl *c, const wire_upload *up)
{
    int status = wire_create(&c->wire, up, "selective");

    inspect(c, "create", false);
    if (c->user >= 0 && !c->mine && status != 422 && status != 409)
        fail_msg("%s takes another's id: %d", c->actor, status);
}

/* S23: an id that was made known can't be taken, and others' are not told. */
static void ask_create(crawl *c)
{
    for (int i = 0; i < RUNS; i++)
        if (!c->mine)
            create(c, &c->uploads[i]);
}

static void each_run(crawl *c, nf_sync_method method, const char *rest)
{
    for (int i = 0; i < RUNS; i++) {
        int status =
            ask(c, method, wire_path(&c->uploads[i], rest), NULL, false);
        if (c->user >= 0 && !c->mine && status != 404)
            fail_msg("%s: %s of another's upload answers %d", c->actor, rest,
                     status);
    }
}

static void ask_state(crawl *c)
{
    each_run(c, NF_SYNC_GET, "");
}

/* The victim itself would end them. */
static void ask_abort(crawl *c)
{
    if (!c->mine)
        each_run(c, NF_SYNC_DELETE, "");
}

static void ask_body(crawl *c)
{
    each_run(c, NF_SYNC_HEAD, "/body");
}

static void ask_append(crawl *c)
{
    for (int i = 0; i < RUNS && !c->mine; i++) {
        wire_patch(&c->wire, wire_path(&c->uploads[i], "/body"), "xxxx", 4,
                   i == 0 ? 10 : 0, (int64_t)c->uploads[i].bytes.length);
        inspect(c, "append", false);
    }
}

static void ask_commit(crawl *c)
{
    if (!c->mine)
        each_run(c, NF_SYNC_POST, "/commit");
}

static void ask_result(crawl *c)
{
    each_run(c, NF_SYNC_GET, "/result");
}

static void ask_plan(crawl *c)
{
    if (!c->mine)
        each_run(c, NF_SYNC_POST, "/plan");
}

static void ask_plan_result(crawl *c)
{
    each_run(c, NF_SYNC_GET, "/plan");
}

static void ask_ack(crawl *c)
{
    if (!c->mine)
        each_run(c, NF_SYNC_POST, "/ack");
}

static const char *blob_path(const crawl *c)
{
    static char path[120];

    memcpy(path, "/sync/v1/blobs/", 16);
    nf_hex(path + 15, c->content, sizeof c->content);
    return path;
}

static void ask_blob(crawl *c)
{
    int status = ask(c, NF_SYNC_HEAD, blob_path(c), NULL, false);

    if (c->user >= 0)
        assert_int_equal(status, c->user == VICTIM ? 200 : 404);
}

static void ask_append_blob(crawl *c)
{
    wire_patch(&c->wire, blob_path(c), "xxxx", 4, 10, 2000);
    assert_int_equal(inspect(c, "append", false), c->user < 0 ? 401 : 409);
}

static void ask_file(crawl *c)
{
    nf_database *db = nf_server_database(c->o.world->server);

    for (int i = 0; i < ORACLE_OBJECTS; i++) {
        const oracle_object *x = &c->o.objects[i];
        nf_content content = {0};
        nf_error err = {0};
        char path[200];
        bool visible = c->user >= 0 && oracle_visible(&c->o, c->user, x);
        int status;

        assert_int_equal(nf_database_get_content(db, x->id, &content, &err),
                         NF_OK);
        snprintf(path, sizeof path, "/sync/v1/files/%" PRId64 "/%s", x->id,
                 content.exists ? content.server_version : "1");
        status = ask(c, NF_SYNC_GET, path, NULL, false);
        if (c->user >= 0)
            assert_int_equal(status,
                             visible && x->entity == ORACLE_FILE ? 206 : 404);
        snprintf(path, sizeof path, "/sync/v1/files/%" PRId64 "/none", x->id);
        status = ask(c, NF_SYNC_GET, path, NULL, false);
        assert_int_equal(status, c->user < 0 ? 401 : 404);
    }
}

static void call(crawl *c, const char *path, int number, int64_t k)
{
    bson_t body = BSON_INITIALIZER, args = BSON_INITIALIZER,
           none = BSON_INITIALIZER;
    uint8_t id[16] = {0};

    memcpy(id, &number, sizeof number);
    if (k)
        BSON_APPEND_INT64(&args, "K", k);
    BSON_APPEND_BINARY(&body, "call", BSON_SUBTYPE_BINARY, id, sizeof id);
    BSON_APPEND_DOCUMENT(&body, "args", &args);
    BSON_APPEND_ARRAY(&body, "objects", &none);
    ask(c, NF_SYNC_POST, path, &body, false);
    bson_destroy(&body);
    bson_destroy(&args);
    bson_destroy(&none);
}

/* Microflows that apply entity access, with every object, and with the
 * victim's id of a call (1). */
static void ask_microflow(crawl *c)
{
    static const char *const whats[] = {"Read_%s", "Get_%s", "Set_%s_S",
                                        "Set_%s_N", "Drop_%s"};

    for (int e = 0; e < ORACLE_ENTITIES; e++) {
        for (size_t w = 0; w < sizeof whats / sizeof *whats; w++) {
            char path[200] = "/sync/v1/microflows/M.";
            size_t used = strlen(path);
            snprintf(path + used, sizeof path - used, whats[w],
                     oracle_entity_name((oracle_entity)e) + 2);
            if (!c->mine)
                call(c, path, 1, 0);
            for (int i = 0; w > 0 && i < ORACLE_OBJECTS; i += 3)
                call(c, path, ++c->o.numbers, c->o.objects[i].k);
        }
    }
    call(c, "/sync/v1/microflows/M.Nothing", ++c->o.numbers, 0);
    call(c, "/sync/v1/microflows/System.Nothing", ++c->o.numbers, 0);
}

/* One object as W58 sends it, without a change. */
static void send_object(crawl *c, const char *path, const oracle_object *x)
{
    bson_t body = BSON_INITIALIZER, list, record, members;
    uint8_t id[16] = {0};

    c->o.numbers++;
    memcpy(id, &c->o.numbers, sizeof c->o.numbers);
    BSON_APPEND_BINARY(&body, "call", BSON_SUBTYPE_BINARY, id, sizeof id);
    BSON_APPEND_ARRAY_BEGIN(&body, "objects", &list);
    BSON_APPEND_DOCUMENT_BEGIN(&list, "0", &record);
    BSON_APPEND_UTF8(&record, "t", oracle_entity_name(x->entity));
    BSON_APPEND_INT64(&record, "id", x->id);
    BSON_APPEND_DOCUMENT_BEGIN(&record, "m", &members);
    bson_append_document_end(&record, &members);
    bson_append_document_end(&list, &record);
    bson_append_array_end(&body, &list);
    ask(c, NF_SYNC_POST, path, &body, false);
    bson_destroy(&body);
}

/* What can't be seen can't be committed or deleted either: the rows are
 * compared at the end. */
static void ask_objects(crawl *c)
{
    static const char *const verbs[] = {"commit",   "rollback", "delete",
                                        "retrieve", "create",   "nothing"};

    for (size_t v = 0; v < sizeof verbs / sizeof *verbs; v++) {
        char path[100];
        snprintf(path, sizeof path, "/sync/v1/objects/%s", verbs[v]);
        call(c, path, ++c->o.numbers, 1);
        ask(c, NF_SYNC_POST, path, NULL, false);
        for (int i = 0; v < 3 && i < ORACLE_OBJECTS; i++) {
            const oracle_object *x = &c->o.objects[i];
            bool visible = c->user >= 0 && oracle_visible(&c->o, c->user, x);
            /* Who may commit a file document is noted in it. */
            if (!visible || v == 1 || (v == 0 && x->entity != ORACLE_FILE))
                send_object(c, path, x);
        }
    }
}

static const struct {
    const char *method, *pattern;
    void (*ask)(crawl *c);
} cases[] = {
    {"GET", "/health", ask_health},
    {"HEAD", "/health", ask_health},
    {"GET", "/sync/v1/info", ask_info},
    {"HEAD", "/sync/v1/info", ask_info_head},
    {"POST", "/sync/v1/session", ask_sign_in},
    {"DELETE", "/sync/v1/session", ask_sign_out},
    {"POST", "/sync/v1/syncs", ask_create},
    {"GET", "/sync/v1/syncs/*", ask_state},
    {"DELETE", "/sync/v1/syncs/*", ask_abort},
    {"HEAD", "/sync/v1/syncs/*/body", ask_body},
    {"PATCH", "/sync/v1/syncs/*/body", ask_append},
    {"POST", "/sync/v1/syncs/*/commit", ask_commit},
    {"GET", "/sync/v1/syncs/*/result", ask_result},
    {"POST", "/sync/v1/syncs/*/plan", ask_plan},
    {"GET", "/sync/v1/syncs/*/plan", ask_plan_result},
    {"POST", "/sync/v1/syncs/*/ack", ask_ack},
    {"HEAD", "/sync/v1/blobs/*", ask_blob},
    {"PATCH", "/sync/v1/blobs/*", ask_append_blob},
    {"GET", "/sync/v1/files/*/*", ask_file},
    {"POST", "/sync/v1/microflows/*", ask_microflow},
    {"POST", "/sync/v1/objects/*", ask_objects},
};

static int cases_of(const char *method, size_t length, const char *pattern)
{
    int count = 0;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        count += strlen(cases[i].method) == length &&
                 !memcmp(cases[i].method, method, length) &&
                 !strcmp(cases[i].pattern, pattern);
    return count;
}

/* The table of the front end is what there is. */
static void test_every_path_has_a_case(void **state)
{
    const char *pattern, *methods;
    bool open;
    size_t known = 0;

    (void)state;
    for (size_t i = 0; nf_http_resource(i, &pattern, &methods, &open); i++) {
        while (*methods) {
            size_t length = strcspn(methods, ", ");
            if (cases_of(methods, length, pattern) != 1)
                fail_msg("no case for %.*s %s", (int)length, methods, pattern);
            known++;
            methods += length + strspn(methods + length, ", ");
        }
    }
    assert_int_equal(known, sizeof cases / sizeof *cases);
}

/* ---- who asks ------------------------------------------------------------ */

static void ask_all(crawl *c)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cases[i].ask(c);
}

/* A full synchronization: all that the user may have, and no error of the
 * victim's. */
static void ask_download(crawl *c)
{
    wire_upload up;

    wire_begin(&up, ++c->o.numbers);
    up.views = "M.Base M.Special M.Other M.File System.SynchronizationError";
    wire_end(&up);
    assert_int_equal(wire_commit(&c->wire, &up, "all"), 200);
    ask(c, NF_SYNC_GET, wire_path(&up, "/result"), NULL, false);
    ask(c, NF_SYNC_POST, wire_path(&up, "/ack"), NULL, false);
    wire_dispose(&up);
}

/* S165: contents of another user can't be had by their digest. */
static void ask_for_contents(crawl *c)
{
    bson_t record = BSON_INITIALIZER, file, members;
    uint8_t mid[16] = {0};
    int64_t id = wire_id(&c->wire, "M.File", ++c->o.numbers);
    wire_upload up;

    wire_begin(&up, ++c->o.numbers);
    memcpy(mid, &c->o.numbers, sizeof c->o.numbers);
    BSON_APPEND_UTF8(&record, "k", "new");
    BSON_APPEND_UTF8(&record, "t", "M.File");
    BSON_APPEND_INT64(&record, "id", id);
    BSON_APPEND_BINARY(&record, "mid", BSON_SUBTYPE_BINARY, mid, 16);
    BSON_APPEND_DOCUMENT_BEGIN(&record, "m", &members);
    bson_append_document_end(&record, &members);
    BSON_APPEND_DOCUMENT_BEGIN(&record, "f", &file);
    BSON_APPEND_BINARY(&file, "sha256", BSON_SUBTYPE_BINARY, c->content,
                       sizeof c->content);
    BSON_APPEND_INT64(&file, "size", 2000);
    bson_append_document_end(&record, &file);
    wire_record_raw(&up, &record);
    bson_destroy(&record);
    wire_end(&up);
    assert_int_equal(wire_commit(&c->wire, &up, "unsynchronized"), 200);
    if (strncmp(wire_outcome(&c->wire, &up, id), "rejected ", 9) != 0)
        fail_msg("%s takes contents of another: %s", c->actor,
                 wire_outcome(&c->wire, &up, id));
    inspect(c, "contents by digest", false);
    ask(c, NF_SYNC_POST, wire_path(&up, "/ack"), NULL, false);
    wire_dispose(&up);
}

static void be(crawl *c, const char *actor, int user)
{
    c->actor = actor;
    c->user = user;
    c->mine = false;
    memset(&c->wire, 0, sizeof c->wire);
    wire_open(&c->wire, c->o.world);
    c->wire.peer = "192.0.2.1";
}

static void enter(crawl *c, int user)
{
    static const char *const names[] = {"u0", "u1", "u2", "u3", "u4", "guest"};
    bool guest = user == ORACLE_GUEST;

    be(c, names[user], user);
    if (!guest)
        c->wire.peer = NULL;
    assert_int_equal(wire_sign_in(&c->wire, guest ? "anonymous" : NULL,
                                  oracle_user(user), NULL),
                     201);
    c->wire.peer = "192.0.2.1";
}

static void as_users(crawl *c)
{
    for (int user = 0; user < ORACLE_USERS; user++) {
        enter(c, user); /* the victim on another device */
        ask_all(c);
        ask_download(c);
        ask_for_contents(c);
        assert_int_equal(
            ask(c, NF_SYNC_DELETE, "/sync/v1/session", NULL, false), 204);
        c->actor = "after signing out";
        c->user = -1;
        ask_all(c);
        wire_close(&c->wire);
    }
}

static void as_nobody(crawl *c, const char *actor, const char *session)
{
    be(c, actor, -1);
    if (session)
        snprintf(c->wire.session, sizeof c->wire.session, "%s", session);
    ask_all(c);
    wire_close(&c->wire);
}

/* ---- the victim ---------------------------------------------------------- */

static void prepare_upload(crawl *c, int i)
{
    wire_upload *up = &c->uploads[i];
    bson_t *m = bson_new();

    wire_begin(up, ++c->o.numbers);
    BSON_APPEND_UTF8(m, "S", secret);
    /* An object that nobody has: what is sent goes to an error. */
    wire_record(up, "chg", "M.Base", 77 + i, ++c->o.numbers, m, "S");
    wire_end(up);
}

/* Each on a device of its own, since a device has one at a time; the last
 * device is the victim's from here on. */
static void prepare_victim(crawl *c)
{
    char bytes[1000];

    for (int i = 0; i < RUNS; i++) {
        const wire_upload *up = &c->uploads[i];
        size_t half = up->bytes.length;

        prepare_upload(c, i);
        half = up->bytes.length / (i == 0 ? 2 : 1);
        wire_open(&c->victim, c->o.world);
        assert_int_equal(
            wire_sign_in(&c->victim, NULL, oracle_user(VICTIM), NULL), 201);
        assert_int_equal(wire_create(&c->victim, up, "selective"), 201);
        assert_int_equal(wire_patch(&c->victim, wire_path(up, "/body"),
                                    up->bytes.data, half, 0,
                                    (int64_t)up->bytes.length),
                         204);
        if (i == 2)
            assert_int_equal(wire_send(&c->victim, NF_SYNC_POST,
                                       wire_path(up, "/commit"), NULL),
                             200);
        if (i + 1 < RUNS)
            wire_close(&c->victim);
    }
    memset(bytes, 'v', sizeof bytes);
    memcpy(bytes, secret, strlen(secret));
    memset(c->content, 0xa5, sizeof c->content);
    assert_int_equal(
        wire_patch(&c->victim, blob_path(c), bytes, sizeof bytes, 0, 2000),
        204);
}

/* ---- the crawl ----------------------------------------------------------- */

static nf_status add_row(void *user, const nf_server_exported *row,
                         nf_error *err)
{
    (void)err;
    if (!row->entity->module->system)
        helper_row_text(user, row->entity, row->id, 0, row->members);
    return NF_OK;
}

static char *all_rows(crawl *c)
{
    nf_buffer text;
    nf_error err = {0};

    nf_buffer_init(&text, 1 << 24);
    assert_int_equal(nf_server_export(c->o.world->server, add_row, &text, &err),
                     NF_OK);
    return nf_buffer_take(&text);
}

static void expect_same(const char *before, const char *after)
{
    size_t at = 0;

    while (before[at] && before[at] == after[at])
        at++;
    if (before[at] == after[at])
        return;
    while (at > 0 && before[at - 1] != '\n')
        at--;
    fail_msg("a row has changed from\n%.300s\nto\n%.300s", before + at,
             after + at);
}

static void crawl_app(uint64_t seed)
{
    crawl *c = calloc(1, sizeof *c);
    char *before, *after, session[2][80];

    print_message("seed %" PRIu64 "\n", seed);
    oracle_open(&c->o, seed);
    prepare_victim(c);
    before = all_rows(c);
    as_users(c);
    as_nobody(c, "nobody", NULL);
    as_nobody(c, "a wrong session",
              "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    be(c, "the victim again", VICTIM);
    c->wire.peer = "192.0.2.20";
    assert_int_equal(
        wire_sign_in(&c->wire, "password", oracle_user(VICTIM), "x"), 201);
    snprintf(session[0], sizeof session[0], "%s", c->wire.session);
    assert_int_equal(wire_sign_in(&c->wire, "token", NULL, c->wire.token), 201);
    snprintf(session[1], sizeof session[1], "%s", c->wire.token);
    wire_close(&c->wire);
    as_nobody(c, "an authentication token", session[1]);
    as_nobody(c, "a session before the device's last", session[0]);
    /* The victim's own uploads are as they were. */
    be(c, "the victim", VICTIM);
    snprintf(c->wire.session, sizeof c->wire.session, "%s", c->victim.session);
    c->mine = true;
    ask_all(c);
    assert_int_equal(
        ask(c, NF_SYNC_GET, wire_path(&c->uploads[2], "/result"), NULL, false),
        206);
    wire_close(&c->wire);
    after = all_rows(c);
    expect_same(before, after);
    c->o.world->now += 2 * 60 * 60 * 1000;
    as_nobody(c, "a session that has ended", c->victim.session);
    assert_null(oracle_leak(&c->o, -1, c->o.world->log,
                            strlen(c->o.world->log))); /* S169 */
    assert_null(strstr(c->o.world->log, secret));
    print_message("%d replies, %d with something\n", c->replies, c->opened);
    assert_true(c->opened > 100);
    nf_free(before);
    nf_free(after);
    for (int i = 0; i < RUNS; i++)
        wire_dispose(&c->uploads[i]);
    wire_close(&c->victim);
    oracle_close(&c->o);
    free(c);
}

static void test_crawl(void **state)
{
    const char *rounds = getenv("ROUNDS"), *seed = getenv("SEED");
    uint64_t first = seed ? strtoull(seed, NULL, 10) : 1;

    (void)state;
    for (int i = 0; i < (rounds ? atoi(rounds) : 1); i++)
        crawl_app(first + (uint64_t)i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_path_has_a_case),
        cmocka_unit_test(test_crawl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
