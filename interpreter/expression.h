/* Expressions as trees (expressions S1 … S53, S79): text → tokens → tree →
 * checked tree. Everything that can be known before a flow runs is known here:
 * every name is resolved, every node has a static type, and an operator says
 * which case of it applies, so that the code generator picks typed
 * instructions. Nothing here evaluates, save for folding constants.
 *
 * A tree is immutable once compiled and lives in the arena it was made in,
 * literals included (their strings and large numbers are immortal and inside
 * the arena), so it may be shared by threads. */
#ifndef NF_INTERPRETER_EXPRESSION_H
#define NF_INTERPRETER_EXPRESSION_H

#include "base/memory.h"
#include "interpreter/functions.h"
#include "interpreter/operators.h"
#include "models/model.h"
#include "objects/environment.h"
#include "objects/value.h"

typedef enum nf_expr_op {
    NF_EXPR_LITERAL,  /* as.value: also `empty`, enumeration values (as key) */
    NF_EXPR_VARIABLE, /* as.variable */
    NF_EXPR_MEMBER,   /* operand 0: an object; as.member: nf_operator_member;
                         `mode` is the checker's own */
    NF_EXPR_CONSTANT, /* as.constant: nf_operator_constant */
    NF_EXPR_TOKEN,    /* as.token: nf_operator_token */
    NF_EXPR_CALL,     /* as.call: function call, operands are the arguments */
    NF_EXPR_IF,       /* operands: condition, then, else */
    NF_EXPR_AND,      /* operands are Boolean or empty (S27, S28) */
    NF_EXPR_OR,
    NF_EXPR_NOT,    /* the call `not(x)` */
    NF_EXPR_NEGATE, /* mode: INTEGER, NUMBER or GENERIC */
    NF_EXPR_ADD,    /* mode: nf_arithmetic_mode */
    NF_EXPR_SUBTRACT,
    NF_EXPR_MULTIPLY,
    NF_EXPR_DIVIDE, /* `div` and `:` */
    NF_EXPR_MODULO,
    NF_EXPR_EQUAL, /* mode: nf_compare_mode, here and below */
    NF_EXPR_NOT_EQUAL,
    NF_EXPR_LESS,
    NF_EXPR_LESS_EQUAL,
    NF_EXPR_GREATER,
    NF_EXPR_GREATER_EQUAL
} nf_expr_op;

/* The static type of a node and what its value may be at run time:
 *   INTEGER  INTEGER or EMPTY
 *   DECIMAL  DECIMAL, INTEGER (S25: an `if` yields the branch's kind) or EMPTY
 *   EMPTY    EMPTY
 *   UNKNOWN  anything (`eval` without an app only)
 *   others   their kind, or EMPTY
 * EMPTY is excluded where `present` is set. */
typedef struct nf_expr nf_expr;
struct nf_expr {
    uint8_t op;                /* nf_expr_op */
    uint8_t mode;              /* nf_arithmetic_mode or nf_compare_mode */
    bool present;              /* the value is never EMPTY */
    uint32_t position, length; /* bytes in the text, for errors: the operator,
                                  call name or token at fault */
    uint32_t height; /* of the tree below; bounded by NF_EXPR_MAX_HEIGHT */
    nf_type type;
    uint32_t count;
    nf_expr **operands;
    union {
        const char *name; /* before names are resolved */
        nf_value value;   /* LITERAL */
        struct {
            const char *name; /* without `$` */
            int32_t slot;
        } variable;
        struct {
            const nf_member *member; /* NULL: the entity is not known before
                                        run time, find it by name */
            const char *name;
        } member;
        const nf_constant *constant;
        struct {
            nf_token token;
            const char *name; /* of the user role; else NULL */
        } token;
        nf_call_site call;
    } as;
};

enum {
    NF_EXPR_MAX_DEPTH = 500,   /* nested levels (S22) */
    NF_EXPR_MAX_HEIGHT = 2000, /* of the tree: bounds chains such as a+b+c… */
    NF_EXPR_MAX_LENGTH = 16 * 1024 * 1024, /* bytes of text */
};

/* Where names are looked up. Functions may be NULL unless said otherwise. */
typedef struct nf_scope {
    const nf_model *model; /* NULL: `eval` without an app */
    nf_engine engine;
    bool all_constants; /* those not exposed to the client, too (S48) */
    /* A variable by its name without `$` (not NUL-terminated). */
    bool (*variable)(void *user, const char *name, size_t length, nf_type *type,
                     int32_t *slot);
    /* The index-th variable in scope, NULL at the end: for suggestions. */
    const char *(*variable_name)(void *user, size_t index);
    /* Asked before the model; NULL: not known here. */
    const nf_constant *(*constant)(void *user, const char *qualified);
    const nf_enumeration *(*enumeration)(void *user, const char *qualified);
    void (*warning)(void *user, long position, const char *message);
    /* Told of everything that checking finds wrong, and checking goes on; NULL:
     * it ends with the first. The grammar always ends with the first. */
    void (*problem)(void *user, const nf_error *error, bool unsupported);
    void *user;
} nf_scope;

typedef struct nf_expression {
    const nf_expr *root; /* NULL after an error, or if the text is blank */
    nf_type type;        /* UNKNOWN after an error */
    bool blank;          /* only white space: "not set" (S7) */
    bool parsed;         /* the grammar was satisfied; only types were wrong */
} nf_expression;

/* Parses and checks `text` (UTF-8, `length` bytes, need not be terminated and
 * need not outlive the call). `expected` (may be NULL) is the type its value
 * is assigned to. Blank text is NF_OK with a NULL root. Errors: NF_FAILED, code
 * "expression_error", detail E-LEX, E-SYNTAX, E-NAME, E-FUNC, E-ARITY, E-TYPE,
 * E-RANGE, E-OVERFLOW, position set; where the whole value does not fit
 * `expected`, code "type_mismatch", detail E-TYPE; NF_NOMEM. *err is the first
 * of several. Everything in *out lives in `arena`. */
nf_status nf_expression_compile(nf_expression *out, const nf_scope *scope,
                                nf_arena *arena, const char *text,
                                size_t length, const nf_type *expected,
                                nf_error *err);

/* The value of a MEMBER node whose object is `object`: nf_operator_member, with
 * the path of an empty object in the error. */
nf_status nf_expr_member(nf_evaluator *e, nf_value *out, const nf_value *object,
                         const nf_expr *node, nf_error *err);

/* Whether a value of static type `from` may be assigned to `to` (activities
 * F16, F40, V11): same kind; an object or list of the entity or a
 * specialization; Integer to Decimal; empty to everything (a Boolean refuses
 * it at run time with empty_value); UNKNOWN to and from everything. */
bool nf_type_assignable(const nf_type *to, const nf_type *from);
/* "Integer", "object of Shop.Order", "list of Shop.Order" …: for messages.
 * Returns `text`. */
const char *nf_type_text(const nf_type *type, char *text, size_t size);

#endif
