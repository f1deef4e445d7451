/* gzip of bodies (synchronize W42). What is written here is a series of
 * members, each of NF_GZIP_BLOCK decoded bytes (the last of fewer): any gzip
 * reader takes it as one, and where a member begins reading can begin, so a
 * result that was cut goes on there. Reading takes any gzip. */
#ifndef NF_SYNC_GZIP_H
#define NF_SYNC_GZIP_H

#include "sync/codec.h"

enum {
    NF_GZIP_BLOCK = 256 << 10,
    /* §27.9: decoded bytes are at most so many times the encoded ones, and
     * NF_GZIP_FREE more (A139). */
    NF_GZIP_RATIO = 200,
    NF_GZIP_FREE = 1 << 20,
};
/* Changes whenever the same bytes may be encoded differently: it is part of
 * what names an encoded result. Static text. */
const char *nf_gzip_version(void);

/* Appends one member that holds these bytes. */
nf_status nf_gzip_member(nf_buffer *out, const void *bytes, size_t size,
                         nf_error *err);

/* Bytes on their way into a sink, compressed. */
typedef struct nf_gzip_writer {
    nf_stream_sink sink;
    void *to;
    nf_buffer block, member;
} nf_gzip_writer;
void nf_gzip_init(nf_gzip_writer *writer, nf_stream_sink sink, void *to);
/* An nf_stream_sink; `writer` is an nf_gzip_writer. */
nf_status nf_gzip_sink(void *writer, const void *bytes, size_t size,
                       nf_error *err);
nf_status nf_gzip_flush(nf_gzip_writer *writer, nf_error *err);
void nf_gzip_dispose(nf_gzip_writer *writer);

/* Decodes in steps. */
typedef struct nf_gunzip nf_gunzip;
nf_gunzip *nf_gunzip_new(int64_t most); /* decoded bytes; NULL: memory */
void nf_gunzip_free(nf_gunzip *gunzip);
/* Decodes up to *taken bytes, appending at most `room` to `out`; *taken becomes
 * what it took. Errors: SYNC_LIMIT over the limits; SYNC_PROTOCOL for what is
 * no gzip. */
nf_status nf_gunzip_step(nf_gunzip *gunzip, const void *bytes, size_t *taken,
                         nf_buffer *out, size_t room, nf_error *err);
/* Whether all that it took is whole members. */
bool nf_gunzip_is_whole(const nf_gunzip *gunzip);
/* Where the last whole member ended, in encoded and decoded bytes. */
void nf_gunzip_mark(const nf_gunzip *gunzip, int64_t *encoded,
                    int64_t *decoded);

/* Decodes all of a source of `length` bytes into a sink; *size becomes the
 * decoded length. */
nf_status nf_gunzip_all(nf_stream_source source, void *from, int64_t length,
                        nf_stream_sink sink, void *to, int64_t most,
                        int64_t *size, nf_error *err);

#endif
