/* activities §16.12, T249: every nanoflow of every app is called once with
 * default arguments (new objects, empty strings and lists, false, 0). It ends
 * with a result or with an error of a known kind, whatever it needs that is not
 * there: a server, a device, JavaScript. */
#include "corpus/corpus.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS_MAX = 32, SECONDS = 20 };

/* activities §5.3, as far as a nanoflow without a server can meet it. */
static const char *const kinds[] = {"expression_error",
                                    "xpath_error",
                                    "unset_variable",
                                    "type_mismatch",
                                    "empty_value",
                                    "missing_argument",
                                    "value_out_of_range",
                                    "empty_condition",
                                    "no_case",
                                    "empty_object",
                                    "deleted_object",
                                    "access_denied",
                                    "not_found",
                                    "entity_not_available",
                                    "network_error",
                                    "microflow_failed",
                                    "bad_microflow_argument",
                                    "js_exception",
                                    "js_unavailable",
                                    "js_bad_result",
                                    "recursion_limit",
                                    "unsupported_activity",
                                    "SYNC_NETWORK",
                                    "SYNC_NOT_OFFLINE"};

typedef struct tally {
    size_t flows, ended, failed, wrong;
} tally;

typedef struct call {
    nf_session *session;
    nf_argument arguments[PARAMETERS_MAX];
    nf_value *values[PARAMETERS_MAX];
    size_t count;
} call;

static const char *text_of(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;
    json_object_object_get_ex(object, key, &value);
    return value ? json_object_get_string(value) : "";
}

static nf_value *new_object(nf_session *session, const char *entity)
{
    nf_error *err = nf_error_new();
    nf_object *object = NULL;
    nf_value *value;
    nf_session_create(&object, session, entity, err); /* or empty */
    value = object ? nf_value_new_object(object) : nf_value_new_empty();
    nf_object_free(object);
    nf_error_free(err);
    return value;
}

static nf_value *new_list(nf_session *session, const char *entity)
{
    nf_error *err = nf_error_new();
    nf_list *list = NULL;
    nf_value *value;
    nf_session_list(&list, session, entity, err);
    value = list ? nf_value_new_list(list) : nf_value_new_empty();
    nf_list_free(list);
    nf_error_free(err);
    return value;
}

/* By the name of a type as `describe` writes it. */
static nf_value *new_default(nf_session *session, const char *type)
{
    static const char list[] = "list of ";
    if (!strncmp(type, list, sizeof list - 1))
        return new_list(session, type + sizeof list - 1);
    if (!strcmp(type, "String"))
        return nf_value_new_string("", 0);
    if (!strcmp(type, "Boolean"))
        return nf_value_new_boolean(false);
    if (!strcmp(type, "Integer") || !strcmp(type, "Long"))
        return nf_value_new_integer(0);
    if (!strcmp(type, "Decimal"))
        return nf_value_new_decimal("0");
    return strchr(type, '.') && strncmp(type, "enumeration", 11) != 0
               ? new_object(session, type)
               : nf_value_new_empty();
}

/* The arguments of a flow from what `describe` says of it. */
static bool set_arguments(call *c, const nf_app *app, const char *flow)
{
    nf_error *err = nf_error_new();
    char *json = NULL;
    struct json_object *root = NULL, *parameters = NULL, *one;
    bool good = false;
    if (nf_app_describe(&json, app, flow, "json", err) == NF_OK)
        root = json_tokener_parse(json);
    if (root && json_object_object_get_ex(root, "parameters", &parameters) &&
        json_object_array_length(parameters) <= PARAMETERS_MAX) {
        for (size_t i = 0; i < json_object_array_length(parameters); i++) {
            one = json_object_array_get_idx(parameters, i);
            c->values[i] = new_default(c->session, text_of(one, "type"));
            c->arguments[i].name = strdup(text_of(one, "name"));
            c->arguments[i].value = c->values[i];
            c->count = i + 1;
        }
        good = true;
    }
    json_object_put(root);
    nf_text_free(json);
    nf_error_free(err);
    return good;
}

static bool known(const char *kind)
{
    for (size_t i = 0; kind && i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i], kind))
            return true;
    return false;
}

static void call_flow(const nf_app *app, const char *flow, tally *counts)
{
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_error *err = nf_error_new();
    nf_value *result = NULL;
    call c = {0};
    nf_status status;
    options.now = "2026-03-02T09:00:00Z";
    options.timeout = SECONDS;
    counts->flows++;
    status = nf_session_new(&c.session, app, &options, err);
    if (status == NF_OK && set_arguments(&c, app, flow))
        status = nf_session_call(&result, c.session, flow, c.arguments, c.count,
                                 err);
    counts->ended += status == NF_OK;
    if (status == NF_FAILED && known(nf_error_text(err, NF_ERROR_CODE))) {
        counts->failed++;
    } else if (status != NF_OK) {
        char *text = nf_error_print(err);
        printf("%s: status %d: %s\n", flow, (int)status, text ? text : "");
        nf_text_free(text);
        counts->wrong++;
    }
    nf_value_free(result);
    for (size_t i = 0; i < c.count; i++) {
        nf_value_free(c.values[i]);
        free((char *)c.arguments[i].name);
    }
    nf_session_free(c.session);
    nf_error_free(err);
}

int corpus_smoke(const corpus_files *files)
{
    tally counts = {0};
    for (size_t i = 0; i < files->count; i++) {
        nf_app *app = NULL;
        nf_error *err = nf_error_new();
        char *names = NULL, *rest = NULL;
        if (nf_app_open(&app, files->paths[i], err) != NF_OK ||
            nf_app_list(&names, app, "nanoflow", NULL, false, err) != NF_OK) {
            printf("%s: %s\n", files->paths[i],
                   nf_error_text(err, NF_ERROR_MESSAGE));
            counts.wrong++;
        }
        for (char *line = names ? strtok_r(names, "\n", &rest) : NULL; line;
             line = strtok_r(NULL, "\n", &rest))
            if (!strchr(line, '\t')) /* excluded documents don't run */
                call_flow(app, line, &counts);
        nf_text_free(names);
        nf_app_close(app);
        nf_error_free(err);
    }
    printf("%zu nanoflows: %zu ended, %zu failed as they should, %zu wrong\n",
           counts.flows, counts.ended, counts.failed, counts.wrong);
    return (int)counts.wrong + (counts.ended == 0);
}
