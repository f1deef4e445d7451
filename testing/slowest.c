/* See slowest.h. */
#include "testing/slowest.h"

#include <string.h>

static void drop(test_slow *slow)
{
    nf_free(slow->name);
    nf_free(slow->file);
}

nf_status test_slowest_note(test_slowest *s, const nf_test_result *r,
                            nf_error *err)
{
    size_t at = s->count;
    test_slow made = {.line = r->line, .milliseconds = r->milliseconds};

    while (at > 0 && s->items[at - 1].milliseconds < r->milliseconds)
        at--;
    if (at >= s->most || r->state == NF_TEST_SKIP || r->line <= 0)
        return NF_OK; /* it did not run, or is a file that can't be read */
    made.name = nf_strdup(r->name);
    made.file = nf_strdup(r->file);
    if (!made.name || !made.file) {
        drop(&made);
        return nf_error_nomem(err);
    }
    if (s->count == s->most)
        drop(&s->items[--s->count]);
    memmove(&s->items[at + 1], &s->items[at],
            (s->count - at) * sizeof s->items[0]);
    s->items[at] = made;
    s->count++;
    return NF_OK;
}

void test_slowest_dispose(test_slowest *s)
{
    while (s->count)
        drop(&s->items[--s->count]);
}
