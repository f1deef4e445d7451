/* The program `nanoflow`: a table of commands (design §5). */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_OPTION                                                                \
    "  --limit NAME=NUMBER    of one call: depth, javascript, javascript-memory,\n" \
    "                         list, memory, regex, steps, text; repeatable\n"

#define FAULT_OPTION                                                           \
    "  --fault PLAN           what goes wrong, such as after-commit=cut\n"     \
    "  --fault sweep[:N]      everything that can, in turn, and N pairs\n"     \
    "  --fault sweep-http[:N] the same with HTTP between device and server\n"

#define RUN_OPTIONS                                                              \
    "  --db FILE              local database (default: a fresh one in memory)\n" \
    "  --db-wait SECONDS      for another process that writes (5)\n"             \
    "  --server URL           http(s)://..., local:FILE, local::memory:, none\n" \
    "  --server-db DB         the server's database, FILE or postgresql://...\n" \
    "  --ca-file FILE         authorities to trust for https, PEM\n"             \
    "  --server-key KEY       the server's public key, sha256//BASE64\n"         \
    "  --compress WHEN        bodies over http(s): auto, always or never\n"      \
    "  --proxy URL            for http(s); none is taken from the environment\n" \
    "  --on device|server     which side data and queries mean\n"                \
    "  --user NAME            who signs in\n"                                    \
    "  --password-file FILE   the first line is the password\n"                  \
    "  --role ROLE            module or user role, repeatable\n"                 \
    "  --profile NAME         navigation profile\n"                              \
    "  --configured-only      offline is only what the profile configures\n"     \
    "  --device NAME          name of the device\n"                              \
    "  --initial-sync WHEN    auto, never or require\n"                          \
    "  --constant M.C=VALUE   value of a constant, repeatable\n"                 \
    "  --all-constants        those not exposed to the client, too\n"            \
    "  --current-user         nanoflows may use $currentUser\n"                  \
    "  --locale CODE          language, en_US\n"                                 \
    "  --time-zone ZONE       Europe/Amsterdam\n"                                \
    "  --now TIME             the clock stands still at this time\n"             \
    "  --seed N               random numbers that repeat\n"                      \
    "  --set NAME=VALUE       collation, javascript.strict, null-order,\n"       \
    "                         server.failures, server.rest, strict-empty,\n"     \
    "                         sync.concurrent, sync.keep-rejected, sync.merge\n" \
    "                         (docs/command-line.md); repeatable\n"              \
    "  --mock FILE            answers to actions, microflows, REST calls\n"      \
    "  --timeout SECONDS      for one call\n"                                    \
    "  --trace[=FILE]         events as JSON lines\n"                            \
    "  --json --variables --quiet --verbose --color auto|always|never\n"

static const cli_command commands[] = {
    {"list", "list APP [--type TYPE] [--module M] [--json]",
     "the documents of an app",
     "Types: module, folder, nanoflow, microflow, rule, entity, association,\n"
     "enumeration, constant, page, javascriptaction, javaaction, or a stored\n"
     "$Type.\n",
     CLI_LIST | CLI_JSON, 1, 1, cli_list_run},
    {"describe",
     "describe APP NAME [--format text|json|mermaid|dot|svg|xml] [--json]",
     "one document, for people",
     "NAME is a qualified name, a module, or TYPE:NAME where kinds share a name,\n"
     "with the types of `list`. mermaid, dot and svg draw flows, entities (with\n"
     "their neighbours) and modules (their domain model).\n",
     CLI_FORMAT | CLI_JSON, 2, 2, cli_describe_run},
    {"check", "check APP [--json]",
     "compiles everything; finds what is wrong before it runs", "", CLI_JSON, 1,
     1, cli_check_run},
    {"run", "run APP FLOW [--arg NAME=VALUE]... [run options]",
     "runs a flow and prints its result",
     "VALUE is text, a guid, a name, an XPath, JSON or `empty`, by the type of\n"
     "the parameter.\n\nRun options:\n" RUN_OPTIONS LIMIT_OPTION FAULT_OPTION
     "  --log-level LEVEL      of logs that are printed: Trace, Debug, Info,\n"
     "                         Warning, Error, Critical and what is worse\n",
     CLI_SESSION | CLI_RUN | CLI_FAULT, 2, 2, cli_run_run},
    {"eval",
     "eval [APP] EXPRESSION [--var NAME=TYPE:VALUE]... | --batch "
     "[--engine client|server]",
     "evaluates an expression",
     "Without an expression a terminal gets a prompt; :help tells its commands.\n"
     "With --batch standard input has lines `bindings<TAB>expression`.\n\n"
     "  --locale CODE  --time-zone ZONE  --now TIME  --json  --all-constants\n" LIMIT_OPTION,
     CLI_EVAL | CLI_JSON, 0, 2, cli_eval_run},
    {"query",
     "query APP ENTITY XPATH [--sort ATTR[:desc],...] [--limit N] "
     "[--offset N] [--var NAME=TYPE:VALUE]... | --batch [--names FILE]",
     "what an XPath constraint selects",
     "With --batch standard input has lines\n"
     "`entity<TAB>xpath<TAB>sort<TAB>bindings`. --extended lifts the limits of\n"
     "retrieves on the device; --explain shows the statement.\n\n"
     "Run options:\n" RUN_OPTIONS,
     CLI_SESSION | CLI_QUERY, 1, 3, cli_query_run},
    {"data", "data import|export|diff APP FILE [--as USER] [--system]",
     "data files in and out, on the device or the server",
     "FILE - is standard input or output. --files DIR writes file contents\n"
     "beside the export.\n\nRun options:\n" RUN_OPTIONS,
     CLI_SESSION | CLI_DATA, 2, 3, cli_data_run},
    {"sync",
     "sync APP [--mode all|unsynchronized] [--dry-run] "
     "[--explain] [run options]",
     "synchronizes the device with the server",
     "--explain names every object with its reason; --dry-run sends and changes\n"
     "nothing.\n\nRun options:\n" RUN_OPTIONS FAULT_OPTION,
     CLI_SESSION | CLI_SYNC | CLI_FAULT, 1, 1, cli_sync_run},
    {"convert", "convert APP OUT [--mpr-version 1|2]",
     "the app in another format",
     "The ending of OUT says the format: .xml, .mpr or .json\n", CLI_CONVERT, 2,
     2, cli_convert_run},
    {"schema", "schema [--generic]", "the schema of the XML form, for editors",
     "RELAX NG for apps written by hand: every known type and property. With\n"
     "--generic the one that every complete document (`convert`) fits, too.\n",
     CLI_SCHEMA, 0, 0, cli_schema_run},
    {"serve",
     "serve APP [--listen HOST:PORT] [--server-db DB] "
     "[--tls-cert FILE --tls-key FILE]",
     "a sync server for devices in other processes",
     "  --listen HOST:PORT     default 127.0.0.1:8080; port 0 picks one\n"
     "  --server-db DB         the data, FILE or postgresql://... (default: in memory)\n"
     "  --tls-cert FILE        PEM; without it plain HTTP, on loopback only\n"
     "  --tls-key FILE         PEM\n"
     "  --demo-users           the model's demo users may sign in\n"
     "  --log text|json        form of the log on standard error\n"
     "  --quiet                warnings and errors only\n"
     "  --verbose              a line per request, too\n"
     "  --now TIME             the clock stands still at this time\n"
     "  --set NAME=VALUE       collation, null-order, server.failures, server.rest,\n"
     "                         and limits such as limit.connections; repeatable\n"
     "  --fault PLAN           what goes wrong, such as before-commit=cut\n\n"
     "Prints `listening URL` when it is ready. SIGTERM and SIGINT stop it;\n"
     "requests under way have ten seconds to end. Options that are not given are\n"
     "read from NANOFLOW_LISTEN, NANOFLOW_SERVER_DB and so on (docs/serve.md).\n",
     CLI_SERVE | CLI_FAULT, 1, 1, cli_serve_run},
    {"test",
     "test PATH... [--app APP] [--junit FILE] [--filter TEXT] [--tags WORDS] "
     "[--jobs N] [--coverage[=DIR]] [run options]",
     "runs test files (*.test.mdl, *.test.md) and folders of them",
     "  --app APP              the app that is tested; else the files' @app\n"
     "  --junit FILE           a report in JUnit's form\n"
     "  --html FILE            a page for people, with pictures of what failed\n"
     "  --github               annotations of GitHub between the results\n"
     "  --slowest N            tells the N slowest tests, too\n"
     "  --tap                  results as TAP 14 (--json: as JSON lines)\n"
     "  --coverage[=DIR]       what ran of the flows; reports and pictures in DIR\n"
     "  --min-coverage PERCENT less is a failure\n"
     "  --no-steps             do not run what failed again, for its steps\n"
     "  --filter TEXT          only tests with this in their name\n"
     "  --tags A,!B            only tests with the tag A, none with B\n"
     "  --jobs N               tests at once; all processors if not given\n"
     "  --retry N              tries a test that does not pass again\n"
     "  --list                 only says which tests there are\n"
     "  --require-assertions   a test that asserts nothing is an error\n"
     "  --strict               a mock of a test that is not used is an error\n"
     "  --mxcli-strict         refuses what mxcli test does not have\n"
     "  --discover flows       flows named TEST_* and UT_* are tests, too\n"
     "  --update-snapshots     writes what @snapshot compares with\n"
     "  --skeleton FLOW        writes a test of a flow with what it needs "
     "mocked\n\n"
     "Every test has a session and databases of its own (docs/testing.md).\n\n"
     "Run options:\n" RUN_OPTIONS FAULT_OPTION,
     CLI_SESSION | CLI_TEST | CLI_FAULT, 0, CLI_MAX_POSITIONAL, cli_test_run},
    {"debug", "debug APP FLOW [--arg NAME=VALUE]... [run options]",
     "runs a flow step by step",
     "  --arg NAME=VALUE       a parameter of the flow; repeatable\n\n"
     "Commands come from the terminal or from a pipe; `help` lists them\n"
     "(docs/debug.md).\n\n"
     "Run options:\n" RUN_OPTIONS FAULT_OPTION,
     CLI_SESSION | CLI_RUN | CLI_FAULT, 2, 2, cli_debug_run},
    {"compat", "compat OLD NEW", NULL, "", 0, 0, 0, NULL},
    {"explain", "explain [CODE] [--format text|markdown]",
     "what a code of a finding or an error means",
     "Without CODE: all codes; with --format markdown the whole table.\n",
     CLI_FORMAT, 0, 1, cli_explain_run},
    {"completion", "completion bash",
     "completes commands, options and names in a shell",
     "Prints a script for bash: . <(nanoflow completion bash)\n", 0, 1, 1,
     cli_completion_run},
    {"man-page", "man-page", NULL, "", 0, 0, 0, cli_man_page_run},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static const cli_manual manual = {
    .commands = commands,
    .count = COMMAND_COUNT,
    .about = "runs Mendix nanoflows without a browser, a phone or a Mendix "
             "runtime",
    .apps =
        "APP is an .mpr file, a project folder, an .mpk package, an .xml model,\n"
        "or the JSON of mx dump-mpr.\n"
        "`nanoflow COMMAND --help` shows a command's options.\n",
    .run_options = RUN_OPTIONS,
    .exit_codes = "0 it worked; 1 it ran and the answer is no; 2 the command "
                  "line is\nwrong; 3 an input can't be read; 130 "
                  "interrupted.\n",
};

const cli_manual *cli_manual_of_program(void)
{
    return &manual;
}

static const cli_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static const char *command_at(const void *user, size_t index)
{
    (void)user;
    while (index < COMMAND_COUNT && !commands[index].summary)
        index++;
    return index < COMMAND_COUNT ? commands[index].name : NULL;
}

static int unknown_command(const char *name)
{
    char hint[80];
    return cli_usage(
        "there is no command \"%s\"%s (see nanoflow --help)", name,
        cli_near(name, strlen(name), command_at, NULL, "", hint, sizeof hint));
}

static int print_help(void)
{
    printf("nanoflow %s: %s\n\n", nf_library_version(), manual.about);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].summary)
            printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    printf("\n%s\nExit codes: %s", manual.apps, manual.exit_codes);
    return cli_finish(CLI_OK);
}

static int print_command_help(const cli_command *command)
{
    printf("nanoflow %s\n\n%s\n", command->usage, command->summary);
    if (*command->help)
        printf("\n%s", command->help);
    return cli_finish(CLI_OK);
}

static int run_command(const cli_command *command, int argc, char **argv)
{
    cli_options options;
    if (!command->run)
        return cli_usage("the command \"%s\" is not available in this version",
                         command->name);
    if (!cli_parse(&options, command->groups, argc, argv))
        return CLI_WRONG;
    if (!cli_color(options.color))
        return cli_usage("--color is auto, always or never, not \"%s\"",
                         options.color);
    if (options.help)
        return print_command_help(command);
    if (options.positional_count < command->least ||
        options.positional_count > command->most)
        return cli_usage("too %s arguments: nanoflow %s",
                         options.positional_count < command->least ? "few"
                                                                   : "many",
                         command->usage);
    nf_error *err = nf_error_new();
    if (!err)
        return cli_usage("out of memory");
    int code = command->run(&options, err);
    nf_error_free(err);
    return cli_interrupted() ? CLI_INTERRUPTED : code;
}

/* A file must not take the number of a stream that was closed: what is meant
 * for that stream would be written into it. Writing there still fails. */
static void keep_streams(void)
{
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
        if (fcntl(file, F_GETFD) == -1 && errno == EBADF)
            (void)!open("/dev/null",
                        file == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
    keep_streams();
    /* A closed pipe is a failed write, not the end of the process. */
    signal(SIGPIPE, SIG_IGN);
    /* So is a file that has reached its limit. */
    signal(SIGXFSZ, SIG_IGN);
    cli_color(NULL);
    if (argc < 2) {
        cli_error("which command? (see nanoflow --help)");
        return CLI_WRONG;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("nanoflow %s\n", nf_library_version());
        return cli_finish(CLI_OK);
    }
    bool help = strcmp(argv[1], "help") == 0;
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        (help && argc == 2))
        return print_help();
    const char *name = argv[help ? 2 : 1];
    const cli_command *command = find_command(name);
    if (!command)
        return unknown_command(name);
    return help && command->summary ? print_command_help(command)
                                    : run_command(command, argc - 2, argv + 2);
}
