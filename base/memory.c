/* Allocation and arenas. An arena is a chain of blocks, newest first, which
 * grow with it: a large model has thousands of small ones. A request larger
 * than a block gets a block of its own. */
#include "base/memory.h"

#include <stdarg.h>
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
    nf_memory *memory; /* of its blocks; NULL: the heap */
    arena_block *blocks;
    bool failed;
    size_t limit, taken; /* limit 0: none */
    bool full;
};

static bool multiply(size_t a, size_t b, size_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

/* ---- accounts ------------------------------------------------------------ */

/* Before each block of an account. The heap's blocks are aligned to 16 and have
 * nothing before them; a block of an account is 8 more, and so known by its
 * address. */
typedef struct head {
    void *unused;
    nf_memory *owner;
    size_t size; /* of the block, without this */
} head;
_Static_assert(sizeof(head) % 16 == 8, "blocks of accounts are odd");
enum {
    SMALLEST = 16, /* less may be aligned to less by another malloc */
};

struct nf_memory {
    nf_allocator allocator;
    size_t limit, used, peak, blocks;
    bool closed, refused, was_refused;
    nf_memory *outer; /* that its blocks come from; NULL: none */
};

static _Thread_local nf_memory *current
    __attribute__((tls_model("initial-exec")));

static bool is_counted(const void *block)
{
    return ((uintptr_t)block & 8) != 0;
}

static head *head_of(const void *block)
{
    return (head *)(uintptr_t)block - 1;
}

static void *heap_allocate(void *user, size_t size)
{
    (void)user;
    return malloc(size);
}

static void heap_release(void *user, void *block, size_t size)
{
    (void)user;
    (void)size;
    free(block);
}

nf_memory *nf_memory_new(const nf_allocator *allocator)
{
    nf_memory *memory = calloc(1, sizeof *memory);

    if (!memory)
        return NULL;
    memory->allocator = (nf_allocator){heap_allocate, heap_release, NULL};
    if (allocator)
        memory->allocator = *allocator;
    return memory;
}

static void end_memory(nf_memory *memory)
{
    if (memory->closed && memory->blocks == 0)
        free(memory);
}

void nf_memory_close(nf_memory *memory)
{
    if (!memory)
        return;
    memory->closed = true;
    end_memory(memory);
}

void nf_memory_limit(nf_memory *memory, size_t bytes)
{
    memory->limit = bytes;
}

size_t nf_memory_used(const nf_memory *memory, size_t *peak)
{
    if (peak)
        *peak = memory ? memory->peak : 0;
    return memory ? memory->used : 0;
}

nf_memory *nf_memory_of(const void *block)
{
    return is_counted(block) ? head_of(block)->owner : NULL;
}

size_t nf_memory_take_refusal(void)
{
    nf_memory *memory = current;

    while (memory && !memory->refused)
        memory = memory->outer;
    if (!memory)
        return 0;
    memory->refused = false;
    return memory->limit;
}

bool nf_memory_was_refused(const nf_memory *memory)
{
    return memory->was_refused;
}

nf_memory *nf_memory_enter(nf_memory *memory)
{
    nf_memory *before = current;

    current = memory;
    return before;
}

void nf_memory_return(nf_memory **before)
{
    current = *before;
}

/* Bytes aligned to 16, counted; NULL if there are none, or too many. */
static void *take_bytes(nf_memory *memory, size_t size)
{
    void *block;

    if (memory->limit &&
        (size > memory->limit || memory->used > memory->limit - size)) {
        memory->refused = memory->was_refused = true;
        return NULL;
    }
    block = memory->allocator.allocate(memory->allocator.user, size);
    if (!block)
        return NULL;
    if ((uintptr_t)block & 15) { /* a host's allocator that is none */
        memory->allocator.release(memory->allocator.user, block, size);
        return NULL;
    }
    memory->blocks++;
    memory->used += size;
    if (memory->used > memory->peak)
        memory->peak = memory->used;
    return block;
}

static void give_bytes(nf_memory *memory, void *block, size_t size)
{
    memory->allocator.release(memory->allocator.user, block, size);
    memory->used -= size;
    memory->blocks--;
    end_memory(memory);
}

static void *take_from(void *outer, size_t size)
{
    return take_bytes(outer, size);
}

static void give_to(void *outer, void *block, size_t size)
{
    give_bytes(outer, block, size);
}

nf_memory *nf_memory_new_within(void)
{
    const nf_allocator outer = {take_from, give_to, current};
    nf_memory *memory = nf_memory_new(current ? &outer : NULL);

    if (memory)
        memory->outer = current;
    return memory;
}

static void *counted(nf_memory *memory, size_t size)
{
    head *block;

    if (size > SIZE_MAX - sizeof *block)
        return NULL;
    block = take_bytes(memory, sizeof *block + size);
    if (!block)
        return NULL;
    block->owner = memory;
    block->size = size;
    return block + 1;
}

static void free_counted(void *block)
{
    head *h = head_of(block);

    give_bytes(h->owner, h, sizeof *h + h->size);
}

static void *resize_counted(void *old, size_t size)
{
    head *h = head_of(old);
    void *block = counted(h->owner, size);

    if (!block)
        return NULL;
    memcpy(block, old, size < h->size ? size : h->size);
    free_counted(old);
    return block;
}

/* ---- blocks -------------------------------------------------------------- */

static size_t at_least(size_t size)
{
    return size < SMALLEST ? SMALLEST : size;
}

void *nf_alloc(size_t size)
{
    void *block;

    if (!current)
        return calloc(1, at_least(size));
    block = counted(current, size);
    return block ? memset(block, 0, size) : NULL;
}

void *nf_alloc_raw(size_t size)
{
    return current ? counted(current, size) : malloc(at_least(size));
}

void *nf_alloc_array(size_t count, size_t size)
{
    size_t bytes;

    return multiply(count, size, &bytes) ? nf_alloc(bytes) : NULL;
}

void *nf_realloc_array(void *old, size_t count, size_t size)
{
    size_t bytes;

    if (!multiply(count, size, &bytes))
        return NULL;
    if (!old)
        return nf_alloc_raw(bytes);
    if (is_counted(old))
        return resize_counted(old, bytes);
    return realloc(old, at_least(bytes));
}

char *nf_strndup(const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? nf_alloc_raw(length + 1) : NULL;

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
    if (is_counted(memory))
        free_counted(memory);
    else
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
    nf_arena *arena = nf_alloc(sizeof *arena);

    if (arena)
        arena->memory = current;
    return arena;
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
        if (arena->memory)
            give_bytes(arena->memory, block, sizeof *block + block->size);
        else
            free(block);
    }
    nf_free(arena);
}

static size_t next_block(const nf_arena *arena)
{
    if (arena->taken < ARENA_FIRST_BLOCK)
        return ARENA_FIRST_BLOCK;
    return arena->taken < ARENA_BLOCK ? arena->taken : ARENA_BLOCK;
}

static void *get_block(nf_arena *arena, size_t size, bool zeroed)
{
    void *block;

    if (!arena->memory)
        return zeroed ? calloc(1, size) : malloc(size);
    block = take_bytes(arena->memory, size);
    return block && zeroed ? memset(block, 0, size) : block;
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
    block = get_block(arena, sizeof *block + size, zeroed);
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
