/* The calculator of `eval` on a terminal. */
#ifndef NF_CLI_PROMPT_H
#define NF_CLI_PROMPT_H

#include "nanoflow.h"

/* Reads expressions and commands until Ctrl-D or :quit; the exit code. Starts
 * with the evaluation's variables. */
int cli_prompt(const nf_evaluation *evaluation, nf_error *err);

#endif
