/* The stored metamodel as far as the XML format needs it: which types there
 * are, what they contain, and what is assumed when it is missing. Generated
 * from models/metamodel.tsv; constant data, any thread. */
#ifndef NF_MODELS_METAMODEL_H
#define NF_MODELS_METAMODEL_H

#include <stdbool.h>
#include <stddef.h>

typedef enum nf_meta_kind {
    NF_META_STRING,
    NF_META_BOOL,
    NF_META_INT64,
    NF_META_DOUBLE,
    NF_META_DATETIME,
    NF_META_ENUM,    /* a string with listed values */
    NF_META_GUID,    /* an identity (MF-E4) */
    NF_META_POINTER, /* the id of an element of the same unit (MF-E12) */
    NF_META_BINARY,
    NF_META_PART,
    NF_META_LIST,   /* of elements */
    NF_META_STRINGS /* list of strings */
} nf_meta_kind;

typedef struct nf_meta_property {
    const char *name;
    nf_meta_kind kind;
    int marker; /* lists, MF-E6 */
    /* What a hand-written document means by leaving it out (MF-X11): "-"
     * nothing, "=text", "empty" list, "null", a stored type (a part with
     * defaults), "*" by rule (MF-F10, MF-N2). */
    const char *missing;
    unsigned since, deleted;    /* 10.15.0 is 101500; 0: no limit */
    const char *const *allowed; /* enum values, or stored types */
    size_t allowed_count;
    const char *sdk; /* SDK name; "" if it has none */
} nf_meta_property;

typedef struct nf_meta_type {
    const char *name; /* stored */
    const char *sdk;
    bool unit;
    const char *containment; /* units, MF-E15 */
    const nf_meta_property *properties;
    size_t count;
} nf_meta_type;

size_t nf_meta_type_count(void);
const nf_meta_type *nf_meta_type_at(size_t index);
/* By stored name ("Microflows$Nanoflow"), else by SDK name (MF-L1); NULL. */
const nf_meta_type *nf_meta_find_type(const char *name);
/* By stored name alone; by SDK name, else by stored name; NULL. */
const nf_meta_type *nf_meta_find_stored_type(const char *name);
const nf_meta_type *nf_meta_find_sdk_type(const char *name);
/* By stored name only; NULL. `type` may be NULL. */
const nf_meta_property *nf_meta_find_property(const nf_meta_type *type,
                                              const char *name);
/* "EntityImpl" of "DomainModels$EntityImpl". */
const char *nf_meta_local_name(const char *type);
/* Whether `name` is the local stored or, with `sdk`, the local SDK name. */
bool nf_meta_is_called(const nf_meta_type *type, const char *name, bool sdk);
/* The containment name of a unit type; "Documents" for an unknown one. */
const char *nf_meta_containment(const char *type);

#endif
