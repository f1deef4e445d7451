/* See flows.h. */
#include "server/flows.h"

#include "activities/activities.h"
#include "database/xpath.h"
#include "interpreter/flow.h"
#include "interpreter/functions.h"
#include "interpreter/observe.h"
#include "server/internal.h"

#include <json-c/json.h>

static const char *text_of(struct json_object *payload, const char *key)
{
    struct json_object *value = json_object_object_get(payload, key);

    return value ? json_object_get_string(value) : "";
}

/* Levels of Mendix as those of the server's log. */
static const char *level_of(const char *level)
{
    if (strcmp(level, "Trace") == 0 || strcmp(level, "Debug") == 0)
        return "trace";
    if (strcmp(level, "Info") == 0)
        return "info";
    return strcmp(level, "Warning") == 0 ? "warning" : "error";
}

/* What a log message says goes to the log; what a client would show is
 * dropped (M21). */
static nf_status hear(void *user, const char *name, struct json_object *payload,
                      nf_error *err)
{
    (void)err;
    if (strcmp(name, "log") == 0)
        nf_server_log(user, level_of(text_of(payload, "level")), "%s: %s",
                      text_of(payload, "node"), text_of(payload, "text"));
    return NF_OK;
}

/* What a flow does outside the database cannot be done again: until then all
 * that was written has to be certain, and from then on each statement is. Fails
 * if one that was sent before has failed: then nothing is kept anyway. */
static nf_status leave_database(nf_server *server, nf_error *err)
{
    nf_database_pipeline(server->database, false);
    return nf_database_settled(server->database, err);
}

static nf_status answer(void *user, nf_flow_kind kind, const char *qualified,
                        const nf_parameter *parameters,
                        const nf_value *arguments, size_t count, void **token,
                        nf_value *result, nf_error *err)
{
    nf_server *server = user;
    const nf_server_options *options = &server->options;
    nf_status status =
        nf_server_java_action(server, qualified, arguments, count, result, err);

    if (status == NF_USAGE && options->call)
        status = leave_database(server, err);
    else
        return status;
    if (status != NF_OK)
        return status;
    return options->call(options->user, kind, qualified, parameters, arguments,
                         count, token, result, err);
}

static nf_status answer_rest(void *user, const nf_rest_request *request,
                             nf_rest_response *response, nf_error *err)
{
    nf_status status = leave_database(user, err);

    return status == NF_OK ? nf_server_rest(user, request, response, err)
                           : status;
}

nf_programs *nf_server_programs(nf_server *server)
{
    if (server->watched)
        return server->watched;
    if (!server->programs)
        server->programs = nf_programs_new(server->options.model, nf_activities,
                                           &nf_xpath_sql_compiler, 0);
    return server->programs;
}

nf_function_cache *nf_server_functions(nf_server *server)
{
    if (!server->functions)
        server->functions = nf_function_cache_new();
    return server->functions;
}

void nf_server_watch(nf_server *server, nf_programs *programs,
                     const nf_observer *observer)
{
    server->watched = programs;
    server->observer = observer;
}

nf_status nf_server_flows_open(nf_server_flows **out, nf_server *server,
                               nf_server_session *session, nf_error *err)
{
    return nf_server_flows_open_as(out, server, session, session->user,
                                   &session->environment, err);
}

nf_status nf_server_flows_open_as(nf_server_flows **out, nf_server *server,
                                  nf_server_session *session, int64_t user,
                                  const nf_environment *environment,
                                  nf_error *err)
{
    nf_server_flows *flows = nf_alloc(sizeof *flows);
    nf_world *world;
    uint64_t seed = 0;
    nf_status status;

    *out = NULL;
    if (!flows)
        return nf_error_nomem(err);
    flows->server = server;
    world = &flows->world;
    world->model = server->options.model;
    world->rules = &nf_server_rules;
    world->environment = *environment;
    nf_server_store_init(&flows->store, server, session, user, world);
    world->objects = nf_objects_new(world->model, world->store);
    world->programs = nf_server_programs(server);
    world->cache = nf_function_cache_new(); /* NULL: slower */
    world->host = (nf_host){.event = hear,
                            .deaf = true,
                            .call = answer,
                            .rest = answer_rest,
                            .user = server};
    world->observer = server->observer;
    if (world->objects && server->observer)
        nf_objects_listen(world->objects, server->observer->object,
                          server->observer->user);
    status = world->objects && world->programs
                 ? nf_server_random(server, &seed, sizeof seed, err)
                 : nf_error_nomem(err);
    if (status != NF_OK) {
        nf_server_flows_close(flows);
        return status;
    }
    nf_random_seed(&world->random, seed);
    *out = flows;
    return NF_OK;
}

void nf_server_flows_close(nf_server_flows *flows)
{
    if (!flows)
        return;
    nf_server_store_dispose(&flows->store);
    nf_world_dispose(&flows->world);
    nf_objects_free(flows->world.objects);
    nf_function_cache_free(flows->world.cache);
    nf_free(flows);
}
