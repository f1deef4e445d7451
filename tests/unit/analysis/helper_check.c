/* See helper_check.h. */
#include "helper_check.h"

struct json_object *helper_check_path(const char *path, size_t *errors)
{
    nf_app *app = NULL;
    char *text = NULL;
    nf_error *err = nf_error_new();
    assert_non_null(err);
    if (nf_app_open(&app, path, err) != NF_OK ||
        nf_app_check(&text, errors, app, true, err) != NF_OK)
        fail_msg("%s", nf_error_text(err, NF_ERROR_MESSAGE));
    struct json_object *root = json_tokener_parse(text);
    assert_non_null(root);
    nf_text_free(text);
    nf_app_close(app);
    nf_error_free(err);
    return root;
}

struct json_object *helper_check_units(const char *navigation,
                                       const char *units, size_t *errors)
{
    char path[] = "/tmp/nanoflow-check-XXXXXX.xml";
    int descriptor = mkstemps(path, 4);
    assert_true(descriptor >= 0);
    FILE *file = fdopen(descriptor, "w");
    assert_non_null(file);
    fprintf(file,
            "<app xmlns=\"urn:nanoflow:app:1\" format=\"1\" "
            "mendix=\"10.24.0\">\n"
            "<ProjectSecurity SecurityLevel=\"CheckEverything\"/>\n"
            "%s<Module Name=\"M\"><units>\n%s</units></Module></app>\n",
            navigation, units);
    fclose(file);
    struct json_object *root = helper_check_path(path, errors);
    unlink(path);
    return root;
}

struct json_object *helper_get(struct json_object *root, const char *a,
                               const char *b)
{
    struct json_object *value = NULL;
    assert_true(json_object_object_get_ex(root, a, &value));
    if (b)
        assert_true(json_object_object_get_ex(value, b, &value));
    return value;
}

int helper_number(struct json_object *root, const char *a, const char *b)
{
    return json_object_get_int(helper_get(root, a, b));
}

static struct json_object *find(struct json_object *root, const char *code)
{
    struct json_object *problems = helper_get(root, "problems", NULL);
    for (size_t i = 0; i < json_object_array_length(problems); i++) {
        struct json_object *item = json_object_array_get_idx(problems, i);
        if (!strcmp(json_object_get_string(helper_get(item, "code", NULL)),
                    code))
            return item;
    }
    return NULL;
}

struct json_object *helper_problem(struct json_object *root, const char *code)
{
    struct json_object *item = find(root, code);
    if (!item)
        fail_msg("no problem %s in %s", code,
                 json_object_to_json_string(root));
    return item;
}

bool helper_has_problem(struct json_object *root, const char *code)
{
    return find(root, code) != NULL;
}

void helper_assert_text(struct json_object *object, const char *key,
                        const char *expected)
{
    assert_string_equal(json_object_get_string(helper_get(object, key, NULL)),
                        expected);
}
