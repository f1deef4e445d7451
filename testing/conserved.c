/* `committed objects = server objects + queued objects` (E42): every object
 * that a device has stored is at the server, or waits to be sent. */
#include "testing/case.h"

#include "base/map.h"
#include "library/data_file.h"

#include <string.h>

static nf_status add_id(void *user, const nf_data_shown *shown, nf_error *err)
{
    return nf_idmap_set(user, shown->id, user) ? NF_OK : nf_error_nomem(err);
}

typedef struct look_for {
    const nf_idmap *server;
    bool lost;
} look_for;

static nf_status look_for_one(void *user, const nf_data_shown *shown,
                              nf_error *err)
{
    look_for *look = user;
    (void)err;
    if (!shown->state && !nf_idmap_get(look->server, shown->id))
        look->lost = true;
    return NF_OK;
}

nf_status test_conserved(nf_value *out, test_device *d, nf_error *err)
{
    nf_session *server = NULL;
    nf_idmap *ids = nf_idmap_new();
    look_for look = {.server = ids};
    nf_status status =
        ids ? test_on_server(&server, d->run, err) : nf_error_nomem(err);
    if (status == NF_OK)
        status = nf_data_each(server, NULL, add_id, ids, err);
    if (status == NF_OK)
        status = nf_data_each(d->session, NULL, look_for_one, &look, err);
    *out = nf_boolean(!look.lost);
    nf_session_free(server);
    nf_idmap_free(ids);
    return status;
}
