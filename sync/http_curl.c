/* See http_curl.h. */
#include "sync/http_curl.h"

#include <dlfcn.h>

#include "base/dynamic.h"

bool nf_curl_load(nf_curl *curl)
{
    const nf_symbol symbols[] = {
        {"curl_global_init", &curl->global_init},
        {"curl_easy_init", &curl->easy_init},
        {"curl_easy_setopt", &curl->easy_setopt},
        {"curl_easy_getinfo", &curl->easy_getinfo},
        {"curl_easy_pause", &curl->easy_pause},
        {"curl_easy_cleanup", &curl->easy_cleanup},
        {"curl_easy_reset", &curl->easy_reset},
        {"curl_easy_strerror", &curl->easy_strerror},
        {"curl_multi_init", &curl->multi_init},
        {"curl_multi_add_handle", &curl->multi_add_handle},
        {"curl_multi_remove_handle", &curl->multi_remove_handle},
        {"curl_multi_perform", &curl->multi_perform},
        {"curl_multi_poll", &curl->multi_poll},
        {"curl_multi_fdset", &curl->multi_fdset},
        {"curl_multi_timeout", &curl->multi_timeout},
        {"curl_multi_info_read", &curl->multi_info_read},
        {"curl_multi_cleanup", &curl->multi_cleanup},
        {"curl_slist_append", &curl->slist_append},
        {"curl_slist_free_all", &curl->slist_free_all},
    };

    if (curl->library)
        return true;
    curl->library = nf_dynamic_load("libcurl.so.4", symbols,
                                    sizeof symbols / sizeof *symbols);
    if (!curl->library || curl->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        return curl->library != NULL;
    dlclose(curl->library);
    curl->library = NULL;
    return false;
}
