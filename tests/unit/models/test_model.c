/* models/build_*.c, flow.c, model.c: what the model says about a small app
 * and about System (domain §1-§5, D92; synchronize S5-S10; design §10.2). */
#include "helper_models.h"

static void flattens_members(void **state)
{
    nf_model *model = helper_open_text(state, helper_app);
    const nf_entity *order = nf_model_find_entity(model, "Shop.Order");
    const nf_entity *rush = nf_model_find_entity(model, "Shop.Rush");
    static const char *const names[] = {"Number",           "Total",
                                        "Status",           "changedDate",
                                        "Shop.Order_Photo", "Shop.Order_Clerks",
                                        "System.owner",     "Hours"};

    assert_int_equal(order->member_count, 7);
    assert_int_equal(rush->member_count, 8);
    for (size_t i = 0; i < 8; i++) {
        assert_string_equal(rush->members[i].name, names[i]);
        assert_int_equal(rush->members[i].index, i);
    }
    assert_int_equal(rush->own_member_start, 7);
    assert_ptr_equal(rush->generalization, order);
    assert_ptr_equal(rush->root, order);
    assert_ptr_equal(order->specializations[0], rush);
    assert_true(nf_entity_is(rush, order));
    assert_false(nf_entity_is(order, rush));
    /* MF-E13, MF-P9: by the declaring entity and by any below it */
    assert_ptr_equal(nf_entity_find_member(rush, "Shop.Order.Number"),
                     &rush->members[0]);
    assert_ptr_equal(nf_entity_find_member(rush, "Shop.Rush.Number"),
                     &rush->members[0]);
    assert_null(nf_entity_find_member(order, "Shop.Rush.Hours"));
    assert_int_equal(rush->members[5].type.kind, NF_KIND_LIST);
    assert_true(rush->members[3].attribute->system);
    nf_model_close(model);
}

static void knows_both_ends(void **state)
{
    nf_model *model = helper_open_text(state, helper_app);
    const nf_entity *photo = nf_model_find_entity(model, "Shop.Photo");
    const nf_member *end = nf_entity_find_member(photo, "Shop.Order_Photo");
    const nf_association *line =
        nf_model_find_association(model, "Shop.Line_Order");

    assert_true(end->child_end);
    assert_string_equal(end->type.entity->qualified, "Shop.Order");
    assert_int_equal(end->type.kind, NF_KIND_OBJECT);
    assert_int_equal(line->child_delete, NF_DELETE_CASCADE);
    assert_int_equal(line->parent_delete, NF_DELETE_KEEP);
    assert_true(photo->is_file && photo->is_image);
    assert_int_equal(nf_model_find_entity(model, "Shop.Scratch")->kind,
                     NF_ENTITY_NON_PERSISTABLE);
    assert_non_null(nf_model_find_association(model, "System.owner"));
    nf_model_close(model);
}

/* D92: listed rights, else the default's. */
static void reads_rules(void **state)
{
    nf_model *model = helper_open_text(state, helper_app);
    const nf_entity *order = nf_model_find_entity(model, "Shop.Order");
    const nf_access_rule *rule = &order->access_rules[0];

    assert_int_equal(order->access_rule_count, 1);
    assert_true(rule->allow_create);
    assert_false(rule->allow_delete);
    assert_string_equal(rule->module_roles[0], "Shop.Clerk");
    assert_int_equal(rule->rights[0], NF_RIGHTS_READ_WRITE);
    assert_int_equal(rule->rights[1], NF_RIGHTS_READ);
    assert_int_equal(order->validation_rule_count, 1);
    assert_int_equal(order->validation_rules[0].kind, NF_RULE_REQUIRED);
    assert_string_equal(
        nf_model_text(model, order->validation_rules[0].message, "nl_NL"),
        "Give a number");
    assert_int_equal(order->index_count, 1);
    assert_string_equal(order->indexes[0].parts[0].member->name, "Number");
    nf_model_close(model);
}

static void reads_profiles(void **state)
{
    nf_model *model = helper_open_text(state, helper_app);
    const nf_profile *native = nf_model_find_profile(model, NULL);
    const nf_profile *web = nf_model_find_profile(model, "Web");
    const nf_entity *rush = nf_model_find_entity(model, "Shop.Rush");
    nf_offline_config config = nf_profile_config(native, rush);

    assert_string_equal(native->name, "NativePhone"); /* S8 */
    assert_true(native->native && native->offline && web->offline);
    assert_null(nf_model_find_profile(model, "None"));
    assert_int_equal(config.mode, NF_SYNC_CONSTRAINED); /* S10: inherited */
    assert_string_equal(config.constraint, "[Total > 0]");
    /* S5: Constrained without a constraint is All; so is a missing mode
     * before 11.4 */
    config =
        nf_profile_config(native, nf_model_find_entity(model, "Shop.Line"));
    assert_int_equal(config.mode, NF_SYNC_ALL);
    config =
        nf_profile_config(native, nf_model_find_entity(model, "Shop.Photo"));
    assert_int_equal(config.mode, NF_SYNC_ALL);
    assert_int_equal(nf_profile_config(NULL, rush).mode, NF_SYNC_ALL);
    assert_false(native->throw_partial_error); /* S7 */
    nf_model_close(model);
}

static void makes_signatures(void **state)
{
    nf_model *model = helper_open_text(state, helper_app);
    const nf_flow *flow, *again;
    nf_error err = {0};

    assert_int_equal(
        nf_model_flow(&flow, model, NF_FLOW_NANOFLOW, "Shop.Close", &err),
        NF_OK);
    assert_int_equal(flow->result.kind, NF_KIND_INTEGER);
    assert_string_equal(flow->parameters[0].name, "Order");
    assert_string_equal(flow->parameters[0].type.entity->qualified,
                        "Shop.Order");
    assert_false(flow->parameters[1].required);
    assert_string_equal(flow->parameters[1].default_value, "1 + 1");
    assert_string_equal(flow->allowed_roles[0], "Shop.Clerk");
    assert_int_equal(
        nf_model_flow(&again, model, NF_FLOW_NANOFLOW, "Shop.Close", &err),
        NF_OK);
    assert_ptr_equal(flow, again);
    /* MF-E18: one name, another kind */
    assert_int_equal(
        nf_model_flow(&again, model, NF_FLOW_MICROFLOW, "Shop.Close", &err),
        NF_OK);
    assert_int_equal(again->result.kind, NF_KIND_VOID);
    assert_int_equal(
        nf_model_flow(&flow, model, NF_FLOW_NANOFLOW, "Shop.Gone", &err),
        NF_USAGE);
    assert_string_equal(err.code, "excluded_document"); /* MF-P6 */
    memset(&err, 0, sizeof err);
    assert_int_equal(
        nf_model_flow(&flow, model, NF_FLOW_RULE, "Shop.Close", &err),
        NF_USAGE);
    assert_string_equal(err.code, "not_found");
    nf_model_close(model);
}

/* Domain D140, D141; design §10.2. */
static void has_the_system_module(void **state)
{
    nf_model *model = helper_open_text(state, helper_app);
    const nf_entity *user = nf_model_find_entity(model, "System.User");
    const nf_entity *error =
        nf_model_find_entity(model, "System.SynchronizationError");
    char guid[NF_GUID_TEXT_SIZE];

    assert_true(nf_model_module(model, 0)->system);
    nf_guid_text(&user->guid, guid);
    assert_string_equal(guid, "282e2e60-88a5-469d-84a5-ba8d9151644f");
    assert_non_null(nf_entity_find_member(user, "System.UserRoles"));
    assert_non_null(nf_entity_find_member(user, "System.owner"));
    assert_ptr_equal(
        nf_model_find_entity(model, "System.SynchronizationFailure"), error);
    assert_ptr_equal(
        nf_entity_find_member(error, "System.SynchronizationFailure.Reason"),
        nf_entity_find_member(error, "Reason"));
    assert_non_null(nf_model_find_enumeration(model, "System.UserType"));
    assert_int_equal(nf_model_warning_count(model), 0);
    nf_model_close(model);
}

/* Circles and broken references are warnings (MF-P7), never a crash. */
static void warns_of_broken_references(void **state)
{
    static const char text[] =
        "<app xmlns='urn:nanoflow:app:1' format='1' mendix='10.24.0'>"
        "<Module Name='M'><units><DomainModel><Entities>"
        "<Entity id='A' Name='A'><MaybeGeneralization type='Generalization' "
        "Generalization='M.B'/></Entity>"
        "<Entity id='B' Name='B'><MaybeGeneralization type='Generalization' "
        "Generalization='M.A'/></Entity>"
        "<Entity id='C' Name='C'><MaybeGeneralization type='Generalization' "
        "Generalization='Gone.X'/></Entity>"
        "</Entities><CrossAssociations><CrossAssociation Name='A_X' "
        "ParentPointer='A' Child='Gone.X'/></CrossAssociations>"
        "</DomainModel></units></Module></app>";
    nf_model *model = helper_open_text(state, text);

    assert_int_equal(nf_model_warning_count(model), 3);
    assert_null(nf_model_find_association(model, "M.A_X"));
    assert_non_null(nf_model_find_entity(model, "M.A")->root);
    nf_model_close(model);
}

static void parses_guids(void **state)
{
    static const uint8_t stored[16] = {0x3d, 0x06, 0x70, 0x4e, 0xe1, 0x53,
                                       0x7a, 0x47, 0xab, 0x92, 0x6b, 0x76,
                                       0x33, 0x30, 0xc2, 0x93};
    char text[NF_GUID_TEXT_SIZE];
    nf_guid guid;

    (void)state;
    assert_true(nf_guid_parse(&guid, "4E70063d-53e1-477a-ab92-6b763330c293"));
    assert_memory_equal(guid.bytes, stored, 16); /* MF-C5, MF-E2 */
    nf_guid_text(&guid, text);
    assert_string_equal(text, "4e70063d-53e1-477a-ab92-6b763330c293");
    assert_false(nf_guid_parse(&guid, "4e70063d-53e1-477a-ab92-6b763330c29"));
    assert_false(nf_guid_parse(&guid, "4e70063d53e1-477a-ab92-6b763330c2930"));
    assert_false(nf_guid_parse(&guid, ""));
    assert_true(nf_guid_is_zero(&guid));
}

/* The index has the documents; everything else is there once the model is
 * complete. */
static void completes_an_index(void **state)
{
    char path[HELPER_PATH];
    nf_error err = {0};
    nf_model *model;

    helper_mpr(state, path, "index.mpr", 2);
    assert_int_equal(nf_model_open_index(&model, path, &err), NF_OK);
    assert_non_null(
        nf_model_find_document(model, "Microflows$Nanoflow", "Shop.Close"));
    assert_int_equal(nf_model_entity_count(model), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(nf_model_complete(model, &err), NF_OK);
        assert_non_null(nf_model_find_entity(model, "Shop.Order"));
        assert_non_null(nf_model_find_entity(model, "System.User"));
    }
    nf_model_close(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(completes_an_index, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(flattens_members, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(knows_both_ends, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(reads_rules, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(reads_profiles, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(makes_signatures, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(has_the_system_module, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(warns_of_broken_references,
                                        helper_setup, helper_teardown),
        cmocka_unit_test(parses_guids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
