/* "Did you mean …?" for commands and options that are misspelt. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

enum { LENGTH_MAX = 40 };

/* How many letters have to be put in, taken out or changed, or exchanged with
 * the next one, to make one of the other. */
static size_t distance(const char *a, size_t count, const char *b)
{
    size_t rows[3][LENGTH_MAX + 1], *before = rows[0], *last = rows[1],
                                    *now = rows[2];
    size_t length = strlen(b);
    if (count > LENGTH_MAX || length > LENGTH_MAX)
        return LENGTH_MAX;
    memset(rows, 0, sizeof rows);
    for (size_t j = 0; j <= length; j++)
        last[j] = j;
    for (size_t i = 1; i <= count; i++) {
        now[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t least = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < least)
                least = last[j] + 1;
            if (now[j - 1] + 1 < least)
                least = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1] && before[j - 2] + 1 < least)
                least = before[j - 2] + 1;
            now[j] = least;
        }
        size_t *oldest = before;
        before = last;
        last = now;
        now = oldest;
    }
    return last[length];
}

const char *cli_near(const char *word, size_t length,
                     const char *(*next)(const void *user, size_t index),
                     const void *user, const char *before, char *text,
                     size_t size)
{
    const char *best = NULL, *candidate;
    size_t most = length > 5 ? 2 : 1; /* more is another word */
    for (size_t i = 0; (candidate = next(user, i)); i++) {
        size_t far = distance(word, length, candidate);
        if (far < length && far <= most && (!best || far < most)) {
            best = candidate;
            most = far;
        }
    }
    text[0] = '\0';
    if (best)
        snprintf(text, size, "; did you mean '%s%s'?", before, best);
    return text;
}
