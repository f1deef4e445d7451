/* Lines of activities that no app of ours holds: integration, options of
 * objects, error handling without a flow, documentation. */
#include "analysis/describe.h"
#include "helper_drawing.h"

static void assert_told(drawing *d, const nf_element *object_,
                        const char *expected)
{
    nf_lines lines;
    nf_buffer out;
    nf_lines_init(&lines, d->arena);
    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_describe_object(&lines, NULL, object_, 0);
    assert_true(nf_lines_write(&lines, 1, &out));
    assert_string_equal(nf_buffer_string(&out), expected);
    nf_buffer_dispose(&out);
    nf_lines_dispose(&lines);
}

static const nf_element *acting(drawing *d, const char *type, nf_property a,
                                nf_property b, nf_property c, nf_property e)
{
    return element(d, "Microflows$ActionActivity",
                   part_property("Action", element(d, type, a, b, c, e)), none,
                   none, none);
}

static void test_rest_call(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    nf_property *headers = nf_arena_array(d.arena, 1, sizeof *headers);
    headers[0] =
        part_property("", element(&d, "Microflows$HttpHeaderEntry",
                                  text_property("Key", "Accept"),
                                  text_property("Value", "'x'"), none, none));
    nf_element *http = element(
        &d, "Microflows$HttpConfiguration", text_property("HttpMethod", "Put"),
        part_property("CustomLocationTemplate",
                      element(&d, "Microflows$StringTemplate",
                              text_property("Text", "https://x/y"), none, none,
                              none)),
        list_property("HttpHeaderEntries", headers, 1), none);
    nf_element *request =
        element(&d, "Microflows$MappingRequestHandling",
                text_property("MappingId", "M.Export"),
                text_property("MappingVariableName", "Order"), none, none);
    nf_element *handling = element(
        &d, "Microflows$ResultHandling", bool_property("Bind", true),
        text_property("ResultVariableName", "Answer"),
        part_property("ImportMappingCall",
                      element(&d, "Microflows$ImportMappingCall",
                              text_property("ReturnValueMapping", "M.Import"),
                              none, none, none)),
        none);
    assert_told(&d,
                acting(&d, "Microflows$RestCallAction",
                       part_property("HttpConfiguration", http),
                       part_property("RequestHandling", request),
                       part_property("ResultHandling", handling),
                       text_property("TimeOutExpression", "10")),
                "call REST Put \"https://x/y\" -> $Answer\n"
                "  Accept = 'x'\n"
                "  export mapping = M.Export\n"
                "  exported = $Order\n"
                "  import mapping = M.Import\n"
                "  time-out = 10\n");
    draw_end(&d);
}

static void test_mappings(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    assert_told(
        &d,
        acting(&d, "Microflows$ExportXmlAction",
               part_property("ResultHandling",
                             element(&d, "Microflows$MappingRequestHandling",
                                     text_property("MappingId", "M.Export"),
                                     text_property("MappingVariableName", "O"),
                                     none, none)),
               part_property("OutputMethod",
                             element(&d, "ExportXmlAction$StringExport",
                                     text_property("OutputVariableName", "S"),
                                     none, none, none)),
               none, none),
        "export $O by M.Export -> $S\n");
    assert_told(&d,
                acting(&d, "Microflows$ImportXmlAction",
                       text_property("XmlDocumentVariableName", "Text"), none,
                       none, none),
                "import from $Text\n");
    draw_end(&d);
}

static void test_plain_actions(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    assert_told(
        &d, acting(&d, "Microflows$ShowHomePageAction", none, none, none, none),
        "show home page\n");
    assert_told(&d,
                acting(&d, "Microflows$CancelSynchronizationAction", none, none,
                       none, none),
                "cancel synchronization\n");
    assert_told(&d,
                acting(&d, "Microflows$CommitAction",
                       text_property("CommitVariableName", "O"),
                       bool_property("WithEvents", false),
                       bool_property("RefreshInClient", true), none),
                "commit $O, without events, refresh in client\n");
    /* MF-A1: an unknown action hides nothing */
    assert_told(&d,
                acting(&d, "Other$StrangeAction", text_property("Where", "x"),
                       none, none, none),
                "Other$StrangeAction\n  Where = x\n");
    draw_end(&d);
}

/* model-format MF-F9 */
static void test_error_handling(void **state)
{
    drawing d;
    (void)state;
    draw_begin(&d);
    assert_told(&d,
                acting(&d, "Microflows$DeleteAction",
                       text_property("DeleteVariableName", "O"),
                       text_property("ErrorHandlingType", "Continue"), none,
                       none),
                "delete $O\n  goes on after an error\n");
    assert_told(&d,
                element(&d, "Microflows$EndEvent",
                        text_property("ReturnValue", "1"),
                        text_property("Documentation", "Why"), none, none),
                "return 1\n  documentation: Why\n");
    draw_end(&d);
}

/* Annotations stand below the flow, with what they are about. */
static void test_notes(void **state)
{
    static const nf_document document = {
        .type = "Microflows$Nanoflow", .name = "Flow", .qualified = "M.Flow"};
    drawing d;
    nf_buffer out;
    nf_error err = {0};
    (void)state;
    draw_begin(&d);
    object(&d, 1, "Microflows$StartEvent", none);
    activity(&d, 2, "A");
    object(&d, 3, "Microflows$Annotation", text_property("Caption", "Because"));
    flow(&d, 1, 2, NULL, false);
    d.flows[d.flow_count++] = part_property(
        "", element(&d, "Microflows$AnnotationFlow",
                    guid_property("OriginPointer", 3),
                    guid_property("DestinationPointer", 2), none, none));
    nf_buffer_init(&out, NF_BUFFER_MAX);
    assert_int_equal(
        nf_describe_flow(&out, NULL, &document, document_element(&d), &err),
        NF_OK);
    assert_string_equal(nf_buffer_string(&out),
                        "nanoflow M.Flow ()\n"
                        "  set $A = 1\n"
                        "  end (no sequence flow leads on)\n"
                        "  note on 'Change $A': Because\n");
    nf_buffer_dispose(&out);
    draw_end(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rest_call),
        cmocka_unit_test(test_mappings),
        cmocka_unit_test(test_plain_actions),
        cmocka_unit_test(test_error_handling),
        cmocka_unit_test(test_notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
