/* Where a server's database is in PostgreSQL, the file that stands for it holds
 * its address (tests/postgres/place.sh). */
#ifndef NF_TESTS_STORE_H
#define NF_TESTS_STORE_H

#include <stdio.h>
#include <string.h>

/* Puts that address in the place of the file's path; another file stays. */
static inline void store_follow(char *path, size_t size)
{
    static const char scheme[] = "postgresql://";
    char line[512] = "";
    FILE *file = fopen(path, "r");

    if (!file)
        return;
    if (fgets(line, sizeof line, file) &&
        strncmp(line, scheme, strlen(scheme)) == 0) {
        line[strcspn(line, "\n")] = '\0';
        snprintf(path, size, "%s", line);
    }
    fclose(file);
}

#endif
