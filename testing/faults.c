/* Faults of a test (E41): devices and the server of the test have a plan each,
 * since points of the code and disks are one side's. Databases are in memory
 * unless their disk is to fail. */
#include "testing/case.h"

#include <stdio.h>
#include <string.h>

/* The point that an item of a plan names. */
static size_t point_length(const char *item)
{
    return strcspn(item, ":=@*%,");
}

static bool is_of_server(const char *item)
{
    static const char *const steps[] = {
        "before-apply", "in-apply", "after-apply-before-reply",
        "before-server-commit", "after-server-commit"};
    size_t length = point_length(item);
    if (strncmp(item, "server-", 7) == 0)
        return true;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (strlen(steps[i]) == length && strncmp(item, steps[i], length) == 0)
            return true;
    return false;
}

static bool has_prefix(const char *item, const char *const *prefixes)
{
    for (; *prefixes; prefixes++)
        if (strncmp(item, *prefixes, strlen(*prefixes)) == 0)
            return true;
    return false;
}

/* A server that crashes takes all devices of the test with it. */
static nf_status check_item(const char *item, nf_error *err)
{
    static const char *const without[] = {"server-", NULL};
    const char *action = strchr(item, '=');
    bool crashes =
        action ? strncmp(action, "=crash", 6) == 0 : !has_prefix(item, without);
    if (!is_of_server(item) || !crashes)
        return NF_OK;
    return nf_error_set(err, NF_INPUT, "bad_test",
                        "\"%s\": a server that crashes can't be tried in a "
                        "test; write %.*s=cut, or try nanoflow run --fault",
                        item, (int)point_length(item), item);
}

static const char *join(test_run *run, const char *plan, const char *item)
{
    return nf_arena_format(run->arena, "%s%s%s", plan, *plan ? "," : "", item);
}

nf_status test_divide_faults(test_run *run, nf_error *err)
{
    static const char *const device_disk[] = {"device-write", "disk-", NULL};
    static const char *const server_disk[] = {"server-write", "server-disk-",
                                              NULL};
    char *copy = nf_arena_strdup(run->arena, run->plan ? run->plan : "");
    char *rest = NULL;
    nf_status status = copy ? NF_OK : nf_error_nomem(err);
    run->plan = run->server_plan = "";
    for (char *item = copy ? strtok_r(copy, ",", &rest) : NULL;
         item && status == NF_OK; item = strtok_r(NULL, ",", &rest)) {
        item += strspn(item, " \t");
        const char **plan = is_of_server(item) ? &run->server_plan : &run->plan;
        status = check_item(item, err);
        run->keeps_files |= has_prefix(item, device_disk);
        run->server_on_disk |= has_prefix(item, server_disk);
        *plan = join(run, *plan, item);
        if (status == NF_OK && !*plan)
            status = nf_error_nomem(err);
    }
    return status;
}

nf_status test_arm_faults(test_run *run, nf_error *err)
{
    nf_status status = NF_OK;
    for (size_t i = 0; status == NF_OK && i < run->device_count; i++)
        status = nf_faults_add(run->devices[i].faults, run->plan, err);
    if (status == NF_OK && run->server_faults)
        status = nf_faults_add(run->server_faults, run->server_plan, err);
    return status;
}

nf_status test_add_fault(test_run *run, const char *item, nf_error *err)
{
    nf_status status = check_item(item, err);
    if (status != NF_OK || is_of_server(item))
        return status == NF_OK && run->server_faults
                   ? nf_faults_add(run->server_faults, item, err)
                   : status;
    for (size_t i = 0; status == NF_OK && i < run->device_count; i++)
        status = nf_faults_add(run->devices[i].faults, item, err);
    return status;
}

bool test_had_faults(const test_run *run)
{
    size_t count = nf_faults_count(run->server_faults);
    for (size_t i = 0; i < run->device_count; i++)
        count += nf_faults_count(run->devices[i].faults);
    return count > 0;
}

void test_unmet_faults(test_run *run)
{
    const nf_test_tag *tag = nf_test_tag_find(&run->test->tags, "fault");
    if (!tag || nf_test_is_sweep(tag->value) || test_had_faults(run) ||
        strstr(tag->value, "clock") || strchr(tag->value, '%'))
        return;
    if (run->how->strict)
        nf_test_fail(run->result, NF_TEST_ERROR, "fault", tag->line,
                     "nothing of this fault happened: %s", tag->value);
    else
        nf_test_warn(run->result, "nothing of this fault happened: %s",
                     tag->value);
}
