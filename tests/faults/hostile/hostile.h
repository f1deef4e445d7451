/* Files that would do harm, and what they are measured against: one line on
 * standard error, exit code 3, at most 256 MiB and 10 seconds. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Makes a file (or a folder) at `path`; ends the program if it can't. */
typedef void hostile_make(const char *path);

typedef struct hostile_case {
    const char *name;
    const char *ending; /* of the file, with its dot */
    hostile_make *make;
    const char *says; /* in the error line of `run` */
    /* The damage is inside one document: `list`, which does not read it, may
     * succeed, and `check` may report it. */
    bool inside;
} hostile_case;

/* Each list ends with a case without name. */
extern const hostile_case hostile_mpr[], hostile_text[], hostile_mpk[];

_Noreturn void hostile_give_up(const char *what);
FILE *hostile_create(const char *path);
void hostile_close(FILE *file);
void hostile_repeat(FILE *file, const char *text, size_t count);

#endif
