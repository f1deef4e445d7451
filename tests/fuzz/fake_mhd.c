/* See fake_mhd.h. */
#include "fake_mhd.h"

#include <ctype.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 128 << 10, HEAD_MAX = 64 << 10, REPLY_MAX = 64 << 20 };

struct MHD_Response {
    int uses;
    nf_buffer head;
    uint64_t size;  /* MHD_SIZE_UNKNOWN */
    uint8_t *bytes; /* a copy; or: */
    MHD_ContentReaderCallback read;
    MHD_ContentReaderFreeCallback free_user;
    void *user;
};

struct MHD_Connection {
    const fake_request *request;
    char authorization[160], length[24];
    bool query;
    struct MHD_Response *response;
    unsigned status;
    bool suspended;
    struct sockaddr_in address;
    void *context;
    union MHD_ConnectionInfo info;
};

/* ---- the request -----------------------------------------------------------
 */

static const union MHD_ConnectionInfo *
get_connection_info(struct MHD_Connection *c, enum MHD_ConnectionInfoType type,
                    ...)
{
    const helper_head *head = c->request->head;

    memset(&c->info, 0, sizeof c->info);
    if (type == MHD_CONNECTION_INFO_CLIENT_ADDRESS)
        c->info.client_addr = (struct sockaddr *)&c->address;
    else if (type == MHD_CONNECTION_INFO_CONNECTION_FD)
        c->info.connect_fd = -1;
    else if (type == MHD_CONNECTION_INFO_SOCKET_CONTEXT)
        c->info.socket_context = c->context;
    else if (type == MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
        for (size_t i = 0; i < head->count; i++)
            c->info.header_size +=
                strlen(head->names[i]) + strlen(head->values[i]) + 4;
    else
        return NULL;
    return &c->info;
}

static const char *lookup(struct MHD_Connection *c, enum MHD_ValueKind kind,
                          const char *key)
{
    const helper_head *head = c->request->head;

    if (kind != MHD_HEADER_KIND)
        abort();
    if (c->request->session && !strcasecmp(key, "Authorization"))
        return c->authorization;
    if (c->request->declared && !strcasecmp(key, "Content-Length"))
        return c->length;
    for (size_t i = 0; i < head->count; i++)
        if (!strcasecmp(head->names[i], key))
            return head->values[i];
    return NULL;
}

static int get_values(struct MHD_Connection *c, enum MHD_ValueKind kind,
                      MHD_KeyValueIterator iterator, void *user)
{
    if (kind != MHD_GET_ARGUMENT_KIND || iterator || user)
        abort();
    return c->query;
}

/* ---- the reply -------------------------------------------------------------
 */

static struct MHD_Response *from_buffer(size_t size, void *buffer,
                                        enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *r = calloc(1, sizeof *r);

    if (!r || mode != MHD_RESPMEM_MUST_COPY || (size && !buffer))
        abort();
    r->uses = 1;
    nf_buffer_init(&r->head, HEAD_MAX);
    r->size = size;
    r->bytes = malloc(size + 1);
    if (!r->bytes)
        abort();
    if (size)
        memcpy(r->bytes, buffer, size);
    return r;
}

static struct MHD_Response *from_callback(uint64_t size, size_t block,
                                          MHD_ContentReaderCallback read,
                                          void *user,
                                          MHD_ContentReaderFreeCallback end)
{
    struct MHD_Response *r = calloc(1, sizeof *r);

    if (!r || !read || !end || block == 0)
        abort();
    *r = (struct MHD_Response){
        .uses = 1, .size = size, .read = read, .user = user, .free_user = end};
    nf_buffer_init(&r->head, HEAD_MAX);
    return r;
}

static void destroy(struct MHD_Response *r)
{
    if (--r->uses > 0)
        return;
    if (r->free_user)
        r->free_user(r->user);
    nf_buffer_dispose(&r->head);
    free(r->bytes);
    free(r);
}

/* The library takes names without blanks, and values of one line. */
static enum MHD_Result add_header(struct MHD_Response *r, const char *name,
                                  const char *value)
{
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '-')
            abort();
    for (const char *c = value; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            abort();
    if (!r || !*value)
        abort();
    nf_buffer_format(&r->head, "%s: %s\r\n", name, value);
    return MHD_YES;
}

static enum MHD_Result queue(struct MHD_Connection *c, unsigned status,
                             struct MHD_Response *r)
{
    if (c->response || c->suspended || status < 200 || status > 599)
        abort();
    r->uses++;
    c->response = r;
    c->status = status;
    return MHD_YES;
}

static void suspend(struct MHD_Connection *c)
{
    if (c->suspended)
        abort();
    c->suspended = true;
}

static void resume(struct MHD_Connection *c)
{
    if (!c->suspended)
        abort();
    c->suspended = false;
}

void fake_mhd(nf_mhd *mhd)
{
    *mhd = (nf_mhd){.get_connection_info = get_connection_info,
                    .lookup = lookup,
                    .get_values = get_values,
                    .from_buffer = from_buffer,
                    .from_callback = from_callback,
                    .add_header = add_header,
                    .queue = queue,
                    .destroy = destroy,
                    .suspend = suspend,
                    .resume = resume};
}

/* What a client receives; no more than was announced, and no less unless the
 * server breaks off. */
static void read_reply(fake_reply *out, const struct MHD_Connection *c)
{
    const struct MHD_Response *r = c->response;
    size_t room = c->request->piece ? c->request->piece : ROOM;
    char *piece;

    out->status = (int)c->status;
    if (out->head && r->size != MHD_SIZE_UNKNOWN)
        nf_buffer_format(out->head, "Content-Length: %llu\r\n",
                         (unsigned long long)r->size);
    if (out->head)
        nf_buffer_add(out->head, r->head.data, r->head.length);
    if (!r->read) {
        out->size = (size_t)r->size;
        if (out->body)
            nf_buffer_add(out->body, r->bytes, out->size);
        return;
    }
    piece = malloc(room); /* so that writes past the end are seen */
    if (!piece)
        abort();
    while (out->size < r->size) {
        size_t most =
            r->size - out->size < room ? (size_t)(r->size - out->size) : room;
        ssize_t got = r->read(r->user, out->size, piece, most);

        if (got == MHD_CONTENT_READER_END_WITH_ERROR ||
            (got == MHD_CONTENT_READER_END_OF_STREAM &&
             r->size != MHD_SIZE_UNKNOWN))
            out->broken = true;
        if (got == MHD_CONTENT_READER_END_OF_STREAM || out->broken)
            break;
        if (got <= 0 || (size_t)got > most)
            abort();
        if (out->body)
            nf_buffer_add(out->body, piece, (size_t)got);
        out->size += (size_t)got;
        if (c->request->cut_reply || out->size > REPLY_MAX)
            break;
    }
    free(piece);
}

/* ---- one exchange ----------------------------------------------------------
 */

typedef struct call {
    nf_http *http;
    struct MHD_Connection *connection;
    char *path;
    void *exchange;
} call;

static bool hand(call *c, const uint8_t *bytes, size_t size)
{
    char *copy = size ? malloc(size) : NULL;
    size_t left = size;
    enum MHD_Result result;

    if (size && !copy)
        abort();
    if (size)
        memcpy(copy, bytes, size);
    result = nf_http_on_request(c->http, c->connection, c->path,
                                c->connection->request->head->method,
                                "HTTP/1.1", copy, &left, &c->exchange);
    if (result == MHD_YES && left > 0 && size > 0)
        abort(); /* taken whole, or the library would ask for ever */
    free(copy);
    return result == MHD_YES;
}

/* What was announced and does not come is waited for until somebody closes the
 * connection. */
static bool is_whole(const call *c)
{
    const fake_request *r = c->connection->request;
    const char *length =
        lookup(c->connection, MHD_HEADER_KIND, "Content-Length");

    return !r->cut_body && (!length || strtoull(length, NULL, 10) <= r->size);
}

/* False: the server closes the connection, or the client has. */
static bool send_body(call *c)
{
    const fake_request *r = c->connection->request;
    size_t end = r->cut_body ? r->size / 2 : r->size, at = 0;

    while (at < end) {
        size_t size = r->piece && r->piece < end - at ? r->piece : end - at;

        if (!hand(c, r->body + at, size))
            return false;
        at += size;
    }
    return is_whole(c);
}

static void wait_for_hash(call *c)
{
    while (c->connection->suspended) {
        struct pollfd fd = {.fd = nf_http_hash_fd(c->http), .events = POLLIN};

        if (poll(&fd, 1, 30 * 1000) <= 0)
            abort(); /* nobody resumes it */
        nf_http_hash_finish(c->http);
    }
}

/* The library calls until there is a reply. */
static bool ask(call *c)
{
    for (int i = 0; i < 3 && !c->connection->response; i++) {
        if (!hand(c, NULL, 0))
            return false;
        wait_for_hash(c);
    }
    if (!c->connection->response)
        abort();
    return true;
}

static void open_connection(struct MHD_Connection *c, call *k)
{
    const fake_request *r = c->request;
    char *query;

    c->address.sin_family = AF_INET;
    c->address.sin_addr.s_addr = htonl(0xC0000201);
    if (r->session)
        snprintf(c->authorization, sizeof c->authorization, "Bearer %s",
                 r->session);
    snprintf(c->length, sizeof c->length, "%zu", r->size);
    query = strchr(r->head->path, '?');
    if (query) {
        c->query = query[1] != '\0';
        *query = '\0';
    }
    k->path = r->head->path;
    nf_http_on_connection(k->http, c, &c->context,
                          MHD_CONNECTION_NOTIFY_STARTED);
}

void fake_exchange(fake_reply *out, nf_http *http, const fake_request *request)
{
    struct MHD_Connection connection = {.request = request};
    call c = {.http = http, .connection = &connection};
    bool whole;

    out->status = 0;
    out->size = 0;
    out->broken = false;
    open_connection(&connection, &c);
    whole = hand(&c, NULL, 0);
    if (whole && !connection.response)
        whole = send_body(&c) && ask(&c);
    if (connection.response) {
        read_reply(out, &connection);
        destroy(connection.response);
    }
    nf_http_on_completed(http, &connection, &c.exchange,
                         whole ? MHD_REQUEST_TERMINATED_COMPLETED_OK
                               : MHD_REQUEST_TERMINATED_CLIENT_ABORT);
    if (c.exchange)
        abort();
    nf_http_on_connection(http, &connection, &connection.context,
                          MHD_CONNECTION_NOTIFY_CLOSED);
}
