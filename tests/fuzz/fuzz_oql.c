/* The OQL of `@verify` (test E42): any text is a query within its bounds, or an
 * error that says why not; where only the condition is to blame, it says where
 * that begins. */
#include "fuzz.h"
#include "open_session.h"

#include "testing/oql.h"

const char *const fuzz_seeds[] = {
    "select count(*) as n from FieldService.WorkOrder",
    "select sum(o/Hours) as n from FieldService.WorkOrder as o where "
    "o.Status = 'Done' and not (o/Title like '%oven' or o.Number in (1, -2, "
    "3.5))",
    "SELECT max(s.Minutes) AS n FROM FieldService.WorkOrder o LEFT JOIN "
    "o/FieldService.WorkStep_WorkOrder/FieldService.WorkStep AS s WHERE "
    "s/id is not null",
    "select Name as n from FieldService.Account where Restricted = true and "
    "Name not in ('it''s', 'b') and Phone is null",
    "select count(Title) as n from FieldService.WorkOrder where "
    "[contains(Title, 'x')][Status = 'Open']",
    "select avg(Hours) as n from FieldService.WorkOrder where CompletedAt >= "
    "'2026-03-18' and Hours != empty",
    NULL,
};
const size_t fuzz_seed_sizes[] = {0, 0, 0, 0, 0, 0};

static void check(const oql_query *query, const nf_error *err, nf_status status,
                  const char *text, const char *where)
{
    if (status == NF_OK &&
        (query->source_count < 1 || query->source_count > OQL_SOURCES ||
         query->value.source >= (int)query->source_count))
        abort();
    if (status != NF_OK && !err->message[0])
        abort();
    if (status != NF_OK && strcmp(err->code, "bad_where") == 0 &&
        (where < text || where > text + strlen(text)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nf_arena *arena = nf_arena_new();
    char *text = nf_strndup((const char *)data, size);
    const char *where = NULL;
    nf_error err = {0};
    oql_query query = {0};
    if (arena && text) {
        nf_status status =
            oql_parse(&query, arena, fuzz_session()->model, text, &where, &err);
        check(&query, &err, status, text, where);
    }
    nf_free(text);
    nf_arena_free(arena);
    return 0;
}
