/* The ids of a reference set: sorted, distinct, packed into the bytes of a
 * string, so that two sets are equal when their bytes are. */
#include "objects/object.h"

#include "base/memory.h"

#include <stdlib.h>

static int compare_ids(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

bool nf_ids_value(nf_value *out, const int64_t *ids, size_t count)
{
    int64_t *sorted;
    size_t kept = 0, i;
    nf_string *bytes;

    *out = nf_empty();
    if (!count)
        return true;
    sorted = nf_alloc_array(count, sizeof *sorted);
    if (!sorted)
        return false;
    memcpy(sorted, ids, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_ids);
    for (i = 0; i < count; i++)
        if (!kept || sorted[kept - 1] != sorted[i])
            sorted[kept++] = sorted[i];
    bytes = nf_string_new((const char *)sorted, kept * sizeof *sorted);
    nf_free(sorted);
    if (!bytes)
        return false;
    *out = (nf_value){.kind = NF_KIND_IDS, .as.string = bytes};
    return true;
}

const int64_t *nf_ids_of(const nf_value *value, size_t *count)
{
    *count = 0;
    if (value->kind != NF_KIND_IDS)
        return NULL;
    /* The text of a string follows a header of 8-byte aligned fields. */
    *count = value->as.string->length / sizeof(int64_t);
    return (const int64_t *)(const void *)value->as.string->text;
}

bool nf_ids_has(const nf_value *value, int64_t id)
{
    size_t count;
    const int64_t *ids = nf_ids_of(value, &count);

    return count && bsearch(&id, ids, count, sizeof *ids, compare_ids) != NULL;
}

void nf_members_free(nf_value *members, size_t count)
{
    size_t i;

    if (!members)
        return;
    for (i = 0; i < count; i++)
        nf_value_release(&members[i]);
    nf_free(members);
}

const nf_member *nf_entity_end(const nf_entity *entity,
                               const nf_association *association,
                               bool child_end)
{
    size_t i;

    for (i = 0; i < entity->member_count; i++)
        if (entity->members[i].association == association &&
            entity->members[i].child_end == child_end)
            return &entity->members[i];
    return NULL;
}
