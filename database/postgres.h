/* Inside of database/: a connection to PostgreSQL and its statements. */
#ifndef NF_DATABASE_POSTGRES_H
#define NF_DATABASE_POSTGRES_H

#include "base/memory.h"
#include "database/libpq.h"
#include "database/schema.h"

/* Types of values by their numbers in pg_type, which never change. */
enum {
    NF_PG_BOOL = 16,
    NF_PG_BYTES = 17,
    NF_PG_INT8 = 20,
    NF_PG_INT2 = 21,
    NF_PG_INT4 = 23,
    NF_PG_TEXT = 25,
    NF_PG_NUMERIC = 1700,
};

/* A statement in a pipeline, sent and perhaps received. */
typedef struct nf_postgres_sent {
    char *key; /* of what was asked ahead; NULL: nobody will look for it */
    size_t key_size;
    PGresult *result; /* of a question that was received */
    bool asks;        /* has an answer that somebody takes */
    bool writes;      /* says how many rows it has changed */
    bool finds;       /* nf_statement_finds */
} nf_postgres_sent;

struct nf_postgres {
    PGconn *connection;
    char *address;     /* as it was given, with its password */
    bool bare;         /* no tables of ours are looked at, nothing is locked */
    bool ready;        /* the tables are there: who writes locks their row */
    unsigned sessions; /* grows when the connection was made anew */
    unsigned names;    /* of prepared statements and cursors, last one */
    int64_t changes;   /* rows of the last statement */
    char collate[200]; /* makes the session's collation; "" none */
    bool piped;        /* statements that write are not waited for */
    bool in_pipeline;  /* the mode of the connection */
    bool late;         /* one of them has failed; state and message say why */
    nf_postgres_sent *sent; /* those, and what was asked ahead */
    size_t sent_count, sent_capacity, received;
    uint64_t trips;  /* how often a pipeline was waited for */
    size_t kept;     /* bytes of answers that are kept */
    bool unforeseen; /* rows are too large to be read ahead of their turn */
    nf_idmap *asked; /* by hash: places of what was asked ahead; NULL */
    bool finds;      /* some of that is of this kind */
    bool doubtful;   /* all that was asked ahead */
    nf_idmap *changed, *bound; /* since then: ids, digests of values; NULL */
    char state[6];     /* SQLSTATE of the last error; "" lost connection */
    char message[400]; /* its text */
};

typedef struct nf_postgres_statement nf_postgres_statement;
struct nf_postgres_statement {
    nf_database *database;
    char *text; /* with $N */
    int count;  /* of parameters */
    bool rows;  /* it may answer with rows */
    Oid *types; /* of what is bound; 0: not known yet */
    const char **values;
    int *lengths, *formats;
    uint8_t (*small)[8]; /* integers and Booleans, by parameter */
    char **copies;       /* of what has to be copied, by parameter */
    unsigned name;       /* prepared as "s%u"; 0: not */
    unsigned session;    /* of the connection that knows that name */
    uint64_t hash;       /* of the text; 0: not known */
    bool used;           /* executed before: worth preparing */
    bool retyped;        /* types have changed since it was prepared */
    PGresult *result;
    int row, fetch;  /* the present row; how many are fetched at once */
    unsigned cursor; /* "c%u" is open; 0: none */
    char *number;    /* a decimal as digits, for column_text */
};

extern const nf_statement_calls nf_postgres_calls;

/* postgres_connect.c, postgres_catalogue.c: of the driver. */
nf_status nf_postgres_open(nf_database *database,
                           const nf_database_options *options, nf_error *err);
/* What the connection keeps goes with it. */
void nf_postgres_leave(nf_database *database);
void nf_postgres_close(nf_database *database);
const char *nf_postgres_address(const nf_database *database);
/* The tables of our schema, `c`. By what depends on it: pg_class has no index
 * on schemas, and a cluster may have many. */
#define NF_POSTGRES_TABLES                                                     \
    " FROM pg_depend d JOIN pg_class c ON d.refclassid = "                     \
    "'pg_namespace'::regclass AND d.refobjid = "                               \
    "current_schema()::regnamespace AND d.classid = 'pg_class'::regclass AND " \
    "c.oid = d.objid AND c.relkind IN ('r', 'p') "
nf_status nf_postgres_identify(nf_database *database, bool *fresh,
                               int64_t *layout, nf_error *err);
nf_status nf_postgres_mark(nf_database *database, int64_t layout,
                           nf_error *err);
extern const char nf_postgres_tables[];
nf_status nf_postgres_note_index(nf_database *database, const char *name,
                                 const char *text, nf_error *err);
nf_status nf_postgres_collate(nf_database *database, const char *locale,
                              nf_error *err);

/* `sql` with $N for its parameters, *count of them, and words that PostgreSQL
 * reserves quoted; with `definition` also its words for types. nf_free. NULL:
 * out of memory. */
char *nf_postgres_text(const char *sql, int *count, bool definition);
/* A name as it can be stored: long ones end in a digest. */
char *nf_postgres_name(const char *name);

/* Runs text without parameters or rows. */
nf_status nf_postgres_execute(nf_database *database, const char *sql,
                              nf_error *err);
/* postgres_error.c. Notes what went wrong; then says it as nf_database_error
 * does. */
nf_status nf_postgres_failed(nf_database *database, const PGresult *result,
                             const char *doing, nf_error *err);
nf_status nf_postgres_error(nf_database *database, const char *doing,
                            nf_error *err);
const char *nf_postgres_why_too_deep(nf_database *database);
/* Makes a lost connection anew unless a transaction was lost with it. */
nf_status nf_postgres_revive(nf_database *database, nf_error *err);
nf_status nf_postgres_prepare(nf_database *database, nf_statement *statement,
                              nf_error *err);
void nf_postgres_finalize(nf_statement *statement);
void nf_postgres_clear(nf_statement *statement);
nf_status nf_postgres_step(nf_database *database, nf_statement *statement,
                           bool *row, nf_error *err);
/* What it is prepared as is forgotten. */
void nf_postgres_unprepare(nf_postgres_statement *s);
bool nf_postgres_is_good(const PGresult *result);
/* Waits until something has arrived, at most until the deadline of the
 * database; then the server is asked to end what it does, and will answer so.
 */
void nf_postgres_wait(nf_database *database);
/* Part of a BEGIN for who may not wait for a lock as long as others. */
const char *nf_postgres_shorter_lock(const nf_database *database,
                                     char text[48]);
/* The last answer to what was `sent` (a function of libpq says whether it was);
 * PQclear. NULL: it was not, or the connection is lost. */
PGresult *nf_postgres_await(nf_database *database, int sent);

/* postgres_pipeline.c. All but the first three are for a pipeline that is not
 * `late`. */
/* Receives all that was sent and ends the mode, so that a statement can be
 * waited for; then `late` says whether all went well. */
void nf_postgres_settle(nf_database *database);
/* That a statement which was sent before has failed. Returns NF_FAILED. */
nf_status nf_postgres_late(nf_database *database, nf_error *err);
void nf_postgres_receive(nf_database *database);
int64_t nf_postgres_changes(nf_database *database);
nf_status nf_postgres_send_text(nf_database *database, const char *sql,
                                nf_error *err);
/* Sends the statement with what is bound; of the question its key is taken. */
nf_status nf_postgres_send(nf_statement *statement,
                           const nf_postgres_sent *question, nf_error *err);
/* Sends a statement, and waits if it has an answer; false: it is none for a
 * pipeline. */
bool nf_postgres_start_piped(nf_statement *statement, nf_status *status,
                             nf_error *err);
bool nf_postgres_pipeline(nf_database *database, bool begin);
bool nf_postgres_foresee(nf_database *database, bool begin);
void nf_postgres_drop(nf_postgres_sent *sent);

/* postgres_ahead.c. Nobody will ask for what was asked ahead. */
void nf_postgres_forget(nf_database *database);
nf_status nf_postgres_expect(nf_database *database, nf_statement *statement,
                             nf_error *err);
/* What is known about the question already; *out NULL: nothing. */
nf_status nf_postgres_answer(nf_postgres_statement *s, PGresult **out,
                             nf_error *err);
/* Outside a pipeline: takes what was asked ahead (true, or false with the
 * statement not started), and notes what is written. */
bool nf_postgres_start_foreseen(nf_statement *statement, nf_status *status,
                                nf_error *err);
/* A row with this id is written. */
void nf_postgres_wrote(nf_database *database, int64_t id);
/* What the statement writes. */
void nf_postgres_note_values(const nf_postgres_statement *s);
/* The functions of XPath (docs/postgresql.md) as SQL; nf_free. NULL: out of
 * memory. */
char *nf_postgres_functions(void);

#endif
