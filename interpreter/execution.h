/* One call of a flow while it runs; private to interpreter/. Frames are on the
 * heap: a nanoflow that calls a nanoflow grows no C stack (design §2). */
#ifndef NF_INTERPRETER_EXECUTION_H
#define NF_INTERPRETER_EXECUTION_H

#include "interpreter/program.h"
#include "interpreter/rest.h"

enum {
    NF_CHECK_INTERVAL = 4096, /* steps between looks at clock and cancel */
};

typedef struct nf_frame nf_frame;
struct nf_frame {
    nf_frame *caller;
    const nf_program *program;
    const nf_flow_call *call; /* of the caller; NULL in the outermost */
    uint32_t pc; /* next instruction; while an activity waits, the activity */
    const nf_node *at;          /* watched: the object under way; NULL none */
    const nf_graph_flow *taken; /* watched: how it was left */
    nf_error *caught; /* that was handled last, for error events (X21) and logs
                         (U22); NULL none */
    nf_value registers[];
};

struct nf_execution {
    nf_world *world;
    nf_frame *frame; /* innermost; the outermost stays when it has ended */
    uint32_t depth;
    int64_t mark;  /* microflows: where it began; 0: nothing can be undone */
    bool nested;   /* inside an activity of another one */
    bool reraised; /* the error is for the caller of the innermost flow */
    uint64_t steps, step_limit;
    uint64_t check_at; /* the next look at budget, deadline, cancel */
    nf_evaluator evaluation;
    nf_rest_response *response; /* of a REST call that failed, until somebody
                                   handles it; NULL none */
    nf_value result;
    bool started, finished;
    nf_status status;
    void *pending; /* state of the activity that waits */
    const nf_activity_site *waiting;
    void *note;     /* the observer's */
    nf_error error; /* last: it is long, and cleared otherwise */
};

struct nf_call {
    nf_execution *execution;
    nf_frame *frame;
    const char *caption;
    bool mismatch; /* an activity assigned a value of a wrong type */
    bool too_long; /* … a list of too many objects */
};

/* Replaces a register's value by one that the machine owns. */
static inline void nf_register_put(nf_value *to, nf_value value)
{
    if (nf_value_counted(to)) {
        nf_value old = nf_value_load(to);

        *to = value;
        nf_value_release_payload(&old);
        return;
    }
    *to = value;
}

/* Without a frame yet. NULL: out of memory. */
nf_execution *nf_execution_new(nf_world *world);
/* rest.c: the response of a call that failed becomes $latestHttpResponse of the
 * flow that handles it. False: out of memory. */
bool nf_execution_show_response(nf_execution *x, nf_frame *frame);
void nf_execution_forget_response(nf_execution *x);
/* A frame with unset variables. NULL: out of memory. */
nf_frame *nf_frame_new(const nf_program *program);
void nf_frame_free(nf_frame *frame);
/* Fills in what microflows know of their caller (V7). */
nf_status nf_frame_predefined(nf_execution *x, nf_frame *frame, nf_error *err);
/* The arguments of the outermost flow, copied; `given` NULL: all are. `*have`:
 * per parameter, whether it has one. */
nf_status nf_frame_parameters(nf_frame *frame, const nf_value *arguments,
                              const bool *given, bool *have, nf_error *err);
/* Evaluates defaults of parameters that were not given (F38, F39). */
nf_status nf_frame_defaults(nf_execution *x, nf_frame *frame, const bool *given,
                            nf_error *err);
/* Runs the flow until it ends or waits. */
nf_status nf_machine_run(nf_execution *x);
/* calls.c: enters a flow, whose frame becomes x->frame. */
nf_status nf_execution_enter(nf_execution *x, nf_frame *caller,
                             nf_flow_call *call, nf_error *err);
/* Ends the innermost invocation; takes over its value. The outermost frame
 * stays for those who ask for its variables. */
void nf_execution_leave(nf_execution *x, nf_value value);
/* The host hears of a path that has no end event (F7). */
void nf_execution_warn_dangling(nf_execution *x);

/* unwind.c: adds the flows that called the frame's to the trace of an error of
 * it (X22). */
void nf_error_trace_callers(nf_error *err, const nf_frame *frame);
/* unwind.c: finds who handles x->error of the innermost frame at `pc`: NF_OK,
 * and x->frame goes on at its pc. Else the status of the error, and only the
 * outermost frame is left (X4, X5, X11). */
nf_status nf_execution_unwind(nf_execution *x, uint32_t pc);
/* What an instruction's error says: the status that goes on, and its place in
 * the text that the instruction is of. */
nf_status nf_execution_failed(const nf_program *program,
                              const nf_source *source, nf_status status,
                              nf_error *err);
/* savepoints.c: undoes what an error that is handled has done. */
nf_status nf_execution_undo(nf_execution *x, const nf_frame *frame,
                            const nf_place *place, nf_error *err);
/* Ends what the execution did to objects, all or nothing (M18). */
nf_status nf_execution_conclude(nf_execution *x, nf_status status,
                                nf_error *err);
/* Runs one expression of an activity on a frame; *out owned by the caller. */
nf_status nf_machine_evaluate(nf_execution *x, nf_frame *frame, uint32_t entry,
                              nf_value *out, nf_error *err);
/* The value made to fit a type (F16, V11): moved from *value, also on
 * failure, when it is released. */
nf_status nf_value_convert(nf_value *out, nf_value *value, const nf_type *type,
                           nf_error *err);
/* Whether a value of this kind fits as it is: the frequent case. */
static inline bool nf_kind_fits(unsigned kind, const nf_type *type)
{
    return kind == type->kind && kind != NF_KIND_OBJECT &&
           kind != NF_KIND_LIST && kind != NF_KIND_EMPTY;
}
/* Whether the flow of a frame is a microflow that applies entity access, in a
 * world that knows it (activities M2). */
bool nf_execution_applies_access(const nf_execution *x, const nf_frame *frame);
/* access.c: takes the objects out of a value that such a flow may not see. */
nf_status nf_execution_visible(nf_execution *x, nf_value *value, nf_error *err);
/* As nf_evaluator.restrict_member, of the innermost flow. */
nf_status nf_execution_restrict(void *x, nf_value *value,
                                const nf_object *object,
                                const nf_member *member, nf_error *err);
/* Budget, deadline, cancel (F10, F11). */
nf_status nf_execution_check(nf_execution *x, nf_error *err);
/* The place of an instruction. */
const nf_place *nf_program_place(const nf_program *program, uint32_t pc);
/* Whether flows may handle it. */
bool nf_error_is_catchable(const nf_error *err);

#endif
