/* library/json.c, json_read.c and json_parse.c: the one JSON form of values
 * (design §5). */
#include "library/json.h"

#include "base/json.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void prints(nf_value value, const char *expected)
{
    json_object *json = nf_json_value(&value);
    char *text = nf_json_print(json, false);
    assert_string_equal(text, expected);
    nf_free(text);
    json_object_put(json);
    nf_value_release(&value);
}

static nf_value decimal(const char *text)
{
    nf_decimal d;
    assert_true(nf_decimal_parse(&d, text, strlen(text), true));
    return nf_decimal_take(d);
}

static void test_values_to_json(void **state)
{
    (void)state;
    prints(nf_empty(), "null");
    prints(nf_boolean(true), "true");
    prints(nf_integer(42), "42");
    prints(nf_integer(INT64_C(9007199254740991)), "9007199254740991");
    prints(nf_integer(INT64_C(9007199254740992)), "\"9007199254740992\"");
    prints(nf_integer(INT64_MIN), "\"-9223372036854775808\"");
    prints(decimal("12345678901234567890.10"), "\"12345678901234567890.1\"");
    prints(nf_datetime(0), "\"1970-01-01T00:00:00.000Z\"");
    prints(nf_id_value(7), "\"7\"");
}

static nf_status read_text(nf_value *out, const char *json,
                           nf_attribute_type type, nf_error *err)
{
    const nf_attribute attribute = {.name = "A", .type = type};
    json_object *parsed = json_tokener_parse(json);
    nf_error_clear(err);
    nf_status status =
        nf_json_read_attribute(out, parsed, &attribute, NULL, err);
    json_object_put(parsed);
    return status;
}

static void reads(const char *json, nf_attribute_type type,
                  const char *expected)
{
    nf_value value;
    nf_error err;
    assert_int_equal(read_text(&value, json, type, &err), NF_OK);
    prints(value, expected);
}

static void refuses(const char *json, nf_attribute_type type)
{
    nf_value value;
    nf_error err;
    assert_int_equal(read_text(&value, json, type, &err), NF_INPUT);
    assert_int_equal(value.kind, NF_KIND_EMPTY);
    assert_true(err.message[0] != '\0');
}

static void test_numbers_or_text_never_doubles(void **state)
{
    (void)state;
    reads("12", NF_ATTRIBUTE_INTEGER, "12");
    reads("\"12\"", NF_ATTRIBUTE_INTEGER, "12");
    reads("9007199254740993", NF_ATTRIBUTE_LONG, "\"9007199254740993\"");
    reads("\"-9223372036854775808\"", NF_ATTRIBUTE_LONG,
          "\"-9223372036854775808\"");
    reads("0.1", NF_ATTRIBUTE_DECIMAL, "\"0.1\"");
    reads("123456789012345678.123456789", NF_ATTRIBUTE_DECIMAL,
          "\"123456789012345678.123456789\"");
    reads("7", NF_ATTRIBUTE_DECIMAL, "\"7\"");
    reads("null", NF_ATTRIBUTE_DECIMAL, "null");
    refuses("99999999999999999999999", NF_ATTRIBUTE_LONG);
    refuses("3000000000", NF_ATTRIBUTE_INTEGER);
    refuses("1.5", NF_ATTRIBUTE_INTEGER);
    refuses("\"\"", NF_ATTRIBUTE_INTEGER);
    refuses("\"ten\"", NF_ATTRIBUTE_DECIMAL);
    refuses("true", NF_ATTRIBUTE_INTEGER);
}

static void test_other_types(void **state)
{
    (void)state;
    reads("true", NF_ATTRIBUTE_BOOLEAN, "true");
    refuses("null", NF_ATTRIBUTE_BOOLEAN);
    refuses("1", NF_ATTRIBUTE_BOOLEAN);
    reads("\"\"", NF_ATTRIBUTE_STRING, "\"\"");
    reads("\"a\\u0000b\"", NF_ATTRIBUTE_STRING, "\"a\\u0000b\"");
    refuses("5", NF_ATTRIBUTE_STRING);
    refuses("[]", NF_ATTRIBUTE_STRING);
    reads("\"2026-03-18T10:20:30.456Z\"", NF_ATTRIBUTE_DATETIME,
          "\"2026-03-18T10:20:30.456Z\"");
    reads("\"2026-03-18T10:20:30+01:00\"", NF_ATTRIBUTE_DATETIME,
          "\"2026-03-18T09:20:30.000Z\"");
    refuses("\"yesterday\"", NF_ATTRIBUTE_DATETIME);
    reads("\"aGk=\"", NF_ATTRIBUTE_BINARY, "\"aGk=\"");
    refuses("\"aGk\"", NF_ATTRIBUTE_BINARY);
}

static void test_guids(void **state)
{
    int64_t id;
    char text[NF_GUID_DIGITS];
    (void)state;
    assert_true(nf_guid_read(&id, "9223372036854775807"));
    assert_true(id == INT64_MAX);
    nf_guid_digits(id, text);
    assert_string_equal(text, "9223372036854775807");
    assert_true(nf_guid_read(&id, "18446744073709551615"));
    assert_true(id == -1);
    nf_guid_digits(id, text);
    assert_string_equal(text, "18446744073709551615");
    assert_false(nf_guid_read(&id, "18446744073709551616"));
    assert_false(nf_guid_read(&id, ""));
    assert_false(nf_guid_read(&id, "-1"));
    assert_false(nf_guid_read(&id, "1a"));
}

/* ---- texts ------------------------------------------------------------------
 */

static nf_json_text_read parsed(const char *text, size_t length)
{
    nf_json_text_read read;
    assert_int_equal(
        nf_json_parse(&read, text, length, 16,
                      JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8, NULL),
        NF_OK);
    return read;
}

/* A text is read in pieces; wherever their borders are, it is the same. */
static void test_texts_in_pieces(void **state)
{
    static const char document[] =
        "{\"n\\u00e4me\":[1,-2.5e3,true,null],\"\xf0\x9f\x98\x80\":{},"
        "\"\":\"\xc3\xa4\xe2\x82\xac\\n\\ud83d\\ude00\"}";
    const size_t size = sizeof document - 1;
    (void)state;
    json_object *expected = parsed(document, size).json;
    assert_non_null(expected);
    for (size_t border = 0; border <= size; border++) {
        size_t before = 4096 - border;
        char text[4096 + sizeof document];
        memset(text, ' ', before);
        memcpy(text + before, document, size);
        nf_json_text_read read = parsed(text, before + size);
        assert_null(read.problem);
        assert_int_equal(read.end, before + size);
        assert_true(json_object_equal(read.json, expected));
        json_object_put(read.json);
    }
    json_object_put(expected);
}

static void test_texts_that_are_none(void **state)
{
    static const struct {
        const char *text;
        bool unfinished;
    } wrong[] = {{"", true},       {"{\"a\"", true},
                 {"[1,", true},    {"{\"a\":1}}", false},
                 {"{a:1}", false}, {"\"\xff\"", false}};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        nf_json_text_read read = parsed(wrong[i].text, strlen(wrong[i].text));
        assert_non_null(read.problem);
        assert_int_equal(read.unfinished, wrong[i].unfinished);
        json_object_put(read.json);
    }
    nf_json_text_read null = parsed(" null ", 7);
    assert_null(null.json);
    assert_null(null.problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_to_json),
        cmocka_unit_test(test_texts_in_pieces),
        cmocka_unit_test(test_texts_that_are_none),
        cmocka_unit_test(test_numbers_or_text_never_doubles),
        cmocka_unit_test(test_other_types),
        cmocka_unit_test(test_guids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
