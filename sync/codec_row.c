/* See codec_row.h. */
#include "sync/codec_row.h"

#include "sync/document.h"

/* Texts are by far the most bytes: they go from the row into the record. */
nf_status nf_row_member_write(nf_buffer *to, nf_rows *rows,
                              const nf_member *member, bool *ok, nf_error *err)
{
    const nf_attribute *attribute = member->attribute;
    nf_value value;
    const char *bytes;
    size_t size;
    nf_status status;

    if (attribute && (attribute->type == NF_ATTRIBUTE_STRING ||
                      attribute->type == NF_ATTRIBUTE_ENUMERATION)) {
        *ok = true;
        if (!nf_rows_bytes(rows, member->index, &bytes, &size))
            nf_put_null(to, member->name);
        else if (size <= NF_SYNC_STRING_MAX)
            nf_put_text(to, member->name, bytes, size);
        else
            *ok = false;
        *ok = *ok && !to->failed;
        return NF_OK;
    }
    status = nf_rows_value(rows, member->index, &value, err);
    if (status == NF_OK)
        *ok = nf_member_write(to, member, &value);
    nf_value_release(&value);
    return status;
}
