/* One fault: the run with it, a synchronization without it, and what must hold
 * afterwards (synchronize W57). */
#include "library/sweep.h"

#include "database/statement.h"

enum { REASON_SIZE = 2000 };

/* ---- running ------------------------------------------------------------- */

static nf_status run_flow(nf_session *session, const nf_sweep_options *o,
                          nf_error *err)
{
    nf_run *run = NULL;
    nf_status status = nf_run_start_text(&run, session, o->flow, o->arguments,
                                         o->argument_count, err);
    while (status == NF_OK || status == NF_PENDING) {
        status = nf_run_step(run, err);
        if (status == NF_OK)
            break;
        if (status == NF_PENDING)
            nf_session_wait(session, -1);
    }
    nf_run_free(run);
    return status;
}

static bool is_partial(const nf_error *err)
{
    return !strcmp(err->code, "SYNC_PARTIAL");
}

/* A synchronization that is complete although objects were refused is one. */
static nf_status synchronize(nf_session *session, nf_synchronize_mode mode,
                             nf_error *err)
{
    nf_status status =
        nf_session_synchronize(NULL, session, mode, NULL, 0, false, err);
    if (status != NF_FAILED || !is_partial(err))
        return status;
    nf_error_clear(err);
    return NF_OK;
}

static nf_status run(nf_session *session, const sweep *s, nf_error *err)
{
    return s->options->flow ? run_flow(session, s->options, err)
                            : synchronize(session, s->options->mode, err);
}

/* ---- the run without faults ---------------------------------------------- */

static nf_status end_states(sweep *s, nf_session *session, nf_error *err)
{
    nf_status status = sweep_state(&s->device_end, session, SWEEP_DEVICE, err);
    return status == NF_OK
               ? sweep_state(&s->server_end, session, SWEEP_SERVER, err)
               : status;
}

static nf_status run_baseline(sweep *s, nf_session *session, nf_error *err)
{
    nf_status status =
        sweep_state(&s->device_before, session, SWEEP_DEVICE, err);

    if (status == NF_OK)
        status = run(session, s, err);
    if (status == NF_OK)
        status = sweep_state(&s->device_after, session, SWEEP_DEVICE, err);
    return status;
}

nf_status sweep_baseline(sweep *s, nf_error *err)
{
    nf_session *session = NULL;
    nf_faults *faults = NULL;
    nf_status status = sweep_reset(s, err);

    if (status == NF_OK)
        status = nf_faults_new(&faults, "", err);
    if (status == NF_OK)
        status = sweep_open(&session, s, faults, err);
    if (status == NF_OK)
        status = run_baseline(s, session, err);
    if (status == NF_OK)
        status = sweep_plans(s, faults, err);
    nf_session_free(session);
    nf_faults_free(faults);
    session = NULL;
    if (status == NF_OK)
        status = sweep_open(&session, s, NULL, err);
    if (status == NF_OK)
        status = synchronize(session, NF_SYNCHRONIZE_ALL, err);
    if (status == NF_OK)
        status = end_states(s, session, err);
    nf_session_free(session);
    return status;
}

/* ---- what must hold ------------------------------------------------------ */

typedef struct verdict {
    bool broken;
    char reason[REASON_SIZE];
} verdict;

static void breaks(verdict *v, const char *what, const char *detail)
{
    if (v->broken)
        return;
    v->broken = true;
    snprintf(v->reason, sizeof v->reason, "%s%s%.1900s", what,
             *detail ? ": " : "", detail);
}

static void compare(verdict *v, const char *what, const char *a, const char *b)
{
    char room[REASON_SIZE];
    const char *difference = sweep_difference(room, sizeof room, a, b);
    if (difference)
        breaks(v, what, difference);
}

static nf_status check_sound(verdict *v, nf_database *database, nf_error *err)
{
    nf_statement *statement =
        nf_database_statement(database, "PRAGMA quick_check", err);
    bool row = false;
    nf_status status = statement ? NF_OK : NF_FAILED;

    if (status == NF_OK)
        status = nf_database_step(database, statement, &row, err);
    if (status == NF_OK) {
        const char *text = row ? nf_column_text(statement, 0) : NULL;
        if (!text || strcmp(text, "ok") != 0)
            breaks(v, "a damaged database", text ? text : "");
    }
    nf_database_done(database, statement);
    return status;
}

/* Nothing is left to be sent, and no run is open. */
static nf_status check_quiet(verdict *v, nf_session *session,
                             const char *device, nf_error *err)
{
    nf_pending pending = {0};
    nf_status status = nf_device_get_pending(&pending, session->device, err);

    if (status == NF_OK && pending.exists)
        breaks(v, "a synchronization is still open", "");
    nf_pending_dispose(&pending);
    const char *left = strstr(device, "\"$state\":");
    if (left)
        breaks(v, "a change was not sent", left);
    return status;
}

/* After the last synchronization: no change lost, none applied twice, the
 * device as the server shows it. */
static nf_status check_end(verdict *v, const sweep *s, nf_session *session,
                           nf_error *err)
{
    char *texts[4] = {0};
    nf_status status = NF_OK;

    for (int view = SWEEP_DEVICE; status == NF_OK && view <= SWEEP_SERVER;
         view++)
        status = sweep_state(&texts[view], session, (sweep_view)view, err);
    if (status == NF_OK) {
        compare(v, "the device differs from the server's view",
                texts[SWEEP_ALLOWED], texts[SWEEP_SHOWN]);
        status = check_quiet(v, session, texts[SWEEP_SHOWN], err);
    }
    if (status == NF_OK && !s->options->flow_changes) {
        compare(v, "the server holds something else than without the fault",
                s->server_end, texts[SWEEP_SERVER]);
        compare(v, "the device holds something else than without the fault",
                s->device_end, texts[SWEEP_DEVICE]);
    }
    if (status == NF_OK)
        status = check_sound(v, nf_device_database(session->device), err);
    if (status == NF_OK && !s->address)
        status = check_sound(v, nf_server_database(session->server), err);
    for (int view = 0; view < 4; view++)
        nf_free(texts[view]);
    return status;
}

/* Right after the fault: a failure leaves the device as it was (S130), a crash
 * leaves the old or the new state, whole (A125). */
static nf_status check_now(verdict *v, const sweep *s, nf_session *session,
                           bool crashed, bool failed, nf_error *err)
{
    char *device = NULL;
    nf_status status;

    if (s->options->flow_changes || (!crashed && !failed))
        return NF_OK;
    status = sweep_state(&device, session, SWEEP_DEVICE, err);
    if (status == NF_OK && strcmp(device, s->device_before) != 0 &&
        (!crashed || strcmp(device, s->device_after) != 0))
        compare(v,
                crashed ? "the crash left the device in part"
                        : "the failure changed the device",
                s->device_before, device);
    nf_free(device);
    return status;
}

/* ---- one case ------------------------------------------------------------ */

typedef struct attempt {
    const char *plan;
    nf_faults *faults;
    nf_session *session; /* the one that met the fault; NULL: it is closed */
    bool opened, failed, crashed;
    size_t happened;
    char code[NF_ERROR_CODE_SIZE];
} attempt;

static nf_status meet(attempt *a, sweep *s, nf_error *err)
{
    nf_error problem = {0};
    nf_status status = sweep_reset(s, err);

    if (status == NF_OK)
        status = nf_faults_new(&a->faults, a->plan, err);
    if (status != NF_OK)
        return status;
    nf_faults_crash_in_process(a->faults);
    status = sweep_open(&a->session, s, a->faults, &problem);
    a->opened = status == NF_OK;
    if (status == NF_OK)
        status = run(a->session, s, &problem);
    a->crashed = nf_faults_crashed(a->faults);
    a->happened = nf_faults_count(a->faults);
    a->failed = status != NF_OK;
    snprintf(a->code, sizeof a->code, "%s", problem.code);
    return status == NF_NOMEM ? nf_error_nomem(err) : NF_OK;
}

/* Half of the runs go on in the session that met the fault, as a host would;
 * after a crash, or while the disk is full, there is none to go on in. */
static bool goes_on(const attempt *a)
{
    unsigned sum = 0;
    for (const char *c = a->plan; *c; c++)
        sum += (unsigned char)*c;
    return a->opened && !a->crashed && sum % 2 == 0 &&
           !strstr(a->plan, "-write");
}

static nf_status recover(verdict *v, attempt *a, sweep *s, nf_error *err)
{
    nf_error problem = {0};
    nf_status status;

    if (goes_on(a)) {
        nf_faults_clear(a->faults);
    } else {
        nf_session_free(a->session);
        a->session = NULL;
        status = sweep_open(&a->session, s, NULL, &problem);
        if (status != NF_OK) {
            breaks(v, "the databases can't be opened again", problem.message);
            return NF_OK;
        }
    }
    status = check_now(v, s, a->session, a->crashed, a->failed, err);
    if (status != NF_OK)
        return status;
    status = synchronize(a->session, NF_SYNCHRONIZE_ALL, &problem);
    if (status != NF_OK) {
        breaks(v, "the synchronization after it failed", problem.message);
        return NF_OK;
    }
    return check_end(v, s, a->session, err);
}

static nf_status tell(sweep *s, const attempt *a, const verdict *v,
                      nf_write_fn write, void *user, nf_error *err)
{
    char line[REASON_SIZE + 400];
    const char *came = a->crashed     ? "crashed"
                       : !a->happened ? "not met"
                       : a->failed    ? a->code
                                      : "no failure";
    int length = snprintf(line, sizeof line, "%s %s: %s%s%s\n",
                          v->broken ? "BROKEN" : "ok", a->plan, came,
                          v->broken ? "; " : "", v->reason);

    s->done++;
    s->broken += v->broken;
    s->crashed += a->crashed;
    s->failed += a->failed && !a->crashed;
    s->missed += !a->happened;
    if (length >= (int)sizeof line)
        length = (int)sizeof line - 1;
    if (write(user, line, (size_t)length))
        return NF_OK;
    return nf_error_set(err, NF_INPUT, "unwritable",
                        "the output can't be written");
}

nf_status sweep_case(sweep *s, size_t index, nf_write_fn write, void *user,
                     nf_error *err)
{
    attempt a = {.plan = s->plans[index]};
    verdict v = {0};
    nf_status status = meet(&a, s, err);

    if (status == NF_OK)
        status = recover(&v, &a, s, err);
    if (status == NF_OK)
        status = tell(s, &a, &v, write, user, err);
    nf_session_free(a.session);
    nf_faults_free(a.faults);
    return status;
}
