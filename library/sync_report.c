/* The document of `sync --json` as lines for people. */
#include "library/session.h"

#include "base/json.h"

static int64_t list_count(json_object *report, const char *key)
{
    json_object *numbers = NULL, *number = NULL;
    if (!json_object_object_get_ex(report, "statistics", &numbers) ||
        !json_object_object_get_ex(numbers, key, &number))
        return 0;
    return json_object_get_int64(number);
}

static const char *item_text(json_object *item, const char *key)
{
    json_object *value = json_object_object_get(item, key);
    return value ? json_object_get_string(value) : "";
}

static void print_item(nf_buffer *out, const char *list, json_object *item,
                       bool named)
{
    int64_t bytes =
        json_object_get_int64(json_object_object_get(item, "bytes"));
    const char *reason = item_text(item, "reason");
    nf_buffer_format(out, "  %s %s%s%s", list,
                     named ? item_text(item, "entity") : "", named ? " " : "",
                     item_text(item, "id"));
    if (*reason)
        nf_buffer_format(out, ": %s", reason);
    if (bytes)
        nf_buffer_format(out, " (%lld bytes)", (long long)bytes);
    nf_buffer_char(out, '\n');
}

/* The items of one list; `entity` NULL: all. */
static void print_items(nf_buffer *out, json_object *report, const char *key,
                        const char *entity)
{
    json_object *list = NULL;
    if (!json_object_object_get_ex(report, key, &list))
        return;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        json_object *item = json_object_array_get_idx(list, i);
        if (!entity || strcmp(item_text(item, "entity"), entity) == 0)
            print_item(out, key, item, !entity);
    }
}

static const char *const lists[] = {"uploaded", "downloaded", "removed",
                                    "rejected", "skipped"};
enum { LIST_COUNT = sizeof lists / sizeof *lists, QUIET_LISTS = 2 };

/* The first name after `last` (NULL: the first of all) of an entity in any
 * list; NULL at the end. */
static const char *next_entity(json_object *report, const char *last)
{
    const char *next = NULL;
    for (size_t l = 0; l < LIST_COUNT; l++) {
        json_object *list = NULL;
        json_object_object_get_ex(report, lists[l], &list);
        for (size_t i = 0; list && i < json_object_array_length(list); i++) {
            const char *name =
                item_text(json_object_array_get_idx(list, i), "entity");
            if ((!last || strcmp(name, last) > 0) &&
                (!next || strcmp(name, next) < 0))
                next = name;
        }
    }
    return next;
}

static void print_counts(nf_buffer *out, json_object *report)
{
    json_object *mode = json_object_object_get(report, "mode");
    json_object *initial = json_object_object_get(report, "initial");
    nf_buffer_format(out, "synchronize %s%s:", json_object_get_string(mode),
                     json_object_get_boolean(initial) ? " (initial)" : "");
    for (size_t l = 0; l < LIST_COUNT; l++)
        nf_buffer_format(out, "%s %lld %s", l ? "," : "",
                         (long long)list_count(report, lists[l]), lists[l]);
    nf_buffer_char(out, '\n');
}

static void print_kept(nf_buffer *out, json_object *report)
{
    json_object *kept = NULL;

    if (!json_object_object_get_ex(report, "kept", &kept))
        return;
    for (size_t i = 0; i < json_object_array_length(kept); i++) {
        json_object *item = json_object_array_get_idx(kept, i);
        nf_buffer_format(out, "  kept %s: %s\n", item_text(item, "entity"),
                         item_text(item, "reason"));
    }
}

char *nf_sync_report_print(const char *report, bool explain)
{
    nf_buffer out;
    nf_json_text_read read;
    if (nf_json_parse(&read, report, strlen(report) + 1,
                      JSON_TOKENER_DEFAULT_DEPTH, 0, NULL) != NF_OK)
        return NULL;
    json_object *json = read.json;
    if (!json_object_object_get_ex(json, "mode", NULL)) {
        json_object_put(json);
        return NULL;
    }
    nf_buffer_init(&out, NF_BUFFER_MAX);
    print_counts(&out, json);
    print_kept(&out, json);
    for (size_t l = QUIET_LISTS; !explain && l < LIST_COUNT; l++)
        print_items(&out, json, lists[l], NULL);
    for (const char *entity = explain ? next_entity(json, NULL) : NULL; entity;
         entity = next_entity(json, entity)) {
        nf_buffer_format(&out, "%s\n", entity);
        for (size_t l = 0; l < LIST_COUNT; l++)
            print_items(&out, json, lists[l], entity);
    }
    json_object_put(json);
    char *text = nf_buffer_take(&out);
    nf_buffer_dispose(&out);
    return text;
}
