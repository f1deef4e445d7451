/* libzip, loaded when it is first needed. Only package.c includes it. */
#ifndef NF_MODELS_PACKAGE_ZIP_H
#define NF_MODELS_PACKAGE_ZIP_H

#include <stdbool.h>
#include <zip.h>

/* The functions that are used, by their names there. */
typedef struct nf_zip {
    void *library;
    zip_t *(*open)(const char *path, int flags, int *code);
    void (*discard)(zip_t *archive);
    zip_int64_t (*get_num_entries)(zip_t *archive, zip_flags_t flags);
    int (*stat_index)(zip_t *archive, zip_uint64_t index, zip_flags_t flags,
                      zip_stat_t *info);
    zip_file_t *(*fopen_index)(zip_t *archive, zip_uint64_t index,
                               zip_flags_t flags);
    zip_int64_t (*fread)(zip_file_t *file, void *bytes, zip_uint64_t size);
    int (*fclose)(zip_file_t *file);
    const char *(*strerror)(zip_t *archive);
    const char *(*file_strerror)(zip_file_t *file);
    void (*error_init_with_code)(zip_error_t *error, int code);
    const char *(*error_strerror)(zip_error_t *error);
    void (*error_fini)(zip_error_t *error);
} nf_zip;

/* False: there is none. */
bool nf_zip_load(nf_zip *zip);
void nf_zip_unload(nf_zip *zip);

#endif
