/* Data files in SQL (test E41): INSERT statements, as an export of a database
 * has them. Each row becomes what a JSON line would be.
 *
 *   INSERT INTO shop$order (id, title, done) VALUES ('o1', 'It''s', TRUE), …;
 *   INSERT INTO "Shop"."Order" ("id", "Shop.Order_Customer") VALUES (2, 'c1');
 *
 * A table is an entity: Module.Entity, or module$entity in any case. A column
 * is `id`, an attribute or an association in any case. Nothing but INSERT and
 * comments is known. */
#include "library/data_file.h"

#include <ctype.h>
#include <json-c/json.h>
#include <string.h>

enum { COLUMNS_MAX = 4096, NAME_MAX_BYTES = 1024 };

static nf_status malformed(nf_error *err, const char *what)
{
    return nf_error_set(err, NF_INPUT, "bad_data", "malformed SQL: %s", what);
}

/* ---- characters ---------------------------------------------------------- */

static int get(nf_data_file *file)
{
    int c = getc(file->stream);
    file->number += c == '\n';
    return c;
}

static void unget(nf_data_file *file, int c)
{
    file->number -= c == '\n';
    if (c != EOF)
        ungetc(c, file->stream);
}

static void skip_comment(nf_data_file *file, bool line)
{
    int before = 0, c;
    while ((c = get(file)) != EOF && !(line && c == '\n') &&
           !(!line && before == '*' && c == '/'))
        before = c;
}

/* The next character that is no blank and in no comment. */
static int next(nf_data_file *file)
{
    for (;;) {
        int c = get(file), after;
        if (c == EOF || (!isspace(c) && c != '-' && c != '/'))
            return c;
        if (isspace(c))
            continue;
        after = get(file);
        if ((c == '-' && after == '-') || (c == '/' && after == '*')) {
            skip_comment(file, c == '-');
            continue;
        }
        unget(file, after);
        return c;
    }
}

static nf_status expect(nf_data_file *file, char wanted, nf_error *err)
{
    char text[32] = "expected \"?\"";
    text[10] = wanted;
    return next(file) == wanted ? NF_OK : malformed(err, text);
}

/* ---- words --------------------------------------------------------------- */

static bool in_word(int c)
{
    return c == '_' || c == '$' || c == '.' || c >= 128 || isalnum(c);
}

static nf_status finish(nf_buffer *out, nf_error *err)
{
    nf_buffer_char(out, '\0');
    if (out->failed)
        return out->full ? malformed(err, "a value is too long")
                         : nf_error_nomem(err);
    out->length--;
    return nf_utf8_valid(out->data, out->length) &&
                   strlen(out->data) == out->length
               ? NF_OK
               : malformed(err, "the text is no UTF-8");
}

/* Behind its opening quote; a quote in it is doubled. */
static nf_status take_quoted(nf_buffer *out, nf_data_file *file, int close,
                             nf_error *err)
{
    for (;;) {
        int c = get(file);
        if (c == EOF)
            return malformed(err, "a text in quotes has no end");
        if (c == close) {
            c = get(file);
            if (c != close) {
                unget(file, c);
                return NF_OK;
            }
        }
        nf_buffer_char(out, (char)c);
    }
}

/* A name of parts with dots between, each bare or in quotes. */
static nf_status take_name(nf_buffer *out, nf_data_file *file, nf_error *err)
{
    nf_status status = NF_OK;
    nf_buffer_clear(out);
    for (;;) {
        int c = next(file);
        if (c == '"' || c == '`' || c == '[')
            status = take_quoted(out, file, c == '[' ? ']' : c, err);
        else if (!in_word(c))
            return malformed(err, "expected a name");
        else
            for (; in_word(c) || (unget(file, c), false); c = get(file))
                nf_buffer_char(out, (char)c);
        if (status != NF_OK)
            return status;
        c = next(file);
        if (c != '.') {
            unget(file, c);
            return finish(out, err);
        }
        nf_buffer_char(out, '.');
    }
}

/* ---- names of the model -------------------------------------------------- */

/* "module$name" is Module.Name, in any case. */
static bool is_same(const char *name, const char *qualified)
{
    for (; *name && *qualified; name++, qualified++)
        if (tolower((unsigned char)*name) !=
                tolower((unsigned char)*qualified) &&
            !(*name == '$' && *qualified == '.'))
            return false;
    return *name == *qualified;
}

static const nf_entity *find_entity(const nf_model *model, const char *name)
{
    for (size_t i = 0; i < nf_model_entity_count(model); i++)
        if (is_same(name, nf_model_entity(model, i)->qualified))
            return nf_model_entity(model, i);
    return NULL;
}

static const char *column_of(const nf_entity *entity, const char *name)
{
    if (is_same(name, "id"))
        return "id";
    for (size_t i = 0; i < entity->member_count; i++) {
        const char *member = entity->members[i].name;
        const char *dot = strchr(member, '.');
        if (is_same(name, member) || (dot && is_same(name, dot + 1)))
            return member;
    }
    return name; /* the row says that there is none */
}

/* ---- statements ---------------------------------------------------------- */

static nf_status add_text(json_object *array, const char *text, nf_error *err)
{
    json_object *value = json_object_new_string(text);
    if (value && json_object_array_add(array, value) == 0)
        return NF_OK;
    json_object_put(value);
    return nf_error_nomem(err);
}

/* `(column, …)` behind the table. */
static nf_status take_columns(nf_data_file *file, const nf_entity *entity,
                              nf_buffer *word, nf_error *err)
{
    nf_status status = expect(file, '(', err);
    int c = ',';
    while (status == NF_OK && c == ',') {
        status = take_name(word, file, err);
        if (status == NF_OK &&
            json_object_array_length(file->header) > COLUMNS_MAX)
            status = malformed(err, "too many columns");
        if (status == NF_OK)
            status = add_text(file->header, column_of(entity, word->data), err);
        c = next(file);
    }
    return status == NF_OK && c != ')' ? malformed(err, "expected \")\"")
                                       : status;
}

static nf_status take_word(nf_data_file *file, const char *wanted,
                           nf_buffer *word, nf_error *err)
{
    nf_status status = take_name(word, file, err);
    if (status == NF_OK && !is_same(word->data, wanted))
        status = malformed(err, "only INSERT INTO … (…) VALUES (…) is known");
    return status;
}

static void skip_mark(nf_data_file *file)
{
    char mark[3];
    if (fread(mark, 1, 3, file->stream) != 3 ||
        memcmp(mark, "\xEF\xBB\xBF", 3) != 0)
        rewind(file->stream);
}

/* `INSERT INTO table (columns) VALUES`: header is then the entity and the
 * columns; NULL at the end of the file. */
static nf_status take_insert(nf_data_file *file, const nf_model *model,
                             nf_buffer *word, nf_error *err)
{
    json_object_put(file->header);
    file->header = NULL;
    if (ftell(file->stream) == 0)
        skip_mark(file);
    int c = next(file);
    while (c == ';')
        c = next(file);
    if (c == EOF)
        return NF_OK;
    unget(file, c);
    nf_status status = take_word(file, "insert", word, err);
    if (status == NF_OK)
        status = take_word(file, "into", word, err);
    if (status == NF_OK)
        status = take_name(word, file, err);
    if (status != NF_OK)
        return status;
    const nf_entity *entity = find_entity(model, word->data);
    if (!entity)
        return nf_no_entity(model, word->data, NF_INPUT, "bad_data", err);
    file->header = json_object_new_array();
    if (!file->header)
        return nf_error_nomem(err);
    status = add_text(file->header, entity->qualified, err);
    if (status == NF_OK)
        status = take_columns(file, entity, word, err);
    return status == NF_OK ? take_word(file, "values", word, err) : status;
}

/* ---- values -------------------------------------------------------------- */

static nf_status take_value(json_object **out, nf_data_file *file,
                            nf_buffer *word, nf_error *err)
{
    int c = next(file);
    nf_status status = NF_OK;
    bool quoted = c == '\'';
    nf_buffer_clear(word);
    *out = NULL;
    if (quoted)
        status = take_quoted(word, file, c, err);
    else
        for (; in_word(c) || c == '-' || c == '+' || (unget(file, c), false);
             c = get(file))
            nf_buffer_char(word, (char)c);
    if (status == NF_OK)
        status = finish(word, err);
    if (status != NF_OK)
        return status;
    if (!quoted && !word->length)
        return malformed(err, "expected a value");
    if (!quoted && is_same(word->data, "null"))
        return NF_OK;
    if (!quoted &&
        (is_same(word->data, "true") || is_same(word->data, "false")))
        *out =
            json_object_new_boolean(tolower((unsigned char)*word->data) == 't');
    else if (quoted || strspn(word->data, "0123456789+-.eE") == word->length)
        *out = json_object_new_string(word->data);
    else
        return malformed(err, "a value is a number, a text in quotes, TRUE, "
                              "FALSE or NULL");
    return *out ? NF_OK : nf_error_nomem(err);
}

/* `(value, …)`, and what stands behind it. */
static nf_status take_row(json_object *object, nf_data_file *file,
                          nf_buffer *word, nf_error *err)
{
    size_t count = json_object_array_length(file->header);
    nf_status status = expect(file, '(', err);
    for (size_t i = 1; status == NF_OK && i < count; i++) {
        json_object *value = NULL;
        const char *column =
            json_object_get_string(json_object_array_get_idx(file->header, i));
        status = take_value(&value, file, word, err);
        if (status == NF_OK && json_object_object_add(object, column, value)) {
            json_object_put(value);
            status = nf_error_nomem(err);
        }
        if (status == NF_OK && next(file) != (i + 1 < count ? ',' : ')'))
            status = malformed(err, "the row has not as many values as there "
                                    "are columns");
    }
    if (status != NF_OK)
        return status;
    int c = next(file);
    file->in_values = c == ',';
    return c == ',' || c == ';' || c == EOF
               ? NF_OK
               : malformed(err, "expected \",\" or \";\" behind a row");
}

nf_status nf_data_sql_next(json_object **out, nf_data_file *file,
                           const nf_model *model, nf_error *err)
{
    nf_buffer word;
    nf_status status = NF_OK;
    *out = NULL;
    nf_buffer_init(&word, NF_DATA_LINE_MAX);
    if (!file->in_values)
        status = take_insert(file, model, &word, err);
    if (status == NF_OK && file->header) {
        json_object *object = json_object_new_object();
        json_object *entity = json_object_array_get_idx(file->header, 0);
        if (!object || json_object_object_add(object, "entity",
                                              json_object_get(entity)) != 0)
            status = nf_error_nomem(err);
        if (status == NF_OK)
            status = take_row(object, file, &word, err);
        if (status == NF_OK)
            *out = object;
        else
            json_object_put(object);
    }
    nf_buffer_dispose(&word);
    return status;
}
