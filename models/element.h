/* A model element as stored: a type, an id and properties. Every reader
 * (mpr v1, mpr v2, XML) turns its container into these; the model is built
 * from them once. Elements are immutable, live in the arena of their unit and
 * borrow from it. Property names and types are the stored ones (model-format
 * part 4); a reader has already mapped SDK names (MF-L1). */
#ifndef NF_MODELS_ELEMENT_H
#define NF_MODELS_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct nf_guid {
    uint8_t bytes[16]; /* as stored (MF-E2) */
} nf_guid;

enum { NF_GUID_TEXT_SIZE = 37 };
/* Lower-case text form with hyphens and NUL (MF-E2). */
void nf_guid_text(const nf_guid *guid, char text[NF_GUID_TEXT_SIZE]);
bool nf_guid_parse(nf_guid *out, const char *text);
bool nf_guid_equal(const nf_guid *a, const nf_guid *b);
bool nf_guid_is_zero(const nf_guid *guid); /* "none", MF-P10 */

typedef enum nf_property_kind {
    NF_PROPERTY_NULL,
    NF_PROPERTY_STRING,
    NF_PROPERTY_BOOLEAN,
    NF_PROPERTY_INT32,
    NF_PROPERTY_INT64,
    NF_PROPERTY_DOUBLE,
    NF_PROPERTY_DATETIME, /* milliseconds */
    NF_PROPERTY_GUID,     /* binary of 16 bytes */
    NF_PROPERTY_BINARY,
    NF_PROPERTY_ELEMENT,
    NF_PROPERTY_LIST,
    NF_PROPERTY_RAW /* what Mendix does not store (MF-E7): kept, not read */
} nf_property_kind;

typedef struct nf_element nf_element;
typedef struct nf_property nf_property;

struct nf_property {
    const char *name; /* "" for the items of a list */
    nf_property_kind kind;
    union {
        struct {
            const char *text; /* UTF-8, NUL-terminated */
            size_t length;
        } string;
        bool boolean;
        int64_t integer; /* INT32, INT64, DATETIME */
        double real;
        nf_guid guid;
        struct {
            const uint8_t *bytes;
            size_t length;
        } binary;
        const nf_element *element;
        struct {
            const nf_property *items;
            size_t count;
            int marker; /* MF-E6; 0: the stored array had none */
        } list;
        struct {
            int type; /* of BSON */
            const uint8_t *bytes;
            size_t length;
        } raw;
    } as;
};

struct nf_element {
    nf_guid id;
    const char *type;              /* stored $Type, "Microflows$Nanoflow" */
    const nf_property *properties; /* in the order of MF-E5 */
    size_t count;
    long line;        /* in an XML source; 0 elsewhere */
    const char *file; /* XML source file, borrowed; NULL elsewhere */
};

/* Accessors. `element` may be NULL (a missing part) and the property may be
 * missing or of another kind: the answer is the default (MF-P1). */
const nf_property *nf_element_get(const nf_element *element, const char *name);
const char *nf_element_string(const nf_element *element, const char *name,
                              const char *fallback);
bool nf_element_bool(const nf_element *element, const char *name,
                     bool fallback);
int64_t nf_element_int(const nf_element *element, const char *name,
                       int64_t fallback);
/* NULL if missing, null or not an element. */
const nf_element *nf_element_part(const nf_element *element, const char *name);
/* Number of items of a list property (marker not counted), and an item:
 * as element (NULL if it is none) or as string ("" if it is none). */
size_t nf_element_count(const nf_element *element, const char *name);
const nf_element *nf_element_item(const nf_element *element, const char *name,
                                  size_t index);
const char *nf_element_item_string(const nf_element *element, const char *name,
                                   size_t index);
/* The guid of a pointer property; false if missing or zero (MF-E12). */
bool nf_element_guid(const nf_element *element, const char *name, nf_guid *out);
/* Whether `element` is not NULL and of this stored type. */
bool nf_element_is(const nf_element *element, const char *type);
/* The element with this `$ID` in the tree below (and including) `element`;
 * NULL. For pointers, which stay inside their unit (MF-E12). */
const nf_element *nf_element_find(const nf_element *element, const nf_guid *id);
/* Same type, id and properties all the way down (their order does not
 * matter). */
bool nf_element_equal(const nf_element *a, const nf_element *b);

/* Puts properties into the order of storage (MF-E5). Returns a name that
 * occurs twice, else NULL. */
const char *nf_properties_sort(nf_property *properties, size_t count);

/* Deepest nesting a reader accepts (MF-E11). */
enum { NF_ELEMENT_DEPTH = 200 };

#endif
