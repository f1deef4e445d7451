/* JavaScript actions of one session (activities §12): a process runs them when
 * the first one is called. What they may do goes through the session's world;
 * nothing else is in their reach. One thread at a time. */
#ifndef NF_JAVASCRIPT_JAVASCRIPT_H
#define NF_JAVASCRIPT_JAVASCRIPT_H

#include "interpreter/flow.h"
#include "objects/store.h"

typedef struct nf_javascript nf_javascript;

typedef struct nf_javascript_options {
    nf_world *world;
    const nf_xpath_compiler *xpath;
    bool still; /* the clock moves only while something waits for it */
    bool seeded;
    bool strict;                     /* parts of mx.data are refused (J13) */
    bool online;                     /* there is a server */
    const char *user, *const *roles; /* NULL: anonymous; none */
    size_t role_count;
    const char *language, *time_zone;
    const char *server;                /* its address; NULL: none */
    const char *platform;              /* "web", "native" */
    uint32_t milliseconds, memory_mib; /* of a call; of the process */
    /* Local storage, as one JSON text; none gives *text NULL. Owner of *text:
     * caller (nf_free). */
    nf_status (*load)(void *user, char **text, nf_error *err);
    nf_status (*store)(void *user, const char *text, size_t length,
                       nf_error *err);
    /* A question to the host whose answer counts: `name` is confirm or signIn
     * (activities H3). NF_USAGE: it has none. */
    nf_status (*request)(void *user, const char *name,
                         const nf_value *arguments, const char *const *names,
                         size_t count, nf_value *answer, nf_error *err);
    /* The contents of a file, Base64, for the object with this id, which has a
     * row (D150). *size gets their length. */
    nf_status (*save)(void *user, int64_t id, const char *base64, size_t length,
                      int64_t *size, nf_error *err);
    /* The same, back; none on the device gives *base64 NULL. Owner of *base64:
     * caller (nf_free). */
    nf_status (*contents)(void *user, int64_t id, char **base64, nf_error *err);
    void *user_data; /* of these functions */
} nf_javascript_options;

/* NULL: out of memory. Texts of the options are borrowed. */
nf_javascript *nf_javascript_new(const nf_javascript_options *options);
void nf_javascript_free(nf_javascript *js);

/* As nf_host.script. Errors: js_exception, js_unavailable, js_bad_result,
 * js_timeout; NF_CANCELLED "reloaded" once the page was to be loaded anew,
 * which ends the call from outside that is under way (J21). */
nf_status nf_javascript_call(nf_javascript *js, const nf_flow *action,
                             const nf_value *arguments, const nf_type *expected,
                             void **token, nf_value *result, nf_error *err);
/* The same for the function that a file outside of the app's sources exports by
 * default, or alone; it gets one object with the arguments by name. `file`
 * NULL: goes on with what *token says. */
nf_status nf_javascript_run(nf_javascript *js, const char *file,
                            const nf_flow *flow, const nf_value *arguments,
                            const nf_type *expected, void **token,
                            nf_value *result, nf_error *err);
bool nf_javascript_is_call(const nf_javascript *js, const void *token);
void nf_javascript_forget(nf_javascript *js, void *token);

/* Goes on with what is left when calls have ended: timers, flows that scripts
 * have called (J25). NF_PENDING: something is left. */
nf_status nf_javascript_go_on(nf_javascript *js, nf_error *err);
/* Moves a clock that stands still on to `until`, and runs what is due on the
 * way when it is due. Errors: js_timeout, those of what it runs. */
nf_status nf_javascript_advance(nf_javascript *js, int64_t until,
                                nf_error *err);
/* When the first timer is due, on the session's clock; false: there is none. */
bool nf_javascript_due(const nf_javascript *js, int64_t *out);
/* Milliseconds of the session's clock until a timer is due; -1: none. */
int nf_javascript_next(const nf_javascript *js);
/* The call that the reload ended is over: scripts begin anew. */
void nf_javascript_reloaded(nf_javascript *js);

#endif
