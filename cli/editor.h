/* Lines that are typed on a terminal: editing, history and completion by
 * libedit, with the same keys wherever the program asks for lines. */
#ifndef NF_CLI_EDITOR_H
#define NF_CLI_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

typedef struct cli_editor cli_editor;
/* What may go on from the word at the cursor. */
typedef struct cli_offers cli_offers;

typedef struct cli_editing {
    const char *history; /* the name of its file (history.h) */
    /* What stands before the line; static storage. */
    const char *(*prompt)(void *user);
    /* Tab: offers names (cli_offer) and returns where in the line the word
     * begins that they replace. `line` ends at the cursor. */
    size_t (*complete)(void *user, const char *line, cli_offers *offers);
    void *user;
} cli_editing;

/* On standard input and output. NULL: they are no terminal, or libedit is
 * missing. `editing` is borrowed. Owner: caller. */
cli_editor *cli_editor_open(const cli_editing *editing);
/* Saves the history. NULL is fine. */
void cli_editor_close(cli_editor *editor);

typedef enum cli_line {
    CLI_LINE_READ,
    CLI_LINE_DROPPED, /* Ctrl-C: what was typed is forgotten */
    CLI_LINE_END      /* Ctrl-D, or the terminal is gone */
} cli_line;
/* Reads a line. *out (READ) has no line end and lives until the next call. */
cli_line cli_editor_read(cli_editor *editor, const char **out);
/* Puts a text into the history. */
void cli_editor_remember(cli_editor *editor, const char *text);

/* Offers `names`, one a line; copied. NULL is fine. */
void cli_offer(cli_offers *offers, const char *names);

#endif
