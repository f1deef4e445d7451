/* The transport for http(s) addresses (synchronize W13 … W17, W39, S146).
 *
 * libcurl is loaded when the first exchange starts: linking it would cost
 * every start of the program several milliseconds. Redirects are never
 * followed, so credentials go nowhere else (A142). Before the first request
 * `GET /sync/v1/info` must be answered with our header; an answer without it
 * comes from something else (a captive portal, a proxy's page) and is never
 * parsed. One exchange at a time, on the caller's thread. */
#include "base/memory.h"
#include "sync/transport.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    CONNECT_SECONDS = 30, /* S146 */
    STALL_SECONDS = 60,
    PATH_MAX_LENGTH = 1024,
};

/* The functions of libcurl that are used, by their names there. */
typedef struct curl_table {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
    void (*easy_cleanup)(CURL *easy);
    void (*easy_reset)(CURL *easy);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_add_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_perform)(CURLM *multi, int *running);
    CURLMcode (*multi_poll)(CURLM *multi, struct curl_waitfd extra[],
                            unsigned int count, int timeout_ms, int *ready);
    CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
    CURLMcode (*multi_cleanup)(CURLM *multi);
    struct curl_slist *(*slist_append)(struct curl_slist *list,
                                       const char *text);
    void (*slist_free_all)(struct curl_slist *list);
} curl_table;

typedef struct http_transport {
    nf_sync_transport base;
    char *address; /* without a trailing slash */
    void *library;
    curl_table curl;
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    bool checked; /* info was answered by a nanoflow server */
    bool active;  /* an exchange is under way */
    bool ours;    /* the reply carries Sync-Version */
    nf_sync_response *response;
    nf_sync_response info; /* reply of the check */
} http_transport;

static nf_status network_error(nf_error *err, const char *reason)
{
    return nf_error_set(err, NF_FAILED, "SYNC_NETWORK",
                        "The server could not be reached (SYNC_NETWORK)%s%s",
                        reason ? ": " : "", reason ? reason : "");
}

/* ---- loading ----------------------------------------------------------- */

static bool load_symbol(void *library, const char *name, void *slot)
{
    void *symbol = dlsym(library, name);
    memcpy(slot, &symbol, sizeof symbol); /* ISO C has no such cast */
    return symbol != NULL;
}

static bool load_table(http_transport *http)
{
    curl_table *t = &http->curl;
    const struct {
        const char *name;
        void *slot;
    } symbols[] = {
        {"curl_global_init", &t->global_init},
        {"curl_easy_init", &t->easy_init},
        {"curl_easy_setopt", &t->easy_setopt},
        {"curl_easy_getinfo", &t->easy_getinfo},
        {"curl_easy_cleanup", &t->easy_cleanup},
        {"curl_easy_reset", &t->easy_reset},
        {"curl_multi_init", &t->multi_init},
        {"curl_multi_add_handle", &t->multi_add_handle},
        {"curl_multi_remove_handle", &t->multi_remove_handle},
        {"curl_multi_perform", &t->multi_perform},
        {"curl_multi_poll", &t->multi_poll},
        {"curl_multi_info_read", &t->multi_info_read},
        {"curl_multi_cleanup", &t->multi_cleanup},
        {"curl_slist_append", &t->slist_append},
        {"curl_slist_free_all", &t->slist_free_all},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        if (!load_symbol(http->library, symbols[i].name, symbols[i].slot))
            return false;
    }
    return true;
}

static nf_status load(http_transport *http, nf_error *err)
{
    if (http->easy)
        return NF_OK;
    if (!http->library)
        http->library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!http->library || !load_table(http))
        return network_error(err, "libcurl.so.4 cannot be loaded");
    if (http->curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return network_error(err, "libcurl cannot be started");
    if (!http->multi)
        http->multi = http->curl.multi_init();
    http->easy = http->multi ? http->curl.easy_init() : NULL;
    return http->easy ? NF_OK : nf_error_nomem(err);
}

/* ---- the reply --------------------------------------------------------- */

static size_t receive_body(char *bytes, size_t size, size_t count, void *user)
{
    http_transport *http = user;
    /* Bytes of something that is not our server are never kept. */
    if (!http->ours)
        return size * count;
    nf_buffer_add(&http->response->body, bytes, size * count);
    return http->response->body.failed ? 0 : size * count;
}

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

static size_t receive_header(char *line, size_t size, size_t count, void *user)
{
    http_transport *http = user;
    nf_sync_response *response = http->response;
    size_t length = size * count;
    char value[128];

    if (header_value(line, length, "Sync-Version", value, sizeof value))
        http->ours = true;
    else if (header_value(line, length, "Upload-Offset", value, sizeof value))
        response->offset = strtoll(value, NULL, 10);
    else if (header_value(line, length, "Upload-Length", value, sizeof value))
        response->total = strtoll(value, NULL, 10);
    else if (header_value(line, length, "Retry-After", value, sizeof value)) {
        long long seconds = strtoll(value, NULL, 10);
        if (seconds > 0 && seconds < 86400)
            response->retry_after_ms = seconds * 1000;
    } else if (header_value(line, length, "Content-Range", value,
                            sizeof value)) {
        char *slash = strchr(value, '/');
        if (!strncmp(value, "bytes ", 6))
            response->offset = strtoll(value + 6, NULL, 10);
        if (slash)
            response->total = strtoll(slash + 1, NULL, 10);
    }
    return length;
}

/* ---- the request ------------------------------------------------------- */

static bool add_header(http_transport *http, const char *format,
                       long long number)
{
    char line[128];
    struct curl_slist *list;
    snprintf(line, sizeof line, format, number);
    list = http->curl.slist_append(http->headers, line);
    if (list)
        http->headers = list;
    return list != NULL;
}

static bool add_session(http_transport *http, const char *session)
{
    char line[512];
    struct curl_slist *list;
    if (!session)
        return true;
    if (strlen(session) > sizeof line - 32)
        return false;
    snprintf(line, sizeof line, "Authorization: Bearer %s", session);
    list = http->curl.slist_append(http->headers, line);
    if (list)
        http->headers = list;
    return list != NULL;
}

static bool build_headers(http_transport *http, const nf_sync_request *request)
{
    bool ok = add_header(http, "Sync-Version: %lld", NF_SYNC_VERSION) &&
              add_header(http,
                         "Accept: application/vnd.nanoflow.sync+bson, "
                         "application/octet-stream",
                         0) &&
              add_header(http, "Expect:", 0) &&
              add_session(http, request->session);
    if (ok && request->body)
        ok =
            add_header(http,
                       request->bytes ? "Content-Type: application/octet-stream"
                                      : "Content-Type: "
                                        "application/vnd.nanoflow.sync+bson",
                       0);
    if (ok && request->method == NF_SYNC_PATCH)
        ok = add_header(http, "Upload-Offset: %lld",
                        (long long)request->offset) &&
             (request->length < 0 || add_header(http, "Upload-Length: %lld",
                                                (long long)request->length));
    if (ok && request->method == NF_SYNC_GET && request->offset >= 0) {
        char range[64];
        snprintf(range, sizeof range, "%lld-%lld", (long long)request->offset,
                 (long long)(request->offset + request->length - 1));
        ok = http->curl.easy_setopt(http->easy, CURLOPT_RANGE, range) ==
             CURLE_OK;
    }
    return ok;
}

static void set_method(http_transport *http, const nf_sync_request *request)
{
    static const char *const names[] = {"GET", "HEAD", "POST", "PATCH",
                                        "DELETE"};
    const curl_table *c = &http->curl;

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

static nf_status begin(http_transport *http, const nf_sync_request *request,
                       nf_sync_response *response, nf_error *err)
{
    const curl_table *c = &http->curl;
    CURL *easy = http->easy;
    char url[PATH_MAX_LENGTH + 512];
    int n = snprintf(url, sizeof url, "%s%s", http->address, request->path);

    if (n < 0 || (size_t)n >= sizeof url)
        return network_error(err, "the address is too long");
    c->easy_reset(easy);
    response->status = 0;
    response->offset = response->total = -1;
    response->retry_after_ms = 0;
    nf_buffer_clear(&response->body);
    http->response = response;
    http->ours = false;
    c->easy_setopt(easy, CURLOPT_URL, url);
    c->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    c->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    c->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    c->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    c->easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    c->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    c->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    c->easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    c->easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS);
    c->easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive_body);
    c->easy_setopt(easy, CURLOPT_WRITEDATA, http);
    c->easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
    c->easy_setopt(easy, CURLOPT_HEADERDATA, http);
    set_method(http, request);
    if (!build_headers(http, request))
        return nf_error_nomem(err);
    c->easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
    if (c->multi_add_handle(http->multi, easy) != CURLM_OK)
        return network_error(err, NULL);
    http->active = true;
    return NF_OK;
}

static void end(http_transport *http)
{
    if (http->active)
        http->curl.multi_remove_handle(http->multi, http->easy);
    http->active = false;
    if (http->headers)
        http->curl.slist_free_all(http->headers);
    http->headers = NULL;
}

static nf_status finish(http_transport *http, CURLcode result, nf_error *err)
{
    long status = 0;

    http->curl.easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    end(http);
    if (result != CURLE_OK)
        return network_error(err, NULL);
    if (!http->ours) {
        char reason[400];
        snprintf(reason, sizeof reason, "%.300s is not a nanoflow server",
                 http->address);
        return network_error(err, reason);
    }
    http->response->status = (int)status;
    return NF_OK;
}

static nf_status drive(http_transport *http, int timeout_ms, nf_error *err)
{
    const curl_table *c = &http->curl;
    int running = 0, left = 0;
    CURLMsg *message;

    if (c->multi_perform(http->multi, &running) != CURLM_OK) {
        end(http);
        return network_error(err, NULL);
    }
    if (running > 0 && timeout_ms > 0) {
        c->multi_poll(http->multi, NULL, 0, timeout_ms, NULL);
        c->multi_perform(http->multi, &running);
    }
    message = c->multi_info_read(http->multi, &left);
    if (message && message->msg == CURLMSG_DONE)
        return finish(http, message->data.result, err);
    return NF_PENDING;
}

static bool is_loopback(const char *address)
{
    static const char *const hosts[] = {"http://127.", "http://localhost",
                                        "http://[::1]"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        size_t n = strlen(hosts[i]);
        if (strncasecmp(address, hosts[i], n) != 0)
            continue;
        /* "localhost.example.org" is another machine. */
        if (i == 0) {
            n += strspn(address + n, "0123456789.");
        }
        if (strchr(":/", address[n]))
            return true;
    }
    return false;
}

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
    if (status == NF_OK)
        http->checked = true;
    else if (status != NF_PENDING)
        end(http);
    return status;
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
        return network_error(err,
                             "plain http is for this machine only, use https");
    status = load(http, err);
    if (status == NF_OK && !http->checked) {
        status = check_server(http, timeout_ms, err);
        if (status == NF_OK)
            return NF_PENDING; /* the caller's own request comes next */
        return status;
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
    /* The library stays loaded: its global state has no safe end. */
    nf_buffer_dispose(&http->info.body);
    nf_free(http->address);
    nf_free(http);
}

static const nf_sync_transport_ops http_ops = {http_exchange, http_cancel,
                                               http_free};

nf_status nf_sync_http_new(nf_sync_transport **out, const char *address,
                           nf_error *err)
{
    http_transport *http;
    size_t length = strlen(address);

    *out = NULL;
    if (strncasecmp(address, "http://", 7) != 0 &&
        strncasecmp(address, "https://", 8) != 0)
        return nf_error_set(err, NF_USAGE, "not_found",
                            "'%.200s' is no http or https address", address);
    if (length > PATH_MAX_LENGTH)
        return nf_error_set(err, NF_USAGE, "not_found",
                            "the server's address is longer than %d bytes",
                            PATH_MAX_LENGTH);
    while (length > 0 && address[length - 1] == '/')
        length--;
    http = nf_alloc(sizeof *http);
    if (http)
        http->address = nf_strndup(address, length);
    if (!http || !http->address) {
        nf_free(http);
        return nf_error_nomem(err);
    }
    http->base.ops = &http_ops;
    http->base.address = http->address;
    nf_buffer_init(&http->info.body, NF_SYNC_MESSAGE_MAX);
    *out = &http->base;
    return NF_OK;
}
