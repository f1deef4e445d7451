/* Listening, stepping and stopping (see http.h). */
#include "server/http_internal.h"

#include "database/database.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    BACKLOG = 512,
    LINE_MAX_LENGTH = 1024,
    /* Of one connection: the head, and the block of a reply of unknown length.
     * Beyond it the library itself refuses a head, so it is larger than
     * NF_HTTP_HEAD_MAX. */
    CONNECTION_MEMORY = 160 << 10,
    MORE_CONNECTIONS = 64,  /* that get to hear that there are too many */
    OTHER_FILES = 128,      /* of the database, contents and the like */
    QUIET_MS = 250,         /* without a request: none is expected soon */
    WATCHED = 3,            /* descriptors */
    LONGEST_MS = 60 * 1000, /* of a host between two steps */
};

void nf_http_log(nf_http *http, const char *level, const char *format, ...)
{
    char line[LINE_MAX_LENGTH];
    va_list args;

    if (!http->options.log)
        return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    http->options.log(http->options.user, level, line);
}

/* ---- the address -----------------------------------------------------------
 */

typedef struct place {
    char host[256], port[8];
    bool bracketed;
} place;

static nf_status read_place(place *out, const char *listen, nf_error *err)
{
    const char *colon = strrchr(listen, ':');
    const char *host = listen;
    size_t length = colon ? (size_t)(colon - listen) : 0;

    memset(out, 0, sizeof *out);
    if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
        out->bracketed = true;
        host++;
        length -= 2;
    }
    if (!colon || length == 0 || length >= sizeof out->host ||
        (!out->bracketed && memchr(host, ':', length)) || !colon[1] ||
        strlen(colon + 1) >= sizeof out->port ||
        colon[1 + strspn(colon + 1, "0123456789")] || atoi(colon + 1) > 65535)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "\"%.200s\" is no HOST:PORT to listen on", listen);
    memcpy(out->host, host, length);
    memcpy(out->port, colon + 1, strlen(colon + 1));
    return NF_OK;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)address;
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    }
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;
        return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    }
    return false;
}

static int try_listen(const struct addrinfo *info)
{
    int yes = 1, problem;
    int fd =
        socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    /* A server that starts again takes its port back at once. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

static nf_status open_socket(nf_http *http, const place *where, nf_error *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    bool beyond = false;
    int problem = getaddrinfo(where->host, where->port, &hints, &found);

    if (problem != 0)
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "\"%s\" is no address of this machine: %s",
                            where->host, gai_strerror(problem));
    errno = 0;
    for (struct addrinfo *i = found; i && http->socket < 0; i = i->ai_next) {
        if (!http->options.certificate && !is_loopback(i->ai_addr))
            beyond = true; /* W13 */
        else
            http->socket = try_listen(i);
    }
    problem = errno;
    freeaddrinfo(found);
    if (http->socket >= 0)
        return NF_OK;
    if (beyond)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "plain HTTP is for loopback addresses only, and "
                            "\"%s\" is none: give a certificate and its key",
                            where->host);
    return nf_error_set(err, NF_INPUT, "unreadable",
                        "can't listen on %s:%s: %s", where->host, where->port,
                        strerror(problem));
}

static nf_status write_address(nf_http *http, const place *where, nf_error *err)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char text[sizeof where->host + 32];
    unsigned port = 0;

    if (getsockname(http->socket, (struct sockaddr *)&address, &size) != 0)
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "the address is not known: %s", strerror(errno));
    if (address.ss_family == AF_INET)
        port = ntohs(((struct sockaddr_in *)&address)->sin_port);
    else
        port = ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    snprintf(text, sizeof text, "%s://%s%s%s:%u",
             http->options.certificate ? "https" : "http",
             where->bracketed ? "[" : "", where->host,
             where->bracketed ? "]" : "", port);
    http->address = nf_strdup(text);
    return http->address ? NF_OK : nf_error_nomem(err);
}

/* ---- the library -----------------------------------------------------------
 */

static void on_library_log(void *user, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void on_library_log(void *user, const char *format, va_list args)
{
    nf_http *http = user;

    vsnprintf(http->problem, sizeof http->problem, format, args);
    http->problem[strcspn(http->problem, "\r\n")] = '\0';
    nf_http_log(http, "trace", "libmicrohttpd: %s", http->problem);
}

/* Paths are compared as they were sent. */
static size_t keep_escapes(void *user, struct MHD_Connection *connection,
                           char *text)
{
    (void)user;
    (void)connection;
    return strlen(text);
}

/* NORMAL without what is older than TLS 1.2 (W13). */
static const char tls_versions[] =
    "NORMAL:-VERS-TLS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

static nf_status start(nf_http *http, nf_error *err)
{
    const nf_http_options *o = &http->options;
    const nf_http_limits *limits = &o->limits;
    bool tls = o->certificate != NULL;
    struct MHD_OptionItem secure[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)o->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)o->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)tls_versions},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};

    http->daemon = http->mhd.start_daemon(
        MHD_USE_EPOLL | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME |
            (tls ? MHD_USE_TLS : 0),
        0, NULL, NULL, nf_http_on_request, http, MHD_OPTION_EXTERNAL_LOGGER,
        on_library_log, http, MHD_OPTION_LISTEN_SOCKET, http->socket,
        MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)(limits->connections + MORE_CONNECTIONS),
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)limits->idle_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_NOTIFY_COMPLETED, nf_http_on_completed, http,
        MHD_OPTION_NOTIFY_CONNECTION, nf_http_on_connection, http,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_ARRAY,
        tls ? secure : none, MHD_OPTION_END);
    if (http->daemon)
        return NF_OK;
    return nf_error_set(err, NF_INPUT, "unreadable",
                        tls ? "HTTPS can't be served with this certificate and "
                              "key: %s"
                            : "HTTP can't be served: %s",
                        http->problem[0] ? http->problem : "unknown");
}

/* The library sees the end of the stream and closes the connection. */
static void hang_up(int socket)
{
    shutdown(socket, SHUT_RDWR);
}

static bool is_over(int socket)
{
    char byte;
    return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* Connections must not use up what the database and contents need. */
static void fit_descriptors(nf_http *http)
{
    nf_http_limits *limits = &http->options.limits;
    rlim_t wanted =
        (rlim_t)limits->connections + MORE_CONNECTIONS + OTHER_FILES;
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= wanted)
        return;
    files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur >= wanted)
        return;
    limits->connections =
        files.rlim_cur > 2 * (MORE_CONNECTIONS + OTHER_FILES)
            ? (int)files.rlim_cur - MORE_CONNECTIONS - OTHER_FILES
            : MORE_CONNECTIONS;
    nf_http_log(http, "warning",
                "at most %d connections, since the process may open %llu files",
                limits->connections, (unsigned long long)files.rlim_cur);
}

nf_status nf_http_new(nf_http **out, const nf_http_options *options,
                      nf_error *err)
{
    nf_http *http = nf_alloc(sizeof *http);
    place where;
    nf_status status;

    *out = NULL;
    if (!http)
        return nf_error_nomem(err);
    http->options = *options;
    http->socket = -1;
    http->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    fit_descriptors(http);
    http->load = nf_http_load_new(&http->options.limits);
    http->connections =
        nf_http_connections_new(http->options.limits.connections,
                                http->options.limits.idle_s, hang_up, is_over);
    http->sizes = nf_http_sizes_new();
    status = http->load && http->connections && http->sizes && http->wake >= 0
                 ? NF_OK
                 : nf_error_nomem(err);
    if (status == NF_OK)
        status = read_place(&where, options->listen, err);
    if (status == NF_OK)
        status = open_socket(http, &where, err);
    if (status == NF_OK)
        status = write_address(http, &where, err);
    if (status == NF_OK)
        status = nf_mhd_load(&http->mhd, err);
    if (status == NF_OK)
        status = start(http, err);
    if (status != NF_OK) {
        nf_http_free(http);
        return status;
    }
    nf_database_tidy_later(nf_server_database(options->server));
    http->options.certificate = http->options.key = NULL; /* were borrowed */
    *out = http;
    return NF_OK;
}

void nf_http_free(nf_http *http)
{
    if (!http)
        return;
    if (http->daemon) {
        nf_http_hash_stop(http);
        http->mhd.stop_daemon(http->daemon);
    }
    if (http->socket >= 0)
        close(http->socket);
    if (http->wake >= 0)
        close(http->wake);
    nf_http_load_free(http->load);
    nf_http_connections_free(http->connections);
    nf_http_sizes_free(http->sizes);
    nf_free(http->address);
    nf_free(http);
}

const char *nf_http_address(const nf_http *http)
{
    return http->address;
}

/* ---- stepping --------------------------------------------------------------
 */

void nf_http_stop(nf_http *http)
{
    uint64_t one = 1;

    atomic_store(&http->stop, true);
    /* A full counter wakes as well, so the answer does not matter. */
    if (write(http->wake, &one, sizeof one) < 0)
        return;
}

static void begin_stop(nf_http *http)
{
    nf_http_log(http, "info", "stopping; requests under way: %zu",
                http->under_way);
    http->stopping = true;
    http->stop_at = nf_clock_elapsed() + http->options.limits.stop_s * 1000;
    (void)http->mhd.quiesce_daemon(http->daemon);
    close(http->socket);
    http->socket = -1;
}

static int patience(nf_http *http, int timeout_ms)
{
    MHD_UNSIGNED_LONG_LONG wanted;
    int64_t left = http->stop_at - nf_clock_elapsed();
    int sweep;

    if (http->mhd.get_timeout(http->daemon, &wanted) == MHD_YES &&
        wanted < (MHD_UNSIGNED_LONG_LONG)timeout_ms)
        timeout_ms = (int)wanted;
    sweep = nf_http_connections_sweep(http->connections, nf_clock_elapsed());
    if (sweep >= 0 && sweep < timeout_ms)
        timeout_ms = sweep;
    if (http->stopping && left < timeout_ms)
        timeout_ms = left > 0 && http->under_way > 0 ? (int)left : 0;
    return timeout_ms;
}

/* Milliseconds until the database's log is to be copied back: nobody waits for
 * it when nobody has asked for anything for a while. -1: it needs no copying.
 */
static int until_tidy(const nf_http *http)
{
    int64_t quiet = nf_clock_elapsed() - http->asked_at;
    MHD_UNSIGNED_LONG_LONG wanted;

    if (!nf_database_is_untidy(nf_server_database(http->options.server)) ||
        (http->mhd.get_timeout(http->daemon, &wanted) == MHD_YES &&
         wanted == 0)) /* there is work */
        return -1;
    return quiet < QUIET_MS ? (int)(QUIET_MS - quiet) : 0;
}

static int wait_for_requests(nf_http *http, struct pollfd fds[WATCHED],
                             int timeout_ms)
{
    int quiet = until_tidy(http), ready = 0;

    if (quiet >= 0 && quiet <= timeout_ms) {
        ready = poll(fds, WATCHED, quiet);
        if (ready == 0)
            nf_database_tidy(nf_server_database(http->options.server));
        timeout_ms -= quiet;
    }
    if (ready == 0)
        ready = poll(fds, WATCHED, timeout_ms);
    if (ready > 0)
        http->asked_at = nf_clock_elapsed();
    return ready;
}

static void watch(nf_http *http, struct pollfd fds[WATCHED])
{
    const union MHD_DaemonInfo *info =
        http->mhd.get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    const int watched[WATCHED] = {info ? info->epoll_fd : -1,
                                  atomic_load(&http->stop) ? -1 : http->wake,
                                  nf_http_hash_fd(http)};

    for (size_t i = 0; i < WATCHED; i++)
        fds[i] = (struct pollfd){.fd = watched[i], .events = POLLIN};
}

size_t nf_http_watch(nf_http *http, nf_watch *watches, size_t room,
                     int *timeout_ms)
{
    struct pollfd fds[WATCHED];
    size_t count = 0;
    int quiet = until_tidy(http);

    watch(http, fds);
    *timeout_ms = patience(http, LONGEST_MS);
    if (quiet >= 0 && quiet < *timeout_ms)
        *timeout_ms = quiet;
    if (atomic_load(&http->stop) && !http->stopping)
        *timeout_ms = 0;
    for (size_t i = 0; i < WATCHED && count < room; i++)
        if (fds[i].fd >= 0)
            watches[count++] = (nf_watch){.fd = fds[i].fd, .readable = true};
    return count;
}

nf_status nf_http_step(nf_http *http, int timeout_ms, nf_error *err)
{
    struct pollfd fds[WATCHED];

    watch(http, fds);
    /* Perhaps it was asked to stop between two steps. */
    if (atomic_load(&http->stop) && !http->stopping)
        begin_stop(http);
    if (wait_for_requests(http, fds, patience(http, timeout_ms)) < 0 &&
        errno != EINTR)
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "waiting for requests failed: %s", strerror(errno));
    nf_http_hash_finish(http);
    if (http->mhd.run(http->daemon) != MHD_YES)
        return nf_error_set(err, NF_INPUT, "unreadable", "serving failed: %s",
                            http->problem);
    if (!atomic_load(&http->stop))
        return NF_PENDING;
    if (!http->stopping)
        begin_stop(http);
    return http->under_way == 0 || nf_clock_elapsed() >= http->stop_at
               ? NF_OK
               : NF_PENDING;
}
