/* The upload, compressed (synchronize W42): offsets, length and digest of the
 * transfer are those of the compressed bytes, which are kept like the others
 * until the run is resolved (W31). */
#include "sync/client.h"
#include "sync/gzip.h"

enum { WORTH_IT = 1024, STEP = 64 << 10 };

static nf_status encode(nf_spool *from, nf_spool *to, nf_error *err)
{
    nf_gzip_writer writer;
    char *window = nf_alloc(STEP);
    int64_t at = 0;
    size_t count = 1;
    nf_status status = window ? NF_OK : nf_error_nomem(err);

    nf_gzip_init(&writer, nf_spool_sink, to);
    while (status == NF_OK && count > 0) {
        count = STEP;
        status = nf_spool_read(from, at, window, &count, err);
        if (status == NF_OK)
            status = nf_gzip_sink(&writer, window, count, err);
        at += (int64_t)count;
    }
    if (status == NF_OK)
        status = nf_gzip_flush(&writer, err);
    nf_gzip_dispose(&writer);
    nf_free(window);
    return status;
}

nf_status nf_client_pack(nf_sync_client *client, nf_error *err)
{
    nf_spool *packed;
    nf_status status;

    client->packed = false;
    if (!client->transport->packs || nf_spool_size(client->body) < WORTH_IT)
        return NF_OK;
    packed = nf_spool_new();
    if (!packed)
        return nf_error_nomem(err);
    status = encode(client->body, packed, err);
    if (status == NF_OK &&
        nf_spool_size(packed) < nf_spool_size(client->body)) {
        nf_spool *plain = client->body;
        client->body = packed;
        packed = plain;
        client->packed = true;
        status = nf_spool_digest(client->body, client->body_sha, err);
    }
    nf_spool_free(packed);
    return status;
}
