/* The command line: every option of every command in one table, since most
 * commands share them (design §5). A command says which groups it takes. */
#ifndef NF_CLI_OPTIONS_H
#define NF_CLI_OPTIONS_H

#include "nanoflow.h"

enum {
    CLI_MAX_POSITIONAL = 4096, /* files of `test`, as a shell lists them */
    CLI_MAX_REPEATED = 256,    /* --arg, --var, --role … each */
};

/* Groups of options. */
enum {
    CLI_SESSION = 1,   /* the run options */
    CLI_LIST = 2,      /* --type, --module */
    CLI_FORMAT = 4,    /* --format */
    CLI_RUN = 8,       /* --arg, --limit */
    CLI_EVAL = 16,     /* --var, --engine, --batch, --limit */
    CLI_QUERY = 32,    /* --var, --batch, --sort, --limit … */
    CLI_DATA = 64,     /* --as, --system, --files */
    CLI_SYNC = 128,    /* --mode, --dry-run, --explain */
    CLI_CONVERT = 256, /* --mpr-version */
    CLI_JSON = 512,    /* --json */
    CLI_FAULT = 1024,  /* --fault */
    CLI_SERVE = 2048,  /* --listen, --tls-cert, --log … */
    CLI_SCHEMA = 4096, /* --generic */
    CLI_TEST = 8192,   /* --app, --junit, --filter … */
};

typedef struct cli_list {
    const char *items[CLI_MAX_REPEATED];
    size_t count;
} cli_list;

typedef struct cli_options {
    const char *positional[CLI_MAX_POSITIONAL];
    size_t positional_count;
    bool help;
    /* session */
    const char *db, *db_wait, *server, *server_db, *on, *user, *password_file,
        *profile, *device, *initial_sync, *locale, *time_zone, *now, *seed,
        *mock, *timeout, *trace, *color, *fault;
    bool all_constants, configured_only, current_user, trace_set, variables,
        quiet, verbose, json;
    cli_list roles, constants;
    /* commands */
    const char *type, *module, *format, *engine, *sort, *limit, *offset, *names,
        *ca_file, *compress, *server_key, *proxy, *as, *files, *mode,
        *mpr_version, *listen, *tls_cert, *tls_key, *log, *app, *junit, *html,
        *slowest, *filter, *coverage, *min_coverage, *tags, *jobs, *retry,
        *skeleton, *discover, *log_level;
    bool batch, extended, explain, system, dry_run, demo_users, generic,
        require_assertions, tap, no_steps, coverage_set, list, strict,
        mxcli_strict, github, update_snapshots;
    cli_list args, vars, limits, settings;
} cli_options;

/* Reads the arguments after the command's name. False after a message on
 * standard error: the command line is wrong. */
bool cli_parse(cli_options *options, unsigned groups, int argc, char **argv);

/* The options by index, by name and without `--`; NULL behind the last. Which
 * groups have it, whether a value follows, and the words it takes if they are
 * few (NULL: any). */
const char *cli_option_name(size_t index);
unsigned cli_option_groups(size_t index);
bool cli_option_takes_value(size_t index);
const char *cli_option_words(size_t index);

/* Reads a whole number into *out; false after a message. NULL text leaves
 * *out alone. */
bool cli_number(int64_t *out, const char *option, const char *text);

/* The session's options from the command's; false after a message. The result
 * borrows from `options`. */
bool cli_session_options(nf_session_options *out, const cli_options *options);

#endif
