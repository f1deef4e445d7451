/* See open_server.h. */
#include "open_server.h"

#include "fuzz.h"

void fuzz_open_server(fuzz_server *out)
{
    static int64_t now = 1700000000000;
    nf_server_options options = {.clock = nf_clock_fixed(&now),
                                 .random = &out->random};
    nf_http *http = &out->http;
    nf_http_limits *limits = &http->options.limits;

    nf_random_seed(&out->random, 1);
    if (nf_model_open(&out->model, NF_SOURCE_DIR "/tests/unit/server/shop.xml",
                      NULL) != NF_OK)
        abort();
    options.model = out->model;
    if (nf_server_open(&out->server, &options, NULL) != NF_OK)
        abort();
    *limits = nf_http_default_limits();
    limits->rate = limits->burst = 1000 * 1000 * 1000;
    http->options.server = out->server;
    http->socket = http->wake = -1;
    http->load = nf_http_load_new(limits);
    http->connections = nf_http_connections_new(limits->connections,
                                                limits->idle_s, NULL, NULL);
    http->sizes = nf_http_sizes_new();
    if (!http->load || !http->connections || !http->sizes)
        abort();
    fake_mhd(&http->mhd);
}
