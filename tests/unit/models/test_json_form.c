/* models/json_form.c: names and kinds of the JSON form (MF-C20, C21, MF-L1). */
#include "helper_models.h"

#include "models/json_form.h"

static void expect_type(const char *json, const char *stored)
{
    nf_buffer out;

    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_json_stored_type(&out, json);
    assert_string_equal(nf_buffer_string(&out), stored);
    nf_buffer_dispose(&out);
}

static void type_comes_back(const char *stored, nf_buffer *name)
{
    nf_buffer_clear(name);
    nf_json_type_name(name, stored);
    expect_type(nf_buffer_string(name), stored);
}

static void property_comes_back(const nf_meta_type *type, const char *stored)
{
    nf_buffer name, back;
    const nf_meta_property *meta;

    nf_buffer_init(&name, NF_BUFFER_MAX);
    nf_buffer_init(&back, NF_BUFFER_MAX);
    nf_json_property_name(&name, type, stored);
    meta = nf_json_stored_property(&back, type, nf_buffer_string(&name));
    assert_string_equal(nf_buffer_string(&back), stored);
    assert_ptr_equal(meta, nf_meta_find_property(type, stored));
    nf_buffer_dispose(&name);
    nf_buffer_dispose(&back);
}

/* MF-C21: every name of the table, and names that no table knows. */
static void every_name_comes_back(void **state)
{
    static const char *const types[] = {
        "Forms$Page",  "Pages$Page", "Acme$Thing",
        "$=x",         "$",          "Microflows$MicroflowParameterObject",
        "Forms$Thing", "Pages$"};
    static const char *const names[] = {"_Key", "Zone", "lower", "$x",
                                        "$=x",  "",     "Ümlaut"};
    nf_buffer name;

    (void)state;
    nf_buffer_init(&name, NF_BUFFER_MAX);
    for (size_t i = 0; i < nf_meta_type_count(); i++) {
        const nf_meta_type *type = nf_meta_type_at(i);

        type_comes_back(type->name, &name);
        for (size_t k = 0; k < type->count; k++)
            property_comes_back(type, type->properties[k].name);
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            property_comes_back(type, names[k]);
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        type_comes_back(types[i], &name);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        property_comes_back(NULL, names[k]);
    nf_buffer_dispose(&name);
}

/* Table 3.1 and 3.2, as a dump writes them. */
static void sdk_names_mean_stored_ones(void **state)
{
    const nf_meta_type *entity = nf_meta_find_type("DomainModels$EntityImpl");
    nf_buffer out;

    (void)state;
    expect_type("DomainModels$Entity", "DomainModels$EntityImpl");
    expect_type("Microflows$MicroflowParameterObject",
                "Microflows$MicroflowParameter");
    expect_type("Pages$PageSettings", "Forms$FormSettings");
    expect_type("Pages$Page", "Forms$Page");
    expect_type("Microflows$NoCase", "Microflows$NoCase");
    nf_buffer_init(&out, NF_BUFFER_MAX);
    assert_non_null(nf_json_stored_property(&out, entity, "generalization"));
    assert_string_equal(nf_buffer_string(&out), "MaybeGeneralization");
    nf_buffer_clear(&out);
    assert_null(nf_json_stored_property(&out, entity, "newThing"));
    assert_string_equal(nf_buffer_string(&out), "NewThing");
    nf_buffer_dispose(&out);
}

/* MF-C20, MF-E6. */
static void the_table_says_what_a_value_is(void **state)
{
    const nf_meta_type *flow = nf_meta_find_type("Microflows$SequenceFlow");
    const nf_meta_type *module = nf_meta_find_type("Projects$ModuleImpl");
    const nf_meta_property *origin, *cases, *sort;

    (void)state;
    origin = nf_meta_find_property(flow, "OriginPointer");
    cases = nf_meta_find_property(flow, "CaseValues");
    sort = nf_meta_find_property(module, "NewSortIndex");
    assert_int_equal(nf_json_string_kind(origin), NF_PROPERTY_GUID);
    assert_int_equal(nf_json_string_kind(NULL), NF_PROPERTY_STRING);
    assert_int_equal(nf_json_integer_kind(sort), NF_PROPERTY_DOUBLE);
    assert_int_equal(nf_json_integer_kind(NULL), NF_PROPERTY_INT64);
    assert_int_equal(nf_json_marker(cases, false), 2);
    assert_int_equal(nf_json_marker(NULL, true), 1);
    assert_int_equal(nf_json_marker(NULL, false), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_comes_back),
        cmocka_unit_test(sdk_names_mean_stored_ones),
        cmocka_unit_test(the_table_says_what_a_value_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
