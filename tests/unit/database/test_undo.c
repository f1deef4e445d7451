/* Marks: undoing what happened to objects, in the store and in memory
 * (activities X16 … X24, M19). */
#include "helper_shop.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static int64_t mark(shop *s)
{
    int64_t number = 0;
    nf_error err = {0};

    assert_int_equal(nf_objects_mark(s->objects, &number, &err), NF_OK);
    assert_true(nf_objects_marked(s->objects, number));
    return number;
}

static void end(shop *s, int64_t number, bool keep)
{
    nf_error err = {0};

    assert_int_equal(nf_objects_settle(s->objects, number, keep, &err), NF_OK);
    assert_false(nf_objects_marked(s->objects, number));
}

static int64_t number_of(nf_object *object)
{
    return shop_get(object, "Number").as.integer;
}

static bool is_stored(shop *s, const nf_object *object)
{
    bool found = false;

    assert_int_equal(
        nf_record_exists(s->database, object->entity, object->id, &found, NULL),
        NF_OK);
    return found;
}

/* X24: states and members come back; what was created is deleted. */
static void undo_changes(void **state)
{
    shop *s = *state;
    nf_object *kept = shop_create(s, "Shop.Order"), *made;
    int64_t start;

    shop_set(kept, "Number", nf_integer(1));
    shop_commit(s, kept);
    shop_set(kept, "Number", nf_integer(2));
    start = mark(s);
    shop_set(kept, "Number", nf_integer(3));
    shop_commit(s, kept);
    made = shop_create(s, "Shop.Order");
    shop_commit(s, made);
    end(s, start, false);
    assert_int_equal(kept->state, NF_OBJECT_CHANGED);
    assert_int_equal(number_of(kept), 2);
    assert_int_equal(made->state, NF_OBJECT_DELETED);
    assert_false(is_stored(s, made));
    assert_int_equal(nf_object_rollback(kept, NULL), NF_OK);
    assert_int_equal(number_of(kept), 1);
    nf_object_release(made);
    nf_object_release(kept);
}

/* A deleted object is found again. */
static void undo_deletion(void **state)
{
    shop *s = *state;
    nf_object *order = shop_create(s, "Shop.Order");
    int64_t start, id = order->id;
    nf_error err = {0};

    shop_commit(s, order);
    start = mark(s);
    assert_int_equal(nf_objects_delete(s->objects, &order, 1, &err), NF_OK);
    assert_null(nf_objects_find(s->objects, id));
    end(s, start, false);
    assert_int_equal(order->state, NF_OBJECT_UNCHANGED);
    assert_ptr_equal(nf_objects_find(s->objects, id), order);
    assert_true(is_stored(s, order));
    nf_object_release(order);
}

/* What an inner mark keeps, an outer one can still undo. */
static void nested(void **state)
{
    shop *s = *state;
    nf_object *order = shop_create(s, "Shop.Order");
    int64_t outer, inner;

    shop_commit(s, order);
    outer = mark(s);
    shop_set(order, "Number", nf_integer(1));
    inner = mark(s);
    shop_set(order, "Number", nf_integer(2));
    end(s, inner, false);
    assert_int_equal(number_of(order), 1);
    inner = mark(s);
    shop_set(order, "Number", nf_integer(3));
    shop_commit(s, order);
    end(s, inner, true);
    assert_int_equal(number_of(order), 3);
    end(s, outer, false);
    assert_int_equal(number_of(order), 0);
    assert_int_equal(order->state, NF_OBJECT_UNCHANGED);
    nf_object_release(order);
}

static void begin_at(nf_database *database, int depth)
{
    nf_error err = {0};

    for (int i = 0; i < depth; i++)
        assert_int_equal(nf_database_begin(database, &err), NF_OK);
}

static void end_to(nf_database *database, int depth, bool keep)
{
    nf_error err = {0};

    while (nf_database_depth(database) > depth)
        assert_int_equal(nf_database_end(database, keep, &err), NF_OK);
}

static void put(nf_database *database, int64_t value)
{
    nf_error err = {0};

    assert_int_equal(nf_database_set_number(database, "test", value, &err),
                     NF_OK);
}

static int64_t get(nf_database *database)
{
    int64_t value;
    nf_error err = {0};

    assert_int_equal(nf_database_get_number(database, "test", 0, &value, &err),
                     NF_OK);
    return value;
}

/* M19: wherever the first write comes among begins that nest, what is undone is
 * what was written since each of them. */
static void begins(void **state)
{
    enum { DEEPEST = 9 };
    shop *s = *state;
    nf_database *database = s->database;

    for (int first = 1; first <= DEEPEST; first++) {
        for (int kept = 1; kept <= first; kept++) {
            begin_at(database, 1);
            put(database, 1);
            begin_at(database, first);
            put(database, 2);
            begin_at(database, 1); /* in which nothing is written */
            end_to(database, first + 1, false);
            assert_int_equal(get(database), 2);
            end_to(database, kept + 1, true);
            put(database, 3);
            end_to(database, kept, false);
            assert_int_equal(get(database), 1);
            end_to(database, 0, true);
            assert_int_equal(get(database), 1);
        }
    }
}

/* What is written alone belongs to the begin that something was written in. */
static void written_alone(void **state)
{
    shop *s = *state;
    nf_database *database = s->database;

    begin_at(database, 2);
    put(database, 1);
    begin_at(database, 2);
    nf_database_write_alone(database, true);
    put(database, 2);
    nf_database_write_alone(database, false);
    end_to(database, 2, true);
    assert_int_equal(get(database), 2);
    begin_at(database, 1);
    put(database, 3);
    end_to(database, 2, false);
    assert_int_equal(get(database), 2);
    end_to(database, 1, false);
    assert_int_equal(get(database), 0);
    end_to(database, 0, false);
}

/* Ending a mark ends those inside it, and an ended one names nothing, even
 * when as many are open again. */
static void numbers(void **state)
{
    shop *s = *state;
    int64_t first = mark(s), second = mark(s), third;

    end(s, first, true);
    assert_false(nf_objects_marked(s->objects, second));
    assert_int_equal(nf_objects_marks(s->objects), 0);
    first = mark(s);
    third = mark(s);
    assert_int_equal(nf_objects_settle(s->objects, second, false, NULL), NF_OK);
    assert_true(nf_objects_marked(s->objects, third));
    nf_objects_abandon(s->objects);
    assert_false(nf_objects_marked(s->objects, first));
}

/* References of uncommitted objects are found again after an undo. */
static void undo_references(void **state)
{
    shop *s = *state;
    nf_object *customer = shop_create(s, "Shop.Customer");
    nf_object *order = shop_create(s, "Shop.Order");
    const nf_member *member = shop_member(order->entity, "Shop.Order_Customer");
    nf_value value = nf_object_take(nf_object_retain(customer)), out;
    nf_value none = nf_empty();
    nf_error err = {0};
    int64_t start;

    assert_int_equal(nf_object_set(order, member, &value, &err), NF_OK);
    start = mark(s);
    assert_int_equal(nf_object_set(order, member, &none, &err), NF_OK);
    end(s, start, false);
    assert_int_equal(
        nf_object_associated(&out, customer, member->association, false, &err),
        NF_OK);
    assert_int_equal(out.kind, NF_KIND_LIST);
    assert_int_equal(nf_list_count(out.as.list), 1);
    assert_ptr_equal(out.as.list->items[0], order);
    nf_value_release(&out);
    nf_value_release(&value);
    nf_object_release(customer);
    nf_object_release(order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(undo_changes, shop_setup,
                                        shop_teardown),
        cmocka_unit_test_setup_teardown(undo_deletion, shop_setup,
                                        shop_teardown),
        cmocka_unit_test_setup_teardown(nested, shop_setup, shop_teardown),
        cmocka_unit_test_setup_teardown(begins, shop_setup, shop_teardown),
        cmocka_unit_test_setup_teardown(written_alone, shop_setup,
                                        shop_teardown),
        cmocka_unit_test_setup_teardown(numbers, shop_setup, shop_teardown),
        cmocka_unit_test_setup_teardown(undo_references, shop_setup,
                                        shop_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
