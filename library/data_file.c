/* Reading the lines of a data file. */
#include "library/data_file.h"

#include "base/json.h"
#include "library/json.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static nf_status unreadable(const nf_data_file *file, nf_error *err)
{
    return nf_error_set(err, NF_INPUT, "unreadable",
                        "the data file \"%s\" can't be read: %s", file->path,
                        strerror(errno));
}

static nf_status copy_aside(nf_data_file *file, nf_error *err)
{
    char block[65536];
    size_t length;
    file->stream = tmpfile();
    if (!file->stream)
        return unreadable(file, err);
    while ((length = fread(block, 1, sizeof block, stdin)) > 0)
        if (fwrite(block, 1, length, file->stream) != length)
            return unreadable(file, err);
    if (ferror(stdin))
        return unreadable(file, err);
    rewind(file->stream);
    return NF_OK;
}

nf_status nf_data_open(nf_data_file *file, const char *path, nf_error *err)
{
    struct stat info;
    size_t size = strlen(path);
    memset(file, 0, sizeof *file);
    file->path = path;
    file->csv = size > 4 && strcasecmp(path + size - 4, ".csv") == 0;
    file->sql = size > 4 && strcasecmp(path + size - 4, ".sql") == 0;
    if (strcmp(path, "-") == 0)
        return copy_aside(file, err);
    file->stream = fopen(path, "rb");
    if (!file->stream)
        return unreadable(file, err);
    if (fstat(fileno(file->stream), &info) == 0 && S_ISDIR(info.st_mode))
        return nf_error_set(err, NF_INPUT, "unreadable",
                            "\"%s\" is a folder, not a data file", path);
    return NF_OK;
}

void nf_data_close(nf_data_file *file)
{
    if (file->stream)
        fclose(file->stream);
    free(file->buffer);
    json_object_put(file->header);
    memset(file, 0, sizeof *file);
}

void nf_data_rewind(nf_data_file *file)
{
    rewind(file->stream);
    file->number = 0;
    file->in_values = false;
    json_object_put(file->header);
    file->header = NULL;
}

static nf_status parse(json_object **out, const char *text, size_t length,
                       nf_error *err)
{
    *out = NULL;
    if (length > NF_DATA_LINE_MAX)
        return nf_error_set(err, NF_INPUT, "bad_data",
                            "a line is longer than %d bytes", NF_DATA_LINE_MAX);
    if (!nf_utf8_valid(text, length))
        return nf_error_set(err, NF_INPUT, "bad_data", "the line is no UTF-8");
    nf_json_text_read read;
    /* With its NUL, so that a number at the very end counts as complete. */
    nf_status status = nf_json_parse(&read, text, length + 1, NF_DATA_DEPTH_MAX,
                                     JSON_TOKENER_STRICT, err);
    if (status != NF_OK)
        return status;
    if (!read.problem && read.end >= length &&
        json_object_is_type(read.json, json_type_object)) {
        if (!nf_json_repeats(read.json, text, length)) {
            *out = read.json;
            return NF_OK;
        }
        json_object_put(read.json);
        return nf_error_set(err, NF_INPUT, "bad_data",
                            "a member is given twice");
    }
    json_object_put(read.json);
    if (read.problem && !read.unfinished)
        return nf_error_set(err, NF_INPUT, "bad_data",
                            "malformed JSON at byte %zu: %s", read.end,
                            read.problem);
    return nf_error_set(err, NF_INPUT, "bad_data",
                        "a line must be one complete JSON object");
}

/* A property that is text, or a number where `number` allows it. */
static const char *text_of(json_object *json, const char *key, bool number)
{
    json_object *value = NULL;
    if (!json_object_object_get_ex(json, key, &value))
        return NULL;
    if (json_object_is_type(value, json_type_string) ||
        (number && json_object_is_type(value, json_type_int)))
        return json_object_get_string(value);
    return NULL;
}

static nf_status read_head(nf_data_line *line, const nf_model *model,
                           nf_error *err)
{
    const char *entity = text_of(line->json, "entity", false);
    const char *name = text_of(line->json, "$name", false);
    line->id = text_of(line->json, "id", true);
    if (!entity)
        return nf_error_set(err, NF_INPUT, "bad_data",
                            "the line has no \"entity\"");
    line->entity = nf_model_find_entity(model, entity);
    if (!line->entity)
        return nf_no_entity(model, entity, NF_INPUT, "bad_data", err);
    if (line->entity->kind != NF_ENTITY_PERSISTABLE)
        return nf_error_set(err, NF_INPUT, "bad_data",
                            "objects of %s are not stored", entity);
    if (!line->id || !*line->id)
        return nf_error_set(err, NF_INPUT, "bad_data",
                            "the line has no \"id\": give a guid or a name");
    line->is_guid = nf_guid_read(&line->guid, line->id);
    line->name = line->is_guid ? name : line->id;
    bool number = !text_of(line->json, "id", false);
    if ((line->is_guid && line->guid <= 0) || (number && !line->is_guid))
        return nf_error_set(err, NF_INPUT, "bad_data",
                            "\"%s\" is no guid: it must be above 0 and fit 63 "
                            "bits",
                            line->id);
    return NF_OK;
}

/* The next line that is not blank; *json NULL: there is none. */
static nf_status next_json(json_object **json, nf_data_file *file,
                           nf_error *err)
{
    ssize_t length;

    while ((length = getline(&file->buffer, &file->buffer_size,
                             file->stream)) >= 0) {
        char *text = file->buffer;
        size_t size = (size_t)length;
        file->number++;
        if (file->number == 1 && size >= 3 &&
            memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
            text += 3;
            size -= 3;
        }
        while (size && strchr(" \t\r\n", text[size - 1]) && text[size - 1])
            size--;
        text[size] = '\0';
        if (size)
            return parse(json, text, size, err);
    }
    return NF_OK;
}

nf_status nf_data_next(nf_data_line *line, bool *more, nf_data_file *file,
                       const nf_model *model, nf_error *err)
{
    nf_status status;

    memset(line, 0, sizeof *line);
    *more = false;
    status = file->csv   ? nf_data_csv_next(&line->json, file, model, err)
             : file->sql ? nf_data_sql_next(&line->json, file, model, err)
                         : next_json(&line->json, file, err);
    if (status == NF_OK && ferror(file->stream))
        return unreadable(file, err);
    if (status == NF_OK && line->json)
        status = read_head(line, model, err);
    if (status != NF_OK) {
        nf_error_at_line(err, file->path, file->number + file->sql);
        nf_data_line_dispose(line);
        return status;
    }
    *more = line->json != NULL;
    line->number = file->number;
    return NF_OK;
}

void nf_data_line_dispose(nf_data_line *line)
{
    json_object_put(line->json);
    memset(line, 0, sizeof *line);
}
