/* `nanoflow convert`: the app in another format, by the ending of OUT. */
#include "cli/cli.h"

int cli_convert_run(const cli_options *options, nf_error *err)
{
    nf_app *app = NULL;
    int64_t version = 0;
    if (!cli_number(&version, "mpr-version", options->mpr_version))
        return CLI_WRONG;
    if (options->mpr_version && version != 1 && version != 2)
        return cli_usage("--mpr-version is 1 or 2");
    nf_status status = cli_open(&app, options->positional[0], false, err);
    if (status == NF_OK)
        status = nf_app_convert(app, options->positional[1], (int)version, err);
    /* What could not be read is not in OUT either. */
    for (size_t i = 0; app && i < nf_app_warning_count(app); i++)
        cli_warning("%s", nf_app_warning(app, i));
    nf_app_close(app);
    return status == NF_OK ? CLI_OK : cli_fail(status, err);
}
