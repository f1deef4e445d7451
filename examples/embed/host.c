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

static nf_status run(const nf_app *app, int count, char **words, nf_error *err)
{
    nf_session *session = NULL;
    nf_run *flow = NULL;
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    options.event = on_event;
    nf_status status = nf_session_new(&session, app, &options, err);
    if (status == NF_OK)
        status = nf_run_start_text(&flow, session, words[0],
                                   (const char *const *)(words + 1),
                                   (size_t)count - 1, err);
    if (status == NF_OK)
        while ((status = nf_run_step(flow, err)) == NF_PENDING)
            nf_session_wait(session, -1);
    if (status == NF_OK && nf_run_result(flow)) {
        char *text = nf_value_print(nf_run_result(flow));
        printf("result: %s\n", text ? text : "");
        nf_text_free(text);
    }
    nf_run_free(flow);
    nf_session_free(session);
    return status;
}

int main(int argc, char **argv)
{
    nf_error *err = nf_error_new();
    nf_app *app = NULL;
    if (argc < 3) {
        fprintf(stderr, "usage: host APP FLOW [NAME=VALUE]...\n");
        return NF_USAGE;
    }
    nf_status status = nf_app_open(&app, argv[1], err);
    if (status == NF_OK)
        status = run(app, argc - 2, argv + 2, err);
    if (status != NF_OK) {
        char *text = nf_error_print(err); /* place, message, flow, activity */
        fprintf(stderr, "%s\n", text ? text : "out of memory");
        nf_text_free(text);
    }
    nf_app_close(app);
    nf_error_free(err);
    return (int)status;
}
