/* A host that does something while its device synchronizes all objects:
 * during APP DATABASE SERVER PHASE cancel|REMARK. When the phase is met for the
 * first time it cancels, or commits the order once more with this remark; later
 * commits of what is being sent are allowed (sync.concurrent). Prints how the
 * synchronization ended: "ok", or the error's code (synchronize A114, A117). */
#include "nanoflow.h"

#include <stdio.h>
#include <string.h>

typedef struct host {
    nf_session *session;
    const char *phase, *then; /* phase NULL: met */
    bool failed;
} host;

static void act(host *h)
{
    nf_error *err = nf_error_new();
    nf_value *remark = nf_value_new_string(h->then, strlen(h->then));
    nf_argument argument = {"To", remark};

    if (strcmp(h->then, "cancel") == 0)
        nf_session_sync_cancel(h->session);
    else if (nf_session_call(NULL, h->session, "N.Again", &argument, 1, err) !=
             NF_OK) {
        fprintf(stderr, "N.Again: %s\n", nf_error_text(err, NF_ERROR_MESSAGE));
        h->failed = true;
    }
    nf_value_free(remark);
    nf_error_free(err);
}

static void on_progress(void *user, const char *phase, int64_t done,
                        int64_t total)
{
    host *h = user;
    (void)done;
    (void)total;
    if (!h->phase || strcmp(h->phase, phase) != 0)
        return;
    h->phase = NULL;
    act(h);
}

int main(int argc, char **argv)
{
    static const char *settings[] = {"sync.concurrent=rebase"};
    nf_session_options o = NF_SESSION_OPTIONS_INIT;
    host h = {0};
    nf_app *app = NULL;
    nf_error *err = nf_error_new();
    nf_status status;

    if (argc != 6)
        return 2;
    h.phase = argv[4];
    h.then = argv[5];
    o.database = argv[2];
    o.server = argv[3];
    o.user = "anna";
    o.password = "demo";
    o.now = "2026-03-18T10:20:30Z";
    o.initial_sync = "never";
    o.settings = settings;
    o.setting_count = 1;
    o.progress = on_progress;
    o.host = &h;
    status = nf_app_open(&app, argv[1], err);
    if (status == NF_OK)
        status = nf_session_new(&h.session, app, &o, err);
    if (status == NF_OK)
        status = nf_session_synchronize(NULL, h.session, NF_SYNCHRONIZE_ALL,
                                        NULL, 0, false, err);
    printf("%s\n", status == NF_OK ? "ok" : nf_error_text(err, NF_ERROR_CODE));
    if (status != NF_OK)
        fprintf(stderr, "%s\n", nf_error_text(err, NF_ERROR_MESSAGE));
    nf_session_free(h.session);
    nf_app_close(app);
    nf_error_free(err);
    return h.failed || h.phase ? 1 : 0; /* the phase has to be met */
}
