/* Rights on members as the server told them: few classes, which many objects
 * share (domain D133). */
#include "base/memory.h"
#include "database/device_internal.h"

static nf_status pack_rights(nf_buffer *out, const nf_entity *entity,
                             const uint64_t *set, nf_error *err)
{
    nf_buffer_init(out, NF_BUFFER_MAX);
    return set ? nf_member_set_pack(out, entity, set, err) : NF_OK;
}

/* No members are stored as no bytes, which is not NULL. */
static const void *bytes_of(const nf_buffer *b)
{
    return b->length ? b->data : "";
}

static nf_status find_class(nf_device *device, int64_t entity,
                            const nf_buffer *inaccessible,
                            const nf_buffer *readonly, int64_t *out,
                            nf_error *err)
{
    bool found;

    return nf_database_query_number(
        device->database, out, &found, err,
        "SELECT class FROM _mx_right_class WHERE entity = ? AND inaccessible "
        "= ? AND readonly = ?",
        "ibb", entity, bytes_of(inaccessible), inaccessible->length,
        bytes_of(readonly), readonly->length);
}

static nf_status add_class(nf_device *device, int64_t entity,
                           const nf_buffer *inaccessible,
                           const nf_buffer *readonly, int64_t *out,
                           nf_error *err)
{
    nf_status status = nf_database_write(
        device->database, err,
        "INSERT INTO _mx_right_class(entity, inaccessible, readonly) "
        "VALUES(?, ?, ?)",
        "ibb", entity, bytes_of(inaccessible), inaccessible->length,
        bytes_of(readonly), readonly->length);

    *out = sqlite3_last_insert_rowid(device->database->handle);
    device->has_rights = true;
    return status;
}

/* Objects come one after the other with the same rights. An apply that is
 * undone takes its classes along. */
static bool same_rights(const nf_last_rights *last, const nf_entity *entity,
                        const uint64_t *inaccessible, const uint64_t *readonly)
{
    return last->entity == entity && entity->member_count <= 64 &&
           (inaccessible ? *inaccessible : 0) == last->inaccessible &&
           (readonly ? *readonly : 0) == last->readonly;
}

static void keep_rights(nf_device *device, const nf_entity *entity,
                        const uint64_t *inaccessible, const uint64_t *readonly,
                        int64_t number)
{
    device->last_rights =
        (nf_last_rights){.entity = entity,
                         .inaccessible = inaccessible ? *inaccessible : 0,
                         .readonly = readonly ? *readonly : 0,
                         .number = number};
}

nf_status nf_right_class_intern(nf_device *device, const nf_entity *entity,
                                const uint64_t *inaccessible,
                                const uint64_t *readonly, int64_t *out,
                                nf_error *err)
{
    int64_t number = nf_database_entity_number(device->database, entity);
    nf_buffer a, b;
    nf_status status;

    *out = 0;
    if (!inaccessible && !readonly)
        return NF_OK;
    if (same_rights(&device->last_rights, entity, inaccessible, readonly)) {
        *out = device->last_rights.number;
        return NF_OK;
    }
    status = pack_rights(&a, entity, inaccessible, err);
    nf_buffer_init(&b, NF_BUFFER_MAX);
    if (!status)
        status = pack_rights(&b, entity, readonly, err);
    if (!status && (a.length || b.length)) {
        status = find_class(device, number, &a, &b, out, err);
        if (!status && !*out)
            status = add_class(device, number, &a, &b, out, err);
    }
    nf_buffer_dispose(&a);
    nf_buffer_dispose(&b);
    if (!status)
        keep_rights(device, entity, inaccessible, readonly, *out);
    return status;
}

static nf_status read_class(nf_device *device, const nf_entity *entity,
                            int64_t number, nf_right_class *class,
                            nf_error *err)
{
    uint64_t **sets[] = {&class->inaccessible, &class->readonly};
    nf_statement *statement;
    bool row;
    nf_status status = nf_database_query(
        device->database, &statement, &row, err,
        "SELECT inaccessible, readonly FROM _mx_right_class WHERE class = ?",
        "i", number);

    for (int i = 0; !status && row && i < 2; i++) {
        size_t size = nf_column_size(statement, i);

        if (size)
            status = nf_member_set_unpack(
                sets[i], entity, nf_column_bytes(statement, i), size, err);
    }
    nf_database_done(device->database, statement);
    return status;
}

/* Sets are kept until the device ends: objects in memory borrow them. */
nf_status nf_right_class_find(nf_device *device, const nf_entity *entity,
                              int64_t number, const nf_right_class **out,
                              nf_error *err)
{
    nf_right_class *class;
    nf_status status;

    *out = NULL;
    for (class = device->classes; class; class = class->next)
        if (class->number == number) {
            *out = class;
            return NF_OK;
        }
    class = nf_alloc(sizeof *class);
    if (!class)
        return nf_error_nomem(err);
    class->number = number;
    class->next = device->classes;
    device->classes = class;
    status = read_class(device, entity, number, class, err);
    *out = class;
    return status;
}
