/* The lines that were typed, kept between calls of the program. */
#ifndef NF_CLI_HISTORY_H
#define NF_CLI_HISTORY_H

#include <histedit.h>

enum { CLI_HISTORY_SIZE = 1000 };

/* From and to `nanoflow/NAME` in $XDG_STATE_HOME, or in ~/.local/state. The
 * file is the user's alone. What can't be read or written is left out. */
void cli_history_load(History *history, const char *name);
void cli_history_save(History *history, const char *name);

#endif
