/* The digests of an upload while it arrives, so that its bytes are not read
 * again for them: of the whole (synchronize W27.5), and of all before its end
 * record, which tells it (W23). Of one upload at a time; whoever asks about
 * another one, or about one that was begun by another process, reads. */
#include "base/crypto.h"
#include "server/internal.h"

void nf_arrival_drop(nf_arrival *arrival)
{
    nf_crypto_free(arrival->digest);
    *arrival = (nf_arrival){0};
}

static bool begin(nf_arrival *arrival, const nf_sync_id *id)
{
    EVP_MD_CTX *digest = nf_crypto_digest();

    nf_arrival_drop(arrival);
    if (!digest || nf_crypto()->EVP_DigestInit_ex(
                       digest, nf_crypto()->EVP_sha256(), NULL) != 1) {
        nf_crypto_free(digest);
        return false;
    }
    arrival->digest = digest;
    arrival->id = *id;
    return true;
}

static bool add(nf_arrival *arrival, const void *bytes, size_t size)
{
    return nf_crypto()->EVP_DigestUpdate(arrival->digest, bytes, size) == 1;
}

/* What may be the end record waits in `tail`. */
static bool take(nf_arrival *arrival, const uint8_t *bytes, size_t size)
{
    size_t all = arrival->tail_size + size;
    size_t out = all > NF_STREAM_END ? all - NF_STREAM_END : 0;
    size_t old = out < arrival->tail_size ? out : arrival->tail_size;

    if (out > 0 &&
        (!add(arrival, arrival->tail, old) || !add(arrival, bytes, out - old)))
        return false;
    arrival->tail_size -= old;
    memmove(arrival->tail, arrival->tail + old, arrival->tail_size);
    if (size > 0)
        memcpy(arrival->tail + arrival->tail_size, bytes + (out - old),
               size - (out - old));
    arrival->tail_size += size - (out - old);
    arrival->size += (int64_t)size;
    return true;
}

/* Without memory nothing is known, and the bytes are read again. */
void nf_arrival_add(nf_arrival *arrival, const nf_sync_id *id, int64_t offset,
                    const void *bytes, size_t size)
{
    bool same = arrival->digest && !memcmp(&arrival->id, id, sizeof *id) &&
                arrival->size == offset;

    if (offset == 0 ? !begin(arrival, id) : !same)
        nf_arrival_drop(arrival);
    else if (!take(arrival, bytes, size))
        nf_arrival_drop(arrival);
}

/* An end record may have another length, with a shorter type for its count. */
static bool is_end(const nf_arrival *arrival)
{
    static const char head[] = "\x45\0\0\0\x02k\0\x04\0\0\0end";

    return arrival->tail_size == NF_STREAM_END &&
           !memcmp(arrival->tail, head, sizeof head);
}

bool nf_arrival_end(nf_arrival *arrival, const nf_sync_id *id, int64_t size,
                    uint8_t whole[NF_SHA256_SIZE])
{
    const nf_crypto_functions *c;
    EVP_MD_CTX *before;
    bool ok;

    if (!arrival->digest || memcmp(&arrival->id, id, sizeof *id) != 0 ||
        arrival->size != size || size < NF_STREAM_END)
        return false;
    c = nf_crypto();
    before = c->EVP_MD_CTX_new();
    ok = before && c->EVP_MD_CTX_copy_ex(before, arrival->digest) == 1 &&
         c->EVP_DigestFinal_ex(before, arrival->before_end, NULL) == 1 &&
         add(arrival, arrival->tail, arrival->tail_size) &&
         c->EVP_DigestFinal_ex(arrival->digest, whole, NULL) == 1;
    nf_crypto_free(before);
    nf_crypto_free(arrival->digest);
    arrival->digest = NULL;
    arrival->complete = ok && is_end(arrival);
    return ok;
}

const uint8_t *nf_arrival_before_end(const nf_arrival *arrival,
                                     const nf_sync_id *id, int64_t size)
{
    return arrival->complete && arrival->size == size &&
                   !memcmp(&arrival->id, id, sizeof *id)
               ? arrival->before_end
               : NULL;
}
