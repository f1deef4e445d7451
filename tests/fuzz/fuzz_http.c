/* Heads of HTTP requests: any text is a request of the protocol or a refusal
 * with a status of W38; what is accepted keeps the limits of §27.9. */
#include "fuzz.h"

#include "../unit/server/helper_head.h"

const char *const fuzz_seeds[] = {
    "PATCH /sync/v1/syncs/00112233445566778899aabbccddeeff/body\n"
    "Sync-Version: 1\nAuthorization: Bearer 0a1b2c\nSync-Request: 77\n"
    "Content-Type: application/octet-stream\nContent-Length: 1048576\n"
    "Upload-Offset: 1048576\nUpload-Length: 4194304\n",
    "GET /sync/v1/syncs/00ff/result\nSync-Version: 1\n"
    "Authorization: Bearer a-_9=\nAccept: */*;q=0.5, text/html\n"
    "Range: bytes=100-199\nIf-Range: \"tag\"\nAccept-Encoding: br, gzip;q=0.1\n",
    "POST /sync/v1/syncs/00ff/commit\nSync-Version: 1\n"
    "Authorization: Bearer x\nPrefer: respond-async, wait=25\n"
    "Content-Type: application/vnd.nanoflow.sync+bson; v=1\n"
    "Content-Length: 5\n",
    "GET /health\n",
    NULL,
};
const size_t fuzz_seed_sizes[] = {0, 0, 0, 0, 0};

static void check(const nf_http_request *got)
{
    const nf_sync_request *request = &got->request;

    if (!request->path || strlen(request->path) >= NF_HTTP_PATH_MAX ||
        request->offset < -1 || request->length < -1 || got->body_length < 0 ||
        got->body_length > NF_SYNC_MESSAGE_MAX || request->wait_ms < 0 ||
        request->wait_ms > NF_HTTP_WAIT_MAX * 1000 ||
        (got->content && request->offset < 0) ||
        (request->session &&
         (!*request->session || strpbrk(request->session, " \t\r\n,\""))) ||
        request->local || request->peer)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static helper_head head;
    static nf_http_request got;
    nf_http_refusal refusal;

    helper_head_read(&head, (const char *)data, size);
    helper_head_map(&head, &got, &refusal);
    if (!refusal.status)
        check(&got);
    else if (refusal.status < 400 || refusal.status > 431 || !refusal.code ||
             !refusal.text || (refusal.status == 405 && !refusal.allow))
        abort();
    return 0;
}
