/* Inside of a sweep (nanoflow.h): shared by the files sweep*.c, nobody else. */
#ifndef NF_LIBRARY_SWEEP_H
#define NF_LIBRARY_SWEEP_H

#include "library/session.h"

typedef struct sweep {
    nf_faults *none; /* of sessions in which nothing goes wrong */
    const nf_app *app;
    const nf_session_options *given;
    const nf_sweep_options *options;
    nf_random dice;
    char *folder; /* of all files; removed at the end */
    /* of a server in PostgreSQL, else NULL */
    nf_database *schemas;
    char *address;              /* of the one at work */
    char work[48], first[48];   /* their names */
    char now[32]; /* where every clock stands at first */
    /* what a run without faults comes to */
    char *device_before, *device_after; /* the run itself */
    char *device_end, *server_end;      /* and a synchronization after it */
    char **plans;
    size_t plan_count, plan_capacity, single_count;
    size_t done, failed, crashed, missed, broken;
} sweep;

/* ---- sweep_files.c: the databases and their copies --------------------- */

/* Copies a database that nobody has open, with what lies beside it; there is
 * none afterwards where there was none. Errors: NF_INPUT. */
nf_status sweep_copy_database(const char *from, const char *to, nf_error *err);

/* Makes the folder and copies the databases that were given into it. */
nf_status sweep_prepare(sweep *s, nf_error *err);
void sweep_clean(sweep *s);
/* Puts both databases back as they were at first. */
nf_status sweep_reset(sweep *s, nf_error *err);
/* A session on the copies. `faults` NULL: nothing goes wrong. */
nf_status sweep_open(nf_session **out, sweep *s, nf_faults *faults,
                     nf_error *err);
/* Adds the triggers that count how often the server writes a row, and makes
 * the present state that which sweep_reset restores. */
nf_status sweep_fix(sweep *s, nf_error *err);

/* ---- sweep_postgres.c: the same of a server in PostgreSQL --------------- */

bool sweep_is_address(const char *server);
/* Errors: those of the database. */
nf_status sweep_prepare_address(sweep *s, const char *given, nf_error *err);
void sweep_clean_address(sweep *s); /* nothing was prepared: nothing */
/* From work to first, or back. */
nf_status sweep_copy_address(sweep *s, bool back, nf_error *err);
/* The trigger of one table. */
nf_status sweep_count_address(nf_database *database, const nf_entity *entity,
                              nf_error *err);

/* ---- sweep_state.c: what databases hold, as text ----------------------- */

typedef enum sweep_view {
    SWEEP_DEVICE,  /* all rows of the device, with their state */
    SWEEP_SHOWN,   /* those that a full synchronization governs */
    SWEEP_ALLOWED, /* what the server shows this user's device of them */
    SWEEP_SERVER,  /* all rows of the server, and how often each was written */
} sweep_view;
/* Lines, sorted, without what two equal runs may differ in: dates of changes,
 * the order of AutoNumbers, ids of error objects. *out: nf_free. */
nf_status sweep_state(char **out, nf_session *session, sweep_view view,
                      nf_error *err);
/* The first line of either text that the other one lacks; NULL: they are the
 * same. Borrowed from static text or written to `room`. */
const char *sweep_difference(char *room, size_t size, const char *a,
                             const char *b);

/* ---- sweep_plan.c: what to try ----------------------------------------- */

/* Adds every fault that the points of a run allow, then the pairs. */
nf_status sweep_plans(sweep *s, const nf_faults *seen, nf_error *err);

/* ---- sweep_case.c: one fault ------------------------------------------- */

/* The run without faults: fills in what it comes to, and the plans. */
nf_status sweep_baseline(sweep *s, nf_error *err);
/* Tries one plan and writes its line. Errors only of the sweep itself. */
nf_status sweep_case(sweep *s, size_t index, nf_write_fn write, void *user,
                     nf_error *err);

#endif
