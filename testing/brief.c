/* See brief.h. */
#include "testing/brief.h"

#include "base/memory.h"
#include "library/json.h"
#include "nanoflow.h"

#include <string.h>

static void write_list(nf_buffer *out, nf_list *list)
{
    nf_buffer_format(out, "list of %zu %s", nf_list_count(list),
                     list->entity ? list->entity->qualified : "objects");
}

static void write_object(nf_buffer *out, const nf_object *object)
{
    char id[NF_GUID_DIGITS];

    nf_guid_digits(object->id, id);
    nf_buffer_format(out, "%s %s (%s)", object->entity->qualified, id,
                     nf_object_state_text(object));
}

void nf_brief_write(nf_buffer *out, const nf_value *value)
{
    char *text;

    if (value->kind == NF_KIND_OBJECT) {
        write_object(out, value->as.object);
        return;
    }
    if (value->kind == NF_KIND_LIST) {
        write_list(out, value->as.list);
        return;
    }
    text = value->kind == NF_KIND_STRING  ? nf_value_to_json(value)
           : value->kind == NF_KIND_EMPTY ? nf_strdup("empty")
                                          : nf_value_print(value);
    if (!text)
        out->failed = true;
    else
        nf_buffer_text(out, text);
    nf_text_free(text);
}

static void write_members(nf_buffer *out, nf_object *object, size_t end)
{
    for (size_t i = 0; i < object->entity->member_count; i++) {
        const char *name = object->entity->members[i].name;
        nf_value *value = NULL;

        if (out->length > end)
            return;
        if (nf_object_member(&value, object, name, NULL) == NF_OK &&
            value->kind != NF_KIND_EMPTY) {
            nf_buffer_format(out, ", %s = ", name);
            nf_brief_write(out, value);
        }
        nf_value_free(value);
    }
}

void nf_brief_write_all(nf_buffer *out, const nf_value *value, size_t max)
{
    size_t begin = out->length, end;

    nf_brief_write(out, value);
    if (value->kind == NF_KIND_OBJECT && !out->failed)
        write_members(out, value->as.object, begin + max);
    if (out->failed || out->length <= begin + max)
        return;
    end = begin + nf_utf8_cut(out->data + begin, max);
    out->length = end;
    out->data[end] = '\0';
    nf_buffer_text(out, "…");
}
