/* Answers to calls of JavaScript actions and microflows, from a text file
 * (`--mock`): one mock a line, in the grammar of the test format (test E43).
 *
 *   javascript action M.Name returns true, then throws 'offline'
 *   microflow M.Price (Amount = 3, Zone = any) returns 12.50
 *
 * Literals are expressions of the app. A mock answers with its outcomes in
 * turn; the last one repeats. The first mock that fits the arguments answers.
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
nf_status nf_mocks_add(nf_mocks *mocks, const char *line, nf_error *err);
nf_status nf_mocks_read(nf_mocks *mocks, const char *path, nf_error *err);
void nf_mocks_free(nf_mocks *mocks);
/* Answers a call: NF_OK with *result (a copy), NF_FAILED where the outcome
 * throws, NF_USAGE where no mock fits. */
nf_status nf_mocks_call(nf_mocks *mocks, nf_flow_kind kind,
                        const char *qualified, const nf_parameter *parameters,
                        const nf_value *arguments, size_t count,
                        nf_value *result, nf_error *err);
/* The text of the index-th mock that never answered; NULL behind the last. */
const char *nf_mocks_unused(const nf_mocks *mocks, size_t index);

#endif
