/* Modules of the app of W6: domain models, security, enumerations, constants,
 * JavaScript actions. */
#include "app.h"

#include <stdio.h>

enum { SPARE_ATTRIBUTES = 9, DOCUMENTATION = 4500 };

static void spare_attributes(nf_buffer *out, w6_random *random)
{
    static const char *const types[] = {
        "StringAttributeType",  "IntegerAttributeType", "LongAttributeType",
        "DecimalAttributeType", "DateTimeAttributeType"};
    unsigned count = 3 + w6_pick(random, SPARE_ATTRIBUTES);

    for (unsigned i = 0; i < count; i++)
        nf_buffer_format(out, "<Attribute Name=\"Spare%u\" NewType=\"%s\"/>\n",
                         i, types[w6_pick(random, 5)]);
}

static void access_rules(nf_buffer *out, const char *module,
                         const char *constraint)
{
    nf_buffer_format(
        out,
        "</Attributes>\n<AccessRules>\n"
        "<AccessRule AllowedModuleRoles=\"%s.Admin\" AllowCreate=\"true\" "
        "AllowDelete=\"true\" DefaultMemberAccessRights=\"ReadWrite\"/>\n"
        "<AccessRule AllowedModuleRoles=\"%s.User\" AllowCreate=\"true\" "
        "DefaultMemberAccessRights=\"ReadWrite\" XPathConstraint=\"%s\"/>\n"
        "</AccessRules>\n</Entity>\n",
        module, module, constraint);
}

static void entity(nf_buffer *out, const char *name, const char *more)
{
    nf_buffer_format(out,
                     "<Entity id=\"%s\" Name=\"%s\">\n%s<Attributes>\n", name,
                     name, more);
}

static void write_order(nf_buffer *out, w6_random *random, const char *module)
{
    char constraint[256];

    snprintf(constraint, sizeof constraint,
             "[%s.Order_Customer/%s.Customer/Active = true() or Total "
             "&lt; 1000]",
             module, module);
    entity(out, "Order", "");
    nf_buffer_format(
        out,
        "<Attribute Name=\"Number\" NewType=\"IntegerAttributeType\"/>\n"
        "<Attribute Name=\"Title\"><NewType type=\"StringAttributeType\" "
        "Length=\"100\"/></Attribute>\n"
        "<Attribute Name=\"Total\" NewType=\"DecimalAttributeType\"/>\n"
        "<Attribute Name=\"Done\" NewType=\"BooleanAttributeType\"/>\n"
        "<Attribute Name=\"Due\" NewType=\"DateTimeAttributeType\"/>\n"
        "<Attribute Name=\"Status\"><NewType type=\"EnumerationAttributeType\" "
        "Enumeration=\"%s.Status\"/></Attribute>\n",
        module);
    spare_attributes(out, random);
    access_rules(out, module, constraint);
}

static void write_domain(nf_buffer *out, w6_random *random, const char *module)
{
    nf_buffer_text(out, "<DomainModel><Entities>\n");
    write_order(out, random, module);
    entity(out, "Line", "");
    nf_buffer_text(
        out, "<Attribute Name=\"Text\" NewType=\"StringAttributeType\"/>\n"
             "<Attribute Name=\"Amount\" NewType=\"IntegerAttributeType\"/>\n"
             "<Attribute Name=\"Price\" NewType=\"DecimalAttributeType\"/>\n");
    spare_attributes(out, random);
    access_rules(out, module, "[Amount &gt; 0]");
    entity(out, "Customer", "");
    nf_buffer_text(
        out, "<Attribute Name=\"Name\" NewType=\"StringAttributeType\"/>\n"
             "<Attribute Name=\"Active\" NewType=\"BooleanAttributeType\"/>\n");
    spare_attributes(out, random);
    access_rules(out, module, "[Active]");
    entity(out, "Draft",
           "<MaybeGeneralization type=\"NoGeneralization\" "
           "Persistable=\"false\"/>\n");
    nf_buffer_text(
        out, "<Attribute Name=\"Text\" NewType=\"StringAttributeType\"/>\n"
             "<Attribute Name=\"Count\" NewType=\"IntegerAttributeType\"/>\n");
    spare_attributes(out, random);
    access_rules(out, module, "");
    nf_buffer_text(
        out, "</Entities>\n<Associations>\n"
             "<Association Name=\"Line_Order\" ParentPointer=\"Line\" "
             "ChildPointer=\"Order\"/>\n"
             "<Association Name=\"Order_Customer\" ParentPointer=\"Order\" "
             "ChildPointer=\"Customer\"/>\n"
             "</Associations></DomainModel>\n");
}

static void write_enumerations(nf_buffer *out, w6_random *random)
{
    static const char *const names[W6_ENUMERATIONS] = {"Status", "Kind"};

    for (unsigned i = 0; i < W6_ENUMERATIONS; i++) {
        unsigned more = i ? 2 + w6_pick(random, 8) : 0;

        nf_buffer_format(
            out,
            "<Enumeration Name=\"%s\"><Values>\n"
            "<EnumerationValue Name=\"Open\" Caption=\"Open\"/>\n"
            "<EnumerationValue Name=\"Done\" Caption=\"Done\"/>\n",
            names[i]);
        for (unsigned k = 0; k < more; k++)
            nf_buffer_format(out,
                             "<EnumerationValue Name=\"Value%u\" "
                             "Caption=\"Value %u\"/>\n",
                             k, k);
        nf_buffer_text(out, "</Values></Enumeration>\n");
    }
}

/* Real ones carry long texts and pictures for the toolbox. */
static void write_javascript_actions(nf_buffer *out, w6_random *random)
{
    for (unsigned i = 0; i < W6_JAVASCRIPT_ACTIONS; i++) {
        unsigned length = DOCUMENTATION + w6_pick(random, DOCUMENTATION);

        nf_buffer_format(out,
                         "<JavaScriptAction Name=\"JS_Action%u\" "
                         "JavaReturnType=\"StringType\" Documentation=\"",
                         i);
        for (unsigned k = 0; k < length / 20; k++)
            nf_buffer_format(out, "What it does: %5u. ",
                             w6_pick(random, 99999));
        nf_buffer_text(
            out, "\"><Parameters><JavaScriptActionParameter Name=\"Text\">"
                 "<ParameterType type=\"BasicParameterType\" "
                 "Type=\"StringType\"/></JavaScriptActionParameter>"
                 "</Parameters></JavaScriptAction>\n");
    }
}

static void write_module(nf_buffer *out, w6_random *random, const char *name)
{
    nf_buffer_format(out,
                     "<Module Name=\"%s\"><units>\n<ModuleSecurity>"
                     "<ModuleRoles><ModuleRole Name=\"Admin\"/>"
                     "<ModuleRole Name=\"User\"/></ModuleRoles>"
                     "</ModuleSecurity>\n<ModuleSettings/>\n",
                     name);
    write_domain(out, random, name);
    write_enumerations(out, random);
    for (unsigned i = 0; i < W6_CONSTANTS; i++)
        nf_buffer_format(out,
                         "<Constant Name=\"Limit%u\" Type=\"IntegerType\" "
                         "DefaultValue=\"%u\" ExposedToClient=\"true\"/>\n",
                         i, w6_pick(random, 1000));
    write_javascript_actions(out, random);
    w6_write_flows(out, random, name);
    nf_buffer_text(out, "</units></Module>\n");
}

static void module_name(char name[16], unsigned number)
{
    snprintf(name, 16, "Module%02u", number);
}

static void write_security(nf_buffer *out)
{
    char name[16];

    nf_buffer_text(out, "<ProjectSecurity SecurityLevel=\"CheckEverything\" "
                        "AdminUserRole=\"Admin\"><UserRoles>\n");
    for (int user = 0; user < 2; user++) {
        const char *role = user ? "User" : "Admin";

        nf_buffer_format(out,
                         "<UserRole Name=\"%s\" ModuleRoles=\"System.%s", role,
                         user ? "User" : "Administrator");
        for (unsigned i = 0; i < W6_MODULES; i++) {
            module_name(name, i);
            nf_buffer_format(out, " %s.%s", name, role);
        }
        nf_buffer_text(out, "\"/>\n");
    }
    nf_buffer_text(out, "</UserRoles></ProjectSecurity>\n");
}

static void write_navigation(nf_buffer *out)
{
    char name[16];

    nf_buffer_text(out, "<NavigationDocument><Profiles>"
                        "<NativeNavigationProfile Name=\"NativePhone\">"
                        "<OfflineEntityConfigs>\n");
    for (unsigned i = 0; i < W6_MODULES; i++) {
        module_name(name, i);
        nf_buffer_format(
            out,
            "<OfflineEntityConfig Entity=\"%s.Order\" "
            "SyncMode=\"Constrained\" Constraint=\"[Done = false()]\"/>\n"
            "<OfflineEntityConfig Entity=\"%s.Line\" SyncMode=\"All\"/>\n"
            "<OfflineEntityConfig Entity=\"%s.Customer\" SyncMode=\"All\"/>\n",
            name, name, name);
    }
    nf_buffer_text(out, "</OfflineEntityConfigs></NativeNavigationProfile>"
                        "</Profiles></NavigationDocument>\n");
}

void w6_write_app(nf_buffer *out, w6_random *random)
{
    char name[16];

    nf_buffer_text(out, "<app xmlns=\"urn:nanoflow:app:1\" format=\"1\" "
                        "mendix=\"10.24.0\">\n");
    write_security(out);
    write_navigation(out);
    for (unsigned i = 0; i < W6_MODULES; i++) {
        module_name(name, i);
        write_module(out, random, name);
    }
    nf_buffer_text(out, "</app>\n");
}
