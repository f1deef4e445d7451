/* Counting, and the allocations of nanoflow itself (see failing.h). */
#include "failing.h"

#include <execinfo.h>
#include <stdlib.h>
#include <unistd.h>

static _Thread_local failing_whose failing;
static _Thread_local long countdown;
static _Thread_local bool happened;
static bool tells;

void failing_start(failing_whose whose, long n)
{
    void *frames[1];

    tells = getenv("FAILING_TELL") != NULL;
    if (tells)
        backtrace(frames, 1); /* loads what it needs */
    happened = false;
    countdown = n;
    failing = whose;
}

bool failing_stop(void)
{
    failing = FAILING_NONE;
    return happened;
}

bool failing_happened(void)
{
    return happened;
}

bool failing_soon(failing_whose whose)
{
    return failing == whose && countdown > 0;
}

bool failing_now(failing_whose whose)
{
    void *frames[24];

    if (!failing_soon(whose) || --countdown > 0)
        return false;
    failing = FAILING_NONE;
    happened = true;
    if (tells)
        backtrace_symbols_fd(frames, backtrace(frames, 24), STDERR_FILENO);
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    return failing_now(FAILING_OURS) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return failing_now(FAILING_OURS) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return failing_now(FAILING_OURS) ? NULL : __real_realloc(old, size);
}
