/* See process.h. */
#include "javascript/process.h"

#include "base/clock.h"
#include "javascript/frame.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SLICE_MS = 50, /* between looks at its memory and at the cancel flag */
    START_MS = 30 * 1000,
    ANSWER_MAX = NF_JS_MESSAGE_MAX,
};

struct nf_js_process {
    pid_t pid;
    int socket;
    nf_js_process_options options;
    int64_t looked; /* at what it takes */
    char *text;     /* of the last message */
    size_t length, capacity;
};

/* ---- where the program is ------------------------------------------------ */

static bool is_program(const char *path)
{
    return access(path, X_OK) == 0;
}

/* Beside `file`, or in libexec of the prefix it is installed in. */
static bool near_file(char *path, size_t size, const char *file)
{
    static const char *const places[] = {
        "nanoflow-javascript", "../libexec/nanoflow/nanoflow-javascript",
        "../../libexec/nanoflow/nanoflow-javascript"};
    const char *slash = file ? strrchr(file, '/') : NULL;
    int folder = slash ? (int)(slash - file) : 0;

    for (size_t i = 0; slash && i < sizeof places / sizeof *places; i++) {
        int length = snprintf(path, size, "%.*s/%s", folder, file, places[i]);

        if (length > 0 && (size_t)length < size && is_program(path))
            return true;
    }
    return false;
}

bool nf_js_program(char *path, size_t size)
{
    const char *set = secure_getenv("NANOFLOW_JAVASCRIPT");
    static const char here;
    char self[PATH_MAX];
    ssize_t length;
    Dl_info info;

    if (set && *set) {
        snprintf(path, size, "%s", set);
        return strlen(set) < size && is_program(path);
    }
    length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = '\0';
    if (near_file(path, size, self))
        return true;
    return dladdr(&here, &info) && near_file(path, size, info.dli_fname);
}

/* ---- start --------------------------------------------------------------- */

static nf_status unavailable(nf_error *err, const char *why)
{
    return nf_error_set(err, NF_FAILED, "js_unavailable", "%s", why);
}

/* The child keeps nothing of ours: its end of the socket, standard error, and
 * an environment of a few words. A group of its own, so that Ctrl-C is ours. */
static int spawn(pid_t *pid, const char *program, int socket,
                 char *const *environment)
{
    char *arguments[] = {(char *)"nanoflow-javascript", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    int failure;

    sigemptyset(&none);
    sigfillset(&defaults);
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    failure = posix_spawn_file_actions_adddup2(&actions, socket, NF_JS_SOCKET);
    if (!failure)
        failure = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null",
                                                   O_RDONLY, 0);
    if (!failure)
        failure = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null",
                                                   O_WRONLY, 0);
    if (!failure)
        failure = posix_spawn_file_actions_addclosefrom_np(&actions,
                                                           NF_JS_SOCKET + 1);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
                                              POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    if (!failure)
        failure = posix_spawn(pid, program, &actions, &attributes, arguments,
                              environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

static int spawn_in_place(pid_t *pid, int socket,
                          const nf_js_process_options *o)
{
    char zone[256], language[256], sanitizer[256];
    const char *options = getenv("ASAN_OPTIONS");
    char *environment[] = {zone, language, sanitizer, NULL};

    snprintf(zone, sizeof zone, "TZ=%s", o->time_zone ? o->time_zone : "UTC");
    snprintf(language, sizeof language, "LC_ALL=%s.UTF-8",
             o->language && *o->language ? o->language : "en_US");
    snprintf(sanitizer, sizeof sanitizer, "ASAN_OPTIONS=%s",
             options ? options : "");
    if (!options)
        environment[2] = NULL;
    return spawn(pid, o->program, socket, environment);
}

static nf_status receive(nf_js_process *p, char *kind, int64_t until,
                         nf_error *err);

static nf_status await_ready(nf_js_process *p, nf_error *err)
{
    char kind = 0;
    nf_error own = {0};
    nf_status status = receive(p, &kind, nf_clock_elapsed() + START_MS, &own);

    if (status == NF_NOMEM || status == NF_CANCELLED)
        return nf_error_pass(&own, err);
    if (status)
        return unavailable(err, own.message);
    if (kind == NF_JS_READY)
        return NF_OK;
    return unavailable(err, kind == NF_JS_BROKEN ? p->text
                                                 : "its program says nothing");
}

nf_status nf_js_process_over(nf_js_process **out, int socket,
                             const nf_js_process_options *options,
                             nf_error *err)
{
    nf_js_process *p = nf_alloc(sizeof *p);

    *out = p;
    if (!p) {
        close(socket);
        return nf_error_nomem(err);
    }
    p->options = *options;
    p->options.program = NULL;
    p->options.time_zone = p->options.language = NULL;
    p->socket = socket;
    p->pid = -1;
    return NF_OK;
}

nf_status nf_js_process_start(nf_js_process **out,
                              const nf_js_process_options *options,
                              nf_error *err)
{
    nf_js_process_options here = *options;
    char found[PATH_MAX];
    int ends[2], failure;
    nf_js_process *p;
    nf_status status;

    *out = NULL;
    if (!here.program && !nf_js_program(found, sizeof found))
        return unavailable(err, "the program nanoflow-javascript is not "
                                "installed");
    if (!here.program)
        here.program = found;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return unavailable(err, strerror(errno));
    status = nf_js_process_over(&p, ends[0], options, err);
    if (status) {
        close(ends[1]);
        return status;
    }
    /* A descriptor that is its own copy would keep the flag that closes it. */
    if (ends[1] == NF_JS_SOCKET)
        fcntl(ends[1], F_SETFD, 0);
    failure = spawn_in_place(&p->pid, ends[1], &here);
    close(ends[1]);
    if (failure)
        p->pid = -1;
    status =
        failure ? unavailable(err, strerror(failure)) : await_ready(p, err);
    if (status) {
        nf_js_process_end(p);
        return status;
    }
    *out = p;
    return NF_OK;
}

static void stop(nf_js_process *p)
{
    if (p->socket >= 0)
        close(p->socket);
    p->socket = -1;
    if (p->pid > 0) {
        kill(p->pid, SIGKILL);
        while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    p->pid = -1;
}

void nf_js_process_end(nf_js_process *p)
{
    if (!p)
        return;
    stop(p);
    nf_free(p->text);
    nf_free(p);
}

/* ---- messages ------------------------------------------------------------ */

static nf_status broken(nf_error *err, const char *detail, const char *why)
{
    nf_error_set(err, NF_FAILED, "js_exception", "%s", why);
    nf_error_detail(err, detail);
    return NF_FAILED;
}

static nf_status crashed(nf_error *err)
{
    return broken(err, "JS_CRASHED", "the process of JavaScript has ended");
}

/* MiB that it has in memory; 0: unknown. */
static uint64_t memory_of(pid_t pid)
{
    char path[64];
    unsigned long long pages = 0, resident = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/statm", (long)pid);
    file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%llu %llu", &pages, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * (unsigned long long)sysconf(_SC_PAGESIZE) >> 20;
}

static nf_status look(nf_js_process *p, int64_t until, nf_error *err)
{
    p->looked = nf_clock_elapsed();
    if (p->options.cancelled && p->options.cancelled(p->options.user))
        return nf_error_set(err, NF_CANCELLED, "cancelled",
                            "The call was cancelled");
    if (memory_of(p->pid) > p->options.memory_mib) {
        nf_error_set(err, NF_FAILED, "js_exception",
                     "JavaScript was stopped: it takes more than %u MiB of "
                     "memory",
                     p->options.memory_mib);
        nf_error_detail(err, "JS_MEMORY");
        return NF_FAILED;
    }
    if (nf_clock_elapsed() >= until)
        return nf_error_set(err, NF_FAILED, "js_timeout",
                            "JavaScript was stopped: it computes for too "
                            "long without an end");
    return NF_OK;
}

static nf_status await(nf_js_process *p, short events, int64_t until,
                       nf_error *err)
{
    struct pollfd socket = {.fd = p->socket, .events = events};

    for (;;) {
        int ready = poll(&socket, 1, SLICE_MS);
        nf_status status;

        if (ready > 0)
            return NF_OK;
        if (ready < 0 && errno != EINTR)
            return crashed(err);
        status = look(p, until, err);
        if (status)
            return status;
    }
}

static nf_status read_all(nf_js_process *p, char *to, size_t length,
                          int64_t until, nf_error *err)
{
    while (length) {
        ssize_t count;
        nf_status status = await(p, POLLIN, until, err);

        if (status)
            return status;
        count = recv(p->socket, to, length, MSG_DONTWAIT);
        if (count < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (count <= 0)
            return crashed(err);
        to += count;
        length -= (size_t)count;
    }
    return NF_OK;
}

static nf_status write_all(nf_js_process *p, const char *from, size_t length,
                           int64_t until, nf_error *err)
{
    while (length) {
        ssize_t count =
            send(p->socket, from, length, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (count < 0 && errno == EAGAIN) {
            nf_status status = await(p, POLLOUT, until, err);

            if (status)
                return status;
            continue;
        }
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return crashed(err);
        from += count;
        length -= (size_t)count;
    }
    return NF_OK;
}

static nf_status transmit_valid(nf_js_process *p, char kind, const char *text,
                                size_t length, int64_t until, nf_error *err)
{
    uint32_t size = (uint32_t)length;
    char head[NF_JS_HEAD] = {kind};
    nf_status status;

    if (length > NF_JS_MESSAGE_MAX)
        return broken(err, "JS_MEMORY",
                      "a value for JavaScript is larger than 256 MiB");
    memcpy(head + 1, &size, sizeof size);
    status = write_all(p, head, sizeof head, until, err);
    return status ? status : write_all(p, text, length, until, err);
}

/* With U+FFFD for each byte that belongs to no character. NULL: out of memory.
 * Owner: caller. */
static char *mended(const char *text, size_t length, size_t *size)
{
    char *out = nf_alloc_array(length + 1, 3);

    *size = 0;
    for (size_t i = 0; out && i < length;) {
        size_t bytes = 1;

        while (bytes <= 4 && i + bytes <= length &&
               !nf_utf8_valid(text + i, bytes))
            bytes++;
        if (bytes > 4 || i + bytes > length) {
            *size += nf_utf8_put(out + *size, 0xFFFD);
            i++;
            continue;
        }
        memcpy(out + *size, text + i, bytes);
        *size += bytes;
        i += bytes;
    }
    return out;
}

/* The engine takes UTF-8 alone; sources and values may be anything. */
static nf_status transmit(nf_js_process *p, char kind, const char *text,
                          size_t length, int64_t until, nf_error *err)
{
    size_t size;
    char *valid;
    nf_status status;

    if (nf_utf8_valid(text, length))
        return transmit_valid(p, kind, text, length, until, err);
    valid = mended(text, length, &size);
    if (!valid)
        return nf_error_nomem(err);
    status = transmit_valid(p, kind, valid, size, until, err);
    nf_free(valid);
    return status;
}

/* A message into p->text. */
static nf_status receive(nf_js_process *p, char *kind, int64_t until,
                         nf_error *err)
{
    char head[NF_JS_HEAD];
    uint32_t length;
    nf_status status = read_all(p, head, sizeof head, until, err);

    if (status)
        return status;
    *kind = head[0];
    memcpy(&length, head + 1, sizeof length);
    if (length > NF_JS_MESSAGE_MAX)
        return crashed(err);
    if ((size_t)length + 1 > p->capacity) {
        char *grown = nf_realloc_array(p->text, (size_t)length + 1, 1);

        if (!grown)
            return nf_error_nomem(err);
        p->text = grown;
        p->capacity = (size_t)length + 1;
    }
    status = read_all(p, p->text, length, until, err);
    p->length = length;
    p->text[length] = '\0';
    if (!status && !nf_utf8_valid(p->text, length))
        status = crashed(err);
    return status;
}

/* A question in p->text: name, NUL, JSON. */
static nf_status answer(nf_js_process *p, int64_t until, nf_error *err)
{
    nf_buffer text;
    nf_error own = {0};
    const char *name = p->text;
    nf_status status;

    nf_buffer_init(&text, ANSWER_MAX);
    status = p->options.ask(p->options.user, name, name + strlen(name) + 1,
                            &text, &own);
    if (!status && text.failed)
        status = nf_error_nomem(&own);
    if (status == NF_NOMEM || status == NF_CANCELLED)
        nf_error_pass(&own, err);
    else if (status)
        status = transmit(p, NF_JS_REFUSE, own.message, strlen(own.message),
                          until, err);
    else
        status = transmit(p, NF_JS_ANSWER, nf_buffer_string(&text), text.length,
                          until, err);
    nf_buffer_dispose(&text);
    return status;
}

static nf_status talk(nf_js_process *p, const char *message, size_t length,
                      int64_t milliseconds, nf_error *err)
{
    int64_t until = nf_clock_elapsed() + milliseconds;
    nf_status status = transmit(p, NF_JS_RUN, message, length, until, err);

    while (!status) {
        char kind = 0;
        int64_t asked;

        status = receive(p, &kind, until, err);
        if (status)
            break;
        if (kind == NF_JS_DONE)
            return NF_OK;
        if (kind == NF_JS_BROKEN)
            return broken(err, "JS_CRASHED", p->text);
        if (kind != NF_JS_ASK || !memchr(p->text, '\0', p->length))
            return crashed(err);
        asked = nf_clock_elapsed(); /* the session's time, not the script's */
        status = answer(p, until, err);
        until += nf_clock_elapsed() - asked;
        /* A script that only asks is never waited for. */
        if (!status && nf_clock_elapsed() - p->looked >= SLICE_MS)
            status = look(p, until, err);
    }
    return status;
}

nf_status nf_js_process_run(nf_js_process *p, const char *message,
                            size_t length, int64_t milliseconds,
                            const char **reply, nf_error *err)
{
    nf_status status = p->socket < 0
                           ? crashed(err)
                           : talk(p, message, length, milliseconds, err);

    *reply = status ? NULL : p->text;
    if (status)
        stop(p);
    return status;
}
