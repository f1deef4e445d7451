/* What Synchronize to device sends with the reply of a call (synchronize S150
 * … S156). */
#ifndef NF_SERVER_PUSH_H
#define NF_SERVER_PUSH_H

#include "objects/object.h"
#include "server/internal.h"

/* Appends the records of `pushed` as the bytes of a result stream of the call
 * `id`, and beside them as `over` what the microflow has not committed; nothing where there are none. Errors: microflow_failed if they are more
 * than a reply holds. */
nf_status nf_push_write(nf_buffer *to, const char *key, nf_server *server,
                        nf_server_session *session, const nf_sync_id *id,
                        nf_list *pushed, nf_error *err);

#endif
