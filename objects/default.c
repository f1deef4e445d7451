/* Default values of attributes: text of the model to a value (domain D17). A
 * text that does not fit its type counts as no default; the model's check
 * reports it. */
#include "objects/space.h"

#include "base/memory.h"
#include "base/timezone.h"

#include <stdio.h>
#include <stdlib.h>

static const char now_token[] = "[%CurrentDateTime%]";

static bool default_integer(nf_value *out, const char *text)
{
    nf_decimal decimal;
    int64_t number;

    if (!nf_decimal_parse(&decimal, text, strlen(text), false))
        return true;
    if (nf_decimal_to_int(&number, &decimal))
        *out = nf_integer(number);
    nf_decimal_release(&decimal);
    return true;
}

static bool default_decimal(nf_value *out, const char *text)
{
    nf_decimal decimal;

    if (nf_decimal_parse(&decimal, text, strlen(text), false))
        *out = nf_decimal_take(decimal);
    return true;
}

/* yyyy-MM-dd, optionally HH:mm or HH:mm:ss, UTC; or the one token. */
static bool default_datetime(nf_value *out, const char *text, int64_t now)
{
    nf_date date = {.year = 0};
    int year, fields;

    if (!strcmp(text, now_token)) {
        *out = nf_datetime(now);
        return true;
    }
    fields = sscanf(text, "%4d-%2d-%2d%*1[ T]%2d:%2d:%2d", &year, &date.month,
                    &date.day, &date.hour, &date.minute, &date.second);
    if (fields < 3 || date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > nf_date_days_in_month(year, date.month) || date.hour < 0 ||
        date.hour > 23 || date.minute < 0 || date.minute > 59 ||
        date.second < 0 || date.second > 59)
        return true;
    date.year = year;
    *out = nf_datetime(nf_date_to_ms(&date));
    return true;
}

static bool default_text(nf_value *out, const char *text, nf_kind kind)
{
    if (!nf_value_text(out, text, strlen(text)))
        return false;
    out->kind = (uint8_t)kind;
    return true;
}

static bool attribute_default(nf_value *out, const nf_attribute *attribute,
                              int64_t now)
{
    const char *text = attribute->default_value;
    bool given = text && *text && !attribute->calculated && !attribute->system;

    *out = nf_empty();
    switch (attribute->type) {
    case NF_ATTRIBUTE_BOOLEAN:
        *out = nf_boolean(given && !strcmp(text, "true"));
        return true;
    case NF_ATTRIBUTE_AUTONUMBER:
        *out = nf_integer(0);
        return true;
    case NF_ATTRIBUTE_INTEGER:
    case NF_ATTRIBUTE_LONG:
        return !given || default_integer(out, text);
    case NF_ATTRIBUTE_DECIMAL:
        return !given || default_decimal(out, text);
    case NF_ATTRIBUTE_DATETIME:
        return !given || default_datetime(out, text, now);
    case NF_ATTRIBUTE_ENUMERATION:
        return !given || default_text(out, text, NF_KIND_ENUMERATION);
    case NF_ATTRIBUTE_STRING:
    case NF_ATTRIBUTE_HASHED:
        return !given || default_text(out, text, NF_KIND_STRING);
    case NF_ATTRIBUTE_BINARY:
        return true;
    }
    return true;
}

nf_status nf_entity_defaults(nf_value *members, const nf_entity *entity,
                             int64_t now, nf_error *err)
{
    size_t i;

    for (i = 0; i < entity->member_count; i++)
        members[i] = nf_empty();
    for (i = 0; i < entity->member_count; i++)
        if (entity->members[i].attribute &&
            !attribute_default(&members[i], entity->members[i].attribute, now))
            break;
    if (i == entity->member_count)
        return NF_OK;
    while (i)
        nf_value_release(&members[--i]);
    return nf_error_nomem(err);
}

static bool is_now(const nf_attribute *attribute)
{
    return attribute && attribute->type == NF_ATTRIBUTE_DATETIME &&
           attribute->default_value && !attribute->calculated &&
           !attribute->system && !strcmp(attribute->default_value, now_token);
}

const nf_value *nf_objects_defaults(nf_objects *objects,
                                    const nf_entity *entity, int64_t now)
{
    nf_value *members;

    if (!objects->defaults) {
        size_t count = nf_model_entity_count(objects->model);

        objects->defaults = nf_alloc_array(count, sizeof *objects->defaults);
        if (!objects->defaults)
            return NULL;
        objects->default_count = count;
    }
    members = objects->defaults[entity->number];
    if (!members) {
        members = nf_alloc_array(entity->member_count, sizeof *members);
        if (members && nf_entity_defaults(members, entity, now, NULL)) {
            nf_free(members);
            members = NULL;
        }
        objects->defaults[entity->number] = members;
        return members;
    }
    for (size_t i = 0; i < entity->member_count; i++)
        if (is_now(entity->members[i].attribute))
            members[i] = nf_datetime(now);
    return members;
}
