/* Inside of database/: what checks a constraint against the model, shared by
 * xpath_check.c (conditions, operands), xpath_check_path.c, xpath_check_call.c
 * and xpath_check_comparison.c.
 *
 * Functions that give false have set c->err. */
#ifndef NF_DATABASE_XPATH_CHECKER_H
#define NF_DATABASE_XPATH_CHECKER_H

#include "database/xpath_tree.h"

typedef struct nf_xchecker {
    nf_xpath *xpath;
    nf_xpath_variable variable;
    void *user;
    nf_error *err;
    /* The first offline limit of the operand being resolved. */
    const char *limit;
    long limit_position;
} nf_xchecker;

/* Report and give false. The message is `what`, then the name in quotes. */
bool nf_xcheck_fail(nf_xchecker *c, const char *code, long position,
                    const char *what, const char *name);
/* The same, with what may have been meant. */
bool nf_xcheck_fail_near(nf_xchecker *c, const char *code, long position,
                         const char *what, const nf_suggestion *near);
bool nf_xcheck_type_error(nf_xchecker *c, const nf_xnode *node,
                          const char *what);

/* Whether the offline profile's limits hold. */
bool nf_xcheck_is_strict(const nf_xchecker *c);
/* Remembers a limit that the operand breaks; the first one counts. */
void nf_xcheck_limit(nf_xchecker *c, const char *code, long position);
/* Once the operand is resolved: false if it broke a limit. */
bool nf_xcheck_report_limit(nf_xchecker *c);
/* Whether the app was made with this version or a later one. */
bool nf_xcheck_version(const nf_xchecker *c, int major, int minor, int patch);

bool nf_xcheck_is_number(nf_kind kind);
bool nf_xcheck_condition(nf_xchecker *c, nf_xnode *node,
                         const nf_entity *context);
bool nf_xcheck_operand(nf_xchecker *c, nf_xnode *node,
                       const nf_entity *context);
bool nf_xcheck_path(nf_xchecker *c, nf_xnode *node, const nf_entity *context);
bool nf_xcheck_call(nf_xchecker *c, nf_xnode *node, const nf_entity *context);
bool nf_xcheck_comparison(nf_xchecker *c, nf_xnode *node,
                          const nf_entity *context);

#endif
