/* Allocation and arenas. An arena is a chain of blocks, newest first, which
 * grow with it: a large model has thousands of small ones. A request larger
 * than a block gets a block of its own. */
#include "base/memory.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_FIRST_BLOCK = 1024,
    ARENA_BLOCK = 32 * 1024,
    ARENA_ALIGN = 16,
};

typedef struct arena_block arena_block;
struct arena_block {
    arena_block *next;
    size_t size;
    size_t used;
    size_t padding; /* keeps the data aligned to 16 */
};

struct nf_arena {
    arena_block *blocks;
    bool failed;
    size_t limit, taken; /* limit 0: none */
    bool full;
};

static bool multiply(size_t a, size_t b, size_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

void *nf_alloc(size_t size)
{
    return calloc(1, size ? size : 1);
}

void *nf_alloc_raw(size_t size)
{
    return malloc(size ? size : 1);
}

void *nf_alloc_array(size_t count, size_t size)
{
    return calloc(count ? count : 1, size ? size : 1);
}

void *nf_realloc_array(void *old, size_t count, size_t size)
{
    size_t bytes;

    if (!multiply(count, size, &bytes))
        return NULL;
    return realloc(old, bytes ? bytes : 1);
}

char *nf_strndup(const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? malloc(length + 1) : NULL;

    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *nf_strdup(const char *text)
{
    return nf_strndup(text, strlen(text));
}

void nf_free(void *memory)
{
    free(memory);
}

void *nf_grow(void *array, size_t count, size_t *capacity, size_t item_size)
{
    size_t wanted = *capacity ? *capacity : 8;
    void *grown;

    if (count < *capacity)
        return array;
    while (wanted <= count) {
        if (wanted > SIZE_MAX / 2)
            return NULL;
        wanted *= 2;
    }
    grown = nf_realloc_array(array, wanted, item_size);
    if (grown)
        *capacity = wanted;
    return grown;
}

nf_arena *nf_arena_new(void)
{
    return nf_alloc(sizeof(nf_arena));
}

void nf_arena_limit(nf_arena *arena, size_t bytes)
{
    arena->limit = arena->taken > bytes ? arena->taken : bytes;
}

bool nf_arena_is_full(const nf_arena *arena)
{
    return arena->full;
}

void nf_arena_free(nf_arena *arena)
{
    arena_block *block;

    if (!arena)
        return;
    while ((block = arena->blocks)) {
        arena->blocks = block->next;
        free(block);
    }
    free(arena);
}

static size_t next_block(const nf_arena *arena)
{
    if (arena->taken < ARENA_FIRST_BLOCK)
        return ARENA_FIRST_BLOCK;
    return arena->taken < ARENA_BLOCK ? arena->taken : ARENA_BLOCK;
}

static arena_block *add_block(nf_arena *arena, size_t size, bool zeroed)
{
    size_t next = next_block(arena);
    arena_block *block;

    if (size > SIZE_MAX - sizeof *block)
        return NULL;
    if (arena->limit && size > arena->limit - arena->taken) {
        arena->full = true;
        return NULL;
    }
    block =
        zeroed ? calloc(1, sizeof *block + size) : malloc(sizeof *block + size);
    if (!block)
        return NULL;
    arena->taken += size;
    block->size = size;
    block->used = 0;
    if (arena->blocks && size > next) {
        /* An oversized block goes behind the current one, whose rest stays
         * in use. */
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return block;
}

static void *take(nf_arena *arena, size_t size, bool zeroed)
{
    arena_block *block = arena->blocks;
    size_t rounded;
    void *memory;

    if (size > SIZE_MAX - ARENA_ALIGN) {
        arena->failed = true;
        return NULL;
    }
    rounded = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
#ifdef NF_DEBUG_ARENA
    block = add_block(arena, rounded, zeroed);
#else
    if (!block || block->size - block->used < rounded) {
        bool large = rounded > next_block(arena);

        block = add_block(arena, large ? rounded : next_block(arena),
                          large ? zeroed : true);
    }
#endif
    if (!block) {
        arena->failed = true;
        return NULL;
    }
    memory = (char *)(block + 1) + block->used;
    block->used += rounded;
    return memory;
}

void *nf_arena_alloc(nf_arena *arena, size_t size)
{
    return take(arena, size, true);
}

void *nf_arena_alloc_raw(nf_arena *arena, size_t size)
{
    return take(arena, size, false);
}

void nf_arena_fail(nf_arena *arena)
{
    arena->failed = true;
}

bool nf_arena_failed(const nf_arena *arena)
{
    return arena->failed;
}

void *nf_arena_array(nf_arena *arena, size_t count, size_t size)
{
    size_t bytes;

    return multiply(count, size, &bytes) ? nf_arena_alloc(arena, bytes) : NULL;
}

char *nf_arena_strndup(nf_arena *arena, const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? nf_arena_alloc(arena, length + 1) : NULL;

    if (copy && length)
        memcpy(copy, text, length);
    return copy;
}

char *nf_arena_strdup(nf_arena *arena, const char *text)
{
    return nf_arena_strndup(arena, text, strlen(text));
}

char *nf_arena_format(nf_arena *arena, const char *format, ...)
{
    va_list args;
    char *text;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        return NULL;
    text = nf_arena_alloc(arena, (size_t)length + 1);
    if (!text)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}
