/* Writes docs/activities.md: which activities run, from the table that binds
 * them and the machine's own, beside all that the metamodel knows. */
#include "activities/activities.h"
#include "models/metamodel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct entry {
    const char *type, *caption;
    unsigned flags;
} entry;

enum { ENTRIES = 256 };

static entry entries[ENTRIES]; /* this program has one thread and one task */
static size_t count;

/* An activity may be the machine's in one kind of flow and a row in the other.
 */
static void add(const char *type, const char *caption, unsigned flags)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i].type, type) == 0) {
            entries[i].flags |= flags;
            return;
        }
    if (count == ENTRIES) {
        fprintf(stderr, "more than %d activities\n", ENTRIES);
        exit(1);
    }
    entries[count++] = (entry){type, caption, flags};
}

static int by_caption(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = strcmp(x->caption, y->caption);
    return order ? order : strcmp(x->type, y->type);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *yes(unsigned flags, unsigned flag)
{
    if (!(flags & flag))
        return "no";
    return flags & NF_ACTIVITY_HOST ? "host" : "yes";
}

static void print_known(void)
{
    printf("| activity | stored type | nanoflow | microflow |\n"
           "|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++)
        printf("| %s | `%s` | %s | %s |\n", entries[i].caption, entries[i].type,
               yes(entries[i].flags, NF_ACTIVITY_NANOFLOW),
               yes(entries[i].flags, NF_ACTIVITY_MICROFLOW));
}

static bool is_known(const char *type)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i].type, type) == 0)
            return true;
    return false;
}

/* What else an action may be. False if the metamodel does not say. */
static bool print_unknown(void)
{
    const nf_meta_property *action = nf_meta_find_property(
        nf_meta_find_stored_type("Microflows$ActionActivity"), "Action");
    const char *names[ENTRIES];
    size_t unknown = 0;
    if (!action || action->allowed_count > ENTRIES)
        return false;
    for (size_t i = 0; i < action->allowed_count; i++)
        if (!is_known(action->allowed[i]))
            names[unknown++] = action->allowed[i];
    qsort(names, unknown, sizeof *names, by_name);
    if (unknown)
        puts("\nThese are not known, and fail in the same way:\n");
    for (size_t i = 0; i < unknown; i++)
        printf("- `%s`\n", names[i]);
    return true;
}

int main(void)
{
    for (const nf_activity *const *row = nf_activities; *row; row++)
        add((*row)->type, (*row)->caption, (*row)->flags);
    for (size_t i = 0; nf_machine_activity(i); i++) {
        const nf_activity *own = nf_machine_activity(i);
        add(own->type, own->caption, own->flags);
    }
    qsort(entries, count, sizeof *entries, by_caption);
    puts("# Activities\n\n"
         "Written by `./dev manual` from the table in "
         "`activities/activities.c`; "
         "[supported.md](supported.md) has the notes.\n");
    print_known();
    puts("\n\"host\": not built in. A function of the host or a mock answers "
         "for it, under the\nstored type without prefix and `Action` and the "
         "name that the activity holds, such as\n`ImportXml Module.Mapping`; "
         "without an answer a flow that reaches one fails with\n"
         "`unsupported_activity`. `nanoflow check` names each use.");
    if (!print_unknown())
        return 1;
    return fflush(stdout) == 0 ? 0 : 1;
}
