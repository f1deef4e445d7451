/* `nanoflow explain`: what a code of a finding or an error means. */
#include "cli/cli.h"

int cli_explain_run(const cli_options *options, nf_error *err)
{
    const char *code =
        options->positional_count ? options->positional[0] : NULL;
    char *text = NULL;
    nf_status status = nf_explain(&text, code, options->format, err);
    if (status != NF_OK)
        return cli_fail(status, err);
    cli_print(text);
    return cli_finish(CLI_OK);
}
