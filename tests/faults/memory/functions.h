/* Every public function with memory that runs out: what its cases share. A case
 * is called again and again, each time with one more allocation that succeeds;
 * what it leaves in the world is freed after it. */
#ifndef NF_FAULTS_MEMORY_FUNCTIONS_H
#define NF_FAULTS_MEMORY_FUNCTIONS_H

#include "nanoflow.h"

typedef struct world {
    const char *folder;  /* the app and its data */
    const char *work;    /* to write to */
    char path[4096];     /* of world_path */
    nf_app *app;         /* open */
    nf_app *fresh_app;   /* of which nothing was read or compiled before */
    nf_session *session; /* of it, on a device in memory with a server */
    /* what a case makes */
    nf_app *other_app;
    nf_session *other_session;
    nf_serve *serve;
    nf_run *run;
    nf_debug *debug;
    nf_object *object;
    nf_list *list;
    nf_value *value, *other_value;
    char *text, *other_text;
    nf_error *made, *err;
} world;

/* A file of the folder, or of `work`; borrowed until the next. */
const char *world_path(world *w, const char *folder, const char *name);

typedef struct memory_case {
    const char *name;
    nf_status (*run)(world *w); /* NF_NOMEM also where there is no error */
    enum { NOTHING, SLOW, FRESH_APP, SESSION } needs;
} memory_case;

/* Ends with one without a name. */
extern const memory_case app_cases[], session_cases[], data_cases[],
    debug_cases[];

/* Leaves a case with the status of a call that did not work. */
#define TRY(call)                                                              \
    do {                                                                       \
        nf_status status_ = (call);                                            \
        if (status_ != NF_OK)                                                  \
            return status_;                                                    \
    } while (0)
/* The same for calls that give NULL or false when out of memory. */
#define GIVES(expression)                                                      \
    do {                                                                       \
        if (!(expression))                                                     \
            return NF_NOMEM;                                                   \
    } while (0)
/* What has to hold whatever memory there is. */
#define HOLDS(condition)                                                       \
    do {                                                                       \
        if (!(condition))                                                      \
            world_fail(__FILE__, __LINE__, #condition);                        \
    } while (0)
void world_fail(const char *file, int line, const char *what);

#endif
