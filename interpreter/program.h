/* A compiled flow, as the compiler writes it and the machine reads it; private
 * to interpreter/.
 *
 * Code is one array of 8-byte instructions for the flow and one for the
 * expressions that activities evaluate; both run on the registers of one
 * frame: register 0 is $latestError, then the flow's variables and the hidden
 * ones of its loops, then temporaries. "Plain" registers (Boolean, Integer,
 * DateTime by their static type) never hold counted values, so instructions
 * write them without releasing what was there. An unset variable has the kind
 * NF_KIND_UNSET (V3).
 *
 * A program is immutable once nf_programs_get has returned it. */
#ifndef NF_INTERPRETER_PROGRAM_H
#define NF_INTERPRETER_PROGRAM_H

#include "interpreter/expression.h"
#include "interpreter/flow.h"
#include "interpreter/functions.h"
#include "interpreter/graph.h"
#include "interpreter/observe.h"
#include "interpreter/operators.h"

#include <stdatomic.h>

enum {
    NF_KIND_UNSET = 64, /* a variable that nothing has assigned yet */
    NF_CODE_MAX = 60000,
    NF_REGISTERS_MAX = 60000,
    NF_SLOT_LATEST_ERROR = 0,    /* as compile.c adds the predefined ones */
    NF_SLOT_LATEST_RESPONSE = 1, /* of microflows */
};

/* Each with the kinds of its operands a, b, c: r register, k constant, i signed
 * 16-bit number, p absolute pc, t entry of a table, - none. a is the
 * destination, b and c the sources, unless noted. */
#define NF_OPCODES(X)                                                          \
    X(NOP, "---")                                                              \
    X(JUMP, "--p")      /* c: pc */                                            \
    X(JUMP_BACK, "--p") /* c: pc; looks at budget, deadline and cancel */      \
    X(BR_TRUE, "rip")   /* a: Boolean R, b: 1 decision, 0 expression, c: pc */ \
    X(BR_FALSE, "rip")                                                         \
    X(BR_EQ_RR, "rrp") /* a, b: R, c: pc */                                    \
    X(BR_NE_RR, "rrp")                                                         \
    X(BR_LT_RR, "rrp")                                                         \
    X(BR_LE_RR, "rrp")                                                         \
    X(BR_GT_RR, "rrp")                                                         \
    X(BR_GE_RR, "rrp")                                                         \
    X(BR_EQ_RI, "rip") /* a: R, b: I, c: pc */                                 \
    X(BR_NE_RI, "rip")                                                         \
    X(BR_LT_RI, "rip")                                                         \
    X(BR_LE_RI, "rip")                                                         \
    X(BR_GT_RI, "rip")                                                         \
    X(BR_GE_RI, "rip")                                                         \
    X(BR_LT_RK, "rkp") /* a: R, b: K, c: pc */                                 \
    X(BR_LE_RK, "rkp")                                                         \
    X(BR_GT_RK, "rkp")                                                         \
    X(BR_GE_RK, "rkp")                                                         \
    X(BACK_EQ_RR, "rrp") /* JUMP_BACK to BR_EQ_RR at pc c, with its a, b */    \
    X(BACK_NE_RR, "rrp")                                                       \
    X(BACK_LT_RR, "rrp")                                                       \
    X(BACK_LE_RR, "rrp")                                                       \
    X(BACK_GT_RR, "rrp")                                                       \
    X(BACK_GE_RR, "rrp")                                                       \
    X(BACK_EQ_RI, "rip")                                                       \
    X(BACK_NE_RI, "rip")                                                       \
    X(BACK_LT_RI, "rip")                                                       \
    X(BACK_LE_RI, "rip")                                                       \
    X(BACK_GT_RI, "rip")                                                       \
    X(BACK_GE_RI, "rip")                                                       \
    X(BACK_LT_RK, "rkp")                                                       \
    X(BACK_LE_RK, "rkp")                                                       \
    X(BACK_GT_RK, "rkp")                                                       \
    X(BACK_GE_RK, "rkp")                                                       \
    X(BR_MOD_EQ, "rip") /* a: R, b: divisor << 8 | remainder, c: pc */         \
    X(BR_MOD_NE, "rip")                                                        \
    X(LOADK, "rk-") /* a = K b */                                              \
    X(MOVE, "rr-")  /* a = variable b, checked: unset, removed object */       \
    X(MOVE_PLAIN, "rr-")                                                       \
    X(CONVERT, "rrt") /* a = R b as type c of the type table, or an error */   \
    X(CLEAR, "ri-")   /* releases temporaries a … a + b - 1 */               \
    X(ADD_RR, "rrr")  /* Integer arithmetic */                                 \
    X(SUB_RR, "rrr")                                                           \
    X(MUL_RR, "rrr")                                                           \
    X(MOD_RR, "rrr")                                                           \
    X(ADD_RI, "rri")                                                           \
    X(MUL_RI, "rri")                                                           \
    X(MOD_RI, "rri") /* c > 0 */                                               \
    X(NEGATE, "rr-")                                                           \
    X(BEGIN, "---") /* an expression that may read the clock begins (S50) */   \
    X(OPERATE,                                                                 \
      "rrr") /* a = R b op R c; the next instruction's a: the tree node */     \
    X(DATA, "t--") /* a: tree node of the instruction before */                \
    X(JOIN, "rri") /* a = texts and numbers of R b … b + c - 1, one text */  \
    X(MEMBER, "rrt")   /* a = member of R b; c: tree node */                   \
    X(FUNCTION, "rrt") /* a = function on R b …; c: tree node */             \
    X(TOKEN, "r-t")    /* a; c: tree node */                                   \
    X(CONSTANT, "r-t") /* a; c: tree node */                                   \
    X(RESULT, "r--")   /* ends an expression of an activity; R a */            \
    X(ACTIVITY, "t--") /* a: activity table */                                 \
    X(CALL, "t--")     /* a: call table */                                     \
    X(SWITCH, "rt-")   /* a: R, b: switch table */                             \
    X(TYPE_SWITCH, "rt-")                                                      \
    X(LOOP_START, "t--") /* a: loop table */                                   \
    X(LOOP_NEXT, "t-p")  /* a: loop table, c: pc of the exit */                \
    X(LOOP_END, "t--")                                                         \
    X(MARK,                                                                    \
      "r--") /* a: slot; keeps what is behind its savepoint, makes another */  \
    X(SETTLE, "r--") /* a: slot; keeps what is behind its savepoint */         \
    X(RERAISE,                                                                 \
      "---") /* error event: the error that was caught, past this flow */      \
    X(RAISE, "t--")  /* a: raise table */                                      \
    X(RETURN, "r--") /* a: R */                                                \
    X(RETURN_VOID, "---")                                                      \
    X(RETURN_DANGLING, "---") /* F7 */                                         \
    X(PROBE, "---")           /* in place of another one (observe.h) */

typedef enum nf_opcode {
#define X(name, operands) NF_OP_##name,
    NF_OPCODES(X)
#undef X
        NF_OP_COUNT
} nf_opcode;

typedef struct nf_instruction {
    uint8_t op;
    uint8_t steps; /* elements that begin here: counts for the budget (F10) */
    uint16_t a, b, c;
} nf_instruction;

/* Where an instruction comes from, for errors. */
typedef struct nf_source {
    int32_t position; /* in the expression's text; -1 */
    uint32_t text;    /* among the texts of the program */
} nf_source;

typedef struct nf_code {
    nf_instruction *items;
    nf_source *sources; /* one per instruction */
    size_t count, capacity;
} nf_code;

/* What an error that is handled here undoes first (activities X16 … X20). */
typedef enum nf_undoing {
    NF_UNDO_NOTHING, /* a nanoflow */
    NF_UNDO_ALL,     /* to the start of the outermost microflow */
    NF_UNDO_MARK     /* to the savepoint before the object at fault */
} nf_undoing;

/* What stands behind a range of instructions: from `start` to the next
 * place's start. */
typedef struct nf_place {
    uint32_t start;
    uint32_t handler; /* where an error goes on; NF_NO_HANDLER */
    nf_undoing undoing;
    int32_t mark; /* slot of the savepoint; 0 none */
    const char *caption;
    const nf_node *node;
    const nf_node *handled_by; /* whose error flow it is; NULL none */
} nf_place;
#define NF_NO_HANDLER UINT32_MAX

/* The first and the last of the accesses that belong together, + 1; 0: none. */
typedef struct nf_access_chain {
    uint32_t first, last;
} nf_access_chain;

typedef struct nf_variable {
    const char *name; /* "" hidden */
    nf_type type;
    bool in_scope;   /* the compiler's: still visible */
    bool assignable; /* V13: may be changed: no iterator, not predefined */
    bool predefined; /* starts as EMPTY rather than unset (X8) */
    uint32_t before; /* the compiler's: the one before in its bucket, + 1 */
    nf_access_chain writes, reads; /* the same */
} nf_variable;

/* An error that is known before the flow runs, raised when reached (F43). */
typedef struct nf_raise {
    const char *code, *detail, *message;
    long position;
    const char *text; /* expression or constraint; NULL */
} nf_raise;

typedef struct nf_activity_site {
    const nf_activity *activity;
    const void *bound;
    const char *caption;
} nf_activity_site;

typedef struct nf_flow_call {
    nf_flow_kind kind;
    const nf_flow *flow; /* signature */
    const char *qualified;
    uint16_t arguments; /* first register, one per parameter */
    const bool *given;  /* per parameter; an absent one takes its default */
    int32_t output;     /* slot, -1 none */
    const char *caption;
    const nf_program *_Atomic target; /* compiled when first called */
} nf_flow_call;

typedef struct nf_switch_case {
    const char *key;         /* value name, "true", "(empty)" */
    const nf_entity *entity; /* object type decision */
    uint32_t pc;
} nf_switch_case;

typedef struct nf_switch_site {
    const nf_switch_case *cases;
    size_t count;
} nf_switch_site;

typedef struct nf_loop_site {
    bool is_while;
    uint16_t list;                      /* slot of the list variable */
    uint16_t iterator;                  /* slot */
    uint16_t snapshot, position, index; /* hidden slots; index: $currentIndex */
    uint16_t first, count; /* variables of the body, unset each time (F32) */
} nf_loop_site;

/* A parameter's default is an expression of its own (F38). */
struct nf_program {
    nf_arena *arena;
    const nf_flow *flow;
    const nf_model *model;
    nf_engine engine;
    unsigned allow;       /* NF_ALLOW_… */
    int32_t current_user; /* slot of $currentUser; -1: none */
    const nf_xpath_compiler *xpath;
    nf_code code;        /* the flow */
    nf_code expressions; /* what activities evaluate */
    nf_variable *variables;
    size_t variable_count, variable_capacity;
    uint32_t plain_first;   /* temporaries that hold no counted values … */
    uint32_t counted_first; /* … and those that may */
    uint32_t register_count;
    nf_place *places;
    size_t place_count, place_capacity;
    nf_value *constants; /* immortal */
    size_t constant_count, constant_capacity;
    nf_type *types;
    size_t type_count, type_capacity;
    nf_activity_site *activities;
    size_t activity_count, activity_capacity;
    nf_flow_call **calls;
    size_t call_count, call_capacity;
    nf_switch_site *switches;
    size_t switch_count, switch_capacity;
    nf_loop_site *loops;
    size_t loop_count, loop_capacity;
    const nf_expr **nodes; /* what OPERATE … CONSTANT stand for */
    size_t node_count, node_capacity;
    nf_raise *raises;
    size_t raise_count, raise_capacity;
    const char **texts; /* of expressions, as the model holds them */
    size_t text_count, text_capacity;
    uint32_t *entries; /* where expressions of activities begin */
    size_t entry_count, entry_capacity;
    nf_finding *findings;
    size_t finding_count, finding_capacity;
    const nf_bound_expression *defaults;   /* per parameter */
    const nf_raise *const *default_faults; /* the same; NULL: none */
    uint32_t first_parameter;              /* slot */
    const nf_xpath **xpaths;               /* freed with the program */
    size_t xpath_count, xpath_capacity;
    nf_program_counts counts;
    struct nf_probes *probes; /* NULL: nobody looks on */
    nf_graph graph;           /* with probes: what they stand on */
    const char *broken;       /* why the flow can't be called (F43), or NULL */
};

/* Register numbers while compiling; nf_program_link makes them final. */
enum {
    NF_TEMP_PLAIN = 0x8000,
    NF_TEMP_COUNTED = 0xC000,
    NF_TEMP_MAX = 0x3F00,
    NF_VARIABLES_MAX = 0x7F00,
    NF_NAME_BUCKETS = 1024,
};

/* The state of compiling one flow: also what activities see as binder. */
typedef struct nf_fixup {
    uint32_t instruction;
    const nf_node *target;
} nf_fixup;

/* Where a variable gets its value, or is read. */
typedef struct nf_access {
    int32_t slot;
    const nf_node *node;
    uint32_t next; /* of the same variable, + 1; 0: none */
} nf_access;

typedef struct nf_accesses {
    nf_access *items;
    size_t count, capacity;
} nf_accesses;

struct nf_binder {
    nf_program *program;
    nf_code *code; /* the flow's, or that of the expressions */
    const nf_activity *const *activities;
    nf_graph graph;
    const nf_node *node;   /* being compiled; NULL: the flow itself */
    const nf_raise *raise; /* first error of the node, or NULL */
    nf_status fatal;       /* out of memory, a limit */
    nf_error *err;
    bool no_variables;               /* F38: the scope is empty */
    uint32_t plain, counted;         /* temporaries in use */
    uint32_t plain_max, counted_max; /* … at most */
    uint32_t left;    /* … that hold a value after the statement */
    unsigned steps;   /* for the next instruction */
    const char *text; /* expression being compiled, or NULL */
    const char *what; /* the property that holds it; "" or NULL: no need */
    bool told;        /* a problem of it has been reported */
    nf_fixup *fixups;
    size_t fixup_count, fixup_capacity;
    nf_accesses writes, reads; /* of the flow's variables by its nodes */
    /* The last variable of each bucket of names, + 1: flows may have many. */
    uint32_t buckets[NF_NAME_BUCKETS];
};

/* Walks over the variables that may have a name, backwards: 0 at the end, else
 * the slot + 1. */
uint32_t nf_variables_named(const nf_binder *b, const char *name,
                            size_t length);

static inline bool nf_kind_is_plain(nf_kind kind)
{
    return kind == NF_KIND_BOOLEAN || kind == NF_KIND_INTEGER ||
           kind == NF_KIND_DATETIME;
}

/* ---- program.c: building blocks ---------------------------------------- */

nf_program *nf_program_new(const nf_model *model, const nf_flow *flow);
void nf_probes_free(struct nf_probes *probes); /* probe.c */
void nf_program_free(nf_program *program);
/* The letters of NF_OPCODES. */
const char *nf_opcode_operands(unsigned op);
const char *nf_opcode_name(unsigned op);

/* Sets `fatal` and returns it. */
nf_status nf_binder_fail(nf_binder *b, const char *message);
/* Appends an instruction; its index. */
uint32_t nf_emit(nf_binder *b, nf_opcode op, unsigned a, unsigned bb,
                 unsigned c, long position);
uint32_t nf_here(const nf_binder *b);
void nf_patch(nf_binder *b, uint32_t instruction, uint32_t pc);
uint16_t nf_constant_add(nf_binder *b, const nf_value *value);
uint16_t nf_node_add(nf_binder *b, const nf_expr *node);
uint16_t nf_type_add(nf_binder *b, const nf_type *type);
uint16_t nf_raise_add(nf_binder *b, const nf_raise *raise);
/* Makes room for one more item of a table; NULL after setting `fatal`. */
void *nf_table_grow(nf_binder *b, void *items, size_t count, size_t *capacity,
                    size_t size);
/* New variable; its slot, or -1 after setting `fatal`. */
int32_t nf_variable_add(nf_binder *b, const char *name, nf_type type,
                        bool assignable);
/* The variable that the node being compiled sees by this name; -1. */
int32_t nf_variable_find(const nf_binder *b, const char *name, size_t length);
/* The same, noting that the node reads it. */
int32_t nf_variable_read(nf_binder *b, const char *name, size_t length);
/* The variable that the node assigns as its output: a new one, or one of this
 * type that another branch or round has made; -1 if what the node sees by this
 * name has another type. */
int32_t nf_variable_write(nf_binder *b, const char *name, nf_type type);
/* `count` adjacent temporaries; the first. */
uint16_t nf_temp(nf_binder *b, bool counted, uint32_t count);
/* Final register numbers. */
nf_status nf_program_link(nf_binder *b);

/* ---- codegen.c: expressions --------------------------------------------- */

/* Parses and checks a text in the flow's scope, counting it; problems become
 * findings of the node. False if there is nothing to generate: blank (*blank)
 * or faulty. */
bool nf_gen_parse(nf_binder *b, nf_expression *out, const char *text,
                  const nf_type *expected, const char *what, bool *blank);
/* Code that puts the value into a register. */
void nf_gen_into(nf_binder *b, const nf_expr *expr, uint16_t target);
/* The same, converted to `type` as an assignment does (F16, V11). */
void nf_gen_assign(nf_binder *b, const nf_expr *expr, const nf_type *type,
                   uint16_t target);
/* Code that jumps if the condition is `sense` and falls through otherwise; the
 * jumps' indices are chained through `chain` (start with UINT32_MAX). */
void nf_gen_branch(nf_binder *b, const nf_expr *expr, bool sense, bool decision,
                   uint32_t *chain);
void nf_chain_patch(nf_binder *b, uint32_t chain, uint32_t pc);
/* Ends a statement: temporaries are free again, counted ones released. */
void nf_gen_end(nf_binder *b);
void nf_gen_begin(nf_binder *b, const nf_expr *expr);

/* ---- compile.c ------------------------------------------------------------
 */

/* Reports; the node's first error, or what is unsupported, is raised when it
 * is reached. `unsupported`: this version can't do it, whatever the severity.
 */
void nf_report(nf_binder *b, nf_severity severity, bool unsupported,
               const char *code, const char *detail, long position,
               const char *message);
/* Whether a name is one of the module System, of which no app says what it
 * holds: what is not known of it is unsupported rather than wrong. */
bool nf_is_system_name(const char *qualified);
static inline nf_severity nf_severity_of(bool unsupported)
{
    return unsupported ? NF_SEVERITY_UNSUPPORTED : NF_SEVERITY_ERROR;
}
/* A finding of any node (NULL: the flow) that changes nothing at run time. */
void nf_notice(nf_binder *b, const nf_node *node, nf_severity severity,
               const char *code, const char *message);
/* Compiles a flow. *out may be called also when it has findings, unless it is
 * `broken`. */
nf_status nf_compile(nf_program **out, const nf_model *model,
                     const nf_flow *flow, const nf_activity *const *activities,
                     const nf_xpath_compiler *xpath, unsigned allow,
                     nf_error *err);
/* The same with probes. */
nf_status nf_compile_watched(nf_program **out, const nf_model *model,
                             const nf_flow *flow,
                             const nf_activity *const *activities,
                             const nf_xpath_compiler *xpath, unsigned allow,
                             nf_watching watch, nf_error *err);
/* A jump along an edge, patched when its place is known; whether a node lies
 * behind. */
void nf_emit_goto(nf_binder *b, const nf_edge *edge);
bool nf_is_back(const nf_binder *b, const nf_node *to);
void nf_emit_raise(nf_binder *b, const nf_raise *raise);
/* Decisions: `next` is laid out behind this node. */
void nf_compile_split(nf_binder *b, const nf_node *next);
void nf_compile_type_split(nf_binder *b);
/* Call activities and rule decisions: instructions that leave the result in
 * slot `output` (-1: none). */
void nf_compile_call(nf_binder *b, nf_flow_kind kind, const nf_flow *flow,
                     const nf_element *call, int32_t output);
void nf_compile_flow_call(nf_binder *b, nf_flow_kind kind,
                          const nf_element *action);
void nf_compile_create_variable(nf_binder *b, const nf_element *action);
void nf_compile_change_variable(nf_binder *b, const nf_element *action);
void nf_compile_defaults(nf_binder *b);
/* An activity of a type that is not known, or not available in this kind of
 * flow: what it says is checked, what it assigns is declared. */
void nf_compile_unsupported(nf_binder *b, const nf_element *action);
void nf_compile_unavailable(nf_binder *b, const nf_element *action);
/* settings.c: warns of settings of the activity at hand that count in Mendix
 * and not here, or not in this kind of flow. */
void nf_compile_check_settings(nf_binder *b);
/* Declares what a faulty activity would have assigned, so that what follows is
 * judged for itself. */
void nf_compile_outputs(nf_binder *b, const nf_element *action);

/* ---- review.c ------------------------------------------------------------
 */

/* Finds what only the whole graph shows: unreachable objects, ways without an
 * end, variables that have no value on some way, names given twice. */
void nf_review(nf_binder *b);

#endif
