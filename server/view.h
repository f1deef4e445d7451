/* What a device holds of an entity: its confirmed views (synchronize W43,
 * W44, design §10.6). A view is one packed array, sorted by id: per object
 * eight bytes of id and the sixteen bytes `h` of its projection. */
#ifndef NF_SERVER_VIEW_H
#define NF_SERVER_VIEW_H

#include "server/internal.h"

enum { NF_VIEW_HASH = 16, NF_VIEW_ITEM = 24 };

typedef struct nf_view {
    uint8_t *items;
    size_t count, capacity;
} nf_view;

void nf_view_dispose(nf_view *view); /* {0} is fine */
/* Ids ascending. False when out of memory. */
bool nf_view_add(nf_view *view, int64_t id, const uint8_t h[NF_VIEW_HASH]);
int64_t nf_view_id(const nf_view *view, size_t index);
const uint8_t *nf_view_hash(const nf_view *view, size_t index);

/* The view with this token; *found false: there is none (W44). */
nf_status nf_view_load(nf_view *out, bool *found, nf_server *server,
                       int64_t device, const nf_entity *entity,
                       const nf_sync_id *token, nf_error *err);
/* Keeps a view that a result holds, until it is confirmed or given up. */
nf_status nf_view_offer(nf_server *server, int64_t device,
                        const nf_sync_id *sync, const nf_entity *entity,
                        const nf_sync_id *token, const nf_view *view,
                        nf_error *err);
/* The device has stored the result of a synchronization, or never will: its
 * views replace those before them, or go. */
nf_status nf_views_settle(nf_server *server, int64_t device,
                          const nf_sync_id *sync, bool stored, nf_error *err);
/* Only the views that a device names at the start of a full synchronization
 * are still of use (W44); `views` NULL: none. */
nf_status nf_views_keep(nf_server *server, int64_t device, const bson_t *views,
                        nf_error *err);

/* What `views` says of an entity: false, or its token and the ids that the
 * device no longer holds as that view has them (W45), packed as they came. */
bool nf_views_find(const bson_t *views, const char *entity, nf_sync_id *token,
                   const uint8_t **ids, size_t *count);

#endif
