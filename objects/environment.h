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

/* What one call of a flow may use (activities F10, C7). */
typedef struct nf_limits {
    uint64_t steps;          /* elements that it executes, 0: NF_LIMIT_STEPS */
    uint32_t depth;          /* nested calls of flows, 0: NF_LIMIT_DEPTH */
    size_t text_bytes;       /* of one String, 0: NF_STRING_MAX */
    size_t list_items;       /* of one list, 0: NF_LIMIT_LIST */
    uint32_t regex_ms;       /* matching for one function, 0: NF_LIMIT_REGEX */
    uint32_t javascript_ms;  /* of one action, 0: NF_LIMIT_JAVASCRIPT */
    uint32_t javascript_mib; /* in memory, 0: NF_LIMIT_JAVASCRIPT_MIB */
    int64_t deadline;        /* of nf_clock_elapsed; 0: none */
    uint64_t memory_bytes;   /* of the session's account; 0: none */
} nf_limits;
#define NF_LIMIT_STEPS UINT64_C(1000000000) /* about a minute of work */
enum {
    NF_LIMIT_DEPTH = 512,
    NF_LIMIT_LIST = 50 * 1000 * 1000,
    NF_LIMIT_REGEX = 5000, /* milliseconds */
    NF_LIMIT_JAVASCRIPT = 60 * 1000,
    NF_LIMIT_JAVASCRIPT_MIB = 1024,
};

typedef struct nf_environment {
    const nf_model *model; /* NULL: `eval` without an app */
    nf_engine engine;
    bool all_constants; /* expressions S48 */
    const nf_timezone *zone;
    const char *language; /* "en_US" */
    nf_rounding rounding;
    bool new_string_behavior; /* activities V10 */
    nf_clock clock;
    nf_limits limits;
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

static inline size_t nf_text_limit(const nf_environment *environment)
{
    size_t limit = environment->limits.text_bytes;

    return limit && limit < NF_STRING_MAX ? limit : NF_STRING_MAX;
}
static inline size_t nf_list_limit(const nf_environment *environment)
{
    size_t limit = environment->limits.list_items;

    return limit ? limit : NF_LIMIT_LIST;
}
/* Errors of a flow: NF_FAILED, expression_error, E-RANGE; they can be handled
 * as any other. */
nf_status nf_text_too_long(size_t limit, nf_error *err);
nf_status nf_list_too_long(size_t limit, nf_error *err);

#endif
