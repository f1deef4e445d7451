/* Random stories of devices and one server (synchronize W57, A163): local
 * operations, synchronizations of every mode, and connections that break
 * anywhere. After everybody has synchronized,
 *   - every device holds exactly what a fresh device of its user would,
 *   - what only one device changes is on the server as that device left it,
 *   - what several change is as one of them left it, or deleted,
 *   - nothing was created twice, nothing is left to be sent.
 * Arguments: the app, a folder, the first seed, how many seeds, how many
 * devices, how many steps; optionally the server's address and its database. */
#include "nanoflow.h"

#include "../store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEVICES_MAX = 100, OWN = 40, SHARED = 4, VALUES = 4096 };

static const char *const users[] = {"anna", "anna", "bert"};

static const char *user_of(int device)
{
    return users[device % 3];
}

typedef struct own { /* an object that one device makes and changes */
    int64_t id;
    bool deleted;
    char value[24]; /* as last committed */
} own;

typedef struct device {
    char database[512];
    own owns[OWN];
    int count;
} device;

typedef struct story {
    nf_app *app;
    nf_error *err;
    char folder[400], server[544], server_database[520], scratch[520];
    device devices[DEVICES_MAX];
    int device_count, steps;
    int64_t shared[SHARED];
    char values[SHARED][VALUES][24]; /* ever committed */
    int value_count[SHARED];
    bool shared_deleted[SHARED]; /* by somebody, perhaps too late */
    unsigned long long state;
    int number, failures;
} story;

static unsigned draw(story *s, unsigned below)
{
    s->state ^= s->state << 13;
    s->state ^= s->state >> 7;
    s->state ^= s->state << 17;
    return (unsigned)(s->state % below);
}

static void fail(story *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void fail(story *s, const char *format, ...)
{
    va_list list;
    char *text = nf_error_status(s->err) ? nf_error_print(s->err) : NULL;
    fprintf(stderr, "seed %d: ", s->number);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fprintf(stderr, "%s%s\n", text ? ": " : "", text ? text : "");
    nf_text_free(text);
    nf_error_reset(s->err);
    s->failures++;
}

static nf_session *open_session(story *s, int who, const char *faults)
{
    nf_session *session = NULL;
    nf_session_options o = NF_SESSION_OPTIONS_INIT;
    o.now = "2026-03-18T10:20:30Z";
    o.seeded = true;
    o.seed = (uint64_t)s->number;
    o.initial_sync = "never";
    o.faults = faults;
    if (who < 0) {
        o.side = NF_SIDE_SERVER;
        o.server_database = s->server_database;
    } else {
        o.database = s->devices[who].database;
        o.server = s->server;
        o.user = user_of(who);
        o.password = "demo";
    }
    if (nf_session_new(&session, s->app, &o, s->err) != NF_OK) {
        fail(s, "session");
        exit(1);
    }
    return session;
}

/* ---- what a device does ----------------------------------------------------
 */

static bool set_text(story *s, nf_object *object, const char *member,
                     const char *text)
{
    nf_value *value = nf_value_new_string(text, strlen(text));
    bool ok = nf_object_change(object, member, value, s->err) == NF_OK;
    nf_value_free(value);
    return ok;
}

static void create(story *s, nf_session *session, device *d)
{
    nf_object *object = NULL;
    own *o = &d->owns[d->count];

    if (d->count == OWN)
        return;
    snprintf(o->value, sizeof o->value, "v%u", draw(s, 1000000));
    if (nf_session_create(&object, session, "Shop.Order", s->err) != NF_OK ||
        !set_text(s, object, "Remark", o->value) ||
        nf_session_commit(session, &object, 1, s->err) != NF_OK)
        fail(s, "create");
    else
        o->id = nf_object_id(object);
    d->count++;
    nf_object_free(object);
}

/* The object with this id, if the device holds it. */
static nf_object *find(story *s, nf_session *session, int64_t id)
{
    nf_object *object = NULL;
    if (nf_session_find(&object, session, "Shop.Order", id, s->err) != NF_OK)
        fail(s, "find");
    return object;
}

static void change(story *s, nf_session *session, int64_t id, char *value,
                   bool delete)
{
    nf_object *object = find(s, session, id);
    char text[24];

    *value = '\0';
    if (!object)
        return;
    snprintf(text, sizeof text, "v%u", draw(s, 1000000));
    if (delete) {
        if (nf_session_delete(session, &object, 1, s->err) != NF_OK)
            fail(s, "delete");
    } else if (!set_text(s, object, "Remark", text) ||
               nf_session_commit(session, &object, 1, s->err) != NF_OK) {
        fail(s, "change");
    }
    snprintf(value, 24, "%s", delete ? "deleted" : text);
    nf_object_free(object);
}

static void act_own(story *s, nf_session *session, device *d)
{
    own *o;
    char value[24];
    bool delete = draw(s, 5) == 0;

    if (!d->count || draw(s, 3) == 0) {
        create(s, session, d);
        return;
    }
    o = &d->owns[draw(s, (unsigned)d->count)];
    if (o->deleted)
        return;
    change(s, session, o->id, value, delete);
    if (!*value) {
        fail(s, "an object of the device itself has left it");
        return;
    }
    if (delete)
        o->deleted = true;
    else
        memcpy(o->value, value, sizeof o->value);
}

static void act_shared(story *s, nf_session *session)
{
    unsigned i = draw(s, SHARED);
    char value[24];
    bool delete = draw(s, 12) == 0;

    change(s, session, s->shared[i], value, delete);
    if (!*value)
        return;
    if (delete)
        s->shared_deleted[i] = true;
    else if (s->value_count[i] < VALUES)
        memcpy(s->values[i][s->value_count[i]++], value, 24);
}

static void synchronize(story *s, nf_session *session, device *d, bool all)
{
    nf_object *objects[6] = {NULL};
    size_t count = 0;
    nf_synchronize_mode mode =
        all ? NF_SYNCHRONIZE_ALL : (nf_synchronize_mode)draw(s, 3);

    if (mode == NF_SYNCHRONIZE_SELECTED)
        for (int i = 0; i < 6; i++) {
            int64_t id = i < 2      ? s->shared[draw(s, SHARED)]
                         : d->count ? d->owns[draw(s, (unsigned)d->count)].id
                                    : 0;
            objects[count] = id ? find(s, session, id) : NULL;
            count += objects[count] != NULL;
        }
    /* whatever breaks: the device goes on with what it has */
    (void)nf_session_synchronize(NULL, session, mode, objects, count, false,
                                 s->err);
    if (all && nf_error_status(s->err))
        fail(s, "the last synchronization");
    nf_error_reset(s->err);
    for (size_t i = 0; i < count; i++)
        nf_object_free(objects[i]);
}

/* A connection that breaks once or for good, or a byte that changes. */
static const char *plan(story *s, char *out, size_t size)
{
    static const char *const points[] = {
        "before-session", "after-session", "before-create", "after-create",
        "before-body",    "after-body",    "before-commit", "after-commit",
        "before-result",  "after-result",  "before-ack",    "after-ack",
        "mid-result:60",  "mid-result:200"};
    unsigned point = draw(s, 3 * sizeof points / sizeof *points);

    if (point >= sizeof points / sizeof *points)
        return NULL;
    snprintf(out, size, "%s=%s*%d", points[point],
             point >= 12 && draw(s, 2) ? "corrupt" : "cut", draw(s, 2) ? 1 : 0);
    return out;
}

/* ---- the end ---------------------------------------------------------------
 */

static bool keep(void *user, const char *text, size_t length)
{
    fwrite(text, 1, length, user);
    return true;
}

static char *export(story *s, nf_session *session, const char *as)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    nf_export_options options = {.size = sizeof options, .as = as};
    if (nf_session_export(session, &options, keep, file, s->err) != NF_OK)
        fail(s, "export");
    fclose(file);
    return text;
}

/* The Remark of an order in an export; "" if it is not there. */
static const char *remark(const char *rows, int64_t id)
{
    static char out[64];
    char word[64];
    const char *row, *end, *at;

    snprintf(word, sizeof word, "\"entity\":\"Shop.Order\",\"id\":\"%lld\"",
             (long long)id);
    *out = '\0';
    row = strstr(rows, word);
    end = row ? strchr(row, '\n') : NULL;
    at = row ? strstr(row, "\"Remark\":\"") : NULL;
    if (at && at < end)
        snprintf(out, sizeof out, "%.*s", (int)strcspn(at + 10, "\""), at + 10);
    return out;
}

static void check_device(story *s, int who, const char *held)
{
    nf_session *server = open_session(s, -1, NULL);
    nf_export_options options = {.size = sizeof options, .as = user_of(who)};
    size_t differences = 0;
    FILE *file = fopen(s->scratch, "w");

    if (strstr(held, "\"$state\""))
        fail(s, "device %d has something left to be sent", who);
    fputs(held, file);
    fclose(file);
    if (nf_session_diff(&differences, server, s->scratch, &options, keep,
                        stderr, s->err) != NF_OK ||
        differences)
        fail(s, "device %d differs from a fresh one", who);
    nf_session_free(server);
}

static void check_rows(story *s, const char *rows)
{
    int orders = 0, expected = 0;

    for (int d = 0; d < s->device_count; d++)
        for (int i = 0; i < s->devices[d].count; i++) {
            const own *o = &s->devices[d].owns[i];
            const char *found = remark(rows, o->id);
            expected += !o->deleted;
            if (strcmp(found, o->deleted ? "" : o->value) != 0)
                fail(s, "order %d of device %d is \"%s\", expected \"%s\"", i,
                     d, found, o->deleted ? "" : o->value);
        }
    for (int i = 0; i < SHARED; i++) {
        const char *found = remark(rows, s->shared[i]);
        bool known = !*found && s->shared_deleted[i];
        expected += *found != '\0';
        for (int v = 0; v < s->value_count[i]; v++)
            known = known || strcmp(found, s->values[i][v]) == 0;
        if (!known)
            fail(s, "shared order %d is \"%s\", which nobody wrote", i, found);
    }
    for (const char *at = rows;
         (at = strstr(at, "\"entity\":\"Shop.Order\"")) != NULL; at++)
        orders++;
    if (orders != expected)
        fail(s, "the server has %d orders, expected %d", orders, expected);
}

static void finish(story *s)
{
    char *rows;
    nf_session *server;

    for (int round = 0; round < 2; round++) /* everybody sees the others */
        for (int d = 0; d < s->device_count; d++) {
            nf_session *session = open_session(s, d, NULL);
            synchronize(s, session, &s->devices[d], true);
            nf_session_free(session);
        }
    for (int d = 0; d < s->device_count; d++) {
        nf_session *session = open_session(s, d, NULL);
        char *held = export(s, session, NULL);
        nf_session_free(session);
        check_device(s, d, held);
        free(held);
    }
    server = open_session(s, -1, NULL);
    rows = export(s, server, NULL);
    check_rows(s, rows);
    free(rows);
    nf_session_free(server);
}

/* ---- the story -------------------------------------------------------------
 */

static void begin(story *s)
{
    nf_session *server = open_session(s, -1, NULL);
    FILE *file = fopen(s->scratch, "w");

    for (int i = 0; i < SHARED; i++) {
        s->shared[i] = 700000 + (int64_t)s->number * 100 + i;
        snprintf(s->values[i][0], 24, "base");
        s->value_count[i] = 1;
        fprintf(file,
                "{\"entity\":\"Shop.Order\",\"id\":\"%lld\",\"Remark\":"
                "\"base\"}\n",
                (long long)s->shared[i]);
    }
    fclose(file);
    if (nf_session_import(NULL, server, s->scratch, s->err) != NF_OK)
        fail(s, "import");
    nf_session_free(server);
}

typedef struct cast {
    int devices, steps;
    const char *server, *database; /* NULL: in process */
} cast;

static int tell(nf_app *app, const char *folder, int number, const cast *c)
{
    story *s = calloc(1, sizeof *s);
    int failures;

    s->app = app;
    s->err = nf_error_new();
    s->number = number;
    s->device_count = c->devices;
    s->steps = c->steps;
    s->state = 0x9E3779B97F4A7C15ULL * (unsigned)(number + 1);
    snprintf(s->folder, sizeof s->folder, "%s/%d", folder, number);
    mkdir(s->folder, 0777);
    snprintf(s->server_database, sizeof s->server_database, "%s/server.db",
             s->folder);
    store_follow(s->server_database, sizeof s->server_database);
    snprintf(s->server, sizeof s->server, "local:%s", s->server_database);
    if (c->server) {
        snprintf(s->server, sizeof s->server, "%s", c->server);
        snprintf(s->server_database, sizeof s->server_database, "%s",
                 c->database);
    }
    snprintf(s->scratch, sizeof s->scratch, "%s/lines.jsonl", s->folder);
    for (int d = 0; d < s->device_count; d++)
        snprintf(s->devices[d].database, sizeof s->devices[d].database,
                 "%s/device%d.db", s->folder, d);
    begin(s);
    for (int step = 0; step < s->steps && !s->failures; step++) {
        int who = (int)draw(s, (unsigned)s->device_count);
        char text[64];
        nf_session *session = open_session(s, who, plan(s, text, sizeof text));
        for (unsigned i = 0, count = draw(s, 4); i < count; i++) {
            if (draw(s, 3))
                act_own(s, session, &s->devices[who]);
            else
                act_shared(s, session);
        }
        if (draw(s, 3))
            synchronize(s, session, &s->devices[who], false);
        nf_session_free(session);
    }
    if (!s->failures)
        finish(s);
    failures = s->failures;
    nf_error_free(s->err);
    free(s);
    return failures;
}

int main(int argc, char **argv)
{
    nf_app *app = NULL;
    nf_error *err = nf_error_new();
    int failures = 0;

    if (argc != 7 && argc != 9)
        return 2;
    cast c = {.devices = atoi(argv[5]),
              .steps = atoi(argv[6]),
              .server = argc == 9 ? argv[7] : NULL,
              .database = argc == 9 ? argv[8] : NULL};
    if (c.devices < 1 || c.devices > DEVICES_MAX)
        return 2;
    if (nf_app_open(&app, argv[1], err) == NF_OK)
        for (int i = 0; i < atoi(argv[4]); i++)
            failures += tell(app, argv[2], atoi(argv[3]) + i, &c);
    else
        failures = 1;
    printf("%s stories, %d failures\n", argv[4], failures);
    nf_app_close(app);
    nf_error_free(err);
    return failures ? 1 : 0;
}
