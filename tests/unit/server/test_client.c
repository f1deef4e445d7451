/* The device's side of a synchronization as a machine that can be stopped,
 * cut and resumed anywhere: cancel, locks, sessions, pending records, contents
 * in pieces (synchronize §5, §18, §19). */
#include "helper_world.h"

#include "sync/codec.h"

/* What a test does with the exchange that its rule meets. */
typedef struct script {
    helper_world *world;
    nf_sync_method method;
    const char *ending; /* of the path; NULL: none is met */
    helper_answer then; /* PASS after `times` */
    int times, met;
    int64_t from;          /* only requests at or after this offset */
    int status;            /* of the reply, for ANSWERED */
    int sessions, refused; /* sign-ins seen, tokens to refuse */
    char grant[16], token[16], password[16];
    int64_t first_offset; /* of the first PATCH of contents; -1 */
    nf_sync_transport *inner;
    uint8_t bodies[2][4096];
    size_t body_sizes[2];
    int body_count;
    char last_path[200];
} script;

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && !strcmp(text + length - tail, ending);
}

static void note(script *s, const nf_sync_request *request)
{
    if (request->method == NF_SYNC_PATCH && s->first_offset < 0 &&
        strstr(request->path, "/blobs/"))
        s->first_offset = request->offset;
    if (request->method == NF_SYNC_PATCH && ends_with(request->path, "/body") &&
        s->body_count < 2 && request->body_length <= sizeof s->bodies[0]) {
        memcpy(s->bodies[s->body_count], request->body, request->body_length);
        s->body_sizes[s->body_count++] = request->body_length;
    }
    if (strstr(request->path, "/syncs/"))
        snprintf(s->last_path, sizeof s->last_path, "%s", request->path);
}

static helper_answer follow(void *user, const nf_sync_request *request,
                            nf_sync_response *response)
{
    script *s = user;

    note(s, request);
    if (!s->ending || request->method != s->method ||
        !strstr(request->path, s->ending) || request->offset < s->from ||
        s->met >= s->times)
        return HELPER_PASS;
    s->met++;
    if (s->then == HELPER_ANSWERED) {
        response->status = s->status;
        response->offset = response->total = -1;
    }
    return s->then;
}

static void open_with(helper_device *a, helper_world *world, script *s)
{
    helper_device_open(a, world, "anna");
    *s = (script){.world = world,
                  .first_offset = -1,
                  .from = -1,
                  .inner = a->faults->inner};
    a->faults->answer = follow;
    a->faults->user = s;
}

static void meet(script *s, nf_sync_method method, const char *ending,
                 helper_answer then, int times)
{
    s->method = method;
    s->ending = ending;
    s->then = then;
    s->times = times;
    s->met = 0;
}

/* ---- one device and its server ------------------------------------------- */

typedef struct story {
    helper_world *world;
    helper_device a;
    script s;
    nf_object *order; /* the one that the story is about; NULL: none */
    nf_error err;
} story;

/* A device that holds nothing yet; `configure` NULL: with the usual options. */
static void story_open(story *t, void **state,
                       void (*configure)(nf_sync_options *))
{
    *t = (story){.world = *state};
    helper_configure = configure;
    open_with(&t->a, t->world, &t->s);
    helper_configure = NULL;
}

/* One with an order of the server's, changed and committed. */
static void story_changes(story *t, void **state,
                          void (*configure)(nf_sync_options *),
                          const char *remark)
{
    helper_server_add(*state, "Shop.Order", "Remark", "base");
    story_open(t, state, configure);
    helper_sync(&t->a, NF_SYNC_RUN_ALL, NULL, 0);
    t->order = helper_find(t->world, &t->a, "Shop.Order", "Remark", "base");
    helper_set_text(t->order, "Remark", remark);
    helper_commit(&t->a, t->order);
}

static void story_close(story *t)
{
    nf_object_release(t->order);
    helper_device_close(&t->a);
}

static nf_status step(story *t)
{
    nf_error_clear(&t->err);
    return nf_sync_step(t->a.client, 0, &t->err);
}

/* A synchronization of everything that waits at what the rule meets. */
static void start(story *t)
{
    assert_int_equal(
        nf_sync_start(t->a.client, NF_SYNC_RUN_ALL, NULL, 0, &t->err), NF_OK);
    assert_int_equal(step(t), NF_PENDING);
}

static nf_status finish(story *t)
{
    nf_status status;
    do
        status = step(t);
    while (status == NF_PENDING);
    return status;
}

static void sync_all(story *t)
{
    helper_sync(&t->a, NF_SYNC_RUN_ALL, NULL, 0);
}

static void sync_fails(story *t, const char *code)
{
    assert_int_equal(helper_try(&t->a, NF_SYNC_RUN_ALL, NULL, 0, &t->err),
                     NF_FAILED);
    assert_string_equal(t->err.code, code);
}

static void finish_fails(story *t, const char *code)
{
    assert_int_equal(finish(t), NF_FAILED);
    assert_string_equal(t->err.code, code);
}

static const char *on_server(const story *t)
{
    return helper_server_text(t->world, "Shop.Order", t->order->id, "Remark");
}

static int server_errors(helper_world *world)
{
    return helper_server_count(world, "System.SynchronizationError");
}

/* A request of the device's as it might arrive late. */
static int late_request(story *t, nf_sync_method method, const char *path)
{
    nf_sync_request request = {
        .method = method, .path = path, .offset = -1, .length = -1};
    nf_sync_response response = {0};
    nf_error err = {0};
    char session[160];
    int status;

    snprintf(session, sizeof session, "%s", t->a.faults->session);
    request.session = session;
    request.local = true;
    nf_buffer_init(&response.body, NF_SYNC_MESSAGE_MAX);
    assert_int_equal(
        nf_server_handle(t->world->server, &request, &response, &err), NF_OK);
    status = response.status;
    nf_buffer_dispose(&response.body);
    return status;
}

/* A116, S145: cancelled before the data were handed over: nothing changed
 * anywhere, and what arrives late is not applied. */
static void test_cancel_fences(void **state)
{
    story t;
    char path[220], *before, *after;

    story_changes(&t, state, NULL, "cancelled");
    before = helper_dump(&t.a, t.world);
    meet(&t.s, NF_SYNC_PATCH, "/body", HELPER_WAIT, 1);
    start(&t);
    nf_sync_cancel(t.a.client);
    finish_fails(&t, "SYNC_CANCELLED");
    assert_string_equal(t.err.message,
                        "The synchronization was cancelled (SYNC_CANCELLED)");
    assert_false(nf_sync_running(t.a.client));
    after = helper_dump(&t.a, t.world);
    assert_string_equal(before, after);
    assert_string_equal(on_server(&t), "base");
    snprintf(path, sizeof path, "%.180s/commit", t.s.last_path);
    assert_int_equal(late_request(&t, NF_SYNC_POST, path), 409);
    assert_string_equal(on_server(&t), "base");
    sync_all(&t); /* another can be started later */
    assert_string_equal(on_server(&t), "cancelled");
    free(before);
    free(after);
    story_close(&t);
}

/* A117: once the server has it, the device stops waiting, and the next run
 * takes the outcome over: bert's later change survives. */
static void test_cancel_after_commit(void **state)
{
    story t;

    story_changes(&t, state, NULL, "anna");
    meet(&t.s, NF_SYNC_GET, "/result", HELPER_WAIT, 1);
    start(&t);
    nf_sync_cancel(t.a.client);
    finish_fails(&t, "SYNC_CANCELLED");
    assert_int_equal(helper_change(&t.a, t.order->id), NF_CHANGE_CHANGED);
    assert_string_equal(on_server(&t), "anna");
    helper_server_set_text(t.world, "Shop.Order", t.order->id, "Remark",
                           "bert");
    sync_all(&t);
    assert_string_equal(on_server(&t), "bert");
    assert_string_equal(helper_text(t.order, "Remark"), "bert");
    assert_int_equal(helper_change(&t.a, t.order->id), NF_CHANGE_NONE);
    story_close(&t);
}

/* A118: too late, and nothing to cancel. */
static void test_cancel_late(void **state)
{
    story t;

    story_changes(&t, state, NULL, "done");
    nf_sync_cancel(t.a.client);
    meet(&t.s, NF_SYNC_POST, "/ack", HELPER_WAIT, 1);
    start(&t);
    nf_sync_cancel(t.a.client);
    assert_int_equal(finish(&t), NF_OK);
    assert_int_equal(helper_change(&t.a, t.order->id), NF_CHANGE_NONE);
    assert_string_equal(on_server(&t), "done");
    story_close(&t);
}

/* A cancel over a dead connection ends all the same, and the record stays. */
static void test_cancel_unreachable(void **state)
{
    story t;
    nf_pending pending = {0};

    story_changes(&t, state, NULL, "later");
    meet(&t.s, NF_SYNC_PATCH, "/body", HELPER_WAIT, 1);
    start(&t);
    nf_sync_cancel(t.a.client);
    meet(&t.s, NF_SYNC_DELETE, "/syncs/", HELPER_CUT, 1);
    finish_fails(&t, "SYNC_CANCELLED");
    assert_int_equal(nf_device_get_pending(&pending, t.a.device, &t.err),
                     NF_OK);
    assert_true(pending.exists);
    nf_pending_dispose(&pending);
    sync_all(&t);
    assert_string_equal(on_server(&t), "later");
    assert_int_equal(nf_device_get_pending(&pending, t.a.device, &t.err),
                     NF_OK);
    assert_false(pending.exists);
    nf_pending_dispose(&pending);
    story_close(&t);
}

/* Whoever waited is gone: the next run goes on from the record (S23). */
static void test_abandon(void **state)
{
    story t;

    story_changes(&t, state, NULL, "left");
    meet(&t.s, NF_SYNC_GET, "/result", HELPER_WAIT, 1);
    start(&t);
    nf_sync_abandon(t.a.client);
    assert_false(nf_sync_running(t.a.client));
    helper_sync(&t.a, NF_SYNC_RUN_UNSYNCHRONIZED, NULL, 0);
    assert_int_equal(helper_change(&t.a, t.order->id), NF_CHANGE_NONE);
    assert_string_equal(on_server(&t), "left");
    story_close(&t);
}

static nf_status try_commit(helper_device *a, nf_object *object, nf_error *err)
{
    nf_error_clear(err);
    return nf_objects_commit(a->objects, &object, 1, err);
}

/* A147: a server of other versions. It is asked who it is, learns nothing of
 * the data, and nothing has changed; its successor gets everything. */
static void test_other_version(void **state)
{
    story t;
    char *before, *after;

    story_open(&t, state, NULL);
    t.order = helper_create(t.world, &t.a, "Shop.Order");
    helper_set_text(t.order, "Remark", "later");
    helper_commit(&t.a, t.order);
    before = helper_dump(&t.a, t.world);
    meet(&t.s, NF_SYNC_POST, "/session", HELPER_ANSWERED, 9);
    t.s.status = 426;
    sync_fails(&t, "SYNC_VERSION");
    assert_string_equal(t.err.message,
                        "App and server versions do not match (SYNC_VERSION)");
    assert_int_equal(t.a.faults->calls, 1);
    after = helper_dump(&t.a, t.world);
    assert_string_equal(before, after);
    assert_int_equal(helper_change(&t.a, t.order->id), NF_CHANGE_NEW);
    assert_int_equal(helper_server_count(t.world, "Shop.Order"), 0);
    meet(&t.s, NF_SYNC_POST, "/session", HELPER_PASS, 0);
    sync_all(&t);
    assert_string_equal(on_server(&t), "later");
    free(before);
    free(after);
    story_close(&t);
}

/* A113: what is being synchronized stays as it is; everything else goes on. */
static void test_locked(void **state)
{
    story t;
    nf_object *other, *fresh;

    story_changes(&t, state, NULL, "frozen");
    other = helper_create(t.world, &t.a, "Shop.Order");
    meet(&t.s, NF_SYNC_PATCH, "/body", HELPER_WAIT, 1);
    assert_int_equal(
        nf_sync_start(t.a.client, NF_SYNC_RUN_SELECTED, &t.order, 1, &t.err),
        NF_OK);
    assert_int_equal(step(&t), NF_PENDING);
    helper_set_text(t.order, "Remark", "too early");
    assert_int_equal(try_commit(&t.a, t.order, &t.err), NF_FAILED);
    assert_string_equal(t.err.code, "COMMIT_LOCKED");
    nf_error_clear(&t.err);
    assert_int_equal(nf_objects_delete(t.a.objects, &t.order, 1, &t.err),
                     NF_FAILED);
    assert_string_equal(t.err.code, "COMMIT_LOCKED");
    helper_set_text(other, "Remark", "meanwhile");
    assert_int_equal(try_commit(&t.a, other, &t.err), NF_OK);
    fresh = helper_create(t.world, &t.a, "Shop.Order");
    assert_int_equal(try_commit(&t.a, fresh, &t.err), NF_OK);
    assert_int_equal(finish(&t), NF_OK);
    assert_string_equal(on_server(&t), "frozen");
    assert_string_equal(helper_text(t.order, "Remark"), "too early"); /* S118 */
    assert_int_equal(helper_change(&t.a, other->id), NF_CHANGE_NEW);
    assert_int_equal(helper_change(&t.a, fresh->id), NF_CHANGE_NEW);
    assert_int_equal(try_commit(&t.a, t.order, &t.err), NF_OK);
    nf_object_release(fresh);
    nf_object_release(other);
    story_close(&t);
}

static void rebase(nf_sync_options *options)
{
    options->rebase = true;
    options->no_retry = false;
}

/* A114, A145, S117: the frozen change is what is sent, also by a retry; what
 * was committed since stays to be sent, over the server's copy. */
static void test_rebase(void **state)
{
    story t;

    story_changes(&t, state, rebase, "first");
    t.s.body_count = 0;
    meet(&t.s, NF_SYNC_PATCH, "/body", HELPER_LATE_CUT, 1);
    assert_int_equal(
        nf_sync_start(t.a.client, NF_SYNC_RUN_ALL, NULL, 0, &t.err), NF_OK);
    while (t.s.met == 0)
        assert_int_equal(step(&t), NF_PENDING);
    helper_set_text(t.order, "Remark", "second");
    assert_int_equal(try_commit(&t.a, t.order, &t.err), NF_OK);
    t.world->now += 60000; /* the wait before the retry is over (S147) */
    assert_int_equal(finish(&t), NF_OK);
    assert_int_equal(t.s.body_count, 2);
    assert_int_equal(t.s.body_sizes[0], t.s.body_sizes[1]);
    assert_memory_equal(t.s.bodies[0], t.s.bodies[1], t.s.body_sizes[0]);
    assert_string_equal(on_server(&t), "first");
    assert_string_equal(helper_text(t.order, "Remark"), "second");
    assert_int_equal(helper_change(&t.a, t.order->id), NF_CHANGE_CHANGED);
    sync_all(&t);
    assert_string_equal(on_server(&t), "second");
    assert_int_equal(helper_change(&t.a, t.order->id), NF_CHANGE_NONE);
    story_close(&t);
}

static void merge(nf_sync_options *options)
{
    options->merge = true;
}

/* A87, S114: with sync.merge the members that were not changed stay as the
 * server has them; A86: without it they are overwritten. */
static void merged(void **state, void (*configure)(nf_sync_options *),
                   const char *expected)
{
    story t;

    story_changes(&t, state, configure, "mine");
    helper_server_set_text(t.world, "Shop.Order", t.order->id, "Remark",
                           "base");
    helper_server_set(t.world, "Shop.Order", t.order->id, "Total",
                      nf_integer(7));
    sync_all(&t);
    assert_string_equal(on_server(&t), "mine");
    assert_string_equal(
        helper_server_text(t.world, "Shop.Order", t.order->id, "Total"),
        expected);
    story_close(&t);
}

static void test_merge(void **state)
{
    merged(state, merge, "7");
}

static void test_overwrite(void **state)
{
    merged(state, NULL, "0");
}

static void keep(nf_sync_options *options)
{
    options->keep_rejected = true;
}

/* O2: a rejected new object stays, and goes once it is right. */
static void test_keep_rejected(void **state)
{
    story t;
    nf_object *customer;
    int errors = server_errors(*state);

    story_open(&t, state, keep);
    customer =
        helper_create(t.world, &t.a, "Shop.Customer"); /* without a name */
    helper_commit(&t.a, customer);
    sync_all(&t);
    assert_false(customer->removed);
    assert_int_equal(helper_change(&t.a, customer->id), NF_CHANGE_NEW);
    assert_int_equal(nf_sync_last(t.a.client)->rejected_count, 1);
    assert_int_equal(server_errors(t.world), errors + 1);
    helper_set_text(customer, "Name", "Acme");
    helper_commit(&t.a, customer);
    helper_sync(&t.a, NF_SYNC_RUN_SELECTED, &customer, 1);
    assert_int_equal(helper_change(&t.a, customer->id), NF_CHANGE_NONE);
    assert_true(helper_server_has(t.world, "Shop.Customer", customer->id));
    nf_object_release(customer);
    story_close(&t);
}

/* A102: a session that ends between staging and commit is renewed, and the
 * same run goes on. */
static void renewed_at(void **state, nf_sync_method method, const char *ending)
{
    story t;

    story_changes(&t, state, NULL, "renewed");
    t.s.status = 401;
    meet(&t.s, method, ending, HELPER_ANSWERED, 1);
    assert_int_equal(helper_try(&t.a, NF_SYNC_RUN_ALL, NULL, 0, &t.err), NF_OK);
    assert_int_equal(t.s.met, 1);
    assert_string_equal(on_server(&t), "renewed");
    assert_int_equal(helper_change(&t.a, t.order->id), NF_CHANGE_NONE);
    t.s.status = 401; /* not for ever */
    helper_set_text(t.order, "Remark", "refused");
    helper_commit(&t.a, t.order);
    meet(&t.s, method, ending, HELPER_ANSWERED, 1000);
    sync_fails(&t, "SYNC_AUTH");
    assert_true(t.s.met < 20);
    assert_int_equal(helper_change(&t.a, t.order->id), NF_CHANGE_CHANGED);
    story_close(&t);
}

static void test_renew_create(void **state)
{
    renewed_at(state, NF_SYNC_POST, "/syncs");
}

static void test_renew_body(void **state)
{
    renewed_at(state, NF_SYNC_PATCH, "/body");
}

static void test_renew_commit(void **state)
{
    renewed_at(state, NF_SYNC_POST, "/commit");
}

static void test_renew_result(void **state)
{
    renewed_at(state, NF_SYNC_GET, "/result");
}

/* ---- tokens (S31, S134, W19) --------------------------------------------- */

static void read_grant(script *s, const nf_sync_request *request)
{
    bson_t body;

    assert_true(nf_document_open(&body, request->body, request->body_length));
    snprintf(s->grant, sizeof s->grant, "%s",
             nf_document_text(&body, "grant", ""));
    snprintf(s->token, sizeof s->token, "%s",
             nf_document_text(&body, "token", ""));
    snprintf(s->password, sizeof s->password, "%s",
             nf_document_text(&body, "password", ""));
}

/* The server as seen from elsewhere: whoever has the password or the last
 * token gets a session and the next token. */
static helper_answer gate(void *user, const nf_sync_request *request,
                          nf_sync_response *response)
{
    script *s = user;
    nf_sync_request local = *request;
    bson_t asked, reply = BSON_INITIALIZER, part;
    char next[32], last[32];
    nf_error err = {0};

    if (!ends_with(request->path, "/session") ||
        request->method != NF_SYNC_POST)
        return follow(user, request, response);
    read_grant(s, request);
    snprintf(last, sizeof last, "token-%d", s->sessions);
    response->status = 401;
    response->offset = response->total = -1;
    if (!(strcmp(s->grant, "password") == 0 &&
          !strcmp(s->password, "secret")) &&
        !(strcmp(s->grant, "token") == 0 && !strcmp(s->token, last) &&
          !s->refused))
        return HELPER_ANSWERED;
    assert_true(nf_document_open(&asked, request->body, request->body_length));
    bson_copy_to_excluding_noinit(&asked, &reply, "grant", "token", "password",
                                  NULL);
    BSON_APPEND_UTF8(&reply, "grant", "local");
    local.body = bson_get_data(&reply);
    local.body_length = reply.len;
    assert_int_equal(
        s->inner->ops->exchange(s->inner, &local, response, 0, &err), NF_OK);
    bson_destroy(&reply);
    assert_int_equal(response->status, 201);
    assert_true(
        nf_document_open(&part, response->body.data, response->body.length));
    bson_copy_to(&part, &reply);
    snprintf(next, sizeof next, "token-%d", ++s->sessions);
    BSON_APPEND_UTF8(&reply, "token", next);
    response->body.length = 0;
    nf_buffer_add(&response->body, bson_get_data(&reply), reply.len);
    bson_destroy(&reply);
    return HELPER_ANSWERED;
}

static void with_password(nf_sync_options *options)
{
    options->identity.password = "secret";
}

static void open_remote(story *t, void **state,
                        void (*configure)(nf_sync_options *))
{
    story_open(t, state, configure);
    t->a.faults->answer = gate;
    t->a.faults->base.remote = true;
}

static void expire(script *s)
{
    s->status = 401;
    meet(s, NF_SYNC_POST, "/syncs", HELPER_ANSWERED, 1);
}

/* A101: the password is asked for once; afterwards the token signs in, and
 * each use replaces it. A103: a revoked one is SYNC_AUTH without a password,
 * and everything is kept. */
static void test_token(void **state)
{
    story t;
    char *token = NULL;

    open_remote(&t, state, with_password);
    sync_all(&t);
    assert_string_equal(t.s.grant, "password");
    expire(&t.s);
    sync_all(&t);
    assert_string_equal(t.s.grant, "token");
    assert_string_equal(t.s.token, "token-1");
    assert_int_equal(t.s.sessions, 2);
    assert_int_equal(nf_database_get_meta(nf_device_database(t.a.device),
                                          "auth_token", &token, NULL, &t.err),
                     NF_OK);
    assert_string_equal(token, "token-2");
    nf_free(token);
    t.order = helper_create(t.world, &t.a, "Shop.Order");
    helper_commit(&t.a, t.order);
    t.s.refused = 1; /* revoked: the password is still there */
    expire(&t.s);
    sync_all(&t);
    assert_string_equal(t.s.grant, "password");
    assert_true(helper_server_has(t.world, "Shop.Order", t.order->id));
    story_close(&t);
}

static void test_revoked_token(void **state)
{
    story t;
    nf_database *db;

    open_remote(&t, state, NULL);
    db = nf_device_database(t.a.device);
    sync_fails(&t, "SYNC_NO_SESSION"); /* nothing to show */
    assert_int_equal(nf_database_set_meta(db, "user_name", "anna", 4, &t.err),
                     NF_OK);
    assert_int_equal(
        nf_database_set_meta(db, "auth_token", "token-0", 7, &t.err), NF_OK);
    t.order = helper_create(t.world, &t.a, "Shop.Order");
    helper_commit(&t.a, t.order);
    t.s.refused = 1;
    sync_fails(&t, "SYNC_AUTH");
    assert_int_equal(helper_change(&t.a, t.order->id), NF_CHANGE_NEW);
    story_close(&t);
}

/* S136: the token goes, what is not synchronized stays. */
static void test_sign_out(void **state)
{
    story t;
    char *token = NULL;

    open_remote(&t, state, with_password);
    sync_all(&t);
    t.order = helper_create(t.world, &t.a, "Shop.Order");
    helper_commit(&t.a, t.order);
    assert_int_equal(nf_sync_sign_out(t.a.client, 0, &t.err), NF_OK);
    assert_int_equal(nf_database_get_meta(nf_device_database(t.a.device),
                                          "auth_token", &token, NULL, &t.err),
                     NF_OK);
    assert_null(token);
    assert_int_equal(helper_change(&t.a, t.order->id), NF_CHANGE_NEW);
    sync_all(&t);
    assert_string_equal(t.s.grant, "password");
    assert_true(helper_server_has(t.world, "Shop.Order", t.order->id));
    story_close(&t);
}

/* ---- pending records ----------------------------------------------------- */

/* A126, S23: a later run with another selection takes the earlier outcome
 * over, and does not send it again. */
static void test_outcome_taken_over(void **state)
{
    story t;
    nf_object *other;

    story_changes(&t, state, NULL, "earlier");
    other = helper_create(t.world, &t.a, "Shop.Order");
    helper_commit(&t.a, other);
    meet(&t.s, NF_SYNC_POST, "/commit", HELPER_LATE_CUT, 1);
    assert_int_equal(
        helper_try(&t.a, NF_SYNC_RUN_SELECTED, &t.order, 1, &t.err), NF_FAILED);
    assert_string_equal(t.err.code, "SYNC_NETWORK");
    assert_int_equal(helper_change(&t.a, t.order->id), NF_CHANGE_CHANGED);
    helper_server_set_text(t.world, "Shop.Order", t.order->id, "Remark",
                           "bert");
    helper_sync(&t.a, NF_SYNC_RUN_SELECTED, &other, 1);
    assert_int_equal(helper_change(&t.a, t.order->id), NF_CHANGE_NONE);
    assert_int_equal(helper_change(&t.a, other->id), NF_CHANGE_NONE);
    assert_string_equal(helper_text(t.order, "Remark"), "bert");
    assert_string_equal(on_server(&t), "bert");
    nf_object_release(other);
    story_close(&t);
}

/* The server lost what it had of an upload (W38, W40): it gets it again, under
 * the same id, and applies it once. */
static void test_lost_resource(void **state)
{
    story t;

    story_changes(&t, state, NULL, "again");
    t.s.status = 404;
    meet(&t.s, NF_SYNC_POST, "/commit", HELPER_ANSWERED, 1);
    assert_int_equal(helper_try(&t.a, NF_SYNC_RUN_ALL, NULL, 0, &t.err), NF_OK);
    assert_int_equal(t.s.met, 1);
    assert_string_equal(on_server(&t), "again");
    helper_set_text(t.order, "Remark", "never");
    helper_commit(&t.a, t.order);
    meet(&t.s, NF_SYNC_POST, "/commit", HELPER_ANSWERED, 1000);
    sync_fails(&t, "SYNC_PROTOCOL");
    assert_true(t.s.met < 10); /* W10: never a loop */
    story_close(&t);
}

/* ---- contents (S33, A82, A83) -------------------------------------------- */

enum { CONTENT = 3 << 20 };

static nf_object *photo_of(helper_world *world, helper_device *a, size_t size)
{
    nf_object *photo = helper_create(world, a, "Shop.Photo");
    nf_content content = {.exists = true,
                          .has_hash = true,
                          .size = (int64_t)size,
                          .state = NF_CONTENT_UNSENT};
    nf_database *db = nf_device_database(a->device);
    uint8_t *bytes = malloc(size);
    nf_error err = {0};

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 31 >> 3);
    helper_commit(a, photo);
    assert_int_equal(nf_database_put_bytes(db, bytes, size, content.hash, &err),
                     NF_OK);
    assert_int_equal(nf_database_set_content(db, photo->id, &content, &err),
                     NF_OK);
    free(bytes);
    return photo;
}

static void retrying(nf_sync_options *options)
{
    options->no_retry = false;
}

/* A82: one retry, then SYNC_FILE_UPLOAD, and nothing has changed. A83: the
 * next run goes on at the offset that the server has. */
static void test_upload_resumes(void **state)
{
    story t;
    nf_object *photo;
    nf_status status;
    char text[128];

    story_open(&t, state, retrying);
    sync_all(&t);
    photo = photo_of(t.world, &t.a, CONTENT);
    t.s.from = NF_SYNC_CHUNK; /* the first chunk arrives */
    meet(&t.s, NF_SYNC_PATCH, "/blobs/", HELPER_CUT, 1000);
    assert_int_equal(
        nf_sync_start(t.a.client, NF_SYNC_RUN_ALL, NULL, 0, &t.err), NF_OK);
    while ((status = step(&t)) == NF_PENDING)
        t.world->now += 60000;
    assert_int_equal(status, NF_FAILED);
    assert_string_equal(t.err.code, "SYNC_FILE_UPLOAD");
    snprintf(text, sizeof text,
             "Uploading the file of Shop.Photo (%lld) failed "
             "(SYNC_FILE_UPLOAD)",
             (long long)photo->id);
    assert_string_equal(t.err.message, text);
    assert_int_equal(t.s.met, 2); /* S147: a content is tried twice */
    assert_false(helper_server_has(t.world, "Shop.Photo", photo->id));
    assert_int_equal(helper_change(&t.a, photo->id), NF_CHANGE_NEW);
    meet(&t.s, NF_SYNC_PATCH, "/blobs/", HELPER_CUT, 0);
    t.s.first_offset = -1;
    sync_all(&t);
    assert_int_equal(t.s.first_offset, NF_SYNC_CHUNK);
    assert_string_equal(
        helper_server_text(t.world, "Shop.Photo", photo->id, "Size"),
        "3145728");
    nf_object_release(photo);
    story_close(&t);
}

/* A81: a connection that is gone while a content comes down fails the run with
 * the device as it was; the upload is not repeated. */
static void test_download_cut(void **state)
{
    story t;
    char *before, *after;
    int64_t id = helper_server_add(*state, "Shop.Photo", "Caption", "server");

    story_changes(&t, state, NULL, "sent");
    helper_server_contents(t.world, "Shop.Photo", id, "picture");
    before = helper_dump(&t.a, t.world);
    meet(&t.s, NF_SYNC_GET, "/files/", HELPER_CUT, 1000);
    sync_fails(&t, "SYNC_FILE_DOWNLOAD");
    after = helper_dump(&t.a, t.world);
    assert_string_equal(before, after);
    assert_string_equal(on_server(&t), "sent");
    helper_server_set_text(t.world, "Shop.Order", t.order->id, "Remark",
                           "bert");
    meet(&t.s, NF_SYNC_GET, "/files/", HELPER_CUT, 0);
    sync_all(&t);
    assert_string_equal(on_server(&t), "bert");
    assert_string_equal(helper_text(t.order, "Remark"), "bert");
    free(before);
    free(after);
    story_close(&t);
}

/* A80: a content that the server can't give leaves its object out, and the
 * next run asks for it again. */
static void test_missing_content(void **state)
{
    story t;
    int64_t ids[3];

    for (int i = 0; i < 3; i++) {
        char text[16];
        snprintf(text, sizeof text, "content %d", i);
        ids[i] = helper_server_add(*state, "Shop.Photo", "Caption", text);
        helper_server_contents(*state, "Shop.Photo", ids[i], text);
    }
    story_open(&t, state, NULL);
    t.s.status = 404;
    meet(&t.s, NF_SYNC_GET, "/files/", HELPER_ANSWERED, 1);
    sync_all(&t);
    assert_int_equal(helper_count(&t.a, t.world, "Shop.Photo"), 2);
    assert_int_equal(nf_sync_last(t.a.client)->skipped_count, 1);
    assert_int_equal(nf_sync_last(t.a.client)->skipped[0].id, ids[0]);
    sync_all(&t);
    assert_int_equal(helper_count(&t.a, t.world, "Shop.Photo"), 3);
    story_close(&t);
}

/* A session that ends among the files is renewed, a server that has no time
 * ends the run, and one truncated content is fetched again: none of them leaves
 * a file out (S103, A102). */
static void shorten(void *user, const nf_sync_request *request,
                    nf_sync_response *response)
{
    int *left = user;

    if (!strstr(request->path, "/files/") || *left == 0)
        return;
    --*left;
    response->body.length /= 2;
    response->total = (int64_t)response->body.length;
}

static void test_files_not_left_out(void **state)
{
    helper_world *world = *state;
    int64_t id = helper_server_add(world, "Shop.Photo", "Caption", "one");
    static const int statuses[] = {401, 503, 0};
    nf_error err = {0};

    helper_server_contents(world, "Shop.Photo", id, "the content");
    for (int i = 0; i < 3; i++) {
        helper_device a;
        script s;
        int left = 1;

        open_with(&a, world, &s);
        s.status = statuses[i];
        if (statuses[i]) {
            meet(&s, NF_SYNC_GET, "/files/", HELPER_ANSWERED, 1);
        } else {
            a.faults->answer = NULL;
            a.faults->spoil = shorten;
            a.faults->user = &left;
        }
        if (statuses[i] == 503) {
            assert_int_equal(helper_try(&a, NF_SYNC_RUN_ALL, NULL, 0, &err),
                             NF_FAILED);
            assert_string_equal(err.code, "SYNC_SERVER");
            assert_int_equal(helper_count(&a, world, "Shop.Photo"), 0);
        }
        helper_sync(&a, NF_SYNC_RUN_ALL, NULL, 0);
        assert_int_equal(nf_sync_last(a.client)->skipped_count, 0);
        assert_int_equal(helper_count(&a, world, "Shop.Photo"), 1);
        helper_device_close(&a);
    }
}

static void assert_content(helper_device *a, const uint8_t *hash,
                           const char *expected)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    nf_error err = {0};

    assert_int_equal(nf_database_get_bytes(nf_device_database(a->device), hash,
                                           &bytes, &size, &err),
                     NF_OK);
    assert_non_null(bytes);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(bytes, expected, size);
    nf_free(bytes);
}

/* A85, S105: while a content is replaced a reader sees the whole old one. */
static void test_read_while_replaced(void **state)
{
    story t;
    nf_content content = {0};
    int64_t id = helper_server_add(*state, "Shop.Photo", "Caption", "server");

    helper_server_contents(*state, "Shop.Photo", id, "the old picture");
    story_open(&t, state, NULL);
    sync_all(&t);
    helper_server_contents(t.world, "Shop.Photo", id, "the new one");
    meet(&t.s, NF_SYNC_GET, "/files/", HELPER_WAIT, 1);
    start(&t);
    assert_int_equal(nf_database_get_content(nf_device_database(t.a.device), id,
                                             &content, &t.err),
                     NF_OK);
    assert_content(&t.a, content.hash, "the old picture");
    assert_int_equal(finish(&t), NF_OK);
    assert_int_equal(nf_database_get_content(nf_device_database(t.a.device), id,
                                             &content, &t.err),
                     NF_OK);
    assert_content(&t.a, content.hash, "the new one");
    story_close(&t);
}

/* A100, S76: an online object that a variable holds, changed and not
 * committed, is none of a synchronization's business; A42: selecting it is
 * refused before anything is sent. */
static void test_online_object(void **state)
{
    story t;
    nf_object *price;
    int calls;

    story_open(&t, state, NULL);
    price = helper_create(t.world, &t.a, "Shop.Price");
    helper_set_text(price, "Name", "dear");
    sync_all(&t);
    assert_false(price->removed);
    assert_string_equal(helper_text(price, "Name"), "dear");
    assert_int_equal(price->state, NF_OBJECT_NEW);
    assert_int_equal(helper_server_count(t.world, "Shop.Price"), 0);
    calls = t.a.faults->calls;
    assert_int_equal(helper_try(&t.a, NF_SYNC_RUN_SELECTED, &price, 1, &t.err),
                     NF_FAILED);
    assert_string_equal(t.err.code, "SYNC_ENTITY");
    assert_int_equal(t.a.faults->calls, calls);
    nf_object_release(price);
    story_close(&t);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, helper_setup, helper_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cancel_fences),
        TEST(test_cancel_after_commit),
        TEST(test_cancel_late),
        TEST(test_cancel_unreachable),
        TEST(test_abandon),
        TEST(test_other_version),
        TEST(test_locked),
        TEST(test_rebase),
        TEST(test_merge),
        TEST(test_overwrite),
        TEST(test_keep_rejected),
        TEST(test_renew_create),
        TEST(test_renew_body),
        TEST(test_renew_commit),
        TEST(test_renew_result),
        TEST(test_token),
        TEST(test_revoked_token),
        TEST(test_sign_out),
        TEST(test_outcome_taken_over),
        TEST(test_lost_resource),
        TEST(test_upload_resumes),
        TEST(test_download_cut),
        TEST(test_missing_content),
        TEST(test_files_not_left_out),
        TEST(test_read_while_replaced),
        TEST(test_online_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
