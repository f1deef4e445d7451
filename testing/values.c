/* Variables of a test that are there before its body and between its parts:
 * objects of data files by their names, and what the body assigned. */
#include "testing/case.h"

#include "library/data_file.h"

#include <ctype.h>
#include <string.h>

bool test_mentions(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *p = strchr(text, '$'); p; p = strchr(p + 1, '$'))
        if (strncmp(p + 1, name, length) == 0 &&
            !isalnum((unsigned char)p[1 + length]) && p[1 + length] != '_')
            return true;
    return false;
}

static bool is_mentioned(const test_run *run, const char *name)
{
    if (test_mentions(run->test->body, name))
        return true;
    for (size_t i = 0; i < run->test->tags.count; i++)
        if (test_mentions(run->test->tags.items[i].value, name))
            return true;
    return false;
}

static test_value *find(test_device *d, const char *name, size_t length)
{
    for (size_t i = 0; i < d->count; i++)
        if (strncmp(d->values[i].name, name, length) == 0 &&
            !d->values[i].name[length])
            return &d->values[i];
    return NULL;
}

bool test_keep_value(test_device *d, const char *name, nf_type type,
                     nf_value value)
{
    test_value *known = find(d, name, strlen(name));
    if (!known && d->count == TEST_VARIABLES) {
        nf_value_release(&value);
        return false;
    }
    if (!known) {
        known = &d->values[d->count++];
        *known = (test_value){.name = nf_arena_strdup(d->run->arena, name),
                              .value = nf_empty()};
        if (!known->name) {
            d->count--;
            nf_value_release(&value);
            return false;
        }
    }
    nf_value old = known->value;
    known->type = type;
    known->value = value;
    nf_value_release(&old);
    return true;
}

const test_value *test_find_value(test_run *run, const char *path,
                                  test_device **device)
{
    path += *path == '$';
    size_t length = strcspn(path, "/ \t");
    for (size_t i = 0; i < run->device_count; i++) {
        const test_value *v = find(&run->devices[i], path, length);
        if (!v)
            continue;
        if (device)
            *device = &run->devices[i];
        return v;
    }
    return NULL;
}

/* ---- objects of data files ----------------------------------------------- */

/* The device has it from a file, or by its first synchronization: which one is
 * asked, does not matter, for a name stands for one id. */
static bool find_id(test_device *d, const char *name, int64_t *id)
{
    nf_error ignored = {0};
    nf_session *server = NULL;
    if (nf_session_read_id(d->session, name, NULL, id, &ignored) == NF_OK)
        return true;
    nf_error_clear(&ignored);
    bool found = d->run->server &&
                 test_on_server(&server, d->run, &ignored) == NF_OK &&
                 nf_session_read_id(server, name, NULL, id, &ignored) == NF_OK;
    nf_session_free(server);
    return found;
}

static bool name_on(test_device *d, const char *name, const nf_entity *entity)
{
    nf_error err = {0};
    nf_object *object = NULL;
    int64_t id;
    if (find(d, name, strlen(name)))
        return true;
    if (find_id(d, name, &id) &&
        nf_objects_get(&object, d->session->objects, entity, id, &err) ==
            NF_OK &&
        object) {
        nf_type type = {.kind = NF_KIND_OBJECT, .entity = entity};
        return test_keep_value(d, name, type, nf_object_take(object));
    }
    /* Of several devices each has its own; one alone must have it. */
    if (d->run->device_count > 1)
        return true;
    nf_test_fail(d->run->result, NF_TEST_ERROR, "data", 0,
                 "$%s: the device has no such object", name);
    return false;
}

static bool name_line(test_run *run, const nf_data_line *line)
{
    if (!is_mentioned(run, line->id))
        return true;
    for (size_t i = 0; i < run->device_count; i++)
        if (!name_on(&run->devices[i], line->id, line->entity))
            return false;
    return true;
}

static bool name_file(test_run *run, const nf_test_tag *tag)
{
    bool device, server, more, ok = true;
    const char *path =
        test_path(run, test_data_file(tag->value, &device, &server));
    nf_data_file file;
    nf_data_line line;
    nf_error err = {0};
    nf_status status =
        path ? nf_data_open(&file, path, &err) : nf_error_nomem(&err);
    while (status == NF_OK && ok &&
           (status = nf_data_next(&line, &more, &file, run->app->model,
                                  &err)) == NF_OK &&
           more) {
        ok = name_line(run, &line);
        nf_data_line_dispose(&line);
    }
    if (path)
        nf_data_close(&file);
    if (status == NF_OK)
        return ok;
    nf_test_break(run->result, "data", tag->line, "the data", &err);
    return false;
}

bool test_name_objects(test_run *run)
{
    return test_each(run, "data", true, name_file);
}
