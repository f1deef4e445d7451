/* Functions of values of any kind: keys and captions of enumerations, toString,
 * not, and what objects say of their state (expressions §9). */
#include "interpreter/functions_all.h"

#include "base/text.h"
#include "interpreter/dates.h"
#include "interpreter/numbers.h"

#include <string.h>

nf_status nf_call_get_key(nf_evaluator *e, nf_value *out, const nf_value *a,
                          int count, const nf_call_site *site, nf_error *err)
{
    (void)e, (void)count, (void)site;
    if (a[0].kind == NF_KIND_EMPTY)
        return nf_result_text(out, "", 0, err);
    *out = nf_string_take(nf_string_retain(a[0].as.string));
    return NF_OK;
}

/* The caption that bindings gave a value, which no model translates. */
static const char *bound_caption(const nf_enumeration_value *value)
{
    return nf_element_is(value->caption, NF_BOUND_CAPTION)
               ? nf_element_string(value->caption, "Text", "")
               : NULL;
}

nf_status nf_call_get_caption(nf_evaluator *e, nf_value *out, const nf_value *a,
                              int count, const nf_call_site *site,
                              nf_error *err)
{
    const nf_enumeration *enumeration = site->enumeration;
    size_t i;

    (void)count;
    if (a[0].kind == NF_KIND_EMPTY)
        return nf_result_text(out, "", 0, err);
    for (i = 0; enumeration && i < enumeration->count; i++) {
        const nf_enumeration_value *value = &enumeration->values[i];
        const char *caption;

        if (strcmp(value->name, a[0].as.string->text) != 0)
            continue;
        caption = bound_caption(value);
        if (!caption && e->environment->model && value->caption)
            caption = nf_model_text(e->environment->model, value->caption,
                                    e->environment->language);
        if (caption && *caption)
            return nf_result_text(out, caption, strlen(caption), err);
        break;
    }
    /* Without a caption the key is all there is. */
    *out = nf_string_take(nf_string_retain(a[0].as.string));
    return NF_OK;
}

static void print_value(nf_evaluator *e, nf_buffer *buffer, const nf_value *v,
                        nf_status *status, nf_error *err)
{
    nf_engine engine = e->environment->engine;
    nf_decimal decimal;

    switch (v->kind) {
    case NF_KIND_BOOLEAN:
        nf_buffer_text(buffer, v->as.boolean ? "true" : "false");
        break;
    case NF_KIND_INTEGER:
        nf_buffer_integer(buffer, v->as.integer, 0);
        break;
    case NF_KIND_DECIMAL:
        decimal = nf_value_decimal(v);
        nf_decimal_text(buffer, engine, &decimal);
        break;
    case NF_KIND_DATETIME:
        *status =
            nf_date_format_short(e, buffer, v->as.integer, false, NF_STYLE_BOTH,
                                 engine == NF_ENGINE_CLIENT, err);
        break;
    default:
        break;
    }
}

nf_status nf_operator_to_text(nf_evaluator *e, nf_string **out,
                              const nf_value *value, nf_error *err)
{
    nf_status status = NF_OK;
    char memory[NF_SHORT_TEXT];
    nf_buffer buffer;

    *out = NULL;
    if (value->kind == NF_KIND_STRING) {
        *out = nf_string_retain(value->as.string);
        return NF_OK;
    }
    if (value->kind == NF_KIND_ENUMERATION) {
        *out = nf_string_new(value->as.string->text, value->as.string->length);
        return *out ? NF_OK : nf_error_nomem(err);
    }
    if (value->kind == NF_KIND_OBJECT || value->kind == NF_KIND_LIST ||
        value->kind == NF_KIND_BINARY)
        return nf_expression_error(err, "E-TYPE",
                                   "toString() does not take a value of type "
                                   "%s",
                                   nf_kind_name((nf_kind)value->kind));
    nf_result_init(&buffer, e, memory);
    print_value(e, &buffer, value, &status, err);
    if (status == NF_OK) {
        const char *text = nf_buffer_string(&buffer);

        *out = text ? nf_string_new(text, buffer.length) : NULL;
        if (!*out)
            status = nf_error_nomem(err);
    }
    nf_buffer_dispose(&buffer);
    return status;
}

static void print_argument(nf_evaluator *e, nf_buffer *text,
                           const nf_value *value)
{
    nf_string *printed;

    if (value->kind == NF_KIND_OBJECT || value->kind == NF_KIND_LIST ||
        nf_operator_to_text(e, &printed, value, NULL) != NF_OK)
        return;
    nf_buffer_add(text, printed->text,
                  printed->length > 40 ? nf_utf8_cut(printed->text, 40)
                                       : printed->length);
    nf_string_release(printed);
}

nf_status nf_function_refuse(nf_evaluator *e, const char *code,
                             const nf_value *arguments, int count,
                             const nf_call_site *site, nf_error *err)
{
    const char *name = site->function->name;
    nf_status status;
    nf_buffer text;
    int i;

    nf_buffer_init(&text, NF_ERROR_MESSAGE_SIZE);
    for (i = 0; i < count; i++) {
        if (i > 0)
            nf_buffer_text(&text, ", ");
        print_argument(e, &text, &arguments[i]);
    }
    status = nf_expression_error(
        err, code, "Operator %s not supported in expression %s(%s)", name, name,
        text.failed ? "" : nf_buffer_string(&text));
    nf_buffer_dispose(&text);
    return status;
}

nf_status nf_call_to_string(nf_evaluator *e, nf_value *out, const nf_value *a,
                            int count, const nf_call_site *site, nf_error *err)
{
    nf_string *text;
    nf_status status = nf_operator_to_text(e, &text, &a[0], err);

    (void)count, (void)site;
    if (status == NF_OK)
        *out = nf_string_take(text);
    return status;
}

nf_status nf_call_not(nf_evaluator *e, nf_value *out, const nf_value *a,
                      int count, const nf_call_site *site, nf_error *err)
{
    bool condition;
    nf_status status = nf_operator_condition(&condition, &a[0], err);

    (void)e, (void)count, (void)site;
    if (status == NF_OK)
        *out = nf_boolean(!condition);
    return status;
}

nf_status nf_call_state(nf_evaluator *e, nf_value *out, const nf_value *a,
                        int count, const nf_call_site *site, nf_error *err)
{
    const nf_environment *environment = e->environment;

    switch (site->function->variant) {
    case NF_IS_SYNCING:
        *out = nf_boolean(environment->is_syncing &&
                          environment->is_syncing(environment->user));
        return NF_OK;
    case NF_IS_SYNCED:
        if (a[0].kind == NF_KIND_EMPTY)
            return nf_function_refuse(e, "E-EMPTY", a, count, site, err);
        *out = nf_boolean(
            !environment->is_synced ||
            environment->is_synced(environment->user, a[0].as.object));
        return NF_OK;
    default:
        if (a[0].kind == NF_KIND_EMPTY)
            return nf_function_refuse(e, "E-EMPTY", a, count, site, err);
        *out = nf_boolean(a[0].as.object->state == NF_OBJECT_NEW);
        return NF_OK;
    }
}
