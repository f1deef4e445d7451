/* Entity access, compiled once per session and entity (domain D90 … D101).
 * A query for a session selects each distinct constraint as a test beside the
 * row, so the rights of every member follow from the row's bits. */
#include "server/internal.h"

enum { MANAGEABLE_MAX = 64 << 10 };

static bool is_secret(const nf_member *member)
{
    /* D15: hashed strings never leave the server; contents of files go
     * their own way (S99). */
    return member->attribute &&
           (member->attribute->type == NF_ATTRIBUTE_HASHED ||
            (member->attribute->type == NF_ATTRIBUTE_BINARY &&
             member->attribute->entity->is_file));
}

static bool rule_applies(const nf_model *model, const nf_access_rule *rule,
                         const uint64_t *roles)
{
    const nf_security *security = nf_model_security(model);
    for (size_t r = 0; r < rule->module_role_count; r++) {
        for (size_t i = 0; i < security->module_role_count; i++) {
            if (nf_bits_has(roles, i) &&
                !strcmp(security->module_roles[i], rule->module_roles[r]))
                return true;
        }
    }
    return false;
}

/* The index of a constraint among the tests; -1 for none. A constraint that
 * does not compile can't be shown to hold: the rule then grants nothing. */
static nf_status add_test(nf_access *access, nf_server *server,
                          const char *constraint, int *out, nf_error *err)
{
    nf_error problem = {0};
    nf_xpath *xpath = NULL;
    nf_status status;

    *out = -1;
    for (size_t i = 0; i < access->test_count; i++) {
        if (!strcmp(nf_xpath_text(access->xpaths[i]), constraint)) {
            *out = (int)i;
            return NF_OK;
        }
    }
    status =
        nf_xpath_compile(&xpath, server->options.model, access->entity,
                         constraint, NF_XPATH_SERVER, NULL, NULL, &problem);
    if (status == NF_NOMEM)
        return nf_error_nomem(err);
    if (status != NF_OK || access->test_count == NF_SELECTION_TESTS_MAX) {
        nf_server_log(
            server, "warning", "an access rule of '%s' is ignored: %s",
            access->entity->qualified,
            status == NF_OK ? "too many constraints" : problem.message);
        nf_xpath_free(xpath);
        *out = -2;
        return NF_OK;
    }
    if (!xpath)
        return NF_OK; /* a blank constraint is none (xpath Q3) */
    *out = (int)access->test_count;
    access->xpaths[access->test_count] = xpath;
    access->conditions[access->test_count] =
        (nf_condition){.kind = NF_CONDITION_XPATH, .xpath = xpath};
    access->tests[access->test_count] = &access->conditions[access->test_count];
    access->test_count++;
    return NF_OK;
}

/* D99: what of a user may be changed by who manages him. */
static bool is_manageable(const nf_member *member)
{
    static const char *const attributes[] = {"Name", "Blocked", "Active"};
    static const char *const associations[] = {
        NF_USER_ROLES, "System.User_Language", "System.User_TimeZone"};

    for (size_t i = 0; member->attribute && i < 3; i++)
        if (!strcmp(member->name, attributes[i]))
            return true;
    for (size_t i = 0; member->association && i < 3; i++)
        if (!strcmp(member->association->qualified, associations[i]))
            return true;
    return false;
}

/* Without a rule: everything may be read of the first `members`, and nothing
 * written, or of a user what `manages` him. */
static nf_status add_use(nf_access *access, nf_server *server,
                         const nf_access_rule *rule, const char *constraint,
                         size_t members, bool manages, nf_error *err)
{
    const nf_entity *entity = access->entity;
    nf_access_use *use = &access->uses[access->use_count];
    nf_status status = add_test(access, server, constraint, &use->test, err);

    if (status != NF_OK || use->test == -2)
        return status;
    use->rule = rule;
    use->read = nf_member_set_new(entity);
    use->write = nf_member_set_new(entity);
    access->use_count++;
    if (!use->read || !use->write)
        return nf_error_nomem(err);
    for (size_t i = 0; i < entity->member_count; i++) {
        nf_rights rights = rule
                               ? rule->rights ? rule->rights[i] : NF_RIGHTS_NONE
                           : i < members ? NF_RIGHTS_READ
                                         : NF_RIGHTS_NONE;
        const nf_member *member = &entity->members[i];
        if (rights != NF_RIGHTS_NONE && !is_secret(member))
            nf_bits_add(use->read, i);
        if ((rights == NF_RIGHTS_READ_WRITE && !nf_member_is_managed(member)) ||
            (manages && i < members && is_manageable(member)))
            nf_bits_add(use->write, i);
    }
    if (rule && rule->allow_create)
        access->create = true;
    return NF_OK;
}

/* D99: of a user role, the users all of whose roles it may manage. */
static nf_status add_manageable(nf_access *access, nf_server *server,
                                const nf_user_role *role, size_t members,
                                nf_error *err)
{
    nf_buffer text;
    nf_status status = NF_OK;

    if (role->manage_all_roles)
        return add_use(access, server, NULL, "", members, true, err);
    if (role->manage_users_without_roles)
        status = add_use(access, server, NULL,
                         "[not(System.UserRoles/System.UserRole)]", members,
                         true, err);
    if (status != NF_OK || role->manageable_role_count == 0)
        return status;
    nf_buffer_init(&text, MANAGEABLE_MAX);
    nf_buffer_text(&text, "[System.UserRoles/System.UserRole and "
                          "not(System.UserRoles/System.UserRole[");
    for (size_t i = 0; i < role->manageable_role_count; i++)
        nf_buffer_format(&text, "%sName != '%s'", i ? " and " : "",
                         role->manageable_roles[i]);
    nf_buffer_text(&text, "])]");
    status = text.failed ? nf_error_nomem(err)
                         : add_use(access, server, NULL,
                                   nf_buffer_string(&text), members, true, err);
    nf_buffer_dispose(&text);
    return status;
}

static bool has_role(const nf_server_session *session, const char *name)
{
    const char *at = session->role_names;
    size_t size = strlen(name);

    while (at && *at) {
        size_t length = strcspn(at, "\n");
        if (length == size && !memcmp(at, name, size))
            return true;
        at += length + (at[length] == '\n');
    }
    return false;
}

/* Whether all of `ids` are roles that the user role manages. */
static bool manages_all(const nf_server_session *session,
                        const nf_user_role *role, const int64_t *ids,
                        size_t count)
{
    const nf_environment *environment = &session->environment;

    if (role->manage_all_roles)
        return true;
    if (count == 0)
        return role->manage_users_without_roles;
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        int64_t id;

        memcpy(&id, (const char *)ids + i * sizeof id, sizeof id);
        for (size_t k = 0; !found && k < role->manageable_role_count; k++)
            found = environment->user_role &&
                    environment->user_role(environment->user,
                                           role->manageable_roles[k]) == id;
        if (!found)
            return false;
    }
    return true;
}

bool nf_access_may_give(const nf_server *server,
                        const nf_server_session *session,
                        const nf_member *member, const nf_value *value)
{
    const nf_security *security = nf_model_security(server->options.model);
    size_t count = 0;
    const int64_t *ids =
        value->kind == NF_KIND_IDS ? nf_ids_of(value, &count) : NULL;

    if (security->level != NF_SECURITY_PRODUCTION ||
        server->options.unrestricted || !member->association ||
        strcmp(member->association->qualified, NF_USER_ROLES) != 0)
        return true;
    for (size_t i = 0; i < security->user_role_count; i++)
        if (has_role(session, security->user_roles[i].name) &&
            manages_all(session, &security->user_roles[i], ids, count))
            return true;
    return false;
}

/* D99: rules of specializations can't take away what holds for System.User. */
static nf_status add_users(nf_access *access, nf_server *server,
                           const nf_server_session *session,
                           const nf_entity *user, nf_error *err)
{
    const nf_security *security = nf_model_security(server->options.model);
    nf_status status = add_use(access, server, NULL, "[id='[%CurrentUser%]']",
                               user->member_count, false, err);

    for (size_t i = 0; status == NF_OK && i < security->user_role_count; i++)
        if (has_role(session, security->user_roles[i].name))
            status = add_manageable(access, server, &security->user_roles[i],
                                    user->member_count, err);
    return status;
}

/* Rules that hold without being modelled: D99 for users, and the rows that
 * mirror the model or belong to the user (S161). */
static nf_status add_builtin(nf_access *access, nf_server *server,
                             const nf_server_session *session, nf_error *err)
{
    static const struct {
        const char *entity, *constraint;
    } builtin[] = {
        {"System.UserRole", ""},
        {"System.Language", ""},
        {"System.TimeZone", ""},
        {"System.SynchronizationError", "[System.owner='[%CurrentUser%]']"},
    };
    const nf_entity *user =
        nf_model_find_entity(server->options.model, "System.User");

    if (user && nf_entity_is(access->entity, user))
        return add_users(access, server, session, user, err);
    for (size_t i = 0; i < sizeof builtin / sizeof *builtin; i++) {
        if (!strcmp(access->entity->qualified, builtin[i].entity))
            return add_use(access, server, NULL, builtin[i].constraint,
                           access->entity->member_count, false, err);
    }
    return NF_OK;
}

static bool any_bit(const uint64_t *bits, size_t count)
{
    for (size_t i = 0; i < nf_bits_words(count); i++) {
        if (bits[i])
            return true;
    }
    return false;
}

static void build_visible(nf_access *access)
{
    size_t count = 0;

    access->visible =
        (nf_condition){.kind = NF_CONDITION_OR, .items = access->sources};
    for (size_t i = 0; i < access->use_count; i++) {
        const nf_access_use *use = &access->uses[i];
        if (!any_bit(use->read, access->entity->member_count))
            continue;
        if (use->test < 0) {
            access->visible = (nf_condition){.kind = NF_CONDITION_TRUE};
            return;
        }
        access->sources[count++] = access->tests[use->test];
    }
    access->visible.count = count;
    if (count == 0)
        access->visible = (nf_condition){.kind = NF_CONDITION_FALSE};
}

static nf_status compile(nf_access *access, nf_server *server,
                         const nf_server_session *session, nf_error *err)
{
    const nf_model *model = server->options.model;
    const nf_entity *entity = access->entity;
    size_t room = entity->access_rule_count + 1 +
                  2 * nf_model_security(model)->user_role_count;
    nf_status status;

    if (nf_model_security(model)->level != NF_SECURITY_PRODUCTION ||
        server->options.unrestricted) {
        access->everything = access->create = true;
        access->visible = (nf_condition){.kind = NF_CONDITION_TRUE};
        return NF_OK;
    }
    access->uses = nf_alloc_array(room, sizeof *access->uses);
    access->xpaths = nf_alloc_array(room, sizeof(nf_xpath *));
    access->conditions = nf_alloc_array(room, sizeof *access->conditions);
    access->tests = nf_alloc_array(room, sizeof *access->tests);
    access->sources = nf_alloc_array(room, sizeof *access->sources);
    if (!access->uses || !access->xpaths || !access->conditions ||
        !access->tests || !access->sources)
        return nf_error_nomem(err);
    status = add_builtin(access, server, session, err);
    for (size_t i = 0; status == NF_OK && i < entity->access_rule_count; i++) {
        const nf_access_rule *rule = &entity->access_rules[i];
        if (rule_applies(model, rule, session->roles))
            status =
                add_use(access, server, rule, rule->constraint, 0, false, err);
    }
    if (status == NF_OK)
        build_visible(access);
    return status;
}

void nf_access_free(nf_access *access)
{
    if (!access)
        return;
    for (size_t i = 0; i < access->use_count; i++) {
        nf_free(access->uses[i].read);
        nf_free(access->uses[i].write);
    }
    for (size_t i = 0; i < access->test_count; i++)
        nf_xpath_free(access->xpaths[i]);
    nf_free(access->uses);
    nf_free(access->xpaths);
    nf_free(access->conditions);
    nf_free(access->tests);
    nf_free(access->sources);
    nf_free(access);
}

const nf_access *nf_access_of(nf_server *server, nf_server_session *session,
                              const nf_entity *entity, nf_error *err)
{
    nf_access *access = session->access[entity->number];

    if (access)
        return access;
    access = nf_alloc(sizeof *access);
    if (!access) {
        nf_error_nomem(err);
        return NULL;
    }
    access->entity = entity;
    if (compile(access, server, session, err) != NF_OK) {
        nf_access_free(access);
        return NULL;
    }
    session->access[entity->number] = access;
    return access;
}

static void grant_everything(nf_object_rights *out, const nf_entity *entity)
{
    out->visible = out->removable = true;
    for (size_t i = 0; i < entity->member_count; i++) {
        if (!is_secret(&entity->members[i]))
            nf_bits_add(out->read, i);
        if (!nf_member_is_managed(&entity->members[i]))
            nf_bits_add(out->write, i);
    }
}

nf_status nf_access_rights(nf_object_rights *out, const nf_access *access,
                           uint64_t tests, bool fresh, nf_error *err)
{
    const nf_entity *entity = access->entity;
    size_t words = nf_bits_words(entity->member_count);

    *out = (nf_object_rights){.read = nf_member_set_new(entity),
                              .write = nf_member_set_new(entity)};
    if (!out->read || !out->write) {
        nf_object_rights_dispose(out);
        return nf_error_nomem(err);
    }
    if (access->everything) {
        grant_everything(out, entity);
        return NF_OK;
    }
    for (size_t i = 0; i < access->use_count; i++) {
        const nf_access_use *use = &access->uses[i];
        if (!fresh && use->test >= 0 && !(tests >> use->test & 1))
            continue;
        for (size_t w = 0; w < words; w++) {
            out->read[w] |= use->read[w];
            out->write[w] |= use->write[w];
        }
        if (use->rule && use->rule->allow_delete)
            out->removable = true;
    }
    out->visible = any_bit(out->read, entity->member_count);
    return NF_OK;
}

void nf_object_rights_dispose(nf_object_rights *rights)
{
    nf_free(rights->read);
    nf_free(rights->write);
    *rights = (nf_object_rights){0};
}
