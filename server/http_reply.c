/* Replies as HTTP writes them (synchronize W15, W16, W38, W42). A result or
 * file is made while it is sent: each window is asked of the server when the
 * one before has gone, so that neither memory nor waiting grows with its
 * length. */
#include "server/http_fault.h"

#include "sync/codec.h"
#include "sync/document.h"

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

static struct MHD_Response *from_reader(nf_http_exchange *x, uint64_t length,
                                        MHD_ContentReaderCallback read);
static ssize_t read_stream(void *user, uint64_t position, char *to,
                           size_t room);

/* A reply whose body is this; the bytes are copied. False: out of memory. */
static bool begin_reply(reply *r, nf_http_exchange *x, const void *bytes,
                        size_t size)
{
    r->x = x;
    x->sent = (int64_t)size;
    if (x->http->options.faults && size && !x->refusal.status) {
        nf_buffer_init(&x->window, size);
        nf_buffer_add(&x->window, bytes, size);
        x->total = (int64_t)size;
        r->response =
            x->window.failed ? NULL : from_reader(x, size, read_stream);
        return r->response != NULL;
    }
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
    return status == 429 || status >= 500 ? "later" : "no";
}

enum MHD_Result nf_http_refuse(nf_http_exchange *x,
                               struct MHD_Connection *connection)
{
    const nf_http_refusal *refusal = &x->refusal;
    char room[512];
    nf_buffer document;
    reply r;
    bool ok;

    nf_buffer_init_on(&document, room, sizeof room, NF_SYNC_MESSAGE_MAX);
    nf_put_start(&document);
    nf_put_string(&document, "code", refusal->code);
    nf_put_string(&document, "text", refusal->text);
    nf_put_string(&document, "retry", retry_word(refusal->status));
    if (x->retry_ms > 0)
        nf_put_int32(&document, "retryAfterMs", x->retry_ms);
    if (x->asked.id[0])
        nf_put_string(&document, "ref", x->asked.id);
    if (refusal->status == 426) {
        nf_put_int32(&document, "least", NF_SYNC_VERSION);
        nf_put_int32(&document, "most", NF_SYNC_VERSION);
    }
    nf_put_end(&document, 0);
    ok = !document.failed && begin_reply(&r, x, document.data, document.length);
    nf_buffer_dispose(&document);
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

/* Up to *size bytes at an offset, from the window that holds them; *size 0 at
 * the end. */
static bool read_window(nf_http_exchange *x, int64_t at, void *to, size_t *size)
{
    size_t inside, count;

    if (at < x->window_at || at >= x->window_at + (int64_t)x->window.length) {
        if (at != x->total && !next_window(x, at)) {
            nf_http_log(x->http, "warning", "%s breaks off at %lld",
                        x->asked.path, (long long)at);
            return false;
        }
        if (at == x->total || x->window.length == 0) {
            *size = 0;
            return true;
        }
    }
    inside = (size_t)(at - x->window_at);
    count = x->window.length - inside;
    if (count < *size)
        *size = count;
    memcpy(to, x->window.data + inside, *size);
    return true;
}

static ssize_t read_stream(void *user, uint64_t position, char *to, size_t room)
{
    nf_http_exchange *x = user;

    if (!read_window(x, x->base + (int64_t)position, to, &room))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (room == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    x->sent = (int64_t)position + (int64_t)room;
    return (ssize_t)room;
}

static void end_stream(void *user)
{
    nf_http_exchange_release(user);
}

/* A body that `read` makes while it is sent. NULL: out of memory. */
static struct MHD_Response *from_reader(nf_http_exchange *x, uint64_t length,
                                        MHD_ContentReaderCallback read)
{
    bool faulty = x->http->options.faults != NULL;
    struct MHD_Response *response;

    x->read = read;
    x->uses++;
    response = x->http->mhd.from_callback(
        length, 128 << 10, faulty ? nf_http_read_faulty : read, x, end_stream);
    if (!response)
        x->uses--;
    return response;
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

/* A reply of `length` bytes (-1: not known) that `read` makes; of them those
 * from x->base on of `total` if it is ranged. */
typedef struct content {
    MHD_ContentReaderCallback read;
    int64_t length, total;
    bool ranged, gzip;
    const char *etag;
} content;

static enum MHD_Result reply_stream(nf_http_exchange *x,
                                    struct MHD_Connection *connection,
                                    const content *c)
{
    reply r = {.x = x};

    x->streams = true;
    r.response = from_reader(
        x, c->length < 0 ? MHD_SIZE_UNKNOWN : (uint64_t)c->length, c->read);
    if (!r.response)
        return MHD_NO;
    add_common(&r, bytes_type);
    add(&r, "Accept-Ranges", "bytes");
    if (c->etag[0])
        add(&r, "ETag", "%s", c->etag);
    if (c->gzip)
        add(&r, "Content-Encoding", "gzip");
    add(&r, "Vary", "Accept-Encoding");
    if (c->ranged && c->total >= 0)
        add(&r, "Content-Range", "bytes %lld-%lld/%lld", (long long)x->base,
            (long long)(x->base + c->length - 1), (long long)c->total);
    else if (c->ranged)
        add(&r, "Content-Range", "bytes %lld-%lld/*", (long long)x->base,
            (long long)(x->base + c->length - 1));
    return queue(&r, connection, c->ranged ? 206 : 200);
}

/* ---- compressed ------------------------------------------------------------
 */

static bool read_plain(void *user, int64_t offset, void *bytes, size_t *size)
{
    size_t have = 0;

    while (have < *size) {
        size_t count = *size - have;
        if (!read_window(user, offset + (int64_t)have, (char *)bytes + have,
                         &count))
            return false;
        if (count == 0)
            break;
        have += count;
    }
    *size = have;
    return true;
}

static ssize_t read_packed(void *user, uint64_t position, char *to, size_t room)
{
    nf_http_exchange *x = user;
    nf_http_pack *pack = &x->pack;
    int64_t at = x->base + (int64_t)position;
    size_t inside, count;

    while (at >= pack->at + (int64_t)pack->coded.length) {
        if (pack->ended)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (!nf_http_pack_next(pack, true))
            return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    inside = (size_t)(at - pack->at);
    count = pack->coded.length - inside;
    if (count > room)
        count = room;
    memcpy(to, pack->coded.data + inside, count);
    x->sent = (int64_t)position + (int64_t)count;
    return (ssize_t)count;
}

/* A range of encoded bytes: as far as one window goes. */
static enum MHD_Result reply_packed_range(nf_http_exchange *x,
                                          struct MHD_Connection *connection,
                                          int64_t from)
{
    nf_http_pack *pack = &x->pack;
    int64_t end;

    if (!nf_http_pack_seek(pack, from))
        return MHD_NO;
    while (!pack->ended && pack->coded.length < NF_HTTP_WINDOW) {
        if (!nf_http_pack_next(pack, false))
            return MHD_NO;
    }
    end = pack->at + (int64_t)pack->coded.length;
    if (from >= end)
        return reply_range_end(x, connection, end);
    x->base = from;
    return reply_stream(x, connection,
                        &(content){.read = read_packed,
                                   .length = end - from,
                                   .total = pack->ended ? end : -1,
                                   .ranged = true,
                                   .gzip = true,
                                   .etag = pack->etag});
}

static enum MHD_Result reply_packed(nf_http_exchange *x,
                                    struct MHD_Connection *connection)
{
    int64_t from = x->asked.request.offset;
    bool ranged = x->asked.ranged &&
                  (!x->asked.etag[0] || !strcmp(x->asked.etag, x->pack.etag));

    x->streams = true;
    if (ranged)
        return reply_packed_range(x, connection, from);
    return reply_stream(x, connection,
                        &(content){.read = read_packed,
                                   .length = -1,
                                   .total = -1,
                                   .gzip = true,
                                   .etag = x->pack.etag});
}

static enum MHD_Result reply_content(nf_http_exchange *x,
                                     struct MHD_Connection *connection,
                                     nf_sync_response *response)
{
    /* A server that answers 200 starts anew: If-Range did not hold. */
    bool ranged = x->asked.ranged && !x->asked.gzip && response->status == 206;

    if (ranged && response->body.length == 0)
        return reply_range_end(x, connection, response->total);
    x->window = response->body;
    memset(&response->body, 0, sizeof response->body);
    x->base = x->window_at = response->offset;
    x->total = response->total;
    memcpy(x->etag, response->etag, sizeof x->etag);
    if (x->asked.gzip &&
        nf_http_pack_init(&x->pack, x->http->sizes, x->etag, read_plain, x))
        return reply_packed(x, connection);
    return reply_stream(x, connection,
                        &(content){.read = read_stream,
                                   .length = stream_length(x, ranged),
                                   .total = x->total,
                                   .ranged = ranged,
                                   .etag = x->etag});
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
