/* The folder mprcontents of a version 2 .mpr (MF-C5, MF-C6), and how the new
 * pair takes the place of an old one. */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "models/writer_mpr.h"

enum { PATH_SIZE = 4096 };

static bool exists(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static nf_status make_folder(const char *path, nf_error *err)
{
    if (mkdir(path, 0777) && errno != EEXIST)
        return nf_error_set(err, NF_INPUT, "write_failed",
                            "folder \"%s\" can't be made: %s", path,
                            strerror(errno));
    return NF_OK;
}

static nf_status write_bytes(const char *path, const void *bytes, size_t length,
                             nf_error *err)
{
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(bytes, 1, length, file) == length;

    if (file && fclose(file))
        good = false;
    return good ? NF_OK : nf_write_failed(path, err);
}

/* ---- whose folder it is -------------------------------------------------- */

/* Whether the file is an .mpr whose contents are in a folder, so far as can be
 * seen: what can't be read may be one. */
static bool needs_folder(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    bool needs = true;

    if (!sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) &&
        !sqlite3_prepare_v2(db,
                            "SELECT count(*) FROM pragma_table_info('Unit') "
                            "WHERE name = 'Contents'",
                            -1, &statement, NULL) &&
        sqlite3_step(statement) == SQLITE_ROW)
        needs = sqlite3_column_int(statement, 0) == 0;
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return needs;
}

/* Another .mpr of version 2 in the same folder: its name is put into `name`. */
static bool find_other(const char *path, char *name, size_t size)
{
    const char *own = file_name(path);
    int length = (int)(own - path);
    char other[PATH_SIZE];
    struct dirent *entry;
    bool found = false;
    DIR *dir;

    snprintf(other, sizeof other, "%.*s.", length, path);
    dir = opendir(other);
    while (dir && !found && (entry = readdir(dir))) {
        size_t end = strlen(entry->d_name);

        if (end < 5 || strcasecmp(entry->d_name + end - 4, ".mpr") != 0 ||
            strcmp(entry->d_name, own) == 0)
            continue;
        snprintf(other, sizeof other, "%.*s%s", length, path, entry->d_name);
        found = needs_folder(other);
        if (found)
            snprintf(name, size, "%s", entry->d_name);
    }
    if (dir)
        closedir(dir);
    return found;
}

/* Whether mprcontents says that it is of the .mpr at `path`. */
static bool is_named(const nf_mpr_place *self)
{
    char path[PATH_SIZE], name[1024];
    size_t length = 0;
    FILE *file;

    snprintf(path, sizeof path, "%s/mprname", self->folder);
    file = fopen(path, "rb");
    if (!file)
        return false;
    length = fread(name, 1, sizeof name - 1, file);
    fclose(file);
    name[length] = '\0';
    name[strcspn(name, "\r\n")] = '\0';
    return strcmp(name, file_name(self->path)) == 0;
}

static nf_status check_folder(const nf_mpr_place *self, nf_error *err)
{
    char name[NAME_MAX + 1] = "";

    if (!exists(self->folder) || rmdir(self->folder) == 0)
        return NF_OK;
    if (find_other(self->path, name, sizeof name))
        return nf_error_set(err, NF_INPUT, "write_failed",
                            "\"%s\" can't be written here: folder \"%s\" "
                            "belongs to \"%s\"; choose another folder",
                            self->path, self->folder, name);
    if (exists(self->path) && (is_named(self) || needs_folder(self->path)))
        return NF_OK;
    return nf_error_set(err, NF_INPUT, "write_failed",
                        "\"%s\" can't be written here: folder \"%s\" exists "
                        "and is of no .mpr beside it; choose another folder "
                        "or remove it",
                        self->path, self->folder);
}

/* ---- writing ------------------------------------------------------------- */

static nf_status name_folders(nf_mpr_place *self, nf_error *err)
{
    size_t length = (size_t)(file_name(self->path) - self->path);
    size_t size = length + sizeof "mprcontents";

    if (length + 128 > PATH_SIZE)
        return nf_error_set(err, NF_INPUT, "write_failed",
                            "the path \"%s\" is too long", self->path);
    self->folder = nf_alloc(size);
    if (!self->folder)
        return nf_error_nomem(err);
    snprintf(self->folder, size, "%.*smprcontents", (int)length, self->path);
    self->new_folder = nf_temporary_name(self->folder, "tmp");
    self->old_folder = nf_temporary_name(self->folder, "old");
    return self->new_folder && self->old_folder ? NF_OK : nf_error_nomem(err);
}

nf_status nf_mpr_place_begin(nf_mpr_place *out, const char *path, int version,
                             nf_error *err)
{
    char name[PATH_SIZE + 64];
    nf_status status = NF_OK;

    memset(out, 0, sizeof *out);
    out->path = path;
    out->new_path = nf_temporary_name(path, "tmp");
    if (!out->new_path)
        return nf_error_nomem(err);
    if (version == 1)
        return NF_OK;
    status = name_folders(out, err);
    if (!status)
        status = check_folder(out, err);
    if (!status && mkdir(out->new_folder, 0777))
        status = nf_write_failed(path, err);
    if (status)
        return status;
    snprintf(name, sizeof name, "%s/mprname", out->new_folder);
    return write_bytes(name, file_name(path), strlen(file_name(path)), err);
}

nf_status nf_mpr_place_unit(const nf_mpr_place *self, const nf_guid *id,
                            const nf_buffer *bytes, nf_error *err)
{
    char text[NF_GUID_TEXT_SIZE], path[PATH_SIZE + 64];
    nf_status status;

    nf_guid_text(id, text);
    snprintf(path, sizeof path, "%s/%.2s", self->new_folder, text);
    status = make_folder(path, err);
    if (status)
        return status;
    snprintf(path, sizeof path, "%s/%.2s/%.2s", self->new_folder, text,
             text + 2);
    status = make_folder(path, err);
    if (status)
        return status;
    snprintf(path, sizeof path, "%s/%.2s/%.2s/%s.mxunit", self->new_folder,
             text, text + 2, text);
    return write_bytes(path, bytes->data, bytes->length, err);
}

/* ---- taking the place ---------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *info, int kind,
                        struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    remove(path);
    return 0;
}

static void remove_folder(const char *path)
{
    if (path)
        nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Both renames, or none. */
static nf_status take_place(const nf_mpr_place *self, nf_error *err)
{
    bool replaces = self->folder && exists(self->folder);
    nf_status status = NF_OK;

    if (replaces && rename(self->folder, self->old_folder))
        return nf_write_failed(self->path, err);
    if (self->folder && rename(self->new_folder, self->folder)) {
        status = nf_write_failed(self->path, err);
    } else if (rename(self->new_path, self->path)) {
        status = nf_write_failed(self->path, err);
        if (self->folder)
            rename(self->folder, self->new_folder);
    }
    if (replaces && status)
        rename(self->old_folder, self->folder);
    else if (replaces)
        remove_folder(self->old_folder);
    return status;
}

nf_status nf_mpr_place_end(nf_mpr_place *self, nf_status status, nf_error *err)
{
    char journal[PATH_SIZE + 64];

    if (!status)
        status = take_place(self, err);
    if (status && self->new_path) {
        unlink(self->new_path);
        snprintf(journal, sizeof journal, "%s-journal", self->new_path);
        unlink(journal);
        remove_folder(self->new_folder);
    }
    nf_free(self->new_path);
    nf_free(self->folder);
    nf_free(self->new_folder);
    nf_free(self->old_folder);
    memset(self, 0, sizeof *self);
    return status;
}
