/* The schemas that `nanoflow schema` prints (MF-X15, MF-X16): every app of this
 * repository fits both, and mistakes do not fit. */
#include "helper_models.h"

#include <ftw.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>

#include "models/schema.h"

static xmlRelaxNGPtr schemas[2];
static int files, misfits;

static void ignore(void *user, const char *format, ...)
{
    (void)user;
    (void)format;
}

static int load(void **state)
{
    (void)state;
    for (int strict = 0; strict < 2; strict++) {
        size_t length;
        const char *text = nf_model_schema(strict, &length);
        xmlRelaxNGParserCtxtPtr context =
            xmlRelaxNGNewMemParserCtxt(text, (int)length);

        schemas[strict] = xmlRelaxNGParse(context);
        xmlRelaxNGFreeParserCtxt(context);
        if (!schemas[strict] || text[length] || strlen(text) != length)
            return -1;
    }
    return 0;
}

static int unload(void **state)
{
    (void)state;
    xmlRelaxNGFree(schemas[0]);
    xmlRelaxNGFree(schemas[1]);
    return 0;
}

static bool fits(xmlDoc *document, int strict)
{
    xmlRelaxNGValidCtxtPtr context = xmlRelaxNGNewValidCtxt(schemas[strict]);
    int result;

    xmlRelaxNGSetValidErrors(context, ignore, ignore, NULL);
    result = xmlRelaxNGValidateDoc(context, document);
    xmlRelaxNGFreeValidCtxt(context);
    return result == 0;
}

static bool text_fits(const char *text, int strict)
{
    xmlDoc *document = xmlReadMemory(text, (int)strlen(text), "a.xml", NULL, 0);
    bool result;

    assert_non_null(document);
    result = fits(document, strict);
    xmlFreeDoc(document);
    return result;
}

static int check_file(const char *path, const struct stat *info, int kind)
{
    size_t length = strlen(path);
    xmlDoc *document;

    (void)info;
    if (kind != FTW_F || length < 4 || strcmp(path + length - 4, ".xml") != 0)
        return 0;
    document = xmlReadFile(path, NULL, XML_PARSE_NONET);
    for (int strict = 0; strict < 2; strict++)
        if (!document || !fits(document, strict)) {
            printf("%s does not fit the %s schema\n", path,
                   strict ? "strict" : "generic");
            misfits++;
        }
    xmlFreeDoc(document);
    files++;
    return 0;
}

static void every_app_of_the_repository_fits(void **state)
{
    static const char *const folders[] = {"examples", "models", "tests/fuzz",
                                          "tests/scenarios"};

    (void)state;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[HELPER_PATH];

        snprintf(path, sizeof path, "%s/%s", NF_SOURCE_DIR, folders[i]);
        assert_int_equal(ftw(path, check_file, 16), 0);
    }
    assert_in_range(files, 20, 1000);
    assert_int_equal(misfits, 0);
}

#define APP "<app xmlns='urn:nanoflow:app:1' format='1' mendix='10.24.0'"

static void mistakes_do_not_fit(void **state)
{
    static const struct {
        const char *text;
        bool generic, strict;
    } cases[] = {
        {APP "/>", true, true},
        {APP " language='nl_NL' complete='false'/>", true, true},
        {APP " complete='maybe'/>", false, false},
        {APP " lang='nl_NL'/>", false, false},
        {APP "><Module Name='A'/></app>", true, true},
        {APP "><Modul Name='A'/></app>", true, false},
        {APP "><Module Nam='A'/></app>", true, false},
        {APP "><Module Name='A'><units/><units/></Module></app>", false, true},
        {APP "><ProjectSecurity SecurityLevel='CheckNothing'/></app>", true,
         true},
        {APP "><ProjectSecurity SecurityLevel='None'/></app>", true, false},
        {APP "><Acme.Thing id='a' X='1' types='X=int64'/></app>", true, false},
        {"<app format='1' mendix='10.24.0'/>", false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (text_fits(cases[i].text, 0) != cases[i].generic)
            fail_msg("generic schema: %s", cases[i].text);
        if (text_fits(cases[i].text, 1) != cases[i].strict)
            fail_msg("strict schema: %s", cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_app_of_the_repository_fits),
        cmocka_unit_test(mistakes_do_not_fit),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
