/* The order that a host wants instead of the database's own (xpath Q152, Q153):
 * where empty values go, and a collation of ICU for strings. */
#include "database/schema.h"

#include "base/memory.h"
#include "base/icu.h"

static int compare(void *user, int left_size, const void *left, int right_size,
                   const void *right)
{
    UErrorCode code = U_ZERO_ERROR;

    return nf_icu()->ucol_strcollUTF8(user, left, left_size, right, right_size,
                                      &code);
}

static void close_collator(void *user)
{
    nf_icu()->ucol_close(user);
}

nf_status nf_database_collate(nf_database *database, const char *locale,
                              nf_error *err)
{
    nf_status status = database->driver->collate(database, locale, err);

    database->collated = database->collated || !status;
    return status;
}

nf_status nf_order_collate(nf_database *database, const char *locale,
                           nf_error *err)
{
    UErrorCode code = U_ZERO_ERROR;
    UCollator *collator;

    if (!nf_icu_room(0))
        return nf_error_nomem(err);
    collator = nf_icu()->ucol_open(locale, &code);
    if (code == U_MEMORY_ALLOCATION_ERROR) {
        nf_icu()->ucol_close(collator);
        return nf_error_nomem(err);
    }
    /* Many languages, English among them, have the default order. */
    if (U_FAILURE(code) || !*nf_icu()->uloc_getISO3Language(locale)) {
        nf_icu()->ucol_close(collator);
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "there is no collation for the locale \"%s\"",
                            locale);
    }
    if (sqlite3_create_collation_v2(database->handle, NF_COLLATION, SQLITE_UTF8,
                                    collator, compare,
                                    close_collator) != SQLITE_OK) {
        nf_icu()->ucol_close(collator); /* SQLite leaves it to the caller */
        return nf_error_nomem(err);
    }
    return NF_OK;
}

void nf_database_order_empty(nf_database *database, nf_empty_order order)
{
    database->empty_order = order;
}

bool nf_database_empty_is_large(const nf_database *database)
{
    return database->empty_order == NF_EMPTY_BY_SIDE
               ? database->side == NF_DATABASE_SERVER
               : database->empty_order == NF_EMPTY_LARGE;
}
