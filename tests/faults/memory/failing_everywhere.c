/* malloc, calloc and realloc of the whole process, by the rules of symbols:
 * what any library asks for comes here. Who asks is told by the address to
 * which the call returns; the program itself, which has nanoflow in it, counts
 * its own (failing.c), and libraries that can't report that there is no memory
 * are left alone. */
#include "failing.h"

#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What the C library calls its own. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

/* The code of one library. */
typedef struct span {
    uintptr_t begin, end;
    bool fails, copies_fail;
} span;

enum { SPANS_MAX = 1024 };
static _Thread_local span spans[SPANS_MAX];
static _Thread_local size_t span_count;

/* ICU is asked only where there is memory (base/icu.h). */
static bool can_report(const char *name)
{
    return *name && !strstr(name, "/libicu");
}

/* json-c passes over what it asks strdup for, without a look. */
static bool looks_at_copies(const char *name)
{
    return can_report(name) && !strstr(name, "/libjson-c.");
}

static int add_spans(struct dl_phdr_info *info, size_t size, void *user)
{
    (void)size;
    (void)user;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + part->p_vaddr;

        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) &&
            span_count < SPANS_MAX)
            spans[span_count++] = (span){begin, begin + part->p_memsz,
                                         can_report(info->dlpi_name),
                                         looks_at_copies(info->dlpi_name)};
    }
    return 0;
}

static const span *find(uintptr_t address)
{
    for (size_t i = 0; i < span_count; i++)
        if (address >= spans[i].begin && address < spans[i].end)
            return &spans[i];
    return NULL;
}

static const span *asker(const void *caller)
{
    uintptr_t address = (uintptr_t)caller;
    const span *found;

    if (!failing_soon(FAILING_LIBRARIES))
        return NULL;
    found = find(address);
    if (!found) { /* it was loaded since */
        span_count = 0;
        dl_iterate_phdr(add_spans, NULL);
        found = find(address);
    }
    return found;
}

static bool fails(const void *caller)
{
    const span *found = asker(caller);

    return found && found->fails && failing_now(FAILING_LIBRARIES);
}

void failing_prepare(void)
{
}

#define CALLER __builtin_return_address(0)

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    return fails(CALLER) ? no_memory() : __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size)
{
    return fails(CALLER) ? no_memory() : __libc_calloc(count, size);
}

__attribute__((visibility("default"))) void *realloc(void *old, size_t size)
{
    return fails(CALLER) ? no_memory() : __libc_realloc(old, size);
}

__attribute__((visibility("default"))) char *strdup(const char *text)
{
    const span *found = asker(CALLER);
    size_t size = strlen(text) + 1;
    char *copy;

    if (found && found->copies_fail && failing_now(FAILING_LIBRARIES))
        return no_memory();
    copy = __libc_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}
