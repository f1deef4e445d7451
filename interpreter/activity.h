/* What an activity's file offers, and what it may use. An activity is one row
 * {stored type, caption, flags, bind, execute}. `bind` runs once per flow: it
 * resolves names, compiles expressions and reports what is wrong; `execute`
 * runs per visit. Control flow, calls and variables are instructions of the
 * machine, not activities. */
#ifndef NF_INTERPRETER_ACTIVITY_H
#define NF_INTERPRETER_ACTIVITY_H

#include "base/memory.h"
#include "base/text.h"
#include "interpreter/world.h"

typedef struct nf_binder nf_binder; /* compile time */
typedef struct nf_call nf_call;     /* run time: one activity being executed */

enum {
    NF_ACTIVITY_NANOFLOW = 1,  /* allowed in nanoflows */
    NF_ACTIVITY_MICROFLOW = 2, /* allowed in microflows and rules */
    NF_ACTIVITY_HOST = 4,      /* not built in: a host answers for it */
};

typedef struct nf_activity {
    const char *type;    /* stored $Type of the action */
    const char *caption; /* what a modeller calls it, when it has no caption */
    unsigned flags;
    /* *bound lives in the program's arena (nf_bind_arena). A problem is
     * reported with nf_bind_error; the activity then raises it when it is
     * reached. Returns NF_OK also then; other values end the compilation. */
    nf_status (*bind)(nf_binder *binder, const nf_element *action,
                      void **bound);
    /* NF_OK, NF_FAILED with an error, or NF_PENDING: the flow is suspended
     * and execute is called again later with the same *state (NULL at the
     * first call; the activity frees what it put there before it returns
     * anything else). `cancel` (may be NULL) frees it when the flow dies. */
    nf_status (*execute)(nf_call *call, const void *bound, void **state,
                         nf_error *err);
    void (*cancel)(void *state);
} nf_activity;

/* The activities that are instructions of the machine, by index; NULL behind
 * the last. They have no bind and no execute. */
const nf_activity *nf_machine_activity(size_t index);

/* ---- bind -------------------------------------------------------------- */

/* A compiled expression of the flow. */
typedef struct nf_bound_expression {
    bool present;   /* false: the text was blank (expressions S7) */
    uint32_t entry; /* the machine's */
    uint32_t result;
    nf_type type; /* static type */
} nf_bound_expression;

/* A variable of the flow. */
typedef struct nf_bound_variable {
    int32_t slot; /* -1: none */
    nf_type type;
    const char *name;
} nf_bound_variable;

const nf_model *nf_bind_model(const nf_binder *binder);
nf_arena *nf_bind_arena(nf_binder *binder);
nf_engine nf_bind_engine(const nf_binder *binder);
/* Zeroed memory in the program's arena; NULL is out of memory. */
void *nf_bind_alloc(nf_binder *binder, size_t size);

/* Reports an error of this activity; `unsupported` says that the interpreter
 * can't rather than that the model is wrong. */
void nf_bind_error(nf_binder *binder, const char *code, const char *detail,
                   const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void nf_bind_unsupported(nf_binder *binder, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Reports not_found for a name of the model, as unsupported if it is one of the
 * module System: that may be newer than what is built in. */
void nf_bind_missing(nf_binder *binder, const char *name, const char *format,
                     ...) __attribute__((format(printf, 3, 4)));
void nf_bind_warning(nf_binder *binder, const char *code, const char *format,
                     ...) __attribute__((format(printf, 3, 4)));

/* Compiles an expression. `expected` (may be NULL) is checked (F16 rules).
 * `what` names the property in messages. Problems are reported; the result is
 * then usable but raises them. */
nf_bound_expression nf_bind_expression(nf_binder *binder, const char *text,
                                       const nf_type *expected,
                                       const char *what);
/* Adds a variable that only the next expressions see ($currentObject), and
 * takes it away. */
nf_bound_variable nf_bind_push(nf_binder *binder, const char *name,
                               nf_type type);
void nf_bind_pop(nf_binder *binder);
/* An input variable by its name without `$`. `kind` UNKNOWN takes any.
 * Reports not_found or type_mismatch; slot is then -1. */
nf_bound_variable nf_bind_variable(nf_binder *binder, const char *name,
                                   nf_kind kind);
/* The output variable; "" gives slot -1. */
nf_bound_variable nf_bind_output(nf_binder *binder, const char *name,
                                 nf_type type);
/* A constraint in the flow's scope. NULL text or blank: *out stays NULL.
 * `variables` gets the flow's variables in the compiler's order. */
typedef struct nf_bound_xpath {
    const nf_xpath *xpath; /* NULL: none, or faulty */
    const nf_bound_variable *variables;
    size_t count;
} nf_bound_xpath;
nf_bound_xpath nf_bind_xpath(nf_binder *binder, const nf_entity *entity,
                             const char *text);
/* A text template with {1} … and its arguments (Microflows$StringTemplate,
 * TextTemplate), translated at run time if it is a Texts$Text. */
typedef struct nf_bound_template {
    const char *text;        /* or */
    const nf_element *texts; /* a Texts$Text */
    const nf_bound_expression *arguments;
    size_t count;
} nf_bound_template;
nf_bound_template nf_bind_template(nf_binder *binder,
                                   const nf_element *element);

/* The object type decision that leads to this activity, for Cast (O54): its
 * variable, and the entity of the branch. Reports bad_flow if there is none;
 * *entity may be NULL. */
nf_bound_variable nf_bind_type_case(nf_binder *binder,
                                    const nf_entity **entity);
/* Whether an error of this activity has been reported. */
bool nf_bind_failed(const nf_binder *binder);

/* ---- execute ----------------------------------------------------------- */

nf_world *nf_call_world(const nf_call *call);
/* Evaluates; *out is owned by the caller. Absent expressions give EMPTY. */
nf_status nf_call_evaluate(nf_call *call, const nf_bound_expression *expression,
                           nf_value *out, nf_error *err);
/* The value of a variable, borrowed until the next assignment; a removed
 * object reads as EMPTY. Slot -1: EMPTY. */
const nf_value *nf_call_get(nf_call *call, const nf_bound_variable *variable);
/* The same as a check: unset_variable if nothing has assigned it (V3). */
nf_status nf_call_require(nf_call *call, const nf_bound_variable *variable,
                          const nf_value **out, nf_error *err);
/* Assigns and takes over the value. Slot -1: the value is released. A value
 * that does not fit the variable's type fails the activity: type_mismatch. */
void nf_call_set(nf_call *call, const nf_bound_variable *variable,
                 nf_value value);
/* $latestHttpResponse (M24): of a call that worked, at once; of one that fails,
 * for who handles the error, when that has been undone. The latter takes over
 * the response; `content`: with its body. */
void nf_call_set_response(nf_call *call, nf_object *response);
void nf_call_failed_response(nf_call *call, nf_rest_response *response,
                             bool content);
/* A System.HttpResponse with its headers. Owner of *out: caller. */
nf_status nf_rest_object(nf_object **out, nf_world *world,
                         const nf_rest_response *response, bool content,
                         nf_error *err);
/* The variables that have a value, one after the other, borrowed; *at starts as
 * 0. False: no more. */
bool nf_call_next_variable(nf_call *call, size_t *at, const char **name,
                           nf_type *type, const nf_value **value);
/* The element of the flow that this activity is. */
const nf_guid *nf_call_element(const nf_call *call);
/* The filled-in template; empty arguments give ''. Owned by the caller. */
nf_status nf_call_template(nf_call *call, const nf_bound_template *template_,
                           nf_string **out, nf_error *err);
/* Objects of an OBJECT or LIST value, without removed ones; *items is borrowed
 * from the value. EMPTY gives none. */
size_t nf_call_objects(const nf_value *value, nf_object *const **items);
/* Qualified flow name, caption and id of the element: for events and logs. */
const char *nf_call_flow(const nf_call *call);
const char *nf_call_caption(const nf_call *call);
nf_engine nf_call_engine(const nf_call *call);
/* Whether its microflow applies entity access (activities M2). */
bool nf_call_applies_access(const nf_call *call);
/* Takes the objects out of a value that such a microflow may not see. */
nf_status nf_call_visible(nf_call *call, nf_value *value, nf_error *err);
/* The error that $latestError tells of, with the flows of its stack in `trace`;
 * false while there is none. */
bool nf_call_latest_error(const nf_call *call, nf_error *out);
/* For operators.h: comparisons and texts of values. */
struct nf_evaluator;
struct nf_evaluator *nf_call_evaluator(nf_call *call);

#endif
