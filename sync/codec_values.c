/* Member values on the wire (synchronize W24, W25). Types are taken strictly:
 * a value of another type is OBJ_VALUE of that object, never converted. */
#include "base/memory.h"
#include "sync/codec.h"

bool nf_member_is_managed(const nf_member *member)
{
    const nf_attribute *attribute = member->attribute;
    if (!attribute)
        return member->association->system;
    return attribute->system || attribute->calculated ||
           attribute->type == NF_ATTRIBUTE_AUTONUMBER ||
           attribute->type == NF_ATTRIBUTE_HASHED;
}

static bool write_text(bson_t *to, const char *key, const nf_string *text)
{
    return text->length <= NF_SYNC_STRING_MAX &&
           bson_append_utf8(to, key, -1, text->text, (int)text->length);
}

static bool write_decimal(bson_t *to, const char *key, const nf_value *value)
{
    nf_decimal decimal = nf_value_decimal(value);
    char small[64], *text;
    size_t length = nf_decimal_format(&decimal, small, sizeof small);
    bool ok;

    if (length < sizeof small)
        return bson_append_utf8(to, key, -1, small, (int)length);
    text = nf_alloc(length + 1);
    ok = text != NULL;

    if (ok) {
        nf_decimal_format(&decimal, text, length + 1);
        ok = bson_append_utf8(to, key, -1, text, (int)length);
    }
    nf_free(text);
    return ok;
}

static bool write_ids(bson_t *to, const char *key, const nf_string *ids)
{
    bson_t array;
    size_t count = ids ? ids->length / sizeof(int64_t) : 0;
    bool ok = bson_append_array_begin(to, key, -1, &array);

    for (size_t i = 0; ok && i < count; i++) {
        char buffer[16];
        const char *index;
        int64_t id;
        bson_uint32_to_string((uint32_t)i, &index, buffer, sizeof buffer);
        memcpy(&id, ids->text + i * sizeof id, sizeof id);
        ok = bson_append_int64(&array, index, -1, id);
    }
    return ok && bson_append_array_end(to, &array);
}

bool nf_member_write(bson_t *to, const nf_member *member, const nf_value *value)
{
    const char *key = member->name;
    bool set = member->association && member->type.kind == NF_KIND_LIST;

    switch (value->kind) {
    case NF_KIND_EMPTY:
        return set ? write_ids(to, key, NULL) : bson_append_null(to, key, -1);
    case NF_KIND_BOOLEAN:
        return bson_append_bool(to, key, -1, value->as.boolean);
    case NF_KIND_INTEGER:
        if (member->attribute &&
            member->attribute->type == NF_ATTRIBUTE_DECIMAL)
            return write_decimal(to, key, value);
        return bson_append_int64(to, key, -1, value->as.integer);
    case NF_KIND_ID:
        return value->as.integer
                   ? bson_append_int64(to, key, -1, value->as.integer)
                   : bson_append_null(to, key, -1);
    case NF_KIND_DECIMAL:
        return write_decimal(to, key, value);
    case NF_KIND_DATETIME:
        return bson_append_date_time(to, key, -1, value->as.integer);
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
        return write_text(to, key, value->as.string);
    case NF_KIND_BINARY:
        return value->as.string->length <= NF_SYNC_STRING_MAX &&
               bson_append_binary(to, key, -1, BSON_SUBTYPE_BINARY,
                                  (const uint8_t *)value->as.string->text,
                                  (uint32_t)value->as.string->length);
    case NF_KIND_IDS:
        return write_ids(to, key, value->as.string);
    default:
        return false;
    }
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

static nf_status read_attribute(nf_value *out, const nf_member *member,
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
                               : read_attribute(value, member, iter, err);
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

bool nf_names_write(bson_t *to, const char *key, const nf_entity *entity,
                    const uint64_t *bits)
{
    bson_t array;
    uint32_t count = 0;
    bool ok = bson_append_array_begin(to, key, -1, &array);

    for (size_t i = 0; ok && i < entity->member_count; i++) {
        char buffer[16];
        const char *index;
        if (!nf_bits_has(bits, i))
            continue;
        bson_uint32_to_string(count++, &index, buffer, sizeof buffer);
        ok = bson_append_utf8(&array, index, -1, entity->members[i].name, -1);
    }
    return ok && bson_append_array_end(to, &array);
}
