/* What the tags of a test ask for (E40, E41), and its databases (E45). */
#include "testing/case.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *test_path(test_run *run, const char *name)
{
    const char *slash = strrchr(run->file->path, '/');
    if (*name == '/' || !slash)
        return name;
    return nf_arena_format(run->arena, "%.*s%s",
                           (int)(slash + 1 - run->file->path), run->file->path,
                           name);
}

/* ---- tags that are options of the session -------------------------------- */

static nf_status bad_tag(const nf_test_tag *tag, nf_error *err)
{
    return nf_error_set(err, NF_INPUT, "bad_test",
                        "@%s can't be understood: \"%s\"", tag->name,
                        tag->value);
}

/* `M.Role, M.Other`. */
static nf_status set_roles(test_run *run, const nf_test_tag *tag, nf_error *err)
{
    char *text = nf_arena_strdup(run->arena, tag->value), *rest = NULL;
    size_t count = 0;
    for (char *word = text ? strtok_r(text, ", ", &rest) : NULL; word;
         word = strtok_r(NULL, ", ", &rest)) {
        if (count == sizeof run->roles / sizeof *run->roles)
            return bad_tag(tag, err);
        run->roles[count++] = word;
    }
    run->options.roles = run->roles;
    run->options.role_count = count;
    return count ? NF_OK : bad_tag(tag, err);
}

/* `M.C = literal`; a text may be in quotes. */
static nf_status add_constant(test_run *run, const nf_test_tag *tag,
                              nf_error *err)
{
    const char *equals = strchr(tag->value, '='), *value;
    size_t name = equals ? (size_t)(equals - tag->value) : 0;
    size_t count = run->options.constant_count, length;
    if (!equals || count == sizeof run->constants / sizeof *run->constants)
        return bad_tag(tag, err);
    while (name && isspace((unsigned char)tag->value[name - 1]))
        name--;
    value = equals + 1 + strspn(equals + 1, " \t");
    length = strlen(value);
    if (length >= 2 && *value == '\'' && value[length - 1] == '\'') {
        value++;
        length -= 2;
    }
    if (count && run->options.constants != run->constants) {
        memcpy(run->constants, run->options.constants,
               count * sizeof *run->constants);
    }
    run->constants[count] = nf_arena_format(run->arena, "%.*s=%.*s", (int)name,
                                            tag->value, (int)length, value);
    run->options.constants = run->constants;
    run->options.constant_count++;
    return NF_OK;
}

static nf_status set_number(test_run *run, const nf_test_tag *tag,
                            nf_error *err)
{
    char *end = NULL;
    if (strcmp(tag->name, "seed") == 0) {
        run->options.seed = strtoull(tag->value, &end, 10);
        run->options.seeded = true;
    } else {
        run->options.timeout = strtod(tag->value, &end);
        if (run->options.timeout <= 0)
            return bad_tag(tag, err);
    }
    return *tag->value && !*end ? NF_OK : bad_tag(tag, err);
}

static nf_status set_server(test_run *run, const nf_test_tag *tag,
                            nf_error *err)
{
    run->options.server = strcmp(tag->value, "none") == 0 ? "none" : NULL;
    if (run->options.server || strcmp(tag->value, "fresh") == 0)
        return NF_OK;
    return nf_error_set(err, NF_INPUT, "bad_test",
                        "@server is none or fresh; \"%s\" is not supported",
                        tag->value);
}

static nf_status set_fault(test_run *run, const nf_test_tag *tag, nf_error *err)
{
    if (strncmp(tag->value, "sweep", 5) == 0)
        return nf_error_set(err, NF_INPUT, "bad_test",
                            "@fault sweep is not supported: use nanoflow run "
                            "--fault sweep");
    run->options.faults = tag->value;
    return NF_OK;
}

/* A file is for the device unless `server` or `both` stands before it. */
static const char *data_file(const char *value, bool *device, bool *server)
{
    static const char *const words[] = {"device", "server", "both"};
    *device = true;
    *server = false;
    for (size_t i = 0; i < 3; i++) {
        size_t length = strlen(words[i]);
        if (strncmp(value, words[i], length) != 0 ||
            !isblank((unsigned char)value[length]))
            continue;
        *device = i != 1;
        *server = i != 0;
        return value + length + strspn(value + length, " \t");
    }
    return value;
}

static nf_status set_data(test_run *run, const nf_test_tag *tag, nf_error *err)
{
    bool device, server;
    const char *file = data_file(tag->value, &device, &server);
    run->on_device |= device;
    run->needs_file |= server;
    return *file ? NF_OK : bad_tag(tag, err);
}

static nf_status set_verify(test_run *run, const nf_test_tag *tag,
                            nf_error *err)
{
    (void)err;
    run->needs_file |= strncmp(tag->value, "server", 6) == 0;
    return NF_OK;
}

static nf_status set_offline(test_run *run, const nf_test_tag *tag,
                             nf_error *err)
{
    run->offline = true;
    return *tag->value ? bad_tag(tag, err) : NF_OK;
}

static nf_status set_cleanup(test_run *run, const nf_test_tag *tag,
                             nf_error *err)
{
    (void)run; /* nothing outlives a test anyway */
    return strcmp(tag->value, "rollback") == 0 ||
                   strcmp(tag->value, "none") == 0
               ? NF_OK
               : bad_tag(tag, err);
}

#define TEXT(field) offsetof(nf_session_options, field), NULL
static const struct tag_kind {
    const char *name;
    size_t offset; /* of a text of the options, or */
    test_tag_fn set;
    bool adds; /* the header's count beside the test's */
} kinds[] = {
    {"user", TEXT(user), false},
    {"profile", TEXT(profile), false},
    {"now", TEXT(now), false},
    {"zone", TEXT(time_zone), false},
    {"locale", TEXT(language), false},
    {"role", 0, set_roles, false},
    {"constant", 0, add_constant, true},
    {"seed", 0, set_number, false},
    {"timeout", 0, set_number, false},
    {"server", 0, set_server, false},
    {"fault", 0, set_fault, false},
    {"offline", 0, set_offline, false},
    {"data", 0, set_data, true},
    {"verify", 0, set_verify, true},
    {"cleanup", 0, set_cleanup, false},
    {"test", 0, NULL, false},
    {"expect", 0, NULL, true},
    {"throws", 0, NULL, false},
    {"setup", 0, NULL, true},
    {"mock", 0, NULL, true},
    {"tags", 0, NULL, true},
    {"skip", 0, NULL, false},
    {"each", 0, NULL, false},
    {"|", 0, NULL, false},
    {"expect-queue", 0, NULL, true},
};

static const struct tag_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

static bool apply(test_run *run, const nf_test_tag *tag)
{
    const struct tag_kind *kind = find_kind(tag->name);
    nf_error err = {0};
    nf_status status = NF_OK;
    if (!kind)
        nf_error_set(&err, NF_INPUT, "bad_test", "@%s is not supported",
                     tag->name);
    else if (kind->set)
        status = kind->set(run, tag, &err);
    else if (kind->offset && !*tag->value)
        status = bad_tag(tag, &err);
    else if (kind->offset)
        *(const char **)((char *)&run->options + kind->offset) = tag->value;
    if (kind && status == NF_OK)
        return true;
    nf_test_break(run->result, tag->name, tag->line, NULL, &err);
    return false;
}

static bool apply_tags(test_run *run)
{
    const nf_test_tags *header = &run->file->header, *own = &run->test->tags;
    for (size_t i = 0; i < header->count; i++) {
        const struct tag_kind *kind = find_kind(header->items[i].name);
        if (kind && !kind->adds && nf_test_tag_find(own, header->items[i].name))
            continue;
        if (!apply(run, &header->items[i]))
            return false;
    }
    for (size_t i = 0; i < own->count; i++)
        if (!apply(run, &own->items[i]))
            return false;
    return true;
}

/* ---- databases ----------------------------------------------------------- */

static nf_status make_folder(test_run *run, nf_error *err)
{
    const char *base = getenv("TMPDIR");
    char *folder = nf_arena_format(run->arena, "%s/nanoflow-test-XXXXXX",
                                   base && *base ? base : "/tmp");
    if (!folder)
        return nf_error_nomem(err);
    if (!mkdtemp(folder))
        return nf_error_set(err, NF_INPUT, "unwritable",
                            "no folder for a test can be made: \"%s\"", folder);
    run->folder = folder;
    run->server_file = nf_arena_format(run->arena, "%s/server.db", folder);
    return run->server_file ? NF_OK : nf_error_nomem(err);
}

static nf_status choose_server(test_run *run, nf_error *err)
{
    nf_session_options *o = &run->options;
    bool elsewhere = o->server && strncmp(o->server, "http", 4) == 0;
    nf_status status = NF_OK;
    if (run->needs_file && elsewhere)
        return nf_error_set(err, NF_INPUT, "bad_test",
                            "data of a server in another process can't be "
                            "reached by a test");
    if (run->needs_file)
        status = make_folder(run, err);
    if (run->offline)
        o->server = "none";
    if (o->server || status != NF_OK)
        return status;
    o->server = run->needs_file
                    ? nf_arena_format(run->arena, "local:%s", run->server_file)
                    : "local::memory:";
    return o->server ? NF_OK : nf_error_nomem(err);
}

nf_status test_on_server(nf_session **out, test_run *run, nf_error *err)
{
    nf_session_options o = run->options;
    *out = NULL;
    if (!run->server_file)
        return nf_error_set(err, NF_INPUT, "bad_test",
                            "this test has no database of a server");
    o.side = NF_SIDE_SERVER;
    o.server = NULL;
    o.server_database = run->server_file;
    o.faults = o.user = o.trace = o.profile = NULL;
    o.roles = NULL;
    o.role_count = 0;
    return nf_session_new(out, run->app, &o, err);
}

static bool load(test_run *run, const nf_test_tags *tags, nf_session *session,
                 bool to_server)
{
    for (size_t i = 0; i < tags->count; i++) {
        const nf_test_tag *tag = &tags->items[i];
        bool device, server;
        nf_error err = {0};
        if (strcmp(tag->name, "data") != 0)
            continue;
        const char *file = data_file(tag->value, &device, &server);
        if ((to_server ? server : device) &&
            nf_session_import(NULL, session, test_path(run, file), &err) !=
                NF_OK) {
            nf_test_break(run->result, "data", tag->line, "the data", &err);
            return false;
        }
    }
    return true;
}

static bool load_all(test_run *run, nf_session *session, bool server)
{
    return load(run, &run->file->header, session, server) &&
           load(run, &run->test->tags, session, server);
}

static bool load_server(test_run *run)
{
    nf_session *session;
    nf_error err = {0};
    if (!run->server_file)
        return true;
    if (test_on_server(&session, run, &err) != NF_OK) {
        nf_test_break(run->result, "server", 0, "the server", &err);
        return false;
    }
    bool ok = load_all(run, session, true);
    nf_session_free(session);
    return ok;
}

/* ---- mocks (E43) --------------------------------------------------------- */

static bool add_mocks(test_run *run, const nf_test_tags *tags)
{
    for (size_t i = 0; i < tags->count; i++) {
        nf_error err = {0};
        if (strcmp(tags->items[i].name, "mock") == 0 &&
            nf_mocks_add(run->session->mocks, tags->items[i].value, &err) !=
                NF_OK) {
            nf_test_break(run->result, "mock", tags->items[i].line, NULL, &err);
            return false;
        }
    }
    return true;
}

/* The test's come first, then the header's, then the file's of --mock. */
static bool set_mocks(test_run *run, const char *file)
{
    nf_error err = {0};
    run->session->mocks = nf_mocks_new(&run->session->world.environment);
    if (!run->session->mocks) {
        nf_error_nomem(&err);
        nf_test_break(run->result, "mock", 0, NULL, &err);
        return false;
    }
    if (!add_mocks(run, &run->test->tags) ||
        !add_mocks(run, &run->file->header))
        return false;
    if (!file || nf_mocks_read(run->session->mocks, file, &err) == NF_OK)
        return true;
    nf_test_break(run->result, "mock", 0, NULL, &err);
    return false;
}

bool test_prepare(test_run *run)
{
    nf_error err = {0};
    const char *mocks = run->options.mocks;
    if (!apply_tags(run))
        return false;
    run->options.mocks = NULL;
    if (choose_server(run, &err) != NF_OK) {
        nf_test_break(run->result, "session", 0, NULL, &err);
        return false;
    }
    if (!load_server(run))
        return false;
    /* What a file puts on the device is what it has; a first synchronization
     * would take away what the server does not know. */
    if (run->on_device && !run->options.initial_sync)
        run->options.initial_sync = "never";
    if (nf_session_new(&run->session, run->app, &run->options, &err) != NF_OK) {
        nf_test_break(run->result, "session", 0, NULL, &err);
        return false;
    }
    return set_mocks(run, mocks) && load_all(run, run->session, false);
}
