/* What the head of an HTTP request asks for, and why it is refused
 * (synchronize W14 … W17, W27.5, W38, §27.9). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "helper_head.h"

#include <stdio.h>
#include <string.h>

#define V     "Sync-Version: 1\n"
#define S     "Authorization: Bearer abc123\n"
#define BSON  "Content-Type: application/vnd.nanoflow.sync+bson\n"
#define BYTES "Content-Type: application/octet-stream\n"

static helper_head head;
static nf_http_request got;
static nf_http_refusal refused;

static int map(const char *text)
{
    helper_head_read(&head, text, strlen(text));
    helper_head_map(&head, &got, &refused);
    return refused.status;
}

typedef struct row {
    const char *text;
    int status; /* 0: fine */
} row;

static void check(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (map(rows[i].text) != rows[i].status)
            fail_msg("%d instead of %d:\n%s", refused.status, rows[i].status,
                     rows[i].text);
    }
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))

/* W27.5: the resources and their methods; nothing else exists. */
static void test_resources(void **state)
{
    static const row rows[] = {
        {"GET /health\n", 0},
        {"HEAD /health\n", 0},
        {"POST /health\n", 405},
        {"GET /sync/v1/info\n", 0},
        {"POST /sync/v1/session\n" V BSON "Content-Length: 5\n", 0},
        {"DELETE /sync/v1/session\n" V S, 0},
        {"GET /sync/v1/session\n" V S, 405},
        {"POST /sync/v1/syncs\n" V S BSON "Content-Length: 5\n", 0},
        {"GET /sync/v1/syncs/00ff\n" V S, 0},
        {"DELETE /sync/v1/syncs/00ff\n" V S, 0},
        {"PUT /sync/v1/syncs/00ff\n" V S, 405},
        {"HEAD /sync/v1/syncs/00ff/body\n" V S, 0},
        {"POST /sync/v1/syncs/00ff/commit\n" V S, 0},
        {"GET /sync/v1/syncs/00ff/commit\n" V S, 405},
        {"GET /sync/v1/syncs/00ff/result\n" V S, 0},
        {"POST /sync/v1/syncs/00ff/ack\n" V S, 0},
        {"HEAD /sync/v1/blobs/00ff\n" V S, 0},
        {"GET /sync/v1/files/12/v1\n" V S, 0},
        {"GET /sync/v1/files/12\n" V S, 404},
        {"GET /\n" V S, 404},
        {"GET \n" V S, 404},
        {"GET /sync/v2/info\n" V S, 404},
        {"GET /sync/v1/info/\n" V S, 404},
        {"GET /sync/v1/syncs//result\n" V S, 404},
        {"GET /sync/v1/syncs/../info\n" V S, 404},
        {"GET /sync/v1/syncs/a%2fb\n" V S, 404},
        {"GET /sync/v1/syncs/a/b/c\n" V S, 404},
        {"get /sync/v1/info\n" V S, 405},
        {"\n", 404},
    };

    (void)state;
    CHECK(rows);
    map("PUT /sync/v1/syncs\n" V S);
    assert_string_equal(refused.allow, "POST");
}

/* W15: the version; only `info` is answered without one. */
static void test_version(void **state)
{
    static const row rows[] = {
        {"GET /sync/v1/info\n", 0},
        {"GET /sync/v1/info\nSync-Version: 9\n", 0},
        {"GET /sync/v1/syncs/00\n" S, 426},
        {"GET /sync/v1/syncs/00\nSync-Version: 2\n" S, 426},
        {"GET /sync/v1/syncs/00\nSync-Version: one\n" S, 426},
        {"GET /sync/v1/syncs/00\nSync-Version: 1.0\n" S, 426},
    };

    (void)state;
    CHECK(rows);
    map("GET /sync/v1/syncs/00\nSync-Version: 2\n" S);
    assert_string_equal(refused.code, "SYNC_VERSION");
}

/* W16, W21: who asks. */
static void test_session(void **state)
{
    static const row rows[] = {
        {"GET /sync/v1/syncs/00\n" V, 401},
        {"GET /sync/v1/syncs/00\n" V "Authorization: Basic YTpi\n", 401},
        {"GET /sync/v1/syncs/00\n" V "Authorization: Bearer \n", 401},
        {"GET /sync/v1/syncs/00\n" V "Authorization: Bearer a b\n", 401},
        {"GET /sync/v1/syncs/00\n" V "Authorization: Bearer a,b\n", 401},
        {"GET /sync/v1/syncs/00\n" V "authorization: bearer a_-9=\n", 0},
        {"GET /sync/v1/syncs/00\n" V S "Sync-Device: d\xc3\xa9\n", 400},
        {"GET /sync/v1/syncs/00\n" V S "Sync-Request: a\x01z\n", 400},
        {"GET /sync/v1/syncs/00\n" V S "Sync-App: x\nSync-Device: y\n", 0},
    };
    char text[400];

    (void)state;
    CHECK(rows);
    map("GET /sync/v1/syncs/00\n" V S "Sync-Request: 77\nSync-Device: phone\n");
    assert_string_equal(got.request.session, "abc123");
    assert_string_equal(got.request.id, "77");
    assert_string_equal(got.request.device, "phone");
    assert_null(got.request.app);
    snprintf(text, sizeof text,
             "GET /sync/v1/syncs/00\n" V "Authorization: Bearer %0200d\n", 1);
    assert_int_equal(map(text), 401);
    snprintf(text, sizeof text, "GET /sync/v1/info\nSync-Request: %0200d\n", 1);
    assert_int_equal(map(text), 400);
}

/* W17: content types in both directions. */
static void test_types(void **state)
{
    static const row rows[] = {
        {"GET /sync/v1/info\nAccept: */*\n", 0},
        {"GET /sync/v1/info\nAccept: text/html, application/*;q=0.5\n", 0},
        {"GET /sync/v1/info\nAccept: application/vnd.nanoflow.sync+bson\n", 0},
        {"GET /sync/v1/info\nAccept: application/vnd.nanoflow.sync+json\n",
         406},
        {"GET /sync/v1/info\nAccept: text/html\n", 406},
        {"GET /sync/v1/info\nAccept: */*;q=0\n", 406},
        {"GET /sync/v1/info\nAccept: */*;q=0.1\n", 0},
        {"GET /health\nAccept: text/html\n", 0},
        {"POST /sync/v1/session\n" V "Content-Length: 5\n", 415},
        {"POST /sync/v1/session\n" V BYTES "Content-Length: 5\n", 415},
        {"POST /sync/v1/session\n" V
         "Content-Type: application/json\nContent-Length: 5\n",
         415},
        {"POST /sync/v1/session\n" V BSON
         "Content-Encoding: gzip\nContent-Length: 5\n",
         415},
        {"POST /sync/v1/session\n" V
         "Content-Type: Application/vnd.nanoflow.Sync+BSON ; a=b\n"
         "Content-Length: 5\n",
         0},
        {"PATCH /sync/v1/blobs/0a\n" V S BSON
         "Content-Length: 5\nUpload-Offset: 0\n",
         415},
    };

    (void)state;
    CHECK(rows);
}

/* §27.9: sizes. */
static void test_sizes(void **state)
{
    static const row rows[] = {
        {"PATCH /sync/v1/blobs/0a\n" V S BYTES "Upload-Offset: 0\n", 411},
        {"PATCH /sync/v1/blobs/0a\n" V S BYTES
         "Transfer-Encoding: chunked\nUpload-Offset: 0\n",
         411},
        {"PATCH /sync/v1/blobs/0a\n" V S BYTES
         "Content-Length: 4194304\nUpload-Offset: 0\n",
         0},
        {"PATCH /sync/v1/blobs/0a\n" V S BYTES
         "Content-Length: 4194305\nUpload-Offset: 0\n",
         413},
        {"POST /sync/v1/session\n" V BSON "Content-Length: 65537\n", 413},
        {"POST /sync/v1/syncs\n" V S BSON "Content-Length: 8388609\n", 413},
        {"POST /sync/v1/syncs\n" V S BSON
         "Content-Length: 99999999999999999999\n",
         400},
        {"POST /sync/v1/syncs\n" V S BSON "Content-Length: -1\n", 400},
        {"GET /sync/v1/syncs/00\n" V S "Content-Length: 5\n", 413},
    };
    static char text[20 << 10];
    size_t start;

    (void)state;
    CHECK(rows);
    start = (size_t)snprintf(text, sizeof text, "GET /sync/v1/info\nX-Long: ");
    memset(text + start, 'a', NF_HTTP_HEAD_MAX);
    strcpy(text + start + NF_HTTP_HEAD_MAX, "\n");
    assert_int_equal(map(text), 431);
    memcpy(text, "GET /", 5);
    memset(text + 5, 'a', 600);
    strcpy(text + 605, "\n");
    assert_int_equal(map(text), 414);
}

/* Upload-Offset and Upload-Length (W27.5). */
static void test_upload(void **state)
{
    static const row rows[] = {
        {"PATCH /sync/v1/blobs/0a\n" V S BYTES "Content-Length: 5\n", 400},
        {"PATCH /sync/v1/blobs/0a\n" V S BYTES
         "Content-Length: 5\nUpload-Offset: -3\n",
         400},
        {"PATCH /sync/v1/blobs/0a\n" V S BYTES
         "Content-Length: 5\nUpload-Offset: 3\nUpload-Length: 0x10\n",
         400},
    };

    (void)state;
    CHECK(rows);
    assert_int_equal(map("PATCH /sync/v1/syncs/0a/body\n" V S BYTES
                         "Content-Length: 5\nUpload-Offset: 17\n"
                         "Upload-Length: 22\n"),
                     0);
    assert_int_equal(got.request.method, NF_SYNC_PATCH);
    assert_int_equal(got.request.offset, 17);
    assert_int_equal(got.request.length, 22);
    assert_int_equal(got.body_length, 5);
    assert_true(got.request.bytes);
    assert_string_equal(got.request.path, "/sync/v1/syncs/0a/body");
}

/* Ranges: one from an offset on counts, all others are as if not there. */
static void test_ranges(void **state)
{
    static const struct {
        const char *range;
        bool ranged;
        int64_t offset, length;
    } rows[] = {
        {"", false, 0, -1},
        {"Range: bytes=0-99\n", true, 0, 100},
        {"Range: bytes=100-\n", true, 100, -1},
        {"Range: bytes= 5-5\n", true, 5, 1},
        {"Range: bytes=0-99999999\n", true, 0, NF_SYNC_CHUNK_MAX},
        {"Range: bytes=9-5\n", false, 0, -1},
        {"Range: bytes=-500\n", false, 0, -1},
        {"Range: bytes=0-1,4-5\n", false, 0, -1},
        {"Range: items=0-1\n", false, 0, -1},
        {"Range: bytes=99999999999999999999-\n", false, 0, -1},
        {"Range: bytes=5-\nIf-Range: \"tag\"\n", true, 5, -1},
        {"Range: bytes=5-\nIf-Range: \xff\n", false, 0, -1},
    };
    char text[300];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(text, sizeof text, "GET /sync/v1/syncs/0a/result\n" V S "%s",
                 rows[i].range);
        assert_int_equal(map(text), 0);
        assert_true(got.content);
        assert_int_equal(got.ranged, rows[i].ranged);
        assert_int_equal(got.request.offset, rows[i].offset);
        assert_int_equal(got.request.length, rows[i].length);
    }
    map("GET /sync/v1/syncs/0a/result\n" V S
        "If-Range: \"t\"\nRange: bytes=1-\n");
    assert_string_equal(got.request.etag, "\"t\"");
    map("GET /sync/v1/syncs/0a\n" V S "Range: bytes=5-6\n");
    assert_int_equal(got.request.offset, -1);
}

/* W42 and Prefer (W27.5). */
static void test_preferences(void **state)
{
    static const struct {
        const char *line;
        bool gzip;
    } rows[] = {{"", false},
                {"Accept-Encoding: gzip\n", true},
                {"Accept-Encoding: br, GZip;q=0.5\n", true},
                {"Accept-Encoding: gzip;q=0\n", false},
                {"Accept-Encoding: gzip;q=0.0, identity\n", false},
                {"Accept-Encoding: xgzip\n", false}};
    char text[300];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(text, sizeof text, "GET /sync/v1/syncs/0a/result\n" V S "%s",
                 rows[i].line);
        assert_int_equal(map(text), 0);
        assert_int_equal(got.gzip, rows[i].gzip);
    }
    /* Contents of files are sent as they are. */
    map("GET /sync/v1/files/7/v\n" V S "Accept-Encoding: gzip\n");
    assert_false(got.gzip);
    map("POST /sync/v1/syncs/0a/commit\n" V S
        "Prefer: respond-async, wait=25\n");
    assert_int_equal(got.request.wait_ms, 25000);
    map("POST /sync/v1/syncs/0a/commit\n" V S "Prefer: wait=86400\n");
    assert_int_equal(got.request.wait_ms, NF_HTTP_WAIT_MAX * 1000);
    map("POST /sync/v1/syncs/0a/commit\n" V S "Prefer: wait=-1\n");
    assert_int_equal(got.request.wait_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resources), cmocka_unit_test(test_version),
        cmocka_unit_test(test_session),   cmocka_unit_test(test_types),
        cmocka_unit_test(test_sizes),     cmocka_unit_test(test_upload),
        cmocka_unit_test(test_ranges),    cmocka_unit_test(test_preferences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
