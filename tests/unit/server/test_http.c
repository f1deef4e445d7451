/* The HTTP front end with sockets (synchronize W14, W34, W38, W42, §27.9): long
 * results in ranges and compressed, limits, and how it stops. Server and client
 * share the thread: the server is stepped while the client waits. */
#include "helper_wire.h"

#include "base/clock.h"
#include "server/http.h"
#include "sync/gzip.h"
#include "sync/spool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>

enum { PHOTOS = 30, CAPTION = 100000, PATIENCE = 20000 };

static nf_http *http;
static int port;

static void open_http(helper_world *world, nf_http_limits limits)
{
    nf_http_options options = {
        .server = world->server, .listen = "127.0.0.1:0", .limits = limits};
    nf_error err = {0};

    if (nf_http_new(&http, &options, &err) != NF_OK)
        fail_msg("%s", err.message);
    port = atoi(strrchr(nf_http_address(http), ':') + 1);
}

static int setup(void **state)
{
    if (helper_setup_file(state) != 0)
        return -1;
    open_http(*state, nf_http_default_limits());
    return 0;
}

static int teardown(void **state)
{
    nf_http_free(http);
    http = NULL;
    return helper_teardown(state);
}

static void reopen(helper_world *world, nf_http_limits limits)
{
    nf_http_free(http);
    open_http(world, limits);
}

/* ---- a client
 * ---------------------------------------------------------------- */

typedef struct client {
    int socket;
    nf_buffer in;
    bool closed;
} client;

static void connect_client(client *c)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port)};
    int room = 64 << 10; /* so that the server has to wait for its reader */

    memset(c, 0, sizeof *c);
    nf_buffer_init(&c->in, 64 << 20);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->socket = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(c->socket >= 0);
    setsockopt(c->socket, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    assert_int_equal(connect(c->socket, (struct sockaddr *)&to, sizeof to), 0);
    fcntl(c->socket, F_SETFL, O_NONBLOCK);
}

static void free_client(client *c)
{
    close(c->socket);
    nf_buffer_dispose(&c->in);
}

static void say(client *c, const char *text)
{
    assert_int_equal(send(c->socket, text, strlen(text), MSG_NOSIGNAL),
                     strlen(text));
}

/* Takes what has arrived, at most `most` bytes. */
static void take(client *c, size_t most)
{
    char bytes[1 << 16];
    ssize_t got =
        recv(c->socket, bytes, most < sizeof bytes ? most : sizeof bytes, 0);

    if (got > 0)
        nf_buffer_add(&c->in, bytes, (size_t)got);
    else if (got == 0 || errno != EAGAIN)
        c->closed = true;
}

static nf_status step(void)
{
    nf_error err = {0};
    nf_status status = nf_http_step(http, 1, &err);
    if (status != NF_OK && status != NF_PENDING)
        fail_msg("%s", err.message);
    return status;
}

/* Steps the server until the client has `size` bytes or is hung up on. */
static void await_bytes(client *c, size_t size)
{
    for (int i = 0; i < PATIENCE && !c->closed && c->in.length < size; i++) {
        step();
        take(c, SIZE_MAX);
    }
}

static void await_close(client *c)
{
    await_bytes(c, SIZE_MAX);
    assert_true(c->closed);
}

/* ---- replies
 * ------------------------------------------------------------------ */

static size_t head_length(const client *c)
{
    const char *end = c->in.length ? strstr(c->in.data, "\r\n\r\n") : NULL;
    return end ? (size_t)(end - c->in.data) + 4 : 0;
}

static int status_of(const client *c)
{
    return c->in.length > 12 ? atoi(c->in.data + 9) : 0;
}

/* The value of a header, in rotating static storage; "" if it is not there. */
static const char *header_of(const client *c, const char *name)
{
    static char values[4][256];
    static int next;
    char *value = values[next++ % 4];
    const char *line = c->in.data, *end = c->in.data + head_length(c);

    *value = '\0';
    while (line < end) {
        size_t length = strcspn(line, "\r");
        size_t n = strlen(name);
        if (length > n + 2 && line[n] == ':' && !strncasecmp(line, name, n))
            snprintf(value, sizeof values[0], "%.*s", (int)(length - n - 2),
                     line + n + 2);
        line += length + 2;
    }
    return value;
}

/* The body, out of its chunks; nf_free. */
static char *body_of(const client *c, size_t *size)
{
    const char *from = c->in.data + head_length(c);
    const char *end = c->in.data + c->in.length;
    char *body = nf_alloc(c->in.length + 1);

    assert_non_null(body);
    *size = 0;
    if (strcmp(header_of(c, "Transfer-Encoding"), "chunked") != 0) {
        *size = (size_t)(end - from);
        memcpy(body, from, *size);
        return body;
    }
    while (from < end) {
        char *after;
        size_t length = strtoul(from, &after, 16);
        if (length == 0)
            break;
        from = after + 2;
        assert_true(length <= (size_t)(end - from));
        memcpy(body + *size, from, length);
        *size += length;
        from += length + 2;
    }
    return body;
}

/* GET of a path with more headers, to its end. */
static void get(client *c, const char *path, const char *session,
                const char *headers)
{
    char text[1024];

    connect_client(c);
    snprintf(text, sizeof text,
             "GET %s HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
             "Sync-Version: 1\r\nAuthorization: Bearer %s\r\n%s\r\n",
             path, session, headers);
    say(c, text);
    await_close(c);
}

/* ---- a long result
 * -------------------------------------------------------------- */

static void fill(char *text, uint32_t number)
{
    for (size_t i = 0; i < CAPTION; i++) {
        number = number * 1664525u + 1013904223u;
        text[i] = (char)('a' + (number >> 24) % 26);
    }
    text[CAPTION] = '\0';
}

/* Photos with long captions on the server; then a result that holds them all,
 * for another device. */
static void long_result(helper_world *world, helper_wire *wire, wire_upload *up)
{
    helper_wire other;
    wire_upload photos;
    char *caption = nf_alloc(CAPTION + 1);

    wire_open(&other, world);
    assert_int_equal(wire_sign_in(&other, NULL, "anna", NULL), 201);
    wire_begin(&photos, 1);
    for (int i = 0; i < PHOTOS; i++) {
        fill(caption, (uint32_t)i);
        wire_record(&photos, "new", "Shop.Photo",
                    wire_id(&other, "Shop.Photo", i + 1), 100 + i,
                    BCON_NEW("Caption", BCON_UTF8(caption)), NULL);
    }
    wire_end(&photos);
    assert_int_equal(wire_commit(&other, &photos, "selective"), 200);
    wire_dispose(&photos);
    wire_close(&other);
    nf_free(caption);
    wire_open(wire, world);
    assert_int_equal(wire_sign_in(wire, NULL, "anna", NULL), 201);
    wire_begin(up, 2);
    wire_end(up);
    assert_int_equal(wire_commit(wire, up, "all"), 200);
}

/* The same bytes, whatever the ranges in which they are fetched (W34). */
static void test_ranges(void **state)
{
    helper_wire wire;
    wire_upload up;
    client all, part;
    size_t size, at = 0, count = 0;
    char *body, headers[256], etag[NF_SYNC_ETAG];

    long_result(*state, &wire, &up);
    get(&all, wire_path(&up, "/result"), wire.session, "");
    assert_int_equal(status_of(&all), 200);
    assert_string_equal(header_of(&all, "Content-Type"),
                        "application/octet-stream");
    assert_string_equal(header_of(&all, "Sync-Version"), "1");
    snprintf(etag, sizeof etag, "%s", header_of(&all, "ETag"));
    assert_true(*etag == '"');
    body = body_of(&all, &size);
    assert_true(size > PHOTOS * CAPTION);
    while (at < size) {
        const size_t windows[] = {1, 999, 1 << 20, 4 << 20};
        size_t wanted = windows[count++ % 4], got;
        char *bytes, range[64];
        snprintf(headers, sizeof headers,
                 "Range: bytes=%zu-%zu\r\nIf-Range: %s\r\n", at,
                 at + wanted - 1, etag);
        get(&part, wire_path(&up, "/result"), wire.session, headers);
        assert_int_equal(status_of(&part), 206);
        bytes = body_of(&part, &got);
        assert_true(got > 0 && got <= wanted && got <= size - at);
        snprintf(range, sizeof range, "bytes %zu-%zu/%zu", at, at + got - 1,
                 size);
        assert_string_equal(header_of(&part, "Content-Range"), range);
        assert_memory_equal(bytes, body + at, got);
        at += got;
        nf_free(bytes);
        free_client(&part);
    }
    /* Behind the end, and an If-Range that does not hold. */
    snprintf(headers, sizeof headers, "Range: bytes=%zu-\r\n", size);
    get(&part, wire_path(&up, "/result"), wire.session, headers);
    assert_int_equal(status_of(&part), 416);
    snprintf(headers, sizeof headers, "bytes */%zu", size);
    assert_string_equal(header_of(&part, "Content-Range"), headers);
    free_client(&part);
    get(&part, wire_path(&up, "/result"), wire.session,
        "Range: bytes=5-\r\nIf-Range: \"another\"\r\n");
    assert_int_equal(status_of(&part), 200);
    free_client(&part);
    nf_free(body);
    free_client(&all);
    wire_dispose(&up);
    wire_close(&wire);
}

static nf_status decode_into(const char *bytes, size_t size, nf_buffer *out,
                             nf_error *err)
{
    nf_gunzip *gunzip = nf_gunzip_new(INT64_MAX);
    nf_status status = nf_gunzip_step(gunzip, bytes, &size, out, SIZE_MAX, err);
    nf_gunzip_free(gunzip);
    return status;
}

/* W42: the compressed form has a name, a length and ranges of its own, which
 * another process finds again. */
static void test_gzip(void **state)
{
    helper_wire wire;
    wire_upload up;
    client plain, packed, part;
    nf_buffer decoded;
    size_t size, coded_size, at = 0;
    char *body, *coded, headers[256], etag[NF_SYNC_ETAG];
    nf_error err = {0};

    long_result(*state, &wire, &up);
    get(&plain, wire_path(&up, "/result"), wire.session, "");
    body = body_of(&plain, &size);
    get(&packed, wire_path(&up, "/result"), wire.session,
        "Accept-Encoding: gzip\r\n");
    assert_int_equal(status_of(&packed), 200);
    assert_string_equal(header_of(&packed, "Content-Encoding"), "gzip");
    assert_string_equal(header_of(&packed, "Vary"), "Accept-Encoding");
    snprintf(etag, sizeof etag, "%s", header_of(&packed, "ETag"));
    assert_string_not_equal(etag, header_of(&plain, "ETag"));
    coded = body_of(&packed, &coded_size);
    assert_true(coded_size < size);
    nf_buffer_init(&decoded, 64 << 20);
    assert_int_equal(decode_into(coded, coded_size, &decoded, &err), NF_OK);
    assert_int_equal(decoded.length, size);
    assert_memory_equal(decoded.data, body, size);
    /* From any offset on, also by a server that remembers nothing. */
    while (at < coded_size) {
        size_t got;
        char *bytes;
        reopen(*state, nf_http_default_limits());
        snprintf(headers, sizeof headers,
                 "Accept-Encoding: gzip\r\nRange: bytes=%zu-\r\n"
                 "If-Range: %s\r\n",
                 at, etag);
        get(&part, wire_path(&up, "/result"), wire.session, headers);
        assert_int_equal(status_of(&part), 206);
        bytes = body_of(&part, &got);
        assert_true(got > 0 && got <= coded_size - at);
        assert_memory_equal(bytes, coded + at, got);
        at += got > 300000 ? 300000 : got;
        nf_free(bytes);
        free_client(&part);
    }
    snprintf(headers, sizeof headers,
             "Accept-Encoding: gzip\r\nRange: bytes=%zu-\r\n", coded_size);
    get(&part, wire_path(&up, "/result"), wire.session, headers);
    assert_int_equal(status_of(&part), 416);
    free_client(&part);
    /* A range of the plain form is none of this one. */
    snprintf(headers, sizeof headers,
             "Accept-Encoding: gzip\r\nRange: bytes=7-\r\nIf-Range: %s\r\n",
             header_of(&plain, "ETag"));
    get(&part, wire_path(&up, "/result"), wire.session, headers);
    assert_int_equal(status_of(&part), 200);
    free_client(&part);
    nf_buffer_dispose(&decoded);
    nf_free(body);
    nf_free(coded);
    free_client(&plain);
    free_client(&packed);
    wire_dispose(&up);
    wire_close(&wire);
}

/* ---- foreign things
 * -------------------------------------------------------------- */

/* A157: what another user asks for does not exist for them. */
static void test_foreign(void **state)
{
    helper_wire wire, other;
    wire_upload up;
    client c;

    long_result(*state, &wire, &up);
    wire_open(&other, *state);
    assert_int_equal(wire_sign_in(&other, NULL, "bert", NULL), 201);
    get(&c, wire_path(&up, "/result"), other.session, "");
    assert_int_equal(status_of(&c), 404);
    free_client(&c);
    get(&c, wire_path(&up, ""), other.session, "");
    assert_int_equal(status_of(&c), 404);
    free_client(&c);
    get(&c, "/sync/v1/files/123/00", other.session, "");
    assert_int_equal(status_of(&c), 404);
    free_client(&c);
    wire_dispose(&up);
    wire_close(&wire);
    wire_close(&other);
}

/* ---- limits
 * ------------------------------------------------------------------------ */

static const char beginning[] =
    "POST /sync/v1/session HTTP/1.1\r\nHost: h\r\nSync-Version: 1\r\n"
    "Content-Type: application/vnd.nanoflow.sync+bson\r\n"
    "Content-Length: 5\r\n\r\nab";

/* Of too many connections the one goes that has been quiet for longest; where
 * all are in a request a new one is told to come again. */
static void test_connections(void **state)
{
    nf_http_limits limits = nf_http_default_limits();
    client c[5];

    limits.connections = 2;
    reopen(*state, limits);
    for (int i = 0; i < 3; i++) {
        connect_client(&c[i]);
        step();
    }
    say(&c[2], "GET /sync/v1/info HTTP/1.1\r\nHost: h\r\n\r\n");
    await_bytes(&c[2], 300);
    assert_int_equal(status_of(&c[2]), 200);
    await_close(&c[0]);
    free_client(&c[2]);
    for (int i = 0; i < 100; i++)
        step();
    say(&c[1], beginning);
    connect_client(&c[3]);
    say(&c[3], beginning);
    for (int i = 0; i < 100; i++)
        step();
    connect_client(&c[4]);
    say(&c[4], "GET /sync/v1/info HTTP/1.1\r\nHost: h\r\n\r\n");
    await_bytes(&c[4], 300);
    assert_int_equal(status_of(&c[4]), 503);
    assert_string_equal(header_of(&c[4], "Retry-After"), "1");
    for (int i = 0; i < 5; i++)
        if (i != 2)
            free_client(&c[i]);
}

/* A request that does not go on is closed after its idle time, whatever part of
 * it is there. */
static void test_idle(void **state)
{
    static const char *const beginnings[] = {
        "", "GET /sync/v1/in",
        "POST /sync/v1/session HTTP/1.1\r\nHost: h\r\nSync-Version: 1\r\n"
        "Content-Type: application/vnd.nanoflow.sync+bson\r\n"
        "Content-Length: 5\r\n\r\nab"};
    nf_http_limits limits = nf_http_default_limits();
    client c[3];
    int64_t start = nf_clock_elapsed();

    limits.idle_s = 1;
    reopen(*state, limits);
    for (int i = 0; i < 3; i++) {
        connect_client(&c[i]);
        say(&c[i], beginnings[i]);
    }
    for (int i = 0; i < 3; i++) {
        await_close(&c[i]);
        free_client(&c[i]);
    }
    assert_true(nf_clock_elapsed() - start < 10000);
}

/* A body that is refused for its length is not waited for. */
static void test_refused_body(void **state)
{
    client c;

    (void)state;
    connect_client(&c);
    say(&c, "PATCH /sync/v1/blobs/00 HTTP/1.1\r\nHost: h\r\nSync-Version: 1\r\n"
            "Authorization: Bearer ab\r\nUpload-Offset: 0\r\n"
            "Content-Type: application/octet-stream\r\n"
            "Content-Length: 2000000000\r\n\r\n");
    await_close(&c);
    assert_int_equal(status_of(&c), 413);
    free_client(&c);
}

/* A short body behind a head that is refused, at whatever step of reading it,
 * is read and dropped; the reply says why, and the server goes on. */
static void test_refused_heads(void **state)
{
    static const struct {
        const char *head;
        int status;
    } rows[] = {
        {"POST /elsewhere HTTP/1.1\r\n", 404},
        {"POST / HTTP/1.1\r\nSync-Version: 1\r\n", 404},
        {"POST /sync/v1/sessions HTTP/1.1\r\nSync-Version: 1\r\n", 404},
        {"POST /sync/v1/syncs/%00 HTTP/1.1\r\nSync-Version: 1\r\n", 404},
        {"PUT /sync/v1/session HTTP/1.1\r\nSync-Version: 1\r\n", 405},
        {"POST /health HTTP/1.1\r\n", 405},
        {"POST /sync/v1/session HTTP/1.1\r\nSync-Version: 9\r\n", 426},
        {"POST /sync/v1/syncs HTTP/1.1\r\nSync-Version: 1\r\n", 401},
        {"POST /sync/v1/session HTTP/1.1\r\nSync-Version: 1\r\n"
         "Content-Type: text/plain\r\n",
         415},
    };
    client c;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        connect_client(&c);
        say(&c, rows[i].head);
        say(&c, "Host: h\r\nConnection: close\r\nContent-Length: "
                "5\r\n\r\n12345");
        await_close(&c);
        if (status_of(&c) != rows[i].status)
            fail_msg("%d: %s", status_of(&c), rows[i].head);
        free_client(&c);
    }
    connect_client(&c);
    say(&c, "GET /sync/v1/info HTTP/1.1\r\nHost: h\r\n\r\n");
    await_bytes(&c, 300);
    assert_int_equal(status_of(&c), 200);
    free_client(&c);
}

/* ---- stopping
 * ---------------------------------------------------------------------- */

/* A transfer under way is finished; nobody else is let in. */
static void test_stop(void **state)
{
    helper_wire wire;
    wire_upload up;
    client c, idle, late;
    char text[512];
    size_t size;
    nf_status status = NF_PENDING;
    struct sockaddr_in to = {.sin_family = AF_INET};

    long_result(*state, &wire, &up);
    connect_client(&idle);
    connect_client(&c);
    snprintf(text, sizeof text,
             "GET %s HTTP/1.1\r\nHost: h\r\nSync-Version: 1\r\n"
             "Authorization: Bearer %s\r\n\r\n",
             wire_path(&up, "/result"), wire.session);
    say(&c, text);
    for (int i = 0; i < PATIENCE && c.in.length == 0; i++) {
        step();
        take(&c, 1000);
    }
    nf_http_stop(http);
    for (int i = 0; i < 20 && status == NF_PENDING; i++)
        status = step();
    late.socket = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_port = htons((uint16_t)port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(late.socket, (struct sockaddr *)&to, sizeof to),
                     -1);
    close(late.socket);
    for (int i = 0; status == NF_PENDING && i < PATIENCE; i++) {
        status = step();
        take(&c, SIZE_MAX);
    }
    assert_int_equal(status, NF_OK);
    reopen(*state, nf_http_default_limits()); /* ends what was idle */
    for (int i = 0; i < PATIENCE && !c.closed; i++)
        take(&c, SIZE_MAX);
    nf_free(body_of(&c, &size));
    assert_true(size > PHOTOS * CAPTION);
    assert_memory_equal(c.in.data + c.in.length - 5, "0\r\n\r\n", 5);
    free_client(&c);
    free_client(&idle);
    wire_dispose(&up);
    wire_close(&wire);
}

/* A client that does not read does not keep it. */
static void test_stop_in_time(void **state)
{
    nf_http_limits limits = nf_http_default_limits();
    helper_wire wire;
    wire_upload up;
    client c;
    char text[512];
    nf_status status = NF_PENDING;
    int64_t start;

    limits.stop_s = 1;
    reopen(*state, limits);
    long_result(*state, &wire, &up);
    connect_client(&c);
    snprintf(text, sizeof text,
             "GET %s HTTP/1.1\r\nHost: h\r\nSync-Version: 1\r\n"
             "Authorization: Bearer %s\r\n\r\n",
             wire_path(&up, "/result"), wire.session);
    say(&c, text);
    for (int i = 0; i < PATIENCE && c.in.length == 0; i++) {
        step();
        take(&c, 1);
    }
    start = nf_clock_elapsed();
    nf_http_stop(http);
    while (status == NF_PENDING && nf_clock_elapsed() - start < 20000)
        status = step();
    assert_int_equal(status, NF_OK);
    free_client(&c);
    wire_dispose(&up);
    wire_close(&wire);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_ranges),        T(test_gzip), T(test_foreign),
        T(test_refused_heads), T(test_idle), T(test_connections),
        T(test_refused_body),  T(test_stop), T(test_stop_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
