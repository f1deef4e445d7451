/* See helper_wire.h. */
#include "helper_wire.h"

static char *next_text(void)
{
    static char texts[16][256];
    static int at;
    at = (at + 1) % 16;
    return texts[at];
}

void wire_open(helper_wire *wire, helper_world *world)
{
    memset(wire, 0, sizeof *wire);
    wire->world = world;
    nf_buffer_init(&wire->response.body, 64 << 20);
}

void wire_close(helper_wire *wire)
{
    nf_buffer_dispose(&wire->response.body);
}

static int finish(helper_wire *wire, nf_sync_request *request)
{
    nf_error err = {0};

    request->session = wire->session[0] ? wire->session : NULL;
    request->peer = wire->peer;
    request->local = !wire->peer;
    assert_int_equal(
        nf_server_handle(wire->world->server, request, &wire->response, &err),
        NF_OK);
    snprintf(wire->code, sizeof wire->code, "%s", wire_text(wire, "code"));
    return wire->response.status;
}

int wire_send(helper_wire *wire, nf_sync_method method, const char *path,
              const bson_t *body)
{
    nf_sync_request request = {
        .method = method, .path = path, .offset = -1, .length = -1};

    if (method == NF_SYNC_GET)
        request.offset = 0;
    if (body) {
        request.body = bson_get_data(body);
        request.body_length = body->len;
    }
    return finish(wire, &request);
}

int wire_patch(helper_wire *wire, const char *path, const void *bytes,
               size_t size, int64_t offset, int64_t total)
{
    nf_sync_request request = {.method = NF_SYNC_PATCH,
                               .path = path,
                               .body = bytes,
                               .body_length = size,
                               .bytes = true,
                               .offset = offset,
                               .length = total};
    return finish(wire, &request);
}

static bool reply(helper_wire *wire, bson_t *out)
{
    return !wire->response.bytes &&
           nf_document_open(out, wire->response.body.data,
                            wire->response.body.length);
}

const char *wire_text(helper_wire *wire, const char *key)
{
    bson_t document;
    return reply(wire, &document) ? nf_document_text(&document, key, "") : "";
}

int64_t wire_int(helper_wire *wire, const char *key)
{
    bson_t document;
    return reply(wire, &document) ? nf_document_int(&document, key, -1) : -1;
}

int wire_sign_in(helper_wire *wire, const char *grant, const char *user,
                 const char *secret)
{
    bson_t body = BSON_INITIALIZER, device, part;
    int status;

    wire->session[0] = '\0';
    BSON_APPEND_UTF8(&body, "grant", grant ? grant : "local");
    BSON_APPEND_UTF8(&body, "app", nf_model_app_id(wire->world->model));
    BSON_APPEND_UTF8(&body, "profile", "Phone");
    if (user)
        BSON_APPEND_UTF8(&body, "user", user);
    if (secret)
        BSON_APPEND_UTF8(
            &body, grant && !strcmp(grant, "token") ? "token" : "password",
            secret);
    BSON_APPEND_DOCUMENT_BEGIN(&body, "device", &device);
    BSON_APPEND_INT64(&device, "id", wire->device);
    bson_append_document_end(&body, &device);
    status = wire_send(wire, NF_SYNC_POST, "/sync/v1/session", &body);
    bson_destroy(&body);
    if (status != 201 || !reply(wire, &body))
        return status;
    snprintf(wire->session, sizeof wire->session, "%s",
             nf_document_text(&body, "session", ""));
    snprintf(wire->token, sizeof wire->token, "%s",
             nf_document_text(&body, "token", ""));
    if (nf_document_part(&body, "user", &part))
        wire->user = nf_document_int(&part, "id", -1);
    if (nf_document_part(&body, "device", &part))
        wire->device = nf_document_int(&part, "idBlock", -1);
    return status;
}

/* ---- uploads ------------------------------------------------------------- */

static nf_status buffer_sink(void *user, const void *bytes, size_t size,
                             nf_error *err)
{
    (void)err;
    nf_buffer_add(user, bytes, size);
    return NF_OK;
}

void wire_begin(wire_upload *upload, int number)
{
    bson_t head = BSON_INITIALIZER;
    nf_error err = {0};

    memset(upload, 0, sizeof *upload);
    memcpy(upload->id.bytes, &number, sizeof number);
    nf_buffer_init(&upload->bytes, 64 << 20);
    assert_int_equal(
        nf_stream_start(&upload->stream, buffer_sink, &upload->bytes, &err),
        NF_OK);
    BSON_APPEND_UTF8(&head, "k", "head");
    BSON_APPEND_INT32(&head, "v", NF_SYNC_VERSION);
    BSON_APPEND_BINARY(&head, "id", BSON_SUBTYPE_BINARY, upload->id.bytes, 16);
    wire_record_raw(upload, &head);
    bson_destroy(&head);
}

void wire_record_raw(wire_upload *upload, const bson_t *record)
{
    nf_error err = {0};
    assert_int_equal(nf_stream_put_bytes(&upload->stream, bson_get_data(record),
                                         record->len, &err),
                     NF_OK);
}

static void append_names(bson_t *record, const char *names)
{
    bson_t list;
    uint32_t count = 0;

    BSON_APPEND_ARRAY_BEGIN(record, "c", &list);
    while (names && *names) {
        size_t size = strcspn(names, " ");
        char key[16];
        snprintf(key, sizeof key, "%u", count++);
        bson_append_utf8(&list, key, -1, names, (int)size);
        names += size + (names[size] == ' ');
    }
    bson_append_array_end(record, &list);
}

void wire_record(wire_upload *upload, const char *kind, const char *entity,
                 int64_t id, int mid, bson_t *members, const char *changed)
{
    bson_t record = BSON_INITIALIZER;
    uint8_t bytes[16] = {0};

    for (int i = 0; i < 4; i++) /* as devices do: a count behind the rest */
        bytes[15 - i] = (uint8_t)((unsigned)mid >> 8 * i);
    BSON_APPEND_UTF8(&record, "k", kind);
    BSON_APPEND_UTF8(&record, "t", entity);
    BSON_APPEND_INT64(&record, "id", id);
    BSON_APPEND_BINARY(&record, "mid", BSON_SUBTYPE_BINARY, bytes, 16);
    if (members)
        BSON_APPEND_DOCUMENT(&record, "m", members);
    if (changed)
        append_names(&record, changed);
    if (members)
        bson_destroy(members);
    wire_record_raw(upload, &record);
    bson_destroy(&record);
}

void wire_end(wire_upload *upload)
{
    nf_error err = {0};

    assert_int_equal(nf_stream_finish(&upload->stream, &err), NF_OK);
    assert_true(
        nf_sha256(upload->sha, upload->bytes.data, upload->bytes.length));
}

void wire_dispose(wire_upload *upload)
{
    nf_stream_dispose(&upload->stream);
    nf_buffer_dispose(&upload->bytes);
}

const char *wire_path(const wire_upload *upload, const char *rest)
{
    char *out = next_text(), id[NF_SYNC_ID_TEXT];
    nf_hex(id, upload->id.bytes, 16);
    snprintf(out, 256, "/sync/v1/syncs/%s%s", id, rest);
    return out;
}

static void append_views(bson_t *body, const char *names)
{
    bson_t views;

    BSON_APPEND_DOCUMENT_BEGIN(body, "views", &views);
    while (*names) {
        size_t size = strcspn(names, " ");
        bson_t view = BSON_INITIALIZER;
        size_t name = strcspn(names, ": ");
        if (name < size)
            bson_append_utf8(&view, "mode", 4, names + name + 1,
                             (int)(size - name - 1));
        bson_append_document(&views, names, (int)name, &view);
        bson_destroy(&view);
        names += size + (names[size] == ' ');
    }
    bson_append_document_end(body, &views);
}

int wire_create(helper_wire *wire, const wire_upload *upload, const char *mode)
{
    bson_t body = BSON_INITIALIZER;
    int status;

    BSON_APPEND_BINARY(&body, "id", BSON_SUBTYPE_BINARY, upload->id.bytes, 16);
    BSON_APPEND_UTF8(&body, "mode", mode);
    BSON_APPEND_INT64(&body, "len", (int64_t)upload->bytes.length);
    BSON_APPEND_BINARY(&body, "sha", BSON_SUBTYPE_BINARY, upload->sha,
                       sizeof upload->sha);
    if (upload->gzip)
        BSON_APPEND_UTF8(&body, "enc", "gzip");
    if (upload->views)
        append_views(&body, upload->views);
    status = wire_send(wire, NF_SYNC_POST, "/sync/v1/syncs", &body);
    bson_destroy(&body);
    return status;
}

void wire_stage(helper_wire *wire, const wire_upload *upload, const char *mode)
{
    int status = wire_create(wire, upload, mode);
    if (status != 201)
        fail_msg("create: %d %s", status, wire->code);
    assert_int_equal(wire_patch(wire, wire_path(upload, "/body"),
                                upload->bytes.data, upload->bytes.length, 0,
                                (int64_t)upload->bytes.length),
                     204);
}

int wire_commit(helper_wire *wire, const wire_upload *upload, const char *mode)
{
    wire_stage(wire, upload, mode);
    return wire_send(wire, NF_SYNC_POST, wire_path(upload, "/commit"), NULL);
}

static nf_status body_source(void *user, int64_t offset, void *bytes,
                             size_t *size, nf_error *err)
{
    const nf_buffer *body = user;
    size_t left = body->length - (size_t)offset;
    (void)err;
    if (*size > left)
        *size = left;
    memcpy(bytes, body->data + offset, *size);
    return NF_OK;
}

/* Calls for every record of the last reply, a result. */
static void each_replied(helper_wire *wire,
                         void (*each)(void *user, const nf_wire *record),
                         void *user)
{
    nf_stream_reader reader;
    nf_wire record;
    nf_error err = {0};
    bool more = true;

    assert_int_equal(nf_stream_open(&reader, body_source, &wire->response.body,
                                    (int64_t)wire->response.body.length, &err),
                     NF_OK);
    while (more) {
        if (nf_stream_next(&reader, &record, &more, &err) != NF_OK)
            fail_msg("result: %s", err.message);
        if (more)
            each(user, &record);
    }
    nf_stream_close(&reader);
}

/* Calls for every record of the result; small ones, in one window. */
static void each_record(helper_wire *wire, const wire_upload *upload,
                        void (*each)(void *user, const nf_wire *record),
                        void *user)
{
    assert_int_equal(
        wire_send(wire, NF_SYNC_GET,
                  wire_path(upload, upload->planned ? "/plan" : "/result"),
                  NULL),
        206);
    each_replied(wire, each, user);
}

typedef struct search {
    nf_wire_kind kind;
    int64_t id;
    int count;
    char *text;
} search;

static void see(void *user, const nf_wire *record)
{
    search *s = user;
    if (record->kind != s->kind || (s->id && record->id != s->id))
        return;
    s->count++;
    if (s->text)
        snprintf(s->text, 256, "%s%s%s", nf_outcome_state_name(record->state),
                 *record->code ? " " : "", record->code);
}

const char *wire_outcome(helper_wire *wire, const wire_upload *upload,
                         int64_t id)
{
    search s = {.kind = NF_WIRE_OUTCOME, .id = id, .text = next_text()};
    s.text[0] = '\0';
    each_record(wire, upload, see, &s);
    return s.text;
}

const char *wire_replied_outcome(helper_wire *wire, int64_t id)
{
    search s = {.kind = NF_WIRE_OUTCOME, .id = id, .text = next_text()};
    s.text[0] = '\0';
    each_replied(wire, see, &s);
    return s.text;
}

int wire_count(helper_wire *wire, const wire_upload *upload, nf_wire_kind kind,
               int64_t id)
{
    search s = {.kind = kind, .id = id};
    each_record(wire, upload, see, &s);
    return s.count;
}

typedef struct section_search {
    const char *entity;
    char *text;
} section_search;

static void see_section(void *user, const nf_wire *record)
{
    static const char *const names[] = {"snapshot", "delta", "clear", "keep"};
    section_search *s = user;
    if (record->kind == NF_WIRE_ENTITY && !strcmp(record->entity, s->entity))
        snprintf(s->text, 256, "%s", names[record->section]);
}

const char *wire_section(helper_wire *wire, const wire_upload *upload,
                         const char *entity)
{
    section_search s = {entity, next_text()};
    s.text[0] = '\0';
    each_record(wire, upload, see_section, &s);
    return s.text;
}

int64_t wire_id(helper_wire *wire, const char *entity, int number)
{
    nf_database *db = nf_server_database(wire->world->server);
    int64_t short_id =
        nf_database_entity_number(db, helper_entity(wire->world, entity));
    return short_id << 48 | (int64_t)1 << 47 | wire->device << 27 | number;
}

int64_t wire_order_id(helper_wire *wire, int object)
{
    return wire_id(wire, "Shop.Order", object);
}

void wire_new_order(wire_upload *upload, helper_wire *wire, int number,
                    int object)
{
    wire_begin(upload, number);
    wire_record(upload, "new", "Shop.Order", wire_order_id(wire, object),
                1000 + object, BCON_NEW("Remark", BCON_UTF8("r")), NULL);
    wire_end(upload);
}
