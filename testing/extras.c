/* Statements that only tests have (test E44): the network, the clock, inline
 * assertions, and what begins another part of the body. */
#include "testing/parser.h"

#include <string.h>

void test_needs_device(test_parser *p)
{
    if (p->parts)
        p->parts->of_device = true;
}

/* `go offline;`, `go online;`. */
nf_status test_go(test_parser *p, const char *at)
{
    bool online = test_take(p, "online");
    test_needs_device(p);
    nf_status status = online ? NF_OK : test_expect(p, "offline");
    if (status == NF_OK)
        status = test_expect(p, ";");
    nf_made *action = test_make(p, NF_TEST_NETWORK, at);
    nf_make_bool(action, "Online", online);
    return status == NF_OK ? test_add_action(p, action, at) : status;
}

/* `advance clock E seconds;`. */
nf_status test_advance(test_parser *p, const char *at)
{
    static const char *const words[] = {
        "milliseconds", "millisecond", "seconds", "second", "minutes", "minute",
        "hours",        "hour",        "days",    "day",    NULL};
    static const char *const lengths[] = {"1", "1000", "60000", "3600000",
                                          "86400000"};
    const char *value;
    size_t unit = 0;
    nf_status status = test_expect(p, "clock");
    if (status == NF_OK)
        status = test_expression(p, &value, ";", words);
    while (status == NF_OK && words[unit] && !test_take(p, words[unit]))
        unit++;
    if (status == NF_OK && !words[unit])
        status = test_malformed(p, p->at,
                                "the clock advances by milliseconds, seconds, "
                                "minutes, hours or days");
    if (status == NF_OK)
        status = test_expect(p, ";");
    if (status != NF_OK)
        return status;
    nf_made *action = test_make(p, NF_TEST_ADVANCE, at);
    nf_make_text(action, "Value", value);
    nf_make_text(action, "Milliseconds", lengths[unit / 2]);
    return test_add_action(p, action, at);
}

nf_status test_inline(test_parser *p, const char *at)
{
    const char *expression;
    long line = test_line(p, at);
    nf_status status = test_expression(p, &expression, ";", NULL);
    if (status == NF_OK)
        status = test_expect(p, ";");
    return status == NF_OK ? test_assert(p, "expect", expression, line)
                           : status;
}

/* ---- parts --------------------------------------------------------------- */

/* Another session begins: nothing of a loop or a branch could go on there. */
static nf_status at_top(test_parser *p, const char *at, const char *what)
{
    return p->nesting == p->part_nesting
               ? NF_OK
               : test_malformed(p, at,
                                "\"%s\" stands outside of loops, branches "
                                "and handlers",
                                what);
}

nf_status test_restart(test_parser *p, const char *at)
{
    nf_test_part part = {.kind = NF_TEST_RESTART, .line = test_line(p, at)};
    nf_status status = test_expect(p, "app");
    test_needs_device(p);
    if (status == NF_OK)
        status = test_expect(p, ";");
    if (status == NF_OK)
        status = at_top(p, at, "restart app");
    return status == NF_OK ? test_part(p, &part, p->device) : status;
}

/* `sign in as 'user';`, `sign out;`. */
nf_status test_sign(test_parser *p, const char *at)
{
    nf_test_part part = {.kind = NF_TEST_SIGN_OUT, .line = test_line(p, at)};
    nf_status status = NF_OK;
    test_needs_device(p);
    if (test_take(p, "in")) {
        part.kind = NF_TEST_SIGN_IN;
        status = test_expect(p, "as");
        if (status == NF_OK)
            status = test_string(p, &part.user);
    } else {
        status = test_expect(p, "out");
    }
    if (status == NF_OK)
        status = test_expect(p, ";");
    if (status == NF_OK)
        status = at_top(p, at, "sign in and sign out");
    return status == NF_OK ? test_part(p, &part, p->device) : status;
}

/* `on NAME { … }`. */
nf_status test_on(test_parser *p, const char *at)
{
    static const char *const until[] = {"}", NULL};
    const char *around = p->device, *name = test_name(p);
    int nesting = p->part_nesting;
    test_needs_device(p);
    nf_status status =
        name ? test_expect(p, "{")
             : test_malformed(p, p->at, "expected the name of a device");
    if (status == NF_OK && *around)
        status = test_malformed(p, at,
                                "a block of one device holds none of "
                                "another");
    if (status == NF_OK)
        status = at_top(p, at, "on");
    if (status == NF_OK)
        status = test_part(p, NULL, name);
    p->part_nesting++;
    if (status == NF_OK)
        status = test_statements(p, until);
    p->part_nesting = nesting;
    if (status == NF_OK)
        status = test_expect(p, "}");
    return status == NF_OK ? test_part(p, NULL, around) : status;
}
