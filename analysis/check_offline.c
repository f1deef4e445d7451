/* The model checks of synchronize 2.3 on what nanoflows do with offline
 * entities, from their stored elements: what comes from the server only,
 * queries across the border between entities on the device and online ones,
 * and selections that leave a reference dangling. What depends on the type of
 * a variable is found while flows are compiled. */
#include "analysis/check.h"
#include "base/memory.h"
#include "interpreter/graph.h"

#include <ctype.h>
#include <string.h>

typedef struct activity {
    const nf_element *object, *action;
} activity;

typedef struct flow_check {
    nf_check *check;
    const nf_document *document;
    const char *element;  /* caption of the activity at hand */
    activity *activities; /* of the flow and its loops, not disabled */
    size_t count, capacity;
} flow_check;

static bool has_offline_profile(const nf_model *model)
{
    for (size_t i = 0; i < nf_model_profile_count(model); i++)
        if (nf_model_profile(model, i)->offline)
            return true;
    return false;
}

/* ---- values of the server ------------------------------------------------ */

/* AutoNumbers and calculated attributes get their values from the server, so
 * a new object has none until it was synchronized. */
static void check_create(const flow_check *f, const nf_element *action)
{
    const nf_entity *entity = nf_model_find_entity(
        f->check->model, nf_element_string(action, "Entity", ""));
    if (!entity || entity->kind != NF_ENTITY_PERSISTABLE ||
        entity->module->system)
        return;
    for (size_t i = 0; i < entity->member_count; i++) {
        const nf_attribute *attribute = entity->members[i].attribute;
        if (!attribute || attribute->entity->module->system ||
            (attribute->type != NF_ATTRIBUTE_AUTONUMBER &&
             !attribute->calculated))
            continue;
        nf_check_addf(f->check, NF_SEVERITY_WARNING, "SYNC_SERVER_VALUE",
                      f->document->qualified, f->element,
                      "'%s' gets its value at the first synchronization of "
                      "the object",
                      attribute->qualified);
        return;
    }
}

/* ---- the border to online entities (S74, S75) ---------------------------- */

static bool is_online(const nf_profile *profile, const nf_entity *entity)
{
    return entity && entity->kind == NF_ENTITY_PERSISTABLE &&
           nf_profile_config(profile, entity).mode == NF_SYNC_ONLINE;
}

/* A generalization some of whose objects are on the device and some are not
 * has no complete answer anywhere. */
static void check_hierarchy(const flow_check *f, const nf_profile *profile,
                            const nf_entity *entity)
{
    bool online = is_online(profile, entity);
    for (size_t i = 0; i < nf_model_entity_count(f->check->model); i++) {
        const nf_entity *other = nf_model_entity(f->check->model, i);
        if (other == entity || !nf_entity_is(other, entity) ||
            is_online(profile, other) == online)
            continue;
        nf_check_addf(f->check, NF_SEVERITY_ERROR, "SYNC_MIXED_HIERARCHY",
                      f->document->qualified, f->element,
                      "'%s' can't be retrieved: of it and its specialization "
                      "'%s' one is online in the profile '%s' and the other is "
                      "not",
                      entity->qualified, other->qualified, profile->name);
        return;
    }
}

static size_t name_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_' ||
           text[length] == '.')
        length++;
    return length;
}

/* A step over an association whose ends are on different sides. A comparison
 * of the association itself sees the stored id and is fine (S74). */
static const nf_association *
crossing(const flow_check *f, const nf_profile *profile, const char *text)
{
    while (*text) {
        char name[512];
        size_t length = name_length(text);
        if (*text == '\'' || *text == '"') {
            const char *end = strchr(text + 1, *text);
            text = end ? end + 1 : text + strlen(text);
            continue;
        }
        if (!length) {
            text++;
            continue;
        }
        const char *after = text + length;
        after += strspn(after, " \t\r\n");
        if (*after == '/' && length < sizeof name) {
            memcpy(name, text, length);
            name[length] = '\0';
            const nf_association *a =
                nf_model_find_association(f->check->model, name);
            if (a && a->parent && a->child &&
                is_online(profile, a->parent) != is_online(profile, a->child))
                return a;
        }
        text += length;
    }
    return NULL;
}

static void check_retrieve(const flow_check *f, const nf_element *action)
{
    const nf_element *source = nf_element_part(action, "RetrieveSource");
    if (!nf_element_is(source, "Microflows$DatabaseRetrieveSource"))
        return;
    const nf_entity *entity = nf_model_find_entity(
        f->check->model, nf_element_string(source, "Entity", ""));
    const char *text = nf_element_string(source, "XpathConstraint", "");
    for (size_t i = 0; i < nf_model_profile_count(f->check->model); i++) {
        const nf_profile *profile = nf_model_profile(f->check->model, i);
        if (!profile->offline)
            continue;
        if (entity)
            check_hierarchy(f, profile, entity);
        const nf_association *border = crossing(f, profile, text);
        if (border)
            nf_check_addf(f->check, NF_SEVERITY_ERROR, "SYNC_XPATH_BORDER",
                          f->document->qualified, f->element,
                          "The constraint follows '%s' between an entity on "
                          "the device and one that is online in the profile "
                          "'%s'",
                          border->qualified, profile->name);
    }
}

/* ---- dangling references (S92) ------------------------------------------- */

static bool is_selected(const nf_element *sync, const char *name)
{
    size_t count = nf_element_count(sync, "VariableNames");
    for (size_t i = 0; i < count; i++)
        if (!strcmp(nf_element_item_string(sync, "VariableNames", i), name))
            return true;
    return false;
}

/* The variable of an expression that is nothing but "$Name"; "" otherwise. */
static void variable_of(const char *text, char name[256])
{
    size_t length;
    name[0] = '\0';
    text += strspn(text, " \t\r\n");
    if (*text++ != '$')
        return;
    length = name_length(text);
    if (length < 256 && !text[length + strspn(text + length, " \t\r\n")]) {
        memcpy(name, text, length);
        name[length] = '\0';
    }
}

/* Whether the flow makes the object of this variable and never adds it to a
 * list that is selected. */
static bool is_left_out(const flow_check *f, const nf_element *sync,
                        const char *name)
{
    bool created = false;
    for (size_t i = 0; i < f->count; i++) {
        const nf_element *action = f->activities[i].action;
        char added[256];
        if (nf_element_is(action, "Microflows$CreateChangeAction") &&
            !strcmp(nf_element_string(action, "VariableName", ""), name))
            created = true;
        if (!nf_element_is(action, "Microflows$ChangeListAction") ||
            !is_selected(sync,
                         nf_element_string(action, "ChangeVariableName", "")))
            continue;
        variable_of(nf_element_string(action, "Value", ""), added);
        if (!strcmp(added, name))
            return false;
    }
    return created && !is_selected(sync, name);
}

static void check_items(const flow_check *f, const nf_element *sync,
                        const nf_element *action)
{
    for (size_t i = 0; i < nf_element_count(action, "Items"); i++) {
        const nf_element *item = nf_element_item(action, "Items", i);
        const char *association = nf_element_string(item, "Association", "");
        char name[256];
        variable_of(nf_element_string(item, "Value", ""), name);
        if (*association && *name && is_left_out(f, sync, name))
            nf_check_addf(f->check, NF_SEVERITY_WARNING, "SYNC_DANGLING",
                          f->document->qualified, f->element,
                          "A selected object refers by '%s' to the new object "
                          "$%s, which is not selected: the server rejects it "
                          "as long as it does not know $%s",
                          association, name, name);
    }
}

static void check_selection(const flow_check *f, const nf_element *sync)
{
    if (strcmp(nf_element_string(sync, "Type", "All"), "Specific") != 0)
        return;
    for (size_t i = 0; i < f->count; i++) {
        const nf_element *action = f->activities[i].action;
        bool create = nf_element_is(action, "Microflows$CreateChangeAction");
        const char *changed = nf_element_string(
            action, create ? "VariableName" : "ChangeVariableName", "");
        if ((create || nf_element_is(action, "Microflows$ChangeAction")) &&
            is_selected(sync, changed))
            check_items(f, sync, action);
    }
}

/* ---- one nanoflow -------------------------------------------------------- */

static void note_activity(flow_check *f, const nf_element *object,
                          const nf_element *action)
{
    activity *grown =
        nf_grow(f->activities, f->count, &f->capacity, sizeof *grown);
    if (!grown) {
        f->check->failed = true;
        return;
    }
    f->activities = grown;
    grown[f->count++] = (activity){object, action};
}

typedef struct collection {
    const nf_element *element;
    size_t next;
} collection;

static void collect_activities(flow_check *f, const nf_element *flow)
{
    enum { DEPTH_MAX = 200 }; /* loops nest no deeper than elements may */
    collection stack[DEPTH_MAX];
    size_t depth = 0;
    stack[depth++] = (collection){nf_element_part(flow, "ObjectCollection"), 0};
    while (depth) {
        collection *top = &stack[depth - 1];
        if (top->next == nf_element_count(top->element, "Objects")) {
            depth--;
            continue;
        }
        const nf_element *object =
            nf_element_item(top->element, "Objects", top->next++);
        const nf_element *action = nf_element_part(object, "Action");
        const nf_element *body = nf_element_part(object, "ObjectCollection");
        if (body && depth < DEPTH_MAX)
            stack[depth++] = (collection){body, 0};
        if (action && !nf_element_bool(object, "Disabled", false))
            note_activity(f, object, action);
    }
}

static void check_activity(const flow_check *f, const nf_element *action)
{
    if (nf_element_is(action, "Microflows$CreateChangeAction"))
        check_create(f, action);
    else if (nf_element_is(action, "Microflows$RetrieveAction"))
        check_retrieve(f, action);
    else if (nf_element_is(action, "Microflows$SynchronizeAction"))
        check_selection(f, action);
}

/* One warning per flow. */
static bool warns_of_profile(const flow_check *f, const nf_element *action)
{
    if (!nf_element_is(action, "Microflows$SynchronizeAction"))
        return false;
    nf_check_add(f->check, NF_SEVERITY_WARNING, "SYNC_NOT_OFFLINE",
                 f->document->qualified, f->element, -1,
                 "The app has no offline profile; the flow runs as if all "
                 "persistable entities were offline");
    return true;
}

void nf_check_offline_flow(nf_check *check, const nf_document *document,
                           const nf_element *flow)
{
    flow_check f = {.check = check, .document = document};
    bool offline = has_offline_profile(check->model), warned = false;
    collect_activities(&f, flow);
    for (size_t i = 0; i < f.count && !warned; i++) {
        const activity *one = &f.activities[i];
        nf_node node = {.kind = NF_NODE_ACTIVITY,
                        .element = one->object,
                        .action = one->action};
        f.element = nf_node_caption(&node);
        check->place = &one->object->id;
        if (offline)
            check_activity(&f, one->action);
        else
            warned = warns_of_profile(&f, one->action);
    }
    check->place = NULL;
    nf_free(f.activities);
}
