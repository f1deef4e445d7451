/* See http_pack.h. */
#include "server/http_pack.h"

#include "base/memory.h"
#include "sync/gzip.h"

#include <stdio.h>
#include <string.h>

enum { ENTRIES = 64, CODED_MAX = 16 << 20 };

typedef struct entry {
    char etag[NF_SYNC_ETAG];
    uint32_t *sizes;
    size_t count, capacity;
    uint64_t used;
} entry;

struct nf_http_sizes {
    entry entries[ENTRIES];
    uint64_t uses;
};

nf_http_sizes *nf_http_sizes_new(void)
{
    return nf_alloc(sizeof(nf_http_sizes));
}

void nf_http_sizes_free(nf_http_sizes *sizes)
{
    if (!sizes)
        return;
    for (size_t i = 0; i < ENTRIES; i++)
        nf_free(sizes->entries[i].sizes);
    nf_free(sizes);
}

/* The sizes of a result; in place of those not used for longest if they are not
 * there. */
static entry *find(nf_http_sizes *sizes, const char *etag)
{
    entry *oldest = &sizes->entries[0], *found = NULL;

    for (size_t i = 0; i < ENTRIES && !found; i++) {
        entry *e = &sizes->entries[i];
        if (!strcmp(e->etag, etag))
            found = e;
        else if (e->used < oldest->used)
            oldest = e;
    }
    if (!found) {
        found = oldest;
        snprintf(found->etag, sizeof found->etag, "%s", etag);
        found->count = 0;
    }
    found->used = ++sizes->uses;
    return found;
}

static void remember(nf_http_pack *pack, size_t size)
{
    entry *e = find(pack->sizes, pack->etag);
    uint32_t *grown;

    if ((int64_t)e->count != pack->block)
        return;
    grown = nf_grow(e->sizes, e->count, &e->capacity, sizeof *grown);
    if (!grown)
        return; /* it is found again by encoding */
    e->sizes = grown;
    e->sizes[e->count++] = (uint32_t)size;
}

bool nf_http_pack_init(nf_http_pack *pack, nf_http_sizes *sizes,
                       const char *etag, nf_http_plain_fn plain, void *user)
{
    size_t length = strlen(etag);
    int n;

    memset(pack, 0, sizeof *pack);
    pack->sizes = sizes;
    pack->plain = plain;
    pack->user = user;
    nf_buffer_init(&pack->coded, CODED_MAX);
    if (length < 2 || etag[length - 1] != '"')
        return false;
    n = snprintf(pack->etag, sizeof pack->etag, "%.*s;gzip-%s\"",
                 (int)length - 1, etag, nf_gzip_version());
    if (n < 0 || (size_t)n >= sizeof pack->etag)
        return false;
    pack->bytes = nf_alloc(NF_GZIP_BLOCK);
    return pack->bytes != NULL;
}

void nf_http_pack_dispose(nf_http_pack *pack)
{
    nf_buffer_dispose(&pack->coded);
    nf_free(pack->bytes);
    pack->bytes = NULL;
}

bool nf_http_pack_next(nf_http_pack *pack, bool drop)
{
    size_t size = NF_GZIP_BLOCK, before;

    if (drop) {
        pack->at += (int64_t)pack->coded.length;
        nf_buffer_clear(&pack->coded);
    }
    before = pack->coded.length;
    if (!pack->plain(pack->user, pack->block * NF_GZIP_BLOCK, pack->bytes,
                     &size))
        return false;
    if (size < NF_GZIP_BLOCK)
        pack->ended = true;
    if (size == 0)
        return true;
    if (nf_gzip_member(&pack->coded, pack->bytes, size, NULL) != NF_OK)
        return false;
    /* A last member may be longer when asked for again: only whole blocks are
     * the same for ever. */
    if (size == NF_GZIP_BLOCK)
        remember(pack, pack->coded.length - before);
    pack->block++;
    return true;
}

bool nf_http_pack_seek(nf_http_pack *pack, int64_t offset)
{
    const entry *known = find(pack->sizes, pack->etag);
    size_t i = 0;

    pack->at = pack->block = 0;
    pack->ended = false;
    nf_buffer_clear(&pack->coded);
    while (i < known->count && pack->at + known->sizes[i] <= offset)
        pack->at += known->sizes[i++];
    pack->block = (int64_t)i;
    do {
        if (!nf_http_pack_next(pack, true))
            return false;
    } while (!pack->ended && pack->at + (int64_t)pack->coded.length <= offset);
    return true;
}
