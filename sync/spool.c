/* See spool.h. The file is unlinked at once: it disappears with the process,
 * whatever happens. */
#include "sync/spool.h"

#include "base/memory.h"
#include "base/crypto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY_MAX = 4 << 20 };

struct nf_spool {
    int fd; /* -1: still in memory */
    uint8_t *memory;
    size_t capacity;
    int64_t size;
    nf_faults *faults;
    const char *point;
};

nf_spool *nf_spool_new(void)
{
    nf_spool *spool = nf_alloc(sizeof *spool);
    if (spool)
        spool->fd = -1;
    return spool;
}

void nf_spool_free(nf_spool *spool)
{
    if (!spool)
        return;
    if (spool->fd >= 0)
        close(spool->fd);
    nf_free(spool->memory);
    nf_free(spool);
}

void nf_spool_set_faults(nf_spool *spool, nf_faults *faults, const char *point)
{
    spool->faults = faults;
    spool->point = point;
}

int64_t nf_spool_size(const nf_spool *spool)
{
    return spool->size;
}

static nf_status storage_error(nf_error *err)
{
    return nf_error_set(err, NF_FAILED, "SYNC_LOCAL_STORAGE",
                        "The local database could not be updated "
                        "(SYNC_LOCAL_STORAGE): a temporary file: %s",
                        strerror(errno));
}

static nf_status write_all(int fd, const void *bytes, size_t size,
                           int64_t offset, nf_error *err)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t n = pwrite(fd, at, size, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return storage_error(err);
        at += n;
        offset += n;
        size -= (size_t)n;
    }
    return NF_OK;
}

static nf_status move_to_file(nf_spool *spool, nf_error *err)
{
    const char *folder = getenv("TMPDIR");
    char path[512];
    nf_status status;

    if (!folder || strlen(folder) > 400)
        folder = "/tmp";
    snprintf(path, sizeof path, "%s/nanoflow-XXXXXX", folder);
    spool->fd = mkstemp(path);
    if (spool->fd < 0)
        return storage_error(err);
    unlink(path);
    status = write_all(spool->fd, spool->memory, (size_t)spool->size, 0, err);
    nf_free(spool->memory);
    spool->memory = NULL;
    spool->capacity = 0;
    return status;
}

static nf_status write_memory(nf_spool *spool, const void *bytes, size_t size,
                              nf_error *err)
{
    size_t need = (size_t)spool->size + size;
    if (need > spool->capacity) {
        size_t capacity = spool->capacity ? spool->capacity : 4096;
        uint8_t *grown;
        while (capacity < need)
            capacity *= 2;
        grown = nf_realloc_array(spool->memory, capacity, 1);
        if (!grown)
            return nf_error_nomem(err);
        spool->memory = grown;
        spool->capacity = capacity;
    }
    memcpy(spool->memory + spool->size, bytes, size);
    return NF_OK;
}

nf_status nf_spool_write(nf_spool *spool, const void *bytes, size_t size,
                         nf_error *err)
{
    nf_status status = NF_OK;

    if (size == 0)
        return NF_OK;
    errno = spool->faults ? nf_fault_write(spool->faults, spool->point) : 0;
    if (errno)
        return storage_error(err);
    if (spool->fd < 0 && size > (size_t)(MEMORY_MAX - spool->size))
        status = move_to_file(spool, err);
    if (status == NF_OK)
        status = spool->fd >= 0
                     ? write_all(spool->fd, bytes, size, spool->size, err)
                     : write_memory(spool, bytes, size, err);
    if (status == NF_OK)
        spool->size += (int64_t)size;
    return status;
}

nf_status nf_spool_read(nf_spool *spool, int64_t offset, void *bytes,
                        size_t *size, nf_error *err)
{
    size_t done = 0;

    if (offset < 0 || offset >= spool->size)
        *size = 0;
    else if ((int64_t)*size > spool->size - offset)
        *size = (size_t)(spool->size - offset);
    if (*size == 0)
        return NF_OK;
    if (spool->fd < 0) {
        memcpy(bytes, spool->memory + offset, *size);
        return NF_OK;
    }
    while (done < *size) {
        ssize_t n = pread(spool->fd, (char *)bytes + done, *size - done,
                          offset + (int64_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return storage_error(err);
        done += (size_t)n;
    }
    return NF_OK;
}

const void *nf_spool_view(const nf_spool *spool, int64_t offset, size_t *size)
{
    int64_t rest = spool->size - offset;

    if (spool->fd >= 0 || offset < 0 || rest <= 0)
        return NULL;
    if ((int64_t)*size > rest)
        *size = (size_t)rest;
    return spool->memory + offset;
}

nf_status nf_spool_clear(nf_spool *spool, nf_error *err)
{
    spool->size = 0;
    if (spool->fd >= 0 && ftruncate(spool->fd, 0) != 0)
        return storage_error(err);
    return NF_OK;
}

nf_status nf_spool_digest(nf_spool *spool, uint8_t digest[32], nf_error *err)
{
    EVP_MD_CTX *context = nf_crypto_digest();
    uint8_t bytes[16384];
    int64_t offset = 0;
    nf_status status = NF_OK;

    if (!context || nf_crypto()->EVP_DigestInit_ex(
                        context, nf_crypto()->EVP_sha256(), NULL) != 1)
        status = nf_error_nomem(err);
    while (status == NF_OK && offset < spool->size) {
        size_t size = sizeof bytes;
        status = nf_spool_read(spool, offset, bytes, &size, err);
        if (status == NF_OK &&
            nf_crypto()->EVP_DigestUpdate(context, bytes, size) != 1)
            status = nf_error_nomem(err);
        offset += (int64_t)size;
    }
    if (status == NF_OK &&
        nf_crypto()->EVP_DigestFinal_ex(context, digest, NULL) != 1)
        status = nf_error_nomem(err);
    nf_crypto_free(context);
    return status;
}

nf_status nf_spool_sink(void *spool, const void *bytes, size_t size,
                        nf_error *err)
{
    return nf_spool_write(spool, bytes, size, err);
}

nf_status nf_spool_source(void *spool, int64_t offset, void *bytes,
                          size_t *size, nf_error *err)
{
    return nf_spool_read(spool, offset, bytes, size, err);
}
