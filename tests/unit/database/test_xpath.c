/* Constraints on rows of the fixture: what they find and the codes of what is
 * wrong with them (xpath §3 … §12). */
#include "helper_shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void fill(shop *s)
{
    static const struct {
        const char *name;
        int64_t rating;
        const char *credit, *kind;
    } customers[] = {{"Acme", 4, "5000", "Large"},
                     {"acme holding", 3, "100.50", "Small"},
                     {"Éclair", 0, NULL, NULL}};
    nf_object *objects[3], *tag = shop_create(s, "Shop.Tag"), *party;
    size_t i;

    shop_set_text(tag, "Label", "urgent");
    shop_commit(s, tag);
    for (i = 0; i < 3; i++) {
        nf_value value;
        nf_decimal decimal;

        objects[i] = shop_create(s, "Shop.Customer");
        shop_set_text(objects[i], "Name", customers[i].name);
        if (customers[i].rating)
            shop_set(objects[i], "Rating", nf_integer(customers[i].rating));
        if (customers[i].credit) {
            assert_true(nf_decimal_parse(&decimal, customers[i].credit,
                                         strlen(customers[i].credit), false));
            shop_set(objects[i], "Credit", nf_decimal_take(decimal));
            assert_true(nf_value_text(&value, customers[i].kind,
                                      strlen(customers[i].kind)));
            value.kind = NF_KIND_ENUMERATION;
            shop_set(objects[i], "Kind", value);
        }
        shop_commit(s, objects[i]);
    }
    party = shop_create(s, "Shop.Party");
    shop_set_text(party, "Name", "Plain");
    shop_commit(s, party);
    for (i = 1; i <= 4; i++) {
        nf_object *order = shop_create(s, "Shop.Order");

        shop_set(order, "Number", nf_integer((int64_t)i));
        shop_set(order, "Placed",
                 nf_datetime(s->now - (int64_t)i * 12 * 3600000));
        if (i < 4)
            shop_set(order, "Shop.Order_Customer",
                     nf_object_take(nf_object_retain(objects[i == 3])));
        if (i == 2) {
            shop_set(order, "Shop.Order_Tag",
                     nf_object_take(nf_object_retain(tag)));
            shop_set(order, "Shop.Order_MainTag",
                     nf_object_take(nf_object_retain(tag)));
        }
        shop_commit(s, order);
        nf_object_release(order);
    }
    for (i = 0; i < 3; i++)
        nf_object_release(objects[i]);
    nf_object_release(party);
    nf_object_release(tag);
}

static nf_status compile(nf_xpath **out, shop *s, const char *entity,
                         const char *text, nf_xpath_profile profile,
                         nf_error *err)
{
    return nf_xpath_compile(out, s->model, shop_entity(s, entity), text,
                            profile, NULL, NULL, err);
}

static nf_status count_row(void *user, nf_record *record, nf_error *err)
{
    (void)record;
    (void)err;
    ++*(int *)user;
    return NF_OK;
}

static int matches(shop *s, const char *entity, const char *text)
{
    nf_selection selection = {.retrieval = {.entity = shop_entity(s, entity),
                                            .environment = &s->environment,
                                            .limit = -1}};
    nf_xpath *xpath;
    nf_error err = {0};
    int count = 0;

    if (compile(&xpath, s, entity, text, NF_XPATH_SERVER, &err))
        fail_msg("%s: %s", text, err.message);
    selection.retrieval.constraint = xpath;
    if (nf_record_query(s->database, &selection, count_row, &count, &err))
        fail_msg("%s: %s", text, err.message);
    nf_xpath_free(xpath);
    return count;
}

static void finds(void **state)
{
    static const struct {
        const char *entity, *text;
        int count;
    } rows[] = {
        {"Shop.Party", "", 4},                         /* Q34 */
        {"Shop.Customer", " ", 3},                     /* Q3 */
        {"Shop.Party", "[Name = 'Acme']", 1},          /* Q72 */
        {"Shop.Party", "[contains(Name, 'ACME')]", 2}, /* Q91 */
        {"Shop.Party", "[starts-with(Name, 'éC')]", 1},
        {"Shop.Party", "[contains(Name, '%')]", 0}, /* Q92 */
        {"Shop.Party", "[Rating != 4]", 3},         /* Q54 */
        {"Shop.Party", "[not(Rating > 3)]", 3},     /* Q50 */
        {"Shop.Party", "[Rating > 3.5]", 1},        /* Q71 */
        {"Shop.Party", "[Rating = empty]", 2},      /* Q51 */
        {"Shop.Customer", "[Credit = 100.5]", 1},
        {"Shop.Customer", "[Credit * 2 > 9999]", 1}, /* Q79 */
        {"Shop.Customer", "[Credit < 1000000000000000000000000]", 2},
        {"Shop.Customer", "[Credit > Rating]", 2},
        {"Shop.Customer", "[Kind = 'Large' or Kind = 'Small'][Active]", 2},
        {"Shop.Customer", "[Shop.Order_Customer/Shop.Order]", 2},
        {"Shop.Customer", "[not(Shop.Order_Customer/Shop.Order)]", 1},
        {"Shop.Order", "[Shop.Order_Customer/Shop.Customer/Name = 'Acme']", 2},
        {"Shop.Order",
         "[Shop.Order_Customer/Shop.Customer[Rating > 3][Active]]", 2},
        {"Shop.Order", "[not(Shop.Order_Customer/Shop.Customer)]", 1},
        {"Shop.Order", "[Shop.Order_Tag/Shop.Tag/Label = 'urgent']", 1},
        {"Shop.Tag", "[Shop.Order_Tag/Shop.Order/Number = 2]", 1},
        {"Shop.Tag", "[Shop.Order_MainTag/Shop.Order/Number = 2]", 1},
        {"Shop.Order", "[Number > Shop.Order_Customer/Shop.Customer/Rating]",
         0},
        {"Shop.Order", "[Placed > '[%BeginOfCurrentDay%]']", 0},
        {"Shop.Order", "[Placed > '[%CurrentDateTime%] - 2 * [%DayLength%]']",
         3},
        {"Shop.Order", "[day-from-dateTime(Placed, 'UTC') = 17]", 2},
        {"Shop.Order", "[true() and Number = 1 or false()]", 1}, /* Q174 */
        {"Shop.Order", "[id = 'ID_7']", 0},                      /* Q37 */
    };
    shop *s = *state;
    size_t i;

    fill(s);
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        if (matches(s, rows[i].entity, rows[i].text) != rows[i].count)
            fail_msg("%s finds %d", rows[i].text,
                     matches(s, rows[i].entity, rows[i].text));
}

static void refuses(void **state)
{
    static const struct {
        const char *entity, *text, *code;
        nf_xpath_profile profile;
    } rows[] = {
        {"Shop.Order", "[]", "SYNTAX", NF_XPATH_SERVER},
        {"Shop.Order", "[Number = ]", "SYNTAX", NF_XPATH_SERVER},
        {"Shop.Order", "//Shop.Order[Number = 1]", "SYNTAX", NF_XPATH_SERVER},
        {"Shop.Order", "[1 < Number < 5]", "SYNTAX", NF_XPATH_SERVER},
        {"Shop.Order", "[Nope = 1]", "UNKNOWN_MEMBER", NF_XPATH_SERVER},
        {"Shop.Party", "[Credit > 1]", "UNKNOWN_MEMBER", NF_XPATH_SERVER},
        {"Shop.Order", "[Shop.Customer/Name = 'x']", "PATH_MISMATCH",
         NF_XPATH_SERVER},
        {"Shop.Order", "[Number]", "TYPE", NF_XPATH_SERVER},
        {"Shop.Customer", "[Kind = 'Huge']", "TYPE", NF_XPATH_SERVER},
        {"Shop.Order", "[id = 'ID_ 7']", "TYPE", NF_XPATH_SERVER}, /* Q37 */
        {"Shop.Order", "[id = 'ID_9223372036854775808']", "TYPE",
         NF_XPATH_SERVER},
        {"Shop.Order", "[length() = 1]", "SYNTAX", NF_XPATH_SERVER},
        {"Shop.Order", "[true(1)]", "SYNTAX", NF_XPATH_SERVER},
        {"Shop.Order", "[Shop.Order_Customer = empty]", "EMPTY_ON_ASSOCIATION",
         NF_XPATH_SERVER},
        {"Shop.Order", "[Number = $x]", "UNKNOWN_VARIABLE", NF_XPATH_SERVER},
        {"Shop.Order", "[startsWith(Number, 'a')]", "UNKNOWN_FUNCTION",
         NF_XPATH_SERVER},
        {"Shop.Order", "[Placed > '[%Soon%]']", "UNKNOWN_TOKEN",
         NF_XPATH_SERVER},
        {"Shop.Order", "[year-from-dateTime(Placed) = 1]",
         "OFFLINE_DATE_FUNCTION", NF_XPATH_STRICT},
        {"Shop.Order", "[Shop.Order_Customer/Shop.Customer]",
         "OFFLINE_ASSOCIATION_PATH", NF_XPATH_STRICT},
        {"Shop.Order", "[Number + 1 = 2]", "ARITHMETIC", NF_XPATH_STRICT},
        {"Shop.Note", "[Text = 'x']", "NOT_PERSISTABLE", NF_XPATH_SERVER},
    };
    shop *s = *state;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        nf_xpath *xpath;
        nf_error err = {0};

        assert_int_equal(compile(&xpath, s, rows[i].entity, rows[i].text,
                                 rows[i].profile, &err),
                         NF_FAILED);
        assert_null(xpath);
        if (strcmp(err.detail, rows[i].code) != 0)
            fail_msg("%s: %s instead of %s", rows[i].text, err.detail,
                     rows[i].code);
    }
}

/* Q21: depth and length are limited. */
static void limits(void **state)
{
    shop *s = *state;
    char deep[8000];
    nf_xpath *xpath;
    nf_error err = {0};
    size_t i;

    memset(deep, '(', sizeof deep);
    deep[0] = '[';
    deep[sizeof deep - 1] = '\0';
    assert_int_equal(
        compile(&xpath, s, "Shop.Order", deep, NF_XPATH_SERVER, &err),
        NF_FAILED);
    assert_string_equal(err.detail, "SYNTAX");
    for (i = 1; i < sizeof deep - 1; i++)
        deep[i] = '-';
    nf_error_clear(&err);
    assert_int_equal(
        compile(&xpath, s, "Shop.Order", deep, NF_XPATH_SERVER, &err),
        NF_FAILED);
}

#define XPATH_TEST(name)                                                       \
    cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        XPATH_TEST(finds),
        XPATH_TEST(refuses),
        XPATH_TEST(limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
