/* `@snapshot [NAME]` (test E41): what a test leaves, compared with a file that
 * an earlier run has written: what a user saw, and what is stored on the
 * devices and the server, but for entities of the module System. Ids, which a
 * run makes up, are numbers here, in the order of what the rows hold. */
#include "testing/case.h"

#include "base/json.h"
#include "library/data_file.h"
#include "library/json.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SNAPSHOT_MAX = 16 * 1024 * 1024 };

/* A row; what it refers to is replaced when all have their numbers. */
typedef struct row {
    const nf_entity *entity;
    int64_t id;
    const char *state;   /* on a device */
    const char *content; /* of its attributes: what it is sorted by */
    nf_value *members;   /* a copy, for its references; NULL: deleted */
    size_t number;       /* within its entity */
} row;

typedef struct rows {
    test_run *run;
    row *items;
    size_t count, capacity;
} rows;

/* ---- rows ---------------------------------------------------------------- */

static void add_attributes(nf_buffer *out, const nf_data_shown *shown)
{
    for (size_t i = 0; shown->members && i < shown->entity->member_count; i++) {
        const nf_member *m = &shown->entity->members[i];
        const nf_value *v = &shown->members[i];
        if (!m->attribute || v->kind == NF_KIND_EMPTY ||
            v->kind == NF_KIND_BINARY)
            continue;
        char *text = nf_value_print(v);
        nf_buffer_format(out, ", %s = %s%s%s", m->name,
                         v->kind == NF_KIND_STRING ? "'" : "", text ? text : "",
                         v->kind == NF_KIND_STRING ? "'" : "");
        nf_free(text);
    }
}

static nf_status add_row(void *user, const nf_data_shown *shown, nf_error *err)
{
    rows *all = user;
    nf_buffer content;
    row *items = nf_grow(all->items, all->count, &all->capacity, sizeof *items);
    if (!items)
        return nf_error_nomem(err);
    all->items = items;
    if (shown->entity->module->system)
        return NF_OK;
    nf_buffer_init(&content, NF_BUFFER_MAX);
    nf_buffer_text(&content, "");
    add_attributes(&content, shown);
    const char *text = nf_buffer_string(&content);
    items += all->count;
    *items =
        (row){.entity = shown->entity,
              .id = shown->id,
              .state = shown->state,
              .content = text ? nf_arena_strdup(all->run->arena, text) : NULL};
    nf_buffer_dispose(&content);
    if (!items->content)
        return nf_error_nomem(err);
    all->count++;
    return shown->members ? nf_members_copy(&items->members, shown->members,
                                            shown->entity->member_count, err)
                          : NF_OK;
}

static int by_content(const void *a, const void *b)
{
    const row *x = a, *y = b;
    int order = strcmp(x->entity->qualified, y->entity->qualified);
    return order ? order : strcmp(x->content, y->content);
}

static void add_reference(nf_buffer *out, const rows *all, int64_t id)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].id == id) {
            nf_buffer_format(out, " %s %zu", all->items[i].entity->qualified,
                             all->items[i].number);
            return;
        }
    nf_buffer_text(out, " (not here)");
}

static void add_references(nf_buffer *out, const rows *all, const row *r)
{
    for (size_t i = 0; r->members && i < r->entity->member_count; i++) {
        const nf_member *m = &r->entity->members[i];
        const nf_value *v = &r->members[i];
        size_t count = 0;
        if (!m->association || m->child_end || m->association->system)
            continue;
        const int64_t *ids =
            v->kind == NF_KIND_IDS ? nf_ids_of(v, &count) : NULL;
        if (v->kind != NF_KIND_ID && !count)
            continue;
        nf_buffer_format(out, ", %s =", m->name);
        if (v->kind == NF_KIND_ID)
            add_reference(out, all, v->as.integer);
        for (size_t k = 0; k < count; k++)
            add_reference(out, all, ids[k]);
    }
}

static nf_status add_side(nf_buffer *out, test_run *run, const char *side,
                          nf_session *session, nf_error *err)
{
    rows all = {.run = run};
    nf_status status = nf_data_each(session, NULL, add_row, &all, err);
    if (all.count)
        qsort(all.items, all.count, sizeof *all.items, by_content);
    for (size_t i = 0; i < all.count; i++) {
        bool same = i && all.items[i].entity == all.items[i - 1].entity;
        all.items[i].number = same ? all.items[i - 1].number + 1 : 1;
    }
    for (size_t i = 0; status == NF_OK && i < all.count; i++) {
        const row *r = &all.items[i];
        nf_buffer_format(out, "%s %s %zu%s%s%s%s", side, r->entity->qualified,
                         r->number, r->state ? " (" : "",
                         r->state ? r->state : "", r->state ? ")" : "",
                         r->content);
        add_references(out, &all, r);
        nf_buffer_char(out, '\n');
    }
    for (size_t i = 0; i < all.count; i++)
        nf_members_free(all.items[i].members,
                        all.items[i].entity->member_count);
    nf_free(all.items);
    return status;
}

/* ---- what was seen ------------------------------------------------------- */

static void add_event(nf_buffer *out, const char *side, json_object *event)
{
    static const struct {
        const char *event, *word, *keys[3];
    } known[] = {
        {"showMessage", "message", {"type", "text", NULL}},
        {"showPage", "page", {"page", NULL, NULL}},
        {"closePage", "page closed", {NULL, NULL, NULL}},
        {"validationFeedback", "feedback", {"member", "text", NULL}},
        {"log", "log", {"level", "node", "text"}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(test_payload(event, "event"), known[i].event) != 0)
            continue;
        nf_buffer_format(out, "%s %s", side, known[i].word);
        for (size_t k = 0; k < 3 && known[i].keys[k]; k++)
            nf_buffer_format(out, " %s", test_payload(event, known[i].keys[k]));
        nf_buffer_char(out, '\n');
    }
}

static void add_events(nf_buffer *out, const char *side, const test_device *d)
{
    json_object *events = d->session ? d->session->events : d->events;
    size_t count = events ? json_object_array_length(events) : 0;
    for (size_t i = 0; i < count; i++)
        add_event(out, side, json_object_array_get_idx(events, i));
}

static nf_status take(nf_buffer *out, test_run *run, nf_error *err)
{
    nf_status status = NF_OK;
    nf_session *server = NULL;
    for (size_t i = 0; i < run->device_count; i++) {
        const char *name = run->devices[i].name;
        add_events(out, *name ? name : "device", &run->devices[i]);
    }
    for (size_t i = 0; status == NF_OK && i < run->device_count; i++) {
        const char *name = run->devices[i].name;
        if (run->side != TEST_SIDE_SERVER && run->devices[i].session)
            status = add_side(out, run, *name ? name : "device",
                              run->devices[i].session, err);
    }
    if (status == NF_OK && run->server)
        status = test_on_server(&server, run, err);
    if (status == NF_OK && server)
        status = add_side(out, run, "server", server, err);
    nf_session_free(server);
    return status == NF_OK && out->failed ? nf_error_nomem(err) : status;
}

/* ---- files --------------------------------------------------------------- */

/* Beside the test file: FILE.snapshots/NAME.txt. */
static const char *path_of(test_run *run, const nf_test_tag *tag, bool folder)
{
    char *name = nf_arena_strdup(run->arena,
                                 *tag->value ? tag->value : run->result->name);
    for (char *p = name; p && *p; p++)
        if (strchr("/\\:*?\"<>|' ", *p) || (unsigned char)*p < 32)
            *p = '-';
    if (!name)
        return NULL;
    return folder ? nf_arena_format(run->arena, "%s.snapshots", run->file->path)
                  : nf_arena_format(run->arena, "%s.snapshots/%.200s.txt",
                                    run->file->path, name);
}

static bool read_old(nf_buffer *out, const char *path)
{
    char block[8192];
    size_t length;
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    while ((length = fread(block, 1, sizeof block, file)) > 0)
        nf_buffer_add(out, block, length);
    bool good = !ferror(file) && !out->failed;
    fclose(file);
    return good;
}

static bool write_new(const char *folder, const char *path,
                      const nf_buffer *new)
{
    FILE *file;
    bool good;
    if ((mkdir(folder, 0777) != 0 && errno != EEXIST) ||
        !(file = fopen(path, "we")))
        return false;
    good = fwrite(new->data, 1, new->length, file) == new->length;
    return fclose(file) == 0 && good;
}

/* The first line that is another one, for a short answer. */
static void differ(test_run *run, const nf_test_tag *tag, const char *old,
                   const char *new)
{
    long line = 1;
    const char *a = old, *b = new;
    while (*a && *a == *b) {
        line += *a == '\n';
        a++;
        b++;
    }
    while (a > old && a[-1] != '\n') {
        a--;
        b--;
    }
    nf_test_failure *f = nf_test_fail(
        run->result, NF_TEST_FAIL, tag->name, tag->line,
        "the snapshot has in line %ld \"%.*s\", now it is \"%.*s\" "
        "(--update-snapshots takes it over)",
        line, (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
    if (!f)
        return;
    f->expected = nf_arena_strndup(run->arena, a, strcspn(a, "\n"));
    f->actual = nf_arena_strndup(run->arena, b, strcspn(b, "\n"));
}

static void compare(test_run *run, const nf_test_tag *tag, const nf_buffer *new)
{
    const char *path = path_of(run, tag, false);
    const char *folder = path_of(run, tag, true);
    nf_buffer old;
    nf_buffer_init(&old, SNAPSHOT_MAX);
    nf_buffer_text(&old, "");
    bool known = path && read_old(&old, path);
    bool same = known && old.length == new->length &&
                (!old.length || memcmp(old.data, new->data, old.length) == 0);
    if (run->how->update_snapshots && !same) {
        if (path && folder && write_new(folder, path, new))
            nf_test_warn(run->result, "the snapshot is written: %s", path);
        else
            nf_test_fail(run->result, NF_TEST_ERROR, tag->name, tag->line,
                         "the snapshot \"%s\" can't be written: %s",
                         path ? path : "", strerror(errno));
    } else if (!known) {
        nf_test_fail(
            run->result, NF_TEST_ERROR, tag->name, tag->line,
            "there is no snapshot \"%s\": --update-snapshots writes it",
            path ? path : "");
    } else if (!same) {
        differ(run, tag, old.length ? nf_buffer_string(&old) : "",
               new->length ? nf_buffer_string((nf_buffer *)(uintptr_t) new)
                           : "");
    }
    nf_buffer_dispose(&old);
}

void test_snapshot(test_run *run, const nf_test_tag *tag)
{
    nf_buffer new;
    nf_error err = {0};
    nf_buffer_init(&new, SNAPSHOT_MAX);
    if (take(&new, run, &err) != NF_OK)
        nf_test_break(run->result, tag->name, tag->line, "the snapshot", &err);
    else
        compare(run, tag, &new);
    nf_buffer_dispose(&new);
}
