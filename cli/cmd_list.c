/* `nanoflow list`: the documents of an app. */
#include "cli/cli.h"

int cli_list_run(const cli_options *options, nf_error *err)
{
    nf_app *app = NULL;
    char *text = NULL;
    nf_status status = nf_app_open_index(&app, options->positional[0], err);
    if (status == NF_OK)
        status = nf_app_list(&text, app, options->type, options->module,
                             options->json, err);
    if (status == NF_OK)
        cli_print(text);
    nf_app_close(app);
    return status == NF_OK ? cli_finish(CLI_OK) : cli_fail(status, err);
}
