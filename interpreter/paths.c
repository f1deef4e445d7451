/* Members, constants and tokens at run time (expressions §7, §8). */
#include "interpreter/operators.h"

#include "interpreter/bindings.h"
#include "interpreter/dates.h"

#include <string.h>

/* ---- members ------------------------------------------------------------ */

static const nf_member *member_of(const nf_object *object,
                                  const nf_member *member, const char *name)
{
    const nf_entity *entity = object->entity;
    size_t i;

    if (member) {
        /* A path may name a specialization (S45): the object need not be of
         * it. Members of one entity keep their index below it. */
        if (member->index < entity->member_count &&
            entity->members[member->index].attribute == member->attribute &&
            entity->members[member->index].association == member->association)
            return &entity->members[member->index];
        name = member->name;
    }
    for (i = 0; i < entity->member_count; i++)
        if (!strcmp(entity->members[i].name, name))
            return &entity->members[i];
    return NULL;
}

/* S26: the instant whose local fields are the stored UTC fields. */
static int64_t shown_date(const nf_environment *environment, int64_t stored)
{
    return nf_timezone_to_utc(environment->zone, stored);
}

int64_t nf_operator_store_date(const nf_environment *environment,
                               const nf_attribute *attribute, int64_t value)
{
    if (environment->engine != NF_ENGINE_CLIENT || attribute->localize ||
        attribute->type != NF_ATTRIBUTE_DATETIME)
        return value;
    return value + nf_timezone_offset(environment->zone, value, NULL);
}

static nf_status convert_attribute(nf_evaluator *e, nf_value *value,
                                   const nf_attribute *attribute, nf_error *err)
{
    const nf_environment *environment = e->environment;

    if (environment->engine != NF_ENGINE_CLIENT)
        return NF_OK;
    if (value->kind == NF_KIND_DATETIME && !attribute->localize &&
        !attribute->system)
        value->as.integer = shown_date(environment, value->as.integer);
    if (value->kind == NF_KIND_EMPTY && !environment->new_string_behavior &&
        attribute->type == NF_ATTRIBUTE_STRING && !nf_value_text(value, "", 0))
        return nf_error_nomem(err);
    return NF_OK;
}

nf_status nf_operator_member(nf_evaluator *e, nf_value *out,
                             const nf_value *object, const nf_member *member,
                             const char *name, nf_error *err)
{
    nf_status status;

    *out = nf_empty();
    if (nf_operator_is_missing(object)) {
        if (e->environment->engine == NF_ENGINE_CLIENT)
            return NF_OK;
        return nf_expression_error(err, "E-OBJECT",
                                   "Cannot read member '%s' of empty object",
                                   member ? member->name : name);
    }
    if (object->kind != NF_KIND_OBJECT)
        return nf_expression_error(err, "E-TYPE",
                                   "Cannot read a member of a value of type %s",
                                   nf_kind_name((nf_kind)object->kind));
    member = member_of(object->as.object, member, member ? member->name : name);
    if (!member)
        return name ? nf_expression_error(err, "E-NAME",
                                          "Unknown member '%s' of %s", name,
                                          object->as.object->entity->qualified)
                    : NF_OK;
    status = nf_object_get(out, object->as.object, member, err);
    if (status == NF_OK && e->restrict_member)
        status =
            e->restrict_member(e->user, out, object->as.object, member, err);
    if (status == NF_OK && member->attribute)
        status = convert_attribute(e, out, member->attribute, err);
    return status;
}

/* ---- constants ---------------------------------------------------------- */

static bool decimal_from_text(nf_value *out, const char *text, size_t length)
{
    nf_decimal decimal;

    if (!nf_decimal_parse(&decimal, text, length, true))
        return false;
    *out = nf_decimal_take(decimal);
    return true;
}

static bool integer_from_text(nf_value *out, const char *text, size_t length)
{
    nf_decimal decimal;
    int64_t integer;
    bool ok = nf_decimal_parse(&decimal, text, length, false) &&
              !memchr(text, '.', length) &&
              nf_decimal_to_int(&integer, &decimal);

    nf_decimal_release(&decimal);
    if (ok)
        *out = nf_integer(integer);
    return ok;
}

bool nf_value_from_text(nf_value *out, nf_type type, const char *text,
                        size_t length)
{
    int64_t instant;

    *out = nf_empty();
    switch (type.kind) {
    case NF_KIND_STRING:
        return nf_value_text(out, text, length);
    case NF_KIND_ENUMERATION:
        if (!nf_value_text(out, text, length))
            return false;
        out->kind = NF_KIND_ENUMERATION;
        return true;
    case NF_KIND_INTEGER:
        return integer_from_text(out, text, length);
    case NF_KIND_DECIMAL:
        return decimal_from_text(out, text, length);
    case NF_KIND_BOOLEAN:
        *out = nf_boolean(length == 4);
        return (length == 4 && !memcmp(text, "true", 4)) ||
               (length == 5 && !memcmp(text, "false", 5));
    case NF_KIND_DATETIME:
        if (!nf_instant_parse(&instant, text, length, NULL))
            return false;
        *out = nf_datetime(instant);
        return true;
    default:
        return false;
    }
}

nf_status nf_operator_constant(nf_evaluator *e, nf_value *out,
                               const nf_constant *constant, nf_error *err)
{
    const nf_environment *environment = e->environment;
    const char *text = constant->default_value ? constant->default_value : "";

    *out = nf_empty();
    if (environment->constant)
        return environment->constant(environment->user, constant, out, err);
    if (!*text && constant->type.kind != NF_KIND_STRING)
        return NF_OK;
    if (!nf_value_from_text(out, constant->type, text, strlen(text)))
        return nf_expression_error(
            err, "E-TYPE", "Constant @%s has a value that is no %s",
            constant->qualified, nf_kind_name(constant->type.kind));
    return NF_OK;
}

/* ---- tokens ------------------------------------------------------------- */

static const struct {
    const char *name;
    nf_token token;
} tokens[] = {
    {"CurrentDateTime", NF_TOKEN_CURRENT_DATE_TIME},
    {"BeginOfCurrentMinute", NF_TOKEN_BEGIN_MINUTE},
    {"EndOfCurrentMinute", NF_TOKEN_END_MINUTE},
    {"BeginOfCurrentHour", NF_TOKEN_BEGIN_HOUR},
    {"EndOfCurrentHour", NF_TOKEN_END_HOUR},
    {"BeginOfCurrentDay", NF_TOKEN_BEGIN_DAY},
    {"EndOfCurrentDay", NF_TOKEN_END_DAY},
    {"BeginOfYesterday", NF_TOKEN_BEGIN_YESTERDAY},
    {"EndOfYesterday", NF_TOKEN_END_YESTERDAY},
    {"BeginOfTomorrow", NF_TOKEN_BEGIN_TOMORROW},
    {"EndOfTomorrow", NF_TOKEN_END_TOMORROW},
    {"BeginOfCurrentWeek", NF_TOKEN_BEGIN_WEEK},
    {"EndOfCurrentWeek", NF_TOKEN_END_WEEK},
    {"BeginOfCurrentMonth", NF_TOKEN_BEGIN_MONTH},
    {"EndOfCurrentMonth", NF_TOKEN_END_MONTH},
    {"BeginOfCurrentYear", NF_TOKEN_BEGIN_YEAR},
    {"EndOfCurrentYear", NF_TOKEN_END_YEAR},
    {"CurrentUser", NF_TOKEN_CURRENT_USER},
    {"CurrentObject", NF_TOKEN_CURRENT_OBJECT},
};

const char *nf_token_name(size_t index)
{
    return index < sizeof tokens / sizeof *tokens ? tokens[index].name : NULL;
}

bool nf_token_find(nf_token *out, const char **role, const char *name)
{
    size_t i;

    *role = NULL;
    if (!strncmp(name, "UserRole_", 9) && name[9]) {
        *role = name + 9;
        *out = NF_TOKEN_USER_ROLE;
        return true;
    }
    for (i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        size_t length = strlen(tokens[i].name);

        if (strncmp(tokens[i].name, name, length) != 0)
            continue;
        *out = tokens[i].token;
        if (!name[length])
            return true;
        if (!strcmp(name + length, "UTC") &&
            *out != NF_TOKEN_CURRENT_DATE_TIME &&
            *out < NF_TOKEN_CURRENT_USER) {
            *out = (nf_token)(*out + NF_TOKEN_UTC);
            return true;
        }
    }
    return false;
}

static nf_status object_token(nf_evaluator *e, nf_value *out,
                              const char *entity_name, int64_t id,
                              nf_error *err)
{
    const nf_model *model = e->environment->model;
    const nf_entity *entity =
        model ? nf_model_find_entity(model, entity_name) : NULL;
    nf_object *object;
    nf_status status;

    if (id == 0 || !entity || !e->objects)
        return NF_OK;
    status = nf_objects_get(&object, e->objects, entity, id, err);
    if (status == NF_OK && object)
        *out = nf_object_take(object);
    return status;
}

/* The period, and how many periods away, that a date token begins with. */
static nf_period token_period(nf_token token, int *shift)
{
    static const nf_period periods[] = {
        NF_PERIOD_MINUTE, NF_PERIOD_HOUR, NF_PERIOD_DAY,   NF_PERIOD_DAY,
        NF_PERIOD_DAY,    NF_PERIOD_WEEK, NF_PERIOD_MONTH, NF_PERIOD_YEAR};
    int index = ((int)token - NF_TOKEN_BEGIN_MINUTE) / 2;

    *shift =
        token >= NF_TOKEN_BEGIN_TOMORROW && token <= NF_TOKEN_END_TOMORROW ? 1
        : token >= NF_TOKEN_BEGIN_YESTERDAY && token <= NF_TOKEN_END_YESTERDAY
            ? -1
            : 0;
    return periods[index];
}

nf_status nf_operator_token(nf_evaluator *e, nf_value *out, nf_token token,
                            const char *role, nf_error *err)
{
    const nf_environment *environment = e->environment;
    bool utc = token >= NF_TOKEN_UTC;
    nf_status status;
    int64_t instant;
    int shift;

    *out = nf_empty();
    switch ((int)token) {
    case NF_TOKEN_CURRENT_USER:
        return object_token(e, out, "System.User", environment->user_id, err);
    case NF_TOKEN_USER_ROLE:
        return object_token(
            e, out, "System.UserRole",
            environment->user_role
                ? environment->user_role(environment->user, role)
                : 0,
            err);
    case NF_TOKEN_CURRENT_OBJECT:
        if (e->current_object)
            *out = nf_object_take(nf_object_retain(e->current_object));
        return NF_OK;
    case NF_TOKEN_CURRENT_DATE_TIME:
        *out = nf_datetime(nf_evaluator_now(e));
        return NF_OK;
    default:
        break;
    }
    if (utc)
        token = (nf_token)(token - NF_TOKEN_UTC);
    {
        nf_period period = token_period(token, &shift);
        bool end = (token - NF_TOKEN_BEGIN_MINUTE) % 2 != 0;

        status = nf_period_begin(e, &instant, nf_evaluator_now(e), period,
                                 shift + end, utc, err);
        if (status == NF_OK)
            *out = nf_datetime(instant - end);
    }
    return status;
}
