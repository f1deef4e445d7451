/* Every combination of what a device and the server hold of one object, for
 * every synchronization mode, mode of the entity and two users, through the
 * public header. What is expected is computed from the tables of synchronize
 * §9 … §11 by the functions under "the oracle", which know nothing of how it
 * is done. */
#include "matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

/* ---- the oracle ---------------------------------------------------------- */

typedef struct side {
    bool there;
    const char *value, *level;
    bool hidden, far;
} side;

typedef struct expectation {
    side server, device;
    const char *mark; /* "$state" of an export; "" clean */
    const char *code; /* of the error record; "" none */
} expectation;

static bool stored(const cell *c)
{
    return c->local != LOCAL_UNCOMMITTED && c->local != LOCAL_DELETED;
}

static bool dirty(const cell *c)
{
    return c->local == LOCAL_NEW || c->local == LOCAL_CHANGED ||
           c->local == LOCAL_TOUCHED || c->local == LOCAL_DELETED;
}

/* S29: what a run sends, or asks to be refreshed. */
static bool frozen(const cell *c, run_mode mode)
{
    if (c->local == LOCAL_UNCOMMITTED)
        return false;
    if (mode == RUN_ALL || mode == RUN_UNSYNCHRONIZED)
        return dirty(c) && c->mode != MODE_NEVER;
    return c->selected && c->local != LOCAL_DELETED;
}

/* The server's side as the other users left it. */
static side server_before(const cell *c)
{
    side s = {true, "base", "low", false, false};
    if (c->local == LOCAL_UNCOMMITTED || c->local == LOCAL_NEW ||
        c->server == SERVER_DELETED)
        s.there = false;
    if (c->server == SERVER_CHANGED)
        s.value = "server", s.level = "high";
    s.hidden = c->server == SERVER_HIDDEN;
    s.far = c->server == SERVER_FAR;
    return s;
}

/* S41 … S46, S86: why the server refuses; "" if it does not. */
static const char *refusal(const cell *c, const side *server, bool strict)
{
    if (c->local == LOCAL_NEW)
        return strict       ? "OBJ_CREATE_DENIED"
               : c->invalid ? "OBJ_VALIDATION"
                            : "";
    if (!server->there)
        return c->local == LOCAL_DELETED ? "" : "OBJ_GONE";
    if (server->hidden)
        return "OBJ_NO_ACCESS";
    if (c->local == LOCAL_DELETED)
        return strict ? "OBJ_DELETE_DENIED" : "";
    if (c->local == LOCAL_CHANGED && c->invalid)
        return "OBJ_VALIDATION";
    if (c->local == LOCAL_CHANGED && strict)
        return "OBJ_MEMBER_ACCESS";
    return "";
}

/* What the device holds of the object before the run. */
static side device_before(const cell *c)
{
    side s = {stored(c), "base", "low", false, false};
    if (c->local == LOCAL_NEW)
        s.level = "", s.hidden = c->unseen;
    if ((c->local == LOCAL_CHANGED && !c->invalid) || c->local == LOCAL_NEW)
        s.value = "local";
    return s;
}

/* S35, S111: the later one wins for the whole object, but not for a member
 * that the user may not write. */
static void apply(side *server, const cell *c)
{
    side mine = device_before(c);
    if (c->local == LOCAL_DELETED) {
        server->there = false;
    } else if (c->local == LOCAL_NEW) {
        *server = mine;
    } else if (c->local == LOCAL_CHANGED) {
        server->value = mine.value;
        server->far = server->hidden = false;
    }
}

static const char *mark_before(const cell *c)
{
    switch (c->local) {
    case LOCAL_NEW:
        return "new";
    case LOCAL_CHANGED:
    case LOCAL_TOUCHED:
        return "changed";
    case LOCAL_DELETED: /* S85 */
        return c->mode == MODE_NEVER ? "" : "deleted";
    default:
        return "";
    }
}

/* S59, S60: after a full synchronization. */
static void after_download(expectation *e, const cell *c, bool refused)
{
    side server = e->server;
    bool readable = server.there && !server.hidden;

    switch (c->mode) {
    case MODE_ALL:
    case MODE_CONSTRAINED:
        e->device = server;
        e->device.there =
            readable && !(c->mode == MODE_CONSTRAINED && server.far);
        break;
    case MODE_NONE:
        e->device.there = false;
        break;
    case MODE_PRESERVE:
        if (refused) {
            e->device = server;
            e->device.there = readable && c->local != LOCAL_NEW;
        }
        break;
    default: /* Never */
        break;
    }
}

static expectation expect(const cell *c, run_mode mode, bool strict)
{
    expectation e = {server_before(c), device_before(c), mark_before(c), ""};
    bool takes_part = frozen(c, mode), refused = false;

    if (takes_part && dirty(c)) {
        e.code = refusal(c, &e.server, strict);
        refused = *e.code != '\0';
        if (!refused)
            apply(&e.server, c);
    }
    if (takes_part)
        e.mark = "";
    if (c->local == LOCAL_UNCOMMITTED)
        return e;
    if (mode == RUN_ALL) {
        after_download(&e, c, refused);
    } else if (takes_part) { /* S66, S87 */
        e.device = e.server;
        e.device.there = e.server.there && !e.server.hidden;
    }
    return e;
}

/* ---- comparing ----------------------------------------------------------- */

static void differ(const cell *c, const char *what, const char *found,
                   const char *expected)
{
    char text[256];
    failures++;
    if (failures > 40)
        return;
    cell_describe(text, sizeof text, c);
    fprintf(stderr, "%s: %s is \"%s\", expected \"%s\"\n", text, what, found,
            expected);
}

static void compare_text(const cell *c, const char *what, const char *found,
                         const char *expected)
{
    if (strcmp(found, expected) != 0)
        differ(c, what, found, expected);
}

static void compare_row(const cell *c, const char *where, const char *row,
                        const side *expected)
{
    char text[64], what[64];

    snprintf(what, sizeof what, "its row on the %s", where);
    compare_text(c, what, row ? "there" : "gone",
                 expected->there ? "there" : "gone");
    if (!row || !expected->there)
        return;
    snprintf(what, sizeof what, "Value on the %s", where);
    compare_text(c, what, row_text(text, sizeof text, row, "Value"),
                 expected->value);
    snprintf(what, sizeof what, "Level on the %s", where);
    compare_text(c, what, row_text(text, sizeof text, row, "Level"),
                 expected->level);
}

static void compare_handle(world *w, const cell *c, const expectation *e)
{
    char text[64];
    nf_error *err = w->err;

    if (c->local == LOCAL_UNCOMMITTED) {
        compare_text(c, "the variable's state", nf_object_state_text(c->handle),
                     "new");
        compare_text(c, "the variable's name",
                     handle_text(text, sizeof text, w, c, "Name"), "overlay");
        return;
    }
    if (c->local == LOCAL_DELETED) /* S87: never revived */
        return;
    compare_text(c, "the variable",
                 nf_object_is_gone(c->handle) ? "gone" : "there",
                 e->device.there ? "there" : "gone");
    if (nf_object_is_gone(c->handle) || !e->device.there)
        return;
    compare_text(c, "the variable's value",
                 handle_text(text, sizeof text, w, c, "Value"),
                 e->device.value);
    if (!c->overlay)
        return;
    compare_text(c, "the uncommitted name",
                 handle_text(text, sizeof text, w, c, "Name"), "overlay");
    if (nf_session_rollback(w->session, c->handle, err) != NF_OK)
        differ(c, "rollback", "an error", "fine");
    compare_text(c, "the name after a rollback",
                 handle_text(text, sizeof text, w, c, "Name"), "n");
}

static void compare_cell(world *w, const cell *c, run_mode mode, bool strict)
{
    expectation e = expect(c, mode, strict);
    const char *device = find_row(w->device_rows, c);
    const char *server = find_row(w->server_rows, c);
    char text[64];

    row_text(text, sizeof text, device ? device : "", "$state");
    compare_text(c, "its mark", text, e.mark);
    if (strcmp(text, "deleted") == 0)
        device = NULL;
    compare_row(c, "device", device, &e.device);
    compare_row(c, "server", server, &e.server);
    compare_text(c, "its error", find_error(text, sizeof text, w, c), e.code);
    compare_handle(w, c, &e);
}

/* S120: lists lose what left, in their order. */
static void compare_list(world *w, size_t kind)
{
    size_t at = 0;
    for (size_t i = 0; i < w->count; i++) {
        const cell *c = &w->cells[i];
        if (c->mode != (entity_mode)kind || c->local == LOCAL_DELETED ||
            nf_object_is_gone(c->handle))
            continue;
        if (nf_list_item(w->lists[kind], at++) != c->handle)
            differ(c, "its place in the list", "another", "kept");
    }
    if (nf_list_length(w->lists[kind]) != at) {
        fprintf(stderr, "a list has %zu objects, expected %zu\n",
                nf_list_length(w->lists[kind]), at);
        failures++;
    }
}

static void compare_other(world *w, run_mode mode)
{
    for (size_t i = 0; i < MODES; i++) { /* an object only the server had */
        cell c = {.mode = (entity_mode)i};
        snprintf(c.key, sizeof c.key, "only%zu", i);
        bool there =
            mode == RUN_ALL && (i == MODE_ALL || i == MODE_CONSTRAINED);
        if ((find_row(w->device_rows, &c) != NULL) != there)
            differ(&c, "what only the server had", there ? "gone" : "there",
                   there ? "there" : "gone");
    }
}

static void run_once(const char *app, const char *folder, const char *server,
                     run_mode mode, bool strict, cut_kind cut)
{
    world w;
    int before = failures;

    world_open(&w, app, folder, server, mode, strict, cut);
    if (cut != CUT_NONE)
        world_fail_once(&w, mode);
    world_synchronize(&w, mode);
    world_look(&w);
    for (size_t i = 0; i < w.count; i++)
        compare_cell(&w, &w.cells[i], mode, strict);
    for (size_t i = 0; i < MODES; i++)
        compare_list(&w, i);
    compare_other(&w, mode);
    if (mode == RUN_ALL || mode == RUN_UNSYNCHRONIZED) {
        /* S25, A24: nothing is left to be done */
        world_synchronize(&w, mode);
        if (!strstr(w.report,
                    "\"uploaded\":[],\"downloaded\":[],\"removed\":[]")) {
            fprintf(stderr, "the second run does something: %.400s\n",
                    w.report);
            failures++;
        }
    }
    printf("%s, %s%s: %zu objects, %d differences\n", run_names[mode],
           strict ? "bert" : "anna", cut_names[cut], w.count,
           failures - before);
    world_close(&w);
}

/* All runs, or with a server ("local": in process) the one named by RUN ("010":
 * the first mode, bert, no cut), whose folder is there already. */
int main(int argc, char **argv)
{
    const char *server = argc > 4 ? argv[3] : NULL;
    bool in_process = server && strcmp(server, "local") == 0;

    if (argc != 3 && argc != 5) {
        fprintf(stderr, "usage: matrix APP FOLDER [SERVER RUN]\n");
        return 2;
    }
    for (int i = 0; i < RUNS * 2 * CUTS; i++) {
        int mode = i / (2 * CUTS), strict = i / CUTS % 2, cut = i % CUTS;
        if (!server || atoi(argv[4]) == mode * 100 + strict * 10 + cut)
            run_once(argv[1], argv[2], in_process ? NULL : server,
                     (run_mode)mode, strict, (cut_kind)cut);
    }
    return failures ? 1 : 0;
}
