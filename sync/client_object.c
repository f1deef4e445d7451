/* An `obj` record as values of an entity's members (synchronize S58, W25).
 * Objects of one entity come one after the other and most have the same
 * rights, so what was resolved for one serves the next. */
#include "sync/client.h"

static void release(nf_incoming *incoming)
{
    for (size_t i = 0; incoming->values && i < incoming->entity->member_count;
         i++) {
        nf_value_release(&incoming->values[i]);
        incoming->values[i] = nf_empty();
    }
}

void nf_incoming_dispose(nf_incoming *incoming)
{
    release(incoming);
    nf_free(incoming->values);
    nf_free(incoming->given);
    nf_free(incoming->read_only);
    nf_free(incoming->inaccessible);
    nf_buffer_dispose(&incoming->lists);
    *incoming = (nf_incoming){0};
}

static nf_status take_entity(nf_incoming *incoming, const nf_entity *entity,
                             nf_error *err)
{
    if (incoming->entity == entity)
        return NF_OK;
    nf_incoming_dispose(incoming);
    incoming->entity = entity;
    nf_buffer_init(&incoming->lists, NF_SYNC_DOCUMENT_MAX);
    incoming->values =
        nf_alloc_array(entity->member_count + 1, sizeof *incoming->values);
    incoming->given = nf_member_set_new(entity);
    incoming->read_only = nf_member_set_new(entity);
    incoming->inaccessible = nf_member_set_new(entity);
    return incoming->values && incoming->given && incoming->read_only &&
                   incoming->inaccessible
               ? NF_OK
               : nf_error_nomem(err);
}

static bool same_list(const bson_t *list, const char *bytes, size_t length)
{
    return list->len == length && !memcmp(bson_get_data(list), bytes, length);
}

/* The member sets of `ro` and `na`, unless the last object had the same. */
static nf_status take_rights(nf_incoming *incoming, const nf_wire *record,
                             nf_error *err)
{
    const bson_t *ro = &record->read_only, *na = &record->inaccessible;
    nf_buffer *lists = &incoming->lists;
    size_t size = nf_bits_words(incoming->entity->member_count) * 8;
    nf_status status;

    if (lists->length > 0 && lists->length == ro->len + na->len &&
        same_list(ro, lists->data, ro->len) &&
        same_list(na, lists->data + ro->len, na->len))
        return NF_OK;
    nf_buffer_clear(lists);
    memset(incoming->read_only, 0, size);
    memset(incoming->inaccessible, 0, size);
    status =
        nf_known_names_read(incoming->read_only, incoming->entity, ro, err);
    if (status == NF_OK)
        status = nf_known_names_read(incoming->inaccessible, incoming->entity,
                                     na, err);
    if (status != NF_OK)
        return status;
    nf_buffer_add(lists, bson_get_data(ro), ro->len);
    nf_buffer_add(lists, bson_get_data(na), na->len);
    return lists->failed ? nf_error_nomem(err) : NF_OK;
}

nf_status nf_incoming_read(nf_incoming *incoming, const nf_entity *entity,
                           const nf_wire *record, nf_error *err)
{
    size_t size = nf_bits_words(entity->member_count) * 8;
    nf_status status;

    if (incoming->entity)
        release(incoming);
    status = take_entity(incoming, entity, err);
    if (status != NF_OK)
        return status;
    memset(incoming->given, 0, size);
    status = nf_known_members_read(incoming->values, incoming->given, entity,
                                   &record->members, err);
    if (status == NF_OK)
        status = take_rights(incoming, record, err);
    /* A Boolean has no empty value, also where it may not be read. */
    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++) {
        if (incoming->values[i].kind == NF_KIND_EMPTY &&
            entity->members[i].type.kind == NF_KIND_BOOLEAN)
            incoming->values[i] = nf_boolean(false);
    }
    return status;
}
