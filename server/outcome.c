/* The outcome of a unit as it is stored with it (synchronize S52): some fifteen
 * bytes per entry, and texts where there are some. Little endian.
 *
 *   entities: count, then names
 *   entries:  count, then id, kind, state, entity, flags; with HAS_TEXT code
 *             and text; with HAS_CLEARED a count and names of members
 *
 * A count is 4 bytes, a text its length in 2 bytes and its bytes. */
#include "server/unit.h"

enum { HAS_TEXT = 1, HAS_CLEARED = 2 };

/* ---- writing --------------------------------------------------------------
 */

static void put_number(nf_buffer *out, uint64_t value, size_t size)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    nf_buffer_add(out, bytes, size);
}

static void put_text(nf_buffer *out, const char *text)
{
    size_t size = strlen(text);

    put_number(out, size, 2);
    nf_buffer_add(out, text, size);
}

/* The number of each entity name in the list that the outcome starts with. */
static bool number_entities(const nf_unit *unit, nf_map *numbers,
                            nf_buffer *out)
{
    nf_buffer names;
    bool ok = true;

    nf_buffer_init(&names, NF_BUFFER_MAX);
    for (size_t i = 0; ok && i < unit->count; i++) {
        const char *name = unit->entries[i].entity_name;
        if (nf_map_get(numbers, name))
            continue;
        ok = nf_map_set(numbers, name,
                        (void *)(uintptr_t)(nf_map_count(numbers) + 1));
        put_text(&names, name);
    }
    put_number(out, nf_map_count(numbers), 4);
    nf_buffer_add(out, names.data, names.length);
    ok = ok && !names.failed;
    nf_buffer_dispose(&names);
    return ok;
}

static void put_cleared(nf_buffer *out, const nf_entry *entry)
{
    uint32_t count = 0;

    for (size_t i = 0; i < entry->entity->member_count; i++)
        count += nf_bits_has(entry->cleared, i);
    put_number(out, count, 4);
    for (size_t i = 0; i < entry->entity->member_count; i++) {
        if (nf_bits_has(entry->cleared, i))
            put_text(out, entry->entity->members[i].name);
    }
}

nf_status nf_unit_outcome(const nf_unit *unit, nf_buffer *out, nf_error *err)
{
    nf_map *numbers = nf_map_new();
    bool ok = numbers != NULL;

    nf_buffer_init(out, NF_BUFFER_MAX);
    ok = ok && number_entities(unit, numbers, out);
    put_number(out, unit->count, 4);
    for (size_t i = 0; ok && i < unit->count; i++) {
        const nf_entry *entry = &unit->entries[i];
        unsigned flags =
            (*entry->code ? HAS_TEXT : 0) | (entry->cleared ? HAS_CLEARED : 0);
        put_number(out, (uint64_t)entry->id, 8);
        put_number(out, entry->kind, 1);
        put_number(out, entry->state, 1);
        put_number(out, (uintptr_t)nf_map_get(numbers, entry->entity_name), 4);
        put_number(out, flags, 1);
        if (flags & HAS_TEXT) {
            put_text(out, entry->code);
            put_text(out, entry->text);
        }
        if (flags & HAS_CLEARED)
            put_cleared(out, entry);
    }
    nf_map_free(numbers);
    return ok && !out->failed ? NF_OK : nf_error_nomem(err);
}

/* ---- reading --------------------------------------------------------------
 */

typedef struct outcome_reader {
    const uint8_t *at, *end;
    bool damaged;
} outcome_reader;

static uint64_t get_number(outcome_reader *r, size_t size)
{
    uint64_t value = 0;

    if ((size_t)(r->end - r->at) < size) {
        r->damaged = true;
        return 0;
    }
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)r->at[i] << (8 * i);
    r->at += size;
    return value;
}

/* Borrowed from the unit; "" when damaged or out of memory. */
static const char *get_text(outcome_reader *r, nf_unit *unit)
{
    size_t size = (size_t)get_number(r, 2);
    const char *text;

    if ((size_t)(r->end - r->at) < size) {
        r->damaged = true;
        return "";
    }
    text = nf_arena_strndup(unit->texts, (const char *)r->at, size);
    r->at += size;
    return text ? text : "";
}

static nf_status get_cleared(outcome_reader *r, nf_unit *unit, nf_entry *entry,
                             nf_error *err)
{
    uint64_t count = get_number(r, 4);

    for (uint64_t i = 0; !r->damaged && i < count; i++) {
        const char *name = get_text(r, unit);
        const nf_member *member =
            entry->entity ? nf_entity_find_member(entry->entity, name) : NULL;
        if (!member)
            continue;
        if (!entry->cleared)
            entry->cleared = nf_arena_array(
                unit->texts, nf_bits_words(entry->entity->member_count) + 1,
                sizeof *entry->cleared);
        if (!entry->cleared)
            return nf_error_nomem(err);
        nf_bits_add(entry->cleared, member->index);
    }
    return NF_OK;
}

static nf_status get_entry(outcome_reader *r, nf_unit *unit,
                           const char *const *names, uint64_t name_count,
                           nf_error *err)
{
    nf_entry *entry = nf_unit_add(unit, (int64_t)get_number(r, 8), err);
    uint64_t kind = get_number(r, 1), state = get_number(r, 1);
    uint64_t name = get_number(r, 4), flags = get_number(r, 1);

    if (!entry)
        return NF_NOMEM;
    if (kind > NF_WIRE_END || state > NF_OUTCOME_GONE || name == 0 ||
        name > name_count)
        r->damaged = true;
    if (r->damaged)
        return NF_OK;
    entry->kind = (nf_wire_kind)kind;
    entry->state = (nf_outcome_state)state;
    entry->decided = true;
    entry->entity_name = names[name - 1];
    entry->entity =
        nf_model_find_entity(unit->server->options.model, entry->entity_name);
    if (flags & HAS_TEXT) {
        entry->code = get_text(r, unit);
        entry->text = get_text(r, unit);
    }
    return flags & HAS_CLEARED ? get_cleared(r, unit, entry, err) : NF_OK;
}

nf_status nf_unit_restore(nf_unit *unit, const uint8_t *outcome, size_t size,
                          nf_error *err)
{
    static const uint8_t nothing[1];
    outcome_reader r = {outcome ? outcome : nothing,
                        (outcome ? outcome : nothing) + size, false};
    uint64_t name_count = get_number(&r, 4), count;
    const char **names = NULL;
    nf_status status = NF_OK;

    unit->by_id = nf_idmap_new();
    unit->texts = nf_arena_new();
    if (name_count <= size)
        names = nf_alloc_array((size_t)name_count + 1, sizeof *names);
    if (!unit->by_id || !unit->texts || !names)
        status = nf_error_nomem(err);
    for (uint64_t i = 0; status == NF_OK && i < name_count; i++)
        names[i] = get_text(&r, unit);
    count = get_number(&r, 4);
    for (uint64_t i = 0; status == NF_OK && !r.damaged && i < count; i++)
        status = get_entry(&r, unit, names, name_count, err);
    nf_free(names);
    if (status == NF_OK && (r.damaged || r.at != r.end))
        status = nf_error_set(err, NF_FAILED, "SYNC_SERVER",
                              "a stored outcome is damaged");
    return status;
}
