/* A host that works with objects. It tells which nanoflows an app has and what
 * they take, makes a work order and a technician, and gives both to one of
 * them; then it reads what has become of the order.
 *
 *     objects ../field-service/app.xml */
#include <nanoflow.h>

#include <stdio.h>
#include <string.h>

/* Each event has a name and a JSON object; nf_event_fn lists them, with their
 * members. */
static nf_status on_event(void *user, nf_session *session, const char *name,
                          const char *json, nf_error *err)
{
    (void)user, (void)session, (void)err;
    if (strcmp(name, "showMessage") == 0) {
        char *text = nf_event_text(json, "text");
        printf("message: %s\n", text ? text : "");
        nf_text_free(text);
    }
    return NF_OK;
}

static void print_type(const char *name, const nf_declaration *value)
{
    printf("  %s: %s%s%s\n", name, value->kind, *value->type ? " " : "",
           value->type);
}

static nf_status print_flow(const nf_app *app, const char *name, nf_error *err)
{
    const nf_flow *flow;
    nf_declaration value;
    nf_status status = nf_app_flow(&flow, app, name, err);
    if (status != NF_OK)
        return status;
    printf("%s\n", name);
    for (size_t i = 0; nf_flow_parameter(&value, flow, i); i++)
        print_type(value.name, &value);
    nf_flow_result(&value, flow);
    print_type("returns", &value);
    return NF_OK;
}

static nf_status print_flows(const nf_app *app, nf_error *err)
{
    char *names = NULL;
    nf_status status = nf_app_list(&names, app, "nanoflow", NULL, false, err);
    char *name = names;
    while (status == NF_OK && *name) { /* one a line */
        char *end = name + strcspn(name, "\n");
        char *next = *end ? end + 1 : end;
        *end = '\0';
        if (!strchr(name, '\t')) /* behind it: excluded */
            status = print_flow(app, name, err);
        name = next;
    }
    nf_text_free(names);
    return status;
}

/* A new object with one member set, committed. */
static nf_status make(nf_object **out, nf_session *session, const char *entity,
                      const char *member, nf_value *value, nf_error *err)
{
    nf_status status = nf_session_create(out, session, entity, err);
    if (status == NF_OK)
        status = nf_object_change(*out, member, value, err);
    if (status == NF_OK)
        status = nf_session_commit(session, out, 1, err);
    nf_value_free(value);
    return status;
}

static nf_status take_order(nf_session *session, nf_object *order,
                            nf_object *technician, nf_error *err)
{
    nf_value *first = nf_value_new_object(order);
    nf_value *second = nf_value_new_object(technician);
    nf_argument arguments[] = {{"WorkOrder", first}, {"Technician", second}};
    nf_value *result = NULL, *state = NULL;
    nf_status status = nf_session_call(
        &result, session, "FieldService.ACT_TakeWorkOrder", arguments, 2, err);
    if (status == NF_OK)
        status = nf_object_member(&state, order, "Status", err);
    if (status == NF_OK) {
        char *returned = nf_value_print(result), *is = nf_value_print(state);
        printf("it returns %s, and the order is %s\n", returned ? returned : "",
               is ? is : "");
        nf_text_free(returned);
        nf_text_free(is);
    }
    nf_value_free(state);
    nf_value_free(result);
    nf_value_free(second);
    nf_value_free(first);
    return status;
}

static nf_status work(const nf_app *app, nf_error *err)
{
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_session *session = NULL;
    nf_object *order = NULL, *technician = NULL;
    options.event = on_event;
    nf_status status = nf_session_new(&session, app, &options, err);
    if (status == NF_OK)
        status = make(&order, session, "FieldService.WorkOrder", "Title",
                      nf_value_new_string("The boiler", 10), err);
    if (status == NF_OK)
        status = make(&technician, session, "FieldService.Technician", "Name",
                      nf_value_new_string("Ada", 3), err);
    if (status == NF_OK)
        status = take_order(session, order, technician, err);
    nf_object_free(technician);
    nf_object_free(order);
    nf_session_free(session); /* after what came from it */
    return status;
}

int main(int argc, char **argv)
{
    nf_error *err = nf_error_new();
    nf_app *app = NULL;
    if (argc != 2) {
        fprintf(stderr, "usage: objects APP\n");
        return NF_USAGE;
    }
    nf_status status = nf_app_open(&app, argv[1], err);
    if (status == NF_OK)
        status = print_flows(app, err);
    if (status == NF_OK)
        status = work(app, err);
    if (status != NF_OK) {
        char *text = nf_error_print(err);
        fprintf(stderr, "%s\n", text ? text : "out of memory");
        nf_text_free(text);
    }
    nf_app_close(app);
    nf_error_free(err);
    return (int)status;
}
