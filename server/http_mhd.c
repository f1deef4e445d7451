/* See http_mhd.h. */
#include "server/http_mhd.h"

#include <dlfcn.h>
#include <string.h>

static bool find(void *library, const char *name, void *slot)
{
    void *symbol = dlsym(library, name);
    memcpy(slot, &symbol, sizeof symbol); /* ISO C has no such cast */
    return symbol != NULL;
}

static bool find_all(nf_mhd *m)
{
    const struct {
        const char *name;
        void *slot;
    } symbols[] = {
        {"MHD_start_daemon", &m->start_daemon},
        {"MHD_quiesce_daemon", &m->quiesce_daemon},
        {"MHD_stop_daemon", &m->stop_daemon},
        {"MHD_run", &m->run},
        {"MHD_get_timeout", &m->get_timeout},
        {"MHD_get_daemon_info", &m->get_daemon_info},
        {"MHD_get_connection_info", &m->get_connection_info},
        {"MHD_lookup_connection_value", &m->lookup},
        {"MHD_get_connection_values", &m->get_values},
        {"MHD_create_response_from_buffer", &m->from_buffer},
        {"MHD_create_response_from_callback", &m->from_callback},
        {"MHD_add_response_header", &m->add_header},
        {"MHD_queue_response", &m->queue},
        {"MHD_destroy_response", &m->destroy},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        if (!find(m->library, symbols[i].name, symbols[i].slot))
            return false;
    }
    return true;
}

nf_status nf_mhd_load(nf_mhd *mhd, nf_error *err)
{
    mhd->library = dlopen("libmicrohttpd.so.12", RTLD_NOW | RTLD_LOCAL);
    if (mhd->library && find_all(mhd))
        return NF_OK;
    if (mhd->library)
        dlclose(mhd->library);
    mhd->library = NULL;
    return nf_error_set(err, NF_INPUT, "unreadable",
                        "libmicrohttpd.so.12 can't be loaded; it is needed to "
                        "serve HTTP");
}
