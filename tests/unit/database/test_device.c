/* The device: change log (synchronize §3), commits and deletes (domain D53,
 * D71 … D75), applying a synchronization (synchronize §16) and memory. */
#include "helper_shop.h"

#include "base/memory.h"


#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static nf_change_kind kind_of(shop *s, int64_t id)
{
    nf_change change;
    nf_error err = {0};
    nf_change_kind kind;

    assert_int_equal(nf_device_change(&change, s->device, id, &err), NF_OK);
    kind = change.kind;
    nf_change_dispose(&change);
    return kind;
}

static nf_value *row_of(shop *s, const nf_entity *entity, int64_t id)
{
    nf_record record;
    nf_error err = {0};

    assert_int_equal(nf_record_read(&record, s->database, entity, id, &err),
                     NF_OK);
    return record.members;
}

/* S3: U → N, N stays N, deleting N leaves nothing (S82). */
static void new_objects(void **state)
{
    shop *s = *state;
    nf_object *order = shop_create(s, "Shop.Order");
    nf_error err = {0};

    assert_int_equal(kind_of(s, order->id), NF_CHANGE_NONE);
    shop_set(order, "Number", nf_integer(7));
    shop_commit(s, order);
    assert_int_equal(order->state, NF_OBJECT_UNCHANGED);
    assert_int_equal(kind_of(s, order->id), NF_CHANGE_NEW);
    shop_commit(s, order);
    assert_int_equal(kind_of(s, order->id), NF_CHANGE_NEW);
    assert_int_equal(nf_objects_delete(s->objects, &order, 1, &err), NF_OK);
    assert_int_equal(order->state, NF_OBJECT_DELETED);
    assert_int_equal(kind_of(s, order->id), NF_CHANGE_NONE);
    nf_object_release(order);
}

/* D70: a value equal to the base again is not changed. */
static void changed_bits(void **state)
{
    shop *s = *state;
    nf_object *order = shop_create(s, "Shop.Order");

    shop_commit(s, order);
    shop_set(order, "Number", nf_integer(3));
    assert_int_equal(order->state, NF_OBJECT_CHANGED);
    shop_set(order, "Number", nf_integer(0));
    assert_int_equal(order->state, NF_OBJECT_UNCHANGED);
    shop_set(order, "Number", nf_integer(4));
    assert_int_equal(nf_object_rollback(order, NULL), NF_OK);
    assert_int_equal(shop_get(order, "Number").as.integer, 0);
    nf_object_release(order);
}

static void apply_row(shop *s, nf_apply *apply, const nf_entity *entity,
                      int64_t id, int64_t number)
{
    nf_value *members = nf_alloc_array(entity->member_count, sizeof *members);
    nf_error err = {0};

    (void)s;
    members[shop_member(entity, "Number")->index] = nf_integer(number);
    assert_int_equal(
        nf_apply_store(apply, entity, id, members, "h", 1, NULL, NULL, &err),
        NF_OK);
    nf_members_free(members, entity->member_count);
}

/* S117, S118: the overlay survives and a newer change keeps the object dirty
 * over a new base; a removed object is empty everywhere (S119, S120). */
static void applying(void **state)
{
    shop *s = *state;
    const nf_entity *entity = shop_entity(s, "Shop.Order");
    nf_object *a = shop_create(s, "Shop.Order");
    nf_object *b = shop_create(s, "Shop.Order");
    nf_list *list = nf_list_new(entity);
    nf_frozen frozen[2];
    nf_change change;
    nf_apply *apply;
    nf_value *row;
    nf_error err = {0};
    nf_object *pair[] = {a, b};
    int i;

    assert_int_equal(nf_objects_commit(s->objects, pair, 2, &err), NF_OK);
    for (i = 0; i < 2; i++) {
        assert_int_equal(
            nf_device_change(&change, s->device, pair[i]->id, &err), NF_OK);
        frozen[i] = (nf_frozen){.id = change.id, .kind = change.kind};
        memcpy(frozen[i].mid, change.mid, NF_MID_SIZE);
        nf_change_dispose(&change);
        assert_true(nf_list_append(list, pair[i]));
    }
    shop_set(a, "Number", nf_integer(50)); /* uncommitted */
    assert_int_equal(
        nf_apply_begin(&apply, s->device, s->objects, frozen, 2, &err), NF_OK);
    apply_row(s, apply, entity, a->id, 10);
    assert_int_equal(nf_apply_remove(apply, entity, b->id, NULL, &err), NF_OK);
    assert_int_equal(nf_apply_commit(apply, &err), NF_OK);
    assert_int_equal(kind_of(s, a->id), NF_CHANGE_NONE);
    assert_int_equal(shop_get(a, "Number").as.integer, 50);
    assert_true(b->removed);
    assert_int_equal(nf_list_count(list), 1);
    assert_int_equal(nf_object_rollback(a, NULL), NF_OK);
    assert_int_equal(shop_get(a, "Number").as.integer, 10);

    shop_set(a, "Number", nf_integer(11));
    shop_commit(s, a); /* after the freeze: the old mid is no longer its */
    assert_int_equal(
        nf_apply_begin(&apply, s->device, s->objects, frozen, 1, &err), NF_OK);
    apply_row(s, apply, entity, a->id, 12);
    assert_int_equal(nf_apply_commit(apply, &err), NF_OK);
    assert_int_equal(kind_of(s, a->id), NF_CHANGE_CHANGED);
    row = row_of(s, entity, a->id);
    assert_int_equal(row[shop_member(entity, "Number")->index].as.integer, 11);
    nf_members_free(row, entity->member_count);
    nf_list_release(list);
    nf_object_release(a);
    nf_object_release(b);
}

/* S83, S84, S87: a deletion remembers what it cleared, and gives it back. */
static void deletions(void **state)
{
    shop *s = *state;
    nf_object *customer = shop_create(s, "Shop.Customer");
    nf_object *order = shop_create(s, "Shop.Order");
    const nf_entity *entity = shop_entity(s, "Shop.Order");
    size_t link = shop_member(entity, "Shop.Order_Customer")->index;
    nf_object *pair[] = {customer, order};
    nf_apply *apply;
    nf_change change;
    nf_frozen frozen;
    nf_value *row;
    nf_error err = {0};

    shop_set(order, "Shop.Order_Customer",
             nf_object_take(nf_object_retain(customer)));
    assert_int_equal(nf_objects_commit(s->objects, pair, 2, &err), NF_OK);
    assert_int_equal(
        nf_apply_begin(&apply, s->device, s->objects, NULL, 0, &err), NF_OK);
    nf_apply_cancel(apply);
    frozen = (nf_frozen){.id = customer->id, .kind = NF_CHANGE_NEW};
    assert_int_equal(nf_device_change(&change, s->device, customer->id, &err),
                     NF_OK);
    memcpy(frozen.mid, change.mid, NF_MID_SIZE);
    nf_change_dispose(&change);
    assert_int_equal(
        nf_apply_begin(&apply, s->device, s->objects, &frozen, 1, &err), NF_OK);
    assert_int_equal(
        nf_apply_accept(apply, customer->entity, customer->id, "h", 1, &err),
        NF_OK);
    assert_int_equal(nf_apply_commit(apply, &err), NF_OK);
    assert_int_equal(kind_of(s, customer->id), NF_CHANGE_NONE);

    assert_int_equal(nf_objects_delete(s->objects, &customer, 1, &err), NF_OK);
    row = row_of(s, entity, order->id);
    assert_int_equal(row[link].kind, NF_KIND_EMPTY);
    nf_members_free(row, entity->member_count);
    assert_int_equal(nf_device_change(&change, s->device, customer->id, &err),
                     NF_OK);
    assert_int_equal(change.kind, NF_CHANGE_DELETED);
    assert_int_equal(change.cleared_count, 1);
    assert_int_equal(change.cleared[0].owner, order->id);
    nf_change_dispose(&change);
    nf_object_release(customer);
    nf_object_release(order);
}

/* D43, D44: one-to-one from both ends, committed and not; sets. */
static void associations(void **state)
{
    shop *s = *state;
    nf_object *order = shop_create(s, "Shop.Order");
    nf_object *other = shop_create(s, "Shop.Order");
    nf_object *tag = shop_create(s, "Shop.Tag");
    const nf_association *set =
        nf_model_find_association(s->model, "Shop.Order_Tag");
    nf_object *all[] = {order, other, tag};
    nf_value value;
    nf_error err = {0};

    shop_set(order, "Shop.Order_MainTag",
             nf_object_take(nf_object_retain(tag)));
    value = shop_get(tag, "Shop.Order_MainTag");
    assert_ptr_equal(value.as.object, order);
    nf_value_release(&value);
    shop_set(other, "Shop.Order_MainTag",
             nf_object_take(nf_object_retain(tag)));
    assert_int_equal(shop_get(order, "Shop.Order_MainTag").kind, NF_KIND_EMPTY);
    shop_set(order, "Shop.Order_Tag", nf_object_take(nf_object_retain(tag)));
    assert_int_equal(nf_object_associated(&value, tag, set, false, &err),
                     NF_OK);
    assert_int_equal(nf_list_count(value.as.list), 1);
    nf_value_release(&value);
    assert_int_equal(nf_objects_commit(s->objects, all, 3, &err), NF_OK);
    assert_int_equal(nf_object_associated(&value, tag, set, false, &err),
                     NF_OK);
    assert_int_equal(nf_list_count(value.as.list), 1);
    assert_ptr_equal(value.as.list->items[0], order);
    nf_value_release(&value);
    nf_object_release(order);
    nf_object_release(other);
    nf_object_release(tag);
}

/* D86: non-persistable objects stay while reachable, cycles go. */
static void sweeping(void **state)
{
    shop *s = *state;
    nf_object *order = shop_create(s, "Shop.Order");
    nf_object *note = shop_create(s, "Shop.Note");
    nf_object *next = shop_create(s, "Shop.Note");
    int64_t id = next->id;
    nf_value value;
    nf_error err = {0};

    shop_set(note, "Shop.Note_Next", nf_object_take(nf_object_retain(next)));
    shop_set(next, "Shop.Note_Next", nf_object_take(nf_object_retain(note)));
    shop_set(note, "Shop.Note_Order", nf_object_take(nf_object_retain(order)));
    nf_object_release(next);
    nf_objects_sweep(s->objects);
    assert_non_null(nf_objects_find(s->objects, id));
    nf_object_release(note);
    assert_int_equal(nf_object_associated(
                         &value, order,
                         nf_model_find_association(s->model, "Shop.Note_Order"),
                         false, &err),
                     NF_OK);
    assert_int_equal(nf_list_count(value.as.list), 1);
    nf_value_release(&value);
    nf_objects_sweep(s->objects);
    assert_null(nf_objects_find(s->objects, id));
    nf_object_release(order);
}

/* Design §5: states of data files, and names. */
static void importing(void **state)
{
    shop *s = *state;
    const nf_entity *entity = shop_entity(s, "Shop.Tag");
    uint64_t *mask = nf_member_set_new(entity);
    nf_value *members = calloc(entity->member_count, sizeof *members);
    nf_error err = {0};
    int64_t id, again;

    nf_member_set_add(mask, shop_member(entity, "Label")->index);
    assert_true(
        nf_value_text(&members[shop_member(entity, "Label")->index], "x", 1));
    assert_int_equal(
        nf_database_assign_name(s->database, entity, "t1", &id, &err), NF_OK);
    assert_int_equal(
        nf_database_assign_name(s->database, entity, "t2", &again, &err),
        NF_OK);
    assert_true(again > id);
    assert_int_equal(nf_device_import(s->device, entity, id, members, mask,
                                      NF_IMPORT_SYNCHRONIZED, &err),
                     NF_OK);
    assert_int_equal(kind_of(s, id), NF_CHANGE_NONE);
    assert_int_equal(nf_device_import(s->device, entity, id, members, mask,
                                      NF_IMPORT_CHANGED, &err),
                     NF_OK);
    assert_int_equal(kind_of(s, id), NF_CHANGE_CHANGED);
    assert_int_equal(nf_device_import(s->device, entity, id, NULL, NULL,
                                      NF_IMPORT_DELETED, &err),
                     NF_OK);
    assert_int_equal(kind_of(s, id), NF_CHANGE_DELETED);
    /* A row beside the mark would outlive the deletion. */
    assert_int_equal(nf_device_import(s->device, entity, id, members, mask,
                                      NF_IMPORT_CHANGED, &err),
                     NF_INPUT);
    /* A change of what was made here stays unknown to the server. */
    assert_int_equal(nf_device_import(s->device, entity, again, members, mask,
                                      NF_IMPORT_NEW, NULL),
                     NF_OK);
    assert_int_equal(nf_device_import(s->device, entity, again, members, mask,
                                      NF_IMPORT_CHANGED, NULL),
                     NF_OK);
    assert_int_equal(kind_of(s, again), NF_CHANGE_NEW);
    assert_int_equal(nf_device_import(s->device, entity, again, NULL, NULL,
                                      NF_IMPORT_DELETED, NULL),
                     NF_OK);
    assert_int_equal(kind_of(s, again), NF_CHANGE_NONE);
    nf_members_free(members, entity->member_count);
    free(mask);
}

static void mid_of(shop *s, int64_t id, uint8_t mid[NF_MID_SIZE])
{
    nf_change change;
    nf_error err = {0};

    assert_int_equal(nf_device_change(&change, s->device, id, &err), NF_OK);
    memcpy(mid, change.mid, NF_MID_SIZE);
    nf_change_dispose(&change);
}

/* S11, S24: each commit has an id of its own; those of one opening ascend side
 * by side, and those of another one are elsewhere. */
static void ids_of_changes(void **state)
{
    shop *s = *state;
    nf_object *a = shop_create(s, "Shop.Order");
    uint8_t mids[3][NF_MID_SIZE], none[NF_MID_SIZE] = {0};

    for (int i = 0; i < 3; i++) {
        shop_set(a, "Number", nf_integer(i));
        shop_commit(s, a);
        mid_of(s, a->id, mids[i]);
    }
    assert_memory_not_equal(mids[0], none, 12);
    for (int i = 1; i < 3; i++) {
        assert_memory_equal(mids[i - 1], mids[i], 12);
        assert_true(memcmp(mids[i - 1], mids[i], NF_MID_SIZE) < 0);
    }
    nf_object_release(a);
}

#define DEVICE_TEST(name)                                                      \
    cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DEVICE_TEST(new_objects),  DEVICE_TEST(changed_bits),
        DEVICE_TEST(applying),     DEVICE_TEST(deletions),
        DEVICE_TEST(associations), DEVICE_TEST(sweeping),
        DEVICE_TEST(importing),    DEVICE_TEST(ids_of_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
