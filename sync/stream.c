/* Streams: a plain concatenation of BSON documents that ends with an `end`
 * record (synchronize W2, W23). The end is never inferred: its count and
 * digest must agree and nothing may follow it. Memory is one record. */
#include "base/memory.h"
#include "sync/codec.h"
#include "base/crypto.h"
#include "sync/document.h"

enum { WINDOW = 256 << 10 };

static nf_status protocol(const char *what, nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "SYNC_PROTOCOL", "%s (SYNC_PROTOCOL)",
                        what);
}

static nf_status digest_new(void **out, nf_error *err)
{
    EVP_MD_CTX *digest = nf_crypto_digest();
    *out = digest;
    if (!digest || nf_crypto()->EVP_DigestInit_ex(
                       digest, nf_crypto()->EVP_sha256(), NULL) != 1)
        return nf_error_nomem(err);
    return NF_OK;
}

static nf_status digest_add(void *digest, const void *bytes, size_t size,
                            nf_error *err)
{
    return nf_crypto()->EVP_DigestUpdate(digest, bytes, size) == 1
               ? NF_OK
               : nf_error_nomem(err);
}

/* ---- writing ----------------------------------------------------------- */

nf_status nf_stream_start(nf_stream_writer *writer, nf_stream_sink sink,
                          void *user, nf_error *err)
{
    *writer = (nf_stream_writer){.sink = sink, .user = user};
    return digest_new(&writer->digest, err);
}

static nf_status too_much(nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "SYNC_LIMIT",
                        "Too much data to synchronize (SYNC_LIMIT)");
}

nf_status nf_stream_put_bytes(nf_stream_writer *writer, const void *record,
                              size_t size, nf_error *err)
{
    nf_status status;

    if (size > NF_SYNC_DOCUMENT_MAX ||
        writer->count >= NF_SYNC_RECORDS_MAX * (int64_t)1000)
        return too_much(err);
    status = digest_add(writer->digest, record, size, err);
    if (status == NF_OK)
        status = writer->sink(writer->user, record, size, err);
    if (status == NF_OK)
        writer->count++;
    return status;
}

nf_status nf_stream_put(nf_stream_writer *writer, nf_buffer *record,
                        nf_error *err)
{
    nf_put_end(record, 0);
    if (record->failed)
        return record->full ? too_much(err) : nf_error_nomem(err);
    return nf_stream_put_bytes(writer, record->data, record->length, err);
}

/* The `end` record tells the digest of what stands before it. */
static nf_status write_end(nf_buffer *end, const nf_stream_writer *writer,
                           EVP_MD_CTX *before, nf_error *err)
{
    uint8_t sha[NF_SHA256_SIZE];

    if (nf_crypto()->EVP_DigestFinal_ex(before, sha, NULL) != 1)
        return nf_error_nomem(err);
    nf_put_start(end);
    nf_put_string(end, "k", "end");
    nf_put_int64(end, "n", writer->count);
    nf_put_binary(end, "sha", sha, sizeof sha);
    nf_put_end(end, 0);
    return end->failed ? nf_error_nomem(err) : NF_OK;
}

nf_status nf_stream_finish_with(nf_stream_writer *writer,
                                uint8_t whole[NF_SHA256_SIZE], nf_error *err)
{
    EVP_MD_CTX *before = nf_crypto_digest();
    char room[NF_STREAM_END + 1]; /* all of it fits */
    nf_buffer end;
    nf_status status = NF_OK;

    nf_buffer_init_on(&end, room, sizeof room, NF_STREAM_END);

    if (!before || nf_crypto()->EVP_MD_CTX_copy_ex(before, writer->digest) != 1)
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status = write_end(&end, writer, before, err);
    if (status == NF_OK)
        status = digest_add(writer->digest, end.data, end.length, err);
    if (status == NF_OK &&
        nf_crypto()->EVP_DigestFinal_ex(writer->digest, whole, NULL) != 1)
        status = nf_error_nomem(err);
    if (status == NF_OK)
        status = writer->sink(writer->user, end.data, end.length, err);
    nf_crypto_free(before);
    return status;
}

nf_status nf_stream_finish(nf_stream_writer *writer, nf_error *err)
{
    uint8_t whole[NF_SHA256_SIZE];

    return nf_stream_finish_with(writer, whole, err);
}

void nf_stream_dispose(nf_stream_writer *writer)
{
    nf_crypto_free(writer->digest);
    writer->digest = NULL;
}

/* ---- reading ----------------------------------------------------------- */

nf_status nf_stream_open(nf_stream_reader *reader, nf_stream_source source,
                         void *user, int64_t size, nf_error *err)
{
    *reader = (nf_stream_reader){.source = source, .user = user, .size = size};
    return digest_new(&reader->digest, err);
}

void nf_stream_open_known(nf_stream_reader *reader, nf_stream_source source,
                          void *user, int64_t size,
                          const uint8_t digest[NF_SHA256_SIZE])
{
    *reader = (nf_stream_reader){
        .source = source, .user = user, .size = size, .known = digest};
}

void nf_stream_open_again(nf_stream_reader *reader, nf_stream_source source,
                          void *user, int64_t size, int64_t offset)
{
    *reader = (nf_stream_reader){
        .source = source, .user = user, .size = size, .offset = offset};
}

int64_t nf_stream_offset(const nf_stream_reader *reader)
{
    return reader->offset - (int64_t)(reader->length - reader->start);
}

nf_status nf_stream_open_pushed(nf_stream_reader *reader, nf_error *err)
{
    return nf_stream_open(reader, NULL, NULL, -1, err);
}

void nf_stream_close(nf_stream_reader *reader)
{
    nf_crypto_free(reader->digest);
    nf_free(reader->window);
    reader->digest = NULL;
    reader->window = NULL;
}

/* Whole stretches of the window go into the digest: what lies before `upto`.
 */
static nf_status digest_window(nf_stream_reader *reader, size_t upto,
                               nf_error *err)
{
    nf_status status = NF_OK;

    if (reader->digest && upto > reader->hashed)
        status = digest_add(reader->digest, reader->window + reader->hashed,
                            upto - reader->hashed, err);
    reader->hashed = upto;
    return status;
}

/* Room for `more` bytes behind those that are there; what was read goes. */
static nf_status make_room(nf_stream_reader *reader, size_t more, nf_error *err)
{
    size_t have = reader->length - reader->start;
    nf_status status = digest_window(reader, reader->start, err);

    if (status != NF_OK)
        return status;
    if (have > 0 && reader->start > 0)
        memmove(reader->window, reader->window + reader->start, have);
    reader->start = reader->hashed = 0;
    reader->length = have;
    if (have + more > reader->capacity) {
        uint8_t *grown = nf_realloc_array(reader->window, have + more, 1);
        if (!grown)
            return nf_error_nomem(err);
        reader->window = grown;
        reader->capacity = have + more;
    }
    return NF_OK;
}

nf_status nf_stream_push(nf_stream_reader *reader, const void *bytes,
                         size_t size, nf_error *err)
{
    nf_status status;

    if (size == 0)
        return NF_OK;
    if (reader->ended)
        return protocol("bytes follow the end of the stream", err);
    status = make_room(reader, size, err);
    if (status != NF_OK)
        return status;
    memcpy(reader->window + reader->length, bytes, size);
    reader->length += size;
    return NF_OK;
}

/* Makes at least `need` bytes of the stream available at `start`. */
static nf_status fill(nf_stream_reader *reader, size_t need, nf_error *err)
{
    size_t have = reader->length - reader->start;
    nf_status status;

    if (have >= need)
        return NF_OK;
    if (!reader->source)
        return NF_PENDING;
    if ((int64_t)(need - have) > reader->size - reader->offset)
        return protocol("the stream is cut off", err);
    status = make_room(reader, need < WINDOW ? WINDOW : need, err);
    while (status == NF_OK && reader->length < need) {
        size_t size = reader->capacity - reader->length;
        if ((int64_t)size > reader->size - reader->offset)
            size = (size_t)(reader->size - reader->offset);
        status = reader->source(reader->user, reader->offset,
                                reader->window + reader->length, &size, err);
        if (status == NF_OK && size == 0)
            status = protocol("the stream is cut off", err);
        reader->length += size;
        reader->offset += (int64_t)size;
    }
    return status;
}

static nf_status next_document(nf_stream_reader *reader, size_t *size,
                               nf_error *err)
{
    const uint8_t *at;
    nf_status status = fill(reader, 5, err);

    if (status != NF_OK)
        return status;
    at = reader->window + reader->start;
    *size = (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 |
            (size_t)at[3] << 24;
    if (*size < 5 || *size > NF_SYNC_DOCUMENT_MAX)
        return protocol("a record has an impossible length", err);
    return fill(reader, *size, err);
}

/* The digest of what stands before the end record, of `size` bytes, which has
 * been read. */
static nf_status digest_before(nf_stream_reader *reader, size_t size,
                               uint8_t sha[NF_SHA256_SIZE], nf_error *err)
{
    nf_status status = digest_window(reader, reader->start - size, err);

    if (status != NF_OK)
        return status;
    if (!reader->known)
        return nf_crypto()->EVP_DigestFinal_ex(reader->digest, sha, NULL) == 1
                   ? NF_OK
                   : nf_error_nomem(err);
    if (size != NF_STREAM_END || nf_stream_offset(reader) != reader->size)
        return protocol("the end of the stream is malformed", err);
    memcpy(sha, reader->known, NF_SHA256_SIZE);
    return NF_OK;
}

static nf_status check_end(nf_stream_reader *reader, const nf_wire *end,
                           size_t size, nf_error *err)
{
    uint8_t sha[NF_SHA256_SIZE];
    nf_status status;

    if (!reader->digest && !reader->known) {
        reader->ended = true;
        return NF_OK;
    }
    status = digest_before(reader, size, sha, err);
    if (status != NF_OK)
        return status;
    if (end->count != reader->count)
        return protocol("the number of records is wrong", err);
    if (memcmp(sha, end->sha256, sizeof sha) != 0)
        return protocol("the digest of the stream is wrong", err);
    if (reader->start != reader->length ||
        (reader->source && reader->offset != reader->size))
        return protocol("bytes follow the end of the stream", err);
    reader->ended = true;
    return NF_OK;
}

nf_status nf_stream_next(nf_stream_reader *reader, nf_wire *out, bool *more,
                         nf_error *err)
{
    size_t size = 0;
    nf_status status;
    const uint8_t *bytes;

    *more = false;
    if (reader->ended)
        return NF_OK;
    status = next_document(reader, &size, err);
    if (status != NF_OK)
        return status;
    bytes = reader->window + reader->start;
    reader->start += size;
    status = nf_wire_read(out, bytes, size, err);
    if (status != NF_OK)
        return status;
    if (out->kind == NF_WIRE_END)
        return check_end(reader, out, size, err);
    reader->count++;
    *more = true;
    return NF_OK;
}
