/* Inside of database/: a selection on its way to be rows, shared by select.c,
 * select_sort.c, record_query.c and rows.c. */
#ifndef NF_DATABASE_SELECT_H
#define NF_DATABASE_SELECT_H

#include "database/schema.h"
#include "database/xpath_tree.h"

typedef struct nf_select {
    nf_database *database;
    const nf_selection *selection;
    nf_layout *layout;
    nf_sql sql;
    nf_sql_scope scope;
    bool nothing; /* no row can match: the database is not asked */
    int id_index; /* parameter of selection->id */
} nf_select;

/* Writes the statement; what fails is said in its scope's error. */
nf_status nf_select_build(nf_select *q, nf_database *database,
                          const nf_selection *selection, const char *columns,
                          nf_error *err);
/* Appends what one sorting says, and a comma; false: the scope's error says
 * why. */
bool nf_select_sort(nf_select *q, const nf_sort *sort);
nf_status nf_select_failed(const nf_select *q);
/* Whether its rows may be too many to be held at once. */
bool nf_select_is_many(const nf_selection *selection);
/* Where a search that goes on from an id ends. */
int64_t nf_select_onward_end(int64_t id);
/* Which object the present row is, and its tests. */
nf_status nf_select_head(nf_select *q, nf_statement *statement, nf_row *row,
                         nf_error *err);
/* Links and what is known of contents are in other tables: those of the rows
 * that have been fetched are asked for together. *ahead: rows that are covered,
 * the present one included. */
nf_status nf_select_expect_page(const nf_select *q,
                                const nf_statement *statement, size_t *ahead,
                                nf_error *err);

#endif
