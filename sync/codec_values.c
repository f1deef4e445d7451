/* Member values on the wire (synchronize W24, W25). Types are taken strictly:
 * a value of another type is OBJ_VALUE of that object, never converted. */
#include "base/memory.h"
#include "sync/codec.h"
#include "sync/document.h"

bool nf_member_is_managed(const nf_member *member)
{
    const nf_attribute *attribute = member->attribute;
    if (!attribute)
        return member->association->system;
    return attribute->system || attribute->calculated ||
           attribute->type == NF_ATTRIBUTE_AUTONUMBER ||
           attribute->type == NF_ATTRIBUTE_HASHED;
}

static bool write_text(nf_buffer *to, const char *key, const nf_string *text)
{
    if (text->length <= NF_SYNC_STRING_MAX)
        nf_put_text(to, key, text->text, text->length);
    return text->length <= NF_SYNC_STRING_MAX;
}

static bool write_decimal(nf_buffer *to, const char *key, const nf_value *value)
{
    nf_decimal decimal = nf_value_decimal(value);
    char small[64], *text;
    size_t length = nf_decimal_format(&decimal, small, sizeof small);

    if (length < sizeof small) {
        nf_put_text(to, key, small, length);
        return true;
    }
    text = nf_alloc(length + 1);
    if (!text)
        return false;
    nf_decimal_format(&decimal, text, length + 1);
    nf_put_text(to, key, text, length);
    nf_free(text);
    return true;
}

static void write_ids(nf_buffer *to, const char *key, const nf_string *ids)
{
    size_t count = ids ? ids->length / sizeof(int64_t) : 0;
    size_t array = nf_put_array(to, key);

    for (size_t i = 0; i < count; i++) {
        char buffer[16];
        const char *index;
        int64_t id;
        bson_uint32_to_string((uint32_t)i, &index, buffer, sizeof buffer);
        memcpy(&id, ids->text + i * sizeof id, sizeof id);
        nf_put_int64(to, index, id);
    }
    nf_put_end(to, array);
}

static bool write_binary(nf_buffer *to, const char *key, const nf_string *bytes)
{
    if (bytes->length <= NF_SYNC_STRING_MAX)
        nf_put_binary(to, key, bytes->text, bytes->length);
    return bytes->length <= NF_SYNC_STRING_MAX;
}

static void write_empty(nf_buffer *to, const nf_member *member)
{
    if (member->association && member->type.kind == NF_KIND_LIST)
        write_ids(to, member->name, NULL);
    else
        nf_put_null(to, member->name);
}

static bool write_value(nf_buffer *to, const nf_member *member,
                        const nf_value *value)
{
    const char *key = member->name;

    switch (value->kind) {
    case NF_KIND_BOOLEAN:
        nf_put_bool(to, key, value->as.boolean);
        return true;
    case NF_KIND_INTEGER:
        if (member->attribute &&
            member->attribute->type == NF_ATTRIBUTE_DECIMAL)
            return write_decimal(to, key, value);
        nf_put_int64(to, key, value->as.integer);
        return true;
    case NF_KIND_ID:
        if (value->as.integer)
            nf_put_int64(to, key, value->as.integer);
        else
            nf_put_null(to, key);
        return true;
    case NF_KIND_DECIMAL:
        return write_decimal(to, key, value);
    case NF_KIND_DATETIME:
        nf_put_date(to, key, value->as.integer);
        return true;
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
        return write_text(to, key, value->as.string);
    case NF_KIND_BINARY:
        return write_binary(to, key, value->as.string);
    case NF_KIND_IDS:
        write_ids(to, key, value->as.string);
        return true;
    default:
        return false;
    }
}

bool nf_member_write(nf_buffer *to, const nf_member *member,
                     const nf_value *value)
{
    if (value->kind == NF_KIND_EMPTY)
        write_empty(to, member);
    else if (!write_value(to, member, value))
        return false;
    return !to->failed;
}

/* ---- reading ----------------------------------------------------------- */

static nf_status bad_value(const nf_member *member, nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "OBJ_VALUE",
                        "the value of '%s' is not of its type", member->name);
}

static nf_status read_ids(nf_value *out, const nf_member *member,
                          const bson_iter_t *iter, nf_error *err)
{
    bson_iter_t item;
    size_t count = 0;
    nf_string *ids;
    int64_t previous = 0;

    if (!BSON_ITER_HOLDS_ARRAY(iter) || !bson_iter_recurse(iter, &item))
        return bad_value(member, err);
    while (bson_iter_next(&item))
        count++;
    if (count == 0)
        return NF_OK;
    ids = nf_string_alloc(count * sizeof(int64_t));
    if (!ids)
        return nf_error_nomem(err);
    *out = (nf_value){.kind = NF_KIND_IDS, .as.string = ids};
    bson_iter_recurse(iter, &item);
    for (size_t i = 0; bson_iter_next(&item); i++) {
        int64_t id = BSON_ITER_HOLDS_INT64(&item) ? bson_iter_int64(&item) : 0;
        if (id <= previous) /* ascending, each once */
            return bad_value(member, err);
        memcpy(ids->text + i * sizeof id, &id, sizeof id);
        previous = id;
    }
    return NF_OK;
}

static nf_status read_association(nf_value *out, const nf_member *member,
                                  const bson_iter_t *iter, nf_error *err)
{
    if (member->type.kind == NF_KIND_LIST)
        return read_ids(out, member, iter, err);
    if (!BSON_ITER_HOLDS_INT64(iter) || bson_iter_int64(iter) <= 0)
        return bad_value(member, err);
    *out = nf_id_value(bson_iter_int64(iter));
    return NF_OK;
}

static nf_status read_text(nf_value *out, const nf_member *member,
                           const bson_iter_t *iter, nf_error *err)
{
    uint32_t length = 0;
    const char *text;
    nf_decimal decimal;

    if (!BSON_ITER_HOLDS_UTF8(iter))
        return bad_value(member, err);
    text = bson_iter_utf8(iter, &length);
    if (length > NF_SYNC_STRING_MAX)
        return bad_value(member, err);
    if (member->attribute->type == NF_ATTRIBUTE_DECIMAL) {
        if (!nf_decimal_parse(&decimal, text, length, false))
            return bad_value(member, err);
        *out = nf_decimal_take(decimal);
        return NF_OK;
    }
    if (!nf_value_text(out, text, length))
        return nf_error_nomem(err);
    if (member->attribute->type == NF_ATTRIBUTE_ENUMERATION)
        out->kind = NF_KIND_ENUMERATION;
    return NF_OK;
}

static nf_status read_binary(nf_value *out, const nf_member *member,
                             const bson_iter_t *iter, nf_error *err)
{
    bson_subtype_t subtype;
    uint32_t length = 0;
    const uint8_t *bytes = NULL;

    if (!BSON_ITER_HOLDS_BINARY(iter))
        return bad_value(member, err);
    bson_iter_binary(iter, &subtype, &length, &bytes);
    if (!bytes || !nf_value_text(out, (const char *)bytes, length))
        return nf_error_nomem(err);
    out->kind = NF_KIND_BINARY;
    return NF_OK;
}

nf_status nf_attribute_read(nf_value *out, const nf_member *member,
                            const bson_iter_t *iter, nf_error *err)
{
    switch (member->attribute->type) {
    case NF_ATTRIBUTE_INTEGER:
    case NF_ATTRIBUTE_LONG:
    case NF_ATTRIBUTE_AUTONUMBER:
        if (!BSON_ITER_HOLDS_INT64(iter))
            return bad_value(member, err);
        *out = nf_integer(bson_iter_int64(iter));
        return NF_OK;
    case NF_ATTRIBUTE_BOOLEAN:
        if (!BSON_ITER_HOLDS_BOOL(iter))
            return bad_value(member, err);
        *out = nf_boolean(bson_iter_bool(iter));
        return NF_OK;
    case NF_ATTRIBUTE_DATETIME:
        if (!BSON_ITER_HOLDS_DATE_TIME(iter))
            return bad_value(member, err);
        *out = nf_datetime(bson_iter_date_time(iter));
        return NF_OK;
    case NF_ATTRIBUTE_BINARY:
        return read_binary(out, member, iter, err);
    default:
        return read_text(out, member, iter, err);
    }
}

/* The member with a name, first where it probably is: members travel in their
 * order. W25: attributes by name alone, associations qualified. */
static const nf_member *find_member(const nf_entity *entity, const char *name,
                                    size_t *next)
{
    const nf_member *member;

    for (size_t i = *next; i < entity->member_count && i < *next + 2; i++) {
        member = &entity->members[i];
        if (!member->child_end && !strcmp(member->name, name)) {
            *next = i + 1;
            return member;
        }
    }
    member = nf_entity_find_member(entity, name);
    if (!member || strcmp(member->name, name) != 0)
        return NULL;
    *next = member->index + 1;
    return member;
}

static nf_status read_member(nf_value *values, uint64_t *given,
                             const nf_member *member, const bson_iter_t *iter,
                             nf_error *err)
{
    nf_value *value;

    if (nf_bits_has(given, member->index))
        return nf_error_set(err, NF_FAILED, "OBJ_VALUE",
                            "the member '%s' occurs twice", member->name);
    nf_bits_add(given, member->index);
    value = &values[member->index];
    if (BSON_ITER_HOLDS_NULL(iter))
        return member->type.kind == NF_KIND_BOOLEAN ? bad_value(member, err)
                                                    : NF_OK;
    return member->association ? read_association(value, member, iter, err)
                               : nf_attribute_read(value, member, iter, err);
}

static nf_status read_members(nf_value *values, uint64_t *given,
                              const nf_entity *entity, const bson_t *members,
                              bool strict, nf_error *err)
{
    bson_iter_t iter;
    size_t next = 0;
    nf_status status = NF_OK;

    if (!bson_iter_init(&iter, members))
        return nf_error_nomem(err);
    while (status == NF_OK && bson_iter_next(&iter)) {
        const nf_member *member =
            find_member(entity, bson_iter_key(&iter), &next);
        if (member)
            status = read_member(values, given, member, &iter, err);
        else if (strict)
            status = nf_error_set(err, NF_FAILED, "OBJ_UNKNOWN_MEMBER",
                                  "'%s' has no member '%.200s'",
                                  entity->qualified, bson_iter_key(&iter));
    }
    return status;
}

nf_status nf_members_read(nf_value *values, uint64_t *given,
                          const nf_entity *entity, const bson_t *members,
                          nf_error *err)
{
    return read_members(values, given, entity, members, true, err);
}

nf_status nf_known_members_read(nf_value *values, uint64_t *given,
                                const nf_entity *entity, const bson_t *members,
                                nf_error *err)
{
    return read_members(values, given, entity, members, false, err);
}

static nf_status read_names(uint64_t *bits, const nf_entity *entity,
                            const bson_t *names, bool strict, nf_error *err)
{
    bson_iter_t iter;

    if (!bson_iter_init(&iter, names))
        return nf_error_nomem(err);
    while (bson_iter_next(&iter)) {
        uint32_t length = 0;
        const char *name =
            BSON_ITER_HOLDS_UTF8(&iter) ? bson_iter_utf8(&iter, &length) : "";
        const nf_member *member = nf_entity_find_member_n(entity, name, length);
        if (!member && (strict || !BSON_ITER_HOLDS_UTF8(&iter)))
            return nf_error_set(err, NF_FAILED, "OBJ_UNKNOWN_MEMBER",
                                "'%s' has no member '%.200s'",
                                entity->qualified, name);
        if (member)
            nf_bits_add(bits, member->index);
    }
    return NF_OK;
}

nf_status nf_names_read(uint64_t *bits, const nf_entity *entity,
                        const bson_t *names, nf_error *err)
{
    return read_names(bits, entity, names, true, err);
}

nf_status nf_known_names_read(uint64_t *bits, const nf_entity *entity,
                              const bson_t *names, nf_error *err)
{
    return read_names(bits, entity, names, false, err);
}

bool nf_names_put(nf_buffer *to, const char *key, const nf_entity *entity,
                  const uint64_t *bits)
{
    size_t array = nf_put_array(to, key);
    uint32_t count = 0;

    for (size_t i = 0; i < entity->member_count; i++) {
        const char *name = entity->members[i].name, *index;
        char buffer[16];

        if (!nf_bits_has(bits, i))
            continue;
        bson_uint32_to_string(count++, &index, buffer, sizeof buffer);
        nf_put_text(to, index, name, strlen(name));
    }
    nf_put_end(to, array);
    return !to->failed;
}
