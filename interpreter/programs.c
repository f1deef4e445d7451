/* The programs of an app: compiled when first asked for, then kept and shared
 * by sessions and threads. One lock guards the table; compiling happens under
 * it, so that a flow is compiled once. */
#include "interpreter/program.h"

#include "base/map.h"
#include "base/memory.h"

#include <pthread.h>
#include <string.h>

enum { KINDS = NF_FLOW_RULE + 1 };

struct nf_programs {
    const nf_model *model;
    const nf_activity *const *activities;
    const nf_xpath_compiler *xpath;
    unsigned allow;
    nf_watching watch;
    pthread_mutex_t lock;
    nf_map *programs[KINDS]; /* by qualified name, which the model owns */
};

nf_programs *nf_programs_new(const nf_model *model,
                             const nf_activity *const *activities,
                             const nf_xpath_compiler *xpath, unsigned allow)
{
    nf_programs *programs = nf_alloc(sizeof *programs);

    if (!programs)
        return NULL;
    programs->model = model;
    programs->activities = activities;
    programs->xpath = xpath;
    programs->allow = allow;
    if (pthread_mutex_init(&programs->lock, NULL)) {
        nf_free(programs);
        return NULL;
    }
    for (size_t i = 0; i < KINDS; i++) {
        programs->programs[i] = nf_map_new();
        if (!programs->programs[i]) {
            nf_programs_free(programs);
            return NULL;
        }
    }
    return programs;
}

void nf_programs_free(nf_programs *programs)
{
    if (!programs)
        return;
    for (size_t i = 0; i < KINDS; i++) {
        size_t cursor = 0;
        void *value;

        while (programs->programs[i] &&
               nf_map_next(programs->programs[i], &cursor, NULL, &value))
            nf_program_free(value);
        nf_map_free(programs->programs[i]);
    }
    pthread_mutex_destroy(&programs->lock);
    nf_free(programs);
}

void nf_programs_watch(nf_programs *programs, nf_watching watch)
{
    programs->watch = watch;
}

void nf_programs_each(const nf_programs *programs,
                      void (*visit)(void *user, const nf_program *program),
                      void *user)
{
    for (size_t i = 0; i < KINDS; i++) {
        size_t cursor = 0;
        void *value;

        while (nf_map_next(programs->programs[i], &cursor, NULL, &value))
            visit(user, value);
    }
}

static nf_status compile(const nf_program **out, nf_programs *programs,
                         nf_flow_kind kind, const char *qualified,
                         nf_error *err)
{
    const nf_flow *flow;
    nf_program *program;
    nf_status status =
        nf_model_flow(&flow, programs->model, kind, qualified, err);

    if (status)
        return status;
    status = nf_compile_watched(&program, programs->model, flow,
                                programs->activities, programs->xpath,
                                programs->allow, programs->watch, err);
    if (status)
        return status;
    if (!nf_map_set(programs->programs[kind], flow->qualified, program)) {
        nf_program_free(program);
        return nf_error_nomem(err);
    }
    *out = program;
    return NF_OK;
}

nf_status nf_programs_inspect(const nf_program **out, nf_programs *programs,
                              nf_flow_kind kind, const char *qualified,
                              nf_error *err)
{
    nf_status status = NF_OK;

    NF_IN_MEMORY(NULL); /* programs outlive the session that asks first */
    *out = NULL;
    if ((unsigned)kind >= KINDS)
        return nf_error_set(err, NF_USAGE, "not_found",
                            "\"%s\" is not a flow that can be called",
                            qualified);
    pthread_mutex_lock(&programs->lock);
    *out = nf_map_get(programs->programs[kind], qualified);
    if (!*out)
        status = compile(out, programs, kind, qualified, err);
    pthread_mutex_unlock(&programs->lock);
    return status;
}

nf_status nf_programs_get(const nf_program **out, nf_programs *programs,
                          nf_flow_kind kind, const char *qualified,
                          nf_error *err)
{
    nf_status status = nf_programs_inspect(out, programs, kind, qualified, err);

    if (status || !(*out)->broken)
        return status;
    nf_error_set(err, NF_FAILED, "bad_flow", "%s", (*out)->broken);
    nf_error_in(err, (*out)->flow->qualified, NULL, NULL);
    *out = NULL;
    return NF_FAILED;
}
