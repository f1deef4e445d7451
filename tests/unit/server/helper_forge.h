/* A server that lies: a transport that rewrites the results of the true one,
 * record by record, with a digest that is right again. */
#ifndef HELPER_FORGE_H
#define HELPER_FORGE_H

#include "helper_world.h"

#include "sync/codec.h"

typedef struct helper_forge helper_forge;

/* Called for every record of a result but the end, and at last with NULL;
 * writes what the device shall see (helper_forge_put). */
typedef void (*helper_forge_fn)(helper_forge *forge, const bson_t *record);

struct helper_forge {
    nf_sync_transport base;
    nf_sync_transport *inner;
    helper_forge_fn forge;
    const void *user; /* of the function */
    int64_t announce; /* the length the device is told; -1: the true one */
    const char *tail; /* bytes behind the end record; NULL none */
    bool cut_end;     /* no end record, with a length that agrees */
    /* what was asked for */
    int results;
    /* inside */
    nf_buffer forged;
    nf_stream_writer writer;
};

/* Between a device and its server from now on; belongs to the device. */
helper_forge *helper_forge_new(helper_device *device, helper_forge_fn forge,
                               const void *user);
void helper_forge_put(helper_forge *forge, const bson_t *record);
/* The record with another value of one field: BSON fields by name. */
void helper_forge_int(helper_forge *forge, const bson_t *record,
                      const char *key, int64_t value);
void helper_forge_text(helper_forge *forge, const bson_t *record,
                       const char *key, const char *value);
/* Its kind (`k`) and id (0: none). */
bool helper_forge_is(const bson_t *record, const char *kind);
int64_t helper_forge_id(const bson_t *record);

#endif
