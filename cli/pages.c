/* What is written of the table of commands for other programs: `nanoflow
 * completion` for a shell, and the page for man. Both are installed. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

/* ---- completion ---------------------------------------------------------- */

static void print_commands(const cli_manual *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->commands[i].summary)
            printf("%s ", m->commands[i].name);
}

/* A line for each command: its options. */
static void print_options(const cli_manual *m)
{
    for (size_t i = 0; i < m->count; i++) {
        const cli_command *c = &m->commands[i];
        const char *name;
        if (!c->summary)
            continue;
        printf("    %s) options='", c->name);
        for (size_t k = 0; (name = cli_option_name(k)); k++)
            if (cli_option_groups(k) & c->groups)
                printf("--%s ", name);
        printf("--help' ;;\n");
    }
}

/* A line for each option that takes one of a few words, and one for those that
 * take a value of any kind: a file, mostly. */
static void print_values(void)
{
    const char *name, *words;
    bool any = false;
    for (size_t k = 0; (name = cli_option_name(k)); k++)
        if ((words = cli_option_words(k)))
            printf("    *:--%s) words='%s' ;;\n", name, words);
    for (size_t k = 0; (name = cli_option_name(k)); k++) {
        bool again = k && strcmp(cli_option_name(k - 1), name) == 0;
        if (cli_option_takes_value(k) && !cli_option_words(k) && !again) {
            printf("%s*:--%s", any ? " | " : "    ", name);
            any = true;
        }
    }
    printf(") return ;;\n");
}

static void print_completion(const cli_manual *m)
{
    printf("# Completion of nanoflow's command line in bash, written by\n"
           "# `nanoflow completion bash`. To try it: . <(nanoflow completion "
           "bash)\n"
           "_nanoflow_names() { # names of APP, as far as it can be read\n"
           "    \"${COMP_WORDS[0]}\" \"$@\" 2>/dev/null\n"
           "}\n"
           "_nanoflow() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} "
           "before=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "    local command=${COMP_WORDS[1]} app=${COMP_WORDS[2]-} options= "
           "words=\n"
           "    COMPREPLY=()\n"
           "    if [ \"$before\" = = ]; then\n"
           "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
           "    elif [ \"$word\" = = ]; then\n"
           "        word=\n"
           "    fi\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W '");
    print_commands(m);
    printf("help --help --version' -- \"$word\")\n"
           "        return\n"
           "    fi\n"
           "    case $command in\n");
    print_options(m);
    printf("    help) words='");
    print_commands(m);
    printf("' ;;\n"
           "    esac\n"
           "    case $command:$before in\n"
           "    describe:--format) words='text json mermaid dot svg xml' ;;\n"
           "    explain:--format) words='text markdown' ;;\n");
    print_values();
    printf("    esac\n"
           "    if [ -z \"$words\" ]; then\n"
           "        case $command:$COMP_CWORD in\n"
           "        *:2)\n"
           "            case $command in\n"
           "            data) words='import export diff' ;;\n"
           "            completion) words=bash ;;\n"
           "            explain) words=$(_nanoflow_names explain | "
           "awk '{ print $1 }') ;;\n"
           "            esac ;;\n"
           "        run:3 | debug:3) words=$(_nanoflow_names list \"$app\" "
           "--type nanoflow) ;;\n"
           "        query:3) words=$(_nanoflow_names list \"$app\" --type "
           "entity) ;;\n"
           "        describe:3) words=$(_nanoflow_names list \"$app\" | cut "
           "-f 2) ;;\n"
           "        esac\n"
           "    fi\n"
           "    case $word in\n"
           "    --*) words=$options ;;\n"
           "    esac\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
           "}\n"
           "complete -o bashdefault -o default -F _nanoflow nanoflow\n");
}

int cli_completion_run(const cli_options *options, nf_error *err)
{
    (void)err;
    if (strcmp(options->positional[0], "bash") != 0)
        return cli_usage("there is a completion for bash, not for \"%s\"",
                         options->positional[0]);
    print_completion(cli_manual_of_program());
    return cli_finish(CLI_OK);
}

/* ---- the page for man ---------------------------------------------------- */

/* Text as it is: nothing in it is a request or an escape of roff. */
static void print_text(const char *text, size_t length)
{
    bool begins = true;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (begins && (c == '.' || c == '\''))
            printf("\\&");
        if (c == '\\')
            printf("\\e");
        else if (c == '-')
            printf("\\-");
        else
            putchar(c);
        begins = c == '\n';
    }
}

static void print_block(const char *text, size_t length)
{
    printf(".nf\n");
    print_text(text, length);
    if (length && text[length - 1] != '\n')
        putchar('\n');
    printf(".fi\n");
}

/* The help of a command; the run options of all stand in a section of theirs.
 */
static void print_help_of(const cli_command *c, const char *run_options)
{
    const char *common = strstr(c->help, run_options);
    size_t before = common ? (size_t)(common - c->help) : strlen(c->help);
    const char *after = common ? common + strlen(run_options) : "";
    if (before)
        print_block(c->help, before);
    if (common)
        printf("  (see RUN OPTIONS)\n");
    if (*after)
        print_block(after, strlen(after));
}

static void print_command(const cli_command *c, const char *run_options)
{
    printf(".SS %s\n.B nanoflow\n", c->name);
    print_text(c->usage, strlen(c->usage));
    printf("\n.PP\n");
    print_text(c->summary, strlen(c->summary));
    printf(".\n");
    if (*c->help) {
        printf(".PP\n");
        print_help_of(c, run_options);
    }
}

static void print_section(const char *title, const char *text)
{
    printf(".SH %s\n", title);
    print_block(text, strlen(text));
}

int cli_man_page_run(const cli_options *options, nf_error *err)
{
    const cli_manual *m = cli_manual_of_program();
    (void)options, (void)err;
    printf(".\\\" Written by `nanoflow man-page`; ./dev manual does it.\n"
           ".TH NANOFLOW 1 \"\" \"nanoflow %s\" \"\"\n"
           ".SH NAME\nnanoflow \\- ",
           NF_VERSION);
    print_text(m->about, strlen(m->about));
    printf("\n.SH SYNOPSIS\n.B nanoflow\n.I COMMAND\n"
           "[\\fIargument\\fR]... [\\fIoption\\fR]...\n");
    print_section("DESCRIPTION", m->apps);
    printf(".SH COMMANDS\n");
    for (size_t i = 0; i < m->count; i++)
        if (m->commands[i].summary)
            print_command(&m->commands[i], m->run_options);
    print_section("RUN OPTIONS", m->run_options);
    print_section("EXIT STATUS", m->exit_codes);
    return cli_finish(CLI_OK);
}
