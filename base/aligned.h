/* Memory for structures that hold a document of libbson, which wants 128 bytes
 * of alignment; that of memory.h is aligned for everything smaller. Not counted
 * in an account, and freed with nf_free. Any thread. */
#ifndef NF_BASE_ALIGNED_H
#define NF_BASE_ALIGNED_H

#include <stddef.h>

/* Zeroed; NULL when out of memory. */
void *nf_alloc_aligned(size_t size);
/* As nf_grow of memory.h: room for one more item than `count`, or NULL and the
 * old array is as it was. */
void *nf_grow_aligned(void *array, size_t count, size_t *capacity,
                      size_t item_size);

#endif
