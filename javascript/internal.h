/* Inside of javascript/: shared by the files that answer a script's questions
 * and convert its values. */
#ifndef NF_JAVASCRIPT_INTERNAL_H
#define NF_JAVASCRIPT_INTERNAL_H

#include "base/json.h"
#include "base/map.h"
#include "base/text.h"
#include "javascript/javascript.h"
#include "javascript/process.h"
#include "javascript/sources.h"

/* A call of an action that has not been answered. */
typedef struct nf_js_call nf_js_call;
struct nf_js_call {
    nf_js_call *next; /* the newer ones come first */
    int64_t id;
    const nf_flow *action;
    bool done;
    json_object *settled;     /* {id, value | thrown | unavailable} */
    nf_error failure;         /* or this */
    int64_t started, elapsed; /* on the session's clock, in real time */
};

/* A flow that a script has called. */
typedef struct nf_js_flow nf_js_flow;
struct nf_js_flow {
    nf_js_flow *next;
    int64_t id;
    const nf_flow *flow;
    const nf_program *program; /* of a nanoflow; NULL: a microflow */
    nf_execution *execution;   /* once it has begun, unless the host answers */
    nf_value *arguments;
    bool *present; /* per argument: not left out */
    void *token;   /* of a microflow's call */
    bool waits;    /* for a script, and for nothing else */
    bool orphaned; /* the scripts that called it have ended */
};

struct nf_javascript {
    nf_javascript_options options;
    nf_world *world;
    nf_js_process *process; /* NULL: not started */
    nf_js_sources *sources; /* NULL: not looked for yet */
    nf_idmap *handles;      /* id → nf_object that scripts know; held */
    nf_map *seen;           /* the actions that have been called, by name */
    nf_js_call *calls;
    nf_js_flow *flows;
    nf_js_flow *current; /* the one that runs */
    int64_t last_call;
    int64_t timer; /* when the first is due */
    bool has_timer;
    bool bounded; /* a clock that stands still goes on to `bound`, no further */
    int64_t bound;
    bool busy;    /* the process works: it can't be called now */
    bool pumping; /* further up the stack */
    bool moved;   /* something was sent to the process */
    bool reloaded;
    size_t wrappers, sweep_at;
    char *rejection;      /* of a promise that nobody awaits; NULL: none */
    json_object *storage; /* local storage; NULL: not read yet */
};

enum { NF_JS_SWEEP_AT = 512 /* objects that scripts know */ };

/* ---- talk.c -------------------------------------------------------------- */

/* The session's time, in milliseconds. */
int64_t nf_js_now(const nf_javascript *js);
/* A message of this kind; NULL: out of memory. */
json_object *nf_js_message(const nf_javascript *js, const char *what);
/* NULL becomes null. */
void nf_js_add_text(json_object *to, const char *key, const char *text);
/* Sends a message, which it takes over, and takes in what came of it. An error
 * has ended the process. */
nf_status nf_js_transmit(nf_javascript *js, json_object *json, nf_error *err);
/* Starts the process unless it runs. */
nf_status nf_js_start(nf_javascript *js, nf_error *err);
/* Scripts end, and with them what they had begun and what they knew. Calls that
 * wait learn why. */
void nf_js_end_scripts(nf_javascript *js, const nf_error *why);

/* ---- turns.c ------------------------------------------------------------- */

/* Until `call` (NULL: everything) is done or has to wait. Everything may go on
 * without an end, as intervals do: then it is left for the next time. */
nf_status nf_js_pump(nf_javascript *js, const nf_js_call *call, nf_error *err);

/* ---- calls.c ------------------------------------------------------------- */

/* Owner of *out: the list of calls (nf_javascript_forget). */
nf_status nf_js_call_begin(nf_javascript *js, nf_js_call **out,
                           const char *file, const nf_flow *action,
                           const nf_value *arguments, nf_error *err);
/* What a call that is done gave, as a value of the type. */
nf_status nf_js_call_result(nf_javascript *js, const nf_js_call *call,
                            const nf_type *expected, nf_value *result,
                            nf_error *err);
/* Error js_unavailable. */
nf_status nf_js_cannot_run(const nf_flow *action, const char *why,
                           nf_error *err);
/* Error js_exception with what a script threw; what a page or a device has is
 * told as that. */
nf_status nf_js_thrown(const char *text, nf_error *err);
void nf_js_call_free(nf_js_call *call);

/* ---- values.c ------------------------------------------------------------ */

/* A warning of the interpreter in the log (activities H3); lost when out of
 * memory. */
void nf_js_warn(nf_javascript *js, const char *text);
/* A value for the script (NULL is undefined); objects become known to it.
 * False: out of memory. */
bool nf_js_value_to(nf_javascript *js, const nf_value *value,
                    json_object **out);
/* A value of the script as one of a type (activities 12.3). `bad` is the code
 * of what does not fit, `what` names it in the message. */
nf_status nf_js_value_from(nf_javascript *js, json_object *value,
                           const nf_type *type, const char *bad,
                           const char *what, nf_value *out, nf_error *err);
/* The same for a member: references also by id. */
nf_status nf_js_member_from(nf_javascript *js, json_object *value,
                            const nf_member *member, nf_value *out,
                            nf_error *err);
json_object *nf_js_id(int64_t id);
bool nf_js_read_id(json_object *json, int64_t *out);
/* Makes an object known; false: out of memory. */
bool nf_js_hold(nf_javascript *js, nf_object *object);
void nf_js_release_all(nf_javascript *js);
/* An object that the script knows. Error not_found. */
nf_status nf_js_object(nf_javascript *js, json_object *id, nf_object **out,
                       nf_error *err);

/* ---- questions.c and the files of its groups -------------------------------
 */

typedef nf_status (*nf_js_answer)(nf_javascript *js, json_object *question,
                                  json_object **out, nf_error *err);
typedef struct nf_js_question {
    const char *name;
    nf_js_answer answer;
} nf_js_question;
/* Each ends with a row without a name. */
extern const nf_js_question nf_js_object_questions[], nf_js_data_questions[],
    nf_js_model_questions[], nf_js_client_questions[], nf_js_parser_questions[];

/* What the shim wrote; *out is NULL for null. Error: out of memory, since it
 * writes nothing else. */
nf_status nf_js_parse(json_object **out, const char *text, nf_error *err);
nf_status nf_js_ask(void *user, const char *name, const char *question,
                    nf_buffer *answer, nf_error *err);
/* What a question holds; "" and NULL where it holds nothing of the kind. */
const char *nf_js_text(json_object *question, const char *key);
json_object *nf_js_part(json_object *question, const char *key);
json_object *nf_js_item(json_object *question, size_t index);
const char *nf_js_item_text(json_object *question, size_t index);
nf_status nf_js_bad_question(nf_error *err, const char *what);
/* Whether an action has a source. */
nf_status nf_js_has_source(nf_javascript *js, const char *action, bool *out,
                           nf_error *err);
/* A file outside of the sources that scripts may read from now on. */
nf_status nf_js_open_file(nf_javascript *js, const char *file, nf_error *err);
/* A flow that a script calls (J22). */
nf_status nf_js_start_flow(nf_javascript *js, json_object *question,
                           json_object **out, nf_error *err);

#endif
