/* See fake_curl.h. */
#include "fake_curl.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ROOM = 16 << 10, HEAD_MAX = 64 << 10, BODY_MAX = 64 << 20 };

typedef size_t (*receive_fn)(char *bytes, size_t size, size_t count,
                             void *user);
typedef int (*connected_fn)(void *user, char *peer, char *local, int peer_port,
                            int local_port);

typedef struct options {
    receive_fn header, body;
    void *header_user, *body_user, *connected_user;
    connected_fn connected;
    const struct curl_slist *headers;
    const char *method;
    bool post, no_body;
    const void *bytes;
    curl_off_t size;
    char url[2048], range[64];
} options;

typedef struct fake_curl {
    fake_answer_fn answer;
    void *user;
    options o;
    fake_answer reply;
    bool added, begun, told; /* the request; its answer; its end */
    bool done, paused;
    CURLcode result;
    size_t at;
    curl_off_t length; /* as announced; -1 */
    CURLMsg message;
} fake_curl;

/* There is one, since a handle has no room for which. */
static fake_curl it;

/* ---- handles ---------------------------------------------------------------
 */

static void drop_reply(fake_curl *f)
{
    nf_buffer_dispose(&f->reply.head);
    nf_buffer_dispose(&f->reply.body);
    memset(&f->reply, 0, sizeof f->reply);
    f->begun = f->told = f->done = f->paused = false;
    f->at = 0;
    f->length = -1;
}

static void easy_reset(CURL *easy)
{
    fake_curl *f = easy;
    memset(&f->o, 0, sizeof f->o);
}

static void easy_cleanup(CURL *easy)
{
    drop_reply(easy);
}

static const char *easy_strerror(CURLcode code)
{
    return code == CURLE_OK ? "no error" : "an error";
}

static CURLMcode multi_add(CURLM *multi, CURL *easy)
{
    fake_curl *f = easy;

    if (multi != easy || f->added)
        abort();
    drop_reply(f);
    f->added = true;
    return CURLM_OK;
}

static CURLMcode multi_remove(CURLM *multi, CURL *easy)
{
    fake_curl *f = easy;

    if (multi != easy || !f->added)
        abort();
    f->added = false;
    return CURLM_OK;
}

static CURLMcode multi_cleanup(CURLM *multi)
{
    return ((fake_curl *)multi)->added ? CURLM_BAD_HANDLE : CURLM_OK;
}

static struct curl_slist *slist_append(struct curl_slist *list,
                                       const char *text)
{
    struct curl_slist *item = calloc(1, sizeof *item), *last = list;

    if (!item || !(item->data = strdup(text)))
        abort();
    while (last && last->next)
        last = last->next;
    if (last)
        last->next = item;
    return list ? list : item;
}

static void slist_free_all(struct curl_slist *list)
{
    while (list) {
        struct curl_slist *next = list->next;
        free(list->data);
        free(list);
        list = next;
    }
}

/* ---- options ---------------------------------------------------------------
 */

static void set_pointer(options *o, CURLoption option, void *value)
{
    if (option == CURLOPT_HEADERDATA)
        o->header_user = value;
    else if (option == CURLOPT_WRITEDATA)
        o->body_user = value;
    else if (option == CURLOPT_PREREQDATA)
        o->connected_user = value;
    else if (option == CURLOPT_HTTPHEADER)
        o->headers = value;
    else if (option == CURLOPT_CUSTOMREQUEST)
        o->method = value;
    else if (option == CURLOPT_POSTFIELDS)
        o->bytes = value;
    else if (option == CURLOPT_URL)
        snprintf(o->url, sizeof o->url, "%s", (const char *)value);
    else if (option == CURLOPT_RANGE)
        snprintf(o->range, sizeof o->range, "%s", (const char *)value);
}

static CURLcode easy_setopt(CURL *easy, CURLoption option, ...)
{
    options *o = &((fake_curl *)easy)->o;
    va_list args;

    va_start(args, option);
    if (option == CURLOPT_HEADERFUNCTION)
        o->header = va_arg(args, receive_fn);
    else if (option == CURLOPT_WRITEFUNCTION)
        o->body = va_arg(args, receive_fn);
    else if (option == CURLOPT_PREREQFUNCTION)
        o->connected = va_arg(args, connected_fn);
    else if (option == CURLOPT_POST)
        o->post = va_arg(args, long) != 0;
    else if (option == CURLOPT_NOBODY)
        o->no_body = va_arg(args, long) != 0;
    else if (option == CURLOPT_POSTFIELDSIZE_LARGE)
        o->size = va_arg(args, curl_off_t);
    else if (option >= CURLOPTTYPE_OBJECTPOINT &&
             option < CURLOPTTYPE_FUNCTIONPOINT)
        set_pointer(o, option, va_arg(args, void *));
    va_end(args);
    return CURLE_OK;
}

static CURLcode easy_getinfo(CURL *easy, CURLINFO info, ...)
{
    const fake_curl *f = easy;
    va_list args;

    va_start(args, info);
    if (info == CURLINFO_RESPONSE_CODE)
        *va_arg(args, long *) = f->reply.status;
    else if (info == CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)
        *va_arg(args, curl_off_t *) = f->length;
    else
        abort();
    va_end(args);
    return CURLE_OK;
}

/* ---- the request -----------------------------------------------------------
 */

/* A header without a value is one that the library leaves out. */
static void write_head(nf_buffer *out, const options *o)
{
    const char *path = strstr(o->url, "//");

    path = path ? strchr(path + 2, '/') : NULL;
    if (!path || !o->header || !o->body || !o->connected)
        abort();
    nf_buffer_format(out, "%s %s\n",
                     o->no_body  ? "HEAD"
                     : o->method ? o->method
                                 : "GET",
                     path);
    for (const struct curl_slist *h = o->headers; h; h = h->next)
        if (h->data[strcspn(h->data, ":")] &&
            h->data[strlen(h->data) - 1] != ':')
            nf_buffer_format(out, "%s\n", h->data);
    if (o->range[0])
        nf_buffer_format(out, "Range: bytes=%s\n", o->range);
    if (o->post)
        nf_buffer_format(out, "Content-Length: %lld\n", (long long)o->size);
}

static void finish(fake_curl *f, CURLcode result)
{
    f->done = true;
    f->result = result;
}

/* The lines as the library hands them out: not ended, one after the other. */
static void give_header(fake_curl *f, const char *line, size_t length)
{
    char *copy = malloc(length ? length : 1);
    size_t took;

    if (!copy)
        abort();
    memcpy(copy, line, length);
    if (length > 15 && !strncasecmp(line, "Content-Length:", 15))
        f->length = strtoll(line + 15, NULL, 10);
    took = f->o.header(copy, 1, length, f->o.header_user);
    free(copy);
    if (took != length)
        finish(f, CURLE_WRITE_ERROR);
}

static void give_head(fake_curl *f)
{
    const char *at = f->reply.head.data;
    size_t left = f->reply.head.length;

    if (f->o.connected(f->o.connected_user, NULL, NULL, 0, 0) !=
        CURL_PREREQFUNC_OK)
        abort();
    give_header(f, "HTTP/1.1 200 OK\r\n", 17);
    while (left > 0 && !f->done) {
        const char *end = memchr(at, '\n', left);
        size_t length = end ? (size_t)(end + 1 - at) : left;

        give_header(f, at, length);
        at += length;
        left -= length;
    }
    /* No more of a body than is announced. */
    if (f->length < 0)
        f->length = -1;
    else if ((curl_off_t)f->reply.body.length > f->length)
        f->reply.body.length = (size_t)f->length;
    if (f->o.no_body)
        f->reply.body.length = 0;
}

static void begin(fake_curl *f)
{
    fake_asked asked = {.body = f->o.bytes, .size = (size_t)f->o.size};

    nf_buffer_init(&asked.head, HEAD_MAX);
    nf_buffer_init(&f->reply.head, HEAD_MAX);
    nf_buffer_init(&f->reply.body, BODY_MAX);
    write_head(&asked.head, &f->o);
    f->answer(f->user, &asked, &f->reply);
    nf_buffer_dispose(&asked.head);
    f->begun = true;
    if (f->reply.status == 0)
        finish(f, CURLE_GOT_NOTHING);
    else
        give_head(f);
}

/* ---- the reply -------------------------------------------------------------
 */

static void give_piece(fake_curl *f)
{
    size_t left = f->reply.body.length - f->at;
    size_t room = f->reply.piece ? f->reply.piece : ROOM;
    size_t size = left < room ? left : room, took;
    char *copy;

    if (size == 0) {
        bool short_of = f->length > (curl_off_t)f->at && !f->o.no_body;
        finish(f, f->reply.cut ? CURLE_RECV_ERROR
                  : short_of   ? CURLE_PARTIAL_FILE
                               : CURLE_OK);
        return;
    }
    copy = malloc(size);
    if (!copy)
        abort();
    memcpy(copy, f->reply.body.data + f->at, size);
    took = f->o.body(copy, 1, size, f->o.body_user);
    free(copy);
    if (took == CURL_WRITEFUNC_PAUSE)
        f->paused = true;
    else if (took != size)
        finish(f, CURLE_WRITE_ERROR);
    else
        f->at += size;
}

static CURLMcode multi_perform(CURLM *multi, int *running)
{
    fake_curl *f = multi;

    if (!f->added)
        abort();
    if (!f->begun)
        begin(f);
    else if (!f->done && !f->paused)
        give_piece(f);
    *running = !f->done;
    return CURLM_OK;
}

static CURLMcode multi_poll(CURLM *multi, struct curl_waitfd extra[],
                            unsigned count, int timeout_ms, int *ready)
{
    (void)multi;
    (void)extra;
    (void)timeout_ms;
    if (count || ready)
        abort();
    return CURLM_OK;
}

static CURLMcode multi_timeout(CURLM *multi, long *timeout_ms)
{
    (void)multi;
    *timeout_ms = 0;
    return CURLM_OK;
}

static CURLMcode multi_fdset(CURLM *multi, fd_set *reads, fd_set *writes,
                             fd_set *errors, int *highest)
{
    (void)multi;
    (void)reads;
    (void)writes;
    (void)errors;
    *highest = -1;
    return CURLM_OK;
}

static CURLMsg *multi_info_read(CURLM *multi, int *left)
{
    fake_curl *f = multi;

    *left = 0;
    if (!f->done || f->told)
        return NULL;
    f->told = true;
    f->message = (CURLMsg){.msg = CURLMSG_DONE, .easy_handle = f};
    f->message.data.result = f->result;
    return &f->message;
}

static CURLcode easy_pause(CURL *easy, int actions)
{
    if (actions != CURLPAUSE_CONT)
        abort();
    ((fake_curl *)easy)->paused = false;
    return CURLE_OK;
}

void fake_curl_use(nf_curl *curl, CURL **easy, CURLM **multi,
                   fake_answer_fn answer, void *user)
{
    *curl = (nf_curl){.library = &it,
                      .easy_setopt = easy_setopt,
                      .easy_getinfo = easy_getinfo,
                      .easy_pause = easy_pause,
                      .easy_cleanup = easy_cleanup,
                      .easy_reset = easy_reset,
                      .easy_strerror = easy_strerror,
                      .multi_add_handle = multi_add,
                      .multi_remove_handle = multi_remove,
                      .multi_perform = multi_perform,
                      .multi_poll = multi_poll,
                      .multi_fdset = multi_fdset,
                      .multi_timeout = multi_timeout,
                      .multi_info_read = multi_info_read,
                      .multi_cleanup = multi_cleanup,
                      .slist_append = slist_append,
                      .slist_free_all = slist_free_all};
    if (it.added)
        abort();
    it.answer = answer;
    it.user = user;
    *easy = *multi = &it;
}
