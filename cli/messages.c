/* Messages on standard error: one line each, coloured on a terminal. Whether
 * they are is decided once, from --color and the environment. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool coloured;

bool cli_is_terminal(int file)
{
    const char *terminal = getenv("TERM");
    return terminal && *terminal && strcmp(terminal, "dumb") != 0 &&
           isatty(file);
}

/* NO_COLOR (any text that is not empty) is a person's wish and comes first;
 * CLICOLOR_FORCE (any but "0") is for machines that show colours without being
 * a terminal. */
bool cli_has_colors(const char *when, int file)
{
    const char *none = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE");
    if (when && strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    if (none && *none)
        return false;
    if (force && *force && strcmp(force, "0") != 0)
        return true;
    return cli_is_terminal(file);
}

bool cli_color(const char *when)
{
    if (when && strcmp(when, "auto") != 0 && strcmp(when, "always") != 0 &&
        strcmp(when, "never") != 0)
        return false;
    coloured = cli_has_colors(when, STDERR_FILENO);
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
