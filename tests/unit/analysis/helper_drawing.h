/* Flows made of elements, for tests of descriptions and pictures: objects and
 * sequence flows that may be as wrong as a file can be. */
#ifndef NF_TESTS_ANALYSIS_HELPER_DRAWING_H
#define NF_TESTS_ANALYSIS_HELPER_DRAWING_H

#include "base/memory.h"
#include "models/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
/* after the four above */
#include <cmocka.h>

enum { OBJECTS_MAX = 50001 };

typedef struct drawing {
    nf_arena *arena;
    nf_property *objects, *flows;
    size_t object_count, flow_count;
} drawing;

void draw_begin(drawing *d);
void draw_end(drawing *d);
nf_guid guid_of(size_t number);
nf_property text_property(const char *name, const char *text);
nf_property guid_property(const char *name, size_t number);
nf_property bool_property(const char *name, bool value);
nf_property part_property(const char *name, const nf_element *element);
nf_property list_property(const char *name, const nf_property *items,
                          size_t count);
/* Up to four properties; NULL names are left out. */
nf_element *element(drawing *d, const char *type, nf_property a, nf_property b,
                    nf_property c, nf_property e);
extern const nf_property none;
/* An object with one property; its number is its id. */
nf_element *add(drawing *d, nf_property *list, size_t *count, size_t number,
                const char *type, nf_property a);
void object(drawing *d, size_t number, const char *type, nf_property a);
/* The same with a place in the picture. */
void object_at(drawing *d, size_t number, const char *type, const char *middle,
               const char *size, nf_property a);
/* An activity that sets a variable: its line is "set $<name> = 1". */
nf_property set_action(drawing *d, const char *name);
void activity(drawing *d, size_t number, const char *name);
nf_property condition(drawing *d, const char *expression);
void flow(drawing *d, size_t from, size_t to, const char *value, bool error);
/* The Microflows$Nanoflow element of it all. */
const nf_element *document_element(drawing *d);

#endif
