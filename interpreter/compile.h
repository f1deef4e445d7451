/* What the files of the compiler share: compile.c (order, jumps, nodes),
 * compile_loop.c, compile_action.c, compile_error.c. */
#ifndef NF_INTERPRETER_COMPILE_H
#define NF_INTERPRETER_COMPILE_H

#include "interpreter/program.h"

/* Where the ways out of a loop's body lead while the body is compiled. */
typedef struct nf_loop_frame {
    const nf_node *node;
    uint32_t head;
    uint32_t breaks; /* chain of jumps to the exit: of break events … */
    uint32_t ends;   /* … and of the condition */
} nf_loop_frame;

/* The nodes from `start` on, of a flow or (`loop`) of a loop's body. */
void nf_compile_region(nf_binder *b, nf_node *start, nf_loop_frame *loop);
/* What is emitted from here on belongs to the node. */
void nf_place_begin(nf_binder *b, nf_node *node);
/* A slot that no expression can name. */
int32_t nf_hidden_add(nf_binder *b, nf_kind kind);

/* The node at hand. */
void nf_compile_loop(nf_binder *b);
void nf_compile_action(nf_binder *b);

/* ---- error handling ------------------------------------------------------ */

typedef enum nf_handling {
    NF_HANDLING_NONE,     /* the error leaves the flow, or the loop around */
    NF_HANDLING_FLOW,     /* a nanoflow's error flow, whatever its type (X6) */
    NF_HANDLING_ROLLBACK, /* Custom with rollback (X18) */
    NF_HANDLING_KEEP,     /* Custom without rollback (X19) */
    NF_HANDLING_CONTINUE  /* X20: of calls and loops */
} nf_handling;

nf_handling nf_handling_of(const nf_binder *b, const nf_node *node);
/* Whether an error can go along the node's error flow. */
bool nf_error_flow_counts(const nf_binder *b, const nf_node *node);
/* X16: a savepoint before each object whose failure undoes only itself. */
void nf_mark_reserve(nf_binder *b, nf_node *node);
void nf_emit_mark(nf_binder *b, const nf_node *node);
void nf_emit_settle(nf_binder *b, const nf_node *node);
/* Where an error behind the place goes on (F35). */
void nf_handler_resolve(const nf_binder *b, nf_place *place);

#endif
