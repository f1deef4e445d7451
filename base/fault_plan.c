/* Reading a plan of faults (docs/faults.md):
 *
 *     plan   = item { "," item }
 *     item   = point [":" N] ["=" action] ["@" NTH] ["*" COUNT] ["%" PERCENT]
 *     action = word [":" N [":" N]]
 *
 * The named points are those of synchronize W54 and, for every kind of
 * request, before-, mid- and after-. */
#include "base/fault_plan.h"

#include <stdlib.h>
#include <string.h>

#define UP(kind)                                                               \
    {"before-" kind, NF_FAULT_MESSAGE, false},                                 \
        {"mid-" kind, NF_FAULT_BYTES, false},                                  \
        {"mid-" kind "-reply", NF_FAULT_BYTES, false},                         \
    {                                                                          \
        "after-" kind, NF_FAULT_MESSAGE, false                                 \
    }
/* What carries bytes only in its reply. */
#define DOWN(kind)                                                             \
    {"before-" kind, NF_FAULT_MESSAGE, false},                                 \
        {"mid-" kind, NF_FAULT_BYTES, false},                                  \
    {                                                                          \
        "after-" kind, NF_FAULT_MESSAGE, false                                 \
    }

const nf_fault_point nf_fault_points[] = {
    UP("session"),
    UP("create"),
    DOWN("body-state"),
    UP("body"),
    DOWN("blob-state"),
    UP("blob"),
    UP("commit"),
    DOWN("state"),
    DOWN("result"),
    DOWN("file"),
    UP("ack"),
    DOWN("fence"),
    UP("call"),
    UP("other"),
    {"before-pending", NF_FAULT_STEP, false},
    {"after-pending", NF_FAULT_STEP, false},
    {"before-final-tx", NF_FAULT_STEP, false},
    {"in-final-tx", NF_FAULT_STEP, false},
    {"after-final-tx", NF_FAULT_STEP, false},
    {"before-device-commit", NF_FAULT_STEP, false},
    {"after-device-commit", NF_FAULT_STEP, false},
    {"before-apply", NF_FAULT_STEP, true},
    {"in-apply", NF_FAULT_STEP, true},
    {"after-apply-before-reply", NF_FAULT_STEP, true},
    {"before-server-commit", NF_FAULT_STEP, true},
    {"after-server-commit", NF_FAULT_STEP, true},
    {"device-write", NF_FAULT_WRITE, false},
    {"server-write", NF_FAULT_WRITE, true},
    {"clock", NF_FAULT_CLOCK, false},
    {"server-clock", NF_FAULT_CLOCK, true},
};
const size_t nf_fault_point_count =
    sizeof nf_fault_points / sizeof *nf_fault_points;
_Static_assert(sizeof nf_fault_points / sizeof *nf_fault_points <=
                   NF_FAULT_POINT_MAX,
               "NF_FAULT_POINT_MAX is too small");

static const char *const words[] = {
    [NF_FAULT_NONE] = "",           [NF_FAULT_CUT] = "cut",
    [NF_FAULT_CRASH] = "crash",     [NF_FAULT_DELAY] = "delay",
    [NF_FAULT_CORRUPT] = "corrupt", [NF_FAULT_DUPLICATE] = "duplicate",
    [NF_FAULT_REORDER] = "reorder", [NF_FAULT_TRUNCATE] = "truncate",
    [NF_FAULT_STATUS] = "status",   [NF_FAULT_FULL] = "full",
    [NF_FAULT_ERROR] = "error",
};
enum { WORD_COUNT = sizeof words / sizeof *words };

const char *nf_fault_word(nf_fault_action action)
{
    return words[action];
}

size_t nf_fault_find(const char *name, size_t length)
{
    size_t i;
    for (i = 0; i < nf_fault_point_count; i++)
        if (strlen(nf_fault_points[i].name) == length &&
            memcmp(nf_fault_points[i].name, name, length) == 0)
            break;
    return i;
}

bool nf_fault_fits(nf_fault_action action, nf_fault_class kind)
{
    switch (action) {
    case NF_FAULT_CRASH:
    case NF_FAULT_DELAY:
        return kind != NF_FAULT_CLOCK;
    case NF_FAULT_CUT:
        return kind != NF_FAULT_CLOCK && kind != NF_FAULT_WRITE;
    case NF_FAULT_CORRUPT:
    case NF_FAULT_TRUNCATE:
        return kind == NF_FAULT_MESSAGE || kind == NF_FAULT_BYTES;
    case NF_FAULT_DUPLICATE:
    case NF_FAULT_REORDER:
    case NF_FAULT_STATUS:
        return kind == NF_FAULT_MESSAGE;
    case NF_FAULT_FULL:
    case NF_FAULT_ERROR:
        return kind == NF_FAULT_WRITE;
    default:
        return false;
    }
}

/* ---- reading ----------------------------------------------------------- */

typedef struct plan_reader {
    const char *at, *end; /* of one item */
} plan_reader;

static bool take(plan_reader *r, char sign)
{
    if (r->at == r->end || *r->at != sign)
        return false;
    r->at++;
    return true;
}

static bool take_number(plan_reader *r, int64_t *out)
{
    const char *start = r->at;
    int64_t sign = 1, value = 0;

    if (start < r->end && (*start == '+' || *start == '-'))
        sign = *r->at++ == '-' ? -1 : 1;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *r->at - '0', &value))
            return false;
    *out = sign * value;
    return r->at > start && r->at[-1] >= '0' && r->at[-1] <= '9';
}

static size_t take_word(plan_reader *r)
{
    const char *start = r->at;
    while (r->at < r->end &&
           ((*r->at >= 'a' && *r->at <= 'z') || *r->at == '-'))
        r->at++;
    return (size_t)(r->at - start);
}

static bool is_word(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

static bool read_action(plan_reader *r, nf_fault *fault)
{
    const char *text = r->at;
    size_t length = take_word(r);

    for (int i = 1; i < WORD_COUNT; i++)
        if (is_word(text, length, words[i]))
            fault->action = (nf_fault_action)i;
    if (fault->action == NF_FAULT_DELAY)
        fault->argument = 1000;
    if (take(r, ':')) {
        if ((fault->action != NF_FAULT_DELAY &&
             fault->action != NF_FAULT_STATUS) ||
            !take_number(r, &fault->argument) || fault->argument < 0)
            return false;
        if (take(r, ':') && (fault->action != NF_FAULT_STATUS ||
                             !take_number(r, &fault->wait) || fault->wait < 0))
            return false;
    }
    if (fault->action == NF_FAULT_STATUS)
        return fault->argument >= 400 && fault->argument <= 599;
    return fault->action != NF_FAULT_NONE;
}

/* "@NTH", "*COUNT", "%PERCENT" in any order. */
static bool read_times(plan_reader *r, int64_t *nth, int64_t *count,
                       int *percent)
{
    int64_t number = 0;
    while (r->at < r->end) {
        if (take(r, '@')) {
            if (!take_number(r, nth) || *nth < 1)
                return false;
        } else if (take(r, '*')) {
            if (!take_number(r, count) || *count < 0)
                return false;
        } else if (take(r, '%')) {
            if (!take_number(r, &number) || number < 1 || number > 100)
                return false;
            *percent = (int)number;
        } else {
            return false;
        }
    }
    return true;
}

static bool read_seed(nf_faults *faults, plan_reader *r)
{
    int64_t seed, nth = 1, count = 0;

    faults->random_percent = 5;
    if (!take(r, ':') || !take_number(r, &seed) ||
        !read_times(r, &nth, &count, &faults->random_percent) || nth != 1)
        return false;
    faults->random = true;
    faults->random_left = count ? count : -1;
    nf_random_seed(&faults->dice, (uint64_t)seed);
    return true;
}

/* Other words for rules: `disk-full:N` is every write from the N-th on. */
static bool read_disk(nf_fault_rule *rule, plan_reader *r, const char *text,
                      size_t length)
{
    static const struct {
        const char *name, *point;
        nf_fault_action action;
    } table[] = {
        {"disk-full", "device-write", NF_FAULT_FULL},
        {"disk-error", "device-write", NF_FAULT_ERROR},
        {"server-disk-full", "server-write", NF_FAULT_FULL},
        {"server-disk-error", "server-write", NF_FAULT_ERROR},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (!is_word(text, length, table[i].name))
            continue;
        rule->point = nf_fault_find(table[i].point, strlen(table[i].point));
        rule->fault.action = table[i].action;
        rule->count = 0;
        return !take(r, ':') || (take_number(r, &rule->nth) && rule->nth >= 1);
    }
    rule->point = nf_fault_find(text, length);
    return rule->point < nf_fault_point_count;
}

static nf_fault_action usual_action(nf_fault_class kind)
{
    return kind == NF_FAULT_WRITE   ? NF_FAULT_ERROR
           : kind == NF_FAULT_STEP  ? NF_FAULT_CRASH
           : kind == NF_FAULT_CLOCK ? NF_FAULT_NONE
                                    : NF_FAULT_CUT;
}

static bool read_rule(nf_fault_rule *rule, plan_reader *r, const char *text,
                      size_t length)
{
    nf_fault_class kind;

    *rule = (nf_fault_rule){
        .nth = 1, .count = 1, .percent = 100, .fault = {.at = -1}};
    if (!read_disk(rule, r, text, length))
        return false;
    kind = nf_fault_points[rule->point].kind;
    if (take(r, ':')) {
        if ((kind != NF_FAULT_BYTES && kind != NF_FAULT_CLOCK) ||
            !take_number(r, &rule->fault.at))
            return false;
        if (kind == NF_FAULT_BYTES && rule->fault.at < 0)
            return false;
    } else if (kind == NF_FAULT_CLOCK) {
        return false;
    }
    if (take(r, '=')) {
        if (!read_action(r, &rule->fault))
            return false;
    } else if (rule->fault.action == NF_FAULT_NONE) {
        rule->fault.action = usual_action(kind);
    }
    if (kind == NF_FAULT_CLOCK ? rule->fault.action != NF_FAULT_NONE
                               : !nf_fault_fits(rule->fault.action, kind))
        return false;
    return read_times(r, &rule->nth, &rule->count, &rule->percent);
}

static nf_status read_item(nf_faults *faults, plan_reader r, nf_error *err)
{
    const char *text = r.at;
    int shown = (int)(r.end - r.at);
    size_t length = take_word(&r);
    bool ok;

    if (faults->rule_count == NF_FAULT_RULES_MAX)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "a plan has at most %d faults", NF_FAULT_RULES_MAX);
    if (is_word(text, length, "seed")) {
        ok = read_seed(faults, &r);
    } else {
        ok = read_rule(&faults->rules[faults->rule_count], &r, text, length);
        faults->rule_count += ok;
    }
    if (ok && r.at == r.end)
        return NF_OK;
    return nf_error_set(err, NF_USAGE, "bad_option",
                        "\"%.*s\" is no fault: write POINT[:N][=ACTION]"
                        "[@NTH][*COUNT][%%PERCENT], such as after-create=cut",
                        shown < 100 ? shown : 100, text);
}

nf_status nf_faults_add(nf_faults *faults, const char *plan, nf_error *err)
{
    nf_status status = NF_OK;

    while (status == NF_OK && *plan) {
        size_t length = strcspn(plan, ",");
        status = read_item(faults, (plan_reader){plan, plan + length}, err);
        plan += length;
        if (*plan == ',' && !*++plan)
            return nf_error_set(err, NF_USAGE, "bad_option",
                                "the plan of faults ends with a comma");
    }
    return status;
}
