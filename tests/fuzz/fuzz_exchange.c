/* Fuzz target: hostile clients of a server behind HTTP, without sockets. What
 * libmicrohttpd would hand over goes through the whole of an exchange: head,
 * limits, body in pieces, password, server, reply while it is sent, and the
 * end of it whenever the client chooses (synchronize §27). Whatever comes, each
 * request has a reply of a status other than 500 or a closed connection, and
 * nothing stays under way.
 *
 *   byte 0: flags; byte 1: size of pieces, 0 all at once; bytes 2, 3: length
 *   of the body; the head, to an empty line; the body
 *
 * and so on. With EVERYTHING the body goes to every path by every method. */
#include "fuzz.h"

#include "fake_mhd.h"
#include "open_server.h"

#include "database/database.h"
#include "sync/codec.h"

enum {
    SIGNED_IN = 1,
    DECLARED = 2, /* Content-Length is right */
    CUT_BODY = 4,
    CUT_REPLY = 8,
    STOPPING = 16,
    EVERYTHING = 32,
    REQUESTS_MAX = 32, /* of an input */
};

#define V     "Sync-Version: 1\n"
#define BSON  "Content-Type: application/vnd.nanoflow.sync+bson\n"
#define BYTES "Content-Type: application/octet-stream\n"
#define ID    "0102030405060708090a0b0c0d0e0f10"
#define APP   "d212fe18-1556-51c0-ace5-2d6b66d58963" /* of shop.xml */
#define OTHER "30313233343536373839616263646566"
static const char everything[] = "\x23\x00\x05\x00" V "X: /\n\n"
                                 "\x05\x00\x00\x00\x00"
                                 "\x20\x02\x05\x00" V "\n\n"
                                 "\x05\x00\x00\x00\x00";
/* The result of a synchronization that make_result has made. */
static const char run[] =
    "\x03\x00\x00\x00HEAD /sync/v1/syncs/" ID "/body\n" V "\n"
    "\x03\x00\x00\x00POST /sync/v1/syncs/" ID "/commit\n" V
    "Prefer: wait=25\n\n"
    "\x03\x20\x00\x00GET /sync/v1/syncs/" ID "/result\n" V
    "Accept-Encoding: gzip\nRange: bytes=4-99\n\n"
    "\x0b\x01\x00\x00GET /sync/v1/syncs/" ID "/result\n" V "\n"
    "\x03\x00\x00\x00GET /sync/v1/syncs/" ID "/result\n" V
    "Range: bytes=10-\n\n"
    "\x03\x00\x00\x00GET /sync/v1/syncs/" ID "/result\n" V
    "Accept-Encoding: gzip\n\n"
    "\x03\x00\x00\x00POST /sync/v1/syncs/" ID "/ack\n" V "\n"
    "\x01\x00\x00\x00"
    "DELETE /sync/v1/syncs/" ID "\n" V "\n";
static const char upload[] =
    "\x03\x00\x00\x00POST /sync/v1/syncs/" ID "/ack\n" V "\n"
    "\x03\x10\x63\x00POST /sync/v1/syncs\n" V BSON "\n"
    "\x63\x00\x00\x00\x05id\x00\x10\x00\x00\x00\x00"
    "0123456789abcdef"
    "\x02mode\x00\x04\x00\x00\x00"
    "all\x00"
    "\x12len\x00\x04\x00\x00\x00\x00\x00\x00\x00"
    "\x05sha\x00\x20\x00\x00\x00\x00"
    "\x88\xd4\x26\x6f\xd4\xe6\x33\x8d\x13\xb8\x45\xfc\xf2\x89\x57\x9d"
    "\x20\x9c\x89\x78\x23\xb9\x21\x7d\xa3\xe1\x61\x93\x6f\x03\x15\x89"
    "\x00"
    "\x03\x03\x04\x00PATCH /sync/v1/syncs/" OTHER "/body\n" V BYTES
    "Upload-Offset: 0\nUpload-Length: 4\n\nabcd"
    "\x03\x00\x00\x00POST /sync/v1/syncs/" OTHER "/commit\n" V "\n";
static const char sign_in[] =
    "\x02\x07\x79\x00POST /sync/v1/session\n" V BSON "\n"
    "y\x00\x00\x00\x02grant\x00\x09\x00\x00\x00password\x00\x02"
    "app\x00%\x00\x00\x00"
    "" APP
    "\x00\x02profile\x00\x06\x00\x00\x00Phone\x00\x02user\x00\x05\x00\x00\x00"
    "anna\x00\x02password\x00\x02\x00\x00\x00x\x00\x00"
    "\x01\x00\x00\x00"
    "DELETE /sync/v1/session\n" V "\n"
    "\x01\x00\x00\x00GET /sync/v1/files/12/v1\n" V "\n";
static const char sign_in_again[] =
    "\x02\x00\x6c\x00POST /sync/v1/session\n" V BSON "\n"
    "l\x00\x00\x00\x02grant\x00\x06\x00\x00\x00token\x00\x02"
    "app\x00%\x00\x00\x00"
    "" APP "\x00\x02token\x00\x04\x00\x00\x00"
    "abc\x00\x03"
    "device\x00\x11\x00\x00\x00\x12id\x00\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00";
static const char others[] =
    "\x07\x02\x08\x00PATCH /sync/v1/blobs/" ID ID "\n" V BYTES
    "Upload-Offset: 0\nUpload-Length: 99\n\nabcdefgh"
    "\x03\x00\x05\x00POST /sync/v1/microflows/Shop.Nothing\n" V BSON
    "\n\x05\x00\x00\x00\x00"
    "\x03\x00\x05\x00POST /sync/v1/objects/retrieve\n" V BSON
    "\n\x05\x00\x00\x00\x00"
    "\x10\x00\x00\x00GET /health\n\n"
    "\x00\x00\x00\x00GET /sync/v1/info?x\nSync-Request: 77\nAccept: */*\n\n"
    "\x01\x00\x04\x00PUT /nowhere\nTransfer-Encoding: chunked\n\nabcd";
const char *const fuzz_seeds[] = {everything,    run,    upload, sign_in,
                                  sign_in_again, others, NULL};
const size_t fuzz_seed_sizes[] = {sizeof everything - 1,
                                  sizeof run - 1,
                                  sizeof upload - 1,
                                  sizeof sign_in - 1,
                                  sizeof sign_in_again - 1,
                                  sizeof others - 1,
                                  0};

typedef struct target {
    fuzz_server at;
    nf_sync_response response;
    char session[80];
} target;

/* ---- a session, and a result in it -----------------------------------------
 */

/* Asks the server past the front end; *reply (NULL: nobody wants it) is valid
 * until the next request. */
static void ask(target *t, nf_sync_method method, const char *path,
                const void *body, size_t size, bson_t *reply)
{
    nf_sync_request request = {.method = method,
                               .path = path,
                               .session = *t->session ? t->session : NULL,
                               .length = (int64_t)size,
                               .body = body,
                               .body_length = size,
                               .local = true};

    if (nf_server_handle(t->at.server, &request, &t->response, NULL) != NF_OK ||
        t->response.status > 299 ||
        (reply && !nf_document_open(reply, t->response.body.data,
                                    t->response.body.length)))
        abort();
}

/* As the host itself, whom nobody asks for a password. */
static void open_session(target *t)
{
    bson_t *body =
        BCON_NEW("grant", "local", "app", nf_model_app_id(t->at.model),
                 "profile", "Phone", "user", "anna");
    bson_t reply;

    ask(t, NF_SYNC_POST, "/sync/v1/session", bson_get_data(body), body->len,
        &reply);
    snprintf(t->session, sizeof t->session, "%s",
             nf_document_text(&reply, "session", ""));
    bson_destroy(body);
}

static nf_status to_buffer(void *user, const void *bytes, size_t size,
                           nf_error *err)
{
    (void)err;
    nf_buffer_add(user, bytes, size);
    return NF_OK;
}

static void make_body(nf_buffer *out, const uint8_t id[16])
{
    bson_t *head = BCON_NEW("k", "head", "v", BCON_INT32(NF_SYNC_VERSION), "id",
                            BCON_BIN(BSON_SUBTYPE_BINARY, id, 16));
    nf_stream_writer writer;

    nf_buffer_init(out, NF_SYNC_MESSAGE_MAX);
    if (nf_stream_start(&writer, to_buffer, out, NULL) != NF_OK ||
        nf_stream_put_bytes(&writer, bson_get_data(head), head->len, NULL) !=
            NF_OK ||
        nf_stream_finish(&writer, NULL) != NF_OK)
        abort();
    nf_stream_dispose(&writer);
    bson_destroy(head);
}

static void make_result(target *t)
{
    uint8_t id[16], sha[NF_SHA256_SIZE];
    nf_buffer body;
    bson_t *create;

    nf_unhex(id, sizeof id, ID);
    make_body(&body, id);
    nf_sha256(sha, body.data, body.length);
    create = BCON_NEW("id", BCON_BIN(BSON_SUBTYPE_BINARY, id, 16), "mode",
                      "all", "len", BCON_INT64((int64_t)body.length), "sha",
                      BCON_BIN(BSON_SUBTYPE_BINARY, sha, sizeof sha));
    ask(t, NF_SYNC_POST, "/sync/v1/syncs", bson_get_data(create), create->len,
        NULL);
    ask(t, NF_SYNC_PATCH, "/sync/v1/syncs/" ID "/body", body.data, body.length,
        NULL);
    ask(t, NF_SYNC_POST, "/sync/v1/syncs/" ID "/commit", NULL, 0, NULL);
    bson_destroy(create);
    nf_buffer_dispose(&body);
}

/* ---- requests --------------------------------------------------------------
 */

static void exchange(target *t, const char *head, size_t length,
                     fake_request *request)
{
    static helper_head read;
    fake_reply reply = {0};

    helper_head_read(&read, head, length);
    request->head = &read;
    fake_exchange(&reply, &t->at.http, request);
    /* Only what the host itself breaks is the server's failure. */
    if (reply.status == 500 || t->at.http.under_way > 0)
        abort();
}

/* The body to one path by every method, as each kind of body. */
static void exchange_path(target *t, const char *path, const char *headers,
                          const fake_request *request)
{
    static const char *const methods[] = {"GET",    "HEAD", "POST", "PATCH",
                                          "DELETE", "PUT",  "BREW"};
    static const char *const types[] = {BSON, BYTES, ""};

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        for (size_t j = 0; j < sizeof types / sizeof *types; j++) {
            char head[1000];
            fake_request copy = *request;

            snprintf(head, sizeof head, "%s %s\n%sUpload-Offset: 0\n%.500s",
                     methods[i], path, types[j], headers);
            exchange(t, head, strlen(head), &copy);
        }
}

/* … to all that is there, and to what is not. */
static void exchange_all(target *t, const char *headers,
                         const fake_request *request)
{
    const char *pattern, *allowed;
    bool open;

    for (size_t i = 0; nf_http_resource(i, &pattern, &allowed, &open); i++) {
        nf_buffer path;

        nf_buffer_init(&path, 1000);
        for (const char *c = pattern; *c; c++)
            nf_buffer_add(&path, *c == '*' ? ID : c,
                          *c == '*' ? strlen(ID) : 1);
        exchange_path(t, nf_buffer_string(&path), headers, request);
        nf_buffer_format(&path, "/x");
        exchange_path(t, nf_buffer_string(&path), headers, request);
        nf_buffer_dispose(&path);
    }
}

/* What one request is; false: nothing is left. */
static bool next(target *t, const uint8_t **data, size_t *size)
{
    const uint8_t *at = *data;
    const char *head = (const char *)at + 4, *end;
    fake_request r = {0};
    size_t length;

    if (*size < 5)
        return false;
    r.size = (size_t)at[2] | (size_t)at[3] << 8;
    end = memmem(head, *size - 4, "\n\n", 2);
    length = end ? (size_t)(end - head) : *size - 4;
    r.body = at + 4 + length + (end ? 2 : 0);
    *size -= (size_t)(r.body - at);
    if (r.size > *size)
        r.size = *size;
    *size -= r.size;
    *data = r.body + r.size;
    r.piece = at[1];
    r.session = at[0] & SIGNED_IN ? t->session : NULL;
    r.declared = at[0] & DECLARED;
    r.cut_body = at[0] & CUT_BODY;
    r.cut_reply = at[0] & CUT_REPLY;
    t->at.http.stopping = at[0] & STOPPING;
    if (at[0] & EVERYTHING) {
        char headers[500];

        snprintf(headers, sizeof headers, "%.*s",
                 length < 499 ? (int)length : 499, head);
        exchange_all(t, headers, &r);
    } else {
        exchange(t, head, length, &r);
    }
    return true;
}

/* Making the tables of an app takes longer than most inputs: one server serves
 * all, and what an input did to its database is undone. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static target t;
    nf_database *database;

    if (!t.at.server) {
        fuzz_open_server(&t.at);
        if (strcmp(nf_model_app_id(t.at.model), APP) != 0)
            abort();
        nf_buffer_init(&t.response.body, NF_SYNC_MESSAGE_MAX);
        open_session(&t);
        make_result(&t);
    }
    database = nf_server_database(t.at.server);
    nf_random_seed(&t.at.random, 1);
    if (nf_database_begin(database, NULL) != NF_OK)
        abort();
    for (int i = 0; i < REQUESTS_MAX && next(&t, &data, &size); i++)
        ;
    if (nf_database_end(database, false, NULL) != NF_OK)
        abort();
    return 0;
}
