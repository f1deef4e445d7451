/* library/json.c and json_read.c: the one JSON form of values (design §5). */
#include "library/json.h"

#include "base/memory.h"

#include <json-c/json.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_to_json),
        cmocka_unit_test(test_numbers_or_text_never_doubles),
        cmocka_unit_test(test_other_types),
        cmocka_unit_test(test_guids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
