/* See http_curl.h. */
#include "sync/http_curl.h"

#include <dlfcn.h>
#include <string.h>

static bool find(void *library, const char *name, void *slot)
{
    void *symbol = dlsym(library, name);
    memcpy(slot, &symbol, sizeof symbol); /* ISO C has no such cast */
    return symbol != NULL;
}

static bool find_all(nf_curl *c)
{
    const struct {
        const char *name;
        void *slot;
    } symbols[] = {
        {"curl_global_init", &c->global_init},
        {"curl_easy_init", &c->easy_init},
        {"curl_easy_setopt", &c->easy_setopt},
        {"curl_easy_getinfo", &c->easy_getinfo},
        {"curl_easy_pause", &c->easy_pause},
        {"curl_easy_cleanup", &c->easy_cleanup},
        {"curl_easy_reset", &c->easy_reset},
        {"curl_easy_strerror", &c->easy_strerror},
        {"curl_multi_init", &c->multi_init},
        {"curl_multi_add_handle", &c->multi_add_handle},
        {"curl_multi_remove_handle", &c->multi_remove_handle},
        {"curl_multi_perform", &c->multi_perform},
        {"curl_multi_poll", &c->multi_poll},
        {"curl_multi_info_read", &c->multi_info_read},
        {"curl_multi_cleanup", &c->multi_cleanup},
        {"curl_slist_append", &c->slist_append},
        {"curl_slist_free_all", &c->slist_free_all},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        if (!find(c->library, symbols[i].name, symbols[i].slot))
            return false;
    }
    return true;
}

bool nf_curl_load(nf_curl *curl)
{
    if (curl->library)
        return true;
    curl->library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (curl->library && find_all(curl) &&
        curl->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        return true;
    if (curl->library)
        dlclose(curl->library);
    curl->library = NULL;
    return false;
}
