/* What a test begins with besides its sessions: data files (E41) and mocks
 * (E43). */
#include "testing/case.h"

#include <string.h>

/* ---- data ---------------------------------------------------------------- */

/* Where in a data file something is wrong. */
static const char *place_of(test_run *run, const nf_error *err)
{
    if (!*err->file || err->line <= 0)
        return NULL;
    return nf_arena_format(run->arena, "the data, %s:%ld", err->file,
                           err->line);
}

static bool load(test_run *run, const nf_test_tags *tags, nf_session *session,
                 bool to_server)
{
    for (size_t i = 0; i < tags->count; i++) {
        const nf_test_tag *tag = &tags->items[i];
        bool device, server;
        nf_error err = {0};
        if (strcmp(tag->name, "data") != 0)
            continue;
        const char *file = test_data_file(tag->value, &device, &server);
        if (run->side == TEST_SIDE_SERVER) {
            server = true;
            device = false;
        }
        if (to_server && server && !session) {
            nf_test_fail(run->result, NF_TEST_ERROR, "data", tag->line,
                         "this test has no server of its own");
            return false;
        }
        if ((to_server ? server : device) &&
            nf_session_import(NULL, session, test_path(run, file), &err) !=
                NF_OK) {
            nf_test_break(run->result, "data", tag->line, place_of(run, &err),
                          &err);
            return false;
        }
    }
    return true;
}

bool test_load_data(test_run *run, nf_session *session, bool server)
{
    return load(run, &run->file->header, session, server) &&
           load(run, &run->test->tags, session, server);
}

/* ---- mocks (E43) --------------------------------------------------------- */

/* A line, or a file of cases, of which the one with the test's name is meant.
 * What it answers for must be there: else it would never be asked. */
static nf_status add_mock(test_run *run, const char *mock, nf_error *err)
{
    size_t first = nf_mocks_count(run->mocks);
    nf_status status =
        nf_mocks_is_json(mock)
            ? nf_mocks_read(run->mocks, test_path(run, mock), run->test->name,
                            err)
            : nf_mocks_add(run->mocks, mock, run->file->path, err);
    return status == NF_OK
               ? nf_mocks_check(run->mocks, first, run->app->model, err)
               : status;
}

static bool add_mocks(test_run *run, const nf_test_tags *tags)
{
    for (size_t i = 0; i < tags->count; i++) {
        nf_error err = {0};
        if (strcmp(tags->items[i].name, "mock") == 0 &&
            add_mock(run, tags->items[i].value, &err) != NF_OK) {
            nf_test_break(run->result, "mock", tags->items[i].line, NULL, &err);
            return false;
        }
    }
    return true;
}

/* The test's come first, then the header's, then the file's of --mock. All
 * sessions of the test share them, so that outcomes go on in turn. */
bool test_set_mocks(test_run *run)
{
    nf_error err = {0};
    nf_session *first = run->devices[0].session;
    const char *file = run->options.mocks;
    run->mocks = nf_mocks_new(&first->world.environment);
    if (!run->mocks) {
        nf_error_nomem(&err);
        nf_test_break(run->result, "mock", 0, NULL, &err);
        return false;
    }
    if (!add_mocks(run, &run->test->tags) ||
        !add_mocks(run, &run->file->header))
        return false;
    if (file &&
        nf_mocks_read(run->mocks, file, run->test->name, &err) != NF_OK) {
        nf_test_break(run->result, "mock", 0, NULL, &err);
        return false;
    }
    for (size_t i = 0; i < run->device_count; i++)
        run->devices[i].session->mocks = run->mocks;
    if (run->server)
        run->server->mocks = run->mocks;
    return true;
}

static bool is_own(const test_run *run, const char *mock)
{
    for (size_t i = 0; i < run->test->tags.count; i++)
        if (strcmp(run->test->tags.items[i].name, "mock") == 0 &&
            strcmp(run->test->tags.items[i].value, mock) == 0)
            return true;
    return false;
}

/* Those of the header are for some of the tests only. */
void test_unused_mocks(test_run *run)
{
    const char *mock;
    for (size_t i = 0; (mock = nf_mocks_unused(run->mocks, i)); i++) {
        if (!is_own(run, mock))
            continue;
        if (run->how->strict)
            nf_test_fail(run->result, NF_TEST_ERROR, "mock", 0,
                         "this mock was not used: %s", mock);
        else
            nf_test_warn(run->result, "this mock was not used: %s", mock);
    }
}
