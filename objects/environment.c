/* The errors of exceeded limits. */
#include "objects/environment.h"

static nf_status too_long(const char *what, size_t limit, const char *unit,
                          nf_error *err)
{
    nf_error_set(err, NF_FAILED, "expression_error",
                 "%s longer than %zu %s (the limit \"%s\")", what, limit, unit,
                 *what == 'T' ? "text" : "list");
    nf_error_detail(err, "E-RANGE");
    return NF_FAILED;
}

nf_status nf_text_too_long(size_t limit, nf_error *err)
{
    return too_long("Text", limit, "bytes", err);
}

nf_status nf_list_too_long(size_t limit, nf_error *err)
{
    return too_long("List", limit, "objects", err);
}
