/* What a result says about the entries of an upload: their outcomes, then
 * single objects (synchronize S52, S60, S64, S87; download.c). */
#include "server/result.h"

#include "sync/document.h"

#include <stdlib.h>

/* ---- records ------------------------------------------------------------- */

static nf_status put_gone(nf_result *result, int64_t id, nf_error *err)
{
    nf_put_start(&result->record);
    nf_put_string(&result->record, "k", "gone");
    nf_put_int64(&result->record, "id", id);
    return nf_result_put(result, err);
}

static nf_status put_outcome(nf_result *result, const nf_entry *entry,
                             const uint8_t *h, nf_error *err)
{
    nf_buffer *record = &result->record;
    nf_outcome_state state = entry->state;
    const char *code = entry->code, *text = entry->text;

    /* S165: whether an object is deleted or only unreadable is nobody's
     * business on the device. */
    if (!strcmp(code, "OBJ_NO_ACCESS") || !strcmp(code, "OBJ_GONE")) {
        code = "OBJ_GONE";
        text = "the object no longer exists";
        state = NF_OUTCOME_GONE;
        if (entry->kind == NF_WIRE_DELETE) { /* S86 */
            state = NF_OUTCOME_DELETED;
            code = text = "";
        }
    }
    nf_put_start(record);
    nf_put_string(record, "k", "out");
    nf_put_int64(record, "id", entry->id);
    nf_put_string(record, "s", nf_outcome_state_name(state));
    if (*code) {
        nf_put_string(record, "code", code);
        nf_put_string(record, "text", text);
    }
    if (h)
        nf_put_binary(record, "h", h, NF_VIEW_HASH);
    if (entry->entity && entry->cleared)
        nf_names_put(record, "clr", entry->entity, entry->cleared);
    return nf_result_put(result, err);
}

/* ---- single objects ------------------------------------------------------ */

static nf_status turn_to(nf_result *result, const nf_entity *entity,
                         nf_error *err)
{
    if (result->single.entity == entity)
        return NF_OK;
    nf_rows_close(result->single_rows);
    result->single_rows = NULL;
    nf_projector_dispose(&result->single);
    return nf_projector_init(&result->single, result->server, result->session,
                             result->database, &result->environment, entity,
                             err);
}

static nf_status open_singles(nf_result *result, const nf_entity *entity,
                              int64_t id, nf_error *err)
{
    nf_status status = turn_to(result, entity, err);

    if (status == NF_OK && !result->single_rows)
        status = nf_result_rows(&result->single_rows, result,
                                result->single.access, NULL, id, false, err);
    return status;
}

/* The row of one object as the user may see it; *class NULL: gone. */
static nf_status find_single(nf_result *result, const nf_entity *entity,
                             int64_t id, nf_row *row,
                             const nf_projection_class **class, nf_error *err)
{
    bool more = false;
    nf_status status = open_singles(result, entity, id, err);

    *class = NULL;
    if (status != NF_OK)
        return status;
    nf_rows_seek(result->single_rows, id);
    status = nf_rows_next(result->single_rows, row, &more, err);
    if (status != NF_OK || !more)
        return status;
    *class = nf_projector_class(&result->single, row->tests, err);
    if (!*class)
        return NF_FAILED;
    if (!(*class)->rights.visible)
        *class = NULL;
    return NF_OK;
}

static nf_status put_single(nf_result *result, const nf_entity *entity,
                            int64_t id, nf_error *err)
{
    const nf_projection_class *class = NULL;
    uint8_t h[NF_VIEW_HASH];
    nf_row row;
    nf_status status = find_single(result, entity, id, &row, &class, err);

    if (status != NF_OK)
        return status;
    if (!class)
        return put_gone(result, id, err);
    status = nf_projection_write(&result->record, h, &result->single, class,
                                 result->single_rows, &row, err);
    return status == NF_OK ? nf_result_put(result, err) : status;
}

/* ---- unchanged after the upload (design §10.5) --------------------------- */

/* Whether the device holds this member as the server does. What was not sent
 * is as it was when the device got it: `known` says that nothing else has
 * changed it before this upload and that the upload itself did not. */
static nf_status same_member(bool *same, nf_result *result,
                             const nf_entry *entry, const nf_entry_data *data,
                             size_t index, bool known, nf_error *err)
{
    nf_value value;
    nf_status status = nf_rows_value(result->single_rows, index, &value, err);

    if (status != NF_OK)
        return status;
    if (nf_bits_has(data->given, index))
        *same = nf_value_equal(&value, &data->values[index]);
    else
        *same = known || (value.kind == NF_KIND_EMPTY &&
                          entry->entity->members[index].association);
    nf_value_release(&value);
    return NF_OK;
}

static bool any_name(const nf_projection_class *class)
{
    return class->read_only.length > 0 || class->unreadable.length > 0;
}

/* Whether the device knew the object as it was before the upload: then it
 * also knows the rights, which are part of `h`. */
static bool knew_before(const nf_entry *entry, const nf_projector *projector,
                        const nf_projection_class *class)
{
    uint8_t h[NF_VIEW_HASH];
    nf_row before = {
        .entity = entry->entity, .id = entry->id, .version = entry->version};

    if (!entry->has_base || !entry->rest_same ||
        entry->actual != entry->entity ||
        nf_projection_computed(projector, class))
        return false;
    nf_projection_hash(h, class, &before);
    return !memcmp(h, entry->base, sizeof h);
}

static nf_status compare_members(bool *same, nf_result *result, nf_unit *unit,
                                 nf_entry *entry,
                                 const nf_projection_class *class, bool known,
                                 nf_error *err)
{
    nf_entry_data data;
    nf_status status = nf_entry_read(unit, entry, &data, err);

    *same = status == NF_OK;
    for (size_t i = 0;
         status == NF_OK && *same && i < entry->entity->member_count; i++) {
        const nf_member *member = &entry->entity->members[i];
        if (nf_bits_has(class->rights.read, i) && !member->child_end)
            status = same_member(same, result, entry, &data, i, known, err);
    }
    nf_entry_data_dispose(&data);
    return status;
}

/* The same for an entry that needs no look at its row: what it wrote is what
 * was sent, nobody has written since, and no constraint decides about rights.
 */
static nf_status is_as_sent(bool *same, uint8_t *h, nf_result *result,
                            const nf_entry *entry, nf_error *err)
{
    const nf_projection_class *class;
    nf_row row = {
        .entity = entry->entity, .id = entry->id, .version = entry->stored};
    nf_status status;

    *same = false;
    if (!result->as_applied || !entry->as_sent || entry->entity->is_file)
        return NF_OK;
    status = turn_to(result, entry->entity, err);
    if (status != NF_OK || result->single.access->test_count > 0)
        return status;
    class = nf_projector_class(&result->single, 0, err);
    if (!class)
        return NF_FAILED;
    *same = class->rights.visible && knew_before(entry, &result->single, class);
    if (*same)
        nf_projection_hash(h, class, &row);
    return NF_OK;
}

static nf_status is_same(bool *same, uint8_t *h, nf_result *result,
                         nf_unit *unit, nf_entry *entry, nf_error *err)
{
    const nf_projection_class *class = NULL;
    nf_row row;
    bool known;
    nf_status status;

    *same = false;
    if (entry->offset < 0 || entry->cleared || !entry->entity ||
        (entry->state != NF_OUTCOME_CREATED &&
         entry->state != NF_OUTCOME_UPDATED))
        return NF_OK;
    status = is_as_sent(same, h, result, entry, err);
    if (status != NF_OK || *same)
        return status;
    status = find_single(result, entry->entity, entry->id, &row, &class, err);
    if (status != NF_OK || !class || entry->entity->is_file ||
        nf_projection_computed(&result->single, class))
        return status;
    known = knew_before(entry, &result->single, class);
    /* A new object has no restricted members on the device. */
    if (!known && (entry->kind != NF_WIRE_NEW || any_name(class)))
        return NF_OK;
    if (known && entry->as_sent && row.version == entry->stored)
        *same = true;
    else
        status = compare_members(same, result, unit, entry, class, known, err);
    if (status == NF_OK && *same)
        nf_projection_hash(h, class, &row);
    return status;
}

/* ---- entries ------------------------------------------------------------- */

/* Whether an entry's object is sent by itself (S64, S60, S87). */
static nf_status needs_single(nf_result *result, nf_unit *unit,
                              const nf_entry *entry, bool *out, nf_error *err)
{
    nf_section_plan plan;
    const char *constraint;
    bool rejected = entry->state == NF_OUTCOME_REJECTED;
    nf_status status;

    *out = false;
    if (!entry->entity)
        return NF_OK;
    if (entry->kind == NF_WIRE_REFRESH) {
        *out = true;
        return NF_OK;
    }
    if (entry->kind == NF_WIRE_DELETE) {
        *out = rejected && strcmp(entry->code, "OBJ_NO_ACCESS") != 0;
        if (!unit->run->full || !*out)
            return NF_OK;
    } else if (!unit->run->full) {
        *out = true;
        return NF_OK;
    }
    status = nf_section_decide(&plan, &constraint, result, entry->entity, err);
    *out = rejected && (plan == NF_PLAN_KEEP || plan == NF_PLAN_NOTHING);
    return status;
}

static nf_status put_answer(nf_result *result, nf_unit *unit, size_t index,
                            nf_error *err)
{
    nf_entry *entry = &unit->entries[index];
    nf_uploaded *uploaded = &result->uploaded[index];
    uint8_t h[NF_VIEW_HASH];
    nf_status status;

    *uploaded = (nf_uploaded){.id = entry->id, .entity = entry->entity};
    if (entry->kind == NF_WIRE_REFRESH)
        return NF_OK;
    status = is_same(&uploaded->same, h, result, unit, entry, err);
    return status == NF_OK
               ? put_outcome(result, entry, uploaded->same ? h : NULL, err)
               : status;
}

static int by_id(const void *a, const void *b)
{
    const nf_uploaded *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

const nf_uploaded *nf_result_uploaded(const nf_result *result, int64_t id)
{
    nf_uploaded key = {.id = id};

    return result->uploaded_count
               ? bsearch(&key, result->uploaded, result->uploaded_count,
                         sizeof key, by_id)
               : NULL;
}

/* Asks ahead for the rows that a stretch of entries of one entity needs, all at
 * once; *end: what comes behind it. */
static nf_status expect_singles(nf_result *result, const nf_unit *unit,
                                size_t from, bool answers, size_t *end,
                                nf_error *err)
{
    const nf_entity *entity = unit->entries[from].entity;
    nf_status status = NF_OK;
    size_t i = from;

    nf_database_pipeline(result->database, true);
    if (entity)
        status = open_singles(result, entity, unit->entries[from].id, err);
    for (; status == NF_OK && i < unit->count && i < from + NF_UNIT_STRETCH &&
           unit->entries[i].entity == entity;
         i++) {
        const nf_entry *entry = &unit->entries[i];
        bool is_compared =
            !(result->as_applied && entry->as_sent && entry->has_base) &&
            (entry->state == NF_OUTCOME_CREATED ||
             entry->state == NF_OUTCOME_UPDATED);

        if (!entity || !(answers ? is_compared : !result->uploaded[i].same))
            continue;
        status = nf_rows_expect(result->single_rows, entry->id, err);
        if (status == NF_OK && entity->is_file)
            status =
                nf_database_expect_content(result->database, entry->id, err);
    }
    *end = i;
    return status;
}

static nf_status put_answers(nf_result *result, nf_unit *unit, nf_error *err)
{
    nf_status status = NF_OK;
    size_t end = 0;

    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        if (result->own && i == end)
            status = expect_singles(result, unit, i, true, &end, err);
        if (status == NF_OK)
            status = put_answer(result, unit, i, err);
    }
    return status;
}

static nf_status put_singles(nf_result *result, nf_unit *unit, nf_error *err)
{
    nf_status status = NF_OK;
    size_t end = 0;

    for (size_t i = 0; status == NF_OK && i < unit->count; i++) {
        const nf_entry *entry = &unit->entries[i];
        bool single = false;

        if (result->own && !unit->run->full && i == end)
            status = expect_singles(result, unit, i, false, &end, err);
        if (status != NF_OK || result->uploaded[i].same)
            continue;
        status = needs_single(result, unit, entry, &single, err);
        if (status == NF_OK && single)
            status = put_single(result, entry->entity, entry->id, err);
        else if (status == NF_OK && !entry->entity && !unit->run->full)
            status = put_gone(result, entry->id, err);
    }
    return status;
}

nf_status nf_result_put_entries(nf_result *result, nf_unit *unit, nf_error *err)
{
    nf_status status;

    result->uploaded =
        nf_alloc_array(unit->count + 1, sizeof *result->uploaded);
    if (!result->uploaded)
        return nf_error_nomem(err);
    status = put_answers(result, unit, err);
    if (status == NF_OK)
        status = put_singles(result, unit, err);
    if (result->own)
        nf_database_pipeline(result->database, false);
    result->uploaded_count = unit->count;
    if (unit->count > 1 && result->full)
        qsort(result->uploaded, unit->count, sizeof *result->uploaded, by_id);
    return status;
}
