/* See heap.h. The end of the heap moves far ahead at once, in addresses only,
 * since what is advised must be there; memory follows where it is written. */
#include "cli/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    AHEAD = 256 << 20,
    PAD = 1 << 20,
    PIECE = 256 << 10,        /* more than the heap has at first */
    MAPPED_ALONE = 128 << 10, /* larger ones are not in the heap (default) */
};

static uintptr_t end_of_heap(void)
{
    return (uintptr_t)sbrk(0);
}

void cli_heap_large(void)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = (end_of_heap() + page - 1) / page * page, end;
    void *volatile piece;

    mallopt(M_TRIM_THRESHOLD, 2 * AHEAD);
    mallopt(M_MMAP_THRESHOLD, 2 * PIECE);
    mallopt(M_TOP_PAD, AHEAD);
    piece = malloc(PIECE);
    free(piece);
    mallopt(M_TOP_PAD, PAD);
    mallopt(M_MMAP_THRESHOLD, MAPPED_ALONE);
    end = end_of_heap();
    if (end > start) /* no: another malloc, or no room for so much */
        (void)madvise((void *)start, end - start, MADV_HUGEPAGE);
}
