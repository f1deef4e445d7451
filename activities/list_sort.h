/* Sorting a list by members (activities L3). */
#ifndef NF_ACTIVITIES_LIST_SORT_H
#define NF_ACTIVITIES_LIST_SORT_H

#include "interpreter/activity.h"

typedef struct nf_sort_key {
    const nf_member *member;
    bool descending;
} nf_sort_key;

/* A new sorted list, stable; *out NULL on failure. */
nf_status nf_list_sort(nf_call *call, nf_list **out, nf_object *const *items,
                       size_t count, const nf_entity *entity,
                       const nf_sort_key *keys, size_t key_count,
                       nf_error *err);

#endif
