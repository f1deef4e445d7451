/* The history file of the prompt. */
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

static bool find_path(char path[PATH_MAX])
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int length = -1;

    if (state && *state == '/')
        length = snprintf(path, PATH_MAX, "%s/nanoflow/eval_history", state);
    else if (home && *home == '/')
        length = snprintf(path, PATH_MAX,
                          "%s/.local/state/nanoflow/eval_history", home);
    return length > 0 && length < PATH_MAX;
}

void cli_history_load(History *history_)
{
    char path[PATH_MAX];
    HistEvent event;

    if (find_path(path))
        cli_edit()->history(history_, &event, H_LOAD, path);
}

void cli_history_save(History *history_)
{
    mode_t before = umask(S_IRWXG | S_IRWXO);
    char path[PATH_MAX];
    HistEvent event;

    if (find_path(path) && make_folders(path))
        cli_edit()->history(history_, &event, H_SAVE, path);
    umask(before);
}
