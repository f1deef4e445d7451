/* See helper_models.h. */
#include "helper_models.h"

#include <ftw.h>

const char helper_app[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<app xmlns=\"urn:nanoflow:app:1\" format=\"1\" mendix=\"10.24.0\">\n"
    " <ProjectSecurity SecurityLevel=\"CheckEverything\">\n"
    "  <UserRoles><UserRole Name=\"Clerk\" ModuleRoles=\"System.User "
    "Shop.Clerk\"/></UserRoles>\n"
    " </ProjectSecurity>\n"
    " <NavigationDocument><Profiles>\n"
    "  <NavigationProfile Name=\"Web\" Kind=\"ResponsiveOffline\"/>\n"
    "  <NativeNavigationProfile Name=\"NativePhone\"><OfflineEntityConfigs>\n"
    "   <OfflineEntityConfig Entity=\"Shop.Order\" SyncMode=\"Constrained\" "
    "Constraint=\"[Total &gt; 0]\"/>\n"
    "   <OfflineEntityConfig Entity=\"Shop.Line\" SyncMode=\"Constrained\"/>\n"
    "   <OfflineEntityConfig Entity=\"Shop.Photo\"/>\n"
    "  </OfflineEntityConfigs></NativeNavigationProfile>\n"
    " </Profiles></NavigationDocument>\n"
    " <Module Name=\"Shop\"><units>\n"
    "  <ModuleSecurity><ModuleRoles><ModuleRole Name=\"Clerk\"/>"
    "</ModuleRoles></ModuleSecurity>\n"
    "  <Constant Name=\"Limit\" Type=\"DecimalType\" DefaultValue=\"10\"/>\n"
    "  <Enumeration Name=\"Status\"><Values>\n"
    "   <EnumerationValue Name=\"Open\" Caption=\"Offen\"/>\n"
    "   <EnumerationValue Name=\"Closed\" Caption=\"Zu\"/>\n"
    "  </Values></Enumeration>\n"
    "  <DomainModel><Entities>\n"
    "   <Entity id=\"Order\" Name=\"Order\">\n"
    "    <MaybeGeneralization type=\"NoGeneralization\" "
    "HasChangedDateAttr=\"true\" HasOwnerAttr=\"true\"/>\n"
    "    <Attributes>\n"
    "     <Attribute id=\"Number\" Name=\"Number\"><NewType "
    "type=\"StringAttributeType\" Length=\"20\"/></Attribute>\n"
    "     <Attribute Name=\"Total\" NewType=\"DecimalAttributeType\"/>\n"
    "     <Attribute Name=\"Status\"><NewType "
    "type=\"EnumerationAttributeType\" Enumeration=\"Shop.Status\"/><Value "
    "DefaultValue=\"Open\"/></Attribute>\n"
    "    </Attributes>\n"
    "    <Indexes><EntityIndex><Attributes><IndexedAttribute "
    "AttributePointer=\"Number\"/></Attributes></EntityIndex></Indexes>\n"
    "    <ValidationRules><ValidationRule Attribute=\"Shop.Order.Number\" "
    "RuleInfo=\"RequiredRuleInfo\" Message=\"Give a number\"/>"
    "</ValidationRules>\n"
    "    <AccessRules><AccessRule AllowedModuleRoles=\"Shop.Clerk\" "
    "AllowCreate=\"true\" DefaultMemberAccessRights=\"ReadWrite\">\n"
    "     <MemberAccesses><MemberAccess Attribute=\"Shop.Order.Total\" "
    "AccessRights=\"ReadOnly\"/></MemberAccesses></AccessRule>"
    "</AccessRules>\n"
    "   </Entity>\n"
    "   <Entity id=\"Rush\" Name=\"Rush\"><MaybeGeneralization "
    "type=\"Generalization\" Generalization=\"Shop.Order\"/>\n"
    "    <Attributes><Attribute Name=\"Hours\" "
    "NewType=\"IntegerAttributeType\"/></Attributes></Entity>\n"
    "   <Entity id=\"Line\" Name=\"Line\"/>\n"
    "   <Entity id=\"Photo\" Name=\"Photo\"><MaybeGeneralization "
    "type=\"Generalization\" Generalization=\"System.Image\"/></Entity>\n"
    "   <Entity id=\"Scratch\" Name=\"Scratch\"><MaybeGeneralization "
    "type=\"NoGeneralization\" Persistable=\"false\"/></Entity>\n"
    "  </Entities><Associations>\n"
    "   <Association Name=\"Line_Order\" ParentPointer=\"Line\" "
    "ChildPointer=\"Order\"><DeleteBehavior "
    "ChildDeleteBehavior=\"DeleteMeAndReferences\"/></Association>\n"
    "   <Association Name=\"Order_Photo\" ParentPointer=\"Order\" "
    "ChildPointer=\"Photo\" Owner=\"Both\"/>\n"
    "  </Associations><CrossAssociations>\n"
    "   <CrossAssociation Name=\"Order_Clerks\" ParentPointer=\"Order\" "
    "Child=\"System.User\" Type=\"ReferenceSet\"/>\n"
    "  </CrossAssociations></DomainModel>\n"
    "  <Folder Name=\"Logic\"><units>\n"
    "   <Nanoflow Name=\"Close\" AllowedModuleRoles=\"Shop.Clerk\" "
    "MicroflowReturnType=\"IntegerType\">\n"
    "    <ObjectCollection><Objects>\n"
    "     <MicroflowParameter Name=\"Order\"><VariableType type=\"ObjectType\" "
    "Entity=\"Shop.Order\"/></MicroflowParameter>\n"
    "     <MicroflowParameter Name=\"Count\" VariableType=\"IntegerType\" "
    "IsRequired=\"false\" DefaultValue=\"1 + 1\"/>\n"
    "     <StartEvent id=\"start\"/>\n"
    "     <ActionActivity id=\"sync\"><Action type=\"SynchronizeAction\" "
    "Type=\"Specific\" VariableNames=\"Order\"/></ActionActivity>\n"
    "     <ExclusiveSplit id=\"split\"><SplitCondition Expression=\"$Count "
    "&gt; 1\"/></ExclusiveSplit>\n"
    "     <EndEvent id=\"yes\" ReturnValue=\"1\"/><EndEvent id=\"no\" "
    "ReturnValue=\"0\"/>\n"
    "    </Objects></ObjectCollection>\n"
    "    <Flows><flow from=\"start\" to=\"sync\"/><flow from=\"sync\" "
    "to=\"split\"/><flow from=\"split\" to=\"yes\" case=\"true\"/><flow "
    "from=\"split\" to=\"no\" case=\"false\"/></Flows>\n"
    "   </Nanoflow>\n"
    "   <Nanoflow Name=\"Gone\" Excluded=\"true\"/>\n"
    "   <Microflow Name=\"Close\"/>\n"
    "  </units></Folder>\n"
    " </units></Module>\n"
    "</app>\n";

int helper_setup(void **state)
{
    char *folder = strdup("/tmp/nf_models_XXXXXX");

    *state = folder && mkdtemp(folder) ? folder : NULL;
    return *state ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *info, int flag,
                      struct FTW *walk)
{
    (void)info;
    (void)flag;
    (void)walk;
    return remove(path);
}

int helper_teardown(void **state)
{
    int result = nftw(*state, remove_one, 16, FTW_DEPTH | FTW_PHYS);

    free(*state);
    return result;
}

void helper_write(void **state, char path[HELPER_PATH], const char *name,
                  const void *bytes, size_t length)
{
    FILE *file;

    assert_true(snprintf(path, HELPER_PATH, "%s/%s", (char *)*state, name) <
                HELPER_PATH);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

nf_model *helper_open(const char *path)
{
    nf_error err = {0};
    nf_model *model;

    if (nf_model_open(&model, path, &err))
        fail_msg("%s:%ld: %s", err.file, err.line, err.message);
    return model;
}

nf_model *helper_open_text(void **state, const char *text)
{
    char path[HELPER_PATH];

    helper_write(state, path, "app.xml", text, strlen(text));
    return helper_open(path);
}

void helper_mpr(void **state, char path[HELPER_PATH], const char *name,
                int version)
{
    nf_model *model = helper_open_text(state, helper_app);
    nf_error err = {0};

    snprintf(path, HELPER_PATH, "%s/%s", (char *)*state, name);
    if (nf_model_write_mpr(model, path, version, &err))
        fail_msg("%s", err.message);
    nf_model_close(model);
}

unsigned char *helper_read(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    unsigned char *bytes;
    long size;

    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    bytes = malloc((size_t)size + 1);
    assert_non_null(bytes);
    *length = fread(bytes, 1, (size_t)size, file);
    fclose(file);
    return bytes;
}
