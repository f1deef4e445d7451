/* The HTTP transport against a server that says what a script says
 * (synchronize W13 … W16, W39, W42, S146, S147; A134, A139, A141, A142, A144,
 * A147). The server lives on the same thread: it is stepped between the
 * exchanges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/memory.h"
#include "sync/calls.h"
#include "sync/gzip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

enum { ROUNDS = 2000, SEEN = 32, PIECE = 20 };

#define OURS                                                                   \
    "Sync-Version: 1\r\n"                                                      \
    "Content-Type: application/vnd.nanoflow.sync+bson\r\n"
#define OURS_BYTES                                                             \
    "Sync-Version: 1\r\n"                                                      \
    "Content-Type: application/octet-stream\r\n"
#define OK_REPLY "HTTP/1.1 200 OK\r\n" OURS "Content-Length: 2\r\n\r\nhi"

/* ---- the server ------------------------------------------------------------
 */

/* What it does about a request: sends bytes, and then perhaps hangs up. */
typedef struct answer {
    const char *bytes;
    size_t size; /* 0: strlen */
    bool hang_up;
} answer;

static struct peer {
    int listener, connection;
    int port;
    char in[1 << 16];
    size_t length;
    const answer *script;
    size_t steps, at;
    int connections, requests;
    char seen[SEEN][2048]; /* the heads of the requests */
} peer;

static int setup(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;

    (void)state;
    memset(&peer, 0, sizeof peer);
    peer.connection = -1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(peer.listener >= 0);
    assert_int_equal(
        bind(peer.listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(peer.listener, 8), 0);
    assert_int_equal(
        getsockname(peer.listener, (struct sockaddr *)&address, &size), 0);
    peer.port = ntohs(address.sin_port);
    return 0;
}

static void hang_up(void)
{
    if (peer.connection >= 0)
        close(peer.connection);
    peer.connection = -1;
    peer.length = 0;
}

static int teardown(void **state)
{
    (void)state;
    hang_up();
    close(peer.listener);
    return 0;
}

/* Sends all that fits; the tests' replies always fit. */
static void say(const char *bytes, size_t size)
{
    while (size > 0 && peer.connection >= 0) {
        ssize_t sent = send(peer.connection, bytes, size, MSG_NOSIGNAL);
        if (sent < 0)
            return;
        bytes += sent;
        size -= (size_t)sent;
    }
}

/* The length of the first request, with its body; 0: not all there. */
static size_t whole_request(void)
{
    char *end, *length;
    size_t head, body = 0;

    peer.in[peer.length] = '\0';
    end = strstr(peer.in, "\r\n\r\n");
    if (!end)
        return 0;
    head = (size_t)(end - peer.in) + 4;
    length = strcasestr(peer.in, "\r\nContent-Length:");
    if (length && length < end)
        body = strtoul(length + 17, NULL, 10);
    return peer.length >= head + body ? head + body : 0;
}

static void answer_request(size_t size)
{
    size_t kept =
        size < sizeof peer.seen[0] - 1 ? size : sizeof peer.seen[0] - 1;

    assert_true(peer.requests < SEEN);
    memcpy(peer.seen[peer.requests], peer.in, kept);
    peer.seen[peer.requests++][kept] = '\0';
    memmove(peer.in, peer.in + size, peer.length - size);
    peer.length -= size;
    if (peer.at >= peer.steps)
        return;
    const answer *a = &peer.script[peer.at++];
    say(a->bytes, a->size ? a->size : strlen(a->bytes));
    if (a->hang_up)
        hang_up();
}

static void peer_step(void)
{
    int fresh = accept4(peer.listener, NULL, NULL, SOCK_NONBLOCK);
    ssize_t got;
    size_t size;

    if (fresh >= 0) {
        int room = 4 << 20;
        hang_up();
        setsockopt(fresh, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
        peer.connection = fresh;
        peer.connections++;
    }
    if (peer.connection < 0)
        return;
    got = recv(peer.connection, peer.in + peer.length,
               sizeof peer.in - 1 - peer.length, 0);
    if (got > 0)
        peer.length += (size_t)got;
    size = whole_request();
    if (size > 0)
        answer_request(size);
}

/* ---- the device ------------------------------------------------------------
 */

static int64_t now;
static char log_text[4096];

static void take_log(void *user, const char *level, const char *text)
{
    (void)user;
    (void)level;
    snprintf(log_text, sizeof log_text, "%s", text);
}

static nf_sync_transport *transport_with(const answer *script, size_t steps,
                                         nf_sync_pack pack)
{
    static char address[64];
    nf_sync_transport *transport = NULL;
    nf_sync_http_options options = {.address = address,
                                    .clock = nf_clock_fixed(&now),
                                    .pack = pack,
                                    .log = take_log};
    nf_error err = {0};

    now = 1000000;
    log_text[0] = '\0';
    peer.script = script;
    peer.steps = steps;
    snprintf(address, sizeof address, "http://127.0.0.1:%d", peer.port);
    assert_int_equal(nf_sync_http_new(&transport, &options, &err), NF_OK);
    return transport;
}
#define TRANSPORT(script)                                                      \
    transport_with(script, sizeof(script) / sizeof *(script), NF_SYNC_PACK_AUTO)

static nf_status exchange(nf_sync_transport *transport,
                          const nf_sync_request *request,
                          nf_sync_response *response, nf_error *err)
{
    nf_status status = NF_PENDING;

    for (int i = 0; status == NF_PENDING && i < ROUNDS; i++) {
        peer_step();
        status = transport->ops->exchange(transport, request, response, 5, err);
    }
    return status;
}

static const nf_sync_request get_thing = {.method = NF_SYNC_GET,
                                          .path = "/sync/v1/syncs/07",
                                          .session = "secret",
                                          .device = "phone",
                                          .id = "77",
                                          .offset = -1,
                                          .length = -1};
static const nf_sync_request get_result = {.method = NF_SYNC_GET,
                                           .path = "/sync/v1/syncs/07/result",
                                           .session = "secret",
                                           .offset = 0,
                                           .length = -1,
                                           .pieces = true};

static void expect_network(nf_sync_transport *transport, const char *reason)
{
    nf_sync_response response = {0};
    nf_error err = {0};

    nf_buffer_init(&response.body, NF_SYNC_MESSAGE_MAX);
    assert_int_equal(exchange(transport, &get_thing, &response, &err),
                     NF_FAILED);
    assert_string_equal(err.code, "SYNC_NETWORK");
    if (!strstr(log_text, reason))
        fail_msg("the log says \"%s\", not \"%s\"", log_text, reason);
    nf_buffer_dispose(&response.body);
}

/* ---- who answers ------------------------------------------------------------
 */

/* W14 … W16: one connection, our headers, the reply as it is. */
static void test_plain(void **state)
{
    static const answer script[] = {{.bytes = OK_REPLY},
                                    {.bytes = OK_REPLY},
                                    {.bytes = "HTTP/1.1 404 Not Found\r\n" OURS
                                              "Content-Length: 0\r\n\r\n"}};
    nf_sync_transport *transport = TRANSPORT(script);
    nf_sync_response response = {0};
    nf_error err = {0};

    (void)state;
    nf_buffer_init(&response.body, NF_SYNC_MESSAGE_MAX);
    assert_int_equal(exchange(transport, &get_thing, &response, &err), NF_OK);
    assert_int_equal(response.status, 200);
    assert_string_equal(nf_buffer_string(&response.body), "hi");
    assert_int_equal(exchange(transport, &get_thing, &response, &err), NF_OK);
    assert_int_equal(response.status, 404);
    assert_int_equal(response.body.length, 0);
    assert_int_equal(peer.connections, 1);
    assert_int_equal(peer.requests, 3);
    assert_non_null(strstr(peer.seen[0], "GET /sync/v1/info HTTP/1.1\r\n"));
    assert_null(strcasestr(peer.seen[0], "authorization"));
    assert_non_null(strstr(peer.seen[1], "Authorization: Bearer secret\r\n"));
    assert_non_null(strstr(peer.seen[1], "Sync-Version: 1\r\n"));
    assert_non_null(strstr(peer.seen[1], "Sync-Device: phone\r\n"));
    assert_non_null(strstr(peer.seen[1], "Sync-Request: 77\r\n"));
    nf_buffer_dispose(&response.body);
    nf_sync_transport_free(transport);
}

/* A142: a captive portal; its page is not read, no credentials are sent. */
static void test_portal(void **state)
{
    static const answer script[] = {
        {.bytes = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                  "Content-Length: 6\r\n\r\n<html>"}};
    nf_sync_transport *transport = TRANSPORT(script);

    (void)state;
    expect_network(transport, "is not a nanoflow server (it answered 200)");
    assert_int_equal(peer.requests, 1);
    assert_null(strcasestr(peer.seen[0], "secret"));
    nf_sync_transport_free(transport);
}

/* A142: a redirect is not followed. */
static void test_redirect(void **state)
{
    char reply[256];
    answer script[] = {{.bytes = reply}};
    nf_sync_transport *transport = TRANSPORT(script);

    (void)state;
    snprintf(reply, sizeof reply,
             "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/elsewhere\r\n"
             "Content-Length: 0\r\n\r\n",
             peer.port);
    expect_network(transport, "is not a nanoflow server (it answered 302)");
    assert_int_equal(peer.requests, 1);
    nf_sync_transport_free(transport);
}

/* W39: in the middle of a run a page of something else is a cut; so is our
 * header with a body of another type. */
static void test_page_in_between(void **state)
{
    static const answer script[] = {
        {.bytes = OK_REPLY},
        {.bytes = "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n"
                  "Content-Length: 6\r\n\r\n<html>"},
        {.bytes = "HTTP/1.1 200 OK\r\nSync-Version: 1\r\n"
                  "Content-Type: application/json\r\n"
                  "Content-Length: 2\r\n\r\n{}"}};
    nf_sync_transport *transport = TRANSPORT(script);

    (void)state;
    expect_network(transport, "it answered 502");
    expect_network(transport, "it answered 200");
    nf_sync_transport_free(transport);
}

/* A147: a server of other versions; nothing but the handshake was sent. */
static void test_versions(void **state)
{
    static const answer script[] = {
        {.bytes = "HTTP/1.1 426 Upgrade Required\r\nSync-Version: 3\r\n"
                  "Content-Type: application/vnd.nanoflow.sync+bson\r\n"
                  "Content-Length: 2\r\n\r\nhi"},
        {.bytes = "HTTP/1.1 200 OK\r\nSync-Version: 2\r\n"
                  "Content-Type: application/vnd.nanoflow.sync+bson\r\n"
                  "Content-Length: 2\r\n\r\nhi"}};
    nf_sync_transport *transport = TRANSPORT(script);
    nf_sync_response response = {0};
    nf_error err = {0};

    (void)state;
    nf_buffer_init(&response.body, NF_SYNC_MESSAGE_MAX);
    for (int i = 0; i < 2; i++) { /* it says so, or it shows */
        assert_int_equal(exchange(transport, &get_thing, &response, &err),
                         NF_OK);
        assert_int_equal(response.status, 426);
        assert_null(strcasestr(peer.seen[i], "secret"));
    }
    nf_buffer_dispose(&response.body);
    nf_sync_transport_free(transport);
}

/* W13: a proxy that the environment names is not used. */
static void test_environment(void **state)
{
    static const answer script[] = {{.bytes = OK_REPLY}, {.bytes = OK_REPLY}};
    nf_sync_transport *transport = TRANSPORT(script);
    nf_sync_response response = {0};
    nf_error err = {0};

    (void)state;
    nf_buffer_init(&response.body, NF_SYNC_MESSAGE_MAX);
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    assert_int_equal(exchange(transport, &get_thing, &response, &err), NF_OK);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    nf_buffer_dispose(&response.body);
    nf_sync_transport_free(transport);
}

/* A reply that is larger than any of the protocol. */
static void test_too_large(void **state)
{
    static const answer script[] = {{.bytes = OK_REPLY}, {.bytes = OK_REPLY}};
    nf_sync_transport *transport = TRANSPORT(script);
    nf_sync_response response = {0};
    nf_error err = {0};

    (void)state;
    nf_buffer_init(&response.body, 1);
    assert_int_equal(exchange(transport, &get_thing, &response, &err),
                     NF_FAILED);
    assert_string_equal(err.code, "SYNC_PROTOCOL");
    nf_buffer_dispose(&response.body);
    nf_sync_transport_free(transport);
}

/* ---- time -------------------------------------------------------------------
 */

/* A141: a minute without a byte counts as cut; a byte now and then does not. */
static void test_stall(void **state)
{
    static const answer script[] = {
        {.bytes = OK_REPLY},
        {.bytes = "HTTP/1.1 200 OK\r\n" OURS "Content-Length: 20\r\n\r\n"},
        {.bytes = "HTTP/1.1 200 OK\r\n" OURS "Content-Length: 20\r\n\r\n"}};
    nf_sync_transport *transport = TRANSPORT(script);
    nf_sync_response response = {0};
    nf_error err = {0};
    nf_status status = NF_PENDING;

    (void)state;
    nf_buffer_init(&response.body, NF_SYNC_MESSAGE_MAX);
    for (int i = 0; i < ROUNDS && peer.at < 2; i++) {
        peer_step();
        status =
            transport->ops->exchange(transport, &get_thing, &response, 5, &err);
        assert_int_equal(status, NF_PENDING);
    }
    for (int i = 0; i < 20; i++) { /* dribbles: one byte every ten seconds */
        say("x", 1);
        now += 10000;
        for (int j = 0; j < 3 && status == NF_PENDING; j++)
            status = transport->ops->exchange(transport, &get_thing, &response,
                                              5, &err);
    }
    assert_int_equal(status, NF_OK);
    assert_int_equal(response.body.length, 20);
    /* The same, and then silence. */
    status = NF_PENDING;
    for (int i = 0; i < ROUNDS && peer.at < 3; i++) {
        peer_step();
        status =
            transport->ops->exchange(transport, &get_thing, &response, 5, &err);
    }
    for (int i = 0; i < 20; i++)
        status =
            transport->ops->exchange(transport, &get_thing, &response, 5, &err);
    assert_int_equal(status, NF_PENDING);
    now += 59000;
    status =
        transport->ops->exchange(transport, &get_thing, &response, 5, &err);
    assert_int_equal(status, NF_PENDING);
    now += 2000;
    status =
        transport->ops->exchange(transport, &get_thing, &response, 5, &err);
    assert_int_equal(status, NF_FAILED);
    assert_string_equal(err.code, "SYNC_NETWORK");
    assert_non_null(strstr(log_text, "nothing arrived for too long"));
    nf_buffer_dispose(&response.body);
    nf_sync_transport_free(transport);
}

static nf_status call_to_end(nf_sync_call *call, nf_error *err)
{
    nf_status status = NF_PENDING;

    for (int i = 0; status == NF_PENDING && i < 10 * ROUNDS; i++) {
        peer_step();
        status = nf_sync_call_step(call, 5, err);
    }
    return status;
}

/* A144: 503 with Retry-After twice, then 200: success after the waits. */
static void test_overload(void **state)
{
#define BUSY                                                                   \
    "HTTP/1.1 503 Service Unavailable\r\n" OURS                                \
    "Retry-After: 20\r\nContent-Length: 0\r\n\r\n"
    static const answer script[] = {{.bytes = BUSY},     /* of the handshake */
                                    {.bytes = OK_REPLY}, /* and then */
                                    {.bytes = BUSY},
                                    {.bytes = OK_REPLY}};
    nf_sync_transport *transport = TRANSPORT(script);
    nf_sync_call call;
    nf_error err = {0};

    (void)state;
    nf_sync_call_init(&call, transport, nf_clock_fixed(&now), NULL);
    nf_sync_call_begin(&call, NF_SYNC_GET, "/sync/v1/syncs/07");
    assert_int_equal(call_to_end(&call, &err), NF_OK);
    assert_int_equal(nf_sync_call_status(&call), 200);
    assert_int_equal(now, 1000000 + 2 * 20000);
    nf_sync_call_dispose(&call);
    nf_sync_transport_free(transport);
}

/* ---- pieces -----------------------------------------------------------------
 */

/* Takes all pieces into `out`; the status of the last step. */
static nf_status take_all(nf_sync_call *call, nf_buffer *out, nf_error *err)
{
    nf_status status;

    do {
        status = call_to_end(call, err);
        if (status != NF_OK)
            return status;
        assert_int_equal(call->response.offset, out->length);
        nf_buffer_add(out, call->response.body.data,
                      call->response.body.length);
    } while (call->response.more);
    return status;
}

/* A result that is still being written when it is sent has no length; its end
 * is that of the reply. */
static void test_pieces(void **state)
{
    static const answer script[] = {
        {.bytes = OK_REPLY},
        {.bytes = "HTTP/1.1 200 OK\r\n" OURS_BYTES "ETag: \"one\"\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n"
                  "5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n"}};
    nf_sync_transport *transport = TRANSPORT(script);
    nf_sync_call call;
    nf_buffer all;
    nf_error err = {0};

    (void)state;
    nf_buffer_init(&all, 1000);
    nf_sync_call_init(&call, transport, nf_clock_fixed(&now), NULL);
    nf_sync_call_begin(&call, NF_SYNC_GET, "/sync/v1/syncs/07/result");
    nf_sync_call_rest(&call, 0, NULL);
    assert_int_equal(take_all(&call, &all, &err), NF_OK);
    assert_string_equal(nf_buffer_string(&all), "abcdefgh");
    assert_int_equal(call.response.total, 8);
    assert_string_equal(call.response.etag, "\"one\"");
    assert_null(strstr(peer.seen[1], "Range"));
    nf_sync_call_dispose(&call);
    nf_buffer_dispose(&all);
    nf_sync_transport_free(transport);
}

/* A cut goes on where the last piece ended, and only in the same content. */
static void test_resume(void **state)
{
    static const answer script[] = {
        {.bytes = OK_REPLY},
        {.bytes = "HTTP/1.1 200 OK\r\n" OURS_BYTES "ETag: \"one\"\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
         .hang_up = true},
        {.bytes = "HTTP/1.1 206 Partial Content\r\n" OURS_BYTES
                  "ETag: \"one\"\r\nContent-Range: bytes 5-6/*\r\n"
                  "Content-Length: 2\r\n\r\nfg"},
        {.bytes = "HTTP/1.1 206 Partial Content\r\n" OURS_BYTES
                  "ETag: \"one\"\r\nContent-Range: bytes 7-7/8\r\n"
                  "Content-Length: 1\r\n\r\nh"},
    };
    nf_sync_transport *transport = TRANSPORT(script);
    nf_sync_call call;
    nf_buffer all;
    nf_error err = {0};

    (void)state;
    nf_buffer_init(&all, 1000);
    nf_sync_call_init(&call, transport, nf_clock_fixed(&now), NULL);
    nf_sync_call_begin(&call, NF_SYNC_GET, "/sync/v1/syncs/07/result");
    nf_sync_call_rest(&call, 0, NULL);
    assert_int_equal(take_all(&call, &all, &err), NF_OK);
    assert_string_equal(nf_buffer_string(&all), "abcdefg");
    assert_int_equal(call.response.total, -1); /* there is more */
    assert_non_null(strstr(peer.seen[2], "Range: bytes=5-\r\n"));
    assert_non_null(strstr(peer.seen[2], "If-Range: \"one\"\r\n"));
    nf_sync_call_begin(&call, NF_SYNC_GET, "/sync/v1/syncs/07/result");
    nf_sync_call_rest(&call, 7, "\"one\"");
    assert_int_equal(take_all(&call, &all, &err), NF_OK);
    assert_string_equal(nf_buffer_string(&all), "abcdefgh");
    assert_int_equal(call.response.total, 8);
    nf_sync_call_dispose(&call);
    nf_buffer_dispose(&all);
    nf_sync_transport_free(transport);
}

/* Nothing behind the end: how a reader learns that it has all. */
static void test_end(void **state)
{
    static const answer script[] = {
        {.bytes = OK_REPLY},
        {.bytes = "HTTP/1.1 416 Range Not Satisfiable\r\n" OURS
                  "Content-Range: bytes */8\r\nContent-Length: 0\r\n\r\n"},
    };
    nf_sync_transport *transport = TRANSPORT(script);
    nf_sync_request request = get_result;
    nf_sync_response response = {0};
    nf_error err = {0};

    (void)state;
    nf_buffer_init(&response.body, NF_SYNC_MESSAGE_MAX);
    request.offset = 8;
    assert_int_equal(exchange(transport, &request, &response, &err), NF_OK);
    assert_int_equal(response.status, 206);
    assert_int_equal(response.total, 8);
    assert_int_equal(response.body.length, 0);
    nf_buffer_dispose(&response.body);
    nf_sync_transport_free(transport);
}

/* Counts that no transfer has are as good as none: nothing is added to them. */
static void test_counts_too_large(void **state)
{
    static const answer script[] = {
        {.bytes = OK_REPLY},
        {.bytes = "HTTP/1.1 206 Partial Content\r\n" OURS_BYTES
                  "ETag: \"one\"\r\nContent-Range: bytes "
                  "9223372036854775807-9223372036854775808/"
                  "9223372036854775809\r\nContent-Length: 2\r\n\r\nfg"},
    };
    nf_sync_transport *transport = TRANSPORT(script);
    nf_sync_request request = get_result;
    nf_sync_response response = {0};
    nf_error err = {0};

    (void)state;
    nf_buffer_init(&response.body, NF_SYNC_MESSAGE_MAX);
    request.offset = 5;
    assert_int_equal(exchange(transport, &request, &response, &err), NF_OK);
    assert_int_equal(response.status, 206);
    assert_int_equal(response.offset, -1);
    assert_int_equal(response.total, -1);
    nf_buffer_dispose(&response.body);
    nf_sync_transport_free(transport);
}

/* ---- compressed -------------------------------------------------------------
 */

static char *plain_text(size_t size)
{
    char *text = nf_alloc(size);
    uint32_t number = 7;

    assert_non_null(text);
    for (size_t i = 0; i < size; i++) {
        number = number * 1664525u + 1013904223u;
        text[i] = (char)('a' + (number >> 24) % 26);
    }
    return text;
}

/* A reply with a head and these bytes. */
static answer reply_of(const char *head, const void *bytes, size_t size)
{
    answer a = {.size = strlen(head) + size};
    char *all = nf_alloc(a.size);

    assert_non_null(all);
    memcpy(all, head, strlen(head));
    memcpy(all + strlen(head), bytes, size);
    a.bytes = all;
    return a;
}

/* W42: a compressed result is plain bytes to its reader, and goes on after a
 * cut at the last member that was whole. */
static void test_gzip(void **state)
{
    enum { SIZE = 2 * NF_GZIP_BLOCK + 1000 };
    char *text = plain_text(SIZE), head[512];
    nf_buffer coded, all;
    size_t first;
    nf_error err = {0};
    answer script[3] = {{.bytes = OK_REPLY}};
    nf_sync_transport *transport =
        transport_with(script, 3, NF_SYNC_PACK_ALWAYS);
    nf_sync_call call;

    (void)state;
    nf_buffer_init(&coded, 4 * SIZE);
    nf_buffer_init(&all, 2 * SIZE);
    assert_int_equal(nf_gzip_member(&coded, text, NF_GZIP_BLOCK, &err), NF_OK);
    first = coded.length;
    assert_int_equal(
        nf_gzip_member(&coded, text + NF_GZIP_BLOCK, NF_GZIP_BLOCK, &err),
        NF_OK);
    assert_int_equal(
        nf_gzip_member(&coded, text + 2 * NF_GZIP_BLOCK, 1000, &err), NF_OK);
    snprintf(head, sizeof head,
             "HTTP/1.1 200 OK\r\n" OURS_BYTES "ETag: \"one;gzip-1\"\r\n"
             "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
             coded.length);
    /* Cut in the middle of the second member. */
    script[1] = reply_of(head, coded.data, first + 70000);
    script[1].hang_up = true;
    snprintf(head, sizeof head,
             "HTTP/1.1 206 Partial Content\r\n" OURS_BYTES
             "ETag: \"one;gzip-1\"\r\nContent-Encoding: gzip\r\n"
             "Content-Range: bytes %zu-%zu/%zu\r\nContent-Length: %zu\r\n\r\n",
             first, coded.length - 1, coded.length, coded.length - first);
    script[2] = reply_of(head, coded.data + first, coded.length - first);
    nf_sync_call_init(&call, transport, nf_clock_fixed(&now), NULL);
    nf_sync_call_begin(&call, NF_SYNC_GET, "/sync/v1/syncs/07/result");
    nf_sync_call_rest(&call, 0, NULL);
    assert_int_equal(take_all(&call, &all, &err), NF_OK);
    assert_int_equal(all.length, SIZE);
    assert_memory_equal(all.data, text, SIZE);
    assert_int_equal(call.response.total, SIZE);
    assert_string_equal(call.response.etag, "\"one\"");
    snprintf(head, sizeof head, "Range: bytes=%zu-\r\n", first);
    assert_non_null(strstr(peer.seen[2], head));
    assert_non_null(strstr(peer.seen[2], "If-Range: \"one;gzip-1\"\r\n"));
    assert_non_null(strstr(peer.seen[2], "Accept-Encoding: gzip\r\n"));
    nf_sync_call_dispose(&call);
    nf_sync_transport_free(transport);
    nf_free((void *)(uintptr_t)script[1].bytes);
    nf_free((void *)(uintptr_t)script[2].bytes);
    nf_buffer_dispose(&coded);
    nf_buffer_dispose(&all);
    nf_free(text);
}

static nf_status take_encoded(const void *bytes, size_t size, nf_error *err,
                              size_t *taken)
{
    char head[512];
    answer script[2] = {{.bytes = OK_REPLY}};
    nf_sync_transport *transport =
        transport_with(script, 2, NF_SYNC_PACK_ALWAYS);
    nf_sync_response response = {0};
    nf_status status;

    nf_buffer_init(&response.body, NF_SYNC_MESSAGE_MAX);
    snprintf(head, sizeof head,
             "HTTP/1.1 200 OK\r\n" OURS_BYTES "ETag: \"one;gzip-1\"\r\n"
             "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
             size);
    script[1] = reply_of(head, bytes, size);
    *taken = 0;
    do {
        status = exchange(transport, &get_result, &response, err);
        *taken += status == NF_OK ? response.body.length : 0;
    } while (status == NF_OK && response.more);
    nf_buffer_dispose(&response.body);
    nf_sync_transport_free(transport);
    nf_free((void *)(uintptr_t)script[1].bytes);
    return status;
}

/* A139, A134: what is no gzip, ends early, or stands for far too much. */
static void test_bad_gzip(void **state)
{
    static unsigned char zeros[1 << 20], bomb[1 << 16];
    z_stream z = {.next_out = bomb, .avail_out = sizeof bomb};
    char *text = plain_text(5000);
    nf_buffer coded;
    nf_error err = {0};
    size_t taken;

    (void)state;
    nf_buffer_init(&coded, 1 << 16);
    assert_int_equal(nf_gzip_member(&coded, text, 5000, &err), NF_OK);
    assert_int_equal(take_encoded(text, 5000, &err, &taken), NF_FAILED);
    assert_string_equal(err.code, "SYNC_PROTOCOL");
    nf_error_clear(&err);
    teardown(state);
    setup(state);
    assert_int_equal(take_encoded(coded.data, coded.length - 1, &err, &taken),
                     NF_FAILED);
    assert_string_equal(err.code, "SYNC_NETWORK"); /* as a cut */
    nf_error_clear(&err);
    teardown(state);
    setup(state);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY),
                     Z_OK);
    for (int i = 0; i < 32; i++) {
        z.next_in = zeros;
        z.avail_in = sizeof zeros;
        deflate(&z, i == 31 ? Z_FINISH : Z_NO_FLUSH);
    }
    assert_int_equal(
        take_encoded(bomb, sizeof bomb - z.avail_out, &err, &taken), NF_FAILED);
    assert_string_equal(err.code, "SYNC_LIMIT");
    assert_true(taken < 16 << 20);
    deflateEnd(&z);
    nf_buffer_dispose(&coded);
    nf_free(text);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_plain),
        T(test_portal),
        T(test_redirect),
        T(test_versions),
        T(test_environment),
        T(test_page_in_between),
        T(test_stall),
        T(test_overload),
        T(test_too_large),
        T(test_pieces),
        T(test_resume),
        T(test_end),
        T(test_counts_too_large),
        T(test_gzip),
        T(test_bad_gzip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
