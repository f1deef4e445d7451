/* Entity access on every path, against the oracle (domain D93 … D98): random
 * rules over a small domain, and for every user what leaves the server and
 * what it takes. ROUNDS=N tries N apps, from seed SEED on. */
#include "helper_oracle.h"
#include "helper_wire.h"

#include "base/memory.h"
#include "database/database.h"

#include <inttypes.h>

enum { ROUNDS = 3 };

typedef struct actor {
    oracle *o;
    int user;
    helper_wire wire;
    int number; /* of the next upload or call */
} actor;

static uint64_t seed_of(int round)
{
    const char *seed = getenv("SEED");
    return (seed ? strtoull(seed, NULL, 10) : 1) + (uint64_t)round;
}

/* Calls `check` with an app per round. */
static void each_app(void (*check)(oracle *o))
{
    const char *rounds = getenv("ROUNDS");
    int count = rounds ? atoi(rounds) : ROUNDS;

    for (int i = 0; i < count; i++) {
        oracle o;
        print_message("seed %" PRIu64 "\n", seed_of(i));
        oracle_open(&o, seed_of(i));
        check(&o);
        oracle_close(&o);
    }
}

static void enter(actor *a, oracle *o, int user)
{
    *a = (actor){.o = o, .user = user, .number = o->numbers};
    wire_open(&a->wire, o->world);
    if (user == ORACLE_GUEST)
        a->wire.peer = "192.0.2.1";
    assert_int_equal(wire_sign_in(&a->wire,
                                  user == ORACLE_GUEST ? "anonymous" : NULL,
                                  oracle_user(user), NULL),
                     201);
    o->users[user] = a->wire.user;
}

/* Calls `check` as every user. */
static void each_actor(oracle *o, void (*check)(actor *a))
{
    for (int user = 0; user < ORACLE_USERS; user++) {
        actor a;
        enter(&a, o, user);
        check(&a);
        o->numbers = a.number;
        wire_close(&a.wire);
    }
}

static oracle_right right_on(const actor *a, const oracle_object *x,
                             oracle_member member)
{
    return oracle_rights(a->o, a->user, x->entity, x, member);
}

/* ---- reading -------------------------------------------------------------
 */

typedef struct export
{
    const oracle *o;
    int user;
    bool seen[ORACLE_OBJECTS];
}
export;

static const oracle_object *find(const oracle *o, int64_t id)
{
    for (int i = 0; i < ORACLE_OBJECTS; i++)
        if (o->objects[i].id == id)
            return &o->objects[i];
    return NULL;
}

static bool has_text(const nf_value *value, const char *text)
{
    return value->kind == NF_KIND_STRING &&
           !strcmp(value->as.string->text, text);
}

static bool has_set(const oracle *o, const oracle_object *x,
                    const nf_value *value)
{
    size_t count = 0, expected = 0;
    const int64_t *ids = nf_ids_of(value, &count);

    (void)ids;
    for (int i = 0; i < ORACLE_OBJECTS; i++) {
        if (!(x->set >> i & 1))
            continue;
        expected++;
        if (!nf_ids_has(value, o->objects[i].id))
            return false;
    }
    return expected == count;
}

static bool is_value(const oracle *o, const oracle_object *x,
                     oracle_member member, const nf_value *value)
{
    switch (member) {
    case ORACLE_K:
        return value->kind == NF_KIND_INTEGER && value->as.integer == x->k;
    case ORACLE_N:
        return value->kind == NF_KIND_INTEGER && value->as.integer == x->n;
    case ORACLE_REF:
        return x->ref < 0 ? value->kind == NF_KIND_EMPTY
                          : value->kind == NF_KIND_ID &&
                                value->as.integer == o->objects[x->ref].id;
    case ORACLE_SET:
        return has_set(o, x, value);
    case ORACLE_S:
        return has_text(value, x->s);
    case ORACLE_X:
        return has_text(value, x->x);
    default:
        return has_text(value, x->name);
    }
}

/* All that is exported is a member of the oracle's or empty. */
static nf_status see_row(void *user, const nf_server_exported *row,
                         nf_error *err)
{
    export *e = user;
    const oracle_object *x = find(e->o, row->id);

    (void)err;
    if (!x)
        return NF_OK; /* of System */
    e->seen[x - e->o->objects] = true;
    for (size_t i = 0; i < row->entity->member_count; i++) {
        const char *name = row->entity->members[i].name;
        bool allowed = false;
        for (int m = 0; m < ORACLE_MEMBERS; m++) {
            if (strcmp(oracle_member_name((oracle_member)m), name) != 0 ||
                !oracle_has(x->entity, (oracle_member)m) ||
                row->entity->members[i].child_end)
                continue;
            allowed = oracle_rights(e->o, e->user, x->entity, x,
                                    (oracle_member)m) != ORACLE_NONE;
            if (allowed &&
                !is_value(e->o, x, (oracle_member)m, &row->members[i]))
                fail_msg("%s of %" PRId64 " is not what is stored", name, x->k);
        }
        if (row->members[i].kind == NF_KIND_BOOLEAN &&
            !row->members[i].as.boolean)
            continue; /* as a device stores what it does not get */
        if (!allowed && row->members[i].kind != NF_KIND_EMPTY)
            fail_msg("user %d gets %s of %" PRId64, e->user, name, x->k);
    }
    if (x->entity == ORACLE_FILE &&
        (row->contents_size != strlen(x->contents) ||
         memcmp(row->contents, x->contents, row->contents_size) != 0))
        fail_msg("wrong contents of %" PRId64, x->k);
    return NF_OK;
}

static void check_export(oracle *o)
{
    for (int user = 0; user < ORACLE_GUEST; user++) {
        export e = {.o = o, .user = user};
        nf_error err = {0};
        if (nf_server_export_as(o->world->server, oracle_user(user), NULL, 0,
                                NULL, see_row, &e, &err) != NF_OK)
            fail_msg("%s", err.message);
        for (int i = 0; i < ORACLE_OBJECTS; i++)
            if (e.seen[i] != oracle_visible(o, user, &o->objects[i]))
                fail_msg("user %d %s %" PRId64, user,
                         e.seen[i] ? "sees" : "does not see", o->objects[i].k);
    }
}

/* D94, D97, S56 … S58: what `export --as USER` tells. */
static void test_export(void **state)
{
    (void)state;
    each_app(check_export);
}

/* A selection of all objects, as a device that guesses ids. */
static void check_refresh(actor *a)
{
    const oracle *o = a->o;
    wire_upload up;

    wire_begin(&up, a->number++);
    for (int i = 0; i < ORACLE_OBJECTS; i++)
        wire_record(&up, "ref", oracle_entity_name(o->objects[i].entity),
                    o->objects[i].id, a->number++, NULL, NULL);
    wire_end(&up);
    assert_int_equal(wire_commit(&a->wire, &up, "selective"), 200);
    for (int i = 0; i < ORACLE_OBJECTS; i++) {
        bool visible = oracle_visible(o, a->user, &o->objects[i]);
        assert_int_equal(
            wire_count(&a->wire, &up, NF_WIRE_OBJECT, o->objects[i].id),
            visible);
        assert_int_equal(
            wire_count(&a->wire, &up, NF_WIRE_GONE, o->objects[i].id),
            !visible);
    }
    wire_send(&a->wire, NF_SYNC_GET, wire_path(&up, "/result"), NULL);
    if (oracle_leak(o, a->user, a->wire.response.body.data,
                    a->wire.response.body.length))
        fail_msg("user %d is told %s", a->user,
                 oracle_leak(o, a->user, a->wire.response.body.data,
                             a->wire.response.body.length));
    wire_send(&a->wire, NF_SYNC_POST, wire_path(&up, "/ack"), NULL);
    wire_dispose(&up);
}

/* S66: refreshed objects. */
static void check_refreshes(oracle *o)
{
    each_actor(o, check_refresh);
}

static void test_refresh(void **state)
{
    (void)state;
    each_app(check_refreshes);
}

/* A full synchronization of a fresh device has what the oracle says, and the
 * bytes that travel hold nothing else. */
static void check_download(actor *a)
{
    const oracle *o = a->o;
    wire_upload up;

    wire_begin(&up, a->number++);
    up.views = "M.Base M.Special M.Other M.File System.SynchronizationError";
    wire_end(&up);
    assert_int_equal(wire_commit(&a->wire, &up, "all"), 200);
    for (int i = 0; i < ORACLE_OBJECTS; i++)
        assert_int_equal(
            wire_count(&a->wire, &up, NF_WIRE_OBJECT, o->objects[i].id),
            oracle_visible(o, a->user, &o->objects[i]));
    assert_null(oracle_leak(o, a->user, a->wire.response.body.data,
                            a->wire.response.body.length));
    wire_send(&a->wire, NF_SYNC_POST, wire_path(&up, "/ack"), NULL);
    wire_dispose(&up);
}

static void check_downloads(oracle *o)
{
    each_actor(o, check_download);
}

static void test_download(void **state)
{
    (void)state;
    each_app(check_downloads);
}

static void check_file(actor *a)
{
    nf_database *db = nf_server_database(a->o->world->server);

    for (int i = 0; i < ORACLE_OBJECTS; i++) {
        const oracle_object *x = &a->o->objects[i];
        nf_content content = {0};
        nf_error err = {0};
        char path[200];

        if (x->entity != ORACLE_FILE)
            continue;
        assert_int_equal(nf_database_get_content(db, x->id, &content, &err),
                         NF_OK);
        snprintf(path, sizeof path, "/sync/v1/files/%" PRId64 "/%s", x->id,
                 content.server_version);
        assert_int_equal(wire_send(&a->wire, NF_SYNC_GET, path, NULL),
                         oracle_visible(a->o, a->user, x) ? 206 : 404);
        assert_null(oracle_leak(a->o, a->user, a->wire.response.body.data,
                                a->wire.response.body.length));
    }
}

static void check_files(oracle *o)
{
    each_actor(o, check_file);
}

/* W36: contents of files. */
static void test_files(void **state)
{
    (void)state;
    each_app(check_files);
}

/* ---- writing -------------------------------------------------------------
 */

/* Begins an upload whose outcome is only planned, so that the data stay. */
static void begin(actor *a, wire_upload *up)
{
    wire_begin(up, a->number++);
    up->planned = true;
}

static void plan(actor *a, wire_upload *up)
{
    wire_end(up);
    wire_stage(&a->wire, up, "unsynchronized");
    assert_int_equal(
        wire_send(&a->wire, NF_SYNC_POST, wire_path(up, "/plan"), NULL), 200);
}

static void drop(actor *a, wire_upload *up)
{
    wire_send(&a->wire, NF_SYNC_DELETE, wire_path(up, ""), NULL);
    wire_dispose(up);
}

static bson_t *one_member(const oracle *o, oracle_member member)
{
    bson_t *m = bson_new(), list;
    const char *name = oracle_member_name(member);

    if (member == ORACLE_K || member == ORACLE_N) {
        bson_append_int64(m, name, -1, 3);
    } else if (member == ORACLE_REF) {
        bson_append_int64(m, name, -1, o->objects[0].id);
    } else if (member == ORACLE_SET) {
        BSON_APPEND_ARRAY_BEGIN(m, name, &list);
        BSON_APPEND_INT64(&list, "0", o->objects[1].id);
        bson_append_array_end(m, &list);
    } else {
        bson_append_utf8(m, name, -1, "w", 1);
    }
    return m;
}

static void expect(actor *a, const wire_upload *up, int64_t id, int64_t k,
                   const char *what, const char *expected)
{
    const char *outcome = wire_outcome(&a->wire, up, id);

    if (strcmp(outcome, expected) != 0)
        fail_msg("user %d, %s of %" PRId64 ": '%s', not '%s'", a->user, what, k,
                 outcome, expected);
}

static void check_change(actor *a, oracle_member member)
{
    const oracle *o = a->o;
    const char *name = oracle_member_name(member);
    wire_upload up;

    begin(a, &up);
    for (int i = 0; i < ORACLE_OBJECTS; i++)
        if (oracle_has(o->objects[i].entity, member))
            wire_record(&up, "chg", oracle_entity_name(o->objects[i].entity),
                        o->objects[i].id, a->number++, one_member(o, member),
                        name);
    plan(a, &up);
    for (int i = 0; i < ORACLE_OBJECTS; i++) {
        const oracle_object *x = &o->objects[i];
        if (oracle_has(x->entity, member))
            expect(a, &up, x->id, x->k, name,
                   !oracle_visible(o, a->user, x) ? "gone OBJ_GONE"
                   : right_on(a, x, member) == ORACLE_WRITE
                       ? "updated"
                       : "rejected OBJ_MEMBER_ACCESS");
    }
    drop(a, &up);
}

static void check_changes_of(actor *a)
{
    for (int m = 0; m < ORACLE_MEMBERS; m++)
        check_change(a, (oracle_member)m);
}

static void check_changes(oracle *o)
{
    each_actor(o, check_changes_of);
}

/* S41, S42: changes of one member of every object. */
static void test_changes(void **state)
{
    (void)state;
    each_app(check_changes);
}

static void check_creation(actor *a)
{
    const oracle *o = a->o;
    int64_t ids[ORACLE_ENTITIES][ORACLE_MEMBERS] = {{0}};
    wire_upload up;

    begin(a, &up);
    for (int e = 0; e < ORACLE_ENTITIES; e++) {
        for (int m = 0; m < ORACLE_MEMBERS; m++) {
            const char *name = oracle_entity_name((oracle_entity)e);
            if (!oracle_has((oracle_entity)e, (oracle_member)m))
                continue;
            ids[e][m] = wire_id(&a->wire, name, a->number);
            wire_record(&up, "new", name, ids[e][m], a->number++,
                        one_member(o, (oracle_member)m), NULL);
        }
    }
    plan(a, &up);
    for (int e = 0; e < ORACLE_ENTITIES; e++)
        for (int m = 0; m < ORACLE_MEMBERS; m++)
            if (ids[e][m])
                expect(a, &up, ids[e][m], m,
                       oracle_entity_name((oracle_entity)e),
                       !oracle_may_create(o, a->user, (oracle_entity)e)
                           ? "rejected OBJ_CREATE_DENIED"
                       : oracle_rights(o, a->user, (oracle_entity)e, NULL,
                                       (oracle_member)m) == ORACLE_WRITE
                           ? "created"
                           : "rejected OBJ_MEMBER_ACCESS");
    drop(a, &up);
}

static void check_creations(oracle *o)
{
    each_actor(o, check_creation);
}

/* D95, S42: new objects with one member that is set. */
static void test_creations(void **state)
{
    (void)state;
    each_app(check_creations);
}

static void check_deletion(actor *a)
{
    const oracle *o = a->o;
    wire_upload up;

    begin(a, &up);
    for (int i = 0; i < ORACLE_OBJECTS; i++)
        if (oracle_visible(o, a->user, &o->objects[i]))
            wire_record(&up, "del", oracle_entity_name(o->objects[i].entity),
                        o->objects[i].id, a->number++, NULL, NULL);
    plan(a, &up);
    for (int i = 0; i < ORACLE_OBJECTS; i++) {
        const oracle_object *x = &o->objects[i];
        if (oracle_visible(o, a->user, x))
            expect(a, &up, x->id, x->k, "deletion",
                   oracle_may_remove(o, a->user, x)
                       ? "deleted"
                       : "rejected OBJ_DELETE_DENIED");
    }
    drop(a, &up);
}

/* What can't be seen can't be deleted, and the outcome does not tell that it
 * is there: this one is done for real. */
static void check_blind_deletion(actor *a)
{
    const oracle *o = a->o;
    const char *none = "";
    wire_upload up;

    wire_begin(&up, a->number++);
    wire_record(&up, "del", "M.Base", o->objects[ORACLE_OBJECTS - 1].id + 1000,
                a->number++, NULL, NULL);
    for (int i = 0; i < ORACLE_OBJECTS; i++)
        if (!oracle_visible(o, a->user, &o->objects[i]))
            wire_record(&up, "del", oracle_entity_name(o->objects[i].entity),
                        o->objects[i].id, a->number++, NULL, NULL);
    wire_end(&up);
    assert_int_equal(wire_commit(&a->wire, &up, "unsynchronized"), 200);
    none =
        wire_outcome(&a->wire, &up, o->objects[ORACLE_OBJECTS - 1].id + 1000);
    for (int i = 0; i < ORACLE_OBJECTS; i++) {
        const oracle_object *x = &o->objects[i];
        if (oracle_visible(o, a->user, x))
            continue;
        expect(a, &up, x->id, x->k, "blind deletion", none);
        assert_true(
            helper_server_has(o->world, oracle_entity_name(x->entity), x->id));
    }
    wire_send(&a->wire, NF_SYNC_POST, wire_path(&up, "/ack"), NULL);
    wire_dispose(&up);
}

static void check_deletions(oracle *o)
{
    each_actor(o, check_deletion);
    each_actor(o, check_blind_deletion);
}

/* S86, S165: deletions. */
static void test_deletions(void **state)
{
    (void)state;
    each_app(check_deletions);
}

/* ---- microflows ----------------------------------------------------------
 */

/* Calls M.WHAT_E of an entity with the number of an object; the status. */
static int call(actor *a, const char *what, oracle_entity entity, int64_t k,
                const char *rest)
{
    bson_t body = BSON_INITIALIZER, args = BSON_INITIALIZER,
           none = BSON_INITIALIZER;
    uint8_t id[16] = {0};
    char path[200];
    int status;

    a->number++;
    memcpy(id, &a->number, sizeof a->number);
    snprintf(path, sizeof path, "/sync/v1/microflows/M.%s_%s%s", what,
             oracle_entity_name(entity) + 2, rest);
    if (k)
        BSON_APPEND_INT64(&args, "K", k);
    BSON_APPEND_BINARY(&body, "call", BSON_SUBTYPE_BINARY, id, sizeof id);
    BSON_APPEND_DOCUMENT(&body, "args", &args);
    BSON_APPEND_ARRAY(&body, "objects", &none);
    status = wire_send(&a->wire, NF_SYNC_POST, path, &body);
    bson_destroy(&body);
    bson_destroy(&args);
    bson_destroy(&none);
    return status;
}

/* "" or the text of the error of the last call. */
static const char *problem(actor *a)
{
    static char text[400];
    bson_t reply, error;

    assert_true(nf_document_open(&reply, a->wire.response.body.data,
                                 a->wire.response.body.length));
    text[0] = '\0';
    if (nf_document_part(&reply, "error", &error))
        snprintf(text, sizeof text, "%s", nf_document_text(&error, "text", ""));
    return text;
}

/* "(K,S)" with what may be read. */
static void line_of(const actor *a, const oracle_object *x, char to[64])
{
    char k[24] = "-";

    if (right_on(a, x, ORACLE_K) != ORACLE_NONE)
        snprintf(k, sizeof k, "%" PRId64, x->k);
    snprintf(to, 64, "(%s,%s)", k,
             right_on(a, x, ORACLE_S) != ORACLE_NONE ? x->s : "-");
}

static int times(const char *text, const char *part)
{
    int count = 0;

    while ((text = strstr(text, part))) {
        count++;
        text += strlen(part);
    }
    return count;
}

static void check_read(actor *a, oracle_entity entity)
{
    const oracle *o = a->o;
    size_t length = 0;
    char lines[ORACLE_OBJECTS][64];
    int count = 0;
    const char *text;

    assert_int_equal(call(a, "Read", entity, 0, ""), 200);
    text = wire_text(&a->wire, "result");
    for (int i = 0; i < ORACLE_OBJECTS; i++) {
        const oracle_object *x = &o->objects[i];
        if (oracle_is_kind_of(x->entity, entity) &&
            oracle_visible(o, a->user, x)) {
            line_of(a, x, lines[count]);
            length += strlen(lines[count++]);
        }
    }
    for (int i = 0; i < count; i++) {
        int expected = 0;
        for (int j = 0; j < count; j++)
            expected += !strcmp(lines[i], lines[j]);
        if (times(text, lines[i]) != expected)
            fail_msg("user %d reads %s, not %d of %s", a->user, text, expected,
                     lines[i]);
    }
    if (strlen(text) != length)
        fail_msg("user %d reads more: %s", a->user, text);
}

static void check_set(actor *a, const oracle_object *x, bool number)
{
    bool allowed = right_on(a, x, number ? ORACLE_N : ORACLE_S) == ORACLE_WRITE;

    assert_int_equal(call(a, "Set", x->entity, x->k, number ? "_N" : "_S"),
                     200);
    if (allowed != !*problem(a) ||
        (!allowed && !strstr(problem(a), "may not change")))
        fail_msg("user %d sets %s of %" PRId64 ": %s", a->user,
                 number ? "N" : "S", x->k, problem(a));
}

static void check_drop(actor *a, const oracle_object *x)
{
    bool allowed = oracle_may_remove(a->o, a->user, x);

    assert_int_equal(call(a, "Drop", x->entity, x->k, ""), 200);
    if (!strstr(problem(a), allowed ? "zero" : "may not delete"))
        fail_msg("user %d drops %" PRId64 ": %s", a->user, x->k, problem(a));
}

static void check_microflow(actor *a)
{
    for (int e = 0; e < ORACLE_ENTITIES; e++)
        check_read(a, (oracle_entity)e);
    for (int i = 0; i < ORACLE_OBJECTS; i++) {
        check_set(a, &a->o->objects[i], false);
        check_set(a, &a->o->objects[i], true);
        check_drop(a, &a->o->objects[i]);
    }
    /* C17: Get has no roles. */
    assert_int_equal(call(a, "Get", ORACLE_BASE, 1, ""), 404);
}

static void check_microflows(oracle *o)
{
    o->world->options.tell_failures = true;
    helper_restart(o->world);
    each_actor(o, check_microflow);
}

/* M2: microflows that apply entity access. */
static void test_microflows(void **state)
{
    (void)state;
    each_app(check_microflows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_export),    cmocka_unit_test(test_refresh),
        cmocka_unit_test(test_download),  cmocka_unit_test(test_files),
        cmocka_unit_test(test_changes),   cmocka_unit_test(test_creations),
        cmocka_unit_test(test_deletions), cmocka_unit_test(test_microflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
