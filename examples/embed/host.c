/* The smallest host that handles everything: opens an app, runs one nanoflow
 * with arguments given as text, prints what a user would have seen, the result,
 * and where it went wrong.
 *
 *     host APP FLOW [NAME=VALUE]... */
#include <nanoflow.h>

#include <stdio.h>

/* Messages, pages, feedback: each event is a name and a JSON document.
 * nf_event_print makes a line of those that a user would see. */
static nf_status on_event(void *user, nf_session *session, const char *name,
                          const char *json, nf_error *err)
{
    char *line = nf_event_print(name, json, false);
    (void)user, (void)session, (void)err;
    if (line && *line)
        printf("event: %s\n", line);
    nf_text_free(line);
    return NF_OK;
}

int main(int argc, char **argv)
{
    nf_error *err = nf_error_new();
    nf_app *app = NULL;
    nf_session *session = NULL;
    nf_run *run = NULL;
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_status status = NF_USAGE;
    char *text;
    options.event = on_event;
    if (argc < 3)
        nf_error_fail(err, "usage: host APP FLOW [NAME=VALUE]...");
    else
        status = nf_app_open(&app, argv[1], err);
    if (status == NF_OK)
        status = nf_session_new(&session, app, &options, err);
    if (status == NF_OK)
        status = nf_run_start_text(&run, session, argv[2],
                                   (const char *const *)(argv + 3),
                                   (size_t)argc - 3, err);
    if (status == NF_OK)
        while ((status = nf_run_step(run, err)) == NF_PENDING)
            nf_session_wait(session, -1); /* for the server, say */
    if (status == NF_OK) {
        text = nf_value_print(nf_run_result(run)); /* "" if it has none */
        printf("result: %s\n", text ? text : "");
    } else {
        text = nf_error_print(err); /* place, message, flow, activity */
        fprintf(stderr, "%s\n", text ? text : nf_status_text(status));
    }
    nf_text_free(text);
    nf_run_free(run); /* the last one first */
    nf_session_free(session);
    nf_app_close(app);
    nf_error_free(err);
    return (int)status;
}
