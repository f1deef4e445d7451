/* `nanoflow data import|export|diff`: data files, on either side. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool write_file(void *user, const char *text, size_t length)
{
    return fwrite(text, 1, length, user) == length;
}

static int import_file(nf_session *session, const cli_options *options,
                       const char *path, nf_error *err)
{
    size_t count = 0;
    nf_status status = nf_session_import(&count, session, path, err);
    if (status != NF_OK)
        return cli_fail(status, err);
    if (options->verbose)
        fprintf(stderr, "%zu objects imported\n", count);
    return CLI_OK;
}

static int export_file(nf_session *session, const nf_export_options *how,
                       const char *path, nf_error *err)
{
    bool standard = !path || strcmp(path, "-") == 0;
    FILE *file = standard ? stdout : fopen(path, "wb");
    if (!file) {
        cli_error("\"%s\" can't be written: %s", path, strerror(errno));
        return CLI_UNREADABLE;
    }
    nf_status status = nf_session_export(session, how, write_file, file, err);
    bool written = standard ? fflush(file) == 0 : fclose(file) == 0;
    if (status != NF_OK)
        return cli_fail(status, err);
    if (!written) {
        cli_error("\"%s\" can't be written: %s",
                  standard ? "standard output" : path, strerror(errno));
        return CLI_UNREADABLE;
    }
    return CLI_OK;
}

static int diff_file(nf_session *session, const nf_export_options *how,
                     const char *path, nf_error *err)
{
    size_t differences = 0;
    nf_status status =
        nf_session_diff(&differences, session, path, how, cli_write, NULL, err);
    if (status != NF_OK)
        return cli_fail(status, err);
    return cli_finish(differences ? CLI_NO : CLI_OK);
}

/* `data VERB APP FILE`; the verb comes first, so it is taken off here. */
int cli_data_run(const cli_options *options, nf_error *err)
{
    cli_session s;
    cli_options rest = *options;
    const char *verb = options->positional[0];
    const char *path = options->positional[2];
    nf_export_options how = NF_EXPORT_OPTIONS_INIT;
    how.as = options->as;
    how.system = options->system;
    how.directory = options->files;
    bool import = strcmp(verb, "import") == 0;
    bool export = strcmp(verb, "export") == 0;
    if (!import && !export && strcmp(verb, "diff") != 0)
        return cli_usage("data takes import, export or diff, not \"%s\"", verb);
    if (options->positional_count < (export ? 2U : 3U))
        return cli_usage("data %s needs APP FILE", verb);
    rest.positional[0] = options->positional[1];
    int code = cli_session_open(&s, &rest, NULL, NULL, err);
    if (code != CLI_OK)
        return code;
    if (import)
        code = import_file(s.session, options, path, err);
    else if (export)
        code = export_file(s.session, &how, path, err);
    else
        code = diff_file(s.session, &how, path, err);
    cli_session_close(&s);
    return code;
}
