/* $latestHttpResponse of microflows (activities M24). */
#include "interpreter/rest.h"

#include "interpreter/execution.h"

void nf_rest_response_dispose(nf_rest_response *response)
{
    for (size_t i = 0; i < response->header_count; i++) {
        nf_free(response->headers[i].name);
        nf_free(response->headers[i].value);
    }
    nf_free(response->headers);
    nf_buffer_dispose(&response->body);
    *response = (nf_rest_response){0};
}

bool nf_rest_response_header(nf_rest_response *response, const char *name,
                             size_t name_size, const char *value,
                             size_t value_size)
{
    nf_rest_header *headers =
        nf_grow(response->headers, response->header_count,
                &response->header_capacity, sizeof *headers);
    nf_rest_header *header;

    if (!headers)
        return false;
    response->headers = headers;
    header = &headers[response->header_count++];
    header->name = nf_strndup(name, name_size);
    header->value = nf_strndup(value, value_size);
    return header->name && header->value;
}

static nf_status set_value(nf_object *object, const char *name, nf_value value,
                           nf_error *err)
{
    const nf_member *member = nf_entity_find_member(object->entity, name);
    nf_status status =
        member ? nf_object_set(object, member, &value, err) : NF_OK;

    nf_value_release(&value);
    return status;
}

/* Bytes that are no UTF-8 are none that a String can hold. */
static nf_status set_text(nf_object *object, const char *name, const char *text,
                          size_t size, nf_error *err)
{
    nf_value value;

    if (!nf_utf8_valid(text, size))
        return NF_OK;
    if (!nf_value_text(&value, text, size))
        return nf_error_nomem(err);
    return set_value(object, name, value, err);
}

static nf_status add_header(nf_world *world, nf_object *response,
                            const nf_rest_header *header, nf_error *err)
{
    const nf_entity *entity =
        nf_model_find_entity(world->model, "System.HttpHeader");
    nf_object *object = NULL;
    nf_status status =
        entity ? nf_objects_create(&object, world->objects, entity, 0, err)
               : NF_OK;

    if (status != NF_OK || !object)
        return status;
    status = set_text(object, "Key", header->name, strlen(header->name), err);
    if (status == NF_OK)
        status = set_text(object, "Value", header->value, strlen(header->value),
                          err);
    if (status == NF_OK)
        status = set_value(object, "System.HttpHeaders",
                           nf_object_take(nf_object_retain(response)), err);
    nf_object_release(object);
    return status;
}

nf_status nf_rest_object(nf_object **out, nf_world *world,
                         const nf_rest_response *response, bool content,
                         nf_error *err)
{
    const nf_entity *entity =
        nf_model_find_entity(world->model, "System.HttpResponse");
    nf_status status;

    *out = NULL;
    if (!entity)
        return nf_error_set(err, NF_FAILED, "not_found",
                            "there is no System.HttpResponse");
    status = nf_objects_create(out, world->objects, entity, 0, err);
    if (status == NF_OK)
        status =
            set_value(*out, "StatusCode", nf_integer(response->status), err);
    if (status == NF_OK)
        status = set_text(*out, "ReasonPhrase", response->reason,
                          strlen(response->reason), err);
    if (status == NF_OK)
        status = set_text(*out, "HttpVersion", response->version,
                          strlen(response->version), err);
    if (status == NF_OK && content)
        status = set_text(*out, "Content", response->body.data,
                          response->body.length, err);
    for (size_t i = 0; status == NF_OK && i < response->header_count; i++)
        status = add_header(world, *out, &response->headers[i], err);
    if (status != NF_OK) {
        nf_object_release(*out);
        *out = NULL;
    }
    return status;
}

void nf_call_failed_response(nf_call *call, nf_rest_response *response,
                             bool content)
{
    nf_execution *x = call->execution;

    nf_execution_forget_response(x);
    x->response = nf_alloc(sizeof *x->response);
    if (!x->response) {
        nf_rest_response_dispose(response);
        return;
    }
    *x->response = *response;
    *response = (nf_rest_response){0};
    if (!content)
        nf_buffer_clear(&x->response->body);
}

void nf_execution_forget_response(nf_execution *x)
{
    if (!x->response)
        return;
    nf_rest_response_dispose(x->response);
    nf_free(x->response);
    x->response = NULL;
}

bool nf_execution_show_response(nf_execution *x, nf_frame *frame)
{
    nf_object *object = NULL;
    bool shown = true;

    if (!x->response)
        return true;
    if (frame->program->engine == NF_ENGINE_SERVER && x->world->objects) {
        shown = nf_rest_object(&object, x->world, x->response,
                               x->response->body.length > 0, NULL) == NF_OK;
        if (shown)
            nf_register_put(&frame->registers[NF_SLOT_LATEST_RESPONSE],
                            nf_object_take(object));
    }
    nf_execution_forget_response(x);
    return shown;
}

void nf_call_set_response(nf_call *call, nf_object *response)
{
    nf_register_put(&call->frame->registers[NF_SLOT_LATEST_RESPONSE],
                    nf_object_take(nf_object_retain(response)));
}
