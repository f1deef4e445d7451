/* The files of what was typed. */
#include "cli/history.h"

#include "cli/edit.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Makes the folders before the last part of the path. */
static bool make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, S_IRWXU) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return true;
}

static bool find_path(char path[PATH_MAX], const char *name)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int length = -1;

    if (state && *state == '/')
        length = snprintf(path, PATH_MAX, "%s/nanoflow/%s", state, name);
    else if (home && *home == '/')
        length =
            snprintf(path, PATH_MAX, "%s/.local/state/nanoflow/%s", home, name);
    return length > 0 && length < PATH_MAX;
}

void cli_history_load(History *history_, const char *name)
{
    char path[PATH_MAX];
    HistEvent event;

    if (find_path(path, name))
        cli_edit()->history(history_, &event, H_LOAD, path);
}

void cli_history_save(History *history_, const char *name)
{
    mode_t before = umask(S_IRWXG | S_IRWXO);
    char path[PATH_MAX];
    HistEvent event;

    if (find_path(path, name) && make_folders(path))
        cli_edit()->history(history_, &event, H_SAVE, path);
    umask(before);
}
