/* Passwords of those who sign in are compared by threads of their own, two at a
 * time: it takes long and much memory on purpose, and nobody else waits for it.
 * The request is suspended meanwhile. */
#include "server/http_internal.h"

#include "server/workers.h"

enum { HASHES = 2, HASHES_WAITING = 64 };

typedef struct hash_job {
    nf_sign_in_hash hash;
    nf_http_exchange *exchange;
    struct MHD_Connection *connection;
} hash_job;

static void work(void *job)
{
    nf_sign_in_hash_work(&((hash_job *)job)->hash);
}

static void refuse(nf_http_exchange *x)
{
    x->refusal = (nf_http_refusal){
        .status = 503,
        .code = "SYNC_SERVER",
        .text = "the server can't take more now",
    };
    x->retry_ms = 1000;
}

/* False: it is not suspended. */
static bool start(nf_http_exchange *x, struct MHD_Connection *connection,
                  nf_sign_in_hash *hash)
{
    nf_http *http = x->http;
    hash_job *job = nf_alloc(sizeof *job);

    if (!http->workers)
        http->workers = nf_workers_new(HASHES, HASHES_WAITING, work);
    if (job && http->workers) {
        *job = (hash_job){*hash, x, connection};
        /* Before a worker may have finished. */
        http->mhd.suspend(connection);
        if (nf_workers_give(http->workers, job)) {
            *hash = (nf_sign_in_hash){0};
            return true;
        }
        http->mhd.resume(connection);
    }
    nf_free(job);
    refuse(x);
    return false;
}

bool nf_http_hash_begin(nf_http_exchange *x, struct MHD_Connection *connection)
{
    nf_sync_request request = x->asked.request;
    nf_sign_in_hash hash = {0};
    nf_error problem = {0};
    bool needed = false, suspended = false;

    if (x->hashed || x->refusal.status || x->asked.closed ||
        request.method != NF_SYNC_POST || x->body.length == 0)
        return false;
    x->hashed = true;
    request.body = x->body.data;
    request.body_length = x->body.length;
    request.peer = x->peer;
    if (nf_server_sign_in_hash(x->http->options.server, &request, &hash,
                               &needed, &problem) != NF_OK)
        refuse(x);
    else if (needed)
        suspended = start(x, connection, &hash);
    nf_sign_in_hash_dispose(&hash);
    return suspended;
}

void nf_http_hash_finish(nf_http *http)
{
    hash_job *job;

    while (http->workers && (job = nf_workers_take(http->workers))) {
        job->exchange->hash = job->hash;
        if (!job->hash.compared) /* it stops */
            refuse(job->exchange);
        http->mhd.resume(job->connection);
        nf_free(job);
    }
}

void nf_http_hash_stop(nf_http *http)
{
    if (!http->workers)
        return;
    nf_workers_stop(http->workers);
    nf_http_hash_finish(http);
    http->mhd.run(http->daemon); /* nothing is suspended when it ends */
    nf_workers_free(http->workers);
    http->workers = NULL;
}

int nf_http_hash_fd(const nf_http *http)
{
    return http->workers ? nf_workers_fd(http->workers) : -1;
}
