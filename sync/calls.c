/* See calls.h. Retrying repeats exactly the same request: every request of
 * the protocol may be repeated (W27.5), and after a cut nothing is assumed
 * about what arrived (W40). */
#include "sync/calls.h"

#include "sync/document.h"

#include <stdio.h>

/* Not inlined: with a constant code the compiler would warn of comparisons
 * whose outcome it knows. */
__attribute__((noinline)) nf_status nf_sync_error(const char *code,
                                                  nf_error *err)
{
    static const struct {
        const char *code, *text;
    } texts[] = {
        {"SYNC_NOT_OFFLINE",
         "Synchronization is only available in offline-first apps"},
        {"SYNC_NO_SESSION", "No user is signed in"},
        {"SYNC_AUTH", "The session is not valid"},
        {"SYNC_NETWORK", "The server could not be reached"},
        {"SYNC_SERVER", "The server failed to synchronize"},
        {"SYNC_PROTOCOL", "The server sent an invalid reply"},
        {"SYNC_VERSION", "App and server versions do not match"},
        {"SYNC_MODEL", "The app must be updated before it can synchronize"},
        {"SYNC_LIMIT", "Too much data to synchronize"},
        {"SYNC_LOCAL_STORAGE", "The local database could not be updated"},
        {"SYNC_CANCELLED", "The synchronization was cancelled"},
    };
    if (!strcmp(code, "SYNC_BUSY")) /* a literal text of Mendix (S16) */
        return nf_error_set(err, NF_FAILED, code,
                            "Performing simultaneous synchronizations is not "
                            "supported. Please try again after the current "
                            "synchronization is completed.");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!strcmp(code, texts[i].code))
            return nf_error_set(err, NF_FAILED, code, "%s (%s)", texts[i].text,
                                code);
    }
    return nf_error_set(err, NF_FAILED, code, "%s", code);
}

void nf_sync_call_init(nf_sync_call *call, nf_sync_transport *transport,
                       nf_clock clock, nf_random *random)
{
    memset(call, 0, sizeof *call);
    call->transport = transport;
    call->clock = clock;
    call->random = random;
    call->retry = true;
    nf_buffer_init(&call->body, NF_SYNC_MESSAGE_MAX);
    nf_buffer_init(&call->response.body, NF_SYNC_MESSAGE_MAX);
}

void nf_sync_call_dispose(nf_sync_call *call)
{
    nf_buffer_dispose(&call->body);
    nf_buffer_dispose(&call->response.body);
}

static void give_up(nf_sync_call *call)
{
    if (call->active)
        call->transport->ops->cancel(call->transport);
    call->active = false;
    call->attempts = 0;
    call->wait_until = 0;
}

/* So that a line of this side's log can be found in the server's (W16). */
static void name_request(nf_sync_call *call)
{
    uint8_t bytes[16];

    call->id[0] = '\0';
    if (nf_random_fresh(call->random, bytes, sizeof bytes))
        nf_hex(call->id, bytes, sizeof bytes);
}

void nf_sync_call_begin(nf_sync_call *call, nf_sync_method method,
                        const char *format, ...)
{
    va_list args;

    give_up(call);
    va_start(args, format);
    vsnprintf(call->path, sizeof call->path, format, args);
    va_end(args);
    call->request = (nf_sync_request){
        .method = method, .path = call->path, .offset = -1, .length = -1};
    nf_put_start(&call->body);
    call->body_ended = false;
    call->response.more = false;
    call->retries = NF_SYNC_RETRIES;
    call->active = true;
    name_request(call);
}

void nf_sync_call_document(nf_sync_call *call, const void *bytes, size_t size)
{
    call->request.body = bytes;
    call->request.body_length = size;
}

void nf_sync_call_bytes(nf_sync_call *call, const void *bytes, size_t size,
                        int64_t offset, int64_t total)
{
    call->request.bytes = true;
    call->request.body = bytes;
    call->request.body_length = size;
    call->request.offset = offset;
    call->request.length = total;
}

void nf_sync_call_window(nf_sync_call *call, int64_t offset, int64_t size)
{
    call->request.offset = offset;
    call->request.length = size;
}

void nf_sync_call_again(nf_sync_call *call, int64_t wait_ms)
{
    call->wait_until = call->clock.now(call->clock.user) + wait_ms;
    call->active = true;
}

void nf_sync_call_try_twice(nf_sync_call *call)
{
    call->retries = 1;
}

void nf_sync_call_rest(nf_sync_call *call, int64_t offset, const char *etag)
{
    call->request.offset = offset;
    call->request.pieces = true;
    call->request.etag = etag;
}

/* 0.5 s, 2 s, 8 s, each ± 25 % (S147). */
static void schedule(nf_sync_call *call, int64_t at_least)
{
    static const int64_t waits[] = {500, 2000, 8000};
    int64_t wait = waits[call->attempts < 3 ? call->attempts : 2];
    uint8_t noise = 128;

    if (call->random)
        (void)nf_random_bytes(call->random, &noise, 1);
    wait += wait * ((int64_t)noise - 128) / 512;
    if (wait < at_least)
        wait = at_least;
    call->attempts++;
    call->wait_until = call->clock.now(call->clock.user) + wait;
}

static bool still_waiting(nf_sync_call *call, int timeout_ms)
{
    int64_t left;

    if (!call->wait_until)
        return false;
    left = call->wait_until - call->clock.now(call->clock.user);
    if (left > 0 && timeout_ms > 0) {
        call->clock.wait(call->clock.user,
                         left < timeout_ms ? left : timeout_ms);
        left = call->wait_until - call->clock.now(call->clock.user);
    }
    if (left > 0)
        return true;
    call->wait_until = 0;
    return false;
}

/* The document that was written for this request; the same at each try. */
static nf_status use_body(nf_sync_call *call, nf_error *err)
{
    if (call->request.body || call->request.method != NF_SYNC_POST)
        return NF_OK;
    if (!call->body_ended)
        nf_put_end(&call->body, 0);
    call->body_ended = true;
    if (call->body.failed)
        return call->body.full ? nf_sync_error("SYNC_LIMIT", err)
                               : nf_error_nomem(err);
    call->request.body = call->body.data;
    call->request.body_length = call->body.length;
    return NF_OK;
}

static nf_status exchange(nf_sync_call *call, int timeout_ms, nf_error *err)
{
    nf_sync_request *request = &call->request;

    request->session = call->session[0] ? call->session : NULL;
    request->device = call->device[0] ? call->device : NULL;
    request->app = call->app;
    request->id = call->id[0] ? call->id : NULL;
    return call->transport->ops->exchange(call->transport, request,
                                          &call->response, timeout_ms, err);
}

/* What was handed over is not asked for again after a cut. */
static nf_status take_piece(nf_sync_call *call)
{
    size_t length = call->response.body.length;

    call->request.offset = call->response.offset + (int64_t)length;
    if (call->response.etag[0]) {
        memcpy(call->etag, call->response.etag, sizeof call->etag);
        call->request.etag = call->etag;
    }
    call->received += (int64_t)length;
    call->attempts = 0;
    return NF_OK;
}

/* Load, and failures of the server that may pass (W38). A full disk (507) is a
 * person's business. */
static bool may_pass(int code)
{
    return code == 429 || (code >= 500 && code != 507);
}

/* Whether a sign-in may wait for a server that is busy with others, rather than
 * for the end of a delay after wrong passwords (W20). */
static bool is_load(const nf_sync_call *call, int code)
{
    bson_t reply;

    if (code != 429)
        return may_pass(code);
    return nf_document_open(&reply, call->response.body.data,
                            call->response.body.length) &&
           !strcmp(nf_document_text(&reply, "code", ""), "SYNC_SERVER");
}

/* `code` 0: there is no reply. */
static bool is_worth_a_retry(const nf_sync_call *call, nf_status status,
                             int code, const nf_error *problem)
{
    if (call->retry)
        return status == NF_FAILED || may_pass(code);
    return call->patient &&
           (code ? is_load(call, code)
                 : status == NF_FAILED &&
                       !strcmp(problem->detail, NF_SYNC_STALLED));
}

nf_status nf_sync_call_step(nf_sync_call *call, int timeout_ms, nf_error *err)
{
    nf_error problem = {0};
    nf_status status;
    int code;

    if (still_waiting(call, timeout_ms))
        return NF_PENDING;
    status = use_body(call, err);
    if (status != NF_OK) {
        call->active = false;
        return status;
    }
    status = exchange(call, timeout_ms, &problem);
    if (status == NF_PENDING)
        return NF_PENDING;
    code = status == NF_OK ? call->response.status : 0;
    if (is_worth_a_retry(call, status, code, &problem) &&
        call->attempts < call->retries) {
        schedule(call, status == NF_OK ? call->response.retry_after_ms : 0);
        return NF_PENDING;
    }
    if (status == NF_OK && call->response.more)
        return take_piece(call);
    call->active = false;
    if (status != NF_OK) {
        problem.detail[0] = '\0'; /* it was for this layer */
        return nf_error_pass(&problem, err);
    }
    if (code >= 500 || code == 429)
        return nf_sync_call_refused(call, err);
    call->attempts = 0;
    call->sent += (int64_t)call->request.body_length;
    call->received += (int64_t)call->response.body.length;
    return NF_OK;
}

int nf_sync_call_status(const nf_sync_call *call)
{
    return call->response.status;
}

nf_status nf_sync_call_reply(const nf_sync_call *call, bson_t *out,
                             nf_error *err)
{
    if (!nf_document_open(out, call->response.body.data,
                          call->response.body.length))
        return nf_sync_error("SYNC_PROTOCOL", err);
    return NF_OK;
}

nf_status nf_sync_call_refused(const nf_sync_call *call, nf_error *err)
{
    int status = call->response.status;

    switch (status) {
    case 401:
        return nf_sync_error("SYNC_AUTH", err);
    case 403:
        return nf_sync_error("SYNC_AUTH", err);
    case 412:
        return nf_sync_error("SYNC_MODEL", err);
    case 426:
        return nf_sync_error("SYNC_VERSION", err);
    case 413:
    case 431:
    case 507:
        return nf_sync_error(status == 507 ? "SYNC_SERVER" : "SYNC_LIMIT", err);
    default:
        return nf_sync_error(status >= 500 || status == 429 ? "SYNC_SERVER"
                                                            : "SYNC_PROTOCOL",
                             err);
    }
}
