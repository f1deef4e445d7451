/* The changes that an upload is made of: looked up one by one in whatever order
 * they travel, which mostly is that of the change log. Then it is walked. */
#include "base/memory.h"
#include "database/device_internal.h"

struct nf_sent {
    nf_device *device;
    nf_statement *statement;
    /* Between these two there is no change; `at` 0: not searched yet,
     * INT64_MAX: none follows. */
    int64_t from, at;
    nf_change change;
    nf_server_copy copy;
    nf_change none;
    nf_server_copy no_copy;
    /* What change.changed was made from. */
    const nf_entity *entity;
    nf_buffer packed;
};

nf_status nf_sent_open(nf_sent **out, nf_device *device, nf_error *err)
{
    nf_sent *sent;
    nf_status status = nf_change_flush(device, err);

    *out = NULL;
    if (status)
        return status;
    sent = nf_alloc(sizeof *sent);
    if (!sent)
        return nf_error_nomem(err);
    sent->device = device;
    nf_buffer_init(&sent->packed, NF_BUFFER_MAX);
    sent->statement = nf_database_statement(
        device->database,
        "SELECT c.id, c.entity, c.kind, c.mid, c.lseq, c.changed, "
        "o.server_hash, o.rights, o.id FROM _mx_change c LEFT JOIN _mx_object "
        "o ON o.id = c.id WHERE c.id >= ? ORDER BY c.id",
        err);
    if (!sent->statement) {
        nf_sent_close(sent);
        return nf_no_statement(err);
    }
    *out = sent;
    return NF_OK;
}

void nf_sent_close(nf_sent *sent)
{
    if (!sent)
        return;
    nf_database_done(sent->device->database, sent->statement);
    nf_change_dispose(&sent->change);
    nf_buffer_dispose(&sent->packed);
    nf_free(sent);
}

/* Objects that were changed by one flow have the same members changed. */
static nf_status read_changed(nf_sent *sent, const nf_change *head,
                              nf_error *err)
{
    const void *bytes = nf_column_bytes(sent->statement, 5);
    size_t size = nf_column_size(sent->statement, 5);

    if (sent->change.changed && sent->entity == head->entity &&
        sent->packed.length == size &&
        (!size || !memcmp(sent->packed.data, bytes, size)))
        return NF_OK;
    nf_free(sent->change.changed);
    sent->change.changed = NULL;
    sent->entity = head->entity;
    sent->packed.length = 0;
    nf_buffer_add(&sent->packed, bytes, size);
    if (sent->packed.failed)
        return nf_error_nomem(err);
    return nf_member_set_unpack(&sent->change.changed, head->entity, bytes,
                                size, err);
}

static nf_status read_row(nf_sent *sent, nf_error *err)
{
    nf_change head;
    nf_status status =
        nf_change_read_head(&head, sent->device, sent->statement, err);

    if (!status && head.kind == NF_CHANGE_CHANGED) {
        status = read_changed(sent, &head, err);
        head.changed = sent->change.changed;
    } else {
        nf_free(sent->change.changed);
    }
    sent->change = head;
    sent->copy = (nf_server_copy){0};
    if (!status && !nf_column_null(sent->statement, 8))
        status = nf_server_copy_read(&sent->copy, sent->device, head.entity,
                                     sent->statement, 6, err);
    return status;
}

static nf_status step(nf_sent *sent, int64_t from, nf_error *err)
{
    bool row;
    nf_status status =
        nf_database_step(sent->device->database, sent->statement, &row, err);

    sent->from = from;
    sent->at = 0;
    if (!status && row)
        status = read_row(sent, err);
    if (!status)
        sent->at = row ? sent->change.id : INT64_MAX;
    return status;
}

nf_status nf_sent_find(nf_sent *sent, int64_t id, const nf_change **change,
                       const nf_server_copy **copy, nf_error *err)
{
    nf_status status = NF_OK;

    if (sent->at && sent->at < id)
        status = step(sent, sent->at + 1, err);
    if (!status && (!sent->at || id < sent->from || id > sent->at)) {
        nf_statement_reset(sent->statement);
        nf_bind_int(sent->statement, 1, id);
        status = step(sent, id, err);
    }
    sent->none = (nf_change){.id = id};
    *change = sent->at == id ? &sent->change : &sent->none;
    *copy = sent->at == id ? &sent->copy : &sent->no_copy;
    return status;
}
