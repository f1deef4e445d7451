/* models/reader_xml*.c: the hand-written form and its errors (MF-X1 … X13),
 * and models/writer_xml.c: the complete form is lossless (MF-X14, X17). */
#include "helper_models.h"

#include <time.h>

#include <sys/stat.h>

#include "models/container.h"

static const nf_element *flow_element(const nf_model *model)
{
    const nf_flow *flow;
    nf_error err = {0};

    assert_int_equal(
        nf_model_flow(&flow, model, NF_FLOW_NANOFLOW, "Shop.Close", &err),
        NF_OK);
    return flow->element;
}

static long line_of(const char *text)
{
    const char *end = strstr(helper_app, text);
    long line = 1;

    for (const char *c = helper_app; c < end; c++)
        line += *c == '\n';
    return line;
}

static void expands_short_forms(void **state)
{
    nf_model *model = helper_open_text(state, helper_app);
    const nf_element *flow = flow_element(model);
    const nf_element *objects = nf_element_part(flow, "ObjectCollection");
    const nf_element *sync = nf_element_item(objects, "Objects", 3);
    const nf_element *action = nf_element_part(sync, "Action");
    const nf_element *edge = nf_element_item(flow, "Flows", 2);
    const nf_element *value = nf_element_item(edge, "CaseValues", 0);
    nf_guid origin, id;

    /* MF-X10: ids follow from the unit's path and the label */
    assert_true(nf_element_guid(edge, "OriginPointer", &origin));
    assert_ptr_equal(nf_element_find(flow, &origin),
                     nf_element_item(objects, "Objects", 4));
    assert_true(nf_element_is(value, "Microflows$EnumerationCase"));
    assert_string_equal(nf_element_string(value, "Value", ""), "true");
    assert_string_equal(nf_element_item_string(action, "VariableNames", 0),
                        "Order");
    /* MF-F10: the default depends on the kind of flow */
    assert_string_equal(nf_element_string(action, "ErrorHandlingType", ""),
                        "Abort");
    /* version ranges: 10.24 has CaseValues, not NewCaseValue */
    assert_null(nf_element_get(edge, "NewCaseValue"));
    assert_int_equal(
        nf_element_count(nf_element_item(flow, "Flows", 0), "CaseValues"), 0);
    assert_true(
        nf_element_is(nf_element_part(edge, "Line"), "Microflows$BezierCurve"));
    assert_true(nf_guid_parse(&id, nf_model_app_id(model)));
    assert_int_equal(flow->line, line_of("<Nanoflow Name=\"Close\""));
    nf_model_close(model);
}

static void write_and_compare(void **state, const nf_model *model)
{
    char path[HELPER_PATH];
    const nf_container *a = nf_model_container(model), *b;
    nf_error err = {0};
    nf_model *again;

    snprintf(path, sizeof path, "%s/complete.xml", (char *)*state);
    if (nf_model_write_xml(model, path, &err))
        fail_msg("%s", err.message);
    again = helper_open(path);
    b = nf_model_container(again);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < b->count; k++)
            if (nf_guid_equal(&a->units[i]->id, &b->units[k]->id))
                assert_true(
                    nf_element_equal(nf_unit_element(a, a->units[i], NULL),
                                     nf_unit_element(b, b->units[k], NULL)));
    assert_memory_equal(nf_model_fingerprint(model),
                        nf_model_fingerprint(again), 32);
    nf_model_close(again);
}

static void complete_form_is_lossless(void **state)
{
    nf_model *model = helper_open_text(state, helper_app);

    write_and_compare(state, model);
    nf_model_close(model);
}

static void keeps_what_the_table_does_not_know(void **state)
{
    static const char text[] =
        "<app xmlns='urn:nanoflow:app:1' format='1' mendix='11.0.0' "
        "complete='true'><Projects.ModuleImpl "
        "id='00000000-0000-0000-0000-000000000001' Name='M'><units>"
        "<Acme.NewThing id='00000000-0000-0000-0000-000000000002' Name='x' "
        "Level='5' Enabled='true' Odd='AAE=' Real='0.1' "
        "types='Level=int64 Enabled=bool Extra=null Odd=utf8b64 Real=double'>"
        "<Children list='2'><Acme.Child "
        "id='00000000-0000-0000-0000-000000000003'/><item "
        "bson='int32'>7</item></Children><Long>a\r\n b &#13;</Long>"
        "</Acme.NewThing></units></Projects.ModuleImpl></app>";
    nf_model *model = helper_open_text(state, text);
    const nf_document *found =
        nf_model_find_document(model, "Acme$NewThing", "M.x");
    const nf_element *e;

    assert_non_null(found);
    e = nf_document_element(found, NULL);
    assert_int_equal(nf_element_int(e, "Level", 0), 5);
    assert_true(nf_element_bool(e, "Enabled", false));
    assert_int_equal(nf_element_get(e, "Extra")->kind, NF_PROPERTY_NULL);
    assert_int_equal(nf_element_get(e, "Odd")->as.string.length, 2);
    assert_string_equal(nf_element_string(e, "Long", ""), "a\n b \r");
    assert_int_equal(nf_element_get(e, "Children")->as.list.marker, 2);
    write_and_compare(state, model);
    nf_model_close(model);
}

static void names_the_line_of_a_fault(void **state)
{
    static const struct {
        const char *body, *message;
        long line;
    } faults[] = {
        {"<Module Name='M'>\n<units>\n<Nanoflw Name='x'/></units></Module>",
         "Nanoflw", 4},
        {"<Module Name='M'><units>\n<Nanoflow Nam='x'/></units></Module>",
         "Nam", 3},
        {"<Module Name='M'><units><Nanoflow Name='x'><Flows>\n<flow from='a' "
         "to='b'/></Flows></Nanoflow></units></Module>",
         "\"a\"", 3},
        {"<ProjectSecurity\nSecurityLevel='Chek'/>", "CheckEverything", 3},
        {"<Module Name='M'><units><Nanoflw Name='x'/></units></Module>",
         "did you mean 'Nanoflow'?", 2},
        {"<Module Name='M'><units><Nanoflow name='x'/></units></Module>",
         "did you mean 'Name'?", 2},
        {"<Module Name='M'><units><DomainModel><Entities><Entity Name='E'>\n"
         "<Generalization type='NoGeneralization'/></Entity></Entities>"
         "</DomainModel></units></Module>",
         "did you mean 'MaybeGeneralization'?", 3},
        {"<Module Name='M'><units><Constant Name='a' Type='StringTyp'/></units>"
         "</Module>",
         "did you mean 'StringType'?", 2},
        {"<Nanoflow Name='x'/>", "may not stand here", 2},
        {"<Module Name='M'><units><Constant Name='a' ExposedToClient='yes'/>"
         "</units></Module>",
         "neither true nor false", 2},
        {"<Module Name='M'><units><Folder Name='f'><units><DomainModel/>"
         "</units></Folder></units></Module>",
         "may not stand here", 2},
        {"<Module Name='M'/><Module Name='M'/>", "twice", 0},
        {"<Module Name='System'/>", "System", 0},
        {"text", "text", 0},
    };

    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char text[1024], path[HELPER_PATH];
        nf_error err = {0};
        nf_model *model;

        snprintf(text, sizeof text,
                 "<app xmlns='urn:nanoflow:app:1' format='1' "
                 "mendix='10.24.0'>\n%s</app>",
                 faults[i].body);
        helper_write(state, path, "app.xml", text, strlen(text));
        assert_int_equal(nf_model_open(&model, path, &err), NF_INPUT);
        assert_null(model);
        if (!strstr(err.message, faults[i].message))
            fail_msg("%s: %s", faults[i].body, err.message);
        if (faults[i].line)
            assert_int_equal(err.line, faults[i].line);
    }
}

/* Of bytes for which expat alone has no characters, and of names that it does
 * not know. */
static void reads_encodings_of_single_bytes(void **state)
{
    static const struct {
        const char *encoding, *name, *expected;
    } cases[] = {
        {"ISO-8859-1", "caf\xe9", "caf\xc3\xa9"},
        {"iso-8859-15", "\xa4", "\xe2\x82\xac"},
        {"ISO-8859-5", "\xb0", "\xd0\x90"},
        {"windows-1252", "\x80", "\xe2\x82\xac"},
        {"Windows-1251", "\xc0", "\xd0\x90"},
        {"UTF-8", "\xe2\x82\xac\xf0\x9f\x98\x80",
         "\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"utf8", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
         "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"ASCII", "e", "e"},
        {"US-ASCII", "e", "e"},
        {"UTF8", "\xed\xa0\x80", NULL}, /* half of a character */
        {"UTF8", "\xc3(", NULL},
        {"ASCII", "\xe9", NULL},
        {"windows-1252", "\x81\x01", NULL}, /* a control character */
        {"UTF-16", "e", NULL},
        {"UTF-7", "e", NULL},
        {"ISO-8859-99", "e", NULL},
        {"windows-12567", "e", NULL},
        {"EBCDIC-CP-US", "e", NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512], path[HELPER_PATH];
        nf_error err = {0};
        nf_model *model;
        const nf_document *constant;
        nf_status status;

        snprintf(text, sizeof text,
                 "<?xml version='1.0' encoding='%s'?><app "
                 "xmlns='urn:nanoflow:app:1' format='1' mendix='10.24.0'>"
                 "<Module Name='M'><units><Constant Name='C' "
                 "Type='StringType' DefaultValue='%s'/></units></Module></app>",
                 cases[i].encoding, cases[i].name);
        helper_write(state, path, "app.xml", text, strlen(text));
        status = nf_model_open(&model, path, &err);
        if (!cases[i].expected) {
            assert_int_equal(status, NF_INPUT);
            assert_string_equal(err.code, "bad_model");
            continue;
        }
        if (status)
            fail_msg("%s: %s", cases[i].encoding, err.message);
        constant = nf_model_find_document(model, "Constants$Constant", "M.C");
        assert_non_null(constant);
        assert_string_equal(
            nf_element_string(nf_document_element(constant, NULL),
                              "DefaultValue", ""),
            cases[i].expected);
        nf_model_close(model);
    }
}

/* Pieces of a text are one text, also around comments and CDATA sections. */
static void joins_the_pieces_of_a_text(void **state)
{
    static const char text[] =
        "<app xmlns='urn:nanoflow:app:1' format='1' mendix='10.24.0'>"
        "<Module Name='M'><units><Constant Type='StringType'>"
        "<Name>C</Name><DefaultValue>a&amp;<!-- b -->c<![CDATA[<d>]]>"
        "<![CDATA[]]>\r\ne<?f g?>&#x20AC;</DefaultValue></Constant></units>"
        "</Module></app>";
    char path[HELPER_PATH];
    nf_error err = {0};
    nf_model *model;
    const nf_document *constant;

    helper_write(state, path, "app.xml", text, strlen(text));
    if (nf_model_open(&model, path, &err))
        fail_msg("%s", err.message);
    constant = nf_model_find_document(model, "Constants$Constant", "M.C");
    assert_non_null(constant);
    assert_string_equal(nf_element_string(nf_document_element(constant, NULL),
                                          "DefaultValue", ""),
                        "a&c<d>\ne\xe2\x82\xac");
    nf_model_close(model);
}

/* expat begins such a tag anew with each piece that it gets. */
static void reads_a_long_tag_in_linear_time(void **state)
{
    enum { LENGTH = 12 << 20 };
    static const char before[] =
        "<app xmlns='urn:nanoflow:app:1' format='1' mendix='10.24.0'>"
        "<Module Name='M'><units><Constant Name='C' Type='StringType' "
        "DefaultValue='";
    static const char after[] = "'/></units></Module></app>";
    char *text = malloc(LENGTH + sizeof before + sizeof after);
    char path[HELPER_PATH];
    nf_error err = {0};
    nf_model *model;
    const nf_document *constant;
    clock_t start;

    assert_non_null(text);
    memcpy(text, before, sizeof before);
    memset(text + sizeof before - 1, 'x', LENGTH);
    memcpy(text + sizeof before - 1 + LENGTH, after, sizeof after);
    helper_write(state, path, "app.xml", text, strlen(text));
    free(text);
    start = clock();
    if (nf_model_open(&model, path, &err))
        fail_msg("%s", err.message);
    /* Pieces of one size would take a minute. */
    assert_true((clock() - start) / CLOCKS_PER_SEC < 10);
    constant = nf_model_find_document(model, "Constants$Constant", "M.C");
    assert_non_null(constant);
    assert_int_equal(
        strlen(nf_element_string(nf_document_element(constant, NULL),
                                 "DefaultValue", "")),
        LENGTH);
    nf_model_close(model);
}

static void refuses_entities_and_escapes(void **state)
{
    static const char *const texts[] = {
        "<!DOCTYPE app [<!ENTITY a 'b'>]><app "
        "xmlns='urn:nanoflow:app:1' format='1' mendix='10.0.0'>&a;</app>",
        "<app xmlns='urn:nanoflow:app:1' format='1' mendix='10.0.0'>"
        "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' "
        "href='../x.xml'/></app>",
        "<app xmlns='urn:nanoflow:app:1' format='1' mendix='10.0.0'>"
        "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' "
        "href='/etc/passwd'/></app>",
        "<app xmlns='urn:nanoflow:app:1' format='1' mendix='10.0.0'>"
        "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' "
        "href='http://localhost/x.xml'/></app>",
        "<app xmlns='urn:nanoflow:app:1' format='1'/>",
        "<app format='1' mendix='10.0.0'/>",
        "<app xmlns='urn:nanoflow:app:1' format='1' mendix='10.0.0'>",
        "<other/>",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char path[HELPER_PATH];
        nf_error err = {0};
        nf_model *model;

        helper_write(state, path, "app.xml", texts[i], strlen(texts[i]));
        assert_int_equal(nf_model_open(&model, path, &err), NF_INPUT);
        assert_true(*err.message);
    }
}

/* MF-X13 and MF-C13: one app over several files. */
static void reads_includes_and_folders(void **state)
{
    static const char main_file[] =
        "<app xmlns='urn:nanoflow:app:1' format='1' mendix='10.0.0'>"
        "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' "
        "href='m/module.xml'/></app>";
    static const char module[] = "<Module xmlns='urn:nanoflow:app:1' "
                                 "Name='M'><units><Nanoflow Name='N'/>"
                                 "</units></Module>";
    static const char second[] =
        "<app xmlns='urn:nanoflow:app:1' format='1' mendix='10.0.0'>"
        "<Module Name='Two'/></app>";
    static const char differing[] =
        "<app xmlns='urn:nanoflow:app:1' format='1' mendix='10.1.0'/>";
    char path[HELPER_PATH], folder[HELPER_PATH];
    nf_error err = {0};
    nf_model *model;

    snprintf(folder, sizeof folder, "%s/m", (char *)*state);
    mkdir(folder, 0700);
    helper_write(state, path, "m/module.xml", module, strlen(module));
    helper_write(state, path, "app.xml", main_file, strlen(main_file));
    model = helper_open(path);
    assert_non_null(
        nf_model_find_document(model, "Microflows$Nanoflow", "M.N"));
    nf_model_close(model);

    helper_write(state, path, "b.xml", second, strlen(second));
    helper_write(state, path, "fragment.xml", module, strlen(module));
    model = helper_open(*state);
    assert_int_equal(nf_model_module_count(model), 3);
    nf_model_close(model);

    helper_write(state, path, "c.xml", differing, strlen(differing));
    assert_int_equal(nf_model_open(&model, *state, &err), NF_INPUT);
    assert_non_null(strstr(err.message, "agree"));
}

static void survives_cut_files(void **state)
{
    size_t length = strlen(helper_app);

    for (size_t cut = 0; cut + 10 < length; cut += 97) {
        char path[HELPER_PATH];
        nf_error err = {0};
        nf_model *model;

        helper_write(state, path, "app.xml", helper_app, cut);
        assert_int_equal(nf_model_open(&model, path, &err), NF_INPUT);
        assert_true(*err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(expands_short_forms, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(complete_form_is_lossless, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(keeps_what_the_table_does_not_know,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(names_the_line_of_a_fault, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(reads_encodings_of_single_bytes,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(joins_the_pieces_of_a_text,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(reads_a_long_tag_in_linear_time,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(refuses_entities_and_escapes,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(reads_includes_and_folders,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(survives_cut_files, helper_setup,
                                        helper_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
