/* The geometry of a flow: shapes and connectors with absolute coordinates,
 * from those of the model (model-format MF-E8), or by a layout of our own where
 * a flow has none. What it is drawn with is not known here. */
#ifndef NF_ANALYSIS_PICTURE_H
#define NF_ANALYSIS_PICTURE_H

#include "analysis/drawing.h"

typedef enum nf_shape_kind {
    NF_SHAPE_START,
    NF_SHAPE_END,
    NF_SHAPE_ERROR_END,
    NF_SHAPE_BREAK,
    NF_SHAPE_CONTINUE,
    NF_SHAPE_ACTIVITY,
    NF_SHAPE_DECISION,
    NF_SHAPE_TYPE_DECISION,
    NF_SHAPE_MERGE,
    NF_SHAPE_LOOP,
    NF_SHAPE_OTHER, /* a type that is not known */
    NF_SHAPE_ANNOTATION,
    NF_SHAPE_PARAMETER,
} nf_shape_kind;
/* By stored type; OTHER for an unknown one. */
nf_shape_kind nf_shape_kind_of(const nf_element *element);
/* "start", "activity", "type-decision" …: a word for classes and JSON. */
const char *nf_shape_name(nf_shape_kind kind);

/* In the order of stored connection indexes. */
typedef enum nf_port {
    NF_PORT_TOP,
    NF_PORT_RIGHT,
    NF_PORT_BOTTOM,
    NF_PORT_LEFT,
    NF_PORT_COUNT
} nf_port;

typedef struct nf_point {
    int x, y;
} nf_point;

typedef struct nf_shape {
    const nf_element *element;
    nf_shape_kind kind;
    size_t parent;                /* the loop around it; SIZE_MAX at the top */
    int x, y;                     /* the middle */
    int width, height;            /* > 0 */
    unsigned used[NF_PORT_COUNT]; /* connectors at each side, no notes */
    const char *id;               /* unique in the picture; an XML name */
} nf_shape;

typedef enum nf_connector_kind {
    NF_CONNECTOR_FLOW,
    NF_CONNECTOR_ERROR,
    NF_CONNECTOR_NOTE /* from an annotation to what it is about */
} nf_connector_kind;

enum { NF_CONNECTOR_POINTS = 10 };

typedef struct nf_connector {
    const nf_element *element;
    nf_connector_kind kind;
    size_t from, to; /* shapes */
    nf_port out, in;
    bool curve; /* four points of a Bézier curve; else corners */
    nf_point points[NF_CONNECTOR_POINTS];
    size_t point_count;
    const char *label; /* the case; "" none */
    const char *id;
} nf_connector;

typedef struct nf_picture {
    nf_drawing graph;
    nf_shape *shapes; /* the nodes of the graph, then parameters and notes */
    size_t shape_count;
    nf_connector *connectors;
    size_t connector_count;
    int left, top, right, bottom; /* around all shapes and connectors */
    bool laid_out;                /* by us */
} nf_picture;

/* Builds the picture of a flow document in `arena`. Errors: NF_NOMEM;
 * NF_FAILED bad_flow (too many objects). Any thread. */
nf_status nf_picture_build(nf_picture *out, nf_arena *arena,
                           const nf_element *flow, nf_error *err);
/* Reads "x;y"; false (and 0;0) if it is none. Large numbers are limited, so
 * that sums of a few can't overflow. */
bool nf_point_read(nf_point *out, const char *text);
/* The middle of a side. */
nf_point nf_shape_side(const nf_shape *shape, nf_port side);

#endif
