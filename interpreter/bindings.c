/* Bindings (expressions §14). Everything made from text lives in one arena. A
 * `;` ends a value only where another binding begins: values may contain it. */
#include "interpreter/bindings_parts.h"

#include <string.h>

/* ---- pieces of text ------------------------------------------------------ */

nf_status nf_bad_binding(nf_error *err, const char *what, nf_span at)
{
    return nf_error_set(err, NF_USAGE, "bad_binding", "%s: '%.*s'", what,
                        (int)(at.length < 200 ? at.length : 200), at.text);
}

bool nf_span_is(nf_span s, const char *word)
{
    return s.length == strlen(word) && !memcmp(s.text, word, s.length);
}

/* Splits at the first `c`; false if there is none. */
bool nf_span_split(nf_span s, char c, nf_span *left, nf_span *right)
{
    const char *at = memchr(s.text, c, s.length);

    if (!at)
        return false;
    *left = (nf_span){s.text, (size_t)(at - s.text)};
    *right = (nf_span){at + 1, s.length - left->length - 1};
    return true;
}

bool nf_name_byte(char c)
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
    status = nf_bind_value(b, (nf_span){spec, length}, 0, &item->type,
                           &item->value, err);
    if (status == NF_OK)
        b->count++;
    return status;
}

static nf_status add_constant(nf_bindings *b, char *name, nf_span value,
                              nf_error *err)
{
    nf_constant_item *item = nf_arena_alloc(b->arena, sizeof *item);
    nf_constant_item **grown = nf_grow(b->constants, b->constant_count,
                                       &b->constant_capacity, sizeof *grown);
    nf_status status;

    if (grown)
        b->constants = grown;
    if (!item || !grown)
        return nf_error_nomem(err);
    item->constant = (nf_constant){
        .name = name, .qualified = name, .exposed_to_client = true};
    status =
        nf_bind_value(b, value, 0, &item->constant.type, &item->value, err);
    if (status == NF_OK)
        b->constants[b->constant_count++] = item;
    return status;
}

/* #Mod.Enum.Key=String:caption */
static nf_status add_caption(nf_bindings *b, char *name, nf_span value,
                             nf_error *err)
{
    char *key = strrchr(name, '.');
    nf_enumeration *enumeration;
    nf_enumeration_value *values;
    const nf_element *caption;
    nf_span type, text;

    if (!key || !nf_span_split(value, ':', &type, &text) ||
        !nf_span_is(type, "String"))
        return nf_bad_binding(
            err, "A caption is written #Mod.Enum.Key=String:caption", value);
    *key++ = '\0';
    enumeration = nf_bind_enumeration(b, name);
    caption = nf_bind_caption(b, text);
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

static nf_status set_option(nf_bindings *b, const char *name, nf_span value,
                            nf_error *err)
{
    char *text = nf_arena_strndup(b->arena, value.text, value.length);

    if (!text)
        return nf_error_nomem(err);
    if (!strcmp(name, "tz")) {
        nf_timezone_close(b->zone);
        nf_status status = nf_timezone_open(&b->zone, text);
        b->environment.zone = b->zone ? b->zone : b->base.zone;
        if (status == NF_NOMEM)
            return nf_error_nomem(err);
        return status == NF_OK
                   ? NF_OK
                   : nf_bad_binding(err, "Unknown time zone", value);
    }
    if (!strcmp(name, "round")) {
        if (!nf_span_is(value, "HalfUp") && !nf_span_is(value, "HalfEven"))
            return nf_bad_binding(err, "%round is HalfUp or HalfEven", value);
        b->environment.rounding = nf_span_is(value, "HalfEven")
                                      ? NF_ROUND_HALF_EVEN
                                      : NF_ROUND_HALF_UP;
        return NF_OK;
    }
    if (!strcmp(name, "now")) {
        if (!nf_instant_parse(&b->now, text, value.length, NULL))
            return nf_bad_binding(err, "Not a date and time", value);
        b->environment.clock = nf_clock_fixed(&b->now);
        return NF_OK;
    }
    if (!strcmp(name, "language")) {
        b->environment.language = text;
        return NF_OK;
    }
    if (!strcmp(name, "object")) {
        b->current = text;
        return NF_OK;
    }
    return nf_bad_binding(err, "Unknown option", (nf_span){name, strlen(name)});
}

/* The end of a binding: a `;` before another one, or the end. */
static size_t binding_end(nf_span s)
{
    size_t i, j;

    for (i = 0; i < s.length; i++) {
        if (s.text[i] != ';')
            continue;
        if (i + 1 == s.length)
            return i;
        if (!strchr("$@#%", s.text[i + 1]) || !s.text[i + 1])
            continue;
        for (j = i + 2; j < s.length && nf_name_byte(s.text[j]); j++)
            ;
        if (j > i + 2 && j < s.length && s.text[j] == '=')
            return i;
    }
    return s.length;
}

nf_status nf_bindings_add_text(nf_bindings *b, const char *text, nf_error *err)
{
    const char *equals = strchr(text, '=');
    char *name;

    if (!equals)
        return nf_error_set(
            err, NF_USAGE, "bad_binding",
            "a variable is given as NAME=TYPE:VALUE, not \"%s\"", text);
    text += *text == '$';
    name = nf_arena_strndup(b->arena, text, (size_t)(equals - text));
    if (!name)
        return nf_error_nomem(err);
    return nf_bindings_add(b, name, equals + 1, strlen(equals + 1), err);
}

static nf_status add_binding(nf_bindings *b, nf_span one, nf_error *err)
{
    nf_span name, value;
    char *text;

    if (one.length < 2 || !nf_span_split(one, '=', &name, &value) ||
        name.length < 2)
        return nf_bad_binding(err, "A binding is written $name=Type:value",
                              one);
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
        return nf_bad_binding(err, "A binding begins with $, @, # or %", one);
    }
}

nf_status nf_bindings_parse(nf_bindings *b, const char *text, size_t length,
                            nf_error *err)
{
    nf_span s = {text, length};

    while (s.length > 0) {
        size_t end = binding_end(s);
        nf_status status =
            end == 0 ? NF_OK : add_binding(b, (nf_span){s.text, end}, err);

        if (status != NF_OK)
            return status;
        if (end < s.length)
            end++;
        s = (nf_span){s.text + end, s.length - end};
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
        if (nf_span_is((nf_span){name, length}, b->items[i].name)) {
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
    nf_enumeration *enumeration = nf_bound_enumeration(b, qualified);
    char *name;

    if (enumeration || b->base.model)
        return enumeration;
    name = nf_arena_strdup(b->arena, qualified);
    return name ? nf_bind_enumeration(b, name) : NULL;
}

nf_scope nf_bindings_scope(const nf_bindings *b)
{
    return (nf_scope){
        .model = b->base.model,
        .engine = b->environment.engine,
        .all_constants = b->environment.all_constants,
        .variable = scope_variable,
        .variable_name = scope_name,
        .constant = scope_constant,
        .enumeration = scope_enumeration,
        .user = (void *)(uintptr_t)b,
    };
}
