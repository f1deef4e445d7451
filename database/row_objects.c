/* See row_objects.h. */
#include "database/row_objects.h"

#include "base/memory.h"

typedef struct filler {
    nf_list *list;
    nf_objects *objects;
} filler;

static nf_status append_record(void *user, nf_record *record, nf_error *err)
{
    filler *f = user;
    nf_object *object = NULL;
    nf_value *members = record->members;
    nf_status status;
    bool appended;

    record->members = NULL;
    status = nf_objects_load(&object, f->objects, record->entity, record->id,
                             members, err);
    if (status != NF_OK || !object)
        return status;
    appended = nf_list_append(f->list, object);
    nf_object_release(object);
    return appended ? NF_OK : nf_error_nomem(err);
}

nf_status nf_rows_retrieve(nf_database *database, nf_list *out,
                           nf_objects *objects, const nf_selection *selection,
                           nf_error *err)
{
    filler f = {out, objects};

    return nf_record_query(database, selection, append_record, &f, err);
}

nf_status nf_rows_fetch(nf_database *database, nf_object **out,
                        nf_objects *objects, const nf_entity *entity,
                        int64_t id, nf_error *err)
{
    nf_record record = {0};
    nf_status status = nf_record_read(&record, database, entity, id, err);

    *out = NULL;
    if (status == NF_OK && record.entity) {
        nf_value *members = record.members;

        record.members = NULL;
        status = nf_objects_load(out, objects, record.entity, id, members, err);
    }
    nf_record_dispose(&record);
    return status;
}

/* By association: what is tracked, else copies (D81). */
nf_status nf_rows_referring(nf_database *database, nf_list *out,
                            nf_objects *objects,
                            const nf_association *association, int64_t child,
                            nf_error *err)
{
    int64_t *ids = NULL;
    size_t count = 0;
    nf_status status =
        nf_record_referring(database, association, child, &ids, &count, err);

    for (size_t i = 0; status == NF_OK && i < count; i++) {
        nf_object *object = NULL;

        status =
            nf_objects_get(&object, objects, association->parent, ids[i], err);
        if (status == NF_OK && object && !nf_list_append(out, object))
            status = nf_error_nomem(err);
        nf_object_release(object);
    }
    nf_free(ids);
    return status;
}
