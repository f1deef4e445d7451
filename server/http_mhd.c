/* See http_mhd.h. */
#include "server/http_mhd.h"

#include "base/dynamic.h"

nf_status nf_mhd_load(nf_mhd *mhd, nf_error *err)
{
    const nf_symbol symbols[] = {
        {"MHD_start_daemon", &mhd->start_daemon},
        {"MHD_quiesce_daemon", &mhd->quiesce_daemon},
        {"MHD_stop_daemon", &mhd->stop_daemon},
        {"MHD_run", &mhd->run},
        {"MHD_get_timeout", &mhd->get_timeout},
        {"MHD_get_daemon_info", &mhd->get_daemon_info},
        {"MHD_get_connection_info", &mhd->get_connection_info},
        {"MHD_lookup_connection_value", &mhd->lookup},
        {"MHD_get_connection_values", &mhd->get_values},
        {"MHD_create_response_from_buffer", &mhd->from_buffer},
        {"MHD_create_response_from_callback", &mhd->from_callback},
        {"MHD_add_response_header", &mhd->add_header},
        {"MHD_queue_response", &mhd->queue},
        {"MHD_destroy_response", &mhd->destroy},
        {"MHD_suspend_connection", &mhd->suspend},
        {"MHD_resume_connection", &mhd->resume},
    };

    mhd->library = nf_dynamic_load("libmicrohttpd.so.12", symbols,
                                   sizeof symbols / sizeof *symbols);
    if (mhd->library)
        return NF_OK;
    return nf_error_set(err, NF_INPUT, "unreadable",
                        "libmicrohttpd.so.12 can't be loaded; it is needed to "
                        "serve HTTP");
}
