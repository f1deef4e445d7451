/* Limits of `nanoflow serve` by name (docs/serve.md). */
#ifndef NF_LIBRARY_SERVE_LIMITS_H
#define NF_LIBRARY_SERVE_LIMITS_H

#include "server/http.h"

/* Whether a setting is one: "limit.NAME=VALUE". */
bool nf_serve_is_limit(const char *text);
/* Puts its value where it belongs. NF_USAGE: no such limit, no such value. */
nf_status nf_serve_read_limit(nf_http_limits *http, nf_server_options *server,
                              const char *text, nf_error *err);

#endif
