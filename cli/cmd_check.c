/* `nanoflow check`: what is wrong before it runs. Errors make exit code 1,
 * warnings do not. */
#include "cli/cli.h"
#include "cli/heap.h"

int cli_check_run(const cli_options *options, nf_error *err)
{
    nf_app *app = NULL;
    char *text = NULL;
    size_t errors = 0;
    cli_heap_large();
    nf_status status = cli_open(&app, options->positional[0], false, err);
    if (status == NF_OK)
        status = nf_app_check(&text, &errors, app, options->json, err);
    if (status == NF_OK)
        cli_print(text);
    nf_app_close(app);
    return status == NF_OK ? cli_finish(errors ? CLI_NO : CLI_OK)
                           : cli_fail(status, err);
}
