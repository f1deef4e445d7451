/* Results as gzip (synchronize W42). The server's core knows one encoding; here
 * each NF_GZIP_BLOCK of a result becomes a member, always the same bytes, so
 * ranges are those of one encoded whole although nobody keeps it. Where members
 * begin is remembered for a while and found again by encoding once more. */
#ifndef NF_SERVER_HTTP_PACK_H
#define NF_SERVER_HTTP_PACK_H

#include "base/text.h"
#include "sync/transport.h"

/* Sizes of members by result, the last used ones. */
typedef struct nf_http_sizes nf_http_sizes;
nf_http_sizes *nf_http_sizes_new(void); /* NULL: out of memory */
void nf_http_sizes_free(nf_http_sizes *sizes);

/* Reads up to *size plain bytes at an offset, all that there are; false: they
 * can't be had. */
typedef bool (*nf_http_plain_fn)(void *user, int64_t offset, void *bytes,
                                 size_t *size);

/* One encoded result that is being read. */
typedef struct nf_http_pack {
    nf_http_sizes *sizes;
    nf_http_plain_fn plain;
    void *user;
    char etag[NF_SYNC_ETAG]; /* of the encoded whole */
    int64_t block;           /* the next one */
    nf_buffer coded;         /* encoded bytes from `at` on */
    int64_t at;
    bool ended; /* the last member is in `coded` */
    char *bytes;
} nf_http_pack;

/* `etag` is that of the result. False: out of memory, or there is none. */
bool nf_http_pack_init(nf_http_pack *pack, nf_http_sizes *sizes,
                       const char *etag, nf_http_plain_fn plain, void *user);
void nf_http_pack_dispose(nf_http_pack *pack);
/* Goes to the member that holds the byte at `offset`, so that `coded` has it,
 * or `ended` is set and the whole is shorter. */
bool nf_http_pack_seek(nf_http_pack *pack, int64_t offset);
/* Appends the next member; with `drop` in place of those before it. */
bool nf_http_pack_next(nf_http_pack *pack, bool drop);

#endif
