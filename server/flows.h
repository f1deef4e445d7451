/* The world in which flows of one user run on the server (activities M1): for
 * the handlers of an upload, calls of microflows, calculated attributes. Made
 * for a request and gone with it. */
#ifndef NF_SERVER_FLOWS_H
#define NF_SERVER_FLOWS_H

#include "server/world.h"

typedef struct nf_server_flows {
    nf_world world;
    nf_server_store store;
    nf_server *server;
} nf_server_flows;

/* Both outlive it. */
nf_status nf_server_flows_open(nf_server_flows **out, nf_server *server,
                               nf_server_session *session, nf_error *err);
/* The same for whoever is no session, or in another environment; `session`
 * NULL: nothing is restricted. */
nf_status nf_server_flows_open_as(nf_server_flows **out, nf_server *server,
                                  nf_server_session *session, int64_t user,
                                  const nf_environment *environment,
                                  nf_error *err);
void nf_server_flows_close(nf_server_flows *flows); /* NULL is fine */

#endif
