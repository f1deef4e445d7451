/* The contents of units: files of their own (version 2), or rows of the
 * database (version 1). The index takes a look at the head of each; whole, with
 * their hashes (MF-C8), they are read when first needed. */
#include "models/reader_mpr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/package.h"
#include "base/crypto.h"
#include "base/digest.h"

enum {
    MAX_PACKED = 1 << 30, /* all units of a package together */
    PATH_SIZE = 4096,
    NAME_SIZE = 64 /* "aa/bb/" guid ".mxunit" (MF-C5) */
};

static void unit_name(char name[NAME_SIZE], const nf_unit *unit)
{
    char *id = name + 6;

    nf_guid_text(&unit->id, id);
    memcpy(name, (char[]){id[0], id[1], '/', id[2], id[3], '/'}, 6);
    memcpy(id + NF_GUID_TEXT_SIZE - 1, ".mxunit", 8);
}

static bool unit_path(char path[PATH_SIZE], const nf_container *container,
                      const nf_unit *unit)
{
    char name[NAME_SIZE];

    unit_name(name, unit);
    return snprintf(path, PATH_SIZE, "%s/%s", container->folder, name) <
           PATH_SIZE;
}

static nf_status unreadable(const char *path, const char *why, nf_error *err)
{
    return nf_error_set(err, NF_INPUT, "bad_model", "\"%s\" can't be read: %s",
                        path, why);
}

/* ---- heads of files ------------------------------------------------------ */

typedef struct file_source {
    nf_bson_source source;
    int file;
    const char *name;
} file_source;

/* A regular file gives less than asked for at its end only. */
static long read_at(const nf_bson_source *source, void *out, size_t size,
                    size_t offset, nf_error *err)
{
    const file_source *f = (const file_source *)source;
    ssize_t got;

    do
        got = pread(f->file, out, size, (off_t)offset);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        unreadable(f->name, strerror(errno), err);
    return got;
}

/* O_NONBLOCK: a named pipe in place of the file must not hang us. */
static int open_unit(int folder, const char *path)
{
    return openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static nf_status index_file(nf_container *container, nf_unit *unit, int folder,
                            nf_error *err)
{
    char name[NAME_SIZE];
    file_source source = {.source = {read_at}, .name = name};
    nf_status status;

    unit_name(name, unit);
    source.file = open_unit(folder, name);
    unit->missing = source.file < 0 && (errno == ENOENT || errno == ENOTDIR);
    if (unit->missing)
        return NF_OK;
    if (source.file < 0)
        return unreadable(name, strerror(errno), err);
    status = nf_mpr_take_head(container, unit, &source.source, err);
    close(source.file);
    if (status == NF_INPUT)
        nf_error_at_line(err, name, 0);
    return status;
}

/* ---- heads of files in a package ------------------------------------------
 */

static nf_status index_packed(nf_container *container, nf_unit *unit,
                              nf_error *err)
{
    char path[PATH_SIZE];
    nf_bson_memory memory;
    uint8_t *bytes;
    size_t length;
    nf_status status;

    unit->missing = !unit_path(path, container, unit) ||
                    !nf_package_has(container->package, path);
    if (unit->missing)
        return NF_OK;
    status = nf_package_read(container->package, path, NF_MPR_MAX_UNIT, NULL,
                             &bytes, &length, err);
    if (status)
        return status;
    memory = nf_bson_memory_of(bytes, length);
    status = nf_mpr_take_head(container, unit, &memory.source, err);
    nf_free(bytes);
    if (status == NF_INPUT)
        nf_error_at_line(err, path, 0);
    return status;
}

/* Each is looked at, so all of them together count against bombs. */
static nf_status check_packed(const nf_container *container, nf_error *err)
{
    char path[PATH_SIZE];
    uint64_t total = 0;

    for (size_t i = 0; i < container->count; i++)
        if (unit_path(path, container, container->units[i]))
            total += nf_package_size(container->package, path);
    if (total <= MAX_PACKED)
        return NF_OK;
    return nf_error_set(err, NF_INPUT, "bad_model",
                        "the units of package \"%s\" have more than %d MiB "
                        "together; unpack it and open the folder",
                        container->path, MAX_PACKED >> 20);
}

/* ---- the index of version 2 ------------------------------------------------
 */

static void warn_missing(const nf_container *container, const nf_unit *unit)
{
    char id[NF_GUID_TEXT_SIZE], container_id[NF_GUID_TEXT_SIZE];

    nf_guid_text(&unit->id, id);
    nf_guid_text(&unit->container_id, container_id);
    nf_container_warn(container,
                      "unit %s (%s of %s) is left out: its file is not "
                      "in mprcontents",
                      id, unit->containment, container_id);
}

static nf_status index_all(nf_container *c, int folder, nf_error *err)
{
    size_t missing = 0;

    for (size_t i = 0; i < c->count; i++) {
        nf_status status = c->package
                               ? index_packed(c, c->units[i], err)
                               : index_file(c, c->units[i], folder, NULL);

        if (status == NF_INPUT && !c->package) /* just being saved? */
            status = index_file(c, c->units[i], folder, err);
        if (status)
            return status == NF_NOMEM ? nf_error_nomem(err) : status;
        if (c->units[i]->missing) {
            missing++;
            warn_missing(c, c->units[i]);
        }
    }
    if (c->count && missing == c->count)
        return nf_error_set(err, NF_INPUT, "bad_model",
                            "none of the %zu unit files of \"%s\" is in its "
                            "folder mprcontents",
                            missing, c->path);
    return NF_OK;
}

nf_status nf_mpr_index_files(nf_container *container, nf_error *err)
{
    nf_status status =
        container->package ? check_packed(container, err) : NF_OK;
    int folder;

    if (container->package)
        return status ? status : index_all(container, -1, err);
    folder = open(container->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return unreadable(container->folder, strerror(errno), err);
    status = index_all(container, folder, err);
    close(folder);
    return status;
}

/* ---- whole contents ------------------------------------------------------ */

static nf_status read_all(int file, uint8_t *bytes, size_t size,
                          const char *path, nf_error *err)
{
    size_t at = 0;

    while (at < size) {
        ssize_t got = read(file, bytes + at, size - at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return unreadable(
                path, got ? strerror(errno) : "it became shorter meanwhile",
                err);
        at += (size_t)got;
    }
    return NF_OK;
}

/* Reads a whole unit file into `arena`. *bytes NULL: it is not there. */
static nf_status read_unit_file(uint8_t **bytes, size_t *length,
                                const char *path, nf_arena *arena,
                                nf_error *err)
{
    int file = open_unit(AT_FDCWD, path);
    struct stat info;
    nf_status status;

    *bytes = NULL;
    *length = 0;
    if (file < 0 && (errno == ENOENT || errno == ENOTDIR))
        return NF_OK;
    if (file < 0)
        return unreadable(path, strerror(errno), err);
    if (fstat(file, &info) || !S_ISREG(info.st_mode) ||
        info.st_size > NF_MPR_MAX_UNIT) {
        close(file);
        return nf_error_set(err, NF_INPUT, "bad_model",
                            "\"%s\" is no file of at most %d MiB", path,
                            NF_MPR_MAX_UNIT >> 20);
    }
    *length = (size_t)info.st_size;
    *bytes = nf_arena_alloc_raw(arena, *length);
    status = *bytes ? read_all(file, *bytes, *length, path, err)
                    : nf_error_nomem(err);
    close(file);
    return status;
}

static nf_status file_bytes(const nf_container *container, const nf_unit *unit,
                            uint8_t **bytes, size_t *length, nf_arena *arena,
                            nf_error *err)
{
    char path[PATH_SIZE];

    if (!unit_path(path, container, unit))
        return nf_error_set(err, NF_INPUT, "bad_model",
                            "the path of \"%s\" is too long", container->path);
    if (container->package)
        return nf_package_read(container->package, path, NF_MPR_MAX_UNIT, arena,
                               bytes, length, err);
    return read_unit_file(bytes, length, path, arena, err);
}

static nf_status prepare_contents(const nf_container *container, nf_error *err)
{
    struct nf_mpr *mpr = container->database;

    return sqlite3_prepare_v3(mpr->db,
                              "SELECT Contents FROM Unit WHERE UnitID = ?", -1,
                              SQLITE_PREPARE_PERSISTENT, &mpr->contents, NULL)
               ? nf_mpr_failed(container, mpr->db, err)
               : NF_OK;
}

static nf_status row_bytes(const nf_container *container, const nf_unit *unit,
                           uint8_t **bytes, size_t *length, nf_arena *arena,
                           nf_error *err)
{
    struct nf_mpr *mpr = container->database;
    nf_status status = NF_OK;
    const void *stored;
    int code;

    *bytes = NULL;
    *length = 0;
    if (!mpr->contents)
        status = prepare_contents(container, err);
    if (status)
        return status;
    mpr->until = 0;
    sqlite3_bind_blob(mpr->contents, 1, unit->id.bytes, sizeof unit->id.bytes,
                      SQLITE_STATIC);
    code = sqlite3_step(mpr->contents);
    stored = code == SQLITE_ROW ? sqlite3_column_blob(mpr->contents, 0) : NULL;
    if (stored) {
        *length = (size_t)sqlite3_column_bytes(mpr->contents, 0);
        *bytes = nf_arena_alloc_raw(arena, *length);
        if (*bytes)
            memcpy(*bytes, stored, *length);
        else
            status = nf_error_nomem(err);
    } else if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = nf_mpr_failed(container, mpr->db, err);
    }
    sqlite3_reset(mpr->contents);
    return status;
}

void nf_mpr_close(nf_container *container)
{
    if (!container->database)
        return;
    sqlite3_finalize(container->database->contents);
    sqlite3_close(container->database->db);
    container->database = NULL;
}

static nf_status unit_bytes(const nf_container *container, const nf_unit *unit,
                            uint8_t **bytes, size_t *length, nf_arena *arena,
                            nf_error *err)
{
    char id[NF_GUID_TEXT_SIZE];
    nf_status status = NF_OK;

    *bytes = NULL;
    if (!unit->missing)
        status = container->database
                     ? row_bytes(container, unit, bytes, length, arena, err)
                     : file_bytes(container, unit, bytes, length, arena, err);
    if (status || *bytes)
        return status;
    nf_guid_text(&unit->id, id);
    return nf_error_set(err, NF_INPUT, "bad_model",
                        "unit %s of \"%s\" has no contents", id,
                        container->path);
}

/* Whether the bytes have the stored hash (MF-C8); an absent hash fits. */
static bool hash_fits(const nf_unit *unit, const uint8_t *bytes, size_t length)
{
    unsigned char digest[NF_DIGEST_SIZE];
    unsigned char text[2 * NF_DIGEST_SIZE];

    if (!*unit->hash)
        return true;
    if (!nf_digest(digest, bytes, length))
        return false;
    nf_crypto()->EVP_EncodeBlock(text, digest, sizeof digest);
    return strcmp((const char *)text, unit->hash) == 0;
}

static void warn(const nf_container *container, const nf_unit *unit,
                 const nf_element *element, size_t unknown)
{
    char id[NF_GUID_TEXT_SIZE];

    nf_guid_text(&unit->id, id);
    if (unknown)
        nf_container_warn(container,
                          "unit %s (%s) has %zu values of an unknown kind, "
                          "kept, but not understood",
                          id, unit->type, unknown);
    if (!nf_guid_equal(&element->id, &unit->id))
        nf_container_warn(container, "unit %s (%s) holds another id", id,
                          unit->type);
}

/* Reads the bytes; once more where the hash does not fit, since they may just
 * be being saved (MF-P14). */
static nf_status read_bytes(const nf_container *container, const nf_unit *unit,
                            uint8_t **bytes, size_t *length, nf_arena *arena,
                            nf_error *err)
{
    char id[NF_GUID_TEXT_SIZE];
    nf_status status = unit_bytes(container, unit, bytes, length, arena, err);

    if (status || hash_fits(unit, *bytes, *length))
        return status;
    status = unit_bytes(container, unit, bytes, length, arena, err);
    if (status || hash_fits(unit, *bytes, *length))
        return status;
    nf_guid_text(&unit->id, id);
    nf_container_warn(container,
                      "unit %s (%s \"%s\") was changed outside Studio Pro: "
                      "its hash does not fit",
                      id, unit->type, unit->name);
    return NF_OK;
}

static nf_status too_large(const nf_container *container, const nf_unit *unit,
                           nf_error *err)
{
    nf_error_clear(err);
    return nf_error_set(err, NF_INPUT, "bad_model",
                        "%s \"%s\" of \"%s\" is too large: it has more than "
                        "%d MiB, or needs more than %d MiB in memory",
                        unit->type, unit->name, container->path,
                        NF_MPR_MAX_UNIT >> 20, NF_MPR_MAX_TREE >> 20);
}

nf_status nf_mpr_load(const nf_container *container, nf_unit *unit,
                      nf_error *err)
{
    nf_arena *arena = nf_arena_new();
    char id[NF_GUID_TEXT_SIZE];
    const nf_element *element = NULL;
    uint8_t *bytes;
    size_t length = 0, unknown = 0;
    nf_status status;

    if (!arena)
        return nf_error_nomem(err);
    nf_arena_limit(arena, NF_MPR_MAX_TREE);
    status = read_bytes(container, unit, &bytes, &length, arena, err);
    if (!status)
        status = nf_bson_decode(&element, arena, bytes, length, &unknown, err);
    if (status == NF_NOMEM && nf_arena_is_full(arena))
        status = too_large(container, unit, err);
    if (status) {
        nf_guid_text(&unit->id, id);
        nf_error_at_line(err, id, 0);
        nf_arena_free(arena);
        return status;
    }
    warn(container, unit, element, unknown);
    unit->arena = arena;
    atomic_store_explicit(&unit->element, element, memory_order_release);
    return NF_OK;
}
