/* The world of matrix.c: one device and one server, with an object for every
 * combination of states. */
#ifndef MATRIX_H
#define MATRIX_H

#include "nanoflow.h"

typedef enum run_mode {
    RUN_ALL,
    RUN_UNSYNCHRONIZED,
    RUN_SELECTED, /* everything is selected */
    RUN_HALF,     /* every second object is */
    RUNS
} run_mode;
extern const char *const run_names[RUNS];

typedef enum cut_kind { /* of a run before, which then fails */
                        CUT_NONE,
                        CUT_BEFORE, /* the server never hears of it */
                        CUT_AFTER,  /* the server has applied it */
                        CUTS
} cut_kind;
extern const char *const cut_names[CUTS];

typedef enum entity_mode { /* also the entity, and what it is configured to */
                           MODE_ALL,
                           MODE_CONSTRAINED,
                           MODE_NONE,
                           MODE_PRESERVE,
                           MODE_NEVER,
                           MODES
} entity_mode;

typedef enum local_state {
    LOCAL_UNCOMMITTED,
    LOCAL_NEW,
    LOCAL_CLEAN,
    LOCAL_CHANGED,
    LOCAL_TOUCHED, /* committed without a change */
    LOCAL_DELETED,
    LOCALS
} local_state;

typedef enum server_state { /* what others did meanwhile */
                            SERVER_SAME,
                            SERVER_CHANGED,
                            SERVER_DELETED,
                            SERVER_HIDDEN, /* the user may not read it any more
                                            */
                            SERVER_FAR, /* it does not match the constraint any
                                           more */
                            SERVERS
} server_state;

typedef struct cell {
    entity_mode mode;
    local_state local;
    server_state server;
    bool overlay; /* uncommitted changes on top */
    bool invalid; /* violates a validation rule */
    bool unseen;  /* new, and not readable once it is there */
    bool selected;
    char key[24]; /* its value of Key, by which exports name it */
    int64_t id;
    nf_object *handle;
} cell;

void cell_describe(char *out, size_t size, const cell *c);

typedef struct world {
    nf_error *err;
    nf_app *app;
    nf_session *session;
    cell *cells;
    size_t count;
    nf_list *lists[MODES];
    char *device_rows, *server_rows; /* exports */
    char *report;
    char database[512], server_database[512], server[544], scratch[512];
    const char *user, *faults;
} world;

/* Both sides in place, the device's session open, a handle for every cell.
 * What the test itself can't do ends the program. */
void world_open(world *w, const char *app, const char *folder,
                const char *server, run_mode mode, bool strict, cut_kind cut);
void world_synchronize(world *w, run_mode mode);
/* A run that the connection ends; nothing changes on the device (S19). */
void world_fail_once(world *w, run_mode mode);
/* Exports both sides. */
void world_look(world *w);
void world_close(world *w);

/* The line of a cell in an export, by Key; NULL. */
const char *find_row(const char *rows, const cell *c);
/* The text of a member on the line that begins here; "" if it has none. */
char *row_text(char *out, size_t size, const char *row, const char *member);
/* The code of the error record of a cell; "" if there is none. */
char *find_error(char *out, size_t size, const world *w, const cell *c);
char *handle_text(char *out, size_t size, world *w, const cell *c,
                  const char *member);

#endif
