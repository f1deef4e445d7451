/* `nanoflow describe`: one document, for people. */
#include "cli/cli.h"

#include <string.h>

int cli_describe_run(const cli_options *options, nf_error *err)
{
    nf_app *app = NULL;
    char *text = NULL;
    const char *format = options->format;
    if (options->json && format && strcmp(format, "json") != 0)
        return cli_usage("--json and --format %s can't be given together",
                         format);
    nf_status status = cli_open(&app, options->positional[0], false, err);
    if (status == NF_OK)
        status = nf_app_describe(&text, app, options->positional[1],
                                 options->json ? "json" : format, err);
    if (status == NF_OK)
        cli_print(text);
    nf_app_close(app);
    return status == NF_OK ? cli_finish(CLI_OK) : cli_fail(status, err);
}
