/* One object of a unit on its way into the database: what its plain commit
 * (write.c) and that of a unit with event handlers (handled.c) share. */
#ifndef NF_SERVER_WRITE_H
#define NF_SERVER_WRITE_H

#include "server/unit.h"

typedef struct nf_change {
    nf_unit *unit;
    nf_entry *entry;
    nf_entry_data *data; /* what was sent */
    nf_rows *before;     /* its row, until something is written; NULL: new */
    nf_value *values;    /* as they will be stored; the sets lie behind them */
    uint64_t *mask;      /* members that are set: sent, or by the server */
    uint64_t *differing; /* of them those that the row does not have so */
} nf_change;

/* Its row, with the rights that were put off until then. Decides what has no
 * row any more. In any case: nf_change_end. */
nf_status nf_change_begin(nf_change *c, nf_error *err);
/* Room for values: of a new object, and of one that the device had created
 * before, the defaults. */
nf_status nf_change_make_room(nf_change *c, nf_error *err);
/* Whether they are asked for where members that may not be written were sent.
 */
bool nf_change_asks_defaults(const nf_change *c);
void nf_change_end(nf_change *c);
/* Before something is written. */
void nf_change_leave_row(nf_change *c);

/* Members that count, into the mask: sent, not managed by the server, and
 * writable. The second one also rejects what must not be written (S42). */
void nf_change_choose(nf_change *c);
nf_status nf_change_check_members(nf_change *c, nf_error *err);
/* Contents that were sent; sets values and mask (S45). */
nf_status nf_change_link_file(nf_change *c, nf_error *err);
/* Whether an object that is refused may have written something already: only
 * where it takes more than one statement, each of which leaves nothing when it
 * fails. */
bool nf_change_takes_several(const nf_change *c);
/* A database error that the values of this object cause rejects it; any other
 * fails the unit (S39). */
nf_status nf_change_judge(nf_change *c, nf_error *problem, nf_error *err);
/* The row was written with these values: what of it the device knows. */
nf_status nf_change_note(nf_change *c, nf_error *err);
void nf_change_accept(nf_change *c);

#endif
