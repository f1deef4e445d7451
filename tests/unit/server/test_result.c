/* What a device believes of a result (synchronize W33): damaged bytes, cut
 * bytes, and results that are well-formed and wrong. Whatever comes, the device
 * stays as it was (A134, A135, A148, A154, A155). */
#include "helper_world.h"

#include "sync/codec.h"

#define RUN_ALL      NF_SYNC_RUN_ALL
#define RUN_SELECTED NF_SYNC_RUN_SELECTED

/* ---- changing results on their way --------------------------------------- */

enum { RECORDS_MAX = 64 };

typedef struct stream {
    bson_t *records[RECORDS_MAX];
    size_t count;
} stream;

typedef struct spoiler {
    int replies;  /* results that came */
    int only;     /* the one that is spoiled; 0: all */
    int64_t flip; /* -1: none */
    int64_t cut;  /* -1: not */
    size_t length;
    void (*change)(stream *s, int64_t id);
    int64_t id;
} spoiler;

static stream split(const nf_buffer *body)
{
    stream s = {.count = 0};
    size_t at = 0;

    while (at < body->length) {
        uint32_t size;
        memcpy(&size, body->data + at, sizeof size);
        assert_true(s.count < RECORDS_MAX);
        s.records[s.count++] =
            bson_new_from_data((const uint8_t *)body->data + at, size);
        at += size;
    }
    bson_destroy(s.records[--s.count]); /* the end is written anew */
    return s;
}

static nf_status add_bytes(void *user, const void *bytes, size_t size,
                           nf_error *err)
{
    (void)err;
    nf_buffer_add(user, bytes, size);
    return NF_OK;
}

static void join(nf_buffer *body, stream *s)
{
    nf_stream_writer writer;
    nf_error err = {0};

    nf_buffer_clear(body);
    assert_int_equal(nf_stream_start(&writer, add_bytes, body, &err), NF_OK);
    for (size_t i = 0; i < s->count; i++) {
        assert_int_equal(nf_stream_put_bytes(&writer,
                                             bson_get_data(s->records[i]),
                                             s->records[i]->len, &err),
                         NF_OK);
        bson_destroy(s->records[i]);
    }
    assert_int_equal(nf_stream_finish(&writer, &err), NF_OK);
    nf_stream_dispose(&writer);
}

static void spoil(void *user, const nf_sync_request *request,
                  nf_sync_response *response)
{
    spoiler *p = user;
    stream s;

    if (request->method != NF_SYNC_GET || !strstr(request->path, "/result") ||
        response->body.length == 0)
        return;
    p->length = response->body.length;
    if (++p->replies != p->only && p->only)
        return;
    if (p->flip >= 0)
        response->body.data[p->flip] ^= 1;
    if (p->cut >= 0)
        response->body.length = (size_t)p->cut;
    if (p->change) {
        s = split(&response->body);
        p->change(&s, p->id);
        join(&response->body, &s);
    }
    response->total = (int64_t)response->body.length;
}

/* ---- damage -------------------------------------------------------------- */

/* A fresh device that gets spoiled results. */
static void open_spoiled(helper_device *a, helper_world *world, spoiler *p)
{
    helper_device_open(a, world, "anna");
    a->faults->spoil = spoil;
    a->faults->user = p;
}

static void expect_protocol(helper_device *a, helper_world *world, spoiler *p,
                            bool alone, const char *what)
{
    nf_error err = {0};
    char *before, *after;

    nf_sync_set_alone(a->client, alone);
    p->replies = 0;
    before = helper_dump(a, world);
    if (helper_try(a, RUN_ALL, NULL, 0, &err) != NF_FAILED ||
        strcmp(err.code, "SYNC_PROTOCOL") != 0)
        fail_msg("%s %lld %lld: %s", what, (long long)p->flip,
                 (long long)p->cut, err.code);
    assert_int_equal(p->replies, 2); /* fetched once more, then no more */
    after = helper_dump(a, world);
    assert_string_equal(before, after);
    nf_free(before);
    nf_free(after);
}

/* Nothing stands in the way of the next one. */
static void close_spoiled(helper_device *a, helper_world *world)
{
    a->faults->spoil = NULL;
    helper_sync(a, RUN_ALL, NULL, 0);
    assert_int_equal(helper_count(a, world, "Shop.Customer"), 1);
    helper_device_close(a);
}

static size_t result_length(helper_world *world)
{
    spoiler p = {.flip = -1, .cut = -1, .only = 99};
    helper_device a;

    helper_device_open(&a, world, "anna");
    a.faults->spoil = spoil;
    a.faults->user = &p;
    helper_sync(&a, RUN_ALL, NULL, 0);
    helper_device_close(&a);
    assert_true(p.length > 200);
    return p.length;
}

/* A134: one flipped byte at every position, always. */
static void test_flips(void **state)
{
    helper_world *world = *state;
    spoiler p = {.flip = -1, .cut = -1};
    helper_device a;
    size_t length;

    helper_server_add(world, "Shop.Customer", "Name", "Acme");
    length = result_length(world);
    open_spoiled(&a, world, &p);
    for (p.flip = 0; p.flip < (int64_t)length; p.flip++)
        expect_protocol(&a, world, &p, p.flip % 2 == 0, "flipped byte");
    close_spoiled(&a, world);
}

/* A134: once; the second reading is right. */
static void test_flip_once(void **state)
{
    helper_world *world = *state;
    size_t length;

    helper_server_add(world, "Shop.Customer", "Name", "Acme");
    length = result_length(world);
    for (size_t at = 0; at < length; at += 13) {
        spoiler p = {.flip = (int64_t)at, .cut = -1, .only = 1};
        helper_device a;

        helper_device_open(&a, world, "anna");
        nf_sync_set_alone(a.client, at % 2 == 0);
        a.faults->spoil = spoil;
        a.faults->user = &p;
        helper_sync(&a, RUN_ALL, NULL, 0);
        assert_int_equal(p.replies, 2);
        assert_int_equal(helper_count(&a, world, "Shop.Customer"), 1);
        helper_device_close(&a);
    }
}

/* A135: cut at every byte with a length that says it is all. */
static void test_cuts(void **state)
{
    helper_world *world = *state;
    spoiler p = {.flip = -1, .cut = 1};
    helper_device a;
    size_t length;

    helper_server_add(world, "Shop.Customer", "Name", "Acme");
    length = result_length(world);
    open_spoiled(&a, world, &p);
    for (p.cut = 1; p.cut < (int64_t)length; p.cut++)
        expect_protocol(&a, world, &p, p.cut % 2 == 0, "cut");
    close_spoiled(&a, world);
}

/* ---- wrong results ------------------------------------------------------- */

static const char *kind_of(const bson_t *record)
{
    return nf_document_text(record, "k", "");
}

static size_t find(const stream *s, const char *kind, const char *entity)
{
    for (size_t i = 0; i < s->count; i++) {
        if (!strcmp(kind_of(s->records[i]), kind) &&
            (!entity ||
             !strcmp(nf_document_text(s->records[i], "t", ""), entity)))
            return i;
    }
    fail_msg("no record %s %s", kind, entity ? entity : "");
    return 0;
}

static void insert(stream *s, size_t at, bson_t *record)
{
    assert_true(s->count < RECORDS_MAX);
    memmove(&s->records[at + 1], &s->records[at],
            (s->count - at) * sizeof *s->records);
    s->records[at] = record;
    s->count++;
}

static void drop(stream *s, size_t at)
{
    bson_destroy(s->records[at]);
    memmove(&s->records[at], &s->records[at + 1],
            (--s->count - at) * sizeof *s->records);
}

/* A copy without a field, to which it may be appended anew. */
static bson_t *without(const bson_t *record, const char *field)
{
    bson_t *copy = bson_new();

    bson_copy_to_excluding_noinit(record, copy, field, NULL);
    return copy;
}

static void set(stream *s, size_t at, bson_t *record)
{
    bson_destroy(s->records[at]);
    s->records[at] = record;
}

static void no_head(stream *s, int64_t id)
{
    (void)id;
    drop(s, 0);
}

static void two_heads(stream *s, int64_t id)
{
    (void)id;
    insert(s, 1, bson_copy(s->records[0]));
}

static void other_run(stream *s, int64_t id)
{
    uint8_t other[16] = {1};
    bson_t *head = without(s->records[0], "id");

    (void)id;
    BSON_APPEND_BINARY(head, "id", BSON_SUBTYPE_BINARY, other, 16);
    set(s, 0, head);
}

static void foreign_outcome(stream *s, int64_t id)
{
    insert(s, 1,
           BCON_NEW("k", "out", "id", BCON_INT64(id), "s", "rejected", "code",
                    "OBJ_GONE"));
}

static void foreign_gone(stream *s, int64_t id)
{
    insert(s, 1, BCON_NEW("k", "gone", "id", BCON_INT64(id)));
}

static void foreign_single(stream *s, int64_t id)
{
    (void)id;
    insert(s, 1, bson_copy(s->records[find(s, "obj", "Shop.Customer")]));
}

static void twice(stream *s, int64_t id)
{
    size_t at = find(s, "obj", "Shop.Customer");

    (void)id;
    insert(s, at, bson_copy(s->records[at]));
}

static void unknown_entity(stream *s, int64_t id)
{
    size_t at = find(s, "obj", "Shop.Customer");
    bson_t *record = without(s->records[at], "t");

    (void)id;
    BSON_APPEND_UTF8(record, "t", "Shop.Nothing");
    set(s, at, record);
}

static void other_entity(stream *s, int64_t id)
{
    size_t at = find(s, "obj", "Shop.Customer");
    bson_t *record = without(s->records[at], "t");

    (void)id;
    BSON_APPEND_UTF8(record, "t", "Shop.Region");
    set(s, at, record);
}

static void wrong_type(stream *s, int64_t id)
{
    size_t at = find(s, "obj", "Shop.Customer");
    bson_t *record = without(s->records[at], "m"), members;

    (void)id;
    BSON_APPEND_DOCUMENT_BEGIN(record, "m", &members);
    BSON_APPEND_INT64(&members, "Name", 7);
    bson_append_document_end(record, &members);
    set(s, at, record);
}

static void no_hash(stream *s, int64_t id)
{
    size_t at = find(s, "obj", "Shop.Customer");

    (void)id;
    set(s, at, without(s->records[at], "h"));
}

static void section(stream *s, const char *entity, const char *kind)
{
    insert(s, s->count, BCON_NEW("k", "ent", "t", entity, "kind", kind));
}

static void never_section(stream *s, int64_t id)
{
    (void)id;
    section(s, "Shop.Draft", "clear");
}

static void temp_section(stream *s, int64_t id)
{
    (void)id;
    section(s, "Shop.Temp", "snapshot");
}

static void clear_section(stream *s, int64_t id)
{
    size_t at = find(s, "ent", "Shop.Region");

    (void)id;
    set(s, at, BCON_NEW("k", "ent", "t", "Shop.Region", "kind", "clear"));
    drop(s, at + 1);
}

static void section_again(stream *s, int64_t id)
{
    size_t at = find(s, "ent", "Shop.Region");

    (void)id;
    insert(s, at + 2, bson_copy(s->records[at]));
    insert(s, at + 3, bson_copy(s->records[at + 1]));
}

static void no_sum(stream *s, int64_t id)
{
    (void)id;
    drop(s, find(s, "sum", "Shop.Region"));
}

static void wrong_count(stream *s, int64_t id)
{
    size_t at = find(s, "sum", "Shop.Customer");
    bson_t *record = without(s->records[at], "n");

    (void)id;
    BSON_APPEND_INT64(record, "n", 2);
    set(s, at, record);
}

static void wrong_sum(stream *s, int64_t id)
{
    size_t at = find(s, "sum", "Shop.Customer");
    bson_t *record = without(s->records[at], "x");
    uint8_t other[16] = {1};

    (void)id;
    BSON_APPEND_BINARY(record, "x", BSON_SUBTYPE_BINARY, other, 16);
    set(s, at, record);
}

static void sum_of_other(stream *s, int64_t id)
{
    size_t at = find(s, "sum", "Shop.Customer");
    bson_t *record = without(s->records[at], "t");

    (void)id;
    BSON_APPEND_UTF8(record, "t", "Shop.Region");
    set(s, at, record);
}

static void removal(stream *s, int64_t id)
{
    insert(s, find(s, "obj", "Shop.Customer"),
           BCON_NEW("k", "rm", "id", BCON_INT64(id)));
}

static void difference_of_nothing(stream *s, int64_t id)
{
    size_t at = find(s, "ent", "Shop.Region");

    (void)id;
    set(s, at, BCON_NEW("k", "ent", "t", "Shop.Region", "kind", "delta"));
    drop(s, find(s, "obj", "Shop.Customer")); /* nor does the sum fit */
}

static void upload_record(stream *s, int64_t id)
{
    insert(s, 1,
           BCON_NEW("k", "ref", "t", "Shop.Customer", "id", BCON_INT64(id)));
}

static void unknown_kind(stream *s, int64_t id)
{
    (void)id;
    insert(s, 1, BCON_NEW("k", "news", "text", "from a later version"));
}

static void optional_kind(stream *s, int64_t id)
{
    (void)id;
    insert(s, 1, BCON_NEW("k", "news", "opt", BCON_BOOL(true)));
}

static const struct {
    const char *name;
    void (*change)(stream *s, int64_t id);
} violations[] = {
    {"no head", no_head},
    {"two heads", two_heads},
    {"another run", other_run},
    {"an outcome of nothing (A155)", foreign_outcome},
    {"something is gone that was not asked for (A155)", foreign_gone},
    {"a single object that was not asked for (A154)", foreign_single},
    {"an object twice", twice},
    {"an unknown entity (A154)", unknown_entity},
    {"an object in a foreign section (A154)", other_entity},
    {"a value of another type", wrong_type},
    {"no h", no_hash},
    {"a section of mode Never (A154)", never_section},
    {"a section of a non-persistable entity (A154)", temp_section},
    {"a section that may not be cleared", clear_section},
    {"a section twice", section_again},
    {"no sum", no_sum},
    {"a wrong count (A136)", wrong_count},
    {"a wrong sum (A136)", wrong_sum},
    {"a sum of another entity", sum_of_other},
    {"a removal in a snapshot", removal},
    {"a difference of nothing", difference_of_nothing},
    {"a record of uploads", upload_record},
    {"an unknown kind (A148)", unknown_kind},
};

static void test_violations(void **state)
{
    helper_world *world = *state;
    spoiler p = {.flip = -1, .cut = -1};
    helper_device a;

    p.id = helper_server_add(world, "Shop.Customer", "Name", "Acme");
    open_spoiled(&a, world, &p);
    for (size_t i = 0; i < 2 * sizeof violations / sizeof *violations; i++) {
        p.change = violations[i / 2].change;
        expect_protocol(&a, world, &p, i % 2 == 0, violations[i / 2].name);
    }
    close_spoiled(&a, world);
}

/* A148: a kind of a later version that may be passed over. */
static void test_optional(void **state)
{
    helper_world *world = *state;
    spoiler p = {.flip = -1, .cut = -1, .change = optional_kind};
    helper_device a;

    helper_server_add(world, "Shop.Customer", "Name", "Acme");
    helper_device_open(&a, world, "anna");
    a.faults->spoil = spoil;
    a.faults->user = &p;
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_int_equal(p.replies, 1);
    assert_int_equal(helper_count(&a, world, "Shop.Customer"), 1);
    helper_device_close(&a);
}

/* A155: refusals of what was never sent take nothing away, also where there is
 * local work; A154: a selection gets what was selected. */
static void test_local_work(void **state)
{
    helper_world *world = *state;
    int64_t id = helper_server_add(world, "Shop.Customer", "Name", "Acme");
    int64_t other = helper_server_add(world, "Shop.Customer", "Name", "Best");
    spoiler p = {.flip = -1, .cut = -1, .change = foreign_outcome};
    helper_device a;
    nf_object *customer, *kept;
    nf_error err = {0};

    (void)id;
    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    kept = helper_find(world, &a, "Shop.Customer", "Name", "Best");
    helper_set_text(kept, "Name", "mine");
    helper_commit(&a, kept);
    customer = helper_find(world, &a, "Shop.Customer", "Name", "Acme");
    a.faults->spoil = spoil;
    a.faults->user = &p;
    p.id = other;
    for (int i = 0; i < 2; i++) {
        p.change = i ? foreign_gone : foreign_outcome;
        assert_int_equal(helper_try(&a, RUN_SELECTED, &customer, 1, &err),
                         NF_FAILED);
        assert_string_equal(err.code, "SYNC_PROTOCOL");
        assert_int_equal(helper_change(&a, other), NF_CHANGE_CHANGED);
        assert_string_equal(helper_text(kept, "Name"), "mine");
        assert_false(kept->removed);
    }
    nf_object_release(customer);
    nf_object_release(kept);
    helper_device_close(&a);
}

/* Design §10.6: where device and server disagree about what the device has,
 * nothing is applied, and the next synchronization brings the whole. */
static void test_disagreement(void **state)
{
    helper_world *world = *state;
    helper_device a;
    nf_error err = {0};
    int64_t id = helper_server_add(world, "Shop.Customer", "Name", "Acme");

    helper_server_add(world, "Shop.Customer", "Name", "Best");
    helper_device_open(&a, world, "anna");
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_int_equal(
        nf_database_execute(nf_device_database(a.device),
                            "DELETE FROM _mx_object WHERE id = (SELECT "
                            "max(id) FROM _mx_object WHERE entity = (SELECT "
                            "number FROM _mx_entity WHERE name = "
                            "'Shop.Customer'))",
                            &err),
        NF_OK);
    helper_server_set_text(world, "Shop.Customer", id, "Name", "New");
    assert_int_equal(helper_try(&a, RUN_ALL, NULL, 0, &err), NF_FAILED);
    assert_string_equal(err.code, "SYNC_PROTOCOL");
    assert_null(helper_find(world, &a, "Shop.Customer", "Name", "New"));
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_int_equal(helper_count(&a, world, "Shop.Customer"), 2);
    helper_sync(&a, RUN_ALL, NULL, 0);
    assert_int_equal(nf_sync_last(a.client)->downloaded_count, 0);
    helper_device_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_flips, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_flip_once, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_cuts, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_violations, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_optional, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_local_work, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_disagreement, helper_setup,
                                        helper_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
