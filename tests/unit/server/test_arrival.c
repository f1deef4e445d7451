/* Digests of an upload while it arrives (synchronize W23, W27.5): the same as
 * of its bytes, whatever pieces they come in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "server/internal.h"

#include "base/digest.h"

static nf_status sink(void *user, const void *bytes, size_t size, nf_error *err)
{
    (void)err;
    nf_buffer_add(user, bytes, size);
    return NF_OK;
}

/* A stream of `count` records; where its end record begins. */
static size_t write_stream(nf_buffer *out, int count)
{
    nf_stream_writer writer;
    nf_error err = {0};

    nf_buffer_init(out, 1 << 20);
    assert_int_equal(nf_stream_start(&writer, sink, out, &err), NF_OK);
    for (int i = 0; i < count; i++) {
        bson_t record = BSON_INITIALIZER;

        BSON_APPEND_UTF8(&record, "k", "gone");
        BSON_APPEND_INT64(&record, "id", i + 1);
        assert_int_equal(nf_stream_put_bytes(&writer, bson_get_data(&record),
                                             record.len, &err),
                         NF_OK);
        bson_destroy(&record);
    }
    assert_int_equal(nf_stream_finish(&writer, &err), NF_OK);
    nf_stream_dispose(&writer);
    return out->length - NF_STREAM_END;
}

static void arrive(nf_arrival *arrival, const nf_sync_id *id,
                   const nf_buffer *bytes, size_t piece)
{
    for (size_t at = 0; at < bytes->length; at += piece) {
        size_t rest = bytes->length - at;

        nf_arrival_add(arrival, id, (int64_t)at, bytes->data + at,
                       rest < piece ? rest : piece);
    }
}

static void test_pieces(void **state)
{
    static const int counts[] = {0, 1, 2, 50};
    nf_sync_id id = {{1}}, other = {{2}};
    nf_arrival arrival = {0};

    (void)state;
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        nf_buffer bytes;
        size_t end = write_stream(&bytes, counts[c]);
        int64_t size = (int64_t)bytes.length;
        uint8_t whole[NF_SHA256_SIZE], before[NF_SHA256_SIZE];

        assert_true(nf_sha256(whole, bytes.data, bytes.length));
        assert_true(nf_sha256(before, bytes.data, end));
        for (size_t piece = 1; piece <= bytes.length + 1; piece++) {
            uint8_t found[NF_SHA256_SIZE];

            arrive(&arrival, &id, &bytes, piece);
            assert_false(nf_arrival_end(&arrival, &other, size, found));
            assert_false(nf_arrival_end(&arrival, &id, size + 1, found));
            assert_null(nf_arrival_before_end(&arrival, &id, size));
            assert_true(nf_arrival_end(&arrival, &id, size, found));
            assert_memory_equal(found, whole, sizeof whole);
            assert_null(nf_arrival_before_end(&arrival, &other, size));
            assert_memory_equal(nf_arrival_before_end(&arrival, &id, size),
                                before, sizeof before);
        }
        nf_buffer_dispose(&bytes);
    }
    nf_arrival_drop(&arrival);
}

/* What did not arrive here is not known; a stream that ends otherwise has no
 * digest before its end. */
static void test_unknown(void **state)
{
    nf_sync_id id = {{1}}, other = {{2}};
    nf_arrival arrival = {0};
    nf_buffer bytes;
    uint8_t found[NF_SHA256_SIZE];

    (void)state;
    write_stream(&bytes, 5);
    nf_arrival_add(&arrival, &id, 0, bytes.data, 10);
    nf_arrival_add(&arrival, &id, 11, bytes.data + 11, bytes.length - 11);
    assert_false(nf_arrival_end(&arrival, &id, (int64_t)bytes.length, found));
    nf_arrival_add(&arrival, &id, 0, bytes.data, 100);
    nf_arrival_add(&arrival, &other, 0, bytes.data, 10);
    nf_arrival_add(&arrival, &id, 100, bytes.data + 100, bytes.length - 100);
    assert_false(nf_arrival_end(&arrival, &id, (int64_t)bytes.length, found));
    arrive(&arrival, &id, &bytes, 7);
    nf_arrival_add(&arrival, &id, (int64_t)bytes.length, "x", 1);
    assert_true(
        nf_arrival_end(&arrival, &id, (int64_t)bytes.length + 1, found));
    assert_null(
        nf_arrival_before_end(&arrival, &id, (int64_t)bytes.length + 1));
    nf_arrival_drop(&arrival);
    nf_buffer_dispose(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
