/* Cases of data files and queries. */
#include "functions.h"

#include <string.h>

static bool swallow(void *user, const char *text, size_t length)
{
    size_t *total = user;
    (void)text;
    *total += length;
    return true;
}

static nf_status import(world *w)
{
    size_t count = 0, length = 0, differences = 1;
    const char *path = world_path(w, w->folder, "start.jsonl");
    TRY(nf_session_import(&count, w->session, path, w->err));
    HOLDS(count > 0);
    TRY(nf_session_export(w->session, NULL, swallow, &length, w->err));
    HOLDS(length > 0);
    path = world_path(w, w->folder, "start.jsonl");
    return nf_session_diff(&differences, w->session, path, NULL, swallow,
                           &length, w->err);
}

static nf_status query(world *w)
{
    size_t length = 0;
    nf_query query = NF_QUERY_INIT;
    query.entity = "Sweep.Customer";
    query.xpath = "[contains(Name, 'a') and Level > 0]";
    query.sort = "Name:desc";
    TRY(nf_session_query(w->session, &query, swallow, &length, w->err));
    query.explain = true;
    TRY(nf_session_query(w->session, &query, swallow, &length, w->err));
    TRY(nf_session_load_names(w->session,
                              world_path(w, w->folder, "start.jsonl"), w->err));
    TRY(nf_session_query_line(&w->text, w->session,
                              "Sweep.Customer\t[Name = $n]\t\t$n=String:x",
                              true, w->err));
    HOLDS(w->text);
    return NF_OK;
}

const memory_case data_cases[] = {
    {"data files", import, SESSION},
    {"queries", query, SESSION},
    {NULL, NULL, NOTHING},
};
