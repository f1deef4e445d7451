/* Messages on standard error: one line each, coloured on a terminal. Whether
 * they are is decided once, from --color and the environment. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool coloured;

/* NO_COLOR: https://no-color.org, any text that is not empty. */
static bool terminal_has_colors(void)
{
    const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return (!none || !*none) && terminal && strcmp(terminal, "dumb") != 0 &&
           isatty(STDERR_FILENO);
}

bool cli_color(const char *when)
{
    if (!when || strcmp(when, "auto") == 0)
        coloured = terminal_has_colors();
    else if (strcmp(when, "always") == 0)
        coloured = true;
    else if (strcmp(when, "never") == 0)
        coloured = false;
    else
        return false;
    return true;
}

static void print(const char *color, const char *word, const char *format,
                  va_list args)
{
    cli_progress_end();
    fputs("nanoflow: ", stderr);
    if (coloured)
        fputs(color, stderr);
    fputs(word, stderr);
    vfprintf(stderr, format, args);
    fputs(coloured ? "\033[0m\n" : "\n", stderr);
}

void cli_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print("\033[31m", "", format, args);
    va_end(args);
}

void cli_warning(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print("\033[33m", "warning: ", format, args);
    va_end(args);
}

int cli_usage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print("\033[31m", "", format, args);
    va_end(args);
    return CLI_WRONG;
}
