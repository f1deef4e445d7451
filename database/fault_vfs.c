/* See fault_vfs.h. All but what changes a file is handed on as it is. After a
 * crash in process nothing reaches the files any more, so they hold what a
 * kill at that write would have left. */
#include "database/fault_vfs.h"

#include "base/memory.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>

struct nf_fault_vfs {
    sqlite3_vfs base;
    sqlite3_vfs *real;
    nf_faults *faults;
    const char *point;
    char name[40];
};

typedef struct fault_file {
    sqlite3_file base;
    nf_fault_vfs *vfs;
    bool counted;
} fault_file; /* the real file follows */

static sqlite3_file *real_file(sqlite3_file *file)
{
    return (sqlite3_file *)((fault_file *)file + 1);
}

/* ---- what changes a file ------------------------------------------------- */

static int meet_write(fault_file *file)
{
    nf_faults *faults = file->vfs->faults;
    int problem = file->counted || nf_faults_crashed(faults)
                      ? nf_fault_write(faults, file->vfs->point)
                      : 0;

    if (problem == ENOSPC)
        return SQLITE_FULL;
    return problem ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

static int file_write(sqlite3_file *file, const void *bytes, int size,
                      sqlite3_int64 at)
{
    int result = meet_write((fault_file *)file);
    if (result != SQLITE_OK)
        return result;
    return real_file(file)->pMethods->xWrite(real_file(file), bytes, size, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (nf_faults_crashed(((fault_file *)file)->vfs->faults))
        return SQLITE_IOERR_TRUNCATE;
    return real_file(file)->pMethods->xTruncate(real_file(file), size);
}

static int file_sync(sqlite3_file *file, int flags)
{
    if (nf_faults_crashed(((fault_file *)file)->vfs->faults))
        return SQLITE_IOERR_FSYNC;
    if (nf_faults_in_process(((fault_file *)file)->vfs->faults))
        return SQLITE_OK;
    return real_file(file)->pMethods->xSync(real_file(file), flags);
}

static int vfs_delete(sqlite3_vfs *base, const char *name, int sync)
{
    nf_fault_vfs *vfs = (nf_fault_vfs *)base;
    if (nf_faults_crashed(vfs->faults))
        return SQLITE_IOERR_DELETE;
    return vfs->real->xDelete(vfs->real, name, sync);
}

/* ---- the rest of a file -------------------------------------------------- */

static int file_close(sqlite3_file *file)
{
    return real_file(file)->pMethods->xClose(real_file(file));
}

static int file_read(sqlite3_file *file, void *bytes, int size,
                     sqlite3_int64 at)
{
    return real_file(file)->pMethods->xRead(real_file(file), bytes, size, at);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_file(file)->pMethods->xFileSize(real_file(file), size);
}

static int file_lock(sqlite3_file *file, int level)
{
    return real_file(file)->pMethods->xLock(real_file(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return real_file(file)->pMethods->xUnlock(real_file(file), level);
}

static int file_is_locked(sqlite3_file *file, int *locked)
{
    return real_file(file)->pMethods->xCheckReservedLock(real_file(file),
                                                         locked);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return real_file(file)->pMethods->xFileControl(real_file(file), operation,
                                                   argument);
}

static int file_sector(sqlite3_file *file)
{
    return real_file(file)->pMethods->xSectorSize(real_file(file));
}

static int file_traits(sqlite3_file *file)
{
    return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend,
                        void volatile **at)
{
    return real_file(file)->pMethods->xShmMap(real_file(file), page, size,
                                              extend, at);
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real_file(file)->pMethods->xShmLock(real_file(file), offset, n,
                                               flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    real_file(file)->pMethods->xShmBarrier(real_file(file));
}

static int file_shm_unmap(sqlite3_file *file, int remove)
{
    return real_file(file)->pMethods->xShmUnmap(real_file(file), remove);
}

/* Version 2: without memory-mapped reads, which would pass us by. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_locked,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* ---- the VFS ------------------------------------------------------------- */

static int vfs_open(sqlite3_vfs *base, const char *name, sqlite3_file *file,
                    int flags, int *out_flags)
{
    nf_fault_vfs *vfs = (nf_fault_vfs *)base;
    fault_file *wrapper = (fault_file *)file;
    int result =
        vfs->real->xOpen(vfs->real, name, real_file(file), flags, out_flags);

    wrapper->vfs = vfs;
    wrapper->counted = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL |
                                 SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    /* A file that was not opened has no methods and is not closed. */
    wrapper->base.pMethods = real_file(file)->pMethods ? &methods : NULL;
    return result;
}

static int vfs_access(sqlite3_vfs *base, const char *name, int flags, int *out)
{
    sqlite3_vfs *real = ((nf_fault_vfs *)base)->real;
    return real->xAccess(real, name, flags, out);
}

static int vfs_full_path(sqlite3_vfs *base, const char *name, int size,
                         char *out)
{
    sqlite3_vfs *real = ((nf_fault_vfs *)base)->real;
    return real->xFullPathname(real, name, size, out);
}

static int vfs_random(sqlite3_vfs *base, int size, char *out)
{
    sqlite3_vfs *real = ((nf_fault_vfs *)base)->real;
    return real->xRandomness(real, size, out);
}

static int vfs_sleep(sqlite3_vfs *base, int microseconds)
{
    sqlite3_vfs *real = ((nf_fault_vfs *)base)->real;
    return real->xSleep(real, microseconds);
}

static int vfs_time(sqlite3_vfs *base, double *out)
{
    sqlite3_vfs *real = ((nf_fault_vfs *)base)->real;
    return real->xCurrentTime(real, out);
}

static int vfs_last_error(sqlite3_vfs *base, int size, char *out)
{
    sqlite3_vfs *real = ((nf_fault_vfs *)base)->real;
    return real->xGetLastError(real, size, out);
}

nf_fault_vfs *nf_fault_vfs_new(nf_faults *faults, const char *point)
{
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    nf_fault_vfs *vfs = real ? nf_alloc(sizeof *vfs) : NULL;

    if (!vfs)
        return NULL;
    vfs->real = real;
    vfs->faults = faults;
    vfs->point = point;
    snprintf(vfs->name, sizeof vfs->name, "nanoflow-fault-%p", (void *)vfs);
    vfs->base = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(fault_file) + real->szOsFile,
        .mxPathname = real->mxPathname,
        .zName = vfs->name,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_random,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_last_error,
    };
    if (sqlite3_vfs_register(&vfs->base, 0) != SQLITE_OK) {
        nf_free(vfs);
        return NULL;
    }
    return vfs;
}

void nf_fault_vfs_free(nf_fault_vfs *vfs)
{
    if (!vfs)
        return;
    sqlite3_vfs_unregister(&vfs->base);
    nf_free(vfs);
}

const char *nf_fault_vfs_name(const nf_fault_vfs *vfs)
{
    return vfs->name;
}
