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
#include "sync/http_client.h"

#include <string.h>
#include <strings.h>

enum {
    CONNECT_MS = 30 * 1000, /* S146 */
    STALL_MS = 60 * 1000,
    PATIENCE_MS = 10 * 60 * 1000, /* for a reply that the server may hold */
    UNWATCHED_MS = 50, /* between looks where there is no descriptor yet */
};

static void say(nf_http_client *http, const char *level, const char *text)
{
    if (http->options.log)
        http->options.log(http->options.user, level, text);
}

/* What a person has to put right is told; a connection that fails is the text
 * of §17 alone, with its reason in the log. */
static nf_status network_error(nf_http_client *http, nf_error *err,
                               const char *reason)
{
    say(http, "warning", reason);
    return nf_error_set(err, NF_FAILED, "SYNC_NETWORK",
                        "The server could not be reached (SYNC_NETWORK): %s",
                        reason);
}

static nf_status connection_error(nf_http_client *http, nf_error *err,
                                  const char *reason)
{
    say(http, "warning", reason);
    return nf_error_set(err, NF_FAILED, "SYNC_NETWORK",
                        "The server could not be reached (SYNC_NETWORK)");
}

static nf_status invalid_reply(nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                        "The server sent an invalid reply (SYNC_PROTOCOL)");
}

static nf_status load(nf_http_client *http, nf_error *err)
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

/* ---- time (S146) --------------------------------------------------------- */

static void note_progress(nf_http_client *http)
{
    http->seen_moved = http->sent + http->received;
    http->seen_clock = http->options.clock.now(http->options.clock.user);
    http->seen_real = nf_clock_elapsed();
}

/* Milliseconds without a byte. A clock that runs by itself can be set, so it is
 * never asked how much time has passed; one that stands still is. */
static int64_t idle(nf_http_client *http)
{
    int64_t real, told = 0;

    if (http->sent + http->received != http->seen_moved)
        note_progress(http);
    real = nf_clock_elapsed() - http->seen_real;
    if (nf_clock_is_still(&http->options.clock))
        told = http->options.clock.now(http->options.clock.user) -
               http->seen_clock;
    return told > real ? told : real;
}

static int limit(const nf_http_client *http)
{
    if (!http->connected)
        return http->options.connect_ms;
    return http->limit_ms;
}

/* ---- one exchange -------------------------------------------------------- */

static void end(nf_http_client *http)
{
    if (http->active)
        http->curl.multi_remove_handle(http->multi, http->easy);
    http->active = false;
    if (http->headers)
        http->curl.slist_free_all(http->headers);
    http->headers = NULL;
}

static nf_status begin(nf_http_client *http, const nf_sync_request *request,
                       nf_sync_response *response, nf_error *err)
{
    http->curl.easy_reset(http->easy);
    nf_sync_response_clear(response);
    nf_http_client_answer_reset(http);
    http->request = *request;
    http->response = response;
    http->connected = http->done = false;
    http->sent = http->received = 0;
    http->problem[0] = '\0';
    http->limit_ms = request->wait_ms > 0 && http->options.stall_ms == STALL_MS
                         ? PATIENCE_MS
                         : http->options.stall_ms;
    note_progress(http);
    if (!nf_http_client_ask(http)) {
        end(http);
        return invalid_reply(err); /* a token that is no header's value */
    }
    if (http->curl.multi_add_handle(http->multi, http->easy) != CURLM_OK) {
        end(http);
        return network_error(http, err, "libcurl takes no request");
    }
    http->active = true;
    return NF_OK;
}

static nf_status not_ours(nf_http_client *http, nf_error *err)
{
    char reason[512];
    snprintf(reason, sizeof reason,
             "%.300s is not a nanoflow server (it answered %ld)", http->address,
             nf_http_client_status(http));
    return network_error(http, err, reason);
}

static nf_status cut(nf_http_client *http, nf_error *err)
{
    char reason[CURL_ERROR_SIZE + 64];
    snprintf(reason, sizeof reason, "%s",
             http->problem[0] ? http->problem
                              : http->curl.easy_strerror(http->result));
    switch (http->result) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
        return network_error(http, err, reason); /* A143 */
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        (void)connection_error(http, err, reason);
        if (http->connected) /* a crowded server makes room for others */
            nf_error_detail(err, NF_SYNC_STALLED);
        return NF_FAILED;
    default:
        return connection_error(http, err, reason);
    }
}

static nf_status finish(nf_http_client *http, nf_error *err)
{
    /* A body that we refused because it is not ours is no failure of the
     * connection. */
    bool refused =
        http->result == CURLE_WRITE_ERROR && nf_http_client_status(http) > 0;

    if (http->response->body.failed || http->answer.coded.failed)
        return invalid_reply(err);
    if (http->result != CURLE_OK && !refused)
        return cut(http, err);
    if (!nf_http_client_is_ours(http))
        return not_ours(http, err);
    return nf_http_client_complete(http, err);
}

/* Lets bytes come and go for a while. */
static nf_status transfer(nf_http_client *http, int timeout_ms, nf_error *err)
{
    const nf_curl *c = &http->curl;
    int running = 0, left = 0;
    CURLMsg *message;

    if (http->answer.paused && !nf_http_client_has_coded(http)) {
        http->answer.paused = false;
        c->easy_pause(http->easy, CURLPAUSE_CONT);
    }
    if (c->multi_perform(http->multi, &running) != CURLM_OK)
        return network_error(http, err, "libcurl fails");
    if (running > 0 && timeout_ms > 0 && !http->answer.paused &&
        http->response->body.length < NF_HTTP_PIECE &&
        !nf_http_client_has_coded(http)) {
        int64_t rest = limit(http) - idle(http);
        if (rest > timeout_ms)
            rest = timeout_ms;
        c->multi_poll(http->multi, NULL, 0, rest > 0 ? (int)rest : 0, NULL);
        c->multi_perform(http->multi, &running);
    }
    message = c->multi_info_read(http->multi, &left);
    if (message && message->msg == CURLMSG_DONE) {
        http->done = true;
        http->result = message->data.result;
    }
    return NF_OK;
}

static nf_status took_too_long(nf_http_client *http, nf_error *err)
{
    if (!http->connected)
        return connection_error(http, err, "connecting took too long");
    (void)connection_error(http, err, "nothing arrived for too long");
    nf_error_detail(err, NF_SYNC_STALLED);
    return NF_FAILED;
}

static nf_status drive(nf_http_client *http, int timeout_ms, nf_error *err)
{
    nf_status status = NF_OK;

    nf_http_client_next_piece(http);
    if (!http->done && !nf_http_client_has_coded(http))
        status = transfer(http, timeout_ms, err);
    if (status == NF_OK)
        status = nf_http_client_decode(http, err);
    if (status != NF_OK)
        return status;
    /* What came before a cut is the caller's: the rest is asked for. */
    if (nf_http_client_has_piece(http) &&
        (!http->done || nf_http_client_has_coded(http) ||
         http->result != CURLE_OK)) {
        nf_http_client_hand_over(http);
        return NF_OK;
    }
    if (http->done && !nf_http_client_has_coded(http))
        return finish(http, err);
    if (!http->done && idle(http) >= limit(http))
        return took_too_long(http, err);
    return NF_PENDING;
}

/* Ended, unless it goes on. */
static nf_status step(nf_http_client *http, int timeout_ms, nf_error *err)
{
    nf_status status = drive(http, timeout_ms, err);
    if (status != NF_PENDING && !(status == NF_OK && http->response->more))
        end(http);
    return status;
}

/* ---- the address --------------------------------------------------------- */

static bool is_secure(const char *address)
{
    return !strncasecmp(address, "https://", 8);
}

static bool is_loopback(const char *address)
{
    static const char *const hosts[] = {"127.", "localhost", "[::1]"};

    address += is_secure(address) ? 8 : 7;
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

static nf_status check_server(nf_http_client *http, int timeout_ms,
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
        status = step(http, timeout_ms, err);
    return status;
}

/* The server's answer to the check, if it does not let us in: it is the answer
 * to whatever was asked (A144, A147). */
static nf_status pass_refusal(nf_http_client *http, nf_sync_response *response,
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
    nf_http_client *http = (nf_http_client *)transport;
    nf_status status;

    if (!is_secure(http->address) && !is_loopback(http->address))
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
        status = step(http, timeout_ms, err);
    return status;
}

static void http_cancel(nf_sync_transport *transport)
{
    end((nf_http_client *)transport);
}

static void http_free(nf_sync_transport *transport)
{
    nf_http_client *http = (nf_http_client *)transport;

    if (http->easy) {
        end(http);
        http->curl.easy_cleanup(http->easy);
    }
    if (http->multi)
        http->curl.multi_cleanup(http->multi);
    nf_buffer_dispose(&http->info.body);
    nf_http_client_answer_dispose(http);
    nf_free(http->address);
    nf_free(http->ca_file);
    nf_free(http->pin);
    nf_free(http->proxy);
    nf_free(http);
}

/* Descriptors beyond FD_SETSIZE are not told: then time alone is waited for. */
static size_t watch_sockets(nf_http_client *http, nf_watch *watches,
                            size_t room)
{
    fd_set reads, writes, errors;
    int highest = -1;
    size_t count = 0;

    FD_ZERO(&reads);
    FD_ZERO(&writes);
    FD_ZERO(&errors);
    if (http->curl.multi_fdset(http->multi, &reads, &writes, &errors,
                               &highest) != CURLM_OK)
        return 0;
    for (int fd = 0; fd <= highest && count < room; fd++) {
        bool reading = FD_ISSET(fd, &reads), writing = FD_ISSET(fd, &writes);

        if (reading || writing)
            watches[count++] = (nf_watch){fd, reading, writing};
    }
    return count;
}

static size_t http_watch(nf_sync_transport *transport, nf_watch *watches,
                         size_t room, int *timeout_ms)
{
    nf_http_client *http = (nf_http_client *)transport;
    int64_t rest;
    long wanted = -1;
    size_t count;

    *timeout_ms = 0;
    if (!http->active || http->done || http->answer.paused ||
        nf_http_client_has_coded(http))
        return 0;
    count = watch_sockets(http, watches, room);
    rest = limit(http) - idle(http);
    if (http->curl.multi_timeout(http->multi, &wanted) == CURLM_OK &&
        wanted >= 0 && wanted < rest)
        rest = wanted;
    if (count == 0 && rest > UNWATCHED_MS)
        rest = UNWATCHED_MS;
    *timeout_ms = rest > 0 ? (int)rest : 0;
    return count;
}

static const nf_sync_transport_ops http_ops = {http_exchange, http_cancel,
                                               http_free, http_watch};

static bool copy(char **to, const char *text)
{
    *to = text ? nf_strdup(text) : NULL;
    return !text || *to;
}

/* Behind the host, a number from 1 to 65535. */
static bool is_port(const char *text, size_t length)
{
    long port = 0;
    for (size_t i = 0; i < length && port <= 65535; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        port = port * 10 + text[i] - '0';
    }
    return port >= 1 && port <= 65535;
}

/* What is wrong with the part between "//" and the path; NULL: nothing. */
static const char *host_problem(const char *host)
{
    size_t length = strcspn(host, "/"), name = strcspn(host, ":/");
    if (*host == '[') {
        const char *close = memchr(host, ']', length);
        name = close ? (size_t)(close + 1 - host) : 0;
    }
    if (name == 0)
        return "names no host";
    if (name < length &&
        (host[name] != ':' || !is_port(host + name + 1, length - name - 1)))
        return "has a port that is no number from 1 to 65535";
    return NULL;
}

static nf_status check_address(const char *address, nf_error *err)
{
    const char *problem = "is no http or https address";
    if ((strncasecmp(address, "http://", 7) == 0 || is_secure(address)) &&
        is_plain_address(address))
        problem = host_problem(strstr(address, "//") + 2);
    if (problem)
        return nf_error_set(err, NF_USAGE, "not_found",
                            "'%.200s' %s: write http(s)://HOST[:PORT]", address,
                            problem);
    if (strlen(address) > NF_HTTP_ADDRESS_MAX)
        return nf_error_set(err, NF_USAGE, "not_found",
                            "the server's address is longer than %d bytes",
                            NF_HTTP_ADDRESS_MAX);
    return NF_OK;
}

nf_status nf_sync_http_new(nf_sync_transport **out,
                           const nf_sync_http_options *options, nf_error *err)
{
    const char *address = options->address;
    nf_http_client *http;
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
    nf_buffer_init(&http->answer.coded, 2 * NF_HTTP_PIECE_MAX);
    http->address = nf_strndup(address, length);
    if (!http->address || !copy(&http->ca_file, options->ca_file) ||
        !copy(&http->pin, options->pin) ||
        !copy(&http->proxy, options->proxy)) {
        http_free(&http->base);
        return nf_error_nomem(err);
    }
    http->base.address = http->address;
    http->base.packs =
        options->pack == NF_SYNC_PACK_ALWAYS ||
        (options->pack == NF_SYNC_PACK_AUTO && !is_loopback(http->address));
    *out = &http->base;
    return NF_OK;
}
