/* Of which entity an object is, by its id alone. Ids are opaque (design §10.1):
 * what their layout says is only a good guess, and an id that is nobody's has
 * to be looked for in all tables. */
#include "database/schema.h"

#include "base/memory.h"

#include <stdio.h>

enum { TABLES_AT_ONCE = 64 };

/* ---- one table ------------------------------------------------------------
 */

/* The statement about the type of a row of one hierarchy. */
static nf_statement *ask_type(nf_database *database, const nf_layout *root,
                              int64_t id, nf_error *err)
{
    nf_statement *statement;
    char sql[640];

    snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE id = ?",
             root->typed ? "_type" : "0", root->quoted);
    statement = nf_database_statement(database, sql, err);
    if (statement)
        nf_bind_int(statement, 1, id);
    return statement;
}

/* The row's type in one hierarchy, NULL if it has no such row. */
static nf_status type_in(nf_database *database, const nf_layout *root,
                         int64_t id, const nf_entity **out, nf_error *err)
{
    nf_statement *statement = ask_type(database, root, id, err);
    nf_status status;
    bool row;

    if (!statement)
        return nf_no_statement(err);
    status = nf_database_step(database, statement, &row, err);
    if (!status && row)
        *out = root->typed
                   ? nf_database_entity(database, nf_column_int(statement, 0))
                   : root->entity;
    nf_database_done(database, statement);
    return status;
}

/* ---- all tables ------------------------------------------------------------
 */

/* Adds "id IN (?1, …)" or, for one, "id = ?1". */
static void write_ids(nf_buffer *sql, size_t count)
{
    nf_buffer_text(sql, count == 1 ? "id = ?1" : "id IN (?1");
    for (size_t i = 2; i <= count; i++)
        nf_buffer_format(sql, ", ?%zu", i);
    if (count > 1)
        nf_buffer_char(sql, ')');
}

/* Which of `count` ids are rows, and of which entities, in a stretch of all
 * tables: one statement, since ids that are nobody's are asked about as often.
 * NULL: no memory. */
static char *write_anywhere(const nf_database *database, size_t stretch,
                            size_t count)
{
    size_t last = (stretch + 1) * TABLES_AT_ONCE, i;
    bool any = false;
    nf_buffer sql;
    char *text;

    nf_buffer_init(&sql, NF_BUFFER_MAX);
    for (i = last - TABLES_AT_ONCE; i < last && i < database->layout_count;
         i++) {
        const nf_layout *layout = &database->layouts[i];

        if (!layout->number || layout->root != layout)
            continue;
        nf_buffer_text(&sql, any ? " UNION ALL SELECT id, " : "SELECT id, ");
        if (layout->typed)
            nf_buffer_text(&sql, "_type");
        else
            nf_buffer_format(&sql, "%lld", (long long)layout->number);
        nf_buffer_format(&sql, " FROM %s WHERE ", layout->quoted);
        write_ids(&sql, count);
        any = true;
    }
    if (!any) {
        nf_buffer_text(&sql, "SELECT 0, 0 WHERE 0 > 1 AND 0 <> ?1");
        for (i = 2; i <= count; i++)
            nf_buffer_format(&sql, " AND 0 <> ?%zu", i);
    }
    if (count == 1)
        nf_buffer_text(&sql, " LIMIT 1");
    text = nf_buffer_take(&sql);
    nf_buffer_dispose(&sql);
    return text;
}

/* The texts are kept: by stretch, those for one id, then those for a set. */
static const char *anywhere(nf_database *database, size_t stretch, size_t count)
{
    size_t stretches =
        (database->layout_count + TABLES_AT_ONCE - 1) / TABLES_AT_ONCE;
    char **text;

    if (!database->anywhere) {
        database->anywhere = nf_alloc_array(2 * stretches, sizeof(char *));
        database->anywhere_count = database->anywhere ? 2 * stretches : 0;
    }
    if (!database->anywhere)
        return NULL;
    text = &database->anywhere[2 * stretch + (count > 1)];
    if (!*text)
        *text = write_anywhere(database, stretch, count);
    return *text;
}

/* The statement about a stretch and ids: one, or NF_IDS_AT_ONCE; *out NULL:
 * there is no such stretch. */
static nf_status ask_stretch(nf_database *database, size_t stretch,
                             const int64_t *ids, size_t count,
                             nf_statement **out, nf_error *err)
{
    const char *sql;

    *out = NULL;
    /* Its tables are made before the text is, which goes with the layouts. */
    if (database->planned && nf_database_make(database, err) != NF_OK)
        return nf_no_statement(err);
    if (stretch * TABLES_AT_ONCE >= database->layout_count)
        return NF_OK;
    sql = anywhere(database, stretch, count);
    if (!sql)
        return nf_error_nomem(err);
    *out = nf_database_statement(database, sql, err);
    if (!*out)
        return nf_no_statement(err);
    for (size_t i = 0; i < count; i++)
        nf_bind_int(*out, (int)i + 1, ids[i]);
    return NF_OK;
}

/* ---- many ids, ahead --------------------------------------------------------
 */

/* What is kept for an id that is nobody's. */
static const char nobody;

nf_status nf_database_expect_entities(nf_database *database, const int64_t *ids,
                                      size_t count, nf_error *err)
{
    nf_whose *whose = &database->whose;
    nf_statement *statement;
    nf_status status = NF_OK;
    size_t i = 0;

    if (!database->piped || count == 0)
        return NF_OK;
    whose->asked = 0;
    for (; whose->asked < NF_IDS_AT_ONCE; whose->asked++)
        whose->ids[whose->asked] =
            ids[whose->asked < count ? whose->asked : count - 1];
    while (!status &&
           !(status = ask_stretch(database, i++, whose->ids, whose->asked,
                                  &statement, err)) &&
           statement)
        status = nf_database_expect_done(database, statement, err);
    if (status)
        whose->asked = 0;
    return status;
}

static nf_status keep_rows(nf_database *database, nf_statement *statement,
                           nf_error *err)
{
    nf_status status = NF_OK;
    bool row = true;

    while (!status &&
           !(status = nf_database_step(database, statement, &row, err)) && row)
        if (!nf_idmap_set(database->whose.known, nf_column_int(statement, 0),
                          (void *)nf_database_entity(
                              database, nf_column_int(statement, 1))))
            status = nf_error_nomem(err);
    nf_database_done(database, statement);
    return status;
}

/* Takes the answers of what was asked ahead. */
static nf_status learn(nf_database *database, nf_error *err)
{
    nf_whose *whose = &database->whose;
    size_t count = whose->asked, i;
    nf_statement *statement;
    nf_status status = NF_OK;

    whose->asked = 0;
    if (count > 0 && !whose->known)
        whose->known = nf_idmap_new();
    if (count > 0 && !whose->known)
        return nf_error_nomem(err);
    for (i = 0; !status && i < count; i++)
        if (!nf_idmap_set(whose->known, whose->ids[i], (void *)&nobody))
            status = nf_error_nomem(err);
    for (i = 0; !status && count > 0; i++) {
        status = ask_stretch(database, i, whose->ids, count, &statement, err);
        if (status || !statement)
            break;
        status = keep_rows(database, statement, err);
    }
    return status;
}

static bool knows(const nf_database *database, int64_t id,
                  const nf_entity **out)
{
    const void *found =
        database->whose.known ? nf_idmap_get(database->whose.known, id) : NULL;

    *out = found == &nobody ? NULL : found;
    return found != NULL;
}

void nf_whose_forget(nf_database *database, int64_t id)
{
    if (database->whose.known)
        nf_idmap_remove(database->whose.known, id);
}

void nf_whose_dispose(nf_database *database)
{
    nf_idmap_free(database->whose.known);
    database->whose.known = NULL;
    database->whose.asked = 0;
}

/* ---- of which entity --------------------------------------------------------
 */

nf_status nf_database_search_entity(nf_database *database, int64_t id,
                                    const nf_entity **out, nf_error *err)
{
    nf_statement *statement;
    nf_status status = NF_OK;
    size_t i = 0;
    bool row;

    *out = NULL;
    status = learn(database, err);
    if (status || knows(database, id, out))
        return status;
    while (!*out &&
           !(status = ask_stretch(database, i++, &id, 1, &statement, err)) &&
           statement) {
        status = nf_database_step(database, statement, &row, err);
        if (!status && row)
            *out = nf_database_entity(database, nf_column_int(statement, 1));
        nf_database_done(database, statement);
        if (status)
            return status;
    }
    return status;
}

nf_status nf_database_entity_of(nf_database *database, int64_t id,
                                const nf_entity **out, nf_error *err)
{
    nf_status status = NF_OK;
    size_t i;

    /* Where the id points to first, then everywhere: ids are opaque (design
     * §10.1), the layout of ours is only a good guess. */
    *out = NULL;
    for (i = 0; !status && !*out && i < database->layout_count; i++) {
        const nf_layout *layout = &database->layouts[i];

        if (layout->number && layout->short_id == id >> NF_SHORT_SHIFT)
            status = type_in(database, layout->root, id, out, err);
    }
    return status || *out ? status
                          : nf_database_search_entity(database, id, out, err);
}

nf_status nf_database_expect_entity_of(nf_database *database, int64_t id,
                                       nf_error *err)
{
    nf_status status = NF_OK;
    size_t i;

    for (i = 0; database->piped && !status && i < database->layout_count; i++) {
        const nf_layout *layout = &database->layouts[i];

        if (layout->number && layout->short_id == id >> NF_SHORT_SHIFT)
            status = nf_database_expect_done(
                database, ask_type(database, layout->root, id, err), err);
    }
    return status;
}
