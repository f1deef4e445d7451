/* See package_zip.h. */
#include "models/package_zip.h"

#include <dlfcn.h>

#include "base/dynamic.h"

bool nf_zip_load(nf_zip *zip)
{
    const nf_symbol symbols[] = {
        {"zip_open", &zip->open},
        {"zip_discard", &zip->discard},
        {"zip_get_num_entries", &zip->get_num_entries},
        {"zip_stat_index", &zip->stat_index},
        {"zip_fopen_index", &zip->fopen_index},
        {"zip_fread", &zip->fread},
        {"zip_fclose", &zip->fclose},
        {"zip_strerror", &zip->strerror},
        {"zip_file_strerror", &zip->file_strerror},
        {"zip_error_init_with_code", &zip->error_init_with_code},
        {"zip_error_strerror", &zip->error_strerror},
        {"zip_error_fini", &zip->error_fini},
    };

    zip->library = nf_dynamic_load("libzip.so.4", symbols,
                                   sizeof symbols / sizeof *symbols);
    return zip->library != NULL;
}

void nf_zip_unload(nf_zip *zip)
{
    if (zip->library)
        dlclose(zip->library);
    zip->library = NULL;
}
