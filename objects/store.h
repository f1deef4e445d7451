/* Objects at rest: the interface that the device's database and the server's
 * store fill in. Activities and the identity map know this, never SQL. No
 * cursor and no transaction stays open after a call returns, unless begin
 * opened it. */
#ifndef NF_OBJECTS_STORE_H
#define NF_OBJECTS_STORE_H

#include "objects/environment.h"
#include "objects/object.h"

/* A compiled constraint. */
typedef struct nf_xpath nf_xpath;

/* What a constraint may use, by where it is evaluated (xpath §2, §10). */
typedef enum nf_xpath_profile {
    NF_XPATH_SERVER,
    NF_XPATH_STRICT,  /* the offline profile of a retrieve in a nanoflow */
    NF_XPATH_EXTENDED /* the device's database without the offline limits */
} nf_xpath_profile;

/* The compiler is passed down, since the interpreter never sees database/.
 * database/xpath.h offers one. */
typedef struct nf_xpath_compiler {
    /* `variable` tells the type of a variable in scope, by its name without
     * `$`; false: unknown. *out is immutable, shareable; the error's detail is
     * a code of xpath §12, its position a byte offset in `text`. */
    nf_status (*compile)(nf_xpath **out, const nf_model *model,
                         const nf_entity *entity, const char *text,
                         nf_xpath_profile profile,
                         bool (*variable)(void *user, const char *name,
                                          nf_type *type),
                         void *user, nf_error *err);
    void (*free)(nf_xpath *xpath);
    /* The variables whose values a retrieval must supply, in this order. */
    size_t (*variable_count)(const nf_xpath *xpath);
    const char *(*variable_name)(const nf_xpath *xpath, size_t index);
} nf_xpath_compiler;

typedef struct nf_sort {
    /* One member, or a path: associations, then an attribute. */
    const nf_member *const *path;
    size_t length;
    bool descending;
} nf_sort;

typedef struct nf_retrieval {
    const nf_entity *entity;
    const nf_xpath *constraint; /* NULL: none */
    const nf_value *variables;  /* in the compiler's variable_name order */
    const nf_environment *environment;
    int64_t current_object; /* [%CurrentObject%]; 0 none */
    const nf_sort *sorts;
    size_t sort_count;
    int64_t offset;
    int64_t limit;   /* < 0: all */
    bool restricted; /* to what the user may read (activities M2); of stores
                        that know users */
} nf_retrieval;

typedef struct nf_store_ops {
    /* Appends what matches, in order; ids ascending where no sort says
     * otherwise. */
    nf_status (*retrieve)(nf_store *store, nf_list *out, nf_objects *objects,
                          const nf_retrieval *retrieval, nf_error *err);
    /* One object by id; *out NULL if there is no row. Owner: caller. */
    nf_status (*fetch)(nf_store *store, nf_object **out, nf_objects *objects,
                       const nf_entity *entity, int64_t id, nf_error *err);
    /* Appends the objects whose member of `association` refers to `child`. */
    nf_status (*referring)(nf_store *store, nf_list *out, nf_objects *objects,
                           const nf_association *association, int64_t child,
                           nf_error *err);
    /* Writes rows and change log of all, or of none (D75). Only persistable
     * objects. */
    nf_status (*commit)(nf_store *store, nf_object *const *items, size_t count,
                        nf_error *err);
    nf_status (*remove)(nf_store *store, nf_object *const *items, size_t count,
                        nf_error *err);
    /* Clear from device (synchronize S157): objects leave with all that was
     * not synchronized of them, and the server is not told. `items` NULL:
     * every object of `entity` and its specializations, uncommitted ones and
     * marks of deletions included. Memory follows as after a synchronization;
     * `tell` (may be NULL) gets what left. NULL: not a device. */
    nf_status (*clear)(nf_store *store, nf_objects *objects,
                       const nf_entity *entity, nf_object *const *items,
                       size_t count,
                       void (*tell)(void *user, const nf_delta *delta),
                       void *user, nf_error *err);
    /* A fresh id for a persistable entity (D110 … D112). */
    nf_status (*new_id)(nf_store *store, const nf_entity *entity, int64_t *out,
                        nf_error *err);
    /* Transactions of the caller; the server's flows use them. */
    nf_status (*begin)(nf_store *store, nf_error *err);
    nf_status (*savepoint)(nf_store *store, nf_error *err);
    nf_status (*release)(nf_store *store, bool keep, nf_error *err);
} nf_store_ops;

struct nf_store {
    const nf_store_ops *ops;
    bool copies; /* each row that is read makes an object of its own (D81) */
};

#endif
