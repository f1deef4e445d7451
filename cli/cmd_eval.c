/* `nanoflow eval`: one expression, or with --batch one per line of standard
 * input, each answered by one line; without either, on a terminal, a prompt. */
#include "cli/cli.h"
#include "cli/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static nf_status answer_lines(const nf_evaluation *evaluation, nf_error *err)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    nf_status status = NF_OK;
    while (status == NF_OK && (length = getline(&line, &size, stdin)) >= 0) {
        char *answer = NULL;
        if (length && line[length - 1] == '\n')
            line[--length] = '\0';
        if (memchr(line, '\0', (size_t)length)) {
            puts("Error\tbad_line\ta line holds a NUL byte");
            continue;
        }
        status = nf_evaluate_line(&answer, line, evaluation, err);
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

/* With two words the first is the app. */
static int evaluate(const cli_options *options, nf_evaluation *evaluation,
                    nf_error *err)
{
    char *text = NULL;
    size_t count = options->positional_count;
    nf_status status;
    if (options->batch)
        status = answer_lines(evaluation, err);
    else
        status =
            nf_evaluate(&text, options->positional[count - 1], evaluation, err);
    if (status != NF_OK)
        return cli_fail(status, err);
    if (!options->batch) {
        fputs(text, stdout);
        fputc('\n', stdout);
    }
    nf_text_free(text);
    return cli_finish(CLI_OK);
}

/* On a terminal a single word that is an app (there is such a file) is not
 * taken for an expression. */
static bool wants_prompt(const cli_options *options)
{
    struct stat status;
    if (options->batch || options->positional_count > 1 ||
        !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return false;
    return options->positional_count == 0 ||
           stat(options->positional[0], &status) == 0;
}

int cli_eval_run(const cli_options *options, nf_error *err)
{
    nf_app *app = NULL;
    bool prompt = wants_prompt(options);
    nf_evaluation evaluation = {
        .size = sizeof evaluation,
        .language = options->locale,
        .time_zone = options->time_zone,
        .now = options->now,
        .variables = options->vars.items,
        .variable_count = options->vars.count,
        .json = options->json,
        .limits = options->limits.items,
        .limit_count = options->limits.count,
        .all_constants = options->all_constants,
    };
    size_t most = options->batch || prompt ? 1 : 2; /* with an app */
    if (options->positional_count > most)
        return cli_usage("too many arguments (see eval --help)");
    if (!options->batch && !prompt && options->positional_count == 0)
        return cli_usage("eval needs an expression, --batch, or a terminal");
    if (options->engine && strcmp(options->engine, "client") != 0 &&
        strcmp(options->engine, "server") != 0)
        return cli_usage("--engine is client or server, not \"%s\"",
                         options->engine);
    evaluation.server_engine =
        options->engine && strcmp(options->engine, "server") == 0;
    if (options->positional_count == most) {
        nf_status status = cli_open(&app, options->positional[0], false, err);
        if (status != NF_OK)
            return cli_fail(status, err);
        evaluation.app = app;
    }
    int code = prompt ? cli_prompt(&evaluation, err)
                      : evaluate(options, &evaluation, err);
    nf_app_close(app);
    return code;
}
