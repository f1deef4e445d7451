/* What `check` collects about an app: counts and problems. The arrays belong
 * to the check; texts live in its arena. One thread at a time. */
#ifndef NF_ANALYSIS_CHECK_H
#define NF_ANALYSIS_CHECK_H

#include "interpreter/flow.h"
#include "models/model.h"

typedef struct nf_problem {
    nf_severity severity;
    const char *code;     /* E-…, an xpath code, else the kind of error */
    const char *document; /* qualified name of what holds it; "" the app */
    const char *element;  /* caption or name of the part at fault; "" none */
    const char *element_id; /* its guid; "" none */
    long position;        /* in the expression or constraint; -1 none */
    const char *message;
    const char *expression; /* around the position; NULL none */
} nf_problem;

typedef struct nf_type_count {
    const char *type; /* stored type */
    size_t count;
} nf_type_count;

typedef struct nf_type_counts {
    nf_type_count *items;
    size_t count, capacity;
} nf_type_counts;

typedef struct nf_check {
    const nf_model *model;
    nf_programs *programs;
    nf_arena *arena;
    size_t modules, flows[3], compiled[3]; /* by nf_flow_kind */
    nf_type_counts activities, unsupported;
    nf_program_counts texts;
    nf_problem *problems;
    size_t problem_count, problem_capacity, error_count;
    const nf_guid *place; /* id for the problems that are added; NULL none */
    const char **excluded; /* qualified names */
    size_t excluded_count, excluded_capacity;
    bool failed; /* out of memory */
} nf_check;

/* Checks everything: compiles every flow, and looks at the domain model and
 * the offline configurations. Problems are sorted and the same in every run.
 * Disposed with nf_check_dispose, also after failures. Errors: NF_NOMEM. */
nf_status nf_check_run(nf_check *check, const nf_model *model,
                       nf_programs *programs, nf_error *err);
void nf_check_dispose(nf_check *check);
/* The document of design §5 (`check --json`), or text for people. */
void nf_check_write_text(const nf_check *check, nf_buffer *out);
nf_status nf_check_write_json(const nf_check *check, nf_buffer *out,
                              nf_error *err);

/* For the files of the check. Adds a problem of the element whose id `place`
 * is; texts are copied. */
void nf_check_add(nf_check *check, nf_severity severity, const char *code,
                  const char *document, const char *element, long position,
                  const char *message);
void nf_check_addf(nf_check *check, nf_severity severity, const char *code,
                   const char *document, const char *element,
                   const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* Access rules, delete behaviour and offline configurations (synchronize
 * 2.3). */
void nf_check_domain(nf_check *check);
/* Event handlers, calculated attributes, default values, rules. */
void nf_check_entity(nf_check *check, const nf_entity *entity);
/* Sources of JavaScript actions. */
void nf_check_javascript(nf_check *check);
/* What a nanoflow does to offline entities, from its elements. */
void nf_check_offline_flow(nf_check *check, const nf_document *document,
                           const nf_element *flow);

#endif
