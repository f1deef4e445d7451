/* `nanoflow debug`: a stepper that reads commands from a terminal, or lines
 * from a pipe. What it shows goes to standard output. */
#include "cli/cli.h"
#include "cli/editor.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct stepper {
    const cli_options *options;
    nf_session *session;
    nf_debug *debug;
    nf_error *err;
    cli_editor *editor; /* NULL: plain lines */
    char *line;         /* the last one, of getline */
    size_t size;
    char last[64];     /* an empty line does it again */
    char **kept;       /* "break" commands, for a restart */
    size_t kept_count; /* … */
    bool restart, quit, ended_input;
} stepper;

/* A signal handler can be reached by nothing else. */
static struct {
    stepper *volatile stepper; /* NULL: nothing to interrupt */
    volatile sig_atomic_t reading, times;
} interrupt;

/* Ctrl-C while the flow runs stops at the next step. A step that does not end
 * is ended by another one, and the program by a third. While a command is read
 * there is nothing to stop. */
static void on_interrupt(int number)
{
    stepper *s = interrupt.stepper;

    (void)number;
    if (!s || interrupt.reading)
        return;
    switch (interrupt.times++) {
    case 0:
        nf_debug_interrupt(s->debug);
        break;
    case 1:
        nf_session_cancel(s->session);
        break;
    default:
        _exit(CLI_INTERRUPTED);
    }
}

static void print_lines(char *text, const char *none)
{
    size_t length = text ? strlen(text) : 0;
    if (!length)
        printf("%s\n", none);
    else
        printf("%s%s", text, text[length - 1] == '\n' ? "" : "\n");
    nf_text_free(text);
}

static void complain(stepper *s)
{
    char *text = nf_error_print(s->err);
    printf("%s\n", text ? text : "out of memory");
    nf_text_free(text);
    nf_error_reset(s->err);
}

/* ---- commands ------------------------------------------------------------ */

/* As "FLOW:WHERE", which holds wherever a restart asks for it; or as it is
 * where it names its flow. */
static bool keep(stepper *s, const char *rest)
{
    char **kept =
        realloc(s->kept, (s->kept_count + 1) * sizeof *kept); /* NOLINT */
    char *place = nf_debug_place(s->debug), *text = NULL;
    size_t flow = place ? strcspn(place, ":") : 0;
    if (kept)
        s->kept = kept;
    text = malloc(flow + strlen(rest) + 2);
    if (kept && text) {
        sprintf(text, "%.*s:%s", (int)flow, place ? place : "", rest);
        s->kept[s->kept_count++] = text;
    } else {
        free(text);
    }
    nf_text_free(place);
    return kept && text;
}

/* WHERE [if CONDITION]; its number, 0 after an error. A caption may have an
 * "if", too: the first one behind which WHERE is a place counts. */
static size_t set_breakpoint(stepper *s, const char *rest)
{
    const char *condition = strstr(rest, " if ");
    size_t number = 0;
    bool first = true;

    while (!number) {
        size_t length = condition ? (size_t)(condition - rest) : strlen(rest);
        char *where = strndup(rest, length);
        nf_error *err = first ? s->err : NULL;

        if (where)
            nf_debug_break(&number, s->debug, where,
                           condition ? condition + 4 : NULL, err);
        free(where);
        if (!condition)
            break;
        condition = strstr(condition + 1, " if ");
        first = false;
    }
    if (number)
        nf_error_reset(s->err);
    return number;
}

static void set_again(stepper *s, const char *kept)
{
    if (set_breakpoint(s, kept))
        return;
    nf_error_reset(s->err); /* it names a flow by itself */
    if (!set_breakpoint(s, kept + strcspn(kept, ":") + 1))
        nf_error_reset(s->err);
}

static void do_break(stepper *s, const char *rest)
{
    size_t number = *rest ? set_breakpoint(s, rest) : 0;
    if (!*rest)
        print_lines(nf_debug_breakpoints(s->debug), "no breakpoints");
    else if (!number)
        complain(s);
    else
        printf("breakpoint %zu%s\n", number,
               keep(s, rest) ? "" : "; a restart will not know it");
}

static void do_delete(stepper *s, const char *rest)
{
    char *end = NULL;
    unsigned long number = strtoul(rest, &end, 10);
    if (*rest && (*end || !number))
        printf("delete takes the number of a breakpoint\n");
    else if (!nf_debug_clear(s->debug, number))
        printf("there is no such breakpoint\n");
    if (!number)
        while (s->kept_count)
            free(s->kept[--s->kept_count]);
}

static void do_list(stepper *s, const char *rest)
{
    char *text = NULL;
    if (nf_debug_list(&text, s->debug, *rest ? rest : NULL, s->err) != NF_OK)
        complain(s);
    else
        print_lines(text, "");
}

static void do_print(stepper *s, const char *rest)
{
    char *text = NULL;
    if (!*rest)
        printf("print takes an expression\n");
    else if (nf_debug_evaluate(&text, s->debug, rest, s->err) != NF_OK)
        complain(s);
    else
        printf("%s\n", text);
    nf_text_free(text);
}

static void do_variables(stepper *s, const char *rest)
{
    (void)rest;
    print_lines(nf_debug_variables(s->debug), "no variables");
}

static void do_objects(stepper *s, const char *rest)
{
    (void)rest;
    print_lines(nf_debug_objects(s->debug), "no new or changed objects");
}

static void do_queue(stepper *s, const char *rest)
{
    char *text = NULL;
    (void)rest;
    if (nf_debug_queue(&text, s->debug, s->err) != NF_OK)
        complain(s);
    else
        print_lines(text, "nothing waits to be synchronized");
}

static void do_where(stepper *s, const char *rest)
{
    (void)rest;
    print_lines(nf_debug_path(s->debug), "no flow runs");
}

static void move(stepper *s, bool up)
{
    size_t level = nf_debug_level(s->debug);
    if ((!up && !level) ||
        !nf_debug_select(s->debug, up ? level + 1 : level - 1))
        printf("there is no flow %s\n", up ? "further out" : "further in");
    else
        print_lines(nf_debug_place(s->debug), "");
}

static void do_up(stepper *s, const char *rest)
{
    (void)rest;
    move(s, true);
}

static void do_down(stepper *s, const char *rest)
{
    (void)rest;
    move(s, false);
}

static void do_help(stepper *s, const char *rest);

/* Commands that go on have no function. */
static const struct command {
    const char *name, *brief, *arguments, *help;
    void (*run)(stepper *s, const char *rest);
    nf_debug_how how;
    enum { NOTHING, FLOW, PLACE, EXPRESSION } takes;
} commands[] = {
    {"step", "s", "", "to the next step, into flows that are called", NULL,
     NF_DEBUG_INTO, NOTHING},
    {"next", "n", "", "to the next step of this flow", NULL, NF_DEBUG_OVER,
     NOTHING},
    {"out", "o", "", "to the next step of who called this flow", NULL,
     NF_DEBUG_OUT, NOTHING},
    {"finish", "f", "", "the same as out", NULL, NF_DEBUG_OUT, NOTHING},
    {"continue", "c", "", "to the next breakpoint, or to the end", NULL,
     NF_DEBUG_CONTINUE, NOTHING},
    {"break", "b", "[WHERE [if CONDITION]]",
     "stop there: FLOW, FLOW:SPOT or SPOT; a number, caption or id", do_break,
     NF_DEBUG_CONTINUE, PLACE},
    {"delete", "d", "[NUMBER]", "take a breakpoint away, or all", do_delete,
     NF_DEBUG_CONTINUE, NOTHING},
    {"list", "l", "[FLOW]", "the flow with its numbers", do_list,
     NF_DEBUG_CONTINUE, FLOW},
    {"print", "p", "EXPRESSION", "its value", do_print, NF_DEBUG_CONTINUE,
     EXPRESSION},
    {"variables", "v", "", "the flow's variables", do_variables,
     NF_DEBUG_CONTINUE, NOTHING},
    {"objects", "ob", "", "new and changed objects", do_objects,
     NF_DEBUG_CONTINUE, NOTHING},
    {"queue", "qu", "", "what waits to be synchronized", do_queue,
     NF_DEBUG_CONTINUE, NOTHING},
    {"where", "w", "", "the flows that run", do_where, NF_DEBUG_CONTINUE,
     NOTHING},
    {"up", "u", "", "look at who called this flow", do_up, NF_DEBUG_CONTINUE,
     NOTHING},
    {"down", "do", "", "and back", do_down, NF_DEBUG_CONTINUE, NOTHING},
    {"restart", "r", "", "from the beginning, with the same breakpoints", NULL,
     NF_DEBUG_QUIT, NOTHING},
    {"quit", "q", "", "end the flow", NULL, NF_DEBUG_QUIT, NOTHING},
    {"help", "h", "", "this", do_help, NF_DEBUG_CONTINUE, NOTHING},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void do_help(stepper *s, const char *rest)
{
    (void)s;
    (void)rest;
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-10s %-3s %-24s %s\n", commands[i].name, commands[i].brief,
               commands[i].arguments, commands[i].help);
    printf("An empty line does step, next, out and continue again.\n");
}

static const struct command *find_command(const char *word, size_t length)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if ((strlen(commands[i].name) == length &&
             strncmp(commands[i].name, word, length) == 0) ||
            (strlen(commands[i].brief) == length &&
             strncmp(commands[i].brief, word, length) == 0))
            return &commands[i];
    return NULL;
}

/* ---- lines --------------------------------------------------------------- */

static char *trim(char *text)
{
    size_t length;
    while (isspace((unsigned char)*text))
        text++;
    length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

static const char *prompt_text(void *user)
{
    (void)user;
    return "(debug) ";
}

static void offer_names(const stepper *s, cli_offers *offers,
                        nf_debug_word what, const char *word)
{
    char *names = nf_debug_names(s->debug, what, word);

    cli_offer(offers, names);
    nf_text_free(names);
}

static size_t complete_expression(const stepper *s, const char *line,
                                  cli_offers *offers)
{
    size_t word = strlen(line);

    while (word > 0 && (isalnum((unsigned char)line[word - 1]) ||
                        strchr("_.@/$", line[word - 1])))
        word--;
    offer_names(s, offers, NF_DEBUG_EXPRESSION, line + word);
    return word;
}

/* A command, then what it takes. */
static size_t complete(void *user, const char *line, cli_offers *offers)
{
    const stepper *s = user;
    size_t begin = strspn(line, " \t"), end = begin;
    const struct command *c;

    end += strcspn(line + begin, " \t");
    if (!line[end]) {
        for (size_t i = 0; i < COMMANDS; i++) {
            char name[32];
            snprintf(name, sizeof name, "%s%s", commands[i].name,
                     *commands[i].arguments ? " " : "");
            cli_offer(offers, name);
        }
        return begin;
    }
    c = find_command(line + begin, end - begin);
    end += strspn(line + end, " \t");
    if (!c)
        return end;
    if (c->takes == EXPRESSION || (c->takes == PLACE && strstr(line, " if ")))
        return complete_expression(s, line, offers);
    if (c->takes != NOTHING)
        offer_names(s, offers,
                    c->takes == FLOW ? NF_DEBUG_FLOW : NF_DEBUG_PLACE,
                    line + end);
    return end;
}

/* A line of a pipe, or of a terminal that can't be edited on. */
static char *read_plain(stepper *s)
{
    ssize_t length;

    do {
        clearerr(stdin); /* of an interrupt */
        length = getline(&s->line, &s->size, stdin);
    } while (length < 0 && ferror(stdin) && errno == EINTR);
    if (length < 0)
        return NULL;
    s->line[strcspn(s->line, "\r\n")] = '\0';
    return s->line;
}

/* The next line without its end, to be changed by the caller; NULL at the end
 * of the input. */
static char *read_line(stepper *s)
{
    const char *line = NULL;
    cli_line what = CLI_LINE_DROPPED;

    fflush(stdout);
    if (!s->editor)
        return read_plain(s);
    while (what == CLI_LINE_DROPPED)
        what = cli_editor_read(s->editor, &line);
    if (what == CLI_LINE_END)
        return NULL;
    if (line[strspn(line, " \t")])
        cli_editor_remember(s->editor, line);
    free(s->line);
    s->line = strdup(line);
    return s->line;
}

/* Does a command; true if the flow goes on, as *how says. */
static bool take_command(stepper *s, char *text, nf_debug_how *how)
{
    size_t length = strcspn(text, " \t");
    const struct command *c = find_command(text, length);
    if (!c) {
        printf("unknown command \"%.*s\"; help lists them\n", (int)length,
               text);
        return false;
    }
    if (c->run) {
        c->run(s, trim(text + length));
        return false;
    }
    snprintf(s->last, sizeof s->last, "%s", c->name);
    s->restart = strcmp(c->name, "restart") == 0;
    s->quit = c->how == NF_DEBUG_QUIT && !s->restart;
    *how = c->how;
    return true;
}

static nf_debug_how ask(stepper *s)
{
    nf_debug_how how = NF_DEBUG_CONTINUE;
    char again[sizeof s->last];
    for (;;) {
        char *line = read_line(s), *text;
        if (!line) { /* a script that ends lets the flow run on */
            s->ended_input = true;
            return s->editor ? NF_DEBUG_QUIT : NF_DEBUG_CONTINUE;
        }
        text = trim(line);
        if (!*text && *s->last) {
            memcpy(again, s->last, sizeof again);
            text = again;
        }
        if (*text && *text != '#' && take_command(s, text, &how))
            return how;
    }
}

/* ---- stops --------------------------------------------------------------- */

static void tell_error(const nf_debug *debug)
{
    const char *detail = nf_debug_error(debug, NF_ERROR_DETAIL);
    printf("error %s%s%s: %s\n", nf_debug_error(debug, NF_ERROR_CODE),
           *detail ? " " : "", detail, nf_debug_error(debug, NF_ERROR_MESSAGE));
    print_lines(nf_debug_path(debug), "");
}

static nf_debug_how stopped(void *user, nf_debug *debug, nf_debug_reason reason,
                            size_t breakpoint, const char *problem)
{
    stepper *s = user;
    nf_debug_how how;
    s->debug = debug;
    if (reason == NF_DEBUG_BREAKPOINT)
        printf("breakpoint %zu\n", breakpoint);
    if (reason == NF_DEBUG_INTERRUPTED)
        printf("interrupted\n");
    if (problem)
        printf("its condition can't be evaluated: %s\n", problem);
    if (reason == NF_DEBUG_ERROR)
        tell_error(debug);
    else
        print_lines(nf_debug_place(debug), "");
    if (s->ended_input)
        return NF_DEBUG_CONTINUE;
    interrupt.reading = 1;
    how = ask(s);
    interrupt.times = 0;
    interrupt.reading = 0;
    return how;
}

static nf_status show_event(void *user, nf_session *session, const char *name,
                            const char *json, nf_error *err)
{
    char *line = nf_event_print(name, json, false);
    (void)user;
    (void)session;
    (void)err;
    if (line && *line)
        printf("%s\n", line);
    nf_text_free(line);
    return NF_OK;
}

/* ---- runs ---------------------------------------------------------------- */

static int tell_end(stepper *s, const nf_run *run, nf_status status)
{
    char *text;
    if (status == NF_CANCELLED && (s->restart || s->quit || s->ended_input)) {
        nf_error_reset(s->err);
        return CLI_OK;
    }
    if (status != NF_OK)
        return cli_fail(status, s->err);
    if (!nf_run_result(run)) {
        printf("the flow has ended\n");
        return CLI_OK;
    }
    text = nf_value_print(nf_run_result(run));
    printf("the flow returns %s\n", text ? text : "");
    nf_text_free(text);
    return CLI_OK;
}

static int run_once(stepper *s)
{
    const cli_options *o = s->options;
    struct sigaction action = {.sa_handler = on_interrupt}, before;
    nf_run *run = NULL;
    nf_status status = nf_debug_new(&s->debug, s->session, stopped, s, s->err);
    int code;
    if (status != NF_OK)
        return cli_fail(status, s->err);
    for (size_t i = 0; i < s->kept_count; i++)
        set_again(s, s->kept[i]);
    interrupt.times = 0;
    interrupt.stepper = s;
    sigaction(SIGINT, &action, &before);
    status = nf_run_start_text(&run, s->session, o->positional[1],
                               o->args.items, o->args.count, s->err);
    while (status == NF_OK &&
           (status = nf_run_step(run, s->err)) == NF_PENDING) {
        nf_session_wait(s->session, -1);
        status = NF_OK;
    }
    sigaction(SIGINT, &before, NULL);
    interrupt.stepper = NULL;
    code = tell_end(s, run, status);
    nf_run_free(run);
    nf_debug_free(s->debug);
    s->debug = NULL;
    return code;
}

static void close_stepper(stepper *s)
{
    while (s->kept_count)
        free(s->kept[--s->kept_count]);
    free(s->kept);
    free(s->line);
    cli_editor_close(s->editor);
}

int cli_debug_run(const cli_options *options, nf_error *err)
{
    stepper s = {.options = options, .err = err};
    const cli_editing editing = {"debug_history", prompt_text, complete, &s};
    int code;
    s.editor = cli_editor_open(&editing);
    do {
        cli_session session;
        s.restart = false;
        code = cli_session_open(&session, options, show_event, NULL, err);
        if (code != CLI_OK)
            break;
        s.session = session.session;
        code = run_once(&s);
        cli_session_close(&session);
    } while (s.restart);
    close_stepper(&s);
    fflush(stdout);
    return cli_finish(code);
}
