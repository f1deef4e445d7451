/* Fuzz target: hostile devices. The bytes are a series of requests, each a
 * line of what to ask and then its body; all go through nf_server_handle of a
 * small app in memory. Whatever is asked, the server answers, leaks nothing,
 * and knows its database afterwards.
 *
 *   byte 0: method; byte 1: path; bytes 2, 3: length of the body; body
 *
 * A body that starts with 'S' is a stream of records: the rest of it is wrapped
 * so that length, digest, create and commit are right, and the records alone
 * are the fuzzer's. */
#include "fuzz.h"

#include "base/memory.h"
#include "database/database.h"
#include "server/server.h"
#include "sync/codec.h"

/* One new object and one reference, as a device writes them. */
static const char stream_seed[] =
    "\x02\x01\x5a\x00"
    "S"
    "\x59\x00\x00\x00"
    "\x02k\x00\x04\x00\x00\x00new\x00"
    "\x02t\x00\x04\x00\x00\x00M.E\x00"
    "\x12id\x00\x01\x00\x00\x00\x00\x80\x01\x00"
    "\x05mid\x00\x10\x00\x00\x00\x00"
    "0123456789abcdef"
    "\x03m\x00\x15\x00\x00\x00\x02Name\x00\x06\x00\x00\x00hello\x00\x00"
    "\x00";
static const char sign_in_seed[] =
    "\x02\x00\x28\x00"
    "\x28\x00\x00\x00\x02grant\x00\x09\x00\x00\x00password\x00"
    "\x02user\x00\x05\x00\x00\x00"
    "anna\x00\x00";
static const char mixed_seed[] = "\x00\x02\x00\x00\x01\x03\x00\x00"
                                 "\x03\x04\x04\x00"
                                 "abcd"
                                 "\x04\x05\x00\x00\x02\x06\x00\x00";
const char *const fuzz_seeds[] = {stream_seed, sign_in_seed, mixed_seed, NULL};
const size_t fuzz_seed_sizes[] = {
    sizeof stream_seed - 1, sizeof sign_in_seed - 1, sizeof mixed_seed - 1, 0};

static const char app[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    "<app xmlns=\"urn:nanoflow:app:1\" format=\"1\" mendix=\"11.0.0\">"
    "<Module Name=\"M\"><units><DomainModel><Entities>"
    "<Entity id=\"E\" Name=\"E\"><Attributes>"
    "<Attribute Name=\"Name\"><NewType type=\"StringAttributeType\" "
    "Length=\"20\"/></Attribute>"
    "<Attribute Name=\"Total\" NewType=\"DecimalAttributeType\"/>"
    "<Attribute Name=\"At\" NewType=\"DateTimeAttributeType\"/>"
    "</Attributes></Entity></Entities><Associations>"
    "<Association Name=\"E_E\" ParentPointer=\"E\" ChildPointer=\"E\"/>"
    "<Association Name=\"Many\" ParentPointer=\"E\" ChildPointer=\"E\" "
    "Type=\"ReferenceSet\"/>"
    "</Associations></DomainModel></units></Module></app>";

static nf_model *model; /* lives as long as the process */

static const nf_model *open_model(void)
{
    char path[] = "/tmp/nf-fuzz-XXXXXX.xml";
    int fd = mkstemps(path, 4);
    nf_error err = {0};

    if (fd < 0 || write(fd, app, sizeof app - 1) != (ssize_t)sizeof app - 1 ||
        nf_model_open(&model, path, &err) != NF_OK)
        abort();
    close(fd);
    unlink(path);
    return model;
}

typedef struct device {
    nf_server *server;
    nf_sync_response response;
    char session[80];
    uint8_t id[16];
} device;

static void ask(device *d, nf_sync_method method, const char *path,
                const void *body, size_t size)
{
    nf_sync_request request = {.method = method,
                               .path = path,
                               .session = d->session,
                               .body = body,
                               .body_length = size,
                               .offset = 0,
                               .length = (int64_t)size,
                               .peer = "192.0.2.1"};
    nf_error err = {0};

    if (nf_server_handle(d->server, &request, &d->response, &err) != NF_OK ||
        d->response.status < 200 || d->response.status > 599)
        abort();
    /* Only what the host itself breaks is the server's failure. */
    if (d->response.status == 500)
        abort();
}

static void sign_in(device *d)
{
    bson_t body = BSON_INITIALIZER, reply;
    nf_sync_request request = {
        .method = NF_SYNC_POST, .path = "/sync/v1/session", .local = true};
    nf_error err = {0};

    BSON_APPEND_UTF8(&body, "app", nf_model_app_id(model));
    request.body = bson_get_data(&body);
    request.body_length = body.len;
    if (nf_server_handle(d->server, &request, &d->response, &err) != NF_OK ||
        !nf_document_open(&reply, d->response.body.data,
                          d->response.body.length))
        abort();
    snprintf(d->session, sizeof d->session, "%s",
             nf_document_text(&reply, "session", ""));
    bson_destroy(&body);
}

static nf_status to_buffer(void *user, const void *bytes, size_t size,
                           nf_error *err)
{
    (void)err;
    nf_buffer_add(user, bytes, size);
    return NF_OK;
}

/* The records between a right head and a right end. What is no document is
 * sent as it is. */
static void make_stream(nf_buffer *out, const device *d, const uint8_t *data,
                        size_t size)
{
    nf_stream_writer writer;
    bson_t head = BSON_INITIALIZER, record;

    nf_stream_start(&writer, to_buffer, out, NULL);
    BSON_APPEND_UTF8(&head, "k", "head");
    BSON_APPEND_INT32(&head, "v", NF_SYNC_VERSION);
    BSON_APPEND_BINARY(&head, "id", BSON_SUBTYPE_BINARY, d->id, 16);
    nf_stream_put_bytes(&writer, bson_get_data(&head), head.len, NULL);
    while (size >= 5) {
        uint32_t length;
        memcpy(&length, data, sizeof length);
        if (length < 5 || length > size ||
            !bson_init_static(&record, data, length))
            break;
        nf_stream_put_bytes(&writer, bson_get_data(&record), record.len, NULL);
        data += length;
        size -= length;
    }
    nf_buffer_add(out, data, size);
    nf_stream_finish(&writer, NULL);
    nf_stream_dispose(&writer);
    bson_destroy(&head);
}

static void upload(device *d, const uint8_t *data, size_t size)
{
    bson_t create = BSON_INITIALIZER;
    nf_buffer bytes;
    uint8_t sha[NF_SHA256_SIZE];
    char id[NF_SYNC_ID_TEXT], path[100];

    d->id[0]++;
    nf_hex(id, d->id, sizeof d->id);
    nf_buffer_init(&bytes, 1 << 24);
    make_stream(&bytes, d, data, size);
    nf_sha256(sha, bytes.data, bytes.length);
    BSON_APPEND_BINARY(&create, "id", BSON_SUBTYPE_BINARY, d->id, 16);
    BSON_APPEND_UTF8(&create, "mode", size & 1 ? "all" : "selective");
    BSON_APPEND_INT64(&create, "len", (int64_t)bytes.length);
    BSON_APPEND_BINARY(&create, "sha", BSON_SUBTYPE_BINARY, sha, sizeof sha);
    ask(d, NF_SYNC_POST, "/sync/v1/syncs", bson_get_data(&create), create.len);
    snprintf(path, sizeof path, "/sync/v1/syncs/%s/body", id);
    ask(d, NF_SYNC_PATCH, path, bytes.data, bytes.length);
    snprintf(path, sizeof path, "/sync/v1/syncs/%s/commit", id);
    ask(d, NF_SYNC_POST, path, NULL, 0);
    snprintf(path, sizeof path, "/sync/v1/syncs/%s/result", id);
    ask(d, NF_SYNC_GET, path, NULL, 1 << 16);
    snprintf(path, sizeof path, "/sync/v1/syncs/%s/ack", id);
    ask(d, NF_SYNC_POST, path, NULL, 0);
    bson_destroy(&create);
    nf_buffer_dispose(&bytes);
}

static void one_request(device *d, uint8_t method, uint8_t path,
                        const uint8_t *body, size_t size)
{
    static const char *const paths[] = {
        "/sync/v1/session",
        "/sync/v1/syncs",
        "/sync/v1/info",
        "/sync/v1/syncs/01000000000000000000000000000000",
        "/sync/v1/syncs/01000000000000000000000000000000/body",
        "/sync/v1/syncs/01000000000000000000000000000000/commit",
        "/sync/v1/syncs/01000000000000000000000000000000/ack",
        "/sync/v1/syncs/01000000000000000000000000000000/result",
        ("/sync/v1/blobs/"
         "0000000000000000000000000000000000000000000000000000000000000000"),
        "/sync/v1/files/1/x",
        "/sync/v1/syncs/zz",
        "/",
    };

    if (size > 0 && body[0] == 'S')
        upload(d, body + 1, size - 1);
    else
        ask(d, (nf_sync_method)(method % 5),
            paths[path % (sizeof paths / sizeof *paths)], body, size);
    if (method % 5 == NF_SYNC_DELETE && path % 12 == 0)
        sign_in(d);
}

/* Making the tables of an app takes longer than most inputs: one server serves
 * all, and what an input did to its database is undone. */
static nf_server *open_server(nf_random *random)
{
    static int64_t now = 1700000000000;
    static nf_server *server;
    nf_server_options options = {.clock = nf_clock_fixed(&now),
                                 .random = random};
    nf_error err = {0};

    if (server)
        return server;
    options.model = open_model();
    if (nf_server_open(&server, &options, &err) != NF_OK)
        abort();
    return server;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static nf_random random;
    device d = {0};
    nf_error err = {0};

    nf_random_seed(&random, 1);
    d.server = open_server(&random);
    if (nf_database_begin(nf_server_database(d.server), &err) != NF_OK)
        abort();
    nf_buffer_init(&d.response.body, 1 << 26);
    sign_in(&d);
    for (int i = 0; size >= 4 && i < 32; i++) {
        size_t length = (size_t)data[2] | (size_t)data[3] << 8;
        uint8_t *copy;
        if (length > size - 4)
            length = size - 4;
        copy = malloc(length + 1); /* so that reads past the end are seen */
        if (!copy)
            break;
        memcpy(copy, data + 4, length);
        one_request(&d, data[0], data[1], copy, length);
        free(copy);
        data += 4 + length;
        size -= 4 + length;
    }
    nf_buffer_dispose(&d.response.body);
    if (nf_database_end(nf_server_database(d.server), false, &err) != NF_OK)
        abort();
    return 0;
}
