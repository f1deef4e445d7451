/* Limits of a server that a host names by text: "limit.connections=2000". */
#include "library/serve_limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "limit.";

typedef struct limit {
    const char *name, *unit, *meaning;
    int64_t most;  /* in its unit; the least is 1 */
    int64_t scale; /* of the field, per unit */
    bool server;   /* a field of the server's options, else of HTTP's */
    bool wide;     /* an int64_t, else an int */
    size_t offset;
} limit;

#define HTTP(field)   false, false, offsetof(nf_http_limits, field)
#define BYTES(field)  false, true, offsetof(nf_http_limits, field)
#define SERVER(field) true, true, offsetof(nf_server_options, field)
#define MIB           (INT64_C(1) << 20)
#define DAY           (INT64_C(24) * 3600 * 1000)

static const limit limits[] = {
    {"bodies", "MiB", "of request bodies on their way", 1 << 20, MIB,
     BYTES(bodies)},
    {"burst", "requests", "that may come at once", 1000000, 1, HTTP(burst)},
    {"call", "seconds",
     "for the flows of a request: a microflow, or all event handlers of an "
     "upload",
     86400, 1000, SERVER(call_ms)},
    {"connections", "connections", "in a request at a time", 100000, 1,
     HTTP(connections)},
    {"idle", "seconds", "without a request, and for the head of one", 3600, 1,
     HTTP(idle_s)},
    {"memory", "MiB", "of memory for one request", 1 << 20, MIB,
     SERVER(request_bytes)},
    {"rate", "requests per second",
     "of a session, or of an address without one", 1000000, 1, HTTP(rate)},
    {"request", "seconds", "for one request, its flows included", 86400, 1000,
     SERVER(request_ms)},
    {"requests", "requests", "of a session at a time", 1000, 1, HTTP(requests)},
    {"rest", "seconds", "for all REST calls of one request", 3600, 1000,
     SERVER(rest_ms)},
    {"session", "minutes", "until a session ends that nobody uses", 525600,
     60000, SERVER(session_idle_ms)},
    {"staged", "MiB", "of a user that wait to be synchronized", 1 << 20, MIB,
     SERVER(staged_bytes)},
    {"stop", "seconds", "for requests under way when it stops", 3600, 1,
     HTTP(stop_s)},
    {"token", "days", "until a device must sign in again with a password", 3650,
     DAY, SERVER(token_ms)},
    {"user-bodies", "MiB", "of request bodies of a user on their way", 1 << 20,
     MIB, BYTES(own_bodies)},
};
enum { LIMITS = sizeof limits / sizeof *limits };

bool nf_serve_is_limit(const char *text)
{
    return !strncmp(text, prefix, sizeof prefix - 1);
}

static const limit *find(const char *text, size_t length)
{
    for (size_t i = 0; i < LIMITS; i++)
        if (strlen(limits[i].name) == length &&
            !memcmp(limits[i].name, text, length))
            return &limits[i];
    return NULL;
}

static nf_status unknown(const char *text, nf_error *err)
{
    char all[512] = "";

    for (size_t i = 0; i < LIMITS; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s",
                 i ? ", " : "", limits[i].name);
    return nf_error_set(err, NF_USAGE, "bad_option",
                        "limits are %s, with a value, not \"%.100s\"", all,
                        text);
}

nf_status nf_serve_read_limit(nf_http_limits *http, nf_server_options *server,
                              const char *text, nf_error *err)
{
    const char *name = text + sizeof prefix - 1;
    size_t length = strcspn(name, "=");
    const limit *known = find(name, length);
    const char *value = name + length + (name[length] == '=');
    char *end = NULL, *to;
    long long number;

    if (!known)
        return unknown(text, err);
    errno = 0;
    number = strtoll(value, &end, 10);
    if (errno || end == value || *end || number < 1 || number > known->most)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "limit.%s is a number of %s %s, from 1 to %lld, "
                            "not \"%.100s\"",
                            known->name, known->unit, known->meaning,
                            (long long)known->most, value);
    to = (known->server ? (char *)server : (char *)http) + known->offset;
    if (known->wide) {
        int64_t wide = number * known->scale;
        memcpy(to, &wide, sizeof wide);
    } else {
        int narrow = (int)(number * known->scale);
        memcpy(to, &narrow, sizeof narrow);
    }
    return NF_OK;
}
