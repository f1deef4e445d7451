/* Two hash maps: from text and from 64-bit ids, to a pointer. Keys of the
 * text map are borrowed and must outlive it. Open addressing, load <= 3/4;
 * the hash is seeded per map, so that hostile names cannot aim at it. */
#ifndef NF_BASE_MAP_H
#define NF_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct nf_map nf_map;
nf_map *nf_map_new(void);
void nf_map_free(nf_map *map);
/* Adds or replaces; false when out of memory. `value` is not NULL. */
bool nf_map_set(nf_map *map, const char *key, void *value);
void *nf_map_get(const nf_map *map, const char *key); /* NULL if absent */
void *nf_map_get_n(const nf_map *map, const char *key, size_t length);
size_t nf_map_count(const nf_map *map);
/* Walks in no particular order: start with *cursor = 0; false at the end. */
bool nf_map_next(const nf_map *map, size_t *cursor, const char **key,
                 void **value);

typedef struct nf_idmap nf_idmap;
nf_idmap *nf_idmap_new(void);
void nf_idmap_free(nf_idmap *map);
bool nf_idmap_set(nf_idmap *map, int64_t key, void *value);
void *nf_idmap_get(const nf_idmap *map, int64_t key);
void nf_idmap_remove(nf_idmap *map, int64_t key);
/* Removes the key if it leads to `value`. */
void nf_idmap_remove_value(nf_idmap *map, int64_t key, const void *value);
size_t nf_idmap_count(const nf_idmap *map);
bool nf_idmap_next(const nf_idmap *map, size_t *cursor, int64_t *key,
                   void **value);

#endif
