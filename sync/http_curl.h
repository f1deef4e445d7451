/* libcurl, loaded when it is first needed: linking it would cost every start
 * of the program several milliseconds. transport_http.c and REST calls
 * of microflows (server/rest.c) include it. */
#ifndef NF_SYNC_HTTP_CURL_H
#define NF_SYNC_HTTP_CURL_H

#include "base/error.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

/* The functions that are used, by their names there. */
typedef struct nf_curl {
    void *library; /* stays loaded: its global state has no safe end */
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
    CURLcode (*easy_pause)(CURL *easy, int actions);
    void (*easy_cleanup)(CURL *easy);
    void (*easy_reset)(CURL *easy);
    const char *(*easy_strerror)(CURLcode code);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_add_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_perform)(CURLM *multi, int *running);
    CURLMcode (*multi_poll)(CURLM *multi, struct curl_waitfd extra[],
                            unsigned int count, int timeout_ms, int *ready);
    CURLMcode (*multi_fdset)(CURLM *multi, fd_set *reads, fd_set *writes,
                             fd_set *errors, int *highest);
    CURLMcode (*multi_timeout)(CURLM *multi, long *timeout_ms);
    CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
    CURLMcode (*multi_cleanup)(CURLM *multi);
    struct curl_slist *(*slist_append)(struct curl_slist *list,
                                       const char *text);
    void (*slist_free_all)(struct curl_slist *list);
} nf_curl;

/* Loads it if it is not loaded; false: there is none. */
bool nf_curl_load(nf_curl *curl);

#endif
