/* The visible set of a user, for exports. */
#include "server/internal.h"
#include "server/world.h"

typedef struct visible_walk {
    nf_server *server;
    nf_server_session *session;
    nf_calculator *calculator;
    const nf_access *access;
    nf_visible_fn each;
    void *user;
} visible_walk;

/* Whether somebody sees a value that microflows compute. */
static bool shows_calculated(const nf_entity *entity,
                             const nf_object_rights *rights)
{
    for (size_t i = 0; entity->calculates && i < entity->member_count; i++)
        if (entity->members[i].attribute &&
            entity->members[i].attribute->calculated &&
            nf_bits_has(rights->read, i))
            return true;
    return false;
}

static nf_status visit_visible(void *user, nf_record *record, nf_error *err)
{
    visible_walk *walk = user;
    nf_object_rights rights;
    nf_status status =
        nf_access_rights(&rights, walk->access, record->tests, false, err);

    if (status != NF_OK)
        return status;
    if (rights.visible && shows_calculated(record->entity, &rights))
        status = nf_calculate_row(&walk->calculator, walk->server,
                                  walk->session, walk->server->database,
                                  &walk->session->environment, record->entity,
                                  record->id, record->members, err);
    if (status == NF_OK && rights.visible)
        status = walk->each(walk->user, record, &rights, err);
    nf_object_rights_dispose(&rights);
    return status;
}

nf_status nf_visible_each(nf_server *server, nf_server_session *session,
                          const nf_entity *entity, const char *constraint,
                          nf_visible_fn each, void *user, nf_error *err)
{
    const nf_access *access = nf_access_of(server, session, entity, err);
    visible_walk walk = {.server = server,
                         .session = session,
                         .access = access,
                         .each = each,
                         .user = user};
    nf_selection selection = {.exact = true};
    nf_xpath *xpath = NULL;
    nf_status status = NF_OK;

    if (!access)
        return NF_FAILED;
    if (constraint && *constraint)
        status = nf_xpath_compile(&xpath, server->options.model, entity,
                                  constraint, NF_XPATH_SERVER, NULL, NULL, err);
    if (status != NF_OK)
        return status;
    selection.retrieval = (nf_retrieval){.entity = entity,
                                         .constraint = xpath,
                                         .environment = &session->environment,
                                         .limit = -1};
    selection.condition = &access->visible;
    selection.tests = access->tests;
    selection.test_count = access->test_count;
    status = nf_record_query(server->database, &selection, visit_visible, &walk,
                             err);
    nf_calculator_free(walk.calculator);
    nf_xpath_free(xpath);
    return status;
}
