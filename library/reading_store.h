/* A store for reading any database, the server's in particular: queries and
 * their variables need objects, and nothing here may write. */
#ifndef NF_LIBRARY_READING_STORE_H
#define NF_LIBRARY_READING_STORE_H

#include "database/record.h"

typedef struct nf_reading_store {
    nf_store base;
    nf_database *database; /* borrowed */
} nf_reading_store;

void nf_reading_init(nf_reading_store *store, nf_database *database);

#endif
