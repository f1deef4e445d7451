/* The items of Create and Change object (activities O10, O16 … O22): evaluated
 * and assigned one after the other, so that later ones see earlier ones; what
 * was assigned before a failure stays (X12). */
#include "activities/support.h"

#include "base/json.h"
#include "interpreter/operators.h"

#include <string.h>

typedef enum change_kind { CHANGE_SET, CHANGE_ADD, CHANGE_REMOVE } change_kind;

typedef struct member_change {
    const nf_member *member;
    change_kind kind;
    nf_bound_expression value;
} member_change;

struct nf_member_changes {
    size_t count;
    member_change items[];
};

static bool is_set(const nf_member *member)
{
    return member->association && member->association->set;
}

static void bind_kind(nf_binder *binder, member_change *change,
                      const nf_element *item)
{
    const char *type = nf_element_string(item, "Type", "Set");

    if (strcmp(type, "Set") == 0) {
        change->kind = CHANGE_SET;
        return;
    }
    change->kind = strcmp(type, "Add") == 0 ? CHANGE_ADD : CHANGE_REMOVE;
    if (strcmp(type, "Add") != 0 && strcmp(type, "Remove") != 0)
        nf_bind_error(binder, "bad_flow", "", "\"%s\" is no kind of change",
                      type);
    else if (!is_set(change->member))
        nf_bind_error(binder, "type_mismatch", "",
                      "\"%s\" is no reference set: it can't be added to or "
                      "removed from",
                      change->member->name);
}

static void bind_value(nf_binder *binder, member_change *change,
                       const nf_element *item)
{
    const nf_member *member = change->member;
    const char *text = nf_element_string(item, "Value", "");

    if (!is_set(member)) {
        change->value =
            nf_bind_expression(binder, text, &member->type, member->name);
        return;
    }
    change->value = nf_bind_expression(binder, text, NULL, member->name);
    if (change->value.present && change->value.type.kind != NF_KIND_OBJECT &&
        change->value.type.kind != NF_KIND_LIST &&
        change->value.type.kind != NF_KIND_EMPTY &&
        change->value.type.kind != NF_KIND_UNKNOWN)
        nf_bind_error(binder, "type_mismatch", "",
                      "\"%s\" needs an object or a list", member->name);
}

static bool bind_item(nf_binder *binder, member_change *change,
                      const nf_entity *entity, const nf_element *item)
{
    const char *attribute = nf_element_string(item, "Attribute", "");
    const char *association = nf_element_string(item, "Association", "");
    const char *name = attribute[0] ? attribute : association;

    change->member = nf_bind_member(binder, entity, name);
    if (!change->member)
        return false;
    bind_kind(binder, change, item);
    bind_value(binder, change, item);
    return true;
}

const nf_member_changes *nf_member_changes_bind(nf_binder *binder,
                                                const nf_entity *entity,
                                                const nf_element *action)
{
    size_t count = nf_element_count(action, "Items");
    nf_member_changes *changes = nf_bind_alloc(
        binder, sizeof *changes + (count + 1) * sizeof *changes->items);

    if (!changes)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const nf_element *item = nf_element_item(action, "Items", i);

        if (item &&
            bind_item(binder, &changes->items[changes->count], entity, item))
            changes->count++;
    }
    return changes;
}

static nf_status apply(nf_call *call, const member_change *change,
                       nf_object *object, nf_error *err)
{
    const nf_member *member = change->member;
    nf_value value = nf_empty();
    nf_status status = nf_access_write(call, object, member, err);

    if (!status)
        status = nf_call_evaluate(call, &change->value, &value, err);
    if (!status && value.kind == NF_KIND_DATETIME && member->attribute)
        value.as.integer =
            nf_operator_store_date(&nf_call_world(call)->environment,
                                   member->attribute, value.as.integer);
    if (!status && change->kind == CHANGE_SET)
        status = nf_object_set(object, member, &value, err);
    else if (!status && value.kind != NF_KIND_EMPTY)
        status = change->kind == CHANGE_ADD
                     ? nf_object_add(object, member, &value, err)
                     : nf_object_remove(object, member, &value, err);
    nf_value_release(&value);
    return status ? status : nf_object_touched(call, object, err);
}

/* Of the first `count` changes. */
static nf_status tell_host(nf_call *call, const nf_member_changes *changes,
                           size_t count, const nf_object *object, nf_error *err)
{
    struct json_object *payload = nf_payload_new();
    struct json_object *names = json_object_new_array();

    for (size_t i = 0; names && i < count; i++)
        json_object_array_add(
            names, json_object_new_string(changes->items[i].member->name));
    nf_payload_id(payload, "object", object->id);
    nf_payload_text(payload, "entity", object->entity->qualified);
    nf_payload_part(payload, "members", names);
    if (nf_world_event(nf_call_world(call), "membersChanged", payload, NULL) ==
        NF_NOMEM)
        return nf_error_nomem(err);
    return NF_OK;
}

nf_status nf_member_changes_apply(nf_call *call,
                                  const nf_member_changes *changes,
                                  nf_object *object, bool tell, nf_error *err)
{
    bool listens = tell && nf_world_listens(nf_call_world(call));
    nf_status status = NF_OK;
    size_t done = 0;

    while (!status && done < changes->count) {
        status = apply(call, &changes->items[done], object, err);
        done += status == NF_OK;
    }
    if (!listens)
        return status;
    if (!status)
        return tell_host(call, changes, done, object, err);
    if (done &&
        nf_call_engine(call) == NF_ENGINE_CLIENT) /* nothing is undone */
        tell_host(call, changes, done, object, NULL);
    return status;
}
