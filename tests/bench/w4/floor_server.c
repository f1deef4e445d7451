/* The least that a server of W4 and W5 costs: rows of SQLite as BSON over HTTP,
 * read while they are sent; documents that arrive become rows. Prints its port;
 * ends when its standard input does. */
#include "floor.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <unistd.h>

static sqlite3 *db;

typedef struct stream {
    sqlite3_stmt *rows;
    uint8_t *bytes;
    size_t length, at, capacity;
    int ended;
} stream;

static void read_rows(stream *s)
{
    s->length = s->at = 0;
    while (s->length < 60000 && !s->ended) {
        bson_t document = BSON_INITIALIZER;

        if (sqlite3_step(s->rows) != SQLITE_ROW) {
            s->ended = 1;
            break;
        }
        floor_write(&document, s->rows);
        if (s->length + document.len > s->capacity) {
            s->capacity = 2 * (s->length + document.len) + 65536;
            s->bytes = realloc(s->bytes, s->capacity);
            floor_need(s->bytes != NULL, "out of memory");
        }
        memcpy(s->bytes + s->length, bson_get_data(&document), document.len);
        s->length += document.len;
        bson_destroy(&document);
    }
}

static ssize_t on_read(void *user, uint64_t position, char *to, size_t room)
{
    stream *s = user;
    size_t count;

    (void)position;
    if (s->at == s->length && !s->ended)
        read_rows(s);
    if (s->at == s->length)
        return MHD_CONTENT_READER_END_OF_STREAM;
    count = s->length - s->at < room ? s->length - s->at : room;
    memcpy(to, s->bytes + s->at, count);
    s->at += count;
    return (ssize_t)count;
}

static void on_end(void *user)
{
    stream *s = user;

    sqlite3_finalize(s->rows);
    free(s->bytes);
    free(s);
}

static struct MHD_Response *send_rows(void)
{
    stream *s = calloc(1, sizeof *s);

    floor_need(s != NULL, "out of memory");
    s->rows = floor_prepare(db, "SELECT " FLOOR_COLUMNS " FROM Item");
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536, on_read,
                                             s, on_end);
}

static struct MHD_Response *end_upload(floor_sink *sink)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%ld", sink->count);

    sqlite3_finalize(sink->upsert);
    floor_execute(db, "COMMIT");
    free(sink->bytes);
    free(sink);
    return MHD_create_response_from_buffer((size_t)length, text,
                                           MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *bytes,
                                  size_t *size, void **state)
{
    struct MHD_Response *response;
    enum MHD_Result result;
    int upload = strcmp(method, "POST") == 0;
    int nothing = strcmp(method, "HEAD") == 0; /* a device that connects */

    (void)user;
    (void)url;
    (void)version;
    if (!*state) {
        floor_sink *sink = calloc(1, sizeof *sink);

        floor_need(sink != NULL, "out of memory");
        sink->db = db;
        *state = sink;
        if (upload) {
            sink->upsert = floor_prepare(db, FLOOR_UPSERT);
            floor_execute(db, "BEGIN IMMEDIATE");
        }
        return MHD_YES;
    }
    if (upload && *size > 0) {
        floor_feed(*state, bytes, *size);
        *size = 0;
        return MHD_YES;
    }
    if (!upload)
        free(*state);
    response =
        upload ? end_upload(*state)
        : nothing
            ? MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT)
            : send_rows();
    result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

static void fill(void)
{
    sqlite3_stmt *insert = floor_prepare(db, FLOOR_UPSERT);
    w4_item item;

    floor_execute(db, "BEGIN");
    for (int i = 0; i < W4_OBJECTS; i++) {
        w4_fill(&item, i);
        sqlite3_bind_int64(insert, 1, item.id);
        sqlite3_bind_text(insert, 2, item.name, -1, SQLITE_STATIC);
        sqlite3_bind_int64(insert, 3, item.code);
        sqlite3_bind_text(insert, 4, item.price, -1, SQLITE_STATIC);
        sqlite3_bind_int(insert, 5, item.active);
        sqlite3_bind_int64(insert, 6, item.created);
        sqlite3_bind_text(insert, 7, item.status, -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 8, item.description, -1, SQLITE_STATIC);
        sqlite3_bind_int64(insert, 9, item.owner);
        floor_need(sqlite3_step(insert) == SQLITE_DONE, sqlite3_errmsg(db));
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    floor_execute(db, "COMMIT");
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct MHD_Daemon *daemon;
    const union MHD_DaemonInfo *info;
    char byte;

    if (argc != 2) {
        fprintf(stderr, "usage: floor_server DATABASE\n");
        return 2;
    }
    db = floor_open(argv[1], "FULL");
    fill();
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL, 0, NULL, NULL,
        on_request, NULL, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)262144, MHD_OPTION_END);
    floor_need(daemon != NULL, "can't listen");
    info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    printf("%u\n", (unsigned)info->port);
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        continue;
    MHD_stop_daemon(daemon);
    sqlite3_close(db);
    return 0;
}
