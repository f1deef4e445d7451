/* The calculator of `eval` on a terminal: line editing and history by libedit,
 * everything else by the library. Variables are kept as the texts that `--var`
 * takes, so that what can be typed here can be given there. */
#include "cli/prompt.h"

#include "cli/cli.h"
#include "cli/editor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_VARIABLES = 1000 };

typedef struct prompt {
    nf_evaluation evaluation;
    char *variables[MAX_VARIABLES]; /* NAME=TYPE:VALUE */
    size_t variable_count;
    char *text; /* what was typed so far, malloc'd; NULL: nothing */
    bool done;
    cli_editor *editor;
} prompt;

static const char help[] =
    "An expression is answered with its value; $it is the last one.\n"
    "  :let NAME EXPRESSION   a variable for the next lines\n"
    "  :var NAME TYPE:VALUE   the same from text, as --var takes it\n"
    "  :vars                  the variables\n"
    "  :type EXPRESSION       the type of the value\n"
    "  :engine client|server  the rules of nanoflows or of microflows\n"
    "  :quit                  as Ctrl-D\n"
    "Tab completes names, Ctrl-C drops the line. An expression that is not\n"
    "complete goes on in the next line; an empty line ends it.\n";

/* ---- variables ----------------------------------------------------------- */

static bool is_named(const char *variable, const char *name, size_t length)
{
    return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

/* Takes `text` over; false after a message. */
static bool keep(prompt *p, char *text)
{
    size_t length = text ? (size_t)(strchr(text, '=') - text) : 0, i = 0;

    while (text && i < p->variable_count &&
           !is_named(p->variables[i], text, length))
        i++;
    if (!text || i == MAX_VARIABLES) {
        free(text);
        cli_error(text ? "there are too many variables" : "out of memory");
        return false;
    }
    if (i == p->variable_count)
        p->variable_count++;
    else
        free(p->variables[i]);
    p->variables[i] = text;
    p->evaluation.variables = (const char *const *)p->variables;
    p->evaluation.variable_count = p->variable_count;
    return true;
}

static char *joined(const char *name, size_t length, const char *type,
                    const char *value)
{
    size_t size = length + strlen(type) + strlen(value) + 3;
    char *text = malloc(size);

    if (text)
        snprintf(text, size, "%.*s=%s%s%s", (int)length, name, type,
                 *type ? ":" : "", value);
    return text;
}

/* ---- answers ------------------------------------------------------------- */

/* Shows the line of the text that holds the byte at `position`, and where. */
static void point_at(const char *text, size_t position)
{
    size_t start = position, end = position, column = 0;

    while (start > 0 && text[start - 1] != '\n')
        start--;
    while (text[end] && text[end] != '\n')
        end++;
    for (size_t i = start; i < position; i++)
        column += ((unsigned char)text[i] & 0xC0) != 0x80;
    fprintf(stderr, "  %.*s\n  %*s^\n", (int)(end - start), text + start,
            (int)column, "");
}

static void complain(const char *text, const nf_error *err)
{
    long long position = nf_error_number(err, NF_ERROR_POSITION);

    if (position >= 0 && (size_t)position <= strlen(text))
        point_at(text, (size_t)position);
    cli_error("%s", nf_error_text(err, NF_ERROR_MESSAGE));
}

/* Whether the expression is at fault only because it ends too soon. */
static bool is_unfinished(const char *text, const nf_error *err)
{
    const char *detail = nf_error_text(err, NF_ERROR_DETAIL);
    const char *message = nf_error_text(err, NF_ERROR_MESSAGE);
    long long position = nf_error_number(err, NF_ERROR_POSITION);

    if (strcmp(detail, "E-LEX") == 0)
        return strncmp(message, "Unterminated", 12) == 0;
    return strcmp(detail, "E-SYNTAX") == 0 && position >= 0 &&
           text[strspn(text + position, " \t\r\n") + (size_t)position] == '\0';
}

typedef struct answer {
    char *type, *value; /* malloc'd by the library: nf_text_free */
} answer;

/* The value as text, and its type. */
static nf_status evaluate(prompt *p, answer *out, const char *text,
                          nf_error *err)
{
    nf_error_reset(err);
    return nf_evaluate_typed(&out->type, &out->value, text, &p->evaluation,
                             err);
}

static void forget(answer *a)
{
    nf_text_free(a->type);
    nf_text_free(a->value);
}

static bool is_kept(const char *type)
{
    return strcmp(type, "Object") != 0 && strcmp(type, "List") != 0 &&
           strcmp(type, "Enumeration") != 0 && strcmp(type, "Empty") != 0;
}

/* True if the text has been dealt with; false if more of it is wanted. */
static bool answer_expression(prompt *p, const char *text, bool may_go_on,
                              nf_error *err)
{
    answer a;
    nf_status status = evaluate(p, &a, text, err);

    if (status != NF_OK && may_go_on && is_unfinished(text, err))
        return false;
    if (status != NF_OK) {
        complain(text, err);
    } else {
        puts(a.value);
        if (is_kept(a.type))
            keep(p, joined("it", 2, a.type, a.value));
    }
    forget(&a);
    return true;
}

/* ---- commands ------------------------------------------------------------ */

static void let(prompt *p, const char *rest, nf_error *err)
{
    size_t length = strcspn(rest, " \t");
    const char *text = rest + length + strspn(rest + length, " \t");
    answer a;

    if (*rest == '$') {
        rest++;
        length--;
    }
    if (length == 0 || !*text) {
        cli_error("use :let NAME EXPRESSION");
        return;
    }
    if (evaluate(p, &a, text, err) != NF_OK)
        complain(text, err);
    else if (!is_kept(a.type))
        cli_error("a value of type %s can't be kept; use :var", a.type);
    else if (keep(p, joined(rest, length, a.type, a.value)))
        printf("$%.*s = %s\n", (int)length, rest, a.value);
    forget(&a);
}

/* Keeps it only if it can be read: it is tried alone. */
static void var(prompt *p, const char *rest, nf_error *err)
{
    size_t length = strcspn(rest, " \t=");
    const char *value = rest + length + strspn(rest + length, " \t=");
    nf_evaluation alone = p->evaluation;
    char *text, *type, *plain;

    if (*rest == '$') {
        rest++;
        length--;
    }
    if (length == 0 || !strchr(value, ':')) {
        cli_error("use :var NAME TYPE:VALUE, such as :var x Decimal:1.5");
        return;
    }
    text = joined(rest, length, "", value);
    alone.variables = (const char *const *)&text;
    alone.variable_count = text != NULL;
    nf_error_reset(err);
    if (nf_evaluate_typed(&type, &plain, "true", &alone, err) == NF_OK) {
        keep(p, text);
    } else {
        cli_error("%s", nf_error_text(err, NF_ERROR_MESSAGE));
        free(text);
    }
    nf_text_free(type);
    nf_text_free(plain);
}

static void show_type(prompt *p, const char *rest, nf_error *err)
{
    answer a;

    if (evaluate(p, &a, rest, err) == NF_OK)
        puts(a.type);
    else
        complain(rest, err);
    forget(&a);
}

static void set_engine(prompt *p, const char *rest)
{
    if (strcmp(rest, "client") == 0 || strcmp(rest, "server") == 0)
        p->evaluation.server_engine = *rest == 's';
    else
        cli_error("an engine is client or server");
}

static void run_command(prompt *p, const char *line, nf_error *err)
{
    size_t length = strcspn(line, " \t");
    const char *rest = line + length + strspn(line + length, " \t");
    char word[16] = "";

    snprintf(word, sizeof word, "%.*s", (int)length, line);
    if (strcmp(word, ":help") == 0 || strcmp(word, ":h") == 0)
        fputs(help, stdout);
    else if (strcmp(word, ":quit") == 0 || strcmp(word, ":q") == 0)
        p->done = true;
    else if (strcmp(word, ":vars") == 0)
        for (size_t i = 0; i < p->variable_count; i++)
            printf("$%s\n", p->variables[i]);
    else if (strcmp(word, ":let") == 0)
        let(p, rest, err);
    else if (strcmp(word, ":var") == 0)
        var(p, rest, err);
    else if (strcmp(word, ":type") == 0)
        show_type(p, rest, err);
    else if (strcmp(word, ":engine") == 0)
        set_engine(p, rest);
    else
        cli_error("there is no command \"%s\" (see :help)", word);
}

/* ---- lines --------------------------------------------------------------- */

static bool append(prompt *p, const char *line, size_t length)
{
    size_t before = p->text ? strlen(p->text) : 0;
    char *text = realloc(p->text, before + length + 2);

    if (!text)
        return false;
    if (before)
        text[before++] = '\n';
    memcpy(text + before, line, length);
    text[before + length] = '\0';
    p->text = text;
    return true;
}

static void drop(prompt *p)
{
    free(p->text);
    p->text = NULL;
}

static void take_line(prompt *p, const char *line, size_t length, nf_error *err)
{
    bool empty = strspn(line, " \t") == length;
    bool command = !p->text && line[strspn(line, " \t")] == ':';

    if (!p->text && empty)
        return;
    if (!append(p, line, length)) {
        cli_error("out of memory");
        return;
    }
    if (command)
        run_command(p, p->text + strspn(p->text, " \t"), err);
    else if (!answer_expression(p, p->text, !empty, err))
        return;
    cli_editor_remember(p->editor, p->text);
    drop(p);
    fflush(stdout);
}

static const char *prompt_text(void *user)
{
    const prompt *p = user;

    return p->text ? "... " : "> ";
}

/* ---- completion ---------------------------------------------------------- */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || strchr("_.$@:", c);
}

static size_t complete(void *user, const char *line, cli_offers *offers)
{
    prompt *p = user;
    size_t word = strlen(line);
    char *names = nf_evaluation_names(&p->evaluation);

    while (word > 0 && is_word(line[word - 1]))
        word--;
    cli_offer(offers, names);
    nf_text_free(names);
    return word;
}

/* ---- the prompt ---------------------------------------------------------- */

static void read_lines(prompt *p, nf_error *err)
{
    const char *line = NULL;
    cli_line what;

    while (!p->done &&
           (what = cli_editor_read(p->editor, &line)) != CLI_LINE_END) {
        if (what == CLI_LINE_DROPPED)
            drop(p);
        else
            take_line(p, line, strlen(line), err);
    }
    if (!p->done)
        putchar('\n');
}

static bool take_variables(prompt *p, const nf_evaluation *evaluation)
{
    for (size_t i = 0; i < evaluation->variable_count; i++) {
        const char *text = evaluation->variables[i];

        text += *text == '$';
        if (!strchr(text, '=')) {
            cli_usage("a variable is given as NAME=TYPE:VALUE, not \"%s\"",
                      text);
            return false;
        }
        if (!keep(p, strdup(text)))
            return false;
    }
    return true;
}

int cli_prompt(const nf_evaluation *evaluation, nf_error *err)
{
    prompt p = {.evaluation = *evaluation};
    const cli_editing editing = {"eval_history", prompt_text, complete, &p};
    int code = CLI_OK;

    p.evaluation.variable_count = 0;
    p.evaluation.json = false;
    if (!take_variables(&p, evaluation)) {
        code = CLI_WRONG;
    } else if (!(p.editor = cli_editor_open(&editing))) {
        cli_error("the terminal can't be edited on");
        code = CLI_UNREADABLE;
    } else {
        printf("nanoflow %s. :help shows what there is.\n",
               nf_library_version());
        read_lines(&p, err);
    }
    cli_editor_close(p.editor);
    for (size_t i = 0; i < p.variable_count; i++)
        free(p.variables[i]);
    drop(&p);
    return cli_finish(code);
}
