/* See blobs.h. */
#include "server/blobs.h"

#include "server/chunks.h"

#include "base/memory.h"
#include "sync/spool.h"
#include "base/crypto.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct memory_blob {
    nf_blob_name name;
    nf_spool *spool;
} memory_blob;

struct nf_blobs {
    char *folder; /* NULL: in memory */
    int fd;       /* of the folder; -1: in memory */
    nf_chunks *chunks;
    memory_blob *items;
    size_t count, capacity;
    nf_faults *faults;
};

/* ---- names --------------------------------------------------------------- */

static nf_blob_name make_name(const char *kind, const uint8_t *bytes,
                              size_t size)
{
    nf_blob_name name;
    char hex[NF_SHA256_TEXT];

    nf_hex(hex, bytes, size);
    snprintf(name.text, sizeof name.text, "%s-%.64s", kind, hex);
    return name;
}

nf_blob_name nf_blob_name_body(const nf_sync_id *id)
{
    return make_name("body", id->bytes, sizeof id->bytes);
}

nf_blob_name nf_blob_name_result(const nf_sync_id *id, const uint8_t tag[16])
{
    nf_blob_name name = make_name("result", id->bytes, sizeof id->bytes);
    size_t used = strlen(name.text);

    if (tag) {
        name.text[used] = '-';
        nf_hex(name.text + used + 1, tag, 16);
    }
    return name;
}

nf_blob_name nf_blob_name_content(const uint8_t sha[NF_SHA256_SIZE])
{
    return make_name("content", sha, NF_SHA256_SIZE);
}

nf_blob_name nf_blob_name_part(const uint8_t sha[NF_SHA256_SIZE], int64_t user)
{
    nf_blob_name name = make_name("part", sha, NF_SHA256_SIZE);
    size_t used = strlen(name.text);

    snprintf(name.text + used, sizeof name.text - used, "-%lld",
             (long long)user);
    return name;
}

/* ---- opening ------------------------------------------------------------- */

static nf_status storage_error(const nf_blobs *blobs, const char *doing,
                               nf_error *err)
{
    int code = errno;

    return nf_error_set(
        err, NF_FAILED,
        code == ENOSPC || code == EDQUOT || code == EFBIG ? "disk_full"
                                                          : "storage",
        "cannot %s in \"%s\": %s", doing,
        blobs->folder ? blobs->folder : "a temporary file", strerror(code));
}

static nf_status open_folder(nf_blobs *blobs, const char *database,
                             nf_error *err)
{
    size_t size = strlen(database) + sizeof "-files";

    blobs->folder = nf_alloc(size);
    if (!blobs->folder)
        return nf_error_nomem(err);
    snprintf(blobs->folder, size, "%s-files", database);
    if (mkdir(blobs->folder, 0700) != 0 && errno != EEXIST)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "the folder \"%s\" cannot be made: %s",
                            blobs->folder, strerror(errno));
    blobs->fd = open(blobs->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (blobs->fd < 0)
        return nf_error_set(err, NF_INPUT, "db_error",
                            "the folder \"%s\" cannot be opened: %s",
                            blobs->folder, strerror(errno));
    flock(blobs->fd, LOCK_SH); /* nf_blobs_alone */
    return NF_OK;
}

nf_status nf_blobs_open(nf_blobs **out, const char *database, nf_faults *faults,
                        nf_error *err)
{
    nf_blobs *blobs = nf_alloc(sizeof *blobs);
    nf_status status = NF_OK;

    *out = NULL;
    if (!blobs)
        return nf_error_nomem(err);
    blobs->fd = -1;
    blobs->faults = faults;
    if (strcmp(database, ":memory:") != 0)
        status = open_folder(blobs, database, err);
    if (status != NF_OK) {
        nf_blobs_close(blobs);
        return status;
    }
    *out = blobs;
    return NF_OK;
}

nf_status nf_blobs_open_shared(nf_blobs **out, const nf_database *database,
                               nf_faults *faults, nf_error *err)
{
    nf_blobs *blobs = nf_alloc(sizeof *blobs);
    nf_status status;

    *out = NULL;
    if (!blobs)
        return nf_error_nomem(err);
    blobs->fd = -1;
    blobs->faults = faults;
    status = nf_chunks_open(&blobs->chunks, database, err);
    if (status != NF_OK) {
        nf_blobs_close(blobs);
        return status;
    }
    *out = blobs;
    return NF_OK;
}

void nf_blobs_close(nf_blobs *blobs)
{
    if (!blobs)
        return;
    nf_chunks_close(blobs->chunks);
    for (size_t i = 0; i < blobs->count; i++)
        nf_spool_free(blobs->items[i].spool);
    if (blobs->fd >= 0)
        close(blobs->fd);
    nf_free(blobs->items);
    nf_free(blobs->folder);
    nf_free(blobs);
}

/* Whoever has the folder open has a shared lock on it, but for the moment
 * between the two calls: of two who ask at once, one is sure to be told. */
bool nf_blobs_alone(nf_blobs *blobs)
{
    bool alone;

    if (blobs->chunks)
        return false;
    if (blobs->fd < 0)
        return true;
    alone = flock(blobs->fd, LOCK_EX | LOCK_NB) == 0;
    return flock(blobs->fd, LOCK_SH) == 0 && alone;
}

/* ---- in memory ------------------------------------------------------------
 */

static memory_blob *find_memory(nf_blobs *blobs, const nf_blob_name *name)
{
    for (size_t i = 0; i < blobs->count; i++) {
        if (!strcmp(blobs->items[i].name.text, name->text))
            return &blobs->items[i];
    }
    return NULL;
}

static memory_blob *add_memory(nf_blobs *blobs, const nf_blob_name *name,
                               nf_error *err)
{
    memory_blob *grown =
        nf_grow(blobs->items, blobs->count, &blobs->capacity, sizeof *grown);

    if (grown) {
        blobs->items = grown;
        grown[blobs->count] = (memory_blob){*name, nf_spool_new()};
        if (grown[blobs->count].spool)
            return &grown[blobs->count++];
    }
    nf_error_nomem(err);
    return NULL;
}

static void remove_memory(nf_blobs *blobs, memory_blob *blob)
{
    if (!blob)
        return;
    nf_spool_free(blob->spool);
    *blob = blobs->items[--blobs->count];
}

static nf_status append_memory(nf_blobs *blobs, const nf_blob_name *name,
                               int64_t offset, const void *bytes, size_t size,
                               nf_error *err)
{
    memory_blob *blob = find_memory(blobs, name);
    nf_error problem = {0};
    nf_status status;

    if (offset != (blob ? nf_spool_size(blob->spool) : 0))
        return nf_error_set(err, NF_FAILED, "wrong_offset",
                            "the offset is not the end");
    if (!blob)
        blob = add_memory(blobs, name, err);
    if (!blob)
        return NF_NOMEM;
    status = nf_spool_write(blob->spool, bytes, size, &problem);
    if (status == NF_FAILED)
        return storage_error(blobs, "write", err);
    return status == NF_OK ? NF_OK : nf_error_nomem(err);
}

/* ---- files ----------------------------------------------------------------
 */

/* -1 with errno; ENOENT where there is none. */
static int open_file(const nf_blobs *blobs, const nf_blob_name *name, int flags)
{
    return openat(blobs->fd, name->text, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static bool write_all(int fd, const void *bytes, size_t size, int64_t offset)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t n = pwrite(fd, at, size, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = ENOSPC;
        if (n <= 0)
            return false;
        at += n;
        offset += n;
        size -= (size_t)n;
    }
    return true;
}

static nf_status append_file(nf_blobs *blobs, const nf_blob_name *name,
                             int64_t offset, const void *bytes, size_t size,
                             nf_error *err)
{
    int fd = open_file(blobs, name, O_RDWR | (offset == 0 ? O_CREAT : 0));
    struct stat info;
    nf_status status = NF_OK;

    if (fd < 0 && errno == ENOENT)
        return nf_error_set(err, NF_FAILED, "wrong_offset",
                            "the offset is not the end");
    /* Another process of the same database may append as well. */
    if (fd < 0 || flock(fd, LOCK_EX) != 0 || fstat(fd, &info) != 0)
        status = storage_error(blobs, "open a file", err);
    else if (info.st_size != offset)
        status = nf_error_set(err, NF_FAILED, "wrong_offset",
                              "the offset is not the end");
    else if (!write_all(fd, bytes, size, offset)) {
        status = storage_error(blobs, "write a file", err);
        if (ftruncate(fd, offset) != 0) /* what is there counts (W40) */
            errno = 0;
    }
    if (fd >= 0)
        close(fd);
    return status;
}

static nf_status read_file(nf_blobs *blobs, const nf_blob_name *name,
                           int64_t offset, void *bytes, size_t *size,
                           nf_error *err)
{
    int fd = open_file(blobs, name, O_RDONLY);
    size_t done = 0;
    nf_status status = NF_OK;

    if (fd < 0 && errno == ENOENT) {
        *size = 0;
        return NF_OK;
    }
    if (fd < 0)
        return storage_error(blobs, "read a file", err);
    while (done < *size) {
        ssize_t n = pread(fd, (char *)bytes + done, *size - done,
                          offset + (int64_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            status = storage_error(blobs, "read a file", err);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    close(fd);
    *size = done;
    return status;
}

/* The plan of faults before a change of the bytes. */
static nf_status meet_write(const nf_blobs *blobs, nf_error *err)
{
    errno = nf_fault_write(blobs->faults, "server-write");
    return errno ? storage_error(blobs, "write", err) : NF_OK;
}

/* ---- both ------------------------------------------------------------------
 */

nf_status nf_blob_size(nf_blobs *blobs, const nf_blob_name *name, int64_t *size,
                       nf_error *err)
{
    struct stat info;

    if (blobs->chunks)
        return nf_chunks_size(blobs->chunks, name->text, size, err);
    *size = -1;
    if (blobs->fd < 0) {
        const memory_blob *blob = find_memory(blobs, name);
        if (blob)
            *size = nf_spool_size(blob->spool);
        return NF_OK;
    }
    if (fstatat(blobs->fd, name->text, &info, AT_SYMLINK_NOFOLLOW) == 0)
        *size = info.st_size;
    else if (errno != ENOENT)
        return storage_error(blobs, "look at a file", err);
    return NF_OK;
}

nf_status nf_blob_append(nf_blobs *blobs, const nf_blob_name *name,
                         int64_t offset, const void *bytes, size_t size,
                         nf_error *err)
{
    nf_status status = meet_write(blobs, err);

    if (status != NF_OK)
        return status;
    if (blobs->chunks)
        return nf_chunks_append(blobs->chunks, name->text, offset, bytes, size,
                                err);
    return blobs->fd < 0 ? append_memory(blobs, name, offset, bytes, size, err)
                         : append_file(blobs, name, offset, bytes, size, err);
}

nf_status nf_blob_read(nf_blobs *blobs, const nf_blob_name *name,
                       int64_t offset, void *bytes, size_t *size, nf_error *err)
{
    const memory_blob *blob;

    if (offset < 0) {
        *size = 0;
        return NF_OK;
    }
    if (blobs->chunks)
        return nf_chunks_read(blobs->chunks, name->text, offset, bytes, size,
                              err);
    if (blobs->fd >= 0)
        return read_file(blobs, name, offset, bytes, size, err);
    blob = find_memory(blobs, name);
    if (!blob) {
        *size = 0;
        return NF_OK;
    }
    return nf_spool_read(blob->spool, offset, bytes, size, err);
}

nf_status nf_blob_digest(nf_blobs *blobs, const nf_blob_name *name,
                         uint8_t digest[NF_SHA256_SIZE], nf_error *err)
{
    EVP_MD_CTX *context = nf_crypto_digest();
    enum { WINDOW = 256 << 10 };
    uint8_t *bytes = nf_alloc(WINDOW);
    int64_t offset = 0;
    size_t size = WINDOW;
    nf_status status = NF_OK;

    if (!context || !bytes ||
        nf_crypto()->EVP_DigestInit_ex(context, nf_crypto()->EVP_sha256(),
                                       NULL) != 1)
        status = nf_error_nomem(err);
    while (status == NF_OK && size > 0) {
        size = WINDOW;
        status = nf_blob_read(blobs, name, offset, bytes, &size, err);
        if (status == NF_OK &&
            nf_crypto()->EVP_DigestUpdate(context, bytes, size) != 1)
            status = nf_error_nomem(err);
        offset += (int64_t)size;
    }
    if (status == NF_OK &&
        nf_crypto()->EVP_DigestFinal_ex(context, digest, NULL) != 1)
        status = nf_error_nomem(err);
    nf_crypto_free(context);
    nf_free(bytes);
    return status;
}

static nf_status rename_file(nf_blobs *blobs, const nf_blob_name *from,
                             const nf_blob_name *to, nf_error *err)
{
    int fd = open_file(blobs, from, O_RDONLY);
    bool lasting = !nf_faults_in_process(blobs->faults);
    bool ok = fd >= 0 && (!lasting || fsync(fd) == 0) &&
              renameat(blobs->fd, from->text, blobs->fd, to->text) == 0 &&
              (!lasting || fsync(blobs->fd) == 0);
    nf_status status = ok ? NF_OK : storage_error(blobs, "rename a file", err);

    if (fd >= 0)
        close(fd);
    return status;
}

nf_status nf_blob_rename(nf_blobs *blobs, const nf_blob_name *from,
                         const nf_blob_name *to, nf_error *err)
{
    memory_blob *blob;
    nf_status status = meet_write(blobs, err);

    if (status != NF_OK)
        return status;
    if (blobs->chunks)
        return nf_chunks_rename(blobs->chunks, from->text, to->text, err);
    if (blobs->fd >= 0)
        return rename_file(blobs, from, to, err);
    remove_memory(blobs, find_memory(blobs, to));
    blob = find_memory(blobs, from);
    if (!blob)
        return nf_error_set(err, NF_FAILED, "storage", "there is no '%s'",
                            from->text);
    blob->name = *to;
    return NF_OK;
}

nf_status nf_blob_remove(nf_blobs *blobs, const nf_blob_name *name,
                         nf_error *err)
{
    nf_status status = meet_write(blobs, err);

    if (status != NF_OK)
        return status;
    if (blobs->chunks)
        return nf_chunks_remove(blobs->chunks, name->text, err);
    if (blobs->fd < 0)
        remove_memory(blobs, find_memory(blobs, name));
    else if (unlinkat(blobs->fd, name->text, 0) != 0 && errno != ENOENT)
        return storage_error(blobs, "remove a file", err);
    return NF_OK;
}

static nf_status each_file(nf_blobs *blobs, nf_blob_visit each, void *user,
                           nf_error *err)
{
    int fd = openat(blobs->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *item;
    nf_status status = NF_OK;

    if (!folder) {
        status = storage_error(blobs, "look", err);
        if (fd >= 0)
            close(fd);
        return status;
    }
    while (status == NF_OK && (item = readdir(folder))) {
        nf_blob_name name;
        size_t size = strlen(item->d_name) + 1;
        /* Ours have a dash; "." and ".." have none. */
        if (!strchr(item->d_name, '-') || size > sizeof name.text)
            continue;
        memcpy(name.text, item->d_name, size);
        status = each(user, &name, err);
    }
    closedir(folder);
    return status;
}

nf_status nf_blobs_each(nf_blobs *blobs, nf_blob_visit each, void *user,
                        nf_error *err)
{
    nf_status status = NF_OK;

    if (blobs->chunks)
        return nf_chunks_each(blobs->chunks, each, user, err);
    if (blobs->fd >= 0)
        return each_file(blobs, each, user, err);
    for (size_t i = blobs->count; status == NF_OK && i-- > 0;) {
        nf_blob_name name = blobs->items[i].name;
        status = each(user, &name, err);
    }
    return status;
}

nf_status nf_blob_source(void *reader, int64_t offset, void *bytes,
                         size_t *size, nf_error *err)
{
    nf_blob_reader *source = reader;
    return nf_blob_read(source->blobs, &source->name, offset, bytes, size, err);
}

nf_status nf_blob_flush(nf_blob_writer *writer, nf_error *err)
{
    nf_status status = NF_OK;

    if (writer->buffer.failed)
        return nf_error_nomem(err);
    if (writer->buffer.length > 0 || writer->offset == 0)
        status =
            nf_blob_append(writer->blobs, &writer->name, writer->offset,
                           writer->buffer.data, writer->buffer.length, err);
    writer->offset += (int64_t)writer->buffer.length;
    nf_buffer_clear(&writer->buffer);
    return status;
}

nf_status nf_blob_sink(void *user, const void *bytes, size_t size,
                       nf_error *err)
{
    enum { GATHER = 256 << 10 };
    nf_blob_writer *writer = user;

    nf_buffer_add(&writer->buffer, bytes, size);
    return writer->buffer.length < GATHER && !writer->buffer.failed
               ? NF_OK
               : nf_blob_flush(writer, err);
}
