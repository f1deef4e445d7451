/* Requests as bytes, past the device's client: what a faulty or hostile device
 * may send. */
#ifndef HELPER_WIRE_H
#define HELPER_WIRE_H

#include "helper_world.h"

#include "sync/codec.h"

typedef struct helper_wire {
    helper_world *world;
    char session[80];
    char token[80]; /* the authentication token; "" none */
    int64_t user, device;
    nf_sync_response response;
    const char *peer; /* as over HTTP: not local */
    char code[48];    /* of the last refusal */
} helper_wire;

void wire_open(helper_wire *wire, helper_world *world);
void wire_close(helper_wire *wire);

/* All answer the status. `body` may be NULL. */
int wire_send(helper_wire *wire, nf_sync_method method, const char *path,
              const bson_t *body);
int wire_patch(helper_wire *wire, const char *path, const void *bytes,
               size_t size, int64_t offset, int64_t total);
/* A field of the last reply; "" / -1. Texts live until the next request. */
const char *wire_text(helper_wire *wire, const char *key);
int64_t wire_int(helper_wire *wire, const char *key);

/* Signs in; keeps session, token, user and device. `grant` NULL: the host in
 * the same process. */
int wire_sign_in(helper_wire *wire, const char *grant, const char *user,
                 const char *secret);

/* ---- uploads ------------------------------------------------------------- */

typedef struct wire_upload {
    nf_sync_id id;
    nf_buffer bytes;
    nf_stream_writer stream;
    uint8_t sha[NF_SHA256_SIZE];
    bool gzip;    /* the bytes are */
    bool planned; /* outcomes and records are those of the plan */
    /* Entities of the device's model, "M.E" or "M.E:mode", separated by
     * spaces; NULL: not said. */
    const char *views;
} wire_upload;

/* Begins a body with its head; `number` makes the sync id. */
void wire_begin(wire_upload *upload, int number);
/* A record. `members` is a BSON document that the call destroys, NULL: none.
 * The mid is made from `mid`; `changed` are names separated by spaces, or
 * NULL. */
void wire_record(wire_upload *upload, const char *kind, const char *entity,
                 int64_t id, int mid, bson_t *members, const char *changed);
void wire_record_raw(wire_upload *upload, const bson_t *record);
void wire_end(wire_upload *upload);
void wire_dispose(wire_upload *upload);

/* "/sync/v1/syncs/ID" and `rest`; rotating static storage. */
const char *wire_path(const wire_upload *upload, const char *rest);
int wire_create(helper_wire *wire, const wire_upload *upload, const char *mode);
/* create and body */
void wire_stage(helper_wire *wire, const wire_upload *upload, const char *mode);
/* create, body, commit: the status of the commit */
int wire_commit(helper_wire *wire, const wire_upload *upload, const char *mode);
/* The outcome of an object in the result: "created", "rejected OBJ_VALUE" …;
 * "" if it has none. Rotating static storage. */
const char *wire_outcome(helper_wire *wire, const wire_upload *upload,
                         int64_t id);
/* The same of a result that is the last reply, whole. */
const char *wire_replied_outcome(helper_wire *wire, int64_t id);
/* How many records of a kind the result has, of an object if `id` is not 0. */
int wire_count(helper_wire *wire, const wire_upload *upload, nf_wire_kind kind,
               int64_t id);

/* The kind of an entity's section ("snapshot", "keep" …); "" none. */
const char *wire_section(helper_wire *wire, const wire_upload *upload,
                         const char *entity);

/* A fresh id of the session's device. */
int64_t wire_id(helper_wire *wire, const char *entity, int number);
int64_t wire_order_id(helper_wire *wire, int object);
/* A whole upload: one new order of the shop. */
void wire_new_order(wire_upload *upload, helper_wire *wire, int number,
                    int object);

#endif
