/* The functions of libpq that nanoflow calls, loaded when the first database of
 * PostgreSQL is opened.
 *
 *     nf_libpq()->PQstatus(connection)
 */
#ifndef NF_DATABASE_LIBPQ_H
#define NF_DATABASE_LIBPQ_H

#include <libpq-fe.h>
#include <stdbool.h>

#define NF_LIBPQ_FUNCTIONS(F)                                                  \
    F(PQcancel)                                                                \
    F(PQclear)                                                                 \
    F(PQcmdTuples)                                                             \
    F(PQconnectdbParams)                                                       \
    F(PQconninfoFree)                                                          \
    F(PQconninfoParse)                                                         \
    F(PQconsumeInput)                                                          \
    F(PQcopyResult)                                                            \
    F(PQerrorMessage)                                                          \
    F(PQexec)                                                                  \
    F(PQexecParams)                                                            \
    F(PQexecPrepared)                                                          \
    F(PQfinish)                                                                \
    F(PQfreeCancel)                                                            \
    F(PQfreemem)                                                               \
    F(PQftype)                                                                 \
    F(PQgetCancel)                                                             \
    F(PQgetisnull)                                                             \
    F(PQgetlength)                                                             \
    F(PQgetResult)                                                             \
    F(PQgetvalue)                                                              \
    F(PQisBusy)                                                                \
    F(PQnfields)                                                               \
    F(PQntuples)                                                               \
    F(PQparameterStatus)                                                       \
    F(PQprepare)                                                               \
    F(PQreset)                                                                 \
    F(PQresultErrorField)                                                      \
    F(PQresultMemorySize)                                                      \
    F(PQresultStatus)                                                          \
    F(PQsendQueryParams)                                                       \
    F(PQsendQueryPrepared)                                                     \
    F(PQserverVersion)                                                         \
    F(PQsetNoticeProcessor)                                                    \
    F(PQsocket)                                                                \
    F(PQstatus)                                                                \
    F(PQtransactionStatus)

/* libpq has them since version 14. */
#ifdef LIBPQ_HAS_PIPELINING
#define NF_LIBPQ_PIPELINE(F)                                                   \
    F(PQenterPipelineMode)                                                     \
    F(PQexitPipelineMode)                                                      \
    F(PQpipelineSync)                                                          \
    F(PQsendPrepare)
#else
#define NF_LIBPQ_PIPELINE(F)
#endif

#define NF_LIBPQ_FIELD(name) __typeof__(name) *name;
typedef struct nf_libpq_functions {
    NF_LIBPQ_FUNCTIONS(NF_LIBPQ_FIELD)
    NF_LIBPQ_PIPELINE(NF_LIBPQ_FIELD)
} nf_libpq_functions;
#undef NF_LIBPQ_FIELD

/* Loads the library; false: the system has none that fits. Any thread. */
bool nf_libpq_load(void);
/* After that was true. */
const nf_libpq_functions *nf_libpq(void);
/* Whether the functions of pipelines are there, too. */
bool nf_libpq_pipelines(void);

#endif
