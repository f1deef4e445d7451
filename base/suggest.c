/* See suggest.h. */
#include "base/suggest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NEAR = 2, LONGEST_COMPARED = 60 };

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Changes that turn one short name into the other: a letter more, less or
 * another one, two that changed places. Upper and lower case are the same. */
static int name_distance(const char *a, const char *b)
{
    int rows[3][LONGEST_COMPARED + 1], *before = rows[0], *above = rows[1],
                                       *row = rows[2], *spare;
    size_t m = strlen(a), n = strlen(b), i, j;

    if (m > LONGEST_COMPARED || n > LONGEST_COMPARED)
        return strcasecmp(a, b) ? NEAR + 1 : 0;
    for (j = 0; j <= n; j++)
        above[j] = (int)j;
    for (i = 1; i <= m; i++) {
        row[0] = (int)i;
        for (j = 1; j <= n; j++) {
            bool same = !strncasecmp(&a[i - 1], &b[j - 1], 1);

            row[j] = smaller(smaller(above[j], row[j - 1]) + 1,
                             above[j - 1] + !same);
            if (i > 1 && j > 1 && !strncasecmp(&a[i - 1], &b[j - 2], 1) &&
                !strncasecmp(&a[i - 2], &b[j - 1], 1))
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
        spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[n];
}

void nf_suggest(nf_suggestion *suggestion, const char *candidate)
{
    int distance = name_distance(suggestion->name, candidate);
    size_t length = strlen(suggestion->name);

    if (distance > NEAR || (size_t)distance * 2 >= length + (distance == 0))
        return;
    if (!suggestion->best || distance < suggestion->distance) {
        suggestion->best = candidate;
        suggestion->distance = distance;
    }
}

void nf_suggest_qualified(nf_suggestion *suggestion, const char *qualified)
{
    const char *dot = strchr(qualified, '.');

    if (dot && !strchr(suggestion->name, '.') &&
        !strcasecmp(dot + 1, suggestion->name) && suggestion->distance) {
        suggestion->best = qualified;
        suggestion->distance = 0;
    } else {
        nf_suggest(suggestion, qualified);
    }
}

const char *nf_suggestion_text(const nf_suggestion *suggestion,
                               const char *sigil, char *text, size_t size)
{
    text[0] = '\0';
    if (suggestion->best)
        snprintf(text, size, "; did you mean '%s%s'?", sigil, suggestion->best);
    return text;
}
