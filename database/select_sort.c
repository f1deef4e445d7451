/* What a selection is sorted by, as SQL (xpath Q150 … Q154). */
#include "database/select.h"

/* The ids that a hop from objects of `entity` leads to, from the ids that
 * `inner` selects. */
static bool sort_hop(nf_select *q, nf_buffer *out, const char *inner,
                     const nf_entity *entity, const nf_member *member)
{
    const nf_association *association = member->association;
    const nf_entity *parent = /* System.owner and changedBy: of any entity */
        association->parent ? association->parent : entity;
    const nf_member *owner;
    const char *table, *column;

    if (association->set) {
        table = nf_database_set_table(q->database, association);
        if (!table)
            return false;
        nf_buffer_format(out, "SELECT %s FROM %s WHERE %s IN (%s)",
                         member->child_end ? "parent" : "child", table,
                         member->child_end ? "child" : "parent", inner);
        return true;
    }
    owner = nf_entity_end(parent, association, false);
    table = nf_database_table(q->database, parent);
    column =
        owner ? nf_database_column(q->database, parent, owner->index) : NULL;
    if (!table || !column)
        return false;
    if (member->child_end)
        nf_buffer_format(out, "SELECT id FROM %s WHERE %s IN (%s)", table,
                         column, inner);
    else
        nf_buffer_format(out, "SELECT %s FROM %s WHERE id IN (%s)", column,
                         table, inner);
    return true;
}

/* Q154: the (least) value of the objects at the end of the path. */
static bool sort_path(nf_select *q, const nf_sort *sort)
{
    const nf_attribute *attribute = sort->path[sort->length - 1]->attribute;
    const char *table = nf_database_table(q->database, attribute->entity);
    const nf_member *member =
        nf_entity_find_member(attribute->entity, attribute->name);
    const char *column =
        member
            ? nf_database_column(q->database, attribute->entity, member->index)
            : NULL;
    const nf_entity *entity = q->selection->retrieval.entity;
    nf_buffer inner, outer;
    bool good = table && column;
    size_t i;

    nf_buffer_init(&inner, NF_BUFFER_MAX);
    nf_buffer_text(&inner, "o.id");
    for (i = 0; good && i + 1 < sort->length; i++) {
        nf_buffer_init(&outer, NF_BUFFER_MAX);
        good = sort->path[i]->association &&
               sort_hop(q, &outer, nf_buffer_string(&inner), entity,
                        sort->path[i]);
        entity = sort->path[i]->type.entity;
        nf_buffer_dispose(&inner);
        inner = outer;
    }
    if (good)
        nf_buffer_format(&q->sql.text,
                         "(SELECT %s(%s) FROM %s WHERE id IN (%s))",
                         attribute->type == NF_ATTRIBUTE_BOOLEAN
                             ? q->database->driver->dialect.least_boolean
                             : "MIN",
                         column, table, nf_buffer_string(&inner));
    nf_buffer_dispose(&inner);
    return good;
}

bool nf_select_sort(nf_select *q, const nf_sort *sort)
{
    const nf_member *last = sort->length ? sort->path[sort->length - 1] : NULL;
    const char *column;

    if (!last || !last->attribute || last->attribute->calculated ||
        last->attribute->type == NF_ATTRIBUTE_BINARY) {
        nf_xpath_error("NOT_SORTABLE", "", 0, q->scope.err,
                       "\"%s\" is no attribute to sort by",
                       last ? last->name : "");
        return false;
    }
    if (sort->length > 1) {
        if (!sort_path(q, sort))
            return false;
    } else {
        column = nf_database_column(q->database, q->selection->retrieval.entity,
                                    last->index);
        nf_buffer_format(&q->sql.text, "%s%s", column ? "o." : "NULL",
                         column ? column : "");
    }
    if (q->database->collated && last->attribute->type == NF_ATTRIBUTE_STRING)
        nf_buffer_format(&q->sql.text, " COLLATE %s",
                         q->database->driver->dialect.collation); /* Q153 */
    nf_buffer_text(&q->sql.text, sort->descending ? " DESC" : " ASC");
    if (nf_database_empty_is_large(q->database)) /* Q152 */
        nf_buffer_text(&q->sql.text,
                       sort->descending ? " NULLS FIRST" : " NULLS LAST");
    nf_buffer_text(&q->sql.text, ", ");
    return true;
}
