/* Call REST service (activities M23 … M27): the request is put together here,
 * a mock or the server sends it. Bodies are templates or mappings; responses
 * become a String or a System.HttpResponse, or are mapped. */
#include "activities/activities.h"
#include "activities/rest_mapping.h"
#include "activities/support.h"

#include <string.h>

enum {
    SECONDS_MAX = 24 * 60 * 60,
    BODY_MAX = 64 << 20,
};

typedef struct header {
    const char *name;
    nf_bound_expression value;
} header;

typedef enum result_kind {
    RESULT_NONE,
    RESULT_STRING,
    RESULT_OBJECT,
    RESULT_MAPPED,
    RESULT_FILE
} result_kind;

typedef struct call_rest {
    const char *method;
    nf_bound_template location;
    header *headers;
    size_t header_count;
    bool authenticates;
    nf_bound_expression user, password;
    bool has_timeout, direct;
    nf_bound_expression timeout;
    bool has_body;
    nf_bound_template body;
    nf_rest_mapping export, import;
    const char *unsendable; /* see nf_rest_request */
    result_kind result;
    bool keeps_errors; /* bodies of responses that are errors */
    nf_bound_variable output;
} call_rest;

/* ---- bind ---------------------------------------------------------------- */

static const char *method_of(const nf_element *configuration)
{
    static const struct {
        const char *stored, *sent;
    } methods[] = {{"Get", "GET"},        {"Post", "POST"},
                   {"Put", "PUT"},        {"Patch", "PATCH"},
                   {"Delete", "DELETE"},  {"Head", "HEAD"},
                   {"Options", "OPTIONS"}};
    const char *name = nf_element_string(configuration, "HttpMethod", "Post");

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (!strcmp(methods[i].stored, name))
            return methods[i].sent;
    return NULL;
}

/* M25. */
static bool sends_body(const char *method)
{
    return !strcmp(method, "POST") || !strcmp(method, "PUT") ||
           !strcmp(method, "PATCH") || !strcmp(method, "OPTIONS");
}

static nf_status bind_headers(nf_binder *binder, call_rest *bound,
                              const nf_element *configuration)
{
    const nf_type text = {.kind = NF_KIND_STRING};
    size_t count = nf_element_count(configuration, "HttpHeaderEntries");

    bound->headers = nf_bind_alloc(binder, (count + 1) * sizeof(header));
    if (!bound->headers)
        return NF_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const nf_element *entry =
            nf_element_item(configuration, "HttpHeaderEntries", i);

        bound->headers[bound->header_count++] = (header){
            .name = nf_element_string(entry, "Key", ""),
            .value = nf_bind_expression(
                binder, nf_element_string(entry, "Value", ""), &text, "Value")};
    }
    return NF_OK;
}

static void bind_authentication(nf_binder *binder, call_rest *bound,
                                const nf_element *configuration)
{
    const nf_type text = {.kind = NF_KIND_STRING};

    bound->authenticates =
        nf_element_bool(configuration, "UseHttpAuthentication", false);
    if (!bound->authenticates)
        return;
    bound->user = nf_bind_expression(
        binder,
        nf_element_string(configuration, "HttpAuthenticationUserName", ""),
        &text, "HttpAuthenticationUserName");
    bound->password = nf_bind_expression(
        binder,
        nf_element_string(configuration, "HttpAuthenticationPassword", ""),
        &text, "HttpAuthenticationPassword");
}

/* What the request would need beside what is sent; mocks can answer for it. */
static void refuse(nf_binder *binder, call_rest *bound, const char *what)
{
    bound->unsendable = what;
    nf_outside_warn(binder, what);
}

static bool bind_body(nf_binder *binder, call_rest *bound,
                      const nf_element *action)
{
    const nf_element *handling = nf_element_part(action, "RequestHandling");

    if (!sends_body(bound->method))
        return true;
    if (nf_element_is(handling, "Microflows$MappingRequestHandling"))
        return nf_rest_bind_export(binder, &bound->export, handling);
    if (nf_element_is(handling, "Microflows$CustomRequestHandling")) {
        bound->has_body = true;
        bound->body =
            nf_bind_template(binder, nf_element_part(handling, "Template"));
    } else if (nf_element_is(handling, "Microflows$BinaryRequestHandling")) {
        refuse(binder, bound, "A binary body of a REST call");
    } else {
        refuse(binder, bound, "A body of a REST call in parts");
    }
    return true;
}

static bool bind_result(nf_binder *binder, call_rest *bound,
                        const nf_element *action)
{
    const nf_element *handling = nf_element_part(action, "ResultHandling");
    const char *kind = nf_element_string(action, "ResultHandlingType", "None");
    nf_type type = {.kind = NF_KIND_STRING};
    bool mapped = !strcmp(kind, "Mapping");

    bound->output.slot = -1;
    if (!strcmp(kind, "None"))
        return true;
    if (!strcmp(kind, "HttpResponse")) {
        bound->result = RESULT_OBJECT;
        type = (nf_type){.kind = NF_KIND_OBJECT,
                         .entity = nf_model_find_entity(nf_bind_model(binder),
                                                        "System.HttpResponse")};
    } else if (!strcmp(kind, "String")) {
        bound->result = RESULT_STRING;
    } else {
        bound->result = mapped ? RESULT_MAPPED : RESULT_FILE;
        type = nf_model_type_of(nf_bind_model(binder), handling, "VariableType",
                                "VariableDataType");
    }
    if (mapped &&
        !nf_rest_bind_import(binder, &bound->import,
                             nf_element_part(handling, "ImportMappingCall")))
        return false;
    if (bound->result == RESULT_FILE)
        nf_outside_warn(binder, "A response as a file document");
    if (type.kind != NF_KIND_VOID && nf_element_bool(handling, "Bind", true))
        bound->output = nf_bind_output(
            binder, nf_element_string(handling, "ResultVariableName", ""),
            type);
    return true;
}

/* Seconds; before Mendix 7.15 a number. NULL: no memory. */
static const char *timeout_of(nf_binder *binder, const nf_element *action)
{
    const char *text = nf_element_string(action, "TimeOutExpression", NULL);
    int64_t number = nf_element_int(action, "TimeOut", 0);

    if (text || number <= 0)
        return text ? text : "300";
    return nf_arena_format(nf_bind_arena(binder), "%lld", (long long)number);
}

static nf_status bind(nf_binder *binder, const nf_element *action, void **out)
{
    const nf_element *configuration =
        nf_element_part(action, "HttpConfiguration");
    const nf_type number = {.kind = NF_KIND_INTEGER};
    const char *proxy =
        nf_element_string(action, "RequestProxyType", "DefaultProxy");
    call_rest *bound = nf_bind_alloc(binder, sizeof *bound);

    if (!bound || bind_headers(binder, bound, configuration) != NF_OK)
        return NF_NOMEM;
    *out = bound;
    bound->method = method_of(configuration);
    if (!bound->method) {
        nf_bind_unsupported(binder, "The method \"%s\" is not supported",
                            nf_element_string(configuration, "HttpMethod", ""));
        bound->method = "";
    }
    bound->location = nf_bind_template(
        binder, nf_element_part(configuration, "CustomLocationTemplate"));
    bind_authentication(binder, bound, configuration);
    if (nf_element_string(configuration, "ClientCertificate", "")[0])
        refuse(binder, bound, "A client certificate of a REST call");
    if (!strcmp(proxy, "Override"))
        refuse(binder, bound, "A proxy of a REST call");
    bound->direct = !strcmp(proxy, "NoProxy");
    bound->has_timeout = nf_element_bool(action, "UseRequestTimeOut", true);
    if (bound->has_timeout) {
        const char *seconds = timeout_of(binder, action);

        if (!seconds)
            return NF_NOMEM;
        bound->timeout =
            nf_bind_expression(binder, seconds, &number, "TimeOutExpression");
    }
    if (!bind_body(binder, bound, action))
        return NF_NOMEM;
    bound->keeps_errors = !strcmp(
        nf_element_string(action, "ErrorResultHandlingType", "HttpResponse"),
        "HttpResponse");
    return bind_result(binder, bound, action) ? NF_OK : NF_NOMEM;
}

/* ---- the request --------------------------------------------------------- */

typedef struct texts {
    nf_string *url, *body, *user, *password;
    nf_rest_header *headers;
    size_t header_count;
    nf_rest_request request;
} texts;

static void dispose(texts *t)
{
    nf_string_release(t->url);
    nf_string_release(t->body);
    nf_string_release(t->user);
    nf_string_release(t->password);
    for (size_t i = 0; i < t->header_count; i++)
        nf_free(t->headers[i].value);
    nf_free(t->headers);
}

/* A text without a line break or NUL, which would end a header. */
static nf_status line_of(nf_call *call, const nf_bound_expression *expression,
                         const char *what, nf_string **out, nf_error *err)
{
    nf_value value;
    nf_status status = nf_call_evaluate(call, expression, &value, err);

    *out = NULL;
    if (status)
        return status;
    if (value.kind != NF_KIND_STRING) { /* empty */
        *out = nf_string_new("", 0);
        nf_value_release(&value);
        return *out ? NF_OK : nf_error_nomem(err);
    }
    *out = value.as.string;
    if (strlen(value.as.string->text) == value.as.string->length &&
        !strpbrk(value.as.string->text, "\r\n"))
        return NF_OK;
    nf_string_release(*out);
    *out = NULL;
    return nf_error_set(err, NF_FAILED, "expression_error",
                        "\"%s\" of a request can't have line breaks", what);
}

static nf_status make_headers(nf_call *call, const call_rest *bound, texts *t,
                              nf_error *err)
{
    nf_status status = NF_OK;

    t->headers = nf_alloc_array(bound->header_count + 1, sizeof *t->headers);
    if (!t->headers)
        return nf_error_nomem(err);
    for (size_t i = 0; !status && i < bound->header_count; i++) {
        nf_string *value = NULL;
        nf_rest_header *to = &t->headers[t->header_count];

        status = line_of(call, &bound->headers[i].value, bound->headers[i].name,
                         &value, err);
        if (status)
            return status;
        to->name = (char *)(uintptr_t)bound->headers[i].name; /* the model's */
        to->value = nf_strdup(value->text);
        nf_string_release(value);
        if (!to->value)
            return nf_error_nomem(err);
        t->header_count++;
    }
    return status;
}

static nf_status make_timeout(nf_call *call, const call_rest *bound,
                              int64_t *out, nf_error *err)
{
    int64_t deadline = nf_call_world(call)->environment.limits.deadline, left;
    nf_value value;
    nf_status status;

    *out = 0;
    if (bound->has_timeout) {
        status = nf_call_evaluate(call, &bound->timeout, &value, err);
        if (status)
            return status;
        if (value.kind != NF_KIND_INTEGER || value.as.integer <= 0 ||
            value.as.integer > SECONDS_MAX)
            return nf_error_set(err, NF_FAILED, "expression_error",
                                "The time-out of a request is a number of "
                                "seconds from 1 to %d",
                                SECONDS_MAX);
        *out = value.as.integer * 1000;
    }
    if (!deadline)
        return NF_OK;
    left = deadline - nf_clock_elapsed();
    if (left < 1)
        left = 1;
    if (*out == 0 || left < *out)
        *out = left;
    return NF_OK;
}

static nf_status make_request(nf_call *call, const call_rest *bound, texts *t,
                              nf_error *err)
{
    nf_rest_request *request = &t->request;
    nf_status status = nf_call_template(call, &bound->location, &t->url, err);

    if (!status)
        status = make_headers(call, bound, t, err);
    if (!status && bound->authenticates)
        status = line_of(call, &bound->user, "HttpAuthenticationUserName",
                         &t->user, err);
    if (!status && bound->authenticates)
        status = line_of(call, &bound->password, "HttpAuthenticationPassword",
                         &t->password, err);
    if (!status && bound->has_body)
        status = nf_call_template(call, &bound->body, &t->body, err);
    if (!status && bound->export.name)
        status = nf_rest_export(call, &bound->export, &t->body, err);
    if (!status)
        status = make_timeout(call, bound, &request->timeout_ms, err);
    if (status)
        return status;
    request->method = bound->method;
    request->url = t->url->text;
    request->headers = t->headers;
    request->header_count = t->header_count;
    request->user = t->user ? t->user->text : NULL;
    request->password = t->password ? t->password->text : NULL;
    request->body = t->body ? t->body->text : NULL;
    request->body_size = t->body ? t->body->length : 0;
    request->direct = bound->direct;
    request->unsendable = bound->unsendable;
    request->cancelled = nf_call_world(call)->cancelled;
    return NF_OK;
}

/* ---- the response -------------------------------------------------------- */

/* A query may hold what nobody should read in a log. */
static int without_query(const char *url)
{
    return (int)strcspn(url, "?#");
}

static nf_status nobody(const nf_rest_request *request, nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "network_error",
                        "%s %.*s is not sent: REST calls do not go out unless "
                        "the host allows it (server.rest)",
                        request->method, without_query(request->url),
                        request->url);
}

static nf_status refused(nf_call *call, const call_rest *bound,
                         const nf_rest_request *request,
                         nf_rest_response *response, nf_error *err)
{
    nf_error_set(err, NF_FAILED, "network_error", "%s %.*s: %d %s",
                 request->method, without_query(request->url), request->url,
                 response->status, response->reason);
    nf_call_failed_response(call, response, bound->keeps_errors);
    return NF_FAILED;
}

static nf_status take_response(nf_call *call, const call_rest *bound,
                               const nf_rest_response *response, nf_error *err)
{
    nf_object *object;
    nf_value value;
    nf_status status = nf_rest_object(&object, nf_call_world(call), response,
                                      bound->result == RESULT_OBJECT, err);

    if (status)
        return status;
    nf_call_set_response(call, object);
    if (bound->result == RESULT_OBJECT)
        nf_call_set(call, &bound->output,
                    nf_object_take(nf_object_retain(object)));
    nf_object_release(object);
    if (bound->result == RESULT_MAPPED) {
        status =
            nf_rest_import(call, &bound->import, &response->body, &value, err);
        if (!status)
            nf_call_set(call, &bound->output, value);
        return status;
    }
    if (bound->result != RESULT_STRING)
        return NF_OK;
    if (!nf_utf8_valid(response->body.data, response->body.length))
        return nf_error_set(err, NF_FAILED, "expression_error",
                            "The response is no text in UTF-8");
    if (!nf_value_text(&value, response->body.data, response->body.length))
        return nf_error_nomem(err);
    nf_call_set(call, &bound->output, value);
    return NF_OK;
}

static nf_status send(nf_call *call, const call_rest *bound,
                      const nf_rest_request *request,
                      nf_rest_response *response, nf_error *err)
{
    const nf_host *host = &nf_call_world(call)->host;
    nf_error problem = {0};
    nf_status status = host->rest
                           ? host->rest(host->user, request, response, &problem)
                           : NF_USAGE;

    if (status == NF_USAGE)
        return nobody(request, err);
    if (status == NF_FAILED)
        return nf_error_set(err, NF_FAILED, problem.code, "%s %.*s: %s",
                            request->method, without_query(request->url),
                            request->url, problem.message);
    if (status != NF_OK)
        return nf_error_pass(&problem, err);
    return response->status >= 200 && response->status < 300
               ? take_response(call, bound, response, err)
               : refused(call, bound, request, response, err);
}

static nf_status execute(nf_call *call, const void *data, void **state,
                         nf_error *err)
{
    const call_rest *bound = data;
    nf_rest_response response = {0};
    texts t = {0};
    nf_status status;

    (void)state;
    if (bound->result == RESULT_FILE)
        return nf_error_set(err, NF_FAILED, "unsupported_activity",
                            "A response as a file document is not supported");
    status = make_request(call, bound, &t, err);
    nf_buffer_init(&response.body, BODY_MAX);
    if (!status)
        status = send(call, bound, &t.request, &response, err);
    nf_rest_response_dispose(&response);
    dispose(&t);
    return status;
}

const nf_activity nf_activity_call_rest = {
    .type = "Microflows$RestCallAction",
    .caption = "Call REST service",
    .flags = NF_ACTIVITY_MICROFLOW,
    .bind = bind,
    .execute = execute,
};
