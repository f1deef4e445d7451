/* Inside of database/: what a database is asked for besides statements, and how
 * its SQL differs. SQLite serves the device and one server; PostgreSQL serves
 * servers of several processes. */
#ifndef NF_DATABASE_DRIVER_H
#define NF_DATABASE_DRIVER_H

#include "database/statement.h"

/* Texts are pieces of SQL. */
typedef struct nf_dialect {
    const char *integer, *text, *bytes, *decimal; /* types of columns */
    const char *boolean_false, *boolean_true;     /* with the default */
    const char *table_end, *keyed_table_end;      /* after the columns */
    /* Decimals are SQL's own numbers, and so are their operators; else they are
     * stored as bytes that sort as they do, and functions calculate (D125). */
    bool numeric;
    const char *truth[2];      /* false and true as conditions */
    const char *least_boolean; /* the aggregate that MIN is for Booleans */
    const char *no_limit;
    const char *in_named;    /* format: an alias, the N of a named selection */
    const char *collation;   /* that of nf_database_collate */
    const char *more_tables; /* after those that both have; NULL: none */
    const char *const *reserved; /* names that no column may have; NULL: none */
    /* Statements on the catalogue. Names of tables with the column `_type`;
     * names of the model's indexes ("mx:…") and the texts that made them; the
     * name of one of them or, with references, of one of those of references
     * ("ix:…"), too. Names are as the database keeps them. */
    const char *typed_tables, *indexes, *an_index[2];
    int key_bytes; /* what an index can hold of a row; 0: no limit */
} nf_dialect;

typedef struct nf_driver {
    nf_dialect dialect;
    /* A statement that fails undoes itself and no more, so a savepoint is made
     * only when something is written behind it. */
    bool lazy_savepoints;
    /* A statement gives its rows as they are when it comes to them, with what
     * its own transaction has written meanwhile. */
    bool live_rows;
    /* Connects; no table is looked at. */
    nf_status (*open)(nf_database *database, const nf_database_options *options,
                      nf_error *err);
    /* Its statements are about to be finalized for good. NULL: so what. */
    void (*leave)(nf_database *database);
    void (*close)(nf_database *database);
    /* What opens another connection to the same; borrowed. */
    const char *(*address)(const nf_database *database);
    /* Whether there is nothing in it (*fresh), or something of ours; *layout is
     * its version. Else an error. */
    nf_status (*identify)(nf_database *database, bool *fresh, int64_t *layout,
                          nf_error *err);
    /* After identify, before a table is made or looked at. */
    nf_status (*configure)(nf_database *database, nf_error *err);
    /* Marks a new one as ours; the tables of `create` follow. */
    nf_status (*mark)(nf_database *database, int64_t layout, nf_error *err);
    /* All tables are there. */
    void (*opened)(nf_database *database);
    /* A name of a table, column or index as the database keeps it; nf_free.
     * NULL: out of memory. */
    char *(*name)(const char *name);
    /* CREATE TABLE and CREATE INDEX in SQLite's words. */
    nf_status (*create)(nf_database *database, const char *sql, nf_error *err);
    nf_status (*execute)(nf_database *database, const char *sql, nf_error *err);
    /* A savepoint and its end; works after a failed statement. */
    nf_status (*control)(nf_database *database, const char *sql, nf_error *err);
    /* Fills in the statement, whose text is set; `cached` says whether it is
     * used often. */
    nf_status (*prepare)(nf_database *database, nf_statement *statement,
                         nf_error *err);
    void (*finalize)(nf_statement *statement);
    /* NULL for SQLite, whose are in statement.c: resetting without bindings,
     * and the next row. */
    void (*clear)(nf_statement *statement);
    nf_status (*step)(nf_database *database, nf_statement *statement, bool *row,
                      nf_error *err);
    /* See nf_database_pipeline. NULL: every statement is done when its step
     * returns, nothing is asked ahead. */
    bool (*pipeline)(nf_database *database, bool begin);
    /* See nf_database_foresee; NULL as well. Whether it is done. */
    bool (*foresee)(nf_database *database, bool begin);
    nf_status (*settled)(nf_database *database, nf_error *err);
    /* Behind a pipeline that failed: runs the ROLLBACK TO of a savepoint that
     * was made before it. False: the transaction is lost. */
    bool (*recover)(nf_database *database, const char *sql);
    nf_status (*expect)(nf_database *database, nf_statement *statement,
                        nf_error *err);
    /* nf_database_wrote, in a pipeline. */
    void (*wrote)(nf_database *database, int64_t id);
    int64_t (*changes)(nf_database *database);
    nf_status (*error)(nf_database *database, const char *doing, nf_error *err);
    /* What the last error says if a statement was too deep or long for it, else
     * NULL; borrowed. */
    const char *(*why_too_deep)(nf_database *database);
    /* Begins for writing, alone or beside others (nf_database_begin_beside),
     * or for reading at one moment. */
    nf_status (*begin)(nf_database *database, bool alone, nf_error *err);
    nf_status (*begin_reading)(nf_database *database, nf_error *err);
    nf_status (*commit)(nf_database *database, nf_error *err);
    void (*undo)(nf_database *database); /* none is fine */
    bool (*in_transaction)(nf_database *database);
    nf_status (*set_durable)(nf_database *database, bool durable,
                             nf_error *err);
    void (*stream)(nf_database *database, bool begin);
    nf_status (*many_savepoints)(nf_database *database, bool begin,
                                 nf_error *err);
    /* Keeps the text that has made an index. NULL: the catalogue has it. */
    nf_status (*note_index)(nf_database *database, const char *name,
                            const char *text, nf_error *err);
    /* The order of strings of a locale, as NF_COLLATION. */
    nf_status (*collate)(nf_database *database, const char *locale,
                         nf_error *err);
    /* See nf_database_deadline; NULL: who waits looks at it. */
    void (*set_deadline)(nf_database *database);
    /* For people: the text with its values, and the plan. */
    nf_status (*explain)(nf_database *database, nf_statement *statement,
                         nf_buffer *out, nf_error *err);
} nf_driver;

extern const nf_driver nf_sqlite_driver, nf_postgres_driver;

/* Which it is: PostgreSQL for postgresql://…, else SQLite. NULL with an error:
 * this build has none. */
const nf_driver *nf_database_driver_of(const char *path, nf_error *err);

#endif
