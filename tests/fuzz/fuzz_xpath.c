/* Constraints: any text gives a tree or an error (xpath §3). */
#include "fuzz.h"

#include "base/memory.h"
#include "database/xpath.h"

const char *const fuzz_seeds[] = {
    "[Name = 'Acme' and not(Rating >= 3.5)][Paid]",
    "[Shop.Order_Customer[reversed()]/Shop.Order[Total > -1]/Label != $x/y]",
    "[Placed > '[%BeginOfCurrentDay%] - 2 * [%DayLength%]' or a = empty]",
    "[contains(Name, \"it''s\") or year-from-dateTime(D, 'UTC') = 1 div 2]",
    NULL,
};
const size_t fuzz_seed_sizes[] = {0, 0, 0, 0, 0};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = nf_strndup((const char *)data, size);
    nf_error err;

    if (!text)
        return 0;
    nf_error_clear(&err);
    nf_xpath_parses(text, &err);
    nf_free(text);
    return 0;
}
