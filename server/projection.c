/* See projection.h. */
#include "server/projection.h"

#include "server/world.h"
#include "sync/codec_row.h"
#include "sync/document.h"

enum { CLASSES_MAX = 256 };

/* Whether a member travels at all. The child end of an association never
 * does: its owner's row says the same, and the device derives it (S89). */
static bool travels(const nf_member *member)
{
    return !member->child_end;
}

/* The child end of an association of an entity with itself has the name of
 * the parent's end, which is what the name means (W25). */
static bool shares_name(const nf_entity *entity, const nf_member *member)
{
    return member->child_end &&
           nf_entity_end(entity, member->association, false);
}

/* ---- rights -------------------------------------------------------------- */

static void free_class(nf_projection_class *class)
{
    nf_object_rights_dispose(&class->rights);
    nf_buffer_dispose(&class->read_only);
    nf_buffer_dispose(&class->unreadable);
}

nf_status nf_projector_init(nf_projector *out, nf_server *server,
                            nf_server_session *session, nf_database *database,
                            const nf_environment *environment,
                            const nf_entity *entity, nf_error *err)
{
    *out = (nf_projector){.database = database,
                          .entity = entity,
                          .server = server,
                          .session = session,
                          .environment = environment};
    out->access = nf_access_of(server, session, entity, err);
    return out->access ? NF_OK : NF_FAILED;
}

static void forget_classes(nf_projector *projector)
{
    for (size_t i = 0; i < projector->count; i++)
        free_class(&projector->classes[i]);
    projector->count = projector->last = 0;
}

void nf_projector_dispose(nf_projector *projector)
{
    forget_classes(projector);
    nf_free(projector->classes);
    nf_calculator_free(projector->calculator);
    *projector = (nf_projector){0};
}

static void write_name(nf_buffer *to, uint32_t *count, const nf_member *member)
{
    char buffer[16];
    const char *key;

    bson_uint32_to_string((*count)++, &key, buffer, sizeof buffer);
    nf_put_string(to, key, member->name);
}

/* The names of what may be read but not written, and of what may not be
 * read. */
static bool write_rights(nf_projection_class *class, const nf_entity *entity)
{
    const nf_object_rights *rights = &class->rights;
    uint32_t read_only = 0, unreadable = 0;

    nf_buffer_init(&class->read_only, NF_SYNC_DOCUMENT_MAX);
    nf_buffer_init(&class->unreadable, NF_SYNC_DOCUMENT_MAX);
    for (size_t i = 0; i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];
        if (shares_name(entity, member))
            continue;
        if (!nf_bits_has(rights->read, i))
            write_name(&class->unreadable, &unreadable, member);
        else if (!nf_bits_has(rights->write, i))
            write_name(&class->read_only, &read_only, member);
    }
    return !class->read_only.failed && !class->unreadable.failed;
}

/* Two rows of one version look different only for what this digest covers:
 * which members there are, of which type, and what may be done with them. */
static bool seed_class(nf_projection_class *class, const nf_entity *entity)
{
    uint8_t digest[NF_SHA256_SIZE];
    nf_buffer text;
    bool ok;

    nf_buffer_init(&text, NF_BUFFER_MAX);
    nf_buffer_format(&text, "%s\n", entity->qualified);
    for (size_t i = 0; i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];
        nf_buffer_format(&text, "%s %d %d %d %d\n", member->name,
                         member->attribute ? (int)member->attribute->type : -1,
                         (int)member->type.kind,
                         nf_bits_has(class->rights.read, i),
                         nf_bits_has(class->rights.write, i));
    }
    ok = nf_buffer_string(&text) &&
         nf_sha256(digest, nf_buffer_string(&text), text.length);
    nf_buffer_dispose(&text);
    memcpy(class->seed, digest, sizeof class->seed);
    return ok;
}

const nf_projection_class *nf_projector_class(nf_projector *projector,
                                              uint64_t tests, nf_error *err)
{
    nf_projection_class *class;
    nf_status status;
    bool ok;

    for (size_t i = 0; i < projector->count; i++) {
        size_t at = (projector->last + i) % projector->count;
        if (projector->classes[at].tests == tests) {
            projector->last = at;
            return &projector->classes[at];
        }
    }
    if (projector->count == CLASSES_MAX)
        forget_classes(projector);
    class = nf_grow(projector->classes, projector->count, &projector->capacity,
                    sizeof *class);
    if (!class) {
        nf_error_nomem(err);
        return NULL;
    }
    projector->classes = class;
    class += projector->count;
    class->tests = tests;
    status =
        nf_access_rights(&class->rights, projector->access, tests, false, err);
    if (status != NF_OK)
        return NULL;
    ok = write_rights(class, projector->entity) &&
         seed_class(class, projector->entity);
    projector->last = projector->count++;
    if (!ok)
        nf_error_nomem(err);
    return ok ? class : NULL;
}

/* ---- h ------------------------------------------------------------------- */

bool nf_projection_computed(const nf_projector *projector,
                            const nf_projection_class *class)
{
    const nf_entity *entity = projector->entity;

    for (size_t i = 0; entity->calculates && i < entity->member_count; i++) {
        const nf_member *member = &entity->members[i];
        if (member->attribute && member->attribute->calculated &&
            nf_bits_has(class->rights.read, i))
            return true;
    }
    return false;
}

static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

void nf_projection_hash(uint8_t h[NF_VIEW_HASH],
                        const nf_projection_class *class, const nf_row *row)
{
    uint64_t id = (uint64_t)row->id, version = (uint64_t)row->version;
    uint64_t a = mix(class->seed[0] + id * UINT64_C(0x9e3779b97f4a7c15));
    uint64_t b = mix(class->seed[1] ^ (a + version));

    a = mix(a ^ (b + UINT64_C(0xd1b54a32d192ed03)));
    for (int i = 0; i < 8; i++) {
        h[i] = (uint8_t)(a >> 8 * i);
        h[8 + i] = (uint8_t)(b >> 8 * i);
    }
}

/* ---- records ------------------------------------------------------------- */

/* The values of a row, with those that microflows compute (D18); *out NULL:
 * there is nothing to compute. */
static nf_status calculate(nf_value **out, nf_projector *projector,
                           const nf_projection_class *class, nf_rows *rows,
                           const nf_row *row, nf_error *err)
{
    const nf_entity *entity = row->entity;
    nf_status status = NF_OK;

    *out = NULL;
    if (!nf_projection_computed(projector, class))
        return NF_OK;
    *out = nf_alloc_array(entity->member_count, sizeof **out);
    if (!*out)
        return nf_error_nomem(err);
    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++)
        status = nf_rows_value(rows, i, &(*out)[i], err);
    if (status != NF_OK)
        return status;
    return nf_calculate_row(&projector->calculator, projector->server,
                            projector->session, projector->database,
                            projector->environment, entity, row->id, *out, err);
}

static nf_status write_member(nf_buffer *to, nf_rows *rows,
                              const nf_member *member, const nf_value *values,
                              bool *ok, nf_error *err)
{
    if (!values || !member->attribute || !member->attribute->calculated)
        return nf_row_member_write(to, rows, member, ok, err);
    *ok = nf_member_write(to, member, &values[member->index]);
    return NF_OK;
}

static nf_status write_members(nf_buffer *record, nf_projector *projector,
                               const nf_projection_class *class, nf_rows *rows,
                               const nf_row *row, bool *ok, nf_error *err)
{
    const nf_entity *entity = row->entity;
    nf_value *values = NULL;
    nf_status status = calculate(&values, projector, class, rows, row, err);
    size_t members = nf_put_document(record, "m");

    for (size_t i = 0; status == NF_OK && *ok && i < entity->member_count;
         i++) {
        if (nf_bits_has(class->rights.read, i) && travels(&entity->members[i]))
            status = write_member(record, rows, &entity->members[i], values, ok,
                                  err);
    }
    nf_put_end(record, members);
    nf_members_free(values, entity->member_count);
    return status;
}

/* Lists that are empty are left out. */
static void write_list(nf_buffer *record, const char *key,
                       const nf_buffer *names)
{
    size_t array;

    if (names->length == 0)
        return;
    array = nf_put_array(record, key);
    nf_buffer_add(record, names->data, names->length);
    nf_put_end(record, array);
}

static nf_status write_content(nf_buffer *record, nf_database *database,
                               const nf_row *row, nf_error *err)
{
    nf_content content = {0};
    size_t file;
    nf_status status =
        nf_database_get_content(database, row->id, &content, err);

    if (status != NF_OK || !content.has_hash)
        return status;
    file = nf_put_document(record, "f");
    nf_put_string(record, "ver", content.server_version);
    nf_put_binary(record, "sha256", content.hash, NF_CONTENT_HASH_SIZE);
    nf_put_int64(record, "size", content.size);
    nf_put_end(record, file);
    return NF_OK;
}

/* What a computed one digests is all that was written, but the length. */
static nf_status finish_hash(nf_buffer *record, uint8_t h[NF_VIEW_HASH],
                             const nf_projector *projector,
                             const nf_projection_class *class,
                             const nf_row *row, nf_error *err)
{
    uint8_t digest[NF_SHA256_SIZE];

    if (!nf_projection_computed(projector, class)) {
        nf_projection_hash(h, class, row);
    } else {
        if (record->failed || !nf_sha256(digest, record->data + sizeof(int32_t),
                                         record->length - sizeof(int32_t)))
            return nf_error_nomem(err);
        memcpy(h, digest, NF_VIEW_HASH);
    }
    nf_put_binary(record, "h", h, NF_VIEW_HASH);
    return NF_OK;
}

nf_status nf_projection_write(nf_buffer *record, uint8_t h[NF_VIEW_HASH],
                              nf_projector *projector,
                              const nf_projection_class *class, nf_rows *rows,
                              const nf_row *row, nf_error *err)
{
    const char *name = row->entity->qualified;
    bool ok = true;
    nf_status status;

    nf_put_start(record);
    nf_put_string(record, "k", "obj");
    nf_put_string(record, "t", name);
    nf_put_int64(record, "id", row->id);
    status = write_members(record, projector, class, rows, row, &ok, err);
    write_list(record, "ro", &class->read_only);
    write_list(record, "na", &class->unreadable);
    if (status == NF_OK && ok && row->entity->is_file)
        status = write_content(record, projector->database, row, err);
    if (status == NF_OK && record->failed && !record->full)
        return nf_error_nomem(err);
    if (status == NF_OK && (!ok || record->full))
        return nf_error_set(err, NF_FAILED, "SYNC_LIMIT",
                            "an object of '%s' is too large to synchronize",
                            name);
    return status == NF_OK ? finish_hash(record, h, projector, class, row, err)
                           : status;
}
