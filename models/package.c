/* See package.h. */
#include "models/package.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/text.h"
#include "models/package_zip.h"

enum {
    TAIL_SIZE = 22 + 65535, /* the end record and the longest comment */
    MAX_DIRECTORY = 32 << 20,
    /* A file that grows more than this is a bomb; small ones do no harm. */
    MAX_RATIO = 200,
    RATIO_COUNTS_FROM = 4 << 20,
};

struct nf_package {
    nf_zip zip;
    zip_t *archive;
    const char *path;
    nf_arena *arena;
    const char **names;
    size_t count;
    nf_map *index; /* name -> its slot in `names` */
};

static nf_status bad(const nf_package *p, nf_error *err, const char *name,
                     const char *what)
{
    return nf_error_set(err, NF_INPUT, "bad_model", "package \"%s\": \"%s\" %s",
                        p->path, name, what);
}

/* ---- before libzip ------------------------------------------------------- */

static uint32_t little(const unsigned char *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* libzip takes memory for the directory that a file claims to have. Whichever
 * end record it will choose, none may claim too much. The larger form (zip64)
 * is for more than 65535 files or 4 GiB, which no package has. */
static nf_status check_tail(const nf_package *p, const unsigned char *tail,
                            size_t length, nf_error *err)
{
    bool found = false;

    for (size_t i = 0; i + 22 <= length; i++) {
        if (memcmp(tail + i, "PK\6\7", 4) == 0)
            return bad(p, err, "zip64",
                       "is not supported: more than 65535 files or 4 GiB");
        if (memcmp(tail + i, "PK\5\6", 4) != 0)
            continue;
        found = true;
        if (little(tail + i + 12) > MAX_DIRECTORY)
            return bad(p, err, "its list of files", "is too long");
    }
    return found ? NF_OK
                 : nf_error_set(err, NF_INPUT, "bad_model",
                                "package \"%s\" is not complete: it has no "
                                "list of its files at the end",
                                p->path);
}

static nf_status check_file(const nf_package *p, nf_error *err)
{
    int file = open(p->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    unsigned char *tail = nf_alloc_raw(TAIL_SIZE);
    struct stat info;
    nf_status status = NF_OK;
    ssize_t got = -1;

    if (!tail)
        status = nf_error_nomem(err);
    else if (file >= 0 && !fstat(file, &info))
        got = pread(file, tail, TAIL_SIZE,
                    info.st_size > TAIL_SIZE ? info.st_size - TAIL_SIZE : 0);
    if (!status && got < 0)
        status =
            nf_error_set(err, NF_INPUT, "not_found", "\"%s\" can't be read: %s",
                         p->path, strerror(errno));
    if (!status)
        status = check_tail(p, tail, (size_t)got, err);
    if (file >= 0)
        close(file);
    nf_free(tail);
    return status;
}

/* ---- names --------------------------------------------------------------- */

/* A path below the package, of ordinary characters (MF-C16). */
static bool is_safe(const char *name)
{
    if (!*name || *name == '/' || name[1] == ':' ||
        !nf_utf8_valid(name, strlen(name)))
        return false;
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < ' ')
            return false;
    for (const char *part = name; part;) {
        size_t length = strcspn(part, "/");

        if (length == 2 && memcmp(part, "..", 2) == 0)
            return false;
        part = part[length] ? part + length + 1 : NULL;
    }
    return true;
}

static nf_status add_name(nf_package *p, size_t index, nf_error *err)
{
    zip_stat_t info;
    char *name;

    if (p->zip.stat_index(p->archive, index, ZIP_FL_ENC_GUESS, &info) ||
        !(info.valid & ZIP_STAT_NAME) || !info.name)
        return nf_error_set(err, NF_INPUT, "bad_model",
                            "package \"%s\" is damaged: file %zu: %s", p->path,
                            index, p->zip.strerror(p->archive));
    name = nf_arena_strdup(p->arena, info.name);
    if (!name)
        return nf_error_nomem(err);
    for (char *c = name; *c; c++)
        if (*c == '\\')
            *c = '/';
    if (!is_safe(name))
        return bad(p, err, name, "leads out of the package");
    if (nf_map_get(p->index, name))
        return bad(p, err, name, "is given twice");
    p->names[index] = name;
    return nf_map_set(p->index, name, &p->names[index]) ? NF_OK
                                                        : nf_error_nomem(err);
}

static nf_status read_names(nf_package *p, nf_error *err)
{
    zip_int64_t count = p->zip.get_num_entries(p->archive, 0);
    nf_status status = NF_OK;

    p->arena = nf_arena_new();
    p->index = nf_map_new();
    if (p->arena && count >= 0)
        p->names = nf_arena_array(p->arena, (size_t)count, sizeof *p->names);
    if (!p->names || !p->index)
        return nf_error_nomem(err);
    for (; p->count < (size_t)count && !status; p->count++)
        status = add_name(p, p->count, err);
    return status;
}

/* ---- opening ------------------------------------------------------------- */

static nf_status open_archive(nf_package *p, nf_error *err)
{
    zip_error_t error;
    int code = 0;

    p->archive = p->zip.open(p->path, ZIP_RDONLY, &code);
    if (p->archive)
        return NF_OK;
    p->zip.error_init_with_code(&error, code);
    nf_error_set(err, NF_INPUT, "bad_model", "package \"%s\" is damaged: %s",
                 p->path, p->zip.error_strerror(&error));
    p->zip.error_fini(&error);
    return NF_INPUT;
}

nf_status nf_package_open(nf_package **out, const char *path, nf_error *err)
{
    nf_package *p = nf_alloc(sizeof *p);
    nf_status status;

    *out = NULL;
    if (!p)
        return nf_error_nomem(err);
    p->path = path;
    status = check_file(p, err);
    if (!status && !nf_zip_load(&p->zip))
        status = nf_error_set(err, NF_INPUT, "unsupported_format",
                              "libzip.so.4 can't be loaded; it is needed to "
                              "open \"%s\"",
                              path);
    if (!status)
        status = open_archive(p, err);
    if (!status)
        status = read_names(p, err);
    if (status) {
        nf_package_close(p);
        return status;
    }
    *out = p;
    return NF_OK;
}

void nf_package_close(nf_package *p)
{
    if (!p)
        return;
    if (p->archive)
        p->zip.discard(p->archive);
    nf_zip_unload(&p->zip);
    nf_map_free(p->index);
    nf_arena_free(p->arena);
    nf_free(p);
}

size_t nf_package_count(const nf_package *p)
{
    return p->count;
}

const char *nf_package_name(const nf_package *p, size_t index)
{
    return p->names[index];
}

bool nf_package_has(const nf_package *p, const char *name)
{
    return nf_map_get(p->index, name) != NULL;
}

uint64_t nf_package_size(const nf_package *p, const char *name)
{
    const char **slot = nf_map_get(p->index, name);
    zip_stat_t info;

    return slot &&
                   !p->zip.stat_index(
                       p->archive, (zip_uint64_t)(slot - p->names), 0, &info) &&
                   (info.valid & ZIP_STAT_SIZE)
               ? info.size
               : 0;
}

/* ---- reading ------------------------------------------------------------- */

static nf_status check_entry(const nf_package *p, const zip_stat_t *info,
                             const char *name, size_t limit, nf_error *err)
{
    char what[128];

    if ((info->valid & ZIP_STAT_ENCRYPTION_METHOD) &&
        info->encryption_method != ZIP_EM_NONE)
        return bad(p, err, name, "is encrypted");
    if (!(info->valid & ZIP_STAT_SIZE) || !(info->valid & ZIP_STAT_COMP_SIZE))
        return bad(p, err, name, "does not say its size");
    if (info->size > limit) {
        snprintf(what, sizeof what, "has %llu bytes, more than %zu MiB",
                 (unsigned long long)info->size, limit >> 20);
        return bad(p, err, name, what);
    }
    if (info->size > RATIO_COUNTS_FROM &&
        info->size / MAX_RATIO > info->comp_size) {
        snprintf(what, sizeof what,
                 "would grow to more than %d times its size when unpacked",
                 MAX_RATIO);
        return bad(p, err, name, what);
    }
    return NF_OK;
}

/* The file has exactly the size that it says; libzip checks the sum of its
 * bytes when the end is read. */
static nf_status read_entry(const nf_package *p, zip_file_t *file,
                            const char *name, uint8_t *bytes, size_t length,
                            nf_error *err)
{
    size_t at = 0;
    zip_int64_t got = 1;

    while (got > 0 && at <= length) { /* one more: the end */
        got = p->zip.fread(file, bytes + at, length + 1 - at);
        at += got > 0 ? (size_t)got : 0;
    }
    if (got < 0)
        return bad(p, err, name, p->zip.file_strerror(file));
    return at == length ? NF_OK
                        : bad(p, err, name, "does not have the size it says");
}

nf_status nf_package_read(nf_package *p, const char *name, size_t limit,
                          nf_arena *arena, uint8_t **bytes, size_t *length,
                          nf_error *err)
{
    const char **slot = nf_map_get(p->index, name);
    zip_uint64_t index = slot ? (zip_uint64_t)(slot - p->names) : 0;
    zip_stat_t info;
    zip_file_t *file;
    nf_status status;

    *bytes = NULL;
    *length = 0;
    if (!slot)
        return bad(p, err, name, "is not in it");
    if (p->zip.stat_index(p->archive, index, 0, &info))
        return bad(p, err, name, p->zip.strerror(p->archive));
    status = check_entry(p, &info, name, limit, err);
    if (status)
        return status;
    file = p->zip.fopen_index(p->archive, index, 0);
    if (!file)
        return bad(p, err, name, p->zip.strerror(p->archive));
    *bytes = arena ? nf_arena_alloc(arena, (size_t)info.size + 1)
                   : nf_alloc_raw((size_t)info.size + 1);
    status = *bytes ? read_entry(p, file, name, *bytes, (size_t)info.size, err)
                    : nf_error_nomem(err);
    p->zip.fclose(file);
    if (status && !arena) {
        nf_free(*bytes);
        *bytes = NULL;
    }
    *length = status ? 0 : (size_t)info.size;
    return status;
}
