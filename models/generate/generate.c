/* Build-time generator: models/metamodel.tsv -> a C table and the strict
 * RELAX NG schema (model-format MF-X16), and any file -> a C byte array.
 *
 *   generate table  metamodel.tsv out.h
 *   generate schema metamodel.tsv out.rng
 *   generate embed  NAME file     out.h
 *
 * It runs once and exits: memory is left to the system. Any fault ends the
 * build with a message that names file and line. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 9, MAX_ROWS = 8192, MAX_ALLOWED = 512 };

typedef struct row {
    char *column[COLUMNS]; /* see metamodel.tsv */
} row;

static const char *input;
static row rows[MAX_ROWS];
static size_t row_count;
static FILE *out;

static void fail(const char *message, size_t line)
{
    fprintf(stderr, "%s:%zu: %s\n", input, line, message);
    exit(1);
}

static void read_rows(const char *path)
{
    static char line[65536];
    size_t number = 0;
    bool header = true;
    FILE *file = fopen(path, "r");

    input = path;
    if (!file)
        fail("cannot open", 0);
    while (fgets(line, sizeof line, file)) {
        char *rest = strdup(line);

        number++;
        if (!rest)
            fail("out of memory", number);
        rest[strcspn(rest, "\r\n")] = '\0';
        if (!*rest || *rest == '#') {
            free(rest);
            continue;
        }
        if (header) {
            header = false;
            free(rest);
            continue;
        }
        if (row_count == MAX_ROWS)
            fail("too many rows", number);
        for (int i = 0; i < COLUMNS; i++)
            rows[row_count].column[i] = strsep(&rest, "\t");
        if (!rows[row_count].column[COLUMNS - 1] || rest)
            fail("expected 9 columns", number);
        if (row_count && strcmp(rows[row_count - 1].column[0],
                                rows[row_count].column[0]) > 0)
            fail("types are not sorted", number);
        row_count++;
    }
    fclose(file);
}

static bool is_type(const row *r)
{
    return strcmp(r->column[1], "$Type") == 0;
}

static unsigned version_number(const char *text)
{
    unsigned major = 0, minor = 0, patch = 0;

    if (sscanf(text, "%u.%u.%u", &major, &minor, &patch) < 1)
        return 0;
    return major * 10000 + minor * 100 + patch;
}

static void c_string(const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

/* The words of a '|' list; returns their number. */
static size_t split(const char *list, char **words)
{
    char *rest, *word;
    size_t count = 0;

    if (!*list)
        return 0;
    rest = strdup(list);
    if (!rest)
        fail("out of memory", 0);
    while ((word = strsep(&rest, "|"))) {
        if (count == MAX_ALLOWED)
            fail("too many words in a list", 0);
        words[count++] = word;
    }
    return count;
}

static void kind_name(const char *kind)
{
    fputs("NF_META_", out);
    for (; *kind; kind++)
        fputc(toupper((unsigned char)*kind), out);
}

static void write_words(void)
{
    char *words[MAX_ALLOWED];

    fputs("static const char *const meta_words[] = {\n", out);
    for (size_t i = 0; i < row_count; i++) {
        size_t count = split(rows[i].column[7], words);

        for (size_t k = 0; k < count; k++) {
            fputs("    ", out);
            c_string(words[k]);
            fputs(",\n", out);
        }
    }
    fputs("    NULL};\n", out);
}

static void write_properties(void)
{
    char *words[MAX_ALLOWED];
    size_t first = 0;

    fputs("static const nf_meta_property meta_properties[] = {\n", out);
    for (size_t i = 0; i < row_count; i++) {
        const row *r = &rows[i];
        size_t count = split(r->column[7], words);

        if (is_type(r))
            continue;
        fputs("    {", out);
        c_string(r->column[1]);
        fputs(", ", out);
        kind_name(r->column[2]);
        fprintf(out, ", %d, ", atoi(r->column[3]));
        c_string(r->column[4]);
        fprintf(out, ", %u, %u, meta_words + %zu, %zu, ",
                version_number(r->column[5]), version_number(r->column[6]),
                first, count);
        c_string(r->column[8]);
        fputs("},\n", out);
        first += count;
    }
    fputs("};\n", out);
}

static void write_types(void)
{
    size_t first = 0;

    fputs("static const nf_meta_type meta_types[] = {\n", out);
    for (size_t i = 0; i < row_count; i++) {
        const row *r = &rows[i];
        size_t count = 0;

        if (!is_type(r))
            continue;
        for (size_t k = 0; k < row_count; k++)
            if (!is_type(&rows[k]) &&
                strcmp(rows[k].column[0], r->column[0]) == 0)
                count++;
        fputs("    {", out);
        c_string(r->column[0]);
        fputs(", ", out);
        c_string(r->column[8]);
        fprintf(out, ", %s, ",
                strcmp(r->column[2], "unit") == 0 ? "true" : "false");
        c_string(r->column[4]);
        fprintf(out, ", meta_properties + %zu, %zu},\n", first, count);
        first += count;
    }
    fputs("};\n", out);
}

/* ---- the strict schema ------------------------------------------------- */

static const row *find_type(const char *type)
{
    for (size_t i = 0; i < row_count; i++)
        if (is_type(&rows[i]) && strcmp(rows[i].column[0], type) == 0)
            return &rows[i];
    return NULL;
}

/* A type in the form of the XML: '.' for '$'. */
static void dotted(const char *type)
{
    for (; *type; type++)
        fputc(*type == '$' ? '.' : *type, out);
}

static const char *local(const char *type)
{
    const char *dollar = strchr(type, '$');

    return dollar ? dollar + 1 : type;
}

/* The names of a type: full and local, stored and SDK (MF-X3), each once.
 * `wrap` is "name" or "value". */
static void names(const row *type, const char *wrap)
{
    const char *all[4] = {type->column[0], local(type->column[0]),
                          type->column[8], local(type->column[8])};

    fputs("<choice>", out);
    for (int i = 0; i < 4; i++) {
        bool seen = !*all[i];

        for (int k = 0; k < i; k++)
            seen = seen || strcmp(all[k], all[i]) == 0;
        if (seen)
            continue;
        fprintf(out, "<%s>", wrap);
        dotted(all[i]);
        fprintf(out, "</%s>", wrap);
    }
    fputs("</choice>", out);
}

static bool kind_is(const row *r, const char *kind)
{
    return strcmp(r->column[2], kind) == 0;
}

static void enum_values(const row *r)
{
    char *words[MAX_ALLOWED];
    size_t count = split(r->column[7], words);

    if (kind_is(r, "bool")) {
        fputs("<choice><value>true</value><value>false</value></choice>", out);
        return;
    }
    if (!count || !kind_is(r, "enum")) {
        fputs("<text/>", out);
        return;
    }
    fputs("<choice>", out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "<value>%s</value>", words[i]);
    fputs("</choice>", out);
}

static void property_attribute(const row *r)
{
    if (kind_is(r, "list"))
        return;
    fprintf(out, "<optional><attribute name=\"%s\">", r->column[1]);
    enum_values(r);
    fputs("</attribute></optional>\n", out);
}

static void part_element(const row *r)
{
    char *words[MAX_ALLOWED];
    size_t count = split(r->column[7], words);

    fprintf(out,
            "<element name=\"%s\"><choice><attribute name=\"null\">"
            "<value>true</value></attribute>",
            r->column[1]);
    if (!count)
        fputs("<ref name=\"anything\"/>", out);
    for (size_t i = 0; i < count; i++) {
        const row *type = find_type(words[i]);
        bool may_miss = count == 1 || strcmp(r->column[4], words[i]) == 0;

        if (!type)
            fail("an allowed type is not in the table", 0);
        fputs("<group>", out);
        fputs(may_miss ? "<optional>" : "", out);
        fputs("<attribute name=\"type\">", out);
        names(type, "value");
        fputs("</attribute>", out);
        fputs(may_miss ? "</optional>" : "", out);
        fputs("<ref name=\"body.", out);
        dotted(words[i]);
        fputs("\"/></group>", out);
    }
    fputs("</choice></element>\n", out);
}

static void list_element(const row *r)
{
    char *words[MAX_ALLOWED];
    size_t count = split(r->column[7], words);

    fprintf(out,
            "<element name=\"%s\"><optional><attribute name=\"list\"/>"
            "</optional><zeroOrMore><choice><ref name=\"item\"/>",
            r->column[1]);
    if (!count && kind_is(r, "list"))
        fputs("<ref name=\"any\"/>", out);
    for (size_t i = 0; i < count; i++) {
        fputs("<ref name=\"el.", out);
        dotted(words[i]);
        fputs("\"/>", out);
        if (strcmp(words[i], "Microflows$SequenceFlow") == 0)
            fputs("<ref name=\"flow\"/>", out);
    }
    fputs("</choice></zeroOrMore></element>\n", out);
}

static void property_element(const row *r)
{
    if (kind_is(r, "part")) {
        part_element(r);
        return;
    }
    if (kind_is(r, "list") || kind_is(r, "strings")) {
        list_element(r);
        return;
    }
    fprintf(out,
            "<element name=\"%s\"><optional><attribute name=\"bson\"/>"
            "</optional><optional><attribute name=\"null\"/></optional>",
            r->column[1]);
    enum_values(r);
    fputs("</element>\n", out);
}

static void type_define(size_t index)
{
    const row *type = &rows[index];
    const char *name = type->column[0];
    bool unit = kind_is(type, "unit"), any = unit;

    fputs("<define name=\"body.", out);
    dotted(name);
    fputs("\"><ref name=\"attrs\"/>\n", out);
    for (size_t i = 0; i < row_count; i++)
        if (strcmp(rows[i].column[0], name) == 0 && !is_type(&rows[i])) {
            property_attribute(&rows[i]);
            any = true;
        }
    if (any) {
        fputs("<zeroOrMore><choice>", out);
        for (size_t i = 0; i < row_count; i++)
            if (strcmp(rows[i].column[0], name) == 0 && !is_type(&rows[i]))
                property_element(&rows[i]);
        if (unit)
            fputs("<ref name=\"units\"/>", out);
        fputs("</choice></zeroOrMore>\n", out);
    }
    fputs("</define>\n<define name=\"el.", out);
    dotted(name);
    fputs("\"><element>", out);
    names(type, "name");
    if (unit)
        fputs("<optional><attribute name=\"containment\"/></optional>", out);
    fputs("<ref name=\"body.", out);
    dotted(name);
    fputs("\"/></element></define>\n", out);
}

static void write_schema(void)
{
    fputs("<grammar xmlns=\"http://relaxng.org/ns/structure/1.0\" "
          "ns=\"urn:nanoflow:app:1\" datatypeLibrary="
          "\"http://www.w3.org/2001/XMLSchema-datatypes\">\n"
          "<start><choice><element name=\"app\">"
          "<attribute name=\"format\"><value>1</value></attribute>"
          "<attribute name=\"mendix\"/>"
          "<optional><attribute name=\"language\"/></optional>"
          "<optional><attribute name=\"complete\"><choice>"
          "<value>false</value><value>true</value></choice></attribute>"
          "</optional>"
          "<optional><attribute name=\"mpr\"><choice><value>1</value>"
          "<value>2</value></choice></attribute></optional>"
          "<optional><attribute name=\"build\"/></optional>"
          "<optional><attribute name=\"schemaHash\"/></optional>"
          "<optional><attribute name=\"transaction\"/></optional>"
          "<ref name=\"unitlist\"/></element>"
          "<ref name=\"unit\"/></choice></start>\n"
          "<define name=\"unitlist\"><zeroOrMore><choice><ref name=\"unit\"/>"
          "<ref name=\"include\"/></choice></zeroOrMore></define>\n"
          "<define name=\"units\"><element name=\"units\">"
          "<ref name=\"unitlist\"/></element></define>\n"
          "<define name=\"include\"><element "
          "ns=\"http://www.w3.org/2001/XInclude\" name=\"include\">"
          "<attribute name=\"href\" ns=\"\"/><optional>"
          "<attribute name=\"parse\" ns=\"\"><value>xml</value></attribute>"
          "</optional></element></define>\n"
          "<define name=\"attrs\"><optional><attribute name=\"id\"/>"
          "</optional><optional><attribute name=\"types\"/></optional>"
          "</define>\n"
          "<define name=\"item\"><element name=\"item\"><optional>"
          "<attribute name=\"bson\"/></optional><text/></element></define>\n"
          "<define name=\"flow\"><element name=\"flow\">"
          "<attribute name=\"from\"/><attribute name=\"to\"/>"
          "<optional><attribute name=\"case\"/></optional>"
          "<optional><attribute name=\"error\"><choice><value>true</value>"
          "<value>false</value></choice></attribute></optional>"
          "<optional><attribute name=\"id\"/></optional></element></define>\n"
          "<define name=\"anything\"><zeroOrMore><choice><attribute><anyName/>"
          "</attribute><text/><ref name=\"any\"/></choice></zeroOrMore>"
          "</define>\n"
          "<define name=\"any\"><element><anyName/><ref name=\"anything\"/>"
          "</element></define>\n<define name=\"unit\"><choice>",
          out);
    for (size_t i = 0; i < row_count; i++)
        if (is_type(&rows[i]) && kind_is(&rows[i], "unit")) {
            fputs("<ref name=\"el.", out);
            dotted(rows[i].column[0]);
            fputs("\"/>", out);
        }
    fputs("</choice></define>\n", out);
    for (size_t i = 0; i < row_count; i++)
        if (is_type(&rows[i]))
            type_define(i);
    fputs("</grammar>\n", out);
}

static void embed(const char *name, const char *path)
{
    FILE *file = fopen(path, "rb");
    int byte;
    size_t count = 0;

    input = path;
    if (!file)
        fail("cannot open", 0);
    fprintf(out, "static const unsigned char %s[] = {", name);
    while ((byte = fgetc(file)) != EOF)
        fprintf(out, "%s%d,", count++ % 20 ? "" : "\n    ", byte);
    fputs("\n    0};\n", out); /* the NUL is not counted by its users */
    fclose(file);
}

int main(int argc, char **argv)
{
    bool embeds = argc == 5 && strcmp(argv[1], "embed") == 0;

    if (!embeds && argc != 4) {
        fputs("usage: generate table|schema TSV OUT | embed NAME FILE OUT\n",
              stderr);
        return 2;
    }
    out = fopen(argv[argc - 1], "w");
    if (!out) {
        perror(argv[argc - 1]);
        return 1;
    }
    if (embeds) {
        embed(argv[2], argv[3]);
    } else {
        read_rows(argv[2]);
        if (strcmp(argv[1], "table") == 0) {
            write_words();
            write_properties();
            write_types();
        } else {
            write_schema();
        }
    }
    return fclose(out) == 0 ? 0 : 1;
}
