/* Lines of mock files, their JSON (test E43) and plans of faults: any text
 * gives mocks, a plan, or an error; a plan that was read can be read again from
 * its text. */
#include "fuzz.h"
#include "open_session.h"

#include "base/fault.h"
#include "base/memory.h"
#include "library/mocks_internal.h"

#include <sys/mman.h>

const char *const fuzz_seeds[] = {
    "javascript action M.Name returns true, then throws 'it''s off', then "
    "passes",
    "microflow M.Price (Amount = 3, Zone = any) returns 12.50",
    "rest GET 'https://example.com/%' returns '{\"a\": [1, null]}'",
    "activity ImportXml M.Orders (Document = any) returns empty",
    "nanoflow M.N calls './x.js'",
    "message 'Saved%' throws 'no screen'",
    "after-commit=cut@1*4,upload=status:503*2",
    "random=5*10,before-commit=crash",
    "{\"flow\": \"FieldService.ACT_SendPhotos\", \"cases\": {\"happy\": "
    "{\"microflow M.Price (Amount = 3)\": [{\"return\": 12.5}, {\"throw\": "
    "\"offline\"}], \"FieldService.ACT_SendChanges\": [{\"calls\": "
    "\"./rate.js\"}, {\"expression\": \"1.5 + 2\"}, {\"pass\": true}], \"rest GET "
    "'https://example.com/%'\": [{\"return\": \"gone\", \"status\": 404}]}}}",
    "{\"cases\": {\"only\": {\"javascript action FieldService.RoundHours\": "
    "[{\"return\": null}, {\"return\": \"it's\"}, {\"return\": [1, true]}]}}}",
    NULL,
};
const size_t fuzz_seed_sizes[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

static void read_mock(const char *text)
{
    nf_mocks *mocks = nf_mocks_new(&fuzz_session()->world.environment);
    nf_error err = {0};

    if (!mocks)
        return;
    if (nf_mocks_add(mocks, text, "fuzz:1", &err) != NF_OK && !err.message[0])
        abort();
    nf_mocks_free(mocks);
}

/* The reader wants a file: one in memory, by the name under which it can be
 * opened. */
static void read_json(const uint8_t *data, size_t size)
{
    static int file = -1;
    static char path[64];
    nf_mocks *mocks = nf_mocks_new(&fuzz_session()->world.environment);
    nf_error err = {0};

    if (file < 0 && (file = memfd_create("mocks", MFD_CLOEXEC)) >= 0)
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (!mocks || ftruncate(file, 0) != 0 ||
        pwrite(file, data, size, 0) != (ssize_t)size)
        abort();
    if (nf_mocks_read_json(mocks, path, "happy", &err) != NF_OK &&
        !err.message[0])
        abort();
    nf_mocks_free(mocks);
}

static void read_plan(const char *text)
{
    nf_faults *faults, *again;
    nf_error err = {0};

    if (nf_faults_new(&faults, text, &err) != NF_OK) {
        if (!err.message[0])
            abort();
        return;
    }
    if (nf_faults_new(&again, text, &err) != NF_OK)
        abort();
    nf_faults_free(again);
    nf_faults_free(faults);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = nf_strndup((const char *)data, size);

    if (!text)
        return 0;
    read_mock(text);
    read_json(data, size);
    read_plan(text);
    nf_free(text);
    return 0;
}
