/* Answers to calls of JavaScript actions, flows and REST services, from a text
 * file (`--mock`): one mock a line, in the grammar of the test format (test
 * E43).
 *
 *   javascript action M.Name returns true, then throws 'offline'
 *   microflow M.Price (Amount = 3, Zone = any) returns 12.50
 *   nanoflow M.Helper passes
 *   rest GET 'https://example.com/%' returns '{"a": 1}', then throws 'down'
 *   rest POST 'https://example.com/%' returns 404 'no such thing'
 *   page M.Detail throws 'no such page'
 *   message 'Saved%' passes
 *   confirm 'Delete%' returns false
 *
 *   microflow M.Rate calls './rate.js'
 *
 * Literals are expressions of the app. A mock answers with its outcomes in
 * turn; the last one repeats. The first mock that fits the arguments answers.
 * What `passes` runs as if there were no mock.
 */
#ifndef NF_LIBRARY_MOCKS_H
#define NF_LIBRARY_MOCKS_H

#include "models/model.h"
#include "objects/environment.h"

typedef struct nf_mocks nf_mocks;

/* Reads a file. `environment` must outlive the mocks. Errors: NF_INPUT with
 * file and line. Owner of *out: caller. */
nf_status nf_mocks_open(nf_mocks **out, const char *path,
                        const nf_environment *environment, nf_error *err);
/* None yet; then one line of such a file, or a whole file. Errors: NF_INPUT.
 * NULL: out of memory. Owner: caller. */
nf_mocks *nf_mocks_new(const nf_environment *environment);
/* `from`: the file that the line stands in, for the scripts beside it; NULL. */
nf_status nf_mocks_add(nf_mocks *mocks, const char *line, const char *from,
                       nf_error *err);
/* A file that ends in ".json" is one of cases, mocks_json.c: `FILE#CASE` says
 * which; else it is the case `likely` (NULL: none), or the only one. */
nf_status nf_mocks_read(nf_mocks *mocks, const char *path, const char *likely,
                        nf_error *err);
bool nf_mocks_is_json(const char *path);
size_t nf_mocks_count(const nf_mocks *mocks);
/* Whether the model has what the mocks from the index `first` on answer for,
 * with their parameters. Errors say what it lacks. */
nf_status nf_mocks_check(const nf_mocks *mocks, size_t first,
                         const nf_model *model, nf_error *err);
void nf_mocks_free(nf_mocks *mocks);
/* Answers a call: NF_OK with *result (a copy), NF_FAILED where the outcome
 * throws, NF_USAGE where no mock fits. NF_OK with *script: the function of that
 * file is to answer (nf_session_run_script). */
nf_status nf_mocks_call(nf_mocks *mocks, nf_flow_kind kind,
                        const char *qualified, const nf_parameter *parameters,
                        const nf_value *arguments, size_t count,
                        nf_value *result, const char **script, nf_error *err);
/* Whether a page may open (`page`), or a message be shown, by its name or text:
 * NF_OK, NF_FAILED where the outcome throws, NF_USAGE where no mock fits. */
nf_status nf_mocks_show(nf_mocks *mocks, bool page, const char *text,
                        const char **script, nf_error *err);
/* Answers a request as nf_mocks_call does; the result is the reply's body,
 * *code its status. */
nf_status nf_mocks_request(nf_mocks *mocks, const char *method, const char *url,
                           int *code, nf_value *result, const char **script,
                           nf_error *err);
/* Answers a question to the user, by its text, as nf_mocks_call does. */
nf_status nf_mocks_confirm(nf_mocks *mocks, const char *question,
                           nf_value *result, const char **script,
                           nf_error *err);
/* Whether a text is like a pattern, with `%` for anything at either end. */
bool nf_mocks_like(const char *text, const char *pattern);
/* The text of the index-th mock that never answered; NULL behind the last. */
const char *nf_mocks_unused(const nf_mocks *mocks, size_t index);

#endif
