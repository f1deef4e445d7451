/* What two databases hold, as text to compare: the lines of a data file, made
 * by the functions that export and diff use. */
#include "library/sweep.h"

#include "database/statement.h"
#include "library/data_file.h"
#include "server/server.h"

#include <stdlib.h>

typedef struct state {
    nf_session *session;
    sweep_view view;
    nf_data_writer writer;
    nf_buffer line;
    char **lines;
    size_t count, capacity;
} state;

static nf_status add_line(state *s, nf_error *err)
{
    char **lines = nf_grow(s->lines, s->count, &s->capacity, sizeof *lines);

    if (!lines)
        return nf_error_nomem(err);
    s->lines = lines;
    lines[s->count] =
        nf_strdup(s->line.failed ? "" : nf_buffer_string(&s->line));
    nf_buffer_clear(&s->line);
    return lines[s->count++] ? NF_OK : nf_error_nomem(err);
}

static bool write_line(void *user, const char *text, size_t length)
{
    state *s = user;
    if (length != 1 || *text != '\n')
        nf_buffer_add(&s->line, text, length);
    return !s->line.failed;
}

/* ---- rows ---------------------------------------------------------------- */

static bool is_error_entity(const nf_entity *entity)
{
    return !strcmp(entity->qualified, "System.SynchronizationError");
}

/* Whether a member may differ between two runs that come to the same. */
static bool varies(const nf_entity *entity, const nf_member *member)
{
    const nf_attribute *attribute = member->attribute;

    if (!strcmp(member->name, "changedDate") ||
        !strcmp(member->name, "createdDate"))
        return true;
    if (!attribute)
        return false;
    return attribute->type == NF_ATTRIBUTE_AUTONUMBER ||
           (is_error_entity(entity) &&
            attribute->type == NF_ATTRIBUTE_DATETIME);
}

/* AutoNumbers are lines of their own: all were given, none twice, and which
 * object has which depends on the order of synchronizations. */
static nf_status add_number(state *s, const nf_entity *entity,
                            const nf_member *member, const nf_value *value,
                            nf_error *err)
{
    if (s->view != SWEEP_SERVER || !member->attribute ||
        member->attribute->type != NF_ATTRIBUTE_AUTONUMBER)
        return NF_OK;
    nf_buffer_format(&s->line, "number %s.%s %lld", entity->qualified,
                     member->name, (long long)value->as.integer);
    return add_line(s, err);
}

static nf_status add_row(state *s, const nf_data_shown *row, nf_error *err)
{
    const nf_entity *entity = row->entity;
    nf_data_shown shown = *row;
    nf_value *members = NULL;
    nf_status status = NF_OK;

    if (row->members) {
        members = nf_alloc_array(entity->member_count + 1, sizeof *members);
        if (!members)
            return nf_error_nomem(err);
    }
    for (size_t i = 0; status == NF_OK && members && i < entity->member_count;
         i++) {
        if (varies(entity, &entity->members[i]))
            status = add_number(s, entity, &entity->members[i],
                                &row->members[i], err);
        else
            members[i] = row->members[i]; /* borrowed */
    }
    shown.members = members;
    if (is_error_entity(entity))
        shown.id = 0;
    if (status == NF_OK)
        status = nf_data_write(&s->writer, &shown, err);
    nf_free(members);
    return status == NF_OK ? add_line(s, err) : status;
}

/* Whether a full synchronization makes the device's rows of an entity those
 * of the server. */
static bool is_governed(const state *s, const nf_entity *entity)
{
    nf_sync_mode mode =
        nf_profile_config(s->session->world.profile, entity).mode;
    return !entity->module->system &&
           (mode == NF_SYNC_ALL || mode == NF_SYNC_CONSTRAINED);
}

static nf_status add_server_row(void *user, const nf_server_exported *row,
                                nf_error *err)
{
    state *s = user;
    nf_data_shown shown = {.entity = row->entity,
                           .id = row->id,
                           .members = row->members,
                           .contents = row->contents,
                           .contents_size = row->contents_size};

    if (s->view == SWEEP_ALLOWED
            ? !is_governed(s, row->entity)
            : row->entity->module->system && !is_error_entity(row->entity))
        return NF_OK;
    return add_row(s, &shown, err);
}

static nf_status add_device_row(void *user, nf_record *record,
                                nf_import_state row_state, nf_error *err)
{
    static const char *const states[] = {
        [NF_IMPORT_SYNCHRONIZED] = NULL,
        [NF_IMPORT_NEW] = "new",
        [NF_IMPORT_CHANGED] = "changed",
        [NF_IMPORT_DELETED] = "deleted",
    };
    state *s = user;
    nf_database *database = nf_device_database(s->session->device);
    bool deleted = row_state == NF_IMPORT_DELETED;
    nf_content content = {0};
    uint8_t *bytes = NULL;
    nf_data_shown shown = {.entity = record->entity,
                           .id = record->id,
                           .members = deleted ? NULL : record->members,
                           .state = states[row_state]};
    nf_status status = NF_OK;

    if (record->entity->is_file && !deleted)
        status = nf_database_get_content(database, record->id, &content, err);
    if (status == NF_OK && content.exists && content.has_hash)
        status = nf_database_get_bytes(database, content.hash, &bytes,
                                       &shown.contents_size, err);
    shown.contents = bytes;
    if (status == NF_OK)
        status = add_row(s, &shown, err);
    nf_free(bytes);
    return status;
}

static nf_status add_device(state *s, nf_error *err)
{
    const nf_model *model = s->session->model;
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < nf_model_entity_count(model);
         i++) {
        const nf_entity *entity = nf_model_entity(model, i);
        if (entity->kind != NF_ENTITY_PERSISTABLE || entity->module->system ||
            (s->view == SWEEP_SHOWN && !is_governed(s, entity)))
            continue;
        status = nf_device_export(s->session->device, entity, add_device_row, s,
                                  err);
    }
    return status;
}

/* How often the server wrote each row since the sweep began. */
static nf_status add_counts(state *s, nf_error *err)
{
    nf_database *database = nf_server_database(s->session->server);
    nf_statement *statement = nf_database_statement(
        database, "SELECT id, writes FROM _mx_sweep", err);
    bool row = true;
    nf_status status = statement ? NF_OK : NF_FAILED;

    while (status == NF_OK &&
           (status = nf_database_step(database, statement, &row, err)) ==
               NF_OK &&
           row) {
        nf_buffer_format(&s->line, "written %lld times %lld",
                         (long long)nf_column_int(statement, 0),
                         (long long)nf_column_int(statement, 1));
        status = add_line(s, err);
    }
    nf_database_done(database, statement);
    return status;
}

/* ---- the text ------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static nf_status collect(state *s, nf_error *err)
{
    nf_session *session = s->session;
    nf_status status;

    switch (s->view) {
    case SWEEP_DEVICE:
    case SWEEP_SHOWN:
        return add_device(s, err);
    case SWEEP_ALLOWED:
        return nf_server_export_as(
            session->server, session->user, session->roles, session->role_count,
            session->profile_name, add_server_row, s, err);
    default:
        status = nf_server_export(session->server, add_server_row, s, err);
        return status == NF_OK ? add_counts(s, err) : status;
    }
}

nf_status sweep_state(char **out, nf_session *session, sweep_view view,
                      nf_error *err)
{
    state s = {.session = session, .view = view};
    nf_buffer text;
    nf_status status;

    *out = NULL;
    s.writer =
        (nf_data_writer){.session = session, .write = write_line, .user = &s};
    nf_buffer_init(&s.line, NF_BUFFER_MAX);
    nf_buffer_init(&text, NF_BUFFER_MAX);
    status = collect(&s, err);
    if (s.count)
        qsort(s.lines, s.count, sizeof *s.lines, by_text);
    for (size_t i = 0; i < s.count; i++) {
        nf_buffer_text(&text, s.lines[i]);
        nf_buffer_char(&text, '\n');
        nf_free(s.lines[i]);
    }
    nf_free(s.lines);
    nf_buffer_dispose(&s.line);
    nf_buffer_text(&text, ""); /* never without memory */
    if (status == NF_OK && !(*out = nf_buffer_take(&text)))
        status = nf_error_nomem(err);
    nf_buffer_dispose(&text);
    return status;
}

const char *sweep_difference(char *room, size_t size, const char *a,
                             const char *b)
{
    size_t used = 0;

    while (*a || *b) {
        size_t m = strcspn(a, "\n"), n = strcspn(b, "\n");
        int order = !*a ? 1 : !*b ? -1 : 0;
        if (!order) {
            order = memcmp(a, b, m < n ? m : n);
            order = order ? order : (m > n) - (m < n);
        }
        if (order && used < size)
            used +=
                (size_t)snprintf(room + used, size - used, "%s%s %.*s",
                                 used ? " " : "", order < 0 ? "-" : "+",
                                 (int)(order < 0 ? m : n), order < 0 ? a : b);
        if (order <= 0)
            a += m + (a[m] == '\n');
        if (order >= 0)
            b += n + (b[n] == '\n');
    }
    return used ? room : NULL;
}
