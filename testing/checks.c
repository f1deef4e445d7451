/* Assertions in tags (E42): pages, messages, feedback, logs, calls,
 * synchronizations, the queue, and states of objects. */
#include "testing/case.h"

#include "base/json.h"
#include "library/data_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void test_fails(test_run *run, const nf_test_tag *tag, const char *actual)
{
    nf_test_failure *f = nf_test_fail(run->result, NF_TEST_FAIL, tag->name,
                                      tag->line, "expected %s %s, actual: %s",
                                      tag->name + 7, tag->value, actual);
    if (!f)
        return;
    f->expression = tag->value;
    f->actual = nf_arena_strdup(run->arena, actual);
}

void test_malformed_tag(test_run *run, const nf_test_tag *tag,
                        const char *takes)
{
    nf_test_fail(run->result, NF_TEST_ERROR, tag->name, tag->line,
                 "@%s takes %s, not \"%s\"", tag->name, takes, tag->value);
}

/* ---- words of a tag ------------------------------------------------------ */

/* The next word, or text in quotes without them (*quoted); "" at the end. */
static const char *word(test_run *run, const char **at, bool *quoted)
{
    const char *start = *at + strspn(*at, " \t");
    const char *end = start + (*start == '\'');
    *quoted = *start == '\'';
    if (*quoted)
        while (*end && (*end != '\'' || end[1] == '\''))
            end += *end == '\'' ? 2 : 1;
    else
        end += strcspn(start, " \t");
    start += *quoted;
    const char *text =
        *quoted ? test_single_quotes(run, start, (size_t)(end - start))
                : nf_arena_strndup(run->arena, start, (size_t)(end - start));
    /* A quote without an end stays what is left, which no tag takes. */
    *at = *quoted && *end != '\'' ? start - 1 : end + *quoted;
    return text ? text : "";
}

/* ---- events -------------------------------------------------------------- */

/* What an event has to have; NULL: anything. */
typedef struct wanted {
    const char *event, *keys[3], *patterns[3];
} wanted;

static bool event_fits(json_object *event, const wanted *w)
{
    if (strcmp(test_payload(event, "event"), w->event) != 0)
        return false;
    for (size_t i = 0; i < 3; i++)
        if (w->keys[i] && w->patterns[i] &&
            !(i == 0 ? strcasecmp(test_payload(event, w->keys[i]),
                                  w->patterns[i]) == 0
                     : nf_mocks_like(test_payload(event, w->keys[i]),
                                     w->patterns[i])))
            return false;
    return true;
}

static void describe(nf_buffer *out, json_object *event, const wanted *w)
{
    if (strcmp(test_payload(event, "event"), w->event) != 0)
        return;
    nf_buffer_text(out, out->length ? "; " : "");
    for (size_t i = 0; i < 3; i++)
        if (w->keys[i])
            nf_buffer_format(out, "%s%.200s", i ? " " : "",
                             test_payload(event, w->keys[i]));
}

/* Some event of some device fits, or with `none` there is no such event. */
static void check_event(test_run *run, const nf_test_tag *tag, const wanted *w,
                        bool none)
{
    nf_buffer seen;
    bool found = false;
    nf_buffer_init(&seen, 1 << 14);
    for (size_t i = 0; i < run->device_count; i++) {
        const test_device *d = &run->devices[i];
        json_object *events = d->session ? d->session->events : d->events;
        size_t count = events ? json_object_array_length(events) : 0;
        for (size_t k = 0; k < count; k++) {
            json_object *event = json_object_array_get_idx(events, k);
            found |= event_fits(event, w);
            describe(&seen, event, w);
        }
    }
    if (found == none)
        test_fails(run, tag, seen.length ? nf_buffer_string(&seen) : "none");
    nf_buffer_dispose(&seen);
}

static void check_page(test_run *run, const nf_test_tag *tag)
{
    wanted w = {"showPage", {"page"}, {tag->value}};
    bool none = strcasecmp(tag->value, "none") == 0;
    if (none)
        w.patterns[0] = NULL;
    if (!*tag->value || strchr(tag->value, ' '))
        test_malformed_tag(run, tag, "the name of a page, or none");
    else if (!none &&
             !nf_model_find_document(run->app->model, "Forms$Page", tag->value))
        nf_test_fail(run->result, NF_TEST_ERROR, tag->name, tag->line,
                     "there is no page \"%s\"", tag->value);
    else
        check_event(run, tag, &w, none);
}

static bool is_level(const char *text, const char *const *levels)
{
    for (; *levels; levels++)
        if (strcasecmp(text, *levels) == 0)
            return true;
    return false;
}

/* `[LEVEL] 'text%'`, or none. */
static void check_message(test_run *run, const nf_test_tag *tag)
{
    static const char *const levels[] = {"information", "warning", "error",
                                         NULL};
    wanted w = {"showMessage", {"type", "text"}, {0}};
    const char *at = tag->value;
    bool quoted, none = strcasecmp(tag->value, "none") == 0;
    const char *first = word(run, &at, &quoted);
    bool ok = none || quoted || is_level(first, levels);
    if (!quoted && !none) {
        w.patterns[0] = first;
        first = word(run, &at, &quoted);
    }
    if (!none && quoted)
        w.patterns[1] = first;
    else if (!none && *first)
        ok = false;
    if (!ok || *at)
        test_malformed_tag(
            run, tag,
            "[information|warning|error] and a text in quotes, or none");
    else
        check_event(run, tag, &w, none);
}

/* `LEVEL NODE 'text%'`. */
static void check_log(test_run *run, const nf_test_tag *tag)
{
    static const char *const levels[] = {"trace", "debug",    "info", "warning",
                                         "error", "critical", NULL};
    wanted w = {"log", {"level", "node", "text"}, {0}};
    const char *at = tag->value;
    bool quoted = false;
    w.patterns[0] = word(run, &at, &quoted);
    bool ok = !quoted && is_level(w.patterns[0], levels);
    w.patterns[1] = word(run, &at, &quoted);
    w.patterns[2] = word(run, &at, &quoted);
    if (!ok || !quoted || *at)
        test_malformed_tag(run, tag, "a level, a node and a text in quotes");
    else
        check_event(run, tag, &w, false);
}

/* `$o/Attr 'text%'`. */
static void check_validation(test_run *run, const nf_test_tag *tag)
{
    wanted w = {"validationFeedback", {"object", "member", "text"}, {0}};
    const char *at = tag->value;
    bool quoted, none = strcasecmp(tag->value, "none") == 0;
    const char *path = word(run, &at, &quoted);
    const char *slash = strchr(path, '/');
    const test_value *v = none ? NULL : test_find_value(run, path, NULL);
    if (!none) {
        w.patterns[1] = slash ? slash + 1 : NULL;
        w.patterns[2] = word(run, &at, &quoted);
        if (!*w.patterns[2])
            w.patterns[2] = NULL;
    }
    if (v && v->value.kind == NF_KIND_OBJECT)
        w.patterns[0] = nf_arena_format(run->arena, "%lld",
                                        (long long)v->value.as.object->id);
    if (!none && (!slash || *path != '$' || (w.patterns[2] && !quoted) || *at))
        test_malformed_tag(run, tag,
                           "$object/Member and a text in quotes, or none");
    else if (!none && !w.patterns[0])
        nf_test_fail(run->result, NF_TEST_ERROR, tag->name, tag->line,
                     "%s is no object", path);
    else
        check_event(run, tag, &w, none);
}

/* ---- synchronizations ---------------------------------------------------- */

static test_device *first_with_sync(test_run *run)
{
    for (size_t i = 0; i < run->device_count; i++)
        if (run->devices[i].session && test_last_sync(&run->devices[i]))
            return &run->devices[i];
    return NULL;
}

/* The value of `uploaded` … as test_look gives it; false: there is no such. */
static bool sync_value(test_run *run, test_device *d, const char *name,
                       const char **text)
{
    char what[64];
    nf_error err = {0};
    nf_value value;
    snprintf(what, sizeof what, "sync/%.40s", name);
    nf_kind kind = nf_test_built_in(what);
    if (kind == NF_KIND_UNKNOWN || test_look(&value, d, what, &err) != NF_OK)
        return false;
    char *printed = nf_value_print(&value);
    *text = printed ? nf_arena_strdup(run->arena, printed) : "";
    nf_free(printed);
    nf_value_release(&value);
    return true;
}

enum { SYNC_NAME = 41, SYNC_VALUE = 64 };

/* One of the pairs of @expect-sync; what can't be understood is an ERROR also
 * where nothing was synchronized (E42). */
static bool read_pair(const char *part, char name[SYNC_NAME],
                      char value[SYNC_VALUE])
{
    char extra, what[SYNC_NAME + 5];
    if (sscanf(part, " %40s %63s %c", name, value, &extra) != 2)
        return false;
    snprintf(what, sizeof what, "sync/%s", name);
    return nf_test_built_in(what) != NF_KIND_UNKNOWN;
}

/* `uploaded 1, errors 0`, or none. */
static void check_sync(test_run *run, const nf_test_tag *tag)
{
    test_device *d = first_with_sync(run);
    char *copy = nf_arena_strdup(run->arena, tag->value), *rest = NULL;
    if (strcasecmp(tag->value, "none") == 0) {
        if (d)
            test_fails(run, tag, "there was one");
        return;
    }
    for (char *part = copy ? strtok_r(copy, ",", &rest) : NULL; part;
         part = strtok_r(NULL, ",", &rest)) {
        char name[SYNC_NAME], wanted_value[SYNC_VALUE];
        const char *actual = NULL;
        if (!read_pair(part, name, wanted_value) ||
            (d && !sync_value(run, d, name, &actual))) {
            test_malformed_tag(run, tag, "pairs such as uploaded 1, errors 0");
            return;
        }
        if (d && strcmp(test_unquoted(run, wanted_value), actual) != 0)
            test_fails(run, tag,
                       nf_arena_format(run->arena, "%s %s", name, actual));
    }
    if (!d)
        test_fails(run, tag, "nothing was synchronized");
}

/* A code of synchronize S128, with or without OBJ_, in any case. */
static bool same_code(const char *reason, const char *code)
{
    size_t length = strcspn(reason, " :");
    if (strncasecmp(reason, "OBJ_", 4) == 0 &&
        strncasecmp(code, "OBJ_", 4) != 0) {
        reason += 4;
        length -= 4;
    }
    for (size_t i = 0; i < length; i++)
        if (code[i] != '-' && strncasecmp(reason + i, code + i, 1) != 0)
            return false;
        else if (code[i] == '-' && reason[i] != '_')
            return false;
    return !code[length];
}

typedef struct refused {
    const nf_model *model;
    const char *code, *entity, *member;
    nf_buffer seen;
    bool found;
} refused;

static const char *member_text(const nf_data_shown *shown, const char *name)
{
    const nf_member *member = nf_entity_find_member(shown->entity, name);
    const nf_value *value = member ? &shown->members[member->index] : NULL;
    return value && value->kind == NF_KIND_STRING ? value->as.string->text : "";
}

/* The changed members of an object, as the row keeps them. */
static bool has_changed(const char *content, const char *member)
{
    nf_json_text_read read;
    json_object *changed = NULL;
    bool found = false;
    if (nf_json_parse(&read, content, strlen(content) + 1,
                      JSON_TOKENER_DEFAULT_DEPTH, 0, NULL) != NF_OK)
        return false;
    json_object_object_get_ex(read.json, "changed", &changed);
    for (size_t i = 0; json_object_is_type(changed, json_type_array) &&
                       i < json_object_array_length(changed);
         i++)
        found |= strcmp(json_object_get_string(
                            json_object_array_get_idx(changed, i)),
                        member) == 0;
    json_object_put(read.json);
    return found;
}

/* A row names a member in its reason, or gives the message of a validation rule
 * of the member; else it is one that was changed. */
static bool is_about(const refused *r, const char *why, const char *content)
{
    const nf_entity *e = nf_model_find_entity(r->model, r->entity);
    if (!r->member || strstr(why, r->member))
        return true;
    for (; e; e = e->generalization)
        for (size_t i = 0; i < e->validation_rule_count; i++) {
            const nf_validation_rule *rule = &e->validation_rules[i];
            const char *text = nf_model_text(r->model, rule->message, NULL);
            if (strcmp(rule->member->name, r->member) == 0 && *text &&
                strstr(why, text))
                return true;
        }
    return strncmp(why, "OBJ_VALIDATION", 14) != 0 &&
           has_changed(content, r->member);
}

static nf_status look_at_error(void *user, const nf_data_shown *shown,
                               nf_error *err)
{
    refused *r = user;
    (void)err;
    if (strcmp(shown->entity->qualified, "System.SynchronizationError") != 0 ||
        !shown->members)
        return NF_OK;
    const char *why = member_text(shown, "Reason");
    const char *what = member_text(shown, "ObjectType");
    nf_buffer_format(&r->seen, "%s%s: %.200s", r->seen.length ? "; " : "", what,
                     why);
    r->found |= same_code(why, r->code) && strcmp(what, r->entity) == 0 &&
                is_about(r, why, member_text(shown, "ObjectContent"));
    return NF_OK;
}

/* What the app does not have is never refused: a slip. */
static bool is_known(test_run *run, const nf_test_tag *tag, const char *name,
                     const char *member)
{
    const nf_entity *entity = nf_model_find_entity(run->app->model, name);
    if (entity && (!member || nf_entity_find_member(entity, member)))
        return true;
    nf_test_fail(run->result, NF_TEST_ERROR, tag->name, tag->line,
                 entity ? "\"%s\" has no member \"%s\""
                        : "the app has no entity \"%s\"",
                 name, member);
    return false;
}

/* `CODE M.Entity[/Member]`: a row of the server's error entity. */
static void check_sync_error(test_run *run, const nf_test_tag *tag)
{
    bool quoted, none = strcasecmp(tag->value, "none") == 0;
    const char *at = tag->value;
    nf_session *server = NULL;
    nf_error err = {0};
    refused r = {.model = run->app->model, .code = word(run, &at, &quoted)};
    char *entity = nf_arena_strdup(run->arena, word(run, &at, &quoted));
    char *slash = entity ? strchr(entity, '/') : NULL;
    if (slash)
        *slash = '\0';
    r.entity = entity;
    r.member = slash ? slash + 1 : NULL;
    if (!none && (!entity || !*entity || *at)) {
        test_malformed_tag(run, tag, "CODE Module.Entity[/Member], or none");
        return;
    }
    if (!none && !is_known(run, tag, r.entity, r.member))
        return;
    nf_buffer_init(&r.seen, 1 << 14);
    if (test_on_server(&server, run, &err) != NF_OK ||
        nf_data_each(server, NULL, look_at_error, &r, &err) != NF_OK)
        nf_test_break(run->result, tag->name, tag->line, NULL, &err);
    else if (none ? r.seen.length > 0 : !r.found)
        test_fails(run, tag,
                   r.seen.length ? nf_buffer_string(&r.seen) : "none");
    nf_buffer_dispose(&r.seen);
    nf_session_free(server);
}

/* `empty` or a number: what waits on all devices. */
static void check_queue(test_run *run, const nf_test_tag *tag)
{
    char *end = NULL, actual[32];
    bool none = strcmp(tag->value, "empty") == 0;
    long long wanted_count = none ? 0 : strtoll(tag->value, &end, 10), all = 0;
    if (!none && (!*tag->value || *end)) {
        test_malformed_tag(run, tag, "\"empty\" or a number");
        return;
    }
    for (size_t i = 0; i < run->device_count; i++) {
        nf_error err = {0};
        int64_t count = 0;
        if (run->devices[i].session &&
            nf_session_unsynchronized(&count, run->devices[i].session, &err) !=
                NF_OK)
            nf_test_break(run->result, tag->name, tag->line, NULL, &err);
        all += count;
    }
    snprintf(actual, sizeof actual, "%lld", all);
    if (all != wanted_count)
        test_fails(run, tag, actual);
}

/* ---- states of objects --------------------------------------------------- */

static nf_object *object_of(test_run *run, const nf_test_tag *tag)
{
    const test_value *v = test_find_value(run, tag->value, NULL);
    if (v && *tag->value == '$' && v->value.kind == NF_KIND_OBJECT)
        return v->value.as.object;
    nf_test_fail(run->result, NF_TEST_ERROR, tag->name, tag->line,
                 "@%s: \"%s\" is no object", tag->name, tag->value);
    return NULL;
}

/* Stored, and nothing of it changed since. */
static void check_committed(test_run *run, const nf_test_tag *tag)
{
    const nf_object *o = object_of(run, tag);
    if (!o)
        return;
    if (o->removed || o->state != NF_OBJECT_UNCHANGED)
        test_fails(run, tag,
                   o->removed
                       ? "removed"
                       : nf_object_state_name((nf_object_state)o->state));
}

/* `$o/Attr`: changed and not committed yet. */
static void check_changed(test_run *run, const nf_test_tag *tag)
{
    const char *slash = strchr(tag->value, '/');
    nf_object *o = slash ? object_of(run, tag) : NULL;
    if (!slash) {
        test_malformed_tag(run, tag, "$object/Member");
        return;
    }
    const nf_member *m = o ? nf_entity_find_member(o->entity, slash + 1) : NULL;
    if (o && !m)
        nf_test_fail(run->result, NF_TEST_ERROR, tag->name, tag->line,
                     "\"%s\" has no member \"%s\"", o->entity->qualified,
                     slash + 1);
    else if (o && !nf_object_member_changed(o, m->index))
        test_fails(run, tag, "as it is stored");
}

/* ---- all ----------------------------------------------------------------- */

void test_check(test_run *run)
{
    static const struct {
        const char *name;
        void (*check)(test_run *run, const nf_test_tag *tag);
    } all[] = {
        {"verify", test_verify},
        {"snapshot", test_snapshot},
        {"expect-page", check_page},
        {"expect-message", check_message},
        {"expect-validation", check_validation},
        {"expect-log", check_log},
        {"expect-call", test_check_call},
        {"expect-sync", check_sync},
        {"expect-sync-error", check_sync_error},
        {"expect-queue", check_queue},
        {"expect-committed", check_committed},
        {"expect-changed", check_changed},
    };
    const nf_test_tags *tags = &run->test->tags;
    for (size_t i = 0; i < tags->count; i++)
        for (size_t k = 0; k < sizeof all / sizeof *all; k++)
            if (strcmp(tags->items[i].name, all[k].name) == 0) {
                run->result->assertions++;
                all[k].check(run, &tags->items[i]);
            }
}
