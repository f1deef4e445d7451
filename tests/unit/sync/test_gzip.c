/* gzip of bodies (synchronize W42, §27.9, A139). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/memory.h"
#include "sync/gzip.h"
#include "sync/spool.h"

#include <string.h>
#include <zlib.h>

enum { SIZE = 3 * NF_GZIP_BLOCK + 1234 };

static char *text(size_t size, bool random)
{
    char *bytes = nf_alloc(size);
    uint32_t state = 1;

    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = random ? (char)(state >> 24) : (char)('a' + i % 23);
    }
    return bytes;
}

/* Encodes through the writer, in pieces that fit nothing. */
static nf_spool *encode(const char *bytes, size_t size)
{
    nf_spool *spool = nf_spool_new();
    nf_gzip_writer writer;
    nf_error err = {0};

    nf_gzip_init(&writer, nf_spool_sink, spool);
    for (size_t at = 0; at < size;) {
        size_t count = size - at < 70001 ? size - at : 70001;
        assert_int_equal(nf_gzip_sink(&writer, bytes + at, count, &err), NF_OK);
        at += count;
    }
    assert_int_equal(nf_gzip_flush(&writer, &err), NF_OK);
    nf_gzip_dispose(&writer);
    return spool;
}

static nf_status decode(nf_spool *from, int64_t length, int64_t most,
                        nf_spool *to, int64_t *size, nf_error *err)
{
    return nf_gunzip_all(nf_spool_source, from, length, nf_spool_sink, to, most,
                         size, err);
}

static void test_round_trip(void **state)
{
    (void)state;
    for (int random = 0; random < 2; random++) {
        char *bytes = text(SIZE, random), *back = nf_alloc(SIZE);
        nf_spool *spool = encode(bytes, SIZE), *decoded = nf_spool_new();
        nf_error err = {0};
        int64_t size = 0;
        size_t count = SIZE;
        assert_int_equal(
            decode(spool, nf_spool_size(spool), SIZE, decoded, &size, &err),
            NF_OK);
        assert_int_equal(size, SIZE);
        assert_int_equal(nf_spool_read(decoded, 0, back, &count, &err), NF_OK);
        assert_int_equal(count, SIZE);
        assert_memory_equal(bytes, back, SIZE);
        if (!random) /* nothing that we write is taken for a bomb */
            assert_true(nf_spool_size(spool) > SIZE / NF_GZIP_RATIO);
        nf_spool_free(spool);
        nf_spool_free(decoded);
        nf_free(bytes);
        nf_free(back);
    }
}

/* Any cut is seen, and any byte that is not gzip's. */
static void test_broken(void **state)
{
    char *bytes = text(SIZE, false);
    nf_spool *spool = encode(bytes, SIZE), *decoded = nf_spool_new();
    int64_t length = nf_spool_size(spool), size;
    nf_error err = {0};

    (void)state;
    for (int64_t cut = 1; cut < length; cut += 997) {
        assert_int_equal(
            decode(spool, length - cut, SIZE, decoded, &size, &err), NF_FAILED);
        assert_string_equal(err.code, "SYNC_PROTOCOL");
        nf_error_clear(&err);
        assert_int_equal(nf_spool_clear(decoded, &err), NF_OK);
    }
    nf_spool_free(spool);
    spool = nf_spool_new();
    assert_int_equal(nf_spool_write(spool, bytes, 5000, &err), NF_OK);
    assert_int_equal(decode(spool, 5000, SIZE, decoded, &size, &err),
                     NF_FAILED);
    assert_string_equal(err.code, "SYNC_PROTOCOL");
    nf_spool_free(spool);
    nf_spool_free(decoded);
    nf_free(bytes);
}

static nf_status count_sink(void *user, const void *bytes, size_t size,
                            nf_error *err)
{
    (void)bytes;
    (void)err;
    *(int64_t *)user += (int64_t)size;
    return NF_OK;
}

/* The window of a bomb: `size` zeros, as small as deflate makes them. */
static nf_spool *bomb(int64_t size)
{
    static char zeros[1 << 20], out[1 << 16];
    nf_spool *spool = nf_spool_new();
    z_stream z = {0};
    nf_error err = {0};

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY),
                     Z_OK);
    for (int64_t at = 0; at < size || z.avail_in > 0;) {
        if (z.avail_in == 0) {
            z.next_in = (Bytef *)zeros;
            z.avail_in = sizeof zeros;
            at += (int64_t)sizeof zeros;
        }
        z.next_out = (Bytef *)out;
        z.avail_out = sizeof out;
        deflate(&z, at >= size ? Z_FINISH : Z_NO_FLUSH);
        assert_int_equal(
            nf_spool_write(spool, out, sizeof out - z.avail_out, &err), NF_OK);
    }
    deflateEnd(&z);
    return spool;
}

/* A139: what decodes to a thousand times its size is refused early, also under
 * the limit of size. */
static void test_bomb(void **state)
{
    nf_spool *spool = bomb(INT64_C(64) << 20);
    int64_t made = 0, size;
    nf_error err = {0};

    (void)state;
    assert_true(nf_spool_size(spool) < 70000);
    assert_int_equal(nf_gunzip_all(nf_spool_source, spool, nf_spool_size(spool),
                                   count_sink, &made, INT64_MAX, &size, &err),
                     NF_FAILED);
    assert_string_equal(err.code, "SYNC_LIMIT");
    assert_true(made < nf_spool_size(spool) * NF_GZIP_RATIO + 2 * NF_GZIP_FREE);
    nf_spool_free(spool);
    /* A limit of size. */
    nf_error_clear(&err);
    spool = bomb(1 << 20);
    made = 0;
    assert_int_equal(nf_gunzip_all(nf_spool_source, spool, nf_spool_size(spool),
                                   count_sink, &made, 1 << 19, &size, &err),
                     NF_FAILED);
    assert_string_equal(err.code, "SYNC_LIMIT");
    nf_spool_free(spool);
}

/* Reading can begin where a member does. */
static void test_marks(void **state)
{
    char *bytes = text(SIZE, true);
    nf_spool *spool = encode(bytes, SIZE);
    int64_t encoded, decoded;
    size_t count = (size_t)nf_spool_size(spool), taken;
    char *all = nf_alloc(count);
    nf_gunzip *gunzip = nf_gunzip_new(INT64_MAX);
    nf_buffer out;
    nf_error err = {0};

    (void)state;
    nf_buffer_init(&out, SIZE + 1);
    assert_int_equal(nf_spool_read(spool, 0, all, &count, &err), NF_OK);
    taken = count - 100;
    assert_int_equal(nf_gunzip_step(gunzip, all, &taken, &out, SIZE, &err),
                     NF_OK);
    assert_false(nf_gunzip_is_whole(gunzip));
    nf_gunzip_mark(gunzip, &encoded, &decoded);
    assert_int_equal(decoded, 3 * NF_GZIP_BLOCK);
    nf_gunzip_free(gunzip);
    gunzip = nf_gunzip_new(INT64_MAX);
    nf_buffer_clear(&out);
    taken = count - (size_t)encoded;
    assert_int_equal(
        nf_gunzip_step(gunzip, all + encoded, &taken, &out, SIZE, &err), NF_OK);
    assert_true(nf_gunzip_is_whole(gunzip));
    assert_int_equal(out.length, SIZE - 3 * NF_GZIP_BLOCK);
    assert_memory_equal(out.data, bytes + 3 * NF_GZIP_BLOCK, out.length);
    nf_gunzip_free(gunzip);
    nf_buffer_dispose(&out);
    nf_spool_free(spool);
    nf_free(all);
    nf_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
