/* Runs a program on a terminal of its own and types into it:
 *
 *     terminal PROGRAM ARGUMENT… <script
 *
 * A script has lines `> TEXT`, which is typed as soon as lines are edited (with
 * \n, \t, \e and \NNN as in C), and `< TEXT`, which is waited for: it has to
 * come behind what the line before waited for. `* TEXT` is typed again and
 * again until the next one has come. What the terminal showed goes to standard
 * output, a column a byte; the exit code is the program's, or 99 when something
 * did not come within a minute. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { SHOWN = 1 << 20, SECONDS = 60, MISSED = 99 };

static char shown[SHOWN];                    /* what came, for people */
static size_t length, waited, start, cursor; /* of the last line */
static size_t number;                        /* in a sequence */
static int terminal;
static pid_t child;
static time_t deadline;
static char *again; /* typed while nothing comes; NULL: nothing */
static enum { TEXT, ESCAPE, SEQUENCE } state;

static _Noreturn void give_up(const char *what)
{
    fwrite(shown, 1, length, stdout);
    fflush(stdout);
    fprintf(stderr, "terminal: %s\n", what);
    kill(child, SIGKILL);
    exit(MISSED);
}

/* Makes the line long enough for the cursor. */
static void reach(size_t place)
{
    if (place >= SHOWN - 1)
        give_up("it shows too much");
    while (length < place)
        shown[length++] = ' ';
    cursor = place;
}

static void put(char c)
{
    if (c == '\n') {
        cursor = length;
        start = length + 1;
    }
    reach(cursor + 1);
    shown[cursor - 1] = c;
}

/* What libedit sends: CSI and a letter, maybe with a number before it. */
static void do_sequence(char letter)
{
    size_t count = number ? number : 1, rest = length - cursor;

    if (letter == 'K')
        length = cursor;
    else if (letter == 'C')
        reach(cursor + count);
    else if (letter == 'G')
        reach(start + count - 1);
    else if (letter == 'D')
        cursor = cursor - start < count ? start : cursor - count;
    else if (letter == 'P' && count <= rest) {
        memmove(shown + cursor, shown + cursor + count, rest - count);
        length -= count;
    } else if (letter == '@') {
        size_t here = cursor;

        reach(length + count);
        cursor = here;
        memmove(shown + cursor + count, shown + cursor, rest);
        memset(shown + cursor, ' ', count);
    }
}

static void take(char c)
{
    switch (state) {
    case TEXT:
        if (c == '\033')
            state = ESCAPE;
        else if (c == '\b')
            cursor -= cursor > start;
        else if (c == '\r')
            cursor = start;
        else if (c == '\t')
            reach(start + ((cursor - start) / 8 + 1) * 8);
        else if (c != '\a')
            put(c);
        break;
    case ESCAPE:
        state = c == '[' ? SEQUENCE : TEXT;
        number = 0;
        break;
    case SEQUENCE:
        if (c >= '0' && c <= '9')
            number = number * 10 + (size_t)(c - '0');
        if (c >= '@' && c <= '~') {
            do_sequence(c);
            state = TEXT;
        }
        break;
    }
    shown[length] = '\0';
}

static void type(const char *text)
{
    while (*text) {
        char c = *text++;

        if (c == '\\' && *text >= '0' && *text <= '7') {
            char *end;
            char digits[4] = "";

            snprintf(digits, sizeof digits, "%.3s", text);
            c = (char)strtol(digits, &end, 8);
            text += end - digits;
        } else if (c == '\\' && *text) {
            c = *text++;
            c = (char)(c == 'n' ? '\n' : c == 't' ? '\t' : c == 'e' ? 27 : c);
        }
        if (write(terminal, &c, 1) != 1)
            give_up("the program does not read");
    }
}

/* A prompt shows before the program takes keys one by one. */
static void wait_for_editing(void)
{
    const struct timespec moment = {0, 1000000};
    struct termios mode;

    while (tcgetattr(terminal, &mode) == 0 && (mode.c_lflag & ICANON)) {
        if (time(NULL) > deadline)
            give_up("no line is edited");
        nanosleep(&moment, NULL);
    }
}

/* Reads what there is, after waiting for it; false at the end. */
static bool receive(void)
{
    struct pollfd ready = {.fd = terminal, .events = POLLIN};
    char buffer[4096];
    ssize_t count;

    while (poll(&ready, 1, again ? 50 : 1000) == 0) {
        if (time(NULL) > deadline)
            give_up("it took too long");
        if (again)
            type(again);
    }
    count = read(terminal, buffer, sizeof buffer);
    for (ssize_t i = 0; i < count; i++)
        take(buffer[i]);
    return count > 0 || (count < 0 && errno == EINTR);
}

static void wait_for(const char *text)
{
    char *found;

    if (waited > length) /* the line was drawn again */
        waited = length;
    while (!(found = strstr(shown + waited, text)))
        if (!receive()) {
            fprintf(stderr, "terminal: \"%s\" did not come\n", text);
            give_up("the program has ended");
        }
    free(again);
    again = NULL;
    waited = (size_t)(found - shown) + strlen(text);
}

static void play(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t count;

    while ((count = getline(&line, &size, stdin)) > 0) {
        if (line[count - 1] == '\n')
            line[count - 1] = '\0';
        if (strncmp(line, "> ", 2) == 0) {
            wait_for_editing();
            type(line + 2);
        } else if (strncmp(line, "< ", 2) == 0) {
            wait_for(line + 2);
        } else if (strncmp(line, "* ", 2) == 0 && !again) {
            again = strdup(line + 2);
        } else if (*line) {
            give_up("a line begins with \"> \", \"< \" or \"* \"");
        }
    }
    free(line);
}

int main(int argc, char **argv)
{
    struct winsize size = {.ws_row = 40, .ws_col = 100};
    int status = 0;

    if (argc < 2)
        return 2;
    deadline = time(NULL) + SECONDS;
    child = forkpty(&terminal, NULL, NULL, &size);
    if (child == 0) {
        execv(argv[1], argv + 1);
        _exit(127);
    }
    if (child < 0)
        return 2;
    play();
    while (receive())
        ;
    fwrite(shown, 1, length, stdout);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : MISSED;
}
