/* What a user may do to objects on a device (activities O6, O7; domain D82,
 * D98), for activities and for scripts. */
#ifndef NF_ACTIVITIES_DEVICE_ACCESS_H
#define NF_ACTIVITIES_DEVICE_ACCESS_H

#include "interpreter/world.h"

/* Errors access_denied. */
nf_status nf_device_may_create(const nf_world *world, const nf_entity *entity,
                               nf_error *err);
nf_status nf_device_may_remove(const nf_world *world, const nf_entity *entity,
                               nf_error *err);
nf_status nf_device_may_write(const nf_world *world, const nf_object *object,
                              const nf_member *member, nf_error *err);
/* Error entity_not_available: see support.h. */
nf_status nf_device_require_local(const nf_world *world,
                                  const nf_entity *entity, nf_error *err);
/* Whether the creation of an object runs microflows of the server, or the user
 * may see values that he may not set (domain D82). */
bool nf_device_needs_server(const nf_world *world, const nf_entity *entity);

/* The errors themselves, for the server's word on it. */
nf_status nf_error_may_not_create(nf_error *err, const nf_entity *entity);
nf_status nf_error_may_not_remove(nf_error *err, const nf_entity *entity);
nf_status nf_error_may_not_write(nf_error *err, const nf_object *object,
                                 const nf_member *member);

#endif
