/* libmicrohttpd, loaded when a server starts: linking it (and the TLS library
 * behind it) would cost every start of the program several milliseconds. Only
 * the http files of this folder include it. */
#ifndef NF_SERVER_HTTP_MHD_H
#define NF_SERVER_HTTP_MHD_H

#include "base/error.h"

#include <microhttpd.h>

/* The functions that are used, by their names there. */
typedef struct nf_mhd {
    void *library; /* stays loaded */
    struct MHD_Daemon *(*start_daemon)(unsigned int flags, uint16_t port,
                                       MHD_AcceptPolicyCallback accept,
                                       void *accept_user,
                                       MHD_AccessHandlerCallback handler,
                                       void *handler_user, ...);
    MHD_socket (*quiesce_daemon)(struct MHD_Daemon *daemon);
    void (*stop_daemon)(struct MHD_Daemon *daemon);
    enum MHD_Result (*run)(struct MHD_Daemon *daemon);
    enum MHD_Result (*get_timeout)(struct MHD_Daemon *daemon,
                                   MHD_UNSIGNED_LONG_LONG *timeout);
    const union MHD_DaemonInfo *(*get_daemon_info)(struct MHD_Daemon *daemon,
                                                   enum MHD_DaemonInfoType type,
                                                   ...);
    const union MHD_ConnectionInfo *(*get_connection_info)(
        struct MHD_Connection *connection, enum MHD_ConnectionInfoType type,
        ...);
    const char *(*lookup)(struct MHD_Connection *connection,
                          enum MHD_ValueKind kind, const char *key);
    int (*get_values)(struct MHD_Connection *connection,
                      enum MHD_ValueKind kind, MHD_KeyValueIterator iterator,
                      void *user);
    struct MHD_Response *(*from_buffer)(size_t size, void *buffer,
                                        enum MHD_ResponseMemoryMode mode);
    struct MHD_Response *(*from_callback)(
        uint64_t size, size_t block, MHD_ContentReaderCallback read, void *user,
        MHD_ContentReaderFreeCallback free_user);
    enum MHD_Result (*add_header)(struct MHD_Response *response,
                                  const char *name, const char *value);
    enum MHD_Result (*queue)(struct MHD_Connection *connection,
                             unsigned int status,
                             struct MHD_Response *response);
    void (*destroy)(struct MHD_Response *response);
    void (*suspend)(struct MHD_Connection *connection);
    void (*resume)(struct MHD_Connection *connection);
} nf_mhd;

/* NF_INPUT: there is none on this machine. */
nf_status nf_mhd_load(nf_mhd *mhd, nf_error *err);

#endif
