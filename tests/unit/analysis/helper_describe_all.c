/* See helper_describe_all.h. */
#include "helper_describe_all.h"

#include <json-c/json.h>
#include <libxml/parser.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const formats[] = {"text", "json",    "xml",
                                      "svg",  "mermaid", "dot"};
enum { ALWAYS = 3, FORMATS = 6 }; /* the first ones are for all documents */

static bool has_picture(const char *type)
{
    static const char *const types[] = {"nanoflow", "microflow", "rule",
                                        "entity", "module"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(type, types[i]))
            return true;
    return false;
}

/* Nothing stored: XML has nothing to show. */
static bool has_element(const char *type)
{
    return strcmp(type, "module") != 0;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether no id occurs twice, read from the text, where ids stand in quotes
 * after ` id=`. */
static bool ids_are_unique(const char *svg)
{
    size_t count = 0, found = 0;
    for (const char *p = svg; (p = strstr(p, " id=\"")); p++)
        count++;
    char **ids = calloc(count + 1, sizeof *ids);
    bool unique = ids;
    for (const char *p = svg; ids && (p = strstr(p, " id=\"")); p++)
        ids[found++] = strndup(p + 5, strcspn(p + 5, "\""));
    if (ids)
        qsort(ids, found, sizeof *ids, compare_texts);
    for (size_t i = 1; i < found; i++)
        unique = unique && strcmp(ids[i - 1], ids[i]) != 0;
    for (size_t i = 0; i < found; i++)
        free(ids[i]);
    free(ids);
    return unique;
}

static bool is_xml(const char *text)
{
    xmlDocPtr xml = xmlReadMemory(text, (int)strlen(text), "description", NULL,
                                  XML_PARSE_NONET | XML_PARSE_HUGE);
    bool read = xml;
    xmlFreeDoc(xml);
    return read;
}

static bool is_json(const char *text)
{
    enum { DEPTH = 1000 };
    json_tokener *tokener = json_tokener_new_ex(DEPTH);
    json_object *json =
        json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
    bool read = json_object_is_type(json, json_type_object);
    json_object_put(json);
    json_tokener_free(tokener);
    return read;
}

static const char *fault_of(const char *format, const char *text)
{
    if (!*text)
        return "nothing";
    if (!strcmp(format, "json") && !is_json(text))
        return "no JSON";
    if ((!strcmp(format, "svg") || !strcmp(format, "xml")) && !is_xml(text))
        return "no well-formed XML";
    if (!strcmp(format, "svg") && !ids_are_unique(text))
        return "an id occurs twice";
    if (!strcmp(format, "svg") && strstr(text, "<script"))
        return "a script";
    return NULL;
}

static int describe(const nf_app *app, const char *name, const char *format)
{
    char *text = NULL;
    nf_error *err = nf_error_new();
    int failures = 0;
    if (nf_app_describe(&text, app, name, format, err) != NF_OK) {
        printf("describe %s as %s: %s\n", name, format,
               nf_error_text(err, NF_ERROR_MESSAGE));
        failures++;
    } else if (fault_of(format, text)) {
        printf("describe %s as %s: %s\n", name, format, fault_of(format, text));
        failures++;
    }
    nf_text_free(text);
    nf_error_free(err);
    return failures;
}

/* One line of `list`: TYPE TAB NAME, perhaps TAB "excluded". */
static int describe_line(const nf_app *app, char *line, size_t *count)
{
    int failures = 0;
    char *name = strchr(line, '\t'),
         *end = name ? strchr(name + 1, '\t') : NULL;
    if (!name)
        return 1;
    if (end)
        *end = '\0';
    *name = '\0';
    bool pictured = has_picture(line), stored = has_element(line);
    *name = ':';
    for (size_t i = 0; i < FORMATS; i++) {
        if (i >= ALWAYS && !pictured)
            continue;
        if (!strcmp(formats[i], "xml") && !stored)
            continue;
        failures += describe(app, line, formats[i]);
        ++*count;
    }
    return failures;
}

int helper_describe_all(const nf_app *app, size_t *count)
{
    char *list = NULL, *rest = NULL;
    nf_error *err = nf_error_new();
    int failures = 0;
    if (nf_app_list(&list, app, NULL, NULL, false, err) != NF_OK) {
        printf("list: %s\n", nf_error_text(err, NF_ERROR_MESSAGE));
        failures++;
    }
    for (char *line = strtok_r(list, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest))
        failures += describe_line(app, line, count);
    nf_text_free(list);
    nf_error_free(err);
    return failures;
}
