/* A session: one user on one device, and everything that runs for it. The
 * files of this folder share it; hosts see it opaque. One thread at a time. */
#ifndef NF_LIBRARY_SESSION_H
#define NF_LIBRARY_SESSION_H

#include "base/memory.h"
#include "base/text.h"
#include "database/device.h"
#include "database/xpath.h"
#include "interpreter/observe.h"
#include "javascript/javascript.h"
#include "library/mocks.h"
#include "library/app.h"
#include "server/server.h"
#include "server/world.h"
#include "sync/sync.h"

#include <stdio.h>

struct json_object;

/* Settings (synchronize S114, S143, O2; xpath Q152, Q153; activities P2, J13):
 * each the index of its value in settings.c. */
typedef struct nf_session_settings {
    int rebase, merge, keep_rejected, empty_order, strict_empty, tell_failures,
        rest, strict_scripts;
    char collation[48]; /* a locale; "": the order of bytes */
} nf_session_settings;

/* A constant with another value in this session. */
typedef struct nf_constant_override {
    const nf_constant *constant;
    nf_value value;
} nf_constant_override;

struct nf_session {
    nf_memory *memory; /* its account; NULL: none, the heap is used */
    const nf_app *app;
    const nf_model *model;
    nf_arena *arena; /* copied strings, roles, access bits */
    nf_side side;
    /* who and where */
    const char *user, *password; /* NULL: none */
    const char *const *roles;    /* as given; NULL: those of the user */
    size_t role_count;
    const char *const *module_roles; /* in force on the device; NULL: unknown,
                                        then nothing is enforced here */
    size_t module_role_count;
    bool all_roles;           /* neither user nor roles were given */
    const char *profile_name; /* NULL: assumed offline profile */
    const char *device_name, *language, *time_zone;
    const char *database_path, *server_url, *server_path; /* NULL: none */
    const char *ca_file, *server_key, *proxy;             /* of server_url */
    nf_sync_pack pack;
    nf_session_settings settings;
    const char **warnings; /* in the arena */
    bool told_connection;  /* why there was none, in `warnings` */
    size_t warning_count;
    bool background; /* the host started the synchronization that runs */
    nf_sync_kind background_kind;
    enum { NF_INITIAL_AUTO, NF_INITIAL_NEVER, NF_INITIAL_REQUIRE } initial;
    bool initial_done;
    bool sync_counts_only;
    unsigned allow; /* NF_ALLOW_… */
    /* the world */
    nf_timezone *zone;
    nf_clock clock;
    int64_t fixed_now;
    bool seeded;
    uint64_t seed;
    uint64_t server_step; /* sessions of its server before, for a device in
                             memory; 0 else */
    nf_random random, device_random, server_random;
    nf_faults *faults; /* NULL: nothing is to go wrong */
    bool owns_faults;
    bool over_http;          /* to a server of this process, too */
    bool switched, offline;  /* with a switch: whether there is a network */
    bool unrestricted;       /* nobody asks what the user may do */
    bool shares_server;      /* another session closes it */
    nf_templates *templates; /* of databases in memory; NULL: none */
    nf_constant_override *overrides;
    size_t override_count;
    nf_device *device;       /* side DEVICE */
    nf_server *server;       /* in process; NULL: none */
    nf_server_store records; /* side SERVER: objects of the server */
    nf_objects *objects;     /* over the device's store, or over `records` */
    nf_sync_client *sync;    /* NULL: no server */
    nf_world world;
    bool show_names; /* answers of queries by the names of data files */
    volatile int cancelled;
    size_t under_way;     /* calls and synchronizations that have not ended */
    struct nf_run *runs; /* those of them that are calls of flows */
    int database_wait_ms; /* 0: as the database sees fit, -1: none */
    double timeout;
    unsigned blocking; /* calls that return when their flow has ended */
    /* the host */
    nf_event_fn event;
    nf_call_fn call;
    nf_forget_fn forget;
    nf_mocks *mocks;           /* NULL: none */
    nf_javascript *javascript; /* NULL: no action has asked for it yet */
    int64_t background_since;  /* nf_clock_elapsed; 0: nothing is waited for */
    int64_t background_began;  /* the same on the session's clock */
    nf_progress_fn progress;
    void *host;
    struct json_object *events; /* of the run, for its report */
    unsigned progress_shown;    /* by scripts, and not hidden yet */
    FILE *trace;
    uint64_t trace_number;
    bool trace_ended; /* it can't be written any more */
    /* who looks on: watch.c */
    struct nf_tracer *tracer;  /* NULL: no trace */
    const nf_observer *looker; /* NULL: nobody else */
    nf_observer observer;
    nf_programs *own_programs; /* with probes; NULL: not needed */
    bool watched;
};

/* What a function of the header allocates for a session is the session's. */
#define NF_IN_SESSION(session) NF_IN_MEMORY((session)->memory)

/* ---- session.c --------------------------------------------------------- */

/* What sweeps and tests of apps put into a session beside the options. */
typedef struct nf_session_parts {
    /* A plan of faults that the caller keeps (borrowed), in place of that of
     * the options. */
    nf_faults *faults;
    bool over_http; /* a server of this process is asked over sockets */
    /* A server that another session has opened and that outlives this one, in
     * place of that of the options. */
    nf_server *server;
    bool unrestricted;       /* access is judged on neither side */
    bool switched;           /* `offline` may be set */
    const nf_clock *clock;   /* copied; in place of that of the options */
    nf_templates *templates; /* of databases in memory; outlive it; NULL */
} nf_session_parts;
nf_status nf_session_new_with(nf_session **out, const nf_app *app,
                              const nf_session_options *options,
                              const nf_session_parts *parts, nf_error *err);

/* ---- session_options.c -------------------------------------------------- */

/* Checks the options and copies them into a new session. */
nf_status nf_session_read_options(nf_session *session,
                                  const nf_session_options *options,
                                  nf_error *err);
/* A stream of random numbers of its own for what has a name. */
uint64_t nf_session_mix_seed(uint64_t seed, const char *text);
/* What the options allow nanoflows beyond the client (NF_ALLOW_…). */
unsigned nf_options_allow(const nf_session_options *options);

/* ---- session.c, once it is open ------------------------------------------ */

/* The database that data and queries of this session mean. */
nf_database *nf_session_database(nf_session *session);
/* A line of a log as an event of the trace. */
void nf_session_trace_log(nf_session *session, const char *name,
                          const char *level, const char *text);
/* Errors where the session has no such side. */
nf_status nf_session_need_device(nf_session *session, const char *what,
                                 nf_error *err);

/* Keeps a warning for the host (nf_session_warning); lost when out of memory.
 */
void nf_session_warn(nf_session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Around what somebody may ask to stop: that asks everything which is under
 * way, and is forgotten when nothing is any more. */
void nf_session_enter(nf_session *session);
void nf_session_leave(nf_session *session);
/* Whether somebody asked to stop; any thread. */
bool nf_session_is_cancelled(const nf_session *session);

/* ---- objects.c ---------------------------------------------------------- */

/* False: a key of a host that the enumeration of `type` does not have. */
bool nf_key_fits(const nf_value *value, const nf_type *type);

/* ---- call.c ------------------------------------------------------------- */

/* When the first of the calls that are under way has taken too long, by
 * nf_clock_elapsed; 0: never. */
int64_t nf_session_deadline(const nf_session *session);

/* ---- wait.c ------------------------------------------------------------ */

/* For how many milliseconds a step may wait: not at all in a loop of the host,
 * unless the clock stands still, which moves only while somebody waits. */
int nf_session_patience(const nf_session *session, bool blocking);

/* ---- javascript.c ------------------------------------------------------ */

/* When the first timer of its scripts is due; false: there is none. */
bool nf_session_timer(const nf_session *session, int64_t *due);
/* Moves a clock that stands still on, and runs those timers on the way. */
nf_status nf_session_advance(nf_session *session, int64_t until, nf_error *err);
/* nf_host.script. */
nf_status nf_session_script(void *session, const nf_flow *action,
                            const nf_value *arguments, const nf_type *expected,
                            void **token, nf_value *result, nf_error *err);

/* The function that a file exports answers for a flow: it gets one object with
 * the arguments by name. `script` NULL: goes on. As nf_host.script. */
nf_status nf_session_run_script(nf_session *session, const nf_flow *flow,
                                const char *script, const nf_value *arguments,
                                void **token, nf_value *result, nf_error *err);

/* ---- roles.c ----------------------------------------------------------- */

/* Resolves user and roles, finds the user's id and fills in world.access
 * (domain D91 … D98). After the databases are open. */
nf_status nf_session_resolve_user(nf_session *session, nf_error *err);
/* The id of the object of `entity` whose attribute Name is `name`; 0: none. */
nf_status nf_session_find_named(nf_session *session, const char *entity,
                                const char *name, int64_t *id, nf_error *err);
/* Before flows run on the server: the user has an object there. */
nf_status nf_session_act(nf_session *session, nf_error *err);
/* Whether the user may start this flow from outside (activities C9). */
bool nf_session_may_call(const nf_session *session, const nf_flow *flow);

/* ---- environment.c ----------------------------------------------------- */

/* Fills in world.environment; `constants` are "Module.Name=VALUE". */
nf_status nf_session_environment(nf_session *session,
                                 const char *const *constants, size_t count,
                                 nf_error *err);

/* ---- events.c ---------------------------------------------------------- */

/* A mock of a page (`page`) or of a message, which may not be shown then:
 * NF_OK, NF_USAGE where none fits, or what it throws. */
nf_status nf_session_show(nf_session *session, bool page, const char *text,
                          nf_error *err);
/* A mock's answer; as nf_host.rest. */
nf_status nf_session_rest(void *session, const nf_rest_request *request,
                          nf_rest_response *response, nf_error *err);
/* nf_host.call: mocks answer first, then what is built in, then the host, and a
 * microflow of a nanoflow the server. */
nf_status nf_session_answer(void *session, nf_flow_kind kind,
                            const char *qualified,
                            const nf_parameter *parameters,
                            const nf_value *arguments, size_t count,
                            void **token, nf_value *result, nf_error *err);
/* nf_host.intercept: a mock answers in place of a flow that another one calls.
 * Only sessions with mocks have it. */
nf_status nf_session_intercept(void *session, const nf_flow *flow,
                               const nf_value *arguments, nf_value *result,
                               nf_error *err);
/* The world's host: records, traces and passes on what happens. */
void nf_session_connect_host(nf_session *session);
/* Starts a new record of events. */
nf_status nf_session_begin_events(nf_session *session, nf_error *err);

/* ---- settings.c -------------------------------------------------------- */

/* Gives a database the order that the settings ask for. */
nf_status nf_settings_order(const nf_session_settings *wanted,
                            nf_database *database, nf_error *err);
/* Reads "NAME=VALUE" of the settings that nf_setting_name lists; those of a
 * device are refused for a server. */
nf_status nf_settings_read(nf_session_settings *out, const char *const *texts,
                           size_t count, bool server, nf_error *err);

/* ---- reset.c ----------------------------------------------------------- */

/* Remembers the model in the device's database, for the version of the app
 * after this one. */
nf_status nf_session_keep_model(nf_session *session, nf_database *database,
                                nf_error *err);
/* After the database could not be opened with the error in `err`: if the model
 * is why, and there is a server, what is not synchronized is sent or kept and
 * the file removed (NF_OK, the error cleared; open it again). Else the status
 * of the error. */
nf_status nf_session_reset(nf_session *session, nf_error *err);

/* ---- sync.c ------------------------------------------------------------ */

/* Connects to the server of the options, without contact yet. */
nf_status nf_session_connect(nf_session *session, nf_error *err);
bool nf_session_has_server(const nf_session *session);
/* What every client of the session is told, and a transport of its own. */
nf_sync_options nf_session_sync_options(nf_session *session);
nf_status nf_session_transport(nf_sync_transport **out, nf_session *session,
                               nf_error *err);
/* The initial synchronization before the first flow (synchronize S132). */
nf_status nf_session_initial_sync(nf_session *session, nf_error *err);

/* ---- arguments.c ------------------------------------------------------- */

/* A guid in digits, or a name of a data file; `entity` (NULL: any) is what it
 * must be. Errors: NF_USAGE with code not_found. */
nf_status nf_session_read_id(nf_session *session, const char *text,
                             const nf_entity *entity, int64_t *id,
                             nf_error *err);
/* The text form of `--arg` by the parameter's type. Owner of *out: caller. */
nf_status nf_session_read_argument(nf_value *out, nf_session *session,
                                   const nf_parameter *parameter,
                                   const char *text, nf_error *err);

#endif
