/* What a run keeps of each object and file: the entries of what is sent, the
 * items of its outcome, contents that travel. */
#include "sync/client.h"

#include <stdio.h>
#include <stdlib.h>

nf_client_entry *nf_client_find(const nf_sync_client *client, int64_t id)
{
    size_t low = 0, high = client->sorted_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (client->entries[middle].frozen.id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < client->sorted_count && client->entries[low].frozen.id == id
               ? &client->entries[low]
               : NULL;
}

nf_client_entry *nf_client_add(nf_sync_client *client, int64_t id,
                               const nf_entity *entity, nf_error *err)
{
    nf_client_entry *grown = nf_grow(client->entries, client->entry_count,
                                     &client->entry_capacity, sizeof *grown);

    if (!grown) {
        nf_error_nomem(err);
        return NULL;
    }
    client->entries = grown;
    grown += client->entry_count++;
    memset(grown, 0, sizeof *grown);
    grown->frozen.id = id;
    grown->entity = entity;
    return grown;
}

static int by_id(const void *a, const void *b)
{
    const nf_client_entry *x = a, *y = b;

    if (x->frozen.id != y->frozen.id)
        return x->frozen.id < y->frozen.id ? -1 : 1;
    return 0;
}

/* The change log is read by id. */
static bool is_sorted(const nf_sync_client *client)
{
    for (size_t i = 1; i < client->entry_count; i++) {
        if (client->entries[i].frozen.id <= client->entries[i - 1].frozen.id)
            return false;
    }
    return true;
}

void nf_client_sort(nf_sync_client *client)
{
    nf_client_entry *entries = client->entries;
    size_t kept = 0;

    client->sorted_count = client->entry_count;
    if (is_sorted(client))
        return;
    qsort(entries, client->entry_count, sizeof *entries, by_id);
    for (size_t i = 0; i < client->entry_count; i++) {
        if (kept && entries[kept - 1].frozen.id == entries[i].frozen.id)
            continue;
        entries[kept++] = entries[i];
    }
    client->entry_count = client->sorted_count = kept;
}

/* "cleared" and the associations, as many as there is room for. */
static nf_status cleared_reason(char reason[320], const nf_wire *record,
                                const nf_entity *entity, nf_error *err)
{
    uint64_t *bits =
        nf_alloc_array(nf_bits_words(entity->member_count) + 1, sizeof *bits);
    nf_status status =
        bits ? nf_known_names_read(bits, entity, &record->cleared, err)
             : nf_error_nomem(err);
    size_t length = 0;

    for (size_t i = 0; status == NF_OK && i < entity->member_count; i++) {
        const char *name = entity->members[i].name;
        if (nf_bits_has(bits, i) && length + strlen(name) + 12 < 320)
            length += (size_t)snprintf(reason + length, 320 - length, "%s%s",
                                       length ? ", " : "cleared ", name);
    }
    nf_free(bits);
    return status;
}

nf_status nf_client_reason(char reason[320], const nf_wire *record,
                           const nf_entity *entity, nf_error *err)
{
    const char *text = record->text;
    size_t length = strlen(text) < 255 ? strlen(text) : 255;

    reason[0] = '\0';
    if (*record->code || *text)
        snprintf(reason, 320, "%.31s %.*s", record->code,
                 (int)nf_utf8_cut(text, length), text);
    else if (entity && !bson_empty(&record->cleared))
        return cleared_reason(reason, record, entity, err);
    return NF_OK;
}

nf_status nf_client_explain(nf_sync_client *client, nf_client_entry *entry,
                            const nf_wire *record, nf_error *err)
{
    char reason[320];
    nf_status status = nf_client_reason(reason, record, entry->entity, err);

    entry->reason = NULL;
    if (status != NF_OK || !*reason)
        return status;
    entry->reason = nf_arena_strdup(client->texts, reason);
    return entry->reason ? NF_OK : nf_error_nomem(err);
}

bool nf_client_item(nf_sync_client *client, nf_item_list *list,
                    const nf_entity *entity, int64_t id, const char *reason,
                    int64_t bytes)
{
    nf_sync_item *grown;
    char *text;

    if (client->no_items &&
        (list == &client->uploaded || list == &client->downloaded)) {
        list->count++;
        return true;
    }
    grown = nf_grow(list->items, list->count, &list->capacity, sizeof *grown);
    if (!grown)
        return false;
    list->items = grown;
    text = *reason ? nf_arena_strdup(client->texts, reason) : NULL;
    if (*reason && !text)
        return false;
    grown[list->count++] = (nf_sync_item){
        .entity = entity, .id = id, .reason = text ? text : "", .bytes = bytes};
    return true;
}

void nf_client_drop_item(nf_sync_client *client, nf_item_list *list, int64_t id)
{
    if (client->no_items &&
        (list == &client->uploaded || list == &client->downloaded)) {
        list->count--;
        return;
    }
    for (size_t i = list->count; i-- > 0;)
        if (list->items[i].id == id) {
            memmove(&list->items[i], &list->items[i + 1],
                    (list->count - i - 1) * sizeof *list->items);
            list->count--;
            return;
        }
}

nf_client_file *nf_client_add_file(nf_sync_client *client, nf_error *err)
{
    nf_client_file *grown = nf_grow(client->files, client->file_count,
                                    &client->file_capacity, sizeof *grown);
    if (!grown) {
        nf_error_nomem(err);
        return NULL;
    }
    client->files = grown;
    memset(&grown[client->file_count], 0, sizeof *grown);
    return &grown[client->file_count++];
}

void nf_client_drop_files(nf_sync_client *client)
{
    client->file_count = client->file_at = 0;
}
