/* The transport for http(s) addresses (synchronize W13 … W17, W39, S146).
 *
 * Redirects are never followed, so credentials go nowhere else (A142). Before
 * the first request `GET /sync/v1/info` must be answered with our header; an
 * answer without it comes from something else (a captive portal, a proxy's
 * page) and is never parsed. One exchange at a time, on the caller's thread.
 *
 * Time-outs are those of the session's clock (design §10.7). A clock that
 * stands still does not end a connection that does not answer, so real time
 * counts as well. */
#include "base/memory.h"
#include "sync/http_curl.h"
#include "sync/transport.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    CONNECT_MS = 30 * 1000, /* S146 */
    STALL_MS = 60 * 1000,
    PATIENCE_MS = 10 * 60 * 1000, /* for a reply that the server may hold */
    ADDRESS_MAX = 1024,
    PIECE_MAX = 4 << 20, /* bytes that wait for the caller */
    PIECE_GOOD = 256 << 10,
};

static const char bson_type[] = "application/vnd.nanoflow.sync+bson";
static const char bytes_type[] = "application/octet-stream";

typedef struct http_transport {
    nf_sync_transport base;
    nf_sync_http_options options;
    char *address; /* without a trailing slash */
    char *ca_file, *pin, *proxy;
    nf_curl curl;
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    char problem[CURL_ERROR_SIZE];
    bool checked; /* info was answered by a nanoflow server */
    /* the exchange under way */
    bool active, connected, paused;
    bool is_ours, is_typed; /* the reply's Sync-Version and Content-Type */
    int version;
    int64_t piece_at; /* offset of the next piece; -1: none handed over */
    int64_t sent, received;
    int64_t seen_moved, seen_clock, seen_real; /* the last progress */
    int limit_ms;
    nf_sync_request request;
    nf_sync_response *response;
    nf_sync_response info; /* reply of the check */
} http_transport;

static void say(http_transport *http, const char *level, const char *text)
{
    if (http->options.log)
        http->options.log(http->options.user, level, text);
}

/* What a person has to put right is told; a connection that fails is the text
 * of §17 alone, with its reason in the log. */
static nf_status network_error(http_transport *http, nf_error *err,
                               const char *reason)
{
    say(http, "warning", reason);
    return nf_error_set(err, NF_FAILED, "SYNC_NETWORK",
                        "The server could not be reached (SYNC_NETWORK): %s",
                        reason);
}

static nf_status connection_error(http_transport *http, nf_error *err,
                                  const char *reason)
{
    say(http, "warning", reason);
    return nf_error_set(err, NF_FAILED, "SYNC_NETWORK",
                        "The server could not be reached (SYNC_NETWORK)");
}

static nf_status load(http_transport *http, nf_error *err)
{
    if (http->easy)
        return NF_OK;
    if (!nf_curl_load(&http->curl))
        return network_error(http, err, "libcurl.so.4 cannot be loaded");
    if (!http->multi)
        http->multi = http->curl.multi_init();
    http->easy = http->multi ? http->curl.easy_init() : NULL;
    return http->easy ? NF_OK : nf_error_nomem(err);
}

/* ---- the reply --------------------------------------------------------- */

/* Whether the reply may be read at all (W39). */
static bool ours(const http_transport *http)
{
    return http->is_ours &&
           (http->is_typed || http->response->body.length == 0);
}

static size_t receive_body(char *bytes, size_t size, size_t count, void *user)
{
    http_transport *http = user;
    nf_buffer *body = &http->response->body;

    http->received += (int64_t)(size * count);
    /* Bytes of something that is not our server are never kept. */
    if (!http->is_ours || !http->is_typed) {
        http->is_ours = false;
        return 0;
    }
    if (http->request.pieces && body->length > 0 &&
        body->length + size * count > PIECE_MAX) {
        http->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    nf_buffer_add(body, bytes, size * count);
    return body->failed ? 0 : size * count;
}

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

/* `bytes 5-9/100`, `bytes 5-9/ *`, `bytes * /100`. */
static void read_range(nf_sync_response *response, const char *value)
{
    const char *slash = strchr(value, '/');

    if (strncmp(value, "bytes ", 6) != 0 || !slash)
        return;
    if (value[6] >= '0' && value[6] <= '9')
        response->offset = strtoll(value + 6, NULL, 10);
    if (slash[1] >= '0' && slash[1] <= '9')
        response->total = strtoll(slash + 1, NULL, 10);
}

static void read_type(http_transport *http, const char *value)
{
    size_t n = strcspn(value, "; ");

    http->response->bytes =
        n == sizeof bytes_type - 1 && !strncasecmp(value, bytes_type, n);
    http->is_typed =
        http->response->bytes ||
        (n == sizeof bson_type - 1 && !strncasecmp(value, bson_type, n));
}

static size_t receive_header(char *line, size_t size, size_t count, void *user)
{
    http_transport *http = user;
    nf_sync_response *response = http->response;
    size_t length = size * count;
    char value[256];

    http->received += (int64_t)length;
    if (header_value(line, length, "Sync-Version", value, sizeof value)) {
        http->is_ours = true;
        http->version = atoi(value);
    } else if (header_value(line, length, "Content-Type", value,
                            sizeof value)) {
        read_type(http, value);
    } else if (header_value(line, length, "Content-Encoding", value,
                            sizeof value)) {
        response->gzip = !strcasecmp(value, "gzip");
    } else if (header_value(line, length, "ETag", value, sizeof value)) {
        if (strlen(value) < sizeof response->etag)
            memcpy(response->etag, value, strlen(value) + 1);
    } else if (header_value(line, length, "Upload-Offset", value,
                            sizeof value)) {
        response->offset = strtoll(value, NULL, 10);
    } else if (header_value(line, length, "Upload-Length", value,
                            sizeof value)) {
        response->total = strtoll(value, NULL, 10);
    } else if (header_value(line, length, "Retry-After", value, sizeof value)) {
        long long seconds = strtoll(value, NULL, 10);
        if (seconds > 0 && seconds < 86400)
            response->retry_after_ms = seconds * 1000;
    } else if (header_value(line, length, "Content-Range", value,
                            sizeof value)) {
        read_range(response, value);
    }
    return length;
}

static int on_progress(void *user, curl_off_t all_down, curl_off_t down,
                       curl_off_t all_up, curl_off_t up)
{
    http_transport *http = user;

    (void)all_down;
    (void)all_up;
    (void)down; /* counted where it arrives */
    http->sent = up;
    return 0;
}

static int on_connected(void *user, char *peer, char *local, int peer_port,
                        int local_port)
{
    http_transport *http = user;

    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    http->connected = true;
    http->received++; /* counts as progress */
    return CURL_PREREQFUNC_OK;
}

/* ---- the request ------------------------------------------------------- */

static bool add_header(http_transport *http, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool add_header(http_transport *http, const char *format, ...)
{
    char line[512];
    struct curl_slist *list;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    /* A value with a line end would be a header of its own. */
    if (n < 0 || (size_t)n >= sizeof line || strpbrk(line, "\r\n"))
        return false;
    list = http->curl.slist_append(http->headers, line);
    if (list)
        http->headers = list;
    return list != NULL;
}

static bool add_identity(http_transport *http, const nf_sync_request *request)
{
    return add_header(http, "Sync-Version: %d", NF_SYNC_VERSION) &&
           add_header(http, "Accept: %s, %s", bson_type, bytes_type) &&
           add_header(http, "User-Agent: nanoflow") &&
           add_header(http, "Expect:") &&
           (!request->session ||
            add_header(http, "Authorization: Bearer %s", request->session)) &&
           (!request->device ||
            add_header(http, "Sync-Device: %s", request->device)) &&
           (!request->app || add_header(http, "Sync-App: %s", request->app)) &&
           (!request->id || add_header(http, "Sync-Request: %s", request->id));
}

static bool add_window(http_transport *http, const nf_sync_request *request)
{
    char range[64] = "";
    bool ok = true;

    if (request->gzip)
        ok = add_header(http, "Accept-Encoding: gzip");
    if (ok && request->etag && request->offset > 0)
        ok = add_header(http, "If-Range: %s", request->etag);
    if (!ok || request->offset < 0)
        return ok;
    /* All of something is asked for without a range: only then may the server
     * send what it has not finished writing. */
    if (request->length > 0)
        snprintf(range, sizeof range, "%lld-%lld", (long long)request->offset,
                 (long long)(request->offset + request->length - 1));
    else if (request->offset > 0)
        snprintf(range, sizeof range, "%lld-", (long long)request->offset);
    return !*range ||
           http->curl.easy_setopt(http->easy, CURLOPT_RANGE, range) == CURLE_OK;
}

static bool build_headers(http_transport *http, const nf_sync_request *request)
{
    bool ok = add_identity(http, request);

    if (ok && request->body)
        ok = add_header(http, "Content-Type: %s",
                        request->bytes ? bytes_type : bson_type);
    else if (ok && request->method == NF_SYNC_POST)
        ok = add_header(http, "Content-Type:");
    if (ok && request->wait_ms > 0)
        ok = add_header(http, "Prefer: wait=%d", request->wait_ms / 1000);
    if (ok && request->method == NF_SYNC_PATCH)
        ok = add_header(http, "Upload-Offset: %lld",
                        (long long)request->offset) &&
             (request->length < 0 || add_header(http, "Upload-Length: %lld",
                                                (long long)request->length));
    if (ok && request->method == NF_SYNC_GET)
        ok = add_window(http, request);
    return ok;
}

static void set_method(http_transport *http, const nf_sync_request *request)
{
    static const char *const names[] = {"GET", "HEAD", "POST", "PATCH",
                                        "DELETE"};
    const nf_curl *c = &http->curl;

    if (request->method == NF_SYNC_HEAD)
        c->easy_setopt(http->easy, CURLOPT_NOBODY, 1L);
    if (request->method == NF_SYNC_POST || request->method == NF_SYNC_PATCH) {
        c->easy_setopt(http->easy, CURLOPT_POST, 1L);
        c->easy_setopt(http->easy, CURLOPT_POSTFIELDS,
                       request->body ? request->body : "");
        c->easy_setopt(http->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                       (curl_off_t)request->body_length);
    }
    c->easy_setopt(http->easy, CURLOPT_CUSTOMREQUEST,
                   request->method == NF_SYNC_HEAD ? NULL
                                                   : names[request->method]);
}

static void set_security(http_transport *http)
{
    const nf_curl *c = &http->curl;
    CURL *easy = http->easy;

    c->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    c->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    c->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    c->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    c->easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (http->ca_file) {
        c->easy_setopt(easy, CURLOPT_CAINFO, http->ca_file);
        c->easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    if (http->pin)
        c->easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, http->pin);
    /* Not from the environment: a proxy sees credentials (W13). */
    c->easy_setopt(easy, CURLOPT_PROXY, http->proxy ? http->proxy : "");
    c->easy_setopt(easy, CURLOPT_NOPROXY, "");
}

static void set_callbacks(http_transport *http)
{
    const nf_curl *c = &http->curl;
    CURL *easy = http->easy;

    c->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    c->easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    c->easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    c->easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)PIECE_GOOD);
    c->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   (long)http->options.connect_ms);
    c->easy_setopt(easy, CURLOPT_ERRORBUFFER, http->problem);
    c->easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive_body);
    c->easy_setopt(easy, CURLOPT_WRITEDATA, http);
    c->easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
    c->easy_setopt(easy, CURLOPT_HEADERDATA, http);
    c->easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    c->easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    c->easy_setopt(easy, CURLOPT_XFERINFODATA, http);
    c->easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    c->easy_setopt(easy, CURLOPT_PREREQDATA, http);
}

/* ---- time (S146) --------------------------------------------------------- */

static void note_progress(http_transport *http)
{
    http->seen_moved = http->sent + http->received;
    http->seen_clock = http->options.clock.now(http->options.clock.user);
    http->seen_real = nf_clock_elapsed();
}

/* Milliseconds without a byte. The machine's clock can be set, so it is never
 * asked how much time has passed; one that a host made is. */
static int64_t idle(http_transport *http)
{
    int64_t real, told = 0;

    if (http->sent + http->received != http->seen_moved)
        note_progress(http);
    real = nf_clock_elapsed() - http->seen_real;
    if (http->options.clock.now != nf_clock_system().now)
        told = http->options.clock.now(http->options.clock.user) -
               http->seen_clock;
    return told > real ? told : real;
}

static int limit(const http_transport *http)
{
    if (!http->connected)
        return http->options.connect_ms;
    return http->limit_ms;
}

/* ---- one exchange -------------------------------------------------------- */

static void end(http_transport *http)
{
    if (http->active)
        http->curl.multi_remove_handle(http->multi, http->easy);
    http->active = false;
    if (http->headers)
        http->curl.slist_free_all(http->headers);
    http->headers = NULL;
}

static nf_status begin(http_transport *http, const nf_sync_request *request,
                       nf_sync_response *response, nf_error *err)
{
    const nf_curl *c = &http->curl;
    char url[2 * ADDRESS_MAX];
    int n = snprintf(url, sizeof url, "%s%s", http->address, request->path);

    if (n < 0 || (size_t)n >= sizeof url)
        return network_error(http, err, "the address is too long");
    c->easy_reset(http->easy);
    nf_sync_response_clear(response);
    http->request = *request;
    http->response = response;
    http->is_ours = http->is_typed = http->connected = http->paused = false;
    http->version = 0;
    http->piece_at = -1;
    http->sent = http->received = 0;
    http->problem[0] = '\0';
    http->limit_ms = request->wait_ms > 0 && http->options.stall_ms == STALL_MS
                         ? PATIENCE_MS
                         : http->options.stall_ms;
    c->easy_setopt(http->easy, CURLOPT_URL, url);
    set_security(http);
    set_callbacks(http);
    set_method(http, request);
    note_progress(http);
    if (!build_headers(http, request))
        return nf_error_nomem(err);
    c->easy_setopt(http->easy, CURLOPT_HTTPHEADER, http->headers);
    if (c->multi_add_handle(http->multi, http->easy) != CURLM_OK)
        return network_error(http, err, "libcurl takes no request");
    http->active = true;
    return NF_OK;
}

static long status_of(http_transport *http)
{
    long status = 0;
    http->curl.easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static nf_status not_ours(http_transport *http, long status, nf_error *err)
{
    char reason[512];
    snprintf(reason, sizeof reason,
             "%.300s is not a nanoflow server (it answered %ld)", http->address,
             status);
    return network_error(http, err, reason);
}

static nf_status cut(http_transport *http, CURLcode result, nf_error *err)
{
    char reason[CURL_ERROR_SIZE + 64];
    snprintf(reason, sizeof reason, "%s",
             http->problem[0] ? http->problem
                              : http->curl.easy_strerror(result));
    switch (result) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
        return network_error(http, err, reason); /* A143 */
    default:
        return connection_error(http, err, reason);
    }
}

/* Where the body of a GET lies in the whole. */
static void place_body(http_transport *http, long status, bool last)
{
    nf_sync_response *response = http->response;
    curl_off_t length = -1;

    if (status == 200) {
        if (http->piece_at < 0)
            response->offset = 0;
        if (http->request.method == NF_SYNC_GET && response->total < 0) {
            http->curl.easy_getinfo(
                http->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
            if (length >= 0)
                response->total = length;
        }
    }
    if (http->piece_at >= 0)
        response->offset = http->piece_at;
    http->piece_at = response->offset + (int64_t)response->body.length;
    if (last && status == 200 && http->request.method == NF_SYNC_GET &&
        response->total < 0)
        response->total = http->piece_at;
}

/* `416 … bytes * /N` for what is behind the end says where the end is. */
static void read_end(const http_transport *http)
{
    nf_sync_response *response = http->response;

    if (response->status != 416 || response->total < 0 ||
        response->total != http->request.offset)
        return;
    response->status = 206;
    response->offset = response->total;
    nf_buffer_clear(&response->body);
}

static nf_status finish(http_transport *http, CURLcode result, nf_error *err)
{
    nf_sync_response *response = http->response;
    long status = status_of(http);

    /* A body that we refused because it is not ours is no failure of the
     * connection. */
    if (result == CURLE_WRITE_ERROR && response->body.failed) {
        end(http);
        return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                            "The server sent an invalid reply (SYNC_PROTOCOL)");
    }
    if (result != CURLE_OK && !(result == CURLE_WRITE_ERROR && status > 0)) {
        end(http);
        return cut(http, result, err);
    }
    if (!ours(http)) {
        end(http);
        return not_ours(http, status, err);
    }
    response->more = false;
    response->status = (int)status;
    if (http->version != NF_SYNC_VERSION)
        response->status = 426;
    if (http->request.method == NF_SYNC_GET && (status == 200 || status == 206))
        place_body(http, status, true);
    read_end(http);
    end(http);
    return NF_OK;
}

static bool has_piece(http_transport *http, long status)
{
    return http->request.pieces && http->response->body.length > 0 &&
           (status == 200 || status == 206) && ours(http) &&
           http->version == NF_SYNC_VERSION;
}

static nf_status hand_over(http_transport *http, long status)
{
    http->response->status = (int)status;
    http->response->more = true;
    place_body(http, status, false);
    return NF_OK;
}

/* Takes back what the caller has read, and lets the rest come. */
static void next_piece(http_transport *http)
{
    if (!http->response->more)
        return;
    http->response->more = false;
    nf_buffer_clear(&http->response->body);
    if (http->paused) {
        http->paused = false;
        http->curl.easy_pause(http->easy, CURLPAUSE_CONT);
    }
}

static nf_status drive(http_transport *http, int timeout_ms, nf_error *err)
{
    const nf_curl *c = &http->curl;
    int running = 0, left = 0;
    CURLMsg *message;

    next_piece(http);
    if (c->multi_perform(http->multi, &running) != CURLM_OK) {
        end(http);
        return network_error(http, err, "libcurl fails");
    }
    if (running > 0 && timeout_ms > 0 && !http->paused &&
        http->response->body.length < PIECE_GOOD) {
        int64_t rest = limit(http) - idle(http);
        if (rest > timeout_ms)
            rest = timeout_ms;
        c->multi_poll(http->multi, NULL, 0, rest > 0 ? (int)rest : 0, NULL);
        c->multi_perform(http->multi, &running);
    }
    message = c->multi_info_read(http->multi, &left);
    if (message && message->msg == CURLMSG_DONE)
        return finish(http, message->data.result, err);
    if (has_piece(http, status_of(http)))
        return hand_over(http, status_of(http));
    if (idle(http) >= limit(http)) {
        bool was_connected = http->connected;
        end(http);
        return connection_error(http, err,
                                was_connected ? "nothing arrived for too long"
                                              : "connecting took too long");
    }
    return NF_PENDING;
}

/* ---- the address --------------------------------------------------------- */

static bool is_loopback(const char *address)
{
    static const char *const hosts[] = {"http://127.", "http://localhost",
                                        "http://[::1]"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        size_t n = strlen(hosts[i]);
        if (strncasecmp(address, hosts[i], n) != 0)
            continue;
        /* "localhost.example.org" is another machine. */
        if (i == 0)
            n += strspn(address + n, "0123456789.");
        if (strchr(":/", address[n]))
            return true;
    }
    return false;
}

/* A user's name before a host would make `http://127.0.0.1@elsewhere` look
 * local, and a query would become part of every path. */
static bool is_plain_address(const char *address)
{
    for (const char *c = address; *c; c++) {
        if ((unsigned char)*c <= ' ' || *c == 127 || strchr("@?#\\", *c))
            return false;
    }
    return true;
}

/* ---- the transport ------------------------------------------------------- */

static nf_status check_server(http_transport *http, int timeout_ms,
                              nf_error *err)
{
    static const nf_sync_request info = {.method = NF_SYNC_GET,
                                         .path = "/sync/v1/info",
                                         .offset = -1,
                                         .length = -1};
    nf_status status = NF_OK;

    if (!http->active)
        status = begin(http, &info, &http->info, err);
    if (status == NF_OK)
        status = drive(http, timeout_ms, err);
    if (status != NF_OK && status != NF_PENDING)
        end(http);
    return status;
}

/* The server's answer to the check, if it does not let us in: it is the answer
 * to whatever was asked (A144, A147). */
static nf_status pass_refusal(http_transport *http, nf_sync_response *response,
                              nf_error *err)
{
    nf_sync_response_clear(response);
    response->status = http->info.status;
    response->retry_after_ms = http->info.retry_after_ms;
    if (http->info.body.length > 0)
        nf_buffer_add(&response->body, http->info.body.data,
                      http->info.body.length);
    return response->body.failed ? nf_error_nomem(err) : NF_OK;
}

static nf_status http_exchange(nf_sync_transport *transport,
                               const nf_sync_request *request,
                               nf_sync_response *response, int timeout_ms,
                               nf_error *err)
{
    http_transport *http = (http_transport *)transport;
    nf_status status;

    if (!strncasecmp(http->address, "http://", 7) &&
        !is_loopback(http->address))
        return network_error(http, err,
                             "plain http is for this machine only, use https");
    status = load(http, err);
    if (status == NF_OK && !http->checked) {
        status = check_server(http, timeout_ms, err);
        if (status != NF_OK)
            return status;
        if (http->info.status != 200)
            return pass_refusal(http, response, err);
        http->checked = true;
        return NF_PENDING; /* the caller's own request comes next */
    }
    if (status == NF_OK && !http->active)
        status = begin(http, request, response, err);
    if (status == NF_OK)
        status = drive(http, timeout_ms, err);
    if (status != NF_OK && status != NF_PENDING)
        end(http);
    return status;
}

static void http_cancel(nf_sync_transport *transport)
{
    end((http_transport *)transport);
}

static void http_free(nf_sync_transport *transport)
{
    http_transport *http = (http_transport *)transport;

    if (http->easy) {
        end(http);
        http->curl.easy_cleanup(http->easy);
    }
    if (http->multi)
        http->curl.multi_cleanup(http->multi);
    nf_buffer_dispose(&http->info.body);
    nf_free(http->address);
    nf_free(http->ca_file);
    nf_free(http->pin);
    nf_free(http->proxy);
    nf_free(http);
}

static const nf_sync_transport_ops http_ops = {http_exchange, http_cancel,
                                               http_free};

static bool copy(char **to, const char *text)
{
    *to = text ? nf_strdup(text) : NULL;
    return !text || *to;
}

static nf_status check_address(const char *address, nf_error *err)
{
    if ((strncasecmp(address, "http://", 7) != 0 &&
         strncasecmp(address, "https://", 8) != 0) ||
        !is_plain_address(address))
        return nf_error_set(err, NF_USAGE, "not_found",
                            "'%.200s' is no http or https address", address);
    if (strlen(address) > ADDRESS_MAX)
        return nf_error_set(err, NF_USAGE, "not_found",
                            "the server's address is longer than %d bytes",
                            ADDRESS_MAX);
    return NF_OK;
}

nf_status nf_sync_http_new(nf_sync_transport **out,
                           const nf_sync_http_options *options, nf_error *err)
{
    const char *address = options->address;
    http_transport *http;
    size_t length = strlen(address);
    nf_status status = check_address(address, err);

    *out = NULL;
    if (status != NF_OK)
        return status;
    while (length > 0 && address[length - 1] == '/')
        length--;
    http = nf_alloc(sizeof *http);
    if (!http)
        return nf_error_nomem(err);
    http->base.ops = &http_ops;
    http->options = *options;
    http->base.remote = true;
    http->options.address = NULL; /* the strings are copied below */
    if (http->options.connect_ms <= 0)
        http->options.connect_ms = CONNECT_MS;
    if (http->options.stall_ms <= 0)
        http->options.stall_ms = STALL_MS;
    nf_buffer_init(&http->info.body, NF_SYNC_MESSAGE_MAX);
    http->address = nf_strndup(address, length);
    if (!http->address || !copy(&http->ca_file, options->ca_file) ||
        !copy(&http->pin, options->pin) ||
        !copy(&http->proxy, options->proxy)) {
        http_free(&http->base);
        return nf_error_nomem(err);
    }
    http->base.address = http->address;
    *out = &http->base;
    return NF_OK;
}
