/* Inside of body.h: what its files share. */
#ifndef NF_TESTING_PARSER_H
#define NF_TESTING_PARSER_H

#include "base/error.h"
#include "testing/body.h"

enum { NF_TEST_NESTING = 40 };

/* A way out of an object that has no target yet. */
typedef struct test_way {
    nf_guid from;
    const char *value; /* of a decision; NULL: the only way */
    bool error;
} test_way;

typedef struct test_ways {
    test_way *items;
    size_t count, capacity; /* in the arena */
} test_ways;

/* Up to where lines have been counted, in which text. */
typedef struct test_counted {
    const char *text, *at;
    long line;
} test_counted;

typedef struct test_parser {
    nf_arena *arena;
    const nf_test_source *source; /* NULL: one assertion */
    const char *text, *at, *end;  /* comments are blanks already */
    long line;                    /* of `text` */
    test_counted counted;         /* by test_line */
    uint32_t made;
    int nesting, loops;
    nf_made_list *objects; /* of the flow, or of the loop around */
    nf_made_list flows;
    test_ways open, ends; /* where the next object goes on; returns */
    /* parts: */
    nf_test_parts *parts;
    nf_made_list part_objects;
    const char *device; /* of the part; "" */
    int part_nesting;   /* of statements between which a part may end */
    bool inside;        /* what runs here is no statement of its own */
    nf_error *err;
} test_parser;

/* ---- parser.c: words, expressions, objects ------------------------------- */

nf_status test_malformed(test_parser *p, const char *at, const char *format,
                         ...) __attribute__((format(printf, 3, 4)));
/* Where in a text something is wrong, for a message. */
enum { TEST_SPOT = 64 };
const char *test_spot(char out[TEST_SPOT], const char *at);
long test_line(test_parser *p, const char *at);
void test_skip(test_parser *p);
/* Takes a whole word, in any case. */
bool test_take(test_parser *p, const char *word);
bool test_peek(test_parser *p, const char *word);
nf_status test_expect(test_parser *p, const char *word);
/* `Attr desc, …` as the sortings of a retrieve or of a list operation. */
nf_status test_sorting(test_parser *p, nf_made *whole, const char *property,
                       const char *at);
/* A name with dots; NULL: there is none. */
const char *test_name(test_parser *p);
/* `$name`; the error says what was expected. */
nf_status test_variable(test_parser *p, const char **name);
/* `'text'`. */
nf_status test_string(test_parser *p, const char **text);
/* The text up to one of the stops, outside of quotes and brackets: characters
 * of `marks`, or the words (ends with NULL). Errors if it is blank. */
nf_status test_expression(test_parser *p, const char **out, const char *marks,
                          const char *const *words);
nf_made *test_make(test_parser *p, const char *type, const char *at);
/* Adds an object behind what is open. */
nf_status test_add(test_parser *p, nf_made *object, const char *at);
/* The same for an action, in an activity. */
nf_status test_add_action(test_parser *p, nf_made *action, const char *at);
nf_status test_open(test_parser *p, test_ways *ways, const nf_guid *from,
                    const char *value, bool error);
nf_status test_join(test_parser *p, test_ways *ways, const test_ways *more);

/* The same, and takes `on error …` and the semicolon behind it. */
nf_status test_end_action(test_parser *p, nf_made *action, const char *at);

/* ---- operations.c: what is assigned ------------------------------------- */

/* `head($list)`, `sum($list.Attr)` …, from the first word on; *taken false: it
 * is none of them, and nothing was taken. */
nf_status test_operation(test_parser *p, const char *output, const char *at,
                         bool *taken);
/* An expression to its end; if `operation` (NULL: none) looks into a list, it
 * is done instead. */
nf_status test_assign(test_parser *p, const char *variable, nf_made *operation,
                      const char *at);

/* ---- actions.c: statements of E14 that are one activity ------------------ */

nf_status test_declare(test_parser *p, const char *at);
/* `create M.E (…)` whose result nobody wants. */
nf_status test_create(test_parser *p, const char *at);
nf_status test_set(test_parser *p, const char *at);
/* `$name = …`: create, call, or what is not supported. */
nf_status test_assignment(test_parser *p, const char *at);
nf_status test_change(test_parser *p, const char *at);
nf_status test_objects(test_parser *p, const char *type, const char *property,
                       const char *at);
nf_status test_retrieve(test_parser *p, const char *at);
nf_status test_list_change(test_parser *p, const char *type, const char *at);

/* ---- calls.c: calls, and what can fail at the server --------------------- */

nf_status test_call(test_parser *p, const char *output, const char *at);
/* `on error …` of the action that was added last, if it stands here. */
nf_status test_handler(test_parser *p, nf_made *action);
nf_status test_synchronize(test_parser *p, const char *at);

/* ---- screens.c: what a user sees ----------------------------------------- */

nf_status test_log(test_parser *p, const char *at);
nf_status test_show_page(test_parser *p, const char *at);
nf_status test_close_page(test_parser *p, const char *at);
/* `throw E;`: an error with this message. */
nf_status test_throw(test_parser *p, const char *at);
nf_status test_feedback(test_parser *p, const char *at);

/* ---- extras.c: statements of E44 ----------------------------------------- */

/* A statement that only a device can do. */
void test_needs_device(test_parser *p);

nf_status test_go(test_parser *p, const char *at);
nf_status test_advance(test_parser *p, const char *at);
/* `expect E;`. */
nf_status test_inline(test_parser *p, const char *at);
nf_status test_restart(test_parser *p, const char *at);
nf_status test_sign(test_parser *p, const char *at);
nf_status test_on(test_parser *p, const char *at);

/* ---- assertions.c -------------------------------------------------------- */

/* Adds what tries `expression` (of `line`) at the place where the flow is. */
nf_status test_assert(test_parser *p, const char *kind, const char *expression,
                      long line);

/* ---- body.c -------------------------------------------------------------- */

nf_status test_statements(test_parser *p, const char *const *until);
/* Begins a flow, and ends it. */
nf_status test_flow_begin(test_parser *p);
nf_status test_flow_end(test_parser *p, const nf_element **out);
/* Ends the part, if it has statements, and adds one of another kind; the next
 * one is of `device`. */
nf_status test_part(test_parser *p, const nf_test_part *other,
                    const char *device);

#endif
