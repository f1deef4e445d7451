/* Compiling an expression: parser, checker, and the final comparison with the
 * type that the place expects (expressions S5, S79; activities F16, V11). */
#include "interpreter/expression.h"

#include "base/text.h"

#include "interpreter/checker.h"
#include "interpreter/parser.h"

#include <stdio.h>
#include <string.h>

bool nf_type_assignable(const nf_type *to, const nf_type *from)
{
    if (to->kind == NF_KIND_UNKNOWN || from->kind == NF_KIND_UNKNOWN)
        return true;
    if (from->kind == NF_KIND_EMPTY)
        return to->kind != NF_KIND_VOID;
    if (to->kind == NF_KIND_DECIMAL && from->kind == NF_KIND_INTEGER)
        return true;
    if (to->kind != from->kind)
        return false;
    switch (to->kind) {
    case NF_KIND_OBJECT:
    case NF_KIND_LIST:
        return !to->entity || !from->entity ||
               nf_entity_is(from->entity, to->entity);
    case NF_KIND_ENUMERATION:
        return !to->enumeration || !from->enumeration ||
               to->enumeration == from->enumeration;
    default:
        return true;
    }
}

const char *nf_type_text(const nf_type *type, char *text, size_t size)
{
    switch (type->kind) {
    case NF_KIND_OBJECT:
    case NF_KIND_LIST:
        snprintf(text, size, "%s%s%s",
                 type->kind == NF_KIND_OBJECT ? "object" : "list",
                 type->entity ? " of " : "",
                 type->entity ? type->entity->qualified : "");
        break;
    case NF_KIND_ENUMERATION:
        snprintf(text, size, "enumeration%s%s", type->enumeration ? " " : "",
                 type->enumeration ? type->enumeration->qualified : "");
        break;
    default:
        snprintf(text, size, "%s", nf_kind_name(type->kind));
        break;
    }
    return text;
}

static nf_status mismatch(const nf_type *expected, const nf_type *found,
                          nf_error *err)
{
    char to[160], from[160];

    nf_error_set(err, NF_FAILED, "type_mismatch",
                 "Expected a value of type %s but the expression gives %s",
                 nf_type_text(expected, to, sizeof to),
                 nf_type_text(found, from, sizeof from));
    nf_error_detail(err, "E-TYPE");
    return NF_FAILED;
}

nf_status nf_expression_compile(nf_expression *out, const nf_scope *scope,
                                nf_arena *arena, const char *text,
                                size_t length, const nf_type *expected,
                                nf_error *err)
{
    nf_checker checker = {.scope = scope, .arena = arena, .err = err};
    nf_expr *root;
    nf_status status;

    *out = (nf_expression){.type = {.kind = NF_KIND_UNKNOWN}};
    status = nf_expression_parse(&root, arena, text, length, err);
    if (status != NF_OK)
        return status;
    out->parsed = true;
    if (!root) {
        out->blank = true;
        return NF_OK;
    }
    checker.environment.engine = scope->engine;
    checker.evaluator.environment = &checker.environment;
    status = nf_check(&checker, &root);
    if (status != NF_OK)
        return status;
    if (expected && !nf_type_assignable(expected, &root->type)) {
        status = mismatch(expected, &root->type, err);
        nf_error_at_position(err, (long)root->position);
        return status;
    }
    out->root = root;
    out->type = root->type;
    return NF_OK;
}

/* "$o/M.A" of the object that a member is read of. */
static void print_path(nf_buffer *out, const nf_expr *node)
{
    if (node->op == NF_EXPR_MEMBER) {
        print_path(out, node->operands[0]);
        nf_buffer_format(out, "/%s", node->as.member.name);
    } else if (node->op == NF_EXPR_VARIABLE) {
        nf_buffer_format(out, "$%s", node->as.variable.name);
    }
}

nf_status nf_expr_member(nf_evaluator *e, nf_value *out, const nf_value *object,
                         const nf_expr *node, nf_error *err)
{
    char memory[200];
    nf_status status;
    nf_buffer path;

    if (e->environment->engine == NF_ENGINE_CLIENT ||
        !nf_operator_is_missing(object))
        return nf_operator_member(e, out, object, node->as.member.member,
                                  node->as.member.name, err);
    *out = nf_empty();
    nf_buffer_init_on(&path, memory, sizeof memory, 1000);
    print_path(&path, node->operands[0]);
    status = nf_expression_error(
        err, "E-OBJECT", "Cannot read member '%s' of empty object %s",
        node->as.member.name, path.failed ? "" : nf_buffer_string(&path));
    nf_buffer_dispose(&path);
    return status;
}
