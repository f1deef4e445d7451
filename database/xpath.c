/* Compiled constraints: their life, and the compiler's function table. */
#include "database/xpath.h"

#include "database/xpath_tree.h"

#include <stdarg.h>
#include <stdio.h>

nf_status nf_xpath_error(const char *code, const char *text, long position,
                         nf_error *err, const char *format, ...)
{
    char what[256];
    va_list args;

    (void)text;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    nf_error_set(err, NF_FAILED, "xpath_error", "XPath constraint: %s", what);
    nf_error_detail(err, code);
    nf_error_at_position(err, position);
    return NF_FAILED;
}

bool nf_xpath_own(nf_xpath *xpath, nf_value value)
{
    nf_value *grown = nf_grow(xpath->owned, xpath->owned_count,
                              &xpath->owned_capacity, sizeof *grown);

    if (!grown) {
        nf_value_release(&value);
        return false;
    }
    xpath->owned = grown;
    grown[xpath->owned_count++] = value;
    return true;
}

/* Constants may be shared by threads: they are no longer counted. */
static void immortalize(nf_xpath *xpath)
{
    size_t i;

    for (i = 0; i < xpath->owned_count; i++) {
        nf_value *value = &xpath->owned[i];

        if (value->kind == NF_KIND_STRING)
            value->as.string->references = NF_IMMORTAL;
        else if (value->kind == NF_KIND_DECIMAL && value->big)
            nf_bignum_immortalize(value->as.bignum);
    }
}

void nf_xpath_free(nf_xpath *xpath)
{
    size_t i;

    if (!xpath)
        return;
    for (i = 0; i < xpath->owned_count; i++) {
        nf_value *value = &xpath->owned[i];

        if (value->kind == NF_KIND_STRING)
            nf_string_free(value->as.string);
        else if (value->kind == NF_KIND_DECIMAL && value->big)
            nf_bignum_free(value->as.bignum);
        else
            nf_value_release(value);
    }
    nf_free(xpath->owned);
    nf_arena_free(xpath->arena);
    nf_free(xpath);
}

static bool is_blank(const char *text)
{
    return !text || !text[strspn(text, " \t\r\n")];
}

static nf_status new_xpath(nf_xpath **out, const char *text, nf_error *err)
{
    nf_xpath *xpath = nf_alloc(sizeof *xpath);

    *out = NULL;
    if (!xpath)
        return nf_error_nomem(err);
    xpath->arena = nf_arena_new();
    xpath->text = xpath->arena ? nf_arena_strdup(xpath->arena, text) : NULL;
    if (!xpath->text) {
        nf_xpath_free(xpath);
        return nf_error_nomem(err);
    }
    *out = xpath;
    return NF_OK;
}

nf_status nf_xpath_compile(nf_xpath **out, const nf_model *model,
                           const nf_entity *entity, const char *text,
                           nf_xpath_profile profile, nf_xpath_variable variable,
                           void *user, nf_error *err)
{
    nf_error local;
    nf_xpath *xpath;
    nf_status status;

    *out = NULL;
    if (!err) {
        nf_error_clear(&local);
        err = &local;
    }
    if (is_blank(text))
        return NF_OK;
    if (entity->kind != NF_ENTITY_PERSISTABLE)
        return nf_xpath_error("NOT_PERSISTABLE", text, 0, err,
                              "objects of \"%s\" are not stored",
                              entity->qualified);
    status = new_xpath(&xpath, text, err);
    if (status)
        return status;
    xpath->model = model;
    xpath->entity = entity;
    xpath->profile = profile;
    status = nf_xpath_parse(xpath, err);
    if (!status)
        status = nf_xpath_check(xpath, variable, user, err);
    if (status) {
        nf_xpath_free(xpath);
        return status;
    }
    immortalize(xpath);
    *out = xpath;
    return NF_OK;
}

nf_status nf_xpath_parses(const char *text, nf_error *err)
{
    nf_error local;
    nf_xpath *xpath;
    nf_status status;

    if (!err) {
        nf_error_clear(&local);
        err = &local;
    }
    if (is_blank(text))
        return NF_OK;
    status = new_xpath(&xpath, text, err);
    if (status)
        return status;
    status = nf_xpath_parse(xpath, err);
    nf_xpath_free(xpath);
    return status;
}

const char *nf_xpath_text(const nf_xpath *xpath)
{
    return xpath->text;
}

size_t nf_xpath_variable_count(const nf_xpath *xpath)
{
    return xpath ? xpath->variable_count : 0;
}

const char *nf_xpath_variable_name(const nf_xpath *xpath, size_t index)
{
    return xpath->variables[index];
}

const nf_xpath_compiler nf_xpath_sql_compiler = {
    .compile = nf_xpath_compile,
    .free = nf_xpath_free,
    .variable_count = nf_xpath_variable_count,
    .variable_name = nf_xpath_variable_name,
};
