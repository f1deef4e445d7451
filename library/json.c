/* Values to JSON (design §5). Numbers never go through double: Integers beyond
 * 2^53, Decimals and guids are strings. */
#include "library/json.h"

#include "base/json.h"
#include "base/memory.h"
#include "interpreter/bindings.h"
#include "library/base64.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const int64_t exact_double = (int64_t)1 << 53;

void nf_guid_digits(int64_t id, char text[NF_GUID_DIGITS])
{
    snprintf(text, NF_GUID_DIGITS, "%" PRIu64, (uint64_t)id);
}

bool nf_guid_read(int64_t *out, const char *text)
{
    uint64_t value = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        unsigned d = (unsigned)(*text - '0');
        if (value > (UINT64_MAX - d) / 10)
            return false;
        value = value * 10 + d;
    }
    *out = (int64_t)value;
    return true;
}

void nf_json_text(json_object *object, const char *key, const char *text)
{
    json_object_object_add(object, key,
                           text ? json_object_new_string(text) : NULL);
}

json_object *nf_json_new_guid(int64_t id)
{
    char text[NF_GUID_DIGITS];
    nf_guid_digits(id, text);
    return json_object_new_string(text);
}

void nf_json_guid(json_object *object, const char *key, int64_t id)
{
    json_object_object_add(object, key, nf_json_new_guid(id));
}

static json_object *new_text(const nf_string *text)
{
    if (text->length > INT32_MAX)
        return nf_json_made(NULL);
    return json_object_new_string_len(text->text, (int)text->length);
}

static json_object *new_integer(int64_t value)
{
    char text[32];
    if (value < exact_double && value > -exact_double)
        return json_object_new_int64(value);
    snprintf(text, sizeof text, "%" PRId64, value);
    return json_object_new_string(text);
}

static json_object *new_decimal(const nf_value *value)
{
    nf_decimal decimal = nf_value_decimal(value);
    size_t length = nf_decimal_format(&decimal, NULL, 0);
    char *text = nf_alloc(length + 1);
    json_object *json = NULL;
    if (text && nf_decimal_format(&decimal, text, length + 1) == length)
        json = json_object_new_string(text);
    else
        nf_json_lacks();
    nf_free(text);
    return json;
}

static json_object *new_datetime(int64_t instant)
{
    char text[32];
    nf_instant_format(instant, text);
    return json_object_new_string(text);
}

static json_object *new_binary(const nf_string *bytes)
{
    char *text = nf_base64_encode(bytes->text, bytes->length);
    json_object *json =
        nf_json_made(text ? json_object_new_string(text) : NULL);
    nf_free(text);
    return json;
}

static json_object *new_ids(const nf_string *packed)
{
    json_object *array = json_object_new_array();
    size_t count = packed->length / sizeof(int64_t);
    for (size_t i = 0; array && i < count; i++) {
        int64_t id;
        memcpy(&id, packed->text + i * sizeof id, sizeof id);
        json_object_array_add(array, nf_json_new_guid(id));
    }
    return array;
}

static json_object *new_list(nf_list *list)
{
    json_object *array = json_object_new_array();
    size_t count = nf_list_count(list);
    for (size_t i = 0; array && i < count; i++)
        json_object_array_add(array, nf_json_object(list->items[i]));
    return array;
}

json_object *nf_json_value(const nf_value *value)
{
    switch (value->kind) {
    case NF_KIND_BOOLEAN:
        return json_object_new_boolean(value->as.boolean);
    case NF_KIND_INTEGER:
        return new_integer(value->as.integer);
    case NF_KIND_DECIMAL:
        return new_decimal(value);
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
        return new_text(value->as.string);
    case NF_KIND_DATETIME:
        return new_datetime(value->as.integer);
    case NF_KIND_BINARY:
        return new_binary(value->as.string);
    case NF_KIND_ID:
        return nf_json_new_guid(value->as.integer);
    case NF_KIND_IDS:
        return new_ids(value->as.string);
    case NF_KIND_OBJECT:
        return value->as.object->removed ? NULL
                                         : nf_json_object(value->as.object);
    case NF_KIND_LIST:
        return new_list(value->as.list);
    default:
        return NULL;
    }
}

static int by_group_and_name(const void *a, const void *b)
{
    const nf_member *x = *(const nf_member *const *)a;
    const nf_member *y = *(const nf_member *const *)b;
    if (!x->attribute != !y->attribute)
        return x->attribute ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* The members that are shown, in their order; nf_free. */
static const nf_member **shown_members(const nf_entity *entity, bool ends,
                                       size_t *count)
{
    const nf_member **sorted =
        nf_alloc_array(entity->member_count + 1, sizeof *sorted);
    *count = 0;
    for (size_t i = 0; sorted && i < entity->member_count; i++) {
        const nf_member *m = &entity->members[i];
        if (m->attribute ? m->attribute->type == NF_ATTRIBUTE_HASHED ||
                               m->attribute->type == NF_ATTRIBUTE_BINARY
                         : m->child_end && !ends)
            continue;
        sorted[(*count)++] = m;
    }
    if (sorted)
        qsort(sorted, *count, sizeof *sorted, by_group_and_name);
    return sorted;
}

bool nf_json_members(json_object *out, const nf_entity *entity,
                     const nf_value *members, bool empty)
{
    size_t count;
    const nf_member **sorted = shown_members(entity, false, &count);
    for (size_t i = 0; sorted && i < count; i++) {
        const nf_value *value = &members[sorted[i]->index];
        if (value->kind == NF_KIND_EMPTY && !empty)
            continue;
        json_object *json = nf_json_value(value);
        if (!json && value->kind != NF_KIND_EMPTY) {
            nf_free(sorted);
            return false;
        }
        json_object_object_add(out, sorted[i]->name, json);
    }
    bool ok = sorted != NULL;
    nf_free(sorted);
    return ok;
}

/* A reference whose target has left reads as empty (synchronize S122); an
 * object that is deleted itself shows what it last held. */
static json_object *member_json(nf_object *object, const nf_member *member)
{
    nf_value value = nf_empty();
    json_object *json = NULL;
    if (member->attribute || object->state == NF_OBJECT_DELETED)
        return nf_json_value(&object->members[member->index]);
    if (nf_object_get(&value, object, member, NULL) != NF_OK)
        return nf_json_made(NULL);
    if (value.kind == NF_KIND_OBJECT) {
        json = nf_json_new_guid(value.as.object->id);
    } else if (value.kind == NF_KIND_LIST) {
        size_t count = nf_list_count(value.as.list);
        json = json_object_new_array();
        for (size_t i = 0; json && i < count; i++)
            json_object_array_add(
                json, nf_json_new_guid(value.as.list->items[i]->id));
    }
    nf_value_release(&value);
    return json;
}

json_object *nf_json_object(nf_object *object)
{
    size_t count;
    json_object *json = json_object_new_object();
    json_object *members = json_object_new_object();
    const nf_member **sorted = shown_members(object->entity, true, &count);
    if (!sorted)
        nf_json_lacks();
    nf_json_text(json, "entity", object->entity->qualified);
    nf_json_guid(json, "id", object->id);
    nf_json_text(json, "state", nf_object_state_name(object->state));
    for (size_t i = 0; sorted && i < count; i++)
        if (!sorted[i]->child_end ||
            nf_entity_find_member(object->entity, sorted[i]->name) == sorted[i])
            json_object_object_add(members, sorted[i]->name,
                                   member_json(object, sorted[i]));
    json_object_object_add(json, "members", members);
    nf_free(sorted);
    return json;
}

char *nf_json_print(json_object *json, bool pretty)
{
    if (!json)
        return nf_strdup("null");
    return nf_json_text_of(json, pretty ? NF_JSON_PRETTY : NF_JSON_LINE);
}
