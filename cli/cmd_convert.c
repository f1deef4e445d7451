/* `nanoflow convert`: the app in another format, by the ending of OUT. */
#include "cli/cli.h"

int cli_convert_run(const cli_options *options, nf_error *err)
{
    nf_app *app = NULL;
    if (options->mpr_version)
        return cli_usage("writing .mpr is not available in this version");
    nf_status status = cli_open(&app, options->positional[0], false, err);
    if (status == NF_OK)
        status = nf_app_convert(app, options->positional[1], err);
    nf_app_close(app);
    return status == NF_OK ? CLI_OK : cli_fail(status, err);
}
