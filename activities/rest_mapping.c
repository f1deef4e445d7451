/* See rest_mapping.h. */
#include "activities/rest_mapping.h"

#include "activities/host_call.h"
#include "activities/outside.h"

static bool bind_mapping(nf_binder *binder, nf_rest_mapping *out,
                         const char *type, const char *mapping,
                         const char *variable)
{
    out->variable.slot = -1;
    out->name = nf_arena_format(nf_bind_arena(binder), "%s%s%s", type,
                                *mapping ? " " : "", mapping);
    if (*variable)
        out->variable = nf_bind_variable(binder, variable, NF_KIND_UNKNOWN);
    if (out->name)
        nf_outside_warn(binder, out->name);
    return out->name != NULL;
}

bool nf_rest_bind_export(nf_binder *binder, nf_rest_mapping *out,
                         const nf_element *handling)
{
    return bind_mapping(binder, out, "ExportXml",
                        nf_element_string(handling, "MappingId", ""),
                        nf_element_string(handling, "MappingVariableName", ""));
}

bool nf_rest_bind_import(nf_binder *binder, nf_rest_mapping *out,
                         const nf_element *mapping)
{
    return bind_mapping(
        binder, out, "ImportXml",
        nf_element_string(mapping, "ReturnValueMapping", ""),
        nf_element_string(mapping, "ParameterVariableName", ""));
}

static nf_status variable_of(nf_call *call, const nf_rest_mapping *mapping,
                             nf_value *out, nf_error *err)
{
    const nf_value *value;
    nf_status status;

    *out = nf_empty();
    if (mapping->variable.slot < 0)
        return NF_OK;
    status = nf_call_require(call, &mapping->variable, &value, err);
    if (status == NF_OK)
        *out = nf_value_copy(value);
    return status;
}

nf_status nf_rest_export(nf_call *call, const nf_rest_mapping *mapping,
                         nf_string **out, nf_error *err)
{
    static const nf_parameter parameter = {
        .name = "Object", .qualified = "Object", .special = ""};
    nf_value object, text = nf_empty();
    nf_status status = variable_of(call, mapping, &object, err);

    *out = NULL;
    if (status == NF_OK)
        status = nf_host_ask(call, mapping->name, &parameter, &object, 1, &text,
                             err);
    nf_value_release(&object);
    if (status == NF_OK && text.kind == NF_KIND_STRING) {
        *out = text.as.string;
        return NF_OK;
    }
    nf_value_release(&text);
    return status == NF_OK
               ? nf_error_set(err, NF_FAILED, "type_mismatch",
                              "\"%s\" gives no String", mapping->name)
               : status;
}

nf_status nf_rest_import(nf_call *call, const nf_rest_mapping *mapping,
                         const nf_buffer *body, nf_value *out, nf_error *err)
{
    static const nf_parameter parameters[] = {
        {.name = "Document",
         .qualified = "Document",
         .type = {.kind = NF_KIND_STRING},
         .special = ""},
        {.name = "Parameter", .qualified = "Parameter", .special = ""}};
    nf_value arguments[2] = {nf_empty(), nf_empty()};
    nf_status status = NF_OK;

    *out = nf_empty();
    if (!nf_utf8_valid(body->data, body->length))
        return nf_error_set(err, NF_FAILED, "expression_error",
                            "The response is no text in UTF-8");
    if (!nf_value_text(&arguments[0], body->data, body->length))
        return nf_error_nomem(err);
    status = variable_of(call, mapping, &arguments[1], err);
    if (status == NF_OK)
        status = nf_host_ask(call, mapping->name, parameters, arguments,
                             mapping->variable.slot < 0 ? 1 : 2, out, err);
    nf_value_release(&arguments[0]);
    nf_value_release(&arguments[1]);
    return status;
}
