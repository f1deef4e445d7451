/* Replies as HTTP writes them (synchronize W15, W16, W38, W42). A result or
 * file is made while it is sent: each window is asked of the server when the
 * one before has gone, so that neither memory nor waiting grows with its
 * length. */
#include "server/http_internal.h"

#include "sync/codec.h"

#include <stdio.h>

static const char bson_type[] = "application/vnd.nanoflow.sync+bson";
static const char bytes_type[] = "application/octet-stream";

typedef struct reply {
    nf_http_exchange *x;
    struct MHD_Response *response;
} reply;

static void add(const reply *r, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(const reply *r, const char *name, const char *format, ...)
{
    char value[256];
    va_list args;

    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    (void)r->x->http->mhd.add_header(r->response, name, value);
}

static void add_common(const reply *r, const char *type)
{
    add(r, "Sync-Version", "%d", NF_SYNC_VERSION);
    if (r->x->asked.id[0])
        add(r, "Sync-Request", "%s", r->x->asked.id);
    if (type)
        add(r, "Content-Type", "%s", type);
    add(r, "Cache-Control", "no-store");
    add(r, "X-Content-Type-Options", "nosniff");
    if (r->x->http->stopping)
        add(r, "Connection", "close");
}

static enum MHD_Result queue(const reply *r, struct MHD_Connection *connection,
                             int status)
{
    const nf_mhd *mhd = &r->x->http->mhd;
    enum MHD_Result result;

    r->x->status = status;
    result = mhd->queue(connection, (unsigned)status, r->response);
    mhd->destroy(r->response);
    return result;
}

/* A reply whose body is this; the bytes are copied. False: out of memory. */
static bool begin_reply(reply *r, nf_http_exchange *x, const void *bytes,
                        size_t size)
{
    r->x = x;
    x->sent = (int64_t)size;
    /* The library does not change what it copies. */
    r->response = x->http->mhd.from_buffer(size, (void *)(uintptr_t)bytes,
                                           MHD_RESPMEM_MUST_COPY);
    return r->response != NULL;
}

/* ---- refusals --------------------------------------------------------------
 */

static const char *retry_word(int status)
{
    if (status == 401)
        return "auth";
    return status == 429 || status == 503 ? "later" : "no";
}

enum MHD_Result nf_http_refuse(nf_http_exchange *x,
                               struct MHD_Connection *connection)
{
    const nf_http_refusal *refusal = &x->refusal;
    bson_t document = BSON_INITIALIZER;
    reply r;
    bool ok;

    BSON_APPEND_UTF8(&document, "code", refusal->code);
    BSON_APPEND_UTF8(&document, "text", refusal->text);
    BSON_APPEND_UTF8(&document, "retry", retry_word(refusal->status));
    if (x->retry_ms > 0)
        BSON_APPEND_INT32(&document, "retryAfterMs", x->retry_ms);
    if (x->asked.id[0])
        BSON_APPEND_UTF8(&document, "ref", x->asked.id);
    if (refusal->status == 426) {
        BSON_APPEND_INT32(&document, "least", NF_SYNC_VERSION);
        BSON_APPEND_INT32(&document, "most", NF_SYNC_VERSION);
    }
    ok = begin_reply(&r, x, bson_get_data(&document), document.len);
    bson_destroy(&document);
    if (!ok)
        return MHD_NO;
    add_common(&r, bson_type);
    if (refusal->allow)
        add(&r, "Allow", "%s", refusal->allow);
    if (refusal->status == 401)
        add(&r, "WWW-Authenticate", "Bearer");
    if (refusal->status == 426)
        add(&r, "Upgrade", "nanoflow-sync/%d", NF_SYNC_VERSION);
    if (x->retry_ms > 0)
        add(&r, "Retry-After", "%d", (x->retry_ms + 999) / 1000);
    return queue(&r, connection, refusal->status);
}

/* ---- results and files -----------------------------------------------------
 */

/* Asks for the window at `at`; false: it can't be had, or it belongs to
 * something else by now. */
static bool next_window(nf_http_exchange *x, int64_t at)
{
    nf_sync_response response = {0};
    nf_error err = {0};
    bool ok;

    response.body = x->window;
    x->asked.request.offset = at;
    x->asked.request.length = -1;
    x->asked.request.etag = x->etag[0] ? x->etag : NULL;
    ok = nf_http_ask(x, &response, &err) == NF_OK && response.status == 206 &&
         response.offset == at && !strcmp(response.etag, x->etag);
    x->window = response.body;
    x->window_at = at;
    if (!ok)
        return false;
    if (x->total >= 0 && response.total >= 0 && response.total != x->total)
        return false;
    if (response.total >= 0)
        x->total = response.total;
    return x->window.length > 0 || x->total == at;
}

static ssize_t read_stream(void *user, uint64_t position, char *to, size_t room)
{
    nf_http_exchange *x = user;
    int64_t at = x->base + (int64_t)position;
    size_t inside, count;

    if (at >= x->window_at + (int64_t)x->window.length) {
        if (at == x->total)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (!next_window(x, at)) {
            nf_http_log(x->http, "warning", "%s breaks off at %lld",
                        x->asked.path, (long long)at);
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
        if (x->window.length == 0)
            return MHD_CONTENT_READER_END_OF_STREAM;
    }
    inside = (size_t)(at - x->window_at);
    count = x->window.length - inside;
    if (count > room)
        count = room;
    memcpy(to, x->window.data + inside, count);
    x->sent = (int64_t)position + (int64_t)count;
    return (ssize_t)count;
}

static void end_stream(void *user)
{
    nf_http_exchange_release(user);
}

/* How many bytes the reply will have, and the range they are. -1: all that
 * will have been written when they are sent. */
static int64_t stream_length(const nf_http_exchange *x, bool ranged)
{
    int64_t window = (int64_t)x->window.length;

    if (!ranged)
        return x->total;
    /* The end of a range must be told first, so that what is still being
     * written is answered as far as it is there. */
    if (x->asked.request.length > 0 || x->total < 0)
        return window;
    return x->total - x->base;
}

static enum MHD_Result reply_range_end(nf_http_exchange *x,
                                       struct MHD_Connection *connection,
                                       int64_t total)
{
    reply r;

    if (!begin_reply(&r, x, "", 0))
        return MHD_NO;
    add_common(&r, bson_type);
    add(&r, "Content-Range", "bytes */%lld", (long long)total);
    return queue(&r, connection, 416);
}

static enum MHD_Result reply_content(nf_http_exchange *x,
                                     struct MHD_Connection *connection,
                                     nf_sync_response *response)
{
    /* A server that answers 200 starts anew: If-Range did not hold. */
    bool ranged = x->asked.ranged && response->status == 206;
    int64_t length;
    reply r = {.x = x};

    if (ranged && response->body.length == 0)
        return reply_range_end(x, connection, response->total);
    x->window = response->body;
    memset(&response->body, 0, sizeof response->body);
    x->base = x->window_at = response->offset;
    x->total = response->total;
    memcpy(x->etag, response->etag, sizeof x->etag);
    length = stream_length(x, ranged);
    x->uses++;
    r.response = x->http->mhd.from_callback(
        length < 0 ? MHD_SIZE_UNKNOWN : (uint64_t)length, 128 << 10,
        read_stream, x, end_stream);
    if (!r.response) {
        x->uses--;
        return MHD_NO;
    }
    add_common(&r, bytes_type);
    add(&r, "Accept-Ranges", "bytes");
    if (response->etag[0])
        add(&r, "ETag", "%s", response->etag);
    if (response->gzip)
        add(&r, "Content-Encoding", "gzip");
    add(&r, "Vary", "Accept-Encoding");
    if (ranged && x->total >= 0)
        add(&r, "Content-Range", "bytes %lld-%lld/%lld", (long long)x->base,
            (long long)(x->base + length - 1), (long long)x->total);
    else if (ranged)
        add(&r, "Content-Range", "bytes %lld-%lld/*", (long long)x->base,
            (long long)(x->base + length - 1));
    return queue(&r, connection, ranged ? 206 : 200);
}

/* ---- everything else -------------------------------------------------------
 */

enum MHD_Result nf_http_reply(nf_http_exchange *x,
                              struct MHD_Connection *connection,
                              nf_sync_response *response)
{
    reply r;

    if (x->asked.content &&
        (response->status == 200 || response->status == 206))
        return reply_content(x, connection, response);
    if (!begin_reply(&r, x, response->body.data ? response->body.data : "",
                     response->body.length))
        return MHD_NO;
    add_common(&r, response->body.length > 0 ? bson_type : NULL);
    if (response->offset >= 0)
        add(&r, "Upload-Offset", "%lld", (long long)response->offset);
    if (response->total >= 0)
        add(&r, "Upload-Length", "%lld", (long long)response->total);
    if (response->status == 401)
        add(&r, "WWW-Authenticate", "Bearer");
    if (response->retry_after_ms > 0)
        add(&r, "Retry-After", "%lld",
            (long long)((response->retry_after_ms + 999) / 1000));
    return queue(&r, connection, response->status);
}

enum MHD_Result nf_http_reply_health(nf_http_exchange *x,
                                     struct MHD_Connection *connection,
                                     bool well)
{
    const char *text = well                ? "{\"status\":\"ok\"}\n"
                       : x->http->stopping ? "{\"status\":\"stopping\"}\n"
                                           : "{\"status\":\"failing\"}\n";
    reply r;

    if (!begin_reply(&r, x, text, strlen(text)))
        return MHD_NO;
    add_common(&r, "application/json");
    return queue(&r, connection, well ? 200 : 503);
}
