/* Members of stored rows on the wire, without values in between. */
#ifndef NF_SYNC_CODEC_ROW_H
#define NF_SYNC_CODEC_ROW_H

#include "database/record.h"
#include "sync/codec.h"

/* Appends the member of the present row. *ok false: it is too long, or out of
 * memory. */
nf_status nf_row_member_write(nf_buffer *to, nf_rows *rows,
                              const nf_member *member, bool *ok, nf_error *err);

#endif
