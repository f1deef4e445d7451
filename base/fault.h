/* Faults on purpose (synchronize W49, W54): a plan, read from text, of what is
 * to go wrong at which named point. Device, server, transport and database
 * hold an optional plan and tell it where they are; without one (NULL) telling
 * costs a comparison. docs/faults.md has the grammar and all points.
 *
 * A plan also counts what is reached, so that a sweep can try every point of a
 * run in turn. One thread at a time. */
#ifndef NF_BASE_FAULT_H
#define NF_BASE_FAULT_H

#include "base/clock.h"
#include "base/error.h"

typedef struct nf_faults nf_faults;

typedef enum nf_fault_action {
    NF_FAULT_NONE,
    NF_FAULT_CUT,       /* the connection ends */
    NF_FAULT_CRASH,     /* the process ends, as `kill -9` would end it */
    NF_FAULT_DELAY,     /* `argument` milliseconds pass on the clock */
    NF_FAULT_CORRUPT,   /* one byte arrives with other bits */
    NF_FAULT_DUPLICATE, /* the request is delivered twice */
    NF_FAULT_REORDER,   /* cut; the request arrives after the next one */
    NF_FAULT_TRUNCATE,  /* the reply ends early, with a length that agrees */
    NF_FAULT_STATUS,    /* a reply of status `argument` */
    NF_FAULT_FULL,      /* the disk is full */
    NF_FAULT_ERROR      /* the disk fails */
} nf_fault_action;

typedef struct nf_fault {
    nf_fault_action action;
    int64_t at; /* the byte it meets; -1: not named */
    int64_t argument;
    int64_t wait; /* STATUS: Retry-After in milliseconds; 0 none */
} nf_fault;

/* Reads a plan. Errors: NF_USAGE with the item that is wrong, NF_NOMEM. An
 * empty text is a plan that only counts. Owner: caller. */
nf_status nf_faults_new(nf_faults **out, const char *plan, nf_error *err);
void nf_faults_free(nf_faults *faults); /* NULL is fine */
/* Where delays wait. Without one they do not. */
void nf_faults_set_clock(nf_faults *faults, nf_clock clock);
/* A crash does not kill the process: from then on every exchange fails and
 * nothing is written to a database any more, so what the files hold is what a
 * kill would have left. For tests and sweeps; the caller closes everything. */
void nf_faults_crash_in_process(nf_faults *faults);
bool nf_faults_crashed(const nf_faults *faults); /* NULL: false */
/* Whether crashes stay in the process: then nothing has to outlive the machine,
 * and nobody waits for the disk. NULL: false. */
bool nf_faults_in_process(const nf_faults *faults);
/* Adds the items of another plan. Errors as nf_faults_new. */
nf_status nf_faults_add(nf_faults *faults, const char *plan, nf_error *err);
/* The server that is reached has a plan of its own (borrowed; NULL: none): its
 * cuts lose replies here, and its clock goes wrong by the requests from here. */
void nf_faults_set_server(nf_faults *faults, nf_faults *server);
/* That plan; without one `faults` itself. */
nf_faults *nf_faults_of_server(nf_faults *faults);
/* Nothing more goes wrong; clocks stay as they are. */
void nf_faults_clear(nf_faults *faults);

/* ---- telling where one is ---------------------------------------------- */

/* For nf_fault_reach alone. */
nf_status nf_fault_reach_slowly(nf_faults *faults, const char *point,
                                nf_error *err);

/* A step of the code is reached. NF_OK: go on (a delay has passed). Else
 * unwind: NF_FAILED with SYNC_NETWORK for a cut, and for a crash in process.
 * `point` is one of docs/faults.md's. */
static inline nf_status nf_fault_reach(nf_faults *faults, const char *point,
                                       nf_error *err)
{
    return faults ? nf_fault_reach_slowly(faults, point, err) : NF_OK;
}

/* Whether a fault is due at a point whose bytes [from, to) pass now (0, 0
 * where there are none). The caller does what it says; a delay it leaves to
 * nf_fault_delay, a crash to nf_fault_crash. NULL `faults`: false. */
bool nf_fault_due(nf_fault *out, nf_faults *faults, const char *point,
                  int64_t from, int64_t to);
void nf_fault_delay(nf_faults *faults, const nf_fault *fault);
/* Kills the process, or marks the plan as crashed. */
void nf_fault_crash(nf_faults *faults);
/* A write to a file that is no database's: 0, or the errno with which it is to
 * fail. */
int nf_fault_write(nf_faults *faults, const char *point);
/* The error of a cut, and of everything after a crash in process. */
nf_status nf_fault_cut(nf_error *err);
/* Whether a server's step was cut since the last question: whoever carries
 * its reply drops it. */
bool nf_faults_take_cut(nf_faults *faults);

/* Milliseconds by which a clock is off: `clock:`, `server-clock:`. */
int64_t nf_faults_clock_offset(const nf_faults *faults, bool server);
/* The clock of nf_faults_set_clock as that side sees it. */
nf_clock nf_faults_clock(nf_faults *faults, bool server);

/* ---- what happened ----------------------------------------------------- */

/* How many faults happened so far, and a text that names them ("" none;
 * borrowed until the next fault). */
size_t nf_faults_count(const nf_faults *faults);
const char *nf_faults_text(const nf_faults *faults);

typedef enum nf_fault_class {
    NF_FAULT_MESSAGE, /* before- and after- a request */
    NF_FAULT_BYTES,   /* among the bytes of a message */
    NF_FAULT_STEP,    /* a step of the code */
    NF_FAULT_WRITE,   /* one write to a database file */
    NF_FAULT_CLOCK
} nf_fault_class;

/* One known point, by index, with how often it was reached and, for bytes, how
 * many passed. NULL behind the last. */
typedef struct nf_fault_seen {
    const char *point;
    nf_fault_class kind;
    int64_t hits, bytes;
    const int64_t *edges; /* borders of the records that passed */
    size_t edge_count;
} nf_fault_seen;
bool nf_faults_seen(nf_fault_seen *out, const nf_faults *faults, size_t index);
/* Notes the border of a record at a byte point; for transports. */
void nf_fault_edge(nf_faults *faults, const char *point, int64_t at);

/* The word of an action in a plan. Static text. */
const char *nf_fault_word(nf_fault_action action);

#endif
