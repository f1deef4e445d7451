/* Following paths of constraints (xpath_sql.c): a hop is a column or a table of
 * a reference set. */
#include "database/xpath_emit.h"

#include <stdio.h>

/* " AND …" for the type of an entity, where its table holds others. */
static void and_type(emitter *e, const nf_entity *entity, const char *alias)
{
    nf_layout *layout = nf_layout_of(e->scope->database, entity);
    mark at = nf_emit_save(e);

    if (!layout)
        return;
    nf_emit_text(e, " AND ");
    if (!nf_layout_type_filter(&e->sql->text, layout, alias, false))
        nf_emit_restore(e, at);
}

/* What follows a hop; far inside as a selection with a name, unless another
 * part of the comparison is about rows around it. */
static nf_sql_truth go_on(emitter *e, const nf_xnode *path, size_t hop,
                          const char *alias, arrive next, leaf *l)
{
    nf_sql_truth truth;
    aside a;

    if (l->exists || e->sql->depth <= OPEN_DEEP || hop + 1 == path->hop_count)
        return nf_emit_reach(e, alias, path, hop + 1, next, l);
    nf_emit_go_aside(e, &a, path->hops[hop].entity);
    truth = nf_emit_reach(e, a.alias, path, hop + 1, next, l);
    return nf_emit_leave_aside(e, &a, alias, truth);
}

/* The rest of the WHERE of a hop: nested constraints, then what follows. */
static nf_sql_truth rest_of_hop(emitter *e, const nf_xnode *path, size_t hop,
                                const char *alias, arrive next, leaf *l)
{
    const nf_xnode *nested = path->hops[hop].nested;
    nf_sql_truth truth;
    mark at;

    if (nested) {
        at = nf_emit_save(e);
        nf_emit_text(e, " AND ");
        truth = nf_emit_condition(e, nested, alias, path->hops[hop].entity);
        if (truth == NF_SQL_FALSE || truth == NF_SQL_FAILED)
            return truth;
        if (truth == NF_SQL_TRUE)
            nf_emit_restore(e, at);
    }
    at = nf_emit_save(e);
    nf_emit_text(e, " AND ");
    truth = go_on(e, path, hop, alias, next, l);
    if (truth == NF_SQL_TRUE) {
        nf_emit_restore(e, at);
        truth = NF_SQL_TEXT;
    }
    return truth;
}

static nf_sql_truth at_end(emitter *e, const nf_xnode *path, const char *alias,
                           const char *id, arrive next, leaf *l)
{
    place at = {.path = path};

    snprintf(at.alias, sizeof at.alias, "%s", alias);
    snprintf(at.id, sizeof at.id, "%s", id);
    return next(e, &at, l);
}

/* A hop that ends at the association of a reference set or an inverse
 * Reference: rows of `table`, whose `near` is ours. */
static nf_sql_truth end_hop(emitter *e, const nf_xnode *path, const char *from,
                            const char *table, const char *near,
                            const char *far, const nf_entity *type, arrive next,
                            leaf *l)
{
    char alias[ALIAS_SIZE], id[PLACE_SIZE];
    nf_sql_truth truth;
    mark at;

    nf_emit_alias(e, alias);
    snprintf(id, sizeof id, "%s.%s", alias, far);
    if (l->exists)
        nf_buffer_format(&e->sql->text,
                         "EXISTS(SELECT 1 FROM %s %s WHERE %s.%s = %s.id",
                         table, alias, alias, near, from);
    else
        nf_buffer_format(&e->sql->text,
                         "%s.id IN (SELECT %s.%s FROM %s %s WHERE %s.%s IS NOT "
                         "NULL",
                         from, alias, near, table, alias, alias, near);
    if (type)
        and_type(e, type, alias);
    at = nf_emit_save(e);
    nf_emit_text(e, " AND ");
    e->sql->depth += OPEN_COLUMN;
    truth = at_end(e, path, alias, id, next, l);
    e->sql->depth -= OPEN_COLUMN;
    if (truth == NF_SQL_TRUE) {
        nf_emit_restore(e, at);
        truth = NF_SQL_TEXT;
    }
    nf_emit_text(e, ")");
    return truth;
}

/* A hop on to an entity by a column: ours (forward) or theirs (inverse). */
static nf_sql_truth column_hop(emitter *e, const nf_xnode *path, size_t hop,
                               const char *from, const char *ours,
                               const char *theirs, arrive next, leaf *l)
{
    const nf_xhop *h = &path->hops[hop];
    const char *table = nf_database_table(e->scope->database, h->entity);
    char alias[ALIAS_SIZE];
    nf_sql_truth truth;

    nf_emit_alias(e, alias);
    if (l->exists)
        nf_buffer_format(&e->sql->text,
                         "EXISTS(SELECT 1 FROM %s %s WHERE %s.%s = %s.%s",
                         table, alias, alias, theirs, from, ours);
    else
        nf_buffer_format(&e->sql->text,
                         "%s.%s IN (SELECT %s.%s FROM %s %s WHERE %s.%s IS NOT "
                         "NULL",
                         from, ours, alias, theirs, table, alias, alias,
                         theirs);
    and_type(e, h->entity, alias);
    e->sql->depth += OPEN_COLUMN;
    truth = rest_of_hop(e, path, hop, alias, next, l);
    e->sql->depth -= OPEN_COLUMN;
    nf_emit_text(e, ")");
    return truth;
}

static nf_sql_truth set_hop(emitter *e, const nf_xnode *path, size_t hop,
                            const char *from, arrive next, leaf *l)
{
    const nf_xhop *h = &path->hops[hop];
    const char *set = nf_database_set_table(e->scope->database, h->association);
    const char *near = h->inverse ? "child" : "parent";
    const char *far = h->inverse ? "parent" : "child";
    const char *table;
    char link[ALIAS_SIZE], alias[ALIAS_SIZE];
    nf_sql_truth truth;

    if (!set)
        return NF_SQL_FALSE;
    if (!h->entity)
        return end_hop(e, path, from, set, near, far, NULL, next, l);
    table = nf_database_table(e->scope->database, h->entity);
    nf_emit_alias(e, link);
    nf_emit_alias(e, alias);
    if (l->exists)
        nf_buffer_format(&e->sql->text,
                         "EXISTS(SELECT 1 FROM %s %s JOIN %s %s ON %s.id = "
                         "%s.%s WHERE %s.%s = %s.id",
                         set, link, table, alias, alias, link, far, link, near,
                         from);
    else
        nf_buffer_format(&e->sql->text,
                         "%s.id IN (SELECT %s.%s FROM %s %s WHERE %s.%s IN "
                         "(SELECT %s.id FROM %s %s WHERE %s",
                         from, link, near, set, link, link, far, alias, table,
                         alias, nf_emit_dialect(e)->truth[1]);
    and_type(e, h->entity, alias);
    e->sql->depth += l->exists ? OPEN_COLUMN : OPEN_SET;
    truth = rest_of_hop(e, path, hop, alias, next, l);
    e->sql->depth -= l->exists ? OPEN_COLUMN : OPEN_SET;
    nf_emit_text(e, l->exists ? ")" : "))");
    return truth;
}

static nf_sql_truth one_hop(emitter *e, const char *alias, const nf_xnode *path,
                            size_t hop, arrive next, leaf *l)
{
    const nf_xhop *h = &path->hops[hop];
    const nf_member *member = nf_entity_end(h->owner, h->association, false);
    const char *column, *table;
    char id[PLACE_SIZE];

    if (h->association->set)
        return set_hop(e, path, hop, alias, next, l);
    column =
        member ? nf_database_column(e->scope->database, h->owner, member->index)
               : NULL;
    table = nf_database_table(e->scope->database, h->owner);
    if (!column || !table ||
        (h->entity && !nf_database_table(e->scope->database, h->entity)))
        return NF_SQL_FALSE; /* nothing of it is stored */
    if (!h->inverse) {
        if (h->entity)
            return column_hop(e, path, hop, alias, column, "id", next, l);
        snprintf(id, sizeof id, "%s.%s", alias, column);
        return at_end(e, path, alias, id, next, l);
    }
    if (h->entity)
        return column_hop(e, path, hop, alias, "id", column, next, l);
    return end_hop(e, path, alias, table, column, "id", NULL, next, l);
}

/* ---- at once ---------------------------------------------------------------
 */

/* Selections within each other would become too deep: the rows of all hops that
 * are left are joined in one. */
static bool is_joined(const emitter *e, const nf_xnode *path, size_t hop,
                      const leaf *l)
{
    size_t left = path->hop_count - hop;

    return l->exists && left >= 2 && left <= JOINED_MAX &&
           e->sql->depth + (int)left * OPEN_COLUMN > OPEN_DEEP;
}

/* Where a hop goes: the row of its entity, or the id at the end of a path. */
typedef struct joined {
    char alias[ALIAS_SIZE], id[PLACE_SIZE];
} joined;

static bool join_set(emitter *e, const nf_xhop *h, joined *at)
{
    const char *set = nf_database_set_table(e->scope->database, h->association);
    const char *far = h->inverse ? "parent" : "child";
    char link[ALIAS_SIZE];

    if (!set)
        return false;
    nf_emit_alias(e, link);
    nf_buffer_format(&e->sql->text, " JOIN %s %s ON %s.%s = %s.id", set, link,
                     link, h->inverse ? "child" : "parent", at->alias);
    snprintf(at->id, sizeof at->id, "%s.%s", link, far);
    return true;
}

/* The table of `entity`, whose `theirs` is `ours`. */
static bool join_table(emitter *e, const nf_entity *entity, const char *theirs,
                       const char *ours, joined *at)
{
    const char *table = nf_database_table(e->scope->database, entity);

    if (!table)
        return false;
    nf_emit_alias(e, at->alias);
    nf_buffer_format(&e->sql->text, " JOIN %s %s ON %s.%s = %s", table,
                     at->alias, at->alias, theirs, ours);
    and_type(e, entity, at->alias);
    snprintf(at->id, sizeof at->id, "%s.id", at->alias);
    return true;
}

/* False: nothing of it is stored. */
static bool join_hop(emitter *e, const nf_xhop *h, joined *at)
{
    const nf_member *member = nf_entity_end(h->owner, h->association, false);
    const char *column;
    char ours[PLACE_SIZE];

    if (h->association->set)
        return join_set(e, h, at) &&
               (!h->entity || (memcpy(ours, at->id, sizeof ours),
                               join_table(e, h->entity, "id", ours, at)));
    column =
        member ? nf_database_column(e->scope->database, h->owner, member->index)
               : NULL;
    if (!column || !nf_database_table(e->scope->database, h->owner))
        return false;
    snprintf(ours, sizeof ours, "%s.%s", at->alias, h->inverse ? "id" : column);
    if (h->inverse || h->entity)
        return join_table(e, h->entity ? h->entity : h->owner,
                          h->inverse ? column : "id", ours, at);
    memcpy(at->id, ours, sizeof ours);
    return true;
}

static nf_sql_truth join_all(emitter *e, const nf_xnode *path, size_t hop,
                             joined *at)
{
    nf_sql_truth truth = NF_SQL_TEXT;

    for (; hop < path->hop_count && truth == NF_SQL_TEXT; hop++) {
        const nf_xhop *h = &path->hops[hop];
        mark before;

        if (!join_hop(e, h, at))
            return NF_SQL_FALSE;
        if (!h->nested)
            continue;
        before = nf_emit_save(e);
        nf_emit_text(e, " AND ");
        truth = nf_emit_condition(e, h->nested, at->alias, h->entity);
        if (truth == NF_SQL_TRUE) {
            nf_emit_restore(e, before);
            truth = NF_SQL_TEXT;
        }
    }
    return truth;
}

static nf_sql_truth reach_joined(emitter *e, const char *from,
                                 const nf_xnode *path, size_t hop, arrive next,
                                 leaf *l)
{
    char start[ALIAS_SIZE];
    nf_sql_truth truth;
    joined at;
    mark before;

    snprintf(at.alias, sizeof at.alias, "%s", from);
    nf_emit_alias(e, start);
    nf_buffer_format(&e->sql->text, "EXISTS(SELECT 1 FROM (SELECT 1) %s",
                     start);
    e->sql->depth += OPEN_JOINED;
    truth = join_all(e, path, hop, &at);
    if (truth == NF_SQL_TEXT) {
        before = nf_emit_save(e);
        nf_emit_text(e, " WHERE ");
        truth = at_end(e, path, at.alias, at.id, next, l);
        if (truth == NF_SQL_TRUE) {
            nf_emit_restore(e, before);
            truth = NF_SQL_TEXT;
        }
    }
    e->sql->depth -= OPEN_JOINED;
    nf_emit_text(e, ")");
    return truth;
}

nf_sql_truth nf_emit_reach(emitter *e, const char *alias, const nf_xnode *path,
                           size_t hop, arrive next, leaf *l)
{
    char id[PLACE_SIZE];
    nf_sql_truth truth;
    mark at = nf_emit_save(e);

    if (hop == path->hop_count) {
        snprintf(id, sizeof id, "%s.id", alias);
        return at_end(e, path, alias, id, next, l);
    }
    if (e->sql->depth > OPEN_MAX) {
        nf_xpath_error("SYNTAX", "", path->position, e->scope->err,
                       "the paths of this comparison are too long");
        return NF_SQL_FAILED;
    }
    truth = is_joined(e, path, hop, l)
                ? reach_joined(e, alias, path, hop, next, l)
                : one_hop(e, alias, path, hop, next, l);
    if (truth == NF_SQL_FALSE)
        nf_emit_restore(e, at);
    return truth;
}
