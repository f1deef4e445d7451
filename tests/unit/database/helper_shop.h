/* The fixture of these tests: a small shop, a database of it and a device. */
#ifndef NF_TESTS_HELPER_SHOP_H
#define NF_TESTS_HELPER_SHOP_H

#include "database/device.h"
#include "database/xpath.h"

typedef struct shop {
    nf_model *model;
    nf_device *device;
    nf_database *database; /* the device's */
    nf_objects *objects;
    nf_environment environment;
    int64_t now;
} shop;

int shop_setup(void **state);
int shop_teardown(void **state);
const nf_entity *shop_entity(const shop *s, const char *name);
const nf_member *shop_member(const nf_entity *entity, const char *name);
nf_object *shop_create(shop *s, const char *entity);
void shop_set(nf_object *object, const char *member, nf_value value);
void shop_set_text(nf_object *object, const char *member, const char *text);
void shop_commit(shop *s, nf_object *object);
nf_value shop_get(nf_object *object, const char *member);

#endif
