/* A database with the schema of an app (domain §12, design §10): the
 * common part of the device's database and of the server's store. Opening
 * creates or migrates; afterwards every persistable entity has a table per
 * hierarchy root. One thread at a time; it outlives nothing of the model.
 *
 * Others may keep tables of their own beside ours (names that begin with
 * `_mx_`): nf_database_statement gives them the statement cache and
 * nf_database_begin the transactions. */
#ifndef NF_DATABASE_DATABASE_H
#define NF_DATABASE_DATABASE_H

#include "base/clock.h"
#include "base/fault.h"
#include "models/model.h"
#include "objects/value.h"

typedef struct sqlite3 sqlite3;
typedef struct nf_statement nf_statement; /* database/statement.h */
typedef struct nf_database nf_database;
typedef struct nf_templates nf_templates;

typedef enum nf_database_side {
    NF_DATABASE_DEVICE,
    NF_DATABASE_SERVER
} nf_database_side;

typedef struct nf_database_options {
    const nf_model *model;
    const char *path; /* NULL or ":memory:": in memory, gone at close;
                         postgresql://…: the server's, for several processes */
    nf_database_side side;
    bool must_exist;   /* a missing file is an error instead of a new one */
    nf_random *random; /* device number, low bits of server ids; NULL: zeros */
    int busy_ms;       /* to wait for another process; 0: 5 seconds,
                             below 0: not at all */
    nf_faults *faults; /* what is to go wrong; outlives it; NULL: nothing */
    /* In memory it begins as a copy of one of these; outlive it; NULL: it makes
     * its tables itself. */
    nf_templates *templates;
    bool bare; /* PostgreSQL: statements and transactions only, which wait for
                  nobody else who writes; no schema */
} nf_database_options;

/* Opens, creates or migrates (D136). Errors, all NF_INPUT with the file: not
 * a database, of another app or of the other side, a newer layout, a change of
 * the model that can't be applied in place (code model_changed; the file is
 * then unchanged), in use by another process. New files have mode 0600. In
 * memory the tables are made with the first statement, transaction or handle
 * that is asked for. Owner: caller. */
nf_status nf_database_open(nf_database **out,
                           const nf_database_options *options, nf_error *err);

/* One empty database of each side, of one model, made when first needed: for
 * many short-lived databases in memory, on any thread. Making their tables is
 * no point of a plan of faults. Owner: caller, who frees them after all copies;
 * NULL: out of memory. */
nf_templates *nf_templates_new(void);
void nf_templates_free(nf_templates *templates); /* NULL is fine */

/* The order of retrieves where a host wants another than the database's own
 * (xpath Q152, Q153); before the first query. */
typedef enum nf_empty_order {
    NF_EMPTY_BY_SIDE, /* the device: small; the server: large */
    NF_EMPTY_SMALL,   /* first when ascending, as SQLite */
    NF_EMPTY_LARGE    /* last when ascending, as PostgreSQL */
} nf_empty_order;
void nf_database_order_empty(nf_database *database, nf_empty_order order);
/* Strings sort and compare by < and > (never by =) as the locale does ("de").
 * Errors: NF_USAGE for a locale that ICU does not know; NF_NOMEM. */
nf_status nf_database_collate(nf_database *database, const char *locale,
                              nf_error *err);
/* One text of `_mx_meta` of a file that the model of today may not fit. *out:
 * nf_free; NULL if it has none, or is no such file. */
nf_status nf_database_peek_meta(char **out, const char *path, const char *key,
                                nf_error *err);
void nf_database_close(nf_database *database); /* NULL is fine */

const nf_model *nf_database_model(const nf_database *database);
nf_database_side nf_database_get_side(const nf_database *database);
/* ":memory:" or the file; an address without its password. */
const char *nf_database_path(const nf_database *database);
/* What opens another connection to the same, not for messages. */
const char *nf_database_address(const nf_database *database);
/* Whether several processes work on it, and no file is beside it. */
bool nf_database_is_shared(const nf_database *database);

/* Whatever the database says went wrong last, as db_error (NF_FAILED; NF_NOMEM
 * when out of memory). `doing` completes "cannot …". The detail is `busy` where
 * another process was in the way, `constraint` where the values are to blame,
 * `late` where it is one that was sent before (nf_database_pipeline). Returns
 * the status. */
nf_status nf_database_error(nf_database *database, const char *doing,
                            nf_error *err);

/* ---- statements ---------------------------------------------------------- */

/* A prepared statement from the cache by its text, with no bindings. Give it
 * back with nf_database_done. NULL with an error. */
nf_statement *nf_database_statement(nf_database *database, const char *sql,
                                    nf_error *err);
/* Resets and returns it to the cache; NULL is fine. */
void nf_database_done(nf_database *database, nf_statement *statement);
/* Runs text without bindings (several statements, schema included). */
nf_status nf_database_execute(nf_database *database, const char *sql,
                              nf_error *err);
/* Tables and indexes of one's own, in SQLite's words for types; no text or name
 * in them has a word in capitals. */
nf_status nf_database_create(nf_database *database, const char *sql,
                             nf_error *err);
/* To the next row: *row tells whether there is one. */
nf_status nf_database_step(nf_database *database, nf_statement *statement,
                           bool *row, nf_error *err);
/* How many rows the last statement wrote or deleted. */
int64_t nf_database_changes(nf_database *database);

/* ---- transactions -------------------------------------------------------- */

/* Begins a write transaction, or a savepoint inside one: they nest. Every
 * begin has one end; keep = false undoes what happened since the begin. An
 * end that cannot commit undoes and reports. */
nf_status nf_database_begin(nf_database *database, nf_error *err);
/* The same, but where the database lets several write it waits for nobody:
 * for what only this device's requests change. */
nf_status nf_database_begin_beside(nf_database *database, nf_error *err);
nf_status nf_database_end(nf_database *database, bool keep, nf_error *err);
/* Ends what came to `status`: kept if that is NF_OK. Returns `status`, or else
 * what its end failed with. */
nf_status nf_database_conclude(nf_database *database, nf_status status,
                               nf_error *err);
int nf_database_depth(const nf_database *database);
/* Whether one statement that fails needs no begin of its own: it undoes itself,
 * or nothing is kept of all (nf_database_pipeline). */
bool nf_database_begins_late(const nf_database *database);
/* From true to false, inside a transaction, statements that write are sent
 * without waiting for what becomes of them, where that saves time: one that
 * fails is told by a later call, as an error with the detail `late`, and the
 * transaction can only be undone, or what was begun last before this. Repeated
 * without it the culprit is found. Another true forgets what was asked ahead
 * and not needed. */
void nf_database_pipeline(nf_database *database, bool begin);
/* Whether true would begin one in a transaction. */
bool nf_database_pipes(const nf_database *database);
/* Waits for what was sent; an error `late` if some of that has failed. */
nf_status nf_database_settled(nf_database *database, nf_error *err);
/* Whether it is in one that really is. */
bool nf_database_is_piped(const nf_database *database);
/* Asks in a pipeline for what the statement will answer with what is bound; the
 * same statement, stepped later with the same values, has the answer without
 * waiting for it alone. It is one that asks for the row with an id, or for what
 * rows hold (nf_statement_finds). What is written later is noticed, if it
 * changes such an answer, and the database asked again. Does nothing elsewhere.
 */
nf_status nf_database_expect(nf_database *database, nf_statement *statement,
                             nf_error *err);
/* Inside a transaction that nobody writes beside: between true and false
 * questions are asked ahead (nf_database_expect) and nothing is written. Outside
 * a pipeline false waits for the answers, which serve until the transaction
 * ends. Returns whether asking is worth it. */
bool nf_database_foresee(nf_database *database, bool begin);
/* Between true and false one statement is written, which nobody will want to
 * undo without the outermost begin: begins in which nothing was written so far
 * need no savepoint for it. */
void nf_database_write_alone(nf_database *database, bool alone);
/* From freeze to thaw all that is read is of one moment, whatever another
 * process commits; nothing may be written. Inside a transaction, which has its
 * own moment, they do nothing. */
nf_status nf_database_freeze(nf_database *database, nf_error *err);
void nf_database_thaw(nf_database *database);
/* Between true and false (which nest) the caller passes over many rows once: a
 * small cache serves that as well, so memory does not follow their number. */
void nf_database_stream(nf_database *database, bool begin);
/* Between true and false many savepoints come one after the other. */
nf_status nf_database_many_savepoints(nf_database *database, bool begin,
                                      nf_error *err);
/* Full durability for the transactions until it is set back (synchronize
 * W52): the device begins without, the server with it. Does nothing inside a
 * transaction. */
nf_status nf_database_set_durable(nf_database *database, bool durable,
                                  nf_error *err);

/* A commit that has made the log of changes long copies it back into the file
 * (some ten milliseconds). Who has quiet moments asks for them: from then on
 * nf_database_tidy does it, and a commit only where none of them came for long.
 */
void nf_database_tidy_later(nf_database *database);
bool nf_database_is_untidy(const nf_database *database);
/* What can't be copied now (somebody reads it) is left for the next time. */
void nf_database_tidy(nf_database *database);

/* Queries that read, and are still at work at `deadline` (of
 * nf_clock_elapsed), fail with budget_exceeded, detail "timeout"; 0: none do.
 * Statements that write are not stopped: SQLite would undo the transaction. Nor
 * is another process that writes waited for longer. */
void nf_database_deadline(nf_database *database, int64_t deadline);

/* ---- metadata ------------------------------------------------------------ */

/* `_mx_meta`. *out: text or bytes, NUL-terminated, nf_free; NULL if the key
 * is absent. `size` may be NULL. */
nf_status nf_database_get_meta(nf_database *database, const char *key,
                               char **out, size_t *size, nf_error *err);
/* value NULL removes. */
nf_status nf_database_set_meta(nf_database *database, const char *key,
                               const void *value, size_t size, nf_error *err);
nf_status nf_database_get_number(nf_database *database, const char *key,
                                 int64_t fallback, int64_t *out, nf_error *err);
nf_status nf_database_set_number(nf_database *database, const char *key,
                                 int64_t value, nf_error *err);

/* Names of tables and columns, quoted for SQL; borrowed. NULL: not stored
 * (non-persistable; or a reference set, hashed strings on the device,
 * calculated attributes on the server, contents, a child end). */
const char *nf_database_table(const nf_database *database,
                              const nf_entity *entity);
const char *nf_database_column(const nf_database *database,
                               const nf_entity *entity, size_t member_index);
/* Table (parent, child) of a reference set; NULL for a Reference. */
const char *nf_database_set_table(const nf_database *database,
                                  const nf_association *association);
/* The number by which `_mx_` tables name an entity: short, stable while the
 * file lives, > 0; 0 for one without a table. And back; NULL: unknown. */
int64_t nf_database_entity_number(const nf_database *database,
                                  const nf_entity *entity);
const nf_entity *nf_database_entity(const nf_database *database,
                                    int64_t number);
/* Identity of a member for blobs that outlive a change of the model: the guid
 * of its attribute or association, or a digest of its name without one. */
void nf_member_storage_guid(const nf_member *member, nf_guid *out);
void nf_entity_storage_guid(const nf_entity *entity, nf_guid *out);
void nf_association_storage_guid(const nf_association *association,
                                 nf_guid *out);

/* ---- ids ----------------------------------------------------------------- */

/* A fresh id (D110 on the server, D112 on the device), never used before in
 * this database. */
nf_status nf_database_new_id(nf_database *database, const nf_entity *entity,
                             int64_t *out, nf_error *err);
/* The device's number in ids it makes: drawn at creation from the upper half
 * of 20 bits (D113), replaced by the one the server issues (W22). Ids made
 * before stay as they are (design §10.14). */
int64_t nf_database_device_number(const nf_database *database);
nf_status nf_database_set_device_number(nf_database *database, int64_t number,
                                        nf_error *err);
/* The actual entity of an object; *out NULL if no table has the id. */
nf_status nf_database_entity_of(nf_database *database, int64_t id,
                                const nf_entity **out, nf_error *err);
/* Asks ahead what it looks at first (nf_database_expect). */
nf_status nf_database_expect_entity_of(nf_database *database, int64_t id,
                                       nf_error *err);
/* The same for an id that is probably nobody's; and asks that ahead of up to
 * 64, of which the latest are remembered (nf_database_expect). */
nf_status nf_database_search_entity(nf_database *database, int64_t id,
                                    const nf_entity **out, nf_error *err);
nf_status nf_database_expect_entities(nf_database *database, const int64_t *ids,
                                      size_t count, nf_error *err);

/* Names of data files (design §5). A new name gets the next id of its entity
 * in a range of its own, so the same file gives the same ids on the device
 * and on the server. *out 0 / NULL: unknown. */
nf_status nf_database_find_name(nf_database *database, const char *name,
                                int64_t *out, const nf_entity **entity,
                                nf_error *err);
nf_status nf_database_assign_name(nf_database *database,
                                  const nf_entity *entity, const char *name,
                                  int64_t *out, nf_error *err);
/* Asks ahead (nf_database_expect) what a name is of; and what giving that many
 * new names to objects of an entity will look at. */
nf_status nf_database_expect_name(nf_database *database, const char *name,
                                  nf_error *err);
nf_status nf_database_expect_assigned(nf_database *database,
                                      const nf_entity *entity, size_t count,
                                      nf_error *err);
/* Makes a name point to an existing id ($name; System.User lines). */
nf_status nf_database_set_name(nf_database *database, const nf_entity *entity,
                               const char *name, int64_t id, nf_error *err);
/* *out: nf_free. */
nf_status nf_database_name_of(nf_database *database, int64_t id, char **out,
                              nf_error *err);

/* The next number of an AutoNumber attribute (D16), server side. */
nf_status nf_database_next_number(nf_database *database,
                                  const nf_attribute *attribute, int64_t *out,
                                  nf_error *err);
/* Tells the sequence that a number was given from outside. */
nf_status nf_database_seen_number(nf_database *database,
                                  const nf_attribute *attribute, int64_t number,
                                  nf_error *err);

/* ---- contents of files (D132, design §10.10) ----------------------------- */

enum { NF_CONTENT_HASH_SIZE = 32 }; /* SHA-256 */

typedef enum nf_content_state {
    NF_CONTENT_MISSING = 0,
    NF_CONTENT_PRESENT = 1,
    NF_CONTENT_UNSENT = 2, /* present, the server does not have it yet */
    NF_CONTENT_FAILED = 3  /* left out, its download failed (S103) */
} nf_content_state;

typedef struct nf_content {
    bool exists; /* there is a record of this object */
    bool has_hash;
    uint8_t hash[NF_CONTENT_HASH_SIZE];
    int64_t size;
    char server_version[72]; /* "" none */
    nf_content_state state;
} nf_content;

/* Stores bytes by their digest; storing them twice is one copy. */
nf_status nf_database_put_bytes(nf_database *database, const void *bytes,
                                size_t size, uint8_t hash[NF_CONTENT_HASH_SIZE],
                                nf_error *err);
/* *out: nf_free; NULL if there are no such bytes. */
nf_status nf_database_get_bytes(nf_database *database,
                                const uint8_t hash[NF_CONTENT_HASH_SIZE],
                                uint8_t **out, size_t *size, nf_error *err);
/* Part of such bytes, without reading the rest: up to *size at `offset`; *size
 * 0 at the end, or if there are none. *total (may be NULL) gets their length;
 * -1 none. */
nf_status nf_database_read_bytes(nf_database *database,
                                 const uint8_t hash[NF_CONTENT_HASH_SIZE],
                                 int64_t offset, void *bytes, size_t *size,
                                 int64_t *total, nf_error *err);
nf_status nf_database_has_bytes(nf_database *database,
                                const uint8_t hash[NF_CONTENT_HASH_SIZE],
                                bool *out, nf_error *err);
/* What the object with this id has as contents. */
nf_status nf_database_get_content(nf_database *database, int64_t id,
                                  nf_content *out, nf_error *err);
/* Asks that ahead (nf_database_expect). */
nf_status nf_database_expect_content(nf_database *database, int64_t id,
                                     nf_error *err);
nf_status nf_database_set_content(nf_database *database, int64_t id,
                                  const nf_content *content, nf_error *err);
nf_status nf_database_drop_content(nf_database *database, int64_t id,
                                   nf_error *err);
/* Deletes bytes that no object names. `keep_sql` (NULL: none) is a SELECT of
 * hashes that others still name. */
nf_status nf_database_collect_bytes(nf_database *database, const char *keep_sql,
                                    nf_error *err);

#endif
