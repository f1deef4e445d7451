/* What an upload reads and what its end writes, for many objects alike: the
 * same as one at a time (synchronize S22, S29, S117, W45; design §10.5). */
#include "helper_shop.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { OBJECTS = 200 };

typedef struct orders {
    shop *s;
    const nf_entity *entity;
    nf_object *items[OBJECTS];
    nf_frozen frozen[OBJECTS];
} orders;

static nf_change_kind freeze(orders *o, size_t i)
{
    nf_change change;
    nf_error err = {0};
    nf_change_kind kind;

    assert_int_equal(
        nf_device_change(&change, o->s->device, o->items[i]->id, &err), NF_OK);
    o->frozen[i] = (nf_frozen){.id = o->items[i]->id, .kind = change.kind};
    memcpy(o->frozen[i].mid, change.mid, NF_MID_SIZE);
    kind = change.kind;
    nf_change_dispose(&change);
    return kind;
}

static void change(orders *o, size_t i, int64_t number)
{
    shop_set(o->items[i], "Number", nf_integer(number));
    shop_commit(o->s, o->items[i]);
}

/* Committed new objects, frozen. */
static void start(orders *o, shop *s)
{
    *o = (orders){.s = s, .entity = shop_entity(s, "Shop.Order")};
    for (size_t i = 0; i < OBJECTS; i++) {
        o->items[i] = shop_create(s, "Shop.Order");
        change(o, i, (int64_t)i);
        assert_int_equal(freeze(o, i), NF_CHANGE_NEW);
    }
}

static void end(orders *o)
{
    for (size_t i = 0; i < OBJECTS; i++)
        nf_object_release(o->items[i]);
}

/* Accepts in the order of `step` (coprime to OBJECTS), each with a hash that
 * tells which it is. */
static void accept(orders *o, size_t from, size_t upto, size_t step,
                   uint8_t round)
{
    size_t count = upto - from;
    nf_apply *apply;
    nf_error err = {0};

    assert_int_equal(nf_apply_begin(&apply, o->s->device, o->s->objects,
                                    o->frozen + from, count, &err),
                     NF_OK);
    for (size_t k = 0; k < count; k++) {
        size_t i = from + k * step % count;
        uint8_t hash[16] = {(uint8_t)i, round};

        assert_int_equal(nf_apply_accept(apply, o->entity, o->items[i]->id,
                                         hash, sizeof hash, &err),
                         NF_OK);
    }
    assert_int_equal(nf_apply_commit(apply, &err), NF_OK);
}

static void accept_all(orders *o, size_t step, uint8_t round)
{
    accept(o, 0, OBJECTS, step, round);
}

static bool has_copy(orders *o, size_t i, uint8_t round)
{
    nf_server_copy copy;
    nf_error err = {0};

    assert_int_equal(nf_device_server_copy(&copy, o->s->device, o->entity,
                                           o->items[i]->id, &err),
                     NF_OK);
    if (copy.known) {
        assert_int_equal(copy.hash_size, 16);
        assert_int_equal(copy.hash[0], i);
        assert_int_equal(copy.hash[1], round);
    }
    return copy.known;
}

static void check_touched(orders *o, size_t expected)
{
    int64_t *ids;
    size_t count;
    nf_error err = {0};

    assert_int_equal(nf_device_get_touched(o->s->device, o->entity, 1000, &ids,
                                           &count, &err),
                     NF_OK);
    assert_int_equal(count, expected);
    nf_free(ids);
}

/* S117: what was committed again meanwhile stays, over the new server copy.
 * W45: touched where there is a view. */
static void accepted(void **state)
{
    orders o;
    nf_error err = {0};

    start(&o, *state);
    for (size_t i = 0; i < OBJECTS; i += 7)
        change(&o, i, 1000);
    accept_all(&o, 1, 1);
    check_touched(&o, 0);
    for (size_t i = 0; i < OBJECTS; i++) {
        assert_true(has_copy(&o, i, 1));
        assert_int_equal(freeze(&o, i),
                         i % 7 ? NF_CHANGE_NONE : NF_CHANGE_CHANGED);
    }
    assert_int_equal(
        nf_device_set_view(o.s->device, o.entity, "0123456789abcdef", 16, &err),
        NF_OK);
    for (size_t i = 0; i < OBJECTS; i++) {
        change(&o, i, 2000);
        assert_int_equal(freeze(&o, i), NF_CHANGE_CHANGED);
    }
    change(&o, OBJECTS - 1, 3000);
    accept_all(&o, 77, 2);
    check_touched(&o, OBJECTS);
    for (size_t i = 0; i < OBJECTS; i++) {
        assert_true(has_copy(&o, i, 2));
        assert_int_equal(freeze(&o, i),
                         i == OBJECTS - 1 ? NF_CHANGE_CHANGED : NF_CHANGE_NONE);
    }
    end(&o);
}

/* S117: changes that were not sent stay, wherever they lie in the log. */
static void others_stay(void **state)
{
    static const size_t ranges[][2] = {
        {0, 150}, {50, OBJECTS}, {20, 180}, {100, 101}, {0, OBJECTS}};
    orders o;

    start(&o, *state);
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
        for (size_t i = 0; i < OBJECTS; i++) {
            change(&o, i, (int64_t)(1000 * r + i));
            assert_int_not_equal(freeze(&o, i), NF_CHANGE_NONE);
        }
        accept(&o, ranges[r][0], ranges[r][1], 1, (uint8_t)r);
        for (size_t i = 0; i < OBJECTS; i++) {
            bool sent = i >= ranges[r][0] && i < ranges[r][1];
            assert_int_equal(freeze(&o, i) == NF_CHANGE_NONE, sent);
        }
    }
    end(&o);
}

/* An accepted deletion takes its mark and the server's copy along. */
static void accepted_deletions(void **state)
{
    orders o;
    nf_error err = {0};

    start(&o, *state);
    accept_all(&o, 1, 1);
    for (size_t i = 0; i < OBJECTS; i++) {
        if (i % 3)
            change(&o, i, 5);
        else
            assert_int_equal(
                nf_objects_delete(o.s->objects, &o.items[i], 1, &err), NF_OK);
        assert_int_equal(freeze(&o, i),
                         i % 3 ? NF_CHANGE_CHANGED : NF_CHANGE_DELETED);
    }
    accept_all(&o, 1, 2);
    for (size_t i = 0; i < OBJECTS; i++) {
        assert_int_equal(freeze(&o, i), NF_CHANGE_NONE);
        assert_int_equal(has_copy(&o, i, 2), i % 3 != 0);
    }
    end(&o);
}

/* Nothing of an apply that was given up stays. */
static void cancelled(void **state)
{
    orders o;
    nf_apply *apply;
    nf_error err = {0};

    start(&o, *state);
    assert_int_equal(nf_apply_begin(&apply, o.s->device, o.s->objects, o.frozen,
                                    OBJECTS, &err),
                     NF_OK);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(nf_apply_accept(apply, o.entity, o.items[i]->id,
                                         "0123456789abcdef", 16, &err),
                         NF_OK);
    nf_apply_cancel(apply);
    for (size_t i = 0; i < OBJECTS; i++) {
        assert_int_equal(freeze(&o, i), NF_CHANGE_NEW);
        assert_false(has_copy(&o, i, 1));
    }
    end(&o);
}

static void check_sent(orders *o, nf_sent *sent, size_t i)
{
    const nf_change *change;
    const nf_server_copy *copy;
    nf_change alone;
    nf_error err = {0};
    int64_t id = o->items[i]->id;

    assert_int_equal(nf_sent_find(sent, id, &change, &copy, &err), NF_OK);
    assert_int_equal(nf_device_change(&alone, o->s->device, id, &err), NF_OK);
    assert_int_equal(change->id, id);
    assert_int_equal(change->kind, alone.kind);
    if (alone.kind != NF_CHANGE_NONE) {
        assert_memory_equal(change->mid, alone.mid, NF_MID_SIZE);
        assert_int_equal(copy->known, i % 2 == 0);
    }
    if (alone.kind == NF_CHANGE_CHANGED)
        assert_memory_equal(change->changed, alone.changed,
                            8 * ((o->entity->member_count + 63) / 64));
    nf_change_dispose(&alone);
}

/* S22, S29: in every order the change and the server's copy of that object. */
static void sent(void **state)
{
    static const size_t steps[] = {1, 3, 77, OBJECTS - 1, OBJECTS + 1};
    orders o;
    nf_sent *sent;
    nf_error err = {0};

    start(&o, *state);
    accept_all(&o, 1, 1);
    for (size_t i = 0; i < OBJECTS; i += 2) {
        if (i % 3)
            change(&o, i, 9);
        if (i % 5 == 0) {
            shop_set(o.items[i], "Total", nf_integer(1));
            shop_commit(o.s, o.items[i]);
        }
    }
    assert_int_equal(nf_sent_open(&sent, o.s->device, &err), NF_OK);
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        for (size_t k = 0; k < OBJECTS; k++)
            check_sent(&o, sent, k * steps[s] % OBJECTS);
    nf_sent_close(sent);
    end(&o);
}

static void seek(orders *o, nf_rows *rows, size_t i)
{
    nf_value value;
    nf_row row;
    nf_error err = {0};
    bool more;

    nf_rows_seek(rows, o->items[i]->id);
    assert_int_equal(nf_rows_next(rows, &row, &more, &err), NF_OK);
    assert_int_equal(more, i % 11 != 4);
    if (!more)
        return;
    assert_int_equal(row.id, o->items[i]->id);
    assert_int_equal(nf_rows_value(rows,
                                   shop_member(o->entity, "Number")->index,
                                   &value, &err),
                     NF_OK);
    assert_int_equal(value.as.integer, i);
    nf_value_release(&value);
}

/* Rows that are looked up onward, in every order, with gaps. */
static void onward(void **state)
{
    static const size_t steps[] = {1, 7, 13, 77, OBJECTS - 1};
    nf_selection selection = {.onward = true, .retrieval.limit = -1};
    orders o;
    nf_rows *rows;
    nf_error err = {0};

    start(&o, *state);
    for (size_t i = 4; i < OBJECTS; i += 11)
        assert_int_equal(nf_objects_delete(o.s->objects, &o.items[i], 1, &err),
                         NF_OK);
    selection.id = o.items[0]->id;
    selection.retrieval.entity = o.entity;
    assert_int_equal(nf_rows_open(&rows, o.s->database, &selection, &err),
                     NF_OK);
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        for (size_t k = 0; k < OBJECTS; k++)
            seek(&o, rows, k * steps[s] % OBJECTS);
    nf_rows_close(rows);
    end(&o);
}

/* The same while the rows are written, each after it was looked at, and every
 * other time undone: all of them are found as they are. */
static void onward_writing(void **state)
{
    nf_selection selection = {.onward = true, .retrieval.limit = -1};
    orders o;
    nf_rows *rows;
    nf_value *values;
    nf_error err = {0};

    start(&o, *state);
    values = nf_alloc_array(o.entity->member_count, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < OBJECTS; i++)
        if (i % 11 == 4)
            assert_int_equal(
                nf_objects_delete(o.s->objects, &o.items[i], 1, &err), NF_OK);
    selection.id = o.items[0]->id;
    selection.retrieval.entity = o.entity;
    assert_int_equal(nf_database_begin(o.s->database, &err), NF_OK);
    assert_int_equal(nf_rows_open(&rows, o.s->database, &selection, &err),
                     NF_OK);
    for (size_t i = 0; i < OBJECTS; i++) {
        seek(&o, rows, i);
        if (i % 11 == 4)
            continue;
        assert_int_equal(nf_database_begin(o.s->database, &err), NF_OK);
        values[shop_member(o.entity, "Number")->index] = nf_integer(-1);
        assert_int_equal(nf_record_update(o.s->database, o.entity,
                                          o.items[i]->id, values, NULL, NULL,
                                          &err),
                         NF_OK);
        assert_int_equal(nf_database_end(o.s->database, i % 2, &err), NF_OK);
    }
    nf_rows_close(rows);
    assert_int_equal(nf_database_end(o.s->database, false, &err), NF_OK);
    nf_free(values);
    end(&o);
}

#define UPLOAD_TEST(name)                                                      \
    cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UPLOAD_TEST(accepted),
        UPLOAD_TEST(others_stay),
        UPLOAD_TEST(accepted_deletions),
        UPLOAD_TEST(cancelled),
        UPLOAD_TEST(sent),
        UPLOAD_TEST(onward),
        UPLOAD_TEST(onward_writing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
