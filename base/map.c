/* Hash maps with linear probing. The id map removes by shifting the run that
 * follows, so no tombstones build up. */
#include "base/map.h"
#include "base/memory.h"

#include <string.h>

typedef struct text_slot {
    const char *key;
    size_t length;
    uint64_t hash;
    void *value; /* NULL: free */
} text_slot;

struct nf_map {
    text_slot *slots;
    size_t size; /* a power of two, or 0 */
    size_t count;
    uint64_t seed;
};

typedef struct id_slot {
    int64_t key;
    void *value; /* NULL: free */
} id_slot;

struct nf_idmap {
    id_slot *slots;
    size_t size;
    size_t count;
    uint64_t seed;
};

/* The finalizer of splitmix64: every input bit reaches every output bit. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static uint64_t hash_text(uint64_t seed, const char *key, size_t length)
{
    uint64_t hash = seed ^ length;

    while (length >= 8) {
        uint64_t word;

        memcpy(&word, key, 8);
        hash = mix(hash ^ word);
        key += 8;
        length -= 8;
    }
    if (length) {
        uint64_t word = 0;

        memcpy(&word, key, length);
        hash = mix(hash ^ word);
    }
    return mix(hash);
}

nf_map *nf_map_new(void)
{
    nf_map *map = nf_alloc(sizeof *map);

    if (map)
        map->seed = mix((uint64_t)(uintptr_t)map);
    return map;
}

void nf_map_free(nf_map *map)
{
    if (!map)
        return;
    nf_free(map->slots);
    nf_free(map);
}

static text_slot *find_text(const nf_map *map, const char *key, size_t length,
                            uint64_t hash)
{
    size_t i = hash & (map->size - 1);

    while (map->slots[i].value) {
        text_slot *slot = &map->slots[i];

        if (slot->hash == hash && slot->length == length &&
            memcmp(slot->key, key, length) == 0)
            return slot;
        i = (i + 1) & (map->size - 1);
    }
    return &map->slots[i];
}

static bool grow_map(nf_map *map)
{
    text_slot *old = map->slots;
    size_t old_size = map->size;
    size_t size = old_size ? old_size * 2 : 16;
    text_slot *slots = nf_alloc_array(size, sizeof *slots);

    if (!slots)
        return false;
    map->slots = slots;
    map->size = size;
    for (size_t i = 0; i < old_size; i++)
        if (old[i].value)
            *find_text(map, old[i].key, old[i].length, old[i].hash) = old[i];
    nf_free(old);
    return true;
}

bool nf_map_set(nf_map *map, const char *key, void *value)
{
    size_t length = strlen(key);
    uint64_t hash = hash_text(map->seed, key, length);
    text_slot *slot;

    if (map->count + 1 > map->size / 4 * 3 && !grow_map(map))
        return false;
    slot = find_text(map, key, length, hash);
    if (!slot->value)
        map->count++;
    *slot = (text_slot){key, length, hash, value};
    return true;
}

void *nf_map_get_n(const nf_map *map, const char *key, size_t length)
{
    if (!map->count)
        return NULL;
    return find_text(map, key, length, hash_text(map->seed, key, length))
        ->value;
}

void *nf_map_get(const nf_map *map, const char *key)
{
    return nf_map_get_n(map, key, strlen(key));
}

size_t nf_map_count(const nf_map *map)
{
    return map->count;
}

bool nf_map_next(const nf_map *map, size_t *cursor, const char **key,
                 void **value)
{
    while (*cursor < map->size) {
        const text_slot *slot = &map->slots[(*cursor)++];

        if (slot->value) {
            if (key)
                *key = slot->key;
            if (value)
                *value = slot->value;
            return true;
        }
    }
    return false;
}

nf_idmap *nf_idmap_new(void)
{
    nf_idmap *map = nf_alloc(sizeof *map);

    if (map)
        map->seed = mix((uint64_t)(uintptr_t)map);
    return map;
}

void nf_idmap_free(nf_idmap *map)
{
    if (!map)
        return;
    nf_free(map->slots);
    nf_free(map);
}

/* Ids that follow each other stand together, four in a cache line. */
static size_t id_home(const nf_idmap *map, int64_t key)
{
    uint64_t number = (uint64_t)key;

    return (mix(number >> 2 ^ map->seed) << 2 | (number & 3)) & (map->size - 1);
}

static size_t find_id(const nf_idmap *map, int64_t key)
{
    size_t i = id_home(map, key);

    while (map->slots[i].value && map->slots[i].key != key)
        i = (i + 1) & (map->size - 1);
    return i;
}

static bool grow_idmap(nf_idmap *map)
{
    id_slot *old = map->slots;
    size_t old_size = map->size;
    size_t size = old_size ? old_size * 2 : 16;
    id_slot *slots = nf_alloc_array(size, sizeof *slots);

    if (!slots)
        return false;
    map->slots = slots;
    map->size = size;
    for (size_t i = 0; i < old_size; i++)
        if (old[i].value)
            map->slots[find_id(map, old[i].key)] = old[i];
    nf_free(old);
    return true;
}

bool nf_idmap_set(nf_idmap *map, int64_t key, void *value)
{
    size_t i;

    if (map->count + 1 > map->size / 4 * 3 && !grow_idmap(map))
        return false;
    i = find_id(map, key);
    if (!map->slots[i].value)
        map->count++;
    map->slots[i] = (id_slot){key, value};
    return true;
}

void *nf_idmap_get(const nf_idmap *map, int64_t key)
{
    return map->count ? map->slots[find_id(map, key)].value : NULL;
}

/* Closes the gap: what follows moves up. */
static void remove_slot(nf_idmap *map, size_t hole)
{
    size_t next = hole;

    map->count--;
    for (;;) {
        size_t mask = map->size - 1, home;

        next = (next + 1) & mask;
        if (!map->slots[next].value)
            break;
        home = id_home(map, map->slots[next].key);
        /* Move the entry back unless its home lies after the hole. */
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            map->slots[hole] = map->slots[next];
            hole = next;
        }
    }
    map->slots[hole] = (id_slot){0, NULL};
}

void nf_idmap_remove(nf_idmap *map, int64_t key)
{
    size_t at = map->count ? find_id(map, key) : 0;

    if (map->count && map->slots[at].value)
        remove_slot(map, at);
}

void nf_idmap_remove_value(nf_idmap *map, int64_t key, const void *value)
{
    size_t at = map->count ? find_id(map, key) : 0;

    if (map->count && map->slots[at].value && map->slots[at].value == value)
        remove_slot(map, at);
}

size_t nf_idmap_count(const nf_idmap *map)
{
    return map->count;
}

bool nf_idmap_next(const nf_idmap *map, size_t *cursor, int64_t *key,
                   void **value)
{
    while (*cursor < map->size) {
        const id_slot *slot = &map->slots[(*cursor)++];

        if (slot->value) {
            if (key)
                *key = slot->key;
            if (value)
                *value = slot->value;
            return true;
        }
    }
    return false;
}
