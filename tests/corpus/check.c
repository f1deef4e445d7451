/* activities §16.12, T250: `check` opens every app, finds no error, and most
 * nanoflows compile. */
#include "corpus/corpus.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

enum { SHARE_MIN = 95 }; /* per cent of all nanoflows that compile */

static int64_t number(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, key, &value)
               ? json_object_get_int64(value)
               : -1;
}

/* The apps open in Studio Pro without an error. */
static int print_errors(const char *path, struct json_object *root)
{
    struct json_object *problems = NULL, *severity = NULL;
    int errors = 0;
    json_object_object_get_ex(root, "problems", &problems);
    for (size_t i = 0; i < json_object_array_length(problems); i++) {
        struct json_object *one = json_object_array_get_idx(problems, i);
        json_object_object_get_ex(one, "severity", &severity);
        if (strcmp(json_object_get_string(severity), "error") != 0)
            continue;
        printf("%s: %s\n", path, json_object_to_json_string(one));
        errors++;
    }
    return errors;
}

static int check_app(const char *path, int64_t *flows, int64_t *compiled)
{
    nf_app *app = NULL;
    char *text = NULL;
    struct json_object *root = NULL, *compiled_counts = NULL;
    nf_error *err = nf_error_new();
    int failures = 1;
    if (nf_app_open(&app, path, err) == NF_OK &&
        nf_app_check(&text, NULL, app, true, err) == NF_OK)
        root = json_tokener_parse(text);
    if (!root)
        printf("%s: %s\n", path,
               text ? "no JSON" : nf_error_text(err, NF_ERROR_MESSAGE));
    else if (json_object_object_get_ex(root, "compiled", &compiled_counts)) {
        int64_t all = number(root, "nanoflows");
        int64_t good = number(compiled_counts, "nanoflows");
        const char *slash = strrchr(path, '/');
        printf("%-44s %4lld of %4lld nanoflows compile\n",
               slash ? slash + 1 : path, (long long)good, (long long)all);
        failures = (good < 0 || all < good) + print_errors(path, root);
        *flows += all;
        *compiled += good;
    }
    json_object_put(root);
    nf_text_free(text);
    nf_app_close(app);
    nf_error_free(err);
    return failures;
}

int corpus_check(const corpus_files *files)
{
    int failures = 0;
    int64_t flows = 0, compiled = 0;
    for (size_t i = 0; i < files->count; i++)
        failures += check_app(files->paths[i], &flows, &compiled);
    printf("%lld of %lld nanoflows compile (at least %d %% expected)\n",
           (long long)compiled, (long long)flows, SHARE_MIN);
    return failures + (compiled * 100 < flows * SHARE_MIN);
}
