/* A host that draws forms, with nothing but nanoflow.h: what an app has of
 * entities and enumerations, objects that are found by their id, keys that an
 * enumeration does not have, members of events. */
#include "check.h"

#include <stdlib.h>

#define ORDER "FieldService.WorkOrder"

static bool has_member(const nf_entity *entity, const char *name,
                       const char *kind, const char *type)
{
    nf_declaration member;
    for (size_t i = 0; nf_entity_member(&member, entity, i); i++)
        if (is(member.name, name))
            return is(member.kind, kind) && is(member.type, type) &&
                   !member.required;
    return false;
}

static void look_at_entities(const nf_app *app, nf_error *err)
{
    const nf_entity *order = NULL, *other = NULL;
    check(nf_app_entity(&order, app, ORDER, err) == NF_OK &&
              is(nf_entity_name(order), ORDER) &&
              is(nf_entity_generalization(order), "") &&
              nf_entity_is_persistable(order),
          "an entity", err);
    check(has_member(order, "Title", "String", "") &&
              has_member(order, "Hours", "Decimal", "") &&
              has_member(order, "Status", "Enumeration",
                         "FieldService.OrderStatus") &&
              has_member(order, "FieldService.WorkOrder_Account", "Object",
                         "FieldService.Account"),
          "its members", err);
    check(nf_app_entity(&other, app, "FieldService.Photo", err) == NF_OK &&
              is(nf_entity_generalization(other), "System.Image") &&
              has_member(other, "Name", "String", ""),
          "a specialization", err);
    check(nf_app_entity(&other, app, "FieldService.CompletionReport", err) ==
                  NF_OK &&
              !nf_entity_is_persistable(other),
          "one in memory only", err);
    check(nf_app_entity(&other, app, "FieldService.Nothing", err) == NF_USAGE &&
              !other && has_code(err, "not_found"),
          "no entity", err);
    nf_error_reset(err);
}

static void look_at_enumerations(const nf_app *app, nf_error *err)
{
    const nf_enumeration *priority = NULL;
    check(
        nf_app_enumeration(&priority, app, "FieldService.Priority", err) ==
                NF_OK &&
            is(nf_enumeration_key(priority, 0), "Low") &&
            is(nf_enumeration_caption(app, priority, 0, "xx_XX"), "Can wait") &&
            is(nf_enumeration_caption(app, priority, 2, NULL), "Urgent") &&
            !nf_enumeration_key(priority, 3) &&
            !nf_enumeration_caption(app, priority, 3, NULL),
        "an enumeration", err);
    check(nf_app_enumeration(&priority, app, ORDER, err) == NF_USAGE &&
              !priority,
          "no enumeration", err);
    nf_error_reset(err);
}

static nf_status change(nf_object *object, const char *member, nf_value *value,
                        nf_error *err)
{
    nf_error_reset(err);
    nf_status status = nf_object_change(object, member, value, err);
    nf_value_free(value);
    return status;
}

static void change_members(nf_object *order, nf_error *err)
{
    nf_value *value = NULL;
    double hours = 1;
    check(change(order, "Priority", nf_value_new_enumeration("Urgent"), err) ==
              NF_OK,
          "a key", err);
    check(change(order, "Priority", nf_value_new_enumeration("Never"), err) ==
                  NF_FAILED &&
              has_code(err, "type_mismatch"),
          "no key", err);
    check(change(order, "Priority",
                 nf_value_new_enumeration("FieldService.Priority.Low"),
                 err) == NF_FAILED,
          "a qualified key", err);
    nf_error_reset(err);
    check(nf_object_member(&value, order, "Priority", err) == NF_OK &&
              is_text(value, "Urgent") && !nf_value_as_number(&hours, value) &&
              hours == 0,
          "it stays", err);
    nf_value_free(value);
    check(change(order, "Hours", nf_value_new_decimal("2.25"), err) == NF_OK &&
              nf_object_member(&value, order, "Hours", err) == NF_OK &&
              nf_value_as_number(&hours, value) && hours == 2.25,
          "a decimal", err);
    nf_value_free(value);
}

/* New and committed ones, held by nobody else. */
static void find_by_id(nf_session *s, nf_error *err)
{
    nf_object *order = NULL, *kept = NULL, *found = NULL;
    nf_list *list = NULL;
    check(nf_session_create(&order, s, ORDER, err) == NF_OK, "an order", err);
    int64_t id = nf_object_id(order);
    change_members(order, err);
    check(nf_session_find(&found, s, NULL, id, err) == NF_OK && found == order,
          "a new one", err);
    nf_object_free(found);
    check(nf_session_commit(s, &order, 1, err) == NF_OK &&
              nf_session_list(&list, s, ORDER, err) == NF_OK &&
              is(nf_list_entity(list), ORDER) && nf_list_add(list, order),
          "a list of it", err);
    nf_object_free(order);
    kept = nf_object_keep(nf_list_item(list, 0));
    nf_list *same = nf_list_keep(list);
    nf_list_free(list);
    check(nf_list_length(same) == 1 && nf_object_id(kept) == id, "kept", err);
    nf_list_free(same);
    check(is(nf_object_entity(kept), ORDER), "still there", err);
    nf_object_free(kept);
    check(nf_session_find(&found, s, NULL, id, err) == NF_OK && found &&
              is(nf_object_entity(found), ORDER),
          "one in the database", err);
    nf_object_free(found);
    check(nf_session_find(&found, s, "FieldService.Account", id, err) ==
                  NF_OK &&
              !found,
          "one of another entity", err);
    check(nf_session_find(&found, s, NULL, 1, err) == NF_OK && !found,
          "an id of nobody", err);
    check(!nf_object_keep(NULL) && !nf_list_keep(NULL), "nothing", NULL);
}

static void refuse_key(nf_session *s, nf_error *err)
{
    static const char *const wrong[] = {"Search"};
    nf_value *key = nf_value_new_enumeration("Never");
    nf_argument argument = {wrong[0], key};
    nf_error_reset(err);
    check(nf_session_call(NULL, s, "FieldService.DS_OpenOrders", &argument, 1,
                          err) == NF_USAGE &&
              has_code(err, "bad_argument"),
          "an argument of another type", err);
    nf_value_free(key);
}

static bool member(const char *json, const char *name, const char *expected)
{
    char *text = nf_event_text(json, name);
    bool ok = is(text, expected);
    nf_text_free(text);
    return ok;
}

static void read_events(void)
{
    const char *page = "{\"page\":\"A.B\",\"parameters\":{\"Task\":\"12\"},"
                       "\"closePages\":0,\"title\":null}";
    check(member(page, "page", "A.B") &&
              member(page, "parameters.Task", "12") &&
              member(page, "closePages", "0") && member(page, "title", "") &&
              member(page, "parameters", "{\"Task\":\"12\"}") &&
              member(page, "parameters.Other", "") &&
              member(page, "page.Other", "") && member("null", "x", "") &&
              member("{", "x", ""),
          "members of an event", NULL);
    check(is(nf_status_text(NF_CANCELLED), "cancelled") &&
              is(nf_status_text((nf_status)99), ""),
          "a status", NULL);
    check(nf_library_version_number() == NF_VERSION_NUMBER, "a version", NULL);
    int major = 0, minor = 0, patch = 0;
    check(sscanf(NF_VERSION, "%d.%d.%d", &major, &minor, &patch) == 3 &&
              major * 10000 + minor * 100 + patch == NF_VERSION_NUMBER,
          "its number", NULL);
}

static void test(const nf_app *app)
{
    nf_error *err = nf_error_new();
    nf_session *session = NULL;
    look_at_entities(app, err);
    look_at_enumerations(app, err);
    read_events();
    check(nf_session_new(&session, app, NULL, err) == NF_OK, "a session", err);
    if (session) {
        find_by_id(session, err);
        refuse_key(session, err);
    }
    nf_session_free(session);
    nf_error_free(err);
}

int main(int argc, char **argv)
{
    return on_app(argc, argv, test);
}
