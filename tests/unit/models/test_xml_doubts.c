/* models/reader_xml*.c: what the reader lets pass without asking the schemas,
 * they let pass, too (MF-X15, MF-X16). Apps are changed at random; whatever is
 * still opened has to fit both schemas. */
#include "helper_models.h"

#include <libxml/parser.h>
#include <libxml/relaxng.h>

#include "models/reader_xml.h"
#include "models/schema.h"

enum { ROUNDS = 1500, TEXT_SIZE = 1 << 16 };

static uint32_t draw(uint32_t *seed, uint32_t limit)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % limit;
}

/* Puts `more` at `at` in place of `length` bytes. */
static void replace(char *text, size_t at, size_t length, const char *more)
{
    size_t size = strlen(text), added = strlen(more);

    if (size + added >= TEXT_SIZE)
        return;
    memmove(text + at + added, text + at + length, size - at - length + 1);
    memcpy(text + at, more, added);
}

/* A random place that begins with `c`; 0: none. */
static size_t place_of(const char *text, char c, uint32_t *seed)
{
    size_t size = strlen(text), at = draw(seed, (uint32_t)size);

    for (size_t i = 0; i < size; i++, at = (at + 1) % size)
        if (text[at] == c)
            return at;
    return 0;
}

static void add_attribute(char *text, uint32_t *seed)
{
    static const char *const attributes[] = {
        " type='StringType'", " type='Items'",     " list='3'",
        " null='true'",       " bson='int64'",     " types='Name=string'",
        " id='x y'",          " id='label'",       " containment='Documents'",
        " other='1'",         " xml:lang='en'",    " Name='Other'",
        " Documentation='d'", " Excluded='true'",  " Excluded='1'",
        " case='true'",       " error='true'",     " parse='xml'",
        " ExportLevel='API'", " ExportLevel='X'",  " Type='Sum'",
        " mpr='2'",           " language='nl_NL'", " complete='false'"};
    size_t at = place_of(text, '<', seed) + 1;

    if (text[at] == '/' || text[at] == '!' || text[at] == '?')
        return;
    at += strcspn(text + at, " \t\r\n/>");
    replace(text, at, 0,
            attributes[draw(seed, sizeof attributes / sizeof *attributes)]);
}

/* The attribute behind a place gets the name or the value of another. */
static void mix_attributes(char *text, uint32_t *seed, bool names)
{
    size_t from = place_of(text, '=', seed), to = place_of(text, '=', seed);
    size_t start[2] = {from, to}, length[2];
    char copy[256];

    for (int i = 0; i < 2; i++) {
        if (names) {
            size_t end = start[i];

            while (start[i] && !strchr(" \t\r\n<", text[start[i] - 1]))
                start[i]--;
            length[i] = end - start[i];
        } else {
            char quote = text[++start[i]];
            const char *end = strchr(text + ++start[i], quote);

            length[i] = end ? (size_t)(end - text) - start[i] : 0;
        }
    }
    if (length[0] >= sizeof copy)
        return;
    memcpy(copy, text + start[0], length[0]);
    copy[length[0]] = '\0';
    replace(text, start[1], length[1], copy);
}

static void add_content(char *text, uint32_t *seed)
{
    static const char *const contents[] = {
        "<item>x</item>",
        "<item bson='int64'>1</item>",
        "text",
        "<!-- - -->",
        "<Documentation>d</Documentation>",
        "<flow from='start' to='end'/>",
        "<units/>",
        "<Documentation id='d'>d</Documentation>",
        "<AllowedModuleRoles list='1'/>",
        "<Name><item/></Name>",
        "<AllowedModuleRoles><item>Shop.User</item></AllowedModuleRoles>",
        "<ObjectCollection null='true'/>",
        "<Excluded>true</Excluded>"};
    size_t at = place_of(text, '>', seed) + 1;

    replace(text, at, 0,
            contents[draw(seed, sizeof contents / sizeof *contents)]);
}

static void change(char *text, uint32_t *seed)
{
    switch (draw(seed, 4)) {
    case 0:
        add_attribute(text, seed);
        break;
    case 1:
        add_content(text, seed);
        break;
    default:
        mix_attributes(text, seed, draw(seed, 2) == 0);
        break;
    }
}

static void quiet(void *user, const char *format, ...)
{
    (void)user;
    (void)format;
}

static xmlRelaxNG *schemas[2]; /* read by libxml2 alone */

static void load_schemas(void)
{
    for (int strict = 0; strict < 2; strict++) {
        size_t length;
        const char *text = nf_model_schema(strict, &length);
        xmlRelaxNGParserCtxt *context =
            xmlRelaxNGNewMemParserCtxt(text, (int)length);

        assert_non_null(context);
        schemas[strict] = xmlRelaxNGParse(context);
        assert_non_null(schemas[strict]);
        xmlRelaxNGFreeParserCtxt(context);
    }
}

/* Whether both schemas accept a text that libxml2 has read. */
static bool fits(const char *text)
{
    xmlDoc *document = xmlReadMemory(text, (int)strlen(text), "x", NULL,
                                     XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    bool valid = document != NULL;

    for (int strict = 0; strict < 2 && valid; strict++) {
        xmlRelaxNGValidCtxt *context = xmlRelaxNGNewValidCtxt(schemas[strict]);

        assert_non_null(context);
        xmlRelaxNGSetValidErrors(context, quiet, quiet, NULL);
        valid = xmlRelaxNGValidateDoc(context, document) == 0;
        xmlRelaxNGFreeValidCtxt(context);
    }
    xmlFreeDoc(document);
    return valid;
}

/* The same of the tree that the product has read. */
static bool fits_as_read(nf_xml_reader *reader, const char *text)
{
    nf_xml_node *root = NULL;
    bool valid;

    nf_error_clear(reader->err);
    valid =
        nf_xml_parse(&root, text, strlen(text), "x", reader->err) == NF_OK &&
        nf_xml_validate(reader, root) == NF_OK;
    nf_xml_remove(root);
    return valid;
}

static void accepts_what_the_schemas_accept(void **state)
{
    static char text[TEXT_SIZE];
    nf_error schema_error = {0};
    nf_xml_reader reader = {.err = &schema_error, .file = "x"};
    uint32_t seed = 15;
    size_t count = 0, refused = 0;

    load_schemas();
    for (int i = 0; i < ROUNDS; i++) {
        char path[HELPER_PATH];
        nf_error err = {0};
        nf_container *container = NULL;
        bool opened, valid;

        snprintf(text, sizeof text, "%s", helper_app);
        change(text, &seed);
        helper_write(state, path, "app.xml", text, strlen(text));
        opened = nf_container_open(&container, path, &err) == NF_OK;
        nf_container_close(container);
        count += opened;
        if (!opened && i % 8)
            continue;
        valid = fits(text);
        refused += !valid;
        if (opened && !valid)
            fail_msg("opened, but does not fit the schemas\n%s", text);
        if (i % 8 == 0 && fits_as_read(&reader, text) != valid)
            fail_msg("%s: %s\n%s",
                     valid ? "fits, but" : "does not fit, but passes",
                     schema_error.message, text);
    }
    nf_xml_forget_schemas(&reader);
    for (int strict = 0; strict < 2; strict++)
        xmlRelaxNGFree(schemas[strict]);
    assert_true(count > ROUNDS / 20);
    assert_true(count < ROUNDS);
    assert_true(refused > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(accepts_what_the_schemas_accept,
                                        helper_setup, helper_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
