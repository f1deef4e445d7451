/* See syntax.h. */
#include "javascript/syntax.h"

#include "base/json.h"
#include "javascript/process.h"

#include <string.h>

enum { MEMORY_MIB = 1024, PARSE_MS = 20 * 1000 };

struct nf_js_syntax {
    nf_js_process *process;
};

/* Nothing that is only read has questions. */
static nf_status refuse(void *user, const char *name, const char *question,
                        nf_buffer *answer, nf_error *err)
{
    (void)user;
    (void)question;
    (void)answer;
    return nf_error_set(err, NF_FAILED, "js_exception",
                        "\"%.100s\" is not answered here", name);
}

nf_status nf_js_syntax_open(nf_js_syntax **out, nf_error *err)
{
    const nf_js_process_options options = {.memory_mib = MEMORY_MIB,
                                           .ask = refuse};
    nf_js_syntax *syntax = nf_alloc(sizeof *syntax);
    nf_status status =
        syntax ? nf_js_process_start(&syntax->process, &options, err)
               : nf_error_nomem(err);

    if (status) {
        nf_free(syntax);
        syntax = NULL;
    }
    *out = syntax;
    return status;
}

void nf_js_syntax_close(nf_js_syntax *syntax)
{
    if (!syntax)
        return;
    nf_js_process_end(syntax->process);
    nf_free(syntax);
}

/* The text of the message; NULL: out of memory. */
static char *message(const char *path, const nf_js_source *source)
{
    json_object *json = json_object_new_object();
    json_object *names = json_object_new_array();
    char *text;

    json_object_object_add(json, "what", json_object_new_string("parse"));
    json_object_object_add(json, "path", json_object_new_string(path));
    json_object_object_add(json, "module",
                           json_object_new_boolean(source->module));
    json_object_object_add(json, "code", json_object_new_string(source->code));
    for (size_t i = 0; i < source->import_count; i++)
        for (size_t k = 0; k < source->imports[i].name_count; k++)
            json_object_array_add(
                names, json_object_new_string(source->imports[i].names[k].as));
    json_object_object_add(json, "names", names);
    text = nf_json_text_of(json, NF_JSON_LINE);
    json_object_put(json);
    return text;
}

nf_status nf_js_syntax_check(nf_js_syntax *syntax, const char *path,
                             const nf_js_source *source, nf_error *err)
{
    char *text = message(path, source);
    const char *reply = NULL;
    nf_json_text_read read;
    json_object *problem = NULL;
    nf_status status =
        text ? nf_js_process_run(syntax->process, text, strlen(text), PARSE_MS,
                                 &reply, err)
             : nf_error_nomem(err);

    nf_free(text);
    if (status)
        return status;
    status = nf_json_parse(&read, reply, strlen(reply) + 1,
                           JSON_TOKENER_DEFAULT_DEPTH, 0, err);
    if (status)
        return status;
    json_object_object_get_ex(read.json, "problem", &problem);
    if (problem)
        status = nf_error_set(err, NF_INPUT, "bad_source", "%s",
                              json_object_get_string(problem));
    json_object_put(read.json);
    return status;
}
