/* A host that answers for JavaScript actions, in its own time: the answers come
 * from standard input, while the calls of two users wait side by side in one
 * poll loop. Nobody waits longer than the time-out.
 *
 *     answers ../field-service/app.xml
 *
 * For each action, a line of input is its result: a number, if it is one. */
#define _POSIX_C_SOURCE 200809L
#include <nanoflow.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { USERS = 2, LINE = 200, SECONDS = 30 };

/* A question that waits for its answer, as the token of the call. */
typedef struct question {
    struct question *next;
    char answer[LINE];
    bool answered;
} question;

typedef struct host {
    question *first; /* the oldest */
    bool closed;     /* no more answers will come */
} host;

static question *ask(host *h, const char *action, const nf_argument *arguments,
                     size_t count)
{
    question *q = (question *)calloc(1, sizeof *q), **last = &h->first;
    printf("%s", action);
    for (size_t i = 0; i < count; i++) {
        char *text = nf_value_print(arguments[i].value);
        printf(" %s=%s", arguments[i].name, text ? text : "");
        nf_text_free(text);
    }
    printf("?\n");
    while (*last)
        last = &(*last)->next;
    return *last = q;
}

/* Asked again by each step of the run, until the answer is there. */
static nf_status on_call(void *user, nf_session *session, const char *kind,
                         const char *name, const nf_argument *arguments,
                         size_t count, void **token, nf_value **result,
                         nf_error *err)
{
    host *h = (host *)user;
    question *q = (question *)*token;
    (void)session;
    if (strcmp(kind, "javascriptaction") != 0)
        return NF_USAGE; /* somebody else's */
    if (!q)
        *token = q = ask(h, name, arguments, count);
    if (!q)
        return NF_NOMEM;
    if (!q->answered)
        return h->closed ? nf_error_fail(err, "nobody answers") : NF_PENDING;
    *result = nf_value_new_decimal(q->answer);
    if (!*result)
        *result = nf_value_new_string(q->answer, strlen(q->answer));
    return *result ? NF_OK : NF_NOMEM;
}

/* The call is over, answered or not. */
static void on_forget(void *user, nf_session *session, void *token)
{
    question **at = &((host *)user)->first;
    (void)session;
    while (*at != (question *)token)
        at = &(*at)->next;
    *at = (*at)->next;
    free(token);
}

static void read_answer(host *h)
{
    question *q = h->first;
    char line[LINE];
    if (!fgets(line, sizeof line, stdin)) {
        h->closed = true;
        return;
    }
    line[strcspn(line, "\n")] = '\0';
    while (q && q->answered)
        q = q->next;
    if (!q)
        return;
    memcpy(q->answer, line, sizeof line);
    q->answered = true;
}

/* Input, and what the sessions wait for: time, here; with a server also its
 * connections (event_loop.c). */
static void wait_for_something(host *h, nf_session *const *sessions)
{
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    int timeout = -1;
    for (int i = 0; i < USERS; i++) {
        int own;
        nf_session_watch(sessions[i], NULL, 0, &own);
        if (own >= 0 && (timeout < 0 || own < timeout))
            timeout = own;
    }
    if (poll(&input, 1, timeout) > 0)
        read_answer(h);
}

static bool step(nf_run *run, int user, nf_error *err)
{
    nf_status status = nf_run_step(run, err);
    char *text;
    if (status == NF_PENDING)
        return false;
    text = status == NF_OK ? nf_value_print(nf_run_result(run))
                           : nf_error_print(err);
    printf("user %d: %s\n", user, text ? text : "out of memory");
    nf_text_free(text);
    nf_error_reset(err);
    return true;
}

/* How many hours are billed for an order? The app asks an action. */
static nf_status start(nf_run **out, nf_session *session, const char *hours,
                       nf_error *err)
{
    nf_object *order = NULL;
    nf_value *worked = nf_value_new_decimal(hours), *given = NULL;
    nf_status status =
        nf_session_create(&order, session, "FieldService.WorkOrder", err);
    if (status == NF_OK)
        status = nf_object_change(order, "Hours", worked, err);
    if (status == NF_OK) {
        given = nf_value_new_object(order);
        const nf_argument argument = {"WorkOrder", given};
        status = nf_run_start(out, session, "FieldService.SUB_BilledHours",
                              &argument, 1, err);
    }
    nf_value_free(given);
    nf_value_free(worked);
    nf_object_free(order);
    return status;
}

static nf_status work(host *h, nf_session *const *sessions, nf_run **runs,
                      nf_error *err)
{
    static const char *const hours[USERS] = {"1.3", "2.1"};
    int left = USERS;
    bool done[USERS] = {false};
    for (int i = 0; i < USERS; i++) {
        nf_status status = start(&runs[i], sessions[i], hours[i], err);
        if (status != NF_OK)
            return status;
    }
    while (left) {
        for (int i = 0; i < USERS; i++)
            if (!done[i] && (done[i] = step(runs[i], i + 1, err)))
                left--;
        if (left && !h->closed)
            wait_for_something(h, sessions);
    }
    return NF_OK;
}

int main(int argc, char **argv)
{
    nf_error *err = nf_error_new();
    nf_app *app = NULL;
    nf_session *sessions[USERS] = {NULL};
    nf_run *runs[USERS] = {NULL};
    host h = {NULL, false};
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_status status;
    options.call = on_call;
    options.forget = on_forget;
    options.host = &h;
    options.timeout = SECONDS;
    if (argc != 2) {
        fprintf(stderr, "usage: answers APP\n");
        return NF_USAGE;
    }
    setvbuf(stdin, NULL, _IONBF, 0); /* poll sees what is left */
    status = nf_app_open(&app, argv[1], err);
    for (int i = 0; status == NF_OK && i < USERS; i++)
        status = nf_session_new(&sessions[i], app, &options, err);
    if (status == NF_OK)
        status = work(&h, sessions, runs, err);
    if (status != NF_OK) {
        char *text = nf_error_print(err);
        fprintf(stderr, "%s\n", text ? text : "out of memory");
        nf_text_free(text);
    }
    for (int i = 0; i < USERS; i++) {
        nf_run_free(runs[i]);
        nf_session_free(sessions[i]);
    }
    nf_app_close(app);
    nf_error_free(err);
    return (int)status;
}
