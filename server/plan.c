/* What a synchronization would do (`sync --dry-run`): the staged upload is
 * applied and its result written as in a commit, and then everything is undone
 * but the bytes of the result, which the device reads and drops. So a plan says
 * exactly what a commit at this moment would have said, refusals included.
 * Contents of files are not sent for a plan; they count as there. */
#include "server/unit.h"

static nf_status write_plan(nf_unit *unit, nf_error *err)
{
    nf_status status = nf_unit_read(unit, err);

    if (status == NF_OK)
        status = nf_unit_apply(unit, err);
    return status == NF_OK ? nf_result_begin(unit, err) : status;
}

nf_status nf_plan_make(nf_server *server, nf_server_session *session,
                       nf_server_run *run, nf_error *err)
{
    nf_unit unit = {.server = server, .session = session, .run = run};
    nf_run_state state = run->state;
    nf_status ended, status = nf_plan_drop(server, &run->id, err);

    if (status == NF_OK)
        status = nf_database_begin(server->database, err);
    if (status != NF_OK)
        return status;
    run->dry = true;
    status = write_plan(&unit, err);
    nf_unit_dispose(&unit);
    nf_result_drop(server, &run->id); /* one that was not completed */
    ended = nf_database_end(server->database, false, err);
    run->state = state;
    return status != NF_OK ? status : ended;
}

nf_status nf_plan_drop(nf_server *server, const nf_sync_id *id, nf_error *err)
{
    nf_blob_name name = nf_blob_name_result(id, NULL);

    return nf_blob_remove(server->blobs, &name, err);
}

nf_status nf_plan_size(nf_server *server, const nf_sync_id *id, int64_t *size,
                       nf_error *err)
{
    nf_blob_name name = nf_blob_name_result(id, NULL);

    return nf_blob_size(server->blobs, &name, size, err);
}
