/* The values of what is the same for every row of a query: literals, tokens,
 * variables and their members (xpath §7, §8). */
#include "database/xpath_tree.h"

#include <stdio.h>

static bool role_id(const nf_sql_scope *scope, const char *name, int64_t *out)
{
    const nf_environment *environment = scope->environment;
    nf_database *database = scope->database;
    const char *table;
    nf_statement *statement;
    char sql[512];
    bool row;

    *out = 0;
    if (environment && environment->user_role)
        *out = environment->user_role(environment->user, name);
    table = nf_database_table(
        database, nf_model_find_entity(database->model, "System.UserRole"));
    if (*out || !table)
        return true;
    snprintf(sql, sizeof sql, "SELECT id FROM %s WHERE \"Name\" = ?", table);
    statement = nf_database_statement(database, sql, scope->err);
    if (!statement)
        return false;
    nf_bind_text(statement, 1, name);
    if (nf_database_step(database, statement, &row, scope->err) == NF_OK && row)
        *out = nf_column_int(statement, 0);
    nf_database_done(database, statement);
    return !nf_error_is_set(scope->err);
}

static bool token_value(const nf_sql_scope *scope, const nf_xnode *node,
                        nf_value *out)
{
    int64_t id = 0;

    switch (node->token) {
    case NF_XT_USER:
        id = scope->environment ? scope->environment->user_id : 0;
        break;
    case NF_XT_OBJECT:
        id = scope->current_object;
        if (!id) {
            nf_xpath_error("TYPE", "", node->position, scope->err,
                           "there is no object for \"[%%CurrentObject%%]\" "
                           "here");
            return false;
        }
        break;
    case NF_XT_ROLE:
        if (!role_id(scope, node->role, &id))
            return false;
        break;
    default:
        *out = nf_datetime(
            nf_xpath_token_time(node, scope->environment, scope->now));
        return true;
    }
    *out = id ? nf_id_value(id) : nf_empty();
    return true;
}

/* An object as its id. */
static void object_to_id(nf_value *value)
{
    int64_t id;

    if (value->kind != NF_KIND_OBJECT)
        return;
    id = value->as.object->id;
    if (value->as.object->removed)
        nf_value_release(value);
    else {
        nf_value_release(value);
        *value = nf_id_value(id);
    }
}

static bool variable_value(const nf_sql_scope *scope, const nf_value *variables,
                           const nf_xnode *node, nf_value *out)
{
    const nf_value *value = variables ? &variables[node->variable_index] : NULL;
    const nf_member *member;
    nf_object *object;

    if (!value || value->kind == NF_KIND_EMPTY)
        return true;
    if (value->kind != NF_KIND_OBJECT || !node->member_name) {
        *out = nf_value_copy(value);
        object_to_id(out);
        return true;
    }
    object = value->as.object;
    if (object->removed)
        return true;
    if (!strcmp(node->member_name, "id") || !strcmp(node->member_name, "ID")) {
        *out = nf_id_value(object->id);
        return true;
    }
    member = nf_entity_find_member(object->entity, node->member_name);
    if (!member) {
        nf_xpath_error("UNKNOWN_MEMBER", "", node->position, scope->err,
                       "the object has no member \"%s\"", node->member_name);
        return false;
    }
    if (nf_object_get(out, object, member, scope->err) != NF_OK)
        return false;
    object_to_id(out);
    return true;
}

bool nf_xpath_is_constant(const nf_xnode *node)
{
    return node->kind == NF_X_VARIABLE || node->kind == NF_X_TOKEN ||
           node->kind == NF_X_LITERAL;
}

bool nf_xpath_constant(const nf_sql_scope *scope, const nf_value *variables,
                       const nf_xnode *node, nf_value *out)
{
    *out = nf_empty();
    switch (node->kind) {
    case NF_X_LITERAL:
        *out = nf_value_copy(&node->value);
        return true;
    case NF_X_TOKEN:
        return token_value(scope, node, out);
    case NF_X_VARIABLE:
        return variable_value(scope, variables, node, out);
    default:
        return true;
    }
}
