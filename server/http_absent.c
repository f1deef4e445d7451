/* The functions of http.h in a build without NF_HTTP_SERVER. */
#include "server/http.h"

static nf_status absent(nf_error *err)
{
    return nf_error_set(err, NF_USAGE, "unsupported",
                        "this build can't serve HTTP");
}

nf_status nf_http_new(nf_http **out, const nf_http_options *options,
                      nf_error *err)
{
    (void)options;
    *out = NULL;
    return absent(err);
}

void nf_http_free(nf_http *http)
{
    (void)http;
}

const char *nf_http_address(const nf_http *http)
{
    (void)http;
    return "";
}

nf_status nf_http_step(nf_http *http, int timeout_ms, nf_error *err)
{
    (void)http;
    (void)timeout_ms;
    (void)err;
    return NF_OK;
}

size_t nf_http_watch(nf_http *http, nf_watch *watches, size_t room,
                     int *timeout_ms)
{
    (void)http;
    (void)watches;
    (void)room;
    *timeout_ms = -1;
    return 0;
}

void nf_http_stop(nf_http *http)
{
    (void)http;
}

nf_status nf_http_loopback(nf_sync_transport **out, nf_server *server,
                           nf_clock clock, nf_error *err)
{
    (void)server;
    (void)clock;
    *out = NULL;
    return absent(err);
}
