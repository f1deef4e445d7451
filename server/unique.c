/* Unique rules (domain D55, D56): no other row of the entity that declares the
 * rule has the value, and no other object that is committed together. Of those
 * the values that they will have count, not those of their rows. */
#include "server/unit.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- rows ------------------------------------------------------------------
 */

typedef struct unique_search {
    const nf_checked *checked;
    bool found;
    nf_type type;
} unique_search;

static bool value_variable(void *user, const char *name, nf_type *type)
{
    const unique_search *search = user;
    *type = search->type;
    return !strcmp(name, "value");
}

static nf_status see_row(void *user, nf_record *record, nf_error *err)
{
    unique_search *search = user;
    const nf_checked *checked = search->checked;
    (void)err;
    if (record->id != checked->id &&
        !(checked->together && checked->together(checked->user, record->id)))
        search->found = true;
    return NF_OK;
}

/* Looks for others with the value of a rule's member, or asks that ahead. */
static nf_status search_rows(const nf_checked *checked,
                             const nf_entity *declaring,
                             const nf_validation_rule *rule, bool ahead,
                             unique_search *search, nf_error *err)
{
    nf_server *server = checked->server;
    nf_selection selection = {.ids_only = true};
    nf_xpath *xpath = NULL;
    char text[512];
    nf_status status;

    search->type = rule->member->type;
    snprintf(text, sizeof text, "[%s = $value]", rule->member->name);
    status = nf_xpath_compile(&xpath, server->options.model, declaring, text,
                              NF_XPATH_SERVER, value_variable, search, err);
    if (status != NF_OK)
        return status;
    selection.retrieval =
        (nf_retrieval){.entity = declaring,
                       .constraint = xpath,
                       .variables = &checked->values[rule->member->index],
                       .environment = checked->environment,
                       .limit = checked->together ? 0 : 2};
    status = ahead ? nf_record_expect(server->database, &selection, err)
                   : nf_record_query(server->database, &selection, see_row,
                                     search, err);
    nf_xpath_free(xpath);
    return status;
}

static nf_status check_rows(nf_checked *checked, const nf_entity *declaring,
                            const nf_validation_rule *rule, nf_error *err)
{
    unique_search search = {.checked = checked};
    nf_status status;

    if (checked->values[rule->member->index].kind == NF_KIND_EMPTY)
        return NF_OK;
    status = search_rows(checked, declaring, rule, false, &search, err);
    if (status == NF_OK && search.found)
        nf_checked_violated(checked, rule, "OBJ_UNIQUE");
    return status;
}

static bool is_unique(const nf_validation_rule *rule)
{
    return rule->member && rule->kind == NF_RULE_UNIQUE;
}

bool nf_entity_has_unique(const nf_entity *entity)
{
    for (; entity; entity = entity->generalization)
        for (size_t i = 0; i < entity->validation_rule_count; i++)
            if (is_unique(&entity->validation_rules[i]))
                return true;
    return false;
}

nf_status nf_check_unique(nf_checked *checked, nf_error *err)
{
    nf_status status = NF_OK;

    for (const nf_entity *level = checked->entity;
         status == NF_OK && level && !checked->code;
         level = level->generalization) {
        for (size_t i = 0; status == NF_OK && i < level->validation_rule_count;
             i++)
            if (is_unique(&level->validation_rules[i]))
                status = check_rows(checked, level, &level->validation_rules[i],
                                    err);
    }
    return status;
}

/* ---- asked ahead -----------------------------------------------------------
 */

/* Equal Decimals may be written in several ways (nf_record_expect). */
static bool can_expect(const nf_validation_rule *rule,
                       const nf_entry_data *data)
{
    size_t i = rule->member->index;

    return nf_bits_has(data->given, i) && rule->member->attribute &&
           rule->member->attribute->type != NF_ATTRIBUTE_DECIMAL &&
           data->values[i].kind != NF_KIND_EMPTY;
}

nf_status nf_check_expect(nf_unit *unit, const nf_entry *entry,
                          const nf_entry_data *data, nf_error *err)
{
    const nf_checked checked = {.server = unit->server,
                                .environment = &unit->session->environment,
                                .entity = entry->entity,
                                .id = entry->id,
                                .values = data->values};
    nf_status status = NF_OK;

    for (const nf_entity *level = entry->entity; status == NF_OK && level;
         level = level->generalization)
        for (size_t i = 0; status == NF_OK && i < level->validation_rule_count;
             i++) {
            const nf_validation_rule *rule = &level->validation_rules[i];
            unique_search search = {.checked = &checked};

            if (is_unique(rule) && can_expect(rule, data))
                status = search_rows(&checked, level, rule, true, &search, err);
        }
    return status;
}

/* ---- objects that are committed together -----------------------------------
 */

static int by_number(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* A value that an object will have. */
typedef struct owned {
    const nf_value *value;
    int64_t id;
} owned;

/* Of values of one attribute, none empty; 0: equal. */
static int by_value(const void *a, const void *b)
{
    const nf_value *x = ((const owned *)a)->value;
    const nf_value *y = ((const owned *)b)->value;
    nf_decimal p, q;

    if (x->kind != y->kind)
        return by_number(x->kind, y->kind);
    switch (x->kind) {
    case NF_KIND_STRING:
    case NF_KIND_ENUMERATION:
        return strcmp(x->as.string->text, y->as.string->text);
    case NF_KIND_DECIMAL:
        p = nf_value_decimal(x);
        q = nf_value_decimal(y);
        return nf_decimal_compare(&p, &q);
    case NF_KIND_BOOLEAN:
        return by_number(x->as.boolean, y->as.boolean);
    default:
        return by_number(x->as.integer, y->as.integer);
    }
}

/* Whether two of them have one value for the rule of `level`; copies of one
 * object may (D81). */
static bool any_twice(owned *values, nf_object *const *items, size_t count,
                      const nf_entity *level, size_t member)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        if (items[i]->state != NF_OBJECT_DELETED &&
            nf_entity_is(items[i]->entity, level) &&
            items[i]->members[member].kind != NF_KIND_EMPTY)
            values[found++] = (owned){&items[i]->members[member], items[i]->id};
    qsort(values, found, sizeof *values, by_value);
    for (size_t i = 1; i < found; i++)
        if (values[i - 1].id != values[i].id &&
            by_value(&values[i - 1], &values[i]) == 0)
            return true;
    return false;
}

static void check_level(nf_checked *checked, const nf_entity *level,
                        owned *values, nf_object *const *items, size_t count)
{
    for (size_t i = 0; !checked->code && i < level->validation_rule_count;
         i++) {
        const nf_validation_rule *rule = &level->validation_rules[i];

        if (is_unique(rule) &&
            any_twice(values, items, count, level, rule->member->index))
            nf_checked_violated(checked, rule, "OBJ_UNIQUE");
    }
}

/* Whether an object before this one has looked at the level. */
static bool was_checked(nf_object *const *items, size_t index,
                        const nf_entity *level)
{
    return index > 0 && nf_entity_is(items[index - 1]->entity, level);
}

nf_status nf_check_unique_together(nf_checked *checked, nf_object *const *items,
                                   size_t count, nf_error *err)
{
    owned *values = nf_alloc_array(count + 1, sizeof *values);

    nf_buffer_init(&checked->text, 1 << 16);
    checked->code = NULL;
    if (!values)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++)
        for (const nf_entity *level = items[i]->entity;
             level && !was_checked(items, i, level);
             level = level->generalization)
            check_level(checked, level, values, items, count);
    nf_free(values);
    return NF_OK;
}
