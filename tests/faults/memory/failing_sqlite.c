/* With sanitizers malloc is theirs: of the libraries only SQLite fails, which
 * lets a program give it other functions. */
#include "failing.h"

#include <sqlite3.h>
#include <stddef.h>

static sqlite3_mem_methods usual;

static void *allocate(int size)
{
    return failing_now(FAILING_LIBRARIES) ? NULL : usual.xMalloc(size);
}

static void *reallocate(void *old, int size)
{
    return failing_now(FAILING_LIBRARIES) ? NULL : usual.xRealloc(old, size);
}

void failing_prepare(void)
{
    sqlite3_mem_methods ours;

    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual);
    ours = usual;
    ours.xMalloc = allocate;
    ours.xRealloc = reallocate;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
}
