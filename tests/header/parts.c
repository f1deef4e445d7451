/* Hosts that look at flows, retrieve objects, change lists, and give a session
 * an allocator and a limit of memory, with nothing but nanoflow.h.
 *
 * parts APP; the app is that of tests/bench/association. */
#include "check.h"

#include <stdlib.h>

/* ---- flows ------------------------------------------------------------- */

static void look_at_flows(const nf_app *app)
{
    nf_error *err = nf_error_new();
    const nf_flow *flow = NULL;
    nf_declaration value;

    check(nf_app_flow(&flow, app, "Bench.Prepare", err) == NF_OK, "a flow",
          err);
    check(is(nf_flow_name(flow), "Bench.Prepare") &&
              is(nf_flow_kind_text(flow), "nanoflow"),
          "its name", err);
    check(nf_flow_parameter(&value, flow, 0) && is(value.name, "N") &&
              is(value.kind, "Integer") && is(value.type, "") && value.required,
          "its parameter", err);
    check(!nf_flow_parameter(&value, flow, 1), "no other one", err);
    nf_flow_result(&value, flow);
    check(is(value.kind, "Object") && is(value.type, "Bench.Order"),
          "its result", err);
    check(nf_app_flow(&flow, app, "nanoflow:Bench.Retrieve", err) == NF_OK &&
              nf_flow_parameter(&value, flow, 0) &&
              is(value.type, "Bench.Order"),
          "with its type", err);
    check(nf_app_flow(&flow, app, "microflow:Bench.Prepare", err) == NF_USAGE &&
              !flow,
          "another type", err);
    nf_error_reset(err);
    check(nf_app_flow(&flow, app, "Bench.Nothing", err) == NF_USAGE &&
              is(nf_error_text(err, NF_ERROR_CODE), "not_found"),
          "none", err);
    nf_error_free(err);
}

/* ---- objects and lists ------------------------------------------------- */

/* What Prepare returns. Owner: caller. */
static nf_status prepare(nf_value **order, nf_session *session, int64_t lines,
                         nf_error *err)
{
    nf_value *n = nf_value_new_integer(lines);
    nf_argument argument = {"N", n};
    nf_status status =
        nf_session_call(order, session, "Bench.Prepare", &argument, 1, err);
    nf_value_free(n);
    return status;
}

static void name_members(nf_object *line, nf_error *err)
{
    char names[256] = "";
    const char *name;
    for (size_t i = 0; (name = nf_object_member_name(line, i)); i++) {
        nf_value *value = NULL;
        check(nf_object_member(&value, line, name, err) == NF_OK, name, err);
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s ",
                 name);
        nf_value_free(value);
    }
    check(is(names, "Amount Bench.Line_Order "), names, err);
}

static void change_list(nf_list *lines, nf_error *err)
{
    nf_object *first = nf_list_item(lines, 0);
    check(nf_list_contains(lines, first), "the first is in it", err);
    check(nf_list_add(lines, first) && nf_list_length(lines) == 4,
          "it is added again", err);
    /* the list has the only references of a host that keeps none */
    nf_value *kept = nf_value_new_object(first);
    nf_list_remove(lines, first);
    check(!nf_list_contains(lines, first) && nf_list_length(lines) == 2,
          "both are gone", err);
    nf_value *again = nf_value_clone(kept);
    nf_value_free(kept);
    check(nf_value_as_object(again) == first, "a clone", err);
    nf_value_free(again);
    nf_value *nothing = nf_value_clone(NULL);
    check(nf_value_is_empty(nothing), "a clone of nothing", err);
    nf_value_free(nothing);
}

static void retrieve(const nf_app *app)
{
    nf_error *err = nf_error_new();
    nf_session *session = NULL;
    nf_value *order = NULL, *seven = nf_value_new_integer(7), *amount = NULL;
    nf_list *lines = NULL;
    nf_query query = NF_QUERY_INIT;
    int64_t number = 0;

    query.entity = "Bench.Line";
    query.xpath = "[Amount > 1]";
    query.sort = "Amount:desc";
    query.limit = 3;
    check(nf_session_new(&session, app, NULL, err) == NF_OK &&
              nf_session_memory(session, NULL) == 0 &&
              prepare(&order, session, 6, err) == NF_OK,
          "six lines", err);
    check(nf_session_retrieve(&lines, session, &query, err) == NF_OK &&
              nf_list_length(lines) == 3,
          "three of them", err);
    /* An object is the same wherever it comes from. */
    nf_object *five = nf_list_item(lines, 0);
    check(nf_object_change(five, "Amount", seven, err) == NF_OK, "seven", err);
    nf_list_free(lines);
    check(nf_session_retrieve(&lines, session, &query, err) == NF_OK &&
              nf_object_member(&amount, nf_list_item(lines, 0), "Amount",
                               err) == NF_OK &&
              nf_value_as_integer(&number, amount) && number == 7,
          "what is not committed", err);
    name_members(nf_list_item(lines, 0), err);
    change_list(lines, err);
    nf_list_free(lines);
    query.xpath = "[Nothing = 1]";
    check(nf_session_retrieve(&lines, session, &query, err) == NF_FAILED &&
              !lines,
          "a faulty query", err);
    nf_value_free(amount);
    nf_value_free(seven);
    nf_value_free(order);
    nf_session_free(session);
    nf_error_free(err);
}

/* ---- memory ------------------------------------------------------------ */

typedef struct pool {
    size_t bytes, blocks, most;
    size_t refuse_at; /* bytes; 0: never */
} pool;

static void *take(void *user, size_t size)
{
    pool *p = user;
    if (p->refuse_at && p->bytes + size > p->refuse_at)
        return NULL;
    void *memory = malloc(size);
    if (!memory)
        return NULL;
    p->bytes += size;
    p->blocks++;
    p->most = p->bytes > p->most ? p->bytes : p->most;
    return memory;
}

static void give(void *user, void *memory, size_t size)
{
    pool *p = user;
    p->bytes -= size;
    p->blocks--;
    free(memory);
}

/* All that a session takes comes from its allocator, and goes back there. */
static void allocate(const nf_app *app)
{
    pool p = {0};
    nf_allocator allocator = {take, give, &p};
    nf_error *err = nf_error_new();
    nf_session *session = NULL;
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_value *order = NULL;
    size_t peak = 0;

    options.allocator = &allocator;
    check(nf_session_new(&session, app, &options, err) == NF_OK, "a session",
          err);
    size_t idle = p.bytes;
    check(idle > 0 && nf_session_memory(session, &peak) == idle, "it counts",
          err);
    check(prepare(&order, session, 5000, err) == NF_OK &&
              p.most > idle + 5000 * 16,
          "a flow", err);
    check(nf_session_memory(session, &peak) == p.bytes && peak == p.most,
          "it counts all", err);
    char *json = nf_value_to_json(order);
    /* An allocator that has no more, in the middle of a flow. */
    p.refuse_at = p.bytes + 100 * 1000;
    nf_value *another = NULL;
    check(prepare(&another, session, 100000, err) == NF_NOMEM && !another,
          "it has no more", err);
    nf_error_reset(err);
    p.refuse_at = 0;
    check(prepare(&another, session, 10, err) == NF_OK, "it has again", err);
    nf_value_free(another);
    nf_value_free(order);
    nf_session_free(session);
    nf_text_free(json);
    check(p.bytes == 0 && p.blocks == 0, "all came back", err);
    nf_error_free(err);
}

/* Several sessions of one app, each with its own limit: one that uses too much
 * is stopped, and can be used again; the others do not notice. */
static void limit(const nf_app *app)
{
    static const char *const limits[] = {"memory=2000000"};
    nf_error *err = nf_error_new();
    nf_session *small = NULL, *other = NULL;
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_value *order = NULL;
    size_t peak = 0;

    options.limits = limits;
    options.limit_count = 1;
    check(nf_session_new(&small, app, &options, err) == NF_OK &&
              nf_session_new(&other, app, NULL, err) == NF_OK,
          "two sessions", err);
    check(prepare(&order, small, 100000, err) == NF_NOMEM && !order &&
              is(nf_error_text(err, NF_ERROR_DETAIL), "memory_limit") &&
              strstr(nf_error_text(err, NF_ERROR_MESSAGE), "2000000"),
          "too much", err);
    check(nf_session_memory(small, &peak) <= 2000000 && peak <= 2000000,
          "no more than the limit", err);
    nf_error_reset(err);
    check(prepare(&order, other, 20000, err) == NF_OK, "the other one", err);
    nf_value_free(order);
    check(prepare(&order, small, 100, err) == NF_OK, "once more", err);
    nf_value_free(order);
    nf_session_free(small);
    nf_session_free(other);
    nf_error_free(err);
}

/* What is NULL because a call failed, or a flow returns nothing, does no harm.
 */
static void take_nothing(void)
{
    const char *text = "";
    size_t length = 1;
    int64_t number = 1;
    bool truth = true;
    nf_text_free(NULL);
    nf_error_free(NULL);
    nf_app_close(NULL);
    nf_session_free(NULL);
    nf_run_free(NULL);
    nf_value_free(NULL);
    nf_object_free(NULL);
    nf_list_free(NULL);
    nf_serve_free(NULL);
    nf_session_cancel(NULL);
    check(nf_value_is_empty(NULL) && !nf_value_as_boolean(&truth, NULL) &&
              !truth && !nf_value_as_integer(&number, NULL) && number == 0 &&
              !nf_value_as_datetime(&number, NULL) &&
              !nf_value_as_string(&text, &length, NULL) && !text &&
              length == 0 && !nf_value_as_object(NULL) &&
              !nf_value_as_list(NULL),
          "nothing", NULL);
}

static void test(const nf_app *app)
{
    allocate(app); /* the first to compile flows, which outlive it */
    look_at_flows(app);
    retrieve(app);
    limit(app);
}

int main(int argc, char **argv)
{
    take_nothing();
    return on_app(argc, argv, test);
}
