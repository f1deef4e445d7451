/* One upload unit: what of it is in memory while it is applied (synchronize
 * §6). An entry is small and says what became of one record; the record itself
 * is read from the body whenever it is needed, one at a time (W9). */
#ifndef NF_SERVER_UNIT_H
#define NF_SERVER_UNIT_H

#include "server/internal.h"

/* The bytes of the upload, decoded. */
typedef struct nf_body {
    nf_blob_reader blob;
    nf_spool *plain; /* unpacked; NULL: as they came */
    int64_t size;    /* decoded */
    uint8_t *window;
    int64_t start; /* of the window */
    size_t length, capacity;
} nf_body;

/* Errors: SYNC_PROTOCOL, SYNC_LIMIT for what the bytes are; storage. */
nf_status nf_body_open(nf_body *body, nf_server *server,
                       const nf_server_run *run, nf_error *err);
void nf_body_close(nf_body *body); /* {0} is fine */
nf_status nf_body_source(void *body, int64_t offset, void *bytes, size_t *size,
                         nf_error *err);
/* Bytes of the body; borrowed until others are read. */
nf_status nf_body_bytes(nf_body *body, int64_t offset, size_t size,
                        const uint8_t **out, nf_error *err);
/* The record at an offset; borrowed until the next one is read. */
nf_status nf_body_record(nf_body *body, int64_t offset, nf_wire *out,
                         nf_error *err);

/* One uploaded entry and what became of it. */
typedef struct nf_entry {
    int64_t id;
    int64_t offset; /* of its record; -1: restored from an outcome */
    uint32_t size;  /* of its record, and where its parts begin; 0: it has */
    uint32_t members_at, changed_at; /* none, or they are looked for again */
    nf_sync_id mid;
    const nf_entity *entity; /* NULL: not in this model */
    const char *entity_name;
    /* as found on the server before the unit */
    const nf_entity *actual;        /* of the row; NULL: there is none */
    const nf_object_rights *rights; /* NULL without a row, but for new ones */
    int64_t version;                /* of the row */
    /* outcome (S52); texts are the unit's, "" none */
    const char *code, *text;
    uint64_t *cleared; /* members whose reference was cleared; NULL none */
    uint8_t base[16];  /* `h` of what the device had before (W29) */
    nf_wire_kind kind;
    nf_outcome_state state;
    bool decided, has_base;
    bool repeated;    /* decided by an earlier delivery (S24) */
    bool unseen;      /* its row is looked at when its turn comes */
    bool was_new;     /* sent as new; the device had created it before (D115) */
    bool marked;      /* of the ordering */
    bool later;       /* second chance (S48) */
    bool rest_same;   /* what was not sent is as it was before the unit */
    bool as_sent;     /* what was sent is what a row of `stored` has */
    int64_t stored;   /* version of the row that this entry wrote */
    bool kept_chosen; /* and which of its members count */
    nf_value *kept;   /* decoded values, for the next reading; NULL: decode */
} nf_entry;

/* The record of an entry, decoded: of the record itself what is said about
 * contents. */
typedef struct nf_entry_data {
    nf_wire record;   /* borrowed from the body */
    nf_value *values; /* the sets lie behind them */
    uint64_t *given, *changed;
    uint64_t *counting; /* members that count (write.h), once they are chosen */
    bool chosen;
    size_t count;
} nf_entry_data;

/* Rights that entries share: one per entity and answers of its constraints. */
typedef struct nf_unit_class {
    const nf_entity *entity;
    uint64_t tests;
    bool fresh;
    nf_object_rights *rights;
} nf_unit_class;

/* The rows of one entity, looked up by id. */
typedef struct nf_unit_table {
    const nf_entity *entity; /* NULL: not in use */
    const nf_access *access;
    nf_rows *rights; /* ids, and the answers that rights need; NULL not open */
    nf_rows *rows;   /* with all members; NULL not open */
} nf_unit_table;

enum {
    NF_UNIT_TABLES = 8,
    NF_UNIT_STRETCH = 64 /* entries whose rows are asked for together */
};

struct nf_unit {
    nf_server *server;
    nf_server_session *session;
    nf_server_run *run;
    nf_body body;
    nf_entry *entries;
    size_t count, capacity;
    size_t new_count; /* of entries sent as new */
    nf_idmap *by_id;  /* entry of an id */
    nf_arena *texts;
    nf_unit_class *classes;
    size_t class_count, class_capacity, last_class;
    nf_unit_table tables[NF_UNIT_TABLES];
    size_t last_table, next_table; /* used last, opened next */
    bool shared_mid;               /* two of its changes have one id */
    int64_t sequence;
    int64_t version; /* of rows, when it was applied; 0: restored */
    int64_t started; /* real time, for durations */
    struct nf_server_flows *flows; /* NULL: nothing needed a microflow yet */
    bool careful; /* nothing is sent without waiting: something has failed */
    int64_t known_target; /* of references: it is there; 0: none is known */
    const nf_entity *known_entity; /* and is one of these */
    bool deleting;    /* its new and changed objects are committed */
    bool as_objects;  /* its objects are in that world, for event handlers */
    uint64_t written; /* rows of its own among those written there */
};

/* Checks a body completely (S38). NF_FAILED SYNC_PROTOCOL if malformed. */
nf_status nf_unit_read(nf_unit *unit, nf_error *err);
/* Applies it in one transaction with its outcome (S39 … S52). Where the
 * database allows it, nobody waits for what is written one by one; if some of
 * that fails, the unit is read again and applied with care. */
nf_status nf_unit_apply(nf_unit *unit, nf_error *err);
void nf_unit_dispose(nf_unit *unit);
nf_entry *nf_unit_find(const nf_unit *unit, int64_t id);
nf_entry *nf_unit_add(nf_unit *unit, int64_t id, nf_error *err);
/* A text that lives as long as the unit; "" if there is no memory for it. */
const char *nf_unit_text(nf_unit *unit, const char *text);

/* Decodes an entry's record. What does not fit the model decides the entry;
 * the caller looks. One at a time; nf_entry_data_dispose in any case. */
nf_status nf_entry_read(nf_unit *unit, nf_entry *entry, nf_entry_data *out,
                        nf_error *err);
void nf_entry_data_dispose(nf_entry_data *data);
/* The same, but what was decoded serves the next nf_entry_read. */
void nf_entry_data_keep(nf_entry *entry, nf_entry_data *data);

/* Decides an entry, unless it is decided. `code` is a literal. */
void nf_entry_reject(nf_unit *unit, nf_entry *entry, const char *code,
                     const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void nf_entry_accept(nf_entry *entry, nf_outcome_state state);
/* Notes that a member's reference was cleared (S93, S95), and says so in the
 * log. */
nf_status nf_entry_clear(nf_unit *unit, nf_entry *entry, size_t member,
                         nf_error *err);

/* outcome.c: the outcome as it is stored (S52). *out: nf_buffer_dispose. */
nf_status nf_unit_outcome(const nf_unit *unit, nf_buffer *out, nf_error *err);
/* Fills entries from an outcome stored before (S37). */
nf_status nf_unit_restore(nf_unit *unit, const uint8_t *outcome, size_t size,
                          nf_error *err);

/* load.c: rows and rights as they are before the unit (S40, S41, D95). */
nf_status nf_unit_load(nf_unit *unit, nf_error *err);
/* The row of an entry's object as it is now; *out NULL: it has none. Decides an
 * unseen entry whose object is gone. Borrowed until another row is asked for;
 * nf_rows_rest before the database is written. */
nf_status nf_unit_row(nf_unit *unit, nf_entry *entry, nf_rows **out,
                      nf_error *err);
void nf_unit_close_tables(nf_unit *unit);
/* Asks ahead for the rows of a stretch of changes that are looked at when their
 * turn comes. */
nf_status nf_unit_expect_unseen(nf_unit *unit, size_t from, size_t to,
                                nf_error *err);
nf_status nf_unit_note_created(nf_unit *unit, const nf_entry *entry,
                               nf_error *err);

/* ahead.c: asks ahead, once a stretch of entries, for the rows of changes; for
 * all that committing or deleting them will look at. */
nf_status nf_unit_expect_rows(nf_unit *unit, size_t from, nf_error *err);
nf_status nf_unit_expect_changes(nf_unit *unit, size_t from, nf_error *err);
nf_status nf_unit_expect_deletions(nf_unit *unit, size_t from, nf_error *err);

/* decided.c: claims the mids of all changes; decides those that were decided
 * before (S24). */
nf_status nf_unit_claim(nf_unit *unit, nf_error *err);
/* Remembers which of them were rejected, and why. */
nf_status nf_unit_note_decided(nf_unit *unit, nf_error *err);

/* write.c: one new or changed object; decides it. */
nf_status nf_unit_write(nf_unit *unit, nf_entry *entry, nf_entry_data *data,
                        nf_error *err);
/* handled.c: units with event handlers. The world of their microflows, opened
 * when first asked for. */
nf_status nf_unit_open_flows(nf_unit *unit, nf_error *err);
/* If an entity among those of its new and changed objects has handlers, brings
 * all of these into that world (S40). */
nf_status nf_unit_instantiate(nf_unit *unit, nf_error *err);
/* Commits one of them (S45); decides it. */
nf_status nf_unit_commit(nf_unit *unit, nf_entry *entry, nf_entry_data *data,
                         nf_error *err);
/* Decides by what a handler did: `go_on` false, it said no. An error of the
 * database or of memory is not the object's (S39, S46). */
nf_status nf_unit_refuse(nf_unit *unit, nf_entry *entry, bool go_on,
                         const nf_error *problem, nf_error *err);
/* After all entries: what handlers made untrue; auto-committed objects go
 * (S97). */
nf_status nf_unit_end_flows(nf_unit *unit, nf_error *err);
/* references.c: what uploaded references point to (S92 … S95). */
nf_status nf_unit_check_references(nf_unit *unit, nf_entry *entry,
                                   nf_entry_data *data, const uint64_t *mask,
                                   nf_error *err);
/* Asks ahead for what an entry's references point to. */
nf_status nf_unit_expect_references(nf_unit *unit, const nf_entry *entry,
                                    const nf_entry_data *data, nf_error *err);
/* References of other objects to one that goes are cleared, and said so. */
nf_status nf_unit_clear_references(nf_unit *unit, const nf_entity *entity,
                                   int64_t id, nf_error *err);
/* S95: who refers to a rejected new object keeps no reference to it. */
nf_status nf_unit_clear_rejected(nf_unit *unit, nf_error *err);
/* Whether the contents that an entry names are there and its user's (W35). */
nf_status nf_unit_has_file(nf_unit *unit, const nf_wire *record, bool *out,
                           nf_error *err);
/* delete.c: one deletion; decides it. */
nf_status nf_unit_delete(nf_unit *unit, nf_entry *entry, nf_error *err);

/* check.c: values against the model: ranges, lengths, enumeration keys (S38).
 */
void nf_check_values(nf_unit *unit, nf_entry *entry, const nf_value *values,
                     const uint64_t *mask);
/* Validation rules (domain §7), then uniqueness. */
nf_status nf_check_rules(nf_unit *unit, nf_entry *entry, const nf_value *values,
                         nf_error *err);

/* Asks ahead whether its values are unique. */
nf_status nf_check_expect(nf_unit *unit, const nf_entry *entry,
                          const nf_entry_data *data, nf_error *err);
bool nf_entity_has_unique(const nf_entity *entity);

/* report.c: the history entry of a run (S163), and its line in the log. */
nf_status nf_unit_record_history(nf_unit *unit, nf_error *err);
nf_status nf_unit_record_failure(nf_unit *unit, nf_error *err);
void nf_unit_log(const nf_unit *unit, const char *result);

/* The error entity (S158 … S160). */
nf_status nf_unit_record_error(nf_unit *unit, nf_entry *entry, nf_error *err);

#endif
