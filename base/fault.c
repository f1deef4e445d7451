/* See fault.h: meeting points, and what then happens. */
#include "base/fault_plan.h"

#include "base/memory.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 16, EDGES_MAX = 1 << 16 };

nf_status nf_faults_new(nf_faults **out, const char *plan, nf_error *err)
{
    nf_faults *faults = nf_alloc(sizeof *faults);
    nf_status status;

    *out = NULL;
    if (!faults)
        return nf_error_nomem(err);
    nf_buffer_init(&faults->text, TEXT_MAX);
    status = nf_faults_add(faults, plan, err);
    if (status != NF_OK) {
        nf_faults_free(faults);
        return status;
    }
    *out = faults;
    return NF_OK;
}

void nf_faults_free(nf_faults *faults)
{
    if (!faults)
        return;
    for (size_t i = 0; i < nf_fault_point_count; i++)
        nf_free(faults->seen[i].edges);
    nf_buffer_dispose(&faults->text);
    nf_free(faults);
}

void nf_faults_set_clock(nf_faults *faults, nf_clock clock)
{
    faults->clock = clock;
}

void nf_faults_crash_in_process(nf_faults *faults)
{
    faults->in_process = true;
}

bool nf_faults_crashed(const nf_faults *faults)
{
    return faults && faults->crashed;
}

bool nf_faults_in_process(const nf_faults *faults)
{
    return faults && faults->in_process;
}

int nf_fault_write(nf_faults *faults, const char *point)
{
    nf_fault fault;

    if (nf_faults_crashed(faults))
        return EIO;
    if (!faults || !nf_fault_due(&fault, faults, point, 0, 0))
        return 0;
    if (fault.action == NF_FAULT_DELAY) {
        nf_fault_delay(faults, &fault);
        return 0;
    }
    if (fault.action == NF_FAULT_CRASH)
        nf_fault_crash(faults);
    return fault.action == NF_FAULT_FULL ? ENOSPC : EIO;
}

void nf_faults_clear(nf_faults *faults)
{
    faults->rule_count = 0;
    faults->random = faults->cut = false;
}

nf_status nf_fault_cut(nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "SYNC_NETWORK",
                        "The server could not be reached (SYNC_NETWORK)");
}

void nf_fault_crash(nf_faults *faults)
{
    if (!faults->in_process)
        kill(getpid(), SIGKILL); /* no handler, no cleaning up */
    faults->crashed = true;
}

void nf_fault_delay(nf_faults *faults, const nf_fault *fault)
{
    if (faults->clock.wait)
        faults->clock.wait(faults->clock.user, fault->argument);
}

void nf_faults_set_server(nf_faults *faults, nf_faults *server)
{
    faults->server = server;
}

nf_faults *nf_faults_of_server(nf_faults *faults)
{
    return faults && faults->server ? faults->server : faults;
}

bool nf_faults_take_cut(nf_faults *faults)
{
    bool cut = faults && faults->cut;
    if (cut)
        faults->cut = false;
    return cut ||
           (faults && faults->server && nf_faults_take_cut(faults->server));
}

int64_t nf_faults_clock_offset(const nf_faults *faults, bool server)
{
    return faults ? faults->clock_offset[server] : 0;
}

static int64_t shifted_now(const nf_faults *faults, bool server)
{
    int64_t now = faults->clock.now(faults->clock.user);
    return __builtin_add_overflow(now, faults->clock_offset[server], &now)
               ? INT64_MAX
               : now;
}

static int64_t device_now(void *user)
{
    return shifted_now(user, false);
}

static int64_t server_now(void *user)
{
    return shifted_now(user, true);
}

static void shifted_wait(void *user, int64_t milliseconds)
{
    const nf_faults *faults = user;
    faults->clock.wait(faults->clock.user, milliseconds);
}

nf_clock nf_faults_clock(nf_faults *faults, bool server)
{
    return (nf_clock){.now = server ? server_now : device_now,
                      .wait = shifted_wait,
                      .user = faults};
}

/* ---- meeting points ------------------------------------------------------ */

static int64_t roll(nf_faults *faults, int64_t sides)
{
    uint64_t number = 0;
    (void)nf_random_bytes(&faults->dice, &number, sizeof number);
    return (int64_t)(number % (uint64_t)sides);
}

static void note(nf_faults *faults, size_t point, const nf_fault *fault)
{
    faults->count++;
    nf_buffer_format(&faults->text, "%s%s", faults->text.length ? "," : "",
                     nf_fault_points[point].name);
    if (fault->at >= 0)
        nf_buffer_format(&faults->text, ":%lld", (long long)fault->at);
    nf_buffer_format(&faults->text, "=%s", nf_fault_word(fault->action));
    if (fault->argument)
        nf_buffer_format(&faults->text, ":%lld", (long long)fault->argument);
    nf_buffer_format(&faults->text, "@%lld",
                     (long long)faults->seen[point].hits);
}

/* `taken`: another rule is at work here already, this one waits. */
static bool is_met(nf_faults *faults, nf_fault_rule *rule, size_t point,
                   int64_t from, int64_t to, bool taken)
{
    if (rule->point != point)
        return false;
    /* A place at the very end belongs to the last bytes that pass. */
    if (nf_fault_points[point].kind == NF_FAULT_BYTES && rule->fault.at >= 0 &&
        (rule->fault.at < from || rule->fault.at > to))
        return false;
    if (++rule->met < rule->nth || taken ||
        (rule->count && rule->fired >= rule->count))
        return false;
    if (rule->percent < 100 && roll(faults, 100) >= rule->percent)
        return false;
    rule->fired++;
    return true;
}

/* A fault anywhere. Writes are many more than messages: fewer of them fail. */
static bool roll_fault(nf_faults *faults, nf_fault *out, size_t point,
                       int64_t from, int64_t to)
{
    static const int64_t statuses[] = {429, 500, 502, 503};
    nf_fault_class kind = nf_fault_points[point].kind;
    int64_t sides = kind == NF_FAULT_WRITE ? 4000 : 100;

    if (!faults->random || faults->random_left == 0 || kind == NF_FAULT_CLOCK ||
        roll(faults, sides) >= faults->random_percent)
        return false;
    *out = (nf_fault){.at = -1};
    do
        out->action = (nf_fault_action)(1 + roll(faults, NF_FAULT_ERROR));
    while (!nf_fault_fits(out->action, kind));
    if (kind == NF_FAULT_BYTES && to > from)
        out->at = from + roll(faults, to - from);
    if (out->action == NF_FAULT_DELAY)
        out->argument = 1 + roll(faults, 90000);
    if (out->action == NF_FAULT_STATUS)
        out->argument = statuses[roll(faults, 4)];
    if (faults->random_left > 0)
        faults->random_left--;
    return true;
}

bool nf_fault_due(nf_fault *out, nf_faults *faults, const char *point,
                  int64_t from, int64_t to)
{
    size_t index;
    bool due = false;

    *out = (nf_fault){.at = -1};
    if (!faults || faults->crashed)
        return false;
    index = nf_fault_find(point, strlen(point));
    assert(index < nf_fault_point_count);
    faults->seen[index].hits++;
    if (to > faults->seen[index].bytes)
        faults->seen[index].bytes = to;
    for (size_t i = 0; i < faults->rule_count; i++) {
        nf_fault_rule *rule = &faults->rules[i];
        if (is_met(faults, rule, index, from, to, due)) {
            *out = rule->fault;
            due = true;
        }
    }
    due = due || roll_fault(faults, out, index, from, to);
    if (due && nf_fault_points[index].kind == NF_FAULT_CLOCK)
        faults->clock_offset[nf_fault_points[index].server] = out->at * 1000;
    if (due && nf_fault_points[index].kind == NF_FAULT_BYTES && out->at < 0)
        out->at = from + (to - from) / 2;
    if (due)
        note(faults, index, out);
    return due;
}

nf_status nf_fault_reach_slowly(nf_faults *faults, const char *point,
                                nf_error *err)
{
    nf_fault fault;

    if (faults->crashed)
        return nf_fault_cut(err);
    if (!nf_fault_due(&fault, faults, point, 0, 0))
        return NF_OK;
    switch (fault.action) {
    case NF_FAULT_DELAY:
        nf_fault_delay(faults, &fault);
        return NF_OK;
    case NF_FAULT_CRASH:
        nf_fault_crash(faults);
        return nf_fault_cut(err);
    default:
        faults->cut =
            nf_fault_points[nf_fault_find(point, strlen(point))].server;
        return nf_fault_cut(err);
    }
}

/* ---- what happened ------------------------------------------------------- */

size_t nf_faults_count(const nf_faults *faults)
{
    return faults ? faults->count : 0;
}

const char *nf_faults_text(const nf_faults *faults)
{
    const char *text = faults ? nf_buffer_string(&faults->text) : NULL;
    return text ? text : "";
}

bool nf_faults_seen(nf_fault_seen *out, const nf_faults *faults, size_t index)
{
    if (index >= nf_fault_point_count)
        return false;
    *out = (nf_fault_seen){.point = nf_fault_points[index].name,
                           .kind = nf_fault_points[index].kind,
                           .hits = faults->seen[index].hits,
                           .bytes = faults->seen[index].bytes,
                           .edges = faults->seen[index].edges,
                           .edge_count = faults->seen[index].edge_count};
    return true;
}

void nf_fault_edge(nf_faults *faults, const char *point, int64_t at)
{
    size_t index = nf_fault_find(point, strlen(point));
    size_t count = faults->seen[index].edge_count;
    int64_t *grown;

    /* What is not noted is only not tried by a sweep. */
    if (count >= EDGES_MAX ||
        (count && faults->seen[index].edges[count - 1] >= at))
        return;
    grown = nf_grow(faults->seen[index].edges, count,
                    &faults->seen[index].edge_capacity, sizeof *grown);
    if (!grown)
        return;
    faults->seen[index].edges = grown;
    grown[faults->seen[index].edge_count++] = at;
}
