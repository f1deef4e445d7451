/* Model elements made here, for the flows that bodies of tests become: the
 * stored form that readers of models give (models/element.h). */
#ifndef NF_TESTING_MADE_H
#define NF_TESTING_MADE_H

#include "base/memory.h"
#include "models/element.h"

enum { NF_MADE_PROPERTIES = 16 };

/* An element under construction; `element` is valid at any time;
 * its properties keep the order of storage. */
typedef struct nf_made {
    nf_element element;
    nf_property properties[NF_MADE_PROPERTIES];
} nf_made;

/* A list that grows; in the arena. */
typedef struct nf_made_list {
    nf_property *items;
    size_t count, capacity;
} nf_made_list;

/* NULL when out of memory; every other function accepts that. `line` is kept
 * in the id, so that an error says where it is (nf_make_line). */
nf_made *nf_make(nf_arena *arena, const char *type, uint32_t number, long line);
void nf_make_text(nf_made *made, const char *name, const char *text);
void nf_make_bool(nf_made *made, const char *name, bool value);
void nf_make_guid(nf_made *made, const char *name, const nf_guid *guid);
void nf_make_part(nf_made *made, const char *name, nf_made *part);
void nf_make_list(nf_made *made, const char *name, const nf_made_list *list);
/* False when out of memory. */
bool nf_make_item(nf_arena *arena, nf_made_list *list, nf_made *item);
bool nf_make_item_text(nf_arena *arena, nf_made_list *list, const char *text);
/* The line in an id that nf_make has made, as text; 0: another id. */
long nf_make_line(const char *id);

#endif
