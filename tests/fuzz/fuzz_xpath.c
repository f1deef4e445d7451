/* Constraints: any text gives a tree or an error. */
#include "base/memory.h"
#include "database/xpath.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
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
