/* Inside of database/: the tree of a constraint. Parsing makes it
 * (xpath_parse), checking resolves names and types in it (xpath_check), and
 * each use turns it into SQL (xpath_sql). Nodes live in the arena of their
 * constraint. */
#ifndef NF_DATABASE_XPATH_TREE_H
#define NF_DATABASE_XPATH_TREE_H

#include "base/memory.h"
#include "base/suggest.h"
#include "database/record.h"
#include "database/schema.h"
#include "database/xpath.h"

enum {
    NF_XPATH_DEPTH_MAX = 100,      /* Q21 */
    NF_XPATH_TEXT_MAX = 64 * 1024, /* Q21 */
    NF_XPATH_STEPS_MAX = 400,      /* of the paths inside each other */
    NF_XPATH_OPERANDS_MAX = 100,   /* of one calculation */
};

typedef enum nf_xnode_kind {
    NF_X_OR,
    NF_X_AND,
    NF_X_COMPARE,
    NF_X_ARITHMETIC,
    NF_X_NEGATE,
    NF_X_CALL,
    NF_X_PATH,
    NF_X_VARIABLE,
    NF_X_TOKEN,
    NF_X_LITERAL /* string, number, Boolean, `empty` */
} nf_xnode_kind;

typedef enum nf_xop {
    NF_XOP_EQ,
    NF_XOP_NE,
    NF_XOP_LT,
    NF_XOP_LE,
    NF_XOP_GT,
    NF_XOP_GE,
    NF_XOP_ADD,
    NF_XOP_SUBTRACT,
    NF_XOP_MULTIPLY,
    NF_XOP_DIVIDE
} nf_xop;

typedef enum nf_xfunction {
    NF_XF_UNKNOWN, /* until the check says so */
    NF_XF_TRUE,    /* these two become literals */
    NF_XF_FALSE,
    NF_XF_NOT,
    NF_XF_CONTAINS,
    NF_XF_STARTS,
    NF_XF_ENDS,
    NF_XF_LENGTH,
    NF_XF_DATE /* the part is in `part` */
} nf_xfunction;

typedef enum nf_xunit {
    NF_XU_SECOND,
    NF_XU_MINUTE,
    NF_XU_HOUR,
    NF_XU_DAY,
    NF_XU_WEEK,
    NF_XU_MONTH,
    NF_XU_YEAR
} nf_xunit;

typedef enum nf_xtoken {
    NF_XT_USER,
    NF_XT_OBJECT,
    NF_XT_ROLE,
    NF_XT_NOW,
    NF_XT_BEGIN, /* of the period `unit` */
    NF_XT_END
} nf_xtoken;

typedef struct nf_xterm {
    nf_xunit unit;
    int64_t factor;
} nf_xterm;

typedef struct nf_xnode nf_xnode;

/* One step as written, and what it means once checked. */
typedef struct nf_xstep {
    const char *name;
    long position;
    bool reversed;
    nf_xnode *nested; /* conditions on an entity step, all of them */
} nf_xstep;

/* One hop over an association. */
typedef struct nf_xhop {
    const nf_association *association;
    bool inverse;            /* from the child's end */
    const nf_entity *from;   /* the entity we stand on */
    const nf_entity *owner;  /* whose table has the column, or the set */
    const nf_entity *entity; /* NULL: the path ends at the association */
    nf_xnode *nested;
} nf_xhop;

struct nf_xnode {
    nf_xnode_kind kind;
    long position;
    nf_type type; /* after checking; OBJECT for ids and links */
    nf_xop op;
    nf_xnode *left, *right; /* operands */
    nf_xnode *next;         /* while a chain is read */
    size_t operands;        /* of a calculation */
    /* CALL */
    const char *name;
    nf_xnode *arguments[3];
    size_t argument_count;
    nf_xfunction function;
    const char *part;

    const char *zone_name;
    /* PATH */
    nf_xstep *steps;
    size_t step_count, step_capacity;
    nf_xhop *hops;
    size_t hop_count;
    const nf_entity *context, *target;
    const nf_member *attribute; /* NULL: the object itself */
    bool is_id;                 /* ends in `id` */
    /* VARIABLE */
    const char *variable, *member_name;
    long member_position;
    size_t variable_index;
    /* TOKEN */
    nf_xtoken token;
    nf_xunit unit;
    int shift; /* periods from now: yesterday −1, tomorrow +1 */
    bool utc;
    nf_xterm *terms;
    size_t term_count;
    const char *role;
    /* LITERAL */
    nf_value value;     /* EMPTY: the constant `empty` */
    bool is_id_literal; /* 'ID_n', as value INTEGER */
};

struct nf_xpath {
    nf_arena *arena;
    const nf_model *model;
    const nf_entity *entity;
    const char *text;
    nf_xpath_profile profile;
    nf_xnode *root;
    const char **variables;
    nf_type *variable_types;
    size_t variable_count, variable_capacity;
    nf_value *owned; /* literals that count references */
    size_t owned_count, owned_capacity;
};

nf_status nf_xpath_error(const char *code, const char *text, long position,
                         nf_error *err, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Grammar only (Q10 … Q24). */
nf_status nf_xpath_parse(nf_xpath *xpath, nf_error *err);
/* A token string or a bare token from `text` into `node` (Q110). */
nf_status nf_xpath_parse_token(nf_xpath *xpath, nf_xnode *node,
                               const char *text, size_t length, nf_error *err);
/* Names, types and the profile. */
typedef bool (*nf_xpath_variable)(void *user, const char *name, nf_type *type);
nf_status nf_xpath_check(nf_xpath *xpath, nf_xpath_variable variable,
                         void *user, nf_error *err);
/* Offers the names of all functions. */
void nf_xpath_suggest_function(nf_suggestion *suggestion);
/* Remembers a counted value so that the constraint frees it. */
bool nf_xpath_own(nf_xpath *xpath, nf_value value);
/* The instant of a time token (Q112 … Q114). */
int64_t nf_xpath_token_time(const nf_xnode *node,
                            const nf_environment *environment, int64_t now);

/* ---- SQL ------------------------------------------------------------------
 */

enum { NF_SQL_VALUES_MAX = 30000 };

/* SQL text with its numbered parameters. SQLite's parser holds about a hundred
 * things that are open, so what is deep moves to a list of named selections,
 * which stands in front of the statement. */
typedef struct nf_sql {
    nf_buffer text;
    nf_buffer named; /* "n1(id) AS (SELECT …), …"; "" none */
    int names;       /* last one used */
    int depth;       /* about how many things are open */
    struct nf_sql_value {
        nf_value value; /* owned */
        bool packed;    /* a decimal as its stored form */
    } * values;
    size_t count, capacity;
    int alias; /* last one used */
} nf_sql;
void nf_sql_init(nf_sql *sql);
void nf_sql_dispose(nf_sql *sql);
/* Puts the named selections in front of the text. */
void nf_sql_finish(nf_sql *sql);
/* Appends "?N" and takes over the value. */
void nf_sql_value(nf_sql *sql, nf_value value, bool packed);
nf_status nf_sql_bind(nf_database *database, const nf_sql *sql,
                      nf_statement *statement, nf_error *err);

/* What a constraint needs to become SQL. */
typedef struct nf_sql_scope {
    nf_database *database;
    const nf_environment *environment; /* may be NULL */
    int64_t current_object;
    int64_t now; /* one instant per query (Q116) */
    nf_error *err;
} nf_sql_scope;

typedef enum nf_sql_truth {
    NF_SQL_FALSE,
    NF_SQL_TRUE,
    NF_SQL_TEXT,  /* a condition was appended */
    NF_SQL_FAILED /* scope->err says why */
} nf_sql_truth;

static inline bool nf_value_is_number(const nf_value *value)
{
    return value->kind == NF_KIND_INTEGER || value->kind == NF_KIND_DECIMAL;
}
/* Compares two constants; empty ones as Q51 and Q53 say. */
nf_sql_truth nf_xpath_fold(nf_xop op, const nf_value *a, const nf_value *b);

/* A literal, a token or a variable, with or without a member
 * (xpath_constant.c).
 */
bool nf_xpath_is_constant(const nf_xnode *node);
/* Its value now, an object as its id; false: scope->err says why. Owner of
 * *out: caller. */
bool nf_xpath_constant(const nf_sql_scope *scope, const nf_value *variables,
                       const nf_xnode *node, nf_value *out);

/* Appends the condition of a constraint for the row `alias`. */
nf_sql_truth nf_xpath_sql(nf_sql *sql, const nf_sql_scope *scope,
                          const nf_xpath *xpath, const nf_value *variables,
                          const char *alias);

#endif
