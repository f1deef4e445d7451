/* What the parts of the XML reader share (model-format part 7). Internal to
 * models/. */
#ifndef NF_MODELS_READER_XML_H
#define NF_MODELS_READER_XML_H

#include "base/map.h"
#include "base/text.h"
#include "models/container.h"
#include "models/metamodel.h"
#include "models/xml_tree.h"

#define NF_XML_NAMESPACE      "urn:nanoflow:app:1"
#define NF_XINCLUDE_NAMESPACE "http://www.w3.org/2001/XInclude"

typedef struct nf_xml_reader {
    nf_container *container;
    nf_arena *arena;    /* the container's */
    const char *folder; /* real path of the main file's folder, for
                           includes; NULL: no includes */
    const char *file;   /* being read */
    bool trusted;       /* built in: no schema */
    bool complete;      /* MF-X11 */
    unsigned version;   /* of `mendix`, 101500 for 10.15.0 */
    const char *language;
    const nf_unit *project;
    int includes; /* how deep */
    size_t cost;  /* of the trees that there are now, roughly */
    size_t asked; /* what the schemas had to do */
    /* Something was met of which only the schemas know whether it may stand
     * there. Without doubts the reader's own checks say as much as they do. */
    bool doubts;
    /* The generic and the strict schema, once a file needed them: reading one
     * costs more than most files. */
    struct _xmlRelaxNG *schemas[2];
    nf_error *err;
} nf_xml_reader;

/* The unit that is being read. */
typedef struct nf_xml_unit {
    nf_xml_reader *reader;
    const char *path; /* "/Projects$Project:/Projects$ModuleImpl:Shop" */
    const char *type;
    nf_map *labels;   /* `id` text -> its node */
    nf_buffer place;  /* path of the current element, for derived ids */
    nf_buffer called; /* its qualified name, for derived GUIDs */
} nf_xml_unit;

enum { NF_XML_NESTED_UNITS = 64 };

/* Where a unit stands. */
typedef struct nf_xml_place {
    const nf_unit *parent; /* NULL: directly under <app> */
    const char *path;
    const char *module;
    int depth;
} nf_xml_place;

/* A document's bytes; see reader_xml_source.c. */
typedef struct nf_xml_source {
    const nf_xml_reader *reader;
    int file; /* -1: a text in memory */
    const char *text;
    size_t length, at;
    nf_status status; /* not NF_OK: reading has failed, with an error */
    int state;        /* of the markup that is being passed */
    char quote, last[2];
    size_t markup, attributes;
} nf_xml_source;

/* Bytes of the tag, comment or CDATA section that has not ended yet. */
size_t nf_xml_source_waiting(const nf_xml_source *source);

/* Opens a regular file. Close it whatever happens. */
nf_status nf_xml_source_open(nf_xml_source *source, const nf_xml_reader *reader,
                             const char *path);
/* Borrows `text`. */
void nf_xml_source_text(nf_xml_source *source, const nf_xml_reader *reader,
                        const char *text, size_t length);
/* At most `size` bytes; 0 at the end, -1 with `status`. */
long nf_xml_source_read(nf_xml_source *source, char *out, size_t size);
void nf_xml_source_close(nf_xml_source *source);

/* What a document is expected to be. */
typedef struct nf_xml_document {
    const nf_xml_place *where; /* of an included unit; NULL: an app */
    bool first;                /* of the app's files */
    bool pass_others;          /* whose root is no app; then sets `passed` */
    bool passed;
} nf_xml_document;

/* Reads a whole document unit by unit. r->file is its name. */
nf_status nf_xml_read_document(nf_xml_reader *r, nf_xml_source *source,
                               nf_xml_document *document);
/* Takes the attributes of <app>. */
nf_status nf_xml_read_app(nf_xml_reader *r, const nf_xml_node *root,
                          bool first);
/* Reads the content of a unit, without its units, and adds it to the container;
 * `inside` is where its units stand. */
nf_status nf_xml_read_unit(nf_xml_reader *r, const nf_xml_node *node,
                           const nf_xml_place *where, nf_xml_place *inside);
/* The project unit, made when the documents give none (MF-X4). */
nf_status nf_xml_need_project(nf_xml_reader *r);
/* The settings with the language of a hand-written app that has none, since
 * only they keep it in an .mpr; after the project. */
nf_status nf_xml_need_language(nf_xml_reader *r);
/* Raises r->doubts if an xi:include has more than a reference. */
void nf_xml_doubt_include(nf_xml_reader *r, const nf_xml_node *node);
nf_status nf_xml_read_include(nf_xml_reader *r, const nf_xml_node *node,
                              const nf_xml_place *where);

typedef struct nf_property_list {
    nf_property *items;
    size_t count, capacity;
} nf_property_list;

/* Parses a small text as a whole, without document type, entities and network.
 * `name` is for messages. Remove *out. Errors: NF_INPUT "bad_model" with the
 * line; NF_NOMEM.
 */
nf_status nf_xml_parse(nf_xml_node **out, const char *text, size_t length,
                       const char *name, nf_error *err);

/* NF_INPUT "bad_model" at the line of `node`. Returns the status. */
nf_status nf_xml_fail(const nf_xml_reader *reader, const nf_xml_node *node,
                      const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* An attribute's text in the arena; NULL if there is none (or no memory). */
const char *nf_xml_attribute(const nf_xml_reader *reader,
                             const nf_xml_node *node, const char *name);
/* Whether `node` is an element of the format's namespace. */
bool nf_xml_is_ours(const nf_xml_node *node);

/* Resolves an element or type name (MF-X3, MF-L1) among `allowed`; with none,
 * any. *meta is NULL for a type that the table does not know (complete
 * documents). */
nf_status nf_xml_type(const nf_xml_unit *unit, const nf_xml_node *node,
                      const char *name, const char *const *allowed,
                      size_t allowed_count, const char **type,
                      const nf_meta_type **meta);

/* Whether `type` is one of them; of none, any is. */
bool nf_xml_is_allowed(const char *type, const char *const *allowed,
                       size_t count);

/* Reads `node` as an element of `type`. */
nf_status nf_xml_element(nf_xml_unit *unit, const nf_element **out,
                         const nf_xml_node *node, const char *type,
                         const nf_meta_type *meta, int depth);

/* Takes the list (sorted by MF-E5) into a new element; empties the list. */
nf_status nf_xml_finish(const nf_xml_unit *unit, const nf_element **out,
                        const nf_guid *id, const char *type,
                        nf_property_list *list, const nf_xml_node *node);
nf_property *nf_xml_add(const nf_xml_unit *unit, nf_property_list *list,
                        const char *name);
bool nf_xml_has(const nf_property_list *list, const char *name);

/* Adds what a hand-written element of `meta` leaves out (MF-X11). */
nf_status nf_xml_defaults(nf_xml_unit *unit, nf_property_list *list,
                          const nf_meta_type *meta, const nf_xml_node *node,
                          int depth);
/* A part of `type` with defaults only. */
nf_status nf_xml_default_part(nf_xml_unit *unit, const nf_element **out,
                              const char *name, const char *type,
                              const nf_xml_node *node, int depth);
/* The text of a scalar property as the kind says. */
nf_status nf_xml_scalar(const nf_xml_unit *unit, nf_property *out,
                        const nf_meta_property *meta, const char *kind,
                        const char *text, const nf_xml_node *node);
/* A string list from words separated by blanks. */
nf_status nf_xml_words(const nf_xml_unit *unit, nf_property *out,
                       const char *text, int marker);
/* A Texts$Text with one translation in the default language. */
nf_status nf_xml_text_part(nf_xml_unit *unit, const nf_element **out,
                           const char *name, const char *text,
                           const nf_xml_node *node, int depth);
/* The short form <flow from= to=/>. */
nf_status nf_xml_flow(nf_xml_unit *unit, const nf_element **out,
                      const nf_xml_node *node, int depth);

/* UUID version 5 in the format's namespace (MF-X10). */
void nf_xml_derive(nf_guid *out, const char *text);
void nf_xml_derive_label(const nf_xml_unit *unit, nf_guid *out,
                         const char *label);
/* Enters a part or an item (index < 0: a part); the result goes to
 * nf_xml_leave. `name` is the element's own Name, or NULL. */
typedef struct nf_xml_mark {
    size_t place, called;
} nf_xml_mark;
nf_xml_mark nf_xml_enter(nf_xml_unit *unit, const char *property, long index,
                         const char *name);
void nf_xml_leave(nf_xml_unit *unit, nf_xml_mark mark);

/* Whether the attributes of `node` are among `known` (NULL ends it) or, if
 * `model`, properties; ids and pointers are simple words. */
bool nf_xml_is_plain(const nf_xml_node *node, const char *const *known,
                     bool model);

/* Validates a document against the generic schema, then the strict one. */
nf_status nf_xml_validate(nf_xml_reader *reader, const nf_xml_node *root);
/* At the end of a reader's life. */
void nf_xml_forget_schemas(nf_xml_reader *reader);

#endif
