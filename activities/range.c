/* Amount and offset (R13, list range of §7.3): blank or empty is 0, amount 0
 * is "all from the offset on", negative is an error. */
#include "activities/support.h"

nf_bound_range nf_range_bind(nf_binder *binder, const nf_element *range)
{
    const nf_type number = {.kind = NF_KIND_INTEGER};
    nf_bound_range bound = {0};

    bound.limit = nf_bind_expression(
        binder, nf_element_string(range, "LimitExpression", ""), &number,
        "Amount");
    bound.offset = nf_bind_expression(
        binder, nf_element_string(range, "OffsetExpression", ""), &number,
        "Offset");
    bound.single = nf_element_is(range, "Microflows$ConstantRange") &&
                   nf_element_bool(range, "SingleObject", false) &&
                   !bound.limit.present && !bound.offset.present;
    return bound;
}

static nf_status number(nf_call *call, const nf_bound_expression *expression,
                        const char *what, int64_t *out, nf_error *err)
{
    nf_value value;
    nf_status status = nf_call_evaluate(call, expression, &value, err);

    *out = value.kind == NF_KIND_INTEGER ? value.as.integer : 0;
    nf_value_release(&value);
    if (!status && *out < 0) {
        status = nf_error_set(err, NF_FAILED, "expression_error",
                              "The %s is %lld; it can't be negative", what,
                              (long long)*out);
        nf_error_detail(err, "E-RANGE");
    }
    return status;
}

nf_status nf_range_evaluate(nf_call *call, const nf_bound_range *range,
                            int64_t *limit, int64_t *offset, nf_error *err)
{
    nf_status status;

    *limit = -1;
    *offset = 0;
    if (range->single) {
        *limit = 1;
        return NF_OK;
    }
    status = number(call, &range->limit, "amount", limit, err);
    if (!status)
        status = number(call, &range->offset, "offset", offset, err);
    if (*limit == 0)
        *limit = -1;
    return status;
}
