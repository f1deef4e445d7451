/* See matrix.h. */
#include "matrix.h"

#include "../store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const run_names[RUNS] = {"all", "unsynchronized", "selected",
                                     "half selected"};
static const char *const mode_names[MODES] = {"All", "Constrained", "None",
                                              "Preserve", "Never"};
static const char *const local_names[LOCALS] = {
    "uncommitted", "new", "clean", "changed", "touched", "deleted"};
static const char *const server_names[SERVERS] = {"same", "changed", "deleted",
                                                  "unreadable", "far"};

const char *const cut_names[CUTS] = {"", ", cut before the commit",
                                     ", cut after the commit"};
/* As often as one run tries. */
static const char *const cut_plans[CUTS] = {NULL, "before-commit=cut*4",
                                            "after-commit=cut*4"};

void cell_describe(char *out, size_t size, const cell *c)
{
    snprintf(out, size, "%s of mode %s (%s), %s on the server%s%s%s%s",
             local_names[c->local], mode_names[c->mode], c->key,
             server_names[c->server], c->overlay ? ", overlay" : "",
             c->invalid ? ", invalid" : "", c->unseen ? ", unseen" : "",
             c->selected ? ", selected" : "");
}

static void need(bool ok, const world *w, const char *what)
{
    char *text = ok ? NULL : nf_error_print(w->err);
    if (ok)
        return;
    fprintf(stderr, "%s: %s\n", what, text ? text : "");
    exit(1);
}

/* ---- the cells ------------------------------------------------------------
 */

static cell *add_cell(world *w, entity_mode mode, local_state local)
{
    cell *c = &w->cells[w->count];
    *c = (cell){.mode = mode, .local = local};
    snprintf(c->key, sizeof c->key, "k%zu.", w->count);
    c->id = 4000000 + (int64_t)w->count * 7;
    c->selected = w->count % 2 == 0;
    w->count++;
    return c;
}

static void add_stored(world *w, entity_mode mode, local_state local)
{
    for (int server = 0; server < SERVERS; server++)
        for (int variety = 0; variety < 3; variety++) {
            bool overlay = variety == 1, invalid = variety == 2;
            if ((overlay && local == LOCAL_DELETED) ||
                (invalid && local != LOCAL_CHANGED))
                continue;
            cell *c = add_cell(w, mode, local);
            c->server = (server_state)server;
            c->overlay = overlay;
            c->invalid = invalid;
        }
}

static void make_cells(world *w, run_mode mode)
{
    w->cells = calloc(1000, sizeof *w->cells);
    for (int m = 0; m < MODES; m++) {
        add_cell(w, (entity_mode)m, LOCAL_UNCOMMITTED);
        add_cell(w, (entity_mode)m, LOCAL_NEW);
        add_cell(w, (entity_mode)m, LOCAL_NEW)->overlay = true;
        add_cell(w, (entity_mode)m, LOCAL_NEW)->invalid = true;
        add_cell(w, (entity_mode)m, LOCAL_NEW)->unseen = true;
        for (int local = LOCAL_CLEAN; local < LOCALS; local++)
            add_stored(w, (entity_mode)m, (local_state)local);
        if (w->count % 2 == 0) /* the halves differ between entities */
            w->cells[w->count - 1].selected = true;
    }
    if (mode == RUN_SELECTED)
        for (size_t i = 0; i < w->count; i++)
            w->cells[i].selected = true;
}

/* ---- data files ------------------------------------------------------------
 */

typedef struct lines {
    world *world;
    FILE *file;
} lines;

static lines begin(world *w)
{
    lines l = {w, fopen(w->scratch, "w")};
    need(l.file != NULL, w, w->scratch);
    return l;
}

static void line(lines *l, const cell *c, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void line(lines *l, const cell *c, const char *format, ...)
{
    va_list arguments;
    fprintf(l->file, "{\"entity\": \"M.%s\", \"id\": \"", mode_names[c->mode]);
    if (c->id)
        fprintf(l->file, "%lld", (long long)c->id);
    else
        fputs(c->key, l->file);
    fputs("\"", l->file);
    va_start(arguments, format);
    vfprintf(l->file, format, arguments);
    va_end(arguments);
    fputs("}\n", l->file);
}

static nf_session *open_session(world *w, nf_side side)
{
    nf_session *session = NULL;
    nf_session_options o = NF_SESSION_OPTIONS_INIT;
    o.side = side;
    o.now = "2026-03-18T10:20:30Z";
    o.seeded = true;
    o.seed = 7;
    o.initial_sync = "never";
    if (side == NF_SIDE_SERVER) {
        o.server_database = w->server_database;
    } else {
        o.database = w->database;
        o.server = w->server;
        o.user = w->user;
        o.password = "demo";
        o.faults = w->faults;
    }
    need(nf_session_new(&session, w->app, &o, w->err) == NF_OK, w, "session");
    return session;
}

static void import(lines *l, nf_side side)
{
    world *w = l->world;
    nf_session *session;
    fclose(l->file);
    session = open_session(w, side);
    need(nf_session_import(NULL, session, w->scratch, w->err) == NF_OK, w,
         "import");
    nf_session_free(session);
}

/* ---- both sides ------------------------------------------------------------
 */

static bool known(const cell *c)
{
    return c->local != LOCAL_UNCOMMITTED && c->local != LOCAL_NEW;
}

static void base_line(lines *l, const cell *c)
{
    line(l, c,
         ", \"Key\": \"%s\", \"Name\": \"n\", \"Value\": \"base\", \"Level\": "
         "\"low\"",
         c->key);
}

/* The server has everything; the device what a full synchronization brings,
 * and by earlier selections what it does not bring. */
static void import_base(world *w)
{
    char *report = NULL;
    lines l = begin(w);
    for (size_t i = 0; i < w->count; i++)
        if (known(&w->cells[i]))
            base_line(&l, &w->cells[i]);
    import(&l, NF_SIDE_SERVER);

    nf_session *session = open_session(w, NF_SIDE_DEVICE);
    need(nf_session_synchronize(&report, session, NF_SYNCHRONIZE_ALL, NULL, 0,
                                false, w->err) == NF_OK,
         w, "the first synchronization");
    nf_text_free(report);
    nf_session_free(session);

    l = begin(w);
    for (size_t i = 0; i < w->count; i++)
        if (known(&w->cells[i]) && w->cells[i].mode >= MODE_NONE)
            base_line(&l, &w->cells[i]);
    import(&l, NF_SIDE_DEVICE);
}

/* What others do on the server meanwhile. */
static void import_meanwhile(world *w)
{
    static const char *const changes[SERVERS] = {
        NULL, ", \"Value\": \"server\", \"Level\": \"high\"",
        ", \"$state\": \"deleted\"", ", \"Hidden\": true", ", \"Far\": true"};
    lines l = begin(w);
    for (size_t i = 0; i < w->count; i++) {
        const cell *c = &w->cells[i];
        if (known(c) && changes[c->server])
            line(&l, c, "%s", changes[c->server]);
    }
    for (int m = 0; m < MODES; m++) {
        cell other = {.mode = (entity_mode)m, .id = 3000000 + m};
        line(&l, &other, ", \"Key\": \"only%d\", \"Name\": \"n\"", m);
    }
    import(&l, NF_SIDE_SERVER);
}

/* bert's device, whose nanoflows would refuse what his rights forbid, as if it
 * had been tampered with. */
static void import_local(world *w)
{
    lines l = begin(w);
    for (size_t i = 0; i < w->count; i++) {
        cell *c = &w->cells[i];
        if (c->local == LOCAL_NEW) {
            c->id = 0;
            line(
                &l, c,
                ", \"Key\": \"%s\", \"Value\": \"local\"%s%s, \"$state\": \"new\"",
                c->key, c->invalid ? "" : ", \"Name\": \"n\"",
                c->unseen ? ", \"Hidden\": true" : "");
        } else if (c->local == LOCAL_CHANGED) {
            line(&l, c, ", %s, \"$state\": \"changed\"",
                 c->invalid ? "\"Name\": null" : "\"Value\": \"local\"");
        } else if (c->local == LOCAL_DELETED) {
            line(&l, c, ", \"$state\": \"deleted\"");
        }
    }
    import(&l, NF_SIDE_DEVICE);
}

/* ---- handles --------------------------------------------------------------
 */

static void set_value(world *w, const cell *c, const char *member,
                      nf_value *value)
{
    need(nf_object_change(c->handle, member, value, w->err) == NF_OK, w,
         "change");
    nf_value_free(value);
}

static void set_text(world *w, const cell *c, const char *member,
                     const char *text)
{
    set_value(w, c, member,
              text ? nf_value_new_string(text, strlen(text))
                   : nf_value_new_empty());
}

static void entity_name(char *out, size_t size, const cell *c)
{
    snprintf(out, size, "M.%s", mode_names[c->mode]);
}

static void create(world *w, cell *c)
{
    char entity[32];
    entity_name(entity, sizeof entity, c);
    need(nf_session_create(&c->handle, w->session, entity, w->err) == NF_OK, w,
         "create");
    c->id = nf_object_id(c->handle);
    set_text(w, c, "Key", c->key);
    if (!c->invalid)
        set_text(w, c, "Name", "n");
    set_text(w, c, "Value", "local");
    if (c->unseen)
        set_value(w, c, "Hidden", nf_value_new_boolean(true));
}

static void find(world *w, cell *c)
{
    char entity[32], id[32];
    entity_name(entity, sizeof entity, c);
    if (!c->id) {
        const char *row = find_row(w->device_rows, c);
        need(row != NULL, w, "a new object");
        c->id = strtoll(row_text(id, sizeof id, row, "id"), NULL, 10);
    }
    need(nf_session_find(&c->handle, w->session, entity, c->id, w->err) ==
             NF_OK,
         w, "find");
}

/* anna's device, by what her nanoflows would do. */
static void act(world *w, cell *c)
{
    bool commit = false;
    if (c->local == LOCAL_NEW) {
        create(w, c);
        commit = true;
    } else {
        find(w, c);
    }
    if (c->local == LOCAL_CHANGED)
        set_text(w, c, c->invalid ? "Name" : "Value",
                 c->invalid ? NULL : "local");
    if (c->local == LOCAL_CHANGED || c->local == LOCAL_TOUCHED)
        commit = true;
    if (commit)
        need(nf_session_commit(w->session, &c->handle, 1, w->err) == NF_OK, w,
             "commit");
    if (c->local == LOCAL_DELETED)
        need(nf_session_delete(w->session, &c->handle, 1, w->err) == NF_OK, w,
             "delete");
}

static void make_handles(world *w, bool strict)
{
    w->session = open_session(w, NF_SIDE_DEVICE);
    if (strict)
        world_look(w);
    for (size_t i = 0; i < w->count; i++) {
        cell *c = &w->cells[i];
        if (c->local == LOCAL_UNCOMMITTED) {
            create(w, c);
            set_text(w, c, "Name", "overlay");
        } else if (!strict) {
            act(w, c);
        } else if (c->local != LOCAL_DELETED) {
            find(w, c);
            if (c->local == LOCAL_TOUCHED)
                need(nf_session_commit(w->session, &c->handle, 1, w->err) ==
                         NF_OK,
                     w, "commit");
        }
        if (c->overlay)
            set_text(w, c, "Name", "overlay");
    }
    for (int m = 0; m < MODES; m++) {
        cell any = {.mode = (entity_mode)m};
        char entity[32];
        entity_name(entity, sizeof entity, &any);
        need(nf_session_list(&w->lists[m], w->session, entity, w->err) == NF_OK,
             w, "list");
    }
    for (size_t i = 0; i < w->count; i++)
        if (w->cells[i].local != LOCAL_DELETED)
            nf_list_add(w->lists[w->cells[i].mode], w->cells[i].handle);
}

/* ---- the world ------------------------------------------------------------
 */

void world_open(world *w, const char *app, const char *folder,
                const char *server, run_mode mode, bool strict, cut_kind cut)
{
    char sub[400];

    memset(w, 0, sizeof *w);
    w->err = nf_error_new();
    w->user = strict ? "bert" : "anna";
    snprintf(sub, sizeof sub, "%s/%d%d%d", folder, (int)mode, (int)strict,
             (int)cut);
    need(mkdir(sub, 0777) == 0 || errno == EEXIST, w, sub);
    snprintf(w->database, sizeof w->database, "%s/device.db", sub);
    snprintf(w->server_database, sizeof w->server_database, "%s/server.db",
             sub);
    snprintf(w->scratch, sizeof w->scratch, "%s/lines.jsonl", sub);
    store_follow(w->server_database, sizeof w->server_database);
    snprintf(w->server, sizeof w->server, "local:%s", w->server_database);
    if (server)
        snprintf(w->server, sizeof w->server, "%s", server);
    need(nf_app_open(&w->app, app, w->err) == NF_OK, w, app);
    make_cells(w, mode);
    import_base(w);
    if (strict)
        import_local(w);
    w->faults = cut_plans[cut];
    make_handles(w, strict);
    import_meanwhile(w);
}

static nf_status synchronize(world *w, run_mode mode)
{
    static const nf_synchronize_mode modes[RUNS] = {
        NF_SYNCHRONIZE_ALL, NF_SYNCHRONIZE_UNSYNCHRONIZED,
        NF_SYNCHRONIZE_SELECTED, NF_SYNCHRONIZE_SELECTED};
    nf_object **objects = calloc(w->count, sizeof(nf_object *));
    size_t count = 0;
    nf_status status;

    if (modes[mode] == NF_SYNCHRONIZE_SELECTED)
        for (size_t i = 0; i < w->count; i++)
            if (w->cells[i].selected && w->cells[i].handle)
                objects[count++] = w->cells[i].handle;
    nf_text_free(w->report);
    status = nf_session_synchronize(&w->report, w->session, modes[mode],
                                    objects, count, false, w->err);
    free(objects);
    return status;
}

void world_synchronize(world *w, run_mode mode)
{
    need(synchronize(w, mode) == NF_OK, w, "synchronize");
}

void world_fail_once(world *w, run_mode mode)
{
    char *before;

    world_look(w);
    before = strdup(w->device_rows);
    need(synchronize(w, mode) == NF_FAILED &&
             strcmp(nf_error_text(w->err, NF_ERROR_CODE), "SYNC_NETWORK") == 0,
         w, "a run that is cut");
    nf_error_reset(w->err);
    world_look(w);
    need(strcmp(before, w->device_rows) == 0, w,
         "S19: the device has changed although the run failed");
    free(before);
}

static bool keep(void *user, const char *text, size_t length)
{
    fwrite(text, 1, length, user);
    return true;
}

static char *export(world *w, nf_session *session)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    need(nf_session_export(session, NULL, keep, file, w->err) == NF_OK, w,
         "export");
    fclose(file);
    return text;
}

void world_look(world *w)
{
    nf_session *server = open_session(w, NF_SIDE_SERVER);
    free(w->device_rows);
    free(w->server_rows);
    w->device_rows = export(w, w->session);
    w->server_rows = export(w, server);
    nf_session_free(server);
}

void world_close(world *w)
{
    for (size_t i = 0; i < w->count; i++)
        nf_object_free(w->cells[i].handle);
    for (int m = 0; m < MODES; m++)
        nf_list_free(w->lists[m]);
    nf_text_free(w->report);
    nf_session_free(w->session);
    nf_app_close(w->app);
    nf_error_free(w->err);
    free(w->device_rows);
    free(w->server_rows);
    free(w->cells);
}

/* ---- reading exports ------------------------------------------------------
 */

static const char *line_of(const char *rows, const char *word, const char *more)
{
    const char *at = rows;
    while ((at = strstr(at, word)) != NULL) {
        const char *start = at, *end = strchr(at, '\n');
        const char *second;
        while (start > rows && start[-1] != '\n')
            start--;
        second = strstr(start, more);
        if (second && (!end || second < end))
            return start;
        at++;
    }
    return NULL;
}

const char *find_row(const char *rows, const cell *c)
{
    char word[64], entity[48];
    snprintf(entity, sizeof entity, "\"entity\":\"M.%s\"", mode_names[c->mode]);
    if (c->id)
        snprintf(word, sizeof word, "\"id\":\"%lld\"", (long long)c->id);
    else
        snprintf(word, sizeof word, "\"Key\":\"%s\"", c->key);
    return line_of(rows, word, entity);
}

char *row_text(char *out, size_t size, const char *row, const char *member)
{
    char word[64];
    const char *end = strchr(row, '\n'), *at;

    *out = '\0';
    snprintf(word, sizeof word, "\"%s\":\"", member);
    at = strstr(row, word);
    if (at && (!end || at < end)) {
        at += strlen(word);
        snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
    }
    return out;
}

char *find_error(char *out, size_t size, const world *w, const cell *c)
{
    char word[64];
    const char *row;

    *out = '\0';
    snprintf(word, sizeof word, "\"ObjectId\":\"%lld\"", (long long)c->id);
    row = c->id ? strstr(w->server_rows, word) : NULL;
    if (row) {
        while (row > w->server_rows && row[-1] != '\n')
            row--;
        row_text(out, size, row, "Reason");
        out[strcspn(out, " ")] = '\0';
    }
    return out;
}

char *handle_text(char *out, size_t size, world *w, const cell *c,
                  const char *member)
{
    nf_value *value = NULL;
    char *text;

    *out = '\0';
    nf_error_reset(w->err);
    if (nf_object_member(&value, c->handle, member, w->err) == NF_OK &&
        !nf_value_is_empty(value)) {
        text = nf_value_print(value);
        snprintf(out, size, "%s", text ? text : "");
        nf_text_free(text);
    }
    nf_value_free(value);
    nf_error_reset(w->err);
    return out;
}
