/* Values and variables written as text (expressions §14): the bindings of
 * `eval`, `query` and `--var`, and the answers of a batch.
 *
 *   $v=Type:value  a variable; Type is Boolean, Integer, Long, Decimal,
 *                  String, DateTime, Enumeration, Object or List
 *   @M.C=Type:value, #M.E.Key=String:caption
 *   %tz=zone, %round=HalfUp|HalfEven, %now=instant, %language=de_DE,
 *   %object=ID
 *
 * An `Object:M.E{member=Type:value,…}` is made here, in memory; without a
 * model so is its entity, of the members that the text names. */
#ifndef NF_INTERPRETER_BINDINGS_H
#define NF_INTERPRETER_BINDINGS_H

#include "base/memory.h"
#include "base/text.h"
#include "interpreter/expression.h"

typedef struct nf_bindings nf_bindings;

/* How `Object:ENTITY:ID` is resolved (`query`); ID is the text given. NULL in
 * nf_bindings_new: such a binding is an error. *out: OBJECT or EMPTY. */
typedef nf_status (*nf_bindings_object)(void *user, const nf_entity *entity,
                                        const char *id, nf_value *out,
                                        nf_error *err);

typedef struct nf_binding {
    const char *name; /* without `$` */
    nf_type type;
    nf_value value;
} nf_binding;

/* Nothing bound yet. `environment` is copied and then changed by `%` bindings;
 * what it points to must outlive the bindings. `objects` (may be NULL: made
 * when first needed) is where objects are created. NULL: out of memory. Owner:
 * caller. */
nf_bindings *nf_bindings_new(const nf_environment *environment,
                             nf_objects *objects, nf_bindings_object object,
                             void *user);
void nf_bindings_free(nf_bindings *bindings);

/* Adds a `;`-separated list, cell escapes already resolved. Errors: NF_USAGE,
 * code "bad_binding", message says what is wrong. */
nf_status nf_bindings_parse(nf_bindings *bindings, const char *text,
                            size_t length, nf_error *err);
/* Adds one variable: `spec` is `Type:value`, taken whole (`--var`). */
nf_status nf_bindings_add(nf_bindings *bindings, const char *name,
                          const char *spec, size_t length, nf_error *err);
/* The same, written NAME=Type:value or $NAME=Type:value. */
nf_status nf_bindings_add_text(nf_bindings *bindings, const char *text,
                               nf_error *err);

/* The variables, in order; the index is the slot that the scope gives. */
size_t nf_bindings_count(const nf_bindings *bindings);
const nf_binding *nf_bindings_at(const nf_bindings *bindings, size_t index);
/* By name without `$`; NULL. */
const nf_binding *nf_bindings_find(const nf_bindings *bindings,
                                   const char *name);
/* Text of `%object=ID`; NULL if not given. */
const char *nf_bindings_current(const nf_bindings *bindings);
/* The environment with what `%` and `@` bindings changed: borrowed. */
const nf_environment *nf_bindings_environment(const nf_bindings *bindings);
nf_objects *nf_bindings_objects(const nf_bindings *bindings);
/* A scope over these bindings (borrows them). */
nf_scope nf_bindings_scope(const nf_bindings *bindings);

/* Cell escapes (§14): appends `text` with `\\ \n \t \r \uXXXX` resolved; false
 * for a malformed escape. And the other way: backslash, line ends, tab, other
 * control characters and special blanks are escaped. */
bool nf_cell_decode(nf_buffer *out, const char *text, size_t length);
void nf_cell_encode(nf_buffer *out, const char *text, size_t length);

/* `Type<TAB>value` of a value as `eval --batch` answers (design §5), escaped;
 * Decimals as `toString` of the engine shows them (§14). */
nf_status nf_value_answer(nf_evaluator *e, nf_buffer *out,
                          const nf_value *value, nf_error *err);
/* "Error<TAB>CODE<TAB>message". */
void nf_error_answer(nf_buffer *out, const nf_error *err);
/* An ISO instant "YYYY-MM-DDTHH:MM[:SS[.mmm]]" with Z or an offset; without
 * one it is in `zone` (NULL: UTC). */
bool nf_instant_parse(int64_t *out, const char *text, size_t length,
                      const nf_timezone *zone);
/* "YYYY-MM-DDTHH:MM:SS.mmmZ" and NUL; `text` has room for 32 bytes. */
void nf_instant_format(int64_t instant, char text[32]);

#endif
