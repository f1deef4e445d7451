/* A small app, its server in memory and devices in memory, for tests of whole
 * synchronizations (the fixture of synchronize §29 in small). */
#ifndef HELPER_WORLD_H
#define HELPER_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/memory.h"
#include "database/device.h"
#include "server/server.h"
#include "sync/sync.h"

typedef struct helper_world {
    nf_model *model;
    nf_server *server;
    int64_t now;
    nf_clock clock;
    nf_random random;
    char log[4096];
    char folder[40], path[300]; /* of the server's database; "" in memory */
    nf_server_options options;
} helper_world;

/* A transport around another that cuts an exchange: the `fail_at`-th one (1 …)
 * fails, before the server sees it or after (`late`). */
typedef enum helper_answer {
    HELPER_PASS,     /* to the server */
    HELPER_ANSWERED, /* `response` is filled in */
    HELPER_WAIT,     /* NF_PENDING, and asked again */
    HELPER_CUT,      /* before the server saw it */
    HELPER_LATE_CUT  /* after */
} helper_answer;

typedef struct helper_faults {
    nf_sync_transport base;
    nf_sync_transport *inner;
    int fail_at, calls;
    bool late;
    /* Changes replies on their way; NULL: none. */
    void (*spoil)(void *user, const nf_sync_request *request,
                  nf_sync_response *response);
    /* What becomes of each exchange; NULL: all pass. */
    helper_answer (*answer)(void *user, const nf_sync_request *request,
                            nf_sync_response *response);
    void *user;
    char session[128]; /* the last token that was sent */
} helper_faults;

typedef struct helper_device {
    nf_device *device;
    nf_objects *objects;
    nf_sync_client *client;
    helper_faults *faults;
} helper_device;

/* Whether $STORE is set (tests/postgres): the servers of these tests have their
 * data in PostgreSQL then, those in memory and in files alike. */
bool helper_on_postgres(void);
int helper_setup(void **state);
int helper_setup_partial(void **state); /* ThrowPartialSyncError true */
int helper_setup_guests(void **state);  /* guests are clerks */
/* The app with a text of it replaced by another. */
int helper_setup_changed(void **state, const char *from, const char *to);
int helper_setup_file(void **state); /* the server's database is a file */
int helper_setup_views(void **state); /* views.xml, in a file */
int helper_setup_app(void **state, const char *path); /* in a file */
int helper_teardown(void **state);
/* The server ends, however it stands, and another one opens its database. */
void helper_restart(helper_world *world);

/* Changes the options of devices that are opened while it is set. */
extern void (*helper_configure)(nf_sync_options *options);
/* A fresh device of a user. */
void helper_device_open(helper_device *out, helper_world *world,
                        const char *user);
void helper_device_close(helper_device *device);

/* Runs a synchronization to its end; asserts success. */
void helper_sync(helper_device *device, nf_sync_kind kind,
                 nf_object *const *objects, size_t count);
/* The same, returning the status and the error's code. */
nf_status helper_try(helper_device *device, nf_sync_kind kind,
                     nf_object *const *objects, size_t count, nf_error *err);

const nf_entity *helper_entity(const helper_world *world, const char *name);
const nf_member *helper_member(const nf_entity *entity, const char *name);

/* A new object in memory, not committed. */
nf_object *helper_create(helper_world *world, helper_device *device,
                         const char *entity);
void helper_set_text(nf_object *object, const char *member, const char *text);
void helper_set_integer(nf_object *object, const char *member, int64_t value);
void helper_set_object(nf_object *object, const char *member,
                       nf_object *target);
void helper_commit(helper_device *device, nf_object *object);
void helper_delete(helper_device *device, nf_object *object);
/* The member as text ("" empty); rotating static storage. */
const char *helper_text(nf_object *object, const char *member);
/* The stored object with this text in a member; NULL. Owner: caller. */
nf_object *helper_find(helper_world *world, helper_device *device,
                       const char *entity, const char *member,
                       const char *text);
int helper_count(helper_device *device, helper_world *world,
                 const char *entity);
nf_change_kind helper_change(helper_device *device, int64_t id);

/* The server's side, as another user would change it. */
int64_t helper_server_add(helper_world *world, const char *entity,
                          const char *member, const char *text);
void helper_server_set(helper_world *world, const char *entity, int64_t id,
                       const char *member, nf_value value);
void helper_server_set_text(helper_world *world, const char *entity, int64_t id,
                            const char *member, const char *text);
void helper_server_delete(helper_world *world, const char *entity, int64_t id);
void helper_server_contents(helper_world *world, const char *entity, int64_t id,
                            const char *bytes);
/* "" empty or no such object; rotating static storage. */
const char *helper_server_text(helper_world *world, const char *entity,
                               int64_t id, const char *member);
bool helper_server_has(helper_world *world, const char *entity, int64_t id);
int helper_server_count(helper_world *world, const char *entity);
/* Reason and content of the last error record. */
const char *helper_last_error(helper_world *world, const char *member);

/* One line of a row, for comparisons. */
void helper_row_text(nf_buffer *out, const nf_entity *entity, int64_t id,
                     int mark, const nf_value *members);
/* Everything on a device as text, for comparisons; free it. */
char *helper_dump(helper_device *device, helper_world *world);

#endif
