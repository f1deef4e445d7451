/* Looking on while flows run: what ran (coverage), and every step (traces, the
 * debugger). Programs that are watched have a probe before every object and on
 * every sequence flow that cannot be told from the object behind it; others
 * have none of this, so that it costs nothing there. A probe is the opcode
 * PROBE in place of the instruction's own, which the machine then executes. For
 * coverage it is taken away when it was reached once: a loop runs as fast
 * as ever from its second round on.
 *
 * Watched programs change while they run: they belong to one thread. */
#ifndef NF_INTERPRETER_OBSERVE_H
#define NF_INTERPRETER_OBSERVE_H

#include "interpreter/flow.h"
#include "interpreter/graph.h"

typedef struct nf_frame nf_frame;
typedef struct nf_evaluated nf_evaluated; /* evaluate.h */

typedef enum nf_watching {
    NF_WATCH_NOTHING,
    NF_WATCH_COVERAGE, /* what ran at all */
    NF_WATCH_STEPS     /* and every step, for nf_world.observer */
} nf_watching;

/* Before anything is compiled. */
void nf_programs_watch(nf_programs *programs, nf_watching watch);
/* Calls `visit` for every program compiled so far, sorted by nothing. */
void nf_programs_each(const nf_programs *programs,
                      void (*visit)(void *user, const nf_program *program),
                      void *user);

/* ---- coverage ------------------------------------------------------------ */

/* How often loops ran, per visit of the loop. */
enum { NF_LOOP_ZERO = 1, NF_LOOP_ONE = 2, NF_LOOP_MANY = 4 };

/* What ran of a program since the last nf_program_forget: per node and per
 * sequence flow of its graph not 0, per node that is a loop the bits above. */
typedef struct nf_ran {
    const nf_graph *graph;
    const uint8_t *nodes, *flows, *loops;
} nf_ran;

/* NULLs and an empty graph if the program is not watched. */
nf_ran nf_program_ran(const nf_program *program);
/* Nothing ran. */
void nf_program_forget(const nf_program *program);

/* ---- steps --------------------------------------------------------------- */

/* Told of every step, on the thread that runs; NULL functions are left out.
 * Start events, merges and what is switched off are no steps. */
typedef struct nf_observer {
    /* Before an object of the innermost frame: NF_OK goes on; NF_PENDING
     * suspends the call, and asks again when it goes on; anything else ends
     * the call with it. */
    nf_status (*begin)(void *user, nf_execution *x, nf_error *err);
    /* It ended, with an error or NULL; its frame is still the innermost.
     * `flow` is the sequence flow that is followed (nf_graph.flows), NULL if
     * it is not known. */
    void (*end)(void *user, nf_execution *x, const nf_graph_flow *flow,
                const nf_error *error);
    void (*enter)(void *user, nf_execution *x);
    /* `result` is NULL after an error. */
    void (*leave)(void *user, nf_execution *x, const nf_value *result,
                  const nf_error *error);
    /* For nf_objects_listen, of the session's objects and of those of the
     * server in its process. */
    nf_object_effect_fn object;
    /* The execution is freed: what nf_execution_note holds can be freed. */
    void (*forget)(void *user, nf_execution *x);
    void *user;
} nf_observer;

/* A place for the observer's own, one per execution. */
void **nf_execution_note(nf_execution *x);
/* Invocations that run, from the innermost (0); NULL behind the outermost. */
const nf_frame *nf_execution_frame(const nf_execution *x, size_t level);
const nf_program *nf_frame_program(const nf_frame *frame);
/* The object that it is at; NULL before the first. */
const nf_node *nf_frame_node(const nf_frame *frame);
/* The slots of its variables, and what is in one: the value, or NULL if nothing
 * has assigned it yet or it is none that people know. A removed object is
 * EMPTY. `*name` is without `$`. */
size_t nf_frame_slot_count(const nf_frame *frame);
const nf_value *nf_frame_slot(const nf_frame *frame, size_t slot,
                              const char **name, nf_type *type);
/* Whether it is there in every flow ($currentUser …). */
bool nf_frame_is_predefined(const nf_frame *frame, size_t slot);
/* Whether some invocation would handle an error of the innermost object. */
bool nf_execution_handles(const nf_execution *x, const nf_error *error);
/* Checks and evaluates an expression in the scope of a frame. Errors:
 * NF_FAILED with a position. Owner of *out: caller (evaluate.h). */
nf_status nf_frame_evaluate(nf_evaluated **out, nf_execution *x,
                            const nf_frame *frame, const char *text,
                            nf_error *err);

#endif
