/* Spaces of copies (domain D81): what is tracked, what lists take for one
 * object, undoing, and what others hold when the space goes. */
#include "helper_shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static int copies_setup(void **state)
{
    shop_setup(state);
    shop *s = *state;
    nf_store *store = nf_device_store(s->device);

    nf_objects_free(s->objects);
    store->copies = true;
    s->objects = nf_objects_new(s->model, store);
    assert_non_null(s->objects);
    return 0;
}

/* The id of a stored order with this number. */
static int64_t stored_order(shop *s, int64_t number)
{
    nf_object *order = shop_create(s, "Shop.Order");
    int64_t id = order->id;

    shop_set(order, "Number", nf_integer(number));
    shop_commit(s, order);
    nf_object_release(order);
    return id;
}

static nf_object *by_id(shop *s, int64_t id)
{
    nf_object *object;
    nf_error err = {0};

    assert_int_equal(nf_objects_get(&object, s->objects,
                                    shop_entity(s, "Shop.Order"), id, &err),
                     NF_OK);
    return object;
}

static nf_object *kept(shop *s, int64_t id)
{
    nf_object *object;
    nf_error err = {0};

    assert_int_equal(nf_objects_get_kept(&object, s->objects,
                                         shop_entity(s, "Shop.Order"), id,
                                         &err),
                     NF_OK);
    assert_non_null(object);
    return object;
}

static int64_t number_of(nf_object *order)
{
    return shop_get(order, "Number").as.integer;
}

/* What is asked for by id is what was changed first, until it is committed. */
static void tracked(void **state)
{
    shop *s = *state;
    int64_t id = stored_order(s, 1);
    nf_object *a = by_id(s, id), *b = by_id(s, id), *c;

    assert_ptr_not_equal(a, b);
    assert_null(nf_objects_find(s->objects, id));
    shop_set(b, "Number", nf_integer(2));
    shop_set(a, "Number", nf_integer(3));
    assert_ptr_equal(nf_objects_find(s->objects, id), b);
    c = by_id(s, id);
    assert_ptr_equal(c, b);
    nf_object_release(c);
    shop_set(b, "Number", nf_integer(1)); /* D70: no longer changed */
    assert_null(nf_objects_find(s->objects, id));
    shop_set(a, "Number", nf_integer(4));
    assert_ptr_equal(nf_objects_find(s->objects, id), a);
    shop_commit(s, a);
    assert_null(nf_objects_find(s->objects, id));
    c = by_id(s, id);
    assert_int_equal(number_of(c), 4);
    assert_int_equal(number_of(b), 1);
    nf_object_release(a);
    nf_object_release(b);
    nf_object_release(c);
}

static void lists(void **state)
{
    shop *s = *state;
    int64_t id = stored_order(s, 1), other = 0;
    nf_object *a = by_id(s, id), *b = by_id(s, id);
    nf_list *list = nf_list_new(NULL);

    for (int i = 0; i < 40; i++) { /* with and without an index */
        nf_object *next;

        assert_false(nf_list_contains(list, b));
        assert_true(nf_list_append(list, a));
        assert_true(nf_list_contains(list, b));
        assert_ptr_equal(nf_list_find(list, id), a);
        nf_list_remove_first(list, b);
        assert_false(nf_list_contains(list, a));
        other = stored_order(s, i);
        next = by_id(s, other);
        assert_true(nf_list_append(list, next));
        nf_object_release(next);
    }
    assert_true(nf_list_append(list, a));
    assert_true(nf_list_append(list, b));
    nf_list_remove(list, a);
    assert_int_equal(nf_list_count(list), 40);
    assert_null(nf_list_find(list, id));
    assert_int_equal(nf_list_find(list, other)->id, other);
    nf_list_release(list);
    nf_object_release(a);
    nf_object_release(b);
}

/* A deletion, by way of a copy that is not the one that is tracked, and its
 * undoing. */
static void undone_deletion(void **state)
{
    shop *s = *state;
    int64_t id = stored_order(s, 1), mark;
    nf_object *a = by_id(s, id), *b = by_id(s, id), *c;
    nf_error err = {0};

    shop_set(a, "Number", nf_integer(2));
    assert_int_equal(nf_objects_mark(s->objects, &mark, &err), NF_OK);
    assert_int_equal(nf_objects_delete(s->objects, &b, 1, &err), NF_OK);
    assert_null(nf_objects_find(s->objects, id));
    c = by_id(s, id);
    assert_null(c);
    assert_int_equal(number_of(a), 2);
    assert_int_equal(nf_objects_commit(s->objects, &a, 1, &err), NF_FAILED);
    assert_string_equal(err.code, "deleted_object");
    shop_set(a, "Number", nf_integer(3));
    nf_error_clear(&err);
    assert_int_equal(nf_objects_settle(s->objects, mark, false, &err), NF_OK);
    assert_ptr_equal(nf_objects_find(s->objects, id), a);
    assert_int_equal(number_of(a), 2);
    assert_int_equal(b->state, NF_OBJECT_UNCHANGED);
    shop_commit(s, a);
    c = by_id(s, id);
    assert_int_equal(number_of(c), 2);
    nf_object_release(a);
    nf_object_release(b);
    nf_object_release(c);
}

/* A commit that is undone: what was tracked before it is again, whatever was
 * tracked since. */
static void undone_commit(void **state)
{
    shop *s = *state;
    int64_t id = stored_order(s, 1), mark;
    nf_object *a = by_id(s, id), *b = by_id(s, id);
    nf_error err = {0};

    shop_set(a, "Number", nf_integer(2));
    assert_int_equal(nf_objects_mark(s->objects, &mark, &err), NF_OK);
    shop_set(b, "Number", nf_integer(3));
    shop_commit(s, a);
    shop_set(b, "Number", nf_integer(4));
    assert_ptr_equal(nf_objects_find(s->objects, id), b);
    assert_int_equal(nf_objects_settle(s->objects, mark, false, &err), NF_OK);
    assert_ptr_equal(nf_objects_find(s->objects, id), a);
    assert_int_equal(a->state, NF_OBJECT_CHANGED);
    assert_int_equal(b->state, NF_OBJECT_UNCHANGED);
    assert_int_equal(number_of(b), 1);
    nf_object_release(a);
    nf_object_release(b);
}

/* What every flow may ask for is read once, and again when it was written. */
static void kept_object(void **state)
{
    shop *s = *state;
    int64_t id = stored_order(s, 1);
    nf_object *a = kept(s, id), *b = kept(s, id), *c = by_id(s, id), *d;

    assert_ptr_equal(a, b);
    assert_ptr_not_equal(a, c);
    shop_set(c, "Number", nf_integer(2));
    d = kept(s, id);
    assert_ptr_equal(d, c);
    nf_object_release(d);
    shop_commit(s, c);
    d = kept(s, id);
    assert_ptr_not_equal(d, a);
    assert_int_equal(number_of(d), 2);
    nf_object_release(a);
    nf_object_release(b);
    nf_object_release(c);
    nf_object_release(d);
}

/* Objects may outlive their space: copies that were never tracked, too. */
static void outlives(void **state)
{
    shop *s = *state;
    int64_t id = stored_order(s, 1);
    nf_object *a = by_id(s, id), *b = by_id(s, id);

    shop_set(b, "Number", nf_integer(2));
    nf_objects_free(s->objects);
    s->objects = nf_objects_new(s->model, nf_device_store(s->device));
    assert_null(a->space);
    assert_null(b->space);
    nf_object_release(b);
    nf_object_release(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tracked, copies_setup, shop_teardown),
        cmocka_unit_test_setup_teardown(lists, copies_setup, shop_teardown),
        cmocka_unit_test_setup_teardown(undone_deletion, copies_setup,
                                        shop_teardown),
        cmocka_unit_test_setup_teardown(undone_commit, copies_setup,
                                        shop_teardown),
        cmocka_unit_test_setup_teardown(kept_object, copies_setup,
                                        shop_teardown),
        cmocka_unit_test_setup_teardown(outlives, copies_setup, shop_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
