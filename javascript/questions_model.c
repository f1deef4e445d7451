/* Questions about the model: entities and enumerations (activities 12.4). */
#include "javascript/internal.h"

static const char *type_name(const nf_member *member)
{
    static const char *const names[] = {
        [NF_ATTRIBUTE_STRING] = "String",
        [NF_ATTRIBUTE_INTEGER] = "Integer",
        [NF_ATTRIBUTE_LONG] = "Long",
        [NF_ATTRIBUTE_DECIMAL] = "Decimal",
        [NF_ATTRIBUTE_BOOLEAN] = "Boolean",
        [NF_ATTRIBUTE_DATETIME] = "DateTime",
        [NF_ATTRIBUTE_ENUMERATION] = "Enum",
        [NF_ATTRIBUTE_AUTONUMBER] = "AutoNumber",
        [NF_ATTRIBUTE_BINARY] = "Binary",
        [NF_ATTRIBUTE_HASHED] = "HashString",
    };

    if (member->association)
        return member->type.kind == NF_KIND_LIST ? "ObjectReferenceSet"
                                                 : "ObjectReference";
    return names[member->attribute->type];
}

static void add_association(json_object *json, const nf_member *member)
{
    if (member->type.entity)
        json_object_object_add(
            json, "entity",
            json_object_new_string(member->type.entity->qualified));
    json_object_object_add(
        json, "both", json_object_new_boolean(member->association->owner_both));
}

/* Attributes first, then associations (activities P7). */
static json_object *members_of(const nf_entity *entity)
{
    json_object *array = json_object_new_array();

    for (int associations = 0; associations < 2; associations++) {
        for (size_t i = 0; i < entity->member_count; i++) {
            const nf_member *member = &entity->members[i];
            json_object *json;

            if ((member->association != NULL) != (associations == 1) ||
                (member->attribute &&
                 member->attribute->type == NF_ATTRIBUTE_BINARY))
                continue;
            json = json_object_new_object();
            json_object_object_add(json, "name",
                                   json_object_new_string(member->name));
            json_object_object_add(json, "type",
                                   json_object_new_string(type_name(member)));
            if (member->attribute)
                json_object_object_add(
                    json, "localized",
                    json_object_new_boolean(member->attribute->localize));
            else
                add_association(json, member);
            json_object_array_add(array, json);
        }
    }
    return array;
}

static void add_specializations(json_object *array, const nf_entity *entity)
{
    for (size_t i = 0; i < entity->specialization_count; i++) {
        const nf_entity *special = entity->specializations[i];

        json_object_array_add(array,
                              json_object_new_string(special->qualified));
        add_specializations(array, special);
    }
}

/* name: {name, persistable, supers, subs, members}; null. */
static nf_status ask_entity(nf_javascript *js, json_object *question,
                            json_object **out, nf_error *err)
{
    const char *name = json_object_is_type(question, json_type_string)
                           ? json_object_get_string(question)
                           : "";
    const nf_entity *entity = nf_model_find_entity(js->world->model, name);
    json_object *supers, *subs;

    (void)err;
    if (!entity)
        return NF_OK;
    supers = json_object_new_array();
    subs = json_object_new_array();
    for (const nf_entity *e = entity->generalization; e; e = e->generalization)
        json_object_array_add(supers, json_object_new_string(e->qualified));
    add_specializations(subs, entity);
    *out = json_object_new_object();
    json_object_object_add(*out, "name",
                           json_object_new_string(entity->qualified));
    json_object_object_add(
        *out, "persistable",
        json_object_new_boolean(entity->kind == NF_ENTITY_PERSISTABLE));
    json_object_object_add(*out, "supers", supers);
    json_object_object_add(*out, "subs", subs);
    json_object_object_add(*out, "members", members_of(entity));
    return NF_OK;
}

static nf_status ask_entities(nf_javascript *js, json_object *question,
                              json_object **out, nf_error *err)
{
    const nf_model *model = js->world->model;

    (void)question;
    (void)err;
    *out = json_object_new_array();
    for (size_t i = 0; i < nf_model_entity_count(model); i++)
        json_object_array_add(
            *out, json_object_new_string(nf_model_entity(model, i)->qualified));
    return NF_OK;
}

/* [entity, attribute]: [{key, caption}, …] in the user's language. */
static nf_status ask_enumeration(nf_javascript *js, json_object *question,
                                 json_object **out, nf_error *err)
{
    const nf_model *model = js->world->model;
    const nf_entity *entity =
        nf_model_find_entity(model, nf_js_item_text(question, 0));
    const nf_member *member =
        entity ? nf_entity_find_member(entity, nf_js_item_text(question, 1))
               : NULL;
    const nf_enumeration *enumeration =
        member && member->attribute ? member->attribute->enumeration : NULL;

    if (!enumeration)
        return nf_error_set(err, NF_FAILED, "not_found",
                            "\"%.200s\" is no enumeration",
                            nf_js_item_text(question, 1));
    *out = json_object_new_array();
    for (size_t i = 0; i < enumeration->count; i++) {
        const nf_enumeration_value *value = &enumeration->values[i];
        json_object *json = json_object_new_object();

        json_object_object_add(json, "key",
                               json_object_new_string(value->name));
        json_object_object_add(
            json, "caption",
            json_object_new_string(nf_model_text(
                model, value->caption, js->world->environment.language)));
        json_object_array_add(*out, json);
    }
    return NF_OK;
}

const nf_js_question nf_js_model_questions[] = {
    {"entity", ask_entity},
    {"entities", ask_entities},
    {"enumeration", ask_enumeration},
    {NULL, NULL}};
