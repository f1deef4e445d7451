/* REST calls of microflows through libcurl (activities M23 … M27). They block
 * the server, as everything that a microflow does; so those of one request get
 * only so much time together. */
#include "server/internal.h"
#include "sync/http_curl.h"

#include <strings.h>

enum { REDIRECTS_MAX = 10, POLL_MS = 100, CONNECT_MS = 30 * 1000 };

typedef struct exchange {
    nf_curl curl;
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    const nf_rest_request *request;
    nf_rest_response *response;
    bool failed; /* out of memory, or the response is too long */
} exchange;

static size_t take_body(char *bytes, size_t size, size_t count, void *user)
{
    exchange *e = user;

    nf_buffer_add(&e->response->body, bytes, size * count);
    e->failed = e->response->body.failed;
    return e->failed ? 0 : size * count;
}

static void forget_headers(nf_rest_response *response)
{
    for (size_t i = 0; i < response->header_count; i++) {
        nf_free(response->headers[i].name);
        nf_free(response->headers[i].value);
    }
    response->header_count = 0;
}

/* "HTTP/1.1 200 OK": what came before belongs to another response, that of a
 * redirection. */
static void take_status_line(exchange *e, const char *line, size_t size)
{
    nf_rest_response *response = e->response;
    const char *space = memchr(line, ' ', size);
    size_t version = space ? (size_t)(space - line) : size;
    const char *reason =
        space ? memchr(space + 1, ' ', size - version - 1) : NULL;

    forget_headers(response);
    snprintf(response->version, sizeof response->version, "%.*s", (int)version,
             line);
    snprintf(response->reason, sizeof response->reason, "%.*s",
             reason ? (int)(size - (size_t)(reason + 1 - line)) : 0,
             reason ? reason + 1 : "");
}

static size_t take_header(char *line, size_t size, size_t count, void *user)
{
    exchange *e = user;
    size_t length = size * count, end = length;
    const char *colon, *value;

    while (end && (line[end - 1] == '\r' || line[end - 1] == '\n'))
        end--;
    if (end >= 5 && !memcmp(line, "HTTP/", 5)) {
        take_status_line(e, line, end);
        return length;
    }
    colon = memchr(line, ':', end);
    if (!colon)
        return length;
    for (value = colon + 1; value < line + end && *value == ' ';)
        value++;
    e->failed =
        !nf_rest_response_header(e->response, line, (size_t)(colon - line),
                                 value, (size_t)(line + end - value));
    return e->failed ? 0 : length;
}

static bool add_headers(exchange *e)
{
    const nf_rest_request *request = e->request;

    for (size_t i = 0; i < request->header_count; i++) {
        const nf_rest_header *header = &request->headers[i];
        struct curl_slist *longer;
        nf_buffer line;

        nf_buffer_init(&line, NF_BUFFER_MAX);
        /* An empty header has a semicolon with libcurl. */
        nf_buffer_format(&line, *header->value ? "%s: %s" : "%s;%s",
                         header->name, header->value);
        longer = line.failed ? NULL
                             : e->curl.slist_append(e->headers,
                                                    nf_buffer_string(&line));
        nf_buffer_dispose(&line);
        if (!longer)
            return false;
        e->headers = longer;
    }
    return true;
}

static void set_options(exchange *e)
{
    const nf_rest_request *request = e->request;
    CURLcode (*set)(CURL *, CURLoption, ...) = e->curl.easy_setopt;

    set(e->easy, CURLOPT_URL, request->url);
    set(e->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(e->easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(e->easy, CURLOPT_NOSIGNAL, 1L);
    set(e->easy, CURLOPT_CUSTOMREQUEST, request->method);
    if (!strcmp(request->method, "HEAD"))
        set(e->easy, CURLOPT_NOBODY, 1L);
    if (!strcmp(request->method, "GET") || !strcmp(request->method, "HEAD"))
        set(e->easy, CURLOPT_FOLLOWLOCATION, 1L);
    set(e->easy, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    if (request->body) {
        set(e->easy, CURLOPT_POSTFIELDSIZE_LARGE,
            (curl_off_t)request->body_size);
        set(e->easy, CURLOPT_POSTFIELDS, request->body);
    }
    set(e->easy, CURLOPT_HTTPHEADER, e->headers);
    if (request->user) {
        set(e->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        set(e->easy, CURLOPT_USERNAME, request->user);
        set(e->easy, CURLOPT_PASSWORD,
            request->password ? request->password : "");
    }
    if (request->direct)
        set(e->easy, CURLOPT_PROXY, "");
    set(e->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    if (request->timeout_ms > 0)
        set(e->easy, CURLOPT_TIMEOUT_MS,
            (long)(request->timeout_ms < INT32_MAX ? request->timeout_ms
                                                   : INT32_MAX));
    set(e->easy, CURLOPT_WRITEFUNCTION, take_body);
    set(e->easy, CURLOPT_WRITEDATA, e);
    set(e->easy, CURLOPT_HEADERFUNCTION, take_header);
    set(e->easy, CURLOPT_HEADERDATA, e);
}

static bool is_cancelled(const nf_rest_request *request)
{
    return request->cancelled &&
           __atomic_load_n(request->cancelled, __ATOMIC_RELAXED);
}

/* M25: libcurl sends a Content-Type of its own with a body; Mendix none. */
static bool has_content_type(const nf_rest_request *request)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (!strcasecmp(request->headers[i].name, "Content-Type"))
            return true;
    return false;
}

static bool prepare(exchange *e)
{
    struct curl_slist *longer;

    e->easy = e->curl.easy_init();
    e->multi = e->curl.multi_init();
    if (!e->easy || !e->multi || !add_headers(e))
        return false;
    if (e->request->body && !has_content_type(e->request)) {
        longer = e->curl.slist_append(e->headers, "Content-Type:");
        if (!longer)
            return false;
        e->headers = longer;
    }
    set_options(e);
    return e->curl.multi_add_handle(e->multi, e->easy) == CURLM_OK;
}

static nf_status failed(const exchange *e, CURLcode code, nf_error *err)
{
    if (e->failed && !e->response->body.full)
        return nf_error_nomem(err);
    if (e->failed)
        return nf_error_set(err, NF_FAILED, "network_error",
                            "the response is longer than %zu bytes",
                            e->response->body.maximum);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return nf_error_set(err, NF_FAILED, "network_error",
                            "the server did not answer in time");
    return nf_error_set(err, NF_FAILED, "network_error", "%s",
                        e->curl.easy_strerror(code));
}

static nf_status perform(exchange *e, nf_error *err)
{
    int running = 1, left;
    long status = 0;
    CURLMsg *message;

    while (running && !is_cancelled(e->request)) {
        if (e->curl.multi_perform(e->multi, &running) != CURLM_OK)
            return nf_error_nomem(err);
        if (running)
            e->curl.multi_poll(e->multi, NULL, 0, POLL_MS, NULL);
    }
    if (running)
        return nf_error_set(err, NF_CANCELLED, "cancelled",
                            "The call was cancelled");
    message = e->curl.multi_info_read(e->multi, &left);
    if (!message || message->data.result != CURLE_OK)
        return failed(e, message ? message->data.result : CURLE_RECV_ERROR,
                      err);
    e->curl.easy_getinfo(e->easy, CURLINFO_RESPONSE_CODE, &status);
    e->response->status = (int)status;
    return NF_OK;
}

static nf_status ask(const nf_rest_request *request, nf_rest_response *response,
                     nf_error *err)
{
    exchange e = {.request = request, .response = response};
    nf_status status;

    if (!nf_curl_load(&e.curl))
        return nf_error_set(err, NF_FAILED, "network_error",
                            "there is no libcurl, which REST calls need");
    status = prepare(&e) ? perform(&e, err) : nf_error_nomem(err);
    if (e.multi && e.easy)
        e.curl.multi_remove_handle(e.multi, e.easy);
    if (e.easy)
        e.curl.easy_cleanup(e.easy);
    if (e.multi)
        e.curl.multi_cleanup(e.multi);
    e.curl.slist_free_all(e.headers);
    return status;
}

/* While others wait for the request. */
static nf_status ask_within(nf_server *server, const nf_rest_request *request,
                            nf_rest_response *response, nf_error *err)
{
    nf_rest_request own = *request;
    int64_t began = nf_clock_elapsed();
    nf_status status;

    if (server->rest_ms <= 0)
        return nf_error_set(err, NF_FAILED, "network_error",
                            "the REST calls of this request have taken all the "
                            "time that they may");
    if (own.timeout_ms <= 0 || own.timeout_ms > server->rest_ms)
        own.timeout_ms = server->rest_ms;
    status = ask(&own, response, err);
    server->rest_ms -= nf_clock_elapsed() - began;
    return status;
}

nf_status nf_server_rest(nf_server *server, const nf_rest_request *request,
                         nf_rest_response *response, nf_error *err)
{
    const nf_server_options *options = &server->options;
    nf_status status =
        options->rest ? options->rest(options->user, request, response, err)
                      : NF_USAGE;

    if (status != NF_USAGE || !options->network)
        return status;
    if (request->unsendable)
        return nf_error_set(err, NF_FAILED, "unsupported_activity",
                            "%s is not supported", request->unsendable);
    return server->deadline ? ask_within(server, request, response, err)
                            : ask(request, response, err);
}
