/* The data types of Mendix, as the model declares them and as values carry
 * them. */
#ifndef NF_MODELS_TYPE_H
#define NF_MODELS_TYPE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct nf_entity nf_entity;
typedef struct nf_enumeration nf_enumeration;

/* The kind of a value at run time. A variable of any type may hold EMPTY
 * (except Boolean, activities V11), so a static type and a run-time kind use
 * one enumeration. Integer, Long and AutoNumber are one kind (expressions
 * §5); ranges belong to attributes. */
typedef enum nf_kind {
    NF_KIND_EMPTY = 0, /* run time: no value; static: the literal `empty` */
    NF_KIND_BOOLEAN,
    NF_KIND_INTEGER,
    NF_KIND_DECIMAL,
    NF_KIND_STRING,
    NF_KIND_DATETIME, /* milliseconds since 1970-01-01T00:00Z */
    NF_KIND_ENUMERATION,
    NF_KIND_OBJECT,
    NF_KIND_LIST,   /* of objects */
    NF_KIND_BINARY, /* attributes only */
    NF_KIND_VOID,   /* static only: a flow without result */
    NF_KIND_UNKNOWN /* static only: after a reported error; fits everything */
} nf_kind;

typedef struct nf_type {
    nf_kind kind;
    const nf_entity *entity;           /* OBJECT, LIST; NULL: any entity */
    const nf_enumeration *enumeration; /* ENUMERATION; NULL: any */
} nf_type;

/* "String", "Integer", "Object" …: the names of the command line (design §5).
 * Static storage. */
const char *nf_kind_name(nf_kind kind);

#endif
