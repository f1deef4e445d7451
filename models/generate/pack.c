/* Build-time generator: models/system.xml, read as any app, -> its units as
 * BSON in a C table (models/builtin.c), so that no program has to parse it.
 *
 *   pack system.xml out.h
 *
 * It runs once and exits; any fault ends the build with a message. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/bson.h"
#include "models/container.h"

static void fail(const nf_error *err)
{
    fprintf(stderr, "%s:%ld: %s\n", err->file, err->line, err->message);
    exit(1);
}

static char *read_text(const char *path, size_t *length)
{
    enum { MAX_SIZE = 1 << 20 };
    char *text = malloc(MAX_SIZE);
    FILE *file = fopen(path, "rb");

    if (!text || !file) {
        perror(path);
        exit(1);
    }
    *length = fread(text, 1, MAX_SIZE, file);
    fclose(file);
    return text;
}

static void write_bytes(FILE *out, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        fprintf(out, "%s%d,", i % 20 ? "" : "\n    ", bytes[i]);
}

static void write_contents(FILE *out, const nf_container *container, size_t i)
{
    nf_error err = {0};
    const nf_element *element =
        nf_unit_element(container, container->units[i], &err);
    nf_buffer bytes;

    if (!element)
        fail(&err);
    nf_buffer_init(&bytes, NF_BUFFER_MAX);
    nf_bson_encode(&bytes, element);
    fprintf(out, "static const uint8_t contents_%zu[] = {", i);
    write_bytes(out, (const uint8_t *)bytes.data, bytes.length);
    fputs("\n};\n", out);
    nf_buffer_dispose(&bytes);
}

static void write_unit(FILE *out, const nf_unit *unit, size_t i)
{
    fputs("{{{", out);
    write_bytes(out, unit->id.bytes, sizeof unit->id.bytes);
    fputs("}},\n{{", out);
    write_bytes(out, unit->container_id.bytes, sizeof unit->id.bytes);
    fprintf(
        out,
        "}},\n\"%s\", \"%s\", \"%s\", contents_%zu, sizeof contents_%zu},\n",
        unit->containment, unit->type, unit->name, i, i);
}

int main(int argc, char **argv)
{
    nf_container *container;
    nf_error err = {0};
    size_t length;
    char *text;
    FILE *out;

    if (argc != 3) {
        fputs("usage: pack SYSTEM.XML OUT\n", stderr);
        return 2;
    }
    text = read_text(argv[1], &length);
    if (nf_container_open_xml(&container, text, length, argv[1], &err))
        fail(&err);
    free(text);
    out = fopen(argv[2], "w");
    if (!out) {
        perror(argv[2]);
        return 1;
    }
    for (size_t i = 0; i < container->count; i++)
        write_contents(out, container, i);
    fputs("static const builtin_unit builtin_units[] = {\n", out);
    for (size_t i = 0; i < container->count; i++)
        write_unit(out, container->units[i], i);
    fputs("};\n", out);
    nf_container_close(container);
    return fclose(out) == 0 ? 0 : 1;
}
