/* XML and JSON that would do harm. */
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostile.h"

#define APP "<app xmlns=\"urn:nanoflow:app:1\" format=\"1\" mendix=\"10.24.0\">"

static void text(const char *path, const char *content)
{
    FILE *file = hostile_create(path);

    hostile_repeat(file, content, 1);
    hostile_close(file);
}

static void entity_bomb(const char *path)
{
    FILE *file = hostile_create(path);

    fputs("<?xml version=\"1.0\"?><!DOCTYPE app [<!ENTITY a0 \"lol\">", file);
    for (int i = 1; i < 12; i++) {
        fprintf(file, "<!ENTITY a%d \"", i);
        for (int k = 0; k < 10; k++)
            fprintf(file, "&a%d;", i - 1);
        fputs("\">", file);
    }
    fputs("]>" APP "&a11;</app>", file);
    hostile_close(file);
}

static void external_entity(const char *path)
{
    text(path, "<!DOCTYPE app [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" APP
               "&x;</app>");
}

static void external_subset(const char *path)
{
    text(path,
         "<!DOCTYPE app SYSTEM \"http://127.0.0.1:1/app.dtd\">" APP "</app>");
}

static void deep_xml(const char *path)
{
    FILE *file = hostile_create(path);

    fputs(APP, file);
    hostile_repeat(file, "<Module><units>", 200000);
    hostile_close(file);
}

/* Well-formed, and far more of them than an app has. */
static void many_xml(const char *path)
{
    FILE *file = hostile_create(path);

    fputs(APP "<Module Name=\"M\"><units>", file);
    hostile_repeat(file, "<Folder/>", 3000000);
    fputs("</units></Module></app>", file);
    hostile_close(file);
}

static void many_unknown_xml(const char *path)
{
    FILE *file = hostile_create(path);

    fputs(APP, file);
    hostile_repeat(file, "<a/>", 10000000);
    fputs("</app>", file);
    hostile_close(file);
}

static void many_attributes(const char *path)
{
    FILE *file = hostile_create(path);

    fputs(APP "<Module", file);
    for (int i = 0; i < 400000; i++)
        fprintf(file, " A%d=\"\"", i);
    fputs("/></app>", file);
    hostile_close(file);
}

static void many_items(const char *path)
{
    FILE *file = hostile_create(path);

    fputs(APP "<Module Name=\"M\"><units><Nanoflow Name=\"N\"><Flows>", file);
    hostile_repeat(file, "<flow from=\"a\" to=\"b\"/>", 2000000);
    fputs("</Flows></Nanoflow></units></Module></app>", file);
    hostile_close(file);
}

static void long_text(const char *path)
{
    FILE *file = hostile_create(path);
    char block[1025];

    for (size_t i = 0; i + 1 < sizeof block; i++)
        block[i] = 'x';
    block[1024] = '\0';
    fputs(APP "<Module Name=\"", file);
    hostile_repeat(file, block, 300 << 10);
    fputs("\"", file);
    hostile_close(file);
}

/* Several units, each as large as may be, until all together are too large. */
static void large_units(const char *path)
{
    FILE *file = hostile_create(path);

    fputs(APP "<Module Name=\"M\"><units>", file);
    for (int i = 0; i < 10; i++) {
        fprintf(file, "<Nanoflow Name=\"N%d\"><Documentation>", i);
        hostile_repeat(file, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 30 << 15);
        fputs("</Documentation></Nanoflow>", file);
    }
    fputs("</units></Module></app>", file);
    hostile_close(file);
}

/* What only the schemas know, in many large units. */
static void large_doubts(const char *path)
{
    FILE *file = hostile_create(path);

    fputs(APP "<Module Name=\"M\"><units>", file);
    for (int i = 0; i < 40; i++) {
        fprintf(file,
                "<Nanoflow Name=\"N%d\"><ObjectCollection "
                "type=\"MicroflowObjectCollection\"><Objects list=\"3\">",
                i);
        hostile_repeat(file, "<EndEvent ReturnValue=\"1\"/>", 9000);
        fputs("</Objects></ObjectCollection></Nanoflow>", file);
    }
    fputs("</units></Module><Module Name=\"M\"/></app>", file);
    hostile_close(file);
}

static void utf16_xml(const char *path)
{
    FILE *file = hostile_create(path);

    fwrite("\xff\xfe<\0a\0/\0>\0", 1, 10, file);
    hostile_close(file);
}

static void other_encoding(const char *path)
{
    text(path, "<?xml version=\"1.0\" encoding=\"UTF-7\"?>" APP "</app>");
}

static void include_outside(const char *path)
{
    text(path, "<app xmlns=\"urn:nanoflow:app:1\" "
               "xmlns:xi=\"http://www.w3.org/2001/XInclude\" format=\"1\" "
               "mendix=\"10.24.0\"><xi:include href=\"../../etc/passwd\"/>"
               "</app>");
}

static void include_circle(const char *path)
{
    text(path, "<app xmlns=\"urn:nanoflow:app:1\" "
               "xmlns:xi=\"http://www.w3.org/2001/XInclude\" format=\"1\" "
               "mendix=\"10.24.0\"><xi:include href=\"app.xml\"/></app>");
}

static void bad_utf8_xml(const char *path)
{
    text(path, APP "<Module Name=\"\xff\xfe\"/></app>");
}

static void twice_xml(const char *path)
{
    text(path, APP "<Module Name=\"M\"/><Module Name=\"M\"/></app>");
}

/* A folder of XML files that contradict each other. */
static void folder_of_two_apps(const char *path)
{
    char name[256];

    if (mkdir(path, 0700))
        hostile_give_up(path);
    snprintf(name, sizeof name, "%s/a.xml", path);
    text(name, APP "</app>");
    snprintf(name, sizeof name, "%s/b.xml", path);
    text(name, "<app xmlns=\"urn:nanoflow:app:1\" format=\"1\" "
               "mendix=\"9.0.0\"/>");
}

static void folder_with_a_bomb(const char *path)
{
    char name[256];

    if (mkdir(path, 0700))
        hostile_give_up(path);
    snprintf(name, sizeof name, "%s/a.xml", path);
    text(name, APP "</app>");
    snprintf(name, sizeof name, "%s/b.xml", path);
    entity_bomb(name);
}

/* ---- JSON -----------------------------------------------------------------
 */

#define ID(n) "00000000-0000-4000-8000-0000000000" #n
#define HEAD                                                                   \
    "{\"mendix\":\"10.0.0\",\"units\":[{\"$ID\":\"" ID(                        \
        01) "\",\"$Type\":"                                                    \
            "\"Projects$Project\"},{\"$ID\":\"" ID(                            \
                02) "\",\"$Type\":"                                            \
                    "\"Projects$Module\",\"$ContainerID\":\"" ID(              \
                        01) "\",\"name\":\"M\"},"                              \
                            "{\"$ID\":\"" ID(                                  \
                                03) "\",\"$Type\":\"Microflows$Nanoflow\","    \
                                    "\"$ContainerID\":\"" ID(                  \
                                        02) "\",\"name\":\"N\",\"a\":"

static void deep_json(const char *path)
{
    FILE *file = hostile_create(path);

    fputs(HEAD, file);
    hostile_repeat(file, "[", 5000000);
    hostile_close(file);
}

static void many_values_json(const char *path)
{
    FILE *file = hostile_create(path);

    fputs(HEAD "[", file);
    hostile_repeat(file, "[],", 10000000);
    fputs("1]}]}", file);
    hostile_close(file);
}

static void many_objects_json(const char *path)
{
    FILE *file = hostile_create(path);

    fputs(HEAD "[", file);
    hostile_repeat(file, "{\"$ID\":\"" ID(09) "\",\"b\":{}},", 1000000);
    fputs("1]}]}", file);
    hostile_close(file);
}

static void long_text_json(const char *path)
{
    FILE *file = hostile_create(path);

    fputs(HEAD "\"", file);
    hostile_repeat(file, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 500 << 15);
    hostile_close(file);
}

static void many_units_json(const char *path)
{
    FILE *file = hostile_create(path);

    fputs(HEAD "1}", file);
    for (int i = 0; i < 1000000; i++)
        fprintf(file,
                ",{\"$ID\":\"00000000-0000-4000-9000-%012d\","
                "\"$Type\":\"A$B\"}",
                i);
    fputs("]}", file);
    hostile_close(file);
}

static void long_name_json(const char *path)
{
    FILE *file = hostile_create(path);

    fputs("{\"units\":[{\"name\":\"", file);
    hostile_repeat(file, "xxxxxxxxxxxxxxxx", 4 << 20);
    fputs("\"}]}", file);
    hostile_close(file);
}

static void bad_utf8_json(const char *path)
{
    text(path, HEAD "\"\xc0\xaf\"}]}");
}

static void broken_unit_json(const char *path)
{
    text(path, HEAD "[1,,2]}]}");
}

static void cyclic_json(const char *path)
{
    text(
        path,
        HEAD "1},{\"$ID\":\"" ID(
            04) "\",\"$Type\":\"Projects$Folder\","
                "\"$ContainerID\":\"" ID(05) "\"},{\"$ID\":\"" ID(
                    05) "\",\"$Type\":\"Projects$Folder\",\"$ContainerID\":\"" ID(04) "\"}]}");
}

static void twice_json(const char *path)
{
    text(path, HEAD "1},{\"$ID\":\"" ID(03) "\",\"$Type\":\"A$B\"}]}");
}

const hostile_case hostile_text[] = {
    {"xml entity bomb", ".xml", entity_bomb, "DOCTYPE", false},
    {"xml external entity", ".xml", external_entity, "DOCTYPE", false},
    {"xml external subset", ".xml", external_subset, "DOCTYPE", false},
    {"xml deep", ".xml", deep_xml, "", false},
    {"xml million units", ".xml", many_xml, "more than", false},
    {"xml million elements", ".xml", many_unknown_xml, "", false},
    {"xml many attributes", ".xml", many_attributes, "more than 4096", false},
    {"xml million items", ".xml", many_items, "too large", false},
    {"xml long text", ".xml", long_text, "more than 16 MiB", false},
    {"xml large units", ".xml", large_units, "more than 144 MiB", false},
    {"xml large doubts", ".xml", large_doubts, "the schemas", false},
    {"xml in UTF-16", ".xml", utf16_xml, "", false},
    {"xml in UTF-7", ".xml", other_encoding, "UTF-8", false},
    {"xml include outside", ".xml", include_outside, "relative path", false},
    {"xml include circle", ".xml", include_circle, "", false},
    {"xml bad utf-8", ".xml", bad_utf8_xml, "not well-formed", false},
    {"xml duplicate modules", ".xml", twice_xml, "", false},
    {"xml folder of two apps", "", folder_of_two_apps, "must agree", false},
    {"xml folder with a bomb", "", folder_with_a_bomb, "DOCTYPE", false},
    {"json deep", ".json", deep_json, "nested deeper", false},
    {"json million lists", ".json", many_values_json, "too large", false},
    {"json million objects", ".json", many_objects_json, "too large", false},
    {"json 500 MB text", ".json", long_text_json, "", false},
    {"json million units", ".json", many_units_json, "more than 200000", false},
    {"json long name", ".json", long_name_json, "no valid text", false},
    {"json bad utf-8", ".json", bad_utf8_json, "not well-formed", true},
    {"json broken unit", ".json", broken_unit_json, "not well-formed", true},
    {"json cyclic containers", ".json", cyclic_json, "in a circle", false},
    {"json duplicate ids", ".json", twice_json, "given twice", false},
    {0}};
