/* What a script may ask of its session: one table row per question, in the
 * files of its group. Questions are JSON from a process that runs other
 * people's code: nothing in them is believed. */
#include "javascript/internal.h"

#include "base/json.h"
#include "javascript/rewrite.h"

#include <stdio.h>

const char *nf_js_text(json_object *question, const char *key)
{
    json_object *value = nf_js_part(question, key);

    return json_object_is_type(value, json_type_string)
               ? json_object_get_string(value)
               : "";
}

json_object *nf_js_part(json_object *question, const char *key)
{
    json_object *value = NULL;

    if (json_object_is_type(question, json_type_object))
        json_object_object_get_ex(question, key, &value);
    return value;
}

json_object *nf_js_item(json_object *question, size_t index)
{
    return json_object_is_type(question, json_type_array) &&
                   index < json_object_array_length(question)
               ? json_object_array_get_idx(question, index)
               : NULL;
}

const char *nf_js_item_text(json_object *question, size_t index)
{
    json_object *value = nf_js_item(question, index);

    return json_object_is_type(value, json_type_string)
               ? json_object_get_string(value)
               : "";
}

nf_status nf_js_bad_question(nf_error *err, const char *what)
{
    return nf_error_set(err, NF_FAILED, "js_exception", "%s is expected", what);
}

nf_status nf_js_parse(json_object **out, const char *text, nf_error *err)
{
    nf_json_text_read read;
    nf_status status = nf_json_parse(&read, text, strlen(text) + 1,
                                     JSON_TOKENER_DEFAULT_DEPTH, 0, err);

    *out = read.json;
    return status == NF_OK && read.problem ? nf_js_bad_question(err, "JSON")
                                           : status;
}

/* ---- sources ------------------------------------------------------------- */

static json_object *names(const nf_js_name *items, size_t count)
{
    json_object *array = json_object_new_array();

    for (size_t i = 0; i < count; i++) {
        json_object *pair = json_object_new_array();

        json_object_array_add(pair, json_object_new_string(items[i].name));
        json_object_array_add(pair, json_object_new_string(items[i].as));
        json_object_array_add(array, pair);
    }
    return array;
}

static void describe(json_object *out, const nf_js_source *source)
{
    json_object *imports = json_object_new_array();

    json_object_object_add(out, "module",
                           json_object_new_boolean(source->module));
    json_object_object_add(out, "live", json_object_new_boolean(source->live));
    json_object_object_add(out, "code", json_object_new_string(source->code));
    for (size_t i = 0; i < source->import_count; i++) {
        const nf_js_import *import = &source->imports[i];
        json_object *part = json_object_new_object();

        json_object_object_add(part, "from",
                               json_object_new_string(import->from));
        json_object_object_add(part, "names",
                               names(import->names, import->name_count));
        json_object_object_add(part, "exports",
                               names(import->exports, import->export_count));
        json_object_array_add(imports, part);
    }
    json_object_object_add(out, "imports", imports);
}

static nf_status tell_source(json_object *out, const char *path,
                             const char *text, size_t length)
{
    size_t name = strlen(path);
    nf_js_source source = {0};
    nf_error problem = {0};
    char line[NF_ERROR_MESSAGE_SIZE + 256];
    nf_status status = NF_OK;

    json_object_object_add(out, "path", json_object_new_string(path));
    if (name > 5 && strcmp(path + name - 5, ".json") == 0)
        json_object_object_add(out, "text",
                               json_object_new_string_len(text, (int)length));
    else
        status = nf_js_rewrite(&source, text, length, &problem);
    if (status == NF_OK && source.code)
        describe(out, &source);
    nf_js_source_dispose(&source);
    if (problem.status == NF_INPUT) {
        snprintf(line, sizeof line, "%.200s: %s", path, problem.message);
        json_object_object_add(out, "problem", json_object_new_string(line));
        return NF_OK;
    }
    return status;
}

static nf_status find_sources(nf_javascript *js, nf_error *err)
{
    return js->sources
               ? NF_OK
               : nf_js_sources_open(&js->sources,
                                    nf_model_path(js->world->model), err);
}

nf_status nf_js_has_source(nf_javascript *js, const char *action, bool *out,
                           nf_error *err)
{
    const char *dot = strchr(action, '.');
    char path[1024], *text = NULL;
    size_t length = 0;
    nf_status status = find_sources(js, err);

    *out = false;
    if (status || !dot)
        return status;
    snprintf(path, sizeof path, "%.*s/actions/%s.js", (int)(dot - action),
             action, dot + 1);
    for (char *at = path; *at && *at != '/'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at += 'a' - 'A';
    status = nf_js_sources_read(js->sources, path, &text, &length, err);
    *out = text != NULL;
    nf_free(text);
    return status;
}

nf_status nf_js_open_file(nf_javascript *js, const char *file, nf_error *err)
{
    nf_status status = find_sources(js, err);

    return status ? status : nf_js_sources_allow(js->sources, file, err);
}

/* [path, …]: the first that is there; null. */
static nf_status ask_source(nf_javascript *js, json_object *question,
                            json_object **out, nf_error *err)
{
    nf_status status = find_sources(js, err);
    char *text = NULL;
    size_t length = 0;

    for (size_t i = 0; !status && nf_js_item(question, i) && i < 64; i++) {
        const char *path = nf_js_item_text(question, i);

        status = nf_js_sources_read(js->sources, path, &text, &length, err);
        if (status || !text)
            continue;
        *out = json_object_new_object();
        status =
            *out ? tell_source(*out, path, text, length) : nf_error_nomem(err);
        nf_free(text);
        break;
    }
    return status;
}

static nf_status ask_flow(nf_javascript *js, json_object *question,
                          json_object **out, nf_error *err)
{
    return nf_js_start_flow(js, question, out, err);
}

/* The body of a function: with import() as the shim has it. */
static nf_status ask_rewrite(nf_javascript *js, json_object *question,
                             json_object **out, nf_error *err)
{
    bool is_text = json_object_is_type(question, json_type_string);
    nf_js_source source = {0};
    nf_status status;

    (void)js;
    if (!is_text)
        return nf_js_bad_question(err, "a text");
    status = nf_js_rewrite(&source, json_object_get_string(question),
                           (size_t)json_object_get_string_len(question), err);
    if (!status && source.module)
        status = nf_js_bad_question(err, "a function without import and export "
                                         "statements");
    if (!status)
        *out = json_object_new_string(source.code);
    nf_js_source_dispose(&source);
    return status;
}

static const nf_js_question own_questions[] = {{"source", ask_source},
                                               {"rewrite", ask_rewrite},
                                               {"flow", ask_flow},
                                               {NULL, NULL}};

/* ---- all of them --------------------------------------------------------- */

static nf_js_answer find(const char *name)
{
    static const nf_js_question *const groups[] = {
        own_questions,         nf_js_object_questions, nf_js_data_questions,
        nf_js_model_questions, nf_js_client_questions, nf_js_parser_questions};

    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++)
        for (const nf_js_question *q = groups[g]; q->name; q++)
            if (strcmp(q->name, name) == 0)
                return q->answer;
    return NULL;
}

nf_status nf_js_ask(void *user, const char *name, const char *question,
                    nf_buffer *answer, nf_error *err)
{
    nf_javascript *js = user;
    nf_js_answer known = find(name);
    json_object *json = NULL, *out = NULL;
    /* Begun first: an answer that could not be made whole is not printed. */
    json_object *whole = json_object_new_array();
    nf_status status = nf_js_parse(&json, question, err);
    char *text = NULL;

    if (!status)
        status = known ? known(js, json, &out, err)
                       : nf_error_set(err, NF_FAILED, "js_exception",
                                      "\"%.100s\" is no question to a session",
                                      name);
    json_object_array_add(whole, out);
    if (!status) {
        text = nf_json_text_of(whole, NF_JSON_LINE);
        status = text ? NF_OK : nf_error_nomem(err);
    }
    if (!status)
        nf_buffer_text(answer, text);
    nf_free(text);
    json_object_put(json);
    json_object_put(whole);
    return status;
}
