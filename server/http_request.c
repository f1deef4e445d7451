/* See http_request.h. Everything that is not exactly what the protocol writes
 * is refused, but for what HTTP itself tells servers to ignore: ranges that
 * they do not understand, and headers they do not know. */
#include "server/http_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    GET = 1 << NF_SYNC_GET,
    HEAD = 1 << NF_SYNC_HEAD,
    POST = 1 << NF_SYNC_POST,
    PATCH = 1 << NF_SYNC_PATCH,
    DELETE = 1 << NF_SYNC_DELETE,
};

static const char bson_type[] = "application/vnd.nanoflow.sync+bson";
static const char bytes_type[] = "application/octet-stream";

/* Where a request may go: `*` stands for one part of a path. */
typedef struct resource {
    const char *pattern, *allow;
    unsigned methods;
    bool open;    /* needs no session */
    bool content; /* GET in ranges */
    bool packs;   /* and may be compressed; files are sent as they are */
    int64_t body_max;
} resource;

static const resource resources[] = {
    {"/health", "GET, HEAD", GET | HEAD, true, false, false, 0},
    {"/sync/v1/info", "GET, HEAD", GET | HEAD, true, false, false, 0},
    {"/sync/v1/session", "POST, DELETE", POST | DELETE, true, false, false,
     NF_HTTP_SIGN_IN_MAX},
    {"/sync/v1/syncs", "POST", POST, false, false, false, NF_SYNC_MESSAGE_MAX},
    {"/sync/v1/syncs/*", "GET, DELETE", GET | DELETE, false, false, false, 0},
    {"/sync/v1/syncs/*/body", "HEAD, PATCH", HEAD | PATCH, false, false, false,
     NF_SYNC_CHUNK_MAX},
    {"/sync/v1/syncs/*/commit", "POST", POST, false, false, false, 1 << 16},
    {"/sync/v1/syncs/*/result", "GET", GET, false, true, true, 0},
    {"/sync/v1/syncs/*/plan", "GET, POST", GET | POST, false, true, false,
     1 << 16},
    {"/sync/v1/syncs/*/ack", "POST", POST, false, false, false, 1 << 16},
    {"/sync/v1/blobs/*", "HEAD, PATCH", HEAD | PATCH, false, false, false,
     NF_SYNC_CHUNK_MAX},
    {"/sync/v1/files/*/*", "GET", GET, false, true, false, 0},
    {"/sync/v1/microflows/*", "POST", POST, false, false, false,
     NF_SYNC_MESSAGE_MAX},
    {"/sync/v1/objects/*", "POST", POST, false, false, false,
     NF_SYNC_MESSAGE_MAX},
};

bool nf_http_resource(size_t index, const char **pattern, const char **methods,
                      bool *open)
{
    if (index >= sizeof resources / sizeof *resources)
        return false;
    *pattern = resources[index].pattern;
    *methods = resources[index].allow;
    *open = resources[index].open;
    return true;
}

typedef struct reading {
    const nf_http_head *head;
    nf_http_request *out;
    nf_http_refusal *refusal;
    const resource *resource;
} reading;

static bool refuse(reading *r, int status, const char *code, const char *text)
{
    if (!r->refusal->status)
        *r->refusal = (nf_http_refusal){status, code, text, NULL};
    return false;
}

static const char *header(const reading *r, const char *name)
{
    return r->head->header(r->head->user, name);
}

/* ---- small texts -----------------------------------------------------------
 */

/* Decimal digits alone, up to 18 of them. */
static bool read_number(int64_t *out, const char *text, size_t length)
{
    int64_t number = 0;

    if (length == 0 || length > 18)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (text[i] - '0');
    }
    *out = number;
    return true;
}

static size_t skip_blanks(const char *text)
{
    return strspn(text, " \t");
}

/* The next item of a list with commas: its name without parameters, and its
 * parameters. False at the end. */
typedef struct item {
    const char *name, *parameters;
    size_t name_length, parameters_length;
} item;

static bool next_item(const char **at, item *out)
{
    size_t length, name;

    *at += strspn(*at, " \t,");
    if (!**at)
        return false;
    length = strcspn(*at, ",");
    name = strcspn(*at, ";,");
    out->name = *at;
    out->parameters = *at + name;
    out->parameters_length = length - name;
    while (name > 0 &&
           (out->name[name - 1] == ' ' || out->name[name - 1] == '\t'))
        name--;
    out->name_length = name;
    *at += length;
    return true;
}

static bool names(const item *i, const char *name)
{
    return i->name_length == strlen(name) &&
           !strncasecmp(i->name, name, i->name_length);
}

/* Whether `;q=0` stands behind it: it is not wanted. */
static bool is_unwanted(const item *i)
{
    const char *p = i->parameters, *end = p + i->parameters_length;

    while (p < end && (*p == ';' || *p == ' ' || *p == '\t'))
        p++;
    if (end - p < 3 || (p[0] | 32) != 'q' || p[1] != '=' || p[2] != '0')
        return false;
    for (p += 3; p < end; p++) {
        if (*p >= '1' && *p <= '9')
            return false;
    }
    return true;
}

/* A word that may stand in a log and in a reply's header. */
static bool is_word(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
            return false;
    }
    return true;
}

/* ---- path and method -------------------------------------------------------
 */

/* Letters, digits and a few marks that need no decoding: nothing else is part
 * of any path. */
static bool is_part(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

static bool matches(const char *pattern, const char *path)
{
    for (; *pattern; pattern++) {
        size_t n = 0;
        if (*pattern != '*') {
            if (*path++ != *pattern)
                return false;
            continue;
        }
        while (is_part(path[n]))
            n++;
        if (n == 0)
            return false;
        path += n;
    }
    return !*path;
}

static bool read_path(reading *r)
{
    const char *path = r->head->path;

    if (strlen(path) >= sizeof r->out->path)
        return refuse(r, 414, "SYNC_PROTOCOL", "the path is too long");
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        if (matches(resources[i].pattern, path))
            r->resource = &resources[i];
    }
    if (!r->resource || r->head->has_query)
        return refuse(r, 404, "not_found", "no such resource");
    memcpy(r->out->path, path, strlen(path) + 1);
    r->out->request.path = r->out->path;
    r->out->health = r->resource == resources;
    r->out->closed = !r->resource->open;
    return true;
}

static bool read_method(reading *r)
{
    static const char *const words[] = {"GET", "HEAD", "POST", "PATCH",
                                        "DELETE"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], r->head->method) != 0 ||
            !(r->resource->methods & 1u << i))
            continue;
        r->out->request.method = (nf_sync_method)i;
        r->out->content =
            r->resource->content && r->out->request.method == NF_SYNC_GET;
        return true;
    }
    refuse(r, 405, "SYNC_PROTOCOL", "not with this method");
    r->refusal->allow = r->resource->allow;
    return false;
}

/* ---- headers ---------------------------------------------------------------
 */

/* Without a version `info` may be asked, which tells the versions (W15). */
static bool read_version(reading *r)
{
    const char *text = header(r, "Sync-Version");
    int64_t version = 0;

    if (r->out->health || r->resource == &resources[1])
        return true;
    if (text && read_number(&version, text, strlen(text)) &&
        version == NF_SYNC_VERSION)
        return true;
    return refuse(r, 426, "SYNC_VERSION", "this server speaks version 1");
}

static bool read_session(reading *r)
{
    const char *text = header(r, "Authorization");
    size_t length;

    if (!text)
        return r->resource->open || refuse(r, 401, "SYNC_AUTH", "no session");
    if (strncasecmp(text, "Bearer ", 7) != 0)
        return refuse(r, 401, "SYNC_AUTH", "no session");
    text += 7;
    length = strlen(text);
    if (length == 0 || length >= sizeof r->out->session)
        return refuse(r, 401, "SYNC_AUTH", "no session");
    for (size_t i = 0; i < length; i++) {
        if (!is_part(text[i]) && text[i] != '=')
            return refuse(r, 401, "SYNC_AUTH", "no session");
    }
    memcpy(r->out->session, text, length + 1);
    r->out->request.session = r->out->session;
    return true;
}

static bool read_name(reading *r, const char *name, char *to,
                      const char **field)
{
    const char *text = header(r, name);

    if (!text)
        return true;
    if (strlen(text) >= NF_HTTP_NAME_MAX || !is_word(text))
        return refuse(r, 400, "SYNC_PROTOCOL", "a name is malformed");
    memcpy(to, text, strlen(text) + 1);
    *field = to;
    return true;
}

static bool read_names(reading *r)
{
    nf_http_request *out = r->out;

    return read_name(r, "Sync-Request", out->id, &out->request.id) &&
           read_name(r, "Sync-Device", out->device, &out->request.device) &&
           read_name(r, "Sync-App", out->app, &out->request.app);
}

/* W17: what the client takes, and what it sends. */
static bool read_accept(reading *r)
{
    const char *at = header(r, "Accept");
    item i;

    if (!at || r->out->health)
        return true;
    while (next_item(&at, &i)) {
        if (!is_unwanted(&i) &&
            (names(&i, "*/*") || names(&i, "application/*") ||
             names(&i, r->out->content ? bytes_type : bson_type)))
            return true;
    }
    return refuse(r, 406, "SYNC_PROTOCOL", "this server answers with BSON");
}

static bool read_body_type(reading *r)
{
    const char *text = header(r, "Content-Type");
    const char *encoding = header(r, "Content-Encoding");
    bool bytes = r->out->request.method == NF_SYNC_PATCH;
    item i;

    if (encoding && strcasecmp(encoding, "identity") != 0)
        return refuse(r, 415, "SYNC_PROTOCOL",
                      "bodies are compressed as the sync resource says");
    if (text && next_item(&text, &i) &&
        names(&i, bytes ? bytes_type : bson_type)) {
        r->out->request.bytes = bytes;
        return true;
    }
    return refuse(r, 415, "SYNC_PROTOCOL",
                  bytes ? "bytes are application/octet-stream"
                        : "documents are application/vnd.nanoflow.sync+bson");
}

static bool read_body_length(reading *r)
{
    const char *length = header(r, "Content-Length");
    nf_sync_method method = r->out->request.method;

    /* Without a length nothing says whether all has arrived. */
    if (header(r, "Transfer-Encoding") || (!length && method == NF_SYNC_PATCH))
        return refuse(r, 411, "SYNC_PROTOCOL", "the length is missing");
    if (!length)
        return true;
    if (!read_number(&r->out->body_length, length, strlen(length)))
        return refuse(r, 400, "SYNC_PROTOCOL", "the length is malformed");
    if (r->out->body_length > r->resource->body_max)
        return refuse(r, 413, "SYNC_LIMIT", "the body is too large");
    if (r->out->body_length > 0 && method != NF_SYNC_POST &&
        method != NF_SYNC_PATCH)
        return refuse(r, 400, "SYNC_PROTOCOL", "a body is out of place");
    return r->out->body_length == 0 || read_body_type(r);
}

static bool read_upload(reading *r)
{
    const char *offset = header(r, "Upload-Offset");
    const char *length = header(r, "Upload-Length");
    nf_sync_request *request = &r->out->request;

    if (request->method != NF_SYNC_PATCH)
        return true;
    if (!offset || !read_number(&request->offset, offset, strlen(offset)))
        return refuse(r, 400, "SYNC_PROTOCOL", "Upload-Offset is missing");
    if (length && !read_number(&request->length, length, strlen(length)))
        return refuse(r, 400, "SYNC_PROTOCOL", "Upload-Length is malformed");
    return true;
}

/* One range from an offset on; all others are ignored as if they were not
 * there (RFC 9110, 14.2). */
static void read_range(reading *r)
{
    const char *text = header(r, "Range");
    nf_sync_request *request = &r->out->request;
    int64_t first, last;
    size_t digits;

    request->offset = 0;
    request->length = -1;
    if (!text || strncasecmp(text, "bytes=", 6) != 0)
        return;
    text += 6 + skip_blanks(text + 6);
    digits = strspn(text, "0123456789");
    if (!read_number(&first, text, digits) || text[digits] != '-')
        return;
    text += digits + 1;
    if (*text) {
        if (!read_number(&last, text, strlen(text)) || last < first)
            return;
        request->length = last - first + 1;
        if (request->length > NF_SYNC_CHUNK_MAX)
            request->length = NF_SYNC_CHUNK_MAX;
    }
    request->offset = first;
    r->out->ranged = true;
}

static void read_content(reading *r)
{
    const char *etag = header(r, "If-Range");
    const char *at = header(r, "Accept-Encoding");
    item i;

    if (!r->out->content)
        return;
    read_range(r);
    if (etag && strlen(etag) < sizeof r->out->etag && is_word(etag)) {
        memcpy(r->out->etag, etag, strlen(etag) + 1);
        r->out->request.etag = r->out->etag;
    } else if (etag) {
        /* Of nothing that we ever named: all of it from the start. */
        r->out->ranged = false;
        r->out->request.offset = 0;
        r->out->request.length = -1;
    }
    while (at && next_item(&at, &i)) {
        if (names(&i, "gzip") && !is_unwanted(&i))
            r->out->gzip = r->resource->packs;
    }
}

static void read_preference(reading *r)
{
    const char *at = header(r, "Prefer");
    int64_t seconds;
    item i;

    while (at && next_item(&at, &i)) {
        if (i.name_length <= 5 || strncasecmp(i.name, "wait=", 5) != 0 ||
            !read_number(&seconds, i.name + 5, i.name_length - 5))
            continue;
        if (seconds > NF_HTTP_WAIT_MAX)
            seconds = NF_HTTP_WAIT_MAX;
        r->out->request.wait_ms = (int)seconds * 1000;
    }
}

void nf_http_read_head(nf_http_request *out, nf_http_refusal *refusal,
                       const nf_http_head *head)
{
    reading r = {.head = head, .out = out, .refusal = refusal};

    memset(out, 0, sizeof *out);
    memset(refusal, 0, sizeof *refusal);
    out->request.offset = out->request.length = -1;
    if (head->size > NF_HTTP_HEAD_MAX) {
        refuse(&r, 431, "SYNC_LIMIT", "the headers are too large");
        return;
    }
    if (read_names(&r) && read_path(&r) && read_method(&r) &&
        read_version(&r) && read_session(&r) && read_accept(&r) &&
        read_body_length(&r) && read_upload(&r)) {
        read_content(&r);
        read_preference(&r);
    }
}
