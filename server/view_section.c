/* One section of a full result: the difference between what the device holds
 * of an entity and what it may see now, or the whole where the device holds
 * nothing that is known (synchronize S56 … S62, W43 … W45). Both sides are
 * walked by id, so memory is two packed views and one record.
 *
 * The present view is computed completely, with access rules, constraint and
 * rights per row: the section tells as much as a complete download (S61). */
#include "server/result.h"

#include "sync/document.h"

#include <stdlib.h>

void nf_section_dispose(nf_section *section)
{
    nf_rows_close(section->rows);
    nf_rows_close(section->single);
    nf_projector_dispose(&section->projector);
    nf_xpath_free(section->constraint);
    nf_view_dispose(&section->before);
    nf_view_dispose(&section->after);
    nf_free(section->unknown);
    *section = (nf_section){0};
}

/* ---- opening ------------------------------------------------------------- */

static nf_status put_start(nf_result *result, const char *entity,
                           const char *kind, nf_error *err)
{
    nf_buffer *record = &result->record;

    nf_put_start(record);
    nf_put_string(record, "k", "ent");
    nf_put_string(record, "t", entity);
    nf_put_string(record, "kind", kind);
    return nf_result_put(result, err);
}

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Ids of the device's list and those of the upload, sorted, each once. */
static nf_status collect_unknown(nf_result *result, const uint8_t *ids,
                                 size_t count, nf_error *err)
{
    nf_section *section = &result->section;
    size_t kept = 0;

    section->unknown = nf_alloc_array(count + result->uploaded_count + 1,
                                      sizeof *section->unknown);
    if (!section->unknown)
        return nf_error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        uint64_t id = 0;
        for (int b = 7; b >= 0; b--)
            id = id << 8 | ids[i * 8 + (size_t)b];
        section->unknown[section->unknown_count++] = (int64_t)id;
    }
    for (size_t i = 0; i < result->uploaded_count; i++) {
        if (result->uploaded[i].entity == section->entity)
            section->unknown[section->unknown_count++] = result->uploaded[i].id;
    }
    qsort(section->unknown, section->unknown_count, sizeof *section->unknown,
          by_number);
    for (size_t i = 0; i < section->unknown_count; i++) {
        int64_t id = section->unknown[i];
        if (id > 0 && (kept == 0 || section->unknown[kept - 1] != id))
            section->unknown[kept++] = id;
    }
    section->unknown_count = kept;
    return NF_OK;
}

/* What the device named; NULL: nothing. */
static const bson_t *views_of(bson_t *view, const nf_result *result)
{
    return result->views &&
                   bson_init_static(view, result->views, result->views_size)
               ? view
               : NULL;
}

static nf_status find_before(nf_result *result, nf_error *err)
{
    nf_section *section = &result->section;
    const uint8_t *ids = NULL;
    size_t count = 0;
    bson_t views;
    nf_status status;

    if (!nf_views_find(views_of(&views, result), section->entity->qualified,
                       &section->token, &ids, &count))
        return NF_OK;
    status =
        nf_view_load(&section->before, &section->delta, result->server,
                     result->device, section->entity, &section->token, err);
    if (status == NF_OK && section->delta)
        status = collect_unknown(result, ids, count, err);
    return status;
}

static nf_status open_visible(nf_result *result, const nf_entity *entity,
                              const char *constraint, nf_error *err)
{
    nf_section *section = &result->section;
    nf_status status;

    section->entity = entity;
    status =
        nf_projector_init(&section->projector, result->server, result->session,
                          result->database, &result->environment, entity, err);
    if (status == NF_OK && constraint && *constraint)
        status = nf_xpath_compile(&section->constraint,
                                  result->server->options.model, entity,
                                  constraint, NF_XPATH_SERVER, NULL, NULL, err);
    if (status == NF_OK)
        status = find_before(result, err);
    section->differs = !section->delta;
    if (status == NF_OK)
        status = put_start(result, entity->qualified,
                           section->delta ? "delta" : "snapshot", err);
    if (status == NF_OK)
        status =
            nf_result_rows(&section->rows, result, section->projector.access,
                           section->constraint, 0, section->delta, err);
    return status;
}

/* What the device's own model does with an entity: it names those that it
 * stores, with the mode of those that it does not download (W30). */
typedef enum device_mode {
    DEVICE_UNSAID, /* it leaves that to this model */
    DEVICE_ABSENT,
    DEVICE_DOWNLOADS,
    DEVICE_CLEARS,
    DEVICE_KEEPS
} device_mode;

static device_mode mode_of_device(const nf_result *result,
                                  const nf_entity *entity)
{
    const char *mode;
    bson_iter_t iter;
    bson_t views, view;

    if (!views_of(&views, result))
        return DEVICE_UNSAID;
    if (!bson_iter_init_find(&iter, &views, entity->qualified))
        return DEVICE_ABSENT;
    if (!nf_document_part(&views, entity->qualified, &view))
        return DEVICE_DOWNLOADS;
    mode = nf_document_text(&view, "mode", NULL);
    if (!mode)
        return DEVICE_DOWNLOADS;
    return !strcmp(mode, "None") ? DEVICE_CLEARS : DEVICE_KEEPS;
}

static nf_section_plan own_plan(nf_sync_mode mode)
{
    return mode == NF_SYNC_NONE            ? NF_PLAN_CLEAR
           : mode == NF_SYNC_NONE_PRESERVE ? NF_PLAN_KEEP
                                           : NF_PLAN_NOTHING;
}

/* This model's configuration decides what is sent (S8), the device's what it
 * takes (W33). Where this model no longer downloads what an older device still
 * asks for, that device keeps its rows, or gets them all if the entity is in
 * compatibility mode (S70, S168, A110, A111). */
nf_status nf_section_decide(nf_section_plan *out, const char **constraint,
                            nf_result *result, const nf_entity *entity,
                            nf_error *err)
{
    device_mode device = mode_of_device(result, entity);
    nf_offline_config config;
    bool included, sends;
    nf_status status =
        nf_server_offline(result->server, result->session->profile, entity,
                          &included, &config, err);

    *out = NF_PLAN_NOTHING;
    *constraint = config.mode == NF_SYNC_CONSTRAINED ? config.constraint : NULL;
    /* S138: it does not ask for what is new. */
    if (status != NF_OK || !included || device == DEVICE_ABSENT)
        return status;
    sends = config.mode == NF_SYNC_ALL || config.mode == NF_SYNC_CONSTRAINED ||
            (device == DEVICE_DOWNLOADS && config.compatibility);
    if (device == DEVICE_CLEARS)
        *out = NF_PLAN_CLEAR;
    else if (device == DEVICE_KEEPS)
        *out = NF_PLAN_KEEP;
    else if (sends)
        *out = NF_PLAN_VISIBLE;
    else
        *out =
            device == DEVICE_DOWNLOADS ? NF_PLAN_KEEP : own_plan(config.mode);
    return NF_OK;
}

nf_status nf_section_open(nf_result *result, nf_error *err)
{
    const nf_entity *entity = result->entities[result->entity_at++];
    nf_section_plan plan;
    const char *constraint;
    nf_status status =
        nf_section_decide(&plan, &constraint, result, entity, err);

    if (status != NF_OK || plan == NF_PLAN_NOTHING)
        return status;
    if (plan == NF_PLAN_VISIBLE)
        return open_visible(result, entity, constraint, err);
    return put_start(result, entity->qualified,
                     plan == NF_PLAN_CLEAR ? "clear" : "keep", err);
}

/* ---- rows ---------------------------------------------------------------- */

static nf_status put_removal(nf_result *result, int64_t id, nf_error *err)
{
    nf_buffer *record = &result->record;

    result->section.differs = true;
    nf_put_start(record);
    nf_put_string(record, "k", "rm");
    nf_put_int64(record, "id", id);
    return nf_result_put(result, err);
}

/* Removals for what the device may hold with an id below `id`: none of it is
 * visible. */
static nf_status remove_below(nf_result *result, int64_t id, nf_error *err)
{
    nf_section *section = &result->section;
    nf_status status = NF_OK;

    while (status == NF_OK) {
        int64_t held = section->before_at < section->before.count
                           ? nf_view_id(&section->before, section->before_at)
                           : INT64_MAX;
        int64_t unknown = section->unknown_at < section->unknown_count
                              ? section->unknown[section->unknown_at]
                              : INT64_MAX;
        int64_t least = held < unknown ? held : unknown;
        if (least >= id)
            break;
        section->before_at += held == least;
        section->unknown_at += unknown == least;
        status = put_removal(result, least, err);
    }
    return status;
}

/* Whether the device holds exactly this projection of the row: as in the view
 * before, or because it has sent it (design §10.5). */
static bool is_held(nf_result *result, int64_t id, const uint8_t *h)
{
    nf_section *section = &result->section;
    const nf_uploaded *uploaded;
    bool held = false, unknown = false;

    if (section->before_at < section->before.count &&
        nf_view_id(&section->before, section->before_at) == id)
        held = !memcmp(nf_view_hash(&section->before, section->before_at++), h,
                       NF_VIEW_HASH);
    if (section->unknown_at < section->unknown_count &&
        section->unknown[section->unknown_at] == id) {
        section->unknown_at++;
        unknown = true;
    }
    section->differs = section->differs || !held;
    if (held && !unknown)
        return true;
    uploaded = nf_result_uploaded(result, id);
    return uploaded && uploaded->same;
}

static nf_status open_single(nf_result *result, int64_t id, nf_error *err)
{
    nf_section *section = &result->section;

    return section->single ? NF_OK
                           : nf_result_rows(&section->single, result,
                                            section->projector.access, NULL, id,
                                            false, err);
}

static nf_status whole_row(nf_result *result, int64_t id, nf_row *row,
                           nf_error *err)
{
    nf_section *section = &result->section;
    bool more = false;
    nf_status status = open_single(result, id, err);

    if (status != NF_OK)
        return status;
    nf_rows_seek(section->single, id);
    status = nf_rows_next(section->single, row, &more, err);
    if (status == NF_OK && !more)
        status = nf_error_set(err, NF_FAILED, "SYNC_SERVER",
                              "a row left the snapshot");
    return status;
}

static nf_status write_row(nf_result *result, uint8_t *h,
                           const nf_projection_class *class, nf_rows *rows,
                           const nf_row *row, nf_error *err)
{
    return nf_projection_write(&result->record, h, &result->section.projector,
                               class, rows, row, err);
}

static nf_status delta_row(nf_result *result, uint8_t *h,
                           const nf_projection_class *class, const nf_row *row,
                           nf_error *err)
{
    nf_section *section = &result->section;
    bool computed = nf_projection_computed(&section->projector, class);
    nf_row whole;
    nf_status status = NF_OK;

    if (!computed)
        nf_projection_hash(h, class, row);
    else
        status = whole_row(result, row->id, &whole, err);
    if (status == NF_OK && computed)
        status = write_row(result, h, class, section->single, &whole, err);
    if (status == NF_OK)
        status = remove_below(result, row->id, err);
    if (status != NF_OK || is_held(result, row->id, h))
        return status;
    if (!computed)
        status = whole_row(result, row->id, &whole, err);
    if (status == NF_OK)
        status = write_row(result, h, class, section->single, &whole, err);
    return status == NF_OK ? nf_result_put(result, err) : status;
}

static nf_status visible_row(nf_result *result, const nf_row *row,
                             const nf_projection_class *class, nf_error *err)
{
    nf_section *section = &result->section;
    uint8_t h[NF_VIEW_HASH];
    nf_status status;

    if (section->delta) {
        status = delta_row(result, h, class, row, err);
    } else {
        status = write_row(result, h, class, section->rows, row, err);
        if (status == NF_OK)
            status = nf_result_put(result, err);
    }
    if (status != NF_OK)
        return status;
    for (size_t i = 0; i < NF_VIEW_HASH; i++)
        section->sum[i] ^= h[i];
    return nf_view_add(&section->after, row->id, h) ? NF_OK
                                                    : nf_error_nomem(err);
}

/* ---- the end ------------------------------------------------------------- */

/* The view replaces the one before it once the result is complete; where
 * nothing differs the device's own stays (W44). */
static nf_status offer(nf_result *result, nf_error *err)
{
    nf_section *section = &result->section;
    nf_offer *grown;
    nf_status status;

    if (!section->differs)
        return NF_OK;
    status = nf_server_random(result->server, section->token.bytes,
                              sizeof section->token.bytes, err);
    if (status != NF_OK)
        return status;
    grown = nf_grow(result->offers, result->offer_count,
                    &result->offer_capacity, sizeof *grown);
    if (!grown)
        return nf_error_nomem(err);
    result->offers = grown;
    grown[result->offer_count++] = (nf_offer){.entity = section->entity,
                                              .token = section->token,
                                              .view = section->after};
    section->after = (nf_view){0};
    return NF_OK;
}

static nf_status end_section(nf_result *result, nf_error *err)
{
    nf_section *section = &result->section;
    nf_buffer *record = &result->record;
    int64_t count = (int64_t)section->after.count;
    nf_status status = remove_below(result, INT64_MAX, err);

    if (status == NF_OK)
        status = offer(result, err);
    if (status != NF_OK)
        return status;
    nf_put_start(record);
    nf_put_string(record, "k", "sum");
    nf_put_string(record, "t", section->entity->qualified);
    nf_put_int64(record, "n", count);
    nf_put_binary(record, "x", section->sum, NF_VIEW_HASH);
    nf_put_binary(record, "token", section->token.bytes, 16);
    status = nf_result_put(result, err);
    nf_section_dispose(section);
    return status;
}

/* Where the walk through what the device holds will be at an id. */
typedef struct foresight {
    size_t before_at, unknown_at;
} foresight;

/* Whether the whole row of a head will probably be wanted: delta_row decides.
 */
static bool is_wanted(foresight *at, const nf_result *result,
                      const nf_row *head, const nf_projection_class *class)
{
    const nf_section *section = &result->section;
    const nf_uploaded *uploaded = nf_result_uploaded(result, head->id);
    uint8_t h[NF_VIEW_HASH];
    bool unknown;

    if (!class->rights.visible ||
        nf_projection_computed(&section->projector, class))
        return class->rights.visible;
    while (at->before_at < section->before.count &&
           nf_view_id(&section->before, at->before_at) < head->id)
        at->before_at++;
    while (at->unknown_at < section->unknown_count &&
           section->unknown[at->unknown_at] < head->id)
        at->unknown_at++;
    unknown = at->unknown_at < section->unknown_count &&
              section->unknown[at->unknown_at] == head->id;
    nf_projection_hash(h, class, head);
    return !(uploaded && uploaded->same) &&
           (unknown || at->before_at >= section->before.count ||
            nf_view_id(&section->before, at->before_at) != head->id ||
            memcmp(nf_view_hash(&section->before, at->before_at), h,
                   NF_VIEW_HASH) != 0);
}

static nf_status expect_whole(nf_result *result, foresight *at,
                              const nf_row *head, nf_error *err)
{
    nf_section *section = &result->section;
    const nf_projection_class *class =
        nf_projector_class(&section->projector, head->tests, err);
    nf_status status = NF_OK;

    if (!class)
        return NF_FAILED;
    if (!is_wanted(at, result, head, class))
        return NF_OK;
    status = open_single(result, head->id, err);
    if (status == NF_OK)
        status = nf_rows_expect(section->single, head->id, err);
    if (status == NF_OK && head->entity->is_file)
        status = nf_database_expect_content(result->database, head->id, err);
    return status;
}

/* The heads of a delta are read some ahead, so that the rows that the device
 * does not hold are asked for together. */
static nf_status next_head(nf_result *result, nf_row *row, bool *more,
                           nf_error *err)
{
    nf_section *section = &result->section;
    foresight at = {section->before_at, section->unknown_at};
    nf_status status = NF_OK;

    *more = true;
    if (section->head_at == section->head_count && !section->no_more_heads) {
        section->head_at = section->head_count = 0;
        nf_database_pipeline(result->database, true);
        while (status == NF_OK && *more &&
               section->head_count < NF_UNIT_STRETCH) {
            nf_row *head = &section->heads[section->head_count];

            status = nf_rows_next(section->rows, head, more, err);
            section->head_count += status == NF_OK && *more;
        }
        section->no_more_heads = !*more;
        for (size_t i = 0; status == NF_OK && i < section->head_count; i++)
            status = expect_whole(result, &at, &section->heads[i], err);
    }
    *more = section->head_at < section->head_count;
    if (status == NF_OK && *more)
        *row = section->heads[section->head_at++];
    return status;
}

static nf_status next_row(nf_result *result, nf_row *row, bool *more,
                          nf_error *err)
{
    const nf_section *section = &result->section;

    return section->delta && (section->head_at < section->head_count ||
                              section->no_more_heads ||
                              nf_database_is_piped(result->database))
               ? next_head(result, row, more, err)
               : nf_rows_next(section->rows, row, more, err);
}

nf_status nf_section_step(nf_result *result, nf_error *err)
{
    nf_section *section = &result->section;
    const nf_projection_class *class;
    nf_row row;
    bool more;
    nf_status status = next_row(result, &row, &more, err);

    if (status != NF_OK)
        return status;
    if (!more)
        return end_section(result, err);
    class = nf_projector_class(&section->projector, row.tests, err);
    if (!class)
        return NF_FAILED;
    return class->rights.visible ? visible_row(result, &row, class, err)
                                 : NF_OK;
}
