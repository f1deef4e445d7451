/* Inside of the download (download.c, view_section.c): a result that is
 * written while it is read (design §10.4). */
#ifndef NF_SERVER_RESULT_H
#define NF_SERVER_RESULT_H

#include "server/projection.h"
#include "server/unit.h"

/* An uploaded object; by id. */
typedef struct nf_uploaded {
    int64_t id;
    const nf_entity *entity; /* NULL: unknown */
    bool same; /* the device has what the server has (design §10.5) */
} nf_uploaded;

/* The section under way (S56 … S62). */
typedef struct nf_section {
    const nf_entity *entity; /* NULL: none */
    nf_projector projector;
    nf_xpath *constraint;
    nf_rows *rows;   /* the visible set; without members in a delta */
    nf_rows *single; /* delta: whole rows by id */
    nf_row heads[NF_UNIT_STRETCH]; /* delta: those read ahead */
    size_t head_count, head_at;
    bool no_more_heads;
    bool delta;
    nf_sync_id token; /* of the confirmed view, then of this one */
    nf_view before, after;
    size_t before_at;
    int64_t *unknown; /* ids that the device no longer holds as in `before` */
    size_t unknown_count, unknown_at;
    uint8_t sum[NF_VIEW_HASH];
    bool differs;
} nf_section;

/* A view that is stored when the result is complete. */
typedef struct nf_offer {
    const nf_entity *entity;
    nf_sync_id token;
    nf_view view;
} nf_offer;

struct nf_result {
    nf_server *server;
    nf_server_session *session;
    nf_sync_id id;
    uint8_t tag[16]; /* tells it from others of the run */
    int64_t device;
    int64_t user;
    bool full, complete;
    bool dry; /* of what is about to be undone: no other snapshot sees it */
    uint8_t *views; /* the document of what the device named; NULL none */
    size_t views_size;
    /* The snapshot: a connection of its own, or a server in memory's only one,
     * whose result is written at once. */
    nf_database *database;
    bool own;
    bool as_applied; /* rows are as the unit has left them */
    int64_t now;
    int64_t used;               /* when somebody last asked for more of it */
    nf_environment environment; /* one instant for all entities (S57) */
    nf_stream_writer stream;
    nf_blob_writer blob;
    nf_buffer record; /* the one that is being built */
    nf_uploaded *uploaded;
    size_t uploaded_count;
    const nf_entity **entities; /* by name */
    size_t entity_count, entity_at;
    nf_section section;
    nf_offer *offers;
    size_t offer_count, offer_capacity;
    /* Single objects: the last entity asked for. */
    nf_projector single;
    nf_rows *single_rows;
};

nf_status nf_result_put(nf_result *result, nf_error *err); /* result->record */
/* answers.c: outcomes and single objects; what was uploaded. */
nf_status nf_result_put_entries(nf_result *result, nf_unit *unit,
                                nf_error *err);
const nf_uploaded *nf_result_uploaded(const nf_result *result, int64_t id);
/* Rows of one entity for the session, with the answers that rights need. */
nf_status nf_result_rows(nf_rows **out, nf_result *result,
                         const nf_access *access, const nf_xpath *constraint,
                         int64_t id, bool ids_only, nf_error *err);

/* What a full download says about an entity. */
typedef enum nf_section_plan {
    NF_PLAN_NOTHING,
    NF_PLAN_VISIBLE, /* its visible set, within *constraint */
    NF_PLAN_CLEAR,
    NF_PLAN_KEEP
} nf_section_plan;
nf_status nf_section_decide(nf_section_plan *out, const char **constraint,
                            nf_result *result, const nf_entity *entity,
                            nf_error *err);
/* Opens the section of the entity at entity_at, if it has one. */
nf_status nf_section_open(nf_result *result, nf_error *err);
/* Writes what belongs to the next row, or ends the section. */
nf_status nf_section_step(nf_result *result, nf_error *err);
void nf_section_dispose(nf_section *section);

#endif
