/* From the head of a request to its reply. A refused request is read to its
 * end first if that is not much: a client that is still sending when the
 * connection closes might never see why. */
#include "server/http_fault.h"

#include "server/internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- life ------------------------------------------------------------------
 */

static void write_peer(char peer[NF_HTTP_PEER], const struct sockaddr *address)
{
    const void *bytes = NULL;

    snprintf(peer, NF_HTTP_PEER, "unknown");
    if (address && address->sa_family == AF_INET)
        bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    else if (address && address->sa_family == AF_INET6)
        bytes =
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (bytes)
        inet_ntop(address->sa_family, bytes, peer, NF_HTTP_PEER);
}

static nf_http_exchange *new_exchange(nf_http *http,
                                      struct MHD_Connection *connection,
                                      const char *method)
{
    nf_http_exchange *x = nf_alloc(sizeof *x);
    const union MHD_ConnectionInfo *info;

    if (!x)
        return NULL;
    x->http = http;
    x->uses = 1;
    x->began = nf_clock_elapsed();
    x->total = -1;
    snprintf(x->method, sizeof x->method, "%s", method);
    info = http->mhd.get_connection_info(connection,
                                         MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    write_peer(x->peer, info ? info->client_addr : NULL);
    info = http->mhd.get_connection_info(connection,
                                         MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    x->connection = info ? info->socket_context : NULL;
    http->under_way++;
    return x;
}

void nf_http_exchange_release(nf_http_exchange *x)
{
    if (!x || --x->uses > 0)
        return;
    nf_buffer_dispose(&x->body);
    nf_buffer_dispose(&x->window);
    nf_http_pack_dispose(&x->pack);
    nf_sign_in_hash_dispose(&x->hash);
    nf_free(x);
}

void nf_http_on_completed(void *user, struct MHD_Connection *connection,
                          void **exchange, enum MHD_RequestTerminationCode how)
{
    nf_http *http = user;
    nf_http_exchange *x = *exchange;

    (void)connection;
    if (!x)
        return;
    *exchange = NULL;
    http->under_way--;
    if (x->asker.who)
        nf_http_load_end(http->load, &x->asker);
    if (x->connection)
        nf_http_connection_rests(http->connections, x->connection,
                                 nf_clock_elapsed());
    nf_http_log(http, "trace", "%s %s %d took %lld, gave %lld bytes in %lld ms%s%s%s from %s",
                x->method, x->asked.path[0] ? x->asked.path : "?", x->status,
                (long long)x->body.length, (long long)x->sent, (long long)(nf_clock_elapsed() - x->began),
                how == MHD_REQUEST_TERMINATED_COMPLETED_OK ? "" : " cut",
                x->asked.id[0] ? " request " : "", x->asked.id, x->peer);
    nf_http_exchange_release(x);
}

void nf_http_on_connection(void *user, struct MHD_Connection *connection,
                           void **context,
                           enum MHD_ConnectionNotificationCode what)
{
    nf_http *http = user;
    const union MHD_ConnectionInfo *info;

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        info = http->mhd.get_connection_info(connection,
                                             MHD_CONNECTION_INFO_CONNECTION_FD);
        *context = info ? nf_http_connections_add(http->connections,
                                                  info->connect_fd,
                                                  nf_clock_elapsed())
                        : NULL;
    } else if (*context) {
        nf_http_connections_remove(http->connections, *context);
        *context = NULL;
    }
    nf_http_load_connections(http->load,
                             nf_http_connections_count(http->connections));
}

/* ---- the head --------------------------------------------------------------
 */

typedef struct lookup {
    const nf_mhd *mhd;
    struct MHD_Connection *connection;
} lookup;

static const char *find_header(void *user, const char *name)
{
    const lookup *l = user;
    return l->mhd->lookup(l->connection, MHD_HEADER_KIND, name);
}

static void read_head(nf_http_exchange *x, struct MHD_Connection *connection,
                      const char *url, const char *method)
{
    const nf_mhd *mhd = &x->http->mhd;
    lookup l = {mhd, connection};
    const union MHD_ConnectionInfo *info = mhd->get_connection_info(
        connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    nf_http_head head = {
        .method = method,
        .path = url,
        .has_query =
            mhd->get_values(connection, MHD_GET_ARGUMENT_KIND, NULL, NULL) > 0,
        .size = info ? info->header_size : 0,
        .header = find_header,
        .user = &l};

    nf_http_read_head(&x->asked, &x->refusal, &head);
}

static void refuse_head(nf_http_exchange *x, int status, const char *code,
                        const char *text)
{
    x->refusal =
        (nf_http_refusal){.status = status, .code = code, .text = text};
}

/* Nobody sends a body before it is known whose it is. */
static bool knows_session(nf_http_exchange *x)
{
    nf_error problem = {0};
    bool known = false;
    nf_status status = nf_server_session_user(x->http->options.server,
                                              x->asked.request.session,
                                              &x->asker.user, &known, &problem);

    if (status != NF_OK) {
        nf_http_log(x->http, "error", "a session: %s", problem.message);
        refuse_head(x, 503, "SYNC_SERVER", "the server can't take more now");
        x->retry_ms = 1000;
    } else if (!known) {
        refuse_head(x, 401, "SYNC_AUTH", "no session");
    }
    return x->refusal.status == 0;
}

static void admit(nf_http_exchange *x)
{
    const char *session = x->asked.request.session;
    int status;

    if (x->refusal.status || x->asked.health)
        return;
    if (x->asked.closed && x->asked.body_length > 0 && !knows_session(x))
        return;
    x->asker.session = session != NULL;
    x->asker.sign_in = !session && x->asked.request.method == NF_SYNC_POST;
    x->asker.body = x->asked.body_length;
    x->asker.who = session ? session : x->peer;
    status = nf_http_load_begin(x->http->load, &x->asker, nf_clock_elapsed(),
                                &x->retry_ms);
    if (x->http->stopping && status == 0) {
        nf_http_load_end(x->http->load, &x->asker);
        status = 503;
    }
    if (status == 0)
        return;
    x->asker.who = NULL;
    refuse_head(x, status, "SYNC_SERVER",
                status == 429 ? "too many requests"
                              : "the server can't take more now");
}

/* Whether what follows a refused head is little enough to be read. */
static bool drains(const nf_http_exchange *x, struct MHD_Connection *connection)
{
    lookup l = {&x->http->mhd, connection};
    const char *length = find_header(&l, "Content-Length");
    long long bytes = length ? strtoll(length, NULL, 10) : 0;

    return !find_header(&l, "Transfer-Encoding") && bytes >= 0 &&
           bytes <= NF_SYNC_CHUNK_MAX;
}

static enum MHD_Result begin(nf_http *http, struct MHD_Connection *connection,
                             const char *url, const char *method,
                             void **exchange)
{
    nf_http_exchange *x = new_exchange(http, connection, method);

    if (!x)
        return MHD_NO;
    *exchange = x;
    read_head(x, connection, url, method);
    admit(x);
    if (x->connection)
        nf_http_connection_asks(http->connections, x->connection,
                                x->asked.body_length, nf_clock_elapsed());
    nf_buffer_init(&x->body, (size_t)x->asked.body_length);
    if (x->refusal.status && !drains(x, connection)) {
        x->answered = true;
        return nf_http_refuse(x, connection);
    }
    return MHD_YES;
}

/* ---- the answer ------------------------------------------------------------
 */

nf_status nf_http_ask(nf_http_exchange *x, nf_sync_response *response,
                      nf_error *err)
{
    nf_sync_request request = x->asked.request;

    /* A range of encoded bytes means nothing to the server's core. */
    if (x->asked.gzip && !x->streams) {
        request.offset = 0;
        request.length = -1;
        request.etag = NULL;
    }
    request.body = x->body.length > 0 ? x->body.data : NULL;
    request.body_length = x->body.length;
    request.peer = x->peer;
    request.hash = x->hash.password ? &x->hash : NULL;
    return nf_server_handle(x->http->options.server, &request, response, err);
}

static bool is_well(nf_http *http)
{
    nf_database *db = nf_server_database(http->options.server);
    return !http->stopping &&
           nf_database_execute(db, "SELECT 1 FROM _mx_meta LIMIT 1", NULL) ==
               NF_OK;
}

static enum MHD_Result answer(nf_http_exchange *x,
                              struct MHD_Connection *connection)
{
    nf_sync_response response = {0};
    nf_error err = {0};
    enum MHD_Result result;
    nf_http_fate fate;

    x->answered = true;
    if (x->connection)
        nf_http_connection_has_asked(x->connection);
    if (x->refusal.status)
        return nf_http_refuse(x, connection);
    if (x->asked.health)
        return nf_http_reply_health(x, connection, is_well(x->http));
    fate = nf_http_fault_before(x);
    nf_buffer_init(&response.body, NF_SYNC_MESSAGE_MAX);
    if (fate == NF_HTTP_GOES_ON && nf_http_ask(x, &response, &err) == NF_OK)
        /* A plan may cut the reply of one step of the core. */
        fate = nf_faults_take_cut(x->http->options.faults)
                   ? NF_HTTP_CLOSES
                   : nf_http_fault_after(x);
    else if (fate == NF_HTTP_GOES_ON)
        x->refusal =
            (nf_http_refusal){503, "SYNC_SERVER", "out of memory", NULL};
    result = fate == NF_HTTP_CLOSES ? MHD_NO
             : x->refusal.status    ? nf_http_refuse(x, connection)
                                    : nf_http_reply(x, connection, &response);
    nf_buffer_dispose(&response.body);
    return result;
}

enum MHD_Result nf_http_on_request(void *user,
                                   struct MHD_Connection *connection,
                                   const char *url, const char *method,
                                   const char *version, const char *bytes,
                                   size_t *size, void **exchange)
{
    nf_http_exchange *x = *exchange;

    (void)version;
    if (!x)
        return begin(user, connection, url, method, exchange);
    if (*size > 0) {
        if (!x->refusal.status)
            nf_buffer_add(&x->body, bytes, *size);
        if (x->body.failed)
            return MHD_NO; /* more than was declared, or no memory */
        if (nf_http_fault_bytes(x, *size) == NF_HTTP_CLOSES)
            return MHD_NO;
        *size = 0;
        return MHD_YES;
    }
    if (x->answered)
        return MHD_NO;
    if (nf_http_hash_begin(x, connection))
        return MHD_YES;
    return answer(x, connection);
}
