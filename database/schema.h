/* Inside of database/: where each member is stored, and the connection's
 * shared state. Nobody else includes it. */
#ifndef NF_DATABASE_SCHEMA_H
#define NF_DATABASE_SCHEMA_H

#include "base/map.h"
#include "base/text.h"
#include "database/database.h"
#include "database/driver.h"
#include "database/fault_vfs.h"
#include "database/record.h"

typedef enum nf_storage {
    NF_STORED_NOT,
    NF_STORED_COLUMN,    /* attribute, or Reference at its owner */
    NF_STORED_SET,       /* reference set at its owner: table(parent, child) */
    NF_STORED_CHILD,     /* Reference seen from its child */
    NF_STORED_CHILD_SET, /* reference set seen from its child */
} nf_storage;

typedef struct nf_column {
    nf_storage storage;
    char *name;   /* COLUMN: unquoted */
    char *quoted; /* COLUMN */
    bool owned;   /* the strings belong to this column (own level) */
} nf_column;

/* How the rows of an entity and its specializations are read. */
typedef struct nf_read_plan {
    char *columns; /* "o.id, o._type, o."…" */
    int **maps;    /* by entity->number: result column per member; -1 none */
    size_t map_count;
} nf_read_plan;

typedef struct nf_layout {
    const nf_entity *entity;
    const struct nf_layout *root; /* itself for a root */
    int64_t number;               /* _mx_entity.number; 0: not persistable */
    int64_t short_id;             /* in ids it makes (D111) */
    char *table;                  /* root: unquoted */
    char *quoted;                 /* root */
    bool typed;                   /* the table has a column _type */
    bool linked;                  /* some member is not in the row itself */
    nf_column *columns;
    char *types; /* "(3,4)": numbers of it and its specializations */
    nf_read_plan *plan;
    char *insert_sql;
    char *exists_sql;
    char *update_sql; /* for the members in update_mask; see nf_record_update */
    uint64_t update_mask;
    nf_buffer creating; /* columns of a table that is about to be made */
    bool is_new;
    int64_t next_id, last_id; /* reserved block of the counter */
    int64_t block;            /* its size */
    int64_t named_next;       /* number of the next name, see ids.c */
    uint64_t named_transaction, named_undone;
    bool crowded; /* somebody else has given out ids of the block */
} nf_layout;

typedef struct nf_set_table {
    char *table, *quoted;
} nf_set_table;

enum { NF_IDS_AT_ONCE = 64 };
/* Of which entities ids are, asked ahead (entity_of.c). */
typedef struct nf_whose {
    int64_t ids[NF_IDS_AT_ONCE];
    size_t asked;    /* of those; 0: the answers are taken */
    nf_idmap *known; /* id → entity, or a mark for none; NULL */
} nf_whose;

enum { NF_RECENT_STATEMENTS = 16, NF_BOUND_DECIMALS = 64 };

struct nf_database {
    const nf_model *model;
    nf_database_side side;
    const nf_driver *driver;
    sqlite3 *handle; /* of SQLite */
    struct nf_postgres *postgres;
    char *path;
    nf_random *random;
    nf_faults *faults;
    nf_templates *templates; /* of one in memory; NULL: none */
    nf_fault_vfs *vfs;       /* of a file, with `faults` */
    int depth;               /* of begin */
    int unmade; /* of the innermost begins: made when something is written */
    bool alone; /* nf_database_write_alone */
    int64_t deadline; /* nf_database_deadline */
    int busy_ms;      /* of the options */
    bool stoppable;   /* the statement under way reads only */
    bool piped;       /* nf_database_pipeline, and the driver does it */
    int sure; /* begins that its failure leaves, from the outermost on */
    bool locked;      /* nobody writes beside the transaction */
    bool foresees;    /* within nf_database_foresee */
    bool foreseen;    /* its answers may be there */
    bool durable;     /* what commits reaches the disk before they end */
    int log_pages;    /* of the log, with tidy_later */
    int streams;      /* of stream */
    bool planned;     /* in memory, and its tables are not made yet */
    bool broken;      /* a nested end failed: the outermost undoes */
    uint64_t transactions, undone; /* how many began; begins that were undone */
    /* Of the rows that this transaction writes, see version.c. */
    int64_t version;
    uint64_t version_transaction, version_undone;
    /* The AutoNumber that was stored last, see ids.c. */
    const nf_attribute *sequence;
    int64_t sequence_next;
    uint64_t sequence_transaction, sequence_undone;
    nf_layout *layouts; /* by entity->number */
    size_t layout_count;
    char **anywhere; /* texts about all tables, see entity_of.c; NULL: none */
    size_t anywhere_count;
    nf_whose whose;
    nf_idmap *numbers;  /* _mx_entity.number → nf_layout */
    nf_set_table *sets; /* by association index in the model */
    size_t set_count;
    nf_map *set_by_name; /* qualified name → nf_set_table */
    nf_map *statements;  /* text → nf_statement (statement.c) */
    nf_statement *recent[NF_RECENT_STATEMENTS], *first_statement;
    size_t statement_count;
    int64_t device_number;
    int decimal_scale;
    size_t decimal_size;
    nf_empty_order empty_order;
    bool collated; /* NF_COLLATION is there (order.c) */
    uint8_t decimals[NF_BOUND_DECIMALS][16]; /* by parameter, while bound */
};

/* tables.c: SQL of the tables that are not the app's. */
extern const char nf_common_tables[], nf_device_tables[], nf_server_tables[];

/* The name of the collation of nf_database_collate. */
#define NF_COLLATION "mx_locale"
/* Whether empty values sort behind all others when ascending (Q152). */
bool nf_database_empty_is_large(const nf_database *database);

void nf_statements_free(nf_database *database);
/* Milliseconds that another process which writes is waited for, at least 1; no
 * longer than until the deadline, if it is asked for. */
int nf_database_patience(const nf_database *database, bool until_deadline);
/* Runs a statement without bindings and rows from the cache. */
nf_status nf_database_run(nf_database *database, const char *sql,
                          nf_error *err);

nf_layout *nf_layout_of(const nf_database *database, const nf_entity *entity);
/* "AND o._type IN (…)" without the AND; "" if every row of the table is one.
 * `exact`: without specializations. Appends to `sql`; returns whether it did.
 */
bool nf_layout_type_filter(nf_buffer *sql, const nf_layout *layout,
                           const char *alias, bool exact);
const nf_read_plan *nf_layout_plan(nf_database *database, nf_layout *layout,
                                   nf_error *err);
/* A name of a table, column or index, quoted; nf_free. NULL: out of memory. */
char *nf_sql_name(const nf_database *database, const char *name);

/* Builds the layouts from the model and what the file records, and creates or
 * alters tables (migrate.c). */
nf_status nf_schema_open(nf_database *database, bool fresh, nf_error *err);
/* In two steps: the layouts of a database that is to be fresh, then its tables,
 * which change nothing in the layouts. */
nf_status nf_schema_plan(nf_database *database, nf_error *err);
nf_status nf_schema_make(nf_database *database, nf_error *err);
/* Whether SQLite will take the tables that are planned, whatever the names in
 * the model. */
bool nf_schema_is_plain(const nf_database *database);
/* Makes the tables of a database that is `planned` (database.c). */
nf_status nf_database_make(nf_database *database, nf_error *err);
/* Before anything is written: makes the savepoints that are not made yet. */
nf_status nf_database_make_savepoints(nf_database *database, nf_error *err);
void nf_schema_close(nf_database *database);
/* nf_database_collate for SQLite. */
nf_status nf_order_collate(nf_database *database, const char *locale,
                           nf_error *err);
/* Registers mx_contains & co (D125). */
nf_status nf_functions_register(nf_database *database, nf_error *err);

/* record_value.c: binding and reading one value of a stored member. What is
 * bound is valid until the next binding of the same parameter in any statement:
 * step before.
 */
nf_status nf_value_bind(nf_database *database, nf_statement *statement,
                        int index, const nf_member *member,
                        const nf_value *value, nf_error *err);
nf_status nf_value_column(nf_value *out, nf_database *database,
                          nf_statement *statement, int column,
                          const nf_member *member, nf_error *err);

/* A decimal as digits; copied. */
nf_status nf_decimal_bind(nf_statement *statement, int index,
                          const nf_decimal *decimal, nf_error *err);

/* Tells that a row with this id is new: was it one that the counter would give
 * out? (ids.c) */
void nf_layout_note_id(const nf_database *database, nf_layout *layout,
                       int64_t id);

/* That the row with this id, or one with it in a column, is written, by a
 * statement that is `apart`. */
void nf_database_wrote(nf_database *database, int64_t id);
/* entity_of.c: that is not known any more; nor of any id. */
void nf_whose_forget(nf_database *database, int64_t id);
void nf_whose_dispose(nf_database *database);
/* How ids of the server and the device are laid out (ids.c): the entity's short
 * id stands in front. */
enum { NF_SHORT_SHIFT = 48 };
/* nf_database_expect for a statement that is given back; NULL: it could not be
 * made. */
nf_status nf_database_expect_done(nf_database *database,
                                  nf_statement *statement, nf_error *err);
/* Runs a statement with up to three ids as parameters. */
nf_status nf_database_run_ids(nf_database *database, const char *sql, int64_t a,
                              int64_t b, int64_t c, nf_error *err);

/* record_links.c: writes what of a record is not in its own row, of the members
 * in `mask` (NULL: all); `insert`: there is nothing of it yet. */
nf_status nf_links_write(nf_database *database, const nf_layout *layout,
                         int64_t id, const nf_value *members,
                         const uint64_t *mask, bool insert, nf_error *err);
/* Its own links, of a row that is gone. */
nf_status nf_links_drop(nf_database *database, const nf_layout *layout,
                        int64_t id, nf_error *err);
/* A member of a record that is not in its own row; then all of them. */
nf_status nf_record_read_link(nf_database *database, const nf_layout *layout,
                              size_t index, int64_t id, nf_value *out,
                              nf_error *err);
nf_status nf_record_read_links(nf_database *database, const nf_layout *layout,
                               int64_t id, nf_value *members, nf_error *err);
/* Asks ahead for all of them (nf_database_expect). */
nf_status nf_record_expect_links(nf_database *database, const nf_layout *layout,
                                 int64_t id, nf_error *err);

#endif
