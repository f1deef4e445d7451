/* Data files in CSV (test E41; RFC 4180): a header with the column `entity`
 * first, then one object a record, which becomes what a JSON line would be. An
 * empty cell gives nothing; an empty text stands in quotes. */
#include "library/data_file.h"

#include <json-c/json.h>
#include <string.h>

enum { COLUMNS_MAX = 4096 };

static nf_status malformed(nf_error *err, const char *what)
{
    return nf_error_set(err, NF_INPUT, "bad_data", "malformed CSV: %s", what);
}

/* ---- records ------------------------------------------------------------- */

/* What ends a cell. */
static bool is_end(int c)
{
    return c == ',' || c == '\n' || c == EOF;
}

static int next_byte(nf_data_file *file)
{
    int c = getc(file->stream);
    if (c == '\r') {
        int after = getc(file->stream);
        if (after == '\n')
            c = after;
        else if (after != EOF)
            ungetc(after, file->stream);
    }
    file->number += c == '\n';
    return c;
}

/* Behind its opening quote; *end: what follows the closing one. */
static nf_status take_quoted(nf_buffer *cell, int *end, nf_data_file *file,
                             nf_error *err)
{
    for (;;) {
        int c = getc(file->stream); /* a line break within stays as it is */
        if (c == EOF)
            return malformed(err, "a text in quotes has no end");
        file->number += c == '\n';
        if (c == '"' && (c = next_byte(file)) != '"') {
            *end = c;
            return is_end(c) ? NF_OK
                             : malformed(err, "text behind a closing quote");
        }
        nf_buffer_char(cell, (char)c);
    }
}

static nf_status take_bare(nf_buffer *cell, int *end, int c, nf_data_file *file,
                           nf_error *err)
{
    for (; !is_end(c); c = next_byte(file)) {
        if (c == '"')
            return malformed(err, "a quote within a value without quotes");
        nf_buffer_char(cell, (char)c);
    }
    *end = c;
    return NF_OK;
}

static nf_status add_cell(json_object *record, const nf_buffer *cell,
                          bool quoted, nf_error *err)
{
    json_object *value = NULL;
    if (cell->failed)
        return cell->full ? malformed(err, "a value is too long")
                          : nf_error_nomem(err);
    if (json_object_array_length(record) == COLUMNS_MAX)
        return malformed(err, "too many columns");
    if (cell->length && (memchr(cell->data, 0, cell->length) ||
                         !nf_utf8_valid(cell->data, cell->length)))
        return malformed(err, "the text is no UTF-8");
    if (cell->length || quoted) {
        value = json_object_new_string_len(cell->length ? cell->data : "",
                                           (int)cell->length);
        if (!value)
            return nf_error_nomem(err);
    }
    if (json_object_array_add(record, value) == 0)
        return NF_OK;
    json_object_put(value);
    return nf_error_nomem(err);
}

static nf_status take_cell(json_object *record, int *end, int first,
                           nf_data_file *file, nf_error *err)
{
    nf_buffer cell;
    nf_buffer_init(&cell, NF_DATA_LINE_MAX);
    nf_status status = first == '"' ? take_quoted(&cell, end, file, err)
                                    : take_bare(&cell, end, first, file, err);
    if (status == NF_OK)
        status = add_cell(record, &cell, first == '"', err);
    nf_buffer_dispose(&cell);
    return status;
}

/* The next record that is no blank line, an array of texts and nulls; NULL: the
 * end. */
static nf_status take_record(json_object **out, nf_data_file *file,
                             nf_error *err)
{
    nf_status status = NF_OK;
    int c = next_byte(file);
    *out = NULL;
    while (c == '\n')
        c = next_byte(file);
    if (c == EOF)
        return NF_OK;
    json_object *record = json_object_new_array();
    if (!record)
        return nf_error_nomem(err);
    for (;;) {
        status = take_cell(record, &c, c, file, err);
        if (status != NF_OK || c != ',')
            break;
        c = next_byte(file);
    }
    if (status == NF_OK)
        *out = record;
    else
        json_object_put(record);
    return status;
}

/* ---- objects ------------------------------------------------------------- */

static const char *text_at(json_object *record, size_t index)
{
    json_object *cell = json_object_array_get_idx(record, index);
    return cell ? json_object_get_string(cell) : "";
}

static nf_status check_header(json_object *header, nf_error *err)
{
    size_t count = json_object_array_length(header);
    if (strcmp(text_at(header, 0), "entity") != 0)
        return malformed(err, "the first column must be \"entity\"");
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(text_at(header, i), text_at(header, k)) == 0)
                return malformed(err, "two columns have the same name");
    return NF_OK;
}

static nf_status take_header(nf_data_file *file, nf_error *err)
{
    char mark[3];
    if (fread(mark, 1, 3, file->stream) != 3 ||
        memcmp(mark, "\xEF\xBB\xBF", 3) != 0)
        rewind(file->stream);
    nf_status status = take_record(&file->header, file, err);
    if (status == NF_OK && !file->header)
        return malformed(err, "there is no header");
    return status == NF_OK ? check_header(file->header, err) : status;
}

/* Members read all texts but those of Booleans as they are. */
static json_object *value_of(const nf_entity *entity, const char *column,
                             json_object *cell)
{
    const nf_member *member =
        entity ? nf_entity_find_member(entity, column) : NULL;
    const char *text = json_object_get_string(cell);
    if (member && member->attribute &&
        nf_attribute_kind(member->attribute) == NF_KIND_BOOLEAN &&
        (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
        return json_object_new_boolean(*text == 't');
    return json_object_get(cell);
}

static nf_status make_object(json_object **out, json_object *header,
                             json_object *record, const nf_model *model,
                             nf_error *err)
{
    const nf_entity *entity = nf_model_find_entity(model, text_at(record, 0));
    size_t count = json_object_array_length(header);
    if (json_object_array_length(record) != count)
        return malformed(err, "the record has not as many values as the "
                              "header has columns");
    json_object *object = json_object_new_object();
    for (size_t i = 0; object && i < count; i++) {
        json_object *cell = json_object_array_get_idx(record, i), *value;
        if (!cell)
            continue;
        value = value_of(entity, text_at(header, i), cell);
        if (value &&
            json_object_object_add(object, text_at(header, i), value) == 0)
            continue;
        json_object_put(value);
        json_object_put(object);
        object = NULL;
    }
    *out = object;
    return object ? NF_OK : nf_error_nomem(err);
}

nf_status nf_data_csv_next(json_object **out, nf_data_file *file,
                           const nf_model *model, nf_error *err)
{
    json_object *record = NULL;
    nf_status status = file->header ? NF_OK : take_header(file, err);
    *out = NULL;
    if (status == NF_OK)
        status = take_record(&record, file, err);
    if (status == NF_OK && record)
        status = make_object(out, file->header, record, model, err);
    json_object_put(record);
    return status;
}
