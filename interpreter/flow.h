/* Flows: compile once, run many times. A program is immutable and shared by
 * sessions and threads; an execution is the state of one call, on the heap
 * (design §2). */
#ifndef NF_INTERPRETER_FLOW_H
#define NF_INTERPRETER_FLOW_H

#include "interpreter/activity.h"
#include "interpreter/world.h"

typedef struct nf_program nf_program;
typedef struct nf_execution nf_execution;

typedef enum nf_severity {
    NF_SEVERITY_ERROR,
    NF_SEVERITY_UNSUPPORTED, /* not wrong: this version can't do it */
    NF_SEVERITY_WARNING,
    NF_SEVERITY_NOTE
} nf_severity;

/* What is wrong in a flow before it runs (activities F43), for `check`. */
typedef struct nf_finding {
    nf_severity severity;
    bool unsupported;       /* the interpreter can't, rather than the model */
    const char *type;       /* stored type of the action or object at fault */
    const char *code;       /* kind, activities §5.3 */
    const char *detail;     /* E-…, xpath code …; "" none */
    const char *element;    /* caption or name for people */
    const char *element_id; /* guid text */
    long position;          /* in the expression; -1 none */
    const char *text;       /* the expression or constraint; NULL none */
    const char *message;
} nf_finding;

/* The programs of an app, compiled when first asked for; internally locked.
 * `activities` ends with NULL. Values that flows made may hold constants of
 * their programs, so free programs after all sessions and their objects.
 * `allow`: what nanoflows may do that the client refuses. */
enum {
    NF_ALLOW_ALL_CONSTANTS = 1, /* those that are not exposed to the client, too
                                   (expressions S48) */
    NF_ALLOW_CURRENT_USER = 2,  /* $currentUser (expressions S43) */
    NF_ALLOWANCES = 4           /* so many combinations */
};
nf_programs *nf_programs_new(const nf_model *model,
                             const nf_activity *const *activities,
                             const nf_xpath_compiler *xpath, unsigned allow);
void nf_programs_free(nf_programs *programs);
/* The program of a flow. A faulty activity does not fail this: it raises its
 * error when it is reached. Errors: NF_USAGE not_found, excluded_document;
 * NF_FAILED bad_flow (no start event, several, crossing flows); NF_INPUT. */
nf_status nf_programs_get(const nf_program **out, nf_programs *programs,
                          nf_flow_kind kind, const char *qualified,
                          nf_error *err);
/* The same for a flow that can't be called because its graph is broken: its
 * findings say why. For `check`. */
nf_status nf_programs_inspect(const nf_program **out, nf_programs *programs,
                              nf_flow_kind kind, const char *qualified,
                              nf_error *err);
size_t nf_program_finding_count(const nf_program *program);
const nf_finding *nf_program_finding(const nf_program *program, size_t index);
const nf_flow *nf_program_flow(const nf_program *program);
/* Expressions and constraints seen while compiling, for `check`: how many
 * non-empty texts, how many parsed, how many type-checked. */
typedef struct nf_program_counts {
    size_t expressions, expressions_parsed, expressions_typed;
    size_t xpaths, xpaths_parsed;
} nf_program_counts;
nf_program_counts nf_program_count_texts(const nf_program *program);
/* One line per instruction, for people who debug the compiler. */
nf_status nf_program_dump(const nf_program *program, nf_buffer *out);

/* Starts a call: `arguments` in the order of the flow's parameters, copied,
 * already of the right types (F16, F40); EMPTY with `given[i]` false lets the
 * parameter's default apply (F38). */
nf_status nf_execution_start(nf_execution **out, nf_world *world,
                             const nf_program *program,
                             const nf_value *arguments, const bool *given,
                             nf_error *err);
/* Runs until the flow ends (NF_OK, NF_FAILED …) or an activity waits
 * (NF_PENDING: call again). The error is the flow's, with its place. */
nf_status nf_execution_run(nf_execution *execution, nf_error *err);
/* The result, borrowed; EMPTY before the end and for flows without one. */
const nf_value *nf_execution_result(const nf_execution *execution);
uint64_t nf_execution_steps(const nf_execution *execution);
/* The variables of the outermost flow as they are now (or were when it
 * ended): names without `$`, values borrowed. */
size_t nf_execution_variable_count(const nf_execution *execution);
bool nf_execution_variable(const nf_execution *execution, size_t index,
                           const char **name, nf_type *type,
                           const nf_value **value);
void nf_execution_free(nf_execution *execution);

#endif
