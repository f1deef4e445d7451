/* Reads the command line. Only words that begin with `--` and a letter are
 * options, so that an expression such as `-1` needs no quoting beyond the
 * shell's; `--` ends the options. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum kind {
    FLAG,
    TEXT,
    REPEATED,
    OPTIONAL /* a TEXT whose value only follows `=` */
} kind;

typedef struct option {
    const char *name;
    kind kind;
    unsigned groups;
    size_t offset;
    size_t seen; /* OPTIONAL: offset of the bool that says it was given */
} option;

#define AT(field) offsetof(cli_options, field)
/* clang-format off */
static const option table[] = {
    {"all-constants", FLAG, CLI_SESSION | CLI_EVAL, AT(all_constants), 0},
    {"app", TEXT, CLI_TEST, AT(app), 0},
    {"arg", REPEATED, CLI_RUN, AT(args), 0},
    {"as", TEXT, CLI_DATA, AT(as), 0},
    {"batch", FLAG, CLI_EVAL | CLI_QUERY, AT(batch), 0},
    {"ca-file", TEXT, CLI_SESSION, AT(ca_file), 0},
    {"color", TEXT, ~0U, AT(color), 0},
    {"compress", TEXT, CLI_SESSION, AT(compress), 0},
    {"configured-only", FLAG, CLI_SESSION, AT(configured_only), 0},
    {"constant", REPEATED, CLI_SESSION, AT(constants), 0},
    {"coverage", OPTIONAL, CLI_TEST, AT(coverage), AT(coverage_set)},
    {"current-user", FLAG, CLI_SESSION, AT(current_user), 0},
    {"db", TEXT, CLI_SESSION, AT(db), 0},
    {"db-wait", TEXT, CLI_SESSION, AT(db_wait), 0},
    {"demo-users", FLAG, CLI_SERVE, AT(demo_users), 0},
    {"device", TEXT, CLI_SESSION, AT(device), 0},
    {"discover", TEXT, CLI_TEST, AT(discover), 0},
    {"dry-run", FLAG, CLI_SYNC, AT(dry_run), 0},
    {"engine", TEXT, CLI_EVAL, AT(engine), 0},
    {"explain", FLAG, CLI_QUERY | CLI_SYNC, AT(explain), 0},
    {"extended", FLAG, CLI_QUERY, AT(extended), 0},
    {"fault", TEXT, CLI_FAULT, AT(fault), 0},
    {"files", TEXT, CLI_DATA, AT(files), 0},
    {"filter", TEXT, CLI_TEST, AT(filter), 0},
    {"format", TEXT, CLI_FORMAT, AT(format), 0},
    {"generic", FLAG, CLI_SCHEMA, AT(generic), 0},
    {"github", FLAG, CLI_TEST, AT(github), 0},
    {"html", TEXT, CLI_TEST, AT(html), 0},
    {"initial-sync", TEXT, CLI_SESSION, AT(initial_sync), 0},
    {"jobs", TEXT, CLI_TEST, AT(jobs), 0},
    {"json", FLAG, CLI_SESSION | CLI_JSON, AT(json), 0},
    {"junit", TEXT, CLI_TEST, AT(junit), 0},
    {"limit", REPEATED, CLI_RUN | CLI_EVAL, AT(limits), 0},
    {"limit", TEXT, CLI_QUERY, AT(limit), 0}, /* of the result */
    {"list", FLAG, CLI_TEST, AT(list), 0},
    {"listen", TEXT, CLI_SERVE, AT(listen), 0},
    {"locale", TEXT, CLI_SESSION | CLI_EVAL, AT(locale), 0},
    {"log", TEXT, CLI_SERVE, AT(log), 0},
    {"log-level", TEXT, CLI_RUN, AT(log_level), 0},
    {"min-coverage", TEXT, CLI_TEST, AT(min_coverage), 0},
    {"mock", TEXT, CLI_SESSION, AT(mock), 0},
    {"mode", TEXT, CLI_SYNC, AT(mode), 0},
    {"module", TEXT, CLI_LIST, AT(module), 0},
    {"mpr-version", TEXT, CLI_CONVERT, AT(mpr_version), 0},
    {"mxcli-strict", FLAG, CLI_TEST, AT(mxcli_strict), 0},
    {"names", TEXT, CLI_QUERY, AT(names), 0},
    {"no-steps", FLAG, CLI_TEST, AT(no_steps), 0},
    {"now", TEXT, CLI_SESSION | CLI_EVAL | CLI_SERVE, AT(now), 0},
    {"offset", TEXT, CLI_QUERY, AT(offset), 0},
    {"on", TEXT, CLI_SESSION, AT(on), 0},
    {"password-file", TEXT, CLI_SESSION, AT(password_file), 0},
    {"profile", TEXT, CLI_SESSION, AT(profile), 0},
    {"proxy", TEXT, CLI_SESSION, AT(proxy), 0},
    {"quiet", FLAG, CLI_SESSION | CLI_SERVE, AT(quiet), 0},
    {"require-assertions", FLAG, CLI_TEST, AT(require_assertions), 0},
    {"retry", TEXT, CLI_TEST, AT(retry), 0},
    {"role", REPEATED, CLI_SESSION, AT(roles), 0},
    {"seed", TEXT, CLI_SESSION, AT(seed), 0},
    {"server", TEXT, CLI_SESSION, AT(server), 0},
    {"server-db", TEXT, CLI_SESSION | CLI_SERVE, AT(server_db), 0},
    {"server-key", TEXT, CLI_SESSION, AT(server_key), 0},
    {"set", REPEATED, CLI_SESSION | CLI_SERVE, AT(settings), 0},
    {"skeleton", TEXT, CLI_TEST, AT(skeleton), 0},
    {"sort", TEXT, CLI_QUERY, AT(sort), 0},
    {"slowest", TEXT, CLI_TEST, AT(slowest), 0},
    {"strict", FLAG, CLI_TEST, AT(strict), 0},
    {"system", FLAG, CLI_DATA, AT(system), 0},
    {"tags", TEXT, CLI_TEST, AT(tags), 0},
    {"tap", FLAG, CLI_TEST, AT(tap), 0},
    {"time-zone", TEXT, CLI_SESSION | CLI_EVAL, AT(time_zone), 0},
    {"timeout", TEXT, CLI_SESSION, AT(timeout), 0},
    {"tls-cert", TEXT, CLI_SERVE, AT(tls_cert), 0},
    {"tls-key", TEXT, CLI_SERVE, AT(tls_key), 0},
    {"trace", OPTIONAL, CLI_SESSION, AT(trace), AT(trace_set)},
    {"type", TEXT, CLI_LIST, AT(type), 0},
    {"update-snapshots", FLAG, CLI_TEST, AT(update_snapshots), 0},
    {"user", TEXT, CLI_SESSION, AT(user), 0},
    {"var", REPEATED, CLI_EVAL | CLI_QUERY, AT(vars), 0},
    {"variables", FLAG, CLI_SESSION, AT(variables), 0},
    {"verbose", FLAG, CLI_SESSION | CLI_SERVE, AT(verbose), 0},
};
/* clang-format on */
#undef AT
enum { OPTION_COUNT = sizeof table / sizeof *table };

/* The options that take one of a few words. */
static const struct {
    const char *name, *words;
} choices[] = {
    {"color", "auto always never"},
    {"compress", "auto always never"},
    {"discover", "flows"},
    {"engine", "client server"},
    {"initial-sync", "auto never require"},
    {"log", "text json"},
    {"log-level", "Trace Debug Info Warning Error Critical"},
    {"mode", "all unsynchronized"},
    {"mpr-version", "1 2"},
    {"on", "device server"},
    {"type", "module folder nanoflow microflow rule entity association "
             "enumeration constant page javascriptaction javaaction"},
};

const char *cli_option_name(size_t index)
{
    return index < OPTION_COUNT ? table[index].name : NULL;
}

unsigned cli_option_groups(size_t index)
{
    return table[index].groups;
}

bool cli_option_takes_value(size_t index)
{
    return table[index].kind == TEXT || table[index].kind == REPEATED;
}

const char *cli_option_words(size_t index)
{
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (strcmp(choices[i].name, table[index].name) == 0)
            return choices[i].words;
    return NULL;
}

static const option *find_option(const char *name, size_t length,
                                 unsigned groups)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (strlen(table[i].name) == length &&
            memcmp(table[i].name, name, length) == 0 &&
            (table[i].groups & groups))
            return &table[i];
    return NULL;
}

/* What is empty because a script's variable is empty is a mistake, which would
 * otherwise mean "everything that there is": no user, any database. */
static bool may_be_empty(const option *o)
{
    return strcmp(o->name, "filter") == 0 || strcmp(o->name, "tags") == 0;
}

static bool store(cli_options *options, const option *o, const char *value)
{
    char *base = (char *)options;
    if (value && !*value && !may_be_empty(o)) {
        cli_error("--%s needs a value, and it is empty", o->name);
        return false;
    }
    switch (o->kind) {
    case FLAG:
        *(bool *)(base + o->offset) = true;
        return true;
    case OPTIONAL:
        *(bool *)(base + o->seen) = true;
        *(const char **)(base + o->offset) = value;
        return true;
    case TEXT:
        *(const char **)(base + o->offset) = value;
        return true;
    case REPEATED:
        break;
    }
    cli_list *list = (cli_list *)(base + o->offset);
    if (list->count == CLI_MAX_REPEATED) {
        cli_error("--%s is given more than %d times", o->name,
                  CLI_MAX_REPEATED);
        return false;
    }
    list->items[list->count++] = value;
    return true;
}

static const char *option_of(const void *user, size_t index)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if ((table[i].groups & *(const unsigned *)user) && index-- == 0)
            return table[i].name;
    return NULL;
}

/* One option at argv[*index]; moves *index over a separate value. */
static bool read_option(cli_options *options, unsigned groups, int argc,
                        char **argv, int *index)
{
    const char *word = argv[*index] + 2;
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const option *o = find_option(word, length, groups);
    if (length == 4 && memcmp(word, "help", 4) == 0) {
        options->help = true;
        return true;
    }
    if (!o) {
        char hint[80];
        cli_error("unknown option \"--%.*s\"%s (see --help)", (int)length, word,
                  cli_near(word, length, option_of, &groups, "--", hint,
                           sizeof hint));
        return false;
    }
    if (o->kind == FLAG && equals) {
        cli_error("--%s takes no value", o->name);
        return false;
    }
    if (o->kind == FLAG || o->kind == OPTIONAL)
        return store(options, o, equals ? equals + 1 : NULL);
    if (equals)
        return store(options, o, equals + 1);
    if (*index + 1 >= argc) {
        cli_error("--%s needs a value", o->name);
        return false;
    }
    return store(options, o, argv[++*index]);
}

bool cli_parse(cli_options *options, unsigned groups, int argc, char **argv)
{
    bool only_words = false;
    memset(options, 0, sizeof *options);
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        if (!only_words && strcmp(word, "--") == 0) {
            only_words = true;
        } else if (!only_words && strcmp(word, "-h") == 0) {
            options->help = true;
        } else if (!only_words && strncmp(word, "--", 2) == 0 &&
                   ((word[2] | 32) >= 'a' && (word[2] | 32) <= 'z')) {
            if (!read_option(options, groups, argc, argv, &i))
                return false;
        } else if (options->positional_count == CLI_MAX_POSITIONAL) {
            cli_error("too many arguments");
            return false;
        } else {
            options->positional[options->positional_count++] = word;
        }
    }
    return true;
}

bool cli_number(int64_t *out, const char *name, const char *text)
{
    char *end = NULL;
    if (!text)
        return true;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end) {
        cli_error("--%s needs a whole number, not \"%s\"", name, text);
        return false;
    }
    *out = value;
    return true;
}

static bool one_of(const char *name, const char *value, const char *a,
                   const char *b, const char *c)
{
    if (!value || strcmp(value, a) == 0 || strcmp(value, b) == 0 ||
        (c && strcmp(value, c) == 0))
        return true;
    cli_error("--%s is %s%s%s%s%s, not \"%s\"", name, a, c ? ", " : " or ", b,
              c ? " or " : "", c ? c : "", value);
    return false;
}

static bool read_seed(nf_session_options *out, const char *text)
{
    char *end = NULL;
    if (!text)
        return true;
    errno = 0;
    out->seed = strtoull(text, &end, 10);
    out->seeded = true;
    if (!errno && *text >= '0' && *text <= '9' && !*end)
        return true;
    cli_error("--seed needs a whole number, not \"%s\"", text);
    return false;
}

static bool read_timeout(nf_session_options *out, const char *text)
{
    char *end = NULL;
    if (!text)
        return true;
    out->timeout = strtod(text, &end);
    if (end != text && !*end && out->timeout > 0 && out->timeout < 1e9)
        return true;
    cli_error("--timeout needs a number of seconds, not \"%s\"", text);
    return false;
}

static bool read_wait(nf_session_options *out, const char *text)
{
    char *end = NULL;
    double seconds = text ? strtod(text, &end) : 0;
    if (!text)
        return true;
    out->database_wait = seconds > 0 ? seconds : -1;
    if (end != text && !*end && seconds >= 0 && seconds < 1e6)
        return true;
    cli_error("--db-wait needs a number of seconds, not \"%s\"", text);
    return false;
}

bool cli_session_options(nf_session_options *out, const cli_options *options)
{
    *out = (nf_session_options)NF_SESSION_OPTIONS_INIT;
    if (!one_of("on", options->on, "device", "server", NULL) ||
        !read_seed(out, options->seed) ||
        !read_timeout(out, options->timeout) ||
        !read_wait(out, options->db_wait))
        return false;
    out->side = options->on && strcmp(options->on, "server") == 0
                    ? NF_SIDE_SERVER
                    : NF_SIDE_DEVICE;
    out->database = options->db;
    out->configured_only = options->configured_only;
    out->server = options->server;
    out->server_database = options->server_db;
    out->mocks = options->mock;
    out->ca_file = options->ca_file;
    out->compress = options->compress;
    out->server_key = options->server_key;
    out->proxy = options->proxy;
    out->faults = options->fault;
    out->user = options->user;
    out->password_file = options->password_file;
    out->roles = options->roles.items;
    out->role_count = options->roles.count;
    out->profile = options->profile;
    out->device = options->device;
    out->initial_sync = options->initial_sync;
    out->constants = options->constants.items;
    out->constant_count = options->constants.count;
    out->all_constants = options->all_constants;
    out->current_user = options->current_user;
    out->limits = options->limits.items;
    out->limit_count = options->limits.count;
    out->settings = options->settings.items;
    out->setting_count = options->settings.count;
    out->language = options->locale;
    out->time_zone = options->time_zone;
    out->now = options->now;
    if (options->trace_set)
        out->trace = options->trace ? options->trace : "-";
    return true;
}
