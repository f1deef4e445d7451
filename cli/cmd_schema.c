/* `nanoflow schema`: the RELAX NG schema of the XML form. */
#include "cli/cli.h"

#include <stdio.h>

int cli_schema_run(const cli_options *options, nf_error *err)
{
    (void)err;
    fputs(nf_schema_text(options->generic), stdout);
    return cli_finish(CLI_OK);
}
