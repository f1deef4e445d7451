/* XPath constraints: parsed, checked against the model, turned into SQL at
 * each use (spec xpath). A compiled constraint is immutable and may be shared
 * by threads; it borrows from the model. */
#ifndef NF_DATABASE_XPATH_H
#define NF_DATABASE_XPATH_H

#include "base/text.h"
#include "objects/store.h"

/* The compiler that is handed to flows. Errors: NF_FAILED, code xpath_error,
 * detail a code of xpath §12, position the byte offset in the text. */
extern const nf_xpath_compiler nf_xpath_sql_compiler;

/* The same as functions. `variable` may be NULL: no variables. An absent,
 * empty or blank text gives *out NULL and NF_OK (Q3): no constraint. */
nf_status
nf_xpath_compile(nf_xpath **out, const nf_model *model, const nf_entity *entity,
                 const char *text, nf_xpath_profile profile,
                 bool (*variable)(void *user, const char *name, nf_type *type),
                 void *user, nf_error *err);
void nf_xpath_free(nf_xpath *xpath); /* NULL is fine */
/* The text it was compiled from. */
const char *nf_xpath_text(const nf_xpath *xpath);
size_t nf_xpath_variable_count(const nf_xpath *xpath);
const char *nf_xpath_variable_name(const nf_xpath *xpath, size_t index);

/* A date literal of Q76, in milliseconds; false: it is none. */
bool nf_xpath_parse_date(const char *text, size_t length, int64_t *out);

/* Only the grammar (for `check`'s count of texts that parse); errors as
 * compile. */
nf_status nf_xpath_parses(const char *text, nf_error *err);

#endif
