/* What can be seen while the stepper has stopped: variables, objects, what
 * waits to be synchronized, expressions. */
#include "testing/debug.h"

#include "interpreter/evaluate.h"
#include "library/json.h"
#include "testing/brief.h"

char *nf_debug_variables(const nf_debug *d)
{
    const nf_frame *frame = nf_debug_frame(d);
    nf_buffer out;

    nf_buffer_init(&out, NF_BUFFER_MAX);
    for (size_t i = 0; frame && i < nf_frame_slot_count(frame); i++) {
        const char *name;
        nf_type type;
        const nf_value *value = nf_frame_slot(frame, i, &name, &type);

        if (!value)
            continue;
        nf_buffer_format(&out, "$%s = ", name);
        nf_brief_write(&out, value);
        nf_buffer_char(&out, '\n');
    }
    return nf_debug_take(&out);
}

static void write_object(void *user, nf_object *object)
{
    nf_buffer *out = user;
    char id[NF_GUID_DIGITS];
    bool first = true;

    nf_guid_digits(object->id, id);
    nf_buffer_format(out, "%-9s %s %s", nf_object_state_text(object),
                     object->entity->qualified, id);
    for (size_t i = 0; i < object->entity->member_count; i++) {
        const nf_member *member = &object->entity->members[i];
        nf_value *value = NULL;

        if (!nf_object_member_changed(object, i) ||
            nf_object_member(&value, object, member->name, NULL) != NF_OK)
            continue;
        nf_buffer_format(out, "%s%s = ", first ? ": " : ", ", member->name);
        nf_brief_write(out, value);
        first = false;
        nf_value_free(value);
    }
    nf_buffer_char(out, '\n');
}

char *nf_debug_objects(const nf_debug *d)
{
    nf_buffer out;

    nf_buffer_init(&out, NF_BUFFER_MAX);
    nf_objects_each_uncommitted(d->session->objects, write_object, &out);
    return nf_debug_take(&out);
}

nf_status nf_debug_queue(char **out, const nf_debug *d, nf_error *err)
{
    char *report = NULL;
    nf_status status = nf_session_synchronize(
        &report, d->session, NF_SYNCHRONIZE_UNSYNCHRONIZED, NULL, 0, true, err);

    *out = NULL;
    if (status)
        return status;
    *out = nf_sync_report_print(report, true);
    nf_text_free(report);
    return *out ? NF_OK : nf_error_nomem(err);
}

nf_status nf_debug_evaluate(char **out, const nf_debug *d,
                            const char *expression, nf_error *err)
{
    const nf_frame *frame = nf_debug_frame(d);
    nf_evaluated *e = NULL;
    nf_status status;

    *out = NULL;
    if (!frame)
        return nf_error_set(err, NF_USAGE, "not_found", "no flow runs");
    status = nf_frame_evaluate(&e, d->x, frame, expression, err);
    if (status)
        return status;
    *out = nf_evaluated_value(e)->kind == NF_KIND_EMPTY
               ? nf_strdup("empty")
               : nf_value_print(nf_evaluated_value(e));
    nf_evaluated_free(e);
    return *out ? NF_OK : nf_error_nomem(err);
}

const char *nf_debug_error(const nf_debug *d, nf_error_field field)
{
    return d->error ? nf_error_text(d->error, field) : "";
}
