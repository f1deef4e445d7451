/* The commit of a sync resource, and the plan, which only asks what the commit
 * would do (synchronize W41, W53). */
#include "server/requests.h"

#include "sync/document.h"

enum { APPLYING_MS = 500 };

static bool is_code(const nf_error *problem, const char *code)
{
    return !strcmp(problem->code, code);
}

/* What the upload itself causes ends the resource: repeating it would end the
 * same way. Everything else may go better the next time. */
static nf_status fail_run(nf_exchange *x, nf_unit *unit, nf_error *err)
{
    nf_blob_name body = nf_blob_name_body(&x->run.id);
    nf_status status = nf_database_begin(x->server->database, err);

    if (status != NF_OK)
        return status;
    status = nf_run_move(x->server, &x->run, NF_RUN_FAILED, err);
    if (status == NF_OK)
        status = nf_unit_record_failure(unit, err);
    if (status == NF_OK)
        status = nf_staged_drop(x->server, &body, err);
    return nf_database_conclude(x->server->database, status, err);
}

static nf_status refuse_commit(nf_exchange *x, const nf_error *problem,
                               nf_error *err)
{
    bool malformed = is_code(problem, "SYNC_PROTOCOL");

    if (!malformed && !is_code(problem, "SYNC_LIMIT"))
        return nf_error_pass(problem, err);
    nf_server_log(x->server, "warning", "a synchronization was refused: %s",
                  problem->message);
    return malformed
               ? nf_refuse(x->response, 400, "SYNC_PROTOCOL", "malformed", err)
               : nf_refuse(x->response, 413, "SYNC_LIMIT", "too much", err);
}

/* Another process applies: asking again is not a failure (W41). */
static nf_status reply_applying(nf_exchange *x, nf_error *err)
{
    nf_buffer *reply = nf_reply_begin(x->response);

    nf_put_string(reply, "state", "applying");
    nf_put_int64(reply, "retryAfterMs", APPLYING_MS);
    x->response->retry_after_ms = APPLYING_MS;
    return nf_reply_end(x->response, 202, err);
}

static nf_status restore_unit(nf_exchange *x, nf_unit *unit, nf_error *err)
{
    uint8_t *outcome;
    size_t size;
    nf_status status =
        nf_run_load_outcome(x->server, &x->run, &outcome, &size, err);

    unit->sequence = x->run.sequence;
    if (status == NF_OK)
        status = nf_unit_restore(unit, outcome, size, err);
    nf_free(outcome);
    return status;
}

/* What took more time or memory than a request may is refused as too much. */
static nf_status judge_limits(nf_server *server, nf_status status,
                              nf_error *problem)
{
    bool late = !strcmp(problem->detail, "timeout");

    if (status == NF_OK ||
        (!late && !nf_server_was_refused_memory(server, status)))
        return status;
    nf_error_clear(problem);
    return nf_error_set(problem, NF_FAILED, "SYNC_LIMIT",
                        "the upload needs more %s than a request may use",
                        late ? "time" : "memory");
}

/* The upload is checked, applied and its outcome stored, or nothing is; or it
 * was applied before, and the result has ended or was lost: that is made from
 * the stored outcome, never from the upload (S37, W53). */
static nf_status apply_unit(nf_exchange *x, nf_unit *unit, nf_error *problem,
                            nf_error *err)
{
    nf_status status;

    if (x->run.state != NF_RUN_STAGED)
        return restore_unit(x, unit, problem);
    status = nf_unit_read(unit, problem);
    if (status == NF_OK)
        status = nf_unit_apply(unit, problem);
    status = judge_limits(x->server, status, problem);
    nf_unit_log(unit, status == NF_OK ? "applied" : problem->code);
    if (status == NF_FAILED && x->run.state == NF_RUN_STAGED &&
        (is_code(problem, "SYNC_PROTOCOL") || is_code(problem, "SYNC_LIMIT")) &&
        fail_run(x, unit, err) == NF_NOMEM)
        return NF_NOMEM;
    return status;
}

static nf_status run_unit(nf_exchange *x, nf_error *problem, nf_error *err)
{
    nf_blob_name body = nf_blob_name_body(&x->run.id);
    nf_unit unit = {.server = x->server,
                    .session = x->session,
                    .run = &x->run,
                    .started = nf_clock_elapsed()};
    nf_status status = apply_unit(x, &unit, problem, err);

    if (status == NF_OK)
        status = nf_result_begin(&unit, problem);
    if (status == NF_OK) /* the result was the last to look at it */
        status = nf_staged_drop(x->server, &body, problem);
    nf_unit_dispose(&unit);
    return status;
}

nf_status nf_exchange_commit(nf_exchange *x, nf_error *err)
{
    nf_error problem = {0};
    bool right = true, ready = false;
    int64_t size;
    nf_status status = nf_exchange_settle(x, &right, err);

    if (status == NF_OK && x->run.state == NF_RUN_APPLIED)
        status = nf_exchange_has_result(x, &ready, &size, err);
    if (status != NF_OK)
        return status;
    if (ready)
        return nf_exchange_state(x, 200, err);
    if (x->run.state == NF_RUN_OPEN || x->run.state == NF_RUN_ABORTED ||
        x->run.state == NF_RUN_FAILED)
        return nf_exchange_state(x, 409, err);
    status = run_unit(x, &problem, err);
    if (status == NF_OK && x->run.state == NF_RUN_ACKED) {
        /* A device that was restored from a copy asks for what it had. */
        x->run.state = NF_RUN_APPLIED;
        status = nf_exchange_state(x, 200, err);
        x->run.state = NF_RUN_ACKED;
        return status;
    }
    if (status == NF_OK)
        return nf_exchange_state(x, 200, err);
    if (is_code(&problem, "state_moved") || is_code(&problem, "wrong_offset") ||
        !strcmp(problem.detail, "busy"))
        return reply_applying(x, err);
    return refuse_commit(x, &problem, err);
}

nf_status nf_exchange_plan(nf_exchange *x, nf_error *err)
{
    nf_error problem = {0};
    bool right = true;
    nf_status status = nf_exchange_settle(x, &right, err);

    if (status != NF_OK)
        return status;
    if (x->run.state != NF_RUN_STAGED)
        return nf_exchange_state(x, 409, err);
    status = nf_plan_make(x->server, x->session, &x->run, &problem);
    return status == NF_OK ? nf_exchange_state(x, 200, err)
                           : refuse_commit(x, &problem, err);
}
