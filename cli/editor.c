/* See editor.h. */
#include "cli/editor.h"

#include "cli/edit.h"
#include "cli/history.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cli_editor {
    const cli_editing *editing;
    EditLine *editor;
    History *history;
    char *line; /* a copy of the last one */
    bool dropped;
};

struct cli_offers {
    char *names; /* one a line; NULL: none */
    size_t length;
};

static cli_editor *of(EditLine *editor)
{
    cli_editor *e = NULL;

    cli_edit()->el_get(editor, EL_CLIENTDATA, &e);
    return e;
}

static const char *prompt_text(EditLine *editor)
{
    const cli_editing *editing = of(editor)->editing;

    return editing->prompt(editing->user);
}

/* Ctrl-C: the line is forgotten. */
static unsigned char drop_line(EditLine *editor, int key)
{
    const LineInfo *line = cli_edit()->el_line(editor);

    (void)key;
    cli_edit()->el_cursor(editor, (int)(line->lastchar - line->cursor));
    cli_edit()->el_deletestr(editor, (int)(line->lastchar - line->buffer));
    of(editor)->dropped = true;
    fputs("^C\r\n", stdout);
    /* el_gets takes an empty line for the end */
    cli_edit()->el_insertstr(editor, "\n");
    return CC_NEWLINE;
}

/* ---- completion ---------------------------------------------------------- */

void cli_offer(cli_offers *offers, const char *names)
{
    size_t length = names ? strlen(names) : 0;
    char *grown =
        length ? realloc(offers->names, offers->length + length + 2) : NULL;

    if (!grown)
        return;
    memcpy(grown + offers->length, names, length);
    offers->names = grown;
    offers->length += length;
    if (grown[offers->length - 1] != '\n')
        grown[offers->length++] = '\n';
    grown[offers->length] = '\0';
}

/* The next name that begins with `word`, and goes to what stands behind it. */
static const char *next_name(const char **names, const char *word,
                             size_t *length)
{
    size_t least = strlen(word);

    while (*names && **names) {
        const char *name = *names;

        *length = strcspn(name, "\n");
        *names = name + *length + (name[*length] == '\n');
        if (*length >= least && strncmp(name, word, least) == 0)
            return name;
    }
    return NULL;
}

/* How many names go on from `word`; the first one, and how much of it all of
 * them have in common. */
static size_t common(const char *names, const char *word, const char **first,
                     size_t *shared)
{
    const char *name;
    size_t count = 0, length;

    while ((name = next_name(&names, word, &length)) != NULL) {
        size_t same = 0;

        if (!count++) {
            *first = name;
            *shared = length;
            continue;
        }
        while (same < *shared && same < length && (*first)[same] == name[same])
            same++;
        *shared = same;
    }
    while (count && *shared && ((*first)[*shared] & 0xC0) == 0x80)
        --*shared; /* not in the middle of a character */
    return count;
}

static void list_names(const char *names, const char *word)
{
    const char *name;
    size_t length;

    putchar('\n');
    while ((name = next_name(&names, word, &length)) != NULL)
        printf("%.*s  ", (int)length, name);
    putchar('\n');
    fflush(stdout);
}

static unsigned char insert(EditLine *editor, const char *text, size_t length)
{
    char *copy = strndup(text, length);
    int failed = copy ? cli_edit()->el_insertstr(editor, copy) : -1;

    free(copy);
    return failed ? CC_ERROR : CC_REFRESH;
}

static unsigned char complete(EditLine *editor, int key)
{
    const LineInfo *info = cli_edit()->el_line(editor);
    const cli_editing *editing = of(editor)->editing;
    cli_offers offers = {NULL, 0};
    char *line = strndup(info->buffer, (size_t)(info->cursor - info->buffer));
    const char *first = NULL, *word;
    size_t shared = 0, count;
    unsigned char result = CC_ERROR;

    (void)key;
    if (!line)
        return CC_ERROR;
    word = line + editing->complete(editing->user, line, &offers);
    count = common(offers.names, word, &first, &shared);
    if (count > 0 && shared > strlen(word)) {
        result = insert(editor, first + strlen(word), shared - strlen(word));
    } else if (count > 1) {
        list_names(offers.names, word);
        result = CC_REDISPLAY;
    }
    free(offers.names);
    free(line);
    return result;
}

/* ---- the editor ---------------------------------------------------------- */

/* Names and texts of apps are UTF-8, and a locale that is not set means no
 * other. Of the locale nothing else is taken: letters have the same capitals
 * everywhere, also in Turkey. */
static void use_locale(void)
{
    const char *set = setlocale(LC_CTYPE, "") ? nl_langinfo(CODESET) : "UTF-8";
    if (strcmp(set, "UTF-8") == 0 || strcmp(set, "ANSI_X3.4-1968") == 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

static void set_up(cli_editor *e)
{
    const cli_edit_functions *edit = cli_edit();
    HistEvent event;

    edit->history(e->history, &event, H_SETSIZE, CLI_HISTORY_SIZE);
    edit->history(e->history, &event, H_SETUNIQUE, 1);
    cli_history_load(e->history, e->editing->history);
    edit->el_set(e->editor, EL_CLIENTDATA, e);
    edit->el_set(e->editor, EL_PROMPT, prompt_text);
    edit->el_set(e->editor, EL_EDITOR, "emacs");
    edit->el_set(e->editor, EL_HIST, edit->history, e->history);
    /* Wide, since the narrow form of this call never frees its copies. */
    edit->el_wset(e->editor, EL_ADDFN, L"nf-complete", L"Complete names",
                  complete);
    edit->el_wset(e->editor, EL_ADDFN, L"nf-drop", L"Drop the line", drop_line);
    edit->el_source(e->editor, NULL); /* the user's .editrc */
    edit->el_set(e->editor, EL_BIND, "^I", "nf-complete", NULL);
    edit->el_set(e->editor, EL_SETTY, "-d", "-isig", NULL);
    edit->el_set(e->editor, EL_BIND, "^C", "nf-drop", NULL);
}

cli_editor *cli_editor_open(const cli_editing *editing)
{
    cli_editor *e;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !cli_edit())
        return NULL;
    e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    use_locale();
    e->editing = editing;
    e->editor = cli_edit()->el_init("nanoflow", stdin, stdout, stderr);
    e->history = e->editor ? cli_edit()->history_init() : NULL;
    if (e->history) {
        set_up(e);
        return e;
    }
    if (e->editor)
        cli_edit()->el_end(e->editor);
    free(e);
    return NULL;
}

void cli_editor_close(cli_editor *editor)
{
    if (!editor)
        return;
    cli_history_save(editor->history, editor->editing->history);
    cli_edit()->el_end(editor->editor);
    cli_edit()->history_end(editor->history);
    free(editor->line);
    free(editor);
}

cli_line cli_editor_read(cli_editor *editor, const char **out)
{
    int length = 0;
    const char *line;

    fflush(stdout);
    editor->dropped = false;
    line = cli_edit()->el_gets(editor->editor, &length);
    if (!line || length <= 0)
        return CLI_LINE_END;
    if (editor->dropped)
        return CLI_LINE_DROPPED;
    while (length > 0 && strchr("\r\n", line[length - 1]))
        length--;
    free(editor->line);
    editor->line = strndup(line, (size_t)length);
    *out = editor->line;
    return editor->line ? CLI_LINE_READ : CLI_LINE_END;
}

void cli_editor_remember(cli_editor *editor, const char *text)
{
    HistEvent event;

    cli_edit()->history(editor->history, &event, H_ENTER, text);
}
