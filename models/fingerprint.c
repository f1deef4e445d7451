/* The fingerprint: SHA-256 over what the model means to data and sync. Two
 * models with the same fingerprint store and exchange the same data. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "models/model_internal.h"
#include "base/digest.h"

/* All texts in a row; a digest takes many short ones slowly. */
static void add(nf_buffer *d, const char *label, const char *text)
{
    nf_buffer_text(d, label);
    nf_buffer_char(d, '=');
    nf_buffer_add(d, text, strlen(text) + 1);
}

static void add_number(nf_buffer *d, const char *label, int64_t number)
{
    nf_buffer_text(d, label);
    nf_buffer_char(d, '=');
    nf_buffer_integer(d, number, 0);
    nf_buffer_char(d, '\0');
}

static void add_guid(nf_buffer *d, const nf_guid *guid)
{
    char text[NF_GUID_TEXT_SIZE];

    nf_guid_text(guid, text);
    add(d, "guid", text);
}

static void add_attribute(nf_buffer *d, const nf_attribute *a)
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

static void add_entity(nf_buffer *d, const nf_entity_item *item)
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

static void add_association(nf_buffer *d, const nf_association *a)
{
    add(d, "association", a->qualified);
    add_guid(d, &a->guid);
    add(d, "parent", a->parent->qualified);
    add(d, "child", a->child->qualified);
    add_number(d, "set", a->set);
    add_number(d, "both", a->owner_both);
}

static void add_enumeration(nf_buffer *d, const nf_enumeration *e)
{
    add(d, "enumeration", e->qualified);
    for (size_t i = 0; i < e->count; i++)
        add(d, "value", e->values[i].name);
}

static void add_profile(nf_buffer *d, const nf_profile *p)
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

nf_status nf_build_fingerprint(nf_model *model, nf_error *err)
{
    nf_entity_item **entities =
        sorted(model, model->entities, model->entity_count, compare_entities);
    nf_association **associations =
        sorted(model, model->associations, model->association_count,
               compare_associations);
    nf_enumeration **enumerations =
        sorted(model, model->enumerations, model->enumeration_count,
               compare_enumerations);
    nf_status status = NF_OK;
    nf_buffer d;

    if (!entities || !associations || !enumerations)
        return nf_error_nomem(err);
    nf_buffer_init(&d, NF_BUFFER_MAX);
    add_number(&d, "scale", model->settings.decimal_scale);
    for (size_t i = 0; i < model->entity_count; i++)
        add_entity(&d, entities[i]);
    for (size_t i = 0; i < model->association_count; i++)
        add_association(&d, associations[i]);
    for (size_t i = 0; i < model->enumeration_count; i++)
        add_enumeration(&d, enumerations[i]);
    for (size_t i = 0; i < model->profile_count; i++)
        add_profile(&d, &model->profiles[i]);
    if (d.failed || !nf_digest_once(model->fingerprint, d.data, d.length))
        status = nf_error_nomem(err);
    nf_buffer_dispose(&d);
    return status;
}
