/* What a sweep tries: every point that the run without faults met, with every
 * action that fits. */
#include "library/sweep.h"

#include <stdarg.h>
#include <stdlib.h>

enum {
    HITS_FEW = 1,     /* of one kind of message */
    HITS_MANY = 2,    /* thorough */
    WRITES_FEW = 12,  /* of one database */
    WRITES_MANY = 48, /* thorough */
    BYTES_RANDOM = 32,
    OFFSETS_MAX = 4096,
};

static nf_status add(sweep *s, nf_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static nf_status add(sweep *s, nf_error *err, const char *format, ...)
{
    char text[512];
    char **plans =
        nf_grow(s->plans, s->plan_count, &s->plan_capacity, sizeof *plans);
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!plans)
        return nf_error_nomem(err);
    s->plans = plans;
    plans[s->plan_count] = nf_strdup(text);
    return plans[s->plan_count++] ? NF_OK : nf_error_nomem(err);
}

static int64_t roll(sweep *s, int64_t sides)
{
    uint64_t number = 0;
    (void)nf_random_bytes(&s->dice, &number, sizeof number);
    return (int64_t)(number % (uint64_t)sides);
}

/* A cut once is met by a retry, a cut four times ends the run (S147). A stall
 * is a delay of a minute (S146). */
static nf_status add_message(sweep *s, const nf_fault_seen *seen, nf_error *err)
{
    static const char *const before[] = {"cut",
                                         "cut*4",
                                         "crash",
                                         "status:503:2000",
                                         "status:503:2000*9",
                                         "status:500",
                                         "delay:61000",
                                         "reorder",
                                         "duplicate"};
    static const char *const after[] = {"cut",       "cut*4",   "crash",
                                        "duplicate", "reorder", "status:502",
                                        "delay:5000"};
    bool is_before = !strncmp(seen->point, "before-", 7);
    size_t count = is_before ? sizeof before / sizeof *before
                             : sizeof after / sizeof *after;
    int64_t hits = seen->hits;
    nf_status status = NF_OK;

    if (hits > (s->options->thorough ? HITS_MANY : HITS_FEW))
        hits = s->options->thorough ? HITS_MANY : HITS_FEW;
    for (int64_t hit = 1; status == NF_OK && hit <= hits; hit++)
        for (size_t i = 0; status == NF_OK && i < count; i++)
            status = add(s, err, "%s=%s@%lld", seen->point,
                         is_before ? before[i] : after[i], (long long)hit);
    return status;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The offsets at which a message is cut: both ends, and thorough each border of
 * a record with the bytes beside it, and some at random. */
static size_t offsets(sweep *s, const nf_fault_seen *seen, int64_t *out)
{
    size_t count = 0, kept = 0;

    out[count++] = 0;
    out[count++] = 1;
    out[count++] = seen->bytes / 2;
    out[count++] = seen->bytes - 1;
    for (size_t i = 0; s->options->thorough && i < seen->edge_count &&
                       count + 3 < OFFSETS_MAX - BYTES_RANDOM;
         i++)
        for (int64_t beside = -1; beside <= 1; beside++)
            out[count++] = seen->edges[i] + beside;
    for (int i = 0; s->options->thorough && i < BYTES_RANDOM; i++)
        out[count++] = roll(s, seen->bytes);
    qsort(out, count, sizeof *out, by_number);
    for (size_t i = 0; i < count; i++)
        if (out[i] >= 0 && out[i] < seen->bytes &&
            (kept == 0 || out[kept - 1] != out[i]))
            out[kept++] = out[i];
    return kept;
}

/* Whether a digest or a sum protects the bytes, so that a wrong one has to be
 * found out. */
static bool is_protected(const char *point)
{
    return !strcmp(point, "mid-body") || !strcmp(point, "mid-blob") ||
           !strcmp(point, "mid-result") || !strcmp(point, "mid-file");
}

static nf_status add_bytes(sweep *s, const nf_fault_seen *seen, nf_error *err)
{
    int64_t *at = seen->bytes ? nf_alloc_array(OFFSETS_MAX, sizeof *at) : NULL;
    size_t count;
    nf_status status = NF_OK;

    if (!seen->bytes)
        return NF_OK;
    if (!at)
        return nf_error_nomem(err);
    count = offsets(s, seen, at);
    for (size_t i = 0; status == NF_OK && i < count; i++) {
        long long n = (long long)at[i];
        bool few = !s->options->thorough || i % 8 == 0;
        status =
            add(s, err, "%s:%lld=cut%s", seen->point, n, i % 2 ? "*4" : "");
        if (status == NF_OK && few)
            status = add(s, err, "%s:%lld=crash", seen->point, n);
        if (status == NF_OK && few && is_protected(seen->point))
            status = add(s, err, "%s:%lld=corrupt", seen->point, n);
        if (status == NF_OK && few && is_protected(seen->point))
            status = add(s, err, "%s:%lld=truncate", seen->point, n);
    }
    nf_free(at);
    return status;
}

static nf_status add_step(sweep *s, const nf_fault_seen *seen, nf_error *err)
{
    nf_status status = NF_OK;

    for (int64_t hit = 1; status == NF_OK && hit <= seen->hits; hit++) {
        status = add(s, err, "%s=crash@%lld", seen->point, (long long)hit);
        if (status == NF_OK)
            status = add(s, err, "%s=cut@%lld", seen->point, (long long)hit);
    }
    return status;
}

static nf_status add_write(sweep *s, const nf_fault_seen *seen, nf_error *err)
{
    int64_t most = s->options->thorough ? WRITES_MANY : WRITES_FEW;
    int64_t step = (seen->hits + most - 1) / most;
    nf_status status = NF_OK;

    for (int64_t hit = 1, i = 0; status == NF_OK && hit <= seen->hits;
         hit += step, i++) {
        status = add(s, err, "%s=crash@%lld", seen->point, (long long)hit);
        if (status == NF_OK && (!s->options->thorough || i % 3 == 0))
            status = add(s, err, "%s=full@%lld*0", seen->point, (long long)hit);
        if (status == NF_OK && (!s->options->thorough || i % 3 == 1))
            status = add(s, err, "%s=error@%lld", seen->point, (long long)hit);
    }
    return status;
}

/* Device and server never compare their clocks (A131). */
static nf_status add_clocks(sweep *s, nf_error *err)
{
    static const char *const clocks[] = {"clock:+315360000", "clock:-315360000",
                                         "server-clock:-3600@3",
                                         "clock:-86400@4"};
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < sizeof clocks / sizeof *clocks;
         i++)
        status = add(s, err, "%s", clocks[i]);
    return status;
}

static nf_status add_pairs(sweep *s, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0;
         status == NF_OK && s->single_count && i < s->options->doubles; i++) {
        size_t a = (size_t)roll(s, (int64_t)s->single_count);
        size_t b = (size_t)roll(s, (int64_t)s->single_count);
        status = add(s, err, "%s,%s", s->plans[a], s->plans[b]);
    }
    return status;
}

nf_status sweep_plans(sweep *s, const nf_faults *faults, nf_error *err)
{
    nf_fault_seen seen;
    nf_status status = NF_OK;

    if (s->options->plan)
        return add(s, err, "%s", s->options->plan);
    for (size_t i = 0; status == NF_OK && nf_faults_seen(&seen, faults, i);
         i++) {
        if (seen.hits == 0)
            continue;
        switch (seen.kind) {
        case NF_FAULT_MESSAGE:
            status = add_message(s, &seen, err);
            break;
        case NF_FAULT_BYTES:
            status = add_bytes(s, &seen, err);
            break;
        case NF_FAULT_STEP:
            status = add_step(s, &seen, err);
            break;
        case NF_FAULT_WRITE:
            status = add_write(s, &seen, err);
            break;
        case NF_FAULT_CLOCK:
            break;
        }
    }
    if (status == NF_OK)
        status = add_clocks(s, err);
    s->single_count = s->plan_count;
    return status == NF_OK ? add_pairs(s, err) : status;
}
