/* Bindings (expressions §14). Everything made from text lives in one arena;
 * objects are held until the end, so that references between them resolve
 * from memory. A `;` ends a value only where another binding begins, a `,`
 * inside braces only where another member begins: values may contain both. */
#include "interpreter/bindings.h"

#include "interpreter/functions_all.h"

#include <string.h>

enum { MAX_NESTING = 32, MAX_LIST = 100000 };

typedef struct constant_item {
    nf_constant constant;
    nf_value value;
} constant_item;

struct nf_bindings {
    nf_arena *arena;
    nf_environment base, environment;
    nf_objects *objects;
    bool own_objects;
    nf_bindings_object resolve;
    void *user;
    nf_binding *items;
    size_t count, capacity;
    constant_item **constants;
    size_t constant_count, constant_capacity;
    nf_enumeration **enumerations;
    size_t enumeration_count, enumeration_capacity;
    nf_object **held;
    size_t held_count, held_capacity;
    nf_timezone *zone;
    int64_t now, next_id;
    const char *current;
};

typedef struct span {
    const char *text;
    size_t length;
} span;

static nf_status bad(nf_error *err, const char *what, span at)
{
    return nf_error_set(err, NF_USAGE, "bad_binding", "%s: '%.*s'", what,
                        (int)(at.length < 200 ? at.length : 200), at.text);
}

static bool is(span s, const char *word)
{
    return s.length == strlen(word) && !memcmp(s.text, word, s.length);
}

/* Splits at the first `c`; false if there is none. */
static bool split(span s, char c, span *left, span *right)
{
    const char *at = memchr(s.text, c, s.length);

    if (!at)
        return false;
    *left = (span){s.text, (size_t)(at - s.text)};
    *right = (span){at + 1, s.length - left->length - 1};
    return true;
}

static bool name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '$' ||
           (unsigned char)c >= 0x80;
}

/* ---- environment -------------------------------------------------------- */

static nf_status get_constant(void *user, const nf_constant *constant,
                              nf_value *out, nf_error *err)
{
    const nf_bindings *b = user;
    nf_evaluator e = {.environment = &b->base};
    size_t i;

    for (i = 0; i < b->constant_count; i++)
        if (&b->constants[i]->constant == constant) {
            *out = nf_value_copy(&b->constants[i]->value);
            return NF_OK;
        }
    return nf_operator_constant(&e, out, constant, err);
}

static int64_t get_role(void *user, const char *name)
{
    const nf_bindings *b = user;

    return b->base.user_role ? b->base.user_role(b->base.user, name) : 0;
}

static bool get_synced(void *user, const nf_object *object)
{
    const nf_bindings *b = user;

    return !b->base.is_synced || b->base.is_synced(b->base.user, object);
}

static bool get_syncing(void *user)
{
    const nf_bindings *b = user;

    return b->base.is_syncing && b->base.is_syncing(b->base.user);
}

nf_bindings *nf_bindings_new(const nf_environment *environment,
                             nf_objects *objects, nf_bindings_object object,
                             void *user)
{
    nf_bindings *b = nf_alloc(sizeof *b);

    if (!b)
        return NULL;
    b->arena = nf_arena_new();
    if (!b->arena) {
        nf_free(b);
        return NULL;
    }
    b->base = b->environment = *environment;
    b->environment.constant = get_constant;
    b->environment.user_role = get_role;
    b->environment.is_synced = get_synced;
    b->environment.is_syncing = get_syncing;
    b->environment.user = b;
    b->objects = objects;
    b->resolve = object;
    b->user = user;
    b->next_id = INT64_C(1) << 48; /* beside what a store may hold */
    return b;
}

void nf_bindings_free(nf_bindings *b)
{
    size_t i;

    if (!b)
        return;
    for (i = 0; i < b->count; i++)
        nf_value_release(&b->items[i].value);
    for (i = 0; i < b->constant_count; i++)
        nf_value_release(&b->constants[i]->value);
    for (i = 0; i < b->held_count; i++)
        nf_object_release(b->held[i]);
    if (b->own_objects)
        nf_objects_free(b->objects);
    nf_timezone_close(b->zone);
    nf_free(b->items);
    nf_free(b->constants);
    nf_free(b->enumerations);
    nf_free(b->held);
    nf_arena_free(b->arena);
    nf_free(b);
}

/* ---- objects ------------------------------------------------------------ */

static nf_status parse_value(nf_bindings *b, span s, int depth, nf_type *type,
                             nf_value *out, nf_error *err);

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
static size_t member_end(span s)
{
    size_t i, j, depth = 0;

    for (i = 0; i < s.length; i++) {
        if (s.text[i] == '{')
            depth++;
        else if (s.text[i] == '}' && depth > 0)
            depth--;
        if (s.text[i] != ',' || depth > 0)
            continue;
        for (j = i + 1; j < s.length && name_byte(s.text[j]); j++)
            ;
        if (j > i + 1 && j < s.length && s.text[j] == '=')
            return i;
    }
    return s.length;
}

typedef struct member_text {
    span name;
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

static nf_status read_members(nf_bindings *b, span s, int depth,
                              member_text **out, size_t *count, nf_error *err)
{
    member_text *members = NULL;
    size_t capacity = 0;
    nf_status status = NF_OK;

    *count = 0;
    while (s.length > 0 && status == NF_OK) {
        size_t end = member_end(s);
        span one = {s.text, end}, name, value;
        member_text *grown =
            nf_grow(members, *count, &capacity, sizeof *members);

        if (!grown) {
            status = nf_error_nomem(err);
            break;
        }
        members = grown;
        if (!split(one, '=', &name, &value)) {
            status = bad(err, "A member needs name=Type:value", one);
            break;
        }
        members[*count] = (member_text){.name = name};
        status = parse_value(b, value, depth + 1, &members[*count].type,
                             &members[*count].value, err);
        if (status == NF_OK)
            (*count)++;
        if (end < s.length)
            end++;
        s = (span){s.text + end, s.length - end};
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

static const nf_member *member_named(const nf_entity *entity, span name)
{
    size_t i;

    for (i = 0; i < entity->member_count; i++)
        if (is(name, entity->members[i].name))
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
            return bad(err, "Unknown member", texts[i].name);
        if (texts[i].value.kind != NF_KIND_EMPTY &&
            !nf_type_assignable(&member->type, &texts[i].type))
            return bad(err, "Value of another type for member", texts[i].name);
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
        if (!is(texts[i].name, "$new")) {
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

static nf_status parse_object(nf_bindings *b, span s, int depth, nf_type *type,
                              nf_value *out, nf_error *err)
{
    span name = s, rest = {NULL, 0};
    member_text *texts = NULL;
    const nf_entity *entity;
    char *qualified;
    size_t count = 0;
    nf_status status;
    bool fresh;

    type->kind = NF_KIND_OBJECT;
    if (is(s, "<empty>"))
        return NF_OK;
    if (!split(s, '{', &name, &rest)) {
        if (split(s, ':', &name, &rest)) {
            qualified = nf_arena_strndup(b->arena, name.text, name.length);
            entity = qualified ? model_entity(b, qualified) : NULL;
            type->entity = entity;
            if (!entity)
                return bad(err, "Unknown entity", name);
            if (is(rest, "<empty>"))
                return NF_OK;
            qualified = nf_arena_strndup(b->arena, rest.text, rest.length);
            if (!qualified)
                return nf_error_nomem(err);
            if (!b->resolve)
                return bad(err, "No stored objects here", s);
            return b->resolve(b->user, entity, qualified, out, err);
        }
        return bad(err, "An object is written Object:Mod.Entity{…}", s);
    }
    if (rest.length == 0 || rest.text[rest.length - 1] != '}')
        return bad(err, "'}' is missing", s);
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

static nf_status parse_list(nf_bindings *b, span s, nf_type *type,
                            nf_value *out, nf_error *err)
{
    nf_entity *entity;
    nf_value number;
    nf_list *list;
    int64_t i;

    type->kind = NF_KIND_LIST;
    if (is(s, "<empty>"))
        return NF_OK;
    if (!nf_value_from_text(&number, (nf_type){.kind = NF_KIND_INTEGER}, s.text,
                            s.length) ||
        number.as.integer < 0 || number.as.integer > MAX_LIST)
        return bad(err, "A list is written List:number", s);
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

static nf_enumeration *enumeration_named(nf_bindings *b, const char *name)
{
    size_t i;

    for (i = 0; i < b->enumeration_count; i++)
        if (!strcmp(b->enumerations[i]->qualified, name))
            return b->enumerations[i];
    return NULL;
}

/* Found, or made without values; NULL: out of memory. `qualified` is the
 * arena's. */
static nf_enumeration *add_enumeration(nf_bindings *b, const char *qualified)
{
    nf_enumeration *enumeration = enumeration_named(b, qualified), **grown;

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

static const nf_element *caption_element(nf_bindings *b, span caption)
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
static nf_status parse_enumeration(nf_bindings *b, span s, nf_type *type,
                                   nf_value *out, nf_error *err)
{
    span name = {NULL, 0}, key = s;
    const char *dot;

    type->kind = NF_KIND_ENUMERATION;
    if (is(s, "<empty>"))
        return NF_OK;
    dot = memrchr(s.text, '.', s.length);
    if (!split(s, ':', &name, &key) && dot) {
        name = (span){s.text, (size_t)(dot - s.text)};
        key = (span){dot + 1, s.length - name.length - 1};
    }
    if (name.length) {
        char *qualified = nf_arena_strndup(b->arena, name.text, name.length);

        if (!qualified)
            return nf_error_nomem(err);
        type->enumeration = enumeration_named(b, qualified);
        if (!type->enumeration && b->base.model)
            type->enumeration =
                nf_model_find_enumeration(b->base.model, qualified);
        if (!type->enumeration && b->base.model)
            return bad(err, "Unknown enumeration", name);
        if (!type->enumeration)
            type->enumeration = add_enumeration(b, qualified);
        if (!type->enumeration)
            return nf_error_nomem(err);
    }
    if (is(key, "<empty>"))
        return NF_OK;
    if (!nf_value_from_text(out, *type, key.text, key.length))
        return nf_error_nomem(err);
    return NF_OK;
}

static nf_status parse_value(nf_bindings *b, span s, int depth, nf_type *type,
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
    span name, value;
    int64_t instant;
    size_t i;

    *type = (nf_type){.kind = NF_KIND_UNKNOWN};
    *out = nf_empty();
    if (depth > MAX_NESTING)
        return bad(err, "Objects nested too deeply", s);
    if (!split(s, ':', &name, &value))
        return bad(err, "A value is written Type:value", s);
    if (is(name, "Object"))
        return parse_object(b, value, depth, type, out, err);
    if (is(name, "List"))
        return parse_list(b, value, type, out, err);
    if (is(name, "Enumeration"))
        return parse_enumeration(b, value, type, out, err);
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!is(name, kinds[i].name))
            continue;
        type->kind = kinds[i].kind;
        if (is(value, "<empty>"))
            return NF_OK;
        if (type->kind == NF_KIND_DATETIME) {
            if (!nf_instant_parse(&instant, value.text, value.length,
                                  b->environment.zone))
                return bad(err, "Not a date and time", value);
            *out = nf_datetime(instant);
            return NF_OK;
        }
        if (!nf_value_from_text(out, *type, value.text, value.length))
            return bad(err, "The value is not of its type", s);
        return NF_OK;
    }
    return bad(err, "Unknown type", name);
}

/* ---- bindings ----------------------------------------------------------- */

nf_status nf_bindings_add(nf_bindings *b, const char *name, const char *spec,
                          size_t length, nf_error *err)
{
    nf_binding *grown =
        nf_grow(b->items, b->count, &b->capacity, sizeof *b->items);
    nf_binding *item;
    nf_status status;

    if (!grown)
        return nf_error_nomem(err);
    b->items = grown;
    item = &b->items[b->count];
    *item = (nf_binding){.name = nf_arena_strdup(b->arena, name)};
    if (!item->name)
        return nf_error_nomem(err);
    status =
        parse_value(b, (span){spec, length}, 0, &item->type, &item->value, err);
    if (status == NF_OK)
        b->count++;
    return status;
}

static nf_status add_constant(nf_bindings *b, char *name, span value,
                              nf_error *err)
{
    constant_item *item = nf_arena_alloc(b->arena, sizeof *item);
    constant_item **grown = nf_grow(b->constants, b->constant_count,
                                    &b->constant_capacity, sizeof *grown);
    nf_status status;

    if (grown)
        b->constants = grown;
    if (!item || !grown)
        return nf_error_nomem(err);
    item->constant = (nf_constant){
        .name = name, .qualified = name, .exposed_to_client = true};
    status = parse_value(b, value, 0, &item->constant.type, &item->value, err);
    if (status == NF_OK)
        b->constants[b->constant_count++] = item;
    return status;
}

/* #Mod.Enum.Key=String:caption */
static nf_status add_caption(nf_bindings *b, char *name, span value,
                             nf_error *err)
{
    char *key = strrchr(name, '.');
    nf_enumeration *enumeration;
    nf_enumeration_value *values;
    const nf_element *caption;
    span type, text;

    if (!key || !split(value, ':', &type, &text) || !is(type, "String"))
        return bad(err, "A caption is written #Mod.Enum.Key=String:caption",
                   value);
    *key++ = '\0';
    enumeration = add_enumeration(b, name);
    caption = caption_element(b, text);
    values = enumeration ? nf_arena_array(b->arena, enumeration->count + 1,
                                          sizeof *values)
                         : NULL;
    if (!caption || !values)
        return nf_error_nomem(err);
    if (enumeration->count)
        memcpy(values, enumeration->values,
               enumeration->count * sizeof *values);
    values[enumeration->count++] = (nf_enumeration_value){
        .enumeration = enumeration, .name = key, .caption = caption};
    enumeration->values = values;
    return NF_OK;
}

static nf_status set_option(nf_bindings *b, const char *name, span value,
                            nf_error *err)
{
    char *text = nf_arena_strndup(b->arena, value.text, value.length);

    if (!text)
        return nf_error_nomem(err);
    if (!strcmp(name, "tz")) {
        nf_timezone_close(b->zone);
        b->zone = nf_timezone_open(text);
        b->environment.zone = b->zone ? b->zone : b->base.zone;
        return b->zone ? NF_OK : bad(err, "Unknown time zone", value);
    }
    if (!strcmp(name, "round")) {
        if (!is(value, "HalfUp") && !is(value, "HalfEven"))
            return bad(err, "%round is HalfUp or HalfEven", value);
        b->environment.rounding =
            is(value, "HalfEven") ? NF_ROUND_HALF_EVEN : NF_ROUND_HALF_UP;
        return NF_OK;
    }
    if (!strcmp(name, "now")) {
        if (!nf_instant_parse(&b->now, text, value.length, NULL))
            return bad(err, "Not a date and time", value);
        b->environment.clock = nf_clock_fixed(&b->now);
        return NF_OK;
    }
    if (!strcmp(name, "object")) {
        b->current = text;
        return NF_OK;
    }
    return bad(err, "Unknown option", value);
}

/* The end of a binding: a `;` before another one, or the end. */
static size_t binding_end(span s)
{
    size_t i, j;

    for (i = 0; i < s.length; i++) {
        if (s.text[i] != ';')
            continue;
        if (i + 1 == s.length)
            return i;
        if (!strchr("$@#%", s.text[i + 1]) || !s.text[i + 1])
            continue;
        for (j = i + 2; j < s.length && name_byte(s.text[j]); j++)
            ;
        if (j > i + 2 && j < s.length && s.text[j] == '=')
            return i;
    }
    return s.length;
}

static nf_status add_binding(nf_bindings *b, span one, nf_error *err)
{
    span name, value;
    char *text;

    if (one.length < 2 || !split(one, '=', &name, &value) || name.length < 2)
        return bad(err, "A binding is written $name=Type:value", one);
    text = nf_arena_strndup(b->arena, name.text + 1, name.length - 1);
    if (!text)
        return nf_error_nomem(err);
    switch (name.text[0]) {
    case '$':
        return nf_bindings_add(b, text, value.text, value.length, err);
    case '@':
        return add_constant(b, text, value, err);
    case '#':
        return add_caption(b, text, value, err);
    case '%':
        return set_option(b, text, value, err);
    default:
        return bad(err, "A binding begins with $, @, # or %", one);
    }
}

nf_status nf_bindings_parse(nf_bindings *b, const char *text, size_t length,
                            nf_error *err)
{
    span s = {text, length};

    while (s.length > 0) {
        size_t end = binding_end(s);
        nf_status status =
            end == 0 ? NF_OK : add_binding(b, (span){s.text, end}, err);

        if (status != NF_OK)
            return status;
        if (end < s.length)
            end++;
        s = (span){s.text + end, s.length - end};
    }
    return NF_OK;
}

/* ---- what was bound ----------------------------------------------------- */

size_t nf_bindings_count(const nf_bindings *b)
{
    return b->count;
}

const nf_binding *nf_bindings_at(const nf_bindings *b, size_t index)
{
    return index < b->count ? &b->items[index] : NULL;
}

const nf_binding *nf_bindings_find(const nf_bindings *b, const char *name)
{
    size_t i;

    for (i = b->count; i-- > 0;)
        if (!strcmp(b->items[i].name, name))
            return &b->items[i];
    return NULL;
}

const char *nf_bindings_current(const nf_bindings *b)
{
    return b->current;
}

const nf_environment *nf_bindings_environment(const nf_bindings *b)
{
    return &b->environment;
}

nf_objects *nf_bindings_objects(const nf_bindings *b)
{
    return b->objects;
}

static bool scope_variable(void *user, const char *name, size_t length,
                           nf_type *type, int32_t *slot)
{
    const nf_bindings *b = user;
    size_t i;

    for (i = b->count; i-- > 0;)
        if (is((span){name, length}, b->items[i].name)) {
            *type = b->items[i].type;
            *slot = (int32_t)i;
            return true;
        }
    return false;
}

static const char *scope_name(void *user, size_t index)
{
    const nf_bindings *b = user;

    return index < b->count ? b->items[index].name : NULL;
}

static const nf_constant *scope_constant(void *user, const char *qualified)
{
    const nf_bindings *b = user;
    size_t i;

    for (i = b->constant_count; i-- > 0;)
        if (!strcmp(b->constants[i]->constant.qualified, qualified))
            return &b->constants[i]->constant;
    return NULL;
}

static const nf_enumeration *scope_enumeration(void *user,
                                               const char *qualified)
{
    nf_bindings *b = user;
    nf_enumeration *enumeration = enumeration_named(b, qualified);
    char *name;

    if (enumeration || b->base.model)
        return enumeration;
    name = nf_arena_strdup(b->arena, qualified);
    return name ? add_enumeration(b, name) : NULL;
}

nf_scope nf_bindings_scope(const nf_bindings *b)
{
    return (nf_scope){
        .model = b->base.model,
        .engine = b->environment.engine,
        .variable = scope_variable,
        .variable_name = scope_name,
        .constant = scope_constant,
        .enumeration = scope_enumeration,
        .user = (void *)(uintptr_t)b,
    };
}
