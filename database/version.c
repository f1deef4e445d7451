/* Versions of the server's rows: a number that grows with every transaction
 * that writes rows and stands in each row that it wrote. Two projections of a
 * row with the same version, for the same rights, are the same (synchronize
 * W26 as design §10.6 has it), so a view of many rows is compared without
 * reading what is in them.
 *
 * The number is part of the transaction that uses it: one that is undone
 * gives it back, and nobody has seen the rows. */
#include "database/schema.h"

static const char version_key[] = "row_version";

nf_status nf_database_row_version(nf_database *database, int64_t *out,
                                  nf_error *err)
{
    nf_status status;

    *out = 0;
    if (database->side != NF_DATABASE_SERVER)
        return NF_OK;
    if (database->depth > 0 && database->version &&
        database->version_transaction == database->transactions &&
        database->version_undone == database->undone) {
        *out = database->version;
        return NF_OK;
    }
    status = nf_database_get_number(database, version_key, 0, out, err);
    if (!status)
        status = nf_database_set_number(database, version_key, ++*out, err);
    if (status)
        return status;
    database->version = *out;
    database->version_transaction = database->transactions;
    database->version_undone = database->undone;
    return NF_OK;
}

nf_status nf_database_last_version(nf_database *database, int64_t *out,
                                   nf_error *err)
{
    return nf_database_get_number(database, version_key, 0, out, err);
}
