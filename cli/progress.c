/* A bar on a terminal for work that takes more than a second (design §5). It
 * is on standard error and gone when anything else is printed. */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 30, AFTER_MS = 1000, EVERY_MS = 100 };

/* The terminal is one for the whole program. */
static struct {
    bool on, shown;
    int64_t begun, drawn; /* milliseconds */
    char phase[32];
} bar;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool cli_progress_begin(bool quiet)
{
    memset(&bar, 0, sizeof bar);
    bar.on = !quiet && cli_is_terminal(STDERR_FILENO);
    bar.begun = now_ms();
    return bar.on;
}

void cli_progress_end(void)
{
    if (!bar.shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    bar.shown = false;
}

/* How long the bar may be so that what stands beside it fits into a line; 0:
 * there is no room for one. */
static int room(void)
{
    enum { BESIDE = 44, LEAST = 8 };
    struct winsize size = {0};
    const char *told = getenv("COLUMNS");
    int columns = told ? atoi(told) : 0;
    if (columns <= 0 && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0)
        columns = size.ws_col;
    if (columns <= 0 || columns >= BESIDE + WIDTH)
        return WIDTH;
    return columns >= BESIDE + LEAST ? columns - BESIDE : 0;
}

/* Bytes for people, files as they are. */
static void put_amount(int64_t amount, bool bytes)
{
    if (!bytes || amount < 10000)
        fprintf(stderr, "%" PRId64 "%s", amount, bytes ? " B" : "");
    else if (amount < 10000000)
        fprintf(stderr, "%.1f kB", (double)amount / 1e3);
    else
        fprintf(stderr, "%.1f MB", (double)amount / 1e6);
}

static void draw(const char *phase, int64_t done, int64_t total)
{
    bool bytes = strncmp(phase, "data-", 5) == 0;
    int width = total > 0 ? room() : 0;
    int filled = width > 0 ? (int)(width * done / total) : 0;
    fprintf(stderr, "\r\033[K%-10s ", phase);
    if (width > 0) {
        fputc('[', stderr);
        for (int i = 0; i < width; i++)
            fputc(i < filled ? '#' : '.', stderr);
        fputs("] ", stderr);
    }
    put_amount(done, bytes);
    if (total > 0) {
        fputs(" of ", stderr);
        put_amount(total, bytes);
    }
    fflush(stderr);
    bar.shown = true;
}

void cli_progress(void *user, const char *phase, int64_t done, int64_t total)
{
    int64_t now = now_ms();
    bool other = strncmp(bar.phase, phase, sizeof bar.phase - 1) != 0;
    (void)user;
    if (!bar.on || now - bar.begun < AFTER_MS ||
        (!other && now - bar.drawn < EVERY_MS))
        return;
    snprintf(bar.phase, sizeof bar.phase, "%s", phase);
    bar.drawn = now;
    if (total < 0 || done > total)
        total = 0;
    draw(phase, done, total);
}
