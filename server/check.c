/* Values and validation rules of uploaded objects (synchronize S38, S45, S46;
 * domain D10 … D15, D55, D56). Both only ever reject the one object. */
#include "interpreter/regex.h"
#include "server/unit.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- values ----------------------------------------------------------------
 */

static bool fits_attribute(const nf_attribute *attribute, const nf_value *value)
{
    switch (attribute->type) {
    case NF_ATTRIBUTE_INTEGER:
        return value->as.integer >= INT32_MIN && value->as.integer <= INT32_MAX;
    case NF_ATTRIBUTE_STRING:
        return attribute->length <= 0 ||
               (int64_t)nf_string_utf16_length(value->as.string) <=
                   attribute->length;
    case NF_ATTRIBUTE_ENUMERATION:
        return attribute->enumeration &&
               nf_enumeration_find(attribute->enumeration,
                                   value->as.string->text);
    default:
        return true;
    }
}

/* The value itself is not told: it stands in the discarded content. */
static void reject_value(nf_unit *unit, nf_entry *entry,
                         const nf_member *member)
{
    const nf_attribute *attribute = member->attribute;

    if (attribute->type == NF_ATTRIBUTE_STRING)
        nf_entry_reject(unit, entry, "OBJ_VALUE",
                        "the text of '%s' is longer than %lld characters",
                        member->name, (long long)attribute->length);
    else if (attribute->type == NF_ATTRIBUTE_ENUMERATION)
        nf_entry_reject(unit, entry, "OBJ_VALUE",
                        "the value of '%s' is no key of its enumeration",
                        member->name);
    else
        nf_entry_reject(unit, entry, "OBJ_VALUE",
                        "the value of '%s' is too large for an Integer",
                        member->name);
}

void nf_check_values(nf_unit *unit, nf_entry *entry, const nf_value *values,
                     const uint64_t *mask)
{
    const nf_entity *entity = entry->entity;

    for (size_t i = 0; i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];
        if (nf_bits_has(mask, i) && member->attribute &&
            values[i].kind != NF_KIND_EMPTY &&
            !fits_attribute(member->attribute, &values[i]))
            reject_value(unit, entry, member);
    }
}

/* D13: at a commit of a flow it is an error on the member. */
void nf_check_lengths(nf_checked *checked, const nf_object *object)
{
    const nf_entity *entity = object->entity;

    for (size_t i = 0; i < entity->member_count; i++) {
        const nf_attribute *attribute = entity->members[i].attribute;

        if (!attribute || attribute->type != NF_ATTRIBUTE_STRING ||
            !nf_object_member_changed(object, i) ||
            object->members[i].kind == NF_KIND_EMPTY ||
            fits_attribute(attribute, &object->members[i]))
            continue;
        checked->code = "OBJ_VALUE";
        nf_buffer_format(&checked->text,
                         "%sthe text of '%s' is longer than %lld characters",
                         checked->text.length > 0 ? "; " : "", attribute->name,
                         (long long)attribute->length);
    }
}

/* ---- rules -----------------------------------------------------------------
 */

static bool is_blank(const nf_value *value)
{
    const nf_string *text;

    if (value->kind == NF_KIND_EMPTY)
        return true;
    if (value->kind != NF_KIND_STRING)
        return false;
    text = value->as.string;
    for (size_t i = 0; i < text->length; i++) {
        if (!isspace((unsigned char)text->text[i]))
            return false;
    }
    return true;
}

/* A literal in invariant notation as a value of the attribute's type. */
static bool parse_literal(nf_value *out, const nf_attribute *attribute,
                          const char *text)
{
    nf_decimal decimal;
    int64_t time;

    *out = nf_empty();
    switch (nf_attribute_kind(attribute)) {
    case NF_KIND_INTEGER:
    case NF_KIND_DECIMAL:
        if (!nf_decimal_parse(&decimal, text, strlen(text), true))
            return false;
        *out = nf_decimal_take(decimal);
        return true;
    case NF_KIND_BOOLEAN:
        *out = nf_boolean(!strcmp(text, "true"));
        return true;
    case NF_KIND_DATETIME: /* as in a constraint (xpath Q76) */
        if (!nf_xpath_parse_date(text, strlen(text), &time))
            return false;
        *out = nf_datetime(time);
        return true;
    default:
        return nf_value_text(out, text, strlen(text));
    }
}

/* Order of two values of one kind, none of which is empty. */
static int compare(const nf_value *a, const nf_value *b)
{
    if (a->kind == NF_KIND_DATETIME && b->kind == NF_KIND_DATETIME)
        return a->as.integer < b->as.integer   ? -1
               : a->as.integer > b->as.integer ? 1
                                               : 0;
    if ((a->kind == NF_KIND_INTEGER || a->kind == NF_KIND_DECIMAL) &&
        (b->kind == NF_KIND_INTEGER || b->kind == NF_KIND_DECIMAL)) {
        nf_decimal x = nf_value_decimal(a), y = nf_value_decimal(b);
        return nf_decimal_compare(&x, &y);
    }
    if ((a->kind == NF_KIND_STRING || a->kind == NF_KIND_ENUMERATION) &&
        (b->kind == NF_KIND_STRING || b->kind == NF_KIND_ENUMERATION))
        return strcmp(a->as.string->text, b->as.string->text);
    if (a->kind == NF_KIND_BOOLEAN && b->kind == NF_KIND_BOOLEAN)
        return (int)a->as.boolean - (int)b->as.boolean;
    return 0;
}

/* The other side of a rule: a literal or another attribute of the object. */
static bool bound_value(nf_value *out, const nf_validation_rule *rule,
                        const nf_entity *entity, const nf_value *values,
                        bool literal, const char *value_key,
                        const char *attribute_key)
{
    const nf_member *other;

    if (literal)
        return parse_literal(out, rule->member->attribute,
                             nf_element_string(rule->info, value_key, ""));
    other = nf_entity_find_member(
        entity, nf_element_string(rule->info, attribute_key, ""));
    *out = other ? nf_value_copy(&values[other->index]) : nf_empty();
    return other != NULL;
}

static bool in_range(const nf_validation_rule *rule, const nf_entity *entity,
                     const nf_value *values, const nf_value *value)
{
    const char *kind = nf_element_string(rule->info, "TypeOfRange", "Between");
    nf_value bound;
    bool ok = true;

    if (strcmp(kind, "SmallerThanOrEqualTo") != 0) {
        if (bound_value(&bound, rule, entity, values,
                        nf_element_bool(rule->info, "UseMinValue", true),
                        "MinValue", "MinAttribute") &&
            bound.kind != NF_KIND_EMPTY)
            ok = compare(value, &bound) >= 0;
        nf_value_release(&bound);
    }
    if (ok && strcmp(kind, "GreaterThanOrEqualTo") != 0) {
        if (bound_value(&bound, rule, entity, values,
                        nf_element_bool(rule->info, "UseMaxValue", true),
                        "MaxValue", "MaxAttribute") &&
            bound.kind != NF_KIND_EMPTY)
            ok = compare(value, &bound) <= 0;
        nf_value_release(&bound);
    }
    return ok;
}

static bool equals_rule(const nf_validation_rule *rule, const nf_entity *entity,
                        const nf_value *values, const nf_value *value)
{
    nf_value other;
    bool ok = bound_value(&other, rule, entity, values,
                          nf_element_bool(rule->info, "UseValue", true),
                          "Value", "EqualsToAttribute") &&
              other.kind != NF_KIND_EMPTY && compare(value, &other) == 0;
    nf_value_release(&other);
    return ok;
}

/* Whole value, in the language of microflows; an expression that does not
 * compile can't be satisfied. */
static bool matches_regex(const nf_checked *checked,
                          const nf_validation_rule *rule, const nf_value *value)
{
    nf_server *server = checked->server;
    const nf_document *document = nf_model_find_document(
        server->options.model, "RegularExpressions$RegularExpression",
        nf_element_string(rule->info, "RegExIdentifier", ""));
    const nf_element *element =
        document ? nf_document_element(document, NULL) : NULL;
    const char *text = nf_element_string(element, "Expression", NULL);
    nf_environment environment = *checked->environment;
    nf_evaluator evaluator = {.environment = &environment,
                              .cache = nf_server_functions(server)};
    nf_string *pattern = NULL;
    nf_regex *regex = NULL;
    nf_error problem = {0};
    bool ok = false;
    nf_status status = NF_OK;

    if (!text || value->kind != NF_KIND_STRING)
        return true;
    environment.engine = NF_ENGINE_SERVER;
    pattern = nf_string_new(text, strlen(text));
    if (!pattern)
        return false;
    status = nf_regex_get(&regex, &evaluator, pattern, true, &problem);
    if (status == NF_OK)
        status = nf_regex_matches(&ok, &evaluator, regex, value->as.string,
                                  &problem);
    if (regex)
        nf_regex_done(&evaluator, regex);
    nf_string_release(pattern);
    if (status != NF_OK)
        nf_server_log(server, "warning",
                      "the regular expression of '%s' can't be used: %s",
                      rule->member->name, problem.message);
    return status == NF_OK && ok;
}

static bool satisfied(const nf_checked *checked, const nf_validation_rule *rule)
{
    const nf_entity *entity = checked->entity;
    const nf_value *values = checked->values;
    const nf_value *value = &values[rule->member->index];

    if (rule->kind == NF_RULE_REQUIRED)
        return !is_blank(value);
    if (value->kind == NF_KIND_EMPTY)
        return true; /* D55: only Required cares */
    switch (rule->kind) {
    case NF_RULE_EQUALS:
        return equals_rule(rule, entity, values, value);
    case NF_RULE_RANGE:
        return in_range(rule, entity, values, value);
    case NF_RULE_REGEX:
        return matches_regex(checked, rule, value);
    case NF_RULE_MAX_LENGTH:
        return value->kind != NF_KIND_STRING ||
               (int64_t)nf_string_utf16_length(value->as.string) <=
                   nf_element_int(rule->info, "MaxLength", INT64_MAX);
    default:
        return true;
    }
}

/* ---- all of them -----------------------------------------------------------
 */

/* One message after the other, as they are told for the whole object. */
void nf_checked_violated(nf_checked *checked, const nf_validation_rule *rule,
                         const char *code)
{
    const char *message =
        nf_model_text(checked->server->options.model, rule->message,
                      checked->environment->language);

    checked->code = code;
    if (checked->text.length > 0)
        nf_buffer_text(&checked->text, "; ");
    if (message && *message)
        nf_buffer_text(&checked->text, message);
    else
        nf_buffer_format(&checked->text,
                         rule->kind == NF_RULE_UNIQUE
                             ? "another object has the same '%s'"
                             : "'%s' does not satisfy its validation rule",
                         rule->member->name);
}

nf_status nf_check_object(nf_checked *checked, nf_error *err)
{
    const nf_entity *entity = checked->entity;

    nf_buffer_init(&checked->text, 1 << 16);
    checked->code = NULL;
    for (const nf_entity *level = entity; level;
         level = level->generalization) {
        for (size_t i = 0; i < level->validation_rule_count; i++) {
            const nf_validation_rule *rule = &level->validation_rules[i];
            if (rule->member && !satisfied(checked, rule))
                nf_checked_violated(checked, rule, "OBJ_VALIDATION");
        }
    }
    return checked->code ? NF_OK : nf_check_unique(checked, err);
}

const char *nf_checked_text(const nf_checked *checked)
{
    return checked->text.failed ? "a validation rule is violated"
                                : nf_buffer_string(&checked->text);
}

nf_status nf_check_rules(nf_unit *unit, nf_entry *entry, const nf_value *values,
                         nf_error *err)
{
    nf_checked checked = {.server = unit->server,
                          .environment = &unit->session->environment,
                          .entity = entry->entity,
                          .id = entry->id,
                          .values = values};
    nf_status status = nf_check_object(&checked, err);

    if (status == NF_OK && checked.code)
        nf_entry_reject(unit, entry, checked.code, "%s",
                        nf_checked_text(&checked));
    nf_buffer_dispose(&checked.text);
    return status;
}
