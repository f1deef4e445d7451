/* `data diff`: a data file beside the rows of one side. Both are brought to
 * the lines that export writes, without names and states, and merged. */
#include "library/data_file.h"

#include "library/json.h"

#include <json-c/json.h>
#include <stdlib.h>

typedef struct lines {
    char **items;
    size_t count, capacity;
    nf_buffer partial;
    bool failed;
} lines;

static void add_line(lines *l, const char *text, size_t length)
{
    char **items = nf_grow(l->items, l->count, &l->capacity, sizeof *items);
    char *copy = nf_strndup(text, length);
    if (items)
        l->items = items;
    if (items && copy) {
        items[l->count++] = copy;
    } else {
        nf_free(copy);
        l->failed = true;
    }
}

static bool collect(void *user, const char *text, size_t length)
{
    lines *l = user;
    if (length == 1 && *text == '\n') {
        add_line(l, l->partial.data ? l->partial.data : "", l->partial.length);
        nf_buffer_clear(&l->partial);
    } else {
        nf_buffer_add(&l->partial, text, length);
    }
    return !l->failed && !l->partial.failed;
}

static void dispose(lines *l)
{
    for (size_t i = 0; i < l->count; i++)
        nf_free(l->items[i]);
    nf_free(l->items);
    nf_buffer_dispose(&l->partial);
}

/* Takes what does not count out of the database's lines. */
static void strip(lines *l)
{
    static const char *const keys[] = {"$name", "$state"};
    for (size_t i = 0; i < l->count; i++) {
        json_object *json = json_tokener_parse(l->items[i]);
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            json_object_object_del(json, keys[k]);
        char *text = nf_json_print(json, false);
        if (text) {
            nf_free(l->items[i]);
            l->items[i] = text;
        } else {
            l->failed = true;
        }
        json_object_put(json);
    }
}

static nf_status collect_file(lines *l, nf_session *s, const char *path,
                              nf_error *err)
{
    nf_data_file file;
    nf_data_line line;
    bool more;
    nf_data_writer writer = {.session = s, .write = collect, .user = l};
    nf_status status = nf_data_open(&file, path, err);
    while (status == NF_OK &&
           (status = nf_data_next(&line, &more, &file, s->model, err)) ==
               NF_OK &&
           more) {
        nf_data_row row;
        status = nf_data_row_read(&row, s, &file, &line, err);
        if (status == NF_OK) {
            bool deleted = row.state && strcmp(row.state, "deleted") == 0;
            nf_data_shown shown = {.entity = row.entity,
                                   .id = row.id,
                                   .members = row.members,
                                   .contents = row.contents,
                                   .contents_size = row.contents_size};
            if (!deleted)
                status = nf_data_write(&writer, &shown, err);
            nf_data_row_dispose(&row);
        }
        nf_data_line_dispose(&line);
    }
    nf_data_close(&file);
    return status;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static nf_status show(const char *sign, const char *line, nf_write_fn write,
                      void *user, nf_error *err)
{
    if (write(user, sign, strlen(sign)) && write(user, line, strlen(line)) &&
        write(user, "\n", 1))
        return NF_OK;
    return nf_error_set(err, NF_INPUT, "unwritable",
                        "the output can't be written");
}

static nf_status merge(size_t *differences, const lines *expected,
                       const lines *found, nf_write_fn write, void *user,
                       nf_error *err)
{
    size_t e = 0, f = 0;
    nf_status status = NF_OK;
    while (status == NF_OK && (e < expected->count || f < found->count)) {
        int order = e == expected->count ? 1
                    : f == found->count
                        ? -1
                        : strcmp(expected->items[e], found->items[f]);
        if (order == 0) {
            e++, f++;
            continue;
        }
        (*differences)++;
        status = order < 0 ? show("- ", expected->items[e++], write, user, err)
                           : show("+ ", found->items[f++], write, user, err);
    }
    return status;
}

nf_status nf_session_diff(size_t *differences, nf_session *session,
                          const char *path, const nf_export_options *options,
                          nf_write_fn write, void *user, nf_error *err)
{
    lines expected = {0}, found = {0};
    *differences = 0;
    nf_buffer_init(&expected.partial, NF_BUFFER_MAX);
    nf_buffer_init(&found.partial, NF_BUFFER_MAX);
    nf_status status = collect_file(&expected, session, path, err);
    if (status == NF_OK)
        status = nf_session_export(session, options, collect, &found, err);
    if (status == NF_OK) {
        strip(&found);
        if (expected.failed || found.failed)
            status = nf_error_nomem(err);
    }
    if (expected.count)
        qsort(expected.items, expected.count, sizeof *expected.items, by_text);
    if (found.count)
        qsort(found.items, found.count, sizeof *found.items, by_text);
    if (status == NF_OK)
        status = merge(differences, &expected, &found, write, user, err);
    dispose(&expected);
    dispose(&found);
    return status;
}
