/* What the server itself writes into rows: system members, AutoNumbers and
 * the contents of files (domain D16, D30 … D32, D150). What it writes into the
 * objects of flows is in world.c. */
#include "server/internal.h"

static void stamp_member(const nf_entity *entity, nf_value *values,
                         uint64_t *mask, const char *name, nf_value value)
{
    const nf_member *member = nf_entity_find_member(entity, name);
    if (!member)
        return;
    nf_value_release(&values[member->index]);
    values[member->index] = value;
    if (mask)
        nf_bits_add(mask, member->index);
}

int64_t nf_next_version(const nf_entity *entity, const nf_value *values,
                        bool created)
{
    const nf_member *member = nf_entity_find_member(entity, NF_OBJECT_VERSION);
    const nf_value *before = member ? &values[member->index] : NULL;

    return created || !before || before->kind != NF_KIND_INTEGER
               ? 1
               : before->as.integer + 1;
}

void nf_stamp_version(const nf_entity *entity, nf_value *values, uint64_t *mask,
                      bool created)
{
    if (entity->stamped)
        stamp_member(entity, values, mask, NF_OBJECT_VERSION,
                     nf_integer(nf_next_version(entity, values, created)));
}

void nf_stamp(nf_server *server, const nf_entity *entity, nf_value *values,
              uint64_t *mask, int64_t user, bool created)
{
    nf_value now, who;

    if (!entity->stamped)
        return;
    now = nf_datetime(nf_server_now(server));
    who = user ? nf_id_value(user) : nf_empty();
    if (created) {
        stamp_member(entity, values, mask, "createdDate", now);
        stamp_member(entity, values, mask, "System.owner", who);
    }
    stamp_member(entity, values, mask, "changedDate", now);
    stamp_member(entity, values, mask, "System.changedBy", who);
    nf_stamp_version(entity, values, mask, created);
}

nf_status nf_number(nf_server *server, const nf_entity *entity,
                    nf_value *values, const uint64_t *given, nf_error *err)
{
    nf_status status = NF_OK;

    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++) {
        const nf_attribute *attribute = entity->members[i].attribute;
        int64_t number = 0;
        if (!attribute || attribute->type != NF_ATTRIBUTE_AUTONUMBER)
            continue;
        if (nf_bits_has(given, i) && values[i].kind == NF_KIND_INTEGER) {
            status = nf_database_seen_number(server->database, attribute,
                                             values[i].as.integer, err);
            continue;
        }
        status =
            nf_database_next_number(server->database, attribute, &number, err);
        values[i] = nf_integer(number);
    }
    return status;
}

nf_status nf_server_link_file(nf_server *server, const nf_entity *entity,
                              int64_t id, const uint8_t *sha, int64_t size,
                              nf_value *values, uint64_t *mask, nf_error *err)
{
    nf_content content = {.exists = true,
                          .has_hash = true,
                          .size = size,
                          .state = NF_CONTENT_PRESENT};

    memcpy(content.hash, sha, NF_SHA256_SIZE);
    /* A version names contents exactly: their digest does (S102). */
    nf_hex(content.server_version, sha, NF_SHA256_SIZE);
    stamp_member(entity, values, mask, "Size", nf_integer(size));
    stamp_member(entity, values, mask, "HasContents", nf_boolean(true));
    return nf_database_set_content(server->database, id, &content, err);
}
