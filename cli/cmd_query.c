/* `nanoflow query`: what an XPath constraint selects, as lines of a data file;
 * with --batch one query per line of standard input. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

static nf_status answer_lines(nf_session *session, const cli_options *options,
                              nf_error *err)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    nf_status status = NF_OK;
    if (options->names)
        status = nf_session_load_names(session, options->names, err);
    while (status == NF_OK && (length = getline(&line, &size, stdin)) >= 0) {
        char *answer = NULL;
        if (length && line[length - 1] == '\n')
            line[--length] = '\0';
        status = nf_session_query_line(&answer, session, line,
                                       options->extended, err);
        if (status == NF_OK) {
            fputs(answer, stdout);
            fputc('\n', stdout);
            fflush(stdout);
        }
        nf_text_free(answer);
        nf_error_reset(status == NF_OK ? err : NULL);
    }
    free(line);
    return status;
}

static nf_status answer_one(nf_session *session, const cli_options *options,
                            const nf_query *query, nf_error *err)
{
    nf_status status = NF_OK;
    if (options->names)
        status = nf_session_load_names(session, options->names, err);
    if (status == NF_OK)
        status = nf_session_query(session, query, cli_write, NULL, err);
    return status;
}

int cli_query_run(const cli_options *options, nf_error *err)
{
    cli_session s;
    nf_query query = NF_QUERY_INIT;
    if (options->batch ? options->positional_count != 1
                       : options->positional_count < 2)
        return cli_usage("query needs APP ENTITY XPATH, or APP --batch");
    query.entity = options->positional[1];
    query.xpath = options->positional[2];
    query.sort = options->sort;
    query.variables = options->vars.items;
    query.variable_count = options->vars.count;
    query.extended = options->extended;
    query.explain = options->explain;
    if (!cli_number(&query.limit, "limit", options->limit) ||
        !cli_number(&query.offset, "offset", options->offset))
        return CLI_WRONG;
    if ((options->limit && query.limit < 0) || query.offset < 0)
        return cli_usage("--limit and --offset are not below 0");
    int code = cli_session_open(&s, options, NULL, NULL, err);
    if (code != CLI_OK)
        return code;
    nf_status status = options->batch
                           ? answer_lines(s.session, options, err)
                           : answer_one(s.session, options, &query, err);
    code = status == NF_OK ? cli_finish(CLI_OK) : cli_fail(status, err);
    cli_session_close(&s);
    return code;
}
