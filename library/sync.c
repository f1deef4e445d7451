/* Synchronizations that the host or the program asks for, and the initial one
 * (synchronize S131 … S133). Those of a flow are its activity's business. */
#include "library/session.h"

#include "base/json.h"
#include "activities/sync_events.h"
#include "library/json.h"
#include "server/http.h"

#include <json-c/json.h>

enum { STEP_MS = 1000 }; /* between looks at the cancel flag */

static void on_progress(void *user, const char *phase, int64_t done,
                        int64_t total)
{
    nf_session *s = user;
    nf_tell_sync_progress(&s->world, phase, done, total);
    NF_IN_MEMORY(NULL);
    if (s->progress)
        s->progress(s->host, phase, done, total);
}

/* Why a server was not reached, or not trusted (A143). The error has the text
 * of §17 alone, so the first reason is a warning of the session, too. */
static void connection_log(void *user, const char *level, const char *text)
{
    nf_session *s = user;
    nf_session_trace_log(s, "connectionLog", level, text);
    if (!s->told_connection && strcmp(level, "warning") == 0)
        nf_session_warn(s, "no connection to %.200s: %.300s", s->server_url,
                        text);
    s->told_connection = true;
}

nf_status nf_session_transport(nf_sync_transport **out, nf_session *s,
                               nf_error *err)
{
    nf_sync_http_options options = {.address = s->server_url,
                                    .clock = s->clock,
                                    .ca_file = s->ca_file,
                                    .pin = s->server_key,
                                    .proxy = s->proxy,
                                    .pack = s->pack,
                                    .log = connection_log,
                                    .user = s};
    nf_status status = s->server_url ? nf_sync_http_new(out, &options, err)
                       : s->over_http
                           ? nf_http_loopback(out, s->server, s->clock, err)
                       : s->server ? nf_server_transport(out, s->server, err)
                                   : nf_sync_none_new(out, err);
    if (status == NF_OK && s->faults)
        status = nf_sync_faulty_new(out, *out, s->faults, err);
    if (status == NF_OK && s->switched)
        status = nf_sync_switched_new(out, *out, &s->offline, err);
    return status;
}

nf_sync_options nf_session_sync_options(nf_session *s)
{
    return (nf_sync_options){
        .model = s->model,
        .profile = s->world.profile,
        .device = s->device,
        .objects = s->objects,
        .clock = s->clock,
        .random = &s->random,
        .faults = s->faults,
        .rebase = s->settings.rebase,
        .merge = s->settings.merge,
        .keep_rejected = s->settings.keep_rejected,
        .identity = {.user = s->user,
                     .password = s->password,
                     .roles = s->roles,
                     .role_count = s->role_count,
                     .profile = s->profile_name,
                     .device_name = s->device_name,
                     .time_zone = s->time_zone,
                     .language = s->language},
        .progress = on_progress,
        .user = s,
    };
}

nf_status nf_session_connect(nf_session *s, nf_error *err)
{
    nf_sync_transport *transport = NULL;
    nf_sync_options options = nf_session_sync_options(s);
    nf_status status = nf_session_transport(&transport, s, err);
    if (status == NF_OK)
        status = nf_sync_client_new(&s->sync, transport, &options, err);
    if (status == NF_OK)
        nf_sync_set_items(s->sync, !s->sync_counts_only);
    s->world.sync = s->sync;
    return status;
}

bool nf_session_has_server(const nf_session *s)
{
    return s->server_url || s->server;
}

/* ---- running ----------------------------------------------------------- */

static nf_status run_to_end(nf_session *s, nf_sync_kind kind,
                            nf_object *const *objects, size_t count,
                            bool dry_run, nf_error *err)
{
    bool asked = false;
    nf_status status = dry_run
                           ? nf_sync_plan(s->sync, kind, objects, count,
                                          nf_session_has_server(s), err)
                           : nf_sync_start(s->sync, kind, objects, count, err);
    if (status != NF_OK)
        return status;
    /* Nothing else of this session runs until the end, unless a callback of the
     * host does it. */
    nf_sync_set_alone(s->sync, !s->progress && !s->event);
    do {
        if (nf_session_is_cancelled(s) && !asked) {
            nf_sync_cancel(s->sync);
            asked = true;
        }
        status = nf_sync_step(s->sync, STEP_MS, err);
    } while (status == NF_PENDING);
    nf_sync_set_alone(s->sync, false);
    return status;
}

static bool is_partial(const nf_error *err)
{
    return err && strcmp(err->code, "SYNC_PARTIAL") == 0;
}

static nf_sync_kind kind_of(nf_synchronize_mode mode)
{
    static const nf_sync_kind kinds[] = {
        [NF_SYNCHRONIZE_ALL] = NF_SYNC_RUN_ALL,
        [NF_SYNCHRONIZE_UNSYNCHRONIZED] = NF_SYNC_RUN_UNSYNCHRONIZED,
        [NF_SYNCHRONIZE_SELECTED] = NF_SYNC_RUN_SELECTED,
    };
    return kinds[mode];
}

static nf_status check_session(nf_session *s, bool dry_run, nf_error *err)
{
    nf_status status = nf_session_need_device(s, "synchronizing", err);
    if (status != NF_OK)
        return status;
    if (!nf_session_has_server(s) && !dry_run)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "there is no server to synchronize with: --server "
                            "(or the option `server` of a session) says which");
    if (s->world.profile && !s->world.profile->offline)
        return nf_sync_error("SYNC_NOT_OFFLINE", err);
    return NF_OK;
}

/* What is told of a run that has ended; takes `failure` over into `err`. */
static nf_status end_run(char **report, nf_session *s, nf_status status,
                         nf_error *failure, nf_error *err)
{
    if (report && (status == NF_OK || is_partial(failure))) {
        json_object *json = nf_sync_outcome_json(nf_sync_last(s->sync));
        *report = nf_json_text_of(json, NF_JSON_LINE);
        json_object_put(json);
        if (!*report && status == NF_OK)
            return nf_error_nomem(err);
    }
    if (status != NF_OK && err && !nf_error_is_set(err))
        *err = *failure;
    return status;
}

nf_status nf_session_synchronize(char **report, nf_session *s,
                                 nf_synchronize_mode mode,
                                 nf_object *const *objects, size_t count,
                                 bool dry_run, nf_error *err)
{
    NF_IN_SESSION(s);
    nf_sync_kind kind = kind_of(mode);
    nf_error failure = {0};
    if (report)
        *report = NULL;
    nf_status status = check_session(s, dry_run, err);
    if (status != NF_OK)
        return status;
    if (!dry_run)
        nf_tell_sync_started(&s->world, kind);
    nf_session_enter(s);
    status = run_to_end(s, kind, objects, count, dry_run, &failure);
    nf_session_leave(s);
    if (!dry_run)
        nf_tell_sync_ended(&s->world, kind, false,
                           status == NF_OK ? NULL : &failure, NULL);
    return end_run(report, s, status, &failure, err);
}

/* ---- in the background (S142) ------------------------------------------ */

nf_status nf_session_sync_start(nf_session *s, nf_synchronize_mode mode,
                                nf_object *const *objects, size_t count,
                                nf_error *err)
{
    NF_IN_SESSION(s);
    nf_sync_kind kind = kind_of(mode);
    nf_status status = check_session(s, false, err);
    if (status == NF_OK && nf_sync_running(s->sync))
        status = nf_sync_error("SYNC_BUSY", err);
    if (status == NF_OK)
        status = nf_sync_start(s->sync, kind, objects, count, err);
    if (status != NF_OK)
        return status;
    s->background = true;
    nf_session_enter(s);
    s->background_kind = kind;
    nf_tell_sync_started(&s->world, kind);
    return NF_OK;
}

nf_status nf_session_sync_step(char **report, nf_session *s, int timeout_ms,
                               nf_error *err)
{
    NF_IN_SESSION(s);
    nf_error failure = {0};
    if (report)
        *report = NULL;
    if (!s->background)
        return nf_error_set(err, NF_USAGE, "not_found",
                            "no synchronization was started");
    if (nf_session_is_cancelled(s))
        nf_sync_cancel(s->sync);
    nf_status status = nf_sync_step(
        s->sync, timeout_ms > 0 ? timeout_ms : nf_session_patience(s, false),
        &failure);
    if (status == NF_PENDING)
        return status;
    s->background = false;
    nf_session_leave(s);
    nf_tell_sync_ended(&s->world, s->background_kind, false,
                       status == NF_OK ? NULL : &failure, NULL);
    return end_run(report, s, status, &failure, err);
}

void nf_session_sync_cancel(nf_session *s)
{
    if (s->sync)
        nf_sync_cancel(s->sync);
}

bool nf_session_is_syncing(const nf_session *s)
{
    return s->sync && nf_sync_running(s->sync);
}

/* ---- signing out (S136) ------------------------------------------------ */

nf_status nf_session_unsynchronized(int64_t *count, nf_session *s,
                                    nf_error *err)
{
    NF_IN_SESSION(s);
    *count = 0;
    nf_status status = nf_session_need_device(s, "counting changes", err);
    return status == NF_OK ? nf_device_change_count(s->device, count, err)
                           : status;
}

nf_status nf_session_sign_out(int64_t *unsynchronized, nf_session *s,
                              nf_error *err)
{
    NF_IN_SESSION(s);
    int64_t count;
    nf_status status = nf_session_unsynchronized(&count, s, err);
    if (unsynchronized)
        *unsynchronized = count;
    if (status != NF_OK)
        return status;
    do
        status = nf_sync_sign_out(s->sync, STEP_MS, err);
    while (status == NF_PENDING);
    return status;
}

/* ---- the initial one (S132) -------------------------------------------- */

nf_status nf_session_initial_sync(nf_session *s, nf_error *err)
{
    nf_error failure = {0};
    if (!nf_session_has_server(s) || s->initial == NF_INITIAL_NEVER ||
        s->initial_done || nf_sync_running(s->sync))
        return NF_OK;
    s->initial_done = true;
    if (!nf_sync_is_initial(s->sync))
        return NF_OK;
    nf_tell_sync_started(&s->world, NF_SYNC_RUN_ALL);
    nf_status status = run_to_end(s, NF_SYNC_RUN_ALL, NULL, 0, false, &failure);
    if (status == NF_NOMEM || nf_session_is_cancelled(s)) {
        if (err && !nf_error_is_set(err))
            *err = failure;
        return status;
    }
    nf_status told = nf_tell_sync_ended(&s->world, NF_SYNC_RUN_ALL, true,
                                        status == NF_OK ? NULL : &failure, err);
    if (told != NF_OK)
        return told;
    if (status == NF_OK || s->initial == NF_INITIAL_AUTO ||
        is_partial(&failure))
        return NF_OK;
    s->initial_done = false;
    if (err && !nf_error_is_set(err))
        *err = failure;
    return status;
}
