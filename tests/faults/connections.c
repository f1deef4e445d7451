/* A crowd that an HTTP server has to bear: connections that say nothing,
 * little, too much or nonsense, each opened again when the server ends it.
 *
 *   faults_connections PORT COUNT SECONDS SEED
 *
 * Loopback only. Prints how many of each kind were opened, and how many the
 * server ended. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 4000, TICK_MS = 20 };

/* What one does: it says `once` when it is open, then `again` at every `every`
 * ticks; `reads` what comes back. */
typedef struct kind {
    const char *name, *once, *again;
    int every;
    bool reads;
} kind;

#define HEAD " HTTP/1.1\r\nHost: h\r\nSync-Version: 1\r\n"
#define SIGN_IN                                                                \
    "POST /sync/v1/session" HEAD                                               \
    "Content-Type: application/vnd.nanoflow.sync+bson\r\nContent-Length: "

static char long_head[40 << 10], long_body[64 << 10], many[16 << 10];

static const kind kinds[] = {
    {"silent", "", NULL, 0, true},
    {"slow head", "GET /sync/v1/info HTTP/1.1\r\n", "X", 5, true},
    {"slow headers", "GET /sync/v1/info HTTP/1.1\r\n", "X-A: b\r\n", 5, true},
    {"slow body", SIGN_IN "60000\r\n\r\n", "x", 5, true},
    {"silent body", SIGN_IN "60000\r\n\r\n", NULL, 0, true},
    {"large body",
     "PATCH /sync/v1/blobs/00" HEAD "Authorization: Bearer 0123\r\n"
     "Content-Type: application/octet-stream\r\nUpload-Offset: 0\r\n"
     "Content-Length: 4000000\r\n\r\n",
     long_body, 1, true},
    {"endless body", SIGN_IN "999999999\r\n\r\n", long_body, 1, true},
    {"long head", "GET /sync/v1/info HTTP/1.1\r\nX: ", long_head, 1, true},
    {"no reader", "", many, 1, false},
    {"many requests", many, many, 5, true},
    {"other method", "BREW /health HTTP/1.1\r\nHost: h\r\n\r\n", NULL, 0, true},
    {"wrong chunks",
     "POST /sync/v1/session" HEAD "Transfer-Encoding: chunked\r\n\r\n",
     "ffffffffffffffff\r\n", 3, true},
    {"other protocol", "\x16\x03\x01\x02", "\x01\x02\xff\xfe\x0d", 3, true},
    {"binary", "\r\n\r\n\x80\x81 \x01", "\xff\xff\r\n", 2, true},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

typedef struct visitor {
    int socket; /* -1: none */
    int kind, age;
} visitor;

static visitor visitors[MOST];
static struct pollfd fds[MOST];
static long opened[KINDS], ended[KINDS];
static uint64_t state;
static int port;

static unsigned draw(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 20) % below);
}

static void say(visitor *v, const char *text)
{
    if (text && *text)
        (void)!send(v->socket, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void leave(visitor *v, bool by_server)
{
    ended[v->kind] += by_server;
    close(v->socket);
    v->socket = -1;
}

static void come(visitor *v)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port)};

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (v->socket < 0)
        return;
    v->kind = (int)draw(KINDS);
    v->age = 0;
    if (connect(v->socket, (struct sockaddr *)&to, sizeof to) != 0 &&
        errno != EINPROGRESS) {
        close(v->socket);
        v->socket = -1;
        return;
    }
    opened[v->kind]++;
}

static void act(visitor *v)
{
    const kind *k = &kinds[v->kind];

    if (v->age++ == 1)
        say(v, k->once);
    else if (k->again && v->age > 1 && v->age % k->every == 0)
        say(v, k->again);
}

static void hear(visitor *v, short events)
{
    char bytes[16 << 10];
    ssize_t got;

    if (events & (POLLERR | POLLHUP)) {
        leave(v, true);
        return;
    }
    if (!(events & POLLIN) || !kinds[v->kind].reads)
        return;
    got = recv(v->socket, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN))
        leave(v, true);
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void prepare(void)
{
    static const char request[] =
        "GET /sync/v1/info HTTP/1.1\r\nHost: h\r\n\r\n";

    memset(long_head, 'h', sizeof long_head - 1);
    memset(long_body, 'b', sizeof long_body - 1);
    while (strlen(many) + sizeof request < sizeof many)
        strcat(many, request);
}

/* Some visitors at a time, so that none of them waits for the others. */
static void crowd(int count, int64_t end)
{
    int next = 0;

    while (now_ms() < end) {
        int64_t tick = now_ms() + TICK_MS;
        for (int i = 0; i < 100; i++) {
            visitor *v = &visitors[next];
            if (v->socket < 0)
                come(v);
            next = (next + 1) % count;
        }
        for (int i = 0; i < count; i++) {
            if (visitors[i].socket >= 0)
                act(&visitors[i]);
            fds[i] =
                (struct pollfd){.fd = visitors[i].socket, .events = POLLIN};
        }
        if (poll(fds, (nfds_t)count, 0) > 0)
            for (int i = 0; i < count; i++)
                if (fds[i].fd >= 0 && fds[i].revents)
                    hear(&visitors[i], fds[i].revents);
        if (now_ms() < tick)
            poll(NULL, 0, (int)(tick - now_ms()));
    }
}

int main(int argc, char **argv)
{
    struct rlimit files = {0};
    int count = argc == 5 ? atoi(argv[2]) : 0;
    long all = 0;

    if (argc != 5 || count < 1 || count > MOST) {
        fprintf(stderr, "usage: faults_connections PORT COUNT SECONDS SEED\n");
        return 2;
    }
    port = atoi(argv[1]);
    state = strtoull(argv[4], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    prepare();
    for (int i = 0; i < count; i++)
        visitors[i].socket = -1;
    crowd(count, now_ms() + atoi(argv[3]) * (int64_t)1000);
    for (int k = 0; k < KINDS; k++) {
        printf("%s: %ld opened, %ld ended\n", kinds[k].name, opened[k],
               ended[k]);
        all += opened[k];
    }
    printf("%ld connections\n", all);
    return 0;
}
