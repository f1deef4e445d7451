/* Many devices in one process, each a session on a thread of its own, that
 * synchronize at once over one app: sessions MODEL URL FIRST COUNT. Session
 * number N works on phoneN.db of the working directory as anna. Prints what
 * fails; 0 when nothing does. */
#include "nanoflow.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct device {
    const nf_app *app;
    const char *url;
    int number;
    bool ok;
    pthread_t thread;
} device;

static void *synchronize(void *user)
{
    device *d = user;
    nf_session_options o = NF_SESSION_OPTIONS_INIT;
    nf_error *err = nf_error_new();
    nf_session *session = NULL;
    char database[64];

    snprintf(database, sizeof database, "phone%d.db", d->number);
    o.database = database;
    o.server = d->url;
    o.user = "anna";
    o.password = "demo";
    o.initial_sync = "never";
    d->ok = nf_session_new(&session, d->app, &o, err) == NF_OK &&
            nf_session_synchronize(NULL, session, NF_SYNCHRONIZE_ALL, NULL, 0,
                                   false, err) == NF_OK;
    if (!d->ok)
        fprintf(stderr, "phone%d: %s\n", d->number,
                nf_error_text(err, NF_ERROR_MESSAGE));
    nf_session_free(session);
    nf_error_free(err);
    return NULL;
}

int main(int argc, char **argv)
{
    int first = argc > 3 ? atoi(argv[3]) : 0;
    int count = argc > 4 ? atoi(argv[4]) : 0;
    device *devices = count > 0 ? calloc((size_t)count, sizeof *devices) : NULL;
    nf_error *err = nf_error_new();
    nf_app *app = NULL;
    int failed = 0;

    if (!devices || nf_app_open(&app, argv[1], err) != NF_OK) {
        fprintf(stderr, "%s\n",
                devices ? nf_error_text(err, NF_ERROR_MESSAGE) : "usage");
        return 2;
    }
    for (int i = 0; i < count; i++) {
        devices[i] =
            (device){.app = app, .url = argv[2], .number = first + i};
        if (pthread_create(&devices[i].thread, NULL, synchronize,
                           &devices[i]) != 0) {
            perror("a thread");
            return 2;
        }
    }
    for (int i = 0; i < count; i++) {
        pthread_join(devices[i].thread, NULL);
        failed += !devices[i].ok;
    }
    nf_app_close(app);
    nf_error_free(err);
    free(devices);
    return failed ? 1 : 0;
}
