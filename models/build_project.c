/* Settings, enumerations, constants, security and navigation (model-format
 * 4.7 … 4.9, 4.11; synchronize 2.2). */
#include <stdio.h>
#include <string.h>

#include "models/model_internal.h"
#include "models/reader_xml.h"

/* The content of the first unit of a type; NULL. */
static const nf_element *first_of(const nf_model *model, const char *type)
{
    size_t cursor = 0;
    const nf_document_item *item = nf_build_next(model, type, &cursor);

    return item ? nf_build_element(model, item) : NULL;
}

static bool at_least(const nf_model *model, int major, int minor)
{
    const nf_version *v = &model->settings.version;

    return v->major > major || (v->major == major && v->minor >= minor);
}

/* ---- settings ------------------------------------------------------------ */

static const nf_element *settings_part(const nf_element *settings,
                                       const char *type)
{
    for (size_t i = 0; i < nf_element_count(settings, "Settings"); i++) {
        const nf_element *part = nf_element_item(settings, "Settings", i);

        if (nf_element_is(part, type))
            return part;
    }
    return NULL;
}

/* A custom setting of the run time: that of the first configuration, which is
 * what Studio Pro runs unless it is told otherwise; NULL. */
static const char *custom_setting(const nf_element *settings, const char *name)
{
    const nf_element *part =
        settings_part(settings, "Settings$ConfigurationSettings");
    const nf_element *first = nf_element_item(part, "Configurations", 0);

    for (size_t i = 0; i < nf_element_count(first, "CustomSettings"); i++) {
        const nf_element *item = nf_element_item(first, "CustomSettings", i);

        if (!strcmp(nf_element_string(item, "Name", ""), name))
            return nf_element_string(item, "Value", "");
    }
    return NULL;
}

static bool is_false(const char *text)
{
    return text && !strcmp(text, "false");
}

nf_status nf_build_settings(nf_model *model, nf_error *err)
{
    const nf_element *all = first_of(model, "Settings$ProjectSettings");
    const nf_element *run = settings_part(all, "Settings$ModelSettings");
    const nf_element *language =
        settings_part(all, "Settings$LanguageSettings");
    const nf_element *web =
        settings_part(all, "Forms$WebUIProjectSettingsPart");
    const nf_container *app = model->app;
    nf_settings *s = &model->settings;
    int64_t scale = nf_element_int(run, "DecimalScale", 8);

    (void)err;
    s->version = app->version;
    s->version_text = app->version_text;
    s->default_language = nf_element_string(language, "DefaultLanguageCode",
                                            app->language ? app->language : "");
    s->languages = language;
    if (!*s->default_language)
        s->default_language = "en_US";
    s->half_even = strcmp(nf_element_string(run, "RoundingMode", "HalfUp"),
                          "HalfEven") == 0;
    s->optimistic_locking = /* of no effect in older models */
        at_least(model, 11, 5) &&
        nf_element_bool(run, "EnableDataStorageOptimisticLocking", false);
    s->keep_auto_committed = is_false(custom_setting(
        all, "com.mendix.offline.DeleteAutoCommittedObjectsAfterSync"));
    s->new_string_behavior =
        nf_element_bool(web, "EnableNewStringBehavior", false);
    s->decimal_scale = scale >= 8 && scale <= 18 ? (int)scale : 8; /* D12 */
    if (scale != s->decimal_scale)
        nf_container_warn(app, "DecimalScale is not between 8 and 18; 8 is "
                               "used");
    return NF_OK;
}

/* ---- enumerations and constants ------------------------------------------ */

static size_t count_of(const nf_model *model, const char *type)
{
    size_t cursor = 0, count = 0;

    while (nf_build_next(model, type, &cursor))
        count++;
    return count;
}

static nf_status add_enumeration(nf_model *model, const nf_document *document,
                                 const nf_element *element, nf_error *err)
{
    nf_enumeration *e = nf_arena_alloc(model->arena, sizeof *e);
    size_t count = nf_element_count(element, "Values");
    nf_enumeration_value *values =
        nf_arena_array(model->arena, count, sizeof *values);

    if (!e || !values)
        return nf_error_nomem(err);
    e->name = document->name;
    e->qualified = document->qualified;
    e->values = values;
    e->count = count;
    for (size_t i = 0; i < count; i++) {
        const nf_element *value = nf_element_item(element, "Values", i);

        values[i].enumeration = e;
        values[i].name = nf_element_string(value, "Name", "");
        values[i].caption = nf_element_part(value, "Caption");
    }
    if (nf_map_get(model->enumeration_index, e->qualified))
        return NF_OK; /* reported with the documents */
    model->enumerations[model->enumeration_count++] = e;
    return nf_map_set(model->enumeration_index, e->qualified, e)
               ? NF_OK
               : nf_error_nomem(err);
}

nf_status nf_build_enumerations(nf_model *model, nf_error *err)
{
    static const char type[] = "Enumerations$Enumeration";
    const nf_document_item *item;
    size_t cursor = 0;

    model->enumerations = nf_arena_array(model->arena, count_of(model, type),
                                         sizeof *model->enumerations);
    if (!model->enumerations)
        return nf_error_nomem(err);
    while ((item = nf_build_next(model, type, &cursor))) {
        const nf_element *element = nf_build_element(model, item);
        nf_status status =
            element ? add_enumeration(model, &item->document, element, err)
                    : NF_OK;

        if (status)
            return status;
    }
    return NF_OK;
}

static nf_status add_constant(nf_model *model, const nf_document *document,
                              const nf_element *element, nf_error *err)
{
    nf_constant *c = nf_arena_alloc(model->arena, sizeof *c);
    const nf_element *type = nf_element_part(element, "Type");

    if (!c)
        return nf_error_nomem(err);
    c->name = document->name;
    c->qualified = document->qualified;
    c->type.kind = NF_KIND_STRING;
    if (type)
        c->type = nf_model_data_type(model, type);
    c->default_value = nf_element_string(element, "DefaultValue", "");
    c->exposed_to_client = nf_element_bool(element, "ExposedToClient", false);
    if (nf_map_get(model->constant_index, c->qualified))
        return NF_OK;
    model->constants[model->constant_count++] = c;
    return nf_map_set(model->constant_index, c->qualified, c)
               ? NF_OK
               : nf_error_nomem(err);
}

nf_status nf_build_constants(nf_model *model, nf_error *err)
{
    static const char type[] = "Constants$Constant";
    const nf_document_item *item;
    size_t cursor = 0;

    model->constants = nf_arena_array(model->arena, count_of(model, type),
                                      sizeof *model->constants);
    if (!model->constants)
        return nf_error_nomem(err);
    while ((item = nf_build_next(model, type, &cursor))) {
        const nf_element *element = nf_build_element(model, item);
        nf_status status =
            element ? add_constant(model, &item->document, element, err)
                    : NF_OK;

        if (status)
            return status;
    }
    return NF_OK;
}

/* ---- security ------------------------------------------------------------ */

static nf_security_level security_level(const char *text)
{
    if (strcmp(text, "CheckEverything") == 0)
        return NF_SECURITY_PRODUCTION;
    return strcmp(text, "CheckFormsAndMicroflows") == 0 ? NF_SECURITY_PROTOTYPE
                                                        : NF_SECURITY_OFF;
}

static nf_status build_user_roles(nf_model *model, const nf_element *element,
                                  nf_error *err)
{
    size_t count = nf_element_count(element, "UserRoles");
    nf_user_role *roles = nf_arena_array(model->arena, count, sizeof *roles);

    if (!roles)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const nf_element *e = nf_element_item(element, "UserRoles", i);
        nf_user_role *role = &roles[i];

        role->name = nf_element_string(e, "Name", "");
        if (!nf_element_guid(e, "GUID", &role->guid) && e)
            role->guid = e->id;
        role->manage_all_roles = nf_element_bool(e, "ManageAllRoles", false);
        role->manage_users_without_roles =
            nf_element_bool(e, "ManageUsersWithoutRoles", false);
        if (!nf_build_strings(model, &role->module_roles,
                              &role->module_role_count, e, "ModuleRoles") ||
            !nf_build_strings(model, &role->manageable_roles,
                              &role->manageable_role_count, e,
                              "ManageableRoles"))
            return nf_error_nomem(err);
    }
    model->security.user_roles = roles;
    model->security.user_role_count = count;
    return NF_OK;
}

static nf_status build_demo_users(nf_model *model, const nf_element *element,
                                  nf_error *err)
{
    size_t count = nf_element_count(element, "DemoUsers");
    nf_demo_user *users = nf_arena_array(model->arena, count, sizeof *users);

    if (!users)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const nf_element *e = nf_element_item(element, "DemoUsers", i);

        users[i].name = nf_element_string(e, "UserName", "");
        users[i].password = nf_element_string(e, "Password", "");
        users[i].entity = nf_element_string(e, "Entity", "");
        if (!nf_build_strings(model, &users[i].user_roles,
                              &users[i].user_role_count, e, "UserRoles"))
            return nf_error_nomem(err);
    }
    model->security.demo_users = users;
    model->security.demo_user_count = count;
    return NF_OK;
}

static nf_status build_module_roles(nf_model *model, nf_error *err)
{
    static const char type[] = "Security$ModuleSecurity";
    const nf_document_item *item;
    const char **roles;
    size_t cursor = 0, count = 0, at = 0;

    while ((item = nf_build_next(model, type, &cursor)))
        count += nf_element_count(nf_build_element(model, item), "ModuleRoles");
    roles = nf_arena_array(model->arena, count, sizeof *roles);
    if (!roles)
        return nf_error_nomem(err);
    cursor = 0;
    while ((item = nf_build_next(model, type, &cursor))) {
        const nf_element *element = atomic_load(&item->unit->element);

        for (size_t i = 0; item->document.module &&
                           i < nf_element_count(element, "ModuleRoles");
             i++) {
            roles[at] = nf_arena_format(
                model->arena, "%s.%s", item->document.module->name,
                nf_element_string(nf_element_item(element, "ModuleRoles", i),
                                  "Name", ""));
            if (!roles[at++])
                return nf_error_nomem(err);
        }
    }
    model->security.module_roles = roles;
    model->security.module_role_count = at;
    return NF_OK;
}

nf_status nf_build_security(nf_model *model, nf_error *err)
{
    const nf_element *e = first_of(model, "Security$ProjectSecurity");
    nf_security *s = &model->security;
    nf_status status;

    s->level = security_level(nf_element_string(e, "SecurityLevel", ""));
    s->admin_name = nf_element_string(e, "AdminUserName", "MxAdmin");
    s->admin_role = nf_element_string(e, "AdminUserRole", "");
    s->demo_users_enabled = nf_element_bool(e, "EnableDemoUsers", false);
    s->guest_access = nf_element_bool(e, "EnableGuestAccess", false);
    s->guest_role = nf_element_string(e, "GuestUserRole", "");
    model->file_access = nf_element_part(e, "FileDocumentAccess");
    model->image_access = nf_element_part(e, "ImageAccess");
    status = build_user_roles(model, e, err);
    if (!status)
        status = build_demo_users(model, e, err);
    if (!status)
        status = build_module_roles(model, err);
    return status;
}

/* ---- navigation ---------------------------------------------------------- */

static bool sync_mode(const char *text, nf_sync_mode *mode)
{
    static const struct {
        const char *text;
        nf_sync_mode mode;
    } modes[] = {
        {"All", NF_SYNC_ALL},
        {"Constrained", NF_SYNC_CONSTRAINED},
        {"None", NF_SYNC_NONE},
        {"NoneAndPreserveData", NF_SYNC_NONE_PRESERVE},
        {"Never", NF_SYNC_NEVER},
        {"Online", NF_SYNC_ONLINE},
    };

    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i].text, text) == 0) {
            *mode = modes[i].mode;
            return true;
        }
    return false;
}

/* synchronize S5: the word that is in force. */
static const char *mode_word(const nf_model *model, const nf_element *e)
{
    const char *word = nf_element_string(e, "SyncMode", "");
    const char *constraint = nf_element_string(e, "Constraint", "");

    if (!*word)
        word = nf_element_string(e, "DownloadMode", "");
    if (*word)
        return word;
    if (nf_element_get(e, "ShouldDownload"))
        return !nf_element_bool(e, "ShouldDownload", true) ? "None"
               : *constraint                               ? "Constrained"
                                                           : "All";
    return at_least(model, 11, 4) ? "Online" : "All";
}

static nf_status add_config(nf_model *model, nf_profile *profile,
                            nf_offline_config *config, const nf_element *e,
                            nf_error *err)
{
    const char *name = nf_element_string(e, "Entity", "");
    const char *word = mode_word(model, e);

    config->entity = nf_model_find_entity(model, name);
    if (!config->entity) {
        nf_container_warn(model->app,
                          "profile \"%s\": the configured entity \"%s\" is not "
                          "in the model",
                          profile->name, name);
        return NF_OK;
    }
    if (!sync_mode(word, &config->mode))
        return nf_error_set(err, NF_INPUT, "bad_model",
                            "profile \"%s\", entity \"%s\": \"%s\" is no "
                            "synchronization mode",
                            profile->name, name, word);
    config->constraint = nf_element_string(e, "Constraint", "");
    if (config->mode == NF_SYNC_CONSTRAINED && !*config->constraint)
        config->mode = NF_SYNC_ALL; /* S5 */
    if (config->mode != NF_SYNC_CONSTRAINED)
        config->constraint = "";
    config->compatibility = nf_element_bool(e, "CompatibilityMode", false);
    profile->config_count++;
    return NF_OK;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), tail = strlen(ending);

    return length >= tail && strcmp(text + length - tail, ending) == 0;
}

static nf_status add_profile(nf_model *model, nf_profile *profile,
                             const nf_element *e, nf_error *err)
{
    size_t count = nf_element_count(e, "OfflineEntityConfigs");
    nf_offline_config *configs =
        nf_arena_array(model->arena, count, sizeof *configs);

    if (!configs)
        return nf_error_nomem(err);
    profile->name = nf_element_string(e, "Name", "");
    profile->native = nf_element_is(e, "Navigation$NativeNavigationProfile");
    profile->kind =
        profile->native ? "Native" : nf_element_string(e, "Kind", "Responsive");
    profile->offline =
        profile->native || (nf_element_is(e, "Navigation$NavigationProfile") &&
                            (ends_with(profile->kind, "Offline") ||
                             nf_element_bool(e, "OfflineEnabled", false) ||
                             nf_element_bool(e, "OfflineEnabled6", false)));
    profile->throw_partial_error = nf_element_bool(
        e, "ThrowPartialSyncError", at_least(model, 11, 12)); /* S7 */
    profile->network_timeout_ms = nf_element_int(e, "NetworkTimeoutMs", 0);
    profile->configs = configs;
    for (size_t i = 0; i < count; i++) {
        nf_status status =
            add_config(model, profile, &configs[profile->config_count],
                       nf_element_item(e, "OfflineEntityConfigs", i), err);

        if (status)
            return status;
    }
    return NF_OK;
}

nf_status nf_build_navigation(nf_model *model, nf_error *err)
{
    const nf_element *e = first_of(model, "Navigation$NavigationDocument");
    size_t count = nf_element_count(e, "Profiles");
    nf_status status = NF_OK;

    model->profiles =
        nf_arena_array(model->arena, count, sizeof *model->profiles);
    if (!model->profiles)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count && !status; i++)
        status = add_profile(model, &model->profiles[model->profile_count++],
                             nf_element_item(e, "Profiles", i), err);
    return status;
}

size_t nf_model_profile_count(const nf_model *model)
{
    return model->profile_count;
}

const nf_profile *nf_model_profile(const nf_model *model, size_t index)
{
    return index < model->profile_count ? &model->profiles[index] : NULL;
}

const nf_profile *nf_model_find_profile(const nf_model *model, const char *name)
{
    const nf_profile *first = NULL;

    for (size_t i = 0; i < model->profile_count; i++) {
        const nf_profile *p = &model->profiles[i];

        if (name ? strcmp(p->name, name) == 0 : p->native)
            return p;
        if (!name && p->offline && !first)
            first = p;
    }
    return first;
}

/* The nearest config up the generalizations; NULL. */
static const nf_offline_config *find_config(const nf_profile *profile,
                                            const nf_entity *entity)
{
    for (const nf_entity *e = entity; profile && e; e = e->generalization)
        for (size_t i = 0; i < profile->config_count; i++)
            if (profile->configs[i].entity == e)
                return &profile->configs[i];
    return NULL;
}

nf_offline_config nf_profile_config(const nf_profile *profile,
                                    const nf_entity *entity)
{
    const nf_offline_config *config = find_config(profile, entity);
    nf_offline_config all = {
        .entity = entity, .mode = NF_SYNC_ALL, .constraint = ""};

    return config ? *config : all;
}

bool nf_profile_configures(const nf_profile *profile, const nf_entity *entity)
{
    return find_config(profile, entity) != NULL;
}
