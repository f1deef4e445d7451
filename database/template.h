/* Inside of database/: copies of templates (nf_templates of database.h). */
#ifndef NF_DATABASE_TEMPLATE_H
#define NF_DATABASE_TEMPLATE_H

#include "database/database.h"

/* Fills an empty database in memory, of SQLite, with what its templates have
 * for its side; they are made with the first one. The number of the device is
 * that of the template. */
nf_status nf_template_copy(nf_database *database, nf_error *err);

#endif
