/* Statements that are one activity each (E14); see test_parser.h. */
#include "testing/parser.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *const no_words[] = {NULL}, *const on_error[] = {"on", NULL};

/* ---- types --------------------------------------------------------------- */

static nf_made *type_of(test_parser *p, const char *name, const char *at)
{
    static const struct {
        const char *word, *type;
    } types[] = {
        {"String", "DataTypes$StringType"},
        {"Boolean", "DataTypes$BooleanType"},
        {"Integer", "DataTypes$IntegerType"},
        {"Long", "DataTypes$IntegerType"},
        {"Decimal", "DataTypes$DecimalType"},
        {"DateTime", "DataTypes$DateTimeType"},
        {"Date", "DataTypes$DateTimeType"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcasecmp(types[i].word, name) == 0)
            return test_make(p, types[i].type, at);
    bool enumeration =
        nf_model_find_enumeration(p->source->model, name) != NULL;
    if (!enumeration && !nf_model_find_entity(p->source->model, name))
        return NULL;
    nf_made *type = test_make(
        p, enumeration ? "DataTypes$EnumerationType" : "DataTypes$ObjectType",
        at);
    nf_make_text(type, enumeration ? "Enumeration" : "Entity", name);
    return type;
}

/* `list of M.E [= empty]`. */
static nf_status declare_list(test_parser *p, const char *variable,
                              const char *at)
{
    const char *entity = test_name(p);
    if (!entity || !nf_model_find_entity(p->source->model, entity))
        return test_malformed(p, at, "there is no entity \"%s\"",
                              entity ? entity : "");
    nf_made *action = test_make(p, "Microflows$CreateListAction", at);
    nf_make_text(action, "Entity", entity);
    nf_make_text(action, "VariableName", variable);
    if (test_take(p, "=") && !test_take(p, "empty"))
        return test_malformed(p, p->at, "a new list is empty");
    return test_end_action(p, action, at);
}

/* String(200), enum M.E, Enumeration(M.E), or a name. */
static const char *take_type(test_parser *p)
{
    const char *start = p->at;
    if (test_take(p, "enum"))
        return test_name(p);
    if (test_take(p, "enumeration") && test_take(p, "(")) {
        const char *name = test_name(p);
        return test_take(p, ")") ? name : NULL;
    }
    p->at = start;
    const char *name = test_name(p);
    if (name && test_take(p, "(")) {
        test_name(p);
        if (!test_take(p, ")"))
            return NULL;
    }
    return name;
}

nf_status test_declare(test_parser *p, const char *at)
{
    const char *variable, *value = "empty";
    nf_status status = test_variable(p, &variable);
    if (status != NF_OK)
        return status;
    if (test_take(p, "list")) {
        status = test_expect(p, "of");
        return status == NF_OK ? declare_list(p, variable, at) : status;
    }
    const char *name = take_type(p);
    nf_made *type = name ? type_of(p, name, at) : NULL;
    if (!type)
        return test_malformed(p, at, "\"%s\" is no type of a variable",
                              name ? name : "");
    bool boolean = strcmp(type->element.type, "DataTypes$BooleanType") == 0;
    if (boolean)
        value = "false"; /* a Boolean is never empty */
    if (test_take(p, "="))
        status = test_expression(p, &value, ";", on_error);
    nf_made *action = test_make(p, "Microflows$CreateVariableAction", at);
    nf_make_text(action, "VariableName", variable);
    nf_make_part(action, "VariableType", type);
    nf_make_text(action, "InitialValue", value);
    return status == NF_OK ? test_end_action(p, action, at) : status;
}

/* ---- objects ------------------------------------------------------------- */

static nf_made *change_item(test_parser *p, const char *name, const char *value,
                            const char *at)
{
    nf_made *item = test_make(p, "Microflows$ChangeActionItem", at);
    nf_make_text(item, strchr(name, '.') ? "Association" : "Attribute", name);
    nf_make_text(item, "Type", "Set");
    nf_make_text(item, "Value", value);
    return item;
}

/* `(Attr = expr, M.Assoc = expr)`, which may be left out. */
static nf_status take_members(test_parser *p, nf_made_list *items)
{
    nf_status status = NF_OK;
    if (!test_take(p, "(") || test_take(p, ")"))
        return NF_OK;
    do {
        const char *value, *at = p->at, *name = test_name(p);
        if (!name)
            return test_malformed(p, at, "expected a member");
        status = test_expect(p, "=");
        if (status == NF_OK)
            status = test_expression(p, &value, ",)", no_words);
        if (status != NF_OK)
            return status;
        if (!nf_make_item(p->arena, items, change_item(p, name, value, at)))
            return nf_error_nomem(p->err);
    } while (test_take(p, ","));
    return test_expect(p, ")");
}

/* `[commit [without events]] [refresh]` behind the members. */
static void take_commit(test_parser *p, nf_made *action)
{
    bool commit = test_take(p, "commit");
    bool quietly = commit && test_take(p, "without") && test_take(p, "events");
    nf_make_text(action, "Commit",
                 quietly  ? "YesWithoutEvents"
                 : commit ? "Yes"
                          : "No");
    nf_make_bool(action, "RefreshInClient", test_take(p, "refresh"));
}

static nf_status create(test_parser *p, const char *output, const char *at)
{
    nf_made_list items = {0};
    if (test_take(p, "list")) {
        nf_status status = test_expect(p, "of");
        return status == NF_OK ? declare_list(p, output, at) : status;
    }
    const char *entity = test_name(p);
    if (!entity)
        return test_malformed(p, p->at, "expected an entity");
    nf_status status = take_members(p, &items);
    if (status != NF_OK)
        return status;
    nf_made *action = test_make(p, "Microflows$CreateChangeAction", at);
    nf_make_text(action, "Entity", entity);
    nf_make_text(action, "VariableName", output);
    nf_make_list(action, "Items", &items);
    take_commit(p, action);
    return test_end_action(p, action, at);
}

nf_status test_create(test_parser *p, const char *at)
{
    const char *unseen = nf_arena_format(p->arena, "_made_%u", ++p->made);
    return unseen ? create(p, unseen, at) : nf_error_nomem(p->err);
}

nf_status test_change(test_parser *p, const char *at)
{
    nf_made_list items = {0};
    const char *variable;
    nf_status status = test_variable(p, &variable);
    if (status == NF_OK)
        status = take_members(p, &items);
    if (status != NF_OK)
        return status;
    nf_made *action = test_make(p, "Microflows$ChangeAction", at);
    nf_make_text(action, "ChangeVariableName", variable);
    nf_make_list(action, "Items", &items);
    take_commit(p, action);
    return test_end_action(p, action, at);
}

nf_status test_objects(test_parser *p, const char *type, const char *property,
                       const char *at)
{
    const char *variable;
    nf_status status = test_variable(p, &variable);
    if (status != NF_OK)
        return status;
    nf_made *action = test_make(p, type, at);
    nf_make_text(action, property, variable);
    bool commit = strcmp(type, "Microflows$CommitAction") == 0;
    if (commit) {
        bool with = test_take(p, "with");
        nf_make_bool(action, "WithEvents", with || !test_take(p, "without"));
        if (with)
            status = test_expect(p, "events");
        else
            test_take(p, "events");
    }
    nf_make_bool(action, "RefreshInClient", test_take(p, "refresh"));
    return status == NF_OK ? test_end_action(p, action, at) : status;
}

nf_status test_list_change(test_parser *p, const char *type, const char *at)
{
    static const char *const to[] = {"to", NULL}, *const from[] = {"from",
                                                                   NULL};
    bool add = strcmp(type, "Add") == 0;
    const char *value, *list;
    nf_status status = test_expression(p, &value, ";", add ? to : from);
    if (status == NF_OK)
        status = test_expect(p, add ? "to" : "from");
    if (status == NF_OK)
        status = test_variable(p, &list);
    if (status != NF_OK)
        return status;
    nf_made *action = test_make(p, "Microflows$ChangeListAction", at);
    nf_make_text(action, "Type", type);
    nf_make_text(action, "ChangeVariableName", list);
    nf_make_text(action, "Value", value);
    return test_end_action(p, action, at);
}

/* ---- retrieve ------------------------------------------------------------ */

nf_status test_sorting(test_parser *p, nf_made *whole, const char *property,
                       const char *at)
{
    nf_made_list sortings = {0};
    do {
        const char *name = test_name(p);
        if (!name)
            return test_malformed(p, p->at, "expected an attribute");
        bool down = test_take(p, "desc") || test_take(p, "descending");
        if (!down && !test_take(p, "asc"))
            test_take(p, "ascending");
        nf_made *reference = test_make(p, "DomainModels$AttributeRef", at);
        nf_made *sorting = test_make(p, "Microflows$RetrieveSorting", at);
        nf_make_text(reference, "Attribute", name);
        nf_make_part(sorting, "AttributeRef", reference);
        nf_make_text(sorting, "SortOrder", down ? "Descending" : "Ascending");
        if (!nf_make_item(p->arena, &sortings, sorting))
            return nf_error_nomem(p->err);
    } while (test_take(p, ","));
    nf_made *list = test_make(p, "Microflows$SortingsList", at);
    nf_make_list(list, "Sortings", &sortings);
    nf_make_part(whole, property, list);
    return NF_OK;
}

static nf_status take_sorting(test_parser *p, nf_made *source, const char *at)
{
    if (!test_take(p, "sort"))
        return NF_OK;
    nf_status status = test_expect(p, "by");
    return status == NF_OK ? test_sorting(p, source, "NewSortings", at)
                           : status;
}

static nf_status take_range(test_parser *p, nf_made *source, const char *at)
{
    static const char *const stops[] = {"offset", "on", NULL};
    const char *limit = "", *offset = "";
    bool first = test_take(p, "first"),
         limited = !first && test_take(p, "limit");
    if (limited && test_take(p, "first"))
        first = true;
    nf_status status =
        first || !limited ? NF_OK : test_expression(p, &limit, ";", stops);
    if (status == NF_OK && !first && test_take(p, "offset"))
        status = test_expression(p, &offset, ";", on_error);
    if (status != NF_OK || !(first || *limit || *offset))
        return status;
    first = first ||
            (p->source->language == 0 && !*offset && strcmp(limit, "1") == 0);
    nf_made *range = test_make(
        p, first ? "Microflows$ConstantRange" : "Microflows$CustomRange", at);
    if (first)
        nf_make_bool(range, "SingleObject", true);
    else
        nf_make_text(range, "LimitExpression", limit);
    if (!first)
        nf_make_text(range, "OffsetExpression", offset);
    nf_make_part(source, "Range", range);
    return NF_OK;
}

static nf_status from_database(test_parser *p, nf_made *source,
                               const char *entity, const char *at)
{
    static const char *const stops[] = {"sort",   "limit", "first",
                                        "offset", "on",    NULL};
    const char *constraint = "";
    nf_status status = NF_OK;
    nf_make_text(source, "Entity", entity);
    if (test_take(p, "where"))
        status = test_expression(p, &constraint, ";", stops);
    if (status == NF_OK && *constraint && *constraint != '[')
        constraint = nf_arena_format(p->arena, "[%s]", constraint);
    nf_make_text(source, "XpathConstraint", constraint);
    if (status == NF_OK)
        status = take_sorting(p, source, at);
    return status == NF_OK ? take_range(p, source, at) : status;
}

nf_status test_retrieve(test_parser *p, const char *at)
{
    const char *output, *start = NULL;
    nf_made *source;
    nf_status status = test_variable(p, &output);
    if (status == NF_OK)
        status = test_expect(p, "from");
    if (status != NF_OK)
        return status;
    if (test_peek(p, "$"))
        status = test_variable(p, &start);
    if (status == NF_OK && start)
        status = test_expect(p, "/");
    const char *name = status == NF_OK ? test_name(p) : NULL;
    if (!name)
        return status == NF_OK
                   ? test_malformed(p, p->at, "expected what to retrieve")
                   : status;
    source = test_make(p,
                       start ? "Microflows$AssociationRetrieveSource"
                             : "Microflows$DatabaseRetrieveSource",
                       at);
    if (start) {
        nf_make_text(source, "StartVariableName", start);
        nf_make_text(source, "AssociationId", name);
    } else {
        status = from_database(p, source, name, at);
    }
    if (status != NF_OK)
        return status;
    nf_made *action = test_make(p, "Microflows$RetrieveAction", at);
    nf_make_text(action, "ResultVariableName", output);
    nf_make_part(action, "RetrieveSource", source);
    return test_end_action(p, action, at);
}

/* ---- assignments --------------------------------------------------------- */

/* `$o/Member = E`. */
static nf_status set_member(test_parser *p, const char *variable,
                            const char *at)
{
    nf_made_list items = {0};
    const char *member = test_name(p), *value;
    if (!member)
        return test_malformed(p, p->at, "expected a member");
    nf_status status = test_expect(p, "=");
    if (status == NF_OK)
        status = test_expression(p, &value, ";", on_error);
    if (status != NF_OK)
        return status;
    if (!nf_make_item(p->arena, &items, change_item(p, member, value, at)))
        return nf_error_nomem(p->err);
    nf_made *action = test_make(p, "Microflows$ChangeAction", at);
    nf_make_text(action, "ChangeVariableName", variable);
    nf_make_list(action, "Items", &items);
    return test_end_action(p, action, at);
}

nf_status test_set(test_parser *p, const char *at)
{
    const char *variable;
    nf_status status = test_variable(p, &variable);
    if (status == NF_OK && test_take(p, "/"))
        return set_member(p, variable, at);
    if (status == NF_OK)
        status = test_expect(p, "=");
    return status == NF_OK ? test_assign(p, variable, NULL, at) : status;
}

nf_status test_assignment(test_parser *p, const char *at)
{
    const char *variable;
    bool taken;
    nf_status status = test_variable(p, &variable);
    if (status == NF_OK && test_take(p, "/"))
        return set_member(p, variable, at);
    if (status == NF_OK)
        status = test_expect(p, "=");
    if (status != NF_OK)
        return status;
    if (test_take(p, "create"))
        return create(p, variable, at);
    if (test_take(p, "call"))
        return test_call(p, variable, at);
    status = test_operation(p, variable, at, &taken);
    return taken || status != NF_OK ? status
                                    : test_assign(p, variable, NULL, at);
}
