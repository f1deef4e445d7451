/* Files of a database whose writes fail as a plan says (base/fault.h). */
#ifndef NF_DATABASE_FAULT_VFS_H
#define NF_DATABASE_FAULT_VFS_H

#include "base/fault.h"

typedef struct nf_fault_vfs nf_fault_vfs;

/* A VFS of SQLite's over its default one, registered under a name of its own
 * until it is freed, which follows the close of the last database that uses
 * it. Each write to a database file, its log or its journal reaches `point`.
 * NULL: out of memory, or SQLite takes no further VFS. */
nf_fault_vfs *nf_fault_vfs_new(nf_faults *faults, const char *point);
void nf_fault_vfs_free(nf_fault_vfs *vfs); /* NULL is fine */
const char *nf_fault_vfs_name(const nf_fault_vfs *vfs);

#endif
