/* Records and streams of the protocol (synchronize W2, W15, W23 … W25, A135,
 * A140): every cut and every flipped bit of a stream is refused or harmless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/memory.h"
#include "sync/codec.h"
#include "sync/document.h"
#include "sync/spool.h"

static nf_status write_stream(nf_spool *spool)
{
    nf_stream_writer writer;
    bson_t record = BSON_INITIALIZER, members;
    uint8_t id[16] = {1, 2, 3};
    nf_error err = {0};

    assert_int_equal(nf_stream_start(&writer, nf_spool_sink, spool, &err),
                     NF_OK);
    BSON_APPEND_UTF8(&record, "k", "head");
    BSON_APPEND_INT32(&record, "v", 1);
    BSON_APPEND_BINARY(&record, "id", BSON_SUBTYPE_BINARY, id, 16);
    assert_int_equal(
        nf_stream_put_bytes(&writer, bson_get_data(&record), record.len, &err),
        NF_OK);
    bson_reinit(&record);
    BSON_APPEND_UTF8(&record, "k", "new");
    BSON_APPEND_UTF8(&record, "t", "Shop.Order");
    BSON_APPEND_INT64(&record, "id", 77);
    BSON_APPEND_BINARY(&record, "mid", BSON_SUBTYPE_BINARY, id, 16);
    BSON_APPEND_DOCUMENT_BEGIN(&record, "m", &members);
    BSON_APPEND_UTF8(&members, "Remark", "h\xc3\xa9llo");
    BSON_APPEND_NULL(&members, "Total");
    bson_append_document_end(&record, &members);
    assert_int_equal(
        nf_stream_put_bytes(&writer, bson_get_data(&record), record.len, &err),
        NF_OK);
    bson_destroy(&record);
    assert_int_equal(nf_stream_finish(&writer, &err), NF_OK);
    nf_stream_dispose(&writer);
    return NF_OK;
}

static nf_status read_bytes(const void *bytes, size_t size, int *records)
{
    nf_spool *spool = nf_spool_new();
    nf_stream_reader reader;
    nf_wire record;
    nf_error err = {0};
    bool more = true;
    nf_status status;

    *records = 0;
    assert_int_equal(nf_spool_write(spool, bytes, size, &err), NF_OK);
    assert_int_equal(
        nf_stream_open(&reader, nf_spool_source, spool, (int64_t)size, &err),
        NF_OK);
    do {
        status = nf_stream_next(&reader, &record, &more, &err);
        *records += status == NF_OK && more;
    } while (status == NF_OK && more);
    if (status != NF_OK)
        assert_string_equal(err.code, "SYNC_PROTOCOL");
    nf_stream_close(&reader);
    nf_spool_free(spool);
    return status;
}

static char *stream_bytes(size_t *size)
{
    nf_spool *spool = nf_spool_new();
    nf_error err = {0};
    char *bytes;

    write_stream(spool);
    *size = (size_t)nf_spool_size(spool);
    bytes = malloc(*size + 1);
    assert_int_equal(nf_spool_read(spool, 0, bytes, size, &err), NF_OK);
    nf_spool_free(spool);
    return bytes;
}

static void test_round_trip(void **state)
{
    size_t size;
    char *bytes = stream_bytes(&size);
    int records;

    (void)state;
    assert_int_equal(read_bytes(bytes, size, &records), NF_OK);
    assert_int_equal(records, 2);
    free(bytes);
}

static void test_every_cut(void **state)
{
    size_t size;
    char *bytes = stream_bytes(&size);
    int records;

    (void)state;
    for (size_t cut = 0; cut < size; cut++) {
        char *part = malloc(cut + 1); /* exact size, for the sanitizer */
        memcpy(part, bytes, cut);
        assert_int_equal(read_bytes(part, cut, &records), NF_FAILED);
        free(part);
    }
    free(bytes);
}

static void test_every_bit(void **state)
{
    size_t size;
    char *bytes = stream_bytes(&size);
    int records;

    (void)state;
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        /* Only unused keys of the end record could be harmless. */
        if (read_bytes(bytes, size, &records) == NF_OK)
            assert_int_equal(records, 2);
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    free(bytes);
}

static void test_bytes_after_end(void **state)
{
    size_t size;
    char *bytes = stream_bytes(&size);
    char *longer = calloc(1, size + 5);
    int records;

    (void)state;
    memcpy(longer, bytes, size);
    assert_int_equal(read_bytes(longer, size + 5, &records), NF_FAILED);
    free(longer);
    free(bytes);
}

/* A140: nesting deeper than the limit is refused without recursion. */
static void test_depth(void **state)
{
    enum { LEVELS = 1000 };
    size_t size = 5 + LEVELS * 8;
    uint8_t *bytes = calloc(1, size);
    size_t start = 0, length = size;

    (void)state;
    for (int i = 0; i < LEVELS; i++) {
        uint32_t n = (uint32_t)length;
        memcpy(bytes + start, &n, 4);
        bytes[start + 4] = 3;
        bytes[start + 5] = 'a';
        start += 7;
        length -= 8;
    }
    bytes[start] = 5;
    assert_false(nf_document_valid(bytes, size));
    free(bytes);
}

static void test_bad_documents(void **state)
{
    static const uint8_t negative[] = {0xff, 0xff, 0xff, 0xff, 0};
    static const uint8_t bad_text[] = {15, 0, 0, 0,    2,    'k', 0, 3,
                                       0,  0, 0, 0xc3, 0x28, 0,   0};
    static const uint8_t early_end[] = {8, 0, 0, 0, 0, 0, 0, 0};

    (void)state;
    assert_false(nf_document_valid(negative, sizeof negative));
    assert_false(nf_document_valid(bad_text, sizeof bad_text));
    assert_false(nf_document_valid(early_end, sizeof early_end));
    assert_false(nf_document_valid((const uint8_t *)"", 0));
}

/* The same question asked with libbson alone. */
static bool walks(const uint8_t *bytes, size_t size)
{
    bson_t document;
    bson_iter_t iter;
    uint32_t length;
    const uint8_t *data;

    if (!bson_init_static(&document, bytes, size) ||
        !bson_iter_init(&iter, &document))
        return false;
    while (bson_iter_next(&iter)) {
        const char *key = bson_iter_key(&iter), *text;

        if (!bson_utf8_validate(key, strlen(key), false))
            return false;
        switch (bson_iter_type(&iter)) {
        case BSON_TYPE_UTF8:
            text = bson_iter_utf8(&iter, &length);
            if (!bson_utf8_validate(text, length, true))
                return false;
            break;
        case BSON_TYPE_DOCUMENT:
            bson_iter_document(&iter, &length, &data);
            if (!data || !walks(data, length))
                return false;
            break;
        case BSON_TYPE_ARRAY:
            bson_iter_array(&iter, &length, &data);
            if (!data || !walks(data, length))
                return false;
            break;
        case BSON_TYPE_BINARY:
        case BSON_TYPE_BOOL:
        case BSON_TYPE_DATE_TIME:
        case BSON_TYPE_NULL:
        case BSON_TYPE_INT32:
        case BSON_TYPE_INT64:
            break;
        default:
            return false;
        }
    }
    return iter.err_off == 0 && iter.off == size - 1;
}

/* W23: of a document with every type, and of what becomes of it when bytes
 * change, libbson can walk what is called valid, and nothing else is refused.
 */
static void test_changed_bytes(void **state)
{
    bson_t *document = BCON_NEW(
        "k", "obj", "n", BCON_INT32(7), "id", BCON_INT64(1), "b",
        BCON_BOOL(true), "d", BCON_DATE_TIME(5), "none", BCON_NULL, "x",
        BCON_BIN(BSON_SUBTYPE_BINARY, (const uint8_t *)"abc", 3), "old",
        BCON_BIN(BSON_SUBTYPE_BINARY_DEPRECATED, (const uint8_t *)"abcd", 4),
        "m", "{", "Name", "\xc3\xa4", "list", "[", "a", "{", "}", "]", "}");
    size_t size = document->len, valid = 0;
    uint8_t *bytes = malloc(size);
    uint32_t seed = 1;

    (void)state;
    assert_true(nf_document_valid(bson_get_data(document), size));
    for (int round = 0; round < 200000; round++) {
        memcpy(bytes, bson_get_data(document), size);
        for (int i = 0; i <= round % 3; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[(seed >> 8) % size] =
                round % 2 ? (uint8_t)(seed >> 24) : (uint8_t)(seed >> 29);
        }
        assert_int_equal(nf_document_valid(bytes, size), walks(bytes, size));
        valid += nf_document_valid(bytes, size);
    }
    assert_in_range(valid, 10000, 190000);
    free(bytes);
    bson_destroy(document);
}

static void test_kinds(void **state)
{
    bson_t record = BSON_INITIALIZER;
    nf_wire wire;
    nf_error err = {0};

    (void)state;
    BSON_APPEND_UTF8(&record, "k", "strange");
    assert_int_equal(
        nf_wire_read(&wire, bson_get_data(&record), record.len, &err),
        NF_FAILED);
    nf_error_clear(&err);
    BSON_APPEND_BOOL(&record, "opt", true); /* W15 */
    assert_int_equal(
        nf_wire_read(&wire, bson_get_data(&record), record.len, &err), NF_OK);
    assert_int_equal(wire.kind, NF_WIRE_OPTIONAL);
    bson_destroy(&record);
}

static void test_large_spool(void **state)
{
    nf_spool *spool = nf_spool_new();
    nf_error err = {0};
    uint8_t chunk[65536], back[3];
    size_t size = sizeof back;

    (void)state;
    memset(chunk, 7, sizeof chunk);
    for (int i = 0; i < 100; i++)
        assert_int_equal(nf_spool_write(spool, chunk, sizeof chunk, &err),
                         NF_OK);
    assert_int_equal(nf_spool_write(spool, "end", 3, &err), NF_OK);
    assert_int_equal(nf_spool_read(spool, 100 * 65536, back, &size, &err),
                     NF_OK);
    assert_int_equal(size, 3);
    assert_memory_equal(back, "end", 3);
    assert_int_equal(nf_spool_clear(spool, &err), NF_OK);
    assert_int_equal(nf_spool_size(spool), 0);
    nf_spool_free(spool);
}

/* ---- values -------------------------------------------------------------- */

static nf_value text_value(const char *text)
{
    nf_value value;
    assert_true(nf_value_text(&value, text, strlen(text)));
    return value;
}

/* W23: documents as libbson writes them, byte by byte. */
static void test_written(void **state)
{
    bson_t expected = BSON_INITIALIZER, part;
    nf_buffer bytes;
    size_t begun;

    (void)state;
    nf_buffer_init(&bytes, 400);
    nf_put_begin(&bytes);
    nf_put_null(&bytes, "");
    nf_put_bool(&bytes, "yes", true);
    nf_put_bool(&bytes, "no", false);
    nf_put_int32(&bytes, "v", -2);
    nf_put_int64(&bytes, "id", INT64_MIN + 1);
    nf_put_date(&bytes, "at", -1700000000000);
    nf_put_text(&bytes, "text", "a\0b", 3);
    nf_put_text(&bytes, "none", "", 0);
    nf_put_binary(&bytes, "mid", "\1\2\3", 3);
    begun = nf_put_document(&bytes, "m");
    nf_put_end(&bytes, nf_put_array(&bytes, "c"));
    nf_put_end(&bytes, begun);
    nf_put_end(&bytes, 0);
    BSON_APPEND_NULL(&expected, "");
    BSON_APPEND_BOOL(&expected, "yes", true);
    BSON_APPEND_BOOL(&expected, "no", false);
    BSON_APPEND_INT32(&expected, "v", -2);
    BSON_APPEND_INT64(&expected, "id", INT64_MIN + 1);
    BSON_APPEND_DATE_TIME(&expected, "at", -1700000000000);
    bson_append_utf8(&expected, "text", -1, "a\0b", 3);
    BSON_APPEND_UTF8(&expected, "none", "");
    BSON_APPEND_BINARY(&expected, "mid", BSON_SUBTYPE_BINARY,
                       (const uint8_t *)"\1\2\3", 3);
    bson_append_document_begin(&expected, "m", 1, &part);
    BSON_APPEND_ARRAY(&part, "c", &(bson_t)BSON_INITIALIZER);
    bson_append_document_end(&expected, &part);
    assert_false(bytes.failed);
    assert_int_equal(bytes.length, expected.len);
    assert_memory_equal(bytes.data, bson_get_data(&expected), expected.len);
    bson_destroy(&expected);

    begun = nf_put_document(&bytes, "large"); /* over the maximum */
    for (int i = 0; i < 100; i++)
        nf_put_text(&bytes, "text", "0123456789", 10);
    nf_put_end(&bytes, begun);
    assert_true(bytes.failed && bytes.full);
    nf_buffer_dispose(&bytes);
}

static void test_members(void **state)
{
    nf_model *model = NULL;
    nf_error err = {0};
    const nf_entity *order;
    nf_value values[64] = {{0}}, back[64] = {{0}};
    uint64_t given[1] = {0};
    nf_decimal decimal;
    bson_t document = BSON_INITIALIZER, written;
    nf_buffer bytes;
    size_t remark, total, customer;

    (void)state;
    assert_int_equal(nf_model_open(&model,
                                   NF_SOURCE_DIR "/tests/unit/server/shop.xml",
                                   &err),
                     NF_OK);
    order = nf_model_find_entity(model, "Shop.Order");
    remark = nf_entity_find_member(order, "Remark")->index;
    total = nf_entity_find_member(order, "Total")->index;
    customer = nf_entity_find_member(order, "Shop.Order_Customer")->index;
    values[remark] = text_value("x");
    assert_true(nf_decimal_parse(&decimal, "12.50", 5, false));
    values[total] = nf_decimal_take(decimal);
    values[customer] = nf_id_value(42);
    nf_buffer_init(&bytes, NF_SYNC_DOCUMENT_MAX);
    nf_put_begin(&bytes);
    for (size_t i = 0; i < order->member_count; i++)
        assert_true(nf_member_write(&bytes, &order->members[i], &values[i]));
    nf_put_end(&bytes, 0);
    assert_true(nf_document_open(&written, bytes.data, bytes.length));
    assert_string_equal(nf_document_text(&written, "Total", ""), "12.5");
    assert_int_equal(nf_members_read(back, given, order, &written, &err),
                     NF_OK);
    nf_buffer_dispose(&bytes);
    for (size_t i = 0; i < order->member_count; i++) {
        assert_true(nf_value_equal(&values[i], &back[i]));
        nf_value_release(&values[i]);
        nf_value_release(&back[i]);
    }

    given[0] = 0;
    bson_reinit(&document);
    BSON_APPEND_INT64(&document, "Remark", 1); /* wrong type */
    assert_int_equal(nf_members_read(back, given, order, &document, &err),
                     NF_FAILED);
    assert_string_equal(err.code, "OBJ_VALUE");
    nf_error_clear(&err);
    given[0] = 0;
    bson_reinit(&document);
    BSON_APPEND_UTF8(&document, "Nothing", "x");
    assert_int_equal(nf_members_read(back, given, order, &document, &err),
                     NF_FAILED);
    assert_string_equal(err.code, "OBJ_UNKNOWN_MEMBER");
    nf_error_clear(&err);
    given[0] = 0;
    bson_reinit(&document);
    BSON_APPEND_UTF8(&document, "Remark", "x");
    BSON_APPEND_UTF8(&document, "Remark", "y"); /* twice */
    assert_int_equal(nf_members_read(back, given, order, &document, &err),
                     NF_FAILED);
    nf_value_release(&back[remark]);
    bson_destroy(&document);
    nf_model_close(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_bytes_after_end),
        cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_bad_documents),
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_large_spool),
        cmocka_unit_test(test_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
