/* A request of the protocol as libcurl takes it (synchronize W13 … W17). */
#include "sync/http_client.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool add_header(nf_http_client *http, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool add_header(nf_http_client *http, const char *format, ...)
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

static bool add_identity(nf_http_client *http, const nf_sync_request *request)
{
    return add_header(http, "Sync-Version: %d", NF_SYNC_VERSION) &&
           add_header(http, "Accept: %s, %s", NF_HTTP_BSON, NF_HTTP_BYTES) &&
           add_header(http, "User-Agent: nanoflow") &&
           add_header(http, "Expect:") &&
           (!request->session ||
            add_header(http, "Authorization: Bearer %s", request->session)) &&
           (!request->device ||
            add_header(http, "Sync-Device: %s", request->device)) &&
           (!request->app || add_header(http, "Sync-App: %s", request->app)) &&
           (!request->id || add_header(http, "Sync-Request: %s", request->id));
}

/* ---- windows ---------------------------------------------------------------
 */

/* The server writes `"TAG;gzip-…"` for the encoded form of `"TAG"`. */
static bool is_form_of(const char *encoded, const char *tag)
{
    size_t length = strcspn(encoded, ";");
    return tag && encoded[length] == ';' && strlen(tag) == length + 1 &&
           !strncmp(encoded, tag, length) && tag[length] == '"';
}

static bool mark_fits(const nf_http_client *http)
{
    const nf_sync_request *request = &http->request;
    return !strcmp(http->mark.path, request->path) &&
           is_form_of(http->mark.tag, request->etag) &&
           http->mark.decoded <= request->offset;
}

/* Whether to ask for the encoded form, and from where on. */
static void choose_encoding(nf_http_client *http)
{
    const nf_sync_request *request = &http->request;
    nf_http_answer *a = &http->answer;

    a->asked_gzip = http->base.packs && request->pieces &&
                    request->length < 0 &&
                    (request->offset <= 0 || mark_fits(http));
    a->resumed = a->asked_gzip && request->offset > 0;
    if (a->resumed)
        a->from = http->mark;
    else
        memset(&a->from, 0, sizeof a->from);
    http->mark.path[0] = '\0';
}

static bool add_window(nf_http_client *http, const nf_sync_request *request)
{
    const nf_http_answer *a = &http->answer;
    int64_t offset = a->resumed ? a->from.encoded : request->offset;
    const char *tag = a->resumed ? a->from.tag : request->etag;
    char range[64] = "";
    bool ok = true;

    if (a->asked_gzip)
        ok = add_header(http, "Accept-Encoding: gzip");
    if (ok && tag && offset > 0)
        ok = add_header(http, "If-Range: %s", tag);
    if (!ok || offset < 0)
        return ok;
    /* All of something is asked for without a range: only then may the server
     * send what it has not finished writing. */
    if (request->length > 0)
        snprintf(range, sizeof range, "%lld-%lld", (long long)offset,
                 (long long)(offset + request->length - 1));
    else if (offset > 0)
        snprintf(range, sizeof range, "%lld-", (long long)offset);
    return !*range ||
           http->curl.easy_setopt(http->easy, CURLOPT_RANGE, range) == CURLE_OK;
}

static bool add_headers(nf_http_client *http, const nf_sync_request *request)
{
    bool ok = add_identity(http, request);

    if (ok && request->body)
        ok = add_header(http, "Content-Type: %s",
                        request->bytes ? NF_HTTP_BYTES : NF_HTTP_BSON);
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

/* ---- the rest --------------------------------------------------------------
 */

static void set_method(nf_http_client *http, const nf_sync_request *request)
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

static void set_security(nf_http_client *http)
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

static int on_progress(void *user, curl_off_t all_down, curl_off_t down,
                       curl_off_t all_up, curl_off_t up)
{
    nf_http_client *http = user;

    (void)all_down;
    (void)all_up;
    (void)down; /* counted where it arrives */
    http->sent = up;
    return 0;
}

static int on_connected(void *user, char *peer, char *local, int peer_port,
                        int local_port)
{
    nf_http_client *http = user;

    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    http->connected = true;
    http->received++; /* counts as progress */
    return CURL_PREREQFUNC_OK;
}

static void set_callbacks(nf_http_client *http)
{
    const nf_curl *c = &http->curl;
    CURL *easy = http->easy;

    c->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    c->easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    c->easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    c->easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)NF_HTTP_PIECE);
    c->easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)NF_HTTP_PIECE);
    c->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   (long)http->options.connect_ms);
    c->easy_setopt(easy, CURLOPT_ERRORBUFFER, http->problem);
    c->easy_setopt(easy, CURLOPT_WRITEFUNCTION, nf_http_client_receive_body);
    c->easy_setopt(easy, CURLOPT_WRITEDATA, http);
    c->easy_setopt(easy, CURLOPT_HEADERFUNCTION, nf_http_client_receive_header);
    c->easy_setopt(easy, CURLOPT_HEADERDATA, http);
    c->easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    c->easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    c->easy_setopt(easy, CURLOPT_XFERINFODATA, http);
    c->easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    c->easy_setopt(easy, CURLOPT_PREREQDATA, http);
}

bool nf_http_client_ask(nf_http_client *http)
{
    char url[2 * NF_HTTP_ADDRESS_MAX];
    int n =
        snprintf(url, sizeof url, "%s%s", http->address, http->request.path);

    if (n < 0 || (size_t)n >= sizeof url)
        return false;
    choose_encoding(http);
    http->curl.easy_setopt(http->easy, CURLOPT_URL, url);
    set_security(http);
    set_callbacks(http);
    set_method(http, &http->request);
    return add_headers(http, &http->request) &&
           http->curl.easy_setopt(http->easy, CURLOPT_HTTPHEADER,
                                  http->headers) == CURLE_OK;
}
