/* nanoflow: an interpreter for Mendix nanoflows. The one public header.
 *
 * A complete program: open an app, give it a device and a server, run one
 * nanoflow, print what it returned.
 *
 *     nf_error *err = nf_error_new();
 *     nf_app *app = NULL;
 *     nf_session *session = NULL;
 *     nf_value *result = NULL;
 *     nf_session_options options = NF_SESSION_OPTIONS_INIT;
 *     options.database = "device.db";
 *     options.server = "local:server.db";
 *     if (nf_app_open(&app, "App.mpr", err) == NF_OK &&
 *         nf_session_new(&session, app, &options, err) == NF_OK &&
 *         nf_session_call(&result, session, "Tasks.ACT_Finish", NULL, 0,
 *                         err) == NF_OK) {
 *         char *text = nf_value_print(result);
 *         puts(text ? text : "");
 *         nf_text_free(text);
 *     } else {
 *         fprintf(stderr, "%s\n", nf_error_text(err, NF_ERROR_MESSAGE));
 *     }
 *     nf_value_free(result);
 *     nf_session_free(session);
 *     nf_app_close(app);
 *     nf_error_free(err);
 *
 * Conventions. Outputs come first and are NULL (or zero) after a failure; the
 * error comes last and may be NULL. All text is UTF-8. Arguments are borrowed
 * for the call unless a comment says otherwise; `char *` results belong to the
 * caller (nf_text_free); `const char *` results are borrowed from the object
 * they were asked from. Functions that free accept NULL.
 *
 * Threads. There is no global state. An app is immutable once open and may be
 * shared by threads. A session, and everything that came from it (runs,
 * values, objects, lists), belongs to one thread at a time; so does a server.
 * The exceptions only ask to stop: nf_session_cancel, nf_serve_stop and
 * nf_debug_interrupt. Errors, and values of texts, numbers and dates that a
 * host has made itself, may go from one thread to another.
 *
 * The process. Signal handlers, the locale, the environment and the working
 * directory are left alone; descriptors are closed on exec. JavaScript actions
 * run in a child process, which the library itself waits for, so a host does
 * not reap children that it did not start. A host that reaches servers by
 * https, or serves, ignores SIGPIPE: libraries for TLS may raise it when the
 * other side hangs up.
 *
 * Growth. A struct whose first member is `size` may get more members at its
 * end, and what is not set keeps its meaning: a program goes on with a newer
 * library without being compiled again, and with an older one as long as it
 * sets nothing that this does not know. Enums may get more values, events more
 * members and names. Everything else changes only together with the name of the
 * shared library (libnanoflow.so.0).
 *
 * Contents. What most hosts need: types, errors, an app, flows, a session,
 * calls, values, objects and lists, synchronize. With a loop of their own:
 * waiting. For what the program does, too: explanations and formats, a server,
 * faults, tests, stepping, data files, queries and expressions. */
#ifndef NANOFLOW_H
#define NANOFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* For the macros below: a struct that says how large it is, and in which
 * everything else is as when it is not set. */
#ifdef __cplusplus
#define NF_OPTIONS_INIT(type)                                                  \
    ([] {                                                                      \
        type options = type();                                                 \
        options.size = sizeof options;                                         \
        return options;                                                        \
    }())
#else
#define NF_OPTIONS_INIT(type)                                                  \
    {                                                                          \
        .size = sizeof(type)                                                   \
    }
#endif

/* ---- version ----------------------------------------------------------- */

#define NF_VERSION "0.1.0"
/* The same for the preprocessor: major * 10000 + minor * 100 + patch. */
#define NF_VERSION_NUMBER 100

/* The version of the library that runs, which a program may compare with that
 * of the header it was compiled with. Static text. Any thread. */
const char *nf_library_version(void);
int nf_library_version_number(void);

/* ---- types ------------------------------------------------------------- */

/* What a call came to. The numbers of the first four are the exit codes of
 * the program. */
typedef enum nf_status {
    NF_OK = 0,        /* it worked */
    NF_FAILED = 1,    /* it ran and the answer is no: an error of the flow */
    NF_USAGE = 2,     /* the caller named what does not exist */
    NF_INPUT = 3,     /* an input can't be read, opened or reached */
    NF_NOMEM = 4,     /* out of memory */
    NF_CANCELLED = 5, /* the caller asked to stop */
    NF_PENDING = 6,   /* not finished yet: call again */
} nf_status;

/* "ok", "failed", "usage", "input", "out of memory", "cancelled", "pending".
 * Static text. Any thread. */
const char *nf_status_text(nf_status status);

typedef struct nf_error nf_error;     /* what went wrong, and where */
typedef struct nf_app nf_app;         /* an app model, open for reading */
typedef struct nf_session nf_session; /* one user on one device */
typedef struct nf_flow nf_flow;       /* a flow of an app, to look at */
typedef struct nf_entity nf_entity;   /* an entity, to look at */
typedef struct nf_enumeration nf_enumeration; /* an enumeration, to look at */
typedef struct nf_run nf_run;                 /* one call of a flow */
typedef struct nf_value nf_value;             /* a typed value, or empty */
typedef struct nf_object nf_object;           /* a Mendix object, counted */
typedef struct nf_list nf_list;               /* a list of objects, counted */

/* A host's own allocator. `allocate` gives memory that is aligned for any type
 * (16 bytes), or NULL if there is none; `release` gets the size that was asked
 * for. Both are called on the thread that uses the session, `release` also
 * after nf_session_free: for a text of the session that is freed later. */
typedef struct nf_allocator {
    void *(*allocate)(void *user, size_t size);
    void (*release)(void *user, void *memory, size_t size);
    void *user;
} nf_allocator;

/* A host's own clock. `now` tells the milliseconds since 1970-01-01T00:00Z.
 * `wait` lets that many pass; NULL: they pass by themselves, and to wait is to
 * sleep. With a `wait` the clock is one that stands still unless somebody
 * waits: what would sleep calls it, and a loop that has nothing else to do (a
 * timer of JavaScript, another attempt of a synchronization) moves it on to
 * what is next. Both are called on the thread that uses the session, also while
 * a callback runs. How long something has taken, and `timeout`, count real
 * time. */
typedef struct nf_clock {
    int64_t (*now)(void *user);
    void (*wait)(void *user, int64_t milliseconds);
    void *user;
} nf_clock;

/* A host's own random numbers: `fill` writes `size` bytes, or answers false if
 * it has none, and what needed them fails. Ids of objects, changes and
 * synchronizations are made of them, and secrets of a server in this process:
 * outside a test they must be as hard to guess as those of the system, and no
 * other device may draw the same ones. Called on the thread that uses the
 * session. */
typedef struct nf_random_source {
    bool (*fill)(void *user, void *bytes, size_t size);
    void *user;
} nf_random_source;

/* When there is no memory. Every function of this header then answers NF_NOMEM,
 * or NULL where it gives no status, with nothing half done; also where a
 * library below it says so (some say it in words of their own, and then the
 * answer is NF_INPUT or NF_FAILED with those). Of the libraries that can't say
 * it libbson reads only, and GMP computes in nanoflow's memory: both ask for
 * none. ICU, which knows the names of months, the order of texts and the
 * regular expressions of servers, would crash or hang where it opens something
 * without memory. So nanoflow looks before whether 4 MiB are to be had, several
 * times what that takes, and else answers NF_NOMEM; only another thread that
 * takes them in that moment can still let ICU fail. The same is asked before
 * a library is loaded, wherever an error can be answered; one that can't be
 * loaded all the same ends the process with status 127 and a line that names
 * it. json-c, which would crash where there is no memory for the name of a
 * member, is given a text only where there is more than it can take. The memory
 * functions that such libraries let a process set are the host's: nanoflow
 * neither sets nor needs them. */

/* Frees text that a function of this header handed over. NULL is fine. */
void nf_text_free(char *text);

/* Takes text as it is produced, in pieces of any size that are not
 * NUL-terminated. False stops the producer, which then fails with NF_INPUT. */
typedef bool (*nf_write_fn)(void *user, const char *text, size_t length);

/* ---- errors ------------------------------------------------------------ */

/* A reusable error record; NULL when out of memory. Functions leave an error
 * that is already set alone, whatever they answer, so clear it (nf_error_reset)
 * before reuse: then what is told is the first failure of several calls.
 * Owner: caller. Any thread, one at a time. */
nf_error *nf_error_new(void);
void nf_error_free(nf_error *err);
void nf_error_reset(nf_error *err);

/* NF_OK if no error is set. */
nf_status nf_error_status(const nf_error *err);

/* The texts of an error. */
typedef enum nf_error_field {
    NF_ERROR_CODE,        /* stable kind, "expression_error" (nf_explain has
                             all of them); "" if none */
    NF_ERROR_DETAIL,      /* finer code, "E-DIV0"; "" if none */
    NF_ERROR_MESSAGE,     /* one line for people */
    NF_ERROR_DOCUMENT,    /* qualified name of the flow or document */
    NF_ERROR_ACTIVITY,    /* caption of the activity */
    NF_ERROR_ACTIVITY_ID, /* its guid */
    NF_ERROR_FILE,        /* input file */
    NF_ERROR_TRACE,       /* the callers, one "flow, activity" per line */
    NF_ERROR_EXPRESSION   /* the expression, or what stands around the place */
} nf_error_field;

/* One text of the error, "" where it is unknown. Borrowed until the error
 * changes. */
const char *nf_error_text(const nf_error *err, nf_error_field field);

/* The numbers of an error. */
typedef enum nf_error_place {
    NF_ERROR_LINE,    /* line of the input file, from 1; 0 unknown */
    NF_ERROR_OFFSET,  /* byte offset in the input file; -1 unknown */
    NF_ERROR_POSITION /* byte position in an expression; -1 unknown */
} nf_error_place;

/* One number of the error. */
long long nf_error_number(const nf_error *err, nf_error_place place);

/* The whole error on one line a person can act on: file and line, message,
 * flow and activity. Owner: caller; NULL when out of memory. */
char *nf_error_print(const nf_error *err);

/* For callbacks: sets an error with this message and returns NF_FAILED. */
nf_status nf_error_fail(nf_error *err, const char *message);

/* ---- an app ------------------------------------------------------------ */

/* Opens an app: a .mpr file (v1, or v2 with `mprcontents` beside it), a
 * project folder, an .mpk package, an .xml model, or the JSON of mx dump-mpr.
 * Files are opened read-only and never changed. Documents are read when first
 * needed.
 * Owner: caller; closed after the last session that uses it.
 * Errors: NF_INPUT with file and place. Any thread. */
nf_status nf_app_open(nf_app **out, const char *path, nf_error *err);
/* The same for an app of which perhaps only the names of documents are wanted:
 * reads its index alone, and the rest when something else is first asked for,
 * which then gives the errors of opening, too. */
nf_status nf_app_open_index(nf_app **out, const char *path, nf_error *err);
void nf_app_close(nf_app *app);

/* What was odd while opening but did no harm. Borrowed from the app. */
size_t nf_app_warning_count(const nf_app *app);
const char *nf_app_warning(const nf_app *app, size_t index);

/* Lists documents, one a line. With `type` (module, folder, nanoflow,
 * microflow, rule, entity, association, enumeration, constant, page,
 * javascriptaction, javaaction, or a stored `$Type`): names only; else lines
 * `type<TAB>name`. Sorted bytewise, module System left out; excluded documents
 * are followed by TAB `excluded`. `module` (NULL: all) keeps one module.
 * `json` gives an array of {"type", "name", "excluded"}.
 * Errors: NF_USAGE (unknown module). Owner of *out: caller. Any thread. */
nf_status nf_app_list(char **out, const nf_app *app, const char *type,
                      const char *module, bool json, nf_error *err);

/* Writes a document for people: `name` is a qualified name, or TYPE:NAME
 * where kinds share a name. `format`: "text" (NULL), "json", "xml" (what is
 * stored), or for flows, entities and modules "svg", "mermaid", "dot".
 * Errors: NF_USAGE (unknown name, with what is near; unknown format, or none
 * of this kind), NF_INPUT (content unreadable). Owner of *out: caller. */
nf_status nf_app_describe(char **out, const nf_app *app, const char *name,
                          const char *format, nf_error *err);

/* Compiles everything and reports what is wrong before it runs. *error_count
 * (may be NULL) counts problems of severity "error". Returns NF_OK also when
 * there are some. Owner of *out: caller. */
nf_status nf_app_check(char **out, size_t *error_count, const nf_app *app,
                       bool json, nf_error *err);

/* ---- flows ------------------------------------------------------------- */

/* The flow with a qualified name, or TYPE:NAME; a nanoflow is preferred. Names
 * of all: nf_app_list. Errors: NF_USAGE (unknown), NF_INPUT (content
 * unreadable). Borrowed from the app. Any thread. */
nf_status nf_app_flow(const nf_flow **out, const nf_app *app, const char *name,
                      nf_error *err);
/* Its qualified name, and "nanoflow", "microflow" or "rule". Borrowed. */
const char *nf_flow_name(const nf_flow *flow);
const char *nf_flow_kind_text(const nf_flow *flow);

/* A name with its type: of a parameter, a result, a member of an entity. */
typedef struct nf_declaration {
    const char *name; /* of a parameter, without `$`; "" of a result */
    const char *kind; /* as nf_value_kind_name, or "Void": no result */
    const char *type; /* qualified name of the entity or enumeration; "" */
    bool required;    /* of a parameter: a call has to give it */
} nf_declaration;

/* The parameter at an index; false beyond the last. The texts are borrowed from
 * the app. */
bool nf_flow_parameter(nf_declaration *out, const nf_flow *flow, size_t index);
/* What the flow returns. */
void nf_flow_result(nf_declaration *out, const nf_flow *flow);

/* ---- entities and enumerations ----------------------------------------- */

/* The entity with a qualified name, of module System, too. Names of all:
 * nf_app_list. Errors: NF_USAGE (unknown), NF_INPUT (content unreadable).
 * Borrowed from the app. Any thread. */
nf_status nf_app_entity(const nf_entity **out, const nf_app *app,
                        const char *name, nf_error *err);
/* Its qualified name, and that of the entity it specializes ("" if none).
 * Borrowed. */
const char *nf_entity_name(const nf_entity *entity);
const char *nf_entity_generalization(const nf_entity *entity);
/* False: its objects live in memory only. */
bool nf_entity_is_persistable(const nf_entity *entity);
/* The member at an index, inherited ones included; false beyond the last. Of an
 * association the name is qualified and the type the other entity; its kind is
 * "Object", or "List" for a reference set. Borrowed from the app. */
bool nf_entity_member(nf_declaration *out, const nf_entity *entity,
                      size_t index);

/* The same for an enumeration. */
nf_status nf_app_enumeration(const nf_enumeration **out, const nf_app *app,
                             const char *name, nf_error *err);
/* Its key at an index, which is what values hold; NULL beyond the last. And
 * that key's caption in a language ("nl_NL"; where there is none, or for NULL,
 * in the app's default language). Borrowed from the app. */
const char *nf_enumeration_key(const nf_enumeration *enumeration, size_t index);
const char *nf_enumeration_caption(const nf_app *app,
                                   const nf_enumeration *enumeration,
                                   size_t index, const char *language);

/* ---- explanations and formats ------------------------------------------ */

/* What a code of a finding or of an error means, with an example and a remedy;
 * all codes, one a line, for NULL. `format`: "text" (NULL), or "markdown", the
 * table of all codes. An unknown code is NF_USAGE not_found. Owner of *out:
 * caller. */
nf_status nf_explain(char **out, const char *code, const char *format,
                     nf_error *err);

/* Writes the app to `path`; its ending says the format: .xml, .json, or .mpr
 * in format `mpr_version` 1 or 2 (0: that of the source, else 2). A file of
 * that name is replaced, an .mpr with its folder mprcontents; a folder
 * mprcontents of another app is an error. The file appears whole or not at all.
 * What could not be read at opening (nf_app_warning) is left out. Errors:
 * NF_USAGE (unknown ending or version), NF_INPUT (can't write). */
nf_status nf_app_convert(const nf_app *app, const char *path, int mpr_version,
                         nf_error *err);

/* The RELAX NG schema of apps that are written by hand in XML: strict (every
 * known type and property, for editors), or `generic`, which every complete
 * document fits, too. Static storage, any thread. */
const char *nf_schema_text(bool generic);

/* ---- a session --------------------------------------------------------- */

typedef enum nf_side {
    NF_SIDE_DEVICE, /* the device's database */
    NF_SIDE_SERVER  /* the server's database, opened in process */
} nf_side;

typedef struct nf_argument {
    const char *name;      /* of the parameter, without `$` */
    const nf_value *value; /* NULL: empty */
} nf_argument;

/* The host's side of a session. Callbacks run on the session's thread, in the
 * order the flow causes them, and what they are given is borrowed until they
 * return. They may use the session's accessors and run other flows; they may
 * free neither the session nor a run that is being stepped. `err` is never
 * NULL.
 *
 * `event`: what a user would have seen or the host may want to know, by its
 * name and a JSON object (nf_event_text reads a member). Objects are given by
 * their ids, as text: nf_session_find takes them.
 *     showMessage         type, text, blocking
 *     showPage            page, parameters, title, closePages
 *     closePage           count ("all", or a number)
 *     showHomePage
 *     validationFeedback  object, entity, member, text
 *     downloadFile        object, open
 *     openUrl             url
 *     progress            id, text, modal; to hide it, id alone
 *     log                 level, node, text, flow, activity
 *     synchronize         the report of nf_session_synchronize; after a
 *                         failure mode, initial, kind (the code), text
 *     syncStarted, syncProgress        mode; phase, done, total
 *     objectsChanged, objectsDeleted   entity, ids
 *     membersChanged                   object, entity, members
 *     unhandledError                   code, detail, message, document, …
 *     refreshObject, refreshEntity, openPage, signOut, reload, toggleSidebar,
 *     clearCachedSessionData           what scripts ask of their client
 * The first eight are requests: an answer other than NF_OK becomes `host_error`
 * of the activity, with the message of `err`. The flow goes on when the
 * function returns: a message that blocks is one that the host shows before it
 * does. The others are told, and an answer is ignored. objectsChanged (by
 * commit), objectsDeleted and membersChanged tell what flows and
 * synchronizations have done, so that pages can be drawn again; not what the
 * host does itself.
 *
 * `call`: a JavaScript action ("javascriptaction"), microflow ("microflow") or
 * Java action ("javaaction") by its qualified name, an activity that is not
 * built in ("activity": "ImportXml Module.Mapping", docs/activities.md), or
 * what a script asks the host ("request": confirm, signIn, fetch;
 * docs/javascript.md). NF_OK with *result (taken over; NULL: no result);
 * NF_FAILED with an error; NF_PENDING: asked again by each nf_run_step of its
 * run, with the same arguments and *token, which is NULL the first time and
 * then what the host made it; NF_USAGE: the host does not answer for it.
 * Requests of scripts, and activities asked for within another one, can't be
 * pending.
 *
 * `forget`: the call is over, and its *token is not NULL. Either the host has
 * answered and left it, or it is not asked again: the flow was cancelled, took
 * too long, or its run was freed. What the token holds is freed here. */
typedef nf_status (*nf_event_fn)(void *user, nf_session *session,
                                 const char *name, const char *json,
                                 nf_error *err);
typedef nf_status (*nf_call_fn)(void *user, nf_session *session,
                                const char *kind, const char *name,
                                const nf_argument *arguments, size_t count,
                                void **token, nf_value **result, nf_error *err);
typedef void (*nf_forget_fn)(void *user, nf_session *session, void *token);

/* The line of the index-th mock of `mocks` that never answered; NULL behind
 * the last. Borrowed from the session. */
const char *nf_session_unused_mock(const nf_session *session, size_t index);

/* How many faults of the plan have happened; *text (may be NULL) names them in
 * the words of a plan, "" none. Borrowed until the next fault. */
size_t nf_session_faults(const nf_session *session, const char **text);

/* An event as text for people, mostly one line without its end; "" for events
 * that no user would see, unless `all`. Control characters are written as
 * escapes, in logs line breaks, too. Owner: caller; NULL when out of memory. */
char *nf_event_print(const char *name, const char *json, bool all);

/* A member of an event as text: a text as it is, anything else as JSON; "" if
 * there is none. "parameters.Task" is a member of a member. Owner: caller; NULL
 * when out of memory. */
char *nf_event_text(const char *json, const char *member);

/* What has been done of work that takes time; `total` 0: unknown. The phases of
 * a synchronization: "files-up", "data-up", "applying" (by the server),
 * "data-down", "files-down", "finishing" (in the device's database; it can no
 * longer be cancelled). */
typedef void (*nf_progress_fn)(void *user, const char *phase, int64_t done,
                               int64_t total);

/* Everything a session may be told. Start from NF_SESSION_OPTIONS_INIT and
 * set what differs; NULL and 0 are the defaults. The strings are copied. */
typedef struct nf_session_options {
    size_t size;
    nf_side side;                /* which database data and query mean */
    const char *database;        /* file; NULL: a fresh one in memory */
    const char *server;          /* http(s)://…, local:FILE, local::memory:,
                                    none; NULL: none */
    const char *server_database; /* file; NULL: that of local:FILE */
    const char *user;            /* NULL: see `roles` */
    const char *password;        /* or */
    const char *password_file;   /* its first line */
    /* Module or user roles. Without user and roles a session has all user
     * roles of the model; roles alone give exactly those. */
    const char *const *roles;
    size_t role_count;
    const char *profile; /* navigation profile; NULL: synchronize S8 */
    /* Offline are only the entities that the profile configures; else also
     * those that nanoflows use (synchronize S9). */
    bool configured_only;
    const char *device; /* name; NULL: the database's path */
    /* Whether the first call of a flow on a device that has never synchronized
     * synchronizes before (S132): "auto" (NULL) does, and goes on if it fails,
     * "require" fails then, "never" does not. What the host has committed
     * before that call is sent along. Only with a server. */
    const char *initial_sync;
    const char *const *constants; /* "Module.Constant=VALUE" */
    size_t constant_count;
    /* Nanoflows may read constants that are not exposed to the client, too; the
     * client would refuse them. */
    bool all_constants;
    /* Nanoflows may use $currentUser: the user's object on the device, of
     * System.User or a specialization, or empty while it is not there. The
     * client knows it in microflows only, and `check` says so. */
    bool current_user;
    const char *language;  /* "en_US"; NULL: the app's default */
    const char *time_zone; /* IANA name; NULL: UTC */
    const char *now;       /* ISO date-time at which the clock stands still */
    bool seeded;           /* random numbers come from `seed` */
    uint64_t seed;
    /* Where the time and random numbers come from where `now` and `seeded` do
     * not say it; NULL: the machine. They are copied. Everything of the session
     * asks them: expressions, dates of changes, ids, timers, JavaScript, and a
     * server in this process. */
    const nf_clock *clock;
    const nf_random_source *random;
    /* Real seconds from the start of a call of a flow, what it waits for
     * included, until it fails with budget_exceeded; 0: none. Each call has its
     * own. */
    double timeout;
    /* Seconds to wait for another process that writes a database of this
     * session; 0: five, below 0: not at all. */
    double database_wait;
    /* "NAME=NUMBER": what one call of a flow may use before it fails with
     * budget_exceeded, recursion_limit or out_of_memory. The names: depth,
     * javascript, javascript-memory, list, memory (of the whole session),
     * regex, steps, text; what each means and its default: nf_limit_name. */
    const char *const *limits;
    size_t limit_count;
    /* For a server at https://…: authorities (a PEM file) to trust instead of
     * the system's; the public key it must have, "sha256//BASE64"; a proxy,
     * which is never taken from the environment. */
    const char *ca_file, *server_key, *proxy;
    const char
        *compress; /* auto, always, never; NULL: auto, between machines */
    /* "NAME=VALUE" of the settings that nf_setting_name lists. */
    const char *const *settings;
    size_t setting_count;
    const char *mocks;  /* file of answers to JavaScript actions and microflows,
                           asked before `call`; NULL: none */
    const char *faults; /* a plan of what is to go wrong (docs/faults.md), for
                           tests; NULL: nothing */
    const char *trace;  /* file for events as JSON lines; "-": standard error */
    /* Reports and events of synchronizations count what was sent and what
     * came, and list only what was removed, rejected or skipped: memory then
     * does not depend on the amount of data. */
    bool sync_counts_only;
    nf_event_fn event;
    nf_call_fn call;
    nf_progress_fn progress;
    void *host; /* `user` of the callbacks */
    /* Where the memory of this session comes from; NULL: malloc. It is copied.
     * With one, or with the limit "memory", a session counts what it takes for
     * its values, objects, lists, flows that run, and texts. What libraries
     * take is not part of it: SQLite keeps at most 16 MiB of pages per
     * database file, and all of a database in memory. Programs that were
     * compiled belong to the app. */
    const nf_allocator *allocator;
    nf_forget_fn forget; /* of tokens of `call` */
} nf_session_options;

#define NF_SESSION_OPTIONS_INIT NF_OPTIONS_INIT(nf_session_options)

/* The limits of a session, by index: their names, or NULL behind the last.
 * *meaning (may be NULL) gets what it bounds, with the default. Static text. */
const char *nf_limit_name(size_t index, const char **meaning);

/* The settings of a session, by index: their names, or NULL behind the last.
 * *meaning (may be NULL) gets what it decides, with its values. Static text. */
const char *nf_setting_name(size_t index, const char **meaning);

/* One user on one device. Opens or makes the databases; contacts no server
 * yet. `app` is borrowed and outlives the session. `options` NULL: all
 * defaults.
 * Errors: NF_USAGE (an unknown role, profile, constant, zone …), NF_INPUT (a
 * database that can't be opened or belongs to another app or user), NF_FAILED
 * (sign-in refused). Owner: caller. */
nf_status nf_session_new(nf_session **out, const nf_app *app,
                         const nf_session_options *options, nf_error *err);
/* What was odd while opening, and why the server could not be reached the first
 * time that it could not, by index; NULL behind the last. Borrowed from the
 * session. A database of a version of the app that this one can't go on with
 * begins anew where there is a server: what was not synchronized is sent first,
 * or kept in a file that a warning names. */
const char *nf_session_warning(const nf_session *session, size_t index);
/* Values, objects, lists and runs of the session are freed before. */
void nf_session_free(nf_session *session);

/* The bytes that a session has taken now, and in *peak (may be NULL) the most
 * it ever had; 0 if it does not count (nf_session_options.allocator). */
size_t nf_session_memory(const nf_session *session, size_t *peak);

/* Asks all that is under way in the session to stop: calls end with
 * NF_CANCELLED when they are next stepped, a synchronization with
 * SYNC_CANCELLED where it still can. Where nothing is under way nothing
 * happens; what starts afterwards runs, unless something that was asked to stop
 * has not yet ended. NULL is fine. Any thread, and from a signal handler. (One
 * call of several is given up with nf_run_free, a synchronization alone with
 * nf_session_sync_cancel.) */
void nf_session_cancel(nf_session *session);

/* ---- calls ------------------------------------------------------------- */

/* Runs a flow to its end on this thread and waits where it waits. `flow` is a
 * qualified name, or TYPE:NAME; a nanoflow is preferred. *result (may be
 * NULL) is NULL where the flow returns nothing.
 * Errors: NF_USAGE (unknown flow or argument), NF_FAILED (an error of the
 * flow, with its place), NF_CANCELLED, NF_INPUT. Owner of *result: caller. */
nf_status nf_session_call(nf_value **result, nf_session *session,
                          const char *flow, const nf_argument *arguments,
                          size_t count, nf_error *err);

/* The same in steps, for hosts with a loop of their own: checks the arguments,
 * which are not needed afterwards, and runs nothing yet. Errors: NF_USAGE
 * (unknown flow or argument, one of the wrong type), NF_INPUT; what is an error
 * of the flow, nf_run_step says. The first call of a session may synchronize
 * here (initial_sync). Owner of *out: caller (nf_run_free). */
nf_status nf_run_start(nf_run **out, nf_session *session, const char *flow,
                       const nf_argument *arguments, size_t count,
                       nf_error *err);
/* Starts with arguments as text, "NAME=VALUE": by the parameter's type the
 * text itself (String), a guid, a name, an XPath that matches one object, a
 * JSON object for non-persistable ones, a list as XPath, JSON array or guids
 * joined by commas, `empty` for all but String. */
nf_status nf_run_start_text(nf_run **out, nf_session *session, const char *flow,
                            const char *const *arguments, size_t count,
                            nf_error *err);
/* Goes on until the flow ends (NF_OK, NF_FAILED …) or has to wait (NF_PENDING):
 * for the server, or for a function of the host that has no answer yet. It does
 * not wait itself: nf_session_watch tells when to call it again, and the host
 * knows when an answer of its own has come. Several runs of one session may be
 * under way; each goes on in its own steps, a callback may not step the run
 * that calls it (NF_USAGE). After the end the answer is the same each time.
 * Errors: those of nf_session_call. */
nf_status nf_run_step(nf_run *run, nf_error *err);
/* The result; NULL before the end and where there is none. Borrowed from the
 * run. */
const nf_value *nf_run_result(const nf_run *run);
/* The document that `run --json` prints, also after an error. `error` is that
 * of nf_run_step (NULL: none); `variables` adds those in scope when the flow
 * ended. Owner: caller; NULL when out of memory. */
char *nf_run_report(const nf_run *run, const nf_error *error, bool variables);
/* The variables alone, one line `NAME = VALUE` each, for people. Owner: caller;
 * NULL when out of memory. */
char *nf_run_variables(const nf_run *run);
/* A run that has not ended is given up: it goes no further, and what it has
 * committed stays. */
void nf_run_free(nf_run *run);

/* ---- waiting ----------------------------------------------------------- */

/* A file descriptor of this process, and what it is waited for to be. */
typedef struct nf_watch {
    int fd;
    bool readable, writable;
} nf_watch;

/* What the runs and the synchronization of a session wait for, for the host's
 * poll or epoll: returns how many descriptors were written to `watches` (at
 * most `room`; a session has no more than four), and in *timeout_ms after what
 * time to go on in any case, the `timeout` of calls included. 0: go on now; -1:
 * nothing of the session's own is waited for, but perhaps an answer of the host
 * (nf_call_fn), for which its own loop wakes up. When a descriptor is ready or
 * the time is up, call nf_session_sync_step if one was started, and nf_run_step
 * of each run that waits. Valid until the next call on the session: ask again
 * each time round. */
size_t nf_session_watch(nf_session *session, nf_watch *watches, size_t room,
                        int *timeout_ms);

/* The same for hosts without a loop: waits for one of those things, at most
 * `timeout_ms` (-1: as long as is sensible), in any case not longer than about
 * 50 ms, so that nf_session_cancel of another thread is soon noticed. A clock
 * of the session that stands still is moved on instead of waiting. */
void nf_session_wait(nf_session *session, int timeout_ms);

/* Goes on with what JavaScript actions have left behind when their calls have
 * ended: timers, and flows that they call from them. NF_PENDING: something is
 * left; nf_session_watch tells when to call again. NF_OK: nothing is, or it has
 * taken longer than the limit `javascript`. */
nf_status nf_session_background(nf_session *session, nf_error *err);

/* ---- values ------------------------------------------------------------ */

/* New values, owned by the caller; NULL when out of memory (decimal: also when
 * the text is no number). Texts are copied; `length` counts bytes. Dates are
 * milliseconds since 1970-01-01T00:00Z; an enumeration's key is the bare one,
 * "Open". Objects and lists are kept. An Integer does for a Decimal. */
nf_value *nf_value_new_empty(void);
nf_value *nf_value_new_boolean(bool value);
nf_value *nf_value_new_integer(int64_t value);
nf_value *nf_value_new_decimal(const char *text);
nf_value *nf_value_new_string(const char *text, size_t length);
nf_value *nf_value_new_datetime(int64_t milliseconds);
nf_value *nf_value_new_enumeration(const char *key);
nf_value *nf_value_new_object(nf_object *object);
nf_value *nf_value_new_list(nf_list *list);
/* One more of the same, for values that are borrowed; NULL gives an empty one.
 * An object or list in it is the same one, no copy. */
nf_value *nf_value_clone(const nf_value *value);
void nf_value_free(nf_value *value);

/* "Empty", "Boolean", "Integer", "Decimal", "String", "DateTime",
 * "Enumeration", "Object" or "List". Static text. */
const char *nf_value_kind_name(const nf_value *value);
bool nf_value_is_empty(const nf_value *value); /* also NULL */
/* The value as C sees it; false if it is of another kind, empty or NULL. */
bool nf_value_as_boolean(bool *out, const nf_value *value);
bool nf_value_as_integer(int64_t *out, const nf_value *value);
bool nf_value_as_datetime(int64_t *milliseconds, const nf_value *value);
/* Decimal or Integer, the nearest there is; nf_value_print has every digit. */
bool nf_value_as_number(double *out, const nf_value *value);
/* String, or the key of an Enumeration. Borrowed from the value. */
bool nf_value_as_string(const char **text, size_t *length,
                        const nf_value *value);
/* Borrowed from the value (nf_object_keep holds on to it); NULL if it is no
 * object (or it was removed by a synchronization), no list. */
nf_object *nf_value_as_object(const nf_value *value);
nf_list *nf_value_as_list(const nf_value *value);

/* As the program prints a result: text as it is, decimals and integers in
 * digits, objects and lists as JSON; "" of an empty value or NULL.
 * Owner: caller; NULL when out of memory. */
char *nf_value_print(const nf_value *value);
/* As JSON: Boolean; Integer a number below 2^53, else a string; Decimal and
 * guids strings; DateTime ISO text; enumeration key; an object with entity,
 * id, state and members; null of an empty value or NULL. Owner: caller; NULL
 * when out of memory. */
char *nf_value_to_json(const nf_value *value);

/* ---- objects and lists ------------------------------------------------- */

/* A new object with its defaults, not committed. An object is one and the same
 * for flows and host as long as somebody holds it. Errors: NF_USAGE (unknown
 * entity), NF_FAILED. Owner: caller (nf_object_free). */
nf_status nf_session_create(nf_object **out, nf_session *session,
                            const char *entity, nf_error *err);
/* The object with this id, in memory or in the database; NULL in *out if there
 * is none. `entity` may be one that the object's specializes, or NULL: any.
 * Errors: NF_USAGE (unknown entity), NF_FAILED db_error. Owner of *out: caller
 * (nf_object_free). */
nf_status nf_session_find(nf_object **out, nf_session *session,
                          const char *entity, int64_t id, nf_error *err);
/* The objects that a query finds in the database, in its order, with what is
 * not committed of them; `query->explain` is not looked at. Errors: those of
 * nf_session_query. Owner of *out: caller (nf_list_free). */
typedef struct nf_query nf_query;
nf_status nf_session_retrieve(nf_list **out, nf_session *session,
                              const nf_query *query, nf_error *err);
/* Writes objects, or their deletion, to the device's database: all of them or
 * nothing. The next synchronization sends it. An object that was never
 * committed is only forgotten by delete. Errors: NF_FAILED (deleted_object,
 * COMMIT_LOCKED during a synchronization, db_error), NF_USAGE (a session of the
 * server's side). */
nf_status nf_session_commit(nf_session *session, nf_object *const *objects,
                            size_t count, nf_error *err);
nf_status nf_session_delete(nf_session *session, nf_object *const *objects,
                            size_t count, nf_error *err);
/* Takes back what is not committed; a new object is deleted. Errors:
 * NF_FAILED. */
nf_status nf_session_rollback(nf_session *session, nf_object *object,
                              nf_error *err);
/* One more reference to the same object, for objects that are borrowed (from a
 * value, a list); returns it. Each is given back with nf_object_free. NULL is
 * fine. */
nf_object *nf_object_keep(nf_object *object);
void nf_object_free(nf_object *object);
int64_t nf_object_id(const nf_object *object);         /* stays the same */
const char *nf_object_entity(const nf_object *object); /* qualified name */
/* "new", "committed", "changed" or "deleted"; static text. */
const char *nf_object_state_text(const nf_object *object);
/* True once a synchronization has removed it from the device. */
bool nf_object_is_gone(const nf_object *object);
/* The name of a member by index, for an association its qualified name; NULL
 * beyond the last. Borrowed from the app. */
const char *nf_object_member_name(const nf_object *object, size_t index);
/* A member by attribute name or qualified association name: of a reference the
 * object, of a reference set a List, which is a copy. The objects that refer to
 * this one are found by nf_session_retrieve, "[Sales.Line_Order = 'ID_123']".
 * Errors: NF_USAGE (unknown member), NF_FAILED (deleted_object, db_error).
 * Owner of *out: caller. */
nf_status nf_object_member(nf_value **out, nf_object *object,
                           const char *member, nf_error *err);
/* Changes a member; `value` NULL empties it. A reference takes an Object, a
 * reference set a List, whose objects it then refers to. The object is then to
 * be committed. Errors: NF_USAGE (unknown member), NF_FAILED (deleted_object;
 * type_mismatch: another type, or a key that the enumeration does not have). */
nf_status nf_object_change(nf_object *object, const char *member,
                           const nf_value *value, nf_error *err);

/* An empty list for objects of `entity`. Owner: caller (nf_list_free). */
nf_status nf_session_list(nf_list **out, nf_session *session,
                          const char *entity, nf_error *err);
/* One more reference to the same list, as nf_object_keep. */
nf_list *nf_list_keep(nf_list *list);
void nf_list_free(nf_list *list);
/* The qualified name of its entity; "" if it has none. Borrowed from the app.
 */
const char *nf_list_entity(const nf_list *list);
size_t nf_list_length(nf_list *list);
/* Borrowed from the list; NULL beyond its end. */
nf_object *nf_list_item(nf_list *list, size_t index);
/* Retains the object; false when out of memory. */
bool nf_list_add(nf_list *list, nf_object *object);
bool nf_list_contains(nf_list *list, const nf_object *object);
/* Takes out every place where it stands. */
void nf_list_remove(nf_list *list, const nf_object *object);

/* ---- synchronize ------------------------------------------------------- */

typedef enum nf_synchronize_mode {
    NF_SYNCHRONIZE_ALL,
    NF_SYNCHRONIZE_UNSYNCHRONIZED,
    NF_SYNCHRONIZE_SELECTED /* the objects given, and nothing else */
} nf_synchronize_mode;

/* Synchronizes now. *report (may be NULL) is the document of `sync --json`,
 * also with SYNC_PARTIAL. `dry_run` changes nothing on either side; it tells
 * what would happen, or without a server what would be sent. Errors: NF_FAILED
 * with a code of synchronize §17 (the device is then as it was before),
 * NF_USAGE (no server). Owner of *report: caller. */
nf_status nf_session_synchronize(char **report, nf_session *session,
                                 nf_synchronize_mode mode,
                                 nf_object *const *objects, size_t count,
                                 bool dry_run, nf_error *err);

/* The same beside other work, for hosts with a loop of their own: start, then
 * step until the answer is not NF_PENDING. Flows may run on the session in
 * between, and what they read is the state before until the end, when
 * variables, lists and handles show the new one. Committing or deleting an
 * object that is being synchronized fails with COMMIT_LOCKED (setting
 * sync.concurrent), and a second synchronization, also a flow's, with
 * SYNC_BUSY. `objects` are borrowed for this call. Errors as above. */
nf_status nf_session_sync_start(nf_session *session, nf_synchronize_mode mode,
                                nf_object *const *objects, size_t count,
                                nf_error *err);
/* Goes on for at most about `timeout_ms` (0: does not wait). *report (may be
 * NULL) is set at the end as above. NF_USAGE if none was started. */
nf_status nf_session_sync_step(char **report, nf_session *session,
                               int timeout_ms, nf_error *err);
/* Asks the synchronization that runs to stop, whoever started it: it ends with
 * SYNC_CANCELLED where it still can, else normally. Nothing happens if none
 * runs. */
void nf_session_sync_cancel(nf_session *session);
bool nf_session_is_syncing(const nf_session *session);

/* How many objects and deletions wait to be synchronized: what is committed and
 * not yet sent. */
nf_status nf_session_unsynchronized(int64_t *count, nf_session *session,
                                    nf_error *err);
/* Signs out: the server's session ends and the device forgets its
 * authentication token. What is not synchronized is kept; *unsynchronized (may
 * be NULL) says how much that is. Errors: NF_FAILED SYNC_BUSY, db_error. */
nf_status nf_session_sign_out(int64_t *unsynchronized, nf_session *session,
                              nf_error *err);

/* That document as lines for people: the counts, and what was removed,
 * rejected or skipped with the reason; with `explain` every object, by entity.
 * Owner: caller; NULL when out of memory or when it is none. */
char *nf_sync_report_print(const char *report, bool explain);

/* ---- a server ---------------------------------------------------------- */

/* A sync server that other processes and machines reach over HTTP: it keeps
 * the app's data and answers devices (`--server https://…`). Several processes
 * may serve one database. One thread at a time, but for nf_serve_stop. */
typedef struct nf_serve nf_serve;

typedef enum nf_serve_log_level {
    NF_SERVE_LOG_ERRORS,
    NF_SERVE_LOG_WARNINGS,
    NF_SERVE_LOG_RUNS,    /* and one line per synchronization */
    NF_SERVE_LOG_REQUESTS /* and one per request */
} nf_serve_log_level;

/* Start from NF_SERVE_OPTIONS_INIT; NULL and 0 are the defaults. The strings
 * are borrowed until nf_serve_open returns, but for those of the log. */
typedef struct nf_serve_options {
    size_t size;
    const char *listen;   /* HOST:PORT; NULL: 127.0.0.1:8080; port 0: any */
    const char *database; /* file; NULL: in memory, lost at the end */
    /* PEM files, given together. Without them plain HTTP is served, on
     * loopback addresses only. */
    const char *tls_certificate, *tls_key;
    bool demo_users; /* the model's demo users may sign in, with their passwords
                        of the model */
    const char *now; /* ISO date-time at which the clock stands still */
    const nf_clock *clock;          /* as in a session, … */
    const nf_random_source *random; /* … on the thread that serves */
    /* "collation=icu:de", "null-order=…" as in a session; those of a device are
     * refused. */
    const char *const *settings;
    size_t setting_count;
    const char *faults; /* a plan of what is to go wrong (docs/faults.md) */
    /* Takes the log line by line: "TIME level text", or JSON objects with
     * `time`, `level` and `text`. Never data of objects, never credentials. */
    nf_write_fn log;
    bool log_json;
    int log_level; /* an nf_serve_log_level */
    void *host;    /* `user` of log */
} nf_serve_options;

#define NF_SERVE_OPTIONS_INIT NF_OPTIONS_INIT(nf_serve_options)

/* Opens the database and listens. `app` is borrowed and outlives the server.
 * `options` NULL: all defaults. Errors: NF_USAGE (plain HTTP beyond loopback, a
 * faulty address, setting or plan, a build without it), NF_INPUT (a database or
 * certificate that can't be read, an address in use). Owner: caller. */
nf_status nf_serve_open(nf_serve **out, const nf_app *app,
                        const nf_serve_options *options, nf_error *err);
/* Ends connections and closes the database. */
void nf_serve_free(nf_serve *serve);
/* "http://127.0.0.1:8080", with the port that was picked. Borrowed. */
const char *nf_serve_address(const nf_serve *serve);
/* Serves on this thread until it is asked to stop (NF_OK). Sessions on other
 * threads may use it at its address. */
nf_status nf_serve_run(nf_serve *serve, nf_error *err);
/* The same in steps, for hosts with a loop of their own: answers what there is
 * to answer, and waits for more for at most about `timeout_ms` (0: not at all).
 * NF_PENDING: call it again; NF_OK: it was asked to stop, and has. */
nf_status nf_serve_step(nf_serve *serve, int timeout_ms, nf_error *err);
/* What it waits for, for the host's poll or epoll, as nf_session_watch: three
 * descriptors at most. When one is ready or the time is up, call nf_serve_step.
 * Valid until that. */
size_t nf_serve_watch(nf_serve *serve, nf_watch *watches, size_t room,
                      int *timeout_ms);
/* Asks it to stop: no new connections, requests under way have some seconds to
 * end. Any thread, and from a signal handler. */
void nf_serve_stop(nf_serve *serve);

/* ---- faults ------------------------------------------------------------ */

/* What a sweep tries. Start from NF_SWEEP_OPTIONS_INIT. */
typedef struct nf_sweep_options {
    size_t size;
    const char *flow; /* what runs; NULL: a synchronization of `mode` */
    const char *const *arguments; /* of the flow, as nf_run_start_text's */
    size_t argument_count;
    nf_synchronize_mode mode;
    /* The flow commits or deletes, so what a failure leaves of its work is its
     * own business: only what must hold in the end is checked. */
    bool flow_changes;
    const char *plan; /* this one instead of all; NULL: all */
    bool thorough;    /* every record's border and every write */
    /* Device and server speak HTTP over loopback; the user needs a password. */
    bool over_http;
    size_t doubles; /* so many pairs of faults, by `seed` */
    uint64_t seed;
} nf_sweep_options;

#define NF_SWEEP_OPTIONS_INIT NF_OPTIONS_INIT(nf_sweep_options)

/* Runs a flow or a synchronization once as it is, and then with every fault
 * that can meet it, one at a time (docs/faults.md). Each time it starts from
 * copies of the device's and the server's database, which are left alone, on a
 * clock that stands still (of a server in PostgreSQL: in two schemas beside its
 * own, dropped in the end); afterwards a synchronization without faults must
 * leave nothing lost, nothing applied twice, and the device as the server
 * shows it. `session` needs a server `local:FILE` or `local:postgresql://…`.
 * Writes a line for each fault and a summary; *broken counts the faults after
 * which something did not hold.
 * Errors: those of opening and of the run without faults. */
nf_status nf_sweep(size_t *broken, const nf_app *app,
                   const nf_session_options *session,
                   const nf_sweep_options *options, nf_write_fn write,
                   void *user, nf_error *err);

/* ---- tests --------------------------------------------------------------- */

/* How tests run. Start from NF_TEST_OPTIONS_INIT. */
typedef struct nf_test_options {
    size_t size;
    const char *filter;      /* only tests with this in their name; NULL: all */
    const char *junit;       /* file for a report in JUnit's XML; NULL: none */
    bool require_assertions; /* a test that asserts nothing is an ERROR */
    bool color;              /* of the states, for terminals */
    const char *form; /* of what is written: "console" (NULL), "tap" (version
                         14) or "json" (a line for each test) */
    /* What of the app's flows ran (docs/testing.md): a folder for reports and
     * pictures, "" none but the table that is written; NULL: not measured. */
    const char *coverage;
    double min_coverage; /* percent; less is `too_little` */
    bool no_steps;       /* a test that failed is not run again for its steps */
    bool list;           /* only say which tests there are */
    bool strict;         /* a mock of a test that is not used is an ERROR */
    bool portable;       /* what other runners of the format refuse is refused
                            (test E1 … E14) */
    const char *tags;    /* "a,b": only tests with one of these words in @tags;
                            "!a": not those; NULL: all */
    size_t jobs;         /* tests at once, 0: as many as processors */
    size_t retries;      /* of a test that does not pass */
    const char *html;    /* file for a page for people, complete in itself, with
                            pictures of the flows that failed; NULL: none */
    bool github;         /* annotations of GitHub between what is written */
    size_t slowest; /* so many of the slowest tests are told, at most 100 */
    nf_progress_fn progress; /* "tests", done and in all; NULL: nobody. On the
                                thread that called */
    void *progress_user;
    /* Tests that are no files: "flows" are nanoflows and microflows of the app
     * whose names begin with TEST_ or UT_ (test E47); NULL: none. */
    const char *discover;
    bool update_snapshots; /* write what @snapshot compares with */
} nf_test_options;

#define NF_TEST_OPTIONS_INIT NF_OPTIONS_INIT(nf_test_options)

typedef struct nf_test_summary {
    size_t passed, failed, errors, skipped;
    size_t vacuous;  /* of those that passed: they assert nothing */
    double coverage; /* percent, if it was measured */
    bool too_little;
    size_t flaky; /* of those that passed: not at the first try */
} nf_test_summary;

/* The app that test files name themselves: the first tag @app, as a path. NULL
 * if there is none, or out of memory. Owner: caller (nf_text_free). */
char *nf_tests_app(const char *const *paths, size_t path_count);

/* Writes a test of a flow with a mock for everything that it calls and that may
 * be mocked, directly and in its nanoflows: a start to go on from. Errors:
 * NF_USAGE (no such flow), NF_INPUT. */
nf_status nf_test_skeleton(const nf_app *app, const char *flow,
                           nf_write_fn write, void *user, nf_error *err);

/* Runs the tests of files and folders (docs/testing.md), each in a session of
 * its own with databases of its own, and writes a line for each. `session`
 * applies to every test where its tags say nothing else; it names no database.
 * `app` NULL: tests can only be listed. NF_OK also when tests failed. Errors:
 * NF_INPUT (a path that can't be read, no tests at all), NF_USAGE. */
nf_status nf_tests(nf_test_summary *out, const nf_app *app,
                   const char *const *paths, size_t path_count,
                   const nf_session_options *session,
                   const nf_test_options *options, nf_write_fn write,
                   void *user, nf_error *err);

/* ---- stepping ---------------------------------------------------------- */

/* A stepper on the flows of a session (docs/debug.md): the machine is the one
 * that always runs them. While it has stopped, the host's callback has the
 * thread, and may ask the functions below and start other calls of this header
 * that do not run flows. Microflows on a server in the same process are
 * stepped through, too. One thread, as the session; but nf_debug_interrupt. */
typedef struct nf_debug nf_debug;

typedef enum nf_debug_reason {
    NF_DEBUG_BEGIN,      /* before the first step of all */
    NF_DEBUG_STEP,       /* a step that was asked for has ended */
    NF_DEBUG_BREAKPOINT, /* a breakpoint, whose number is given */
    NF_DEBUG_ERROR,      /* a step failed, and nothing handles it */
    NF_DEBUG_INTERRUPTED /* nf_debug_interrupt */
} nf_debug_reason;

typedef enum nf_debug_how {
    NF_DEBUG_CONTINUE, /* to the next breakpoint, or the end */
    NF_DEBUG_INTO,     /* to the next step, of a flow that is called, too */
    NF_DEBUG_OVER,     /* … of this flow, or of who called it */
    NF_DEBUG_OUT,      /* … of who called this flow */
    NF_DEBUG_QUIT      /* ends the call, with `cancelled` */
} nf_debug_how;

/* It has stopped before a step (NF_DEBUG_ERROR: after one); the answer says how
 * it goes on. `problem` is why the condition of the breakpoint can't be
 * evaluated, or NULL. */
typedef nf_debug_how (*nf_debug_fn)(void *user, nf_debug *debug,
                                    nf_debug_reason reason, size_t breakpoint,
                                    const char *problem);

/* Between calls of flows. `session` is borrowed and outlives it; it has one at
 * most. Errors: NF_NOMEM. Owner: caller. */
nf_status nf_debug_new(nf_debug **out, nf_session *session, nf_debug_fn stopped,
                       void *user, nf_error *err);
void nf_debug_free(nf_debug *debug);
/* Stops at the next step. Any thread, and from a signal handler. */
void nf_debug_interrupt(nf_debug *debug);

/* Stops before an object: "FLOW" (its first), "FLOW:SPOT", or "SPOT" in the
 * flow that has stopped; SPOT is a number of nf_debug_list, a caption, or a
 * guid. `condition` (NULL: none) is an expression over the flow's variables.
 * *number names the breakpoint. Errors: NF_USAGE not_found (none, or several).
 */
nf_status nf_debug_break(size_t *number, nf_debug *debug, const char *where,
                         const char *condition, nf_error *err);
/* Takes one away, or all (0); false if there is none. */
bool nf_debug_clear(nf_debug *debug, size_t number);
/* Lines for people. Owner: caller; NULL when out of memory. */
char *nf_debug_breakpoints(const nf_debug *debug);
/* Where it has stopped: "Module.Flow:3  change $x"; "" if it has not. */
char *nf_debug_place(const nf_debug *debug);
/* The flows that run, the innermost first, with its level. */
char *nf_debug_path(const nf_debug *debug);
/* The level that variables, expressions and listings mean: 0, the innermost,
 * after each stop. False if there is none. */
bool nf_debug_select(nf_debug *debug, size_t level);
size_t nf_debug_level(const nf_debug *debug);
/* A flow (NULL: the one at hand) as text with numbers; `>` marks the place, `*`
 * a breakpoint. Errors: NF_USAGE not_found. Owner of *out: caller. */
nf_status nf_debug_list(char **out, const nf_debug *debug, const char *flow,
                        nf_error *err);
/* Variables of the flow; new and changed objects with what changed; what waits
 * to be synchronized. Lines. Owner: caller. */
char *nf_debug_variables(const nf_debug *debug);
char *nf_debug_objects(const nf_debug *debug);
nf_status nf_debug_queue(char **out, const nf_debug *debug, nf_error *err);
/* The value of an expression in the flow. Errors: NF_FAILED with a position,
 * NF_USAGE (no flow runs). Owner of *out: caller. */
nf_status nf_debug_evaluate(char **out, const nf_debug *debug,
                            const char *expression, nf_error *err);
typedef enum nf_debug_word {
    NF_DEBUG_FLOW,      /* the name of a flow */
    NF_DEBUG_PLACE,     /* what nf_debug_break takes, without its numbers */
    NF_DEBUG_EXPRESSION /* variables, "$object/" with its members, functions …
                         */
} nf_debug_word;
/* What goes on from `word`, one a line: for completion while a line is typed.
 * Owner: caller; NULL when out of memory. */
char *nf_debug_names(const nf_debug *debug, nf_debug_word what,
                     const char *word);
/* NF_DEBUG_ERROR: the error; "" else. Borrowed until it goes on. */
const char *nf_debug_error(const nf_debug *debug, nf_error_field field);

/* ---- data files -------------------------------------------------------- */

/* Loads a data file (JSON lines, one object a line) into the session's side,
 * all of it or nothing. "-" is standard input. Names are remembered in the
 * database. *count (may be NULL) gets the objects. Errors: NF_INPUT with line
 * and member. */
nf_status nf_session_import(size_t *count, nf_session *session,
                            const char *path, nf_error *err);

/* Start from NF_EXPORT_OPTIONS_INIT. */
typedef struct nf_export_options {
    size_t size;
    const char *as;        /* server side: what this user's device would hold */
    bool system;           /* entities of module System too */
    const char *directory; /* file contents beside the export; NULL: inline */
} nf_export_options;

#define NF_EXPORT_OPTIONS_INIT NF_OPTIONS_INIT(nf_export_options)

/* Writes the session's side as a data file, sorted by entity and guid.
 * `options` may be NULL. */
nf_status nf_session_export(nf_session *session,
                            const nf_export_options *options, nf_write_fn write,
                            void *user, nf_error *err);
/* Compares the session's side with a data file: lines `- …` only in the file,
 * `+ …` only in the database. *differences counts them. */
nf_status nf_session_diff(size_t *differences, nf_session *session,
                          const char *path, const nf_export_options *options,
                          nf_write_fn write, void *user, nf_error *err);

/* ---- queries and expressions ------------------------------------------- */

/* What to look for in the session's side. Start from NF_QUERY_INIT. */
struct nf_query {
    size_t size;
    const char *entity;
    const char *xpath;            /* constraints in brackets; NULL or "": all */
    const char *sort;             /* "ATTR[:desc],…"; NULL: by guid */
    int64_t offset, limit;        /* limit < 0: all */
    const char *const *variables; /* "NAME=TYPE:VALUE" */
    size_t variable_count;
    bool extended; /* device: without the limits of a retrieve */
    bool explain;  /* the statement and its plan instead of objects */
};

#define NF_QUERY_INIT                                                          \
    {                                                                          \
        sizeof(nf_query), NULL, NULL, NULL, 0, -1, NULL, 0, false, false       \
    }

/* Writes what matches as lines of a data file. Errors: NF_USAGE (unknown
 * entity, variable), NF_FAILED xpath_error with a detail of xpath §12. */
nf_status nf_session_query(nf_session *session, const nf_query *query,
                           nf_write_fn write, void *user, nf_error *err);
/* Reads names of a data file (for nf_session_query_line). Errors: NF_INPUT. */
nf_status nf_session_load_names(nf_session *session, const char *path,
                                nf_error *err);
/* Answers one line `entity<TAB>xpath<TAB>sort<TAB>bindings`: the ids joined by
 * commas, or `Error<TAB>CODE<TAB>message`. Fails only when out of memory.
 * Owner of *answer: caller. */
nf_status nf_session_query_line(char **answer, nf_session *session,
                                const char *line, bool extended, nf_error *err);

/* Start from NF_EVALUATION_INIT. */
typedef struct nf_evaluation {
    size_t size;
    const nf_app *app;  /* NULL: no model in reach */
    bool server_engine; /* microflows' rules instead of nanoflows' */
    const char *language, *time_zone, *now; /* as in a session */
    const char *const *variables;           /* "NAME=TYPE:VALUE" */
    size_t variable_count;
    bool json;                 /* {"type", "value"} instead of the value */
    const char *const *limits; /* as in a session */
    size_t limit_count;
    bool all_constants; /* as in a session */
} nf_evaluation;

#define NF_EVALUATION_INIT NF_OPTIONS_INIT(nf_evaluation)

/* Evaluates one expression. Errors: NF_FAILED expression_error with an `E-…`
 * detail and a position; NF_USAGE (a faulty variable). Owner: caller. */
nf_status nf_evaluate(char **out, const char *expression,
                      const nf_evaluation *evaluation, nf_error *err);
/* The same with the type beside the value: "Integer", "String" … as --batch
 * names it. Owner of both: caller. */
nf_status nf_evaluate_typed(char **type, char **value, const char *expression,
                            const nf_evaluation *evaluation, nf_error *err);
/* What an expression may name, one a line: functions with "(", the variables,
 * the app's enumeration values and constants. Owner: caller; NULL when out of
 * memory. */
char *nf_evaluation_names(const nf_evaluation *evaluation);
/* Answers one line `bindings<TAB>expression`: `Type<TAB>value`, or
 * `Error<TAB>CODE<TAB>message`. Fails only when out of memory. */
nf_status nf_evaluate_line(char **answer, const char *line,
                           const nf_evaluation *evaluation, nf_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
