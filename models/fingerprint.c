/* The fingerprint: SHA-256 over what the model means to data and sync. Two
 * models with the same fingerprint store and exchange the same data. It is made
 * when somebody asks, since a flow without a server needs none. */
#include <pthread.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "models/model_internal.h"

/* What was not hashed yet: a digest takes many short texts slowly. */
typedef struct digest {
    SHA2_CTX state;
    size_t used;
    char bytes[4096];
} digest;

static void flush(digest *d)
{
    SHA256Update(&d->state, (const uint8_t *)d->bytes, d->used);
    d->used = 0;
}

static void put(digest *d, const char *bytes, size_t size)
{
    if (size > sizeof d->bytes - d->used)
        flush(d);
    if (size > sizeof d->bytes) {
        SHA256Update(&d->state, (const uint8_t *)bytes, size);
        return;
    }
    memcpy(d->bytes + d->used, bytes, size);
    d->used += size;
}

static void add(digest *d, const char *label, const char *text)
{
    put(d, label, strlen(label));
    put(d, "=", 1);
    put(d, text, strlen(text) + 1);
}

static void add_number(digest *d, const char *label, int64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)number);
    add(d, label, text);
}

static void add_guid(digest *d, const nf_guid *guid)
{
    char text[NF_GUID_TEXT_SIZE];

    nf_guid_text(guid, text);
    add(d, "guid", text);
}

static void add_attribute(digest *d, const nf_attribute *a)
{
    add(d, "attribute", a->name);
    add_guid(d, &a->guid);
    add_number(d, "type", a->type);
    add_number(d, "length", a->type == NF_ATTRIBUTE_STRING ? a->length : 0);
    add_number(d, "localize", a->localize);
    add_number(d, "calculated", a->calculated);
    add(d, "default", a->default_value);
    add(d, "enumeration", a->enumeration ? a->enumeration->qualified : "");
}

static void add_entity(digest *d, const nf_entity_item *item)
{
    const nf_entity *e = &item->entity;

    add(d, "entity", e->qualified);
    add_guid(d, &e->guid);
    add_number(d, "kind", e->kind);
    add(d, "generalization",
        e->generalization ? e->generalization->qualified : "");
    for (size_t i = 0; i < item->attribute_count; i++)
        add_attribute(d, &item->attributes[i]);
    add_number(d, "owner", item->has_owner);
    add_number(d, "changedBy", item->has_changed_by);
}

static void add_association(digest *d, const nf_association *a)
{
    add(d, "association", a->qualified);
    add_guid(d, &a->guid);
    add(d, "parent", a->parent->qualified);
    add(d, "child", a->child->qualified);
    add_number(d, "set", a->set);
    add_number(d, "both", a->owner_both);
}

static void add_enumeration(digest *d, const nf_enumeration *e)
{
    add(d, "enumeration", e->qualified);
    for (size_t i = 0; i < e->count; i++)
        add(d, "value", e->values[i].name);
}

static void add_profile(digest *d, const nf_profile *p)
{
    add(d, "profile", p->name);
    add(d, "kind", p->kind);
    for (size_t i = 0; i < p->config_count; i++) {
        add(d, "entity", p->configs[i].entity->qualified);
        add_number(d, "mode", p->configs[i].mode);
        add(d, "constraint", p->configs[i].constraint);
    }
}

static int compare_entities(const void *a, const void *b)
{
    return strcmp((*(nf_entity_item *const *)a)->entity.qualified,
                  (*(nf_entity_item *const *)b)->entity.qualified);
}

static int compare_associations(const void *a, const void *b)
{
    return strcmp((*(nf_association *const *)a)->qualified,
                  (*(nf_association *const *)b)->qualified);
}

static int compare_enumerations(const void *a, const void *b)
{
    return strcmp((*(nf_enumeration *const *)a)->qualified,
                  (*(nf_enumeration *const *)b)->qualified);
}

/* A sorted copy, so that the order of units does not matter. */
static void *sorted(const nf_model *model, const void *array, size_t count,
                    int (*compare)(const void *, const void *))
{
    void *copy = nf_arena_array(model->arena, count, sizeof(void *));

    if (copy && count) {
        memcpy(copy, array, count * sizeof(void *));
        qsort(copy, count, sizeof(void *), compare);
    }
    return copy;
}

/* Sorts once; asking later needs no memory. */
nf_status nf_build_fingerprint(nf_model *model, nf_error *err)
{
    model->by_name.entities =
        sorted(model, model->entities, model->entity_count, compare_entities);
    model->by_name.associations =
        sorted(model, model->associations, model->association_count,
               compare_associations);
    model->by_name.enumerations =
        sorted(model, model->enumerations, model->enumeration_count,
               compare_enumerations);
    return model->by_name.entities && model->by_name.associations &&
                   model->by_name.enumerations
               ? NF_OK
               : nf_error_nomem(err);
}

static void make(nf_model *model)
{
    digest d = {.used = 0};

    SHA256Init(&d.state);
    add_number(&d, "scale", model->settings.decimal_scale);
    for (size_t i = 0; i < model->entity_count; i++)
        add_entity(&d, model->by_name.entities[i]);
    for (size_t i = 0; i < model->association_count; i++)
        add_association(&d, model->by_name.associations[i]);
    for (size_t i = 0; i < model->enumeration_count; i++)
        add_enumeration(&d, model->by_name.enumerations[i]);
    for (size_t i = 0; i < model->profile_count; i++)
        add_profile(&d, &model->profiles[i]);
    flush(&d);
    SHA256Final(model->fingerprint, &d.state);
}

const uint8_t *nf_model_fingerprint(const nf_model *model)
{
    nf_model *self = (nf_model *)(uintptr_t)model; /* made once, locked */

    pthread_mutex_lock(&self->lock);
    if (!self->fingerprinted) {
        make(self);
        self->fingerprinted = true;
    }
    pthread_mutex_unlock(&self->lock);
    return self->fingerprint;
}
