/* Arguments and results of microflow calls (synchronize W24, W48; activities
 * C12, C13): what both sides make of them, and that nothing hostile is taken
 * or changes what the caller holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/memory.h"
#include "sync/codec_call.h"
#include "sync/document.h"
#include "sync/transport.h"

typedef struct side {
    nf_objects *objects;
    nf_shared_objects *shared;
} side;

typedef struct world {
    nf_model *model;
    const nf_entity *form, *line;
    side here, there; /* who calls, who answers */
    nf_buffer bytes;
} world;

static const nf_type text_type = {.kind = NF_KIND_STRING};

static nf_type form_type(const world *w)
{
    return (nf_type){.kind = NF_KIND_OBJECT, .entity = w->form};
}

static void open_side(side *s, const nf_model *model, bool caller)
{
    s->objects = nf_objects_new(model, NULL);
    s->shared = nf_shared_objects_new(s->objects, caller, 0);
    assert_non_null(s->shared);
}

static void close_side(side *s)
{
    nf_shared_objects_free(s->shared);
    nf_objects_sweep(s->objects);
    nf_objects_free(s->objects);
}

static int setup(void **state)
{
    world *w = nf_alloc(sizeof *w);
    nf_error err = {0};

    assert_int_equal(
        nf_model_open(&w->model,
                      NF_SOURCE_DIR
                      "/tests/scenarios/acceptance/microflows/model.xml",
                      &err),
        NF_OK);
    w->form = nf_model_find_entity(w->model, "C.Form");
    w->line = nf_model_find_entity(w->model, "C.Line");
    open_side(&w->here, w->model, true);
    open_side(&w->there, w->model, false);
    nf_buffer_init(&w->bytes, NF_SYNC_MESSAGE_MAX);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    world *w = *state;

    nf_buffer_dispose(&w->bytes);
    close_side(&w->here);
    close_side(&w->there);
    nf_model_close(w->model);
    nf_free(w);
    return 0;
}

static nf_object *create(side *s, const nf_entity *entity)
{
    nf_object *object;

    assert_int_equal(nf_objects_create(&object, s->objects, entity, 0, NULL),
                     NF_OK);
    return object;
}

static void set(nf_object *object, const char *name, nf_value value)
{
    assert_int_equal(nf_object_set(object,
                                   nf_entity_find_member(object->entity, name),
                                   &value, NULL),
                     NF_OK);
    if (value.kind == NF_KIND_STRING)
        nf_value_release(&value);
}

static void set_text(nf_object *object, const char *text)
{
    nf_value value;

    assert_true(nf_value_text(&value, text, strlen(text)));
    set(object, "Text", value);
}

static const char *text_of(const nf_object *object)
{
    const nf_member *member = nf_entity_find_member(object->entity, "Text");
    const nf_value *value = &object->members[member->index];

    return value->kind == NF_KIND_STRING ? value->as.string->text : "";
}

static nf_object *next_of(nf_object *object)
{
    nf_value value = nf_empty();

    assert_int_equal(
        nf_object_get(&value, object,
                      nf_entity_find_member(object->entity, "C.Form_Next"),
                      NULL),
        NF_OK);
    assert_int_equal(value.kind, NF_KIND_OBJECT);
    value.as.object->references--; /* its holder keeps it */
    return value.as.object;
}

/* {v: the object, objects: …}, as one document. */
static nf_status write_form(world *w, side *from, nf_object *object,
                            nf_error *err)
{
    nf_type type = form_type(w);
    nf_value value = {.kind = NF_KIND_OBJECT, .as.object = object};
    size_t document;
    nf_status status;

    nf_buffer_clear(&w->bytes);
    document = nf_put_begin(&w->bytes);
    status =
        nf_shared_value_write(from->shared, &w->bytes, "v", &type, &value, err);
    if (status == NF_OK)
        status =
            nf_shared_objects_write(from->shared, &w->bytes, "objects", err);
    nf_put_end(&w->bytes, document);
    return status;
}

/* Reads such a document; takes what it holds with `take`. */
static nf_status read_form(world *w, side *to, const void *bytes, size_t size,
                           bool take, nf_object **out, nf_error *err)
{
    nf_type type = form_type(w);
    bson_t document, objects;
    bson_iter_t iter;
    nf_value value = nf_empty();
    nf_status status;

    *out = NULL;
    if (!nf_document_open(&document, bytes, size) ||
        !nf_document_part(&document, "objects", &objects) ||
        !bson_iter_init_find(&iter, &document, "v"))
        return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL", "no document");
    status = nf_shared_objects_read(to->shared, &objects, err);
    if (status == NF_OK)
        status =
            nf_shared_value_read(to->shared, &value, "v", &type, &iter, err);
    if (status == NF_OK && take)
        status = nf_shared_objects_take(to->shared, err);
    if (value.kind == NF_KIND_OBJECT)
        *out = value.as.object;
    return status;
}

/* Two forms that refer to each other, and themselves. */
static nf_object *make_circle(world *w, nf_object **second)
{
    nf_object *first = create(&w->here, w->form);

    *second = create(&w->here, w->form);
    set_text(first, "first");
    set_text(*second, "second");
    set(first, "C.Form_Next",
        (nf_value){.kind = NF_KIND_OBJECT, .as.object = *second});
    set(*second, "C.Form_Next",
        (nf_value){.kind = NF_KIND_OBJECT, .as.object = first});
    return first;
}

static void break_circle(nf_object *first, nf_object *second)
{
    set(first, "C.Form_Next", nf_empty());
    set(second, "C.Form_Next", nf_empty());
    nf_object_release(first);
    nf_object_release(second);
}

/* C13: there and back again, and what was known is still the same object. */
static void test_round_trip(void **state)
{
    world *w = *state;
    nf_object *second, *first = make_circle(w, &second), *theirs, *fresh, *back;
    nf_error err = {0};

    assert_int_equal(write_form(w, &w->here, first, &err), NF_OK);
    assert_int_equal(read_form(w, &w->there, w->bytes.data, w->bytes.length,
                               true, &theirs, &err),
                     NF_OK);
    assert_string_equal(text_of(theirs), "first");
    assert_string_equal(text_of(next_of(theirs)), "second");
    assert_ptr_equal(next_of(next_of(theirs)), theirs);

    set_text(theirs, "changed");
    fresh = create(&w->there, w->form);
    set_text(fresh, "fresh");
    set(fresh, "C.Form_Next",
        (nf_value){.kind = NF_KIND_OBJECT, .as.object = theirs});
    assert_int_equal(write_form(w, &w->there, fresh, &err), NF_OK);
    assert_int_equal(read_form(w, &w->here, w->bytes.data, w->bytes.length,
                               false, &back, &err),
                     NF_OK);
    /* Nothing shows before it is taken. */
    assert_string_equal(text_of(first), "first");
    assert_int_equal(nf_shared_objects_take(w->here.shared, &err), NF_OK);
    assert_string_equal(text_of(back), "fresh");
    assert_ptr_equal(next_of(back), first);
    assert_string_equal(text_of(first), "changed");
    assert_ptr_not_equal(back, first);
    assert_ptr_not_equal(back, second);

    nf_object_release(back);
    nf_object_release(theirs);
    nf_object_release(fresh);
    break_circle(first, second);
}

/* C12: whatever leads to a persistable object. */
static void test_persistable(void **state)
{
    world *w = *state;
    nf_object *first = create(&w->here, w->form),
              *second = create(&w->here, w->form);
    nf_error err = {0};
    const nf_member *item = nf_entity_find_member(w->form, "C.Form_Item");

    set(first, "C.Form_Next",
        (nf_value){.kind = NF_KIND_OBJECT, .as.object = second});
    assert_int_equal(
        nf_object_write(second, item->index, nf_id_value(77), &err), NF_OK);
    assert_int_equal(write_form(w, &w->here, first, &err), NF_FAILED);
    assert_string_equal(err.code, "bad_microflow_argument");
    nf_object_release(first);
    nf_object_release(second);
}

/* As much as fits into a message, and no more. */
static void test_too_much(void **state)
{
    world *w = *state;
    nf_type type = text_type;
    size_t length = 3 << 20, document;
    char *text = nf_alloc(length + 1);
    nf_value value;
    nf_error err = {0};
    nf_status status = NF_OK;

    memset(text, 'x', length);
    assert_true(nf_value_text(&value, text, length));
    document = nf_put_begin(&w->bytes);
    for (int i = 0; i < 2; i++) {
        status = nf_shared_value_write(w->here.shared, &w->bytes, "v", &type,
                                       &value, &err);
        assert_int_equal(status, NF_OK);
    }
    status = nf_shared_value_write(w->here.shared, &w->bytes, "v", &type,
                                   &value, &err);
    assert_int_equal(status, NF_FAILED);
    assert_string_equal(err.code, "bad_microflow_argument");
    nf_put_end(&w->bytes, document);
    nf_value_release(&value);
    nf_free(text);
}

/* ---- hostile documents -----------------------------------------------------
 */

static void object(bson_t *array, const char *key, const char *entity,
                   int64_t id, const bson_t *members)
{
    bson_t document;

    BSON_APPEND_DOCUMENT_BEGIN(array, key, &document);
    BSON_APPEND_UTF8(&document, "t", entity);
    BSON_APPEND_INT64(&document, "id", id);
    if (members)
        BSON_APPEND_DOCUMENT(&document, "m", members);
    bson_append_document_end(array, &document);
}

/* Reading fails with SYNC_PROTOCOL, and the caller's object is as it was. */
static void refused(world *w, nf_object *known, const bson_t *objects,
                    int64_t value)
{
    bson_t document = BSON_INITIALIZER;
    nf_object *out;
    nf_error err = {0};

    BSON_APPEND_INT64(&document, "v", value);
    BSON_APPEND_ARRAY(&document, "objects", objects);
    assert_int_equal(read_form(w, &w->here, bson_get_data(&document),
                               document.len, true, &out, &err),
                     NF_FAILED);
    assert_string_equal(err.code, "SYNC_PROTOCOL");
    assert_string_equal(text_of(known), "mine");
    bson_destroy(&document);
}

typedef void (*spoil)(bson_t *objects, int64_t id);

static void no_such_entity(bson_t *objects, int64_t id)
{
    bson_t m = BSON_INITIALIZER;
    (void)id;
    object(objects, "0", "C.Nothing", -5, &m);
    bson_destroy(&m);
}
static void persistable_entity(bson_t *objects, int64_t id)
{
    bson_t m = BSON_INITIALIZER;
    (void)id;
    object(objects, "0", "C.Item", -5, &m);
    bson_destroy(&m);
}
static void other_entity(bson_t *objects, int64_t id)
{
    bson_t m = BSON_INITIALIZER;
    object(objects, "0", "C.Line", id, &m);
    bson_destroy(&m);
}
static void stored_id(bson_t *objects, int64_t id)
{
    bson_t m = BSON_INITIALIZER;
    (void)id;
    object(objects, "0", "C.Form", 5, &m);
    bson_destroy(&m);
}
static void twice(bson_t *objects, int64_t id)
{
    bson_t m = BSON_INITIALIZER;
    object(objects, "0", "C.Form", id, &m);
    object(objects, "1", "C.Form", id, &m);
    bson_destroy(&m);
}
static void no_members(bson_t *objects, int64_t id)
{
    object(objects, "0", "C.Form", id, NULL);
}
static void no_document(bson_t *objects, int64_t id)
{
    BSON_APPEND_INT64(objects, "0", id);
}
static void no_such_member(bson_t *objects, int64_t id)
{
    bson_t m = BSON_INITIALIZER;
    BSON_APPEND_UTF8(&m, "Text", "taken");
    BSON_APPEND_UTF8(&m, "Nothing", "x");
    object(objects, "0", "C.Form", id, &m);
    bson_destroy(&m);
}
static void member_twice(bson_t *objects, int64_t id)
{
    bson_t m = BSON_INITIALIZER;
    BSON_APPEND_UTF8(&m, "Text", "taken");
    BSON_APPEND_UTF8(&m, "Text", "taken");
    object(objects, "0", "C.Form", id, &m);
    bson_destroy(&m);
}
static void wrong_type(bson_t *objects, int64_t id)
{
    bson_t m = BSON_INITIALIZER;
    BSON_APPEND_UTF8(&m, "Text", "taken");
    BSON_APPEND_UTF8(&m, "Amount", "much");
    object(objects, "0", "C.Form", id, &m);
    bson_destroy(&m);
}
static void too_long(bson_t *objects, int64_t id)
{
    bson_t m = BSON_INITIALIZER;
    BSON_APPEND_UTF8(&m, "Text", "more than twenty characters");
    object(objects, "0", "C.Form", id, &m);
    bson_destroy(&m);
}
static void unknown_reference(bson_t *objects, int64_t id)
{
    bson_t m = BSON_INITIALIZER;
    BSON_APPEND_UTF8(&m, "Text", "taken");
    BSON_APPEND_INT64(&m, "C.Form_Next", -99);
    object(objects, "0", "C.Form", id, &m);
    bson_destroy(&m);
}
static void wrong_reference(bson_t *objects, int64_t id)
{
    bson_t m = BSON_INITIALIZER, none = BSON_INITIALIZER;
    BSON_APPEND_UTF8(&m, "Text", "taken");
    BSON_APPEND_INT64(&m, "C.Form_Next", -6);
    object(objects, "0", "C.Form", id, &m);
    object(objects, "1", "C.Line", -6, &none);
    bson_destroy(&m);
    bson_destroy(&none);
}
static void no_list(bson_t *objects, int64_t id)
{
    bson_t m = BSON_INITIALIZER;
    BSON_APPEND_UTF8(&m, "Text", "taken");
    BSON_APPEND_INT64(&m, "C.Form_Lines", id);
    object(objects, "0", "C.Form", id, &m);
    bson_destroy(&m);
}

static void test_hostile(void **state)
{
    static const spoil spoils[] = {
        no_such_entity,  persistable_entity,
        other_entity,    stored_id,
        twice,           no_members,
        no_document,     no_such_member,
        member_twice,    wrong_type,
        too_long,        unknown_reference,
        wrong_reference, no_list,
    };
    world *w = *state;
    nf_error err = {0};

    for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
        nf_object *mine = create(&w->here, w->form);
        bson_t objects = BSON_INITIALIZER;

        set_text(mine, "mine");
        assert_int_equal(write_form(w, &w->here, mine, &err), NF_OK);
        spoils[i](&objects, mine->id);
        refused(w, mine, &objects, mine->id);
        bson_destroy(&objects);
        nf_object_release(mine);
        nf_shared_objects_free(w->here.shared);
        w->here.shared = nf_shared_objects_new(w->here.objects, true, 0);
    }
}

static void read_damaged(world *w, const nf_object *known, const char *bytes,
                         size_t size)
{
    side again = {.objects = w->here.objects};
    nf_object *out;
    nf_error err = {0};

    again.shared = nf_shared_objects_new(again.objects, true, 0);
    assert_non_null(again.shared);
    if (read_form(w, &again, bytes, size, false, &out, &err) == NF_OK && out)
        nf_object_release(out);
    assert_string_equal(text_of(known), "first");
    nf_shared_objects_free(again.shared);
}

/* Every cut and every flipped bit of a reply: refused, or harmless. */
static void test_damaged(void **state)
{
    world *w = *state;
    nf_object *second, *first = make_circle(w, &second), *theirs;
    nf_error err = {0};
    size_t length;
    char *bytes;

    assert_int_equal(write_form(w, &w->here, first, &err), NF_OK);
    assert_int_equal(read_form(w, &w->there, w->bytes.data, w->bytes.length,
                               true, &theirs, &err),
                     NF_OK);
    set_text(theirs, "changed");
    assert_int_equal(write_form(w, &w->there, theirs, &err), NF_OK);
    length = w->bytes.length;
    bytes = nf_alloc(length);
    memcpy(bytes, w->bytes.data, length);
    for (size_t i = 0; i < length; i++)
        read_damaged(w, first, bytes, i);
    for (size_t i = 0; i < length * 8; i++) {
        bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
        read_damaged(w, first, bytes, length);
        bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
    }
    nf_free(bytes);
    nf_object_release(theirs);
    break_circle(first, second);
}

/* Text is not for the other side: neither told (`write` false) nor taken. */
static nf_status keep_text(void *user, const nf_object *object,
                           const nf_member *member, bool write, bool *out,
                           nf_error *err)
{
    const bool *taken = user;

    (void)object;
    (void)err;
    *out = write != *taken || strcmp(member->name, "Text") != 0;
    return NF_OK;
}

/* Domain D97: what the caller may not write is not taken from it, and what it
 * may not read is not told. */
static void test_guarded(void **state)
{
    world *w = *state;
    nf_object *mine = create(&w->here, w->form), *theirs, *back;
    bool taken = true;
    nf_error err = {0};

    set_text(mine, "forged");
    assert_int_equal(write_form(w, &w->here, mine, &err), NF_OK);
    nf_shared_objects_guard(w->there.shared, keep_text, &taken);
    assert_int_equal(read_form(w, &w->there, w->bytes.data, w->bytes.length,
                               true, &theirs, &err),
                     NF_OK);
    assert_string_equal(text_of(theirs), "");
    taken = false;
    set_text(theirs, "secret");
    assert_int_equal(write_form(w, &w->there, theirs, &err), NF_OK);
    assert_null(memmem(w->bytes.data, w->bytes.length, "secret", 6));
    assert_int_equal(read_form(w, &w->here, w->bytes.data, w->bytes.length,
                               true, &back, &err),
                     NF_OK);
    assert_ptr_equal(back, mine);
    assert_string_equal(text_of(mine), "forged");
    nf_object_release(back);
    nf_object_release(theirs);
    nf_object_release(mine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_guarded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_persistable, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_much, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
