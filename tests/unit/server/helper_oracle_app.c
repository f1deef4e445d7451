/* See helper_oracle_app.h. Of each entity E the app has microflows that apply
 * entity access: M.Read_E gives "(K,S)" of what it retrieves; M.Set_E_S and
 * M.Set_E_N change a member of the object with a K, which M.Get_E finds for
 * them without entity access; M.Drop_E deletes it and then fails. */
#include "helper_oracle_app.h"

const char *oracle_constraint(oracle_entity entity, int constraint)
{
    static const char *const all[] = {
        "",
        "[N = 1]",
        "[N &gt; 1]",
        "[starts-with(S, 'a')]",
        "[N != 2][starts-with(S, 'b')]",
        "[N = 0 or starts-with(S, 'c')]",
        "[System.owner = '[%CurrentUser%]']",
        "[N = 1 or System.owner = '[%CurrentUser%]']"};
    static const char *const base[] = {"[M.Base_Other/M.Other/N = 1]",
                                       "[M.Base_Set/M.Other/N = 2]"};
    static const char *const file[] = {"[starts-with(Name, 'a')]",
                                       "[not(starts-with(Name, 'a'))]"};
    static const char *const other[] = {
        "[M.Base_Other/M.Base/N = 1]",
        "[M.Base_Other/M.Base/System.owner = '[%CurrentUser%]']",
        "[M.Base_Set/M.Base[N = 2]/K &gt; 0]", "[not(M.Base_Other/M.Base)]"};

    if (entity == ORACLE_OTHER && constraint >= 6)
        return other[constraint - 6];
    if (constraint < 8)
        return all[constraint];
    if (entity == ORACLE_FILE)
        return file[constraint - 8];
    return base[constraint - 8];
}

/* ---- the app -------------------------------------------------------------
 */

static void write_rights(FILE *to, const oracle_rule *rule, oracle_member m)
{
    static const char *const rights[] = {"None", "ReadOnly", "ReadWrite"};
    static const char *const bases[] = {"M.Base", "M.Base", "M.Other",
                                        "M.File"};
    const char *name = oracle_member_name(m);

    if (m == ORACLE_REF || m == ORACLE_SET)
        fprintf(to, "<MemberAccess Association=\"%s\"", name);
    else
        fprintf(to, "<MemberAccess Attribute=\"%s.%s\"",
                m == ORACLE_X      ? "M.Special"
                : m == ORACLE_NAME ? "System.FileDocument"
                                   : bases[rule->entity],
                name);
    fprintf(to, " AccessRights=\"%s\"/>\n", rights[rule->rights[m]]);
}

static void write_rules(FILE *to, const oracle *o, oracle_entity entity)
{
    for (int i = 0; i < ORACLE_RULES; i++) {
        const oracle_rule *rule = &o->rules[i];
        if (rule->entity != entity)
            continue;
        fprintf(to,
                "<AccessRule AllowCreate=\"%s\" AllowDelete=\"%s\" "
                "XPathConstraint=\"%s\" DefaultMemberAccessRights=\"None\" "
                "AllowedModuleRoles=\"",
                rule->create ? "true" : "false",
                rule->remove ? "true" : "false",
                oracle_constraint(entity, rule->constraint));
        for (int r = 0; r < 4; r++)
            if (rule->roles >> r & 1)
                fprintf(to, "M.R%d ", r);
        fprintf(to, "\"><MemberAccesses>\n");
        for (int m = 0; m < ORACLE_MEMBERS; m++)
            if (oracle_has(entity, (oracle_member)m))
                write_rights(to, rule, (oracle_member)m);
        fprintf(to, "</MemberAccesses></AccessRule>\n");
    }
}

static void write_entity(FILE *to, const oracle *o, oracle_entity entity)
{
    static const char *const generalizations[] = {
        "type=\"NoGeneralization\" HasOwnerAttr=\"true\"",
        "type=\"Generalization\" Generalization=\"M.Base\"",
        "type=\"NoGeneralization\"",
        "type=\"Generalization\" Generalization=\"System.FileDocument\""};
    const char *name = oracle_entity_name(entity) + 2;

    fprintf(to,
            "<Entity id=\"%s\" Name=\"%s\"><MaybeGeneralization %s/>"
            "<Attributes>\n",
            name, name, generalizations[entity]);
    if (entity == ORACLE_SPECIAL)
        fprintf(to, "<Attribute Name=\"X\"><NewType "
                    "type=\"StringAttributeType\" Length=\"0\"/></Attribute>");
    else
        fprintf(to, "<Attribute Name=\"K\" NewType=\"IntegerAttributeType\"/>"
                    "<Attribute Name=\"S\"><NewType "
                    "type=\"StringAttributeType\" Length=\"0\"/></Attribute>"
                    "<Attribute Name=\"N\" NewType=\"IntegerAttributeType\"/>");
    fprintf(to, "</Attributes><AccessRules>\n");
    write_rules(to, o, entity);
    fprintf(to, "</AccessRules></Entity>\n");
}

/* A microflow of a few actions in a row. */
static void write_flow(FILE *to, const char *head, const char *const *actions,
                       const char *result)
{
    size_t count = 0;

    fprintf(to,
            "<Microflow %s<ObjectCollection><Objects>\n"
            "<StartEvent id=\"start\"/>",
            head);
    for (; actions[count]; count++)
        fprintf(to, "<ActionActivity id=\"a%zu\"><Action %s</ActionActivity>\n",
                count, actions[count]);
    fprintf(to,
            "<EndEvent id=\"end\" ReturnValue=\"%s\"/>"
            "</Objects></ObjectCollection><Flows>",
            result);
    fprintf(to, "<flow from=\"start\" to=\"a0\"/>");
    for (size_t i = 0; i + 1 < count; i++)
        fprintf(to, "<flow from=\"a%zu\" to=\"a%zu\"/>", i, i + 1);
    fprintf(to, "<flow from=\"a%zu\" to=\"end\"/></Flows></Microflow>\n",
            count - 1);
}

static const char parameter[] =
    "><ObjectCollection><Objects><MicroflowParameter id=\"k\" Name=\"K\" "
    "VariableType=\"IntegerType\"/>";

/* With a parameter: its head ends inside the objects. */
static void write_flow_of(FILE *to, const char *head,
                          const char *const *actions, const char *result)
{
    char *text = NULL, *at;
    size_t size = 0;
    FILE *all = open_memstream(&text, &size);

    write_flow(all, head, actions, result);
    fclose(all);
    at = strstr(text, "<ObjectCollection><Objects>");
    fprintf(to, "%.*s%s%s", (int)(at - text), text, parameter + 1,
            at + strlen("<ObjectCollection><Objects>"));
    free(text);
}

static void write_flows(FILE *to, oracle_entity entity)
{
    static const char roles[] = "AllowedModuleRoles=\"M.R0 M.R1 M.R2 M.R3\"";
    const char *full = oracle_entity_name(entity), *name = full + 2;
    char head[400], get[400], call[400], change[2][300];
    const char *actions[4] = {NULL};

    snprintf(get, sizeof get,
             "type=\"RetrieveAction\" ResultVariableName=\"L\">"
             "<RetrieveSource type=\"DatabaseRetrieveSource\" "
             "Entity=\"%s\"/></Action>",
             full);
    snprintf(head, sizeof head,
             "Name=\"Read_%s\" ApplyEntityAccess=\"true\" "
             "MicroflowReturnType=\"StringType\" %s>",
             name, roles);
    actions[0] = get;
    actions[1] =
        "type=\"AggregateAction\" AggregateFunction=\"Reduce\" "
        "AggregateVariableName=\"L\" VariableName=\"T\" UseExpression=\"true\" "
        "ReduceInitialValueExpression=\"''\" Expression=\"$currentResult + '(' "
        "+ (if $currentObject/K = empty then '-' else "
        "toString($currentObject/K)) + ',' + (if $currentObject/S = empty then "
        "'-' else $currentObject/S) + ')'\"><ReduceReturnDataType "
        "type=\"StringType\"/></Action>";
    write_flow(to, head, actions, "$T");

    snprintf(head, sizeof head,
             "Name=\"Get_%s\" ApplyEntityAccess=\"false\">"
             "<MicroflowReturnType type=\"ObjectType\" Entity=\"%s\"/>",
             name, full);
    snprintf(get, sizeof get,
             "type=\"RetrieveAction\" ResultVariableName=\"O\">"
             "<RetrieveSource type=\"DatabaseRetrieveSource\" Entity=\"%s\" "
             "XpathConstraint=\"[K = $K]\"><Range type=\"ConstantRange\" "
             "SingleObject=\"true\"/></RetrieveSource></Action>",
             full);
    actions[1] = NULL;
    write_flow_of(to, head, actions, "$O");

    snprintf(call, sizeof call,
             "type=\"MicroflowCallAction\" UseReturnVariable=\"true\" "
             "ResultVariableName=\"O\"><MicroflowCall Microflow=\"M.Get_%s\">"
             "<ParameterMappings><MicroflowCallParameterMapping "
             "Parameter=\"M.Get_%s.K\" Argument=\"$K\"/></ParameterMappings>"
             "</MicroflowCall></Action>",
             name, name);
    actions[0] = call;
    for (int i = 0; i < 2; i++) {
        snprintf(head, sizeof head,
                 "Name=\"Set_%s_%s\" ApplyEntityAccess=\"true\" "
                 "MicroflowReturnType=\"StringType\" %s>",
                 name, i ? "N" : "S", roles);
        snprintf(change[i], sizeof change[i],
                 "type=\"ChangeAction\" ChangeVariableName=\"O\" "
                 "Commit=\"No\"><Items><ChangeActionItem Attribute=\"%s.%s\" "
                 "Value=\"%s\"/></Items></Action>",
                 entity == ORACLE_SPECIAL ? "M.Base" : full, i ? "N" : "S",
                 i ? "9" : "'w'");
        actions[1] = change[i];
        write_flow_of(to, head, actions, "'set'");
    }
    snprintf(head, sizeof head,
             "Name=\"Drop_%s\" ApplyEntityAccess=\"true\" "
             "MicroflowReturnType=\"StringType\" %s>",
             name, roles);
    actions[1] = "type=\"DeleteAction\" DeleteVariableName=\"O\"/>";
    actions[2] = "type=\"CreateVariableAction\" VariableName=\"V\" "
                 "VariableType=\"IntegerType\" InitialValue=\"1 mod ($K - "
                 "$K)\"/>";
    write_flow_of(to, head, actions, "'dropped'");
}

static void write_app(FILE *to, const oracle *o)
{
    static const char *const of_user[] = {"A", "B", "A B", "C", "B C"};

    fprintf(to,
            "<app xmlns=\"urn:nanoflow:app:1\" format=\"1\" mendix=\"10.24.0\">"
            "<ProjectSecurity SecurityLevel=\"CheckEverything\" "
            "EnableDemoUsers=\"true\" EnableGuestAccess=\"true\" "
            "GuestUserRole=\"D\"><UserRoles>"
            "<UserRole Name=\"A\" ModuleRoles=\"M.R0\"/>"
            "<UserRole Name=\"B\" ModuleRoles=\"M.R1\"/>"
            "<UserRole Name=\"C\" ModuleRoles=\"M.R0 M.R2\"/>"
            "<UserRole Name=\"D\" ModuleRoles=\"M.R3\"/>"
            "</UserRoles><DemoUsers>");
    for (int i = 0; i < ORACLE_GUEST; i++)
        fprintf(to,
                "<DemoUserImpl UserName=\"%s\" Password=\"x\" "
                "Entity=\"System.User\" UserRoles=\"%s\"/>",
                oracle_user(i), of_user[i]);
    fprintf(to, "</DemoUsers></ProjectSecurity><NavigationDocument><Profiles>"
                "<NativeNavigationProfile Name=\"Phone\" "
                "ThrowPartialSyncError=\"false\"><OfflineEntityConfigs>");
    for (int e = 0; e < ORACLE_ENTITIES; e++)
        fprintf(to, "<OfflineEntityConfig Entity=\"%s\" SyncMode=\"All\"/>",
                oracle_entity_name((oracle_entity)e));
    fprintf(to, "<OfflineEntityConfig Entity=\"System.SynchronizationError\" "
                "SyncMode=\"All\"/></OfflineEntityConfigs>"
                "</NativeNavigationProfile></Profiles></NavigationDocument>\n"
                "<Module Name=\"M\"><units><ModuleSecurity><ModuleRoles>"
                "<ModuleRole Name=\"R0\"/><ModuleRole Name=\"R1\"/>"
                "<ModuleRole Name=\"R2\"/><ModuleRole Name=\"R3\"/>"
                "</ModuleRoles></ModuleSecurity>\n");
    for (int e = 0; e < ORACLE_ENTITIES; e++)
        write_flows(to, (oracle_entity)e);
    fprintf(to, "<DomainModel><Entities>\n");
    for (int e = 0; e < ORACLE_ENTITIES; e++)
        write_entity(to, o, (oracle_entity)e);
    fprintf(to, "</Entities><Associations>"
                "<Association Name=\"Base_Other\" ParentPointer=\"Base\" "
                "ChildPointer=\"Other\"/><Association Name=\"Base_Set\" "
                "ParentPointer=\"Base\" ChildPointer=\"Other\" "
                "Type=\"ReferenceSet\"/></Associations></DomainModel></units>"
                "</Module></app>\n");
}

/* ---- its data ------------------------------------------------------------
 */

static void give(nf_value *values, uint64_t *given, const nf_entity *entity,
                 const char *member, nf_value value)
{
    size_t index = helper_member(entity, member)->index;

    values[index] = value;
    nf_member_set_add(given, index);
}

static nf_value text_value(const char *text)
{
    nf_value value;
    assert_true(nf_value_text(&value, text, strlen(text)));
    return value;
}

static nf_value set_value(const oracle *o, const oracle_object *x)
{
    int64_t ids[ORACLE_OBJECTS];
    size_t count = 0;
    nf_value value = nf_empty();

    for (int i = 0; i < ORACLE_OBJECTS; i++)
        if (x->set >> i & 1)
            ids[count++] = o->objects[i].id;
    assert_true(nf_ids_value(&value, ids, count));
    return value;
}

static void store(oracle *o, oracle_object *x)
{
    nf_server *server = o->world->server;
    const nf_entity *entity =
        helper_entity(o->world, oracle_entity_name(x->entity));
    nf_value *values = calloc(entity->member_count, sizeof *values);
    uint64_t *given = nf_member_set_new(entity);
    nf_server_row row = {.entity = entity, .members = values, .given = given};
    nf_error err = {0};

    assert_int_equal(nf_server_new_id(server, entity, &x->id, &err), NF_OK);
    row.id = x->id;
    give(values, given, entity, "K", nf_integer(x->k));
    give(values, given, entity, "S", text_value(x->s));
    give(values, given, entity, "N", nf_integer(x->n));
    if (x->entity != ORACLE_OTHER && x->owner >= 0)
        give(values, given, entity, "System.owner",
             nf_id_value(o->users[x->owner]));
    if (x->ref >= 0)
        give(values, given, entity, "M.Base_Other",
             nf_id_value(o->objects[x->ref].id));
    if (oracle_has(x->entity, ORACLE_SET))
        give(values, given, entity, "M.Base_Set", set_value(o, x));
    if (x->entity == ORACLE_SPECIAL)
        give(values, given, entity, "X", text_value(x->x));
    if (x->entity == ORACLE_FILE) {
        give(values, given, entity, "Name", text_value(x->name));
        row.contents = x->contents;
        row.contents_size = strlen(x->contents);
    }
    if (nf_server_import_row(server, &row, &err) != NF_OK)
        fail_msg("%s", err.message);
    nf_members_free(values, entity->member_count);
    nf_free(given);
}

static void fill(oracle *o)
{
    nf_error err = {0};

    for (int i = 0; i < ORACLE_GUEST; i++)
        assert_int_equal(nf_server_user(o->world->server, &o->users[i],
                                        oracle_user(i), &err),
                         NF_OK);
    assert_int_equal(nf_server_import_begin(o->world->server, false, &err),
                     NF_OK);
    for (int i = 0; i < ORACLE_OBJECTS; i++)
        store(o, &o->objects[i]);
    assert_int_equal(nf_server_import_end(o->world->server, true, &err), NF_OK);
}

void oracle_app_open(oracle *o)
{
    char path[] = "/tmp/nf-oracle-XXXXXX.xml";
    FILE *to = fdopen(mkstemps(path, 4), "w");
    void *state = NULL;

    assert_non_null(to);
    write_app(to, o);
    fclose(to);
    assert_int_equal(helper_setup_app(&state, path), 0);
    unlink(path);
    o->world = state;
    fill(o);
}
