/* See helper_shop.h. */
#include "helper_shop.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>

#include <cmocka.h>

static void must(nf_status status, const nf_error *err)
{
    if (status)
        fail_msg("%s: %s", err->code, err->message);
}

int shop_setup(void **state)
{
    shop *s = calloc(1, sizeof *s);
    nf_error err = {0};
    nf_database_options options = {.side = NF_DATABASE_DEVICE};

    *state = s;
    must(nf_model_open(&s->model, NF_SOURCE_DIR "/tests/unit/database/shop.xml",
                       &err),
         &err);
    options.model = s->model;
    must(nf_database_open(&s->database, &options, &err), &err);
    must(nf_device_new(&s->device, s->database, NULL, &err), &err);
    s->objects = nf_objects_new(s->model, nf_device_store(s->device));
    assert_non_null(s->objects);
    s->now = 1773829230456; /* 2026-03-18T10:20:30.456Z */
    s->environment = (nf_environment){.model = s->model,
                                      .language = "en_US",
                                      .clock = nf_clock_fixed(&s->now)};
    return 0;
}

int shop_teardown(void **state)
{
    shop *s = *state;

    nf_objects_free(s->objects);
    nf_device_free(s->device);
    nf_model_close(s->model);
    free(s);
    return 0;
}

const nf_entity *shop_entity(const shop *s, const char *name)
{
    const nf_entity *entity = nf_model_find_entity(s->model, name);

    assert_non_null(entity);
    return entity;
}

const nf_member *shop_member(const nf_entity *entity, const char *name)
{
    const nf_member *member = nf_entity_find_member(entity, name);

    assert_non_null(member);
    return member;
}

nf_object *shop_create(shop *s, const char *entity)
{
    nf_object *object;
    nf_error err = {0};

    must(nf_objects_create(&object, s->objects, shop_entity(s, entity), s->now,
                           &err),
         &err);
    return object;
}

/* Takes over the value. */
void shop_set(nf_object *object, const char *member, nf_value value)
{
    nf_error err = {0};

    must(nf_object_set(object, shop_member(object->entity, member), &value,
                       &err),
         &err);
    nf_value_release(&value);
}

void shop_set_text(nf_object *object, const char *member, const char *text)
{
    nf_value value;

    assert_true(nf_value_text(&value, text, strlen(text)));
    shop_set(object, member, value);
}

void shop_commit(shop *s, nf_object *object)
{
    nf_error err = {0};

    must(nf_objects_commit(s->objects, &object, 1, &err), &err);
}

nf_value shop_get(nf_object *object, const char *member)
{
    nf_value value;
    nf_error err = {0};

    must(nf_object_get(&value, object, shop_member(object->entity, member),
                       &err),
         &err);
    return value;
}
