/* What the commands share. The program holds no behaviour: it reads options,
 * calls nanoflow.h and prints. */
#ifndef NF_CLI_CLI_H
#define NF_CLI_CLI_H

#include "cli/options.h"

/* Exit codes (design §5). */
enum {
    CLI_OK = 0,
    CLI_NO = 1,
    CLI_WRONG = 2,
    CLI_UNREADABLE = 3,
    CLI_INTERRUPTED = 130,
};

typedef struct cli_command {
    const char *name;
    const char *usage;   /* after the program's name */
    const char *summary; /* one line */
    const char *help;    /* more lines; "" none */
    unsigned groups;
    size_t least, most; /* positional arguments */
    int (*run)(const cli_options *options, nf_error *err);
} cli_command;

/* The table of commands, and the texts that stand around it. */
typedef struct cli_manual {
    const cli_command *commands; /* without a summary: not told of */
    size_t count;
    const char *about;       /* one line */
    const char *apps;        /* what an app is, in lines */
    const char *run_options; /* as they stand in the help of some commands */
    const char *exit_codes;
} cli_manual;
const cli_manual *cli_manual_of_program(void);

int cli_list_run(const cli_options *options, nf_error *err);
int cli_describe_run(const cli_options *options, nf_error *err);
int cli_check_run(const cli_options *options, nf_error *err);
int cli_run_run(const cli_options *options, nf_error *err);
int cli_eval_run(const cli_options *options, nf_error *err);
int cli_query_run(const cli_options *options, nf_error *err);
int cli_data_run(const cli_options *options, nf_error *err);
int cli_debug_run(const cli_options *options, nf_error *err);
int cli_sync_run(const cli_options *options, nf_error *err);
int cli_serve_run(const cli_options *options, nf_error *err);
int cli_convert_run(const cli_options *options, nf_error *err);
int cli_explain_run(const cli_options *options, nf_error *err);
int cli_test_run(const cli_options *options, nf_error *err);
int cli_schema_run(const cli_options *options, nf_error *err);
int cli_completion_run(const cli_options *options, nf_error *err);
int cli_man_page_run(const cli_options *options, nf_error *err);

/* Prints the error on standard error and returns the exit code of `status`. */
int cli_fail(nf_status status, const nf_error *err);
/* Decides about colours of messages: auto (NULL), always or never; false for
 * anything else. */
bool cli_color(const char *when);
/* Whether what goes to a file (STDOUT_FILENO …) is coloured, by a value of
 * --color that is known to be right. */
bool cli_has_colors(const char *when, int file);
/* Whether it is a terminal on which a line can be drawn again. */
bool cli_is_terminal(int file);
/* One line on standard error. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "; did you mean 'x'?" of the word that is nearest to `word` among `words`, or
 * "" if none is near. Returns `text`. `next` gives the words by index, until
 * NULL. */
const char *cli_near(const char *word, size_t length,
                     const char *(*next)(const void *user, size_t index),
                     const void *user, const char *before, char *text,
                     size_t size);
/* A wrong command line: prints the message, returns CLI_WRONG. */
int cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Opens the app of the command line; prints its warnings with --verbose. */
nf_status cli_open(nf_app **out, const char *path, bool verbose, nf_error *err);

/* An app with a session: what `run`, `query`, `data` and `sync` work on. */
typedef struct cli_session {
    nf_app *app;
    nf_session *session;
    size_t warned; /* warnings of the session that were told */
    bool quiet;
} cli_session;
/* Opens both; CLI_OK, or the exit code after a message. The session is told
 * of an interrupt. `event` may be NULL. */
int cli_session_open(cli_session *out, const cli_options *options,
                     nf_event_fn event, void *user, nf_error *err);
/* Tells the warnings that came since, and closes both. */
void cli_session_close(cli_session *session);

/* Whether --fault asks for a sweep: "sweep", "sweep:N" or "sweep=PLAN". */
bool cli_is_sweep(const cli_options *options);
/* Does the sweep of a command whose run `sweep` describes; the exit code. */
int cli_sweep(const cli_options *options, nf_sweep_options *sweep,
              nf_error *err);
/* Says on standard error which faults of the plan have happened. */
void cli_tell_faults(const cli_session *session, const cli_options *options);

/* The bar of a terminal (progress.c), as wide as there is room: begin says
 * whether there is one, the middle one is an nf_progress_fn, end takes it away
 * before anything else is printed. */
bool cli_progress_begin(bool quiet);
void cli_progress(void *user, const char *phase, int64_t done, int64_t total);
void cli_progress_end(void);

/* Standard output; an nf_write_fn. */
bool cli_write(void *user, const char *text, size_t length);
/* Prints text with a line end where it lacks one and frees it. False if
 * standard output can't be written. */
bool cli_print(char *text);
/* Flushes standard output: `code`, or CLI_UNREADABLE after a message. */
int cli_finish(int code);
/* Whether SIGINT has arrived. */
bool cli_interrupted(void);

#endif
