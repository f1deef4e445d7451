/* What expressions and constraints may ask of the world around them
 * (expressions S2). Belongs to a session; outlives everything that runs. */
#ifndef NF_OBJECTS_ENVIRONMENT_H
#define NF_OBJECTS_ENVIRONMENT_H

#include "base/clock.h"
#include "base/timezone.h"
#include "models/model.h"
#include "objects/value.h"

typedef enum nf_engine {
    NF_ENGINE_CLIENT, /* nanoflows */
    NF_ENGINE_SERVER  /* microflows and rules */
} nf_engine;

typedef struct nf_environment {
    const nf_model *model; /* NULL: `eval` without an app */
    nf_engine engine;
    const nf_timezone *zone;
    const char *language; /* "en_US" */
    nf_rounding rounding;
    bool new_string_behavior; /* activities V10 */
    nf_clock clock;
    int64_t user_id; /* [%CurrentUser%]; 0: none */
    /* The value of a constant in this session (overrides of the host, else
     * the model's default). NULL: the model's default is parsed. */
    nf_status (*constant)(void *user, const nf_constant *constant,
                          nf_value *out, nf_error *err);
    /* The id of the System.UserRole object of a user role; 0: unknown. */
    int64_t (*user_role)(void *user, const char *name);
    bool (*is_synced)(void *user, const nf_object *object);
    bool (*is_syncing)(void *user);
    void *user;
} nf_environment;

#endif
