/* Values, objects and lists of bindings (expressions §14). Objects are held
 * until the end, so that references between them resolve from memory. A `,`
 * inside braces ends a value only where another member begins. */
#include "interpreter/bindings_parts.h"
#include "interpreter/functions_all.h"

#include <string.h>

enum { MAX_NESTING = 32, MAX_LIST = 100000 };

/* ---- objects ------------------------------------------------------------ */

static bool hold(nf_bindings *b, nf_object *object)
{
    nf_object **grown =
        nf_grow(b->held, b->held_count, &b->held_capacity, sizeof *b->held);

    if (!grown)
        return false;
    b->held = grown;
    b->held[b->held_count++] = nf_object_retain(object);
    return true;
}

/* The end of a member's value: a `,` before `name=`, or the text's end. */
static size_t member_end(nf_span s)
{
    size_t i, j, depth = 0;

    for (i = 0; i < s.length; i++) {
        if (s.text[i] == '{')
            depth++;
        else if (s.text[i] == '}' && depth > 0)
            depth--;
        if (s.text[i] != ',' || depth > 0)
            continue;
        for (j = i + 1; j < s.length && nf_name_byte(s.text[j]); j++)
            ;
        if (j > i + 1 && j < s.length && s.text[j] == '=')
            return i;
    }
    return s.length;
}

typedef struct member_text {
    nf_span name;
    nf_type type;
    nf_value value;
} member_text;

static void release_members(member_text *members, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        nf_value_release(&members[i].value);
    nf_free(members);
}

static nf_status read_members(nf_bindings *b, nf_span s, int depth,
                              member_text **out, size_t *count, nf_error *err)
{
    member_text *members = NULL;
    size_t capacity = 0;
    nf_status status = NF_OK;

    *count = 0;
    while (s.length > 0 && status == NF_OK) {
        size_t end = member_end(s);
        nf_span one = {s.text, end}, name, value;
        member_text *grown =
            nf_grow(members, *count, &capacity, sizeof *members);

        if (!grown) {
            status = nf_error_nomem(err);
            break;
        }
        members = grown;
        if (!nf_span_split(one, '=', &name, &value)) {
            status = nf_bad_binding(err, "A member needs name=Type:value", one);
            break;
        }
        members[*count] = (member_text){.name = name};
        status = nf_bind_value(b, value, depth + 1, &members[*count].type,
                               &members[*count].value, err);
        if (status == NF_OK)
            (*count)++;
        if (end < s.length)
            end++;
        s = (nf_span){s.text + end, s.length - end};
    }
    *out = members;
    if (status != NF_OK) {
        release_members(members, *count);
        *out = NULL;
        *count = 0;
    }
    return status;
}

static nf_attribute_type attribute_type(nf_kind kind)
{
    switch (kind) {
    case NF_KIND_INTEGER:
        return NF_ATTRIBUTE_LONG;
    case NF_KIND_DECIMAL:
        return NF_ATTRIBUTE_DECIMAL;
    case NF_KIND_BOOLEAN:
        return NF_ATTRIBUTE_BOOLEAN;
    case NF_KIND_DATETIME:
        return NF_ATTRIBUTE_DATETIME;
    case NF_KIND_ENUMERATION:
        return NF_ATTRIBUTE_ENUMERATION;
    default:
        return NF_ATTRIBUTE_STRING;
    }
}

/* An entity of the members that the text names. */
static nf_entity *make_entity(nf_bindings *b, const char *qualified,
                              const member_text *texts, size_t count)
{
    nf_entity *entity = nf_arena_alloc(b->arena, sizeof *entity);
    nf_member *members =
        nf_arena_array(b->arena, count ? count : 1, sizeof *members);
    const char *dot = strrchr(qualified, '.');
    size_t i;

    if (!entity || !members)
        return NULL;
    entity->qualified = qualified;
    entity->name = dot ? dot + 1 : qualified;
    entity->root = entity;
    entity->members = members;
    entity->member_count = count;
    for (i = 0; i < count; i++) {
        nf_member *m = &members[i];

        m->index = i;
        m->type = texts[i].type;
        m->name = nf_arena_strndup(b->arena, texts[i].name.text,
                                   texts[i].name.length);
        if (!m->name)
            return NULL;
        if (m->type.kind == NF_KIND_OBJECT) {
            nf_association *a = nf_arena_alloc(b->arena, sizeof *a);

            if (!a)
                return NULL;
            a->name = a->qualified = m->name;
            a->parent = entity;
            a->child = m->type.entity;
            m->association = a;
        } else {
            nf_attribute *a = nf_arena_alloc(b->arena, sizeof *a);

            if (!a)
                return NULL;
            a->entity = entity;
            a->name = a->qualified = m->name;
            a->type = attribute_type(m->type.kind);
            a->enumeration = m->type.enumeration;
            a->localize = true;
            m->attribute = a;
        }
    }
    return entity;
}

static const nf_entity *model_entity(const nf_bindings *b, const char *name)
{
    return b->base.model ? nf_model_find_entity(b->base.model, name) : NULL;
}

static const nf_member *member_named(const nf_entity *entity, nf_span name)
{
    size_t i;

    for (i = 0; i < entity->member_count; i++)
        if (nf_span_is(name, entity->members[i].name))
            return &entity->members[i];
    return NULL;
}

static nf_objects *space(nf_bindings *b)
{
    if (!b->objects) {
        b->objects = nf_objects_new(b->base.model, NULL);
        b->own_objects = b->objects != NULL;
    }
    return b->objects;
}

static nf_status place_members(nf_bindings *b, const nf_entity *entity,
                               nf_value *values, member_text *texts,
                               size_t count, nf_error *err)
{
    size_t i;

    (void)b;
    for (i = 0; i < count; i++) {
        const nf_member *member = member_named(entity, texts[i].name);

        if (!member)
            return nf_bad_binding(err, "Unknown member", texts[i].name);
        if (texts[i].value.kind != NF_KIND_EMPTY &&
            !nf_type_assignable(&member->type, &texts[i].type))
            return nf_bad_binding(err, "Value of another type for member",
                                  texts[i].name);
        if (texts[i].value.kind == NF_KIND_OBJECT) {
            values[member->index] = nf_id_value(texts[i].value.as.object->id);
            continue;
        }
        nf_value_assign(&values[member->index], &texts[i].value);
    }
    return NF_OK;
}

static nf_status make_object(nf_bindings *b, const nf_entity *entity,
                             member_text *texts, size_t count, nf_value *out,
                             nf_error *err)
{
    nf_value *values = nf_alloc_array(entity->member_count + 1, sizeof *values);
    nf_object *object = NULL;
    nf_status status;
    size_t i;

    if (!values || !space(b)) {
        nf_free(values);
        return nf_error_nomem(err);
    }
    status = place_members(b, entity, values, texts, count, err);
    if (status != NF_OK) {
        for (i = 0; i < entity->member_count; i++)
            nf_value_release(&values[i]);
        nf_free(values);
        return status;
    }
    status =
        nf_objects_load(&object, b->objects, entity, ++b->next_id, values, err);
    if (status != NF_OK)
        return status;
    if (!hold(b, object)) {
        nf_object_release(object);
        return nf_error_nomem(err);
    }
    *out = nf_object_take(object);
    return NF_OK;
}

/* `$new=Boolean:true` marks an uncommitted object; it is no member. */
static bool take_new(member_text *texts, size_t *count)
{
    bool fresh = false;
    size_t i;

    for (i = 0; i < *count;) {
        if (!nf_span_is(texts[i].name, "$new")) {
            i++;
            continue;
        }
        fresh =
            texts[i].value.kind == NF_KIND_BOOLEAN && texts[i].value.as.boolean;
        nf_value_release(&texts[i].value);
        texts[i] = texts[--*count];
    }
    return fresh;
}

static nf_status parse_object(nf_bindings *b, nf_span s, int depth,
                              nf_type *type, nf_value *out, nf_error *err)
{
    nf_span name = s, rest = {NULL, 0};
    member_text *texts = NULL;
    const nf_entity *entity;
    char *qualified;
    size_t count = 0;
    nf_status status;
    bool fresh;

    type->kind = NF_KIND_OBJECT;
    if (nf_span_is(s, "<empty>"))
        return NF_OK;
    if (!nf_span_split(s, '{', &name, &rest)) {
        if (nf_span_split(s, ':', &name, &rest)) {
            qualified = nf_arena_strndup(b->arena, name.text, name.length);
            entity = qualified ? model_entity(b, qualified) : NULL;
            type->entity = entity;
            if (!entity)
                return nf_bad_binding(err, "Unknown entity", name);
            if (nf_span_is(rest, "<empty>"))
                return NF_OK;
            qualified = nf_arena_strndup(b->arena, rest.text, rest.length);
            if (!qualified)
                return nf_error_nomem(err);
            if (!b->resolve)
                return nf_bad_binding(err, "No stored objects here", s);
            return b->resolve(b->user, entity, qualified, out, err);
        }
        return nf_bad_binding(err, "An object is written Object:Mod.Entity{…}",
                              s);
    }
    if (rest.length == 0 || rest.text[rest.length - 1] != '}')
        return nf_bad_binding(err, "'}' is missing", s);
    rest.length--;
    status = read_members(b, rest, depth, &texts, &count, err);
    if (status != NF_OK)
        return status;
    fresh = take_new(texts, &count);
    qualified = nf_arena_strndup(b->arena, name.text, name.length);
    entity = qualified ? model_entity(b, qualified) : NULL;
    if (qualified && !entity)
        entity = make_entity(b, qualified, texts, count);
    type->entity = entity;
    status = entity ? make_object(b, entity, texts, count, out, err)
                    : nf_error_nomem(err);
    if (status == NF_OK && fresh)
        out->as.object->state = NF_OBJECT_NEW;
    release_members(texts, count);
    return status;
}

static nf_status parse_list(nf_bindings *b, nf_span s, nf_type *type,
                            nf_value *out, nf_error *err)
{
    nf_entity *entity;
    nf_value number;
    nf_list *list;
    int64_t i;

    type->kind = NF_KIND_LIST;
    if (nf_span_is(s, "<empty>"))
        return NF_OK;
    if (!nf_value_from_text(&number, (nf_type){.kind = NF_KIND_INTEGER}, s.text,
                            s.length) ||
        number.as.integer < 0 || number.as.integer > MAX_LIST)
        return nf_bad_binding(err, "A list is written List:number", s);
    entity = make_entity(b, "Bindings.Item", NULL, 0);
    list = nf_list_new(NULL);
    if (!entity || !list) {
        nf_list_release(list);
        return nf_error_nomem(err);
    }
    *out = nf_list_take(list);
    for (i = 0; i < number.as.integer; i++) {
        nf_value item = nf_empty();
        nf_status status = make_object(b, entity, NULL, 0, &item, err);

        if (status == NF_OK && !nf_list_append(list, item.as.object))
            status = nf_error_nomem(err);
        nf_value_release(&item);
        if (status != NF_OK) {
            nf_value_release(out);
            return status;
        }
    }
    return NF_OK;
}

/* ---- values ------------------------------------------------------------- */

nf_enumeration *nf_bound_enumeration(nf_bindings *b, const char *name)
{
    size_t i;

    for (i = 0; i < b->enumeration_count; i++)
        if (!strcmp(b->enumerations[i]->qualified, name))
            return b->enumerations[i];
    return NULL;
}

nf_enumeration *nf_bind_enumeration(nf_bindings *b, const char *qualified)
{
    nf_enumeration *enumeration = nf_bound_enumeration(b, qualified), **grown;

    if (enumeration)
        return enumeration;
    enumeration = nf_arena_alloc(b->arena, sizeof *enumeration);
    grown = nf_grow(b->enumerations, b->enumeration_count,
                    &b->enumeration_capacity, sizeof *grown);
    if (grown)
        b->enumerations = grown;
    if (!enumeration || !grown)
        return NULL;
    enumeration->name = enumeration->qualified = qualified;
    b->enumerations[b->enumeration_count++] = enumeration;
    return enumeration;
}

const nf_element *nf_bind_caption(nf_bindings *b, nf_span caption)
{
    nf_element *element = nf_arena_alloc(b->arena, sizeof *element);
    nf_property *property = nf_arena_alloc(b->arena, sizeof *property);
    char *text = nf_arena_strndup(b->arena, caption.text, caption.length);

    if (!element || !property || !text)
        return NULL;
    property->name = "Text";
    property->kind = NF_PROPERTY_STRING;
    property->as.string.text = text;
    property->as.string.length = caption.length;
    element->type = NF_BOUND_CAPTION;
    element->properties = property;
    element->count = 1;
    return element;
}

/* `Key`, `Mod.Enum:Key` or `Mod.Enum.Key`. */
static nf_status parse_enumeration(nf_bindings *b, nf_span s, nf_type *type,
                                   nf_value *out, nf_error *err)
{
    nf_span name = {NULL, 0}, key = s;
    const char *dot;

    type->kind = NF_KIND_ENUMERATION;
    if (nf_span_is(s, "<empty>"))
        return NF_OK;
    dot = memrchr(s.text, '.', s.length);
    if (!nf_span_split(s, ':', &name, &key) && dot) {
        name = (nf_span){s.text, (size_t)(dot - s.text)};
        key = (nf_span){dot + 1, s.length - name.length - 1};
    }
    if (name.length) {
        char *qualified = nf_arena_strndup(b->arena, name.text, name.length);

        if (!qualified)
            return nf_error_nomem(err);
        type->enumeration = nf_bound_enumeration(b, qualified);
        if (!type->enumeration && b->base.model)
            type->enumeration =
                nf_model_find_enumeration(b->base.model, qualified);
        if (!type->enumeration && b->base.model)
            return nf_bad_binding(err, "Unknown enumeration", name);
        if (!type->enumeration)
            type->enumeration = nf_bind_enumeration(b, qualified);
        if (!type->enumeration)
            return nf_error_nomem(err);
    }
    if (nf_span_is(key, "<empty>"))
        return NF_OK;
    if (!nf_value_from_text(out, *type, key.text, key.length))
        return nf_error_nomem(err);
    return NF_OK;
}

nf_status nf_bind_value(nf_bindings *b, nf_span s, int depth, nf_type *type,
                        nf_value *out, nf_error *err)
{
    static const struct {
        const char *name;
        nf_kind kind;
    } kinds[] = {
        {"String", NF_KIND_STRING},   {"Integer", NF_KIND_INTEGER},
        {"Long", NF_KIND_INTEGER},    {"Decimal", NF_KIND_DECIMAL},
        {"Boolean", NF_KIND_BOOLEAN}, {"DateTime", NF_KIND_DATETIME},
    };
    nf_span name, value;
    int64_t instant;
    size_t i;

    *type = (nf_type){.kind = NF_KIND_UNKNOWN};
    *out = nf_empty();
    if (depth > MAX_NESTING)
        return nf_bad_binding(err, "Objects nested too deeply", s);
    if (!nf_span_split(s, ':', &name, &value))
        return nf_bad_binding(err, "A value is written Type:value", s);
    if (nf_span_is(name, "Object"))
        return parse_object(b, value, depth, type, out, err);
    if (nf_span_is(name, "List"))
        return parse_list(b, value, type, out, err);
    if (nf_span_is(name, "Enumeration"))
        return parse_enumeration(b, value, type, out, err);
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!nf_span_is(name, kinds[i].name))
            continue;
        type->kind = kinds[i].kind;
        if (nf_span_is(value, "<empty>"))
            return NF_OK;
        if (type->kind == NF_KIND_DATETIME) {
            if (!nf_instant_parse(&instant, value.text, value.length,
                                  b->environment.zone))
                return nf_bad_binding(err, "Not a date and time", value);
            *out = nf_datetime(instant);
            return NF_OK;
        }
        if (nf_value_from_text(out, *type, value.text, value.length))
            return NF_OK;
        return type->kind == NF_KIND_STRING /* which any text is */
                   ? nf_error_nomem(err)
                   : nf_bad_binding(err, "The value is not of its type", s);
    }
    return nf_bad_binding(err,
                          "A type is String, Integer, Long, Decimal, Boolean, "
                          "DateTime, Enumeration, Object or List",
                          name);
}
