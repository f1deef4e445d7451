/* Cases of a session: opening, flows, objects, lists, synchronizations. */
#include "functions.h"

#include <string.h>

static int64_t tell_time(void *user)
{
    (void)user;
    return INT64_C(1773829230000);
}

static bool draw(void *user, void *bytes, size_t size)
{
    (void)user;
    memset(bytes, 7, size);
    return true;
}

static nf_status open_session(world *w)
{
    const nf_clock clock = {.now = tell_time};
    const nf_random_source random = {.fill = draw};
    static const char *const settings[] = {"sync.concurrent=rebase"};
    static const char *const limits[] = {"steps=1000000", "memory=100000000"};
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    size_t peak;
    options.clock = &clock;
    options.random = &random;
    options.current_user = true;
    options.server = "local::memory:";
    options.user = "anna";
    options.language = "en_US";
    options.time_zone = "Europe/Amsterdam";
    options.settings = settings;
    options.setting_count = 1;
    options.limits = limits;
    options.limit_count = 2;
    options.mocks = world_path(w, w->work, "answers");
    options.faults = "after-create=cut@99";
    TRY(nf_session_new(&w->other_session, w->app, &options, w->err));
    HOLDS(!nf_session_warning(w->other_session, 0));
    HOLDS(nf_session_unused_mock(w->other_session, 0));
    HOLDS(nf_session_faults(w->other_session, NULL) == 0);
    HOLDS(nf_session_memory(w->other_session, &peak) > 0);
    nf_session_cancel(w->other_session);
    nf_session_free(w->other_session);
    w->other_session = NULL;
    return NF_OK;
}

static nf_status call(world *w)
{
    TRY(nf_session_call(&w->value, w->session, "Sweep.Work", NULL, 0, w->err));
    HOLDS(w->value);
    return NF_OK;
}

static nf_status to_end(world *w)
{
    nf_watch watch[4];
    nf_status status;
    int timeout;
    while ((status = nf_run_step(w->run, w->err)) == NF_PENDING) {
        HOLDS(nf_session_watch(w->session, watch, 4, &timeout) <= 4);
        nf_session_wait(w->session, timeout);
    }
    return status;
}

static nf_status run(world *w)
{
    TRY(nf_run_start(&w->run, w->session, "Sweep.Work", NULL, 0, w->err));
    nf_status status = to_end(w);
    HOLDS((status == NF_OK) == (nf_run_result(w->run) != NULL));
    /* A run that failed has a report, too. */
    w->text = nf_run_report(w->run, status == NF_OK ? NULL : w->err, true);
    TRY(status);
    GIVES(w->text);
    /* It says how long the run took. */
    HOLDS(strstr(w->text, "\"result\"") && strstr(w->text, "\"statistics\""));
    nf_text_free(w->text);
    w->text = NULL;
    GIVES(w->other_text = nf_run_variables(w->run));
    /* A retry moves the clock, and with it the date of a change. */
    HOLDS(strstr(w->other_text, "Sweep."));
    nf_text_free(w->other_text);
    w->other_text = NULL;
    return nf_session_background(w->session, w->err);
}

static nf_status run_with_text(world *w)
{
    TRY(nf_run_start_text(&w->run, w->session, "Sweep.Work", NULL, 0, w->err));
    nf_run_free(w->run); /* given up */
    w->run = NULL;
    return NF_OK;
}

static nf_status new_order(world *w)
{
    TRY(nf_session_create(&w->object, w->session, "Sweep.Customer", w->err));
    GIVES(w->value = nf_value_new_string("a customer", 10));
    return nf_object_change(w->object, "Name", w->value, w->err);
}

static nf_status objects(world *w)
{
    const char *name;
    TRY(new_order(w));
    HOLDS(strcmp(nf_object_entity(w->object), "Sweep.Customer") == 0);
    HOLDS(strcmp(nf_object_state_text(w->object), "new") == 0);
    HOLDS(!nf_object_is_gone(w->object));
    for (size_t i = 0; (name = nf_object_member_name(w->object, i)); i++) {
        nf_value_free(w->other_value);
        w->other_value = NULL;
        TRY(nf_object_member(&w->other_value, w->object, name, w->err));
    }
    TRY(nf_session_commit(w->session, &w->object, 1, w->err));
    TRY(nf_object_change(w->object, "Name", NULL, w->err));
    TRY(nf_session_rollback(w->session, w->object, w->err));
    int64_t id = nf_object_id(w->object);
    nf_object_free(w->object);
    w->object = NULL;
    TRY(nf_session_find(&w->object, w->session, "Sweep.Customer", id, w->err));
    HOLDS(w->object);
    HOLDS(nf_object_keep(w->object) == w->object);
    nf_object_free(w->object);
    nf_object_free(w->object);
    w->object = NULL;
    TRY(nf_session_find(&w->object, w->session, NULL, id, w->err));
    HOLDS(w->object);
    nf_value_free(w->value);
    GIVES(w->value = nf_value_new_object(w->object));
    HOLDS(nf_value_as_object(w->value) == w->object);
    GIVES(w->text = nf_value_to_json(w->value));
    return nf_session_delete(w->session, &w->object, 1, w->err);
}

static nf_status lists(world *w)
{
    nf_query query = NF_QUERY_INIT;
    TRY(new_order(w));
    TRY(nf_session_commit(w->session, &w->object, 1, w->err));
    query.entity = "Sweep.Customer";
    query.xpath = "[Name = 'a customer']";
    query.sort = "Name";
    TRY(nf_session_retrieve(&w->list, w->session, &query, w->err));
    HOLDS(nf_list_length(w->list) == 1 &&
          nf_list_item(w->list, 0) == w->object);
    nf_list_free(w->list);
    w->list = NULL;
    TRY(nf_session_list(&w->list, w->session, "Sweep.Customer", w->err));
    HOLDS(nf_list_keep(w->list) == w->list);
    nf_list_free(w->list);
    HOLDS(strncmp(nf_list_entity(w->list), "Sweep.", 6) == 0);
    GIVES(nf_list_add(w->list, w->object));
    HOLDS(nf_list_contains(w->list, w->object));
    nf_list_remove(w->list, w->object);
    HOLDS(!nf_list_contains(w->list, w->object));
    GIVES(nf_list_add(w->list, w->object));
    GIVES(w->other_value = nf_value_new_list(w->list));
    HOLDS(nf_value_as_list(w->other_value) == w->list);
    GIVES(w->text = nf_value_print(w->other_value));
    return NF_OK;
}

static nf_status synchronize(world *w)
{
    TRY(new_order(w));
    TRY(nf_session_commit(w->session, &w->object, 1, w->err));
    TRY(nf_session_synchronize(&w->text, w->session, NF_SYNCHRONIZE_ALL, NULL,
                               0, false, w->err));
    GIVES(w->text);
    GIVES(w->other_text = nf_sync_report_print(w->text, true));
    nf_text_free(w->text); /* counts bytes: without compression they are more */
    w->text = NULL;
    return NF_OK;
}

static nf_status synchronize_beside(world *w)
{
    int64_t waiting;
    nf_status status;
    TRY(new_order(w));
    TRY(nf_session_commit(w->session, &w->object, 1, w->err));
    TRY(nf_session_sync_start(w->session, NF_SYNCHRONIZE_SELECTED, &w->object,
                              1, w->err));
    HOLDS(nf_session_is_syncing(w->session));
    do
        status = nf_session_sync_step(&w->text, w->session, 0, w->err);
    while (status == NF_PENDING);
    HOLDS(!nf_session_is_syncing(w->session));
    TRY(status);
    /* The report counts bytes: without memory to compress them it is more. */
    GIVES(w->other_text = nf_sync_report_print(w->text, true));
    nf_text_free(w->text);
    w->text = NULL;
    TRY(nf_session_sync_start(w->session, NF_SYNCHRONIZE_ALL, NULL, 0, w->err));
    nf_session_sync_cancel(w->session);
    do
        status = nf_session_sync_step(NULL, w->session, 0, w->err);
    while (status == NF_PENDING);
    if (status == NF_FAILED &&
        strcmp(nf_error_text(w->err, NF_ERROR_CODE), "SYNC_CANCELLED") == 0)
        nf_error_reset(w->err);
    else
        TRY(status);
    TRY(nf_session_unsynchronized(&waiting, w->session, w->err));
    return nf_session_sign_out(&waiting, w->session, w->err);
}

const memory_case session_cases[] = {
    {"opening a session", open_session, NOTHING},
    {"a call", call, SESSION},
    {"a run", run, SESSION},
    {"a run that is given up", run_with_text, SESSION},
    {"objects", objects, SESSION},
    {"lists", lists, SESSION},
    {"a synchronization", synchronize, SESSION},
    {"a synchronization in steps", synchronize_beside, SESSION},
    {NULL, NULL, NOTHING},
};
