/* Allocation: every request of the library goes through here, so that one
 * place can count, limit or fail it. All return NULL when out of memory. */
#ifndef NF_BASE_MEMORY_H
#define NF_BASE_MEMORY_H

#include "nanoflow.h"

/* Zeroed memory. A count*size overflow gives NULL. size 0 gives one byte. */
void *nf_alloc(size_t size);
void *nf_alloc_raw(size_t size); /* the same, not zeroed */
void *nf_alloc_array(size_t count, size_t size);
/* Grows or shrinks an array; new bytes are not zeroed; on NULL the old block
 * is still valid. */
void *nf_realloc_array(void *old, size_t count, size_t size);
char *nf_strdup(const char *text);
char *nf_strndup(const char *text, size_t length);
void nf_free(void *memory);

/* Makes room for one more item in a growing array: doubles `*capacity` from
 * 8. Returns the array (perhaps moved), or NULL with everything unchanged. */
void *nf_grow(void *array, size_t count, size_t *capacity, size_t item_size);

/* An account: blocks that are counted together, may be limited, and may come
 * from a host's allocator. While a thread is in an account all requests of the
 * functions above are its own; a block goes back to the account it came from,
 * wherever that happens. One thread at a time. */
typedef struct nf_memory nf_memory;
/* `allocator` NULL: malloc. It is copied. NULL: out of memory. */
nf_memory *nf_memory_new(const nf_allocator *allocator);
/* One whose blocks come from the account that the thread is in, if it is in
 * one, and count there, too. */
nf_memory *nf_memory_new_within(void);
/* It goes with its last block. NULL is fine. */
void nf_memory_close(nf_memory *memory);
/* More bytes than that are refused like memory that there is not; 0: none. */
void nf_memory_limit(nf_memory *memory, size_t bytes);
size_t nf_memory_used(const nf_memory *memory, size_t *peak);
/* The account of a block; NULL: the heap. */
nf_memory *nf_memory_of(const void *block);
/* The limit that refused a request of this thread's account, or of the one
 * around it, since the last call; 0: none did. */
size_t nf_memory_take_refusal(void);
/* Whether the limit of an account has ever refused a request. */
bool nf_memory_was_refused(const nf_memory *memory);
/* Enters an account (NULL: the heap), until the end of the block of code. */
nf_memory *nf_memory_enter(nf_memory *memory); /* the one before */
void nf_memory_return(nf_memory **before);
#define NF_IN_MEMORY(memory)                                                   \
    nf_memory *nf_memory_before                                                \
        __attribute__((cleanup(nf_memory_return), unused)) =                   \
            nf_memory_enter(memory)

/* Arena: memory that ends together. Not for several threads at once.
 * With NF_DEBUG_ARENA each request is its own block, so that sanitizers see
 * overruns. */
typedef struct nf_arena nf_arena;
nf_arena *nf_arena_new(void);
void nf_arena_free(nf_arena *arena);
/* More than that is refused like memory that there is not; whether that has
 * happened. For what hostile input could let grow. */
void nf_arena_limit(nf_arena *arena, size_t bytes);
bool nf_arena_is_full(const nf_arena *arena);
void *nf_arena_alloc(nf_arena *arena, size_t size);     /* zeroed, aligned 16 */
void *nf_arena_alloc_raw(nf_arena *arena, size_t size); /* not zeroed */
void *nf_arena_array(nf_arena *arena, size_t count, size_t size);
char *nf_arena_strdup(nf_arena *arena, const char *text);
char *nf_arena_strndup(nf_arena *arena, const char *text, size_t length);
char *nf_arena_format(nf_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Whether a request was refused since the arena was made, or a user said that
 * something else is missing from what it holds: for code that goes on with
 * less and asks once, at its end. */
bool nf_arena_failed(const nf_arena *arena);
void nf_arena_fail(nf_arena *arena);

#endif
