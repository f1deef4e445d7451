/* Limits by their names (activities F10, C7; expressions S58). */
#include "library/limits.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct limit {
    const char *name;
    size_t offset, size; /* in nf_limits */
    const char *meaning;
} limit;

#define AT(field) offsetof(nf_limits, field), sizeof(((nf_limits *)NULL)->field)
static const limit limits[] = {
    {"depth", AT(depth), "nested calls of flows (512)"},
    {"javascript", AT(javascript_ms),
     "milliseconds that a JavaScript action may take (60000)"},
    {"javascript-memory", AT(javascript_mib),
     "MiB that JavaScript may have in memory (1024)"},
    {"list", AT(list_items), "objects of one list (50000000)"},
    {"memory", AT(memory_bytes),
     "bytes that a session's values, objects and flows take (no limit)"},
    {"regex", AT(regex_ms),
     "milliseconds that a function may match a regular expression (5000)"},
    {"steps", AT(steps), "elements that a call executes (1000000000)"},
    {"text", AT(text_bytes), "bytes of one String (268435456)"},
};
#undef AT
enum { LIMITS = sizeof limits / sizeof *limits };

const char *nf_limit_name(size_t index, const char **meaning)
{
    if (meaning)
        *meaning = index < LIMITS ? limits[index].meaning : NULL;
    return index < LIMITS ? limits[index].name : NULL;
}

static const limit *find(const char *text, size_t length)
{
    for (size_t i = 0; i < LIMITS; i++)
        if (strlen(limits[i].name) == length &&
            memcmp(limits[i].name, text, length) == 0)
            return &limits[i];
    return NULL;
}

/* A whole number from 1 on that fits the field. */
static bool read_number(void *field, size_t size, const char *text)
{
    unsigned long long number;
    uint32_t small;
    uint64_t large;
    char *end;

    errno = 0;
    number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || number == 0 ||
        (size == sizeof small && number > UINT32_MAX))
        return false;
    small = (uint32_t)number;
    large = number;
    memcpy(field, size == sizeof small ? (void *)&small : (void *)&large, size);
    return true;
}

nf_status nf_limits_read(nf_limits *out, const char *const *texts, size_t count,
                         nf_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const char *equals = strchr(texts[i], '=');
        size_t length = equals ? (size_t)(equals - texts[i]) : 0;
        const limit *known = find(texts[i], length);

        if (!known)
            return nf_error_set(
                err, NF_USAGE, "bad_option",
                "a limit is depth, javascript, javascript-memory, list, "
                "memory, regex, steps or text with a number, as in "
                "steps=1000, not \"%s\"",
                texts[i]);
        if (!read_number((char *)out + known->offset, known->size, equals + 1))
            return nf_error_set(err, NF_USAGE, "bad_option",
                                "the limit \"%s\" is a whole number from 1 on, "
                                "not \"%s\"",
                                known->name, equals + 1);
    }
    return NF_OK;
}

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "list and text are 64 bits");
