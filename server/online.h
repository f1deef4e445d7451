/* Inside of server/: a request about objects that devices do not store, shared
 * by online.c (what there is to ask for), online_create.c and
 * online_request.c. */
#ifndef NF_SERVER_ONLINE_H
#define NF_SERVER_ONLINE_H

#include "interpreter/flow.h"
#include "server/call.h"
#include "server/push.h"

typedef struct nf_online_call {
    nf_server_call base;
    const nf_program *program; /* retrieve */
    nf_guid activity;
    nf_list *objects; /* what the request sends */
} nf_online_call;

static inline nf_world *nf_online_world(nf_online_call *c)
{
    return &c->base.flows->world;
}

/* microflow_failed: what a device never sends. */
nf_status nf_online_malformed(nf_error *err);
/* access_denied: the user may not `verb` objects of the entity. */
nf_status nf_online_denied(nf_error *err, const char *verb,
                           const nf_entity *entity);
/* The same unless access rules allow it; `object` and `member` may be NULL. */
nf_status nf_online_require(nf_online_call *c, const nf_entity *entity,
                            const nf_object *object, nf_access_kind kind,
                            const nf_member *member, const char *verb,
                            nf_error *err);

nf_status nf_online_create(nf_online_call *c, nf_error *err);
/* The objects into c->objects; `members`: with the values that are sent. */
nf_status nf_online_read_objects(nf_online_call *c, bool members,
                                 nf_error *err);

#endif
