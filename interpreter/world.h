/* Everything a running flow may touch, put together by library/ for one
 * session. Borrowed by executions, which end before it does. */
#ifndef NF_INTERPRETER_WORLD_H
#define NF_INTERPRETER_WORLD_H

#include "interpreter/rest.h"
#include "models/model.h"
#include "objects/environment.h"
#include "objects/object.h"
#include "objects/store.h"

struct json_object;
typedef struct nf_sync_client nf_sync_client; /* sync/sync.h */
typedef struct nf_programs nf_programs;       /* interpreter/flow.h */

/* Calls out to the host (activities §13). */
typedef struct nf_host {
    /* An event by its name in camel case with its payload (design §5, `run
     * --json`), which the callee borrows. For requests an error becomes
     * host_error of the activity; for notifications the result is ignored. */
    nf_status (*event)(void *user, const char *name,
                       struct json_object *payload, nf_error *err);
    /* Nobody hears what changed (objectsChanged, objectsDeleted,
     * membersChanged): such events need not be made. */
    bool deaf;
    /* A code action or microflow that the host or a mock answers. NF_PENDING:
     * ask again with the same token. NULL function, or NF_USAGE: nobody
     * answers for it. */
    nf_status (*call)(void *user, nf_flow_kind kind, const char *qualified,
                      const nf_parameter *parameters, const nf_value *arguments,
                      size_t count, void **token, nf_value *result,
                      nf_error *err);
    /* Asked before a flow enters another one; NF_USAGE: it runs. NF_OK: *result
     * is its result, and it does not run. NULL: all of them run. For tests. */
    nf_status (*intercept)(void *user, const nf_flow *flow,
                           const nf_value *arguments, nf_value *result,
                           nf_error *err);
    /* A JavaScript action for which `call` does not answer: its source, with a
     * result of type `expected` (VOID: any, ignored). Otherwise as `call`;
     * NULL: no JavaScript runs here. */
    nf_status (*script)(void *user, const nf_flow *action,
                        const nf_value *arguments, const nf_type *expected,
                        void **token, nf_value *result, nf_error *err);
    /* Nobody asks again with this token: the activity has ended. NULL: nothing
     * has to be given back. */
    void (*forget)(void *user, void *token);
    /* REST calls; NULL, or NF_USAGE: nobody answers for them. */
    nf_rest_fn rest;
    void *user;
} nf_host;

/* What the roles of the user allow, judged from the model alone (domain D98);
 * all bits set where entity access is not evaluated. Indexed by
 * entity->number. */
typedef struct nf_device_access {
    bool enforced;
    const struct nf_entity_access {
        bool create, remove;
        const uint64_t *writable, *readable; /* bit per member index */
    } * entities;
} nf_device_access;

typedef struct nf_world nf_world;

typedef enum nf_access_kind {
    NF_ACCESS_CREATE,
    NF_ACCESS_READ, /* of some member */
    NF_ACCESS_WRITE,
    NF_ACCESS_DELETE
} nf_access_kind;

/* What becomes of objects where flows run in the server (activities §11):
 * event handlers, rules, delete behaviours. A device has none of them: its
 * flows act on nf_objects alone. */
typedef struct nf_object_rules {
    /* *out belongs to the caller; NULL without an error: a handler said no. */
    nf_status (*create)(nf_world *world, nf_object **out,
                        const nf_entity *entity, nf_error *err);
    /* `events`: handlers run (M10). */
    nf_status (*commit)(nf_world *world, nf_object *const *items, size_t count,
                        bool events, nf_error *err);
    nf_status (*remove)(nf_world *world, nf_object *const *items, size_t count,
                        nf_error *err);
    nf_status (*rollback)(nf_world *world, nf_object *object, nf_error *err);
    /* A flow has set a member of the object. */
    nf_status (*touched)(nf_world *world, nf_object *object, nf_error *err);
    /* Where a microflow applies entity access (activities M2): whether the user
     * may create objects of an entity (`object` NULL); read, write a member of,
     * or delete an object. */
    nf_status (*allows)(nf_world *world, const nf_entity *entity,
                        const nf_object *object, nf_access_kind kind,
                        const nf_member *member, bool *out, nf_error *err);
} nf_object_rules;

struct nf_world {
    const nf_model *model;
    const nf_object_rules *rules; /* NULL: a device */
    nf_list *pushed; /* what Synchronize to device sends (activities Y12); NULL:
                        who called takes nothing */
    bool for_device; /* an activity of a nanoflow runs here, on the server, for
                        a device (visit.h): with the rights of its user */
    uint32_t nested; /* executions inside activities that are under way */
    struct nf_execution *spare;         /* to be used again; NULL none */
    const struct nf_program *recent[4]; /* of those: started last */
    uint32_t next_recent;
    const nf_profile *profile; /* NULL: S4's assumed offline profile */
    bool strict_empty;    /* an empty variable is an error (activities P2) */
    bool configured_only; /* what it does not configure is not offline (S9) */
    nf_environment environment;
    nf_objects *objects;
    nf_store *store;
    nf_host host;
    nf_random random;
    nf_device_access access;
    nf_programs *programs;
    /* What functions keep between evaluations (interpreter/functions.h); of
     * the session; NULL: slower. */
    struct nf_function_cache *cache;
    const struct nf_observer *observer; /* of every step; NULL: none */
    nf_sync_client *sync;               /* NULL: no server */
    volatile int *cancelled;            /* set by another thread; may be NULL */
    int patience_ms; /* for which a step of an activity may wait for others */
};

/* Whether somebody looks on (interpreter/observe.h). A build with NF_NO_HOOKS
 * has no such places; it is what their cost is measured against
 * (tests/bench). */
static inline bool nf_observed(const nf_world *world)
{
#ifdef NF_NO_HOOKS
    (void)world;
    return false;
#else
    return world->observer != NULL;
#endif
}

/* Whether events of what changed are worth making. */
static inline bool nf_world_listens(const nf_world *world)
{
    return world->host.event && !world->host.deaf;
}

/* Gives back what flows left in the world. */
void nf_world_dispose(nf_world *world);
/* Sends an event; takes over the payload (NULL: out of memory). */
nf_status nf_world_event(nf_world *world, const char *name,
                         struct json_object *payload, nf_error *err);

#endif
