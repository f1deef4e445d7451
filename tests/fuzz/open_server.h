/* A server of the app of tests/unit/server behind an HTTP front end whose
 * library is fake_mhd.h: for targets of what goes over the wire. */
#ifndef FUZZ_OPEN_SERVER_H
#define FUZZ_OPEN_SERVER_H

#include "fake_mhd.h"

typedef struct fuzz_server {
    nf_random random;
    nf_model *model;
    nf_server *server;
    nf_http http;
} fuzz_server;

/* Lives as long as the process. Making the tables of an app takes longer than
 * most inputs: one server serves all, and what an input does to its database is
 * to be undone. */
void fuzz_open_server(fuzz_server *out);

#endif
