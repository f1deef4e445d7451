/* Data files (design §5): JSON lines, one object a line, or CSV, read twice:
 * once for the names, which may be used before the line that defines them, once
 * for the rows. */
#ifndef NF_LIBRARY_DATA_FILE_H
#define NF_LIBRARY_DATA_FILE_H

#include "library/session.h"

#include <stdio.h>

struct json_object;

enum {
    NF_DATA_LINE_MAX = 512 * 1024 * 1024,     /* bytes of one line */
    NF_DATA_DEPTH_MAX = 16,                   /* nesting of its JSON */
    NF_DATA_CONTENTS_MAX = 256 * 1024 * 1024, /* bytes of one file */
};

typedef struct nf_data_file {
    FILE *stream;
    const char *path; /* for messages; borrowed */
    char *buffer;
    size_t buffer_size;
    long number; /* of the line last read */
    bool csv;    /* by its name; the header is read with the first record */
    bool sql, in_values; /* the same; a row of the same statement follows */
    struct json_object *header; /* names of the columns; NULL: not read */
} nf_data_file;

/* One line. */
typedef struct nf_data_line {
    struct json_object *json;
    const nf_entity *entity;
    const char *id;   /* as text */
    const char *name; /* "$name", or the id if that is no guid; NULL */
    bool is_guid;
    int64_t guid; /* valid with is_guid */
    long number;  /* of the line */
} nf_data_line;

/* "-" is standard input, which is copied aside so that it can be read twice.
 * Errors: NF_INPUT. */
nf_status nf_data_open(nf_data_file *file, const char *path, nf_error *err);
void nf_data_close(nf_data_file *file);
void nf_data_rewind(nf_data_file *file);
/* The next line that is not blank; *more false at the end. The caller disposes
 * of the line. Errors: NF_INPUT with the line. */
nf_status nf_data_next(nf_data_line *line, bool *more, nf_data_file *file,
                       const nf_model *model, nf_error *err);
void nf_data_line_dispose(nf_data_line *line);
/* data_csv.c: the next record as what a JSON line would be; NULL: the end.
 * Owner of *out: caller. Errors: NF_INPUT without the line, NF_NOMEM. */
nf_status nf_data_csv_next(struct json_object **out, nf_data_file *file,
                           const nf_model *model, nf_error *err);

/* data_sql.c: the same of INSERT statements. */
nf_status nf_data_sql_next(struct json_object **out, nf_data_file *file,
                           const nf_model *model, nf_error *err);

/* The row of a line: values and which members it gives. */
typedef struct nf_data_row {
    const nf_entity *entity;
    int64_t id;
    nf_value *members; /* entity->member_count */
    uint64_t *given;
    const char *state; /* "$state"; NULL */
    bool has_contents;
    uint8_t *contents; /* NULL: taken away */
    size_t contents_size;
} nf_data_row;
/* Reads members and contents; names must be known. Errors: NF_INPUT with line
 * and member. */
nf_status nf_data_row_read(nf_data_row *out, nf_session *session,
                           const nf_data_file *file, const nf_data_line *line,
                           nf_error *err);
void nf_data_row_dispose(nf_data_row *row);

/* data_ahead.c: the lines in their order, but where the server's database
 * answers many questions in one go some are read ahead and given to `ahead`
 * first. What `line` or reading says ends it. `line` tells the place. */
typedef struct nf_data_pass {
    nf_session *session;
    nf_data_file *file;
    nf_status (*ahead)(nf_session *session, const nf_data_line *lines,
                       size_t count, nf_error *err);
    nf_status (*line)(void *user, nf_session *session, nf_data_file *file,
                      const nf_data_line *line, nf_error *err);
    void *user;
} nf_data_pass;
nf_status nf_data_walk(const nf_data_pass *pass, nf_error *err);
/* For `ahead`: what giving names, or importing rows, will ask. */
nf_status nf_data_expect_names(nf_session *session, const nf_data_line *lines,
                               size_t count, nf_error *err);
nf_status nf_data_expect_rows(nf_session *session, const nf_data_line *lines,
                              size_t count, nf_error *err);

/* Gives every name of the file its guid (design §5). */
nf_status nf_data_assign_names(nf_session *session, nf_data_file *file,
                               nf_error *err);

/* ---- writing ----------------------------------------------------------- */

typedef struct nf_data_writer {
    nf_session *session;
    nf_write_fn write;
    void *user;
    const char *directory; /* of contents; NULL: inline */
    bool names;            /* write "$name" */
} nf_data_writer;

typedef struct nf_data_shown {
    const nf_entity *entity;
    int64_t id;
    const nf_value *members; /* NULL: none */
    const char *state;       /* NULL: none */
    const void *contents;    /* NULL: none */
    size_t contents_size;
} nf_data_shown;
/* Writes one line. Errors: NF_INPUT (can't write), NF_NOMEM. */
nf_status nf_data_write(const nf_data_writer *writer,
                        const nf_data_shown *shown, nf_error *err);

/* What an export shows, by entity and guid, as it was when it began; deletion
 * marks of the device included (state "deleted", no members). A status other
 * than NF_OK ends it and is its result. */
typedef nf_status (*nf_data_visit)(void *user, const nf_data_shown *shown,
                                   nf_error *err);
/* `options` may be NULL; what a host gave goes through nf_data_options first. */
nf_status nf_data_options(nf_export_options *out,
                          const nf_export_options *given, nf_error *err);
nf_status nf_data_each(nf_session *session, const nf_export_options *options,
                       nf_data_visit each, void *user, nf_error *err);

#endif
