#include "sync/codec_row.h"

/* Texts are by far the most bytes: they go from the row into the record. */
nf_status nf_row_member_write(bson_t *to, nf_rows *rows,
                              const nf_member *member, bool *ok, nf_error *err)
{
    const nf_attribute *attribute = member->attribute;
    nf_value value;
    const char *bytes;
    size_t size;
    nf_status status;

    if (attribute && (attribute->type == NF_ATTRIBUTE_STRING ||
                      attribute->type == NF_ATTRIBUTE_ENUMERATION)) {
        if (!nf_rows_bytes(rows, member->index, &bytes, &size))
            *ok = bson_append_null(to, member->name, -1);
        else
            *ok = size <= NF_SYNC_STRING_MAX &&
                  bson_append_utf8(to, member->name, -1, bytes, (int)size);
        return NF_OK;
    }
    status = nf_rows_value(rows, member->index, &value, err);
    if (status == NF_OK)
        *ok = nf_member_write(to, member, &value);
    nf_value_release(&value);
    return status;
}
