/* See gzip.h. Decoding grows by bounded steps, and stops at the limits before
 * memory has grown with what somebody else claims. */
#include "sync/gzip.h"

#include "base/memory.h"
#include "sync/zlib.h"

#include <string.h>

enum {
    LEVEL = 3,             /* most of the gain at a third of the time of 6 */
    GZIP_WINDOW = 15 + 16, /* zlib: gzip's header and end */
    STEP = 64 << 10,
};

const char *nf_gzip_version(void)
{
    return nf_zlib()->zlibVersion();
}

/* ---- encoding --------------------------------------------------------------
 */

static nf_status deflate_member(nf_buffer *out, const void *bytes, size_t size,
                                int strategy, nf_error *err)
{
    z_stream z = {0};
    size_t room;
    char *to;
    int result;

    if (!nf_zlib_room() ||
        nf_zlib()->deflateInit2_(&z, LEVEL, Z_DEFLATED, GZIP_WINDOW, 8,
                                 strategy, ZLIB_VERSION, (int)sizeof z) != Z_OK)
        return nf_error_nomem(err);
    room = nf_zlib()->deflateBound(&z, (uLong)size);
    to = nf_buffer_extend(out, room);
    if (!to) {
        nf_zlib()->deflateEnd(&z);
        return nf_error_nomem(err);
    }
    z.next_in = (Bytef *)(uintptr_t)bytes; /* zlib does not change it */
    z.avail_in = (uInt)size;
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)room;
    result = nf_zlib()->deflate(&z, Z_FINISH);
    out->length -= z.avail_out;
    nf_zlib()->deflateEnd(&z);
    return result == Z_STREAM_END ? NF_OK : nf_error_nomem(err);
}

/* What would be taken for a bomb is encoded without matches, which makes it at
 * most eight times smaller. */
nf_status nf_gzip_member(nf_buffer *out, const void *bytes, size_t size,
                         nf_error *err)
{
    size_t before = out->length;
    nf_status status =
        deflate_member(out, bytes, size, Z_DEFAULT_STRATEGY, err);

    if (status != NF_OK || (out->length - before) * NF_GZIP_RATIO > size)
        return status;
    out->length = before;
    return deflate_member(out, bytes, size, Z_HUFFMAN_ONLY, err);
}

void nf_gzip_init(nf_gzip_writer *writer, nf_stream_sink sink, void *to)
{
    memset(writer, 0, sizeof *writer);
    writer->sink = sink;
    writer->to = to;
    nf_buffer_init(&writer->block, NF_GZIP_BLOCK);
    nf_buffer_init(&writer->member, 2 * NF_GZIP_BLOCK);
}

nf_status nf_gzip_flush(nf_gzip_writer *writer, nf_error *err)
{
    nf_status status;

    if (writer->block.length == 0)
        return NF_OK;
    nf_buffer_clear(&writer->member);
    status = nf_gzip_member(&writer->member, writer->block.data,
                            writer->block.length, err);
    nf_buffer_clear(&writer->block);
    if (status != NF_OK)
        return status;
    return writer->sink(writer->to, writer->member.data, writer->member.length,
                        err);
}

nf_status nf_gzip_sink(void *user, const void *bytes, size_t size,
                       nf_error *err)
{
    nf_gzip_writer *writer = user;
    const char *from = bytes;
    nf_status status = NF_OK;

    while (status == NF_OK && size > 0) {
        size_t room = NF_GZIP_BLOCK - writer->block.length;
        size_t count = size < room ? size : room;
        nf_buffer_add(&writer->block, from, count);
        if (writer->block.failed)
            return nf_error_nomem(err);
        from += count;
        size -= count;
        if (writer->block.length == NF_GZIP_BLOCK)
            status = nf_gzip_flush(writer, err);
    }
    return status;
}

void nf_gzip_dispose(nf_gzip_writer *writer)
{
    nf_buffer_dispose(&writer->block);
    nf_buffer_dispose(&writer->member);
}

/* ---- decoding --------------------------------------------------------------
 */

struct nf_gunzip {
    z_stream z;
    bool inside; /* of a member */
    int64_t most, encoded, decoded, mark_encoded, mark_decoded;
};

nf_gunzip *nf_gunzip_new(int64_t most)
{
    nf_gunzip *gunzip = nf_alloc(sizeof *gunzip);

    if (!gunzip)
        return NULL;
    gunzip->most = most;
    if (nf_zlib_room() &&
        nf_zlib()->inflateInit2_(&gunzip->z, GZIP_WINDOW, ZLIB_VERSION,
                                 (int)sizeof gunzip->z) == Z_OK)
        return gunzip;
    nf_free(gunzip);
    return NULL;
}

void nf_gunzip_free(nf_gunzip *gunzip)
{
    if (!gunzip)
        return;
    nf_zlib()->inflateEnd(&gunzip->z);
    nf_free(gunzip);
}

static nf_status check_limits(const nf_gunzip *g, nf_error *err)
{
    int64_t allowed = g->encoded > INT64_MAX / NF_GZIP_RATIO - NF_GZIP_FREE
                          ? INT64_MAX
                          : g->encoded * NF_GZIP_RATIO + NF_GZIP_FREE;

    if (g->decoded <= g->most && g->decoded <= allowed)
        return NF_OK;
    return nf_error_set(err, NF_FAILED, "SYNC_LIMIT",
                        "compressed bytes stand for too many");
}

static void end_member(nf_gunzip *g)
{
    g->inside = false;
    g->mark_encoded = g->encoded;
    g->mark_decoded = g->decoded;
    nf_zlib()->inflateReset(&g->z);
}

nf_status nf_gunzip_step(nf_gunzip *g, const void *bytes, size_t *taken,
                         nf_buffer *out, size_t room, nf_error *err)
{
    size_t left = *taken;
    nf_status status = NF_OK;

    g->z.next_in = (Bytef *)(uintptr_t)bytes;
    while (status == NF_OK && left > 0 && room > 0) {
        size_t want = room < STEP ? room : STEP, made;
        uInt in = left < STEP ? (uInt)left : STEP;
        char *to = nf_buffer_extend(out, want);
        int result;
        if (!to)
            return nf_error_nomem(err);
        g->z.avail_in = in;
        g->z.next_out = (Bytef *)to;
        g->z.avail_out = (uInt)want;
        g->inside = true;
        result = nf_zlib()->inflate(&g->z, Z_NO_FLUSH);
        made = want - g->z.avail_out;
        out->length -= g->z.avail_out;
        room -= made;
        left -= in - g->z.avail_in;
        g->encoded += in - g->z.avail_in;
        g->decoded += (int64_t)made;
        if (result == Z_STREAM_END)
            end_member(g);
        else if (result == Z_MEM_ERROR)
            return nf_error_nomem(err);
        else if (result != Z_OK)
            return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                                "the bytes are no gzip");
        status = check_limits(g, err);
    }
    *taken -= left;
    return status;
}

bool nf_gunzip_is_whole(const nf_gunzip *gunzip)
{
    return !gunzip->inside;
}

void nf_gunzip_mark(const nf_gunzip *gunzip, int64_t *encoded, int64_t *decoded)
{
    *encoded = gunzip->mark_encoded;
    *decoded = gunzip->mark_decoded;
}

/* One window of the source into the sink. */
static nf_status decode_window(nf_gunzip *g, const char *bytes, size_t size,
                               nf_buffer *out, nf_stream_sink sink, void *to,
                               nf_error *err)
{
    nf_status status = NF_OK;

    /* A member ends with a check that is read after the last of its bytes was
     * made, so no output is left when all input is taken. */
    while (status == NF_OK && size > 0) {
        size_t taken = size;
        nf_buffer_clear(out);
        status = nf_gunzip_step(g, bytes, &taken, out, STEP, err);
        bytes += taken;
        size -= taken;
        if (status == NF_OK && out->length > 0)
            status = sink(to, out->data, out->length, err);
    }
    return status;
}

nf_status nf_gunzip_all(nf_stream_source source, void *from, int64_t length,
                        nf_stream_sink sink, void *to, int64_t most,
                        int64_t *size, nf_error *err)
{
    nf_gunzip *g = nf_gunzip_new(most);
    char *window = nf_alloc(STEP);
    nf_buffer out;
    nf_status status = g && window ? NF_OK : nf_error_nomem(err);

    nf_buffer_init(&out, 2 * STEP);
    *size = 0;
    for (int64_t at = 0; status == NF_OK && at < length;) {
        size_t count = length - at < STEP ? (size_t)(length - at) : STEP;
        status = source(from, at, window, &count, err);
        if (status == NF_OK && count == 0)
            status = nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                                  "compressed bytes are missing");
        if (status == NF_OK)
            status = decode_window(g, window, count, &out, sink, to, err);
        at += (int64_t)count;
    }
    if (status == NF_OK && !nf_gunzip_is_whole(g))
        status = nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL",
                              "compressed bytes are cut off");
    if (status == NF_OK)
        *size = g->decoded;
    nf_buffer_dispose(&out);
    nf_gunzip_free(g);
    nf_free(window);
    return status;
}
