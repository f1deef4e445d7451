/* What the tags of a test ask for (E40, E41). */
#include "testing/case.h"

#include "base/real.h"
#include "base/suggest.h"
#include "base/timezone.h"
#include "interpreter/bindings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

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
        return nf_real_parse(&run->options.timeout, tag->value) &&
                       run->options.timeout > 0
                   ? NF_OK
                   : bad_tag(tag, err);
    }
    return *tag->value && !*end ? NF_OK : bad_tag(tag, err);
}

static nf_status set_server(test_run *run, const nf_test_tag *tag,
                            nf_error *err)
{
    struct stat info;
    run->options.server = strcmp(tag->value, "none") == 0 ? "none" : NULL;
    if (run->options.server || strcmp(tag->value, "fresh") == 0)
        return NF_OK;
    if (!*tag->value)
        return bad_tag(tag, err);
    run->server_file = test_path(run, tag->value);
    if (!run->server_file)
        return nf_error_nomem(err);
    if (stat(run->server_file, &info) == 0 && S_ISREG(info.st_mode))
        return NF_OK;
    return nf_error_set(err, NF_INPUT, "bad_test",
                        "@server is none, fresh or the file of a server's "
                        "database; there is no file \"%s\"",
                        run->server_file);
}

static nf_status set_fault(test_run *run, const nf_test_tag *tag, nf_error *err)
{
    if (!*tag->value)
        return bad_tag(tag, err);
    if (nf_test_is_sweep(tag->value)) /* the plan comes with the trial */
        return NF_OK;
    run->plan = tag->value;
    return NF_OK;
}

/* A file is for the device unless `server` or `both` stands before it. */
const char *test_data_file(const char *value, bool *device, bool *server)
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

static nf_status take_data(test_run *run, const nf_test_tag *tag, nf_error *err)
{
    bool device, server;
    const char *file = test_data_file(tag->value, &device, &server);
    run->on_device |= device;
    (void)server;
    return *file ? NF_OK : bad_tag(tag, err);
}

static nf_status set_unmocked(test_run *run, const nf_test_tag *tag,
                              nf_error *err)
{
    static const char *const words[] = {"error", "stub", "real"};
    for (int i = 0; i < 3; i++)
        if (strcmp(tag->value, words[i]) == 0) {
            run->unmocked = i;
            return NF_OK;
        }
    return bad_tag(tag, err);
}

static nf_status add_device(test_run *run, const nf_test_tag *tag,
                            nf_error *err)
{
    if (!*tag->value || run->device_count == TEST_DEVICES ||
        strpbrk(tag->value, " \t{}"))
        return bad_tag(tag, err);
    run->device_names[run->device_count++] = tag->value;
    return NF_OK;
}

/* `@advance 5 minutes`: the clock is that much later when the test begins. */
static nf_status set_advance(test_run *run, const nf_test_tag *tag,
                             nf_error *err)
{
    static const struct {
        const char *word;
        int64_t milliseconds;
    } units[] = {{"millisecond", 1},
                 {"second", 1000},
                 {"minute", 60000},
                 {"hour", 3600000},
                 {"day", 86400000}};
    char *end = NULL;
    long long amount = strtoll(tag->value, &end, 10);
    end += strspn(end, " \t");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t length = strlen(units[i].word);
        int64_t time;
        if (strncmp(end, units[i].word, length) != 0 ||
            (end[length] && strcmp(end + length, "s") != 0) || amount < 0 ||
            __builtin_mul_overflow(amount, units[i].milliseconds, &time) ||
            __builtin_add_overflow(run->advance, time, &run->advance))
            continue;
        return NF_OK;
    }
    return bad_tag(tag, err);
}

static nf_status set_offline(test_run *run, const nf_test_tag *tag,
                             nf_error *err)
{
    run->offline = true;
    return *tag->value ? bad_tag(tag, err) : NF_OK;
}

/* `M.F, M.G`: what else ran is not the test's to cover (E41). */
static nf_status add_covers(test_run *run, const nf_test_tag *tag,
                            nf_error *err)
{
    const size_t room = sizeof run->covers / sizeof *run->covers;
    char *text = nf_arena_strdup(run->arena, tag->value), *rest = NULL;
    size_t before = run->cover_count;
    if (!text)
        return nf_error_nomem(err);
    for (char *name = strtok_r(text, ", \t", &rest); name;
         name = strtok_r(NULL, ", \t", &rest)) {
        if (run->cover_count == room)
            return bad_tag(tag, err);
        if (!nf_model_find_document(run->app->model, "Microflows$Nanoflow",
                                    name) &&
            !nf_model_find_document(run->app->model, "Microflows$Microflow",
                                    name))
            return nf_error_set(err, NF_INPUT, "bad_test",
                                "@covers: there is no flow \"%s\"", name);
        run->covers[run->cover_count++] = name;
    }
    return run->cover_count > before ? NF_OK : bad_tag(tag, err);
}

/* Whether it is there, case.c has asked before. */
static nf_status take_requires(test_run *run, const nf_test_tag *tag,
                               nf_error *err)
{
    (void)run;
    return strcmp(tag->value, "js") == 0 ? NF_OK : bad_tag(tag, err);
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

/* `@user system`: nobody in particular, of whom nobody asks what he may do. */
static nf_status set_user(test_run *run, const nf_test_tag *tag, nf_error *err)
{
    run->unrestricted = strcmp(tag->value, "system") == 0;
    run->options.user = run->unrestricted ? NULL : tag->value;
    return *tag->value ? NF_OK : bad_tag(tag, err);
}

/* `@on server|device`: where the body runs. */
static nf_status set_side(test_run *run, const nf_test_tag *tag, nf_error *err)
{
    run->side = strcmp(tag->value, "server") == 0   ? TEST_SIDE_SERVER
                : strcmp(tag->value, "device") == 0 ? TEST_SIDE_DEVICE
                                                    : TEST_SIDE_OPEN;
    return run->side == TEST_SIDE_OPEN ? bad_tag(tag, err) : NF_OK;
}

#define TEXT(field) offsetof(nf_session_options, field), NULL
static const struct tag_kind {
    const char *name;
    size_t offset; /* of a text of the options, or */
    nf_status (*set)(test_run *run, const nf_test_tag *tag, nf_error *err);
    bool adds; /* the header's count beside the test's */
} kinds[] = {
    {"user", 0, set_user, false},
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
    {"on", 0, set_side, false},
    {"data", 0, take_data, true},
    {"verify", 0, NULL, true},
    {"snapshot", 0, NULL, true},
    {"unmocked", 0, set_unmocked, false},
    {"device", 0, add_device, true},
    {"advance", 0, set_advance, false},
    {"expect-page", 0, NULL, true},
    {"expect-message", 0, NULL, true},
    {"expect-validation", 0, NULL, true},
    {"expect-log", 0, NULL, true},
    {"expect-call", 0, NULL, true},
    {"expect-sync", 0, NULL, true},
    {"expect-sync-error", 0, NULL, true},
    {"expect-committed", 0, NULL, true},
    {"expect-changed", 0, NULL, true},
    {"invariant", 0, NULL, true},
    {"only", 0, NULL, false},
    {"sequential", 0, NULL, false},
    {"cleanup", 0, set_cleanup, false},
    {"covers", 0, add_covers, true},
    {"requires", 0, take_requires, false},
    {"test", 0, NULL, false},
    {"app", 0, NULL, false},
    {"expect", 0, NULL, true},
    {"throws", 0, NULL, false},
    {"setup", 0, NULL, true},
    {"mock", 0, NULL, true},
    {"tags", 0, NULL, false},
    {"skip", 0, NULL, false},
    {"each", 0, NULL, false},
    {"forall", 0, NULL, true},
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

/* What other runners of the format have (E5), and how (E7). */
static bool is_portable(const test_run *run, const nf_test_tag *tag)
{
    static const char *const known[] = {"test",   "expect", "verify",
                                        "throws", "setup",  "cleanup"};
    const nf_test_tag *cleanup = nf_test_tag_find(&run->test->tags, "cleanup");
    bool keeps = cleanup && strcmp(cleanup->value, "none") == 0;
    if (strcmp(tag->name, "verify") == 0)
        return keeps && strncasecmp(tag->value, "select", 6) == 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], tag->name) == 0)
            return true;
    return false;
}

static void unknown_tag(const nf_test_tag *tag, nf_error *err)
{
    nf_suggestion near = {.name = tag->name};
    char hint[64];
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        nf_suggest(&near, kinds[i].name);
    nf_error_set(err, NF_INPUT, "bad_test", "@%s is not supported%s", tag->name,
                 nf_suggestion_text(&near, "@", hint, sizeof hint));
}

/* Of what can be said once only, nobody knows which one was meant. */
static bool is_second(const nf_test_tags *tags, const nf_test_tag *tag)
{
    const struct tag_kind *kind = find_kind(tag->name);
    return kind && !kind->adds && strcmp(tag->name, "|") != 0 &&
           nf_test_tag_find(tags, tag->name) != tag;
}

/* Tags that say nothing of where a test runs, nor of what it sees there. */
static bool is_neutral(const char *name)
{
    static const char *const names[] = {"app",  "tags",    "skip",
                                        "only", "timeout", "sequential"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

bool test_is_portable(const test_run *run)
{
    const nf_test_tags *all[] = {&run->file->header, &run->test->tags};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < all[k]->count; i++) {
            const nf_test_tag *tag = &all[k]->items[i];
            bool verify = strcmp(tag->name, "verify") == 0;
            if (verify ? strncasecmp(tag->value, "select", 6) != 0
                       : !is_neutral(tag->name) && !is_portable(run, tag))
                return false;
        }
    return true;
}

static bool apply(test_run *run, const nf_test_tags *tags,
                  const nf_test_tag *tag)
{
    const struct tag_kind *kind = find_kind(tag->name);
    nf_error err = {0};
    nf_status status = NF_OK;
    if (kind && run->how->portable && !is_portable(run, tag)) {
        nf_test_fail(run->result, NF_TEST_ERROR, tag->name, tag->line,
                     strcmp(tag->name, "verify") == 0
                         ? "@verify needs @cleanup none, and no side"
                         : "@%s is not portable",
                     tag->name);
        return false;
    }
    if (!kind)
        unknown_tag(tag, &err);
    else if (is_second(tags, tag))
        status = nf_error_set(&err, NF_INPUT, "bad_test",
                              "there is another @%s above", tag->name);
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

bool test_tags(test_run *run)
{
    const nf_test_tags *header = &run->file->header, *own = &run->test->tags;
    for (size_t i = 0; i < header->count; i++) {
        const struct tag_kind *kind = find_kind(header->items[i].name);
        if (kind && !kind->adds && nf_test_tag_find(own, header->items[i].name))
            continue;
        if (!apply(run, header, &header->items[i]))
            return false;
    }
    for (size_t i = 0; i < own->count; i++)
        if (!apply(run, own, &own->items[i]))
            return false;
    return true;
}

bool test_each(test_run *run, const char *name, bool header, test_tag_fn each)
{
    const nf_test_tags *all[] = {header ? &run->file->header : NULL,
                                 &run->test->tags};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; all[k] && i < all[k]->count; i++)
            if (strcmp(all[k]->items[i].name, name) == 0 &&
                !each(run, &all[k]->items[i]))
                return false;
    return true;
}

char *test_single_quotes(test_run *run, const char *text, size_t length)
{
    char *out = nf_arena_strndup(run->arena, text, length);
    size_t used = 0;
    for (size_t i = 0; out && i < length; i++) {
        out[used++] = text[i];
        i += text[i] == '\'' && i + 1 < length && text[i + 1] == '\'';
    }
    if (out)
        out[used] = '\0';
    return out;
}

const char *test_unquoted(test_run *run, const char *text)
{
    size_t length = strlen(text);
    bool quoted = length >= 2 && *text == '\'' && text[length - 1] == '\'';
    const char *inner =
        quoted ? test_single_quotes(run, text + 1, length - 2) : text;
    return inner ? inner : "";
}
