/* Apps that end within a test and begin anew (E44), users that change. */
#include "testing/case.h"

#include <json-c/json.h>
#include <string.h>

/* Values of a session that ends: objects are remembered by their ids. */
typedef struct stored_value {
    const nf_entity *entity;
    int64_t id;
} stored_value;

static bool store_values(test_device *d, stored_value *stored)
{
    for (size_t i = 0; i < d->count; i++) {
        nf_value *v = &d->values[i].value;
        stored[i] = (stored_value){0};
        if (v->kind == NF_KIND_OBJECT)
            stored[i] = (stored_value){v->as.object->entity, v->as.object->id};
        if (v->kind == NF_KIND_OBJECT || v->kind == NF_KIND_LIST) {
            nf_value_release(v);
            *v = nf_empty();
        }
    }
    return true;
}

static nf_status find_values(test_device *d, const stored_value *stored,
                             nf_error *err)
{
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < d->count; i++) {
        nf_object *object = NULL;
        if (!stored[i].entity || stored[i].id <= 0)
            continue;
        status = nf_objects_get(&object, d->session->objects, stored[i].entity,
                                stored[i].id, err);
        if (status == NF_OK && object)
            d->values[i].value = nf_object_take(object);
    }
    return status;
}

static void end_session(test_device *d)
{
    struct json_object *events = d->session->events;
    d->session->events = NULL;
    d->session->mocks = NULL;
    d->events = events; /* what was seen stays seen */
    d->offline = d->session->offline;
    nf_session_free(d->session);
    d->session = NULL;
}

nf_status test_restart_device(test_device *d, const char *user, nf_error *err)
{
    stored_value stored[TEST_VARIABLES];
    bool other = user && (!d->user || strcmp(user, d->user) != 0);
    if (d->session) {
        store_values(d, stored);
        end_session(d);
    } else {
        memset(stored, 0, sizeof stored);
    }
    if (user)
        d->user = user;
    if (other && !(d->file = test_database_of(d, user)))
        return nf_error_nomem(err);
    if (other)
        memset(stored, 0, sizeof stored); /* S15: none of another user's */
    nf_status status = test_open_device(d, err);
    if (status != NF_OK)
        return status;
    d->session->offline = d->offline;
    d->session->mocks = d->run->mocks;
    d->session->events = d->events;
    d->events = NULL;
    status = nf_session_initial_sync(d->session, err);
    return status == NF_OK ? find_values(d, stored, err) : status;
}

nf_status test_recover_device(test_device *d, nf_error *err)
{
    nf_faults *crashed = d->faults, *calm;
    nf_faults_clear(d->faults);
    if (!d->session || !nf_faults_crashed(d->faults))
        return NF_OK;
    nf_status status = test_new_faults(&calm, "", err);
    if (status != NF_OK)
        return status;
    d->faults = calm;
    nf_faults_set_server(calm, d->run->server_faults);
    status = test_restart_device(d, NULL, err);
    nf_faults_free(crashed); /* the session that held it has ended */
    return status;
}

nf_status test_sign_out_device(test_device *d, nf_error *err)
{
    stored_value stored[TEST_VARIABLES];
    int64_t unsynchronized;
    if (!d->session)
        return nf_error_set(err, NF_FAILED, "bad_test", "nobody is signed in");
    nf_status status = nf_session_sign_out(&unsynchronized, d->session, err);
    if (status != NF_OK)
        return status;
    store_values(d, stored);
    end_session(d);
    return NF_OK;
}
