/* The reply of a server: headers, and a body that may be long and compressed
 * (synchronize W39, W42). Whoever asked sees plain bytes at plain offsets; an
 * encoded result that was cut goes on at the last member that was whole. */
#include "sync/http_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void nf_http_client_answer_reset(nf_http_client *http)
{
    nf_http_answer *a = &http->answer;

    nf_gunzip_free(a->gunzip);
    a->gunzip = NULL;
    nf_buffer_clear(&a->coded);
    a->ours = a->typed = a->gzip = a->paused = false;
    a->asked_gzip = a->resumed = false;
    a->version = 0;
    a->range_at = a->range_total = a->next = -1;
    a->skip = a->base_encoded = a->base_decoded = 0;
    a->used = 0;
}

void nf_http_client_answer_dispose(nf_http_client *http)
{
    nf_gunzip_free(http->answer.gunzip);
    nf_buffer_dispose(&http->answer.coded);
}

/* ---- headers ---------------------------------------------------------------
 */

/* The value of a header line, if it has this name. */
static bool header_value(const char *line, size_t length, const char *name,
                         char *value, size_t size)
{
    size_t n = strlen(name);
    if (length <= n || line[n] != ':' || strncasecmp(line, name, n) != 0)
        return false;
    line += n + 1;
    length -= n + 1;
    while (length > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        length--;
    }
    while (length > 0 && (line[length - 1] == '\r' ||
                          line[length - 1] == '\n' || line[length - 1] == ' '))
        length--;
    if (length >= size)
        length = size - 1;
    memcpy(value, line, length);
    value[length] = '\0';
    return true;
}

static void read_version(nf_http_client *http, const char *value)
{
    http->answer.ours = true;
    http->answer.version = atoi(value);
}

static void read_type(nf_http_client *http, const char *value)
{
    size_t n = strcspn(value, "; ");
    bool bytes =
        n == sizeof NF_HTTP_BYTES - 1 && !strncasecmp(value, NF_HTTP_BYTES, n);

    http->response->bytes = bytes;
    http->answer.typed = bytes || (n == sizeof NF_HTTP_BSON - 1 &&
                                   !strncasecmp(value, NF_HTTP_BSON, n));
}

static void read_encoding(nf_http_client *http, const char *value)
{
    http->answer.gzip = !strcasecmp(value, "gzip");
}

static void read_tag(nf_http_client *http, const char *value)
{
    size_t length = strcspn(value, ";");

    if (strlen(value) >= NF_SYNC_ETAG)
        return;
    memcpy(http->mark.tag, value, strlen(value) + 1);
    memcpy(http->response->etag, value, strlen(value) + 1);
    if (value[length] == ';') /* the encoded form of it */
        memcpy(http->response->etag + length, "\"", 2);
}

/* A count of bytes, to which others can be added; -1: it is none. */
static int64_t read_count(const char *text)
{
    long long count;

    if (*text < '0' || *text > '9')
        return -1;
    errno = 0;
    count = strtoll(text, NULL, 10);
    return errno || count > INT64_MAX / 2 ? -1 : count;
}

static void read_offset(nf_http_client *http, const char *value)
{
    http->response->offset = read_count(value);
}

static void read_length(nf_http_client *http, const char *value)
{
    http->response->total = read_count(value);
}

static void read_retry(nf_http_client *http, const char *value)
{
    long long seconds = strtoll(value, NULL, 10);
    if (seconds > 0 && seconds < 86400)
        http->response->retry_after_ms = seconds * 1000;
}

/* `bytes 5-9/100`, or with `*` in place of the range or the total. */
static void read_range(nf_http_client *http, const char *value)
{
    const char *slash = strchr(value, '/');

    if (strncmp(value, "bytes ", 6) != 0 || !slash)
        return;
    http->answer.range_at = read_count(value + 6);
    http->answer.range_total = read_count(slash + 1);
}

size_t nf_http_client_receive_header(char *line, size_t size, size_t count,
                                     void *user)
{
    static const struct {
        const char *name;
        void (*read)(nf_http_client *http, const char *value);
    } headers[] = {
        {"Sync-Version", read_version},      {"Content-Type", read_type},
        {"Content-Encoding", read_encoding}, {"ETag", read_tag},
        {"Upload-Offset", read_offset},      {"Upload-Length", read_length},
        {"Retry-After", read_retry},         {"Content-Range", read_range},
    };
    nf_http_client *http = user;
    size_t length = size * count;
    char value[256];

    http->received += (int64_t)length;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        if (header_value(line, length, headers[i].name, value, sizeof value))
            headers[i].read(http, value);
    }
    return length;
}

/* ---- the body --------------------------------------------------------------
 */

long nf_http_client_status(const nf_http_client *http)
{
    long status = 0;
    http->curl.easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

bool nf_http_client_is_ours(const nf_http_client *http)
{
    return http->answer.ours &&
           (http->answer.typed || http->response->body.length == 0);
}

size_t nf_http_client_receive_body(char *bytes, size_t size, size_t count,
                                   void *user)
{
    nf_http_client *http = user;
    nf_http_answer *a = &http->answer;
    nf_buffer *body = a->gzip ? &a->coded : &http->response->body;

    /* Bytes of something that is not our server are never kept. */
    if (!a->ours || !a->typed) {
        a->ours = false;
        return 0;
    }
    if (http->request.pieces && body->length > 0 &&
        body->length + size * count > NF_HTTP_PIECE_MAX) {
        a->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    http->received += (int64_t)(size * count);
    nf_buffer_add(body, bytes, size * count);
    return body->failed ? 0 : size * count;
}

/* ---- encoded ---------------------------------------------------------------
 */

static bool is_content(const nf_http_client *http)
{
    long status = nf_http_client_status(http);
    return http->request.method == NF_SYNC_GET &&
           (status == 200 || status == 206);
}

static nf_status begin_decoding(nf_http_client *http, nf_error *err)
{
    nf_http_answer *a = &http->answer;

    a->gunzip = nf_gunzip_new(INT64_MAX); /* the caller has a limit */
    if (!a->gunzip)
        return nf_error_nomem(err);
    if (nf_http_client_status(http) != 206 ||
        !a->resumed) /* all of it, from the start */
        return NF_OK;
    if (a->range_at != a->from.encoded)
        return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                            "The server sent an invalid reply (SYNC_PROTOCOL)");
    a->base_encoded = a->from.encoded;
    a->base_decoded = a->from.decoded;
    a->skip = http->request.offset - a->from.decoded;
    return NF_OK;
}

/* Where the result can be gone on with if it is cut now. */
static void set_mark(nf_http_client *http)
{
    nf_http_answer *a = &http->answer;
    int64_t encoded, decoded;

    nf_gunzip_mark(a->gunzip, &encoded, &decoded);
    if (strlen(http->request.path) >= sizeof http->mark.path)
        return;
    memcpy(http->mark.path, http->request.path, strlen(http->request.path) + 1);
    http->mark.encoded = a->base_encoded + encoded;
    http->mark.decoded = a->base_decoded + decoded;
}

/* Takes out what the caller has already. */
static void drop_known(nf_http_client *http)
{
    nf_buffer *body = &http->response->body;
    size_t count = body->length;

    if ((int64_t)count > http->answer.skip)
        count = (size_t)http->answer.skip;
    if (count == 0)
        return;
    memmove(body->data, body->data + count, body->length - count);
    body->length -= count;
    http->answer.skip -= (int64_t)count;
}

bool nf_http_client_has_coded(const nf_http_client *http)
{
    return http->answer.gzip && http->answer.used < http->answer.coded.length;
}

nf_status nf_http_client_decode(nf_http_client *http, nf_error *err)
{
    nf_http_answer *a = &http->answer;
    nf_buffer *body = &http->response->body;
    nf_status status = NF_OK;

    if (!nf_http_client_has_coded(http))
        return NF_OK;
    if (!a->asked_gzip)
        status =
            nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                         "The server sent an invalid reply (SYNC_PROTOCOL)");
    if (status == NF_OK && !a->gunzip)
        status = begin_decoding(http, err);
    while (status == NF_OK && nf_http_client_has_coded(http) &&
           body->length < NF_HTTP_PIECE) {
        size_t taken = a->coded.length - a->used;
        status = nf_gunzip_step(a->gunzip, a->coded.data + a->used, &taken,
                                body, NF_HTTP_PIECE, err);
        a->used += taken;
        if (status == NF_OK)
            set_mark(http);
        drop_known(http);
    }
    if (a->used == a->coded.length) {
        nf_buffer_clear(&a->coded);
        a->used = 0;
    }
    return status;
}

/* ---- pieces ----------------------------------------------------------------
 */

bool nf_http_client_has_piece(const nf_http_client *http)
{
    return http->request.pieces && http->response->body.length > 0 &&
           is_content(http) && nf_http_client_is_ours(http) &&
           http->answer.version == NF_SYNC_VERSION;
}

/* Where the body lies in the whole; the total where headers tell it. */
static void place(nf_http_client *http)
{
    nf_http_answer *a = &http->answer;
    nf_sync_response *response = http->response;
    bool ranged = nf_http_client_status(http) == 206;
    curl_off_t length = -1;

    response->status = (int)nf_http_client_status(http);
    if (a->next < 0 && a->gzip)
        a->next = ranged ? http->request.offset : 0;
    else if (a->next < 0)
        a->next = ranged ? a->range_at : 0;
    response->offset = a->next;
    a->next += (int64_t)response->body.length;
    response->total = -1;
    if (a->gzip)
        return;
    if (ranged)
        response->total = a->range_total;
    else if (http->curl.easy_getinfo(http->easy,
                                     CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                                     &length) == CURLE_OK)
        response->total = length;
}

void nf_http_client_hand_over(nf_http_client *http)
{
    place(http);
    http->response->more = true;
}

void nf_http_client_next_piece(nf_http_client *http)
{
    if (!http->response->more)
        return;
    http->response->more = false;
    nf_buffer_clear(&http->response->body);
}

/* ---- the end ---------------------------------------------------------------
 */

/* `416`, with the length of the whole, for what is behind the end says where
 * the end is. */
static void read_end(nf_http_client *http)
{
    nf_sync_response *response = http->response;
    const nf_http_answer *a = &http->answer;
    int64_t asked = a->resumed ? a->from.encoded : http->request.offset;

    if (response->status != 416 || a->range_total < 0 ||
        a->range_total != asked ||
        (a->resumed && a->from.decoded != http->request.offset))
        return;
    response->status = 206;
    response->offset = response->total = http->request.offset;
    nf_buffer_clear(&response->body);
}

/* A body that ends is the whole, or the range that was promised. */
static nf_status end_encoded(nf_http_client *http, nf_error *err)
{
    nf_http_answer *a = &http->answer;
    int64_t encoded, decoded;

    if (!a->gunzip)
        return NF_OK;
    nf_gunzip_mark(a->gunzip, &encoded, &decoded);
    if (nf_http_client_status(http) == 206 &&
        a->base_encoded + encoded != a->range_total)
        return NF_OK; /* there is more behind it */
    if (!nf_gunzip_is_whole(a->gunzip))
        return nf_error_set(err, NF_FAILED, "SYNC_NETWORK",
                            "The server could not be reached (SYNC_NETWORK)");
    http->response->total = a->next;
    return NF_OK;
}

nf_status nf_http_client_complete(nf_http_client *http, nf_error *err)
{
    nf_sync_response *response = http->response;
    nf_status status = NF_OK;

    response->more = false;
    response->status = (int)nf_http_client_status(http);
    if (http->answer.version != NF_SYNC_VERSION) {
        response->status = 426;
        return NF_OK;
    }
    if (is_content(http)) {
        place(http);
        if (http->answer.gzip)
            status = end_encoded(http, err);
        else if (response->status == 200 && response->total < 0)
            response->total = http->answer.next;
    }
    read_end(http);
    return status;
}
