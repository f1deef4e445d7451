/* A container (mpr v1, mpr v2, a package of one, JSON, XML) as a tree of units
 * (model-format 2.4). Units are read when first needed; trees live until the
 * container closes. Opening is single-threaded; afterwards any thread may read
 * units. */
#ifndef NF_MODELS_CONTAINER_H
#define NF_MODELS_CONTAINER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/error.h"
#include "base/memory.h"
#include "models/element.h"
#include "models/model.h"

typedef struct nf_unit nf_unit;
typedef struct nf_container nf_container;

struct nf_unit {
    nf_guid id, container_id;
    const nf_unit *parent; /* NULL: the project */
    const char *containment;
    const char *hash; /* stored ContentsHash, "" if unknown */
    const char *type, *name;
    bool excluded;
    bool missing;  /* a v2 row without its file (MF-C7) */
    bool conflict; /* MF-C9 */
    /* JSON: where its text is. */
    size_t length;
    long long offset;
    nf_arena *arena; /* of the tree, once loaded */
    _Atomic(const nf_element *) element;
};

struct nf_container {
    nf_arena *arena;
    const char *path;   /* of the main file */
    const char *folder; /* v2: mprcontents; of a package: the path in it */
    int format;         /* 1, 2: mpr; 0: XML or JSON */
    int mpr;            /* format of the .mpr a text came from; 0 unknown */
    struct nf_mpr *database; /* v1: for contents */
    nf_version version;
    const char *version_text, *build, *schema_hash, *transaction;
    const char *language; /* XML: the app's default language, else NULL */
    nf_unit **units;      /* parents before children is not guaranteed */
    size_t count, capacity;
    pthread_mutex_t lock; /* loading and warnings */
    /* How units are read later on; NULL: all have been. Called with the lock
     * held; sets the unit's arena and element. */
    nf_status (*load)(const nf_container *container, nf_unit *unit,
                      nf_error *err);
    int file;                   /* JSON: open; else -1 */
    struct nf_package *package; /* of which it is a part; NULL */
    uint8_t *image;             /* package: its .mpr in memory; nf_free */
    size_t image_length;
    char **warnings;
    size_t warning_count, warning_capacity;
};

/* Detects the form (MF-C13) and reads the index of units. */
nf_status nf_container_open(nf_container **out, const char *path,
                            nf_error *err);
/* The module System. */
nf_status nf_container_open_builtin(nf_container **out, nf_error *err);
/* An XML text in memory, with no schema: what the build makes System of. */
nf_status nf_container_open_xml(nf_container **out, const char *text,
                                size_t length, const char *name, nf_error *err);
void nf_container_close(nf_container *container);

/* The content of a unit, read at the first call; NULL with an error
 * (NF_INPUT) if it can't be read. Any thread. */
const nf_element *nf_unit_element(const nf_container *container,
                                  const nf_unit *unit, nf_error *err);
/* Keeps a warning (up to a limit). Any thread. */
void nf_container_warn(const nf_container *container, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The app's container behind a model (for the writers). */
const nf_container *nf_model_container(const nf_model *model);

/* For readers. More units than that are no app. */
enum { NF_MAX_UNITS = 200000 };
nf_container *nf_container_new(const char *path, nf_error *err);
nf_unit *nf_container_add(nf_container *container, nf_error *err);
/* Finds the parents by id; NF_INPUT for a cycle, a missing container or not
 * exactly one root (MF-C10, MF-E16). */
nf_status nf_container_link(nf_container *container, nf_error *err);
/* "11.10.0-rc.5" and the like (MF-C3); false if there is no number. */
bool nf_version_parse(nf_version *out, const char *text);
nf_status nf_mpr_read(nf_container *container, nf_error *err);
void nf_mpr_close(nf_container *container);
nf_status nf_mpr_load(const nf_container *container, nf_unit *unit,
                      nf_error *err);
nf_status nf_json_read(nf_container *container, nf_error *err);
nf_status nf_xml_read(nf_container *container, const char *const *files,
                      size_t count, nf_error *err);
nf_status nf_xml_read_text(nf_container *container, const char *text,
                           size_t length, const char *name, nf_error *err);

#endif
