/* See fault_kind.h. */
#include "sync/fault_kind.h"

#include <string.h>

#define KIND(name, streams)                                                    \
    {                                                                          \
        "before-" name, "after-" name, "mid-" name, "mid-" name "-reply",      \
            streams                                                            \
    }
#define KIND_DOWN(name, streams)                                               \
    {                                                                          \
        "before-" name, "after-" name, NULL, "mid-" name, streams              \
    }
static const nf_fault_kind session_kind = KIND("session", false),
                          create_kind = KIND("create", false),
                          body_state_kind = KIND_DOWN("body-state", false),
                          body_kind = KIND("body", true),
                          blob_state_kind = KIND_DOWN("blob-state", false),
                          blob_kind = KIND("blob", false),
                          commit_kind = KIND("commit", false),
                          state_kind = KIND_DOWN("state", false),
                          result_kind = KIND_DOWN("result", true),
                          file_kind = KIND_DOWN("file", false),
                          ack_kind = KIND("ack", false),
                          fence_kind = KIND_DOWN("fence", false),
                          call_kind = KIND("call", false),
                          other_kind = KIND("other", false);

static bool ends(const char *path, const char *end)
{
    size_t length = strlen(path), n = strlen(end);
    return length >= n && strcmp(path + length - n, end) == 0;
}

static const nf_fault_kind *sync_kind(const nf_sync_request *request)
{
    const char *path = request->path;
    bool get = request->method == NF_SYNC_GET;

    if (ends(path, "/syncs"))
        return &create_kind;
    if (ends(path, "/body"))
        return request->method == NF_SYNC_PATCH ? &body_kind : &body_state_kind;
    if (ends(path, "/commit"))
        return &commit_kind;
    if (ends(path, "/result"))
        return &result_kind;
    if (ends(path, "/ack"))
        return &ack_kind;
    if (request->method == NF_SYNC_DELETE)
        return &fence_kind;
    return get ? &state_kind : &other_kind;
}

const nf_fault_kind *nf_fault_kind_of(const nf_sync_request *request)
{
    const char *path = request->path;
    size_t version = strlen("/sync/v1");

    if (strncmp(path, "/sync/v1", version) != 0)
        return &other_kind;
    path += version;
    if (strncmp(path, "/syncs", 6) == 0)
        return sync_kind(request);
    if (strcmp(path, "/session") == 0 && request->method == NF_SYNC_POST)
        return &session_kind;
    if (strncmp(path, "/blobs/", 7) == 0)
        return request->method == NF_SYNC_PATCH ? &blob_kind : &blob_state_kind;
    if (strncmp(path, "/files/", 7) == 0)
        return &file_kind;
    if (strncmp(path, "/microflows/", 12) == 0 ||
        strncmp(path, "/objects/", 9) == 0)
        return &call_kind;
    return &other_kind;
}
