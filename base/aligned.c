/* See aligned.h. */
#include "base/aligned.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 128, FIRST_ITEMS = 8 };

void *nf_alloc_aligned(size_t size)
{
    void *block = NULL;

    if (size > SIZE_MAX - ALIGNMENT)
        return NULL;
    size = (size + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
    if (posix_memalign(&block, ALIGNMENT, size) != 0)
        return NULL;
    return memset(block, 0, size);
}

void *nf_grow_aligned(void *array, size_t count, size_t *capacity,
                      size_t item_size)
{
    size_t wanted = *capacity ? *capacity : FIRST_ITEMS;
    void *grown;

    if (count < *capacity)
        return array;
    while (wanted <= count)
        if (__builtin_mul_overflow(wanted, (size_t)2, &wanted))
            return NULL;
    if (wanted > SIZE_MAX / item_size)
        return NULL;
    grown = nf_alloc_aligned(wanted * item_size);
    if (!grown)
        return NULL;
    if (count)
        memcpy(grown, array, count * item_size);
    nf_free(array);
    *capacity = wanted;
    return grown;
}
