/* See push.h. The records are those of a selective synchronization: the latest
 * committed state as the user may see it, or that it is gone. */
#include "server/push.h"

#include "server/projection.h"
#include "sync/document.h"

typedef struct push {
    nf_server *server;
    nf_server_session *session;
    nf_environment environment;
    nf_projector projector;
    nf_rows *rows;
    nf_stream_writer stream;
    nf_buffer bytes;
    nf_buffer overlays; /* elements of an array */
    uint32_t overlay_count;
    nf_buffer record;
} push;

static nf_status sink(void *user, const void *bytes, size_t size, nf_error *err)
{
    push *p = user;

    nf_buffer_add(&p->bytes, bytes, size);
    if (!p->bytes.failed)
        return NF_OK;
    return p->bytes.full
               ? nf_error_set(err, NF_FAILED, "microflow_failed",
                              "the objects that the device gets have more than "
                              "%d bytes",
                              NF_SYNC_MESSAGE_MAX)
               : nf_error_nomem(err);
}

static nf_status put_head(push *p, const nf_sync_id *id, nf_error *err)
{
    nf_put_start(&p->record);
    nf_put_string(&p->record, "k", "head");
    nf_put_int32(&p->record, "v", NF_SYNC_VERSION);
    nf_put_binary(&p->record, "id", id->bytes, sizeof id->bytes);
    nf_put_string(&p->record, "mode", "selective");
    return nf_stream_put(&p->stream, &p->record, err);
}

static nf_status put_gone(push *p, int64_t id, nf_error *err)
{
    nf_put_start(&p->record);
    nf_put_string(&p->record, "k", "gone");
    nf_put_int64(&p->record, "id", id);
    return nf_stream_put(&p->stream, &p->record, err);
}

static void leave_entity(push *p)
{
    nf_rows_close(p->rows);
    p->rows = NULL;
    nf_projector_dispose(&p->projector);
}

static nf_status turn_to(push *p, const nf_entity *entity, int64_t id,
                         nf_error *err)
{
    nf_selection selection = {
        .retrieval = {.entity = entity,
                      .environment = &p->environment,
                      .limit = -1},
        .exact = true,
        .id = id,
    };
    nf_status status;

    if (p->projector.entity == entity) {
        nf_rows_seek(p->rows, id);
        return NF_OK;
    }
    leave_entity(p);
    status =
        nf_projector_init(&p->projector, p->server, p->session,
                          p->server->database, &p->environment, entity, err);
    if (status != NF_OK)
        return status;
    selection.tests = p->projector.access->tests;
    selection.test_count = p->projector.access->test_count;
    return nf_rows_open(&p->rows, p->server->database, &selection, err);
}

/* S154: what the microflow changed and did not commit. */
static void put_overlay(push *p, const nf_object *object,
                        const nf_projection_class *class)
{
    const nf_entity *entity = object->entity;
    nf_buffer *to = &p->overlays;
    char buffer[16];
    const char *key;
    size_t document, members;

    bson_uint32_to_string(p->overlay_count++, &key, buffer, sizeof buffer);
    document = nf_put_document(to, key);
    nf_put_text(to, "t", entity->qualified, strlen(entity->qualified));
    nf_put_int64(to, "id", object->id);
    members = nf_put_document(to, "m");
    for (size_t i = 0; i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];

        if (nf_object_member_changed(object, i) && !member->child_end &&
            nf_bits_has(class->rights.read, i) && !nf_member_is_managed(member))
            nf_member_write(to, member, &object->members[i]);
    }
    nf_put_end(to, members);
    nf_put_end(to, document);
}

/* S153: deleted, or not to be seen by the user: it leaves the device. */
static nf_status put_object(push *p, const nf_object *object, nf_error *err)
{
    const nf_projection_class *class = NULL;
    uint8_t h[NF_VIEW_HASH];
    bool more = false;
    nf_row row;
    nf_status status = turn_to(p, object->entity, object->id, err);

    if (status == NF_OK)
        status = nf_rows_next(p->rows, &row, &more, err);
    if (status != NF_OK)
        return status;
    if (more)
        class = nf_projector_class(&p->projector, row.tests, err);
    if (more && !class)
        return NF_FAILED;
    if (!more || !class->rights.visible)
        return put_gone(p, object->id, err);
    if (object->state == NF_OBJECT_CHANGED)
        put_overlay(p, object, class);
    status = nf_projection_write(&p->record, h, &p->projector, class, p->rows,
                                 &row, err);
    return status == NF_OK ? nf_stream_put(&p->stream, &p->record, err)
                           : status;
}

/* S152: what was never committed is not there for anybody else. */
static bool is_new(const nf_object *object)
{
    return object->state == NF_OBJECT_NEW;
}

static nf_status put_all(push *p, const nf_sync_id *id, nf_list *pushed,
                         nf_error *err)
{
    nf_status status = put_head(p, id, err);

    for (size_t i = 0; status == NF_OK && i < pushed->count; i++)
        if (!is_new(pushed->items[i]))
            status = put_object(p, pushed->items[i], err);
    return status == NF_OK ? nf_stream_finish(&p->stream, err) : status;
}

static nf_status append_overlays(nf_buffer *to, const push *p, nf_error *err)
{
    size_t array;

    if (p->overlays.failed)
        return p->overlays.full
                   ? nf_error_set(err, NF_FAILED, "microflow_failed",
                                  "the uncommitted changes of what is sent are "
                                  "too large")
                   : nf_error_nomem(err);
    if (!p->overlay_count)
        return NF_OK;
    array = nf_put_array(to, "over");
    nf_buffer_add(to, p->overlays.data, p->overlays.length);
    nf_put_end(to, array);
    return NF_OK;
}

nf_status nf_push_write(nf_buffer *to, const char *key, nf_server *server,
                        nf_server_session *session, const nf_sync_id *id,
                        nf_list *pushed, nf_error *err)
{
    push p = {.server = server,
              .session = session,
              .environment = session->environment};
    nf_status status;

    if (pushed->count == 0)
        return NF_OK;
    nf_buffer_init(&p.bytes, NF_SYNC_MESSAGE_MAX);
    nf_buffer_init(&p.overlays, NF_SYNC_MESSAGE_MAX);
    nf_buffer_init(&p.record, NF_SYNC_DOCUMENT_MAX);
    status = nf_stream_start(&p.stream, sink, &p, err);
    if (status == NF_OK) {
        status = put_all(&p, id, pushed, err);
        nf_stream_dispose(&p.stream);
    }
    leave_entity(&p);
    if (status == NF_OK)
        nf_put_binary(to, key, p.bytes.data, p.bytes.length);
    if (status == NF_OK)
        status = append_overlays(to, &p, err);
    nf_buffer_dispose(&p.record);
    nf_buffer_dispose(&p.overlays);
    nf_buffer_dispose(&p.bytes);
    return status;
}
